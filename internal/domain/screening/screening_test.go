package screening_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/screening"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/ui"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

var (
	ctx   = context.Background()
	today = day.New(2026, 3, 2)
)

type office struct {
	*world.World
	t       testing.TB
	room    *screening.Domain
	c       casefile.Case
	persons []string
	me      string
}

func setup(t testing.TB, d *db.DB) *office {
	t.Helper()
	w := world.New(t, d)
	o := &office{World: w, t: t, room: &screening.Domain{Gate: w.Gate, Persons: w.Persons}, me: w.Staff["counsellor"]}
	o.c, o.persons = w.Family()
	o.At(o.c.ID, "SCREENING")
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatalf("%v %+v", err, fault.Of(err).Fields)
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

func (o *office) quiet(person string) screening.Screening {
	return screening.Screening{ID: o.Gate.IDs.New(), CaseID: o.c.ID, PersonID: person, On: today, ValidUntil: today.AddDays(60), Outcome: screening.None}
}

func (o *office) missing(who, name string) (keys []string) {
	o.t.Helper()
	c := o.Get(o.c.ID)
	o.must(o.Gate.Read(ctx, o.Staff[who], screening.PermView, func(ctx context.Context, r *gate.R) error {
		un, err := o.room.Conditions()[name](ctx, r, c)
		for _, u := range un {
			keys = append(keys, u.Key)
		}
		return err
	}))
	return keys
}

func TestScreening(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		if got := o.missing("counsellor", "screening.done"); len(got) != 4 || got[0] != "screening.missing.screening" {
			t.Fatalf("before: %v", got)
		}
		s := o.quiet(o.persons[0])
		for field, change := range map[string]func(s *screening.Screening){
			"on": func(s *screening.Screening) { s.On = today.AddDays(1); s.ValidUntil = today.AddDays(9) }, "valid_until": func(s *screening.Screening) { s.ValidUntil = today }, "outcome": func(s *screening.Screening) { s.Outcome = "fine" },
			"categories": func(s *screening.Screening) { s.Categories = []string{"x"} }, "level_0": func(s *screening.Screening) {
				s.Factors = []screening.Factor{{Level: "x", Kind: "risk", Class: "normal"}}
			},
		} {
			x := s
			change(&x)
			if err := o.room.Screen(ctx, o.me, x); !fault.Is(err, fault.Invalid) || !strings.Contains(fmt.Sprint(fault.Of(err).Fields), field) {
				t.Errorf("%s: %v", field, err)
			}
		}
		s.Outcome = screening.Support
		o.refused(o.room.Screen(ctx, o.me, s), fault.Invalid, "outcome", "screening.err.outcome")
		s.Categories = []string{"homeless", "pregnant"}
		o.must(o.room.Screen(ctx, o.me, s))
		o.must(o.room.Screen(ctx, o.me, s))
		if n := o.Count(`SELECT COUNT(*) FROM screening_finding`); n != 2 {
			t.Errorf("%d findings, want one for everybody and one for doctors", n)
		}
		if c := o.Get(o.c.ID); !c.HasFlag("care") || c.HasFlag("medical_escort") {
			t.Errorf("flags %q", c.Flags)
		}
		for _, p := range o.persons[1:] {
			o.must(o.room.Screen(ctx, o.me, o.quiet(p)))
		}
		if got := o.missing("counsellor", "screening.done"); got != nil {
			t.Errorf("after: %v", got)
		}
		o.Clock.Advance(61 * 24 * time.Hour)
		if got := o.missing("counsellor", "screening.done"); len(got) != 4 || got[0] != "screening.missing.screening_old" {
			t.Errorf("two months later: %v", got)
		}
		o.refused(o.room.Screen(ctx, o.Staff["other"], o.quiet(o.persons[0])), fault.NotFound, "", "fault.not_found")
		o.refused(o.room.Screen(ctx, o.Staff["medical"], o.quiet(o.persons[0])), fault.Denied, "", "fault.denied")
		o.refused(o.room.Screen(ctx, o.me, o.quiet("nobody")), fault.NotFound, "", "fault.not_found")
	})
}

func TestDueDiligenceNeedsASecondPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		protection, second := o.Staff["protection"], o.Staff["supervisor"]
		s := o.quiet(o.persons[1])
		s.Outcome, s.Categories = screening.Urgent, []string{"at_risk"}
		o.must(o.room.Screen(ctx, o.me, s))
		if got := o.missing("protection", "screening.due_diligence"); !slices.Equal(got, []string{"screening.missing.diligence_none"}) {
			t.Fatalf("missing %v", got)
		}
		if got := o.missing("counsellor", "screening.due_diligence"); !slices.Equal(got, []string{"screening.missing.waits"}) {
			t.Errorf("the counsellor reads %v", got)
		}
		a := screening.Diligence{ID: o.Gate.IDs.New(), CaseID: o.c.ID, PersonID: o.persons[1], Class: org.Protection, Papers: screening.Papers{Risk: "r", Services: "s", Safety: "p"}}
		o.refused(o.room.Assess(ctx, o.me, a), fault.Denied, "", "screening.err.class")
		bad := a
		bad.Safety = " "
		o.refused(o.room.Assess(ctx, protection, bad), fault.Invalid, "safety", "screening.err.write")
		o.must(o.room.Assess(ctx, protection, a))
		o.must(o.room.Assess(ctx, protection, a))
		if got := o.missing("protection", "screening.due_diligence"); !slices.Equal(got, []string{"screening.missing.diligence_undecided"}) {
			t.Errorf("missing %v", got)
		}
		o.refused(o.room.Decide(ctx, protection, o.c.ID, a.ID, screening.Go, "x", today.AddDays(9)), fault.Denied, "", "fault.denied")
		o.refused(o.room.Decide(ctx, second, o.c.ID, a.ID, screening.Go, "", today.AddDays(9)), fault.Invalid, "reason", "screening.err.reason")
		o.refused(o.room.Decide(ctx, second, o.c.ID, a.ID, screening.Go, "x", today.AddDays(-1)), fault.Invalid, "until", "screening.err.valid_until")
		o.must(o.room.Decide(ctx, second, o.c.ID, a.ID, screening.Defer, "wait", day.Date{}))
		o.refused(o.room.Decide(ctx, second, o.c.ID, a.ID, screening.Go, "x", today.AddDays(9)), fault.Conflict, "", "screening.err.decided")
		if got := o.missing("protection", "screening.due_diligence"); !slices.Equal(got, []string{"screening.missing.diligence_defer"}) {
			t.Errorf("missing %v", got)
		}
		a.ID = o.Gate.IDs.New()
		o.must(o.room.Assess(ctx, protection, a))
		o.must(o.room.Decide(ctx, second, o.c.ID, a.ID, screening.Go, "good", today.AddDays(9)))
		if got := o.missing("counsellor", "screening.due_diligence"); got != nil {
			t.Errorf("after go: %v", got)
		}
		// The manager may assess and decide, but not both.
		a.ID = o.Gate.IDs.New()
		o.must(o.room.Assess(ctx, o.Staff["manager"], a))
		o.refused(o.room.Decide(ctx, o.Staff["manager"], o.c.ID, a.ID, screening.Go, "x", today.AddDays(9)), fault.Conflict, "", "screening.err.second")
		o.must(o.room.Decide(ctx, second, o.c.ID, a.ID, screening.Go, "good", today.AddDays(9)))
		o.Clock.Advance(10 * 24 * time.Hour)
		if got := o.missing("protection", "screening.due_diligence"); !slices.Equal(got, []string{"screening.missing.diligence_expired"}) {
			t.Errorf("ten days later: %v", got)
		}
		// Something new was seen after the decision: it is looked at anew.
		o.Clock.Advance(-9 * 24 * time.Hour)
		s.ID = o.Gate.IDs.New()
		o.must(o.room.Screen(ctx, o.me, s))
		if got := o.missing("protection", "screening.due_diligence"); !slices.Equal(got, []string{"screening.missing.diligence_none"}) {
			t.Errorf("after the new screening: %v", got)
		}
	})
}

