package monitoring

import (
	"context"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// onCase is the frame of the commands about one open case.
func (d *Domain) onCase(ctx context.Context, actor, caseID string, fn func(ctx context.Context, w *gate.W, c *casefile.Case) error) error {
	return d.Gate.Write(ctx, actor, PermVisit, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if err := casefile.RequireOpen(c); err != nil {
			return err
		}
		return fn(ctx, w, &c)
	})
}

func keep(ctx context.Context, w *gate.W, c *casefile.Case, e journal.Entry) error {
	if err := casefile.Save(ctx, w, c); err != nil {
		return err
	}
	return casefile.Record(ctx, w, *c, e)
}

// again tells whether a row was written under this id before; one of another case tells nothing.
func again(ctx context.Context, w *gate.W, q, id, caseID string) (bool, error) {
	of, err := db.All(ctx, w.Tx, db.Value[string], q, id)
	if err != nil || len(of) == 0 {
		return false, err
	}
	if of[0] != caseID {
		return false, fault.Gone()
	}
	return true, nil
}

// Try writes down an attempt to reach somebody. That nobody answered is a result like any other.
func (d *Domain) Try(ctx context.Context, actor string, a Attempt) error {
	return d.onCase(ctx, actor, a.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		e := journal.Entry{Action: "monitoring.tried", Subject: journal.Ref{Kind: "contact_attempt", ID: a.ID}, Args: map[string]string{"result": a.Result, "channel": a.Channel}}
		known, err := again(ctx, w, `SELECT case_id FROM contact_attempt WHERE id = $1`, a.ID, c.ID)
		if err != nil {
			return err
		}
		if known {
			e.Action = "monitoring.tried_again"
			return casefile.Record(ctx, w, *c, e)
		}
		if a.On.IsZero() {
			a.On = w.Today
		}
		if fs := checkAttempt(a, w.Today); len(fs) > 0 {
			return fault.Fields(fs)
		}
		if a.ID == "" {
			a.ID = w.NewID()
			e.Subject.ID = a.ID
		}
		note, err := w.Seal(ctx, c.ID, "contact_attempt.note:"+a.ID, a.Note)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO contact_attempt (id, case_id, on_day, channel, result, note, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
			a.ID, c.ID, a.On, a.Channel, a.Result, note, w.Actor.ID, clock.Format(w.Now)); err != nil {
			return err
		}
		return keep(ctx, w, c, e)
	})
}

// code is the task of a visit so many months after arrival, or agreed at the visit before.
func code(months int64) string {
	if months == 0 {
		return "visit_next"
	}
	return "visit_" + strconv.FormatInt(months, 10) + "_months"
}

