package selectionweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/selection"
	"github.com/nostos-avrr/nostos/internal/domain/selection/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// seat is one candidate with the neighbour they are compared with.
type seat struct {
	look
	x, y     selection.Detail
	p, q     selection.Placed
	compared bool
	sits     committee
}

// committee is who may be said to have decided, and who did last in this round.
type committee struct {
	may   []org.Staff
	usual []string
}

func readCommittee(ctx context.Context, g *gate.R, roundID string) (c committee, err error) {
	if c.may, err = org.Holders(ctx, g.Tx, selection.PermDecide); err != nil {
		return c, err
	}
	c.usual, err = selection.LastCommittee(ctx, g, roundID)
	return c, err
}

// ask asks who decided. It begins with those who decided last.
func (c committee) ask(r *web.Request) casepages.Item {
	members := c.usual
	if r.Has("sent") {
		members = r.All("members")
	}
	var staff []ui.Option
	for _, m := range c.may {
		staff = append(staff, ui.Option{Value: m.ID, Label: m.Name})
	}
	return casepages.Item{Kind: "checks", Field: ui.Field{Name: "members", Label: r.P.T("selection.members"), Hint: r.P.T("selection.members_hint"), Required: true, Values: members, Options: staff}}
}

func (x *Web) seat(r *web.Request) (s seat, err error) {
	s.look, err = x.read(r, func(ctx context.Context, g *gate.R, l *look) (err error) {
		if s.x, err = l.Detail(ctx, g, r.PathValue("case")); err != nil {
			return err
		}
		s.p = l.Place(s.x.CaseID)
		if with := r.URL.Query().Get("with"); with != "" && with != s.x.CaseID {
			s.q, s.compared = l.Place(with), true
		} else if s.p.Place > 0 {
			if s.q, s.compared = l.Neighbour(s.p, -1); !s.compared {
				s.q, s.compared = l.Neighbour(s.p, 1)
			}
		}
		if s.compared {
			if s.y, err = l.Detail(ctx, g, s.q.CaseID); err != nil {
				return err
			}
		}
		s.sits, err = readCommittee(ctx, g, l.ID)
		return err
	})
	return s, err
}

func (x *Web) candidate(w http.ResponseWriter, r *web.Request) error { return x.seatPage(w, r, nil) }

func (x *Web) seatPage(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	s, err := x.seat(r)
	if err != nil {
		return err
	}
	p := r.P
	v := pages.Candidate{Top: pages.Top{P: p, BackHref: href(s.ID), Back: s.title(p), Problems: ps}, Refs: []string{s.p.No, p.Country(s.x.Case.Nationality)}}
	if s.actor.Can(person.PermView) {
		v.Name = ui.NameParts{Latin: s.x.Latin, Native: s.x.Native, NativeLang: s.x.NativeLang}
	}
	if v.Name.Latin+v.Name.Native == "" {
		v.Name.Latin = s.p.No
	}
	v.Links = []pages.Link{{Href: room.Href(s.x.CaseID), Label: p.T("selection.to_case")}}
	v.Facts = s.facts(p)
	switch {
	case s.x.Erased:
		v.Notices = []pages.Notice{{Kind: "calm", Title: p.T("selection.erased")}}
	case s.x.Left:
		v.Notices = []pages.Notice{{Kind: "calm", Title: p.T("selection.left." + s.x.LeftWhy), Text: p.Time(s.x.LeftAt)}}
	}
	v.Points, v.Rules = s.points(p), s.rules(p)
	v.AskHead, v.Ask = p.T("selection.to_ask"), s.asks(p)
	if s.p.Place > 0 {
		v.WhyHead, v.Why = p.T("selection.why_place"), s.why(p)
	}
	if s.compared && s.q.Place > 0 && s.p.Place > 0 {
		v.Left, v.Right = s.named(p, s.p), s.named(p, s.q)
		v.Compare = s.compare(p)
	}
	for _, step := range []int{-1, 1} {
		if o, ok := s.Neighbour(s.p, step); ok && s.p.Place > 0 {
			v.Others = append(v.Others, pages.Link{Href: caseHref(s.ID, s.x.CaseID) + "?with=" + url.QueryEscape(o.CaseID), Label: p.T("selection.compare_with", "place", o.Place, "no", o.No)})
		}
	}
	if s.x.Outcome != "" {
		v.DecidedHead, v.Decided = p.T("selection.decided"), s.decided(p)
	}
	if s.mayDecide() {
		v.FormHead, v.Form = p.T("selection.decide"), casepages.AskPart(s.form(r, ps))
	}
	return r.Form(w, v.Name.Latin+" – "+s.title(p), ps, pages.CandidatePage(v))
}

// mayDecide tells whether the committee's word can be written down now: while the round is open, and afterwards only for
// somebody who waits.
func (s *seat) mayDecide() bool {
	return s.actor.Can(selection.PermDecide) && !s.x.Left && (s.State == selection.Open || s.x.Outcome == selection.Waiting)
}

