package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

// firstCome opens an office whose programme gives 100 euros to the first n persons, and a plan to the first n cases.
func firstCome(t *testing.T, d *db.DB, n int64) (*office, *decision.Domain) {
	o := setup(t, d)
	p := o.Packs.All()[0]
	p.Components = []programme.Component{{Code: "return", Clauses: []programme.Clause{world.Clause("any", "age >= 0")}}, {Code: "early", Clauses: []programme.Clause{world.Clause("any", "age >= 0")}}}
	p.Quotas = []programme.Quota{{Code: "first", Seats: n}, {Code: "plans", Seats: n}}
	p.Amounts = []programme.Amount{
		{Code: "bonus", Component: "early", Per: "person", Modality: "cash", Quota: "first", Tiers: []programme.Tier{{Amount: money.Of(10_000, "EUR")}}, When: []programme.Clause{world.Clause("adult", "age >= 18")}},
		{Code: "plan", Component: "early", Per: "case", Modality: "in_kind", Ceiling: true, Quota: "plans", Tiers: []programme.Tier{{Amount: money.Of(1_000, "EUR")}}}}
	rules := &decision.Domain{Cases: o.Cases, Decided: o.money.OnDecision}
	o.money.Entitled = func(ctx context.Context, r *gate.R, c casefile.Case) ([]programme.Line, error) {
		people, err := rules.People(ctx, r, c)
		if err != nil {
			return nil, err
		}
		decided, err := decision.DecidedIn(ctx, r, []string{c.ID})
		if err != nil {
			return nil, err
		}
		seats, err := programme.SeatsOf(ctx, r, p, c.ID)
		return programme.Entitle(p, programme.Question{People: people, Decided: decided[c.ID], Seats: seats}).Lines, err
	}
	o.Cases.OnClose = []casefile.Reaction{o.money.OnClose}
	return o, rules
}

// alone opens a case for one adult.
func (o *office) alone(n int) casefile.Case {
	return o.Case(o.Person("Amina", fmt.Sprintf("Testpour %d", n), "female", "1991-05-04", "PK"))
}

// holds lists who holds a place of the quota, by seat.
func (o *office) holds(quota string) (out []string) {
	o.t.Helper()
	o.read(func(ctx context.Context, r *gate.R) (err error) {
		out, err = db.All(ctx, r.Tx, func(s db.Row) (string, error) {
			var seat int64
			var c string
			err := s.Scan(&seat, &c)
			return fmt.Sprint(seat, " ", c), err
		}, `SELECT q.seat, c.no FROM quota_seat q JOIN casefile c ON c.id = q.case_id WHERE q.programme = 'test' AND q.quota = $1 AND q.released_at = '' ORDER BY q.seat`, quota)
		return err
	})
	return out
}

// TestSixtyFourForSeventeenPlaces: however many ask at the same moment, exactly as many get the amount as there are places.
func TestSixtyFourForSeventeenPlaces(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const takers, seats = 64, 17
		o, _ := firstCome(t, d, seats)
		var cases []casefile.Case
		for i := range takers {
			cases = append(cases, o.alone(i))
		}
		var wg sync.WaitGroup
		start := make(chan struct{})
		errs := make([]error, 2*takers)
		for i := range 2 * takers { // each asks twice: a double click takes no second place
			wg.Go(func() {
				<-start
				errs[i] = o.money.ReserveEntitled(ctx, o.Staff["caseworker"], cases[i%takers].ID)
			})
		}
		close(start)
		wg.Wait()
		o.must(errors.Join(errs...))
		if n := o.Count(`SELECT COUNT(*) FROM quota_seat WHERE quota = 'first'`); n != seats {
			t.Errorf("%d places taken of %d", n, seats)
		}
		if n := o.Count(`SELECT COUNT(DISTINCT seat) FROM quota_seat WHERE quota = 'first' AND seat BETWEEN 1 AND $1 AND released_at = ''`, seats); n != seats {
			t.Errorf("%d different places", n)
		}
		if n := o.Count(`SELECT COUNT(*) FROM ledger_line WHERE code = 'bonus' AND state = 'planned'`); n != seats {
			t.Errorf("%d amounts kept aside", n)
		}
		o.sums()
	})
}