// Visit writes down how it goes. The earliest visit that was due is done with it, whether or not somebody was found; a day agreed
// for the next one is put on the list. Somebody who is found is not lost any more.
func (d *Domain) Visit(ctx context.Context, actor string, v Visit) error {
	return d.onCase(ctx, actor, v.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		e := journal.Entry{Action: "monitoring.visited", Subject: journal.Ref{Kind: "monitoring_visit", ID: v.ID}, Args: map[string]string{"date": v.On.String(), "mode": v.Mode}}
		known, err := again(ctx, w, `SELECT case_id FROM monitoring_visit WHERE id = $1`, v.ID, c.ID)
		if err != nil {
			return err
		}
		if known {
			e.Action = "monitoring.visited_again"
			return casefile.Record(ctx, w, *c, e)
		}
		if fs := checkVisit(v, w.Today); len(fs) > 0 {
			return fault.Fields(fs)
		}
		if v.ID == "" {
			v.ID = w.NewID()
			e.Subject.ID = v.ID
		}
		if !v.Found {
			v.Business, v.ClosedReason, v.Income, v.Employed = "", "", "", 0
			e.Action = "monitoring.not_found"
		}
		var sealed [3][]byte
		columns, texts := v.words()
		for i, col := range columns {
			if sealed[i], err = w.Seal(ctx, c.ID, "monitoring_visit."+col+":"+v.ID, *texts[i]); err != nil {
				return err
			}
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO monitoring_visit (id, case_id, mode, on_day, found, business, closed_reason, income, employed, problems, advice, next_on, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)`,
			v.ID, c.ID, v.Mode, v.On, v.Found, v.Business, sealed[0], v.Income, v.Employed, sealed[1], sealed[2], v.NextOn, w.Actor.ID, clock.Format(w.Now)); err != nil {
			return err
		}
		if v.Found {
			if _, err := w.Tx.Exec(ctx, `DELETE FROM monitoring_loss WHERE case_id = $1`, c.ID); err != nil {
				return err
			}
		}
		open, err := dues(ctx, &w.R, `m.case_id = $1`, c.ID)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			if _, err := w.Tx.Exec(ctx, `UPDATE monitoring_due SET done_by = $1 WHERE id = $2`, v.ID, open[0].ID); err != nil {
				return err
			}
			if err := casefile.FinishTask(ctx, w, c, code(open[0].Months)); err != nil {
				return err
			}
		}
		if !v.NextOn.IsZero() {
			if err := due(ctx, w, c, 0, v.NextOn); err != nil {
				return err
			}
		}
		return keep(ctx, w, c, e)
	})
}

// due puts a visit on the list and the case's desk.
func due(ctx context.Context, w *gate.W, c *casefile.Case, months int64, on day.Date) error {
	if _, err := w.Tx.Exec(ctx, `INSERT INTO monitoring_due (id, case_id, months, due_on) VALUES ($1,$2,$3,$4) ON CONFLICT (case_id, months, due_on) DO NOTHING`, w.NewID(), c.ID, months, on); err != nil {
		return err
	}
	return casefile.AddTask(ctx, w, c, casefile.Task{Code: code(months), DueOn: on})
}

// LoseSight records that a family cannot be found, after three attempts in vain since anybody last reached them.
func (d *Domain) LoseSight(ctx context.Context, actor, caseID, note string) error {
	return d.onCase(ctx, actor, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		f, err := FileOf(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		e := journal.Entry{Action: "monitoring.lost", Args: map[string]string{"n": strconv.Itoa(inVain(f.Attempts, f.Visits))}}
		if f.Loss != nil {
			e.Action = "monitoring.lost_again"
			return casefile.Record(ctx, w, *c, e)
		}
		if n := inVain(f.Attempts, f.Visits); n < LostAfter {
			return fault.New(fault.Conflict, "monitoring.err.too_few", "n", LostAfter-n)
		}
		switch n := len([]rune(note)); {
		case n == 0:
			return fault.At("note", "monitoring.err.loss_note")
		case n > long:
			return fault.At("note", "monitoring.err.too_long", "n", long)
		}
		sealed, err := w.Seal(ctx, c.ID, "monitoring_loss.note:"+c.ID, note)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO monitoring_loss (case_id, on_day, note, by_id, at) VALUES ($1,$2,$3,$4,$5)`, c.ID, w.Today, sealed, w.Actor.ID, clock.Format(w.Now)); err != nil {
			return err
		}
		for _, x := range f.Dues {
			if _, err := w.Tx.Exec(ctx, `UPDATE monitoring_due SET done_by = 'lost' WHERE id = $1`, x.ID); err != nil {
				return err
			}
			if err := casefile.FinishTask(ctx, w, c, code(x.Months)); err != nil {
				return err
			}
		}
		return keep(ctx, w, c, e)
	})
}

// ScheduleIn puts the visits after an arrival on the list, inside the command that confirms the arrival; that command saves
// the case. Confirming the same arrival again changes nothing.
func (d *Domain) ScheduleIn(ctx context.Context, w *gate.W, c *casefile.Case, arrived day.Date) error {
	n, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM monitoring_due WHERE case_id = $1 AND months > 0`, c.ID)
	if err != nil || n > 0 {
		return err
	}
	for _, m := range Schedule {
		if err := due(ctx, w, c, int64(m), arrived.AddMonths(m)); err != nil {
			return err
		}
	}
	return casefile.Record(ctx, w, *c, journal.Entry{Action: "monitoring.scheduled", Args: map[string]string{"date": arrived.String()}})
}

// ScheduleFrom does the same for a case whose arrival was written down elsewhere.
func (d *Domain) ScheduleFrom(ctx context.Context, actor, caseID string, arrived day.Date) error {
	return d.onCase(ctx, actor, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		if arrived.IsZero() || arrived.After(w.Today) {
			return fault.At("arrived", "monitoring.err.date_past")
		}
		if err := d.ScheduleIn(ctx, w, c, arrived); err != nil {
			return err
		}
		return keep(ctx, w, c, journal.Entry{Action: "monitoring.schedule_kept"})
	})
}

// Conditions answers what packs ask of this room.
func (d *Domain) Conditions() map[string]casefile.Condition {
	return map[string]casefile.Condition{"monitoring.visited": d.visited}
}

func (d *Domain) visited(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	f, err := FileOf(ctx, r, c.ID)
	if err != nil || visited(f) {
		return nil, err
	}
	return []casefile.Unmet{{Key: "monitoring.unmet.visited", Href: tab(c.ID)}}, nil
}

func tab(caseID string) string { return "/cases/" + caseID + "/reintegration/visits" }
