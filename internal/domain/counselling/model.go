// Package counselling is the talks before somebody decides: who was there, in which languages, who interpreted and since
// when, what was explained, what the person wishes in their own words, and whether they are afraid to go back. It keeps
// drafts of talks that were interrupted, and the appointments for the next ones.
//
// It owns counselling_session, counselling_present, counselling_fear, counselling_draft and counselling_appointment. It
// never decides whether somebody may return: it says what was talked about, and that a fear must be looked at first.
package counselling

import (
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"time"

	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
)

// Permissions of this room.
const (
	PermView   = "counselling.view"
	PermRecord = "counselling.record"
)

// Domain is the room. app makes it.
type Domain struct {
	Gate *gate.Gate
	Cat  *i18n.Catalogue
	Zone *time.Location // the office's clock; nil is UTC
	// Frame draws the head and the tabs of a case around a page; nil leaves them out.
	Frame room.Frame
}

func (d *Domain) zone() *time.Location {
	if d.Zone == nil {
		return time.UTC
	}
	return d.Zone
}

// Codes a form may choose from, in the order they are shown. The message key is interpreter.X.CODE where both languages
// show it, and counselling.X.CODE where only staff do.
var (
	Types       = []string{Information, PreDeparture, Reintegration, LegalReferral}
	Kinds       = []string{Individual, Group}
	Places      = []string{"office", "centre", "phone", "video", "field"}
	Ways        = []string{"in_person", "phone", "video", NoInterpreter}
	Topics      = []string{"programme", "conditions", "country", "reintegration", "health", "family", "documents", "debts", "data"}
	Options     = []string{OptAsylum, OptStay, OptAppeal, OptReturn, OptThink, OptChange}
	Motives     = []string{"family", "no_future", "refused", "work_there", "health", "homesick", "pressure", "other", NotSaid}
	Plans       = []string{"family", "work", "business", "training", "not_yet", NotSaid}
	Answers     = []string{"yes", "no", NotSaid}
	Outcomes    = []string{Proceed, Considering, No}
	Referrals   = []string{"protection_officer", "asylum_service", "legal_aid"}
	LookResults = []string{MayProceed, "referred", "stop"}
)

// Codes that rules ask for.
const (
	Information   = "information"
	PreDeparture  = "pre_departure"
	Reintegration = "reintegration"
	LegalReferral = "legal_referral"
	Individual    = "individual"
	Group         = "group"
	NoInterpreter = "none"
	NotSaid       = "not_said" // "I do not want to say" is an answer like any other
	Proceed       = "proceed"
	Considering   = "considering"
	No            = "no"
	OptAsylum     = "asylum"
	OptStay       = "stay"
	OptAppeal     = "appeal"
	OptReturn     = "return"
	OptThink      = "think"
	OptChange     = "change_mind"
	MayProceed    = "may_proceed"
)

// TaskFear is the task of the protection officer when somebody said they are afraid to go back.
const TaskFear = "look_at_fear"

// Words are what the person said, as the interpreter said it. They are sealed together.
type Words struct {
	Motives    []string `json:"motives,omitempty"`
	Motivation string   `json:"motivation,omitempty"`
	Afraid     string   `json:"afraid,omitempty"` // yes, no, not_said
	Concerns   string   `json:"concerns,omitempty"`
	Plan       string   `json:"plan,omitempty"`
	PlanWords  string   `json:"plan_words,omitempty"`
	Questions  string   `json:"questions,omitempty"`
}

// Session is one talk.
type Session struct {
	ID, CaseID, OfficeID     string
	Type, Kind               string
	GroupCode                string // names the group talk it was part of, so that it counts once
	Place                    string
	StartedAt                time.Time
	Minutes                  int64
	CounsellorID             string
	Interpreter              string // sealed name
	InterpreterWay           string
	InterpreterAt            time.Time
	Language, StaffLanguage  string
	Topics, Explained        []string
	Words                    Words // sealed
	Outcome                  string
	Fear                     bool
	ReferredTo               string // where a fear was referred to
	NextOn                   day.Date
	Present                  []string // person ids
	By                       string
	At                       time.Time
	Look                     Look // what protection found about the fear
	interpreter, words, note []byte
}

// Look is what protection found about somebody's fear.
type Look struct {
	Result, Note string // note is for those cleared for protection
	By           string
	At           time.Time
}

// Draft is a talk that was interrupted. Answers are the fields of the form as they were filled in.
type Draft struct {
	ID, CaseID, By, Lang string
	Answers              map[string][]string
	Answered             int64 // how many questions
	At                   time.Time
	Typing               bool // kept by itself while somebody writes; nobody pressed anything
	sealed               []byte
}

// States of an appointment.
const (
	Booked    = "booked"
	TookPlace = "held"
	Cancelled = "cancelled"
)

// Appointment is a time at which to talk.
type Appointment struct {
	ID, CaseID, OfficeID, CounsellorID string
	StartsAt, EndsAt                   time.Time
	Language, Interpreter, Room, State string
	Why                                string // why a new one clashes: counsellor, interpreter, room, case
	key                                string
	sealed                             []byte
}

// Minutes is how long it takes.
func (a Appointment) Minutes() int64 { return int64(a.EndsAt.Sub(a.StartsAt) / time.Minute) }

// Counts keep talks and people apart: a person who came three times is three talks and one person.
type Counts struct{ Sessions, Persons int64 }
