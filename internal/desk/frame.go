package desk

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/desk/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// tab is a part of a case. It shows where its route exists and the reader may take it.
type tab struct{ code, path string }

var tabs = []tab{{"overview", ""}, {"household", "household"}, {"counselling", "counselling"}, {"documents", "documents"}, {"travel", "travel"}, {"stay", "stay"}, {"money", "money"}, {"reintegration", "reintegration"}, {"history", "history"}}

// action is something that can be done to a case as a whole. When tells from the case whether it makes sense now.
type action struct {
	code, path string
	when       func(c casefile.Case) bool
}

func isOpen(c casefile.Case) bool   { return c.State == casefile.Open }
func hasEnded(c casefile.Case) bool { return c.State != casefile.Open }

// actions are behind "More actions", the withdrawal among them: it is two clicks away in every tab.
var actions = []action{{"tasks", "tasks", isOpen}, {"forms", "forms", isOpen}, {"edit", "edit", isOpen}, {"flags", "flags", isOpen}, {"assign", "assign", isOpen}, {"hand_over", "hand-over", isOpen},
	{"close", "close", isOpen}, {"reopen", "reopen", hasEnded}, {"withdraw", "withdraw", isOpen}}

// nearDays is how close a departure must be for what is missing to be the one notice.
const nearDays = 14

// folder is what every page about a case needs to know of it.
type folder struct {
	c       casefile.Case
	actor   *org.Actor
	today   day.Date
	pack    *programme.Pack
	members []casefile.Member
	tasks   []casefile.Task
	missing []casefile.Unmet // read for the overview, and near a departure
	next    *nextUp
}

// nextUp is the list a case was opened from.
type nextUp struct {
	back  string        // address of the list
	param string        // what keeps the list in an address
	row   *casefile.Row // the next case in it; nil: this was the last
	f     casefile.Filter
}

func (d *Domain) readFolder(ctx context.Context, g *gate.R, r *web.Request, c casefile.Case, whole bool) (folder, error) {
	f := folder{c: c, actor: g.Actor, today: g.Today}
	var err error
	if f.pack, err = d.Cases.Packs.Version(c.Programme, c.PackVersion); err != nil {
		return f, err
	}
	if f.members, err = casefile.Members(ctx, g, c.ID); err != nil {
		return f, err
	}
	if f.tasks, err = casefile.OpenTasks(ctx, g, c.ID); err != nil {
		return f, err
	}
	if isOpen(c) && (whole || near(c, g.Today)) {
		if f.missing, err = d.Cases.Missing(ctx, g, c); err != nil {
			return f, err
		}
	}
	f.next, err = d.nextInList(ctx, g, r, c)
	return f, err
}

func near(c casefile.Case, today day.Date) bool {
	return c.HandedOverOn.IsZero() && !c.DepartsOn.IsZero() && !c.DepartsOn.Before(today) && today.DaysUntil(c.DepartsOn) <= nearDays
}

// see opens a case for reading. Of a case in a protected class the reading itself is an entry in the journal.
func (d *Domain) see(ctx context.Context, actor, caseID, tab string, fn func(context.Context, *gate.R, casefile.Case) error) error {
	protected := false
	err := d.Gate.Read(ctx, actor, casefile.PermView, func(ctx context.Context, g *gate.R) error {
		c, err := casefile.ByID(ctx, g, caseID)
		if err != nil {
			return err
		}
		if protected = c.Class != org.Normal; protected {
			return nil
		}
		return fn(ctx, g, c)
	})
	if err != nil || !protected {
		return err
	}
	return d.Gate.Write(ctx, actor, casefile.PermView, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if err := fn(ctx, &w.R, c); err != nil {
			return err
		}
		return casefile.Record(ctx, w, c, journal.Entry{Action: "case.viewed", Args: map[string]string{"tab": tab}})
	})
}

