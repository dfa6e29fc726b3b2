package simulate

import (
	"cmp"
	"maps"
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
)

// Result is what a simulation tells. Every case is in exactly one of Changed, Unknown and Same.
type Result struct {
	Programme string            `json:"programme"`
	Version   string            `json:"version"`
	Against   string            `json:"against"`
	Cases     int64             `json:"cases"`
	Changed   int64             `json:"changed"`
	Unknown   int64             `json:"unknown"` // nothing changes that can be told, and facts are missing
	Same      int64             `json:"same"`
	Decisions []Decisions       `json:"decisions"`
	Amounts   []Amount          `json:"amounts"`
	Cost      []programme.Share `json:"cost"`
	Effects   []Effect          `json:"effects"`
	Missing   []Counted         `json:"missing"`
	Quotas    []Quota           `json:"quotas"`
}

// Decisions are the cases in which a component goes from one verdict to another, or keeps it.
type Decisions struct {
	Component string            `json:"component"`
	Before    programme.Verdict `json:"before"`
	After     programme.Verdict `json:"after"`
	Cases     int64             `json:"cases"`
	Numbers   []string          `json:"numbers,omitempty"` // the first of them; a file has all
	Why       []Counted         `json:"why,omitempty"`     // message keys of the clauses that stand or stood in the way
}

// Amount is one of the programme's amounts, where it would be another: how often, and what those come to.
type Amount struct {
	Component   string `json:"component"`
	Entitlement string `json:"entitlement"`
	Currency    string `json:"currency"`
	Lines       int64  `json:"lines"`
	Unknown     int64  `json:"unknown"` // of these, cannot be told
	Before      int64  `json:"before_minor"`
	After       int64  `json:"after_minor"`
}

// Counted is a name and in how many cases it counts.
type Counted struct {
	Name  string `json:"name"`
	Cases int64  `json:"cases"`
}

// Effect is who gains and who loses in a currency.
type Effect struct {
	Currency string `json:"currency"`
	programme.Effect
}

// Quota is how many places would be wanted of those there are. Amounts count as if there were a place for everybody.
type Quota struct {
	Quota  string `json:"quota"`
	Places int64  `json:"places"`
	Wanted int64  `json:"wanted"`
}

// ResultOf puts what was counted in the order in which it is told.
func ResultOf(old, new *programme.Pack, t *programme.Tally) Result {
	out := Result{Programme: new.Code, Version: new.Version, Against: old.Version, Cases: t.Cases, Changed: t.Changed, Unknown: t.Unknown, Same: t.Same,
		Decisions: []Decisions{}, Amounts: []Amount{}, Cost: []programme.Share{}, Effects: []Effect{}, Missing: counted(t.Missing), Quotas: []Quota{}}
	for m, x := range t.Turned {
		out.Decisions = append(out.Decisions, Decisions{m.Component, m.Before, m.After, x.Cases, x.Numbers, counted(x.Why)})
	}
	all := slices.Concat(new.Components, old.Components)
	place := func(component string) int { // in the order of the programme
		return slices.IndexFunc(all, func(c programme.Component) bool { return c.Code == component })
	}
	slices.SortFunc(out.Decisions, func(a, b Decisions) int {
		return cmp.Or(place(a.Component)-place(b.Component), cmp.Compare(b.Cases, a.Cases), cmp.Compare(a.Before, b.Before), cmp.Compare(a.After, b.After))
	})
	for g, x := range t.Shifted {
		out.Amounts = append(out.Amounts, Amount{g.Component, g.Code, g.Currency, x.Lines, x.Unknown, x.Before, x.After})
	}
	slices.SortFunc(out.Amounts, func(a, b Amount) int {
		return cmp.Or(place(a.Component)-place(b.Component), cmp.Compare(a.Entitlement, b.Entitlement), cmp.Compare(a.Currency, b.Currency))
	})
	out.Cost = append(out.Cost, t.Shares(old, new)...)
	for _, c := range slices.Sorted(maps.Keys(t.Effects)) {
		out.Effects = append(out.Effects, Effect{c, *t.Effects[c]})
	}
	for _, q := range new.Quotas {
		out.Quotas = append(out.Quotas, Quota{q.Code, q.Seats, t.Wanted[q.Code]})
	}
	return out
}

// counted sorts what was counted, the most first.
func counted(of map[string]int64) []Counted {
	out := []Counted{}
	for name, n := range of {
		out = append(out, Counted{name, n})
	}
	slices.SortFunc(out, func(a, b Counted) int { return cmp.Or(cmp.Compare(b.Cases, a.Cases), cmp.Compare(a.Name, b.Name)) })
	return out
}
