package press

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

var ctx = context.Background()

var days = cmp.Comparer(func(a, b day.Date) bool { return a == b })

// put writes rows as the rooms write them; each statement stands for one thing that happened.
func put(t *testing.T, d *db.DB, q string, args ...any) {
	t.Helper()
	if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { _, err := tx.Exec(ctx, q, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

var seen int

func fresh() string { seen++; return fmt.Sprintf("0197a000-0000-7000-8000-%012d", seen) }

func talk(t *testing.T, d *db.DB, c casefile.Case, kind, on string) {
	put(t, d, `INSERT INTO counselling_session (id, case_id, office_id, type, kind, place, started_at, on_day, minutes, counsellor_id, interpreter_way, language, staff_language, outcome, fear, by_id, at)
		VALUES ($1, $2, '', 'information', $3, 'office', '', $4, 30, '', 'none', 'en', 'en', 'proceed', FALSE, '', '')`, fresh(), c.ID, kind, on)
}

func decide(t *testing.T, d *db.DB, c casefile.Case, component, decision, at, supersededBy string, needed, agrees bool, secondAt string) string {
	id := fresh()
	put(t, d, `INSERT INTO eligibility_decision (id, case_id, person_id, component, proposal, decision, pack_version, facts, trace, decided_by, decided_at, second_needed, second_at, second_agrees, superseded_by)
		VALUES ($1, $2, $3, $4, '', $5, '1', '', '', '', $6, $7, $8, $9, $10)`, id, c.ID, c.PrincipalID, component, decision, at, needed, secondAt, agrees, supersededBy)
	return id
}

func flight(t *testing.T, d *db.DB, c casefile.Case, on, state, step string, persons ...string) {
	j := fresh()
	put(t, d, `INSERT INTO journey (id, case_id, state, departs_on, fare, currency, asked_by, asked_at, revision) VALUES ($1, $2, $3, $4, 0, 'EUR', '', '', 1)`, j, c.ID, state, on)
	for _, p := range persons {
		put(t, d, `INSERT INTO passenger (journey_id, person_id, step) VALUES ($1, $2, $3)`, j, p, step)
	}
}

func plan(t *testing.T, d *db.DB, c casefile.Case, version int64, state, at string) {
	put(t, d, `INSERT INTO reintegration_plan (id, case_id, version, state, currency, author_id, decided_at, revision) VALUES ($1, $2, $3, $4, 'EUR', '', $5, 1)`, fresh(), c.ID, version, state, at)
}

func pay(t *testing.T, d *db.DB, c casefile.Case, modality, item, on, reversedAt string) {
	line := fresh()
	put(t, d, `INSERT INTO ledger_line (id, case_id, code, component, modality, amount, currency, state, item_ref, proposed_by, proposed_at) VALUES ($1, $2, 'business', 'reintegration', $3, 500, 'EUR', 'paid', $4, '', '')`, line, c.ID, modality, item)
	put(t, d, `INSERT INTO payment (id, line_id, case_id, fund_id, way, amount, currency, receipt_no, payer_id, on_day, at, reversed_at) VALUES ($1, $2, $3, '', 'transfer', 500, 'EUR', $4, '', $5, '', $6)`, fresh(), line, c.ID, line, on, reversedAt)
}

var march = Period{From: day.New(2026, 1, 1), AsOf: day.New(2026, 3, 31)}

const (
	inside = "2026-02-10T09:00:00.000000Z"
	after  = "2026-04-02T09:00:00.000000Z"
)

// happened writes one thing of each kind that counts and one of each that does not.
func happened(t *testing.T, w *world.World, d *db.DB) {
	a, family := w.Family()
	b := w.Case(w.Person("Nino", "Testadze", "female", "1990-01-01", "GE"))
	talk(t, d, a, "individual", "2026-01-01")
	talk(t, d, a, "individual", "2026-03-31")
	talk(t, d, a, "individual", "2026-04-01") // too late
	talk(t, d, a, "group", "2026-02-01")      // not alone
	decide(t, d, a, "reintegration", "eligible", inside, "", false, false, "")
	decide(t, d, a, "cash", "eligible", inside, "", false, false, "")
	later := decide(t, d, b, "reintegration", "not", after, "", false, false, "")
	decide(t, d, b, "reintegration", "eligible", inside, later, true, true, inside) // stood on the last day
	decide(t, d, w.Case(family[1]), "reintegration", "eligible", inside, "", true, false, "")
	decide(t, d, w.Case(family[1]), "reintegration", "eligible", inside, "", true, true, after) // agreed too late
	decide(t, d, w.Case(family[1]), "reintegration", "not", inside, "", false, false, "")
	flight(t, d, a, "2026-02-12", "cancelled", "no_show", family...)
	flight(t, d, a, "2026-03-31", "booked", "boarded", family...)
	flight(t, d, b, "2026-01-20", "booked", "arrived", b.PrincipalID)                     // before the reporting period
	flight(t, d, w.Case(b.PrincipalID), "2026-04-01", "booked", "boarded", b.PrincipalID) // too late
	plan(t, d, a, 1, "replaced", inside)
	plan(t, d, a, 2, "approved", inside)
	plan(t, d, b, 1, "submitted", "")
	pay(t, d, a, "cash", "item", "2026-02-20", "")
	pay(t, d, a, "cash", "item 2", "2026-03-20", "")
	pay(t, d, b, "cash", "", "2026-02-20", "")           // before the journey
	pay(t, d, b, "in_kind", "item 3", "2026-02-20", "")  // no money in hand
	pay(t, d, b, "cash", "item 4", "2026-02-20", inside) // taken back
	pay(t, d, b, "cash", "item 5", "2026-04-20", "")     // too late
	pay(t, d, b, "cash", "item 6", "2025-12-31", "")     // too early
}

func read(t *testing.T, w *world.World, staff string, fn func(ctx context.Context, r *gate.R) error) {
	t.Helper()
	if err := w.Gate.Read(ctx, w.Staff[staff], "report.view", fn); err != nil {
		t.Fatal(err)
	}
}

func TestCount_countsWhatHappenedAndNothingElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		happened(t, w, d)
		want := Figures{From: march.From, AsOf: march.AsOf, Sessions: 2, Eligible: 2, Returned: 5, Plans: 1, Paid: 1, ReportingFrom: day.New(2026, 2, 1), ReportingPeriodReturned: 4,
			ByNationality: []Share{{"PK", 4, 80}, {"GE", 1, 20}}}
		read(t, w, "manager", func(ctx context.Context, r *gate.R) error {
			got, err := Count(ctx, r, march)
			if diff := cmp.Diff(want, got, days); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
			return err
		})
		// Another office's reader counts none of it, and so sees nothing behind it.
		read(t, w, "other", func(ctx context.Context, r *gate.R) error {
			got, err := Count(ctx, r, march)
			if diff := cmp.Diff(Figures{From: march.From, AsOf: march.AsOf, ReportingFrom: want.ReportingFrom, ByNationality: []Share{}}, got, days); diff != "" {
				t.Errorf("outside the scope:\n%s", diff)
			}
			for _, f := range All {
				page, e := Behind(ctx, r, f, march, "", "", 10)
				if e != nil || len(page.Rows) > 0 {
					t.Errorf("%s: %d rows outside the scope, %v", f, len(page.Rows), e)
				}
			}
			return err
		})
		// One case fewer in the period, one fewer in the figure: the numbers follow the cases.
		put(t, d, `UPDATE passenger SET step = 'no_show' WHERE person_id IN (SELECT id FROM person WHERE nationality = 'GE')`)
		read(t, w, "manager", func(ctx context.Context, r *gate.R) error {
			got, err := Count(ctx, r, march)
			if got.Returned != 4 || len(got.ByNationality) != 1 {
				t.Errorf("%d returned, %v", got.Returned, got.ByNationality)
			}
			return err
		})
	})
}

