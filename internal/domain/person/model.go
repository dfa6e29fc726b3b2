// Package person knows the people: their names as the document has them and as they write them themselves, when they were
// born as far as anybody knows, how they may safely be reached, which papers they hold and where the originals are, who
// belongs to whom, and what each of them has consented to.
//
// It owns person, person_name, person_key, person_contact, identity_paper, person_link, consent and retention_hold. It never
// decides who may see a person: the cases they are in do, and that answer is handed in (Visible). It never stores an
// assessment, a payment or a journey.
package person

import (
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// How well a birth date is known.
const (
	Exact     = "exact"
	Estimated = "estimated"
	YearOnly  = "year"
	Unknown   = "unknown"
)

// Person is one human being. A placeholder is a person whose name is not known yet: counted, not described.
type Person struct {
	ID                                          string
	Revision                                    int64
	GivenNames, FamilyName, FatherName, KnownAs string // as in the document, in Latin script
	NativeGiven, NativeFamily, NativeLang       string // as the person writes it
	Sex                                         string // female, male, other, unknown
	BirthDate                                   day.Date
	BirthKind                                   string // exact, estimated, year, unknown
	BirthPlace                                  string
	Nationality, DocumentedNationality          string // ISO 3166-1 alpha-2: declared, and as a travel document has it
	CivilStatus, Language                       string
	Interpreter                                 bool
	Class                                       string
	Placeholder, Invented                       bool
	OfficeID                                    string
	CreatedAt, ErasedAt                         time.Time
}

// Name is the name as in the document; one-name persons have only one of the two parts.
func (p *Person) Name() string { return joinName(p.GivenNames, p.FamilyName) }

// Native is the name as the person writes it.
func (p *Person) Native() string { return joinName(p.NativeGiven, p.NativeFamily) }

func joinName(given, family string) string {
	switch {
	case given == "":
		return family
	case family == "":
		return given
	}
	return given + " " + family
}

// Age is the age in whole years on a day, and whether it can be told at all. A year alone counts from 1 July: the middle
// is the fairest guess, and a rule that turns on it must say that the date is not exact.
func (p *Person) Age(on day.Date) (years int, known bool) {
	if p.BirthDate.IsZero() || p.BirthKind == Unknown {
		return 0, false
	}
	return day.Age(p.BirthDate, on), true
}

// Child reports whether the person is under 18 on a day; a person whose age is unknown is not taken for an adult or a
// child: known is false.
func (p *Person) Child(on day.Date) (child, known bool) {
	y, ok := p.Age(on)
	return ok && y < 18, ok
}
