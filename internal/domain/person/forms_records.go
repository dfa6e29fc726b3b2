package person

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// form loads the person and answers with the form make gives, or calls the command and answers with what became of it.
func (h *room) form(w http.ResponseWriter, r *web.Request, perm, said string, make func(q *Person) (pages.Form, error), command func(q *Person) error) error {
	q, err := h.load(r, perm)
	if err != nil {
		return err
	}
	if command != nil {
		if err = command(&q); err == nil {
			return done(w, r, q.ID, said)
		}
	}
	f, problem := make(&q)
	if problem != nil {
		return problem
	}
	f.Back = back(r.P, &q)
	return ask(w, r, f, err)
}

func newID(h *room, r *web.Request) [2]string {
	if r.Text("id") != "" {
		return [2]string{"id", r.Text("id")}
	}
	return [2]string{"id", h.Gate.IDs.New()}
}

func (h *room) nameForm(r *web.Request) func(*Person) (pages.Form, error) {
	return func(q *Person) (pages.Form, error) {
		p := r.P
		return pages.Form{Title: p.T("person.name.add"), Action: href(q.ID, "names"), Hidden: [][2]string{newID(h, r)}, Groups: []pages.Group{{Fields: []pages.Field{
			required(choose(p, "radios", "kind", r.Text("kind"), options(p, "person.name.", NameKinds)), ""), text(p, "given_names", r.Text("given_names")), text(p, "family_name", r.Text("family_name")),
			choose(p, "select", "lang", r.Text("lang"), listed(p, p.LanguageNames()))}}}}, nil
	}
}

func (h *room) askName(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermEdit, "", h.nameForm(r), nil)
}

func (h *room) addName(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermEdit, "common.saved", h.nameForm(r), func(q *Person) error {
		return h.AddAlias(r.Context(), r.UserID, OtherName{ID: r.Text("id"), PersonID: q.ID, Kind: r.Text("kind"), GivenNames: r.Text("given_names"), FamilyName: r.Text("family_name"), Lang: r.Text("lang")})
	})
}

// removed answers a removal: there is nothing to fill in, so an error is a page of its own.
func removed(w http.ResponseWriter, r *web.Request, err error) error {
	if err != nil {
		return err
	}
	return done(w, r, r.PathValue("id"), "person.said.removed")
}

func (h *room) removeName(w http.ResponseWriter, r *web.Request) error {
	return removed(w, r, h.RemoveAlias(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("row")))
}

func (h *room) removeContact(w http.ResponseWriter, r *web.Request) error {
	return removed(w, r, h.RemoveContact(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("row")))
}

func (h *room) removeLink(w http.ResponseWriter, r *web.Request) error {
	return removed(w, r, h.Unlink(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("row")))
}

func readContact(r *web.Request) Contact {
	return Contact{ID: r.PathValue("row"), PersonID: r.PathValue("id"), Revision: rev(r), Kind: r.Text("kind"), Value: r.Text("value"), Preferred: r.Ticked("preferred"), Safe: r.Text("safe"), SafeNote: r.Text("safe_note")}
}

func (h *room) contactForm(r *web.Request) func(*Person) (pages.Form, error) {
	return func(q *Person) (pages.Form, error) {
		p, row, c := r.P, r.PathValue("row"), readContact(r)
		f := pages.Form{Title: p.T("person.contact.add"), Action: href(q.ID, "contacts"), Hidden: [][2]string{newID(h, r)}}
		if row != "" {
			f.Title, f.Action, f.Hidden = p.T("person.contact.change"), href(q.ID, "contacts", row), [][2]string{{"rev", r.Text("rev")}}
			if r.Method == http.MethodGet {
				err := h.Gate.Read(r.Context(), r.UserID, PermEdit, func(ctx context.Context, g *gate.R) (err error) {
					c, err = h.contact(ctx, g, q.ID, row)
					return err
				})
				if err != nil {
					return f, err
				}
				f.Hidden = [][2]string{{"rev", strconv.FormatInt(c.Revision, 10)}}
			}
		}
		f.Groups = []pages.Group{{Fields: contactFields(p, &c)}}
		return f, nil
	}
}

func contactFields(p *i18n.Printer, c *Contact) []pages.Field {
	value := required(text(p, "value", c.Value), p.T("person.hint.value"))
	value.MaxLen = 500
	return []pages.Field{required(choose(p, "radios", "kind", c.Kind, options(p, "person.contact.", ContactKinds)), ""), value,
		required(choose(p, "radios", "safe", c.Safe, options(p, "person.safe.", SafeAnswers)), p.T("person.hint.safe")), hinted(area(p, "safe_note", c.SafeNote), p.T("person.hint.safe_note")),
		choose(p, "checks", "preferred", "", []ui.Option{{Value: "yes", Label: p.T("person.contact.prefer"), Selected: c.Preferred}})}
}

