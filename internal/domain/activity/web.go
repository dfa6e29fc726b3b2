package activity

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	tables "github.com/nostos-avrr/nostos/internal/domain/ledger/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Routes adds the addresses.
func (d *Domain) Routes(s *web.Server) {
	s.Handle("GET /leads", PermView, d.list)
	s.Handle("GET /leads/new", PermLead, d.askLead)
	s.Handle("POST /leads/new", PermLead, d.lead)
	s.Handle("GET /leads/{id}", PermView, d.show)
	s.Handle("POST /leads/{id}/call", PermLead, d.call)
	s.Handle("POST /leads/{id}/gone", PermLead, d.gone)
	s.Handle("POST /leads/{id}/case", PermLead, d.asCase)
	s.Handle("GET /outreach", PermView, d.events)
	s.Handle("GET /outreach/new", PermLead, d.askCount)
	s.Handle("POST /outreach/new", PermLead, d.count)
}

func options(p *i18n.Printer, prefix string, values []string) []ui.Option {
	return ui.Options(values, ui.Keyed(p, prefix))
}

func named(list []i18n.Option, none string) []ui.Option {
	out := []ui.Option{{Value: "", Label: none}}
	for _, o := range list {
		out = append(out, ui.Option{Value: o.Code, Label: o.Name})
	}
	return out
}

func (d *Domain) list(w http.ResponseWriter, r *web.Request) error {
	p := r.P
	state := r.Text("state")
	if !has([]string{Open, BecameCase, Gone}, state) {
		state = Open
	}
	day, after, _ := strings.Cut(r.Text("after"), ".")
	t := tables.Table{Title: p.T("activity.state." + state), Empty: p.T("activity.none"), Heads: []ui.Head{{Label: p.T("activity.call")}, {Label: p.T("activity.contact")}, {Label: p.T("activity.heard")}, {Label: p.T("common.nationality")}, {Label: p.T("activity.people"), Num: true}}}
	next := ""
	may := false
	err := d.Gate.Read(r.Context(), r.UserID, PermView, func(ctx context.Context, g *gate.R) error {
		may = g.Actor.Can(PermLead)
		list, more, err := List(ctx, g, state, day, after)
		for _, l := range list {
			call := ui.Cell{Text: p.Date(l.CallOn), Href: "/leads/" + l.ID}
			if l.State == Open && l.CallOn.Before(g.Today) {
				call.Sub = p.N("common.days_late", int64(l.CallOn.DaysUntil(g.Today)))
			}
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{call, {Text: l.Contact, Sub: languageName(p, l.Language)}, {Text: p.T("activity.heard." + l.Heard)}, {Text: countryName(p, l.Nationality)}, {Text: p.Number(l.People), Num: true}}})
		}
		if more {
			last := list[len(list)-1]
			next = "/leads?state=" + state + "&after=" + url.QueryEscape(last.CallOn.String()+"."+last.ID)
		}
		return err
	})
	if err != nil {
		return err
	}
	top := tables.Top{P: p, Title: p.T("activity.leads"), Sub: p.T("activity.leads_sub")}
	if may {
		top.Links = append(top.Links, tables.Link{Href: "/leads/new", Label: p.T("activity.lead_new"), Kind: "go"})
	}
	for _, s := range []string{Open, BecameCase, Gone} {
		if s != state {
			top.Links = append(top.Links, tables.Link{Href: "/leads?state=" + s, Label: p.T("activity.state." + s)})
		}
	}
	top.Links = append(top.Links, tables.Link{Href: "/outreach", Label: p.T("activity.outreach")})
	parts := []templ.Component{tables.TopPart(top), tables.TablePart(t)}
	if next != "" {
		parts = append(parts, ui.Pager(p, "", next, ""))
	}
	return r.Page(w, http.StatusOK, top.Title, templ.Join(parts...))
}

func languageName(p *i18n.Printer, code string) string {
	if code == "" {
		return ""
	}
	return p.Language(code)
}

func countryName(p *i18n.Printer, code string) string {
	if code == "" {
		return ""
	}
	return p.Country(code)
}

