-- Made from the migrations by `UPDATE=1 go test ./internal/testkit/schema`, to be read; nothing runs it.

CREATE TABLE account (
  id text NOT NULL,
  kind text NOT NULL,
  fund_id text NOT NULL DEFAULT ''::text,
  case_id text NOT NULL DEFAULT ''::text,
  box_id text NOT NULL DEFAULT ''::text,
  currency text NOT NULL,
  balance bigint NOT NULL,
  CONSTRAINT account_pkey PRIMARY KEY (id)
);

CREATE INDEX account_case ON public.account USING btree (case_id, kind, id);

CREATE INDEX account_fund ON public.account USING btree (fund_id, kind, case_id, id);

CREATE TABLE arrival_help (
  case_id text NOT NULL,
  kind text NOT NULL,
  answer text NOT NULL,
  on_day text NOT NULL DEFAULT ''::text,
  proof text NOT NULL DEFAULT ''::text,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT arrival_help_answer_check CHECK ((answer = ANY (ARRAY['given'::text, 'not_needed'::text]))),
  CONSTRAINT arrival_help_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT arrival_help_pkey PRIMARY KEY (case_id, kind)
);

CREATE TABLE attachment (
  id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL DEFAULT ''::text,
  class text NOT NULL DEFAULT 'normal'::text,
  kind text NOT NULL,
  title bytea,
  file_name bytea,
  media_type text NOT NULL,
  size bigint NOT NULL,
  sha text NOT NULL,
  blob text NOT NULL,
  preview text NOT NULL DEFAULT ''::text,
  scan text NOT NULL,
  uploaded_by text NOT NULL,
  uploaded_at text NOT NULL,
  removed_by text NOT NULL DEFAULT ''::text,
  removed_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT attachment_scan_check CHECK ((scan = ANY (ARRAY['clean'::text, 'infected'::text, 'unscanned'::text, 'pending'::text]))),
  CONSTRAINT attachment_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT attachment_pkey PRIMARY KEY (id)
);

CREATE INDEX attachment_blob ON public.attachment USING btree (blob);

CREATE INDEX attachment_case ON public.attachment USING btree (case_id, uploaded_at, id);

CREATE INDEX attachment_preview ON public.attachment USING btree (preview) WHERE (preview <> ''::text);

CREATE INDEX attachment_removed ON public.attachment USING btree (removed_at, id) WHERE ((removed_at <> ''::text) AND (blob <> ''::text));

CREATE TABLE bed (
  id text NOT NULL,
  unit_id text NOT NULL,
  site_id text NOT NULL,
  name text NOT NULL,
  stay_id text NOT NULL DEFAULT ''::text,
  out_reason text NOT NULL DEFAULT ''::text,
  out_until text NOT NULL DEFAULT ''::text,
  CONSTRAINT bed_site_id_fkey FOREIGN KEY (site_id) REFERENCES site(id),
  CONSTRAINT bed_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  CONSTRAINT bed_pkey PRIMARY KEY (id),
  CONSTRAINT bed_unit_id_name_key UNIQUE (unit_id, name)
);

CREATE INDEX bed_site ON public.bed USING btree (site_id, unit_id, name, id);

CREATE TABLE break_glass (
  id text NOT NULL,
  staff_id text NOT NULL,
  case_id text NOT NULL,
  reason bytea NOT NULL,
  opened_at text NOT NULL,
  expires_at text NOT NULL,
  reviewed_by text NOT NULL DEFAULT ''::text,
  reviewed_at text NOT NULL DEFAULT ''::text,
  verdict text NOT NULL DEFAULT ''::text,
  review_note bytea,
  CONSTRAINT break_glass_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id),
  CONSTRAINT break_glass_pkey PRIMARY KEY (id)
);

CREATE INDEX break_glass_review ON public.break_glass USING btree (reviewed_at, opened_at);

CREATE INDEX break_glass_staff ON public.break_glass USING btree (staff_id, expires_at);

CREATE TABLE case_count (
  host_office text NOT NULL,
  origin_office text NOT NULL,
  programme text NOT NULL,
  class text NOT NULL,
  desk text NOT NULL,
  stage text NOT NULL,
  nationality text NOT NULL,
  return_country text NOT NULL,
  flags text NOT NULL,
  n bigint NOT NULL,
  CONSTRAINT case_count_n_check CHECK ((n > 0)),
  CONSTRAINT case_count_pkey PRIMARY KEY (host_office, origin_office, programme, class, desk, stage, nationality, return_country, flags)
);

CREATE TABLE case_member (
  case_id text NOT NULL,
  person_id text NOT NULL,
  relation text NOT NULL,
  travels boolean NOT NULL DEFAULT true,
  CONSTRAINT case_member_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT case_member_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT case_member_pkey PRIMARY KEY (case_id, person_id)
);

CREATE INDEX case_member_person ON public.case_member USING btree (person_id);

CREATE TABLE case_number (
  prefix text NOT NULL,
  last bigint NOT NULL,
  CONSTRAINT case_number_pkey PRIMARY KEY (prefix)
);

CREATE TABLE casefile (
  id text NOT NULL,
  no text NOT NULL,
  revision bigint NOT NULL,
  kind text NOT NULL,
  programme text NOT NULL,
  pack_version text NOT NULL,
  stage text NOT NULL,
  stage_since text NOT NULL,
  state text NOT NULL,
  desk text NOT NULL,
  waiting_on text NOT NULL DEFAULT ''::text,
  waiting_until text NOT NULL DEFAULT ''::text,
  next_due text NOT NULL DEFAULT '9999-12-31'::text,
  next_step text NOT NULL DEFAULT ''::text,
  next_title bytea,
  principal_id text NOT NULL,
  persons bigint NOT NULL DEFAULT 1,
  children bigint NOT NULL DEFAULT 0,
  host_office text NOT NULL,
  origin_office text NOT NULL DEFAULT ''::text,
  owner_id text NOT NULL DEFAULT ''::text,
  class text NOT NULL DEFAULT 'normal'::text,
  flags text NOT NULL DEFAULT ''::text,
  nationality text NOT NULL DEFAULT ''::text,
  return_country text NOT NULL DEFAULT ''::text,
  departs_on text NOT NULL DEFAULT ''::text,
  opened_on text NOT NULL,
  closed_on text NOT NULL DEFAULT ''::text,
  closing_reason text NOT NULL DEFAULT ''::text,
  handed_over_on text NOT NULL DEFAULT ''::text,
  invented boolean NOT NULL DEFAULT false,
  keep_until text NOT NULL DEFAULT ''::text,
  sort_name text NOT NULL DEFAULT ''::text,
  CONSTRAINT casefile_desk_check CHECK ((desk = ANY (ARRAY['action'::text, 'waiting'::text, 'none'::text]))),
  CONSTRAINT casefile_state_check CHECK ((state = ANY (ARRAY['open'::text, 'withdrawn'::text, 'closed'::text]))),
  CONSTRAINT casefile_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES person(id),
  CONSTRAINT casefile_pkey PRIMARY KEY (id),
  CONSTRAINT casefile_no_key UNIQUE (no)
);

CREATE INDEX casefile_departs ON public.casefile USING btree (state, departs_on, id);

CREATE INDEX casefile_host ON public.casefile USING btree (host_office, state, desk, next_due, id);

CREATE INDEX casefile_host_name ON public.casefile USING btree (host_office, state, sort_name, id);

CREATE INDEX casefile_host_no ON public.casefile USING btree (host_office, no, id);

CREATE INDEX casefile_host_opened ON public.casefile USING btree (host_office, state, opened_on, id);

CREATE INDEX casefile_host_since ON public.casefile USING btree (host_office, state, stage_since, id);

CREATE INDEX casefile_host_stage ON public.casefile USING btree (host_office, state, stage, id);

CREATE INDEX casefile_name ON public.casefile USING btree (state, sort_name, id);

CREATE INDEX casefile_opened ON public.casefile USING btree (state, opened_on, id);

CREATE INDEX casefile_origin ON public.casefile USING btree (origin_office, state, desk, next_due, id);

CREATE INDEX casefile_origin_name ON public.casefile USING btree (origin_office, state, sort_name, id);

CREATE INDEX casefile_origin_no ON public.casefile USING btree (origin_office, no, id);

CREATE INDEX casefile_origin_opened ON public.casefile USING btree (origin_office, state, opened_on, id);

CREATE INDEX casefile_origin_since ON public.casefile USING btree (origin_office, state, stage_since, id);

CREATE INDEX casefile_origin_stage ON public.casefile USING btree (origin_office, state, stage, id);

CREATE INDEX casefile_owner ON public.casefile USING btree (owner_id, state, desk, next_due, id);

CREATE INDEX casefile_principal ON public.casefile USING btree (principal_id);

CREATE INDEX casefile_since ON public.casefile USING btree (state, stage_since, id);

CREATE INDEX casefile_stage ON public.casefile USING btree (state, stage, next_due, id);

CREATE INDEX casefile_state ON public.casefile USING btree (state, desk, next_due, id);

