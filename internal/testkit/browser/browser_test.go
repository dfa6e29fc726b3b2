package browser_test

import (
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/nostos-avrr/nostos/internal/testkit/browser"
)

// site serves pages by path, each as a whole document.
func site(t *testing.T, pages map[string]string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	for path, body := range pages {
		if path == "/" {
			path = "/{$}" // everything else is not found
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'self'; connect-src *; img-src *")
			http.SetCookie(w, &http.Cookie{Name: "desk", Value: "7"})
			fmt.Fprintf(w, document, body)
		})
	}
	mux.HandleFunc("GET /app.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `document.querySelectorAll("[data-later]").forEach(e => setTimeout(() => e.textContent = e.dataset.later, 300));
if (location.pathname === "/broken") console.error("it broke", 7);
if (location.pathname === "/thrown") throw new Error("thrown here");
if (location.pathname === "/asks") alert("really?");`)
	})
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, `body { background: #fff; color: #000; margin: 0 } .faint { color: #ddd } .wide { width: 2000px }
.cover { position: fixed; inset: 0; background: #fff } @media (prefers-color-scheme: dark) { .night::after { content: "dark" } }`)
	})
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		text := ""
		if f, head, err := r.FormFile("paper"); err == nil {
			b, err := io.ReadAll(f)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			text = head.Filename + "=" + string(b)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprintf(w, document, fmt.Sprintf("<h1>Got</h1><p>%s | %s | %s | %s | %s | %s</p>", r.FormValue("family"), r.FormValue("born"),
			r.FormValue("sex"), strings.Join(r.Form["needs"], ","), r.FormValue("country"), text))
	})
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "cookie %q, language %q", r.Header.Get("Cookie"), r.Header.Get("Accept-Language"))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

const document = `<!doctype html><html lang="en"><head><title>Desk</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/style.css"><script src="/app.js" defer></script></head><body><main>%s</main></body></html>`

const form = `<h1>Register</h1><form method="post" action="/form" enctype="multipart/form-data">
<button type="submit" aria-hidden="true" tabindex="-1">Save and go on</button>
<p><label for="f">Family name</label> <input id="f" name="family"></p>
<p><label>Born on <input type="date" name="born"></label></p>
<fieldset><legend>Sex</legend><label><input type="radio" name="sex" value="f"> Woman</label> <label><input type="radio" name="sex" value="m"> Man</label></fieldset>
<fieldset><legend>Needs</legend><label><input type="checkbox" name="needs" value="bed"> A bed</label> <label><input type="checkbox" name="needs" value="ticket" checked> A ticket</label></fieldset>
<p><label for="c">Country</label> <select id="c" name="country"><option value="">Choose</option><option value="GE">Georgia</option><option value="PK">Pakistan</option></select></p>
<p><label for="p">Paper</label> <input id="p" type="file" name="paper"></p>
<button type="submit">Save and go on</button></form>`

