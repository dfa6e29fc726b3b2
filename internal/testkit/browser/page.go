package browser

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Patience is how long a page may take to answer; far above any budget, because two test packages share two cores.
const Patience = 30 * time.Second

// Options say who sits in front of the page. The zero value is a desktop of 1280 × 900, English, light, with JavaScript.
type Options struct {
	Lang          string // the browser's language: sets Accept-Language and navigator.language
	Dark          bool
	Width, Height int
	NoJS          bool // the page's own scripts do not run; the helpers here still work
}

// Page is one tab with cookies of its own. Every helper fails the test with a picture when it cannot do what was asked.
type Page struct {
	t     testing.TB
	tab   *tab
	scope []string // see Within
}

type tab struct {
	wire    *wire
	session string
	options Options
	watch   watch
	shots   int
}

// Page opens a tab that shares nothing with other tabs. It is closed, and its watch read a last time, when the test ends.
func (b *Browser) Page(t testing.TB, o Options) *Page {
	t.Helper()
	if o.Width == 0 {
		o.Width = 1280
	}
	if o.Height == 0 {
		o.Height = 900
	}
	if o.Lang == "" {
		o.Lang = "en"
	}
	p := &Page{t: t, tab: &tab{wire: b.wire, options: o}}
	var context struct{ BrowserContextID string }
	var target struct{ TargetID string }
	var session struct{ SessionID string }
	// A context of its own is a fresh profile: no cookie, no storage, no cache.
	err := b.wire.call("", "Target.createBrowserContext", nil, &context)
	if err == nil {
		err = b.wire.call("", "Target.createTarget", M{"url": "about:blank", "browserContextId": context.BrowserContextID}, &target)
	}
	if err == nil {
		err = b.wire.call("", "Target.attachToTarget", M{"targetId": target.TargetID, "flatten": true}, &session)
	}
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	p.tab.session = session.SessionID
	p.tab.watch.init(target.TargetID) // the main frame has the tab's id
	b.wire.hear(p.tab.session, p.tab.hear)
	t.Cleanup(func() {
		p.report("while the page was open")
		b.wire.hear(p.tab.session, nil)
		if err := b.wire.call("", "Target.disposeBrowserContext", M{"browserContextId": context.BrowserContextID}, nil); err != nil {
			t.Errorf("close the tab: %v", err)
		}
	})
	scheme := "light"
	if o.Dark {
		scheme = "dark"
	}
	p.do("Network.enable", nil)
	p.do("Page.enable", nil)
	p.do("Runtime.enable", nil)
	p.do("Log.enable", nil)
	p.do("Emulation.setUserAgentOverride", M{"userAgent": b.agent, "acceptLanguage": o.Lang})
	p.Resize(o.Width, o.Height)
	p.do("Emulation.setEmulatedMedia", M{"features": []M{
		{"name": "prefers-color-scheme", "value": scheme},
		{"name": "prefers-reduced-motion", "value": "reduce"}, // a picture in the middle of a movement proves nothing
	}})
	p.do("Emulation.setScriptExecutionDisabled", M{"value": o.NoJS})
	return p
}

// Resize makes the window larger or smaller, as somebody does who turns a tablet.
func (p *Page) Resize(width, height int) {
	p.t.Helper()
	p.tab.options.Width, p.tab.options.Height = width, height
	p.do("Emulation.setDeviceMetricsOverride", M{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false})
}

// Letters sets how large the reader has their letters, in pixels; 16 is what a browser comes with.
func (p *Page) Letters(size int) {
	p.t.Helper()
	p.do("Page.setFontSizes", M{"fontSizes": M{"standard": size}})
}

// For is the same tab for a subtest, so that a failure is the subtest's.
func (p *Page) For(t testing.TB) *Page { return &Page{t: t, tab: p.tab, scope: p.scope} }

// Goto opens an address. The first address decides which host the tab may talk to; later ones may be paths.
func (p *Page) Goto(address string) {
	p.t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		p.t.Fatalf("address %q: %v", address, err)
	}
	if !target.IsAbs() {
		target = p.location().ResolveReference(target)
	}
	p.tab.watch.allow(target.Host)
	since := p.tab.watch.mark()
	var answer struct{ ErrorText string }
	if err := p.tab.call("Page.navigate", M{"url": target.String()}, &answer); err != nil {
		p.fail("open %s: %v", address, err)
	}
	if answer.ErrorText != "" {
		p.fail("open %s: %s", address, answer.ErrorText)
	}
	p.settle(since, Patience)
	p.report("open " + address)
}

// Reload loads the page again, as F5 does.
func (p *Page) Reload() {
	p.t.Helper()
	since := p.tab.watch.mark()
	p.do("Page.reload", nil)
	p.settle(since, Patience)
	p.report("reload")
}

// URL is the address in the address bar.
func (p *Page) URL() string {
	p.t.Helper()
	return p.location().String()
}

// Path is the path and query of the address.
func (p *Page) Path() string {
	p.t.Helper()
	return p.location().RequestURI()
}

// Title is what the tab is called.
func (p *Page) Title() string {
	p.t.Helper()
	var title string
	p.eval("document.title", &title)
	return title
}

// Status is the HTTP status of the page.
func (p *Page) Status() int {
	status, _ := p.tab.watch.document()
	return status
}

// Header is a response header of the page.
func (p *Page) Header(name string) string {
	_, headers := p.tab.watch.document()
	for k, v := range headers {
		if strings.EqualFold(k, name) {
			return fmt.Sprint(v)
		}
	}
	return ""
}

