// Package reintegration is the work after the journey: what a returnee is given on arrival, what they need and can do, the
// plan that is made with them, and its delivery piece by piece until they confirm that they have it.
//
// It owns arrival_help, needs_assessment, reintegration_plan, plan_item and plan_delivery. It never spends more than the budget
// the ledger keeps aside for the case, never lets somebody approve a plan they wrote, and never changes an approved plan:
// that takes a new version and a new approval.
package reintegration

import (
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Permissions of this room.
const (
	PermView        = "reintegration.view"
	PermPostArrival = "reintegration.post_arrival"
	PermAssess      = "reintegration.assess"
	PermPlan        = "reintegration.plan"
	PermApprove     = "reintegration.approve"
	PermDeliver     = "reintegration.deliver"
)

// Domain is the room. app makes it.
type Domain struct {
	Gate  *gate.Gate
	Money *ledger.Domain
}

// HelpKinds are the kinds of help on arrival. The message key is reintegration.help.KIND.
var HelpKinds = []string{"meet", "information", "pocket_money", "shelter", "onward_transport", "health", "food", "other"}

// Help is one kind of help on arrival and what came of it.
type Help struct {
	Kind   string
	Answer string // given, not_needed; empty: nobody has said
	On     day.Date
	Proof  string // attachment id
	By     string
	At     time.Time
}

// Assessment is what the talk about needs and skills brought. Levels go from 1, cannot cope, to 4, copes well.
type Assessment struct {
	ID, CaseID                     string
	On                             day.Date
	Economic, Social, Psychosocial int64
	WorkYears                      int64
	Results                        string // sealed
	By                             string
	At                             time.Time
	results                        []byte
}

// States of a plan. The message key is reintegration.plan_state.STATE.
const (
	Draft     = "draft"
	Submitted = "submitted"
	Approved  = "approved"
	SentBack  = "sent_back"
	Replaced  = "replaced" // a later version was approved
	Withdrawn = "withdrawn"
)

// Plan is one version of a plan.
type Plan struct {
	ID, CaseID                     string
	Version                        int64
	State, Currency                string
	Economic, Social, Psychosocial string // objectives, sealed
	AuthorID                       string
	SubmittedAt                    time.Time
	DecidedBy                      string
	DecidedAt                      time.Time
	DecisionNote                   string // sealed
	Revision                       int64
	Items                          []Item
	sealed                         [4][]byte
}

// MostItems is how many things one plan may hold.
const MostItems = 7

// Categories of items. The message key is reintegration.category.CATEGORY.
var Categories = []string{"business", "equipment", "training", "education", "housing", "medical", "job", "legal", "other"}

// Modalities of items.
var Modalities = []string{"in_kind", "service", "cash"}

// Evidences are what shows that an item was delivered.
var Evidences = []string{"receipt", "photo", "certificate", "contract", "other"}

// Item is one thing of a plan.
type Item struct {
	Ref, Category         string
	Description, Supplier string // sealed
	Modality              string
	Amount                int64
	DueOn                 day.Date
	Evidence              string
	Delivery              Delivery
	description, supplier []byte
}

// States of an item of an approved plan. The message key is reintegration.item_state.STATE.
const (
	ItemPlanned   = "planned"
	ItemQuoted    = "quoted"
	ItemOrdered   = "ordered"
	ItemDelivered = "delivered"
	ItemPaid      = "paid"
	ItemDropped   = "dropped"
)

// Quote is one offer.
type Quote struct {
	Supplier string `json:"s"`
	Amount   int64  `json:"a"`
	Chosen   bool   `json:"c,omitempty"`
}

// Delivery is how an item fares.
type Delivery struct {
	Ref, CaseID, State             string
	Quotes                         []Quote // sealed
	Justification                  string  // sealed: why fewer than three offers, or not the cheapest
	OrderedOn, DeliveredOn         day.Date
	Invoice                        string // sealed: number of the invoice or receipt
	Proof                          string // attachment id
	Actual                         int64
	ConfirmedOn                    day.Date
	PaymentID, Reason              string // Reason sealed: why it was dropped
	By                             string
	At                             time.Time
	quotes, why, invoiceno, reason []byte
}

// Total is what a plan costs.
func (p Plan) Total() money.Amount {
	var n int64
	for _, it := range p.Items {
		if it.Delivery.State != ItemDropped {
			n += it.Amount
		}
	}
	return money.Of(n, p.Currency)
}

// Waiting is a plan that waits for a second person.
type Waiting struct {
	Plan
	Case       casefile.Case
	AuthorName string
	Cost       int64
	Own        bool // the reader wrote it: somebody else must approve
}
