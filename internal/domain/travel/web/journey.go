package travelweb

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// journey shows the journey of a case, how far everybody is, and what stands before it.
func (x *Web) journey(w http.ResponseWriter, r *web.Request) error {
	var list []travel.Journey
	var missing []casefile.Unmet
	var ms []casefile.Member
	var names map[string]string
	var actor *org.Actor
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		actor = g.Actor
		if list, err = travel.Journeys(ctx, g, c.ID); err != nil {
			return err
		}
		if missing, err = x.Travel.MissingToBook(ctx, g, c); err != nil {
			return err
		}
		if names, err = staffNames(ctx, g); err != nil {
			return err
		}
		ms, err = casefile.Members(ctx, g, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	open := c.State == casefile.Open
	now := casepages.Group{Title: p.T("travel.journey.title"), Empty: p.T("travel.journey.none")}
	past := casepages.Group{Title: p.T("travel.journey.past")}
	who := casepages.Group{Title: p.T("travel.journey.who")}
	live := false
	for _, j := range list {
		e := journeyEntry(p, j, names)
		if !j.Live() {
			if j.Reason != "" {
				e.Lines = append(e.Lines, j.Reason)
			}
			past.Entries = append(past.Entries, e)
			continue
		}
		live = true
		if open {
			e.Links, e.Posts = journeyActions(p, c, j, actor)
		}
		now.Entries = append(now.Entries, e)
		for _, q := range j.Passengers {
			who.Entries = append(who.Entries, passengerEntry(p, q, ms, names))
		}
	}
	if open && !live && actor.Can(travel.PermBook) {
		now.Links = []casepages.Link{{Href: room.Href(c.ID, "travel", "book"), Label: p.T("travel.journey.book"), Kind: "go"}}
	}
	v := casepages.Sheet{P: p, Groups: []casepages.Group{now}}
	if len(who.Entries) > 0 {
		v.Groups = append(v.Groups, who)
	}
	if open && !live && len(missing) > 0 {
		g := casepages.Group{Title: p.T("travel.journey.missing")}
		for _, u := range missing {
			g.Entries = append(g.Entries, casepages.Entry{Title: p.T(u.Key, u.Args...), Href: u.Href})
		}
		v.Groups = append(v.Groups, g)
	}
	if len(past.Entries) > 0 {
		v.Groups = append(v.Groups, past)
	}
	return x.inCase(w, r, c, "travel", p.T("travel.journey.title"), nil, casepages.SheetPage(v))
}

func journeyEntry(p *i18n.Printer, j travel.Journey, names map[string]string) casepages.Entry {
	e := casepages.Entry{Title: p.Date(j.DepartsOn), Tags: []casepages.Tag{{Kind: map[string]string{travel.Booked: "ok", travel.Asked: "soon"}[j.State], Text: p.T("travel.state." + j.State)}}}
	for i, l := range j.Legs {
		if i == 0 {
			e.Title = l.Name() + " · " + p.Date(j.DepartsOn)
		}
		e.Lines = append(e.Lines, l.Name()+" · "+p.T("travel.flights.route", "from", l.From, "to", l.To, "time", p.Date(l.On)+" "+hour(l.Departs)))
		for _, a := range strings.Fields(l.Assistance) {
			if i == 0 {
				e.Tags = append(e.Tags, casepages.Tag{Kind: "care", Text: p.T("travel.assistance." + a)})
			}
		}
		if l.TransitBy != "" {
			e.Lines = append(e.Lines, p.T("travel.arrival.transit_ok", "airport", l.From, "name", names[l.TransitBy]))
		}
	}
	if j.PNR != "" {
		e.Lines = append(e.Lines, p.T("travel.journey.pnr")+": "+j.PNR)
	}
	e.Lines = append(e.Lines, p.T("travel.journey.fare_fact")+": "+p.Row(p.Money(j.Money()), p.T("travel.cost."+j.CostLine)), p.T("travel.journey.by", "name", names[j.AskedBy], "date", p.Time(j.AskedAt)))
	if j.State == travel.Booked && j.DecidedBy != "" {
		e.Lines = append(e.Lines, p.T("travel.journey.decided", "name", names[j.DecidedBy], "date", p.Time(j.DecidedAt)))
	}
	return e
}

func journeyActions(p *i18n.Printer, c casefile.Case, j travel.Journey, actor *org.Actor) (links []casepages.Link, posts []casepages.Post) {
	base := []string{"travel", j.ID}
	at := func(last string) string { return room.Href(c.ID, append(base, last)...) }
	left, all := false, len(j.Passengers) > 0
	for _, q := range j.Passengers {
		left = left || q.Step == travel.Boarded || q.Step == travel.Arrived
		all = all && q.Step == travel.Arrived
	}
	if len(j.Legs) > 0 {
		links = append(links, casepages.Link{Href: "/flights/" + j.Legs[0].ID, Label: p.T("travel.journey.open_list")})
	}
	if j.State == travel.Asked && actor.Can(travel.PermApprove) {
		links = append(links, casepages.Link{Href: at("decide"), Label: p.T("task.approve_travel"), Kind: "go"})
	}
	if actor.Can(travel.PermBook) && !left {
		if j.State == travel.Booked {
			links = append(links, casepages.Link{Href: at("tickets"), Label: p.T("travel.journey.tickets")})
		}
		links = append(links, casepages.Link{Href: room.Href(c.ID, "travel", "book"), Label: p.T("travel.journey.change")}, casepages.Link{Href: at("cancel"), Label: p.T("travel.journey.cancel"), Kind: "no"})
	}
	if actor.Can(travel.PermArrive) && left && !all {
		for i, l := range j.Legs {
			if i > 0 && l.TransitBy == "" {
				posts = append(posts, casepages.Post{Action: at("transit"), Label: p.T("travel.arrival.transit_do", "airport", l.From), Fields: map[string]string{"place": strconv.FormatInt(l.Place, 10)}})
			}
		}
		links = append(links, casepages.Link{Href: at("arrival"), Label: p.T("travel.arrival.confirm"), Kind: "go"})
	}
	return links, posts
}

func passengerEntry(p *i18n.Printer, q travel.Passenger, ms []casefile.Member, names map[string]string) casepages.Entry {
	e := casepages.Entry{Title: q.PersonID}
	for _, m := range ms {
		if m.ID == q.PersonID {
			e.Title, e.Name = "", m.Parts()
		}
	}
	e.Tags = []casepages.Tag{{Kind: stepTag(q.Step), Text: p.T("travel.step." + q.Step)}, {Text: p.T("travel.seat." + q.Seat)}}
	if !q.ArrivedOn.IsZero() {
		e.Lines = append(e.Lines, p.T("travel.arrival.line", "date", q.ArrivedOn, "name", names[q.ArrivedBy]), p.T("travel.onward."+q.Onward))
	}
	if q.Reason != "" {
		e.Lines = append(e.Lines, q.Reason)
	}
	return e
}

func stepTag(step string) string {
	switch step {
	case travel.Boarded, travel.Arrived:
		return "ok"
	case travel.NoShow:
		return "late"
	}
	return ""
}

// bookAhead is how many days ahead flights are offered to choose from.
const bookAhead = 120

// maxLegs is how many flights one form takes.
const maxLegs = 3

func (x *Web) showBook(w http.ResponseWriter, r *web.Request) error { return x.drawBook(w, r, nil) }

func (x *Web) drawBook(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var ms []casefile.Member
	var flights []travel.Departure
	var old travel.Journey
	var stands bool
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		if old, stands, err = travel.Current(ctx, g, c.ID); err != nil {
			return err
		}
		if flights, err = travel.Departures(ctx, g, g.Today, g.Today.AddDays(bookAhead)); err != nil {
			return err
		}
		ms, err = casefile.Members(ctx, g, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	p, currency := r.P, x.currency(c)
	choices := []ui.Option{{Label: p.T("travel.journey.typed")}}
	for _, f := range flights {
		label := f.Name() + " · " + p.Date(f.On) + " · " + f.From + "–" + f.To
		if n, block := f.Free(); block {
			label += " · " + p.N("travel.journey.seats", n)
		}
		choices = append(choices, ui.Option{Value: f.ID, Label: label})
	}
	var going []casefile.Member
	var chosen []string
	for _, m := range ms {
		if m.Travels {
			going, chosen = append(going, m), append(chosen, m.ID)
		}
	}
	if r.Method == http.MethodPost {
		chosen = r.All("person")
	}
	a := casepages.Ask{Title: p.T("travel.journey.book"), Problems: ps, Hidden: map[string]string{}, Submit: p.T("travel.journey.book")}
	if stands {
		a.Title, a.Submit = p.T("travel.journey.change"), p.T("travel.journey.change")
		a.Hidden["instead"] = old.ID
		a.Items = append(a.Items, casepages.Item{Kind: "text", Field: ui.Field{Name: "reason", Label: p.T("travel.journey.reason"), Required: true, Value: r.Text("reason"), MaxLen: 300}})
	}
	a.Items = append(a.Items, casepages.Item{Kind: "checks", Field: ui.Field{Name: "person", Label: p.T("travel.journey.who"), Required: true, Values: chosen, Options: people(going)}},
		casepages.Item{Kind: "select", Field: ui.Field{Name: "flight", Label: p.T("travel.journey.flight"), Hint: p.T("travel.journey.flight_hint"), Value: r.Text("flight"), Options: choices}})
	for i := 1; i <= maxLegs; i++ {
		a.Items = append(a.Items, legItems(r, i)...)
	}
	a.Items = append(a.Items,
		casepages.Item{Kind: "checks", Heading: p.T("travel.journey.assistance"), Field: ui.Field{Name: "assistance", Label: p.T("travel.journey.assistance"), Values: r.All("assistance"), Options: ui.Options(travel.Assistances, ui.Keyed(p, "travel.assistance."))}},
		casepages.Item{Kind: "text", Field: ui.Field{Name: "fare", Label: p.T("travel.journey.fare"), Hint: p.T("travel.journey.approve_hint", "limit", p.Money(money.Of(x.Travel.Limit(), currency))), Required: true, Value: r.Text("fare"), Suffix: currency, InputMode: "decimal"}},
		casepages.Item{Kind: "radios", Field: ui.Field{Name: "cost_line", Label: p.T("travel.journey.cost_line"), Required: true, Value: r.Text("cost_line"), Options: ui.Options(travel.CostLines, ui.Keyed(p, "travel.cost."))}},
		casepages.Item{Kind: "text", Field: ui.Field{Name: "pnr", Label: p.T("travel.journey.pnr"), Value: r.Text("pnr"), MaxLen: 40, Dir: "ltr", Short: true}})
	return x.ask(w, r, c, "travel", a)
}

func (x *Web) currency(c casefile.Case) string {
	if p, err := x.Travel.Cases.Packs.Version(c.Programme, c.PackVersion); err == nil && p.Currency != "" {
		return p.Currency
	}
	return "EUR"
}

func legItems(r *web.Request, i int) []casepages.Item {
	p, n := r.P, strconv.Itoa(i)
	text := func(name string) casepages.Item {
		return casepages.Item{Kind: "text", Field: ui.Field{Name: name + n, Label: p.T("travel.journey." + name), Value: r.Text(name + n), Dir: "ltr", Short: true, MaxLen: 5}}
	}
	date := func(name string) casepages.Item {
		return casepages.Item{Kind: "date", Field: ui.Field{Name: name + n, Label: p.T("travel.journey." + name), Value: r.DateText(name + n)}}
	}
	first := text("carrier")
	first.Heading, first.Hint = p.T("travel.journey.leg", "n", i), p.T("travel.journey.times")
	return []casepages.Item{first, text("number"), text("from"), text("to"), date("on"), text("departs"), date("arrives_on"), text("arrives")}
}

// leg reads flight n of a form; ok is false when nothing of it was typed.
func leg(r *web.Request, i int) (l travel.Leg, ok bool, err error) {
	n := strconv.Itoa(i)
	var arrives day.Date
	for _, name := range []string{"carrier", "number", "from", "to", "departs", "arrives"} {
		ok = ok || r.Text(name+n) != ""
	}
	ok = ok || r.DateText("on"+n) != ""
	if !ok {
		return l, false, nil
	}
	if err = dates(r, map[string]*day.Date{"on" + n: &l.On, "arrives_on" + n: &arrives}); err != nil {
		return l, true, err
	}
	if arrives.IsZero() {
		arrives = l.On
	}
	l.Carrier, l.Number, l.From, l.To = r.Text("carrier"+n), r.Text("number"+n), r.Text("from"+n), r.Text("to"+n)
	l.Departs, l.Arrives = travel.Moment(l.On, r.Text("departs"+n)), travel.Moment(arrives, r.Text("arrives"+n))
	return l, true, nil
}

func (x *Web) book(w http.ResponseWriter, r *web.Request) error {
	c, err := x.look(r, nil)
	if err != nil {
		return err
	}
	in := travel.Booking{ID: r.Text("id"), CaseID: c.ID, Persons: r.All("person"), PNR: r.Text("pnr"), CostLine: r.Text("cost_line"), RebookReason: r.Text("reason"), Fare: money.Of(0, x.currency(c))}
	if len(in.Persons) == 0 {
		err = fault.At("person", "travel.err.person")
	}
	if f := r.Text("flight"); f != "" {
		in.Legs = append(in.Legs, travel.Leg{Flight: travel.Flight{ID: f}})
	}
	for i := 1; i <= maxLegs && err == nil; i++ {
		if i == 1 && len(in.Legs) == 1 { // the chosen flight is the first
			continue
		}
		var l travel.Leg
		var typed bool
		if l, typed, err = leg(r, i); typed {
			in.Legs = append(in.Legs, l)
		}
	}
	help := strings.Join(known(r.All("assistance"), travel.Assistances), " ")
	for i := range in.Legs {
		in.Legs[i].Assistance = help
	}
	if err == nil && r.Text("fare") == "" {
		err = fault.At("fare", money.KeyEmpty)
	}
	if err == nil {
		in.Fare.Minor, err = amount(r, "fare", in.Fare.Currency)
	}
	if err == nil && r.Text("instead") != "" {
		err = x.Travel.Rebook(r.Context(), r.UserID, in)
	} else if err == nil {
		err = x.Travel.Book(r.Context(), r.UserID, in)
	}
	key := "travel.said.booked"
	if in.Fare.Minor > x.Travel.Limit() {
		key = "travel.said.asked"
	}
	return room.After(w, r, err, room.Href(c.ID, "travel"), key, func(ps []ui.Problem) error { return x.drawBook(w, r, ps) })
}

func known(given, all []string) (out []string) {
	for _, a := range all {
		for _, g := range given {
			if a == g {
				out = append(out, a)
			}
		}
	}
	return out
}
