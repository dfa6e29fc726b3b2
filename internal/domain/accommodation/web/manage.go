package accommodationweb

import (
	"context"
	"net/http"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/accommodation"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// whole reads a whole number; what is none comes back as -1, which every command refuses at its field.
func whole(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return -1
	}
	return n
}

// typed is what stands in a field: what was typed, or what is stored.
func typed(r *web.Request, name, stored string) string {
	if r.Method == http.MethodPost {
		return r.Text(name)
	}
	return stored
}

// kept is typed for a record that may have changed meanwhile: then the form shows how it stands now, for a second look.
func kept(r *web.Request, rev int64) (fresh bool, value func(name, stored string) string) {
	fresh = r.Method == http.MethodPost && (rev == 0 || whole(r.Text("rev")) == rev)
	return fresh, func(name, stored string) string {
		if fresh {
			return r.Text(name)
		}
		return stored
	}
}

func (x *Web) newSite(w http.ResponseWriter, r *web.Request) error {
	return x.drawSite(w, r, accommodation.Site{Kind: "open_centre", Active: true}, nil)
}

func (x *Web) editSite(w http.ResponseWriter, r *web.Request) error {
	h, _, _, _, err := x.house(r)
	if err != nil {
		return err
	}
	return x.drawSite(w, r, h.Site, nil)
}

