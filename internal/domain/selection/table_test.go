package selection_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	. "github.com/nostos-avrr/nostos/internal/domain/selection"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

var ctx = context.Background()

var today = day.New(2026, 3, 2)

// table is an office with a committee: what the test says about a person is known about them.
type table struct {
	*world.World
	t     testing.TB
	room  *Domain
	known map[string]programme.Facts // by person
	cases map[string]casefile.Case   // by the name of the applicant
	round Round
}

// rationed is a programme with help for some: vulnerable people first, then those with skills; urgent is who sleeps nowhere.
func rationed() *programme.Pack {
	p := world.TestPack()
	p.Components = []programme.Component{{Code: "reintegration", Conditional: "eligibility.reintegration.selection", Clauses: []programme.Clause{world.Clause("voluntary", "voluntary")}}}
	p.Amounts = []programme.Amount{{Code: "in_kind", Component: "reintegration", Per: "case", Ceiling: true, Modality: "in_kind", Tiers: []programme.Tier{{Amount: money.Of(150_000, "EUR")}}}}
	p.Selection = &programme.Selection{Component: "reintegration", Tie: programme.TieBreaks, Places: programme.Places{Number: 10, Per: "quarter"},
		Criteria: []programme.Criterion{{Clause: world.Clause("vulnerable", "vulnerable"), Who: programme.Anybody, Points: 40}, {Clause: world.Clause("skills", "skills"), Who: programme.Applicant, Points: 30}},
		Reserve:  &programme.Reserve{Percent: 10, For: world.Clause("urgent", `accommodation == "none"`), Who: programme.Applicant}}
	return p
}

func seat(t testing.TB, d *db.DB) *table {
	t.Helper()
	w := world.New(t, d)
	w.Packs = programme.NewLibrary(rationed())
	w.Cases.Packs = w.Packs
	x := &table{World: w, t: t, known: map[string]programme.Facts{}, cases: map[string]casefile.Case{}}
	dec := &decision.Domain{Cases: w.Cases, More: []decision.Facts{func(_ context.Context, _ *gate.R, _ []casefile.Case, known decision.Known) error {
		for _, people := range known {
			for _, p := range people {
				maps.Copy(p.Facts, x.known[p.PersonID])
			}
		}
		return nil
	}}}
	x.room = &Domain{Gate: w.Gate, Packs: w.Packs, People: dec.People, Undecided: decision.NotDecided,
		Record: func(ctx context.Context, w *gate.W, c *casefile.Case, v Verdict) error {
			in := decision.Deciding{ID: w.NewID(), CaseID: c.ID, Component: v.Component, Decision: "not", Reason: strings.Join(v.Members, " and ") + ": " + v.Reason}
			if v.Chosen {
				in.Decision = "eligible"
			}
			_, err := dec.DecideIn(ctx, w, c, in)
			return err
		}}
	w.Cases.OnWithdraw = []casefile.Reaction{x.room.OnWithdraw}
	w.Cases.OnClose = []casefile.Reaction{x.room.OnClose}
	return x
}

func (x *table) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *table) refused(err error, kind fault.Kind, field, key string) {
	x.t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != kind {
		x.t.Fatalf("want %v %s, got %v", kind, key, err)
	}
	if field == "" && f.Key == key {
		return
	}
	for _, p := range f.Fields {
		if p.Name == field && p.Key == key {
			return
		}
	}
	x.t.Fatalf("want %s at %q, got %v", key, field, err)
}

// who opens a case for somebody of whom so much is known: "v" vulnerable, "s" skills, "u" urgent; small letters are yes, great
// ones no, what is not there is not known. Everybody wants to return, but for whom "?" says that nobody knows.
func (x *table) who(name, known string) casefile.Case {
	x.t.Helper()
	id := x.Person(name, "Testpour", map[bool]string{true: "female", false: "male"}[len(x.cases)%2 == 0], "1990-01-01", "PK")
	x.learn(id, known)
	x.cases[name] = x.Case(id)
	return x.cases[name]
}

func (x *table) learn(person, known string) {
	f := programme.Facts{"voluntary": {"yes"}}
	for c, set := range map[string][2]string{"v": {"vulnerable", "yes"}, "V": {"vulnerable", "no"}, "s": {"skills", "yes"}, "S": {"skills", "no"}, "u": {"accommodation", "none"}, "U": {"accommodation", "own"}} {
		if strings.Contains(known, c) {
			f[set[0]] = []string{set[1]}
		}
	}
	if strings.Contains(known, "?") {
		delete(f, "voluntary")
	}
	x.known[person] = f
}

func (x *table) open(places, reserve int64) Round {
	x.t.Helper()
	r, err := x.room.OpenRound(ctx, x.Staff["supervisor"], Opening{ID: x.Gate.IDs.New(), Programme: "test", On: today, Budget: places * 150_000, Places: places, Reserve: reserve})
	x.must(err)
	x.round = r
	return r
}

func (x *table) sheet(as string) (s Sheet) {
	x.t.Helper()
	x.must(x.Gate.Read(ctx, x.Staff[as], PermView, func(ctx context.Context, r *gate.R) (err error) {
		s, err = x.room.Sheet(ctx, r, x.round.ID)
		return err
	}))
	return s
}

// order tells the round as the supervisor sees it.
func (x *table) order() (out []string) {
	x.t.Helper()
	s := x.sheet("supervisor")
	for _, p := range s.Ranking.List {
		out = append(out, fmt.Sprintf("%s %d-%d %s%s", x.name(p.CaseID), p.Low, p.High, p.Proposal, p.Outcome))
	}
	return out
}

func (x *table) name(caseID string) string {
	for n, c := range x.cases {
		if c.ID == caseID {
			return n
		}
	}
	return "?"
}

func (x *table) is(what string, got []string, want ...string) {
	x.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		x.t.Fatalf("%s\n%s", what, d)
	}
}

func (x *table) decide(name, outcome, reason string) error {
	return x.room.Decide(ctx, x.Staff["supervisor"], Deciding{RoundID: x.round.ID, CaseID: x.cases[name].ID, Outcome: outcome, Reason: reason, Members: []string{x.Staff["supervisor"], x.Staff["protection"]}})
}

func (x *table) decisions(name string) (out []string) {
	x.t.Helper()
	x.must(x.Gate.Read(ctx, x.Staff["supervisor"], casefile.PermView, func(ctx context.Context, r *gate.R) error {
		ds, err := decision.Decisions(ctx, r, x.cases[name].ID)
		for _, d := range ds {
			out = append(out, d.Decision+" "+d.Reason)
		}
		return err
	}))
	return out
}

func (x *table) tasks(name string) int64 {
	return x.Count(`SELECT COUNT(*) FROM task WHERE case_id = $1 AND code = 'selection_next' AND done_at = ''`, x.cases[name].ID)
}

func (x *table) journal(action string) int64 {
	return x.Count(`SELECT COUNT(*) FROM journal WHERE action = $1`, action)
}
