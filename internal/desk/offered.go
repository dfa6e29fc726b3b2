package desk

import (
	"github.com/nostos-avrr/nostos/internal/desk/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// offered puts the cases that other offices have handed over before the reader's own: they are nobody's here until somebody
// takes them on, so they would stand in no list that is read every morning.
func (d *Domain) offered(p *i18n.Printer, l listing, v *pages.Worklist) {
	if !d.leads(l.actor, "GET /cases/{id}/hand-over") {
		return
	}
	for _, key := range []string{"desk.col.person", "desk.col.step", "desk.offered.from", "desk.col.due"} {
		v.OfferHeads = append(v.OfferHeads, ui.Head{Label: p.T(key)})
	}
	for i := range l.offers {
		x := &l.offers[i]
		kind, tag := dueTag(p, x.DueOn, l.today)
		v.Offered = append(v.Offered, ui.Row{Cells: []ui.Cell{
			{Body: ui.PersonLink(room.Href(x.Case.ID), x.Who.Parts(), x.Case.No)},
			{Text: p.T("task." + casefile.HandOverTask), Href: room.Href(x.Case.ID, "hand-over")},
			{Text: x.From},
			{Body: pages.Due(pages.DueView{Kind: kind, Tag: tag, Date: p.Date(x.DueOn)})},
		}})
	}
}
