package screening

import (
	"context"
	"encoding/json"

	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// seal turns a record into sealed text under the person's key.
func seal(ctx context.Context, w *gate.W, personID, place string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return w.Seal(ctx, personID, place, string(text))
}

// unseal reads it back; what was erased stays empty.
func unseal(ctx context.Context, r *gate.R, personID, place string, sealed []byte, v any) error {
	text, erased, err := r.Open(ctx, personID, place, sealed)
	if err != nil || erased || text == "" {
		return err
	}
	return json.Unmarshal([]byte(text), v)
}

// findings reads every finding of a case, oldest first, opened or not. It serves rules; what people see goes through Overview.
func findings(ctx context.Context, r *gate.R, caseID string) ([]Finding, error) {
	return db.All(ctx, r.Tx, func(s db.Row) (Finding, error) {
		var f Finding
		return f, s.Scan(&f.ID, &f.ScreeningID, &f.CaseID, &f.PersonID, &f.Class, &f.Found, &f.Diligence, &f.sealed, &f.On, &f.ValidUntil, &f.By, db.InstantOf(&f.At))
	}, `SELECT id, screening_id, case_id, person_id, class, found, diligence, body, on_day, valid_until, by_id, at FROM screening_finding WHERE case_id = $1 ORDER BY at, id`, caseID)
}

func insertFinding(ctx context.Context, w *gate.W, f Finding) error {
	body, err := seal(ctx, w, f.PersonID, "screening_finding.body:"+f.ID, f.Body)
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, `INSERT INTO screening_finding (id, screening_id, case_id, person_id, class, found, diligence, body, on_day, valid_until, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
		f.ID, f.ScreeningID, f.CaseID, f.PersonID, f.Class, f.Found, f.Diligence, body, f.On, f.ValidUntil, w.Actor.ID, clock.Format(w.Now))
	return err
}

func diligences(ctx context.Context, r *gate.R, caseID string) ([]Diligence, error) {
	return db.All(ctx, r.Tx, func(s db.Row) (Diligence, error) {
		var d Diligence
		return d, s.Scan(&d.ID, &d.Revision, &d.CaseID, &d.PersonID, &d.Class, &d.sealed, &d.By, db.InstantOf(&d.At), &d.Decision, &d.reason, &d.DecidedBy, db.InstantOf(&d.DecidedAt), &d.ValidUntil)
	}, `SELECT id, revision, case_id, person_id, class, body, by_id, at, decision, reason, decided_by, decided_at, valid_until FROM due_diligence WHERE case_id = $1 ORDER BY at, id`, caseID)
}

func openDiligence(ctx context.Context, r *gate.R, d *Diligence) (err error) {
	if err := unseal(ctx, r, d.PersonID, "due_diligence.body:"+d.ID, d.sealed, &d.Papers); err != nil {
		return err
	}
	d.Reason, _, err = r.Open(ctx, d.PersonID, "due_diligence.reason:"+d.ID, d.reason)
	return err
}

// safeguards reads the safeguards of a case by person and code, opened, because the gate must read them.
func safeguards(ctx context.Context, r *gate.R, caseID string) (map[string]map[string]Safeguard, error) {
	list, err := db.All(ctx, r.Tx, func(s db.Row) (Safeguard, error) {
		var x Safeguard
		return x, s.Scan(&x.CaseID, &x.PersonID, &x.Code, &x.Revision, &x.On, &x.AttachmentID, &x.sealed, &x.By, db.InstantOf(&x.At))
	}, `SELECT case_id, person_id, code, revision, on_day, attachment_id, body, by_id, at FROM child_safeguard WHERE case_id = $1 ORDER BY person_id, code`, caseID)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]Safeguard{}
	for _, x := range list {
		if err := unseal(ctx, r, x.PersonID, "child_safeguard.body:"+x.CaseID+"/"+x.Code, x.sealed, &x.Proof); err != nil {
			return nil, err
		}
		if out[x.PersonID] == nil {
			out[x.PersonID] = map[string]Safeguard{}
		}
		out[x.PersonID][x.Code] = x
	}
	return out, nil
}

// checks reads the checks of fitness of a case by person, oldest first, opened for the rule.
func checks(ctx context.Context, r *gate.R, caseID string) (map[string][]Fitness, error) {
	list, err := db.All(ctx, r.Tx, func(s db.Row) (Fitness, error) {
		var f Fitness
		return f, s.Scan(&f.ID, &f.CaseID, &f.PersonID, &f.Kind, &f.On, &f.ValidUntil, &f.sealed, &f.By, db.InstantOf(&f.At))
	}, `SELECT id, case_id, person_id, kind, on_day, valid_until, body, by_id, at FROM fitness_check WHERE case_id = $1 ORDER BY at, id`, caseID)
	if err != nil {
		return nil, err
	}
	out := map[string][]Fitness{}
	for _, f := range list {
		if err := unseal(ctx, r, f.PersonID, "fitness_check.body:"+f.ID, f.sealed, &f.Medical); err != nil {
			return nil, err
		}
		out[f.PersonID] = append(out[f.PersonID], f)
	}
	return out, nil
}
