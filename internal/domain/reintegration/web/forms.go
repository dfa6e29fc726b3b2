package reintegrationweb

import (
	"context"
	"net/http"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/reintegration"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func dayItem(name, label, value string) pages.Item {
	return pages.Item{Kind: "date", Field: ui.Field{Name: name, Label: label, Required: true, Value: value}}
}

func area(name, label, value string, required bool, most int) pages.Item {
	return pages.Item{Kind: "area", Field: ui.Field{Name: name, Label: label, Value: value, Required: required, MaxLen: most}}
}

func (x *Web) askHelp(w http.ResponseWriter, r *web.Request) error { return x.helpForm(w, r, nil) }

func (x *Web) helpForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	f, err := x.read(r)
	if err != nil {
		return err
	}
	p := r.P
	a := pages.Ask{Title: p.T("reintegration.arrival_record"), Lead: []string{p.T("reintegration.arrival_lead")}, Submit: p.T("common.save")}
	for _, h := range f.help {
		a.Items = append(a.Items,
			pages.Item{Kind: "radios", Heading: p.T("reintegration.help." + h.Kind), Field: ui.Field{Name: "answer_" + h.Kind, Label: p.T("reintegration.answer"), Value: typed(r, "answer_"+h.Kind, h.Answer), Options: options(p, "reintegration.answer.", "given", "not_needed")}},
			pages.Item{Kind: "date", Field: ui.Field{Name: "on_" + h.Kind, Label: p.T("reintegration.given_on"), Value: room.Day(r, "on_"+h.Kind, h.On)}},
			pages.Item{Kind: "select", Field: ui.Field{Name: "proof_" + h.Kind, Label: p.T("reintegration.proof"), Value: typed(r, "proof_"+h.Kind, h.Proof), Options: f.paperOptions(p)}})
	}
	return x.ask(w, r, f, ps, a)
}

func (x *Web) help(w http.ResponseWriter, r *web.Request) error {
	var hs []reintegration.Help
	for _, k := range reintegration.HelpKinds {
		on, _ := r.Date("on_" + k) // a date that is none stays empty, and the command asks for one
		hs = append(hs, reintegration.Help{Kind: k, Answer: r.Text("answer_" + k), On: on, Proof: r.Text("proof_" + k)})
	}
	err := x.Room.GiveHelp(r.Context(), r.UserID, r.PathValue("id"), hs)
	return room.After(w, r, err, href(r.PathValue("id")), "reintegration.said.help", func(ps []ui.Problem) error { return x.helpForm(w, r, ps) })
}

func (x *Web) askAssess(w http.ResponseWriter, r *web.Request) error { return x.assessForm(w, r, nil) }

func (x *Web) assessForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	f, err := x.read(r)
	if err != nil {
		return err
	}
	p := r.P
	level := func(name string) pages.Item {
		return pages.Item{Kind: "radios", Field: ui.Field{Name: name, Label: p.T("reintegration." + name), Required: true, Value: r.Text(name), Options: options(p, "reintegration.level.", "1", "2", "3", "4")}}
	}
	return x.ask(w, r, f, ps, pages.Ask{Title: p.T("reintegration.assess"), Lead: []string{p.T("reintegration.assess_lead")}, Submit: p.T("common.save"), Items: []pages.Item{
		dayItem("on", p.T("common.date"), room.Day(r, "on", x.Room.Gate.Today())), level("economic"), level("social"), level("psychosocial"),
		{Kind: "text", Field: ui.Field{Name: "work_years", Label: p.T("reintegration.work_years"), Required: true, InputMode: "numeric", Short: true, Value: r.Text("work_years")}}, area("results", p.T("reintegration.results"), r.Text("results"), true, 4000)}})
}

func (x *Web) assess(w http.ResponseWriter, r *web.Request) error {
	on, _ := r.Date("on")
	err := x.Room.Assess(r.Context(), r.UserID, reintegration.Assessment{ID: r.Text("id"), CaseID: r.PathValue("id"), On: on, Economic: number(r, "economic"), Social: number(r, "social"), Psychosocial: number(r, "psychosocial"),
		WorkYears: number(r, "work_years"), Results: r.Text("results")})
	return room.After(w, r, err, href(r.PathValue("id")), "reintegration.said.assessed", func(ps []ui.Problem) error { return x.assessForm(w, r, ps) })
}

