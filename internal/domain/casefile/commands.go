package casefile

import (
	"context"
	"fmt"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Opening is what is needed to open a case.
type Opening struct {
	ID            string // made by the form, so that a double click opens one case
	Programme     string
	Kind          string // empty: the programme's
	Principal     string // person id
	Members       []OpeningMember
	OwnerID       string // empty: who opens it
	HostOffice    string // empty: the opener's office
	ReturnCountry string
	Class         string
	Stage         string // empty: the first stage after outreach
}

// OpeningMember is a family member.
type OpeningMember struct{ PersonID, Relation string }

// Open opens a case for a person and their family. Opening it again under the same id changes nothing.
func (d *Domain) Open(ctx context.Context, actor string, in Opening) (Case, error) {
	var c Case
	err := d.Gate.Write(ctx, actor, PermOpen, func(ctx context.Context, w *gate.W) error {
		pack, err := d.Packs.Current(in.Programme, w.Today)
		if err != nil {
			return err
		}
		known, err := db.All(ctx, w.Tx, scanCase, `SELECT `+Columns+` FROM casefile c WHERE c.id = $1`, in.ID)
		if err != nil {
			return err
		}
		if len(known) > 0 { // a repeated form: the case stands
			c = known[0]
			if !w.Scope.Sees(c.Subject()) {
				return fault.Hidden("case", c.ID)
			}
			return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "case", ID: c.ID}, Case: c.ID, Action: "case.open_repeated"})
		}
		p, err := d.Persons.ByID(ctx, &w.R, in.Principal)
		if err != nil {
			return err
		}
		c = Case{ID: in.ID, Revision: 1, Kind: in.Kind, Programme: pack.Code, PackVersion: pack.Version, StageSince: w.Today, State: Open, Desk: NeedsAction, PrincipalID: p.ID,
			HostOffice: in.HostOffice, OwnerID: in.OwnerID, Class: in.Class, Nationality: p.Nationality, ReturnCountry: in.ReturnCountry, OpenedOn: w.Today, Invented: p.Invented, Stage: in.Stage}
		if c.ID == "" {
			c.ID = w.NewID()
		}
		if c.Kind == "" {
			c.Kind = pack.Kind
		}
		if c.HostOffice == "" {
			c.HostOffice = w.Actor.OfficeID
		}
		if c.OwnerID == "" {
			c.OwnerID = w.Actor.ID
		}
		if c.Class == "" {
			c.Class = org.Normal
		}
		if c.ReturnCountry == "" {
			c.ReturnCountry = p.Nationality
		}
		if c.Stage == "" {
			c.Stage = pack.FirstStage()
		}
		if _, _, ok := pack.Stage(c.Stage); !ok {
			return fault.At("stage", "case.err.no_such_stage")
		}
		if !w.Scope.Sees(c.Subject()) { // nobody opens a case they could not see afterwards
			return fault.New(fault.Denied, "case.err.outside_scope")
		}
		if c.No, err = nextNumber(ctx, w.Tx, fmt.Sprintf("%s-%04d", pack.Host, w.Today.Year())); err != nil {
			return err
		}
		people := append([]OpeningMember{{p.ID, "principal"}}, in.Members...)
		for _, m := range people[1:] {
			q, err := d.Persons.ByID(ctx, &w.R, m.PersonID)
			if err != nil {
				return err
			}
			if child, known := q.Child(w.Today); known && child {
				c.Children++
			}
		}
		c.Persons = int64(len(people))
		if child, known := p.Child(w.Today); known && child {
			c.Children++
			if len(people) == 1 {
				c.SetFlag("uasc", true) // a child alone: the child gate applies until somebody with the right shows otherwise
			}
		}
		if c.Children > 0 {
			c.SetFlag("child", true)
		}
		if err := d.insert(ctx, w.Tx, &c); err != nil {
			return err
		}
		for _, m := range people {
			if _, err := w.Tx.Exec(ctx, `INSERT INTO case_member (case_id, person_id, relation, travels) VALUES ($1,$2,$3,TRUE)`, c.ID, m.PersonID, m.Relation); err != nil {
				return err
			}
		}
		if err := d.stageTask(ctx, w, &c, pack); err != nil {
			return err
		}
		if err := Save(ctx, w, &c); err != nil {
			return err
		}
		if err := Record(ctx, w, c, journal.Entry{Action: "case.opened", Args: map[string]string{"no": c.No, "programme": c.Programme, "persons": fmt.Sprint(c.Persons)}}); err != nil {
			return err
		}
		for _, react := range d.OnOpen {
			if _, err := react(ctx, w, c); err != nil {
				return err
			}
		}
		return nil
	})
	return c, err
}

