package caseweb

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// filling is a form being filled in: what it is about and what was answered so far.
type filling struct {
	c        casefile.Case
	form     *programme.Form
	personID string
	who      string
	formID   string
	corrects string
	today    day.Date
	answers  map[string][]string
	page     int
}

// fill reads the form, who it is about, and the answers so far: the reader's own draft, else what was sent last.
func (x *Web) fill(r *web.Request) (f filling, err error) {
	f.personID, f.corrects, f.answers = r.Text("person"), r.Text("corrects"), map[string][]string{}
	var last string
	f.c, err = x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) error {
		pack, err := x.Cases.Packs.Version(c.Programme, c.PackVersion)
		if err != nil {
			return err
		}
		f.form, f.today = pack.Form(r.PathValue("code")), g.Today
		if f.form == nil {
			return fault.Gone()
		}
		if !g.Actor.Cleared(f.form.Class) {
			return fault.Hidden("form", c.ID+"/"+f.form.Code)
		}
		ms, err := casefile.Members(ctx, g, c.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(ms, func(m casefile.Member) bool { return m.ID == f.personID })
		if (f.form.Per == "person") != (i >= 0) {
			return fault.Gone()
		}
		if i >= 0 {
			f.who = ms[i].Called()
		}
		ds, err := casefile.Drafts(ctx, g, c.ID)
		if err != nil {
			return err
		}
		for _, d := range ds {
			if d.Form == f.form.Code && d.PersonID == f.personID {
				f.answers, f.page = d.Answers, int(d.Page)
				return nil
			}
		}
		rs, err := casefile.Forms(ctx, g, c.ID, f.form.Code)
		for _, rec := range rs {
			if rec.PersonID == f.personID && rec.SupersededBy == "" && (!f.form.Repeats || rec.ID == f.corrects) {
				last = rec.ID
				break
			}
		}
		return err
	})
	if err != nil || last == "" {
		return f, err
	}
	rec, err := x.Cases.ReadForm(r.Context(), r.UserID, f.c.ID, last)
	if err == nil && rec.Answers != nil {
		f.answers = rec.Answers
	}
	return f, err
}

// sheets cuts the questions that are asked into pages: a heading begins a new one.
func (f *filling) sheets() [][]programme.FormField {
	var out [][]programme.FormField
	for _, q := range f.form.Shown(f.answers) {
		if len(out) == 0 || q.Section != "" {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], q)
	}
	return out
}

func (f *filling) href(page int) string {
	q := url.Values{"page": {strconv.Itoa(page)}}
	if f.personID != "" {
		q.Set("person", f.personID)
	}
	if f.corrects != "" {
		q.Set("corrects", f.corrects)
	}
	return room.Href(f.c.ID, "forms", f.form.Code) + "?" + q.Encode()
}

func (x *Web) showForm(w http.ResponseWriter, r *web.Request) error {
	f, err := x.fill(r)
	if err != nil {
		return err
	}
	if r.Has("page") {
		if f.page, err = strconv.Atoi(r.Text("page")); err != nil {
			return fault.Gone()
		}
	}
	f.formID = newID()
	return x.drawForm(w, r, f, nil)
}

func (x *Web) drawForm(w http.ResponseWriter, r *web.Request, f filling, ps []ui.Problem) error {
	p := r.P
	sheets := f.sheets()
	if len(sheets) == 0 {
		return fault.Gone()
	}
	f.page = min(max(f.page, 0), len(sheets)-1)
	title := p.T(f.form.TitleKey())
	a := pages.Ask{P: p, Title: title, Problems: ps, Action: room.Href(f.c.ID, "forms", f.form.Code), BackHref: room.Href(f.c.ID, "forms"), Back: p.T("case.forms.back"), CancelHref: room.Href(f.c.ID, "forms")}
	if f.who != "" {
		a.Lead = append(a.Lead, p.T("case.forms.about", "name", f.who))
	}
	if len(sheets) > 1 {
		a.Lead = append(a.Lead, p.T("common.page_of", "page", f.page+1, "total", len(sheets)))
	}
	if k := f.form.IntroKey(); k != "" && f.page == 0 {
		a.Lead = append(a.Lead, p.T(k))
	}
	var asked []string
	for _, q := range sheets[f.page] {
		asked = append(asked, q.ID)
		a.Items = append(a.Items, questionItems(p, q, f.answers[q.ID], f.form.Currency)...)
	}
	room.Mark(a.Items, ps)
	a.Keeps = true
	a.Hidden = map[string]string{"id": f.formID, "person": f.personID, "corrects": f.corrects, "page": strconv.Itoa(f.page), "asked": strings.Join(asked, " "), "do": "next"}
	a.Submit, a.SecondLabel, a.SecondName, a.SecondValue = p.T("common.continue"), p.T("case.forms.later"), "later", "1"
	if f.page == len(sheets)-1 {
		a.Submit = p.T("case.forms.send")
	}
	if f.page > 0 {
		a.BackHref, a.Back = f.href(f.page-1), p.T("common.previous")
	}
	return x.inCase(w, r, f.c, "documents", title, ps, pages.AskPage(a))
}

