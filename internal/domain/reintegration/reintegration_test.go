package reintegration_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/reintegration"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

var ctx = context.Background()

var today = day.New(2026, 3, 2)

type office struct {
	*world.World
	t     testing.TB
	room  *reintegration.Domain
	money *ledger.Domain
	c     casefile.Case
	me    string // the reintegration officer
}

// setup brings a family home, with 1,500 euros kept aside for their plan; the case is with the office of origin.
func setup(t testing.TB, d *db.DB) *office {
	t.Helper()
	w := world.New(t, d)
	m := &ledger.Domain{Gate: w.Gate, Packs: w.Packs}
	o := &office{World: w, t: t, money: m, room: &reintegration.Domain{Gate: w.Gate, Money: m}, me: w.Staff["reintegration"]}
	w.Cases.OnWithdraw = []casefile.Reaction{o.room.OnWithdraw, m.OnWithdraw}
	w.Cases.BeforeShut = []casefile.Condition{o.room.Settled, m.Settled}
	o.c, _ = w.Family()
	o.must(m.OpenFund(ctx, w.Staff["finance"], ledger.Fund{ID: w.Gate.IDs.New(), Code: "T", Title: "Return fund", Currency: "EUR", Budget: 1_000_000, From: day.New(2026, 1, 1), KeepYears: 5, Shares: []ledger.Share{{Payer: "EU", Percent: 100}}}))
	o.must(m.Propose(ctx, w.Staff["caseworker"], ledger.Line{ID: w.Gate.IDs.New(), CaseID: o.c.ID, Code: "in_kind", Component: "reintegration", Modality: "in_kind", Ceiling: true, Amount: 150_000, Currency: "EUR"}))
	o.must(w.Cases.SendHandOver(ctx, w.Staff["counsellor"], casefile.HandOver{ID: w.Gate.IDs.New(), CaseID: o.c.ID, To: w.Offices["islamabad"], Message: "The family wants to open a shop."}))
	o.must(w.Cases.AcceptHandOver(ctx, o.me, o.c.ID))
	o.At(o.c.ID, "REINT_PLAN")
	return o
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

func (o *office) plan(amounts ...int64) reintegration.Plan {
	p := reintegration.Plan{ID: o.Gate.IDs.New(), CaseID: o.c.ID, Economic: "Live from a grocery within a year"}
	for _, n := range amounts {
		p.Items = append(p.Items, reintegration.Item{Category: "business", Description: "Goods and a fridge", Supplier: "Bazaar shop", Modality: "in_kind", Amount: n, Evidence: "receipt"})
	}
	return p
}

func (o *office) plans() (ps []reintegration.Plan) {
	o.t.Helper()
	o.must(o.Gate.Read(ctx, o.me, reintegration.PermView, func(ctx context.Context, r *gate.R) (err error) {
		ps, err = reintegration.Plans(ctx, r, o.c.ID)
		return err
	}))
	return ps
}

// approved writes a plan and has it approved.
func (o *office) approved(amounts ...int64) reintegration.Plan {
	o.t.Helper()
	p := o.plan(amounts...)
	o.must(o.room.WritePlan(ctx, o.me, p, 0))
	o.must(o.room.Submit(ctx, o.me, o.c.ID, p.ID))
	o.must(o.room.Approve(ctx, o.Staff["supervisor"], o.c.ID, p.ID, "Sound and affordable"))
	return o.plans()[0]
}

func (o *office) account(kind string) int64 {
	return o.Count(`SELECT COALESCE(SUM(balance), 0) FROM account WHERE case_id = $1 AND kind = $2`, o.c.ID, kind)
}

func (o *office) stands(reserved, committed, paid int64) {
	o.t.Helper()
	if r, c, p := o.account("reserved"), o.account("commitment"), o.account("paid"); r != reserved || c != committed || p != paid {
		o.t.Fatalf("reserved %d committed %d paid %d", r, c, p)
	}
	if n := o.Count(`SELECT COUNT(*) FROM (SELECT entry_id FROM posting GROUP BY entry_id HAVING SUM(amount) <> 0) x`); n != 0 {
		o.t.Fatal("the book does not add up")
	}
}

func (o *office) unmet(name string) (un []casefile.Unmet) {
	o.t.Helper()
	c := o.Get(o.c.ID)
	o.must(o.Gate.Read(ctx, o.me, reintegration.PermView, func(ctx context.Context, r *gate.R) (err error) {
		un, err = o.room.Conditions()[name](ctx, r, c)
		return err
	}))
	return un
}

func TestFromPlanToLastReceipt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		over := o.plan(100_000, 50_001)
		o.must(o.room.WritePlan(ctx, o.me, over, 0))
		o.must(o.room.WritePlan(ctx, o.me, over, 0)) // sent twice
		o.refused(o.room.Submit(ctx, o.me, o.c.ID, over.ID), fault.Conflict, "", "reintegration.err.over_budget")
		p := o.plans()[0]
		p.Items[1].Amount = 50_000
		o.refused(o.room.WritePlan(ctx, o.me, p, p.Revision+7), fault.Stale, "", "reintegration.err.stale")
		o.must(o.room.WritePlan(ctx, o.me, p, p.Revision))
		o.refused(o.room.WritePlan(ctx, o.me, o.plan(1), 0), fault.Conflict, "", "reintegration.err.plan_open")
		o.must(o.room.Submit(ctx, o.me, o.c.ID, p.ID))
		o.refused(o.room.WritePlan(ctx, o.me, o.plans()[0], o.plans()[0].Revision), fault.Conflict, "", "reintegration.err.plan_closed")
		o.stands(150_000, 0, 0)
		if un := o.unmet("reintegration.plan_approved"); len(un) != 1 || un[0].Key != "reintegration.unmet.approval" {
			t.Errorf("unmet %v", un)
		}
		o.must(o.Gate.Read(ctx, o.Staff["supervisor"], reintegration.PermView, func(ctx context.Context, r *gate.R) error {
			ws, err := reintegration.WaitingForApproval(ctx, r)
			if len(ws) != 1 || ws[0].Cost != 150_000 || ws[0].Own || ws[0].AuthorName != "Test reintegration" || ws[0].Case.ID != o.c.ID {
				t.Errorf("waiting %+v", ws)
			}
			return err
		}))
		o.refused(o.room.Approve(ctx, o.Staff["supervisor"], o.c.ID, p.ID, ""), fault.Invalid, "reason", "reintegration.err.reason")
		o.refused(o.room.Approve(ctx, o.me, o.c.ID, p.ID, "Mine"), fault.Denied, "", "fault.denied")
		o.must(o.room.SendBack(ctx, o.Staff["supervisor"], o.c.ID, p.ID, "Which shop?"))
		o.must(o.room.WritePlan(ctx, o.me, o.plans()[0], o.plans()[0].Revision))
		o.must(o.room.Submit(ctx, o.me, o.c.ID, p.ID))
		o.must(o.room.Approve(ctx, o.Staff["supervisor"], o.c.ID, p.ID, "Sound and affordable"))
		o.must(o.room.Approve(ctx, o.Staff["supervisor"], o.c.ID, p.ID, "Sound and affordable"))
		o.stands(0, 150_000, 0)
		if len(o.unmet("reintegration.plan_approved")) != 0 || len(o.unmet("reintegration.delivered")) != 1 {
			t.Error("approved, and nothing delivered yet")
		}

		p = o.plans()[0]
		a, b := p.Items[0].Ref, p.Items[1].Ref
		pay := o.Gate.IDs.New()
		o.refused(o.room.Order(ctx, o.me, o.c.ID, a, today), fault.Conflict, "", "reintegration.err.item_state")
		o.refused(o.room.TakeQuotes(ctx, o.me, o.c.ID, a, nil, ""), fault.Invalid, "justification", "reintegration.err.three_quotes")
		o.must(o.room.TakeQuotes(ctx, o.me, o.c.ID, a, []reintegration.Quote{{Supplier: "X", Amount: 95_000, Chosen: true}, {Supplier: "Y", Amount: 96_000}, {Supplier: "Z", Amount: 99_000}}, ""))
		o.must(o.room.Order(ctx, o.me, o.c.ID, a, today))
		o.refused(o.room.Deliver(ctx, o.me, o.c.ID, a, today, "R 17", 100_001, ""), fault.Invalid, "actual", "reintegration.err.over_item")
		o.refused(o.room.Deliver(ctx, o.me, o.c.ID, a, today.AddDays(-1), "R 17", 1, ""), fault.Invalid, "on", "reintegration.err.before_order")
		o.refused(o.room.Deliver(ctx, o.me, o.c.ID, a, today, "R 17", 95_000, "no-such-paper"), fault.Invalid, "proof", "reintegration.err.proof")
		o.must(o.room.Deliver(ctx, o.me, o.c.ID, a, today, "R 17", 95_000, ""))
		o.refused(o.room.Confirm(ctx, o.me, o.c.ID, a, pay, today.AddDays(1)), fault.Invalid, "on", "reintegration.err.date_past")
		o.must(o.room.Confirm(ctx, o.me, o.c.ID, a, pay, today))
		o.must(o.room.Confirm(ctx, o.me, o.c.ID, a, o.Gate.IDs.New(), today))
		o.stands(5_000, 50_000, 95_000) // what it cost less went back to the budget
		_, err := o.room.GiveRestBack(ctx, o.me, o.c.ID)
		o.refused(err, fault.Conflict, "", "reintegration.unmet.items")
		o.refused(o.Cases.Close(ctx, o.me, o.c.ID, "support_ended", ""), fault.Conflict, "", "case.err.missing")
		o.must(o.room.Drop(ctx, o.me, o.c.ID, b, "They found a shop with shelves"))
		o.must(o.room.Drop(ctx, o.me, o.c.ID, b, "again"))
		o.stands(55_000, 0, 95_000)
		if len(o.unmet("reintegration.delivered")) != 0 {
			t.Error("everything is delivered or dropped")
		}
		rest, err := o.room.GiveRestBack(ctx, o.me, o.c.ID)
		o.must(err)
		if rest.Minor != 55_000 {
			t.Errorf("the rest is %v", rest)
		}
		o.stands(0, 0, 95_000)
		o.must(o.Cases.Close(ctx, o.me, o.c.ID, "support_ended", ""))
	})
}

