package accommodationweb

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/accommodation"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// family is the stays of a case with the names of houses, rooms and beds.
type family struct {
	c                  casefile.Case
	guests             []accommodation.Guest
	sites, units, beds map[string]string
	mine               map[string]bool // houses the reader may open
	actor              *org.Actor
	today              day.Date
}

func (x *Web) family(r *web.Request) (f family, err error) {
	f.sites, f.units, f.beds, f.mine = map[string]string{}, map[string]string{}, map[string]string{}, map[string]bool{}
	f.c, err = x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		f.actor, f.today = g.Actor, g.Today
		if f.guests, err = accommodation.StaysOf(ctx, g, c.ID); err != nil {
			return err
		}
		sites, err := accommodation.Sites(ctx, g)
		if err != nil {
			return err
		}
		for _, s := range sites {
			f.mine[s.ID], f.sites[s.ID] = true, s.Name
			units, err := accommodation.UnitsOf(ctx, g, s.ID)
			if err != nil {
				return err
			}
			for _, u := range units {
				f.units[u.ID] = u.Name
			}
			beds, err := accommodation.BedsOf(ctx, g, s.ID)
			if err != nil {
				return err
			}
			for _, b := range beds {
				f.beds[b.ID] = b.Name
			}
		}
		return nil
	})
	return f, err
}

// booking gives the stays of the booking in the address.
func (f *family) booking(r *web.Request) (out []accommodation.Guest, err error) {
	for _, g := range f.guests {
		if g.BookingID == r.PathValue("booking") {
			out = append(out, g)
		}
	}
	if len(out) == 0 {
		return nil, fault.Gone()
	}
	return out, nil
}

func (f *family) at(booking string, more ...string) string {
	return room.Href(f.c.ID, append([]string{"stay", booking}, more...)...)
}

func (x *Web) stay(w http.ResponseWriter, r *web.Request) error {
	f, err := x.family(r)
	if err != nil {
		return err
	}
	p := r.P
	open := f.c.State == casefile.Open
	now := casepages.Group{Title: p.T("accommodation.stay.title"), Empty: p.T("accommodation.stay.none")}
	past := casepages.Group{Title: p.T("accommodation.stay.past")}
	shown := map[string]bool{}
	for _, g := range f.guests {
		e := f.entry(p, g)
		if !g.Live() {
			past.Entries = append(past.Entries, e)
			continue
		}
		if open {
			f.actions(p, g, &e, !shown[g.BookingID])
		}
		shown[g.BookingID] = true
		now.Entries = append(now.Entries, e)
	}
	if open && f.actor.Can(accommodation.PermBook) && int64(len(now.Entries)) < f.c.Persons {
		now.Links = []casepages.Link{{Href: room.Href(f.c.ID, "stay", "book"), Label: p.T("accommodation.stay.book"), Kind: "go"}}
	}
	v := casepages.Sheet{P: p, Groups: []casepages.Group{now}}
	if len(past.Entries) > 0 {
		v.Groups = append(v.Groups, past)
	}
	return x.inCase(w, r, f.c, "stay", p.T("accommodation.stay.title"), nil, casepages.SheetPage(v))
}

func (f *family) entry(p *i18n.Printer, g accommodation.Guest) casepages.Entry {
	kind := map[string]string{accommodation.InHouse: "ok", accommodation.Booked: "ok", accommodation.Waiting: "soon", accommodation.Absent: "soon", accommodation.NoShow: "late"}[g.State]
	e := casepages.Entry{Name: g.Person.Parts(), Tags: []casepages.Tag{{Kind: kind, Text: p.T("accommodation.state." + g.State)}}}
	if name := f.sites[g.SiteID]; name != "" {
		e.Lines = append(e.Lines, p.T("accommodation.stay.line", "site", name, "from", g.From, "until", g.Until))
	} else {
		e.Lines = append(e.Lines, p.T("accommodation.site.span", "from", g.From, "until", g.Until))
	}
	if g.Inside() {
		e.Lines = append(e.Lines, p.T("accommodation.stay.room", "unit", f.units[g.UnitID], "bed", f.beds[g.BedID]))
	}
	if g.State == accommodation.Absent {
		e.Lines = append(e.Lines, p.T("accommodation.stay.away", "date", g.AwaySince, "back", g.BackBy))
	}
	if g.Items != "" {
		var items []string
		for _, i := range strings.Fields(g.Items) {
			items = append(items, p.T("accommodation.item."+i))
		}
		e.Lines = append(e.Lines, p.T("accommodation.stay.items_line", "items", p.List(items)))
	}
	if g.Reason != "" {
		e.Lines = append(e.Lines, g.Reason)
	}
	return e
}

