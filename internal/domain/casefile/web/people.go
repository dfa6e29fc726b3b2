package caseweb

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// newCase asks what is needed to open a case for a person who is registered already.
func (x *Web) newCase(w http.ResponseWriter, r *web.Request) error {
	return x.askOpen(w, r, newID(), nil)
}

// found is a person the search turned up.
type found struct {
	person.Person
	open []casefile.Case
	role string // to the main applicant, where it is known
}

// bornIn is what tells people of one name apart.
func bornIn(p *i18n.Printer, q *person.Person) string {
	if q.Nationality == "" {
		return person.Born(p, q)
	}
	return person.Born(p, q) + " · " + p.Country(q.Nationality)
}

// relation is what a case calls the tie that was written down at registration.
func relation(role string) string {
	if slices.Contains(casefile.Relations[1:], role) {
		return role
	}
	return ""
}

func (x *Web) askOpen(w http.ResponseWriter, r *web.Request, formID string, ps []ui.Problem) error {
	var principal found
	var people []found
	var packs []*programme.Pack
	search := r.Text("find")
	ids := r.All("member")
	err := x.Cases.Gate.Read(r.Context(), r.UserID, casefile.PermOpen, func(ctx context.Context, g *gate.R) error {
		read := func(id string) (f found, err error) {
			if f.Person, err = x.Cases.Persons.ByID(ctx, g, id); err != nil {
				return f, err
			}
			f.open, err = casefile.OfPerson(ctx, g, id)
			return f, err
		}
		var err error
		if packs, err = x.Cases.Offered(ctx, g); err != nil {
			return err
		}
		if principal, err = read(r.Text("person")); err != nil {
			return err
		}
		seen := map[string]bool{principal.ID: true}
		add := func(id string) error {
			if seen[id] || id == "" {
				return nil
			}
			seen[id] = true
			f, err := read(id)
			people = append(people, f)
			return err
		}
		for _, id := range ids {
			if err := add(id); err != nil {
				return err
			}
		}
		relatives, err := x.Cases.Persons.Relatives(ctx, g, principal.ID)
		if err != nil {
			return err
		}
		for _, rel := range relatives {
			if rel.Hidden {
				continue
			}
			if err := add(rel.Person.ID); err != nil {
				return err
			}
			for i := range people {
				if people[i].ID == rel.Person.ID {
					people[i].role = relation(rel.Role)
				}
			}
		}
		if search == "" {
			return nil
		}
		hits, err := x.Cases.Persons.Search(ctx, g, search, 10)
		if err != nil {
			return err
		}
		for _, h := range hits {
			if err := add(h.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	p := r.P
	country := r.Text("return_country")
	if country == "" && !r.Has("return_country") {
		country = principal.Nationality
	}
	a := pages.Ask{P: p, Title: p.T("case.new.title"), BackHref: "/persons/" + principal.ID, Back: p.T("case.new.back"), Lead: []string{p.T("case.new.lead", "name", principal.Called())},
		Problems: ps, Action: "/cases/new", Hidden: map[string]string{"id": formID, "person": principal.ID}, Submit: p.T("case.new.open"), CancelHref: "/persons/" + principal.ID,
		SecondLabel: p.T("case.new.find_go"), SecondName: "look", SecondValue: "1"}
	for _, c := range principal.open {
		if c.State == casefile.Open {
			a.NoticeKind, a.NoticeTitle, a.NoticeText = "warn", p.T("case.new.has_open"), p.T("case.new.has_open.text", "no", c.No)
		}
	}
	offered, chosenProgramme := x.programmes(p, packs), r.Text("programme")
	if len(offered) == 1 {
		chosenProgramme = offered[0].Value
	}
	a.Items = []pages.Item{
		{Kind: "radios", Field: ui.Field{Name: "programme", Label: p.T("case.programme"), Required: true, Value: chosenProgramme, Options: offered}},
		{Kind: "select", Field: ui.Field{Name: "return_country", Label: p.T("case.return_country"), Required: true, Value: country, Options: countryOptions(p)}},
	}
	chosen := map[string]bool{}
	for _, id := range ids {
		chosen[id] = true
	}
	var family []ui.Option
	for _, f := range people {
		hint := bornIn(p, &f.Person)
		family = append(family, ui.Option{Value: f.ID, Label: f.Called(), Hint: hint, Selected: chosen[f.ID]})
	}
	if len(family) > 0 {
		a.Items = append(a.Items, pages.Item{Kind: "checks", Field: ui.Field{Name: "member", Label: p.T("case.new.family"), Hint: p.T("case.new.family_hint"), Options: family}})
		for _, f := range people {
			a.Items = append(a.Items, pages.Item{Kind: "select", Field: ui.Field{Name: "relation_" + f.ID, Label: p.T("case.new.relation", "name", f.Called()), Value: cmp.Or(r.Text("relation_"+f.ID), f.role),
				Options: append([]ui.Option{choose(p)}, ui.Options(casefile.Relations[1:], ui.Keyed(p, "case.relation."))...)}})
		}
	}
	a.Items = append(a.Items, pages.Item{Kind: "text", Field: ui.Field{Name: "find", Label: p.T("case.new.find"), Hint: p.T("case.new.find_hint"), Value: search, Type: "search"}})
	room.Mark(a.Items, ps)
	return r.Form(w, a.Title, ps, pages.LonePage(a))
}

func (x *Web) openCase(w http.ResponseWriter, r *web.Request) error {
	if r.Ticked("look") { // looking for a family member on the same page
		return x.askOpen(w, r, r.Text("id"), nil)
	}
	in := casefile.Opening{ID: r.Text("id"), Programme: r.Text("programme"), Principal: r.Text("person"), ReturnCountry: r.Text("return_country")}
	var ps []ui.Problem
	for _, m := range r.All("member") {
		rel := r.Text("relation_" + m)
		if rel == "" {
			ps = append(ps, ui.Problem{Field: "relation_" + m, Text: r.P.T("case.err.relation")})
		}
		in.Members = append(in.Members, casefile.OpeningMember{PersonID: m, Relation: rel})
	}
	if in.Programme == "" {
		ps = append(ps, ui.Problem{Field: "programme", Text: r.P.T("case.err.programme")})
	}
	if len(ps) > 0 {
		return x.askOpen(w, r, in.ID, ps)
	}
	c, err := x.Cases.Open(r.Context(), r.UserID, in)
	if err != nil {
		if ps, ok := badForm(r, err); ok {
			return x.askOpen(w, r, in.ID, ps)
		}
		return err
	}
	return done(w, r, room.Href(c.ID), "case.said.opened", "", nil, "no", c.No)
}

func (x *Web) editFacts(w http.ResponseWriter, r *web.Request) error {
	c, err := x.look(r, nil)
	if err != nil {
		return err
	}
	return x.askFacts(w, r, c, casefile.FactsOf(c), c.Revision, nil, nil, nil)
}

func (x *Web) askFacts(w http.ResponseWriter, r *web.Request, c casefile.Case, in casefile.Facts, rev int64, changed []casefile.ChangedField, names map[string]string, ps []ui.Problem) error {
	p := r.P
	a := pages.Ask{Title: p.T("case.edit.title"), Problems: ps, Submit: p.T("common.save"), Hidden: map[string]string{"rev": strconv.FormatInt(rev, 10)}}
	mine := map[string]string{"kind": in.Kind, "nationality": in.Nationality, "return_country": in.ReturnCountry}
	for _, ch := range changed {
		val, ours := mine[ch.Field]
		if !ours {
			continue
		}
		a.Compare = append(a.Compare, ui.CompareRow{Label: p.T("case." + ch.Field), Left: factText(r, ch.Field, val), LeftBy: p.T("case.edit.yours"), Right: factText(r, ch.Field, ch.Now),
			RightBy: p.T("case.edit.was", "name", names[ch.By], "old", factText(r, ch.Field, ch.Base)), Same: val == ch.Now})
	}
	if len(a.Compare) > 0 {
		a.CompareLeft, a.CompareRight = p.T("case.edit.left"), p.T("case.edit.right")
		a.NoticeKind, a.NoticeTitle, a.NoticeText = "warn", p.T("case.edit.stale"), p.T("case.edit.stale.text")
	}
	kinds := []string{}
	for _, k := range x.Cases.Packs.All() {
		kinds = appendNew(kinds, k.Kind)
	}
	kinds = appendNew(kinds, c.Kind)
	a.Items = []pages.Item{
		{Kind: "select", Field: ui.Field{Name: "kind", Label: p.T("case.kind"), Required: true, Value: in.Kind, Options: ui.Options(kinds, func(k string) string { return kindName(r, k) })}},
		{Kind: "select", Field: ui.Field{Name: "nationality", Label: p.T("case.nationality"), Value: in.Nationality, Options: countryOptions(p)}},
		{Kind: "select", Field: ui.Field{Name: "return_country", Label: p.T("case.return_country"), Required: true, Value: in.ReturnCountry, Options: countryOptions(p)}},
	}
	return x.ask(w, r, c, a)
}

func kindName(r *web.Request, k string) string {
	if r.P.Has("case.kind." + k) {
		return r.P.T("case.kind." + k)
	}
	return k
}

func appendNew(list []string, s string) []string {
	for _, x := range list {
		if x == s {
			return list
		}
	}
	return append(list, s)
}

func factText(r *web.Request, field, v string) string {
	switch {
	case v == "":
		return ""
	case field == "kind":
		return kindName(r, v)
	}
	return r.P.Country(v)
}

func (x *Web) saveFacts(w http.ResponseWriter, r *web.Request) error {
	rev, err := strconv.ParseInt(r.Text("rev"), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "fault.form_broken")
	}
	in := casefile.Facts{Kind: r.Text("kind"), Nationality: r.Text("nationality"), ReturnCountry: r.Text("return_country")}
	err = x.Cases.EditFacts(r.Context(), r.UserID, r.PathValue("id"), rev, in)
	if err == nil {
		return done(w, r, room.Href(r.PathValue("id")), "common.saved", "", nil)
	}
	ps, bad := badForm(r, err)
	if !bad && !fault.Is(err, fault.Stale) {
		return err
	}
	var changed []casefile.ChangedField
	var names map[string]string
	c, readErr := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		if names, _, err = staffNames(ctx, g); err != nil {
			return err
		}
		changed, err = x.Cases.ChangedFacts(ctx, g, c, rev)
		return err
	})
	if readErr != nil {
		return readErr
	}
	if !bad { // shown both, the next save is about what is there now
		for _, f := range fault.Of(err).Fields {
			ps = append(ps, ui.Problem{Field: f.Name, Text: r.P.T(f.Key, f.Args...)})
		}
		rev = c.Revision
	}
	return x.askFacts(w, r, c, in, rev, changed, names, ps)
}

func (x *Web) showFlags(w http.ResponseWriter, r *web.Request) error { return x.askFlags(w, r, nil) }

func (x *Web) askFlags(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var actor *org.Actor
	c, err := x.look(r, func(_ context.Context, g *gate.R, _ casefile.Case) error { actor = g.Actor; return nil })
	if err != nil {
		return err
	}
	p := r.P
	var flags []ui.Option
	for _, f := range casefile.Flags {
		if f != "child" {
			flags = append(flags, ui.Option{Value: f, Label: p.T("case.flag." + f), Selected: c.HasFlag(f)})
		}
	}
	return x.ask(w, r, c, pages.Ask{Title: p.T("case.flags.title"), Problems: ps, Submit: p.T("common.save"), Items: []pages.Item{
		{Kind: "checks", Field: ui.Field{Name: "flags", Label: p.T("case.flags"), Options: flags}},
		{Kind: "radios", Field: ui.Field{Name: "class", Label: p.T("case.class"), Hint: p.T("case.class_hint"), Required: true, Value: c.Class, Options: classOptions(p, actor)}},
		{Kind: "text", Field: ui.Field{Name: "reason", Label: p.T("case.flags.reason"), Hint: p.T("case.flags.reason_hint"), Value: r.Text("reason"), MaxLen: 300}},
	}})
}

func (x *Web) saveFlags(w http.ResponseWriter, r *web.Request) error {
	caseID := r.PathValue("id")
	err := x.Cases.Classify(r.Context(), r.UserID, caseID, r.All("flags"), r.Text("class"), r.Text("reason"))
	if ps, ok := badForm(r, err); ok {
		return x.askFlags(w, r, ps)
	}
	if err != nil {
		return err
	}
	return done(w, r, room.Href(caseID), "common.saved", "", nil)
}

func (x *Web) household(w http.ResponseWriter, r *web.Request) error {
	return x.showHousehold(w, r, nil)
}

func (x *Web) showHousehold(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var ms []casefile.Member
	var hits []person.Person
	edit := false
	search := r.Text("find")
	v := pages.Sheet{P: r.P, Problems: ps}
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		edit = g.Actor.Can(casefile.PermOpen) && c.State == casefile.Open
		if ms, err = casefile.Members(ctx, g, c.ID); err != nil || search == "" {
			return err
		}
		hits, err = x.Cases.Persons.Search(ctx, g, search, 10)
		return err
	})
	if err != nil {
		return err
	}
	p, g := r.P, pages.Group{Title: r.P.T("case.household.title")}
	in := map[string]bool{}
	for _, m := range ms {
		in[m.ID] = true
		g.Entries = append(g.Entries, x.memberEntry(r, c, m, edit))
	}
	v.Groups = append(v.Groups, g)
	if edit {
		find := pages.Group{Title: p.T("case.household.add"), Empty: p.T("case.household.find_hint"), Links: []pages.Link{{Href: "/persons/new?family_of=" + c.PrincipalID + "&from=case:" + c.ID, Label: p.T("case.household.register")}}}
		for _, h := range hits {
			if in[h.ID] {
				continue
			}
			find.Entries = append(find.Entries, pages.Entry{Name: h.Parts(), Lines: []string{bornIn(p, &h)},
				AskLabels: []string{p.T("case.household.add_this")}, Asks: []pages.Ask{{P: p, Action: room.Href(c.ID, "household"), Hidden: map[string]string{"person": h.ID}, Submit: p.T("common.add"), Items: relationItems(r, h.ID, "", true)}}})
		}
		v.Groups = append(v.Groups, find)
		v.Find = &pages.Find{Action: room.Href(c.ID, "household"), Label: p.T("case.household.find"), Value: search, Submit: p.T("common.search")}
	}
	return x.inCase(w, r, c, "household", r.P.T("case.household.title"), ps, pages.SheetPage(v))
}

