package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/desk"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/counselling"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/ledger/words"
	"github.com/nostos-avrr/nostos/internal/domain/monitoring"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/reintegration"
	"github.com/nostos-avrr/nostos/internal/domain/screening"
	"github.com/nostos-avrr/nostos/internal/domain/selection"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/letter"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// What one room must know of another that is on its own floor or above: translated here, decided nowhere.

// entitled says what the people of a case are due under the version of the programme the case was decided under.
func (a *App) entitled(ctx context.Context, r *gate.R, c casefile.Case) ([]programme.Line, error) {
	pack, err := a.Packs.On(c.Programme, c.PackVersion, r.Today)
	if err != nil {
		return nil, err
	}
	people, err := a.Rooms.Decision.People(ctx, r, c)
	if err != nil {
		return nil, err
	}
	decided, err := decision.DecidedIn(ctx, r, []string{c.ID})
	if err != nil {
		return nil, err
	}
	seats, err := programme.SeatsOf(ctx, r, pack, c.ID)
	if err != nil {
		return nil, err
	}
	return programme.Entitle(pack, programme.Question{People: people, Decided: decided[c.ID], Seats: seats}).Lines, nil
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

// settled tells for a letter what was decided about each kind of help for a person. The applicant is told by what was known
// when it was decided; others by what is known of them.
func (a *App) settled(ctx context.Context, r *gate.R, c casefile.Case, personID string) (out []letter.Settled, err error) {
	s, err := a.Rooms.Decision.Standing(ctx, r, c)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.People, func(p programme.PersonFacts) bool { return p.PersonID == personID })
	if i < 0 {
		return nil, nil
	}
	for _, o := range s.Outcomes[i] {
		x := letter.Settled{Component: o.Component, Answer: letter.Open, Applicant: personID == c.PrincipalID, Proposal: o.Verdict, Trace: o.Trace}
		for _, l := range s.Entitled.Lines {
			if l.Component == o.Component && (l.PersonID == personID || l.PersonID == "" && x.Applicant) {
				x.Lines = append(x.Lines, l)
			}
		}
		if d, ok := s.Current(o.Component); ok && d.Counts() {
			by, err := org.StaffByID(ctx, r.Tx, d.By)
			if err != nil {
				return nil, err
			}
			x.Answer, x.By, x.On, x.Version, x.Second = letter.No, by.Name, day.Of(d.At, a.Config.Location()), d.PackVersion, d.SecondNeeded
			if programme.Verdict(d.Decision) == programme.Eligible {
				x.Answer = letter.Yes
			}
			if x.Applicant && d.PersonID == personID && !d.Erased {
				x.Proposal, x.Trace = programme.Verdict(d.Proposal), d.Trace
			}
		}
		out = append(out, x)
	}
	return out, nil
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

// lineKey names an amount: an item of a plan, something asked for by hand, or what the programme grants.
func lineKey(l ledger.Line) string {
	switch {
	case l.ItemRef != "":
		return "reintegration.category." + l.Code
	case l.Rule == "":
		return "ledger.code." + l.Code
	}
	return "entitlement." + l.Code
}

// moneyApprovals is the ledger's part of what waits for a second person.
func moneyApprovals(ctx context.Context, r *gate.R) ([]desk.Approval, error) {
	ws, err := ledger.WaitingForApproval(ctx, r)
	var out []desk.Approval
	for _, w := range ws {
		out = append(out, desk.Approval{Kind: "money", ID: w.Line.ID, CaseID: w.Case.ID, CaseNo: w.Case.No, WhatKey: lineKey(w.Line), Amount: w.Line.Money(), AskedByID: w.Line.ProposedBy, AskedOn: day.Of(w.Line.ProposedAt, time.UTC), Href: "/cases/" + w.Case.ID + "/money"})
	}
	return out, err
}

// planApprovals is the part of the reintegration plans.
func planApprovals(ctx context.Context, r *gate.R) ([]desk.Approval, error) {
	ws, err := reintegration.WaitingForApproval(ctx, r)
	var out []desk.Approval
	for _, w := range ws {
		out = append(out, desk.Approval{Kind: "plan", ID: w.Plan.ID, CaseID: w.Case.ID, CaseNo: w.Case.No, WhatKey: "desk.approval.plan", Amount: w.Plan.Total(), AskedByID: w.Plan.AuthorID, AskedOn: day.Of(w.Plan.SubmittedAt, time.UTC), Href: "/cases/" + w.Case.ID + "/reintegration"})
	}
	return out, err
}

// bookingApprovals is the part of the bookings above the threshold.
func bookingApprovals(ctx context.Context, r *gate.R) ([]desk.Approval, error) {
	js, err := travel.ToApprove(ctx, r)
	var out []desk.Approval
	for _, j := range js {
		out = append(out, desk.Approval{Kind: "booking", ID: j.ID, CaseID: j.CaseID, WhatKey: "desk.approval.booking", Amount: j.Money(), AskedByID: j.AskedBy, AskedOn: day.Of(j.AskedAt, time.UTC), Href: "/cases/" + j.CaseID + "/travel"})
	}
	return out, err
}

// declared says whether everybody's declaration is signed.
func (a *App) declared(ctx context.Context, r *gate.R, caseID string) (bool, error) {
	return a.met(ctx, r, caseID, "declaration.signed")
}

func (a *App) met(ctx context.Context, r *gate.R, caseID, condition string) (bool, error) {
	c, err := casefile.ByID(ctx, r, caseID)
	if err != nil {
		return false, err
	}
	missing, err := a.Rooms.Cases.Conditions[condition](ctx, r, c)
	return len(missing) == 0, err
}

// cashState says on the manifest whether the cash has been handed over.
func (a *App) cashState(ctx context.Context, r *gate.R, caseID string) (string, error) {
	ok, err := a.met(ctx, r, caseID, "cash.settled")
	if ok {
		return "travel.cash.settled", err
	}
	return "travel.cash.open", err
}

// voluntary is the fact that the person wishes to return, as they said in the last talk. Before a talk nobody knows.
func voluntary(ctx context.Context, r *gate.R, cs []casefile.Case, known decision.Known) error {
	states, err := counselling.StatesOf(ctx, r, cs)
	for caseID, st := range states {
		if !st.Wishes() {
			continue
		}
		for _, p := range known[caseID] {
			if err := p.Facts.Set("voluntary", "yes"); err != nil {
				return err
			}
		}
	}
	return err
}

// begun is what led to a registration: a lead tells what it knows, a case nothing that the family does not tell better.
func (a *App) begun(ctx context.Context, r *gate.R, from string) (b person.Beginning, err error) {
	if id, ok := strings.CutPrefix(from, "lead:"); ok {
		l, err := a.Rooms.Leads.Beginning(ctx, r, id)
		return person.Beginning{Nationality: l.Nationality, Language: l.Language, Contact: l.Contact}, err
	}
	return b, nil
}

// registered tells the room that led to a registration who it was.
func (a *App) registered(ctx context.Context, w *gate.W, in person.Registration) error {
	kind, id, _ := strings.Cut(in.From, ":")
	switch kind {
	case "lead":
		return a.Rooms.Leads.OnRegistered(ctx, w, id, in.Person.ID)
	case "case":
		return a.Rooms.Cases.JoinRegistered(ctx, w, id, in.Person, in.Role)
	}
	return nil
}

func caseByNumber(ctx context.Context, r *gate.R, no string) (string, error) {
	c, err := casefile.FindByNumber(ctx, r, no)
	return c.ID, err
}

// asked is a condition by its name, whichever room answers it.
func (a *App) asked(name string) casefile.Condition {
	return func(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
		return a.Rooms.Cases.Conditions[name](ctx, r, c)
	}
}

// planVisits plans the visits of those who are helped to settle again. Others are not followed: nobody asked to be.
func (a *App) planVisits(ctx context.Context, w *gate.W, c *casefile.Case, arrived day.Date) error {
	ds, err := decision.Decisions(ctx, &w.R, c.ID)
	if err != nil {
		return err
	}
	for _, d := range ds {
		if d.Component == "reintegration" && d.SupersededBy == "" && d.Counts() && programme.Verdict(d.Decision) == programme.Eligible {
			return a.Rooms.Visits.ScheduleIn(ctx, w, c, arrived)
		}
	}
	return nil
}

// vulnerable is the fact that a screening found something, never what. Before a screening nobody knows.
func vulnerable(ctx context.Context, r *gate.R, cs []casefile.Case, known decision.Known) error {
	var ids []string
	for _, c := range cs {
		ids = append(ids, c.ID)
	}
	seen, err := screening.SeenIn(ctx, r, ids)
	for caseID, of := range seen {
		for _, p := range known[caseID] {
			x := of[p.PersonID]
			if !x.Screened {
				continue
			}
			is := "no"
			if x.Vulnerable {
				is = "yes"
			}
			if err := p.Facts.Set("vulnerable", is); err != nil {
				return err
			}
		}
	}
	return err
}

// committeeDecided records what a selection committee decided as the decision about the component, in its members' names.
func (a *App) committeeDecided(ctx context.Context, w *gate.W, c *casefile.Case, v selection.Verdict) error {
	p := a.Cat.Printer(w.Actor.Language)
	in := decision.Deciding{ID: w.NewID(), CaseID: c.ID, Component: v.Component, Decision: string(programme.NotEligible),
		Reason: strings.TrimSpace(p.T("selection.in_decision", "names", p.List(v.Members), "round", v.Round.No, "date", v.Round.On, "place", v.Place, "points", v.Points) + " " + v.Reason)}
	if v.Chosen {
		in.Decision = string(programme.Eligible)
	}
	_, err := a.Rooms.Decision.DecideIn(ctx, w, c, in)
	return err
}

// decisionApprovals is the part of the decisions that differ from what the program proposed.
func decisionApprovals(ctx context.Context, r *gate.R) ([]desk.Approval, error) {
	ws, err := decision.WaitingForSecond(ctx, r)
	var out []desk.Approval
	for _, w := range ws {
		out = append(out, desk.Approval{Kind: "eligibility", ID: w.ID, CaseID: w.CaseID, WhatKey: "eligibility." + w.Component, AskedByID: w.By, AskedOn: day.Of(w.At, time.UTC), Href: "/cases/" + w.CaseID + "/eligibility"})
	}
	return out, err
}

// exceptions are the decisions that differed from the proposal, whatever came of them.
func exceptions(ctx context.Context, r *gate.R, before string) (out []desk.Exception, next string, err error) {
	at, id, _ := strings.Cut(before, "_")
	if _, err := clock.Parse(at); before != "" && err != nil {
		return nil, "", fault.New(fault.Invalid, "case.err.filter_value", "name", "before", "value", before)
	}
	xs, err := decision.Exceptions(ctx, r, at, id, exceptionsPage+1)
	if len(xs) > exceptionsPage {
		xs = xs[:exceptionsPage]
		at, id := xs[len(xs)-1].Cursor()
		next = at + "_" + id
	}
	for _, x := range xs {
		e := desk.Exception{CaseID: x.CaseID, WhatKey: "eligibility." + x.Component, Proposal: "eligibility.verdict." + x.Proposal, Decision: "eligibility.verdict." + x.Decision, ByID: x.By, SecondID: x.SecondBy,
			On: day.Of(x.At, time.UTC), State: "refused", Evidence: x.Evidence, Href: "/cases/" + x.CaseID + "/eligibility"}
		switch {
		case x.SupersededBy != "":
			e.State = "replaced"
		case x.SecondBy == "":
			e.State = "waits"
		case x.SecondAgrees:
			e.State = "agreed"
		}
		out = append(out, e)
	}
	return out, next, err
}

// exceptionsPage is how many exceptions stand on one page.
const exceptionsPage = 50

// ageApprovals is the part of the changed ages.
func (a *App) ageApprovals(ctx context.Context, r *gate.R) ([]desk.Approval, error) {
	ps, err := a.Rooms.Persons.AgesToDecide(ctx, r)
	var out []desk.Approval
	for _, p := range ps {
		x, err := a.Rooms.Persons.ByID(ctx, r, p.PersonID)
		if err != nil {
			return nil, err
		}
		out = append(out, desk.Approval{Kind: "age", ID: p.ID, Person: x.Parts(), WhatKey: "desk.approval.age", AskedByID: p.ProposedBy, AskedOn: day.Of(p.ProposedAt, time.UTC), Href: "/persons/" + p.PersonID + "/age/" + p.ID})
	}
	return out, err
}

// events are what the rooms put into the calendar.
func (a *App) events() []desk.EventSource {
	zone := a.Config.Location()
	return []desk.EventSource{
		{Perm: counselling.PermView, List: func(ctx context.Context, r *gate.R, from, to day.Date) (out []desk.Event, err error) {
			list, err := a.Rooms.Talks.Calendar(ctx, r, from, to)
			for _, x := range list {
				out = append(out, desk.Event{Kind: "appointment", On: day.Of(x.StartsAt, zone), Clock: x.StartsAt.In(zone).Format("15:04"), CaseID: x.CaseID, Text: x.Room, Href: "/cases/" + x.CaseID + "/counselling"})
			}
			return out, err
		}},
		{Perm: travel.PermView, List: func(ctx context.Context, r *gate.R, from, to day.Date) (out []desk.Event, err error) {
			list, err := travel.Departures(ctx, r, from, to)
			for _, x := range list {
				clock := ""
				if len(x.Departs) == len("2006-01-02 15:04") {
					clock = x.Departs[11:]
				}
				out = append(out, desk.Event{Kind: "flight", On: x.On, Clock: clock, Text: x.Name() + " " + x.From + "–" + x.To, Href: "/flights/" + x.ID})
			}
			return out, err
		}},
		{Perm: monitoring.PermView, List: func(ctx context.Context, r *gate.R, from, to day.Date) (out []desk.Event, err error) {
			list, err := monitoring.DueVisits(ctx, r)
			for _, x := range list {
				if !x.On.Before(from) && !x.On.After(to) {
					out = append(out, desk.Event{Kind: "visit", On: x.On, CaseID: x.Case.ID, CaseNo: x.Case.No, Person: x.Who.Parts(), Href: "/cases/" + x.Case.ID + "/reintegration/visits"})
				}
			}
			return out, err
		}},
	}
}
