package person

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person/fold"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

const (
	maxName = 120
	maxText = 2000
	maxAge  = 120
)

// placeholderDate is what other systems write when they know nothing; here "unknown" is an answer of its own.
var placeholderDate = day.New(1900, 1, 1)

// checkBirth refuses dates nobody alive can have, at the field. Date and kind must fit together.
func checkBirth(d day.Date, kind string, today day.Date) []fault.Field {
	at := func(key string) []fault.Field { return []fault.Field{{Name: "birth_date", Key: key}} }
	switch {
	case !slices.Contains(BirthKinds, kind):
		return []fault.Field{{Name: "birth_kind", Key: "person.err.birth_kind"}}
	case kind == Unknown:
		return nil
	case d.IsZero():
		return at("person.err.birth_needed")
	case d == placeholderDate:
		return at("person.err.birth_1900")
	case d.After(today) && !(kind == YearOnly && d.Year() == today.Year()):
		return at("person.err.birth_future")
	case day.Age(d, today) > maxAge:
		return at("person.err.birth_too_old")
	}
	return nil
}

// tidy brings a draft into the form in which it is kept: a year alone is the middle of that year, an unknown date is none.
func tidy(p *Person) {
	for _, s := range []*string{&p.GivenNames, &p.FamilyName, &p.FatherName, &p.KnownAs, &p.NativeGiven, &p.NativeFamily, &p.BirthPlace} {
		*s = strings.Join(strings.Fields(*s), " ")
	}
	p.Nationality, p.DocumentedNationality = strings.ToUpper(p.Nationality), strings.ToUpper(p.DocumentedNationality)
	if p.Sex == "" {
		p.Sex = "unknown"
	}
	if p.Class == "" {
		p.Class = org.Normal
	}
	switch p.BirthKind {
	case "":
		p.BirthKind = Unknown
		if !p.BirthDate.IsZero() {
			p.BirthKind = Exact
		}
	case YearOnly:
		if !p.BirthDate.IsZero() {
			p.BirthDate = day.New(p.BirthDate.Year(), 7, 1)
		}
	}
	if p.BirthKind == Unknown {
		p.BirthDate = day.Date{}
	}
}

// check lists what is wrong with a person as it would be kept.
func check(p *Person, today day.Date) error {
	var out []fault.Field
	if p.Name() == "" && p.Native() == "" && !p.Placeholder {
		out = append(out, fault.Field{Name: "given_names", Key: "person.err.name_needed"})
	}
	for _, f := range []struct{ name, value string }{{"given_names", p.GivenNames}, {"family_name", p.FamilyName}, {"father_name", p.FatherName}, {"known_as", p.KnownAs},
		{"native_given", p.NativeGiven}, {"native_family", p.NativeFamily}, {"birth_place", p.BirthPlace}} {
		out = append(out, tooLong(f.name, f.value, maxName)...)
	}
	if !slices.Contains(Sexes, p.Sex) {
		out = append(out, fault.Field{Name: "sex", Key: "person.err.choose"})
	}
	out = append(out, checkBirth(p.BirthDate, p.BirthKind, today)...)
	for name, v := range map[string]string{"nationality": p.Nationality, "documented_nationality": p.DocumentedNationality} {
		if v != "" && !isCountry(v) {
			out = append(out, fault.Field{Name: name, Key: "person.err.country"})
		}
	}
	if p.CivilStatus != "" && !slices.Contains(CivilStatuses, p.CivilStatus) {
		out = append(out, fault.Field{Name: "civil_status", Key: "person.err.choose"})
	}
	out = append(out, tooLong("language", p.Language, 12)...)
	out = append(out, tooLong("native_lang", p.NativeLang, 12)...)
	return fault.Fields(out)
}

func tooLong(name, value string, limit int) []fault.Field {
	if utf8.RuneCountInString(value) > limit {
		return []fault.Field{{Name: name, Key: "person.err.too_long", Args: []any{"max", limit}}}
	}
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return []fault.Field{{Name: name, Key: "person.err.characters"}}
	}
	return nil
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// AgeChangeNeedsSecond tells whether a new birth date must be approved by a second person: it makes a known child an adult
// or somebody of no known age, or makes a known adult a child, in a case in which being a child matters.
func AgeChangeNeedsSecond(old, changed Person, today day.Date, childCase bool) bool {
	if !childCase && old.Class != org.Child {
		return false
	}
	wasChild, wasKnown := old.Child(today)
	isChild, isKnown := changed.Child(today)
	switch {
	case wasKnown && wasChild:
		return !isKnown || !isChild
	case wasKnown:
		return isKnown && isChild
	}
	return isKnown && !isChild // nobody knew, so the doubt was in the child's favour
}

