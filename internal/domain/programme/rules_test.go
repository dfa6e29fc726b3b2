package programme_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// anyValue draws a value a fact may have.
func anyValue(t *rapid.T, f programme.Fact) []string {
	if f.Kind == expr.Multi && len(f.Values) == 0 {
		return rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"eurp", "reag-garp"}), 0, 2, rapid.ID).Draw(t, f.Name)
	}
	switch f.Kind {
	case expr.Choice:
		return []string{rapid.SampledFrom(f.Values).Draw(t, f.Name)}
	case expr.Multi:
		return rapid.SliceOfNDistinct(rapid.SampledFrom(f.Values), 0, 4, rapid.ID).Draw(t, f.Name)
	case expr.Country:
		return []string{rapid.SampledFrom([]string{"PK", "GE", "SY", "AF", "UA", "IQ", "RO"}).Draw(t, f.Name)}
	case expr.Number:
		return []string{rapid.SampledFrom([]string{"0", "1", "2", "7", "18", "65"}).Draw(t, f.Name)}
	case expr.YesNo:
		return []string{rapid.SampledFrom([]string{"yes", "no"}).Draw(t, f.Name)}
	}
	return []string{rapid.SampledFrom([]string{"2016-06-01", "2024-02-29"}).Draw(t, f.Name)}
}

func anyFacts(t *rapid.T) programme.Facts {
	facts := programme.Facts{}
	for _, f := range programme.Catalogue() {
		if rapid.Bool().Draw(t, "know "+f.Name) {
			if err := facts.Set(f.Name, anyValue(t, f)...); err != nil {
				t.Fatal(err)
			}
		}
	}
	return facts
}

// cond reads a condition that must be right.
func cond(t interface{ Fatal(...any) }, src string) *expr.Cond {
	c, ms := programme.Condition(src)
	if c == nil {
		t.Fatal(src, ms)
	}
	return c
}

// anyRule draws a condition on one fact.
func anyRule(t *rapid.T, f programme.Fact) string {
	v := ""
	if vs := anyValue(t, f); len(vs) > 0 {
		v = vs[0]
	}
	if f.Kind == expr.Multi && v == "" {
		v = "medical"
		if len(f.Values) == 0 {
			v = "eurp"
		}
	}
	rule := f.Name
	switch f.Kind {
	case expr.Choice, expr.Country:
		rule = f.Name + rapid.SampledFrom([]string{" == ", " != "}).Draw(t, "op") + `"` + v + `"`
	case expr.Multi:
		rule = `"` + v + `" in ` + f.Name
	case expr.Number:
		rule = f.Name + rapid.SampledFrom([]string{" >= ", " < ", " == "}).Draw(t, "op") + v
	case expr.OnDay:
		rule = f.Name + rapid.SampledFrom([]string{" >= ", " < "}).Draw(t, "op") + `date("` + v + `")`
	}
	return rapid.SampledFrom([]string{rule, "!(" + rule + ")", "known(" + f.Name + ")"}).Draw(t, "rule")
}

// anyPack draws a pack with one component of drawn clauses, beyond what the shipped packs use.
func anyPack(t *rapid.T) *programme.Pack {
	var clause func(depth int) programme.Clause
	clause = func(depth int) programme.Clause {
		if depth < 2 && rapid.IntRange(0, 3).Draw(t, "group") == 0 {
			c := programme.Clause{ID: "group"}
			for range rapid.IntRange(2, 3).Draw(t, "size") {
				c.Any = append(c.Any, clause(depth+1))
			}
			return c
		}
		f := rapid.SampledFrom(programme.Catalogue()).Draw(t, "fact")
		c := programme.Clause{ID: f.Name, When: cond(t, anyRule(t, f))}
		return c
	}
	p := &programme.Pack{Code: "p", Version: "1", Currency: "EUR"}
	c := programme.Component{Code: "help"}
	for range rapid.IntRange(1, 4).Draw(t, "clauses") {
		c.Clauses = append(c.Clauses, clause(0))
	}
	p.Components = []programme.Component{c}
	p.Amounts = []programme.Amount{{Code: "sum", Component: "help", Per: "person", Tiers: []programme.Tier{{Amount: money.Of(1000, "EUR")}}, When: []programme.Clause{clause(1)}}}
	return p
}

