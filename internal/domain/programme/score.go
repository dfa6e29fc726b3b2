package programme

import (
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
)

// Selection is how a programme chooses when it has not enough of a component for all who may have it: the points each
// criterion gives, who goes first among equals, and what is kept back for urgent cases. The points propose; people choose.
type Selection struct {
	Component string
	From      string // stage from which on a case usually takes part; empty: every open case
	Criteria  []Criterion
	Tie       []string // one of TieBreaks after the other, the last of them ByNumber
	Places    Places
	Reserve   *Reserve // nil: nothing is kept back
}

// Whom a criterion looks at: the main applicant, or everybody in the case, of whom one is enough.
const (
	Applicant = "applicant"
	Anybody   = "anybody"
)

// Ways to order people with equal points. The message key is selection.tie.TIE.
const (
	ByApplication = "application_date" // whoever applied earlier goes first
	ByNumber      = "case_number"
)

// TieBreaks are the ways there are.
var TieBreaks = []string{ByApplication, ByNumber}

// Periods for which a programme may plan its places. The message key is selection.per.PERIOD.
var Periods = []string{"round", "month", "quarter", "year"}

// Criterion gives points: all of them if its condition holds, or those of the highest band its number reaches.
type Criterion struct {
	Clause
	Who    string
	Points int64
	Number *expr.Num
	Bands  []Band
}

// Band is the points for a number from so much on.
type Band struct{ From, Points int64 }

// Most is what a criterion gives at best.
func (c Criterion) Most() int64 {
	if c.Number == nil {
		return c.Points
	}
	return c.band(1 << 40)
}

func (c Criterion) band(n int64) (points int64) {
	for _, b := range c.Bands {
		if n >= b.From {
			points = b.Points
		}
	}
	return points
}

// Places is for how many people there is room.
type Places struct {
	Number int64
	Per    string // round, month, quarter, year
	Origin
}

// Reserve is the share of the places, and of the money, that only urgent cases may have.
type Reserve struct {
	Percent int64
	For     Clause
	Who     string
	Origin
}

// Scored is what came of one criterion for one case. Where a fact is missing, Low and High differ: a missing fact is worth
// what the worst answer would be worth, never less, and what it could still bring is said.
type Scored struct {
	ID, Key         string
	Rule            string
	Result          Result // of a number: holds when it is known
	Number          int64  // the number, as far as it is known
	Banded          bool
	Facts           []Given
	Asks            []string
	Low, High, Most int64
	Origin
}

// Points adds up what is sure, and what could be.
func Points(ss []Scored) (low, high int64) {
	for _, s := range ss {
		low += s.Low
		high += s.High
	}
	return low, high
}

// Score gives a case its points, criterion by criterion. The first of the people is the main applicant.
func (s *Selection) Score(people []PersonFacts) []Scored {
	all := ready(people)
	out := make([]Scored, 0, len(s.Criteria))
	for _, c := range s.Criteria {
		out = append(out, c.score(looked(all, c.Who)))
	}
	return out
}

// Urgent tells whether a case may have a place that is kept back.
func (s *Selection) Urgent(people []PersonFacts) Scored {
	if s.Reserve == nil {
		return Scored{Result: Fails}
	}
	c := Criterion{Clause: s.Reserve.For, Who: s.Reserve.Who}
	return c.score(looked(ready(people), c.Who))
}

func ready(people []PersonFacts) []person {
	out := make([]person, 0, len(people))
	for _, p := range people {
		out = append(out, about(p.Facts, false))
	}
	return out
}

func looked(all []person, who string) []person {
	if who == Applicant && len(all) > 1 {
		return all[:1]
	}
	return all
}

func (c Criterion) score(people []person) Scored {
	s := Scored{ID: c.ID, Key: c.Key, Result: Fails, Most: c.Most(), Banded: c.Number != nil, Origin: c.Origin}
	if c.Number != nil {
		s.Rule = c.Number.Source
		return c.scoreNumber(s, people)
	}
	s.Rule = c.When.Source
	for _, x := range people {
		r, asks := c.When.Test(x.known)
		if s.Facts == nil || r == Holds || r == Unknown && s.Result == Fails { // the person who makes the difference is told
			s.Facts = x.given(c.When.Uses)
		}
		switch {
		case r == Holds:
			s.Result, s.Asks = Holds, nil
			s.Low, s.High = c.Points, c.Points
			return s
		case r == Unknown:
			s.Result, s.High = Unknown, c.Points
			s.ask(asks)
		}
	}
	return s
}

// scoreNumber takes the highest of the numbers that are known; one that is missing could be any.
func (c Criterion) scoreNumber(s Scored, people []person) Scored {
	s.Result = Holds
	for i, x := range people {
		n, asks, known := c.Number.Value(x.known)
		if i == 0 || known && n > s.Number {
			s.Facts = x.given(c.Number.Uses)
		}
		if !known {
			s.Result = Unknown
			s.ask(asks)
			continue
		}
		s.Number = max(s.Number, n)
	}
	s.Low = c.band(s.Number)
	s.High = s.Low
	if s.Result == Unknown {
		s.High = s.Most
	}
	if s.High == s.Low { // whatever the answer is, it changes nothing
		s.Result, s.Asks = Holds, nil
	}
	return s
}

func (s *Scored) ask(names []string) {
	for _, n := range names {
		if !slices.Contains(s.Asks, n) {
			s.Asks = append(s.Asks, n)
		}
	}
}

// CurrencyOf is the currency in which a component is paid.
func (p *Pack) CurrencyOf(component string) string {
	for _, a := range p.Amounts {
		if a.Component == component {
			return a.Tiers[0].Amount.Currency
		}
	}
	return p.Currency
}