// actions adds what can be done to a stay; what concerns the whole booking stands with its first person.
func (f *family) actions(p *i18n.Printer, g accommodation.Guest, e *casepages.Entry, first bool) {
	link := func(label, kind string, to ...string) {
		e.Links = append(e.Links, casepages.Link{Href: f.at(g.BookingID, to...), Label: p.T(label), Kind: kind})
	}
	post := func(label string, to ...string) {
		e.Posts = append(e.Posts, casepages.Post{Action: f.at(g.BookingID, to...), Label: p.T(label)})
	}
	check, book := f.actor.Can(accommodation.PermCheck) && f.mine[g.SiteID], f.actor.Can(accommodation.PermBook) && f.mine[g.SiteID]
	if first && check && g.State == accommodation.Booked && !g.From.After(f.today) {
		link("accommodation.stay.check_in", "go", "in")
	}
	if check && g.Inside() {
		post("accommodation.stay.out", "out", g.ID)
		if g.State == accommodation.Absent {
			post("accommodation.stay.come_back", "back", g.ID)
		}
		link("accommodation.stay.go_away", "", "away", g.ID)
		link("accommodation.stay.move", "", "move", g.ID)
	}
	if first && book {
		if g.State == accommodation.Waiting {
			e.Posts = append(e.Posts, casepages.Post{Action: "/stays/bookings/" + g.BookingID + "/give", Label: p.T("accommodation.stay.give_place")})
		}
		link("accommodation.stay.extend", "", "extend")
		if !g.Inside() {
			link("accommodation.stay.give_up", "no", "give-up")
		}
	}
}

func (x *Web) showBook(w http.ResponseWriter, r *web.Request) error { return x.drawBook(w, r, nil) }

