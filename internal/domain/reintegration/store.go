package reintegration

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// HelpOf reads what was given on arrival, every kind in its order; kinds nobody spoke of have no answer.
func HelpOf(ctx context.Context, r *gate.R, caseID string) ([]Help, error) {
	rows, err := db.All(ctx, r.Tx, func(s db.Row) (Help, error) {
		var h Help
		return h, s.Scan(&h.Kind, &h.Answer, &h.On, &h.Proof, &h.By, db.InstantOf(&h.At))
	}, `SELECT kind, answer, on_day, proof, by_id, at FROM arrival_help WHERE case_id = $1 ORDER BY kind`, caseID)
	if err != nil {
		return nil, err
	}
	known := map[string]Help{}
	for _, h := range rows {
		known[h.Kind] = h
	}
	var out []Help
	for _, k := range HelpKinds {
		h := known[k]
		h.Kind = k
		out = append(out, h)
	}
	return out, nil
}

// Assessments reads the assessments of a case, last first.
func Assessments(ctx context.Context, r *gate.R, caseID string) ([]Assessment, error) {
	as, err := db.All(ctx, r.Tx, func(s db.Row) (Assessment, error) {
		var a Assessment
		return a, s.Scan(&a.ID, &a.CaseID, &a.On, &a.Economic, &a.Social, &a.Psychosocial, &a.WorkYears, &a.results, &a.By, db.InstantOf(&a.At))
	}, `SELECT id, case_id, on_day, economic, social, psychosocial, work_years, results, by_id, at FROM needs_assessment WHERE case_id = $1 ORDER BY at DESC, id DESC`, caseID)
	if err != nil {
		return nil, err
	}
	for i := range as {
		if as[i].Results, _, err = r.Open(ctx, caseID, "needs_assessment.results:"+as[i].ID, as[i].results); err != nil {
			return nil, err
		}
	}
	return as, nil
}

const planColumns = `p.id, p.case_id, p.version, p.state, p.currency, p.economic, p.social, p.psychosocial, p.author_id, p.submitted_at, p.decided_by, p.decided_at, p.decision_note, p.revision`

func (p *Plan) targets() []any {
	return []any{&p.ID, &p.CaseID, &p.Version, &p.State, &p.Currency, &p.sealed[0], &p.sealed[1], &p.sealed[2], &p.AuthorID, db.InstantOf(&p.SubmittedAt), &p.DecidedBy, db.InstantOf(&p.DecidedAt), &p.sealed[3], &p.Revision}
}

func scanPlan(s db.Row) (Plan, error) { var p Plan; return p, s.Scan(p.targets()...) }

// words are the plan's sealed texts with the column each lies in.
func (p *Plan) words() (columns [4]string, texts [4]*string) {
	return [4]string{"economic", "social", "psychosocial", "decision_note"}, [4]*string{&p.Economic, &p.Social, &p.Psychosocial, &p.DecisionNote}
}

func (p *Plan) place(column string) string { return "reintegration_plan." + column + ":" + p.ID }

// fill opens a plan's words and reads its items with how each fares.
func (p *Plan) fill(ctx context.Context, r *gate.R) (err error) {
	columns, texts := p.words()
	for i, c := range columns {
		if *texts[i], _, err = r.Open(ctx, p.CaseID, p.place(c), p.sealed[i]); err != nil {
			return err
		}
	}
	p.Items, err = db.All(ctx, r.Tx, func(s db.Row) (Item, error) {
		var it Item
		return it, s.Scan(&it.Ref, &it.Category, &it.description, &it.supplier, &it.Modality, &it.Amount, &it.DueOn, &it.Evidence)
	}, `SELECT ref, category, description, supplier, modality, amount, due_on, evidence FROM plan_item WHERE plan_id = $1 ORDER BY place`, p.ID)
	if err != nil {
		return err
	}
	ds, err := deliveries(ctx, r, p.CaseID)
	if err != nil {
		return err
	}
	for i := range p.Items {
		it := &p.Items[i]
		if it.Description, _, err = r.Open(ctx, p.CaseID, "plan_item.description:"+p.ID+"/"+it.Ref, it.description); err != nil {
			return err
		}
		if it.Supplier, _, err = r.Open(ctx, p.CaseID, "plan_item.supplier:"+p.ID+"/"+it.Ref, it.supplier); err != nil {
			return err
		}
		it.Delivery = ds[it.Ref]
		if it.Delivery.State == "" {
			it.Delivery.State = ItemPlanned
		}
	}
	return nil
}

