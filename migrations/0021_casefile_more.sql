-- What else lies in the folder: notes, forms, attachments, hand-overs, decisions; and the lists a person keeps.
ALTER TABLE casefile ADD COLUMN keep_until TEXT NOT NULL DEFAULT '';

-- The counts above the worklist are answered from these alone, without touching the rows.
CREATE INDEX casefile_tally ON casefile (host_office, state, desk, departs_on, class, programme, owner_id, origin_office, id);
CREATE INDEX casefile_tally_all ON casefile (state, desk, departs_on, class, programme, owner_id, host_office, origin_office, id);
CREATE INDEX casefile_wakes ON casefile (state, waiting_until, id);
CREATE INDEX casefile_opened ON casefile (state, opened_on, id);
CREATE INDEX casefile_since ON casefile (state, stage_since, id);

-- A note is never changed or removed: a correction strikes it through and says why.
CREATE TABLE note (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL CHECK (kind IN ('note','call','visit','letter')),
  class TEXT NOT NULL DEFAULT 'normal',
  lang TEXT NOT NULL DEFAULT '',
  text BYTEA,
  written_by TEXT NOT NULL,
  written_at TEXT NOT NULL,
  struck_by TEXT NOT NULL DEFAULT '',
  struck_at TEXT NOT NULL DEFAULT '',
  reason BYTEA,
  replaced_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX note_case ON note (case_id, written_at, id);

CREATE TABLE hand_over (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  from_office TEXT NOT NULL,
  to_office TEXT NOT NULL,
  message BYTEA,
  sent_by TEXT NOT NULL,
  sent_at TEXT NOT NULL,
  answer TEXT NOT NULL DEFAULT '' CHECK (answer IN ('','accepted','returned')),
  reason BYTEA,
  answered_by TEXT NOT NULL DEFAULT '',
  answered_at TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX hand_over_open ON hand_over (case_id) WHERE answer = '';
CREATE INDEX hand_over_case ON hand_over (case_id, sent_at);

CREATE TABLE saved_view (
  id TEXT PRIMARY KEY,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (staff_id, name)
);

-- A form that was sent keeps the words of its questions as they were shown; a later sending supersedes it.
CREATE TABLE form_record (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL DEFAULT '',
  form TEXT NOT NULL,
  pack_version TEXT NOT NULL,
  class TEXT NOT NULL DEFAULT 'normal',
  lang TEXT NOT NULL,
  answers BYTEA NOT NULL,
  questions BYTEA NOT NULL,
  revision BIGINT NOT NULL,
  submitted_by TEXT NOT NULL,
  submitted_at TEXT NOT NULL,
  superseded_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX form_record_case ON form_record (case_id, form, person_id, revision);
CREATE INDEX form_record_latest ON form_record (form, submitted_at, id);

CREATE TABLE form_draft (
  staff_id TEXT NOT NULL REFERENCES staff (id),
  case_id TEXT NOT NULL REFERENCES casefile (id),
  form TEXT NOT NULL,
  person_id TEXT NOT NULL DEFAULT '',
  answers BYTEA NOT NULL,
  page BIGINT NOT NULL DEFAULT 0,
  device TEXT NOT NULL DEFAULT '',
  saved_at TEXT NOT NULL,
  PRIMARY KEY (staff_id, case_id, form, person_id)
);

CREATE TABLE attachment (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL DEFAULT '',
  class TEXT NOT NULL DEFAULT 'normal',
  kind TEXT NOT NULL,
  title BYTEA,
  file_name BYTEA,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  sha TEXT NOT NULL,
  blob TEXT NOT NULL,
  preview TEXT NOT NULL DEFAULT '',
  scan TEXT NOT NULL CHECK (scan IN ('clean','infected','unscanned','pending')),
  uploaded_by TEXT NOT NULL,
  uploaded_at TEXT NOT NULL,
  removed_by TEXT NOT NULL DEFAULT '',
  removed_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX attachment_case ON attachment (case_id, uploaded_at, id);

-- The programme proposes and explains, a named person decides; where the two differ, a second person must agree.
CREATE TABLE eligibility_decision (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL REFERENCES person (id),
  component TEXT NOT NULL,
  proposal TEXT NOT NULL,
  decision TEXT NOT NULL,
  reason BYTEA,
  pack_version TEXT NOT NULL,
  facts BYTEA NOT NULL,
  trace BYTEA NOT NULL,
  decided_by TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  second_needed BOOLEAN NOT NULL DEFAULT FALSE,
  second_by TEXT NOT NULL DEFAULT '',
  second_at TEXT NOT NULL DEFAULT '',
  second_agrees BOOLEAN NOT NULL DEFAULT FALSE,
  superseded_by TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX eligibility_current ON eligibility_decision (case_id, component) WHERE superseded_by = '';
CREATE INDEX eligibility_case ON eligibility_decision (case_id, decided_at, id);

CREATE TABLE declaration (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL REFERENCES person (id),
  guardian_id TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL,
  method TEXT NOT NULL CHECK (method IN ('signature','thumbprint','spoken','paper')),
  witness BYTEA,
  counselled_before BOOLEAN NOT NULL,
  signed_on TEXT NOT NULL,
  attachment_id TEXT NOT NULL DEFAULT '',
  text BYTEA NOT NULL,
  recorded_by TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  revoked_by TEXT NOT NULL DEFAULT '',
  revoked_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX declaration_case ON declaration (case_id, signed_on, id);
CREATE UNIQUE INDEX declaration_valid ON declaration (case_id, person_id) WHERE revoked_at = '';
