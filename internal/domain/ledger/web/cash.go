package ledgerweb

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/ledger/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func boxOptions(p *i18n.Printer, bs []ledger.Box, currency string) []ui.Option {
	out := []ui.Option{{Label: p.T("common.choose")}}
	for _, b := range bs {
		if b.Currency == currency {
			out = append(out, ui.Option{Value: b.ID, Label: p.T("ledger.box_with", "box", b.Title, "amount", money.Of(b.Balance, b.Currency))})
		}
	}
	return out
}

func handOverItems(r *web.Request) func(ledger.Sheet, ledger.Line) []casepages.Item {
	return func(s ledger.Sheet, l ledger.Line) []casepages.Item {
		p := r.P
		witnesses := []ui.Option{{Label: p.T("common.choose")}}
		for _, st := range s.All {
			if st.Active && st.ID != s.Actor.ID && (st.OfficeID == s.Actor.OfficeID || st.OfficeID == s.Case.HostOffice) {
				witnesses = append(witnesses, ui.Option{Value: st.ID, Label: st.Name})
			}
		}
		return []casepages.Item{
			{Kind: "select", Field: ui.Field{Name: "box", Label: p.T("ledger.box"), Required: true, Value: r.Text("box"), Options: boxOptions(p, s.Boxes, l.Currency)}},
			{Kind: "select", Field: ui.Field{Name: "witness", Label: p.T("ledger.witness"), Hint: p.T("ledger.witness_hint"), Required: true, Value: r.Text("witness"), Options: witnesses}},
			{Kind: "radios", Field: ui.Field{Name: "method", Label: p.T("ledger.method"), Required: true, Value: r.Text("method"), Options: options(p, "ledger.method.", ledger.Methods...)}},
			{Kind: "text", Field: ui.Field{Name: "notes", Label: p.T("ledger.notes"), Hint: p.T("ledger.notes_hint"), Value: r.Text("notes"), Dir: "ltr"}},
		}
	}
}

func (x *Web) askHandOver(w http.ResponseWriter, r *web.Request) error {
	return x.lineForm(w, r, nil, "ledger.hand_over", "", handOverItems(r))
}

func (x *Web) handOver(w http.ResponseWriter, r *web.Request) error {
	_, err := x.Money.HandOver(r.Context(), r.UserID, ledger.Handing{ID: r.Text("id"), CaseID: r.PathValue("id"), LineID: r.PathValue("line"), BoxID: r.Text("box"), WitnessID: r.Text("witness"), Method: r.Text("method"), Notes: r.Text("notes")})
	return room.After(w, r, err, href(r.PathValue("id")), "ledger.said.handed_over", func(ps []ui.Problem) error {
		return x.lineForm(w, r, ps, "ledger.hand_over", "", handOverItems(r))
	})
}

func payItems(r *web.Request) func(ledger.Sheet, ledger.Line) []casepages.Item {
	return func(ledger.Sheet, ledger.Line) []casepages.Item {
		return []casepages.Item{text("reference", r.P.T("ledger.reference"), r.Text("reference"), true), {Kind: "date", Field: ui.Field{Name: "on", Label: r.P.T("ledger.paid_on"), Required: true, Value: r.DateText("on")}}}
	}
}

func (x *Web) askPay(w http.ResponseWriter, r *web.Request) error {
	return x.lineForm(w, r, nil, "ledger.pay", "", payItems(r))
}

func (x *Web) pay(w http.ResponseWriter, r *web.Request) error {
	on, ok := r.Date("on")
	err := error(fault.At("on", "common.date_not_real"))
	if ok {
		_, err = x.Money.Pay(r.Context(), r.UserID, r.Text("id"), r.PathValue("id"), r.PathValue("line"), r.Text("reference"), on)
	}
	return room.After(w, r, err, href(r.PathValue("id")), "ledger.said.paid", func(ps []ui.Problem) error { return x.lineForm(w, r, ps, "ledger.pay", "", payItems(r)) })
}

