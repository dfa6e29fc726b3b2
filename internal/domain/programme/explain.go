package programme

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
	"github.com/nostos-avrr/nostos/internal/domain/programme/strict"
)

// Explanation is everything the program says about a case under one version: which help, why, how much. Two explanations
// of the same facts under the same version are equal, byte for byte, however many years lie between.
type Explanation struct {
	Pack       string      `json:"pack"`
	Version    string      `json:"version"`
	Components []Explained `json:"components"`
	Total      []Sum       `json:"total"`
}

// Explained is one component for the main applicant; People has those for whom something else holds.
type Explained struct {
	Component    string          `json:"component"`
	Result       string          `json:"result"`              // eligible, not_eligible or unknown
	Selection    bool            `json:"selection,omitempty"` // eligible, and somebody still has to choose: there is not enough for all
	Clauses      []ExplainedRule `json:"clauses"`
	People       []OtherPerson   `json:"people,omitempty"`
	Entitlements []ExplainedLine `json:"entitlements"`
	NotDue       []ExplainedLine `json:"not_due,omitempty"`
}

// OtherPerson is a member of the case for whom a component has another result than for the main applicant.
type OtherPerson struct {
	Person  string          `json:"person"`
	Result  string          `json:"result"`
	Clauses []ExplainedRule `json:"clauses"`
}

// ExplainedRule is a clause with what came of it.
type ExplainedRule struct {
	Key         string              `json:"key"`
	ID          string              `json:"id"`
	Result      string              `json:"result"` // holds, fails or unknown
	Rule        string              `json:"rule,omitempty"`
	Facts       map[string][]string `json:"facts"`
	Missing     []string            `json:"missing"`
	Source      string              `json:"source"`
	Provisional bool                `json:"provisional,omitempty"`
	Any         []ExplainedRule     `json:"any,omitempty"`
}

// ExplainedLine is one amount for one person; Person is empty for an amount of the whole case.
type ExplainedLine struct {
	Person      string          `json:"person"`
	Entitlement string          `json:"entitlement"`
	Result      string          `json:"result"`
	Minor       int64           `json:"amount_minor"`
	Currency    string          `json:"currency"`
	Modality    string          `json:"modality"`
	Or          []string        `json:"or,omitempty"`
	Ceiling     bool            `json:"ceiling,omitempty"`
	UnitCost    bool            `json:"unit_cost,omitempty"`
	Tier        string          `json:"tier,omitempty"`
	Times       int64           `json:"times,omitempty"`
	CappedBy    string          `json:"capped_by,omitempty"`
	Uncapped    int64           `json:"uncapped_minor,omitempty"`
	Quota       string          `json:"quota,omitempty"`
	Instalments []ExplainedPart `json:"instalments,omitempty"`
	Expires     *ExplainedPart  `json:"expires,omitempty"`
	Missing     []string        `json:"missing,omitempty"`
	Source      string          `json:"source"`
	Provisional bool            `json:"provisional,omitempty"`
	Trace       []ExplainedRule `json:"trace"`
}

// ExplainedPart is an instalment, or the time after which what was not used is lost.
type ExplainedPart struct {
	Minor  int64  `json:"amount_minor,omitempty"`
	Months int64  `json:"months"`
	After  string `json:"after"`
}

// Sum is one currency's total of what is sure.
type Sum struct {
	Currency string `json:"currency"`
	Minor    int64  `json:"amount_minor"`
}

// Explain puts together what the rules say about a case.
func Explain(p *Pack, q Question) (Explanation, error) {
	out := Explanation{Pack: p.Code, Version: p.Version, Components: []Explained{}, Total: []Sum{}}
	entitled := Entitle(p, q)
	for i, person := range q.People {
		for k, o := range Evaluate(p, person.Facts) {
			result, selection := plain(o.Verdict)
			rules := explainRules(o.Trace)
			if i == 0 {
				out.Components = append(out.Components, Explained{Component: o.Component, Result: result, Selection: selection, Clauses: rules,
					Entitlements: explainLines(entitled.Lines, o.Component), NotDue: explainLines(entitled.NotDue, o.Component)})
			} else if result != out.Components[k].Result {
				out.Components[k].People = append(out.Components[k].People, OtherPerson{person.PersonID, result, rules})
			}
		}
	}
	totals, err := Totals(entitled.Lines)
	for _, t := range totals {
		out.Total = append(out.Total, Sum{t.Currency, t.Minor})
	}
	return out, err
}

// plain is a verdict in the three words of everybody outside: who may still be chosen is eligible.
func plain(v Verdict) (result string, selection bool) {
	switch v {
	case NotEligible:
		return "not_eligible", false
	case Undecided:
		return "unknown", false
	}
	return "eligible", v == Conditional
}

