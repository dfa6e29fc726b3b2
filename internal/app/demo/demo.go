// Package demo makes an invented office with an invented caseload, so that anybody can see Nostos at work without a single
// real person in it. Everything is written through the same commands as real work, by invented staff, on a clock that runs
// through the months before today; nothing is put into tables beside them. Every page says that the data is invented.
package demo

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand"
	"time"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

// Spec says what to make.
type Spec struct {
	Cases    int
	Seed     int64
	Caseload string    // "" for a small office of today; "greece" for the one that counts to the published figures
	Now      time.Time // the moment at which the caseload ends: today
	Scale    int       // 50: a fiftieth of the published figures, for tests; 0 or 1: all of it
}

// Progress is told how many cases are done.
type Progress func(done, total int64)

// Open opens a demo installation in the folder of the configuration, making its caseload if it holds none yet. The app that
// comes back runs on the machine's clock.
func Open(ctx context.Context, cfg *config.Config, spec Spec, p Progress) (*app.App, error) {
	clk := clock.NewFake(spec.Now)
	rnd := mathrand.New(mathrand.NewSource(spec.Seed))
	a, err := app.New(ctx, app.Options{Config: cfg, Clock: clk, IDs: &id.Maker{Now: clk.Now, Rand: rnd}, Demo: true})
	if err != nil {
		return nil, err
	}
	empty, err := isEmpty(ctx, a)
	if err == nil && empty {
		err = Fill(ctx, a, clk, rnd, spec, p)
	}
	if e := a.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, fmt.Errorf("make the demo in %s: %w", cfg.Data, err)
	}
	return app.New(ctx, app.Options{Config: cfg, IDs: &id.Maker{Rand: rand.Reader}, Demo: true, Logins: Logins()})
}

func isEmpty(ctx context.Context, a *app.App) (empty bool, err error) {
	err = a.DB.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		n, err := db.One(ctx, t, db.Value[int64], `SELECT COUNT(*) FROM office`)
		empty = n == 0
		return err
	})
	return
}

// Fill makes staff and caseload in an empty installation.
func Fill(ctx context.Context, a *app.App, clk *clock.Fake, rnd *mathrand.Rand, spec Spec, p Progress) error {
	greece := spec.Caseload == "greece"
	if greece {
		clk.Set(published[0].from.AddDays(-7).In(a.Gate.Zone))
	}
	st, err := hire(ctx, a)
	if err != nil {
		return err
	}
	m := &maker{a: a, clk: clk, rnd: rnd, staff: st, spec: spec}
	tell := m.small
	if greece {
		tell = m.greece
	}
	if err := tell(ctx, p); err != nil {
		return err
	}
	return a.DB.Analyze(ctx)
}
