package day

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

//go:embed holidays/*.json
var holidayFiles embed.FS

// Calendar says which days are working days in one country. The zero value has
// no weekend and no holiday.
type Calendar struct {
	country string
	weekend [7]bool
	from    int
	to      int
	rules   []rule
	dated   []Holiday
}

// Holiday is one day off. Name is a key for the translators, Source the law
// or decision behind it.
type Holiday struct {
	Date   Date
	Name   string
	Source string
}

// rule is one entry of holidays/<country>.json: either a fixed month and day,
// or a distance from Easter, or one dated day.
type rule struct {
	Name   string `json:"name"`
	Month  int    `json:"month"`
	Day    int    `json:"day"`
	Easter string `json:"easter"`
	Offset int    `json:"offset"`
	On     Date   `json:"on"`
	From   int    `json:"from"`
	To     int    `json:"to"`
	Except []int  `json:"except"`
	Source string `json:"source"`
}

type countryFile struct {
	Country   string `json:"country"`
	ValidFrom int    `json:"valid_from"`
	ValidTo   int    `json:"valid_to"`
	Holidays  []rule `json:"holidays"`
}

type weekendEntry struct {
	Country string `json:"country"`
	Days    []int  `json:"days"`
	Source  string `json:"source"`
}

// For is the calendar of a country by its two-letter code. When known is false
// the country's holidays are not on file: the calendar then knows weekends
// only, and whoever shows a deadline must say so.
func For(country string) (c Calendar, known bool) {
	table := calendars()
	if c, ok := table[country]; ok {
		return c, len(c.rules) > 0
	}
	return NewCalendar([]time.Weekday{time.Saturday, time.Sunday}), false
}

// NewCalendar builds a calendar from weekend days and dated holidays, for an
// office that keeps its own list.
func NewCalendar(weekend []time.Weekday, holidays ...Holiday) Calendar {
	var c Calendar
	for _, w := range weekend {
		c.weekend[w] = true
	}
	return c.With(holidays...)
}

// With adds dated holidays, such as a local feast or a day declared this year.
func (c Calendar) With(holidays ...Holiday) Calendar {
	c.dated = append(slices.Clone(c.dated), holidays...)
	return c
}

// Covers says whether the holidays of a year are on file.
func (c Calendar) Covers(year int) bool {
	return len(c.rules) > 0 && year >= c.from && year <= c.to
}

