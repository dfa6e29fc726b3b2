// Package world is the small invented office that tests work in: two host offices, two offices of origin, one person in
// every role, and a programme with all stages that asks for nothing. Tests build the rest with a few calls.
package world

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/crypt"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/packs"
)

// Start is the moment at which every test begins: a Monday morning.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// World is the office.
type World struct {
	T       testing.TB
	DB      *db.DB
	Clock   *clock.Fake
	Ring    *crypt.Keyring
	Gate    *gate.Gate
	Offices map[string]string // athens, thessaloniki, islamabad, tbilisi -> id
	// Staff by role code, all of the Athens office but for reintegration and monitoring (Islamabad); "other" is a
	// counsellor of Thessaloniki, "second" another supervisor, "counsellor2" another counsellor of Athens.
	Staff   map[string]string
	Persons *person.Domain
	Cases   *casefile.Domain
	Packs   *programme.Library
}

// TestPack is a programme with all stages and no requirements.
func TestPack() *programme.Pack {
	p := &programme.Pack{Code: "test", Version: "1", Kind: "avrr", Host: "GR", Currency: "EUR", From: day.New(2016, 1, 1),
		Phases: []string{"contact", "counselling", "decision", "documents", "travel", "departure", "reintegration"}}
	for _, s := range []struct{ code, phase, task string }{
		{"OUTREACH", "contact", ""}, {"REGISTRATION", "contact", "register"}, {"CONSENT", "contact", "take_consent"}, {"COUNSELLING", "counselling", "counsel"}, {"SCREENING", "counselling", "screen"},
		{"ELIGIBILITY", "decision", "check_eligibility"}, {"VRD", "decision", "sign_declaration"}, {"TRAVEL_DOCS", "documents", "request_documents"}, {"CLEARANCE", "documents", "ask_clearance"},
		{"ACCOMMODATION", "travel", "arrange_stay"}, {"FIT_TO_TRAVEL", "travel", "book_medical"}, {"MOVEMENT", "travel", "book_travel"}, {"PREDEPARTURE_CASH", "departure", "prepare_cash"},
		{"DEPARTED", "departure", "confirm_departure"}, {"IN_TRANSIT", "departure", "confirm_transit"}, {"ARRIVED", "departure", "confirm_arrival"}, {"POST_ARRIVAL", "reintegration", "post_arrival"},
		{"ASSESSMENT", "reintegration", "assess"}, {"REINT_PLAN", "reintegration", "write_plan"}, {"PLAN_APPROVAL", "reintegration", "approve_plan"}, {"DELIVERY", "reintegration", "deliver"},
		{"MONITORING", "reintegration", "visit"}, {"CLOSED", "reintegration", "close"},
	} {
		p.Stages = append(p.Stages, programme.Stage{Code: s.code, Phase: s.phase, Task: s.task, DueDays: 7, DueUnit: "calendar",
			Optional: s.code == "ACCOMMODATION" || s.code == "IN_TRANSIT", Aside: s.code == "ACCOMMODATION" || s.code == "IN_TRANSIT"})
	}
	return p
}

// Clause is a clause of a test's programme; its condition must be readable.
func Clause(id, when string) programme.Clause {
	c, ms := programme.Condition(when)
	if c == nil {
		panic(fmt.Sprint(when, ms))
	}
	return programme.Clause{ID: id, When: c, Key: "eligibility.clause.voluntary"}
}

// New makes the office in a fresh database.
func New(t testing.TB, d *db.DB) *World {
	t.Helper()
	w := &World{T: t, DB: d, Clock: clock.NewFake(Start), Ring: crypt.NewKeyring(Start), Offices: map[string]string{}, Staff: map[string]string{}}
	w.Gate = &gate.Gate{DB: d, Vault: crypt.NewVault(w.Ring, w.Clock), Clock: w.Clock, IDs: &id.Maker{Now: w.Clock.Now}, Zone: time.UTC}
	w.Packs = programme.NewLibrary(TestPack())
	w.Persons = &person.Domain{Gate: w.Gate, Visible: casefile.PersonInScope, Renamed: casefile.Renamed}
	w.Cases = &casefile.Domain{Gate: w.Gate, Packs: w.Packs, Persons: w.Persons, Conditions: map[string]casefile.Condition{}}
	ctx := context.Background()
	text, err := packs.Files.ReadFile("roles.yaml")
	w.must(err)
	roles, err := org.ParseRoles(text)
	w.must(err)
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, o := range []org.Office{{Code: "athens", Name: "Athens", Kind: "host", Country: "GR", Zone: "Europe/Athens"}, {Code: "thessaloniki", Name: "Thessaloniki", Kind: "host", Country: "GR", Zone: "Europe/Athens"},
			{Code: "islamabad", Name: "Islamabad", Kind: "origin", Country: "PK", Zone: "Asia/Karachi"}, {Code: "tbilisi", Name: "Tbilisi", Kind: "origin", Country: "GE", Zone: "Asia/Tbilisi"}} {
			o.ID, o.Active = w.Gate.IDs.New(), true
			w.Offices[o.Code] = o.ID
			if err := org.InsertOffice(ctx, tx, o); err != nil {
				return err
			}
		}
		if err := org.InsertStaff(ctx, tx, org.Staff{ID: org.SystemID, Login: "system", Name: "Nostos", OfficeID: "", Language: "en", Active: true, System: true, CreatedAt: Start}); err != nil {
			return err
		}
		if _, err := org.AddMissingRoles(ctx, tx, roles); err != nil {
			return err
		}
		hire := func(login, role, office string) error {
			s := org.Staff{ID: w.Gate.IDs.New(), Login: login, Name: "Test " + login, OfficeID: w.Offices[office], Language: "en", Active: true, CreatedAt: Start}
			w.Staff[login] = s.ID
			if err := org.InsertStaff(ctx, tx, s); err != nil {
				return err
			}
			limit := w.Offices[office]
			if role == "admin" || role == "auditor" || role == "manager" {
				limit = ""
			}
			return org.GiveRole(ctx, tx, s.ID, role, limit, "")
		}
		for _, r := range roles {
			office := "athens"
			if r.Code == "reintegration" || r.Code == "monitoring" {
				office = "islamabad"
			}
			if err := hire(r.Code, r.Code, office); err != nil {
				return err
			}
		}
		for _, x := range [][3]string{{"other", "counsellor", "thessaloniki"}, {"second", "supervisor", "athens"}, {"counsellor2", "counsellor", "athens"}} {
			if err := hire(x[0], x[1], x[2]); err != nil {
				return err
			}
		}
		return nil
	})
	w.must(err)
	return w
}

