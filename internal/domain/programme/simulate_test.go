package programme_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// clause reads a clause of a test.
func clause(t interface{ Fatal(...any) }, id, when string) programme.Clause {
	return programme.Clause{ID: id, Key: "key." + id, When: cond(t, when)}
}

// twoVersions are an old and a new version that differ in everything a simulation tells.
func twoVersions(t interface{ Fatal(...any) }) (old, new *programme.Pack) {
	eur := func(n int64) []programme.Tier { return []programme.Tier{{Amount: money.Of(n, "EUR")}} }
	old = &programme.Pack{Code: "p", Version: "1", Currency: "EUR",
		Funds: []programme.Fund{{Code: "amif", Percent: 75}, {Code: "national", Percent: 25}},
		Components: []programme.Component{
			{Code: "return", Clauses: []programme.Clause{clause(t, "will", "voluntary"), clause(t, "served", `return_country != "SY"`)}},
			{Code: "cash", Clauses: []programme.Clause{clause(t, "will", "voluntary")}},
			{Code: "shelter", Clauses: []programme.Clause{clause(t, "will", "voluntary")}}},
		Amounts: []programme.Amount{{Code: "start", Component: "cash", Per: "person", Modality: "cash", Tiers: eur(100_000)}, {Code: "bed", Component: "shelter", Per: "case", Modality: "service", Ceiling: true, Tiers: eur(30_000)}}}
	new = &programme.Pack{Code: "p", Version: "2", Currency: "EUR",
		Funds: []programme.Fund{{Code: "national", Percent: 30}, {Code: "amif", Percent: 50}, {Code: "city", Percent: 20}},
		Components: []programme.Component{
			{Code: "return", Clauses: []programme.Clause{clause(t, "will", "voluntary"), clause(t, "served", `!(return_country in ["SY", "AF"])`)}},
			{Code: "cash", Clauses: []programme.Clause{clause(t, "will", "voluntary"), clause(t, "status", `legal_status != "eu_citizen"`)}},
			{Code: "plan", Conditional: "key.choose", Clauses: []programme.Clause{clause(t, "will", "voluntary")}}},
		Amounts: []programme.Amount{
			{Code: "start", Component: "cash", Per: "person", Modality: "cash", Tiers: []programme.Tier{
				{Clause: clause(t, "adult", "age >= 18"), Amount: money.Of(120_000, "EUR")}, {Clause: clause(t, "child", "age < 18"), Amount: money.Of(60_000, "EUR")}}},
			{Code: "goods", Component: "plan", Per: "case", Modality: "in_kind", Quota: "plans", Tiers: eur(200_000)}},
		Quotas: []programme.Quota{{Code: "plans", Seats: 3}}}
	return old, new
}

func sides(c programme.Change) string {
	var out []string
	for _, t := range c.Turns {
		s := fmt.Sprintf("%s %s→%s", t.Component, t.Before, t.After)
		if len(t.Why) > 0 {
			s += " (" + strings.Join(t.Why, " ") + ")"
		}
		out = append(out, s)
	}
	for _, s := range c.Shifts {
		gain := fmt.Sprint(s.Gain())
		if s.Unknown {
			gain = "?"
		}
		out = append(out, fmt.Sprintf("%s %s %d→%d %s", s.Line().PersonID, s.Line().Code, s.Before.Amount.Minor, s.After.Amount.Minor, gain))
	}
	if len(c.Missing) > 0 {
		out = append(out, "asks "+strings.Join(c.Missing, " "))
	}
	return strings.Join(out, "; ")
}

