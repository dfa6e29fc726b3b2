package i18n

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

var digitZero = map[string]rune{"latn": '0', "arab": '٠', "arabext": '۰'}

// Date is DD/MM/YYYY in Latin digits in every language, because the office
// form, the ticket and the passport must show the same figures. No date is "".
func (p *Printer) Date(d day.Date) string { return string(appendDate(nil, d)) }

func appendDate(out []byte, d day.Date) []byte {
	if d.IsZero() {
		return out
	}
	out = appendPadded(out, d.Day(), 2)
	out = append(out, '/')
	out = appendPadded(out, int(d.Month()), 2)
	out = append(out, '/')
	return appendPadded(out, d.Year(), 4)
}

func appendPadded(out []byte, n, width int) []byte {
	text := strconv.Itoa(n)
	for range width - len(text) {
		out = append(out, '0')
	}
	return append(out, text...)
}

// Instant is DD/MM/YYYY HH:MM on the printer's clock.
func (p *Printer) Instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.zone).Format("02/01/2006 15:04")
}

// Time is the same as Instant: staff ask for the time of an event and mean
// its day as well.
func (p *Printer) Time(t time.Time) string { return p.Instant(t) }

// Clock is HH:MM on the printer's clock.
func (p *Printer) Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.zone).Format("15:04")
}

// DateLong names the weekday and the month: "Tuesday 24 March 2026".
func (p *Printer) DateLong(d day.Date) string {
	if d.IsZero() {
		return ""
	}
	months := byOrigin(p.names.MonthsByOrigin, p.origin, p.names.Months)
	return p.long(d.Weekday(), d.Day(), months[d.Month()-1], d.Year())
}

// DateIn writes a day in a calendar: "gregorian", or "jalali" as Iran and
// Afghanistan count. Any other calendar, or a language without names for it,
// is Gregorian.
func (p *Printer) DateIn(d day.Date, calendar string) string {
	if calendar != "jalali" || len(p.names.Jalali) == 0 || d.IsZero() {
		return p.DateLong(d)
	}
	y, m, dd := Jalali(d)
	months := byOrigin(p.names.JalaliByOrigin, p.origin, p.names.Jalali)
	return p.long(d.Weekday(), dd, months[m-1], y)
}

func (p *Printer) long(w time.Weekday, d int, month string, year int) string {
	dayText := p.shape(strconv.Itoa(d))
	if d == 1 && p.names.FirstDay != "" {
		dayText = p.names.FirstDay
	}
	return strings.NewReplacer("{weekday}", p.names.Weekdays[w], "{day}", dayText, "{month}", month,
		"{year}", p.shape(strconv.Itoa(year))).Replace(p.names.DateLong)
}

// Month is "March 2026", for headings of calendars and reports.
func (p *Printer) Month(year int, month time.Month) string {
	if month < 1 || month > 12 {
		return ""
	}
	months := byOrigin(p.names.MonthsByOrigin, p.origin, p.names.MonthsAlone)
	return strings.NewReplacer("{month}", months[month-1], "{year}", p.shape(strconv.Itoa(year))).Replace(p.names.MonthYear)
}

// Weekday is the name of a day of the week.
func (p *Printer) Weekday(w time.Weekday) string { return p.names.Weekdays[w] }

// Number groups thousands as the language does.
func (p *Printer) Number(n int64) string { return string(p.appendNumber(nil, n)) }

func (p *Printer) appendNumber(out []byte, n int64) []byte {
	var room [20]byte
	plain := strconv.AppendInt(room[:0], n, 10)
	return p.appendGrouped(out, plain, p.names.Group, p.digits)
}

// appendGrouped copies decimal digits with a separator at each thousand.
func (p *Printer) appendGrouped(out, plain []byte, group string, zero rune) []byte {
	if len(plain) > 0 && plain[0] == '-' {
		out = append(out, '-')
		plain = plain[1:]
	}
	for i, c := range plain {
		if i > 0 && (len(plain)-i)%3 == 0 {
			out = append(out, group...)
		}
		if zero == '0' {
			out = append(out, c)
			continue
		}
		out = append(out, string(zero+rune(c-'0'))...)
	}
	return out
}

// shape writes Latin digits in the digits of the language.
func (p *Printer) shape(s string) string {
	if p.digits == '0' {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return p.digits + r - '0'
		}
		return r
	}, s)
}

// Percent is part of whole with one decimal, or a dash when there is no whole:
// nothing out of nothing is not zero percent.
func (p *Printer) Percent(part, whole int64) string {
	if whole == 0 {
		return "–"
	}
	text := strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64)
	text = strings.TrimSuffix(text, ".0")
	text = p.shape(strings.Replace(text, ".", p.names.Decimal, 1))
	return strings.Replace(p.names.Percent, "{n}", text, 1)
}

// Money is the currency code, then the amount in Latin digits: "EUR 1,000.00".
func (p *Printer) Money(a money.Amount) string {
	group, decimal := p.names.Group, p.names.Decimal
	if decimal == "٫" {
		group, decimal = ",", "." // Arabic separators belong to Arabic digits
	}
	whole, fraction, _ := strings.Cut(a.Decimal(), ".")
	out := append(make([]byte, 0, 32), a.Currency...)
	out = append(out, ' ')
	out = p.appendGrouped(out, []byte(whole), group, '0')
	if fraction != "" {
		out = append(out, decimal...)
		out = append(out, fraction...)
	}
	return string(out)
}

// List joins items as a sentence does: "a, b and c".
func (p *Printer) List(items []string) string { return p.join(items, p.names.And) }

// Row joins items that stand one after the other and make no sentence: "a, b, c". Empty ones are left out.
func (p *Printer) Row(items ...string) string {
	return p.join(slices.DeleteFunc(items, func(s string) bool { return s == "" }), p.names.Comma)
}

// Comma stands between two things that make no sentence.
func (p *Printer) Comma() string { return p.names.Comma }

func (p *Printer) join(items []string, last string) string {
	var b strings.Builder
	for i, item := range items {
		switch {
		case i == 0:
		case i == len(items)-1:
			b.WriteString(last)
		default:
			b.WriteString(p.names.Comma)
		}
		if p.Dir == "rtl" {
			item = isolate + item + endIsolate
		}
		b.WriteString(item)
	}
	return b.String()
}
