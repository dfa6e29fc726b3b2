package counselling

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

const (
	long        = 4000
	mostMinutes = 480
	// oldest is how long afterwards a talk may still be written down.
	oldest = 366 * 24 * time.Hour
)

func has(list []string, v string) bool { return slices.Contains(list, v) }

func allIn(vs, list []string) bool {
	return !slices.ContainsFunc(vs, func(v string) bool { return !has(list, v) })
}

// mustExplain is what everybody must have heard before they can wish to go on: that there are other ways than to return,
// and that they may change their mind.
var mustExplain = []string{OptAsylum, OptStay, OptReturn, OptChange}

// notExplained lists what has not been explained in this talk or one before.
func notExplained(before, now []string) (out []string) {
	for _, o := range mustExplain {
		if !has(before, o) && !has(now, o) {
			out = append(out, o)
		}
	}
	return out
}

// check says what is wrong with a talk as it was written down. members are the people of the case; before is what was
// explained in earlier talks.
func check(s Session, members, before []string, now time.Time) error {
	var fs []fault.Field
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	choose := func(name, v string, list []string) {
		if !has(list, v) {
			add(name, "counselling.err.choose")
		}
	}
	choose("type", s.Type, Types)
	choose("kind", s.Kind, Kinds)
	choose("place", s.Place, Places)
	choose("way", s.InterpreterWay, Ways)
	choose("outcome", s.Outcome, Outcomes)
	if s.Words.Afraid != "" || s.Type == Information || s.Type == PreDeparture {
		choose("afraid", s.Words.Afraid, Answers)
	}
	if s.Kind == Group && s.GroupCode == "" {
		add("group_code", "counselling.err.group_code")
	}
	if s.StartedAt.IsZero() || s.StartedAt.After(now) || now.Sub(s.StartedAt) > oldest {
		add("at", "counselling.err.started")
	}
	if s.Minutes < 1 || s.Minutes > mostMinutes {
		add("minutes", "counselling.err.minutes", "n", mostMinutes)
	}
	if s.InterpreterWay != NoInterpreter && has(Ways, s.InterpreterWay) {
		if s.Interpreter == "" {
			add("interpreter", "counselling.err.interpreter")
		}
		if s.InterpreterAt.IsZero() || s.InterpreterAt.After(now) || !s.StartedAt.IsZero() && s.InterpreterAt.Sub(s.StartedAt).Abs() > 24*time.Hour {
			add("interpreter_at", "counselling.err.interpreter_at")
		}
	}
	if s.Language == "" || len(s.Language) > 10 {
		add("language", "counselling.err.choose")
	}
	if s.StaffLanguage == "" || len(s.StaffLanguage) > 10 {
		add("staff_language", "counselling.err.choose")
	}
	if !allIn(s.Topics, Topics) || len(s.Topics) == 0 {
		add("topics", "counselling.err.topics")
	}
	if !allIn(s.Explained, Options) {
		add("options", "counselling.err.choose")
	} else if s.Outcome == Proceed && len(notExplained(before, s.Explained)) > 0 {
		add("options", "counselling.err.options")
	}
	if !allIn(s.Words.Motives, Motives) {
		add("motives", "counselling.err.choose")
	}
	if s.Words.Plan != "" && !has(Plans, s.Words.Plan) {
		add("plan", "counselling.err.choose")
	}
	if s.Fear && !has(Referrals, s.ReferredTo) {
		add("referred", "counselling.err.referred")
	}
	if len(s.Present) == 0 || !allIn(s.Present, members) {
		add("present", "counselling.err.present")
	}
	for _, t := range []struct{ name, text string }{{"motivation", s.Words.Motivation}, {"concerns", s.Words.Concerns}, {"plan_words", s.Words.PlanWords}, {"questions", s.Words.Questions}} {
		if utf8.RuneCountInString(t.text) > long {
			add(t.name, "counselling.err.too_long", "n", long)
		}
	}
	if utf8.RuneCountInString(s.Interpreter) > 120 {
		add("interpreter", "counselling.err.too_long", "n", 120)
	}
	if utf8.RuneCountInString(s.GroupCode) > 60 {
		add("group_code", "counselling.err.too_long", "n", 60)
	}
	if !s.NextOn.IsZero() && !s.StartedAt.IsZero() && s.NextOn.Before(day.Of(s.StartedAt, time.UTC)) {
		add("next", "counselling.err.next")
	}
	return fault.Fields(fs)
}

// State of a case as the rules see it.
type State struct {
	Counselled bool     // the principal applicant was in an individual talk about return or before departure
	Unheard    []string // what nobody has explained yet
	Fear       bool     // somebody is afraid, and protection has not said that the case may go on
	Latest     string   // outcome of the last talk
}

// Held tells whether who applied was counselled and heard of every way open to them, and no fear waits for protection.
func (st State) Held() bool { return st.Counselled && len(st.Unheard) == 0 && !st.Fear }

// Wishes tells whether they said in the last talk that they wish to return.
func (st State) Wishes() bool { return st.Held() && st.Latest == Proceed }

// stateOf reads the state from the talks of a case, oldest first.
func stateOf(list []Session, principal string) (st State) {
	var explained []string
	for _, s := range list {
		explained = append(explained, s.Explained...)
		if (s.Type == Information || s.Type == PreDeparture) && s.Kind == Individual && has(s.Present, principal) {
			st.Counselled = true
		}
		if s.Fear && s.Look.Result != MayProceed {
			st.Fear = true
		}
		if s.Type != Reintegration {
			st.Latest = s.Outcome
		}
	}
	st.Unheard = notExplained(nil, explained)
	return st
}

// Working hours in which free times are offered, on the office's clock.
const (
	opens  = 9
	closes = 17
	step   = 30 * time.Minute
)

// clash says what two appointments would need at the same time; empty when they do not meet.
func clash(a, b Appointment) string {
	if a.ID == b.ID || !a.StartsAt.Before(b.EndsAt) || !b.StartsAt.Before(a.EndsAt) {
		return ""
	}
	switch {
	case a.CounsellorID == b.CounsellorID:
		return "counsellor"
	case a.key != "" && a.key == b.key:
		return "interpreter"
	case a.Room != "" && a.Room == b.Room && a.OfficeID == b.OfficeID:
		return "room"
	case a.CaseID == b.CaseID:
		return "case"
	}
	return ""
}

func clashes(a Appointment, busy []Appointment) string {
	for _, b := range busy {
		if c := clash(a, b); c != "" {
			return c
		}
	}
	return ""
}

// free finds the next times at which an appointment would meet no other, on working days and within working hours.
func free(a Appointment, busy []Appointment, zone *time.Location, n int) (out []time.Time) {
	length := a.EndsAt.Sub(a.StartsAt)
	at := a.StartsAt.In(zone).Truncate(step)
	for limit := at.Add(14 * 24 * time.Hour); at.Before(limit) && len(out) < n; at = at.Add(step) {
		end := at.Add(length)
		closing := time.Date(at.Year(), at.Month(), at.Day(), closes, 0, 0, 0, zone)
		if at.Hour() < opens || end.After(closing) || at.Weekday() == time.Saturday || at.Weekday() == time.Sunday || !at.After(a.StartsAt) {
			continue
		}
		b := a
		b.StartsAt, b.EndsAt = at, end
		if clashes(b, busy) == "" {
			out = append(out, at)
		}
	}
	return out
}