CREATE INDEX casefile_wakes ON public.casefile USING btree (state, waiting_until, id);

CREATE TABLE cash_box (
  id text NOT NULL,
  office_id text NOT NULL,
  title text NOT NULL,
  currency text NOT NULL,
  created_at text NOT NULL,
  CONSTRAINT cash_box_pkey PRIMARY KEY (id)
);

CREATE INDEX cash_box_office ON public.cash_box USING btree (office_id, title, id);

CREATE TABLE cash_count (
  id text NOT NULL,
  box_id text NOT NULL,
  on_day text NOT NULL,
  flight text NOT NULL DEFAULT ''::text,
  counted bigint NOT NULL,
  expected bigint NOT NULL,
  note text NOT NULL DEFAULT ''::text,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT cash_count_box_id_fkey FOREIGN KEY (box_id) REFERENCES cash_box(id),
  CONSTRAINT cash_count_pkey PRIMARY KEY (id)
);

CREATE INDEX cash_count_box ON public.cash_count USING btree (box_id, at, id);

CREATE TABLE ceremony (
  id text NOT NULL,
  staff_id text NOT NULL DEFAULT ''::text,
  data text NOT NULL,
  expires_at text NOT NULL,
  CONSTRAINT ceremony_pkey PRIMARY KEY (id)
);

CREATE INDEX ceremony_expiry ON public.ceremony USING btree (expires_at);

CREATE TABLE child_safeguard (
  case_id text NOT NULL,
  person_id text NOT NULL,
  code text NOT NULL,
  revision bigint NOT NULL,
  on_day text NOT NULL,
  attachment_id text NOT NULL DEFAULT ''::text,
  body bytea,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT child_safeguard_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT child_safeguard_pkey PRIMARY KEY (case_id, person_id, code)
);

CREATE TABLE clearance (
  id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL,
  authority text NOT NULL,
  requested_on text NOT NULL,
  reply text NOT NULL DEFAULT ''::text,
  replied_on text NOT NULL DEFAULT ''::text,
  valid_until text NOT NULL DEFAULT ''::text,
  findings bytea,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT clearance_reply_check CHECK ((reply = ANY (ARRAY[''::text, 'go'::text, 'wait'::text, 'refused'::text, 'stopped'::text]))),
  CONSTRAINT clearance_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT clearance_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT clearance_pkey PRIMARY KEY (id)
);

CREATE INDEX clearance_case ON public.clearance USING btree (case_id, requested_on, id);

CREATE TABLE consent (
  id text NOT NULL,
  person_id text NOT NULL,
  purpose text NOT NULL,
  recipient text NOT NULL,
  given boolean NOT NULL,
  notice_version text NOT NULL,
  language text NOT NULL,
  interpreter bytea,
  method text NOT NULL,
  witness bytea,
  given_by text NOT NULL,
  at text NOT NULL,
  expires_on text NOT NULL DEFAULT ''::text,
  withdrawn_at text NOT NULL DEFAULT ''::text,
  recorded_by text NOT NULL,
  CONSTRAINT consent_method_check CHECK ((method = ANY (ARRAY['signature'::text, 'thumbprint'::text, 'oral_witnessed'::text, 'electronic'::text]))),
  CONSTRAINT consent_given_by_fkey FOREIGN KEY (given_by) REFERENCES person(id),
  CONSTRAINT consent_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT consent_pkey PRIMARY KEY (id)
);

CREATE INDEX consent_person ON public.consent USING btree (person_id, purpose, recipient, at);

CREATE TABLE contact_attempt (
  id text NOT NULL,
  case_id text NOT NULL,
  on_day text NOT NULL,
  channel text NOT NULL,
  result text NOT NULL,
  note bytea,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT contact_attempt_result_check CHECK ((result = ANY (ARRAY['no_answer'::text, 'wrong_number'::text, 'refused'::text, 'reached'::text]))),
  CONSTRAINT contact_attempt_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT contact_attempt_pkey PRIMARY KEY (id)
);

CREATE INDEX contact_attempt_case ON public.contact_attempt USING btree (case_id, at, id);

CREATE TABLE counselling_appointment (
  id text NOT NULL,
  case_id text NOT NULL,
  office_id text NOT NULL,
  counsellor_id text NOT NULL,
  starts_at text NOT NULL,
  ends_at text NOT NULL,
  language text NOT NULL DEFAULT ''::text,
  interpreter bytea,
  interpreter_key text NOT NULL DEFAULT ''::text,
  room text NOT NULL DEFAULT ''::text,
  state text NOT NULL,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT counselling_appointment_state_check CHECK ((state = ANY (ARRAY['booked'::text, 'held'::text, 'cancelled'::text]))),
  CONSTRAINT counselling_appointment_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT counselling_appointment_pkey PRIMARY KEY (id)
);

CREATE INDEX counselling_appointment_case ON public.counselling_appointment USING btree (case_id, starts_at, id);

CREATE INDEX counselling_appointment_time ON public.counselling_appointment USING btree (state, starts_at, id);

CREATE TABLE counselling_draft (
  id text NOT NULL,
  case_id text NOT NULL,
  by_id text NOT NULL,
  lang text NOT NULL,
  answers bytea,
  answered bigint NOT NULL DEFAULT 0,
  at text NOT NULL,
  CONSTRAINT counselling_draft_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT counselling_draft_pkey PRIMARY KEY (id)
);

CREATE INDEX counselling_draft_case ON public.counselling_draft USING btree (case_id, at, id);

CREATE TABLE counselling_fear (
  session_id text NOT NULL,
  case_id text NOT NULL,
  referred_to text NOT NULL,
  result text NOT NULL DEFAULT ''::text,
  note bytea,
  looked_by text NOT NULL DEFAULT ''::text,
  looked_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT counselling_fear_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT counselling_fear_session_id_fkey FOREIGN KEY (session_id) REFERENCES counselling_session(id),
  CONSTRAINT counselling_fear_pkey PRIMARY KEY (session_id)
);

CREATE INDEX counselling_fear_case ON public.counselling_fear USING btree (case_id, result);

CREATE TABLE counselling_present (
  session_id text NOT NULL,
  person_id text NOT NULL,
  CONSTRAINT counselling_present_session_id_fkey FOREIGN KEY (session_id) REFERENCES counselling_session(id),
  CONSTRAINT counselling_present_pkey PRIMARY KEY (session_id, person_id)
);

CREATE TABLE counselling_session (
  id text NOT NULL,
  case_id text NOT NULL,
  office_id text NOT NULL,
  type text NOT NULL,
  kind text NOT NULL,
  group_code text NOT NULL DEFAULT ''::text,
  place text NOT NULL,
  started_at text NOT NULL,
  on_day text NOT NULL,
  minutes bigint NOT NULL,
  counsellor_id text NOT NULL,
  interpreter bytea,
  interpreter_way text NOT NULL,
  interpreter_at text NOT NULL DEFAULT ''::text,
  language text NOT NULL,
  staff_language text NOT NULL,
  topics text NOT NULL DEFAULT ''::text,
  options text NOT NULL DEFAULT ''::text,
  words bytea,
  outcome text NOT NULL,
  fear boolean NOT NULL,
  next_on text NOT NULL DEFAULT ''::text,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT counselling_session_kind_check CHECK ((kind = ANY (ARRAY['individual'::text, 'group'::text]))),
  CONSTRAINT counselling_session_outcome_check CHECK ((outcome = ANY (ARRAY['proceed'::text, 'no'::text, 'considering'::text]))),
  CONSTRAINT counselling_session_type_check CHECK ((type = ANY (ARRAY['information'::text, 'pre_departure'::text, 'reintegration'::text, 'legal_referral'::text]))),
  CONSTRAINT counselling_session_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT counselling_session_pkey PRIMARY KEY (id)
);

CREATE INDEX counselling_session_case ON public.counselling_session USING btree (case_id, started_at, id);

CREATE INDEX counselling_session_day ON public.counselling_session USING btree (on_day, id);

CREATE INDEX counselling_session_kind ON public.counselling_session USING btree (kind, on_day, id);

CREATE TABLE cover (
  id text NOT NULL,
  absent_id text NOT NULL,
  cover_id text NOT NULL,
  from_on text NOT NULL,
  until_on text NOT NULL,
  CONSTRAINT cover_absent_id_fkey FOREIGN KEY (absent_id) REFERENCES staff(id),
  CONSTRAINT cover_cover_id_fkey FOREIGN KEY (cover_id) REFERENCES staff(id),
  CONSTRAINT cover_pkey PRIMARY KEY (id)
);

CREATE INDEX cover_by ON public.cover USING btree (cover_id, until_on);

CREATE TABLE credential (
  id text NOT NULL,
  staff_id text NOT NULL,
  name text NOT NULL DEFAULT ''::text,
  data bytea NOT NULL,
  created_at text NOT NULL,
  used_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT credential_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id),
  CONSTRAINT credential_pkey PRIMARY KEY (id)
);

