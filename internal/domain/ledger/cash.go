package ledger

import (
	"context"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Handing is what is written down when cash changes hands at the airport.
type Handing struct {
	ID, CaseID, LineID string
	BoxID, WitnessID   string
	Method             string
	Notes              string // bank notes, "50x10 20x5"; may be left out
}

func aboutPayment(p Payment, action string, args ...string) journal.Entry {
	e := journal.Entry{Subject: journal.Ref{Kind: "payment", ID: p.ID}, Action: action, Key: p.key(), Args: map[string]string{"amount": p.Money().String(), "receipt": p.ReceiptNo}}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[args[i]] = args[i+1]
	}
	return e
}

// paidBefore answers a payment that was sent twice.
func paidBefore(ctx context.Context, w *gate.W, c casefile.Case, id string) (Payment, bool, error) {
	known, err := db.All(ctx, w.Tx, scanPayment, `SELECT `+paymentColumns+` FROM payment p WHERE p.id = $1`, id)
	if err != nil || len(known) == 0 {
		return Payment{}, false, err
	}
	if known[0].CaseID != c.ID {
		return Payment{}, false, fault.Gone()
	}
	return known[0], true, casefile.Record(ctx, w, c, aboutPayment(known[0], "ledger.paid_again"))
}

// HandOver hands the whole amount of an approved line over in cash. Whoever acts hands it over; somebody else saw it. Sending
// it again under the same id pays nothing twice and gives the same receipt.
func (d *Domain) HandOver(ctx context.Context, actor string, h Handing) (p Payment, err error) {
	err = d.onLine(ctx, actor, PermCash, h.CaseID, h.LineID, func(ctx context.Context, w *gate.W, c *casefile.Case, l *Line) error {
		var again bool
		if p, again, err = paidBefore(ctx, w, *c, h.ID); err != nil || again {
			return err
		}
		if l.State != Approved || l.Modality != "cash" {
			return fault.New(fault.Conflict, "ledger.err.not_payable")
		}
		b, err := boxByID(ctx, &w.R, h.BoxID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		var fs []fault.Field
		if err != nil || b.Currency != l.Currency {
			fs = append(fs, fault.Field{Name: "box", Key: "ledger.err.box"})
		}
		if err := checkWitness(ctx, w, h.WitnessID); err != nil {
			fs = append(fs, fault.Of(err).Fields...)
		}
		if !has(Methods, h.Method) {
			fs = append(fs, fault.Field{Name: "method", Key: "ledger.err.method"})
		}
		if h.Notes = strings.Join(strings.Fields(h.Notes), " "); h.Notes != "" {
			if sum, ok := notesSum(h.Notes, l.Currency); !ok {
				fs = append(fs, fault.Field{Name: "notes", Key: "ledger.err.notes"})
			} else if sum != l.Amount {
				fs = append(fs, fault.Field{Name: "notes", Key: "ledger.err.notes_sum", Args: []any{"sum", money.Of(sum, l.Currency), "amount", l.Money()}})
			}
		}
		if len(fs) > 0 {
			return fault.Fields(fs)
		}
		p = Payment{ID: h.ID, Way: "cash", BoxID: b.ID, Amount: l.Amount, WitnessID: h.WitnessID, Method: h.Method, Notes: h.Notes, On: w.Today}
		return d.payIn(ctx, w, c, l, &p)
	})
	return p, err
}

// checkWitness wants a colleague who is at work, and not the one who pays.
func checkWitness(ctx context.Context, w *gate.W, id string) error {
	if id == w.Actor.ID {
		return fault.At("witness", "ledger.err.witness_self")
	}
	s, err := org.StaffByID(ctx, w.Tx, id)
	if err != nil || !s.Active || s.System {
		return fault.At("witness", "ledger.err.witness")
	}
	return nil
}

// payIn writes a payment, its two pairs of postings and the line's end. What the line held beyond the payment goes back: to
// the ceiling it was drawn from, or to the fund.
func (d *Domain) payIn(ctx context.Context, w *gate.W, c *casefile.Case, l *Line, p *Payment) (err error) {
	if p.ID == "" {
		p.ID = w.NewID()
	}
	p.LineID, p.CaseID, p.PersonID, p.FundID, p.Currency, p.PayerID, p.At = l.ID, c.ID, l.PersonID, l.FundID, l.Currency, w.Actor.ID, w.Now
	if p.ReceiptNo, err = receiptNumber(ctx, w); err != nil {
		return err
	}
	if rest := l.Amount - p.Amount; rest > 0 {
		if err := d.giveBackRest(ctx, w, c, l, rest); err != nil {
			return err
		}
	}
	if err := post(ctx, w, entry{id: p.ID, kind: "pay", fund: l.FundID, caseID: c.ID, person: l.PersonID, line: l.ID, postings: l.purse().pay(p.Amount, p.BoxID)}); err != nil {
		return err
	}
	ref, err := w.Seal(ctx, p.key(), "payment.reference:"+p.ID, p.Reference)
	if err != nil {
		return err
	}
	if _, err := w.Tx.Exec(ctx, `INSERT INTO payment (id, line_id, case_id, person_id, fund_id, way, box_id, amount, currency, receipt_no, payer_id, witness_id, method, notes, reference, on_day, at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)`,
		p.ID, p.LineID, p.CaseID, p.PersonID, p.FundID, p.Way, p.BoxID, p.Amount, p.Currency, p.ReceiptNo, p.PayerID, p.WitnessID, p.Method, p.Notes, ref, p.On, clock.Format(p.At)); err != nil {
		return err
	}
	l.State, l.Amount = Paid, p.Amount
	if err := saveLine(ctx, w, l); err != nil {
		return err
	}
	return keep(ctx, w, c, aboutPayment(*p, "ledger.paid", "way", p.Way))
}

// giveBackRest takes what is not needed out of an approved line.
func (d *Domain) giveBackRest(ctx context.Context, w *gate.W, c *casefile.Case, l *Line, rest int64) error {
	e := entry{kind: "release", fund: l.FundID, caseID: c.ID, person: l.PersonID, line: l.ID, postings: l.purse().cancel(rest)}
	if l.ParentID != "" {
		parent, err := lineIn(ctx, &w.R, c.ID, l.ParentID)
		if err != nil {
			return err
		}
		if parent.State == Planned {
			e.kind, e.postings = "uncommit", l.purse().uncommit(rest)
			if _, err := w.Tx.Exec(ctx, `UPDATE ledger_line SET drawn = drawn - $1 WHERE id = $2`, rest, parent.ID); err != nil {
				return err
			}
		}
	}
	return post(ctx, w, e)
}

// Pay pays an approved line by transfer.
func (d *Domain) Pay(ctx context.Context, actor, id, caseID, lineID, reference string, on day.Date) (p Payment, err error) {
	err = d.onLine(ctx, actor, PermPay, caseID, lineID, func(ctx context.Context, w *gate.W, c *casefile.Case, l *Line) error {
		var again bool
		if p, again, err = paidBefore(ctx, w, *c, id); err != nil || again {
			return err
		}
		if l.State != Approved || l.ItemRef != "" {
			return fault.New(fault.Conflict, "ledger.err.not_payable")
		}
		var fs []fault.Field
		if reference == "" || len([]rune(reference)) > 200 {
			fs = append(fs, fault.Field{Name: "reference", Key: "ledger.err.reference"})
		}
		if on.IsZero() || on.After(w.Today) {
			fs = append(fs, fault.Field{Name: "on", Key: "ledger.err.date_past"})
		}
		if len(fs) > 0 {
			return fault.Fields(fs)
		}
		p = Payment{ID: id, Way: "transfer", Amount: l.Amount, Reference: reference, On: on}
		return d.payIn(ctx, w, c, l, &p)
	})
	return p, err
}

// Reverse takes a payment back: the person did not board and gave the cash back, or the transfer bounced. The entry stays
// and a second one swaps it; the line is approved as before.
func (d *Domain) Reverse(ctx context.Context, actor, caseID, paymentID, reason string) error {
	return d.onCase(ctx, actor, PermCash, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		p, err := paymentByID(ctx, &w.R, paymentID)
		if err != nil {
			return err
		}
		if p.CaseID != c.ID {
			return fault.Gone()
		}
		if !p.ReversedAt.IsZero() {
			return casefile.Record(ctx, w, *c, aboutPayment(p, "ledger.reversed_again"))
		}
		l, err := lineIn(ctx, &w.R, c.ID, p.LineID)
		if err != nil {
			return err
		}
		if l.State != Paid || l.ItemRef != "" {
			return fault.New(fault.Conflict, "ledger.err.not_reversible")
		}
		if err := goodReason(reason); err != nil {
			return err
		}
		ps, err := postingsOf(ctx, &w.R, p.ID)
		if err != nil {
			return err
		}
		if err := post(ctx, w, entry{kind: "reverse", fund: l.FundID, caseID: c.ID, person: l.PersonID, line: l.ID, reverses: p.ID, postings: swapped(ps)}); err != nil {
			return err
		}
		if err := markReversed(ctx, w, &p, reason); err != nil {
			return err
		}
		l.State = Approved
		if l.Note, _, err = w.Open(ctx, l.key(), "ledger_line.note:"+l.ID, l.note); err != nil {
			return err
		}
		if err := saveLine(ctx, w, &l); err != nil {
			return err
		}
		if err := casefile.FinishTask(ctx, w, c, "take_back_cash"); err != nil {
			return err
		}
		return keep(ctx, w, c, aboutPayment(p, "ledger.reversed", "reason", reason))
	})
}

