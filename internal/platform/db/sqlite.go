package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// sqliteReaders is how many snapshots may be open at once. Readers never wait for the writer in WAL mode; more of them
// than this only thrash the page cache.
const sqliteReaders = 8

// maxStatements bounds the prepared statements kept per connection; lists of ids make texts of many lengths.
const maxStatements = 400

// sqliteEngine keeps its own connections instead of database/sql's pool: exactly one may write, so "database is locked"
// cannot happen, and each keeps its prepared statements.
type sqliteEngine struct {
	path    string
	pool    *sql.DB
	writer  chan *sqliteConn
	readers chan *sqliteConn
	all     []*sqliteConn
	once    sync.Once
}

type sqliteConn struct {
	*sql.Conn
	stmts map[string]*sql.Stmt
	write bool
}

func openSQLite(ctx context.Context, path string) (engine, error) {
	if path == "" {
		return nil, errors.New("no database file was named")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	// Pragmas go into the address so that every connection gets them; busy_timeout comes first because setting the
	// journal mode may itself have to wait. FULL, because there is a ledger: an answered write survives a power cut.
	// The path is escaped: a '#' or '?' in a folder's name would otherwise cut the address short.
	addr := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(15000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=temp_store(2)&_pragma=cache_size(-16000)"
	pool, err := sql.Open("sqlite", addr)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(sqliteReaders + 1)
	pool.SetMaxIdleConns(sqliteReaders + 1)
	e := &sqliteEngine{path: path, pool: pool, writer: make(chan *sqliteConn, 1), readers: make(chan *sqliteConn, sqliteReaders)}
	for i := 0; i <= sqliteReaders; i++ {
		c, err := pool.Conn(ctx)
		if err != nil {
			pool.Close()
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		sc := &sqliteConn{Conn: c, stmts: map[string]*sql.Stmt{}, write: i == 0}
		e.all = append(e.all, sc)
		if sc.write {
			// The one writer gets more of the cache and a longer log: keys of persons fall anywhere in their indexes, and a
			// long import would read and write the same pages again and again.
			if _, err := c.ExecContext(ctx, "PRAGMA cache_size=-96000; PRAGMA wal_autocheckpoint=8000"); err != nil {
				pool.Close()
				return nil, err
			}
			e.writer <- sc
			continue
		}
		if _, err := c.ExecContext(ctx, "PRAGMA query_only=1"); err != nil {
			pool.Close()
			return nil, err
		}
		e.readers <- sc
	}
	os.Chmod(path, 0o600) // best effort: on some file systems modes do not exist
	return e, nil
}

func (e *sqliteEngine) name() string { return "sqlite" }

// analyze asks for every table (0x10000) that has grown much since it was last looked at (0x02), by samples (0x10).
func (e *sqliteEngine) analyze() string { return "PRAGMA optimize=0x10012" }

func (e *sqliteEngine) close() error {
	var err error
	e.once.Do(func() {
		w := <-e.writer // wait for the last write
		w.ExecContext(context.Background(), "PRAGMA optimize")
		for _, c := range e.all {
			for _, s := range c.stmts {
				s.Close()
			}
			c.Close()
		}
		err = e.pool.Close()
	})
	return err
}

func (e *sqliteEngine) begin(ctx context.Context, write bool) (session, error) {
	from, begin := e.readers, "BEGIN"
	if write {
		from, begin = e.writer, "BEGIN IMMEDIATE"
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case c := <-from:
		if _, err := c.ExecContext(context.WithoutCancel(ctx), begin); err != nil {
			from <- c
			return nil, err
		}
		return &sqliteSession{c: c, back: from}, nil
	}
}

func (c *sqliteConn) stmt(ctx context.Context, q string) (*sql.Stmt, error) {
	if s := c.stmts[q]; s != nil {
		return s, nil
	}
	s, err := c.Conn.PrepareContext(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(c.stmts) >= maxStatements {
		for k, old := range c.stmts {
			old.Close()
			delete(c.stmts, k)
			break
		}
	}
	c.stmts[q] = s
	return s, nil
}

type sqliteSession struct {
	c    *sqliteConn
	back chan *sqliteConn
	end  bool
}

func (s *sqliteSession) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	st, err := s.c.stmt(ctx, q)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

func (s *sqliteSession) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	st, err := s.c.stmt(ctx, q)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// Ending a transaction ignores the caller's context: a browser that hung up must not leave the writer half way.
func (s *sqliteSession) commit(context.Context) error {
	if _, err := s.c.ExecContext(context.Background(), "COMMIT"); err != nil {
		return err
	}
	s.give()
	return nil
}

func (s *sqliteSession) rollback() {
	if s.end {
		return
	}
	s.c.ExecContext(context.Background(), "ROLLBACK")
	s.give()
}

func (s *sqliteSession) give() {
	if !s.end {
		s.end = true
		s.back <- s.c
	}
}

func (e *sqliteEngine) translate(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	switch se.Code() {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID:
		return fmt.Errorf("%w (%v)", ErrUnique, se)
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fmt.Errorf("%w (%v)", ErrForeignKey, se)
	}
	if code := se.Code() & 0xff; code == lib.SQLITE_BUSY || code == lib.SQLITE_LOCKED {
		return fmt.Errorf("%w (%v)", ErrBusy, se)
	}
	return err
}

// Snapshot writes a consistent copy of the embedded database to a new file while work goes on.
func (d *DB) Snapshot(ctx context.Context, path string) error {
	e, ok := d.engine.(*sqliteEngine)
	if !ok {
		return errors.New("only the embedded database is copied as a file; PostgreSQL has its own tools")
	}
	addr := "file:" + (&url.URL{Path: e.path}).EscapedPath() + "?_pragma=busy_timeout(15000)"
	c, err := sql.Open("sqlite", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return nil
}

// Intact lets the engine check its own pages; nil when all is well.
func (d *DB) Intact(ctx context.Context) error {
	if _, ok := d.engine.(*sqliteEngine); !ok {
		return nil // PostgreSQL checks its pages itself where checksums are on
	}
	return d.Read(ctx, func(ctx context.Context, t *Tx) error {
		for _, q := range []string{"PRAGMA integrity_check(5)", "PRAGMA foreign_key_check"} {
			rows, err := All(ctx, t, func(r Row) (string, error) {
				if q == "PRAGMA foreign_key_check" {
					var table, parent string
					var rowid, fk sql.NullInt64
					return "a row of " + table + " points to nothing", r.Scan(&table, &rowid, &parent, &fk)
				}
				return Value[string](r)
			}, q)
			if err != nil {
				return err
			}
			if len(rows) > 0 && rows[0] != "ok" {
				return fmt.Errorf("the database file is damaged: %s", rows[0])
			}
		}
		return nil
	})
}