func takeBackItems(r *web.Request) func(ledger.Sheet, ledger.Line) []casepages.Item {
	return func(s ledger.Sheet, l ledger.Line) []casepages.Item {
		if s.Payments[l.ID].Way != "cash" {
			return nil
		}
		return []casepages.Item{{Kind: "select", Field: ui.Field{Name: "box", Label: r.P.T("ledger.box_into"), Required: true, Value: r.Text("box"), Options: boxOptions(r.P, s.Boxes, l.Currency)}}}
	}
}

func (x *Web) askTakeBack(w http.ResponseWriter, r *web.Request) error {
	return x.lineForm(w, r, nil, "ledger.take_back", "", takeBackItems(r))
}

func (x *Web) takeBack(w http.ResponseWriter, r *web.Request) error {
	err := x.Money.TakeBack(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("line"), r.Text("box"))
	return room.After(w, r, err, href(r.PathValue("id")), "ledger.said.taken_back", func(ps []ui.Problem) error {
		return x.lineForm(w, r, ps, "ledger.take_back", "", takeBackItems(r))
	})
}

func (x *Web) askReverse(w http.ResponseWriter, r *web.Request) error {
	return x.reverseForm(w, r, nil)
}

func (x *Web) reverseForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	s, err := x.Money.SheetOf(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	for _, q := range s.Payments {
		if q.ID == r.PathValue("payment") {
			return x.ask(w, r, s.Case, ps, casepages.Ask{Title: r.P.T("ledger.reverse"), Lead: []string{r.P.T("ledger.reverse_lead", "receipt", q.ReceiptNo, "amount", q.Money())}, Submit: r.P.T("ledger.reverse"), Kind: "no", Items: []casepages.Item{reason(r)}})
		}
	}
	return fault.Gone()
}

func (x *Web) reverse(w http.ResponseWriter, r *web.Request) error {
	err := x.Money.Reverse(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("payment"), r.Text("reason"))
	return room.After(w, r, err, href(r.PathValue("id")), "ledger.said.reversed", func(ps []ui.Problem) error { return x.reverseForm(w, r, ps) })
}

func (x *Web) boxes(w http.ResponseWriter, r *web.Request) error {
	p := r.P
	top := pages.Top{P: p, Title: p.T("ledger.boxes"), Sub: p.T("ledger.boxes_sub")}
	t := pages.Table{Title: p.T("ledger.boxes"), Empty: p.T("ledger.boxes_none"), Heads: []ui.Head{{Label: p.T("ledger.box")}, {Label: p.T("common.office")}, {Label: p.T("ledger.in_box"), Num: true}}}
	back := pages.Table{Title: p.T("ledger.returns"), Empty: p.T("ledger.returns_none"), Heads: []ui.Head{{Label: p.T("ledger.case")}, {Label: p.T("ledger.person")}, {Label: p.T("ledger.amount"), Num: true}}}
	err := x.Money.Gate.Read(r.Context(), r.UserID, ledger.PermCash, func(ctx context.Context, g *gate.R) error {
		if g.Actor.Can(ledger.PermFund) {
			top.Links = []pages.Link{{Href: "/cash/new", Label: p.T("ledger.box_new")}}
		}
		offices, err := org.Offices(ctx, g.Tx)
		if err != nil {
			return err
		}
		names := map[string]string{}
		for _, o := range offices {
			names[o.ID] = o.Name
		}
		bs, err := ledger.Boxes(ctx, g)
		if err != nil {
			return err
		}
		for _, b := range bs {
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: b.Title, Href: "/cash/" + b.ID}, {Text: names[b.OfficeID]}, {Text: p.Money(money.Of(b.Balance, b.Currency)), Num: true}}})
		}
		ws, err := ledger.ToTakeBack(ctx, g)
		for _, q := range ws {
			back.Rows = append(back.Rows, ui.Row{Cells: []ui.Cell{{Text: q.Case.No, Href: href(q.Case.ID)}, {Text: q.PersonName}, {Text: p.Money(q.Line.Money()), Num: true}}})
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, p.T("ledger.boxes"), templ.Join(pages.TopPart(top), pages.TablePart(t), pages.TablePart(back)))
}

