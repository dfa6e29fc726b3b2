-- Work that is owed: written in the transaction that causes it, done afterwards, tried again until it succeeds.
CREATE TABLE job (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind <> ''),
  payload TEXT NOT NULL DEFAULT '',
  unique_key TEXT NOT NULL DEFAULT '',
  every_ms BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('ready','running','done','parked','cancelled')),
  run_at TEXT NOT NULL CHECK (LENGTH(run_at) = 27),
  attempts BIGINT NOT NULL DEFAULT 0,
  max_attempts BIGINT NOT NULL CHECK (max_attempts > 0),
  claim TEXT NOT NULL DEFAULT '',
  lease_until TEXT NOT NULL DEFAULT '',
  last_error TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL CHECK (LENGTH(created_at) = 27),
  done_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX job_due ON job (state, run_at, id);
CREATE INDEX job_list ON job (state, id);
CREATE UNIQUE INDEX job_waiting ON job (kind, unique_key) WHERE state = 'ready' AND unique_key <> '';
CREATE UNIQUE INDEX job_periodic ON job (kind) WHERE every_ms > 0;
