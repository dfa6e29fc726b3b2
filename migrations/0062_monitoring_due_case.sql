-- A case's own visits are found by the case; the index in the order of days would walk through everybody's.
CREATE INDEX monitoring_due_case ON monitoring_due (case_id, done_by, due_on, id);
