package activity_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/activity"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

var (
	ctx   = context.Background()
	today = day.New(2026, 3, 2)
)

func room(w *world.World) *activity.Domain {
	return &activity.Domain{Gate: w.Gate, CaseByNumber: func(ctx context.Context, r *gate.R, no string) (string, error) {
		id, err := casefile.IDByNumber(ctx, r.Tx, no)
		if err != nil {
			return "", fault.Gone()
		}
		_, err = casefile.ByID(ctx, r, id)
		return id, err
	}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, kind fault.Kind, field, key string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != kind {
		t.Fatalf("want %v %s, got %v", kind, key, err)
	}
	if field == "" && f.Key == key {
		return
	}
	for _, p := range f.Fields {
		if p.Name == field && p.Key == key {
			return
		}
	}
	t.Fatalf("want %s at %q, got %v", key, field, err)
}

func lead(w *world.World) activity.Lead {
	return activity.Lead{ID: w.Gate.IDs.New(), Heard: "ngo", Language: "ur", Nationality: "PK", People: 3, Contact: "rufnummer +30 690 000 0001", Note: "nur abends", CallOn: today.AddDays(2)}
}

func get(t *testing.T, w *world.World, who, id string) (l activity.Lead, err error) {
	err = w.Gate.Read(ctx, w.Staff[who], activity.PermView, func(ctx context.Context, r *gate.R) (err error) {
		l, err = activity.ByID(ctx, r, id)
		return err
	})
	return l, err
}

func TestLeads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		a, me := room(w), w.Staff["counsellor"]
		l := lead(w)
		for name, c := range map[string]struct {
			change     func(*activity.Lead)
			field, key string
		}{
			"no way to call": {func(l *activity.Lead) { l.Contact = "" }, "contact", "activity.err.contact"},
			"yesterday":      {func(l *activity.Lead) { l.CallOn = today.AddDays(-1) }, "call", "activity.err.call"},
			"no day":         {func(l *activity.Lead) { l.CallOn = day.Date{} }, "call", "activity.err.call"},
			"nobody":         {func(l *activity.Lead) { l.People = 0 }, "people", "activity.err.people"},
			"heard":          {func(l *activity.Lead) { l.Heard = "moon" }, "heard", "activity.err.choose"},
			"a novel":        {func(l *activity.Lead) { l.Note = strings.Repeat("x", 1001) }, "note", "activity.err.too_long"},
		} {
			x := l
			c.change(&x)
			t.Run(name, func(t *testing.T) { refused(t, a.TakeLead(ctx, me, x), fault.Invalid, c.field, c.key) })
		}
		must(t, a.TakeLead(ctx, me, l))
		must(t, a.TakeLead(ctx, me, l))
		if n := w.Count(`SELECT COUNT(*) FROM lead`); n != 1 {
			t.Fatalf("%d leads from one form", n)
		}
		if w.Count(`SELECT COUNT(*) FROM person`) != 0 || w.Count(`SELECT COUNT(*) FROM casefile`) != 0 {
			t.Error("a lead is not a person of the register")
		}
		got, err := get(t, w, "counsellor", l.ID)
		must(t, err)
		if got.Contact != l.Contact || got.Note != l.Note || got.People != 3 || got.State != activity.Open {
			t.Errorf("read back %+v", got)
		}
		if _, err := get(t, w, "other", l.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another office: %v", err)
		}
		refused(t, a.TakeLead(ctx, w.Staff["other"], l), fault.NotFound, "", "fault.not_found")
		refused(t, a.LetGo(ctx, w.Staff["other"], l.ID, 0, "no_answer"), fault.NotFound, "", "fault.not_found")
		refused(t, a.TakeLead(ctx, w.Staff["centre"], lead(w)), fault.Denied, "", "fault.denied")

		must(t, a.CallAgain(ctx, me, l.ID, 1, today.AddDays(7)))
		if err := a.CallAgain(ctx, me, l.ID, 1, today.AddDays(9)); !fault.Is(err, fault.Stale) {
			t.Errorf("an old page moved the call: %v", err)
		}
		refused(t, a.CallAgain(ctx, me, l.ID, 2, today.AddDays(-1)), fault.Invalid, "call", "activity.err.call")
		var calls []activity.CallBack
		must(t, w.Gate.Read(ctx, me, activity.PermView, func(ctx context.Context, r *gate.R) (err error) {
			calls, err = activity.CallBacks(ctx, r, today, today.AddDays(7))
			return err
		}))
		if len(calls) != 1 || calls[0].On != today.AddDays(7) {
			t.Errorf("calls %+v", calls)
		}

		refused(t, a.Became(ctx, me, l.ID, 2, "GR-2026-999999"), fault.Invalid, "no", "activity.err.case_no")
		c := w.Case(w.Person("Amina", "Testpour", "female", "1991-05-04", "PK"))
		must(t, a.Became(ctx, me, l.ID, 2, c.No))
		if got, _ := get(t, w, "counsellor", l.ID); got.State != activity.BecameCase || got.CaseID != c.ID {
			t.Errorf("after becoming a case %+v", got)
		}
		refused(t, a.LetGo(ctx, me, l.ID, 0, "no_answer"), fault.Conflict, "", "activity.err.ended")

		l2 := lead(w)
		must(t, a.TakeLead(ctx, me, l2))
		refused(t, a.LetGo(ctx, me, l2.ID, 1, "bored"), fault.Invalid, "reason", "activity.err.choose")
		must(t, a.LetGo(ctx, me, l2.ID, 1, "no_answer"))
	})
}

func TestListsGoOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		a, me := room(w), w.Staff["counsellor"]
		n := activity.PageSize + 7
		for i := range n {
			l := lead(w)
			l.CallOn = today.AddDays(i % 5)
			must(t, a.TakeLead(ctx, me, l))
		}
		must(t, a.TakeLead(ctx, w.Staff["other"], lead(w)))
		seen := map[string]bool{}
		day, after := "", ""
		for pages := 0; ; pages++ {
			var list []activity.Lead
			var more bool
			must(t, w.Gate.Read(ctx, me, activity.PermView, func(ctx context.Context, r *gate.R) (err error) {
				list, more, err = activity.List(ctx, r, activity.Open, day, after)
				return err
			}))
			for _, l := range list {
				if seen[l.ID] || l.CallOn.String() < day {
					t.Fatalf("%s comes twice or out of order", l.ID)
				}
				seen[l.ID], day, after = true, l.CallOn.String(), l.ID
			}
			if !more {
				break
			}
			if pages > 3 {
				t.Fatal("the list has no end")
			}
		}
		if len(seen) != n {
			t.Errorf("%d leads on the pages, want %d", len(seen), n)
		}
	})
}

func TestOutreachCountsHeads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		a, me := room(w), w.Staff["counsellor"]
		o := activity.Outreach{ID: w.Gate.IDs.New(), On: today, Place: "Market square", Channel: "talk", Language: "ur", Heads: map[activity.Group]int64{{Sex: "female", Band: "18_59"}: 12, {Sex: "male", Band: "12_17"}: 5}}
		must(t, a.Count(ctx, me, o))
		must(t, a.Count(ctx, me, o))
		for field, change := range map[string]func(o *activity.Outreach){
			"on": func(o *activity.Outreach) { o.On = today.AddDays(1) }, "place": func(o *activity.Outreach) { o.Place = "" }, "channel": func(o *activity.Outreach) { o.Channel = "" },
			"n_male_0_4":   func(o *activity.Outreach) { o.Heads = map[activity.Group]int64{{Sex: "male", Band: "0_4"}: -1} },
			"n_female_0_4": func(o *activity.Outreach) { o.Heads = nil },
		} {
			x := o
			x.ID = w.Gate.IDs.New()
			change(&x)
			if err := a.Count(ctx, me, x); !fault.Is(err, fault.Invalid) || !strings.Contains(fmt.Sprint(fault.Of(err).Fields), field) {
				t.Errorf("%s: %v", field, err)
			}
		}
		for who, want := range map[string]int64{"counsellor": 17, "other": 0} {
			var got activity.Reached
			must(t, w.Gate.Read(ctx, w.Staff[who], activity.PermView, func(ctx context.Context, r *gate.R) (err error) {
				got, err = activity.ReachedIn(ctx, r, today, today)
				return err
			}))
			if got.Total != want || want > 0 && (got.Events != 1 || got.Heads[activity.Group{Sex: "male", Band: "12_17"}] != 5) {
				t.Errorf("%s counts %+v", who, got)
			}
		}
	})
}

func TestContactsAreSealed(t *testing.T) {
	d, path := dbtest.SQLiteAt(t)
	w := world.New(t, d)
	must(t, room(w).TakeLead(ctx, w.Staff["counsellor"], lead(w)))
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(file)
		must(t, err)
		for _, word := range []string{"rufnummer", "690 000", "nur abends"} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%q stands in %s in clear", word, file)
			}
		}
	}
}