// After an approval a plan changes only as a new version, with a new approval; what is ordered stays.
func TestAmendment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		p := o.approved(60_000, 60_000, 20_000)
		o.refused(o.room.WritePlan(ctx, o.me, p, p.Revision), fault.Conflict, "", "reintegration.err.plan_closed")
		first := p.Items[0].Ref
		o.must(o.room.TakeQuotes(ctx, o.me, o.c.ID, first, nil, "One shop only"))
		o.must(o.room.Order(ctx, o.me, o.c.ID, first, today))
		next := p
		next.ID = o.Gate.IDs.New()
		next.Items = append([]reintegration.Item(nil), p.Items[1:]...)
		o.refused(o.room.WritePlan(ctx, o.me, next, 0), fault.Conflict, "", "reintegration.err.item_started")
		next.Items = []reintegration.Item{p.Items[0], p.Items[1]}
		next.Items[1].Amount = 85_000
		o.must(o.room.WritePlan(ctx, o.me, next, 0))
		o.must(o.room.Submit(ctx, o.me, o.c.ID, next.ID))
		o.stands(10_000, 140_000, 0) // nothing moves before the approval
		o.must(o.room.Approve(ctx, o.Staff["manager"], o.c.ID, next.ID, "The shop is dearer"))
		o.stands(5_000, 145_000, 0)
		ps := o.plans()
		if len(ps) != 2 || ps[0].Version != 2 || ps[0].State != "approved" || ps[1].State != "replaced" || ps[0].Items[0].Delivery.State != "ordered" {
			t.Errorf("versions: %+v", ps)
		}
		// An item of somebody else's plan has no place here.
		bad := o.plan(1)
		bad.Items[0].Ref = o.Gate.IDs.New()
		bad.Items = append(bad.Items, ps[0].Items...)
		o.refused(o.room.WritePlan(ctx, o.me, bad, 0), fault.Invalid, "", "fault.form_broken")
	})
}

