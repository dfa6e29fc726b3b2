package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

var ctx = context.Background()

func table(t *testing.T, d *db.DB) {
	t.Helper()
	if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TABLE thing (id TEXT PRIMARY KEY, n BIGINT NOT NULL, at TEXT NOT NULL DEFAULT '', ok BOOLEAN NOT NULL DEFAULT FALSE)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, d *db.DB) (n int64) {
	t.Helper()
	if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM thing`)
		return
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func add(ctx context.Context, tx *db.Tx, id string, n int) error {
	_, err := tx.Exec(ctx, `INSERT INTO thing (id, n) VALUES ($1, $2)`, id, n)
	return err
}

func TestWrite_nothingRemainsOfAFailure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		stop := errors.New("stop")
		ran := false
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			tx.AfterCommit(func() { ran = true })
			if err := add(ctx, tx, "a", 1); err != nil {
				t.Fatal(err)
			}
			return stop
		})
		if !errors.Is(err, stop) || count(t, d) != 0 || ran {
			t.Fatalf("err %v, rows %d, after-commit ran %v", err, count(t, d), ran)
		}
		func() { // a panic must not leave the only writer blocked
			defer func() { recover() }()
			d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { add(ctx, tx, "b", 1); panic("mistake") })
		}()
		if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return add(ctx, tx, "c", 1) }); err != nil || count(t, d) != 1 {
			t.Fatalf("after a panic: %v, %d rows", err, count(t, d))
		}
	})
}

func TestErrors_areTyped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := add(ctx, tx, "a", 1); err != nil {
				return err
			}
			return add(ctx, tx, "a", 2)
		})
		if !errors.Is(err, db.ErrUnique) {
			t.Errorf("duplicate: %v", err)
		}
		err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := db.One(ctx, tx, db.Value[int64], `SELECT n FROM thing WHERE id = $1`, "nobody")
			return err
		})
		if !errors.Is(err, db.ErrNoRow) {
			t.Errorf("no row: %v", err)
		}
	})
}

// A refused insert must not put the person's data into the error: errors end up in logs.
func TestErrors_carryNoValues(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		secret := "Amina-Secretname"
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := add(ctx, tx, secret, 1); err != nil {
				return err
			}
			return add(ctx, tx, secret, 2)
		})
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Fatalf("error: %v", err)
		}
	})
}

func TestRead_cannotWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error { return add(ctx, tx, "a", 1) }); err == nil || count(t, d) != 0 {
			t.Fatalf("a reader wrote: %v", err)
		}
	})
}

func TestRead_isASnapshot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			one, err := db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM thing`)
			if err != nil {
				return err
			}
			done := make(chan error)
			go func() {
				done <- d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error { return add(ctx, tx, "a", 1) })
			}()
			if err := <-done; err != nil {
				return err
			}
			two, err := db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM thing`)
			if one != two {
				t.Errorf("counted %d, then %d in one snapshot", one, two)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestNestedTransactionsPanic(t *testing.T) {
	d := dbtest.SQLite(t)
	defer func() {
		if recover() == nil {
			t.Fatal("a write inside a read went through: it would dead-lock on one engine and not on the other")
		}
	}()
	d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		return d.Write(ctx, func(context.Context, *db.Tx) error { return nil })
	})
}

func TestManyWritersAndReaders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		var wg sync.WaitGroup
		for g := 0; g < 16; g++ {
			wg.Go(func() {
				for i := 0; i < 20; i++ {
					if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return add(ctx, tx, fmt.Sprintf("%d-%d", g, i), i) }); err != nil {
						t.Error(err)
					}
					count(t, d)
				}
			})
		}
		wg.Wait()
		if n := count(t, d); n != 320 {
			t.Fatalf("%d rows", n)
		}
	})
}

func TestCancelledReaderLetsGo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		for i := 0; i < 40; i++ {
			c, cancel := context.WithCancel(ctx)
			d.Read(c, func(ctx context.Context, tx *db.Tx) error { cancel(); return ctx.Err() })
			d.Write(c, func(ctx context.Context, tx *db.Tx) error { return add(ctx, tx, "x", 1) })
		}
		if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return add(ctx, tx, "y", 1) }); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTime_roundTrip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		at := time.Date(2026, 3, 1, 10, 30, 0, 123456000, time.FixedZone("x", 3*3600))
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO thing (id, n, at, ok) VALUES ('a', 1, $1, $2)`, db.At(at), true); err != nil {
				return err
			}
			type row struct {
				at db.Time
				ok bool
			}
			got, err := db.One(ctx, tx, func(r db.Row) (row, error) { var x row; return x, r.Scan(&x.at, &x.ok) }, `SELECT at, ok FROM thing WHERE at = $1`, db.At(at))
			if err != nil || !got.at.Equal(at) || !got.ok {
				t.Errorf("got %+v, %v", got, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestMigrate_refusesEditedAndUnknown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		files := fstest.MapFS{"9001_a.sql": {Data: []byte("-- a comment; with a semicolon\nCREATE TABLE a (id TEXT PRIMARY KEY);\nCREATE TABLE b (id TEXT PRIMARY KEY);\n")}}
		if _, err := d.Migrate(ctx, files, dbtest.Now); err == nil || !strings.Contains(err.Error(), "newer program") {
			t.Fatalf("a database with unknown migrations was accepted: %v", err)
		}
		fresh := dbtest.Blank(t, d.Engine())
		if ran, err := fresh.Migrate(ctx, files, dbtest.Now); err != nil || len(ran) != 1 {
			t.Fatalf("%v %v", ran, err)
		}
		if ran, err := fresh.Migrate(ctx, files, dbtest.Now); err != nil || len(ran) != 0 {
			t.Fatalf("second run: %v %v", ran, err)
		}
		edited := fstest.MapFS{"9001_a.sql": {Data: []byte("CREATE TABLE a (id TEXT PRIMARY KEY, x TEXT);\n")}}
		if _, err := fresh.Migrate(ctx, edited, dbtest.Now); err == nil || !strings.Contains(err.Error(), "9001_a.sql") {
			t.Fatalf("an edited migration was accepted: %v", err)
		}
		bad := fstest.MapFS{"9001_a.sql": files["9001_a.sql"], "9002_b.sql": {Data: []byte("CREATE TABLE c (id TEXT PRIMARY KEY);\nCREATE TABLE a (id TEXT PRIMARY KEY);\n")}}
		if _, err := fresh.Migrate(ctx, bad, dbtest.Now); err == nil {
			t.Fatal("a failing migration passed")
		}
		if p, err := fresh.Pending(ctx, bad); err != nil || len(p) != 1 {
			t.Fatalf("a failed migration left something behind: %v %v", p, err)
		}
	})
}

