package decision_test

import (
	"context"
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/blob"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/packs"
	"github.com/nostos-avrr/nostos/ui"
)

// rich is a programme in which everything happens that a page of a decision can show.
const rich = `
== programme.yaml
code: test
version: "2016.1"
kind: avrr
title: {en: "Test"}
host: GR
currency: EUR
from: 2016-01-01
until: 2030-12-31
sources: {law: {title: "The law of the land", url: "https://example.org/law", as_of: 2016-01-01}, notice: {title: "A notice on the wall", as_of: 2016-01-01}}
contest: {days: 30, provisional: true}
suspended: {countries: [SY], source: law}
stages: avrr
== eligibility.yaml
components:
  - code: return
    clauses:
      - {id: voluntary, when: voluntary, key: eligibility.clause.voluntary, source: law}
      - {id: country, when: '!(return_country in suspended)', key: eligibility.clause.country_served, source: notice}
      - {id: status, when: 'legal_status in ["no_right_to_stay"]', key: eligibility.clause.legal_status, provisional: true}
  - code: cash
    clauses: [{id: country, when: '!(return_country in suspended)', key: eligibility.clause.country_served, source: law}]
  - code: accommodation
    clauses: [{id: adult, when: age >= 18, key: eligibility.clause.adult, provisional: true}]
  - code: reintegration
    conditional: eligibility.reintegration.selection
    clauses:
      - id: sustainable
        key: eligibility.clause.sustainable
        any:
          - {id: seen, when: '"trafficking" in vulnerability', key: eligibility.clause.vulnerable, provisional: true}
          - {id: adult, when: age >= 18, key: eligibility.clause.adult, provisional: true}
== entitlements.yaml
quotas: [{code: first_500, seats: 500, source: law}]
amounts:
  - code: cash
    component: cash
    modality: cash
    or: [in_kind]
    source: law
    tiers: [{id: adult, when: age >= 18, amount: "1000.00", key: eligibility.clause.adult}, {id: child, when: age < 18, amount: "500.00", key: eligibility.clause.child}]
    instalments: [{percent: 50, months: 0, after: departure}, {percent: 50, months: 6, after: arrival}]
    expires: {months: 12, after: arrival}
  - {code: post_arrival, component: cash, per: case, modality: cash, amount: "333.33", times: children, times_key: fact.children, quota: first_500, provisional: true}
  - {code: cash_island, component: cash, modality: cash, amount: "20.00", provisional: true, when: [{id: zone, when: 'nationality == "GE"', key: eligibility.clause.zone_island, source: law}]}
  - {code: cash_mainland, component: cash, modality: cash, amount: "10.00", provisional: true, when: [{id: zone, when: 'stay_zone == "mainland"', key: eligibility.clause.zone_mainland, source: law}]}
  - {code: in_kind, component: reintegration, per: case, modality: in_kind, ceiling: true, amount: "1500.00", provisional: true}
caps: [{code: family, over: [cash], amount: "2700.00", provisional: true}]
`

