package programme

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Result of a clause: there are three, and unknown is not no.
type Result string

// Results.
const (
	Holds   Result = "holds"
	Fails   Result = "fails"
	Unknown Result = "unknown"
)

// Verdict about a component.
type Verdict string

// Verdicts. The message keys are eligibility.verdict.VERDICT.
const (
	Eligible    Verdict = "eligible"
	Conditional Verdict = "conditional" // every clause holds; somebody still has to choose
	Undecided   Verdict = "unknown"     // a fact is missing: ask for it
	NotEligible Verdict = "not"
)

// Traced is a clause with what came of it.
type Traced struct {
	ID     string
	Result Result
	Fact   string   // empty for a group
	Op     string   // is, not, in, …
	Values []string // what the clause wants
	Given  []string // what is known
	Key    string   // the clause in words
	AskKey string   // the question to ask when the fact is missing
	Origin
	Any []Traced // the members of a group of which one is enough
}

// Outcome is what the program says about one component, and why. It is advice: a person decides.
type Outcome struct {
	Component string
	Verdict   Verdict
	Key       string // why it is only conditional
	Trace     []Traced
}

// Asks lists the facts that are missing and would decide something, each once.
func (o Outcome) Asks() []string { return asks(o.Trace) }

func asks(trace []Traced) (out []string) {
	for _, t := range trace {
		if t.Result != Unknown {
			continue
		}
		names := []string{t.Fact}
		if len(t.Any) > 0 {
			names = asks(t.Any)
		}
		for _, n := range names {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// Evaluate says for each component of a pack whether a person is eligible, clause by clause.
func Evaluate(p *Pack, f Facts) []Outcome {
	out := make([]Outcome, 0, len(p.Components))
	for _, c := range p.Components {
		o := Outcome{Component: c.Code, Trace: trace(c.Clauses, f)}
		switch all(o.Trace) {
		case Holds:
			o.Verdict = Eligible
			if c.Conditional != "" {
				o.Verdict, o.Key = Conditional, c.Conditional
			}
		case Fails:
			o.Verdict = NotEligible
		case Unknown:
			o.Verdict = Undecided
		}
		out = append(out, o)
	}
	return out
}

func trace(cs []Clause, f Facts) []Traced {
	out := make([]Traced, 0, len(cs))
	for _, c := range cs {
		t := Traced{ID: c.ID, Fact: c.Fact, Op: c.Op, Values: c.Values, Key: c.Key, Origin: c.Origin}
		if len(c.Any) > 0 {
			t.Any = trace(c.Any, f)
			t.Result = anyOf(t.Any)
		} else {
			t.Given, t.AskKey = f[c.Fact], "fact.ask."+c.Fact
			t.Result = c.test(f)
		}
		out = append(out, t)
	}
	return out
}

func all(ts []Traced) Result {
	r := Holds
	for _, t := range ts {
		switch t.Result {
		case Fails:
			return Fails
		case Unknown:
			r = Unknown
		}
	}
	return r
}

func anyOf(ts []Traced) Result {
	r := Fails
	for _, t := range ts {
		switch t.Result {
		case Holds:
			return Holds
		case Unknown:
			r = Unknown
		}
	}
	return r
}

// test looks at one fact. Whatever is asked of a fact that is missing, the answer is unknown.
func (c Clause) test(f Facts) Result {
	given, known := f[c.Fact]
	if !known {
		return Unknown
	}
	yes := false
	switch c.Op {
	case "present":
		yes = true
	case "is", "in":
		yes = overlap(given, c.Values)
	case "not", "not_in":
		yes = !overlap(given, c.Values)
	case "at_least", "at_most":
		if len(given) != 1 || len(c.Values) != 1 {
			return Unknown
		}
		d, ok := compare(given[0], c.Values[0])
		if !ok {
			return Unknown
		}
		yes = c.Op == "at_least" && d >= 0 || c.Op == "at_most" && d <= 0
	}
	if yes {
		return Holds
	}
	return Fails
}

func overlap(a, b []string) bool {
	for _, v := range a {
		if slices.Contains(b, v) {
			return true
		}
	}
	return false
}

// compare orders two numbers, or two dates: those are ordered as they are written.
func compare(a, b string) (int, bool) {
	if countsAsDate(a) && countsAsDate(b) {
		return cmp.Compare(a, b), true
	}
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	return cmp.Compare(x, y), errX == nil && errY == nil
}

func countsAsDate(s string) bool { return len(s) == 10 && s[4] == '-' && s[7] == '-' }

// PersonFacts are one person of a case; the first is the principal applicant.
type PersonFacts struct {
	PersonID string
	Facts    Facts
}

// Line is one amount for one person, or for the case when PersonID is empty.
type Line struct {
	Code, Component string // Code is empty while it is not known which of the component's amounts is due
	PersonID        string
	Verdict         Verdict // Eligible, Conditional or Undecided: what is not due has no line
	Amount          money.Amount
	Ceiling         bool
	Modality        string
	Asks            []string // facts to ask for while undecided; the amount is then zero
	Origin
	Trace []Traced
}

// Entitlements says what each person of a case would receive, and why. A component for which a person is not eligible gives
// no line; where a fact is missing the line says which, and promises nothing.
func Entitlements(p *Pack, people []PersonFacts) []Line { return EntitlementsDecided(p, people, nil) }

// EntitlementsDecided is Entitlements where persons have decided: for a component in decided their word stands in place of
// what the rules alone would say. Which of a component's amounts it is, the rules still find.
func EntitlementsDecided(p *Pack, people []PersonFacts, decided map[string]Verdict) []Line {
	var out []Line
	for i, person := range people {
		for _, o := range Evaluate(p, person.Facts) {
			if v, ok := decided[o.Component]; ok {
				o.Verdict = v
			}
			if o.Verdict == NotEligible {
				continue
			}
			out = append(out, lines(p, o, person, i == 0)...)
		}
	}
	return out
}

func lines(p *Pack, o Outcome, person PersonFacts, principal bool) (out []Line) {
	var open *Line // of several amounts of which none is sure yet, one line says so
	for _, a := range p.Amounts {
		if a.Component != o.Component || a.Per == "case" && !principal {
			continue
		}
		l := Line{Code: a.Code, Component: a.Component, PersonID: person.PersonID, Verdict: o.Verdict, Amount: a.Amount, Ceiling: a.Ceiling,
			Modality: a.Modality, Origin: a.Origin, Trace: trace(a.When, person.Facts)}
		if a.Per == "case" {
			l.PersonID = ""
		}
		r := all(l.Trace)
		switch {
		case r == Fails:
		case r == Holds && o.Verdict != Undecided:
			out = append(out, l)
		case open == nil:
			l.Code, l.Origin, l.Ceiling = "", Origin{}, false // which of the amounts it will be is not known
			l.Verdict, l.Amount.Minor, l.Asks = Undecided, 0, append(o.Asks(), asks(l.Trace)...)
			open = &l
		default:
			open.Trace = append(open.Trace, l.Trace...)
			open.Asks = append(open.Asks, asks(l.Trace)...)
		}
	}
	if open != nil {
		slices.Sort(open.Asks)
		open.Asks = slices.Compact(open.Asks)
		out = append(out, *open)
	}
	return out
}
