package monitoring

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

func (v *Visit) words() (columns [3]string, texts [3]*string) {
	return [3]string{"closed_reason", "problems", "advice"}, [3]*string{&v.ClosedReason, &v.Problems, &v.Advice}
}

// FileOf reads everything about how a family fares.
func FileOf(ctx context.Context, r *gate.R, caseID string) (f File, err error) {
	if f.Attempts, err = db.All(ctx, r.Tx, func(s db.Row) (Attempt, error) {
		var a Attempt
		return a, s.Scan(&a.ID, &a.CaseID, &a.On, &a.Channel, &a.Result, &a.note, &a.By, db.InstantOf(&a.At))
	}, `SELECT id, case_id, on_day, channel, result, note, by_id, at FROM contact_attempt WHERE case_id = $1 ORDER BY on_day DESC, at DESC, id DESC`, caseID); err != nil {
		return f, err
	}
	for i := range f.Attempts {
		a := &f.Attempts[i]
		if a.Note, _, err = r.Open(ctx, caseID, "contact_attempt.note:"+a.ID, a.note); err != nil {
			return f, err
		}
	}
	if f.Visits, err = db.All(ctx, r.Tx, func(s db.Row) (Visit, error) {
		var v Visit
		return v, s.Scan(&v.ID, &v.CaseID, &v.Mode, &v.On, &v.Found, &v.Business, &v.sealed[0], &v.Income, &v.Employed, &v.sealed[1], &v.sealed[2], &v.NextOn, &v.By, db.InstantOf(&v.At))
	}, `SELECT id, case_id, mode, on_day, found, business, closed_reason, income, employed, problems, advice, next_on, by_id, at FROM monitoring_visit WHERE case_id = $1 ORDER BY on_day DESC, at DESC, id DESC`, caseID); err != nil {
		return f, err
	}
	for i := range f.Visits {
		v := &f.Visits[i]
		columns, texts := v.words()
		for j, c := range columns {
			if *texts[j], _, err = r.Open(ctx, caseID, "monitoring_visit."+c+":"+v.ID, v.sealed[j]); err != nil {
				return f, err
			}
		}
	}
	ls, err := db.All(ctx, r.Tx, func(s db.Row) (Loss, error) {
		var l Loss
		return l, s.Scan(&l.On, &l.note, &l.By, db.InstantOf(&l.At))
	}, `SELECT on_day, note, by_id, at FROM monitoring_loss WHERE case_id = $1`, caseID)
	if err != nil {
		return f, err
	}
	if len(ls) > 0 {
		f.Loss = &ls[0]
		if f.Loss.Note, _, err = r.Open(ctx, caseID, "monitoring_loss.note:"+caseID, f.Loss.note); err != nil {
			return f, err
		}
	}
	f.Dues, err = dues(ctx, r, `m.case_id = $1`, caseID)
	return f, err
}

// DueVisits lists the visits to be made in open cases within the reader's scope, the earliest first.
func DueVisits(ctx context.Context, r *gate.R) ([]Due, error) {
	var a db.Args
	where := `c.state = 'open' AND ` + casefile.InScope(r, "c", &a)
	return dues(ctx, r, where, a.Values...)
}

func dues(ctx context.Context, r *gate.R, where string, args ...any) ([]Due, error) {
	return db.All(ctx, r.Tx, func(s db.Row) (Due, error) {
		var x Due
		err := s.Scan(append(append([]any{&x.ID, &x.Months, &x.On}, x.Who.NameTargets()...), x.Case.Targets()...)...)
		x.Late = x.On.Before(r.Today)
		return x, err
	}, `SELECT m.id, m.months, m.due_on, `+person.NameColumns+`, `+casefile.Columns+`
		FROM monitoring_due m JOIN casefile c ON c.id = m.case_id JOIN person p ON p.id = c.principal_id WHERE m.done_by = '' AND `+where+` ORDER BY m.due_on, m.id LIMIT 500`, args...)
}
