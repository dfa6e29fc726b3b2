package reintegration

import (
	"context"
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// onItem is the frame of the commands about one item of the plan in force.
func (d *Domain) onItem(ctx context.Context, actor, caseID, ref string, fn func(ctx context.Context, w *gate.W, c *casefile.Case, p Plan, it Item, x *Delivery) (journal.Entry, error)) error {
	return d.onCase(ctx, actor, PermDeliver, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		ps, err := Plans(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		p, ok := inForce(ps)
		i := slices.IndexFunc(p.Items, func(it Item) bool { return it.Ref == ref })
		if !ok || i < 0 {
			return fault.Gone()
		}
		it := p.Items[i]
		x := it.Delivery
		x.Ref, x.CaseID = ref, c.ID
		e, err := fn(ctx, w, c, p, it, &x)
		if err != nil {
			return err
		}
		if err := x.save(ctx, w); err != nil {
			return err
		}
		return keep(ctx, w, c, e)
	})
}

func aboutItem(p Plan, it Item, action string, args ...string) journal.Entry {
	e := journal.Entry{Subject: journal.Ref{Kind: "plan_item", ID: it.Ref}, Action: action, Args: map[string]string{"category": it.Category, "amount": money.Of(it.Amount, p.Currency).String()}}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[args[i]] = args[i+1]
	}
	return e
}

// mustBe refuses a step that comes too early or too late.
func mustBe(x *Delivery, states ...string) error {
	if slices.Contains(states, x.State) {
		return nil
	}
	return fault.New(fault.Conflict, "reintegration.err.item_state")
}

// TakeQuotes writes down the offers for an item and which was chosen.
func (d *Domain) TakeQuotes(ctx context.Context, actor, caseID, ref string, qs []Quote, justification string) error {
	return d.onItem(ctx, actor, caseID, ref, func(ctx context.Context, w *gate.W, c *casefile.Case, p Plan, it Item, x *Delivery) (journal.Entry, error) {
		if err := mustBe(x, ItemPlanned, ItemQuoted); err != nil {
			return journal.Entry{}, err
		}
		if fs := checkQuotes(qs, justification, money.Of(it.Amount, p.Currency)); len(fs) > 0 {
			return journal.Entry{}, fault.Fields(fs)
		}
		x.State, x.Quotes, x.Justification = ItemQuoted, qs, justification
		return aboutItem(p, it, "reintegration.item_quoted"), nil
	})
}

// Order writes down that an item was ordered.
func (d *Domain) Order(ctx context.Context, actor, caseID, ref string, on day.Date) error {
	return d.onItem(ctx, actor, caseID, ref, func(ctx context.Context, w *gate.W, c *casefile.Case, p Plan, it Item, x *Delivery) (journal.Entry, error) {
		if x.State == ItemOrdered && x.OrderedOn == on {
			return aboutItem(p, it, "reintegration.item_again"), nil
		}
		if err := mustBe(x, ItemQuoted); err != nil {
			return journal.Entry{}, err
		}
		if f := pastDay("on", on, w.Today); f != nil {
			return journal.Entry{}, fault.Fields([]fault.Field{*f})
		}
		x.State, x.OrderedOn = ItemOrdered, on
		return aboutItem(p, it, "reintegration.item_ordered", "date", on.String()), nil
	})
}