CREATE INDEX credential_staff ON public.credential USING btree (staff_id, created_at);

CREATE TABLE data_key (
  subject text NOT NULL,
  wrapped bytea,
  master text NOT NULL,
  created_at text NOT NULL,
  destroyed_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT data_key_pkey PRIMARY KEY (subject)
);

CREATE INDEX data_key_master ON public.data_key USING btree (master);

CREATE TABLE declaration (
  id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL,
  guardian_id text NOT NULL DEFAULT ''::text,
  language text NOT NULL,
  method text NOT NULL,
  witness bytea,
  counselled_before boolean NOT NULL,
  signed_on text NOT NULL,
  attachment_id text NOT NULL DEFAULT ''::text,
  text bytea NOT NULL,
  recorded_by text NOT NULL,
  recorded_at text NOT NULL,
  revoked_by text NOT NULL DEFAULT ''::text,
  revoked_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT declaration_method_check CHECK ((method = ANY (ARRAY['signature'::text, 'thumbprint'::text, 'spoken'::text, 'paper'::text]))),
  CONSTRAINT declaration_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT declaration_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT declaration_pkey PRIMARY KEY (id)
);

CREATE INDEX declaration_case ON public.declaration USING btree (case_id, signed_on, id);

CREATE UNIQUE INDEX declaration_valid ON public.declaration USING btree (case_id, person_id) WHERE (revoked_at = ''::text);

CREATE TABLE due_diligence (
  id text NOT NULL,
  revision bigint NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL,
  class text NOT NULL,
  body bytea,
  by_id text NOT NULL,
  at text NOT NULL,
  decision text NOT NULL DEFAULT ''::text,
  reason bytea,
  decided_by text NOT NULL DEFAULT ''::text,
  decided_at text NOT NULL DEFAULT ''::text,
  valid_until text NOT NULL DEFAULT ''::text,
  CONSTRAINT due_diligence_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT due_diligence_pkey PRIMARY KEY (id)
);

CREATE INDEX due_diligence_case ON public.due_diligence USING btree (case_id, person_id, class, at, id);

CREATE TABLE eligibility_decision (
  id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL,
  component text NOT NULL,
  proposal text NOT NULL,
  decision text NOT NULL,
  reason bytea,
  pack_version text NOT NULL,
  facts bytea NOT NULL,
  trace bytea NOT NULL,
  decided_by text NOT NULL,
  decided_at text NOT NULL,
  second_needed boolean NOT NULL DEFAULT false,
  second_by text NOT NULL DEFAULT ''::text,
  second_at text NOT NULL DEFAULT ''::text,
  second_agrees boolean NOT NULL DEFAULT false,
  superseded_by text NOT NULL DEFAULT ''::text,
  pack_hash text NOT NULL DEFAULT ''::text,
  basis bytea,
  doubt bytea,
  evidence_id text NOT NULL DEFAULT ''::text,
  CONSTRAINT eligibility_decision_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT eligibility_decision_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT eligibility_decision_pkey PRIMARY KEY (id)
);

CREATE INDEX eligibility_case ON public.eligibility_decision USING btree (case_id, decided_at, id);

CREATE INDEX eligibility_counted ON public.eligibility_decision USING btree (component, decision, decided_at, id);

CREATE UNIQUE INDEX eligibility_current ON public.eligibility_decision USING btree (case_id, component) WHERE (superseded_by = ''::text);

CREATE INDEX eligibility_exception ON public.eligibility_decision USING btree (decided_at, id) WHERE (second_needed = true);

CREATE TABLE eligibility_fact (
  decision_id text NOT NULL,
  place bigint NOT NULL,
  person_id text NOT NULL,
  facts bytea NOT NULL,
  CONSTRAINT eligibility_fact_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES eligibility_decision(id),
  CONSTRAINT eligibility_fact_pkey PRIMARY KEY (decision_id, place)
);

CREATE TABLE fitness_check (
  id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL,
  kind text NOT NULL,
  on_day text NOT NULL,
  valid_until text NOT NULL,
  body bytea,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT fitness_check_kind_check CHECK ((kind = ANY (ARRAY['check'::text, 'boarding'::text]))),
  CONSTRAINT fitness_check_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT fitness_check_pkey PRIMARY KEY (id)
);

CREATE INDEX fitness_check_case ON public.fitness_check USING btree (case_id, person_id, at, id);

CREATE TABLE flight (
  id text NOT NULL,
  office_id text NOT NULL,
  carrier text NOT NULL,
  number text NOT NULL,
  on_day text NOT NULL,
  from_airport text NOT NULL,
  to_airport text NOT NULL,
  departs_at text NOT NULL,
  arrives_at text NOT NULL,
  capacity bigint NOT NULL DEFAULT 0,
  taken bigint NOT NULL DEFAULT 0,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT flight_check CHECK (((taken >= 0) AND ((capacity = 0) OR (taken <= capacity)))),
  CONSTRAINT flight_pkey PRIMARY KEY (id),
  CONSTRAINT flight_carrier_number_on_day_key UNIQUE (carrier, number, on_day)
);

CREATE INDEX flight_day ON public.flight USING btree (on_day, departs_at, id);

CREATE TABLE form_draft (
  staff_id text NOT NULL,
  case_id text NOT NULL,
  form text NOT NULL,
  person_id text NOT NULL DEFAULT ''::text,
  answers bytea NOT NULL,
  page bigint NOT NULL DEFAULT 0,
  device text NOT NULL DEFAULT ''::text,
  saved_at text NOT NULL,
  CONSTRAINT form_draft_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT form_draft_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id),
  CONSTRAINT form_draft_pkey PRIMARY KEY (staff_id, case_id, form, person_id)
);

CREATE TABLE form_record (
  id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL DEFAULT ''::text,
  form text NOT NULL,
  pack_version text NOT NULL,
  class text NOT NULL DEFAULT 'normal'::text,
  lang text NOT NULL,
  answers bytea NOT NULL,
  questions bytea NOT NULL,
  revision bigint NOT NULL,
  submitted_by text NOT NULL,
  submitted_at text NOT NULL,
  superseded_by text NOT NULL DEFAULT ''::text,
  CONSTRAINT form_record_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT form_record_pkey PRIMARY KEY (id)
);

CREATE INDEX form_record_case ON public.form_record USING btree (case_id, form, person_id, revision);

CREATE INDEX form_record_latest ON public.form_record USING btree (form, submitted_at, id);

CREATE TABLE fund (
  id text NOT NULL,
  code text NOT NULL,
  title text NOT NULL,
  programme text NOT NULL DEFAULT ''::text,
  currency text NOT NULL,
  budget bigint NOT NULL,
  runs_from text NOT NULL,
  runs_until text NOT NULL DEFAULT ''::text,
  keep_years bigint NOT NULL,
  revision bigint NOT NULL,
  created_at text NOT NULL,
  CONSTRAINT fund_budget_check CHECK ((budget >= 0)),
  CONSTRAINT fund_pkey PRIMARY KEY (id),
  CONSTRAINT fund_code_key UNIQUE (code)
);

CREATE TABLE fund_share (
  fund_id text NOT NULL,
  place bigint NOT NULL,
  payer text NOT NULL,
  percent bigint NOT NULL,
  CONSTRAINT fund_share_percent_check CHECK (((percent >= 1) AND (percent <= 100))),
  CONSTRAINT fund_share_fund_id_fkey FOREIGN KEY (fund_id) REFERENCES fund(id),
  CONSTRAINT fund_share_pkey PRIMARY KEY (fund_id, place)
);

CREATE TABLE hand_over (
  id text NOT NULL,
  case_id text NOT NULL,
  from_office text NOT NULL,
  to_office text NOT NULL,
  message bytea,
  sent_by text NOT NULL,
  sent_at text NOT NULL,
  answer text NOT NULL DEFAULT ''::text,
  reason bytea,
  answered_by text NOT NULL DEFAULT ''::text,
  answered_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT hand_over_answer_check CHECK ((answer = ANY (ARRAY[''::text, 'accepted'::text, 'returned'::text]))),
  CONSTRAINT hand_over_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT hand_over_pkey PRIMARY KEY (id)
);

CREATE INDEX hand_over_case ON public.hand_over USING btree (case_id, sent_at);

CREATE UNIQUE INDEX hand_over_open ON public.hand_over USING btree (case_id) WHERE (answer = ''::text);

CREATE TABLE house_incident (
  id text NOT NULL,
  site_id text NOT NULL,
  case_id text NOT NULL DEFAULT ''::text,
  kind text NOT NULL,
  class text NOT NULL DEFAULT 'normal'::text,
  on_day text NOT NULL,
  text bytea NOT NULL,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT house_incident_kind_check CHECK ((kind = ANY (ARRAY['medical'::text, 'conflict'::text, 'damage'::text, 'missing'::text, 'fire'::text, 'protection'::text, 'other'::text]))),
  CONSTRAINT house_incident_site_id_fkey FOREIGN KEY (site_id) REFERENCES site(id),
  CONSTRAINT house_incident_pkey PRIMARY KEY (id)
);

