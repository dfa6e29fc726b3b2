package demo

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand"
	"time"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// errNotYet ends a story where time has not come so far yet.
var errNotYet = errors.New("not yet")

func isConflict(err error) bool { return fault.Is(err, fault.Conflict) }

// maker makes one caseload.
type maker struct {
	a         *app.App
	clk       *clock.Fake
	rnd       *mathrand.Rand
	staff     staff
	spec      Spec
	box       string                         // the cash box at the airport
	site      string                         // the open centre
	departsOn func(booked day.Date) day.Date // nil: a few days after booking
}

// small makes the office of today: families at every stage of the way, most of them early on, as in any office.
func (m *maker) small(ctx context.Context, p Progress) error {
	m.clk.Set(m.spec.Now.AddDate(0, -14, 0))
	if err := m.prepare(ctx, 400_000_00); err != nil {
		return err
	}
	return m.nowadays(ctx, p)
}

// prepare opens the fund, the cash box and the centre.
func (m *maker) prepare(ctx context.Context, cash int64) error {
	if err := m.funds(ctx, cash); err != nil {
		return err
	}
	return m.centre(ctx)
}

// nowadays tells the stories of the cases that are under way today.
func (m *maker) nowadays(ctx context.Context, p Progress) error {
	for i := range m.spec.Cases {
		// How far a family gets: the stages are visited in turn, so that every desk has work.
		goal := i % (len(steps) + 3)
		if goal == len(steps)+1 { // more who wait for a decision: a committee needs somebody to choose from
			goal = 4
		}
		withdraws := goal == len(steps)+2
		if withdraws {
			goal = 2 + m.rnd.Intn(9)
		}
		if err := m.tell(ctx, min(goal, len(steps)), withdraws); err != nil {
			return err
		}
		if p != nil {
			p(int64(i+1), int64(m.spec.Cases))
		}
	}
	return m.chooses(ctx)
}

// tell tells one story up to a step, so that it ends today or a few days ago.
func (m *maker) tell(ctx context.Context, goal int, withdraws bool) error {
	days := 0
	for _, st := range steps[:goal] {
		days += st.days
	}
	// Steps take between half of their days and all of them: so the story ends about today.
	start := m.spec.Now.AddDate(0, 0, -days*3/4-1-m.rnd.Intn(4)).Truncate(24 * time.Hour).Add(time.Duration(7+m.rnd.Intn(8)) * time.Hour)
	m.clk.Set(start)
	s := &story{na: nationOf(m.rnd), host: "ath", wants: m.rnd.Intn(2) == 0, noHome: m.rnd.Intn(5) == 0, waits: goal == 13, island: m.rnd.Intn(5) == 0, passport: m.rnd.Intn(3) > 0}
	if goal > 13 { // after the arrival only the countries with an office of ours
		s.na = nation(pick(m.rnd, []string{"PK", "GE", "IQ"}))
		s.wants = s.wants || goal > 14
	}
	s.owner = m.who(pick(m.rnd, []string{"counsellor", "counsellor2"}))
	if goal < 6 && m.rnd.Intn(4) == 0 {
		s.host, s.owner, s.noHome = "skg", m.who("counsellor3"), false
	}
	err := m.a.Gate.Batch(ctx, org.SystemID, casefile.PermOpen, func(ctx context.Context) error {
		if err := m.open(ctx, s); err != nil {
			return err
		}
		for _, st := range steps[:goal] {
			if st.stage != s.c.Stage { // a family that wants no plan skips its stages
				continue
			}
			if !m.wait(st.days) {
				break
			}
			if err := st.do(m, ctx, s); errors.Is(err, errNotYet) {
				break
			} else if err != nil {
				return fmt.Errorf("%s of case %s: %w", st.stage, s.c.No, err)
			}
		}
		return nil
	})
	if err != nil || !withdraws {
		return err
	}
	_, err = m.a.Rooms.Cases.Withdraw(ctx, s.owner, s.c.ID, "")
	if isConflict(err) { // closed already
		return nil
	}
	return err
}

