-- Which versions of which programmes this installation has worked with, and what was in them.
CREATE TABLE programme_version (
  code TEXT NOT NULL,
  version TEXT NOT NULL,
  hash TEXT NOT NULL,
  adopted_at TEXT NOT NULL CHECK (LENGTH(adopted_at) = 27),
  adopted_by TEXT NOT NULL,
  PRIMARY KEY (code, version)
);
