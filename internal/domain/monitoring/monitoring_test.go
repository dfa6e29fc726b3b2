package monitoring_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/monitoring"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

var ctx = context.Background()

var today = day.New(2026, 3, 2)

type office struct {
	*world.World
	t    testing.TB
	room *monitoring.Domain
	c    casefile.Case
	me   string
}

func setup(t testing.TB, d *db.DB) *office {
	t.Helper()
	w := world.New(t, d)
	o := &office{World: w, t: t, room: &monitoring.Domain{Gate: w.Gate}, me: w.Staff["reintegration"]}
	o.c, _ = w.Family()
	o.must(w.Cases.SendHandOver(ctx, w.Staff["counsellor"], casefile.HandOver{ID: w.Gate.IDs.New(), CaseID: o.c.ID, To: w.Offices["islamabad"], Message: "Home next week."}))
	o.must(w.Cases.AcceptHandOver(ctx, o.me, o.c.ID))
	o.At(o.c.ID, "MONITORING")
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) refused(err error, kind fault.Kind, field, key string) {
	o.t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != kind {
		o.t.Fatalf("want %v %s, got %v", kind, key, err)
	}
	if field == "" && f.Key == key {
		return
	}
	for _, p := range f.Fields {
		if p.Name == field && p.Key == key {
			return
		}
	}
	o.t.Fatalf("want %s at %q, got %v", key, field, err)
}

func (o *office) file() (f monitoring.File) {
	o.t.Helper()
	o.must(o.Gate.Read(ctx, o.me, monitoring.PermView, func(ctx context.Context, r *gate.R) (err error) {
		f, err = monitoring.FileOf(ctx, r, o.c.ID)
		return err
	}))
	return f
}

func (o *office) met() bool {
	o.t.Helper()
	c := o.Get(o.c.ID)
	met := false
	o.must(o.Gate.Read(ctx, o.me, monitoring.PermView, func(ctx context.Context, r *gate.R) error {
		un, err := o.room.Conditions()["monitoring.visited"](ctx, r, c)
		met = len(un) == 0
		return err
	}))
	return met
}

func (o *office) noAnswer() {
	o.t.Helper()
	o.must(o.room.Try(ctx, o.me, monitoring.Attempt{ID: o.Gate.IDs.New(), CaseID: o.c.ID, Channel: "phone", Result: monitoring.NoAnswer}))
}

func (o *office) visit() monitoring.Visit {
	return monitoring.Visit{ID: o.Gate.IDs.New(), CaseID: o.c.ID, Mode: "in_person", On: today, Found: true, Business: "operating", Income: "just_enough", Employed: 2}
}

func TestVisits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		o.must(o.room.ScheduleFrom(ctx, o.me, o.c.ID, day.New(2025, 11, 30)))
		o.must(o.room.ScheduleFrom(ctx, o.me, o.c.ID, day.New(2026, 1, 1))) // once
		f := o.file()
		if len(f.Dues) != 3 || f.Dues[0].On != day.New(2026, 2, 28) || !f.Dues[0].Late || f.Dues[2].On != day.New(2026, 11, 30) || f.Dues[0].Who.Name() != "Amina Testpour" {
			t.Fatalf("dues %+v", f.Dues)
		}
		if o.met() {
			t.Error("nobody was there yet")
		}
		v := o.visit()
		for name, c := range map[string]struct {
			change     func(*monitoring.Visit)
			field, key string
		}{
			"tomorrow":       {func(v *monitoring.Visit) { v.On = today.AddDays(1) }, "on", "monitoring.err.date_past"},
			"mode":           {func(v *monitoring.Visit) { v.Mode = "" }, "mode", "monitoring.err.choose"},
			"business":       {func(v *monitoring.Visit) { v.Business = "" }, "business", "monitoring.err.choose"},
			"closed, no why": {func(v *monitoring.Visit) { v.Business = "closed" }, "closed_reason", "monitoring.err.closed_reason"},
			"next before":    {func(v *monitoring.Visit) { v.NextOn = today }, "next", "monitoring.err.next"},
			"employed":       {func(v *monitoring.Visit) { v.Employed = -1 }, "employed", "monitoring.err.employed"},
		} {
			x := v
			c.change(&x)
			err := o.room.Visit(ctx, o.me, x)
			if err == nil {
				t.Fatalf("%s was taken", name)
			}
			o.refused(err, fault.Invalid, c.field, c.key)
		}
		v.NextOn = today.AddDays(30)
		o.must(o.room.Visit(ctx, o.me, v))
		o.must(o.room.Visit(ctx, o.me, v))
		f = o.file()
		if len(f.Visits) != 1 || len(f.Dues) != 3 || f.Dues[0].Months != 0 || f.Dues[0].On != today.AddDays(30) || !o.met() {
			t.Errorf("after the visit: %+v", f)
		}
		if n := o.Count(`SELECT COUNT(*) FROM task WHERE case_id = $1 AND done_at = '' AND code IN ('visit_3_months')`, o.c.ID); n != 0 {
			t.Error("the first visit was made, and its task is still there")
		}
		if n := o.Count(`SELECT COUNT(*) FROM task WHERE case_id = $1 AND done_at = '' AND code IN ('visit_next','visit_6_months','visit_12_months')`, o.c.ID); n != 3 {
			t.Errorf("%d tasks", n)
		}
		o.must(o.Gate.Read(ctx, o.Staff["other"], monitoring.PermView, func(ctx context.Context, r *gate.R) error {
			ds, err := monitoring.DueVisits(ctx, r)
			if len(ds) != 0 {
				t.Error("another office sees who is visited")
			}
			return err
		}))
	})
}

