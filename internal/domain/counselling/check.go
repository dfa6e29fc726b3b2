package counselling

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	tables "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	facts "github.com/nostos-avrr/nostos/internal/domain/ledger/pages"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// askCheck shows the answers once more before they are kept.
func (d *Domain) askCheck(w http.ResponseWriter, r *web.Request) error { return d.checkForm(w, r, nil) }

func (d *Domain) checkForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	t, err := d.readTalk(r, r.PathValue("draft"))
	if err != nil {
		return err
	}
	p, a := r.P, answers(t.draft.Answers)
	s, err := a.session(t.c.ID, t.draft.ID, t.now, d.zone())
	if err != nil && ps == nil {
		return err
	}
	var people []string
	for _, m := range t.members {
		if has(s.Present, m.ID) {
			people = append(people, m.Called())
		}
	}
	v := d.sessionFacts(p, s)
	v = append([]ui.Fact{{Label: p.T("counselling.field.present"), Value: p.List(people)}}, v...)
	change := tab(t.c.ID) + "/new?draft=" + url.QueryEscape(t.draft.ID)
	ask := tables.Ask{P: p, Title: p.T("counselling.check_sure"), Action: r.URL.Path, Submit: p.T("counselling.save"), CancelHref: change}
	parts := []templ.Component{facts.TopPart(facts.Top{P: p, BackHref: change, Back: p.T("counselling.change"), Problems: ps}), facts.FactsPart(p.T("counselling.check"), v)}
	if s.Words.Afraid == "yes" {
		parts = append(parts, facts.NoticePart("warn", p.T("counselling.fear_notice"), p.T("counselling.fear_text"), nil))
	}
	return d.inCase(w, r, t.c, p.T("counselling.check"), ps, templ.Join(append(parts, tables.AskPage(ask))...))
}

// sessionFacts writes a talk out in words.
func (d *Domain) sessionFacts(p *i18n.Printer, s Session) (out []ui.Fact) {
	add := func(label, value string) {
		f := ui.Fact{Label: p.T("counselling.field." + label), Value: value}
		if value == "" {
			f.Value, f.Missing = p.T("ui.fact.missing"), true
		}
		out = append(out, f)
	}
	each := func(prefix string, list []string) string {
		var words []string
		for _, x := range list {
			key := prefix + x
			if x == NotSaid {
				key = "interpreter.not_said"
			}
			words = append(words, p.T(key))
		}
		return strings.Join(words, "; ")
	}
	one := func(prefix, code string) string {
		if code == "" {
			return ""
		}
		return each(prefix, []string{code})
	}
	add("type", one("counselling.type.", s.Type))
	add("kind", one("counselling.kind.", s.Kind))
	add("place", one("counselling.place.", s.Place))
	add("at", p.Time(s.StartedAt))
	add("minutes", p.N("common.minutes", s.Minutes))
	who := one("counselling.way.", s.InterpreterWay)
	if s.Interpreter != "" {
		who = p.T("counselling.interpreted", "name", s.Interpreter, "way", who, "time", p.Clock(s.InterpreterAt))
	}
	add("interpreter", who)
	add("language", languages(p, s.Language, s.StaffLanguage))
	add("topics", each("counselling.topic.", s.Topics))
	add("options", each("interpreter.options.", s.Explained))
	add("motives", each("interpreter.motives.", s.Words.Motives))
	add("motivation", s.Words.Motivation)
	add("afraid", one("interpreter.afraid.", s.Words.Afraid))
	add("concerns", s.Words.Concerns)
	add("plan", one("interpreter.plan.", s.Words.Plan))
	add("plan_words", s.Words.PlanWords)
	add("questions", s.Words.Questions)
	add("outcome", one("interpreter.outcome.", s.Outcome))
	if s.ReferredTo != "" {
		add("referred", one("counselling.referral.", s.ReferredTo))
	}
	if !s.NextOn.IsZero() {
		add("next", p.Date(s.NextOn))
	}
	return out
}

func languages(p *i18n.Printer, codes ...string) string {
	var out []string
	for _, c := range codes {
		if c != "" {
			out = append(out, p.Language(c))
		}
	}
	return p.List(slices.Compact(out))
}

func (d *Domain) save(w http.ResponseWriter, r *web.Request) error {
	t, err := d.readTalk(r, r.PathValue("draft"))
	if fault.Is(err, fault.NotFound) { // pressed twice: the talk is kept already, and the draft is gone
		return r.Redirect(w, tab(r.PathValue("id")))
	}
	if err != nil {
		return err
	}
	a := answers(t.draft.Answers)
	s, err := a.session(t.c.ID, t.draft.ID, t.now, d.zone())
	if err == nil {
		err = d.Hold(r.Context(), r.UserID, s, t.draft.ID)
	}
	if ps, ok := r.Problems(err); ok {
		return d.talkForm(w, r, t, t.draft.Lang, t.draft.ID, a, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "counselling.said.held"})
	return r.Redirect(w, tab(t.c.ID))
}

func (d *Domain) dropDraft(w http.ResponseWriter, r *web.Request) error {
	if err := d.DropDraft(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("draft")); err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "counselling.said.dropped"})
	return r.Redirect(w, tab(r.PathValue("id")))
}
