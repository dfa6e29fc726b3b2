package screening

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

var today = day.New(2026, 3, 2)

func whole() map[string]Safeguard {
	m := map[string]Safeguard{}
	for _, code := range Safeguards {
		m[code] = Safeguard{Code: code, On: today.AddDays(-20), Proof: Proof{Good: true, ChildAgrees: true, Named: "N. Nobody", Evidence: "letter"}}
	}
	return m
}

func TestChildGate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(m map[string]Safeguard)
		on     day.Date
		want   []string
	}{
		"everything in place": {func(map[string]Safeguard) {}, today, nil},
		"nothing":             {func(m map[string]Safeguard) { clear(m) }, today, Safeguards},
		"tracing without the child": {func(m map[string]Safeguard) {
			s := m["tracing_done"]
			s.ChildAgrees = false
			m["tracing_done"] = s
		}, today, []string{"tracing_consent"}},
		"assessment of six months": {func(map[string]Safeguard) {}, today.AddDays(-20).AddMonths(6), nil},
		"assessment a day older":   {func(map[string]Safeguard) {}, today.AddDays(-20).AddMonths(6).AddDays(1), []string{"family_assessment_old"}},
		"no day to hold on":        {func(map[string]Safeguard) {}, day.Date{}, []string{"family_assessment_old"}},
		"best interests are not return": {func(m map[string]Safeguard) {
			s := m["best_interests"]
			s.Good = false
			m["best_interests"] = s
		}, today, []string{"best_interests"}},
		"a file is evidence": {func(m map[string]Safeguard) {
			s := m["escort"]
			s.Evidence, s.AttachmentID = "", "file"
			m["escort"] = s
		}, today, nil},
	} {
		m := whole()
		c.change(m)
		if got := ChildGate(ChildFacts{On: c.on, Proof: m}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Taking away any one fact of any one safeguard closes the gate, and names that safeguard.
func TestChildGate_oneMissingFactAlwaysBlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := whole()
		code := rapid.SampledFrom(Safeguards).Draw(t, "safeguard")
		s := m[code]
		switch rapid.IntRange(0, 5).Draw(t, "fact") {
		case 0:
			delete(m, code)
		case 1:
			s.Good = false
			m[code] = s
		case 2:
			s.On = day.Date{}
			m[code] = s
		case 3:
			s.Named = rapid.SampledFrom([]string{"", " ", "\n"}).Draw(t, "named")
			m[code] = s
		case 4:
			s.Evidence, s.AttachmentID = rapid.SampledFrom([]string{"", "  "}).Draw(t, "evidence"), ""
			m[code] = s
		case 5:
			m[code] = Safeguard{}
		}
		// What else is there must not matter.
		for _, other := range Safeguards {
			if other != code && rapid.Bool().Draw(t, "also "+other) {
				delete(m, other)
			}
		}
		if got := ChildGate(ChildFacts{On: today.AddDays(rapid.IntRange(0, 100).Draw(t, "days")), Proof: m}); !slices.Contains(got, code) {
			t.Fatalf("without %s the gate says %v", code, got)
		}
	})
}

func member(id, relation, birth, kind string) casefile.Member {
	m := casefile.Member{Relation: relation, Travels: true}
	m.ID, m.BirthKind = id, kind
	if birth != "" {
		m.BirthDate = day.MustParse(birth)
	}
	return m
}

func TestGate(t *testing.T) {
	child, adult := member("c", casefile.Principal, "2012-05-01", person.Exact), func(relation string) casefile.Member { return member("a", relation, "1990-01-01", person.Exact) }
	nobody := member("a", "parent", "", person.Unknown)
	stays := adult("parent")
	stays.Travels = false
	home := child
	home.Travels = false
	for name, c := range map[string]struct {
		who       casefile.Member
		others    []casefile.Member
		guardians []string
		alone     bool
		want      string
	}{
		"an adult": {adult(casefile.Principal), nil, nil, false, GateNo}, "a child alone": {child, nil, nil, false, GateYes}, "with a parent": {child, []casefile.Member{adult("parent")}, nil, false, GateNo}, "with a guardian": {child, []casefile.Member{adult("guardian")}, nil, false, GateNo},
		"with a grown sibling": {child, []casefile.Member{adult("sibling")}, nil, false, GateYes}, "a sibling who is guardian": {child, []casefile.Member{adult("sibling")}, []string{"a"}, false, GateNo}, "with a spouse": {child, []casefile.Member{adult("spouse")}, nil, false, GateYes},
		"a parent who stays": {child, []casefile.Member{stays}, nil, false, GateYes}, "a parent of unknown age": {child, []casefile.Member{nobody}, nil, false, GateYes}, "marked as alone": {child, []casefile.Member{adult("parent")}, nil, true, GateYes},
		"a child who stays": {home, nil, nil, false, GateNo}, "unknown age": {member("c", casefile.Principal, "", person.Unknown), nil, nil, false, GateAsk}, "unknown age with a parent": {member("c", casefile.Principal, "", person.Unknown), []casefile.Member{adult("parent")}, nil, false, GateAsk},
		"born in 2008, month unknown": {member("c", casefile.Principal, "2008-01-01", person.YearOnly), nil, nil, false, GateAsk}, "born in 2007": {member("c", casefile.Principal, "2007-01-01", person.YearOnly), nil, nil, false, GateNo}, "born tomorrow": {member("c", casefile.Principal, "2026-03-03", person.Exact), nil, nil, false, GateAsk},
		"child of who applied": {member("c", "child", "2012-05-01", person.Exact), []casefile.Member{adult(casefile.Principal)}, nil, false, GateNo}, "other child of who applied": {member("c", "other", "2012-05-01", person.Exact), []casefile.Member{adult(casefile.Principal)}, nil, false, GateYes},
	} {
		all := []Traveller{traveller(c.who, c.guardians, today)}
		for _, o := range c.others {
			all = append(all, traveller(o, nil, today))
		}
		if got := Gate(all[0], all, c.alone); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Whoever travels and is not known to be grown up is never let through without company.
func TestGate_missingFactNeverPasses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(id string) Traveller {
			return Traveller{ID: id, Relation: rapid.SampledFrom(casefile.Relations).Draw(t, "relation"), Travels: rapid.Bool().Draw(t, "travels"), AgeKnown: rapid.Bool().Draw(t, "known"), Age: rapid.IntRange(0, 60).Draw(t, "age"), MayBe: rapid.Bool().Draw(t, "may be"),
				Guardians: rapid.SliceOfN(rapid.SampledFrom([]string{"b", "c", "x"}), 0, 2).Draw(t, "guardians")}
		}
		all := []Traveller{draw("a"), draw("b"), draw("c")}
		a, alone := all[0], rapid.Bool().Draw(t, "alone")
		got := Gate(a, all, alone)
		company := slices.ContainsFunc(all[1:], func(o Traveller) bool { return o.Travels && o.AgeKnown && !o.MayBe && o.Age >= 18 })
		switch {
		case a.Travels && (!a.AgeKnown || a.MayBe) && got != GateAsk:
			t.Fatalf("%+v: %s", a, got)
		case a.Travels && a.AgeKnown && !a.MayBe && a.Age < 18 && (alone || !company) && got != GateYes:
			t.Fatalf("%+v alone: %s", a, got)
		}
	})
}

func TestSplitKeepsClassesApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var codes []string
		for _, c := range Categories {
			codes = append(codes, c.Code)
		}
		s := Screening{ID: "s", PersonID: "p", On: today, ValidUntil: today.AddDays(90), Outcome: rapid.SampledFrom(Outcomes[1:]).Draw(t, "outcome"), Categories: rapid.SliceOfDistinct(rapid.SampledFrom(codes), func(s string) string { return s }).Draw(t, "seen")}
		for _, f := range split(s) {
			for _, c := range f.Categories {
				if of, _ := classOf(c); of != f.Class {
					t.Fatalf("%s stands in class %s", c, f.Class)
				}
			}
		}
		// What everybody sees is the same, with or without what is not for everybody.
		quiet := s
		quiet.Categories = slices.DeleteFunc(slices.Clone(s.Categories), func(c string) bool { of, _ := classOf(c); return of != org.Normal })
		a, b := split(s)[0], split(quiet)[0]
		if a.Class != org.Normal || !slices.Equal(a.Categories, b.Categories) || a.Outcome != b.Outcome || a.Found != b.Found || a.Diligence != b.Diligence {
			t.Fatalf("the normal part tells that there is more: %+v and %+v", a, b)
		}
	})
}

func TestCleared(t *testing.T) {
	fit := Fitness{Kind: Check, On: today, ValidUntil: today.AddDays(30), Medical: Medical{Result: Fit}}
	with := func(change func(f *Fitness)) []Fitness { f := fit; change(&f); return []Fitness{f} }
	for name, c := range map[string]struct {
		list     []Fitness
		on       day.Date
		boarding bool
		problem  string
		provides []string
	}{
		"nothing": {nil, today, false, "none", nil}, "fit": {[]Fitness{fit}, today.AddDays(30), false, "", nil}, "a day late": {[]Fitness{fit}, today.AddDays(31), false, "expired", nil}, "unfit": {with(func(f *Fitness) { f.Result = Unfit }), today, false, "not_cleared", nil},
		"unfit since": {append([]Fitness{fit}, with(func(f *Fitness) { f.Result = Unfit })...), today, false, "not_cleared", nil},
		"conditions": {with(func(f *Fitness) {
			f.Result, f.Conditions = FitIf, []string{"wheelchair", "escort_nurse", "escort_medical", "oxygen", "medication"}
		}), today, false, "", []string{"ask_medical", "escort", "wheelchair"}},
		"week 27":             {with(func(f *Fitness) { f.Weeks = 20 }), today.AddDays(55), false, "expired", nil},
		"week 28, no letter":  {with(func(f *Fitness) { f.Weeks = 27 }), today.AddDays(7), false, "not_cleared", nil},
		"week 28 with letter": {with(func(f *Fitness) { f.Weeks, f.Letter = 27, true }), today.AddDays(7), false, "", nil},
		"week 27 on the day":  {with(func(f *Fitness) { f.Weeks = 27 }), today.AddDays(6), false, "", nil},
		"week 36 with letter": {with(func(f *Fitness) { f.Weeks, f.Letter = 36, true }), today.AddDays(6), false, "", nil},
		"week 37 with letter": {with(func(f *Fitness) { f.Weeks, f.Letter = 36, true }), today.AddDays(7), false, "not_cleared", nil},
		"no last look":        {[]Fitness{fit}, today.AddDays(2), true, "boarding", nil},
		"last look in time":   {with(func(f *Fitness) { f.Kind = Boarding }), today.AddDays(3), true, "", nil},
		"last look too early": {with(func(f *Fitness) { f.Kind = Boarding }), today.AddDays(4), true, "boarding", nil},
	} {
		if got := cleared(c.list, c.on, c.boarding); got.Problem != c.problem || got.Cleared != (c.problem == "") || !slices.Equal(got.Provides, c.provides) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