// onCase is the frame of most commands: the case within the actor's scope, open, changed by fn, laid on its desk again.
func (d *Domain) onCase(ctx context.Context, actor, perm, caseID string, fn func(ctx context.Context, w *gate.W, c *Case) error) error {
	return d.Gate.Write(ctx, actor, perm, func(ctx context.Context, w *gate.W) error {
		c, err := ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if err := RequireOpen(c); err != nil {
			return err
		}
		return fn(ctx, w, &c)
	})
}

// keep saves the case and records what was done to it.
func keep(ctx context.Context, w *gate.W, c *Case, e journal.Entry) error {
	if err := Save(ctx, w, c); err != nil {
		return err
	}
	return Record(ctx, w, *c, e)
}

// stageTask adds the task that the stage's card asks for, with its date.
func (d *Domain) stageTask(ctx context.Context, w *gate.W, c *Case, pack *programme.Pack) error {
	s, _, ok := pack.Stage(c.Stage)
	if !ok || s.Task == "" {
		return nil
	}
	t := Task{Code: s.Task, OwnerID: c.OwnerID, DueOn: due(s, w.Today, pack.Host)}
	return AddTask(ctx, w, c, t)
}

// due is the day by which a stage should be left; no clock, no day.
func due(s programme.Stage, from day.Date, host string) day.Date {
	switch {
	case s.DueDays == 0:
		return day.Date{}
	case s.DueUnit == "working":
		cal, _ := day.For(host)
		return cal.AddWorkingDays(from, s.DueDays)
	}
	return from.AddDays(s.DueDays)
}

// Missing lists what a case still lacks to leave its stage forward, by name.
func (d *Domain) Missing(ctx context.Context, r *gate.R, c Case) ([]Unmet, error) {
	pack, err := d.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return nil, err
	}
	s, _, ok := pack.Stage(c.Stage)
	if !ok {
		return nil, fmt.Errorf("case %s is in stage %s, which %s %s does not have", c.ID, c.Stage, pack.Code, pack.Version)
	}
	var out []Unmet
	for _, name := range s.Requires {
		cond := d.Conditions[name]
		if cond == nil {
			return nil, fmt.Errorf("pack %s %s asks for condition %q, which nobody answers", pack.Code, pack.Version, name)
		}
		un, err := cond(ctx, r, c)
		if err != nil {
			return nil, err
		}
		out = append(out, un...)
	}
	return out, nil
}

// Move moves a case to another stage. Forward only when nothing is missing; back needs a reason.
func (d *Domain) Move(ctx context.Context, actor, caseID, to, reason string) (Case, error) {
	var c Case
	err := d.Gate.Write(ctx, actor, PermMove, func(ctx context.Context, w *gate.W) error {
		var err error
		if c, err = ByID(ctx, &w.R, caseID); err != nil {
			return err
		}
		return d.MoveIn(ctx, w, &c, to, reason)
	})
	return c, err
}

