// Package decision holds the two acts that make a wish to return a case of return: the decision whether somebody is eligible
// for what the programme offers, and the declaration by which they say, after counselling, that they return of their own will.
//
// It owns eligibility_decision and declaration. The program proposes and shows why; a named person decides. Where they
// decide otherwise, a second person must agree before it counts. A declaration can be revoked at any moment, without a reason.
package decision

import (
	"context"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
)

// Permissions of this room.
const (
	PermDecide  = "case.decide"
	PermSecond  = "case.second"
	PermDeclare = "case.declare"
)

// Methods of signing.
var Methods = []string{"signature", "thumbprint", "spoken", "paper"}

// Decision is what a person decided about one component.
type Decision struct {
	ID, CaseID, PersonID, Component string
	Proposal, Decision, Reason      string
	PackVersion                     string
	Facts                           programme.Facts
	Trace                           []programme.Traced
	By                              string
	At                              time.Time
	SecondNeeded, SecondAgrees      bool
	SecondBy                        string
	SecondAt                        time.Time
	SupersededBy                    string
	Erased                          bool
	sealedReason, sealedFacts       []byte
	sealedTrace                     []byte
}

// Counts reports whether the decision stands.
func (d *Decision) Counts() bool { return !d.SecondNeeded || d.SecondAgrees }

// Waits reports whether a second person has still to say something.
func (d *Decision) Waits() bool { return d.SecondNeeded && d.SecondBy == "" }

// Deciding is a decision on its way in.
type Deciding struct{ ID, CaseID, Component, Decision, Reason string }

// Declaration is a signed declaration of voluntary return.
type Declaration struct {
	ID, CaseID, PersonID, GuardianID string
	Language, Method, Witness        string
	Counselled                       bool
	SignedOn                         day.Date
	AttachmentID, Text               string
	By, RevokedBy                    string
	At, RevokedAt                    time.Time
	Erased                           bool
	sealedWitness, sealedText        []byte
}

// Facts adds what a floor above knows about the people of many cases: screening, counselling, assessment.
type Facts func(ctx context.Context, r *gate.R, cs []casefile.Case, known Known) error

// Domain is the room. app makes it.
type Domain struct {
	Cases      *casefile.Domain
	More       []Facts
	Counselled func(ctx context.Context, r *gate.R, caseID string) (bool, error) // nil: nobody can tell, so nobody signs
	// Decided hears, in the same transaction, of a component about which a decision counts now; nil: nobody listens.
	Decided func(ctx context.Context, w *gate.W, c casefile.Case, component string) error
	Printer func(lang string) *i18n.Printer // the words of a declaration in the person's own language
	Frame   room.Frame
}
