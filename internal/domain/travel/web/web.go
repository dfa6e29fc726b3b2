// Package travelweb answers the addresses of the way home: the papers and the journey of a case, the departures, and the
// passenger list at the airport. It reads what was typed, calls one command of travel, and draws a page or sends the
// reader on. It owns no table and decides nothing.
package travelweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Web is the room's pages. app makes it.
type Web struct {
	Travel *travel.Domain
	// Frame draws the head and the tabs of a case around a page; nil leaves them out.
	Frame func(ctx context.Context, r *web.Request, c casefile.Case, tab string, body templ.Component) (templ.Component, error)
}

// Routes adds the room's addresses.
func (x *Web) Routes(s *web.Server) {
	s.Handle("GET /cases/{id}/documents", travel.PermView, x.documents)
	s.Handle("GET /cases/{id}/documents/new", travel.PermPapers, x.askDocument)
	s.Handle("POST /cases/{id}/documents/new", travel.PermPapers, x.requestDocument)
	s.Handle("GET /cases/{id}/documents/{doc}", travel.PermPapers, x.editDocument)
	s.Handle("POST /cases/{id}/documents/{doc}", travel.PermPapers, x.saveDocument)
	s.Handle("GET /cases/{id}/clearance/new", travel.PermClearance, x.newClearance)
	s.Handle("POST /cases/{id}/clearance/new", travel.PermClearance, x.askClearance)
	s.Handle("GET /cases/{id}/clearance/{row}", travel.PermClearance, x.editClearance)
	s.Handle("POST /cases/{id}/clearance/{row}", travel.PermClearance, x.answerClearance)
	s.Handle("GET /cases/{id}/travel", travel.PermView, x.journey)
	s.Handle("GET /cases/{id}/travel/book", travel.PermBook, x.showBook)
	s.Handle("POST /cases/{id}/travel/book", travel.PermBook, x.book)
	s.Handle("GET /cases/{id}/travel/{journey}/cancel", travel.PermBook, x.showCancel)
	s.Handle("POST /cases/{id}/travel/{journey}/cancel", travel.PermBook, x.cancel)
	s.Handle("GET /cases/{id}/travel/{journey}/tickets", travel.PermBook, x.showTickets)
	s.Handle("POST /cases/{id}/travel/{journey}/tickets", travel.PermBook, x.tickets)
	s.Handle("GET /cases/{id}/travel/{journey}/decide", travel.PermApprove, x.showDecide)
	s.Handle("POST /cases/{id}/travel/{journey}/decide", travel.PermApprove, x.decide)
	s.Handle("GET /cases/{id}/travel/{journey}/arrival", travel.PermArrive, x.showArrival)
	s.Handle("POST /cases/{id}/travel/{journey}/arrival", travel.PermArrive, x.arrival)
	s.Handle("POST /cases/{id}/travel/{journey}/transit", travel.PermArrive, x.transit)
	s.Handle("GET /flights", travel.PermView, x.departures)
	s.Handle("POST /flights", travel.PermBook, x.addFlight)
	s.Handle("GET /flights/{id}", travel.PermView, x.manifest)
	s.Handle("GET /flights/{id}/print", travel.PermView, x.print)
	s.Handle("POST /flights/{id}/step", travel.PermBoard, x.step)
}

// look reads a case and whatever else fn wants, in one snapshot.
func (x *Web) look(r *web.Request, fn func(ctx context.Context, g *gate.R, c casefile.Case) error) (c casefile.Case, err error) {
	err = x.Travel.Gate.Read(r.Context(), r.UserID, travel.PermView, func(ctx context.Context, g *gate.R) error {
		var err error
		if c, err = casefile.ByID(ctx, g, r.PathValue("id")); err != nil || fn == nil {
			return err
		}
		return fn(ctx, g, c)
	})
	return c, err
}

func (x *Web) inCase(w http.ResponseWriter, r *web.Request, c casefile.Case, tab, title string, problems []ui.Problem, body templ.Component) error {
	if x.Frame != nil {
		var err error
		if body, err = x.Frame(r.Context(), r, c, tab, body); err != nil {
			return err
		}
	}
	return r.Form(w, title+" – "+c.No, problems, body)
}

// ask draws a page that asks one thing about a case.
func (x *Web) ask(w http.ResponseWriter, r *web.Request, c casefile.Case, tab string, a casepages.Ask) error {
	a.P, a.BackHref, a.Action = r.P, caseHref(c.ID, tab), r.URL.Path
	a.Back, a.CancelHref = r.P.T("common.back"), a.BackHref
	for i := range a.Items {
		for _, p := range a.Problems {
			if p.Field == a.Items[i].Name {
				a.Items[i].Error = p.Text
			}
		}
	}
	return x.inCase(w, r, c, tab, a.Title, a.Problems, casepages.AskPage(a))
}

// problems are what a form must say: the fields of a bad form, everything that is missing, or what somebody else wrote.
func problems(r *web.Request, err error) ([]ui.Problem, bool) {
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

func caseHref(id string, parts ...string) string {
	return "/cases/" + url.PathEscape(id) + strings.Join(append([]string{""}, parts...), "/")
}

func done(w http.ResponseWriter, r *web.Request, to, key string) error {
	r.Say(w, web.Flash{Kind: "ok", Key: key})
	return r.Redirect(w, to)
}

func options(values []string, label func(string) string) (out []ui.Option) {
	for _, v := range values {
		out = append(out, ui.Option{Value: v, Label: label(v)})
	}
	return out
}

func keyed(p *i18n.Printer, prefix string) func(string) string {
	return func(v string) string { return p.T(prefix + v) }
}

func choose(p *i18n.Printer, list []ui.Option) []ui.Option {
	return append([]ui.Option{{Label: p.T("common.choose")}}, list...)
}

func people(ms []casefile.Member) (out []ui.Option) {
	for _, m := range ms {
		out = append(out, ui.Option{Value: m.ID, Label: nameOf(m)})
	}
	return out
}

func nameOf(m casefile.Member) string {
	for _, n := range []string{m.Name(), m.Native(), m.KnownAs} {
		if n != "" {
			return n
		}
	}
	return m.ID
}

func parts(m casefile.Member) ui.NameParts {
	n := ui.NameParts{Latin: m.Name(), Native: m.Native(), NativeLang: m.NativeLang}
	if n.Latin == "" && n.Native == "" {
		n.Latin = nameOf(m)
	}
	return n
}

// dates reads dates; each that is none is a problem at its field.
func dates(r *web.Request, into map[string]*day.Date) error {
	var fs []fault.Field
	for name, to := range into {
		d, ok := r.Date(name)
		if *to = d; !ok {
			fs = append(fs, fault.Field{Name: name, Key: "common.date_not_real"})
		}
	}
	slices.SortFunc(fs, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return fault.Fields(fs)
}

func number(s string) int64 { n, _ := strconv.ParseInt(s, 10, 64); return n }

// staffNames reads the names of everybody here, for who did what.
func staffNames(ctx context.Context, g *gate.R) (map[string]string, error) {
	all, err := org.ListStaff(ctx, g.Tx, "")
	names := map[string]string{org.SystemID: "Nostos"}
	for _, s := range all {
		names[s.ID] = s.Name
	}
	return names, err
}
