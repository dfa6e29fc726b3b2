package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/desk/admin/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (d *Domain) listOffices(w http.ResponseWriter, r *web.Request) error {
	tabs, err := d.tabs(r, "/admin/offices")
	if err != nil {
		return err
	}
	v := pages.List{P: r.P, Tabs: tabs, Title: r.P.T("admin.offices"), Add: "/admin/offices/new", AddLabel: r.P.T("admin.offices.add"), Empty: r.P.T("common.no_results"),
		Heads: []ui.Head{{Label: r.P.T("common.name")}, {Label: r.P.T("admin.code")}, {Label: r.P.T("admin.kind")}, {Label: r.P.T("common.country")}, {Label: r.P.T("common.status")}}}
	err = d.Gate.Read(r.Context(), r.UserID, PermManage, func(ctx context.Context, g *gate.R) error {
		offices, err := org.Offices(ctx, g.Tx)
		for _, o := range offices {
			if !inReach(g, o.ID) {
				continue
			}
			state := ui.Cell{Text: r.P.T("admin.active")}
			if !o.Active {
				state = ui.Cell{Text: r.P.T("admin.closed"), Tag: "late"}
			}
			v.Rows = append(v.Rows, ui.Row{Cells: []ui.Cell{{Text: o.Name, Href: "/admin/offices/" + o.ID}, {Text: o.Code}, {Text: r.P.T("admin.kind." + o.Kind)}, {Text: r.P.Country(o.Country)}, state}})
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, v.Title, pages.ListPage(v))
}

func (d *Domain) officePage(w http.ResponseWriter, r *web.Request, o org.Office, fresh bool, ps []ui.Problem) error {
	input := func(name, key, hint, value string) pages.Field {
		return pages.Field{Kind: "input", Field: ui.Field{Name: name, Label: r.P.T(key), Hint: hint, Value: value, Required: true, Autocomplete: "off", MaxLen: 200, Error: wrong(ps, name)}}
	}
	var kinds, countries []ui.Option
	for _, k := range org.Kinds {
		kinds = append(kinds, ui.Option{Value: k, Label: r.P.T("admin.kind." + k)})
	}
	known := d.Countries
	if o.Country != "" && !slices.Contains(known, o.Country) {
		known = append(slices.Clone(known), o.Country)
	}
	for _, c := range known {
		countries = append(countries, ui.Option{Value: c, Label: r.P.Country(c)})
	}
	slices.SortFunc(countries, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	f := pages.Form{P: r.P, Problems: ps, Back: "/admin/offices", BackLabel: r.P.T("admin.offices"), Title: o.Name, Action: "/admin/offices/" + o.ID, Submit: r.P.T("common.save"), Fields: []pages.Field{
		input("name", "common.name", "", o.Name), input("code", "admin.code", r.P.T("admin.code.hint"), o.Code),
		{Kind: "radios", Field: ui.Field{Name: "kind", Label: r.P.T("admin.kind"), Required: true, Options: kinds, Value: o.Kind, Error: wrong(ps, "kind")}},
		{Kind: "select", Field: ui.Field{Name: "country", Label: r.P.T("common.country"), Required: true, Options: append([]ui.Option{{Value: "", Label: r.P.T("common.choose")}}, countries...), Value: o.Country, Error: wrong(ps, "country")}},
		input("zone", "admin.zone", r.P.T("admin.zone.hint"), o.Zone),
		{Kind: "checks", Field: ui.Field{Name: "active", Label: r.P.T("common.status"), Options: []ui.Option{{Value: "yes", Label: r.P.T("admin.offices.active"), Selected: o.Active}}}},
	}}
	if fresh {
		f.Title = r.P.T("admin.offices.add")
	}
	return r.Form(w, f.Title, ps, pages.FormPage(f))
}

func (d *Domain) newOffice(w http.ResponseWriter, r *web.Request) error {
	return d.officePage(w, r, org.Office{ID: id.New(), Kind: "host", Active: true}, true, nil)
}

func (d *Domain) showOffice(w http.ResponseWriter, r *web.Request) error {
	var o org.Office
	err := d.Gate.Read(r.Context(), r.UserID, PermManage, func(ctx context.Context, g *gate.R) error {
		var err error
		if o, err = org.OfficeByID(ctx, g.Tx, r.PathValue("id")); err != nil {
			return gone(err)
		}
		if !inReach(g, o.ID) {
			return fault.Hidden("office", o.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.officePage(w, r, o, false, nil)
}

func (d *Domain) saveOffice(w http.ResponseWriter, r *web.Request) error {
	o := org.Office{ID: r.PathValue("id"), Code: r.Text("code"), Name: r.Text("name"), Kind: r.Text("kind"), Country: r.Text("country"), Zone: r.Text("zone"), Active: r.Ticked("active")}
	if !id.Valid(o.ID) {
		return fault.Gone()
	}
	err := d.SaveOffice(r.Context(), r.UserID, o)
	if ps, ok := problems(r, err); ok {
		return d.officePage(w, r, o, false, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "common.saved"})
	return r.Redirect(w, "/admin/offices")
}

func (d *Domain) listRoles(w http.ResponseWriter, r *web.Request) error {
	tabs, err := d.tabs(r, "/admin/roles")
	if err != nil {
		return err
	}
	v := pages.List{P: r.P, Tabs: tabs, Title: r.P.T("admin.roles"), Sub: r.P.T("admin.roles.text"), Empty: r.P.T("common.no_results"),
		Heads: []ui.Head{{Label: r.P.T("admin.role")}, {Label: r.P.T("admin.permissions"), Num: true}, {Label: r.P.T("admin.classes")}, {Label: r.P.T("admin.sees")}}}
	err = d.Gate.Read(r.Context(), r.UserID, PermRoles, func(ctx context.Context, g *gate.R) error {
		roles, err := org.Roles(ctx, g.Tx)
		for _, x := range roles {
			var classes []string
			for _, c := range x.Classes {
				classes = append(classes, r.P.T("admin.class."+c))
			}
			sees := r.P.T("admin.sees.all")
			if x.AssignedOnly {
				sees = r.P.T("admin.sees.assigned")
			}
			v.Rows = append(v.Rows, ui.Row{Cells: []ui.Cell{{Text: roleTitle(r, x.Code, x.TitleKey), Href: "/admin/roles/" + x.Code}, {Text: r.P.N("admin.permissions.n", int64(len(x.Permissions))), Num: true}, {Text: strings.Join(classes, ", ")}, {Text: sees}}})
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, v.Title, pages.ListPage(v))
}

func (d *Domain) showRole(w http.ResponseWriter, r *web.Request) error {
	return d.rolePage(w, r, nil, nil)
}

func (d *Domain) rolePage(w http.ResponseWriter, r *web.Request, typed *org.Role, ps []ui.Problem) error {
	var x org.Role
	err := d.Gate.Read(r.Context(), r.UserID, PermRoles, func(ctx context.Context, g *gate.R) error {
		var err error
		x, err = org.RoleByCode(ctx, g.Tx, r.PathValue("code"))
		return gone(err)
	})
	if err != nil {
		return err
	}
	var perms, classes []ui.Option
	for _, p := range d.known(x) {
		room, _, _ := strings.Cut(p, ".")
		label := room
		if r.P.Has("admin.room." + room) {
			label = r.P.T("admin.room." + room)
		}
		o := ui.Option{Value: p, Label: label, Hint: p}
		if r.P.Has("admin.perm." + p) {
			o.Label += ": " + r.P.T("admin.perm."+p)
		}
		perms = append(perms, o)
	}
	for _, c := range org.Classes {
		classes = append(classes, ui.Option{Value: c, Label: r.P.T("admin.class." + c)})
	}
	title := roleTitle(r, x.Code, x.TitleKey)
	if typed != nil {
		x = *typed
	}
	f := pages.Form{P: r.P, Problems: ps, Back: "/admin/roles", BackLabel: r.P.T("admin.roles"), Title: title, Text: r.P.T("admin.roles.note"), Action: "/admin/roles/" + x.Code, Submit: r.P.T("common.save"), Fields: []pages.Field{
		{Kind: "checks", Field: ui.Field{Name: "assigned_only", Label: r.P.T("admin.sees"), Options: []ui.Option{{Value: "yes", Label: r.P.T("admin.sees.assigned"), Selected: x.AssignedOnly}}}},
		{Kind: "checks", Field: ui.Field{Name: "classes", Label: r.P.T("admin.classes"), Hint: r.P.T("admin.classes.hint"), Options: classes, Values: x.Classes, Error: wrong(ps, "classes")}},
		{Kind: "checks", Field: ui.Field{Name: "permissions", Label: r.P.T("admin.permissions"), Options: perms, Values: x.Permissions, Error: wrong(ps, "permissions")}},
	}}
	return r.Form(w, title, ps, pages.FormPage(f))
}

func (d *Domain) editRole(w http.ResponseWriter, r *web.Request) error {
	x := org.Role{Code: r.PathValue("code"), AssignedOnly: r.Ticked("assigned_only"), Classes: r.All("classes"), Permissions: r.All("permissions")}
	err := d.EditRole(r.Context(), r.UserID, x, r.SessionID)
	if ps, ok := problems(r, err); ok {
		return d.rolePage(w, r, &x, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "admin.roles.saved"})
	return r.Redirect(w, "/admin/roles")
}

func (d *Domain) showCovers(w http.ResponseWriter, r *web.Request) error {
	return d.coversPage(w, r, nil)
}

func (d *Domain) coversPage(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	tabs, err := d.tabs(r, "/admin/covers")
	if err != nil {
		return err
	}
	v := pages.Covers{P: r.P, Tabs: tabs, Heads: []ui.Head{{Label: r.P.T("admin.absent")}, {Label: r.P.T("admin.cover")}, {Label: r.P.T("common.from")}, {Label: r.P.T("common.to")}, {Label: r.P.T("admin.covers.end"), Hidden: true}}}
	people := []ui.Option{{Value: "", Label: r.P.T("common.choose")}}
	err = d.Gate.Read(r.Context(), r.UserID, PermCover, func(ctx context.Context, g *gate.R) error {
		n, staff, _, err := namesOf(ctx, g)
		if err != nil {
			return err
		}
		office := map[string]string{}
		for _, s := range staff {
			office[s.ID] = s.OfficeID
			if s.Active && inReach(g, s.OfficeID) {
				people = append(people, ui.Option{Value: s.ID, Label: s.Name})
			}
		}
		covers, err := org.AllCovers(ctx, g.Tx, g.Today)
		for _, c := range covers {
			if inReach(g, office[c.AbsentID]) {
				end := ui.PostButton("/admin/covers/"+c.ID+"/end", r.P.T("admin.covers.end"), "no", nil)
				v.Rows = append(v.Rows, ui.Row{Cells: []ui.Cell{{Text: n.staff[c.AbsentID]}, {Text: n.staff[c.CoverID]}, {Text: r.P.Date(c.From)}, {Text: r.P.Date(c.Until)}, {Body: end}}})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	pick := func(name string) pages.Field {
		return pages.Field{Kind: "select", Field: ui.Field{Name: name, Label: r.P.T("admin." + name), Required: true, Options: people, Value: r.Text(name), Error: wrong(ps, name)}}
	}
	on := func(name, key string) pages.Field {
		return pages.Field{Kind: "date", Field: ui.Field{Name: name, Label: r.P.T(key), Required: true, Values: []string{r.Text(name + "_d"), r.Text(name + "_m"), r.Text(name + "_y")}, Error: wrong(ps, name)}}
	}
	form := r.Text("id")
	if !id.Valid(form) {
		form = id.New()
	}
	v.Form = pages.Form{P: r.P, Problems: ps, Action: "/admin/covers", Hidden: map[string]string{"id": form}, Submit: r.P.T("admin.covers.set"),
		Fields: []pages.Field{pick("absent"), pick("cover"), on("from", "common.from"), on("until", "common.to")}}
	return r.Form(w, r.P.T("admin.covers"), ps, pages.CoversPage(v))
}

func (d *Domain) setCover(w http.ResponseWriter, r *web.Request) error {
	c := org.Cover{ID: r.Text("id"), AbsentID: r.Text("absent"), CoverID: r.Text("cover")}
	if !id.Valid(c.ID) {
		c.ID = id.New()
	}
	var ok, ok2 bool
	if c.From, ok = r.Date("from"); !ok {
		c.From = day.Date{} // the command says that a date is missing, at the field
	}
	if c.Until, ok2 = r.Date("until"); !ok2 {
		c.Until = day.Date{}
	}
	err := d.SetCover(r.Context(), r.UserID, c)
	if ps, ok := problems(r, err); ok {
		return d.coversPage(w, r, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "admin.covers.done"})
	return r.Redirect(w, "/admin/covers")
}

func (d *Domain) endCover(w http.ResponseWriter, r *web.Request) error {
	if err := d.EndCover(r.Context(), r.UserID, r.PathValue("id")); err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "admin.covers.ended"})
	return r.Redirect(w, "/admin/covers")
}

// caseNo names a case for whoever may know that it was opened.
func (d *Domain) caseNo(ctx context.Context, t *db.Tx, caseID string) (string, error) {
	if caseID == "" || d.CaseNo == nil {
		return "", nil
	}
	no, err := d.CaseNo(ctx, t, caseID)
	if errors.Is(err, db.ErrNoRow) {
		return "", nil
	}
	return no, err
}