// Deliver writes down that an item came: the day, the number of the invoice or receipt, what it really cost, and the proof.
func (d *Domain) Deliver(ctx context.Context, actor, caseID, ref string, on day.Date, invoice string, actual int64, proof string) error {
	return d.onItem(ctx, actor, caseID, ref, func(ctx context.Context, w *gate.W, c *casefile.Case, p Plan, it Item, x *Delivery) (journal.Entry, error) {
		if err := mustBe(x, ItemOrdered, ItemDelivered); err != nil {
			return journal.Entry{}, err
		}
		var fs []fault.Field
		if f := pastDay("on", on, w.Today); f != nil {
			fs = append(fs, *f)
		} else if on.Before(x.OrderedOn) {
			fs = append(fs, fault.Field{Name: "on", Key: "reintegration.err.before_order"})
		}
		if invoice == "" || len([]rune(invoice)) > 100 {
			fs = append(fs, fault.Field{Name: "invoice", Key: "reintegration.err.invoice"})
		}
		if actual <= 0 {
			fs = append(fs, fault.Field{Name: "actual", Key: "reintegration.err.amount"})
		} else if actual > it.Amount {
			fs = append(fs, fault.Field{Name: "actual", Key: "reintegration.err.over_item", Args: []any{"amount", money.Of(it.Amount, p.Currency)}})
		}
		if proof != "" {
			if err := isPaper(ctx, &w.R, c.ID, proof); err != nil {
				fs = append(fs, fault.Field{Name: "proof", Key: "reintegration.err.proof"})
			}
		}
		if len(fs) > 0 {
			return journal.Entry{}, fault.Fields(fs)
		}
		x.State, x.DeliveredOn, x.Invoice, x.Actual, x.Proof = ItemDelivered, on, invoice, actual, proof
		return aboutItem(p, it, "reintegration.item_delivered", "date", on.String()), nil
	})
}

// Confirm writes down that the returnee has the item. In the same moment the ledger pays what it cost, and what was planned
// beyond that goes back to the budget. Confirming twice pays once.
func (d *Domain) Confirm(ctx context.Context, actor, caseID, ref, paymentID string, on day.Date) error {
	return d.onItem(ctx, actor, caseID, ref, func(ctx context.Context, w *gate.W, c *casefile.Case, p Plan, it Item, x *Delivery) (journal.Entry, error) {
		if x.State == ItemPaid {
			return aboutItem(p, it, "reintegration.item_again"), nil
		}
		if err := mustBe(x, ItemDelivered); err != nil {
			return journal.Entry{}, err
		}
		if f := pastDay("on", on, w.Today); f != nil {
			return journal.Entry{}, fault.Fields([]fault.Field{*f})
		}
		if on.Before(x.DeliveredOn) {
			return journal.Entry{}, fault.At("on", "reintegration.err.before_delivery")
		}
		paid, err := d.Money.PayItem(ctx, w, c, ref, paymentID, x.Invoice, money.Of(x.Actual, p.Currency))
		if err != nil {
			return journal.Entry{}, err
		}
		x.State, x.ConfirmedOn, x.PaymentID = ItemPaid, on, paid.ID
		return aboutItem(p, it, "reintegration.item_confirmed", "receipt", paid.ReceiptNo), nil
	})
}

// Drop gives an item up; its amount goes back to the budget.
func (d *Domain) Drop(ctx context.Context, actor, caseID, ref, reason string) error {
	return d.onItem(ctx, actor, caseID, ref, func(ctx context.Context, w *gate.W, c *casefile.Case, p Plan, it Item, x *Delivery) (journal.Entry, error) {
		if x.State == ItemDropped {
			return aboutItem(p, it, "reintegration.item_again"), nil
		}
		if err := mustBe(x, ItemPlanned, ItemQuoted, ItemOrdered, ItemDelivered); err != nil {
			return journal.Entry{}, err
		}
		if reason == "" {
			return journal.Entry{}, fault.At("reason", "reintegration.err.reason")
		}
		if len([]rune(reason)) > long {
			return journal.Entry{}, fault.At("reason", "reintegration.err.too_long", "n", long)
		}
		if err := d.Money.DropItem(ctx, w, *c, ref); err != nil {
			return journal.Entry{}, err
		}
		x.State, x.Reason = ItemDropped, reason
		return aboutItem(p, it, "reintegration.item_dropped", "reason", reason), nil
	})
}

