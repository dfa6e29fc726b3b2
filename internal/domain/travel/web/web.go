// Package travelweb answers the addresses of the way home: the papers and the journey of a case, the departures, and the
// passenger list at the airport. It reads what was typed, calls one command of travel, and draws a page or sends the
// reader on. It owns no table and decides nothing.
package travelweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Web is the room's pages. app makes it.
type Web struct {
	Travel *travel.Domain
	// Frame draws the head and the tabs of a case around a page; nil leaves them out.
	Frame room.Frame
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
	return room.Look(r, x.Travel.Gate, travel.PermView, fn)
}

func (x *Web) inCase(w http.ResponseWriter, r *web.Request, c casefile.Case, tab, title string, problems []ui.Problem, body templ.Component) error {
	return x.Frame.Draw(w, r, c, tab, title, problems, body)
}

// ask draws a page that asks one thing about a case.
func (x *Web) ask(w http.ResponseWriter, r *web.Request, c casefile.Case, tab string, a casepages.Ask) error {
	room.Finish(r, &a, a.Problems, room.Href(c.ID, tab), r.P.T("common.back"))
	return x.inCase(w, r, c, tab, a.Title, a.Problems, casepages.AskPage(a))
}

func people(ms []casefile.Member) (out []ui.Option) {
	for _, m := range ms {
		out = append(out, ui.Option{Value: m.ID, Label: m.Called()})
	}
	return out
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
