package monitoring

import (
	"context"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	tables "github.com/nostos-avrr/nostos/internal/domain/ledger/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Routes adds the addresses.
func (d *Domain) Routes(s *web.Server) {
	s.Handle("GET /visits", PermView, d.list)
	s.Handle("GET /cases/{id}/reintegration/visits", PermView, d.show)
	s.Handle("POST /cases/{id}/reintegration/visits/no-answer", PermVisit, d.noAnswer)
	s.Handle("GET /cases/{id}/reintegration/visits/attempt", PermVisit, d.askTry)
	s.Handle("POST /cases/{id}/reintegration/visits/attempt", PermVisit, d.try)
	s.Handle("GET /cases/{id}/reintegration/visits/new", PermVisit, d.askVisit)
	s.Handle("POST /cases/{id}/reintegration/visits/new", PermVisit, d.visit)
	s.Handle("GET /cases/{id}/reintegration/visits/lost", PermVisit, d.askLost)
	s.Handle("POST /cases/{id}/reintegration/visits/lost", PermVisit, d.lost)
	s.Handle("GET /cases/{id}/reintegration/visits/schedule", PermVisit, d.askSchedule)
	s.Handle("POST /cases/{id}/reintegration/visits/schedule", PermVisit, d.schedule)
}

// read gives the case and what is known about how the family fares.
func (d *Domain) read(r *web.Request) (c casefile.Case, f File, staff map[string]string, may bool, err error) {
	staff = map[string]string{org.SystemID: "Nostos"}
	err = d.Gate.Read(r.Context(), r.UserID, PermView, func(ctx context.Context, g *gate.R) error {
		if c, err = casefile.ByID(ctx, g, r.PathValue("id")); err != nil {
			return err
		}
		may = c.State == casefile.Open && g.Actor.Can(PermVisit)
		if f, err = FileOf(ctx, g, c.ID); err != nil {
			return err
		}
		all, err := org.ListStaff(ctx, g.Tx, "")
		for _, s := range all {
			staff[s.ID] = s.Name
		}
		return err
	})
	return c, f, staff, may, err
}

func (d *Domain) inCase(w http.ResponseWriter, r *web.Request, c casefile.Case, title string, ps []ui.Problem, body templ.Component) error {
	return d.Frame.Draw(w, r, c, "reintegration", title, ps, body)
}

// dueName says which visit is due.
func dueName(p *i18n.Printer, months int64) string {
	if months == 0 {
		return p.T("monitoring.due_agreed")
	}
	return p.N("monitoring.due_months", months)
}

func dayCell(p *i18n.Printer, x Due) ui.Cell {
	if x.Late {
		return ui.Cell{Text: p.Date(x.On), Tag: "late"}
	}
	return ui.Cell{Text: p.Date(x.On)}
}

func (d *Domain) list(w http.ResponseWriter, r *web.Request) error {
	p := r.P
	t := tables.Table{Title: p.T("monitoring.due"), Empty: p.T("monitoring.due_none"), Heads: []ui.Head{{Label: p.T("common.name")}, {Label: p.T("monitoring.case")}, {Label: p.T("monitoring.visit")}, {Label: p.T("monitoring.due_on")}}}
	err := d.Gate.Read(r.Context(), r.UserID, PermView, func(ctx context.Context, g *gate.R) error {
		ds, err := DueVisits(ctx, g)
		for _, x := range ds {
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Body: ui.PersonLink(tab(x.Case.ID), x.Who.Parts(), "")}, {Text: x.Case.No}, {Text: dueName(p, x.Months)}, dayCell(p, x)}})
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, p.T("monitoring.due"), templ.Join(tables.TopPart(tables.Top{P: p, Title: p.T("monitoring.due"), Sub: p.T("monitoring.due_sub")}), tables.TablePart(t)))
}

func (d *Domain) show(w http.ResponseWriter, r *web.Request) error { return d.page(w, r, nil) }

