package journeys_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

// eight is a family of eight in a case at the stage of the decision, with two of them registered fully: somebody still has to
// be asked about the others.
func eight(t *testing.T, h *house.House) string {
	t.Helper()
	ctx, me, r := context.Background(), h.Staff["counsellor"], h.App.Rooms
	var ids []string
	for i, p := range []person.Person{{GivenNames: "Nasrin", NativeGiven: "نسرین", NativeFamily: "رحیمی", BirthDate: day.New(1989, 4, 2), Sex: "female"}, {GivenNames: "Habib", NativeGiven: "حبیب", NativeFamily: "رحیمی", BirthDate: day.New(1985, 1, 9), Sex: "male"},
		{GivenNames: "Parisa", BirthDate: day.New(2009, 5, 5), Sex: "female"}, {GivenNames: "Omid", BirthDate: day.New(2011, 8, 1), Sex: "male"}, {GivenNames: "Laleh", BirthDate: day.New(2013, 2, 2), Sex: "female"},
		{GivenNames: "Kian", BirthDate: day.New(2016, 3, 3), Sex: "male"}, {GivenNames: "Taraneh", BirthDate: day.New(2019, 7, 7), Sex: "female"}, {GivenNames: "Mohammad-Hossein", BirthDate: day.New(2023, 9, 9), Sex: "male"}} {
		p.ID, p.FamilyName, p.NativeLang, p.BirthKind, p.Nationality, p.Language, p.Invented = h.App.Gate.IDs.New(), "Rahimi", "fa", person.Exact, "IR", "fa", true
		if _, err := r.Persons.Register(ctx, me, p); err != nil {
			t.Fatal(i, err)
		}
		ids = append(ids, p.ID)
	}
	var members []casefile.OpeningMember
	for i, id := range ids[1:] {
		relation := "child"
		if i == 0 {
			relation = "spouse"
		}
		members = append(members, casefile.OpeningMember{PersonID: id, Relation: relation})
	}
	c, err := r.Cases.Open(ctx, me, casefile.Opening{ID: h.App.Gate.IDs.New(), Programme: "gr-avrr", Principal: ids[0], Members: members, ReturnCountry: "IR"})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids[:2] {
		_, err := r.Cases.SubmitForm(ctx, me, casefile.Submission{CaseID: c.ID, PersonID: id, Form: "registration_extras", Lang: "en", Say: h.App.Cat.Printer("en").T,
			Answers: map[string][]string{"zone": {"mainland"}, "accommodation": {"own"}, "legal_status": {"no_right_to_stay"}, "previous_assistance": {"no"}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return c.ID
}

// A counsellor reads the reasons, follows a question to its form, decides against the proposal with a paper; a supervisor finds
// the exception and agrees; the person's letter says no with its reason; and the case remembers it all in words.
func TestDecision(t *testing.T) {
	t.Parallel()
	o := openOffice(t, "sqlite")
	o.path = "/cases/" + eight(t, o.h)
	c := o.as("counsellor")
	c.steps(`
		open CASE/eligibility
		look
		see The program proposes and shows why. You decide.
		see Right to stay: No right to stay
		see Country of return: Iran
		see Do they want to return of their own will?
	`)
	c.next(`#part-cash a[href$="person=` + one(t, o.h, `SELECT id FROM person WHERE given_names = 'Omid'`) + `"]`)
	c.steps(`
		see Where do they live
		open CASE/files
		fill title = Letter of the landlord
		select kind = Letter
	`)
	paper := t.TempDir() + "/landlord.txt"
	if err := os.WriteFile(paper, []byte("The flat is let to somebody else from Monday on."), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Upload("file", paper)
	c.steps(`
		in Add a file: click css:button.go
		open CASE/eligibility
		in Place in the open centre: choose decision = eligible
		click Decide: Place in the open centre
		see Say why you decide otherwise than proposed
		look
		in Place in the open centre: fill reason = Their flat is gone on Monday.
		in Place in the open centre: select evidence = Letter of the landlord
		click Decide: Place in the open centre
		see It counts once a second person has agreed.
		see Their flat is gone on Monday.
		see Letter of the landlord
	`)
	s := o.as("supervisor")
	s.steps(`
		open /approvals
		look
		see Place in the open centre
		click Exceptions
		look
		see Eligible (proposed: Not clear yet)
		see Not answered yet
		click Look at it
		click Agree
		see Your word is recorded.
		open /approvals?show=exceptions
		see Agreed
		look
	`)
	shot(s.Page, "exceptions")
	c.steps(`
		open CASE/eligibility
		see ` + one(t, o.h, `SELECT name FROM staff WHERE login = 'supervisor'`) + ` agreed
		open CASE/history
		see An exception, otherwise than proposed (Not clear yet). A paper of the folder supports it. Reason: Their flat is gone on Monday.
	`)
}

func shot(p *browser.Page, name string) {
	if os.Getenv("TEST_NOSTOS_SHOTS") != "" {
		p.Screenshot(name + ".png")
	}
}

// The page of a decision on a desk and on a phone, in two directions and two lights, of a family of eight and of one in the
// demo; and on paper.
func TestDecisionOnEveryScreen(t *testing.T) {
	t.Parallel()
	h := house.Filled(t, "sqlite", 18)
	full := one(t, h, `SELECT c.id FROM casefile c JOIN office o ON o.id = c.host_office WHERE c.stage = 'TRAVEL_DOCS' AND c.state = 'open' AND o.code = 'ath' ORDER BY c.persons DESC, c.id LIMIT 1`)
	h.Staff = map[string]string{"counsellor": one(t, h, `SELECT id FROM staff WHERE login = 'counsellor'`)}
	large := eight(t, h)
	p := signIn(t, h, "counsellor", browser.Options{Height: 3000, NoJS: true})
	p.Goto("/cases/" + full + "/eligibility")
	p.Click("Print the letter")
	p.Click("Show for printing")
	p.MustStatus(200)
	p.Must("What was decided about your return")
	p.NoSidewaysScroll()
	p.Axe()
	if text := p.Text(); strings.Contains(text, "ulnerab") {
		t.Errorf("the letter tells what a screening saw: %s", text)
	}
	shot(p, "decision-letter")
	for _, opt := range []browser.Options{{Height: 3000}, {Height: 3000, Dark: true}, {Width: 360, Height: 3000}, {Width: 360, Height: 3000, Dark: true}} {
		p := signIn(t, h, "counsellor", opt)
		if opt.Width == 360 {
			speakArabic(p)
		}
		for name, id := range map[string]string{"eight": large, "demo": full} {
			t.Run(fmt.Sprintf("%s %d %v", name, opt.Width, opt.Dark), func(t *testing.T) {
				p := p.For(t)
				p.Goto("/cases/" + id + "/eligibility")
				p.MustStatus(200)
				p.MustNot("⟦")
				p.NoSidewaysScroll()
				p.Axe()
				shot(p, fmt.Sprintf("decision-%s-%d-%v", name, opt.Width, opt.Dark))
				p.Eval(`document.querySelectorAll('details.fold').forEach(d => d.open = true)`, nil)
				p.NoSidewaysScroll()
				p.Axe()
				shot(p, fmt.Sprintf("decision-%s-%d-%v-open", name, opt.Width, opt.Dark))
			})
		}
	}
}
