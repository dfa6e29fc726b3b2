package journeys_test

import (
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
		open /work
		click New case
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
		select nationality = Iraq
		select documented_nationality = Iraq
		select civil_status = Married
		select language = Arabic
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
		select nationality = Iraq
		select language = Arabic
		select native_lang = Arabic
		click Register
		click Register a family member
		fill given_names = Noor
		fill family_name = Al-Jubouri
		fill birth_date_y = 2016
		choose Only the year is known
		click Look for this person
		select role = Child
		choose Female
		select nationality = Iraq
		select language = Arabic
		click Register
		click Register a family member
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
		select nationality = Iraq
		click Register
		click Open a case
		look
		see Born in 2016, day not known · Iraq
		check Noor Al-Jubouri
		check Ali Al-Jubouri
		check Zahra
		click Open the case
		see is open.
		see 4 people, 2 children
	`)
	o.path = strings.Split(c.Path(), "?")[0]
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

func TestFamilyReturnsHome(t *testing.T) {
	o := openOffice(t, "sqlite")
	registers(o)
	consents(o)
	counsels(o)
}
