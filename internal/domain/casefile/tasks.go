package casefile

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
)

type taskRow struct {
	Task
	sealed []byte
}

func scanTask(r db.Row) (taskRow, error) {
	var t taskRow
	return t, r.Scan(&t.ID, &t.CaseID, &t.Code, &t.sealed, &t.OwnerID, &t.DueOn, &t.WaitingOn, &t.WaitingUntil, &t.Urgent, &t.Class, db.InstantOf(&t.CreatedAt), db.InstantOf(&t.DoneAt), &t.DoneBy)
}

const taskColumns = `id, case_id, code, title, owner_id, due_on, waiting_on, waiting_until, urgent, class, created_at, done_at, done_by`

// OpenTasks reads what is still to do in a case: urgent first, then by date.
func OpenTasks(ctx context.Context, r *gate.R, caseID string) ([]Task, error) {
	rows, err := openTaskRows(ctx, r, caseID)
	if err != nil {
		return nil, err
	}
	out := make([]Task, 0, len(rows))
	for _, row := range rows {
		if !r.Actor.Cleared(row.Class) {
			continue
		}
		if row.Title, _, err = r.Open(ctx, caseID, "task.title:"+row.ID, row.sealed); err != nil {
			return nil, err
		}
		out = append(out, row.Task)
	}
	return out, nil
}

func openTaskRows(ctx context.Context, r *gate.R, caseID string) ([]taskRow, error) {
	return db.All(ctx, r.Tx, scanTask, `SELECT `+taskColumns+` FROM task WHERE case_id = $1 AND done_at = ''
		ORDER BY CASE WHEN urgent THEN 0 ELSE 1 END, CASE WHEN due_on = '' THEN '9999' ELSE due_on END, created_at, id`, caseID)
}

// AddTask adds a task to a case. A task with a code that is open already is brought forward instead of doubled. The caller
// records what it did and calls Save afterwards.
func AddTask(ctx context.Context, w *gate.W, c *Case, t Task) error {
	if t.ID == "" {
		t.ID = w.NewID()
	}
	if t.Class == "" {
		t.Class = org.Normal
	}
	sealed, err := w.Seal(ctx, c.ID, "task.title:"+t.ID, t.Title)
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, `INSERT INTO task (id, case_id, code, title, owner_id, due_on, waiting_on, waiting_until, urgent, class, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)
		ON CONFLICT (case_id, code) WHERE done_at = '' AND code <> '' DO UPDATE SET
		due_on = CASE WHEN task.due_on = '' OR (excluded.due_on <> '' AND excluded.due_on < task.due_on) THEN excluded.due_on ELSE task.due_on END,
		waiting_on = excluded.waiting_on, waiting_until = excluded.waiting_until, urgent = (task.urgent OR excluded.urgent)`,
		t.ID, c.ID, t.Code, sealed, t.OwnerID, t.DueOn, t.WaitingOn, t.WaitingUntil, t.Urgent, t.Class, clock.Format(w.Now))
	return err
}

// FinishTask ends the open task with this code, if there is one. The caller calls Save afterwards.
func FinishTask(ctx context.Context, w *gate.W, c *Case, code string) error {
	_, err := w.Tx.Exec(ctx, `UPDATE task SET done_at = $1, done_by = $2 WHERE case_id = $3 AND code = $4 AND done_at = ''`, clock.Format(w.Now), w.Actor.ID, c.ID, code)
	return err
}

// settle lays an open case on exactly one desk, by its open tasks.
func settle(ctx context.Context, w *gate.W, c *Case) error {
	rows, err := openTaskRows(ctx, &w.R, c.ID)
	if err != nil {
		return err
	}
	desk := layOut(c.State, rows, w.Today)
	c.Desk, c.WaitingOn, c.WaitingUntil, c.NextDue, c.NextStep, c.NextTitle = desk.desk, desk.on, desk.until, desk.due, desk.code, nil
	if desk.title == nil {
		return nil
	}
	// The title is sealed for its task; the list shows it for the case, so it is sealed anew for that place.
	text, erased, err := w.Open(ctx, c.ID, "task.title:"+desk.taskID, desk.title)
	if err != nil || erased {
		return err
	}
	c.NextTitle, err = w.Seal(ctx, c.ID, "casefile.next_title:"+c.ID, text)
	return err
}