CREATE INDEX house_incident_case ON public.house_incident USING btree (case_id, on_day, id);

CREATE INDEX house_incident_site ON public.house_incident USING btree (site_id, on_day, id);

CREATE TABLE identity_paper (
  id text NOT NULL,
  person_id text NOT NULL,
  revision bigint NOT NULL,
  kind text NOT NULL,
  number bytea,
  blind text NOT NULL DEFAULT ''::text,
  country text NOT NULL DEFAULT ''::text,
  issued_on text NOT NULL DEFAULT ''::text,
  expires_on text NOT NULL DEFAULT ''::text,
  held_by text NOT NULL,
  held_since text NOT NULL DEFAULT ''::text,
  note bytea,
  police_report bytea,
  created_at text NOT NULL,
  CONSTRAINT identity_paper_held_by_check CHECK ((held_by = ANY (ARRAY['applicant'::text, 'asylum_service'::text, 'authority'::text, 'consulate'::text, 'our_office'::text, 'lost'::text, 'stolen'::text, 'never_held'::text, 'other'::text]))),
  CONSTRAINT identity_paper_kind_check CHECK ((kind = ANY (ARRAY['passport'::text, 'id_card'::text, 'laissez_passer'::text, 'asylum_card'::text, 'birth_certificate'::text, 'residence_permit'::text, 'other'::text]))),
  CONSTRAINT identity_paper_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT identity_paper_pkey PRIMARY KEY (id)
);

CREATE INDEX identity_paper_blind ON public.identity_paper USING btree (blind, person_id);

CREATE INDEX identity_paper_person ON public.identity_paper USING btree (person_id, created_at, id);

CREATE TABLE job (
  id text NOT NULL,
  kind text NOT NULL,
  payload text NOT NULL DEFAULT ''::text,
  unique_key text NOT NULL DEFAULT ''::text,
  every_ms bigint NOT NULL DEFAULT 0,
  state text NOT NULL,
  run_at text NOT NULL,
  attempts bigint NOT NULL DEFAULT 0,
  max_attempts bigint NOT NULL,
  claim text NOT NULL DEFAULT ''::text,
  lease_until text NOT NULL DEFAULT ''::text,
  last_error text NOT NULL DEFAULT ''::text,
  created_at text NOT NULL,
  done_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT job_created_at_check CHECK ((length(created_at) = 27)),
  CONSTRAINT job_kind_check CHECK ((kind <> ''::text)),
  CONSTRAINT job_max_attempts_check CHECK ((max_attempts > 0)),
  CONSTRAINT job_run_at_check CHECK ((length(run_at) = 27)),
  CONSTRAINT job_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'running'::text, 'done'::text, 'parked'::text, 'cancelled'::text]))),
  CONSTRAINT job_pkey PRIMARY KEY (id)
);

CREATE INDEX job_due ON public.job USING btree (state, run_at, id);

CREATE INDEX job_list ON public.job USING btree (state, id);

CREATE UNIQUE INDEX job_periodic ON public.job USING btree (kind) WHERE (every_ms > 0);

CREATE UNIQUE INDEX job_waiting ON public.job USING btree (kind, unique_key) WHERE ((state = 'ready'::text) AND (unique_key <> ''::text));

CREATE TABLE journal (
  seq bigint NOT NULL,
  at text NOT NULL,
  actor text NOT NULL,
  office text NOT NULL,
  device text NOT NULL,
  subject_kind text NOT NULL,
  subject_id text NOT NULL,
  case_id text NOT NULL,
  action text NOT NULL,
  class text NOT NULL,
  revision bigint NOT NULL,
  key_id text NOT NULL,
  body bytea NOT NULL,
  leaf bytea NOT NULL,
  CONSTRAINT journal_at_check CHECK ((length(at) = 27)),
  CONSTRAINT journal_pkey PRIMARY KEY (seq)
);

CREATE INDEX journal_actor ON public.journal USING btree (actor, seq);

CREATE INDEX journal_case ON public.journal USING btree (case_id, seq);

CREATE INDEX journal_subject ON public.journal USING btree (subject_id, seq);

CREATE TABLE journal_check (
  id text NOT NULL,
  asked_by text NOT NULL,
  asked_at text NOT NULL,
  done bigint NOT NULL DEFAULT 0,
  total bigint NOT NULL DEFAULT 0,
  finished_at text NOT NULL DEFAULT ''::text,
  verdict text NOT NULL DEFAULT ''::text,
  CONSTRAINT journal_check_pkey PRIMARY KEY (id)
);

CREATE INDEX journal_check_latest ON public.journal_check USING btree (asked_at);

CREATE TABLE journal_hash (
  idx bigint NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT journal_hash_pkey PRIMARY KEY (idx)
);

CREATE TABLE journal_head (
  id bigint NOT NULL,
  seq bigint NOT NULL,
  root bytea NOT NULL,
  signed text NOT NULL,
  CONSTRAINT journal_head_pkey PRIMARY KEY (id)
);

CREATE TABLE journey (
  id text NOT NULL,
  case_id text NOT NULL,
  state text NOT NULL,
  departs_on text NOT NULL,
  pnr bytea,
  fare bigint NOT NULL,
  currency text NOT NULL,
  cost_line text NOT NULL DEFAULT ''::text,
  asked_by text NOT NULL,
  asked_at text NOT NULL,
  decided_by text NOT NULL DEFAULT ''::text,
  decided_at text NOT NULL DEFAULT ''::text,
  ended_at text NOT NULL DEFAULT ''::text,
  reason bytea,
  replaces text NOT NULL DEFAULT ''::text,
  stage_before text NOT NULL DEFAULT ''::text,
  chased bigint NOT NULL DEFAULT 0,
  revision bigint NOT NULL,
  CONSTRAINT journey_fare_check CHECK ((fare >= 0)),
  CONSTRAINT journey_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'booked'::text, 'refused'::text, 'cancelled'::text]))),
  CONSTRAINT journey_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT journey_pkey PRIMARY KEY (id)
);

CREATE INDEX journey_case ON public.journey USING btree (case_id, asked_at, id);

CREATE INDEX journey_departs ON public.journey USING btree (departs_on, id);

CREATE UNIQUE INDEX journey_live ON public.journey USING btree (case_id) WHERE (state = ANY (ARRAY['asked'::text, 'booked'::text]));

CREATE INDEX journey_state ON public.journey USING btree (state, departs_on, id);

CREATE TABLE journey_leg (
  journey_id text NOT NULL,
  place bigint NOT NULL,
  flight_id text NOT NULL,
  assistance text NOT NULL DEFAULT ''::text,
  transit_by text NOT NULL DEFAULT ''::text,
  transit_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT journey_leg_flight_id_fkey FOREIGN KEY (flight_id) REFERENCES flight(id),
  CONSTRAINT journey_leg_journey_id_fkey FOREIGN KEY (journey_id) REFERENCES journey(id),
  CONSTRAINT journey_leg_pkey PRIMARY KEY (journey_id, place)
);

CREATE INDEX journey_leg_flight ON public.journey_leg USING btree (flight_id, journey_id);

CREATE TABLE lead (
  id text NOT NULL,
  revision bigint NOT NULL,
  office_id text NOT NULL,
  heard text NOT NULL,
  language text NOT NULL DEFAULT ''::text,
  nationality text NOT NULL DEFAULT ''::text,
  people bigint NOT NULL,
  contact bytea,
  note bytea,
  call_on text NOT NULL DEFAULT ''::text,
  state text NOT NULL,
  reason text NOT NULL DEFAULT ''::text,
  case_id text NOT NULL DEFAULT ''::text,
  by_id text NOT NULL,
  at text NOT NULL,
  ended_at text NOT NULL DEFAULT ''::text,
  person_id text NOT NULL DEFAULT ''::text,
  CONSTRAINT lead_state_check CHECK ((state = ANY (ARRAY['open'::text, 'became_case'::text, 'gone'::text]))),
  CONSTRAINT lead_pkey PRIMARY KEY (id)
);

CREATE INDEX lead_list ON public.lead USING btree (office_id, state, call_on, id);

CREATE INDEX lead_person ON public.lead USING btree (person_id) WHERE (person_id <> ''::text);

CREATE TABLE ledger_entry (
  id text NOT NULL,
  kind text NOT NULL,
  fund_id text NOT NULL DEFAULT ''::text,
  case_id text NOT NULL DEFAULT ''::text,
  person_id text NOT NULL DEFAULT ''::text,
  line_id text NOT NULL DEFAULT ''::text,
  reverses text NOT NULL DEFAULT ''::text,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT ledger_entry_pkey PRIMARY KEY (id)
);

CREATE INDEX ledger_entry_case ON public.ledger_entry USING btree (case_id, at, id);

CREATE INDEX ledger_entry_fund ON public.ledger_entry USING btree (fund_id, at, id);

CREATE UNIQUE INDEX ledger_entry_reverses ON public.ledger_entry USING btree (reverses) WHERE (reverses <> ''::text);

