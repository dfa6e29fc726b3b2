// Package decision holds the two acts that make a wish to return a case of return: the decision whether somebody is eligible
// for what the programme offers, and the declaration by which they say, after counselling, that they return of their own will.
//
// It owns eligibility_decision, eligibility_fact and declaration. The program proposes and shows why; a named person decides. Where they
// decide otherwise, a second person must agree before it counts. A declaration can be revoked at any moment, without a reason.
package decision

import (
	"context"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
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
	PackVersion, PackHash           string
	Facts                           programme.Facts // of the main applicant
	Trace                           []programme.Traced
	Basis                           Basis
	Doubt                           *Doubt // what would be proposed otherwise today; nil: nothing
	By                              string
	At                              time.Time
	SecondNeeded, SecondAgrees      bool
	SecondBy                        string
	SecondAt                        time.Time
	SupersededBy                    string
	EvidenceID                      string // a paper of the folder that supports an exception
	Erased                          bool
	sealedReason, sealedFacts       []byte
	sealedTrace, sealedBasis        []byte
	sealedDoubt                     []byte
}

// Basis is what the explanation of a decision rests on, beside the version of the programme and the facts of each person. A
// decision of earlier days has none.
type Basis struct {
	Newer   []string                     `json:"newer,omitempty"`   // newer versions that were in force: what they grant retroactively was due
	Decided map[string]programme.Verdict `json:"decided,omitempty"` // what persons had decided about other components
	Seats   map[string]programme.Seat    `json:"seats,omitempty"`   // how the case stood with quotas, by quota and person
	Granted []Sum                        `json:"granted,omitempty"` // the amounts that come with the decision
	Digest  string                       `json:"digest"`            // of the explanation, byte for byte
}

// Sum is an amount that comes with a decision.
type Sum struct {
	Code     string `json:"code"`
	PersonID string `json:"person,omitempty"`
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
	Ceiling  bool   `json:"ceiling,omitempty"`
}

// Counts reports whether the decision stands.
func (d *Decision) Counts() bool { return !d.SecondNeeded || d.SecondAgrees }

// Waits reports whether a second person has still to say something.
func (d *Decision) Waits() bool { return d.SecondNeeded && d.SecondBy == "" }

// Deciding is a decision on its way in.
type Deciding struct{ ID, CaseID, Component, Decision, Reason, Evidence string }

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
	// Leads tells whether an address exists and the reader may go there; nil: everywhere. The route table knows.
	Leads func(a *org.Actor, pattern string) bool
	// Letter tells whether a programme has a letter about decisions; nil: none.
	Letter func(programme string) bool
}