func (x *Web) askPlan(w http.ResponseWriter, r *web.Request) error { return x.planForm(w, r, nil) }

// planForm asks for the whole plan on one page: a draft as it stands, or an approved plan to be amended in a new version.
func (x *Web) planForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	f, err := x.read(r)
	if err != nil {
		return err
	}
	p := r.P
	var pl reintegration.Plan
	hidden := map[string]string{"rev": "0"}
	if len(f.plans) > 0 {
		switch last := f.plans[0]; last.State {
		case reintegration.Draft, reintegration.SentBack:
			pl = last
			hidden["id"], hidden["rev"] = pl.ID, strconv.FormatInt(pl.Revision, 10)
		case reintegration.Submitted:
			return fault.New(fault.Conflict, "reintegration.err.plan_closed")
		case reintegration.Approved:
			pl = last // a new version begins from it
		}
	}
	if r.Has("rev") {
		hidden["rev"], hidden["id"] = r.Text("rev"), r.Text("id")
	}
	currency := pl.Currency
	if currency == "" {
		if currency = f.limit.Currency; currency == "" {
			currency = "EUR"
		}
	}
	lead := p.T("reintegration.no_budget")
	if f.hasLimit {
		lead = p.T("reintegration.budget_is", "amount", f.limit)
	}
	a := pages.Ask{Title: p.T("reintegration.plan_write"), Lead: []string{lead, p.T("reintegration.plan_lead")}, Submit: p.T("reintegration.save_draft"), Hidden: hidden, Items: []pages.Item{
		area("economic", p.T("reintegration.economic_goal"), typed(r, "economic", pl.Economic), false, 1000), area("social", p.T("reintegration.social_goal"), typed(r, "social", pl.Social), false, 1000),
		area("psychosocial", p.T("reintegration.psychosocial_goal"), typed(r, "psychosocial", pl.Psychosocial), false, 1000)}}
	for i := range reintegration.MostItems {
		it, sum, n := reintegration.Item{}, "", strconv.Itoa(i)
		if i < len(pl.Items) {
			it = pl.Items[i]
			sum = money.Of(it.Amount, currency).Decimal()
		}
		hidden["ref_"+n] = typed(r, "ref_"+n, it.Ref)
		a.Items = append(a.Items,
			pages.Item{Kind: "select", Heading: p.T("reintegration.item_n", "n", strconv.Itoa(i+1)), Field: ui.Field{Name: "category_" + n, Label: p.T("reintegration.category"), Value: typed(r, "category_"+n, it.Category), Options: chooseFrom(p, "reintegration.category.", reintegration.Categories...)}},
			area("description_"+n, p.T("reintegration.description"), typed(r, "description_"+n, it.Description), false, 1000),
			pages.Item{Kind: "text", Field: ui.Field{Name: "supplier_" + n, Label: p.T("reintegration.supplier"), Value: typed(r, "supplier_"+n, it.Supplier)}},
			pages.Item{Kind: "select", Field: ui.Field{Name: "modality_" + n, Label: p.T("reintegration.modality"), Value: typed(r, "modality_"+n, it.Modality), Options: chooseFrom(p, "entitlement.modality.", reintegration.Modalities...)}},
			pages.Item{Kind: "text", Field: ui.Field{Name: "amount_" + n, Label: p.T("reintegration.amount"), InputMode: "decimal", Suffix: currency, Value: typed(r, "amount_"+n, sum)}},
			pages.Item{Kind: "date", Field: ui.Field{Name: "due_" + n, Label: p.T("reintegration.due"), Value: room.Day(r, "due_"+n, it.DueOn)}},
			pages.Item{Kind: "select", Field: ui.Field{Name: "evidence_" + n, Label: p.T("reintegration.evidence"), Value: typed(r, "evidence_"+n, it.Evidence), Options: chooseFrom(p, "reintegration.evidence.", reintegration.Evidences...)}})
	}
	return x.ask(w, r, f, ps, a)
}

