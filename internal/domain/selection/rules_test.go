package selection_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	. "github.com/nostos-avrr/nostos/internal/domain/selection"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

var days = cmp.Comparer(func(a, b day.Date) bool { return a == b })

var tie = []string{programme.ByApplication, programme.ByNumber}

func ok(no string, points int64) Candidate {
	return Candidate{CaseID: "id-" + no, No: no, Applied: day.New(2026, 1, 1), Verdict: programme.Conditional, Low: points, High: points, Urgent: programme.Fails, Cost: 100, CostKnown: true}
}

// change is a candidate with something else about them.
func change(c Candidate, fns ...func(*Candidate)) Candidate {
	for _, fn := range fns {
		fn(&c)
	}
	return c
}

func urgent(c *Candidate)     { c.Urgent = programme.Holds }
func undecided(c *Candidate)  { c.Verdict = programme.Undecided }
func left(c *Candidate)       { c.Left = true }
func noCost(c *Candidate)     { c.Cost, c.CostKnown = 0, false }
func chosen(c *Candidate)     { c.Outcome, c.Seat = Chosen, SeatRegular }
func chosenKept(c *Candidate) { c.Outcome, c.Seat = Chosen, SeatReserve }
func waits(c *Candidate)      { c.Outcome = Waiting }
func notEligible(c *Candidate) {
	c.Verdict = programme.NotEligible
}
func high(n int64) func(*Candidate)  { return func(c *Candidate) { c.High = n } }
func cost(n int64) func(*Candidate)  { return func(c *Candidate) { c.Cost = n } }
func applied(d int) func(*Candidate) { return func(c *Candidate) { c.Applied = day.New(2026, 1, d) } }
func shown(r Ranking) (out []string) {
	for _, p := range r.List {
		out = append(out, fmt.Sprintf("%d %s %s", p.Place, p.No, p.Proposal))
	}
	return out
}

func TestRank(t *testing.T) {
	for name, x := range map[string]struct {
		cs   []Candidate
		l    Limits
		want []string
		end  string
	}{
		"by points, then who applied earlier, then the number": {
			[]Candidate{ok("3", 10), change(ok("2", 10), applied(2)), change(ok("4", 10), applied(1)), ok("1", 20)}, Limits{Budget: 1000, Places: 9},
			[]string{"1 1 selected", "2 3 selected", "3 4 selected", "4 2 selected"}, ""},
		"here the money ends, and nobody cheaper is taken first": {
			[]Candidate{ok("1", 30), change(ok("2", 20), cost(300)), ok("3", 10)}, Limits{Budget: 350, Places: 9},
			[]string{"1 1 selected", "2 2 waiting", "3 3 waiting"}, "money"},
		"here the places end": {
			[]Candidate{ok("1", 30), ok("2", 20)}, Limits{Budget: 1000, Places: 1},
			[]string{"1 1 selected", "2 2 waiting"}, "places"},
		"a kept place goes to who cannot wait": {
			[]Candidate{ok("1", 30), ok("2", 20), change(ok("3", 10), urgent), change(ok("4", 5), urgent)}, Limits{Budget: 200, Kept: 100, Places: 2, Reserve: 1},
			[]string{"1 1 selected", "2 2 waiting", "3 3 reserve", "4 4 waiting"}, "places"},
		"an urgent case high enough needs no kept place": {
			[]Candidate{change(ok("1", 30), urgent), ok("2", 20), change(ok("3", 10), urgent)}, Limits{Budget: 200, Kept: 100, Places: 2, Reserve: 1},
			[]string{"1 1 selected", "2 2 waiting", "3 3 reserve"}, "places"},
		"a missing answer that makes the difference is asked for": {
			[]Candidate{ok("1", 30), change(ok("2", 10), high(40)), change(ok("3", 5), high(29))}, Limits{Budget: 100, Places: 9},
			[]string{"1 1 selected", "2 2 ask", "3 3 waiting"}, "money"},
		"whether they may have it at all is not known: their place is held": {
			[]Candidate{change(ok("1", 30), undecided), ok("2", 20)}, Limits{Budget: 100, Places: 9},
			[]string{"1 1 ask", "2 2 waiting"}, "money"},
		"what it costs is not known: as much as for the dearest is held": {
			[]Candidate{change(ok("1", 30), noCost), change(ok("2", 20), cost(70)), change(ok("3", 10), cost(90))}, Limits{Budget: 170, Places: 9},
			[]string{"1 1 ask", "2 2 selected", "3 3 waiting"}, "money"},
		"whether it is urgent is not known": {
			[]Candidate{ok("1", 30), change(ok("2", 20), func(c *Candidate) { c.Urgent = programme.Unknown }), change(ok("3", 10), urgent)}, Limits{Budget: 200, Kept: 100, Places: 2, Reserve: 1},
			[]string{"1 1 selected", "2 2 ask", "3 3 reserve"}, "places"},
		"who left and who may not have it take no place": {
			[]Candidate{change(ok("1", 30), left), change(ok("2", 20), notEligible), ok("3", 10)}, Limits{Budget: 100, Places: 1},
			[]string{"1 3 selected", "0 2 not_eligible", "0 1 "}, ""},
		"what the committee gave is gone": {
			[]Candidate{ok("1", 30), ok("2", 20), change(ok("3", 10), chosen)}, Limits{Budget: 200, Places: 2},
			[]string{"1 1 selected", "2 2 waiting", "3 3 "}, "places"},
		"a kept place that was given is not given again": {
			[]Candidate{ok("1", 30), change(ok("2", 20), urgent, chosenKept), change(ok("3", 10), urgent)}, Limits{Budget: 200, Kept: 100, Places: 2, Reserve: 1},
			[]string{"1 1 selected", "2 2 ", "3 3 waiting"}, "places"},
		"a place that was given is no reason not to ask": {
			[]Candidate{change(ok("1", 30), chosen), change(ok("2", 20), high(40)), ok("3", 10)}, Limits{Budget: 100, Places: 1},
			[]string{"1 1 ", "2 2 ask", "3 3 waiting"}, "places"},
		"who was put on the waiting list does not stand in the way": {
			[]Candidate{change(ok("1", 30), waits), ok("2", 20)}, Limits{Budget: 100, Places: 1},
			[]string{"1 1 ", "2 2 selected"}, ""},
	} {
		r := Rank(x.cs, x.l, tie)
		if d := cmp.Diff(x.want, shown(r)); d != "" || r.End != x.end {
			t.Errorf("%s: end %q\n%s", name, r.End, d)
		}
	}
}

