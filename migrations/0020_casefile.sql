-- Cases: one principal applicant and any number of family members.
CREATE TABLE casefile (
  id TEXT PRIMARY KEY,
  no TEXT NOT NULL UNIQUE,
  revision BIGINT NOT NULL,
  kind TEXT NOT NULL,
  programme TEXT NOT NULL,
  pack_version TEXT NOT NULL,
  stage TEXT NOT NULL,
  stage_since TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open','withdrawn','closed')),
  desk TEXT NOT NULL CHECK (desk IN ('action','waiting','none')),
  waiting_on TEXT NOT NULL DEFAULT '',
  waiting_until TEXT NOT NULL DEFAULT '',
  next_due TEXT NOT NULL DEFAULT '9999-12-31',
  next_step TEXT NOT NULL DEFAULT '',
  next_title BYTEA,
  principal_id TEXT NOT NULL REFERENCES person (id),
  persons BIGINT NOT NULL DEFAULT 1,
  children BIGINT NOT NULL DEFAULT 0,
  host_office TEXT NOT NULL,
  origin_office TEXT NOT NULL DEFAULT '',
  owner_id TEXT NOT NULL DEFAULT '',
  class TEXT NOT NULL DEFAULT 'normal',
  flags TEXT NOT NULL DEFAULT '',
  nationality TEXT NOT NULL DEFAULT '',
  return_country TEXT NOT NULL DEFAULT '',
  departs_on TEXT NOT NULL DEFAULT '',
  opened_on TEXT NOT NULL,
  closed_on TEXT NOT NULL DEFAULT '',
  closing_reason TEXT NOT NULL DEFAULT '',
  handed_over_on TEXT NOT NULL DEFAULT '',
  invented BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX casefile_owner ON casefile (owner_id, state, desk, next_due, id);
CREATE INDEX casefile_host ON casefile (host_office, state, desk, next_due, id);
CREATE INDEX casefile_origin ON casefile (origin_office, state, desk, next_due, id);
CREATE INDEX casefile_state ON casefile (state, desk, next_due, id);
CREATE INDEX casefile_stage ON casefile (state, stage, next_due, id);
CREATE INDEX casefile_departs ON casefile (state, departs_on, id);
CREATE INDEX casefile_principal ON casefile (principal_id);

CREATE TABLE case_member (
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL REFERENCES person (id),
  relation TEXT NOT NULL,
  travels BOOLEAN NOT NULL DEFAULT TRUE,
  PRIMARY KEY (case_id, person_id)
);
CREATE INDEX case_member_person ON case_member (person_id);

-- A year's running number per programme office, so that case numbers are short and have no holes.
CREATE TABLE case_number (
  prefix TEXT PRIMARY KEY,
  last BIGINT NOT NULL
);

CREATE TABLE task (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  code TEXT NOT NULL DEFAULT '',
  title BYTEA,
  owner_id TEXT NOT NULL DEFAULT '',
  due_on TEXT NOT NULL DEFAULT '',
  waiting_on TEXT NOT NULL DEFAULT '',
  waiting_until TEXT NOT NULL DEFAULT '',
  urgent BOOLEAN NOT NULL DEFAULT FALSE,
  class TEXT NOT NULL DEFAULT 'normal',
  created_at TEXT NOT NULL,
  done_at TEXT NOT NULL DEFAULT '',
  done_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX task_case ON task (case_id, done_at, due_on);
CREATE INDEX task_owner ON task (owner_id, done_at, due_on);
CREATE UNIQUE INDEX task_open_code ON task (case_id, code) WHERE done_at = '' AND code <> '';
