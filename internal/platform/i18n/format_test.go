package i18n

import (
	"regexp"
	"slices"
	"testing"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

func TestFormats(t *testing.T) {
	cat := testCatalogue(t)
	en, el, fr, ar, fa := cat.Printer("en"), cat.Printer("el"), cat.Printer("fr"), cat.Printer("ar"), cat.Printer("fa")
	d := day.MustParse("2026-03-24")
	for _, c := range []struct{ got, want string }{
		{en.Date(d), "24/03/2026"}, {fa.Date(d), "24/03/2026"}, {en.Date(day.Date{}), ""}, {en.DateLong(day.Date{}), ""},
		{en.DateLong(d), "Tuesday 24 March 2026"}, {el.DateLong(d), "Τρίτη 24 Μαρτίου 2026"}, {fr.DateLong(d), "mardi 24 mars 2026"},
		{fr.DateLong(day.MustParse("2026-09-01")), "mardi 1er septembre 2026"},
		{ar.DateLong(d), "الثلاثاء، 24 مارس 2026"}, {ar.WithOrigin("EG").DateLong(d), "الثلاثاء، 24 مارس 2026"},
		{ar.WithOrigin("IQ").DateLong(d), "الثلاثاء، 24 آذار 2026"}, {ar.WithOrigin("SY").DateLong(d), "الثلاثاء، 24 آذار 2026"},
		{ar.WithOrigin("TN").DateLong(day.MustParse("2026-01-05")), "الاثنين، 5 جانفي 2026"},
		{ar.WithDigits("arab").Number(-1234), "-١,٢٣٤"},
		{fa.DateIn(d, "jalali"), "سه‌شنبه ۴ فروردین ۱۴۰۵"}, {fa.WithOrigin("AF").DateIn(d, "jalali"), "سه‌شنبه ۴ حمل ۱۴۰۵"},
		{fa.DateIn(d, "gregorian"), "سه‌شنبه ۲۴ مارس ۲۰۲۶"}, {en.DateIn(d, "jalali"), "Tuesday 24 March 2026"},
		{el.Month(2026, 3), "Μάρτιος 2026"}, {en.Month(2026, 13), ""}, {en.Weekday(0), "Sunday"},
		{en.Number(0), "0"}, {en.Number(999), "999"}, {en.Number(-1234567), "-1,234,567"}, {el.Number(1000), "1.000"}, {fr.Number(1000), "1\u202f000"},
		{fa.Number(12345), "۱۲٬۳۴۵"}, {en.Percent(1, 8), "12.5%"}, {el.Percent(1, 8), "12,5%"}, {fr.Percent(3, 4), "75\u202f%"}, {fa.Percent(1, 8), "۱۲٫۵٪"}, {en.Percent(0, 0), "–"},
		{en.Money(money.Of(100000, "EUR")), "EUR 1,000.00"}, {el.Money(money.Of(100000, "EUR")), "EUR 1.000,00"}, {fa.Money(money.Of(100000, "EUR")), "EUR 1,000.00"},
		{en.Money(money.Of(-5, "IQD")), "IQD -0.005"}, {en.Money(money.Of(1234, "JPY")), "JPY 1,234"},
		{en.List(nil), ""}, {en.List([]string{"a"}), "a"}, {en.List([]string{"a", "b"}), "a and b"}, {ar.List([]string{"أ", "B"}), "\u2068أ\u2069 و\u2068B\u2069"},
		{en.Country("PK"), "Pakistan"}, {ar.Country("GE"), "جورجيا"}, {el.Country("MK"), "Βόρεια Μακεδονία"}, {en.Country("??"), "??"},
		{fr.Language("ps"), "pachto"}, {fa.Language("ckb"), "سورانی"}, {en.Language("zzz"), "zzz"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestNamesAreCompleteAndInTheirOwnScript(t *testing.T) {
	cat := testCatalogue(t)
	latin := regexp.MustCompile(`[A-Za-z]`)
	en := cat.Printer("en")
	if n := len(en.Countries()); n != 250 {
		t.Errorf("%d countries; ISO 3166-1 has 249, and Kosovo", n)
	}
	for _, tag := range []string{"en", "el", "fr", "ar", "fa"} {
		p := cat.Printer(tag)
		order := collate.New(language.MustParse(tag))
		for what, lists := range map[string][2][]Option{"countries": {p.Countries(), en.Countries()}, "languages": {p.LanguageNames(), en.LanguageNames()}} {
			if len(lists[0]) != len(lists[1]) || len(lists[0]) < 60 {
				t.Errorf("%s: %d %s", tag, len(lists[0]), what)
			}
			seen := map[string]bool{}
			for i, o := range lists[0] {
				if o.Name == "" || seen[o.Name] || !slices.ContainsFunc(lists[1], func(e Option) bool { return e.Code == o.Code }) {
					t.Errorf("%s: %s %q", tag, o.Code, o.Name)
				}
				seen[o.Name] = true
				if tag != "en" && tag != "fr" && latin.MatchString(o.Name) {
					t.Errorf("%s: %s is %q", tag, o.Code, o.Name)
				}
				if i > 0 && order.CompareString(lists[0][i-1].Name, o.Name) > 0 {
					t.Errorf("%s: %s comes before %s", tag, lists[0][i-1].Name, o.Name)
				}
			}
		}
	}
	for _, tag := range []string{"en", "el", "fr", "ar", "fa", "ka", "ps", "ur", "bn"} {
		n := namesOf(tag)
		months, _ := Months(tag)
		days, ok := Weekdays(tag)
		if !ok || len(months) != 12 || len(n.MonthsAlone) != 12 || len(days) != 7 || n.DateLong == "" || n.And == "" || n.Comma == "" {
			t.Errorf("%s is not complete", tag)
			continue
		}
		for _, name := range append(slices.Clone(months), days...) {
			if name == "" || tag != "en" && tag != "fr" && latin.MatchString(name) {
				t.Errorf("%s: %q", tag, name)
			}
		}
		for _, table := range []map[string][]string{n.MonthsByOrigin, n.JalaliByOrigin} {
			for countries, months := range table {
				if len(months) != 12 {
					t.Errorf("%s: %s has %d months", tag, countries, len(months))
				}
			}
		}
	}
	if _, ok := Months("de"); ok {
		t.Error("German months are not on file")
	}
}

func TestNowruz(t *testing.T) {
	// The first days of years as published by the calendar centre in Tehran.
	for year, want := range map[int]string{1358: "1979-03-21", 1375: "1996-03-20", 1399: "2020-03-20", 1400: "2021-03-21", 1403: "2024-03-20", 1404: "2025-03-21", 1405: "2026-03-21", 1408: "2029-03-20"} {
		if got := FromJalali(year, 1, 1).String(); got != want {
			t.Errorf("Nowruz %d = %s, want %s", year, got, want)
		}
	}
	for _, bad := range [][3]int{{1404, 12, 30}, {1405, 7, 31}, {1405, 13, 1}, {1405, 0, 1}, {1405, 1, 32}, {0, 1, 1}, {1405, 1, 0}} {
		if d := FromJalali(bad[0], bad[1], bad[2]); !d.IsZero() {
			t.Errorf("%v became %v", bad, d)
		}
	}
	if FromJalali(1403, 12, 30).String() != "2025-03-20" {
		t.Error("1403 is a leap year")
	}
	if y, m, d := Jalali(day.Date{}); y != 0 || m != 0 || d != 0 {
		t.Error("no date")
	}
}

func TestJalaliProperties(t *testing.T) {
	first := day.MustParse("1850-01-01")
	rapid.Check(t, func(t *rapid.T) {
		d := first.AddDays(rapid.IntRange(0, 110_000).Draw(t, "days"))
		y, m, dd := Jalali(d)
		if back := FromJalali(y, m, dd); back != d {
			t.Fatalf("%v is %d-%d-%d, which is %v", d, y, m, dd, back)
		}
		y2, m2, dd2 := Jalali(d.AddDays(1))
		next := y2 == y && m2 == m && dd2 == dd+1 || dd2 == 1 && (y2 == y && m2 == m+1 || y2 == y+1 && m2 == 1 && m == 12)
		if !next {
			t.Fatalf("%d-%d-%d is followed by %d-%d-%d", y, m, dd, y2, m2, dd2)
		}
	})
}
