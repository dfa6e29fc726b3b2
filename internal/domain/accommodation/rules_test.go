package accommodation

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

func TestMisfits(t *testing.T) {
	woman, man := sleeper{party: "a", sex: "female", ageKnown: true}, sleeper{party: "a", sex: "male", ageKnown: true}
	girl := sleeper{party: "a", sex: "female", child: true, ageKnown: true}
	boy := sleeper{party: "a", sex: "male", child: true, ageKnown: true}
	stranger, strangeBoy := sleeper{party: "b", sex: "male", ageKnown: true}, sleeper{party: "b", sex: "male", child: true, ageKnown: true}
	unknown := sleeper{party: "b", sex: "unknown"}
	slow := woman
	slow.stepFree = true
	for name, c := range map[string]struct {
		u           Unit
		party       int
		who, others []sleeper
		want        []string
	}{
		"woman among women":                {Unit{Rule: RuleWomen}, 1, []sleeper{woman}, nil, nil},
		"mother and son among women":       {Unit{Rule: RuleWomen}, 2, []sleeper{woman, boy}, nil, nil},
		"man among women":                  {Unit{Rule: RuleWomen}, 1, []sleeper{man}, nil, []string{badSex}},
		"boy among men":                    {Unit{Rule: RuleMen}, 2, []sleeper{man, boy}, nil, []string{badSex}},
		"one man in a family room":         {Unit{Rule: RuleFamily}, 1, []sleeper{man}, nil, []string{badFamily}},
		"family of two":                    {Unit{Rule: RuleFamily}, 2, []sleeper{man, girl}, nil, nil},
		"steps":                            {Unit{Rule: RuleAny}, 1, []sleeper{slow}, nil, []string{badSteps}},
		"no steps":                         {Unit{Rule: RuleAny, Accessible: true}, 1, []sleeper{slow}, nil, nil},
		"child alone beside a stranger":    {Unit{Rule: RuleAny}, 1, []sleeper{girl}, []sleeper{stranger}, []string{badChild}},
		"child alone beside age unknown":   {Unit{Rule: RuleAny}, 1, []sleeper{girl}, []sleeper{unknown}, []string{badChild}},
		"child alone beside a child":       {Unit{Rule: RuleAny}, 1, []sleeper{girl}, []sleeper{strangeBoy}, nil},
		"child with mother, stranger near": {Unit{Rule: RuleAny}, 2, []sleeper{woman, girl}, []sleeper{stranger}, nil},
		"man beside a child alone":         {Unit{Rule: RuleAny}, 1, []sleeper{man}, []sleeper{strangeBoy}, []string{badChild}},
	} {
		if got := misfits(c.u, c.party, c.who, c.others); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Whatever is booked through the rule, no night ever holds more people than places.
func TestNeverMorePeopleThanBeds(t *testing.T) {
	today := day.MustParse("2026-03-02")
	rapid.Check(t, func(t *rapid.T) {
		site := Site{Maximum: rapid.Int64Range(0, 8).Draw(t, "maximum")}
		beds := make([]Bed, rapid.IntRange(0, 8).Draw(t, "beds"))
		for i := range beds {
			if rapid.Bool().Draw(t, "out") {
				beds[i].OutReason, beds[i].OutUntil = "repair", today.AddDays(rapid.IntRange(1, 20).Draw(t, "back"))
			}
		}
		var stays []Stay
		for range rapid.IntRange(0, 20).Draw(t, "bookings") {
			from := today.AddDays(rapid.IntRange(0, 12).Draw(t, "from"))
			n := rapid.IntRange(1, 10).Draw(t, "nights")
			persons := rapid.Int64Range(1, 4).Draw(t, "persons")
			if !fits(nights(site, beds, stays, from, n, today), persons) {
				continue
			}
			for range persons {
				stays = append(stays, Stay{State: rapid.SampledFrom([]string{Booked, InHouse, Absent}).Draw(t, "state"), From: from, Until: from.AddDays(n)})
			}
		}
		for _, x := range nights(site, beds, stays, today, 30, today) {
			if x.Taken > x.Places || x.Places > site.Maximum || x.Places > int64(len(beds)) {
				t.Fatalf("%s: %d people, %d places", x.On, x.Taken, x.Places)
			}
		}
	})
}

// Who is in the house beyond their last day still takes a place tonight, and none tomorrow.
func TestOverdueGuestsCount(t *testing.T) {
	today := day.MustParse("2026-03-02")
	s := []Stay{{State: InHouse, From: today.AddDays(-9), Until: today.AddDays(-2)}, {State: Booked, From: today.AddDays(-9), Until: today.AddDays(-2)}, {State: Left, From: today, Until: today.AddDays(3)}}
	got := nights(Site{Maximum: 5}, make([]Bed, 5), s, today, 2, today)
	if got[0].Taken != 1 || got[1].Taken != 0 {
		t.Fatalf("tonight %d, tomorrow %d", got[0].Taken, got[1].Taken)
	}
}

func TestTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b"})).Draw(t, "units")
		want := !(slices.Contains(units, "a") && slices.Contains(units, "b"))
		if together(units) != want {
			t.Fatalf("%v: %v", units, !want)
		}
	})
}
