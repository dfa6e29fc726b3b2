package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/log"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func write(t *testing.T, d *db.DB, fn func(context.Context, *db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, d *db.DB, now time.Time, jobs ...queue.Job) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx *db.Tx) error { return queue.Add(ctx, tx, now, jobs...) })
}

func list(t *testing.T, d *db.DB, s queue.State) (out []queue.Task) {
	t.Helper()
	err := d.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = queue.List(ctx, tx, s, "", 1000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func counts(t *testing.T, d *db.DB) (out map[queue.State]int64) {
	t.Helper()
	err := d.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) { out, err = queue.Counts(ctx, tx); return err })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// run starts the workers and gives a function that stops them and waits.
func run(t *testing.T, ws ...*queue.Worker) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for _, w := range ws {
		wg.Go(func() {
			if err := w.Run(ctx); err != nil {
				t.Errorf("worker: %v", err)
			}
		})
	}
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); wg.Wait() }) }
	t.Cleanup(stop)
	return stop
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(3 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long: %s", what)
		}
	}
}

func worker(t *testing.T, d *db.DB, c clock.Clock, handlers map[string]queue.Handler) *queue.Worker {
	return &queue.Worker{DB: d, Clock: c, Log: log.Test(t, t.Output()), Handlers: handlers, Poll: 5 * time.Millisecond}
}

func TestRun_sixWorkersEachJobExactlyOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const n = 500
		var jobs []queue.Job
		for i := range n {
			jobs = append(jobs, queue.Job{Kind: "count", Payload: i})
		}
		add(t, d, start, jobs...)
		var mu sync.Mutex
		runs := map[int]int{}
		h := map[string]queue.Handler{"count": func(_ context.Context, task queue.Task) error {
			var i int
			if err := task.Into(&i); err != nil {
				return err
			}
			mu.Lock()
			runs[i]++
			mu.Unlock()
			return nil
		}}
		var ws []*queue.Worker
		for range 6 {
			ws = append(ws, worker(t, d, clock.NewFake(start), h))
		}
		stop := run(t, ws...)
		until(t, "500 jobs done", func() bool { return counts(t, d)[queue.Done] == n })
		stop()
		for i := range n {
			if runs[i] != 1 {
				t.Errorf("job %d ran %d times", i, runs[i])
			}
		}
		for _, task := range list(t, d, queue.Done) {
			if task.Attempts != 1 {
				t.Errorf("job %s took %d attempts", task.ID, task.Attempts)
			}
		}
	})
}

func TestAdd_rolledBackNeverRuns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		boom := errors.New("rule refused")
		err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			if err := queue.Add(ctx, tx, start, queue.Job{Kind: "mark", Payload: "no"}); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		add(t, d, start, queue.Job{Kind: "mark", Payload: "yes"})
		var mu sync.Mutex
		var ran []string
		stop := run(t, worker(t, d, clock.NewFake(start), map[string]queue.Handler{"mark": func(_ context.Context, task queue.Task) error {
			mu.Lock()
			defer mu.Unlock()
			ran = append(ran, string(task.Payload))
			return nil
		}}))
		until(t, "the kept job", func() bool { return counts(t, d)[queue.Done] == 1 })
		stop()
		if fmt.Sprint(ran) != `["yes"]` {
			t.Fatalf("ran %v", ran)
		}
	})
}

func TestRun_waitsForItsTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		add(t, d, start, queue.Job{Kind: "k", RunAt: start.Add(time.Hour)}, queue.Job{Kind: "k"})
		run(t, worker(t, d, c, map[string]queue.Handler{"k": func(context.Context, queue.Task) error { return nil }}))
		until(t, "the due job", func() bool { return counts(t, d)[queue.Done] == 1 })
		if n := counts(t, d)[queue.Ready]; n != 1 {
			t.Fatalf("%d jobs wait", n)
		}
		c.Advance(time.Hour)
		until(t, "the later job", func() bool { return counts(t, d)[queue.Done] == 2 })
	})
}

func TestRun_retriesWithGrowingPausesThenParks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		w := worker(t, d, c, map[string]queue.Handler{
			"fail": func(context.Context, queue.Task) error {
				return errors.New("550 unknown user maria@example.org, call +30 210 1234567")
			},
			"panic": func(context.Context, queue.Task) error { panic("name of a person") },
			"never": func(context.Context, queue.Task) error { return queue.Permanent(errors.New("no such kind of letter")) },
		})
		w.Jitter = func() float64 { return 0.5 }
		add(t, d, start, queue.Job{Kind: "fail", MaxAttempts: 3}, queue.Job{Kind: "panic", MaxAttempts: 1}, queue.Job{Kind: "never"})
		run(t, w)
		for i, pause := range []time.Duration{10 * time.Second, 20 * time.Second} {
			until(t, "a failed attempt", func() bool { r := list(t, d, queue.Ready); return len(r) == 1 && r[0].Attempts == i+1 })
			if got := list(t, d, queue.Ready)[0].RunAt; !got.Equal(c.Now().Add(pause)) {
				t.Errorf("attempt %d again at %s, want after %s", i+2, got, pause)
			}
			c.Advance(pause)
		}
		until(t, "all parked", func() bool { return counts(t, d)[queue.Parked] == 3 })
		for _, task := range list(t, d, queue.Parked) {
			if task.LastError == "" || strings.Contains(task.LastError, "maria") || strings.Contains(task.LastError, "1234567") || strings.Contains(task.LastError, "person") {
				t.Errorf("%s: last error %q", task.Kind, task.LastError)
			}
			if want := map[string]int{"fail": 3, "panic": 1, "never": 1}[task.Kind]; task.Attempts != want {
				t.Errorf("%s: %d attempts, want %d", task.Kind, task.Attempts, want)
			}
		}
	})
}

