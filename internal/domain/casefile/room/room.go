// Package room is what the pages of all rooms share once a case is open before them: the case's own frame around a page,
// its address, the answer to a form, and the people to choose from. It owns no table and decides nothing.
package room

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Frame draws the head of a case, its route and its tabs around a page; tab is the one that stands open. The desk hands it
// to every room. Without one the page stands alone, as in a room's own tests.
type Frame func(ctx context.Context, r *web.Request, c casefile.Case, tab string, body templ.Component) (templ.Component, error)

// Draw answers with a page within a case. Problems make it the answer to a bad form.
func (f Frame) Draw(w http.ResponseWriter, r *web.Request, c casefile.Case, tab, title string, ps []ui.Problem, body templ.Component) error {
	if f != nil {
		var err error
		if body, err = f(r.Context(), r, c, tab, body); err != nil {
			return err
		}
	}
	return r.Form(w, title+" – "+c.No, ps, body)
}

// Look reads the case the address names and whatever else fn wants, in one snapshot.
func Look(r *web.Request, g *gate.Gate, perm string, fn func(ctx context.Context, g *gate.R, c casefile.Case) error) (c casefile.Case, err error) {
	err = g.Read(r.Context(), r.UserID, perm, func(ctx context.Context, g *gate.R) error {
		var err error
		if c, err = casefile.ByID(ctx, g, r.PathValue("id")); err != nil || fn == nil {
			return err
		}
		return fn(ctx, g, c)
	})
	return c, err
}

// Href is the address of a case, or of a page within it.
func Href(caseID string, parts ...string) string {
	return "/cases/" + url.PathEscape(caseID) + strings.Join(append([]string{""}, parts...), "/")
}

// Mark puts each problem at its field too.
func Mark(items []pages.Item, ps []ui.Problem) {
	for i := range items {
		for _, p := range ps {
			if p.Field == items[i].Name && items[i].Error == "" {
				items[i].Error = p.Text
			}
		}
	}
}

// Problems are what a form must say: the fields of a bad form, everything that is missing, or what somebody else wrote.
func Problems(r *web.Request, err error) ([]ui.Problem, bool) {
	if fault.Is(err, fault.Stale) {
		f := fault.Of(err)
		ps := []ui.Problem{{Text: r.P.T(f.Key, f.Args...)}}
		for _, p := range f.Fields {
			ps = append(ps, ui.Problem{Field: p.Name, Text: r.P.T(p.Key, p.Args...)})
		}
		return ps, true
	}
	return r.Problems(err)
}

// Done ends a command: what was done is said on the next page.
func Done(w http.ResponseWriter, r *web.Request, to, key string) error {
	r.Say(w, web.Flash{Kind: "ok", Key: key})
	return r.Redirect(w, to)
}

// After ends a command: what was done is said on the next page, or the form comes back with what is wrong. What is not about
// the form goes on; so does everything where there is no form to show.
func After(w http.ResponseWriter, r *web.Request, err error, to, key string, again func(ps []ui.Problem) error) error {
	if err == nil {
		return Done(w, r, to, key)
	}
	if ps, ok := Problems(r, err); ok && again != nil {
		return again(ps)
	}
	return err
}

// Finish fills in what every form has: the way back, where it is sent, its id, and each problem at its field.
func Finish(r *web.Request, a *pages.Ask, ps []ui.Problem, back, label string) {
	a.P, a.Problems, a.BackHref, a.Back, a.CancelHref, a.Action = r.P, ps, back, label, back, r.URL.Path
	if a.Hidden == nil {
		a.Hidden = map[string]string{}
	}
	if a.Hidden["id"] == "" {
		a.Hidden["id"] = KeepID(r)
	}
	Mark(a.Items, ps)
}

// Day is what was typed into a date; before the form was sent, the day it most likely is. It stands there to be seen and changed.
func Day(r *web.Request, name string, likely day.Date) string {
	if r.Has(name + "_d") {
		return r.DateText(name)
	}
	return likely.String()
}

// KeepID gives a form its id, the same again when it comes back with a mistake.
func KeepID(r *web.Request) string {
	if s := r.Text("id"); id.Valid(s) {
		return s
	}
	return id.New()
}