// TaskByID reads one task, open or done.
func taskByID(ctx context.Context, r *gate.R, id string) (taskRow, error) {
	row, err := db.One(ctx, r.Tx, scanTask, `SELECT `+taskColumns+` FROM task WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRow) {
		return row, errNoTask
	}
	return row, err
}

type layout struct {
	desk, on, due, code, taskID string
	until                       day.Date
	title                       []byte
}

// WriteTask adds a task that a person wrote. A task that waits for others needs the day on which to look again.
func (d *Domain) WriteTask(ctx context.Context, actor string, t Task) error {
	return d.onCase(ctx, actor, PermTask, t.CaseID, func(ctx context.Context, w *gate.W, c *Case) error {
		if t.ID != "" {
			if row, err := taskByID(ctx, &w.R, t.ID); err == nil {
				if row.CaseID != c.ID {
					return fault.Gone()
				}
				return Record(ctx, w, *c, taskEntry("task.added_again", t))
			} else if !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		if err := checkTask(w, t); err != nil {
			return err
		}
		if err := mayUseClass(w.Actor, t.Class); err != nil {
			return err
		}
		if t.OwnerID != "" && t.OwnerID != c.OwnerID {
			other := *c
			other.OwnerID = t.OwnerID
			if err := mayOwn(ctx, w, map[string]*org.Actor{}, other); err != nil {
				return err
			}
		}
		if t.ID == "" {
			t.ID = w.NewID()
		}
		t.Code = ""
		if err := AddTask(ctx, w, c, t); err != nil {
			return err
		}
		return keep(ctx, w, c, taskEntry("task.added", t))
	})
}

func checkTask(w *gate.W, t Task) error {
	var fs []fault.Field
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	if t.Title == "" {
		add("title", "case.err.task_title")
	} else if utf8.RuneCountInString(t.Title) > 300 {
		add("title", "case.err.too_long", "n", 300)
	}
	if t.WaitingOn != "" || !t.WaitingUntil.IsZero() {
		if f := checkWait(t.WaitingOn, t.WaitingUntil, w.Today); f != nil {
			fs = append(fs, *f)
		}
	}
	return fault.Fields(fs)
}

// longestWait is how far ahead the day to look again may lie.
const longestWait = 366

// Waiters are who a task may wait for. They are words and not free text: a worklist shows them in the reader's own
// language, and nobody writes a person's name where it would lie unsealed.
var Waiters = []string{"returnee", "consulate", "authority", "ministry", "doctor", "service", "airline", "airport", "origin_office", "supplier", "approver"}

// WaiterText names who is waited for.
func WaiterText(p *i18n.Printer, on string) string { return p.T("stage.waits_on." + on) }

func checkWait(on string, until, today day.Date) *fault.Field {
	switch {
	case !slices.Contains(Waiters, on):
		return &fault.Field{Name: "waiting_on", Key: "case.err.waiting_on"}
	case until.IsZero():
		return &fault.Field{Name: "waiting_until", Key: "case.err.waiting_until"}
	case !until.After(today):
		return &fault.Field{Name: "waiting_until", Key: "case.err.waiting_past"}
	case today.DaysUntil(until) > longestWait:
		return &fault.Field{Name: "waiting_until", Key: "case.err.waiting_long"}
	}
	return nil
}

// taskEntry names a task in the journal by its code; a title a person wrote stays in its own sealed place.
func taskEntry(action string, t Task) journal.Entry {
	e := journal.Entry{Action: action, Subject: journal.Ref{Kind: "task", ID: t.ID}, Class: t.Class}
	e.Args = map[string]string{"what": t.Title}
	if t.Code != "" {
		e.Args["what"], e.Args["task"] = t.Code, t.Code
	}
	if e.Class == "" {
		e.Class = org.Normal
	}
	return e
}

// onTask is the frame of what is done to one task.
func (d *Domain) onTask(ctx context.Context, actor, caseID, taskID string, fn func(ctx context.Context, w *gate.W, c *Case, t *Task) (journal.Entry, error)) error {
	return d.onCase(ctx, actor, PermTask, caseID, func(ctx context.Context, w *gate.W, c *Case) error {
		row, err := taskByID(ctx, &w.R, taskID)
		if err != nil {
			return err
		}
		if row.CaseID != c.ID {
			return fault.Gone()
		}
		if !w.Actor.Cleared(row.Class) {
			return fault.Hidden("task", row.ID)
		}
		t := row.Task
		if t.Title, _, err = w.Open(ctx, c.ID, "task.title:"+t.ID, row.sealed); err != nil {
			return err
		}
		e, err := fn(ctx, w, c, &t)
		if err != nil {
			return err
		}
		return keep(ctx, w, c, e)
	})
}

// FinishTaskByID ends a task. Ending it twice changes nothing.
func (d *Domain) FinishTaskByID(ctx context.Context, actor, caseID, taskID string) error {
	return d.onTask(ctx, actor, caseID, taskID, func(ctx context.Context, w *gate.W, c *Case, t *Task) (journal.Entry, error) {
		if !t.DoneAt.IsZero() {
			return taskEntry("task.finished_again", *t), nil
		}
		_, err := w.Tx.Exec(ctx, `UPDATE task SET done_at = $1, done_by = $2 WHERE id = $3`, clock.Format(w.Now), w.Actor.ID, t.ID)
		return taskEntry("task.finished", *t), err
	})
}

// ReopenTask takes the ending of a task back.
func (d *Domain) ReopenTask(ctx context.Context, actor, caseID, taskID string) error {
	return d.onTask(ctx, actor, caseID, taskID, func(ctx context.Context, w *gate.W, c *Case, t *Task) (journal.Entry, error) {
		if t.DoneAt.IsZero() {
			return taskEntry("task.reopened_again", *t), nil
		}
		if t.Code != "" {
			twin, err := db.All(ctx, w.Tx, db.Value[string], `SELECT id FROM task WHERE case_id = $1 AND code = $2 AND done_at = ''`, c.ID, t.Code)
			if err != nil {
				return journal.Entry{}, err
			}
			if len(twin) > 0 {
				return journal.Entry{}, fault.New(fault.Conflict, "case.err.task_twin")
			}
		}
		_, err := w.Tx.Exec(ctx, `UPDATE task SET done_at = '', done_by = '' WHERE id = $1`, t.ID)
		return taskEntry("task.reopened", *t), err
	})
}

// WaitTask says that a task waits for somebody else until a day.
func (d *Domain) WaitTask(ctx context.Context, actor, caseID, taskID, on string, until day.Date) error {
	return d.onTask(ctx, actor, caseID, taskID, func(ctx context.Context, w *gate.W, c *Case, t *Task) (journal.Entry, error) {
		if !t.DoneAt.IsZero() {
			return journal.Entry{}, fault.New(fault.Conflict, "case.err.task_done")
		}
		if f := checkWait(on, until, w.Today); f != nil {
			return journal.Entry{}, fault.Fields([]fault.Field{*f})
		}
		_, err := w.Tx.Exec(ctx, `UPDATE task SET waiting_on = $1, waiting_until = $2 WHERE id = $3`, on, until, t.ID)
		e := taskEntry("task.waits", *t)
		e.Changes = journal.Diff("waiting_on", t.WaitingOn, on, "waiting_until", t.WaitingUntil.String(), until.String())
		return e, err
	})
}

// ActTask ends the waiting: the answer came, or we do not wait any longer.
func (d *Domain) ActTask(ctx context.Context, actor, caseID, taskID string) error {
	return d.onTask(ctx, actor, caseID, taskID, func(ctx context.Context, w *gate.W, c *Case, t *Task) (journal.Entry, error) {
		if !t.DoneAt.IsZero() {
			return journal.Entry{}, fault.New(fault.Conflict, "case.err.task_done")
		}
		_, err := w.Tx.Exec(ctx, `UPDATE task SET waiting_on = '', waiting_until = '' WHERE id = $1`, t.ID)
		e := taskEntry("task.acts", *t)
		e.Changes = journal.Diff("waiting_on", t.WaitingOn, "", "waiting_until", t.WaitingUntil.String(), "")
		return e, err
	})
}

// TasksOf reads the tasks of a case that the reader may see: the open ones as OpenTasks, then up to limit done ones, last first.
func TasksOf(ctx context.Context, r *gate.R, caseID string, limit int) (open, done []Task, err error) {
	if open, err = OpenTasks(ctx, r, caseID); err != nil {
		return nil, nil, err
	}
	rows, err := db.All(ctx, r.Tx, scanTask, `SELECT `+taskColumns+` FROM task WHERE case_id = $1 AND done_at <> '' ORDER BY done_at DESC, id DESC LIMIT $2`, caseID, limit)
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rows {
		if !r.Actor.Cleared(row.Class) {
			continue
		}
		if row.Title, _, err = r.Open(ctx, caseID, "task.title:"+row.ID, row.sealed); err != nil {
			return nil, nil, err
		}
		done = append(done, row.Task)
	}
	return open, done, nil
}

// JobWatch is the job that looks for waits that are over. It runs every few minutes.
const JobWatch = "case.watch"

// Watching is what app gives the worker: the job's handler and how often it runs.
func (d *Domain) Watching() (kind string, every time.Duration, h queue.Handler) {
	return JobWatch, 10 * time.Minute, func(ctx context.Context, _ queue.Task) error { return d.Watch(ctx) }
}

// watchChunk bounds the cases woken in one transaction, so that nobody waits behind a whole morning's worth.
const watchChunk = 200

// Watch wakes every case whose wait is over: it needs action again, and its logbook says so. What is overdue needs no job:
// a date in the past is overdue by itself in every list.
func (d *Domain) Watch(ctx context.Context) error {
	for {
		woken := 0
		var ids []string
		err := d.Gate.Read(ctx, org.SystemID, PermView, func(ctx context.Context, r *gate.R) (err error) {
			ids, err = db.All(ctx, r.Tx, db.Value[string], `SELECT id FROM casefile WHERE state = $1 AND waiting_until <> '' AND waiting_until <= $2 ORDER BY waiting_until, id LIMIT $3`,
				Open, r.Today.String(), watchChunk)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		err = d.Gate.Write(ctx, org.SystemID, PermTask, func(ctx context.Context, w *gate.W) error {
			woken = 0
			for _, id := range ids {
				c, err := ByID(ctx, &w.R, id)
				if err != nil {
					return err
				}
				if c.State != Open || c.WaitingUntil.IsZero() || c.WaitingUntil.After(w.Today) {
					continue // somebody was faster
				}
				on := c.WaitingOn
				if err := keep(ctx, w, &c, journal.Entry{Action: "case.woke", Args: map[string]string{"waiting_on": on}}); err != nil {
					return err
				}
				woken++
			}
			if woken == 0 {
				return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "job", ID: JobWatch}, Action: "case.watch_idle"})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
