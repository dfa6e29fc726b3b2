-- Made from the migrations by `UPDATE=1 go test ./internal/testkit/schema`, to be read; nothing runs it.

CREATE TABLE account (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  fund_id TEXT NOT NULL DEFAULT '',
  case_id TEXT NOT NULL DEFAULT '',
  box_id TEXT NOT NULL DEFAULT '',
  currency TEXT NOT NULL,
  balance BIGINT NOT NULL
);

CREATE INDEX account_case ON account (case_id, kind, id);

CREATE INDEX account_fund ON account (fund_id, kind, case_id, id);

CREATE TABLE arrival_help (
  case_id TEXT NOT NULL REFERENCES casefile (id),
  kind TEXT NOT NULL,
  answer TEXT NOT NULL CHECK (answer IN ('given','not_needed')),
  on_day TEXT NOT NULL DEFAULT '',
  proof TEXT NOT NULL DEFAULT '',
  by_id TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (case_id, kind)
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

CREATE INDEX attachment_blob ON attachment (blob);

CREATE INDEX attachment_case ON attachment (case_id, uploaded_at, id);

CREATE INDEX attachment_preview ON attachment (preview) WHERE preview <> '';

CREATE INDEX attachment_removed ON attachment (removed_at, id) WHERE removed_at <> '' AND blob <> '';

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
, review_note BYTEA);

CREATE INDEX break_glass_review ON break_glass (reviewed_at, opened_at);

CREATE INDEX break_glass_staff ON break_glass (staff_id, expires_at);

CREATE TABLE case_count (
  host_office TEXT NOT NULL,
  origin_office TEXT NOT NULL,
  programme TEXT NOT NULL,
  class TEXT NOT NULL,
  desk TEXT NOT NULL,
  stage TEXT NOT NULL,
  nationality TEXT NOT NULL,
  return_country TEXT NOT NULL,
  flags TEXT NOT NULL,
  n BIGINT NOT NULL CHECK (n > 0),
  PRIMARY KEY (host_office, origin_office, programme, class, desk, stage, nationality, return_country, flags)
);

CREATE TABLE case_member (
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL REFERENCES person (id),
  relation TEXT NOT NULL,
  travels BOOLEAN NOT NULL DEFAULT TRUE,
  PRIMARY KEY (case_id, person_id)
);

CREATE INDEX case_member_person ON case_member (person_id);

CREATE TABLE case_number (
  prefix TEXT PRIMARY KEY,
  last BIGINT NOT NULL
);

CREATE TABLE casefile (
  id TEXT PRIMARY KEY,
  no TEXT NOT NULL UNIQUE,
  revision BIGINT NOT NULL,
  kind TEXT NOT NULL,
  programme TEXT NOT NULL,
  pack_version TEXT NOT NULL,
  stage TEXT NOT NULL,
  stage_since TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open','withdrawn','closed')),
  desk TEXT NOT NULL CHECK (desk IN ('action','waiting','none')),
  waiting_on TEXT NOT NULL DEFAULT '',
  waiting_until TEXT NOT NULL DEFAULT '',
  next_due TEXT NOT NULL DEFAULT '9999-12-31',
  next_step TEXT NOT NULL DEFAULT '',
  next_title BYTEA,
  principal_id TEXT NOT NULL REFERENCES person (id),
  persons BIGINT NOT NULL DEFAULT 1,
  children BIGINT NOT NULL DEFAULT 0,
  host_office TEXT NOT NULL,
  origin_office TEXT NOT NULL DEFAULT '',
  owner_id TEXT NOT NULL DEFAULT '',
  class TEXT NOT NULL DEFAULT 'normal',
  flags TEXT NOT NULL DEFAULT '',
  nationality TEXT NOT NULL DEFAULT '',
  return_country TEXT NOT NULL DEFAULT '',
  departs_on TEXT NOT NULL DEFAULT '',
  opened_on TEXT NOT NULL,
  closed_on TEXT NOT NULL DEFAULT '',
  closing_reason TEXT NOT NULL DEFAULT '',
  handed_over_on TEXT NOT NULL DEFAULT '',
  invented BOOLEAN NOT NULL DEFAULT FALSE
, keep_until TEXT NOT NULL DEFAULT '', sort_name TEXT NOT NULL DEFAULT '');

