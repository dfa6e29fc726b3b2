package casefile_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/migrations"
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
			if n := miscounted(w); n != 0 {
				rt.Fatalf("%d groups are miscounted", n)
			}
		})
	})
}

// TestListsAndCounts: what a list shows, what the counts count and what opens by itself are the same, for random readers and
// filters, while random cases change; inside the change, too, and after one that was taken back.
func TestListsAndCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		second := world.TestPack()
		second.Code = "second"
		w.Cases.Packs = programme.NewLibrary(world.TestPack(), second)
		today := day.MustParse("2026-03-02")
		hosts := []string{w.Offices["athens"], w.Offices["thessaloniki"]}
		origins := []string{"", w.Offices["islamabad"], w.Offices["tbilisi"]}
		offices := append(slices.Clone(hosts), origins...)
		classes := append([]string{org.Normal}, org.Classes...)
		owners := []string{"", w.Staff["counsellor"], w.Staff["counsellor2"], w.Staff["other"]}
		programmes := []string{"", "test", "second"}
		p := w.Person("Some", "Body", "male", "1990-01-01", "PK")
		var cases []casefile.Case
		for i := range 40 {
			c, err := w.Cases.Open(ctx, org.SystemID, casefile.Opening{Programme: programmes[1+i%2], Principal: p, OwnerID: owners[1+i%3], HostOffice: hosts[i/2%2], Class: classes[i%len(classes)]})
			must(t, err)
			cases = append(cases, c)
		}
		rapid.Check(t, func(rt *rapid.T) {
			pick := func(what string, from []string) string { return rapid.SampledFrom(from).Draw(rt, what) }
			one := func(a *org.Actor, f casefile.Filter) {
				var ids []string
				var want casefile.Tally
				scope := a.Scope(casefile.PermView)
				for i := range cases {
					c := &cases[i]
					if c.State != casefile.Open || !scope.Sees(c.Subject()) || !matches(c, f, a.ID, today) {
						continue
					}
					ids = append(ids, c.ID)
					want.Open++
					switch c.Desk {
					case casefile.NeedsAction:
						want.Action++
					case casefile.WaitingOnOthers:
						want.Waiting++
					}
					if !c.DepartsOn.Before(today) && c.DepartsOn.Before(today.AddDays(7)) {
						want.Departing++
					}
				}
				slices.Sort(ids)
				must(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
					r := &gate.R{Tx: tx, Actor: a, Scope: scope, Today: today}
					page, err := w.Cases.List(ctx, r, f)
					if err != nil {
						return err
					}
					var got []string
					for _, x := range page.Rows {
						got = append(got, x.ID)
					}
					if slices.Sort(got); !slices.Equal(got, ids) {
						rt.Fatalf("the list shows %d cases, one by one %d open", len(got), len(ids))
					}
					tally, err := w.Cases.Counts(ctx, r, f)
					if err == nil && tally != want {
						rt.Fatalf("counted %+v, one by one %+v", tally, want)
					}
					return err
				}))
			}
			for range rapid.IntRange(0, 3).Draw(rt, "changes") {
				i, back := rapid.IntRange(0, len(cases)-1).Draw(rt, "case"), rapid.IntRange(0, 3).Draw(rt, "taken back") == 0
				c := cases[i]
				c.State = pick("state", []string{casefile.Open, casefile.Open, casefile.Open, casefile.Withdrawn, casefile.Closed})
				c.Stage, c.Class = pick("stage", []string{"REGISTRATION", "CONSENT", "MOVEMENT"}), pick("class", classes)
				c.HostOffice, c.OriginOffice, c.OwnerID = pick("host", hosts), pick("origin", origins), pick("owner", owners)
				c.Nationality, c.ReturnCountry, c.Flags = pick("nationality", []string{"PK", "GE"}), pick("return", []string{"PK", "GE"}), pick("flags", []string{"", "child", "child uasc"})
				c.DepartsOn = rapid.SampledFrom([]day.Date{{}, today.AddDays(-1), today, today.AddDays(6), today.AddDays(7)}).Draw(rt, "departs")
				until := pick("waits until", []string{"", today.AddDays(3).String()})
				errBack := errors.New("taken back")
				err := w.Gate.Write(ctx, org.SystemID, casefile.PermMove, func(ctx context.Context, g *gate.W) error {
					if _, err := g.Tx.Exec(ctx, `UPDATE task SET waiting_on = CASE WHEN $1 = '' THEN '' ELSE 'returnee' END, waiting_until = $1 WHERE case_id = $2`, until, c.ID); err != nil {
						return err
					}
					if err := casefile.Save(ctx, g, &c); err != nil {
						return err
					}
					open := int64(0)
					for k := range cases {
						if k == i && c.State == casefile.Open || k != i && cases[k].State == casefile.Open {
							open++
						}
					}
					if tally, err := w.Cases.Counts(ctx, &g.R, casefile.Filter{}); err != nil || tally.Open != open {
						return fmt.Errorf("inside the change %d are open, counted %+v, %v", open, tally, err)
					}
					if back {
						return errBack
					}
					return casefile.Record(ctx, g, c, journal.Entry{Action: "case.moved"})
				})
				if back && !errors.Is(err, errBack) || !back && err != nil {
					rt.Fatal(err)
				}
				if !back {
					cases[i] = c
				}
			}
			a := &org.Actor{Staff: org.Staff{ID: pick("me", owners[1:]), Active: true, System: rapid.IntRange(0, 9).Draw(rt, "system") == 0}}
			for range rapid.IntRange(0, 3).Draw(rt, "grants") {
				g := org.Grant{OfficeID: pick("office", offices), Programme: pick("programme", programmes), AssignedOnly: rapid.Bool().Draw(rt, "assigned"),
					Classes: rapid.SliceOfDistinct(rapid.SampledFrom(org.Classes), rapid.ID[string]).Draw(rt, "classes"), Permissions: map[string]bool{casefile.PermView: rapid.IntRange(0, 4).Draw(rt, "view") > 0}}
				a.Grants = append(a.Grants, g)
			}
			a.Covers = rapid.SliceOfDistinct(rapid.SampledFrom(owners[1:]), rapid.ID[string]).Draw(rt, "covers")
			for range rapid.IntRange(0, 2).Draw(rt, "glass") {
				a.Glass = append(a.Glass, rapid.SampledFrom(cases).Draw(rt, "opened").ID)
			}
			f := casefile.Filter{Limit: 400}
			for range rapid.IntRange(0, 3).Draw(rt, "filters") {
				switch pick("by", []string{"office", "owner", "programme", "stage", "phase", "nationality", "return", "flag", "due"}) {
				case "office":
					f.Office = pick("of", offices)
				case "owner":
					f.Owner = pick("owned", []string{"me", "nobody", "somebody", owners[2]})
				case "programme":
					f.Programme = pick("in", programmes)
				case "stage":
					f.Stage = pick("at", []string{"REGISTRATION", "CONSENT", "MOVEMENT"})
				case "phase":
					f.Phase = pick("around", []string{"contact", "travel"})
				case "nationality":
					f.Nationality = pick("from", []string{"PK", "GE"})
				case "return":
					f.Return = pick("to", []string{"PK", "GE"})
				case "flag":
					f.Flag = pick("marked", []string{"child", "uasc"})
				case "due":
					f.Due = pick("due", []string{"today", "later", "none"})
				}
			}
			one(a, f)
			if n := miscounted(w); n != 0 {
				rt.Fatalf("%d groups are miscounted", n)
			}
		})
	})
}