// readPlan reads the form. A row that says nothing is no item; places keeps which row of the form each item came from, so
// that a problem is shown at the row where it was typed.
func readPlan(r *web.Request, currency string) (pl reintegration.Plan, fs []fault.Field, places []string) {
	pl = reintegration.Plan{ID: r.Text("id"), CaseID: r.PathValue("id"), Economic: r.Text("economic"), Social: r.Text("social"), Psychosocial: r.Text("psychosocial")}
	for i := range reintegration.MostItems {
		n := strconv.Itoa(i)
		it := reintegration.Item{Ref: r.Text("ref_" + n), Category: r.Text("category_" + n), Description: r.Text("description_" + n), Supplier: r.Text("supplier_" + n), Modality: r.Text("modality_" + n), Evidence: r.Text("evidence_" + n)}
		if it.Category == "" && it.Description == "" && it.Supplier == "" && r.Text("amount_"+n) == "" {
			continue
		}
		it.Amount = sum(r, "amount_"+n, currency, &fs)
		var ok bool
		if it.DueOn, ok = r.Date("due_" + n); !ok {
			fs = append(fs, fault.Field{Name: "due_" + n, Key: "common.date_not_real"})
		}
		pl.Items, places = append(pl.Items, it), append(places, n)
	}
	return pl, fs, places
}

func (x *Web) plan(w http.ResponseWriter, r *web.Request) error {
	f, err := x.read(r)
	if err != nil {
		return err
	}
	currency := f.limit.Currency
	if len(f.plans) > 0 {
		currency = f.plans[0].Currency
	} else if currency == "" {
		currency = "EUR"
	}
	pl, fs, places := readPlan(r, currency)
	rev, _ := strconv.ParseInt(r.Text("rev"), 10, 64)
	err = fault.Fields(fs)
	if err == nil {
		err = x.Room.WritePlan(r.Context(), r.UserID, pl, rev)
		relocate(err, places)
	}
	return room.After(w, r, err, href(r.PathValue("id")), "reintegration.said.plan", func(ps []ui.Problem) error { return x.planForm(w, r, ps) })
}

// relocate names problems by the row of the form instead of by the item's place in the plan.
func relocate(err error, places []string) {
	f := fault.Of(err)
	if f == nil {
		return
	}
	for i, p := range f.Fields {
		for at := len(places) - 1; at >= 0; at-- {
			suffix := "_" + strconv.Itoa(at)
			if n := len(p.Name) - len(suffix); n > 0 && p.Name[n:] == suffix {
				f.Fields[i].Name = p.Name[:n] + "_" + places[at]
				break
			}
		}
	}
}

func (x *Web) submit(w http.ResponseWriter, r *web.Request) error {
	err := x.Room.Submit(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("plan"))
	return room.After(w, r, err, href(r.PathValue("id")), "reintegration.said.submitted", func(ps []ui.Problem) error { return x.page(w, r, ps) })
}

func (x *Web) askDecide(w http.ResponseWriter, r *web.Request) error { return x.decideForm(w, r, nil) }

func (x *Web) decideForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	f, err := x.read(r)
	if err != nil {
		return err
	}
	p := r.P
	for _, pl := range f.plans {
		if pl.ID != r.PathValue("plan") {
			continue
		}
		a := pages.Ask{Title: p.T("reintegration.decide"), Lead: []string{p.T("reintegration.decide_lead", "total", pl.Total(), "name", f.staff[pl.AuthorID])}, Submit: p.T("reintegration.approve"), SecondLabel: p.T("reintegration.send_back"), SecondName: "back", SecondValue: "1"}
		for _, it := range pl.Items {
			a.Points = append(a.Points, p.T("reintegration.item_line", "what", p.T("reintegration.category."+it.Category), "description", it.Description, "amount", money.Of(it.Amount, pl.Currency)))
		}
		if pl.AuthorID == f.actor.ID {
			a.NoForm, a.NoticeKind, a.NoticeTitle = true, "warn", p.T("reintegration.own_plan")
		}
		a.Items = []pages.Item{area("reason", p.T("common.reason"), r.Text("reason"), true, 1000)}
		return x.ask(w, r, f, ps, a)
	}
	return fault.Gone()
}

