// Package accommodation is a bed until departure: the houses with their units and beds, who is booked, who waits, who
// sleeps where tonight, who is away, and what happened in the house.
//
// It owns site, unit, bed, stay and house_incident. It never decides who is entitled to a place (the programme and the
// counsellor do), and it never puts two people in one bed: the bed itself says whose it is.
package accommodation

import (
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// Permissions of this room.
const (
	PermView   = "accommodation.view"
	PermBook   = "accommodation.book"
	PermCheck  = "accommodation.check"  // let in, let out, report
	PermManage = "accommodation.manage" // houses, units, beds
)

// Domain is the room. app makes it.
type Domain struct {
	Gate *gate.Gate
}

// Codes a form may choose from, in the order they are shown.
var (
	SiteKinds     = []string{"open_centre", "reception", "shelter", "transit"}
	UnitRules     = []string{RuleAny, RuleWomen, RuleMen, RuleFamily}
	Items         = []string{"bed_linen", "towels", "hygiene_kit", "baby_kit", "key", "blanket", "clothes"}
	IncidentKinds = []string{"medical", "conflict", "damage", "missing", "fire", "protection", "other"}
	OutReasons    = []string{"repair", "cleaning", "isolation", "reserved"}
)

// Who may sleep in a unit.
const (
	RuleAny    = "any"
	RuleWomen  = "women" // and children with them
	RuleMen    = "men"
	RuleFamily = "family"
)

// States of a stay.
const (
	Waiting   = "waiting"
	Booked    = "booked"
	InHouse   = "in_house"
	Absent    = "absent"
	Left      = "left"
	Cancelled = "cancelled"
	NoShow    = "no_show"
)

// Site is a house.
type Site struct {
	ID, OfficeID, Name, Kind string
	Official, Maximum        int64 // places as approved, and as many as the house can hold
	Provisional              bool  // the figures are this office's own working values
	Active                   bool
	Revision                 int64
}

// Unit is a room or a flat of a house.
type Unit struct {
	ID, SiteID, Name, Rule string
	Accessible             bool // without steps
	Revision               int64
}

// Bed is one bed. StayID is whose it is tonight.
type Bed struct {
	ID, UnitID, SiteID, Name, StayID string
	OutReason                        string
	OutUntil                         day.Date // first day on which it can be used again
}

// Out reports whether the bed cannot be used in the night of a day.
func (b Bed) Out(night day.Date) bool { return b.OutReason != "" && b.OutUntil.After(night) }

// Stay is one person's place in a house.
type Stay struct {
	ID, BookingID, CaseID, PersonID, SiteID string
	State                                   string
	Priority                                int64 // 1 first
	StepFree                                bool
	From, Until                             day.Date // the last night is the one before Until
	UnitID, BedID                           string
	InAt                                    time.Time
	RulesLang, Items                        string
	AwaySince, BackBy                       day.Date
	OutAt                                   time.Time
	Reason                                  string // sealed: why the family was split, the place given up, …
	AskedAt                                 time.Time
	reason                                  []byte
}

// Live reports whether the stay holds a place or waits for one.
func (s Stay) Live() bool {
	return s.State == Waiting || s.State == Booked || s.State == InHouse || s.State == Absent
}

// Inside reports whether the person has a bed in the house.
func (s Stay) Inside() bool { return s.State == InHouse || s.State == Absent }

// Incident is something that happened in a house.
type Incident struct {
	ID, SiteID, CaseID, Kind, Class string
	On                              day.Date
	Text                            string // sealed
	By                              string
	At                              time.Time
	text                            []byte
}

// Guest is a stay with whoever it is about. Hidden: the reader may not know who it is, only that the bed is taken.
type Guest struct {
	Stay
	Person casefile.Member
	CaseNo string
	Hidden bool
}
