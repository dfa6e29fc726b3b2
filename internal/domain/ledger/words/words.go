// Package words writes an amount out in words, as it must stand on a receipt beside the figures: in English, Greek, French,
// Arabic and Persian, each with its own grammar of counting. It owns no table. A language or a size it does not know is
// answered with figures, never with a guess.
package words

import (
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// most is the first amount of whole units that is not written out.
const most = 1_000_000_000

// tongue is how a language counts and names the money it knows.
type tongue struct {
	number func(n int64) string // any number, also for currencies without a name here
	euros  func(n int64) string // with the word for euro
	cents  func(n int64) string
	and    string // between euros and cents
	minus  string
}

var tongues = map[string]tongue{
	"en": {english, func(n int64) string { return english(n) + " " + pick(n == 1, "euro", "euros") }, func(n int64) string { return english(n) + " " + pick(n == 1, "cent", "cents") }, " and ", "minus "},
	"el": {func(n int64) string { return greek(n, false) }, func(n int64) string { return greek(n, false) + " ευρώ" }, func(n int64) string { return greek(n, false) + " " + pick(n == 1, "λεπτό", "λεπτά") }, " και ", "μείον "},
	"fr": {french, frenchEuros, func(n int64) string { return french(n) + " " + pick(n == 1, "centime", "centimes") }, " et ", "moins "},
	"ar": {arabic, arabicEuros, arabicCents, " و", "ناقص "},
	"fa": {persian, func(n int64) string { return persian(n) + " یورو" }, func(n int64) string { return persian(n) + " سنت" }, " و ", "منفی "},
}

// Amount is the amount in words of a language. Whatever cannot be written out stands in figures.
func Amount(lang string, a money.Amount) string {
	base, _, _ := strings.Cut(lang, "-")
	t, ok := tongues[base]
	unit := int64(1)
	for range money.Digits(a.Currency) {
		unit *= 10
	}
	whole, part := a.Minor/unit, a.Minor%unit
	if !ok || whole >= most || whole <= -most {
		return a.String()
	}
	sign := ""
	if a.Minor < 0 {
		sign, whole, part = t.minus, -whole, -part
	}
	if a.Currency != "EUR" {
		text := sign + t.number(whole) + " " + a.Currency
		if part > 0 {
			text += " " + strconv.FormatInt(part, 10) + "/" + strconv.FormatInt(unit, 10)
		}
		return text
	}
	switch {
	case part == 0:
		return sign + t.euros(whole)
	case whole == 0:
		return sign + t.cents(part)
	}
	return sign + t.euros(whole) + t.and + t.cents(part)
}

func pick(one bool, a, b string) string {
	if one {
		return a
	}
	return b
}
