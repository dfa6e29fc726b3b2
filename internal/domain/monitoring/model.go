// Package monitoring is how people fare after return: every attempt to reach them, also the ones nobody answered; every
// visit with what was found; and the list of who is to be visited next. People who cannot be found must not simply be
// missing from the figures: they are lost from sight only after three attempts that are written down.
//
// It owns contact_attempt, monitoring_visit, monitoring_loss and monitoring_due. It holds no survey and no score, and it
// never ends anybody's help.
package monitoring

import (
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// Permissions of this room.
const (
	PermView  = "monitoring.view"
	PermVisit = "monitoring.visit"
)

// Domain is the room. app makes it.
type Domain struct {
	Gate *gate.Gate
	// Frame draws the head and the tabs of a case around a page; nil leaves them out.
	Frame room.Frame
}

// Schedule is how many months after the arrival people are visited. It is the office's own working value: no public document
// states it, and a programme will be able to say otherwise.
var Schedule = []int{3, 6, 12}

// Channels of an attempt; the message key is monitoring.channel.CHANNEL.
var Channels = []string{"phone", "message", "in_person", "relative"}

// Results of an attempt; the message key is monitoring.result.RESULT.
var Results = []string{NoAnswer, "wrong_number", "refused", Reached}

// Results that rules ask for.
const (
	NoAnswer = "no_answer"
	Reached  = "reached"
)

// LostAfter is how many attempts in vain it takes before somebody counts as lost from sight.
const LostAfter = 3

// Attempt is one try to reach somebody.
type Attempt struct {
	ID, CaseID      string
	On              day.Date
	Channel, Result string
	Note            string // sealed
	By              string
	At              time.Time
	note            []byte
}

// Modes of a visit; the message key is monitoring.mode.MODE.
var Modes = []string{"in_person", "phone", "office"}

// Businesses are how the business goes; the message key is monitoring.business.BUSINESS.
var Businesses = []string{"none", "operating", "changed", "closed"}

// Incomes are bands, not sums: nobody is asked for their books. The message key is monitoring.income.INCOME.
var Incomes = []string{"none", "not_enough", "just_enough", "more", "not_said"}

// Visit is one talk about how it goes.
type Visit struct {
	ID, CaseID       string
	Mode             string
	On               day.Date
	Found            bool
	Business         string
	ClosedReason     string // sealed
	Income           string
	Employed         int64  // persons who work in the business beside the returnee
	Problems, Advice string // sealed
	NextOn           day.Date
	By               string
	At               time.Time
	sealed           [3][]byte
}

// Loss is the record that a family cannot be found.
type Loss struct {
	On   day.Date
	Note string // sealed
	By   string
	At   time.Time
	note []byte
}

// Due is a visit that is to be made.
type Due struct {
	ID     string
	Case   casefile.Case
	Months int64 // after arrival; 0: agreed at the visit before
	On     day.Date
	Late   bool
	Who    person.Person // the principal applicant: nothing but the names
}

// File is everything known about how a family fares.
type File struct {
	Attempts []Attempt // last first
	Visits   []Visit   // last first
	Loss     *Loss
	Dues     []Due // open
}
