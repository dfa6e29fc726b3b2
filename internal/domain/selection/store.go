package selection

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

const roundColumns = `r.id, r.no, r.programme, r.pack_version, r.component, r.on_day, r.from_stage, r.currency, r.fund_id, r.budget, r.kept, r.places, r.reserve, r.state, r.opened_by, r.opened_at, r.closed_by, r.closed_at, r.revision`

func (x *Round) targets() []any {
	return []any{&x.ID, &x.No, &x.Programme, &x.PackVersion, &x.Component, &x.On, &x.From, &x.Currency, &x.FundID, &x.Budget, &x.Kept, &x.Places, &x.Reserve, &x.State, &x.OpenedBy, db.InstantOf(&x.OpenedAt), &x.ClosedBy, db.InstantOf(&x.ClosedAt), &x.Revision}
}

func scanRound(s db.Row) (Round, error) { var x Round; return x, s.Scan(x.targets()...) }

// RoundByID reads a round in which the reader sees at least one case. Otherwise it does not exist for them.
func RoundByID(ctx context.Context, r *gate.R, id string) (Round, error) {
	x, err := db.One(ctx, r.Tx, scanRound, `SELECT `+roundColumns+` FROM selection_round r WHERE r.id = $1`, id)
	if errors.Is(err, db.ErrNoRow) {
		return x, fault.Gone()
	}
	if err != nil {
		return x, err
	}
	var a db.Args
	n, err := db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(*) FROM selection_candidate k JOIN casefile c ON c.id = k.case_id WHERE k.round_id = `+a.Add(id)+` AND `+casefile.InScope(r, "c", &a), a.Values...)
	if err == nil && n == 0 {
		return Round{}, fault.Hidden("selection_round", id)
	}
	return x, err
}

func insertRound(ctx context.Context, w *gate.W, x Round) error {
	_, err := w.Tx.Exec(ctx, `INSERT INTO selection_round (id, no, programme, pack_version, component, on_day, from_stage, currency, fund_id, budget, kept, places, reserve, state, opened_by, opened_at, revision) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,1)`,
		x.ID, x.No, x.Programme, x.PackVersion, x.Component, x.On, x.From, x.Currency, x.FundID, x.Budget, x.Kept, x.Places, x.Reserve, x.State, x.OpenedBy, clock.Format(x.OpenedAt))
	return err
}

func saveRound(ctx context.Context, w *gate.W, x Round) error {
	_, err := w.Tx.Exec(ctx, `UPDATE selection_round SET kept = $1, reserve = $2, state = $3, closed_by = $4, closed_at = $5, revision = revision + 1 WHERE id = $6`, x.Kept, x.Reserve, x.State, x.ClosedBy, clock.Format(x.ClosedAt), x.ID)
	return err
}

const entryColumns = `k.round_id, k.case_id, k.person_id, k.applied_on, k.verdict, k.low, k.high, k.urgent, k.cost, k.cost_known, k.waited, k.points, k.read_at, k.left_at, k.left_why, k.outcome, k.seat, k.place, k.proposal, k.reason, k.decided_by, k.decided_at`

// entries reads the candidates of a round, whoever may see them: the order is the same for everybody. Where the reader does
// not see a case, nothing of it leaves this room but that somebody stands there.
func entries(ctx context.Context, r *gate.R, roundID string) ([]Entry, error) {
	return db.All(ctx, r.Tx, func(s db.Row) (Entry, error) {
		var e Entry
		var family, nativeFamily, knownAs string
		err := s.Scan(append(append([]any{&e.RoundID, &e.CaseID, &e.PersonID, &e.Applied, &e.Verdict, &e.Low, &e.High, &e.Urgent, &e.Cost, &e.CostKnown, &e.Waited, &e.points, db.InstantOf(&e.ReadAt), db.InstantOf(&e.LeftAt), &e.LeftWhy,
			&e.Outcome, &e.Seat, &e.AtPlace, &e.Proposed, &e.reason, &e.By, db.InstantOf(&e.At)}, e.Case.Targets()...), &e.Latin, &family, &knownAs, &e.Native, &nativeFamily, &e.NativeLang)...)
		e.No, e.Left = e.Case.No, !e.LeftAt.IsZero()
		e.Latin, e.Native = joined(e.Latin, family), joined(e.Native, nativeFamily)
		if e.Latin == "" {
			e.Latin = knownAs
		}
		if e.Seen = r.Scope.Sees(e.Case.Subject()); !e.Seen {
			e.Latin, e.Native, e.NativeLang = "", "", ""
		}
		return e, err
	}, `SELECT `+entryColumns+`, `+casefile.Columns+`, p.given_names, p.family_name, p.known_as, p.native_given, p.native_family, p.native_lang
		FROM selection_candidate k JOIN casefile c ON c.id = k.case_id JOIN person p ON p.id = c.principal_id WHERE k.round_id = $1 ORDER BY k.case_id`, roundID)
}

func joined(given, family string) string {
	switch {
	case given == "":
		return family
	case family == "":
		return given
	}
	return given + " " + family
}

func candidates(es []Entry) []Candidate {
	out := make([]Candidate, 0, len(es))
	for _, e := range es {
		out = append(out, e.Candidate)
	}
	return out
}

// caseOf reads the case of a candidate whoever acts: what was decided about it is carried out, and a place that comes free is
// told of, also where the one who acts does not see it. Nothing of it is handed to them.
func caseOf(ctx context.Context, r *gate.R, id string) (casefile.Case, error) {
	return db.One(ctx, r.Tx, func(s db.Row) (casefile.Case, error) { var c casefile.Case; return c, s.Scan(c.Targets()...) }, `SELECT `+casefile.Columns+` FROM casefile c WHERE c.id = $1`, id)
}

func place(column, roundID, caseID string) string {
	return "selection_candidate." + column + ":" + roundID + "/" + caseID
}

// put writes what was found out about a candidate, the first time or again.
func (f fresh) put(ctx context.Context, w *gate.W, roundID string) error {
	points, err := json.Marshal(f.frozen)
	if err != nil {
		return err
	}
	sealed, err := w.Seal(ctx, f.c.PrincipalID, place("points", roundID, f.c.ID), string(points))
	if err != nil {
		return err
	}
	if _, err := w.Tx.Exec(ctx, `INSERT INTO selection_candidate (round_id, case_id, person_id, applied_on, verdict, low, high, urgent, cost, cost_known, waited, points, read_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)
		ON CONFLICT (round_id, case_id) DO UPDATE SET person_id = excluded.person_id, verdict = excluded.verdict, low = excluded.low, high = excluded.high, urgent = excluded.urgent, cost = excluded.cost, cost_known = excluded.cost_known, points = excluded.points, read_at = excluded.read_at`,
		roundID, f.c.ID, f.c.PrincipalID, f.Applied, f.Verdict, f.Low, f.High, f.Urgent, f.Cost, f.CostKnown, f.waited, sealed, clock.Format(w.Now)); err != nil {
		return err
	}
	if _, err := w.Tx.Exec(ctx, `DELETE FROM selection_fact WHERE round_id = $1 AND case_id = $2`, roundID, f.c.ID); err != nil {
		return err
	}
	for i, p := range f.people {
		facts, err := json.Marshal(p.Facts)
		if err != nil {
			return err
		}
		sealed, err := w.Seal(ctx, p.PersonID, "selection_fact.facts:"+roundID+"/"+f.c.ID+"/"+p.PersonID, string(facts))
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO selection_fact (round_id, case_id, person_id, place, facts) VALUES ($1,$2,$3,$4,$5)`, roundID, f.c.ID, p.PersonID, i, sealed); err != nil {
			return err
		}
	}
	return nil
}