// What one reader can learn of a case: everything they can open, as text, without ids.
func (o *office) everything(who string, c casefile.Case, person string) string {
	o.t.Helper()
	v, err := o.room.View(ctx, o.Staff[who], c.ID)
	o.must(err)
	var b strings.Builder
	for _, p := range v.People {
		for _, f := range p.Findings {
			fmt.Fprintln(&b, "finding", f.Class, f.Found, f.Diligence, f.Body, f.On, f.ValidUntil)
		}
		fmt.Fprintln(&b, len(p.Findings), len(p.Diligences), p.Needs)
	}
	c = o.Get(c.ID)
	fmt.Fprintln(&b, c.Flags, c.Class, c.Desk, c.NextDue, c.NextStep, len(c.NextTitle), c.WaitingOn)
	o.must(o.Gate.Read(ctx, o.Staff[who], casefile.PermView, func(ctx context.Context, r *gate.R) error {
		tasks, err := casefile.OpenTasks(ctx, r, c.ID)
		if err != nil {
			return err
		}
		for _, x := range tasks {
			fmt.Fprintln(&b, "task", x.Code, x.DueOn, x.Urgent)
		}
		for _, f := range []journal.Filter{{Case: c.ID}, {Subject: c.ID}, {Subject: person}} {
			lines, err := r.History(ctx, f)
			if err != nil {
				return err
			}
			for _, l := range lines {
				fmt.Fprintln(&b, "line", l.Action, l.Class, l.Hidden, l.Args["outcome"], l.Args["part"])
			}
		}
		done, err := o.room.Conditions()["screening.done"](ctx, r, c)
		fmt.Fprintln(&b, len(done))
		if err != nil {
			return err
		}
		known, err := screening.SeenIn(ctx, r, []string{c.ID})
		fmt.Fprintln(&b, known[c.ID][person])
		return err
	}))
	return b.String()
}

// Two people, the same in everything but that one shows signs of trafficking. Whoever is not cleared for it sees no difference:
// no record, no count, no task, no line in a history, no mark.
func TestTraffickingLeavesNoTrace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		o.traceless(nil)
		o.traceless([]string{"homeless"})
	})
}

func (o *office) traceless(seen []string) {
	t := o.t
	t.Helper()
	var cases [2]casefile.Case
	var people [2]string
	for i, name := range []string{"Nadia", "Layla"} {
		people[i] = o.Person(name, "Testpour", "female", "1995-06-07", "PK")
		cases[i] = o.At(o.Case(people[i]).ID, "SCREENING")
	}
	for i := range cases {
		s := o.quiet(people[i])
		s.CaseID, s.Categories = cases[i].ID, slices.Clone(seen)
		if len(seen) > 0 {
			s.Outcome = screening.Support
		}
		if i == 1 {
			s.Outcome = screening.Support
			s.Categories = append(s.Categories, "vot", "debt_bondage")
			s.Notes = map[string]string{org.Trafficking: "schweigewort"}
			s.Factors = []screening.Factor{{Level: "household", Kind: "risk", Severity: 3, Class: org.Trafficking, Text: "schuldwort"}}
		}
		o.must(o.room.Screen(ctx, o.me, s))
	}
	a := screening.Diligence{ID: o.Gate.IDs.New(), CaseID: cases[1].ID, PersonID: people[1], Class: org.Trafficking, Papers: screening.Papers{Risk: "rachewort", Services: "s", Safety: "p"}}
	o.must(o.room.Assess(ctx, o.Staff["protection"], a))
	for _, who := range []string{"counsellor", "counsellor2", "caseworker", "supervisor", "medical"} {
		if plain, traced := o.everything(who, cases[0], people[0]), o.everything(who, cases[1], people[1]); plain != traced {
			t.Errorf("%s sees the difference:\n%s\n---\n%s", who, plain, traced)
		}
	}
	if plain, traced := o.everything("protection", cases[0], people[0]), o.everything("protection", cases[1], people[1]); plain == traced || !strings.Contains(traced, "schweigewort") || !strings.Contains(traced, "decide_about_trafficking") {
		t.Errorf("the protection officer does not see it:\n%s", traced)
	}
	// The decision is out of sight too, as if there were nothing to decide.
	o.refused(o.room.Decide(ctx, o.Staff["supervisor"], cases[1].ID, a.ID, screening.Go, "x", today.AddDays(9)), fault.NotFound, "", "fault.not_found")
	o.must(o.room.Decide(ctx, o.Staff["manager"], cases[1].ID, a.ID, screening.Go, "x", today.AddDays(9)))
	// Looking was written down, for the journal.
	if n := o.Count(`SELECT COUNT(*) FROM journal WHERE action = 'screening.viewed' AND class = 'trafficking'`); n == 0 {
		t.Error("nobody wrote down that the protection officer looked")
	}
	// A counsellor who screens again without a word of it does not wipe it out.
	o.Clock.Advance(time.Hour)
	s := o.quiet(people[1])
	s.CaseID = cases[1].ID
	o.must(o.room.Screen(ctx, o.me, s))
	if got := o.everything("protection", cases[1], people[1]); !strings.Contains(got, "schweigewort") {
		t.Error("wiped out by somebody who cannot see it")
	}
	o.Clock.Advance(time.Hour)
	s.ID = o.Gate.IDs.New()
	o.must(o.room.Screen(ctx, o.Staff["protection"], s))
	if got := o.everything("protection", cases[1], people[1]); strings.Contains(got, "schweigewort") {
		t.Error("who may see it cannot say that it is over")
	}
}

