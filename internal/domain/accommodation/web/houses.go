package accommodationweb

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/accommodation"
	"github.com/nostos-avrr/nostos/internal/domain/accommodation/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func siteHref(id string, more ...string) string {
	s := "/stays/sites/" + id
	for _, m := range more {
		s += "/" + m
	}
	return s
}

// houseOf puts one house into words.
func houseOf(p *i18n.Printer, b accommodation.Board) pages.House {
	n := func(v int64) string { return p.Number(v) }
	t := b.Tonight()
	h := pages.House{Name: b.Site.Name, Href: siteHref(b.Site.ID), StripLabel: p.T("accommodation.board.strip"), Facts: []ui.Fact{
		{Label: p.T("accommodation.board.kind"), Value: p.T("accommodation.kind." + b.Site.Kind)},
		{Label: p.T("accommodation.board.places"), Value: p.T("accommodation.board.places_value", "official", b.Site.Official, "maximum", b.Site.Maximum)},
		{Label: p.T("accommodation.board.in_service"), Value: n(t.Places)}, {Label: p.T("accommodation.board.free"), Value: n(t.Free())}, {Label: p.T("accommodation.board.taken"), Value: n(t.Taken)},
		{Label: p.T("accommodation.board.arrive"), Value: n(t.Arrive)}, {Label: p.T("accommodation.board.leave"), Value: n(t.Leave)}, {Label: p.T("accommodation.board.waiting"), Value: n(b.Waiting)}}}
	if b.Site.Provisional {
		h.Provisional = p.T("accommodation.board.provisional")
	}
	for _, x := range b.Strip {
		h.Strip = append(h.Strip, pages.Night{Day: dayAndMonth(p, x.On), Text: p.T("accommodation.board.night", "free", x.Free(), "places", x.Places), Full: x.Free() == 0})
	}
	return h
}

// dayAndMonth is a date without its year, for narrow places; its digits may be of any script.
func dayAndMonth(p *i18n.Printer, d day.Date) string {
	text := []rune(p.Date(d))
	return string(text[:min(5, len(text))])
}

