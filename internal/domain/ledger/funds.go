package ledger

import (
	"context"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

func aboutFund(f Fund, action string, changes []journal.Change) journal.Entry {
	return journal.Entry{Subject: journal.Ref{Kind: "fund", ID: f.ID}, Action: action, Revision: f.Revision, Changes: changes,
		Args: map[string]string{"fund": f.Code, "amount": f.Amount(f.Budget).String()}}
}

// OpenFund enters a fund with its budget. Sending it again under the same id changes nothing.
func (d *Domain) OpenFund(ctx context.Context, actor string, f Fund) error {
	return d.Gate.Write(ctx, actor, PermFund, func(ctx context.Context, w *gate.W) error {
		if old, err := FundByID(ctx, &w.R, f.ID); err == nil {
			return w.Record(ctx, aboutFund(old, "ledger.fund_opened_again", nil))
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		fs := checkFund(f)
		twins, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM fund WHERE code = $1`, f.Code)
		if err != nil {
			return err
		}
		if twins > 0 {
			fs = append(fs, fault.Field{Name: "code", Key: "ledger.err.fund_twin"})
		}
		if len(fs) > 0 {
			return fault.Fields(fs)
		}
		if f.ID == "" {
			f.ID = w.NewID()
		}
		f.Revision = 1
		if _, err := w.Tx.Exec(ctx, `INSERT INTO fund (id, code, title, programme, currency, budget, runs_from, runs_until, keep_years, revision, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,1,$10)`,
			f.ID, f.Code, f.Title, f.Programme, f.Currency, f.Budget, f.From, f.Until, f.KeepYears, clock.Format(w.Now)); err != nil {
			return err
		}
		if err := writeShares(ctx, w, f); err != nil {
			return err
		}
		if err := post(ctx, w, entry{kind: "budget", fund: f.ID, postings: purse{f.ID, "", f.Currency}.budget(f.Budget)}); err != nil {
			return err
		}
		return w.Record(ctx, aboutFund(f, "ledger.fund_opened", nil))
	})
}

func writeShares(ctx context.Context, w *gate.W, f Fund) error {
	if _, err := w.Tx.Exec(ctx, `DELETE FROM fund_share WHERE fund_id = $1`, f.ID); err != nil {
		return err
	}
	for i, s := range f.Shares {
		if _, err := w.Tx.Exec(ctx, `INSERT INTO fund_share (fund_id, place, payer, percent) VALUES ($1,$2,$3,$4)`, f.ID, i, s.Payer, s.Percent); err != nil {
			return err
		}
	}
	return nil
}

// ChangeFund changes a fund's title, budget and time. The budget cannot be cut below what is promised already. Currency
// and shares stay: papers were written under them.
func (d *Domain) ChangeFund(ctx context.Context, actor string, f Fund) error {
	return d.Gate.Write(ctx, actor, PermFund, func(ctx context.Context, w *gate.W) error {
		old, err := FundByID(ctx, &w.R, f.ID)
		if err != nil {
			return err
		}
		if f.Revision != old.Revision {
			return fault.New(fault.Stale, "ledger.err.fund_stale")
		}
		f.Code, f.Currency, f.Shares = old.Code, old.Currency, old.Shares
		if fs := checkFund(f); len(fs) > 0 {
			return fault.Fields(fs)
		}
		if delta := f.Budget - old.Budget; delta != 0 {
			if err := post(ctx, w, entry{kind: "budget", fund: f.ID, postings: purse{f.ID, "", f.Currency}.budget(delta)}); err != nil {
				return err
			}
		}
		f.Revision++
		if _, err := w.Tx.Exec(ctx, `UPDATE fund SET title = $1, programme = $2, budget = $3, runs_from = $4, runs_until = $5, keep_years = $6, revision = $7 WHERE id = $8`,
			f.Title, f.Programme, f.Budget, f.From, f.Until, f.KeepYears, f.Revision, f.ID); err != nil {
			return err
		}
		return w.Record(ctx, aboutFund(f, "ledger.fund_changed", journal.Diff("title", old.Title, f.Title, "budget", old.Amount(old.Budget).Decimal(), f.Amount(f.Budget).Decimal(),
			"from", old.From.String(), f.From.String(), "until", old.Until.String(), f.Until.String(), "keep_years", strconv.FormatInt(old.KeepYears, 10), strconv.FormatInt(f.KeepYears, 10), "programme", old.Programme, f.Programme)))
	})
}

// fundFor finds the fund that can bear an amount: the one asked for, or the first that serves and has room.
func fundFor(ctx context.Context, r *gate.R, fundID, programme, currency string, amount int64) (Fund, error) {
	if fundID != "" {
		f, err := FundByID(ctx, r, fundID)
		if err != nil {
			return f, err
		}
		if !f.ServesOn(programme, currency, r.Today) {
			return f, fault.At("fund", "ledger.err.fund_serves_not")
		}
		return f, nil // whether it has room, the book says when the entry is written
	}
	all, err := Funds(ctx, r)
	if err != nil {
		return Fund{}, err
	}
	for _, f := range all {
		if !f.ServesOn(programme, currency, r.Today) {
			continue
		}
		free, err := balance(ctx, r, purse{f.ID, "", f.Currency}.acc(accFund))
		if err != nil {
			return f, err
		}
		if free >= amount {
			return f, nil
		}
	}
	return Fund{}, fault.New(fault.Conflict, "ledger.err.no_fund", "amount", money.Of(amount, currency))
}

func scanBox(s db.Row) (Box, error) {
	var b Box
	return b, s.Scan(&b.ID, &b.OfficeID, &b.Title, &b.Currency)
}

// Boxes lists the cash boxes the reader may see: those of the offices in their scope.
func Boxes(ctx context.Context, r *gate.R) ([]Box, error) {
	var a db.Args
	q := `SELECT id, office_id, title, currency FROM cash_box`
	if offices, all := r.Scope.Offices(); !all {
		q += ` WHERE office_id IN ` + a.In(offices)
	}
	bs, err := db.All(ctx, r.Tx, scanBox, q+` ORDER BY title, id`, a.Values...)
	if err != nil {
		return nil, err
	}
	for i := range bs {
		if bs[i].Balance, err = balance(ctx, r, till(bs[i].ID, bs[i].Currency)); err != nil {
			return nil, err
		}
	}
	return bs, nil
}

// boxByID reads a box of the reader's offices.
func boxByID(ctx context.Context, r *gate.R, id string) (Box, error) {
	bs, err := Boxes(ctx, r)
	if err != nil {
		return Box{}, err
	}
	for _, b := range bs {
		if b.ID == id {
			return b, nil
		}
	}
	return Box{}, fault.Hidden("cash_box", id)
}

func aboutBox(b Box, action string, args map[string]string) journal.Entry {
	if args == nil {
		args = map[string]string{}
	}
	args["box"] = b.Title
	return journal.Entry{Subject: journal.Ref{Kind: "cash_box", ID: b.ID}, Action: action, Args: args}
}

// OpenBox sets up a cash box in an office.
func (d *Domain) OpenBox(ctx context.Context, actor string, b Box) error {
	return d.Gate.Write(ctx, actor, PermFund, func(ctx context.Context, w *gate.W) error {
		known, err := db.All(ctx, w.Tx, scanBox, `SELECT id, office_id, title, currency FROM cash_box WHERE id = $1`, b.ID)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			return w.Record(ctx, aboutBox(known[0], "ledger.box_opened_again", nil))
		}
		var fs []fault.Field
		if b.Title == "" || len([]rune(b.Title)) > 100 {
			fs = append(fs, fault.Field{Name: "title", Key: "ledger.err.box_title"})
		}
		if !money.Known(b.Currency) {
			fs = append(fs, fault.Field{Name: "currency", Key: money.KeyCurrency})
		}
		offices, all := w.Scope.Offices()
		if _, err := org.OfficeByID(ctx, w.Tx, b.OfficeID); err != nil || !all && !has(offices, b.OfficeID) {
			fs = append(fs, fault.Field{Name: "office", Key: "ledger.err.office"})
		}
		if len(fs) > 0 {
			return fault.Fields(fs)
		}
		if b.ID == "" {
			b.ID = w.NewID()
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO cash_box (id, office_id, title, currency, created_at) VALUES ($1,$2,$3,$4,$5)`, b.ID, b.OfficeID, b.Title, b.Currency, clock.Format(w.Now)); err != nil {
			return err
		}
		return w.Record(ctx, aboutBox(b, "ledger.box_opened", nil))
	})
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// FillBox brings cash from the bank into a box, or back when the amount is negative.
func (d *Domain) FillBox(ctx context.Context, actor, id, boxID string, amount money.Amount) error {
	return d.Gate.Write(ctx, actor, PermPay, func(ctx context.Context, w *gate.W) error {
		b, err := boxByID(ctx, &w.R, boxID)
		if err != nil {
			return err
		}
		again, err := repeated(ctx, &w.R, id)
		if err != nil {
			return err
		}
		if again {
			return w.Record(ctx, aboutBox(b, "ledger.box_filled_again", nil))
		}
		if amount.Minor == 0 || amount.Currency != b.Currency {
			return fault.At("amount", "ledger.err.amount")
		}
		if err := post(ctx, w, entry{id: id, kind: "fill", postings: move(amount.Minor, till("", b.Currency), till(b.ID, b.Currency))}); err != nil {
			return err
		}
		return w.Record(ctx, aboutBox(b, "ledger.box_filled", map[string]string{"amount": amount.String()}))
	})
}

// repeated tells whether an entry was written under this id before.
func repeated(ctx context.Context, r *gate.R, id string) (bool, error) {
	n, err := db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(*) FROM ledger_entry WHERE id = $1`, id)
	return id != "" && n > 0, err
}

// CountBox records what lies in a box, counted at the end of a day or of a flight. The book is not bent to what was
// counted: a difference stands there with its explanation until somebody finds it.
func (d *Domain) CountBox(ctx context.Context, actor string, c Count) (Count, error) {
	err := d.Gate.Write(ctx, actor, PermCash, func(ctx context.Context, w *gate.W) error {
		b, err := boxByID(ctx, &w.R, c.BoxID)
		if err != nil {
			return err
		}
		known, err := db.All(ctx, w.Tx, scanCount, `SELECT `+countColumns+` FROM cash_count WHERE id = $1`, c.ID)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			c = known[0]
			return w.Record(ctx, aboutBox(b, "ledger.box_counted_again", nil))
		}
		c.Expected, c.By, c.At = b.Balance, w.Actor.ID, w.Now
		var fs []fault.Field
		if c.Counted < 0 {
			fs = append(fs, fault.Field{Name: "counted", Key: "ledger.err.amount"})
		}
		if c.On.IsZero() || c.On.After(w.Today) {
			fs = append(fs, fault.Field{Name: "on", Key: "ledger.err.date_past"})
		}
		if c.Counted != c.Expected && c.Note == "" {
			fs = append(fs, fault.Field{Name: "note", Key: "ledger.err.difference", Args: []any{"expected", money.Of(c.Expected, b.Currency)}})
		}
		if len([]rune(c.Note)) > 500 || len([]rune(c.Flight)) > 60 {
			fs = append(fs, fault.Field{Name: "note", Key: "ledger.err.too_long"})
		}
		if len(fs) > 0 {
			return fault.Fields(fs)
		}
		if c.ID == "" {
			c.ID = w.NewID()
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO cash_count (id, box_id, on_day, flight, counted, expected, note, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
			c.ID, c.BoxID, c.On, c.Flight, c.Counted, c.Expected, c.Note, c.By, clock.Format(c.At)); err != nil {
			return err
		}
		return w.Record(ctx, aboutBox(b, "ledger.box_counted", map[string]string{"counted": money.Of(c.Counted, b.Currency).String(), "expected": money.Of(c.Expected, b.Currency).String()}))
	})
	return c, err
}

const countColumns = `id, box_id, on_day, flight, counted, expected, note, by_id, at`

func scanCount(s db.Row) (Count, error) {
	var c Count
	return c, s.Scan(&c.ID, &c.BoxID, &c.On, &c.Flight, &c.Counted, &c.Expected, &c.Note, &c.By, db.InstantOf(&c.At))
}

// BoxDay is a box with what left it on a day and how it was counted.
type BoxDay struct {
	Box
	Paid   []Payment
	Counts []Count
}

// BoxOn reads a box for its reconciliation on a day.
func BoxOn(ctx context.Context, r *gate.R, boxID string, on day.Date) (x BoxDay, err error) {
	if x.Box, err = boxByID(ctx, r, boxID); err != nil {
		return x, err
	}
	if x.Paid, err = db.All(ctx, r.Tx, scanPayment, `SELECT `+paymentColumns+` FROM payment p WHERE p.box_id = $1 AND p.on_day = $2 ORDER BY p.at, p.id`, boxID, on); err != nil {
		return x, err
	}
	x.Counts, err = db.All(ctx, r.Tx, scanCount, `SELECT `+countColumns+` FROM cash_count WHERE box_id = $1 ORDER BY at DESC, id DESC LIMIT 20`, boxID)
	return x, err
}