func (s *seat) facts(p *i18n.Printer) []ui.Fact {
	cost := ui.Fact{Label: p.T("selection.col.cost"), Value: p.T("selection.cost_unknown"), Missing: true}
	if s.p.CostKnown {
		cost.Value, cost.Missing = p.Money(s.Amount(s.p.Cost)), false
	}
	out := []ui.Fact{{Label: p.T("selection.col.points"), Value: points(p, s.p.Low, s.p.High)}, cost, {Label: p.T("selection.applied"), Value: p.Date(s.p.Applied)}}
	if s.Pack.Selection.Reserve != nil && s.x.Urgency.Key != "" {
		out = append(out, ui.Fact{Label: p.T(s.x.Urgency.Key), Value: p.T("eligibility.result." + string(s.x.Urgency.Result))})
	}
	if s.x.Waited > 0 {
		out = append(out, ui.Fact{Label: p.T("selection.col.waiting"), Value: p.N("selection.waited", s.x.Waited)})
	}
	if s.p.Place > 0 {
		out = append([]ui.Fact{{Label: p.T("selection.col.place"), Value: p.Number(int64(s.p.Place))}}, out...)
		if s.p.Best != s.p.Place && s.x.Outcome == "" {
			out = append(out, ui.Fact{Label: p.T("selection.best_label"), Value: p.Number(int64(s.p.Best))})
		}
	}
	if s.x.Outcome == "" && s.p.Proposal != "" {
		out = append(out, ui.Fact{Label: p.T("selection.col.proposal"), Value: p.T("selection.proposal." + s.p.Proposal)})
		if s.p.More > 0 {
			out = append(out, ui.Fact{Label: p.T("selection.more_fact"), Value: p.Money(s.Amount(s.p.More))})
		}
	}
	return out
}

// points says of each criterion what was found and what it is worth.
func (s *seat) points(p *i18n.Printer) pages.Table {
	t := pages.Table{Title: p.T("selection.why_points"), Lead: p.T("selection.why_points_lead", "date", p.Time(s.x.ReadAt)), Heads: heads(p, "selection.col.criterion", "selection.col.found", "selection.col.points", "selection.col.source")}
	for _, c := range s.x.Points {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.T(c.Key)}, {Text: found(p, c), Tag: resultTag(c.Result)}, {Text: earned(p, c)}, s.source(p, c.Origin)}})
	}
	return t
}

func resultTag(r programme.Result) string {
	return map[programme.Result]string{programme.Holds: "ok", programme.Fails: "soon", programme.Unknown: "care"}[r]
}

// found is what is known about a criterion.
func found(p *i18n.Printer, c programme.Scored) string {
	if c.Banded && c.Result == programme.Holds {
		return p.Number(c.Number)
	}
	return p.T("eligibility.result." + string(c.Result))
}

// earned is what a criterion is worth for somebody.
func earned(p *i18n.Printer, c programme.Scored) string {
	if c.Low == c.High {
		return p.T("selection.earned", "points", c.Low, "most", c.Most)
	}
	return p.T("selection.earned_range", "low", c.Low, "high", c.High, "most", c.Most)
}

// rules says of each condition of the programme whether it holds.
func (s *seat) rules(p *i18n.Printer) pages.Table {
	t := pages.Table{Title: p.T("selection.may_have", "help", p.T("eligibility."+s.Component)), Heads: heads(p, "selection.col.condition", "selection.col.found", "selection.col.source")}
	for _, c := range s.x.Clauses {
		text := p.T("eligibility.any")
		if c.Key != "" {
			text = p.T(c.Key)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: text}, {Text: p.T("eligibility.result." + string(c.Result)), Tag: resultTag(c.Result)}, s.source(p, c.Origin)}})
	}
	return t
}

