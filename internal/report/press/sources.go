package press

import (
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// source says where a figure is counted. The case is c, the person t. day is the day (or instant) on which it happened;
// with first and last it names one row, so that a list can go on where a page ended.
type source struct {
	from, day, first, last string
	where                  func(p Period, a *db.Args) string
}

// The queries read the tables of other rooms and change none of them. Each definition in words is report.define.CODE.
var sources = map[Figure]source{
	// Every talk with one family alone counts, so that a family that came three times is three talks.
	Sessions: {
		from: `counselling_session s JOIN casefile c ON c.id = s.case_id JOIN person t ON t.id = c.principal_id`,
		day:  `s.on_day`, first: `s.id`, last: `t.id`,
		where: func(p Period, a *db.Args) string {
			return `s.kind = 'individual' AND s.on_day >= ` + a.Add(p.From) + ` AND s.on_day <= ` + a.Add(p.AsOf)
		},
	},
	// A decision counts from the moment it was made, unless a second person had still to agree; one that replaced it later
	// does not change what stood at the end of the period.
	Eligible: {
		from: `eligibility_decision e JOIN casefile c ON c.id = e.case_id JOIN person t ON t.id = e.person_id`,
		day:  `e.decided_at`, first: `e.id`, last: `t.id`,
		where: func(p Period, a *db.Args) string {
			from, until := p.instants()
			return `e.component = 'reintegration' AND e.decision = 'eligible' AND e.decided_at >= ` + a.Add(from) + ` AND e.decided_at < ` + a.Add(until) + `
				AND (e.second_needed = FALSE OR (e.second_agrees = TRUE AND e.second_at < ` + a.Add(until) + `))
				AND NOT EXISTS (SELECT 1 FROM eligibility_decision x WHERE x.id = e.superseded_by AND x.decided_at < ` + a.Add(until) + `)`
		},
	},
	Returned: {from: returned, day: `j.departs_on`, first: `j.id`, last: `p.person_id`, where: boarded},
	// The first plan of a case that a second person approved; its later versions are the same plan.
	Plans: {
		from: `reintegration_plan n JOIN casefile c ON c.id = n.case_id JOIN person t ON t.id = c.principal_id`,
		day:  `n.decided_at`, first: `n.id`, last: `t.id`,
		where: func(p Period, a *db.Args) string {
			from, until := p.instants()
			return `n.state IN ('approved','replaced') AND n.decided_at >= ` + a.Add(from) + ` AND n.decided_at < ` + a.Add(until) + `
				AND NOT EXISTS (SELECT 1 FROM reintegration_plan b WHERE b.case_id = n.case_id AND b.version < n.version AND b.state IN ('approved','replaced'))`
		},
	},
	// Money in hand for something of a plan: the first such payment of a case in the period. What was paid before the journey is no
	// help with the new start, and what was taken back by the end of the period was not given.
	Paid: {
		from: `payment m JOIN ledger_line l ON l.id = m.line_id JOIN casefile c ON c.id = m.case_id JOIN person t ON t.id = c.principal_id`,
		day:  `m.on_day`, first: `m.id`, last: `t.id`,
		where: func(p Period, a *db.Args) string {
			_, until := p.instants()
			return `l.modality = 'cash' AND l.item_ref <> '' AND m.on_day >= ` + a.Add(p.From) + ` AND m.on_day <= ` + a.Add(p.AsOf) + ` AND (m.reversed_at = '' OR m.reversed_at >= ` + a.Add(until) + `)
				AND NOT EXISTS (SELECT 1 FROM payment b JOIN ledger_line k ON k.id = b.line_id WHERE b.case_id = m.case_id AND k.modality = 'cash' AND k.item_ref <> ''
					AND b.on_day >= ` + a.Add(p.From) + ` AND (b.reversed_at = '' OR b.reversed_at >= ` + a.Add(until) + `) AND (b.on_day, b.id) < (m.on_day, m.id))`
		},
	},
	Recent: {from: returned, day: `j.departs_on`, first: `j.id`, last: `p.person_id`, where: func(p Period, a *db.Args) string {
		p.From = reportingFrom(p)
		return boarded(p, a)
	}},
}

// Whoever boarded has returned, on the day of the flight; that the journey's case was withdrawn later does not bring them back.
const returned = `journey j JOIN passenger p ON p.journey_id = j.id JOIN casefile c ON c.id = j.case_id JOIN person t ON t.id = p.person_id`

func boarded(p Period, a *db.Args) string {
	return `j.departs_on >= ` + a.Add(p.From) + ` AND j.departs_on <= ` + a.Add(p.AsOf) + ` AND p.step IN ('boarded','arrived')`
}

// body is what the number and the list behind it have in common: the same tables, the same conditions, the same scope.
func body(r *gate.R, f Figure, p Period, a *db.Args) string {
	s := sources[f]
	return s.from + ` WHERE ` + s.where(p, a) + ` AND ` + casefile.InScope(r, "c", a)
}

func (p Period) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

// instants are the moments at which the period begins and has ended.
func (p Period) instants() (from, until string) {
	return clock.Format(p.From.In(p.zone())), clock.Format(p.AsOf.AddDays(1).In(p.zone()))
}

// dayOf reads a day from a day or an instant as they are stored.
func (p Period) dayOf(stored string) (day.Date, error) {
	if len(stored) == len(clock.Layout) {
		t, err := clock.Parse(stored)
		return day.Of(t, p.zone()), err
	}
	return day.Parse(stored)
}
