package person

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// load reads the person a page is about, under the page's permission.
func (h *room) load(r *web.Request, perm string) (q Person, err error) {
	err = h.Gate.Read(r.Context(), r.UserID, perm, func(ctx context.Context, g *gate.R) error {
		q, err = h.ByID(ctx, g, r.PathValue("id"))
		return err
	})
	return q, err
}

// ask answers with a form; with an error, with what was typed, what is wrong, and what others changed meanwhile.
func ask(w http.ResponseWriter, r *web.Request, f pages.Form, err error) error {
	f.P = r.P
	if f.Submit == "" {
		f.Submit = r.P.T("common.save")
	}
	if err == nil {
		return r.Page(w, http.StatusOK, f.Title, pages.Ask(f))
	}
	if _, clashes := ClashesOf(err); len(clashes) > 0 {
		f.Left, f.Right = r.P.T("person.stale.theirs"), r.P.T("person.stale.yours")
		for _, c := range clashes {
			row := ui.CompareRow{Label: r.P.T("person.field." + c.Field), Left: shown(r.P, c.Field, c.Theirs), Right: shown(r.P, c.Field, c.Yours)}
			if c.By != "" {
				row.LeftBy = r.P.T("person.stale.by", "name", c.By, "date", r.P.Time(c.At))
			}
			f.Theirs = append(f.Theirs, row)
			f.Hidden = append(f.Hidden, [2]string{"seen_" + c.Field, c.Theirs})
			f.Problems = append(f.Problems, ui.Problem{Field: c.Field, Text: r.P.T("person.err.changed_meanwhile", "theirs", shown(r.P, c.Field, c.Theirs))})
		}
		return r.Form(w, f.Title, f.Problems, pages.Ask(f))
	}
	ps, ok := r.Problems(err)
	if !ok {
		return err
	}
	f.Problems = ps
	return r.Form(w, f.Title, ps, pages.Ask(f))
}

// done answers a form that was saved.
func done(w http.ResponseWriter, r *web.Request, personID, key string) error {
	r.Say(w, web.Flash{Kind: "ok", Key: key})
	return r.Redirect(w, href(personID))
}

// post calls one command and answers.
func post(w http.ResponseWriter, r *web.Request, personID, key string, err error, f func() pages.Form) error {
	if err == nil {
		return done(w, r, personID, key)
	}
	return ask(w, r, f(), err)
}

// seen collects the values of others that the form says its reader has seen.
func seen(r *web.Request, fields []string) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if r.Has("seen_" + f) {
			out[f] = r.Text("seen_" + f)
		}
	}
	return out
}

func rev(r *web.Request) int64 { n, _ := strconv.ParseInt(r.Text("rev"), 10, 64); return n }

func back(p *i18n.Printer, q *Person) pages.Link {
	return pages.Link{Href: href(q.ID), Label: label(p, q)}
}

func options(p *i18n.Printer, prefix string, codes []string) []ui.Option {
	return ui.Options(codes, ui.Keyed(p, prefix))
}

func listed(p *i18n.Printer, list []i18n.Option) []ui.Option {
	out := []ui.Option{{Label: p.T("common.choose")}}
	for _, o := range list {
		out = append(out, ui.Option{Value: o.Code, Label: o.Name})
	}
	return out
}

func text(p *i18n.Printer, name, value string) pages.Field {
	return pages.Field{Kind: "input", Field: ui.Field{Name: name, Label: p.T("person.field." + name), Value: value, MaxLen: maxName, Autocomplete: "off"}}
}

func area(p *i18n.Printer, name, value string) pages.Field {
	f := text(p, name, value)
	f.Kind, f.MaxLen = "area", maxText
	return f
}

func choose(p *i18n.Printer, kind, name, value string, opts []ui.Option) pages.Field {
	f := text(p, name, value)
	f.Kind, f.MaxLen, f.Options = kind, 0, opts
	return f
}

// date keeps what was typed, even when it is no date.
func date(p *i18n.Printer, r *web.Request, name string, value day.Date) pages.Field {
	f := text(p, name, value.String())
	f.Kind, f.MaxLen = "date", 0
	if r.Has(name + "_y") {
		f.Values = []string{r.Text(name + "_d"), r.Text(name + "_m"), r.Text(name + "_y")}
	}
	return f
}

func required(f pages.Field, hint string) pages.Field {
	f.Required, f.Hint = true, hint
	return f
}

func hinted(f pages.Field, hint string) pages.Field { f.Hint = hint; return f }

