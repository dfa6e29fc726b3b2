-- Who is chosen when there is not enough for all: rounds, their candidates with what was known about them, and who decided.
CREATE TABLE selection_round (
  id TEXT PRIMARY KEY,
  no BIGINT NOT NULL,
  programme TEXT NOT NULL,
  pack_version TEXT NOT NULL,
  component TEXT NOT NULL,
  on_day TEXT NOT NULL,
  from_stage TEXT NOT NULL DEFAULT '',
  currency TEXT NOT NULL,
  fund_id TEXT NOT NULL DEFAULT '',
  budget BIGINT NOT NULL CHECK (budget > 0),
  kept BIGINT NOT NULL CHECK (kept BETWEEN 0 AND budget),
  places BIGINT NOT NULL CHECK (places > 0),
  reserve BIGINT NOT NULL CHECK (reserve BETWEEN 0 AND places),
  state TEXT NOT NULL CHECK (state IN ('open','closed')),
  opened_by TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  closed_by TEXT NOT NULL DEFAULT '',
  closed_at TEXT NOT NULL DEFAULT '',
  revision BIGINT NOT NULL,
  UNIQUE (programme, no)
);

-- What ranks a candidate stands beside them in figures that tell nothing by themselves; what lies behind the figures is sealed
-- under the main applicant's key. seat is the kind of place of who was chosen; place and proposal are as the committee saw them.
CREATE TABLE selection_candidate (
  round_id TEXT NOT NULL REFERENCES selection_round (id),
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL,
  applied_on TEXT NOT NULL,
  verdict TEXT NOT NULL,
  low BIGINT NOT NULL,
  high BIGINT NOT NULL,
  urgent TEXT NOT NULL,
  cost BIGINT NOT NULL,
  cost_known BOOLEAN NOT NULL,
  waited BIGINT NOT NULL,
  points BYTEA,
  read_at TEXT NOT NULL,
  left_at TEXT NOT NULL DEFAULT '',
  left_why TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT '' CHECK (outcome IN ('','chosen','waiting','not_chosen')),
  seat TEXT NOT NULL DEFAULT '',
  place BIGINT NOT NULL DEFAULT 0,
  proposal TEXT NOT NULL DEFAULT '',
  reason BYTEA,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (round_id, case_id)
);
CREATE INDEX selection_candidate_case ON selection_candidate (case_id, round_id);

-- What was known about each person of a case, sealed under that person's own key.
CREATE TABLE selection_fact (
  round_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  place BIGINT NOT NULL,
  facts BYTEA,
  PRIMARY KEY (round_id, case_id, person_id),
  FOREIGN KEY (round_id, case_id) REFERENCES selection_candidate (round_id, case_id)
);

CREATE TABLE selection_member (
  round_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  PRIMARY KEY (round_id, case_id, staff_id),
  FOREIGN KEY (round_id, case_id) REFERENCES selection_candidate (round_id, case_id)
);
