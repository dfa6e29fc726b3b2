-- Life after return: what is given on arrival, the assessment, the plan in its versions, and its delivery.
CREATE TABLE arrival_help (
  case_id TEXT NOT NULL REFERENCES casefile (id),
  kind TEXT NOT NULL,
  answer TEXT NOT NULL CHECK (answer IN ('given','not_needed')),
  on_day TEXT NOT NULL DEFAULT '',
  proof TEXT NOT NULL DEFAULT '',
  by_id TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (case_id, kind)
);

CREATE TABLE needs_assessment (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  on_day TEXT NOT NULL,
  economic BIGINT NOT NULL CHECK (economic BETWEEN 1 AND 4),
  social BIGINT NOT NULL CHECK (social BETWEEN 1 AND 4),
  psychosocial BIGINT NOT NULL CHECK (psychosocial BETWEEN 1 AND 4),
  work_years BIGINT NOT NULL,
  results BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX needs_assessment_case ON needs_assessment (case_id, at, id);

CREATE TABLE reintegration_plan (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  version BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft','submitted','approved','sent_back','replaced','withdrawn')),
  currency TEXT NOT NULL,
  economic BYTEA,
  social BYTEA,
  psychosocial BYTEA,
  author_id TEXT NOT NULL,
  submitted_at TEXT NOT NULL DEFAULT '',
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT NOT NULL DEFAULT '',
  decision_note BYTEA,
  revision BIGINT NOT NULL,
  UNIQUE (case_id, version)
);
CREATE INDEX reintegration_plan_state ON reintegration_plan (state, submitted_at, id);

-- ref is the item itself, the same in every version of the plan.
CREATE TABLE plan_item (
  plan_id TEXT NOT NULL REFERENCES reintegration_plan (id),
  place BIGINT NOT NULL,
  ref TEXT NOT NULL,
  category TEXT NOT NULL,
  description BYTEA,
  supplier BYTEA,
  modality TEXT NOT NULL,
  amount BIGINT NOT NULL CHECK (amount > 0),
  due_on TEXT NOT NULL DEFAULT '',
  evidence TEXT NOT NULL,
  PRIMARY KEY (plan_id, place)
);

-- How an item of an approved plan fares.
CREATE TABLE plan_delivery (
  ref TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  state TEXT NOT NULL CHECK (state IN ('planned','quoted','ordered','delivered','paid','dropped')),
  quotes BYTEA,
  justification BYTEA,
  ordered_on TEXT NOT NULL DEFAULT '',
  delivered_on TEXT NOT NULL DEFAULT '',
  invoice BYTEA,
  proof TEXT NOT NULL DEFAULT '',
  actual BIGINT NOT NULL DEFAULT 0,
  confirmed_on TEXT NOT NULL DEFAULT '',
  payment_id TEXT NOT NULL DEFAULT '',
  reason BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX plan_delivery_case ON plan_delivery (case_id, ref);
