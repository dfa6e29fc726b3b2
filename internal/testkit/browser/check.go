package browser

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

var (
	space  = regexp.MustCompile(`\s+`)
	unseen = strings.NewReplacer("\u200e", "", "\u200f", "", "\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "",
		"\u00a0", " ", "\u202f", " ")
)

// clean makes texts comparable: marks of direction are not words, and a line break is a space.
func clean(s string) string {
	return strings.TrimSpace(space.ReplaceAllString(unseen.Replace(s), " "))
}

// Text is what can be read on the page, in one line. What is folded away or hidden is not in it.
func (p *Page) Text() string {
	p.t.Helper()
	return clean(p.find("text", "", "").Text)
}

// Must fails unless the page shows these words, now or within five seconds.
func (p *Page) Must(text string) {
	p.t.Helper()
	for end := time.Now().Add(patienceMust); !strings.Contains(p.Text(), clean(text)); {
		if time.Now().After(end) {
			p.fail("the page does not say %q%s", text, p.where())
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.report("look for " + text)
}

// MustNot fails if the page shows these words.
func (p *Page) MustNot(text string) {
	p.t.Helper()
	if strings.Contains(p.Text(), clean(text)) {
		p.fail("the page says %q%s and must not", text, p.where())
	}
}

// MustStatus fails unless the page came with this HTTP status.
func (p *Page) MustStatus(want int) {
	p.t.Helper()
	if got := p.Status(); got != want {
		p.fail("status %d, want %d", got, want)
	}
}

func (p *Page) where() string {
	if len(p.scope) == 0 {
		return ""
	}
	return " in “" + strings.Join(p.scope, " › ") + "”"
}

// Value is what a field holds.
func (p *Page) Value(field string) string {
	p.t.Helper()
	p.find("field", field, "") // focuses it
	var value string
	p.eval(`document.activeElement.type && /date|time|month|week/.test(document.activeElement.type) ? document.activeElement.defaultValue : document.activeElement.value`, &value)
	return value
}

// Count is how many elements a selector finds.
func (p *Page) Count(selector string) int {
	p.t.Helper()
	s, err := json.Marshal(selector)
	if err != nil {
		p.t.Fatal(err)
	}
	var n int
	p.eval("document.querySelectorAll("+string(s)+").length", &n)
	return n
}

// NoSidewaysScroll fails if the page is wider than the window, and names what sticks out.
func (p *Page) NoSidewaysScroll() {
	p.t.Helper()
	var wide struct {
		Page, Window int
		Who          []string
	}
	// In right-to-left pages things stick out at the left.
	p.eval(`(() => {
		const root = document.documentElement, w = root.clientWidth;
		const out = [...document.body.querySelectorAll('*')].filter(e => {
			const b = e.getBoundingClientRect();
			return b.width && (b.right > w + 1 || b.left < -1);
		});
		return {Page: Math.max(root.scrollWidth, document.body.scrollWidth), Window: w,
			Who: out.filter(e => !out.some(o => o !== e && e.contains(o))).slice(0, 8).map(e => e.outerHTML.slice(0, 140))};
	})()`, &wide)
	if wide.Page > wide.Window {
		p.fail("the page is %d px wide in a window of %d px; what sticks out:\n  %s", wide.Page, wide.Window, strings.Join(wide.Who, "\n  "))
	}
}

// Answer is what the server says outside the page: a download, a PDF, a JSON reply.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Get fetches an address with the tab's cookies.
func (p *Page) Get(path string) Answer {
	p.t.Helper()
	target, err := p.location().Parse(path)
	if err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodGet, target.String(), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	var jar struct {
		Cookies []struct{ Name, Value string }
	}
	if err := p.tab.call("Network.getCookies", M{"urls": []string{target.String()}}, &jar); err != nil {
		p.fail("read the cookies: %v", err)
	}
	for _, c := range jar.Cookies {
		req.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	req.Header.Set("Accept-Language", p.tab.options.Lang)
	client := http.Client{Timeout: Patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		p.t.Fatalf("get %s: %v", path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatalf("read %s: %v", path, err)
	}
	return Answer{res.StatusCode, res.Header, body}
}
