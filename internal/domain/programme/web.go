package programme

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/programme/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Routes adds the pages of this room.
func (d *Domain) Routes(s *web.Server) {
	s.Handle("GET /programmes", PermView, d.showList)
	s.Handle("GET /programmes/{code}/{version}", PermView, d.showOne)
}

func (d *Domain) showList(w http.ResponseWriter, r *web.Request) error {
	var today day.Date
	err := d.Gate.Read(r.Context(), r.UserID, PermView, func(_ context.Context, g *gate.R) error { today = g.Today; return nil })
	if err != nil {
		return err
	}
	v := pages.List{P: r.P}
	for _, p := range d.Library.packs {
		kind, state := d.Library.state(p, today)
		v.Rows = append(v.Rows, ui.Row{Cells: []ui.Cell{
			{Text: p.Name(r.P.Lang), Sub: p.Code, Href: "/programmes/" + p.Code + "/" + p.Version},
			{Text: p.Version}, {Text: r.P.Country(p.Host)}, {Text: r.P.Date(p.From)}, {Text: r.P.Date(p.Until)},
			{Tag: kind, Text: r.P.T("programme.state." + state)}}})
	}
	return r.Page(w, http.StatusOK, r.P.T("programme.title"), pages.ListPage(v))
}

func (d *Domain) showOne(w http.ResponseWriter, r *web.Request) error {
	pack, err := d.Library.Version(r.PathValue("code"), r.PathValue("version"))
	if err != nil {
		return fault.Gone()
	}
	var today day.Date
	var used Adopted
	err = d.Gate.Read(r.Context(), r.UserID, PermView, func(ctx context.Context, g *gate.R) error {
		known, err := adopted(ctx, g)
		today, used = g.Today, known[pack.Code+" "+pack.Version]
		return err
	})
	if err != nil {
		return err
	}
	page := view{p: r.P, pack: pack}.page(used)
	kind, state := d.Library.state(pack, today)
	page.StateKind, page.State = kind, r.P.T("programme.state."+state)
	return r.Page(w, http.StatusOK, page.Title, pages.ProgrammePage(page))
}

// Name is the title in a language, or in English where it has none.
func (p *Pack) Name(lang string) string { return cmp.Or(p.Title[lang], p.Title["en"], p.Code) }

func (l *Library) state(p *Pack, today day.Date) (kind, state string) {
	if now, err := l.Current(p.Code, today); err == nil && now == p {
		return "ok", "current"
	}
	if today.Before(p.From) {
		return "soon", "future"
	}
	return "", "past" // ended, or followed by a newer version
}

// view puts a pack into words.
type view struct {
	p    *i18n.Printer
	pack *Pack
}

func (v view) page(used Adopted) pages.Programme {
	p, pack := v.p, v.pack
	out := pages.Programme{P: p, Title: pack.Name(p.Lang),
		Sub: p.T("programme.version", "version", pack.Version) + " · " + valid(p, pack), AnyProvisional: pack.anyProvisional()}
	suspended := ui.Fact{Label: p.T("programme.suspended"), Value: p.T("programme.none_suspended")}
	if len(pack.Suspended) > 0 {
		var names []string
		for _, c := range pack.Suspended {
			names = append(names, p.Country(c))
		}
		suspended.Value = p.List(names)
	}
	inUse := ui.Fact{Label: p.T("programme.adopted"), Value: p.T("programme.not_adopted"), Missing: true}
	if used.Code != "" {
		inUse.Value, inUse.Missing = p.Time(used.At.Time), false
	}
	contest := ui.Fact{Label: p.T("programme.contest"), Value: p.T("programme.contest_unknown"), Missing: true}
	if pack.Contest.Days > 0 {
		contest.Value, contest.Missing = p.N("common.days", pack.Contest.Days), false
		if pack.Contest.Provisional {
			contest.Value = p.T("programme.contest_provisional", "days", contest.Value)
		}
	}
	out.Facts = []ui.Fact{{Label: p.T("programme.col.host"), Value: p.Country(pack.Host)}, suspended, contest, inUse, {Label: p.T("programme.hash"), Value: pack.Hash[:min(16, len(pack.Hash))]}}
	for _, f := range pack.Funds {
		out.Funds = append(out.Funds, row(ui.Cell{Text: p.T("programme.fund." + f.Code)}, ui.Cell{Text: p.Percent(f.Percent, 100), Num: true}, v.cell(f.Origin)))
	}
	for _, t := range pack.Targets {
		out.Targets = append(out.Targets, row(ui.Cell{Text: p.T("programme.target." + t.Code)}, ui.Cell{Text: p.Number(t.Value), Num: true}, v.cell(t.Origin)))
	}
	for _, s := range pack.Stages {
		out.Stages = append(out.Stages, v.stage(s))
	}
	for _, c := range pack.Components {
		pc := pages.Component{Title: p.T("eligibility." + c.Code), Rules: v.rules(c.Clauses)}
		if c.Conditional != "" {
			pc.Note = p.T(c.Conditional)
		}
		out.Components = append(out.Components, pc)
	}
	for _, a := range pack.Amounts {
		out.Amounts = append(out.Amounts, v.amount(a))
	}
	for _, f := range pack.Forms {
		out.Forms = append(out.Forms, p.T(f.TitleKey()))
	}
	for _, s := range pack.Sources {
		when := p.T("programme.as_of", "date", s.AsOf)
		if s.Undated {
			when = p.T("programme.undated", "date", s.AsOf)
		}
		out.Sources = append(out.Sources, pages.Source{Anchor: "source-" + s.Code, Title: s.Title, URL: s.URL, When: when})
	}
	return out
}

