// Package reintegrationweb answers the addresses of the work after return: help on arrival, the assessment, the plan, the
// delivery of its items. It is laid out for a phone first. It owns no table and decides nothing.
package reintegrationweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/reintegration"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Web is the pages of this room. app makes it.
type Web struct {
	Room *reintegration.Domain
	// Frame draws the head and the tabs of a case around a page; nil leaves them out.
	Frame room.Frame
}

// Routes adds the addresses.
func (x *Web) Routes(s *web.Server) {
	s.Handle("GET /cases/{id}/reintegration", reintegration.PermView, x.show)
	s.Handle("GET /cases/{id}/reintegration/arrival", reintegration.PermPostArrival, x.askHelp)
	s.Handle("POST /cases/{id}/reintegration/arrival", reintegration.PermPostArrival, x.help)
	s.Handle("GET /cases/{id}/reintegration/assessment", reintegration.PermAssess, x.askAssess)
	s.Handle("POST /cases/{id}/reintegration/assessment", reintegration.PermAssess, x.assess)
	s.Handle("GET /cases/{id}/reintegration/plan", reintegration.PermPlan, x.askPlan)
	s.Handle("POST /cases/{id}/reintegration/plan", reintegration.PermPlan, x.plan)
	s.Handle("POST /cases/{id}/reintegration/plans/{plan}/submit", reintegration.PermPlan, x.submit)
	s.Handle("GET /cases/{id}/reintegration/plans/{plan}/decide", reintegration.PermApprove, x.askDecide)
	s.Handle("POST /cases/{id}/reintegration/plans/{plan}/decide", reintegration.PermApprove, x.decide)
	s.Handle("GET /cases/{id}/reintegration/items/{item}", reintegration.PermView, x.item)
	s.Handle("POST /cases/{id}/reintegration/items/{item}/quotes", reintegration.PermDeliver, x.quotes)
	s.Handle("POST /cases/{id}/reintegration/items/{item}/order", reintegration.PermDeliver, x.order)
	s.Handle("POST /cases/{id}/reintegration/items/{item}/deliver", reintegration.PermDeliver, x.deliver)
	s.Handle("POST /cases/{id}/reintegration/items/{item}/confirm", reintegration.PermDeliver, x.confirm)
	s.Handle("POST /cases/{id}/reintegration/items/{item}/drop", reintegration.PermDeliver, x.drop)
	s.Handle("POST /cases/{id}/reintegration/rest", reintegration.PermDeliver, x.rest)
}

func href(caseID string, parts ...string) string {
	return "/cases/" + url.PathEscape(caseID) + strings.Join(append([]string{"/reintegration"}, parts...), "/")
}

// file is everything a page of this room may need.
type file struct {
	c           casefile.Case
	actor       *org.Actor
	help        []reintegration.Help
	assessments []reintegration.Assessment
	plans       []reintegration.Plan
	papers      []casefile.Attachment
	limit       money.Amount
	hasLimit    bool
	staff       map[string]string
}

func (x *Web) read(r *web.Request) (f file, err error) {
	err = x.Room.Gate.Read(r.Context(), r.UserID, reintegration.PermView, func(ctx context.Context, g *gate.R) error {
		if f.c, err = casefile.ByID(ctx, g, r.PathValue("id")); err != nil {
			return err
		}
		f.actor = g.Actor
		if f.help, err = reintegration.HelpOf(ctx, g, f.c.ID); err != nil {
			return err
		}
		if f.assessments, err = reintegration.Assessments(ctx, g, f.c.ID); err != nil {
			return err
		}
		if f.plans, err = reintegration.Plans(ctx, g, f.c.ID); err != nil {
			return err
		}
		if f.papers, err = casefile.Attachments(ctx, g, f.c.ID); err != nil {
			return err
		}
		if f.limit, f.hasLimit, err = ledger.CeilingOf(ctx, g, f.c.ID); err != nil {
			return err
		}
		all, err := org.ListStaff(ctx, g.Tx, "")
		f.staff = map[string]string{org.SystemID: "Nostos"}
		for _, s := range all {
			f.staff[s.ID] = s.Name
		}
		return err
	})
	return f, err
}

// may tells whether the reader can do something about an open case.
func (f *file) may(perm string) bool { return f.c.State == casefile.Open && f.actor.Can(perm) }

// inForce is the approved plan, or an empty one.
func (f *file) inForce() (reintegration.Plan, bool) {
	for _, p := range f.plans {
		if p.State == reintegration.Approved {
			return p, true
		}
	}
	return reintegration.Plan{}, false
}

func (x *Web) inCase(w http.ResponseWriter, r *web.Request, c casefile.Case, title string, ps []ui.Problem, body templ.Component) error {
	return x.Frame.Draw(w, r, c, "reintegration", title, ps, body)
}

// ask draws a page that asks one thing.
func (x *Web) ask(w http.ResponseWriter, r *web.Request, f file, ps []ui.Problem, a pages.Ask) error {
	room.Finish(r, &a, ps, href(f.c.ID), r.P.T("reintegration.back"))
	return x.inCase(w, r, f.c, a.Title, ps, pages.AskPage(a))
}

func options(p *i18n.Printer, prefix string, values ...string) []ui.Option {
	return ui.Options(values, ui.Keyed(p, prefix))
}

func chooseFrom(p *i18n.Printer, prefix string, values ...string) []ui.Option {
	return append([]ui.Option{{Label: p.T("common.choose")}}, options(p, prefix, values...)...)
}

// papers offers the papers of the folder as proof.
func (f *file) paperOptions(p *i18n.Printer) []ui.Option {
	out := []ui.Option{{Label: p.T("reintegration.no_proof")}}
	for _, a := range f.papers {
		out = append(out, ui.Option{Value: a.ID, Label: a.Title})
	}
	return out
}

// typed gives what was typed, or what is known when the form was not sent yet.
func typed(r *web.Request, name, known string) string {
	if r.Has(name) {
		return r.Text(name)
	}
	return known
}

// sum reads an amount; nothing typed is nothing, and what cannot be read is a problem at its field.
func sum(r *web.Request, field, currency string, fs *[]fault.Field) int64 {
	a, err := money.Parse(r.Text(field), currency)
	if err == nil {
		return a.Minor
	}
	if e, ok := err.(*money.ParseError); ok {
		*fs = append(*fs, fault.Field{Name: field, Key: e.Key, Args: []any{"text", e.Text, "first", e.First, "second", e.Second}})
	}
	return 0
}

func number(r *web.Request, field string) int64 {
	n, err := strconv.ParseInt(r.Text(field), 10, 64)
	if err != nil {
		return -1 // the command says at the field what is expected
	}
	return n
}
