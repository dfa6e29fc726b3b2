package browser

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

//go:embed axe/axe.min.js
var axeOriginal string

var (
	ligatureName = regexp.MustCompile(`isIconLigature:function\(\)\{return (\w+)\}`)
	axePatched   = sync.OnceValues(func() (string, error) { return patchAxe(axeOriginal) })
)

// patchAxe turns off axe's guess that a text is an icon font. Joined Arabic letters look like ligatures to it, so it
// passes over them: on Arabic, Persian or Urdu pages bad contrast is never reported. We have no icon fonts.
func patchAxe(source string) (string, error) {
	m := ligatureName.FindStringSubmatch(source)
	if m == nil {
		return "", fmt.Errorf("axe.min.js has no isIconLigature any more: see whether it still passes over Arabic")
	}
	head := "function " + m[1] + "("
	if n := strings.Count(source, head); n != 1 {
		return "", fmt.Errorf("axe.min.js defines %s %d times, want once", m[1], n)
	}
	return strings.Replace(source, head, "function "+m[1]+"(){return!1}function "+m[1]+"_original(", 1), nil
}

// axeRun asks for WCAG 2.2 A and AA and for axe's best practices, and returns what it found in words.
const axeRun = `(async () => {
	await document.fonts.ready;
	const r = await axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag',
		values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']}});
	return r.violations.map(v => ({Rule: v.id, Impact: v.impact || '', Help: v.help,
		Nodes: v.nodes.map(n => n.target.join(' ') + '  ' + n.html.slice(0, 160) + '  ' +
			n.failureSummary.split('\n').slice(1).join(' ').trim())}));
})()`

// Violation is one rule of axe that the page breaks.
type Violation struct {
	Rule, Impact, Help string
	Nodes              []string
}

// Axe fails if axe finds anything on the page.
func (p *Page) Axe() {
	p.t.Helper()
	found := p.Violations()
	if len(found) == 0 {
		return
	}
	var b strings.Builder
	for _, v := range found {
		fmt.Fprintf(&b, "\n  %s (%s): %s", v.Rule, v.Impact, v.Help)
		for _, n := range v.Nodes {
			b.WriteString("\n    " + n)
		}
	}
	p.fail("axe finds %d rules broken:%s", len(found), b.String())
}

// Violations is what axe finds on the page.
func (p *Page) Violations() []Violation {
	p.t.Helper()
	source, err := axePatched()
	if err != nil {
		p.t.Fatal(err)
	}
	// axe needs promises and timers, which stand still where scripts are switched off. Scripts of the page that were
	// not run at load do not start now.
	p.do("Emulation.setScriptExecutionDisabled", M{"value": false})
	var loaded bool
	p.eval("typeof axe === 'object'", &loaded)
	if !loaded {
		p.eval(source+"\n;undefined", nil)
	}
	var found []Violation
	p.eval(axeRun, &found)
	p.do("Emulation.setScriptExecutionDisabled", M{"value": p.tab.options.NoJS})
	return found
}
