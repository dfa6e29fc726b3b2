// Package upgrade opens the database of every released version with the present program. The dumps lie in testdata/upgrade at
// the top of the repository, one for each version and engine, with the key file of an invented installation.
package upgrade

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/app/ops"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/migrations"
)

// Version is the version whose dump UPDATE=1 writes. Once it is released, its dump is never written again: raise this first.
const Version = "0.1"

var folder = filepath.Join("..", "..", "..", "testdata", "upgrade")

// place is an empty installation: a data folder and, for PostgreSQL, an empty database.
func place(t *testing.T, engine string) *config.Config {
	t.Helper()
	flags := map[string]string{"data": t.TempDir(), "addr": "localhost:0"}
	if engine == "postgres" {
		d, address := dbtest.PostgresAt(t)
		if err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			for _, q := range []string{`DROP SCHEMA public CASCADE`, `CREATE SCHEMA public`} {
				if _, err := tx.Exec(ctx, q); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		flags["db"] = address
	}
	c, err := config.Load(flags, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestUpgrade_everyReleasedVersion(t *testing.T) {
	if os.Getenv("UPDATE") != "" {
		generate(t)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.sql.gz"))
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]int{}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".sql.gz")
		engine := name[strings.LastIndexByte(name, '.')+1:]
		versions[strings.TrimSuffix(name, "."+engine)]++
		t.Run(name, func(t *testing.T) { upgrade(t, f, engine) })
	}
	if versions[Version] != 2 {
		t.Errorf("there are %d dumps of version %s, not one for each engine", versions[Version], Version)
	}
}

func upgrade(t *testing.T, dump, engine string) {
	ctx, c := context.Background(), place(t, engine)
	d, err := app.OpenDB(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	load(t, d, dump)
	ran, err := d.Migrate(ctx, migrations.Files, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d migrations ran", len(ran))
	if err := d.Intact(ctx); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(folder, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.KeyFile(), key, 0o600); err != nil { // a checkout does not keep the mode
		t.Fatal(err)
	}
	before := sound(t, c)
	now := clock.NewFake(start.AddDate(0, 2, 0))
	a, err := app.New(ctx, app.Options{Config: c, Clock: now, Demo: true, NoWork: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	works(t, a)
	if after := sound(t, c); after <= before {
		t.Errorf("%d entries before the work, %d after", before, after)
	}
}

// sound verifies the history and tells how many entries it has.
func sound(t *testing.T, c *config.Config) int64 {
	t.Helper()
	v, err := ops.Verify(context.Background(), c, "", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !v.Sound() {
		t.Errorf("the history: %+v", v.Findings)
	}
	return v.Entries
}

// works does what an office does on the day after an upgrade.
func works(t *testing.T, a *app.App) {
	ctx := context.Background()
	var me, caseID, personID string
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		s, err := org.StaffByLogin(ctx, tx, "counsellor")
		me = s.ID
		return err
	}))
	must(a.Gate.Read(ctx, me, casefile.PermView, func(ctx context.Context, r *gate.R) error {
		page, err := a.Rooms.Cases.List(ctx, r, casefile.Filter{Sort: "number"})
		if err != nil {
			return err
		}
		if len(page.Rows) != openCases {
			t.Fatalf("%d open cases in the list, not %d", len(page.Rows), openCases)
		}
		caseID, personID = page.Rows[0].ID, page.Rows[0].PrincipalID
		notes, err := casefile.Notes(ctx, r, caseID)
		if err != nil {
			return err
		}
		if len(notes) == 0 || notes[len(notes)-1].Text != noteText {
			t.Errorf("the note reads %+v", notes)
		}
		lines, err := r.History(ctx, historyOf(caseID))
		if err != nil {
			return err
		}
		if len(lines) < 3 {
			t.Errorf("%d lines in the case's history", len(lines))
		}
		for _, l := range lines {
			if l.Erased {
				t.Errorf("entry %d does not open", l.Seq)
			}
		}
		return nil
	}))
	must(a.Gate.Read(ctx, me, person.PermView, func(ctx context.Context, r *gate.R) error {
		for _, q := range []string{"Testpour", "تست", phone, paperNo} {
			found, err := a.Rooms.Persons.Search(ctx, r, q, 10)
			if err != nil {
				return err
			}
			if len(found) == 0 {
				t.Errorf("a search for %q finds nobody", q)
			}
		}
		return nil
	}))
	must(a.Rooms.Cases.AddNote(ctx, me, casefile.Note{CaseID: caseID, PersonID: personID, Kind: "call", Text: "After the upgrade."}))
	must(a.Rooms.Persons.AddContact(ctx, me, person.Contact{ID: a.Gate.IDs.New(), PersonID: personID, Kind: "phone", Value: "+30 690 000 0001", Safe: "yes"}))
	_, err := a.Rooms.Cases.Withdraw(ctx, me, caseID, "")
	must(err)
}
