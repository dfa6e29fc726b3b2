package screening

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	tables "github.com/nostos-avrr/nostos/internal/domain/ledger/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (d *Domain) zone() *time.Location {
	if d.Gate.Zone == nil {
		return time.UTC
	}
	return d.Gate.Zone
}

// children shows who needs the safeguards of a child alone, one line a safeguard, in the order in which they are put in place.
func (d *Domain) children(w http.ResponseWriter, r *web.Request) error {
	c, list, may, err := d.Children(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := r.P
	parts := []templ.Component{tables.TopPart(tables.Top{P: p, BackHref: page(c, "screening"), Back: p.T("screening.title")}), tables.NoticePart("calm", p.T("screening.safeguards"), p.T("screening.safeguards_sub"), nil)}
	for _, x := range list {
		name := x.Member.Called()
		switch x.Gate {
		case GateNo:
			parts = append(parts, tables.NoticePart("ok", name, p.T("screening.gate_no"), nil))
			continue
		case GateAsk:
			parts = append(parts, tables.NoticePart("warn", p.T("screening.missing.age", "name", name), p.T("screening.gate_ask"), []tables.Link{{Href: "/persons/" + x.Member.ID, Label: p.T("screening.open_person")}}))
		}
		t := tables.Table{Title: name, Heads: []ui.Head{{Label: p.T("screening.safeguard")}, {Label: p.T("common.status")}, {Label: p.T("common.date")}, {Label: p.T("screening.named")}, {Label: p.T("screening.evidence")}, {Label: p.T("screening.what_next")}}}
		for _, code := range Safeguards {
			s := x.Safeguards[code]
			state := ui.Cell{Text: p.T("screening.in_place"), Tag: "ok"}
			switch {
			case has(x.Missing, code) || x.Gate == GateAsk && s.Revision == 0:
				state = ui.Cell{Text: p.T("screening.lacking"), Tag: "late"}
			case code == "tracing_done" && has(x.Missing, "tracing_consent"):
				state = ui.Cell{Text: p.T("screening.tracing_consent"), Tag: "late"}
			case code == "family_assessment" && has(x.Missing, "family_assessment_old"):
				state = ui.Cell{Text: p.T("screening.too_old"), Tag: "late"}
			}
			row := []ui.Cell{{Text: p.T("screening.safeguard." + code)}, state, {Text: p.Date(s.On)}, {Text: s.Named}, {Text: s.Evidence}, {}}
			if s.AttachmentID != "" {
				row[4].Sub, row[4].Href = p.T("screening.file"), page(c, "files/"+s.AttachmentID)
				if row[4].Text == "" {
					row[4].Text, row[4].Sub = row[4].Sub, ""
				}
			}
			if may {
				row[5] = ui.Cell{Text: p.T("screening.record"), Href: page(c, "safeguards/"+x.Member.ID+"/"+code)}
			}
			t.Rows = append(t.Rows, ui.Row{Cells: row})
		}
		parts = append(parts, tables.TablePart(t))
	}
	return d.inCase(w, r, c, p.T("screening.safeguards"), nil, templ.Join(parts...))
}

func (d *Domain) askSecure(w http.ResponseWriter, r *web.Request) error {
	return d.secureForm(w, r, nil)
}

func (d *Domain) secureForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	c, list, may, err := d.Children(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	code, p := r.PathValue("code"), r.P
	if !may || !has(Safeguards, code) {
		return fault.Gone()
	}
	files := []ui.Option{{Value: "", Label: p.T("common.none")}}
	err = d.Gate.Read(r.Context(), r.UserID, PermChild, func(ctx context.Context, g *gate.R) error {
		all, err := casefile.Attachments(ctx, g, c.ID)
		for _, f := range all {
			if f.RemovedAt.IsZero() {
				files = append(files, ui.Option{Value: f.ID, Label: f.Title})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.Member.ID != r.PathValue("person") {
			continue
		}
		s := x.Safeguards[code]
		file := pages.Item{Kind: "select", Field: ui.Field{Name: "attachment", Label: p.T("screening.file"), Value: s.AttachmentID, Options: files}}
		named := pages.Item{Kind: "text", Field: ui.Field{Name: "named", Label: p.T("screening.named"), Hint: p.T("screening.named_hint." + code), Required: true, Value: s.Named}}
		if r.Has("named") {
			file.Value, named.Value = r.Text("attachment"), r.Text("named")
		}
		a := pages.Ask{Title: p.T("screening.safeguard_of", "name", x.Member.Called(), "safeguard", p.T("screening.safeguard."+code)), Submit: p.T("common.save"), Hidden: map[string]string{"rev": strconv.FormatInt(s.Revision, 10)},
			Items: []pages.Item{radios(r, "good", "screening.good."+code+".", []string{"yes", "no"}, goodText(s)), dayItem(r, "on", s.On, true), named, area(r, "evidence", p.T("screening.evidence"), s.Evidence, false), file}}
		if r.Has("rev") {
			a.Hidden["rev"] = r.Text("rev")
		}
		if code == "tracing_done" {
			agrees := ""
			if s.Revision > 0 {
				agrees = yesNo(s.ChildAgrees)
			}
			a.Items = append(a.Items, radios(r, "child_agrees", "screening.yes_no.", []string{"yes", "no"}, agrees))
		}
		return d.ask(w, r, c, "safeguards", ps, a)
	}
	return fault.Gone()
}

func goodText(s Safeguard) string {
	if s.Revision == 0 {
		return ""
	}
	return yesNo(s.Good)
}

func (d *Domain) secure(w http.ResponseWriter, r *web.Request) error {
	var fs []fault.Field
	s := Safeguard{CaseID: r.PathValue("id"), PersonID: r.PathValue("person"), Code: r.PathValue("code"), On: date(r, "on", &fs), AttachmentID: r.Text("attachment"),
		Proof: Proof{Good: r.Text("good") == "yes", ChildAgrees: r.Text("child_agrees") == "yes", Named: r.Text("named"), Evidence: r.Text("evidence")}}
	if r.Text("good") == "" {
		fs = append(fs, fault.Field{Name: "good", Key: "screening.err.choose"})
	}
	rev, _ := strconv.ParseInt(r.Text("rev"), 10, 64)
	err := fault.Fields(fs)
	if err == nil {
		err = d.Secure(r.Context(), r.UserID, s, rev)
	}
	return room.After(w, r, err, room.Href(r.PathValue("id"), "safeguards"), "screening.said.safeguard", func(ps []ui.Problem) error { return d.secureForm(w, r, ps) })
}

// fitness shows who is cleared; what the doctor found is for those cleared for it.
func (d *Domain) fitness(w http.ResponseWriter, r *web.Request) error {
	c, list, medical, may, err := d.Fitnesses(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := r.P
	t := tables.Table{Title: p.T("screening.fitness"), Empty: p.T("screening.nobody"), Heads: []ui.Head{{Label: p.T("common.name")}, {Label: p.T("common.status")}, {Label: p.T("screening.provides")}, {Label: p.T("screening.valid_until")}, {Label: p.T("screening.what_next")}}}
	var details []templ.Component
	for _, x := range list {
		state := ui.Cell{Text: p.T("screening.cleared"), Tag: "ok"}
		if !x.Cleared {
			state = ui.Cell{Text: p.T("screening.fitness_problem." + x.Problem), Tag: "late"}
		}
		next := ui.Cell{}
		if may {
			next = ui.Cell{Text: p.T("screening.examine"), Href: page(c, "fitness/"+x.Person.ID)}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: x.Person.Called()}, state, {Text: words(p, "screening.provide.", x.Provides)}, {Text: p.Date(x.Until)}, next}})
		for _, f := range medical[x.Person.ID] {
			facts := []ui.Fact{{Label: p.T("screening.result"), Value: p.T("screening.result." + f.Result)}, {Label: p.T("screening.conditions"), Value: words(p, "screening.condition.", f.Conditions)}, {Label: p.T("screening.doctor"), Value: f.Doctor}, {Label: p.T("screening.note"), Value: f.Note}}
			if f.Weeks > 0 {
				facts = append(facts, ui.Fact{Label: p.T("screening.weeks"), Value: p.Number(f.Weeks)}, ui.Fact{Label: p.T("screening.letter"), Value: p.T("screening.yes_no." + yesNo(f.Letter))})
			}
			for i := range facts {
				if facts[i].Value == "" {
					facts[i].Value, facts[i].Missing = p.T("ui.fact.missing"), true
				}
			}
			details = append(details, tables.FactsPart(p.T("screening.check_of", "name", x.Person.Called(), "kind", p.T("screening.check."+f.Kind), "date", f.On), facts))
		}
	}
	parts := append([]templ.Component{tables.TopPart(tables.Top{P: p, BackHref: page(c, "screening"), Back: p.T("screening.title")}), tables.TablePart(t)}, details...)
	return d.inCase(w, r, c, p.T("screening.fitness"), nil, templ.Join(parts...))
}

func (d *Domain) askExamine(w http.ResponseWriter, r *web.Request) error {
	return d.examineForm(w, r, nil)
}

func (d *Domain) examineForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	c, list, _, may, err := d.Fitnesses(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	p, today := r.P, day.Of(d.Gate.Clock.Now(), d.zone())
	for _, x := range list {
		if x.Person.ID != r.PathValue("person") || !may {
			continue
		}
		weeks := pages.Item{Kind: "text", Field: ui.Field{Name: "weeks", Label: p.T("screening.weeks"), Hint: p.T("screening.weeks_hint"), InputMode: "numeric", Short: true, Value: r.Text("weeks")}}
		a := pages.Ask{Title: p.T("screening.examine_of", "name", x.Person.Called()), Submit: p.T("common.save"), Items: []pages.Item{radios(r, "kind", "screening.check.", CheckKinds, Check), dayItem(r, "on", today, true), radios(r, "result", "screening.result.", Results, ""),
			{Kind: "checks", Field: ui.Field{Name: "conditions", Label: p.T("screening.conditions"), Values: r.All("conditions"), Options: choices(p, "screening.condition.", Conditions)}}, dayItem(r, "valid_until", day.Date{}, true), weeks,
			{Kind: "checks", Field: ui.Field{Name: "letter", Label: p.T("screening.letter"), Values: r.All("letter"), Options: choices(p, "screening.yes_no.", []string{"yes"})}},
			{Kind: "text", Field: ui.Field{Name: "doctor", Label: p.T("screening.doctor"), Required: true, Value: r.Text("doctor")}}, area(r, "note", p.T("screening.note"), "", false)}}
		return d.ask(w, r, c, "fitness", ps, a)
	}
	return fault.Gone()
}

func (d *Domain) examine(w http.ResponseWriter, r *web.Request) error {
	var fs []fault.Field
	f := Fitness{ID: r.Text("id"), CaseID: r.PathValue("id"), PersonID: r.PathValue("person"), Kind: r.Text("kind"), On: date(r, "on", &fs), ValidUntil: date(r, "valid_until", &fs),
		Medical: Medical{Result: r.Text("result"), Conditions: r.All("conditions"), Letter: r.Ticked("letter"), Doctor: r.Text("doctor"), Note: r.Text("note")}}
	if n := r.Text("weeks"); n != "" {
		var err error
		if f.Weeks, err = strconv.ParseInt(n, 10, 64); err != nil {
			fs = append(fs, fault.Field{Name: "weeks", Key: "screening.err.weeks"})
		}
	}
	err := fault.Fields(fs)
	if err == nil {
		err = d.Examine(r.Context(), r.UserID, f)
	}
	return room.After(w, r, err, room.Href(r.PathValue("id"), "fitness"), "screening.said.examined", func(ps []ui.Problem) error { return d.examineForm(w, r, ps) })
}