// dates reads dates and refuses, at their fields, those that are none.
func dates(r *web.Request, to map[string]*day.Date) error {
	var bad []fault.Field
	for name, d := range to {
		v, ok := r.Date(name)
		if *d = v; !ok {
			bad = append(bad, fault.Field{Name: name, Key: "common.date_not_real"})
		}
	}
	return fault.Fields(bad)
}

// readPerson reads the person form. A year alone needs no day and month, and says itself that it is one.
func readPerson(r *web.Request) (Person, error) {
	q := Person{ID: r.Text("id"), Placeholder: r.Ticked("placeholder"), Class: org.Normal}
	for _, f := range fieldNames {
		if f != "birth_date" && f != "interpreter" {
			q.setValue(f, r.Text(f))
		}
	}
	q.Interpreter = r.Ticked("interpreter")
	t := r.DateText("birth_date")
	if y, only := strings.CutSuffix(t, "-00-00"); only && (q.BirthKind == YearOnly || q.BirthKind == "") {
		n, _ := strconv.Atoi(y)
		q.BirthDate, q.BirthKind = day.New(n, 7, 1), YearOnly
		if q.BirthDate.IsZero() {
			return q, fault.At("birth_date", "common.date_not_real")
		}
		return q, nil
	}
	if q.BirthKind == Unknown {
		return q, nil
	}
	return q, dates(r, map[string]*day.Date{"birth_date": &q.BirthDate})
}

func nameFields(p *i18n.Printer, q *Person) []pages.Field {
	return []pages.Field{hinted(text(p, "given_names", q.GivenNames), p.T("person.hint.given_names")), text(p, "family_name", q.FamilyName),
		text(p, "native_given", q.NativeGiven), text(p, "native_family", q.NativeFamily)}
}

func birthFields(p *i18n.Printer, r *web.Request, q *Person) []pages.Field {
	d := hinted(date(p, r, "birth_date", q.BirthDate), p.T("person.hint.birth_date"))
	if q.BirthKind == YearOnly && len(d.Values) == 0 && !q.BirthDate.IsZero() {
		d.Values = []string{"", "", q.BirthDate.String()[:4]}
	}
	return []pages.Field{d, choose(p, "radios", "birth_kind", q.BirthKind, options(p, "person.birth.", BirthKinds))}
}

func personGroups(r *web.Request, q *Person) []pages.Group {
	p := r.P
	yes := choose(p, "checks", "interpreter", "", []ui.Option{{Value: "yes", Label: p.T("person.interpreter_yes"), Selected: q.Interpreter}})
	civil := append([]ui.Option{{Label: p.T("common.choose")}}, options(p, "person.civil.", CivilStatuses)...)
	return []pages.Group{
		{Legend: p.T("person.group.name"), Hint: p.T("person.group.name_hint"), Fields: append(nameFields(p, q), choose(p, "select", "native_lang", q.NativeLang, listed(p, p.LanguageNames())),
			text(p, "father_name", q.FatherName), hinted(text(p, "known_as", q.KnownAs), p.T("person.hint.known_as")))},
		{Legend: p.T("person.group.birth"), Fields: append(birthFields(p, r, q), text(p, "birth_place", q.BirthPlace))},
		{Legend: p.T("person.group.about"), Fields: []pages.Field{required(choose(p, "radios", "sex", q.Sex, options(p, "common.sex_", Sexes)), ""),
			hinted(choose(p, "select", "nationality", q.Nationality, listed(p, p.Countries())), p.T("person.hint.nationality")),
			hinted(choose(p, "select", "documented_nationality", q.DocumentedNationality, listed(p, p.Countries())), p.T("person.hint.documented_nationality")),
			choose(p, "select", "civil_status", q.CivilStatus, civil), choose(p, "select", "language", q.Language, listed(p, p.LanguageNames())), yes}},
	}
}

// askFirst is step 1: who is it, as far as it takes to look whether they are known already.
func (h *room) askFirst(w http.ResponseWriter, r *web.Request) error {
	return ask(w, r, firstForm(r, h.Gate.IDs.New(), &Person{}), nil)
}

func firstForm(r *web.Request, id string, q *Person) pages.Form {
	p := r.P
	number := hinted(text(p, "number", r.Text("number")), p.T("person.hint.number"))
	f := pages.Form{Back: pages.Link{Href: "/persons", Label: p.T("person.find.title")}, Title: p.T("person.new.title"), Sub: p.T("person.new.sub"), Action: "/persons/new/check", Submit: p.T("person.new.look"),
		Hidden: [][2]string{{"id", id}, {"family_of", r.Text("family_of")}, {"from", r.Text("from")}}, Groups: []pages.Group{{Fields: append(append(nameFields(p, q), birthFields(p, r, q)...), number)}}}
	if r.Text("family_of") != "" {
		f.Title = p.T("person.new.family_title")
	}
	return f
}

