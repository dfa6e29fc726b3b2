-- Signing in: sessions, passwords, second factors, attempts. No secret stands here in clear: passwords are argon2id hashes,
-- tokens and codes are keyed hashes, and what must be read again is sealed under the installation's key.

CREATE TABLE session (
  id TEXT PRIMARY KEY,
  token TEXT NOT NULL UNIQUE,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  -- full: signed in; factor: the password was right, the second factor is owed; enrol: a second factor must be set up first
  stage TEXT NOT NULL CHECK (stage IN ('full','factor','enrol')),
  device TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL CHECK (LENGTH(created_at) = 27),
  last_seen TEXT NOT NULL CHECK (LENGTH(last_seen) = 27),
  expires_at TEXT NOT NULL CHECK (LENGTH(expires_at) = 27)
);
CREATE INDEX session_staff ON session (staff_id, last_seen);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE password (
  staff_id TEXT PRIMARY KEY REFERENCES staff (id),
  hash TEXT NOT NULL,
  changed_at TEXT NOT NULL
);

CREATE TABLE totp (
  staff_id TEXT PRIMARY KEY REFERENCES staff (id),
  secret BYTEA NOT NULL,
  confirmed BOOLEAN NOT NULL DEFAULT FALSE,
  last_step BIGINT NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
);

CREATE TABLE credential (
  id TEXT PRIMARY KEY,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  name TEXT NOT NULL DEFAULT '',
  data BYTEA NOT NULL,
  created_at TEXT NOT NULL,
  used_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX credential_staff ON credential (staff_id, created_at);

CREATE TABLE recovery_code (
  staff_id TEXT NOT NULL REFERENCES staff (id),
  hash TEXT NOT NULL,
  used_at TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (staff_id, hash)
);

-- A code by which one person may set a new password, once.
CREATE TABLE reset_code (
  staff_id TEXT PRIMARY KEY REFERENCES staff (id),
  hash TEXT NOT NULL UNIQUE,
  expires_at TEXT NOT NULL
);

-- A passkey question that was asked and not yet answered. Asked once, answered once.
CREATE TABLE ceremony (
  id TEXT PRIMARY KEY,
  staff_id TEXT NOT NULL DEFAULT '',
  data TEXT NOT NULL,
  expires_at TEXT NOT NULL
);
CREATE INDEX ceremony_expiry ON ceremony (expires_at);

-- Failures by account and by address. The key is a keyed hash: people type passwords into the wrong box.
CREATE TABLE sign_in_attempt (
  key TEXT PRIMARY KEY,
  failures BIGINT NOT NULL,
  first_at TEXT NOT NULL,
  until_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sign_in_attempt_age ON sign_in_attempt (first_at);

ALTER TABLE break_glass ADD COLUMN review_note BYTEA;

-- Verifications of the journal that were asked for on screen, with how far they are and what they found.
CREATE TABLE journal_check (
  id TEXT PRIMARY KEY,
  asked_by TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  done BIGINT NOT NULL DEFAULT 0,
  total BIGINT NOT NULL DEFAULT 0,
  finished_at TEXT NOT NULL DEFAULT '',
  verdict TEXT NOT NULL DEFAULT ''
);
CREATE INDEX journal_check_latest ON journal_check (asked_at);
