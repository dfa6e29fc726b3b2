package ledger

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Codes of what is asked for by hand. The message key is ledger.code.CODE.
var Codes = []string{"cash", "in_kind", "transport", "documents", "medical", "shelter", "other"}

func aboutLine(l Line, action string, args ...string) journal.Entry {
	e := journal.Entry{Subject: journal.Ref{Kind: "ledger_line", ID: l.ID}, Action: action, Key: l.key(), Args: map[string]string{"amount": l.Money().String(), "code": l.Code}}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[args[i]] = args[i+1]
	}
	return e
}

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

// keep saves the case and records what was done.
func keep(ctx context.Context, w *gate.W, c *casefile.Case, e journal.Entry) error {
	if err := casefile.Save(ctx, w, c); err != nil {
		return err
	}
	return casefile.Record(ctx, w, *c, e)
}

// Propose asks for an amount by hand and keeps it aside in a fund. Sending it again under the same id changes nothing.
func (d *Domain) Propose(ctx context.Context, actor string, l Line) error {
	return d.onCase(ctx, actor, PermCommit, l.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		if again, err := d.lineAgain(ctx, w, *c, l.ID); err != nil || again {
			return err
		}
		if err := checkLine(ctx, &w.R, l); err != nil {
			return err
		}
		if l.ID == "" {
			l.ID = w.NewID()
		}
		l.State, l.Drawn, l.Rule, l.ProposedBy, l.ParentID, l.ItemRef = Planned, 0, "", w.Actor.ID, "", ""
		if err := reserve(ctx, w, *c, &l); err != nil {
			return err
		}
		if !l.Ceiling {
			if err := casefile.AddTask(ctx, w, c, casefile.Task{Code: "approve_money"}); err != nil {
				return err
			}
		}
		return keep(ctx, w, c, aboutLine(l, "ledger.proposed"))
	})
}

// lineAgain answers a form that was sent twice. The same id in another case tells nothing.
func (d *Domain) lineAgain(ctx context.Context, w *gate.W, c casefile.Case, id string) (bool, error) {
	known, err := db.All(ctx, w.Tx, scanLine, `SELECT `+lineColumns+` FROM ledger_line l WHERE l.id = $1`, id)
	if err != nil || len(known) == 0 {
		return false, err
	}
	if known[0].CaseID != c.ID {
		return false, fault.Gone()
	}
	return true, casefile.Record(ctx, w, c, aboutLine(known[0], "ledger.proposed_again"))
}

func checkLine(ctx context.Context, r *gate.R, l Line) error {
	var fs []fault.Field
	if !has(Codes, l.Code) {
		fs = append(fs, fault.Field{Name: "code", Key: "ledger.err.code"})
	}
	if l.Modality != "cash" && l.Modality != "in_kind" && l.Modality != "service" {
		fs = append(fs, fault.Field{Name: "modality", Key: "ledger.err.modality"})
	}
	if l.Amount <= 0 || !money.Known(l.Currency) {
		fs = append(fs, fault.Field{Name: "amount", Key: "ledger.err.amount"})
	}
	if len([]rune(l.Note)) > 500 {
		fs = append(fs, fault.Field{Name: "note", Key: "ledger.err.too_long"})
	}
	if l.PersonID != "" {
		if ok, err := isMember(ctx, r, l.CaseID, l.PersonID); err != nil {
			return err
		} else if !ok {
			fs = append(fs, fault.Field{Name: "person", Key: "ledger.err.person"})
		}
	} else if l.Modality == "cash" && !l.Ceiling {
		fs = append(fs, fault.Field{Name: "person", Key: "ledger.err.person"})
	}
	return fault.Fields(fs)
}

func isMember(ctx context.Context, r *gate.R, caseID, personID string) (bool, error) {
	ms, err := casefile.Members(ctx, r, caseID)
	for _, m := range ms {
		if m.ID == personID {
			return true, nil
		}
	}
	return false, err
}

// reserve finds the fund, keeps the amount aside in it and writes the line.
func reserve(ctx context.Context, w *gate.W, c casefile.Case, l *Line) error {
	f, err := fundFor(ctx, &w.R, l.FundID, c.Programme, l.Currency, l.Amount)
	if err != nil {
		return err
	}
	l.FundID = f.ID
	if err := insertLine(ctx, w, l); err != nil {
		return err
	}
	return post(ctx, w, entry{kind: "reserve", fund: f.ID, caseID: c.ID, person: l.PersonID, line: l.ID, postings: l.purse().reserve(l.Amount)})
}

