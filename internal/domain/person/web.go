package person

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// room is the pages of this domain; the catalogue gives the person's language beside the reader's.
type room struct {
	*Domain
	cat *i18n.Catalogue
}

// Routes mounts the pages about people.
func (d *Domain) Routes(s *web.Server) {
	h := &room{d, s.Cat}
	s.Handle("GET /persons", PermView, h.find)
	s.Handle("GET /persons/new", PermRegister, h.askFirst)
	s.Handle("POST /persons/new/check", PermRegister, h.showCandidates)
	s.Handle("POST /persons/new/form", PermRegister, h.askAll)
	s.Handle("POST /persons", PermRegister, h.register)
	s.Handle("GET /persons/{id}", PermView, h.show)
	s.Handle("GET /persons/{id}/registered", PermRegister, h.registered)
	s.Handle("GET /persons/{id}/edit", PermEdit, h.askEdit)
	s.Handle("POST /persons/{id}/edit", PermEdit, h.edit)
	s.Handle("GET /persons/{id}/names", PermEdit, h.askName)
	s.Handle("POST /persons/{id}/names", PermEdit, h.addName)
	s.Handle("POST /persons/{id}/names/{row}/remove", PermEdit, h.removeName)
	s.Handle("GET /persons/{id}/contacts", PermEdit, h.askContact)
	s.Handle("POST /persons/{id}/contacts", PermEdit, h.addContact)
	s.Handle("GET /persons/{id}/contacts/{row}", PermEdit, h.askContact)
	s.Handle("POST /persons/{id}/contacts/{row}", PermEdit, h.editContact)
	s.Handle("POST /persons/{id}/contacts/{row}/remove", PermEdit, h.removeContact)
	s.Handle("GET /persons/{id}/papers", PermEdit, h.askPaper)
	s.Handle("POST /persons/{id}/papers", PermEdit, h.addPaper)
	s.Handle("GET /persons/{id}/papers/{row}", PermEdit, h.askPaper)
	s.Handle("POST /persons/{id}/papers/{row}", PermEdit, h.editPaper)
	s.Handle("GET /persons/{id}/papers/{row}/move", PermEdit, h.askMove)
	s.Handle("POST /persons/{id}/papers/{row}/move", PermEdit, h.movePaper)
	s.Handle("GET /persons/{id}/links", PermEdit, h.askLink)
	s.Handle("POST /persons/{id}/links", PermEdit, h.addLink)
	s.Handle("POST /persons/{id}/links/{row}/remove", PermEdit, h.removeLink)
	s.Handle("GET /persons/{id}/consent", PermConsent, h.askConsent)
	s.Handle("POST /persons/{id}/consent", PermConsent, h.takeConsent)
	s.Handle("POST /persons/{id}/consent/{row}/withdraw", PermConsent, h.withdrawConsent)
	s.Handle("GET /persons/{id}/class", PermClass, h.askClass)
	s.Handle("POST /persons/{id}/class", PermClass, h.setClass)
	s.Handle("GET /persons/{id}/age/{row}", PermApproveAge, h.askAge)
	s.Handle("POST /persons/{id}/age/{row}", PermApproveAge, h.decideAge)
	s.Handle("GET /persons/{id}/erase", PermErase, h.askErase)
	s.Handle("POST /persons/{id}/erase", PermErase, h.erase)
	s.Handle("GET /persons/{id}/holds", PermHold, h.askHold)
	s.Handle("POST /persons/{id}/holds", PermHold, h.setHold)
	s.Handle("POST /persons/{id}/holds/{row}/release", PermHold, h.releaseHold)
}

func href(personID string, parts ...string) string {
	return "/persons/" + strings.Join(append([]string{url.PathEscape(personID)}, parts...), "/")
}

// label names a person on a page; somebody without a name is called what they are.
func label(p *i18n.Printer, q *Person) string {
	switch {
	case !q.ErasedAt.IsZero():
		return p.T("person.erased")
	case q.Unnamed():
		return p.T("person.unnamed")
	}
	return q.Called()
}

func nameParts(p *i18n.Printer, q *Person) ui.NameParts {
	n := ui.NameParts{Latin: label(p, q), Native: q.Native(), NativeLang: q.NativeLang}
	if n.Latin == n.Native {
		n.Native = ""
	}
	return n
}

// born writes a birth date with how sure it is.
// Born says what is known of a birth, and no more.
func Born(p *i18n.Printer, q *Person) string {
	switch {
	case q.BirthDate.IsZero() || q.BirthKind == Unknown:
		return p.T("person.birth.not_known")
	case q.BirthKind == YearOnly:
		return p.T("person.birth.year_only", "year", q.BirthDate.String()[:4])
	case q.BirthKind == Estimated:
		return p.T("person.birth.about", "date", q.BirthDate)
	}
	return p.Date(q.BirthDate)
}