// Frame puts a page into its case: who it is, how far they are, the one thing to know now, the tabs, and the way to
// withdraw. It is handed to every room that shows pages of a case.
func (d *Domain) Frame(ctx context.Context, r *web.Request, c casefile.Case, tab string, body templ.Component) (templ.Component, error) {
	var f folder
	err := d.see(ctx, r.UserID, c.ID, tab, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		f, err = d.readFolder(ctx, g, r, c, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pages.Framed(d.head(r, f, tab), body), nil
}

func (d *Domain) head(r *web.Request, f folder, current string) pages.Head {
	p, c := r.P, f.c
	h := pages.Head{P: p, Name: principalName(p, f), Refs: []string{c.No}, Stations: stations(p, f), Tab: current, BackHref: "/cases", BackText: p.T("desk.back.cases")}
	if c.Nationality != "" {
		h.Refs = append(h.Refs, p.Country(c.Nationality))
	}
	h.Refs = append(h.Refs, peopleText(p, c))
	h.Flags = flagTags(p, c)
	query := ""
	if f.next != nil {
		query = f.next.param
		h.BackHref = f.next.back
		h.BackText = p.T("desk.back.list")
		if f.next.row != nil {
			h.NextHref = inList(f.next.row.ID, f.next.f, f.next.row.Cursor())
		} else {
			h.NextNone = true
		}
	} else if c.OwnerID == r.UserID {
		h.BackHref, h.BackText = "/work?desk=action", p.T("desk.back.work")
	}
	for _, t := range tabs {
		pattern := "GET /cases/{id}"
		href := room.Href(c.ID)
		if t.path != "" {
			pattern, href = pattern+"/"+t.path, room.Href(c.ID, t.path)
		}
		if d.leads(f.actor, pattern) {
			h.Tabs = append(h.Tabs, ui.NavItem{Href: href + query, Label: p.T("desk.tab." + t.code), Current: t.code == current})
		}
	}
	if isOpen(c) && len(f.pack.Next(c.Stage)) > 0 && d.leads(f.actor, "POST /cases/{id}/move") {
		h.MoveHref = room.Href(c.ID, "move")
	}
	if d.leads(f.actor, "POST /cases/{id}/notes") {
		h.NoteHref = room.Href(c.ID) + query + "#f-text"
	}
	for _, a := range actions {
		if a.when(c) && d.leads(f.actor, "GET /cases/{id}/"+a.path) {
			item := ui.NavItem{Href: room.Href(c.ID, a.path), Label: p.T("desk.action." + a.code), Icon: actionIcon(a.code)}
			h.More = append(h.More, item)
			if a.code == "withdraw" {
				h.WithdrawHref, h.Will = item.Href, will(p, f)
			}
		}
	}
	h.Notice = d.notice(r, f)
	return h
}

// will says whose decision the return is; after it, that the support is theirs to end.
func will(p *i18n.Printer, f folder) string {
	n, key := principalName(p, f), "desk.will"
	if s, _, _ := f.pack.Stage(f.c.Stage); s.Phase == "reintegration" {
		key = "desk.will.back"
	}
	if n.Latin == "" {
		n.Latin = n.Native
	}
	return p.T(key, "name", n.Latin)
}

func actionIcon(code string) string {
	return map[string]string{"tasks": "work", "forms": "document", "edit": "edit", "flags": "care", "assign": "user", "hand_over": "globe", "close": "lock", "reopen": "undo", "withdraw": "exit"}[code]
}

// principalName is whose case it is. Of somebody whom the reader may not see, or without a name, it says just that.
func principalName(p *i18n.Printer, f folder) ui.NameParts {
	for _, m := range f.members {
		if m.ID == f.c.PrincipalID && !m.Unnamed() {
			return m.Parts()
		}
	}
	return ui.NameParts{Latin: p.T("desk.nameless")}
}

// stations is the route line: the phases of the programme, and how long the case has been in its present one.
func stations(p *i18n.Printer, f folder) (out []ui.Station) {
	s, _, _ := f.pack.Stage(f.c.Stage)
	at := slices.Index(f.pack.Phases, s.Phase)
	for i, ph := range f.pack.Phases {
		st := ui.Station{Label: p.T("phase." + ph), State: "todo"}
		switch {
		case i < at || f.c.State == casefile.Closed && i == at:
			st.State = "done"
		case i == at:
			st.State = "current"
			st.Note = p.N("desk.stage_days", int64(f.c.StageSince.DaysUntil(f.today)), "stage", stageName(p, f.c.Stage))
			if f.c.State == casefile.Withdrawn {
				st.Note = p.T("desk.state.withdrawn")
			}
		}
		out = append(out, st)
	}
	return out
}

// notice picks the one thing to know now: that the case has ended, that something is missing before a departure, or that a
// step is late. More than one would be none.
func (d *Domain) notice(r *web.Request, f folder) *pages.HeadNotice {
	p, c := r.P, f.c
	if !isOpen(c) {
		n := &pages.HeadNotice{Kind: "calm", Title: p.T("desk.notice."+c.State, "date", p.Date(c.ClosedOn))}
		if c.State == casefile.Closed && p.Has("case.closing."+c.ClosingReason) {
			n.Text = p.T("case.closing." + c.ClosingReason)
		}
		if d.leads(f.actor, "GET /cases/{id}/reopen") {
			n.Href, n.Action = room.Href(c.ID, "reopen"), p.T("desk.action.reopen")
		}
		return n
	}
	if near(c, f.today) && len(f.missing) > 0 {
		m := f.missing[0]
		n := &pages.HeadNotice{Kind: "warn", Title: p.T(m.Key, m.Args...), Text: p.N("desk.notice.departs", int64(f.today.DaysUntil(c.DepartsOn)), "date", p.Date(c.DepartsOn))}
		if len(f.missing) > 1 {
			n.Text += " " + p.N("ui.missing", int64(len(f.missing)))
		}
		if n.Href, n.Action = d.way(f, m.Href), p.T("desk.missing.do"); n.Href == "" {
			n.Href, n.Action = room.Href(c.ID)+"#missing", p.T("desk.notice.see_missing")
		}
		return n
	}
	for _, t := range f.tasks {
		if t.WaitingOn != "" && t.WaitingUntil.After(f.today) || t.DueOn.IsZero() || !t.DueOn.Before(f.today) {
			continue
		}
		n := &pages.HeadNotice{Kind: "warn", Title: stepText(p, t.Code, t.Title), Text: p.N("desk.notice.late", int64(t.DueOn.DaysUntil(f.today)), "date", p.Date(t.DueOn)), Href: room.Href(c.ID) + "#step-" + t.ID, Action: p.T("desk.notice.see")}
		if s, _, _ := f.pack.Stage(c.Stage); s.Task != "" && s.Task == t.Code && len(f.missing) > 0 && d.way(f, f.missing[0].Href) != "" {
			n.Href, n.Action = f.missing[0].Href, p.T("desk.missing.do")
		}
		return n
	}
	return nil
}

// way is an address within the case, if the reader may go there: what is missing may be another role's to do.
func (d *Domain) way(f folder, href string) string {
	path, _, _ := strings.Cut(href, "?")
	path, _, _ = strings.Cut(path, "#")
	pattern := "GET " + strings.Replace(path, "/cases/"+f.c.ID, "/cases/{id}", 1)
	if d.leads(f.actor, pattern) {
		return href
	}
	if _, known := d.access[pattern]; known {
		return ""
	}
	return href // deeper than a part of the case: the page there decides
}

const listCookie = "list"

// nextInList reads from the address, or after a form from the cookie, which list the case was opened from, and finds the
// case that follows in it. An address somebody has spoiled leads to no list, never to another one.
func (d *Domain) nextInList(ctx context.Context, g *gate.R, r *web.Request, c casefile.Case) (*nextUp, error) {
	text := r.URL.Query().Get("list")
	if text == "" {
		ck, err := r.Cookie(listCookie)
		if err != nil {
			return nil, nil
		}
		id, rest, _ := strings.Cut(ck.Value, ".")
		if id != c.ID {
			return nil, nil
		}
		if text, err = url.QueryUnescape(rest); err != nil {
			return nil, nil
		}
	}
	v, err := url.ParseQuery(text)
	if err != nil {
		return nil, nil
	}
	f, err := d.Cases.ParseFilter(v)
	if err != nil || f.After == "" {
		return nil, nil
	}
	own := f.Owner == "me"
	n := &nextUp{param: "?list=" + url.QueryEscape(text), f: f}
	back := f
	back.After = ""
	n.back = listHref(own, back)
	f.Limit = 2
	page, err := d.Cases.List(ctx, g, f)
	if err != nil {
		return nil, err
	}
	for i := range page.Rows {
		if page.Rows[i].ID != c.ID {
			n.row = &page.Rows[i]
			break
		}
	}
	return n, nil
}

// keepList remembers the list for the pages that follow a form: a redirect forgets the address.
func (d *Domain) keepList(w http.ResponseWriter, r *web.Request, caseID string) {
	text := r.URL.Query().Get("list")
	if text == "" || len(text) > 1500 {
		return
	}
	http.SetCookie(w, &http.Cookie{Name: listCookie, Value: caseID + "." + url.QueryEscape(text), Path: "/cases", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: d.server.Secure})
}
