// Package desk is the top of the desk: what a person sees when they sit down to work. Which cases need them today, one case
// with everything that matters about it now, what waits for a second person's yes, what happens this week, and the one box
// in which anybody can be found.
//
// It owns no table and changes nothing: it only shows, and leads to the rooms that do the work. What the rooms below have
// to show here is handed in by app (Approvals, Events, LivesAt). It never shows a link that the reader may not follow.
package desk

import (
	"context"
	"sync"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Domain is the room. app makes it.
type Domain struct {
	Gate      *gate.Gate
	Cases     *casefile.Domain
	Persons   *person.Domain
	Approvals []ApprovalSource
	Events    []EventSource
	// Exceptions lists what was decided otherwise than proposed; nil: nobody does.
	Exceptions *ExceptionSource
	// LivesAt says where the people of a case sleep now, in words: the centre and the unit. Empty: not in a place of ours.
	LivesAt func(ctx context.Context, r *gate.R, c casefile.Case) (string, error)
	Places  []Place // of the menu; nil: the usual ones
	Demo    bool

	server *web.Server
	once   sync.Once
	access map[string]web.Access
}

// Approval is one decision that waits for a person.
type Approval struct {
	Kind       string // message key desk.approval.KIND
	ID         string
	CaseID     string // person and number of the case are filled in here when Person is empty
	CaseNo     string
	Person     ui.NameParts
	WhatKey    string // what changes if the answer is yes, as a message
	WhatArgs   []any
	Amount     money.Amount // no currency: no money in it
	AskedByID  string
	AskedBy    string // filled in from AskedByID when empty
	AskedOn    day.Date
	Href       string // where it is decided
	Own        bool   // the reader asked for it, so somebody else must decide
	Restricted bool   // the reader may see it, but not decide it
}

// ApprovalSource is a room's list of what waits for a yes. It is asked under Perm, so that it shows only what the reader
// may decide about; whoever does not hold Perm is not asked.
type ApprovalSource struct {
	Perm  string
	List  func(ctx context.Context, r *gate.R) ([]Approval, error)
	Count func(ctx context.Context, r *gate.R) (int64, error) // nil: the list is counted
}

// Event is something on a day.
type Event struct {
	Kind   string // appointment, flight, arrival, visit, stay, departure, task: the message key is desk.event.KIND
	On     day.Date
	Clock  string // 14:30; empty: the whole day
	CaseID string // person and number of the case are filled in here when Person is empty
	CaseNo string
	Person ui.NameParts
	Text   string // flight number, room: the same in every language
	Key    string // or a message, with its values
	Args   []any
	Href   string
	Clash  bool // the same room or interpreter twice
}

// EventSource is a room's part of the calendar, asked under Perm.
type EventSource struct {
	Perm string
	List func(ctx context.Context, r *gate.R, from, to day.Date) ([]Event, error)
}

// under gives the same reading under another permission, with the scope that belongs to it.
func under(r *gate.R, perm string) *gate.R {
	q := *r
	q.Scope = r.Actor.Scope(perm)
	return &q
}

// Routes adds the desk's addresses.
func (d *Domain) Routes(s *web.Server) {
	d.server = s
	view := web.Access(casefile.PermView)
	s.Handle("GET /{$}", web.SignedIn, d.home)
	s.Handle("GET /help", web.SignedIn, d.help)
	s.Handle("GET /work", view, d.work)
	s.Handle("GET /cases", view, d.cases)
	s.Handle("GET /cases/{id}", view, d.overview)
	s.Handle("GET /approvals", web.SignedIn, d.approvals)
	s.Handle("GET /calendar", web.SignedIn, d.calendar)
	s.Handle("GET /search", view, d.search)
}

// Leads reports whether an address exists in this installation and the actor may go there, for rooms that lead there too.
func (d *Domain) Leads(a *org.Actor, pattern string) bool { return d.leads(a, pattern) }

// leads reports whether an address exists in this installation and the actor may go there. The route table is the one
// place that knows.
func (d *Domain) leads(a *org.Actor, pattern string) bool {
	d.once.Do(func() {
		d.access = map[string]web.Access{}
		for _, rt := range d.server.Routes() {
			d.access[rt.Pattern] = rt.Access
		}
	})
	acc, ok := d.access[pattern]
	return ok && (acc == web.Public || acc == web.SignedIn || a.Can(string(acc)))
}

// staffNames reads the names of everybody at work here: needed by nearly every page that says who did what.
func staffNames(ctx context.Context, r *gate.R) (map[string]string, []org.Staff, error) {
	all, err := org.ListStaff(ctx, r.Tx, "")
	names := map[string]string{}
	for _, s := range all {
		names[s.ID] = s.Name
	}
	return names, all, err
}

// stepText names a next step: a task the program knows, or the words somebody wrote.
func stepText(p *i18n.Printer, code, title string) string {
	if code != "" && p.Has("task."+code) {
		return p.T("task." + code)
	}
	return title
}

// waiterOptions are who a task may wait for, to choose from.
func waiterOptions(p *i18n.Printer) []ui.Option {
	out := []ui.Option{{Label: p.T("common.choose")}}
	for _, on := range casefile.Waiters {
		out = append(out, ui.Option{Value: on, Label: casefile.WaiterText(p, on)})
	}
	return out
}

// peopleText is "4 people, 2 children".
func peopleText(p *i18n.Printer, c casefile.Case) string {
	people := p.N("common.people", c.Persons)
	if c.Children == 0 {
		return people
	}
	return p.T("desk.people", "people", people, "children", p.N("common.children", c.Children))
}

// soonDays is how near a date must be to be marked as soon.
const soonDays = 2

// dueTag says whether a date has passed or is near.
func dueTag(p *i18n.Printer, due, today day.Date) (kind, text string) {
	switch {
	case due.IsZero():
	case due.Before(today):
		return "late", p.T("desk.due.late")
	case today.DaysUntil(due) <= soonDays:
		return "soon", p.T("desk.due.soon")
	}
	return "", ""
}
