package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/monitoring"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/reintegration"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// papers gets everybody a valid document: they have a passport, or the consulate issues one.
func (m *maker) papers(ctx context.Context, s *story) error {
	for i := range s.members {
		p := &s.members[i]
		if s.passport {
			if err := m.a.Rooms.Persons.AddPaper(ctx, s.owner, person.Paper{ID: m.id(), PersonID: p.ID, Kind: "passport", Country: p.Nationality, Number: fmt.Sprintf("X%07d", m.rnd.Intn(10_000_000)),
				IssuedOn: m.today().AddDays(-400), ExpiresOn: m.today().AddDays(900), HeldBy: "applicant"}); err != nil {
				return err
			}
			continue
		}
		d := travel.Document{ID: m.id(), CaseID: s.c.ID, PersonID: p.ID, Type: "laissez_passer", Country: p.Nationality, Authority: "Consulate", RequestedOn: m.today()}
		if err := m.a.Rooms.Travel.RequestDocument(ctx, m.who("caseworker"), d); err != nil {
			return err
		}
		d.State, d.IssuedOn, d.ExpiresOn, d.OfficeOn, d.Number, d.Revision, d.Currency = "issued", m.today(), m.today().AddDays(150), m.today(), fmt.Sprintf("LP%06d", m.rnd.Intn(1_000_000)), 1, "EUR"
		if err := m.a.Rooms.Travel.EditDocument(ctx, m.who("caseworker"), d); err != nil {
			return err
		}
	}
	return m.move(ctx, s, s.owner, "CLEARANCE")
}

// clears asks the police whether anything stands against the departure.
func (m *maker) clears(ctx context.Context, s *story) error {
	q := travel.Question{CaseID: s.c.ID, Authority: "police", RequestedOn: m.today(), Persons: map[string]string{}}
	for _, p := range s.members {
		q.Persons[p.ID] = m.id()
	}
	if err := m.a.Rooms.Travel.AskClearance(ctx, m.who("caseworker"), q); err != nil {
		return err
	}
	for _, p := range s.members {
		if err := m.a.Rooms.Travel.AnswerClearance(ctx, m.who("caseworker"), travel.Clearance{ID: q.Persons[p.ID], CaseID: s.c.ID, PersonID: p.ID, Authority: q.Authority, RequestedOn: q.RequestedOn, RepliedOn: m.today(), Reply: travel.Go, ValidUntil: m.today().AddDays(90)}); err != nil {
			return err
		}
	}
	if s.noHome {
		if err := m.move(ctx, s, s.owner, "ACCOMMODATION"); err != nil {
			return err
		}
		if err := m.sleeps(ctx, s); err != nil {
			return err
		}
	}
	return m.move(ctx, s, s.owner, "FIT_TO_TRAVEL")
}

var airports = map[string][3]string{"PK": {"QR", "204", "LHE"}, "GE": {"A9", "773", "TBS"}, "IQ": {"TK", "1844", "BGW"}, "BD": {"QR", "208", "DAC"}, "IR": {"TK", "1846", "IKA"}, "EG": {"MS", "748", "CAI"}, "AL": {"A3", "970", "TIA"}, "MA": {"AT", "953", "CMN"},
	"AF": {"TK", "1850", "KBL"}, "TN": {"TU", "631", "TUN"}, "DZ": {"AH", "4061", "ALG"}, "LB": {"ME", "252", "BEY"}}

