// Package journeys_test uses Nostos as people do: in a browser, by the words on the screen, each in their own role.
package journeys_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/app/demo"
	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

// office is a house with somebody at each desk, each with a browser of their own.
type office struct {
	t     *testing.T
	h     *house.House
	desks map[string]*desk
	seen  map[string]bool // pages that were looked at already
	path  string          // of the case: /cases/{id}
	quick bool            // another test looks at these pages
}

func openOffice(t *testing.T, engine string) *office {
	t.Helper()
	return &office{t: t, h: house.New(t, engine), desks: map[string]*desk{}, seen: map[string]bool{}}
}

// desk is one colleague at work.
type desk struct {
	*browser.Page
	o *office
}

// as sits down at a colleague's desk, signing in the first time.
func (o *office) as(login string) *desk {
	o.t.Helper()
	if o.desks[login] == nil {
		o.desks[login] = &desk{signIn(o.t, o.h, login, browser.Options{Height: 2400}), o} // tall: a shorter window hides links under bars
	}
	return o.desks[login]
}

func signIn(t *testing.T, h *house.House, login string, opt browser.Options) *browser.Page {
	t.Helper()
	p := browser.New(t).Page(t, opt)
	p.Goto(h.URL + "/sign-in")
	p.Fill("login", login)
	p.Fill("password", demo.Password)
	p.Press("Enter")
	if strings.HasPrefix(p.Path(), "/sign-in") {
		t.Fatalf("%s cannot sign in: %s", login, p.Text())
	}
	return p
}

// steps does what a person does, one line each: click WORDS; fill FIELD = TEXT; select FIELD = CHOICE; choose RADIO;
// check BOX; date FIELD = D/M/Y; in PART: …; see WORDS; look (the page fits and axe finds nothing, once for each kind of page).
func (d *desk) steps(script string) {
	d.o.t.Helper()
	for _, line := range strings.Split(script, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			d.step(d.Page, line)
		}
	}
}

func (d *desk) step(p *browser.Page, line string) {
	d.o.t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	field, value, _ := strings.Cut(rest, " = ")
	switch verb {
	case "in":
		part, then, ok := strings.Cut(rest, ": ")
		if !ok {
			d.o.t.Fatalf("a step without what to do: %q", line)
		}
		d.step(p.Within(part), then)
	case "open":
		p.Goto(strings.ReplaceAll(rest, "CASE", d.o.path))
	case "click":
		p.Click(rest)
	case "fill":
		p.Fill(field, value)
	case "date":
		for i, part := range strings.Split(value, "/") {
			p.Fill(field+[]string{"_d", "_m", "_y"}[i], part)
		}
	case "select":
		p.Select(field, value)
	case "choose":
		p.Choose(radio(field, value))
	case "check":
		p.Check(radio(field, value))
	case "send": // the form of this page, or part
		p.Click("css:form button.go")
	case "see":
		p.Must(rest)
	case "look":
		d.look()
	default:
		d.o.t.Fatalf("no such step: %q", line)
	}
}

// radio finds a choice by its words, or by field and value where the words stand in two languages.
func radio(field, value string) string {
	if value == "" {
		return field
	}
	return `css:input[name="` + field + `"][value="` + value + `"]`
}

// look says that a page fits, that axe finds nothing on it, and that no list offers the same words twice: once for each kind of page.
func (d *desk) look() {
	d.o.t.Helper()
	u, err := url.Parse(d.Path())
	if err != nil {
		d.o.t.Fatal(err)
	}
	kind := ids.ReplaceAllString(u.Path, "{id}")
	if d.o.quick || d.o.seen[kind] {
		return
	}
	d.o.seen[kind] = true
	d.NoSidewaysScroll()
	d.Axe()
	var twice []string
	d.Eval(`[...document.querySelectorAll('select')].filter(s => new Set([...s.options].map(o => o.text)).size < s.options.length).map(s => s.name)`, &twice)
	if len(twice) > 0 {
		d.o.t.Errorf("%s: these lists offer the same words twice: %v", kind, twice)
	}
}

// tab opens a part of the case.
func (d *desk) tab(name string) {
	d.o.t.Helper()
	d.steps("open CASE\nlook\nin css:nav.subnav: click " + name + "\nlook")
}

// next clicks the first of several alike.
func (d *desk) next(selector string) {
	d.o.t.Helper()
	d.Eval("document.querySelector(`"+selector+"`).id = 'next-of-several'", nil)
	d.Click("#next-of-several")
}

// moveOn takes the case to its next stage by one press, and says which it must be: the usual one is proposed.
func (d *desk) moveOn(stage string) {
	d.o.t.Helper()
	d.steps("open CASE\nclick Move on\nlook\nin Next stage: click Move on\nsee The case is now in the stage: " + stage)
}

// later lets time pass; everybody signs in anew.
func (o *office) later(d time.Duration) {
	o.h.Clock.Advance(d)
	o.desks = map[string]*desk{}
}