// carried are the values of step 1 on their way to step 3.
var carried = []string{"id", "family_of", "from", "given_names", "family_name", "native_given", "native_family", "birth_date_d", "birth_date_m", "birth_date_y", "birth_kind", "number"}

func carry(r *web.Request) (out [][2]string) {
	for _, n := range carried {
		out = append(out, [2]string{n, r.Text(n)})
	}
	return out
}

// showCandidates is step 2: is it one of these?
func (h *room) showCandidates(w http.ResponseWriter, r *web.Request) error {
	p := r.P
	q, err := readPerson(r)
	if err == nil && joinName(q.Name(), q.Native()) == "" && r.Text("number") == "" {
		err = fault.At("given_names", "person.err.look_for")
	}
	if err != nil {
		return ask(w, r, firstForm(r, r.Text("id"), &q), err)
	}
	list, err := h.Candidates(r.Context(), r.UserID, Draft{GivenNames: q.GivenNames, FamilyName: q.FamilyName, NativeGiven: q.NativeGiven, NativeFamily: q.NativeFamily,
		BirthDate: q.BirthDate, BirthKind: q.BirthKind, Number: r.Text("number")})
	if err != nil {
		return err
	}
	if len(list.List) == 0 && len(list.Elsewhere) == 0 {
		return h.askAll(w, r)
	}
	v := pages.Candidates{P: p, Back: pages.Link{Href: "/persons/new", Label: p.T("person.new.title")}, Elsewhere: list.Elsewhere, Heads: personHeads(p, p.T("person.why.title")), Hidden: carry(r), Action: "/persons/new/form"}
	for i := range list.List {
		c := &list.List[i]
		var why []string
		for _, code := range c.Why {
			why = append(why, p.T("person.why."+code))
		}
		v.Rows = append(v.Rows, ui.Row{Cells: append(personCells(p, &c.Person), ui.Cell{Text: strings.Join(why, " · ")})})
	}
	return r.Page(w, http.StatusOK, p.T("person.new.choose"), pages.Choose(v))
}

// askAll is step 3: the whole form, with what is known from step 1.
func (h *room) askAll(w http.ResponseWriter, r *web.Request) error {
	q, _ := readPerson(r)
	c, err := h.begin(r, &q)
	if err != nil {
		return err
	}
	return ask(w, r, h.registerForm(r, &q, c), nil)
}

// begin fills in what is known before anybody has asked: what the family has in common, and what was noted of somebody on
// whose account they are registered. It stands in the form to be seen and changed.
func (h *room) begin(r *web.Request, q *Person) (c Contact, err error) {
	return c, h.Gate.Read(r.Context(), r.UserID, PermRegister, func(ctx context.Context, g *gate.R) error {
		if id := r.Text("family_of"); id != "" {
			of, err := h.ByID(ctx, g, id)
			if err != nil {
				return err
			}
			q.Nationality, q.Language = of.Nationality, of.Language
			if q.Native() != "" {
				q.NativeLang = of.NativeLang
			}
		}
		if from := r.Text("from"); from != "" && h.Begun != nil {
			b, err := h.Begun(ctx, g, from)
			if err != nil {
				return err
			}
			q.Nationality, q.Language = cmp.Or(q.Nationality, b.Nationality), cmp.Or(q.Language, b.Language)
			c = contactIn(b.Contact)
		}
		return nil
	})
}

func (h *room) registerForm(r *web.Request, q *Person, c Contact) pages.Form {
	p := r.P
	paper := append([]ui.Option{{Label: p.T("person.paper.not_seen")}}, options(p, "person.paper.", PaperKinds)...)
	f := pages.Form{Back: pages.Link{Href: "/persons/new", Label: p.T("person.new.title")}, Title: p.T("person.new.form"), Action: "/persons", Submit: p.T("person.new.save"),
		Hidden: [][2]string{{"id", r.Text("id")}, {"family_of", r.Text("family_of")}, {"from", r.Text("from")}},
		Groups: append(personGroups(r, q), pages.Group{Legend: p.T("person.group.paper"), Hint: p.T("person.group.paper_hint"), Fields: []pages.Field{choose(p, "select", "paper_kind", r.Text("paper_kind"), paper),
			text(p, "number", r.Text("number")), choose(p, "select", "held_by", r.Text("held_by"), options(p, "person.holder.", Holders))}})}
	if c.Value != "" || r.Has("value") {
		f.Groups = append(f.Groups, pages.Group{Legend: p.T("person.section.contacts"), Fields: contactFields(p, &c)})
	}
	if r.Text("family_of") != "" {
		f.Title = p.T("person.new.family_title")
		f.Groups = append([]pages.Group{{Fields: []pages.Field{required(choose(p, "select", "role", r.Text("role"), options(p, "person.role.", Roles)), p.T("person.hint.role"))}}}, f.Groups...)
	} else {
		f.Groups[0].Fields = append(f.Groups[0].Fields, choose(p, "checks", "placeholder", "", []ui.Option{{Value: "yes", Label: p.T("person.placeholder.tick"), Hint: p.T("person.placeholder.tick_hint"), Selected: q.Placeholder}}))
	}
	return f
}

