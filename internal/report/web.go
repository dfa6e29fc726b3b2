package report

import (
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/report/pages"
	"github.com/nostos-avrr/nostos/internal/report/press"
	"github.com/nostos-avrr/nostos/ui"
)

const (
	perPage = 50
	perRead = 500 // of an export
)

// Routes adds the addresses.
func (d *Domain) Routes(s *web.Server) {
	s.Handle("GET /figures", PermView, d.figures)
	s.Handle("GET /figures/{figure}", PermView, d.behind)
	s.Handle("GET /figures/{figure}/export", PermRun, d.export)
}

// asked reads the period of an address.
func (d *Domain) asked(ctx context.Context, g *gate.R, r *web.Request) (press.Period, error) {
	from, okFrom := r.Date("from")
	asOf, okAsOf := r.Date("as_of")
	var fs []fault.Field
	if !okFrom {
		fs = append(fs, fault.Field{Name: "from", Key: "report.err.date"})
	}
	if !okAsOf {
		fs = append(fs, fault.Field{Name: "as_of", Key: "report.err.date"})
	}
	if len(fs) > 0 {
		return press.Period{}, fault.Fields(fs)
	}
	return d.period(ctx, g, from, asOf)
}

func query(p press.Period, more ...string) string {
	v := url.Values{"from": {p.From.String()}, "as_of": {p.AsOf.String()}}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			v.Set(more[i], more[i+1])
		}
	}
	return "?" + v.Encode()
}

func (d *Domain) figures(w http.ResponseWriter, r *web.Request) error {
	p := r.P
	v := pages.Figures{P: p, From: r.DateText("from"), AsOf: r.DateText("as_of")}
	err := d.Gate.Read(r.Context(), r.UserID, PermView, func(ctx context.Context, g *gate.R) error {
		period, err := d.asked(ctx, g, r)
		if err != nil {
			return err
		}
		f, err := press.Count(ctx, g, period)
		if err != nil {
			return err
		}
		v.From, v.AsOf = period.From.String(), period.AsOf.String()
		lists := g.Actor.Can(casefile.PermView)
		number := func(x press.Figure, n int64, country string) ui.Cell {
			c := ui.Cell{Text: p.Number(n), Num: true}
			if lists && n > 0 {
				c.Href = "/figures/" + string(x) + query(period, "country", country)
			}
			return c
		}
		for _, x := range []struct {
			figure press.Figure
			n      int64
		}{{press.Sessions, f.Sessions}, {press.Eligible, f.Eligible}, {press.Returned, f.Returned}, {press.Plans, f.Plans}, {press.Paid, f.Paid}, {press.Recent, f.ReportingPeriodReturned}} {
			v.Numbers = append(v.Numbers, ui.Row{Cells: []ui.Cell{{Text: name(p, x.figure), Sub: p.T("report.define." + string(x.figure))}, number(x.figure, x.n, "")}})
		}
		for _, s := range f.ByNationality {
			v.Countries = append(v.Countries, ui.Row{Cells: []ui.Cell{{Text: country(p, s.Country)}, number(press.Returned, s.Persons, s.Country), {Text: p.Percent(s.Percent, 100), Num: true}}})
		}
		v.Folded = !lists
		return nil
	})
	if err != nil {
		ps, ok := r.Problems(err)
		if !ok {
			return err
		}
		v.Problems = ps
		return r.Form(w, p.T("report.title"), ps, pages.FiguresPage(v))
	}
	return r.Page(w, http.StatusOK, p.T("report.title"), pages.FiguresPage(v))
}

func name(p *i18n.Printer, f press.Figure) string { return p.T("report.figure." + string(f)) }

func country(p *i18n.Printer, code string) string {
	if code == press.Others {
		return p.T("report.others")
	}
	return p.Country(code)
}

