package programme

import (
	"cmp"
	"maps"
	"slices"

	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Tally adds up what becomes of many cases. Two tallies merge into that of both; every case is in exactly one of Changed,
// Unknown and Same.
type Tally struct {
	Cases, Changed, Unknown, Same int64
	Turned                        map[Move]*Moved
	Shifted                       map[Grant]*Shifted
	Costs                         map[Bill]*Spent
	Effects                       map[string]*Effect // by currency
	Missing                       map[string]int64   // cases in which a fact is missing
	Wanted                        map[string]int64   // places that would be taken in each quota of the new version
}

// Move is a component that goes from one verdict to another.
type Move struct {
	Component     string
	Before, After Verdict
}

// Moved are the cases in which it does: how many, the first of them, and why in how many.
type Moved struct {
	Cases   int64
	Numbers []string
	Why     map[string]int64 // by message key
}

// MostNumbers is how many numbers of cases a Moved holds; a file has them all.
const MostNumbers = 1000

// Grant is an amount of a programme.
type Grant struct{ Component, Code, Currency string }

// Shifted are the times it would be another: in how many of them it cannot be told, and what the others come to under either
// version, as far as it is granted.
type Shifted struct{ Lines, Unknown, Before, After int64 }

// Bill is a month and a currency.
type Bill struct{ Month, Currency string }

// Spent is what the cases of a month cost under either version.
type Spent struct{ Before, After Cost }

// Cost is an amount in minor units: what is sure, and what may come on top of it, ceilings up to which help is given and what
// somebody still has to choose.
type Cost struct {
	Sure int64 `json:"sure_minor"`
	Top  int64 `json:"on_top_minor"`
}

// Effect is who gains and who loses in one currency. An amount of a whole case counts as the main applicant's.
type Effect struct {
	Gain Side `json:"gain"`
	Loss Side `json:"loss"`
}

// Side is one of the two: how many persons, how much together, and the most for one of them.
type Side struct {
	Persons int64 `json:"persons"`
	Sum     int64 `json:"sum_minor"`
	Most    int64 `json:"most_minor"`
}

// NewTally makes an empty one.
func NewTally() *Tally {
	return &Tally{Turned: map[Move]*Moved{}, Shifted: map[Grant]*Shifted{}, Costs: map[Bill]*Spent{}, Effects: map[string]*Effect{}, Missing: map[string]int64{}, Wanted: map[string]int64{}}
}

// Add counts a case: its number, the month in which its cost falls, who applied, and what becomes of it.
func (t *Tally) Add(no, month, principal string, c Change) error {
	t.Cases++
	switch {
	case c.Changed():
		t.Changed++
	case len(c.Missing) > 0:
		t.Unknown++
	default:
		t.Same++
	}
	for _, turn := range c.Turns {
		m := t.moved(Move{turn.Component, turn.Before, turn.After})
		m.Cases++
		if turn.Before != turn.After {
			m.number(no)
			for _, key := range turn.Why {
				m.Why[key]++
			}
		}
	}
	for _, f := range c.Missing {
		t.Missing[f]++
	}
	for _, l := range c.After {
		if l.Quota != "" && l.Verdict == Eligible {
			t.Wanted[l.Quota]++
		}
	}
	if err := t.spend(month, c.Before, func(s *Spent) *Cost { return &s.Before }); err != nil {
		return err
	}
	if err := t.spend(month, c.After, func(s *Spent) *Cost { return &s.After }); err != nil {
		return err
	}
	return t.affect(principal, c.Shifts)
}

func (t *Tally) moved(m Move) *Moved {
	out := t.Turned[m]
	if out == nil {
		out = &Moved{Why: map[string]int64{}}
		t.Turned[m] = out
	}
	return out
}

func (m *Moved) number(no string) {
	if len(m.Numbers) < MostNumbers {
		m.Numbers = append(m.Numbers, no)
	}
}

func (t *Tally) spend(month string, lines []Line, side func(*Spent) *Cost) (err error) {
	for i := range lines {
		l := &lines[i]
		if l.Amount.Minor == 0 {
			continue
		}
		into := &side(t.spent(Bill{month, l.Amount.Currency})).Sure
		if l.Verdict != Eligible || l.Ceiling {
			into = &side(t.spent(Bill{month, l.Amount.Currency})).Top
		}
		if err = add(into, l.Amount.Minor); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tally) spent(b Bill) *Spent {
	s := t.Costs[b]
	if s == nil {
		s = &Spent{}
		t.Costs[b] = s
	}
	return s
}

// add keeps a sum exact or refuses it.
func add(into *int64, n int64) error {
	sum, err := money.Of(*into, "").Add(money.Of(n, ""))
	*into = sum.Minor
	return err
}

func (t *Tally) affect(principal string, shifts []Shift) error {
	type who struct{ person, currency string }
	by := map[who]int64{}
	for i := range shifts {
		l := shifts[i].Line()
		if err := t.shifted(Grant{l.Component, l.Code, l.Amount.Currency}).add(&shifts[i]); err != nil {
			return err
		}
		k := who{l.PersonID, l.Amount.Currency}
		if k.person == "" {
			k.person = principal
		}
		by[k] += shifts[i].Gain()
	}
	for k, n := range by {
		e := t.effect(k.currency)
		side := &e.Gain
		switch {
		case n == 0:
			continue
		case n < 0:
			side, n = &e.Loss, -n
		}
		side.Persons, side.Most = side.Persons+1, max(side.Most, n)
		if err := add(&side.Sum, n); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tally) shifted(g Grant) *Shifted {
	x := t.Shifted[g]
	if x == nil {
		x = &Shifted{}
		t.Shifted[g] = x
	}
	return x
}

func (x *Shifted) add(s *Shift) error {
	if x.Lines++; s.Unknown {
		x.Unknown++
		return nil
	}
	if err := add(&x.Before, s.Before.granted()); err != nil {
		return err
	}
	return add(&x.After, s.After.granted())
}

func (t *Tally) effect(currency string) *Effect {
	e := t.Effects[currency]
	if e == nil {
		e = &Effect{}
		t.Effects[currency] = e
	}
	return e
}

// Merge takes another tally in, as if its cases had been added after one's own.
func (t *Tally) Merge(o *Tally) error {
	t.Cases, t.Changed, t.Unknown, t.Same = t.Cases+o.Cases, t.Changed+o.Changed, t.Unknown+o.Unknown, t.Same+o.Same
	for k, m := range o.Turned {
		mine := t.moved(k)
		mine.Cases += m.Cases
		for _, no := range m.Numbers {
			mine.number(no)
		}
		count(mine.Why, m.Why)
	}
	for k, x := range o.Shifted {
		mine := t.shifted(k)
		mine.Lines, mine.Unknown = mine.Lines+x.Lines, mine.Unknown+x.Unknown
		if err := add(&mine.Before, x.Before); err != nil {
			return err
		}
		if err := add(&mine.After, x.After); err != nil {
			return err
		}
	}
	count(t.Missing, o.Missing)
	count(t.Wanted, o.Wanted)
	for k, s := range o.Costs {
		mine := t.spent(k)
		for _, x := range []struct {
			into *int64
			n    int64
		}{{&mine.Before.Sure, s.Before.Sure}, {&mine.Before.Top, s.Before.Top}, {&mine.After.Sure, s.After.Sure}, {&mine.After.Top, s.After.Top}} {
			if err := add(x.into, x.n); err != nil {
				return err
			}
		}
	}
	for k, e := range o.Effects {
		mine := t.effect(k)
		if err := mine.Gain.merge(e.Gain); err != nil {
			return err
		}
		if err := mine.Loss.merge(e.Loss); err != nil {
			return err
		}
	}
	return nil
}

func count(into, from map[string]int64) {
	for k, n := range from {
		into[k] += n
	}
}

func (s *Side) merge(o Side) error {
	s.Persons, s.Most = s.Persons+o.Persons, max(s.Most, o.Most)
	return add(&s.Sum, o.Sum)
}

// Share is what one fund bears of the cost of a month.
type Share struct {
	Month    string `json:"month"`
	Currency string `json:"currency"`
	Fund     string `json:"fund"` // empty: the programme names no funds
	Before   Cost   `json:"before"`
	After    Cost   `json:"after"`
}

// Shares parts the cost of every month among the funds of either version, to the last cent: what the shares of a month come
// to is the cost of the month.
func (t *Tally) Shares(old, new *Pack) (out []Share) {
	bills := slices.SortedFunc(maps.Keys(t.Costs), func(a, b Bill) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Currency, b.Currency))
	})
	for _, b := range bills {
		spent, first := t.Costs[b], len(out)
		part := func(p *Pack, c Cost, side func(*Share) *Cost) {
			sure, top := p.share(money.Of(c.Sure, b.Currency)), p.share(money.Of(c.Top, b.Currency))
			for i, fund := range p.payers() {
				k := slices.IndexFunc(out[first:], func(s Share) bool { return s.Fund == fund })
				if k < 0 {
					k = len(out) - first
					out = append(out, Share{Month: b.Month, Currency: b.Currency, Fund: fund})
				}
				*side(&out[first+k]) = Cost{sure[i].Minor, top[i].Minor}
			}
		}
		part(old, spent.Before, func(s *Share) *Cost { return &s.Before })
		part(new, spent.After, func(s *Share) *Cost { return &s.After })
	}
	return out
}

// payers are the codes of the funds; a programme that names none has one without a name.
func (p *Pack) payers() []string {
	if len(p.Funds) == 0 {
		return []string{""}
	}
	var out []string
	for _, f := range p.Funds {
		out = append(out, f.Code)
	}
	return out
}

// share parts an amount as the book does: of two funds the first bears its percentage rounded half up and the second the
// rest; more are served by largest remainder.
func (p *Pack) share(a money.Amount) []money.Amount {
	switch len(p.Funds) {
	case 0:
		return []money.Amount{a}
	case 2:
		first, rest := a.Share(p.Funds[0].Percent)
		return []money.Amount{first, rest}
	}
	var percents []int64
	for _, f := range p.Funds {
		percents = append(percents, f.Percent)
	}
	return a.Split(percents...)
}
