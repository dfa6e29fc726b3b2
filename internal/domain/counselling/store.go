package counselling

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

const sessionColumns = `s.id, s.case_id, s.office_id, s.type, s.kind, s.group_code, s.place, s.started_at, s.minutes, s.counsellor_id, s.interpreter, s.interpreter_way, s.interpreter_at,
	s.language, s.staff_language, s.topics, s.options, s.words, s.outcome, s.fear, s.next_on, s.by_id, s.at, COALESCE(f.referred_to, ''), COALESCE(f.result, ''), f.note, COALESCE(f.looked_by, ''), COALESCE(f.looked_at, '')`

func scanSession(r db.Row) (Session, error) {
	var s Session
	var topics, options string
	err := r.Scan(&s.ID, &s.CaseID, &s.OfficeID, &s.Type, &s.Kind, &s.GroupCode, &s.Place, db.InstantOf(&s.StartedAt), &s.Minutes, &s.CounsellorID, &s.interpreter, &s.InterpreterWay, db.InstantOf(&s.InterpreterAt),
		&s.Language, &s.StaffLanguage, &topics, &options, &s.words, &s.Outcome, &s.Fear, &s.NextOn, &s.By, db.InstantOf(&s.At), &s.ReferredTo, &s.Look.Result, &s.note, &s.Look.By, db.InstantOf(&s.Look.At))
	s.Topics, s.Explained = strings.Fields(topics), strings.Fields(options)
	return s, err
}