func who(p *i18n.Printer, q *Person) ui.Cell {
	return ui.Cell{Body: pages.Who(href(q.ID), nameParts(p, q), "")}
}

func personHeads(p *i18n.Printer, more ...string) []ui.Head {
	out := []ui.Head{{Label: p.T("common.name")}, {Label: p.T("person.field.birth_date")}, {Label: p.T("common.sex")}, {Label: p.T("common.nationality")}}
	for _, m := range more {
		out = append(out, ui.Head{Label: m})
	}
	return out
}

func personCells(p *i18n.Printer, q *Person) []ui.Cell {
	return []ui.Cell{who(p, q), {Text: Born(p, q)}, {Text: p.T("common.sex_" + q.Sex)}, {Text: country(p, q.Nationality)}}
}

func country(p *i18n.Printer, code string) string {
	if code == "" {
		return ""
	}
	return p.Country(code)
}

const found = 50

func (h *room) find(w http.ResponseWriter, r *web.Request) error {
	v := pages.Find{P: r.P, Query: r.Text("q"), Heads: personHeads(r.P)}
	err := h.Gate.Read(r.Context(), r.UserID, PermView, func(ctx context.Context, g *gate.R) error {
		if g.Actor.Can(PermRegister) {
			v.New = pages.Link{Href: "/persons/new", Label: r.P.T("person.new.title"), Kind: "go"}
		}
		if v.Query == "" {
			return nil
		}
		list, err := h.Search(ctx, g, v.Query, found)
		v.Searched = true
		for i := range list {
			v.Rows = append(v.Rows, ui.Row{Cells: personCells(r.P, &list[i])})
		}
		return err
	})
	if err != nil {
		return err
	}
	v.Result = r.P.N("common.results", int64(len(v.Rows)))
	if len(v.Rows) == found {
		v.Result = r.P.N("person.find.first", found)
	}
	return r.Page(w, http.StatusOK, r.P.T("person.find.title"), pages.Search(v))
}

func fact(p *i18n.Printer, label, value string) ui.Fact {
	if value == "" {
		return ui.Fact{Label: label, Value: p.T("ui.fact.missing"), Missing: true}
	}
	return ui.Fact{Label: label, Value: value}
}

