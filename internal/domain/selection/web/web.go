// Package selectionweb is the committee's table on screen: the rounds, the order with the line at which the money ends, each
// candidate's reasons beside a neighbour's, and the form on which the committee's word is written down.
package selectionweb

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/selection"
	"github.com/nostos-avrr/nostos/internal/domain/selection/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Web is the pages of this room. app makes it.
type Web struct{ Rounds *selection.Domain }

// Routes adds the addresses.
func (x *Web) Routes(s *web.Server) {
	s.Handle("GET /selection", selection.PermView, x.list)
	s.Handle("GET /selection/new", selection.PermOpen, x.askOpen)
	s.Handle("POST /selection/new", selection.PermOpen, x.open)
	s.Handle("GET /selection/{round}", selection.PermView, x.show)
	s.Handle("POST /selection/{round}/read", selection.PermOpen, x.readAgain)
	s.Handle("GET /selection/{round}/reserve", selection.PermOpen, x.askReserve)
	s.Handle("POST /selection/{round}/reserve", selection.PermOpen, x.reserve)
	s.Handle("GET /selection/{round}/close", selection.PermDecide, x.askClose)
	s.Handle("POST /selection/{round}/close", selection.PermDecide, x.close)
	s.Handle("POST /selection/{round}/wait", selection.PermDecide, x.waitRest)
	s.Handle("GET /selection/{round}/rates", selection.PermView, x.rates)
	s.Handle("GET /selection/{round}/export", casefile.PermExport, x.export)
	s.Handle("GET /selection/{round}/cases/{case}", selection.PermView, x.candidate)
	s.Handle("POST /selection/{round}/cases/{case}", selection.PermDecide, x.decide)
}

func href(roundID string, parts ...string) string {
	return "/selection/" + url.PathEscape(roundID) + strings.Join(append([]string{""}, parts...), "/")
}

func caseHref(roundID, caseID string) string { return href(roundID, "cases", url.PathEscape(caseID)) }

// look is the round the address names, as its reader sees it.
type look struct {
	selection.Sheet
	actor *org.Actor
	staff map[string]string
}

func (x *Web) read(r *web.Request, more func(ctx context.Context, g *gate.R, l *look) error) (l look, err error) {
	err = x.Rounds.Gate.Read(r.Context(), r.UserID, selection.PermView, func(ctx context.Context, g *gate.R) (err error) {
		l = look{actor: g.Actor, staff: map[string]string{}}
		if l.Sheet, err = x.Rounds.Sheet(ctx, g, r.PathValue("round")); err != nil {
			return err
		}
		all, err := org.ListStaff(ctx, g.Tx, "")
		if err != nil {
			return err
		}
		for _, s := range all {
			l.staff[s.ID] = s.Name
		}
		if more == nil {
			return nil
		}
		return more(ctx, g, &l)
	})
	return l, err
}

// may tells whether the reader can do something to an open round.
func (l *look) may(perm string) bool { return l.State == selection.Open && l.actor.Can(perm) }

func (l *look) title(p *i18n.Printer) string {
	return p.T("selection.round", "no", l.No, "date", l.On)
}

func (l *look) back(p *i18n.Printer) pages.Link {
	return pages.Link{Href: href(l.ID), Label: l.title(p)}
}

// ask draws a page that asks one thing.
func ask(w http.ResponseWriter, r *web.Request, ps []ui.Problem, a casepages.Ask, back pages.Link) error {
	a.P, a.Problems, a.BackHref, a.Back, a.CancelHref, a.Action = r.P, ps, back.Href, back.Label, back.Href, r.URL.Path
	if a.Hidden == nil {
		a.Hidden = map[string]string{}
	}
	a.Hidden["id"] = room.KeepID(r)
	room.Mark(a.Items, ps)
	return r.Form(w, a.Title, ps, casepages.LonePage(a))
}

// number reads a whole number; what is none is refused by the command, at its field.
func number(r *web.Request, field string) int64 {
	if n, ok := r.Number(field); ok {
		return n
	}
	return -1
}

// sum reads an amount as people write it.
func sum(r *web.Request, field, currency string) (int64, *fault.Field) {
	a, err := money.Parse(r.Text(field), currency)
	if e, bad := err.(*money.ParseError); bad {
		return 0, &fault.Field{Name: field, Key: e.Key, Args: []any{"text", e.Text, "first", e.First, "second", e.Second}}
	}
	return a.Minor, nil
}

// typed gives what was typed, or what is known when the form was not sent yet.
func typed(r *web.Request, name, known string) string {
	if r.Has(name) {
		return r.Text(name)
	}
	return known
}

// rationing lists the versions in force that choose among people.
func rationing(lib *programme.Library, g *gate.R) (out []*programme.Pack) {
	for _, code := range lib.Codes() {
		if p, err := lib.Current(code, g.Today); err == nil && p.Selection != nil {
			out = append(out, p)
		}
	}
	return out
}
