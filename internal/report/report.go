// Package report is the room of the numbers: what a programme tells its funders and the public, counted from the cases at the
// moment somebody asks. Each report has a folder of its own, which says what is counted and how; this package shows it,
// opens the list behind every number, lets it out as a file, and notes who took which numbers out.
//
// It owns no table. It never keeps a number, and never shows a reader more than their scope holds.
package report

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/report/press"
)

// Permissions of this room.
const (
	PermView = "report.view"
	PermRun  = "report.run" // take numbers and lists out
)

// Names are the reports there are. The message key is report.name.NAME.
var Names = []string{"press"}

// Domain is the room. app makes it.
type Domain struct {
	Gate  *gate.Gate
	Packs *programme.Library
}

// period completes what was asked for: no last day means today, no first day the beginning of the programme that runs on
// the last.
func (d *Domain) period(ctx context.Context, r *gate.R, from, asOf day.Date) (press.Period, error) {
	p := press.Period{From: from, AsOf: asOf, Zone: d.Gate.Zone}
	if p.AsOf.IsZero() {
		p.AsOf = r.Today
	}
	if p.From.IsZero() {
		offices, err := org.Offices(ctx, r.Tx)
		if err != nil {
			return p, err
		}
		p.From = d.begins(p.AsOf, r.Scope.Countries(offices))
	}
	if p.From.After(p.AsOf) {
		return p, fault.At("from", "report.err.order")
	}
	return p, nil
}

// begins is the first day of the oldest programme of some countries that runs on a day; with none running, of the year.
func (d *Domain) begins(on day.Date, countries []string) day.Date {
	var first day.Date
	for _, p := range d.Packs.In(countries) {
		if !p.From.After(on) && (p.Until.IsZero() || !p.Until.Before(on)) && (first.IsZero() || p.From.Before(first)) {
			first = p.From
		}
	}
	if first.IsZero() {
		return day.New(on.Year(), 1, 1)
	}
	return first
}

// RunPress counts the figures for the press and notes in the journal that they were taken out.
func (d *Domain) RunPress(ctx context.Context, actor string, from, asOf day.Date) (out press.Figures, err error) {
	err = d.Gate.Write(ctx, actor, PermRun, func(ctx context.Context, w *gate.W) error {
		p, err := d.period(ctx, &w.R, from, asOf)
		if err != nil {
			return err
		}
		if out, err = press.Count(ctx, &w.R, p); err != nil {
			return err
		}
		return w.Record(ctx, noted("report.run", p, map[string]string{}))
	})
	return out, err
}

func noted(action string, p press.Period, args map[string]string) journal.Entry {
	args["from"], args["until"] = p.From.String(), p.AsOf.String()
	return journal.Entry{Subject: journal.Ref{Kind: "report", ID: "press"}, Action: action, Key: journal.Installation, Args: args}
}
