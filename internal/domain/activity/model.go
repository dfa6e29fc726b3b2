// Package activity is what happens before anybody is registered: talks at camps and on markets, counted by heads and never
// by name, and the people who may come of it, with a safe way to call them back.
//
// It owns outreach, outreach_count and lead. A head-count is never mixed with the persons of the register, and a lead is
// never a person: registering somebody begins with the lead, and only notes who it was, so that their case is its own end.
package activity

import (
	"context"
	"time"

	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// Permissions of this room.
const (
	PermView = "activity.view"
	PermLead = "activity.lead"
)

// Domain is the room. app makes it.
type Domain struct {
	Gate *gate.Gate
	// CaseByNumber finds the case that a lead became, within the reader's scope.
	CaseByNumber func(ctx context.Context, r *gate.R, no string) (caseID string, err error)
}

// Codes a form may choose from, in the order they are shown.
var (
	Heard    = []string{"office", "reception_centre", "ngo", "friend", "social_media", "hotline", "authority", "other"} // activity.heard.CODE
	Channels = []string{"talk", "visit", "street", "phone", "online", "leaflet"}                                        // activity.channel.CODE
	Reasons  = []string{"no_answer", "changed_mind", "left_country", "other_help", "not_eligible", "wrong_contact", "asked_not_to_call"}
	Sexes    = []string{"female", "male", "unknown"}
	Bands    = []string{"0_4", "5_11", "12_17", "18_59", "60_plus"}
)

// States of a lead.
const (
	Open       = "open"
	BecameCase = "became_case"
	Gone       = "gone"
)

// Outreach is one time at which people were told about the programme.
type Outreach struct {
	ID, OfficeID             string
	On                       day.Date
	Place, Channel, Language string
	Heads                    map[Group]int64
	Total                    int64
	By                       string
	At                       time.Time
}

// Group is a cell of the head-count.
type Group struct{ Sex, Band string }

// Lead is somebody who may apply.
type Lead struct {
	ID, OfficeID                 string
	Revision                     int64
	Heard, Language, Nationality string
	People                       int64
	Contact, Note                string // sealed
	CallOn                       day.Date
	State, Reason, CaseID        string
	PersonID                     string // who was registered from it
	By                           string
	At, EndedAt                  time.Time
	contact, note                []byte
}

// CallBack is a lead to be called on a day, for the calendar.
type CallBack struct {
	LeadID string
	On     day.Date
}
