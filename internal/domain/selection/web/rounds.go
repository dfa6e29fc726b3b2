package selectionweb

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/selection"
	selpages "github.com/nostos-avrr/nostos/internal/domain/selection/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (x *Web) list(w http.ResponseWriter, r *web.Request) error {
	p := r.P
	top := selpages.Top{P: p, Title: p.T("selection.title"), Sub: p.T("selection.sub")}
	t := selpages.Table{Title: p.T("selection.rounds"), Empty: p.T("selection.none"), Heads: heads(p, "selection.col.round", "selection.col.help", "selection.col.state", "#selection.col.places", "#selection.col.budget", "#selection.col.cases", "#selection.col.chosen", "#selection.col.waiting", "#selection.col.not_chosen")}
	err := x.Rounds.Gate.Read(r.Context(), r.UserID, selection.PermView, func(ctx context.Context, g *gate.R) error {
		if g.Actor.Can(selection.PermOpen) && len(rationing(x.Rounds.Packs, g)) > 0 {
			top.Links = []selpages.Link{{Href: "/selection/new", Label: p.T("selection.open"), Kind: "go"}}
		}
		ls, err := selection.Rounds(ctx, g)
		for _, l := range ls {
			num := func(n int64) ui.Cell { return ui.Cell{Text: p.Number(n), Num: true} }
			state := ui.Cell{Text: p.T("selection.state." + l.State)}
			if l.State == selection.Open {
				state.Tag = "soon"
			}
			help := ui.Cell{Text: p.T("eligibility." + l.Component)}
			if pack, err := x.Rounds.Packs.Version(l.Programme, l.PackVersion); err == nil {
				help.Sub = pack.Name(p.Lang)
			}
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.T("selection.round", "no", l.No, "date", l.On), Href: href(l.ID)}, help, state, num(l.Places), {Text: p.Money(l.Amount(l.Budget)), Num: true}, num(l.Cases), num(l.Chosen), num(l.Waiting), num(l.NotChosen)}})
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, top.Title, templ.Join(selpages.TopPart(top), selpages.TablePart(t)))
}

// heads are column headings by their keys; # stands before a column of numbers.
func heads(p *i18n.Printer, keys ...string) []ui.Head {
	out := make([]ui.Head, 0, len(keys))
	for _, k := range keys {
		h := ui.Head{Num: k[0] == '#'}
		if h.Num {
			k = k[1:]
		}
		h.Label = p.T(k)
		out = append(out, h)
	}
	return out
}

func (x *Web) askOpen(w http.ResponseWriter, r *web.Request) error { return x.openPage(w, r, nil) }

// opening is what the form must know to be filled in sensibly.
type opening struct {
	packs []*programme.Pack
	pack  *programme.Pack // the one that is asked about; nil: several could be
	funds []ui.Option
	today day.Date
	given int64 // places of earlier rounds of the period
}

func (x *Web) opening(r *web.Request) (o opening, err error) {
	err = x.Rounds.Gate.Read(r.Context(), r.UserID, selection.PermOpen, func(ctx context.Context, g *gate.R) error {
		o = opening{packs: rationing(x.Rounds.Packs, g), today: g.Today}
		for _, k := range o.packs {
			if k.Code == r.Text("programme") || len(o.packs) == 1 {
				o.pack = k
			}
		}
		if o.pack == nil {
			return nil
		}
		s := o.pack.Selection
		cur := o.pack.CurrencyOf(s.Component)
		fs, err := ledger.Funds(ctx, g)
		if err != nil {
			return err
		}
		for _, f := range fs {
			if !f.ServesOn(o.pack.Code, cur, g.Today) {
				continue
			}
			st, err := ledger.StandingOf(ctx, g, f)
			if err != nil {
				return err
			}
			o.funds = append(o.funds, ui.Option{Value: f.ID, Label: r.P.T("selection.fund_free", "fund", f.Title, "amount", f.Amount(st.Free))})
		}
		if s.Places.Per != "round" {
			o.given, err = selection.Given(ctx, g, o.pack.Code, s.Component, periodStart(s.Places.Per, g.Today).String())
		}
		return err
	})
	return o, err
}

// periodStart is the first day of the period for which a programme plans its places.
func periodStart(per string, on day.Date) day.Date {
	switch per {
	case "year":
		return day.New(on.Year(), 1, 1)
	case "quarter":
		return day.New(on.Year(), on.Month()-(on.Month()-1)%3, 1)
	}
	return day.New(on.Year(), on.Month(), 1)
}