// fieldNames are the fields of a person that a correction may touch, in the order of the form.
var fieldNames = []string{"given_names", "family_name", "native_given", "native_family", "native_lang", "father_name", "known_as", "sex", "birth_kind", "birth_date", "birth_place",
	"nationality", "documented_nationality", "civil_status", "language", "interpreter"}

// Value is a field of a person as text.
func (p *Person) Value(name string) string {
	switch name {
	case "birth_date":
		return p.BirthDate.String()
	case "interpreter":
		return yesNo(p.Interpreter)
	}
	if s := p.text(name); s != nil {
		return *s
	}
	return ""
}

func (p *Person) setValue(name, v string) {
	switch name {
	case "birth_date":
		p.BirthDate, _ = day.Parse(v)
	case "interpreter":
		p.Interpreter = v == "yes"
	default:
		if s := p.text(name); s != nil {
			*s = v
		}
	}
}

func (p *Person) text(name string) *string {
	switch name {
	case "given_names":
		return &p.GivenNames
	case "family_name":
		return &p.FamilyName
	case "native_given":
		return &p.NativeGiven
	case "native_family":
		return &p.NativeFamily
	case "native_lang":
		return &p.NativeLang
	case "father_name":
		return &p.FatherName
	case "known_as":
		return &p.KnownAs
	case "sex":
		return &p.Sex
	case "birth_kind":
		return &p.BirthKind
	case "birth_place":
		return &p.BirthPlace
	case "nationality":
		return &p.Nationality
	case "documented_nationality":
		return &p.DocumentedNationality
	case "civil_status":
		return &p.CivilStatus
	case "language":
		return &p.Language
	}
	return nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Clash is a field that two people changed to different values.
type Clash struct{ Field, Base, Theirs, Yours string }

// merge joins a form with what was saved since it was opened. base holds, for every field somebody else changed, the value
// the form was opened with. Fields changed by one side only are taken from that side; the same field changed by both is a
// clash, unless both wrote the same, or the second editor has seen the other value and decides over it.
func merge(names []string, base, now, form, seen map[string]string) (merged map[string]string, clashes []Clash) {
	merged = map[string]string{}
	for _, n := range names {
		opened, touched := base[n]
		if !touched {
			opened = now[n]
		}
		switch {
		case form[n] == opened:
			merged[n] = now[n]
		case touched && now[n] != opened && now[n] != form[n] && !decided(seen, n, now[n]):
			clashes = append(clashes, Clash{n, opened, now[n], form[n]})
			merged[n] = form[n]
		default:
			merged[n] = form[n]
		}
	}
	return merged, clashes
}

func decided(seen map[string]string, field, now string) bool {
	v, ok := seen[field]
	return ok && v == now
}

// staleFault carries clashes to the page, which shows theirs and yours side by side.
func staleFault(rev int64, clashes []Clash) error {
	f := fault.New(fault.Stale, "person.err.stale", "rev", rev)
	for _, c := range clashes {
		f.Fields = append(f.Fields, fault.Field{Name: c.Field, Key: "person.err.changed_meanwhile", Args: []any{"theirs", c.Theirs, "yours", c.Yours, "base", c.Base}})
	}
	return f
}

// ClashesOf reads what staleFault carried, and the revision the page must now be based on.
func ClashesOf(err error) (rev int64, out []Clash) {
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Stale {
		return 0, nil
	}
	for i := 0; i+1 < len(f.Args); i += 2 {
		if f.Args[i] == "rev" {
			rev, _ = f.Args[i+1].(int64)
		}
	}
	for _, p := range f.Fields {
		c := Clash{Field: p.Name}
		for i := 0; i+1 < len(p.Args); i += 2 {
			v, _ := p.Args[i+1].(string)
			switch p.Args[i] {
			case "theirs":
				c.Theirs = v
			case "yours":
				c.Yours = v
			case "base":
				c.Base = v
			}
		}
		out = append(out, c)
	}
	return rev, out
}

// normalNumber is a document number as it is compared: letters and digits only.
func normalNumber(s string) string { return strings.ReplaceAll(strings.ToUpper(fold.Text(s)), " ", "") }

// normalContact is a contact as it is compared. Of a phone number the last nine digits count, so that the national and the
// international way of writing it are the same.
func normalContact(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.Contains(s, "@") {
		return s
	}
	var digits []byte
	other := false
	for _, c := range fold.Text(s) {
		switch {
		case c >= '0' && c <= '9':
			digits = append(digits, byte(c))
		case c != ' ':
			other = true
		}
	}
	if !other && len(digits) >= 7 {
		return string(digits[max(0, len(digits)-9):])
	}
	return fold.Text(s)
}