CREATE TABLE ledger_line (
  id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL DEFAULT ''::text,
  fund_id text NOT NULL DEFAULT ''::text,
  code text NOT NULL,
  component text NOT NULL,
  modality text NOT NULL,
  ceiling boolean NOT NULL DEFAULT false,
  amount bigint NOT NULL,
  drawn bigint NOT NULL DEFAULT 0,
  currency text NOT NULL,
  state text NOT NULL,
  parent_id text NOT NULL DEFAULT ''::text,
  item_ref text NOT NULL DEFAULT ''::text,
  rule text NOT NULL DEFAULT ''::text,
  note bytea,
  proposed_by text NOT NULL,
  proposed_at text NOT NULL,
  decided_by text NOT NULL DEFAULT ''::text,
  decided_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT ledger_line_amount_check CHECK ((amount >= 0)),
  CONSTRAINT ledger_line_check CHECK (((drawn >= 0) AND (drawn <= amount))),
  CONSTRAINT ledger_line_modality_check CHECK ((modality = ANY (ARRAY['cash'::text, 'in_kind'::text, 'service'::text]))),
  CONSTRAINT ledger_line_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'approved'::text, 'paid'::text, 'released'::text, 'refused'::text, 'not_due'::text, 'to_return'::text, 'returned'::text]))),
  CONSTRAINT ledger_line_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT ledger_line_pkey PRIMARY KEY (id)
);

CREATE INDEX ledger_line_case ON public.ledger_line USING btree (case_id, proposed_at, id);

CREATE INDEX ledger_line_cash_item ON public.ledger_line USING btree (case_id, id) WHERE ((modality = 'cash'::text) AND (item_ref <> ''::text));

CREATE INDEX ledger_line_item ON public.ledger_line USING btree (item_ref) WHERE (item_ref <> ''::text);

CREATE INDEX ledger_line_state ON public.ledger_line USING btree (state, proposed_at, id);

CREATE TABLE monitoring_due (
  id text NOT NULL,
  case_id text NOT NULL,
  months bigint NOT NULL,
  due_on text NOT NULL,
  done_by text NOT NULL DEFAULT ''::text,
  CONSTRAINT monitoring_due_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT monitoring_due_pkey PRIMARY KEY (id),
  CONSTRAINT monitoring_due_case_id_months_due_on_key UNIQUE (case_id, months, due_on)
);

CREATE INDEX monitoring_due_case ON public.monitoring_due USING btree (case_id, done_by, due_on, id);

CREATE INDEX monitoring_due_open ON public.monitoring_due USING btree (done_by, due_on, id);

CREATE TABLE monitoring_loss (
  case_id text NOT NULL,
  on_day text NOT NULL,
  note bytea,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT monitoring_loss_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT monitoring_loss_pkey PRIMARY KEY (case_id)
);

CREATE TABLE monitoring_visit (
  id text NOT NULL,
  case_id text NOT NULL,
  mode text NOT NULL,
  on_day text NOT NULL,
  found boolean NOT NULL,
  business text NOT NULL DEFAULT ''::text,
  closed_reason bytea,
  income text NOT NULL DEFAULT ''::text,
  employed bigint NOT NULL DEFAULT 0,
  problems bytea,
  advice bytea,
  next_on text NOT NULL DEFAULT ''::text,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT monitoring_visit_mode_check CHECK ((mode = ANY (ARRAY['in_person'::text, 'phone'::text, 'office'::text]))),
  CONSTRAINT monitoring_visit_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT monitoring_visit_pkey PRIMARY KEY (id)
);

CREATE INDEX monitoring_visit_case ON public.monitoring_visit USING btree (case_id, on_day, id);

CREATE TABLE needs_assessment (
  id text NOT NULL,
  case_id text NOT NULL,
  on_day text NOT NULL,
  economic bigint NOT NULL,
  social bigint NOT NULL,
  psychosocial bigint NOT NULL,
  work_years bigint NOT NULL,
  results bytea,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT needs_assessment_economic_check CHECK (((economic >= 1) AND (economic <= 4))),
  CONSTRAINT needs_assessment_psychosocial_check CHECK (((psychosocial >= 1) AND (psychosocial <= 4))),
  CONSTRAINT needs_assessment_social_check CHECK (((social >= 1) AND (social <= 4))),
  CONSTRAINT needs_assessment_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT needs_assessment_pkey PRIMARY KEY (id)
);

CREATE INDEX needs_assessment_case ON public.needs_assessment USING btree (case_id, at, id);

CREATE TABLE note (
  id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL DEFAULT ''::text,
  kind text NOT NULL,
  class text NOT NULL DEFAULT 'normal'::text,
  lang text NOT NULL DEFAULT ''::text,
  text bytea,
  written_by text NOT NULL,
  written_at text NOT NULL,
  struck_by text NOT NULL DEFAULT ''::text,
  struck_at text NOT NULL DEFAULT ''::text,
  reason bytea,
  replaced_by text NOT NULL DEFAULT ''::text,
  CONSTRAINT note_kind_check CHECK ((kind = ANY (ARRAY['note'::text, 'call'::text, 'visit'::text, 'letter'::text]))),
  CONSTRAINT note_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT note_pkey PRIMARY KEY (id)
);

CREATE INDEX note_case ON public.note USING btree (case_id, written_at, id);

CREATE TABLE office (
  id text NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  country text NOT NULL,
  zone text NOT NULL DEFAULT 'UTC'::text,
  active boolean NOT NULL DEFAULT true,
  CONSTRAINT office_kind_check CHECK ((kind = ANY (ARRAY['host'::text, 'origin'::text, 'headquarters'::text, 'partner'::text]))),
  CONSTRAINT office_pkey PRIMARY KEY (id),
  CONSTRAINT office_code_key UNIQUE (code)
);

CREATE TABLE outreach (
  id text NOT NULL,
  office_id text NOT NULL,
  on_day text NOT NULL,
  place text NOT NULL,
  channel text NOT NULL,
  language text NOT NULL DEFAULT ''::text,
  total bigint NOT NULL,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT outreach_pkey PRIMARY KEY (id)
);

CREATE INDEX outreach_office ON public.outreach USING btree (office_id, on_day, id);

CREATE TABLE outreach_count (
  outreach_id text NOT NULL,
  sex text NOT NULL,
  band text NOT NULL,
  heads bigint NOT NULL,
  CONSTRAINT outreach_count_heads_check CHECK ((heads > 0)),
  CONSTRAINT outreach_count_outreach_id_fkey FOREIGN KEY (outreach_id) REFERENCES outreach(id),
  CONSTRAINT outreach_count_pkey PRIMARY KEY (outreach_id, sex, band)
);

CREATE TABLE passenger (
  journey_id text NOT NULL,
  person_id text NOT NULL,
  step text NOT NULL,
  before_step text NOT NULL DEFAULT ''::text,
  step_by text NOT NULL DEFAULT ''::text,
  step_at text NOT NULL DEFAULT ''::text,
  late boolean NOT NULL DEFAULT false,
  reason bytea,
  arrived_on text NOT NULL DEFAULT ''::text,
  arrived_by text NOT NULL DEFAULT ''::text,
  onward text NOT NULL DEFAULT ''::text,
  CONSTRAINT passenger_step_check CHECK ((step = ANY (ARRAY['expected'::text, 'at_airport'::text, 'papers'::text, 'boarded'::text, 'no_show'::text, 'arrived'::text]))),
  CONSTRAINT passenger_journey_id_fkey FOREIGN KEY (journey_id) REFERENCES journey(id),
  CONSTRAINT passenger_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT passenger_pkey PRIMARY KEY (journey_id, person_id)
);

CREATE INDEX passenger_person ON public.passenger USING btree (person_id, journey_id);

CREATE INDEX passenger_step ON public.passenger USING btree (step, journey_id);

CREATE TABLE password (
  staff_id text NOT NULL,
  hash text NOT NULL,
  changed_at text NOT NULL,
  CONSTRAINT password_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id),
  CONSTRAINT password_pkey PRIMARY KEY (staff_id)
);

CREATE TABLE payment (
  id text NOT NULL,
  line_id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL DEFAULT ''::text,
  fund_id text NOT NULL,
  way text NOT NULL,
  box_id text NOT NULL DEFAULT ''::text,
  amount bigint NOT NULL,
  currency text NOT NULL,
  receipt_no text NOT NULL,
  payer_id text NOT NULL,
  witness_id text NOT NULL DEFAULT ''::text,
  method text NOT NULL DEFAULT ''::text,
  notes text NOT NULL DEFAULT ''::text,
  reference bytea,
  on_day text NOT NULL,
  at text NOT NULL,
  reversed_by text NOT NULL DEFAULT ''::text,
  reversed_at text NOT NULL DEFAULT ''::text,
  reason bytea,
  CONSTRAINT payment_amount_check CHECK ((amount > 0)),
  CONSTRAINT payment_way_check CHECK ((way = ANY (ARRAY['cash'::text, 'transfer'::text]))),
  CONSTRAINT payment_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT payment_line_id_fkey FOREIGN KEY (line_id) REFERENCES ledger_line(id),
  CONSTRAINT payment_pkey PRIMARY KEY (id),
  CONSTRAINT payment_receipt_no_key UNIQUE (receipt_no)
);

