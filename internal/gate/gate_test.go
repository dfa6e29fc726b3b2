package gate_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

var ctx = context.Background()

func entry(w *world.World) journal.Entry {
	return journal.Entry{Subject: journal.Ref{Kind: "office", ID: w.Offices["athens"]}, Action: "test.done"}
}

func TestWrite_asksBeforeItOpens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		ran := false
		fn := func(ctx context.Context, g *gate.W) error { ran = true; return g.Record(ctx, entry(w)) }
		if err := w.Gate.Write(ctx, w.Staff["centre"], "ledger.pay", fn); !fault.Is(err, fault.Denied) || ran {
			t.Errorf("reception paid money: %v", err)
		}
		if err := w.Gate.Write(ctx, "nobody", "ledger.pay", fn); !fault.Is(err, fault.SignedOut) || ran {
			t.Errorf("a stranger got in: %v", err)
		}
		if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE staff SET active = FALSE WHERE id = $1`, w.Staff["finance"])
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := w.Gate.Write(ctx, w.Staff["finance"], "ledger.pay", fn); !fault.Is(err, fault.SignedOut) || ran {
			t.Errorf("somebody who left got in: %v", err)
		}
	})
}

func TestWrite_withoutARecordIsAMistakeAndLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a change without an entry went through")
				}
			}()
			w.Gate.Write(ctx, org.SystemID, "x", func(ctx context.Context, g *gate.W) error {
				_, err := g.Tx.Exec(ctx, `UPDATE office SET name = 'changed'`)
				return err
			})
		}()
		if n := w.Count(`SELECT COUNT(*) FROM office WHERE name = 'changed'`); n != 0 {
			t.Errorf("%d offices changed without an entry", n)
		}
	})
}

func TestWrite_entryAndJobShareTheFateOfTheChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		stop := errors.New("stop")
		try := func(end error) error {
			return w.Gate.Write(ctx, org.SystemID, "x", func(ctx context.Context, g *gate.W) error {
				if _, err := g.Tx.Exec(ctx, `UPDATE office SET name = 'new name' WHERE code = 'athens'`); err != nil {
					return err
				}
				if err := g.Later(ctx, queue.Job{Kind: "test"}); err != nil {
					return err
				}
				if err := g.Record(ctx, entry(w)); err != nil {
					return err
				}
				return end
			})
		}
		counts := func() [3]int64 {
			return [3]int64{w.Count(`SELECT COUNT(*) FROM office WHERE name = 'new name'`), w.Count(`SELECT COUNT(*) FROM job WHERE kind = 'test'`), w.Count(`SELECT COUNT(*) FROM journal WHERE action = 'test.done'`)}
		}
		if err := try(stop); !errors.Is(err, stop) || counts() != [3]int64{} {
			t.Fatalf("after a failure: %v, %v", err, counts())
		}
		woken := false
		w.Gate.Wake = func() { woken = true }
		if err := try(nil); err != nil || counts() != [3]int64{1, 1, 1} || !woken {
			t.Fatalf("after a success: %v, %v, woken %v", err, counts(), woken)
		}
	})
}

func TestBatch_isAllOrNothingAndStillAsks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		err := w.Gate.Batch(ctx, org.SystemID, "x", func(ctx context.Context) error {
			for i := range 5 {
				w.Clock.Advance(time.Minute)
				if err := w.Gate.Write(ctx, org.SystemID, "x", func(ctx context.Context, g *gate.W) error {
					e := entry(w)
					e.Args = map[string]string{"n": fmt.Sprint(i)}
					return g.Record(ctx, e)
				}); err != nil {
					return err
				}
			}
			return w.Gate.Write(ctx, w.Staff["centre"], "ledger.pay", func(context.Context, *gate.W) error { return nil })
		})
		if !fault.Is(err, fault.Denied) || w.Count(`SELECT COUNT(*) FROM journal WHERE action = 'test.done'`) != 0 {
			t.Fatalf("a batch with one refusal left entries: %v", err)
		}
	})
}

// A counsellor of another office guesses an id: not found, exactly as for an id that does not exist, and the attempt is in
// the journal, once, however often it is repeated.
func TestOutsideScope_isNotFoundAndNoted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		c, persons := w.Family()
		look := func(staff, id string) *fault.Fault {
			return fault.Of(w.Gate.Read(ctx, w.Staff[staff], casefile.PermView, func(ctx context.Context, r *gate.R) error {
				_, err := casefile.ByID(ctx, r, id)
				return err
			}))
		}
		if f := look("counsellor", c.ID); f != nil {
			t.Fatalf("the owner cannot see the case: %v", f)
		}
		real, imagined := look("other", c.ID), look("other", "0197a000-0000-7000-8000-000000000000")
		if real == nil || imagined == nil || real.Kind != fault.NotFound || imagined.Kind != fault.NotFound || real.Key != imagined.Key {
			t.Fatalf("real %v, imagined %v", real, imagined)
		}
		for range 5 {
			look("other", c.ID)
		}
		if n := w.Count(`SELECT COUNT(*) FROM journal WHERE action = 'access.refused' AND subject_id = $1 AND actor = $2`, c.ID, w.Staff["other"]); n != 1 {
			t.Errorf("%d entries about the attempt, want 1", n)
		}
		err := w.Gate.Read(ctx, w.Staff["other"], "person.view", func(ctx context.Context, r *gate.R) error {
			_, err := w.Persons.ByID(ctx, r, persons[0])
			return err
		})
		if !fault.Is(err, fault.NotFound) || w.Count(`SELECT COUNT(*) FROM journal WHERE action = 'access.refused' AND subject_id = $1`, persons[0]) != 1 {
			t.Errorf("a person outside scope: %v", err)
		}
	})
}

func TestRead_cannotWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		err := w.Gate.Read(ctx, org.SystemID, "x", func(ctx context.Context, r *gate.R) error {
			_, err := r.Tx.Exec(ctx, `UPDATE office SET name = 'changed'`)
			return err
		})
		if err == nil || w.Count(`SELECT COUNT(*) FROM office WHERE name = 'changed'`) != 0 {
			t.Fatalf("a reader wrote: %v", err)
		}
	})
}