// Plans reads every version of a case's plan, the last first.
func Plans(ctx context.Context, r *gate.R, caseID string) ([]Plan, error) {
	ps, err := db.All(ctx, r.Tx, scanPlan, `SELECT `+planColumns+` FROM reintegration_plan p WHERE p.case_id = $1 ORDER BY p.version DESC, p.id`, caseID)
	if err != nil {
		return nil, err
	}
	for i := range ps {
		if err := ps[i].fill(ctx, r); err != nil {
			return nil, err
		}
	}
	return ps, nil
}

// inForce is the approved version of a plan, if there is one.
func inForce(ps []Plan) (Plan, bool) {
	for _, p := range ps {
		if p.State == Approved {
			return p, true
		}
	}
	return Plan{}, false
}

// planIn reads one version of a case's plan.
func planIn(ctx context.Context, r *gate.R, caseID, id string) (Plan, error) {
	p, err := db.One(ctx, r.Tx, scanPlan, `SELECT `+planColumns+` FROM reintegration_plan p WHERE p.id = $1 AND p.case_id = $2`, id, caseID)
	if errors.Is(err, db.ErrNoRow) {
		return p, fault.Gone()
	}
	if err != nil {
		return p, err
	}
	return p, p.fill(ctx, r)
}

// save writes a plan with its items, the first time or again.
func (p *Plan) save(ctx context.Context, w *gate.W) error {
	columns, texts := p.words()
	var sealed [4][]byte
	for i, c := range columns {
		var err error
		if sealed[i], err = w.Seal(ctx, p.CaseID, p.place(c), *texts[i]); err != nil {
			return err
		}
	}
	p.Revision++
	if _, err := w.Tx.Exec(ctx, `INSERT INTO reintegration_plan (id, case_id, version, state, currency, economic, social, psychosocial, author_id, submitted_at, decided_by, decided_at, decision_note, revision)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14) ON CONFLICT (id) DO UPDATE SET state = excluded.state, economic = excluded.economic, social = excluded.social, psychosocial = excluded.psychosocial,
		author_id = excluded.author_id, submitted_at = excluded.submitted_at, decided_by = excluded.decided_by, decided_at = excluded.decided_at, decision_note = excluded.decision_note, revision = excluded.revision`,
		p.ID, p.CaseID, p.Version, p.State, p.Currency, sealed[0], sealed[1], sealed[2], p.AuthorID, clock.Format(p.SubmittedAt), p.DecidedBy, clock.Format(p.DecidedAt), sealed[3], p.Revision); err != nil {
		return err
	}
	if _, err := w.Tx.Exec(ctx, `DELETE FROM plan_item WHERE plan_id = $1`, p.ID); err != nil {
		return err
	}
	for i := range p.Items {
		it := &p.Items[i]
		if it.Ref == "" {
			it.Ref = w.NewID()
		}
		description, err := w.Seal(ctx, p.CaseID, "plan_item.description:"+p.ID+"/"+it.Ref, it.Description)
		if err != nil {
			return err
		}
		supplier, err := w.Seal(ctx, p.CaseID, "plan_item.supplier:"+p.ID+"/"+it.Ref, it.Supplier)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO plan_item (plan_id, place, ref, category, description, supplier, modality, amount, due_on, evidence) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
			p.ID, i, it.Ref, it.Category, description, supplier, it.Modality, it.Amount, it.DueOn, it.Evidence); err != nil {
			return err
		}
	}
	return nil
}

// sealedParts are the delivery's sealed texts with the column each lies in.
func (x *Delivery) place(column string) string { return "plan_delivery." + column + ":" + x.Ref }