func (x *Web) board(w http.ResponseWriter, r *web.Request) error {
	var list []accommodation.Board
	var actor *org.Actor
	err := x.Rooms.Gate.Read(r.Context(), r.UserID, accommodation.PermView, func(ctx context.Context, g *gate.R) (err error) {
		actor = g.Actor
		list, err = accommodation.Boards(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	v := pages.Board{P: p, Links: []pages.Link{{Href: "/stays/tonight", Label: p.T("accommodation.board.tonight")}}}
	if actor.Can(accommodation.PermManage) {
		v.Links = append(v.Links, pages.Link{Href: "/stays/new", Label: p.T("accommodation.board.add")})
	}
	for _, b := range list {
		v.Houses = append(v.Houses, houseOf(p, b))
	}
	return r.Page(w, http.StatusOK, p.T("accommodation.board.title"), pages.BoardPage(v))
}

func (x *Web) house(r *web.Request) (h accommodation.House, incidents []accommodation.Incident, actor *org.Actor, today day.Date, err error) {
	err = x.Rooms.Gate.Read(r.Context(), r.UserID, accommodation.PermView, func(ctx context.Context, g *gate.R) (err error) {
		actor, today = g.Actor, g.Today
		if h, err = accommodation.HouseOf(ctx, g, r.PathValue("site")); err != nil {
			return err
		}
		incidents, err = accommodation.Incidents(ctx, g, h.Site.ID)
		return err
	})
	return h, incidents, actor, today, err
}

func (x *Web) site(w http.ResponseWriter, r *web.Request) error {
	h, incidents, actor, today, err := x.house(r)
	if err != nil {
		return err
	}
	p := r.P
	v := pages.Rooms{P: p, House: houseOf(p, h.Board), BackHref: "/stays"}
	manage := actor.Can(accommodation.PermManage)
	if manage {
		v.House.Links = []pages.Link{{Href: siteHref(h.Site.ID, "edit"), Label: p.T("accommodation.site.change")}, {Href: siteHref(h.Site.ID, "units", "new"), Label: p.T("accommodation.site.add_unit")}, {Href: siteHref(h.Site.ID, "out"), Label: p.T("accommodation.site.take_out")}}
	}
	for _, u := range h.Units {
		e := pages.Unit{Name: u.Name}
		if u.Accessible {
			e.Tags = []string{p.T("accommodation.site.steps_free")}
		}
		for _, b := range h.Beds {
			if b.UnitID == u.ID {
				e.Beds = append(e.Beds, bedOf(p, h, b, today, manage))
			}
		}
		e.Sub = p.T("accommodation.site.unit_sub", "rule", p.T("accommodation.rule."+u.Rule), "n", len(e.Beds))
		if manage {
			e.Links = []pages.Link{{Href: siteHref(h.Site.ID, "units", u.ID), Label: p.T("common.change"), Kind: "bare"}}
		}
		v.Units = append(v.Units, e)
	}
	v.Below = casepages.SheetPage(casepages.Sheet{P: p, Groups: below(p, h, incidents, actor, today)})
	return r.Page(w, http.StatusOK, h.Site.Name, pages.RoomsPage(v))
}

func bedOf(p *i18n.Printer, h accommodation.House, b accommodation.Bed, today day.Date, manage bool) pages.Bed {
	e := pages.Bed{Kind: "free", Name: p.T("accommodation.site.bed", "bed", b.Name)}
	g, taken := h.In(b)
	switch {
	case taken && g.Hidden:
		e.Kind, e.Lines = "taken", []string{p.T("accommodation.site.bed_hidden")}
	case taken:
		e.Kind, e.Who, e.Href = "taken", g.Person.Parts(), room.Href(g.CaseID, "stay")
		e.Lines = []string{p.T("accommodation.site.bed_until", "date", g.Until)}
		if g.State == accommodation.Absent {
			e.Kind, e.Lines = "held", append(e.Lines, p.T("accommodation.tonight.away_until", "date", g.BackBy))
		}
		if g.Until.Before(today) {
			e.Lines = append(e.Lines, p.T("accommodation.site.overdue", "date", g.Until))
		}
	case b.Out(today):
		e.Kind, e.Lines = "out", []string{p.T("accommodation.site.bed_out", "reason", p.T("accommodation.out."+b.OutReason), "date", b.OutUntil)}
		if manage {
			e.Back = siteHref(b.SiteID, "beds", b.ID, "back")
		}
	default:
		e.Lines = []string{p.T("accommodation.site.bed_free")}
	}
	return e
}

// below are the lists under the rooms: who is expected, who waits, what happened.
func below(p *i18n.Printer, h accommodation.House, incidents []accommodation.Incident, actor *org.Actor, today day.Date) []casepages.Group {
	expected := casepages.Group{Title: p.T("accommodation.site.arrivals"), Empty: p.T("accommodation.site.no_arrivals")}
	waiting := casepages.Group{Title: p.T("accommodation.site.waiting"), Empty: p.T("accommodation.site.no_waiting")}
	given := map[string]bool{}
	for _, g := range h.Guests {
		if g.Hidden || g.State != accommodation.Booked && g.State != accommodation.Waiting {
			continue
		}
		e := casepages.Entry{Name: g.Person.Parts(), Href: room.Href(g.CaseID, "stay"), Lines: []string{p.T("accommodation.site.span", "from", g.From, "until", g.Until)}, Tags: []casepages.Tag{{Text: p.T("accommodation.priority." + strconv.FormatInt(g.Priority, 10))}}}
		if g.State == accommodation.Booked {
			if g.From.Before(today) {
				e.Tags = append(e.Tags, casepages.Tag{Kind: "late", Text: p.T("accommodation.site.late", "date", g.From)})
			}
			expected.Entries = append(expected.Entries, e)
			continue
		}
		if !given[g.BookingID] && actor.Can(accommodation.PermBook) {
			given[g.BookingID] = true
			e.Posts = []casepages.Post{{Action: "/stays/bookings/" + g.BookingID + "/give", Label: p.T("accommodation.site.give")}}
		}
		waiting.Entries = append(waiting.Entries, e)
	}
	happened := casepages.Group{Title: p.T("accommodation.site.incidents"), Empty: p.T("accommodation.site.no_incidents")}
	for _, i := range incidents {
		e := casepages.Entry{Title: p.T("accommodation.incident."+i.Kind) + " · " + p.Date(i.On), Links: []casepages.Link{{Href: siteHref(i.SiteID, "incidents", i.ID), Label: p.T("accommodation.site.read")}}}
		if i.Class != org.Normal {
			e.Tags = []casepages.Tag{{Kind: "care", Text: p.T("accommodation.class." + i.Class)}}
		}
		happened.Entries = append(happened.Entries, e)
	}
	if actor.Can(accommodation.PermCheck) {
		happened.Links = []casepages.Link{{Href: siteHref(h.Site.ID, "incidents", "new"), Label: p.T("accommodation.site.report")}}
	}
	return []casepages.Group{expected, waiting, happened}
}

func (x *Web) tonight(w http.ResponseWriter, r *web.Request) error {
	var rolls []accommodation.Roll
	var today day.Date
	may := false
	err := x.Rooms.Gate.Read(r.Context(), r.UserID, accommodation.PermView, func(ctx context.Context, g *gate.R) (err error) {
		today, may = g.Today, g.Actor.Can(accommodation.PermCheck)
		rolls, err = accommodation.Tonight(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	v := rollsOf(r.P, rolls, today)
	if may {
		v.Print = "/stays/tonight/print"
	}
	return r.Page(w, http.StatusOK, r.P.T("accommodation.tonight.title"), pages.RollsPage(v))
}

func (x *Web) printTonight(w http.ResponseWriter, r *web.Request) error {
	rolls, err := x.Rooms.PrintTonight(r.Context(), r.UserID)
	if err != nil {
		return err
	}
	zone := x.Rooms.Gate.Zone
	if zone == nil {
		zone = time.UTC
	}
	today := day.Of(x.Rooms.Gate.Clock.Now(), zone)
	return r.Sheet(w, r.P.T("accommodation.tonight.title"), pages.PaperPage(rollsOf(r.P, rolls, today)))
}

func rollsOf(p *i18n.Printer, rolls []accommodation.Roll, today day.Date) pages.Rolls {
	v := pages.Rolls{P: p, Date: p.T("accommodation.tonight.date", "date", today), BackHref: "/stays"}
	for _, roll := range rolls {
		units, beds := map[string]string{}, map[string]string{}
		for _, u := range roll.Units {
			units[u.ID] = u.Name
		}
		for _, b := range roll.Beds {
			beds[b.ID] = b.Name
		}
		h := pages.Roll{Title: roll.Site.Name}
		away := int64(0)
		for _, g := range roll.Guests {
			row := pages.RollRow{Room: p.T("accommodation.site.bed_in", "unit", units[g.UnitID], "bed", beds[g.BedID]), State: p.T("accommodation.state." + g.State)}
			if g.State == accommodation.Absent {
				away++
				row.State = p.T("accommodation.tonight.away_until", "date", g.BackBy)
			}
			if g.Hidden {
				row.Name.Latin = p.T("accommodation.tonight.hidden")
			} else {
				row.Name, row.Href, row.Born = g.Person.Parts(), room.Href(g.CaseID, "stay"), p.Date(g.Person.BirthDate)
			}
			if g.StepFree {
				row.Tag = p.T("accommodation.tonight.need")
			}
			h.Rows = append(h.Rows, row)
		}
		h.Sub = p.Row(p.N("accommodation.tonight.count", int64(len(roll.Guests))), p.N("accommodation.tonight.away", away))
		v.Houses = append(v.Houses, h)
	}
	return v
}

func (x *Web) give(w http.ResponseWriter, r *web.Request) error {
	if err := x.Rooms.GivePlace(r.Context(), r.UserID, r.PathValue("booking")); err != nil {
		return err
	}
	return room.Done(w, r, "/stays", "accommodation.said.booked")
}

// members gives the members of a case for a form.
func (x *Web) members(r *web.Request) (c casefile.Case, ms []casefile.Member, err error) {
	c, err = x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		ms, err = casefile.Members(ctx, g, c.ID)
		return err
	})
	return c, ms, err
}
