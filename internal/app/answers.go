package app

import (
	"context"
	"time"

	"github.com/nostos-avrr/nostos/internal/desk"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/ledger/words"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/letter"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// What one room must know of another that is on its own floor or above: translated here, decided nowhere.

// entitled says what the people of a case are due under the version of the programme the case was decided under.
func (a *App) entitled(ctx context.Context, r *gate.R, c casefile.Case) ([]programme.Line, error) {
	pack, err := a.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return nil, err
	}
	people, err := a.Rooms.Decision.People(ctx, r, c)
	if err != nil {
		return nil, err
	}
	return programme.Entitlements(pack, people), nil
}

// promises lists for a letter what was decided for a person.
func (a *App) promises(ctx context.Context, r *gate.R, c casefile.Case, personID string) ([]letter.Promise, error) {
	lines, err := a.entitled(ctx, r, c)
	var out []letter.Promise
	for _, l := range lines {
		if l.Code != "" && l.Verdict == programme.Eligible && (l.PersonID == personID || l.PersonID == "" && personID == c.PrincipalID) {
			out = append(out, letter.Promise{Modality: l.Modality, Amount: l.Amount, Ceiling: l.Ceiling})
		}
	}
	return out, err
}

func receipt(ctx context.Context, r *gate.R, caseID, paymentID string) (letter.Receipt, error) {
	x, err := ledger.ReceiptFor(ctx, r, paymentID)
	return asReceipt(x.Payment, x.Payer, x.Witness), err
}

func receipts(ctx context.Context, r *gate.R, caseID string) ([]letter.Receipt, error) {
	ps, err := ledger.Payments(ctx, r, caseID)
	var out []letter.Receipt
	for _, p := range ps {
		out = append(out, asReceipt(p, "", ""))
	}
	return out, err
}

func asReceipt(p ledger.Payment, payer, witness string) letter.Receipt {
	return letter.Receipt{PaymentID: p.ID, CaseID: p.CaseID, No: p.ReceiptNo, PersonID: p.PersonID, Amount: p.Money(), On: p.On, Payer: payer, Witness: witness, Reversed: p.ReversedBy != ""}
}

func inWords(a money.Amount, lang string) string { return words.Amount(lang, a) }

// moneyApprovals is the ledger's part of what waits for a second person.
func moneyApprovals(ctx context.Context, r *gate.R) ([]desk.Approval, error) {
	ws, err := ledger.WaitingForApproval(ctx, r)
	var out []desk.Approval
	for _, w := range ws {
		out = append(out, desk.Approval{Kind: "money", ID: w.Line.ID, CaseID: w.Case.ID, CaseNo: w.Case.No, WhatKey: "ledger.code." + w.Line.Code, Amount: w.Line.Money(), AskedByID: w.Line.ProposedBy, AskedOn: day.Of(w.Line.ProposedAt, time.UTC), Href: "/cases/" + w.Case.ID + "/money"})
	}
	return out, err
}
