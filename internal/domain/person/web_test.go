package person_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/ui"
)

// site is the person pages behind a server that believes the header X-User.
type site struct {
	t   *testing.T
	w   *world.World
	h   http.Handler
	cat *i18n.Catalogue
	s   *web.Server
}

func newSite(t *testing.T) *site {
	w := world.New(t, dbtest.SQLite(t))
	cat, err := i18n.Load(locales.Files)
	must(t, err)
	s := &web.Server{Cat: cat, Hooks: web.Hooks{
		Who: func(r *http.Request) (string, string, string, error) { return r.Header.Get("X-User"), "s", "en", nil },
		May: func(ctx context.Context, user, perm string) error {
			can, _, err := w.Gate.May(ctx, user, perm)
			if err == nil && !can[perm] {
				return fault.New(fault.Denied, "fault.denied")
			}
			return err
		},
		Shell: func(*web.Request) ui.Shell { return ui.Shell{User: "x"} },
	}}
	w.Persons.Routes(s)
	return &site{t, w, s.Handler(), cat, s}
}

// do asks for a page, or posts a form, and checks the status; no page may show a missing text.
func (s *site) do(user, method, path string, form url.Values, want int) string {
	s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("X-User", s.w.Staff[user])
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	s.h.ServeHTTP(rec, r)
	text := rec.Body.String()
	if rec.Code != want {
		s.t.Fatalf("%s %s: %d, want %d\n%s", method, path, rec.Code, want, visible(text))
	}
	if i := strings.Index(text, "⟦"); i >= 0 {
		s.t.Errorf("%s %s shows a missing text: %s", method, path, text[i:min(len(text), i+80)])
	}
	if want == http.StatusSeeOther {
		return rec.Header().Get("Location")
	}
	return text
}

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

func visible(page string) string { return tags.ReplaceAllString(page, " ") }

// hiddenValues reads the hidden fields of a page's forms.
func hiddenValues(page string) url.Values {
	out := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		out.Set(m[1], html.UnescapeString(m[2]))
	}
	return out
}

func shows(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			t.Errorf("the page does not show %q:\n%s", w, visible(page))
		}
	}
}

