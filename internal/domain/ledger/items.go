package ledger

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// What a plan of a room above spends is written here, in that room's transaction. The plan draws on the case's ceiling:
// the line that says up to how much.

// Item is one thing of a plan. Ref names it in its own room and stays the same when the plan is amended.
type Item struct {
	Ref, Modality, Code string
	Amount              money.Amount
}

// ceiling is the open line with a ceiling of a case, if there is one.
func ceiling(ctx context.Context, r *gate.R, caseID string) (Line, bool, error) {
	ls, err := db.All(ctx, r.Tx, scanLine, `SELECT `+lineColumns+` FROM ledger_line l WHERE l.case_id = $1 AND l.ceiling = TRUE AND l.state = 'planned' ORDER BY l.proposed_at, l.id`, caseID)
	if err != nil || len(ls) == 0 {
		return Line{}, false, err
	}
	return ls[0], true, nil
}

// CeilingOf tells up to how much the case may spend on a plan, all versions of it together; ok is false when no budget was
// kept aside.
func CeilingOf(ctx context.Context, r *gate.R, caseID string) (limit money.Amount, ok bool, err error) {
	l, ok, err := ceiling(ctx, r, caseID)
	return l.Money(), ok, err
}

// CommitPlan promises every item of an approved plan. Items that stand already with the same amount stay; those that are gone
// or changed give their amount back first; what is paid cannot change. Asked for by author, approved by whoever acts: the
// two must differ.
func CommitPlan(ctx context.Context, w *gate.W, c casefile.Case, author string, items []Item) error {
	if author == w.Actor.ID {
		return fault.New(fault.Conflict, "ledger.err.own_line")
	}
	top, ok, err := ceiling(ctx, &w.R, c.ID)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Conflict, "ledger.err.no_ceiling")
	}
	have, err := db.All(ctx, w.Tx, scanLine, `SELECT `+lineColumns+` FROM ledger_line l WHERE l.parent_id = $1 AND l.state IN ('approved','paid') ORDER BY l.proposed_at, l.id`, top.ID)
	if err != nil {
		return err
	}
	want := map[string]Item{}
	for _, it := range items {
		want[it.Ref] = it
	}
	standing := map[string]bool{}
	for i := range have {
		l := &have[i]
		it, there := want[l.ItemRef]
		switch {
		case l.State == Paid || there && it.Amount == l.Money() && it.Modality == l.Modality:
			standing[l.ItemRef] = true
		default:
			if err := drop(ctx, w, c, l, &top); err != nil {
				return err
			}
		}
	}
	for _, it := range items {
		if standing[it.Ref] {
			continue
		}
		l := Line{ID: w.NewID(), CaseID: c.ID, FundID: top.FundID, Code: it.Code, Component: top.Component, Modality: it.Modality, Amount: it.Amount.Minor, Currency: it.Amount.Currency,
			State: Approved, ParentID: top.ID, ItemRef: it.Ref, ProposedBy: author, DecidedBy: w.Actor.ID, DecidedAt: w.Now}
		if l.Currency != top.Currency || l.Amount <= 0 {
			return fault.New(fault.Conflict, "ledger.err.amount")
		}
		if l.Amount > top.Rest() {
			return fault.New(fault.Conflict, "ledger.err.over_ceiling", "rest", money.Of(top.Rest(), top.Currency))
		}
		if err := insertLine(ctx, w, &l); err != nil {
			return err
		}
		if err := post(ctx, w, entry{kind: "commit", fund: l.FundID, caseID: c.ID, line: l.ID, postings: l.purse().commit(l.Amount)}); err != nil {
			return err
		}
		top.Drawn += l.Amount
		if err := setDrawn(ctx, w, top); err != nil {
			return err
		}
		if err := casefile.Record(ctx, w, c, aboutLine(l, "ledger.committed")); err != nil {
			return err
		}
	}
	return nil
}

func setDrawn(ctx context.Context, w *gate.W, top Line) error {
	_, err := w.Tx.Exec(ctx, `UPDATE ledger_line SET drawn = $1 WHERE id = $2`, top.Drawn, top.ID)
	return err
}