CREATE INDEX casefile_departs ON casefile (state, departs_on, id);

CREATE INDEX casefile_host ON casefile (host_office, state, desk, next_due, id);

CREATE INDEX casefile_host_name ON casefile (host_office, state, sort_name, id);

CREATE INDEX casefile_host_no ON casefile (host_office, no, id);

CREATE INDEX casefile_host_opened ON casefile (host_office, state, opened_on, id);

CREATE INDEX casefile_host_since ON casefile (host_office, state, stage_since, id);

CREATE INDEX casefile_host_stage ON casefile (host_office, state, stage, id);

CREATE INDEX casefile_name ON casefile (state, sort_name, id);

CREATE INDEX casefile_opened ON casefile (state, opened_on, id);

CREATE INDEX casefile_origin ON casefile (origin_office, state, desk, next_due, id);

CREATE INDEX casefile_origin_name ON casefile (origin_office, state, sort_name, id);

CREATE INDEX casefile_origin_no ON casefile (origin_office, no, id);

CREATE INDEX casefile_origin_opened ON casefile (origin_office, state, opened_on, id);

CREATE INDEX casefile_origin_since ON casefile (origin_office, state, stage_since, id);

CREATE INDEX casefile_origin_stage ON casefile (origin_office, state, stage, id);

CREATE INDEX casefile_owner ON casefile (owner_id, state, desk, next_due, id);

CREATE INDEX casefile_principal ON casefile (principal_id);

CREATE INDEX casefile_since ON casefile (state, stage_since, id);

CREATE INDEX casefile_stage ON casefile (state, stage, next_due, id);

CREATE INDEX casefile_state ON casefile (state, desk, next_due, id);

CREATE INDEX casefile_wakes ON casefile (state, waiting_until, id);

CREATE TABLE cash_box (
  id TEXT PRIMARY KEY,
  office_id TEXT NOT NULL,
  title TEXT NOT NULL,
  currency TEXT NOT NULL,
  created_at TEXT NOT NULL
);

CREATE INDEX cash_box_office ON cash_box (office_id, title, id);

CREATE TABLE cash_count (
  id TEXT PRIMARY KEY,
  box_id TEXT NOT NULL REFERENCES cash_box (id),
  on_day TEXT NOT NULL,
  flight TEXT NOT NULL DEFAULT '',
  counted BIGINT NOT NULL,
  expected BIGINT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);

CREATE INDEX cash_count_box ON cash_count (box_id, at, id);

CREATE TABLE ceremony (
  id TEXT PRIMARY KEY,
  staff_id TEXT NOT NULL DEFAULT '',
  data TEXT NOT NULL,
  expires_at TEXT NOT NULL
);

CREATE INDEX ceremony_expiry ON ceremony (expires_at);

CREATE TABLE child_safeguard (
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL,
  code TEXT NOT NULL,
  revision BIGINT NOT NULL,
  on_day TEXT NOT NULL,
  attachment_id TEXT NOT NULL DEFAULT '',
  body BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (case_id, person_id, code)
);

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

CREATE TABLE counselling_appointment (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  office_id TEXT NOT NULL,
  counsellor_id TEXT NOT NULL,
  starts_at TEXT NOT NULL,
  ends_at TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT '',
  interpreter BYTEA,
  interpreter_key TEXT NOT NULL DEFAULT '',
  room TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK (state IN ('booked','held','cancelled')),
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);

CREATE INDEX counselling_appointment_case ON counselling_appointment (case_id, starts_at, id);

CREATE INDEX counselling_appointment_time ON counselling_appointment (state, starts_at, id);

CREATE TABLE counselling_draft (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  by_id TEXT NOT NULL,
  lang TEXT NOT NULL,
  answers BYTEA,
  answered BIGINT NOT NULL DEFAULT 0,
  at TEXT NOT NULL
);

