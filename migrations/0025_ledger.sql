-- Money: funds, what each case was promised, and the double-entry book behind every number.
CREATE TABLE fund (
  id TEXT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  programme TEXT NOT NULL DEFAULT '',
  currency TEXT NOT NULL,
  budget BIGINT NOT NULL CHECK (budget >= 0),
  runs_from TEXT NOT NULL,
  runs_until TEXT NOT NULL DEFAULT '',
  keep_years BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  created_at TEXT NOT NULL
);

-- Who bears which part of a fund; the parts of a fund make a hundred.
CREATE TABLE fund_share (
  fund_id TEXT NOT NULL REFERENCES fund (id),
  place BIGINT NOT NULL,
  payer TEXT NOT NULL,
  percent BIGINT NOT NULL CHECK (percent BETWEEN 1 AND 100),
  PRIMARY KEY (fund_id, place)
);

CREATE TABLE cash_box (
  id TEXT PRIMARY KEY,
  office_id TEXT NOT NULL,
  title TEXT NOT NULL,
  currency TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE INDEX cash_box_office ON cash_box (office_id, title, id);

-- What was counted in a box on a day, beside what the book says should lie in it.
CREATE TABLE cash_count (
  id TEXT PRIMARY KEY,
  box_id TEXT NOT NULL REFERENCES cash_box (id),
  on_day TEXT NOT NULL,
  flight TEXT NOT NULL DEFAULT '',
  counted BIGINT NOT NULL,
  expected BIGINT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX cash_count_box ON cash_count (box_id, at, id);

-- balance is the running sum of the account's postings; only a posting changes it.
CREATE TABLE account (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  fund_id TEXT NOT NULL DEFAULT '',
  case_id TEXT NOT NULL DEFAULT '',
  box_id TEXT NOT NULL DEFAULT '',
  currency TEXT NOT NULL,
  balance BIGINT NOT NULL
);
CREATE INDEX account_fund ON account (fund_id, kind, case_id, id);
CREATE INDEX account_case ON account (case_id, kind, id);

-- Entries and postings are never changed and never removed: what was wrong is reversed by a new entry.
CREATE TABLE ledger_entry (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  fund_id TEXT NOT NULL DEFAULT '',
  case_id TEXT NOT NULL DEFAULT '',
  person_id TEXT NOT NULL DEFAULT '',
  line_id TEXT NOT NULL DEFAULT '',
  reverses TEXT NOT NULL DEFAULT '',
  by_id TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE UNIQUE INDEX ledger_entry_reverses ON ledger_entry (reverses) WHERE reverses <> '';
CREATE INDEX ledger_entry_fund ON ledger_entry (fund_id, at, id);
CREATE INDEX ledger_entry_case ON ledger_entry (case_id, at, id);

CREATE TABLE posting (
  entry_id TEXT NOT NULL REFERENCES ledger_entry (id),
  place BIGINT NOT NULL,
  account_id TEXT NOT NULL REFERENCES account (id),
  amount BIGINT NOT NULL,
  currency TEXT NOT NULL,
  PRIMARY KEY (entry_id, place)
);
CREATE INDEX posting_account ON posting (account_id, entry_id);

-- One amount for one person or for the case: asked for, approved, paid. A line that is a ceiling is drawn on by items.
CREATE TABLE ledger_line (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL DEFAULT '',
  fund_id TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL,
  component TEXT NOT NULL,
  modality TEXT NOT NULL CHECK (modality IN ('cash','in_kind','service')),
  ceiling BOOLEAN NOT NULL DEFAULT FALSE,
  amount BIGINT NOT NULL CHECK (amount >= 0),
  drawn BIGINT NOT NULL DEFAULT 0 CHECK (drawn >= 0 AND drawn <= amount),
  currency TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned','approved','paid','released','refused','not_due','to_return','returned')),
  parent_id TEXT NOT NULL DEFAULT '',
  item_ref TEXT NOT NULL DEFAULT '',
  rule TEXT NOT NULL DEFAULT '',
  note BYTEA,
  proposed_by TEXT NOT NULL,
  proposed_at TEXT NOT NULL,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX ledger_line_case ON ledger_line (case_id, proposed_at, id);
CREATE INDEX ledger_line_state ON ledger_line (state, proposed_at, id);
CREATE INDEX ledger_line_item ON ledger_line (item_ref) WHERE item_ref <> '';

CREATE TABLE payment (
  id TEXT PRIMARY KEY,
  line_id TEXT NOT NULL REFERENCES ledger_line (id),
  case_id TEXT NOT NULL REFERENCES casefile (id),
  person_id TEXT NOT NULL DEFAULT '',
  fund_id TEXT NOT NULL,
  way TEXT NOT NULL CHECK (way IN ('cash','transfer')),
  box_id TEXT NOT NULL DEFAULT '',
  amount BIGINT NOT NULL CHECK (amount > 0),
  currency TEXT NOT NULL,
  receipt_no TEXT NOT NULL UNIQUE,
  payer_id TEXT NOT NULL,
  witness_id TEXT NOT NULL DEFAULT '',
  method TEXT NOT NULL DEFAULT '',
  notes TEXT NOT NULL DEFAULT '',
  reference BYTEA,
  on_day TEXT NOT NULL,
  at TEXT NOT NULL,
  reversed_by TEXT NOT NULL DEFAULT '',
  reversed_at TEXT NOT NULL DEFAULT '',
  reason BYTEA
);
CREATE INDEX payment_case ON payment (case_id, at, id);
CREATE INDEX payment_line ON payment (line_id, at, id);
CREATE INDEX payment_box ON payment (box_id, on_day, id);

-- A year's running number of receipts per office, without holes.
CREATE TABLE receipt_number (
  prefix TEXT PRIMARY KEY,
  last BIGINT NOT NULL
);
