package demo

import (
	"context"
	mathrand "math/rand"
	"reflect"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/report/press"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

var today = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// The caseload of Greece in small: every figure is a fiftieth of the published one, and the figures page counts exactly that.
func TestGreece_countsToTheFiguresItWasMadeFor(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			set := map[string]string{"data": t.TempDir()}
			if engine == "postgres" {
				d, address := dbtest.PostgresAt(t)
				d.Close()
				set["db"] = address
			}
			cfg, err := config.Load(set, nil)
			if err != nil {
				t.Fatal(err)
			}
			ctx := context.Background()
			a := told(t, ctx, cfg, Spec{Cases: 25, Seed: 1, Caseload: "greece", Scale: 50, Now: today})
			first := count(t, ctx, a, published[0])
			if got, want := [5]int64{first.Sessions, first.Eligible, first.Returned, first.Plans, first.Paid}, [5]int64{91, 49, 204, 49, 12}; got != want {
				t.Errorf("first phase: %v, want %v", got, want)
			}
			second := count(t, ctx, a, published[1])
			if second.Returned != 114 || second.ReportingPeriodReturned != 12 {
				t.Errorf("second phase: %d returned, %d in the reporting period", second.Returned, second.ReportingPeriodReturned)
			}
			var got []press.Share
			for _, s := range second.ByNationality {
				got = append(got, press.Share{Country: s.Country, Percent: s.Percent})
			}
			if want := []press.Share{{Country: "PK", Percent: 28}, {Country: "GE", Percent: 22}, {Country: "IQ", Percent: 19}, {Country: "IR", Percent: 5}, {Country: press.Others, Percent: 26}}; !reflect.DeepEqual(got, want) {
				t.Errorf("shares %v, want %v", got, want)
			}
			sound(t, ctx, a)
		})
	}
}

// Drawn up in full, without telling the stories: the plan of the caseload adds up to the published figures for many seeds.
func TestGreece_everySeedAddsUp(t *testing.T) {
	for seed := range int64(20) {
		m := &maker{rnd: mathrand.New(mathrand.NewSource(seed))}
		for _, ph := range published {
			js, err := m.planned(ph)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			var got phase
			others := map[string]int{}
			last := ph.asOf.AddMonths(-1)
			for _, j := range js {
				got.sessions += j.talks
				if !j.returns {
					continue
				}
				got.returned += j.size
				others[j.na.country] += j.size
				if j.flies.Year() == last.Year() && j.flies.Month() >= last.Month() {
					got.recent += j.size
				}
				for _, x := range []struct {
					is bool
					n  *int
				}{{j.eligible, &got.eligible}, {j.plan, &got.plans}, {j.cash, &got.paid}} {
					if x.is {
						*x.n++
					}
				}
				if j.flies.Before(ph.from.AddDays(beforeFlight)) || j.flies.After(ph.asOf) {
					t.Fatalf("seed %d: a flight on %s", seed, j.flies)
				}
			}
			if ph.sessions == 0 {
				got.sessions = 0
			}
			if ph.recent == 0 {
				got.recent = 0
			}
			if got.sessions != ph.sessions || got.returned != ph.returned || got.eligible != ph.eligible || got.plans != ph.plans || got.paid != ph.paid || got.recent != ph.recent {
				t.Errorf("seed %d: planned %+v, want %+v", seed, got, ph)
			}
		}
	}
}

func told(t *testing.T, ctx context.Context, cfg *config.Config, spec Spec) *app.App {
	t.Helper()
	clk, rnd := clock.NewFake(spec.Now), mathrand.New(mathrand.NewSource(spec.Seed))
	a, err := app.New(ctx, app.Options{Config: cfg, Clock: clk, IDs: &id.Maker{Now: clk.Now, Rand: rnd}, Demo: true, NoWork: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if err := Fill(ctx, a, clk, rnd, spec, nil); err != nil {
		t.Fatal(err)
	}
	clk.Set(spec.Now)
	return a
}

func count(t *testing.T, ctx context.Context, a *app.App, ph phase) press.Figures {
	t.Helper()
	f, err := a.Rooms.Report.RunPress(ctx, org.SystemID, ph.from, ph.asOf)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sound holds what must be true of any caseload: the journal verifies, the book adds up to nothing, nobody sits twice.
func sound(t *testing.T, ctx context.Context, a *app.App) {
	t.Helper()
	v, err := journal.Verifier(a.Ring)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		verdict, err := journal.Verify(ctx, tx, v, nil, nil)
		if err != nil || !verdict.Sound() || verdict.Entries == 0 {
			t.Errorf("the journal: %d entries, %v, %v", verdict.Entries, verdict.Findings, err)
		}
		sum, err := db.One(ctx, tx, db.Value[int64], `SELECT COALESCE(SUM(amount), 0) FROM posting`)
		if err != nil || sum != 0 {
			t.Errorf("the book adds up to %d: %v", sum, err)
		}
		open, err := db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM casefile WHERE state = 'open' AND pack_version <> '2023.1'`)
		if err != nil || open != 0 {
			t.Errorf("%d cases of the phases are still open: %v", open, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