func markReversed(ctx context.Context, w *gate.W, p *Payment, reason string) error {
	p.ReversedBy, p.ReversedAt, p.Reason = w.Actor.ID, w.Now, reason
	sealed, err := w.Seal(ctx, p.key(), "payment.reason:"+p.ID, reason)
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, `UPDATE payment SET reversed_by = $1, reversed_at = $2, reason = $3 WHERE id = $4`, p.ReversedBy, clock.Format(p.ReversedAt), sealed, p.ID)
	return err
}

// TakeBack records that cash which had to come back did. It works on a withdrawn case too: that is where it is needed.
func (d *Domain) TakeBack(ctx context.Context, actor, caseID, lineID, boxID string) error {
	return d.Gate.Write(ctx, actor, PermCash, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		l, err := lineIn(ctx, &w.R, caseID, lineID)
		if err != nil {
			return err
		}
		if l.State == Returned {
			return casefile.Record(ctx, w, c, aboutLine(l, "ledger.returned_again"))
		}
		if l.State != ToReturn {
			return fault.New(fault.Conflict, "ledger.err.not_to_return")
		}
		p, err := livePayment(ctx, &w.R, l.ID)
		if err != nil {
			return err
		}
		if p.Way == "cash" {
			b, err := boxByID(ctx, &w.R, boxID)
			if fault.Is(err, fault.NotFound) || err == nil && b.Currency != l.Currency {
				return fault.At("box", "ledger.err.box")
			}
			if err != nil {
				return err
			}
		} else {
			boxID = ""
		}
		if err := post(ctx, w, entry{kind: "take_back", fund: l.FundID, caseID: c.ID, person: l.PersonID, line: l.ID, reverses: p.ID, postings: l.purse().takeBack(l.Amount, boxID)}); err != nil {
			return err
		}
		if err := markReversed(ctx, w, &p, ""); err != nil {
			return err
		}
		if l.Note, _, err = w.Open(ctx, l.key(), "ledger_line.note:"+l.ID, l.note); err != nil {
			return err
		}
		l.State = Returned
		if err := saveLine(ctx, w, &l); err != nil {
			return err
		}
		if err := casefile.FinishTask(ctx, w, &c, "take_back_cash"); err != nil {
			return err
		}
		return keep(ctx, w, &c, aboutLine(l, "ledger.returned"))
	})
}
