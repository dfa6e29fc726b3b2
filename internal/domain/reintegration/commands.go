package reintegration

import (
	"context"
	"slices"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// onCase is the frame of the commands about one open case.
func (d *Domain) onCase(ctx context.Context, actor, perm, caseID string, fn func(ctx context.Context, w *gate.W, c *casefile.Case) error) error {
	return d.Gate.Write(ctx, actor, perm, func(ctx context.Context, w *gate.W) error {
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

// GiveHelp writes down what was given on arrival, and what is not needed. Kinds left open stay as they are.
func (d *Domain) GiveHelp(ctx context.Context, actor, caseID string, hs []Help) error {
	return d.onCase(ctx, actor, PermPostArrival, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		before, err := HelpOf(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		old := map[string]Help{}
		for _, h := range before {
			old[h.Kind] = h
		}
		var fs []fault.Field
		var changes []journal.Change
		for _, h := range hs {
			switch {
			case !slices.Contains(HelpKinds, h.Kind):
				return fault.New(fault.Invalid, "fault.form_broken")
			case h.Answer == "":
				continue
			case h.Answer == "given":
				if f := pastDay("on_"+h.Kind, h.On, w.Today); f != nil {
					fs = append(fs, *f)
					continue
				}
			case h.Answer == "not_needed":
				h.On, h.Proof = old[h.Kind].On, ""
			default:
				fs = append(fs, fault.Field{Name: "answer_" + h.Kind, Key: "reintegration.err.answer"})
				continue
			}
			if h.Proof != "" {
				if err := isPaper(ctx, &w.R, c.ID, h.Proof); err != nil {
					fs = append(fs, fault.Field{Name: "proof_" + h.Kind, Key: "reintegration.err.proof"})
					continue
				}
			}
			was := old[h.Kind]
			changes = append(changes, journal.Diff("help_"+h.Kind, was.Answer+" "+was.On.String()+" "+was.Proof, h.Answer+" "+h.On.String()+" "+h.Proof)...)
			if _, err := w.Tx.Exec(ctx, `INSERT INTO arrival_help (case_id, kind, answer, on_day, proof, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7)
				ON CONFLICT (case_id, kind) DO UPDATE SET answer = excluded.answer, on_day = excluded.on_day, proof = excluded.proof, by_id = excluded.by_id, at = excluded.at`,
				c.ID, h.Kind, h.Answer, h.On, h.Proof, w.Actor.ID, clock.Format(w.Now)); err != nil {
				return err
			}
		}
		if len(fs) > 0 {
			return fault.Fields(fs)
		}
		if len(changes) == 0 {
			return casefile.Record(ctx, w, *c, journal.Entry{Action: "reintegration.help_again"})
		}
		return keep(ctx, w, c, journal.Entry{Action: "reintegration.help_given", Changes: changes})
	})
}

// isPaper tells whether a proof is a paper of this case that still lies in the folder and that the reader may see.
func isPaper(ctx context.Context, r *gate.R, caseID, attachmentID string) error {
	as, err := casefile.Attachments(ctx, r, caseID)
	if err != nil {
		return err
	}
	for _, a := range as {
		if a.ID == attachmentID {
			return nil
		}
	}
	return fault.Gone()
}

// Assess writes down what the talk about needs and skills brought. Sending it again under the same id changes nothing.
func (d *Domain) Assess(ctx context.Context, actor string, a Assessment) error {
	return d.onCase(ctx, actor, PermAssess, a.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		of, err := db.All(ctx, w.Tx, db.Value[string], `SELECT case_id FROM needs_assessment WHERE id = $1`, a.ID)
		if err != nil {
			return err
		}
		if len(of) > 0 {
			if of[0] != c.ID {
				return fault.Gone()
			}
			return casefile.Record(ctx, w, *c, journal.Entry{Action: "reintegration.assessed_again", Subject: journal.Ref{Kind: "needs_assessment", ID: a.ID}})
		}
		if fs := checkAssessment(a, w.Today); len(fs) > 0 {
			return fault.Fields(fs)
		}
		if a.ID == "" {
			a.ID = w.NewID()
		}
		results, err := w.Seal(ctx, c.ID, "needs_assessment.results:"+a.ID, a.Results)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO needs_assessment (id, case_id, on_day, economic, social, psychosocial, work_years, results, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
			a.ID, c.ID, a.On, a.Economic, a.Social, a.Psychosocial, a.WorkYears, results, w.Actor.ID, clock.Format(w.Now)); err != nil {
			return err
		}
		return keep(ctx, w, c, journal.Entry{Action: "reintegration.assessed", Subject: journal.Ref{Kind: "needs_assessment", ID: a.ID}, Args: map[string]string{"date": a.On.String()}})
	})
}

func aboutPlan(p Plan, action string, args ...string) journal.Entry {
	e := journal.Entry{Subject: journal.Ref{Kind: "reintegration_plan", ID: p.ID}, Action: action, Revision: p.Revision,
		Args: map[string]string{"version": strconv.FormatInt(p.Version, 10), "total": p.Total().String()}}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[args[i]] = args[i+1]
	}
	return e
}

// WritePlan keeps a plan as a draft. The first time, or after an approval, it begins a new version; rev is the revision the
// writer saw of a version that exists. What waits for approval cannot be changed until it is decided.
func (d *Domain) WritePlan(ctx context.Context, actor string, p Plan, rev int64) error {
	return d.onCase(ctx, actor, PermPlan, p.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		have, err := Plans(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		if p.Currency == "" {
			limit, _, err := ledger.CeilingOf(ctx, &w.R, c.ID)
			if err != nil {
				return err
			}
			if p.Currency = limit.Currency; p.Currency == "" {
				p.Currency = "EUR"
			}
		}
		old, exists := Plan{}, false
		if i := slices.IndexFunc(have, func(x Plan) bool { return x.ID == p.ID }); i >= 0 {
			old, exists = have[i], true
		} else if n, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM reintegration_plan WHERE id = $1`, p.ID); err != nil || n > 0 {
			if err != nil {
				return err
			}
			return fault.Gone() // a plan of another case
		}
		action := "reintegration.plan_written"
		switch {
		case exists && (old.State == Draft || old.State == SentBack):
			if old.Revision != rev && rev == 0 {
				return casefile.Record(ctx, w, *c, aboutPlan(old, "reintegration.plan_written_again"))
			}
			if old.Revision != rev {
				return fault.New(fault.Stale, "reintegration.err.stale")
			}
			p.Version, p.Revision, p.Currency = old.Version, old.Revision, old.Currency
		case exists:
			return fault.New(fault.Conflict, "reintegration.err.plan_closed")
		case len(have) > 0 && (have[0].State == Draft || have[0].State == SentBack || have[0].State == Submitted):
			return fault.New(fault.Conflict, "reintegration.err.plan_open")
		default:
			p.Version, p.Revision = 1, 0
			if len(have) > 0 {
				p.Version, action = have[0].Version+1, "reintegration.plan_amended"
			}
		}
		if fs := checkPlan(p); len(fs) > 0 {
			return fault.Fields(fs)
		}
		if now, ok := inForce(have); ok && !keepsStarted(now.Items, p.Items) {
			return fault.New(fault.Conflict, "reintegration.err.item_started")
		}
		if err := knownRefs(have, &p); err != nil {
			return err
		}
		if p.ID == "" {
			p.ID = w.NewID()
		}
		p.State, p.AuthorID, p.SubmittedAt, p.DecidedBy, p.DecidedAt, p.DecisionNote = Draft, w.Actor.ID, old.SubmittedAt, old.DecidedBy, old.DecidedAt, old.DecisionNote
		if err := p.save(ctx, w); err != nil {
			return err
		}
		return keep(ctx, w, c, aboutPlan(p, action))
	})
}

// knownRefs lets a plan speak only of items of its own case, and of each once.
func knownRefs(have []Plan, p *Plan) error {
	known, seen := map[string]bool{}, map[string]bool{}
	for _, x := range have {
		for _, it := range x.Items {
			known[it.Ref] = true
		}
	}
	for i := range p.Items {
		ref := p.Items[i].Ref
		if ref != "" && (!known[ref] || seen[ref]) {
			return fault.New(fault.Invalid, "fault.form_broken")
		}
		seen[ref] = true
	}
	return nil
}

// onPlan is the frame of the commands about one version of a plan.
func (d *Domain) onPlan(ctx context.Context, actor, perm, caseID, planID string, fn func(ctx context.Context, w *gate.W, c *casefile.Case, p *Plan) error) error {
	return d.onCase(ctx, actor, perm, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		p, err := planIn(ctx, &w.R, c.ID, planID)
		if err != nil {
			return err
		}
		return fn(ctx, w, c, &p)
	})
}

// Submit asks a second person to approve a plan. It must be complete and within the budget.
func (d *Domain) Submit(ctx context.Context, actor, caseID, planID string) error {
	return d.onPlan(ctx, actor, PermPlan, caseID, planID, func(ctx context.Context, w *gate.W, c *casefile.Case, p *Plan) error {
		if p.State == Submitted {
			return casefile.Record(ctx, w, *c, aboutPlan(*p, "reintegration.plan_submitted_again"))
		}
		if p.State != Draft {
			return fault.New(fault.Conflict, "reintegration.err.plan_closed")
		}
		limit, ok, err := ledger.CeilingOf(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		if err := complete(*p, limit, ok); err != nil {
			return err
		}
		p.State, p.SubmittedAt, p.DecidedBy, p.DecisionNote = Submitted, w.Now, "", ""
		if err := p.save(ctx, w); err != nil {
			return err
		}
		if err := casefile.AddTask(ctx, w, c, casefile.Task{Code: "approve_plan"}); err != nil {
			return err
		}
		return keep(ctx, w, c, aboutPlan(*p, "reintegration.plan_submitted"))
	})
}

// Approve is the second person's yes, with the reason in words. In the same moment the ledger promises every item.
func (d *Domain) Approve(ctx context.Context, actor, caseID, planID, reason string) error {
	return d.onPlan(ctx, actor, PermApprove, caseID, planID, func(ctx context.Context, w *gate.W, c *casefile.Case, p *Plan) error {
		if p.State == Approved && p.DecidedBy == w.Actor.ID {
			return casefile.Record(ctx, w, *c, aboutPlan(*p, "reintegration.plan_approved_again"))
		}
		if err := mayDecide(*p, w.Actor.ID, reason); err != nil {
			return err
		}
		limit, ok, err := ledger.CeilingOf(ctx, &w.R, c.ID) // it may have shrunk since it was submitted
		if err != nil {
			return err
		}
		if err := complete(*p, limit, ok); err != nil {
			return err
		}
		have, err := Plans(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		if now, ok := inForce(have); ok {
			if !keepsStarted(now.Items, p.Items) { // ordered while the amendment waited
				return fault.New(fault.Conflict, "reintegration.err.item_started")
			}
			now.State = Replaced
			if err := now.save(ctx, w); err != nil {
				return err
			}
		}
		var items []ledger.Item
		for _, it := range p.Items {
			if it.Delivery.State != ItemDropped {
				items = append(items, ledger.Item{Ref: it.Ref, Code: it.Category, Modality: it.Modality, Amount: money.Of(it.Amount, p.Currency)})
			}
		}
		if err := ledger.CommitPlan(ctx, w, *c, p.AuthorID, items); err != nil {
			return err
		}
		p.State, p.DecidedBy, p.DecidedAt, p.DecisionNote = Approved, w.Actor.ID, w.Now, reason
		if err := p.save(ctx, w); err != nil {
			return err
		}
		if err := casefile.FinishTask(ctx, w, c, "approve_plan"); err != nil {
			return err
		}
		return keep(ctx, w, c, aboutPlan(*p, "reintegration.plan_approved", "reason", reason))
	})
}

// SendBack is the second person's no: the plan goes back to be written anew, with a note on what is missing.
func (d *Domain) SendBack(ctx context.Context, actor, caseID, planID, note string) error {
	return d.onPlan(ctx, actor, PermApprove, caseID, planID, func(ctx context.Context, w *gate.W, c *casefile.Case, p *Plan) error {
		if err := mayDecide(*p, w.Actor.ID, note); err != nil {
			return err
		}
		p.State, p.DecidedBy, p.DecidedAt, p.DecisionNote = SentBack, w.Actor.ID, w.Now, note
		if err := p.save(ctx, w); err != nil {
			return err
		}
		if err := casefile.FinishTask(ctx, w, c, "approve_plan"); err != nil {
			return err
		}
		if err := casefile.AddTask(ctx, w, c, casefile.Task{Code: "write_plan", OwnerID: p.AuthorID}); err != nil {
			return err
		}
		return keep(ctx, w, c, aboutPlan(*p, "reintegration.plan_sent_back", "reason", note))
	})
}
