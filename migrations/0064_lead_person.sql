-- Who was registered from a lead: their case is the lead's as soon as it is opened, whoever opens it and whenever.
ALTER TABLE lead ADD COLUMN person_id TEXT NOT NULL DEFAULT '';
CREATE INDEX lead_person ON lead (person_id) WHERE person_id <> '';