func deliveries(ctx context.Context, r *gate.R, caseID string) (map[string]Delivery, error) {
	ds, err := db.All(ctx, r.Tx, func(s db.Row) (Delivery, error) {
		var x Delivery
		return x, s.Scan(&x.Ref, &x.CaseID, &x.State, &x.quotes, &x.why, &x.OrderedOn, &x.DeliveredOn, &x.invoiceno, &x.Proof, &x.Actual, &x.ConfirmedOn, &x.PaymentID, &x.reason, &x.By, db.InstantOf(&x.At))
	}, `SELECT ref, case_id, state, quotes, justification, ordered_on, delivered_on, invoice, proof, actual, confirmed_on, payment_id, reason, by_id, at FROM plan_delivery WHERE case_id = $1 ORDER BY ref`, caseID)
	if err != nil {
		return nil, err
	}
	out := map[string]Delivery{}
	for _, x := range ds {
		var quotes string
		for _, part := range []struct {
			column string
			sealed []byte
			to     *string
		}{{"quotes", x.quotes, &quotes}, {"justification", x.why, &x.Justification}, {"invoice", x.invoiceno, &x.Invoice}, {"reason", x.reason, &x.Reason}} {
			if *part.to, _, err = r.Open(ctx, caseID, x.place(part.column), part.sealed); err != nil {
				return nil, err
			}
		}
		if quotes != "" {
			if err := json.Unmarshal([]byte(quotes), &x.Quotes); err != nil {
				return nil, err
			}
		}
		out[x.Ref] = x
	}
	return out, nil
}

func (x *Delivery) save(ctx context.Context, w *gate.W) error {
	quotes := ""
	if len(x.Quotes) > 0 {
		b, err := json.Marshal(x.Quotes)
		if err != nil {
			return err
		}
		quotes = string(b)
	}
	var sealed [4][]byte
	for i, part := range [][2]string{{"quotes", quotes}, {"justification", x.Justification}, {"invoice", x.Invoice}, {"reason", x.Reason}} {
		var err error
		if sealed[i], err = w.Seal(ctx, x.CaseID, x.place(part[0]), part[1]); err != nil {
			return err
		}
	}
	x.By, x.At = w.Actor.ID, w.Now
	_, err := w.Tx.Exec(ctx, `INSERT INTO plan_delivery (ref, case_id, state, quotes, justification, ordered_on, delivered_on, invoice, proof, actual, confirmed_on, payment_id, reason, by_id, at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15) ON CONFLICT (ref) DO UPDATE SET state = excluded.state, quotes = excluded.quotes, justification = excluded.justification, ordered_on = excluded.ordered_on,
		delivered_on = excluded.delivered_on, invoice = excluded.invoice, proof = excluded.proof, actual = excluded.actual, confirmed_on = excluded.confirmed_on, payment_id = excluded.payment_id, reason = excluded.reason,
		by_id = excluded.by_id, at = excluded.at`,
		x.Ref, x.CaseID, x.State, sealed[0], sealed[1], x.OrderedOn, x.DeliveredOn, sealed[2], x.Proof, x.Actual, x.ConfirmedOn, x.PaymentID, sealed[3], x.By, clock.Format(x.At))
	return err
}

// WaitingForApproval lists the plans that wait for a second person, within the reader's scope, oldest first.
func WaitingForApproval(ctx context.Context, r *gate.R) ([]Waiting, error) {
	var a db.Args
	return db.All(ctx, r.Tx, func(s db.Row) (Waiting, error) {
		var x Waiting
		err := s.Scan(append(append(x.Plan.targets(), x.Case.Targets()...), &x.AuthorName, &x.Cost)...)
		x.Own = x.AuthorID == r.Actor.ID
		return x, err
	}, `SELECT `+planColumns+`, `+casefile.Columns+`, COALESCE(s.name, ''), (SELECT CAST(COALESCE(SUM(i.amount), 0) AS BIGINT) FROM plan_item i WHERE i.plan_id = p.id)
		FROM reintegration_plan p JOIN casefile c ON c.id = p.case_id LEFT JOIN staff s ON s.id = p.author_id
		WHERE p.state = 'submitted' AND `+casefile.InScope(r, "c", &a)+` ORDER BY p.submitted_at, p.id LIMIT 500`, a.Values...)
}
