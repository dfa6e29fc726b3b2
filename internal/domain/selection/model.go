// Package selection is the table around which a committee sits when there is not enough help for all who may have it: who
// waits, how many points each has and why, how far the money reaches, what is kept for people who cannot wait, and what the
// committee decided about every single one, with its reasons.
//
// It owns selection_round, selection_candidate, selection_fact and selection_member. It proposes and never decides: no place
// is given, kept or lost without a named person. A fact that is missing is asked for and never counts as a no. It promises
// no money (the ledger does) and takes nobody's own will for granted: whoever withdraws has left the round in that moment.
package selection

import (
	"context"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Permissions of this room. Whoever takes a round out as a file needs casefile.PermExport besides.
const (
	PermView   = "selection.view"
	PermOpen   = "selection.open"
	PermDecide = "selection.decide"
)

// Domain is the room. app makes it and hands in what other rooms know.
type Domain struct {
	Gate  *gate.Gate
	Packs *programme.Library
	// People collects what is known about everybody in a case, the main applicant first.
	People func(ctx context.Context, r *gate.R, c casefile.Case) ([]programme.PersonFacts, error)
	// Undecided is the condition that nobody has decided about a component of the case in a column.
	Undecided func(caseColumn, component string, a *db.Args) string
	// Record writes what the committee decided as the decision about the component, in the same transaction.
	Record func(ctx context.Context, w *gate.W, c *casefile.Case, v Verdict) error
}

// Outcomes of a candidate. The message key is selection.outcome.OUTCOME; empty: nobody has decided yet.
const (
	Chosen    = "chosen"
	Waiting   = "waiting"
	NotChosen = "not_chosen"
)

// Outcomes in the order they are offered.
var Outcomes = []string{Chosen, Waiting, NotChosen}

// Proposals of the program. The message key is selection.proposal.PROPOSAL.
const (
	Selected    = "selected"     // the points, the money and the places reach so far
	Reserve     = "reserve"      // urgent: one of the places that are kept
	Ask         = "ask"          // what is missing makes the difference
	Behind      = "waiting"      // behind the line, whatever the missing answers are
	NotEligible = "not_eligible" // the rules of the programme say no
)

// States of a round.
const (
	Open   = "open"
	Closed = "closed"
)

// Kinds of places. The message key is selection.seat.SEAT.
const (
	SeatRegular = "regular"
	SeatReserve = "reserve"
)

// Round is one sitting: who had applied by its day, for so many places and so much money.
type Round struct {
	ID                                string
	No                                int64 // of the programme's rounds
	Programme, PackVersion, Component string
	On                                day.Date // who applied up to this day takes part
	From                              string   // and whose case has come as far as this stage; empty: everybody
	Currency                          string
	FundID                            string
	Limits
	State              string
	OpenedBy, ClosedBy string
	OpenedAt, ClosedAt time.Time
	Revision           int64
}

// Amount is an amount of the round's currency.
func (r Round) Amount(minor int64) money.Amount { return money.Of(minor, r.Currency) }

// Entry is a candidate of a round as it is kept.
type Entry struct {
	Candidate
	RoundID  string
	PersonID string // the main applicant when the facts were read: their key seals what is kept
	Case     casefile.Case
	Seen     bool  // within the reader's scope
	Waited   int64 // on so many waiting lists before
	ReadAt   time.Time
	LeftAt   time.Time
	LeftWhy  string // withdrawn, closed, decided: the message key is selection.left.WHY
	AtPlace  int64  // place and proposal when the committee decided
	Proposed string
	By       string
	At       time.Time
	// Names of the main applicant, only where the reader sees the case.
	Latin, Native, NativeLang string

	points, reason []byte
}

// Detail is everything about one candidate.
type Detail struct {
	Entry
	Points  []programme.Scored
	Urgency programme.Scored
	Clauses []programme.Traced // why they are eligible, or what is missing
	Costs   []programme.Line
	Reason  string
	Members []string // staff ids
	Erased  bool
}

// frozen is what was worked out about a candidate when their facts were read: it is kept as it was, so that the place can be
// explained again years later.
type frozen struct {
	Points  []programme.Scored
	Urgency programme.Scored
	Clauses []programme.Traced
	Costs   []programme.Line
}

// Verdict is what a committee decided about a case, for the room that keeps decisions.
type Verdict struct {
	Round     Round
	Component string
	Chosen    bool
	Place     int64
	Points    int64
	Reason    string
	Members   []string // names
}