func (d *Domain) page(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	c, f, staff, may, err := d.read(r)
	if err != nil {
		return err
	}
	p := r.P
	back := "/cases/" + c.ID + "/reintegration"
	parts := []templ.Component{tables.TopPart(tables.Top{P: p, BackHref: back, Back: p.T("monitoring.back"), Problems: ps})}
	if f.Loss != nil {
		parts = append(parts, tables.NoticePart("warn", p.T("monitoring.lost"), p.T("monitoring.lost_since", "date", f.Loss.On, "name", staff[f.Loss.By], "note", f.Loss.Note), nil))
	}
	due := tables.Table{Title: p.T("monitoring.due"), Empty: p.T("monitoring.due_none"), Heads: []ui.Head{{Label: p.T("monitoring.visit")}, {Label: p.T("monitoring.due_on")}}}
	for _, x := range f.Dues {
		due.Rows = append(due.Rows, ui.Row{Cells: []ui.Cell{{Text: dueName(p, x.Months), Sub: p.T("monitoring.provisional")}, dayCell(p, x)}})
	}
	visits := tables.Table{Title: p.T("monitoring.visits"), Empty: p.T("monitoring.visits_none"), Heads: []ui.Head{{Label: p.T("common.date")}, {Label: p.T("monitoring.found")}, {Label: p.T("monitoring.business")}, {Label: p.T("monitoring.income")}, {Label: p.T("monitoring.problems")}}}
	for _, v := range f.Visits {
		cells := []ui.Cell{{Text: p.Date(v.On), Sub: p.Row(p.T("monitoring.mode."+v.Mode), staff[v.By])}, {Text: p.T("common.no"), Tag: "late"}, {}, {}, {Text: v.Problems, Sub: v.Advice}}
		if v.Found {
			cells[1], cells[2], cells[3] = ui.Cell{Text: p.T("common.yes"), Tag: "ok"}, ui.Cell{Text: p.T("monitoring.business." + v.Business), Sub: v.ClosedReason}, ui.Cell{Text: p.T("monitoring.income." + v.Income), Sub: p.N("monitoring.employs", v.Employed)}
		}
		visits.Rows = append(visits.Rows, ui.Row{Cells: cells})
	}
	tries := tables.Table{Title: p.T("monitoring.attempts"), Empty: p.T("monitoring.attempts_none"), Heads: []ui.Head{{Label: p.T("common.date")}, {Label: p.T("monitoring.channel")}, {Label: p.T("monitoring.result")}, {Label: p.T("monitoring.note")}}}
	for _, a := range f.Attempts {
		tries.Rows = append(tries.Rows, ui.Row{Cells: []ui.Cell{{Text: p.Date(a.On), Sub: staff[a.By]}, {Text: p.T("monitoring.channel." + a.Channel)}, {Text: p.T("monitoring.result." + a.Result)}, {Text: a.Note}}})
	}
	if may {
		if len(f.Dues) == 0 && f.Loss == nil {
			due.Links = []tables.Link{{Href: tab(c.ID) + "/schedule", Label: p.T("monitoring.schedule")}}
		}
		visits.Links = []tables.Link{{Href: tab(c.ID) + "/new", Label: p.T("monitoring.visit_record"), Kind: "go"}}
		tries.Links = []tables.Link{{Href: tab(c.ID) + "/attempt", Label: p.T("monitoring.attempt_record")}}
		if f.Loss == nil && inVain(f.Attempts, f.Visits) >= LostAfter {
			tries.Links = append(tries.Links, tables.Link{Href: tab(c.ID) + "/lost", Label: p.T("monitoring.lose")})
		}
		parts = append(parts, ui.PostButton(tab(c.ID)+"/no-answer", p.T("monitoring.no_answer"), "", map[string]string{"id": id.New()}))
	}
	parts = append(parts, tables.TablePart(due), tables.TablePart(visits), tables.TablePart(tries))
	return d.inCase(w, r, c, p.T("monitoring.title"), ps, templ.Join(parts...))
}