func (d *Domain) ask(w http.ResponseWriter, r *web.Request, ps []ui.Problem, back, backText string, a pages.Ask) error {
	room.Finish(r, &a, ps, back, backText)
	return r.Form(w, a.Title, ps, pages.LonePage(a))
}

func (d *Domain) askLead(w http.ResponseWriter, r *web.Request) error { return d.leadForm(w, r, nil) }

func (d *Domain) leadForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	p := r.P
	people := r.Text("people")
	if people == "" {
		people = "1"
	}
	return d.ask(w, r, ps, "/leads", p.T("activity.leads"), pages.Ask{Title: p.T("activity.lead_new"), Submit: p.T("common.save"), Items: []pages.Item{
		{Kind: "text", Field: ui.Field{Name: "contact", Label: p.T("activity.contact"), Hint: p.T("activity.contact_hint"), Required: true, Value: r.Text("contact"), MaxLen: 200}},
		{Kind: "radios", Field: ui.Field{Name: "heard", Label: p.T("activity.heard"), Required: true, Value: r.Text("heard"), Options: options(p, "activity.heard.", Heard)}},
		{Kind: "select", Field: ui.Field{Name: "language", Label: p.T("common.language"), Value: r.Text("language"), Options: named(p.LanguageNames(), p.T("common.not_known"))}},
		{Kind: "select", Field: ui.Field{Name: "nationality", Label: p.T("activity.nationality"), Value: r.Text("nationality"), Options: named(p.Countries(), p.T("common.not_known"))}},
		{Kind: "text", Field: ui.Field{Name: "people", Label: p.T("activity.people"), Required: true, InputMode: "numeric", Short: true, Value: people}},
		{Kind: "date", Field: ui.Field{Name: "call", Label: p.T("activity.call"), Required: true, Value: r.DateText("call")}},
		{Kind: "area", Field: ui.Field{Name: "note", Label: p.T("activity.note"), Hint: p.T("activity.note_hint"), Value: r.Text("note"), MaxLen: long}},
	}})
}

func (d *Domain) lead(w http.ResponseWriter, r *web.Request) error {
	l := Lead{ID: r.Text("id"), Heard: r.Text("heard"), Language: r.Text("language"), Nationality: r.Text("nationality"), Contact: r.Text("contact"), Note: r.Text("note")}
	l.People, _ = strconv.ParseInt(r.Text("people"), 10, 64) // what is no number is 0, which the rule refuses
	var ok bool
	err := error(fault.At("call", "common.date_not_real"))
	if l.CallOn, ok = r.Date("call"); ok {
		err = d.TakeLead(r.Context(), r.UserID, l)
	}
	return room.After(w, r, err, "/leads", "activity.said.lead", func(ps []ui.Problem) error { return d.leadForm(w, r, ps) })
}

func (d *Domain) show(w http.ResponseWriter, r *web.Request) error { return d.page(w, r, nil) }

