package counselling

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// onCase is the frame of the commands about one open case.
func (d *Domain) onCase(ctx context.Context, actor, caseID string, fn func(ctx context.Context, w *gate.W, c *casefile.Case) error) error {
	return d.Gate.Write(ctx, actor, PermRecord, func(ctx context.Context, w *gate.W) error {
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

func keep(ctx context.Context, w *gate.W, c *casefile.Case, es ...journal.Entry) error {
	if err := casefile.Save(ctx, w, c); err != nil {
		return err
	}
	for _, e := range es {
		if err := casefile.Record(ctx, w, *c, e); err != nil {
			return err
		}
	}
	return nil
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

// Hold writes down a talk. If somebody said that they are afraid to go back, the protection officer is called at once, and
// the case goes no further until they have looked. The draft it was written in, if any, is gone with it.
func (d *Domain) Hold(ctx context.Context, actor string, s Session, draftID string) error {
	return d.onCase(ctx, actor, s.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		known, err := again(ctx, w, `SELECT case_id FROM counselling_session WHERE id = $1`, s.ID, c.ID)
		if err != nil {
			return err
		}
		if known {
			return casefile.Record(ctx, w, *c, journal.Entry{Action: "counselling.held_again", Subject: journal.Ref{Kind: "counselling_session", ID: s.ID}})
		}
		ms, err := casefile.Members(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		var members, before []string
		for _, m := range ms {
			members = append(members, m.ID)
		}
		list, err := Sessions(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		for _, x := range list {
			before = append(before, x.Explained...)
		}
		s.Fear = s.Words.Afraid == "yes"
		if s.InterpreterWay == NoInterpreter {
			s.Interpreter, s.InterpreterAt = "", time.Time{}
		}
		if s.Kind != Group {
			s.GroupCode = ""
		}
		if err := check(s, members, before, w.Now); err != nil {
			return err
		}
		if s.ID == "" {
			s.ID = w.NewID()
		}
		if s.CounsellorID == "" {
			s.CounsellorID = w.Actor.ID
		}
		s.OfficeID = w.Actor.OfficeID
		s.GroupCode = strings.ToLower(strings.Join(strings.Fields(s.GroupCode), " "))
		if err := insertSession(ctx, w, s, d.zone()); err != nil {
			return err
		}
		if draftID != "" {
			if _, err := w.Tx.Exec(ctx, `DELETE FROM counselling_draft WHERE id = $1 AND case_id = $2`, draftID, c.ID); err != nil {
				return err
			}
		}
		ref := journal.Ref{Kind: "counselling_session", ID: s.ID}
		entries := []journal.Entry{{Action: "counselling.held", Subject: ref, Args: map[string]string{"type": s.Type, "minutes": strconv.FormatInt(s.Minutes, 10), "persons": strconv.Itoa(len(s.Present)), "outcome": s.Outcome, "interpreter": s.InterpreterWay}}}
		if s.Fear {
			if _, err := w.Tx.Exec(ctx, `INSERT INTO counselling_fear (session_id, case_id, referred_to) VALUES ($1,$2,$3)`, s.ID, c.ID, s.ReferredTo); err != nil {
				return err
			}
			if err := casefile.AddTask(ctx, w, c, casefile.Task{Code: TaskFear, DueOn: w.Today, Urgent: true, Class: org.Protection}); err != nil {
				return err
			}
			entries = append(entries, journal.Entry{Action: "counselling.fear", Subject: ref, Class: org.Protection, Args: map[string]string{"referred": s.ReferredTo}})
		}
		if !s.NextOn.IsZero() {
			if err := casefile.AddTask(ctx, w, c, casefile.Task{Code: "counsel_again", DueOn: s.NextOn, OwnerID: c.OwnerID}); err != nil {
				return err
			}
		} else if err := casefile.FinishTask(ctx, w, c, "counsel_again"); err != nil {
			return err
		}
		if err := casefile.LookAgain(ctx, w, c.ID); err != nil {
			return err
		}
		return keep(ctx, w, c, entries...)
	})
}

// LookAtFear says what protection found when it looked at what somebody is afraid of. Only "may proceed" lets the case go on.
func (d *Domain) LookAtFear(ctx context.Context, actor, caseID, sessionID, result, note string) error {
	return d.onCase(ctx, actor, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		if !w.Actor.Cleared(org.Protection) {
			return fault.New(fault.Denied, "counselling.err.protection_only")
		}
		known, err := again(ctx, w, `SELECT case_id FROM counselling_fear WHERE session_id = $1`, sessionID, c.ID)
		if err != nil {
			return err
		}
		switch {
		case !known:
			return fault.Gone()
		case !has(LookResults, result):
			return fault.At("result", "counselling.err.choose")
		case note == "":
			return fault.At("note", "counselling.err.look_note")
		case utf8.RuneCountInString(note) > long:
			return fault.At("note", "counselling.err.too_long", "n", long)
		}
		sealed, err := w.Seal(ctx, c.ID, "counselling_fear.note:"+sessionID, note)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE counselling_fear SET result = $1, note = $2, looked_by = $3, looked_at = $4 WHERE session_id = $5`, result, sealed, w.Actor.ID, clock.Format(w.Now), sessionID); err != nil {
			return err
		}
		left, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM counselling_fear WHERE case_id = $1 AND result = ''`, c.ID)
		if err != nil {
			return err
		}
		if left == 0 {
			if err := casefile.FinishTask(ctx, w, c, TaskFear); err != nil {
				return err
			}
		}
		if err := casefile.LookAgain(ctx, w, c.ID); err != nil {
			return err
		}
		return keep(ctx, w, c, journal.Entry{Action: "counselling.fear_looked_at", Subject: journal.Ref{Kind: "counselling_session", ID: sessionID}, Class: org.Protection, Args: map[string]string{"result": result}})
	})
}

// SaveDraft keeps a talk that is interrupted, as it was filled in.
func (d *Domain) SaveDraft(ctx context.Context, actor string, dr Draft) error {
	return d.onCase(ctx, actor, dr.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		if _, err := again(ctx, w, `SELECT case_id FROM counselling_draft WHERE id = $1`, dr.ID, c.ID); err != nil {
			return err
		}
		text, err := json.Marshal(dr.Answers)
		if err != nil {
			return err
		}
		sealed, err := w.Seal(ctx, c.ID, "counselling_draft.answers:"+dr.ID, string(text))
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO counselling_draft (id, case_id, by_id, lang, answers, answered, at) VALUES ($1,$2,$3,$4,$5,$6,$7)
			ON CONFLICT (id) DO UPDATE SET by_id = excluded.by_id, lang = excluded.lang, answers = excluded.answers, answered = excluded.answered, at = excluded.at`,
			dr.ID, c.ID, w.Actor.ID, dr.Lang, sealed, answered(dr.Answers), clock.Format(w.Now)); err != nil {
			return err
		}
		action := "counselling.draft_kept"
		if dr.Typing {
			action = "counselling.draft_saved"
		}
		return casefile.Record(ctx, w, *c, journal.Entry{Action: action, Subject: journal.Ref{Kind: "counselling_draft", ID: dr.ID}})
	})
}

func answered(m map[string][]string) (n int64) {
	for _, vs := range m {
		if slices.ContainsFunc(vs, func(v string) bool { return v != "" }) {
			n++
		}
	}
	return n
}

// DropDraft throws an interrupted talk away.
func (d *Domain) DropDraft(ctx context.Context, actor, caseID, id string) error {
	return d.onCase(ctx, actor, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		if _, err := again(ctx, w, `SELECT case_id FROM counselling_draft WHERE id = $1`, id, c.ID); err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `DELETE FROM counselling_draft WHERE id = $1 AND case_id = $2`, id, c.ID); err != nil {
			return err
		}
		return casefile.Record(ctx, w, *c, journal.Entry{Action: "counselling.draft_dropped", Subject: journal.Ref{Kind: "counselling_draft", ID: id}})
	})
}

// Clash is a time that is taken, and the next ones that are not.
type Clash struct {
	With string // counsellor, interpreter, room, case
	Free []time.Time
}

// Book makes an appointment. When the counsellor, the interpreter, the room or the family is taken at that time it is
// refused, and the clash names the next free times.
func (d *Domain) Book(ctx context.Context, actor string, a Appointment) (cl Clash, err error) {
	err = d.onCase(ctx, actor, a.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		cl = Clash{}
		e := journal.Entry{Action: "counselling.appointment", Subject: journal.Ref{Kind: "counselling_appointment", ID: a.ID}}
		known, err := again(ctx, w, `SELECT case_id FROM counselling_appointment WHERE id = $1`, a.ID, c.ID)
		if err != nil {
			return err
		}
		if known {
			e.Action = "counselling.appointment_again"
			return casefile.Record(ctx, w, *c, e)
		}
		if a.CounsellorID == "" {
			a.CounsellorID = w.Actor.ID
		}
		if a.ID == "" {
			a.ID = w.NewID()
			e.Subject.ID = a.ID
		}
		a.OfficeID = w.Actor.OfficeID
		a.Room = strings.Join(strings.Fields(a.Room), " ")
		a.key = w.Vault().Ring().Blind("interpreter", strings.ToLower(strings.Join(strings.Fields(a.Interpreter), " ")))
		var fs []fault.Field
		add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
		if a.StartsAt.IsZero() || !a.StartsAt.After(w.Now) || a.StartsAt.Sub(w.Now) > oldest {
			add("on", "counselling.err.appointment_time")
		}
		if m := a.Minutes(); m < 10 || m > mostMinutes {
			add("minutes", "counselling.err.minutes", "n", mostMinutes)
		}
		if utf8.RuneCountInString(a.Room) > 60 {
			add("room", "counselling.err.too_long", "n", 60)
		}
		if s, err := org.StaffByID(ctx, w.Tx, a.CounsellorID); err != nil || !s.Active {
			add("counsellor", "counselling.err.choose")
		}
		if err := fault.Fields(fs); err != nil {
			return err
		}
		taken, err := busy(ctx, &w.R, a.StartsAt)
		if err != nil {
			return err
		}
		if with := clashes(a, taken); with != "" {
			cl = Clash{With: with, Free: free(a, taken, d.zone(), 3)}
			return fault.At("on", "counselling.err.clash_"+with)
		}
		sealed, err := w.Seal(ctx, c.ID, "counselling_appointment.interpreter:"+a.ID, a.Interpreter)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO counselling_appointment (id, case_id, office_id, counsellor_id, starts_at, ends_at, language, interpreter, interpreter_key, room, state, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)`,
			a.ID, c.ID, a.OfficeID, a.CounsellorID, clock.Format(a.StartsAt), clock.Format(a.EndsAt), a.Language, sealed, a.key, a.Room, Booked, w.Actor.ID, clock.Format(w.Now)); err != nil {
			return err
		}
		e.Args = map[string]string{"time": a.StartsAt.In(d.zone()).Format("2006-01-02 15:04")}
		return casefile.Record(ctx, w, *c, e)
	})
	return cl, err
}

// EndAppointment says that an appointment took place or does not.
func (d *Domain) EndAppointment(ctx context.Context, actor, caseID, id, state string) error {
	return d.onCase(ctx, actor, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		known, err := again(ctx, w, `SELECT case_id FROM counselling_appointment WHERE id = $1`, id, c.ID)
		if err != nil {
			return err
		}
		if !known || state != TookPlace && state != Cancelled {
			return fault.Gone()
		}
		n, err := w.Tx.Exec(ctx, `UPDATE counselling_appointment SET state = $1 WHERE id = $2 AND state = 'booked'`, state, id)
		if err != nil {
			return err
		}
		e := journal.Entry{Action: "counselling.appointment_" + state, Subject: journal.Ref{Kind: "counselling_appointment", ID: id}}
		if n == 0 {
			e.Action = "counselling.appointment_ended_again"
		}
		return casefile.Record(ctx, w, *c, e)
	})
}

// OnWithdraw gives the times back that were kept for the case.
func (d *Domain) OnWithdraw(ctx context.Context, w *gate.W, c casefile.Case) ([]string, error) {
	n, err := w.Tx.Exec(ctx, `UPDATE counselling_appointment SET state = 'cancelled' WHERE case_id = $1 AND state = 'booked' AND starts_at > $2`, c.ID, clock.Format(w.Now))
	if err != nil || n == 0 {
		return nil, err
	}
	return []string{"counselling.freed"}, casefile.Record(ctx, w, c, journal.Entry{Action: "counselling.appointments_freed", Args: map[string]string{"appointments": strconv.FormatInt(n, 10)}})
}

// Seen notes that somebody read what protection found about a fear.
func (d *Domain) Seen(ctx context.Context, actor, caseID string) error {
	return d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		return casefile.Record(ctx, w, c, journal.Entry{Action: "counselling.fear_viewed", Class: org.Protection})
	})
}
