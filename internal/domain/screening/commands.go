package screening

import (
	"context"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// onPerson is the frame of the commands about one person in one open case.
func (d *Domain) onPerson(ctx context.Context, actor, perm, caseID, personID string, fn func(ctx context.Context, w *gate.W, c *casefile.Case, m casefile.Member) error) error {
	return d.Gate.Write(ctx, actor, perm, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if err := casefile.RequireOpen(c); err != nil {
			return err
		}
		m, err := memberOf(ctx, &w.R, c.ID, personID)
		if err != nil {
			return err
		}
		return fn(ctx, w, &c, m)
	})
}

func memberOf(ctx context.Context, r *gate.R, caseID, personID string) (casefile.Member, error) {
	ms, err := casefile.Members(ctx, r, caseID)
	for _, m := range ms {
		if m.ID == personID {
			return m, nil
		}
	}
	if err == nil {
		err = fault.Gone()
	}
	return casefile.Member{}, err
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

// needClass refuses work on a class that the actor may not see, without saying whether there is anything.
func needClass(w *gate.W, class string) error {
	if !has(Classes, class) || !w.Actor.Cleared(class) {
		return fault.New(fault.Denied, "screening.err.class")
	}
	return nil
}

func aboutPerson(action, personID, class string, args map[string]string) journal.Entry {
	if class == org.Normal {
		class = "" // the case's own class, then
	}
	return journal.Entry{Action: action, Subject: journal.Ref{Kind: "person", ID: personID}, Class: class, Args: args}
}

// Screen writes down a rapid screening. Whoever holds it may tell of things they may not read later: each goes to those
// cleared for its class. What others found before, in a class the actor may not see, stays as it is.
func (d *Domain) Screen(ctx context.Context, actor string, s Screening) error {
	return d.onPerson(ctx, actor, PermRecord, s.CaseID, s.PersonID, func(ctx context.Context, w *gate.W, c *casefile.Case, m casefile.Member) error {
		known, err := again(ctx, w, `SELECT case_id FROM screening_finding WHERE screening_id = $1`, s.ID, c.ID)
		if err != nil {
			return err
		}
		if known {
			return casefile.Record(ctx, w, *c, aboutPerson("screening.done_again", m.ID, "", nil))
		}
		if err := check(s, w.Today); err != nil {
			return err
		}
		if s.ID == "" {
			s.ID = w.NewID()
		}
		before, err := findings(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		parts := split(s)
		for _, f := range latest(before) { // who may see a class says with silence that it is over
			if f.PersonID == m.ID && f.Class != org.Normal && f.Found && w.Actor.Cleared(f.Class) && !hasClass(parts, f.Class) {
				parts = append(parts, Finding{ScreeningID: s.ID, CaseID: c.ID, PersonID: m.ID, Class: f.Class, Body: Body{Outcome: None}, On: s.On, ValidUntil: s.ValidUntil})
			}
		}
		var entries []journal.Entry
		for _, f := range parts {
			f.ID = w.NewID()
			if err := insertFinding(ctx, w, f); err != nil {
				return err
			}
			entries = append(entries, aboutPerson("screening.done", m.ID, f.Class, map[string]string{"outcome": f.Outcome}))
			if !f.Found || f.Outcome == Monitor && !f.Diligence {
				continue
			}
			t := task("look_at_", f.Class, w.Today.AddDays(1), f.Outcome == Urgent)
			if f.Class == org.Normal && !f.Diligence {
				t.Code, t.OwnerID, t.DueOn = "support_needs", c.OwnerID, w.Today.AddDays(7)
			}
			if err := casefile.AddTask(ctx, w, c, t); err != nil {
				return err
			}
		}
		after, err := findings(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		c.SetFlag(FlagCare, care(after))
		if has(s.Categories, "uasc") { // never taken away here: only those who may classify a case say that a child is not alone
			c.SetFlag("uasc", true)
		}
		if err := casefile.LookAgain(ctx, w, c.ID); err != nil {
			return err
		}
		return keep(ctx, w, c, entries...)
	})
}

func hasClass(list []Finding, class string) bool {
	for _, f := range list {
		if f.Class == class {
			return true
		}
	}
	return false
}

func keep(ctx context.Context, w *gate.W, c *casefile.Case, es ...journal.Entry) error {
	if err := casefile.Save(ctx, w, c); err != nil {
		return err
	}
	for _, e := range es {
		if err := record(ctx, w, *c, e); err != nil {
			return err
		}
	}
	return nil
}

// record writes an entry. One about trafficking stands in no timeline: a line there, even one without words, would tell
// whoever looks that there is something to hide. It is in the journal all the same, under the person's key.
func record(ctx context.Context, w *gate.W, c casefile.Case, e journal.Entry) error {
	if e.Class != org.Trafficking {
		return casefile.Record(ctx, w, c, e)
	}
	e.Key, e.Case = e.Subject.ID, ""
	e.Subject = journal.Ref{Kind: "screening", ID: w.NewID()}
	return w.Record(ctx, e)
}

// task is a step for those cleared for a class. One about trafficking has no day and no hurry to it, because the day and the
// order of the next step can be read off every list of cases.
func task(code, class string, due day.Date, urgent bool) casefile.Task {
	t := casefile.Task{Code: code + class, Class: class, DueOn: due, Urgent: urgent}
	if class == org.Trafficking {
		t.DueOn, t.Urgent = day.Date{}, false
	}
	return t
}

// Assess writes down the due diligence of one person in one class. It waits for the decision of somebody else.
func (d *Domain) Assess(ctx context.Context, actor string, in Diligence) error {
	return d.onPerson(ctx, actor, PermRecord, in.CaseID, in.PersonID, func(ctx context.Context, w *gate.W, c *casefile.Case, m casefile.Member) error {
		if err := needClass(w, in.Class); err != nil {
			return err
		}
		known, err := again(ctx, w, `SELECT case_id FROM due_diligence WHERE id = $1`, in.ID, c.ID)
		if err != nil {
			return err
		}
		if known {
			return record(ctx, w, *c, aboutPerson("screening.assessed_again", m.ID, in.Class, nil))
		}
		if err := checkDiligence(in); err != nil {
			return err
		}
		if in.ID == "" {
			in.ID = w.NewID()
		}
		body, err := seal(ctx, w, m.ID, "due_diligence.body:"+in.ID, in.Papers)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO due_diligence (id, revision, case_id, person_id, class, body, by_id, at) VALUES ($1,1,$2,$3,$4,$5,$6,$7)`, in.ID, c.ID, m.ID, in.Class, body, w.Actor.ID, clock.Format(w.Now)); err != nil {
			return err
		}
		if err := casefile.FinishTask(ctx, w, c, "look_at_"+in.Class); err != nil {
			return err
		}
		if err := casefile.AddTask(ctx, w, c, task("decide_about_", in.Class, w.Today.AddDays(2), false)); err != nil {
			return err
		}
		return keep(ctx, w, c, aboutPerson("screening.assessed", m.ID, in.Class, nil))
	})
}

// Decide is the second person's word on a due diligence: go until a day, wait, or not at all.
func (d *Domain) Decide(ctx context.Context, actor, caseID, id, decision, reason string, until day.Date) error {
	return d.Gate.Write(ctx, actor, PermDecide, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if err := casefile.RequireOpen(c); err != nil {
			return err
		}
		list, err := diligences(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		var it *Diligence
		left := 0
		for i := range list {
			if list[i].ID == id {
				it = &list[i]
			}
		}
		if it == nil || !w.Actor.Cleared(it.Class) {
			return fault.Gone()
		}
		for _, x := range list {
			if x.Class == it.Class && x.Decision == "" && x.ID != it.ID {
				left++
			}
		}
		switch {
		case it.Decision != "":
			return fault.New(fault.Conflict, "screening.err.decided")
		case it.By == w.Actor.ID:
			return fault.New(fault.Conflict, "screening.err.second")
		case !has(Decisions, decision):
			return fault.At("decision", "screening.err.choose")
		case reason == "":
			return fault.At("reason", "screening.err.reason")
		case utf8.RuneCountInString(reason) > long:
			return fault.At("reason", "screening.err.too_long", "n", long)
		case decision == Go && (until.Before(w.Today) || w.Today.DaysUntil(until) > mostDays):
			return fault.At("until", "screening.err.valid_until")
		}
		if decision != Go {
			until = day.Date{}
		}
		sealed, err := w.Seal(ctx, it.PersonID, "due_diligence.reason:"+it.ID, reason)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE due_diligence SET revision = revision + 1, decision = $1, reason = $2, decided_by = $3, decided_at = $4, valid_until = $5 WHERE id = $6`, decision, sealed, w.Actor.ID, clock.Format(w.Now), until, it.ID); err != nil {
			return err
		}
		if left == 0 {
			if err := casefile.FinishTask(ctx, w, &c, "decide_about_"+it.Class); err != nil {
				return err
			}
		}
		return keep(ctx, w, &c, aboutPerson("screening.decided", it.PersonID, it.Class, map[string]string{"decision": decision}))
	})
}

// Secure writes down a safeguard of a child: when, who answers for it, and the evidence. rev is the revision that was seen;
// 0 for one that was not there.
func (d *Domain) Secure(ctx context.Context, actor string, s Safeguard, rev int64) error {
	return d.onPerson(ctx, actor, PermChild, s.CaseID, s.PersonID, func(ctx context.Context, w *gate.W, c *casefile.Case, m casefile.Member) error {
		if err := needClass(w, org.Child); err != nil {
			return err
		}
		if !has(Safeguards, s.Code) {
			return fault.Gone()
		}
		all, err := safeguards(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		old, there := all[m.ID][s.Code]
		same := there && old.Proof == s.Proof && old.On == s.On && old.AttachmentID == s.AttachmentID
		if same {
			return casefile.Record(ctx, w, *c, aboutPerson("screening.safeguard_same", m.ID, org.Child, map[string]string{"safeguard": s.Code}))
		}
		if old.Revision != rev {
			return fault.New(fault.Stale, "screening.err.stale")
		}
		if err := checkSafeguard(s, w.Today); err != nil {
			return err
		}
		if s.AttachmentID != "" {
			files, err := casefile.Attachments(ctx, &w.R, c.ID)
			if err != nil {
				return err
			}
			found := false
			for _, f := range files {
				found = found || f.ID == s.AttachmentID && f.RemovedAt.IsZero()
			}
			if !found {
				return fault.At("attachment", "screening.err.attachment")
			}
		}
		body, err := seal(ctx, w, m.ID, "child_safeguard.body:"+c.ID+"/"+s.Code, s.Proof)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO child_safeguard (case_id, person_id, code, revision, on_day, attachment_id, body, by_id, at) VALUES ($1,$2,$3,1,$4,$5,$6,$7,$8)
			ON CONFLICT (case_id, person_id, code) DO UPDATE SET revision = child_safeguard.revision + 1, on_day = excluded.on_day, attachment_id = excluded.attachment_id, body = excluded.body, by_id = excluded.by_id, at = excluded.at`,
			c.ID, m.ID, s.Code, s.On, s.AttachmentID, body, w.Actor.ID, clock.Format(w.Now)); err != nil {
			return err
		}
		e := aboutPerson("screening.safeguard", m.ID, org.Child, map[string]string{"safeguard": s.Code, "date": s.On.String()})
		e.Changes = journal.Diff("good", yesNo(old.Good), yesNo(s.Good), "on", old.On.String(), s.On.String(), "named", old.Named, s.Named, "evidence", old.Evidence, s.Evidence, "attachment", old.AttachmentID, s.AttachmentID, "child_agrees", yesNo(old.ChildAgrees), yesNo(s.ChildAgrees))
		return keep(ctx, w, c, e)
	})
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Examine writes down a check of fitness. Others learn whether the person is cleared and what the booking must provide.
func (d *Domain) Examine(ctx context.Context, actor string, f Fitness) error {
	return d.onPerson(ctx, actor, PermFitness, f.CaseID, f.PersonID, func(ctx context.Context, w *gate.W, c *casefile.Case, m casefile.Member) error {
		if err := needClass(w, org.Medical); err != nil {
			return err
		}
		known, err := again(ctx, w, `SELECT case_id FROM fitness_check WHERE id = $1`, f.ID, c.ID)
		if err != nil {
			return err
		}
		if known {
			return casefile.Record(ctx, w, *c, aboutPerson("screening.examined_again", m.ID, org.Medical, nil))
		}
		if err := checkFitness(f, w.Today); err != nil {
			return err
		}
		if f.ID == "" {
			f.ID = w.NewID()
		}
		body, err := seal(ctx, w, m.ID, "fitness_check.body:"+f.ID, f.Medical)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO fitness_check (id, case_id, person_id, kind, on_day, valid_until, body, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`, f.ID, c.ID, m.ID, f.Kind, f.On, f.ValidUntil, body, w.Actor.ID, clock.Format(w.Now)); err != nil {
			return err
		}
		// That a check took place is for everybody; what it found is not.
		return keep(ctx, w, c, aboutPerson("screening.examined", m.ID, "", map[string]string{"date": f.On.String()}), aboutPerson("screening.examined_result", m.ID, org.Medical, map[string]string{"result": f.Result}))
	})
}

// viewed is the entry of somebody looking at protected things.
func viewed(c casefile.Case, part, class string) journal.Entry {
	return journal.Entry{Subject: journal.Ref{Kind: "case", ID: c.ID}, Case: c.ID, Action: "screening.viewed", Class: class, Args: map[string]string{"part": part}}
}
