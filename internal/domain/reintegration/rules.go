package reintegration

import (
	"math"
	"slices"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// withinBudget: a plan never exceeds its budget. Amounts so large that their sum does not fit are over any budget; what was
// given up costs nothing.
func withinBudget(items []Item, limit int64) bool {
	var sum int64
	for _, it := range items {
		if it.Delivery.State == ItemDropped {
			continue
		}
		if it.Amount < 0 || it.Amount > math.MaxInt64-sum {
			return false
		}
		sum += it.Amount
	}
	return sum <= limit
}

// long is how many letters a text may have.
const long = 1000

// checkPlan looks at what was typed; a draft may have holes, but no nonsense.
func checkPlan(p Plan) (fs []fault.Field) {
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	for _, t := range []struct{ name, text string }{{"economic", p.Economic}, {"social", p.Social}, {"psychosocial", p.Psychosocial}} {
		if len([]rune(t.text)) > long {
			add(t.name, "reintegration.err.too_long", "n", long)
		}
	}
	if len(p.Items) > MostItems {
		add("", "reintegration.err.many_items", "n", MostItems)
	}
	for i, it := range p.Items {
		at := func(name string) string { return name + "_" + strconv.Itoa(i) }
		if !slices.Contains(Categories, it.Category) {
			add(at("category"), "reintegration.err.category")
		}
		if it.Description == "" {
			add(at("description"), "reintegration.err.description")
		}
		if len([]rune(it.Description)) > long || len([]rune(it.Supplier)) > 200 {
			add(at("description"), "reintegration.err.too_long", "n", long)
		}
		if !slices.Contains(Modalities, it.Modality) {
			add(at("modality"), "reintegration.err.modality")
		}
		if it.Amount <= 0 {
			add(at("amount"), "reintegration.err.amount")
		}
		if !slices.Contains(Evidences, it.Evidence) {
			add(at("evidence"), "reintegration.err.evidence")
		}
	}
	return fs
}

// complete tells what a plan still lacks before somebody may be asked to approve it.
func complete(p Plan, limit money.Amount, ok bool) error {
	switch {
	case p.Economic == "" && p.Social == "" && p.Psychosocial == "":
		return fault.At("economic", "reintegration.err.no_objective")
	case len(p.Items) == 0:
		return fault.New(fault.Conflict, "reintegration.err.no_items")
	case !ok:
		return fault.New(fault.Conflict, "reintegration.err.no_budget")
	case p.Currency != limit.Currency || !withinBudget(p.Items, limit.Minor):
		return fault.New(fault.Conflict, "reintegration.err.over_budget", "total", p.Total(), "limit", limit)
	}
	return nil
}

// mayDecide keeps four eyes on a plan: whoever wrote it does not decide about it.
func mayDecide(p Plan, actor, reason string) error {
	switch {
	case p.State != Submitted:
		return fault.New(fault.Conflict, "reintegration.err.not_submitted")
	case p.AuthorID == actor:
		return fault.New(fault.Conflict, "reintegration.err.own_plan")
	case reason == "":
		return fault.At("reason", "reintegration.err.reason")
	case len([]rune(reason)) > long:
		return fault.At("reason", "reintegration.err.too_long", "n", long)
	}
	return nil
}

// keepsStarted: what was ordered already cannot be changed or left out by an amendment.
func keepsStarted(before, after []Item) bool {
	for _, old := range before {
		switch old.Delivery.State {
		case ItemOrdered, ItemDelivered, ItemPaid:
		default:
			continue
		}
		i := slices.IndexFunc(after, func(it Item) bool { return it.Ref == old.Ref })
		if i < 0 || after[i].Amount != old.Amount || after[i].Modality != old.Modality {
			return false
		}
	}
	return true
}

// checkQuotes wants three offers with one of them chosen, or the reason why not; and the reason for not taking the cheapest.
// The chosen offer must be within what was approved.
func checkQuotes(qs []Quote, justification string, approved money.Amount) (fs []fault.Field) {
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	chosen, cheapest := -1, int64(math.MaxInt64)
	for i, q := range qs {
		if q.Supplier == "" || q.Amount <= 0 {
			add("amount_"+strconv.Itoa(i), "reintegration.err.quote")
			continue
		}
		cheapest = min(cheapest, q.Amount)
		if q.Chosen {
			chosen = i
		}
	}
	switch {
	case len(qs) == 0 && justification == "":
		add("justification", "reintegration.err.three_quotes")
	case len(qs) > 0 && chosen < 0:
		add("chosen", "reintegration.err.chosen")
	case justification == "" && len(qs) < 3:
		add("justification", "reintegration.err.three_quotes")
	case chosen >= 0 && qs[chosen].Amount > approved.Minor:
		add("chosen", "reintegration.err.over_item", "amount", approved)
	case chosen >= 0 && qs[chosen].Amount > cheapest && justification == "":
		add("justification", "reintegration.err.not_cheapest")
	}
	if len([]rune(justification)) > long {
		add("justification", "reintegration.err.too_long", "n", long)
	}
	return fs
}

// pastDay is a day that has been.
func pastDay(name string, d, today day.Date) *fault.Field {
	if d.IsZero() || d.After(today) {
		return &fault.Field{Name: name, Key: "reintegration.err.date_past"}
	}
	return nil
}

func checkAssessment(a Assessment, today day.Date) (fs []fault.Field) {
	if f := pastDay("on", a.On, today); f != nil {
		fs = append(fs, *f)
	}
	for _, l := range []struct {
		name string
		n    int64
	}{{"economic", a.Economic}, {"social", a.Social}, {"psychosocial", a.Psychosocial}} {
		if l.n < 1 || l.n > 4 {
			fs = append(fs, fault.Field{Name: l.name, Key: "reintegration.err.level"})
		}
	}
	if a.WorkYears < 0 || a.WorkYears > 80 {
		fs = append(fs, fault.Field{Name: "work_years", Key: "reintegration.err.work_years"})
	}
	switch n := len([]rune(a.Results)); {
	case n == 0:
		fs = append(fs, fault.Field{Name: "results", Key: "reintegration.err.results"})
	case n > 4000:
		fs = append(fs, fault.Field{Name: "results", Key: "reintegration.err.too_long", Args: []any{"n", 4000}})
	}
	return fs
}
