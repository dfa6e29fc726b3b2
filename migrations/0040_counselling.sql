-- Talks with people before they decide, who was there and who interpreted; what was said is sealed.
CREATE TABLE counselling_session (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  office_id TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('information','pre_departure','reintegration','legal_referral')),
  kind TEXT NOT NULL CHECK (kind IN ('individual','group')),
  group_code TEXT NOT NULL DEFAULT '',
  place TEXT NOT NULL,
  started_at TEXT NOT NULL,
  on_day TEXT NOT NULL,
  minutes BIGINT NOT NULL,
  counsellor_id TEXT NOT NULL,
  interpreter BYTEA,
  interpreter_way TEXT NOT NULL,
  interpreter_at TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL,
  staff_language TEXT NOT NULL,
  topics TEXT NOT NULL DEFAULT '',
  options TEXT NOT NULL DEFAULT '',
  words BYTEA,
  outcome TEXT NOT NULL CHECK (outcome IN ('proceed','no','considering')),
  fear BOOLEAN NOT NULL,
  next_on TEXT NOT NULL DEFAULT '',
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX counselling_session_case ON counselling_session (case_id, started_at, id);
CREATE INDEX counselling_session_day ON counselling_session (on_day, id);

CREATE TABLE counselling_present (
  session_id TEXT NOT NULL REFERENCES counselling_session (id),
  person_id TEXT NOT NULL,
  PRIMARY KEY (session_id, person_id)
);

-- Somebody said that they are afraid to go back. Until protection has looked at it, the case goes no further.
CREATE TABLE counselling_fear (
  session_id TEXT PRIMARY KEY REFERENCES counselling_session (id),
  case_id TEXT NOT NULL REFERENCES casefile (id),
  referred_to TEXT NOT NULL,
  result TEXT NOT NULL DEFAULT '',
  note BYTEA,
  looked_by TEXT NOT NULL DEFAULT '',
  looked_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX counselling_fear_case ON counselling_fear (case_id, result);

CREATE TABLE counselling_draft (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  by_id TEXT NOT NULL,
  lang TEXT NOT NULL,
  answers BYTEA,
  answered BIGINT NOT NULL DEFAULT 0,
  at TEXT NOT NULL
);
CREATE INDEX counselling_draft_case ON counselling_draft (case_id, at, id);

CREATE TABLE counselling_appointment (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  office_id TEXT NOT NULL,
  counsellor_id TEXT NOT NULL,
  starts_at TEXT NOT NULL,
  ends_at TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT '',
  interpreter BYTEA,
  interpreter_key TEXT NOT NULL DEFAULT '',
  room TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK (state IN ('booked','held','cancelled')),
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX counselling_appointment_time ON counselling_appointment (state, starts_at, id);
CREATE INDEX counselling_appointment_case ON counselling_appointment (case_id, starts_at, id);