func (h *room) askContact(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermEdit, "", h.contactForm(r), nil)
}

func (h *room) addContact(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermEdit, "common.saved", h.contactForm(r), func(q *Person) error {
		c := readContact(r)
		c.ID = r.Text("id")
		return h.AddContact(r.Context(), r.UserID, c)
	})
}

func (h *room) editContact(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermEdit, "common.saved", h.contactForm(r), func(q *Person) error {
		return h.EditContact(r.Context(), r.UserID, readContact(r), seen(r, contactFieldNames))
	})
}

func readPaper(r *web.Request) (Paper, error) {
	c := Paper{ID: r.PathValue("row"), PersonID: r.PathValue("id"), Revision: rev(r), Kind: r.Text("kind"), Number: r.Text("number"), Country: r.Text("country"), HeldBy: r.Text("held_by"), Note: r.Text("note"), PoliceReport: r.Text("police_report")}
	return c, dates(r, map[string]*day.Date{"issued_on": &c.IssuedOn, "expires_on": &c.ExpiresOn, "held_since": &c.HeldSince})
}

// thePaper reads the paper a page is about.
func (h *room) thePaper(r *web.Request, personID string) (c Paper, err error) {
	err = h.Gate.Read(r.Context(), r.UserID, PermEdit, func(ctx context.Context, g *gate.R) error {
		c, err = h.paper(ctx, g, personID, r.PathValue("row"))
		return err
	})
	return c, err
}

func (h *room) paperForm(r *web.Request) func(*Person) (pages.Form, error) {
	return func(q *Person) (pages.Form, error) {
		p, row := r.P, r.PathValue("row")
		c, _ := readPaper(r)
		f := pages.Form{Title: p.T("person.paper.add"), Action: href(q.ID, "papers"), Hidden: [][2]string{newID(h, r)}}
		if row != "" {
			f.Title, f.Action, f.Hidden = p.T("person.paper.change"), href(q.ID, "papers", row), [][2]string{{"rev", r.Text("rev")}}
			if r.Method == http.MethodGet {
				var err error
				if c, err = h.thePaper(r, q.ID); err != nil {
					return f, err
				}
				f.Hidden = [][2]string{{"rev", strconv.FormatInt(c.Revision, 10)}}
			}
		}
		f.Groups = []pages.Group{{Fields: []pages.Field{required(choose(p, "select", "kind", c.Kind, options(p, "person.paper.", PaperKinds)), ""), text(p, "number", c.Number),
			choose(p, "select", "country", c.Country, listed(p, p.Countries())), date(p, r, "issued_on", c.IssuedOn), date(p, r, "expires_on", c.ExpiresOn),
			required(choose(p, "select", "held_by", c.HeldBy, options(p, "person.holder.", Holders)), p.T("person.hint.held_by")), date(p, r, "held_since", c.HeldSince),
			hinted(text(p, "police_report", c.PoliceReport), p.T("person.hint.police_report")), area(p, "note", c.Note)}}}
		return f, nil
	}
}

func (h *room) askPaper(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermEdit, "", h.paperForm(r), nil)
}

func (h *room) addPaper(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermEdit, "common.saved", h.paperForm(r), func(q *Person) error {
		c, err := readPaper(r)
		if err != nil {
			return err
		}
		c.ID = r.Text("id")
		return h.AddPaper(r.Context(), r.UserID, c)
	})
}

func (h *room) editPaper(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermEdit, "common.saved", h.paperForm(r), func(q *Person) error {
		c, err := readPaper(r)
		if err != nil {
			return err
		}
		return h.EditPaper(r.Context(), r.UserID, c, seen(r, paperFields))
	})
}

func (h *room) moveForm(r *web.Request) func(*Person) (pages.Form, error) {
	return func(q *Person) (pages.Form, error) {
		p := r.P
		c, err := h.thePaper(r, q.ID)
		held := c.HeldBy
		if r.Has("held_by") {
			held = r.Text("held_by")
		}
		return pages.Form{Title: p.T("person.paper.move"), Sub: strings.TrimSpace(p.T("person.paper."+c.Kind) + " " + c.Number), Action: href(q.ID, "papers", c.ID, "move"), Groups: []pages.Group{{Fields: []pages.Field{
			required(choose(p, "radios", "held_by", held, options(p, "person.holder.", Holders)), p.T("person.hint.held_by")), hinted(text(p, "police_report", r.Text("police_report")), p.T("person.hint.police_report")),
			area(p, "note", r.Text("note"))}}}}, err
	}
}

