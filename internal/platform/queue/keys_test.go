package queue_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

func TestAdd_uniqueKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		job := func(at time.Time) queue.Job { return queue.Job{Kind: "recount", UniqueKey: "case-1", RunAt: at} }
		add(t, d, start, job(start.Add(time.Hour)), job(start.Add(time.Minute)), job(start.Add(2*time.Hour)))
		ready := list(t, d, queue.Ready)
		if len(ready) != 1 || !ready[0].RunAt.Equal(start.Add(time.Minute)) {
			t.Fatalf("waiting: %+v", ready)
		}
		c.Advance(time.Minute)
		var mu sync.Mutex
		now, most := 0, 0
		release := make(chan struct{})
		w := worker(t, d, c, map[string]queue.Handler{"recount": func(context.Context, queue.Task) error {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			<-release
			mu.Lock()
			now--
			mu.Unlock()
			return nil
		}})
		run(t, w)
		until(t, "running", func() bool { return counts(t, d)[queue.Running] == 1 })
		add(t, d, start, job(start)) // a change while the first runs must not be lost
		time.Sleep(50 * time.Millisecond)
		close(release)
		until(t, "both done", func() bool { return counts(t, d)[queue.Done] == 2 })
		if most != 1 {
			t.Fatalf("%d with one key ran at once", most)
		}
	})
}

func TestUniqueKey_failedMakesRoomForYounger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add(t, d, start, queue.Job{Kind: "k", UniqueKey: "u"})
		release := make(chan error)
		run(t, worker(t, d, clock.NewFake(start), map[string]queue.Handler{"k": func(context.Context, queue.Task) error { return <-release }}))
		until(t, "running", func() bool { return counts(t, d)[queue.Running] == 1 })
		add(t, d, start, queue.Job{Kind: "k", UniqueKey: "u"})
		release <- errors.New("disk full")
		release <- nil
		until(t, "the younger is done", func() bool { n := counts(t, d); return n[queue.Done] == 1 && n[queue.Cancelled] == 1 })
	})
}

func TestEvery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		ran := make(chan time.Time, 100)
		var mu sync.Mutex
		var fail error
		make1 := func() *queue.Worker {
			w := worker(t, d, c, nil)
			w.Every("watch", time.Hour, func(context.Context, queue.Task) error {
				mu.Lock()
				defer mu.Unlock()
				ran <- c.Now()
				return fail
			})
			return w
		}
		run(t, make1(), make1(), make1())
		<-ran
		until(t, "planned again", func() bool {
			r := list(t, d, queue.Ready)
			return len(r) == 1 && r[0].RunAt.Equal(start.Add(time.Hour))
		})
		mu.Lock()
		fail = errors.New("no answer")
		mu.Unlock()
		c.Advance(time.Hour)
		<-ran
		until(t, "failure shown", func() bool { r := list(t, d, queue.Ready); return len(r) == 1 && r[0].LastError == "no answer" })
		mu.Lock()
		fail = nil
		mu.Unlock()
		c.Advance(20 * time.Second)
		<-ran
		until(t, "failure gone", func() bool {
			r := list(t, d, queue.Ready)
			return len(r) == 1 && r[0].LastError == "" && r[0].Attempts == 0
		})
		if len(ran) != 0 {
			t.Fatalf("ran %d times too often", len(ran))
		}
		task := list(t, d, queue.Ready)[0]
		err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error { return queue.Cancel(ctx, tx, start, task.ID) })
		if !errors.Is(err, queue.ErrState) {
			t.Fatalf("a periodic job was cancelled: %v", err)
		}
	})
}

func TestRetryCancelListAndSweep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		var mu sync.Mutex
		bad := true
		w := worker(t, d, c, map[string]queue.Handler{"k": func(context.Context, queue.Task) error {
			mu.Lock()
			defer mu.Unlock()
			if bad {
				return queue.Permanent(errors.New("no"))
			}
			return nil
		}})
		for range 5 {
			add(t, d, start, queue.Job{Kind: "k", UniqueKey: "u" + fmt.Sprint(len(list(t, d, queue.Ready)))})
		}
		add(t, d, start, queue.Job{Kind: "unknown to this program"})
		run(t, w)
		until(t, "parked", func() bool { return counts(t, d)[queue.Parked] == 5 })
		if n := counts(t, d)[queue.Ready]; n != 1 {
			t.Fatalf("an unknown kind was touched: %d ready", n)
		}
		// pages of two, no job twice, none left out
		var seen []string
		for after := ""; ; {
			var page []queue.Task
			err := d.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
				page, err = queue.List(ctx, tx, queue.Parked, after, 2)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, p := range page {
				seen = append(seen, p.ID)
			}
			after = page[len(page)-1].ID
		}
		if len(seen) != 5 {
			t.Fatalf("pages show %d jobs", len(seen))
		}
		mu.Lock()
		bad = false
		mu.Unlock()
		write(t, d, func(ctx context.Context, tx *db.Tx) error { return queue.Retry(ctx, tx, start, seen[0]) })
		until(t, "retried", func() bool { return counts(t, d)[queue.Done] == 1 })
		write(t, d, func(ctx context.Context, tx *db.Tx) error { return queue.Cancel(ctx, tx, start, seen[1]) })
		for name, fn := range map[string]func(context.Context, *db.Tx) error{
			"retry done":       func(ctx context.Context, tx *db.Tx) error { return queue.Retry(ctx, tx, start, seen[0]) },
			"cancel done":      func(ctx context.Context, tx *db.Tx) error { return queue.Cancel(ctx, tx, start, seen[0]) },
			"retry missing":    func(ctx context.Context, tx *db.Tx) error { return queue.Retry(ctx, tx, start, "none") },
			"cancel cancelled": func(ctx context.Context, tx *db.Tx) error { return queue.Cancel(ctx, tx, start, seen[1]) },
		} {
			if err := d.Write(context.Background(), fn); !errors.Is(err, queue.ErrState) {
				t.Errorf("%s: %v", name, err)
			}
		}
		c.Advance(8 * 24 * time.Hour)
		until(t, "swept", func() bool { n := counts(t, d); return n[queue.Done] == 0 && n[queue.Cancelled] == 0 })
		if n := counts(t, d); n[queue.Parked] != 3 || n[queue.Ready] != 1 {
			t.Fatalf("the sweep took too much: %v", n)
		}
	})
}