// leaves lists all single clauses of a trace.
func leaves(ts []programme.Traced) (out []programme.Traced) {
	for _, t := range ts {
		if len(t.Any) > 0 {
			out = append(out, leaves(t.Any)...)
		} else {
			out = append(out, t)
		}
	}
	return out
}

func TestMissingFactIsUnknownAndNeverNo(t *testing.T) {
	packs := shipped(t).All()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPack(t)
		if rapid.Bool().Draw(t, "shipped") {
			p = rapid.SampledFrom(packs).Draw(t, "pack")
		}
		facts := anyFacts(t)
		for _, o := range programme.Evaluate(p, facts) {
			for _, l := range leaves(o.Trace) {
				missing := 0
				for _, g := range l.Facts {
					if !g.Known {
						missing++
					}
				}
				if l.Result == programme.Unknown && (missing == 0 || len(l.Asks) == 0) || l.Result != programme.Unknown && len(l.Facts) == missing {
					t.Fatalf("%s: %+v gives %s, asks %v", l.Rule, l.Facts, l.Result, l.Asks)
				}
			}
			if asks := o.Asks(); (o.Verdict == programme.Undecided) && len(asks) == 0 {
				t.Fatalf("%s is not clear, and nothing is asked", o.Component)
			}
		}
	})
}

func TestNothingKnownRefusesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, o := range programme.Evaluate(anyPack(t), programme.Facts{}) {
			if o.Verdict != programme.Undecided {
				t.Fatalf("verdict %s about somebody of whom nothing is known", o.Verdict)
			}
		}
	})
}

// TestLearningMoreOnlySettles: what was decided on some facts stays so whatever else becomes known.
func TestLearningMoreOnlySettles(t *testing.T) {
	packs := shipped(t).All()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPack(t)
		if rapid.Bool().Draw(t, "shipped") {
			p = rapid.SampledFrom(packs).Draw(t, "pack")
		}
		less := anyFacts(t)
		more := programme.Facts{}
		for k, v := range less {
			more[k] = v
		}
		for k, v := range anyFacts(t) {
			if _, known := more[k]; !known {
				more[k] = v
			}
		}
		before, after := programme.Evaluate(p, less), programme.Evaluate(p, more)
		for i, o := range before {
			if o.Verdict != programme.Undecided && after[i].Verdict != o.Verdict {
				t.Fatalf("%s was %s and becomes %s by learning more", o.Component, o.Verdict, after[i].Verdict)
			}
		}
	})
}

func TestEntitlementsFollowEligibility(t *testing.T) {
	packs := shipped(t).All()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPack(t)
		if rapid.Bool().Draw(t, "shipped") {
			p = rapid.SampledFrom(packs).Draw(t, "pack")
		}
		var people []programme.PersonFacts
		for i := range rapid.IntRange(1, 4).Draw(t, "people") {
			people = append(people, programme.PersonFacts{PersonID: string(rune('a' + i)), Facts: anyFacts(t)})
		}
		for _, l := range programme.Entitlements(p, people) {
			i := 0
			if l.PersonID != "" {
				i = int(l.PersonID[0] - 'a')
			}
			var o programme.Outcome
			for _, x := range programme.Evaluate(p, people[i].Facts) {
				if x.Component == l.Component {
					o = x
				}
			}
			switch {
			case o.Verdict == programme.NotEligible:
				t.Fatalf("%s for somebody who is not eligible", l.Code)
			case l.Verdict == programme.Undecided && (l.Amount.Minor != 0 || len(l.Asks) == 0):
				t.Fatalf("an open line promises %v, asks %v", l.Amount, l.Asks)
			case l.Verdict != programme.Undecided && l.Verdict != o.Verdict:
				t.Fatalf("line %s, component %s", l.Verdict, o.Verdict)
			case l.Amount.Currency != p.Currency:
				t.Fatalf("a line in %s", l.Amount.Currency)
			}
		}
	})
}

