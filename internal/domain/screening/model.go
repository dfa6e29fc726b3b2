// Package screening is what may harm a person on the way home, and what must be in place before they go: the rapid
// screening, the due diligence for those who need one with the decision of a second person, the safeguards of a child who
// travels without a parent, and whether somebody is fit to travel.
//
// It owns screening_finding, due_diligence, child_safeguard and fitness_check. What belongs to a sensitivity class is kept
// in rows of that class and sealed; others see no row, no number and no mark of it. It never books, pays or decides about
// money: it says what is missing, by name, and others wait for it.
package screening

import (
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// Permissions of this room.
const (
	PermView    = "screening.view"
	PermRecord  = "screening.record"
	PermDecide  = "screening.decide"
	PermChild   = "screening.child"
	PermFitness = "screening.fitness"
)

// Domain is the room. app makes it.
type Domain struct {
	Gate    *gate.Gate
	Persons *person.Domain // who is whose parent or guardian; nil: only what the case says counts
	// Frame draws the head and the tabs of a case around a page; nil leaves them out.
	Frame room.Frame
}

// FlagCare is the one mark that a finding leaves on the case for everybody. It says that somebody needs care, never why; a
// finding of the class trafficking leaves none at all.
const FlagCare = "care"

// Category is something a screening looks for; the message key is screening.category.CODE.
type Category struct{ Code, Class string }

// Categories in the order in which they are asked.
var Categories = []Category{
	{"single_parent", org.Normal}, {"family_with_minors", org.Normal}, {"elderly", org.Normal}, {"homeless", org.Normal}, {"detained", org.Normal}, {"stateless", org.Normal}, {"minority", org.Normal}, {"other_need", org.Normal},
	{"uasc", org.Child},
	{"medical", org.Medical}, {"medical_severe", org.Medical}, {"mental_health", org.Medical}, {"pregnant", org.Medical}, {"disability", org.Medical},
	{"gbv_survivor", org.Protection}, {"torture_survivor", org.Protection}, {"lgbtiq", org.Protection}, {"smuggled_abused", org.Protection}, {"protection_need", org.Protection}, {"at_risk", org.Protection},
	{"vot", org.Trafficking}, {"debt_bondage", org.Trafficking},
}

// Codes a form may choose from, in the order they are shown.
var (
	Levels     = []string{"individual", "household", "community", "structural"}
	FactorKind = []string{"risk", "protective"}
	Outcomes   = []string{None, Monitor, Support, Urgent}
	Decisions  = []string{Go, Defer, DoNot}
	Classes    = []string{org.Normal, org.Child, org.Medical, org.Protection, org.Trafficking}
)

// Outcomes of a screening and decisions about a return.
const (
	None    = "none"
	Monitor = "monitor"
	Support = "support"
	Urgent  = "urgent"
	Go      = "go"
	Defer   = "defer"
	DoNot   = "do_not_facilitate"
)

// Factor is one thing that puts a person at risk or protects them.
type Factor struct {
	Level    string `json:"level"`
	Kind     string `json:"kind"`
	Severity int64  `json:"severity"` // 0 to 3
	Class    string `json:"-"`
	Text     string `json:"text,omitempty"`
}

// Screening is one rapid screening of a person, as it is filled in.
type Screening struct {
	ID, CaseID, PersonID string
	On, ValidUntil       day.Date
	Categories           []string
	Factors              []Factor
	Outcome              string
	Notes                map[string]string // by class
}

// Body is what was seen, sealed.
type Body struct {
	Categories []string `json:"categories,omitempty"`
	Factors    []Factor `json:"factors,omitempty"`
	Outcome    string   `json:"outcome"`
	Note       string   `json:"note,omitempty"`
}

// Finding is the part of a screening that belongs to one class.
type Finding struct {
	ID, ScreeningID, CaseID, PersonID, Class string
	Found, Diligence                         bool
	Body
	On, ValidUntil day.Date
	By             string
	At             time.Time
	sealed         []byte
}

// Papers of a due diligence, sealed together.
type Papers struct {
	Risk     string `json:"risk,omitempty"`     // to the person and the family, at the place and on the way
	Services string `json:"services,omitempty"` // confirmed by the office of origin: which, by whom
	HandOver string `json:"hand_over,omitempty"`
	Safety   string `json:"safety,omitempty"`
}

// Diligence is the closer look before a return of somebody at risk.
type Diligence struct {
	ID, CaseID, PersonID, Class string
	Revision                    int64
	Papers
	By             string
	At             time.Time
	Decision       string // empty: it waits for the second person
	Reason         string // sealed
	DecidedBy      string
	DecidedAt      time.Time
	ValidUntil     day.Date
	sealed, reason []byte
}

// Safeguards of a child, in the order in which they are put in place; the message key is screening.safeguard.CODE.
var Safeguards = []string{"guardian_appointed", "tracing_done", "family_assessment", "best_interests", "guardian_consent", "child_view", "escort", "receiver"}

// AssessmentMonths is how long a family assessment counts. Provisional: no public rule states it; practice repeats one that
// is older than about six months.
const AssessmentMonths = 6

// Proof is what is known about a safeguard, sealed.
type Proof struct {
	Good        bool   `json:"good"` // appointed, found, positive, return, agreed, heard, arranged, confirmed
	ChildAgrees bool   `json:"child_agrees,omitempty"`
	Named       string `json:"named"` // who answers for it
	Evidence    string `json:"evidence,omitempty"`
}

// Safeguard is one safeguard of one child.
type Safeguard struct {
	CaseID, PersonID, Code string
	Revision               int64
	On                     day.Date
	AttachmentID           string
	Proof
	By     string
	At     time.Time
	sealed []byte
}

// Kinds of a check of fitness.
const (
	Check    = "check"
	Boarding = "boarding" // the last look before boarding
)

// Results of a check.
const (
	Fit        = "fit"
	FitIf      = "fit_with_conditions"
	Unfit      = "unfit"
	beforeDays = 3 // the last look is within 72 hours before departure
)

// Pregnancy: provisional, the common line of carriers; a carrier may be stricter.
const (
	LetterFromWeek = 28
	NoFlightAfter  = 36
)

// Codes of a check of fitness, in the order they are shown.
var (
	Results    = []string{Fit, FitIf, Unfit}
	Conditions = []string{"escort_medical", "escort_nurse", "escort_social", "wheelchair", "oxygen", "stretcher", "extra_seat", "medication"}
	CheckKinds = []string{Check, Boarding}
)

// Medical is what the doctor found, sealed.
type Medical struct {
	Result     string   `json:"result"`
	Conditions []string `json:"conditions,omitempty"`
	Weeks      int64    `json:"weeks,omitempty"` // of a pregnancy, on the day of the check
	Letter     bool     `json:"letter,omitempty"`
	Doctor     string   `json:"doctor,omitempty"`
	Note       string   `json:"note,omitempty"`
}

// Fitness is one check of one person.
type Fitness struct {
	ID, CaseID, PersonID, Kind string
	On, ValidUntil             day.Date
	Medical
	By     string
	At     time.Time
	sealed []byte
}

// Clearance is what everybody may know of somebody's fitness: cleared or not, and what the booking must provide.
type Clearance struct {
	Person   casefile.Member
	Cleared  bool
	Problem  string   // none, not_cleared, expired, boarding; the message key is screening.fitness_problem.PROBLEM
	Provides []string // wheelchair, escort, extra_seat, ask_medical
	Until    day.Date
}