func (x *Web) drawBook(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	c, ms, err := x.members(r)
	if err != nil {
		return err
	}
	var boards []accommodation.Board
	err = x.Rooms.Gate.Read(r.Context(), r.UserID, accommodation.PermBook, func(ctx context.Context, g *gate.R) (err error) {
		boards, err = accommodation.Boards(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	var sites []ui.Option
	for _, b := range boards {
		if b.Site.Active {
			sites = append(sites, ui.Option{Value: b.Site.ID, Label: p.T("accommodation.stay.free", "site", b.Site.Name, "free", b.Tonight().Free())})
		}
	}
	chosen := r.All("person")
	if r.Method == http.MethodGet {
		for _, m := range ms {
			chosen = append(chosen, m.ID)
		}
	}
	return x.ask(w, r, c, casepages.Ask{Title: p.T("accommodation.stay.book"), Problems: ps, Submit: p.T("accommodation.stay.book"), Items: []casepages.Item{
		{Kind: "select", Field: ui.Field{Name: "site", Label: p.T("accommodation.stay.site"), Required: true, Value: r.Text("site"), Options: ui.Choose(p, sites)}},
		{Kind: "checks", Field: ui.Field{Name: "person", Label: p.T("accommodation.stay.who"), Required: true, Values: chosen, Options: people(ms)}},
		{Kind: "checks", Field: ui.Field{Name: "step_free", Label: p.T("accommodation.stay.step_free"), Values: r.All("step_free"), Options: people(ms)}},
		{Kind: "date", Field: ui.Field{Name: "from", Label: p.T("accommodation.stay.from"), Required: true, Value: room.Day(r, "from", x.Rooms.Gate.Today())}},
		{Kind: "date", Field: ui.Field{Name: "until", Label: p.T("accommodation.stay.until"), Hint: p.T("accommodation.stay.until_hint"), Required: true, Value: room.Day(r, "until", c.DepartsOn)}},
		{Kind: "radios", Field: ui.Field{Name: "priority", Label: p.T("accommodation.stay.priority"), Required: true, Value: r.Text("priority"), Options: ui.Options([]string{"1", "2", "3"}, ui.Keyed(p, "accommodation.priority."))}},
	}})
}

func (x *Web) book(w http.ResponseWriter, r *web.Request) error {
	in := accommodation.Booking{ID: r.Text("id"), CaseID: r.PathValue("id"), SiteID: r.Text("site"), Persons: r.All("person"), StepFree: r.All("step_free"), Priority: whole(r.Text("priority"))}
	err := dates(r, map[string]*day.Date{"from": &in.From, "until": &in.Until})
	switch {
	case err != nil:
	case in.SiteID == "":
		err = fault.At("site", "accommodation.err.site_closed")
	case len(in.Persons) == 0:
		err = fault.At("person", "accommodation.err.person")
	}
	state := ""
	if err == nil {
		state, err = x.Rooms.Book(r.Context(), r.UserID, in)
	}
	key := "accommodation.said.booked"
	if state == accommodation.Waiting {
		key = "accommodation.said.waiting"
	}
	return room.After(w, r, err, room.Href(in.CaseID, "stay"), key, func(ps []ui.Problem) error { return x.drawBook(w, r, ps) })
}

func (x *Web) showIn(w http.ResponseWriter, r *web.Request) error { return x.drawIn(w, r, nil) }

// freeBeds offers the free beds of a house, those of rooms that fit the whole party first.
func (x *Web) freeBeds(r *web.Request, siteID string, party []accommodation.Guest) (beds []ui.Option, fits []string, err error) {
	p := r.P
	err = x.Rooms.Gate.Read(r.Context(), r.UserID, accommodation.PermView, func(ctx context.Context, g *gate.R) error {
		good, err := accommodation.Fitting(ctx, g, siteID, party)
		if err != nil {
			return err
		}
		all, err := accommodation.Any(ctx, g, siteID)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for i, a := range append(good, all...) {
			if seen[a.Unit.ID] {
				continue
			}
			seen[a.Unit.ID] = true
			if i < len(good) {
				fits = append(fits, a.Unit.Name+" ("+strconv.Itoa(len(a.Beds))+")")
			}
			for _, b := range a.Beds {
				beds = append(beds, ui.Option{Value: b.ID, Label: p.T("accommodation.site.bed_in", "unit", a.Unit.Name, "bed", b.Name) + " · " + p.T("accommodation.rule."+a.Unit.Rule)})
			}
		}
		return nil
	})
	return beds, fits, err
}

func (x *Web) drawIn(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	f, err := x.family(r)
	if err != nil {
		return err
	}
	all, err := f.booking(r)
	if err != nil {
		return err
	}
	var coming []accommodation.Guest
	for _, g := range all {
		if g.State == accommodation.Booked {
			coming = append(coming, g)
		}
	}
	if len(coming) == 0 {
		return fault.Gone()
	}
	beds, fits, err := x.freeBeds(r, coming[0].SiteID, coming)
	if err != nil {
		return err
	}
	p := r.P
	a := casepages.Ask{Title: p.T("accommodation.stay.check_in"), Problems: ps, Submit: p.T("accommodation.stay.check_in"), NoticeKind: "calm", NoticeTitle: p.T("accommodation.stay.no_fit")}
	if len(fits) > 0 {
		a.NoticeTitle, a.NoticeText = p.T("accommodation.stay.fits"), p.List(fits)
	}
	for i, g := range coming {
		v := r.Text("bed_" + g.ID)
		if r.Method == http.MethodGet && len(fits) > 0 && i < len(beds) { // the first room that fits has a bed for each
			v = beds[i].Value
		}
		fl := ui.Field{Name: "bed_" + g.ID, Label: p.T("accommodation.stay.check_in_bed", "name", g.Person.Called()), Value: v, Options: append([]ui.Option{{Label: p.T("accommodation.stay.check_in_choose")}}, beds...)}
		for j := range a.Problems { // the summary leads to the first bed
			if a.Problems[j].Field == "bed" && i == 0 {
				a.Problems[j].Field = fl.Name
			}
		}
		a.Items = append(a.Items, casepages.Item{Kind: "select", Field: fl})
	}
	lang := coming[0].Person.Language
	langs := []ui.Option{}
	for _, o := range p.LanguageNames() {
		langs = append(langs, ui.Option{Value: o.Code, Label: o.Name})
	}
	rules := []ui.Option{{Value: "yes", Label: p.T("accommodation.stay.rules_yes"), Selected: r.Ticked("rules")}}
	a.Items = append(a.Items,
		casepages.Item{Kind: "text", Field: ui.Field{Name: "reason", Label: p.T("accommodation.stay.split"), Hint: p.T("accommodation.stay.split_hint"), Value: r.Text("reason"), MaxLen: 300}},
		casepages.Item{Kind: "checks", Field: ui.Field{Name: "rules", Label: p.T("accommodation.stay.rules"), Required: true, Options: rules}},
		casepages.Item{Kind: "select", Field: ui.Field{Name: "rules_lang", Label: p.T("accommodation.stay.rules_lang"), Required: true, Value: typed(r, "rules_lang", lang), Options: ui.Choose(p, langs)}},
		casepages.Item{Kind: "checks", Field: ui.Field{Name: "items", Label: p.T("accommodation.stay.items"), Values: r.All("items"), Options: ui.Options(accommodation.Items, ui.Keyed(p, "accommodation.item."))}})
	return x.ask(w, r, f.c, a)
}

func (x *Web) checkIn(w http.ResponseWriter, r *web.Request) error {
	f, err := x.family(r)
	if err != nil {
		return err
	}
	all, err := f.booking(r)
	if err != nil {
		return err
	}
	ci := accommodation.CheckIn{BookingID: r.PathValue("booking"), Beds: map[string]string{}, RulesAccepted: r.Ticked("rules"), RulesLang: r.Text("rules_lang"), Items: r.All("items"), Reason: r.Text("reason")}
	for _, g := range all {
		if b := r.Text("bed_" + g.ID); b != "" && g.State == accommodation.Booked {
			ci.Beds[g.ID] = b
		}
	}
	err = x.Rooms.CheckIn(r.Context(), r.UserID, ci)
	return room.After(w, r, err, room.Href(f.c.ID, "stay"), "accommodation.said.in", func(ps []ui.Problem) error { return x.drawIn(w, r, ps) })
}
