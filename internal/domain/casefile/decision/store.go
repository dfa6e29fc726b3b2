package decision

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

const decisionColumns = `id, case_id, person_id, component, proposal, decision, reason, pack_version, facts, trace, decided_by, decided_at, second_needed, second_by, second_at, second_agrees, superseded_by, pack_hash, basis, doubt, evidence_id`

func scanDecision(s db.Row) (Decision, error) {
	var d Decision
	return d, s.Scan(&d.ID, &d.CaseID, &d.PersonID, &d.Component, &d.Proposal, &d.Decision, &d.sealedReason, &d.PackVersion, &d.sealedFacts, &d.sealedTrace, &d.By, db.InstantOf(&d.At),
		&d.SecondNeeded, &d.SecondBy, db.InstantOf(&d.SecondAt), &d.SecondAgrees, &d.SupersededBy, &d.PackHash, &d.sealedBasis, &d.sealedDoubt, &d.EvidenceID)
}

// Decisions reads the decisions of a case, newest first, those superseded included.
func Decisions(ctx context.Context, r *gate.R, caseID string) ([]Decision, error) {
	ds, err := db.All(ctx, r.Tx, scanDecision, `SELECT `+decisionColumns+` FROM eligibility_decision WHERE case_id = $1 ORDER BY decided_at DESC, id DESC`, caseID)
	if err != nil {
		return nil, err
	}
	for i := range ds {
		if err := ds[i].open(ctx, r); err != nil {
			return nil, err
		}
	}
	return ds, nil
}

// NotDecided is the condition that nobody has decided about a component of the case in a column. app hands it to a room above.
func NotDecided(caseColumn, component string, a *db.Args) string {
	return `NOT EXISTS (SELECT 1 FROM eligibility_decision nd WHERE nd.case_id = ` + caseColumn + ` AND nd.component = ` + a.Add(component) + ` AND nd.superseded_by = '')`
}

func (d *Decision) open(ctx context.Context, r *gate.R) (err error) {
	if d.Reason, _, err = r.Open(ctx, d.PersonID, "eligibility_decision.reason:"+d.ID, d.sealedReason); err != nil {
		return err
	}
	for _, x := range []struct {
		place  string
		sealed []byte
		into   any
	}{{"facts", d.sealedFacts, &d.Facts}, {"trace", d.sealedTrace, &d.Trace}, {"basis", d.sealedBasis, &d.Basis}, {"doubt", d.sealedDoubt, &d.Doubt}} {
		if d.Erased, err = d.unseal(ctx, r, x.place, x.sealed, x.into); err != nil || d.Erased {
			return err
		}
	}
	return nil
}

func (d *Decision) unseal(ctx context.Context, r *gate.R, place string, sealed []byte, into any) (erased bool, err error) {
	text, erased, err := r.Open(ctx, d.PersonID, "eligibility_decision."+place+":"+d.ID, sealed)
	if err != nil || erased || text == "" {
		return erased, err
	}
	return false, json.Unmarshal([]byte(text), into)
}

func (d *Decision) seal(ctx context.Context, w *gate.W, place string, v any) ([]byte, error) {
	text, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	return w.Seal(ctx, d.PersonID, "eligibility_decision."+place+":"+d.ID, text)
}

