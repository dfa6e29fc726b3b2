package casefile

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// maxBulk bounds one bulk reassignment, so that a mistaken "select all" stays a mistake of one page or two.
const maxBulk = 500

// Assign gives one case to another owner.
func (d *Domain) Assign(ctx context.Context, actor, caseID, owner string) (before string, err error) {
	was, err := d.Reassign(ctx, actor, map[string]string{caseID: owner})
	return was[caseID], err
}

// Reassign gives cases to new owners (case id → staff id), all of them or none, and returns who had them before: handed in
// again, that is the undo.
func (d *Domain) Reassign(ctx context.Context, actor string, to map[string]string) (before map[string]string, err error) {
	if len(to) == 0 {
		return nil, fault.At("select", "case.err.none_chosen")
	}
	if len(to) > maxBulk {
		return nil, fault.New(fault.TooLarge, "case.err.too_many", "n", maxBulk)
	}
	err = d.Gate.Write(ctx, actor, PermAssign, func(ctx context.Context, w *gate.W) error {
		before = map[string]string{}
		owners := map[string]*org.Actor{}
		for _, id := range slices.Sorted(keysOf(to)) {
			c, err := ByID(ctx, &w.R, id)
			if err != nil {
				return err
			}
			if err := RequireOpen(c); err != nil {
				return err
			}
			old := c.OwnerID
			before[id], c.OwnerID = old, to[id]
			if err := mayOwn(ctx, w, owners, c); err != nil {
				return err
			}
			if _, err := w.Tx.Exec(ctx, `UPDATE task SET owner_id = $1 WHERE case_id = $2 AND owner_id = $3 AND done_at = ''`, c.OwnerID, c.ID, old); err != nil {
				return err
			}
			if err := keep(ctx, w, &c, journal.Entry{Action: "case.assigned", Changes: journal.Diff("owner", old, c.OwnerID)}); err != nil {
				return err
			}
		}
		return nil
	})
	return before, err
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// mayOwn refuses an owner who could not see the case. Nobody at all is allowed: the case then lies with its office.
func mayOwn(ctx context.Context, w *gate.W, known map[string]*org.Actor, c Case) error {
	if c.OwnerID == "" {
		return nil
	}
	a := known[c.OwnerID]
	if a == nil {
		var err error
		if a, err = org.LoadActor(ctx, w.Tx, c.OwnerID, w.Now); errors.Is(err, db.ErrNoRow) {
			return fault.At("owner", "case.err.owner")
		} else if err != nil {
			return err
		}
		known[c.OwnerID] = a
	}
	if !a.Active || a.System {
		return fault.At("owner", "case.err.owner")
	}
	if !a.Scope(PermView).Sees(c.Subject()) {
		return fault.At("owner", "case.err.owner_cannot_see", "name", a.Name)
	}
	return nil
}

// SetCover names who looks after one's cases while one is away. For somebody else it takes a permission of its own.
func (d *Domain) SetCover(ctx context.Context, actor string, in org.Cover) error {
	return d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) error {
		if in.AbsentID != w.Actor.ID && !w.Actor.Can(PermCover) {
			return fault.New(fault.Denied, "fault.denied", "permission", PermCover)
		}
		var fs []fault.Field
		add := func(name, key string) { fs = append(fs, fault.Field{Name: name, Key: key}) }
		for name, id := range map[string]string{"absent": in.AbsentID, "cover": in.CoverID} {
			s, err := org.StaffByID(ctx, w.Tx, id)
			if err != nil && !errors.Is(err, db.ErrNoRow) {
				return err
			}
			if err != nil || !s.Active || s.System {
				add(name, "case.err.owner")
			}
		}
		if in.AbsentID == in.CoverID {
			add("cover", "case.err.cover_self")
		}
		switch {
		case in.From.IsZero():
			add("from", "case.err.date")
		case in.Until.Before(in.From) || in.Until.Before(w.Today):
			add("until", "case.err.cover_until")
		case in.From.DaysUntil(in.Until) > 366:
			add("until", "case.err.cover_long")
		}
		if len(fs) > 0 {
			return fault.Fields(fs)
		}
		if in.ID == "" {
			in.ID = w.NewID()
		} else if old, err := org.CoverByID(ctx, w.Tx, in.ID); err == nil && (old.AbsentID != in.AbsentID || old.CoverID != in.CoverID) {
			return fault.Gone()
		} else if err != nil && !errors.Is(err, db.ErrNoRow) {
			return err
		}
		if err := org.PutCover(ctx, w.Tx, in); err != nil {
			return err
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "staff", ID: in.AbsentID}, Action: "case.cover_set",
			Args: map[string]string{"cover": in.CoverID, "from": in.From.String(), "until": in.Until.String()}})
	})
}