func TestBehind_isExactlyWhatWasCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		happened(t, w, d)
		read(t, w, "manager", func(ctx context.Context, r *gate.R) error {
			got, err := Count(ctx, r, march)
			if err != nil {
				return err
			}
			for f, n := range map[Figure]int64{Sessions: got.Sessions, Eligible: got.Eligible, Returned: got.Returned, Plans: got.Plans, Paid: got.Paid, Recent: got.ReportingPeriodReturned} {
				for _, limit := range []int{1, 2, 50} {
					rows := map[string]bool{}
					last, cursor := "", ""
					for {
						page, err := Behind(ctx, r, f, march, "", cursor, limit)
						if err != nil {
							return err
						}
						for _, x := range page.Rows {
							key := x.day + x.first + x.last
							if rows[key] || key < last {
								t.Errorf("%s, pages of %d: %s twice or out of order", f, limit, key)
							}
							rows[key], last = true, key
							if x.On.Before(march.From) || x.On.After(march.AsOf) {
								t.Errorf("%s: a row of %s", f, x.On)
							}
						}
						if cursor = page.Next; cursor == "" {
							break
						}
					}
					if int64(len(rows)) != n {
						t.Errorf("%s, pages of %d: %d rows, counted %d", f, limit, len(rows), n)
					}
				}
			}
			for country, n := range map[string]int{"PK": 4, "GE": 1, "IQ": 0, Others: 0} {
				page, err := Behind(ctx, r, Returned, march, country, "", 50)
				if err != nil || len(page.Rows) != n {
					t.Errorf("%s: %d rows, want %d, %v", country, len(page.Rows), n, err)
				}
			}
			if _, err := Behind(ctx, r, Returned, march, "", "nonsense", 50); !fault.Is(err, fault.Invalid) {
				t.Errorf("a broken cursor: %v", err)
			}
			return nil
		})
	})
}