func TestTheWayToThePlace(t *testing.T) {
	cs := []Candidate{ok("1", 30), ok("2", 20), ok("3", 10), change(ok("4", 5), high(25))}
	r := Rank(cs, Limits{Budget: 150, Places: 3}, tie)
	for i, want := range []struct{ running, more int64 }{{100, 0}, {200, 50}, {300, 150}, {400, -1}} {
		if p := r.List[i]; p.Running != want.running || p.More != want.more {
			t.Errorf("place %d: %d in all, %d more", i+1, p.Running, p.More)
		}
	}
	if b := r.List[3].Best; b != 2 {
		t.Errorf("with every answer in their favour: place %d", b)
	}
	if in := Enters(cs, Limits{Budget: 150, Places: 3}, tie, 50); len(in) != 1 || in[0].No != "2" {
		t.Errorf("with 50 more: %v", in)
	}
	if in := Enters(cs, Limits{Budget: 150, Places: 3}, tie, 49); len(in) != 0 {
		t.Errorf("with 49 more: %v", in)
	}
}

func TestSeatFor(t *testing.T) {
	l := Limits{Budget: 200, Kept: 100, Places: 2, Reserve: 1}
	for name, x := range map[string]struct {
		cs            []Candidate
		x             Placed
		seat, problem string
	}{
		"a regular one":                 {nil, Placed{Candidate: ok("1", 1)}, SeatRegular, ""},
		"a kept one, as proposed":       {nil, Placed{Candidate: change(ok("1", 1), urgent), Proposal: Reserve}, SeatReserve, ""},
		"urgent, and proposed anyway":   {nil, Placed{Candidate: change(ok("1", 1), urgent), Proposal: Selected}, SeatRegular, ""},
		"urgent, when no other is left": {[]Candidate{change(ok("2", 1), chosen)}, Placed{Candidate: change(ok("1", 1), urgent)}, SeatReserve, ""},
		"a kept one for nobody else":    {[]Candidate{change(ok("2", 1), chosen)}, Placed{Candidate: ok("1", 1)}, "", "selection.err.no_place"},
		"too dear":                      {nil, Placed{Candidate: change(ok("1", 1), cost(101))}, "", "selection.err.no_money"},
		"nobody knows what it costs":    {nil, Placed{Candidate: change(ok("1", 1), noCost)}, "", "selection.err.cost_unknown"},
		"who has left needs no place":   {[]Candidate{change(ok("2", 1), chosen, left)}, Placed{Candidate: ok("1", 1)}, SeatRegular, ""},
		"the same one again":            {[]Candidate{change(ok("1", 1), chosen)}, Placed{Candidate: ok("1", 1)}, SeatRegular, ""},
	} {
		if seat, problem := SeatFor(x.cs, l, x.x); seat != x.seat || problem != x.problem {
			t.Errorf("%s: %q %q", name, seat, problem)
		}
	}
}