// drop gives an approved item back to the ceiling it was drawn from.
func drop(ctx context.Context, w *gate.W, c casefile.Case, l, top *Line) error {
	if err := post(ctx, w, entry{kind: "uncommit", fund: l.FundID, caseID: c.ID, line: l.ID, postings: l.purse().uncommit(l.Amount)}); err != nil {
		return err
	}
	top.Drawn -= l.Amount
	if err := setDrawn(ctx, w, *top); err != nil {
		return err
	}
	l.State = Released
	if err := saveLine(ctx, w, l); err != nil {
		return err
	}
	return casefile.Record(ctx, w, c, aboutLine(*l, "ledger.released"))
}

// itemLine is the standing line of an item.
func itemLine(ctx context.Context, r *gate.R, caseID, ref string) (Line, error) {
	ls, err := db.All(ctx, r.Tx, scanLine, `SELECT `+lineColumns+` FROM ledger_line l WHERE l.item_ref = $1 AND l.case_id = $2 AND l.state IN ('approved','paid') ORDER BY l.proposed_at, l.id`, ref, caseID)
	if err != nil {
		return Line{}, err
	}
	if len(ls) == 0 {
		return Line{}, fault.New(fault.Conflict, "ledger.err.not_payable")
	}
	return ls[0], nil
}

// PayItem pays what an item really cost; what it cost less than planned goes back to the ceiling. It saves the case. Paying
// an item twice pays it once.
func (d *Domain) PayItem(ctx context.Context, w *gate.W, c *casefile.Case, ref, paymentID, invoice string, actual money.Amount) (Payment, error) {
	l, err := itemLine(ctx, &w.R, c.ID, ref)
	if err != nil {
		return Payment{}, err
	}
	if l.State == Paid {
		return livePayment(ctx, &w.R, l.ID)
	}
	if actual.Currency != l.Currency || actual.Minor <= 0 || actual.Minor > l.Amount {
		return Payment{}, fault.At("amount", "ledger.err.over_item", "amount", l.Money())
	}
	p := Payment{ID: paymentID, Way: "transfer", Amount: actual.Minor, Reference: invoice, On: w.Today}
	return p, d.payIn(ctx, w, c, &l, &p)
}

// DropItem gives the amount of an item that will not be delivered back to the ceiling. An item that was never promised is
// no error.
func (d *Domain) DropItem(ctx context.Context, w *gate.W, c casefile.Case, ref string) error {
	l, err := itemLine(ctx, &w.R, c.ID, ref)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	if err != nil {
		return err
	}
	if l.State == Paid {
		return fault.New(fault.Conflict, "ledger.err.not_open")
	}
	top, err := lineIn(ctx, &w.R, c.ID, l.ParentID)
	if err != nil {
		return err
	}
	if top.State != Planned { // the ceiling is closed: the fund has it back
		return releaseIn(ctx, w, c, &l, Released)
	}
	return drop(ctx, w, c, &l, &top)
}

// ReleaseRest gives what is left of the ceiling back to the fund, once everything of the plan is paid or dropped. It tells
// how much that was.
func (d *Domain) ReleaseRest(ctx context.Context, w *gate.W, c casefile.Case) (money.Amount, error) {
	top, ok, err := ceiling(ctx, &w.R, c.ID)
	if err != nil || !ok {
		return money.Amount{}, err
	}
	rest := money.Of(top.Rest(), top.Currency)
	return rest, releaseIn(ctx, w, c, &top, Released)
}

// Conditions answers what packs ask of this room.
func (d *Domain) Conditions() map[string]casefile.Condition {
	return map[string]casefile.Condition{"cash.settled": d.CashSettled}
}