// books takes seats on a flight of the coming days.
func (m *maker) books(ctx context.Context, s *story) error {
	f := airports[s.na.country]
	on := m.today().AddDays(4 + m.rnd.Intn(8))
	if m.departsOn != nil {
		on = m.departsOn(m.today())
	}
	in := travel.Booking{ID: m.id(), CaseID: s.c.ID, PNR: fmt.Sprintf("N%05X", m.rnd.Intn(1<<20)), Fare: money.Of(int64(18_000+m.rnd.Intn(14_000))*int64(len(s.members)), "EUR"), CostLine: "programme",
		Legs: []travel.Leg{{Flight: travel.Flight{Carrier: f[0], Number: f[1], On: on, From: "ATH", To: f[2], Departs: on.String() + " 10:05", Arrives: on.String() + " 16:30"}}}}
	if err := m.a.Rooms.Travel.Book(ctx, m.who("movement"), in); err != nil {
		return err
	}
	s.journey = in.ID
	if err := m.a.Rooms.Travel.Approve(ctx, m.who("supervisor"), in.ID); err != nil && !isConflict(err) {
		return err // below the limit nobody has to agree, and saying so is no error here
	}
	t := travel.Tickets{JourneyID: in.ID, PNR: in.PNR, Numbers: map[string]string{}}
	for _, p := range s.members {
		t.Numbers[p.ID] = fmt.Sprintf("157-%010d", m.rnd.Int63n(10_000_000_000))
	}
	if err := m.a.Rooms.Travel.WriteTickets(ctx, m.who("movement"), t); err != nil {
		return err
	}
	if err := m.approve(ctx, s); err != nil {
		return err
	}
	return m.move(ctx, s, m.who("caseworker"), "PREDEPARTURE_CASH")
}

