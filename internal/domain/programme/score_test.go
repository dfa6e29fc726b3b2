package programme_test

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

func selectionOf(t testing.TB) *programme.Selection {
	t.Helper()
	p, err := shipped(t).Current("gr-avrr", day.New(2026, 3, 2))
	if err != nil || p.Selection == nil {
		t.Fatal("no selection", err)
	}
	return p.Selection
}

func TestScore(t *testing.T) {
	s := selectionOf(t)
	for name, x := range map[string]struct {
		people    []programme.Facts
		low, high int64
		asks      []string
		urgent    programme.Result
	}{
		"nothing is known":                    {[]programme.Facts{{}}, 0, 100, []string{"vulnerable", "skills", "work_experience"}, programme.Unknown},
		"everything speaks for it":            {[]programme.Facts{{"vulnerable": {"yes"}, "skills": {"yes"}, "work_experience": {"12"}, "accommodation": {"none"}}}, 100, 100, nil, programme.Holds},
		"nothing speaks for it":               {[]programme.Facts{{"vulnerable": {"no"}, "skills": {"no"}, "work_experience": {"0"}, "accommodation": {"none"}}}, 0, 0, nil, programme.Fails},
		"the highest band that is reached":    {[]programme.Facts{{"vulnerable": {"no"}, "skills": {"no"}, "work_experience": {"4"}}}, 20, 20, nil, programme.Fails},
		"one in the family is vulnerable":     {[]programme.Facts{{"vulnerable": {"no"}, "skills": {"no"}, "work_experience": {"0"}}, {"vulnerable": {"yes"}, "accommodation": {"none"}}}, 40, 40, nil, programme.Holds},
		"of the others only care counts":      {[]programme.Facts{{"vulnerable": {"no"}, "skills": {"no"}, "work_experience": {"0"}}, {"vulnerable": {"no"}, "skills": {"yes"}, "work_experience": {"9"}}}, 0, 0, nil, programme.Fails},
		"of one in the family it is unknown":  {[]programme.Facts{{"vulnerable": {"no"}, "skills": {"no"}, "work_experience": {"0"}}, {}}, 0, 40, []string{"vulnerable"}, programme.Unknown},
		"known of one is enough to have more": {[]programme.Facts{{"skills": {"no"}, "work_experience": {"0"}}, {"vulnerable": {"yes"}}}, 40, 40, nil, programme.Unknown},
	} {
		var people []programme.PersonFacts
		for i, f := range x.people {
			people = append(people, programme.PersonFacts{PersonID: strconv.Itoa(i), Facts: f})
		}
		scored := s.Score(people)
		var asks []string
		for _, c := range scored {
			asks = append(asks, c.Asks...)
		}
		low, high := programme.Points(scored)
		if low != x.low || high != x.high || !slices.Equal(asks, x.asks) {
			t.Errorf("%s: %d to %d, asks %v; want %d to %d, %v", name, low, high, asks, x.low, x.high, x.asks)
		}
		if got := s.Urgent(people).Result; got != x.urgent {
			t.Errorf("%s: urgent %s, want %s", name, got, x.urgent)
		}
	}
}

// household draws one to three people of whom some things are known, in the facts the shipped selection asks for.
func household(t *rapid.T) (people []programme.PersonFacts) {
	for i := range rapid.IntRange(1, 3).Draw(t, "people") {
		f := programme.Facts{}
		for _, n := range []string{"vulnerable", "skills", "work_experience", "accommodation"} {
			if fact, _ := programme.FactNamed(n); rapid.IntRange(0, 3).Draw(t, "know "+n) > 0 {
				f[n] = anyValue(t, fact)
			}
		}
		people = append(people, programme.PersonFacts{PersonID: strconv.Itoa(i), Facts: f})
	}
	return people
}

func with(people []programme.PersonFacts, i int, name, value string) []programme.PersonFacts {
	out := slices.Clone(people)
	f := programme.Facts{}
	for k, v := range people[i].Facts {
		f[k] = v
	}
	f[name] = []string{value}
	out[i].Facts = f
	return out
}

// However a missing fact turns out, the points lie between what was sure and what could be, and a missing fact is worth no
// less than the worst answer to it.
func TestAMissingFactIsNeverANo(t *testing.T) {
	s := selectionOf(t)
	rapid.Check(t, func(t *rapid.T) {
		people := household(t)
		low, high := programme.Points(s.Score(people))
		i := rapid.IntRange(0, len(people)-1).Draw(t, "of whom")
		for _, n := range []string{"vulnerable", "skills", "work_experience"} {
			if _, known := people[i].Facts[n]; known {
				continue
			}
			worst := int64(1 << 40)
			for _, v := range map[bool][]string{true: {"0", "1", "3", "5", "60"}, false: {"no", "yes"}}[n == "work_experience"] {
				l, h := programme.Points(s.Score(with(people, i, n, v)))
				if l < low || h > high {
					t.Fatalf("%s = %s: %d to %d was said, and it is %d to %d", n, v, low, high, l, h)
				}
				worst = min(worst, l)
			}
			if low < worst {
				t.Fatalf("without %s %d points, with the worst answer %d", n, low, worst)
			}
		}
		for _, c := range s.Score(people) {
			if c.Low > c.High || c.High > c.Most || (c.Low < c.High) != (len(c.Asks) > 0) {
				t.Fatalf("%s: %d to %d of %d, asks %v", c.ID, c.Low, c.High, c.Most, c.Asks)
			}
		}
	})
}

// A better answer never costs points.
func TestABetterAnswerNeverCostsPoints(t *testing.T) {
	s := selectionOf(t)
	rapid.Check(t, func(t *rapid.T) {
		people := household(t)
		i := rapid.IntRange(0, len(people)-1).Draw(t, "of whom")
		n := rapid.SampledFrom([]string{"vulnerable", "skills", "work_experience"}).Draw(t, "what")
		worse, better := "no", "yes"
		if n == "work_experience" {
			a := rapid.IntRange(0, 9).Draw(t, "years")
			worse, better = strconv.Itoa(a), strconv.Itoa(a+rapid.IntRange(0, 9).Draw(t, "more"))
		}
		l0, h0 := programme.Points(s.Score(with(people, i, n, worse)))
		l1, h1 := programme.Points(s.Score(with(people, i, n, better)))
		if l1 < l0 || h1 < h0 {
			t.Fatalf("%s from %s to %s: %d to %d became %d to %d", n, worse, better, l0, h0, l1, h1)
		}
	})
}

func TestRations(t *testing.T) {
	p, err := shipped(t).Current("gr-avrr", day.New(2026, 3, 2))
	if err != nil || !p.Rations("reintegration") || p.Rations("cash") {
		t.Error(err)
	}
	if old, err := shipped(t).Version("gr-avrr", "2019.1"); err != nil || old.Rations("reintegration") {
		t.Error("the older version chooses nobody", err)
	}
}
