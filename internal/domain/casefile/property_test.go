package casefile_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

// TestDesk: whatever is done to a case, while it is open it lies on exactly one desk, waits only with a date ahead, and can
// be withdrawn.
func TestDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me, boss := w.Staff["counsellor"], w.Staff["manager"]
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			c := w.Case(w.Person(fmt.Sprintf("R%d", n), "Random", "male", "1990-01-01", "PK"))
			today := func() day.Date { return day.Of(w.Clock.Now(), time.UTC) }
			anyTask := func() string {
				var ids []string
				read(t, w, "counsellor", func(ctx context.Context, r *gate.R) error {
					open, past, err := casefile.TasksOf(ctx, r, c.ID, 10)
					for _, k := range append(open, past...) {
						ids = append(ids, k.ID)
					}
					return err
				})
				if len(ids) == 0 {
					return ""
				}
				return rapid.SampledFrom(ids).Draw(rt, "task")
			}
			pack := w.Packs.All()[0]
			do := map[string]func() error{
				"write": func() error {
					k := casefile.Task{CaseID: c.ID, Title: "x", Urgent: rapid.Bool().Draw(rt, "urgent")}
					if rapid.Bool().Draw(rt, "waits") {
						k.WaitingOn, k.WaitingUntil = "them", today().AddDays(rapid.IntRange(-1, 3).Draw(rt, "until"))
					}
					return w.Cases.WriteTask(ctx, me, k)
				},
				"finish": func() error { return w.Cases.FinishTaskByID(ctx, me, c.ID, anyTask()) },
				"reopen": func() error { return w.Cases.ReopenTask(ctx, me, c.ID, anyTask()) },
				"wait": func() error {
					return w.Cases.WaitTask(ctx, me, c.ID, anyTask(), "returnee", today().AddDays(rapid.IntRange(0, 3).Draw(rt, "until")))
				},
				"act": func() error { return w.Cases.ActTask(ctx, me, c.ID, anyTask()) },
				"move": func() error {
					_, err := w.Cases.Move(ctx, me, c.ID, rapid.SampledFrom(pack.Stages).Draw(rt, "stage").Code, rapid.SampledFrom([]string{"", "why"}).Draw(rt, "reason"))
					return err
				},
				"withdraw": func() error { _, err := w.Cases.Withdraw(ctx, me, c.ID, ""); return err },
				"again":    func() error { return w.Cases.Reopen(ctx, me, c.ID, "changed their mind") },
				"close":    func() error { return w.Cases.Close(ctx, boss, c.ID, "moved_away", "") },
				"hand": func() error {
					return w.Cases.SendHandOver(ctx, me, casefile.HandOver{CaseID: c.ID, To: w.Offices["islamabad"], Message: "m"})
				},
				"back": func() error { return w.Cases.ReturnHandOver(ctx, w.Staff["reintegration"], c.ID, "no") },
				"night": func() error {
					w.Clock.Advance(24 * time.Hour)
					return w.Cases.Watch(ctx)
				},
			}
			var names []string
			for k := range do {
				names = append(names, k)
			}
			slices.Sort(names)
			for range rapid.IntRange(1, 8).Draw(rt, "steps") {
				name := rapid.SampledFrom(names).Draw(rt, "do")
				if err := do[name](); err != nil && fault.Of(err).Kind == fault.Internal {
					rt.Fatalf("%s: %v", name, err)
				}
				got := w.Get(c.ID)
				switch {
				case got.State != casefile.Open && (got.Desk != casefile.NoDesk || got.WaitingOn != "" || !got.WaitingUntil.IsZero()):
					rt.Fatalf("after %s: %s, but on desk %s", name, got.State, got.Desk)
				case got.State == casefile.Open && got.Desk != casefile.NeedsAction && got.Desk != casefile.WaitingOnOthers:
					rt.Fatalf("after %s: an open case on desk %s", name, got.Desk)
				case got.Desk == casefile.WaitingOnOthers && (got.WaitingOn == "" || !got.WaitingUntil.After(today())):
					rt.Fatalf("after %s: waits for %q until %s", name, got.WaitingOn, got.WaitingUntil)
				case got.Desk == casefile.NeedsAction && !got.WaitingUntil.IsZero():
					rt.Fatalf("after %s: on both desks", name)
				}
			}
			if _, err := w.Cases.Withdraw(ctx, me, c.ID, ""); err != nil {
				if got := w.Get(c.ID); got.State != casefile.Closed {
					rt.Fatalf("a withdrawal was refused: %v", err)
				}
			} else if got := w.Get(c.ID); got.State != casefile.Withdrawn || w.Count(`SELECT COUNT(*) FROM task WHERE case_id = $1 AND done_at = ''`, c.ID) != 0 {
				rt.Fatalf("after the withdrawal: %s with open tasks", got.State)
			}
		})
	})
}

