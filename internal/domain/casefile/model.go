// Package casefile is the folder on the desk: who travels together, which stage the case is in and what is missing for the
// next one, what must be done by whom until when, and what was noted, attached and decided on the way.
//
// It owns casefile, case_count, case_member, case_number, task, note, form_record, form_draft, attachment, saved_view and
// hand_over. It never computes an amount, books a seat or a bed, or judges a need: the floors above do, and tell it through
// the functions handed in by app (Domain.Conditions, Domain.OnWithdraw, …). A withdrawal always wins.
package casefile

import (
	"context"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/blob"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// Permissions of this room.
const (
	PermView     = "case.view"
	PermOpen     = "case.open"
	PermMove     = "case.move"
	PermNote     = "case.note"
	PermTask     = "case.task"
	PermAssign   = "case.assign"
	PermWithdraw = "case.withdraw"
	PermReopen   = "case.reopen"
	PermClose    = "case.close"
	PermHandOver = "case.hand_over"
	PermAttach   = "case.attach"
	PermExport   = "case.export"
	PermClassify = "case.classify" // flags and the sensitivity class
	PermForm     = "case.form"
	PermCover    = "org.cover" // name a stand-in for somebody else
)

// States of a case.
const (
	Open      = "open"
	Withdrawn = "withdrawn"
	Closed    = "closed"
)

// Where a case lies: it is always in exactly one of the first two while it is open.
const (
	NeedsAction     = "action"
	WaitingOnOthers = "waiting"
	NoDesk          = "none"
)

// NoDue sorts cases without a date after all others.
const NoDue = "9999-12-31"

// Case is one case.
type Case struct {
	ID, No                       string
	Revision                     int64
	Kind, Programme, PackVersion string
	Stage                        string
	StageSince                   day.Date
	State, Desk                  string
	WaitingOn                    string
	WaitingUntil                 day.Date
	NextDue                      string // YYYY-MM-DD; NoDue when nothing is due
	NextStep                     string // code of the next task, message key task.CODE; empty when it has a title of its own
	NextTitle                    []byte // sealed title of the next task
	PrincipalID                  string
	Persons, Children            int64
	HostOffice, OriginOffice     string
	OwnerID                      string
	Class, Flags                 string // sensitivity class; space-separated flags that may be shown to whoever sees the case
	Nationality, ReturnCountry   string
	DepartsOn                    day.Date
	OpenedOn, ClosedOn           day.Date
	ClosingReason                string
	HandedOverOn                 day.Date
	KeepUntil                    day.Date // set on closing: not before this day may the case be erased
	Invented                     bool
}

// Member is a person in a case.
type Member struct {
	person.Person
	Relation string // principal, spouse, child, parent, sibling, guardian, other
	Travels  bool
}

// Task is something to do. Code names a task the program knows (message key task.CODE) and is unique among the open tasks
// of a case; a task a person wrote has a Title instead.
type Task struct {
	ID, CaseID, Code, Title string
	OwnerID                 string
	DueOn                   day.Date
	WaitingOn               string // who is waited for; empty when it is ours to do
	WaitingUntil            day.Date
	Urgent                  bool
	Class                   string
	CreatedAt, DoneAt       time.Time
	DoneBy                  string
}

// Unmet is one thing that is missing, in words and with the way to mend it.
type Unmet struct {
	Key  string // message key
	Args []any  // name, value, …
	Href string // where it can be done; empty when nowhere in the program
}

// Condition says what is still missing for something, by name. An empty answer means it is met.
type Condition func(ctx context.Context, r *gate.R, c Case) ([]Unmet, error)

// Reaction is what a floor above does in the same transaction when a case is withdrawn, reopened or closed; it records its own
// entries and returns the message keys of what it freed or did.
type Reaction func(ctx context.Context, w *gate.W, c Case) ([]string, error)

// Domain is the room. app makes it and hands in what the floors above answer.
type Domain struct {
	Gate    *gate.Gate
	Packs   *programme.Library
	Persons *person.Domain
	Files   *blob.Store

	Conditions map[string]Condition // by the names that packs use in Stage.Requires
	OnWithdraw []Reaction           // free bed, seat, money
	OnReopen   []Reaction
	OnOpen     []Reaction  // whoever waited for this case hears of it
	OnClose    []Reaction  // give back what the case held and did not need
	BeforeShut []Condition // what must be settled before a case may be closed

	tallies tallies
}