// TestPlaces: a place is taken with the amount, kept while the amount stands, and given to the next when it does not.
func TestPlaces(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, rules := firstCome(t, d, 2)
		worker := o.Staff["caseworker"]
		a, b, c := o.alone(0), o.alone(1), o.alone(2)
		for _, x := range []casefile.Case{a, b, c} {
			o.must(o.money.ReserveEntitled(ctx, worker, x.ID))
		}
		is := func(what string, want ...string) {
			t.Helper()
			for i := range want {
				want[i] = strings.NewReplacer("a", a.No, "b", b.No, "c", c.No).Replace(want[i])
			}
			if got := o.holds("first"); !slices.Equal(got, want) {
				t.Fatalf("%s: %v, want %v", what, got, want)
			}
		}
		is("first come", "1 a", "2 b")
		// Somebody is helped no more: the next one moves up, into the same place.
		if _, err := o.Cases.Withdraw(ctx, o.Staff["counsellor"], a.ID, ""); err != nil {
			t.Fatal(err)
		}
		is("withdrawn", "2 b")
		o.must(o.money.ReserveEntitled(ctx, worker, c.ID))
		is("the next", "1 c", "2 b")
		// Paid out and closed: the place is used up. Closed without help: it is free.
		o.must(o.money.Release(ctx, worker, b.ID, o.line(b, "plan").ID, "no plan"))
		o.must(o.money.Approve(ctx, o.Staff["supervisor"], b.ID, o.line(b, "bonus").ID))
		_, err := o.money.HandOver(ctx, o.Staff["finance"], o.handing(o.line(b, "bonus")))
		o.must(err)
		o.must(o.Cases.Close(ctx, worker, b.ID, "support_ended", ""))
		is("closed after help", "1 c", "2 b")
		for _, code := range []string{"plan", "bonus"} {
			o.must(o.money.Release(ctx, worker, c.ID, o.line(c, code).ID, "she has a job there"))
		}
		is("given up", "2 b")
		if got := o.Actions(c.ID); !slices.Contains(got, "entitlement.place_taken") || !slices.Contains(got, "entitlement.place_given_back") {
			t.Errorf("the timeline tells %v", got)
		}
		// A decision takes the place before anybody thinks of money; a decision against gives it back.
		e, f := o.alone(3), o.alone(4)
		decide := func(x casefile.Case, what string) decision.Decision {
			t.Helper()
			dec, err := rules.Decide(ctx, worker, decision.Deciding{ID: o.Gate.IDs.New(), CaseID: x.ID, Component: "early", Decision: what, Reason: "because"})
			o.must(err)
			return dec
		}
		decide(e, "eligible")
		decide(e, "eligible")
		decide(f, "eligible")
		if got := o.holds("first"); !slices.Equal(got, []string{"1 " + e.No, "2 " + b.No}) {
			t.Fatalf("after the decisions: %v", got)
		}
		o.must(rules.Second(ctx, o.Staff["supervisor"], e.ID, decide(e, "not").ID, true))
		if got := o.holds("first"); !slices.Equal(got, []string{"2 " + b.No}) {
			t.Fatalf("after the decision against: %v", got)
		}
		// A family asks for four places and there is one: one of them gets it, and the case its plan.
		fam, _ := o.Family()
		o.must(o.money.ReserveEntitled(ctx, worker, fam.ID))
		if got := o.holds("first"); !slices.Equal(got, []string{"1 " + fam.No, "2 " + b.No}) {
			t.Fatalf("a family: %v", got)
		}
		if n := o.Count(`SELECT COUNT(*) FROM ledger_line WHERE case_id = $1 AND code = 'bonus' AND state = 'planned'`, fam.ID); n != 1 {
			t.Fatalf("%d members of a family got the last place", n)
		}
		// What was granted and never kept aside is free when the case ends.
		o.must(o.money.Release(ctx, worker, fam.ID, o.line(fam, "bonus").ID, "they ask for nothing"))
		decide(f, "eligible")
		if got := o.holds("first"); !slices.Equal(got, []string{"1 " + f.No, "2 " + b.No}) {
			t.Fatalf("granted: %v", got)
		}
		o.must(o.Cases.Close(ctx, worker, f.ID, "no_access", ""))
		if got := o.holds("first"); len(got) != 1 {
			t.Fatalf("closed without help: %v", got)
		}
		o.sums()
	})
}

// line is the standing line of a case with this code.
func (o *office) line(c casefile.Case, code string) ledger.Line {
	o.t.Helper()
	var out ledger.Line
	o.read(func(ctx context.Context, r *gate.R) error {
		ls, err := ledger.Lines(ctx, r, c.ID)
		for _, l := range ls {
			if l.Code == code && (l.State == ledger.Planned || l.State == ledger.Approved) {
				out = l
			}
		}
		return err
	})
	return out
}

// TestTheLastGuard: even somebody who writes past the room cannot give a place twice.
func TestTheLastGuard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, _ := firstCome(t, d, 2)
		a, b := o.alone(0), o.alone(1)
		put := func(seat int64, caseID string) error {
			return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO quota_seat (id, programme, quota, seat, case_id, taken_at, taken_by) VALUES ($1,'test','first',$2,$3,'2026','x')`, o.Gate.IDs.New(), seat, caseID)
				return err
			})
		}
		o.must(put(1, a.ID))
		for _, err := range []error{put(1, b.ID), put(2, a.ID)} {
			if !errors.Is(err, db.ErrUnique) {
				t.Errorf("taken twice: %v", err)
			}
		}
		// Whoever holds what the rules did not foresee meets a refusal in words, not a broken index.
		full := o.Gate.Write(ctx, o.Staff["caseworker"], "ledger.commit", func(ctx context.Context, w *gate.W) error {
			_, _, err := programme.TakePlace(ctx, w, o.Packs.All()[0], "nobody knows", b.ID, "")
			return err
		})
		if !fault.Is(full, fault.Conflict) {
			t.Errorf("a quota that is not there: %v", full)
		}
	})
}