func insertDecision(ctx context.Context, w *gate.W, d Decision, people []programme.PersonFacts) (err error) {
	var sealed [4][]byte
	for i, x := range []struct {
		place string
		v     any
	}{{"reason", d.Reason}, {"facts", d.Facts}, {"trace", d.Trace}, {"basis", d.Basis}} {
		if sealed[i], err = d.seal(ctx, w, x.place, x.v); err != nil {
			return err
		}
	}
	_, err = w.Tx.Exec(ctx, `INSERT INTO eligibility_decision (id, case_id, person_id, component, proposal, decision, reason, pack_version, pack_hash, facts, trace, basis, decided_by, decided_at, second_needed, evidence_id) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)`,
		d.ID, d.CaseID, d.PersonID, d.Component, d.Proposal, d.Decision, sealed[0], d.PackVersion, d.PackHash, sealed[1], sealed[2], sealed[3], d.By, clock.Format(d.At), d.SecondNeeded, d.EvidenceID)
	if err != nil {
		return err
	}
	for i, p := range people {
		text, err := json.Marshal(p.Facts)
		if err != nil {
			return err
		}
		facts, err := w.Seal(ctx, p.PersonID, "eligibility_fact.facts:"+d.ID, string(text))
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO eligibility_fact (decision_id, place, person_id, facts) VALUES ($1,$2,$3,$4)`, d.ID, i, p.PersonID, facts); err != nil {
			return err
		}
	}
	return nil
}

const declarationColumns = `id, case_id, person_id, guardian_id, language, method, witness, counselled_before, signed_on, attachment_id, text, recorded_by, recorded_at, revoked_by, revoked_at`

func scanDeclaration(s db.Row) (Declaration, error) {
	var d Declaration
	return d, s.Scan(&d.ID, &d.CaseID, &d.PersonID, &d.GuardianID, &d.Language, &d.Method, &d.sealedWitness, &d.Counselled, &d.SignedOn, &d.AttachmentID, &d.sealedText, &d.By, db.InstantOf(&d.At), &d.RevokedBy, db.InstantOf(&d.RevokedAt))
}

// Declarations reads the declarations of a case, newest first, those revoked included.
func Declarations(ctx context.Context, r *gate.R, caseID string) ([]Declaration, error) {
	ds, err := db.All(ctx, r.Tx, scanDeclaration, `SELECT `+declarationColumns+` FROM declaration WHERE case_id = $1 ORDER BY recorded_at DESC, id DESC`, caseID)
	if err != nil {
		return nil, err
	}
	for i := range ds {
		d := &ds[i]
		if d.Witness, _, err = r.Open(ctx, d.PersonID, "declaration.witness:"+d.ID, d.sealedWitness); err != nil {
			return nil, err
		}
		if d.Text, d.Erased, err = r.Open(ctx, d.PersonID, "declaration.text:"+d.ID, d.sealedText); err != nil {
			return nil, err
		}
	}
	return ds, nil
}

func insertDeclaration(ctx context.Context, w *gate.W, d Declaration) error {
	witness, err := w.Seal(ctx, d.PersonID, "declaration.witness:"+d.ID, d.Witness)
	if err != nil {
		return err
	}
	text, err := w.Seal(ctx, d.PersonID, "declaration.text:"+d.ID, d.Text)
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, `INSERT INTO declaration (id, case_id, person_id, guardian_id, language, method, witness, counselled_before, signed_on, attachment_id, text, recorded_by, recorded_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)`,
		d.ID, d.CaseID, d.PersonID, d.GuardianID, d.Language, d.Method, witness, d.Counselled, d.SignedOn, d.AttachmentID, text, w.Actor.ID, clock.Format(w.Now))
	return err
}

func revoke(ctx context.Context, w *gate.W, caseID, id string) (int64, error) {
	return w.Tx.Exec(ctx, `UPDATE declaration SET revoked_by = $1, revoked_at = $2 WHERE case_id = $3 AND ($4 = '' OR id = $5) AND revoked_at = ''`, w.Actor.ID, clock.Format(w.Now), caseID, id, id)
}

// Waiting is a decision that a second person has still to agree to.
type Waiting struct {
	ID, CaseID, Component, By string
	At                        time.Time
}

// WaitingForSecond lists what waits for a second person, within the reader's scope, oldest first.
func WaitingForSecond(ctx context.Context, r *gate.R) ([]Waiting, error) {
	var a db.Args
	return db.All(ctx, r.Tx, func(s db.Row) (Waiting, error) {
		var x Waiting
		return x, s.Scan(&x.ID, &x.CaseID, &x.Component, &x.By, db.InstantOf(&x.At))
	}, `SELECT e.id, e.case_id, e.component, e.decided_by, e.decided_at FROM eligibility_decision e JOIN casefile c ON c.id = e.case_id
		WHERE e.second_needed = TRUE AND e.second_by = '' AND e.superseded_by = '' AND c.state = 'open' AND `+casefile.InScope(r, "c", &a)+` ORDER BY e.decided_at, e.id LIMIT 200`, a.Values...)
}
