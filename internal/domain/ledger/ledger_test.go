package ledger_test

import (
	"context"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

var ctx = context.Background()

type office struct {
	*world.World
	t     testing.TB
	money *ledger.Domain
	fund  string
	box   string
}

// setup opens the office with a fund of 10,000 euros at 75/25 and 2,000 euros in the box.
func setup(t testing.TB, d *db.DB) *office {
	t.Helper()
	w := world.New(t, d)
	o := &office{World: w, t: t, money: &ledger.Domain{Gate: w.Gate, Packs: w.Packs}, fund: w.Gate.IDs.New(), box: w.Gate.IDs.New()}
	w.Cases.OnWithdraw = []casefile.Reaction{o.money.OnWithdraw}
	w.Cases.BeforeShut = []casefile.Condition{o.money.Settled}
	o.must(o.money.OpenFund(ctx, w.Staff["finance"], o.newFund(o.fund, "TEST-1", 1_000_000)))
	o.must(o.money.OpenBox(ctx, w.Staff["finance"], ledger.Box{ID: o.box, OfficeID: w.Offices["athens"], Title: "Airport", Currency: "EUR"}))
	o.must(o.money.FillBox(ctx, w.Staff["finance"], w.Gate.IDs.New(), o.box, money.Of(200_000, "EUR")))
	return o
}

func (o *office) newFund(id, code string, budget int64) ledger.Fund {
	return ledger.Fund{ID: id, Code: code, Title: "Return fund", Programme: "test", Currency: "EUR", Budget: budget, From: day.New(2026, 1, 1), KeepYears: 5,
		Shares: []ledger.Share{{Payer: "EU", Percent: 75}, {Payer: "national", Percent: 25}}}
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) refused(err error, kind fault.Kind, field, key string) {
	o.t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != kind {
		o.t.Fatalf("want %v %s, got %v", kind, key, err)
	}
	if field == "" && f.Key == key {
		return
	}
	for _, p := range f.Fields {
		if p.Name == field && p.Key == key {
			return
		}
	}
	o.t.Fatalf("want %s at %q, got %v", key, field, err)
}

func (o *office) cash(caseID, person string, amount int64) ledger.Line {
	return ledger.Line{ID: o.Gate.IDs.New(), CaseID: caseID, PersonID: person, Code: "cash", Component: "cash", Modality: "cash", Amount: amount, Currency: "EUR"}
}

// approved asks for cash and has it approved.
func (o *office) approved(caseID, person string, amount int64) ledger.Line {
	o.t.Helper()
	l := o.cash(caseID, person, amount)
	o.must(o.money.Propose(ctx, o.Staff["caseworker"], l))
	o.must(o.money.Approve(ctx, o.Staff["supervisor"], caseID, l.ID))
	return l
}

func (o *office) handing(l ledger.Line) ledger.Handing {
	return ledger.Handing{ID: o.Gate.IDs.New(), CaseID: l.CaseID, LineID: l.ID, BoxID: o.box, WitnessID: o.Staff["counsellor"], Method: "signed_paper"}
}

func (o *office) read(fn func(ctx context.Context, r *gate.R) error) {
	o.t.Helper()
	o.must(o.Gate.Read(ctx, o.Staff["manager"], ledger.PermView, fn))
}

func (o *office) standing() (s ledger.Standing) {
	o.t.Helper()
	o.read(func(ctx context.Context, r *gate.R) error {
		f, err := ledger.FundByID(ctx, r, o.fund)
		if err != nil {
			return err
		}
		s, err = ledger.StandingOf(ctx, r, f)
		return err
	})
	return s
}

func (o *office) stands(free, reserved, committed, paid, back int64) {
	o.t.Helper()
	s := o.standing()
	if s.Free != free || s.Reserved != reserved || s.Committed != committed || s.Paid != paid || s.Return != back || s.Elsewhere != 0 {
		o.t.Fatalf("free %d reserved %d committed %d paid %d to return %d elsewhere %d", s.Free, s.Reserved, s.Committed, s.Paid, s.Return, s.Elsewhere)
	}
	o.sums()
}

// sums holds the stored book to its law: every entry and every balance.
func (o *office) sums() {
	o.t.Helper()
	if n := o.Count(`SELECT COUNT(*) FROM (SELECT entry_id FROM posting GROUP BY entry_id, currency HAVING SUM(amount) <> 0) x`); n != 0 {
		o.t.Fatalf("%d entries do not add up", n)
	}
	if n := o.Count(`SELECT COUNT(*) FROM account a WHERE a.balance <> (SELECT COALESCE(SUM(p.amount), 0) FROM posting p WHERE p.account_id = a.id)`); n != 0 {
		o.t.Fatalf("%d balances are not the sum of their postings", n)
	}
	if n := o.Count(`SELECT COUNT(*) FROM account WHERE balance < 0 AND kind NOT IN ('grant','bank','handed_out')`); n != 0 {
		o.t.Fatalf("%d accounts below zero", n)
	}
}

func (o *office) boxHolds(want int64) {
	o.t.Helper()
	if n := o.Count(`SELECT balance FROM account WHERE kind = 'cash_box' AND box_id = $1`, o.box); n != want {
		o.t.Fatalf("the box holds %d, want %d", n, want)
	}
}

func TestCashFromAskingToReceipt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		c, people := o.Family()
		l := o.cash(c.ID, people[0], 50_000)
		o.must(o.money.Propose(ctx, o.Staff["caseworker"], l))
		o.must(o.money.Propose(ctx, o.Staff["caseworker"], l)) // sent twice
		o.stands(950_000, 50_000, 0, 0, 0)

		// Nobody approves what they asked for.
		own := o.cash(c.ID, people[1], 100)
		o.must(o.money.Propose(ctx, o.Staff["manager"], own))
		o.refused(o.money.Approve(ctx, o.Staff["manager"], c.ID, own.ID), fault.Conflict, "", "ledger.err.own_line")
		o.refused(o.money.Refuse(ctx, o.Staff["manager"], c.ID, own.ID, "no"), fault.Conflict, "", "ledger.err.own_line")
		o.refused(o.money.Refuse(ctx, o.Staff["supervisor"], c.ID, own.ID, ""), fault.Invalid, "reason", "ledger.err.reason")
		o.read(func(ctx context.Context, r *gate.R) error {
			ws, err := ledger.WaitingForApproval(ctx, r)
			if len(ws) != 2 || ws[0].Own || !ws[1].Own || ws[0].PersonName != "Amina Testpour" || ws[0].AskedBy != "Test caseworker" || ws[0].Case.ID != c.ID {
				t.Errorf("waiting: %+v", ws)
			}
			return err
		})
		o.must(o.money.Refuse(ctx, o.Staff["supervisor"], c.ID, own.ID, "The amount is not in the programme"))
		o.stands(950_000, 50_000, 0, 0, 0)

		// Not before it is approved.
		_, err := o.money.HandOver(ctx, o.Staff["movement"], o.handing(l))
		o.refused(err, fault.Conflict, "", "ledger.err.not_payable")
		o.must(o.money.Approve(ctx, o.Staff["supervisor"], c.ID, l.ID))
		o.must(o.money.Approve(ctx, o.Staff["supervisor"], c.ID, l.ID))
		o.stands(950_000, 0, 50_000, 0, 0)
		if un := o.unmet(c.ID); len(un) != 4 {
			t.Errorf("cash of four people is not settled, got %v", un)
		}

		h := o.handing(l)
		for name, bad := range map[string]struct {
			change     func(*ledger.Handing)
			field, key string
		}{
			"own witness": {func(h *ledger.Handing) { h.WitnessID = o.Staff["movement"] }, "witness", "ledger.err.witness_self"},
			"no witness":  {func(h *ledger.Handing) { h.WitnessID = "" }, "witness", "ledger.err.witness"},
			"no box":      {func(h *ledger.Handing) { h.BoxID = "" }, "box", "ledger.err.box"},
			"no method":   {func(h *ledger.Handing) { h.Method = "nod" }, "method", "ledger.err.method"},
			"notes":       {func(h *ledger.Handing) { h.Notes = "fifty" }, "notes", "ledger.err.notes"},
			"notes sum":   {func(h *ledger.Handing) { h.Notes = "50x9" }, "notes", "ledger.err.notes_sum"},
		} {
			x := h
			bad.change(&x)
			_, err := o.money.HandOver(ctx, o.Staff["movement"], x)
			if err == nil {
				t.Fatalf("%s: paid", name)
			}
			o.refused(err, fault.Invalid, bad.field, bad.key)
		}
		h.Notes = " 50x8  20x5 "
		p, err := o.money.HandOver(ctx, o.Staff["movement"], h)
		o.must(err)
		again, err := o.money.HandOver(ctx, o.Staff["movement"], h)
		o.must(err)
		if p.ReceiptNo != "ATHENS-2026-000001" || again.ReceiptNo != p.ReceiptNo || p.Notes != "50x8 20x5" {
			t.Errorf("receipts %q and %q, notes %q", p.ReceiptNo, again.ReceiptNo, p.Notes)
		}
		h.ID = o.Gate.IDs.New() // a second receipt for the same line
		_, err = o.money.HandOver(ctx, o.Staff["movement"], h)
		o.refused(err, fault.Conflict, "", "ledger.err.not_payable")
		o.stands(950_000, 0, 0, 50_000, 0)
		o.boxHolds(150_000)
		o.read(func(ctx context.Context, r *gate.R) error {
			x, err := ledger.ReceiptFor(ctx, r, p.ID)
			if x.Payer != "Test movement" || x.Witness != "Test counsellor" || x.Approver != "Test supervisor" || x.Person.GivenNames != "Amina" || x.Case.No != c.No || x.Split[0].Minor != 37_500 || x.Split[1].Minor != 12_500 {
				t.Errorf("receipt %+v", x)
			}
			return err
		})
		for _, q := range people[1:] {
			o.must(o.money.RecordNotDue(ctx, o.Staff["caseworker"], o.Gate.IDs.New(), c.ID, q, "Not entitled at this age"))
		}
		if un := o.unmet(c.ID); len(un) != 0 {
			t.Errorf("everything is settled, got %v", un)
		}
		o.refused(o.money.RecordNotDue(ctx, o.Staff["caseworker"], o.Gate.IDs.New(), c.ID, people[0], "late"), fault.Invalid, "person", "ledger.err.has_cash")
		if n := o.Count(`SELECT COUNT(*) FROM task WHERE case_id = $1 AND code = 'approve_money' AND done_at = ''`, c.ID); n != 0 {
			t.Error("nothing waits for an approver, and the task is still there")
		}
	})
}

