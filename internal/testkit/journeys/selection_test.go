package journeys_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/counselling"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/screening"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

// applicant is somebody who wants to return and waits for the committee's word. Empty skills: nobody has asked.
type applicant struct {
	name, lives, skills, years string
	care                       bool
}

// applies registers an applicant and opens their case.
func applies(t *testing.T, h *house.House, a applicant) string {
	t.Helper()
	ctx, r, me, id, today := context.Background(), h.App.Rooms, h.Staff["counsellor"], h.App.Gate.IDs.New, day.Of(h.Clock.Now(), h.App.Gate.Zone)
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %s: %v", a.name, what, err)
		}
	}
	p, err := r.Persons.Register(ctx, me, person.Person{ID: id(), GivenNames: a.name, FamilyName: "Testpour", NativeGiven: "آمنه", NativeFamily: "تستپور", NativeLang: "fa", Sex: "female", BirthKind: person.Exact, BirthDate: day.New(1991, 5, 4), Nationality: "PK", Invented: true, OfficeID: h.Office["ath"]})
	must("register", err)
	c, err := r.Cases.Open(ctx, me, casefile.Opening{ID: id(), Programme: "gr-avrr", Principal: p.ID, OwnerID: me, HostOffice: h.Office["ath"], ReturnCountry: "PK"})
	must("open", err)
	form := func(code string, answers map[string][]string) {
		_, err := r.Cases.SubmitForm(ctx, me, casefile.Submission{ID: id(), CaseID: c.ID, PersonID: p.ID, Form: code, Lang: "en", Say: h.App.Cat.Printer("en").T, Answers: answers})
		must(code, err)
	}
	form("registration_extras", map[string][]string{"zone": {"mainland"}, "accommodation": {a.lives}, "legal_status": {"no_right_to_stay"}, "previous_assistance": {"no"}, "heard": {"friend"}})
	must("talk", r.Talks.Hold(ctx, me, counselling.Session{ID: id(), CaseID: c.ID, Type: counselling.Information, Kind: counselling.Individual, Place: "office", StartedAt: h.Clock.Now().Add(-time.Hour), Minutes: 40, CounsellorID: me,
		InterpreterWay: counselling.NoInterpreter, Language: "en", StaffLanguage: "en", Topics: []string{"programme"}, Explained: []string{counselling.OptAsylum, counselling.OptStay, counselling.OptReturn, counselling.OptThink, counselling.OptChange},
		Outcome: counselling.Proceed, Present: []string{p.ID}, Words: counselling.Words{Motives: []string{"family"}, Motivation: "I miss my mother.", Afraid: "no", Plan: "business"}}, ""))
	s := screening.Screening{ID: id(), CaseID: c.ID, PersonID: p.ID, On: today, ValidUntil: today.AddDays(180), Outcome: screening.None}
	if a.care {
		s.Categories, s.Outcome = []string{"single_parent"}, screening.Support
	}
	must("screening", r.Screening.Screen(ctx, me, s))
	if a.skills != "" {
		form("skills_assessment", map[string][]string{"years_worked": {a.years}, "wish": {"business"}, "sustains": {a.skills}})
	}
	return c.ID
}

