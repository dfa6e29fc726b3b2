package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx"
)

type pgEngine struct{ pool *sql.DB }

func openPostgres(ctx context.Context, address string) (engine, error) {
	pool, err := sql.Open("pgx", address)
	if err != nil {
		return nil, fmt.Errorf("the PostgreSQL address cannot be read: %w", err)
	}
	pool.SetMaxOpenConns(24)
	pool.SetMaxIdleConns(24)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		var ce *pgconn.ConnectError
		if errors.As(err, &ce) { // the address carries a password: never repeat it
			return nil, fmt.Errorf("cannot reach PostgreSQL at %s, database %s: %w", ce.Config.Host, ce.Config.Database, errors.Unwrap(ce))
		}
		return nil, fmt.Errorf("cannot reach PostgreSQL: %w", err)
	}
	return &pgEngine{pool}, nil
}

func (e *pgEngine) name() string    { return "postgres" }
func (e *pgEngine) analyze() string { return "ANALYZE" }
func (e *pgEngine) close() error    { return e.pool.Close() }

func (e *pgEngine) begin(ctx context.Context, write bool) (session, error) {
	// Writers read committed rows and line up on the journal's head row (package journal); readers get a snapshot
	// that PostgreSQL itself keeps from writing.
	o := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	if write {
		o = &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	}
	// The transaction outlives the caller's context on purpose: it is ended by commit or rollback below.
	tx, err := e.pool.BeginTx(context.WithoutCancel(ctx), o)
	if err != nil {
		return nil, err
	}
	return &pgSession{tx}, nil
}

type pgSession struct{ *sql.Tx }

func (s *pgSession) commit(context.Context) error { return s.Tx.Commit() }
func (s *pgSession) rollback()                    { s.Tx.Rollback() }

func (e *pgEngine) translate(err error) error {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return err
	}
	switch pe.Code {
	case "23505":
		return fmt.Errorf("%w (%s)", ErrUnique, pe.ConstraintName)
	case "23503":
		return fmt.Errorf("%w (%s)", ErrForeignKey, pe.ConstraintName)
	case "40001", "40P01":
		return errRetry
	case "55P03", "53300":
		return fmt.Errorf("%w (%s)", ErrBusy, pe.Code)
	}
	// PostgreSQL's detail line repeats values; only the code and the message without them go up.
	return fmt.Errorf("postgres %s: %s", pe.Code, pe.Message)
}
