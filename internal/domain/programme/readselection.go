package programme

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/programme/strict"
)

// Bounds of a selection. Twenty criteria at a thousand points are more than anybody can explain to a person who asks why.
const (
	maxCriteria = 20
	maxPoints   = 1000
)

// readSelection reads how a programme chooses, when it has not enough of a component for all.
func (l *loader) readSelection(root strict.Node) {
	s := &Selection{}
	root.Fields(strict.Fields{
		"component": func(n strict.Node) { name(&s.Component)(n); l.rations(s.Component, n) },
		"from": func(n strict.Node) {
			strict.Shaped(&s.From, stageCode, "a code of capital letters and _")(n)
			if _, _, ok := l.pack.Stage(s.From); s.From != "" && !ok {
				n.Refuse("a stage in programme.yaml")
			}
		},
		"criteria": func(n strict.Node) { l.readCriteria(s, n) },
		"tie":      func(n strict.Node) { readTie(s, n) },
		"places": func(n strict.Node) {
			n.Fields(l.origin(&s.Places.Origin, strict.Fields{"number": strict.Whole(&s.Places.Number, 1, 1_000_000), "per": strict.OneOf(&s.Places.Per, Periods...)}), "number", "per")
			settle(s.Places.Origin, n, "a number of places")
		},
		"reserve": func(n strict.Node) { l.readReserve(s, n) },
	}, "component", "criteria", "tie", "places")
	l.pack.Selection = s
}

// rations looks at the component a selection is about: it must leave a choice to people, and cost one currency, because a
// budget is counted in one.
func (l *loader) rations(code string, n strict.Node) {
	i := slices.IndexFunc(l.pack.Components, func(c Component) bool { return c.Code == code })
	switch {
	case code == "":
		return
	case i < 0:
		n.Refuse("a component in eligibility.yaml")
		return
	case l.pack.Components[i].Conditional == "":
		n.RefuseAs("the component "+strconv.Quote(code)+", for which nobody is chosen", "one with conditional in eligibility.yaml")
		return
	}
	cur := ""
	for _, a := range l.pack.Amounts {
		if a.Component != code {
			continue
		}
		this := a.Tiers[0].Amount.Currency
		if cur != "" && this != cur {
			n.RefuseAs("a component that is paid in "+cur+" and "+this, "one whose amounts are of one currency: a budget has one")
			return
		}
		cur = this
	}
	if cur == "" {
		n.RefuseAs("a component without an amount", "one with an amount in entitlements.yaml: a budget is shared by what each person costs")
	}
}

func (l *loader) readCriteria(s *Selection, n strict.Node) {
	strict.Each(func(n strict.Node) {
		c := l.readCriterion(n)
		if slices.ContainsFunc(s.Criteria, func(o Criterion) bool { return o.ID == c.ID }) {
			n.RefuseAs("a second criterion "+strconv.Quote(c.ID), "each once")
			return
		}
		s.Criteria = append(s.Criteria, c)
	})(n)
	if k := len(s.Criteria); k == 0 || k > maxCriteria {
		n.RefuseAs(fmt.Sprintf("%d criteria", k), fmt.Sprintf("1 to %d", maxCriteria))
	}
}

func (l *loader) readCriterion(n strict.Node) Criterion {
	c := Criterion{Who: Applicant}
	n.Fields(l.origin(&c.Origin, strict.Fields{
		"id":     name(&c.ID),
		"key":    l.key(&c.Key),
		"who":    strict.OneOf(&c.Who, Applicant, Anybody),
		"when":   l.condition(&c.When),
		"points": strict.Whole(&c.Points, 1, maxPoints),
		"number": l.count(&c.Number),
		"bands":  strict.Each(func(n strict.Node) { readBand(&c, n) }),
	}), "id", "key")
	settle(c.Origin, n, "a criterion")
	switch condition, banded := n.Has("when") && n.Has("points"), n.Has("number") && n.Has("bands"); {
	case condition == banded, condition && (n.Has("number") || n.Has("bands")), banded && (n.Has("when") || n.Has("points")):
		n.RefuseAs("a criterion that does not say how its points are given", "either when and points, or number and bands")
	case banded && len(c.Bands) == 0:
		n.RefuseAs("a number without bands", "at least one")
	}
	return c
}

// readBand keeps bands rising: more is better, and whoever asks why can be told so in one sentence. Where less is better,
// the number is written the other way round.
func readBand(c *Criterion, n strict.Node) {
	var b Band
	n.Fields(strict.Fields{"from": strict.Whole(&b.From, 0, 1_000_000), "points": strict.Whole(&b.Points, 1, maxPoints)}, "from", "points")
	if k := len(c.Bands); k > 0 && (b.From <= c.Bands[k-1].From || b.Points <= c.Bands[k-1].Points) {
		n.RefuseAs(fmt.Sprintf("a band from %d with %d points after one from %d with %d", b.From, b.Points, c.Bands[k-1].From, c.Bands[k-1].Points), "bands that rise, and more points for more")
	}
	c.Bands = append(c.Bands, b)
}

func readTie(s *Selection, n strict.Node) {
	strict.Texts(&s.Tie, func(dst *string) strict.Read { return strict.OneOf(dst, TieBreaks...) })(n)
	if k := len(s.Tie); k > 0 && s.Tie[k-1] != ByNumber {
		n.RefuseAs("a tie that ends with "+s.Tie[k-1], ByNumber+" at the end: no two cases share it, so that the order is never left to chance")
	}
}

func (l *loader) readReserve(s *Selection, n strict.Node) {
	r := &Reserve{}
	n.Fields(l.origin(&r.Origin, strict.Fields{
		"percent": strict.Whole(&r.Percent, 1, 99),
		"id":      name(&r.For.ID),
		"key":     l.key(&r.For.Key),
		"who":     strict.OneOf(&r.Who, Applicant, Anybody),
		"when":    l.condition(&r.For.When),
	}), "percent", "id", "key", "when")
	settle(r.Origin, n, "a reserve")
	r.For.Origin = r.Origin
	if r.Who == "" {
		r.Who = Applicant
	}
	s.Reserve = r
}