func TestHelpAndAssessment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		if len(o.unmet("post_arrival.done")) != 1 || len(o.unmet("reintegration.assessed")) != 1 {
			t.Error("nothing was given or asked yet")
		}
		o.refused(o.room.GiveHelp(ctx, o.me, o.c.ID, []reintegration.Help{{Kind: "food", Answer: "given", On: today.AddDays(1)}}), fault.Invalid, "on_food", "reintegration.err.date_past")
		o.refused(o.room.GiveHelp(ctx, o.me, o.c.ID, []reintegration.Help{{Kind: "food", Answer: "given", On: today, Proof: "x"}}), fault.Invalid, "proof_food", "reintegration.err.proof")
		o.refused(o.room.GiveHelp(ctx, o.Staff["monitoring"], o.c.ID, nil), fault.Denied, "", "fault.denied")
		var hs []reintegration.Help
		for _, k := range reintegration.HelpKinds {
			hs = append(hs, reintegration.Help{Kind: k, Answer: "not_needed"})
		}
		hs[0] = reintegration.Help{Kind: "meet", Answer: "given", On: today}
		o.must(o.room.GiveHelp(ctx, o.me, o.c.ID, hs[:4]))
		if len(o.unmet("post_arrival.done")) != 1 {
			t.Error("half of it is not all")
		}
		o.must(o.room.GiveHelp(ctx, o.me, o.c.ID, hs))
		rev := o.Get(o.c.ID).Revision
		o.must(o.room.GiveHelp(ctx, o.me, o.c.ID, hs)) // again: nothing
		if len(o.unmet("post_arrival.done")) != 0 || o.Get(o.c.ID).Revision != rev {
			t.Error("everything is answered, and saying it again changes nothing")
		}
		a := reintegration.Assessment{ID: o.Gate.IDs.New(), CaseID: o.c.ID, On: today, Economic: 2, Social: 3, Psychosocial: 9, WorkYears: 4, Results: "Cooks well"}
		o.refused(o.room.Assess(ctx, o.me, a), fault.Invalid, "psychosocial", "reintegration.err.level")
		a.Psychosocial = 4
		o.must(o.room.Assess(ctx, o.me, a))
		o.must(o.room.Assess(ctx, o.me, a))
		if len(o.unmet("reintegration.assessed")) != 0 || o.Count(`SELECT COUNT(*) FROM needs_assessment`) != 1 {
			t.Error("assessed once")
		}
	})
}

