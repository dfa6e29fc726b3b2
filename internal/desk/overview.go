package desk

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/desk/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	caseweb "github.com/nostos-avrr/nostos/internal/domain/casefile/web"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// recentLines is how much of the logbook stands on the overview.
const recentLines = 10

// whole is everything the overview of a case shows.
type whole struct {
	folder
	log      []ui.LogEntry
	contacts []person.Contact
	names    map[string]string // staff
	offices  map[string]string
	lives    string
	again    []string // why decisions should be looked at again
}

func (d *Domain) overview(w http.ResponseWriter, r *web.Request) error {
	var f whole
	err := d.see(r.Context(), r.UserID, r.PathValue("id"), "overview", func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		f, err = d.readWhole(ctx, g, r, c)
		return err
	})
	if err != nil {
		return err
	}
	d.keepList(w, r, f.c.ID)
	v := d.overviewPage(r, f)
	name := principalName(r.P, f.folder)
	title := name.Latin
	if title == "" {
		title = name.Native
	}
	return r.Page(w, http.StatusOK, strings.TrimSpace(title+" "+f.c.No), pages.Framed(d.head(r, f.folder, "overview"), pages.OverviewPage(v)))
}

func (d *Domain) readWhole(ctx context.Context, g *gate.R, r *web.Request, c casefile.Case) (f whole, err error) {
	if f.folder, err = d.readFolder(ctx, g, r, c, true); err != nil {
		return f, err
	}
	if slices.ContainsFunc(f.tasks, func(t casefile.Task) bool { return t.Code == decision.TaskLook }) {
		if f.again, err = decision.Doubts(ctx, g, r.P, c.ID); err != nil {
			return f, err
		}
	}
	if f.log, err = caseweb.Recent(ctx, g, r.P, d.Cases.Packs, c, recentLines); err != nil {
		return f, err
	}
	if g.Actor.Can(person.PermView) {
		if f.contacts, err = d.Persons.Contacts(ctx, g, c.PrincipalID); err != nil {
			return f, err
		}
	}
	if f.names, _, err = staffNames(ctx, g); err != nil {
		return f, err
	}
	offices, err := org.Offices(ctx, g.Tx)
	if err != nil {
		return f, err
	}
	f.offices = map[string]string{}
	for _, o := range offices {
		f.offices[o.ID] = o.Name
	}
	if d.LivesAt != nil {
		f.lives, err = d.LivesAt(ctx, g, c)
	}
	return f, err
}

func (d *Domain) overviewPage(r *web.Request, f whole) pages.Overview {
	p, c := r.P, f.c
	v := pages.Overview{P: p, Open: isOpen(c), Facts: facts(p, f)}
	base := room.Href(c.ID)
	here := base
	if f.next != nil {
		here += f.next.param
	}
	may := isOpen(c) && f.actor.Can(casefile.PermTask)
	waiters := waiterOptions(p)
	for _, t := range f.tasks {
		s := pages.Step{ID: t.ID, Title: stepText(p, t.Code, t.Title), Written: t.Code == "", Owner: f.names[t.OwnerID], Urgent: t.Urgent, Waiters: waiters, Back: here}
		if t.Code == decision.TaskLook {
			s.Reasons = f.again
			if len(f.again) > 0 {
				s.DoHref = d.way(f.folder, base+"/eligibility")
			}
		}
		if !t.DueOn.IsZero() {
			s.Due.Date = p.Date(t.DueOn)
			s.Due.Kind, s.Due.Tag = dueTag(p, t.DueOn, f.today)
		}
		if t.WaitingOn != "" && t.WaitingUntil.After(f.today) {
			s.Waits = p.T("desk.step.waits_until", "who", casefile.WaiterText(p, t.WaitingOn), "date", p.Date(t.WaitingUntil))
			s.Due.Kind, s.Due.Tag = "", ""
		}
		switch {
		case t.Code == casefile.HandOverTask: // answered on a page of its own, and not by a tick
			if d.leads(f.actor, "GET /cases/{id}/hand-over") {
				s.Href = base + "/hand-over"
			}
		case may:
			s.Base = base + "/tasks/" + t.ID
		}
		v.Steps = append(v.Steps, s)
	}
	if may && d.leads(f.actor, "GET /cases/{id}/tasks") {
		v.AddStep = base + "/tasks"
	}
	if v.Open {
		next := f.pack.Next(c.Stage)
		if s, ok := f.pack.Proposed(c.Stage); ok {
			v.NextStage = stageName(p, s.Code)
		}
		for _, m := range f.missing {
			v.Missing = append(v.Missing, ui.MissingItem{Text: p.T(m.Key, m.Args...), Href: d.way(f.folder, m.Href), Action: p.T("desk.missing.do")})
		}
		if len(f.missing) == 0 && len(next) > 0 && d.leads(f.actor, "POST /cases/{id}/move") {
			v.MoveHref = base + "/move"
		}
		if d.leads(f.actor, "POST /cases/{id}/withdraw") {
			v.Withdraw, v.Will = base+"/withdraw", will(p, f.folder)
		}
	}
	if d.leads(f.actor, "POST /cases/{id}/notes") {
		v.NoteAction, v.NoteID, v.NoteBack = base+"/notes", id.New(), here
		for _, k := range casefile.NoteKinds {
			v.NoteKinds = append(v.NoteKinds, ui.Option{Value: k, Label: p.T("case.note_kind." + k), Selected: k == "note"})
		}
	}
	v.Log = f.log
	if d.leads(f.actor, "GET /cases/{id}/history") {
		v.HistoryHref = base + "/history"
	}
	return v
}

