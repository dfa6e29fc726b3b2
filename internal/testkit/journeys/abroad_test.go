package journeys_test

import (
	"context"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/app/demo"
	"github.com/nostos-avrr/nostos/internal/desk/signin"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

// hireAbroad opens an office in another country, with one counsellor in it.
func hireAbroad(t *testing.T, h *house.House, login string, o org.Office) {
	t.Helper()
	a := h.App
	o.ID, o.Kind, o.Active = a.Gate.IDs.New(), "host", true
	err := a.Gate.Batch(context.Background(), org.SystemID, "org.manage", func(ctx context.Context) error {
		if err := a.Rooms.Admin.SaveOffice(ctx, org.SystemID, o); err != nil {
			return err
		}
		id, err := signin.AddUser(ctx, a.Gate, org.SystemID, signin.NewUser{Login: login, Name: "Jana Testova", Email: login + "@nostos.example", Office: o.Code, Language: "en", Roles: []org.Held{{Role: "counsellor", OfficeID: o.ID}}})
		if err != nil {
			return err
		}
		hash, err := signin.HashPassword(ctx, demo.Password)
		if err != nil {
			return err
		}
		return signin.PutHash(ctx, a.Gate, org.SystemID, hash, id)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A mother and her son from Türkiye in an office that has just opened in Berlin: the counsellor chooses among the programmes of the
// country, asks once for both, and sees what is due, what is not and why.
func TestACaseInAnotherCountry(t *testing.T) {
	t.Parallel()
	o := openOffice(t, "sqlite")
	hireAbroad(t, o.h, "berlin", org.Office{Code: "ber", Name: "Berlin", Country: "DE", Zone: "Europe/Berlin"})
	c := o.as("berlin")
	c.steps(`
		open /persons/new
		fill given_names = Elif
		fill family_name = Testpour
		fill birth_date_y = 1991
		choose Only the year is known
		click Look for this person
		choose Female
		select nationality = Türkiye
		click Register
		click Register a family member
		fill given_names = Deniz
		fill family_name = Testpour
		fill birth_date_y = 2015
		choose Only the year is known
		click Look for this person
		select role = Child
		choose Male
		select nationality = Türkiye
		click Register
		click Open a case
		look
		see StarthilfePlus: more support after voluntary return from Germany
		see European reintegration programme (EURP), from Germany
		choose Assisted voluntary return from Germany (REAG/GARP)
	`)
	if n := c.Count("input[name=programme]"); n != 3 {
		t.Errorf("%d programmes to choose from in Berlin", n)
	}
	c.steps(`
		check Deniz
		click Open the case
		see 2 people, 1 child
	`)
	o.path = strings.Split(c.Path(), "?")[0]
	// Six months to the day: he was registered on 2 September, she applies on 2 March.
	c.steps(`
		open CASE/forms
		look
		in Stay and status: click Fill in
		look
		see What is answered here holds for everybody in the case.
		choose q_legal_status = asylum_applicant
		date q_stay_since = 2/9/2025
		choose q_stay_since_evidence = register_entry
		click Send the form
		see The form was sent.
		open CASE/eligibility
		look
		see Is not a Turkish national, or had been here for more than six months when they applied
		see Federal Office for Migration and Refugees: conditions for Turkish nationals from 1 July 2024
		in Help to start again: see Not eligible
		in Journey home: see Not clear yet
		in Journey home: see Can they pay for the journey themselves?
	`)
	// The stamp that was found later says a day earlier.
	c.steps(`
		open CASE/forms
		in Stay and status: click Fill in
		date q_stay_since = 1/9/2025
		choose q_stay_since_evidence = entry_stamp
		click Send the form
		open CASE/eligibility
		in Help to start again: see Not clear yet
	`)
	// Her son came later than she did: what differs is asked of him alone.
	c.steps(`
		open CASE/forms
		in One person’s own situation: in Deniz: click Fill in
		look
		see Only for somebody whose situation differs
		date q_stay_since = 1/2/2026
		choose q_stay_since_evidence = entry_stamp
		click Send the form
		see The form was sent.
	`)
	caseID := ids.FindString(o.path)
	since := map[string]string{}
	err := o.h.App.Gate.Read(context.Background(), org.SystemID, casefile.PermView, func(ctx context.Context, r *gate.R) error {
		x, err := casefile.ByID(ctx, r, caseID)
		if err != nil {
			return err
		}
		people, err := o.h.App.Rooms.Decision.People(ctx, r, x)
		for _, p := range people {
			since[p.Facts["relation"][0]] = strings.Join(append(p.Facts["stay_since"], p.Facts["legal_status"]...), " ")
		}
		return err
	})
	if err != nil || since["principal"] != "2025-09-01 asylum_applicant" || since["child"] != "2026-02-01 asylum_applicant" {
		t.Errorf("known of each: %v, %v", since, err)
	}
}