CREATE INDEX counselling_draft_case ON counselling_draft (case_id, at, id);

CREATE TABLE counselling_fear (
  session_id TEXT PRIMARY KEY REFERENCES counselling_session (id),
  case_id TEXT NOT NULL REFERENCES casefile (id),
  referred_to TEXT NOT NULL,
  result TEXT NOT NULL DEFAULT '',
  note BYTEA,
  looked_by TEXT NOT NULL DEFAULT '',
  looked_at TEXT NOT NULL DEFAULT ''
);

CREATE INDEX counselling_fear_case ON counselling_fear (case_id, result);

CREATE TABLE counselling_present (
  session_id TEXT NOT NULL REFERENCES counselling_session (id),
  person_id TEXT NOT NULL,
  PRIMARY KEY (session_id, person_id)
);

CREATE TABLE counselling_session (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  office_id TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('information','pre_departure','reintegration','legal_referral')),
  kind TEXT NOT NULL CHECK (kind IN ('individual','group')),
  group_code TEXT NOT NULL DEFAULT '',
  place TEXT NOT NULL,
  started_at TEXT NOT NULL,
  on_day TEXT NOT NULL,
  minutes BIGINT NOT NULL,
  counsellor_id TEXT NOT NULL,
  interpreter BYTEA,
  interpreter_way TEXT NOT NULL,
  interpreter_at TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL,
  staff_language TEXT NOT NULL,
  topics TEXT NOT NULL DEFAULT '',
  options TEXT NOT NULL DEFAULT '',
  words BYTEA,
  outcome TEXT NOT NULL CHECK (outcome IN ('proceed','no','considering')),
  fear BOOLEAN NOT NULL,
  next_on TEXT NOT NULL DEFAULT '',
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);

CREATE INDEX counselling_session_case ON counselling_session (case_id, started_at, id);

CREATE INDEX counselling_session_day ON counselling_session (on_day, id);

CREATE INDEX counselling_session_kind ON counselling_session (kind, on_day, id);

CREATE TABLE cover (
  id TEXT PRIMARY KEY,
  absent_id TEXT NOT NULL REFERENCES staff (id),
  cover_id TEXT NOT NULL REFERENCES staff (id),
  from_on TEXT NOT NULL,
  until_on TEXT NOT NULL
);

CREATE INDEX cover_by ON cover (cover_id, until_on);

CREATE TABLE credential (
  id TEXT PRIMARY KEY,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  name TEXT NOT NULL DEFAULT '',
  data BYTEA NOT NULL,
  created_at TEXT NOT NULL,
  used_at TEXT NOT NULL DEFAULT ''
);

CREATE INDEX credential_staff ON credential (staff_id, created_at);

CREATE TABLE data_key (
  subject TEXT PRIMARY KEY,
  wrapped BYTEA,
  master TEXT NOT NULL,
  created_at TEXT NOT NULL,
  destroyed_at TEXT NOT NULL DEFAULT ''
);

CREATE INDEX data_key_master ON data_key (master);

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

CREATE TABLE due_diligence (
  id TEXT PRIMARY KEY,
  revision BIGINT NOT NULL,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL,
  class TEXT NOT NULL,
  body BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL,
  decision TEXT NOT NULL DEFAULT '',
  reason BYTEA,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT NOT NULL DEFAULT '',
  valid_until TEXT NOT NULL DEFAULT ''
);

CREATE INDEX due_diligence_case ON due_diligence (case_id, person_id, class, at, id);

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
, pack_hash TEXT NOT NULL DEFAULT '', basis BYTEA, doubt BYTEA, evidence_id TEXT NOT NULL DEFAULT '');

CREATE INDEX eligibility_case ON eligibility_decision (case_id, decided_at, id);

CREATE INDEX eligibility_counted ON eligibility_decision (component, decision, decided_at, id);

CREATE UNIQUE INDEX eligibility_current ON eligibility_decision (case_id, component) WHERE superseded_by = '';

CREATE INDEX eligibility_exception ON eligibility_decision (decided_at, id) WHERE second_needed = TRUE;

