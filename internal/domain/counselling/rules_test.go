package counselling

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func good() Session {
	return Session{ID: "s", CaseID: "c", Type: Information, Kind: Individual, Place: "office", StartedAt: now.Add(-time.Hour), Minutes: 45, InterpreterWay: "phone", Interpreter: "L. Aziz", InterpreterAt: now.Add(-time.Hour), Language: "ar", StaffLanguage: "en",
		Topics: []string{"programme"}, Explained: slices.Clone(Options), Words: Words{Afraid: "no", Motives: []string{NotSaid}, Plan: NotSaid}, Outcome: Proceed, Present: []string{"a"}}
}

func TestCheck(t *testing.T) {
	if err := check(good(), []string{"a", "b"}, nil, now); err != nil {
		t.Fatalf("a good talk is refused: %v %+v", err, fault.Of(err).Fields)
	}
	for field, change := range map[string]func(s *Session){
		"type": func(s *Session) { s.Type = "chat" }, "kind": func(s *Session) { s.Kind = "" }, "place": func(s *Session) { s.Place = "moon" }, "way": func(s *Session) { s.InterpreterWay = "" },
		"group_code": func(s *Session) { s.Kind = Group }, "at": func(s *Session) { s.StartedAt = now.Add(time.Minute) }, "minutes": func(s *Session) { s.Minutes = 0 },
		"interpreter": func(s *Session) { s.Interpreter = "" }, "interpreter_at": func(s *Session) { s.InterpreterAt = time.Time{} }, "language": func(s *Session) { s.Language = "" },
		"staff_language": func(s *Session) { s.StaffLanguage = "" }, "topics": func(s *Session) { s.Topics = nil }, "afraid": func(s *Session) { s.Words.Afraid = "" }, "motives": func(s *Session) { s.Words.Motives = []string{"x"} },
		"plan": func(s *Session) { s.Words.Plan = "x" }, "outcome": func(s *Session) { s.Outcome = "" }, "present": func(s *Session) { s.Present = []string{"stranger"} },
		"referred": func(s *Session) { s.Fear = true }, "next": func(s *Session) { s.NextOn = day.Of(now, time.UTC).AddDays(-2) },
		"options":    func(s *Session) { s.Explained = []string{OptReturn} },
		"motivation": func(s *Session) { s.Words.Motivation = string(make([]byte, long+1)) },
	} {
		s := good()
		change(&s)
		err := check(s, []string{"a", "b"}, nil, now)
		if !fault.Is(err, fault.Invalid) || !slices.ContainsFunc(fault.Of(err).Fields, func(f fault.Field) bool { return f.Name == field }) {
			t.Errorf("%s: %v", field, err)
		}
	}
	s := good()
	s.Explained = []string{OptReturn}
	if err := check(s, []string{"a"}, []string{OptAsylum, OptStay, OptChange}, now); err != nil {
		t.Errorf("what was explained last time counts: %v", err)
	}
}

// Whatever else was said: nobody counts as wishing to go on who has not heard of asylum, the right to stay, return, and
// that they may change their mind; and a fear stops the case until protection says that it may go on.
func TestStateNeverForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []Session
		for range rapid.IntRange(0, 5).Draw(t, "talks") {
			s := good()
			s.Explained = rapid.SliceOfDistinct(rapid.SampledFrom(Options), func(s string) string { return s }).Draw(t, "explained")
			s.Outcome = rapid.SampledFrom(Outcomes).Draw(t, "outcome")
			s.Type = rapid.SampledFrom(Types).Draw(t, "type")
			s.Kind = rapid.SampledFrom(Kinds).Draw(t, "kind")
			s.Fear = rapid.Bool().Draw(t, "fear")
			s.Look.Result = rapid.SampledFrom(append([]string{""}, LookResults...)).Draw(t, "look")
			list = append(list, s)
		}
		st := stateOf(list, "a")
		afraid, heard := false, map[string]bool{}
		for _, s := range list {
			afraid = afraid || s.Fear && s.Look.Result != MayProceed
			for _, o := range s.Explained {
				heard[o] = true
			}
		}
		if st.Fear != afraid {
			t.Fatalf("fear %v, want %v", st.Fear, afraid)
		}
		for _, o := range mustExplain {
			if heard[o] == slices.Contains(st.Unheard, o) {
				t.Fatalf("%s: heard %v, missing %v", o, heard[o], st.Unheard)
			}
		}
	})
}

// A time that is offered as free meets no appointment, lies ahead, and within working hours.
func TestFreeTimesAreFree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) Appointment {
			start := now.Add(time.Duration(rapid.IntRange(0, 6*48).Draw(t, name)) * 30 * time.Minute)
			a := Appointment{ID: name, CaseID: name, OfficeID: "o", CounsellorID: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "who"), key: rapid.SampledFrom([]string{"", "i", "j"}).Draw(t, "key"), Room: rapid.SampledFrom([]string{"", "1"}).Draw(t, "room"), StartsAt: start}
			a.EndsAt = start.Add(time.Duration(rapid.IntRange(1, 6).Draw(t, "half hours")) * 30 * time.Minute)
			return a
		}
		var busy []Appointment
		for range rapid.IntRange(0, 20).Draw(t, "busy") {
			busy = append(busy, draw(rapid.StringN(4, 4, 8).Draw(t, "id")))
		}
		a := draw("new")
		for _, at := range free(a, busy, time.UTC, 3) {
			b := a
			b.StartsAt, b.EndsAt = at, at.Add(a.EndsAt.Sub(a.StartsAt))
			if c := clashes(b, busy); c != "" {
				t.Fatalf("%s is offered and meets a %s", at, c)
			}
			if !at.After(a.StartsAt) || at.Hour() < opens || b.EndsAt.Hour()*60+b.EndsAt.Minute() > closes*60 || at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
				t.Fatalf("%s is offered out of hours", at)
			}
		}
	})
}
