-- Keys, the journal, and who works here.

-- One data key per person, case or other subject, wrapped by a master key. Destroying it is erasure.
CREATE TABLE data_key (
  subject TEXT PRIMARY KEY,
  wrapped BYTEA,
  master TEXT NOT NULL,
  created_at TEXT NOT NULL,
  destroyed_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX data_key_master ON data_key (master);

CREATE TABLE journal (
  seq BIGINT PRIMARY KEY,
  at TEXT NOT NULL CHECK (LENGTH(at) = 27),
  actor TEXT NOT NULL,
  office TEXT NOT NULL,
  device TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  action TEXT NOT NULL,
  class TEXT NOT NULL,
  revision BIGINT NOT NULL,
  key_id TEXT NOT NULL,
  body BYTEA NOT NULL,
  leaf BYTEA NOT NULL
);
CREATE INDEX journal_case ON journal (case_id, seq);
CREATE INDEX journal_subject ON journal (subject_id, seq);
CREATE INDEX journal_actor ON journal (actor, seq);

-- The stored hashes of the Merkle tree, numbered as in the transparency-log papers (tlog.StoredHashIndex).
CREATE TABLE journal_hash (
  idx BIGINT PRIMARY KEY,
  hash BYTEA NOT NULL
);

-- One row. Writers line up here: the first statement of every write locks it.
CREATE TABLE journal_head (
  id BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL,
  root BYTEA NOT NULL,
  signed TEXT NOT NULL
);
INSERT INTO journal_head (id, seq, root, signed) VALUES (1, 0, '', '');

CREATE TABLE office (
  id TEXT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('host','origin','headquarters','partner')),
  country TEXT NOT NULL,
  zone TEXT NOT NULL DEFAULT 'UTC',
  active BOOLEAN NOT NULL DEFAULT TRUE
);

CREATE TABLE staff (
  id TEXT PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  email TEXT NOT NULL DEFAULT '',
  office_id TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT 'en',
  active BOOLEAN NOT NULL DEFAULT TRUE,
  system BOOLEAN NOT NULL DEFAULT FALSE,
  created_at TEXT NOT NULL,
  revision BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX staff_office ON staff (office_id, active);

CREATE TABLE role (
  code TEXT PRIMARY KEY,
  title_key TEXT NOT NULL,
  assigned_only BOOLEAN NOT NULL DEFAULT FALSE,
  classes TEXT NOT NULL DEFAULT ''
);
CREATE TABLE role_permission (
  role TEXT NOT NULL REFERENCES role (code),
  permission TEXT NOT NULL,
  PRIMARY KEY (role, permission)
);
-- An empty office or programme means every one.
CREATE TABLE staff_role (
  staff_id TEXT NOT NULL REFERENCES staff (id),
  role TEXT NOT NULL REFERENCES role (code),
  office_id TEXT NOT NULL DEFAULT '',
  programme TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (staff_id, role, office_id, programme)
);

-- Who stands in for whom, and for how long.
CREATE TABLE cover (
  id TEXT PRIMARY KEY,
  absent_id TEXT NOT NULL REFERENCES staff (id),
  cover_id TEXT NOT NULL REFERENCES staff (id),
  from_on TEXT NOT NULL,
  until_on TEXT NOT NULL
);
CREATE INDEX cover_by ON cover (cover_id, until_on);

CREATE TABLE break_glass (
  id TEXT PRIMARY KEY,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  case_id TEXT NOT NULL,
  reason BYTEA NOT NULL,
  opened_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  reviewed_by TEXT NOT NULL DEFAULT '',
  reviewed_at TEXT NOT NULL DEFAULT '',
  verdict TEXT NOT NULL DEFAULT ''
);
CREATE INDEX break_glass_staff ON break_glass (staff_id, expires_at);
CREATE INDEX break_glass_review ON break_glass (reviewed_at, opened_at);