CREATE INDEX payment_box ON public.payment USING btree (box_id, on_day, id);

CREATE INDEX payment_case ON public.payment USING btree (case_id, at, id);

CREATE INDEX payment_day ON public.payment USING btree (on_day, id);

CREATE INDEX payment_line ON public.payment USING btree (line_id, at, id);

CREATE TABLE person (
  id text NOT NULL,
  revision bigint NOT NULL,
  given_names text NOT NULL DEFAULT ''::text,
  family_name text NOT NULL DEFAULT ''::text,
  father_name text NOT NULL DEFAULT ''::text,
  known_as text NOT NULL DEFAULT ''::text,
  native_given text NOT NULL DEFAULT ''::text,
  native_family text NOT NULL DEFAULT ''::text,
  native_lang text NOT NULL DEFAULT ''::text,
  sex text NOT NULL,
  birth_date text NOT NULL DEFAULT ''::text,
  birth_kind text NOT NULL,
  birth_place text NOT NULL DEFAULT ''::text,
  nationality text NOT NULL DEFAULT ''::text,
  documented_nationality text NOT NULL DEFAULT ''::text,
  civil_status text NOT NULL DEFAULT ''::text,
  language text NOT NULL DEFAULT ''::text,
  interpreter boolean NOT NULL DEFAULT false,
  class text NOT NULL DEFAULT 'normal'::text,
  placeholder boolean NOT NULL DEFAULT false,
  invented boolean NOT NULL DEFAULT false,
  office_id text NOT NULL,
  sort_name text NOT NULL,
  created_at text NOT NULL,
  erased_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT person_birth_kind_check CHECK ((birth_kind = ANY (ARRAY['exact'::text, 'estimated'::text, 'year'::text, 'unknown'::text]))),
  CONSTRAINT person_sex_check CHECK ((sex = ANY (ARRAY['female'::text, 'male'::text, 'other'::text, 'unknown'::text]))),
  CONSTRAINT person_pkey PRIMARY KEY (id)
);

CREATE INDEX person_birth ON public.person USING btree (birth_date, id);

CREATE INDEX person_office ON public.person USING btree (office_id, created_at);

CREATE INDEX person_sort ON public.person USING btree (sort_name, id);

CREATE TABLE person_age_proposal (
  id text NOT NULL,
  person_id text NOT NULL,
  birth bytea,
  evidence bytea,
  person_revision bigint NOT NULL,
  proposed_by text NOT NULL,
  proposed_at text NOT NULL,
  state text NOT NULL,
  decided_by text NOT NULL DEFAULT ''::text,
  decided_at text NOT NULL DEFAULT ''::text,
  note bytea,
  CONSTRAINT person_age_proposal_state_check CHECK ((state = ANY (ARRAY['open'::text, 'approved'::text, 'refused'::text, 'replaced'::text]))),
  CONSTRAINT person_age_proposal_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT person_age_proposal_pkey PRIMARY KEY (id)
);

CREATE INDEX person_age_proposal_person ON public.person_age_proposal USING btree (person_id, state, proposed_at);

CREATE TABLE person_contact (
  id text NOT NULL,
  person_id text NOT NULL,
  revision bigint NOT NULL,
  kind text NOT NULL,
  value bytea,
  blind text NOT NULL DEFAULT ''::text,
  preferred boolean NOT NULL DEFAULT false,
  safe text NOT NULL,
  safe_note bytea,
  created_at text NOT NULL,
  CONSTRAINT person_contact_kind_check CHECK ((kind = ANY (ARRAY['phone'::text, 'email'::text, 'address'::text, 'messenger'::text, 'next_of_kin'::text]))),
  CONSTRAINT person_contact_safe_check CHECK ((safe = ANY (ARRAY['yes'::text, 'no'::text, 'only_if'::text]))),
  CONSTRAINT person_contact_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT person_contact_pkey PRIMARY KEY (id)
);

CREATE INDEX person_contact_blind ON public.person_contact USING btree (blind, person_id);

CREATE INDEX person_contact_person ON public.person_contact USING btree (person_id, created_at, id);

CREATE TABLE person_key (
  token text NOT NULL,
  sort_name text NOT NULL,
  person_id text NOT NULL,
  CONSTRAINT person_key_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id)
);

CREATE INDEX person_key_person ON public.person_key USING btree (person_id, token);

CREATE UNIQUE INDEX person_key_token ON public.person_key USING btree (token, sort_name, person_id);

CREATE TABLE person_link (
  id text NOT NULL,
  kind text NOT NULL,
  from_id text NOT NULL,
  to_id text NOT NULL,
  created_at text NOT NULL,
  CONSTRAINT person_link_check CHECK ((from_id <> to_id)),
  CONSTRAINT person_link_kind_check CHECK ((kind = ANY (ARRAY['spouse'::text, 'parent_child'::text, 'sibling'::text, 'guardian'::text, 'other'::text]))),
  CONSTRAINT person_link_from_id_fkey FOREIGN KEY (from_id) REFERENCES person(id),
  CONSTRAINT person_link_to_id_fkey FOREIGN KEY (to_id) REFERENCES person(id),
  CONSTRAINT person_link_pkey PRIMARY KEY (id)
);

CREATE UNIQUE INDEX person_link_pair ON public.person_link USING btree (from_id, to_id, kind);

CREATE INDEX person_link_to ON public.person_link USING btree (to_id);

CREATE TABLE person_name (
  id text NOT NULL,
  person_id text NOT NULL,
  kind text NOT NULL,
  given_names text NOT NULL DEFAULT ''::text,
  family_name text NOT NULL DEFAULT ''::text,
  lang text NOT NULL DEFAULT ''::text,
  created_at text NOT NULL,
  CONSTRAINT person_name_kind_check CHECK ((kind = ANY (ARRAY['alias'::text, 'previous'::text, 'native'::text, 'religious'::text]))),
  CONSTRAINT person_name_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT person_name_pkey PRIMARY KEY (id)
);

CREATE INDEX person_name_person ON public.person_name USING btree (person_id, created_at, id);

CREATE TABLE plan_delivery (
  ref text NOT NULL,
  case_id text NOT NULL,
  state text NOT NULL,
  quotes bytea,
  justification bytea,
  ordered_on text NOT NULL DEFAULT ''::text,
  delivered_on text NOT NULL DEFAULT ''::text,
  invoice bytea,
  proof text NOT NULL DEFAULT ''::text,
  actual bigint NOT NULL DEFAULT 0,
  confirmed_on text NOT NULL DEFAULT ''::text,
  payment_id text NOT NULL DEFAULT ''::text,
  reason bytea,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT plan_delivery_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'quoted'::text, 'ordered'::text, 'delivered'::text, 'paid'::text, 'dropped'::text]))),
  CONSTRAINT plan_delivery_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT plan_delivery_pkey PRIMARY KEY (ref)
);

CREATE INDEX plan_delivery_case ON public.plan_delivery USING btree (case_id, ref);

CREATE TABLE plan_item (
  plan_id text NOT NULL,
  place bigint NOT NULL,
  ref text NOT NULL,
  category text NOT NULL,
  description bytea,
  supplier bytea,
  modality text NOT NULL,
  amount bigint NOT NULL,
  due_on text NOT NULL DEFAULT ''::text,
  evidence text NOT NULL,
  CONSTRAINT plan_item_amount_check CHECK ((amount > 0)),
  CONSTRAINT plan_item_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES reintegration_plan(id),
  CONSTRAINT plan_item_pkey PRIMARY KEY (plan_id, place)
);

CREATE TABLE posting (
  entry_id text NOT NULL,
  place bigint NOT NULL,
  account_id text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  CONSTRAINT posting_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id),
  CONSTRAINT posting_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES ledger_entry(id),
  CONSTRAINT posting_pkey PRIMARY KEY (entry_id, place)
);

CREATE INDEX posting_account ON public.posting USING btree (account_id, entry_id);

CREATE TABLE programme_version (
  code text NOT NULL,
  version text NOT NULL,
  hash text NOT NULL,
  adopted_at text NOT NULL,
  adopted_by text NOT NULL,
  CONSTRAINT programme_version_adopted_at_check CHECK ((length(adopted_at) = 27)),
  CONSTRAINT programme_version_pkey PRIMARY KEY (code, version)
);

CREATE TABLE quota_seat (
  id text NOT NULL,
  programme text NOT NULL,
  quota text NOT NULL,
  seat bigint NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL DEFAULT ''::text,
  taken_at text NOT NULL,
  taken_by text NOT NULL,
  released_at text NOT NULL DEFAULT ''::text,
  released_by text NOT NULL DEFAULT ''::text,
  CONSTRAINT quota_seat_seat_check CHECK ((seat >= 1)),
  CONSTRAINT quota_seat_pkey PRIMARY KEY (id)
);