// read gives a page of the list behind a figure. The list names cases, so it takes the right to see cases besides.
func (d *Domain) read(ctx context.Context, g *gate.R, r *web.Request, after string, limit int) (f press.Figure, period press.Period, page press.Page, err error) {
	if f = press.Figure(r.PathValue("figure")); !press.Known(f) {
		return f, period, page, fault.Gone()
	}
	if !g.Actor.Can(casefile.PermView) {
		return f, period, page, fault.New(fault.Denied, "fault.denied", "permission", casefile.PermView)
	}
	if period, err = d.asked(ctx, g, r); err == nil {
		page, err = press.Behind(ctx, g, f, period, r.Text("country"), after, limit)
	}
	return
}

func (d *Domain) behind(w http.ResponseWriter, r *web.Request) error {
	p := r.P
	v := pages.Behind{P: p}
	var f press.Figure
	err := d.Gate.Read(r.Context(), r.UserID, PermView, func(ctx context.Context, g *gate.R) error {
		var period press.Period
		var page press.Page
		var err error
		if f, period, page, err = d.read(ctx, g, r, r.Text("after"), perPage); err != nil {
			return err
		}
		v.BackHref, v.Title, v.Sub = "/figures"+query(period), name(p, f), p.T("report.between", "from", period.From, "until", period.AsOf)
		if c := r.Text("country"); c != "" {
			v.Sub = p.Row(country(p, c), v.Sub)
		}
		v.Define = p.T("report.define." + string(f))
		persons, cases := g.Actor.Scope(person.PermView), g.Actor.Scope(casefile.PermView)
		v.Names = g.Actor.Can(person.PermView)
		for _, x := range page.Rows {
			v.Rows = append(v.Rows, row(p, x, v.Names, persons, cases))
		}
		if page.Next != "" {
			v.NextHref = "/figures/" + string(f) + query(period, "country", r.Text("country"), "after", page.Next)
		}
		if r.Text("after") != "" {
			v.FirstHref = "/figures/" + string(f) + query(period, "country", r.Text("country"))
		}
		if g.Actor.Can(PermRun) && len(page.Rows) > 0 {
			v.ExportHref = "/figures/" + string(f) + "/export" + query(period, "country", r.Text("country"))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, v.Title, pages.BehindPage(v))
}

// row draws what a figure counts. A name stands in it only where this reader may see this person.
func row(p *i18n.Printer, x press.Row, names bool, persons, cases org.Scope) ui.Row {
	no := ui.Cell{Text: x.Case.No}
	if cases.Sees(x.Case.Subject()) {
		no.Href = "/cases/" + x.Case.ID
	}
	out := ui.Row{Cells: []ui.Cell{no, {Text: p.Date(x.On)}}}
	if names {
		c := ui.Cell{}
		if persons.Sees(x.Case.Subject()) {
			c.Body = ui.Name(ui.NameParts{Latin: x.Name(), Native: x.Native, NativeLang: x.NativeLang})
		}
		out.Cells = append(out.Cells, c)
	}
	out.Cells = append(out.Cells, ui.Cell{Text: p.Country(x.Nationality)})
	return out
}

// export lets the list behind a figure out as CSV, without names, and notes who took it.
func (d *Domain) export(w http.ResponseWriter, r *web.Request) error {
	lines := [][]string{{"case", "date", "nationality"}}
	f := press.Figure("")
	err := d.Gate.Write(r.Context(), r.UserID, PermRun, func(ctx context.Context, g *gate.W) error {
		lines = lines[:1]
		for after := ""; ; {
			which, period, page, err := d.read(ctx, &g.R, r, after, perRead)
			if err != nil {
				return err
			}
			for _, x := range page.Rows {
				lines = append(lines, []string{x.Case.No, x.On.String(), x.Nationality})
			}
			if f, after = which, page.Next; after == "" {
				return g.Record(ctx, noted("report.exported", period, map[string]string{"figure": string(f), "n": strconv.Itoa(len(lines) - 1)}))
			}
		}
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+string(f)+`.csv"`)
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return c.WriteAll(lines)
}
