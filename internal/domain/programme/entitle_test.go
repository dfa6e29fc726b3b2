package programme_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// rich is a programme that uses everything an amount can be.
const rich = `
== versions/2024.1/programme.yaml
code: rich
version: "2024.1"
kind: avrr
title: {en: "Rich"}
host: DE
currency: EUR
from: 2024-01-01
until: 2024-12-31
phases: [first]
stages: [{code: CLOSED, phase: first}]
== versions/2024.1/eligibility.yaml
components:
  - {code: cash, clauses: [{id: will, when: voluntary, key: eligibility.clause.voluntary, provisional: true}]}
== programme.yaml
code: rich
version: "2025.1"
kind: avrr
title: {en: "Rich"}
host: DE
currency: EUR
from: 2025-01-01
until: 2025-12-31
phases: [first]
stages: [{code: CLOSED, phase: first}]
lists:
  visa_free: {countries: [GE, UA], provisional: true}
== eligibility.yaml
shared:
  - {id: will, when: voluntary, key: eligibility.clause.voluntary, provisional: true}
components:
  - {code: cash, clauses: [will]}
  - {code: help, clauses: [will]}
== entitlements.yaml
quotas:
  - {code: first, seats: 500, provisional: true}
amounts:
  - code: start
    component: cash
    modality: cash
    provisional: true
    tiers:
      - {id: adult, when: age >= 18, amount: "1000.00", key: eligibility.clause.voluntary}
      - {id: child, when: age < 18, amount: "500.00", key: eligibility.clause.voluntary}
    instalments: [{percent: 50, months: 0, after: departure}, {percent: 50, months: 6, after: arrival}]
  - {code: per_child, component: cash, per: case, modality: cash, amount: "333.33", times: children, times_key: eligibility.clause.voluntary, provisional: true}
  - {code: early, component: help, modality: service, or: [cash], currency: NOK, amount: "10000", quota: first, provisional: true,
     when: [{id: window, when: 'application_date >= date("2025-04-25") && application_date <= date("2025-06-06")', key: eligibility.clause.voluntary, provisional: true}]}
  - {code: document, component: cash, modality: cash, amount: "50.00", retroactive: true, provisional: true,
     when: [{id: given, when: known(travel_document_given_on), key: eligibility.clause.voluntary, provisional: true}]}
  - {code: visa, component: cash, modality: cash, amount: "20.00", provisional: true, expires: {months: 12, after: arrival},
     when: [{id: list, when: '!(nationality in visa_free)', key: eligibility.clause.voluntary, provisional: true}]}
caps:
  - {code: family, over: [start], amount: "2200.00", provisional: true}
`