// Sessions reads the talks of a case, oldest first. What protection noted about a fear is read by those cleared for it only.
func Sessions(ctx context.Context, r *gate.R, caseID string) ([]Session, error) {
	out, err := db.All(ctx, r.Tx, scanSession, `SELECT `+sessionColumns+` FROM counselling_session s LEFT JOIN counselling_fear f ON f.session_id = s.id WHERE s.case_id = $1 ORDER BY s.started_at, s.id`, caseID)
	if err != nil {
		return nil, err
	}
	type there struct{ session, person string }
	present, err := db.All(ctx, r.Tx, func(x db.Row) (there, error) { var t there; return t, x.Scan(&t.session, &t.person) },
		`SELECT p.session_id, p.person_id FROM counselling_present p JOIN counselling_session s ON s.id = p.session_id WHERE s.case_id = $1 ORDER BY p.session_id, p.person_id`, caseID)
	if err != nil {
		return nil, err
	}
	for i := range out {
		s := &out[i]
		for _, p := range present {
			if p.session == s.ID {
				s.Present = append(s.Present, p.person)
			}
		}
		if s.Interpreter, _, err = r.Open(ctx, caseID, "counselling_session.interpreter:"+s.ID, s.interpreter); err != nil {
			return nil, err
		}
		text, erased, err := r.Open(ctx, caseID, "counselling_session.words:"+s.ID, s.words)
		if err != nil {
			return nil, err
		}
		if text != "" && !erased {
			if err := json.Unmarshal([]byte(text), &s.Words); err != nil {
				return nil, err
			}
		}
		if r.Actor.Cleared(org.Protection) {
			if s.Look.Note, _, err = r.Open(ctx, caseID, "counselling_fear.note:"+s.ID, s.note); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func insertSession(ctx context.Context, w *gate.W, s Session, zone *time.Location) error {
	text, err := json.Marshal(s.Words)
	if err != nil {
		return err
	}
	words, err := w.Seal(ctx, s.CaseID, "counselling_session.words:"+s.ID, string(text))
	if err != nil {
		return err
	}
	interpreter, err := w.Seal(ctx, s.CaseID, "counselling_session.interpreter:"+s.ID, s.Interpreter)
	if err != nil {
		return err
	}
	if _, err := w.Tx.Exec(ctx, `INSERT INTO counselling_session (id, case_id, office_id, type, kind, group_code, place, started_at, on_day, minutes, counsellor_id, interpreter, interpreter_way, interpreter_at,
		language, staff_language, topics, options, words, outcome, fear, next_on, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24)`,
		s.ID, s.CaseID, s.OfficeID, s.Type, s.Kind, s.GroupCode, s.Place, clock.Format(s.StartedAt), day.Of(s.StartedAt, zone), s.Minutes, s.CounsellorID, interpreter, s.InterpreterWay, clock.Format(s.InterpreterAt),
		s.Language, s.StaffLanguage, strings.Join(s.Topics, " "), strings.Join(s.Explained, " "), words, s.Outcome, s.Fear, s.NextOn, w.Actor.ID, clock.Format(w.Now)); err != nil {
		return err
	}
	for _, p := range s.Present {
		if _, err := w.Tx.Exec(ctx, `INSERT INTO counselling_present (session_id, person_id) VALUES ($1,$2) ON CONFLICT (session_id, person_id) DO NOTHING`, s.ID, p); err != nil {
			return err
		}
	}
	return nil
}

// StateOf reads how the talks of a case stand.
func StateOf(ctx context.Context, r *gate.R, c casefile.Case) (State, error) {
	list, err := Sessions(ctx, r, c.ID)
	return stateOf(list, c.PrincipalID), err
}

// StatesOf reads how the talks of many cases stand, by the id of the case; one without talks has none. What was said stays sealed.
func StatesOf(ctx context.Context, r *gate.R, cs []casefile.Case) (map[string]State, error) {
	ids := make([]string, 0, len(cs))
	for _, c := range cs {
		ids = append(ids, c.ID)
	}
	var a db.Args
	talks, err := db.All(ctx, r.Tx, func(x db.Row) (s Session, err error) {
		var options string
		err = x.Scan(&s.ID, &s.CaseID, &s.Type, &s.Kind, &options, &s.Outcome, &s.Fear, &s.Look.Result)
		s.Explained = strings.Fields(options)
		return s, err
	}, `SELECT s.id, s.case_id, s.type, s.kind, s.options, s.outcome, s.fear, COALESCE(f.result, '') FROM counselling_session s LEFT JOIN counselling_fear f ON f.session_id = s.id
		WHERE s.case_id IN `+a.In(ids)+` ORDER BY s.case_id, s.started_at, s.id`, a.Values...)
	if err != nil {
		return nil, err
	}
	a = db.Args{}
	present, err := db.All(ctx, r.Tx, func(x db.Row) (p [2]string, err error) { return p, x.Scan(&p[0], &p[1]) },
		`SELECT p.session_id, p.person_id FROM counselling_present p JOIN counselling_session s ON s.id = p.session_id WHERE s.case_id IN `+a.In(ids)+` ORDER BY p.session_id, p.person_id`, a.Values...)
	if err != nil {
		return nil, err
	}
	there := map[string][]string{}
	for _, p := range present {
		there[p[0]] = append(there[p[0]], p[1])
	}
	of := map[string][]Session{}
	for _, s := range talks {
		s.Present = there[s.ID]
		of[s.CaseID] = append(of[s.CaseID], s)
	}
	out := map[string]State{}
	for _, c := range cs {
		if len(of[c.ID]) > 0 {
			out[c.ID] = stateOf(of[c.ID], c.PrincipalID)
		}
	}
	return out, nil
}

// Count counts the talks of some days and the people who were in them. A talk with a group counts once, however many cases
// sat in it; a person counts once, however often they came.
func Count(ctx context.Context, r *gate.R, from, to day.Date) (n Counts, err error) {
	var a db.Args
	where := ` FROM counselling_session s JOIN casefile c ON c.id = s.case_id`
	rest := ` WHERE s.on_day >= ` + a.Add(from.String()) + ` AND s.on_day <= ` + a.Add(to.String()) + ` AND ` + casefile.InScope(r, "c", &a)
	if n.Sessions, err = db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(DISTINCT CASE WHEN s.kind = 'group' THEN s.on_day || '/' || s.office_id || '/' || s.group_code ELSE s.id END)`+where+rest, a.Values...); err != nil {
		return n, err
	}
	n.Persons, err = db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(DISTINCT p.person_id)`+where+` JOIN counselling_present p ON p.session_id = s.id`+rest, a.Values...)
	return n, err
}

func scanDraft(r db.Row) (Draft, error) {
	var d Draft
	return d, r.Scan(&d.ID, &d.CaseID, &d.By, &d.Lang, &d.sealed, &d.Answered, db.InstantOf(&d.At))
}

const draftColumns = `id, case_id, by_id, lang, answers, answered, at`

// Drafts lists the interrupted talks of a case, the last first, without what was said.
func Drafts(ctx context.Context, r *gate.R, caseID string) ([]Draft, error) {
	return db.All(ctx, r.Tx, scanDraft, `SELECT `+draftColumns+` FROM counselling_draft WHERE case_id = $1 ORDER BY at DESC, id DESC`, caseID)
}

// draftByID reads a draft of a case with its answers.
func draftByID(ctx context.Context, r *gate.R, caseID, id string) (Draft, error) {
	d, err := db.One(ctx, r.Tx, scanDraft, `SELECT `+draftColumns+` FROM counselling_draft WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRow) || err == nil && d.CaseID != caseID {
		return Draft{}, fault.Gone()
	}
	if err != nil {
		return d, err
	}
	text, erased, err := r.Open(ctx, caseID, "counselling_draft.answers:"+d.ID, d.sealed)
	if err != nil || erased || text == "" {
		return d, err
	}
	return d, json.Unmarshal([]byte(text), &d.Answers)
}

const appointmentColumns = `p.id, p.case_id, p.office_id, p.counsellor_id, p.starts_at, p.ends_at, p.language, p.interpreter, p.interpreter_key, p.room, p.state`

func appointments(ctx context.Context, r *gate.R, where string, args ...any) ([]Appointment, error) {
	out, err := db.All(ctx, r.Tx, func(s db.Row) (Appointment, error) {
		var a Appointment
		return a, s.Scan(&a.ID, &a.CaseID, &a.OfficeID, &a.CounsellorID, db.InstantOf(&a.StartsAt), db.InstantOf(&a.EndsAt), &a.Language, &a.sealed, &a.key, &a.Room, &a.State)
	}, `SELECT `+appointmentColumns+` FROM counselling_appointment p JOIN casefile c ON c.id = p.case_id WHERE `+where+` ORDER BY p.starts_at, p.id`, args...)
	return out, err
}

// Appointments reads the appointments of a case, with the names of interpreters.
func Appointments(ctx context.Context, r *gate.R, caseID string) ([]Appointment, error) {
	out, err := appointments(ctx, r, `p.case_id = $1`, caseID)
	for i := range out {
		if out[i].Interpreter, _, err = r.Open(ctx, caseID, "counselling_appointment.interpreter:"+out[i].ID, out[i].sealed); err != nil {
			return nil, err
		}
	}
	return out, err
}

// Calendar reads the appointments of some days that the reader may see.
func (d *Domain) Calendar(ctx context.Context, r *gate.R, from, to day.Date) ([]Appointment, error) {
	var a db.Args
	return appointments(ctx, r, `p.state = `+a.Add(Booked)+` AND p.starts_at >= `+a.Add(clock.Format(from.In(d.zone())))+` AND p.starts_at < `+a.Add(clock.Format(to.AddDays(1).In(d.zone())))+` AND `+casefile.InScope(r, "c", &a), a.Values...)
}

// busy reads every booked appointment that may meet one in the two weeks from a moment: also those the reader may not see,
// of which nothing is told but that the time is taken.
func busy(ctx context.Context, r *gate.R, from time.Time) ([]Appointment, error) {
	return appointments(ctx, r, `p.state = $1 AND p.ends_at > $2 AND p.starts_at < $3`, Booked, clock.Format(from), clock.Format(from.Add(15*24*time.Hour)))
}
