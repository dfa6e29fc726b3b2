package journeys_test

import (
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
)

// After everything was decided the family wants to go to another country, to which nobody is helped at present. The program
// decides nothing: the case says what would be proposed now and why, leads to the decision, and a person takes it anew.
func TestWhatChangesAfterADecisionIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	o := openOffice(t, "postgres")
	o.quick = true
	opens(o)
	registers(o)
	consents(o)
	counsels(o)
	decides(o)
	o.quick = false
	c := o.as("counsellor")
	c.steps("open CASE\nin Next steps: see Get travel documents for everybody")
	c.Within("Next steps").MustNot("Check what they are eligible for")
	c.steps("open CASE/edit\nselect return_country = Syria\nin css:main: click css:button.go\nopen CASE")
	c.MustNot("Check what they are eligible for") // a colleague of the program looks first
	o.h.Work(casefile.JobLookAgain)
	c.steps(`
		open CASE
		see Check what they are eligible for
		see the proposal was “Eligible”, it would now be “Not eligible”
		see Not met: The country of return is one the programme serves at present.
		look
		open CASE/tasks
		see it would now be “Not eligible”
		look
		open CASE/history
		see To be looked at again: Journey home (proposed: Eligible; now: Not eligible)
		open CASE
		in Next steps: click Do this
		see The program proposes and shows why. You decide.
	`)
	for _, part := range []string{"Journey home", "Cash at departure", "Help in kind after return"} {
		within := "in " + part + ": "
		c.steps("open CASE/eligibility\n" + within + "click Decide anew\n" + within + "choose decision = not\nclick Decide: " + part + "\nsee The decision is recorded.")
	}
	c.steps("open CASE")
	c.Within("Next steps").MustNot("Check what they are eligible for")
	if n := one(t, o.h, `SELECT CAST(COUNT(*) AS TEXT) FROM eligibility_decision WHERE superseded_by = ''`); n != "4" {
		t.Errorf("%s decisions stand, 4 were taken by a person", n)
	}
}
