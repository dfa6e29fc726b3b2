package desk

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

func TestWeek_everyDayBelongsToExactlyOne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := day.New(2000, 1, 1).AddDays(rapid.IntRange(0, 60_000).Draw(rt, "day"))
		first := startOfWeek(d)
		got, ok := monday(weekOf(d))
		if !ok || got != first || first.Weekday() != 1 || first.DaysUntil(d) < 0 || first.DaysUntil(d) > 6 {
			rt.Fatalf("%s is in week %s from %s, which reads as %s (%v)", d, weekOf(d), first, got, ok)
		}
	})
}
