package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

// Add writes jobs in the caller's transaction. If it is rolled back, they never were.
func Add(ctx context.Context, tx *db.Tx, now time.Time, jobs ...Job) error {
	for _, j := range jobs {
		payload, err := json.Marshal(j.Payload)
		if err != nil {
			return fmt.Errorf("add job %s: %w", j.Kind, err)
		}
		at, tries := j.RunAt, j.MaxAttempts
		if at.IsZero() {
			at = now
		}
		if tries == 0 {
			tries = DefaultAttempts
		}
		_, err = tx.Exec(ctx, `INSERT INTO job (id, kind, payload, unique_key, state, run_at, max_attempts, created_at)
			VALUES ($1, $2, $3, $4, 'ready', $5, $6, $7)
			ON CONFLICT (kind, unique_key) WHERE state = 'ready' AND unique_key <> ''
			DO UPDATE SET run_at = CASE WHEN excluded.run_at < job.run_at THEN excluded.run_at ELSE job.run_at END`,
			id.New(), j.Kind, string(payload), j.UniqueKey, db.At(at), tries, db.At(now))
		if err != nil {
			return fmt.Errorf("add job %s: %w", j.Kind, err)
		}
	}
	return nil
}

// every makes sure that the one row of a periodic job exists, with the interval in force.
func every(ctx context.Context, tx *db.Tx, now time.Time, kind string, interval time.Duration) error {
	_, err := tx.Exec(ctx, `INSERT INTO job (id, kind, payload, every_ms, state, run_at, max_attempts, created_at)
		VALUES ($1, $2, 'null', $3, 'ready', $4, $5, $6)
		ON CONFLICT (kind) WHERE every_ms > 0
		DO UPDATE SET every_ms = excluded.every_ms, run_at = CASE WHEN excluded.every_ms < job.every_ms AND job.state = 'ready' THEN excluded.run_at ELSE job.run_at END`,
		id.New(), kind, interval.Milliseconds(), db.At(now), DefaultAttempts, db.At(now))
	return err
}

// due lists jobs of the given kinds that may be claimed now. Reading only: an idle server writes nothing.
func due(ctx context.Context, tx *db.Tx, now time.Time, kinds []string, limit int) ([]string, error) {
	var a db.Args
	q := `SELECT id FROM job WHERE state = 'ready' AND run_at <= ` + a.Add(db.At(now)) + ` AND kind IN ` + a.In(kinds) +
		` ORDER BY run_at, id LIMIT ` + a.Add(limit)
	return db.All(ctx, tx, db.Value[string], q, a.Values...)
}

// claim takes a job for one attempt. The state is asked again in the update itself: of several workers that saw the
// same row, one changes it, on either engine. No row means another was faster.
func claim(ctx context.Context, tx *db.Tx, now time.Time, jobID string, lease time.Duration) (Task, error) {
	return db.One(ctx, tx, scanTask, `UPDATE job SET state = 'running', attempts = attempts + 1, claim = $1, lease_until = $2
		WHERE id = $3 AND state = 'ready' AND run_at <= $4 AND NOT EXISTS (
			SELECT 1 FROM job o WHERE o.kind = job.kind AND o.unique_key = job.unique_key AND o.unique_key <> '' AND o.state = 'running')
		RETURNING `+columns, id.New(), db.At(now.Add(lease)), jobID, db.At(now))
}

// renew holds a claim a while longer. False means the claim is lost and another worker may have the job.
func renew(ctx context.Context, tx *db.Tx, t Task, until time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE job SET lease_until = $1 WHERE id = $2 AND state = 'running' AND claim = $3`, db.At(until), t.ID, t.claim)
	return n == 1, err
}

// finish records success. A worker whose claim was lost changes nothing.
func finish(ctx context.Context, tx *db.Tx, t Task, now time.Time) error {
	if t.Every > 0 {
		_, err := tx.Exec(ctx, `UPDATE job SET state = 'ready', run_at = $1, attempts = 0, claim = '', lease_until = '', last_error = '', done_at = $2
			WHERE id = $3 AND state = 'running' AND claim = $4`, db.At(now.Add(t.Every)), db.At(now), t.ID, t.claim)
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE job SET state = 'done', claim = '', lease_until = '', last_error = '', done_at = $1
		WHERE id = $2 AND state = 'running' AND claim = $3`, db.At(now), t.ID, t.claim)
	return err
}

// putBack makes a claimed job ready again for its next attempt. A unique job that has a younger one waiting already
// makes room for it: that one does the same work.
func putBack(ctx context.Context, tx *db.Tx, t Task, now, runAt time.Time, why string, attempts int) error {
	_, err := tx.Exec(ctx, `UPDATE job SET run_at = $1, last_error = $2, attempts = $3, claim = '', lease_until = '',
			state = CASE WHEN `+younger+` THEN 'cancelled' ELSE 'ready' END,
			done_at = CASE WHEN `+younger+` THEN $4 ELSE '' END
		WHERE id = $5 AND state = 'running' AND claim = $6`, db.At(runAt), why, attempts, db.At(now), t.ID, t.claim)
	return err
}

