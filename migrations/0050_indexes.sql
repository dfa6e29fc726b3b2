-- Lists in every order they offer, for an office: the walk along one of these ends after a page, where it would otherwise read
-- and sort every case the office ever had. Host and origin apart, because a list is put together from the two.
CREATE INDEX casefile_host_opened ON casefile (host_office, state, opened_on, id);
CREATE INDEX casefile_host_since ON casefile (host_office, state, stage_since, id);
CREATE INDEX casefile_host_stage ON casefile (host_office, state, stage, id);
CREATE INDEX casefile_host_no ON casefile (host_office, no, id);
CREATE INDEX casefile_origin_opened ON casefile (origin_office, state, opened_on, id);
CREATE INDEX casefile_origin_since ON casefile (origin_office, state, stage_since, id);
CREATE INDEX casefile_origin_stage ON casefile (origin_office, state, stage, id);
CREATE INDEX casefile_origin_no ON casefile (origin_office, no, id);
