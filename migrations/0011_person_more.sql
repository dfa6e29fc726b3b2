-- What belongs to a person besides the base row. Names and search keys are readable, because they must be found; they are
-- deleted when the person is erased. Contacts, numbers and whatever was confided are sealed under the person's key; a number
-- that must be found again has a keyed hash beside it.
CREATE TABLE person_name (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL CHECK (kind IN ('alias','previous','native','religious')),
  given_names TEXT NOT NULL DEFAULT '',
  family_name TEXT NOT NULL DEFAULT '',
  lang TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL
);
CREATE INDEX person_name_person ON person_name (person_id, created_at, id);

-- Search tokens, folded (see package person). The sort name stands beside each token, so that one walk along the index
-- gives the exact word first and then the longer ones, each in the order of names.
CREATE TABLE person_key (
  token TEXT NOT NULL,
  sort_name TEXT NOT NULL,
  person_id TEXT NOT NULL REFERENCES person (id)
);
CREATE UNIQUE INDEX person_key_token ON person_key (token, sort_name, person_id);
CREATE INDEX person_key_person ON person_key (person_id, token);
CREATE INDEX person_birth ON person (birth_date, id);

CREATE TABLE person_contact (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  revision BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('phone','email','address','messenger','next_of_kin')),
  value BYTEA,
  blind TEXT NOT NULL DEFAULT '',
  preferred BOOLEAN NOT NULL DEFAULT FALSE,
  safe TEXT NOT NULL CHECK (safe IN ('yes','no','only_if')),
  safe_note BYTEA,
  created_at TEXT NOT NULL
);
CREATE INDEX person_contact_person ON person_contact (person_id, created_at, id);
CREATE INDEX person_contact_blind ON person_contact (blind, person_id);

CREATE TABLE identity_paper (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  revision BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('passport','id_card','laissez_passer','asylum_card','birth_certificate','residence_permit','other')),
  number BYTEA,
  blind TEXT NOT NULL DEFAULT '',
  country TEXT NOT NULL DEFAULT '',
  issued_on TEXT NOT NULL DEFAULT '',
  expires_on TEXT NOT NULL DEFAULT '',
  held_by TEXT NOT NULL CHECK (held_by IN ('applicant','asylum_service','authority','consulate','our_office','lost','stolen','never_held','other')),
  held_since TEXT NOT NULL DEFAULT '',
  note BYTEA,
  police_report BYTEA,
  created_at TEXT NOT NULL
);
CREATE INDEX identity_paper_person ON identity_paper (person_id, created_at, id);
CREATE INDEX identity_paper_blind ON identity_paper (blind, person_id);

-- from_id is the parent, the guardian or simply the first; to_id the child, the ward or the other.
CREATE TABLE person_link (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('spouse','parent_child','sibling','guardian','other')),
  from_id TEXT NOT NULL REFERENCES person (id),
  to_id TEXT NOT NULL REFERENCES person (id),
  created_at TEXT NOT NULL,
  CHECK (from_id <> to_id)
);
CREATE UNIQUE INDEX person_link_pair ON person_link (from_id, to_id, kind);
CREATE INDEX person_link_to ON person_link (to_id);

-- One answer of one person to one question: may this be used for that purpose, by that recipient? The latest answer counts.
CREATE TABLE consent (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  purpose TEXT NOT NULL,
  recipient TEXT NOT NULL,
  given BOOLEAN NOT NULL,
  notice_version TEXT NOT NULL,
  language TEXT NOT NULL,
  interpreter BYTEA,
  method TEXT NOT NULL CHECK (method IN ('signature','thumbprint','oral_witnessed','electronic')),
  witness BYTEA,
  given_by TEXT NOT NULL REFERENCES person (id),
  at TEXT NOT NULL,
  expires_on TEXT NOT NULL DEFAULT '',
  withdrawn_at TEXT NOT NULL DEFAULT '',
  recorded_by TEXT NOT NULL
);
CREATE INDEX consent_person ON consent (person_id, purpose, recipient, at);

CREATE TABLE retention_hold (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL CHECK (kind IN ('legal','grant')),
  until_on TEXT NOT NULL DEFAULT '',
  reason BYTEA,
  set_by TEXT NOT NULL,
  set_at TEXT NOT NULL,
  released_by TEXT NOT NULL DEFAULT '',
  released_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX retention_hold_person ON retention_hold (person_id, released_at);

-- A change of birth date that would make a child an adult, or an adult a child, waits here for a second person.
CREATE TABLE person_age_proposal (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  birth BYTEA,
  evidence BYTEA,
  person_revision BIGINT NOT NULL,
  proposed_by TEXT NOT NULL,
  proposed_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open','approved','refused','replaced')),
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT NOT NULL DEFAULT '',
  note BYTEA
);
CREATE INDEX person_age_proposal_person ON person_age_proposal (person_id, state, proposed_at);