func explainRules(ts []Traced) []ExplainedRule {
	out := []ExplainedRule{}
	for _, t := range ts {
		x := ExplainedRule{Key: t.Key, ID: t.ID, Result: string(t.Result), Rule: t.Rule, Facts: map[string][]string{}, Missing: []string{}, Source: t.Source, Provisional: t.Provisional}
		for _, g := range t.Facts {
			if g.Known {
				x.Facts[g.Fact] = append([]string{}, g.Values...)
			}
		}
		x.Missing = append(x.Missing, t.Asks...)
		if len(t.Any) > 0 {
			x.Any = explainRules(t.Any)
			if t.Result == Unknown {
				x.Missing = append(x.Missing, asks(t.Any)...)
			}
		}
		out = append(out, x)
	}
	return out
}

func explainLines(ls []Line, component string) []ExplainedLine {
	out := []ExplainedLine{}
	for _, l := range ls {
		if l.Component != component {
			continue
		}
		result, _ := plain(l.Verdict)
		x := ExplainedLine{Person: l.PersonID, Entitlement: l.Code, Result: result, Minor: l.Amount.Minor, Currency: l.Amount.Currency, Modality: l.Modality, Or: l.Or, Ceiling: l.Ceiling, UnitCost: l.UnitCost, Tier: l.Tier, Times: l.Times,
			CappedBy: l.CappedBy, Uncapped: l.Uncapped.Minor, Quota: l.Quota, Missing: l.Asks, Source: l.Source, Provisional: l.Provisional, Trace: explainRules(l.Trace)}
		for _, in := range l.Instalments {
			x.Instalments = append(x.Instalments, ExplainedPart{in.Amount.Minor, in.Months, in.After})
		}
		if l.Expires.After != "" {
			x.Expires = &ExplainedPart{0, l.Expires.Months, l.Expires.After}
		}
		out = append(out, x)
	}
	return out
}

// ReadFacts reads a file of facts, YAML or JSON: either names with their values, about one person, or
//
//	case:   {return_country: GE}          what holds for everybody
//	people: [{id: mother, facts: {age: 34}}, {id: son, age: 4}]
//
// How many people and children there are need not be said: it is counted.
func ReadFacts(name string, data []byte) ([]PersonFacts, []Mistake) {
	var out strict.List
	root, ok := strict.Parse(name, data, &out)
	if !ok {
		return nil, out.Sorted()
	}
	people := readPeople(root)
	if len(people) == 0 {
		root.RefuseAs("nobody", "at least one person")
	}
	return people, out.Sorted()
}

func readPeople(root strict.Node) (people []PersonFacts) {
	shared := Facts{}
	if !root.Has("people") {
		readFacts(shared, root)
		people = []PersonFacts{{PersonID: "applicant", Facts: shared}}
		countPeople(people)
		return people
	}
	root.Field("case", func(n strict.Node) { readFacts(shared, n) })
	root.Field("people", strict.Each(func(n strict.Node) {
		p := PersonFacts{PersonID: fmt.Sprintf("person_%d", len(people)+1), Facts: maps.Clone(shared)}
		n.Entries(func(key string, at, v strict.Node) {
			switch key {
			case "id":
				name(&p.PersonID)(v)
			case "facts":
				readFacts(p.Facts, v)
			default:
				readFact(p.Facts, key, at, v)
			}
		})
		if slices.ContainsFunc(people, func(o PersonFacts) bool { return o.PersonID == p.PersonID }) {
			n.RefuseAs("a second person "+p.PersonID, "each with an id of their own")
		}
		people = append(people, p)
	}))
	countPeople(people)
	return people
}

// countPeople adds to everybody what can be seen of the group: who is first, how many they are.
func countPeople(people []PersonFacts) {
	children, known := 0, true
	for _, p := range people {
		age := p.Facts["age"]
		if known = known && len(age) == 1; !known {
			break
		}
		if years, err := strconv.Atoi(age[0]); err == nil && years < 18 {
			children++
		}
	}
	for i, p := range people {
		fill := func(name, v string) {
			if _, ok := p.Facts[name]; !ok {
				p.Facts[name] = []string{v}
			}
		}
		fill("household_size", strconv.Itoa(len(people)))
		if known {
			fill("children", strconv.Itoa(children))
		}
		if i == 0 {
			fill("relation", "principal")
		}
	}
}

func readFacts(f Facts, n strict.Node) {
	n.Entries(func(key string, at, v strict.Node) { readFact(f, key, at, v) })
}

func readFact(f Facts, key string, at, v strict.Node) {
	fact, ok := FactNamed(key)
	if !ok {
		at.Refuse(base().Names(key))
		return
	}
	if v.IsNothing() { // null says that it is not known
		return
	}
	if vs := readValues(fact, v); len(vs) > 0 || fact.Kind == expr.Multi {
		f[key] = slices.Clone(vs)
	}
}