func TestNext(t *testing.T) {
	l := Limits{Budget: 200, Kept: 100, Places: 2, Reserve: 1}
	nowhere := func(string) bool { return false }
	for name, x := range map[string]struct {
		cs        []Candidate
		elsewhere string
		want      string
	}{
		"the first who waits":                           {[]Candidate{change(ok("1", 9), chosen, left), change(ok("2", 8), waits), change(ok("3", 7), waits)}, "", "2"},
		"not one who is in another round by now":        {[]Candidate{change(ok("2", 8), waits), change(ok("3", 7), waits)}, "id-2", "3"},
		"nobody while all places are taken":             {[]Candidate{change(ok("1", 9), chosen), change(ok("2", 8), waits)}, "", ""},
		"nobody cheaper before the first":               {[]Candidate{change(ok("2", 8), waits, cost(150)), change(ok("3", 7), waits)}, "", ""},
		"the kept place waits for the first urgent":     {[]Candidate{change(ok("1", 9), chosen), change(ok("2", 8), waits), change(ok("3", 7), waits, urgent)}, "", "3"},
		"nobody who has left":                           {[]Candidate{change(ok("2", 8), waits, left), change(ok("3", 7), waits)}, "", "3"},
		"who was not chosen is not on the waiting list": {[]Candidate{change(ok("2", 8), func(c *Candidate) { c.Outcome = NotChosen })}, "", ""},
	} {
		elsewhere := nowhere
		if x.elsewhere != "" {
			elsewhere = func(id string) bool { return id == x.elsewhere }
		}
		if p, _ := Next(x.cs, l, tie, elsewhere); p.No != x.want {
			t.Errorf("%s: %q, want %q", name, p.No, x.want)
		}
	}
}

func TestLower(t *testing.T) {
	l := Limits{Budget: 10_000, Kept: 1_000, Places: 20, Reserve: 3}
	if got := l.Lower(1); got != (Limits{Budget: 10_000, Kept: 333, Places: 20, Reserve: 1}) {
		t.Errorf("%+v", got)
	}
	if got := l.Lower(0); got.Kept != 0 || got.Reserve != 0 {
		t.Errorf("%+v", got)
	}
	if got := l.Lower(5); got != l {
		t.Errorf("raised to %+v", got)
	}
}

func TestNeedsReason(t *testing.T) {
	for _, x := range []struct {
		proposal, outcome string
		want              bool
	}{{Selected, Chosen, false}, {Reserve, Chosen, false}, {Behind, Chosen, true}, {Ask, Chosen, true}, {NotEligible, Chosen, true}, {Behind, Waiting, false}, {Selected, Waiting, true}, {Ask, Waiting, true},
		{Selected, NotChosen, true}, {Behind, NotChosen, true}, {NotEligible, NotChosen, false}} {
		if got := NeedsReason(x.proposal, x.outcome); got != x.want {
			t.Errorf("%s when %s was proposed: %v", x.outcome, x.proposal, got)
		}
	}
}

// drawn is any round.
func drawn(t *rapid.T) ([]Candidate, Limits) {
	var cs []Candidate
	for i := range rapid.IntRange(0, 14).Draw(t, "candidates") {
		c := Candidate{CaseID: fmt.Sprintf("c%02d", i), No: fmt.Sprintf("GR-%03d", rapid.IntRange(0, 3).Draw(t, "no")), Applied: day.New(2026, 1, rapid.IntRange(1, 3).Draw(t, "applied")),
			Verdict: rapid.SampledFrom([]programme.Verdict{programme.Conditional, programme.Conditional, programme.Undecided, programme.NotEligible}).Draw(t, "verdict"),
			Low:     int64(rapid.IntRange(0, 4).Draw(t, "low") * 10), Urgent: rapid.SampledFrom([]programme.Result{programme.Holds, programme.Fails, programme.Unknown}).Draw(t, "urgent"),
			Cost: int64(rapid.IntRange(1, 5).Draw(t, "cost") * 100), CostKnown: rapid.IntRange(0, 4).Draw(t, "known") > 0, Left: rapid.IntRange(0, 9).Draw(t, "left") == 0}
		c.High = c.Low + int64(rapid.IntRange(0, 3).Draw(t, "more")*10)
		if !c.CostKnown {
			c.Cost = 0
		}
		cs = append(cs, c)
	}
	l := Limits{Budget: int64(rapid.IntRange(0, 30).Draw(t, "budget") * 100), Places: int64(rapid.IntRange(0, 10).Draw(t, "places"))}
	l.Reserve = int64(rapid.IntRange(0, int(l.Places)).Draw(t, "reserve"))
	if l.Reserve > 0 {
		l.Kept = int64(rapid.IntRange(0, int(l.Budget)).Draw(t, "kept"))
	}
	for i := range cs { // some are decided about, as the commands would
		c := &cs[i]
		switch out := rapid.SampledFrom([]string{"", "", "", Chosen, Waiting, NotChosen}).Draw(t, "outcome"); out {
		case Chosen:
			if seat, problem := SeatFor(cs, l, Placed{Candidate: *c}); problem == "" {
				c.Outcome, c.Seat = Chosen, seat
			}
		default:
			c.Outcome = out
		}
	}
	return cs, l
}

