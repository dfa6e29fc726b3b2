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
			f.who = nameOf(ms[i].Person)
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

func (x *Web) forms(w http.ResponseWriter, r *web.Request) error {
	var recs []casefile.FormRecord
	var drafts []casefile.Draft
	var ms []casefile.Member
	var names map[string]string
	var list []*programme.Form
	may := false
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		may = g.Actor.Can(casefile.PermForm) && c.State == casefile.Open
		pack, err := x.Cases.Packs.Version(c.Programme, c.PackVersion)
		if err != nil {
			return err
		}
		for _, f := range pack.Forms {
			if g.Actor.Cleared(f.Class) {
				list = append(list, f)
			}
		}
		if recs, err = casefile.Forms(ctx, g, c.ID, ""); err != nil {
			return err
		}
		if ms, err = casefile.Members(ctx, g, c.ID); err != nil {
			return err
		}
		if names, _, err = staffNames(ctx, g); err != nil {
			return err
		}
		if g.Actor.Can(casefile.PermForm) {
			drafts, err = casefile.Drafts(ctx, g, c.ID)
		}
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	who := memberOptions(p, ms, false)
	v := pages.Sheet{P: p}
	for _, f := range list {
		g := pages.Group{Title: p.T(f.TitleKey()), Empty: p.T("case.forms.none")}
		href := room.Href(c.ID, "forms", f.Code)
		if may && f.Per != "person" {
			g.Links = []pages.Link{{Href: href, Label: p.T("case.forms.fill")}}
		}
		if f.Per == "person" {
			for _, o := range who {
				e := pages.Entry{Title: o.Label}
				if may {
					e.Links = []pages.Link{{Href: href + "?person=" + o.Value, Label: p.T("case.forms.fill")}}
				}
				g.Entries = append(g.Entries, x.formLines(r, c, f, o.Value, e, recs, drafts, names))
			}
		} else if e := x.formLines(r, c, f, "", pages.Entry{Title: p.T("case.whole")}, recs, drafts, names); len(e.Lines)+len(e.Links) > 0 {
			g.Entries = append(g.Entries, e)
		}
		v.Groups = append(v.Groups, g)
	}
	if len(list) == 0 {
		v.NoticeKind, v.NoticeTitle = "calm", p.T("case.forms.no_forms")
	}
	return x.inCase(w, r, c, "documents", p.T("case.forms.title"), nil, pages.SheetPage(v))
}

// formLines adds to an entry what was sent and what lies unfinished.
func (x *Web) formLines(r *web.Request, c casefile.Case, f *programme.Form, personID string, e pages.Entry, recs []casefile.FormRecord, drafts []casefile.Draft, names map[string]string) pages.Entry {
	p := r.P
	for _, d := range drafts {
		if d.Form == f.Code && d.PersonID == personID {
			e.Tags = append(e.Tags, pages.Tag{Kind: "soon", Text: p.T("case.forms.draft", "date", p.Time(d.SavedAt))})
		}
	}
	for _, rec := range recs {
		if rec.Form != f.Code || rec.PersonID != personID {
			continue
		}
		key := "case.forms.sent"
		if rec.SupersededBy != "" {
			key = "case.forms.sent_old"
		}
		e.Links = append(e.Links, pages.Link{Href: room.Href(c.ID, "records", rec.ID), Label: p.T(key, "date", p.Time(rec.At), "name", names[rec.By]), Kind: "bare"})
	}
	return e
}

