package activity

import (
	"context"
	"errors"
	"slices"

	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

const leadColumns = `l.id, l.revision, l.office_id, l.heard, l.language, l.nationality, l.people, l.contact, l.note, l.call_on, l.state, l.reason, l.case_id, l.person_id, l.by_id, l.at, l.ended_at`

func scanLead(s db.Row) (Lead, error) {
	var l Lead
	return l, s.Scan(&l.ID, &l.Revision, &l.OfficeID, &l.Heard, &l.Language, &l.Nationality, &l.People, &l.contact, &l.note, &l.CallOn, &l.State, &l.Reason, &l.CaseID, &l.PersonID, &l.By, db.InstantOf(&l.At), db.InstantOf(&l.EndedAt))
}

// inOffice keeps a query to the offices whose work the reader may see.
func inOffice(r *gate.R, column string, a *db.Args) string {
	offices, all := r.Scope.Offices()
	if all {
		return `(1 = 1)`
	}
	return column + ` IN ` + a.In(offices)
}

func sees(r *gate.R, office string) bool {
	offices, all := r.Scope.Offices()
	return all || slices.Contains(offices, office)
}

// ByID reads a lead of an office the reader works for.
func ByID(ctx context.Context, r *gate.R, id string) (Lead, error) {
	l, err := db.One(ctx, r.Tx, scanLead, `SELECT `+leadColumns+` FROM lead l WHERE l.id = $1`, id)
	if errors.Is(err, db.ErrNoRow) {
		return l, fault.Gone()
	}
	if err == nil && !sees(r, l.OfficeID) {
		return Lead{}, fault.Hidden("lead", id)
	}
	if err == nil {
		err = open(ctx, r, &l)
	}
	return l, err
}

func open(ctx context.Context, r *gate.R, l *Lead) (err error) {
	if l.Contact, _, err = r.Open(ctx, l.ID, "lead.contact:"+l.ID, l.contact); err != nil {
		return err
	}
	l.Note, _, err = r.Open(ctx, l.ID, "lead.note:"+l.ID, l.note)
	return err
}

// PageSize is how many lines a list shows.
const PageSize = 50

// List reads one page of leads in a state, those to be called first on top; after is the last line of the page before.
func List(ctx context.Context, r *gate.R, state, afterDay, afterID string) (page []Lead, more bool, err error) {
	var a db.Args
	q := `SELECT ` + leadColumns + ` FROM lead l WHERE l.state = ` + a.Add(state) + ` AND ` + inOffice(r, "l.office_id", &a)
	if afterID != "" {
		q += ` AND (l.call_on, l.id) > (` + a.Add(afterDay) + `, ` + a.Add(afterID) + `)`
	}
	page, err = db.All(ctx, r.Tx, scanLead, q+` ORDER BY l.call_on, l.id LIMIT `+a.Add(PageSize+1), a.Values...)
	if err != nil {
		return nil, false, err
	}
	if more = len(page) > PageSize; more {
		page = page[:PageSize]
	}
	for i := range page {
		if err := open(ctx, r, &page[i]); err != nil {
			return nil, false, err
		}
	}
	return page, more, nil
}

// CallBacks lists whom to call in some days, for the calendar.
func CallBacks(ctx context.Context, r *gate.R, from, to day.Date) ([]CallBack, error) {
	var a db.Args
	q := `SELECT l.id, l.call_on FROM lead l WHERE l.state = ` + a.Add(Open) + ` AND l.call_on >= ` + a.Add(from.String()) + ` AND l.call_on <= ` + a.Add(to.String()) + ` AND ` + inOffice(r, "l.office_id", &a)
	return db.All(ctx, r.Tx, func(s db.Row) (CallBack, error) { var c CallBack; return c, s.Scan(&c.LeadID, &c.On) }, q+` ORDER BY l.call_on, l.id LIMIT `+a.Add(300), a.Values...)
}

// Events reads one page of outreach, the last first.
func Events(ctx context.Context, r *gate.R, beforeDay, beforeID string) (page []Outreach, more bool, err error) {
	var a db.Args
	q := `SELECT o.id, o.office_id, o.on_day, o.place, o.channel, o.language, o.total, o.by_id, o.at FROM outreach o WHERE ` + inOffice(r, "o.office_id", &a)
	if beforeID != "" {
		q += ` AND (o.on_day, o.id) < (` + a.Add(beforeDay) + `, ` + a.Add(beforeID) + `)`
	}
	page, err = db.All(ctx, r.Tx, func(s db.Row) (Outreach, error) {
		var o Outreach
		return o, s.Scan(&o.ID, &o.OfficeID, &o.On, &o.Place, &o.Channel, &o.Language, &o.Total, &o.By, db.InstantOf(&o.At))
	}, q+` ORDER BY o.on_day DESC, o.id DESC LIMIT `+a.Add(PageSize+1), a.Values...)
	if more = len(page) > PageSize; more {
		page = page[:PageSize]
	}
	return page, more, err
}

// Reached is what outreach comes to in some days: how many events, and heads by group. These are people met, not persons known.
type Reached struct {
	Events int64
	Heads  map[Group]int64
	Total  int64
}

// ReachedIn counts the outreach of some days.
func ReachedIn(ctx context.Context, r *gate.R, from, to day.Date) (Reached, error) {
	out := Reached{Heads: map[Group]int64{}}
	var a db.Args
	where := ` WHERE o.on_day >= ` + a.Add(from.String()) + ` AND o.on_day <= ` + a.Add(to.String()) + ` AND ` + inOffice(r, "o.office_id", &a)
	var err error
	if out.Events, err = db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(*) FROM outreach o`+where, a.Values...); err != nil {
		return out, err
	}
	type cell struct {
		g Group
		n int64
	}
	cells, err := db.All(ctx, r.Tx, func(s db.Row) (cell, error) { var c cell; return c, s.Scan(&c.g.Sex, &c.g.Band, &c.n) },
		`SELECT n.sex, n.band, CAST(SUM(n.heads) AS BIGINT) FROM outreach o JOIN outreach_count n ON n.outreach_id = o.id`+where+` GROUP BY n.sex, n.band ORDER BY n.sex, n.band`, a.Values...)
	for _, c := range cells {
		out.Heads[c.g] = c.n
		out.Total += c.n
	}
	return out, err
}
