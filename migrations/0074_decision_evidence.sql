-- The paper that supports a decision which differs from what the program proposed. It is asked for, not required.
ALTER TABLE eligibility_decision ADD COLUMN evidence_id TEXT NOT NULL DEFAULT '';
-- Decisions against the proposal are read as a list of their own, newest first.
CREATE INDEX eligibility_exception ON eligibility_decision (decided_at, id) WHERE second_needed = TRUE;
