package admin

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
)

// Wanted says which entries a reader of the journal asks for, as typed.
type Wanted struct {
	Actor, Action, Office, CaseNo string
	Before                        int64
}

const journalPage = 50

// exportMax keeps an export in bounds; a longer one is taken by a narrower filter, or with the program's own export.
const exportMax = 20_000

// filter turns it into what the journal understands, within the reader's offices.
func (d *Domain) filter(ctx context.Context, r *gate.R, want Wanted) (journal.Filter, error) {
	f := journal.Filter{Actor: want.Actor, Action: want.Action, Office: want.Office, Before: want.Before, Limit: journalPage + 1}
	if ids, all := r.Scope.Offices(); !all {
		if f.Office == "" && len(ids) > 0 {
			f.Office = ids[0]
		}
		if !slices.Contains(ids, f.Office) {
			return f, fault.Hidden("office", want.Office)
		}
	}
	if want.CaseNo != "" {
		id, err := d.FindCase(ctx, r.Tx, strings.ToUpper(want.CaseNo))
		if errors.Is(err, db.ErrNoRow) {
			return f, fault.At("case", "admin.err.no_case_filter")
		}
		if err != nil {
			return f, err
		}
		f.Case = id
	}
	return f, nil
}

// ReadJournal gives a page of the journal, newest first, and the number to go on from (0 = end). Entries of a protected
// class open for those who are cleared for it, and that they were read is written down.
func (d *Domain) ReadJournal(ctx context.Context, actor string, want Wanted) (lines []*journal.Line, next int64, err error) {
	protected := ""
	err = d.Gate.Read(ctx, actor, PermJournal, func(ctx context.Context, r *gate.R) error {
		f, err := d.filter(ctx, r, want)
		if err != nil {
			return err
		}
		if lines, err = r.History(ctx, f); err != nil {
			return err
		}
		if len(lines) > journalPage {
			lines = lines[:journalPage]
			next = lines[journalPage-1].Seq
		}
		protected = protectedIn(lines)
		return nil
	})
	if err != nil || protected == "" {
		return lines, next, err
	}
	err = d.Gate.Write(ctx, actor, PermJournal, func(ctx context.Context, w *gate.W) error {
		e := entry("journal", "journal", "journal.viewed", 0, nil, "first", strconv.FormatInt(lines[len(lines)-1].Seq, 10), "last", strconv.FormatInt(lines[0].Seq, 10))
		e.Class = protected
		return w.Record(ctx, e)
	})
	return lines, next, err
}

func protectedIn(lines []*journal.Line) string {
	for _, l := range lines {
		if l.Class != org.Normal && !l.Hidden {
			return l.Class
		}
	}
	return ""
}

// ExportJournal writes entries as CSV. The export is an entry itself, made before the first line goes out.
func (d *Domain) ExportJournal(ctx context.Context, actor string, want Wanted, out io.Writer) error {
	err := d.Gate.Write(ctx, actor, PermJournal, func(ctx context.Context, w *gate.W) error {
		if _, err := d.filter(ctx, &w.R, want); err != nil {
			return err
		}
		return w.Record(ctx, entry("journal", "journal", "journal.exported", 0, nil, "actor", want.Actor, "action", want.Action, "office", want.Office, "case", want.CaseNo))
	})
	if err != nil {
		return err
	}
	c := csv.NewWriter(out)
	if err := c.Write([]string{"seq", "at", "actor", "office", "device", "subject_kind", "subject_id", "case_id", "action", "class", "revision", "changes", "values"}); err != nil {
		return err
	}
	for n := 0; n < exportMax; {
		var lines []*journal.Line
		err := d.Gate.Read(ctx, actor, PermJournal, func(ctx context.Context, r *gate.R) error {
			f, err := d.filter(ctx, r, want)
			if err != nil {
				return err
			}
			f.Limit = 1000
			lines, err = r.History(ctx, f)
			return err
		})
		if err != nil || len(lines) == 0 {
			c.Flush()
			return errors.Join(err, c.Error())
		}
		for _, l := range lines {
			changes, values := "", ""
			if len(l.Changes) > 0 {
				b, _ := json.Marshal(l.Changes)
				changes = string(b)
			}
			if len(l.Args) > 0 {
				b, _ := json.Marshal(l.Args)
				values = string(b)
			}
			row := []string{strconv.FormatInt(l.Seq, 10), clock.Format(l.At), l.Actor, l.Office, l.Device, l.Subject.Kind, l.Subject.ID, l.Case, l.Action, l.Class, strconv.FormatInt(l.Revision, 10), changes, values}
			for i := range row {
				row[i] = harmless(row[i])
			}
			if err := c.Write(row); err != nil {
				return err
			}
		}
		n += len(lines)
		want.Before = lines[len(lines)-1].Seq
		c.Flush()
		if err := c.Error(); err != nil {
			return err
		}
	}
	return nil
}

// harmless keeps a spreadsheet from running what a person typed as a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Checkpoint is the journal's signed state.
type Checkpoint struct {
	Size                    int64
	Root, Signed, PublicKey string
	Check                   *Check // the last verification that was asked for
}

// Check is one verification.
type Check struct {
	ID, AskedBy         string
	AskedAt, FinishedAt time.Time
	Done, Total         int64
	Verdict             journal.Verdict
}