CREATE TABLE eligibility_fact (
  decision_id TEXT NOT NULL REFERENCES eligibility_decision (id),
  place BIGINT NOT NULL,
  person_id TEXT NOT NULL,
  facts BYTEA NOT NULL,
  PRIMARY KEY (decision_id, place)
);

CREATE TABLE fitness_check (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('check','boarding')),
  on_day TEXT NOT NULL,
  valid_until TEXT NOT NULL,
  body BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);

CREATE INDEX fitness_check_case ON fitness_check (case_id, person_id, at, id);

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

CREATE TABLE fund (
  id TEXT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  programme TEXT NOT NULL DEFAULT '',
  currency TEXT NOT NULL,
  budget BIGINT NOT NULL CHECK (budget >= 0),
  runs_from TEXT NOT NULL,
  runs_until TEXT NOT NULL DEFAULT '',
  keep_years BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  created_at TEXT NOT NULL
);

CREATE TABLE fund_share (
  fund_id TEXT NOT NULL REFERENCES fund (id),
  place BIGINT NOT NULL,
  payer TEXT NOT NULL,
  percent BIGINT NOT NULL CHECK (percent BETWEEN 1 AND 100),
  PRIMARY KEY (fund_id, place)
);

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

CREATE INDEX hand_over_case ON hand_over (case_id, sent_at);

CREATE UNIQUE INDEX hand_over_open ON hand_over (case_id) WHERE answer = '';

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

CREATE INDEX house_incident_case ON house_incident (case_id, on_day, id);

CREATE INDEX house_incident_site ON house_incident (site_id, on_day, id);

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

CREATE INDEX identity_paper_blind ON identity_paper (blind, person_id);

CREATE INDEX identity_paper_person ON identity_paper (person_id, created_at, id);

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

CREATE UNIQUE INDEX job_periodic ON job (kind) WHERE every_ms > 0;

CREATE UNIQUE INDEX job_waiting ON job (kind, unique_key) WHERE state = 'ready' AND unique_key <> '';

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

CREATE INDEX journal_actor ON journal (actor, seq);

CREATE INDEX journal_case ON journal (case_id, seq);

CREATE INDEX journal_subject ON journal (subject_id, seq);

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

CREATE TABLE journal_hash (
  idx BIGINT PRIMARY KEY,
  hash BYTEA NOT NULL
);

CREATE TABLE journal_head (
  id BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL,
  root BYTEA NOT NULL,
  signed TEXT NOT NULL
);

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

CREATE INDEX journey_departs ON journey (departs_on, id);

CREATE UNIQUE INDEX journey_live ON journey (case_id) WHERE state IN ('asked','booked');

CREATE INDEX journey_state ON journey (state, departs_on, id);

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
, person_id TEXT NOT NULL DEFAULT '');

CREATE INDEX lead_list ON lead (office_id, state, call_on, id);

CREATE INDEX lead_person ON lead (person_id) WHERE person_id <> '';

CREATE TABLE ledger_entry (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  fund_id TEXT NOT NULL DEFAULT '',
  case_id TEXT NOT NULL DEFAULT '',
  person_id TEXT NOT NULL DEFAULT '',
  line_id TEXT NOT NULL DEFAULT '',
  reverses TEXT NOT NULL DEFAULT '',
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);

CREATE INDEX ledger_entry_case ON ledger_entry (case_id, at, id);

CREATE INDEX ledger_entry_fund ON ledger_entry (fund_id, at, id);

CREATE UNIQUE INDEX ledger_entry_reverses ON ledger_entry (reverses) WHERE reverses <> '';

CREATE TABLE ledger_line (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL DEFAULT '',
  fund_id TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL,
  component TEXT NOT NULL,
  modality TEXT NOT NULL CHECK (modality IN ('cash','in_kind','service')),
  ceiling BOOLEAN NOT NULL DEFAULT FALSE,
  amount BIGINT NOT NULL CHECK (amount >= 0),
  drawn BIGINT NOT NULL DEFAULT 0 CHECK (drawn >= 0 AND drawn <= amount),
  currency TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned','approved','paid','released','refused','not_due','to_return','returned')),
  parent_id TEXT NOT NULL DEFAULT '',
  item_ref TEXT NOT NULL DEFAULT '',
  rule TEXT NOT NULL DEFAULT '',
  note BYTEA,
  proposed_by TEXT NOT NULL,
  proposed_at TEXT NOT NULL,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT NOT NULL DEFAULT ''
);

