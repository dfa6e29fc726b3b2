// Package money is an amount as it is paid: whole minor units (cents) and a
// currency, never a fraction of a cent and never a floating number. Sharing an
// amount between payers or instalments always gives back exactly the amount.
//
// It owns no table, knows no exchange rate, and never adds two currencies.
package money

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Amount is a sum in the smallest unit of its currency: 1050 EUR-cents are
// Amount{1050, "EUR"}.
type Amount struct {
	Minor    int64
	Currency string
}

var (
	// ErrCurrency is returned when amounts of two currencies meet.
	ErrCurrency = errors.New("amounts of different currencies cannot be added")
	// ErrTooLarge is returned when a sum no longer fits.
	ErrTooLarge = errors.New("the amount is too large")
)

// Of is an amount in minor units.
func Of(minor int64, currency string) Amount { return Amount{minor, currency} }

// Add adds b, which must be of the same currency.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("%w: %s and %s", ErrCurrency, a.Currency, b.Currency)
	}
	sum := a.Minor + b.Minor
	if a.Minor > 0 && b.Minor > 0 && sum < 0 || a.Minor < 0 && b.Minor < 0 && sum >= 0 {
		return Amount{}, ErrTooLarge
	}
	return Amount{sum, a.Currency}, nil
}

// Sub takes b away.
func (a Amount) Sub(b Amount) (Amount, error) {
	if b.Minor == math.MinInt64 {
		return Amount{}, ErrTooLarge
	}
	return a.Add(b.Neg())
}

// Sum adds up amounts that must all be of one currency.
func Sum(currency string, amounts ...Amount) (Amount, error) {
	total := Amount{0, currency}
	for _, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

// Neg is the same sum the other way round.
func (a Amount) Neg() Amount { return Amount{-a.Minor, a.Currency} }

// IsZero says that there is nothing to pay, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Cmp is -1, 0 or +1; amounts of two currencies cannot be compared.
func (a Amount) Cmp(b Amount) (int, error) {
	if a.Currency != b.Currency {
		return 0, fmt.Errorf("%w: %s and %s", ErrCurrency, a.Currency, b.Currency)
	}
	return cmp.Compare(a.Minor, b.Minor), nil
}

// Part is numerator/denominator of the amount, half a minor unit rounded away
// from zero. The fraction must lie between 0 and 1; outside it is cut off.
func (a Amount) Part(numerator, denominator int64) Amount {
	switch {
	case numerator <= 0 || denominator <= 0:
		return Amount{0, a.Currency}
	case numerator >= denominator:
		return a
	}
	quo, rem := mulDiv(magnitude(a.Minor), uint64(numerator), uint64(denominator))
	if rem >= uint64(denominator)-rem {
		quo++
	}
	return a.signed(quo)
}

// Share parts the amount between two payers: the first gets pct percent
// rounded half up, the second exactly the rest, as co-financing rules ask.
func (a Amount) Share(pct int64) (share, rest Amount) {
	share = a.Part(pct, 100)
	return share, Amount{a.Minor - share.Minor, a.Currency}
}

// Split divides the amount in proportion to shares. Each part is rounded down
// and the minor units left over go to the parts that lost most, the earlier
// one first, so the parts always add up to the amount. A share below zero
// counts as zero; when nobody has a share the last part is the whole amount.
func (a Amount) Split(shares ...int64) []Amount {
	if len(shares) == 0 {
		return nil
	}
	out := make([]Amount, len(shares))
	for i := range out {
		out[i].Currency = a.Currency
	}
	shares = slices.Clone(shares)
	var total uint64
	for i, s := range shares {
		// Room for the sum of any number of shares that fits in memory.
		shares[i] = max(0, min(s, math.MaxInt64>>24))
		total += uint64(shares[i])
	}
	if total == 0 {
		out[len(out)-1] = a
		return out
	}
	type part struct {
		index int
		lost  uint64
	}
	parts := make([]part, len(shares))
	amount := magnitude(a.Minor)
	left := amount
	for i, s := range shares {
		quo, rem := mulDiv(amount, uint64(s), total)
		out[i] = a.signed(quo)
		parts[i] = part{i, rem}
		left -= quo
	}
	slices.SortStableFunc(parts, func(x, y part) int { return cmp.Compare(y.lost, x.lost) })
	unit := int64(1)
	if a.Minor < 0 {
		unit = -1
	}
	for _, p := range parts[:left] {
		out[p.index].Minor += unit
	}
	return out
}

// magnitude is |n| also for the smallest int64.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func (a Amount) signed(m uint64) Amount {
	if a.Minor < 0 {
		return Amount{-int64(m), a.Currency}
	}
	return Amount{int64(m), a.Currency}
}

// mulDiv is a*b/c with a 128-bit product; b must not exceed c.
func mulDiv(a, b, c uint64) (quo, rem uint64) {
	if b == c {
		return a, 0
	}
	hi, lo := bits.Mul64(a, b)
	return bits.Div64(hi, lo, c)
}

// Decimal is the amount for other programs: 10000.01, always with the digits
// of the currency, a point, no grouping.
func (a Amount) Decimal() string {
	digits := Digits(a.Currency)
	text := strconv.FormatUint(magnitude(a.Minor), 10)
	if len(text) <= digits {
		text = strings.Repeat("0", digits-len(text)+1) + text
	}
	if digits > 0 {
		text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	}
	if a.Minor < 0 {
		return "-" + text
	}
	return text
}

// String is the plain form "EUR 10000.01". People read Printer.Money instead.
func (a Amount) String() string { return strings.TrimSpace(a.Currency + " " + a.Decimal()) }
