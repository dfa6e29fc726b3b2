package casefile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
)

// JobFiles is the job that lets go of stored files nobody can reach any more. It runs once a day.
const JobFiles = "case.files"

// fileGrace is how old a file must be before its having no paper means anything: longer than any upload takes.
const fileGrace = 24 * time.Hour

// fewStrays is how many files without a paper are no surprise.
const fewStrays = 10

// filesChunk bounds what is let go of in one transaction, so that nobody waits behind it.
const filesChunk = 50

// Clearing is the periodic job that app hands to the workers.
func (d *Domain) Clearing() (kind string, every time.Duration, h queue.Handler) {
	return JobFiles, 24 * time.Hour, func(ctx context.Context, _ queue.Task) error { return d.ClearFiles(ctx) }
}

// ClearFiles lets go of the bytes of papers that were taken out of a folder whose time is over, and of files that have no
// paper: an upload broke off when it was nearly done, or the machine stopped in the middle.
func (d *Domain) ClearFiles(ctx context.Context) error {
	if err := d.purgeRemoved(ctx); err != nil {
		return fmt.Errorf("let go of removed papers: %w", err)
	}
	before := d.Gate.Clock.Now().Add(-fileGrace)
	if err := d.Files.Sweep(before); err != nil {
		return fmt.Errorf("clear what broken uploads left: %w", err)
	}
	strays, err := d.strays(ctx, before)
	if err != nil {
		return fmt.Errorf("look for files without a paper: %w", err)
	}
	for refs := range slices.Chunk(strays, filesChunk) {
		if err := d.clearStrays(ctx, refs); err != nil {
			return fmt.Errorf("clear files without a paper: %w", err)
		}
	}
	return nil
}

// overdue are the removed papers whose case need not be kept any longer and in which nobody's data is held.
func overdue(ctx context.Context, r *gate.R) ([]Attachment, error) {
	var a db.Args
	q := `SELECT ` + attachmentColumns + ` FROM attachment WHERE removed_at <> '' AND blob <> ''
		AND EXISTS (SELECT 1 FROM casefile c WHERE c.id = attachment.case_id AND c.keep_until <> '' AND c.keep_until < ` + a.Add(r.Today.String()) + `)
		AND NOT EXISTS (SELECT 1 FROM case_member m WHERE m.case_id = attachment.case_id AND ` + person.Held(r.Today, "m.person_id", &a) + `)
		ORDER BY removed_at, id LIMIT ` + a.Add(filesChunk)
	return db.All(ctx, r.Tx, scanAttachment, q, a.Values...)
}

// errNothing ends a transaction in which there was nothing to let go of.
var errNothing = errors.New("nothing to let go of")

// purgeRemoved makes removed papers let go of their files; what is known about the paper stays.
func (d *Domain) purgeRemoved(ctx context.Context) error {
	for {
		var files []string
		err := d.Gate.Write(ctx, org.SystemID, PermAttach, func(ctx context.Context, w *gate.W) error {
			all, err := overdue(ctx, &w.R)
			if err != nil {
				return err
			}
			if len(all) == 0 {
				return errNothing
			}
			files = nil
			for _, a := range all {
				if err := purge(ctx, w, a); err != nil {
					return err
				}
				if files = append(files, a.blob); a.HasPreview {
					files = append(files, a.preview)
				}
			}
			return nil
		})
		if errors.Is(err, errNothing) {
			return nil
		}
		if err == nil {
			err = d.clearStrays(ctx, files) // only now: what is rolled back must not lose its file
		}
		if err != nil {
			return err
		}
	}
}

func purge(ctx context.Context, w *gate.W, a Attachment) error {
	c, err := ByID(ctx, &w.R, a.CaseID)
	if err != nil {
		return err
	}
	e := journal.Entry{Action: "file.purged", Subject: journal.Ref{Kind: "attachment", ID: a.ID}, Class: a.Class, Key: a.key()}
	title, erased, err := w.Open(ctx, a.key(), "attachment.title:"+a.ID, a.sealedTitle)
	if err != nil {
		return err
	}
	if erased { // nobody can read what it was; that it went is known all the same
		e.Key, title = journal.Installation, "–"
	}
	e.Args = map[string]string{"title": title}
	if _, err := w.Tx.Exec(ctx, `UPDATE attachment SET blob = '', preview = '' WHERE id = $1`, a.ID); err != nil {
		return err
	}
	return Record(ctx, w, c, e)
}

// strays names the stored files, older than a moment, that belong to no paper.
func (d *Domain) strays(ctx context.Context, before time.Time) (strays []string, err error) {
	var some []string
	kept := 0
	look := func() error {
		return d.Gate.Read(ctx, org.SystemID, PermAttach, func(ctx context.Context, r *gate.R) error {
			found, err := unreferenced(ctx, r, some)
			strays, some = append(strays, found...), nil
			return err
		})
	}
	err = d.Files.Walk(func(ref string, at time.Time) error {
		if kept++; at.Before(before) {
			some = append(some, ref)
		}
		if len(some) < 500 {
			return nil
		}
		return look()
	})
	if err == nil && len(some) > 0 {
		err = look()
	}
	// Uploads that break off so late are rare. When most files are strays, the folder belongs to another database, and clearing
	// it would destroy what that one points to.
	if err == nil && len(strays) > fewStrays && 2*len(strays) > kept {
		err = fmt.Errorf("%d of %d stored files belong to no paper: is this the folder of this database? Nothing was cleared", len(strays), kept)
	}
	return strays, err
}

// unreferenced leaves of stored files those that no paper points to, removed or not. Papers are the only rows that do.
func unreferenced(ctx context.Context, r *gate.R, refs []string) ([]string, error) {
	var a db.Args
	used, err := db.All(ctx, r.Tx, db.Value[string], `SELECT blob AS ref FROM attachment WHERE blob IN `+a.In(refs)+
		` UNION SELECT preview FROM attachment WHERE preview <> '' AND preview IN `+a.In(refs)+` ORDER BY ref`, a.Values...)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(refs), func(ref string) bool { return slices.Contains(used, ref) }), nil
}

// clearStrays deletes files inside the one write transaction there is, after looking again. An upload that is just being
// finished waits for it, and then finds out whether its file is still there.
func (d *Domain) clearStrays(ctx context.Context, refs []string) error {
	err := d.Gate.Write(ctx, org.SystemID, PermAttach, func(ctx context.Context, w *gate.W) error {
		strays, err := unreferenced(ctx, &w.R, refs)
		if err != nil {
			return err
		}
		for _, ref := range strays {
			if err := d.Files.Delete(ref); err != nil {
				return err
			}
		}
		if len(strays) == 0 {
			return errNothing
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "job", ID: JobFiles}, Action: "file.strays_cleared", Args: map[string]string{"n": strconv.Itoa(len(strays))}})
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}
