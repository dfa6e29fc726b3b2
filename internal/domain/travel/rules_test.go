package travel

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

func TestPapersFor(t *testing.T) {
	on := day.MustParse("2026-03-24")
	good, old := day.MustParse("2026-03-24"), day.MustParse("2026-03-23")
	for name, c := range map[string]struct {
		held []heldPaper
		want string
	}{
		"nothing":             {nil, paperNone},
		"valid on the day":    {[]heldPaper{{"passport", good, "applicant"}}, paperGood},
		"ends the day before": {[]heldPaper{{"passport", old, "applicant"}}, paperExpires},
		"in another drawer":   {[]heldPaper{{"passport", good, "asylum_service"}}, paperElsewhere},
		"asked for":           {[]heldPaper{{"etd", day.Date{}, ""}}, paperPending},
		"no date":             {[]heldPaper{{"passport", day.Date{}, "our_office"}}, paperNoDate},
		"one good is enough":  {[]heldPaper{{"passport", old, "applicant"}, {"etd", good, "our_office"}}, paperGood},
		"the nearest counts":  {[]heldPaper{{"passport", old, "applicant"}, {"etd", day.Date{}, ""}}, paperPending},
	} {
		if got, _ := papersFor(c.held, on); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestClearanceFor(t *testing.T) {
	on := day.MustParse("2026-03-24")
	until := func(s string) day.Date { return day.MustParse(s) }
	for name, c := range map[string]struct {
		list []Clearance
		want string
	}{
		"nobody asked":         {nil, "none"},
		"no answer":            {[]Clearance{{Authority: "police"}}, "pending"},
		"go":                   {[]Clearance{{Authority: "police", Reply: Go}}, ""},
		"go until the day":     {[]Clearance{{Authority: "police", Reply: Go, ValidUntil: on}}, ""},
		"lapsed":               {[]Clearance{{Authority: "police", Reply: Go, ValidUntil: until("2026-03-23")}}, "lapsed"},
		"asked again, go":      {[]Clearance{{Authority: "police", Reply: Refused}, {Authority: "police", Reply: Go}}, ""},
		"one of two says wait": {[]Clearance{{Authority: "police", Reply: Go}, {Authority: "court", Reply: Wait}}, "wait"},
		"stopped is not asked": {[]Clearance{{Authority: "police", Reply: Stopped}}, "none"},
	} {
		if got, _ := clearanceFor(c.list, on); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFamilyStep(t *testing.T) {
	step, who := FamilyStep([]Passenger{{PersonID: "a", Step: Papers}, {PersonID: "b", Step: AtAirport}, {PersonID: "c", Step: NoShow}, {PersonID: "d", Step: AtAirport}})
	if step != Papers || !slices.Equal(who, []string{"b", "d"}) {
		t.Fatalf("%s %v", step, who)
	}
	if step, who = FamilyStep([]Passenger{{PersonID: "a", Step: Boarded}, {PersonID: "c", Step: NoShow}}); step != "" || who != nil {
		t.Fatalf("%s %v", step, who)
	}
}

// Whatever hands do, nobody reaches the plane without having been at the airport and received their papers, and nobody who
// did not come boards.
func TestStepsAreTakenInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at, seen := Expected, []string{Expected}
		for _, to := range rapid.SliceOf(rapid.SampledFrom([]string{Expected, AtAirport, Papers, Boarded, NoShow, Arrived, ""})).Draw(t, "tries") {
			if mayStep(at, to) {
				at = to
				seen = append(seen, to)
			}
		}
		if at == Boarded && !slices.Equal(seen, steps) {
			t.Fatalf("boarded by way of %v", seen)
		}
		if i := slices.Index(seen, NoShow); i >= 0 && i != len(seen)-1 {
			t.Fatalf("went on after not coming: %v", seen)
		}
	})
}

// Two people edit one record at once: what only one of them touched is kept, and nothing is lost without a word.
func TestMergeLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SampledFrom([]string{"", "a", "b", "c"})
		base, now, form := map[string]string{}, map[string]string{}, map[string]string{}
		first := map[string]string{}
		for _, k := range []string{"x", "y", "z"} {
			first[k] = value.Draw(t, k+" first")
			now[k], form[k] = value.Draw(t, k+" others"), value.Draw(t, k+" form")
			if now[k] != first[k] {
				base[k] = first[k]
			}
		}
		got, clash := merge(now, form, base)
		for k := range form {
			mine, theirs := form[k] != first[k], now[k] != first[k]
			switch {
			case mine && theirs && form[k] != now[k]:
				if !slices.Contains(clash, k) {
					t.Fatalf("%s: a clash was swallowed", k)
				}
			case theirs && got[k] != now[k]:
				t.Fatalf("%s: the others' edit was lost", k)
			case mine && !theirs && got[k] != form[k]:
				t.Fatalf("%s: my edit was lost", k)
			}
		}
	})
}

func TestChase(t *testing.T) {
	left := day.MustParse("2026-03-24")
	for days, want := range map[int]int{0: 0, 1: 0, 2: 2, 6: 2, 7: 7, 29: 7, 30: 30, 90: 30} {
		if got := chase(left, left.AddDays(days)); got != want {
			t.Errorf("after %d days: %d, want %d", days, got, want)
		}
	}
}

func FuzzMoment(f *testing.F) {
	f.Add("10:05")
	f.Add("24:00")
	f.Fuzz(func(t *testing.T, s string) {
		m := Moment(day.MustParse("2026-03-24"), s)
		if (m != "") != goodMoment(m) {
			t.Fatalf("%q gives %q", s, m)
		}
	})
}
