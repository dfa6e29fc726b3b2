// Package day is a date on the wall calendar: a birthday, a departure, the last
// day of a deadline. It has no hour and no time zone, because the office, the
// consulate and the airport of arrival must all read the same figures. It also
// counts working days, with the holidays of the country that sets the deadline.
//
// It owns no table and never asks what today is: the caller says.
package day

import (
	"cmp"
	"errors"
	"time"
)

// Date is one calendar day. Dates compare with ==. The zero value means "no date".
type Date struct {
	year  int16
	month int8
	day   int8
}

var (
	// The limits are those of the stored form YYYY-MM-DD.
	first = Date{1, 1, 1}
	last  = Date{9999, 12, 31}
)

// ErrFormat is returned for text that is not an existing day written YYYY-MM-DD.
var ErrFormat = errors.New("not a date written as YYYY-MM-DD")

// New returns the given day, or no date when that day does not exist
// (30 February), so that a form can check its three fields with IsZero.
func New(year int, month time.Month, day int) Date {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return Date{}
	}
	return Date{int16(year), int8(month), int8(day)}
}

// Of is the calendar day on which an instant falls in a place.
func Of(t time.Time, in *time.Location) Date {
	y, m, d := t.In(in).Date()
	return New(y, m, d)
}

// Parse reads YYYY-MM-DD and nothing else. Empty text is an error: a missing
// date is for the caller to notice.
func Parse(s string) (Date, error) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return Date{}, ErrFormat
	}
	y, okY := digits(s[:4])
	m, okM := digits(s[5:7])
	d, okD := digits(s[8:])
	date := New(y, time.Month(m), d)
	if !okY || !okM || !okD || date.IsZero() {
		return Date{}, ErrFormat
	}
	return date, nil
}

// MustParse is Parse for dates written in the program itself.
func MustParse(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic("day: " + s + ": " + err.Error())
	}
	return d
}

func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// String is YYYY-MM-DD, or empty for no date. People read Printer.Date instead.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	b := [10]byte{4: '-', 7: '-'}
	put := func(at, width, n int) {
		for i := at + width - 1; i >= at; i-- {
			b[i] = byte('0' + n%10)
			n /= 10
		}
	}
	put(0, 4, int(d.year))
	put(5, 2, int(d.month))
	put(8, 2, int(d.day))
	return string(b[:])
}

// IsZero says that there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Year is the year, 0 for no date.
func (d Date) Year() int { return int(d.year) }

// Month is the month, 0 for no date.
func (d Date) Month() time.Month { return time.Month(d.month) }

// Day is the day of the month, 0 for no date.
func (d Date) Day() int { return int(d.day) }

// Before says that d is earlier than e. No date is earlier than every date.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After says that d is later than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// Compare is -1, 0 or +1.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.year, e.year), cmp.Compare(d.month, e.month), cmp.Compare(d.day, e.day))
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// In is the first moment of the day in a place.
func (d Date) In(loc *time.Location) time.Time {
	return time.Date(int(d.year), time.Month(d.month), int(d.day), 0, 0, 0, 0, loc)
}

func (d Date) utc() time.Time { return d.In(time.UTC) }

// AddDays moves by n days. No date stays no date; the calendar ends at the
// years 1 and 9999, because no later day could be stored.
func (d Date) AddDays(n int) Date {
	if d.IsZero() || n == 0 {
		return d
	}
	if span := first.DaysUntil(last); n > span || n < -span {
		n = max(-span, min(n, span))
	}
	return within(d.utc().AddDate(0, 0, n))
}

// AddMonths moves by n months and stays on the last day of a shorter month:
// one month after 31 January is 28 or 29 February.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	const limit = 12 * 10000
	n = max(-limit, min(n, limit))
	start := time.Date(int(d.year), time.Month(d.month)+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	y, m := start.Year(), start.Month()
	return within(time.Date(y, m, min(int(d.day), daysIn(y, m)), 0, 0, 0, 0, time.UTC))
}

func within(t time.Time) Date {
	switch {
	case t.Year() < 1:
		return first
	case t.Year() > 9999:
		return last
	}
	return New(t.Year(), t.Month(), t.Day())
}

// DaysUntil counts the days from d to e, negative when e is earlier, and 0
// when either is missing.
func (d Date) DaysUntil(e Date) int {
	if d.IsZero() || e.IsZero() {
		return 0
	}
	return int((e.utc().Unix() - d.utc().Unix()) / 86400)
}

// Age is the number of completed years, or -1 when a date is missing or the
// birth lies ahead, so that an unknown age is never read as a newborn. Someone
// born on 29 February has the birthday on 1 March of other years: in doubt a
// child stays a child for one more day.
func Age(birth, on Date) int {
	if birth.IsZero() || on.IsZero() || on.Before(birth) {
		return -1
	}
	years := on.Year() - birth.Year()
	if on.month < birth.month || on.month == birth.month && on.day < birth.day {
		years--
	}
	return years
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
