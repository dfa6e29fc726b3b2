package activity

import (
	"slices"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

const (
	long      = 1000
	mostHeads = 5000 // more in one cell is a typing mistake
	mostKin   = 50
)

func has(list []string, v string) bool { return slices.Contains(list, v) }

func checkOutreach(o Outreach, today day.Date) error {
	var fs []fault.Field
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	if o.On.IsZero() || o.On.After(today) {
		add("on", "activity.err.date_past")
	}
	if o.Place == "" {
		add("place", "activity.err.place")
	} else if utf8.RuneCountInString(o.Place) > 120 {
		add("place", "activity.err.too_long", "n", 120)
	}
	if !has(Channels, o.Channel) {
		add("channel", "activity.err.choose")
	}
	total := int64(0)
	for g, n := range o.Heads {
		if !has(Sexes, g.Sex) || !has(Bands, g.Band) || n < 0 || n > mostHeads {
			add("n_"+g.Sex+"_"+g.Band, "activity.err.heads", "n", mostHeads)
		}
		total += n
	}
	if total == 0 && len(fs) == 0 {
		add("n_female_0_4", "activity.err.nobody")
	}
	return fault.Fields(fs)
}

// checkLead asks for a way to call back and a day to do it on: a lead without a call is forgotten.
func checkLead(l Lead, today day.Date) error {
	var fs []fault.Field
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	if !has(Heard, l.Heard) {
		add("heard", "activity.err.choose")
	}
	if l.Contact == "" {
		add("contact", "activity.err.contact")
	} else if utf8.RuneCountInString(l.Contact) > 200 {
		add("contact", "activity.err.too_long", "n", 200)
	}
	if utf8.RuneCountInString(l.Note) > long {
		add("note", "activity.err.too_long", "n", long)
	}
	if l.People < 1 || l.People > mostKin {
		add("people", "activity.err.people", "n", mostKin)
	}
	if l.CallOn.IsZero() || l.CallOn.Before(today) {
		add("call", "activity.err.call")
	}
	if l.Nationality != "" && len(l.Nationality) != 2 {
		add("nationality", "activity.err.choose")
	}
	return fault.Fields(fs)
}
