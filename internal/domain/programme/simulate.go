package programme

import "slices"

// NotOffered is the verdict about a component that a version does not have.
const NotOffered Verdict = "not_offered"

// Turn is a component under the version before and the one after: what a person decided, or else what the rules say about
// the main applicant.
type Turn struct {
	Component     string
	Before, After Verdict
	Why           []string // message keys of the clauses that stand or stood in the way, where the two differ
}

// Shift is an amount that becomes another, begins or ends. The side that has none is empty.
type Shift struct {
	Before, After Line
	Unknown       bool // the other side cannot be told: a fact is missing there
}

// Change is what becomes of one case when one version of its programme takes the place of another. It is a forecast; no
// decision changes by it.
type Change struct {
	Turns         []Turn // every component of either version
	Before, After []Line // without traces
	Shifts        []Shift
	Missing       []string // facts to ask for, in the order of the alphabet: without them something is unknown
}

// Compare works a case out under two versions. What a person decided stands under the new one as well, as long as the
// rules propose there what they proposed before; where they do not, somebody will have to look again, and until then
// their new proposal is the best guess.
func Compare(old, new *Pack, q Question) (c Change) {
	if len(q.People) == 0 {
		return c
	}
	people := q.about(true)
	before, after := old.say(people), new.say(people)
	stands := q.Decided
	decide := func(component string, v Verdict) Verdict {
		if d, ok := q.Decided[component]; ok {
			return d
		}
		return v
	}
	for _, a := range after[0] {
		i := slices.IndexFunc(before[0], func(b said) bool { return b.Component == a.Component })
		t := Turn{Component: a.Component, Before: NotOffered, After: a.Verdict}
		switch {
		case i < 0: // nobody can have decided about it under the version before
			stands = without(stands, a.Component)
		case before[0][i].Verdict == a.Verdict:
			t.Before = decide(a.Component, a.Verdict)
			t.After = t.Before
		default:
			t.Before = decide(a.Component, before[0][i].Verdict)
			stands = without(stands, a.Component)
		}
		if t.Before != t.After {
			t.Why = new.why(people[0], a)
			if len(t.Why) == 0 && i >= 0 {
				t.Why = old.why(people[0], before[0][i])
			}
		}
		c.Turns = append(c.Turns, t)
		c.ask(a.missing)
	}
	for _, b := range before[0] {
		if !slices.ContainsFunc(after[0], func(a said) bool { return a.Component == b.Component }) {
			c.Turns = append(c.Turns, Turn{Component: b.Component, Before: decide(b.Component, b.Verdict), After: NotOffered})
		}
		c.ask(b.missing)
	}
	c.Before = old.due(q, people, before).Lines
	q.Decided = stands
	c.After = new.due(q, people, after).Lines
	c.Shifts = shifts(c.Before, c.After)
	for _, l := range c.Before {
		c.ask(l.Asks)
	}
	for _, l := range c.After {
		c.ask(l.Asks)
	}
	slices.Sort(c.Missing)
	c.Missing = slices.Compact(c.Missing)
	return c
}

func without(decided map[string]Verdict, component string) map[string]Verdict {
	out := map[string]Verdict{}
	for k, v := range decided {
		if k != component {
			out[k] = v
		}
	}
	return out
}

func (c *Change) ask(missing []string) { c.Missing = append(c.Missing, missing...) }

// why lists the clauses of a component that do not hold: those that fail, or where none does those that are unknown.
func (p *Pack) why(x person, s said) (keys []string) {
	want := Fails
	switch s.Verdict {
	case Undecided:
		want = Unknown
	case NotEligible:
	default:
		return nil
	}
	i := slices.IndexFunc(p.Components, func(c Component) bool { return c.Code == s.Component })
	for _, cl := range p.Components[i].Clauses {
		if r, _ := x.judgeOne(&cl); r == want && cl.Key != "" {
			keys = append(keys, cl.Key)
		}
	}
	return keys
}

// shifts pairs the amounts of two versions and gives those that are not the same.
func shifts(before, after []Line) (out []Shift) {
	if slices.EqualFunc(before, after, sameSum) {
		return nil
	}
	for _, b := range before {
		if b.Code == "" {
			continue
		}
		i := slices.IndexFunc(after, b.pairs)
		switch {
		case i < 0:
			out = append(out, Shift{Before: b, Unknown: unclear(after, b)})
		case !sameSum(b, after[i]):
			out = append(out, Shift{Before: b, After: after[i]})
		}
	}
	for _, a := range after {
		if a.Code != "" && !slices.ContainsFunc(before, a.pairs) {
			out = append(out, Shift{After: a, Unknown: unclear(before, a)})
		}
	}
	return out
}

func (l Line) pairs(o Line) bool {
	return l.Code == o.Code && l.PersonID == o.PersonID && l.Amount.Currency == o.Amount.Currency
}

func sameSum(a, b Line) bool {
	return a.pairs(b) && a.Component == b.Component && a.Verdict == b.Verdict && a.Amount == b.Amount && a.Ceiling == b.Ceiling
}

// unclear tells whether it is not known which amounts the component of a line gives to the same person.
func unclear(lines []Line, l Line) bool {
	return slices.ContainsFunc(lines, func(o Line) bool {
		return o.Verdict == Undecided && o.Component == l.Component && o.PersonID == l.PersonID
	})
}

// Changed tells whether a decision or an amount would be another.
func (c *Change) Changed() bool {
	return len(c.Shifts) > 0 || slices.ContainsFunc(c.Turns, func(t Turn) bool { return t.Before != t.After })
}

// Line is the side of a shift that says what it is about.
func (s *Shift) Line() *Line {
	if s.After.Code != "" {
		return &s.After
	}
	return &s.Before
}

// Gain is by how much, in the line's currency, somebody is better off; below zero: worse. What somebody still has to choose
// is nobody's yet. What cannot be told counts as nothing.
func (s *Shift) Gain() int64 {
	if s.Unknown || s.Before.Verdict == Undecided || s.After.Verdict == Undecided {
		return 0
	}
	return s.After.granted() - s.Before.granted()
}

func (l *Line) granted() int64 {
	if l.Verdict != Eligible {
		return 0
	}
	return l.Amount.Minor
}
