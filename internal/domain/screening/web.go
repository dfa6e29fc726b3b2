package screening

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	tables "github.com/nostos-avrr/nostos/internal/domain/ledger/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Routes adds the addresses.
func (d *Domain) Routes(s *web.Server) {
	s.Handle("GET /cases/{id}/screening", PermView, d.show)
	s.Handle("GET /cases/{id}/screening/{person}", PermRecord, d.askScreen)
	s.Handle("POST /cases/{id}/screening/{person}", PermRecord, d.screen)
	s.Handle("GET /cases/{id}/screening/{person}/diligence/{class}", PermRecord, d.askAssess)
	s.Handle("POST /cases/{id}/screening/{person}/diligence/{class}", PermRecord, d.assess)
	s.Handle("GET /cases/{id}/screening/{person}/decide/{diligence}", PermDecide, d.askDecide)
	s.Handle("POST /cases/{id}/screening/{person}/decide/{diligence}", PermDecide, d.decide)
	s.Handle("GET /cases/{id}/safeguards", PermView, d.children)
	s.Handle("GET /cases/{id}/safeguards/{person}/{code}", PermChild, d.askSecure)
	s.Handle("POST /cases/{id}/safeguards/{person}/{code}", PermChild, d.secure)
	s.Handle("GET /cases/{id}/fitness", PermView, d.fitness)
	s.Handle("GET /cases/{id}/fitness/{person}", PermFitness, d.askExamine)
	s.Handle("POST /cases/{id}/fitness/{person}", PermFitness, d.examine)
}

func (d *Domain) inCase(w http.ResponseWriter, r *web.Request, c casefile.Case, title string, ps []ui.Problem, body templ.Component) error {
	return d.Frame.Draw(w, r, c, "household", title, ps, body)
}

// ask draws a page that asks one thing about one person.
func (d *Domain) ask(w http.ResponseWriter, r *web.Request, c casefile.Case, part string, ps []ui.Problem, a pages.Ask) error {
	room.Finish(r, &a, ps, page(c, part), r.P.T("screening.back_"+part))
	return d.inCase(w, r, c, a.Title, ps, pages.AskPage(a))
}

func choices(p *i18n.Printer, prefix string, values []string) (out []ui.Option) {
	for _, v := range values {
		out = append(out, ui.Option{Value: v, Label: p.T(prefix + v)})
	}
	return out
}

func words(p *i18n.Printer, prefix string, codes []string) string {
	var out []string
	for _, c := range codes {
		out = append(out, p.T(prefix+c))
	}
	return p.List(out)
}

func radios(r *web.Request, name, prefix string, values []string, value string) pages.Item {
	if r.Has(name) {
		value = r.Text(name)
	}
	return pages.Item{Kind: "radios", Field: ui.Field{Name: name, Label: r.P.T("screening." + name), Required: true, Value: value, Options: choices(r.P, prefix, values)}}
}

func area(r *web.Request, name, label, value string, required bool) pages.Item {
	if r.Has(name) {
		value = r.Text(name)
	}
	return pages.Item{Kind: "area", Field: ui.Field{Name: name, Label: label, Required: required, Value: value, MaxLen: long, Rows: 3}}
}

func dayItem(r *web.Request, name string, value day.Date, required bool) pages.Item {
	label := "screening." + name
	if name == "until" {
		label = "screening.valid_until"
	}
	return pages.Item{Kind: "date", Field: ui.Field{Name: name, Label: r.P.T(label), Required: required, Value: room.Day(r, name, value)}}
}

// date reads a date, or notes that what was typed is none.
func date(r *web.Request, name string, fs *[]fault.Field) day.Date {
	on, ok := r.Date(name)
	if !ok {
		*fs = append(*fs, fault.Field{Name: name, Key: "common.date_not_real"})
	}
	return on
}

