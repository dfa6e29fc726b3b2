-- Persons. Names stay readable because they must be found and sorted; they go when the person is erased. Contacts, document
-- numbers and everything confided are sealed under the person's key.
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
CREATE INDEX person_sort ON person (sort_name, id);
CREATE INDEX person_office ON person (office_id, created_at);
