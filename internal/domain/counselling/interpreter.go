package counselling

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/counselling/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// fields are the questions of the form; a draft keeps them as they were filled in.
var fields = []string{"type", "kind", "group_code", "place", "on", "at", "minutes", "way", "interpreter", "interpreter_at", "language", "staff_language", "topics", "options", "motives", "motivation",
	"afraid", "concerns", "referred", "plan", "plan_words", "questions", "outcome", "next", "present", "paused", "paused_since"}

type answers map[string][]string

func (a answers) get(name string) string {
	if len(a[name]) == 0 {
		return ""
	}
	return a[name][0]
}

func fromForm(r *web.Request) answers {
	a := answers{}
	for _, f := range fields {
		switch {
		case f == "on" || f == "next":
			a[f] = []string{r.DateText(f)}
		case len(r.All(f)) > 1:
			a[f] = r.All(f)
		case r.Has(f):
			a[f] = []string{r.Text(f)}
		}
	}
	return a
}

func (a answers) list(name string) []string {
	return slices.DeleteFunc(slices.Clone(a[name]), func(s string) bool { return s == "" })
}

// session turns the answers into a talk; what cannot be read stays empty, so that the rule refuses it at its field.
func (a answers) session(caseID, sessionID string, now time.Time, zone *time.Location) (Session, error) {
	s := Session{ID: sessionID, CaseID: caseID, Type: a.get("type"), Kind: a.get("kind"), GroupCode: a.get("group_code"), Place: a.get("place"), InterpreterWay: a.get("way"), Interpreter: a.get("interpreter"),
		Language: a.get("language"), StaffLanguage: a.get("staff_language"), Topics: a.list("topics"), Explained: a.list("options"), Outcome: a.get("outcome"), ReferredTo: a.get("referred"), Present: a.list("present"),
		Words: Words{Motives: a.list("motives"), Motivation: a.get("motivation"), Afraid: a.get("afraid"), Concerns: a.get("concerns"), Plan: a.get("plan"), PlanWords: a.get("plan_words"), Questions: a.get("questions")}}
	s.StartedAt = at(a.get("on"), a.get("at"), zone)
	s.InterpreterAt = at(a.get("on"), a.get("interpreter_at"), zone)
	if text := a.get("minutes"); text != "" {
		s.Minutes, _ = strconv.ParseInt(text, 10, 64)
	} else if !s.StartedAt.IsZero() && day.Of(s.StartedAt, zone) == day.Of(now, zone) {
		paused, _ := strconv.ParseInt(a.get("paused"), 10, 64)
		s.Minutes = max(int64(now.Sub(s.StartedAt)/time.Minute)-paused, 1)
	}
	if text := a.get("next"); text != "" {
		var err error
		if s.NextOn, err = day.Parse(text); err != nil {
			return s, fault.At("next", "common.date_not_real")
		}
	}
	return s, nil
}

func at(date, clockText string, zone *time.Location) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", date+" "+clockText, zone)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// talk is everything the form needs to know.
type talk struct {
	c       casefile.Case
	members []casefile.Member
	before  []string
	now     time.Time
	draft   Draft
	// unfinished is the reader's last draft in this case, where they have begun a new talk beside it
	unfinished Draft
}

func (d *Domain) readTalk(r *web.Request, draft string) (t talk, err error) {
	err = d.Gate.Read(r.Context(), r.UserID, PermRecord, func(ctx context.Context, g *gate.R) error {
		if t.c, err = casefile.ByID(ctx, g, r.PathValue("id")); err != nil {
			return err
		}
		t.now = g.Now
		if t.members, err = casefile.Members(ctx, g, t.c.ID); err != nil {
			return err
		}
		list, err := Sessions(ctx, g, t.c.ID)
		for _, s := range list {
			t.before = append(t.before, s.Explained...)
		}
		if err != nil {
			return err
		}
		if draft != "" {
			t.draft, err = draftByID(ctx, g, t.c.ID, draft)
			return err
		}
		drafts, err := Drafts(ctx, g, t.c.ID)
		if i := slices.IndexFunc(drafts, func(x Draft) bool { return x.By == g.Actor.ID }); i >= 0 {
			t.unfinished = drafts[i]
		}
		return err
	})
	return t, err
}

func (t *talk) ids() (out []string) {
	for _, m := range t.members {
		out = append(out, m.ID)
	}
	return out
}

