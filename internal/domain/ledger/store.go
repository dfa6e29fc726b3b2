package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// entry is one event in the book with both sides of it.
type entry struct {
	id, kind, fund, caseID, person, line, reverses string
	postings                                       []Posting
}

// post writes an entry. The balances are read, the pure rule decides, and only then is anything written: a refused entry
// leaves no trace even where a batch goes on after it.
func post(ctx context.Context, w *gate.W, e entry) error {
	books := Books{}
	for _, p := range e.postings {
		if _, known := books[p.Account]; known {
			continue
		}
		have, err := balance(ctx, &w.R, p.Account)
		if err != nil {
			return err
		}
		books[p.Account] = have
	}
	if err := books.Post(e.postings); err != nil {
		return inWords(err)
	}
	if e.id == "" {
		e.id = w.NewID()
	}
	if _, err := w.Tx.Exec(ctx, `INSERT INTO ledger_entry (id, kind, fund_id, case_id, person_id, line_id, reverses, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		e.id, e.kind, e.fund, e.caseID, e.person, e.line, e.reverses, w.Actor.ID, clock.Format(w.Now)); err != nil {
		return err
	}
	for i, p := range e.postings {
		if _, err := w.Tx.Exec(ctx, `INSERT INTO account (id, kind, fund_id, case_id, box_id, currency, balance) VALUES ($1,$2,$3,$4,$5,$6,$7)
			ON CONFLICT (id) DO UPDATE SET balance = account.balance + excluded.balance`, p.id(), p.Kind, p.FundID, p.CaseID, p.BoxID, p.Currency, p.Amount); err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO posting (entry_id, place, account_id, amount, currency) VALUES ($1,$2,$3,$4,$5)`, e.id, i, p.id(), p.Amount, p.Currency); err != nil {
			return err
		}
	}
	return nil
}

// inWords says to a person what the book refused.
func inWords(err error) error {
	var low *belowZero
	if !errors.As(err, &low) {
		return err
	}
	switch low.Kind {
	case accFund:
		return fault.New(fault.Conflict, "ledger.err.budget", "free", money.Of(low.have, low.Currency), "short", money.Of(low.short, low.Currency))
	case accBox:
		return fault.New(fault.Conflict, "ledger.err.box_short", "have", money.Of(low.have, low.Currency), "short", money.Of(low.short, low.Currency))
	}
	return fault.New(fault.Conflict, "ledger.err.below_zero").Because(err)
}

func balance(ctx context.Context, r *gate.R, a Account) (int64, error) {
	n, err := db.One(ctx, r.Tx, db.Value[int64], `SELECT balance FROM account WHERE id = $1`, a.id())
	if errors.Is(err, db.ErrNoRow) {
		return 0, nil
	}
	return n, err
}

// postingsOf reads an entry back, for its reversal.
func postingsOf(ctx context.Context, r *gate.R, entryID string) ([]Posting, error) {
	return db.All(ctx, r.Tx, func(s db.Row) (Posting, error) {
		var p Posting
		return p, s.Scan(&p.Kind, &p.FundID, &p.CaseID, &p.BoxID, &p.Currency, &p.Amount)
	}, `SELECT a.kind, a.fund_id, a.case_id, a.box_id, p.currency, p.amount FROM posting p JOIN account a ON a.id = p.account_id WHERE p.entry_id = $1 ORDER BY p.place`, entryID)
}

const fundColumns = `id, code, title, programme, currency, budget, runs_from, runs_until, keep_years, revision`

func scanFund(s db.Row) (Fund, error) {
	var f Fund
	return f, s.Scan(&f.ID, &f.Code, &f.Title, &f.Programme, &f.Currency, &f.Budget, &f.From, &f.Until, &f.KeepYears, &f.Revision)
}

// Funds lists all funds by code, with their shares.
func Funds(ctx context.Context, r *gate.R) ([]Fund, error) {
	fs, err := db.All(ctx, r.Tx, scanFund, `SELECT `+fundColumns+` FROM fund ORDER BY code, id`)
	if err != nil {
		return nil, err
	}
	for i := range fs {
		if err := fs[i].shares(ctx, r); err != nil {
			return nil, err
		}
	}
	return fs, nil
}

