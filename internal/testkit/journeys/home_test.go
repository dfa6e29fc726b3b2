package journeys_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// waits is the time until the journey: a bed, the doctor, the seats, the money with its second signature.
func waits(o *office) {
	w := o.as("caseworker")
	w.tab("Stay")
	w.steps("click Book places\nlook\nselect site = Open centre Athens (4 free tonight)\ndate until = 20/3/2026\nchoose Vulnerable or a child\nin css:main: send\nsee The places are booked")
	o.as("centre").steps(`
		open /stays
		click Open centre Athens
		look
		click Mustafa Al-Jubouri
		look
		click Let them in
		look
		check The house rules were read and accepted
		check Key
		in css:main: send
		see They have moved in
		look
		open /stays/tonight
		look
		see Zahra
	`)
	w.moveOn("Fitness to travel")
	for _, who := range []string{"Mustafa", "Zahra", "Noor", "Ali"} {
		m := o.as("medical")
		m.steps("open CASE/fitness\nlook\nin " + who + ": click Record a check\nlook\nchoose result = fit\ndate valid_until = 20/3/2026\nfill doctor = Dr. Vogli\nin css:main: send\nsee The check is saved")
	}
	w.moveOn("Travel booking")
	o.as("movement").steps(`
		open /flights
		look
		fill carrier = TK
		fill number = 1844
		fill from = ATH
		fill to = BGW
		date on = 10/3/2026
		fill departs = 10:05
		fill arrives = 16:30
		fill capacity = 6
		in css:main: send
		see 6 of 6 seats free
		look
		open CASE/travel
		look
		click Book a journey
		look
		select flight = TK 1844 · 10/03/2026 · ATH–BGW · 6 seats free
		fill fare = 1200
		choose This programme
		fill pnr = NXY123
		in css:main: send
		see The journey is booked
		look
		click Ticket numbers
		look
	`)
	w.tab("Money")
	w.steps("click Keep aside\nsee The amounts are kept aside\nlook\nsee Waits for a second person.")
	s := o.as("supervisor")
	s.steps("open /approvals\nlook\nsee EUR 1,000.00")
	s.steps("open CASE/money")
	for s.Count("form[action$='/approve']") > 0 {
		s.next(`form[action$="/approve"] button`)
	}
	w.moveOn("Orientation and cash")
}

// flies is the day of the journey: cash with a receipt, the passenger list one step after the other, and the arrival.
func flies(o *office) {
	o.later(191 * time.Hour)
	m := o.as("movement")
	m.steps("open CASE/money\nlook")
	for m.Count("a[href$='/hand-over']") > 0 {
		m.next(`main a[href$="/hand-over"]`)
		m.look()
		m.Eval("document.querySelector('select[name=box]').selectedIndex = 1", nil)
		m.steps("select witness = Eleni Markou\nchoose Signed on paper\nin css:main: send\nsee The cash is handed over. Print the receipt")
	}
	var receipt string
	m.Eval(`document.querySelector('main a[href*="/print/receipt"]').getAttribute('href')`, &receipt)
	m.steps("open " + receipt + "\nlook\nsee Mustafa Al-Jubouri")
	if a := m.Get(strings.Replace(receipt, "/receipt", "/receipt.pdf", 1)); a.Status != 200 || !bytes.HasPrefix(a.Body, []byte("%PDF")) || len(a.Body) < 2000 {
		o.t.Errorf("the receipt as PDF: status %d, %d bytes", a.Status, len(a.Body))
	}
	m.steps("open /flights?day=2026-03-10\nclick TK 1844\nlook\nsee Settled")
	m.steps("click Mustafa Al-Jubouri, 4: All 4 are at the airport\nsee Done: At the airport\nclick Mustafa Al-Jubouri, 4: Hand out papers to all 4\nsee Done: Has the papers\nclick Mustafa Al-Jubouri, 4: All 4 have boarded\nsee 4 boarded, 0 here, 0 still to come\nlook")
	centre := o.as("centre")
	beds(centre, 4)
	m.steps("click Undo\nsee 0 boarded")
	beds(centre, 0)
	centre.steps("open CASE/stay\nlook\nsee In the house")
	m.steps("click Mustafa Al-Jubouri, 4: All 4 have boarded\nsee 4 boarded, 0 here, 0 still to come")
	beds(centre, 4)
	centre.steps("open CASE/history\nsee Not departed after all: Zahra is in Room 1 again, in the same bed\nsee Departed: the places of 4 ended, 4 beds are free")
	m.steps("click Print the list\nlook")
	o.later(10 * time.Hour)
	m = o.as("movement")
	m.tab("Travel")
	m.steps("click Confirm the arrival\nlook\nchoose onward = bus\nin css:main: send\nsee Arrival confirmed")
	c := o.as("counsellor")
	c.steps("open CASE\nlook\nclick More actions\nclick Hand over to another office\nlook\nselect to = Baghdad\nfill message = The family has arrived and expects a call.\nin css:main: send\nlook")
}

// beds says how many places are free tonight, as the reception sees it: nobody presses anything there when a family flies.
func beds(centre *desk, free int) {
	centre.steps(fmt.Sprintf("open /stays\nsee Free tonight %d Taken", free))
}