func richPack(t testing.TB) *programme.Library {
	t.Helper()
	lib, err := programme.Load(unpack(rich))
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func member(id string, facts ...string) programme.PersonFacts {
	f := programme.Facts{"voluntary": {"yes"}}
	for i := 0; i+1 < len(facts); i += 2 {
		f[facts[i]] = []string{facts[i+1]}
	}
	return programme.PersonFacts{PersonID: id, Facts: f}
}

// said writes lines so that they can be compared: who, what, how much, and what is special about it.
func said(ls []programme.Line) string {
	var out []string
	for _, l := range ls {
		s := l.PersonID + " " + l.Code + " " + l.Amount.String()
		if l.Tier != "" {
			s += " " + l.Tier
		}
		if l.Times > 0 {
			s += fmt.Sprintf(" ×%d", l.Times)
		}
		if l.CappedBy != "" {
			s += " capped from " + l.Uncapped.Decimal()
		}
		if len(l.Asks) > 0 {
			s += " asks " + strings.Join(l.Asks, ",")
		}
		out = append(out, strings.TrimSpace(s))
	}
	return strings.Join(out, "; ")
}

func TestAmounts(t *testing.T) {
	p, err := richPack(t).Version("rich", "2025.1")
	if err != nil {
		t.Fatal(err)
	}
	family := []programme.PersonFacts{member("a", "age", "40", "children", "2", "nationality", "GE"), member("b", "age", "39", "children", "2", "nationality", "IQ"), member("c", "age", "7", "nationality", "GE")}
	for _, c := range []struct{ name, got, want string }{
		{"tiers, times, cap and list", said(programme.Entitlements(p, family)), "a start EUR 1000.00 adult; per_child EUR 666.66 ×2; a  EUR 0.00 asks travel_document_given_on; a  NOK 0.00 asks application_date; " +
			"b start EUR 1000.00 adult; b visa EUR 20.00; b  EUR 0.00 asks travel_document_given_on; b  NOK 0.00 asks application_date; c start EUR 200.00 child capped from 500.00; c  EUR 0.00 asks travel_document_given_on; c  NOK 0.00 asks application_date"},
		{"an age that is not known", said(programme.Entitlements(p, []programme.PersonFacts{member("a", "children", "0", "nationality", "GE", "application_date", "2025-04-24", "travel_document_given_on", "2025-01-01")})),
			"a document EUR 50.00; a  EUR 0.00 asks age"},
		{"in the window", said(programme.Entitlements(p, []programme.PersonFacts{member("a", "age", "17", "children", "0", "nationality", "GE", "application_date", "2025-06-06", "travel_document_given_on", "2025-01-01")})),
			"a start EUR 500.00 child; a document EUR 50.00; a early NOK 10000.00"},
	} {
		if c.got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, c.got, c.want)
		}
	}
}

func TestQuotaInstalmentsAndWhatIsNotDue(t *testing.T) {
	p, _ := richPack(t).Version("rich", "2025.1")
	who := []programme.PersonFacts{member("a", "age", "40", "children", "0", "nationality", "IQ", "application_date", "2025-05-01", "travel_document_given_on", "2025-01-01")}
	full := func(s programme.Seat) programme.Entitled {
		return programme.Entitle(p, programme.Question{People: who, Seats: func(code, _ string) programme.Seat {
			if code != "first" {
				t.Errorf("asked for the quota %q", code)
			}
			return s
		}})
	}
	for name, c := range map[string]struct {
		seat programme.Seat
		due  bool
	}{"places left": {programme.Seat{Left: 1}, true}, "none left": {programme.Seat{}, false}, "none left, one held": {programme.Seat{Held: true}, true}} {
		e := full(c.seat)
		if due := strings.Contains(said(e.Lines), "early"); due != c.due || due == strings.Contains(said(e.NotDue), "early") {
			t.Errorf("%s: due %s; not due %s", name, said(e.Lines), said(e.NotDue))
		}
	}
	for _, l := range full(programme.Seat{Left: 1}).Lines {
		switch l.Code {
		case "start":
			if len(l.Instalments) != 2 || l.Instalments[0].Amount.Minor != 50000 || l.Instalments[1] != (programme.Payment{Amount: money.Of(50000, "EUR"), Period: programme.Period{Months: 6, After: "arrival"}}) {
				t.Errorf("instalments %+v", l.Instalments)
			}
		case "visa":
			if l.Expires != (programme.Period{Months: 12, After: "arrival"}) {
				t.Errorf("expires %+v", l.Expires)
			}
		}
	}
	totals, err := programme.Totals(full(programme.Seat{Left: 1}).Lines)
	if err != nil || fmt.Sprint(totals) != "[EUR 1070.00 NOK 10000.00]" {
		t.Errorf("totals %v %v", totals, err)
	}
}