func TestMigrate_twoServersAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fresh := dbtest.Blank(t, d.Engine())
		files := fstest.MapFS{}
		for i := 0; i < 5; i++ {
			files[fmt.Sprintf("%04d.sql", i)] = &fstest.MapFile{Data: []byte(fmt.Sprintf("CREATE TABLE t%d (id TEXT PRIMARY KEY);\n", i))}
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := fresh.Migrate(ctx, files, dbtest.Now); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestOpen_pathWithOddCharacters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a # b?c%20", "n.db")
	d, err := db.Open(ctx, db.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	table(t, d)
	again, err := db.Open(ctx, db.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if count(t, again) != 0 {
		t.Fatal("the file under the odd name is not the one that was written")
	}
}

func TestOpen_wrongAddressNeverRepeatsThePassword(t *testing.T) {
	_, err := db.Open(ctx, db.Options{URL: "postgres://nostos:hunter2@127.0.0.1:1/nostos?connect_timeout=1"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("error: %v", err)
	}
}

// After a bulk fill the engine knows how much there is, without anybody waiting for it to look.
func TestAnalyze(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		known := func() (n int64) {
			q := `SELECT COUNT(*) FROM pg_stats WHERE tablename = 'thing'`
			if d.Engine() == "sqlite" {
				q = `SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'thing'`
			}
			if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) { n, err = db.One(ctx, tx, db.Value[int64], q); return }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if err := d.Analyze(ctx); err != nil { // an empty installation, too
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			for i := range 1000 {
				if err := add(ctx, tx, fmt.Sprintf("t%04d", i), i); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n := known(); n != 0 {
			t.Fatalf("known before: %d", n)
		}
		if err := d.Analyze(ctx); err != nil {
			t.Fatal(err)
		}
		if known() == 0 {
			t.Fatal("nothing is known of the table")
		}
	})
}
