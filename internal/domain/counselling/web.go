package counselling

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	tables "github.com/nostos-avrr/nostos/internal/domain/ledger/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Routes adds the addresses.
func (d *Domain) Routes(s *web.Server) {
	s.Handle("GET /cases/{id}/counselling", PermView, d.show)
	s.Handle("GET /cases/{id}/counselling/new", PermRecord, d.askTalk)
	s.Handle("POST /cases/{id}/counselling/new", PermRecord, d.talk)
	s.Handle("GET /cases/{id}/counselling/drafts/{draft}", PermRecord, d.askCheck)
	s.Handle("POST /cases/{id}/counselling/drafts/{draft}", PermRecord, d.save)
	s.Handle("POST /cases/{id}/counselling/drafts/{draft}/drop", PermRecord, d.dropDraft)
	s.Handle("POST /cases/{id}/counselling/fear/{session}", PermRecord, d.look)
	s.Handle("GET /cases/{id}/counselling/appointments/new", PermRecord, d.askBook)
	s.Handle("POST /cases/{id}/counselling/appointments/new", PermRecord, d.book)
	s.Handle("POST /cases/{id}/counselling/appointments/{appointment}", PermRecord, d.endAppointment)
}

func (d *Domain) inCase(w http.ResponseWriter, r *web.Request, c casefile.Case, title string, ps []ui.Problem, body templ.Component) error {
	return d.Frame.Draw(w, r, c, "counselling", title, ps, body)
}

func (d *Domain) show(w http.ResponseWriter, r *web.Request) error { return d.page(w, r, nil) }

// page shows the talks of a case, the interrupted ones, and the appointments.
func (d *Domain) page(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	p := r.P
	var c casefile.Case
	var list []Session
	var drafts []Draft
	var times []Appointment
	var members []casefile.Member
	may, protection := false, false
	staff := map[string]string{org.SystemID: "Nostos"}
	read := func(ctx context.Context, g *gate.R) (err error) {
		if c, err = casefile.ByID(ctx, g, r.PathValue("id")); err != nil {
			return err
		}
		may, protection = c.State == casefile.Open && g.Actor.Can(PermRecord), g.Actor.Cleared(org.Protection)
		if list, err = Sessions(ctx, g, c.ID); err != nil {
			return err
		}
		if drafts, err = Drafts(ctx, g, c.ID); err != nil {
			return err
		}
		if times, err = Appointments(ctx, g, c.ID); err != nil {
			return err
		}
		if members, err = casefile.Members(ctx, g, c.ID); err != nil {
			return err
		}
		all, err := org.ListStaff(ctx, g.Tx, "")
		for _, s := range all {
			staff[s.ID] = s.Name
		}
		return err
	}
	if err := d.Gate.Read(r.Context(), r.UserID, PermView, read); err != nil {
		return err
	}
	// What protection noted is read by those cleared for it, and the reading is an entry.
	if err := d.seenNotes(r, c, list, protection); err != nil {
		return err
	}
	parts := []templ.Component{tables.TopPart(tables.Top{P: p, Problems: ps})}
	var links []tables.Link
	if may {
		links = []tables.Link{{Href: tab(c.ID) + "/new", Label: p.T("counselling.new"), Kind: "go"}, {Href: tab(c.ID) + "/appointments/new", Label: p.T("counselling.book")}}
	}
	st := stateOf(list, c.PrincipalID)
	if st.Fear {
		parts = append(parts, tables.NoticePart("warn", p.T("counselling.fear_notice"), p.T("counselling.fear_text"), nil))
	}
	if may && len(drafts) > 0 {
		t := tables.Table{Title: p.T("counselling.drafts"), Heads: []ui.Head{{Label: p.T("common.date")}, {Label: p.T("counselling.who")}, {Label: p.T("common.language")}, {Label: p.T("counselling.answered")}, {Label: p.T("counselling.what_next")}}}
		for _, x := range drafts {
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.Time(x.At)}, {Text: staff[x.By]}, {Text: p.Language(x.Lang)}, {Text: p.Number(x.Answered)},
				{Body: tables.Doing("", "", []tables.Link{{Href: tab(c.ID) + "/new?draft=" + x.ID, Label: p.T("counselling.go_on")}}, []tables.Post{{Action: tab(c.ID) + "/drafts/" + x.ID + "/drop", Label: p.T("counselling.drop"), Kind: "no"}}, "")}}})
		}
		parts = append(parts, tables.TablePart(t))
	}
	booked := tables.Table{Title: p.T("counselling.appointments"), Empty: p.T("counselling.appointments_none"), Heads: []ui.Head{{Label: p.T("common.time")}, {Label: p.T("counselling.who")}, {Label: p.T("counselling.field.interpreter")}, {Label: p.T("counselling.field.room")}, {Label: p.T("common.status")}}}
	for _, x := range times {
		state := ui.Cell{Text: p.T("counselling.appointment." + x.State)}
		if may && x.State == Booked {
			to := tab(c.ID) + "/appointments/" + x.ID
			state = ui.Cell{Body: tables.Doing(state.Text, "soon", nil, []tables.Post{{Action: to, Label: p.T("counselling.took_place"), Fields: map[string]string{"do": TookPlace}}, {Action: to, Label: p.T("counselling.call_off"), Kind: "no", Fields: map[string]string{"do": Cancelled}}}, "")}
		}
		booked.Rows = append(booked.Rows, ui.Row{Cells: []ui.Cell{{Text: p.Time(x.StartsAt), Sub: p.N("common.minutes", x.Minutes())}, {Text: staff[x.CounsellorID]}, {Text: x.Interpreter, Sub: languages(p, x.Language)}, {Text: x.Room}, state}})
	}
	talks := tables.Table{Title: p.T("counselling.talks"), Empty: p.T("counselling.talks_none"), Links: links, Heads: []ui.Head{{Label: p.T("common.date")}, {Label: p.T("counselling.field.type")}, {Label: p.T("counselling.field.present")}, {Label: p.T("counselling.field.interpreter")}, {Label: p.T("counselling.field.outcome")}}}
	var details []templ.Component
	for i := len(list) - 1; i >= 0; i-- {
		s := list[i]
		var people []string
		for _, m := range members {
			if has(s.Present, m.ID) {
				people = append(people, m.Called())
			}
		}
		talks.Rows = append(talks.Rows, ui.Row{Cells: []ui.Cell{{Text: p.Time(s.StartedAt), Sub: p.Row(p.N("common.minutes", s.Minutes), staff[s.CounsellorID])}, {Text: p.T("counselling.type." + s.Type), Sub: p.T("counselling.kind." + s.Kind)}, {Text: p.List(people)},
			{Text: s.Interpreter, Sub: p.T("counselling.way." + s.InterpreterWay)}, {Text: p.T("interpreter.outcome." + s.Outcome)}}})
		details = append(details, tables.FactsPart(p.T("counselling.talk_of", "date", p.Time(s.StartedAt)), d.sessionFacts(p, s)))
		if s.Fear && protection {
			details = append(details, d.lookPart(r, c, s, staff, may, ps))
		}
	}
	parts = append(parts, tables.TablePart(talks), tables.TablePart(booked))
	return d.inCase(w, r, c, p.T("counselling.title"), ps, templ.Join(append(parts, details...)...))
}

