-- What may harm a person, and what must be in place before they travel. One row of a screening holds what belongs to one
-- sensitivity class; what was seen is sealed, and rules read only found and diligence.
CREATE TABLE screening_finding (
  id TEXT PRIMARY KEY,
  screening_id TEXT NOT NULL,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL,
  class TEXT NOT NULL,
  found BOOLEAN NOT NULL,
  diligence BOOLEAN NOT NULL,
  body BYTEA,
  on_day TEXT NOT NULL,
  valid_until TEXT NOT NULL,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL,
  UNIQUE (screening_id, class)
);
CREATE INDEX screening_finding_case ON screening_finding (case_id, person_id, class, at, id);

CREATE TABLE due_diligence (
  id TEXT PRIMARY KEY,
  revision BIGINT NOT NULL,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL,
  class TEXT NOT NULL,
  body BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL,
  decision TEXT NOT NULL DEFAULT '',
  reason BYTEA,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT NOT NULL DEFAULT '',
  valid_until TEXT NOT NULL DEFAULT ''
);
CREATE INDEX due_diligence_case ON due_diligence (case_id, person_id, class, at, id);

CREATE TABLE child_safeguard (
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL,
  code TEXT NOT NULL,
  revision BIGINT NOT NULL,
  on_day TEXT NOT NULL,
  attachment_id TEXT NOT NULL DEFAULT '',
  body BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (case_id, person_id, code)
);

CREATE TABLE fitness_check (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('check','boarding')),
  on_day TEXT NOT NULL,
  valid_until TEXT NOT NULL,
  body BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX fitness_check_case ON fitness_check (case_id, person_id, at, id);
