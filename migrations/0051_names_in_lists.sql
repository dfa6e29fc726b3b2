-- The name under which a case stands in lists, kept beside it: in the order of names, too, a page is a walk along an index.
ALTER TABLE casefile ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';
UPDATE casefile SET sort_name = (SELECT p.sort_name FROM person p WHERE p.id = casefile.principal_id);
CREATE INDEX casefile_host_name ON casefile (host_office, state, sort_name, id);
CREATE INDEX casefile_origin_name ON casefile (origin_office, state, sort_name, id);
CREATE INDEX casefile_name ON casefile (state, sort_name, id);
CREATE INDEX casefile_tally_origin ON casefile (origin_office, state, desk, departs_on, class, programme, owner_id, host_office, id);
