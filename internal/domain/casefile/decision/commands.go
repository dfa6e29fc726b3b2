package decision

import (
	"context"
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Decide records what a person decides about one component, beside what the program proposed at that moment and why. A new
// decision supersedes the one before; nothing is overwritten.
func (d *Domain) Decide(ctx context.Context, actor string, in Deciding) (dec Decision, err error) {
	err = d.Cases.Gate.Write(ctx, actor, PermDecide, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, in.CaseID)
		if err != nil {
			return err
		}
		dec, err = d.DecideIn(ctx, w, &c, in)
		return err
	})
	return dec, err
}

// DecideIn is Decide inside another command's transaction: what a committee decided in a room above is recorded here.
func (d *Domain) DecideIn(ctx context.Context, w *gate.W, c *casefile.Case, in Deciding) (dec Decision, err error) {
	if err := casefile.RequireOpen(*c); err != nil {
		return dec, err
	}
	before, err := Decisions(ctx, &w.R, c.ID)
	if err != nil {
		return dec, err
	}
	for _, b := range before {
		if b.ID == in.ID {
			dec = b
			return dec, casefile.Record(ctx, w, *c, journal.Entry{Action: "eligibility.repeated", Subject: journal.Ref{Kind: "eligibility", ID: b.ID}})
		}
	}
	p, err := d.Propose(ctx, &w.R, *c)
	if err != nil {
		return dec, err
	}
	i := slices.IndexFunc(p.Outcomes, func(o programme.Outcome) bool { return o.Component == in.Component })
	if i < 0 {
		return dec, fault.At("component", "decision.err.component")
	}
	o := p.Outcomes[i]
	if !goodDecision(in.Decision) {
		return dec, fault.At("decision", "decision.err.decision")
	}
	reason, second := weigh(o.Verdict, in.Decision)
	if reason && in.Reason == "" {
		return dec, fault.At("reason", "decision.err.reason")
	}
	if err := inFolder(ctx, &w.R, c.ID, in.Evidence); err != nil {
		return dec, err
	}
	dec = Decision{ID: in.ID, CaseID: c.ID, PersonID: c.PrincipalID, Component: o.Component, Proposal: string(o.Verdict), Decision: in.Decision, Reason: in.Reason, PackVersion: p.Pack.Version, PackHash: p.Pack.Hash,
		Facts: p.Facts, Trace: o.Trace, By: w.Actor.ID, At: w.Now, SecondNeeded: second, EvidenceID: in.Evidence}
	if dec.ID == "" {
		dec.ID = w.NewID()
	}
	if dec.Basis, err = d.basis(ctx, &w.R, *c, p, in); err != nil {
		return dec, err
	}
	old := ""
	for _, b := range before {
		if b.Component == dec.Component && b.SupersededBy == "" {
			old = b.Decision
			if _, err := w.Tx.Exec(ctx, `UPDATE eligibility_decision SET superseded_by = $1 WHERE id = $2`, dec.ID, b.ID); err != nil {
				return dec, err
			}
		}
	}
	if err := insertDecision(ctx, w, dec, p.People); err != nil {
		return dec, err
	}
	if second {
		err = casefile.AddTask(ctx, w, c, casefile.Task{Code: "second_eligibility", WaitingOn: "", DueOn: w.Today.AddDays(2), OwnerID: ""})
	} else if stillWaits(before, dec.Component) == 0 {
		err = casefile.FinishTask(ctx, w, c, "second_eligibility")
	}
	if err != nil {
		return dec, err
	}
	if err := d.heard(ctx, w, *c, dec); err != nil {
		return dec, err
	}
	if err := d.settleTask(ctx, w, c, false); err != nil {
		return dec, err
	}
	if err := casefile.Save(ctx, w, c); err != nil {
		return dec, err
	}
	return dec, casefile.Record(ctx, w, *c, told(dec, old))
}

// heard tells whoever listens that a decision counts.
func (d *Domain) heard(ctx context.Context, w *gate.W, c casefile.Case, dec Decision) error {
	if d.Decided == nil || !dec.Counts() {
		return nil
	}
	return d.Decided(ctx, w, c, dec.Component)
}

// stillWaits counts the decisions of other components that wait for a second person.
func stillWaits(ds []Decision, but string) (n int) {
	for _, d := range ds {
		if d.SupersededBy == "" && d.Component != but && d.Waits() {
			n++
		}
	}
	return n
}

