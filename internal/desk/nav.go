package desk

import (
	"context"
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/desk/admin"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Place is one entry of the menu. It shows where the route exists and the reader may take it.
type Place struct {
	Code    string // message key desk.nav.CODE
	Pattern string // of the route table
	Href    string
	Icon    string
	AnyOf   []string // permissions of which one is needed besides the route's own; empty: none
}

// UsualPlaces is the menu in its order: what most people need every day comes first, because a phone shows four.
func UsualPlaces() []Place {
	return []Place{
		{Code: "work", Pattern: "GET /work", Href: "/work?desk=action", Icon: "work", AnyOf: []string{casefile.PermNote}},
		{Code: "cases", Pattern: "GET /cases", Href: "/cases", Icon: "case"},
		{Code: "calendar", Pattern: "GET /calendar", Href: "/calendar", Icon: "calendar", AnyOf: []string{casefile.PermView}},
		{Code: "flights", Pattern: "GET /flights", Href: "/flights", Icon: "plane"},
		{Code: "beds", Pattern: "GET /stays", Href: "/stays", Icon: "bed"},
		{Code: "leads", Pattern: "GET /leads", Href: "/leads", Icon: "phone"},
		{Code: "people", Pattern: "GET /persons", Href: "/persons", Icon: "users"},
		{Code: "approvals", Pattern: "GET /approvals", Href: "/approvals", Icon: "check"},
		{Code: "money", Pattern: "GET /funds", Href: "/funds", Icon: "money"},
		{Code: "selection", Pattern: "GET /selection", Href: "/selection", Icon: "briefcase"},
		{Code: "figures", Pattern: "GET /figures", Href: "/figures", Icon: "report"},
		{Code: "programmes", Pattern: "GET /programmes", Href: "/programmes", Icon: "document"},
		{Code: "answers", Pattern: "GET /answers", Href: "/answers", Icon: "sign"},
		{Code: "admin", Pattern: "GET /admin", Href: "/admin", Icon: "wrench", AnyOf: []string{admin.PermManage, admin.PermRoles, admin.PermCover, admin.PermReviewGlass, admin.PermJobs, admin.PermJournal, admin.PermCheckpoint}},
	}
}

// placesOf lists where a reader may go.
func (d *Domain) placesOf(a *org.Actor) []Place {
	all := d.Places
	if all == nil {
		all = UsualPlaces()
	}
	var out []Place
	for _, p := range all {
		switch {
		case !d.leads(a, p.Pattern), len(p.AnyOf) > 0 && !slices.ContainsFunc(p.AnyOf, a.Can):
		case p.Code == "approvals" && !d.approves(a):
		default:
			out = append(out, p)
		}
	}
	return out
}

// Shell is the frame of a page for its reader: the menu by permission, the account menu, the search box. When even the
// reader cannot be read, the page still comes, without a menu.
func (d *Domain) Shell(r *web.Request) ui.Shell {
	sh := ui.Shell{P: r.P, Demo: d.Demo}
	if r.UserID == "" || d.server == nil {
		return sh
	}
	var actor *org.Actor
	var waiting int64
	err := d.Gate.Read(r.Context(), r.UserID, org.Self, func(ctx context.Context, g *gate.R) (err error) {
		actor = g.Actor
		waiting, err = d.waiting(ctx, g)
		return err
	})
	if err != nil || actor == nil {
		return sh
	}
	sh.User = actor.Name
	for _, pl := range d.placesOf(actor) {
		n := ui.NavItem{Href: pl.Href, Label: r.P.T("desk.nav." + pl.Code), Icon: pl.Icon, Current: within(r.URL.Path, pl.Href)}
		if pl.Code == "approvals" {
			n.Count = waiting
		}
		sh.Nav = append(sh.Nav, n)
	}
	if d.leads(actor, "GET /search") {
		sh.Search = "/search"
	}
	sh.Account = d.accountMenu(r, actor)
	return sh
}

func (d *Domain) accountMenu(r *web.Request, a *org.Actor) []ui.NavItem {
	p := r.P
	var out []ui.NavItem
	for _, e := range []struct{ pattern, href, key, icon string }{
		{"GET /account", "/account", "desk.menu.account", "user"}, {"GET /drafts", "/drafts", "desk.menu.drafts", "edit"}, {"GET /views", "/views", "desk.menu.views", "link"},
		{"GET /cover", "/cover", "desk.menu.cover", "users"}, {"GET /break-glass", "/break-glass", "desk.menu.glass", "lock"}, {"GET /help", "/help", "desk.menu.help", "help"},
	} {
		if d.leads(a, e.pattern) {
			out = append(out, ui.NavItem{Href: e.href, Label: p.T(e.key), Icon: e.icon, Current: within(r.URL.Path, e.href)})
		}
	}
	if d.leads(a, "POST /theme") {
		for _, theme := range []string{"light", "dark", ""} {
			if theme != r.Theme {
				out = append(out, ui.NavItem{Post: true, Href: "/theme", Label: p.T("desk.menu.theme." + themeName(theme)), Icon: "globe", Fields: map[string]string{"theme": theme, "next": r.URL.RequestURI()}})
			}
		}
	}
	if d.leads(a, "POST /sign-out") {
		out = append(out, ui.NavItem{Post: true, Href: "/sign-out", Label: p.T("common.sign_out"), Icon: "exit"})
	}
	return out
}

func themeName(t string) string {
	if t == "" {
		return "auto"
	}
	return t
}

// within reports whether a page lies under a menu entry.
func within(path, href string) bool {
	href, _, _ = strings.Cut(href, "?")
	return path == href || strings.HasPrefix(path, href+"/")
}