// MoveIn is Move inside another command's transaction: a room above that has just completed a stage's work moves the case on.
func (d *Domain) MoveIn(ctx context.Context, w *gate.W, c *Case, to, reason string) error {
	if err := RequireOpen(*c); err != nil {
		return err
	}
	pack, err := d.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return err
	}
	from, i, _ := pack.Stage(c.Stage)
	target, j, ok := pack.Stage(to)
	switch {
	case !ok:
		return fault.At("to", "case.err.no_such_stage")
	case i == j:
		return fault.New(fault.Conflict, "case.err.already_there")
	case j < i && reason == "":
		return fault.At("reason", "case.err.back_needs_reason")
	case j > i:
		if from.Perm != "" && !w.Actor.Can(from.Perm) {
			return fault.New(fault.Denied, "fault.denied", "permission", from.Perm)
		}
		for _, s := range pack.Stages[i+1 : j] {
			if !s.Optional {
				return fault.New(fault.Conflict, "case.err.skips", "stage", s.Code)
			}
		}
		missing, err := d.Missing(ctx, &w.R, *c)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			return missingFault(missing)
		}
	}
	if err := FinishTask(ctx, w, c, from.Task); err != nil {
		return err
	}
	c.Stage, c.StageSince = target.Code, w.Today
	if err := d.stageTask(ctx, w, c, pack); err != nil {
		return err
	}
	if err := Save(ctx, w, c); err != nil {
		return err
	}
	e := journal.Entry{Action: "case.moved", Changes: []journal.Change{{Field: "stage", Old: from.Code, New: target.Code}}}
	if j < i {
		e.Action, e.Args = "case.moved_back", map[string]string{"reason": reason}
	}
	return Record(ctx, w, *c, e)
}

// Withdraw ends a case because the person changed their mind. No explanation is asked; a note is kept if one was offered.
// Whatever was reserved for them is freed in the same transaction. A withdrawal is never refused: not for missing papers,
// not a minute before the flight, and withdrawing twice is no error.
func (d *Domain) Withdraw(ctx context.Context, actor, caseID, note string) (freed []string, err error) {
	err = d.Gate.Write(ctx, actor, PermWithdraw, func(ctx context.Context, w *gate.W) error {
		freed = nil
		c, err := ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if c.State == Withdrawn {
			return Record(ctx, w, c, journal.Entry{Action: "case.withdrawn_again"})
		}
		if c.State == Closed {
			return fault.New(fault.Conflict, "case.err.closed")
		}
		c.State, c.ClosedOn, c.ClosingReason, c.KeepUntil = Withdrawn, w.Today, "withdrawn", w.Today.AddMonths(12*keepYears)
		// First, so that what the freeing itself asks for (cash to be taken back) stays to be done.
		if _, err := w.Tx.Exec(ctx, `UPDATE task SET done_at = $1, done_by = $2 WHERE case_id = $3 AND done_at = ''`, clock.Format(w.Now), w.Actor.ID, c.ID); err != nil {
			return err
		}
		for _, react := range d.OnWithdraw {
			keys, err := react(ctx, w, c)
			if err != nil {
				return err
			}
			freed = append(freed, keys...)
		}
		c.DepartsOn = day.Date{}
		if err := Save(ctx, w, &c); err != nil {
			return err
		}
		args := map[string]string{}
		if note != "" {
			args["note"] = note
		}
		return Record(ctx, w, c, journal.Entry{Action: "case.withdrawn", Changes: []journal.Change{{Field: "state", Old: Open, New: Withdrawn}}, Args: args})
	})
	return freed, err
}

// Reopen takes a withdrawn or closed case up again, in the stage in which it was left. What was freed stays freed.
func (d *Domain) Reopen(ctx context.Context, actor, caseID, reason string) error {
	return d.Gate.Write(ctx, actor, PermReopen, func(ctx context.Context, w *gate.W) error {
		c, err := ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if c.State == Open {
			return fault.New(fault.Conflict, "case.err.is_open")
		}
		if reason == "" {
			return fault.At("reason", "case.err.reopen_needs_reason")
		}
		old := c.State
		c.State, c.ClosedOn, c.ClosingReason, c.KeepUntil, c.StageSince = Open, day.Date{}, "", day.Date{}, w.Today
		for _, react := range d.OnReopen {
			if _, err := react(ctx, w, c); err != nil {
				return err
			}
		}
		pack, err := d.Packs.Version(c.Programme, c.PackVersion)
		if err != nil {
			return err
		}
		if err := d.stageTask(ctx, w, &c, pack); err != nil {
			return err
		}
		if err := Save(ctx, w, &c); err != nil {
			return err
		}
		return Record(ctx, w, c, journal.Entry{Action: "case.reopened", Changes: []journal.Change{{Field: "state", Old: old, New: Open}}, Args: map[string]string{"reason": reason}})
	})
}