func (h *room) askMove(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermEdit, "", h.moveForm(r), nil)
}

func (h *room) movePaper(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermEdit, "common.saved", h.moveForm(r), func(q *Person) error {
		return h.MovePaper(r.Context(), r.UserID, q.ID, r.PathValue("row"), r.Text("held_by"), r.Text("note"), r.Text("police_report"))
	})
}

// linkForm finds the other person first; the choice is among those found.
func (h *room) linkForm(r *web.Request) func(*Person) (pages.Form, error) {
	return func(q *Person) (pages.Form, error) {
		p := r.P
		f := pages.Form{Title: p.T("person.link.add"), Sub: p.T("person.link.sub", "name", label(p, q)), Action: href(q.ID, "links"), Submit: p.T("common.search"), Kind: "", Hidden: [][2]string{newID(h, r)},
			Groups: []pages.Group{{Fields: []pages.Field{required(text(p, "other_name", r.Text("other_name")), p.T("person.find.hint"))}}}}
		if r.Text("other_name") == "" {
			return f, nil
		}
		var opts []ui.Option
		err := h.Gate.Read(r.Context(), r.UserID, PermEdit, func(ctx context.Context, g *gate.R) error {
			list, err := h.Search(ctx, g, r.Text("other_name"), 20)
			for i := range list {
				if o := &list[i]; o.ID != q.ID {
					opts = append(opts, ui.Option{Value: o.ID, Label: label(p, o), Hint: Born(p, o), Selected: r.Text("other") == o.ID})
				}
			}
			return err
		})
		if err != nil {
			return f, err
		}
		if len(opts) == 0 {
			f.Notices = []pages.Notice{{Kind: "calm", Title: p.T("person.find.none"), Text: p.T("person.find.none_help")}}
			return f, nil
		}
		f.Submit = p.T("common.save")
		f.Groups[0].Fields = append(f.Groups[0].Fields, required(choose(p, "radios", "other", r.Text("other"), opts), ""), required(choose(p, "select", "role", r.Text("role"), options(p, "person.role.", Roles)), p.T("person.hint.role")))
		return f, nil
	}
}

func (h *room) askLink(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermEdit, "", h.linkForm(r), nil)
}

func (h *room) addLink(w http.ResponseWriter, r *web.Request) error {
	if r.Text("other") == "" && !r.Has("role") { // the search came first
		return h.form(w, r, PermEdit, "", h.linkForm(r), nil)
	}
	return h.form(w, r, PermEdit, "common.saved", h.linkForm(r), func(q *Person) error {
		if r.Text("other") == "" {
			return fault.At("other", "person.err.choose")
		}
		return h.Link(r.Context(), r.UserID, r.Text("id"), q.ID, r.Text("other"), r.Text("role"))
	})
}

func classForm(r *web.Request) func(*Person) (pages.Form, error) {
	return func(q *Person) (pages.Form, error) {
		return pages.Form{Title: r.P.T("person.class.title"), Sub: r.P.T("person.class.sub"), Action: href(q.ID, "class"), Groups: []pages.Group{{Fields: []pages.Field{
			required(choose(r.P, "radios", "class", q.Class, options(r.P, "person.class.", append([]string{org.Normal}, org.Classes...))), "")}}}}, nil
	}
}

func (h *room) askClass(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermClass, "", classForm(r), nil)
}

func (h *room) setClass(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermClass, "common.saved", classForm(r), func(q *Person) error {
		return h.SetClass(r.Context(), r.UserID, q.ID, r.Text("class"))
	})
}

func (h *room) ageForm(r *web.Request) func(*Person) (pages.Form, error) {
	return func(q *Person) (pages.Form, error) {
		p := r.P
		var a AgeProposal
		err := h.Gate.Read(r.Context(), r.UserID, PermApproveAge, func(ctx context.Context, g *gate.R) (err error) {
			a, err = proposal(ctx, g, q.ID, r.PathValue("row"))
			return err
		})
		next := Person{BirthDate: a.BirthDate, BirthKind: a.BirthKind}
		return pages.Form{Title: p.T("person.age.decide"), Notices: []pages.Notice{{Kind: "warn", Title: p.T("person.age.waiting_text", "old", Born(p, q), "new", Born(p, &next)), Text: p.T("person.age.evidence", "text", a.Evidence)}},
			Action: href(q.ID, "age", r.PathValue("row")), Groups: []pages.Group{{Fields: []pages.Field{required(choose(p, "radios", "answer", r.Text("answer"), options(p, "person.age.", []string{"approve", "refuse"})), ""),
				hinted(area(p, "note", r.Text("note")), p.T("person.hint.age_note"))}}}}, err
	}
}

func (h *room) askAge(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermApproveAge, "", h.ageForm(r), nil)
}