// Holidays lists the days off of one year in order of date.
func (c Calendar) Holidays(year int) []Holiday {
	var out []Holiday
	for _, r := range c.rules {
		if d := r.in(year); !d.IsZero() {
			out = append(out, Holiday{Date: d, Name: r.Name, Source: r.Source})
		}
	}
	for _, h := range c.dated {
		if h.Date.Year() == year {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b Holiday) int {
		return cmp.Or(a.Date.Compare(b.Date), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// Holiday names the holiday that falls on a day, if one does.
func (c Calendar) Holiday(d Date) (Holiday, bool) {
	for _, r := range c.rules {
		if r.in(d.Year()) == d {
			return Holiday{Date: d, Name: r.Name, Source: r.Source}, !d.IsZero()
		}
	}
	for _, h := range c.dated {
		if h.Date == d {
			return h, !d.IsZero()
		}
	}
	return Holiday{}, false
}

// IsWorkingDay is false on weekends, on holidays and for no date.
func (c Calendar) IsWorkingDay(d Date) bool {
	if d.IsZero() || c.weekend[d.Weekday()] {
		return false
	}
	_, off := c.Holiday(d)
	return !off
}

// NextWorkingDay is d itself if the office works that day, else the first
// working day after it: where a deadline ends that ends on a holiday.
func (c Calendar) NextWorkingDay(d Date) Date {
	for !d.IsZero() && d != last && !c.IsWorkingDay(d) {
		d = d.AddDays(1)
	}
	return d
}

// AddWorkingDays counts n working days after from, or before it when n is
// negative. The first day is not counted, as the event itself never is.
// With n = 0 it is from, even on a holiday.
func (c Calendar) AddWorkingDays(from Date, n int) Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	d := from
	for n > 0 && !d.IsZero() {
		next := d.AddDays(step)
		if next == d {
			return d // the end of the calendar
		}
		d = next
		if c.IsWorkingDay(d) {
			n--
		}
	}
	return d
}

// WorkingDaysBetween counts the working days after from, up to and including
// to; negative when to is earlier.
func (c Calendar) WorkingDaysBetween(from, to Date) int {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	if to.Before(from) {
		n := 0
		for d := to; d.Before(from); d = d.AddDays(1) {
			if c.IsWorkingDay(d) {
				n++
			}
		}
		return -n
	}
	n := 0
	for d := from; d.Before(to); {
		d = d.AddDays(1)
		if c.IsWorkingDay(d) {
			n++
		}
	}
	return n
}

// in is the day on which the rule falls in a year, or no date.
func (r rule) in(year int) Date {
	if r.From != 0 && year < r.From || r.To != 0 && year > r.To || slices.Contains(r.Except, year) {
		return Date{}
	}
	switch {
	case !r.On.IsZero():
		if r.On.Year() != year {
			return Date{}
		}
		return r.On
	case r.Easter == "orthodox":
		return OrthodoxEaster(year).AddDays(r.Offset)
	case r.Easter == "western":
		return WesternEaster(year).AddDays(r.Offset)
	}
	return New(year, time.Month(r.Month), r.Day)
}

func (r rule) check() error {
	kinds := 0
	for _, is := range []bool{!r.On.IsZero(), r.Easter == "orthodox" || r.Easter == "western", !New(2024, time.Month(r.Month), r.Day).IsZero()} {
		if is {
			kinds++
		}
	}
	switch {
	case r.Name == "":
		return fmt.Errorf("a holiday has no name")
	case r.Source == "":
		return fmt.Errorf("holiday %s has no source", r.Name)
	case kinds != 1:
		return fmt.Errorf("holiday %s needs exactly one of month and day, easter, or on", r.Name)
	}
	return nil
}

// calendars reads the files once. They are part of the program, so a fault in
// them is a fault of the build and the tests catch it.
var calendars = sync.OnceValue(func() map[string]Calendar {
	out, err := loadCalendars()
	if err != nil {
		panic("day: " + err.Error())
	}
	return out
})

func loadCalendars() (map[string]Calendar, error) {
	var weekends []weekendEntry
	if err := readJSON("holidays/weekends.json", &weekends); err != nil {
		return nil, err
	}
	out := map[string]Calendar{}
	for _, w := range weekends {
		var days []time.Weekday
		for _, d := range w.Days {
			if d < 0 || d > 6 {
				return nil, fmt.Errorf("weekends.json: %s has weekday %d", w.Country, d)
			}
			days = append(days, time.Weekday(d))
		}
		if w.Source == "" {
			return nil, fmt.Errorf("weekends.json: %s has no source", w.Country)
		}
		c := NewCalendar(days)
		c.country = w.Country
		out[w.Country] = c
	}
	entries, err := holidayFiles.ReadDir("holidays")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Name() == "weekends.json" {
			continue
		}
		var f countryFile
		if err := readJSON("holidays/"+e.Name(), &f); err != nil {
			return nil, err
		}
		if e.Name() != f.Country+".json" {
			return nil, fmt.Errorf("%s says it is about %q", e.Name(), f.Country)
		}
		c, ok := out[f.Country]
		if !ok {
			c = NewCalendar([]time.Weekday{time.Saturday, time.Sunday})
		}
		c.country, c.from, c.to = f.Country, f.ValidFrom, f.ValidTo
		for _, r := range f.Holidays {
			if err := r.check(); err != nil {
				return nil, fmt.Errorf("%s: %w", e.Name(), err)
			}
			c.rules = append(c.rules, r)
		}
		out[f.Country] = c
	}
	return out, nil
}

func readJSON(name string, into any) error {
	data, err := holidayFiles.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
