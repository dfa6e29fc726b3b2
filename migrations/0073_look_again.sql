-- A decision can be explained again years later, and is held against what is known today. basis is what the explanation
-- rested on beside the facts, doubt what would be proposed otherwise now; both are sealed.
ALTER TABLE eligibility_decision ADD COLUMN pack_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE eligibility_decision ADD COLUMN basis BYTEA;
ALTER TABLE eligibility_decision ADD COLUMN doubt BYTEA;

-- What was known about each person of the case at that moment, under that person's own key.
CREATE TABLE eligibility_fact (
  decision_id TEXT NOT NULL REFERENCES eligibility_decision (id),
  place BIGINT NOT NULL,
  person_id TEXT NOT NULL,
  facts BYTEA NOT NULL,
  PRIMARY KEY (decision_id, place)
);
