package metrics

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, h http.Handler, method, path string) (int, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(method, path, nil))
	b, _ := io.ReadAll(rec.Body)
	return rec.Code, string(b)
}

func TestMiddleware_countsByPatternNeverByPath(t *testing.T) {
	m := New("1.2.3")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /case/{id}", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("x")) })
	mux.HandleFunc("POST /case/{id}", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(303) })
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("boom") })
	copied := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // as a middleware in between would
		_, p := mux.Handler(r)
		SetRoute(r.Context(), p)
		mux.ServeHTTP(w, r.Clone(r.Context()))
	})
	for _, h := range []http.Handler{m.Middleware(mux), m.Middleware(copied)} {
		get(t, h, "GET", "/case/secret-1")
		get(t, h, "POST", "/case/secret-2")
		get(t, h, "GET", "/secret-3")
		get(t, h, "SECRET4", "/case/secret-1")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		get(t, m.Middleware(mux), "GET", "/panic")
	}()
	_, text := get(t, m.AdminHandler(nil), "GET", "/metrics")
	for _, want := range []string{
		`nostos_http_requests_total{method="GET",route="/case/{id}",status="200"} 2`,
		`nostos_http_requests_total{method="POST",route="/case/{id}",status="303"} 2`,
		`nostos_http_requests_total{method="GET",route="none",status="404"} 2`,
		`nostos_http_requests_total{method="other",route="none",status="405"} 2`,
		`nostos_http_requests_total{method="GET",route="/panic",status="500"} 1`,
		`nostos_http_request_seconds_count{method="GET",route="/case/{id}"} 2`,
		`nostos_http_in_flight 0`,
		`nostos_build_info{version="1.2.3"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %s", want)
		}
	}
	if strings.Contains(strings.ToLower(text), "secret") {
		t.Error("a path or a made-up method became a label")
	}
}

func TestGauges(t *testing.T) {
	m := New("v")
	m.Gauge("nostos_db_writes", "h", func() float64 { return 7 })
	var fail error
	m.Gauges("nostos_jobs", "h", "state", func(context.Context) (map[string]float64, error) {
		return map[string]float64{"ready": 3, "parked": 1}, fail
	})
	h := m.AdminHandler(nil)
	code, text := get(t, h, "GET", "/metrics")
	for _, want := range []string{"nostos_db_writes 7", `nostos_jobs{state="ready"} 3`, `nostos_jobs{state="parked"} 1`} {
		if code != 200 || !strings.Contains(text, want) {
			t.Errorf("%d, missing %s", code, want)
		}
	}
	fail = errors.New("database closed")
	if code, _ := get(t, h, "GET", "/metrics"); code != 500 {
		t.Errorf("a failing gauge gave %d", code)
	}
}

func TestAdminHandler(t *testing.T) {
	var fail error
	h := New("v").AdminHandler(func(context.Context) error { return fail })
	if code, text := get(t, h, "GET", "/healthz"); code != 200 || text != "ok\n" {
		t.Errorf("healthy: %d %q", code, text)
	}
	fail = errors.New("postgres://u:pw@h is gone")
	if code, text := get(t, h, "GET", "/healthz"); code != 503 || strings.Contains(text, "pw") {
		t.Errorf("sick: %d %q", code, text)
	}
	for path, want := range map[string]int{"/debug/pprof/": 200, "/debug/pprof/heap": 200, "/debug/pprof/symbol": 200, "/debug/pprof/cmdline": 404, "/": 404} {
		if code, _ := get(t, h, "GET", path); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
}
