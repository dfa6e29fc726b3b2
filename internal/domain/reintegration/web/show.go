package reintegrationweb

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	tables "github.com/nostos-avrr/nostos/internal/domain/ledger/pages"
	"github.com/nostos-avrr/nostos/internal/domain/reintegration"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (x *Web) show(w http.ResponseWriter, r *web.Request) error { return x.page(w, r, nil) }

func planTag(state string) string {
	switch state {
	case reintegration.Approved:
		return "ok"
	case reintegration.Submitted:
		return "soon"
	case reintegration.SentBack:
		return "late"
	}
	return ""
}

func itemTag(state string) string {
	switch state {
	case reintegration.ItemPaid:
		return "ok"
	case reintegration.ItemDropped:
		return ""
	}
	return "soon"
}

func (x *Web) page(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	f, err := x.read(r)
	if err != nil {
		return err
	}
	p := r.P
	parts := []templ.Component{tables.TopPart(tables.Top{P: p, Problems: ps})}
	help := tables.Table{Title: p.T("reintegration.arrival"), Heads: []ui.Head{{Label: p.T("reintegration.kind")}, {Label: p.T("common.status")}, {Label: p.T("common.date")}}}
	if f.may(reintegration.PermPostArrival) {
		help.Links = []tables.Link{{Href: href(f.c.ID, "arrival"), Label: p.T("reintegration.arrival_record")}}
	}
	for _, h := range f.help {
		answer, tag := p.T("reintegration.answer.open"), "soon"
		if h.Answer != "" {
			answer, tag = p.T("reintegration.answer."+h.Answer), "ok"
		}
		help.Rows = append(help.Rows, ui.Row{Cells: []ui.Cell{{Text: p.T("reintegration.help." + h.Kind)}, {Text: answer, Tag: tag}, {Text: p.Date(h.On), Sub: f.staff[h.By]}}})
	}
	parts = append(parts, tables.TablePart(help))
	as := tables.Table{Title: p.T("reintegration.assessments"), Empty: p.T("reintegration.assessments_none"), Heads: []ui.Head{{Label: p.T("common.date")}, {Label: p.T("reintegration.economic")}, {Label: p.T("reintegration.social")}, {Label: p.T("reintegration.psychosocial")}, {Label: p.T("reintegration.results")}}}
	if f.may(reintegration.PermAssess) {
		as.Links = []tables.Link{{Href: href(f.c.ID, "assessment"), Label: p.T("reintegration.assess")}, {Href: "/cases/" + f.c.ID + "/forms", Label: p.T("reintegration.forms"), Kind: "bare"}}
	}
	level := func(n int64) string { return p.T("reintegration.level." + strconv.FormatInt(n, 10)) }
	for _, a := range f.assessments {
		as.Rows = append(as.Rows, ui.Row{Cells: []ui.Cell{{Text: p.Date(a.On), Sub: f.staff[a.By]}, {Text: level(a.Economic)}, {Text: level(a.Social)}, {Text: level(a.Psychosocial)}, {Text: a.Results, Sub: p.N("reintegration.worked", a.WorkYears)}}})
	}
	parts = append(parts, tables.TablePart(as))
	parts = append(parts, x.planParts(r, f)...)
	parts = append(parts, tables.NoticePart("calm", p.T("reintegration.visits"), p.T("reintegration.visits_text"), []tables.Link{{Href: href(f.c.ID, "visits"), Label: p.T("reintegration.visits_go")}}))
	return x.inCase(w, r, f.c, p.T("reintegration.title"), ps, templ.Join(parts...))
}

