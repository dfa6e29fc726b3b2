-- Figures are counted from the cases each time; these indexes let a period be read without walking through everything.
CREATE INDEX eligibility_counted ON eligibility_decision (component, decision, decided_at, id);
CREATE INDEX reintegration_plan_decided ON reintegration_plan (state, decided_at, id);
CREATE INDEX payment_day ON payment (on_day, id);
CREATE INDEX journey_departs ON journey (departs_on, id);
CREATE INDEX counselling_session_kind ON counselling_session (kind, on_day, id);
CREATE INDEX ledger_line_cash_item ON ledger_line (case_id, id) WHERE modality = 'cash' AND item_ref <> '';