func (x *Web) newBox(w http.ResponseWriter, r *web.Request) error { return x.boxForm(w, r, nil) }

func (x *Web) boxForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	p := r.P
	offices := []ui.Option{{Label: p.T("common.choose")}}
	err := x.Money.Gate.Read(r.Context(), r.UserID, ledger.PermFund, func(ctx context.Context, g *gate.R) error {
		os, err := org.Offices(ctx, g.Tx)
		mine, all := g.Scope.Offices()
		for _, o := range os {
			for i := 0; all && i < 1 || i < len(mine); i++ {
				if all || mine[i] == o.ID {
					offices = append(offices, ui.Option{Value: o.ID, Label: o.Name})
					break
				}
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	currency := r.Text("currency")
	if currency == "" {
		currency = "EUR"
	}
	return alone(w, r, ps, casepages.Ask{Title: p.T("ledger.box_new"), Submit: p.T("common.save"), Items: []casepages.Item{text("title", p.T("common.name"), r.Text("title"), true),
		{Kind: "select", Field: ui.Field{Name: "office", Label: p.T("common.office"), Required: true, Value: r.Text("office"), Options: offices}}, text("currency", p.T("ledger.currency"), currency, true)}}, "/cash", p.T("ledger.boxes"))
}

func (x *Web) openBox(w http.ResponseWriter, r *web.Request) error {
	err := x.Money.OpenBox(r.Context(), r.UserID, ledger.Box{ID: r.Text("id"), OfficeID: r.Text("office"), Title: r.Text("title"), Currency: r.Text("currency")})
	return room.After(w, r, err, "/cash", "ledger.said.box_opened", func(ps []ui.Problem) error { return x.boxForm(w, r, ps) })
}

func (x *Web) box(w http.ResponseWriter, r *web.Request) error { return x.showBox(w, r, nil) }

func (x *Web) showBox(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	p := r.P
	var b ledger.BoxDay
	names := map[string]string{}
	on, fill := r.DateText("on"), false
	err := x.Money.Gate.Read(r.Context(), r.UserID, ledger.PermCash, func(ctx context.Context, g *gate.R) error {
		day, ok := r.Date("on")
		if !ok || day.IsZero() {
			day = g.Today
		}
		if on == "" {
			on = day.String()
		}
		fill = g.Actor.Can(ledger.PermPay)
		all, err := org.ListStaff(ctx, g.Tx, "")
		for _, s := range all {
			names[s.ID] = s.Name
		}
		if err != nil {
			return err
		}
		b, err = ledger.BoxOn(ctx, g, r.PathValue("box"), day)
		return err
	})
	if err != nil {
		return err
	}
	sum := func(n int64) string { return p.Money(money.Of(n, b.Currency)) }
	top := pages.Top{P: p, BackHref: "/cash", Back: p.T("ledger.boxes"), Problems: ps, Title: b.Title, Sub: p.T("ledger.box_holds", "amount", money.Of(b.Balance, b.Currency))}
	if fill {
		top.Links = []pages.Link{{Href: "/cash/" + b.ID + "/fill", Label: p.T("ledger.fill")}}
	}
	paid := pages.Table{Title: p.T("ledger.left_today"), Empty: p.T("ledger.left_none"), Heads: []ui.Head{{Label: p.T("ledger.receipt")}, {Label: p.T("ledger.amount"), Num: true}, {Label: p.T("ledger.payer")}, {Label: p.T("common.status")}}}
	for _, q := range b.Paid {
		state := p.T("ledger.state.paid")
		if !q.ReversedAt.IsZero() {
			state = p.T("ledger.reversed_state")
		}
		paid.Rows = append(paid.Rows, ui.Row{Cells: []ui.Cell{{Text: q.ReceiptNo}, {Text: p.Money(q.Money()), Num: true}, {Text: names[q.PayerID]}, {Text: state}}})
	}
	counts := pages.Table{Title: p.T("ledger.counts"), Empty: p.T("ledger.counts_none"), Heads: []ui.Head{{Label: p.T("common.date")}, {Label: p.T("ledger.counted"), Num: true}, {Label: p.T("ledger.expected"), Num: true}, {Label: p.T("ledger.flight")}, {Label: p.T("ledger.by")}}}
	for _, c := range b.Counts {
		counts.Rows = append(counts.Rows, ui.Row{Cells: []ui.Cell{{Text: p.Date(c.On)}, {Text: sum(c.Counted), Num: true}, {Text: sum(c.Expected), Num: true, Sub: c.Note}, {Text: c.Flight}, {Text: names[c.By]}}})
	}
	ask := casepages.Ask{Title: p.T("ledger.count"), Submit: p.T("ledger.count"), Items: []casepages.Item{figures("counted", p.T("ledger.counted"), r.Text("counted"), b.Currency),
		{Kind: "date", Field: ui.Field{Name: "on", Label: p.T("common.date"), Required: true, Value: on}}, text("flight", p.T("ledger.flight"), r.Text("flight"), false),
		{Kind: "area", Field: ui.Field{Name: "note", Label: p.T("ledger.difference_note"), Value: r.Text("note"), MaxLen: 500}}}}
	room.Finish(r, &ask, ps, "/cash", "")
	ask.Action, ask.CancelHref = "/cash/"+b.ID+"/count", ""
	return r.Form(w, b.Title, ps, templ.Join(pages.TopPart(top), pages.TablePart(paid), pages.TablePart(counts), casepages.SheetPage(casepages.Sheet{P: p, Asks: []casepages.Ask{ask}})))
}

func (x *Web) count(w http.ResponseWriter, r *web.Request) error {
	currency, err := x.currencyOf(r)
	if err != nil {
		return err
	}
	a, err := amount(r, "counted", currency)
	on, ok := r.Date("on")
	if err == nil && !ok {
		err = fault.At("on", "common.date_not_real")
	}
	if err == nil {
		_, err = x.Money.CountBox(r.Context(), r.UserID, ledger.Count{ID: r.Text("id"), BoxID: r.PathValue("box"), On: on, Flight: r.Text("flight"), Counted: a.Minor, Note: r.Text("note")})
	}
	return room.After(w, r, err, "/cash/"+r.PathValue("box"), "ledger.said.counted", func(ps []ui.Problem) error { return x.showBox(w, r, ps) })
}

// currencyOf is the currency of the box the address names.
func (x *Web) currencyOf(r *web.Request) (currency string, err error) {
	err = x.Money.Gate.Read(r.Context(), r.UserID, ledger.PermCash, func(ctx context.Context, g *gate.R) error {
		b, err := ledger.BoxOn(ctx, g, r.PathValue("box"), g.Today)
		currency = b.Currency
		return err
	})
	return currency, err
}

func (x *Web) askFill(w http.ResponseWriter, r *web.Request) error { return x.fillForm(w, r, nil) }

func (x *Web) fillForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	currency, err := x.currencyOf(r)
	if err != nil {
		return err
	}
	return alone(w, r, ps, casepages.Ask{Title: r.P.T("ledger.fill"), Lead: []string{r.P.T("ledger.fill_lead")}, Submit: r.P.T("ledger.fill"), Items: []casepages.Item{figures("amount", r.P.T("ledger.amount"), r.Text("amount"), currency)}},
		"/cash/"+r.PathValue("box"), r.P.T("ledger.box"))
}

func (x *Web) fill(w http.ResponseWriter, r *web.Request) error {
	currency, err := x.currencyOf(r)
	if err != nil {
		return err
	}
	a, err := amount(r, "amount", currency)
	if err == nil {
		err = x.Money.FillBox(r.Context(), r.UserID, r.Text("id"), r.PathValue("box"), a)
	}
	return room.After(w, r, err, "/cash/"+r.PathValue("box"), "ledger.said.filled", func(ps []ui.Problem) error { return x.fillForm(w, r, ps) })
}