func (o *office) unmet(caseID string) (un []casefile.Unmet) {
	o.t.Helper()
	c := o.Get(caseID)
	o.read(func(ctx context.Context, r *gate.R) (err error) {
		un, err = o.money.Conditions()["cash.settled"](ctx, r, c)
		return err
	})
	return un
}

// A person who was paid did not board: the cash goes back into the box, and the book shows both.
func TestReversal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		c, people := o.Family()
		l := o.approved(c.ID, people[0], 50_000)
		p, err := o.money.HandOver(ctx, o.Staff["movement"], o.handing(l))
		o.must(err)
		o.must(o.Gate.Write(ctx, o.Staff["movement"], ledger.PermCash, func(ctx context.Context, w *gate.W) error {
			c, err := casefile.ByID(ctx, &w.R, c.ID)
			o.must(err)
			asked, err := o.money.NotBoarded(ctx, w, &c, people[0])
			if !asked {
				t.Error("nobody is told to take the cash back")
			}
			o.must(err)
			return casefile.Save(ctx, w, &c)
		}))
		o.refused(o.money.Reverse(ctx, o.Staff["movement"], c.ID, p.ID, ""), fault.Invalid, "reason", "ledger.err.reason")
		o.must(o.money.Reverse(ctx, o.Staff["movement"], c.ID, p.ID, "Did not board: zebrastreifen"))
		o.must(o.money.Reverse(ctx, o.Staff["movement"], c.ID, p.ID, "Did not board"))
		o.stands(950_000, 0, 50_000, 0, 0)
		o.boxHolds(200_000)
		if n := o.Count(`SELECT COUNT(*) FROM ledger_entry WHERE reverses = $1`, p.ID); n != 1 {
			t.Errorf("%d reversals", n)
		}
		if n := o.Count(`SELECT COUNT(*) FROM task WHERE case_id = $1 AND code = 'take_back_cash' AND done_at = ''`, c.ID); n != 0 {
			t.Error("the task to take the cash back is still open")
		}
		p2, err := o.money.HandOver(ctx, o.Staff["movement"], o.handing(l)) // the next flight
		o.must(err)
		if p2.ReceiptNo == p.ReceiptNo {
			t.Error("the same receipt number twice")
		}
		o.stands(950_000, 0, 0, 50_000, 0)
	})
}