// GiveRestBack ends the plan's budget: once everything is paid or dropped, what nobody spent goes back to the fund.
func (d *Domain) GiveRestBack(ctx context.Context, actor, caseID string) (rest money.Amount, err error) {
	err = d.onCase(ctx, actor, PermDeliver, caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		un, err := d.Settled(ctx, &w.R, *c)
		if err != nil {
			return err
		}
		if len(un) > 0 {
			return fault.New(fault.Conflict, un[0].Key, un[0].Args...)
		}
		if rest, err = d.Money.ReleaseRest(ctx, w, *c); err != nil {
			return err
		}
		return keep(ctx, w, c, journal.Entry{Action: "reintegration.rest_returned", Args: map[string]string{"amount": rest.String()}})
	})
	return rest, err
}

func tab(caseID string) string { return "/cases/" + caseID + "/reintegration" }

// Conditions answers what packs ask of this room.
func (d *Domain) Conditions() map[string]casefile.Condition {
	return map[string]casefile.Condition{"post_arrival.done": d.helped, "reintegration.assessed": d.assessed, "reintegration.plan_approved": d.planApproved, "reintegration.delivered": d.delivered}
}

func (d *Domain) helped(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	hs, err := HelpOf(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	for _, h := range hs {
		if h.Answer == "" {
			return []casefile.Unmet{{Key: "reintegration.unmet.help", Href: tab(c.ID) + "/arrival"}}, nil
		}
	}
	return nil, nil
}

func (d *Domain) assessed(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	as, err := Assessments(ctx, r, c.ID)
	if err != nil || len(as) > 0 {
		return nil, err
	}
	return []casefile.Unmet{{Key: "reintegration.unmet.assessed", Href: tab(c.ID) + "/assessment"}}, nil
}

func (d *Domain) planApproved(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	ps, err := Plans(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	if _, ok := inForce(ps); ok {
		return nil, nil
	}
	key := "reintegration.unmet.plan"
	if len(ps) > 0 && ps[0].State == Submitted {
		key = "reintegration.unmet.approval"
	}
	return []casefile.Unmet{{Key: key, Href: tab(c.ID)}}, nil
}

func (d *Domain) delivered(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	ps, err := Plans(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	p, _ := inForce(ps)
	return openItems(c, p), nil
}

func openItems(c casefile.Case, p Plan) []casefile.Unmet {
	n := 0
	for _, it := range p.Items {
		if it.Delivery.State != ItemPaid && it.Delivery.State != ItemDropped {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []casefile.Unmet{{Key: "reintegration.unmet.items", Args: []any{"n", n}, Href: tab(c.ID)}}
}

// Settled is met when no item is open and no plan waits; a case is not closed before.
func (d *Domain) Settled(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	ps, err := Plans(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	p, _ := inForce(ps)
	out := openItems(c, p)
	if len(ps) > 0 && ps[0].State == Submitted {
		out = append(out, casefile.Unmet{Key: "reintegration.unmet.approval", Href: tab(c.ID)})
	}
	return out, nil
}

// OnWithdraw takes an open plan back and gives up what was not delivered; the ledger frees the money by itself.
func (d *Domain) OnWithdraw(ctx context.Context, w *gate.W, c casefile.Case) ([]string, error) {
	ps, err := Plans(ctx, &w.R, c.ID)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, p := range ps {
		switch p.State {
		case Draft, Submitted, SentBack:
			p.State = Withdrawn
			if err := p.save(ctx, w); err != nil {
				return nil, err
			}
			if err := casefile.Record(ctx, w, c, aboutPlan(p, "reintegration.plan_withdrawn")); err != nil {
				return nil, err
			}
			keys = append(keys, "reintegration.freed.plan")
		case Approved:
			for _, it := range p.Items {
				if it.Delivery.State == ItemPaid || it.Delivery.State == ItemDropped {
					continue
				}
				x := it.Delivery
				x.Ref, x.CaseID, x.State = it.Ref, c.ID, ItemDropped
				if err := x.save(ctx, w); err != nil {
					return nil, err
				}
				if err := casefile.Record(ctx, w, c, aboutItem(p, it, "reintegration.item_withdrawn")); err != nil {
					return nil, err
				}
			}
		}
	}
	return keys, nil
}
