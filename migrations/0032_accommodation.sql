-- A bed until departure: houses, units, beds, who sleeps where, and what happened there.
CREATE TABLE site (
  id TEXT PRIMARY KEY,
  office_id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('open_centre','reception','shelter','transit')),
  official BIGINT NOT NULL CHECK (official >= 0),
  maximum BIGINT NOT NULL CHECK (maximum >= official),
  provisional BOOLEAN NOT NULL DEFAULT FALSE,
  active BOOLEAN NOT NULL DEFAULT TRUE,
  revision BIGINT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE INDEX site_office ON site (office_id, name, id);

CREATE TABLE unit (
  id TEXT PRIMARY KEY,
  site_id TEXT NOT NULL REFERENCES site (id),
  name TEXT NOT NULL,
  rule TEXT NOT NULL CHECK (rule IN ('any','women','men','family')),
  accessible BOOLEAN NOT NULL DEFAULT FALSE,
  revision BIGINT NOT NULL,
  UNIQUE (site_id, name)
);

-- stay_id is who lies in the bed; only a guarded update sets it.
CREATE TABLE bed (
  id TEXT PRIMARY KEY,
  unit_id TEXT NOT NULL REFERENCES unit (id),
  site_id TEXT NOT NULL REFERENCES site (id),
  name TEXT NOT NULL,
  stay_id TEXT NOT NULL DEFAULT '',
  out_reason TEXT NOT NULL DEFAULT '',
  out_until TEXT NOT NULL DEFAULT '',
  UNIQUE (unit_id, name)
);
CREATE INDEX bed_site ON bed (site_id, unit_id, name, id);

-- One row a person; those who come together share the booking.
CREATE TABLE stay (
  id TEXT PRIMARY KEY,
  booking_id TEXT NOT NULL,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL REFERENCES person (id),
  site_id TEXT NOT NULL REFERENCES site (id),
  state TEXT NOT NULL CHECK (state IN ('waiting','booked','in_house','absent','left','cancelled','no_show')),
  priority BIGINT NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 3),
  step_free BOOLEAN NOT NULL DEFAULT FALSE,
  from_on TEXT NOT NULL,
  until_on TEXT NOT NULL,
  unit_id TEXT NOT NULL DEFAULT '',
  bed_id TEXT NOT NULL DEFAULT '',
  in_at TEXT NOT NULL DEFAULT '',
  rules_lang TEXT NOT NULL DEFAULT '',
  items TEXT NOT NULL DEFAULT '',
  away_since TEXT NOT NULL DEFAULT '',
  back_by TEXT NOT NULL DEFAULT '',
  out_at TEXT NOT NULL DEFAULT '',
  reason BYTEA,
  asked_at TEXT NOT NULL,
  by_id TEXT NOT NULL,
  CHECK (until_on > from_on)
);
CREATE INDEX stay_case ON stay (case_id, asked_at, id);
CREATE INDEX stay_site ON stay (site_id, state, from_on, id);
CREATE UNIQUE INDEX stay_live ON stay (person_id) WHERE state IN ('waiting','booked','in_house','absent');

CREATE TABLE house_incident (
  id TEXT PRIMARY KEY,
  site_id TEXT NOT NULL REFERENCES site (id),
  case_id TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL CHECK (kind IN ('medical','conflict','damage','missing','fire','protection','other')),
  class TEXT NOT NULL DEFAULT 'normal',
  on_day TEXT NOT NULL,
  text BYTEA NOT NULL,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX house_incident_site ON house_incident (site_id, on_day, id);
CREATE INDEX house_incident_case ON house_incident (case_id, on_day, id);