func (x *Web) showRecord(w http.ResponseWriter, r *web.Request) error {
	rec, err := x.Cases.ReadForm(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("record"))
	if err != nil {
		return err
	}
	var names map[string]string
	var who string
	may := false
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		may = g.Actor.Can(casefile.PermForm) && c.State == casefile.Open
		if names, _, err = staffNames(ctx, g); err != nil {
			return err
		}
		ms, err := casefile.Members(ctx, g, c.ID)
		for _, m := range ms {
			if m.ID == rec.PersonID {
				who = nameOf(m.Person)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	v := pages.Record{P: p, BackHref: room.Href(c.ID, "forms"), Back: p.T("case.forms.back"), Title: rec.Questions.Title, Lang: rec.Lang, Facts: []ui.Fact{
		{Label: p.T("case.forms.by"), Value: names[rec.By]}, {Label: p.T("case.forms.at"), Value: p.Time(rec.At)}, {Label: p.T("case.forms.version"), Value: rec.PackVersion + " / " + strconv.FormatInt(rec.Revision, 10)}}}
	if who != "" {
		v.Facts = append(v.Facts, ui.Fact{Label: p.T("case.files.person"), Value: who})
	}
	switch {
	case rec.Erased:
		v.NoticeTitle = p.T("case.erased")
	case rec.SupersededBy != "":
		v.NoticeTitle = p.T("case.forms.superseded")
		v.Links = []pages.Link{{Href: room.Href(c.ID, "records", rec.SupersededBy), Label: p.T("case.forms.newer")}}
	case may:
		q := url.Values{"corrects": {rec.ID}}
		if rec.PersonID != "" {
			q.Set("person", rec.PersonID)
		}
		v.Links = []pages.Link{{Href: room.Href(c.ID, "forms", rec.Form) + "?" + q.Encode(), Label: p.T("case.forms.correct")}}
	}
	if rec.Hidden > 0 {
		v.NoticeTitle = p.N("case.forms.hidden", int64(rec.Hidden))
	}
	for _, q := range rec.Questions.Questions {
		vs, ok := rec.Answers[q.ID]
		if !ok {
			continue
		}
		v.Answers = append(v.Answers, ui.Fact{Label: q.Label, Value: answerText(p, q, vs, rec.Questions.Currency)})
	}
	return x.inCase(w, r, c, "documents", v.Title, nil, pages.RecordPage(v))
}

func answerText(p *i18n.Printer, q programme.FrozenQuestion, vs []string, currency string) string {
	var out []string
	for _, v := range vs {
		text := v
		i := slices.IndexFunc(q.Options, func(o programme.FrozenOption) bool { return o.Value == v })
		switch {
		case i >= 0:
			text = q.Options[i].Label
		case q.Type == programme.TypeDate:
			if d, err := day.Parse(v); err == nil {
				text = p.Date(d)
			}
		case q.Type == programme.TypeCountry:
			text = p.Country(v)
		case q.Type == programme.TypeLanguage:
			text = p.Language(v)
		case q.Type == programme.TypeMoney:
			text = currency + " " + v
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

func (x *Web) drafts(w http.ResponseWriter, r *web.Request) error {
	var ds []casefile.Draft
	err := x.Cases.Gate.Read(r.Context(), r.UserID, casefile.PermForm, func(ctx context.Context, g *gate.R) (err error) {
		ds, err = casefile.Drafts(ctx, g, "")
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	g := pages.Group{Title: p.T("case.drafts.title"), Empty: p.T("case.drafts.none")}
	for _, d := range ds {
		q := ""
		if d.PersonID != "" {
			q = "?person=" + d.PersonID
		}
		g.Entries = append(g.Entries, pages.Entry{Title: p.T("forms." + d.Form), Href: room.Href(d.CaseID, "forms", d.Form) + q, Lines: []string{d.CaseNo, p.T("case.forms.draft", "date", p.Time(d.SavedAt)), p.N("case.drafts.answers", int64(len(d.Answers)))},
			Posts: []pages.Post{{Action: "/drafts/drop", Label: p.T("case.drafts.drop"), Kind: "no", Fields: map[string]string{"case": d.CaseID, "form": d.Form, "person": d.PersonID}}}})
	}
	return r.Page(w, http.StatusOK, p.T("case.drafts.title"), pages.SheetPage(pages.Sheet{P: p, Head: p.T("case.drafts.title"), Groups: []pages.Group{g}}))
}

func (x *Web) dropDraft(w http.ResponseWriter, r *web.Request) error {
	err := x.Cases.DropDraft(r.Context(), r.UserID, casefile.Draft{CaseID: r.Text("case"), Form: r.Text("form"), PersonID: r.Text("person")})
	if err != nil {
		return err
	}
	return done(w, r, "/drafts", "case.said.draft_dropped", "", nil)
}