func (d *Domain) askTalk(w http.ResponseWriter, r *web.Request) error {
	t, err := d.readTalk(r, r.Text("draft"))
	if err != nil {
		return err
	}
	if err := casefile.RequireOpen(t.c); err != nil {
		return err
	}
	a := answers(t.draft.Answers)
	draft := t.draft.ID
	lang := r.Text("lang")
	if lang == "" {
		lang = t.draft.Lang
	}
	if a == nil {
		draft = id.New()
		local := t.now.In(d.zone())
		a = answers{"on": {day.Of(t.now, d.zone()).String()}, "at": {local.Format("15:04")}, "interpreter_at": {local.Format("15:04")}, "kind": {Individual}, "place": {"office"}, "staff_language": {r.P.Lang}, "present": {t.c.PrincipalID}}
		for _, m := range t.members {
			if m.ID == t.c.PrincipalID {
				a["language"] = []string{m.Language}
				if lang == "" {
					lang = m.Language
				}
			}
		}
	}
	return d.talkForm(w, r, t, lang, draft, a, nil)
}

// language picks the second language: one of ours, or English where nobody has translated the questions yet.
func (d *Domain) language(lang string) string {
	for _, l := range d.Cat.Languages() {
		if l.Tag == lang {
			return lang
		}
	}
	return i18n.Fallback
}

func (d *Domain) talkForm(w http.ResponseWriter, r *web.Request, t talk, lang, draft string, a answers, ps []ui.Problem) error {
	p := r.P
	lang = d.language(lang)
	q := d.Cat.Printer(lang)
	v := pages.Interpreter{P: p, Title: p.T("counselling.new"), Sub: p.T("counselling.new_sub"), BackHref: tab(t.c.ID), Back: p.T("counselling.back"), Problems: ps, Action: tab(t.c.ID) + "/new",
		Hidden: map[string]string{"draft": draft, "lang": lang, "paused": a.get("paused"), "paused_since": a.get("paused_since")}, Pause: p.T("counselling.pause"), PauseDo: "pause"}
	if t.unfinished.ID != "" {
		v.Unfinished, v.UnfinishedHref = p.T("counselling.draft_here", "date", p.Time(t.unfinished.At)), tab(t.c.ID)+"/new?draft="+url.QueryEscape(t.unfinished.ID)
	}
	if since, err := clock.Parse(a.get("paused_since")); err == nil && !since.IsZero() {
		v.Paused, v.Pause, v.PauseDo = p.T("counselling.paused", "time", p.Clock(since)), p.T("counselling.resume"), "resume"
	}
	for _, l := range d.Cat.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: l.Tag, Label: l.Name, Lang: l.Tag, Selected: l.Tag == lang})
	}
	problem := func(name string) string {
		for _, x := range ps {
			if x.Field == name {
				return x.Text
			}
		}
		return ""
	}
	staff := func(kind, name string, required bool, options ...ui.Option) pages.Item {
		return pages.Item{Kind: kind, Field: ui.Field{Name: name, Label: p.T("counselling.field." + name), Required: required, Value: a.get(name), Values: a.list(name), Options: options, Error: problem(name)}}
	}
	day := func(name string, required bool) pages.Item {
		it := staff("date", name, required)
		it.Values = nil
		return it
	}
	var people []ui.Option
	for _, m := range t.members {
		people = append(people, ui.Option{Value: m.ID, Label: m.Called()})
	}
	languages := named(p)
	started, minutes, with := staff("text", "at", true), staff("text", "minutes", false), staff("text", "interpreter_at", false)
	started.Short, minutes.Short, minutes.InputMode, minutes.Suffix, with.Short = true, true, "numeric", p.T("counselling.minutes"), true
	started.Hint, minutes.Hint = p.T("counselling.time_hint"), p.T("counselling.minutes_hint")
	v.About = []pages.Item{staff("radios", "type", true, choices(p, "counselling.type.", Types)...), staff("radios", "kind", true, choices(p, "counselling.kind.", Kinds)...), staff("text", "group_code", false),
		staff("radios", "place", true, choices(p, "counselling.place.", Places)...), day("on", true), started, minutes, staff("checks", "present", true, people...), staff("select", "language", true, languages...),
		staff("select", "staff_language", true, languages...), staff("radios", "way", true, choices(p, "counselling.way.", Ways)...), staff("text", "interpreter", false), with}
	pair := func(key string) ui.Pair {
		return ui.Pair{LeftLang: p.Lang, Left: p.T(key), RightLang: lang, Right: q.T(key)}
	}
	v.Intro = []ui.Pair{pair("interpreter.intro"), pair("interpreter.voluntary"), pair("interpreter.silence"), pair("interpreter.private")}
	ask := func(name string, many bool, values []string, words string) pages.Question {
		x := pages.Question{Name: name, Many: many, Ask: pair("interpreter.q." + name), Error: problem(name)}
		if many {
			x.Hint = pair("interpreter.choose_all")
		}
		for _, value := range values {
			key := "interpreter." + name + "." + value
			if value == NotSaid {
				key = "interpreter.not_said"
			}
			x.Options = append(x.Options, ui.PairOption{Value: value, Pair: pair(key), Selected: has(a[name], value)})
		}
		if words != "" {
			x.Words = &ui.Field{Name: words, Label: p.T("counselling.field." + words), Hint: p.T("counselling.words_hint"), Value: a.get(words), Error: problem(words), MaxLen: long, Rows: 3}
		}
		return x
	}
	v.Questions = []pages.Question{ask("options", true, Options, ""), ask("motives", true, Motives, "motivation"), ask("afraid", false, Answers, "concerns"), ask("plan", false, Plans, "plan_words"), ask("outcome", false, Outcomes, "questions")}
	v.After = []pages.Item{staff("checks", "topics", true, choices(p, "counselling.topic.", Topics)...), staff("radios", "referred", false, choices(p, "counselling.referral.", Referrals)...), day("next", false)}
	return d.inCase(w, r, t.c, v.Title, ps, pages.InterpreterPage(v))
}