// TestScopeOfListsAndRecords: what a list shows, what the counts count and what opens by itself are the same, for random
// grants over random cases.
func TestScopeOfListsAndRecords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		offices := []string{"", w.Offices["athens"], w.Offices["thessaloniki"], w.Offices["islamabad"], w.Offices["tbilisi"]}
		classes := append([]string{org.Normal}, org.Classes...)
		owners := []string{"", w.Staff["counsellor"], w.Staff["counsellor2"], w.Staff["other"]}
		programmes := []string{"", "test", "second"}
		p := w.Person("Some", "Body", "male", "1990-01-01", "PK")
		var subjects []org.Subject
		must(t, w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			i := 0
			for _, host := range offices[1:3] {
				for _, origin := range []string{"", offices[3], offices[4]} {
					for _, owner := range owners {
						for _, class := range classes {
							i++
							s := org.Subject{ID: w.Gate.IDs.New(), Office: host, Origin: origin, Owner: owner, Class: class, Programme: programmes[1+i%2]}
							subjects = append(subjects, s)
							if _, err := tx.Exec(ctx, `INSERT INTO casefile (id, no, revision, kind, programme, pack_version, stage, stage_since, state, desk, principal_id, host_office, origin_office, owner_id, class, opened_on)
								VALUES ($1,$2,1,'avrr',$3,'1','REGISTRATION','2026-01-01','open',$4,$5,$6,$7,$8,$9,'2026-01-01')`,
								s.ID, fmt.Sprintf("X-%04d", i), s.Programme, []string{"action", "waiting"}[i%2], p, host, origin, owner, class); err != nil {
								return err
							}
						}
					}
				}
			}
			return nil
		}))
		rapid.Check(t, func(rt *rapid.T) {
			a := &org.Actor{Staff: org.Staff{ID: rapid.SampledFrom(owners[1:]).Draw(rt, "me"), Active: true}}
			for range rapid.IntRange(0, 3).Draw(rt, "grants") {
				g := org.Grant{OfficeID: rapid.SampledFrom(offices).Draw(rt, "office"), Programme: rapid.SampledFrom(programmes).Draw(rt, "programme"), AssignedOnly: rapid.Bool().Draw(rt, "assigned"),
					Classes: rapid.SliceOfDistinct(rapid.SampledFrom(org.Classes), rapid.ID[string]).Draw(rt, "classes"), Permissions: map[string]bool{casefile.PermView: rapid.IntRange(0, 4).Draw(rt, "view") > 0}}
				a.Grants = append(a.Grants, g)
			}
			a.Covers = rapid.SliceOfDistinct(rapid.SampledFrom(owners[1:]), rapid.ID[string]).Draw(rt, "covers")
			for range rapid.IntRange(0, 2).Draw(rt, "glass") {
				a.Glass = append(a.Glass, rapid.SampledFrom(subjects).Draw(rt, "opened").ID)
			}
			scope := a.Scope(casefile.PermView)
			var want []string
			for _, s := range subjects {
				if scope.Sees(s) {
					want = append(want, s.ID)
				}
			}
			slices.Sort(want)
			must(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
				r := &gate.R{Tx: tx, Actor: a, Scope: scope, Today: day.MustParse("2026-03-02")}
				f := casefile.Filter{Office: rapid.SampledFrom(offices).Draw(rt, "of"), Owner: rapid.SampledFrom([]string{"", "", "me", "nobody", "somebody"}).Draw(rt, "owned"), Limit: 400}
				narrowed := slices.DeleteFunc(slices.Clone(want), func(id string) bool {
					s := subjects[slices.IndexFunc(subjects, func(s org.Subject) bool { return s.ID == id })]
					return f.Office != "" && s.Office != f.Office && s.Origin != f.Office || f.Owner == "me" && s.Owner != a.ID || f.Owner == "nobody" && s.Owner != "" || f.Owner == "somebody" && s.Owner == ""
				})
				page, err := w.Cases.List(ctx, r, f)
				if err != nil {
					return err
				}
				var got []string
				for _, x := range page.Rows {
					got = append(got, x.ID)
				}
				slices.Sort(got)
				if !slices.Equal(got, narrowed) {
					rt.Fatalf("the list shows %d cases, one by one %d open", len(got), len(narrowed))
				}
				tally, err := w.Cases.Counts(ctx, r, f)
				if err == nil && (int(tally.Open) != len(narrowed) || tally.Action+tally.Waiting != tally.Open) {
					rt.Fatalf("counted %+v, one by one %d open", tally, len(narrowed))
				}
				return err
			}))
		})
	})
}

