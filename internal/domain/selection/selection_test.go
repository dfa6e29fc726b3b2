package selection_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	. "github.com/nostos-avrr/nostos/internal/domain/selection"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

func TestOpenRound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := seat(t, d)
		in := Opening{ID: x.Gate.IDs.New(), Programme: "test", On: today, Budget: 300_000, Places: 2, Reserve: 1}
		_, err := x.room.OpenRound(ctx, x.Staff["supervisor"], in)
		x.refused(err, fault.Conflict, "", "selection.err.nobody")
		if x.Count(`SELECT COUNT(*) FROM selection_round`) != 0 {
			t.Fatal("a round without anybody was kept")
		}

		x.who("Sure", "vSU")
		x.who("Perhaps", "VU")
		x.who("Nobody knows", "s?VU")
		x.who("Does not want to", "vs")
		x.known[x.cases["Does not want to"].PrincipalID]["voluntary"] = []string{"no"}
		x.who("Decided", "vs")
		_, err = (&decision.Domain{Cases: x.Cases, More: []decision.Facts{func(_ context.Context, _ *gate.R, _ []casefile.Case, known decision.Known) error {
			for _, people := range known {
				for _, p := range people {
					if err := p.Facts.Set("voluntary", "yes"); err != nil {
						return err
					}
				}
			}
			return nil
		}}}).Decide(ctx, x.Staff["supervisor"],
			decision.Deciding{CaseID: x.cases["Decided"].ID, Component: "reintegration", Decision: "eligible", Reason: "Agreed long ago"})
		x.must(err)
		x.who("Withdrawn", "vs")
		_, err = x.Cases.Withdraw(ctx, x.Staff["counsellor"], x.cases["Withdrawn"].ID, "")
		x.must(err)

		for field, bad := range map[string]func(*Opening){"programme": func(o *Opening) { o.Programme = "nowhere" }, "on": func(o *Opening) { o.On = today.AddDays(1) }, "budget": func(o *Opening) { o.Budget = 0 }, "places": func(o *Opening) { o.Places = 0 },
			"reserve": func(o *Opening) { o.Reserve = 3 }, "fund": func(o *Opening) { o.FundID = x.Gate.IDs.New() }} {
			wrong := in
			bad(&wrong)
			_, err := x.room.OpenRound(ctx, x.Staff["supervisor"], wrong)
			x.refused(err, fault.Invalid, field, "selection.err."+field)
		}
		_, err = x.room.OpenRound(ctx, x.Staff["counsellor"], in)
		x.refused(err, fault.Denied, "", "fault.denied")

		m := &ledger.Domain{Gate: x.Gate, Packs: x.Packs}
		in.FundID = x.Gate.IDs.New()
		x.must(m.OpenFund(ctx, x.Staff["finance"], ledger.Fund{ID: in.FundID, Code: "T", Title: "T", Currency: "EUR", Budget: 299_999, From: day.New(2026, 1, 1), KeepYears: 5, Shares: []ledger.Share{{Payer: "EU", Percent: 100}}}))
		_, err = x.room.OpenRound(ctx, x.Staff["supervisor"], in)
		x.refused(err, fault.Invalid, "budget", "selection.err.fund_free")
		in.Budget = 299_998
		x.round, err = x.room.OpenRound(ctx, x.Staff["supervisor"], in)
		x.must(err)
		if x.round.No != 1 || x.round.Kept != 150_000 || x.round.Currency != "EUR" || x.round.Component != "reintegration" {
			t.Errorf("%+v", x.round)
		}
		x.is("who takes part", x.order(), "Sure 40-40 waiting", "Nobody knows 30-30 waiting", "Perhaps 0-30 waiting") // the money left beside the reserve is not enough for anybody
		again, err := x.room.OpenRound(ctx, x.Staff["supervisor"], in)
		x.must(err)
		if again.No != 1 || x.Count(`SELECT COUNT(*) FROM selection_round`) != 1 || x.journal("selection.opened") != 1 || x.journal("selection.entered") != 3 {
			t.Error("sent twice, opened twice")
		}
		// Nobody stands in two rounds at once.
		in.ID = x.Gate.IDs.New()
		_, err = x.room.OpenRound(ctx, x.Staff["supervisor"], in)
		x.refused(err, fault.Conflict, "", "selection.err.nobody")
		x.who("Applied later", "vsU")
		second, err := x.room.OpenRound(ctx, x.Staff["supervisor"], in)
		x.must(err)
		if second.No != 2 {
			t.Errorf("the second round has number %d", second.No)
		}
		x.round = second
		x.is("who takes part in the second", x.order(), "Applied later 70-70 waiting")
		// Who applied after the day is not in it.
		in.ID, in.On = x.Gate.IDs.New(), today.AddDays(-1)
		x.who("After the day", "vs")
		_, err = x.room.OpenRound(ctx, x.Staff["supervisor"], in)
		x.refused(err, fault.Conflict, "", "selection.err.nobody")
	})
}

