// Package schema keeps what the migrations add up to, on each engine, in two files beside them: whoever reviews a migration
// sees its effect, and that both engines got the same.
package schema

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

const head = "-- Made from the migrations by `UPDATE=1 go test ./internal/testkit/schema`, to be read; nothing runs it.\n"

func TestSchema_isAsReviewed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var parts []string
		err := d.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
			if d.Engine() == "sqlite" {
				parts, err = sqlite(ctx, tx)
			} else {
				parts, err = postgres(ctx, tx)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got, path := head+"\n"+strings.Join(parts, "\n"), filepath.Join("..", "..", "..", "migrations", "schema."+d.Engine()+".sql")
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != got {
			t.Errorf("%s is not what the migrations make: %s\n(UPDATE=1 go test ./internal/testkit/schema writes it anew; read the difference before you commit it)", path, difference(string(want), got))
		}
	})
}

// Both engines must know the same tables and columns, in the same order: positions are used by nobody, but a difference means
// that somebody migrated one engine by hand.
func TestSchema_isTheSameOnBothEngines(t *testing.T) {
	columns := func(d *db.DB, tables, columns string) (out []string) {
		if err := d.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			names, err := db.All(ctx, tx, db.Value[string], tables)
			if err != nil {
				return err
			}
			for _, n := range names {
				cols, err := db.All(ctx, tx, db.Value[string], columns, n)
				if err != nil {
					return err
				}
				out = append(out, n+" ("+strings.Join(cols, ", ")+")")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	s := columns(dbtest.SQLite(t), `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`, `SELECT name || CASE WHEN "notnull" = 1 OR pk > 0 THEN ' not null' ELSE '' END FROM pragma_table_info($1) ORDER BY cid`)
	p := columns(dbtest.Postgres(t), `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name COLLATE "C"`, `SELECT column_name || CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position`)
	if a, b := strings.Join(s, "\n"), strings.Join(p, "\n"); a != b {
		t.Error(difference(a, b))
	}
	if len(s) < 30 {
		t.Errorf("only %d tables", len(s))
	}
}

// sqlite lists tables and their indexes as they were written; the engine keeps the text.
func sqlite(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(r db.Row) (string, error) { var s string; err := r.Scan(&s); return s + ";\n", err },
		`SELECT sql FROM sqlite_master WHERE sql <> '' AND name NOT LIKE 'sqlite%' ORDER BY tbl_name, CASE WHEN type = 'table' THEN 0 ELSE 1 END, name`)
}

// postgres puts the tables together from the catalogue.
func postgres(ctx context.Context, tx *db.Tx) (out []string, err error) {
	tables, err := db.All(ctx, tx, db.Value[string], `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name COLLATE "C"`)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		lines, err := db.All(ctx, tx, db.Value[string], `SELECT column_name || ' ' || data_type || CASE WHEN is_nullable = 'NO' THEN ' NOT NULL' ELSE '' END || COALESCE(' DEFAULT ' || column_default, '')
			FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position`, t)
		if err != nil {
			return nil, err
		}
		// NOT NULL stands with its column; newer versions list it as a constraint as well.
		rules, err := db.All(ctx, tx, db.Value[string], `SELECT c.conname || ' ' || pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
			WHERE r.relname = $1 AND c.contype IN ('p', 'u', 'f', 'c') ORDER BY CAST(c.contype AS TEXT) COLLATE "C", CAST(c.conname AS TEXT) COLLATE "C"`, t)
		if err != nil {
			return nil, err
		}
		for _, r := range rules {
			lines = append(lines, "CONSTRAINT "+r)
		}
		out = append(out, fmt.Sprintf("CREATE TABLE %s (\n  %s\n);\n", t, strings.Join(lines, ",\n  ")))
		indexes, err := db.All(ctx, tx, func(r db.Row) (string, error) { var s string; err := r.Scan(&s); return s + ";\n", err },
			`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = $1 AND indexname NOT IN (SELECT conname FROM pg_constraint) ORDER BY CAST(indexname AS TEXT) COLLATE "C"`, t)
		if err != nil {
			return nil, err
		}
		out = append(out, indexes...)
	}
	return out, nil
}

// difference is the first line in which two texts differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := 0; ; i++ {
		switch {
		case i >= len(w) && i >= len(g):
			return "no difference"
		case i >= len(w):
			return fmt.Sprintf("line %d: got %q, want the end", i+1, g[i])
		case i >= len(g):
			return fmt.Sprintf("line %d: got the end, want %q", i+1, w[i])
		case w[i] != g[i]:
			return fmt.Sprintf("line %d: got %q, want %q", i+1, g[i], w[i])
		}
	}
}