// CashSettled is met when the cash of every travelling person is paid, or recorded as not due.
func (d *Domain) CashSettled(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	ms, err := casefile.Members(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	var travelling []string
	names := map[string]string{}
	for _, m := range ms {
		if m.Travels {
			travelling = append(travelling, m.ID)
		}
		names[m.ID] = m.Called()
	}
	entitled := map[string]bool{}
	if d.Entitled != nil {
		lines, err := d.Entitled(ctx, r, c)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			if l.Modality == "cash" && l.PersonID != "" {
				entitled[l.PersonID] = true
			}
		}
	}
	have, err := Lines(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	missing, open := unsettledCash(travelling, entitled, d.Entitled != nil, have)
	var out []casefile.Unmet
	for _, id := range missing {
		out = append(out, casefile.Unmet{Key: "ledger.unmet.no_cash", Args: []any{"name", names[id]}, Href: tab(c.ID)})
	}
	for _, id := range open {
		out = append(out, casefile.Unmet{Key: "ledger.unmet.cash_open", Args: []any{"name", names[id]}, Href: tab(c.ID)})
	}
	return out, nil
}

func tab(caseID string) string { return "/cases/" + caseID + "/money" }

// Settled is met when no promise of the case is open; a case is not closed before.
func (d *Domain) Settled(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	have, err := Lines(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	var out []casefile.Unmet
	for _, l := range have {
		switch l.State {
		case Planned, Approved:
			out = append(out, casefile.Unmet{Key: "ledger.unmet.open", Args: []any{"amount", money.Of(l.Rest(), l.Currency)}, Href: tab(c.ID)})
		case ToReturn:
			out = append(out, casefile.Unmet{Key: "ledger.unmet.to_return", Args: []any{"amount", l.Money()}, Href: tab(c.ID)})
		}
	}
	return out, nil
}

// OnWithdraw gives everything that is not paid back to the funds. Cash that was handed over before the journey must come
// back, and is listed until it did; what was delivered after the return stays with the person.
func (d *Domain) OnWithdraw(ctx context.Context, w *gate.W, c casefile.Case) ([]string, error) {
	have, err := Lines(ctx, &w.R, c.ID)
	if err != nil {
		return nil, err
	}
	freed, back := false, false
	for pass := range 2 { // items before the ceilings they were drawn from
		for i := range have {
			l := &have[i]
			if (l.ItemRef != "") != (pass == 0) || l.State != Planned && l.State != Approved {
				continue
			}
			if err := releaseIn(ctx, w, c, l, Released); err != nil {
				return nil, err
			}
			freed = true
		}
	}
	if d.beforeDeparture(c) {
		for i := range have {
			l := &have[i]
			if l.State != Paid || l.Modality != "cash" {
				continue
			}
			if err := post(ctx, w, entry{kind: "recall", fund: l.FundID, caseID: c.ID, person: l.PersonID, line: l.ID, postings: l.purse().recall(l.Amount)}); err != nil {
				return nil, err
			}
			l.State = ToReturn
			if err := saveLine(ctx, w, l); err != nil {
				return nil, err
			}
			if err := casefile.Record(ctx, w, c, aboutLine(*l, "ledger.to_return")); err != nil {
				return nil, err
			}
			back = true
		}
	}
	if err := d.givePlacesBack(ctx, w, c, nil); err != nil {
		return nil, err
	}
	var keys []string
	if freed {
		keys = append(keys, "ledger.freed.money")
	}
	if back {
		keys = append(keys, "ledger.freed.to_return")
		if err := casefile.AddTask(ctx, w, &c, casefile.Task{Code: "take_back_cash", DueOn: w.Today, Urgent: true}); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// beforeDeparture tells whether the case has not passed the stage in which the departure is confirmed. Where nobody can
// tell, the money is asked back: a person decides then.
func (d *Domain) beforeDeparture(c casefile.Case) bool {
	pack, err := d.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return true
	}
	_, now, ok1 := pack.Stage(c.Stage)
	_, left, ok2 := pack.Stage("DEPARTED")
	return !ok1 || !ok2 || now <= left
}

// NotBoarded is for the room that sees who boards: if the person was paid in cash, somebody must take it back. It saves nothing.
func (d *Domain) NotBoarded(ctx context.Context, w *gate.W, c *casefile.Case, personID string) (bool, error) {
	n, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM ledger_line WHERE case_id = $1 AND person_id = $2 AND state = 'paid' AND modality = 'cash'`, c.ID, personID)
	if err != nil || n == 0 {
		return false, err
	}
	if err := casefile.AddTask(ctx, w, c, casefile.Task{Code: "take_back_cash", DueOn: w.Today, Urgent: true}); err != nil {
		return false, err
	}
	return true, casefile.Record(ctx, w, *c, journal.Entry{Action: "ledger.take_back_asked", Key: personID})
}
