package i18n

import (
	"fmt"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Printer writes in one language. It is safe for many requests at once.
type Printer struct {
	Lang string // the tag, for the lang attribute
	Dir  string // "ltr" or "rtl"

	cat      *Catalogue
	texts    map[string]*message
	fallback map[string]*message
	names    *names
	zone     *time.Location
	digits   rune
	origin   string
}

// Marks around a value in a right-to-left sentence: without them a case number
// or a Latin name drags the words beside it to the wrong side.
const (
	isolate    = "\u2068"
	endIsolate = "\u2069"
)

// WithZone is a printer for the office's own clock.
func (p *Printer) WithZone(loc *time.Location) *Printer {
	q := *p
	q.zone = loc
	return &q
}

// WithOrigin is a printer for a reader from a country: Arabic and Dari name
// the months differently in Baghdad, Cairo, Tunis and Kabul.
func (p *Printer) WithOrigin(country string) *Printer {
	q := *p
	q.origin = country
	return &q
}

// WithDigits is a printer that counts in "latn", "arab" or "arabext" digits,
// as the office wants. Dates, amounts and references stay in Latin digits.
func (p *Printer) WithDigits(system string) *Printer {
	q := *p
	if zero, ok := digitZero[system]; ok {
		q.digits = zero
	}
	return &q
}

// Has says whether the text exists in this language or in English.
func (p *Printer) Has(key string) bool { return p.find(key) != nil }

func (p *Printer) find(key string) *message {
	if m := p.texts[key]; m != nil {
		return m
	}
	return p.fallback[key]
}

// T is the text of a key. Values follow in pairs, name then value, and may be
// texts, whole numbers, dates, instants, amounts or lists of texts. A text
// with plural forms takes its form from the value "n".
func (p *Printer) T(key string, args ...any) string {
	m := p.find(key)
	if m == nil {
		return p.lost(key)
	}
	if m.single != nil {
		return p.fill(m.single, key, 0, args)
	}
	n, _ := lookup(args, "n")
	switch v := n.(type) {
	case int:
		return p.fill(m.form(int64(v)), key, int64(v), args)
	case int64:
		return p.fill(m.form(v), key, v, args)
	}
	return p.lost(key + " without n")
}

// N is the text of a key in the plural form for n; {n} in it is the number.
func (p *Printer) N(key string, n int64, args ...any) string {
	m := p.find(key)
	if m == nil {
		return p.lost(key)
	}
	return p.fill(m.form(n), key, n, args)
}

// lost makes a hole visible on the page and countable in tests.
func (p *Printer) lost(what string) string {
	p.cat.miss(what)
	return "⟦" + what + "⟧"
}

func (p *Printer) fill(t *text, key string, n int64, args []any) string {
	if len(t.pieces) == 1 {
		return t.raw
	}
	var room [256]byte
	out := room[:0]
	for i, piece := range t.pieces {
		if i%2 == 0 {
			out = append(out, piece...)
			continue
		}
		value, ok := lookup(args, piece)
		switch {
		case ok:
			out = p.appendValue(out, value)
		case piece == "n":
			out = p.appendNumber(out, n)
		default:
			out = append(out, p.lost(key+" {"+piece+"}")...)
		}
	}
	return string(out)
}

func lookup(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if s, ok := args[i].(string); ok && s == name {
			return args[i+1], true
		}
	}
	return nil, false
}

// appendValue writes one value. Whole numbers need no isolate: they never
// change sides with their neighbours.
func (p *Printer) appendValue(out []byte, value any) []byte {
	switch v := value.(type) {
	case int:
		return p.appendNumber(out, int64(v))
	case int64:
		return p.appendNumber(out, v)
	case []string:
		return append(out, p.List(v)...) // isolates each item itself
	}
	if p.Dir == "rtl" {
		out = append(out, isolate...)
	}
	switch v := value.(type) {
	case string:
		out = append(out, v...)
	case day.Date:
		out = appendDate(out, v)
	case time.Time:
		out = append(out, p.Instant(v)...)
	case money.Amount:
		out = append(out, p.Money(v)...)
	case fmt.Stringer:
		out = append(out, v.String()...)
	default:
		out = fmt.Append(out, v)
	}
	if p.Dir == "rtl" {
		out = append(out, endIsolate...)
	}
	return out
}
