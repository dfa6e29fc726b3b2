package i18n

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

const testLanguages = `{"public_areas":["a"],"languages":[
{"tag":"en","name":"English","dir":"ltr","plurals":["one","other"],"digits":"latn","public":true,"complete":"all"},
{"tag":"ar","name":"العربية","dir":"rtl","plurals":["zero","one","two","few","many","other"],"digits":"latn","public":true,"complete":"all"},
{"tag":"fr","name":"Français","dir":"ltr","plurals":["one","many","other"],"digits":"latn","public":true,"complete":"all"},
{"tag":"el","name":"Ελληνικά","dir":"ltr","plurals":["one","other"],"digits":"latn","public":true,"complete":"all"},
{"tag":"fa","name":"فارسی","dir":"rtl","plurals":["one","other"],"digits":"arabext","public":true,"complete":"public"}]}`

func files(areas map[string]string) fstest.MapFS {
	out := fstest.MapFS{"languages.json": {Data: []byte(testLanguages)}}
	for name, text := range areas {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func testCatalogue(t testing.TB) *Catalogue {
	t.Helper()
	cat, err := Load(files(map[string]string{
		"en/a.json": `{"a.plain":"Save","a.hello":"Hello {name}, you leave on {on} with {sum}.","a.days":{"one":"{n} day","other":"{n} days"},"a.only_en":"English only","a.with":"With {who}"}`,
		"ar/a.json": `{"a.plain":"حفظ","a.hello":"مرحبًا {name}، {on}، {sum}","a.days":{"zero":"Z","one":"O","two":"T","few":"F{n}","many":"M{n}","other":"X{n}"}}`,
		"fa/a.json": `{"a.days":{"one":"{n} روز","other":"{n} روز"}}`,
		"fr/a.json": `{"a.days":{"one":"{n} jour","many":"{n} de jours","other":"{n} jours"}}`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func TestTexts(t *testing.T) {
	cat := testCatalogue(t)
	en, ar := cat.Printer("en"), cat.Printer("ar")
	on, sum := day.MustParse("2026-03-24"), money.Of(100000, "EUR")
	for _, c := range []struct{ got, want string }{
		{en.T("a.plain"), "Save"},
		{ar.T("a.plain"), "حفظ"},
		{en.T("a.hello", "name", "Ali", "on", on, "sum", sum), "Hello Ali, you leave on 24/03/2026 with EUR 1,000.00."},
		{ar.T("a.hello", "name", "Ali", "on", on, "sum", sum), "مرحبًا \u2068Ali\u2069، \u206824/03/2026\u2069، \u2068EUR 1,000.00\u2069"},
		{en.N("a.days", 1), "1 day"},
		{en.N("a.days", 1200), "1,200 days"},
		{en.T("a.days", "n", 3), "3 days"},
		{en.T("a.with", "who", []string{"Ali", "Sara", "Omid"}), "With Ali, Sara and Omid"},
		{cat.Printer("fa").N("a.days", 12), "۱۲ روز"},
		{cat.Printer("fr").N("a.days", 0), "0 jour"},
		{cat.Printer("fr").N("a.days", 1_000_000), "1\u202f000\u202f000 de jours"},
		{ar.T("a.only_en"), "English only"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if cat.Missing() != 0 {
		t.Errorf("nothing was missing, counted %v", cat.MissingKeys())
	}
	if got := en.T("a.gone"); got != "⟦a.gone⟧" {
		t.Error(got)
	}
	if got := en.T("a.with"); got != "With ⟦a.with {who}⟧" {
		t.Error(got)
	}
	if got := en.N("a.none", 2); got != "⟦a.none⟧" || cat.Missing() != 3 || len(cat.MissingKeys()) != 3 {
		t.Errorf("%s, missing %d %v", got, cat.Missing(), cat.MissingKeys())
	}
	if !ar.Has("a.only_en") || en.Has("a.gone") {
		t.Error("Has")
	}
}

func TestArabicHasSixForms(t *testing.T) {
	ar := testCatalogue(t).Printer("ar")
	for n, want := range map[int64]string{0: "Z", 1: "O", 2: "T", 3: "F3", 10: "F10", 11: "M11", 99: "M99", 100: "X100", 102: "X102", 103: "F103", 111: "M111", 1000: "X1,000", 10_000_003: "F10,000,003"} {
		if got := ar.N("a.days", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestLanguageIsNeverGuessed(t *testing.T) {
	cat := testCatalogue(t)
	for _, tag := range []string{"ku", "ckb", "ar-EG", "AR", "", "zz"} {
		if got := cat.Printer(tag).Lang; got != "en" {
			t.Errorf("Printer(%q) speaks %s", tag, got)
		}
	}
	for header, want := range map[string]string{
		"ku": "en", "ckb-IQ,ar;q=0.5": "ar", "ar-EG": "ar", "fa-AF,en;q=0.8": "fa", "en;q=0.3, fr;q=0.9": "fr", "": "en", "*": "en",
		"hy,ru;q=0.8": "en", "fr;q=0,el": "el", "fr;q=x,el;q=0.1": "el", ";;;,,": "en", "EL-gr": "el",
	} {
		if got := cat.Negotiate(header); got != want {
			t.Errorf("Negotiate(%q) = %s, want %s", header, got, want)
		}
	}
}

func TestLoaderNamesTheFault(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"twice":       {"en/a.json", `{"a.x":"1","a.x":"2"}`, "a.x is there twice"},
		"area":        {"en/a.json", `{"b.x":"1"}`, "written a.name"},
		"brace":       {"en/a.json", `{"a.x":"hello {Name}"}`, "not a {placeholder}"},
		"open brace":  {"en/a.json", `{"a.x":"hello {name"}`, "not a {placeholder}"},
		"close brace": {"en/a.json", `{"a.x":"hello }name{"}`, "not a {placeholder}"},
		"empty":       {"en/a.json", `{"a.x":" "}`, "empty"},
		"form":        {"en/a.json", `{"a.x":{"few":"1","other":"2"}}`, `no plural form "few"`},
		"no other":    {"en/a.json", `{"a.x":{"one":"1"}}`, `"other" is missing`},
		"number":      {"en/a.json", `{"a.x":3}`, "must be a text"},
		"list":        {"en/a.json", `["a"]`, "one object"},
		"cut short":   {"en/a.json", `{"a.x":"1"`, "en/a.json"},
		"two values":  {"en/a.json", `{} {}`, "follows the last brace"},
		"form twice":  {"en/a.json", `{"a.x":{"other":"1","other":"2"}}`, "there twice"},
		"no english":  {"languages.json", `{"languages":[]}`, `no "en"`},
		"bad dir":     {"languages.json", `{"languages":[{"tag":"en","dir":"up","digits":"latn"}]}`, "dir must be"},
		"bad digits":  {"languages.json", `{"languages":[{"tag":"en","dir":"ltr","digits":"roman"}]}`, "digits must be"},
		"no names":    {"languages.json", `{"languages":[{"tag":"de","dir":"ltr","digits":"latn"}]}`, "de has no months"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(files(map[string]string{c.file: c.text}))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("no languages.json must be an error")
	}
}

func TestPlainTextDoesNotAllocate(t *testing.T) {
	cat := testCatalogue(t)
	p := cat.Printer("ar")
	if n := testing.AllocsPerRun(100, func() { p.T("a.plain") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { p.N("a.days", 5) }); n > 1 {
		t.Errorf("plural: %v allocations", n)
	}
	on := day.MustParse("2026-03-24")
	if n := testing.AllocsPerRun(100, func() { p.T("a.with", "who", on) }); n > 4 {
		t.Errorf("with a date: %v allocations", n)
	}
}

func TestInstantUsesTheOfficeClock(t *testing.T) {
	p := testCatalogue(t).Printer("en")
	at := time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC)
	if got := p.Instant(at); got != "01/07/2026 22:30" {
		t.Error(got)
	}
	athens := p.WithZone(time.FixedZone("Athens", 3*3600))
	if got := athens.Time(at) + " " + athens.Clock(at); got != "02/07/2026 01:30 01:30" {
		t.Error(got)
	}
	if p.Instant(time.Time{}) != "" || p.Clock(time.Time{}) != "" {
		t.Error("no instant must be empty")
	}
}

func BenchmarkPlain(b *testing.B) {
	p := testCatalogue(b).Printer("ar")
	b.ReportAllocs()
	for b.Loop() {
		p.T("a.plain")
	}
}

func BenchmarkValues(b *testing.B) {
	p := testCatalogue(b).Printer("ar")
	on, sum := day.MustParse("2026-03-24"), money.Of(100000, "EUR")
	b.ReportAllocs()
	for b.Loop() {
		p.T("a.hello", "name", "Ali", "on", on, "sum", sum)
	}
}

func FuzzParseArea(f *testing.F) {
	f.Add(`{"a.x":"hello {name}"}`)
	f.Add(`{"a.x":{"one":"1","other":"{n}"}}`)
	f.Add(`{"a.x":{}`)
	f.Fuzz(func(t *testing.T, data string) {
		l := Language{Tag: "en", Plurals: []string{"one", "other"}}
		rules, err := pluralRules(l)
		if err != nil {
			t.Fatal(err)
		}
		into := map[string]*message{}
		if parseArea([]byte(data), "a", l, rules, into) != nil {
			return
		}
		for key, m := range into {
			if m.form(1) == nil || m.form(7) == nil || m.form(1).raw == "" {
				t.Fatalf("%s was accepted without a text", key)
			}
		}
	})
}
