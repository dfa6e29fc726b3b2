package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/clock"
)

type applied struct{ name, hash string }

// Migrate brings the schema up to date: the files of fsys in the order of their names, each once, each recorded with the
// hash of its text. An edited old file or a database newer than this program is refused.
func (d *DB) Migrate(ctx context.Context, fsys fs.FS, now time.Time) (ran []string, err error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	// Two servers may start at once: the first statement that matters is an update of one row, so the second waits.
	for i := 0; ; i++ {
		err = d.Write(ctx, func(ctx context.Context, t *Tx) error {
			for _, q := range []string{
				`CREATE TABLE IF NOT EXISTS schema_migration (name TEXT PRIMARY KEY, hash TEXT NOT NULL, applied_at TEXT NOT NULL)`,
				`CREATE TABLE IF NOT EXISTS schema_turn (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)`,
				`INSERT INTO schema_turn (id, n) VALUES (1, 0) ON CONFLICT (id) DO NOTHING`,
			} {
				if _, err := t.Exec(ctx, q); err != nil {
					return err
				}
			}
			return nil
		})
		// PostgreSQL may report a clash when two create the same table in the same instant.
		if err == nil || i == 5 || !errors.Is(err, ErrUnique) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	err = d.Write(ctx, func(ctx context.Context, t *Tx) error {
		ran = nil
		if _, err := t.Exec(ctx, `UPDATE schema_turn SET n = n + 1 WHERE id = 1`); err != nil {
			return err
		}
		have, err := All(ctx, t, func(r Row) (applied, error) { var a applied; return a, r.Scan(&a.name, &a.hash) },
			`SELECT name, hash FROM schema_migration ORDER BY name`)
		if err != nil {
			return err
		}
		done := map[string]string{}
		for _, a := range have {
			done[a.name] = a.hash
		}
		for _, n := range names {
			text, err := fs.ReadFile(fsys, n)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(text)
			hash := hex.EncodeToString(sum[:])
			if old, ok := done[n]; ok {
				if old != hash {
					return fmt.Errorf("migration %s was changed after it ran here: add a new file instead of editing an old one", n)
				}
				delete(done, n)
				continue
			}
			for _, q := range Statements(string(text)) {
				if _, err := t.Exec(ctx, q); err != nil {
					return fmt.Errorf("migration %s: %w", n, err)
				}
			}
			if _, err := t.Exec(ctx, `INSERT INTO schema_migration (name, hash, applied_at) VALUES ($1, $2, $3)`, n, hash, clock.Format(now)); err != nil {
				return err
			}
			ran = append(ran, n)
		}
		for n := range done {
			return fmt.Errorf("the database was made by a newer program (it knows migration %s): start that version, or restore an older backup", path.Base(n))
		}
		return nil
	})
	return ran, err
}

// Pending tells which migrations have not run yet.
func (d *DB) Pending(ctx context.Context, fsys fs.FS) ([]string, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var out []string
	err = d.Read(ctx, func(ctx context.Context, t *Tx) error {
		have, err := All(ctx, t, Value[string], `SELECT name FROM schema_migration ORDER BY name`)
		if err != nil {
			return err
		}
		done := map[string]bool{}
		for _, n := range have {
			done[n] = true
		}
		for _, n := range names {
			if !done[n] {
				out = append(out, n)
			}
		}
		return nil
	})
	return out, err
}

// Statements splits a migration at semicolons that end a line; comments may hold any text.
func Statements(text string) []string {
	var out []string
	var cur strings.Builder
	for _, line := range strings.Split(text, "\n") {
		if i := strings.Index(line, "--"); i >= 0 {
			line = line[:i]
		}
		line = strings.TrimRight(line, " \t\r")
		if line == "" {
			continue
		}
		cur.WriteString(line)
		cur.WriteByte('\n')
		if strings.HasSuffix(line, ";") {
			out = append(out, strings.TrimSuffix(strings.TrimSpace(cur.String()), ";"))
			cur.Reset()
		}
	}
	if s := strings.TrimSpace(cur.String()); s != "" {
		out = append(out, s)
	}
	return out
}
