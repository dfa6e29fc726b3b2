// Package metrics counts what the server does, for the people who keep it running: requests by route, how long they
// took, and the sizes the database, the journal and the job list report. It never counts by address, person or case,
// because a metric is kept outside the building. It owns no table.
package metrics

import (
	"context"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is one registry with the measures of one server.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

// New makes a registry with the measures every server has.
func New(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "nostos_http_requests_total", Help: "Answered requests."}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "nostos_http_request_seconds", Help: "Time from request to the end of the answer.",
			Buckets: []float64{.002, .005, .01, .015, .03, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "nostos_http_in_flight", Help: "Requests being answered now."}),
	}
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "nostos_build_info", Help: "The version that runs."}, []string{"version"})
	info.WithLabelValues(version).Set(1)
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Gauge reports a number that is asked for when somebody looks.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// Gauges reports one number for each value of a label, such as jobs by state. The values must be codes of the program.
// An error makes this look at the metrics fail visibly; it never reports an old number as a new one.
func (m *Metrics) Gauges(name, help, label string, read func(ctx context.Context) (map[string]float64, error)) {
	m.registry.MustRegister(&gauges{prometheus.NewDesc(name, help, []string{label}, nil), read})
}

type gauges struct {
	desc *prometheus.Desc
	read func(ctx context.Context) (map[string]float64, error)
}

func (g *gauges) Describe(ch chan<- *prometheus.Desc) { ch <- g.desc }

func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	values, err := g.read(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(g.desc, err)
		return
	}
	for label, v := range values {
		ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, v, label)
	}
}

type routeKey struct{}

// SetRoute names the pattern that answers the request. A router needs it only where a middleware between Middleware and
// the router made a copy of the request; otherwise the pattern is found in the request itself.
func SetRoute(ctx context.Context, pattern string) {
	if p, ok := ctx.Value(routeKey{}).(*string); ok {
		*p = pattern
	}
}

// Middleware counts requests by route pattern and never by path: paths hold identifiers, and there is no end of them.
func (m *Metrics) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var pattern string
		r = r.WithContext(context.WithValue(r.Context(), routeKey{}, &pattern))
		start := time.Now()
		m.inFlight.Inc()
		rec := &recorder{ResponseWriter: w}
		defer func() {
			m.inFlight.Dec()
			p := recover()
			if p != nil && !rec.wrote {
				rec.status = http.StatusInternalServerError
			}
			if pattern == "" {
				pattern = r.Pattern
			}
			meth := method(r.Method)
			route := routeOf(pattern)
			m.requests.WithLabelValues(meth, route, strconv.Itoa(rec.code())).Inc()
			m.duration.WithLabelValues(meth, route).Observe(time.Since(start).Seconds())
			if p != nil {
				panic(p)
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// routeOf takes the method off a pattern such as "GET /case/{id}".
func routeOf(pattern string) string {
	if pattern == "" {
		return "none"
	}
	if _, path, ok := strings.Cut(pattern, " "); ok {
		return path
	}
	return pattern
}

// method keeps made-up methods from becoming labels.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (r *recorder) WriteHeader(code int) {
	if !r.wrote && code >= 200 { // 1xx are not the answer yet
		r.status, r.wrote = code, true
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(b []byte) (int, error) { r.wrote = true; return r.ResponseWriter.Write(b) }

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// AdminHandler serves /metrics, /healthz and /debug/pprof/. It must listen on an address the public cannot reach.
// healthy may be nil; its error makes /healthz answer 503.
func (m *Metrics) AdminHandler(healthy func(ctx context.Context) error) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if healthy != nil && healthy(r.Context()) != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			w.Write([]byte("not healthy\n"))
			return
		}
		w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux // no cmdline: the command line may name a database with its password
}