func TestChildGateBlocksByName(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		if got := o.missing("counsellor", "screening.child_gate"); got != nil {
			t.Fatalf("children with their parents: %v", got)
		}
		child := o.Person("Karim", "Testpour", "male", "2011-03-04", "PK")
		o.c = o.Case(child)
		want := []string{}
		for _, code := range screening.Safeguards {
			want = append(want, "screening.missing."+code)
		}
		if got := o.missing("counsellor", "screening.child_gate"); !slices.Equal(got, want) {
			t.Fatalf("a child alone: %v", got)
		}
		protection := o.Staff["protection"]
		put := func(code string, change func(s *screening.Safeguard), rev int64) error {
			s := screening.Safeguard{CaseID: o.c.ID, PersonID: child, Code: code, On: today.AddDays(-3), Proof: screening.Proof{Good: true, ChildAgrees: true, Named: "N. Nobody", Evidence: "beweiswort"}}
			if change != nil {
				change(&s)
			}
			return o.room.Secure(ctx, protection, s, rev)
		}
		o.refused(put("escort", func(s *screening.Safeguard) { s.Named = " " }, 0), fault.Invalid, "named", "screening.err.named")
		o.refused(put("escort", func(s *screening.Safeguard) { s.Evidence = "" }, 0), fault.Invalid, "evidence", "screening.err.evidence")
		o.refused(put("escort", func(s *screening.Safeguard) { s.On = today.AddDays(1) }, 0), fault.Invalid, "on", "screening.err.date_past")
		o.refused(put("escort", func(s *screening.Safeguard) { s.AttachmentID = "elsewhere" }, 0), fault.Invalid, "attachment", "screening.err.attachment")
		o.refused(put("magic", nil, 0), fault.NotFound, "", "fault.not_found")
		for i, code := range screening.Safeguards {
			if got := o.missing("counsellor", "screening.child_gate"); !slices.Equal(got, want[i:]) {
				t.Fatalf("before %s: %v", code, got)
			}
			o.must(put(code, nil, 0))
		}
		if got := o.missing("counsellor", "screening.child_gate"); got != nil {
			t.Fatalf("everything is in place: %v", got)
		}
		o.must(put("escort", nil, 1)) // the same again changes nothing
		if err := put("escort", func(s *screening.Safeguard) { s.Good = false }, 0); !fault.Is(err, fault.Stale) {
			t.Errorf("an old page: %v", err)
		}
		o.must(put("escort", func(s *screening.Safeguard) { s.Good = false }, 1))
		if got := o.missing("counsellor", "screening.child_gate"); !slices.Equal(got, []string{"screening.missing.escort"}) {
			t.Errorf("the escort fell through: %v", got)
		}
		s := screening.Safeguard{CaseID: o.c.ID, PersonID: child, Code: "escort", On: today, Proof: screening.Proof{Good: true, Named: "x", Evidence: "y"}}
		o.refused(o.room.Secure(ctx, o.me, s, 2), fault.Denied, "", "fault.denied")

		_, list, may, err := o.room.Children(ctx, o.me, o.c.ID)
		o.must(err)
		if may || len(list) != 1 || list[0].Gate != screening.GateYes || list[0].Safeguards != nil {
			t.Errorf("the counsellor sees %+v", list)
		}
		_, list, _, err = o.room.Children(ctx, protection, o.c.ID)
		o.must(err)
		if list[0].Safeguards["receiver"].Evidence != "beweiswort" || o.Count(`SELECT COUNT(*) FROM journal WHERE action = 'screening.viewed' AND class = 'child' AND actor = $1`, protection) != 1 {
			t.Error("evidence is not shown to protection, or the looking is not written down")
		}

		unknown := o.Person("Omid", "Testpour", "male", "", "AF")
		o.c = o.Case(unknown)
		if got := o.missing("counsellor", "screening.child_gate"); !slices.Equal(got, []string{"screening.missing.age"}) {
			t.Errorf("nobody knows the age: %v", got)
		}
	})
}

