package upgrade

import (
	"context"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/app/demo"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

// What the invented installation holds.
const (
	noteText  = "Asked whether the school year counts."
	phone     = "+30 690 071 8293"
	paperNo   = "QX7714093"
	openCases = 3
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func historyOf(caseID string) journal.Filter { return journal.Filter{Case: caseID, Limit: 100} }

// generate writes the dumps of Version from the present schema, through the commands of the present program. Both engines
// share one key file; it belongs to nobody.
func generate(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(folder, "master.key")
	for _, engine := range []string{"sqlite", "postgres"} {
		c := place(t, engine)
		if text, err := os.ReadFile(key); err == nil { // older dumps are sealed with it
			if err := os.WriteFile(c.KeyFile(), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		clk := clock.NewFake(start)
		a, err := app.New(context.Background(), app.Options{Config: c, Clock: clk, IDs: &id.Maker{Now: clk.Now, Rand: rand.New(rand.NewSource(1))}, Demo: true, NoWork: true})
		if err != nil {
			t.Fatal(err)
		}
		fill(t, a, clk)
		if err := dump(a.DB, filepath.Join(folder, Version+"."+engine+".sql.gz")); err != nil {
			t.Fatal(err)
		}
		a.Close()
		text, err := os.ReadFile(c.KeyFile())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(key, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// fill writes a small caseload: three open cases and one withdrawn, with what is sealed in each of its ways.
func fill(t *testing.T, a *app.App, clk *clock.Fake) {
	t.Helper()
	ctx, r, newID := context.Background(), a.Rooms, a.Gate.IDs.New
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	staff, _, err := demo.Hire(ctx, a)
	must(err)
	me := staff["counsellor"]
	for i, given := range []string{"Amina", "Yusuf", "Nino", "Levan"} {
		clk.Advance(26 * time.Hour)
		p := person.Person{ID: newID(), GivenNames: given, FamilyName: "Testpour", NativeGiven: "تست", NativeLang: "fa", Sex: "unknown", BirthKind: person.Exact, BirthDate: day.New(1990+i, 5, 4), Nationality: "PK", Invented: true}
		child := person.Person{ID: newID(), GivenNames: given + " the younger", FamilyName: "Testpour", Sex: "unknown", BirthKind: person.Exact, BirthDate: day.New(2015+i, 5, 4), Nationality: "PK", Invented: true}
		for _, x := range []person.Person{p, child} {
			_, err := r.Persons.Register(ctx, me, x)
			must(err)
		}
		must(r.Persons.AddContact(ctx, me, person.Contact{ID: newID(), PersonID: p.ID, Kind: "phone", Value: phone, Safe: "only_if", SafeNote: "in the morning"}))
		must(r.Persons.AddPaper(ctx, me, person.Paper{ID: newID(), PersonID: p.ID, Kind: "passport", Number: paperNo, Country: "PK", HeldBy: "applicant"}))
		must(r.Persons.GiveConsent(ctx, me, person.Sheet{PersonID: p.ID, NoticeVersion: person.NoticeVersion, Language: "ur", Interpreter: "Invented Interpreter", Method: "signature", GivenBy: p.ID},
			person.Answer{ID: newID(), Question: person.Question{Purpose: "store", Recipient: "our_office"}}))
		c, err := r.Cases.Open(ctx, me, casefile.Opening{ID: newID(), Programme: "gr-avrr", Principal: p.ID, Members: []casefile.OpeningMember{{PersonID: child.ID, Relation: "child"}}})
		must(err)
		must(r.Cases.AddNote(ctx, me, casefile.Note{CaseID: c.ID, Kind: "note", Text: noteText}))
		must(r.Cases.AddNote(ctx, staff["protection"], casefile.Note{CaseID: c.ID, PersonID: child.ID, Kind: "note", Class: "child", Text: "Seen alone."}))
		must(r.Cases.WriteTask(ctx, me, casefile.Task{CaseID: c.ID, Title: "Ring the school"}))
		if i == openCases {
			_, err := r.Cases.Withdraw(ctx, me, c.ID, "Stays.")
			must(err)
		}
	}
}
