package i18n

import "github.com/nostos-avrr/nostos/internal/platform/day"

// jalaliBreaks are the years at which the pattern of leap years begins anew
// (K. Borkowski, "The Persian calendar for 3000 years", 1996), which agrees
// with the astronomical rule for the years people live in.
var jalaliBreaks = []int{-61, 9, 38, 199, 426, 686, 756, 818, 1111, 1181, 1210, 1635, 2060, 2097, 2192, 2262, 2324, 2394, 2456, 3178}

// nowruz is the day of March on which a Jalali year begins, and the number of
// years since the last leap year (0 is a leap year).
func nowruz(year int) (march, sinceLeap int) {
	leaps, from, jump := -14, jalaliBreaks[0], 0
	for _, to := range jalaliBreaks[1:] {
		jump = to - from
		if year < to {
			break
		}
		leaps += jump/33*8 + jump%33/4
		from = to
	}
	n := year - from
	leaps += n/33*8 + (n%33+3)/4
	if jump%33 == 4 && jump-n == 4 {
		leaps++
	}
	gregorian := year + 621
	march = 20 + leaps - (gregorian/4 - (gregorian/100+1)*3/4 - 150)
	if jump-n < 6 {
		n = n - jump + (jump+4)/33*33
	}
	sinceLeap = ((n+1)%33 - 1) % 4
	if sinceLeap == -1 {
		sinceLeap = 4
	}
	return march, sinceLeap
}

// Jalali converts a day to the solar calendar of Iran and Afghanistan.
func Jalali(d day.Date) (year, month, dayOfMonth int) {
	if d.IsZero() {
		return 0, 0, 0
	}
	year = d.Year() - 621
	start := jalaliStart(year)
	if d.Before(start) {
		year--
		start = jalaliStart(year)
	}
	passed := start.DaysUntil(d)
	if passed < 186 {
		return year, passed/31 + 1, passed%31 + 1
	}
	passed -= 186
	return year, passed/30 + 7, passed%30 + 1
}

// FromJalali converts a day of the solar calendar, or returns no date when it
// does not exist. It is for people who know their birthday only this way.
func FromJalali(year, month, dayOfMonth int) day.Date {
	if year < 1 || year > 3177 || month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > jalaliMonth(year, month) {
		return day.Date{}
	}
	passed := (month-1)*31 - max(0, month-7) + dayOfMonth - 1
	return jalaliStart(year).AddDays(passed)
}

func jalaliStart(year int) day.Date {
	march, _ := nowruz(year)
	return day.New(year+621, 3, 1).AddDays(march - 1)
}

func jalaliMonth(year, month int) int {
	switch {
	case month <= 6:
		return 31
	case month <= 11:
		return 30
	}
	if _, sinceLeap := nowruz(year); sinceLeap == 0 {
		return 30
	}
	return 29
}
