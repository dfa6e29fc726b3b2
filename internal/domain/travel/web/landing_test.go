package travelweb

import (
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// The day proposed for an arrival is that of the ticket's last flight, also past midnight; no day is proposed that lies ahead.
func TestLanding(t *testing.T) {
	leg := func(arrives string) travel.Leg { return travel.Leg{Flight: travel.Flight{Arrives: arrives}} }
	today := day.MustParse("2026-03-25")
	for _, c := range []struct {
		legs []travel.Leg
		want string
	}{
		{nil, ""},
		{[]travel.Leg{leg("2026-03-24 16:30")}, "2026-03-24"},
		{[]travel.Leg{leg("2026-03-24 23:10"), leg("2026-03-25 03:00")}, "2026-03-25"},
		{[]travel.Leg{leg("2026-03-26 01:00")}, ""},
		{[]travel.Leg{leg("")}, ""},
	} {
		if got := landing(travel.Journey{Legs: c.legs}, today); got.String() != c.want {
			t.Errorf("%v: %q, want %q", c.legs, got, c.want)
		}
	}
}
