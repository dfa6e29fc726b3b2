-- The way home: papers asked for, clearance by the authorities, journeys with their seats, and the day of departure.
CREATE TABLE travel_document (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL REFERENCES person (id),
  type TEXT NOT NULL CHECK (type IN ('passport','laissez_passer','etd','eu_return_document')),
  country TEXT NOT NULL,
  authority TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK (state IN ('requested','issued','refused','stopped')),
  requested_on TEXT NOT NULL,
  interview_on TEXT NOT NULL DEFAULT '',
  issued_on TEXT NOT NULL DEFAULT '',
  expires_on TEXT NOT NULL DEFAULT '',
  office_on TEXT NOT NULL DEFAULT '',
  traveller_on TEXT NOT NULL DEFAULT '',
  fee BIGINT NOT NULL DEFAULT 0 CHECK (fee >= 0),
  currency TEXT NOT NULL,
  number BYTEA,
  blind TEXT NOT NULL DEFAULT '',
  revision BIGINT NOT NULL,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX travel_document_case ON travel_document (case_id, requested_on, id);
CREATE INDEX travel_document_blind ON travel_document (blind, person_id);

CREATE TABLE clearance (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL REFERENCES person (id),
  authority TEXT NOT NULL,
  requested_on TEXT NOT NULL,
  reply TEXT NOT NULL DEFAULT '' CHECK (reply IN ('','go','wait','refused','stopped')),
  replied_on TEXT NOT NULL DEFAULT '',
  valid_until TEXT NOT NULL DEFAULT '',
  findings BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX clearance_case ON clearance (case_id, requested_on, id);

-- capacity is our group's block of seats; 0: no block, seats are bought one by one. Only a guarded update moves taken.
CREATE TABLE flight (
  id TEXT PRIMARY KEY,
  office_id TEXT NOT NULL,
  carrier TEXT NOT NULL,
  number TEXT NOT NULL,
  on_day TEXT NOT NULL,
  from_airport TEXT NOT NULL,
  to_airport TEXT NOT NULL,
  departs_at TEXT NOT NULL,
  arrives_at TEXT NOT NULL,
  capacity BIGINT NOT NULL DEFAULT 0,
  taken BIGINT NOT NULL DEFAULT 0,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL,
  UNIQUE (carrier, number, on_day),
  CHECK (taken >= 0 AND (capacity = 0 OR taken <= capacity))
);
CREATE INDEX flight_day ON flight (on_day, departs_at, id);

CREATE TABLE journey (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  state TEXT NOT NULL CHECK (state IN ('asked','booked','refused','cancelled')),
  departs_on TEXT NOT NULL,
  pnr BYTEA,
  fare BIGINT NOT NULL CHECK (fare >= 0),
  currency TEXT NOT NULL,
  cost_line TEXT NOT NULL DEFAULT '',
  asked_by TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT NOT NULL DEFAULT '',
  ended_at TEXT NOT NULL DEFAULT '',
  reason BYTEA,
  replaces TEXT NOT NULL DEFAULT '',
  stage_before TEXT NOT NULL DEFAULT '',
  chased BIGINT NOT NULL DEFAULT 0,
  revision BIGINT NOT NULL
);
CREATE INDEX journey_case ON journey (case_id, asked_at, id);
CREATE INDEX journey_state ON journey (state, departs_on, id);
CREATE UNIQUE INDEX journey_live ON journey (case_id) WHERE state IN ('asked','booked');

CREATE TABLE journey_leg (
  journey_id TEXT NOT NULL REFERENCES journey (id),
  place BIGINT NOT NULL,
  flight_id TEXT NOT NULL REFERENCES flight (id),
  assistance TEXT NOT NULL DEFAULT '',
  transit_by TEXT NOT NULL DEFAULT '',
  transit_at TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (journey_id, place)
);
CREATE INDEX journey_leg_flight ON journey_leg (flight_id, journey_id);

CREATE TABLE seat (
  journey_id TEXT NOT NULL REFERENCES journey (id),
  place BIGINT NOT NULL,
  person_id TEXT NOT NULL REFERENCES person (id),
  flight_id TEXT NOT NULL REFERENCES flight (id),
  state TEXT NOT NULL CHECK (state IN ('held','booked','ticketed','boarded','no_show','cancelled')),
  ticket BYTEA,
  fare BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (journey_id, place, person_id)
);
CREATE INDEX seat_flight ON seat (flight_id, state);

-- How far each traveller is on the day of departure.
CREATE TABLE passenger (
  journey_id TEXT NOT NULL REFERENCES journey (id),
  person_id TEXT NOT NULL REFERENCES person (id),
  step TEXT NOT NULL CHECK (step IN ('expected','at_airport','papers','boarded','no_show','arrived')),
  before_step TEXT NOT NULL DEFAULT '',
  step_by TEXT NOT NULL DEFAULT '',
  step_at TEXT NOT NULL DEFAULT '',
  late BOOLEAN NOT NULL DEFAULT FALSE,
  reason BYTEA,
  arrived_on TEXT NOT NULL DEFAULT '',
  arrived_by TEXT NOT NULL DEFAULT '',
  onward TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (journey_id, person_id)
);
CREATE INDEX passenger_person ON passenger (person_id, journey_id);
CREATE INDEX passenger_step ON passenger (step, journey_id);
