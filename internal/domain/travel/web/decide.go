package travelweb

import (
	"context"
	"net/http"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// one finds the journey of the address in its case, with the members and the names of staff.
func (x *Web) one(r *web.Request) (c casefile.Case, j travel.Journey, ms []casefile.Member, names map[string]string, err error) {
	c, err = x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) error {
		list, err := travel.Journeys(ctx, g, c.ID)
		if err != nil {
			return err
		}
		for _, y := range list {
			if y.ID == r.PathValue("journey") {
				j = y
			}
		}
		if j.ID == "" {
			return fault.Gone()
		}
		if names, err = staffNames(ctx, g); err != nil {
			return err
		}
		ms, err = casefile.Members(ctx, g, c.ID)
		return err
	})
	return c, j, ms, names, err
}

func (x *Web) showCancel(w http.ResponseWriter, r *web.Request) error { return x.drawCancel(w, r, nil) }

func (x *Web) drawCancel(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	c, j, _, names, err := x.one(r)
	if err != nil {
		return err
	}
	p := r.P
	return x.ask(w, r, c, "travel", casepages.Ask{Title: p.T("travel.journey.cancel"), Lead: journeyEntry(p, j, names).Lines, Problems: ps, Submit: p.T("travel.journey.cancel"), Kind: "no",
		Items: []casepages.Item{{Kind: "text", Field: ui.Field{Name: "reason", Label: p.T("travel.journey.reason"), Required: true, Value: r.Text("reason"), MaxLen: 300}}}})
}

func (x *Web) cancel(w http.ResponseWriter, r *web.Request) error {
	c, j, _, _, err := x.one(r)
	if err != nil {
		return err
	}
	err = x.Travel.Cancel(r.Context(), r.UserID, j.ID, r.Text("reason"))
	return room.After(w, r, err, room.Href(c.ID, "travel"), "travel.said.cancelled", func(ps []ui.Problem) error { return x.drawCancel(w, r, ps) })
}

func (x *Web) showDecide(w http.ResponseWriter, r *web.Request) error { return x.drawDecide(w, r, nil) }

func (x *Web) drawDecide(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	c, j, _, names, err := x.one(r)
	if err != nil {
		return err
	}
	p := r.P
	a := casepages.Ask{Title: p.T("task.approve_travel"), Lead: journeyEntry(p, j, names).Lines, Problems: ps, Submit: p.T("travel.journey.agree"), SecondLabel: p.T("travel.journey.not_agree"), SecondName: "answer", SecondValue: "no",
		Items: []casepages.Item{{Kind: "text", Field: ui.Field{Name: "reason", Label: p.T("travel.journey.reason"), Value: r.Text("reason"), MaxLen: 300}}}}
	if j.AskedBy == r.UserID || j.State != travel.Asked {
		a.NoForm, a.NoticeKind, a.NoticeTitle = true, "calm", p.T("travel.journey.own")
		if j.State != travel.Asked {
			a.NoticeTitle = p.T("travel.err.not_asked")
		}
	}
	return x.ask(w, r, c, "travel", a)
}

func (x *Web) decide(w http.ResponseWriter, r *web.Request) error {
	c, j, _, _, err := x.one(r)
	if err != nil {
		return err
	}
	key := "travel.said.approved"
	if r.Text("answer") == "no" {
		key = "travel.said.not_approved"
		err = x.Travel.NotAgree(r.Context(), r.UserID, j.ID, r.Text("reason"))
	} else {
		err = x.Travel.Approve(r.Context(), r.UserID, j.ID)
	}
	return room.After(w, r, err, room.Href(c.ID, "travel"), key, func(ps []ui.Problem) error { return x.drawDecide(w, r, ps) })
}

func (x *Web) showTickets(w http.ResponseWriter, r *web.Request) error {
	return x.drawTickets(w, r, nil)
}

