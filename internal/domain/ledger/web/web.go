// Package ledgerweb answers the addresses of the money: the money tab of a case, the funds, the cash boxes. It reads what was
// typed, calls one command of ledger, and draws a page or sends the reader on. It owns no table and decides nothing.
package ledgerweb

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Web is the pages of the money. app makes it.
type Web struct {
	Money *ledger.Domain
	// Frame draws the head and the tabs of a case around a page; nil leaves them out.
	Frame room.Frame
}

// Routes adds the addresses.
func (x *Web) Routes(s *web.Server) {
	s.Handle("GET /cases/{id}/money", ledger.PermView, x.sheet)
	s.Handle("GET /cases/{id}/money/propose", ledger.PermCommit, x.askPropose)
	s.Handle("POST /cases/{id}/money/propose", ledger.PermCommit, x.propose)
	s.Handle("POST /cases/{id}/money/reserve", ledger.PermCommit, x.reserve)
	s.Handle("GET /cases/{id}/money/not-due", ledger.PermCommit, x.askNotDue)
	s.Handle("POST /cases/{id}/money/not-due", ledger.PermCommit, x.notDue)
	s.Handle("POST /cases/{id}/money/lines/{line}/approve", ledger.PermApprove, x.approve)
	s.Handle("GET /cases/{id}/money/lines/{line}/refuse", ledger.PermApprove, x.askRefuse)
	s.Handle("POST /cases/{id}/money/lines/{line}/refuse", ledger.PermApprove, x.refuse)
	s.Handle("GET /cases/{id}/money/lines/{line}/release", ledger.PermCommit, x.askRelease)
	s.Handle("POST /cases/{id}/money/lines/{line}/release", ledger.PermCommit, x.release)
	s.Handle("GET /cases/{id}/money/lines/{line}/hand-over", ledger.PermCash, x.askHandOver)
	s.Handle("POST /cases/{id}/money/lines/{line}/hand-over", ledger.PermCash, x.handOver)
	s.Handle("GET /cases/{id}/money/lines/{line}/pay", ledger.PermPay, x.askPay)
	s.Handle("POST /cases/{id}/money/lines/{line}/pay", ledger.PermPay, x.pay)
	s.Handle("GET /cases/{id}/money/lines/{line}/take-back", ledger.PermCash, x.askTakeBack)
	s.Handle("POST /cases/{id}/money/lines/{line}/take-back", ledger.PermCash, x.takeBack)
	s.Handle("GET /cases/{id}/money/payments/{payment}/reverse", ledger.PermCash, x.askReverse)
	s.Handle("POST /cases/{id}/money/payments/{payment}/reverse", ledger.PermCash, x.reverse)
	s.Handle("GET /funds", ledger.PermView, x.funds)
	s.Handle("GET /funds/new", ledger.PermFund, x.newFund)
	s.Handle("POST /funds/new", ledger.PermFund, x.openFund)
	s.Handle("GET /funds/{fund}", ledger.PermView, x.fund)
	s.Handle("GET /funds/{fund}/edit", ledger.PermFund, x.editFund)
	s.Handle("POST /funds/{fund}/edit", ledger.PermFund, x.saveFund)
	s.Handle("GET /funds/{fund}/behind/{kind}", ledger.PermView, x.behind)
	s.Handle("GET /funds/{fund}/export", ledger.PermExport, x.export)
	s.Handle("GET /cash", ledger.PermCash, x.boxes)
	s.Handle("GET /cash/new", ledger.PermFund, x.newBox)
	s.Handle("POST /cash/new", ledger.PermFund, x.openBox)
	s.Handle("GET /cash/{box}", ledger.PermCash, x.box)
	s.Handle("POST /cash/{box}/count", ledger.PermCash, x.count)
	s.Handle("GET /cash/{box}/fill", ledger.PermPay, x.askFill)
	s.Handle("POST /cash/{box}/fill", ledger.PermPay, x.fill)
}

func href(caseID string, parts ...string) string {
	return "/cases/" + url.PathEscape(caseID) + strings.Join(append([]string{"/money"}, parts...), "/")
}

// inCase draws a page within a case.
func (x *Web) inCase(w http.ResponseWriter, r *web.Request, c casefile.Case, title string, ps []ui.Problem, body templ.Component) error {
	return x.Frame.Draw(w, r, c, "money", title, ps, body)
}

// ask draws a page that asks one thing about the money of a case.
func (x *Web) ask(w http.ResponseWriter, r *web.Request, c casefile.Case, ps []ui.Problem, a pages.Ask) error {
	room.Finish(r, &a, ps, href(c.ID), r.P.T("ledger.back"))
	return x.inCase(w, r, c, a.Title, ps, pages.AskPage(a))
}

// alone draws a page that asks one thing outside a case.
func alone(w http.ResponseWriter, r *web.Request, ps []ui.Problem, a pages.Ask, back, label string) error {
	room.Finish(r, &a, ps, back, label)
	return r.Form(w, a.Title, ps, pages.LonePage(a))
}

func options(p *i18n.Printer, prefix string, values ...string) []ui.Option {
	return ui.Options(values, ui.Keyed(p, prefix))
}

// amount reads what was typed; an empty currency counts in euros. A wrong amount is a problem at its field.
func amount(r *web.Request, field, currency string) (money.Amount, error) {
	if currency == "" {
		currency = "EUR"
	}
	a, err := money.Parse(r.Text(field), currency)
	if err == nil {
		return a, nil
	}
	if e, ok := err.(*money.ParseError); ok {
		return a, fault.At(field, e.Key, "text", e.Text, "first", e.First, "second", e.Second)
	}
	return a, err
}

func text(name, label, value string, required bool) pages.Item {
	return pages.Item{Kind: "text", Field: ui.Field{Name: name, Label: label, Value: value, Required: required}}
}

func figures(name, label, value, currency string) pages.Item {
	return pages.Item{Kind: "text", Field: ui.Field{Name: name, Label: label, Value: value, Required: true, InputMode: "decimal", Suffix: currency}}
}