// sizes are how many people travel together: most people alone, some families.
var sizes = []int{1, 1, 1, 1, 2, 3, 4, 4, 5}

// open registers a family and opens their case.
func (m *maker) open(ctx context.Context, s *story) error {
	fam := pick(m.rnd, s.na.family)
	size := s.size
	if size == 0 {
		size = pick(m.rnd, sizes)
	}
	for i := range size {
		p := person.Person{ID: m.id(), FamilyName: fam.latin, NativeFamily: fam.native, NativeLang: s.na.lang, Nationality: s.na.country, DocumentedNationality: s.na.country, Language: s.na.lang, BirthKind: person.Exact, BirthPlace: pick(m.rnd, s.na.cities),
			Invented: true, Interpreter: s.na.lang != "", OfficeID: m.staff.office[s.host], CivilStatus: "single"}
		p.Sex = "male"
		if i == 1 || i == 0 && m.rnd.Intn(3) == 0 || i > 1 && m.rnd.Intn(2) == 0 {
			p.Sex = "female"
		}
		given := s.na.male
		if p.Sex == "female" {
			given = s.na.female
		}
		g := pick(m.rnd, given)
		p.GivenNames, p.NativeGiven = g.latin, g.native
		age := 21 + m.rnd.Intn(28)
		if i > 1 {
			age = 1 + m.rnd.Intn(15)
		}
		if size > 1 && i < 2 {
			p.CivilStatus = "married"
		}
		p.BirthDate = m.today().AddDays(-age*365 - m.rnd.Intn(360))
		if m.rnd.Intn(9) == 0 {
			p.BirthKind = person.YearOnly
		}
		reg := person.Registration{Person: p}
		if i == 0 {
			reg.Contacts = []person.Contact{{ID: m.id(), Kind: "phone", Value: fmt.Sprintf("+30 690 000 %04d", m.rnd.Intn(10_000)), Safe: "yes", Preferred: true}}
		} else {
			reg.FamilyOf, reg.Role = s.members[0].ID, "child"
			if i == 1 {
				reg.Role = "spouse"
			}
		}
		q, err := m.a.Rooms.Persons.RegisterFamily(ctx, s.owner, reg)
		if err != nil {
			return err
		}
		s.members = append(s.members, q)
	}
	in := casefile.Opening{ID: m.id(), Programme: "gr-avrr", Principal: s.members[0].ID, OwnerID: s.owner, HostOffice: m.staff.office[s.host], ReturnCountry: s.na.country}
	for i, p := range s.members[1:] {
		rel := "child"
		if i == 0 {
			rel = "spouse"
		}
		in.Members = append(in.Members, casefile.OpeningMember{PersonID: p.ID, Relation: rel})
	}
	var err error
	s.c, err = m.a.Rooms.Cases.Open(ctx, s.owner, in)
	return err
}

// funds opens the fund, in its published shares, and fills the cash box at the airport.
func (m *maker) funds(ctx context.Context, cash int64) error {
	f := ledger.Fund{ID: m.id(), Code: "AMIF-GR", Title: "AMIF and national funds", Programme: "gr-avrr", Currency: "EUR", Budget: 60_000_000_00, From: day.New(2016, 6, 1), Until: day.New(2027, 12, 31), KeepYears: 5,
		Shares: []ledger.Share{{Payer: "AMIF", Percent: 75}, {Payer: "National", Percent: 25}}}
	by := m.who("finance")
	if err := m.a.Rooms.Ledger.OpenFund(ctx, by, f); err != nil {
		return err
	}
	m.box = m.id()
	if err := m.a.Rooms.Ledger.OpenBox(ctx, by, ledger.Box{ID: m.box, OfficeID: m.staff.office["ath"], Title: "Airport", Currency: "EUR"}); err != nil {
		return err
	}
	return m.a.Rooms.Ledger.FillBox(ctx, by, m.id(), m.box, money.Of(cash, "EUR"))
}