func (p *Page) location() *url.URL {
	p.t.Helper()
	var address string
	p.eval("location.href", &address)
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatalf("the browser's address %q: %v", address, err)
	}
	return u
}

// Eval runs JavaScript in the page and reads its value into out (nil: ignore it). For what no helper here can ask.
func (p *Page) Eval(js string, out any) {
	p.t.Helper()
	p.eval(js, out)
}

// Print is the page as the browser's own printing makes it, as PDF.
func (p *Page) Print() []byte {
	p.t.Helper()
	var sheet struct{ Data string }
	err := p.tab.call("Page.printToPDF", M{"preferCSSPageSize": true}, &sheet)
	var pdf []byte
	if err == nil {
		pdf, err = base64.StdEncoding.DecodeString(sheet.Data)
	}
	if err != nil {
		p.fail("print: %v", err)
	}
	return pdf
}

func (p *Page) eval(js string, out any) {
	p.t.Helper()
	if err := p.tab.eval(js, out); err != nil {
		p.fail("JavaScript %.200s: %v", js, err)
	}
}

// do sends a command whose answer does not matter.
func (p *Page) do(method string, params M) {
	p.t.Helper()
	if err := p.tab.call(method, params, nil); err != nil {
		p.fail("%v", err)
	}
}

func (t *tab) call(method string, params M, out any) error {
	return t.wire.call(t.session, method, params, out)
}

// eval also waits for a promise. A page that is just being replaced has no place to run a script in for a moment.
func (t *tab) eval(js string, out any) error {
	var answer struct {
		Result           struct{ Value rawValue }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	params := M{"expression": js, "returnByValue": true, "awaitPromise": true, "userGesture": true}
	err := t.call("Runtime.evaluate", params, &answer)
	for range 40 {
		if err == nil || !strings.Contains(err.Error(), "Cannot find default execution context") {
			break
		}
		time.Sleep(50 * time.Millisecond)
		err = t.call("Runtime.evaluate", params, &answer)
	}
	if err != nil {
		return err
	}
	if e := answer.ExceptionDetails; e != nil {
		return errors.New(e.Text + " " + e.Exception.Description)
	}
	return answer.Result.Value.into(out)
}

// settle waits until a loading that began after the mark has ended. Where none begins within the grace, the click was
// answered in the page itself.
func (p *Page) settle(since int, grace time.Duration) {
	p.t.Helper()
	if !p.tab.watch.settled(since, grace, Patience) {
		p.fail("the page is still loading after %s", Patience)
	}
}

// report fails the test for everything the watch has seen since the last report.
func (p *Page) report(when string) {
	p.t.Helper()
	for _, problem := range p.tab.watch.take() {
		p.t.Errorf("%s: %s", when, problem)
	}
}

// fail ends the test with what a person would have seen.
func (p *Page) fail(format string, args ...any) {
	p.t.Helper()
	shot := "no picture"
	if file, err := p.shoot(""); err == nil {
		shot = file
	}
	var seen struct{ URL, Title, Text string }
	if err := p.tab.eval(`({URL: location.href, Title: document.title, Text: document.body ? document.body.innerText : ""})`, &seen); err != nil {
		seen.Text = "(the page does not answer: " + err.Error() + ")"
	}
	lines := strings.Split(strings.TrimSpace(seen.Text), "\n")
	if len(lines) > 60 {
		lines = append(lines[:60], "…")
	}
	p.report("before that")
	p.t.Fatalf("%s\n  address  %s (status %d)\n  title    %s\n  picture  %s\n  text     %s",
		fmt.Sprintf(format, args...), seen.URL, p.Status(), seen.Title, shot, strings.Join(lines, "\n           "))
}

// Screenshot saves the whole page as a PNG. A relative path is put under $TEST_NOSTOS_SHOTS, or the temporary folder.
func (p *Page) Screenshot(path string) string {
	p.t.Helper()
	file, err := p.shoot(path)
	if err != nil {
		p.t.Fatalf("screenshot: %v", err)
	}
	return file
}

var notInFileNames = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

func (p *Page) shoot(path string) (string, error) {
	if path == "" {
		p.tab.shots++
		path = fmt.Sprintf("%s-%d.png", notInFileNames.ReplaceAllString(p.t.Name(), "-"), p.tab.shots)
	}
	if !filepath.IsAbs(path) {
		folder := os.Getenv("TEST_NOSTOS_SHOTS")
		if folder == "" {
			folder = filepath.Join(os.TempDir(), "nostos-shots")
		}
		path = filepath.Join(folder, path)
	}
	var size struct {
		CSSContentSize struct{ Width, Height float64 }
	}
	if err := p.tab.call("Page.getLayoutMetrics", nil, &size); err != nil {
		return "", err
	}
	var picture struct{ Data string }
	width, height := max(size.CSSContentSize.Width, float64(p.tab.options.Width)), min(max(size.CSSContentSize.Height, 200), 12000) // Chromium's own limit is 16384 pixels
	err := p.tab.call("Page.captureScreenshot", M{
		"format": "png",
		// Chromium shifts a page that runs from right to left when it is asked for more than the window and the page has no more.
		"captureBeyondViewport": width > float64(p.tab.options.Width) || height > float64(p.tab.options.Height),
		"clip":                  M{"x": 0, "y": 0, "scale": 1, "width": width, "height": height},
	}, &picture)
	if err != nil {
		return "", err
	}
	png, err := base64.StdEncoding.DecodeString(picture.Data)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, png, 0o644)
}
