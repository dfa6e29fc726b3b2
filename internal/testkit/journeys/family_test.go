package journeys_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// registers is the morning at the front desk: a lead, then a family of four, and their case.
func registers(o *office) {
	c := o.as("counsellor")
	c.steps(`
		look
		open /leads
		look
		click Write down a lead
		look
		fill contact = +30 690 000 1111, after 17:00
		choose A friend or relative
		select language = Arabic
		select nationality = Iraq
		fill people = 4
		fill call_d = 3
		fill call_m = 3
		fill call_y = 2026
		fill note = Wants to go home with wife and two children.
		click Save
		look
		click 03/03/2026
		look
		click Register this person
		look
		fill given_names = Mustafa
		fill family_name = Al-Jubouri
		fill native_given = مصطفى
		fill native_family = الجبوري
		fill birth_date_d = 14
		fill birth_date_m = 3
		fill birth_date_y = 1988
		choose Exact
		click Look for this person
		look
		select native_lang = Arabic
		choose Male
		select documented_nationality = Iraq
		select civil_status = Married
		check Needs an interpreter
		click Register
		look
		click Register a family member
		look
		fill given_names = Zahra
		fill native_given = زهراء
		fill birth_date_d = 2
		fill birth_date_m = 9
		fill birth_date_y = 1991
		choose Exact
		click Look for this person
		choose Female
		click Register
		click Register a family member
		fill given_names = Noor
		fill family_name = Al-Jubouri
		fill birth_date_y = 2016
		choose Only the year is known
		click Look for this person
		select role = Child
		choose Female
		click Register
		click Open a case
		look
		choose programme = gr-avrr
		see Born in 2016, day not known · Iraq
		check Noor Al-Jubouri
		check Zahra
		click Open the case
		see is open.
		see 3 people, 1 child
	`)
	o.path = strings.Split(c.Path(), "?")[0]
	c.steps(`
		open /leads?state=became_case
		see +30 690 000 1111
		open CASE
		click Household
		click Register a new person
		fill given_names = Ali
		fill family_name = Al-Jubouri
		fill birth_date_d = 5
		fill birth_date_m = 5
		fill birth_date_y = 2019
		choose Exact
		click Look for this person
		see Is it one of these people?
		see Born in 2016, day not known
		click None of these: register a new person
		select role = Child
		choose Male
		click Register
		see Ali Al-Jubouri
		open CASE
		see 4 people, 2 children
	`)
	c.steps(`
		look
		click Done: Register the person and the family
		see The task is done.
	`)
}

// consents is the talk about data, in two languages; a parent answers for the children.
func consents(o *office) {
	c := o.as("counsellor")
	c.moveOn("Consent")
	c.steps("see Explain and take consent")
	for _, who := range []string{"Mustafa", "Zahra", "Noor", "Ali"} {
		c.tab("Household")
		c.steps("click " + who + "\nlook\nclick Ask for consent\nin css:nav.subnav: click العربية\nlook\nsee May we prepare your arrival\nsee هل يمكننا أن نحضّر وصولك")
		var names []string
		c.Eval(`[...new Set([...document.querySelectorAll('input[type=radio][name^=a_]')].map(e => e.name))]`, &names)
		for _, n := range names {
			answer := "yes"
			if strings.Contains(n, "photo") {
				answer = "no"
			}
			c.steps("choose " + n + " = " + answer)
		}
		switch who {
		case "Zahra":
			c.steps("choose Spoken, with a witness\nfill interpreter = Leyla Aziz\nfill witness = Kostas Vlachos")
		default:
			c.steps("choose Signature\nfill interpreter = Leyla Aziz")
		}
		c.steps("click Save the answers\nsee The answers are saved\nlook")
	}
	c.steps("open CASE\nclick Done: Explain and take consent")
	c.moveOn("Return counselling")
}

// counsels is the talk: stopped in the middle, gone on with, checked and saved. Then everybody is screened.
func counsels(o *office) {
	c := o.as("counsellor")
	c.steps("see Nobody has counselled the applicant yet")
	c.tab("Counselling")
	c.steps(`
		click Record a talk
		look
		choose type = information
		check Zahra
		choose way = phone
		fill interpreter = Leyla Aziz
		check options = asylum
		check options = stay
		check options = appeal
		check options = return
		check motives = family
		fill motivation = My mother is ill and alone.
		click Stop and come back later
		see The talk is kept
		look
		click Go on
		check options = think
		check options = change_mind
		choose afraid = no
		choose plan = business
		choose outcome = proceed
		check topics = programme
		check topics = documents
		click Check and save
		look
		see My mother is ill and alone.
		click Save the talk
		see The talk is saved
	`)
	c.moveOn("Protection screening")
	for range 4 {
		c.steps("open CASE\nclick Move on\nclick css:main li:first-child a[href*=\"/screening/\"]\nlook\ncheck Family with children\nchoose Keep an eye on it\nclick Save\nlook")
	}
	c.moveOn("Eligibility")
}