// TestRetroactive: what a newer version grants for what happened before is due to those who stay under the older one.
func TestRetroactive(t *testing.T) {
	p, _ := richPack(t).Version("rich", "2024.1")
	if got, want := said(programme.Entitlements(p, []programme.PersonFacts{member("a", "travel_document_given_on", "2024-02-01")})), "a document EUR 50.00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCapsAndInstalmentsAreExact: a family never gets more than the cap, and loses no cent of what it gets.
func TestCapsAndInstalmentsAreExact(t *testing.T) {
	p, _ := richPack(t).Version("rich", "2025.1")
	rapid.Check(t, func(t *rapid.T) {
		var people []programme.PersonFacts
		var uncapped int64
		for i := range rapid.IntRange(1, 9).Draw(t, "people") {
			age := rapid.IntRange(0, 70).Draw(t, "age")
			people = append(people, member(fmt.Sprint(i), "age", fmt.Sprint(age)))
			if uncapped += 50000; age >= 18 {
				uncapped += 50000
			}
		}
		var sum int64
		for _, l := range programme.Entitlements(p, people) {
			if l.Code != "start" {
				continue
			}
			sum += l.Amount.Minor
			var parts int64
			for _, in := range l.Instalments {
				parts += in.Amount.Minor
			}
			if parts != l.Amount.Minor {
				t.Fatalf("instalments make %d of %d", parts, l.Amount.Minor)
			}
		}
		if want := min(uncapped, 220000); sum != want {
			t.Fatalf("the family gets %d, want %d", sum, want)
		}
	})
}

// TestReadFacts: what is not said is not known; what can be counted is counted.
func TestReadFacts(t *testing.T) {
	for text, want := range map[string]string{
		"{voluntary: true, age: 7}": "applicant age=7 children=1 household_size=1 relation=principal voluntary=yes",
		"case: {return_country: GE}\npeople: [{id: mother, facts: {age: 34}}, {age: 3, relation: child, vulnerability: []}]": "mother age=34 children=1 household_size=2 relation=principal return_country=GE; " +
			"person_2 age=3 children=1 household_size=2 relation=child return_country=GE vulnerability=",
		`{"people": [{"id": "a", "age": null}]}`: "a household_size=1 relation=principal",
		"people: []":                             "facts:1:1: found nobody, expected at least one person",
		"age: minus":                             `facts:1:6: found "minus", expected a whole number`,
		"agee: 3":                                `facts:1:1: found "agee", expected age? (all facts: nostos programme facts)`,
	} {
		people, ms := programme.ReadFacts("facts", []byte(text))
		var got []string
		for _, m := range ms {
			got = append(got, m.String())
		}
		if len(ms) == 0 {
			for _, p := range people {
				s := p.PersonID
				for _, f := range programme.Catalogue() {
					if v, ok := p.Facts[f.Name]; ok {
						s += " " + f.Name + "=" + strings.Join(v, ",")
					}
				}
				got = append(got, s)
			}
		}
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%s:\n got %s\nwant %s", text, s, want)
		}
	}
}

func TestWordsOfAPack(t *testing.T) {
	cat := catalogue(t)
	fsys := fstest.MapFS{"xx/locales/en.json": {Data: []byte(`{"entitlement.golden_goose": "A goose"}`)}}
	if err := programme.Words(fsys, cat); err != nil || cat.Printer("en").T("entitlement.golden_goose") != "A goose" || cat.Printer("fr").T("entitlement.golden_goose") != "A goose" {
		t.Errorf("%v", err)
	}
	own := fstest.MapFS{"programme.yaml": {}, "locales/en.json": {Data: []byte(`{"entitlement.silver_goose": "Another goose"}`)}}
	if err := programme.Words(own, cat); err != nil || cat.Printer("en").T("entitlement.silver_goose") != "Another goose" {
		t.Errorf("the words of a programme in a folder of its own: %v", err)
	}
	for text, want := range map[string]string{`{"common.save": "Burn"}`: "begin with one of", `{"entitlement.golden_goose": "Two"}`: "twice", `{"entitlement.cash_mainland": "Nothing"}`: "twice", `{`: "xx/locales/en.json"} {
		if err := programme.Words(fstest.MapFS{"xx/locales/en.json": {Data: []byte(text)}}, cat); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := programme.Words(fstest.MapFS{"xx/locales/zz.json": {Data: []byte(`{}`)}}, cat); err == nil {
		t.Error("a language nobody knows")
	}
}