func (d *Domain) page(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	p := r.P
	var l Lead
	may, register := false, false
	err := d.Gate.Read(r.Context(), r.UserID, PermView, func(ctx context.Context, g *gate.R) (err error) {
		may, register = g.Actor.Can(PermLead), g.Actor.Can("person.register")
		l, err = ByID(ctx, g, r.PathValue("id"))
		return err
	})
	if err != nil {
		return err
	}
	fact := func(label, value string) ui.Fact {
		if value == "" {
			return ui.Fact{Label: label, Value: p.T("ui.fact.missing"), Missing: true}
		}
		return ui.Fact{Label: label, Value: value}
	}
	top := tables.Top{P: p, BackHref: "/leads", Back: p.T("activity.leads"), Problems: ps, Title: p.T("activity.lead"), Sub: p.T("activity.state." + l.State)}
	if l.State == Open && register {
		top.Links = []tables.Link{{Href: "/persons/new?from=lead:" + l.ID, Label: p.T("activity.register"), Kind: "go"}}
		if l.PersonID != "" {
			top.Links = []tables.Link{{Href: "/cases/new?person=" + l.PersonID, Label: p.T("activity.open_a_case"), Kind: "go"}}
		}
	}
	facts := []ui.Fact{fact(p.T("activity.contact"), l.Contact), fact(p.T("activity.call"), p.Date(l.CallOn)), fact(p.T("activity.heard"), p.T("activity.heard."+l.Heard)), fact(p.T("common.language"), languageName(p, l.Language)),
		fact(p.T("activity.nationality"), countryName(p, l.Nationality)), fact(p.T("activity.people"), p.Number(l.People)), fact(p.T("activity.note"), l.Note)}
	if l.Reason != "" {
		facts = append(facts, fact(p.T("common.reason"), p.T("activity.reason."+l.Reason)))
	}
	if l.PersonID != "" {
		facts = append(facts, ui.Fact{Label: p.T("activity.registered"), Value: p.T("activity.open_person"), Href: "/persons/" + l.PersonID})
	}
	if l.CaseID != "" {
		facts = append(facts, ui.Fact{Label: p.T("activity.state.became_case"), Value: p.T("activity.open_case"), Href: "/cases/" + l.CaseID})
	}
	parts := []templ.Component{tables.TopPart(top), tables.FactsPart(p.T("common.details"), facts)}
	if may && l.State == Open {
		rev := map[string]string{"rev": strconv.FormatInt(l.Revision, 10)}
		for _, a := range []pages.Ask{
			{Title: p.T("activity.call_again"), Action: "/leads/" + l.ID + "/call", Submit: p.T("common.save"), Kind: "plain", Items: []pages.Item{{Kind: "date", Field: ui.Field{Name: "call", Label: p.T("activity.call"), Required: true, Value: r.DateText("call")}}}},
			{Title: p.T("activity.became"), Action: "/leads/" + l.ID + "/case", Submit: p.T("common.save"), Kind: "plain", Items: []pages.Item{{Kind: "text", Field: ui.Field{Name: "no", Label: p.T("activity.case_no"), Required: true, Short: true, Value: r.Text("no")}}}},
			{Title: p.T("activity.let_go"), Action: "/leads/" + l.ID + "/gone", Submit: p.T("activity.let_go"), Kind: "no", Items: []pages.Item{{Kind: "radios", Field: ui.Field{Name: "reason", Label: p.T("common.reason"), Required: true, Value: r.Text("reason"), Options: options(p, "activity.reason.", Reasons)}}}},
		} {
			a.P, a.Hidden = p, rev
			room.Mark(a.Items, ps)
			parts = append(parts, pages.AskPage(a))
		}
	}
	return r.Form(w, top.Title, ps, templ.Join(parts...))
}

// done answers a form of the lead's page.
func (d *Domain) done(w http.ResponseWriter, r *web.Request, err error, said string) error {
	return room.After(w, r, err, "/leads/"+r.PathValue("id"), said, func(ps []ui.Problem) error { return d.page(w, r, ps) })
}

func rev(r *web.Request) int64 { n, _ := strconv.ParseInt(r.Text("rev"), 10, 64); return n }

func (d *Domain) call(w http.ResponseWriter, r *web.Request) error {
	on, ok := r.Date("call")
	err := error(fault.At("call", "common.date_not_real"))
	if ok {
		err = d.CallAgain(r.Context(), r.UserID, r.PathValue("id"), rev(r), on)
	}
	return d.done(w, r, err, "activity.said.call")
}

func (d *Domain) gone(w http.ResponseWriter, r *web.Request) error {
	return d.done(w, r, d.LetGo(r.Context(), r.UserID, r.PathValue("id"), rev(r), r.Text("reason")), "activity.said.gone")
}

func (d *Domain) asCase(w http.ResponseWriter, r *web.Request) error {
	return d.done(w, r, d.Became(r.Context(), r.UserID, r.PathValue("id"), rev(r), r.Text("no")), "activity.said.case")
}

