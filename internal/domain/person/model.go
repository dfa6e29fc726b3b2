// Package person knows the people: their names as the document has them and as they write them themselves, when they were
// born as far as anybody knows, how they may safely be reached, which papers they hold and where the originals are, who
// belongs to whom, and what each of them has consented to.
//
// It owns person, person_name, person_key, person_contact, identity_paper, person_link, consent, retention_hold and
// person_age_proposal. It never decides who may see a person: the cases they are in do, and that answer is handed in
// (Visible); a person's own sensitivity class only narrows it. It never stores an assessment, a payment or a journey.
package person

import (
	"cmp"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/ui"
)

// Permissions of this room.
const (
	PermView       = "person.view"
	PermRegister   = "person.register"
	PermEdit       = "person.edit"
	PermConsent    = "person.consent"
	PermErase      = "person.erase"
	PermHold       = "person.hold"
	PermApproveAge = "person.approve_age"
	PermClass      = "person.class"
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

// Called is how a sentence names somebody: as in the document, as they write it, or as they are known. For who has no name
// yet there is a dash, because a sentence with a hole in it reads like a mistake.
func (p *Person) Called() string { return cmp.Or(p.Name(), p.Native(), p.KnownAs, "–") }

// Unnamed reports whether nobody knows yet what to call the person.
func (p *Person) Unnamed() bool { return p.Name()+p.Native()+p.KnownAs == "" }

// Parts is the name in both scripts, for headings and lists.
func (p *Person) Parts() ui.NameParts {
	n := ui.NameParts{Latin: p.Name(), Native: p.Native(), NativeLang: p.NativeLang}
	if n.Latin == "" && n.Native == "" {
		n.Latin = p.Called()
	}
	return n
}

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

// The codes a form may choose from, in the order they are shown.
var (
	Sexes         = []string{"female", "male", "other", "unknown"}
	BirthKinds    = []string{Exact, Estimated, YearOnly, Unknown}
	CivilStatuses = []string{"single", "married", "divorced", "widowed", "separated", "partner"}
	NameKinds     = []string{"alias", "previous", "native", "religious"}
	ContactKinds  = []string{"phone", "email", "address", "messenger", "next_of_kin"}
	SafeAnswers   = []string{"yes", "no", "only_if"}
	PaperKinds    = []string{"passport", "id_card", "laissez_passer", "asylum_card", "birth_certificate", "residence_permit", "other"}
	Holders       = []string{"applicant", "asylum_service", "authority", "consulate", "our_office", "lost", "stolen", "never_held", "other"}
	LinkKinds     = []string{"spouse", "parent_child", "sibling", "guardian", "other"}
	Methods       = []string{"signature", "thumbprint", "oral_witnessed", "electronic"}
)

// OtherName is a name besides the one in the document.
type OtherName struct {
	ID, PersonID, Kind     string
	GivenNames, FamilyName string
	Lang                   string
	CreatedAt              time.Time
}

// Contact is one way to reach a person, and whether it is safe to use it. Value and SafeNote are sealed where they are kept.
type Contact struct {
	ID, PersonID string
	Revision     int64
	Kind, Value  string
	Preferred    bool
	Safe         string // yes, no, only_if
	SafeNote     string // when and how
	Unreadable   bool
	value, note  []byte
	blind        string
}

// Paper is an identity paper and where its original is now. Number, Note and PoliceReport are sealed where they are kept.
type Paper struct {
	ID, PersonID         string
	Revision             int64
	Kind, Number         string
	Country              string
	IssuedOn, ExpiresOn  day.Date
	HeldBy               string
	HeldSince            day.Date
	Note, PoliceReport   string
	Unreadable           bool
	number, note, police []byte
	blind                string
}

// Link says that two persons belong together. For parent_child and guardian, From is the parent or guardian.
type Link struct{ ID, Kind, From, To string }

// Relative is a link as seen from one of its ends; Role is spouse, parent, child, sibling, guardian, ward or other.
type Relative struct {
	LinkID, Role string
	Person       Person
	Hidden       bool // the reader may not see the other person: nothing but the tie is told
}

// Consent is one answer to one question. The latest answer per purpose and recipient counts.
type Consent struct {
	ID, PersonID, Purpose, Recipient string
	Given                            bool
	NoticeVersion, Language          string
	Interpreter, Method, Witness     string
	GivenBy                          string
	At                               time.Time
	ExpiresOn                        day.Date
	WithdrawnAt                      time.Time
	RecordedBy                       string
	interpreter, witness             []byte
}

// Hold keeps a person's data from being erased.
type Hold struct {
	ID, PersonID, Kind string // legal, grant
	Until              day.Date
	Reason             string
	SetBy              string
	SetAt              time.Time
	reason             []byte
}

// AgeProposal is a change of birth date that waits for a second person.
type AgeProposal struct {
	ID, PersonID   string
	BirthDate      day.Date
	BirthKind      string
	Evidence       string
	PersonRevision int64
	ProposedBy     string
	ProposedAt     time.Time
	State          string // open, approved, refused, replaced
	birth, reason  []byte
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
