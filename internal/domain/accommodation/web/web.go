// Package accommodationweb answers the addresses of the houses: the bed board, the rooms, who is in tonight, and the stay of
// a case. It reads what was typed, calls one command of accommodation, and draws a page or sends the reader on. It owns no
// table and decides nothing.
package accommodationweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/accommodation"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Web is the room's pages. app makes it.
type Web struct {
	Rooms *accommodation.Domain
	// Frame draws the head and the tabs of a case around a page; nil leaves them out.
	Frame room.Frame
}

// Routes adds the room's addresses.
func (x *Web) Routes(s *web.Server) {
	s.Handle("GET /stays", accommodation.PermView, x.board)
	s.Handle("GET /stays/tonight", accommodation.PermView, x.tonight)
	s.Handle("GET /stays/tonight/print", accommodation.PermCheck, x.printTonight)
	s.Handle("GET /stays/new", accommodation.PermManage, x.newSite)
	s.Handle("POST /stays/new", accommodation.PermManage, x.saveSite)
	s.Handle("GET /stays/sites/{site}", accommodation.PermView, x.site)
	s.Handle("GET /stays/sites/{site}/edit", accommodation.PermManage, x.editSite)
	s.Handle("POST /stays/sites/{site}/edit", accommodation.PermManage, x.saveSite)
	s.Handle("GET /stays/sites/{site}/units/new", accommodation.PermManage, x.newUnit)
	s.Handle("POST /stays/sites/{site}/units/new", accommodation.PermManage, x.addUnit)
	s.Handle("GET /stays/sites/{site}/units/{unit}", accommodation.PermManage, x.editUnit)
	s.Handle("POST /stays/sites/{site}/units/{unit}", accommodation.PermManage, x.changeUnit)
	s.Handle("GET /stays/sites/{site}/out", accommodation.PermManage, x.showOut)
	s.Handle("POST /stays/sites/{site}/out", accommodation.PermManage, x.takeOut)
	s.Handle("POST /stays/sites/{site}/beds/{bed}/back", accommodation.PermManage, x.putBack)
	s.Handle("GET /stays/sites/{site}/incidents/new", accommodation.PermCheck, x.newIncident)
	s.Handle("POST /stays/sites/{site}/incidents/new", accommodation.PermCheck, x.report)
	s.Handle("GET /stays/sites/{site}/incidents/{incident}", accommodation.PermView, x.incident)
	s.Handle("POST /stays/bookings/{booking}/give", accommodation.PermBook, x.give)
	s.Handle("GET /cases/{id}/stay", accommodation.PermView, x.stay)
	s.Handle("GET /cases/{id}/stay/book", accommodation.PermBook, x.showBook)
	s.Handle("POST /cases/{id}/stay/book", accommodation.PermBook, x.book)
	s.Handle("GET /cases/{id}/stay/{booking}/in", accommodation.PermCheck, x.showIn)
	s.Handle("POST /cases/{id}/stay/{booking}/in", accommodation.PermCheck, x.checkIn)
	s.Handle("GET /cases/{id}/stay/{booking}/extend", accommodation.PermBook, x.showExtend)
	s.Handle("POST /cases/{id}/stay/{booking}/extend", accommodation.PermBook, x.extend)
	s.Handle("GET /cases/{id}/stay/{booking}/give-up", accommodation.PermBook, x.showGiveUp)
	s.Handle("POST /cases/{id}/stay/{booking}/give-up", accommodation.PermBook, x.giveUp)
	s.Handle("GET /cases/{id}/stay/{booking}/move/{stay}", accommodation.PermCheck, x.showMove)
	s.Handle("POST /cases/{id}/stay/{booking}/move/{stay}", accommodation.PermCheck, x.move)
	s.Handle("GET /cases/{id}/stay/{booking}/away/{stay}", accommodation.PermCheck, x.showAway)
	s.Handle("POST /cases/{id}/stay/{booking}/away/{stay}", accommodation.PermCheck, x.away)
	s.Handle("POST /cases/{id}/stay/{booking}/back/{stay}", accommodation.PermCheck, x.back)
	s.Handle("POST /cases/{id}/stay/{booking}/out/{stay}", accommodation.PermCheck, x.out)
}

// look reads a case and whatever else fn wants, in one snapshot.
func (x *Web) look(r *web.Request, fn func(ctx context.Context, g *gate.R, c casefile.Case) error) (c casefile.Case, err error) {
	return room.Look(r, x.Rooms.Gate, accommodation.PermView, fn)
}

func (x *Web) inCase(w http.ResponseWriter, r *web.Request, c casefile.Case, tab, title string, problems []ui.Problem, body templ.Component) error {
	return x.Frame.Draw(w, r, c, tab, title, problems, body)
}

// ask draws a page that asks one thing about a case.
func (x *Web) ask(w http.ResponseWriter, r *web.Request, c casefile.Case, a casepages.Ask) error {
	room.Finish(r, &a, a.Problems, room.Href(c.ID, "stay"), r.P.T("common.back"))
	return x.inCase(w, r, c, "stay", a.Title, a.Problems, casepages.AskPage(a))
}

// askHouse draws a page that asks one thing about a house.
func (x *Web) askHouse(w http.ResponseWriter, r *web.Request, back string, a casepages.Ask) error {
	room.Finish(r, &a, a.Problems, back, r.P.T("common.back"))
	return r.Form(w, a.Title, a.Problems, casepages.LonePage(a))
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