func with(base url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range base {
		out[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

func TestRegisterOnPages(t *testing.T) {
	s := newSite(t)
	known := s.w.Person("Amina", "Testpour", "female", "1991-05-04", "PK")
	page := s.do("counsellor", "GET", "/persons/new", nil, 200)
	first := with(hiddenValues(page), "given_names", "Amina", "family_name", "Testpour", "birth_date_d", "4", "birth_date_m", "5", "birth_date_y", "1991", "birth_kind", "exact", "number", "AB<1>")
	page = s.do("counsellor", "POST", "/persons/new/check", first, 200)
	shows(t, page, "/persons/"+known, "Same name", "None of these")
	page = s.do("counsellor", "POST", "/persons/new/form", hiddenValues(page), 200)
	shows(t, page, `value="Amina"`, `value="Testpour"`, `value="1991"`, "AB&lt;1&gt;")
	form := with(hiddenValues(page), "given_names", "Amina", "family_name", "Testpour", "birth_date_d", "1", "birth_date_m", "1", "birth_date_y", "1900", "birth_kind", "exact", "sex", "female", "paper_kind", "passport", "number", "AB<1>", "held_by", "applicant")
	page = s.do("counsellor", "POST", "/persons", form, 422)
	shows(t, page, "stands for", `value="1900"`, `value="Testpour"`, "<title>Error")
	to := s.do("counsellor", "POST", "/persons", with(form, "birth_date_y", "1992"), 303)
	page = s.do("counsellor", "GET", to, nil, 200)
	shows(t, page, "/cases/new?person=", "/persons/new?family_of=")
	id := strings.Split(to, "/")[2]
	shows(t, s.do("counsellor", "GET", "/persons/"+id, nil, 200), "AB&lt;1&gt;", "Passport", "With the person", "1992", "Registered")
	// The next member of the family, from the same page.
	page = s.do("counsellor", "GET", "/persons/new?family_of="+id, nil, 200)
	page = s.do("counsellor", "POST", "/persons/new/check", with(hiddenValues(page), "given_names", "Zara", "birth_date_y", "2016"), 200)
	to = s.do("counsellor", "POST", "/persons", with(hiddenValues(page), "given_names", "Zara", "birth_date_y", "2016", "sex", "female", "role", "child"), 303)
	if to != "/persons/"+id+"/registered" {
		t.Errorf("after a family member: %s", to)
	}
	shows(t, s.do("counsellor", "GET", "/persons/"+id, nil, 200), "Zara", "Child")
	shows(t, s.do("counsellor", "GET", "/persons?q=zara", nil, 200), "Zara", "2016")
	shows(t, s.do("counsellor", "GET", "/persons?q=nobodyhere", nil, 200), "Nobody found")
	shows(t, s.do("other", "POST", "/persons/new/check", with(first, "id", id), 200), "another office", "Athens")
	s.do("counsellor", "POST", "/persons/new/check", url.Values{"id": {id}}, 422)
}

func TestTwoEditOnPages(t *testing.T) {
	s := newSite(t)
	id := s.w.Person("Amina", "Testpour", "female", "1991-05-04", "PK")
	base := url.Values{"rev": {"1"}, "given_names": {"Amina"}, "family_name": {"Testpour"}, "birth_date_d": {"4"}, "birth_date_m": {"5"}, "birth_date_y": {"1991"}, "birth_kind": {"exact"}, "sex": {"female"}, "nationality": {"PK"}}
	s.do("counsellor", "POST", "/persons/"+id+"/edit", with(base, "family_name", "Testpoor", "birth_place", "Lahore"), 303)
	page := s.do("counsellor2", "POST", "/persons/"+id+"/edit", with(base, "family_name", "Testpur", "father_name", "Karim"), 422)
	shows(t, page, "Testpoor", `value="Testpur"`, `value="Karim"`, "Saved by somebody else")
	s.do("counsellor2", "POST", "/persons/"+id+"/edit", with(base, "family_name", "Testpur", "father_name", "Karim", "seen_family_name", hiddenValues(page).Get("seen_family_name")), 303)
	if p := get(t, s.w, id); p.FamilyName != "Testpur" || p.FatherName != "Karim" || p.BirthPlace != "Lahore" {
		t.Errorf("kept %+v", p)
	}
}

func TestPersonPages(t *testing.T) {
	s := newSite(t)
	id := s.w.Person("Amina", "Testpour", "female", "1991-05-04", "PK")
	at := "/persons/" + id
	page := s.do("counsellor", "GET", at+"/contacts", nil, 200)
	contact := with(hiddenValues(page), "kind", "phone", "value", "0300 1234567", "safe", "only_if", "preferred", "yes")
	shows(t, s.do("counsellor", "POST", at+"/contacts", contact, 422), "Say when and how it is safe", "0300 1234567")
	s.do("counsellor", "POST", at+"/contacts", with(contact, "safe_note", "mornings only"), 303)
	page = s.do("counsellor", "GET", at+"/papers", nil, 200)
	paper := with(hiddenValues(page), "kind", "passport", "number", "X1234567", "country", "PK", "held_by", "applicant", "expires_on_d", "31", "expires_on_m", "2", "expires_on_y", "2027")
	shows(t, s.do("counsellor", "POST", at+"/papers", paper, 422), "date that exists", `value="31"`)
	s.do("counsellor", "POST", at+"/papers", with(paper, "expires_on_d", "28"), 303)
	page = s.do("counsellor", "GET", at, nil, 200)
	shows(t, page, "mornings only", "Only under a condition", "X1234567", "Phone (preferred)")
	row := func(kind string) string {
		return regexp.MustCompile(`/persons/` + id + `/` + kind + `/([0-9a-f-]{36})`).FindString(page)
	}
	for _, edit := range []string{row("contacts"), row("papers"), row("papers") + "/move", at + "/names", at + "/links", at + "/consent", at + "/edit"} {
		s.do("counsellor", "GET", edit, nil, 200)
	}
	s.do("counsellor", "POST", row("papers")+"/move", url.Values{"held_by": {"consulate"}}, 303)
	s.do("counsellor", "POST", row("contacts"), with(hiddenValues(s.do("counsellor", "GET", row("contacts"), nil, 200)), "kind", "phone", "value", "0300 7654321", "safe", "yes"), 303)
	shows(t, s.do("counsellor", "GET", at, nil, 200), "At the consulate", "0300 7654321")
	s.do("counsellor", "POST", row("contacts")+"/remove", url.Values{}, 303)
	page = s.do("counsellor", "GET", at+"/names", nil, 200)
	s.do("counsellor", "POST", at+"/names", with(hiddenValues(page), "kind", "alias", "given_names", "Mina"), 303)
	sister := s.w.Person("Sara", "Testpour", "female", "1993-05-04", "PK")
	page = s.do("counsellor", "POST", at+"/links", with(hiddenValues(s.do("counsellor", "GET", at+"/links", nil, 200)), "other_name", "sara"), 200)
	shows(t, page, sister)
	s.do("counsellor", "POST", at+"/links", with(hiddenValues(page), "other_name", "sara", "other", sister, "role", "sibling"), 303)
	shows(t, s.do("counsellor", "GET", at, nil, 200), "Mina", "Sara", "Sister or brother")

	for _, p := range []string{"/class", "/holds", "/erase"} {
		s.do("manager", "GET", at+p, nil, 200)
		s.do("counsellor", "GET", at+p, nil, 403)
	}
	page = s.do("manager", "GET", at+"/holds", nil, 200)
	s.do("manager", "POST", at+"/holds", with(hiddenValues(page), "kind", "grant", "reason", "audit of 2027", "until_d", "1", "until_m", "6", "until_y", "2027"), 303)
	page = s.do("manager", "GET", at+"/erase", nil, 200)
	shows(t, page, "cannot be erased now", "01/06/2027"[6:])
	if strings.Contains(page, "Erase for good") {
		t.Error("a button that would be refused")
	}
	s.do("manager", "POST", at+"/erase", url.Values{"sure": {"yes"}}, 422)
	page = s.do("manager", "GET", at+"/holds", nil, 200)
	s.do("manager", "POST", regexp.MustCompile(`/persons/[^"]*/release`).FindString(page), url.Values{}, 303)
	s.do("manager", "POST", at+"/erase", url.Values{}, 422)
	s.do("manager", "POST", at+"/erase", url.Values{"sure": {"yes"}}, 303)
	page = s.do("manager", "GET", at, nil, 200)
	shows(t, page, "Erased person", "was erased")
	if strings.Contains(page, "Testpour") && !strings.Contains(page, "Sara") {
		t.Error("the name is still there")
	}
}

func TestConsentTalkInTwoLanguages(t *testing.T) {
	s := newSite(t)
	id := s.w.Person("Amina", "Testpour", "female", "1991-05-04", "AF")
	at := "/persons/" + id + "/consent"
	for _, l := range []string{"ar", "fa", "el", "fr", "en"} {
		page := s.do("counsellor", "GET", at+"?lang="+l, nil, 200)
		shows(t, page, `lang="`+l+`" dir="`+ui.Dir(l)+`"`, s.cat.Printer(l).T("consent.notice.withdraw"), s.cat.Printer("en").T("consent.notice.withdraw"), person.NoticeVersion)
	}
	page := s.do("counsellor", "GET", at+"?lang=fa", nil, 200)
	answers := with(hiddenValues(page), "a_store_our_office", "yes", "a_documents_embassy_AF", "no", "given_by", id)
	page = s.do("counsellor", "POST", at, answers, 422) // no method
	shows(t, page, "Choose an answer", `value="yes" checked`)
	s.do("counsellor", "POST", at, with(answers, "method", "thumbprint"), 303)
	if !has(t, s.w, id, "store", "our_office") || has(t, s.w, id, "documents", "embassy:AF") {
		t.Error("the answers were not kept as given")
	}
	page = s.do("counsellor", "GET", "/persons/"+id, nil, 200)
	shows(t, page, "Agrees", "Does not agree", "Thumbprint, in Persian, notice "+person.NoticeVersion, "Withdraw")
	s.do("counsellor", "POST", regexp.MustCompile(`/persons/[^"]*/withdraw`).FindString(page), url.Values{}, 303)
	if has(t, s.w, id, "store", "our_office") {
		t.Error("withdrawn on the page, not in fact")
	}
}

func TestAgeOnPages(t *testing.T) {
	s := newSite(t)
	id := s.w.Person("Sara", "Testpour", "female", "2010-09-30", "PK")
	must(t, s.w.Persons.SetClass(ctx, s.w.Staff["protection"], id, "child"))
	edit := get(t, s.w, id)
	edit.BirthDate = day.New(2004, 1, 1)
	_, err := s.w.Persons.Correct(ctx, s.w.Staff["protection"], person.Correction{Person: edit, Rev: edit.Revision, Evidence: "birth certificate"})
	must(t, err)
	page := s.do("supervisor", "GET", "/persons/"+id, nil, 200)
	link := regexp.MustCompile(`/persons/[^"]*/age/[^"]*`).FindString(page)
	shows(t, s.do("supervisor", "GET", link, nil, 200), "birth certificate")
	s.do("supervisor", "POST", link, url.Values{}, 422)
	s.do("supervisor", "POST", link, url.Values{"answer": {"approve"}}, 303)
	if p := get(t, s.w, id); p.BirthDate != day.New(2004, 1, 1) {
		t.Errorf("approved, but %v", p.BirthDate)
	}
}

// TestOutsideScopeIsNotFound guesses every address of a person as somebody who may use the page, but not for this person.
func TestOutsideScopeIsNotFound(t *testing.T) {
	s := newSite(t)
	id := s.w.Person("Amina", "Testpour", "female", "1991-05-04", "PK")
	// A manager of the other office only: the world's own manager sees every office.
	s.w.Staff["elsewhere"] = s.w.Gate.IDs.New()
	must(t, s.w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := org.InsertStaff(ctx, tx, org.Staff{ID: s.w.Staff["elsewhere"], Login: "elsewhere", Name: "Test elsewhere", OfficeID: s.w.Offices["thessaloniki"], Language: "en", Active: true, CreatedAt: s.w.Clock.Now()})
		if err != nil {
			return err
		}
		return org.GiveRole(ctx, tx, s.w.Staff["elsewhere"], "manager", s.w.Offices["thessaloniki"], "")
	}))
	n := 0
	for _, rt := range s.s.Routes() {
		method, path, _ := strings.Cut(rt.Pattern, " ")
		if !strings.Contains(path, "{id}") {
			continue
		}
		n++
		path = strings.NewReplacer("{id}", id, "{row}", s.w.Gate.IDs.New()).Replace(path)
		who := "other"
		if _, ok := map[web.Access]bool{person.PermClass: true, person.PermApproveAge: true, person.PermErase: true, person.PermHold: true}[rt.Access]; ok {
			who = "elsewhere"
		}
		var form url.Values
		if method == "POST" {
			form = url.Values{"id": {s.w.Gate.IDs.New()}, "other": {id}, "role": {"spouse"}}
		}
		if page := s.do(who, method, path, form, 404); strings.Contains(page, "Testpour") {
			t.Errorf("%s tells the name", rt.Pattern)
		}
	}
	if n < 25 {
		t.Errorf("only %d routes about a person", n)
	}
	if s.w.Count(`SELECT COUNT(*) FROM journal WHERE action = 'access.refused' AND subject_id = $1`, id) == 0 {
		t.Error("no attempt is in the journal")
	}
}
