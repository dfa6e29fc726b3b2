package selectionweb

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/selection"
	"github.com/nostos-avrr/nostos/internal/domain/selection/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// rates shows who was chosen, or would be, by sex, age and nationality, beside everybody who could have been.
func (x *Web) rates(w http.ResponseWriter, r *web.Request) error {
	var shares selection.Shares
	l, err := x.read(r, func(ctx context.Context, g *gate.R, l *look) (err error) {
		shares, err = l.Shares(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	top := pages.Top{P: p, BackHref: href(l.ID), Back: l.title(p), Title: p.T("selection.rates"), Sub: p.T("selection.rates_sub." + l.State)}
	top.Notices = []pages.Notice{{Kind: "calm", Title: p.N("selection.small", selection.SmallGroup), Text: p.T("selection.small_text")}}
	body := []templ.Component{pages.TopPart(top)}
	for _, part := range []struct {
		key    string
		counts map[string]selection.Count
		name   func(string) string
	}{{"sex", shares.Sex, ui.Keyed(p, "common.sex_")}, {"age", shares.Age, ui.Keyed(p, "selection.age.")}, {"nationality", shares.Nationality, nationality(p)}} {
		body = append(body, pages.TablePart(rateTable(p, part.key, part.counts, part.name)))
	}
	return r.Page(w, http.StatusOK, top.Title, templ.Join(body...))
}

func nationality(p *i18n.Printer) func(string) string {
	return func(code string) string {
		if code == "unknown" {
			return p.T("selection.age.unknown")
		}
		return p.Country(code)
	}
}

func rateTable(p *i18n.Printer, key string, counts map[string]selection.Count, name func(string) string) pages.Table {
	t := pages.Table{Title: p.T("selection.rates_by." + key), Empty: p.T("selection.empty"), Heads: heads(p, "selection.col."+key, "#selection.col.pool", "#selection.col.chosen", "#selection.col.rate")}
	rs, total := selection.Rates(counts)
	row := func(label string, x selection.Rate) ui.Row {
		if x.Hidden {
			hidden := ui.Cell{Text: p.T("selection.hidden"), Num: true}
			return ui.Row{Cells: []ui.Cell{{Text: label}, hidden, hidden, hidden}}
		}
		return ui.Row{Cells: []ui.Cell{{Text: label}, {Text: p.Number(x.Pool), Num: true}, {Text: p.Number(x.Chosen), Num: true}, {Text: p.Percent(x.Chosen, x.Pool), Num: true}}}
	}
	for _, x := range rs {
		t.Rows = append(t.Rows, row(name(x.Group), x))
	}
	if len(rs) > 0 {
		t.Rows = append(t.Rows, row(p.T("selection.all"), total))
	}
	return t
}