// ask draws a page that asks one thing.
func (d *Domain) ask(w http.ResponseWriter, r *web.Request, ps []ui.Problem, a pages.Ask) error {
	c, _, _, _, err := d.read(r)
	if err != nil {
		return err
	}
	room.Finish(r, &a, ps, tab(c.ID), r.P.T("monitoring.back"))
	return d.inCase(w, r, c, a.Title, ps, pages.AskPage(a))
}

// noAnswer is one tap: nobody answered the phone, just now.
func (d *Domain) noAnswer(w http.ResponseWriter, r *web.Request) error {
	err := d.Try(r.Context(), r.UserID, Attempt{ID: r.Text("id"), CaseID: r.PathValue("id"), Channel: "phone", Result: NoAnswer})
	return room.After(w, r, err, tab(r.PathValue("id")), "monitoring.said.tried", func(ps []ui.Problem) error { return d.page(w, r, ps) })
}

func choices(r *web.Request, name, prefix string, values []string) pages.Item {
	it := pages.Item{Kind: "radios", Field: ui.Field{Name: name, Label: r.P.T("monitoring." + name), Required: true, Value: r.Text(name)}}
	for _, v := range values {
		it.Options = append(it.Options, ui.Option{Value: v, Label: r.P.T(prefix + v)})
	}
	return it
}

func dayItem(r *web.Request, name, label string, required bool, likely day.Date) pages.Item {
	return pages.Item{Kind: "date", Field: ui.Field{Name: name, Label: label, Required: required, Value: room.Day(r, name, likely)}}
}

func area(r *web.Request, name string, required bool) pages.Item {
	return pages.Item{Kind: "area", Field: ui.Field{Name: name, Label: r.P.T("monitoring." + name), Required: required, Value: r.Text(name), MaxLen: long}}
}

func (d *Domain) askTry(w http.ResponseWriter, r *web.Request) error { return d.tryForm(w, r, nil) }

func (d *Domain) tryForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	return d.ask(w, r, ps, pages.Ask{Title: r.P.T("monitoring.attempt_record"), Submit: r.P.T("common.save"), Items: []pages.Item{dayItem(r, "on", r.P.T("common.date"), true, d.Gate.Today()),
		choices(r, "channel", "monitoring.channel.", Channels), choices(r, "result", "monitoring.result.", Results), area(r, "note", false)}})
}

func (d *Domain) try(w http.ResponseWriter, r *web.Request) error {
	on, ok := r.Date("on")
	err := error(fault.At("on", "common.date_not_real"))
	if ok {
		err = d.Try(r.Context(), r.UserID, Attempt{ID: r.Text("id"), CaseID: r.PathValue("id"), On: on, Channel: r.Text("channel"), Result: r.Text("result"), Note: r.Text("note")})
	}
	return room.After(w, r, err, tab(r.PathValue("id")), "monitoring.said.tried", func(ps []ui.Problem) error { return d.tryForm(w, r, ps) })
}

func (d *Domain) askVisit(w http.ResponseWriter, r *web.Request) error { return d.visitForm(w, r, nil) }

func (d *Domain) visitForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	p := r.P
	found := pages.Item{Kind: "radios", Field: ui.Field{Name: "found", Label: p.T("monitoring.found"), Required: true, Value: r.Text("found"), Options: []ui.Option{{Value: "yes", Label: p.T("common.yes")}, {Value: "no", Label: p.T("common.no")}}}}
	business, income := choices(r, "business", "monitoring.business.", Businesses), choices(r, "income", "monitoring.income.", Incomes)
	business.Heading, business.Required, income.Required = p.T("monitoring.if_found"), false, false
	employed := pages.Item{Kind: "text", Field: ui.Field{Name: "employed", Label: p.T("monitoring.employed"), InputMode: "numeric", Short: true, Value: r.Text("employed")}}
	return d.ask(w, r, ps, pages.Ask{Title: p.T("monitoring.visit_record"), Submit: p.T("common.save"), Items: []pages.Item{dayItem(r, "on", p.T("common.date"), true, d.Gate.Today()), choices(r, "mode", "monitoring.mode.", Modes), found,
		business, area(r, "closed_reason", false), income, employed, area(r, "problems", false), area(r, "advice", false), dayItem(r, "next", p.T("monitoring.next"), false, day.Date{})}})
}

