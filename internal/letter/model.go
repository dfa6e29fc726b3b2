// Package letter prints what people take home or sign: the declaration of voluntary return, the consent form, the receipt for
// cash, the rules of the house, and a sheet that says what is held about somebody. Each comes in two languages side by side,
// as a page for the browser's printer and as a PDF with text that can be selected and read aloud.
//
// It owns no table. What a letter consists of is data of the programme (letters/*.yaml), its words are in the catalogues
// (area "print"), and every printing leaves an entry in the journal. A form that somebody is to answer is never printed with
// answers on it. What is sealed (telephone numbers, numbers of papers, notes) and what is protected (why a case is handled
// with care) reaches no letter: paper gets lost, and is read by others.
package letter

import (
	"context"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/letter/pages"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
)

// PermMoney is needed for letters about payments, beside the right to see the case.
const PermMoney = "ledger.view"

// Whom a letter is about.
const (
	PerPerson  = "person"
	PerPayment = "payment"
)

// Letter is what a letter consists of.
type Letter struct {
	Code       string
	Per        string // person or payment
	Permission string // case.view, or ledger.view
	Blocks     []Block
	Set        map[string]string // fixed values of the programme: addresses and the like
	source     []byte
}

// Block is one piece of a letter: a text, a line to fill in, a question with boxes, a line to sign.
type Block struct {
	Kind  string // title, heading, para, item, field, choice, decided, contest, signature, thumbprint
	Text  string // message key
	Value string // of a field, or the name under a signature
	Each  string // once for each thing of a list
	Empty string // message key, when the list holds nothing
	When  string // adult, child: only for them; somebody of unknown age gets both
}

// Document is a letter with everything filled in, in its two languages.
type Document = pages.Document

// Args say whom or what a letter is about.
type Args struct {
	Person  string // empty: the principal applicant, or who received the payment
	Payment string
	Way     string // page, pdf: how it was printed, for the journal
}

// Receipt is what stands on a receipt.
type Receipt struct {
	PaymentID, CaseID, No, PersonID string
	Amount                          money.Amount
	On                              day.Date
	Payer, Witness, Flight          string
	Reversed                        bool // came back: no receipt is printed for it any more
}

// Promise is help that was decided for a person.
type Promise struct {
	Modality string // cash, in_kind, service
	Amount   money.Amount
	Ceiling  bool
}

// Domain is the room. app makes it, and hands in what the book of the money knows.
type Domain struct {
	Gate    *gate.Gate
	Cases   *casefile.Domain
	Persons *person.Domain
	Letters *Library
	Cat     *i18n.Catalogue

	// Receipt gathers what stands on a receipt; nil: no receipts are printed.
	Receipt func(ctx context.Context, r *gate.R, caseID, paymentID string) (Receipt, error)
	// Receipts lists what has been paid in a case.
	Receipts func(ctx context.Context, r *gate.R, caseID string) ([]Receipt, error)
	// Words writes an amount in words; "" where a language has none, and then a line is left to write them by hand.
	Words func(a money.Amount, lang string) string
	// Promises lists the help that was decided for a person; nil: the declaration says that it is told separately.
	Promises func(ctx context.Context, r *gate.R, c casefile.Case, personID string) ([]Promise, error)
	// Settled tells what was decided about each kind of help for a person; nil: nothing is told.
	Settled func(ctx context.Context, r *gate.R, c casefile.Case, personID string) ([]Settled, error)
	// Frame puts a page into its case; nil leaves it bare.
	Frame func(ctx context.Context, r *web.Request, c casefile.Case, tab string, body templ.Component) (templ.Component, error)
}