func TestFitnessIsMedical(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		doctor := o.Staff["medical"]
		if got := o.missing("counsellor", "fitness.cleared"); len(got) != 4 || got[0] != "screening.missing.fitness_none" {
			t.Fatalf("before: %v", got)
		}
		check := func(person string) screening.Fitness {
			return screening.Fitness{ID: o.Gate.IDs.New(), CaseID: o.c.ID, PersonID: person, Kind: screening.Check, On: today, ValidUntil: today.AddDays(30), Medical: screening.Medical{Result: screening.FitIf, Conditions: []string{"wheelchair", "escort_nurse"}, Doctor: "Arztwort", Note: "befundwort"}}
		}
		f := check(o.persons[0])
		for field, change := range map[string]func(f *screening.Fitness){
			"kind": func(f *screening.Fitness) { f.Kind = "" }, "result": func(f *screening.Fitness) { f.Result = "" }, "on": func(f *screening.Fitness) { f.On = today.AddDays(1) }, "valid_until": func(f *screening.Fitness) { f.ValidUntil = day.Date{} },
			"conditions": func(f *screening.Fitness) { f.Conditions = nil }, "weeks": func(f *screening.Fitness) { f.Weeks = 99 }, "doctor": func(f *screening.Fitness) { f.Doctor = "" },
		} {
			x := f
			change(&x)
			if err := o.room.Examine(ctx, doctor, x); !fault.Is(err, fault.Invalid) || !strings.Contains(fmt.Sprint(fault.Of(err).Fields), field) {
				t.Errorf("%s: %v", field, err)
			}
		}
		o.refused(o.room.Examine(ctx, o.me, f), fault.Denied, "", "fault.denied")
		o.must(o.room.Examine(ctx, doctor, f))
		o.must(o.room.Examine(ctx, doctor, f))
		for _, p := range o.persons[1:] {
			o.must(o.room.Examine(ctx, doctor, check(p)))
		}
		if got := o.missing("counsellor", "fitness.cleared"); got != nil {
			t.Errorf("after: %v", got)
		}
		_, list, medical, may, err := o.room.Fitnesses(ctx, o.me, o.c.ID)
		o.must(err)
		if medical != nil || may || !list[0].Cleared || !slices.Equal(list[0].Provides, []string{"escort", "wheelchair"}) {
			t.Errorf("the counsellor sees %+v %v", list[0], medical)
		}
		_, _, medical, _, err = o.room.Fitnesses(ctx, doctor, o.c.ID)
		o.must(err)
		if got := medical[o.persons[0]]; len(got) != 1 || got[0].Note != "befundwort" || o.Count(`SELECT COUNT(*) FROM journal WHERE action = 'screening.viewed' AND class = 'medical'`) != 1 {
			t.Errorf("the doctor sees %+v", got)
		}
		o.Clock.Advance(24 * time.Hour)
		bad := check(o.persons[2])
		bad.Result, bad.Conditions = screening.Unfit, nil
		o.must(o.room.Examine(ctx, doctor, bad))
		if got := o.missing("counsellor", "fitness.cleared"); !slices.Equal(got, []string{"screening.missing.fitness_not_cleared"}) {
			t.Errorf("one is unfit: %v", got)
		}
		o.At(o.c.ID, "PEC")
		if got := o.missing("counsellor", "fitness.cleared"); len(got) != 4 || !slices.Contains(got, "screening.missing.fitness_boarding") {
			t.Errorf("before boarding: %v", got)
		}
	})
}