// EndCover ends an absence.
func (d *Domain) EndCover(ctx context.Context, actor, coverID string) error {
	return d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) error {
		c, err := org.CoverByID(ctx, w.Tx, coverID)
		if errors.Is(err, db.ErrNoRow) || err == nil && c.AbsentID != w.Actor.ID && !w.Actor.Can(PermCover) {
			return fault.Gone()
		}
		if err != nil {
			return err
		}
		if err := org.DropCover(ctx, w.Tx, coverID); err != nil {
			return err
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "staff", ID: c.AbsentID}, Action: "case.cover_ended", Args: map[string]string{"cover": c.CoverID}})
	})
}

// HandOver is a case on its way from the office in the host country to the office of origin.
type HandOver struct {
	ID, CaseID, From, To, Message string
	SentBy                        string
	SentAt                        time.Time
	Answer, Reason, AnsweredBy    string // answer: "", accepted, returned
	AnsweredAt                    time.Time
}

// HandOverTask is the task that a handed-over case puts on the desk of the office of origin.
const HandOverTask = "accept_hand_over"

// SendHandOver hands a case to the office of origin with a message. That office sees it from now on and is asked to accept it.
func (d *Domain) SendHandOver(ctx context.Context, actor string, in HandOver) error {
	return d.onCase(ctx, actor, PermHandOver, in.CaseID, func(ctx context.Context, w *gate.W, c *Case) error {
		if last, ok, err := lastHandOver(ctx, &w.R, c.ID); err != nil {
			return err
		} else if ok && last.ID == in.ID && in.ID != "" {
			return Record(ctx, w, *c, journal.Entry{Action: "case.hand_over_repeated"})
		} else if ok && last.Answer == "" {
			return fault.New(fault.Conflict, "case.err.hand_over_open")
		}
		o, err := org.OfficeByID(ctx, w.Tx, in.To)
		if err != nil && !errors.Is(err, db.ErrNoRow) {
			return err
		}
		var fs []fault.Field
		if err != nil || !o.Active || o.Kind != "origin" {
			fs = append(fs, fault.Field{Name: "to", Key: "case.err.office"})
		}
		if in.Message == "" {
			fs = append(fs, fault.Field{Name: "message", Key: "case.err.hand_over_message"})
		}
		if len(fs) > 0 {
			return fault.Fields(fs)
		}
		if in.ID == "" {
			in.ID = w.NewID()
		}
		sealed, err := w.Seal(ctx, c.ID, "hand_over.message:"+in.ID, in.Message)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO hand_over (id, case_id, from_office, to_office, message, sent_by, sent_at) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
			in.ID, c.ID, c.HostOffice, o.ID, sealed, w.Actor.ID, clock.Format(w.Now)); err != nil {
			return err
		}
		old := c.OriginOffice
		c.OriginOffice, c.HandedOverOn = o.ID, w.Today
		cal, _ := day.For(o.Country)
		if err := AddTask(ctx, w, c, Task{Code: HandOverTask, DueOn: cal.AddWorkingDays(w.Today, 3)}); err != nil {
			return err
		}
		return keep(ctx, w, c, journal.Entry{Action: "case.handed_over", Changes: journal.Diff("origin_office", old, o.ID), Args: map[string]string{"office": o.Name}})
	})
}