func scanCheck(r db.Row) (Check, error) {
	var c Check
	var asked, finished db.Time
	var verdict string
	if err := r.Scan(&c.ID, &c.AskedBy, &asked, &c.Done, &c.Total, &finished, &verdict); err != nil {
		return c, err
	}
	c.AskedAt, c.FinishedAt = asked.Time, finished.Time
	if verdict == "" {
		return c, nil
	}
	return c, json.Unmarshal([]byte(verdict), &c.Verdict)
}

// State reads the checkpoint and the last verification.
func (d *Domain) State(ctx context.Context, actor string) (out Checkpoint, err error) {
	err = d.Gate.Read(ctx, actor, PermCheckpoint, func(ctx context.Context, r *gate.R) error {
		out, err = state(ctx, r)
		return err
	})
	if err == nil && out.Check != nil {
		if at, ok := d.progress.Load(out.Check.ID); ok {
			out.Check.Done, out.Check.Total = at.([2]int64)[0], at.([2]int64)[1]
		}
	}
	return out, err
}

func state(ctx context.Context, r *gate.R) (out Checkpoint, err error) {
	if out.Size, out.Signed, err = journal.Head(ctx, r.Tx); err != nil {
		return out, err
	}
	ring := r.Vault().Ring()
	out.PublicKey = journal.VerifierKey(ring)
	if out.Signed != "" {
		v, err := journal.Verifier(ring)
		if err != nil {
			return out, err
		}
		var root tlog.Hash
		if _, root, err = journal.ParseCheckpoint(out.Signed, v); err == nil { // an altered head is for the verification to report
			out.Root = root.String()
		}
	}
	last, err := db.All(ctx, r.Tx, scanCheck, `SELECT id, asked_by, asked_at, done, total, finished_at, verdict FROM journal_check ORDER BY asked_at DESC, id DESC LIMIT 1`)
	if len(last) > 0 {
		out.Check = &last[0]
	}
	return out, err
}

// TakeCheckpoint hands out the signed checkpoint, to be kept where this installation cannot reach it.
func (d *Domain) TakeCheckpoint(ctx context.Context, actor string) (signed string, err error) {
	err = d.Gate.Write(ctx, actor, PermCheckpoint, func(ctx context.Context, w *gate.W) error {
		var size int64
		if size, signed, err = journal.Head(ctx, w.Tx); err != nil {
			return err
		}
		return w.Record(ctx, entry("journal", "journal", "journal.checkpoint_taken", 0, nil, "size", strconv.FormatInt(size, 10)))
	})
	return signed, err
}

// VerifyKind is the job that verifies the journal.
const VerifyKind = "journal.verify"

type verifyJob struct {
	Check string `json:"check"`
}

// AskVerification starts a verification, unless one is under way.
func (d *Domain) AskVerification(ctx context.Context, actor string) error {
	return d.Gate.Write(ctx, actor, PermCheckpoint, func(ctx context.Context, w *gate.W) error {
		open, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM journal_check WHERE finished_at = '' AND asked_at > $1`, db.At(w.Now.Add(-time.Hour)))
		if err != nil {
			return err
		}
		if open > 0 {
			return fault.New(fault.Conflict, "audit.err.under_way")
		}
		id := w.NewID()
		if _, err := w.Tx.Exec(ctx, `INSERT INTO journal_check (id, asked_by, asked_at) VALUES ($1,$2,$3)`, id, actor, db.At(w.Now)); err != nil {
			return err
		}
		if err := w.Later(ctx, queue.Job{Kind: VerifyKind, Payload: verifyJob{id}, UniqueKey: id}); err != nil {
			return err
		}
		return w.Record(ctx, entry("journal", "journal", "journal.verify_asked", 0, nil))
	})
}

// Verify is the handler of that job. How far it is, this process knows while it runs; what it found is stored, and an entry.
func (d *Domain) Verify(ctx context.Context, t queue.Task) error {
	var job verifyJob
	if err := t.Into(&job); err != nil {
		return err
	}
	v, err := journal.Verifier(d.Gate.Vault.Ring())
	if err != nil {
		return err
	}
	step := func(done, of int64) { d.progress.Store(job.Check, [2]int64{done, of}) }
	defer d.progress.Delete(job.Check)
	var verdict journal.Verdict
	err = d.Gate.DB.Read(ctx, func(rctx context.Context, t *db.Tx) error {
		verdict, err = journal.Verify(rctx, t, v, nil, step)
		return err
	})
	if err != nil {
		return err
	}
	text, err := json.Marshal(verdict)
	if err != nil {
		return err
	}
	return d.Gate.Write(ctx, org.SystemID, PermCheckpoint, func(ctx context.Context, w *gate.W) error {
		if _, err := w.Tx.Exec(ctx, `UPDATE journal_check SET done = $1, total = $2, finished_at = $3, verdict = $4 WHERE id = $5`, verdict.Entries, verdict.Entries, db.At(w.Now), string(text), job.Check); err != nil {
			return err
		}
		return w.Record(ctx, entry("journal", "journal", "journal.verified", 0, nil, "entries", strconv.FormatInt(verdict.Entries, 10), "findings", strconv.Itoa(len(verdict.Findings))))
	})
}