func (x *Web) openPage(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	p := r.P
	o, err := x.opening(r)
	if err != nil {
		return err
	}
	back := selpages.Link{Href: "/selection", Label: p.T("selection.title")}
	if o.pack == nil {
		a := pages.Ask{Title: p.T("selection.open"), NoForm: true}
		for _, k := range o.packs {
			a.NoticeTitle = p.T("selection.which_programme")
			a.Missing, a.ShowMissing = append(a.Missing, ui.MissingItem{Text: k.Name(p.Lang), Href: "/selection/new?programme=" + url.QueryEscape(k.Code), Action: p.T("selection.open")}), true
		}
		if len(o.packs) == 0 {
			a.NoticeTitle = p.T("selection.err.programme")
		}
		return ask(w, r, ps, a, back)
	}
	s := o.pack.Selection
	cur := o.pack.CurrencyOf(s.Component)
	places := s.Places.Number
	plan := p.T("selection.places_hint", "n", s.Places.Number, "per", p.T("selection.per."+s.Places.Per))
	if s.Places.Per != "round" {
		places = max(0, places-o.given)
		plan += " " + p.T("selection.places_given", "n", o.given)
	}
	if s.Places.Provisional {
		plan += " " + p.T("programme.provisional_text")
	}
	on := o.today.String()
	if r.Has("on_d") {
		on = r.DateText("on")
	}
	items := []pages.Item{
		{Kind: "date", Field: ui.Field{Name: "on", Label: p.T("selection.on"), Hint: p.T("selection.on_hint"), Required: true, Value: on}},
		{Kind: "select", Field: ui.Field{Name: "from", Label: p.T("selection.from"), Hint: p.T("selection.from_hint"), Value: typed(r, "from", s.From), Options: stages(p, o.pack)}},
		{Field: ui.Field{Name: "places", Label: p.T("selection.places"), Hint: plan, Required: true, InputMode: "numeric", Short: true, Value: typed(r, "places", strconv.FormatInt(places, 10))}},
	}
	if s.Reserve != nil {
		items = append(items, pages.Item{Field: ui.Field{Name: "reserve", Label: p.T("selection.reserve"), Hint: p.T("selection.reserve_hint", "percent", p.Percent(s.Reserve.Percent, 100), "who", p.T(s.Reserve.For.Key)), Required: true, InputMode: "numeric", Short: true,
			Value: typed(r, "reserve", strconv.FormatInt(places*s.Reserve.Percent/100, 10))}})
	}
	if len(o.funds) > 0 {
		items = append(items, pages.Item{Kind: "select", Field: ui.Field{Name: "fund", Label: p.T("selection.fund"), Hint: p.T("selection.fund_hint"), Value: r.Text("fund"), Options: append([]ui.Option{{Label: p.T("selection.no_fund")}}, o.funds...)}})
	}
	items = append(items, pages.Item{Field: ui.Field{Name: "budget", Label: p.T("selection.budget"), Hint: p.T("selection.budget_hint"), Required: true, InputMode: "decimal", Suffix: cur, Value: r.Text("budget")}})
	a := pages.Ask{Title: p.T("selection.open"), Lead: []string{p.T("selection.open_lead", "help", p.T("eligibility."+s.Component), "programme", o.pack.Name(p.Lang))}, Submit: p.T("selection.open"), Items: items, Hidden: map[string]string{"programme": o.pack.Code}}
	return ask(w, r, ps, a, back)
}

// stages are how far a case must have come to take part.
func stages(p *i18n.Printer, pack *programme.Pack) []ui.Option {
	out := []ui.Option{{Label: p.T("selection.from_all")}}
	for _, s := range pack.Stages {
		out = append(out, ui.Option{Value: s.Code, Label: p.T(programme.StageKey(s.Code))})
	}
	return out
}

func (x *Web) open(w http.ResponseWriter, r *web.Request) error {
	o, err := x.opening(r)
	if err != nil {
		return err
	}
	in := selection.Opening{ID: r.Text("id"), Programme: r.Text("programme"), FundID: r.Text("fund"), From: r.Text("from"), Places: number(r, "places")}
	var fs []fault.Field
	if o.pack != nil {
		var bad *fault.Field
		if in.Budget, bad = sum(r, "budget", o.pack.CurrencyOf(o.pack.Selection.Component)); bad != nil {
			fs = append(fs, *bad)
		}
		if o.pack.Selection.Reserve != nil {
			in.Reserve = number(r, "reserve")
		}
	}
	var ok bool
	if in.On, ok = r.Date("on"); !ok {
		fs = append(fs, fault.Field{Name: "on", Key: "common.date_not_real"})
	}
	var made selection.Round
	if err = fault.Fields(fs); err == nil {
		made, err = x.Rounds.OpenRound(r.Context(), r.UserID, in)
	}
	if ps, ok := r.Problems(err); ok {
		return x.openPage(w, r, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "selection.said.opened"})
	return r.Redirect(w, href(made.ID))
}

func (x *Web) export(w http.ResponseWriter, r *web.Request) error {
	format, kind := "csv", "text/csv; charset=utf-8"
	var out bytes.Buffer
	if r.Text("as") == "xlsx" {
		format, kind = "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	} else {
		out.WriteString("\uFEFF") // the mark tells spreadsheets that this is UTF-8
	}
	if err := x.Rounds.Export(r.Context(), r.UserID, r.PathValue("round"), format, &out); err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="selection.`+format+`"`)
	_, err := out.WriteTo(w)
	return err
}
