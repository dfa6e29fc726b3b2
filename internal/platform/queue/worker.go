package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Handler does one kind of work. It must be idempotent (see the package comment). Its context ends when the claim is
// lost or the server must stop now.
type Handler func(ctx context.Context, t Task) error

// Worker takes jobs and does them, several at a time. Fill in the fields, then call Run once.
type Worker struct {
	DB       *db.DB
	Clock    clock.Clock
	Log      *slog.Logger
	Handlers map[string]Handler       // by kind; jobs of other kinds are left for a program that knows them
	Periodic map[string]time.Duration // kinds that run again and again, with the pause between

	Concurrency int            // zero: 2
	Poll        time.Duration  // how often to look without being woken; zero: 1s
	Lease       time.Duration  // how long a worker may be silent before it counts as dead; zero: 2m
	Grace       time.Duration  // how long a stop waits for running handlers; zero: 20s
	KeepDone    time.Duration  // how long finished jobs stay listed; zero: 7 days
	Base, Cap   time.Duration  // first and longest pause before another attempt; zero: 10s and 2h
	Jitter      func() float64 // 0 ≤ x < 1, spreads attempts; nil: none

	wake chan struct{}
	once sync.Once
}

func (w *Worker) init() {
	w.once.Do(func() {
		w.wake = make(chan struct{}, 1)
		w.Concurrency = orDefault(w.Concurrency, 2)
		w.Poll = orDefault(w.Poll, time.Second)
		w.Lease = orDefault(w.Lease, 2*time.Minute)
		w.Grace = orDefault(w.Grace, 20*time.Second)
		w.KeepDone = orDefault(w.KeepDone, 7*24*time.Hour)
		w.Base = orDefault(w.Base, 10*time.Second)
		w.Cap = orDefault(w.Cap, 2*time.Hour)
		if w.Log == nil {
			w.Log = slog.New(slog.DiscardHandler)
		}
	})
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Wake makes the worker look at once: hand it to tx.AfterCommit when a job was added. It never blocks.
func (w *Worker) Wake() {
	w.init()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Every makes kind a periodic job. Call it before Run. It is never parked: it goes on trying, with its last error shown.
func (w *Worker) Every(kind string, interval time.Duration, h Handler) {
	if w.Handlers == nil {
		w.Handlers = map[string]Handler{}
	}
	if w.Periodic == nil {
		w.Periodic = map[string]time.Duration{}
	}
	w.Handlers[kind], w.Periodic[kind] = h, interval
}

// Run works until ctx ends, then waits for running handlers (at most Grace) and returns. It owns every goroutine it starts.
func (w *Worker) Run(ctx context.Context) error {
	w.init()
	if err := w.plant(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("periodic jobs: %w", err)
	}
	work, stopNow := context.WithCancel(context.WithoutCancel(ctx))
	defer stopNow()
	var running sync.WaitGroup
	slots := make(chan struct{}, w.Concurrency)
	tick := time.NewTicker(w.Poll)
	defer tick.Stop()
	var swept time.Time
	for ctx.Err() == nil {
		now := w.Clock.Now()
		if err := w.reclaim(ctx); err != nil && ctx.Err() == nil {
			w.Log.Error("jobs of dead workers could not be taken back", "err", err)
		}
		if now.Sub(swept) >= time.Hour {
			swept = now
			w.clean(ctx)
		}
		more := w.round(ctx, work, slots, &running)
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-tick.C:
		}
	}
	done := make(chan struct{})
	go func() { running.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(w.Grace):
		stopNow()
		<-done
	}
	return nil
}

// plant writes the rows of the periodic jobs.
func (w *Worker) plant(ctx context.Context) error {
	if len(w.Periodic) == 0 {
		return nil
	}
	return w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, kind := range w.kinds() {
			if interval, ok := w.Periodic[kind]; ok {
				if err := every(ctx, tx, w.Clock.Now(), kind, interval); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (w *Worker) kinds() []string {
	var out []string
	for k := range w.Handlers {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// round claims what is due and starts it. It tells whether there was work, so that a full list is worked off without pauses.
func (w *Worker) round(ctx, work context.Context, slots chan struct{}, running *sync.WaitGroup) bool {
	var ids []string
	err := w.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		ids, err = due(ctx, tx, w.Clock.Now(), w.kinds(), 4*w.Concurrency)
		return err
	})
	if err != nil {
		if ctx.Err() == nil {
			w.Log.Error("jobs could not be read", "err", err)
		}
		return false
	}
	found := false
	for _, jobID := range ids {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return false
		}
		t, err := w.claim(ctx, jobID)
		if err != nil {
			<-slots
			if !errors.Is(err, db.ErrNoRow) && ctx.Err() == nil {
				w.Log.Error("job could not be claimed", "job", jobID, "err", err)
				return false
			}
			continue
		}
		found = true
		running.Add(1)
		go func() {
			defer func() {
				<-slots
				running.Done()
				if t.UniqueKey != "" { // another with the same key may have waited for this one
					w.Wake()
				}
			}()
			w.do(work, t)
		}()
	}
	return found
}

func (w *Worker) claim(ctx context.Context, jobID string) (t Task, err error) {
	err = w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		t, err = claim(ctx, tx, w.Clock.Now(), jobID, w.Lease)
		return err
	})
	return t, err
}

// do runs the handler once and records how it went.
func (w *Worker) do(work context.Context, t Task) {
	ctx, cancel := context.WithCancel(work)
	renewing := make(chan struct{})
	go func() { defer close(renewing); w.holdLease(ctx, cancel, t) }()
	err := w.call(ctx, t)
	cancel()
	<-renewing
	// The outcome is recorded even when the server is told to stop: the work has happened.
	if e := w.record(context.WithoutCancel(work), t, err, work.Err() != nil); e != nil {
		w.Log.Error("the outcome of a job could not be recorded; it will be tried again", "job", t.ID, "kind", t.Kind, "err", e)
	}
}

func (w *Worker) call(ctx context.Context, t Task) (err error) {
	defer func() {
		if p := recover(); p != nil {
			// The value of a panic can hold anything; the stack says where without saying what.
			w.Log.Error("job handler panicked", "job", t.ID, "kind", t.Kind, "stack", string(debug.Stack()))
			err = errors.New("the program failed while doing this (panic); the log has the place")
		}
	}()
	return w.Handlers[t.Kind](ctx, t)
}

// holdLease renews the claim until ctx ends, and ends the handler's context when the claim is lost.
func (w *Worker) holdLease(ctx context.Context, cancel func(), t Task) {
	tick := time.NewTicker(max(w.Lease/3, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		held := true
		err := w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			held, err = renew(ctx, tx, t, w.Clock.Now().Add(w.Lease))
			return err
		})
		if err == nil && !held {
			cancel()
			return
		}
	}
}

