package ledgerweb

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/ledger/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (x *Web) funds(w http.ResponseWriter, r *web.Request) error {
	p := r.P
	top := pages.Top{P: p, Title: p.T("ledger.funds"), Sub: p.T("ledger.funds_sub")}
	t := pages.Table{Title: p.T("ledger.funds"), Empty: p.T("ledger.funds_none"), Heads: []ui.Head{{Label: p.T("ledger.fund")}, {Label: p.T("ledger.budget"), Num: true}, {Label: p.T("ledger.number.reserved"), Num: true},
		{Label: p.T("ledger.number.commitment"), Num: true}, {Label: p.T("ledger.number.paid"), Num: true}, {Label: p.T("ledger.number.free"), Num: true}}}
	err := x.Money.Gate.Read(r.Context(), r.UserID, ledger.PermView, func(ctx context.Context, g *gate.R) error {
		if g.Actor.Can(ledger.PermFund) {
			top.Links = []pages.Link{{Href: "/funds/new", Label: p.T("ledger.fund_new")}}
		}
		fs, err := ledger.Funds(ctx, g)
		if err != nil {
			return err
		}
		for _, f := range fs {
			s, err := ledger.StandingOf(ctx, g, f)
			if err != nil {
				return err
			}
			number := func(n int64, kind string) ui.Cell {
				c := ui.Cell{Text: p.Money(f.Amount(n)), Num: true}
				if kind != "" {
					c.Href = "/funds/" + f.ID + "/behind/" + kind
				}
				return c
			}
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: f.Title, Sub: f.Code, Href: "/funds/" + f.ID}, number(f.Budget, ""), number(s.Reserved, "reserved"), number(s.Committed, "commitment"), number(s.Paid, "paid"), number(s.Free, "")}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, p.T("ledger.funds"), templ.Join(pages.TopPart(top), pages.TablePart(t)))
}

// one reads the fund the address names.
func (x *Web) one(r *web.Request, fn func(ctx context.Context, g *gate.R, f ledger.Fund) error) error {
	return x.Money.Gate.Read(r.Context(), r.UserID, ledger.PermView, func(ctx context.Context, g *gate.R) error {
		f, err := ledger.FundByID(ctx, g, r.PathValue("fund"))
		if err != nil {
			return err
		}
		return fn(ctx, g, f)
	})
}

func (x *Web) fund(w http.ResponseWriter, r *web.Request) error {
	p := r.P
	var body templ.Component
	title := ""
	err := x.one(r, func(ctx context.Context, g *gate.R, f ledger.Fund) error {
		s, err := ledger.StandingOf(ctx, g, f)
		if err != nil {
			return err
		}
		title = f.Title
		top := pages.Top{P: p, BackHref: "/funds", Back: p.T("ledger.funds"), Title: f.Title, Sub: f.Code}
		if g.Actor.Can(ledger.PermFund) {
			top.Links = append(top.Links, pages.Link{Href: "/funds/" + f.ID + "/edit", Label: p.T("common.edit")})
		}
		if g.Actor.Can(ledger.PermExport) {
			top.Links = append(top.Links, pages.Link{Href: "/funds/" + f.ID + "/export", Label: p.T("ledger.export")})
		}
		numbers := []ui.Fact{{Label: p.T("ledger.budget"), Value: p.Money(f.Amount(f.Budget))}}
		for _, n := range []struct {
			kind   string
			amount int64
		}{{"reserved", s.Reserved}, {"commitment", s.Committed}, {"paid", s.Paid}, {"to_return", s.Return}} {
			numbers = append(numbers, ui.Fact{Label: p.T("ledger.number." + n.kind), Value: p.Money(f.Amount(n.amount)), Href: "/funds/" + f.ID + "/behind/" + n.kind})
		}
		numbers = append(numbers, ui.Fact{Label: p.T("ledger.number.free"), Value: p.Money(f.Amount(s.Free))})
		if s.Elsewhere != 0 {
			numbers = append(numbers, ui.Fact{Label: p.T("ledger.number.elsewhere"), Value: p.Money(f.Amount(s.Elsewhere))})
		}
		until := p.T("ledger.no_end")
		if !f.Until.IsZero() {
			until = p.Date(f.Until)
		}
		facts := []ui.Fact{{Label: p.T("common.from"), Value: p.Date(f.From)}, {Label: p.T("ledger.until"), Value: until}, {Label: p.T("ledger.keep_years"), Value: p.N("common.years", f.KeepYears)}, {Label: p.T("ledger.currency"), Value: f.Currency}}
		if kept := f.KeepUntil(s.LastPaid); !kept.IsZero() {
			facts = append(facts, ui.Fact{Label: p.T("ledger.kept_until"), Value: p.Date(kept)})
		}
		shares := pages.Table{Title: p.T("ledger.shares"), Heads: []ui.Head{{Label: p.T("ledger.payer_of_fund")}, {Label: p.T("ledger.percent"), Num: true}, {Label: p.T("ledger.of_paid"), Num: true}}}
		parts := ledger.SplitAmong(f.Amount(s.Paid), f.Shares)
		for i, sh := range f.Shares {
			shares.Rows = append(shares.Rows, ui.Row{Cells: []ui.Cell{{Text: sh.Payer}, {Text: p.Percent(sh.Percent, 100), Num: true}, {Text: p.Money(parts[i]), Num: true}}})
		}
		body = templ.Join(pages.TopPart(top), pages.FactsPart(p.T("ledger.numbers"), numbers), pages.FactsPart(p.T("common.details"), facts), pages.TablePart(shares))
		return nil
	})
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, title, body)
}

