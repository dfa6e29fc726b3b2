package decision

import (
	"context"
	"slices"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
)

// What was decided is held against what is known: after each change of a fact (casefile.LookAgain), when a version of a
// programme is new here, and once a day for what changes by itself, such as somebody's age. The program never decides
// anew: it leaves a task and says why.

// TaskLook is the task of whoever must look at decisions again.
const TaskLook = "check_eligibility"

// JobSweep looks at every open case about which something was decided.
const JobSweep = "eligibility.sweep"

// Sweeping is what app gives the worker: the job's handler and how often it runs.
func (d *Domain) Sweeping() (kind string, every time.Duration, h queue.Handler) {
	return JobSweep, 24 * time.Hour, func(ctx context.Context, _ queue.Task) error { return d.Sweep(ctx) }
}

// LookAgain is the handler of casefile.JobLookAgain: one case.
func (d *Domain) LookAgain(ctx context.Context, t queue.Task) error {
	var caseID string
	if err := t.Into(&caseID); err != nil {
		return err
	}
	var found []finding
	err := d.Cases.Gate.Read(ctx, org.SystemID, casefile.PermView, func(ctx context.Context, r *gate.R) error {
		c, err := casefile.ByID(ctx, r, caseID)
		if err == nil {
			found, err = d.examine(ctx, r, []casefile.Case{c})
		}
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	}
	return d.put(ctx, found)
}

// sweepChunk is how many cases are read at a time.
const sweepChunk = 500

// Sweep examines the caseload, some cases at a time.
func (d *Domain) Sweep(ctx context.Context) error {
	for after := ""; ; {
		var found []finding
		var cs []casefile.Case
		err := d.Cases.Gate.Read(ctx, org.SystemID, casefile.PermView, func(ctx context.Context, r *gate.R) (err error) {
			cs, err = db.All(ctx, r.Tx, func(s db.Row) (c casefile.Case, err error) { return c, s.Scan(c.Targets()...) },
				`SELECT `+casefile.Columns+` FROM casefile c WHERE c.id > $1 AND c.state = 'open' AND EXISTS (SELECT 1 FROM eligibility_decision e WHERE e.case_id = c.id AND e.superseded_by = '') ORDER BY c.id LIMIT $2`, after, sweepChunk)
			if err != nil || len(cs) == 0 {
				return err
			}
			found, err = d.examine(ctx, r, cs)
			return err
		})
		if err == nil {
			err = d.put(ctx, found)
		}
		if err != nil || len(cs) < sweepChunk {
			return err
		}
		after = cs[len(cs)-1].ID
	}
}

// finding is a decision with the doubt that is due to it, where that is not the one on record.
type finding struct {
	caseID string
	dec    Decision
	doubt  *Doubt
}

// examine works out which decisions of some cases would be proposed otherwise today.
func (d *Domain) examine(ctx context.Context, r *gate.R, cs []casefile.Case) (out []finding, err error) {
	cs = slices.DeleteFunc(slices.Clone(cs), func(c casefile.Case) bool { return c.State != casefile.Open })
	if len(cs) == 0 {
		return nil, nil
	}
	standing, err := standingIn(ctx, r, cs)
	if err != nil {
		return nil, err
	}
	cs = slices.DeleteFunc(cs, func(c casefile.Case) bool { return len(standing[c.ID]) == 0 })
	known, err := d.PeopleOf(ctx, r, cs)
	if err != nil {
		return nil, err
	}
	for _, c := range cs {
		pack, err := d.Cases.Packs.On(c.Programme, c.PackVersion, r.Today)
		if err != nil {
			return nil, err
		}
		people := known[c.ID]
		var facts programme.Facts
		if i := slices.IndexFunc(people, func(p programme.PersonFacts) bool { return p.PersonID == c.PrincipalID }); i >= 0 {
			facts = people[i].Facts
		}
		outcomes := programme.Evaluate(pack, facts)
		decided := map[string]programme.Verdict{}
		for _, dec := range standing[c.ID] {
			if dec.Counts() {
				decided[dec.Component] = programme.Verdict(dec.Decision)
			}
		}
		for _, dec := range standing[c.ID] {
			if dec.Erased {
				continue
			}
			// Whether there are places left is no fact about the case: they count as they stood when it was decided.
			lines := programme.Entitle(pack, programme.Question{People: people, Decided: decided, Seats: dec.Basis.seats()}).Lines
			x := doubt(dec, pack.Version, outcomes, lines)
			if !x.same(dec.Doubt) {
				out = append(out, finding{c.ID, dec, x})
			}
		}
	}
	return out, nil
}

// put writes down which decisions are in doubt and which are no longer, and leaves or ends the task.
func (d *Domain) put(ctx context.Context, found []finding) error {
	for len(found) > 0 {
		n := slices.IndexFunc(found, func(f finding) bool { return f.caseID != found[0].caseID })
		if n < 0 {
			n = len(found)
		}
		if err := d.putCase(ctx, found[0].caseID, found[:n]); err != nil {
			return err
		}
		found = found[n:]
	}
	return nil
}

func (d *Domain) putCase(ctx context.Context, caseID string, found []finding) error {
	return d.Cases.Gate.Write(ctx, org.SystemID, casefile.PermTask, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		put := 0
		for _, f := range found {
			if c.State != casefile.Open {
				break
			}
			text, err := f.doubt.text()
			if err != nil {
				return err
			}
			sealed, err := f.dec.seal(ctx, w, "doubt", text)
			if err != nil {
				return err
			}
			n, err := w.Tx.Exec(ctx, `UPDATE eligibility_decision SET doubt = $1 WHERE id = $2 AND superseded_by = ''`, sealed, f.dec.ID)
			if err != nil {
				return err
			}
			if n == 0 { // decided anew meanwhile
				continue
			}
			put++
			e := journal.Entry{Action: "eligibility.doubt_gone", Subject: journal.Ref{Kind: "eligibility", ID: f.dec.ID}, Key: f.dec.PersonID, Args: map[string]string{"component": f.dec.Component}}
			if f.doubt != nil {
				e.Action = "eligibility.in_doubt"
				e.Args["then"], e.Args["now"] = string(f.doubt.Then), string(f.doubt.Now)
			}
			if err := casefile.Record(ctx, w, c, e); err != nil {
				return err
			}
		}
		if put == 0 {
			return casefile.Record(ctx, w, c, journal.Entry{Action: "eligibility.looked_again"})
		}
		if err := d.settleTask(ctx, w, &c, slices.ContainsFunc(found, func(f finding) bool { return f.doubt != nil })); err != nil {
			return err
		}
		return casefile.Save(ctx, w, &c)
	})
}

// settleTask leaves the task while any decision is in doubt, and ends it when none is any more. A task somebody has ended
// comes back only with a fresh doubt; one that belongs to the stage of the case ends with the stage.
func (d *Domain) settleTask(ctx context.Context, w *gate.W, c *casefile.Case, fresh bool) error {
	if fresh {
		return casefile.AddTask(ctx, w, c, casefile.Task{Code: TaskLook, OwnerID: c.OwnerID, DueOn: w.Today.AddDays(2)})
	}
	left, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM eligibility_decision WHERE case_id = $1 AND superseded_by = '' AND (doubt IS NOT NULL OR second_needed = TRUE AND second_by <> '' AND second_agrees = FALSE)`, c.ID)
	if err != nil || left > 0 {
		return err
	}
	pack, err := d.Cases.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return err
	}
	if s, _, _ := pack.Stage(c.Stage); s.Task == TaskLook {
		return nil
	}
	return casefile.FinishTask(ctx, w, c, TaskLook)
}