func (x *Web) decide(w http.ResponseWriter, r *web.Request) error {
	do, said := x.Room.Approve, "reintegration.said.approved"
	if r.Ticked("back") {
		do, said = x.Room.SendBack, "reintegration.said.sent_back"
	}
	err := do(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("plan"), r.Text("reason"))
	return room.After(w, r, err, href(r.PathValue("id")), said, func(ps []ui.Problem) error { return x.decideForm(w, r, ps) })
}

// steps are the next steps of an item's delivery.
func (x *Web) steps(r *web.Request, f file, pl reintegration.Plan, it reintegration.Item) (asks []pages.Ask) {
	p, base := r.P, href(f.c.ID, "items", it.Ref)
	switch it.Delivery.State {
	case reintegration.ItemPlanned, reintegration.ItemQuoted:
		a := pages.Ask{Title: p.T("reintegration.quotes"), Lead: []string{p.T("reintegration.quotes_lead")}, Action: base + "/quotes", Submit: p.T("reintegration.quotes_save")}
		chosen := ""
		for i := range 3 {
			n, supplier, amount := strconv.Itoa(i), "", ""
			if i < len(it.Delivery.Quotes) {
				q := it.Delivery.Quotes[i]
				supplier, amount = q.Supplier, money.Of(q.Amount, pl.Currency).Decimal()
				if q.Chosen {
					chosen = n
				}
			}
			a.Items = append(a.Items, pages.Item{Kind: "text", Heading: p.T("reintegration.quote_n", "n", strconv.Itoa(i+1)), Field: ui.Field{Name: "supplier_" + n, Label: p.T("reintegration.supplier"), Value: typed(r, "supplier_"+n, supplier)}},
				pages.Item{Kind: "text", Field: ui.Field{Name: "amount_" + n, Label: p.T("reintegration.amount"), InputMode: "decimal", Suffix: pl.Currency, Value: typed(r, "amount_"+n, amount)}})
		}
		a.Items = append(a.Items, pages.Item{Kind: "radios", Field: ui.Field{Name: "chosen", Label: p.T("reintegration.chosen"), Value: typed(r, "chosen", chosen), Options: quoteOptions(p)}}, area("justification", p.T("reintegration.justification"), typed(r, "justification", it.Delivery.Justification), false, 1000))
		asks = append(asks, a)
		if it.Delivery.State == reintegration.ItemQuoted {
			asks = append([]pages.Ask{{Title: p.T("reintegration.order"), Action: base + "/order", Submit: p.T("reintegration.order"), Items: []pages.Item{dayItem("on", p.T("reintegration.ordered_on"), room.Day(r, "on", x.Room.Gate.Today()))}}}, asks...)
		}
	case reintegration.ItemOrdered:
		asks = append(asks, pages.Ask{Title: p.T("reintegration.deliver"), Action: base + "/deliver", Submit: p.T("reintegration.deliver"), Items: []pages.Item{dayItem("on", p.T("reintegration.delivered_on"), r.DateText("on")),
			{Kind: "text", Field: ui.Field{Name: "invoice", Label: p.T("reintegration.invoice"), Required: true, Value: r.Text("invoice")}}, {Kind: "text", Field: ui.Field{Name: "actual", Label: p.T("reintegration.actual"), Required: true, InputMode: "decimal", Suffix: pl.Currency, Value: r.Text("actual")}},
			{Kind: "select", Field: ui.Field{Name: "proof", Label: p.T("reintegration.proof"), Hint: p.T("reintegration.proof_hint"), Value: r.Text("proof"), Options: f.paperOptions(p)}}}})
	case reintegration.ItemDelivered:
		asks = append(asks, pages.Ask{Title: p.T("reintegration.confirm"), Lead: []string{p.T("reintegration.confirm_lead")}, Action: base + "/confirm", Submit: p.T("reintegration.confirm"), Items: []pages.Item{dayItem("on", p.T("reintegration.confirmed_on"), room.Day(r, "on", x.Room.Gate.Today()))}})
	default:
		return nil
	}
	return append(asks, pages.Ask{Title: p.T("reintegration.drop"), Action: base + "/drop", Submit: p.T("reintegration.drop"), Kind: "no", Items: []pages.Item{area("reason", p.T("common.reason"), r.Text("reason"), true, 1000)}})
}

