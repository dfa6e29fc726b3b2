package programme

import (
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
)

// Result of a clause: there are three, and unknown is not no.
type Result = expr.Result

// Results.
const (
	Holds   = expr.Holds
	Fails   = expr.Fails
	Unknown = expr.Unknown
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

// Given is a fact that a clause looked at, as it was known.
type Given struct {
	Fact   string
	Known  bool
	Values []string
}

// Traced is a clause with what came of it.
type Traced struct {
	ID     string
	Result Result
	Rule   string  // the condition as its author wrote it; empty for a group
	Facts  []Given // the facts it looked at
	Asks   []string
	Key    string // the clause in words
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
		names := t.Asks
		if len(t.Any) > 0 && t.Result == Unknown {
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

// person is one person with what is known about them, ready for any number of conditions.
type person struct {
	facts Facts
	known *expr.Known
	quiet bool // nobody asks why: no trace is kept, and nothing is looked at that cannot change the answer
}

func about(f Facts, quiet bool) person { return person{f, base().Known(f), quiet} }

// Evaluate says for each component of a pack whether a person is eligible, clause by clause.
func Evaluate(p *Pack, f Facts) []Outcome {
	out, x := make([]Outcome, 0, len(p.Components)), about(f, false)
	for _, c := range p.Components {
		o, _ := x.outcome(c)
		out = append(out, o)
	}
	return out
}

// outcome also gives the facts that are missing and would decide something.
func (x person) outcome(c Component) (o Outcome, missing []string) {
	var r Result
	o.Component = c.Code
	switch r, missing, o.Trace = x.all(c.Clauses); r {
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
	return o, missing
}

// all looks at clauses of which each must hold.
func (x person) all(cs []Clause) (r Result, missing []string, trace []Traced) {
	if x.quiet {
		r, missing = x.judge(cs)
		return r, missing, nil
	}
	trace = x.trace(cs)
	return all(trace), asks(trace), trace
}

// judge comes to the same result as trace does, without telling how.
func (x person) judge(cs []Clause) (r Result, missing []string) {
	r = Holds
	for i := range cs {
		switch one, ask := x.judgeOne(&cs[i]); one {
		case Fails:
			return Fails, nil
		case Unknown:
			r, missing = Unknown, append(missing, ask...)
		}
	}
	return r, missing
}

func (x person) judgeOne(c *Clause) (r Result, missing []string) {
	if len(c.Any) == 0 {
		return c.When.Test(x.known)
	}
	r = Fails
	for i := range c.Any {
		switch one, ask := x.judgeOne(&c.Any[i]); one {
		case Holds:
			return Holds, nil
		case Unknown:
			r, missing = Unknown, append(missing, ask...)
		}
	}
	return r, missing
}

func (x person) trace(cs []Clause) []Traced {
	out := make([]Traced, 0, len(cs))
	for _, c := range cs {
		out = append(out, x.test(c))
	}
	return out
}

// test looks at one clause. Every member of a group is looked at, so that whoever asks why can be told of each.
func (x person) test(c Clause) Traced {
	if x.quiet {
		r, missing := x.judgeOne(&c)
		return Traced{Result: r, Asks: missing}
	}
	t := Traced{ID: c.ID, Key: c.Key, Origin: c.Origin}
	if len(c.Any) > 0 {
		t.Any = x.trace(c.Any)
		t.Result = anyOf(t.Any)
		return t
	}
	t.Rule = c.When.Source
	t.Result, t.Asks = c.When.Test(x.known)
	t.Facts = x.given(c.When.Uses)
	return t
}

func (x person) given(names []string) []Given {
	out := make([]Given, 0, len(names))
	for _, n := range names {
		v, known := x.facts[n]
		out = append(out, Given{n, known, v})
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
