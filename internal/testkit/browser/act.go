package browser

import (
	_ "embed"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

//go:embed find.js
var findJS string

// A click on a link or a submit button begins to load at once; this is the time a busy machine may need to say so.
const (
	graceLeaving = 1500 * time.Millisecond
	graceStaying = 100 * time.Millisecond
)

// How long the helpers look for something that a script may still be drawing.
var (
	patienceFind = 2 * time.Second
	patienceMust = 5 * time.Second
)

type ask struct {
	Kind   string   `json:"kind"`
	Target string   `json:"target"`
	Value  string   `json:"value"`
	Scope  []string `json:"scope"`
}

type element struct {
	Error   string
	X, Y    float64
	Checked bool
	Leaves  bool // the click asks the server for a page
	Done    bool
	Tag     string
	Text    string
}

// find looks until the element is there, for a while.
func (p *Page) find(kind, target, value string) element {
	p.t.Helper()
	e, err := p.look(ask{kind, target, value, p.scope})
	for end := time.Now().Add(patienceFind); err != nil && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
		e, err = p.look(ask{kind, target, value, p.scope})
	}
	if err != nil {
		p.fail("%v", err)
	}
	return e
}

func (p *Page) look(a ask) (element, error) {
	question, err := json.Marshal(a)
	if err != nil {
		return element{}, err
	}
	var e element
	if err := p.tab.eval("("+findJS+")("+string(question)+")", &e); err != nil {
		return element{}, err
	}
	if e.Error != "" {
		return e, errors.New(e.Error)
	}
	return e, nil
}

// Within narrows all helpers to one part of the page: a CSS selector (beginning with # . [ or "css:"), the heading of a
// group or section, or words that only one row, list item or card holds.
func (p *Page) Within(where string) *Page {
	return &Page{t: p.t, tab: p.tab, scope: append(append([]string{}, p.scope...), where)}
}

// Fill replaces what is in a text field, found by its label, its name or a selector.
func (p *Page) Fill(field, value string) {
	p.t.Helper()
	if p.find("field", field, value).Done {
		return
	}
	if value == "" {
		p.Press("Delete")
		return
	}
	p.do("Input.insertText", M{"text": value})
}

// Choose picks a radio button by its label.
func (p *Page) Choose(label string) {
	p.t.Helper()
	p.click(p.find("radio", label, ""), "choose "+label)
	if !p.find("radio", label, "").Checked {
		p.fail("%q is not chosen after a click", label)
	}
}

// Check ticks a box; a ticked one stays ticked.
func (p *Page) Check(label string) {
	p.t.Helper()
	p.tick(label, true)
}

// Uncheck removes the tick.
func (p *Page) Uncheck(label string) {
	p.t.Helper()
	p.tick(label, false)
}

func (p *Page) tick(label string, want bool) {
	p.t.Helper()
	e := p.find("checkbox", label, "")
	if e.Checked == want {
		return
	}
	p.click(e, "tick "+label)
	if p.find("checkbox", label, "").Checked != want {
		p.fail("%q does not change after a click", label)
	}
}

// Select picks a choice of a list by its words (or value).
func (p *Page) Select(field, choice string) {
	p.t.Helper()
	p.find("select", field, choice)
}

// Upload puts files into a file field.
func (p *Page) Upload(field string, files ...string) {
	p.t.Helper()
	p.find("file", field, "here")
	var input struct{ Result struct{ ObjectID string } }
	if err := p.tab.call("Runtime.evaluate", M{"expression": `document.querySelector('[data-test-file]')`}, &input); err != nil {
		p.fail("upload into %s: %v", field, err)
	}
	p.do("DOM.setFileInputFiles", M{"files": files, "objectId": input.Result.ObjectID})
	p.eval(`document.querySelector('[data-test-file]').removeAttribute('data-test-file')`, nil)
}

// Click presses the link or button with these words (or the element of a selector), and waits for the page it leads to.
func (p *Page) Click(target string) {
	p.t.Helper()
	p.click(p.find("click", target, ""), "click "+target)
}

// Submit presses the one submit button of the form; with Within, of the form meant.
func (p *Page) Submit() {
	p.t.Helper()
	p.Click("css:main form [type=submit], form [type=submit]")
}

func (p *Page) click(e element, what string) {
	p.t.Helper()
	since := p.tab.watch.mark()
	p.do("Input.dispatchMouseEvent", M{"type": "mouseMoved", "x": e.X, "y": e.Y})
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		p.do("Input.dispatchMouseEvent", M{"type": kind, "x": e.X, "y": e.Y, "button": "left", "clickCount": 1})
	}
	grace := graceStaying
	if e.Leaves {
		grace = graceLeaving
	}
	p.settle(since, grace)
	p.report(what)
}

type key struct {
	code int
	text string
}

// The keys that are no letters, with their Windows key codes, which the protocol wants.
var keys = map[string]key{
	"Enter": {13, "\r"}, "Tab": {9, ""}, "Escape": {27, ""}, "Delete": {46, ""}, "Backspace": {8, ""}, "Space": {32, " "},
	"ArrowUp": {38, ""}, "ArrowDown": {40, ""}, "ArrowLeft": {37, ""}, "ArrowRight": {39, ""},
	"Home": {36, ""}, "End": {35, ""}, "PageUp": {33, ""}, "PageDown": {34, ""},
}

const shift = 8 // the protocol's bit for it

// Press presses keys one after the other: by name ("Tab", "Shift+Tab", "Enter", "ArrowDown" …), or one letter.
func (p *Page) Press(names ...string) {
	p.t.Helper()
	for _, name := range names {
		modifiers := 0
		word, shifted := strings.CutPrefix(name, "Shift+")
		if shifted {
			modifiers = shift
		}
		k, named := keys[word]
		switch {
		case !named && len([]rune(word)) == 1:
			k = key{code: int(strings.ToUpper(word)[0]), text: word}
		case !named:
			p.t.Fatalf("there is no key %q here", name)
		}
		value := word
		if word == "Space" {
			value = " "
		}
		since := p.tab.watch.mark()
		event := M{"type": "keyDown", "key": value, "code": word, "windowsVirtualKeyCode": k.code, "modifiers": modifiers}
		if k.text != "" {
			event["text"] = k.text
		}
		p.do("Input.dispatchKeyEvent", event)
		delete(event, "text")
		event["type"] = "keyUp"
		p.do("Input.dispatchKeyEvent", event)
		grace := graceStaying
		if word == "Enter" {
			grace = graceLeaving / 3
		}
		p.settle(since, grace)
	}
	p.report("press keys")
}

// Focused says what holds the keyboard: its words, label or name.
func (p *Page) Focused() string {
	p.t.Helper()
	var name string
	p.eval(`(() => { const e = document.activeElement;
		if (!e || e === document.body) return "";
		return (e.labels && e.labels[0] && e.labels[0].innerText || e.getAttribute('aria-label') || e.innerText || e.value || e.name || e.id || "").trim(); })()`, &name)
	return clean(name)
}

// Passkey gives the tab a passkey device that always agrees. Passkeys need the host "localhost", not an IP number.
func (p *Page) Passkey() {
	p.t.Helper()
	p.do("WebAuthn.enable", nil)
	p.do("WebAuthn.addVirtualAuthenticator", M{"options": M{
		"protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
		"isUserVerified": true, "automaticPresenceSimulation": true,
	}})
}
