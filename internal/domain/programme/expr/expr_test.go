package expr_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
)

var vars = []expr.Var{
	{Name: "age", Kind: expr.Number},
	{Name: "children", Kind: expr.Number},
	{Name: "voluntary", Kind: expr.YesNo},
	{Name: "vulnerable", Kind: expr.YesNo},
	{Name: "stay_zone", Kind: expr.Choice, Values: []string{"mainland", "island"}},
	{Name: "nationality", Kind: expr.Country},
	{Name: "vulnerability", Kind: expr.Multi, Values: []string{"medical", "pregnant"}},
	{Name: "other_programmes", Kind: expr.Multi},
	{Name: "stay_since", Kind: expr.OnDay},
	{Name: "application_date", Kind: expr.OnDay},
}

func env(t interface {
	Helper()
	Fatal(...any)
}) *expr.Env {
	t.Helper()
	e, err := expr.New(vars, []expr.List{{Name: "suspended", Values: []string{"SY", "AF"}}, {Name: "nobody", Values: nil}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

type facts = map[string][]string

func one(s ...string) []string { return s }

func TestCondition(t *testing.T) {
	e := env(t)
	grown := facts{"age": one("18"), "voluntary": one("yes"), "stay_zone": one("island"), "nationality": one("SY"), "vulnerability": one("pregnant"),
		"other_programmes": one("eurp"), "stay_since": one("2024-01-31"), "application_date": one("2024-07-30")}
	for _, c := range []struct {
		rule  string
		facts facts
		want  expr.Result
		asks  string
	}{
		{`age >= 18`, grown, expr.Holds, ""},
		{`age < 18`, grown, expr.Fails, ""},
		{`age >= 18`, nil, expr.Unknown, "age"},
		{`!(age >= 18)`, nil, expr.Unknown, "age"},
		{`voluntary`, grown, expr.Holds, ""},
		{`!voluntary`, nil, expr.Unknown, "voluntary"},
		{`voluntary && age >= 18`, facts{"age": one("17")}, expr.Fails, ""},
		{`voluntary || age >= 18`, facts{"age": one("17")}, expr.Unknown, "voluntary"},
		{`voluntary || age >= 18`, facts{"age": one("18")}, expr.Holds, ""},
		{`voluntary || vulnerable`, nil, expr.Unknown, "voluntary vulnerable"},
		{`voluntary && vulnerable || age < 3`, facts{"voluntary": one("no")}, expr.Unknown, "age"},
		{`nationality in suspended`, grown, expr.Holds, ""},
		{`!(nationality in suspended)`, nil, expr.Unknown, "nationality"},
		{`nationality in nobody`, grown, expr.Fails, ""},
		{`nationality in ["GE", "PK"]`, grown, expr.Fails, ""},
		{`stay_zone == "island"`, grown, expr.Holds, ""},
		{`stay_zone != "island"`, grown, expr.Fails, ""},
		{`"medical" in vulnerability`, grown, expr.Fails, ""},
		{`"medical" in vulnerability`, facts{"vulnerability": nil}, expr.Fails, ""},
		{`"medical" in vulnerability`, facts{}, expr.Unknown, "vulnerability"},
		{`size(vulnerability) >= 1`, grown, expr.Holds, ""},
		{`"eurp" in other_programmes`, grown, expr.Holds, ""},
		{`months(stay_since, application_date) >= 6`, grown, expr.Fails, ""},
		{`months(stay_since, application_date) >= 6`, facts{"stay_since": one("2024-01-30"), "application_date": one("2024-07-30")}, expr.Holds, ""},
		{`months(stay_since, application_date) >= 6`, nil, expr.Unknown, "application_date stay_since"},
		{`application_date > plus_months(stay_since, 6)`, grown, expr.Fails, ""},
		{`application_date >= plus_days(stay_since, 181)`, grown, expr.Holds, ""},
		{`days(stay_since, application_date) == 181`, grown, expr.Holds, ""},
		{`years(date("2000-02-29"), date("2018-02-28")) == 18`, nil, expr.Holds, ""},
		{`application_date >= date("2024-07-30")`, grown, expr.Holds, ""},
		{`(voluntary ? age : 3) >= 18`, grown, expr.Holds, ""},
		{`known(age)`, grown, expr.Holds, ""},
		{`known(children)`, grown, expr.Unknown, "children"},
		{`age + children >= 20`, grown, expr.Unknown, "children"},
	} {
		cond, ms := e.Condition(c.rule)
		if len(ms) > 0 {
			t.Errorf("%s: %v", c.rule, ms)
			continue
		}
		got, asks := cond.Test(e.Known(c.facts))
		if got != c.want || strings.Join(asks, " ") != c.asks {
			t.Errorf("%s: %s, asks %v; want %s, %q", c.rule, got, asks, c.want, c.asks)
		}
	}
}

// What an author gets wrong is told with its place and what was meant.
func TestMistakes(t *testing.T) {
	e := env(t)
	for _, c := range []struct{ rule, want string }{
		{`agee >= 18`, `1:1: found the unknown name "agee", expected age?`},
		{`wealth == 1`, `1:1: found the unknown name "wealth", expected one of age, children`},
		{`voluntary && stay_zone == "iland"`, `1:27: found "iland", expected one of mainland, island`},
		{`stay_zone in ["island", "lake"]`, `1:25: found "lake", expected one of mainland, island`},
		{`"medicl" in vulnerability`, `1:1: found "medicl", expected one of medical, pregnant`},
		{`nationality == "Syria"`, `1:16: found "Syria", expected a country code`},
		{`age == "18"`, `found == between a whole number and a text, expected values of one kind`},
		{`age / 2 == 9`, `found the operation /, expected one that docs/packs.md names`},
		{`age >= `, `found text that is no condition`},
		{`age`, `1:1: found a whole number, expected a condition`},
		{`application_date > date("2024-02-30")`, `found "2024-02-30", expected a date written YYYY-MM-DD`},
		{`application_date > date(stay_zone)`, `expected one such as date(`},
		{`age > 99999999999`, `found the number 99999999999, expected one between`},
		{`nationality.matches("(a+)+$")`, `found the unknown name "matches"`},
		{`vulnerability[7] == "x"`, `found the operation []`},
		{`{"a": 1} == {"a": 1}`, `found something that a rule has no use for`},
		{`vulnerability.exists(v, v == "medical")`, `found`},
		{"voluntary &&\n  aage > 3", `2:3: found the unknown name "aage", expected age?`},
		{strings.Repeat("(", 60) + "voluntary" + strings.Repeat(")", 60), `found text that is no condition`},
		{strings.Repeat("voluntary || ", 300) + "voluntary", `found text that is no condition`},
	} {
		_, ms := e.Condition(c.rule)
		if !slices.ContainsFunc(ms, func(m expr.Mistake) bool { return strings.Contains(m.Error(), c.want) }) {
			t.Errorf("%.60s: %v, want %s", c.rule, ms, c.want)
		}
	}
}

// rule draws a condition of several clauses.
func rule(t *rapid.T, depth int) string {
	if depth > 0 && rapid.Bool().Draw(t, "deeper") {
		a, b := rule(t, depth-1), rule(t, depth-1)
		return rapid.SampledFrom([]string{"(" + a + " && " + b + ")", "(" + a + " || " + b + ")", "!" + a, "(" + a + " ? " + b + " : " + a + ")"}).Draw(t, "how")
	}
	return rapid.SampledFrom([]string{"(age >= 18)", "voluntary", "(nationality in suspended)", `("medical" in vulnerability)`, `(stay_zone == "island")`,
		"(months(stay_since, application_date) >= 6)", "(children + age > 20)"}).Draw(t, "leaf")
}

func some(t *rapid.T) facts {
	out := facts{}
	for name, values := range map[string][]string{"age": {"3", "18", "40"}, "children": {"0", "4"}, "voluntary": {"yes", "no"}, "nationality": {"SY", "GE"}, "vulnerability": {"medical", "pregnant"},
		"stay_zone": {"island", "mainland"}, "stay_since": {"2024-01-31", "2020-02-29"}, "application_date": {"2024-07-30", "2024-08-01"}} {
		if rapid.Bool().Draw(t, "know "+name) {
			out[name] = one(rapid.SampledFrom(values).Draw(t, name))
		}
	}
	return out
}

// TestKnowingMoreOnlySettles: what has an answer keeps it whatever else becomes known, and what is unknown asks for something
// that is missing.
func TestKnowingMoreOnlySettles(t *testing.T) {
	e := env(t)
	rapid.Check(t, func(t *rapid.T) {
		cond, ms := e.Condition(rule(t, 3))
		if len(ms) > 0 {
			t.Fatal(ms)
		}
		known := some(t)
		before, asks := cond.Test(e.Known(known))
		if (before == expr.Unknown) != (len(asks) > 0) {
			t.Fatalf("%s: %s asks %v", cond.Source, before, asks)
		}
		for _, a := range asks {
			if _, ok := known[a]; ok || !slices.Contains(cond.Uses, a) {
				t.Fatalf("%s asks for %s, which it knows or has no use for", cond.Source, a)
			}
		}
		for name, v := range some(t) {
			if _, ok := known[name]; !ok {
				known[name] = v
			}
		}
		if after, _ := cond.Test(e.Known(known)); before != expr.Unknown && after != before {
			t.Fatalf("%s: %s, and %s when more is known", cond.Source, before, after)
		}
	})
}

// FuzzCondition: whatever somebody writes is refused with a place or has an answer; nothing panics.
func FuzzCondition(f *testing.F) {
	e := env(f)
	for _, s := range []string{`age >= 18 && !voluntary`, `nationality in ["GE"]`, `date("2024-02-29") < plus_months(stay_since, 6)`, `(voluntary ? age : 3) - 2 > -5`, `[1,2][0]`, "a\nb", `"\x00"`, `size([[]])`, `age in [1, 2]`, `date("x")`} {
		f.Add(s, "18", "2024-01-31", "island")
	}
	f.Fuzz(func(t *testing.T, src, number, on, zone string) {
		known := facts{"age": one(number), "stay_since": one(on), "application_date": one("2024-02-29"), "stay_zone": one(zone), "voluntary": one("yes"), "vulnerability": {"medical"}}
		if cond, ms := e.Condition(src); cond != nil {
			cond.Test(e.Known(nil))
			cond.Test(e.Known(known))
		} else if len(ms) == 0 || ms[0].Line < 1 || ms[0].Column < 1 {
			t.Fatalf("%q is refused without a place: %v", src, ms)
		}
		if n, _ := e.Number(src); n != nil {
			n.Value(e.Known(nil))
			n.Value(e.Known(known))
		}
	})
}

func BenchmarkTest(b *testing.B) {
	e := env(b)
	cond, _ := e.Condition(`age >= 18 && voluntary && !(nationality in suspended)`)
	k := e.Known(facts{"age": one("18"), "voluntary": one("yes"), "nationality": one("GE")})
	b.ReportAllocs()
	for b.Loop() {
		cond.Test(k)
	}
}

func BenchmarkCompile(b *testing.B) {
	e := env(b)
	b.ReportAllocs()
	for b.Loop() {
		e.Condition(`age >= 18 && voluntary && !(nationality in suspended)`)
	}
}

func BenchmarkEnv(b *testing.B) {
	for b.Loop() {
		env(b)
	}
}