func (d *Domain) events(w http.ResponseWriter, r *web.Request) error {
	p := r.P
	day, before, _ := strings.Cut(r.Text("before"), ".")
	t := tables.Table{Title: p.T("activity.outreach"), Empty: p.T("activity.outreach_none"), Heads: []ui.Head{{Label: p.T("common.date")}, {Label: p.T("activity.place")}, {Label: p.T("activity.channel")}, {Label: p.T("common.language")}, {Label: p.T("activity.heads"), Num: true}}}
	next := ""
	top := tables.Top{P: p, BackHref: "/leads", Back: p.T("activity.leads"), Title: p.T("activity.outreach"), Sub: p.T("activity.outreach_sub")}
	err := d.Gate.Read(r.Context(), r.UserID, PermView, func(ctx context.Context, g *gate.R) error {
		if g.Actor.Can(PermLead) {
			top.Links = []tables.Link{{Href: "/outreach/new", Label: p.T("activity.count"), Kind: "go"}}
		}
		list, more, err := Events(ctx, g, day, before)
		for _, o := range list {
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.Date(o.On)}, {Text: o.Place}, {Text: p.T("activity.channel." + o.Channel)}, {Text: languageName(p, o.Language)}, {Text: p.Number(o.Total), Num: true}}})
		}
		if more {
			last := list[len(list)-1]
			next = "/outreach?before=" + url.QueryEscape(last.On.String()+"."+last.ID)
		}
		return err
	})
	if err != nil {
		return err
	}
	parts := []templ.Component{tables.TopPart(top), tables.TablePart(t)}
	if next != "" {
		parts = append(parts, ui.Pager(p, "", next, ""))
	}
	return r.Page(w, http.StatusOK, top.Title, templ.Join(parts...))
}

func (d *Domain) askCount(w http.ResponseWriter, r *web.Request) error { return d.countForm(w, r, nil) }

func (d *Domain) countForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	p := r.P
	items := []pages.Item{
		{Kind: "date", Field: ui.Field{Name: "on", Label: p.T("common.date"), Required: true, Value: r.DateText("on")}},
		{Kind: "text", Field: ui.Field{Name: "place", Label: p.T("activity.place"), Required: true, Value: r.Text("place"), MaxLen: 120}},
		{Kind: "radios", Field: ui.Field{Name: "channel", Label: p.T("activity.channel"), Required: true, Value: r.Text("channel"), Options: options(p, "activity.channel.", Channels)}},
		{Kind: "select", Field: ui.Field{Name: "language", Label: p.T("common.language"), Value: r.Text("language"), Options: named(p.LanguageNames(), p.T("common.not_known"))}},
	}
	for _, s := range Sexes {
		for i, b := range Bands {
			it := pages.Item{Kind: "text", Field: ui.Field{Name: "n_" + s + "_" + b, Label: p.T("activity.band." + b), InputMode: "numeric", Short: true, Value: r.Text("n_" + s + "_" + b)}}
			if i == 0 {
				it.Heading = p.T("common.sex_" + s)
			}
			items = append(items, it)
		}
	}
	return d.ask(w, r, ps, "/outreach", p.T("activity.outreach"), pages.Ask{Title: p.T("activity.count"), Lead: []string{p.T("activity.count_lead")}, Submit: p.T("common.save"), Items: items})
}

func (d *Domain) count(w http.ResponseWriter, r *web.Request) error {
	o := Outreach{ID: r.Text("id"), Place: r.Text("place"), Channel: r.Text("channel"), Language: r.Text("language"), Heads: map[Group]int64{}}
	var fs []fault.Field
	var ok bool
	if o.On, ok = r.Date("on"); !ok {
		fs = append(fs, fault.Field{Name: "on", Key: "common.date_not_real"})
	}
	for _, s := range Sexes {
		for _, b := range Bands {
			text := r.Text("n_" + s + "_" + b)
			if text == "" {
				continue
			}
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				fs = append(fs, fault.Field{Name: "n_" + s + "_" + b, Key: "activity.err.heads", Args: []any{"n", mostHeads}})
			}
			o.Heads[Group{s, b}] = n
		}
	}
	err := fault.Fields(fs)
	if err == nil {
		err = d.Count(r.Context(), r.UserID, o)
	}
	return room.After(w, r, err, "/outreach", "activity.said.counted", func(ps []ui.Problem) error { return d.countForm(w, r, ps) })
}
