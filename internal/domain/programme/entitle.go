package programme

import (
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// PersonFacts are one person of a case; the first is the principal applicant.
type PersonFacts struct {
	PersonID string
	Facts    Facts
}

// Question is a case of which entitlements are asked.
type Question struct {
	People  []PersonFacts
	Decided map[string]Verdict                    // what persons have decided about components: their word stands in place of what the rules alone would say
	Seats   func(quotaCode, personID string) Seat // personID is empty for an amount of the whole case; nil: there are places in every quota
}

// Seat is how a person, or a case, stands with a quota.
type Seat struct {
	Held bool  // they have their place already
	Left int64 // places that are still free
}

// Line is one amount for one person, or for the case when PersonID is empty.
type Line struct {
	Code, Component string // Code is empty while it is not known which of the component's amounts is due
	PersonID        string
	Verdict         Verdict // Eligible, Conditional or Undecided; NotEligible only among what is not due
	Amount          money.Amount
	Ceiling         bool
	UnitCost        bool
	Modality        string
	Or              []string
	Asks            []string // facts to ask for while undecided; the amount is then zero
	Tier            string   // id of the tier that holds, if the amount has several
	Times           int64    // how often the tier's sum is due; 0: once, and nothing is counted
	CappedBy        string   // code of the cap that made the amount smaller
	Uncapped        money.Amount
	Quota           string // a place in it must be taken when the amount is granted
	Instalments     []Payment
	Expires         Period
	Origin
	Trace []Traced
}

// Payment is one instalment of a line.
type Payment struct {
	Amount money.Amount
	Period
}

// Entitled is what came out: what is due or may be, and what is not, with the reason.
type Entitled struct{ Lines, NotDue []Line }

// Entitlements says what each person of a case would receive, and why. A component for which a person is not eligible gives
// no line; where a fact is missing the line says which, and promises nothing.
func Entitlements(p *Pack, people []PersonFacts) []Line {
	return Entitle(p, Question{People: people}).Lines
}

// Entitle says what each person of a case receives, and why. Which of a component's amounts it is, the rules find, also where
// a person has decided about the component.
func Entitle(p *Pack, q Question) Entitled {
	people := q.about(false)
	return p.due(q, people, p.say(people))
}

func (q Question) about(quiet bool) []person {
	out := make([]person, len(q.People))
	for i, pf := range q.People {
		out[i] = about(pf.Facts, quiet)
	}
	return out
}

// said is what the rules say about one person and component, and which facts are missing for it.
type said struct {
	Outcome
	missing []string
}

// say asks the rules about each person, about each component in turn. Why they say so is for Evaluate to tell.
func (p *Pack) say(people []person) [][]said {
	out := make([][]said, len(people))
	for i, x := range people {
		x.quiet = true
		out[i] = make([]said, 0, len(p.Components))
		for _, c := range p.Components {
			o, missing := x.outcome(c)
			out[i] = append(out[i], said{o, missing})
		}
	}
	return out
}

// due works the amounts out.
func (p *Pack) due(q Question, people []person, says [][]said) (out Entitled) {
	places := places{ask: q.Seats}
	for i, pf := range q.People {
		for _, o := range says[i] {
			if v, ok := q.Decided[o.Component]; ok {
				o.Verdict = v
			}
			if o.Verdict != NotEligible {
				p.lines(&out, o, pf.PersonID, people[i], i == 0, &places)
			}
		}
	}
	for _, c := range p.Caps {
		p.hold(c, out.Lines, q.People, people)
	}
	for i := range out.Lines {
		out.Lines[i].part(p)
	}
	return out
}

// places are the quotas as one case sees them: who is due a place leaves one less for those of the case who come after.
type places struct {
	ask   func(quotaCode, personID string) Seat
	taken map[string]int64
}

func (s *places) free(quota, personID string) bool {
	if quota == "" || s.ask == nil {
		return true
	}
	seat := s.ask(quota, personID)
	return seat.Held || seat.Left > s.taken[quota]
}

func (s *places) take(quota, personID string) {
	if quota == "" || s.ask == nil || s.ask(quota, personID).Held {
		return
	}
	if s.taken == nil {
		s.taken = map[string]int64{}
	}
	s.taken[quota]++
}

// amounts are the pack's own, and those of newer versions that are due under this one too.
func (p *Pack) amounts() []Amount { return append(slices.Clip(p.Amounts), p.later...) }

func (p *Pack) amount(code string) (Amount, bool) {
	for _, a := range p.amounts() {
		if a.Code == code {
			return a, true
		}
	}
	return Amount{}, false
}

func (p *Pack) lines(out *Entitled, o said, personID string, x person, principal bool, places *places) {
	var open Line // of several amounts of which none is sure yet, one line says so
	all := p.amounts()
	for i := range all {
		a := &all[i]
		if a.Component != o.Component || a.Per == "case" && !principal {
			continue
		}
		whose := personID
		if a.Per == "case" {
			whose = ""
		}
		l, r := a.line(x, whose, places)
		l.Verdict = o.Verdict
		switch {
		case r == Fails && x.quiet:
		case r == Fails:
			l.Verdict, l.Amount.Minor = NotEligible, 0
			out.NotDue = append(out.NotDue, l)
		case r == Holds && o.Verdict != Undecided:
			if o.Verdict == Eligible {
				places.take(a.Quota, whose)
			}
			out.Lines = append(out.Lines, l)
		case open.Verdict == "":
			l.Code, l.Origin, l.Ceiling, l.UnitCost, l.Or, l.Tier, l.Quota, l.Times, l.Expires = "", Origin{}, false, false, nil, "", "", 0, Period{} // which of the amounts it will be is not known
			l.Verdict, l.Amount.Minor, l.Asks = Undecided, 0, slices.Concat(o.missing, l.Asks)
			open = l
		default:
			open.Trace = append(open.Trace, l.Trace...)
			open.Asks = append(open.Asks, l.Asks...)
		}
	}
	if open.Verdict != "" {
		slices.Sort(open.Asks)
		open.Asks = slices.Compact(open.Asks)
		out.Lines = append(out.Lines, open)
	}
}

// maxTimes bounds what a rule may count: people, months. No amount overflows with it.
const maxTimes = 1000

// line works one amount out for one person, as far as it can be.
func (a *Amount) line(x person, whose string, places *places) (l Line, r Result) {
	l = Line{Code: a.Code, Component: a.Component, PersonID: whose, Ceiling: a.Ceiling, UnitCost: a.UnitCost, Modality: a.Modality, Or: a.Or, Quota: a.Quota, Expires: a.Expires, Origin: a.Origin}
	l.Amount = money.Of(0, a.Tiers[0].Amount.Currency)
	r, l.Asks, l.Trace = x.all(a.When)
	if r == Fails {
		return l, r
	}
	tier, found := a.tier(x, &l)
	if found != Holds {
		return l, found
	}
	l.Amount, l.Tier = tier.Amount, tier.ID
	if tier.Source != "" || tier.Provisional {
		l.Origin = tier.Origin
	}
	if a.Times != nil {
		n, missing, known := a.Times.Value(x.known)
		result := Holds
		switch {
		case !known:
			result, r = Unknown, Unknown
			l.Asks = append(l.Asks, missing...)
		case n <= 0:
			result, r = Fails, Fails
		}
		if !x.quiet {
			l.Trace = append(l.Trace, Traced{ID: "times", Result: result, Rule: a.Times.Source, Facts: x.given(a.Times.Uses), Key: a.TimesKey, Origin: a.Origin, Asks: missing})
		}
		l.Times = max(0, min(n, maxTimes))
		l.Amount.Minor *= l.Times
	}
	if r != Fails && !places.free(a.Quota, whose) {
		if !x.quiet {
			l.Trace = append(l.Trace, Traced{ID: a.Quota, Result: Fails, Key: "entitlement.quota." + a.Quota, Origin: a.Origin})
		}
		return l, Fails
	}
	return l, r
}

// tier finds the first sum that holds. One whose condition is unknown keeps all behind it from being the answer.
func (a *Amount) tier(x person, l *Line) (Tier, Result) {
	for _, t := range a.Tiers {
		if t.When == nil {
			return t, Holds
		}
		tr := x.test(t.Clause)
		if !x.quiet && (tr.Result != Fails || len(a.Tiers) == 1) {
			l.Trace = append(l.Trace, tr)
		}
		switch tr.Result {
		case Holds:
			return t, Holds
		case Unknown:
			l.Asks = append(l.Asks, tr.Asks...)
			return t, Unknown
		}
	}
	if len(a.Tiers) > 1 && !x.quiet { // none holds: each of them is the reason
		for _, t := range a.Tiers {
			l.Trace = append(l.Trace, x.test(t.Clause))
		}
	}
	return Tier{}, Fails
}

// hold keeps lines below a cap. The last ones give way first, so that the main applicant's amount changes last.
func (p *Pack) hold(c Cap, lines []Line, who []PersonFacts, people []person) {
	if len(people) == 0 {
		return
	}
	if c.Per == "case" {
		p.holdSum(c, lines, people[0], func(Line) bool { return true })
		return
	}
	for i := range people {
		p.holdSum(c, lines, people[i], func(l Line) bool { return l.PersonID == who[i].PersonID || l.PersonID == "" && i == 0 })
	}
}

func (p *Pack) holdSum(c Cap, lines []Line, x person, ofThem func(Line) bool) {
	applies, missing, _ := x.all(c.When)
	if applies == Fails {
		return
	}
	left := c.Amount.Minor
	for i := range lines {
		l := &lines[i]
		if l.Verdict == Undecided || !slices.Contains(c.Over, l.Code) || !ofThem(*l) {
			continue
		}
		if l.Amount.Minor <= left {
			left -= l.Amount.Minor
			continue
		}
		if applies == Unknown { // whether it is cut is not known, so nothing is promised
			l.Asks = slices.Compact(slices.Sorted(slices.Values(missing)))
			l.Verdict, l.Amount.Minor = Undecided, 0
			continue
		}
		if l.CappedBy == "" {
			l.Uncapped = l.Amount
		}
		l.Amount.Minor, l.CappedBy, left = left, c.Code, 0
	}
}

// part divides a line into its instalments, to the last cent.
func (l *Line) part(p *Pack) {
	a, ok := p.amount(l.Code)
	if !ok || len(a.Instalments) == 0 || l.Verdict == Undecided {
		return
	}
	var shares []int64
	for _, in := range a.Instalments {
		shares = append(shares, in.Percent)
	}
	for i, m := range l.Amount.Split(shares...) {
		l.Instalments = append(l.Instalments, Payment{m, a.Instalments[i].Period})
	}
}

// Totals adds up what is sure, by currency in the order of the alphabet: neither ceilings nor what somebody still has to choose.
func Totals(lines []Line) (out []money.Amount, err error) {
	for _, l := range lines {
		if l.Verdict != Eligible || l.Ceiling {
			continue
		}
		i := slices.IndexFunc(out, func(m money.Amount) bool { return m.Currency == l.Amount.Currency })
		if i < 0 {
			out = append(out, l.Amount)
			continue
		}
		if out[i], err = out[i].Add(l.Amount); err != nil {
			return out, err
		}
	}
	slices.SortFunc(out, func(a, b money.Amount) int { return strings.Compare(a.Currency, b.Currency) })
	return out, nil
}