const younger = `job.unique_key <> '' AND EXISTS (SELECT 1 FROM job o WHERE o.kind = job.kind AND o.unique_key = job.unique_key AND o.state = 'ready')`

// park puts a claimed job where a person must look at it.
func park(ctx context.Context, tx *db.Tx, t Task, now time.Time, why string) error {
	_, err := tx.Exec(ctx, `UPDATE job SET state = 'parked', last_error = $1, claim = '', lease_until = '', done_at = $2
		WHERE id = $3 AND state = 'running' AND claim = $4`, why, db.At(now), t.ID, t.claim)
	return err
}

// expired lists claims whose lease has run out: their worker is gone.
func expired(ctx context.Context, tx *db.Tx, now time.Time) ([]Task, error) {
	return db.All(ctx, tx, scanTask, `SELECT `+columns+` FROM job WHERE state = 'running' AND lease_until < $1 ORDER BY lease_until, id LIMIT 100`, db.At(now))
}

// steal takes over a claim whose lease has run out, unless its worker has just renewed it.
func steal(ctx context.Context, tx *db.Tx, t Task, now time.Time) (Task, error) {
	return db.One(ctx, tx, scanTask, `UPDATE job SET claim = $1 WHERE id = $2 AND state = 'running' AND claim = $3 AND lease_until < $4 RETURNING `+columns,
		id.New(), t.ID, t.claim, db.At(now))
}

// sweep removes finished jobs from before a moment, a bounded number at a time so that no writer waits long.
func sweep(ctx context.Context, tx *db.Tx, before time.Time) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM job WHERE id IN (SELECT id FROM job WHERE state IN ('done','cancelled') AND done_at < $1 ORDER BY done_at, id LIMIT 1000)`, db.At(before))
}

// Counts tells how many jobs stand in each state. A state without jobs is there with zero.
func Counts(ctx context.Context, tx *db.Tx) (map[State]int64, error) {
	type row struct {
		s State
		n int64
	}
	rows, err := db.All(ctx, tx, func(r db.Row) (row, error) { var v row; return v, r.Scan(&v.s, &v.n) },
		`SELECT state, COUNT(*) FROM job GROUP BY state ORDER BY state`)
	if err != nil {
		return nil, err
	}
	out := map[State]int64{}
	for _, s := range States {
		out[s] = 0
	}
	for _, r := range rows {
		out[r.s] = r.n
	}
	return out, nil
}

// List gives jobs in a state, youngest first; after is the last id of the page before, or empty.
func List(ctx context.Context, tx *db.Tx, state State, after string, limit int) ([]Task, error) {
	return db.All(ctx, tx, scanTask, `SELECT `+columns+` FROM job WHERE state = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, state, after, limit)
}

// Get gives one job, or db.ErrNoRow.
func Get(ctx context.Context, tx *db.Tx, jobID string) (Task, error) {
	return db.One(ctx, tx, scanTask, `SELECT `+columns+` FROM job WHERE id = $1`, jobID)
}

// Retry starts a parked or cancelled job anew, or a waiting one at once. ErrState if it is in no such state, or if a
// job with the same key is waiting already.
func Retry(ctx context.Context, tx *db.Tx, now time.Time, jobID string) error {
	n, err := tx.Exec(ctx, `UPDATE job SET state = 'ready', run_at = $1, attempts = 0, done_at = ''
		WHERE id = $2 AND (state = 'ready' OR state IN ('parked','cancelled') AND NOT (`+younger+`))`, db.At(now), jobID)
	return changedOne(n, err)
}

// Cancel takes a waiting or parked job off the list. Periodic jobs cannot be cancelled: the program needs them.
func Cancel(ctx context.Context, tx *db.Tx, now time.Time, jobID string) error {
	n, err := tx.Exec(ctx, `UPDATE job SET state = 'cancelled', done_at = $1 WHERE id = $2 AND state IN ('ready','parked') AND every_ms = 0`, db.At(now), jobID)
	return changedOne(n, err)
}

func changedOne(n int64, err error) error {
	if err == nil && n == 0 {
		return ErrState
	}
	return err
}

// personal matches what could lead to a person in an error's text. Identifiers of this program are matched first and
// kept: they say nothing without the database.
var personal = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[^\s<>"']+@[^\s<>"']+|\+?\d[\d ./-]{5,}\d`)

// reason makes the text kept in last_error. Errors are wrapped with what was tried, not with what somebody typed; this
// is the second net, because text from a mail server or a bank comes back with addresses and numbers in it.
func reason(err error) string {
	s := personal.ReplaceAllStringFunc(err.Error(), func(m string) string {
		if id.Valid(m) {
			return m
		}
		return "…"
	})
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}