func (d *Domain) visit(w http.ResponseWriter, r *web.Request) error {
	v := Visit{ID: r.Text("id"), CaseID: r.PathValue("id"), Mode: r.Text("mode"), Found: r.Text("found") == "yes", Business: r.Text("business"), ClosedReason: r.Text("closed_reason"), Income: r.Text("income"), Problems: r.Text("problems"), Advice: r.Text("advice")}
	var fs []fault.Field
	var ok bool
	if v.On, ok = r.Date("on"); !ok {
		fs = append(fs, fault.Field{Name: "on", Key: "common.date_not_real"})
	}
	if v.NextOn, ok = r.Date("next"); !ok {
		fs = append(fs, fault.Field{Name: "next", Key: "common.date_not_real"})
	}
	if r.Text("found") == "" {
		fs = append(fs, fault.Field{Name: "found", Key: "monitoring.err.choose"})
	}
	if n := r.Text("employed"); n != "" {
		var err error
		if v.Employed, err = strconv.ParseInt(n, 10, 64); err != nil {
			fs = append(fs, fault.Field{Name: "employed", Key: "monitoring.err.employed"})
		}
	}
	err := fault.Fields(fs)
	if err == nil {
		err = d.Visit(r.Context(), r.UserID, v)
	}
	return room.After(w, r, err, tab(r.PathValue("id")), "monitoring.said.visited", func(ps []ui.Problem) error { return d.visitForm(w, r, ps) })
}

func (d *Domain) askLost(w http.ResponseWriter, r *web.Request) error { return d.lostForm(w, r, nil) }

func (d *Domain) lostForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	return d.ask(w, r, ps, pages.Ask{Title: r.P.T("monitoring.lose"), Lead: []string{r.P.T("monitoring.lose_lead")}, Submit: r.P.T("monitoring.lose"), Kind: "no", Items: []pages.Item{area(r, "note", true)}})
}

func (d *Domain) lost(w http.ResponseWriter, r *web.Request) error {
	err := d.LoseSight(r.Context(), r.UserID, r.PathValue("id"), r.Text("note"))
	return room.After(w, r, err, tab(r.PathValue("id")), "monitoring.said.lost", func(ps []ui.Problem) error { return d.lostForm(w, r, ps) })
}

func (d *Domain) askSchedule(w http.ResponseWriter, r *web.Request) error {
	return d.scheduleForm(w, r, nil)
}

func (d *Domain) scheduleForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	return d.ask(w, r, ps, pages.Ask{Title: r.P.T("monitoring.schedule"), Lead: []string{r.P.T("monitoring.schedule_lead")}, Submit: r.P.T("monitoring.schedule"), Items: []pages.Item{dayItem(r, "arrived", r.P.T("monitoring.arrived"), true, day.Date{})}})
}

func (d *Domain) schedule(w http.ResponseWriter, r *web.Request) error {
	on, ok := r.Date("arrived")
	err := error(fault.At("arrived", "common.date_not_real"))
	if ok {
		err = d.ScheduleFrom(r.Context(), r.UserID, r.PathValue("id"), on)
	}
	return room.After(w, r, err, tab(r.PathValue("id")), "monitoring.said.scheduled", func(ps []ui.Problem) error { return d.scheduleForm(w, r, ps) })
}