func richPacks(t testing.TB) *programme.Library {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, part := range strings.Split(rich, "\n== ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		fsys["test/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	form, err := fs.ReadFile(packs.Files, "gr-avrr/forms/registration_extras.yaml")
	must(t.(*testing.T), err)
	fsys[path.Join("test/forms/registration_extras.yaml")] = &fstest.MapFile{Data: form}
	lib, err := programme.Load(fsys)
	must(t.(*testing.T), err)
	return lib
}

type site struct {
	*world.World
	d   *decision.Domain
	cat *i18n.Catalogue
	h   http.Handler
}

func open(t *testing.T, base *db.DB) *site {
	t.Helper()
	w := world.New(t, base)
	w.Packs = richPacks(t)
	w.Cases.Packs = w.Packs
	store, err := blob.New(t.TempDir(), nil)
	must(t, err)
	w.Cases.Files = store
	cat, err := i18n.Load(locales.Files)
	must(t, err)
	s := &web.Server{Cat: cat, SignIn: "/sign-in", Hooks: web.Hooks{
		Who: func(r *http.Request) (string, string, string, error) {
			return w.Staff[r.Header.Get("X-User")], "s", r.Header.Get("X-Lang"), nil
		},
		May: func(ctx context.Context, user, perm string) error {
			can, _, err := w.Gate.May(ctx, user, perm)
			if err == nil && !can[perm] {
				err = fault.New(fault.Denied, "fault.denied")
			}
			return err
		},
		Shell: func(*web.Request) ui.Shell { return ui.Shell{User: "x"} },
	}}
	d := &decision.Domain{Cases: w.Cases, Printer: cat.Printer, Letter: func(string) bool { return true }}
	d.More = []decision.Facts{everybody("voluntary", "yes")}
	d.Routes(s)
	return &site{w, d, cat, s.Handler()}
}

// everybody knows a fact about all people.
func everybody(name string, values ...string) decision.Facts {
	return func(_ context.Context, _ *gate.R, _ []casefile.Case, known decision.Known) error {
		for _, people := range known {
			for _, p := range people {
				if err := p.Facts.Set(name, values...); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func (s *site) do(t *testing.T, who, method, path string, want int, form url.Values) string {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("X-User", who)
	r.Header.Set("X-Lang", "en")
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	s.h.ServeHTTP(rec, r)
	if rec.Code != want {
		t.Fatalf("%s %s %s: %d, want %d\n%.400s", who, method, path, rec.Code, want, words(rec.Body.String()))
	}
	if n := s.cat.Missing(); n > 0 {
		t.Fatalf("texts are missing: %v", s.cat.MissingKeys())
	}
	return rec.Body.String()
}

func (s *site) page(t *testing.T, who, caseID string) string {
	t.Helper()
	return s.do(t, who, "GET", "/cases/"+caseID+"/eligibility", 200, nil)
}

var tags, spaces = regexp.MustCompile(`(?s)<svg.*?</svg>|<[^>]*>`), regexp.MustCompile(`\s+`)

// words are what a reader reads of a page.
func words(body string) string {
	if i := strings.Index(body, "<main"); i >= 0 {
		body = body[i:]
	}
	return spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(body, " ")), " ")
}

func says(t *testing.T, body string, want ...string) {
	t.Helper()
	text := words(body)
	for _, w := range want {
		if !strings.Contains(text, w) && !strings.Contains(body, w) {
			t.Errorf("the page does not say %q\n%s", w, text)
		}
	}
}

func never(t *testing.T, body string, not ...string) {
	t.Helper()
	for _, w := range not {
		if strings.Contains(words(body), w) || strings.Contains(body, w) {
			t.Errorf("the page says %q\n%s", w, words(body))
		}
	}
}

// Every reason is in words, with what was known, where it is written, the document it comes from, and the way to what is missing.
func TestReasonsAreReadable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *db.DB) {
		s := open(t, e)
		c, people := s.Family()
		_, err := s.Cases.SubmitForm(ctx, s.Staff["counsellor"], casefile.Submission{CaseID: c.ID, PersonID: people[0], Form: "registration_extras", Lang: "en", Say: s.cat.Printer("en").T,
			Answers: map[string][]string{"zone": {"island"}, "legal_status": {"not_known"}, "previous_assistance": {"no"}}})
		must(t, err)
		body := s.page(t, "counsellor", c.ID)
		says(t, body, "Not clear yet 1 question is open.", "Met Wants to return of their own will", "Own will: Yes · recorded in: Counselling", "Country of return: Pakistan · recorded in: Case details",
			`<a href="https://example.org/law" rel="noreferrer"><bdi>The law of the land</bdi></a>`, `href="/programmes/test/2016.1#source-notice"`, "Provisional",
			"Not known yet Is not an EU citizen", `<a href="/cases/`+c.ID+`/forms/registration_extras?person=`+people[0]+`">What is their right to stay?</a>`,
			"One of these is enough", "May be chosen Every condition is met. The programme has help in kind for fewer people",
			"The program proposes and shows why. You decide.")
		// Amounts: tiers by age, the family's cap, parts with their time, what is counted, places, other ways, and what is not due.
		says(t, body, "EUR 1,000.00 each", "Is 18 years or older", "EUR 500.00: on departure EUR 500.00: 6 months after arrival", "Can be used until: 12 months after arrival", "In cash, or instead: In kind",
			"EUR 200.00", "Cut by Most that a family receives together, from EUR 500.00", "EUR 666.66", "2 × EUR 333.33: Number of children", "500 places left: Is among the first 500 who applied",
			"Up to EUR 1,500.00", "Only for those who are chosen", "amounts are not due: why", "Not met Lives on an island", "Nationality: Pakistan", "Together EUR 3,366.66")
		// The island is known of the mother alone: of the others it is asked by name.
		says(t, body, "Do they live on the mainland or on an island?", `href="/cases/`+c.ID+`/forms/registration_extras?person=`+people[2]+`"`)
		// Children come out differently where age counts: they are named.
		says(t, body, "For 2 other members of the family it is different", "Sara Testpour Bilal Testpour Not eligible Not met Is 18 years or older Age: 10 years Sara Testpour · recorded in: Personal record Age: 7 years Bilal Testpour")
		if n := strings.Count(body, `name="decision" value="eligible" checked`); n != 2 { // cash and accommodation are clear
			t.Errorf("%d answers are chosen beforehand", n)
		}
		pack := s.Packs.All()[0]
		pack.Quotas[0].Seats = 1
		says(t, s.page(t, "counsellor", c.ID), "1 place left: Is among the first 500 who applied")
		pack.Quotas[0].Seats = 0
		says(t, s.page(t, "counsellor", c.ID), "Package after arrival", "Not met Is among the first 500 who applied")
	})
}

