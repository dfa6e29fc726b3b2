package selection

import (
	"cmp"
	"slices"
	"sort"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Limits are how far a round reaches. Part of the places and of the money is kept for urgent cases.
type Limits struct {
	Budget, Kept    int64 // all the money, and what of it is kept
	Places, Reserve int64
}

// Candidate is a case as the ranking sees it.
type Candidate struct {
	CaseID, No string
	Applied    day.Date
	Verdict    programme.Verdict // of the rules about who may have it at all
	Low, High  int64             // points that are sure, and with every missing answer in their favour
	Urgent     programme.Result
	Cost       int64
	CostKnown  bool
	Outcome    string // what the committee decided; empty: nothing yet
	Seat       string // the kind of place of who is chosen
	Left       bool
}

// competes tells whether a candidate still waits for the committee's word.
func (c Candidate) competes() bool { return c.Outcome == "" && c.ranked() }

// ranked tells whether a candidate has a place in the order. Whom the committee chose in spite of the rules has one, too.
func (c Candidate) ranked() bool {
	return !c.Left && (c.Verdict != programme.NotEligible || c.Outcome == Chosen)
}

// clear tells whether nothing has to be asked before somebody can be chosen.
func (c Candidate) clear() bool { return c.Verdict != programme.Undecided && c.CostKnown }

// Placed is a candidate with what the program makes of them.
type Placed struct {
	Candidate
	Place    int // 1 is first; 0: not in the order
	Best     int // the place with every missing answer in their favour
	Proposal string
	In       bool  // has a place, or would have one
	Held     int64 // money that is counted for them: the cost, or as much as the dearest where it is not known
	Running  int64 // money for everybody down to here
	More     int64 // so much more money would bring them in; -1: no money would, there is no place
}

// Ranking is the whole order.
type Ranking struct {
	List          []Placed
	End           string // what ended: money, places; empty: it is enough for all
	Regular, Kept Pot    // who has, or would have, a place of each kind, with their money
}

// Pot is a number of places and a sum of money.
type Pot struct{ Places, Money int64 }

func (p *Pot) add(cost int64) { p.Places++; p.Money += cost }

// Rank puts the candidates in their order and says how far money and places reach. People are served strictly one after the
// other: where the next one does not fit any more the list ends, so that nobody is passed over because somebody behind them
// is cheaper, and more money never takes a place away from anybody.
func Rank(cs []Candidate, l Limits, tie []string) Ranking {
	ps := inOrder(cs, tie)
	hold(ps)
	var r Ranking
	for _, p := range ps {
		if p.Outcome == Chosen && !p.Left {
			r.pot(p.Seat).add(p.Held)
		}
	}
	regular := queue{pot: l.regular().without(r.Regular)}
	for i, p := range ps {
		if p.competes() {
			regular.who = append(regular.who, i)
		}
	}
	regular.serve(ps)
	kept := queue{pot: Pot{l.Reserve, l.Kept}.without(r.Kept)}
	for _, i := range regular.who[regular.in:] {
		if ps[i].Urgent == programme.Holds {
			kept.who = append(kept.who, i)
		}
	}
	kept.serve(ps)
	owed := owedAQuestion(cs, l, tie)
	for n, i := range regular.who {
		p := &ps[i]
		switch {
		case n < regular.in:
			p.In, p.Seat, p.Proposal = true, SeatRegular, Selected
		case slices.Contains(kept.who[:kept.in], i):
			p.In, p.Seat, p.Proposal = true, SeatReserve, Reserve
		case owed[p.CaseID] || mightEnter(regular, kept, ps, *p, tie):
			p.Proposal, p.More = Ask, regular.more(n)
		default:
			p.Proposal, p.More = Behind, regular.more(n)
		}
		if p.In {
			r.pot(p.Seat).add(p.Held)
			if !p.clear() { // their place is held, and nothing is promised before the answer
				p.Proposal = Ask
			}
		}
	}
	if regular.in < len(regular.who) {
		r.End = "money"
		if int64(regular.in) >= regular.pot.Places {
			r.End = "places"
		}
	}
	r.List = ps
	r.count(tie)
	return r
}

// owedAQuestion are those for whom a missing answer made the difference before the committee began to choose: a place that was
// given meanwhile is no reason not to ask.
func owedAQuestion(cs []Candidate, l Limits, tie []string) map[string]bool {
	if !slices.ContainsFunc(cs, func(c Candidate) bool { return c.Outcome != "" }) {
		return nil
	}
	fresh := slices.Clone(cs)
	for i := range fresh {
		fresh[i].Outcome, fresh[i].Seat = "", ""
	}
	out := map[string]bool{}
	for _, p := range Rank(fresh, l, tie).List {
		out[p.CaseID] = p.Proposal == Ask
	}
	return out
}

func (r *Ranking) pot(seat string) *Pot {
	if seat == SeatReserve {
		return &r.Kept
	}
	return &r.Regular
}

// count numbers the places and adds the money up, down the list.
func (r *Ranking) count(tie []string) {
	sum := int64(0)
	for i := range r.List {
		p := &r.List[i]
		switch {
		case p.Left:
			p.Proposal = ""
			continue
		case !p.ranked():
			p.Proposal = NotEligible
			continue
		}
		p.Place = i + 1
		best := p.Candidate
		best.Low = best.High
		p.Best = 1 + sort.Search(i, func(k int) bool { return before(r.List[k].Candidate, best, tie) >= 0 })
		if p.Outcome == Chosen {
			p.In = true
		}
		if p.Outcome == "" || p.In {
			sum += p.Held
			p.Running = sum
		}
	}
}

func (l Limits) regular() Pot { return Pot{l.Places - l.Reserve, l.Budget - l.Kept} }

func (p Pot) without(o Pot) Pot { return Pot{p.Places - o.Places, p.Money - o.Money} }

// inOrder sorts the candidates: those in the order first, then who is not eligible, then who has left.
func inOrder(cs []Candidate, tie []string) []Placed {
	ps := make([]Placed, 0, len(cs))
	for _, c := range cs {
		ps = append(ps, Placed{Candidate: c, Held: c.Cost})
	}
	group := func(c Candidate) int {
		switch {
		case c.Left:
			return 2
		case !c.ranked():
			return 1
		}
		return 0
	}
	slices.SortFunc(ps, func(a, b Placed) int {
		return cmp.Or(cmp.Compare(group(a.Candidate), group(b.Candidate)), before(a.Candidate, b.Candidate, tie))
	})
	return ps
}

// before compares two candidates by what is sure of their points, and among equals by the programme's own order. The last
// word has the case itself, so that no two are ever equal.
func before(a, b Candidate, tie []string) int {
	if c := cmp.Compare(b.Low, a.Low); c != 0 {
		return c
	}
	for _, t := range tie {
		c := 0
		switch t {
		case programme.ByApplication:
			c = a.Applied.Compare(b.Applied)
		case programme.ByNumber:
			c = cmp.Compare(a.No, b.No)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a.CaseID, b.CaseID)
}

// hold counts as much as the dearest case costs for everybody whose cost is not known yet: money that is proposed to one
// person must not turn out to be needed for another.
func hold(ps []Placed) {
	dearest := int64(0)
	for _, p := range ps {
		if p.CostKnown && p.ranked() {
			dearest = max(dearest, p.Cost)
		}
	}
	for i := range ps {
		if !ps[i].CostKnown {
			ps[i].Held = dearest
		}
	}
}

// queue is who waits for one kind of place, first come first.
type queue struct {
	who  []int // in the order of the ranking
	pot  Pot
	upTo []int64 // money for the first n
	in   int     // so many are served
}

func (q *queue) serve(ps []Placed) {
	q.upTo = make([]int64, 1, len(q.who)+1)
	for n, i := range q.who {
		if q.fits(n, ps[i].Held) {
			q.in = n + 1
		}
		q.upTo = append(q.upTo, q.upTo[n]+ps[i].Held)
	}
}

// fits tells whether somebody who comes after n others is served: those before them count whether they were served or not, so
// that behind the first who does not fit nobody does.
func (q *queue) fits(n int, cost int64) bool {
	return int64(n) < q.pot.Places && q.upTo[n]+cost <= q.pot.Money
}

// more is how much money is missing for the one after n others.
func (q *queue) more(n int) int64 {
	if int64(n) >= q.pot.Places {
		return -1
	}
	return q.upTo[n+1] - q.pot.Money
}

// enters tells whether somebody not served would be, with the points they have here.
func (q *queue) enters(ps []Placed, x Placed, tie []string) bool {
	n := sort.Search(len(q.who), func(k int) bool { return before(ps[q.who[k]].Candidate, x.Candidate, tie) >= 0 })
	return q.fits(n, x.Held)
}

// mightEnter tells whether the missing answers could still bring somebody a place.
func mightEnter(regular, kept queue, ps []Placed, p Placed, tie []string) bool {
	p.Low = p.High
	return regular.enters(ps, p, tie) || p.Urgent != programme.Fails && kept.enters(ps, p, tie)
}

// Enters lists who would have a place if there were so much more money.
func Enters(cs []Candidate, l Limits, tie []string, more int64) (out []Placed) {
	had := map[string]bool{}
	for _, p := range Rank(cs, l, tie).List {
		had[p.CaseID] = p.In
	}
	l.Budget += more
	for _, p := range Rank(cs, l, tie).List {
		if p.In && !had[p.CaseID] {
			out = append(out, p)
		}
	}
	return out
}

// SeatFor finds the place that a candidate would be given beside those who are chosen already; problem is the message key of
// why there is none. A place that is kept goes to an urgent case only.
func SeatFor(cs []Candidate, l Limits, x Placed) (seat, problem string) {
	regular, kept := l.regular(), Pot{l.Reserve, l.Kept}
	for _, c := range cs {
		if c.Outcome != Chosen || c.Left || c.CaseID == x.CaseID {
			continue
		}
		if c.Seat == SeatReserve {
			kept = kept.without(Pot{1, c.Cost})
		} else {
			regular = regular.without(Pot{1, c.Cost})
		}
	}
	fits := func(p Pot) bool { return p.Places > 0 && x.Cost <= p.Money }
	urgent := x.Urgent == programme.Holds && fits(kept)
	switch {
	case !x.CostKnown:
		return "", "selection.err.cost_unknown"
	case urgent && (x.Proposal == Reserve || !fits(regular)):
		return SeatReserve, ""
	case fits(regular):
		return SeatRegular, ""
	case regular.Places > 0:
		return "", "selection.err.no_money"
	}
	return "", "selection.err.no_place"
}

// Next is to whom a place goes that has come free in a closed round: the first of the waiting list, or for a place that is
// kept the first of the urgent ones. Where it does not fit them nobody is asked before them. elsewhere tells whether a case
// stands in another round by now, where it is decided about.
func Next(cs []Candidate, l Limits, tie []string, elsewhere func(caseID string) bool) (Placed, bool) {
	var first, urgent *Placed
	for _, p := range inOrder(cs, tie) {
		if p.Outcome != Waiting || !p.ranked() || elsewhere(p.CaseID) {
			continue
		}
		if first == nil {
			first = &p
		}
		if urgent == nil && p.Urgent == programme.Holds {
			urgent = &p
		}
	}
	if first != nil {
		if _, problem := SeatFor(cs, l, *first); problem == "" {
			return *first, true
		}
	}
	if urgent != nil {
		if seat, _ := SeatFor(cs, l, *urgent); seat == SeatReserve {
			return *urgent, true
		}
	}
	return Placed{}, false
}

// Lower keeps fewer places back, and the money in proportion.
func (l Limits) Lower(keep int64) Limits {
	if keep >= l.Reserve {
		return l
	}
	l.Kept, l.Reserve = money.Of(l.Kept, "").Part(keep, l.Reserve).Minor, max(0, keep)
	return l
}

// NeedsReason tells whether the committee owes a reason: wherever it decides otherwise than proposed. The program proposes a no
// to nobody who may be chosen, so that every such no has one.
func NeedsReason(proposal, outcome string) bool {
	switch outcome {
	case Chosen:
		return proposal != Selected && proposal != Reserve
	case Waiting:
		return proposal != Behind
	}
	return proposal != NotEligible
}
