// Package queue keeps the promises the program makes to itself: a reminder to send, a file to check, a deadline to
// watch. A job is written in the same transaction as the change that causes it, so it exists exactly when the change
// does. It is tried again with growing pauses; what keeps failing is parked where an administrator sees it and can
// start it anew. It owns the table job and never decides anything about a case: handlers call the commands for that.
//
// A job is claimed by one worker at a time, once per attempt. When a worker dies in the middle, its lease runs out and
// another attempt follows. So a handler may run more than once for one job and must be idempotent: it does its work in
// one write transaction of its own and first looks whether the work is done already.
package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// State is where a job stands.
type State string

// The states of a job. A job that failed and waits for its next attempt is ready, with its last error.
const (
	Ready     State = "ready"
	Running   State = "running"
	Done      State = "done"
	Parked    State = "parked" // failed for good until a person starts it anew
	Cancelled State = "cancelled"
)

// States are all of them, in the order the admin page shows them.
var States = []State{Parked, Running, Ready, Done, Cancelled}

// DefaultAttempts is how often a job is tried before it is parked: with the default pauses, over about half a day.
const DefaultAttempts = 12

// ErrState is returned when a job is not in a state that allows what was asked.
var ErrState = errors.New("the job is not in a state that allows this")

// Job is work to be done.
type Job struct {
	Kind    string
	Payload any       // stored as JSON: identifiers, no personal data, because the row is not sealed
	RunAt   time.Time // zero: now
	// UniqueKey makes the job one of its kind: while one is waiting, adding another only moves its time forward, and
	// two of them never run at once. A job added while one is running waits its turn, so no change goes unnoticed.
	UniqueKey   string
	MaxAttempts int // zero: DefaultAttempts
}

// Task is a stored job, as handlers and the admin page see it.
type Task struct {
	ID, Kind, UniqueKey string
	Payload             []byte
	Every               time.Duration // not zero: runs again after this long
	State               State
	RunAt               time.Time
	Attempts            int // attempts begun, this one included
	MaxAttempts         int
	LeaseUntil          time.Time
	LastError           string
	CreatedAt, DoneAt   time.Time

	claim string
}

// Into reads the payload.
func (t Task) Into(v any) error {
	if err := json.Unmarshal(t.Payload, v); err != nil {
		return Permanent(fmt.Errorf("payload of %s: %w", t.Kind, err))
	}
	return nil
}

// Permanent marks an error that no further attempt can cure: the job is parked at once.
func Permanent(err error) error { return &permanent{err} }

type permanent struct{ error }

func (p *permanent) Unwrap() error { return p.error }

const columns = `id, kind, unique_key, payload, every_ms, state, run_at, attempts, max_attempts, claim, lease_until, last_error, created_at, done_at`

func scanTask(r db.Row) (Task, error) {
	var t Task
	var ms int64
	var payload string
	var runAt, lease, created, done db.Time
	err := r.Scan(&t.ID, &t.Kind, &t.UniqueKey, &payload, &ms, &t.State, &runAt, &t.Attempts, &t.MaxAttempts, &t.claim, &lease, &t.LastError, &created, &done)
	t.Payload, t.Every = []byte(payload), time.Duration(ms)*time.Millisecond
	t.RunAt, t.LeaseUntil, t.CreatedAt, t.DoneAt = runAt.Time, lease.Time, created.Time, done.Time
	return t, err
}