// TestListsUseIndexes: the engines are asked how they would answer; a list that reads the whole table would be too slow on
// 100,000 cases long before anybody notices on ten.
func TestListsUseIndexes(t *testing.T) {
	d := dbtest.SQLite(t)
	w := world.New(t, d)
	must(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		for name, q := range map[string]string{
			"owner":  `SELECT c.id FROM casefile c WHERE c.state = 'open' AND c.desk = 'action' AND c.owner_id = 'x' ORDER BY c.next_due, c.id LIMIT 51`,
			"office": `SELECT c.id FROM casefile c WHERE c.host_office IN ('x') AND c.state = 'open' AND c.desk = 'action' AND c.class IN ('normal') ORDER BY c.next_due, c.id LIMIT 51`,
			"origin": `SELECT c.id FROM casefile c WHERE c.origin_office IN ('x') AND c.state = 'open' AND c.desk = 'action' ORDER BY c.next_due, c.id LIMIT 51`,
			"names":  `SELECT c.id FROM casefile c WHERE c.host_office IN ('x') AND c.state = 'open' ORDER BY c.sort_name, c.id LIMIT 51`,
			"counts": `SELECT c.desk, COUNT(*) FROM casefile c WHERE c.host_office IN ('x') AND c.state = 'open' AND c.class IN ('normal') GROUP BY c.desk`,
		} {
			plan, err := db.All(ctx, tx, func(r db.Row) (string, error) {
				var a, b, c int64
				var s string
				return s, r.Scan(&a, &b, &c, &s)
			}, `EXPLAIN QUERY PLAN `+q)
			if err != nil {
				return err
			}
			text := strings.Join(plan, "; ")
			if !strings.Contains(text, "INDEX casefile_") || strings.Contains(text, "SCAN c") && !strings.Contains(text, "USING") {
				t.Errorf("%s: %s", name, text)
			}
			if name != "counts" && strings.Contains(text, "TEMP B-TREE") {
				t.Errorf("%s sorts instead of walking an index: %s", name, text)
			}
			if name == "counts" && !strings.Contains(text, "COVERING INDEX") {
				t.Errorf("%s reads the rows: %s", name, text)
			}
		}
		return nil
	}))
	_ = w
}
