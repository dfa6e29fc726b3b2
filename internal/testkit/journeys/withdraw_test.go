package journeys_test

import (
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/testkit/browser"
)

// The day before the flight somebody says no. Two clicks, and seat, bed and money are free; nobody can be sent on board by
// mistake, and who changes their mind again can come back. This one runs on PostgreSQL.
func TestWithdrawalTheDayBeforeTheFlight(t *testing.T) {
	t.Parallel()
	o := openOffice(t, "postgres")
	o.quick = true
	opens(o)
	registers(o)
	consents(o)
	counsels(o)
	decides(o)
	papers(o)
	waits(o)
	o.later(7*24*time.Hour - time.Hour)
	o.quick = false

	m, centre := o.as("movement"), o.as("centre")
	m.steps("open /flights?day=2026-03-10\nsee 2 of 6 seats free\nclick TK 1844")
	centre.steps("open /stays\nclick Open centre Athens\nsee 0 of 4")

	// From the case it is one click to the question and one to say yes; at the gate, on a phone, it is the same.
	c := o.as("counsellor")
	c.steps("open CASE\nin Their decision: click Record a withdrawal\nlook\nsee Yes, withdraw")
	phone := &desk{signIn(t, o.h, "movement", browser.Options{Width: 360, Height: 2400}), o}
	phone.steps("open /flights?day=2026-03-10\nclick TK 1844\nlook\nclick Changed their mind\nlook\nclick Yes, withdraw\nsee The case is withdrawn\nsee What was freed\nlook")
	t.Log(phone.Within("What was freed").Text())
	c.steps("open CASE/money\nlook\nopen CASE/travel\nlook")
	for _, state := range []string{"planned", "approved"} {
		if n := one(t, o.h, `SELECT CAST(COUNT(*) AS TEXT) FROM ledger_line WHERE state = $1`, state); n != "0" {
			t.Errorf("%s amounts are still %s", n, state)
		}
	}

	// The passenger list was open on the colleague's screen all the time.
	m.steps("click Mustafa Al-Jubouri, 4: All 4 are at the airport")
	m.MustNot("Done: At the airport")
	m.steps("open /flights?day=2026-03-10\nsee 6 of 6 seats free\nlook\nclick TK 1844\nlook")
	if n := m.Count("form[action*='/step'] button.go"); n != 0 {
		t.Errorf("%d people of a withdrawn family can still be sent on board", n)
	}
	centre.Reload()
	centre.MustNot("0 of 4")
	centre.steps("see 4 of 4\nlook")

	o.as("supervisor").steps("open CASE/reopen\nlook\nfill reason = They want to go after all.\nin css:main: send\nlook")
	c.steps("open CASE\nsee Their decision")
}