CREATE INDEX ledger_line_case ON ledger_line (case_id, proposed_at, id);

CREATE INDEX ledger_line_cash_item ON ledger_line (case_id, id) WHERE modality = 'cash' AND item_ref <> '';

CREATE INDEX ledger_line_item ON ledger_line (item_ref) WHERE item_ref <> '';

CREATE INDEX ledger_line_state ON ledger_line (state, proposed_at, id);

CREATE TABLE monitoring_due (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  months BIGINT NOT NULL,
  due_on TEXT NOT NULL,
  done_by TEXT NOT NULL DEFAULT '',
  UNIQUE (case_id, months, due_on)
);

CREATE INDEX monitoring_due_case ON monitoring_due (case_id, done_by, due_on, id);

CREATE INDEX monitoring_due_open ON monitoring_due (done_by, due_on, id);

CREATE TABLE monitoring_loss (
  case_id TEXT PRIMARY KEY REFERENCES casefile (id),
  on_day TEXT NOT NULL,
  note BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);

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

CREATE TABLE needs_assessment (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  on_day TEXT NOT NULL,
  economic BIGINT NOT NULL CHECK (economic BETWEEN 1 AND 4),
  social BIGINT NOT NULL CHECK (social BETWEEN 1 AND 4),
  psychosocial BIGINT NOT NULL CHECK (psychosocial BETWEEN 1 AND 4),
  work_years BIGINT NOT NULL,
  results BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);

CREATE INDEX needs_assessment_case ON needs_assessment (case_id, at, id);

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

CREATE TABLE office (
  id TEXT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('host','origin','headquarters','partner')),
  country TEXT NOT NULL,
  zone TEXT NOT NULL DEFAULT 'UTC',
  active BOOLEAN NOT NULL DEFAULT TRUE
);

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

CREATE TABLE password (
  staff_id TEXT PRIMARY KEY REFERENCES staff (id),
  hash TEXT NOT NULL,
  changed_at TEXT NOT NULL
);

CREATE TABLE payment (
  id TEXT PRIMARY KEY,
  line_id TEXT NOT NULL REFERENCES ledger_line (id),
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL DEFAULT '',
  fund_id TEXT NOT NULL,
  way TEXT NOT NULL CHECK (way IN ('cash','transfer')),
  box_id TEXT NOT NULL DEFAULT '',
  amount BIGINT NOT NULL CHECK (amount > 0),
  currency TEXT NOT NULL,
  receipt_no TEXT NOT NULL UNIQUE,
  payer_id TEXT NOT NULL,
  witness_id TEXT NOT NULL DEFAULT '',
  method TEXT NOT NULL DEFAULT '',
  notes TEXT NOT NULL DEFAULT '',
  reference BYTEA,
  on_day TEXT NOT NULL,
  at TEXT NOT NULL,
  reversed_by TEXT NOT NULL DEFAULT '',
  reversed_at TEXT NOT NULL DEFAULT '',
  reason BYTEA
);

CREATE INDEX payment_box ON payment (box_id, on_day, id);

CREATE INDEX payment_case ON payment (case_id, at, id);

CREATE INDEX payment_day ON payment (on_day, id);

CREATE INDEX payment_line ON payment (line_id, at, id);

