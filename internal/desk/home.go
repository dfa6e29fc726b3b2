package desk

import (
	"context"
	"net/http"

	"github.com/nostos-avrr/nostos/internal/desk/admin"
	"github.com/nostos-avrr/nostos/internal/desk/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// home leads everybody to where their day begins. Who has no such page gets a plain one that names where they may go.
func (d *Domain) home(w http.ResponseWriter, r *web.Request) error {
	var a *org.Actor
	if err := d.Gate.Read(r.Context(), r.UserID, org.Self, func(_ context.Context, g *gate.R) error { a = g.Actor; return nil }); err != nil {
		return err
	}
	if to := d.start(a); to != "" {
		return r.Redirect(w, to)
	}
	v := pages.Home{P: r.P, Name: a.Name}
	for _, pl := range d.placesOf(a) {
		v.Places = append(v.Places, pages.HomePlace{NavItem: ui.NavItem{Href: pl.Href, Label: r.P.T("desk.nav." + pl.Code), Icon: pl.Icon}, Text: r.P.T("desk.place." + pl.Code)})
	}
	return r.Page(w, http.StatusOK, r.P.T("desk.home.title"), pages.HomePage(v))
}

// start is the page on which a reader's day begins, by what they may do: roles are data and may be called anything.
func (d *Domain) start(a *org.Actor) string {
	counsels := a.Can(casefile.PermOpen) || a.Can(casefile.PermMove)
	switch {
	case !counsels && a.Can("accommodation.check") && d.leads(a, "GET /stays"):
		return "/stays"
	case !counsels && a.Can("travel.board") && d.leads(a, "GET /flights"):
		return "/flights"
	case counsels, a.Can(casefile.PermView) && onlyAssigned(a):
		return "/work?desk=action"
	case !a.Can(casefile.PermView) && a.Can(admin.PermManage) && d.leads(a, "GET /admin"):
		return "/admin"
	}
	if places := d.placesOf(a); len(places) == 1 {
		return places[0].Href
	}
	return ""
}

// onlyAssigned reports whether everything the reader sees was given to them.
func onlyAssigned(a *org.Actor) bool {
	for _, g := range a.Grants {
		if !g.AssignedOnly {
			return false
		}
	}
	return len(a.Grants) > 0
}

func (d *Domain) help(w http.ResponseWriter, r *web.Request) error {
	return r.Page(w, http.StatusOK, r.P.T("desk.help.title"), pages.HelpPage(r.P))
}
