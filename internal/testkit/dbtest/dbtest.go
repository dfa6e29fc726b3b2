// Package dbtest runs the same test body on both engines, each test on a fresh, migrated database of its own.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/pgtest"
	"github.com/nostos-avrr/nostos/migrations"
)

// Now is the moment at which migrations are recorded in tests.
var Now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Each runs body as subtests "sqlite" and "postgres".
func Each(t *testing.T, body func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { body(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { body(t, Postgres(t)) })
}

var template struct {
	once sync.Once
	file []byte
	err  error
}

// SQLite gives a migrated embedded database in a temporary folder: a copy of a template made once per process.
func SQLite(t testing.TB) *db.DB { t.Helper(); d, _ := SQLiteAt(t); return d }

// SQLiteAt also tells the file's path.
func SQLiteAt(t testing.TB) (*db.DB, string) {
	t.Helper()
	template.once.Do(func() {
		dir, err := os.MkdirTemp("", "nostos-template-")
		if err != nil {
			template.err = err
			return
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "t.db")
		d, err := db.Open(context.Background(), db.Options{Path: path})
		if err == nil {
			_, err = d.Migrate(context.Background(), migrations.Files, Now)
			d.Close()
		}
		if err == nil {
			template.file, err = os.ReadFile(path)
		}
		template.err = err
	})
	if template.err != nil {
		t.Fatal(template.err)
	}
	path := filepath.Join(t.TempDir(), "nostos.db")
	if err := os.WriteFile(path, template.file, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(context.Background(), db.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, path
}

var pgTemplate struct {
	once sync.Once
	name string
	err  error
}

// Postgres gives a migrated PostgreSQL database of its own, cloned from a template made once per process.
func Postgres(t testing.TB) *db.DB { t.Helper(); d, _ := PostgresAt(t); return d }

// PostgresAt also tells the address.
func PostgresAt(t testing.TB) (*db.DB, string) {
	t.Helper()
	return PostgresOn(t, pgtest.URL(t))
}

// PostgresOn does so on a given server; the first server a process uses holds the template.
func PostgresOn(t testing.TB, base string) (*db.DB, string) {
	t.Helper()
	ctx := context.Background()
	pgTemplate.once.Do(func() {
		pgTemplate.name = "nostos_t_" + suffix()
		if pgTemplate.err = execute(base, `CREATE DATABASE `+pgTemplate.name+` TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`); pgTemplate.err != nil {
			return
		}
		var d *db.DB
		if d, pgTemplate.err = db.Open(ctx, db.Options{URL: with(base, pgTemplate.name)}); pgTemplate.err != nil {
			return
		}
		_, pgTemplate.err = d.Migrate(ctx, migrations.Files, Now)
		d.Close()
	})
	if pgTemplate.err != nil {
		t.Fatal(pgTemplate.err)
	}
	name := "nostos_" + suffix()
	if err := execute(base, `CREATE DATABASE `+name+` TEMPLATE `+pgTemplate.name); err != nil {
		t.Fatal(err)
	}
	address := with(base, name)
	d, err := db.Open(ctx, db.Options{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.Close()
		execute(base, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`)
	})
	return d, address
}

// Blank gives an empty database of an engine, without any table.
func Blank(t testing.TB, engine string) *db.DB {
	t.Helper()
	o := db.Options{Path: filepath.Join(t.TempDir(), "blank.db")}
	if engine == "postgres" {
		base, name := pgtest.URL(t), "nostos_"+suffix()
		if err := execute(base, `CREATE DATABASE `+name+` TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`); err != nil {
			t.Fatal(err)
		}
		o = db.Options{URL: with(base, name)}
		t.Cleanup(func() { execute(base, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`) })
	}
	d, err := db.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// execute runs one statement that must stand outside a transaction.
func execute(base, q string) error {
	c, err := sql.Open("pgx", base)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Exec(q)
	return err
}

func with(base, name string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	u.Path = "/" + name
	return u.String()
}

func suffix() string { b := make([]byte, 6); rand.Read(b); return hex.EncodeToString(b) }