func in(r Ranking) map[string]string {
	out := map[string]string{}
	for _, p := range r.List {
		if p.In {
			out[p.CaseID] = p.Seat
		}
	}
	return out
}

func TestRankProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cs, l := drawn(t)
		before := slices.Clone(cs)
		r := Rank(cs, l, tie)
		if d := cmp.Diff(before, cs, days); d != "" {
			t.Fatal("the candidates were changed", d)
		}

		// Neither places nor money are ever given twice.
		var regular, kept Pot
		for _, p := range r.List {
			pot := &regular
			switch {
			case !p.In:
				continue
			case p.Left || p.Verdict == programme.NotEligible && p.Outcome == "":
				t.Fatalf("%s has a place", p.CaseID)
			case p.Seat == SeatReserve:
				pot = &kept
				if p.Urgent != programme.Holds {
					t.Fatalf("a kept place for %s, which is not urgent", p.CaseID)
				}
			}
			pot.Places++
			pot.Money += p.Held
		}
		if regular != r.Regular || kept != r.Kept {
			t.Fatalf("counted %v %v, told %v %v", regular, kept, r.Regular, r.Kept)
		}
		if regular.Places > max(0, l.Places-l.Reserve) || kept.Places > l.Reserve || regular.Money > max(0, l.Budget-l.Kept) || kept.Money > l.Kept {
			t.Fatalf("limits %+v exceeded: %+v and %+v", l, regular, kept)
		}

		// The order in which the cases were found makes no difference.
		other := rapid.Permutation(cs).Draw(t, "other order")
		if d := cmp.Diff(r, Rank(other, l, tie), days); d != "" {
			t.Fatal("another order of the same candidates", d)
		}

		// More money takes no place from anybody.
		richer := l
		richer.Budget += int64(rapid.IntRange(0, 2000).Draw(t, "more money"))
		now := in(Rank(cs, richer, tie))
		for id := range in(r) {
			if _, still := now[id]; !still {
				t.Fatalf("%s lost the place when the budget grew from %d to %d", id, l.Budget, richer.Budget)
			}
		}
		added := slices.Sorted(maps.Keys(now))
		added = slices.DeleteFunc(added, func(id string) bool { _, had := in(r)[id]; return had })
		var told []string
		for _, p := range Enters(cs, l, tie, richer.Budget-l.Budget) {
			told = append(told, p.CaseID)
		}
		slices.Sort(told)
		if !slices.Equal(added, told) {
			t.Fatalf("enter %v, told %v", added, told)
		}

		for _, p := range r.List {
			// A missing fact excludes nobody.
			if p.Verdict == programme.Undecided && !p.Left && (p.Place == 0 || p.Proposal == NotEligible) {
				t.Fatalf("%s has no place because something is not known", p.CaseID)
			}
			// And nothing is promised before it is known.
			if (p.Proposal == Selected || p.Proposal == Reserve) && (p.Verdict == programme.Undecided || !p.CostKnown) {
				t.Fatalf("%s is proposed before the answer", p.CaseID)
			}
			// The money that is said to be missing is exactly what is missing.
			if p.More > 0 && p.Outcome == "" && p.Place > 0 {
				enough, short := l, l
				enough.Budget += p.More
				short.Budget += p.More - 1
				if _, ok := in(Rank(cs, enough, tie))[p.CaseID]; !ok {
					t.Fatalf("%d more would not bring %s in", p.More, p.CaseID)
				}
				if seat, ok := in(Rank(cs, short, tie))[p.CaseID]; ok && seat == SeatRegular {
					t.Fatalf("%s needs less than %d more", p.CaseID, p.More)
				}
			}
		}
	})
}