// A fact is linked to the very form it was written in.
func TestFactsLeadToTheirForm(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	c, people := s.Family()
	rec, err := s.Cases.SubmitForm(ctx, s.Staff["counsellor"], casefile.Submission{CaseID: c.ID, PersonID: people[0], Form: "registration_extras", Lang: "en", Say: s.cat.Printer("en").T,
		Answers: map[string][]string{"zone": {"mainland"}, "legal_status": {"no_right_to_stay"}, "previous_assistance": {"no"}}})
	must(t, err)
	body := s.page(t, "counsellor", c.ID)
	says(t, body, "Right to stay: No right to stay · recorded in: Stay and status", `href="/cases/`+c.ID+`/records/`+rec.ID+`"`, "Eligible Every condition is met.")
	s.d.Leads = func(_ *org.Actor, pattern string) bool { return false }
	never(t, s.page(t, "counsellor", c.ID), "/records/", "/forms/", `href="/programmes`, "Letter to the person")
}

// Whoever may not decide reads the page, and finds no form; a decision they send all the same is refused.
func TestReadingIsNotDeciding(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *db.DB) {
		s := open(t, e)
		c, _ := s.Family()
		body := s.page(t, "movement", c.ID)
		says(t, body, "You can read this page. A colleague who may decide does so.", "Met Wants to return of their own will")
		never(t, body, "<form", "Decide:")
		s.do(t, "movement", "POST", "/cases/"+c.ID+"/eligibility", http.StatusForbidden, url.Values{"component": {"cash"}, "decision": {"eligible"}})
		s.do(t, "other", "GET", "/cases/"+c.ID+"/eligibility", http.StatusNotFound, nil)
		if n := s.Count(`SELECT COUNT(*) FROM eligibility_decision`); n != 0 {
			t.Fatalf("%d decisions", n)
		}
	})
}

func (s *site) attach(t *testing.T, who, caseID, kind, title string) string {
	t.Helper()
	a, err := s.Cases.Attach(ctx, s.Staff[who], casefile.Attachment{CaseID: caseID, Kind: kind, Title: title, FileName: "x.txt"}, strings.NewReader("A letter, long enough to be a text of some kind."))
	must(t, err)
	return a.ID
}

