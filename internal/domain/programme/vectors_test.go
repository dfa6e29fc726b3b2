package programme_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/packs"
)

// What the examples beside the programmes cannot say: caps, instalments, places, reasons, and what an office may choose.

func shippedVersion(t *testing.T, code, version string) *programme.Pack {
	t.Helper()
	p, err := shipped(t).Version(code, version)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// peopleOf reads people as a file of facts names them.
func peopleOf(t *testing.T, facts string) []programme.PersonFacts {
	t.Helper()
	people, ms := programme.ReadFacts("facts", []byte(facts))
	if len(ms) > 0 {
		t.Fatal(ms)
	}
	return people
}

// oneLine finds a line among many.
func oneLine(t *testing.T, ls []programme.Line, code, person string) programme.Line {
	t.Helper()
	i := slices.IndexFunc(ls, func(l programme.Line) bool { return l.Code == code && l.PersonID == person })
	if i < 0 {
		t.Fatalf("no line %s for %q in %s", code, person, said(ls))
	}
	return ls[i]
}

// alwaysKnown is what the program finds out about a case without a form.
var alwaysKnown = []string{"age", "application_date", "children", "declaration_signed", "household_size", "nationality", "relation", "return_country", "unaccompanied_child", "voluntary", "vulnerable"}

// A rule may ask only for what a form of its programme asks, or what the program knows: otherwise a case stays unclear for ever.
func TestEveryFactOfARuleCanBecomeKnown(t *testing.T) {
	for _, p := range shipped(t).All() {
		settled := slices.Clone(alwaysKnown)
		for _, f := range p.Forms {
			for _, q := range f.Fields {
				if q.Fact != "" && q.Class == "normal" {
					settled = append(settled, q.Fact)
				}
			}
		}
		for _, fact := range uses(p) {
			if !slices.Contains(settled, fact) {
				t.Errorf("%s %s: no form asks for %s", p.Code, p.Version, fact)
			}
		}
	}
}

// uses lists the facts that any rule of a programme looks at.
func uses(p *programme.Pack) (out []string) {
	cond := func(c *expr.Cond) {
		if c != nil {
			out = append(out, c.Uses...)
		}
	}
	var clauses func([]programme.Clause)
	clauses = func(cs []programme.Clause) {
		for _, c := range cs {
			cond(c.When)
			clauses(c.Any)
		}
	}
	for _, c := range p.Components {
		clauses(c.Clauses)
	}
	for _, a := range p.Amounts {
		clauses(a.When)
		for _, tier := range a.Tiers {
			cond(tier.When)
		}
		if a.Times != nil {
			cond(&a.Times.Cond)
		}
	}
	for _, c := range p.Caps {
		clauses(c.When)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Two adults and five children in Germany: 900 to travel and, in place of 4,500, the 4,000 that a family receives at most.
func TestGermanFamilyCap(t *testing.T) {
	facts := "case: {voluntary: true, legal_status: no_right_to_stay, means: none, return_country: IQ, nationality: IQ}\npeople:\n"
	for i, age := range []int{40, 38, 17, 13, 11, 6, 2} {
		facts += fmt.Sprintf("  - {id: p%d, age: %d, relation: %s}\n", i, age, map[bool]string{true: "principal", false: "child"}[i == 0])
	}
	lines := programme.Entitlements(shippedVersion(t, "de-reag-garp", "2024.1"), peopleOf(t, facts))
	sums := map[string]int64{}
	for _, l := range lines {
		sums[l.Code] += l.Amount.Minor
	}
	if sums["travel_allowance"] != 900_00 || sums["start_up"] != 4000_00 {
		t.Errorf("%v", sums)
	}
	last := oneLine(t, lines, "start_up", "p6")
	if last.CappedBy != "family" || last.Uncapped != money.Of(500_00, "EUR") || last.Amount.Minor != 0 {
		t.Errorf("the last child: %+v", last)
	}
	if m := oneLine(t, lines, "medical", "p6"); m.Verdict != programme.Conditional || !m.Ceiling || m.Expires != (programme.Period{Months: 3, After: "arrival"}) {
		t.Errorf("medical help: %+v", m)
	}
}

// Whoever hears no hears which condition it is, and from whom it comes.
func TestTurkishNationalHearsWhy(t *testing.T) {
	p := shippedVersion(t, "de-reag-garp", "2024.1")
	who := peopleOf(t, "{voluntary: true, legal_status: asylum_applicant, means: none, return_country: TR, nationality: TR, age: 30, stay_since: 2024-07-15, stay_since_evidence: entry_stamp, application_date: 2025-01-15}")
	for _, o := range programme.Evaluate(p, who[0].Facts) {
		var failed []string
		for _, c := range o.Trace {
			if c.Result == programme.Fails {
				failed = append(failed, c.ID+" by "+c.Source)
			}
		}
		want := map[string]string{"start_up": "turkey_stay by bamf_tuerkiye", "medical": "turkey_stay by bamf_tuerkiye"}[o.Component]
		if got := strings.Join(failed, ", "); got != want {
			t.Errorf("%s fails by %q, want %q", o.Component, got, want)
		}
	}
}

func TestStarthilfePlusIsPaidInTwoHalves(t *testing.T) {
	people := peopleOf(t, `case: {other_programmes: [de-reag-garp], legal_status: asylum_applicant, asylum_stage: applied, claim_withdrawn: true, return_country: IQ, application_date: 2017-06-01}
people: [{id: a, age: 40}, {id: b, age: 38}, {id: c, age: 15}, {id: d, age: 13}, {id: e, age: 3}]`)
	lines := programme.Entitlements(shippedVersion(t, "de-starthilfe-plus", "2017.1"), people)
	for _, c := range []struct {
		code, who string
		half      int64
	}{{"start_up", "a", 600_00}, {"start_up", "e", 300_00}, {"large_family", "", 250_00}} {
		got := oneLine(t, lines, c.code, c.who).Instalments
		want := []programme.Payment{{Amount: money.Of(c.half, "EUR"), Period: programme.Period{Months: 0, After: "departure"}}, {Amount: money.Of(c.half, "EUR"), Period: programme.Period{Months: 6, After: "arrival"}}}
		if !slices.Equal(got, want) {
			t.Errorf("%s of %q: %+v", c.code, c.who, got)
		}
	}
}

// When the first thousand have applied, the next one still has the aid that everybody has.
func TestAustrianActionHasAThousandPlaces(t *testing.T) {
	p := shippedVersion(t, "at-avrr", "2017.1")
	people := peopleOf(t, "{voluntary: true, legal_status: asylum_applicant, means: none, criminal_record: false, return_country: IQ, nationality: IQ, asylum_stage: applied, asylum_application_date: 2017-03-15, application_date: 2017-04-01}")
	for want, left := range map[string]int64{"applicant start_up EUR 500.00 open; applicant action_2017 EUR 500.00 open": 1, "applicant start_up EUR 500.00 open": 0} {
		e := programme.Entitle(p, programme.Question{People: people, Seats: func(string, string) programme.Seat { return programme.Seat{Left: left} }})
		if got := said(e.Lines); got != want {
			t.Errorf("%d places left: %s, want %s", left, got, want)
		}
	}
	if p.Quotas[0].Seats != 1000 {
		t.Errorf("%d places", p.Quotas[0].Seats)
	}
}

// Whether the first help of the European programme is for the case or for each person is one word in the office's own copy.
func TestEuropeanHelpPerCaseOrPerPerson(t *testing.T) {
	for per, want := range map[string]int64{"case": 4615_00, "person": 5845_00} {
		fsys := fstest.MapFS{}
		err := fs.WalkDir(packs.Files, "eurp", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.Contains(name, "/examples/") {
				return err
			}
			data, err := fs.ReadFile(packs.Files, name)
			fsys[name] = &fstest.MapFile{Data: []byte(strings.Replace(string(data), "per: case\n    modality: service", "per: "+per+"\n    modality: service", 1))}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		p, err := loaded(t, fsys).Version("eurp", "2024.1")
		if err != nil {
			t.Fatal(err)
		}
		x, err := programme.Explain(p, programme.Question{People: peopleOf(t, `case: {departure_type: voluntary, legal_status: no_right_to_stay, means: none, nationality: NG}
people: [{id: mother, age: 38}, {id: father, age: 41, relation: spouse}, {id: son, age: 3, relation: child}]`)})
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(x.Total) != fmt.Sprintf("[{EUR %d}]", want) {
			t.Errorf("per %s: %v, want %d", per, x.Total, want)
		}
		for _, c := range x.Components {
			for _, l := range c.Entitlements {
				if !l.UnitCost || l.Modality == "cash" {
					t.Errorf("per %s: %+v is no unit cost, or is cash", per, l)
				}
			}
		}
	}
}