// opens is what stands before the first family comes: a fund, a cash box, a house with a room.
func opens(o *office) {
	o.as("finance").steps(`
		open /funds/new
		look
		fill title = AMIF and national funds
		fill budget = 60000000
		date from = 1/1/2024
		date until = 31/12/2027
		fill code = AMIF-GR
		fill shares = AMIF 75
		click Save
		see Together they make 100
	`)
	if got := o.as("finance").Value("code"); got != "AMIF-GR" {
		o.t.Errorf("what was typed is lost: %q", got)
	}
	o.as("finance").Eval(`document.querySelector('[name=shares]').value = "AMIF 75\nNational 25"`, nil)
	o.as("finance").steps(`
		click Save
		look
		open /funds
		look
		see AMIF-GR
		open /cash/new
		look
		fill title = Airport
		select office = Athens
		click Save
		look
		click Airport
		look
		click css:main a[href$="/fill"]
		look
		fill amount = 5000
		click css:main form button.go
		see 5,000.00
		look
	`)
	o.as("centre").steps(`
		open /stays
		look
		click Add a house
		look
		fill name = Open centre Athens
		fill official = 20
		fill maximum = 24
		click Save
		look
		click Add a room
		look
		fill name = Room 1
		fill beds = 4
		click Save
		see Room 1
		look
	`)
}

// decides is eligibility, with the trace read, and the declaration of each of the four.
func decides(o *office) {
	c := o.as("counsellor")
	for _, who := range []string{"Mustafa Al-Jubouri", "Zahra", "Noor Al-Jubouri", "Ali Al-Jubouri"} {
		c.steps("open CASE\nclick More actions\nclick Forms\nlook\nin Stay and status: in " + who + ": click Fill in\nlook")
		c.steps(`
			choose q_zone = mainland
			check s_entry_date = not_known
			choose q_entry_route = prefer_not_to_say
			choose q_accommodation = none
			click Continue
			choose q_legal_status = no_right_to_stay
			click Continue
			click Continue
			click Continue
			click Send the form
			see Answer this question
			choose q_previous_assistance = no
			click Send the form
			see The form was sent.
		`)
	}
	c.steps(`
		open CASE/eligibility
		look
		see Wants to return of their own will
		see The program proposes and shows why. You decide.
	`)
	for _, part := range []string{"Journey home", "Cash at departure", "Place in the open centre", "Help in kind after return"} {
		reason := ""
		if part == "Help in kind after return" { // there is not enough for all: why this family
			reason = "in " + part + ": fill reason = Looked at with the family.\n"
		}
		c.steps("in " + part + ": choose decision = eligible\n" + reason + "click Decide: " + part + "\nsee The decision is recorded.")
	}
	c.moveOn("Declaration of voluntary return")
	for _, who := range []string{"Mustafa Al-Jubouri", "Zahra", "Noor Al-Jubouri", "Ali Al-Jubouri"} {
		part := "in Record a declaration: "
		c.steps("open CASE/declaration\nlook\n" + part + "choose " + who + "\nselect language = Arabic\n" + part + "choose Signed on the screen")
		if strings.HasSuffix(who, "Al-Jubouri") && !strings.HasPrefix(who, "Mustafa") {
			c.steps("select guardian = Mustafa Al-Jubouri")
		}
		c.steps(part + "click css:button.go\nsee The declaration is recorded.")
	}
	c.moveOn("Travel documents")
}

// papers asks for four travel documents and for the word of the police, and writes down what came.
func papers(o *office) {
	w := o.as("caseworker")
	w.steps("open /cases?q=Jubouri\nlook\nclick Mustafa Al-Jubouri")
	for _, who := range []string{"Mustafa Al-Jubouri", "Zahra", "Noor Al-Jubouri", "Ali Al-Jubouri"} {
		w.tab("Documents")
		w.steps("click Ask for a travel document\nlook\nselect person = " + who + "\nchoose Laissez-passer\nclick Save\nsee Written down")
	}
	for i := range 4 {
		w.tab("Documents")
		w.steps(fmt.Sprintf("in css:main section:has(a[href$=\"documents/new\"]) li:nth-of-type(%d): click Write down how it stands\nlook\nchoose Issued\ndate issued_on = 2/3/2026\ndate expires_on = 1/9/2026\nfill number = LP00000%d\ndate office_on = 2/3/2026\nclick Save\nsee Saved", i+1, i))
	}
	w.moveOn("Clearance by the authorities")
	w.tab("Documents")
	w.steps("click Ask an authority\nlook\nchoose Police\nclick Save")
	for i := range 4 {
		w.tab("Documents")
		w.steps(fmt.Sprintf("in css:main section:has(a[href$=\"clearance/new\"]) li:nth-of-type(%d): click Write down the answer\nlook\nchoose reply = go\ndate valid_until = 1/6/2026\nclick Save", i+1))
	}
}

func TestFamilyReturnsHome(t *testing.T) {
	t.Parallel()
	o := openOffice(t, "sqlite")
	opens(o)
	registers(o)
	consents(o)
	counsels(o)
	decides(o)
	papers(o)
	waits(o)
	flies(o)
	accepts(o)
	settles(o, "reintegration3")
	proves(o)
}
