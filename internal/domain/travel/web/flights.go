package travelweb

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/domain/travel/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// spanDays is how many days one page of departures shows.
const spanDays = 14

func (x *Web) departures(w http.ResponseWriter, r *web.Request) error {
	return x.drawDepartures(w, r, nil)
}

func (x *Web) drawDepartures(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var list []travel.Departure
	var from day.Date
	may := false
	err := x.Travel.Gate.Read(r.Context(), r.UserID, travel.PermView, func(ctx context.Context, g *gate.R) (err error) {
		from = g.Today
		if d, err := day.Parse(r.Text("day")); err == nil {
			from = d
		}
		may = g.Actor.Can(travel.PermBook)
		list, err = travel.Departures(ctx, g, from, from.AddDays(spanDays-1))
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	v := pages.Departures{P: p, Problems: ps, Span: p.T("travel.flights.span", "from", from, "to", from.AddDays(spanDays-1)), Earlier: "/flights?day=" + from.AddDays(-spanDays).String(), Later: "/flights?day=" + from.AddDays(spanDays).String(), MayAdd: may, ID: room.KeepID(r)}
	for _, f := range list {
		title := p.DateLong(f.On)
		if n := len(v.Days); n == 0 || v.Days[n-1].Title != title {
			v.Days = append(v.Days, pages.Day{Title: title})
		}
		e := pages.Departure{Href: "/flights/" + f.ID, Name: f.Name(), Route: p.T("travel.flights.route", "from", f.From, "to", f.To, "time", hour(f.Departs)), Tags: []pages.Tag{{Text: p.N("travel.flights.people", f.Persons)}}}
		if f.Boarded > 0 {
			e.Tags = append(e.Tags, pages.Tag{Kind: "ok", Text: p.N("travel.flights.boarded", f.Boarded)})
		}
		if f.Missing > 0 {
			e.Tags = append(e.Tags, pages.Tag{Kind: "late", Text: p.N("travel.flights.missing", f.Missing)})
		}
		if n, block := f.Free(); block {
			e.Tags = append(e.Tags, pages.Tag{Text: p.T("travel.flights.free", "free", n, "capacity", f.Capacity)})
		}
		last := &v.Days[len(v.Days)-1]
		last.Flights = append(last.Flights, e)
	}
	text := func(name string) ui.Field {
		return ui.Field{Name: name, Label: p.T("travel.journey." + name), Required: true, Value: r.Text(name), Dir: "ltr", Short: true, MaxLen: 5}
	}
	v.Carrier, v.Number, v.From, v.To, v.Departs, v.Arrives = text("carrier"), text("number"), text("from"), text("to"), text("departs"), text("arrives")
	v.On = ui.Field{Name: "on", Label: p.T("travel.journey.on"), Required: true, Value: r.DateText("on")}
	v.ArrivesOn = ui.Field{Name: "arrives_on", Label: p.T("travel.journey.arrives_on"), Value: r.DateText("arrives_on")}
	v.Capacity = ui.Field{Name: "capacity", Label: p.T("travel.flights.capacity"), Hint: p.T("travel.flights.capacity_hint"), Required: true, Value: r.Text("capacity"), InputMode: "numeric", Short: true}
	for _, f := range []*ui.Field{&v.Carrier, &v.Number, &v.From, &v.To, &v.Departs, &v.Arrives, &v.On, &v.ArrivesOn, &v.Capacity} {
		for _, q := range ps {
			if q.Field == f.Name {
				f.Error = q.Text
			}
		}
	}
	return r.Form(w, p.T("travel.flights.title"), ps, pages.DeparturesPage(v))
}

// hour is the clock time of a stored moment.
func hour(moment string) string { return moment[strings.LastIndexByte(moment, ' ')+1:] }

func (x *Web) addFlight(w http.ResponseWriter, r *web.Request) error {
	f := travel.Flight{ID: r.Text("id"), Carrier: r.Text("carrier"), Number: r.Text("number"), From: r.Text("from"), To: r.Text("to")}
	var arrives day.Date
	err := dates(r, map[string]*day.Date{"on": &f.On, "arrives_on": &arrives})
	if err == nil {
		if arrives.IsZero() {
			arrives = f.On
		}
		f.Departs, f.Arrives = travel.Moment(f.On, r.Text("departs")), travel.Moment(arrives, r.Text("arrives"))
		n, bad := strconv.ParseInt(r.Text("capacity"), 10, 32)
		if f.Capacity = n; bad != nil {
			f.Capacity = -1
		}
		f, err = x.Travel.AddFlight(r.Context(), r.UserID, f)
	}
	return room.After(w, r, err, "/flights?day="+f.On.String(), "travel.said.flight", func(ps []ui.Problem) error { return x.drawDepartures(w, r, ps) })
}

func (x *Web) manifest(w http.ResponseWriter, r *web.Request) error { return x.drawManifest(w, r, nil) }

func (x *Web) drawManifest(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var m travel.Manifest
	var actor *org.Actor
	err := x.Travel.Gate.Read(r.Context(), r.UserID, travel.PermView, func(ctx context.Context, g *gate.R) (err error) {
		actor = g.Actor
		m, err = x.Travel.ManifestOf(ctx, g, r.PathValue("id"))
		return err
	})
	if err != nil {
		return err
	}
	p, f := r.P, m.Flight
	title := p.T("travel.list.title", "flight", f.Name(), "date", p.Date(f.On))
	v := pages.Manifest{P: p, Problems: ps, Title: title, Line: p.T("travel.list.leaves", "flight", f.Name(), "date", p.Date(f.On), "time", hour(f.Departs)), From: f.From, To: f.To, BackHref: "/flights?day=" + f.On.String(), PrintHref: "/flights/" + f.ID + "/print"}
	gone := 0
	for i := range m.Parties {
		v.Families = append(v.Families, x.family(r, f, &m.Parties[i], actor, ps))
		for _, y := range m.Parties[i].Journey.Passengers {
			switch v.Total++; y.Step {
			case travel.Boarded, travel.Arrived:
				v.Done++
			case travel.AtAirport, travel.Papers:
				v.Here++
			case travel.NoShow:
				gone++
			}
		}
	}
	v.Counts = []string{p.N("travel.list.ready", int64(v.Done)), p.N("travel.list.here", int64(v.Here)), p.N("travel.list.to_come", int64(v.Total-v.Done-v.Here-gone))}
	if gone > 0 {
		v.Counts = append(v.Counts, p.N("travel.list.gone", int64(gone)))
	}
	return r.Form(w, title, ps, pages.ManifestPage(v))
}

// family draws those who travel together, with the one next step for each and for all.
func (x *Web) family(r *web.Request, f travel.Flight, q *travel.Party, actor *org.Actor, ps []ui.Problem) pages.Family {
	p, j, action := r.P, q.Journey, "/flights/"+f.ID+"/step"
	out := pages.Family{CaseHref: room.Href(q.Case.ID, "travel"), Ref: q.Case.No}
	board := actor.Can(travel.PermBoard) && q.Case.State == casefile.Open && j.State == travel.Booked && q.Place == 1
	if q.Cash != "" {
		out.Tags = append(out.Tags, pages.Tag{Text: p.T("travel.list.cash") + ": " + p.T(q.Cash)})
	}
	for _, l := range j.Legs {
		if l.Place == q.Place {
			for _, a := range strings.Fields(l.Assistance) {
				out.Tags = append(out.Tags, pages.Tag{Kind: "care", Text: p.T("travel.assistance." + a)})
			}
		}
	}
	switch {
	case j.State == travel.Asked:
		out.Note = p.T("travel.list.asked")
	case q.Place > 1:
		out.Note = p.T("travel.list.transit")
	}
	button := func(label, do, to, kind string, who ...string) *pages.Button {
		return &pages.Button{Action: action, Label: label, Kind: kind, Persons: who, Fields: map[string]string{"journey": j.ID, "do": do, "to": to}}
	}
	var mayMiss []casefile.Member
	var undo, late, notLate []string
	for _, m := range q.People {
		s, _ := q.Passenger(m.ID)
		if out.Title == "" || m.Relation == casefile.Principal {
			out.Title = p.T("travel.list.family", "name", m.Called(), "n", len(q.People))
		}
		e := pages.Person{Name: m.Parts(), State: p.T("travel.step." + s.Step), Done: s.Step == travel.Boarded || s.Step == travel.Arrived}
		if !s.StepAt.IsZero() {
			e.State = p.T("travel.list.since", "step", e.State, "time", p.Clock(s.StepAt))
		}
		if s.Late && s.Step == travel.Expected {
			e.Tags = append(e.Tags, pages.Tag{Kind: "late", Text: p.T("travel.list.is_late")})
		}
		if s.Step == travel.NoShow {
			e.Tags = append(e.Tags, pages.Tag{Kind: "late", Text: p.T("travel.step.no_show")})
		}
		if next := travel.NextStep(s.Step); next != "" && board {
			e.Next = button(p.T("travel.do."+next), "step", next, "", m.ID)
			e.Next.Name = m.Called()
			mayMiss = append(mayMiss, m)
		}
		if s.Before != "" && s.Step != travel.Arrived {
			undo = append(undo, m.ID)
		}
		if s.Step == travel.Expected && s.Late {
			notLate = append(notLate, m.ID)
		} else if s.Step == travel.Expected {
			late = append(late, m.ID)
		}
		out.People = append(out.People, e)
	}
	if !board {
		return out
	}
	if to, who := travel.FamilyStep(j.Passengers); to != "" {
		out.All = button(p.N("travel.do_all."+to, int64(len(who))), "step", to, "go", who...)
		out.All.Name = out.Title
	}
	if len(undo) > 0 {
		out.Undo = button(p.T("travel.list.undo"), "undo", "", "", undo...)
	}
	if len(late) > 0 {
		out.Posts = append(out.Posts, *button(p.T("travel.list.late"), "late", "", "", late...))
	}
	if len(notLate) > 0 {
		out.Posts = append(out.Posts, *button(p.T("travel.list.not_late"), "not_late", "", "", notLate...))
	}
	if actor.Can(casefile.PermWithdraw) && len(mayMiss) > 0 { // until the last of them has boarded
		out.Withdraw = room.Href(q.Case.ID, "withdraw")
	}
	if len(mayMiss) > 0 {
		out.NoShow = noShow(r, action, j.ID, mayMiss, ps)
	}
	return out
}

// noShow asks who did not come; its fields carry the journey in their ids, because a list holds many families.
func noShow(r *web.Request, action, journeyID string, ms []casefile.Member, ps []ui.Problem) *pages.NoShow {
	p := r.P
	out := &pages.NoShow{Action: action + "?journey=" + journeyID, Who: ui.Field{Name: "person", ID: "f-person-" + journeyID, Label: p.T("travel.list.who"), Required: true, Options: people(ms)},
		Reason: ui.Field{Name: "reason", ID: "f-reason-" + journeyID, Label: p.T("travel.list.reason"), Required: true, MaxLen: 300}}
	if r.Method == http.MethodPost && r.URL.Query().Get("journey") == journeyID {
		out.Who.Values, out.Reason.Value = r.All("person"), r.Text("reason")
	}
	for _, q := range ps {
		switch q.Field {
		case "person-" + journeyID:
			out.Who.Error = q.Text
		case "reason-" + journeyID:
			out.Reason.Error = q.Text
		}
	}
	return out
}

// step takes one step of one person or a family. What was done is said on the list, with the way to take it back.
func (x *Web) step(w http.ResponseWriter, r *web.Request) error {
	ctx, who, list := r.Context(), split(r.All("person")), "/flights/"+r.PathValue("id")
	j, do, to := r.Text("journey"), r.Text("do"), r.Text("to")
	if do == "no_show" {
		j = r.URL.Query().Get("journey")
	}
	if len(who) == 0 {
		return x.drawManifest(w, r, []ui.Problem{{Field: "person-" + j, Text: r.P.T("travel.err.person")}})
	}
	say := web.Flash{Kind: "ok", UndoAction: list + "/step", UndoFields: map[string]string{"journey": j, "do": "undo", "person": who[0]}}
	var err error
	switch do {
	case "step":
		err = x.Travel.Step(ctx, r.UserID, j, who, to)
		say.Key, say.Args = "travel.said.step", map[string]string{"what": r.P.T("travel.step." + stepCode(to))}
	case "late", "not_late":
		err = x.Travel.Late(ctx, r.UserID, j, who, do == "late")
		say.Key, say.UndoFields["do"] = "travel.said.late", map[string]string{"late": "not_late", "not_late": "late"}[do]
	case "no_show":
		err = x.Travel.DidNotCome(ctx, r.UserID, j, who, r.Text("reason"))
		say.Key = "travel.said.no_show"
	case "undo":
		err = x.Travel.Undo(ctx, r.UserID, j, who, r.P.T("travel.list.undo_reason"))
		say = web.Flash{Kind: "ok", Key: "travel.said.undone"}
	default:
		return fault.Gone()
	}
	if err != nil {
		ps, ok := room.Problems(r, err)
		if !ok {
			return err
		}
		for i := range ps {
			if ps[i].Field != "" {
				ps[i].Field += "-" + j
			}
		}
		return x.drawManifest(w, r, ps)
	}
	if len(who) > 1 && say.UndoFields != nil {
		say.UndoFields["person"] = strings.Join(who, " ")
	}
	r.Say(w, say)
	return r.Redirect(w, list)
}

// split takes persons apart that a flash carried in one field.
func split(who []string) (out []string) {
	for _, p := range who {
		out = append(out, strings.Fields(p)...)
	}
	return out
}

func stepCode(to string) string {
	switch to {
	case travel.AtAirport, travel.Papers, travel.Boarded:
		return to
	}
	return travel.Expected
}

func (x *Web) print(w http.ResponseWriter, r *web.Request) error {
	m, err := x.Travel.PrintManifest(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	p, f := r.P, m.Flight
	v := pages.Paper{P: p, Title: p.T("travel.list.print_title", "flight", f.Name(), "date", p.Date(f.On)), Ref: f.Name(), Line: p.T("travel.flights.route", "from", f.From, "to", f.To, "time", p.Date(f.On)+" "+hour(f.Departs)),
		Signers: []ui.Signer{{Role: p.T("travel.list.staff")}, {Role: p.T("travel.list.airline")}}}
	for i := range m.Parties {
		q := &m.Parties[i]
		for _, y := range q.People {
			row := pages.PaperRow{Name: y.Parts(), Born: p.Date(y.BirthDate), Nationality: country(p, y.Nationality), Case: q.Case.No}
			for _, l := range q.Journey.Legs {
				if l.Place == q.Place {
					var help []string
					for _, a := range strings.Fields(l.Assistance) {
						help = append(help, p.T("travel.assistance."+a))
					}
					row.Help = p.List(help)
				}
			}
			v.Rows = append(v.Rows, row)
		}
	}
	return r.Sheet(w, v.Title, pages.PaperPage(v))
}

func country(p *i18n.Printer, code string) string {
	if code == "" {
		return ""
	}
	return p.Country(code)
}
