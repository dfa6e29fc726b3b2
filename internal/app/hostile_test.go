package app_test

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

func entries(t *testing.T, h *house.House) (n int64) {
	t.Helper()
	if err := h.App.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = db.One(ctx, tx, db.Value[int64], `SELECT seq FROM journal_head`)
		return
	}); err != nil {
		t.Fatal(err)
	}
	return
}

// Whatever is sent, the answer is a clear refusal, nothing is written, and the server goes on.
func TestHostileForms(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		caseID, _ := family(t, h)
		v := h.As("counsellor")
		many := strings.Repeat("a=1&", 1_000_000)
		bodies := map[string]struct {
			kind, body string
			status     int
		}{
			"broken escapes":     {"application/x-www-form-urlencoded", "text=%zz", 422},
			"not UTF-8":          {"application/x-www-form-urlencoded", "text=%ff%fe", 422},
			"a NUL":              {"application/x-www-form-urlencoded", "text=a%00b", 422},
			"a million fields":   {"application/x-www-form-urlencoded", many, 413},
			"a long field":       {"application/x-www-form-urlencoded", "text=" + strings.Repeat("x", 5<<20), 413},
			"JSON":               {"application/json", `{"text":"x"}`, 422},
			"no type at all":     {"", "text=x", 422},
			"a type of nonsense": {"////", "text=x", 422},
			"an upload":          {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello\r\n--x--\r\n", 422},
		}
		before := entries(t, h)
		for name, b := range bodies {
			req, _ := http.NewRequest(http.MethodPost, h.URL+"/cases/"+caseID+"/notes", strings.NewReader(b.body))
			if b.kind != "" {
				req.Header.Set("Content-Type", b.kind)
			}
			a := v.Send(req)
			if a.Status != b.status {
				t.Errorf("%s: status %d, want %d", name, a.Status, b.status)
			}
			if strings.Contains(a.Body, "⟦") || !strings.Contains(a.Body, "<h1>") {
				t.Errorf("%s: no message for people", name)
			}
		}
		if n := entries(t, h); n != before {
			t.Errorf("%d entries were written", n-before)
		}
		if a := v.Get("/cases/" + caseID); a.Status != 200 {
			t.Errorf("afterwards the case answers %d", a.Status)
		}
	})
}

// Hostile text is kept as what it is, text, and shown as such.
func TestHostileText(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		caseID, _ := family(t, h)
		v := h.As("counsellor")
		for i, text := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'; DROP TABLE casefile; --`, `{{.}} ${7*7} <%= 1 %>`, "\u202egnp.exe", `javascript:alert(1)`} {
			a := v.Post("/cases/"+caseID+"/notes", url.Values{"id": {h.App.Gate.IDs.New()}, "text": {text}, "kind": {"note"}, "class": {"normal"}})
			if a.Status != 200 {
				t.Fatalf("note %d: %d\n%s", i, a.Status, a.Body)
			}
		}
		page := v.Get("/cases/" + caseID + "/history").Body
		for _, bad := range []string{"<script>alert", "<img src=x", `href="javascript:`} {
			if strings.Contains(page, bad) {
				t.Errorf("the page holds %q unescaped", bad)
			}
		}
		if !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") || !strings.Contains(page, "DROP TABLE casefile") {
			t.Error("the text did not survive")
		}
	})
}

// Another site cannot make a signed-in browser do anything.
func TestOtherSitesCannotPost(t *testing.T) {
	h := house.New(t, "sqlite")
	caseID, _ := family(t, h)
	v := h.As("counsellor")
	before := entries(t, h)
	for name, set := range map[string]func(*http.Request){
		"modern browser": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"older browser":  func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"sandboxed":      func(r *http.Request) { r.Header.Set("Origin", "null") },
	} {
		req, _ := http.NewRequest(http.MethodPost, h.URL+"/cases/"+caseID+"/withdraw", nil)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		set(req)
		if a := v.Send(req); a.Status != http.StatusForbidden {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
	if n := entries(t, h); n != before {
		t.Errorf("%d entries were written", n-before)
	}
}

// Every page carries the headers that keep a browser on our side.
func TestHeadersOnEveryPage(t *testing.T) {
	h := house.New(t, "sqlite")
	caseID, _ := family(t, h)
	v := h.As("counsellor")
	for _, path := range []string{"/sign-in", "/work", "/cases/" + caseID, "/nowhere", "/cases/0197a000-0000-7000-8000-000000000000"} {
		a := v.Get(path)
		csp := a.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: %v", path, a.Header)
		}
		if strings.Contains(a.Body, "<script>") || strings.Contains(a.Body, " style=") || strings.Contains(a.Body, " onclick=") {
			t.Errorf("%s holds inline script or style", path)
		}
	}
}

// endless is a file of so many bytes that is made while it is sent.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), e.left)
	for i := range p[:n] {
		p[i] = 'A'
	}
	e.left -= n
	return int(n), nil
}