// Nobody is lost before three attempts were written down; somebody who turns up is found again.
func TestLostFromSight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		o.must(o.room.ScheduleFrom(ctx, o.me, o.c.ID, day.New(2025, 11, 30)))
		o.noAnswer()
		o.noAnswer()
		o.refused(o.room.LoseSight(ctx, o.me, o.c.ID, "Gone"), fault.Conflict, "", "monitoring.err.too_few")
		o.must(o.room.Try(ctx, o.me, monitoring.Attempt{CaseID: o.c.ID, Channel: "relative", Result: monitoring.Reached}))
		o.noAnswer()
		o.refused(o.room.LoseSight(ctx, o.me, o.c.ID, "Gone"), fault.Conflict, "", "monitoring.err.too_few") // counted anew
		o.noAnswer()
		lost := o.visit()
		lost.Found = false
		o.must(o.room.Visit(ctx, o.me, lost))
		if o.met() {
			t.Error("a visit that found nobody is no visit")
		}
		o.noAnswer()
		o.refused(o.room.LoseSight(ctx, o.me, o.c.ID, ""), fault.Invalid, "note", "monitoring.err.loss_note")
		o.must(o.room.LoseSight(ctx, o.me, o.c.ID, "Neighbours say they moved to another city"))
		o.must(o.room.LoseSight(ctx, o.me, o.c.ID, "Neighbours"))
		if f := o.file(); f.Loss == nil || len(f.Dues) != 0 || !o.met() {
			t.Errorf("lost: %+v", f)
		}
		o.must(o.room.Visit(ctx, o.me, o.visit()))
		if f := o.file(); f.Loss != nil || !o.met() {
			t.Error("they were found")
		}
	})
}

func TestAttemptsAreOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		a := monitoring.Attempt{ID: o.Gate.IDs.New(), CaseID: o.c.ID, Channel: "phone", Result: "loud"}
		o.refused(o.room.Try(ctx, o.me, a), fault.Invalid, "result", "monitoring.err.choose")
		a.Result = monitoring.NoAnswer
		o.must(o.room.Try(ctx, o.me, a))
		o.must(o.room.Try(ctx, o.me, a))
		if len(o.file().Attempts) != 1 {
			t.Error("one attempt, written down twice")
		}
		o.refused(o.room.Try(ctx, o.Staff["counsellor"], a), fault.Denied, "", "fault.denied")
		stranger, _ := o.Family()
		a.CaseID = stranger.ID
		o.refused(o.room.Try(ctx, o.me, a), fault.NotFound, "", "fault.not_found")
	})
}

func TestWordsAreSealed(t *testing.T) {
	d, path := dbtest.SQLiteAt(t)
	o := setup(t, d)
	v := o.visit()
	v.Business, v.ClosedReason, v.Problems, v.Advice = "closed", "schliessgrund", "problemwort", "ratwort"
	o.must(o.room.Visit(ctx, o.me, v))
	o.must(o.room.Try(ctx, o.me, monitoring.Attempt{CaseID: o.c.ID, Channel: "phone", Result: monitoring.Reached, Note: "notizwort"}))
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(file)
		o.must(err)
		for _, word := range []string{"schliessgrund", "problemwort", "ratwort", "notizwort"} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%q stands in %s in clear", word, file)
			}
		}
	}
	if f := o.file(); f.Visits[0].ClosedReason != "schliessgrund" || f.Visits[0].Problems != "problemwort" || f.Visits[0].Advice != "ratwort" || f.Attempts[0].Note != "notizwort" {
		t.Errorf("read back %+v", f)
	}
}

// A case's own visits are looked up by the case: in the order of days the engine would walk through those of every case.
func TestVisitsOfACaseUseItsIndex(t *testing.T) {
	err := dbtest.SQLite(t).Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		plan, err := db.All(ctx, tx, func(r db.Row) (string, error) {
			var a, b, c int64
			var s string
			return s, r.Scan(&a, &b, &c, &s)
		}, `EXPLAIN QUERY PLAN SELECT m.id FROM monitoring_due m JOIN casefile c ON c.id = m.case_id JOIN person p ON p.id = c.principal_id WHERE m.done_by = '' AND m.case_id = 'x' ORDER BY m.due_on, m.id LIMIT 500`)
		if text := strings.Join(plan, "; "); !strings.Contains(text, "monitoring_due_case (case_id=? AND done_by=?)") || strings.Contains(text, "TEMP B-TREE") {
			t.Errorf("walks through: %s", text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
