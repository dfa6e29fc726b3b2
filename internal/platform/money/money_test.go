package money

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestAddKeepsCurrenciesApart(t *testing.T) {
	if _, err := Of(1, "EUR").Add(Of(1, "NOK")); !errors.Is(err, ErrCurrency) {
		t.Errorf("EUR + NOK: %v", err)
	}
	if _, err := Of(math.MaxInt64, "EUR").Add(Of(1, "EUR")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("overflow: %v", err)
	}
	if _, err := Of(0, "EUR").Sub(Of(math.MinInt64, "EUR")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("overflow: %v", err)
	}
	if got, err := Sum("EUR", Of(150, "EUR"), Of(-50, "EUR")); err != nil || got != Of(100, "EUR") {
		t.Errorf("Sum: %v %v", got, err)
	}
	if _, err := Of(1, "EUR").Cmp(Of(1, "USD")); err == nil {
		t.Error("EUR and USD were compared")
	}
}

func TestShareRoundsTheFirstAndLeavesTheRest(t *testing.T) {
	for _, c := range []struct {
		minor       int64
		pct         int64
		share, rest int64
	}{
		{1000001, 75, 750001, 250000}, {100, 75, 75, 25}, {1, 50, 1, 0}, {-1000001, 75, -750001, -250000}, {3, 0, 0, 3}, {3, 100, 3, 0}, {3, 140, 3, 0}, {3, -5, 0, 3},
	} {
		share, rest := Of(c.minor, "EUR").Share(c.pct)
		if share.Minor != c.share || rest.Minor != c.rest || share.Currency != "EUR" || rest.Currency != "EUR" {
			t.Errorf("%d at %d %%: %v and %v", c.minor, c.pct, share, rest)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		minor  int64
		shares []int64
		want   []int64
	}{
		{1000001, []int64{75, 25}, []int64{750001, 250000}}, {100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{-100, []int64{1, 1, 1}, []int64{-34, -33, -33}}, {5, []int64{0, 1, 0}, []int64{0, 5, 0}},
		{5, []int64{0, 0}, []int64{0, 5}}, {7, []int64{-3, 1}, []int64{0, 7}}, {math.MaxInt64, []int64{1}, []int64{math.MaxInt64}},
		{math.MinInt64, []int64{1}, []int64{math.MinInt64}},
	} {
		got := Of(c.minor, "EUR").Split(c.shares...)
		if len(got) != len(c.want) {
			t.Fatalf("%v", got)
		}
		for i := range got {
			if got[i].Minor != c.want[i] {
				t.Errorf("%d by %v: %v, want %v", c.minor, c.shares, got, c.want)
				break
			}
		}
	}
	if Of(5, "EUR").Split() != nil {
		t.Error("no shares, no parts")
	}
}

func TestSharingProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Of(rapid.Int64().Draw(t, "minor"), "EUR")
		shares := rapid.SliceOfN(rapid.Int64Range(-5, math.MaxInt64), 1, 9).Draw(t, "shares")
		sum := int64(0)
		for _, p := range a.Split(shares...) {
			if p.Minor > 0 && a.Minor < 0 || p.Minor < 0 && a.Minor > 0 {
				t.Fatalf("a part of %v has the other sign: %v", a, p)
			}
			sum += p.Minor
		}
		if sum != a.Minor {
			t.Fatalf("parts of %d sum to %d", a.Minor, sum)
		}
		share, rest := a.Share(rapid.Int64Range(-10, 110).Draw(t, "pct"))
		if share.Minor+rest.Minor != a.Minor {
			t.Fatalf("%v and %v of %v", share, rest, a)
		}
		code := rapid.SampledFrom([]string{"EUR", "IQD", "JPY"}).Draw(t, "code")
		d := Of(a.Minor, code)
		if a.Minor != math.MinInt64 {
			if back, err := ParseDecimal(d.Decimal(), code); err != nil || back != d {
				t.Fatalf("%v written as %s came back as %v: %v", d, d.Decimal(), back, err)
			}
		}
	})
}

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		a    Amount
		want string
	}{
		{Of(1000001, "EUR"), "10000.01"}, {Of(5, "EUR"), "0.05"}, {Of(-5, "EUR"), "-0.05"}, {Of(5, "JPY"), "5"},
		{Of(5, "IQD"), "0.005"}, {Of(0, "GEL"), "0.00"}, {Of(math.MinInt64, "JPY"), "-9223372036854775808"},
	} {
		if got := c.a.Decimal(); got != c.want {
			t.Errorf("%v: %s, want %s", c.a, got, c.want)
		}
	}
	if got := Of(100000, "EUR").String(); got != "EUR 1000.00" {
		t.Error(got)
	}
}

func TestMinorDigits(t *testing.T) {
	for code, want := range map[string]int{"EUR": 2, "NOK": 2, "IQD": 3, "JPY": 0, "GEL": 2, "PKR": 2, "AFN": 2, "BDT": 2, "TND": 3, "XAF": 0} {
		if !Known(code) || Digits(code) != want {
			t.Errorf("%s has %d digits", code, Digits(code))
		}
	}
	for _, code := range []string{"", "eur", "EURO", "XXX"} {
		if Known(code) {
			t.Errorf("%q is not a currency", code)
		}
	}
}