func TestForm_withAndWithoutJavaScript(t *testing.T) {
	s := site(t, map[string]string{"/": form})
	b := browser.New(t)
	paper := filepath.Join(t.TempDir(), "paper.txt")
	if err := os.WriteFile(paper, []byte("seen"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, noJS := range []bool{false, true} {
		t.Run(fmt.Sprintf("noJS=%t", noJS), func(t *testing.T) {
			p := b.Page(t, browser.Options{NoJS: noJS})
			p.Goto(s.URL + "/")
			p.Fill("Family name", "wrong")
			p.Fill("Family name", "نوستوس")
			p.Fill("born", "1990-02-03")
			p.Choose("Woman")
			p.Within("Needs").Check("A bed")
			p.Uncheck("A ticket")
			p.Select("Country", "Pakistan")
			p.Upload("Paper", paper)
			if got := p.Value("Family name"); got != "نوستوس" {
				t.Errorf("the field holds %q", got)
			}
			p.Submit()
			p.MustStatus(422)
			p.Must("نوستوس | 1990-02-03 | f | bed | PK | paper.txt=seen")
			if p.Path() != "/form" || p.Title() != "Desk" {
				t.Errorf("at %s, %q", p.Path(), p.Title())
			}
		})
	}
}

func TestClick_waitsForThePageItLeadsTo(t *testing.T) {
	s := site(t, map[string]string{
		"/":     `<h1>List</h1><ul><li>Amira <a href="/one">Open</a></li><li>Bashir <a href="/two">Open</a></li></ul><p data-later="came later"></p>`,
		"/two":  `<h1>Bashir's case</h1><details><summary>History</summary><p>folded away</p></details>`,
		"/lang": `<h1>Language</h1>`,
	})
	p := browser.New(t).Page(t, browser.Options{Lang: "ar", Dark: true, Width: 320, Height: 600})
	p.Goto(s.URL + "/")
	p.Must("came later")
	p.NoSidewaysScroll()
	p.Within("Bashir").Click("Open")
	p.Must("Bashir's case")
	p.MustNot("folded away")
	p.Click("History")
	p.Must("folded away")
	p.Goto("/lang")
	var said struct{ Lang, Scheme string }
	p.Eval(`({Lang: navigator.language, Scheme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"})`, &said)
	if said.Lang != "ar" || said.Scheme != "dark" {
		t.Errorf("the browser is %+v", said)
	}
	if a := p.Get("/who"); a.Status != 200 || string(a.Body) != `cookie "desk=7", language "ar"` {
		t.Errorf("Get: %d %s", a.Status, a.Body)
	}
	other := browser.New(t).Page(t, browser.Options{})
	other.Goto(s.URL + "/who")
	other.Must(`cookie ""`)
}

func TestPress_movesAndSubmits(t *testing.T) {
	s := site(t, map[string]string{"/": form})
	p := browser.New(t).Page(t, browser.Options{})
	p.Goto(s.URL + "/")
	p.Press("Tab")
	if got := p.Focused(); got != "Family name" {
		t.Errorf("focus on %q", got)
	}
	p.Press("a", "b", "Enter")
	p.Must("ab | | |")
}

func TestScreenshot_isTheWholePage(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // from right to left, where edges matter most
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html dir="rtl"><title>x</title><link rel="icon" href="data:,"><body style="margin:0"><main style="background:#080">%s</main>`, strings.Repeat("سطر<br>", map[string]int{"/": 100, "/short": 1}[r.URL.Path]))
	}))
	t.Cleanup(s.Close)
	shot := func(path string) image.Image {
		t.Helper()
		p := browser.New(t).Page(t, browser.Options{}) // larger than the window that Chromium has without a screen
		p.Goto(s.URL + path)
		f, err := os.Open(p.Screenshot(filepath.Join(t.TempDir(), "a", "shot.png")))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		img, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	for path, tall := range map[string]bool{"/": true, "/short": false} {
		img := shot(path)
		if b := img.Bounds(); b.Dx() != 1280 || tall != (b.Dy() > 1000) {
			t.Errorf("%s: %d × %d", path, b.Dx(), b.Dy())
		}
		for _, x := range []int{1, 1278} {
			if r, g, _, _ := img.At(x, 1).RGBA(); r != 0 || g == 0 {
				t.Errorf("%s: at %d the picture shows %v, not the page", path, x, img.At(x, 1))
			}
		}
	}
}

func TestPasskey_makesOne(t *testing.T) {
	s := site(t, map[string]string{"/": "<h1>Passkey</h1>"})
	p := browser.New(t).Page(t, browser.Options{})
	p.Goto(strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + "/")
	p.Passkey()
	var kind string
	p.Eval(`navigator.credentials.create({publicKey: {challenge: new Uint8Array(16), rp: {name: "x"}, user: {id: new Uint8Array(8), name: "a", displayName: "a"},
		pubKeyCredParams: [{type: "public-key", alg: -7}], authenticatorSelection: {residentKey: "required"}}}).then(c => c.type)`, &kind)
	if kind != "public-key" {
		t.Errorf("a passkey of type %q", kind)
	}
}

// failures runs a test body and returns what it complained of.
type failures struct {
	testing.TB
	mu       sync.Mutex
	said     strings.Builder
	cleanups []func()
}

func (f *failures) say(s string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said.WriteString(s + "\n")
}
func (f *failures) Helper()                   {}
func (f *failures) Error(a ...any)            { f.say(fmt.Sprint(a...)) }
func (f *failures) Errorf(s string, a ...any) { f.say(fmt.Sprintf(s, a...)) }
func (f *failures) Fatal(a ...any)            { f.say(fmt.Sprint(a...)); runtime.Goexit() }
func (f *failures) Fatalf(s string, a ...any) { f.say(fmt.Sprintf(s, a...)); runtime.Goexit() }
func (f *failures) Cleanup(c func())          { f.cleanups = append(f.cleanups, c) }
func complaints(t *testing.T, body func(testing.TB)) string {
	f := &failures{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for _, c := range f.cleanups {
				c()
			}
		}()
		body(f)
	}()
	<-done
	return f.said.String()
}

func TestWhatMustFail(t *testing.T) {
	s := site(t, map[string]string{
		"/":        form,
		"/broken":  "<h1>Broken</h1>",
		"/thrown":  "<h1>Thrown</h1>",
		"/asks":    "<h1>Asks</h1>",
		"/inline":  `<h1>Inline</h1><p style="color:red">red</p>`,
		"/script":  `<h1>Script</h1><script>document.title = "taken over"</script>`,
		"/abroad":  `<h1>Abroad</h1><img alt="" src="http://tracker.example/dot.png">`,
		"/missing": `<h1>Missing</h1><img alt="" src="/no.png">`,
		"/wide":    `<h1>Wide</h1><div class="wide">much too wide</div>`,
		"/covered": `<h1>Covered</h1><button>Save</button><div class="cover"></div>`,
		"/twice":   `<h1>Twice</h1><button>Save</button><button>Save</button>`,
		"/dead":    `<h1>Dead</h1><button disabled>Save</button>`,
		"/hidden":  `<h1>Hidden</h1><button hidden>Save</button>`,
		"/sloppy":  `<h1>Sloppy</h1><img src="/style.css"><input name="nameless">`,
	})
	b := browser.New(t)
	browser.BeImpatient(t)
	t.Setenv("TEST_NOSTOS_SHOTS", t.TempDir())
	for _, c := range []struct {
		path string
		then func(*browser.Page)
		want string
	}{
		{"/broken", nil, "error on the console: it broke 7"},
		{"/thrown", nil, "uncaught error in a script"},
		{"/asks", nil, "a dialog that blocks the page"},
		{"/inline", nil, "security error"},
		{"/script", nil, "security error"},
		{"/abroad", nil, "a request to another host: http://tracker.example/dot.png"},
		{"/missing", nil, "/no.png answered 404"},
		{"/wide", func(p *browser.Page) { p.NoSidewaysScroll() }, "2000 px wide in a window of 1280"},
		{"/covered", func(p *browser.Page) { p.Click("Save") }, "is covered by <div class=\"cover\">"},
		{"/twice", func(p *browser.Page) { p.Click("Save") }, "2 elements answer to"},
		{"/dead", func(p *browser.Page) { p.Click("Save") }, "is disabled"},
		{"/hidden", func(p *browser.Page) { p.Click("Save") }, "is called “Save”"},
		{"/sloppy", func(p *browser.Page) { p.Axe() }, "rules broken"},
		{"/", func(p *browser.Page) { p.Must("not there") }, "the page does not say \"not there\""},
		{"/", func(p *browser.Page) { p.MustNot("Register") }, "and must not"},
		{"/", func(p *browser.Page) { p.MustStatus(404) }, "status 200, want 404"},
		{"/", func(p *browser.Page) { p.Fill("Nationality", "x") }, "there are: Family name | Born on"},
		{"/", func(p *browser.Page) { p.Select("Country", "Utopia") }, "there are: Choose | Georgia | Pakistan"},
		{"/", func(p *browser.Page) { p.Within("Sex").Check("A bed") }, "is called “A bed”"},
		{"/", func(p *browser.Page) { p.Goto("http://localhost:1/") }, "localhost:1"},
	} {
		t.Run(strings.Trim(c.path+" "+c.want, "/ "), func(t *testing.T) {
			said := complaints(t, func(f testing.TB) {
				p := b.Page(f, browser.Options{})
				p.Goto(s.URL + c.path)
				if c.then != nil {
					c.then(p)
				}
			})
			if !strings.Contains(said, c.want) {
				t.Errorf("want a complaint with %q, got:\n%s", c.want, said)
			}
			if strings.Contains(said, "picture") {
				if shots, err := os.ReadDir(os.Getenv("TEST_NOSTOS_SHOTS")); err != nil || len(shots) == 0 {
					t.Errorf("no picture was saved: %v", err)
				}
			}
		})
	}
}

func TestWhatMustNotFail(t *testing.T) {
	s := site(t, map[string]string{"/": form})
	said := complaints(t, func(f testing.TB) {
		p := browser.New(f).Page(f, browser.Options{})
		p.Goto(s.URL + "/")
		p.Axe()
		p.NoSidewaysScroll()
		p.Reload()
	})
	if said != "" {
		t.Errorf("a good page is complained of:\n%s", said)
	}
}
