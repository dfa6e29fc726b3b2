package demo

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/counselling"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/reintegration"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// phase is one phase of the Greek programme as its public document counted it. Zero says that the document gives no figure.
type phase struct {
	from, asOf                                day.Date
	sessions, eligible, returned, plans, paid int
	recent                                    int // returned in the last two months
	shares                                    []portion
}

// portion is the share of a nationality among who returned, in tenths of a per cent.
type portion struct {
	country string
	weight  int
}

// published are the press release of April 2018 and the newsletter of autumn 2021. The release names the main countries
// without figures, so the first shares are ours. The newsletter names four countries; how the other 26 % divide is ours, and
// so are the second phase's decisions and plans, of which it says nothing. It counts 616 people "in the reporting period"
// without saying which: we read September and October 2021.
var published = []phase{
	{from: day.New(2016, 6, 1), asOf: day.New(2018, 3, 31), sessions: 4573, eligible: 2486, returned: 10242, plans: 2458, paid: 623,
		shares: []portion{{"PK", 400}, {"GE", 180}, {"IQ", 180}, {"BD", 80}, {"AF", 70}, {"IR", 30}, {"EG", 20}, {"AL", 20}, {"MA", 20}}},
	{from: day.New(2019, 9, 1), asOf: day.New(2021, 10, 31), eligible: 240, returned: 5731, plans: 230, recent: 616,
		shares: []portion{{"PK", 280}, {"GE", 220}, {"IQ", 190}, {"IR", 50}, {"BD", 40}, {"EG", 35}, {"AL", 35}, {"MA", 35}, {"AF", 35}, {"TN", 30}, {"DZ", 25}, {"LB", 25}}},
}

// shrunk is a phase with all its figures divided, for tests.
func (p phase) shrunk(by int) phase {
	for _, n := range []*int{&p.sessions, &p.eligible, &p.returned, &p.plans, &p.paid, &p.recent} {
		*n /= by
	}
	return p
}

// The days that a story takes: from the first talk to the flight, from the flight to an approved plan, and to the delivery of
// what is in it.
const (
	beforeFlight  = 24
	untilPlan     = 20
	untilDelivery = 50
)

// journeyOf is one story as it is planned, before it is told.
type journeyOf struct {
	na       *people
	size     int
	flies    day.Date
	returns  bool // false: counselled, and decided to stay
	talks    int
	eligible bool
	plan     bool
	cash     bool
}

// batch is how many stories are written in one transaction.
const batch = 50