// approve is the second signature under the family's cash.
func (m *maker) approve(ctx context.Context, s *story) error {
	lines, err := m.lines(ctx, s)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.State == ledger.Planned && !l.Ceiling {
			if err := m.a.Rooms.Ledger.Approve(ctx, m.who("supervisor"), s.c.ID, l.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *maker) lines(ctx context.Context, s *story) (ls []ledger.Line, err error) {
	err = m.a.Gate.Read(ctx, m.who("finance"), ledger.PermView, func(ctx context.Context, r *gate.R) error {
		ls, err = ledger.Lines(ctx, r, s.c.ID)
		return err
	})
	return
}

// pays hands over the cash on the day of the flight, at the airport.
func (m *maker) pays(ctx context.Context, s *story) error {
	if err := m.refresh(ctx, s); err != nil {
		return err
	}
	at := s.c.DepartsOn.In(m.a.Gate.Zone).Add(7*60e9*60 + 20*60e9)
	if at.After(m.spec.Now) {
		return errNotYet
	}
	m.clk.Set(at)
	lines, err := m.lines(ctx, s)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.State != ledger.Approved || l.Modality != "cash" {
			continue
		}
		if _, err := m.a.Rooms.Ledger.HandOver(ctx, m.who("movement"), ledger.Handing{ID: m.id(), CaseID: s.c.ID, LineID: l.ID, BoxID: m.box, WitnessID: m.who("counsellor"), Method: "signed_paper"}); err != nil {
			return err
		}
	}
	return nil
}

// flies is the day of departure: at the airport, papers handed out, boarded.
func (m *maker) flies(ctx context.Context, s *story) error {
	var all []string
	for _, p := range s.members {
		all = append(all, p.ID)
	}
	for _, to := range []string{travel.AtAirport, travel.Papers, travel.Boarded} {
		m.clk.Advance(20 * 60e9)
		if err := m.a.Rooms.Travel.Step(ctx, m.who("movement"), s.journey, all, to); err != nil {
			return err
		}
	}
	return m.refresh(ctx, s)
}

// arrives is the word from the other end.
func (m *maker) arrives(ctx context.Context, s *story) error {
	in := travel.Arrival{JourneyID: s.journey, On: m.today(), Onward: "bus"}
	for _, p := range s.members {
		in.Persons = append(in.Persons, p.ID)
	}
	if err := m.a.Rooms.Travel.ConfirmArrival(ctx, m.who("movement"), in); err != nil {
		return err
	}
	if office := originOffice[s.na.country]; office != "" {
		if err := m.a.Rooms.Cases.SendHandOver(ctx, s.owner, casefile.HandOver{ID: m.id(), CaseID: s.c.ID, To: m.staff.office[office], Message: "The family has arrived and expects a call."}); err != nil {
			return err
		}
		if s.waits {
			return errNotYet
		}
		if err := m.a.Rooms.Cases.AcceptHandOver(ctx, m.origin(s), s.c.ID); err != nil {
			return err
		}
	}
	if err := m.refresh(ctx, s); err != nil || s.c.Stage != "ARRIVED" {
		return err
	}
	return m.move(ctx, s, s.owner, "POST_ARRIVAL")
}

// origin is the reintegration officer of a story's country.
func (m *maker) origin(s *story) string {
	return m.who(map[string]string{"PK": "reintegration", "GE": "reintegration2", "IQ": "reintegration3"}[s.na.country])
}

func (m *maker) welcomes(ctx context.Context, s *story) error {
	var hs []reintegration.Help
	for _, k := range reintegration.HelpKinds {
		h := reintegration.Help{Kind: k, Answer: "given", On: m.today()}
		if k == "shelter" || k == "health" || k == "other" {
			h.Answer = "not_needed"
		}
		hs = append(hs, h)
	}
	if err := m.a.Rooms.Reint.GiveHelp(ctx, m.origin(s), s.c.ID, hs); err != nil {
		return err
	}
	if !s.wants {
		return m.move(ctx, s, m.origin(s), "CLOSED")
	}
	return m.move(ctx, s, m.origin(s), "REINT_COUNSELLING")
}

func (m *maker) assesses(ctx context.Context, s *story) error {
	if err := m.a.Rooms.Reint.Assess(ctx, m.origin(s), reintegration.Assessment{ID: m.id(), CaseID: s.c.ID, On: m.today(), Economic: 2, Social: 3, Psychosocial: 3, WorkYears: int64(1 + m.rnd.Intn(12)), Results: "Worked in the trade before leaving; wants to open a small shop with a brother."}); err != nil {
		return err
	}
	if err := m.move(ctx, s, m.origin(s), "ASSESSMENT"); err != nil {
		return err
	}
	return m.move(ctx, s, m.origin(s), "REINT_PLAN")
}

var trades = [][3]string{{"business", "Stock for a grocery shop", "Bright Traders"}, {"equipment", "Sewing machines", "Machine House"}, {"business", "A dairy cow and fodder", "Farm Supply"}, {"equipment", "Tools for a car workshop", "Tool Bazaar"}, {"training", "Course in mobile phone repair", "Skills Institute"}}

// plans writes the plan and gets the second signature.
func (m *maker) plans(ctx context.Context, s *story) error {
	t := pick(m.rnd, trades)
	p := reintegration.Plan{ID: m.id(), CaseID: s.c.ID, Currency: "EUR", Economic: "Earn a living from a small business.", Social: "The children go to school.", Psychosocial: "Regular calls with the counsellor.", Items: s.plan}
	if p.Items == nil {
		p.Items = []reintegration.Item{{Category: t[0], Description: t[1], Supplier: t[2], Modality: "in_kind", Amount: 110_000, DueOn: m.today().AddDays(30), Evidence: reintegration.Evidences[0]},
			{Category: "education", Description: "School fees and books", Supplier: "Public school", Modality: "service", Amount: 20_000, DueOn: m.today().AddDays(40), Evidence: reintegration.Evidences[0]},
			{Category: "legal", Description: "Registration of the business", Supplier: "Chamber of commerce", Modality: "service", Amount: 8_000, DueOn: m.today().AddDays(20), Evidence: reintegration.Evidences[0]}}
	}
	by := m.origin(s)
	if err := m.a.Rooms.Reint.WritePlan(ctx, by, p, 0); err != nil {
		return err
	}
	if err := m.a.Rooms.Reint.Submit(ctx, by, s.c.ID, p.ID); err != nil {
		return err
	}
	if err := m.move(ctx, s, by, "PLAN_APPROVAL"); err != nil {
		return err
	}
	if m.rnd.Intn(6) == 0 && m.departsOn == nil {
		return errNotYet // some plans still wait for the second signature
	}
	if err := m.a.Rooms.Reint.Approve(ctx, m.who("manager"), s.c.ID, p.ID, "In line with the assessment."); err != nil {
		return err
	}
	return m.move(ctx, s, by, "DELIVERY")
}

// delivers buys what the plan says: offers, order, delivery, the returnee's yes, and the money is paid.
func (m *maker) delivers(ctx context.Context, s *story) error {
	by := m.origin(s)
	var plans []reintegration.Plan
	if err := m.a.Gate.Read(ctx, by, reintegration.PermView, func(ctx context.Context, r *gate.R) (err error) {
		plans, err = reintegration.Plans(ctx, r, s.c.ID)
		return
	}); err != nil {
		return err
	}
	room := m.a.Rooms.Reint
	for _, it := range plans[0].Items {
		if err := room.TakeQuotes(ctx, by, s.c.ID, it.Ref, []reintegration.Quote{{Supplier: it.Supplier, Amount: it.Amount, Chosen: true}, {Supplier: "Second offer", Amount: it.Amount + 4_000}, {Supplier: "Third offer", Amount: it.Amount + 9_000}}, ""); err != nil {
			return err
		}
		if err := room.Order(ctx, by, s.c.ID, it.Ref, m.today()); err != nil {
			return err
		}
		if err := room.Deliver(ctx, by, s.c.ID, it.Ref, m.today(), fmt.Sprintf("INV-%04d", m.rnd.Intn(10_000)), it.Amount, ""); err != nil {
			return err
		}
		if err := room.Confirm(ctx, by, s.c.ID, it.Ref, m.id(), m.today()); err != nil {
			return err
		}
	}
	if _, err := room.GiveRestBack(ctx, by, s.c.ID); err != nil && !isConflict(err) {
		return err
	}
	return m.move(ctx, s, by, "MONITORING")
}

func (m *maker) visits(ctx context.Context, s *story) error {
	by := m.origin(s)
	if m.rnd.Intn(4) == 0 {
		if err := m.a.Rooms.Visits.Try(ctx, by, monitoring.Attempt{ID: m.id(), CaseID: s.c.ID, On: m.today(), Channel: "phone", Result: "no_answer"}); err != nil {
			return err
		}
	}
	if err := m.a.Rooms.Visits.Visit(ctx, by, monitoring.Visit{ID: m.id(), CaseID: s.c.ID, Mode: "in_person", On: m.today(), Found: true, Business: "operating", Income: monitoring.Incomes[2], Employed: int64(m.rnd.Intn(2)), Problems: "Prices rise faster than sales.", Advice: "Keep a simple cash book."}); err != nil {
		return err
	}
	return m.move(ctx, s, by, "CLOSED")
}

// finish ends the open tasks of a kind.
func (m *maker) finish(ctx context.Context, s *story, by, kind string) error {
	var open []casefile.Task
	if err := m.a.Gate.Read(ctx, by, casefile.PermView, func(ctx context.Context, r *gate.R) (err error) {
		open, err = casefile.OpenTasks(ctx, r, s.c.ID)
		return
	}); err != nil {
		return err
	}
	for _, t := range open {
		if strings.HasPrefix(t.Code, kind) {
			if err := m.a.Rooms.Cases.FinishTaskByID(ctx, by, s.c.ID, t.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *maker) closes(ctx context.Context, s *story) error {
	by := m.who("caseworker")
	if s.wants && originOffice[s.na.country] != "" {
		by = m.origin(s)
	}
	for _, kind := range []string{"visit_", "support_needs"} { // the later visits, which this family no longer wants, and what the last one found, which was seen to
		if err := m.finish(ctx, s, by, kind); err != nil {
			return err
		}
	}
	if s.ends == "" {
		s.ends = "support_ended"
	}
	return m.a.Rooms.Cases.Close(ctx, by, s.c.ID, s.ends, "")
}