// What was known is kept as it was, sealed, and gives the same points again.
func TestFrozenFacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := seat(t, d)
		c := x.who("Sure", "vU")
		x.open(2, 0)
		x.known[c.PrincipalID] = programme.Facts{"voluntary": {"no"}}
		var people []programme.PersonFacts
		var full Detail
		look := func() {
			x.must(x.Gate.Read(ctx, x.Staff["supervisor"], PermView, func(ctx context.Context, r *gate.R) (err error) {
				if people, err = FactsOf(ctx, r, x.round.ID, c.ID); err != nil {
					return err
				}
				s, err := x.room.Sheet(ctx, r, x.round.ID)
				if err != nil {
					return err
				}
				full, err = s.Detail(ctx, r, c.ID)
				return err
			}))
		}
		look()
		if d := cmp.Diff(x.Packs.All()[0].Selection.Score(people), full.Points); d != "" {
			t.Error("explained again it is something else", d)
		}
		if full.Points[0].Low != 40 || full.Points[1].Asks[0] != "skills" || full.Urgency.Result != programme.Fails || len(full.Clauses) != 1 || len(full.Costs) != 1 || full.Cost != 150_000 {
			t.Errorf("%+v", full)
		}
		for _, q := range []string{`SELECT points FROM selection_candidate`, `SELECT facts FROM selection_fact`} {
			x.must(d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
				b, err := db.One(ctx, tx, db.Value[[]byte], q)
				if bytes.Contains(b, []byte("vulnerable")) || len(b) == 0 {
					t.Errorf("%s lies in clear, or nowhere", q)
				}
				return err
			}))
		}
		x.must(x.Gate.Write(ctx, x.Staff["manager"], PermView, func(ctx context.Context, w *gate.W) error {
			if err := w.Vault().Destroy(ctx, w.Tx, c.PrincipalID, w.Now); err != nil {
				return err
			}
			return casefile.Record(ctx, w, c, journal.Entry{Action: "person.erased"})
		}))
		look()
		if !full.Erased || full.Points != nil || len(people[0].Facts) != 0 {
			t.Error("what was erased is still there")
		}
	})
}