func (x *Web) behind(w http.ResponseWriter, r *web.Request) error {
	p, kind := r.P, r.PathValue("kind")
	var body templ.Component
	title := ""
	err := x.one(r, func(ctx context.Context, g *gate.R, f ledger.Fund) error {
		bs, err := ledger.BehindNumber(ctx, g, f, kind)
		if err != nil {
			return err
		}
		var sum int64
		title = p.T("ledger.number."+kind) + " – " + f.Title
		t := pages.Table{Title: p.T("ledger.cases"), Empty: p.T("ledger.cases_none"), Heads: []ui.Head{{Label: p.T("ledger.case")}, {Label: p.T("ledger.amount"), Num: true}}}
		for _, b := range bs {
			sum += b.Amount
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: b.Case.No, Href: href(b.Case.ID)}, {Text: p.Money(f.Amount(b.Amount)), Num: true}}})
		}
		top := pages.Top{P: p, BackHref: "/funds/" + f.ID, Back: f.Title, Title: p.T("ledger.number." + kind), Sub: p.Money(f.Amount(sum))}
		body = templ.Join(pages.TopPart(top), pages.TablePart(t))
		return nil
	})
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, title, body)
}

func (x *Web) export(w http.ResponseWriter, r *web.Request) error {
	var out bytes.Buffer
	if err := x.Money.Export(r.Context(), r.UserID, r.PathValue("fund"), &out); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="fund.csv"`)
	_, err := out.WriteTo(w)
	return err
}

func (x *Web) newFund(w http.ResponseWriter, r *web.Request) error {
	return x.fundForm(w, r, nil, ledger.Fund{Currency: "EUR", KeepYears: 5}, false)
}

// fundForm asks about a fund; what was typed goes before what is known.
func (x *Web) fundForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem, f ledger.Fund, known bool) error {
	p := r.P
	val := func(name, have string) string {
		if r.Has(name) {
			return r.Text(name)
		}
		return have
	}
	when := func(name, have string) string {
		if t := r.DateText(name); t != "" || r.Has(name+"_d") {
			return t
		}
		return have
	}
	budget := ""
	if f.Budget != 0 {
		budget = f.Amount(f.Budget).Decimal()
	}
	programmes := []ui.Option{{Label: p.T("ledger.any_programme")}}
	seen := map[string]bool{}
	for _, k := range x.Money.Packs.All() {
		if !seen[k.Code] {
			seen[k.Code] = true
			programmes = append(programmes, ui.Option{Value: k.Code, Label: packTitle(p, k.Title, k.Code)})
		}
	}
	items := []casepages.Item{text("title", p.T("ledger.fund_title"), val("title", f.Title), true), {Kind: "select", Field: ui.Field{Name: "programme", Label: p.T("ledger.programme"), Value: val("programme", f.Programme), Options: programmes}},
		figures("budget", p.T("ledger.budget"), val("budget", budget), f.Currency), {Kind: "date", Field: ui.Field{Name: "from", Label: p.T("common.from"), Required: true, Value: when("from", f.From.String())}},
		{Kind: "date", Field: ui.Field{Name: "until", Label: p.T("ledger.until"), Value: when("until", f.Until.String())}}, text("keep_years", p.T("ledger.keep_years"), val("keep_years", strconv.FormatInt(f.KeepYears, 10)), true)}
	a := casepages.Ask{Title: p.T("ledger.fund_new"), Submit: p.T("common.save")}
	back := "/funds"
	if known {
		a.Title, back = p.T("ledger.fund_edit"), "/funds/"+f.ID
		a.Hidden = map[string]string{"rev": val("rev", strconv.FormatInt(f.Revision, 10))}
	} else {
		items = append(items, text("code", p.T("ledger.fund_code"), r.Text("code"), true), text("currency", p.T("ledger.currency"), val("currency", f.Currency), true),
			casepages.Item{Kind: "area", Field: ui.Field{Name: "shares", Label: p.T("ledger.shares"), Hint: p.T("ledger.shares_hint"), Required: true, Value: r.Text("shares"), Rows: 3}})
	}
	a.Items = items
	return alone(w, r, ps, a, back, p.T("ledger.funds"))
}

func packTitle(p *i18n.Printer, titles map[string]string, code string) string {
	for _, lang := range []string{p.Lang, "en"} {
		if t := titles[lang]; t != "" {
			return t
		}
	}
	return code
}

// readFund reads what was typed about a fund.
func readFund(r *web.Request, currency string) (f ledger.Fund, err error) {
	f = ledger.Fund{ID: r.Text("id"), Code: r.Text("code"), Title: r.Text("title"), Programme: r.Text("programme"), Currency: currency, Shares: ledger.ParseShares(r.Text("shares"))}
	var fs []fault.Field
	var a money.Amount
	if a, err = amount(r, "budget", currency); err != nil {
		fs = append(fs, fault.Of(err).Fields...)
	}
	f.Budget = a.Minor
	var ok bool
	if f.From, ok = r.Date("from"); !ok {
		fs = append(fs, fault.Field{Name: "from", Key: "common.date_not_real"})
	}
	if f.Until, ok = r.Date("until"); !ok {
		fs = append(fs, fault.Field{Name: "until", Key: "common.date_not_real"})
	}
	if f.KeepYears, err = strconv.ParseInt(r.Text("keep_years"), 10, 64); err != nil {
		f.KeepYears = 0 // the command says at the field what is expected
	}
	f.Revision, _ = strconv.ParseInt(r.Text("rev"), 10, 64)
	return f, fault.Fields(fs)
}

func (x *Web) openFund(w http.ResponseWriter, r *web.Request) error {
	f, err := readFund(r, strings.ToUpper(r.Text("currency")))
	if err == nil {
		err = x.Money.OpenFund(r.Context(), r.UserID, f)
	}
	return room.After(w, r, err, "/funds", "ledger.said.fund_opened", func(ps []ui.Problem) error {
		return x.fundForm(w, r, ps, ledger.Fund{Currency: "EUR", KeepYears: 5}, false)
	})
}

func (x *Web) editFund(w http.ResponseWriter, r *web.Request) error { return x.editForm(w, r, nil) }

func (x *Web) editForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var f ledger.Fund
	if err := x.one(r, func(_ context.Context, _ *gate.R, found ledger.Fund) error { f = found; return nil }); err != nil {
		return err
	}
	return x.fundForm(w, r, ps, f, true)
}

func (x *Web) saveFund(w http.ResponseWriter, r *web.Request) error {
	var old ledger.Fund
	if err := x.one(r, func(_ context.Context, _ *gate.R, found ledger.Fund) error { old = found; return nil }); err != nil {
		return err
	}
	f, err := readFund(r, old.Currency)
	if err == nil {
		f.ID = old.ID
		err = x.Money.ChangeFund(r.Context(), r.UserID, f)
	}
	return room.After(w, r, err, "/funds/"+old.ID, "ledger.said.fund_changed", func(ps []ui.Problem) error { return x.editForm(w, r, ps) })
}
