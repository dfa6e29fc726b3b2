package activity

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

// again tells whether a row was written under this id before; one of an office out of sight tells nothing.
func again(ctx context.Context, w *gate.W, q, id string) (bool, error) {
	of, err := db.All(ctx, w.Tx, db.Value[string], q, id)
	if err != nil || len(of) == 0 {
		return false, err
	}
	if !sees(&w.R, of[0]) {
		return false, fault.Gone()
	}
	return true, nil
}

func about(kind, id, action string, args map[string]string) journal.Entry {
	return journal.Entry{Subject: journal.Ref{Kind: kind, ID: id}, Action: action, Key: journal.Installation, Args: args}
}

// Count writes down how many people were told about the programme. Nobody's name is asked.
func (d *Domain) Count(ctx context.Context, actor string, o Outreach) error {
	return d.Gate.Write(ctx, actor, PermLead, func(ctx context.Context, w *gate.W) error {
		known, err := again(ctx, w, `SELECT office_id FROM outreach WHERE id = $1`, o.ID)
		if err != nil {
			return err
		}
		if known {
			return w.Record(ctx, about("outreach", o.ID, "activity.counted_again", nil))
		}
		if err := checkOutreach(o, w.Today); err != nil {
			return err
		}
		if o.ID == "" {
			o.ID = w.NewID()
		}
		o.Total = 0
		for _, n := range o.Heads {
			o.Total += n
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO outreach (id, office_id, on_day, place, channel, language, total, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
			o.ID, w.Actor.OfficeID, o.On, o.Place, o.Channel, o.Language, o.Total, w.Actor.ID, clock.Format(w.Now)); err != nil {
			return err
		}
		for _, s := range Sexes {
			for _, b := range Bands {
				n := o.Heads[Group{s, b}]
				if n == 0 {
					continue
				}
				if _, err := w.Tx.Exec(ctx, `INSERT INTO outreach_count (outreach_id, sex, band, heads) VALUES ($1,$2,$3,$4)`, o.ID, s, b, n); err != nil {
					return err
				}
			}
		}
		return w.Record(ctx, about("outreach", o.ID, "activity.counted", map[string]string{"place": o.Place, "date": o.On.String(), "heads": strconv.FormatInt(o.Total, 10)}))
	})
}

// TakeLead writes down somebody to call back.
func (d *Domain) TakeLead(ctx context.Context, actor string, l Lead) error {
	return d.Gate.Write(ctx, actor, PermLead, func(ctx context.Context, w *gate.W) error {
		known, err := again(ctx, w, `SELECT office_id FROM lead WHERE id = $1`, l.ID)
		if err != nil {
			return err
		}
		if known {
			return w.Record(ctx, about("lead", l.ID, "activity.lead_again", nil))
		}
		if err := checkLead(l, w.Today); err != nil {
			return err
		}
		if l.ID == "" {
			l.ID = w.NewID()
		}
		contact, err := w.Seal(ctx, l.ID, "lead.contact:"+l.ID, l.Contact)
		if err != nil {
			return err
		}
		note, err := w.Seal(ctx, l.ID, "lead.note:"+l.ID, l.Note)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO lead (id, revision, office_id, heard, language, nationality, people, contact, note, call_on, state, by_id, at) VALUES ($1,1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
			l.ID, w.Actor.OfficeID, l.Heard, l.Language, l.Nationality, l.People, contact, note, l.CallOn, Open, w.Actor.ID, clock.Format(w.Now)); err != nil {
			return err
		}
		return w.Record(ctx, about("lead", l.ID, "activity.lead_taken", map[string]string{"heard": l.Heard, "date": l.CallOn.String()}))
	})
}

// onLead is the frame of what is done to an open lead.
func (d *Domain) onLead(ctx context.Context, actor, id string, rev int64, fn func(ctx context.Context, w *gate.W, l Lead) (journal.Entry, error)) error {
	return d.Gate.Write(ctx, actor, PermLead, func(ctx context.Context, w *gate.W) error {
		l, err := ByID(ctx, &w.R, id)
		if err != nil {
			return err
		}
		if l.State != Open {
			return fault.New(fault.Conflict, "activity.err.ended")
		}
		if rev != 0 && rev != l.Revision {
			return fault.New(fault.Stale, "activity.err.stale")
		}
		e, err := fn(ctx, w, l)
		if err != nil {
			return err
		}
		e.Revision = l.Revision + 1
		return w.Record(ctx, e)
	})
}

// CallAgain sets another day for the call.
func (d *Domain) CallAgain(ctx context.Context, actor, id string, rev int64, on day.Date) error {
	return d.onLead(ctx, actor, id, rev, func(ctx context.Context, w *gate.W, l Lead) (journal.Entry, error) {
		if on.IsZero() || on.Before(w.Today) {
			return journal.Entry{}, fault.At("call", "activity.err.call")
		}
		_, err := w.Tx.Exec(ctx, `UPDATE lead SET call_on = $1, revision = revision + 1 WHERE id = $2`, on, l.ID)
		e := about("lead", l.ID, "activity.call_moved", map[string]string{"date": on.String()})
		e.Changes = journal.Diff("call_on", l.CallOn.String(), on.String())
		return e, err
	})
}

// OnRegistered notes who was registered from a lead. A lead that has ended meanwhile, or has somebody already, stays as it is.
func (d *Domain) OnRegistered(ctx context.Context, w *gate.W, leadID, personID string) error {
	l, err := forRegistering(ctx, &w.R, leadID)
	if err != nil || l.State != Open || l.PersonID != "" {
		return err
	}
	if _, err := w.Tx.Exec(ctx, `UPDATE lead SET person_id = $1, revision = revision + 1 WHERE id = $2`, personID, l.ID); err != nil {
		return err
	}
	e := about("lead", l.ID, "activity.lead_registered", nil)
	e.Revision = l.Revision + 1
	return w.Record(ctx, e)
}

// Beginning is what a lead tells whoever registers the person.
func (d *Domain) Beginning(ctx context.Context, r *gate.R, leadID string) (Lead, error) {
	return forRegistering(ctx, r, leadID)
}

// forRegistering reads a lead for somebody at another desk, if they may work with leads too.
func forRegistering(ctx context.Context, r *gate.R, leadID string) (Lead, error) {
	if !r.Actor.Can(PermLead) {
		return Lead{}, fault.New(fault.Denied, "fault.denied", "permission", PermLead)
	}
	q := *r
	q.Scope = r.Actor.Scope(PermLead)
	return ByID(ctx, &q, leadID)
}

// OnOpen ends the lead that a case came of: whoever was registered from it has one now.
func (d *Domain) OnOpen(ctx context.Context, w *gate.W, c casefile.Case) ([]string, error) {
	list, err := db.All(ctx, w.Tx, scanLead, `SELECT `+leadColumns+` FROM lead l JOIN case_member m ON m.person_id = l.person_id WHERE m.case_id = $1 AND l.person_id <> '' AND l.state = $2 ORDER BY l.id`, c.ID, Open)
	if err != nil {
		return nil, err
	}
	for _, l := range list {
		e, err := becameCase(ctx, w, l, c.ID)
		if err != nil {
			return nil, err
		}
		if err := w.Record(ctx, e); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func becameCase(ctx context.Context, w *gate.W, l Lead, caseID string) (journal.Entry, error) {
	_, err := w.Tx.Exec(ctx, `UPDATE lead SET state = $1, case_id = $2, ended_at = $3, revision = revision + 1 WHERE id = $4`, BecameCase, caseID, clock.Format(w.Now), l.ID)
	e := about("lead", l.ID, "activity.lead_became_case", nil)
	e.Revision = l.Revision + 1
	return e, err
}

// LetGo ends a lead of which nothing came.
func (d *Domain) LetGo(ctx context.Context, actor, id string, rev int64, reason string) error {
	return d.onLead(ctx, actor, id, rev, func(ctx context.Context, w *gate.W, l Lead) (journal.Entry, error) {
		if !has(Reasons, reason) {
			return journal.Entry{}, fault.At("reason", "activity.err.choose")
		}
		_, err := w.Tx.Exec(ctx, `UPDATE lead SET state = $1, reason = $2, ended_at = $3, revision = revision + 1 WHERE id = $4`, Gone, reason, clock.Format(w.Now), l.ID)
		return about("lead", l.ID, "activity.lead_gone", map[string]string{"reason": reason}), err
	})
}

// Became says that a lead is a case now, named by its number. A number out of sight is no case.
func (d *Domain) Became(ctx context.Context, actor, id string, rev int64, no string) error {
	return d.onLead(ctx, actor, id, rev, func(ctx context.Context, w *gate.W, l Lead) (journal.Entry, error) {
		if no == "" || d.CaseByNumber == nil {
			return journal.Entry{}, fault.At("no", "activity.err.case_no")
		}
		caseID, err := d.CaseByNumber(ctx, &w.R, no)
		if fault.Is(err, fault.NotFound) {
			return journal.Entry{}, fault.At("no", "activity.err.case_no")
		}
		if err != nil {
			return journal.Entry{}, err
		}
		return becameCase(ctx, w, l, caseID)
	})
}