func TestWithdrawalFreesMoney(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		c, people := o.Family()
		o.At(c.ID, "PREDEPARTURE_CASH")
		paid := o.approved(c.ID, people[0], 50_000)
		_, err := o.money.HandOver(ctx, o.Staff["movement"], o.handing(paid))
		o.must(err)
		o.approved(c.ID, people[1], 40_000)
		o.must(o.money.Propose(ctx, o.Staff["caseworker"], o.cash(c.ID, people[2], 30_000)))
		o.stands(880_000, 30_000, 40_000, 50_000, 0)
		freed, err := o.Cases.Withdraw(ctx, o.Staff["counsellor"], c.ID, "")
		o.must(err)
		if strings.Join(freed, " ") != "ledger.freed.money ledger.freed.to_return" {
			t.Errorf("freed %v", freed)
		}
		o.stands(950_000, 0, 0, 0, 50_000)
		o.read(func(ctx context.Context, r *gate.R) error {
			back, err := ledger.ToTakeBack(ctx, r)
			if len(back) != 1 || back[0].Line.ID != paid.ID {
				t.Errorf("to take back: %+v", back)
			}
			return err
		})
		o.refused(o.money.TakeBack(ctx, o.Staff["movement"], c.ID, paid.ID, ""), fault.Invalid, "box", "ledger.err.box")
		o.must(o.money.TakeBack(ctx, o.Staff["movement"], c.ID, paid.ID, o.box))
		o.must(o.money.TakeBack(ctx, o.Staff["movement"], c.ID, paid.ID, o.box))
		o.stands(1_000_000, 0, 0, 0, 0)
		o.boxHolds(200_000)

		// After the journey, what was paid stays with the person.
		c2, people2 := o.Family()
		l := o.approved(c2.ID, people2[0], 50_000)
		_, err = o.money.HandOver(ctx, o.Staff["movement"], o.handing(l))
		o.must(err)
		o.At(c2.ID, "POST_ARRIVAL")
		_, err = o.Cases.Withdraw(ctx, o.Staff["counsellor"], c2.ID, "")
		o.must(err)
		o.stands(950_000, 0, 0, 50_000, 0)
	})
}
