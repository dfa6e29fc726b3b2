package travel

import (
	"context"
	"strconv"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
)

// JobWatch is the job that looks for people nobody has seen arrive.
const JobWatch = "travel.watch"

// Watching is what app gives the worker: the job's handler and how often it runs.
func (d *Domain) Watching() (kind string, every time.Duration, h queue.Handler) {
	return JobWatch, time.Hour, func(ctx context.Context, _ queue.Task) error { return d.Watch(ctx) }
}

// chaseTask is the task of asking after an arrival, days after the departure.
func chaseTask(days int) string { return "ask_arrival_" + strconv.Itoa(days) }

// Watch asks after everybody who boarded and whose arrival nobody has confirmed: two, seven and thirty days later, each
// time once. Each case is a transaction of its own, so that one broken case does not silence the others.
func (d *Domain) Watch(ctx context.Context) error {
	var ids []string
	err := d.Gate.Read(ctx, org.SystemID, PermView, func(ctx context.Context, r *gate.R) (err error) {
		ids, err = db.All(ctx, r.Tx, db.Value[string], `SELECT j.id FROM journey j WHERE j.state = 'booked' AND j.departs_on <= $1 AND j.chased < 30
			AND EXISTS (SELECT 1 FROM passenger a WHERE a.journey_id = j.id AND a.step = 'boarded') ORDER BY j.departs_on, j.id`, r.Today.AddDays(-arrivalChase[0]).String())
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := d.ask(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (d *Domain) ask(ctx context.Context, journeyID string) error {
	return d.Gate.Write(ctx, org.SystemID, PermArrive, func(ctx context.Context, w *gate.W) error {
		j, c, err := journeyByID(ctx, &w.R, journeyID)
		if err != nil {
			return err
		}
		chased, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT chased FROM journey WHERE id = $1`, j.ID)
		if err != nil {
			return err
		}
		days := chase(j.DepartsOn, w.Today)
		if c.State != casefile.Open || int64(days) <= chased {
			return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "job", ID: JobWatch}, Action: "travel.watch_idle"})
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE journey SET chased = $1 WHERE id = $2`, days, j.ID); err != nil {
			return err
		}
		for _, n := range arrivalChase { // the newest question takes the place of the one before
			if n < days {
				if err := casefile.FinishTask(ctx, w, &c, chaseTask(n)); err != nil {
					return err
				}
			}
		}
		if err := casefile.AddTask(ctx, w, &c, casefile.Task{Code: chaseTask(days), OwnerID: c.OwnerID, DueOn: w.Today, Urgent: days > arrivalChase[0]}); err != nil {
			return err
		}
		return keep(ctx, w, &c, aboutJourney(j, "travel.arrival_unknown", "days", strconv.Itoa(days)))
	})
}
