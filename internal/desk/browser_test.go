package desk_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

func TestBrowser_pagesFitAndAxeFindsNothing(t *testing.T) {
	dir := os.Getenv("TEST_NOSTOS_SHOTS") // pictures are kept only when somebody wants to look at them
	h := open(t, dbtest.SQLite(t))
	in := person.Person{ID: h.Gate.IDs.New(), GivenNames: "Sarmad", FamilyName: "Haddad", NativeGiven: "سرمد", NativeFamily: "حداد", NativeLang: "ar", Sex: "male", BirthKind: person.Exact, BirthDate: day.MustParse("1991-03-14"), Nationality: "IQ", Language: "ar", Interpreter: true, OfficeID: h.Offices["athens"], Invented: true}
	if _, err := h.Persons.Register(ctx, h.Staff["counsellor"], in); err != nil {
		t.Fatal(err)
	}
	c := h.Case(in.ID, casefile.OpeningMember{PersonID: h.Person("Noor", "Haddad", "female", "2019-03-03", "IQ"), Relation: "child"})
	h.At(c.ID, "TRAVEL_DOCS")
	h.caseload(14)
	for _, x := range []casefile.Task{{Title: "Chase laissez-passer with the consulate", DueOn: day.MustParse("2026-02-26")}, {Title: "Record fit-to-travel certificate for Noor", DueOn: day.MustParse("2026-03-03"), WaitingOn: "doctor", WaitingUntil: day.MustParse("2026-03-09")}, {Title: "Book interpreter for the talk", DueOn: day.MustParse("2026-03-04")}} {
		x.CaseID = c.ID
		if err := h.Cases.WriteTask(ctx, h.Staff["counsellor"], x); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Cases.AddNote(ctx, h.Staff["counsellor"], casefile.Note{CaseID: c.ID, Kind: "call", Text: "Called. They will bring the photos on Thursday."}); err != nil {
		t.Fatal(err)
	}
	b := browser.New(t)
	for _, width := range []int{1280, 320} {
		for _, lang := range []string{"en", "ar"} {
			for _, dark := range []bool{false, true} {
				p := b.Page(t, browser.Options{Width: width, Height: map[int]int{1280: 1000, 320: 5000}[width], Dark: dark, Lang: lang}) // tall: the bar of a phone covers nothing
				p.Goto(h.url + "/healthz")
				p.Eval(fmt.Sprintf(`document.cookie="who=%s";document.cookie="tongue=%s"`, h.Staff["caseworker"], lang), nil)
				for name, path := range map[string]string{"work": "/work?desk=action", "cases": "/cases", "case": "/cases/" + c.ID, "household": "/cases/" + c.ID + "/household", "calendar": "/calendar", "search": "/search?q=haddad", "help": "/help", "approvals": "/approvals"} {
					p.Goto(h.url + path)
					p.NoSidewaysScroll()
					if dark == (lang == "ar") {
						p.Axe()
					}
					if name == "case" { // the menu of actions fits, too
						p.Eval(`document.querySelector('.ident details').open = true`, nil)
						p.NoSidewaysScroll()
					}
					if dir != "" {
						p.Screenshot(fmt.Sprintf("desk-%s-%d-%s-%v.png", name, width, lang, dark))
					}
				}
			}
		}
	}
}