func relationItems(r *web.Request, personID, relation string, travels bool) []pages.Item {
	p := r.P
	return []pages.Item{
		{Kind: "select", Field: ui.Field{ID: "f-relation-" + personID, Name: "relation", Label: p.T("case.relation"), Required: true, Value: relation, Options: append([]ui.Option{choose(p)}, ui.Options(casefile.Relations, ui.Keyed(p, "case.relation."))...)}},
		{Kind: "checks", Field: ui.Field{ID: "f-travels-" + personID, Name: "travels", Label: p.T("case.travels"), Options: []ui.Option{{Value: "1", Label: p.T("case.travels.yes"), Selected: travels}}}},
	}
}

func (x *Web) memberEntry(r *web.Request, c casefile.Case, m casefile.Member, edit bool) pages.Entry {
	p := r.P
	e := pages.Entry{Name: m.Parts(), Href: "/persons/" + m.ID, Tags: []pages.Tag{{Text: p.T("case.relation." + m.Relation)}}}
	if !m.Travels {
		e.Tags = append(e.Tags, pages.Tag{Kind: "care", Text: p.T("case.travels.no")})
	}
	e.Lines = append(e.Lines, bornIn(p, &m.Person))
	if !edit {
		return e
	}
	base := room.Href(c.ID, "household", m.ID)
	e.AskLabels, e.Asks = append(e.AskLabels, p.T("case.household.change")), append(e.Asks, pages.Ask{P: p, Action: base, Submit: p.T("common.save"), Items: relationItems(r, m.ID, m.Relation, m.Travels)})
	if m.Relation != casefile.Principal {
		e.AskLabels = append(e.AskLabels, p.T("case.household.remove"))
		e.Asks = append(e.Asks, pages.Ask{P: p, Action: base + "/remove", Submit: p.T("case.household.remove"), Kind: "no",
			Items: []pages.Item{{Kind: "text", Field: ui.Field{ID: "f-reason-" + m.ID, Name: "reason", Label: p.T("common.reason"), Required: true, MaxLen: 300}}}})
	}
	return e
}

func (x *Web) addMember(w http.ResponseWriter, r *web.Request) error {
	return x.afterMember(w, r, x.Cases.AddMember(r.Context(), r.UserID, r.PathValue("id"), r.Text("person"), r.Text("relation"), r.Ticked("travels")), "case.said.member_added")
}

func (x *Web) changeMember(w http.ResponseWriter, r *web.Request) error {
	return x.afterMember(w, r, x.Cases.ChangeRelation(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("person"), r.Text("relation"), r.Ticked("travels")), "common.saved")
}

func (x *Web) removeMember(w http.ResponseWriter, r *web.Request) error {
	return x.afterMember(w, r, x.Cases.RemoveMember(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("person"), r.Text("reason")), "case.said.member_removed")
}

func (x *Web) afterMember(w http.ResponseWriter, r *web.Request, err error, key string) error {
	if ps, ok := badForm(r, err); ok {
		return x.showHousehold(w, r, ps)
	}
	if err != nil {
		return err
	}
	return done(w, r, room.Href(r.PathValue("id"), "household"), key, "", nil)
}
