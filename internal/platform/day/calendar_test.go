package day

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestEaster(t *testing.T) {
	// Published dates of both feasts.
	for year, want := range map[int][2]string{
		2016: {"2016-05-01", "2016-03-27"}, 2017: {"2017-04-16", "2017-04-16"}, 2019: {"2019-04-28", "2019-04-21"},
		2021: {"2021-05-02", "2021-04-04"}, 2024: {"2024-05-05", "2024-03-31"}, 2025: {"2025-04-20", "2025-04-20"},
		2026: {"2026-04-12", "2026-04-05"}, 2027: {"2027-05-02", "2027-03-28"}, 2028: {"2028-04-16", "2028-04-16"},
		2030: {"2030-04-28", "2030-04-21"},
	} {
		if got := OrthodoxEaster(year).String(); got != want[0] {
			t.Errorf("Orthodox Easter %d = %s, want %s", year, got, want[0])
		}
		if got := WesternEaster(year).String(); got != want[1] {
			t.Errorf("Western Easter %d = %s, want %s", year, got, want[1])
		}
	}
	for y := 1900; y < 2100; y++ {
		if OrthodoxEaster(y).Weekday() != time.Sunday || WesternEaster(y).Weekday() != time.Sunday || OrthodoxEaster(y).Before(WesternEaster(y)) {
			t.Errorf("Easter of %d", y)
		}
	}
}

func TestGreekHolidays(t *testing.T) {
	gr, known := For("GR")
	if !known || !gr.Covers(2026) || gr.Covers(2010) {
		t.Fatal("Greece must be on file for 2026")
	}
	var got []string
	for _, h := range gr.Holidays(2026) {
		got = append(got, h.Date.String())
		if h.Source == "" || h.Source == "PENDING" || h.Name == "" {
			t.Errorf("%v has no source or name", h)
		}
	}
	want := []string{"2026-01-01", "2026-01-06", "2026-02-23", "2026-03-25", "2026-04-10", "2026-04-12", "2026-04-13",
		"2026-05-01", "2026-06-01", "2026-08-15", "2026-10-28", "2026-12-25", "2026-12-26"}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("holiday %d is %s, want %s", i, got[i], want[i])
		}
	}
	if _, off := gr.Holiday(MustParse("2021-05-01")); off {
		t.Error("1 May 2021 was moved")
	}
	if h, off := gr.Holiday(MustParse("2021-05-04")); !off || h.Name != "common.holiday_labour_day" {
		t.Error("4 May 2021 was the holiday")
	}
}

func TestUnknownCountrySaysSo(t *testing.T) {
	for _, c := range []string{"GE", "PK", "", "XX"} {
		cal, known := For(c)
		if known || cal.Covers(2026) {
			t.Errorf("%q: holidays are not on file", c)
		}
		if cal.IsWorkingDay(MustParse("2026-03-21")) || !cal.IsWorkingDay(MustParse("2026-03-20")) {
			t.Errorf("%q: Saturday off, Friday on", c)
		}
	}
	bd, known := For("BD")
	if known || bd.IsWorkingDay(MustParse("2026-03-20")) || !bd.IsWorkingDay(MustParse("2026-03-22")) {
		t.Error("Bangladesh: Friday off, Sunday on, holidays not on file")
	}
}

func TestWorkingDays(t *testing.T) {
	gr, _ := For("GR")
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-04-09", 1, "2026-04-14"}, // over Good Friday and Easter Monday
		{"2026-04-09", 5, "2026-04-20"}, {"2026-04-14", -1, "2026-04-09"}, {"2026-04-10", 0, "2026-04-10"},
		{"2026-12-24", 2, "2026-12-29"},
	} {
		if got := gr.AddWorkingDays(MustParse(c.from), c.n).String(); got != c.want {
			t.Errorf("%s + %d working days = %s, want %s", c.from, c.n, got, c.want)
		}
	}
	if got := gr.NextWorkingDay(MustParse("2026-04-10")).String(); got != "2026-04-14" {
		t.Errorf("next working day %s", got)
	}
	local := gr.With(Holiday{Date: MustParse("2026-04-14"), Name: "local", Source: "municipality"})
	if got := local.NextWorkingDay(MustParse("2026-04-10")).String(); got != "2026-04-15" {
		t.Errorf("with a local feast %s", got)
	}
	if !gr.IsWorkingDay(MustParse("2026-04-14")) {
		t.Error("a local feast must not change the country's calendar")
	}
}

func TestWorkingDayProperties(t *testing.T) {
	gr, _ := For("GR")
	rapid.Check(t, func(t *rapid.T) {
		from := New(2020, 1, 1).AddDays(rapid.IntRange(0, 5000).Draw(t, "from"))
		n := rapid.IntRange(1, 120).Draw(t, "n")
		end := gr.AddWorkingDays(from, n)
		if !gr.IsWorkingDay(end) || gr.WorkingDaysBetween(from, end) != n {
			t.Fatalf("%v + %d = %v, counted back %d", from, n, end, gr.WorkingDaysBetween(from, end))
		}
		if !gr.IsWorkingDay(from) {
			from = gr.NextWorkingDay(from)
			end = gr.AddWorkingDays(from, n)
		}
		if back := gr.AddWorkingDays(end, -n); back != from {
			t.Fatalf("%v + %d - %d = %v", from, n, n, back)
		}
		if gr.WorkingDaysBetween(end, from) != -n {
			t.Fatalf("backwards from %v to %v", end, from)
		}
	})
}