// asks lists every missing answer once, with where it is written down.
func (s *seat) asks(p *i18n.Printer) (out []ui.MissingItem) {
	var names []string
	add := func(list []string) {
		for _, n := range list {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	for _, c := range s.x.Points {
		add(c.Asks)
	}
	add(s.x.Urgency.Asks)
	add(programme.Outcome{Trace: s.x.Clauses}.Asks())
	for _, l := range s.x.Costs {
		add(l.Asks)
	}
	for _, n := range names {
		m := ui.MissingItem{Text: p.T("fact.ask." + n)}
		if f, ok := programme.FactNamed(n); ok {
			m.Text += " (" + p.T("fact.where."+f.Where) + ")"
		}
		out = append(out, m)
	}
	return out
}

func (s *seat) named(p *i18n.Printer, o selection.Placed) string {
	return p.T("selection.at_place", "place", o.Place, "no", o.No)
}

// why explains a place in sentences: beside the neighbour, and how far the money reaches.
func (s *seat) why(p *i18n.Printer) (out []string) {
	if s.compared && s.q.Place > 0 {
		first, second := s.p, s.q
		if s.q.Place < s.p.Place {
			first, second = s.q, s.p
		}
		out = append(out, s.because(p, first, second))
	}
	switch {
	case s.x.Outcome != "":
	case s.p.In:
		out = append(out, p.T("selection.why.in", "amount", s.Amount(s.p.Running)))
	case s.p.More > 0:
		out = append(out, p.T("selection.why.money", "amount", s.Amount(s.p.More)))
	case s.p.More < 0:
		out = append(out, p.T("selection.why.places"))
	}
	if s.x.Outcome == "" && s.p.Proposal == selection.Ask {
		out = append(out, p.T("selection.why.ask", "place", s.p.Best))
	}
	return out
}

// because says why one comes before the other: by points, or among equals by the programme's own order.
func (s *seat) because(p *i18n.Printer, a, b selection.Placed) string {
	args := []any{"a", s.named(p, a), "b", s.named(p, b)}
	if a.Low != b.Low {
		return p.T("selection.because.points", append(args, "more", a.Low, "fewer", b.Low)...)
	}
	for _, t := range s.Pack.Selection.Tie {
		if t == programme.ByApplication && a.Applied != b.Applied {
			return p.T("selection.because.application_date", append(args, "points", a.Low, "earlier", a.Applied, "later", b.Applied)...)
		}
		if t == programme.ByNumber && a.No != b.No {
			break
		}
	}
	return p.T("selection.because.case_number", append(args, "points", a.Low)...)
}

// compare puts two candidates side by side, criterion by criterion.
func (s *seat) compare(p *i18n.Printer) (out []ui.CompareRow) {
	row := func(label, left, right string) {
		out = append(out, ui.CompareRow{Label: label, Left: left, Right: right, Same: left == right})
	}
	for _, c := range s.x.Points {
		i := slices.IndexFunc(s.y.Points, func(o programme.Scored) bool { return o.ID == c.ID })
		if i >= 0 {
			row(p.T(c.Key), found(p, c)+": "+points(p, c.Low, c.High), found(p, s.y.Points[i])+": "+points(p, s.y.Points[i].Low, s.y.Points[i].High))
		}
	}
	row(p.T("selection.col.points"), points(p, s.p.Low, s.p.High), points(p, s.q.Low, s.q.High))
	row(p.T("selection.applied"), p.Date(s.p.Applied), p.Date(s.q.Applied))
	return out
}

func (s *seat) decided(p *i18n.Printer) []string {
	var names []string
	for _, m := range s.x.Members {
		names = append(names, s.staff[m])
	}
	out := []string{p.T("selection.decided_line", "outcome", p.T("selection.outcome."+s.x.Outcome), "names", p.List(names)),
		p.T("selection.decided_by", "name", s.staff[s.x.By], "date", p.Time(s.x.At)), p.T("selection.was_proposed", "proposal", p.T("selection.proposal."+s.x.Proposed), "place", s.x.AtPlace)}
	if s.x.Outcome == selection.Chosen {
		out = append(out, p.T("selection.seat."+s.p.Seat))
	}
	if s.x.Reason != "" {
		out = append(out, p.T("decision.reason", "reason", s.x.Reason))
	}
	return out
}

// form asks for the committee's word. What would be as proposed is not filled in: a click is not a decision.
func (s *seat) form(r *web.Request, ps []ui.Problem) casepages.Ask {
	p := r.P
	outcomes := selection.Outcomes
	if s.State == selection.Closed {
		outcomes = []string{selection.Chosen}
	}
	items := []casepages.Item{
		{Kind: "radios", Field: ui.Field{Name: "outcome", Label: p.T("selection.outcome"), Required: true, Value: r.Text("outcome"), Options: ui.Options(outcomes, ui.Keyed(p, "selection.outcome."))}},
		{Kind: "area", Field: ui.Field{Name: "reason", Label: p.T("common.reason"), Hint: p.T("selection.reason_hint"), Value: r.Text("reason"), Rows: 3, MaxLen: 2000}},
		s.sits.ask(r),
	}
	room.Mark(items, ps)
	return casepages.Ask{P: p, Lead: []string{p.T("selection.decide_lead")}, Action: caseHref(s.ID, s.x.CaseID), Hidden: map[string]string{"saw": s.p.Proposal, "sent": "1"}, Submit: p.T("selection.decide_go"), Items: items}
}

func (x *Web) decide(w http.ResponseWriter, r *web.Request) error {
	roundID, caseID := r.PathValue("round"), r.PathValue("case")
	err := x.Rounds.Decide(r.Context(), r.UserID, selection.Deciding{RoundID: roundID, CaseID: caseID, Outcome: r.Text("outcome"), Reason: r.Text("reason"), Members: r.All("members"), Saw: r.Text("saw")})
	if ps, ok := r.Problems(err); ok {
		return x.seatPage(w, r, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "selection.said.decided." + strings.TrimSpace(r.Text("outcome"))})
	return r.Redirect(w, href(roundID))
}
