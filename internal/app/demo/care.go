package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/accommodation"
	"github.com/nostos-avrr/nostos/internal/domain/counselling"
	"github.com/nostos-avrr/nostos/internal/domain/screening"
	"github.com/nostos-avrr/nostos/internal/gate"
)

var reasons = []string{"My parents are old and alone, I want to be with them.", "There is no work here and the answer to my claim was no.", "I miss my children; I have not seen them for four years.", "I want to open my own shop at home."}

// counsels is the talk: with an interpreter, every way explained, and the person's own words.
func (m *maker) counsels(ctx context.Context, s *story) error {
	if err := m.talk(ctx, s, counselling.Proceed); err != nil {
		return err
	}
	return m.move(ctx, s, s.owner, "SCREENING")
}

func (m *maker) talk(ctx context.Context, s *story, outcome string) error {
	t := counselling.Session{ID: m.id(), CaseID: s.c.ID, Type: counselling.Information, Kind: counselling.Individual, Place: "office", StartedAt: m.clk.Now().Add(-50 * time.Minute), Minutes: int64(35 + m.rnd.Intn(40)),
		CounsellorID: s.owner, InterpreterWay: counselling.NoInterpreter, Language: "en", StaffLanguage: "en", Topics: []string{"programme", "conditions", "documents"},
		Explained: []string{counselling.OptAsylum, counselling.OptStay, counselling.OptReturn, counselling.OptThink, counselling.OptChange}, Outcome: outcome,
		Words: counselling.Words{Motives: []string{pick(m.rnd, []string{"family", "no_future", "refused", "work_there", "homesick"})}, Motivation: pick(m.rnd, reasons), Afraid: "no", Plan: pick(m.rnd, []string{"family", "work", "business"})}}
	if s.na.lang != "" {
		t.Language, t.InterpreterWay, t.Interpreter, t.InterpreterAt = s.na.lang, pick(m.rnd, []string{"in_person", "phone"}), "Leyla Aziz", t.StartedAt
	}
	for _, p := range s.members {
		t.Present = append(t.Present, p.ID)
	}
	return m.a.Rooms.Talks.Hold(ctx, s.owner, t, "")
}

// screens looks at what may harm each of them on the way home. Most need nothing; some need care, and a few a closer look by
// protection and a supervisor before anybody books a seat.
func (m *maker) screens(ctx context.Context, s *story) error {
	parents := 0
	for i := range s.members {
		if !m.child(&s.members[i]) {
			parents++
		}
	}
	for i := range s.members {
		p := &s.members[i]
		x := screening.Screening{ID: m.id(), CaseID: s.c.ID, PersonID: p.ID, On: m.today(), ValidUntil: m.today().AddDays(180), Outcome: screening.None}
		switch {
		case i == 0 && parents == 1 && len(s.members) > 1:
			x.Categories, x.Outcome = []string{"single_parent"}, screening.Support
		case i == 0 && s.noHome:
			x.Categories, x.Outcome = []string{"homeless"}, screening.Support
		case i == 0 && len(s.members) > 2:
			x.Categories, x.Outcome = []string{"family_with_minors"}, screening.Monitor
		}
		if err := m.a.Rooms.Screening.Screen(ctx, s.owner, x); err != nil {
			return err
		}
	}
	return m.move(ctx, s, s.owner, "ELIGIBILITY")
}

// examines is the doctor's look at everybody before a seat is booked.
func (m *maker) examines(ctx context.Context, s *story) error {
	for i := range s.members {
		f := screening.Fitness{ID: m.id(), CaseID: s.c.ID, PersonID: s.members[i].ID, Kind: screening.Check, On: m.today(), ValidUntil: m.today().AddDays(60), Medical: screening.Medical{Result: screening.Fit, Doctor: "Dr. Katerina Vogli"}}
		if m.rnd.Intn(25) == 0 {
			f.Result, f.Conditions = screening.FitIf, []string{"wheelchair"}
		}
		if err := m.a.Rooms.Screening.Examine(ctx, m.who("medical"), f); err != nil {
			return err
		}
	}
	if err := m.finish(ctx, s, s.owner, "support_needs"); err != nil { // what the screening asked for stands before they go
		return err
	}
	return m.move(ctx, s, s.owner, "MOVEMENT")
}

// centre sets up the open centre. Its size is invented: no public figure states it.
func (m *maker) centre(ctx context.Context) error {
	by := m.who("centre")
	site := accommodation.Site{ID: m.id(), OfficeID: m.staff.office["ath"], Name: "Open centre, Attica", Kind: "open_centre", Official: 64, Maximum: 72, Provisional: true, Active: true}
	if err := m.a.Rooms.Beds.PutSite(ctx, by, site); err != nil {
		return err
	}
	m.site = site.ID
	for i := range 16 {
		u := accommodation.Unit{ID: m.id(), SiteID: site.ID, Name: fmt.Sprintf("%c%d", 'A'+i/4, i%4+1), Rule: []string{accommodation.RuleFamily, accommodation.RuleFamily, accommodation.RuleMen, accommodation.RuleWomen}[i/4], Accessible: i%4 == 0}
		beds := int64(4)
		if u.Rule == accommodation.RuleFamily { // the largest families that come are of five
			beds = 5
		}
		if err := m.a.Rooms.Beds.AddUnit(ctx, by, u, beds); err != nil {
			return err
		}
	}
	return nil
}

// sleeps gives a family without a home a room in the open centre.
func (m *maker) sleeps(ctx context.Context, s *story) error {
	room, by := m.a.Rooms.Beds, m.who("centre")
	b := accommodation.Booking{ID: m.id(), CaseID: s.c.ID, SiteID: m.site, From: m.today(), Until: m.today().AddDays(30), Priority: 2}
	state, err := room.Book(ctx, by, b)
	if err != nil || state != accommodation.Booked {
		return err // no bed tonight: they are on the waiting list
	}
	var stays []accommodation.Guest
	var rooms []accommodation.Alternative
	if err := m.a.Gate.Read(ctx, by, accommodation.PermView, func(ctx context.Context, r *gate.R) (err error) {
		if stays, err = accommodation.StaysOf(ctx, r, s.c.ID); err != nil {
			return err
		}
		rooms, err = accommodation.Fitting(ctx, r, m.site, stays)
		return err
	}); err != nil {
		return err
	}
	for _, a := range rooms {
		if len(a.Beds) < len(stays) {
			continue
		}
		in := accommodation.CheckIn{BookingID: b.ID, Beds: map[string]string{}, RulesAccepted: true, RulesLang: noticeLanguage(s.na.lang), Items: []string{"bed_linen", "towels", "key"}}
		for i, g := range stays {
			in.Beds[g.ID] = a.Beds[i].ID
		}
		return room.CheckIn(ctx, by, in)
	}
	return nil
}