// A candidate whose answers get better never falls behind, and with every answer in their favour they stand where it was said.
func TestBetterAnswersNeverHarm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cs, l := drawn(t)
		r := Rank(cs, l, tie)
		if len(r.List) == 0 {
			return
		}
		p := rapid.SampledFrom(r.List).Draw(t, "who")
		i := slices.IndexFunc(cs, func(c Candidate) bool { return c.CaseID == p.CaseID })
		cs[i].Low = rapid.Int64Range(p.Low, p.High).Draw(t, "better")
		better := placed(Rank(cs, l, tie), p.CaseID)
		if better.Place > p.Place || p.In && !better.In {
			t.Fatalf("better answers moved %s from place %d (in: %v) to %d (in: %v)", p.CaseID, p.Place, p.In, better.Place, better.In)
		}
		cs[i].Low = p.High
		best := placed(Rank(cs, l, tie), p.CaseID)
		if p.Place > 0 && best.Place != p.Best {
			t.Fatalf("best place told %d, and it is %d", p.Best, best.Place)
		}
		if p.Outcome == "" && p.Urgent != programme.Unknown && p.Place > 0 && !p.In && best.In && p.Proposal != Ask {
			t.Fatalf("%s: proposal %q, and with the best answers they would be in", p.CaseID, p.Proposal)
		}
		undecided := !slices.ContainsFunc(cs, func(c Candidate) bool { return c.Outcome != "" })
		if undecided && p.Urgent != programme.Unknown && p.Place > 0 && !p.In && !best.In && p.Proposal == Ask {
			t.Fatalf("%s is to be asked, and it makes no difference", p.CaseID)
		}
	})
}

func placed(r Ranking, id string) Placed {
	for _, p := range r.List {
		if p.CaseID == id {
			return p
		}
	}
	return Placed{}
}

func TestRates(t *testing.T) {
	rs, total := Rates(map[string]Count{"PK": {40, 10}, "GE": {12, 6}, "IQ": {6, 1}, "SO": {3, 3}, "XX": {}})
	var got []string
	for _, r := range rs {
		got = append(got, fmt.Sprint(r.Group, r.Hidden))
	}
	if d := cmp.Diff([]string{"PKfalse", "GEfalse", "IQtrue", "SOtrue"}, got); d != "" || total.Pool != 61 || total.Chosen != 20 || total.Hidden {
		t.Error(total, d)
	}
	if rs, total := Rates(map[string]Count{"female": {2, 1}, "male": {1, 1}}); !total.Hidden || !rs[0].Hidden || !rs[1].Hidden {
		t.Error("three people are told apart", rs, total)
	}
	if rs, _ := Rates(map[string]Count{"female": {2, 1}, "male": {100, 1}}); !rs[0].Hidden {
		t.Error("the total gives the two women away", rs)
	}
}

// Nothing hidden can be worked out from the total and the lines that are shown.
func TestRatesHide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := map[string]Count{}
		for i := range rapid.IntRange(0, 8).Draw(t, "groups") {
			n := rapid.Int64Range(0, 12).Draw(t, "pool")
			groups[fmt.Sprint(i)] = Count{n, rapid.Int64Range(0, n).Draw(t, "chosen")}
		}
		rs, total := Rates(groups)
		hidden, people, sum := 0, int64(0), int64(0)
		for i, r := range rs {
			sum += r.Pool
			if r.Hidden {
				hidden++
				people += r.Pool
			} else if r.Pool < SmallGroup {
				t.Fatalf("a group of %d is shown", r.Pool)
			}
			if i > 0 && rs[i-1].Pool < r.Pool {
				t.Fatal("not the largest first")
			}
		}
		if sum != total.Pool {
			t.Fatalf("%d people in the lines, %d in all", sum, total.Pool)
		}
		if hidden == 1 && len(rs) > 1 || hidden > 0 && people < SmallGroup && !total.Hidden {
			t.Fatalf("%d hidden lines with %d people come out of a total of %d", hidden, people, total.Pool)
		}
	})
}

func TestAgeGroup(t *testing.T) {
	for years, want := range map[int]string{0: "child", 17: "child", 18: "young", 29: "young", 30: "middle", 45: "older", 60: "old", 99: "old"} {
		if got := AgeGroup(years, true); got != want {
			t.Errorf("%d: %s", years, got)
		}
	}
	if AgeGroup(30, false) != "unknown" {
		t.Error("an age nobody knows is put into a group")
	}
}