// The committee sits: a round is opened, the reasons are looked at, the word about each person is written down, somebody changes
// her mind, the others are put on the waiting list, and the round is closed.
func TestTheCommitteeSits(t *testing.T) {
	t.Parallel()
	h := house.New(t, "sqlite")
	o := &office{t: t, h: h, desks: map[string]*desk{}, seen: map[string]bool{}}
	if err := h.App.Rooms.Ledger.OpenFund(context.Background(), h.Staff["finance"], ledger.Fund{ID: h.App.Gate.IDs.New(), Code: "AMIF", Title: "AMIF and national funds", Programme: "gr-avrr", Currency: "EUR", Budget: 450_000, From: day.New(2026, 1, 1), KeepYears: 5, Shares: []ledger.Share{{Payer: "EU", Percent: 100}}}); err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{}
	for _, a := range []applicant{{"Amina", "own", "yes", "7", true}, {"Bahar", "own", "yes", "4", true}, {"Camila", "own", "no", "3", true}, {"Dina", "own", "", "", true}, {"Esra", "own", "yes", "0", false}, {"Fatima", "none", "no", "0", true}, {"Golnar", "own", "no", "1", false}} {
		cases[a.name] = applies(t, h, a)
	}
	m := o.as("supervisor")
	shot := func(p *browser.Page, name string) {
		if os.Getenv("TEST_NOSTOS_SHOTS") != "" {
			p.Screenshot("selection-" + name + ".png")
		}
	}

	// Opening: what cannot be is said at its field, and nothing typed is lost.
	m.steps("open /selection\nlook\nsee No round has been opened yet.\nclick Open a round\nlook\nsee Planned by the programme for each quarter of the year: 98.")
	shot(m.Page, "new")
	m.steps("select from = Every open case\nfill places = 4\nfill reserve = 1\nselect fund = AMIF and national funds: EUR 4,500.00 free\nfill budget = 6000\nsend\nsee Only EUR 4,500.00 are free in this fund")
	if got := m.Value("places"); got != "4" {
		t.Errorf("what was typed is lost: %q", got)
	}
	m.steps("fill budget = 4500\nsend\nsee The round is open.\nlook\nsee The program proposes. The committee decides.\nsee Here the money ends: EUR 3,000.00 of EUR 3,000.00\nsee Choose, kept place\nsee Ask first: 1 person might still have a place\nsee Would enter with EUR 1,500.00 more\nsee Provisional")
	shot(m.Page, "round")
	round := one(t, h, `SELECT id FROM selection_round`)
	at := func(name string) string { return "/selection/" + round + "/cases/" + cases[name] }

	// What more money would change, asked without changing anything.
	m.steps("fill more = much\nclick Who would enter?\nlook\nsee much")
	m.steps("fill more = 1500\nclick Who would enter?\nsee With EUR 1,500.00 more, 1 person would enter")
	m.steps("open /selection/" + round + "?sort=-points\nlook")

	// The reasons of one, beside a neighbour's.
	m.steps("open " + at("Camila") + "\nlook\nsee Why these points\nsee 40 of 40 points\nsee 20 of 30 points\nsee comes before\nsee because more points are sure")
	shot(m.Page, "candidate")
	m.steps("open " + at("Dina") + "\nlook\nsee Still to ask\nsee Do skills and experience carry the plan?\nsee with every answer in their favour it would be place 2")
	shot(m.Page, "ask")

	// The word about each person: a reason where it is not what was proposed, and never one member alone.
	m.steps("open " + at("Amina") + "\nchoose Waiting list\nclick Write down the decision\nlook\nsee Say why: this is not what was proposed, or it is a no\nsee Choose at least two people who decided")
	m.steps("choose Chosen\ncheck Giorgos Raptis\ncheck Sofia Dimou\nclick Write down the decision\nsee Written down: chosen.")
	m.steps("open " + at("Golnar") + "\nchoose Not chosen\nfill reason = She works in her brother's shop from May on\nclick Write down the decision\nsee Written down: not chosen.") // the committee is remembered

	// Amina changes her mind. Nobody asks why, and her place goes to the next, as something to do in that case.
	c := o.as("counsellor")
	c.steps("open /cases/" + cases["Amina"] + "/withdraw\nclick Yes, withdraw\nsee The place in the selection went to the next on the list")
	c.steps("open /cases/" + cases["Camila"] + "\nsee A place in the selection came free for this case: the committee decides")
	m.steps("open /selection/" + round + "\nsee Changed their mind")
	for _, name := range []string{"Bahar", "Camila", "Fatima"} {
		m.steps("open " + at(name) + "\nchoose Chosen\nclick Write down the decision\nsee Written down: chosen.")
	}
	c.steps("open /cases/" + cases["Camila"])
	c.MustNot("A place in the selection came free")
	shot(m.Page, "after")

	// The rest waits, as proposed, and the round is closed: the decisions stand in the cases, with the names of who decided.
	m.steps("click Close the round\nlook\nsee The committee has still to decide. Cases: 2\nsee Still to ask\nclick All others wait\nsee Written down: on the waiting list. Cases: 1\nsee The committee has still to decide. Cases: 1")
	m.steps("click Look at it\nchoose Waiting list\nfill reason = The talk about her skills is on Thursday; she is in the next round\nclick Write down the decision\nclick Close the round\nsee Chosen: 3. Waiting list: 2. Not chosen: 1.")
	shot(m.Page, "close")
	m.steps("click Close the round\nsee The round is closed. The decisions stand in the cases.\nlook\nclick Who was chosen\nlook\nsee Groups of fewer than 5 people are not shown\nsee 50%")
	shot(m.Page, "rates")
	m.steps("open /cases/" + cases["Bahar"] + "/eligibility\nsee Decided by the selection committee (Sofia Dimou and Giorgos Raptis) in round 1")
	m.steps("open /cases/" + cases["Golnar"] + "/eligibility\nsee She works in her brother's shop from May on")
	for _, as := range []string{"csv", "xlsx"} {
		if a := m.Get("/selection/" + round + "/export?as=" + as); a.Status != 200 || len(a.Body) < 500 {
			t.Errorf("%s: %d, %d bytes", as, a.Status, len(a.Body))
		}
	}
	// Who waits stands in the next round again.
	m.steps("open /selection/new\nselect from = Every open case\nfill places = 1\nfill reserve = 0\nfill budget = 1500\nsend\nsee Round 2, 02/03/2026\nsee On 1 waiting list before")

	// The same table on a phone, in Arabic.
	p := signIn(t, h, "supervisor", browser.Options{Width: 360, Height: 9000, Dark: true})
	speakArabic(p)
	next := one(t, h, `SELECT id FROM selection_round WHERE state = 'open'`)
	for name, path := range map[string]string{"list": "/selection", "new": "/selection/new", "round": "/selection/" + round, "open": "/selection/" + next, "more": "/selection/" + next + "?more=1500", "close": "/selection/" + next + "/close", "rates": "/selection/" + round + "/rates",
		"candidate": "/selection/" + next + "/cases/" + cases["Dina"], "decided": at("Camila")} {
		p.Goto(path)
		p.MustStatus(200)
		p.MustNot("⟦")
		p.NoSidewaysScroll()
		p.Axe()
		shot(p, "ar-"+name)
	}
	p.Goto("/selection/" + next + "/cases/" + cases["Dina"])
	p.Choose("تم الاختيار")
	p.Click("تدوين القرار")
	p.Must("اختر شخصين على الأقل ممن قرروا")
}