func TestFiveGigabytesAreCutShort(t *testing.T) {
	h := house.New(t, "sqlite")
	caseID, _ := family(t, h)
	v := h.As("counsellor")
	pr, pw := io.Pipe()
	m := multipart.NewWriter(pw)
	src := &endless{5 << 30}
	go func() {
		for k, val := range map[string]string{"id": h.App.Gate.IDs.New(), "title": "Big", "kind": "other", "class": "normal"} {
			m.WriteField(k, val)
		}
		f, _ := m.CreateFormFile("file", "big.txt")
		io.Copy(f, src)
		m.Close()
		pw.Close()
	}()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	req, _ := http.NewRequest(http.MethodPost, h.URL+"/cases/"+caseID+"/files", pr)
	req.Header.Set("Content-Type", m.FormDataContentType())
	a, err := v.Try(req)
	runtime.ReadMemStats(&after)
	if err == nil && a.Status < 400 {
		t.Fatalf("five gigabytes were accepted: %d", a.Status)
	}
	if sent := int64(5<<30) - src.left; sent > 200<<20 {
		t.Errorf("%d MB were read before the refusal", sent>>20)
	}
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 200<<20 {
		t.Errorf("memory grew by %d MB", grown>>20)
	}
	if n := count(t, h, `SELECT COUNT(*) FROM attachment`); n != 0 {
		t.Errorf("%d attachments", n)
	}
}

func count(t *testing.T, h *house.House, q string, args ...any) (n int64) {
	t.Helper()
	if err := h.App.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = db.One(ctx, tx, db.Value[int64], q, args...)
		return
	}); err != nil {
		t.Fatal(err)
	}
	return
}

// A counsellor of another office guesses every address of a case: not found, and the attempt is in the journal.
func TestGuessingAddresses(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		caseID, personID := family(t, h)
		v := h.As("counsellor3")
		for _, rt := range h.App.Web.Routes() {
			method, pattern, _ := strings.Cut(rt.Pattern, " ")
			if method != http.MethodGet || !strings.HasPrefix(pattern, "/cases/{id}") && !strings.HasPrefix(pattern, "/persons/{id}") {
				continue
			}
			id := caseID
			if strings.HasPrefix(pattern, "/persons/") {
				id = personID
			}
			path := strings.Replace(pattern, "{id}", id, 1)
			path = wildcard.ReplaceAllString(path, "x")
			a := v.Get(path)
			if a.Status != http.StatusNotFound && a.Status != http.StatusForbidden {
				t.Errorf("%s: %d", rt.Pattern, a.Status)
			}
			for _, secret := range []string{"Amina", "Testpour", "GR-2026-"} {
				if strings.Contains(a.Body, secret) {
					t.Errorf("%s tells %q", rt.Pattern, secret)
				}
			}
		}
		if n := count(t, h, `SELECT COUNT(*) FROM journal WHERE action = 'access.refused' AND subject_id IN ($1, $2)`, caseID, personID); n != 2 {
			t.Errorf("%d attempts in the journal, want one for the case and one for the person", n)
		}
		// What was asked for stands in the search box again; the other half of the name must not.
		for path, secret := range map[string]string{"/work": "Testpour", "/cases": "Testpour", "/persons?q=Testpour": "Amina", "/search?q=Amina": "Testpour", "/search?q=GR-2026-000001": "Testpour"} {
			if a := v.Get(path); strings.Contains(a.Body, secret) {
				t.Errorf("%s tells of a case of another office", path)
			}
		}
	})
}