func (x *Web) drawTickets(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	c, j, ms, _, err := x.one(r)
	if err != nil {
		return err
	}
	p, pnr := r.P, j.PNR
	if r.Method == http.MethodPost {
		pnr = r.Text("pnr")
	}
	items := []casepages.Item{{Kind: "text", Field: ui.Field{Name: "pnr", Label: p.T("travel.journey.pnr"), Value: pnr, MaxLen: 40, Dir: "ltr", Short: true}}}
	for _, q := range j.Passengers {
		number := q.Ticket
		if r.Method == http.MethodPost {
			number = r.Text("ticket_" + q.PersonID)
		}
		for _, m := range ms {
			if m.ID == q.PersonID {
				items = append(items, casepages.Item{Kind: "text", Field: ui.Field{Name: "ticket_" + m.ID, Label: p.T("travel.journey.ticket", "name", m.Called()), Value: number, MaxLen: 40, Dir: "ltr"}})
			}
		}
	}
	return x.ask(w, r, c, "travel", casepages.Ask{Title: p.T("travel.journey.tickets"), Problems: ps, Submit: p.T("common.save"), Items: items})
}

func (x *Web) tickets(w http.ResponseWriter, r *web.Request) error {
	c, j, _, _, err := x.one(r)
	if err != nil {
		return err
	}
	in := travel.Tickets{JourneyID: j.ID, PNR: r.Text("pnr"), Numbers: map[string]string{}}
	for _, q := range j.Passengers {
		in.Numbers[q.PersonID] = r.Text("ticket_" + q.PersonID)
	}
	err = x.Travel.WriteTickets(r.Context(), r.UserID, in)
	return room.After(w, r, err, room.Href(c.ID, "travel"), "travel.said.tickets", func(ps []ui.Problem) error { return x.drawTickets(w, r, ps) })
}

func (x *Web) showArrival(w http.ResponseWriter, r *web.Request) error {
	return x.drawArrival(w, r, nil)
}

func (x *Web) drawArrival(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	c, j, ms, _, err := x.one(r)
	if err != nil {
		return err
	}
	p := r.P
	var going []casefile.Member
	chosen := r.All("person")
	for _, q := range j.Passengers {
		for _, m := range ms {
			if m.ID == q.PersonID && q.Step == travel.Boarded {
				going = append(going, m)
				if r.Method == http.MethodGet {
					chosen = append(chosen, m.ID)
				}
			}
		}
	}
	return x.ask(w, r, c, "travel", casepages.Ask{Title: p.T("travel.arrival.confirm"), Problems: ps, Submit: p.T("travel.arrival.confirm"), Items: []casepages.Item{
		{Kind: "checks", Field: ui.Field{Name: "person", Label: p.T("travel.arrival.who"), Required: true, Values: chosen, Options: people(going)}},
		{Kind: "date", Field: ui.Field{Name: "arrived_on", Label: p.T("travel.arrival.on"), Value: room.Day(r, "arrived_on", landing(j, x.Travel.Gate.Today()))}},
		{Kind: "radios", Field: ui.Field{Name: "onward", Label: p.T("travel.arrival.onward"), Required: true, Value: r.Text("onward"), Options: ui.Options(travel.Onwards, ui.Keyed(p, "travel.onward."))}},
	}})
}

// landing is the day on which the last flight of a journey was to land, as the ticket has it; none while that lies ahead.
func landing(j travel.Journey, today day.Date) day.Date {
	if len(j.Legs) == 0 {
		return day.Date{}
	}
	on, _, _ := strings.Cut(j.Legs[len(j.Legs)-1].Arrives, " ")
	d, err := day.Parse(on)
	if err != nil || d.After(today) {
		return day.Date{}
	}
	return d
}

func (x *Web) arrival(w http.ResponseWriter, r *web.Request) error {
	c, j, _, _, err := x.one(r)
	if err != nil {
		return err
	}
	in := travel.Arrival{JourneyID: j.ID, Persons: r.All("person"), Onward: r.Text("onward")}
	if err = dates(r, map[string]*day.Date{"arrived_on": &in.On}); err == nil {
		err = x.Travel.ConfirmArrival(r.Context(), r.UserID, in)
	}
	return room.After(w, r, err, room.Href(c.ID, "travel"), "travel.said.arrived", func(ps []ui.Problem) error { return x.drawArrival(w, r, ps) })
}

func (x *Web) transit(w http.ResponseWriter, r *web.Request) error {
	c, j, _, _, err := x.one(r)
	if err != nil {
		return err
	}
	if err := x.Travel.ConfirmTransit(r.Context(), r.UserID, j.ID, number(r.Text("place"))); err != nil {
		return err
	}
	return room.Done(w, r, room.Href(c.ID, "travel"), "travel.said.transit")
}