// A worker that dies tells nobody: its handler here never comes back to record anything.
func TestRun_takesBackFromDeadWorker(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		add(t, d, start, queue.Job{Kind: "k", MaxAttempts: 2})
		died := make(chan struct{})
		wakeUp := sync.OnceFunc(func() { close(died) })
		dead := worker(t, d, c, map[string]queue.Handler{"k": func(ctx context.Context, _ queue.Task) error { <-died; return nil }})
		dead.Lease, dead.Grace, dead.Concurrency = time.Hour, time.Millisecond, 1
		stopDead := run(t, dead)
		t.Cleanup(wakeUp)
		until(t, "claimed", func() bool { return counts(t, d)[queue.Running] == 1 })

		attempts := make(chan int, 10)
		alive := worker(t, d, c, map[string]queue.Handler{"k": func(_ context.Context, task queue.Task) error { attempts <- task.Attempts; return nil }})
		run(t, alive)
		time.Sleep(50 * time.Millisecond)
		if n := len(attempts); n != 0 {
			t.Fatalf("taken while the lease held, %d times", n)
		}
		c.Advance(time.Hour + time.Second)
		until(t, "put back", func() bool { return counts(t, d)[queue.Running] == 0 })
		c.Advance(time.Minute)
		until(t, "taken again", func() bool { return len(attempts) == 1 })
		if got := <-attempts; got != 2 {
			t.Fatalf("attempt %d", got)
		}
		until(t, "done", func() bool { return counts(t, d)[queue.Done] == 1 })
		before := list(t, d, queue.Done)[0]
		wakeUp() // the dead one wakes up and tries to record: nothing may change
		stopDead()
		if after := list(t, d, queue.Done)[0]; !after.DoneAt.Equal(before.DoneAt) || after.Attempts != 2 {
			t.Fatalf("a lost claim changed the job: %+v", after)
		}
		if len(attempts) != 0 {
			t.Fatal("ran again")
		}
	})
}

func TestRun_jobThatKillsItsWorkerIsParked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		add(t, d, start, queue.Job{Kind: "k", MaxAttempts: 1})
		hang := make(chan struct{})
		defer close(hang)
		dead := worker(t, d, c, map[string]queue.Handler{"k": func(context.Context, queue.Task) error { <-hang; return nil }})
		dead.Lease = time.Hour
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go dead.Run(ctx)
		until(t, "claimed", func() bool { return counts(t, d)[queue.Running] == 1 })
		run(t, worker(t, d, c, map[string]queue.Handler{"other": nil}))
		c.Advance(2 * time.Hour)
		until(t, "parked", func() bool { return counts(t, d)[queue.Parked] == 1 })
	})
}

func TestRun_renewsItsLease(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add(t, d, time.Now(), queue.Job{Kind: "k"})
		var mu sync.Mutex
		runs := 0
		h := map[string]queue.Handler{"k": func(ctx context.Context, _ queue.Task) error {
			mu.Lock()
			runs++
			mu.Unlock()
			select {
			case <-time.After(1500 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		a, b := worker(t, d, clock.System{}, h), worker(t, d, clock.System{}, h)
		a.Lease, b.Lease = 600*time.Millisecond, 600*time.Millisecond
		run(t, a, b)
		until(t, "the long job", func() bool { return counts(t, d)[queue.Done] == 1 })
		if runs != 1 {
			t.Fatalf("ran %d times", runs)
		}
	})
}

func TestRun_stopWaitsForHandlers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add(t, d, start, queue.Job{Kind: "quick"}, queue.Job{Kind: "stuck"})
		began := make(chan string, 2)
		w := worker(t, d, clock.NewFake(start), map[string]queue.Handler{
			"quick": func(context.Context, queue.Task) error {
				began <- "quick"
				time.Sleep(100 * time.Millisecond)
				return nil
			},
			"stuck": func(ctx context.Context, _ queue.Task) error { began <- "stuck"; <-ctx.Done(); return ctx.Err() },
		})
		w.Grace = 400 * time.Millisecond
		stop := run(t, w)
		<-began
		<-began
		stop()
		n := counts(t, d)
		if n[queue.Done] != 1 || n[queue.Ready] != 1 || n[queue.Running] != 0 {
			t.Fatalf("after the stop: %v", n)
		}
		if task := list(t, d, queue.Ready)[0]; task.Attempts != 0 {
			t.Fatalf("being stopped counted as %d attempts", task.Attempts)
		}
	})
}
