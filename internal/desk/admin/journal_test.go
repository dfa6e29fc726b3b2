package admin

import (
	"bytes"
	"context"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

func TestJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b)
		ctx, admin := context.Background(), o.Staff["admin"]
		var id string
		err := b.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := queue.Add(ctx, tx, o.Clock.Now(), queue.Job{Kind: "k"}); err != nil {
				return err
			}
			var err error
			id, err = db.One(ctx, tx, db.Value[string], `UPDATE job SET state = 'parked' RETURNING id`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := o.d.RetryJob(ctx, o.Staff["counsellor"], id); !fault.Is(err, fault.Denied) {
			t.Error(err)
		}
		if err := o.d.RetryJob(ctx, admin, id); err != nil {
			t.Fatal(err)
		}
		if err := o.d.CancelJob(ctx, admin, id); err != nil {
			t.Fatal(err)
		}
		if err := o.d.CancelJob(ctx, admin, id); key(err) != "admin.err.job_state" {
			t.Error(err)
		}
		if err := o.d.RetryJob(ctx, admin, "none"); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if o.count("job.retried") != 1 || o.count("job.cancelled") != 1 {
			t.Error("entries")
		}
	})
}

func TestJournal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b)
		ctx, auditor := context.Background(), o.Staff["auditor"]
		c := o.Case(o.Person("Amina", "Testpour", "female", "1991-05-04", "PK"))
		err := o.Gate.Write(ctx, org.SystemID, "x", func(ctx context.Context, w *gate.W) error {
			for i := range 60 {
				e := journal.Entry{Subject: journal.Ref{Kind: "case", ID: c.ID}, Case: c.ID, Action: "test.noted", Args: map[string]string{"n": "=cmd"}}
				if i == 0 {
					e.Class, e.Action = org.Medical, "test.medical"
				}
				if err := w.Record(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var seen []int64
		want := Wanted{CaseNo: c.No}
		for {
			lines, next, err := o.d.ReadJournal(ctx, auditor, want)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range lines {
				seen = append(seen, l.Seq)
				if l.Action == "test.medical" && (!l.Hidden || l.Args != nil) {
					t.Error("the auditor reads a medical entry")
				}
			}
			if next == 0 {
				break
			}
			want.Before = next
		}
		if n := o.Count(`SELECT COUNT(*) FROM journal WHERE case_id = $1`, c.ID); int64(len(seen)) != n || n < 60 {
			t.Errorf("the pages hold %d of %d entries", len(seen), n)
		}
		if _, _, err := o.d.ReadJournal(ctx, auditor, Wanted{CaseNo: "GR-1999-000001"}); key(err) != "admin.err.no_case_filter" {
			t.Error(err)
		}
		if _, _, err := o.d.ReadJournal(ctx, o.Staff["counsellor"], Wanted{}); !fault.Is(err, fault.Denied) {
			t.Error(err)
		}
		var out bytes.Buffer
		if err := o.d.ExportJournal(ctx, auditor, Wanted{Action: "test.noted"}, &out); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 60 || o.count("journal.exported") != 1 {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		if harmless("=cmd") != "'=cmd" || harmless("2026") != "2026" {
			t.Error("formulas in the export")
		}
	})
}

func TestVerification(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b)
		ctx, auditor := context.Background(), o.Staff["auditor"]
		o.Case(o.Person("Amina", "Testpour", "female", "1991-05-04", "PK"))
		run := func() journal.Verdict {
			t.Helper()
			if err := o.d.AskVerification(ctx, auditor); err != nil {
				t.Fatal(err)
			}
			if err := o.d.AskVerification(ctx, auditor); key(err) != "audit.err.under_way" {
				t.Error(err)
			}
			var task queue.Task
			err := b.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
				list, err := queue.List(ctx, tx, queue.Ready, "", 1)
				if err == nil {
					task = list[0]
				}
				return err
			})
			if err != nil || task.Kind != VerifyKind {
				t.Fatal(err, task)
			}
			if err := o.d.Verify(ctx, task); err != nil {
				t.Fatal(err)
			}
			s, err := o.d.State(ctx, auditor)
			if err != nil || s.Check == nil || s.Check.FinishedAt.IsZero() {
				t.Fatal(err, s)
			}
			return s.Check.Verdict
		}
		if v := run(); !v.Sound() || v.Entries < 3 {
			t.Errorf("%+v", v)
		}
		if err := b.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE journal SET action = 'nothing' WHERE seq = 2`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		o.Clock.Advance(time.Minute)
		if v := run(); v.Sound() || v.Findings[0].Seq != 2 {
			t.Errorf("an altered entry is not found: %+v", v)
		}
		signed, err := o.d.TakeCheckpoint(ctx, auditor)
		if err != nil || !strings.HasPrefix(signed, journal.Origin) {
			t.Error(signed, err)
		}
	})
}
