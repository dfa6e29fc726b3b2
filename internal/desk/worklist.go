package desk

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/desk/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// pageSize is how many cases a page of a list holds.
const pageSize = 50

func (d *Domain) work(w http.ResponseWriter, r *web.Request) error {
	q := r.URL.Query()
	if o := q.Get("owner"); o != "" && o != "me" { // somebody else's cases are a list of their own
		return r.Redirect(w, "/cases?"+q.Encode())
	}
	return d.list(w, r, true)
}

func (d *Domain) cases(w http.ResponseWriter, r *web.Request) error { return d.list(w, r, false) }

// listHref is the address of a list.
func listHref(own bool, f casefile.Filter) string {
	path, v := "/cases", f.Values()
	if own {
		path = "/work"
		v.Del("owner")
	}
	if f.After != "" {
		v.Set("after", f.After)
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// inList is the address of a case opened from a list: it remembers the list and the row's place in it, so that the case
// leads on to the next one even after work on it has moved it elsewhere in the list.
func inList(caseID string, f casefile.Filter, cursor string) string {
	v := f.Values()
	v.Set("after", cursor)
	return room.Href(caseID) + "?list=" + url.QueryEscape(v.Encode())
}

// listing is what a page of a list shows.
type listing struct {
	actor  *org.Actor
	today  day.Date
	tally  casefile.Tally
	page   casefile.Page
	views  []casefile.View
	covers []org.Staff
	offers []casefile.Offered
	choices
}

func (d *Domain) list(w http.ResponseWriter, r *web.Request, own bool) error {
	q := r.URL.Query()
	f, err := d.Cases.ParseFilter(q)
	if err != nil {
		return err
	}
	if own {
		f.Owner = "me"
	}
	for _, vals := range q {
		if vals[0] == "" { // a form sends what was not chosen, too: the address people share names only what was
			return r.Redirect(w, listHref(own, f))
		}
	}
	f.Limit = pageSize
	l := listing{choices: choices{p: r.P, own: own}}
	err = d.Gate.Read(r.Context(), r.UserID, casefile.PermView, func(ctx context.Context, g *gate.R) error {
		return d.readList(ctx, g, f, &l)
	})
	if err != nil {
		return err
	}
	title := r.P.T("desk.cases.title")
	if own {
		title = r.P.T("desk.work.title")
	}
	return r.Page(w, http.StatusOK, title, pages.WorklistPage(d.worklist(r, f, l, title)))
}

func (d *Domain) readList(ctx context.Context, g *gate.R, f casefile.Filter, l *listing) (err error) {
	l.actor, l.today = g.Actor, g.Today
	if l.tally, err = d.Cases.Counts(ctx, g, f); err != nil {
		return err
	}
	if l.page, err = d.Cases.List(ctx, g, f); err != nil {
		return err
	}
	if l.views, err = casefile.Views(ctx, g); err != nil {
		return err
	}
	if l.own {
		if l.offers, err = casefile.OfferedTo(ctx, g); err != nil {
			return err
		}
	}
	offices, err := org.Offices(ctx, g.Tx)
	if err != nil {
		return err
	}
	_, staff, err := staffNames(ctx, g)
	if err != nil {
		return err
	}
	reach, all := g.Scope.Offices()
	l.packs = d.Cases.Packs.In(g.Scope.Countries(offices))
	for _, o := range offices {
		if o.Active && (all || slices.Contains(reach, o.ID)) {
			l.offices = append(l.offices, o)
		}
	}
	for _, s := range staff {
		if slices.Contains(g.Actor.Covers, s.ID) {
			l.covers = append(l.covers, s)
		}
		if s.Active && (all || slices.Contains(reach, s.OfficeID)) {
			l.staff = append(l.staff, s)
		}
	}
	return nil
}

// countOf is how many cases a list holds, as far as the counts above it say so.
func countOf(f casefile.Filter, t casefile.Tally) (int64, bool) {
	switch {
	case f.State != "" && f.State != casefile.Open:
	case f.Desk == "" && f.Departs == "":
		return t.Open, true
	case f.Desk == "" && f.Departs == "week":
		return t.Departing, true
	case f.Desk == casefile.NeedsAction && f.Departs == "":
		return t.Action, true
	case f.Desk == casefile.WaitingOnOthers && f.Departs == "":
		return t.Waiting, true
	}
	return 0, false
}

func (d *Domain) worklist(r *web.Request, f casefile.Filter, l listing, title string) pages.Worklist {
	p := r.P
	href := func(f casefile.Filter) string { return listHref(l.own, f) }
	v := pages.Worklist{P: p, Title: title, Path: "/cases"}
	if l.own {
		v.Path = "/work"
	}
	base := f
	base.Desk, base.Departs, base.State, base.After = "", "", "", ""
	for _, c := range []struct {
		key, desk, departs string
		n                  int64
	}{{"action", casefile.NeedsAction, "", l.tally.Action}, {"waiting", casefile.WaitingOnOthers, "", l.tally.Waiting}, {"departing", "", "week", l.tally.Departing}, {"open", "", "", l.tally.Open}} {
		g := base
		g.Desk, g.Departs = c.desk, c.departs
		v.Counts = append(v.Counts, ui.NavItem{Href: href(g), Label: p.T("desk.count." + c.key), Count: c.n,
			Current: f.Desk == c.desk && f.Departs == c.departs && (f.State == "" || f.State == casefile.Open)})
	}
	vals := f.Values()
	v.Query = ui.Field{Name: "q", Label: p.T("desk.filter.q"), Type: "search", Value: f.Text, MaxLen: 100}
	v.First, v.More, v.Sort, v.Desk = l.fields(first, vals), l.fields(more, vals), f.Sort, f.Desk
	v.Chips, v.ClearHref = l.chips(f, href), href(casefile.Filter{Owner: f.Owner, Desk: f.Desk, Sort: f.Sort})
	if !l.own {
		v.ClearHref = href(casefile.Filter{Desk: f.Desk, Sort: f.Sort})
	}
	if l.actor.Can(casefile.PermExport) && d.leads(l.actor, "GET /cases/export") {
		v.Export = "/cases/export"
		if e := f.Values().Encode(); e != "" {
			v.Export += "?" + e
		}
	}
	if d.leads(l.actor, "GET /persons/new") && l.actor.Can(casefile.PermOpen) {
		v.New = "/persons/new"
	}
	for _, s := range l.views {
		v.Views = append(v.Views, ui.NavItem{Href: "/cases?" + s.Query, Label: s.Name, Current: s.Query == vals.Encode()})
	}
	for _, s := range l.covers {
		v.Covers = append(v.Covers, ui.NavItem{Href: "/cases?owner=" + s.ID, Label: s.Name})
	}
	if d.leads(l.actor, "POST /views") && len(vals) > 0 {
		v.SaveHref = "/views?query=" + url.QueryEscape(vals.Encode())
	}
	if l.actor.Can(casefile.PermAssign) && d.leads(l.actor, "POST /cases/reassign") && len(l.page.Rows) > 0 {
		v.Owners = []ui.Option{{Value: l.actor.ID, Label: l.actor.Name}} // first, because a slip must not leave a case with nobody
		for _, s := range l.staff {
			if s.ID != l.actor.ID {
				v.Owners = append(v.Owners, ui.Option{Value: s.ID, Label: s.Name})
			}
		}
		v.Owners = append(v.Owners, ui.Option{Label: p.T("desk.bulk.nobody")})
	}
	v.Here = href(f)
	v.Heads = l.heads(f, href)
	for i := range l.page.Rows {
		v.Rows = append(v.Rows, d.row(p, f, l, &l.page.Rows[i], len(v.Owners) > 0))
	}
	d.offered(p, l, &v)
	if f.After != "" {
		g := f
		g.After = ""
		v.FirstPage = href(g)
	}
	if l.page.Next != "" {
		g := f
		g.After = l.page.Next
		v.NextPage = href(g)
	}
	if n, ok := countOf(f, l.tally); ok && n > 0 {
		v.Total = p.N("desk.list.total", n)
	}
	l.empty(f, &v)
	return v
}

// empty says what to do when a list has nothing in it.
func (l listing) empty(f casefile.Filter, v *pages.Worklist) {
	bare := f
	bare.Sort, bare.Owner, bare.Desk, bare.After = "", "", "", ""
	filtered := len(bare.Values()) > 0 || f.Owner != "" && !l.own
	switch {
	case len(v.Rows) > 0:
	case f.After != "":
		v.Empty = "end"
	case filtered:
		v.Empty = "filtered"
	case f.Desk == casefile.NeedsAction && l.tally.Open > 0:
		v.Empty = "action"
	case f.Desk == casefile.WaitingOnOthers && l.tally.Open > 0:
		v.Empty = "waiting"
	case l.own:
		v.Empty = "own"
	default:
		v.Empty = "none"
	}
}

func (l listing) heads(f casefile.Filter, href func(casefile.Filter) string) (out []ui.Head) {
	now := f.Sort
	if now == "" {
		now = "due"
	}
	for _, h := range []struct{ key, sort, back string }{{"person", "name", "-name"}, {"stage", "stage", "-stage"}, {"step", "", ""}, {"due", "due", "-due"}, {"days", "since", "-since"}, {"flags", "", ""}} {
		head := ui.Head{Label: l.p.T("desk.col." + h.key)}
		if h.sort != "" {
			g := f
			g.After, g.Sort = "", h.sort
			switch now {
			case h.sort:
				head.Sort, g.Sort = "ascending", h.back
			case h.back:
				head.Sort = "descending"
			}
			if h.key == "days" && head.Sort != "" { // the longest wait is the earliest date
				head.Sort = map[string]string{"ascending": "descending", "descending": "ascending"}[head.Sort]
			}
			if g.Sort == "due" {
				g.Sort = ""
			}
			head.Href = href(g)
		}
		out = append(out, head)
	}
	return out
}

func (d *Domain) row(p *i18n.Printer, f casefile.Filter, l listing, x *casefile.Row, pick bool) ui.Row {
	name := x.Who.Parts()
	if x.Who.Unnamed() {
		name.Latin = p.T("desk.nameless")
	}
	out := ui.Row{Cells: []ui.Cell{
		{Body: ui.PersonLink(inList(x.ID, f, x.Cursor()), name, x.No)},
		{Body: d.mini(p, x.Case)},
		d.stepCell(p, l, x),
		{Body: d.dueCell(p, x, l.today)},
		{Text: p.Number(int64(x.StageDays))},
		{Body: flagCell(p, x.Case)},
	}}
	if x.State != casefile.Open {
		out.Cells[4].Text = ""
	}
	if !flagged(x.Case) {
		out.Cells[5] = ui.Cell{}
	}
	if pick {
		out.Select, out.SelectLabel = x.ID, p.T("desk.bulk.pick", "no", x.No)
	}
	return out
}

func (d *Domain) stepCell(p *i18n.Printer, l listing, x *casefile.Row) ui.Cell {
	owner := !l.own
	c := ui.Cell{Text: stepText(p, x.NextStep, x.StepTitle)}
	if x.State != casefile.Open {
		c.Text = p.T("desk.state." + x.State)
	} else if c.Text == "" {
		c.Text = p.T("desk.step.none")
	} else if x.NextStep == casefile.HandOverTask && d.leads(l.actor, "GET /cases/{id}/hand-over") {
		c.Href = room.Href(x.ID, "hand-over")
	}
	switch {
	case x.State == casefile.Open && x.Desk == casefile.WaitingOnOthers && x.WaitingOn != "":
		c.Sub = p.T("desk.step.waits", "who", casefile.WaiterText(p, x.WaitingOn))
	case owner && x.OwnerName != "":
		c.Sub = x.OwnerName
	case owner:
		c.Sub = p.T("desk.owner.nobody")
	}
	return c
}

func (d *Domain) dueCell(p *i18n.Printer, x *casefile.Row, today day.Date) templ.Component {
	if x.State != casefile.Open || x.NextDue == casefile.NoDue {
		return nil
	}
	due, err := day.Parse(x.NextDue)
	if err != nil {
		return nil
	}
	kind, text := dueTag(p, due, today)
	if x.Desk == casefile.WaitingOnOthers {
		kind, text = "", p.T("desk.due.look")
	}
	return pages.Due(pages.DueView{Kind: kind, Tag: text, Date: p.Date(due)})
}

// mini is the stage with the route line in small.
func (d *Domain) mini(p *i18n.Printer, c casefile.Case) templ.Component {
	pack, err := d.Cases.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return ui.MiniRoute(0, 0, stageName(p, c.Stage))
	}
	s, _, _ := pack.Stage(c.Stage)
	return ui.MiniRoute(slices.Index(pack.Phases, s.Phase), len(pack.Phases), stageName(p, c.Stage))
}

func flagged(c casefile.Case) bool { return c.Flags != "" || c.Class != org.Normal }

func flagCell(p *i18n.Printer, c casefile.Case) templ.Component {
	return pages.Flags(flagTags(p, c))
}

// flagTags are the words about a case that call for care. "Child" says less than "child alone", so it gives way to it.
func flagTags(p *i18n.Printer, c casefile.Case) (out []string) {
	for _, f := range casefile.Flags {
		if c.HasFlag(f) && !(f == "child" && c.HasFlag("uasc")) {
			out = append(out, p.T("case.flag."+f))
		}
	}
	if c.Class != org.Normal { // which class is not for a list that somebody may look at over a shoulder
		out = append(out, p.T("desk.restricted"))
	}
	return out
}