func TestWithdrawalFreesThePlan(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		p := o.approved(60_000, 40_000)
		next := p
		next.ID = o.Gate.IDs.New()
		o.must(o.room.WritePlan(ctx, o.me, next, 0))
		o.must(o.room.Submit(ctx, o.me, o.c.ID, next.ID))
		freed, err := o.Cases.Withdraw(ctx, o.me, o.c.ID, "")
		o.must(err)
		if !strings.Contains(strings.Join(freed, " "), "reintegration.freed.plan") || !strings.Contains(strings.Join(freed, " "), "ledger.freed.money") {
			t.Errorf("freed %v", freed)
		}
		o.stands(0, 0, 0)
		o.refused(o.room.Approve(ctx, o.Staff["supervisor"], o.c.ID, next.ID, "Yes"), fault.Conflict, "", "case.err.not_open")
	})
}

func TestOutsideScope(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		p := o.approved(60_000)
		stranger, _ := o.Family() // not handed over to Islamabad
		o.refused(o.room.Assess(ctx, o.me, reintegration.Assessment{CaseID: stranger.ID}), fault.NotFound, "", "fault.not_found")
		o.refused(o.room.Submit(ctx, o.me, stranger.ID, p.ID), fault.NotFound, "", "fault.not_found")
		o.refused(o.room.Order(ctx, o.me, o.c.ID, "no-such-item", today), fault.NotFound, "", "fault.not_found")
		other, _ := o.Family()
		q := o.plan(1)
		q.ID, q.CaseID = p.ID, other.ID
		o.refused(o.room.WritePlan(ctx, o.Staff["counsellor"], q, 0), fault.Denied, "", "fault.denied")
	})
}

func TestWordsAreSealed(t *testing.T) {
	d, path := dbtest.SQLiteAt(t)
	o := setup(t, d)
	p := o.plan(60_000)
	p.Economic, p.Items[0].Description, p.Items[0].Supplier = "zielwort", "sachwort", "haendlerwort"
	o.must(o.room.WritePlan(ctx, o.me, p, 0))
	o.must(o.room.Submit(ctx, o.me, o.c.ID, p.ID))
	o.must(o.room.Approve(ctx, o.Staff["supervisor"], o.c.ID, p.ID, "grundwort"))
	ref := o.plans()[0].Items[0].Ref
	o.must(o.room.TakeQuotes(ctx, o.me, o.c.ID, ref, []reintegration.Quote{{Supplier: "angebotswort", Amount: 50_000, Chosen: true}}, "begruendungswort"))
	o.must(o.room.Order(ctx, o.me, o.c.ID, ref, today))
	o.must(o.room.Deliver(ctx, o.me, o.c.ID, ref, today, "rechnungswort", 50_000, ""))
	o.must(o.room.Assess(ctx, o.me, reintegration.Assessment{CaseID: o.c.ID, On: today, Economic: 1, Social: 1, Psychosocial: 1, Results: "ergebniswort"}))
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(file)
		o.must(err)
		for _, word := range []string{"zielwort", "sachwort", "haendlerwort", "grundwort", "angebotswort", "begruendungswort", "rechnungswort", "ergebniswort"} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%q stands in %s in clear", word, file)
			}
		}
	}
	it := o.plans()[0].Items[0]
	if it.Description != "sachwort" || it.Supplier != "haendlerwort" || it.Delivery.Quotes[0].Supplier != "angebotswort" || it.Delivery.Invoice != "rechnungswort" {
		t.Errorf("read back %+v", it)
	}
}
