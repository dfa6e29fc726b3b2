package admin

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/desk/admin/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (d *Domain) listStaff(w http.ResponseWriter, r *web.Request) error {
	tabs, err := d.tabs(r, "/admin/staff")
	if err != nil {
		return err
	}
	v := pages.List{P: r.P, Tabs: tabs, Title: r.P.T("admin.staff"), Add: "/admin/staff/new", AddLabel: r.P.T("admin.staff.add"), Empty: r.P.T("common.no_results"),
		Heads: []ui.Head{{Label: r.P.T("common.name")}, {Label: r.P.T("admin.login")}, {Label: r.P.T("common.office")}, {Label: r.P.T("admin.roles")}, {Label: r.P.T("common.status")}}}
	err = d.Gate.Read(r.Context(), r.UserID, PermManage, func(ctx context.Context, g *gate.R) error {
		n, staff, _, err := namesOf(ctx, g)
		if err != nil {
			return err
		}
		held, err := org.RolesOf(ctx, g.Tx, "")
		if err != nil {
			return err
		}
		titles, err := titlesOf(ctx, g, r)
		if err != nil {
			return err
		}
		roles := map[string][]string{}
		for _, h := range held {
			if t := titles[h.Role]; !slices.Contains(roles[h.StaffID], t) {
				roles[h.StaffID] = append(roles[h.StaffID], t)
			}
		}
		for _, s := range staff {
			if !inReach(g, s.OfficeID) {
				continue
			}
			state := ui.Cell{Text: r.P.T("admin.active")}
			if !s.Active {
				state = ui.Cell{Text: r.P.T("admin.inactive"), Tag: "late"}
			}
			v.Rows = append(v.Rows, ui.Row{Cells: []ui.Cell{{Text: s.Name, Href: "/admin/staff/" + s.ID}, {Text: s.Login}, {Text: n.office[s.OfficeID]}, {Text: strings.Join(roles[s.ID], ", ")}, state}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, v.Title, pages.ListPage(v))
}

func titlesOf(ctx context.Context, g *gate.R, r *web.Request) (map[string]string, error) {
	roles, err := org.Roles(ctx, g.Tx)
	out := map[string]string{}
	for _, x := range roles {
		out[x.Code] = roleTitle(r, x.Code, x.TitleKey)
	}
	return out, err
}

// staffForm asks for what is known of a person.
func (d *Domain) staffForm(r *web.Request, s org.Staff, offices []org.Office, reach func(string) bool, ps []ui.Problem) pages.Form {
	field := func(name, key, value string, required bool, complete string) pages.Field {
		return pages.Field{Kind: "input", Field: ui.Field{Name: name, Label: r.P.T(key), Value: value, Required: required, Autocomplete: complete, MaxLen: 200, Error: wrong(ps, name)}}
	}
	var os, ls []ui.Option
	for _, o := range offices {
		if (o.Active || o.ID == s.OfficeID) && reach(o.ID) {
			os = append(os, ui.Option{Value: o.ID, Label: o.Name})
		}
	}
	for _, l := range d.Languages {
		ls = append(ls, ui.Option{Value: l, Label: r.P.T("admin.language." + l)})
	}
	f := pages.Form{P: r.P, Problems: ps, Back: "/admin/staff", BackLabel: r.P.T("admin.staff"), Submit: r.P.T("common.save"), Hidden: map[string]string{"id": s.ID, "rev": strconv.FormatInt(s.Revision, 10)}}
	login := field("login", "admin.login", s.Login, true, "off")
	login.Dir, login.Hint = "ltr", r.P.T("admin.login.hint")
	email := field("email", "common.email", s.Email, false, "off")
	email.Type = "email"
	f.Fields = []pages.Field{field("name", "common.name", s.Name, true, "off"), login, email,
		{Kind: "select", Field: ui.Field{Name: "office", Label: r.P.T("common.office"), Required: true, Options: os, Value: s.OfficeID, Error: wrong(ps, "office")}}}
	if len(ls) > 0 {
		f.Fields = append(f.Fields, pages.Field{Kind: "select", Field: ui.Field{Name: "language", Label: r.P.T("common.language"), Required: true, Options: ls, Value: s.Language, Error: wrong(ps, "language")}})
	}
	return f
}

func (d *Domain) typedStaff(r *web.Request, id string) org.Staff {
	rev, _ := strconv.ParseInt(r.Text("rev"), 10, 64) // what is no number is no revision, and so stale
	s := org.Staff{ID: id, Login: r.Text("login"), Name: r.Text("name"), Email: r.Text("email"), OfficeID: r.Text("office"), Language: r.Text("language"), Revision: rev}
	if s.Language == "" {
		s.Language = "en"
	}
	return s
}

func (d *Domain) newStaff(w http.ResponseWriter, r *web.Request) error {
	return d.newStaffPage(w, r, org.Staff{ID: id.New(), Language: r.P.Lang}, nil)
}

func (d *Domain) newStaffPage(w http.ResponseWriter, r *web.Request, s org.Staff, ps []ui.Problem) error {
	var f pages.Form
	err := d.Gate.Read(r.Context(), r.UserID, PermManage, func(ctx context.Context, g *gate.R) error {
		offices, err := org.Offices(ctx, g.Tx)
		f = d.staffForm(r, s, offices, func(id string) bool { return inReach(g, id) }, ps)
		return err
	})
	if err != nil {
		return err
	}
	f.Title, f.Action, f.Text = r.P.T("admin.staff.add"), "/admin/staff", r.P.T("admin.staff.add.text")
	return r.Form(w, f.Title, ps, pages.FormPage(f))
}

func (d *Domain) addStaff(w http.ResponseWriter, r *web.Request) error {
	s := d.typedStaff(r, r.Text("id"))
	if !id.Valid(s.ID) {
		s.ID = id.New()
	}
	err := d.AddStaff(r.Context(), r.UserID, s)
	if ps, ok := problems(r, err); ok {
		return d.newStaffPage(w, r, s, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "admin.staff.added"})
	return r.Redirect(w, "/admin/staff/"+s.ID)
}

func (d *Domain) showStaff(w http.ResponseWriter, r *web.Request) error {
	return d.staffPage(w, r, nil, nil)
}

// staffPage is one person's page; typed is what came back from its form.
func (d *Domain) staffPage(w http.ResponseWriter, r *web.Request, typed *org.Staff, ps []ui.Problem) error {
	who := r.PathValue("id")
	v := pages.Staff{P: r.P, ID: who, RoleHeads: []ui.Head{{Label: r.P.T("admin.role")}, {Label: r.P.T("admin.only_office")}, {Label: r.P.T("admin.only_programme")}, {Label: r.P.T("common.remove"), Hidden: true}}}
	err := d.Gate.Read(r.Context(), r.UserID, PermManage, func(ctx context.Context, g *gate.R) error {
		s, err := d.staff(ctx, g, who)
		if err != nil {
			return err
		}
		n, _, offices, err := namesOf(ctx, g)
		if err != nil {
			return err
		}
		shown := s
		if typed != nil {
			shown = *typed
		}
		v.Form = d.staffForm(r, shown, offices, func(id string) bool { return inReach(g, id) }, ps)
		v.Form.Title, v.Form.Sub, v.Form.Action, v.Form.Back = s.Name, n.office[s.OfficeID], "/admin/staff/"+who, ""
		v.Active = s.Active
		if until, err := d.Locked(ctx, g.Tx, s); err != nil {
			return err
		} else if !until.IsZero() {
			v.Locked = r.P.T("admin.locked.text", "time", r.P.Time(until))
		}
		return d.staffRoles(ctx, g, r, who, n, offices, &v, ps)
	})
	if err != nil {
		return err
	}
	return r.Form(w, v.Form.Title, ps, pages.StaffPage(v))
}

func (d *Domain) staffRoles(ctx context.Context, g *gate.R, r *web.Request, who string, n names, offices []org.Office, v *pages.Staff, ps []ui.Problem) error {
	held, err := org.RolesOf(ctx, g.Tx, who)
	if err != nil {
		return err
	}
	roles, err := org.Roles(ctx, g.Tx)
	if err != nil {
		return err
	}
	titles := map[string]string{}
	choose := []ui.Option{{Value: "", Label: r.P.T("common.choose")}}
	for _, x := range roles {
		titles[x.Code] = roleTitle(r, x.Code, x.TitleKey)
		if g.Actor.Can(PermRoles) || holdsAll(g.Actor, x) {
			choose = append(choose, ui.Option{Value: x.Code, Label: titles[x.Code]})
		}
	}
	for _, h := range held {
		office, programme := r.P.T("common.all"), r.P.T("common.all")
		if h.OfficeID != "" {
			office = n.office[h.OfficeID]
		}
		if h.Programme != "" {
			programme = h.Programme
		}
		take := ui.PostButton("/admin/staff/"+who+"/roles/take", r.P.T("common.remove"), "no", map[string]string{"role": h.Role, "limit_office": h.OfficeID, "limit_programme": h.Programme})
		v.Roles = append(v.Roles, ui.Row{Cells: []ui.Cell{{Text: titles[h.Role]}, {Text: office}, {Text: programme}, {Body: take}}})
	}
	v.Role = ui.Field{Name: "role", Label: r.P.T("admin.role"), Required: true, Options: choose, Value: r.Text("role"), Error: wrong(ps, "role")}
	limits := []ui.Option{}
	if inReach(g, "") {
		limits = append(limits, ui.Option{Value: "", Label: r.P.T("admin.all_offices")})
	}
	for _, o := range offices {
		if o.Active && inReach(g, o.ID) {
			limits = append(limits, ui.Option{Value: o.ID, Label: o.Name})
		}
	}
	v.LimitOffice = ui.Field{Name: "limit_office", Label: r.P.T("admin.only_office"), Required: true, Options: limits, Value: r.Text("limit_office"), Error: wrong(ps, "limit_office")}
	if d.Programmes != nil {
		v.Programmes = true
		choose := []ui.Option{{Value: "", Label: r.P.T("admin.all_programmes")}}
		for _, p := range d.Programmes() {
			choose = append(choose, ui.Option{Value: p, Label: p})
		}
		v.LimitPro = ui.Field{Name: "limit_programme", Label: r.P.T("admin.only_programme"), Required: true, Options: choose, Value: r.Text("limit_programme"), Error: wrong(ps, "limit_programme")}
	}
	return nil
}

func (d *Domain) editStaff(w http.ResponseWriter, r *web.Request) error {
	s := d.typedStaff(r, r.PathValue("id"))
	err := d.EditStaff(r.Context(), r.UserID, s)
	if ps, ok := problems(r, err); ok {
		return d.staffPage(w, r, &s, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "common.saved"})
	return r.Redirect(w, "/admin/staff/"+s.ID)
}

func typedRole(r *web.Request) org.Held {
	return org.Held{StaffID: r.PathValue("id"), Role: r.Text("role"), OfficeID: r.Text("limit_office"), Programme: r.Text("limit_programme")}
}

func (d *Domain) giveRole(w http.ResponseWriter, r *web.Request) error {
	return d.roleChanged(w, r, d.GiveRole(r.Context(), r.UserID, typedRole(r), r.SessionID), "admin.staff.given")
}

func (d *Domain) takeRole(w http.ResponseWriter, r *web.Request) error {
	return d.roleChanged(w, r, d.TakeRole(r.Context(), r.UserID, typedRole(r), r.SessionID), "admin.staff.taken")
}

func (d *Domain) roleChanged(w http.ResponseWriter, r *web.Request, err error, key string) error {
	if ps, ok := problems(r, err); ok {
		return d.staffPage(w, r, nil, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: key})
	return r.Redirect(w, "/admin/staff/"+r.PathValue("id"))
}