// ReserveEntitled keeps aside what the programme says the people of the case receive.
func (d *Domain) ReserveEntitled(ctx context.Context, actor, caseID string) error {
	return d.onCase(ctx, actor, PermCommit, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		if d.Entitled == nil {
			return fault.New(fault.Conflict, "ledger.err.no_entitlements")
		}
		lines, err := d.Entitled(ctx, &w.R, *c)
		if err != nil {
			return err
		}
		n, err := d.ReserveIn(ctx, w, c, lines)
		if err != nil {
			return err
		}
		if n == 0 {
			return casefile.Record(ctx, w, *c, journal.Entry{Action: "ledger.reserved_again"})
		}
		return casefile.Save(ctx, w, c)
	})
}

// ReserveIn is ReserveEntitled inside another room's command, which saves the case afterwards. What is on the list and not yet kept
// aside is reserved; what was reserved by the programme, not yet approved and no longer on the list or of another amount
// is given back first. It tells how many lines changed; what is undecided is left alone.
func (d *Domain) ReserveIn(ctx context.Context, w *gate.W, c *casefile.Case, entitled []programme.Line) (changed int, err error) {
	have, err := Lines(ctx, &w.R, c.ID)
	if err != nil {
		return 0, err
	}
	type key struct{ code, person string }
	want := map[key]programme.Line{}
	for _, e := range entitled {
		if e.Verdict == programme.Eligible && e.Amount.Minor > 0 {
			want[key{e.Code, e.PersonID}] = e
		}
	}
	standing := map[key]bool{}
	for i := range have {
		l := &have[i]
		k := key{l.Code, l.PersonID}
		switch {
		case l.Rule == "" || l.State == Released || l.State == Refused || l.State == Returned:
		case l.State == Planned && l.Drawn == 0 && (want[k].Amount.Minor != l.Amount || want[k].Amount.Currency != l.Currency):
			if err := releaseIn(ctx, w, *c, l, Released); err != nil {
				return changed, err
			}
			changed++
		default:
			standing[k] = true
		}
	}
	rule := c.Programme + " " + c.PackVersion
	for _, e := range entitled {
		k := key{e.Code, e.PersonID}
		if _, ok := want[k]; !ok || standing[k] {
			continue
		}
		standing[k] = true
		if err := d.takePlace(ctx, w, *c, e); err != nil {
			return changed, err
		}
		l := Line{ID: w.NewID(), CaseID: c.ID, PersonID: e.PersonID, Code: e.Code, Component: e.Component, Modality: e.Modality, Ceiling: e.Ceiling,
			Amount: e.Amount.Minor, Currency: e.Amount.Currency, State: Planned, Rule: rule}
		if err := reserve(ctx, w, *c, &l); err != nil {
			return changed, err
		}
		if !l.Ceiling {
			if err := casefile.AddTask(ctx, w, c, casefile.Task{Code: "approve_money"}); err != nil {
				return changed, err
			}
		}
		if err := casefile.Record(ctx, w, *c, aboutLine(l, "ledger.reserved", "rule", rule)); err != nil {
			return changed, err
		}
		changed++
	}
	return changed, d.givePlacesBack(ctx, w, *c, entitled)
}

// releaseIn gives what is not paid of a line back to its fund and writes down why it ended.
func releaseIn(ctx context.Context, w *gate.W, c casefile.Case, l *Line, state string) error {
	e := entry{kind: "release", fund: l.FundID, caseID: c.ID, person: l.PersonID, line: l.ID}
	switch l.State {
	case Planned:
		e.postings = l.purse().release(l.Rest())
	case Approved:
		e.postings = l.purse().cancel(l.Amount)
	default:
		return fault.New(fault.Conflict, "ledger.err.not_open")
	}
	if e.postings[0].Amount != 0 {
		if err := post(ctx, w, e); err != nil {
			return err
		}
	}
	l.State = state
	if err := saveLine(ctx, w, l); err != nil {
		return err
	}
	action := "ledger.released"
	if state == Refused {
		action = "ledger.refused"
	}
	return casefile.Record(ctx, w, c, aboutLine(*l, action))
}

// onLine is the frame of the commands about one line of an open case.
func (d *Domain) onLine(ctx context.Context, actor, perm, caseID, lineID string, fn func(ctx context.Context, w *gate.W, c *casefile.Case, l *Line) error) error {
	return d.onCase(ctx, actor, perm, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		l, err := lineIn(ctx, &w.R, caseID, lineID)
		if err != nil {
			return err
		}
		if l.Note, _, err = w.Open(ctx, l.key(), "ledger_line.note:"+l.ID, l.note); err != nil {
			return err
		}
		return fn(ctx, w, c, &l)
	})
}