func choices(p *i18n.Printer, prefix string, values []string) (out []ui.Option) {
	for _, v := range values {
		out = append(out, ui.Option{Value: v, Label: p.T(prefix + v)})
	}
	return out
}

func named(p *i18n.Printer) []ui.Option {
	out := []ui.Option{{Value: "", Label: p.T("common.choose")}}
	for _, o := range p.LanguageNames() {
		out = append(out, ui.Option{Value: o.Code, Label: o.Name})
	}
	return out
}

// talk keeps the answers as a draft first, whatever was pressed, so that nothing said is lost.
func (d *Domain) talk(w http.ResponseWriter, r *web.Request) error {
	t, err := d.readTalk(r, "")
	if err != nil {
		return err
	}
	a, draft, lang := fromForm(r), r.Text("draft"), r.Text("lang")
	if !id.Valid(draft) {
		draft = id.New()
	}
	if r.Has("keep") { // sent by the page itself while somebody writes
		if err := d.SaveDraft(r.Context(), r.UserID, Draft{ID: draft, CaseID: t.c.ID, Lang: d.language(lang), Answers: a, Typing: true}); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if other := r.Text("other"); other != "" {
		lang = other
	}
	switch since, _ := clock.Parse(a.get("paused_since")); r.Text("do") {
	case "pause":
		if since.IsZero() {
			a["paused_since"] = []string{clock.Format(t.now)}
		}
	default: // any other step means that the talk goes on
		if !since.IsZero() && r.Text("do") != "stop" && !r.Has("other") {
			n, _ := strconv.ParseInt(a.get("paused"), 10, 64)
			a["paused"], a["paused_since"] = []string{strconv.FormatInt(n+int64(t.now.Sub(since)/time.Minute), 10)}, nil
		}
	}
	err = d.SaveDraft(r.Context(), r.UserID, Draft{ID: draft, CaseID: t.c.ID, Lang: d.language(lang), Answers: a})
	if err != nil {
		return err
	}
	again := tab(t.c.ID) + "/new?lang=" + url.QueryEscape(d.language(lang)) + "&draft=" + url.QueryEscape(draft)
	switch r.Text("do") {
	case "stop":
		r.Say(w, web.Flash{Kind: "ok", Key: "counselling.said.draft"})
		return r.Redirect(w, tab(t.c.ID))
	case "pause", "resume":
		return r.Redirect(w, again)
	}
	if r.Has("other") {
		return r.Redirect(w, again)
	}
	s, err := a.session(t.c.ID, draft, t.now, d.zone())
	if err == nil {
		s.Fear = s.Words.Afraid == "yes"
		err = check(s, t.ids(), t.before, t.now)
	}
	if ps, ok := r.Problems(err); ok {
		t.draft.ID = draft
		return d.talkForm(w, r, t, lang, draft, a, ps)
	}
	if err != nil {
		return err
	}
	return r.Redirect(w, tab(t.c.ID)+"/drafts/"+draft)
}
