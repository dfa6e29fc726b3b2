// Package house starts the whole program in a test, with the demo's staff and an empty caseload, on a clock the test turns.
// Tests knock at the front door like a browser: they sign in, follow redirects and read pages.
package house

import (
	"context"
	"io"
	"log/slog"
	"math/rand"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/app/demo"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

// Start is the moment at which every house opens: a Monday morning.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// House is the program, running.
type House struct {
	T      testing.TB
	App    *app.App
	Clock  *clock.Fake
	URL    string
	Staff  map[string]string // login -> id
	Office map[string]string // code -> id
	Data   string
}

// Each runs body with a house on either engine.
func Each(t *testing.T, body func(t *testing.T, h *House)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { body(t, New(t, "sqlite")) })
	t.Run("postgres", func(t *testing.T) { body(t, New(t, "postgres")) })
}

// New starts a house on an engine.
func New(t testing.TB, engine string) *House {
	t.Helper()
	return open(t, engine, func(h *House) (err error) {
		h.Staff, h.Office, err = demo.Hire(context.Background(), h.App)
		return err
	})
}

// Filled starts a house with the demo's invented families at every stage of the way.
func Filled(t testing.TB, engine string, cases int) *House {
	t.Helper()
	return open(t, engine, func(h *House) error {
		err := demo.Fill(context.Background(), h.App, h.Clock, rand.New(rand.NewSource(1)), demo.Spec{Cases: cases, Seed: 1, Now: Start}, nil)
		h.Clock.Set(Start)
		return err
	})
}

func open(t testing.TB, engine string, begin func(*House) error) *House {
	t.Helper()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	h := &House{T: t, Clock: clock.NewFake(Start), Data: t.TempDir()}
	flags := map[string]string{"data": h.Data, "addr": "localhost:0"}
	if engine == "postgres" {
		d, address := dbtest.PostgresAt(t)
		d.Close()
		flags["db"] = address
	}
	ln := httptest.NewUnstartedServer(nil)
	h.URL = "http://localhost:" + port(ln.Listener.Addr().String())
	flags["public-url"] = h.URL
	cfg, err := config.Load(flags, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.App, err = app.New(context.Background(), app.Options{Config: cfg, Clock: h.Clock, Demo: true, Logins: demo.Logins(), NoWork: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := begin(h); err != nil {
		t.Fatal(err)
	}
	ln.Config.Handler = h.App.Handler()
	ln.Start()
	t.Cleanup(func() { ln.Close(); h.App.Close() })
	return h
}

// Work does the jobs of a kind that wait, as the program's worker would, and at least one: a test that waits for work nobody
// asked for would pass for the wrong reason.
func (h *House) Work(kind string) {
	h.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	did := make(chan struct{}, 1000)
	w := &queue.Worker{DB: h.App.DB, Clock: h.Clock, Poll: 5 * time.Millisecond, Handlers: map[string]queue.Handler{kind: func(ctx context.Context, t queue.Task) error {
		err := h.App.Worker.Handlers[kind](ctx, t)
		if err != nil {
			h.T.Errorf("job %s: %v", kind, err)
		}
		did <- struct{}{}
		return err
	}}}
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	select {
	case <-did:
	case <-ctx.Done():
		h.T.Errorf("nobody asked for %s", kind)
	}
	cancel()
	if err := <-done; err != nil {
		h.T.Fatal(err)
	}
}

func port(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

// Visitor is one browser without a screen.
type Visitor struct {
	h      *House
	client *http.Client
}

// Visitor opens a browser that is not signed in.
func (h *House) Visitor() *Visitor {
	jar, _ := cookiejar.New(nil)
	return &Visitor{h, &http.Client{Jar: jar, Timeout: time.Minute}}
}

// As opens a browser signed in as an invented colleague.
func (h *House) As(login string) *Visitor {
	h.T.Helper()
	v := h.Visitor()
	a := v.Post("/sign-in", url.Values{"login": {login}, "password": {demo.Password}, "next": {"/help"}})
	if a.Status != http.StatusOK || !strings.HasSuffix(a.Path, "/help") {
		h.T.Fatalf("%s cannot sign in: %d at %s\n%s", login, a.Status, a.Path, a.Body)
	}
	return v
}

// Answer is what came back, after redirects.
type Answer struct {
	Status int
	Path   string // of the page that answered in the end
	Header http.Header
	Body   string
}

// Get fetches a page.
func (v *Visitor) Get(path string) Answer { return v.do(http.MethodGet, path, nil) }

// Post sends a form.
func (v *Visitor) Post(path string, form url.Values) Answer {
	return v.do(http.MethodPost, path, strings.NewReader(form.Encode()))
}

func (v *Visitor) do(method, path string, body io.Reader) Answer {
	v.h.T.Helper()
	req, err := http.NewRequest(method, v.h.URL+path, body)
	if err != nil {
		v.h.T.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return v.Send(req)
}

// Send sends a request of the test's own making.
func (v *Visitor) Send(req *http.Request) Answer {
	v.h.T.Helper()
	a, err := v.Try(req)
	if err != nil {
		v.h.T.Fatal(err)
	}
	return a
}

// Try is Send for a request that the server may cut short.
func (v *Visitor) Try(req *http.Request) (Answer, error) {
	res, err := v.client.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, res.Request.URL.Path, res.Header, string(text)}, err
}

// Golden compares text with a file of the caller's testdata folder, or writes it when UPDATE is set in the environment.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) == got {
		return
	}
	w, g := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := 0; i < len(w) || i < len(g); i++ {
		a, b := "", ""
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			t.Fatalf("%s, line %d:\n want %s\n  got %s\n(UPDATE=1 go test writes the file anew; read the difference before you commit it)", name, i+1, a, b)
		}
	}
}
