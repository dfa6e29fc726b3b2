package caseweb

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// Recent tells the last things that happened to a case in the words of its logbook, newest first, at most n of them: for
// the overview, which is drawn elsewhere. The caller has made sure of the scope.
func Recent(ctx context.Context, g *gate.R, p *i18n.Printer, c casefile.Case, n int) (out []ui.LogEntry, err error) {
	say := teller{p: p, actor: g.Actor}
	if say.staff, _, err = staffNames(ctx, g); err != nil {
		return nil, err
	}
	if say.offices, _, err = officeNames(ctx, g); err != nil {
		return nil, err
	}
	list, err := casefile.Notes(ctx, g, c.ID)
	if err != nil {
		return nil, err
	}
	notes := map[string]casefile.Note{}
	for _, x := range list {
		notes[x.ID] = x
	}
	lines, _, err := someLines(ctx, g, c, "", 0)
	for i, l := range lines {
		if i == n {
			break
		}
		out = append(out, say.entry(c, l, notes))
	}
	return out, err
}
