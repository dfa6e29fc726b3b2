// Package org knows who works here: offices, staff, their roles, who covers for whom, and who opened a case by breaking
// the glass. From these it makes the one answer to "may this person do that, and to which cases?".
//
// It owns office, staff, role, role_permission, staff_role, cover and break_glass. It never looks into a case: it says
// which cases in words of office, programme, assignment and sensitivity class, and the case's own floor applies them.
package org

import (
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// SystemID is the actor of what no person did: a deadline that passed, an import at the command line. It cannot sign in.
const SystemID = "00000000-0000-7000-8000-000000000001"

// Self is what everybody at work may do: look after one's own account. It opens no case.
const Self = "self"

// Sensitivity classes. Normal needs no clearance; each of the others is its own: a doctor's clearance opens no
// trafficking file.
const (
	Normal      = "normal"
	Medical     = "medical"
	Child       = "child"
	Trafficking = "trafficking"
	Protection  = "protection"
)

// Classes are the classes that need clearance, in the order they are shown.
var Classes = []string{Medical, Child, Trafficking, Protection}

// Office is a place of work.
type Office struct {
	ID, Code, Name string
	Kind           string // host, origin, headquarters, partner
	Country        string // ISO 3166-1 alpha-2
	Zone           string // IANA time zone
	Active         bool
}

// Staff is a person who works here.
type Staff struct {
	ID, Login, Name, Email string
	OfficeID, Language     string
	Active, System         bool
	CreatedAt              time.Time
	Revision               int64
}

// Role is a bundle of permissions, as data.
type Role struct {
	Code, TitleKey string
	AssignedOnly   bool     // sees only the cases assigned to the holder, or to somebody the holder covers for
	Classes        []string // sensitivity classes the holder is cleared for
	Permissions    []string
}

// Grant is a role given to a person, limited to an office or a programme or to neither (empty).
type Grant struct {
	Role, OfficeID, Programme string
	AssignedOnly              bool
	Classes                   []string
	Permissions               map[string]bool
}

// Actor is a person at work: who they are and everything they were granted.
type Actor struct {
	Staff
	Grants []Grant
	Covers []string // staff whose cases the actor looks after today
	Glass  []string // cases opened by breaking the glass, not yet expired
}

// Cover is a stand-in for an absent colleague.
type Cover struct {
	ID, AbsentID, CoverID string
	From, Until           day.Date
}

// BreakGlass is an opening of a case outside one's scope: reasoned, timed, reviewed.
type BreakGlass struct {
	ID, StaffID, CaseID, Reason string
	OpenedAt, ExpiresAt         time.Time
	ReviewedBy, Verdict         string
	ReviewedAt                  time.Time
}