func (h *room) decideAge(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermApproveAge, "common.saved", h.ageForm(r), func(q *Person) error {
		if a := r.Text("answer"); a != "approve" && a != "refuse" {
			return fault.At("answer", "person.err.choose")
		}
		return h.DecideAge(r.Context(), r.UserID, q.ID, r.PathValue("row"), r.Text("answer") == "approve", r.Text("note"))
	})
}

// eraseForm says in words why somebody may not be erased, or what erasing means.
func (h *room) eraseForm(r *web.Request) func(*Person) (pages.Form, error) {
	return func(q *Person) (pages.Form, error) {
		p := r.P
		f := pages.Form{Title: p.T("person.erase.title"), Notices: []pages.Notice{{Kind: "warn", Title: p.T("person.erase.what"), Text: p.T("person.erase.what_text")}}, Action: href(q.ID, "erase"), Submit: p.T("person.erase.do"), Kind: "no",
			Groups: []pages.Group{{Fields: []pages.Field{required(choose(p, "checks", "sure", r.Text("sure"), []ui.Option{{Value: "yes", Label: p.T("person.erase.sure")}}), "")}}}}
		var why error
		err := h.Gate.Read(r.Context(), r.UserID, PermErase, func(ctx context.Context, g *gate.R) error {
			why = h.mayErase(ctx, g, q)
			return nil
		})
		if err == nil && why != nil {
			no := fault.Of(why)
			if no.Kind != fault.Conflict {
				return f, why
			}
			f.Notices, f.Groups, f.Action = []pages.Notice{{Kind: "bad", Title: p.T("person.erase.refused"), Text: p.T(no.Key, no.Args...)}}, nil, ""
		}
		return f, err
	}
}

func (h *room) askErase(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermErase, "", h.eraseForm(r), nil)
}

func (h *room) erase(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermErase, "person.said.erased", h.eraseForm(r), func(q *Person) error {
		if !r.Ticked("sure") {
			return fault.At("sure", "person.err.sure")
		}
		return h.Erase(r.Context(), r.UserID, q.ID)
	})
}

func (h *room) holdForm(r *web.Request) func(*Person) (pages.Form, error) {
	return func(q *Person) (pages.Form, error) {
		p := r.P
		f := pages.Form{Title: p.T("person.hold.title"), Sub: p.T("person.hold.sub"), Action: href(q.ID, "holds"), Hidden: [][2]string{newID(h, r)}, Submit: p.T("person.hold.set"), Groups: []pages.Group{{Fields: []pages.Field{
			required(choose(p, "radios", "kind", r.Text("kind"), options(p, "person.hold.", []string{"legal", "grant"})), ""), date(p, r, "until", day.Date{}), required(area(p, "reason", r.Text("reason")), "")}}}}
		err := h.Gate.Read(r.Context(), r.UserID, PermHold, func(ctx context.Context, g *gate.R) error {
			list, err := holds(ctx, g, q.ID)
			f.After = []templ.Component{pages.Part(holdSection(p, q, list))}
			return err
		})
		return f, err
	}
}

func holdSection(p *i18n.Printer, q *Person, list []Hold) pages.Section {
	s := pages.Section{Title: p.T("person.hold.standing"), Empty: p.T("person.hold.none"), Heads: []ui.Head{{Label: p.T("person.field.kind")}, {Label: p.T("person.field.until")}, {Label: p.T("common.reason")}, {Label: p.T("common.change"), Hidden: true}}}
	for _, c := range list {
		until := p.T("person.hold.open_ended")
		if !c.Until.IsZero() {
			until = p.Date(c.Until)
		}
		s.Rows = append(s.Rows, ui.Row{Cells: []ui.Cell{{Text: p.T("person.hold." + c.Kind)}, {Text: until}, {Text: c.Reason}, pages.Actions(nil, pages.Link{Href: href(q.ID, "holds", c.ID, "release"), Label: p.T("person.hold.release")})}})
	}
	return s
}

func (h *room) askHold(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermHold, "", h.holdForm(r), nil)
}

func (h *room) setHold(w http.ResponseWriter, r *web.Request) error {
	return h.form(w, r, PermHold, "common.saved", h.holdForm(r), func(q *Person) error {
		c := Hold{ID: r.Text("id"), PersonID: q.ID, Kind: r.Text("kind"), Reason: r.Text("reason")}
		if err := dates(r, map[string]*day.Date{"until": &c.Until}); err != nil {
			return err
		}
		return h.Hold(r.Context(), r.UserID, c)
	})
}

func (h *room) releaseHold(w http.ResponseWriter, r *web.Request) error {
	return removed(w, r, h.ReleaseHold(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("row")))
}
