-- Places of a quota: who took which, and who gave it back. They belong to the programme, whichever of its versions a case is
-- decided under.
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
CREATE UNIQUE INDEX quota_seat_taken ON quota_seat (programme, quota, seat) WHERE released_at = '';
CREATE UNIQUE INDEX quota_seat_holder ON quota_seat (case_id, programme, quota, person_id) WHERE released_at = '';