func (d *Domain) lookPart(r *web.Request, c casefile.Case, s Session, staff map[string]string, may bool, ps []ui.Problem) templ.Component {
	p := r.P
	a := pages.Ask{P: p, Title: p.T("counselling.look"), Action: tab(c.ID) + "/fear/" + s.ID, Submit: p.T("common.save"), NoForm: !may}
	if s.Look.Result != "" {
		a.NoticeKind, a.NoticeTitle, a.NoticeText = "calm", p.T("counselling.looked", "result", p.T("counselling.look_result."+s.Look.Result), "name", staff[s.Look.By], "date", p.Time(s.Look.At)), s.Look.Note
	}
	a.Items = []pages.Item{{Kind: "radios", Field: ui.Field{Name: "result", ID: "f-result-" + s.ID, Label: p.T("counselling.look_result"), Required: true, Options: choices(p, "counselling.look_result.", LookResults)}},
		{Kind: "area", Field: ui.Field{Name: "note", ID: "f-note-" + s.ID, Label: p.T("counselling.look_note"), Required: true, MaxLen: long}}}
	if r.Text("session") == s.ID || r.PathValue("session") == s.ID {
		for i := range a.Items {
			it := &a.Items[i]
			it.ID, it.Value = "", r.Text(it.Name)
			for _, x := range ps {
				if x.Field == it.Name {
					it.Error = x.Text
				}
			}
		}
	}
	return pages.AskPage(a)
}

func (d *Domain) look(w http.ResponseWriter, r *web.Request) error {
	err := d.LookAtFear(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("session"), r.Text("result"), r.Text("note"))
	if ps, ok := r.Problems(err); ok {
		return d.page(w, r, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "counselling.said.looked"})
	return r.Redirect(w, tab(r.PathValue("id")))
}