// questionItems draws one question; where "not known" is an answer to a typed question, it stands below as a choice.
func questionItems(p *i18n.Printer, q programme.FormField, vs []string, currency string) []pages.Item {
	fl := ui.Field{Name: "q_" + q.ID, Label: p.T(q.LabelKey), Required: q.Required, Values: vs}
	if q.HintKey != "" {
		fl.Hint = p.T(q.HintKey)
	}
	it := pages.Item{Field: fl}
	if q.Section != "" {
		it.Heading = p.T(q.Section)
	}
	var all []ui.Option
	for _, o := range q.AllOptions() {
		all = append(all, ui.Option{Value: o.Value, Label: p.T(o.LabelKey)})
	}
	typed := ""
	var special string
	for _, v := range vs {
		if v == programme.NotKnown || v == programme.PreferNotToSay {
			special = v
		} else {
			typed = v
		}
	}
	switch q.Type {
	case programme.TypeChoice, programme.TypeYesNo:
		it.Kind, it.Options = "radios", all
		if len(all) > 7 {
			it.Kind, it.Options = "select", append([]ui.Option{choose(p)}, all...)
		}
		return []pages.Item{it}
	case programme.TypeMulti:
		it.Kind, it.Options = "checks", all
		return []pages.Item{it}
	case programme.TypeLongText:
		it.Kind = "area"
	case programme.TypeDate:
		it.Kind = "date"
	case programme.TypeCountry:
		it.Kind, it.Options = "select", countryOptions(p)
	case programme.TypeLanguage:
		it.Kind, it.Options = "select", languageOptions(p)
	case programme.TypeNumber:
		it.InputMode, it.Short = "numeric", true
	case programme.TypeMoney:
		it.InputMode, it.Suffix = "decimal", currency
	}
	it.Value, it.Values = typed, nil
	if q.Type == programme.TypeText || q.Type == programme.TypeLongText {
		it.MaxLen = int(q.Max)
	}
	out := []pages.Item{it}
	if len(all) > 0 {
		out = append(out, pages.Item{Kind: "checks", Field: ui.Field{Name: "s_" + q.ID, Label: p.T("case.forms.instead", "question", fl.Label), Options: all, Value: special}})
	}
	return out
}

// answersOf reads the answers to one page.
func answersOf(r *web.Request, qs []programme.FormField, into map[string][]string) {
	for _, q := range qs {
		var vs []string
		switch q.Type {
		case programme.TypeMulti:
			vs = slices.Clone(r.All("q_" + q.ID))
		case programme.TypeDate:
			vs = []string{r.DateText("q_" + q.ID)}
		default:
			vs = []string{r.Text("q_" + q.ID)}
		}
		vs = append(vs, r.All("s_"+q.ID)...)
		vs = slices.DeleteFunc(vs, func(s string) bool { return s == "" })
		if len(vs) == 0 {
			delete(into, q.ID)
		} else {
			into[q.ID] = vs
		}
	}
}

func (x *Web) sendForm(w http.ResponseWriter, r *web.Request) error {
	f, err := x.fill(r)
	if err != nil {
		return err
	}
	if f.page, err = strconv.Atoi(r.Text("page")); err != nil {
		return fault.New(fault.Invalid, "fault.form_broken")
	}
	f.formID = r.Text("id")
	f.answers = maps.Clone(f.answers)
	asked := strings.Fields(r.Text("asked"))
	var posted []programme.FormField
	for _, q := range f.form.Fields {
		if slices.Contains(asked, q.ID) {
			posted = append(posted, q)
		}
	}
	answersOf(r, posted, f.answers)
	draft := casefile.Draft{CaseID: f.c.ID, Form: f.form.Code, PersonID: f.personID, Page: int64(f.page), Answers: f.answers}
	if err := x.Cases.SaveDraft(r.Context(), r.UserID, draft); err != nil {
		return err
	}
	if r.Has("keep") { // sent by the page itself while somebody writes
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if r.Ticked("later") {
		return done(w, r, room.Href(f.c.ID, "forms"), "case.said.draft_saved", "", nil)
	}
	sheets := f.sheets()
	f.page = min(max(f.page, 0), max(len(sheets)-1, 0))
	_, bad := f.form.Validate(f.answers, f.today)
	if ps := problemsOn(r, sheets[f.page], asked, bad); len(ps) > 0 {
		return x.drawForm(w, r, f, ps)
	}
	for _, q := range sheets[f.page] { // an answer opened a further question on the same page
		if !slices.Contains(asked, q.ID) {
			return x.drawForm(w, r, f, nil)
		}
	}
	if f.page < len(sheets)-1 {
		return r.Redirect(w, f.href(f.page+1))
	}
	_, err = x.Cases.SubmitForm(r.Context(), r.UserID, casefile.Submission{ID: f.formID, CaseID: f.c.ID, PersonID: f.personID, Form: f.form.Code, Lang: r.P.Lang, Corrects: f.corrects, Answers: f.answers, Say: r.P.T})
	if err != nil {
		if _, ok := badForm(r, err); !ok {
			return err
		}
		for i := range sheets { // an earlier page has something to correct
			if ps := problemsOn(r, sheets[i], nil, fault.Of(err).Fields); len(ps) > 0 {
				f.page = i
				return x.drawForm(w, r, f, ps)
			}
		}
		return err
	}
	return done(w, r, room.Href(f.c.ID, "forms"), "case.said.form_sent", "", nil)
}

// problemsOn keeps the problems of the questions on one page; asked nil means all of them.
func problemsOn(r *web.Request, qs []programme.FormField, asked []string, bad []fault.Field) []ui.Problem {
	var ps []ui.Problem
	for _, b := range bad {
		for _, q := range qs {
			if q.ID == b.Name && (asked == nil || slices.Contains(asked, q.ID)) {
				ps = append(ps, ui.Problem{Field: "q_" + q.ID, Text: r.P.T("case.forms.problem", "question", r.P.T(q.LabelKey), "problem", r.P.T(b.Key, b.Args...))})
			}
		}
	}
	return ps
}