// valid says from when to when a version holds; many programmes never state an end.
func valid(p *i18n.Printer, pack *Pack) string {
	if pack.Until.IsZero() {
		return p.T("programme.valid_from", "from", pack.From)
	}
	return p.T("programme.valid", "from", pack.From, "until", pack.Until)
}

func row(cells ...ui.Cell) ui.Row { return ui.Row{Cells: cells} }

func (v view) stage(s Stage) ui.Row {
	p := v.p
	title := ui.Cell{Text: p.T(StageKey(s.Code)), Sub: p.T("phase." + s.Phase)}
	switch {
	case s.Aside:
		title.Sub += " · " + p.T("programme.aside")
	case s.Optional:
		title.Sub += " · " + p.T("programme.optional")
	}
	var needs []string
	for _, c := range s.Requires {
		needs = append(needs, p.T("programme.need."+c))
	}
	need := p.T("programme.nothing_needed")
	if len(needs) > 0 {
		need = strings.Join(needs, " · ")
	}
	due, from := p.T("programme.no_clock"), ui.Cell{}
	if s.DueDays > 0 {
		key := "common.days"
		if s.DueUnit == "working" {
			key = "common.working_days"
		}
		due, from = p.N(key, int64(s.DueDays)), v.cell(s.Due)
	}
	task := ""
	if s.Task != "" {
		task = p.T("task." + s.Task)
	}
	return row(title, ui.Cell{Text: task}, ui.Cell{Text: need}, ui.Cell{Text: due}, from)
}

func (v view) amount(a Amount) ui.Row {
	p := v.p
	var sums []string
	for _, t := range a.Tiers {
		sum := p.Money(t.Amount)
		if a.Ceiling {
			sum = p.T("entitlement.up_to", "amount", t.Amount)
		}
		if t.Key != "" {
			sum += " (" + p.T(t.Key) + ")"
		}
		sums = append(sums, sum)
	}
	text := strings.Join(sums, " · ")
	cond := p.T("programme.everyone")
	if len(a.When) > 0 {
		var all []string
		for _, c := range a.When {
			all = append(all, p.T(c.Key))
		}
		cond = strings.Join(all, " · ")
	}
	how := p.T("entitlement.modality." + a.Modality)
	if a.UnitCost {
		how += " · " + p.T("entitlement.unit_cost")
	}
	return row(ui.Cell{Text: p.T("entitlement." + a.Code)}, ui.Cell{Text: text, Num: true}, ui.Cell{Text: p.T("entitlement.per." + a.Per)},
		ui.Cell{Text: how}, ui.Cell{Text: cond}, v.cell(a.Origin))
}

func (v view) rules(cs []Clause) (out []pages.Rule) {
	for _, c := range cs {
		out = append(out, pages.Rule{Text: v.p.T(c.Key), Origin: v.origin(c.Origin), Any: v.rules(c.Any)})
	}
	return out
}

func (v view) origin(o Origin) pages.Origin {
	s, _ := v.pack.Source(o.Source)
	return pages.Origin{Text: s.Title, Href: "#source-" + s.Code, Provisional: o.Provisional}
}

func (v view) cell(o Origin) ui.Cell { return ui.Cell{Body: pages.From(v.p, v.origin(o))} }

// anyProvisional reports whether a figure or rule of the pack has no source.
func (p *Pack) anyProvisional() bool {
	if p.Contest.Provisional {
		return true
	}
	for _, s := range p.Stages {
		if s.DueDays > 0 && s.Due.Provisional {
			return true
		}
	}
	for _, a := range p.Amounts {
		if a.Provisional {
			return true
		}
	}
	return false
}