// greece tells the stories of both phases, in the order of their flights.
func (m *maker) greece(ctx context.Context, p Progress) error {
	scale := max(1, m.spec.Scale)
	var plans [][]journeyOf
	total, done := int64(m.spec.Cases), int64(0)
	for _, ph := range published {
		js, err := m.planned(ph.shrunk(scale))
		if err != nil {
			return err
		}
		plans = append(plans, js)
		total += int64(len(js))
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // hundreds of thousands of commands in a row, each leaving little behind
	m.clk.Set(published[0].from.In(m.a.Gate.Zone).Add(7 * time.Hour))
	if err := m.prepare(ctx, 10_000_00); err != nil {
		return err
	}
	for i, js := range plans {
		for part := range slices.Chunk(js, batch) {
			err := m.a.Gate.Batch(ctx, org.SystemID, casefile.PermOpen, func(ctx context.Context) error {
				return m.tellAll(ctx, published[i], part)
			})
			if err != nil {
				return err
			}
			if done += int64(len(part)); p != nil {
				p(done, total)
			}
		}
	}
	m.departsOn = nil
	m.clk.Set(m.spec.Now.AddDate(0, -14, 0))
	if err := m.a.Rooms.Ledger.FillBox(ctx, m.who("finance"), m.id(), m.box, money.Of(400_000_00, "EUR")); err != nil {
		return err
	}
	return m.nowadays(ctx, func(d, _ int64) {
		if p != nil {
			p(done+d, total)
		}
	})
}

// planned draws up the stories of a phase so that they count exactly to its figures.
func (m *maker) planned(ph phase) ([]journeyOf, error) {
	js := m.families(ph)
	for ph.sessions > 0 && len(js) > ph.sessions { // more families than talks: let them travel together
		if !joined(&js) {
			return nil, errors.New("more families than talks")
		}
	}
	m.rnd.Shuffle(len(js), func(i, j int) { js[i], js[j] = js[j], js[i] })
	m.dates(ph, js)
	if n := chosen(js, ph.eligible, func(j *journeyOf) bool {
		return originOffice[j.na.country] != "" && !j.flies.AddDays(untilPlan).After(ph.asOf)
	}, func(j *journeyOf) { j.eligible = true }); n > 0 {
		return nil, fmt.Errorf("%d too few families for those found eligible", n)
	}
	if n := chosen(js, ph.paid, func(j *journeyOf) bool { return j.eligible && !j.flies.AddDays(untilDelivery).After(ph.asOf) }, func(j *journeyOf) { j.plan, j.cash = true, true }); n > 0 {
		return nil, fmt.Errorf("%d too few families for those paid", n)
	}
	if n := chosen(js, ph.plans-ph.paid, func(j *journeyOf) bool { return j.eligible && !j.plan }, func(j *journeyOf) { j.plan = true }); n > 0 {
		return nil, fmt.Errorf("%d too few families for the plans", n)
	}
	for i := range js {
		js[i].talks = 1
	}
	if more := ph.sessions - len(js); more > 0 { // half of the other talks are second ones, half with families who stay
		for i := range (more + 1) / 2 {
			js[i%len(js)].talks++
		}
		for range more / 2 {
			js = append(js, journeyOf{na: pick(m.rnd, js).na, size: 1 + m.rnd.Intn(3), flies: ph.from.AddDays(beforeFlight + m.rnd.Intn(ph.from.DaysUntil(ph.asOf)-beforeFlight)), talks: 1})
		}
	}
	slices.SortStableFunc(js, func(a, b journeyOf) int { return a.flies.Compare(b.flies) })
	return js, nil
}

// families divides who returned into families, nationality by nationality.
func (m *maker) families(ph phase) (js []journeyOf) {
	for i, n := range apportion(ph.returned, ph.shares) {
		na := nation(ph.shares[i].country)
		for n > 0 {
			size := min(n, pick(m.rnd, sizes))
			js = append(js, journeyOf{na: na, size: size, returns: true})
			n -= size
		}
	}
	return js
}

// apportion divides a number by weights in whole parts that add up to it: the largest remainders get what rounding left.
func apportion(n int, ps []portion) []int {
	total := 0
	for _, p := range ps {
		total += p.weight
	}
	out, order, left := make([]int, len(ps)), make([]int, len(ps)), n
	for i, p := range ps {
		out[i], order[i] = n*p.weight/total, i
		left -= out[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return n*ps[b].weight%total - n*ps[a].weight%total })
	for _, i := range order[:left] {
		out[i]++
	}
	return out
}

// joined makes one family of two people who travel alone and come from one country.
func joined(js *[]journeyOf) bool {
	alone := map[*people]int{}
	for i, j := range *js {
		if j.size > 1 {
			continue
		}
		if k, ok := alone[j.na]; ok {
			(*js)[k].size = 2
			*js = slices.Delete(*js, i, i+1)
			return true
		}
		alone[j.na] = i
	}
	return false
}

// dates gives every family its flight. Exactly as many people as published fly in the last two months, where a figure says so.
func (m *maker) dates(ph phase, js []journeyOf) {
	last := day.New(ph.asOf.Year(), ph.asOf.Month(), 1).AddMonths(-1)
	first := ph.from.AddDays(beforeFlight)
	between := func(a, b day.Date) day.Date { return a.AddDays(m.rnd.Intn(a.DaysUntil(b) + 1)) }
	left := ph.recent
	for i := range js {
		switch {
		case ph.recent == 0:
			js[i].flies = between(first, ph.asOf)
		case js[i].size <= left:
			js[i].flies = between(last, ph.asOf)
			left -= js[i].size
		default:
			js[i].flies = between(first, last.AddDays(-1))
		}
	}
}

// chosen marks so many of those that may be; it tells how many it did not find.
func chosen(js []journeyOf, n int, may func(*journeyOf) bool, mark func(*journeyOf)) int {
	for i := range js {
		if n > 0 && may(&js[i]) {
			mark(&js[i])
			n--
		}
	}
	return n
}

// tellAll tells the stories of one batch. Before, the cash box at the airport gets what they will be paid.
func (m *maker) tellAll(ctx context.Context, ph phase, js []journeyOf) error {
	persons := int64(0)
	for _, j := range js {
		if j.returns {
			persons += int64(j.size)
		}
	}
	m.clk.Set(js[0].flies.AddDays(-beforeFlight).In(m.a.Gate.Zone).Add(8 * time.Hour))
	if persons > 0 {
		if err := m.a.Rooms.Ledger.FillBox(ctx, m.who("finance"), m.id(), m.box, money.Of(persons*500_00, "EUR")); err != nil {
			return err
		}
	}
	for _, j := range js {
		s := &story{na: j.na, host: "ath", wants: j.eligible, passport: m.rnd.Intn(3) > 0, island: m.rnd.Intn(6) == 0, size: j.size, owner: m.who(pick(m.rnd, []string{"counsellor", "counsellor2"}))}
		if err := m.past(ctx, ph, s, j); err != nil {
			return fmt.Errorf("case %s, flight on %s: %w", s.c.No, j.flies, err)
		}
	}
	return nil
}

// on puts the clock to a moment of a working day.
func (m *maker) on(d day.Date) {
	m.clk.Set(d.In(m.a.Gate.Zone).Add(time.Duration(8*60+m.rnd.Intn(8*60)) * time.Minute))
}

// past tells one story of a phase from beginning to end.
func (m *maker) past(ctx context.Context, ph phase, s *story, j journeyOf) error {
	opened := j.flies.AddDays(-beforeFlight - m.rnd.Intn(20))
	if opened.Before(ph.from) {
		opened = ph.from
	}
	before := slices.IndexFunc(steps, func(st step) bool { return st.stage == "PREDEPARTURE_CASH" })
	days := opened.DaysUntil(j.flies) - 2
	m.departsOn = func(day.Date) day.Date { return j.flies }
	m.on(opened)
	if err := m.open(ctx, s); err != nil {
		return err
	}
	for i, st := range steps[:before] {
		m.on(opened.AddDays((i + 1) * days / (before + 1)))
		if st.stage == "COUNSELLING" {
			switch {
			case !j.returns:
				return m.stays(ctx, s)
			case j.talks > 1:
				m.on(opened.AddDays((i+1)*days/(before+1) - 1))
				if err := m.talk(ctx, s, counselling.Considering); err != nil {
					return err
				}
				m.on(opened.AddDays((i + 1) * days / (before + 1)))
			}
		}
		if err := st.do(m, ctx, s); err != nil {
			return fmt.Errorf("%s: %w", st.stage, err)
		}
	}
	for _, do := range []func(*maker, context.Context, *story) error{(*maker).pays, (*maker).flies} {
		if err := do(m, ctx, s); err != nil {
			return err
		}
	}
	m.on(j.flies.AddDays(1))
	if err := m.arrives(ctx, s); err != nil {
		return err
	}
	return m.afterwards(ctx, s, j)
}

// stays is the end of a story of which the talk was all.
func (m *maker) stays(ctx context.Context, s *story) error {
	if err := m.talk(ctx, s, counselling.No); err != nil {
		return err
	}
	_, err := m.a.Rooms.Cases.Withdraw(ctx, s.owner, s.c.ID, "")
	return err
}

// later is one step after the return, so many days after the flight.
type later struct {
	days int
	do   func(*maker, context.Context, *story) error
}

// afterwards is the life after return, as far as the programme goes with it.
func (m *maker) afterwards(ctx context.Context, s *story, j journeyOf) error {
	var todo []later
	switch {
	case originOffice[j.na.country] == "": // no office of ours there: the work ends with the arrival
		todo = []later{{14, (*maker).closes}}
	case !j.eligible:
		todo = []later{{3, (*maker).welcomes}, {14, (*maker).closes}}
	case !j.plan:
		todo = []later{{3, (*maker).welcomes}, {8, (*maker).assesses}, {60, (*maker).givesUp}}
	default:
		s.plan = []reintegration.Item{m.thing("in_kind", 100_000)}
		if j.cash {
			s.plan = []reintegration.Item{m.thing("cash", 60_000), m.thing("in_kind", 60_000)}
		}
		todo = []later{{3, (*maker).welcomes}, {8, (*maker).assesses}, {untilPlan, (*maker).plans}, {untilDelivery, (*maker).delivers}, {120, (*maker).visits}, {130, (*maker).closes}}
	}
	for _, l := range todo {
		m.on(j.flies.AddDays(l.days))
		if err := l.do(m, ctx, s); err != nil {
			return fmt.Errorf("%d days after the flight: %w", l.days, err)
		}
	}
	return nil
}

// thing is one item of a plan.
func (m *maker) thing(modality string, amount int64) reintegration.Item {
	t := pick(m.rnd, trades)
	return reintegration.Item{Category: t[0], Description: t[1], Supplier: t[2], Modality: modality, Amount: amount, DueOn: m.today().AddDays(60), Evidence: reintegration.Evidences[0]}
}

// givesUp closes the case of somebody who was eligible and wanted no plan in the end.
func (m *maker) givesUp(ctx context.Context, s *story) error {
	if _, err := m.a.Rooms.Reint.GiveRestBack(ctx, m.origin(s), s.c.ID); err != nil && !isConflict(err) {
		return err
	}
	s.ends = "stopped_by_returnee"
	return m.closes(ctx, s)
}
