package decision

import (
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// view puts how a case stands into the reader's words.
type view struct {
	Standing
	d        *Domain
	r        *web.Request
	p        *i18n.Printer
	ps       []ui.Problem
	c        casefile.Case
	actor    *org.Actor
	members  []casefile.Member
	records  map[string]map[string]string // person, fact -> form record
	staff    map[string]string
	files    []casefile.Attachment
	evidence map[string]casefile.Attachment // of decisions, as far as the reader may see it
	versions map[string]*programme.Pack     // under which decisions were taken
}

func word(p *i18n.Printer, key, otherwise string) string {
	if p.Has(key) {
		return p.T(key)
	}
	return otherwise
}

func (v *view) component(code string) string { return word(v.p, "eligibility."+code, code) }

func (v *view) verdict(s string) string { return v.p.T("eligibility.verdict." + s) }

func verdictTag(s string) string {
	switch programme.Verdict(s) {
	case programme.Eligible:
		return "ok"
	case programme.NotEligible:
		return "late"
	}
	return "soon"
}

// erased tells whether the main applicant's key is gone: what was decided stands, why it was is gone with it.
func (v *view) erased() bool {
	return slices.ContainsFunc(v.members, func(m casefile.Member) bool { return m.ID == v.c.PrincipalID && !m.ErasedAt.IsZero() })
}

func (v *view) page() pages.Eligibility {
	p := v.p
	out := pages.Eligibility{P: p, BackHref: "/cases/" + v.c.ID, Back: p.T("case.back"), Problems: v.ps}
	may := v.actor.Can(PermDecide)
	lead := pages.Notice{Kind: "calm", Title: p.T("decision.lead"), Text: p.T("decision.version", "version", v.Pack.Version)}
	switch {
	case v.erased():
		lead.Title, lead.Text = p.T("decision.erased"), p.T("decision.erased_text")
	case v.c.State != casefile.Open:
		lead.Title = p.T("decision.closed")
	case !may:
		lead.Title = p.T("decision.not_yours")
	}
	out.Notices = append(out.Notices, lead)
	if len(v.Outcomes) == 0 || len(v.Outcomes[0]) == 0 {
		out.Empty = p.T("decision.none")
		return out
	}
	for i, o := range v.Outcomes[0] {
		part := v.part(i, o)
		if may && v.c.State == casefile.Open && !v.erased() {
			part.Form = v.form(o)
		}
		out.Overview = append(out.Overview, ui.Fact{Label: part.Title, Value: part.State.Text, Href: "#part-" + part.Code})
		out.Parts = append(out.Parts, part)
	}
	if v.erased() {
		return out
	}
	if totals, err := programme.Totals(v.Entitled.Lines); err == nil { // sums beyond what a number holds are not shown
		for _, t := range totals {
			out.Totals = append(out.Totals, p.Money(t))
		}
	}
	out.Letter = v.letter()
	return out
}

func (v *view) letter() *pages.Letter {
	if v.d.Letter == nil || !v.d.Letter(v.c.Programme) || len(v.Decisions) == 0 || !v.d.leads(v.actor, "GET /cases/{id}/print") {
		return nil
	}
	l := &pages.Letter{Href: href(v.c.ID, "print") + "?part=decision"}
	if k := v.Pack.Contest; k.Days > 0 {
		l.Contest, l.ContestUnconfirmed = v.p.N("decision.contest", k.Days), k.Provisional
	}
	return l
}

func (v *view) part(i int, o programme.Outcome) pages.Part {
	p := v.p
	out := pages.Part{Code: o.Component, Title: v.component(o.Component), State: pages.Tag{Kind: "soon", Text: p.T("decision.open")}}
	for _, x := range v.Decisions {
		if x.Component != o.Component {
			continue
		}
		if x.SupersededBy == "" {
			out.State = v.state(x)
		}
		out.Decided = append(out.Decided, v.decided(x, o))
	}
	if v.erased() {
		return out
	}
	out.Proposal, out.Says = pages.Tag{Kind: verdictTag(string(o.Verdict)), Text: v.verdict(string(o.Verdict))}, v.says(o)
	if o.Key != "" {
		out.Note = word(p, o.Key, "")
	}
	who := v.People[0].PersonID
	out.Rules = v.rules(who, v.Pack, o.Trace, true)
	if len(v.Outcomes) > 1 {
		out.Others = v.others(i)
	}
	out.Due, out.NotDue = v.due(o.Component), v.notDue(o.Component)
	return out
}

// says is the proposal in one sentence.
func (v *view) says(o programme.Outcome) string {
	switch o.Verdict {
	case programme.Eligible, programme.Conditional:
		return v.p.T("decision.says.holds")
	case programme.NotEligible:
		n := int64(0)
		for _, t := range o.Trace {
			if t.Result == programme.Fails {
				n++
			}
		}
		return v.p.N("decision.says.fails", n)
	}
	return v.p.N("decision.says.unknown", int64(len(o.Asks())))
}

// state is how a part stands, for the overview.
func (v *view) state(x Decision) pages.Tag {
	switch {
	case x.Waits():
		return pages.Tag{Kind: "soon", Text: v.p.T("decision.waits")}
	case !x.Counts():
		return pages.Tag{Kind: "late", Text: v.p.T("decision.not_agreed")}
	}
	return pages.Tag{Kind: verdictTag(x.Decision), Text: v.p.T("decision.line", "decision", v.verdict(x.Decision))}
}

func (v *view) decided(x Decision, now programme.Outcome) pages.Decided {
	p := v.p
	out := pages.Decided{Title: p.T("decision.line", "decision", v.verdict(x.Decision)), Struck: x.SupersededBy != "", Reason: x.Reason, Version: x.PackVersion,
		Lines: []string{p.T("decision.by", "name", v.staff[x.By], "date", p.Time(x.At), "version", x.PackVersion), p.T("decision.was_proposed", "proposal", v.verdict(x.Proposal))}}
	switch {
	case x.Erased:
		out.Lines = append(out.Lines, p.T("decision.why_erased"))
	case x.PackVersion == v.Pack.Version && known(x.Trace) == known(now.Trace):
		out.Lines = append(out.Lines, p.T("decision.same"))
	default:
		pack := v.versions[x.PackVersion]
		if pack == nil {
			pack = v.Pack
		}
		out.Then = v.rules(x.PersonID, pack, x.Trace, false)
	}
	if a, ok := v.evidence[x.EvidenceID]; ok {
		out.Paper, out.PaperSee = a.Title, v.way("/cases/{id}/files", "", "")
		if !a.RemovedAt.IsZero() {
			out.Paper, out.PaperSee = p.T("decision.paper_removed", "title", a.Title), ""
		}
	}
	switch {
	case x.SupersededBy != "":
		out.Tag = pages.Tag{Text: p.T("decision.superseded")}
		return out
	case x.Waits() && v.actor.ID == x.By:
		out.Tag = pages.Tag{Kind: "soon", Text: p.T("decision.waits")}
		out.Lines = append(out.Lines, p.T("decision.err.own"))
	case x.Waits():
		out.Tag = pages.Tag{Kind: "soon", Text: p.T("decision.waits")}
		if v.actor.Can(PermSecond) && v.c.State == casefile.Open {
			out.Second = &pages.Second{Action: href(v.c.ID, "eligibility", x.ID, "second")}
		}
	case x.SecondNeeded && x.SecondAgrees:
		out.Tag = pages.Tag{Kind: "ok", Text: p.T("decision.agreed", "name", v.staff[x.SecondBy])}
	case x.SecondNeeded:
		out.Tag = pages.Tag{Kind: "late", Text: p.T("decision.disagreed", "name", v.staff[x.SecondBy])}
	}
	if !v.erased() && x.Proposal != string(now.Verdict) {
		out.Lines = append(out.Lines, p.T("decision.changed", "proposal", v.verdict(string(now.Verdict))))
	}
	return out
}

// form asks for the decision. Nothing is chosen for anybody where the program cannot tell, or leaves the choice to a person.
func (v *view) form(o programme.Outcome) *pages.Form {
	p, r := v.p, v.r
	mine := r.Method == "POST" && r.Text("component") == o.Component
	_, again := v.Current(o.Component)
	f := &pages.Form{Action: href(v.c.ID, "eligibility"), ID: id.New(), Component: o.Component, Submit: p.T("decision.decide_on", "what", v.component(o.Component)), Again: again, Wrong: mine && len(v.ps) > 0}
	f.Decision = ui.Field{Name: "decision", Label: p.T("decision.decision"), Required: true, Options: []ui.Option{
		{Value: string(programme.Eligible), Label: v.verdict("eligible")}, {Value: string(programme.NotEligible), Label: v.verdict("not")}}}
	f.Reason = ui.Field{Name: "reason", Label: p.T("common.reason"), Hint: p.T("decision.reason_hint"), Rows: 3, MaxLen: 2000}
	f.Evidence = ui.Field{Name: "evidence", Label: p.T("decision.evidence"), Hint: p.T("decision.evidence_hint"), Options: []ui.Option{{Label: p.T("common.none")}}}
	for _, a := range v.files {
		f.Evidence.Options = append(f.Evidence.Options, ui.Option{Value: a.ID, Label: a.Title})
	}
	f.FilesHref = v.way("/cases/{id}/files", "", "")
	if o.Verdict == programme.Eligible || o.Verdict == programme.NotEligible {
		f.Decision.Value, f.Agrees = string(o.Verdict), true
	}
	f.Reason.Required = !f.Agrees
	if mine {
		f.ID, f.Decision.Value, f.Reason.Value, f.Evidence.Value = r.Text("id"), r.Text("decision"), r.Text("reason"), r.Text("evidence")
	}
	for _, x := range []*ui.Field{&f.Decision, &f.Reason, &f.Evidence} {
		x.ID = "f-" + x.Name + "-" + o.Component
		for _, problem := range v.ps {
			if problem.Field == x.Name+"-"+o.Component {
				x.Error = problem.Text
			}
		}
	}
	return f
}

func (v *view) name(personID string) ui.NameParts {
	for _, m := range v.members {
		if m.ID == personID && !m.Unnamed() {
			return m.Parts()
		}
	}
	return ui.NameParts{Latin: v.p.T("decision.nameless")}
}

// key tells apart what is not to be shown together.
func key(parts ...string) string { return strings.Join(parts, "\x00") }
