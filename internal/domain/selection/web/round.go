package selectionweb

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/selection"
	"github.com/nostos-avrr/nostos/internal/domain/selection/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// perPage is how many candidates stand on one page.
const perPage = 100

// sorts are the orders a round may be shown in; place is the one that counts.
var sorts = map[string]func(a, b selection.Placed) int{
	"place":  func(a, b selection.Placed) int { return 0 },
	"points": func(a, b selection.Placed) int { return cmp.Or(cmp.Compare(b.High, a.High), cmp.Compare(b.Low, a.Low)) },
	"cost":   func(a, b selection.Placed) int { return cmp.Compare(a.Held, b.Held) },
	"number": func(a, b selection.Placed) int { return strings.Compare(a.No, b.No) },
}

func (x *Web) show(w http.ResponseWriter, r *web.Request) error { return x.roundPage(w, r, nil) }

func (x *Web) roundPage(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var free selection.Placed
	isFree := false
	l, err := x.read(r, func(ctx context.Context, g *gate.R, l *look) (err error) {
		free, isFree, err = l.Free(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	sort := r.URL.Query().Get("sort")
	name, down := strings.CutPrefix(sort, "-")
	if sort == "" {
		name = "place"
	}
	if sorts[name] == nil {
		return fault.New(fault.Invalid, "selection.err.sort")
	}
	v := pages.Round{Top: pages.Top{P: p, BackHref: "/selection", Back: p.T("selection.title"), Problems: ps, Title: l.title(p), Sub: p.T("selection.round_sub", "help", p.T("eligibility."+l.Component), "programme", l.Pack.Name(p.Lang), "version", l.PackVersion)}}
	v.Links, v.Notices = l.ways(p), l.notices(p, free, isFree)
	if l.may(selection.PermOpen) {
		v.Posts = []pages.Post{{Action: href(l.ID, "read"), Label: p.T("selection.read")}}
	}
	v.Facts = l.facts(p)
	v.List = pages.Table{Title: p.T("selection.order"), Lead: p.T("selection.order_lead"), Empty: p.T("selection.empty"), Heads: sortable(p, l.ID, name, down)}
	rows := l.rows(p, name, down)
	from, _ := strconv.Atoi(r.URL.Query().Get("from"))
	from = max(0, min(from, len(rows)))
	page := rows[from:min(len(rows), from+perPage)]
	v.List.Rows = page
	here := func(n int) string {
		q := url.Values{"from": {strconv.Itoa(n)}}
		if sort != "" {
			q.Set("sort", sort)
		}
		return href(l.ID) + "?" + q.Encode()
	}
	if from > 0 {
		v.PrevHref = here(max(0, from-perPage))
	}
	if from+perPage < len(rows) {
		v.NextHref = here(from + perPage)
	}
	if n := l.Unseen(); n > 0 {
		v.Hidden = p.N("selection.unseen", int64(n))
	}
	if l.Ranking.End != "" && l.State == selection.Open {
		v.More = l.more(r)
	}
	v.Criteria, v.Tie = l.criteria(p), l.tie(p)
	return r.Form(w, v.Title, ps, pages.RoundPage(v))
}

// ways are what can be done about the whole round.
func (l *look) ways(p *i18n.Printer) (out []pages.Link) {
	if l.may(selection.PermDecide) {
		c := pages.Link{Href: href(l.ID, "close"), Label: p.T("selection.close")}
		if l.Undecided() == 0 {
			c.Kind = "go"
		}
		out = append(out, c)
	}
	if l.may(selection.PermOpen) && l.Reserve > 0 {
		out = append(out, pages.Link{Href: href(l.ID, "reserve"), Label: p.T("selection.lower")})
	}
	out = append(out, pages.Link{Href: href(l.ID, "rates"), Label: p.T("selection.rates")})
	if l.actor.Can(casefile.PermExport) {
		for _, f := range selection.Formats {
			out = append(out, pages.Link{Href: href(l.ID, "export") + "?as=" + f, Label: p.T("selection.export." + f)})
		}
	}
	return out
}

func (l *look) notices(p *i18n.Printer, free selection.Placed, isFree bool) (out []pages.Notice) {
	if l.State == selection.Open {
		out = append(out, pages.Notice{Kind: "calm", Title: p.T("selection.proposes"), Text: p.T("selection.proposes_text")})
	}
	if n := l.asks(); n > 0 && l.State == selection.Open {
		out = append(out, pages.Notice{Kind: "warn", Title: p.N("selection.ask_first", n), Text: p.T("selection.ask_first_text")})
	}
	if isFree {
		n := pages.Notice{Kind: "warn", Title: p.T("selection.free"), Text: p.T("selection.free_unseen")}
		if l.Entry(free.CaseID).Seen {
			n.Text = p.T("selection.free_next", "no", free.No)
			n.Links = []pages.Link{{Href: caseHref(l.ID, free.CaseID), Label: p.T("selection.look"), Kind: "go"}}
		}
		out = append(out, n)
	}
	return out
}

// asks counts those for whom something missing makes the difference.
func (l *look) asks() (n int64) {
	for _, c := range l.Ranking.List {
		if c.Proposal == selection.Ask {
			n++
		}
	}
	return n
}

func (l *look) facts(p *i18n.Printer) []ui.Fact {
	k := l.Ranking
	of := func(n int64, all int64) string { return p.T("selection.of", "n", n, "all", all) }
	sum := func(n int64, all int64) string { return p.T("selection.of", "n", l.Amount(n), "all", l.Amount(all)) }
	out := []ui.Fact{{Label: p.T("selection.state"), Value: p.T("selection.state." + l.State)},
		{Label: p.T("selection.fact.money"), Value: sum(k.Regular.Money+k.Kept.Money, l.Budget)}, {Label: p.T("selection.fact.places"), Value: of(k.Regular.Places+k.Kept.Places, l.Places)}}
	if l.Reserve > 0 {
		out = append(out, ui.Fact{Label: p.T("selection.fact.reserve"), Value: of(k.Kept.Places, l.Reserve)})
	}
	if l.State == selection.Open {
		out = append(out, ui.Fact{Label: p.T("selection.fact.asks"), Value: p.Number(l.asks())}, ui.Fact{Label: p.T("selection.fact.undecided"), Value: p.Number(int64(l.Undecided()))})
	} else {
		out = append(out, ui.Fact{Label: p.T("selection.fact.closed"), Value: p.T("selection.by", "name", l.staff[l.ClosedBy], "date", p.Time(l.ClosedAt))})
	}
	return append(out, ui.Fact{Label: p.T("selection.fact.opened"), Value: p.T("selection.by", "name", l.staff[l.OpenedBy], "date", p.Time(l.OpenedAt))})
}

func sortable(p *i18n.Printer, roundID, name string, down bool) []ui.Head {
	head := func(key, sort string, num bool) ui.Head {
		h := ui.Head{Label: p.T("selection.col." + key), Num: num}
		if sort == "" {
			return h
		}
		h.Href = href(roundID) + "?sort=" + sort
		if sort == name {
			h.Sort = "ascending"
			if down {
				h.Sort = "descending"
			} else {
				h.Href = href(roundID) + "?sort=-" + sort
			}
		}
		return h
	}
	return []ui.Head{head("case", "number", false), head("place", "place", true), head("points", "points", true), head("cost", "cost", true), head("running", "", true), head("proposal", "", false), head("decision", "", false)}
}

// rows draws the candidates, with the line at which the money ends.
func (l *look) rows(p *i18n.Printer, sort string, down bool) (out []ui.Row) {
	ps := slices.Clone(l.Ranking.List)
	slices.SortStableFunc(ps, sorts[sort])
	if down {
		slices.Reverse(ps)
	}
	names := l.actor.Can(person.PermView)
	ended := sort != "place" || down
	for _, c := range ps {
		if !ended && c.Outcome == "" && c.Place > 0 && c.Seat != selection.SeatRegular && l.Ranking.End != "" {
			ended = true
			out = append(out, ui.Row{Cells: []ui.Cell{{Body: pages.End(l.endText(p))}, {}, {}, {}, {}, {}, {}}})
		}
		if e := l.Entry(c.CaseID); e.Seen {
			out = append(out, l.row(p, c, e, names))
		}
	}
	return out
}

// endText says why the list goes no further.
func (l *look) endText(p *i18n.Printer) string {
	if l.Ranking.End == "places" {
		return p.T("selection.end.places", "n", l.Ranking.Regular.Places, "all", l.Places-l.Reserve)
	}
	return p.T("selection.end.money", "n", l.Amount(l.Ranking.Regular.Money), "all", l.Amount(l.Budget-l.Kept))
}

func (l *look) row(p *i18n.Printer, c selection.Placed, e selection.Entry, names bool) ui.Row {
	place := ui.Cell{Text: p.T("selection.no_place"), Num: true}
	if c.Place > 0 {
		place.Text = p.Number(int64(c.Place))
	}
	who := ui.NameParts{}
	if names {
		who = ui.NameParts{Latin: e.Latin, Native: e.Native, NativeLang: e.NativeLang}
	}
	if who.Latin+who.Native == "" {
		who.Latin = c.No
	}
	cost, running := ui.Cell{Num: true, Text: p.T("selection.cost_unknown")}, ui.Cell{Num: true}
	if c.CostKnown {
		cost.Text = p.Money(l.Amount(c.Cost))
	}
	if c.Running > 0 {
		running.Text = p.Money(l.Amount(c.Running))
	}
	return ui.Row{Cells: []ui.Cell{{Body: ui.PersonLink(caseHref(l.ID, c.CaseID), who, c.No)}, place, {Num: true, Text: points(p, c.Low, c.High)}, cost, running, l.proposal(p, c, e), decision(p, c)}}
}

func points(p *i18n.Printer, low, high int64) string {
	if low == high {
		return p.Number(low)
	}
	return p.T("selection.range", "low", low, "high", high)
}

// proposal is what the program says about somebody, and what would change it.
func (l *look) proposal(p *i18n.Printer, c selection.Placed, e selection.Entry) ui.Cell {
	if e.Left {
		return ui.Cell{Text: p.T("selection.left." + e.LeftWhy), Sub: p.Time(e.LeftAt)}
	}
	if c.Outcome != "" {
		return ui.Cell{Text: p.T("selection.proposal." + e.Proposed)}
	}
	out := ui.Cell{Tag: tag(c.Proposal), Text: p.T("selection.proposal." + c.Proposal)}
	switch {
	case c.Proposal == selection.Ask && !c.In:
		out.Sub = p.T("selection.best", "place", c.Best)
	case c.More > 0:
		out.Sub = p.T("selection.more", "amount", l.Amount(c.More))
	case c.More < 0:
		out.Sub = p.T("selection.more_places")
	}
	if e.Waited > 0 {
		out.Sub = strings.TrimSpace(out.Sub + " " + p.N("selection.waited", e.Waited))
	}
	return out
}

func tag(proposal string) string {
	switch proposal {
	case selection.Selected, selection.Reserve:
		return "ok"
	case selection.Ask:
		return "care"
	case selection.NotEligible:
		return "late"
	}
	return "soon"
}

func decision(p *i18n.Printer, c selection.Placed) ui.Cell {
	if c.Outcome == "" {
		return ui.Cell{}
	}
	out := ui.Cell{Text: p.T("selection.outcome." + c.Outcome)}
	if c.Outcome == selection.Chosen && !c.Left {
		out.Tag = "ok"
		if c.Seat == selection.SeatReserve {
			out.Sub = p.T("selection.seat.reserve")
		}
	}
	return out
}

// more answers what would be if there were more money.
func (l *look) more(r *web.Request) *pages.More {
	p := r.P
	m := &pages.More{Title: p.T("selection.more_title"), Lead: p.T("selection.more_lead"), Action: href(l.ID), Label: p.T("selection.more_label"), Value: r.URL.Query().Get("more"), Currency: l.Currency, Submit: p.T("selection.more_go"), Sort: r.URL.Query().Get("sort")}
	if m.Value == "" {
		return m
	}
	n, bad := sum(r, "more", l.Currency)
	if bad == nil && (n <= 0 || n > 1_000_000_000_000) {
		bad = &fault.Field{Key: "selection.err.budget"}
	}
	if bad != nil {
		m.Error = p.T(bad.Key, bad.Args...)
		return m
	}
	in, hidden := l.Enter(n), 0
	m.Answer = p.N("selection.enter", int64(len(in)), "amount", l.Amount(n))
	for _, c := range in {
		if !l.Entry(c.CaseID).Seen {
			hidden++
			continue
		}
		m.Rows = append(m.Rows, pages.Link{Href: caseHref(l.ID, c.CaseID), Label: p.T("selection.at_place", "place", c.Place, "no", c.No)})
	}
	if hidden > 0 {
		m.Answer += " " + p.N("selection.unseen", int64(hidden))
	}
	return m
}

func (l *look) criteria(p *i18n.Printer) pages.Table {
	t := pages.Table{Title: p.T("selection.criteria"), Lead: p.T("selection.criteria_lead"), Heads: heads(p, "selection.col.criterion", "selection.col.points", "selection.col.source")}
	for _, c := range l.Pack.Selection.Criteria {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.T(c.Key)}, {Text: worth(p, c)}, l.source(p, c.Origin)}})
	}
	if s := l.Pack.Selection.Reserve; s != nil {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.T(s.For.Key)}, {Text: p.T("selection.reserve_worth", "percent", p.Percent(s.Percent, 100))}, l.source(p, s.Origin)}})
	}
	return t
}

// worth says how many points a criterion gives.
func worth(p *i18n.Printer, c programme.Criterion) string {
	if c.Number == nil {
		return p.N("selection.points_n", c.Points)
	}
	var bands []string
	for _, b := range c.Bands {
		bands = append(bands, p.T("selection.band", "from", b.From, "points", p.N("selection.points_n", b.Points)))
	}
	return strings.Join(bands, " · ")
}

// source is the document behind a rule, or the mark that there is none.
func (l *look) source(p *i18n.Printer, o programme.Origin) ui.Cell {
	title, provisional := "", ""
	if o.Provisional {
		provisional = p.T("programme.provisional")
	} else if s, ok := l.Pack.Source(o.Source); ok {
		title = s.Title
	}
	if title+provisional == "" {
		return ui.Cell{}
	}
	return ui.Cell{Body: pages.From(title, provisional)}
}

// tie says who goes first among equals.
func (l *look) tie(p *i18n.Printer) string {
	var ways []string
	for _, t := range l.Pack.Selection.Tie {
		ways = append(ways, p.T("selection.tie."+t))
	}
	return p.T("selection.ties", "ways", strings.Join(ways, " · "))
}
