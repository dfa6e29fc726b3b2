package accommodationweb

import (
	"net/http"

	"github.com/nostos-avrr/nostos/internal/domain/accommodation"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (x *Web) showExtend(w http.ResponseWriter, r *web.Request) error { return x.drawExtend(w, r, nil) }

func (x *Web) drawExtend(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	f, err := x.family(r)
	if err != nil {
		return err
	}
	all, err := f.booking(r)
	if err != nil {
		return err
	}
	p := r.P
	return x.ask(w, r, f.c, casepages.Ask{Title: p.T("accommodation.stay.extend"), Problems: ps, Submit: p.T("common.save"), Items: []casepages.Item{
		{Kind: "date", Field: ui.Field{Name: "until", Label: p.T("accommodation.stay.until"), Hint: p.T("accommodation.stay.until_hint"), Required: true, Value: room.Day(r, "until", all[0].Until)}}}})
}

func (x *Web) extend(w http.ResponseWriter, r *web.Request) error {
	f, err := x.family(r)
	if err != nil {
		return err
	}
	if _, err := f.booking(r); err != nil {
		return err
	}
	var until day.Date
	if err = dates(r, map[string]*day.Date{"until": &until}); err == nil {
		err = x.Rooms.Extend(r.Context(), r.UserID, r.PathValue("booking"), until)
	}
	return room.After(w, r, err, room.Href(f.c.ID, "stay"), "accommodation.said.extended", func(ps []ui.Problem) error { return x.drawExtend(w, r, ps) })
}

func (x *Web) showGiveUp(w http.ResponseWriter, r *web.Request) error { return x.drawGiveUp(w, r, nil) }

func (x *Web) drawGiveUp(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	f, err := x.family(r)
	if err != nil {
		return err
	}
	all, err := f.booking(r)
	if err != nil {
		return err
	}
	p := r.P
	a := casepages.Ask{Title: p.T("accommodation.stay.give_up"), Problems: ps, Submit: p.T("accommodation.stay.give_up"), Kind: "no",
		Items: []casepages.Item{{Kind: "text", Field: ui.Field{Name: "reason", Label: p.T("accommodation.stay.reason"), Required: true, Value: r.Text("reason"), MaxLen: 300}}}}
	if !all[0].From.After(f.today) && all[0].State == accommodation.Booked {
		a.SecondLabel, a.SecondName, a.SecondValue = p.T("accommodation.stay.no_show"), "no_show", "yes"
	}
	return x.ask(w, r, f.c, a)
}

func (x *Web) giveUp(w http.ResponseWriter, r *web.Request) error {
	f, err := x.family(r)
	if err != nil {
		return err
	}
	if _, err := f.booking(r); err != nil {
		return err
	}
	err = x.Rooms.GiveUp(r.Context(), r.UserID, r.PathValue("booking"), r.Ticked("no_show"), r.Text("reason"))
	return room.After(w, r, err, room.Href(f.c.ID, "stay"), "accommodation.said.given_up", func(ps []ui.Problem) error { return x.drawGiveUp(w, r, ps) })
}

// one finds the stay in the address.
func (x *Web) one(r *web.Request) (f family, g accommodation.Guest, err error) {
	if f, err = x.family(r); err != nil {
		return f, g, err
	}
	all, err := f.booking(r)
	for _, y := range all {
		if y.ID == r.PathValue("stay") {
			return f, y, nil
		}
	}
	if err == nil {
		err = fault.Gone()
	}
	return f, g, err
}

func (x *Web) showMove(w http.ResponseWriter, r *web.Request) error { return x.drawMove(w, r, nil) }

func (x *Web) drawMove(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	f, g, err := x.one(r)
	if err != nil {
		return err
	}
	beds, _, err := x.freeBeds(r, g.SiteID, []accommodation.Guest{g})
	if err != nil {
		return err
	}
	p := r.P
	return x.ask(w, r, f.c, casepages.Ask{Title: p.T("accommodation.stay.move_of", "name", g.Person.Called()), Problems: ps, Submit: p.T("accommodation.stay.move"), Items: []casepages.Item{
		{Kind: "select", Field: ui.Field{Name: "bed", Label: p.T("accommodation.site.which_bed"), Required: true, Value: r.Text("bed"), Options: ui.Choose(p, beds)}},
		{Kind: "text", Field: ui.Field{Name: "reason", Label: p.T("accommodation.stay.split"), Hint: p.T("accommodation.stay.split_hint"), Value: r.Text("reason"), MaxLen: 300}}}})
}

func (x *Web) move(w http.ResponseWriter, r *web.Request) error {
	f, g, err := x.one(r)
	if err != nil {
		return err
	}
	err = x.Rooms.MoveTo(r.Context(), r.UserID, g.ID, r.Text("bed"), r.Text("reason"))
	return room.After(w, r, err, room.Href(f.c.ID, "stay"), "accommodation.said.moved", func(ps []ui.Problem) error { return x.drawMove(w, r, ps) })
}

func (x *Web) showAway(w http.ResponseWriter, r *web.Request) error { return x.drawAway(w, r, nil) }

func (x *Web) drawAway(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	f, g, err := x.one(r)
	if err != nil {
		return err
	}
	p := r.P
	return x.ask(w, r, f.c, casepages.Ask{Title: p.T("accommodation.stay.away_of", "name", g.Person.Called()), Problems: ps, Submit: p.T("common.save"), Items: []casepages.Item{
		{Kind: "date", Field: ui.Field{Name: "back_by", Label: p.T("accommodation.stay.back_by"), Required: true, Value: r.DateText("back_by")}}}})
}

func (x *Web) away(w http.ResponseWriter, r *web.Request) error {
	f, g, err := x.one(r)
	if err != nil {
		return err
	}
	var by day.Date
	if err = dates(r, map[string]*day.Date{"back_by": &by}); err == nil {
		err = x.Rooms.GoAway(r.Context(), r.UserID, g.ID, by)
	}
	return room.After(w, r, err, room.Href(f.c.ID, "stay"), "accommodation.said.away", func(ps []ui.Problem) error { return x.drawAway(w, r, ps) })
}

func (x *Web) back(w http.ResponseWriter, r *web.Request) error {
	f, g, err := x.one(r)
	if err != nil {
		return err
	}
	if err := x.Rooms.ComeBack(r.Context(), r.UserID, g.ID); err != nil {
		return err
	}
	return room.Done(w, r, room.Href(f.c.ID, "stay"), "accommodation.said.back")
}

func (x *Web) out(w http.ResponseWriter, r *web.Request) error {
	f, g, err := x.one(r)
	if err != nil {
		return err
	}
	if err := x.Rooms.CheckOut(r.Context(), r.UserID, g.ID); err != nil {
		return err
	}
	return room.Done(w, r, room.Href(f.c.ID, "stay"), "accommodation.said.out")
}