func (x *Web) drawSite(w http.ResponseWriter, r *web.Request, s accommodation.Site, ps []ui.Problem) error {
	p, back, title := r.P, "/stays", r.P.T("accommodation.board.add")
	hidden := map[string]string{"rev": "0"}
	mine, value := kept(r, s.Revision)
	number := func(n int64) string {
		if s.ID == "" && n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	var ticks []string
	for name, on := range map[string]bool{"provisional": s.Provisional, "active": s.Active} {
		if mine && r.Ticked(name) || !mine && on {
			ticks = append(ticks, name)
		}
	}
	one := func(name, label string) casepages.Item {
		f := ui.Field{Name: name, Label: label, Options: []ui.Option{{Value: "yes", Label: p.T("common.yes")}}}
		for _, t := range ticks {
			if t == name {
				f.Values = []string{"yes"}
			}
		}
		return casepages.Item{Kind: "checks", Field: f}
	}
	a := casepages.Ask{Problems: ps, Hidden: hidden, Submit: p.T("common.save"), Items: []casepages.Item{
		{Kind: "text", Field: ui.Field{Name: "name", Label: p.T("accommodation.site.name"), Required: true, Value: value("name", s.Name), MaxLen: 80}},
		{Kind: "radios", Field: ui.Field{Name: "kind", Label: p.T("accommodation.site.kind"), Required: true, Value: value("kind", s.Kind), Options: ui.Options(accommodation.SiteKinds, ui.Keyed(p, "accommodation.kind."))}},
		{Kind: "text", Field: ui.Field{Name: "official", Label: p.T("accommodation.site.official"), Required: true, Value: value("official", number(s.Official)), InputMode: "numeric", Short: true}},
		{Kind: "text", Field: ui.Field{Name: "maximum", Label: p.T("accommodation.site.maximum"), Required: true, Value: value("maximum", number(s.Maximum)), InputMode: "numeric", Short: true}},
		one("provisional", p.T("accommodation.site.provisional")),
	}}
	if s.ID != "" {
		title, back = s.Name, siteHref(s.ID)
		hidden["id"], hidden["rev"] = s.ID, strconv.FormatInt(s.Revision, 10)
		a.Items = append(a.Items, one("active", p.T("accommodation.site.active")))
	}
	a.Title = title
	return x.askHouse(w, r, back, a)
}

func (x *Web) saveSite(w http.ResponseWriter, r *web.Request) error {
	s := accommodation.Site{ID: r.Text("id"), Name: r.Text("name"), Kind: r.Text("kind"), Official: whole(r.Text("official")), Maximum: whole(r.Text("maximum")), Provisional: r.Ticked("provisional"), Active: r.Ticked("active"), Revision: max(0, whole(r.Text("rev")))}
	if site := r.PathValue("site"); site != "" {
		s.ID = site
	}
	err := x.Rooms.PutSite(r.Context(), r.UserID, s)
	if err == nil {
		return room.Done(w, r, siteHref(s.ID), "accommodation.said.site")
	}
	ps, ok := room.Problems(r, err)
	if !ok {
		return err
	}
	if r.PathValue("site") == "" {
		return x.drawSite(w, r, accommodation.Site{}, ps)
	}
	h, _, _, _, err := x.house(r)
	if err != nil {
		return err
	}
	return x.drawSite(w, r, h.Site, ps)
}

func (x *Web) newUnit(w http.ResponseWriter, r *web.Request) error  { return x.drawUnit(w, r, nil) }
func (x *Web) editUnit(w http.ResponseWriter, r *web.Request) error { return x.drawUnit(w, r, nil) }

func (x *Web) drawUnit(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	h, _, _, _, err := x.house(r)
	if err != nil {
		return err
	}
	p := r.P
	u := accommodation.Unit{Rule: accommodation.RuleAny}
	for _, y := range h.Units {
		if y.ID == r.PathValue("unit") {
			u = y
		}
	}
	mine, value := kept(r, u.Revision)
	a := casepages.Ask{Title: p.T("accommodation.site.add_unit"), Problems: ps, Submit: p.T("common.save")}
	beds := ui.Field{Name: "beds", Label: p.T("accommodation.site.beds"), Required: true, Value: value("beds", ""), InputMode: "numeric", Short: true}
	if r.PathValue("unit") == "" {
		a.Items = append(a.Items, casepages.Item{Kind: "text", Field: ui.Field{Name: "name", Label: p.T("accommodation.site.unit_name"), Required: true, Value: r.Text("name"), MaxLen: 40}})
	} else {
		if u.ID == "" {
			return fault.Gone()
		}
		a.Title, a.Hidden = p.T("accommodation.site.change_unit", "unit", u.Name), map[string]string{"rev": strconv.FormatInt(u.Revision, 10)}
		beds.Label, beds.Value = p.T("accommodation.site.more_beds"), value("beds", "0")
	}
	steps := ui.Field{Name: "accessible", Label: p.T("accommodation.site.accessible"), Options: []ui.Option{{Value: "yes", Label: p.T("common.yes"), Selected: mine && r.Ticked("accessible") || !mine && u.Accessible}}}
	a.Items = append(a.Items, casepages.Item{Kind: "radios", Field: ui.Field{Name: "rule", Label: p.T("accommodation.site.rule"), Required: true, Value: value("rule", u.Rule), Options: ui.Options(accommodation.UnitRules, ui.Keyed(p, "accommodation.rule."))}},
		casepages.Item{Kind: "checks", Field: steps}, casepages.Item{Kind: "text", Field: beds})
	return x.askHouse(w, r, siteHref(h.Site.ID), a)
}

func (x *Web) addUnit(w http.ResponseWriter, r *web.Request) error {
	u := accommodation.Unit{ID: r.Text("id"), SiteID: r.PathValue("site"), Name: r.Text("name"), Rule: r.Text("rule"), Accessible: r.Ticked("accessible")}
	return x.unitSaved(w, r, x.Rooms.AddUnit(r.Context(), r.UserID, u, whole(r.Text("beds"))))
}

func (x *Web) changeUnit(w http.ResponseWriter, r *web.Request) error {
	u := accommodation.Unit{ID: r.PathValue("unit"), SiteID: r.PathValue("site"), Rule: r.Text("rule"), Accessible: r.Ticked("accessible"), Revision: whole(r.Text("rev"))}
	return x.unitSaved(w, r, x.Rooms.ChangeUnit(r.Context(), r.UserID, u, whole(r.Text("beds"))))
}

func (x *Web) unitSaved(w http.ResponseWriter, r *web.Request, err error) error {
	return room.After(w, r, err, siteHref(r.PathValue("site")), "accommodation.said.unit", func(ps []ui.Problem) error { return x.drawUnit(w, r, ps) })
}

func (x *Web) showOut(w http.ResponseWriter, r *web.Request) error { return x.drawOut(w, r, nil) }

func (x *Web) drawOut(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	h, _, _, today, err := x.house(r)
	if err != nil {
		return err
	}
	p := r.P
	var beds []ui.Option
	for _, u := range h.Units {
		for _, b := range h.Beds {
			if b.UnitID == u.ID && b.StayID == "" && !b.Out(today) {
				beds = append(beds, ui.Option{Value: b.ID, Label: p.T("accommodation.site.bed_in", "unit", u.Name, "bed", b.Name)})
			}
		}
	}
	return x.askHouse(w, r, siteHref(h.Site.ID), casepages.Ask{Title: p.T("accommodation.site.take_out"), Problems: ps, Submit: p.T("accommodation.site.take_out"), Items: []casepages.Item{
		{Kind: "select", Field: ui.Field{Name: "bed", Label: p.T("accommodation.site.which_bed"), Required: true, Value: r.Text("bed"), Options: ui.Choose(p, beds)}},
		{Kind: "radios", Field: ui.Field{Name: "out_reason", Label: p.T("accommodation.site.out_reason"), Required: true, Value: r.Text("out_reason"), Options: ui.Options(accommodation.OutReasons, ui.Keyed(p, "accommodation.out."))}},
		{Kind: "date", Field: ui.Field{Name: "out_until", Label: p.T("accommodation.site.out_until"), Required: true, Value: r.DateText("out_until")}},
	}})
}

func (x *Web) takeOut(w http.ResponseWriter, r *web.Request) error {
	var until day.Date
	err := dates(r, map[string]*day.Date{"out_until": &until})
	if err == nil && r.Text("bed") == "" {
		err = fault.At("bed", "accommodation.err.choose_beds")
	}
	if err == nil {
		err = x.Rooms.TakeOut(r.Context(), r.UserID, r.PathValue("site"), r.Text("bed"), r.Text("out_reason"), until)
	}
	return room.After(w, r, err, siteHref(r.PathValue("site")), "accommodation.said.bed", func(ps []ui.Problem) error { return x.drawOut(w, r, ps) })
}

func (x *Web) putBack(w http.ResponseWriter, r *web.Request) error {
	if err := x.Rooms.PutBack(r.Context(), r.UserID, r.PathValue("site"), r.PathValue("bed")); err != nil {
		return err
	}
	return room.Done(w, r, siteHref(r.PathValue("site")), "accommodation.said.bed")
}

func (x *Web) newIncident(w http.ResponseWriter, r *web.Request) error {
	return x.drawIncident(w, r, nil)
}

func (x *Web) drawIncident(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var s accommodation.Site
	err := x.Rooms.Gate.Read(r.Context(), r.UserID, accommodation.PermCheck, func(ctx context.Context, g *gate.R) (err error) {
		s, err = accommodation.SiteByID(ctx, g, r.PathValue("site"))
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	return x.askHouse(w, r, siteHref(s.ID), casepages.Ask{Title: p.T("accommodation.site.report"), Problems: ps, Submit: p.T("common.save"), Items: []casepages.Item{
		{Kind: "radios", Field: ui.Field{Name: "kind", Label: p.T("accommodation.site.report_kind"), Required: true, Value: r.Text("kind"), Options: ui.Options(accommodation.IncidentKinds, ui.Keyed(p, "accommodation.incident."))}},
		{Kind: "date", Field: ui.Field{Name: "on", Label: p.T("accommodation.site.report_on"), Value: room.Day(r, "on", x.Rooms.Gate.Today())}},
		{Kind: "area", Field: ui.Field{Name: "text", Label: p.T("accommodation.site.report_text"), Required: true, Value: r.Text("text"), MaxLen: 4000}},
		{Kind: "radios", Field: ui.Field{Name: "class", Label: p.T("accommodation.site.report_class"), Required: true, Value: typed(r, "class", org.Normal), Options: ui.Options([]string{org.Normal, org.Protection}, ui.Keyed(p, "accommodation.class."))}},
	}})
}

func (x *Web) report(w http.ResponseWriter, r *web.Request) error {
	in := accommodation.Incident{ID: r.Text("id"), SiteID: r.PathValue("site"), Kind: r.Text("kind"), Class: r.Text("class"), Text: r.Text("text")}
	err := dates(r, map[string]*day.Date{"on": &in.On})
	if err == nil {
		err = x.Rooms.Report(r.Context(), r.UserID, in)
	}
	return room.After(w, r, err, siteHref(in.SiteID), "accommodation.said.reported", func(ps []ui.Problem) error { return x.drawIncident(w, r, ps) })
}

func (x *Web) incident(w http.ResponseWriter, r *web.Request) error {
	in, err := x.Rooms.ReadIncident(r.Context(), r.UserID, r.PathValue("site"), r.PathValue("incident"))
	if err != nil {
		return err
	}
	p := r.P
	a := casepages.Ask{Title: p.T("accommodation.incident." + in.Kind), Lead: []string{p.Date(in.On), in.Text}, NoForm: true}
	room.Finish(r, &a, nil, siteHref(in.SiteID), p.T("common.back"))
	return r.Page(w, http.StatusOK, a.Title, casepages.AskPage(a))
}