// The day ends at the office's midnight, not at Greenwich's.
func TestCount_endsTheDayWhereTheOfficeIs(t *testing.T) {
	d := dbtest.SQLite(t)
	w := world.New(t, d)
	c, _ := w.Family()
	decide(t, d, c, "reintegration", "eligible", "2026-03-31T21:30:00.000000Z", "", false, false, "") // half past midnight in Athens
	read(t, w, "manager", func(ctx context.Context, r *gate.R) error {
		p := march
		for _, x := range []struct {
			zone string
			n    int64
		}{{"UTC", 1}, {"Europe/Athens", 0}} {
			var err error
			if p.Zone, err = time.LoadLocation(x.zone); err != nil {
				return err
			}
			got, err := Count(ctx, r, p)
			if err != nil || got.Eligible != x.n {
				t.Errorf("%s: %d eligible, %v", x.zone, got.Eligible, err)
			}
		}
		return nil
	})
}

// Every figure is found by an index: no list grows slower with the years before it.
func TestQueries_walkAnIndex(t *testing.T) {
	d := dbtest.SQLite(t)
	w := world.New(t, d)
	read(t, w, "manager", func(ctx context.Context, r *gate.R) error {
		for _, f := range All {
			var a db.Args
			q := `SELECT COUNT(*) FROM ` + body(r, f, march, &a)
			steps, err := db.All(ctx, r.Tx, func(row db.Row) (string, error) {
				var id, parent, x int64
				var s string
				return s, row.Scan(&id, &parent, &x, &s)
			}, `EXPLAIN QUERY PLAN `+q, a.Values...)
			if err != nil {
				return err
			}
			for _, s := range steps {
				if strings.HasPrefix(s, "SCAN") {
					t.Errorf("%s reads a whole table: %s", f, s)
				}
			}
		}
		return nil
	})
}

func TestPercents(t *testing.T) {
	for _, x := range []struct{ counts, want []int64 }{
		{[]int64{1605, 1261, 1089, 287, 1489}, []int64{28, 22, 19, 5, 26}},
		{[]int64{1, 1, 1}, []int64{34, 33, 33}},
		{[]int64{7}, []int64{100}},
		{nil, []int64{}},
		{[]int64{0, 0}, []int64{0, 0}},
	} {
		if diff := cmp.Diff(x.want, percents(x.counts)); diff != "" {
			t.Errorf("%v: %s", x.counts, diff)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Int64Range(0, 20_000), 1, 8).Draw(t, "counts")
		var total, sum int64
		for _, n := range counts {
			total += n
		}
		for i, p := range percents(counts) {
			sum += p
			if total > 0 && (p < counts[i]*100/total || p > counts[i]*100/total+1) {
				t.Fatalf("%v: %d became %d %%", counts, counts[i], p)
			}
		}
		if total > 0 && sum != 100 {
			t.Fatalf("%v add up to %d", counts, sum)
		}
	})
}

// Whatever the groups are: nobody who may not see cases learns of a group that is too small, not even by subtraction.
func TestShares_hideSmallGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Int64Range(1, 30), 0, 9).Draw(t, "counts")
		var groups []Share
		var total int64
		for i, n := range counts {
			groups = append(groups, Share{Country: string(rune('A' + i)), Persons: n})
			total += n
		}
		slices.SortStableFunc(groups, func(a, b Share) int { return int(b.Persons - a.Persons) })
		var sum, percent int64
		got := shares(groups, SmallGroup)
		for _, s := range got {
			sum, percent = sum+s.Persons, percent+s.Percent
			if s.Persons < SmallGroup {
				t.Fatalf("%v shows %+v", counts, s)
			}
		}
		if len(got) > Named+1 {
			t.Fatalf("%d groups", len(got))
		}
		if total >= SmallGroup && sum != total || len(got) > 0 && percent != 100 {
			t.Fatalf("%v became %v", counts, got)
		}
	})
}