// An exception: the reason is asked at its field, a paper supports it, a second person agrees, and the case remembers it in words.
func TestException(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *db.DB) {
		s := open(t, e)
		c, _ := s.Family()
		paper := s.attach(t, "counsellor", c.ID, "letter", "Letter of the landlord")
		elsewhere := s.attach(t, "counsellor", s.Case(s.Person("Omar", "Alone", "male", "1980-01-02", "PK")).ID, "letter", "Another case's letter")
		at := "/cases/" + c.ID + "/eligibility"
		send := url.Values{"component": {"cash"}, "decision": {"not"}, "evidence": {paper}, "id": {s.Gate.IDs.New()}}
		body := s.do(t, "counsellor", "POST", at, 422, send)
		says(t, body, `<a href="#f-reason-cash">Say why you decide otherwise than proposed</a>`, `id="f-reason-cash-error"`, `value="`+paper+`" selected`, `name="decision" value="not" checked`, send.Get("id"))
		never(t, body, `id="f-reason-return-error"`)
		send.Set("reason", "The house was sold.")
		send.Set("evidence", elsewhere)
		says(t, s.do(t, "counsellor", "POST", at, 422, send), `<a href="#f-evidence-cash">Choose a paper of this case</a>`, "The house was sold.")
		send.Set("evidence", paper)
		s.do(t, "counsellor", "POST", at, http.StatusSeeOther, send)
		body = s.page(t, "counsellor", c.ID)
		says(t, body, "Decided: Not eligible Waits for a second person", "Decided by Test counsellor, 02/03/2026 09:00, programme version 2016.1", "Proposed: Eligible", "The house was sold.", "Evidence: Letter of the landlord", "You decided this yourself", "Decided on the facts and rules above; nothing has changed since.")
		never(t, body, ">Agree<")
		body = s.page(t, "supervisor", c.ID)
		says(t, body, ">Agree<")
		s.do(t, "supervisor", "POST", at+"/"+send.Get("id")+"/second", http.StatusSeeOther, url.Values{"agree": {"1"}})
		body = s.page(t, "counsellor", c.ID)
		says(t, body, "Test supervisor agreed", "Decided: Not eligible", "Decide anew")
		never(t, body, "EUR 1,000.00") // what was refused is not due
		if got := s.Actions(c.ID); !strings.Contains(strings.Join(got, " "), "eligibility.exception eligibility.agreed") {
			t.Errorf("the history has %v", got)
		}
		must(t, s.Cases.RemoveAttachment(ctx, s.Staff["counsellor"], c.ID, paper))
		says(t, s.page(t, "counsellor", c.ID), "Letter of the landlord (taken out of the folder)")
	})
}

// A paper of a class that the reader is not cleared for is not even mentioned, neither to choose nor as evidence.
func TestEvidenceOfAClass(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	c, _ := s.Family()
	paper := s.attach(t, "medical", c.ID, "medical", "Finding of the doctor")
	_, err := s.d.Decide(ctx, s.Staff["manager"], decision.Deciding{ID: s.Gate.IDs.New(), CaseID: c.ID, Component: "cash", Decision: "not", Reason: "ask the doctor", Evidence: paper})
	must(t, err)
	says(t, s.page(t, "manager", c.ID), "Evidence: Finding of the doctor")
	never(t, s.page(t, "counsellor", c.ID), "Finding of the doctor", "Evidence: ")
	_, err = s.d.Decide(ctx, s.Staff["counsellor"], decision.Deciding{ID: s.Gate.IDs.New(), CaseID: c.ID, Component: "cash", Decision: "not", Reason: "ask the doctor", Evidence: paper})
	refused(t, err, fault.Invalid, "decision.err.evidence")
}