CREATE TABLE person (
  id TEXT PRIMARY KEY,
  revision BIGINT NOT NULL,
  given_names TEXT NOT NULL DEFAULT '',
  family_name TEXT NOT NULL DEFAULT '',
  father_name TEXT NOT NULL DEFAULT '',
  known_as TEXT NOT NULL DEFAULT '',
  native_given TEXT NOT NULL DEFAULT '',
  native_family TEXT NOT NULL DEFAULT '',
  native_lang TEXT NOT NULL DEFAULT '',
  sex TEXT NOT NULL CHECK (sex IN ('female','male','other','unknown')),
  birth_date TEXT NOT NULL DEFAULT '',
  birth_kind TEXT NOT NULL CHECK (birth_kind IN ('exact','estimated','year','unknown')),
  birth_place TEXT NOT NULL DEFAULT '',
  nationality TEXT NOT NULL DEFAULT '',
  documented_nationality TEXT NOT NULL DEFAULT '',
  civil_status TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '',
  interpreter BOOLEAN NOT NULL DEFAULT FALSE,
  class TEXT NOT NULL DEFAULT 'normal',
  placeholder BOOLEAN NOT NULL DEFAULT FALSE,
  invented BOOLEAN NOT NULL DEFAULT FALSE,
  office_id TEXT NOT NULL,
  sort_name TEXT NOT NULL,
  created_at TEXT NOT NULL,
  erased_at TEXT NOT NULL DEFAULT ''
);

CREATE INDEX person_birth ON person (birth_date, id);

CREATE INDEX person_office ON person (office_id, created_at);

CREATE INDEX person_sort ON person (sort_name, id);

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

CREATE INDEX person_contact_blind ON person_contact (blind, person_id);

CREATE INDEX person_contact_person ON person_contact (person_id, created_at, id);

CREATE TABLE person_key (
  token TEXT NOT NULL,
  sort_name TEXT NOT NULL,
  person_id TEXT NOT NULL REFERENCES person (id)
);

CREATE INDEX person_key_person ON person_key (person_id, token);

CREATE UNIQUE INDEX person_key_token ON person_key (token, sort_name, person_id);

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

CREATE TABLE plan_delivery (
  ref TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  state TEXT NOT NULL CHECK (state IN ('planned','quoted','ordered','delivered','paid','dropped')),
  quotes BYTEA,
  justification BYTEA,
  ordered_on TEXT NOT NULL DEFAULT '',
  delivered_on TEXT NOT NULL DEFAULT '',
  invoice BYTEA,
  proof TEXT NOT NULL DEFAULT '',
  actual BIGINT NOT NULL DEFAULT 0,
  confirmed_on TEXT NOT NULL DEFAULT '',
  payment_id TEXT NOT NULL DEFAULT '',
  reason BYTEA,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);

CREATE INDEX plan_delivery_case ON plan_delivery (case_id, ref);

CREATE TABLE plan_item (
  plan_id TEXT NOT NULL REFERENCES reintegration_plan (id),
  place BIGINT NOT NULL,
  ref TEXT NOT NULL,
  category TEXT NOT NULL,
  description BYTEA,
  supplier BYTEA,
  modality TEXT NOT NULL,
  amount BIGINT NOT NULL CHECK (amount > 0),
  due_on TEXT NOT NULL DEFAULT '',
  evidence TEXT NOT NULL,
  PRIMARY KEY (plan_id, place)
);

CREATE TABLE posting (
  entry_id TEXT NOT NULL REFERENCES ledger_entry (id),
  place BIGINT NOT NULL,
  account_id TEXT NOT NULL REFERENCES account (id),
  amount BIGINT NOT NULL,
  currency TEXT NOT NULL,
  PRIMARY KEY (entry_id, place)
);

CREATE INDEX posting_account ON posting (account_id, entry_id);

CREATE TABLE programme_version (
  code TEXT NOT NULL,
  version TEXT NOT NULL,
  hash TEXT NOT NULL,
  adopted_at TEXT NOT NULL CHECK (LENGTH(adopted_at) = 27),
  adopted_by TEXT NOT NULL,
  PRIMARY KEY (code, version)
);