func (h *room) show(w http.ResponseWriter, r *web.Request) error {
	rec, err := h.Open(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	p, q := r.P, &rec.Person
	v := pages.Person{P: p, Name: nameParts(p, q), Refs: []string{Born(p, q)}, Log: logbook(p, &rec)}
	can := func(perm string) bool { return rec.May[perm] && q.ErasedAt.IsZero() }
	link := func(perm, part, key string) pages.Link {
		if !can(perm) {
			return pages.Link{}
		}
		return pages.Link{Href: href(q.ID, part), Label: p.T(key)}
	}
	if can(PermRegister) { // somebody who is known already came again
		v.Actions = []pages.Link{{Href: "/cases/new?person=" + q.ID, Label: p.T("person.new.open_case"), Kind: "go"}, {Href: "/persons/new?family_of=" + q.ID, Label: p.T("person.new.add_family")}}
	}
	if a := link(PermEdit, "edit", "common.edit"); a.Href != "" {
		v.Actions = append(v.Actions, a)
	}
	for _, a := range []pages.Link{link(PermClass, "class", "person.class.title"), link(PermHold, "holds", "person.hold.title"), link(PermErase, "erase", "person.erase.title")} {
		if a.Href != "" { // what is seldom done, and what cannot be undone, is not a button beside the others
			v.Seldom = append(v.Seldom, a)
		}
	}
	if q.Class != org.Normal {
		v.Tags = append(v.Tags, pages.Tag{Kind: "care", Text: p.T("person.class." + q.Class)})
	}
	if q.Invented {
		v.Tags = append(v.Tags, pages.Tag{Kind: "invented", Text: p.T("person.invented")})
	}
	if !q.ErasedAt.IsZero() {
		v.Notices = append(v.Notices, pages.NoticeLink{Notice: pages.Notice{Kind: "calm", Title: p.T("person.erased"), Text: p.T("person.erased_text", "date", q.ErasedAt)}})
	}
	if q.Placeholder {
		v.Notices = append(v.Notices, pages.NoticeLink{Notice: pages.Notice{Kind: "warn", Title: p.T("person.placeholder.title"), Text: p.T("person.placeholder.text")}, Link: link(PermEdit, "edit", "person.placeholder.identify")})
	}
	for _, a := range rec.Proposals {
		proposed := Person{BirthDate: a.BirthDate, BirthKind: a.BirthKind}
		n := pages.NoticeLink{Notice: pages.Notice{Kind: "warn", Title: p.T("person.age.waiting"), Text: p.T("person.age.waiting_text", "old", Born(p, q), "new", Born(p, &proposed))}}
		if can(PermApproveAge) && a.ProposedBy != r.UserID {
			n.Link = pages.Link{Href: href(q.ID, "age", a.ID), Label: p.T("person.age.decide")}
		}
		v.Notices = append(v.Notices, n)
	}
	choice := func(prefix, code string) string {
		if code == "" {
			return ""
		}
		return p.T(prefix + code)
	}
	lang := ""
	if q.Language != "" {
		lang = p.Language(q.Language)
	}
	v.Side = []ui.Fact{fact(p, p.T("person.field.father_name"), q.FatherName), fact(p, p.T("person.field.known_as"), q.KnownAs), fact(p, p.T("common.sex"), p.T("common.sex_"+q.Sex)),
		fact(p, p.T("person.field.birth_date"), Born(p, q)), fact(p, p.T("person.field.birth_place"), q.BirthPlace), fact(p, p.T("person.field.nationality"), country(p, q.Nationality)),
		fact(p, p.T("person.field.documented_nationality"), country(p, q.DocumentedNationality)), fact(p, p.T("person.field.civil_status"), choice("person.civil.", q.CivilStatus)),
		fact(p, p.T("common.language"), lang), {Label: p.T("person.field.interpreter"), Value: p.T("common." + yesNo(q.Interpreter))}, fact(p, p.T("common.office"), rec.Offices[q.OfficeID])}
	v.Sections = []pages.Section{
		h.contactSection(p, &rec, link(PermEdit, "contacts", "person.contact.add")), h.paperSection(p, &rec, link(PermEdit, "papers", "person.paper.add")),
		familySection(p, &rec, link(PermEdit, "links", "person.link.add")), consentSection(p, &rec, link(PermConsent, "consent", "person.consent.ask")), nameSection(p, &rec, link(PermEdit, "names", "person.name.add")),
	}
	return r.Page(w, http.StatusOK, label(p, q), pages.Show(v))
}

// logbook turns the journal into words.
func logbook(p *i18n.Printer, rec *Record) []ui.LogEntry {
	var out []ui.LogEntry
	for _, l := range rec.History {
		if l.Hidden && l.Class != rec.Person.Class { // that there is such an entry would tell
			continue
		}
		e := ui.LogEntry{At: p.Time(l.At), Title: LogText(p, l), By: rec.Staff[l.Actor]}
		switch {
		case l.Erased:
			e.Text = p.T("person.log_erased")
		case l.Hidden:
			e.Text = p.T("person.log_hidden")
		}
		for _, c := range l.Changes {
			ch := ui.Change{Label: p.T("person.field." + c.Field), Old: shown(p, c.Field, c.Old), New: shown(p, c.Field, c.New)}
			if c.Field == "native_given" || c.Field == "native_family" {
				ch.Lang = rec.Person.NativeLang
			}
			e.Changes = append(e.Changes, ch)
		}
		out = append(out, e)
	}
	return out
}

// LogText is the sentence of a journal entry about a person.
func LogText(p *i18n.Printer, l *journal.Line) string {
	key := "person.log." + strings.TrimPrefix(l.Action, "person.")
	if !p.Has(key) {
		key = "person.log.other"
	}
	return p.T(key)
}

// shown writes a field's stored value for the reader.
func shown(p *i18n.Printer, field, v string) string {
	if v == "" {
		return ""
	}
	switch field {
	case "sex":
		return p.T("common.sex_" + v)
	case "nationality", "documented_nationality", "country":
		return p.Country(v)
	case "language", "native_lang":
		return p.Language(v)
	case "interpreter", "preferred":
		return p.T("common." + v)
	}
	for _, prefix := range map[string][]string{"birth_kind": {"person.birth."}, "civil_status": {"person.civil."}, "held_by": {"person.holder."}, "safe": {"person.safe."},
		"kind": {"person.paper.", "person.contact.", "person.name."}, "class": {"person.class."}}[field] {
		if p.Has(prefix + v) {
			return p.T(prefix + v)
		}
	}
	return v
}

func (h *room) contactSection(p *i18n.Printer, rec *Record, add pages.Link) pages.Section {
	s := pages.Section{Title: p.T("person.section.contacts"), Empty: p.T("person.contact.none"), Add: add,
		Heads: []ui.Head{{Label: p.T("person.field.kind")}, {Label: p.T("person.field.value")}, {Label: p.T("common.change"), Hidden: true}}}
	for _, c := range rec.Contacts {
		tag := map[string]string{"yes": "ok", "no": "late", "only_if": "soon"}[c.Safe]
		kind := p.T("person.contact." + c.Kind)
		if c.Preferred {
			kind = p.T("person.contact.preferred", "kind", kind)
		}
		cells := []ui.Cell{{Text: kind}, pages.Tagged(pages.Line{Text: c.Value, Kind: tag, Tag: p.T("person.safe." + c.Safe), Note: c.SafeNote})}
		if add.Href != "" {
			cells = append(cells, pages.Actions([]pages.Link{{Href: href(c.PersonID, "contacts", c.ID), Label: p.T("common.change")}}, pages.Link{Href: href(c.PersonID, "contacts", c.ID, "remove"), Label: p.T("common.remove")}))
		}
		s.Rows = append(s.Rows, ui.Row{Cells: cells})
	}
	return s
}

func (h *room) paperSection(p *i18n.Printer, rec *Record, add pages.Link) pages.Section {
	s := pages.Section{Title: p.T("person.section.papers"), Empty: p.T("person.paper.none"), Add: add,
		Heads: []ui.Head{{Label: p.T("person.field.kind")}, {Label: p.T("person.field.number")}, {Label: p.T("person.field.expires_on")}, {Label: p.T("person.field.held_by")}, {Label: p.T("common.change"), Hidden: true}}}
	for _, c := range rec.Papers {
		tag := "ok"
		if c.HeldBy == "lost" || c.HeldBy == "stolen" || c.HeldBy == "never_held" {
			tag = "late"
		}
		ends := ""
		if !c.ExpiresOn.IsZero() {
			ends = p.Date(c.ExpiresOn)
		}
		since := ""
		if !c.HeldSince.IsZero() {
			since = p.T("person.paper.since", "date", c.HeldSince)
		}
		cells := []ui.Cell{{Text: p.T("person.paper." + c.Kind), Sub: country(p, c.Country)}, {Text: c.Number}, {Text: ends}, pages.Tagged(pages.Line{Kind: tag, Tag: p.T("person.holder." + c.HeldBy), Note: since})}
		if add.Href != "" {
			cells = append(cells, pages.Actions([]pages.Link{{Href: href(c.PersonID, "papers", c.ID, "move"), Label: p.T("person.paper.move")}, {Href: href(c.PersonID, "papers", c.ID), Label: p.T("common.change")}}, pages.Link{}))
		}
		s.Rows = append(s.Rows, ui.Row{Cells: cells})
	}
	return s
}

func familySection(p *i18n.Printer, rec *Record, add pages.Link) pages.Section {
	s := pages.Section{Title: p.T("person.section.family"), Empty: p.T("person.link.none"), Add: add,
		Heads: []ui.Head{{Label: p.T("common.name")}, {Label: p.T("person.field.role")}, {Label: p.T("common.change"), Hidden: true}}}
	for _, c := range rec.Relatives {
		name := ui.Cell{Text: p.T("person.link.hidden")}
		if !c.Hidden {
			name = who(p, &c.Person)
		}
		cells := []ui.Cell{name, {Text: p.T("person.role." + c.Role)}}
		if add.Href != "" && !c.Hidden {
			cells = append(cells, pages.Actions(nil, pages.Link{Href: href(rec.Person.ID, "links", c.LinkID, "remove"), Label: p.T("common.remove")}))
		}
		s.Rows = append(s.Rows, ui.Row{Cells: cells})
	}
	return s
}

func nameSection(p *i18n.Printer, rec *Record, add pages.Link) pages.Section {
	s := pages.Section{Title: p.T("person.section.names"), Empty: p.T("person.name.none"), Add: add,
		Heads: []ui.Head{{Label: p.T("common.name")}, {Label: p.T("person.field.kind")}, {Label: p.T("common.change"), Hidden: true}}}
	for _, c := range rec.Names {
		cells := []ui.Cell{{Text: joinName(c.GivenNames, c.FamilyName), Lang: c.Lang}, {Text: p.T("person.name." + c.Kind)}}
		if add.Href != "" {
			cells = append(cells, pages.Actions(nil, pages.Link{Href: href(c.PersonID, "names", c.ID, "remove"), Label: p.T("common.remove")}))
		}
		s.Rows = append(s.Rows, ui.Row{Cells: cells})
	}
	return s
}
