-- How many open cases there are of each kind that lists are narrowed to and that decides who may see them. The transaction that
-- changes a case counts it anew, so the counts above a list are a sum of some hundred rows and never a walk over every case.
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
INSERT INTO case_count (host_office, origin_office, programme, class, desk, stage, nationality, return_country, flags, n)
  SELECT host_office, origin_office, programme, class, desk, stage, nationality, return_country, flags, COUNT(*) FROM casefile WHERE state = 'open'
  GROUP BY host_office, origin_office, programme, class, desk, stage, nationality, return_country, flags;

-- These three were for counting by walking.
DROP INDEX casefile_tally;
DROP INDEX casefile_tally_all;
DROP INDEX casefile_tally_origin;
