package journeys_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

// A list is in its address: it survives the way back, a reload, and being sent to a colleague; and when one case of it is
// done, the next one of the same list is one click away.
func TestListStaysInTheAddress(t *testing.T) {
	t.Parallel()
	h := house.Filled(t, "sqlite", 18)
	p := signIn(t, h, "manager", browser.Options{Height: 3000})
	p.Goto("/cases")
	p.Select("phase", "Counselling")
	p.Click("Apply filters")
	p.Goto(p.Path() + "&sort=name")
	list, text := p.Path(), p.Within("css:main table").Text()
	if !strings.Contains(list, "phase=counselling") || !strings.Contains(list, "sort=name") {
		t.Fatalf("filter and order are not in the address: %s", list)
	}
	same := func(what string, p *browser.Page) {
		t.Helper()
		if got := p.Within("css:main table").Text(); got != text {
			t.Errorf("%s: the list is another one\n got %s\nwant %s", what, got, text)
		}
	}
	p.Reload()
	same("after a reload", p)
	other := signIn(t, h, "manager", browser.Options{Height: 3000})
	other.Goto(h.URL + list)
	same("sent to a colleague", other)
	p.Click("css:main tbody tr:first-child a")
	first := p.Path()
	p.Must("Next in list")
	p.Click("Next in list")
	if p.Path() == first {
		t.Error("the next case is the same case")
	}
	p.Click("Back to the list")
	same("after looking at a case", p)
}

// A form with mistakes comes back with the mistakes first: the title says so, the summary has the keyboard, its links lead
// to the fields, and nothing typed is lost.
func TestMistakesAreNamedFirst(t *testing.T) {
	o := openOffice(t, "sqlite")
	c := o.as("counsellor")
	c.steps("open /leads/new\nfill contact = after 17:00\nfill people = 900\nclick Save\nlook")
	if !strings.HasPrefix(c.Title(), "Error: ") {
		t.Errorf("title %q", c.Title())
	}
	var focused string
	c.Eval(`document.activeElement.className`, &focused)
	if !strings.Contains(focused, "errors") {
		t.Errorf("the keyboard is at %q, not at the summary", focused)
	}
	if got := c.Value("contact"); got != "after 17:00" {
		t.Errorf("what was typed is lost: %q", got)
	}
	var dead []string
	c.Eval(`[...document.querySelectorAll('.errors a')].map(a => a.getAttribute('href')).filter(h => !document.querySelector(h))`, &dead)
	if n := c.Count(".errors a"); n < 2 || len(dead) > 0 {
		t.Errorf("%d links in the summary, and these lead nowhere: %v", n, dead)
	}
}

// "Not known" and "does not want to say" are answers, and stay apart from an empty field.
func TestNotKnownIsNotEmpty(t *testing.T) {
	o := openOffice(t, "sqlite")
	single(o)
	c := o.as("counsellor")
	c.steps("open CASE/forms\nin Stay and status: click Fill in\nchoose q_zone = island\ncheck s_entry_date = not_known\nchoose q_accommodation = prefer_not_to_say\nclick Continue\nchoose q_legal_status = not_known\nclick Continue\nclick Continue\nchoose q_previous_assistance = not_known\nclick Send the form\nsee The form was sent.\nclick Sent\nlook\nsee Not known\nsee Does not want to say\nsee On an island")
}

// Pages keep within the window at every width, in three languages, with letters and lines as wide apart as readers who need
// it set them; and load no font but that of their language.
func TestNarrowWideAndSpacedOut(t *testing.T) {
	t.Parallel()
	h := house.Filled(t, "sqlite", 18)
	caseID, _ := inDelivery(t, h)
	paths := []string{"/work", "/cases", "/cases/" + caseID, "/cases/" + caseID + "/money", "/cases/" + caseID + "/history", "/flights", "/stays", "/funds", "/approvals", "/persons", "/account", "/figures"}
	for _, lang := range []string{"en", "el", "ar"} {
		for _, width := range []int{320, 768} {
			p := signIn(t, h, "manager", browser.Options{Width: width, Height: 900})
			p.Goto("/account")
			p.Select("language", lang)
			p.Click("css:form[action='/language'] button")
			for _, path := range paths {
				t.Run(fmt.Sprintf("%s %d %s", lang, width, ids.ReplaceAllString(path, "id")), func(t *testing.T) {
					p := p.For(t)
					p.Goto(path)
					p.NoSidewaysScroll()
					p.Eval(`(() => { const s = new CSSStyleSheet(); s.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }'); document.adoptedStyleSheets = [s]; })()`, nil)
					p.NoSidewaysScroll()
					var fonts []string
					p.Eval(`performance.getEntriesByType('resource').map(r => r.name).filter(n => n.includes('.woff')).map(n => n.split('/').pop())`, &fonts)
					for _, f := range fonts {
						if arabic := strings.Contains(f, "arabic"); arabic && lang != "ar" {
							t.Errorf("a page in %s loads %s", lang, f)
						}
					}
				})
			}
		}
	}
}

// What a colleague did to an item of a list can be taken back.
func TestUndo(t *testing.T) {
	o := openOffice(t, "sqlite")
	single(o)
	c := o.as("counsellor")
	c.steps("open CASE\nclick Done: Register the person and the family\nsee The task is done.\nclick Undo\nlook\nsee Register the person and the family")
	if n := one(t, o.h, `SELECT CAST(COUNT(*) AS TEXT) FROM task WHERE done_at = ''`); n == "0" {
		t.Error("the task is still done")
	}
}