// facts is the column beside a case. What nobody knows says so.
func facts(p *i18n.Printer, f whole) (out []ui.Fact) {
	add := func(key, value, lang, href string) {
		x := ui.Fact{Label: p.T("desk.fact." + key), Value: value, Lang: lang, Href: href}
		if value == "" {
			x.Value, x.Missing, x.Href = p.T("ui.fact.missing"), true, ""
		}
		out = append(out, x)
	}
	c := f.c
	var m casefile.Member
	for _, x := range f.members {
		if x.ID == c.PrincipalID {
			m = x
		}
	}
	add("birth", birthText(p, m, f), "", "")
	country := ""
	if c.Nationality != "" {
		country = p.Country(c.Nationality)
	}
	add("nationality", country, "", "")
	add("household", peopleText(p, c), "", room.Href(c.ID, "household"))
	add("language", languageText(p, m), "", "")
	add("lives", firstOf(f.lives, contactText(p, f.contacts, "address")), "", "")
	add("phone", contactText(p, f.contacts, "phone"), "", "")
	add("owner", firstOf(f.names[c.OwnerID], p.T("desk.owner.nobody")), "", "")
	add("office", f.offices[c.HostOffice], "", "")
	returns := ""
	if c.ReturnCountry != "" {
		returns = p.Country(c.ReturnCountry)
	}
	if o := f.offices[c.OriginOffice]; o != "" {
		returns = p.T("desk.fact.returns_via", "country", returns, "office", o)
	}
	add("returns", returns, "", "")
	if !c.DepartsOn.IsZero() {
		add("departs", p.Date(c.DepartsOn), "", "")
	}
	add("programme", f.pack.Name(p.Lang), "", "")
	add("opened", p.Date(c.OpenedOn), "", "")
	return out
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func birthText(p *i18n.Printer, m casefile.Member, f whole) string {
	years, known := m.Age(f.today)
	if !known {
		return ""
	}
	age := p.N("common.age_years", int64(years))
	switch m.BirthKind {
	case person.YearOnly:
		return p.T("desk.birth.year", "year", m.BirthDate.String()[:4], "age", age)
	case person.Estimated:
		return p.T("desk.birth.about", "date", p.Date(m.BirthDate), "age", age)
	}
	return p.T("desk.birth", "date", p.Date(m.BirthDate), "age", age)
}

func languageText(p *i18n.Printer, m casefile.Member) string {
	if m.Language == "" {
		return ""
	}
	if m.Interpreter {
		return p.T("desk.language.interpreter", "language", p.Language(m.Language))
	}
	return p.Language(m.Language)
}

// contactText is the best way to reach somebody, with the warning before anybody dials. A number that is not safe is not
// shown here at all.
func contactText(p *i18n.Printer, list []person.Contact, kind string) string {
	for _, c := range list {
		if c.Kind != kind || c.Unreadable || c.Value == "" {
			continue
		}
		if kind != "phone" {
			return c.Value
		}
		switch c.Safe {
		case "yes":
			return p.T("desk.phone.safe", "phone", c.Value)
		case "no":
			return p.T("desk.phone.unsafe")
		}
		return p.T("desk.phone.only_if", "phone", c.Value, "when", c.SafeNote)
	}
	return ""
}
