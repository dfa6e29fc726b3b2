package accommodation

import (
	"slices"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// sleeper is a person as the rules of a house see them.
type sleeper struct {
	id, party string // those of one case come together
	sex       string // female, male, other, unknown
	child     bool
	ageKnown  bool
	stepFree  bool
}

func (s sleeper) adult() bool { return s.ageKnown && !s.child }

// What keeps people out of a unit.
const (
	badSex    = "sex"
	badFamily = "family_only"
	badSteps  = "steps"
	badChild  = "child_alone"
	badFull   = "full"
)

// misfits says why people cannot sleep in a unit beside those who sleep there already; empty when they can. party is how
// many of their family come, also those who sleep elsewhere.
func misfits(u Unit, party int, who, others []sleeper) (out []string) {
	add := func(code string) {
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	for _, s := range who {
		switch {
		case u.Rule == RuleWomen && s.sex != "female" && !s.child:
			add(badSex)
		case u.Rule == RuleMen && (s.sex != "male" || s.child):
			add(badSex)
		}
		if s.stepFree && !u.Accessible {
			add(badSteps)
		}
	}
	if u.Rule == RuleFamily && party < 2 {
		add(badFamily)
	}
	// A child without an adult of their own never shares a room with a stranger who is not known to be a child.
	if alone(who) && slices.ContainsFunc(others, func(s sleeper) bool { return !s.child && s.party != who[0].party }) {
		add(badChild)
	}
	parties := map[string][]sleeper{}
	for _, s := range others {
		parties[s.party] = append(parties[s.party], s)
	}
	for p, ss := range parties {
		if alone(ss) && slices.ContainsFunc(who, func(s sleeper) bool { return !s.child && s.party != p }) {
			add(badChild)
		}
	}
	return out
}

// alone reports whether people are children with nobody among them who is known to be grown up.
func alone(who []sleeper) bool {
	return slices.ContainsFunc(who, func(s sleeper) bool { return s.child }) && !slices.ContainsFunc(who, sleeper.adult)
}

// holds reports whether a stay takes a place in the night of a day. Whoever is in the house beyond their last day takes a
// place until they leave, whatever was agreed.
func holds(s Stay, night, today day.Date) bool {
	switch {
	case s.From.After(night):
		return false
	case s.State == Booked:
		return s.Until.After(night)
	case s.Inside():
		return s.Until.After(night) || !night.After(today)
	}
	return false
}

// Night is one night of a house in figures.
type Night struct {
	On            day.Date
	Places, Taken int64
	Arrive, Leave int64
}

// Free is how many places are left; below nothing there is none.
func (n Night) Free() int64 { return max(0, n.Places-n.Taken) }

// nights counts a house night by night. Places are the beds in service, and never more than the house may hold.
func nights(site Site, beds []Bed, stays []Stay, from day.Date, n int, today day.Date) []Night {
	out := make([]Night, n)
	for i := range out {
		on := from.AddDays(i)
		out[i].On = on
		for _, b := range beds {
			if !b.Out(on) {
				out[i].Places++
			}
		}
		out[i].Places = min(out[i].Places, site.Maximum)
		for _, s := range stays {
			if holds(s, on, today) {
				out[i].Taken++
			}
			if s.State == Booked && s.From == on {
				out[i].Arrive++
			}
			if s.Inside() && s.Until == on {
				out[i].Leave++
			}
		}
	}
	return out
}

// fits reports whether n more people fit in every night.
func fits(list []Night, n int64) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(x Night) bool { return x.Free() < n })
}

// longestStay bounds one booking; longer stays are extended with open eyes.
const longestStay = 184

// together reports whether everybody sleeps in one unit.
func together(units []string) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(units)))) <= 1
}