// Approve is the second person's yes: what was kept aside becomes a promise.
func (d *Domain) Approve(ctx context.Context, actor, caseID, lineID string) error {
	return d.onLine(ctx, actor, PermApprove, caseID, lineID, func(ctx context.Context, w *gate.W, c *casefile.Case, l *Line) error {
		if l.State == Approved && l.DecidedBy == w.Actor.ID {
			return casefile.Record(ctx, w, *c, aboutLine(*l, "ledger.approved_again"))
		}
		if err := mayApprove(*l, w.Actor.ID); err != nil {
			return err
		}
		if err := post(ctx, w, entry{kind: "commit", fund: l.FundID, caseID: c.ID, person: l.PersonID, line: l.ID, postings: l.purse().commit(l.Amount)}); err != nil {
			return err
		}
		l.State, l.DecidedBy, l.DecidedAt = Approved, w.Actor.ID, w.Now
		if err := saveLine(ctx, w, l); err != nil {
			return err
		}
		if err := approvalDone(ctx, w, c); err != nil {
			return err
		}
		return keep(ctx, w, c, aboutLine(*l, "ledger.approved"))
	})
}

// Refuse is the second person's no, with the reason.
func (d *Domain) Refuse(ctx context.Context, actor, caseID, lineID, reason string) error {
	return d.onLine(ctx, actor, PermApprove, caseID, lineID, func(ctx context.Context, w *gate.W, c *casefile.Case, l *Line) error {
		if err := mayApprove(*l, w.Actor.ID); err != nil {
			return err
		}
		if err := goodReason(reason); err != nil {
			return err
		}
		l.Note, l.DecidedBy, l.DecidedAt = reason, w.Actor.ID, w.Now
		if err := releaseIn(ctx, w, *c, l, Refused); err != nil {
			return err
		}
		if err := d.givePlacesBack(ctx, w, *c, nil); err != nil {
			return err
		}
		if err := approvalDone(ctx, w, c); err != nil {
			return err
		}
		return casefile.Save(ctx, w, c)
	})
}

func goodReason(reason string) error {
	switch n := len([]rune(reason)); {
	case n == 0:
		return fault.At("reason", "ledger.err.reason")
	case n > 500:
		return fault.At("reason", "ledger.err.too_long")
	}
	return nil
}

// Release gives an amount that is not needed any more back to the fund.
func (d *Domain) Release(ctx context.Context, actor, caseID, lineID, reason string) error {
	return d.onLine(ctx, actor, PermCommit, caseID, lineID, func(ctx context.Context, w *gate.W, c *casefile.Case, l *Line) error {
		if l.ItemRef != "" {
			return fault.New(fault.Conflict, "ledger.err.of_plan")
		}
		if err := goodReason(reason); err != nil {
			return err
		}
		l.Note = reason
		if err := releaseIn(ctx, w, *c, l, Released); err != nil {
			return err
		}
		if err := d.givePlacesBack(ctx, w, *c, nil); err != nil {
			return err
		}
		if err := approvalDone(ctx, w, c); err != nil {
			return err
		}
		return casefile.Save(ctx, w, c)
	})
}

// approvalDone ends the approver's task when nothing of the case waits for one any more.
func approvalDone(ctx context.Context, w *gate.W, c *casefile.Case) error {
	n, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM ledger_line WHERE case_id = $1 AND state = 'planned' AND ceiling = FALSE`, c.ID)
	if err != nil || n > 0 {
		return err
	}
	return casefile.FinishTask(ctx, w, c, "approve_money")
}

// RecordNotDue records that a person receives no cash, and why: they refuse it, or the rules give none.
func (d *Domain) RecordNotDue(ctx context.Context, actor, id, caseID, personID, reason string) error {
	return d.onCase(ctx, actor, PermCommit, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		if again, err := d.lineAgain(ctx, w, *c, id); err != nil || again {
			return err
		}
		if ok, err := isMember(ctx, &w.R, c.ID, personID); err != nil {
			return err
		} else if !ok {
			return fault.At("person", "ledger.err.person")
		}
		if err := goodReason(reason); err != nil {
			return err
		}
		have, err := Lines(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		for i := range have {
			l := &have[i]
			if l.PersonID != personID || l.Modality != "cash" || l.ItemRef != "" {
				continue
			}
			switch l.State {
			case Planned, Approved:
				if err := releaseIn(ctx, w, *c, l, Released); err != nil {
					return err
				}
			case Paid, ToReturn:
				return fault.At("person", "ledger.err.has_cash")
			}
		}
		currency := "EUR"
		if pack, err := d.Packs.Version(c.Programme, c.PackVersion); err == nil {
			currency = pack.Currency
		}
		l := Line{ID: id, CaseID: c.ID, PersonID: personID, Code: "cash", Component: "cash", Modality: "cash", Currency: currency, State: NotDue, Note: reason, DecidedBy: w.Actor.ID, DecidedAt: w.Now}
		if l.ID == "" {
			l.ID = w.NewID()
		}
		if err := insertLine(ctx, w, &l); err != nil {
			return err
		}
		if err := d.givePlacesBack(ctx, w, *c, nil); err != nil {
			return err
		}
		if err := approvalDone(ctx, w, c); err != nil {
			return err
		}
		return keep(ctx, w, c, aboutLine(l, "ledger.not_due"))
	})
}
