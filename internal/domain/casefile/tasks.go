package casefile

import (
	"context"
	"errors"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
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
