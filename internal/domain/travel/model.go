// Package travel is the way home: the papers each traveller needs and where they are, what the authorities answer, the
// flights with the seats we hold, who booked what and who agreed to the price, and the day itself, person by person, until
// somebody at the other end has seen them arrive.
//
// It owns travel_document, clearance, flight, journey, journey_leg, seat and passenger. It never judges whether somebody is
// fit to travel or a child may travel (screening does, and app hands the answer in as a condition), never pays, and never
// sends anything to an authority before the declaration is signed and the person has agreed.
package travel

import (
	"context"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Permissions of this room.
const (
	PermView      = "travel.view"
	PermPapers    = "travel.papers"
	PermClearance = "travel.clearance"
	PermBook      = "travel.book"
	PermApprove   = "travel.approve"
	PermBoard     = "travel.board"
	PermArrive    = "travel.arrive"
)

// ApproveAbove is the fare of a journey above which a second person must agree, in minor units: this office's own working
// value until it sets another.
const ApproveAbove = 150_000

// Domain is the room. app makes it and hands in what other rooms answer.
type Domain struct {
	Gate    *gate.Gate
	Cases   *casefile.Domain
	Persons *person.Domain
	// Consent says whether a person agrees that a recipient gets their data for a purpose. nil: nobody does.
	Consent func(ctx context.Context, r *gate.R, personID, purpose, recipient string) (bool, error)
	// Declared says whether the declaration of voluntary return is signed. nil: it is not.
	Declared func(ctx context.Context, r *gate.R, caseID string) (bool, error)
	// CashState says in a message key how the cash of a case stands. nil or empty: nothing is shown.
	CashState func(ctx context.Context, r *gate.R, caseID string) (key string, err error)
	// BeforeBooking are the conditions of other rooms: the child gate, fitness to travel.
	BeforeBooking []casefile.Condition
	ApproveAbove  int64 // 0: the constant
	// NotBoarded is told of everybody who did not come: cash that was handed to them must come back. May be nil.
	NotBoarded func(ctx context.Context, w *gate.W, c *casefile.Case, personID string) (bool, error)
	// HasLeft is told of everybody who sits in the plane: their beds are free. May be nil.
	HasLeft func(ctx context.Context, w *gate.W, c *casefile.Case, persons []string) error
	// HasNotLeft is told of those who do not sit in the plane after all, and since when they were said to. May be nil.
	HasNotLeft func(ctx context.Context, w *gate.W, c *casefile.Case, persons []string, since time.Time) error
	// Arrived is told when the last of a family has arrived: visits are planned from that day. May be nil.
	Arrived func(ctx context.Context, w *gate.W, c *casefile.Case, on day.Date) error
}

// Codes a form may choose from, in the order they are shown.
var (
	DocumentTypes = []string{"laissez_passer", "etd", "passport", "eu_return_document"}
	Authorities   = []string{"police", "court", "border_guard", "asylum_service", "ministry", "tax_office"}
	Replies       = []string{Go, Wait, Refused}
	Assistances   = []string{"airport_meeting", "wheelchair", "medical_escort", "social_escort", "child_escort", "interpreter"}
	CostLines     = []string{"programme", "emergency", "other_donor", "traveller"}
)

// Replies to a question for clearance, and states of an application.
const (
	Go        = "go"
	Wait      = "wait"
	Refused   = "refused"
	Stopped   = "stopped" // the person changed their mind
	Requested = "requested"
	Issued    = "issued"
)

// States of a journey.
const (
	Asked     = "asked" // waits for a second person
	Booked    = "booked"
	NotAgreed = "refused"
	Cancelled = "cancelled"
)

// States of a seat, besides booked and cancelled.
const (
	Held     = "held"
	Ticketed = "ticketed"
)

// Steps of a traveller on the day.
const (
	Expected  = "expected"
	AtAirport = "at_airport"
	Papers    = "papers"
	Boarded   = "boarded"
	NoShow    = "no_show"
	Arrived   = "arrived"
)

// Document is an application for a travel document.
type Document struct {
	ID, CaseID, PersonID     string
	Type, Country            string
	Authority                string // which consulate or office, in words
	State                    string
	RequestedOn, InterviewOn day.Date
	IssuedOn, ExpiresOn      day.Date
	OfficeOn, TravellerOn    day.Date // delivered to the office, received by the traveller: two different days
	Fee                      int64
	Currency                 string
	Number                   string // sealed
	Revision                 int64
	number                   []byte
}

// Clearance is one authority's answer about one traveller.
type Clearance struct {
	ID, CaseID, PersonID, Authority string
	RequestedOn, RepliedOn          day.Date
	Reply                           string // empty: none yet
	ValidUntil                      day.Date
	Findings                        string // sealed
	findings                        []byte
}

// Flight is one departure. Times are the local ones of the airport, as on the ticket: 2026-03-24 10:05.
type Flight struct {
	ID, OfficeID     string
	Carrier, Number  string
	On               day.Date
	From, To         string
	Departs, Arrives string
	Capacity, Taken  int64
}

// Name is carrier and number: XY 842.
func (f Flight) Name() string { return f.Carrier + " " + f.Number }

// Free is how many seats of our block are left; ok is false where there is no block.
func (f Flight) Free() (n int64, ok bool) { return f.Capacity - f.Taken, f.Capacity > 0 }

// Leg is a flight as part of a journey.
type Leg struct {
	Flight
	Place      int64
	Assistance string // codes, space between
	TransitBy  string
	TransitAt  time.Time
}

// Journey is one booking of a case.
type Journey struct {
	ID, CaseID, State     string
	DepartsOn             day.Date
	PNR                   string // sealed
	Fare                  int64
	Currency, CostLine    string
	AskedBy               string
	AskedAt               time.Time
	DecidedBy             string
	DecidedAt, EndedAt    time.Time
	Reason                string // sealed: why it was cancelled or not agreed to
	Replaces, StageBefore string
	Revision              int64
	Legs                  []Leg
	Passengers            []Passenger
	pnr, reason           []byte
}

// Money is the journey's fare.
func (j Journey) Money() money.Amount { return money.Of(j.Fare, j.Currency) }

// Live reports whether the journey is to take place.
func (j Journey) Live() bool { return j.State == Asked || j.State == Booked }

// Passenger is one traveller of a journey.
type Passenger struct {
	JourneyID, PersonID string
	Step, Before        string
	StepBy              string
	StepAt              time.Time
	Late                bool
	Reason              string // sealed: why they did not come
	ArrivedOn           day.Date
	ArrivedBy, Onward   string
	Seat                string // state of the seat on the first leg
	Ticket              string // sealed
	Fare                int64
	reason, ticket      []byte
}
