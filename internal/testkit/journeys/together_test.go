package journeys_test

import (
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/testkit/browser"
)

// single registers one woman and opens her case, by hand.
func single(o *office) {
	c := o.as("counsellor")
	c.steps(`
		open /persons/new
		fill given_names = Amina
		fill family_name = Testpour
		fill birth_date_y = 1991
		choose Only the year is known
		click Look for this person
		choose Female
		select nationality = Pakistan
		click Register
		click Open a case
		choose programme = gr-avrr
		click Open the case
	`)
	o.path = strings.Split(c.Path(), "?")[0]
}

// Two colleagues have the same form open. The second sees what the first changed, and neither loses a word.
func TestTwoPeopleEditOneCase(t *testing.T) {
	t.Parallel()
	o := openOffice(t, "sqlite")
	single(o)
	first, second := o.as("counsellor"), o.as("caseworker")
	first.steps("open CASE\nclick Household")
	person := ids.FindAllString(one(t, o.h, `SELECT principal_id FROM casefile`), 1)[0]
	edit := "open /persons/" + person + "/edit"
	first.steps(edit)
	second.steps(edit)
	first.steps("fill birth_place = Gujrat\nfill father_name = Yusuf\nclick css:main form button.go")
	first.MustNot("Error")

	// Different answers are put together without a question.
	second.steps("fill known_as = Amna\nclick css:main form button.go\nopen /persons/" + person + "\nsee Amna\nsee Gujrat\nsee Yusuf")

	// The same answer, differently: the second sees both and nothing is overwritten.
	first.steps(edit)
	second.steps(edit)
	first.steps("fill birth_place = Lahore\nclick css:main form button.go")
	second.steps("fill birth_place = Sialkot\nfill father_name = Yusuf Ali\nclick css:main form button.go\nlook\nsee Lahore\nsee Eleni Markou")
	if got := second.Value("father_name"); got != "Yusuf Ali" {
		t.Errorf("what the second typed is lost: %q", got)
	}
	if got := one(t, o.h, `SELECT birth_place FROM person WHERE id = $1`, person); got != "Lahore" {
		t.Errorf("the first one's answer was overwritten with %q", got)
	}

	// Two notes at once are two notes.
	first.steps("open CASE\nfill Note = Called: she brings the photos.")
	second.steps("open CASE\nfill Note = The consulate has time on Thursday.\nclick Save the note")
	first.steps("click Save the note\nopen CASE/history\nsee Called: she brings the photos.\nsee The consulate has time on Thursday.\nlook")
}

// What is needed every day works where scripts do not run.
func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	o := openOffice(t, "sqlite")
	p := browser.New(t).Page(t, browser.Options{NoJS: true, Height: 2400})
	p.Goto(o.h.URL + "/sign-in")
	p.Fill("login", "counsellor")
	p.Fill("password", "wrong")
	p.Press("Enter")
	p.MustStatus(422)
	p.Fill("login", "counsellor")
	p.Fill("password", "nostos-demo-2026")
	p.Press("Enter")
	o.desks["counsellor"] = &desk{p, o}
	single(o)
	o.as("counsellor").steps(`
		fill Note = Asked for the bus times.
		click Save the note
		see Asked for the bus times.
		open /work
		in css:.band: fill q = testpour
		in css:.band: click Find
		see Amina Testpour
		open CASE/forms
		in Stay and status: click Fill in
		check s_entry_date = not_known
		click Continue
		see Answer this question
		look
		choose q_zone = island
		choose q_accommodation = none
		click Continue
		choose q_legal_status = no_right_to_stay
		click Stop and come back later
		see Unfinished, saved
		in Stay and status: click Fill in
		click Continue
		click Continue
		choose q_previous_assistance = no
		click Send the form
		see The form was sent.
		open CASE/counselling/new
		fill motivation = My mother is ill.
		click العربية
		see نتحدث اليوم
		click Stop and come back later
		see The talk is kept
		open CASE
		in Their decision: click Record a withdrawal
		look
		click Yes, withdraw
		see The case is withdrawn
	`)
}
