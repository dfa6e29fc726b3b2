// Package ledger is the book of the money: what a fund holds, what each person was promised, who approved it, who handed it
// over and who saw it, and what came back. Every amount is written twice, so that the book proves itself: whatever happens,
// the postings of an entry add up to nothing, and a fund never promises more than it has.
//
// It owns fund, fund_share, cash_box, cash_count, account, ledger_entry, posting, ledger_line, payment and receipt_number. It
// never changes or removes an entry: a mistake is reversed by a new one. It never decides who is entitled to what (the
// programme does) and never adds two currencies.
package ledger

import (
	"context"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Permissions of this room.
const (
	PermView    = "ledger.view"
	PermCommit  = "ledger.commit"  // ask for money
	PermApprove = "ledger.approve" // the second person
	PermPay     = "ledger.pay"     // pay by transfer, fill a cash box
	PermCash    = "ledger.cash"    // hand over cash, take it back, count the box
	PermFund    = "ledger.fund"
	PermExport  = "ledger.export"
)

// Domain is the room. app makes it.
type Domain struct {
	Gate  *gate.Gate
	Packs *programme.Library
	// Entitled says what the people of a case are entitled to under its programme; the facts for it lie in rooms above.
	// nil: nothing is known, and amounts are asked for by hand.
	Entitled func(ctx context.Context, r *gate.R, c casefile.Case) ([]programme.Line, error)
}

// Fund is money with a purpose and an end.
type Fund struct {
	ID, Code, Title string
	Programme       string // empty: any
	Currency        string
	Budget          int64
	From, Until     day.Date
	KeepYears       int64 // how long the papers must be kept after the end
	Shares          []Share
	Revision        int64
}

// Share is who bears which part of a fund, in percent.
type Share struct {
	Payer   string
	Percent int64
}

// Amount is an amount of the fund's currency.
func (f Fund) Amount(minor int64) money.Amount { return money.Of(minor, f.Currency) }

// States of a line. The message key is ledger.state.STATE.
const (
	Planned  = "planned"   // asked for, and kept aside in the fund
	Approved = "approved"  // a second person agreed
	Paid     = "paid"      // handed over or transferred
	Released = "released"  // no longer needed: the fund has it back
	Refused  = "refused"   // the second person did not agree
	NotDue   = "not_due"   // recorded that nothing is due
	ToReturn = "to_return" // paid, and must come back
	Returned = "returned"  // came back
)

// Line is one amount for one person, or for the case when PersonID is empty.
type Line struct {
	ID, CaseID, PersonID, FundID string
	Code                         string // message key entitlement.CODE, or ledger.code.CODE for what was asked for by hand
	Component, Modality          string
	Ceiling                      bool // up to so much: items draw on it
	Amount, Drawn                int64
	Currency, State              string
	ParentID, ItemRef            string // an item of a plan, and the ceiling it draws on
	Rule                         string // pack and version that said so; empty: a person did
	Note                         string // sealed
	ProposedBy                   string
	ProposedAt                   time.Time
	DecidedBy                    string
	DecidedAt                    time.Time
	note                         []byte
}

// Money is the line's amount.
func (l Line) Money() money.Amount { return money.Of(l.Amount, l.Currency) }

// Rest is what of a ceiling nobody has drawn yet.
func (l Line) Rest() int64 { return l.Amount - l.Drawn }

// Ways of signing for cash.
var Methods = []string{"signed_paper", "thumbprint", "witness_only"}

// Payment is money that left.
type Payment struct {
	ID, LineID, CaseID, PersonID, FundID string
	Way                                  string // cash, transfer
	BoxID                                string
	Amount                               int64
	Currency, ReceiptNo                  string
	PayerID, WitnessID                   string
	Method                               string
	Notes                                string // bank notes: 50x10 20x5
	Reference                            string // sealed
	On                                   day.Date
	At                                   time.Time
	ReversedBy                           string
	ReversedAt                           time.Time
	Reason                               string // sealed: why it was reversed
	reference, reason                    []byte
}

// Money is the payment's amount.
func (p Payment) Money() money.Amount { return money.Of(p.Amount, p.Currency) }

// Box is a cash box of an office.
type Box struct {
	ID, OfficeID, Title, Currency string
	Balance                       int64
}

// Count is what was counted in a box.
type Count struct {
	ID, BoxID         string
	On                day.Date
	Flight            string
	Counted, Expected int64
	Note, By          string
	At                time.Time
}

// Receipt is everything that stands on a receipt.
type Receipt struct {
	Payment
	Case     casefile.Case
	Person   casefile.Member // who received it; empty for a supplier
	Payer    string          // names
	Witness  string
	Code     string // of the line
	Fund     Fund
	Split    []money.Amount // beside Fund.Shares
	Approver string
}