func TestTextsAreSealed(t *testing.T) {
	d, path := dbtest.SQLiteAt(t)
	o := setup(t, d)
	s := o.quiet(o.persons[0])
	s.Outcome, s.Categories = screening.Urgent, []string{"vot", "torture_survivor", "medical_severe", "uasc"}
	s.Notes = map[string]string{org.Trafficking: "schweigewort", org.Normal: "alltagswort"}
	s.Factors = []screening.Factor{{Level: "individual", Kind: "risk", Severity: 2, Class: org.Protection, Text: "faktorwort"}}
	o.must(o.room.Screen(ctx, o.me, s))
	a := screening.Diligence{ID: o.Gate.IDs.New(), CaseID: o.c.ID, PersonID: o.persons[0], Class: org.Trafficking, Papers: screening.Papers{Risk: "rachewort", Services: "dienstwort", Safety: "planwort"}}
	o.must(o.room.Assess(ctx, o.Staff["protection"], a))
	o.must(o.room.Decide(ctx, o.Staff["manager"], o.c.ID, a.ID, screening.DoNot, "grundwort", day.Date{}))
	o.must(o.room.Secure(ctx, o.Staff["protection"], screening.Safeguard{CaseID: o.c.ID, PersonID: o.persons[2], Code: "receiver", On: today, Proof: screening.Proof{Good: true, Named: "tantewort", Evidence: "beweiswort"}}, 0))
	o.must(o.room.Examine(ctx, o.Staff["medical"], screening.Fitness{ID: o.Gate.IDs.New(), CaseID: o.c.ID, PersonID: o.persons[0], Kind: screening.Check, On: today, ValidUntil: today.AddDays(3), Medical: screening.Medical{Result: screening.FitIf, Conditions: []string{"stretcher"}, Weeks: 30, Doctor: "Arztwort", Note: "befundwort"}}))
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(file)
		o.must(err)
		for _, word := range []string{"schweigewort", "alltagswort", "faktorwort", "rachewort", "dienstwort", "planwort", "grundwort", "tantewort", "beweiswort", "Arztwort", "befundwort", "torture_survivor", "medical_severe", "stretcher", "\"vot\""} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%q stands in %s in clear", word, file)
			}
		}
	}
}

