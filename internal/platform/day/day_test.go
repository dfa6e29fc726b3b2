package day

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func anyDate(t *rapid.T, label string) Date {
	d := first.AddDays(rapid.IntRange(0, first.DaysUntil(last)).Draw(t, label))
	if d.IsZero() {
		t.Fatalf("drew no date")
	}
	return d
}

func TestParseIsStrict(t *testing.T) {
	for _, s := range []string{"", "2026-2-01", "2026-02-30", "2026-13-01", "0000-01-01", "26-02-2026", " 2026-02-01", "2026-02-01 ", "2026/02/01", "+026-02-01", "2026-02-0١", "2025-02-29"} {
		if d, err := Parse(s); err == nil || !d.IsZero() {
			t.Errorf("Parse(%q) = %v, %v; want an error", s, d, err)
		}
	}
	d, err := Parse("2024-02-29")
	if err != nil || d != New(2024, time.February, 29) {
		t.Fatalf("Parse: %v %v", d, err)
	}
}

func TestNewRefusesDaysThatDoNotExist(t *testing.T) {
	for _, d := range []Date{New(2026, 2, 29), New(2026, 0, 1), New(2026, 13, 1), New(2026, 4, 31), New(0, 1, 1), New(10000, 1, 1), New(2026, 1, 0)} {
		if !d.IsZero() {
			t.Errorf("got %v", d)
		}
	}
}

func TestAddMonthsStaysInTheShorterMonth(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 1, "2026-02-28"}, {"2024-01-31", 1, "2024-02-29"}, {"2026-03-31", -1, "2026-02-28"},
		{"2026-11-30", 3, "2027-02-28"}, {"2026-05-15", 12, "2027-05-15"}, {"2024-02-29", 12, "2025-02-28"},
		{"2026-01-15", -1, "2025-12-15"}, {"9999-06-01", 12, "9999-12-31"}, {"0001-06-01", -12, "0001-01-01"},
	} {
		if got := MustParse(c.from).AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s + %d months = %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestAge(t *testing.T) {
	for _, c := range []struct {
		birth, on string
		want      int
	}{
		{"2008-03-24", "2026-03-23", 17}, {"2008-03-24", "2026-03-24", 18}, {"2008-02-29", "2026-02-28", 17},
		{"2008-02-29", "2026-03-01", 18}, {"2026-01-01", "2026-01-01", 0}, {"2026-01-02", "2026-01-01", -1},
	} {
		if got := Age(MustParse(c.birth), MustParse(c.on)); got != c.want {
			t.Errorf("Age(%s, %s) = %d, want %d", c.birth, c.on, got, c.want)
		}
	}
	if Age(Date{}, New(2026, 1, 1)) != -1 || Age(New(2026, 1, 1), Date{}) != -1 {
		t.Error("a missing date must give an unknown age")
	}
}

func TestOfUsesThePlaceNotGreenwich(t *testing.T) {
	athens := time.FixedZone("Athens", 3*3600)
	if got := Of(time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC), athens); got != MustParse("2026-07-02") {
		t.Errorf("got %v", got)
	}
}

func TestCodecs(t *testing.T) {
	type form struct{ Born Date }
	var f form
	if err := json.Unmarshal([]byte(`{"Born":"2026-03-24"}`), &f); err != nil || f.Born != New(2026, 3, 24) {
		t.Fatalf("%v %v", f, err)
	}
	if out, _ := json.Marshal(form{}); string(out) != `{"Born":""}` {
		t.Errorf("no date is written as %s", out)
	}
	var d Date
	for _, src := range []any{"2026-03-24", []byte("2026-03-24")} {
		if err := d.Scan(src); err != nil || d != f.Born {
			t.Errorf("Scan(%T): %v %v", src, d, err)
		}
	}
	for _, src := range []any{nil, "", []byte{}} {
		if err := d.Scan(src); err != nil || !d.IsZero() {
			t.Errorf("Scan(%T): %v %v", src, d, err)
		}
	}
	for _, src := range []any{"24/03/2026", 20260324, true} {
		if err := d.Scan(src); err == nil {
			t.Errorf("Scan(%v) must fail", src)
		}
	}
	if v, err := f.Born.Value(); v != "2026-03-24" || err != nil {
		t.Errorf("Value: %v %v", v, err)
	}
}

func TestDateProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDate(t, "a"), anyDate(t, "b")
		if back, err := Parse(a.String()); err != nil || back != a {
			t.Fatalf("%v does not survive its text: %v %v", a, back, err)
		}
		if got := a.AddDays(a.DaysUntil(b)); got != b {
			t.Fatalf("%v + %d days = %v, want %v", a, a.DaysUntil(b), got, b)
		}
		if (a.Compare(b) < 0) != (a.DaysUntil(b) > 0) || (a.String() < b.String()) != a.Before(b) {
			t.Fatalf("order of %v and %v", a, b)
		}
		if Of(a.In(time.UTC), time.UTC) != a {
			t.Fatalf("%v as an instant", a)
		}
		if n := rapid.IntRange(-1200, 1200).Draw(t, "months"); true {
			m := a.AddMonths(n)
			if m != first && m != last && m.Day() != a.Day() && m.AddDays(1).Day() != 1 {
				t.Fatalf("%v + %d months = %v", a, n, m)
			}
		}
		if b.Before(a) {
			a, b = b, a
		}
		if age := Age(a, b); a.AddMonths(12*age).After(b) && a.Day() != 29 {
			t.Fatalf("born %v, on %v: %d", a, b, age)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-03-24", "", "2026-02-30", "0001-01-01", "٢٠٢٦-٠٣-٢٤"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		ref, refErr := time.Parse("2006-01-02", s)
		ok := refErr == nil && ref.Year() >= 1
		if (err == nil) != ok {
			t.Fatalf("Parse(%q): %v, the standard library says %v", s, err, refErr)
		}
		if err == nil && d.String() != s {
			t.Fatalf("%q became %q", s, d)
		}
	})
}
