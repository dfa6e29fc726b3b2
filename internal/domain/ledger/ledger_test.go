package ledger_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
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

func TestBudgetAndFunds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		c, people := o.Family()
		o.refused(o.money.Propose(ctx, o.Staff["caseworker"], o.cash(c.ID, people[0], 1_000_001)), fault.Conflict, "", "ledger.err.no_fund")
		named := o.cash(c.ID, people[0], 1_000_001)
		named.FundID = o.fund
		o.refused(o.money.Propose(ctx, o.Staff["caseworker"], named), fault.Conflict, "", "ledger.err.budget")
		if n := o.Count(`SELECT COUNT(*) FROM ledger_line`); n != 0 {
			t.Errorf("a refused amount left %d lines", n)
		}
		o.approved(c.ID, people[0], 900_000)
		f := o.standing().Fund
		f.Budget = 800_000
		o.refused(o.money.ChangeFund(ctx, o.Staff["finance"], f), fault.Conflict, "", "ledger.err.budget")
		f.Budget = 900_000
		o.must(o.money.ChangeFund(ctx, o.Staff["finance"], f))
		o.refused(o.money.ChangeFund(ctx, o.Staff["finance"], f), fault.Stale, "", "ledger.err.fund_stale")
		o.stands(0, 0, 900_000, 0, 0)

		bad := o.newFund(o.Gate.IDs.New(), "TEST-1", 5)
		o.refused(o.money.OpenFund(ctx, o.Staff["finance"], bad), fault.Invalid, "code", "ledger.err.fund_twin")
		bad.Code, bad.Shares = "X", []ledger.Share{{Payer: "EU", Percent: 75}}
		o.refused(o.money.OpenFund(ctx, o.Staff["finance"], bad), fault.Invalid, "shares", "ledger.err.shares")
		o.refused(o.money.OpenFund(ctx, o.Staff["counsellor"], bad), fault.Denied, "", "fault.denied")
		o.must(o.money.OpenFund(ctx, o.Staff["finance"], f)) // the same id: nothing
		o.stands(0, 0, 900_000, 0, 0)

		// Each number is the sum of the list behind it; who sees less of the cases sees less of the money, and the rest as one sum.
		o.read(func(ctx context.Context, r *gate.R) error {
			bs, err := ledger.BehindNumber(ctx, r, f, "commitment")
			if len(bs) != 1 || bs[0].Amount != 900_000 || bs[0].Case.ID != c.ID {
				t.Errorf("behind: %+v", bs)
			}
			return err
		})
		o.must(o.Gate.Read(ctx, o.Staff["other"], ledger.PermView, func(ctx context.Context, r *gate.R) error {
			s, err := ledger.StandingOf(ctx, r, f)
			if s.Committed != 0 || s.Elsewhere != 900_000 {
				t.Errorf("another office sees %+v", s)
			}
			bs, err2 := ledger.BehindNumber(ctx, r, f, "commitment")
			if len(bs) != 0 {
				t.Errorf("another office sees the cases %+v", bs)
			}
			o.must(err2)
			return err
		}))
		var out bytes.Buffer
		o.must(o.money.Export(ctx, o.Staff["finance"], o.fund, &out))
		if s := out.String(); !strings.Contains(s, "EU 75") || !strings.Contains(s, "-9000.00,EUR") || !strings.Contains(s, "6750.00") || !strings.Contains(s, c.No) || strings.Contains(s, "Amina") {
			t.Errorf("export:\n%s", s)
		}
		if n := o.Count(`SELECT COUNT(*) FROM journal WHERE action = 'ledger.exported'`); n != 1 {
			t.Error("an export that is not in the journal")
		}
	})
}

func TestExportIsNoFormula(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		f := o.newFund(o.Gate.IDs.New(), "TEST-2", 100)
		f.Shares = []ledger.Share{{Payer: "=cmd|' /C calc'!A0", Percent: 100}}
		o.must(o.money.OpenFund(ctx, o.Staff["finance"], f))
		var out bytes.Buffer
		o.must(o.money.Export(ctx, o.Staff["finance"], f.ID, &out))
		if s := out.String(); strings.Contains(s, ",=cmd") || !strings.Contains(s, "'=cmd") {
			t.Errorf("a formula got out:\n%s", s)
		}
	})
}

func TestBoxIsCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		c := ledger.Count{ID: o.Gate.IDs.New(), BoxID: o.box, On: day.New(2026, 3, 2), Flight: "A3 600", Counted: 199_000}
		_, err := o.money.CountBox(ctx, o.Staff["movement"], c)
		o.refused(err, fault.Invalid, "note", "ledger.err.difference")
		c.Note = "Ten euros missing, asked Test finance"
		got, err := o.money.CountBox(ctx, o.Staff["movement"], c)
		o.must(err)
		if got.Expected != 200_000 {
			t.Errorf("expected %d", got.Expected)
		}
		_, err = o.money.CountBox(ctx, o.Staff["movement"], c)
		o.must(err)
		o.boxHolds(200_000) // the book is not bent to the count
		if n := o.Count(`SELECT COUNT(*) FROM cash_count`); n != 1 {
			t.Errorf("%d counts", n)
		}
		o.refused(o.money.FillBox(ctx, o.Staff["finance"], o.Gate.IDs.New(), o.box, money.Of(-200_001, "EUR")), fault.Conflict, "", "ledger.err.box_short")
		_, err = o.money.CountBox(ctx, o.Staff["reintegration"], c)
		o.refused(err, fault.Denied, "", "fault.denied")
	})
}

func TestEntitlementsAreReserved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		c, people := o.Family()
		amount := int64(100_000)
		o.money.Entitled = func(context.Context, *gate.R, casefile.Case) ([]programme.Line, error) {
			line := func(p string, v programme.Verdict) programme.Line {
				return programme.Line{Code: "cash_mainland", Component: "cash", PersonID: p, Verdict: v, Amount: money.Of(amount, "EUR"), Modality: "cash"}
			}
			return []programme.Line{line(people[0], programme.Eligible), line(people[1], programme.Undecided),
				{Code: "in_kind", Component: "reintegration", Verdict: programme.Eligible, Amount: money.Of(150_000, "EUR"), Ceiling: true, Modality: "in_kind"}}, nil
		}
		o.must(o.money.ReserveEntitled(ctx, o.Staff["caseworker"], c.ID))
		o.must(o.money.ReserveEntitled(ctx, o.Staff["caseworker"], c.ID))
		o.stands(750_000, 250_000, 0, 0, 0)
		amount = 50_000 // the zone was written down wrongly
		o.must(o.money.ReserveEntitled(ctx, o.Staff["caseworker"], c.ID))
		o.stands(800_000, 200_000, 0, 0, 0)
		if n := o.Count(`SELECT COUNT(*) FROM ledger_line WHERE case_id = $1 AND state = 'planned'`, c.ID); n != 2 {
			t.Errorf("%d lines stand", n)
		}
		// Only who is entitled to cash, or may be, has it to be settled.
		if un := o.unmet(c.ID); len(un) != 2 {
			t.Errorf("unmet %v", un)
		}
		_, err := o.money.SheetOf(ctx, o.Staff["finance"], c.ID)
		o.must(err)
	})
}

func TestOutsideScopeIsNotFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		c, people := o.Family()
		l := o.approved(c.ID, people[0], 50_000)
		p, err := o.money.HandOver(ctx, o.Staff["movement"], o.handing(l))
		o.must(err)
		// The same id from elsewhere, a case of another office, a line of another case.
		_, err = o.money.SheetOf(ctx, o.Staff["other"], c.ID)
		o.refused(err, fault.NotFound, "", "fault.not_found")
		err = o.Gate.Read(ctx, o.Staff["other"], ledger.PermView, func(ctx context.Context, r *gate.R) error {
			x, err := ledger.ReceiptFor(ctx, r, p.ID)
			if err != nil && x.ReceiptNo != "" {
				t.Error("the refusal tells the receipt's number")
			}
			return err
		})
		o.refused(err, fault.NotFound, "", "fault.not_found")
		c2, people2 := o.Family()
		o.refused(o.money.Approve(ctx, o.Staff["supervisor"], c2.ID, l.ID), fault.NotFound, "", "fault.not_found")
		twin := o.cash(c2.ID, people2[0], 1)
		twin.ID = l.ID
		o.refused(o.money.Propose(ctx, o.Staff["caseworker"], twin), fault.NotFound, "", "fault.not_found")
		if n := o.Count(`SELECT COUNT(*) FROM journal WHERE action = 'access.refused'`); n == 0 {
			t.Error("the attempts are not in the journal")
		}
	})
}