CREATE UNIQUE INDEX quota_seat_holder ON public.quota_seat USING btree (case_id, programme, quota, person_id) WHERE (released_at = ''::text);

CREATE UNIQUE INDEX quota_seat_taken ON public.quota_seat USING btree (programme, quota, seat) WHERE (released_at = ''::text);

CREATE TABLE receipt_number (
  prefix text NOT NULL,
  last bigint NOT NULL,
  CONSTRAINT receipt_number_pkey PRIMARY KEY (prefix)
);

CREATE TABLE recovery_code (
  staff_id text NOT NULL,
  hash text NOT NULL,
  used_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT recovery_code_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id),
  CONSTRAINT recovery_code_pkey PRIMARY KEY (staff_id, hash)
);

CREATE TABLE reintegration_plan (
  id text NOT NULL,
  case_id text NOT NULL,
  version bigint NOT NULL,
  state text NOT NULL,
  currency text NOT NULL,
  economic bytea,
  social bytea,
  psychosocial bytea,
  author_id text NOT NULL,
  submitted_at text NOT NULL DEFAULT ''::text,
  decided_by text NOT NULL DEFAULT ''::text,
  decided_at text NOT NULL DEFAULT ''::text,
  decision_note bytea,
  revision bigint NOT NULL,
  CONSTRAINT reintegration_plan_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'submitted'::text, 'approved'::text, 'sent_back'::text, 'replaced'::text, 'withdrawn'::text]))),
  CONSTRAINT reintegration_plan_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT reintegration_plan_pkey PRIMARY KEY (id),
  CONSTRAINT reintegration_plan_case_id_version_key UNIQUE (case_id, version)
);

CREATE INDEX reintegration_plan_decided ON public.reintegration_plan USING btree (state, decided_at, id);

CREATE INDEX reintegration_plan_state ON public.reintegration_plan USING btree (state, submitted_at, id);

CREATE TABLE reset_code (
  staff_id text NOT NULL,
  hash text NOT NULL,
  expires_at text NOT NULL,
  CONSTRAINT reset_code_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id),
  CONSTRAINT reset_code_pkey PRIMARY KEY (staff_id),
  CONSTRAINT reset_code_hash_key UNIQUE (hash)
);

CREATE TABLE retention_hold (
  id text NOT NULL,
  person_id text NOT NULL,
  kind text NOT NULL,
  until_on text NOT NULL DEFAULT ''::text,
  reason bytea,
  set_by text NOT NULL,
  set_at text NOT NULL,
  released_by text NOT NULL DEFAULT ''::text,
  released_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT retention_hold_kind_check CHECK ((kind = ANY (ARRAY['legal'::text, 'grant'::text]))),
  CONSTRAINT retention_hold_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT retention_hold_pkey PRIMARY KEY (id)
);

CREATE INDEX retention_hold_person ON public.retention_hold USING btree (person_id, released_at);

CREATE TABLE role (
  code text NOT NULL,
  title_key text NOT NULL,
  assigned_only boolean NOT NULL DEFAULT false,
  classes text NOT NULL DEFAULT ''::text,
  CONSTRAINT role_pkey PRIMARY KEY (code)
);

CREATE TABLE role_permission (
  role text NOT NULL,
  permission text NOT NULL,
  CONSTRAINT role_permission_role_fkey FOREIGN KEY (role) REFERENCES role(code),
  CONSTRAINT role_permission_pkey PRIMARY KEY (role, permission)
);

CREATE TABLE saved_view (
  id text NOT NULL,
  staff_id text NOT NULL,
  name text NOT NULL,
  query text NOT NULL,
  created_at text NOT NULL,
  CONSTRAINT saved_view_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id),
  CONSTRAINT saved_view_pkey PRIMARY KEY (id),
  CONSTRAINT saved_view_staff_id_name_key UNIQUE (staff_id, name)
);

CREATE TABLE schema_migration (
  name text NOT NULL,
  hash text NOT NULL,
  applied_at text NOT NULL,
  CONSTRAINT schema_migration_pkey PRIMARY KEY (name)
);

CREATE TABLE schema_turn (
  id bigint NOT NULL,
  n bigint NOT NULL,
  CONSTRAINT schema_turn_pkey PRIMARY KEY (id)
);

CREATE TABLE screening_finding (
  id text NOT NULL,
  screening_id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL,
  class text NOT NULL,
  found boolean NOT NULL,
  diligence boolean NOT NULL,
  body bytea,
  on_day text NOT NULL,
  valid_until text NOT NULL,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT screening_finding_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT screening_finding_pkey PRIMARY KEY (id),
  CONSTRAINT screening_finding_screening_id_class_key UNIQUE (screening_id, class)
);

CREATE INDEX screening_finding_case ON public.screening_finding USING btree (case_id, person_id, class, at, id);

CREATE TABLE seat (
  journey_id text NOT NULL,
  place bigint NOT NULL,
  person_id text NOT NULL,
  flight_id text NOT NULL,
  state text NOT NULL,
  ticket bytea,
  fare bigint NOT NULL DEFAULT 0,
  CONSTRAINT seat_state_check CHECK ((state = ANY (ARRAY['held'::text, 'booked'::text, 'ticketed'::text, 'boarded'::text, 'no_show'::text, 'cancelled'::text]))),
  CONSTRAINT seat_flight_id_fkey FOREIGN KEY (flight_id) REFERENCES flight(id),
  CONSTRAINT seat_journey_id_fkey FOREIGN KEY (journey_id) REFERENCES journey(id),
  CONSTRAINT seat_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT seat_pkey PRIMARY KEY (journey_id, place, person_id)
);

CREATE INDEX seat_flight ON public.seat USING btree (flight_id, state);

CREATE TABLE selection_candidate (
  round_id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL,
  applied_on text NOT NULL,
  verdict text NOT NULL,
  low bigint NOT NULL,
  high bigint NOT NULL,
  urgent text NOT NULL,
  cost bigint NOT NULL,
  cost_known boolean NOT NULL,
  waited bigint NOT NULL,
  points bytea,
  read_at text NOT NULL,
  left_at text NOT NULL DEFAULT ''::text,
  left_why text NOT NULL DEFAULT ''::text,
  outcome text NOT NULL DEFAULT ''::text,
  seat text NOT NULL DEFAULT ''::text,
  place bigint NOT NULL DEFAULT 0,
  proposal text NOT NULL DEFAULT ''::text,
  reason bytea,
  decided_by text NOT NULL DEFAULT ''::text,
  decided_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT selection_candidate_outcome_check CHECK ((outcome = ANY (ARRAY[''::text, 'chosen'::text, 'waiting'::text, 'not_chosen'::text]))),
  CONSTRAINT selection_candidate_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT selection_candidate_round_id_fkey FOREIGN KEY (round_id) REFERENCES selection_round(id),
  CONSTRAINT selection_candidate_pkey PRIMARY KEY (round_id, case_id)
);

CREATE INDEX selection_candidate_case ON public.selection_candidate USING btree (case_id, round_id);

CREATE TABLE selection_fact (
  round_id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL,
  place bigint NOT NULL,
  facts bytea,
  CONSTRAINT selection_fact_round_id_case_id_fkey FOREIGN KEY (round_id, case_id) REFERENCES selection_candidate(round_id, case_id),
  CONSTRAINT selection_fact_pkey PRIMARY KEY (round_id, case_id, person_id)
);

CREATE TABLE selection_member (
  round_id text NOT NULL,
  case_id text NOT NULL,
  staff_id text NOT NULL,
  CONSTRAINT selection_member_round_id_case_id_fkey FOREIGN KEY (round_id, case_id) REFERENCES selection_candidate(round_id, case_id),
  CONSTRAINT selection_member_pkey PRIMARY KEY (round_id, case_id, staff_id)
);

CREATE TABLE selection_round (
  id text NOT NULL,
  no bigint NOT NULL,
  programme text NOT NULL,
  pack_version text NOT NULL,
  component text NOT NULL,
  on_day text NOT NULL,
  from_stage text NOT NULL DEFAULT ''::text,
  currency text NOT NULL,
  fund_id text NOT NULL DEFAULT ''::text,
  budget bigint NOT NULL,
  kept bigint NOT NULL,
  places bigint NOT NULL,
  reserve bigint NOT NULL,
  state text NOT NULL,
  opened_by text NOT NULL,
  opened_at text NOT NULL,
  closed_by text NOT NULL DEFAULT ''::text,
  closed_at text NOT NULL DEFAULT ''::text,
  revision bigint NOT NULL,
  CONSTRAINT selection_round_budget_check CHECK ((budget > 0)),
  CONSTRAINT selection_round_check CHECK (((kept >= 0) AND (kept <= budget))),
  CONSTRAINT selection_round_check1 CHECK (((reserve >= 0) AND (reserve <= places))),
  CONSTRAINT selection_round_places_check CHECK ((places > 0)),
  CONSTRAINT selection_round_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text]))),
  CONSTRAINT selection_round_pkey PRIMARY KEY (id),
  CONSTRAINT selection_round_programme_no_key UNIQUE (programme, no)
);