func quoteOptions(p *i18n.Printer) (out []ui.Option) {
	for i := range 3 {
		out = append(out, ui.Option{Value: strconv.Itoa(i), Label: p.T("reintegration.quote_n", "n", strconv.Itoa(i+1))})
	}
	return out
}

// step ends a step of a delivery, or shows the item again with what is wrong.
func (x *Web) step(w http.ResponseWriter, r *web.Request, err error, said string) error {
	return room.After(w, r, err, href(r.PathValue("id"), "items", r.PathValue("item")), said, func(ps []ui.Problem) error { return x.itemPage(w, r, ps) })
}

func (x *Web) quotes(w http.ResponseWriter, r *web.Request) error {
	f, err := x.read(r)
	if err != nil {
		return err
	}
	pl, it, err := f.one(r.PathValue("item"))
	if err != nil {
		return err
	}
	var qs []reintegration.Quote
	var fs []fault.Field
	for i := range 3 {
		n := strconv.Itoa(i)
		if r.Text("supplier_"+n) == "" && r.Text("amount_"+n) == "" {
			continue
		}
		qs = append(qs, reintegration.Quote{Supplier: r.Text("supplier_" + n), Amount: sum(r, "amount_"+n, pl.Currency, &fs), Chosen: r.Text("chosen") == n})
	}
	if err = fault.Fields(fs); err == nil {
		err = x.Room.TakeQuotes(r.Context(), r.UserID, f.c.ID, it.Ref, qs, r.Text("justification"))
	}
	return x.step(w, r, err, "reintegration.said.quotes")
}

// onDay calls a command with the day that was typed.
func (x *Web) onDay(w http.ResponseWriter, r *web.Request, said string, do func(ctx context.Context, actor, caseID, ref string, on day.Date) error) error {
	on, ok := r.Date("on")
	err := error(fault.At("on", "common.date_not_real"))
	if ok {
		err = do(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("item"), on)
	}
	return x.step(w, r, err, said)
}

func (x *Web) order(w http.ResponseWriter, r *web.Request) error {
	return x.onDay(w, r, "reintegration.said.ordered", x.Room.Order)
}

func (x *Web) deliver(w http.ResponseWriter, r *web.Request) error {
	f, err := x.read(r)
	if err != nil {
		return err
	}
	pl, _, err := f.one(r.PathValue("item"))
	if err != nil {
		return err
	}
	var fs []fault.Field
	actual := sum(r, "actual", pl.Currency, &fs)
	if err := fault.Fields(fs); err != nil {
		return x.step(w, r, err, "")
	}
	return x.onDay(w, r, "reintegration.said.delivered", func(ctx context.Context, actor, caseID, ref string, on day.Date) error {
		return x.Room.Deliver(ctx, actor, caseID, ref, on, r.Text("invoice"), actual, r.Text("proof"))
	})
}

func (x *Web) confirm(w http.ResponseWriter, r *web.Request) error {
	return x.onDay(w, r, "reintegration.said.confirmed", func(ctx context.Context, actor, caseID, ref string, on day.Date) error {
		return x.Room.Confirm(ctx, actor, caseID, ref, r.Text("id"), on)
	})
}

func (x *Web) drop(w http.ResponseWriter, r *web.Request) error {
	return x.step(w, r, x.Room.Drop(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("item"), r.Text("reason")), "reintegration.said.dropped")
}

func (x *Web) rest(w http.ResponseWriter, r *web.Request) error {
	_, err := x.Room.GiveRestBack(r.Context(), r.UserID, r.PathValue("id"))
	return room.After(w, r, err, href(r.PathValue("id")), "reintegration.said.rest", func(ps []ui.Problem) error { return x.page(w, r, ps) })
}
