package journeys_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/app/demo"
	"github.com/nostos-avrr/nostos/internal/testkit/browser"
)

// "Not known" and "does not want to say" are answers, and stay apart from an empty field. What was sent is read as it was
// asked, also when the form asks otherwise today.
func TestNotKnownIsNotEmpty(t *testing.T) {
	o := openOffice(t, "sqlite")
	single(o)
	c := o.as("counsellor")
	c.steps("open CASE/forms\nin Stay and status: click Fill in\nlook\nchoose q_zone = island\ncheck s_entry_date = not_known\nchoose q_accommodation = prefer_not_to_say\nclick Continue\nchoose q_legal_status = not_known\nclick Continue\nclick Continue\nchoose q_previous_assistance = not_known\nclick Send the form\nsee The form was sent.")
	asked := ""
	for _, pack := range o.h.App.Packs.All() {
		for _, form := range pack.Forms {
			for i := range form.Fields {
				if form.Fields[i].ID == "zone" {
					asked, form.Fields[i].LabelKey = o.h.App.Cat.Printer("en").T(form.Fields[i].LabelKey), "case.forms.none"
				}
			}
		}
	}
	c.steps("click Sent\nlook\nsee Not known\nsee Does not want to say\nsee On an island\nsee " + asked)
	c.MustNot("Not filled in yet")
	c.steps("click Correct\nsee Not filled in yet")
}

// An hour of writing is not lost: not by a dead machine, not by another language for the talk, not by being signed out.
func TestWritingIsNotLost(t *testing.T) {
	t.Parallel()
	o := openOffice(t, "sqlite")
	single(o)
	c := o.as("counsellor")
	c.steps("open CASE/counselling/new\nlook\nchoose type = information\nfill motivation = My mother is ill")
	typed := time.Now()
	c.Must("Kept on the server")
	t.Logf("on the server %s after the last letter", time.Since(typed).Round(time.Millisecond))

	// The first machine says no more word; the colleague goes on at another one.
	again := &desk{signIn(t, o.h, "counsellor", browser.Options{Height: 2400}), o}
	again.steps("open CASE/counselling/new\nsee A talk that was not finished is kept\nlook\nclick Go on")
	if got := again.Value("motivation"); got != "My mother is ill" {
		t.Errorf("the other machine has %q", got)
	}
	again.steps("fill motivation = My mother is ill and alone\nclick العربية\nsee نتحدث اليوم")
	if got := again.Value("motivation"); got != "My mother is ill and alone" {
		t.Errorf("after a change of language the talk says %q", got)
	}
	again.Resize(800, 1280) // the tablet is turned
	if got := again.Value("motivation"); got != "My mother is ill and alone" {
		t.Errorf("after turning the talk says %q", got)
	}

	// Nothing was done for half an hour. The page says so at the first letter, and what is sent all the same comes back.
	o.h.Clock.Advance(31 * time.Minute)
	again.steps("fill concerns = None.\nsee You were signed out.\nclick Stop and come back later\nsee What you wrote is still on this page.\nlook")
	again.MustStatus(401)
	var status int
	again.Eval(`fetch('/sign-in', {method: 'POST', body: new URLSearchParams({login: 'counsellor', password: '`+demo.Password+`'})}).then(r => r.status)`, &status) // in another tab
	again.steps("click Send it again\nsee The talk is kept\nclick Go on")
	if got := again.Value("motivation") + "|" + again.Value("concerns"); got != "My mother is ill and alone|None." {
		t.Errorf("after being signed out the talk says %q", got)
	}

	// A programme's form, and a file that was chosen before the rest was filled in.
	again.steps("open CASE/forms\nin Stay and status: click Fill in\nchoose q_zone = island\nsee Kept on the server\nopen CASE/forms\nsee Unfinished, saved\nin Stay and status: click Fill in")
	if n := again.Count("input[name=q_zone][value=island]:checked"); n != 1 {
		t.Error("what was chosen in the form is lost")
	}
	paper := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(paper, []byte("a letter"), 0o600); err != nil {
		t.Fatal(err)
	}
	again.steps("open CASE/files\nfill title = Letter of the school")
	again.Upload("File", paper)
	if got := again.Value("title"); got != "Letter of the school" {
		t.Errorf("after choosing a file the title is %q", got)
	}
	var history string
	again.Goto(o.path + "/history")
	history = again.Text()
	if strings.Contains(history, "while it was being written") {
		t.Error("every pause of the writer stands in the logbook of the case")
	}
}
