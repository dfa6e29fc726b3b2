-- How people fare after return: attempts to reach them, visits, and the schedule that asks for them.
CREATE TABLE contact_attempt (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  on_day TEXT NOT NULL,
  channel TEXT NOT NULL,
  result TEXT NOT NULL CHECK (result IN ('no_answer','wrong_number','refused','reached')),
  note BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX contact_attempt_case ON contact_attempt (case_id, at, id);

CREATE TABLE monitoring_visit (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  mode TEXT NOT NULL CHECK (mode IN ('in_person','phone','office')),
  on_day TEXT NOT NULL,
  found BOOLEAN NOT NULL,
  business TEXT NOT NULL DEFAULT '',
  closed_reason BYTEA,
  income TEXT NOT NULL DEFAULT '',
  employed BIGINT NOT NULL DEFAULT 0,
  problems BYTEA,
  advice BYTEA,
  next_on TEXT NOT NULL DEFAULT '',
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX monitoring_visit_case ON monitoring_visit (case_id, on_day, id);

-- Lost from sight, after at least three attempts, with what was tried.
CREATE TABLE monitoring_loss (
  case_id TEXT PRIMARY KEY REFERENCES casefile (id),
  on_day TEXT NOT NULL,
  note BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);

CREATE TABLE monitoring_due (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  months BIGINT NOT NULL,
  due_on TEXT NOT NULL,
  done_by TEXT NOT NULL DEFAULT '',
  UNIQUE (case_id, months, due_on)
);
CREATE INDEX monitoring_due_open ON monitoring_due (done_by, due_on, id);