// AcceptHandOver takes the case on for the office of origin; the one who accepts becomes its owner.
func (d *Domain) AcceptHandOver(ctx context.Context, actor, caseID string) error {
	return d.answerHandOver(ctx, actor, caseID, "accepted", "")
}

// ReturnHandOver sends the case back with a reason; it lies again on the host office's desk.
func (d *Domain) ReturnHandOver(ctx context.Context, actor, caseID, reason string) error {
	return d.answerHandOver(ctx, actor, caseID, "returned", reason)
}

func (d *Domain) answerHandOver(ctx context.Context, actor, caseID, answer, reason string) error {
	return d.onCase(ctx, actor, PermHandOver, caseID, func(ctx context.Context, w *gate.W, c *Case) error {
		h, ok, err := lastHandOver(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		if !ok || h.Answer != "" {
			return fault.New(fault.Conflict, "case.err.no_hand_over")
		}
		if !HoldsOffice(w.Actor, h.To) {
			return fault.New(fault.Denied, "case.err.not_your_office")
		}
		if answer == "returned" && reason == "" {
			return fault.At("reason", "case.err.return_reason")
		}
		sealed, err := w.Seal(ctx, c.ID, "hand_over.reason:"+h.ID, reason)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE hand_over SET answer = $1, reason = $2, answered_by = $3, answered_at = $4 WHERE id = $5`, answer, sealed, w.Actor.ID, clock.Format(w.Now), h.ID); err != nil {
			return err
		}
		if err := FinishTask(ctx, w, c, HandOverTask); err != nil {
			return err
		}
		e := journal.Entry{Action: "case.hand_over_accepted"}
		if answer == "accepted" {
			e.Changes = journal.Diff("owner", c.OwnerID, w.Actor.ID)
			c.OwnerID = w.Actor.ID
		} else {
			e = journal.Entry{Action: "case.hand_over_returned", Changes: journal.Diff("origin_office", c.OriginOffice, ""), Args: map[string]string{"reason": reason}}
			c.OriginOffice, c.HandedOverOn = "", day.Date{}
			if err := AddTask(ctx, w, c, Task{Code: "hand_over_came_back", OwnerID: c.OwnerID, DueOn: w.Today.AddDays(1), Urgent: true}); err != nil {
				return err
			}
		}
		return keep(ctx, w, c, e)
	})
}

// HoldsOffice reports whether a grant of the actor is for this very office.
func HoldsOffice(a *org.Actor, office string) bool {
	if a.OfficeID == office {
		return true
	}
	return slices.ContainsFunc(a.Grants, func(g org.Grant) bool { return g.OfficeID == office })
}

func lastHandOver(ctx context.Context, r *gate.R, caseID string) (HandOver, bool, error) {
	hs, err := HandOvers(ctx, r, caseID)
	if err != nil || len(hs) == 0 {
		return HandOver{}, false, err
	}
	return hs[0], true, nil
}

// Offered is a case that has been handed over to an office of the reader's, and waits to be taken on or sent back.
type Offered struct {
	Case  Case
	Who   person.Person // who applied: nothing but the names
	From  string        // the office's name
	DueOn day.Date
}

// OfferedTo lists what waits to be taken on by the reader's offices, the earliest date first, within the reader's scope.
func OfferedTo(ctx context.Context, r *gate.R) ([]Offered, error) {
	if !r.Actor.Can(PermHandOver) {
		return nil, nil
	}
	held := []string{r.Actor.OfficeID}
	for _, g := range r.Actor.Grants {
		held = append(held, g.OfficeID)
	}
	var a db.Args
	return db.All(ctx, r.Tx, func(s db.Row) (Offered, error) {
		var o Offered
		return o, s.Scan(append(append(o.Case.Targets(), o.Who.NameTargets()...), &o.From, &o.DueOn)...)
	}, `SELECT `+Columns+`, `+person.NameColumns+`, COALESCE(f.name, ''), COALESCE(t.due_on, '') FROM hand_over h JOIN casefile c ON c.id = h.case_id JOIN person p ON p.id = c.principal_id LEFT JOIN office f ON f.id = h.from_office
		LEFT JOIN task t ON t.case_id = h.case_id AND t.code = `+a.Add(HandOverTask)+` AND t.done_at = ''
		WHERE h.answer = '' AND h.to_office IN `+a.In(held)+` AND c.state = `+a.Add(Open)+` AND `+InScope(r, "c", &a)+` ORDER BY COALESCE(t.due_on, ''), h.sent_at, h.id LIMIT 100`, a.Values...)
}

// HandOvers lists the hand-overs of a case, newest first.
func HandOvers(ctx context.Context, r *gate.R, caseID string) ([]HandOver, error) {
	type row struct {
		HandOver
		message, reason []byte
	}
	rows, err := db.All(ctx, r.Tx, func(s db.Row) (row, error) {
		var h row
		return h, s.Scan(&h.ID, &h.CaseID, &h.From, &h.To, &h.message, &h.SentBy, db.InstantOf(&h.SentAt), &h.Answer, &h.reason, &h.AnsweredBy, db.InstantOf(&h.AnsweredAt))
	}, `SELECT id, case_id, from_office, to_office, message, sent_by, sent_at, answer, reason, answered_by, answered_at FROM hand_over WHERE case_id = $1 ORDER BY sent_at DESC, id DESC`, caseID)
	if err != nil {
		return nil, err
	}
	var out []HandOver
	for _, h := range rows {
		if h.Message, _, err = r.Open(ctx, caseID, "hand_over.message:"+h.ID, h.message); err != nil {
			return nil, err
		}
		if h.Reason, _, err = r.Open(ctx, caseID, "hand_over.reason:"+h.ID, h.reason); err != nil {
			return nil, err
		}
		out = append(out, h.HandOver)
	}
	return out, nil
}

// keepYears is how long a closed case is kept at least: the audit window of the grants that pay for the work.
const keepYears = 10

// Unsettled lists what must be settled before a case may be closed.
func (d *Domain) Unsettled(ctx context.Context, r *gate.R, c Case) ([]Unmet, error) {
	var out []Unmet
	for _, cond := range d.BeforeShut {
		un, err := cond(ctx, r, c)
		if err != nil {
			return nil, err
		}
		out = append(out, un...)
	}
	return out, nil
}

// Close ends the work on a case for one of the known reasons, once everything is settled.
func (d *Domain) Close(ctx context.Context, actor, caseID, reason, note string) error {
	return d.onCase(ctx, actor, PermClose, caseID, func(ctx context.Context, w *gate.W, c *Case) error {
		if !slices.Contains(ClosingReasons, reason) {
			return fault.At("reason", "case.err.closing_reason")
		}
		un, err := d.Unsettled(ctx, &w.R, *c)
		if err != nil {
			return err
		}
		if len(un) > 0 {
			return missingFault(un)
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE task SET done_at = $1, done_by = $2 WHERE case_id = $3 AND done_at = ''`, clock.Format(w.Now), w.Actor.ID, c.ID); err != nil {
			return err
		}
		c.State, c.ClosedOn, c.ClosingReason, c.KeepUntil, c.DepartsOn = Closed, w.Today, reason, w.Today.AddMonths(12*keepYears), day.Date{}
		for _, react := range d.OnClose {
			if _, err := react(ctx, w, *c); err != nil {
				return err
			}
		}
		args := map[string]string{"reason": reason}
		if note != "" {
			args["note"] = note
		}
		return keep(ctx, w, c, journal.Entry{Action: "case.closed", Changes: journal.Diff("state", Open, Closed), Args: args})
	})
}

func missingFault(missing []Unmet) error {
	f := fault.New(fault.Conflict, "case.err.missing", "n", len(missing))
	for _, m := range missing {
		f.Fields = append(f.Fields, fault.Field{Name: m.Href, Key: m.Key, Args: m.Args})
	}
	return f
}