// record writes the outcome of an attempt in a transaction of its own.
func (w *Worker) record(ctx context.Context, t Task, err error, stopping bool) error {
	return w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return w.settle(ctx, tx, t, err, stopping) })
}

func (w *Worker) settle(ctx context.Context, tx *db.Tx, t Task, err error, stopping bool) error {
	now := w.Clock.Now()
	var p *permanent
	switch {
	case err == nil:
		return finish(ctx, tx, t, now)
	case stopping && errors.Is(err, context.Canceled):
		return putBack(ctx, tx, t, now, now, t.LastError, t.Attempts-1) // our doing, not the job's
	case t.Every > 0:
		w.Log.Warn("periodic job failed", "job", t.ID, "kind", t.Kind, "attempt", t.Attempts, "err", err)
		return putBack(ctx, tx, t, now, now.Add(min(w.pause(t.Attempts), t.Every)), reason(err), t.Attempts)
	case errors.As(err, &p), t.Attempts >= t.MaxAttempts:
		w.Log.Error("job parked", "job", t.ID, "kind", t.Kind, "attempts", t.Attempts, "err", err)
		return park(ctx, tx, t, now, reason(err))
	}
	w.Log.Warn("job failed, will be tried again", "job", t.ID, "kind", t.Kind, "attempt", t.Attempts, "err", err)
	return putBack(ctx, tx, t, now, now.Add(w.pause(t.Attempts)), reason(err), t.Attempts)
}

// pause is the wait after the n-th failure: doubling, bounded, and spread so that a mail server that comes back is not
// met by everybody at once.
func (w *Worker) pause(n int) time.Duration {
	d := float64(w.Base) * math.Pow(2, float64(n-1))
	d = min(d, float64(w.Cap))
	if w.Jitter != nil {
		d *= 0.8 + 0.4*w.Jitter()
	}
	return time.Duration(d)
}

// reclaim takes back jobs of workers that died. The attempt counts: a job that kills its worker is parked in the end.
func (w *Worker) reclaim(ctx context.Context) error {
	var lost []Task
	err := w.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		lost, err = expired(ctx, tx, w.Clock.Now())
		return err
	})
	if err != nil {
		return err
	}
	for _, t := range lost {
		err := w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			mine, err := steal(ctx, tx, t, w.Clock.Now())
			if errors.Is(err, db.ErrNoRow) {
				return nil // alive after all, or taken back by another worker
			}
			if err != nil {
				return err
			}
			return w.settle(ctx, tx, mine, errors.New("the worker stopped in the middle of this"), false)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *Worker) clean(ctx context.Context) {
	for {
		var n int64
		err := w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			n, err = sweep(ctx, tx, w.Clock.Now().Add(-w.KeepDone))
			return err
		})
		if err != nil || n == 0 {
			if err != nil && ctx.Err() == nil {
				w.Log.Error("finished jobs could not be removed", "err", err)
			}
			return
		}
	}
}
