// Package db opens the one database of an installation, SQLite in a file or PostgreSQL by address, and runs closures in
// transactions on it. All that differs between the two engines is in sqlite.go and postgres.go; above this package one SQL
// text serves both.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// Errors a caller may want to tell apart. They are recognised by the engine's codes, never by message text.
var (
	ErrNoRow      = errors.New("no row")
	ErrUnique     = errors.New("such a row exists already")
	ErrForeignKey = errors.New("a row that this one points to does not exist, or is still pointed to")
	ErrBusy       = errors.New("the database is busy")
	errRetry      = errors.New("serialization failure")
)

// Options say which database to open.
type Options struct {
	Path string // SQLite file; used when URL is empty
	URL  string // postgres://…
}

// DB is the database of one installation.
type DB struct {
	engine  engine
	writing atomic.Int64 // write transactions begun, for the metrics
}

// engine is what SQLite and PostgreSQL each do in their own way.
type engine interface {
	name() string
	begin(ctx context.Context, write bool) (session, error)
	translate(error) error
	analyze() string // the statement that looks at what the tables hold
	close() error
}

// session is one open transaction on one connection.
type session interface {
	ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	commit(ctx context.Context) error
	rollback()
}

// Open opens the database; it does not migrate it.
func Open(ctx context.Context, o Options) (*DB, error) {
	var e engine
	var err error
	switch {
	case strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://"):
		e, err = openPostgres(ctx, o.URL)
	case o.URL != "":
		return nil, fmt.Errorf("the database address must begin with postgres://, not %q; leave it out to use the embedded database", schemeOf(o.URL))
	default:
		e, err = openSQLite(ctx, o.Path)
	}
	if err != nil {
		return nil, err
	}
	return &DB{engine: e}, nil
}

func schemeOf(u string) string { s, _, _ := strings.Cut(u, ":"); return s + ":" }

// Engine is "sqlite" or "postgres".
func (d *DB) Engine() string { return d.engine.name() }

// Close closes the database.
func (d *DB) Close() error { return d.engine.close() }

// Writes tells how many write transactions were begun since the start.
func (d *DB) Writes() int64 { return d.writing.Load() }

// Analyze lets the engine look at its tables anew, after many rows have come at once: it plans by what it last saw, and would
// take a full table for an empty one until it looks by itself, which PostgreSQL does after minutes. It reads samples, not
// everything.
func (d *DB) Analyze(ctx context.Context) error {
	return d.Write(ctx, func(ctx context.Context, t *Tx) error {
		_, err := t.Exec(ctx, d.engine.analyze())
		return err
	})
}

// Tx is one open transaction. It must not outlive the closure it was handed to.
type Tx struct {
	s     session
	e     engine
	write bool
	after []func()
}

// Writable reports whether the transaction may change anything.
func (t *Tx) Writable() bool { return t.write }

// AfterCommit runs fn once the transaction is durable, and not at all if it is rolled back.
func (t *Tx) AfterCommit(fn func()) { t.after = append(t.after, fn) }

type txKey struct{}

// Write runs fn in the only write transaction there is at this moment. If fn returns an error, nothing of it remains.
// A serialization failure runs fn again, so fn must not touch anything outside the transaction.
func (d *DB) Write(ctx context.Context, fn func(context.Context, *Tx) error) error {
	if ctx.Value(txKey{}) != nil {
		panic("db: a transaction inside a transaction")
	}
	d.writing.Add(1)
	for attempt := 0; ; attempt++ {
		err := d.run(ctx, true, fn)
		if !errors.Is(err, errRetry) {
			return err
		}
		if attempt == 11 {
			return fmt.Errorf("%w: gave up after 12 attempts", ErrBusy)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(1<<min(attempt, 6)) * time.Millisecond):
		}
	}
}

// Read runs fn in a snapshot that cannot change anything, on either engine.
func (d *DB) Read(ctx context.Context, fn func(context.Context, *Tx) error) error {
	if ctx.Value(txKey{}) != nil {
		panic("db: a transaction inside a transaction")
	}
	return d.run(ctx, false, fn)
}