func TestPages(t *testing.T) {
	o := setup(t, dbtest.SQLite(t))
	cat, err := i18n.Load(locales.Files)
	o.must(err)
	s := &web.Server{Cat: cat, SignIn: "/sign-in", Hooks: web.Hooks{
		Who: func(*http.Request) (string, string, string, error) { return o.me, "s", "en", nil },
		May: func(ctx context.Context, user, perm string) error {
			ok, _, err := o.Gate.May(ctx, user, perm)
			if err == nil && !ok[perm] {
				err = fault.New(fault.Denied, "fault.denied", "permission", perm)
			}
			return err
		},
		Shell: func(r *web.Request) ui.Shell { return ui.Shell{User: "x"} },
	}}
	o.room.Routes(s)
	h := s.Handler()
	do := func(who, method, path string, form url.Values, want int) string {
		t.Helper()
		o.me = o.Staff[who]
		r := httptest.NewRequest(method, "/cases/"+o.c.ID+path, strings.NewReader(form.Encode()))
		if method == "POST" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Fatalf("%s %s %s: %d, want %d\n%s", who, method, path, w.Code, want, w.Body)
		}
		return w.Body.String()
	}
	child := o.persons[2]
	o.must(o.Cases.RemoveMember(ctx, o.Staff["counsellor"], o.c.ID, o.persons[1], "travels alone"))
	form := url.Values{"id": {o.Gate.IDs.New()}, "on_d": {"2"}, "on_m": {"3"}, "on_y": {"2026"}, "valid_until_d": {"2"}, "valid_until_m": {"6"}, "valid_until_y": {"2026"}, "categories": {"vot", "uasc", "homeless"}, "note_trafficking": {"schweigewort"}, "kind_0": {"risk"}, "level_0": {"household"}, "severity_0": {"2"}, "class_0": {"protection"}, "text_0": {"drohwort"}}
	page := do("counsellor", "POST", "/screening/"+child, form, 422)
	if !strings.Contains(page, "Choose one of the answers") || !strings.Contains(page, "schweigewort") {
		t.Error("the problem or the words are missing")
	}
	for _, list := range regexp.MustCompile(`(?s)<select[^>]*name="(\w+)".*?</select>`).FindAllStringSubmatch(page, -1) {
		said := map[string]bool{}
		for _, o := range regexp.MustCompile(`<option[^>]*>([^<]*)`).FindAllStringSubmatch(list[0], -1) {
			if said[o[1]] {
				t.Errorf("the list %s offers %q twice", list[1], o[1])
			}
			said[o[1]] = true
		}
	}
	form.Set("outcome", "support")
	do("counsellor", "POST", "/screening/"+child, form, 303)
	page = do("counsellor", "GET", "/screening", nil, 200)
	for _, word := range []string{"schweigewort", "drohwort", "Signs of trafficking", "trafficking", "Child without a parent"} {
		if strings.Contains(page, word) {
			t.Errorf("the counsellor reads %q", word)
		}
	}
	page = do("protection", "GET", "/screening", nil, 200)
	for _, word := range []string{"schweigewort", "drohwort", "Signs of trafficking", "Closer look needed"} {
		if !strings.Contains(page, word) {
			t.Errorf("protection does not read %q", word)
		}
	}
	do("counsellor", "GET", "/screening/"+child+"/diligence/trafficking", nil, 404)
	do("protection", "GET", "/screening/"+child+"/diligence/trafficking", nil, 200)
	do("protection", "POST", "/screening/"+child+"/diligence/child", url.Values{"id": {o.Gate.IDs.New()}, "risk": {"x"}, "services": {"y"}, "safety": {"z"}}, 303)
	page = do("supervisor", "GET", "/screening", nil, 200)
	i := strings.Index(page, "/decide/")
	if i < 0 {
		t.Fatal("the supervisor finds nothing to decide")
	}
	to := "/screening/" + child + page[i:i+strings.IndexByte(page[i:], '"')]
	do("supervisor", "GET", to, nil, 200)
	do("supervisor", "POST", to, url.Values{"decision": {"go"}, "reason": {"fine"}, "until_d": {"2"}, "until_m": {"5"}, "until_y": {"2026"}}, 303)
	page = do("counsellor", "GET", "/safeguards", nil, 200)
	if !strings.Contains(page, "Missing") {
		t.Error("the counsellor does not see what is missing")
	}
	do("counsellor", "GET", "/safeguards/"+child+"/escort", nil, 403)
	do("protection", "GET", "/safeguards/"+child+"/tracing_done", nil, 200)
	do("protection", "POST", "/safeguards/"+child+"/escort", url.Values{"rev": {"0"}, "named": {"N. Nobody"}, "on_d": {"1"}, "on_m": {"3"}, "on_y": {"2026"}}, 422)
	do("protection", "POST", "/safeguards/"+child+"/escort", url.Values{"rev": {"0"}, "good": {"yes"}, "named": {"N. Nobody"}, "evidence": {"beweiswort"}, "on_d": {"1"}, "on_m": {"3"}, "on_y": {"2026"}}, 303)
	if page = do("protection", "GET", "/safeguards", nil, 200); !strings.Contains(page, "beweiswort") || !strings.Contains(page, "In place") {
		t.Error("the safeguard is not shown")
	}
	do("medical", "GET", "/fitness/"+child, nil, 200)
	fit := url.Values{"id": {o.Gate.IDs.New()}, "kind": {"check"}, "on_d": {"2"}, "on_m": {"3"}, "on_y": {"2026"}, "valid_until_d": {"2"}, "valid_until_m": {"4"}, "valid_until_y": {"2026"}, "result": {"fit_with_conditions"}, "conditions": {"oxygen"}, "note": {"befundwort"}, "weeks": {"x"}, "doctor": {"Dr. Test"}}
	if page = do("medical", "POST", "/fitness/"+child, fit, 422); !strings.Contains(page, "befundwort") {
		t.Error("the words are lost")
	}
	fit.Set("weeks", "")
	do("medical", "POST", "/fitness/"+child, fit, 303)
	if page = do("medical", "GET", "/fitness", nil, 200); !strings.Contains(page, "befundwort") || !strings.Contains(page, "Oxygen") {
		t.Error("the doctor does not read the check")
	}
	if page = do("counsellor", "GET", "/fitness", nil, 200); strings.Contains(page, "befundwort") || strings.Contains(page, "Oxygen") || !strings.Contains(page, "Ask the medical team") {
		t.Error("the counsellor reads too much or too little")
	}
	do("other", "GET", "/screening", nil, 404)
	do("other", "GET", "/safeguards", nil, 404)
	do("other", "GET", "/fitness", nil, 404)
	if missing := cat.MissingKeys(); len(missing) > 0 {
		t.Errorf("texts missing: %v", missing)
	}
}