func TestCompare(t *testing.T) {
	old, new := twoVersions(t)
	a := []string{"voluntary", "yes", "return_country", "GE", "legal_status", "no_right_to_stay", "age", "40"}
	with := func(more ...string) programme.PersonFacts { return member("a", slices.Concat(a, more)...) }
	kid := member("b", "voluntary", "yes", "return_country", "GE", "legal_status", "no_right_to_stay", "age", "7")
	for _, c := range []struct {
		name string
		q    programme.Question
		want string
	}{
		{"a man and a child", programme.Question{People: []programme.PersonFacts{with(), kid}},
			"return eligible→eligible; cash eligible→eligible; plan not_offered→conditional; shelter eligible→not_offered; a start 100000→120000 20000;  bed 30000→0 -30000; b start 100000→60000 -40000;  goods 0→200000 0"},
		{"to a country that is no longer served", programme.Question{People: []programme.PersonFacts{with("return_country", "AF")}},
			"return eligible→not (key.served); cash eligible→eligible; plan not_offered→conditional; shelter eligible→not_offered; a start 100000→120000 20000;  bed 30000→0 -30000;  goods 0→200000 0"},
		// A fact that only the new version asks for is no loss: it is not known yet.
		{"legal status not known", programme.Question{People: []programme.PersonFacts{member("a", "voluntary", "yes", "return_country", "GE", "age", "40")}},
			"return eligible→eligible; cash eligible→unknown (key.status); plan not_offered→conditional; shelter eligible→not_offered; a start 100000→0 ?;  bed 30000→0 -30000;  goods 0→200000 0; asks legal_status"},
		{"age not known", programme.Question{People: []programme.PersonFacts{member("a", "voluntary", "yes", "return_country", "GE", "legal_status", "protection")}},
			"return eligible→eligible; cash eligible→eligible; plan not_offered→conditional; shelter eligible→not_offered; a start 100000→0 ?;  bed 30000→0 -30000;  goods 0→200000 0; asks age"},
		// What a person decided stands while the rules propose the same, and is looked at again where they do not.
		{"decided against the rules, which stay", programme.Question{People: []programme.PersonFacts{with()}, Decided: map[string]programme.Verdict{"cash": programme.NotEligible, "shelter": programme.NotEligible}},
			"return eligible→eligible; cash not→not; plan not_offered→conditional; shelter not→not_offered;  goods 0→200000 0"},
		{"decided against the rules, which change", programme.Question{People: []programme.PersonFacts{with("legal_status", "eu_citizen")}, Decided: map[string]programme.Verdict{"cash": programme.Eligible, "plan": programme.Eligible}},
			"return eligible→eligible; cash eligible→not (key.status); plan not_offered→conditional; shelter eligible→not_offered; a start 100000→0 -100000;  bed 30000→0 -30000;  goods 0→200000 0"},
		{"nobody", programme.Question{}, ""},
	} {
		if got := sides(programme.Compare(old, new, c.q)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	if got := sides(programme.Compare(new, old, programme.Question{People: []programme.PersonFacts{with("return_country", "AF")}})); !strings.HasPrefix(got, "return not→eligible (key.served); cash eligible→eligible; shelter not_offered→eligible; plan conditional→not_offered") {
		t.Errorf("the way back: %s", got)
	}
}

func anyPeople(t *rapid.T) (out []programme.PersonFacts) {
	for i := range rapid.IntRange(1, 4).Draw(t, "people") {
		out = append(out, programme.PersonFacts{PersonID: string(rune('a' + i)), Facts: anyFacts(t)})
	}
	return out
}

func anyQuestion(t *rapid.T, p *programme.Pack) programme.Question {
	q := programme.Question{People: anyPeople(t), Decided: map[string]programme.Verdict{}}
	for _, c := range p.Components {
		if rapid.Bool().Draw(t, "decided "+c.Code) {
			q.Decided[c.Code] = rapid.SampledFrom([]programme.Verdict{programme.Eligible, programme.NotEligible}).Draw(t, c.Code)
		}
	}
	if left := rapid.Int64Range(-1, 3).Draw(t, "places"); left >= 0 {
		q.Seats = func(string, string) programme.Seat { return programme.Seat{Left: left} }
	}
	return q
}

// everyPack are drawn packs, the rich one and those that come with Nostos.
func everyPack(t *testing.T) func(*rapid.T) *programme.Pack {
	rich := richPack(t).All()
	all := append(shipped(t).All(), rich...)
	return func(t *rapid.T) *programme.Pack {
		if rapid.Bool().Draw(t, "drawn") {
			return anyPack(t)
		}
		return rapid.SampledFrom(all).Draw(t, "pack")
	}
}

// TestQuietIsTraced: verdicts and amounts are the same whether or not somebody asks why.
func TestQuietIsTraced(t *testing.T) {
	pack := everyPack(t)
	rapid.Check(t, func(t *rapid.T) {
		p := pack(t)
		q := anyQuestion(t, p)
		c := programme.Compare(p, p, q)
		lines := programme.Entitle(p, q).Lines
		for i := range lines {
			lines[i].Trace = nil
		}
		if d := cmp.Diff(lines, c.Before); d != "" {
			t.Fatalf("with and without a trace: %s", d)
		}
		for i, o := range programme.Evaluate(p, q.People[0].Facts) {
			want := o.Verdict
			if v, ok := q.Decided[o.Component]; ok {
				want = v
			}
			if c.Turns[i].Component != o.Component || c.Turns[i].Before != want {
				t.Fatalf("%s is %s, quietly %+v", o.Component, o.Verdict, c.Turns[i])
			}
			if o.Verdict == programme.Undecided {
				for _, f := range o.Asks() {
					if !slices.Contains(c.Missing, f) {
						t.Fatalf("nobody asks for %s", f)
					}
				}
			}
		}
	})
}

// TestAVersionAgainstItself changes nothing.
func TestAVersionAgainstItself(t *testing.T) {
	pack := everyPack(t)
	rapid.Check(t, func(t *rapid.T) {
		p := pack(t)
		c := programme.Compare(p, p, anyQuestion(t, p))
		if c.Changed() || len(c.Shifts) > 0 {
			t.Fatalf("%s against itself: %s", p.Version, sides(c))
		}
		tally := programme.NewTally()
		if err := tally.Add("1", "2026-03", "a", c); err != nil || tally.Changed != 0 || len(tally.Effects) != 0 {
			t.Fatalf("%v %+v", err, tally)
		}
		for _, s := range tally.Shares(p, p) {
			if s.Before != s.After {
				t.Fatalf("%+v", s)
			}
		}
	})
}

// TestTallyAddsUp: totals are the sums over the cases, however they were parted among workers, and no fund loses a cent.
func TestTallyAddsUp(t *testing.T) {
	old, new := twoVersions(t)
	rapid.Check(t, func(t *rapid.T) {
		whole, parts := programme.NewTally(), []*programme.Tally{programme.NewTally(), programme.NewTally(), programme.NewTally()}
		var sure, top, gain int64
		part := 0
		n := rapid.IntRange(1, 12).Draw(t, "cases")
		for i := range n {
			var q programme.Question
			for k := range rapid.IntRange(1, 3).Draw(t, "people") {
				q.People = append(q.People, programme.PersonFacts{PersonID: string(rune('a' + k)), Facts: programme.Facts{}})
				for name, vs := range map[string][]string{"voluntary": {"", "yes", "no"}, "return_country": {"AF", "GE"}, "legal_status": {"", "eu_citizen", "protection"}, "age": {"", "7", "40"}} {
					_ = q.People[k].Facts.Set(name, rapid.SampledFrom(vs).Draw(t, name))
				}
			}
			c := programme.Compare(old, new, q)
			for _, l := range programme.Entitle(new, q).Lines {
				if l.Verdict == programme.Eligible && !l.Ceiling {
					sure += l.Amount.Minor
				} else {
					top += l.Amount.Minor
				}
			}
			for k := range c.Shifts {
				gain += c.Shifts[k].Gain()
			}
			month := rapid.SampledFrom([]string{"2026-03", "2026-04"}).Draw(t, "month")
			part = min(2, part+rapid.IntRange(0, 1).Draw(t, "next"))
			for _, tally := range []*programme.Tally{whole, parts[part]} {
				if err := tally.Add(fmt.Sprint(i), month, "a", c); err != nil {
					t.Fatal(err)
				}
			}
		}
		merged := programme.NewTally()
		for _, p := range parts {
			if err := merged.Merge(p); err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(whole, merged); d != "" {
			t.Fatal(d)
		}
		var spent programme.Cost
		for _, s := range whole.Costs {
			spent.Sure, spent.Top = spent.Sure+s.After.Sure, spent.Top+s.After.Top
		}
		if spent != (programme.Cost{Sure: sure, Top: top}) {
			t.Fatalf("together %+v, case by case %d and %d", spent, sure, top)
		}
		var before, after programme.Cost
		for _, s := range whole.Shares(old, new) {
			before.Sure, before.Top, after.Sure, after.Top = before.Sure+s.Before.Sure, before.Top+s.Before.Top, after.Sure+s.After.Sure, after.Top+s.After.Top
		}
		if after != spent {
			t.Fatalf("the funds bear %+v of %+v", after, spent)
		}
		if e := whole.Effects["EUR"]; e != nil && e.Gain.Sum-e.Loss.Sum != gain || e == nil && gain != 0 {
			t.Fatalf("effect %+v, case by case %d", e, gain)
		}
		if whole.Cases != int64(n) || whole.Changed+whole.Unknown+whole.Same != whole.Cases {
			t.Fatalf("%+v", whole)
		}
		var turned int64
		for m, x := range whole.Turned {
			if m.Component == "cash" {
				turned += x.Cases
			}
		}
		if turned != whole.Cases {
			t.Fatalf("%d verdicts about cash in %d cases", turned, whole.Cases)
		}
	})
}

func TestTally(t *testing.T) {
	old, new := twoVersions(t)
	tally := programme.NewTally()
	for i, country := range []string{"AF", "GE", "AF"} {
		q := programme.Question{People: []programme.PersonFacts{member("a", "voluntary", "yes", "return_country", country, "legal_status", "protection", "age", "40"), member("b", "voluntary", "yes", "return_country", country, "legal_status", "protection", "age", "7")}}
		if err := tally.Add(fmt.Sprintf("GR-%d", i), "2026-03", "a", programme.Compare(old, new, q)); err != nil {
			t.Fatal(err)
		}
	}
	away := tally.Turned[programme.Move{Component: "return", Before: programme.Eligible, After: programme.NotEligible}]
	if away == nil || away.Cases != 2 || !slices.Equal(away.Numbers, []string{"GR-0", "GR-2"}) || !maps.Equal(away.Why, map[string]int64{"key.served": 2}) {
		t.Errorf("turned away: %+v", away)
	}
	// The bed was the main applicant's: 200 more in cash and 300 less for the bed, 400 less for the child.
	if e := tally.Effects["EUR"]; *e != (programme.Effect{Loss: programme.Side{Persons: 6, Sum: 150_000, Most: 40_000}}) {
		t.Errorf("effect %+v", e)
	}
	if x := tally.Shifted[programme.Grant{Component: "cash", Code: "start", Currency: "EUR"}]; *x != (programme.Shifted{Lines: 6, Before: 600_000, After: 540_000}) {
		t.Errorf("the start: %+v", x)
	}
	want := []programme.Share{
		{Month: "2026-03", Currency: "EUR", Fund: "amif", Before: programme.Cost{Sure: 450_000, Top: 67_500}, After: programme.Cost{Sure: 270_000, Top: 300_000}},
		{Month: "2026-03", Currency: "EUR", Fund: "national", Before: programme.Cost{Sure: 150_000, Top: 22_500}, After: programme.Cost{Sure: 162_000, Top: 180_000}},
		{Month: "2026-03", Currency: "EUR", Fund: "city", After: programme.Cost{Sure: 108_000, Top: 120_000}}}
	if d := cmp.Diff(want, tally.Shares(old, new)); d != "" {
		t.Error(d)
	}
	if tally.Wanted["plans"] != 0 {
		t.Errorf("places are taken by whom nobody chose: %v", tally.Wanted)
	}
	var q programme.Question
	q.People = []programme.PersonFacts{member("a", "voluntary", "yes")}
	big := programme.Compare(old, old, q)
	for i := range big.Before {
		big.Before[i].Amount.Minor = 1 << 62
	}
	if err := tally.Add("x", "m", "a", big); err == nil {
		if err = tally.Add("x", "m", "a", big); err == nil {
			t.Error("a sum that no longer fits was added")
		}
	}
}