// planParts shows every version, the last first, with what this reader can do about it.
func (x *Web) planParts(r *web.Request, f file) (parts []templ.Component) {
	p := r.P
	budget := p.T("reintegration.no_budget")
	if f.hasLimit {
		budget = p.Money(f.limit)
	}
	if len(f.plans) == 0 {
		t := tables.Table{Title: p.T("reintegration.plan"), Empty: p.T("reintegration.plan_none", "budget", budget)}
		if f.may(reintegration.PermPlan) {
			t.Links = []tables.Link{{Href: href(f.c.ID, "plan"), Label: p.T("reintegration.plan_write"), Kind: "go"}}
		}
		return []templ.Component{tables.TablePart(t)}
	}
	for i, pl := range f.plans {
		t := tables.Table{Title: p.T("reintegration.plan_version", "n", strconv.FormatInt(pl.Version, 10)), Empty: p.T("reintegration.items_none"),
			Heads: []ui.Head{{Label: p.T("reintegration.item")}, {Label: p.T("reintegration.amount"), Num: true}, {Label: p.T("reintegration.due")}, {Label: p.T("common.status")}}}
		for _, it := range pl.Items {
			c := ui.Cell{Text: p.T("reintegration.category." + it.Category), Sub: it.Description}
			status := ui.Cell{}
			if pl.State == reintegration.Approved {
				c.Href = href(f.c.ID, "items", it.Ref)
				status = ui.Cell{Text: p.T("reintegration.item_state." + it.Delivery.State), Tag: itemTag(it.Delivery.State)}
			}
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{c, {Text: p.Money(money.Of(it.Amount, pl.Currency)), Num: true, Sub: p.T("entitlement.modality." + it.Modality)}, {Text: p.Date(it.DueOn)}, status}})
		}
		facts := []ui.Fact{{Label: p.T("reintegration.budget"), Value: budget}, {Label: p.T("common.total"), Value: p.Money(pl.Total())}, {Label: p.T("reintegration.author"), Value: f.staff[pl.AuthorID]}}
		for _, o := range []struct{ key, text string }{{"reintegration.economic", pl.Economic}, {"reintegration.social", pl.Social}, {"reintegration.psychosocial", pl.Psychosocial}} {
			if o.text != "" {
				facts = append(facts, ui.Fact{Label: p.T(o.key), Value: o.text})
			}
		}
		if pl.DecidedBy != "" {
			facts = append(facts, ui.Fact{Label: p.T("reintegration.decided"), Value: p.T("reintegration.decided_by", "name", f.staff[pl.DecidedBy], "date", p.Time(pl.DecidedAt), "reason", pl.DecisionNote)})
		}
		var links []tables.Link
		var posts []tables.Post
		why := ""
		switch {
		case i > 0 || f.c.State != "open":
		case pl.State == reintegration.Draft || pl.State == reintegration.SentBack:
			if f.may(reintegration.PermPlan) {
				links = append(links, tables.Link{Href: href(f.c.ID, "plan"), Label: p.T("reintegration.plan_edit")})
				if pl.State == reintegration.Draft {
					posts = append(posts, tables.Post{Action: href(f.c.ID, "plans", pl.ID, "submit"), Label: p.T("reintegration.submit"), Kind: "go"})
				}
			}
		case pl.State == reintegration.Submitted && pl.AuthorID == f.actor.ID:
			why = p.T("reintegration.own_plan")
		case pl.State == reintegration.Submitted && f.may(reintegration.PermApprove):
			links = append(links, tables.Link{Href: href(f.c.ID, "plans", pl.ID, "decide"), Label: p.T("reintegration.decide"), Kind: "go"})
		case pl.State == reintegration.Submitted:
			why = p.T("reintegration.waits")
		case pl.State == reintegration.Approved:
			if f.may(reintegration.PermPlan) {
				links = append(links, tables.Link{Href: href(f.c.ID, "plan"), Label: p.T("reintegration.amend")})
			}
			if f.may(reintegration.PermDeliver) && f.hasLimit && done(pl) {
				posts = append(posts, tables.Post{Action: href(f.c.ID, "rest"), Label: p.T("reintegration.give_rest_back")})
			}
		default:
			if f.may(reintegration.PermPlan) {
				links = append(links, tables.Link{Href: href(f.c.ID, "plan"), Label: p.T("reintegration.plan_write"), Kind: "go"})
			}
		}
		parts = append(parts, tables.TablePart(t), tables.FactsPart(p.T("reintegration.about_plan"), facts), tables.Doing(p.T("reintegration.plan_state."+pl.State), planTag(pl.State), links, posts, why))
	}
	return parts
}

func done(pl reintegration.Plan) bool {
	for _, it := range pl.Items {
		if it.Delivery.State != reintegration.ItemPaid && it.Delivery.State != reintegration.ItemDropped {
			return false
		}
	}
	return true
}

// one is the item the address names.
func (f *file) one(ref string) (reintegration.Plan, reintegration.Item, error) {
	pl, ok := f.inForce()
	for _, it := range pl.Items {
		if ok && it.Ref == ref {
			return pl, it, nil
		}
	}
	return pl, reintegration.Item{}, fault.Gone()
}

func (x *Web) item(w http.ResponseWriter, r *web.Request) error { return x.itemPage(w, r, nil) }

// itemPage shows one item, and asks for the next step of its delivery.
func (x *Web) itemPage(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	f, err := x.read(r)
	if err != nil {
		return err
	}
	pl, it, err := f.one(r.PathValue("item"))
	if err != nil {
		return err
	}
	p, d := r.P, it.Delivery
	amount := money.Of(it.Amount, pl.Currency)
	sheet := pages.Sheet{P: p, BackHref: href(f.c.ID), Back: p.T("reintegration.back"), Problems: ps, Facts: []ui.Fact{{Label: p.T("reintegration.item"), Value: p.T("reintegration.category." + it.Category)}, {Label: p.T("reintegration.description"), Value: it.Description},
		{Label: p.T("reintegration.amount"), Value: p.Money(amount)}, {Label: p.T("common.status"), Value: p.T("reintegration.item_state." + d.State)}, {Label: p.T("reintegration.evidence"), Value: p.T("reintegration.evidence." + it.Evidence)}}}
	add := func(key, value string) {
		if value != "" {
			sheet.Facts = append(sheet.Facts, ui.Fact{Label: p.T(key), Value: value})
		}
	}
	add("reintegration.supplier", it.Supplier)
	for _, q := range d.Quotes {
		key := "reintegration.quote"
		if q.Chosen {
			key = "reintegration.quote_chosen"
		}
		add(key, q.Supplier+" "+p.Money(money.Of(q.Amount, pl.Currency)))
	}
	add("reintegration.justification", d.Justification)
	add("reintegration.ordered_on", p.Date(d.OrderedOn))
	add("reintegration.delivered_on", p.Date(d.DeliveredOn))
	add("reintegration.invoice", d.Invoice)
	if d.Actual > 0 {
		add("reintegration.actual", p.Money(money.Of(d.Actual, pl.Currency)))
	}
	add("reintegration.confirmed_on", p.Date(d.ConfirmedOn))
	add("reintegration.dropped_why", d.Reason)
	if f.may(reintegration.PermDeliver) {
		sheet.Asks = x.steps(r, f, pl, it)
	}
	for i := range sheet.Asks {
		a := &sheet.Asks[i]
		a.P, a.Hidden = p, map[string]string{"id": room.KeepID(r)}
		room.Mark(a.Items, ps)
	}
	return x.inCase(w, r, f.c, p.T("reintegration.category."+it.Category), ps, pages.SheetPage(sheet))
}