func (d *DB) run(ctx context.Context, write bool, fn func(context.Context, *Tx) error) error {
	s, err := d.engine.begin(ctx, write)
	if err != nil {
		return d.engine.translate(err)
	}
	t := &Tx{s: s, e: d.engine, write: write}
	done := false
	defer func() { // a panic in fn must not leave the only writer blocked
		if !done {
			s.rollback()
		}
	}()
	if err := fn(context.WithValue(ctx, txKey{}, true), t); err != nil {
		return err
	}
	done = true
	if err := s.commit(ctx); err != nil {
		s.rollback()
		return d.engine.translate(err)
	}
	for _, f := range t.after {
		f()
	}
	return nil
}

// Exec runs a statement and tells how many rows it changed.
func (t *Tx) Exec(ctx context.Context, q string, args ...any) (int64, error) {
	res, err := t.s.ExecContext(ctx, q, args...)
	if err != nil {
		return 0, t.fail(q, err)
	}
	return res.RowsAffected()
}

func (t *Tx) fail(q string, err error) error {
	e := t.e.translate(err)
	if errors.Is(e, errRetry) || errors.Is(e, context.Canceled) || errors.Is(e, context.DeadlineExceeded) {
		return e
	}
	return fmt.Errorf("%s …: %w", head(q), e)
}

// head is the first words of a statement: enough to find it, and free of values, which are always parameters.
func head(q string) string {
	q = strings.Join(strings.Fields(q), " ")
	if len(q) > 70 {
		q = q[:70]
	}
	return q
}

// Row is what a scan function reads from.
type Row interface{ Scan(dest ...any) error }

// All collects every row; the rows are closed before it returns, so the next query may follow on both engines.
func All[T any](ctx context.Context, t *Tx, scan func(Row) (T, error), q string, args ...any) ([]T, error) {
	rows, err := t.s.QueryContext(ctx, q, args...)
	if err != nil {
		return nil, t.fail(q, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("%s …: %w", head(q), err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, t.fail(q, err)
	}
	return out, nil
}

// One returns the first row, or ErrNoRow.
func One[T any](ctx context.Context, t *Tx, scan func(Row) (T, error), q string, args ...any) (T, error) {
	var zero T
	rows, err := t.s.QueryContext(ctx, q, args...)
	if err != nil {
		return zero, t.fail(q, err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return zero, t.fail(q, err)
		}
		return zero, ErrNoRow
	}
	v, err := scan(rows)
	if err != nil {
		return zero, fmt.Errorf("%s …: %w", head(q), err)
	}
	return v, nil
}

// Value scans a single column: db.One(ctx, tx, db.Value[int64], …).
func Value[T any](r Row) (T, error) { var v T; err := r.Scan(&v); return v, err }

// Each hands every row to fn without keeping them: for exports, verification and whatever is too long for memory.
// fn must not use the transaction.
func (t *Tx) Each(ctx context.Context, fn func(Row) error, q string, args ...any) error {
	rows, err := t.s.QueryContext(ctx, q, args...)
	if err != nil {
		return t.fail(q, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return t.fail(q, err)
	}
	return nil
}

// Args collects the parameters of a statement that is put together from fixed pieces; Add returns the placeholder.
type Args struct{ Values []any }

// Add appends a value and returns its placeholder, $1, $2, …
func (a *Args) Add(v any) string {
	a.Values = append(a.Values, v)
	return fmt.Sprintf("$%d", len(a.Values))
}

// In returns "($n, $n+1, …)" for the values, and "(NULL)", which nothing equals, for none.
func (a *Args) In(vs []string) string {
	if len(vs) == 0 {
		return "(NULL)"
	}
	var b strings.Builder
	b.WriteByte('(')
	for i, v := range vs {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(a.Add(v))
	}
	b.WriteByte(')')
	return b.String()
}
