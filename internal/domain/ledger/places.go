package ledger

import (
	"context"
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
)

// Some amounts are for the first so many: each takes a place of a quota, which package programme keeps. A place is taken in
// the same transaction in which the amount is granted or kept aside, and given back when nothing of it is left.

// takePlace takes the place that an amount needs, if it needs one.
func (d *Domain) takePlace(ctx context.Context, w *gate.W, c casefile.Case, e programme.Line) error {
	if e.Quota == "" {
		return nil
	}
	pack, err := d.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return err
	}
	entry, taken, err := programme.TakePlace(ctx, w, pack, e.Quota, c.ID, e.PersonID)
	if err != nil || !taken {
		return err
	}
	return casefile.Record(ctx, w, c, entry)
}

// givePlacesBack frees the places of a case for which no amount stands. wanted are amounts that are to keep theirs all the same.
func (d *Domain) givePlacesBack(ctx context.Context, w *gate.W, c casefile.Case, wanted []programme.Line) error {
	places, err := programme.PlacesOf(ctx, &w.R, c.ID)
	if err != nil || len(places) == 0 {
		return err
	}
	lines, err := Lines(ctx, &w.R, c.ID)
	if err != nil {
		return err
	}
	for _, x := range places {
		codes := d.Packs.OfQuota(x.Programme, x.Quota)
		stands := slices.ContainsFunc(lines, func(l Line) bool {
			return l.stands() && (slices.Contains(codes, l.Code) && l.PersonID == x.PersonID || l.isItemOf(lines, codes, x.PersonID))
		})
		due := slices.ContainsFunc(wanted, func(e programme.Line) bool {
			return e.Quota == x.Quota && e.PersonID == x.PersonID && e.Verdict == programme.Eligible
		})
		if stands || due {
			continue
		}
		entry, err := programme.GivePlaceBack(ctx, w, x)
		if err == nil {
			err = casefile.Record(ctx, w, c, entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stands tells whether the amount is promised or was given, and nobody wants it back.
func (l *Line) stands() bool { return l.State == Planned || l.State == Approved || l.State == Paid }

// isItemOf tells whether the line was drawn on a ceiling of one of these codes, which itself may be closed by now.
func (l *Line) isItemOf(lines []Line, codes []string, personID string) bool {
	return l.ParentID != "" && slices.ContainsFunc(lines, func(top Line) bool {
		return top.ID == l.ParentID && slices.Contains(codes, top.Code) && top.PersonID == personID
	})
}

// OnDecision takes the places of what a person has just granted, and gives those back of what they did not.
func (d *Domain) OnDecision(ctx context.Context, w *gate.W, c casefile.Case, component string) error {
	pack, err := d.Packs.Version(c.Programme, c.PackVersion)
	if err != nil || !pack.HasQuotas() || d.Entitled == nil {
		return err
	}
	lines, err := d.Entitled(ctx, &w.R, c)
	if err != nil {
		return err
	}
	for _, e := range lines {
		if e.Component == component && e.Verdict == programme.Eligible {
			if err := d.takePlace(ctx, w, c, e); err != nil {
				return err
			}
		}
	}
	return d.givePlacesBack(ctx, w, c, lines)
}

// OnClose gives the places back of what a case that ends did not receive.
func (d *Domain) OnClose(ctx context.Context, w *gate.W, c casefile.Case) ([]string, error) {
	return nil, d.givePlacesBack(ctx, w, c, nil)
}