func (h *room) register(w http.ResponseWriter, r *web.Request) error {
	q, err := readPerson(r)
	in := Registration{Person: q, FamilyOf: r.Text("family_of"), Role: r.Text("role"), From: r.Text("from")}
	c := readContact(r)
	if c.Value != "" {
		c.ID, c.PersonID = h.Gate.IDs.New(), q.ID
		in.Contacts = []Contact{c}
	}
	if kind := r.Text("paper_kind"); kind != "" {
		in.Paper = Paper{ID: h.Gate.IDs.New(), Kind: kind, Number: r.Text("number"), HeldBy: r.Text("held_by"), Country: q.DocumentedNationality}
	}
	if err == nil {
		_, err = h.RegisterFamily(r.Context(), r.UserID, in)
	}
	if err != nil {
		return ask(w, r, h.registerForm(r, &q, c), err)
	}
	to := href(q.ID, "registered")
	if caseID, ok := strings.CutPrefix(in.From, "case:"); ok { // somebody sat before a case, and goes on there
		to = "/cases/" + url.PathEscape(caseID) + "/household"
	} else if in.FamilyOf != "" {
		to = href(in.FamilyOf, "registered")
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "person.said.registered"})
	return r.Redirect(w, to)
}

// registered says what may follow: another member of the family, or the case.
func (h *room) registered(w http.ResponseWriter, r *web.Request) error {
	q, err := h.load(r, PermRegister)
	if err != nil {
		return err
	}
	p := r.P
	return r.Page(w, http.StatusOK, p.T("person.new.done"), pages.Next(pages.Form{P: p, Title: label(p, &q), Sub: p.T("person.new.done")}, []pages.Link{
		{Href: "/cases/new?person=" + q.ID, Label: p.T("person.new.open_case"), Kind: "go"}, {Href: "/persons/new?family_of=" + q.ID, Label: p.T("person.new.add_family")}, {Href: href(q.ID), Label: p.T("person.new.see")}}))
}

func editForm(r *web.Request, opened, q *Person, revision int64) pages.Form {
	p := r.P
	f := pages.Form{Back: back(p, opened), Title: p.T("person.edit.title"), Action: href(opened.ID, "edit"), Hidden: [][2]string{{"rev", strconv.FormatInt(revision, 10)}}, Groups: personGroups(r, q)}
	if opened.Placeholder {
		f.Title, f.Sub = p.T("person.placeholder.identify"), p.T("person.placeholder.text")
	}
	f.Groups[1].Fields = append(f.Groups[1].Fields, hinted(area(p, "evidence", r.Text("evidence")), p.T("person.hint.evidence")))
	return f
}

func (h *room) askEdit(w http.ResponseWriter, r *web.Request) error {
	q, err := h.load(r, PermEdit)
	if err != nil {
		return err
	}
	return ask(w, r, editForm(r, &q, &q, q.Revision), nil)
}

func (h *room) edit(w http.ResponseWriter, r *web.Request) error {
	old, err := h.load(r, PermEdit)
	if err != nil {
		return err
	}
	q, err := readPerson(r)
	q.ID = old.ID
	var out Corrected
	if err == nil {
		in := Correction{Person: q, Rev: rev(r), Seen: seen(r, fieldNames), Evidence: r.Text("evidence")}
		if old.Placeholder {
			out, err = h.Identify(r.Context(), r.UserID, in)
		} else {
			out, err = h.Correct(r.Context(), r.UserID, in)
		}
	}
	key := "common.saved"
	switch {
	case out.Proposal != "":
		key = "person.said.age_proposed"
	case out.Merged:
		key = "person.said.merged"
	}
	return post(w, r, old.ID, key, err, func() pages.Form { return editForm(r, &old, &q, rev(r)) })
}