func (d *Domain) show(w http.ResponseWriter, r *web.Request) error {
	v, err := d.View(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := r.P
	may, _, err := d.Gate.May(r.Context(), r.UserID, PermRecord, PermDecide)
	if err != nil {
		return err
	}
	open := v.Case.State == casefile.Open
	parts := []templ.Component{tables.Doing("", "", []tables.Link{{Href: page(v.Case, "safeguards"), Label: p.T("screening.safeguards")}, {Href: page(v.Case, "fitness"), Label: p.T("screening.fitness")}}, nil, "")}
	for _, x := range v.People {
		base := page(v.Case, "screening/"+x.Member.ID)
		t := tables.Table{Title: x.Member.Called(), Empty: p.T("screening.not_yet"), Heads: []ui.Head{{Label: p.T("common.date")}, {Label: p.T("screening.seen")}, {Label: p.T("screening.outcome")}, {Label: p.T("screening.note")}, {Label: p.T("screening.what_next")}}}
		if open && may[PermRecord] {
			t.Links = []tables.Link{{Href: base, Label: p.T("screening.screen"), Kind: "go"}}
		}
		for _, f := range x.Findings {
			class := ""
			if f.Class != org.Normal {
				class = p.T("screening.class." + f.Class)
			}
			next := ui.Cell{}
			if open && may[PermRecord] && has(x.Needs, f.Class) {
				next.Body = tables.Doing(p.T("screening.needs_diligence"), "late", []tables.Link{{Href: base + "/diligence/" + f.Class, Label: p.T("screening.assess")}}, nil, "")
			}
			seen := words(p, "screening.category.", f.Categories)
			if seen == "" {
				seen = p.T("screening.nothing")
			}
			note := f.Note
			for _, x := range f.Factors {
				if note != "" {
					note += "; "
				}
				note += p.T("screening.factor_line", "kind", p.T("screening.kind."+x.Kind), "level", p.T("screening.level."+x.Level), "severity", x.Severity, "text", x.Text)
			}
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.Date(f.On), Sub: p.T("screening.until", "date", f.ValidUntil)}, {Text: seen, Sub: class}, {Text: p.T("screening.outcome." + f.Outcome)}, {Text: note}, next}})
		}
		parts = append(parts, tables.TablePart(t))
		for _, dd := range x.Diligences {
			state := p.T("screening.undecided")
			if dd.Decision != "" {
				state = p.T("screening.decision." + dd.Decision)
			}
			facts := []ui.Fact{{Label: p.T("screening.class"), Value: p.T("screening.class." + dd.Class)}, {Label: p.T("screening.risk"), Value: dd.Risk}, {Label: p.T("screening.services"), Value: dd.Services}, {Label: p.T("screening.hand_over"), Value: dd.HandOver}, {Label: p.T("screening.safety"), Value: dd.Safety}, {Label: p.T("screening.decision"), Value: state}}
			if dd.Reason != "" {
				facts = append(facts, ui.Fact{Label: p.T("common.reason"), Value: dd.Reason})
			}
			if !dd.ValidUntil.IsZero() {
				facts = append(facts, ui.Fact{Label: p.T("screening.valid_until"), Value: p.Date(dd.ValidUntil)})
			}
			for i := range facts {
				if facts[i].Value == "" {
					facts[i].Value, facts[i].Missing = p.T("ui.fact.missing"), true
				}
			}
			parts = append(parts, tables.FactsPart(p.T("screening.diligence_of", "name", x.Member.Called(), "date", p.Time(dd.At)), facts))
			if open && may[PermDecide] && dd.Decision == "" {
				if dd.By == r.UserID {
					parts = append(parts, tables.NoticePart("calm", p.T("screening.err.second"), "", nil))
				} else {
					parts = append(parts, ui.ButtonLink(base+"/decide/"+dd.ID, p.T("screening.decide"), "go"))
				}
			}
		}
	}
	return d.inCase(w, r, v.Case, p.T("screening.title"), nil, templ.Join(parts...))
}

// about reads the case and the person of the address, for a form.
func (d *Domain) about(r *web.Request) (v Overview, m casefile.Member, err error) {
	if v, err = d.View(r.Context(), r.UserID, r.PathValue("id")); err != nil {
		return v, m, err
	}
	for _, x := range v.People {
		if x.Member.ID == r.PathValue("person") {
			return v, x.Member, casefile.RequireOpen(v.Case)
		}
	}
	return v, m, fault.Gone()
}

func (d *Domain) askScreen(w http.ResponseWriter, r *web.Request) error {
	return d.screenForm(w, r, nil)
}

// factors is how many the form asks for.
const factors = 3

func (d *Domain) screenForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	v, m, err := d.about(r)
	if err != nil {
		return err
	}
	p, today := r.P, day.Of(d.Gate.Clock.Now(), d.zone())
	a := pages.Ask{Title: p.T("screening.screen_of", "name", m.Called()), Lead: []string{p.T("screening.lead"), p.T("screening.lead_private")}, Submit: p.T("common.save"), Items: []pages.Item{dayItem(r, "on", today, true)}}
	for _, class := range Classes {
		it := pages.Item{Kind: "checks", Field: ui.Field{Name: "categories", ID: "f-categories-" + class, Label: p.T("screening.class." + class), Values: r.All("categories")}}
		if class == org.Normal {
			it.ID, it.Heading = "", p.T("screening.categories")
		}
		for _, c := range Categories {
			if c.Class == class {
				it.Options = append(it.Options, ui.Option{Value: c.Code, Label: p.T("screening.category." + c.Code)})
			}
		}
		a.Items = append(a.Items, it, area(r, "note_"+class, p.T("screening.note_of", "class", p.T("screening.class."+class)), "", false))
	}
	for i := range factors {
		n := strconv.Itoa(i)
		pick := func(name, prefix string, values []string) pages.Item {
			return pages.Item{Kind: "select", Field: ui.Field{Name: name + "_" + n, Label: p.T("screening." + name), Value: r.Text(name + "_" + n), Options: ui.Choose(p, choices(p, prefix, values))}}
		}
		kind := pick("kind", "screening.kind.", FactorKind)
		kind.Heading = p.T("screening.factor", "n", i+1)
		a.Items = append(a.Items, kind, pick("level", "screening.level.", Levels), pick("severity", "screening.severity.", []string{"0", "1", "2", "3"}), pick("class", "screening.class.", Classes), area(r, "text_"+n, p.T("screening.text"), "", false))
	}
	a.Items = append(a.Items, radios(r, "outcome", "screening.outcome.", Outcomes, ""), dayItem(r, "valid_until", today.AddMonths(3), true))
	return d.ask(w, r, v.Case, "screening", ps, a)
}

