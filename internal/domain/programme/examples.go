package programme

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/programme/strict"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Example is a case with invented people and what the programme must say about them. A pack carries its own: whoever changes
// a rule sees at once whose help it changes.
type Example struct {
	Name   string
	File   string
	People []PersonFacts
	Expect []Expectation
	Total  []money.Amount // of all that is sure, ceilings left out, by currency; nil: not stated
}

// Expectation is what must come out for one person.
type Expectation struct {
	Person     string
	Components map[string]Verdict
	Amounts    map[string]money.Amount // exactly these lines, if stated
	HasAmounts bool
	Asks       []string // exactly these facts are missing, if stated
	HasAsks    bool
}

// Failure is an expectation that did not come true.
type Failure struct{ File, Example, Person, What, Got, Want string }

func (f Failure) String() string {
	who := f.Person
	if who == "" {
		who = "the case"
	}
	return fmt.Sprintf("%s: %s: %s: %s is %s, expected %s", f.File, f.Example, who, f.What, f.Got, f.Want)
}

// RunExamples holds a pack against its own examples.
func RunExamples(p *Pack) (out []Failure) {
	for _, e := range p.Examples {
		fail := func(person, what, got, want string) {
			out = append(out, Failure{e.File, e.Name, person, what, got, want})
		}
		lines := Entitlements(p, e.People)
		for _, x := range e.Expect {
			facts := factsOf(e.People, x.Person)
			var asked []string
			for _, o := range Evaluate(p, facts) {
				if want, ok := x.Components[o.Component]; ok && o.Verdict != want {
					fail(x.Person, o.Component, string(o.Verdict)+" ("+decisive(o)+")", string(want))
				}
				for _, a := range o.Asks() {
					if !slices.Contains(asked, a) {
						asked = append(asked, a)
					}
				}
			}
			got := map[string]money.Amount{}
			for _, l := range lines {
				if l.PersonID != x.Person {
					continue
				}
				for _, a := range l.Asks {
					if !slices.Contains(asked, a) {
						asked = append(asked, a)
					}
				}
				if l.Verdict != Undecided {
					got[l.Code] = l.Amount
				}
			}
			if x.HasAmounts && !equalAmounts(got, x.Amounts) {
				fail(x.Person, "what is due", amountsText(p, got), amountsText(p, x.Amounts))
			}
			if x.HasAsks && !sameSet(asked, x.Asks) {
				fail(x.Person, "what to ask", strings.Join(asked, ", "), strings.Join(x.Asks, ", "))
			}
		}
		if e.Total != nil {
			if sum, err := Totals(lines); err != nil || !slices.Equal(sum, e.Total) {
				fail("", "the total", sumText(sum), sumText(e.Total))
			}
		}
	}
	return out
}

func factsOf(people []PersonFacts, id string) Facts {
	for _, p := range people {
		if p.PersonID == id {
			return p.Facts
		}
	}
	return nil
}

// decisive names the clauses that made the verdict.
func decisive(o Outcome) string {
	want := map[Verdict]Result{NotEligible: Fails, Undecided: Unknown}[o.Verdict]
	var out []string
	for _, t := range o.Trace {
		if want == "" || t.Result == want {
			out = append(out, t.ID+" "+string(t.Result))
		}
	}
	return strings.Join(out, ", ")
}

func sameSet(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

func equalAmounts(a, b map[string]money.Amount) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

func amountsText(p *Pack, m map[string]money.Amount) string {
	var out []string
	for _, a := range p.amounts() {
		if v, ok := m[a.Code]; ok {
			out = append(out, a.Code+" "+v.String())
		}
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

func (l *loader) readExample(root strict.Node) {
	e := Example{File: root.Mark().File}
	e.People = readPeople(root)
	root.Fields(strict.Fields{
		"name":   strict.Text(&e.Name),
		"case":   func(strict.Node) {},
		"people": func(strict.Node) {},
		"expect": strict.Each(func(n strict.Node) { l.readExpectation(&e, n) }),
		"total":  func(n strict.Node) { l.readTotal(&e, n) },
	}, "name", "people", "expect")
	l.pack.Examples = append(l.pack.Examples, e)
}

// readTotal reads a sum in the programme's currency, or a sum for each currency by its code.
func (l *loader) readTotal(e *Example, n strict.Node) {
	e.Total = []money.Amount{}
	if s, ok := n.Scalar(); ok {
		if s != "0" {
			var m money.Amount
			amount(&m, l.pack.Currency)(n)
			e.Total = append(e.Total, m)
		}
		return
	}
	n.Entries(func(cur string, at, v strict.Node) {
		if !money.Known(cur) {
			at.Refuse("a currency in use")
			return
		}
		var m money.Amount
		amount(&m, cur)(v)
		e.Total = append(e.Total, m)
	})
	slices.SortFunc(e.Total, func(a, b money.Amount) int { return strings.Compare(a.Currency, b.Currency) })
}

func sumText(ms []money.Amount) string {
	var out []string
	for _, m := range ms {
		out = append(out, m.String())
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, " and ")
}

func (l *loader) readExpectation(e *Example, n strict.Node) {
	x := Expectation{Components: map[string]Verdict{}, Amounts: map[string]money.Amount{}}
	var personAt strict.Node
	n.Fields(strict.Fields{
		"person": func(n strict.Node) { personAt = n; name(&x.Person)(n) },
		"components": func(n strict.Node) {
			n.Entries(func(key string, at, v strict.Node) {
				var verdict string
				strict.OneOf(&verdict, string(Eligible), string(Conditional), string(Undecided), string(NotEligible))(v)
				for _, c := range l.pack.Components {
					if c.Code == key {
						x.Components[key] = Verdict(verdict)
						return
					}
				}
				at.Refuse("a component in eligibility.yaml")
			})
		},
		"amounts": func(n strict.Node) {
			x.HasAmounts = true
			n.Entries(func(key string, at, v strict.Node) {
				for _, a := range l.pack.Amounts {
					if a.Code == key {
						m := a.Tiers[0].Amount
						amountFrom(0, &m, m.Currency)(v)
						x.Amounts[key] = m
						return
					}
				}
				at.Refuse("an amount in entitlements.yaml")
			})
		},
		"asks": func(n strict.Node) { x.HasAsks = true; strict.Texts(&x.Asks, strict.Text)(n) },
	}, "person")
	if x.Person != "" && factsOf(e.People, x.Person) == nil {
		personAt.Refuse("one of the people above")
	}
	e.Expect = append(e.Expect, x)
}
