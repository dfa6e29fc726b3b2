package app

import (
	"context"
	"net/http"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/metrics"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
)

// Version is the program's version, set when a release is built.
var Version = "development"

// measure makes the metrics: requests by route, jobs by state, the journal's length, writes.
func (a *App) measure() *metrics.Metrics {
	m := metrics.New(Version)
	m.Gauge("nostos_db_writes", "Write transactions begun since the start.", func() float64 { return float64(a.DB.Writes()) })
	m.Gauges("nostos_jobs", "Jobs by state.", "state", func(ctx context.Context) (map[string]float64, error) {
		out := map[string]float64{}
		err := a.DB.Read(ctx, func(ctx context.Context, t *db.Tx) error {
			n, err := queue.Counts(ctx, t)
			for s, v := range n {
				out[string(s)] = float64(v)
			}
			return err
		})
		return out, err
	})
	m.Gauges("nostos_journal", "Entries in the journal.", "part", func(ctx context.Context) (map[string]float64, error) {
		var n int64
		err := a.DB.Read(ctx, func(ctx context.Context, t *db.Tx) (err error) { n, _, err = journal.Head(ctx, t); return })
		return map[string]float64{"entries": float64(n)}, err
	})
	return m
}

// AdminHandler is what is served on the separate address: metrics, profiles, health. Never put it on a public address.
func (a *App) AdminHandler() http.Handler {
	return a.metrics.AdminHandler(func(ctx context.Context) error {
		return a.DB.Read(ctx, func(ctx context.Context, t *db.Tx) error { _, _, err := journal.Head(ctx, t); return err })
	})
}

// Handler is everything that is served on the public address.
func (a *App) Handler() http.Handler { return a.metrics.Middleware(a.Web.Handler()) }