func TestDecideAndClose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := seat(t, d)
		x.who("First", "vsU")
		x.who("Second", "vSU")
		x.who("Third", "VsU")
		x.who("Asked", "VU")
		x.who("Last", "VSU")
		x.open(2, 0)
		x.is("proposed", x.order(), "First 70-70 selected", "Second 40-40 selected", "Third 30-30 waiting", "Asked 0-30 waiting", "Last 0-0 waiting")

		x.refused(x.decide("First", "", ""), fault.Invalid, "outcome", "selection.err.outcome")
		x.refused(x.decide("Third", Chosen, ""), fault.Invalid, "reason", "selection.err.reason")
		x.refused(x.decide("First", Waiting, ""), fault.Invalid, "reason", "selection.err.reason")
		x.refused(x.decide("Last", NotChosen, ""), fault.Invalid, "reason", "selection.err.reason")
		alone := Deciding{RoundID: x.round.ID, CaseID: x.cases["First"].ID, Outcome: Chosen, Members: []string{x.Staff["supervisor"]}}
		x.refused(x.room.Decide(ctx, x.Staff["supervisor"], alone), fault.Invalid, "members", "selection.err.members")
		alone.Members = []string{x.Staff["supervisor"], x.Staff["supervisor"]}
		x.refused(x.room.Decide(ctx, x.Staff["supervisor"], alone), fault.Invalid, "members", "selection.err.member")
		alone.Members = []string{x.Staff["supervisor"], x.Staff["counsellor"]}
		x.refused(x.room.Decide(ctx, x.Staff["supervisor"], alone), fault.Invalid, "members", "selection.err.member")
		alone.Members, alone.Saw = []string{x.Staff["supervisor"], x.Staff["manager"]}, Behind
		x.refused(x.room.Decide(ctx, x.Staff["supervisor"], alone), fault.Conflict, "", "selection.err.moved")
		x.refused(x.room.Decide(ctx, x.Staff["counsellor"], alone), fault.Denied, "", "fault.denied")
		x.refused(x.room.Close(ctx, x.Staff["supervisor"], x.round.ID), fault.Conflict, "", "selection.err.undecided")

		x.must(x.decide("First", Chosen, ""))
		x.must(x.decide("Third", Chosen, "A place to train is free for this trade only"))
		x.is("with one chosen out of turn", x.order(), "First 70-70 chosen", "Second 40-40 waiting", "Third 30-30 chosen", "Asked 0-30 waiting", "Last 0-0 waiting")
		x.refused(x.decide("Second", Chosen, "They are next"), fault.Invalid, "outcome", "selection.err.no_place")
		x.must(x.decide("Third", Waiting, "")) // their mind changed: as it was proposed
		x.must(x.decide("Second", Chosen, ""))
		x.must(x.decide("Asked", Waiting, ""))
		x.must(x.decide("Last", NotChosen, "Moves in with a brother who runs a shop"))
		if n := x.Count(`SELECT COUNT(*) FROM eligibility_decision`); n != 0 {
			t.Fatalf("%d decisions before the round is closed", n)
		}
		x.must(x.room.Close(ctx, x.Staff["protection"], x.round.ID))
		x.is("decided about the first", x.decisions("First"), "eligible Test protection and Test supervisor: ")
		x.is("decided about the last", x.decisions("Last"), "not Test protection and Test supervisor: Moves in with a brother who runs a shop")
		x.is("decided about who waits", x.decisions("Third"))
		x.refused(x.decide("First", Waiting, "No"), fault.Conflict, "", "selection.err.closed")
		x.refused(x.decide("Third", Chosen, ""), fault.Invalid, "outcome", "selection.err.no_place")
		x.refused(x.room.Close(ctx, x.Staff["supervisor"], x.round.ID), fault.Conflict, "", "selection.err.closed")
		if x.journal("selection.decided") != 6 || x.journal("selection.closed") != 1 {
			t.Error("not everything stands in the journal")
		}

		// Who waited comes into the next round, and it is told.
		x.open(1, 0)
		x.is("the next round", x.order(), "Third 30-30 selected", "Asked 0-30 waiting")
		s := x.sheet("supervisor")
		if e := s.Entry(x.cases["Third"].ID); e.Waited != 1 {
			t.Errorf("on %d waiting lists", e.Waited)
		}
	})
}

// The day before, the day after: whoever withdraws has left, and the place is offered to the next, never lost in silence.
func TestWithdrawing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := seat(t, d)
		for i, n := range []string{"A", "B", "C", "D"} {
			x.who(n, []string{"vsU", "vSU", "VsU", "VSU"}[i])
		}
		x.open(2, 0)
		withdraw := func(name, want string) {
			t.Helper()
			freed, err := x.Cases.Withdraw(ctx, x.Staff["counsellor"], x.cases[name].ID, "")
			x.must(err)
			x.is(name+" withdraws", freed, want)
		}
		withdraw("D", "selection.freed.list")
		if x.tasks("C") != 0 {
			t.Fatal("a task although no place came free")
		}
		x.must(x.decide("A", Chosen, ""))
		withdraw("A", "selection.freed.place")
		x.is("after A withdrew", x.order(), "B 40-40 selected", "C 30-30 selected", "A 70-70 chosen", "D 0-0 ")
		if x.tasks("C") != 1 || x.tasks("B") != 0 || x.journal("selection.next") != 1 || x.journal("selection.left") != 2 {
			t.Fatal("the place did not pass on")
		}
		if c := x.Get(x.cases["C"].ID); c.NextStep != NextTask && c.Desk != casefile.NeedsAction {
			t.Errorf("the case of the next lies on desk %s with step %s", c.Desk, c.NextStep)
		}
		x.refused(x.decide("A", Waiting, "Gone"), fault.Conflict, "", "selection.err.left")
		x.must(x.decide("C", Waiting, "Their sister is to be asked first"))
		if x.tasks("C") != 0 {
			t.Error("the committee has spoken, and the task is still there")
		}
		x.must(x.decide("B", Chosen, ""))
		x.must(x.room.Close(ctx, x.Staff["supervisor"], x.round.ID))

		// In the closed round one place is still free, and after B's withdrawal two.
		withdraw("B", "selection.freed.place")
		if x.tasks("C") != 1 {
			t.Fatal("the place of B did not pass on")
		}
		x.refused(x.decide("C", NotChosen, "No"), fault.Conflict, "", "selection.err.closed")
		x.must(x.decide("C", Chosen, ""))
		x.is("decided afterwards", x.decisions("C"), "eligible Test protection and Test supervisor: ")
		if x.tasks("C") != 0 {
			t.Error("the task is still there")
		}
	})
}