// miscounted tells how many groups of case_count do not hold what counting gives.
func miscounted(w *world.World) int64 {
	return w.Count(`SELECT COUNT(*) FROM case_count WHERE n <> (SELECT COUNT(*) FROM casefile c WHERE c.state = 'open' AND c.host_office = case_count.host_office AND c.origin_office = case_count.origin_office
		AND c.programme = case_count.programme AND c.class = case_count.class AND c.desk = case_count.desk AND c.stage = case_count.stage AND c.nationality = case_count.nationality
		AND c.return_country = case_count.return_country AND c.flags = case_count.flags)`) + max(0, w.Count(`SELECT COUNT(*) FROM casefile WHERE state = 'open'`)-w.Count(`SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM case_count`))
}

// TestCountsOfAnOlderCaseload: the migration counts the cases that were there before it.
func TestCountsOfAnOlderCaseload(t *testing.T) {
	text, err := migrations.Files.ReadFile("0061_case_count.sql")
	must(t, err)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		w.Family()
		c := w.Case(w.Person("Some", "Body", "male", "1990-01-01", "GE"))
		w.Case(w.Person("Other", "Body", "male", "1991-01-01", "GE"))
		_, err := w.Cases.Withdraw(ctx, w.Staff["counsellor"], w.Case(w.Person("Third", "Body", "male", "1992-01-01", "GE")).ID, "")
		must(t, err)
		w.At(c.ID, "MOVEMENT")
		must(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `DELETE FROM case_count`); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, db.Statements(string(text))[1])
			return err
		}))
		if n, open := miscounted(w), w.Count(`SELECT CAST(SUM(n) AS BIGINT) FROM case_count`); n != 0 || open != 3 {
			t.Fatalf("%d groups are miscounted, %d cases counted", n, open)
		}
	})
}

// matches says for one open case what a filter says of many.
func matches(c *casefile.Case, f casefile.Filter, me string, today day.Date) bool {
	phase := map[string]string{"REGISTRATION": "contact", "CONSENT": "contact", "MOVEMENT": "travel"}
	owned := map[string]bool{"": true, "me": c.OwnerID == me, "nobody": c.OwnerID == "", "somebody": c.OwnerID != ""}
	if ok, known := owned[f.Owner]; known && !ok || !known && c.OwnerID != f.Owner {
		return false
	}
	due := map[string]bool{"": true, "today": c.NextDue == today.String(), "later": c.NextDue >= today.AddDays(7).String() && c.NextDue != casefile.NoDue, "none": c.NextDue == casefile.NoDue}
	return due[f.Due] && (f.Office == "" || c.HostOffice == f.Office || c.OriginOffice == f.Office) && (f.Programme == "" || c.Programme == f.Programme) && (f.Stage == "" || c.Stage == f.Stage) &&
		(f.Phase == "" || phase[c.Stage] == f.Phase) && (f.Nationality == "" || c.Nationality == f.Nationality) && (f.Return == "" || c.ReturnCountry == f.Return) && (f.Flag == "" || c.HasFlag(f.Flag))
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
			"leaves": `SELECT COUNT(*) FROM casefile c WHERE c.state = 'open' AND c.departs_on >= '2026-03-02' AND c.departs_on <= '2026-03-08' AND ((c.host_office = 'x' OR c.origin_office = 'x') AND c.class IN ('normal'))`,
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
			if strings.Contains(text, "TEMP B-TREE") {
				t.Errorf("%s sorts instead of walking an index: %s", name, text)
			}
			if name == "leaves" && !strings.Contains(text, "casefile_departs") {
				t.Errorf("%s does not look for the days: %s", name, text)
			}
		}
		return nil
	}))
	_ = w
}