// Second is the second person's word on a decision that differs from the proposal. Nobody is the second to themselves.
func (d *Domain) Second(ctx context.Context, actor, caseID, decisionID string, agrees bool) error {
	return d.Cases.Gate.Write(ctx, actor, PermSecond, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if err := casefile.RequireOpen(c); err != nil {
			return err
		}
		all, err := Decisions(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(x Decision) bool { return x.ID == decisionID })
		if i < 0 {
			return fault.Gone()
		}
		dec := all[i]
		switch {
		case dec.By == w.Actor.ID:
			return fault.New(fault.Conflict, "decision.err.own")
		case dec.SupersededBy != "" || !dec.Waits():
			return fault.New(fault.Conflict, "decision.err.no_second")
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE eligibility_decision SET second_by = $1, second_at = $2, second_agrees = $3 WHERE id = $4`, w.Actor.ID, clock.Format(w.Now), agrees, dec.ID); err != nil {
			return err
		}
		if stillWaits(all, dec.Component) == 0 {
			if err := casefile.FinishTask(ctx, w, &c, "second_eligibility"); err != nil {
				return err
			}
		}
		dec.SecondAgrees = agrees
		if err := d.heard(ctx, w, c, dec); err != nil {
			return err
		}
		action := "eligibility.agreed"
		if !agrees {
			action = "eligibility.disagreed"
			if err := casefile.AddTask(ctx, w, &c, casefile.Task{Code: TaskLook, OwnerID: c.OwnerID, DueOn: w.Today.AddDays(2)}); err != nil {
				return err
			}
		}
		if err := casefile.Save(ctx, w, &c); err != nil {
			return err
		}
		return casefile.Record(ctx, w, c, journal.Entry{Action: action, Subject: journal.Ref{Kind: "eligibility", ID: dec.ID}, Args: map[string]string{"component": dec.Component}})
	})
}

// Sign records a declaration of voluntary return. It is refused before a counselling session: nobody can wish for what was
// never explained. A child's declaration is given by a guardian.
func (d *Domain) Sign(ctx context.Context, actor string, in Declaration) (Declaration, error) {
	err := d.Cases.Gate.Write(ctx, actor, PermDeclare, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, in.CaseID)
		if err != nil {
			return err
		}
		if err := casefile.RequireOpen(c); err != nil {
			return err
		}
		before, err := Declarations(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		for _, b := range before {
			if b.ID == in.ID {
				in = b
				return casefile.Record(ctx, w, c, journal.Entry{Action: "declaration.repeated", Subject: journal.Ref{Kind: "declaration", ID: b.ID}})
			}
			if b.PersonID == in.PersonID && b.RevokedAt.IsZero() {
				return fault.New(fault.Conflict, "decision.err.signed_already")
			}
		}
		if in.Counselled, err = d.counselled(ctx, &w.R, c.ID); err != nil {
			return err
		}
		if !in.Counselled {
			return fault.New(fault.Conflict, "decision.err.not_counselled")
		}
		name, err := d.checkPeople(ctx, w, c, in)
		if err != nil {
			return err
		}
		if in.AttachmentID != "" {
			files, err := casefile.Attachments(ctx, &w.R, c.ID)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(files, func(a casefile.Attachment) bool { return a.ID == in.AttachmentID }) {
				return fault.At("attachment", "decision.err.attachment")
			}
		} else if in.Method == "paper" {
			return fault.At("attachment", "decision.err.attachment")
		}
		p := d.Printer(in.Language)
		in.Text = p.T("decision.declaration.text", "name", name, "country", p.Country(c.ReturnCountry))
		if in.ID == "" {
			in.ID = w.NewID()
		}
		if err := insertDeclaration(ctx, w, in); err != nil {
			return err
		}
		if err := casefile.LookAgain(ctx, w, c.ID); err != nil {
			return err
		}
		return casefile.Record(ctx, w, c, journal.Entry{Action: "declaration.signed", Subject: journal.Ref{Kind: "declaration", ID: in.ID}, Key: in.PersonID, Args: map[string]string{"name": name, "method": in.Method, "language": in.Language}})
	})
	return in, err
}

func (d *Domain) counselled(ctx context.Context, r *gate.R, caseID string) (bool, error) {
	if d.Counselled == nil {
		return false, nil
	}
	return d.Counselled(ctx, r, caseID)
}

// checkPeople looks at who signs for whom, and gives the person's name.
func (d *Domain) checkPeople(ctx context.Context, w *gate.W, c casefile.Case, in Declaration) (string, error) {
	ms, err := casefile.Members(ctx, &w.R, c.ID)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(ms, func(m casefile.Member) bool { return m.ID == in.PersonID })
	if i < 0 {
		return "", fault.At("person", "decision.err.person")
	}
	var child *bool
	if is, known := ms[i].Child(w.Today); known {
		child = &is
	}
	adult := false
	if in.GuardianID != "" {
		g, err := d.Cases.Persons.ByID(ctx, &w.R, in.GuardianID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return "", err
		}
		if err == nil {
			is, known := g.Child(w.Today)
			adult = known && !is
		}
	}
	return ms[i].Called(), checkSigning(in, child, adult, w.Today, c.OpenedOn, in.Language != "" && d.Printer(in.Language).Lang == in.Language)
}

// Revoke takes a declaration back. No reason is asked.
func (d *Domain) Revoke(ctx context.Context, actor, caseID, declarationID string) error {
	return d.Cases.Gate.Write(ctx, actor, PermDeclare, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		all, err := Declarations(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(x Declaration) bool { return x.ID == declarationID })
		if i < 0 {
			return fault.Gone()
		}
		if _, err := revoke(ctx, w, c.ID, declarationID); err != nil {
			return err
		}
		if err := casefile.LookAgain(ctx, w, c.ID); err != nil {
			return err
		}
		return casefile.Record(ctx, w, c, journal.Entry{Action: "declaration.revoked", Subject: journal.Ref{Kind: "declaration", ID: declarationID}})
	})
}

// OnWithdraw revokes what was declared: who withdraws does not return of their own will any more.
func (d *Domain) OnWithdraw(ctx context.Context, w *gate.W, c casefile.Case) ([]string, error) {
	n, err := revoke(ctx, w, c.ID, "")
	if err != nil || n == 0 {
		return nil, err
	}
	return []string{"decision.freed.declaration"}, casefile.Record(ctx, w, c, journal.Entry{Action: "declaration.revoked"})
}

// Conditions are what packs may ask of this room.
func (d *Domain) Conditions() map[string]casefile.Condition {
	return map[string]casefile.Condition{"eligibility.decided": d.decided, "declaration.signed": d.signed}
}

// decided asks that every component is decided, and that the journey itself was granted. For what is chosen in rounds nobody's
// journey waits: the round may be months away.
func (d *Domain) decided(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	pack, err := d.Cases.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return nil, err
	}
	all, err := Decisions(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	var out []casefile.Unmet
	href := "/cases/" + c.ID + "/eligibility"
	for _, k := range pack.Components {
		i := slices.IndexFunc(all, func(x Decision) bool { return x.Component == k.Code && x.SupersededBy == "" })
		switch {
		case i < 0 && pack.Rations(k.Code):
		case i < 0 || all[i].SecondBy != "" && !all[i].SecondAgrees:
			out = append(out, casefile.Unmet{Key: "decision.missing." + componentKey(k.Code), Href: href})
		case all[i].Waits():
			out = append(out, casefile.Unmet{Key: "decision.missing.second", Href: href})
		case k.Code == "return" && all[i].Decision == string(programme.NotEligible):
			out = append(out, casefile.Unmet{Key: "decision.missing.not_eligible", Href: href})
		}
	}
	return out, nil
}

// componentKey is the name of a component in this room's messages; components of other packs share one sentence.
func componentKey(code string) string {
	if slices.Contains([]string{"return", "cash", "reintegration", "accommodation"}, code) {
		return code
	}
	return "other"
}

// signed asks for a valid declaration of everybody who travels, children by their guardian.
func (d *Domain) signed(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	ms, err := casefile.Members(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	all, err := Declarations(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	var out []casefile.Unmet
	for _, m := range ms {
		if !m.Travels || slices.ContainsFunc(all, func(x Declaration) bool { return x.PersonID == m.ID && x.RevokedAt.IsZero() }) {
			continue
		}
		key := "decision.missing.declaration"
		if child, _ := m.Child(r.Today); child {
			key = "decision.missing.declaration_child"
		}
		out = append(out, casefile.Unmet{Key: key, Args: []any{"name", m.Called()}, Href: "/cases/" + c.ID + "/declaration?person=" + m.ID})
	}
	return out, nil
}
