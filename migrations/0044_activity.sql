-- Telling people about the programme, and who may come of it. Head-counts are of people nobody knows; a lead is somebody to
-- call back, and not a person of the register until they are registered there.
CREATE TABLE outreach (
  id TEXT PRIMARY KEY,
  office_id TEXT NOT NULL,
  on_day TEXT NOT NULL,
  place TEXT NOT NULL,
  channel TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT '',
  total BIGINT NOT NULL,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX outreach_office ON outreach (office_id, on_day, id);

CREATE TABLE outreach_count (
  outreach_id TEXT NOT NULL REFERENCES outreach (id),
  sex TEXT NOT NULL,
  band TEXT NOT NULL,
  heads BIGINT NOT NULL CHECK (heads > 0),
  PRIMARY KEY (outreach_id, sex, band)
);

CREATE TABLE lead (
  id TEXT PRIMARY KEY,
  revision BIGINT NOT NULL,
  office_id TEXT NOT NULL,
  heard TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT '',
  nationality TEXT NOT NULL DEFAULT '',
  people BIGINT NOT NULL,
  contact BYTEA,
  note BYTEA,
  call_on TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK (state IN ('open','became_case','gone')),
  reason TEXT NOT NULL DEFAULT '',
  case_id TEXT NOT NULL DEFAULT '',
  by_id TEXT NOT NULL,
  at TEXT NOT NULL,
  ended_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX lead_list ON lead (office_id, state, call_on, id);
