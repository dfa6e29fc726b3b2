package desk

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/nostos-avrr/nostos/internal/desk/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

var weekText = regexp.MustCompile(`^(\d{4})-W(\d{2})$`)

// monday gives the first day of a week written as 2026-W10, and whether there is such a week.
func monday(s string) (day.Date, bool) {
	m := weekText.FindStringSubmatch(s)
	if m == nil {
		return day.Date{}, false
	}
	year, _ := strconv.Atoi(m[1])
	week, _ := strconv.Atoi(m[2])
	if year < 1990 || year > 2200 {
		return day.Date{}, false
	}
	first := startOfWeek(day.New(year, time.January, 4)).AddDays(7 * (week - 1)) // 4 January is always in week 1
	return first, weekOf(first) == s
}

func startOfWeek(d day.Date) day.Date { return d.AddDays(-(int(d.Weekday()) + 6) % 7) }

// weekOf writes the week of a day as 2026-W10.
func weekOf(d day.Date) string {
	y, w := d.In(time.UTC).ISOWeek()
	return fmt.Sprintf("%04d-W%02d", y, w)
}

// maxEvents bounds one week of one source: beyond it a calendar is no help, the list is.
const maxEvents = 300

func (d *Domain) calendar(w http.ResponseWriter, r *web.Request) error {
	var events []Event
	var today, from day.Date
	asked := r.Text("week")
	err := d.Gate.Read(r.Context(), r.UserID, org.Self, func(ctx context.Context, g *gate.R) (err error) {
		today = g.Today
		from = startOfWeek(today)
		if asked != "" {
			var ok bool
			if from, ok = monday(asked); !ok {
				return fault.At("week", "desk.err.week", "week", cut(asked, 20))
			}
		}
		events, err = d.Week(ctx, g, from)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	v := pages.Calendar{P: p, From: p.Date(from), To: p.Date(from.AddDays(6)), Number: weekOf(from)[6:], Prev: "/calendar?week=" + weekOf(from.AddDays(-7)), Next: "/calendar?week=" + weekOf(from.AddDays(7)), This: "/calendar", Total: int64(len(events))}
	for i := range 7 {
		on := from.AddDays(i)
		x := pages.Day{Weekday: p.Weekday(on.Weekday()), Date: p.Date(on), Today: on == today}
		for _, e := range events {
			if e.On != on {
				continue
			}
			s := pages.Slot{Clock: e.Clock, Kind: p.T("desk.event." + e.Kind), Person: e.Person, CaseNo: e.CaseNo, Text: e.Text, Href: e.Href, Clash: e.Clash}
			if e.Key != "" {
				s.Text = p.T(e.Key, e.Args...)
			}
			if e.Kind == "task" { // the step itself says what it is
				s.Text = stepText(p, e.Key, e.Text)
			}
			if s.Href == "" && e.CaseID != "" {
				s.Href = room.Href(e.CaseID)
			}
			x.Slots = append(x.Slots, s)
		}
		v.Days = append(v.Days, x)
	}
	return r.Page(w, http.StatusOK, p.T("desk.calendar.title", "from", v.From, "to", v.To), pages.CalendarPage(v))
}

// Week gathers what happens in the seven days from a Monday, by day and hour.
func (d *Domain) Week(ctx context.Context, r *gate.R, from day.Date) ([]Event, error) {
	to := from.AddDays(6)
	var out []Event
	var ids []string
	for _, s := range append([]EventSource{{casefile.PermView, d.departures}, {casefile.PermView, d.mySteps}}, d.Events...) {
		if !r.Actor.Can(s.Perm) {
			continue
		}
		list, err := s.List(ctx, under(r, s.Perm), from, to)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if e.On.Before(from) || e.On.After(to) {
				continue
			}
			if e.CaseID != "" && e.Person == (ui.NameParts{}) {
				ids = append(ids, e.CaseID)
			}
			out = append(out, e)
		}
	}
	people, err := whoIs(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if l, ok := people[out[i].CaseID]; ok && out[i].Person == (ui.NameParts{}) {
			out[i].Person, out[i].CaseNo = l.name, l.no
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int {
		if c := a.On.Compare(b.On); c != 0 {
			return c
		}
		switch {
		case a.Clock < b.Clock:
			return -1
		case a.Clock > b.Clock:
			return 1
		}
		return 0
	})
	return out, nil
}

// departures are the open cases that leave in these days.
func (d *Domain) departures(ctx context.Context, r *gate.R, from, to day.Date) ([]Event, error) {
	return d.caseDays(ctx, r, "departure", "c.departs_on", "", from, to)
}

// mySteps are the next steps of the reader's own cases, and of those they cover.
func (d *Domain) mySteps(ctx context.Context, r *gate.R, from, to day.Date) ([]Event, error) {
	return d.caseDays(ctx, r, "task", "c.next_due", "own", from, to)
}

func (d *Domain) caseDays(ctx context.Context, r *gate.R, kind, col, own string, from, to day.Date) ([]Event, error) {
	var a db.Args
	q := `SELECT ` + casefile.Columns + ` FROM casefile c WHERE c.state = ` + a.Add(casefile.Open) + ` AND ` + col + ` >= ` + a.Add(from.String()) + ` AND ` + col + ` <= ` + a.Add(to.String())
	if own != "" {
		q += ` AND c.owner_id IN ` + a.In(append([]string{r.Actor.ID}, r.Actor.Covers...))
	}
	q += ` AND ` + casefile.InScope(r, "c", &a)
	cases, err := db.All(ctx, r.Tx, func(s db.Row) (casefile.Case, error) { var c casefile.Case; return c, s.Scan(c.Targets()...) },
		q+` ORDER BY `+col+`, c.id LIMIT `+a.Add(maxEvents), a.Values...)
	if err != nil {
		return nil, err
	}
	var out []Event
	for _, c := range cases {
		e := Event{Kind: kind, CaseID: c.ID, On: c.DepartsOn}
		if kind == "task" {
			if e.On, err = day.Parse(c.NextDue); err != nil {
				return nil, err
			}
			e.Key = c.NextStep
			if e.Text, _, err = r.Open(ctx, c.ID, "casefile.next_title:"+c.ID, c.NextTitle); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
	return out, nil
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