func (d *Domain) askBook(w http.ResponseWriter, r *web.Request) error {
	return d.bookForm(w, r, nil, Clash{})
}

func (d *Domain) bookForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem, cl Clash) error {
	p := r.P
	t, err := d.readTalk(r, "")
	if err != nil {
		return err
	}
	var staff []ui.Option
	err = d.Gate.Read(r.Context(), r.UserID, PermRecord, func(ctx context.Context, g *gate.R) error {
		all, err := org.ListStaff(ctx, g.Tx, g.Actor.OfficeID)
		for _, s := range all {
			if s.Active {
				staff = append(staff, ui.Option{Value: s.ID, Label: s.Name})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	value := func(name, otherwise string) string {
		if r.Has(name) {
			return r.Text(name)
		}
		return otherwise
	}
	a := pages.Ask{P: p, Title: p.T("counselling.book"), Problems: ps, BackHref: tab(t.c.ID), Back: p.T("counselling.back"), CancelHref: tab(t.c.ID), Action: r.URL.Path, Submit: p.T("common.save"), Hidden: map[string]string{"id": value("id", id.New())}}
	for _, f := range cl.Free {
		a.Points = append(a.Points, p.Time(f))
	}
	if len(a.Points) > 0 {
		a.NoticeKind, a.NoticeTitle, a.NoticeText = "warn", p.T("counselling.err.clash_"+cl.With), p.T("counselling.free")
	}
	a.Items = []pages.Item{{Kind: "date", Field: ui.Field{Name: "on", Label: p.T("common.date"), Required: true, Value: r.DateText("on")}},
		{Kind: "text", Field: ui.Field{Name: "at", Label: p.T("counselling.field.at"), Hint: p.T("counselling.time_hint"), Required: true, Short: true, Value: r.Text("at")}},
		{Kind: "text", Field: ui.Field{Name: "minutes", Label: p.T("counselling.field.minutes"), Required: true, InputMode: "numeric", Suffix: p.T("counselling.minutes"), Value: value("minutes", "60")}},
		{Kind: "select", Field: ui.Field{Name: "counsellor", Label: p.T("counselling.who"), Required: true, Value: value("counsellor", r.UserID), Options: staff}},
		{Kind: "select", Field: ui.Field{Name: "language", Label: p.T("counselling.field.language"), Value: r.Text("language"), Options: named(p)}},
		{Kind: "text", Field: ui.Field{Name: "interpreter", Label: p.T("counselling.field.interpreter"), Value: r.Text("interpreter"), MaxLen: 120}},
		{Kind: "text", Field: ui.Field{Name: "room", Label: p.T("counselling.field.room"), Value: r.Text("room"), MaxLen: 60}}}
	room.Mark(a.Items, ps)
	return d.inCase(w, r, t.c, a.Title, ps, pages.AskPage(a))
}

func (d *Domain) book(w http.ResponseWriter, r *web.Request) error {
	n, _ := strconv.ParseInt(r.Text("minutes"), 10, 64) // what is no number is 0, which is refused
	a := Appointment{ID: r.Text("id"), CaseID: r.PathValue("id"), CounsellorID: r.Text("counsellor"), Language: r.Text("language"), Interpreter: r.Text("interpreter"), Room: r.Text("room"), StartsAt: at(r.DateText("on"), r.Text("at"), d.zone())}
	a.EndsAt = a.StartsAt.Add(time.Duration(min(max(n, 0), mostMinutes+1)) * time.Minute)
	cl, err := d.Book(r.Context(), r.UserID, a)
	if ps, ok := r.Problems(err); ok {
		return d.bookForm(w, r, ps, cl)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "counselling.said.booked"})
	return r.Redirect(w, tab(a.CaseID))
}

func (d *Domain) endAppointment(w http.ResponseWriter, r *web.Request) error {
	state := r.Text("do")
	if state != TookPlace && state != Cancelled {
		return fault.Gone()
	}
	if err := d.EndAppointment(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("appointment"), state); err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "counselling.said.ended"})
	return r.Redirect(w, tab(r.PathValue("id")))
}

// seenNotes writes down that what protection noted was read, before it is shown.
func (d *Domain) seenNotes(r *web.Request, c casefile.Case, list []Session, cleared bool) error {
	if cleared {
		for _, s := range list {
			if s.Look.Note != "" {
				return d.Seen(r.Context(), r.UserID, c.ID)
			}
		}
	}
	return nil
}