func TestWordsAreSealed(t *testing.T) {
	d, path := dbtest.SQLiteAt(t)
	o := setup(t, d)
	c, people := o.Family()
	l := o.cash(c.ID, people[0], 50_000)
	l.Modality, l.Note = "service", "geheimgrund"
	o.must(o.money.Propose(ctx, o.Staff["caseworker"], l))
	o.must(o.money.Approve(ctx, o.Staff["supervisor"], c.ID, l.ID))
	p, err := o.money.Pay(ctx, o.Staff["finance"], o.Gate.IDs.New(), c.ID, l.ID, "ueberweisung", day.New(2026, 3, 1))
	o.must(err)
	o.must(o.money.Reverse(ctx, o.Staff["finance"], c.ID, p.ID, "rueckbuchung"))
	o.mustNotContain(path, "geheimgrund", "ueberweisung", "rueckbuchung")
	x, err := o.money.SheetOf(ctx, o.Staff["finance"], c.ID)
	o.must(err)
	if x.Lines[0].Note != "geheimgrund" || x.Reversed[0].Reference != "ueberweisung" || x.Reversed[0].Reason != "rueckbuchung" {
		t.Errorf("read back %q %q %q", x.Lines[0].Note, x.Reversed[0].Reference, x.Reversed[0].Reason)
	}
}

// Random hands on the real commands: however they come, the stored book obeys, and a repeated id changes nothing.
func TestCommandsKeepTheBook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		c, people := o.Family()
		rounds := 0
		rapid.Check(t, func(rt *rapid.T) {
			if rounds++; rounds > 12 { // each round is dozens of transactions; the pure rules have their own property
				return
			}
			var lines []ledger.Line
			pick := func() ledger.Line { return lines[rapid.IntRange(0, len(lines)-1).Draw(rt, "line")] }
			try := func(err error) {
				if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
					rt.Fatal(err)
				}
			}
			for range rapid.IntRange(4, 14).Draw(rt, "steps") {
				what := rapid.SampledFrom([]string{"propose", "approve", "release", "pay", "reverse", "refuse"}).Draw(rt, "what")
				if what == "propose" || len(lines) == 0 {
					l := o.cash(c.ID, rapid.SampledFrom(people).Draw(rt, "who"), rapid.Int64Range(1, 400_000).Draw(rt, "amount"))
					lines = append(lines, l)
					try(o.money.Propose(ctx, o.Staff["caseworker"], l))
					before := o.Count(`SELECT COUNT(*) FROM posting`)
					try(o.money.Propose(ctx, o.Staff["caseworker"], l))
					if o.Count(`SELECT COUNT(*) FROM ledger_line WHERE id = $1`, l.ID) == 1 && o.Count(`SELECT COUNT(*) FROM posting`) != before {
						rt.Fatal("asking twice under one id reserved twice")
					}
					o.sums()
					continue
				}
				l := pick()
				switch what {
				case "approve":
					try2(o.money.Approve(ctx, o.Staff["supervisor"], c.ID, l.ID), try)
				case "refuse":
					try2(o.money.Refuse(ctx, o.Staff["second"], c.ID, l.ID, "no"), try)
				case "release":
					try2(o.money.Release(ctx, o.Staff["caseworker"], c.ID, l.ID, "not needed"), try)
				case "pay":
					_, err := o.money.HandOver(ctx, o.Staff["movement"], o.handing(l))
					try2(err, try)
				case "reverse":
					x, err := o.money.SheetOf(ctx, o.Staff["finance"], c.ID)
					o.must(err)
					if p, ok := x.Payments[l.ID]; ok {
						try(o.money.Reverse(ctx, o.Staff["finance"], c.ID, p.ID, "did not board"))
					}
				}
				o.sums()
			}
			s := o.standing()
			if s.Free+s.Reserved+s.Committed+s.Paid+s.Return != s.Budget || s.Free < 0 {
				rt.Fatalf("the fund: %+v", s)
			}
		})
	})
}

// try2 lets a line that was never written be not found.
func try2(err error, try func(error)) {
	if !fault.Is(err, fault.NotFound) {
		try(err)
	}
}
