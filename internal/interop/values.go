package interop

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
)

const dateExpected = "a date as 2026-03-02, 02/03/2026 (day first) or 02.03.2026, a year and month as 2026-03, a year, or nothing"

// parseBirth reads a birth date as people write it. A month without a day and a year alone are kept as what they are:
// less exact. Day comes first where slashes, dots or hyphens part small numbers, as everywhere in this field's countries.
func parseBirth(s string, sheet bool) (d day.Date, kind string, ok bool) {
	s = latinDigits(s)
	switch low := strings.ToLower(s); {
	case s == "" || low == "unknown" || low == "n/a" || low == "-" || low == "άγνωστο" || low == "inconnu":
		return d, person.Unknown, true
	}
	s, _, _ = strings.Cut(s, "T") // 2026-03-02T00:00:00
	s, _, _ = strings.Cut(s, " ")
	if sheet {
		if d, ok := serial(s); ok {
			return d, person.Exact, true
		}
	}
	if len(s) == 4 {
		if y, err := strconv.Atoi(s); err == nil && y >= 1880 && y < 2200 {
			return day.New(y, time.July, 1), person.YearOnly, true
		}
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	var n [3]int
	for i, p := range parts {
		if i > 2 {
			return d, "", false
		}
		v, err := strconv.Atoi(p)
		if err != nil || len(p) > 4 {
			return d, "", false
		}
		n[i] = v
	}
	switch {
	case len(parts) == 3 && len(parts[0]) == 4:
		d = day.New(n[0], time.Month(n[1]), n[2])
	case len(parts) == 3 && len(parts[2]) == 4:
		d = day.New(n[2], time.Month(n[1]), n[0])
	case len(parts) == 2 && len(parts[0]) == 4:
		return day.New(n[0], time.Month(n[1]), 15), person.Estimated, !day.New(n[0], time.Month(n[1]), 15).IsZero()
	case len(parts) == 2 && len(parts[1]) == 4:
		return day.New(n[1], time.Month(n[0]), 15), person.Estimated, !day.New(n[1], time.Month(n[0]), 15).IsZero()
	}
	if d.IsZero() {
		return d, "", false
	}
	return d, person.Exact, true
}

// serial reads a spreadsheet's day number (1900 date system, with its invented 29 February 1900). Small numbers are years
// or ages, never dates of birth of people alive.
func serial(s string) (day.Date, bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 3000 || f > 73050 {
		return day.Date{}, false
	}
	return day.New(1899, time.December, 30).AddDays(int(f)), true
}

func latinDigits(s string) string {
	return strings.Map(func(r rune) rune {
		for _, zero := range []rune{'٠', '۰', '০', '०'} {
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return r
	}, s)
}

var sexes = map[string]string{
	"": "unknown", "unknown": "unknown", "u": "unknown", "?": "unknown", "n/a": "unknown", "-": "unknown", "x": "other", "other": "other", "o": "other",
	"f": "female", "female": "female", "woman": "female", "w": "female", "girl": "female", "femme": "female", "féminin": "female", "γυναίκα": "female", "θήλυ": "female", "θ": "female", "γ": "female", "أنثى": "female", "زن": "female",
	"m": "male", "male": "male", "man": "male", "boy": "male", "h": "male", "homme": "male", "masculin": "male", "άνδρας": "male", "άντρας": "male", "άρρεν": "male", "α": "male", "ذكر": "male", "مرد": "male",
}

var relations = map[string]string{
	"principal": "principal", "principal applicant": "principal", "head": "principal", "head of household": "principal", "pa": "principal", "self": "principal", "κύριος αιτών": "principal",
	"spouse": "spouse", "wife": "spouse", "husband": "spouse", "partner": "spouse", "σύζυγος": "spouse", "child": "child", "son": "child", "daughter": "child", "τέκνο": "child", "enfant": "child",
	"parent": "parent", "father": "parent", "mother": "parent", "sibling": "sibling", "brother": "sibling", "sister": "sibling", "guardian": "guardian", "other": "other", "": "other",
}

// countries finds a country by its two-letter code or its name in any language of the interface.
type countries map[string]string

func newCountries(cat *i18n.Catalogue) countries {
	m := countries{}
	for _, l := range cat.Languages() {
		for _, o := range cat.Printer(l.Tag).Countries() {
			m[strings.ToLower(o.Name)] = o.Code
			m[strings.ToLower(o.Code)] = o.Code
		}
	}
	for name, code := range alpha3 {
		m[name] = code
	}
	return m
}

// alpha3 are three-letter codes and demonyms that the lists of this field use most.
var alpha3 = map[string]string{
	"pak": "PK", "afg": "AF", "geo": "GE", "irq": "IQ", "bgd": "BD", "irn": "IR", "egy": "EG", "syr": "SY", "mar": "MA", "dza": "DZ", "tun": "TN", "alb": "AL", "arm": "AM", "ind": "IN", "nga": "NG", "tur": "TR",
	"pakistani": "PK", "afghan": "AF", "georgian": "GE", "iraqi": "IQ", "bangladeshi": "BD", "iranian": "IR", "egyptian": "EG", "syrian": "SY", "moroccan": "MA", "algerian": "DZ", "tunisian": "TN", "albanian": "AL",
}

func (c countries) find(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	code, ok := c[strings.ToLower(s)]
	return code, ok
}

// script tells in which script a name is written: "latin", another script's language tag, or "mixed".
func script(s string) string {
	found := ""
	for _, r := range s {
		x := ""
		switch {
		case unicode.Is(unicode.Latin, r):
			x = "latin"
		case unicode.Is(unicode.Arabic, r):
			x = "ar"
		case unicode.Is(unicode.Greek, r):
			x = "el"
		case unicode.Is(unicode.Georgian, r):
			x = "ka"
		case unicode.Is(unicode.Bengali, r):
			x = "bn"
		case unicode.Is(unicode.Cyrillic, r):
			x = "ru"
		case unicode.Is(unicode.Armenian, r):
			x = "hy"
		case unicode.IsLetter(r):
			x = "und"
		}
		if x == "" || x == found {
			continue
		}
		if found != "" {
			return "mixed"
		}
		found = x
	}
	return found
}