// What a screening saw stays with those who may read it: the page says that something was looked at, and no more.
func TestWhatAScreeningSawIsKept(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	c, _ := s.Family()
	s.d.More = append(s.d.More, everybody("vulnerability", "trafficking"))
	says(t, s.page(t, "manager", c.ID), "Was found to be in a vulnerable situation", "Trafficking")
	body := s.page(t, "counsellor", c.ID)
	says(t, body, "Met A situation that the screening looks at", "Situations seen in the screening: noted in the screening · recorded in: Protection screening")
	never(t, body, "rafficking", "Was found to be in a vulnerable situation")
}

// A case that has ended shows what was decided, and no form; of a person who was erased, it shows that, too.
func TestEndedAndErased(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *db.DB) {
		s := open(t, e)
		c, people := s.Family()
		_, err := s.d.Decide(ctx, s.Staff["counsellor"], decision.Deciding{ID: s.Gate.IDs.New(), CaseID: c.ID, Component: "cash", Decision: "not", Reason: "Zyzzyva"})
		must(t, err)
		_, err = s.Cases.Withdraw(ctx, s.Staff["counsellor"], c.ID, "")
		must(t, err)
		body := s.page(t, "supervisor", c.ID)
		says(t, body, "The case has ended. Nothing more is decided here.", "Zyzzyva", "Met The country of return")
		never(t, body, "<form")
		s.Persons.MayErase = func(context.Context, *gate.R, string) (string, []any, error) { return "", nil, nil }
		must(t, s.Persons.Erase(ctx, s.Staff["manager"], people[0]))
		body = s.page(t, "supervisor", c.ID)
		says(t, body, "This person’s data was erased", "Decided: Not eligible", "Why it was decided can no longer be read")
		never(t, body, "Zyzzyva", "The country of return", "<form", "Letter to the person")
	})
}

// When what is known changes after a decision, the page says what the program proposes now; the decision stands.
func TestChangedSince(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	c, _ := s.Family()
	_, err := s.d.Decide(ctx, s.Staff["counsellor"], decision.Deciding{ID: s.Gate.IDs.New(), CaseID: c.ID, Component: "cash", Decision: "eligible"})
	must(t, err)
	never(t, s.page(t, "counsellor", c.ID), "has changed since then")
	must(t, s.Cases.SetReturnCountry(ctx, s.Staff["counsellor"], c.ID, "SY"))
	says(t, s.page(t, "counsellor", c.ID), "What is known has changed since then. Now the program proposes: Not eligible", "Decided: Eligible", "What the rules said then (version 2016.1)", "Country of return: Pakistan", "Letter to the person", "within 30 days of being told. Provisional")
}

// The list of exceptions holds each decision against the proposal once, newest first, within the reader's scope.
func TestExceptions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *db.DB) {
		s := open(t, e)
		var want []string
		for i := range 5 {
			c, _ := s.Family()
			s.Clock.Advance(60e9)
			dec, err := s.d.Decide(ctx, s.Staff["counsellor"], decision.Deciding{ID: s.Gate.IDs.New(), CaseID: c.ID, Component: "cash", Decision: map[bool]string{true: "eligible", false: "not"}[i == 0], Reason: "because"})
			must(t, err)
			if dec.SecondNeeded {
				want = append([]string{dec.ID}, want...)
			}
		}
		read := func(who string) (got []string) {
			at, id := "", ""
			for {
				var xs []decision.Exception
				must(t, s.Gate.Read(ctx, s.Staff[who], casefile.PermView, func(ctx context.Context, r *gate.R) (err error) {
					xs, err = decision.Exceptions(ctx, r, at, id, 3)
					return err
				}))
				for _, x := range xs {
					got = append(got, x.ID)
				}
				if len(xs) < 3 {
					return got
				}
				at, id = xs[2].Cursor()
			}
		}
		if got := read("supervisor"); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("got %v, want %v", got, want)
		}
		if got := read("other"); len(got) != 0 {
			t.Errorf("another office sees %v", got)
		}
	})
}