func TestFactsAreTyped(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []string
		ok     bool
	}{
		{"voluntary", []string{"yes"}, true}, {"voluntary", []string{"true"}, false}, {"voluntary", []string{"yes", "no"}, false},
		{"return_country", []string{"PK"}, true}, {"return_country", []string{"pk"}, false}, {"age", []string{"17"}, true}, {"age", []string{"-1"}, false},
		{"age", []string{"017"}, false}, {"age", []string{"1e3"}, false}, {"stay_zone", []string{"island"}, true}, {"stay_zone", []string{"islands"}, false},
		{"vulnerability", []string{"medical", "pregnant"}, true}, {"vulnerability", nil, true}, {"vulnerability", []string{"sad"}, false},
		{"entry_date", []string{"2024-02-30"}, false}, {"entry_date", []string{"2024-02-29"}, true}, {"shoe_size", []string{"42"}, false},
	} {
		f := programme.Facts{}
		if err := f.Set(c.name, c.values...); (err == nil) != c.ok {
			t.Errorf("%s %q: %v", c.name, c.values, err)
		}
	}
	f := programme.Facts{"age": {"3"}}
	if err := f.Set("age"); err != nil || len(f) != 0 {
		t.Errorf("setting a fact to nothing leaves %v, %v", f, err)
	}
}

func TestClauses(t *testing.T) {
	single := func(src string) programme.Clause { return programme.Clause{ID: "x", When: cond(t, src)} }
	group := func(of ...string) (c programme.Clause) {
		for _, src := range of {
			c.Any = append(c.Any, single(src))
		}
		return c
	}
	for _, c := range []struct {
		clause programme.Clause
		facts  programme.Facts
		want   programme.Result
		asks   string
	}{
		{single("age >= 18"), programme.Facts{"age": {"18"}}, programme.Holds, ""},
		{single("age >= 18"), programme.Facts{}, programme.Unknown, "age"},
		{single(`!("medical" in vulnerability)`), programme.Facts{"vulnerability": {}}, programme.Holds, ""},
		{single(`!("medical" in vulnerability)`), programme.Facts{}, programme.Unknown, "vulnerability"},
		{group("known(age)", "voluntary"), programme.Facts{"voluntary": {"no"}}, programme.Unknown, "age"},
		{group("skills", "voluntary"), programme.Facts{"voluntary": {"no"}, "skills": {"no"}}, programme.Fails, ""},
		{group("known(age)", "voluntary"), programme.Facts{"voluntary": {"yes"}}, programme.Holds, ""},
	} {
		p := &programme.Pack{Components: []programme.Component{{Code: "x", Clauses: []programme.Clause{c.clause}}}}
		o := programme.Evaluate(p, c.facts)[0]
		if got := o.Trace[0].Result; got != c.want || strings.Join(o.Asks(), " ") != c.asks {
			t.Errorf("%+v with %v: %s, asks %v, want %s, %s", c.clause, c.facts, got, o.Asks(), c.want, c.asks)
		}
	}
}

// TestUnclearZoneAsksAndPromisesNothing: of the two amounts of cash none is shown until the zone is known.
func TestUnclearZoneAsksAndPromisesNothing(t *testing.T) {
	p, err := shipped(t).Current("gr-avrr", day.MustParse("2026-03-02"))
	if err != nil {
		t.Fatal(err)
	}
	facts := programme.Facts{"voluntary": {"yes"}, "legal_status": {"no_right_to_stay"}, "return_country": {"GE"}, "vulnerable": {"yes"}}
	var got []programme.Line
	for _, l := range programme.Entitlements(p, []programme.PersonFacts{{PersonID: "a", Facts: facts}}) {
		l.Trace = nil
		got = append(got, l)
	}
	want := []programme.Line{
		{Component: "cash", PersonID: "a", Verdict: programme.Undecided, Amount: money.Of(0, "EUR"), Modality: "cash", Asks: []string{"stay_zone"}},
		{Code: "in_kind", Component: "reintegration", Verdict: programme.Conditional, Amount: money.Of(150000, "EUR"), Ceiling: true, Modality: "in_kind", Origin: programme.Origin{Provisional: true}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestTargetsOfTheProgramme(t *testing.T) {
	p, err := shipped(t).Version("gr-avrr", "2023.1")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, x := range p.Targets {
		got[x.Code] = x.Value
	}
	if d := cmp.Diff(map[string]int64{"returns": 17000, "reintegration": 1700, "centre": 1700}, got); d != "" {
		t.Error(d)
	}
	if !slices.Equal(p.Suspended, []string{"SY", "AF", "UA"}) {
		t.Error(p.Suspended)
	}
	if len(p.Funds) != 2 || p.Funds[0].Percent != 75 || p.Funds[1].Percent != 25 {
		t.Error(p.Funds)
	}
}