// accepts is the office of origin taking the case over.
func accepts(o *office) {
	r := o.as("reintegration3")
	r.steps("open /\nsee Handed over to your office\nlook\nclick Take over the case from the other office\nsee The family has arrived and expects a call.\nlook\nclick Accept the case\nsee The case is yours now.\nsee Help after arrival\nopen /work")
	r.MustNot("Handed over to your office")
}

// settles is the time at home: help on arrival, the plan with its second signature, what it buys, a visit, and the end.
func settles(o *office, officer string) {
	today := o.h.Clock.Now().Format("2/1/2006")
	r := o.as(officer)
	r.tab("Reintegration")
	r.steps("click Record help on arrival\nlook")
	for _, k := range []string{"meet", "information", "pocket_money", "shelter", "onward_transport", "health", "food", "other"} {
		r.steps("choose answer_" + k + " = not_needed")
	}
	r.steps("in css:main: send\nlook")
	r.moveOn("Reintegration counselling")
	r.moveOn("Needs and skills")
	r.tab("Reintegration")
	r.steps("click Record an assessment\nlook\nchoose economic = 2\nchoose social = 3\nchoose psychosocial = 3\nfill work_years = 6\nfill results = Wants to open a grocery shop with his brother.\nin css:main: send\nlook")
	r.moveOn("Reintegration plan")
	r.tab("Reintegration")
	r.steps(`
		click Write the plan
		look
		fill economic = Earn a living from a small shop.
		select category_0 = Small business
		fill description_0 = Stock for a grocery shop
		fill supplier_0 = Bright Traders
		select modality_0 = In kind
		fill amount_0 = 1100
		date due_0 = 10/4/2026
		select evidence_0 = Receipt
		in css:main: send
		look
		click Ask for approval
		look
		see You wrote this plan. Somebody else has to approve it.
	`)
	r.moveOn("Approval of the plan")
	o.as("manager").steps("open /approvals\nlook\nopen CASE/reintegration\nlook\nclick css:main a[href$=\"/decide\"]\nlook\nfill reason = In line with the assessment.\nclick Approve\nsee The plan is approved and its money promised")
	r.moveOn("Delivery")
	r.tab("Reintegration")
	r.steps(`
		click Small business
		look
		fill supplier_0 = Bright Traders
		fill amount_0 = 1100
		fill supplier_1 = Second Traders
		fill amount_1 = 1150
		fill supplier_2 = Third Traders
		fill amount_2 = 1190
		choose chosen = 0
		click css:form[action$="/quotes"] button.go
		look
	`)
	r.steps("click css:form[action$=\"/order\"] button.go")
	r.steps("in css:form[action$=\"/deliver\"]: date on = " + today + "\nfill invoice = INV-0042\nfill actual = 1100\nclick css:form[action$=\"/deliver\"] button.go")
	r.steps("click css:form[action$=\"/confirm\"] button.go\nlook")
	r.tab("Reintegration")
	if r.Count("form[action$='/rest'] button") > 0 {
		r.steps("click css:form[action$=\"/rest\"] button")
	}
	r.moveOn("Monitoring visits")
	r.steps("open CASE/reintegration/visits\nlook\nopen CASE/reintegration/visits/new\nlook\nchoose mode = in_person\nchoose found = yes\nchoose business = operating\nchoose income = just_enough\nfill employed = 1\nfill problems = Prices rise faster than sales.\nin css:main: send\nlook")
	r.moveOn("Closure")
	r.steps("open CASE/close\nlook\nopen CASE")
	for range 20 { // the later visits, and what the screening asked for: a case with open tasks cannot end
		if r.Count("form[action$='/finish'] button") == 0 {
			break
		}
		r.next(`form[action$="/finish"] button`)
		r.steps("see The task is done.\nopen CASE")
	}
	r.steps("open CASE/close\nlook\nselect reason = support_ended\nin css:main: send\nlook")
}

// proves reads the story back: the history tells it, the journal's tree is sound, and the ledger sums to nothing.
func proves(o *office) {
	m := o.as("manager")
	m.steps("open CASE\nlook\nopen CASE/history\nlook\nsee Closed")
	m.MustNot("⟦")
	m.steps("open /figures\nlook\nsee Figures")
	m.next(`main a[href^="/figures/returned"]`)
	m.steps("look\nsee GR-2026-000001")
	v, err := journal.Verifier(o.h.App.Ring)
	if err != nil {
		o.t.Fatal(err)
	}
	err = o.h.App.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		verdict, err := journal.Verify(ctx, tx, v, nil, nil)
		if err == nil && (!verdict.Sound() || verdict.Entries == 0) {
			err = fmt.Errorf("the journal: %d entries, %v", verdict.Entries, verdict.Findings)
		}
		return err
	})
	if err != nil {
		o.t.Error(err)
	}
	if sum := one(o.t, o.h, `SELECT CAST(COALESCE(SUM(amount), 0) AS TEXT) FROM posting`); sum != "0" {
		o.t.Errorf("the ledger does not sum to nothing: %s", sum)
	}
}