CREATE TABLE quota_seat (
  id TEXT PRIMARY KEY,
  programme TEXT NOT NULL,
  quota TEXT NOT NULL,
  seat BIGINT NOT NULL CHECK (seat >= 1),
  case_id TEXT NOT NULL,
  person_id TEXT NOT NULL DEFAULT '',
  taken_at TEXT NOT NULL,
  taken_by TEXT NOT NULL,
  released_at TEXT NOT NULL DEFAULT '',
  released_by TEXT NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX quota_seat_holder ON quota_seat (case_id, programme, quota, person_id) WHERE released_at = '';

CREATE UNIQUE INDEX quota_seat_taken ON quota_seat (programme, quota, seat) WHERE released_at = '';

CREATE TABLE receipt_number (
  prefix TEXT PRIMARY KEY,
  last BIGINT NOT NULL
);

CREATE TABLE recovery_code (
  staff_id TEXT NOT NULL REFERENCES staff (id),
  hash TEXT NOT NULL,
  used_at TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (staff_id, hash)
);

CREATE TABLE reintegration_plan (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  version BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft','submitted','approved','sent_back','replaced','withdrawn')),
  currency TEXT NOT NULL,
  economic BYTEA,
  social BYTEA,
  psychosocial BYTEA,
  author_id TEXT NOT NULL,
  submitted_at TEXT NOT NULL DEFAULT '',
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT NOT NULL DEFAULT '',
  decision_note BYTEA,
  revision BIGINT NOT NULL,
  UNIQUE (case_id, version)
);

CREATE INDEX reintegration_plan_decided ON reintegration_plan (state, decided_at, id);

CREATE INDEX reintegration_plan_state ON reintegration_plan (state, submitted_at, id);

CREATE TABLE reset_code (
  staff_id TEXT PRIMARY KEY REFERENCES staff (id),
  hash TEXT NOT NULL UNIQUE,
  expires_at TEXT NOT NULL
);

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

CREATE TABLE saved_view (
  id TEXT PRIMARY KEY,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (staff_id, name)
);

CREATE TABLE schema_migration (name TEXT PRIMARY KEY, hash TEXT NOT NULL, applied_at TEXT NOT NULL);

CREATE TABLE schema_turn (id BIGINT PRIMARY KEY, n BIGINT NOT NULL);

CREATE TABLE screening_finding (
  id TEXT PRIMARY KEY,
  screening_id TEXT NOT NULL,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL,
  class TEXT NOT NULL,
  found BOOLEAN NOT NULL,
  diligence BOOLEAN NOT NULL,
  body BYTEA,
  on_day TEXT NOT NULL,
  valid_until TEXT NOT NULL,
  by_id TEXT NOT NULL,
  at TEXT NOT NULL,
  UNIQUE (screening_id, class)
);

CREATE INDEX screening_finding_case ON screening_finding (case_id, person_id, class, at, id);

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

CREATE TABLE selection_candidate (
  round_id TEXT NOT NULL REFERENCES selection_round (id),
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL,
  applied_on TEXT NOT NULL,
  verdict TEXT NOT NULL,
  low BIGINT NOT NULL,
  high BIGINT NOT NULL,
  urgent TEXT NOT NULL,
  cost BIGINT NOT NULL,
  cost_known BOOLEAN NOT NULL,
  waited BIGINT NOT NULL,
  points BYTEA,
  read_at TEXT NOT NULL,
  left_at TEXT NOT NULL DEFAULT '',
  left_why TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT '' CHECK (outcome IN ('','chosen','waiting','not_chosen')),
  seat TEXT NOT NULL DEFAULT '',
  place BIGINT NOT NULL DEFAULT 0,
  proposal TEXT NOT NULL DEFAULT '',
  reason BYTEA,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (round_id, case_id)
);

CREATE INDEX selection_candidate_case ON selection_candidate (case_id, round_id);

CREATE TABLE selection_fact (
  round_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  place BIGINT NOT NULL,
  facts BYTEA,
  PRIMARY KEY (round_id, case_id, person_id),
  FOREIGN KEY (round_id, case_id) REFERENCES selection_candidate (round_id, case_id)
);

CREATE TABLE selection_member (
  round_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  PRIMARY KEY (round_id, case_id, staff_id),
  FOREIGN KEY (round_id, case_id) REFERENCES selection_candidate (round_id, case_id)
);

CREATE TABLE selection_round (
  id TEXT PRIMARY KEY,
  no BIGINT NOT NULL,
  programme TEXT NOT NULL,
  pack_version TEXT NOT NULL,
  component TEXT NOT NULL,
  on_day TEXT NOT NULL,
  from_stage TEXT NOT NULL DEFAULT '',
  currency TEXT NOT NULL,
  fund_id TEXT NOT NULL DEFAULT '',
  budget BIGINT NOT NULL CHECK (budget > 0),
  kept BIGINT NOT NULL CHECK (kept BETWEEN 0 AND budget),
  places BIGINT NOT NULL CHECK (places > 0),
  reserve BIGINT NOT NULL CHECK (reserve BETWEEN 0 AND places),
  state TEXT NOT NULL CHECK (state IN ('open','closed')),
  opened_by TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  closed_by TEXT NOT NULL DEFAULT '',
  closed_at TEXT NOT NULL DEFAULT '',
  revision BIGINT NOT NULL,
  UNIQUE (programme, no)
);

CREATE TABLE session (
  id TEXT PRIMARY KEY,
  token TEXT NOT NULL UNIQUE,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  stage TEXT NOT NULL CHECK (stage IN ('full','factor','enrol')),
  device TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL CHECK (LENGTH(created_at) = 27),
  last_seen TEXT NOT NULL CHECK (LENGTH(last_seen) = 27),
  expires_at TEXT NOT NULL CHECK (LENGTH(expires_at) = 27)
);

CREATE INDEX session_expiry ON session (expires_at);

CREATE INDEX session_staff ON session (staff_id, last_seen);

CREATE TABLE sign_in_attempt (
  key TEXT PRIMARY KEY,
  failures BIGINT NOT NULL,
  first_at TEXT NOT NULL,
  until_at TEXT NOT NULL DEFAULT ''
);

CREATE INDEX sign_in_attempt_age ON sign_in_attempt (first_at);

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

CREATE TABLE staff_role (
  staff_id TEXT NOT NULL REFERENCES staff (id),
  role TEXT NOT NULL REFERENCES role (code),
  office_id TEXT NOT NULL DEFAULT '',
  programme TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (staff_id, role, office_id, programme)
);

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

CREATE UNIQUE INDEX stay_live ON stay (person_id) WHERE state IN ('waiting','booked','in_house','absent');

CREATE INDEX stay_site ON stay (site_id, state, from_on, id);

CREATE TABLE task (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  code TEXT NOT NULL DEFAULT '',
  title BYTEA,
  owner_id TEXT NOT NULL DEFAULT '',
  due_on TEXT NOT NULL DEFAULT '',
  waiting_on TEXT NOT NULL DEFAULT '',
  waiting_until TEXT NOT NULL DEFAULT '',
  urgent BOOLEAN NOT NULL DEFAULT FALSE,
  class TEXT NOT NULL DEFAULT 'normal',
  created_at TEXT NOT NULL,
  done_at TEXT NOT NULL DEFAULT '',
  done_by TEXT NOT NULL DEFAULT ''
);

CREATE INDEX task_case ON task (case_id, done_at, due_on);

CREATE UNIQUE INDEX task_open_code ON task (case_id, code) WHERE done_at = '' AND code <> '';

CREATE INDEX task_owner ON task (owner_id, done_at, due_on);

CREATE TABLE totp (
  staff_id TEXT PRIMARY KEY REFERENCES staff (id),
  secret BYTEA NOT NULL,
  confirmed BOOLEAN NOT NULL DEFAULT FALSE,
  last_step BIGINT NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
);

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

CREATE INDEX travel_document_blind ON travel_document (blind, person_id);

CREATE INDEX travel_document_case ON travel_document (case_id, requested_on, id);

CREATE TABLE unit (
  id TEXT PRIMARY KEY,
  site_id TEXT NOT NULL REFERENCES site (id),
  name TEXT NOT NULL,
  rule TEXT NOT NULL CHECK (rule IN ('any','women','men','family')),
  accessible BOOLEAN NOT NULL DEFAULT FALSE,
  revision BIGINT NOT NULL,
  UNIQUE (site_id, name)
);
