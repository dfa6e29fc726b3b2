package demo

import (
	"context"
	"fmt"
	"testing"

	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

// ended are the cases on which nobody works any more.
const ended = `FROM casefile c WHERE c.state <> 'open'`

// leftovers count what must not be left of anybody who is gone: each question answers 0 in any sound caseload.
var leftovers = map[string]string{
	"tasks of ended cases":                 `SELECT COUNT(*) FROM task t WHERE t.done_at = '' AND t.case_id IN (SELECT c.id ` + ended + `)`,
	"places in a house of ended cases":     `SELECT COUNT(*) FROM stay s WHERE s.state IN ('waiting','booked','in_house','absent') AND s.case_id IN (SELECT c.id ` + ended + `)`,
	"seats held for ended cases":           `SELECT COUNT(*) FROM seat s JOIN journey j ON j.id = s.journey_id WHERE s.state IN ('held','booked','ticketed') AND j.case_id IN (SELECT c.id ` + ended + `)`,
	"money kept aside for ended cases":     `SELECT COUNT(*) FROM ledger_line l WHERE l.state IN ('planned','approved','to_return') AND l.case_id IN (SELECT c.id ` + ended + `)`,
	"places in a house of people who flew": `SELECT COUNT(*) FROM stay s WHERE s.state IN ('waiting','booked','in_house','absent') AND s.person_id IN (SELECT p.person_id FROM passenger p WHERE p.step IN ('boarded','arrived'))`,
	"beds of nobody who is in the house":   `SELECT COUNT(*) FROM bed b WHERE b.stay_id <> '' AND b.stay_id NOT IN (SELECT s.id FROM stay s WHERE s.state IN ('in_house','absent'))`,
	"families never let into the house":    `SELECT COUNT(*) FROM stay s WHERE s.state = 'booked'`,
}

// Filled to any size, and by any chance, the office is one in which who has left has left nothing open behind them.
func TestSmall_nothingIsLeftOfWhoHasLeft(t *testing.T) {
	for _, c := range []struct {
		engine string
		cases  int
		seed   int64
	}{{"sqlite", 44, 1}, {"postgres", 44, 1}, {"sqlite", 62, 4}, {"sqlite", 200, 3}} {
		t.Run(fmt.Sprintf("%s, %d cases, seed %d", c.engine, c.cases, c.seed), func(t *testing.T) {
			set := map[string]string{"data": t.TempDir()}
			if c.engine == "postgres" {
				d, address := dbtest.PostgresAt(t)
				d.Close()
				set["db"] = address
			}
			cfg, err := config.Load(set, nil)
			if err != nil {
				t.Fatal(err)
			}
			a := told(t, context.Background(), cfg, Spec{Cases: c.cases, Seed: c.seed, Now: today})
			if err := a.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				closed, err := db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM casefile WHERE state = 'closed'`)
				if err != nil || closed == 0 {
					t.Errorf("%d closed cases: %v", closed, err)
				}
				flown, err := db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM stay WHERE state = 'left'`)
				if err != nil || flown == 0 {
					t.Errorf("%d people have left the house: %v", flown, err)
				}
				for what, q := range leftovers {
					if n, err := db.One(ctx, tx, db.Value[int64], q); err != nil || n != 0 {
						t.Errorf("%d %s: %v", n, what, err)
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
