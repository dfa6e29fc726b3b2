package person

import (
	"regexp"
	"slices"
	"strings"
	"time"
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

// Check tells what registering this person would refuse, whoever registers and wherever.
func Check(p Person, today day.Date) error {
	tidy(&p)
	return check(&p, today)
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

// Clash is a field that two people changed to different values, with who wrote the other value and when.
type Clash struct {
	Field, Base, Theirs, Yours string
	By                         string
	At                         time.Time
}

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
			clashes = append(clashes, Clash{Field: n, Base: opened, Theirs: now[n], Yours: form[n]})
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
		f.Fields = append(f.Fields, fault.Field{Name: c.Field, Key: "person.err.changed_meanwhile", Args: []any{"theirs", c.Theirs, "yours", c.Yours, "base", c.Base, "by", c.By, "at", c.At}})
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
			if at, ok := p.Args[i+1].(time.Time); ok {
				c.At = at
			}
			switch p.Args[i] {
			case "theirs":
				c.Theirs = v
			case "yours":
				c.Yours = v
			case "base":
				c.Base = v
			case "by":
				c.By = v
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

// Roles are what somebody can be to another person, as a form asks it.
var Roles = []string{"spouse", "child", "parent", "sibling", "guardian", "ward", "other"}

// linkAs gives the link of somebody (other) who is role to a person.
func linkAs(personID, other, role string) (Link, error) {
	l := Link{From: personID, To: other}
	switch role {
	case "spouse", "sibling", "other":
		l.Kind = role
	case "child":
		l.Kind = "parent_child"
	case "ward":
		l.Kind = "guardian"
	case "parent":
		l = Link{Kind: "parent_child", From: other, To: personID}
	case "guardian":
		l = Link{Kind: "guardian", From: other, To: personID}
	default:
		return l, fault.At("role", "person.err.choose")
	}
	return l, nil
}

// roleOf is what the other end of a link is to the person.
func roleOf(l Link, personID string) string {
	forward := l.From == personID
	switch {
	case l.Kind == "parent_child" && forward:
		return "child"
	case l.Kind == "parent_child":
		return "parent"
	case l.Kind == "guardian" && forward:
		return "ward"
	}
	return l.Kind
}

func checkContact(c *Contact) error {
	var bad []fault.Field
	if !slices.Contains(ContactKinds, c.Kind) {
		bad = append(bad, fault.Field{Name: "kind", Key: "person.err.choose"})
	}
	if c.Value == "" {
		bad = append(bad, fault.Field{Name: "value", Key: "person.err.contact_empty"})
	}
	if !slices.Contains(SafeAnswers, c.Safe) {
		bad = append(bad, fault.Field{Name: "safe", Key: "person.err.safe"})
	}
	if c.Safe == "only_if" && c.SafeNote == "" {
		bad = append(bad, fault.Field{Name: "safe_note", Key: "person.err.safe_note"})
	}
	if c.Preferred && c.Safe == "no" {
		bad = append(bad, fault.Field{Name: "preferred", Key: "person.err.preferred_unsafe"})
	}
	return fault.Fields(append(append(bad, tooLong("value", c.Value, 500)...), tooLong("safe_note", c.SafeNote, maxText)...))
}

var contactPart = regexp.MustCompile(`^\s*([^\s@,;]+@[^\s,;]+|[+(]?[0-9][0-9 ()/.-]{5,}[0-9])[\s,;:]*`)

// contactIn takes a way to reach somebody out of a sentence: a number or an address in front of it, and when it is safe behind.
// What is neither stays whole, for somebody to sort out.
func contactIn(text string) Contact {
	text = strings.TrimSpace(text)
	if text == "" {
		return Contact{}
	}
	c := Contact{Kind: "messenger", Value: text, Safe: "yes", Preferred: true}
	if m := contactPart.FindStringSubmatch(text); m != nil {
		c.Kind, c.Value, c.SafeNote = "phone", m[1], strings.TrimSpace(text[len(m[0]):])
		if strings.Contains(c.Value, "@") {
			c.Kind = "email"
		}
	}
	if c.SafeNote != "" {
		c.Safe = "only_if"
	}
	return c
}

var contactFieldNames = []string{"kind", "value", "preferred", "safe", "safe_note"}

func checkPaper(p *Paper, today day.Date) error {
	var bad []fault.Field
	if !slices.Contains(PaperKinds, p.Kind) {
		bad = append(bad, fault.Field{Name: "kind", Key: "person.err.choose"})
	}
	if !slices.Contains(Holders, p.HeldBy) {
		bad = append(bad, fault.Field{Name: "held_by", Key: "person.err.choose"})
	}
	if p.Number != "" && p.HeldBy != "never_held" && normalNumber(p.Number) == "" {
		bad = append(bad, fault.Field{Name: "number", Key: "person.err.number"})
	}
	if p.Country != "" && !isCountry(p.Country) {
		bad = append(bad, fault.Field{Name: "country", Key: "person.err.country"})
	}
	if p.IssuedOn.After(today) {
		bad = append(bad, fault.Field{Name: "issued_on", Key: "person.err.issued_future"})
	}
	if !p.ExpiresOn.IsZero() && !p.IssuedOn.IsZero() && p.ExpiresOn.Before(p.IssuedOn) {
		bad = append(bad, fault.Field{Name: "expires_on", Key: "person.err.expires_before"})
	}
	bad = append(append(bad, tooLong("number", p.Number, 60)...), tooLong("note", p.Note, maxText)...)
	return fault.Fields(append(bad, tooLong("police_report", p.PoliceReport, 200)...))
}

var paperFields = []string{"kind", "number", "country", "issued_on", "expires_on", "held_by", "held_since", "note", "police_report"}

func (c *Contact) values() map[string]string {
	return map[string]string{"kind": c.Kind, "value": c.Value, "preferred": yesNo(c.Preferred), "safe": c.Safe, "safe_note": c.SafeNote}
}

func (c *Contact) take(v map[string]string) {
	c.Kind, c.Value, c.Preferred, c.Safe, c.SafeNote = v["kind"], v["value"], v["preferred"] == "yes", v["safe"], v["safe_note"]
}

func (p *Paper) values() map[string]string {
	return map[string]string{"kind": p.Kind, "number": p.Number, "country": p.Country, "issued_on": p.IssuedOn.String(), "expires_on": p.ExpiresOn.String(),
		"held_by": p.HeldBy, "held_since": p.HeldSince.String(), "note": p.Note, "police_report": p.PoliceReport}
}

func (p *Paper) take(v map[string]string) {
	p.Kind, p.Number, p.Country, p.HeldBy, p.Note, p.PoliceReport = v["kind"], v["number"], v["country"], v["held_by"], v["note"], v["police_report"]
	p.IssuedOn, _ = day.Parse(v["issued_on"])
	p.ExpiresOn, _ = day.Parse(v["expires_on"])
	p.HeldSince, _ = day.Parse(v["held_since"])
}

// sortName is the name lists are sorted by: family name first, in Latin letters where they are known.
func sortName(p *Person) string {
	for _, pair := range [][2]string{{p.FamilyName, p.GivenNames}, {p.NativeFamily, p.NativeGiven}, {p.KnownAs, ""}} {
		if s := fold.Text(joinName(pair[0], pair[1])); s != "" {
			return fold.Latin(s)
		}
	}
	return ""
}