// FactsOf reads what was known about the people of a case when a round looked at them. What was erased since is missing.
func FactsOf(ctx context.Context, r *gate.R, roundID, caseID string) ([]programme.PersonFacts, error) {
	type row struct {
		id     string
		sealed []byte
	}
	rows, err := db.All(ctx, r.Tx, func(s db.Row) (x row, err error) { return x, s.Scan(&x.id, &x.sealed) }, `SELECT person_id, facts FROM selection_fact WHERE round_id = $1 AND case_id = $2 ORDER BY place, person_id`, roundID, caseID)
	if err != nil {
		return nil, err
	}
	var out []programme.PersonFacts
	for _, x := range rows {
		p := programme.PersonFacts{PersonID: x.id, Facts: programme.Facts{}}
		text, erased, err := r.Open(ctx, x.id, "selection_fact.facts:"+roundID+"/"+caseID+"/"+x.id, x.sealed)
		if err != nil {
			return nil, err
		}
		if !erased {
			if err := json.Unmarshal([]byte(text), &p.Facts); err != nil {
				return nil, err
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// detail opens what is sealed about a candidate.
func detail(ctx context.Context, r *gate.R, e Entry) (d Detail, err error) {
	d.Entry = e
	text, erased, err := r.Open(ctx, e.PersonID, place("points", e.RoundID, e.CaseID), e.points)
	if err != nil {
		return d, err
	}
	if d.Erased = erased; !erased {
		var f frozen
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			return d, err
		}
		d.Points, d.Urgency, d.Clauses, d.Costs = f.Points, f.Urgency, f.Clauses, f.Costs
	}
	if d.Reason, _, err = r.Open(ctx, e.PersonID, place("reason", e.RoundID, e.CaseID), e.reason); err != nil {
		return d, err
	}
	d.Members, err = db.All(ctx, r.Tx, db.Value[string], `SELECT staff_id FROM selection_member WHERE round_id = $1 AND case_id = $2 ORDER BY staff_id`, e.RoundID, e.CaseID)
	return d, err
}

// saveDecision writes what the committee decided about a candidate.
func saveDecision(ctx context.Context, w *gate.W, e Entry, reason string, members []string) error {
	sealed, err := w.Seal(ctx, e.PersonID, place("reason", e.RoundID, e.CaseID), reason)
	if err != nil {
		return err
	}
	if _, err := w.Tx.Exec(ctx, `UPDATE selection_candidate SET outcome = $1, seat = $2, place = $3, proposal = $4, reason = $5, decided_by = $6, decided_at = $7 WHERE round_id = $8 AND case_id = $9`,
		e.Outcome, e.Seat, e.AtPlace, e.Proposed, sealed, e.By, clock.Format(e.At), e.RoundID, e.CaseID); err != nil {
		return err
	}
	if _, err := w.Tx.Exec(ctx, `DELETE FROM selection_member WHERE round_id = $1 AND case_id = $2`, e.RoundID, e.CaseID); err != nil {
		return err
	}
	for _, m := range members {
		if _, err := w.Tx.Exec(ctx, `INSERT INTO selection_member (round_id, case_id, staff_id) VALUES ($1,$2,$3)`, e.RoundID, e.CaseID, m); err != nil {
			return err
		}
	}
	return nil
}