func (d *Domain) screen(w http.ResponseWriter, r *web.Request) error {
	var fs []fault.Field
	s := Screening{ID: r.Text("id"), CaseID: r.PathValue("id"), PersonID: r.PathValue("person"), On: date(r, "on", &fs), ValidUntil: date(r, "valid_until", &fs), Categories: r.All("categories"), Outcome: r.Text("outcome"), Notes: map[string]string{}}
	for _, class := range Classes {
		if t := r.Text("note_" + class); t != "" {
			s.Notes[class] = t
		}
	}
	for i := range factors {
		n := strconv.Itoa(i)
		if r.Text("kind_"+n) == "" && r.Text("text_"+n) == "" {
			continue
		}
		severity, err := strconv.ParseInt(r.Text("severity_"+n), 10, 64)
		if err != nil {
			severity = -1 // which the rule refuses
		}
		s.Factors = append(s.Factors, Factor{Kind: r.Text("kind_" + n), Level: r.Text("level_" + n), Severity: severity, Class: r.Text("class_" + n), Text: r.Text("text_" + n)})
	}
	err := fault.Fields(fs)
	if err == nil {
		err = d.Screen(r.Context(), r.UserID, s)
	}
	return room.After(w, r, err, room.Href(r.PathValue("id"), "screening"), "screening.said.screened", func(ps []ui.Problem) error { return d.screenForm(w, r, ps) })
}

func (d *Domain) askAssess(w http.ResponseWriter, r *web.Request) error {
	return d.assessForm(w, r, nil)
}

func (d *Domain) assessForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	v, m, err := d.about(r)
	if err != nil {
		return err
	}
	class := r.PathValue("class")
	if !has(v.Cleared, class) {
		return fault.Gone()
	}
	p := r.P
	a := pages.Ask{Title: p.T("screening.assess_of", "name", m.Called(), "class", p.T("screening.class."+class)), Lead: []string{p.T("screening.assess_lead")}, Submit: p.T("common.save"), Items: []pages.Item{area(r, "risk", p.T("screening.risk"), "", true),
		area(r, "services", p.T("screening.services"), "", true), area(r, "hand_over", p.T("screening.hand_over"), "", class == org.Medical), area(r, "safety", p.T("screening.safety"), "", true)}}
	return d.ask(w, r, v.Case, "screening", ps, a)
}

func (d *Domain) assess(w http.ResponseWriter, r *web.Request) error {
	err := d.Assess(r.Context(), r.UserID, Diligence{ID: r.Text("id"), CaseID: r.PathValue("id"), PersonID: r.PathValue("person"), Class: r.PathValue("class"), Papers: Papers{Risk: r.Text("risk"), Services: r.Text("services"), HandOver: r.Text("hand_over"), Safety: r.Text("safety")}})
	return room.After(w, r, err, room.Href(r.PathValue("id"), "screening"), "screening.said.assessed", func(ps []ui.Problem) error { return d.assessForm(w, r, ps) })
}

func (d *Domain) askDecide(w http.ResponseWriter, r *web.Request) error {
	return d.decideForm(w, r, nil)
}

func (d *Domain) decideForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	v, m, err := d.about(r)
	if err != nil {
		return err
	}
	for _, x := range v.People {
		for _, dd := range x.Diligences {
			if x.Member.ID != m.ID || dd.ID != r.PathValue("diligence") {
				continue
			}
			p := r.P
			a := pages.Ask{Title: p.T("screening.decide_of", "name", m.Called()), Points: []string{p.T("screening.risk") + ": " + dd.Risk, p.T("screening.services") + ": " + dd.Services, p.T("screening.hand_over") + ": " + dd.HandOver, p.T("screening.safety") + ": " + dd.Safety}, Submit: p.T("common.save"),
				Items: []pages.Item{radios(r, "decision", "screening.decision.", Decisions, ""), area(r, "reason", p.T("common.reason"), "", true), dayItem(r, "until", day.Date{}, false)}}
			return d.ask(w, r, v.Case, "screening", ps, a)
		}
	}
	return fault.Gone()
}

func (d *Domain) decide(w http.ResponseWriter, r *web.Request) error {
	var fs []fault.Field
	until := date(r, "until", &fs)
	err := fault.Fields(fs)
	if err == nil {
		err = d.Decide(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("diligence"), r.Text("decision"), r.Text("reason"), until)
	}
	return room.After(w, r, err, room.Href(r.PathValue("id"), "screening"), "screening.said.decided", func(ps []ui.Problem) error { return d.decideForm(w, r, ps) })
}
