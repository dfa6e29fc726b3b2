package day

import "time"

// OrthodoxEaster is Easter Sunday of the Orthodox churches, as a date of the
// civil calendar (Meeus, Astronomical Algorithms, chapter 8, Julian rule).
func OrthodoxEaster(year int) Date {
	a, b, c := year%4, year%7, year%19
	d := (19*c + 15) % 30
	e := (2*a + 4*b - d + 34) % 7
	month := (d + e + 114) / 31
	day := (d+e+114)%31 + 1
	// The rule gives a Julian date; the distance between the two calendars
	// grows by one day in each century that is not a Gregorian leap century.
	shift := year/100 - year/400 - 2
	t := time.Date(year, time.Month(month), day+shift, 0, 0, 0, 0, time.UTC)
	return New(t.Year(), t.Month(), t.Day())
}

// WesternEaster is Easter Sunday of the Catholic and Protestant churches
// (Meeus, Astronomical Algorithms, chapter 8, Gregorian rule).
func WesternEaster(year int) Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return New(year, time.Month(n/31), n%31+1)
}
