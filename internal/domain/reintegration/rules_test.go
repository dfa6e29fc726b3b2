package reintegration

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// A plan never exceeds its budget, whatever its items cost: checked against sums that cannot overflow.
func TestPlanNeverExceedsItsBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(0, 1_000_000).Draw(t, "limit")
		amount := rapid.OneOf(rapid.Int64Range(1, 400_000), rapid.Int64Range(math.MaxInt64-5, math.MaxInt64))
		var items []Item
		sum := new(big.Int)
		for range rapid.IntRange(1, MostItems).Draw(t, "items") {
			n := amount.Draw(t, "amount")
			items = append(items, Item{Amount: n})
			sum.Add(sum, big.NewInt(n))
		}
		fits := sum.Cmp(big.NewInt(limit)) <= 0
		p := Plan{Currency: "EUR", Economic: "a shop", Items: items}
		if err := complete(p, money.Of(limit, "EUR"), true); (err == nil) != fits {
			t.Fatalf("items of %v in a budget of %d: %v", sum, limit, err)
		}
		if complete(p, money.Of(limit, "USD"), true) == nil || complete(p, money.Amount{}, false) == nil {
			t.Fatal("a budget of another currency, or none at all, carries no plan")
		}
	})
}

func TestOffers(t *testing.T) {
	q := func(amount int64, chosen bool) Quote { return Quote{"Shop", amount, chosen} }
	for name, c := range map[string]struct {
		qs    []Quote
		why   string
		field string
	}{
		"three, the cheapest": {[]Quote{q(90, true), q(95, false), q(99, false)}, "", ""},
		"three, a dearer one": {[]Quote{q(90, false), q(95, true), q(99, false)}, "", "justification"},
		"dearer, explained":   {[]Quote{q(90, false), q(95, true), q(99, false)}, "It comes with a warranty", ""},
		"two":                 {[]Quote{q(90, true), q(95, false)}, "", "justification"},
		"two, explained":      {[]Quote{q(90, true), q(95, false)}, "There are two shops", ""},
		"none":                {nil, "", "justification"},
		"none, explained":     {nil, "The school has one price", ""},
		"none chosen":         {[]Quote{q(90, false), q(95, false), q(99, false)}, "", "chosen"},
		"over the plan":       {[]Quote{q(101, true), q(102, false), q(103, false)}, "", "chosen"},
		"over, explained":     {[]Quote{q(101, true)}, "The only one", "chosen"},
		"no supplier":         {[]Quote{{"", 90, true}, q(95, false), q(99, false)}, "", "amount_0"},
	} {
		fs := checkQuotes(c.qs, c.why, money.Of(100, "EUR"))
		if (c.field == "") != (len(fs) == 0) || len(fs) > 0 && !at(fs, c.field) {
			t.Errorf("%s: %v", name, fs)
		}
	}
}

func at(fs []fault.Field, name string) bool {
	for _, f := range fs {
		if f.Name == name {
			return true
		}
	}
	return false
}

func TestWhatIsOrderedStays(t *testing.T) {
	ordered := Item{Ref: "a", Amount: 5, Modality: "cash", Delivery: Delivery{State: ItemOrdered}}
	planned := Item{Ref: "b", Amount: 7, Modality: "cash", Delivery: Delivery{State: ItemPlanned}}
	dearer := ordered
	dearer.Amount = 6
	for name, c := range map[string]struct {
		after []Item
		want  bool
	}{"kept": {[]Item{ordered}, true}, "left out": {[]Item{planned}, false}, "changed": {[]Item{dearer, planned}, false}} {
		if got := keepsStarted([]Item{ordered, planned}, c.after); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