func (w *World) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Person registers an invented person in Athens. The birth date is "YYYY-MM-DD", or "" for unknown.
func (w *World) Person(given, family, sex, birth, nationality string) string {
	w.T.Helper()
	in := person.Person{ID: w.Gate.IDs.New(), GivenNames: given, FamilyName: family, Sex: sex, BirthKind: person.Unknown, Nationality: nationality, OfficeID: w.Offices["athens"], Invented: true}
	if birth != "" {
		in.BirthDate, in.BirthKind = day.MustParse(birth), person.Exact
	}
	_, err := w.Persons.Register(context.Background(), w.Staff["counsellor"], in)
	w.must(err)
	return in.ID
}

// Case opens a case of the test programme in Athens, owned by the counsellor.
func (w *World) Case(principal string, members ...casefile.OpeningMember) casefile.Case {
	w.T.Helper()
	c, err := w.Cases.Open(context.Background(), w.Staff["counsellor"], casefile.Opening{ID: w.Gate.IDs.New(), Programme: "test", Principal: principal, Members: members, ReturnCountry: "PK"})
	w.must(err)
	return c
}

// Family opens a case for a mother, a father and two children.
func (w *World) Family() (c casefile.Case, persons []string) {
	w.T.Helper()
	persons = []string{w.Person("Amina", "Testpour", "female", "1991-05-04", "PK"), w.Person("Yusuf", "Testpour", "male", "1988-02-11", "PK"),
		w.Person("Sara", "Testpour", "female", "2015-09-30", "PK"), w.Person("Bilal", "Testpour", "male", "2019-01-17", "PK")}
	return w.Case(persons[0], casefile.OpeningMember{PersonID: persons[1], Relation: "spouse"}, casefile.OpeningMember{PersonID: persons[2], Relation: "child"}, casefile.OpeningMember{PersonID: persons[3], Relation: "child"}), persons
}

// At moves a case to a stage by force, as if all stages before it had been done.
func (w *World) At(caseID, stage string) casefile.Case {
	w.T.Helper()
	var c casefile.Case
	w.must(w.Gate.Write(context.Background(), org.SystemID, casefile.PermMove, func(ctx context.Context, g *gate.W) error {
		var err error
		if c, err = casefile.ByID(ctx, &g.R, caseID); err != nil {
			return err
		}
		c.Stage = stage
		if err := casefile.Save(ctx, g, &c); err != nil {
			return err
		}
		return casefile.Record(ctx, g, c, journal.Entry{Action: "case.moved"})
	}))
	return c
}

// Get reads a case as the system.
func (w *World) Get(caseID string) (c casefile.Case) {
	w.T.Helper()
	w.must(w.Gate.Read(context.Background(), org.SystemID, casefile.PermView, func(ctx context.Context, r *gate.R) error {
		var err error
		c, err = casefile.ByID(ctx, r, caseID)
		return err
	}))
	return c
}

// Count counts rows: w.Count("SELECT COUNT(*) FROM booking WHERE …", args…).
func (w *World) Count(q string, args ...any) int64 {
	w.T.Helper()
	var n int64
	w.must(w.DB.Read(context.Background(), func(ctx context.Context, t *db.Tx) error {
		var err error
		n, err = db.One(ctx, t, db.Value[int64], q, args...)
		return err
	}))
	return n
}

// Actions lists the journal's actions about a case, oldest first.
func (w *World) Actions(caseID string) (out []string) {
	w.T.Helper()
	w.must(w.DB.Read(context.Background(), func(ctx context.Context, t *db.Tx) error {
		var err error
		out, err = db.All(ctx, t, db.Value[string], `SELECT action FROM journal WHERE case_id = $1 ORDER BY seq`, caseID)
		return err
	}))
	return out
}

// String helps when a test prints its world.
func (w *World) String() string {
	return fmt.Sprintf("world on %s at %s", w.DB.Engine(), w.Clock.Now())
}