// A case that is closed while the committee sits leaves the round; one that was chosen and has had its help keeps its place.
func TestClosingACase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := seat(t, d)
		x.who("A", "vsU")
		x.who("B", "vSU")
		x.open(1, 0)
		x.must(x.Cases.Close(ctx, x.Staff["supervisor"], x.cases["A"].ID, "died", ""))
		x.is("A's case is closed", x.order(), "B 40-40 selected", "A 70-70 ")
		if x.tasks("B") != 1 {
			t.Error("the place did not pass on")
		}
		x.must(x.decide("B", Chosen, ""))
		x.must(x.room.Close(ctx, x.Staff["supervisor"], x.round.ID))
		x.must(x.Cases.Close(ctx, x.Staff["supervisor"], x.cases["B"].ID, "support_ended", ""))
		x.is("B has had the help", x.order(), "B 40-40 chosen", "A 70-70 ")
	})
}

func TestReadAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := seat(t, d)
		x.who("A", "vSU")
		x.who("B", "VU?")
		x.who("C", "VSU")
		x.who("D", "VSU")
		x.open(1, 0)
		x.is("at first", x.order(), "A 40-40 selected", "B 0-30 waiting", "C 0-0 waiting", "D 0-0 waiting")
		x.learn(x.cases["B"].PrincipalID, "vsU")
		x.learn(x.cases["C"].PrincipalID, "vs")
		x.must(x.decide("C", Waiting, "")) // what the committee decided about stays as it was
		_, err := (&decision.Domain{Cases: x.Cases}).Decide(ctx, x.Staff["supervisor"], decision.Deciding{CaseID: x.cases["D"].ID, Component: "reintegration", Decision: "eligible", Reason: "Urgent"})
		x.must(err)
		n, err := x.room.ReadAgain(ctx, x.Staff["supervisor"], x.round.ID)
		x.must(err)
		x.is("read again", x.order(), "B 70-70 selected", "A 40-40 waiting", "C 0-0 waiting", "D 0-0 ")
		if n != 2 || x.journal("selection.read_again") != 1 {
			t.Errorf("%d changes", n)
		}
	})
}

func TestLowerReserve(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := seat(t, d)
		x.who("A", "vsU")
		x.who("B", "vSU")
		x.who("Urgent", "VSu")
		x.open(3, 2)
		x.is("two places are kept", x.order(), "A 70-70 selected", "B 40-40 waiting", "Urgent 0-0 reserve")
		x.must(x.decide("Urgent", Chosen, ""))
		for _, n := range []int64{-1, 0, 2, 3} {
			x.refused(x.room.LowerReserve(ctx, x.Staff["supervisor"], x.round.ID, n), fault.Invalid, "keep", "selection.err.keep")
		}
		x.must(x.decide("A", Chosen, ""))
		x.refused(x.decide("B", Chosen, "They need it"), fault.Invalid, "outcome", "selection.err.no_place")
		x.must(x.room.LowerReserve(ctx, x.Staff["supervisor"], x.round.ID, 1))
		x.is("one place is kept, and given", x.order(), "A 70-70 chosen", "B 40-40 selected", "Urgent 0-0 chosen")
		x.must(x.decide("B", Chosen, ""))
		if s := x.sheet("supervisor"); s.Reserve != 1 || s.Kept != 150_000 || x.journal("selection.reserve_lowered") != 1 {
			t.Errorf("%+v", s.Limits)
		}
	})
}