// FundByID reads one fund.
func FundByID(ctx context.Context, r *gate.R, id string) (Fund, error) {
	f, err := db.One(ctx, r.Tx, scanFund, `SELECT `+fundColumns+` FROM fund WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRow) {
		return f, fault.Gone()
	}
	if err != nil {
		return f, err
	}
	return f, f.shares(ctx, r)
}

func (f *Fund) shares(ctx context.Context, r *gate.R) (err error) {
	f.Shares, err = db.All(ctx, r.Tx, func(s db.Row) (Share, error) {
		var x Share
		return x, s.Scan(&x.Payer, &x.Percent)
	}, `SELECT payer, percent FROM fund_share WHERE fund_id = $1 ORDER BY place`, f.ID)
	return err
}

const lineColumns = `l.id, l.case_id, l.person_id, l.fund_id, l.code, l.component, l.modality, l.ceiling, l.amount, l.drawn, l.currency, l.state, l.parent_id, l.item_ref, l.rule, l.note,
	l.proposed_by, l.proposed_at, l.decided_by, l.decided_at`

func (l *Line) targets() []any {
	return []any{&l.ID, &l.CaseID, &l.PersonID, &l.FundID, &l.Code, &l.Component, &l.Modality, &l.Ceiling, &l.Amount, &l.Drawn, &l.Currency, &l.State, &l.ParentID, &l.ItemRef, &l.Rule, &l.note,
		&l.ProposedBy, db.InstantOf(&l.ProposedAt), &l.DecidedBy, db.InstantOf(&l.DecidedAt)}
}

func scanLine(s db.Row) (Line, error) { var l Line; return l, s.Scan(l.targets()...) }

// Lines reads all amounts of a case, oldest first.
func Lines(ctx context.Context, r *gate.R, caseID string) ([]Line, error) {
	ls, err := db.All(ctx, r.Tx, scanLine, `SELECT `+lineColumns+` FROM ledger_line l WHERE l.case_id = $1 ORDER BY l.proposed_at, l.id`, caseID)
	if err != nil {
		return nil, err
	}
	for i := range ls {
		l := &ls[i]
		if l.Note, _, err = r.Open(ctx, l.key(), "ledger_line.note:"+l.ID, l.note); err != nil {
			return nil, err
		}
	}
	return ls, nil
}

// lineIn reads one line of a case.
func lineIn(ctx context.Context, r *gate.R, caseID, id string) (Line, error) {
	l, err := db.One(ctx, r.Tx, scanLine, `SELECT `+lineColumns+` FROM ledger_line l WHERE l.id = $1 AND l.case_id = $2`, id, caseID)
	if errors.Is(err, db.ErrNoRow) {
		return l, fault.Gone()
	}
	return l, err
}

// key is the subject under whose key the line's words are sealed.
func (l *Line) key() string {
	if l.PersonID != "" {
		return l.PersonID
	}
	return l.CaseID
}

func (l *Line) purse() purse { return purse{l.FundID, l.CaseID, l.Currency} }

func insertLine(ctx context.Context, w *gate.W, l *Line) error {
	note, err := w.Seal(ctx, l.key(), "ledger_line.note:"+l.ID, l.Note)
	if err != nil {
		return err
	}
	l.ProposedAt = w.Now
	if l.ProposedBy == "" {
		l.ProposedBy = w.Actor.ID
	}
	_, err = w.Tx.Exec(ctx, `INSERT INTO ledger_line (id, case_id, person_id, fund_id, code, component, modality, ceiling, amount, drawn, currency, state, parent_id, item_ref, rule, note, proposed_by, proposed_at, decided_by, decided_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20)`,
		l.ID, l.CaseID, l.PersonID, l.FundID, l.Code, l.Component, l.Modality, l.Ceiling, l.Amount, l.Drawn, l.Currency, l.State, l.ParentID, l.ItemRef, l.Rule, note,
		l.ProposedBy, clock.Format(l.ProposedAt), l.DecidedBy, clock.Format(l.DecidedAt))
	return err
}

// saveLine writes back what a command changed about a line.
func saveLine(ctx context.Context, w *gate.W, l *Line) error {
	note, err := w.Seal(ctx, l.key(), "ledger_line.note:"+l.ID, l.Note)
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, `UPDATE ledger_line SET amount = $1, drawn = $2, state = $3, note = $4, decided_by = $5, decided_at = $6 WHERE id = $7`,
		l.Amount, l.Drawn, l.State, note, l.DecidedBy, clock.Format(l.DecidedAt), l.ID)
	return err
}

const paymentColumns = `p.id, p.line_id, p.case_id, p.person_id, p.fund_id, p.way, p.box_id, p.amount, p.currency, p.receipt_no, p.payer_id, p.witness_id, p.method, p.notes, p.reference, p.on_day, p.at,
	p.reversed_by, p.reversed_at, p.reason`

func scanPayment(s db.Row) (Payment, error) {
	var p Payment
	return p, s.Scan(&p.ID, &p.LineID, &p.CaseID, &p.PersonID, &p.FundID, &p.Way, &p.BoxID, &p.Amount, &p.Currency, &p.ReceiptNo, &p.PayerID, &p.WitnessID, &p.Method, &p.Notes, &p.reference, &p.On,
		db.InstantOf(&p.At), &p.ReversedBy, db.InstantOf(&p.ReversedAt), &p.reason)
}

func (p *Payment) key() string {
	if p.PersonID != "" {
		return p.PersonID
	}
	return p.CaseID
}

func (p *Payment) open(ctx context.Context, r *gate.R) (err error) {
	if p.Reference, _, err = r.Open(ctx, p.key(), "payment.reference:"+p.ID, p.reference); err != nil {
		return err
	}
	p.Reason, _, err = r.Open(ctx, p.key(), "payment.reason:"+p.ID, p.reason)
	return err
}

// Payments reads what was paid in a case, oldest first.
func Payments(ctx context.Context, r *gate.R, caseID string) ([]Payment, error) {
	ps, err := db.All(ctx, r.Tx, scanPayment, `SELECT `+paymentColumns+` FROM payment p WHERE p.case_id = $1 ORDER BY p.at, p.id`, caseID)
	if err != nil {
		return nil, err
	}
	for i := range ps {
		if err := ps[i].open(ctx, r); err != nil {
			return nil, err
		}
	}
	return ps, nil
}

// paymentByID reads a payment; whether its case may be seen is for the caller.
func paymentByID(ctx context.Context, r *gate.R, id string) (Payment, error) {
	p, err := db.One(ctx, r.Tx, scanPayment, `SELECT `+paymentColumns+` FROM payment p WHERE p.id = $1`, id)
	if errors.Is(err, db.ErrNoRow) {
		return p, fault.Gone()
	}
	if err != nil {
		return p, err
	}
	return p, p.open(ctx, r)
}

// livePayment is the payment of a line that was not reversed.
func livePayment(ctx context.Context, r *gate.R, lineID string) (Payment, error) {
	p, err := db.One(ctx, r.Tx, scanPayment, `SELECT `+paymentColumns+` FROM payment p WHERE p.line_id = $1 AND p.reversed_at = '' ORDER BY p.at, p.id`, lineID)
	if errors.Is(err, db.ErrNoRow) {
		return p, fault.Gone()
	}
	if err != nil {
		return p, err
	}
	return p, p.open(ctx, r)
}

// receiptNumber gives the next number of an office and year: ATHENS-2026-000123.
func receiptNumber(ctx context.Context, w *gate.W) (string, error) {
	code := "X"
	if w.Actor.OfficeID != "" {
		o, err := org.OfficeByID(ctx, w.Tx, w.Actor.OfficeID)
		if err != nil {
			return "", err
		}
		code = upper(o.Code)
	}
	prefix := fmt.Sprintf("%s-%04d", code, w.Today.Year())
	n, err := db.One(ctx, w.Tx, db.Value[int64], `INSERT INTO receipt_number (prefix, last) VALUES ($1, 1) ON CONFLICT (prefix) DO UPDATE SET last = receipt_number.last + 1 RETURNING last`, prefix)
	return fmt.Sprintf("%s-%06d", prefix, n), err
}

// upper is for office codes, which are plain letters.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// inScope is the scope condition for a query that joins casefile as c.
func inScope(r *gate.R, a *db.Args) string { return casefile.InScope(r, "c", a) }
