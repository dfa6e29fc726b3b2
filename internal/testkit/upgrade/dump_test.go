package upgrade

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/migrations"
)

// next stands between two statements of a dump; text may hold any other line.
const next = ";\n-- next statement\n"

var tableRE = regexp.MustCompile(`(?i)^CREATE TABLE (\w+)`)

// dump writes a database as SQL: the schema as the migrations of the time made it, and every row. It is our own and not the
// engines' tools', so that a dump of today loads into the servers of later years.
func dump(d *db.DB, path string) error {
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return err
	}
	sort.Strings(names)
	out := []string{`CREATE TABLE schema_migration (name TEXT PRIMARY KEY, hash TEXT NOT NULL, applied_at TEXT NOT NULL)`, `CREATE TABLE schema_turn (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)`}
	tables := []string{"schema_migration", "schema_turn"} // in the order they were made: none points to a later one
	for _, n := range names {
		text, err := migrations.Files.ReadFile(n)
		if err != nil {
			return err
		}
		for _, q := range db.Statements(string(text)) {
			if m := tableRE.FindStringSubmatch(q); m != nil {
				tables = append(tables, m[1])
			}
			if word, _, _ := strings.Cut(q, " "); word == "CREATE" || word == "ALTER" || word == "DROP" { // rows come below, as they are
				out = append(out, q)
			}
		}
	}
	err = d.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		for _, t := range tables {
			rows, err := inserts(ctx, tx, d.Engine(), t)
			if err != nil {
				return err
			}
			out = append(out, rows...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if _, err := z.Write([]byte(strings.Join(out, next))); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

func inserts(ctx context.Context, tx *db.Tx, engine, table string) ([]string, error) {
	q := `SELECT name FROM pragma_table_info($1) ORDER BY cid`
	if engine == "postgres" {
		q = `SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position`
	}
	columns, err := db.All(ctx, tx, db.Value[string], q, table)
	if err != nil || len(columns) == 0 { // a table that a later migration dropped
		return nil, err
	}
	list := strings.Join(columns, ", ")
	return db.All(ctx, tx, func(r db.Row) (string, error) {
		cells, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			to[i] = &cells[i]
		}
		if err := r.Scan(to...); err != nil {
			return "", err
		}
		var values []string
		for _, c := range cells {
			values = append(values, literal(engine, c))
		}
		return "INSERT INTO " + table + " (" + list + ") VALUES (" + strings.Join(values, ", ") + ")", nil
	}, `SELECT `+list+` FROM `+table+` ORDER BY `+list)
}

func literal(engine string, v any) string {
	switch x := v.(type) {
	case nil:
		return "NULL"
	case string:
		return "'" + strings.ReplaceAll(x, "'", "''") + "'"
	case []byte:
		if engine == "postgres" {
			return `'\x` + hex.EncodeToString(x) + "'"
		}
		return "x'" + hex.EncodeToString(x) + "'"
	}
	return fmt.Sprint(v) // numbers, true and false
}

// load reads a dump into an empty database.
func load(t *testing.T, d *db.DB, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		for _, q := range strings.Split(string(text), next) {
			if _, err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
