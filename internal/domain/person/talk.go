package person

import (
	"net/http"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/person/pages"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// noticeLanguages are those in which the notice exists.
func (h *room) noticeLanguages() (out []i18n.Language) {
	for _, l := range h.cat.Languages() {
		if l.Public {
			out = append(out, l)
		}
	}
	return out
}

// noticeLanguage is the language for the person's half of the page: as asked for, else the person's own, else English.
func (h *room) noticeLanguage(asked string, q *Person) string {
	best := i18n.Fallback
	for _, l := range h.noticeLanguages() {
		if l.Tag == asked {
			return asked
		}
		if l.Tag == q.Language || l.Tag == "fa" && q.Language == "prs" {
			best = l.Tag
		}
	}
	return best
}

// whom names a recipient; an embassy is named with its country.
func whom(p *i18n.Printer, recipient string) string {
	kind, code, _ := strings.Cut(recipient, ":")
	if code != "" {
		return p.T("consent.recipient."+kind, "country", p.Country(code))
	}
	return p.T("consent.recipient." + kind)
}

func consentSection(p *i18n.Printer, rec *Record, add pages.Link) pages.Section {
	s := pages.Section{Title: p.T("person.section.consent"), Empty: p.T("person.consent.none"), Add: add,
		Heads: []ui.Head{{Label: p.T("person.consent.for")}, {Label: p.T("common.status")}, {Label: p.T("common.date")}, {Label: p.T("person.consent.how")}, {Label: p.T("common.change"), Hidden: true}}}
	latest := map[Question]bool{}
	for i := range rec.Consents {
		c := &rec.Consents[i]
		key := Question{c.Purpose, c.Recipient}
		if latest[key] {
			continue
		}
		latest[key] = true
		kind, state := consentState(p, c, rec.Today)
		how := p.T("person.consent.told", "method", p.T("person.method."+c.Method), "language", p.Language(c.Language), "version", c.NoticeVersion)
		cells := []ui.Cell{{Text: p.T("person.purpose." + c.Purpose), Sub: whom(p, c.Recipient)}, {Text: state, Tag: kind}, {Text: p.Time(c.At)}, {Text: how}}
		if add.Href != "" && c.Given && c.WithdrawnAt.IsZero() {
			cells = append(cells, pages.Actions(nil, pages.Link{Href: href(c.PersonID, "consent", c.ID, "withdraw"), Label: p.T("person.consent.withdraw")}))
		}
		s.Rows = append(s.Rows, ui.Row{Cells: cells})
	}
	return s
}

func consentState(p *i18n.Printer, c *Consent, today day.Date) (kind, text string) {
	switch {
	case !c.WithdrawnAt.IsZero():
		return "late", p.T("person.consent.withdrawn")
	case !c.Given:
		return "late", p.T("person.consent.refused")
	case !c.Holds(today):
		return "late", p.T("person.consent.expired")
	case !c.ExpiresOn.IsZero():
		return "ok", p.T("person.consent.given_until", "date", c.ExpiresOn)
	}
	return "ok", p.T("person.consent.given")
}

func (h *room) talk(r *web.Request, rec *Record) pages.Consent {
	p, q := r.P, &rec.Person
	lang := h.noticeLanguage(r.Text("lang"), q)
	v := pages.Consent{P: p, Q: h.cat.Printer(lang), Back: back(p, q), Sub: label(p, q), Current: lang, Version: NoticeVersion, Action: href(q.ID, "consent"),
		Hidden: [][2]string{{"notice", NoticeVersion}, {"lang", lang}}}
	for _, l := range h.noticeLanguages() {
		v.Languages = append(v.Languages, ui.NavItem{Href: href(q.ID, "consent") + "?lang=" + l.Tag, Label: l.Name, Lang: l.Tag, Current: l.Tag == lang})
	}
	state := map[Question]*Consent{}
	for i := range rec.Consents {
		c := &rec.Consents[i]
		if k := (Question{c.Purpose, c.Recipient}); state[k] == nil {
			state[k] = c
		}
	}
	for _, x := range Questions(q) {
		name := "a_" + x.Purpose + "_" + strings.ReplaceAll(x.Recipient, ":", "_")
		one := pages.Question{Name: name, Chosen: r.Text(name), Purpose: x.Purpose, LeftWhom: whom(v.P, x.Recipient), RightWhom: whom(v.Q, x.Recipient)}
		if c := state[x]; c != nil {
			one.StateKind, one.LeftState = consentState(p, c, rec.Today)
		}
		id := r.Text("id_" + name)
		if id == "" {
			id = h.Gate.IDs.New()
		}
		v.Hidden = append(v.Hidden, [2]string{"id_" + name, id})
		v.Questions = append(v.Questions, one)
	}
	by := []ui.Option{{Value: q.ID, Label: p.T("person.consent.self", "name", label(p, q))}}
	for i := range rec.Relatives {
		if o := &rec.Relatives[i]; !o.Hidden && (o.Role == "parent" || o.Role == "guardian") {
			by = append(by, ui.Option{Value: o.Person.ID, Label: p.T("person.consent.by", "name", label(p, &o.Person), "role", p.T("person.role."+o.Role))})
		}
	}
	given := r.Text("given_by")
	if given == "" {
		given = q.ID
		if child, _ := q.Child(day.Of(h.Gate.Clock.Now(), h.Gate.Zone)); child && len(by) > 1 {
			given = by[1].Value // a parent or guardian answers for a child
		}
	}
	v.Groups = []pages.Group{{Legend: p.T("person.consent.how"), Fields: []pages.Field{required(choose(p, "radios", "given_by", given, by), ""),
		required(choose(p, "radios", "method", r.Text("method"), options(p, "person.method.", Methods)), ""), hinted(text(p, "interpreter", r.Text("interpreter")), p.T("person.hint.interpreter")),
		hinted(text(p, "witness", r.Text("witness")), p.T("person.hint.witness")), hinted(date(p, r, "expires_on", day.Date{}), p.T("person.hint.consent_until"))}}}
	v.Groups[0].Fields[2].Label = p.T("person.field.interpreter_name")
	v.Past = consentSection(p, rec, pages.Link{Href: "#f-method", Label: p.T("person.consent.ask")})
	return v
}

func (h *room) askConsent(w http.ResponseWriter, r *web.Request) error {
	rec, err := h.Open(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, r.P.T("person.consent.title"), pages.Talk(h.talk(r, &rec)))
}

func (h *room) takeConsent(w http.ResponseWriter, r *web.Request) error {
	rec, err := h.Open(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	s := Sheet{PersonID: rec.Person.ID, NoticeVersion: r.Text("notice"), Language: r.Text("lang"), Interpreter: r.Text("interpreter"), Witness: r.Text("witness"), Method: r.Text("method"), GivenBy: r.Text("given_by")}
	for _, x := range Questions(&rec.Person) {
		name := "a_" + x.Purpose + "_" + strings.ReplaceAll(x.Recipient, ":", "_")
		if a := r.Text(name); a == "yes" || a == "no" {
			s.Answers = append(s.Answers, Answer{ID: r.Text("id_" + name), Question: x, Given: a == "yes"})
		}
	}
	if err = dates(r, map[string]*day.Date{"expires_on": &s.ExpiresOn}); err == nil {
		err = h.TakeConsent(r.Context(), r.UserID, s)
	}
	if err == nil {
		return done(w, r, rec.Person.ID, "person.said.consent")
	}
	ps, ok := r.Problems(err)
	if !ok {
		return err
	}
	v := h.talk(r, &rec)
	v.Problems = ps
	return r.Form(w, r.P.T("person.consent.title"), ps, pages.Talk(v))
}

func (h *room) withdrawConsent(w http.ResponseWriter, r *web.Request) error {
	if err := h.WithdrawConsent(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("row")); err != nil {
		return err
	}
	return done(w, r, r.PathValue("id"), "person.said.consent_withdrawn")
}