CREATE TABLE session (
  id text NOT NULL,
  token text NOT NULL,
  staff_id text NOT NULL,
  stage text NOT NULL,
  device text NOT NULL DEFAULT ''::text,
  created_at text NOT NULL,
  last_seen text NOT NULL,
  expires_at text NOT NULL,
  CONSTRAINT session_created_at_check CHECK ((length(created_at) = 27)),
  CONSTRAINT session_expires_at_check CHECK ((length(expires_at) = 27)),
  CONSTRAINT session_last_seen_check CHECK ((length(last_seen) = 27)),
  CONSTRAINT session_stage_check CHECK ((stage = ANY (ARRAY['full'::text, 'factor'::text, 'enrol'::text]))),
  CONSTRAINT session_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id),
  CONSTRAINT session_pkey PRIMARY KEY (id),
  CONSTRAINT session_token_key UNIQUE (token)
);

CREATE INDEX session_expiry ON public.session USING btree (expires_at);

CREATE INDEX session_staff ON public.session USING btree (staff_id, last_seen);

CREATE TABLE sign_in_attempt (
  key text NOT NULL,
  failures bigint NOT NULL,
  first_at text NOT NULL,
  until_at text NOT NULL DEFAULT ''::text,
  CONSTRAINT sign_in_attempt_pkey PRIMARY KEY (key)
);

CREATE INDEX sign_in_attempt_age ON public.sign_in_attempt USING btree (first_at);

CREATE TABLE site (
  id text NOT NULL,
  office_id text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  official bigint NOT NULL,
  maximum bigint NOT NULL,
  provisional boolean NOT NULL DEFAULT false,
  active boolean NOT NULL DEFAULT true,
  revision bigint NOT NULL,
  created_at text NOT NULL,
  CONSTRAINT site_check CHECK ((maximum >= official)),
  CONSTRAINT site_kind_check CHECK ((kind = ANY (ARRAY['open_centre'::text, 'reception'::text, 'shelter'::text, 'transit'::text]))),
  CONSTRAINT site_official_check CHECK ((official >= 0)),
  CONSTRAINT site_pkey PRIMARY KEY (id)
);

CREATE INDEX site_office ON public.site USING btree (office_id, name, id);

CREATE TABLE staff (
  id text NOT NULL,
  login text NOT NULL,
  name text NOT NULL,
  email text NOT NULL DEFAULT ''::text,
  office_id text NOT NULL,
  language text NOT NULL DEFAULT 'en'::text,
  active boolean NOT NULL DEFAULT true,
  system boolean NOT NULL DEFAULT false,
  created_at text NOT NULL,
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT staff_pkey PRIMARY KEY (id),
  CONSTRAINT staff_login_key UNIQUE (login)
);

CREATE INDEX staff_office ON public.staff USING btree (office_id, active);

CREATE TABLE staff_role (
  staff_id text NOT NULL,
  role text NOT NULL,
  office_id text NOT NULL DEFAULT ''::text,
  programme text NOT NULL DEFAULT ''::text,
  CONSTRAINT staff_role_role_fkey FOREIGN KEY (role) REFERENCES role(code),
  CONSTRAINT staff_role_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id),
  CONSTRAINT staff_role_pkey PRIMARY KEY (staff_id, role, office_id, programme)
);

CREATE TABLE stay (
  id text NOT NULL,
  booking_id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL,
  site_id text NOT NULL,
  state text NOT NULL,
  priority bigint NOT NULL DEFAULT 3,
  step_free boolean NOT NULL DEFAULT false,
  from_on text NOT NULL,
  until_on text NOT NULL,
  unit_id text NOT NULL DEFAULT ''::text,
  bed_id text NOT NULL DEFAULT ''::text,
  in_at text NOT NULL DEFAULT ''::text,
  rules_lang text NOT NULL DEFAULT ''::text,
  items text NOT NULL DEFAULT ''::text,
  away_since text NOT NULL DEFAULT ''::text,
  back_by text NOT NULL DEFAULT ''::text,
  out_at text NOT NULL DEFAULT ''::text,
  reason bytea,
  asked_at text NOT NULL,
  by_id text NOT NULL,
  CONSTRAINT stay_check CHECK ((until_on > from_on)),
  CONSTRAINT stay_priority_check CHECK (((priority >= 1) AND (priority <= 3))),
  CONSTRAINT stay_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'booked'::text, 'in_house'::text, 'absent'::text, 'left'::text, 'cancelled'::text, 'no_show'::text]))),
  CONSTRAINT stay_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT stay_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT stay_site_id_fkey FOREIGN KEY (site_id) REFERENCES site(id),
  CONSTRAINT stay_pkey PRIMARY KEY (id)
);

CREATE INDEX stay_case ON public.stay USING btree (case_id, asked_at, id);

CREATE UNIQUE INDEX stay_live ON public.stay USING btree (person_id) WHERE (state = ANY (ARRAY['waiting'::text, 'booked'::text, 'in_house'::text, 'absent'::text]));

CREATE INDEX stay_site ON public.stay USING btree (site_id, state, from_on, id);

CREATE TABLE task (
  id text NOT NULL,
  case_id text NOT NULL,
  code text NOT NULL DEFAULT ''::text,
  title bytea,
  owner_id text NOT NULL DEFAULT ''::text,
  due_on text NOT NULL DEFAULT ''::text,
  waiting_on text NOT NULL DEFAULT ''::text,
  waiting_until text NOT NULL DEFAULT ''::text,
  urgent boolean NOT NULL DEFAULT false,
  class text NOT NULL DEFAULT 'normal'::text,
  created_at text NOT NULL,
  done_at text NOT NULL DEFAULT ''::text,
  done_by text NOT NULL DEFAULT ''::text,
  CONSTRAINT task_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT task_pkey PRIMARY KEY (id)
);

CREATE INDEX task_case ON public.task USING btree (case_id, done_at, due_on);

CREATE UNIQUE INDEX task_open_code ON public.task USING btree (case_id, code) WHERE ((done_at = ''::text) AND (code <> ''::text));

CREATE INDEX task_owner ON public.task USING btree (owner_id, done_at, due_on);

CREATE TABLE totp (
  staff_id text NOT NULL,
  secret bytea NOT NULL,
  confirmed boolean NOT NULL DEFAULT false,
  last_step bigint NOT NULL DEFAULT 0,
  created_at text NOT NULL,
  CONSTRAINT totp_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id),
  CONSTRAINT totp_pkey PRIMARY KEY (staff_id)
);

CREATE TABLE travel_document (
  id text NOT NULL,
  case_id text NOT NULL,
  person_id text NOT NULL,
  type text NOT NULL,
  country text NOT NULL,
  authority text NOT NULL DEFAULT ''::text,
  state text NOT NULL,
  requested_on text NOT NULL,
  interview_on text NOT NULL DEFAULT ''::text,
  issued_on text NOT NULL DEFAULT ''::text,
  expires_on text NOT NULL DEFAULT ''::text,
  office_on text NOT NULL DEFAULT ''::text,
  traveller_on text NOT NULL DEFAULT ''::text,
  fee bigint NOT NULL DEFAULT 0,
  currency text NOT NULL,
  number bytea,
  blind text NOT NULL DEFAULT ''::text,
  revision bigint NOT NULL,
  by_id text NOT NULL,
  at text NOT NULL,
  CONSTRAINT travel_document_fee_check CHECK ((fee >= 0)),
  CONSTRAINT travel_document_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'issued'::text, 'refused'::text, 'stopped'::text]))),
  CONSTRAINT travel_document_type_check CHECK ((type = ANY (ARRAY['passport'::text, 'laissez_passer'::text, 'etd'::text, 'eu_return_document'::text]))),
  CONSTRAINT travel_document_case_id_fkey FOREIGN KEY (case_id) REFERENCES casefile(id),
  CONSTRAINT travel_document_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  CONSTRAINT travel_document_pkey PRIMARY KEY (id)
);

CREATE INDEX travel_document_blind ON public.travel_document USING btree (blind, person_id);

CREATE INDEX travel_document_case ON public.travel_document USING btree (case_id, requested_on, id);

CREATE TABLE unit (
  id text NOT NULL,
  site_id text NOT NULL,
  name text NOT NULL,
  rule text NOT NULL,
  accessible boolean NOT NULL DEFAULT false,
  revision bigint NOT NULL,
  CONSTRAINT unit_rule_check CHECK ((rule = ANY (ARRAY['any'::text, 'women'::text, 'men'::text, 'family'::text]))),
  CONSTRAINT unit_site_id_fkey FOREIGN KEY (site_id) REFERENCES site(id),
  CONSTRAINT unit_pkey PRIMARY KEY (id),
  CONSTRAINT unit_site_id_name_key UNIQUE (site_id, name)
);
