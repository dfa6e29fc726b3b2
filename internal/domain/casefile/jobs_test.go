package casefile_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/blob"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

// shelf is a world with a folder for files, whose files are as old as the world's clock says.
type shelf struct {
	*world.World
	dir   string
	dated map[string]bool
}

func newShelf(t *testing.T, d *db.DB) *shelf {
	s := &shelf{World: world.New(t, d), dir: t.TempDir(), dated: map[string]bool{}}
	store, err := blob.New(s.dir, nil)
	must(t, err)
	s.Cases.Files = store
	return s
}

// date dates new files by the world's clock: they carry the machine's time.
func (s *shelf) date() {
	must(s.T, s.Cases.Files.Walk(func(ref string, _ time.Time) error {
		if s.dated[ref] {
			return nil
		}
		s.dated[ref] = true
		return os.Chtimes(filepath.Join(s.dir, ref[:2], ref), s.Clock.Now(), s.Clock.Now())
	}))
}

func (s *shelf) files() (n int) {
	must(s.T, s.Cases.Files.Walk(func(string, time.Time) error { n++; return nil }))
	return n
}

// clear lets time pass and runs the job.
func (s *shelf) clear(after time.Duration) {
	s.T.Helper()
	s.date()
	s.Clock.Advance(after)
	must(s.T, s.Cases.ClearFiles(ctx))
}

func (s *shelf) attach(c casefile.Case, personID string, body io.Reader) casefile.Attachment {
	s.T.Helper()
	a, err := s.Cases.Attach(ctx, s.Staff["counsellor"], casefile.Attachment{ID: s.Gate.IDs.New(), CaseID: c.ID, PersonID: personID, Kind: "letter", Title: "A letter", FileName: "a"}, body)
	must(s.T, err)
	return a
}

func (s *shelf) stray() string {
	s.T.Helper()
	info, err := s.Cases.Files.Put(ctx, strings.NewReader("an upload that broke off"), bytes.Repeat([]byte{7}, 32), blob.Limits{})
	must(s.T, err)
	return info.Ref
}

func picture(t *testing.T) io.Reader {
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 40, 30))))
	return &b
}

const years = 365 * 24 * time.Hour

// A removed paper keeps its file as long as the case must be kept and nobody's data is held; then the file goes, the paper's
// line stays, and the logbook says so. What was not removed stays.
func TestRemovedPapersLetGoOfTheirFiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		me := s.Staff["counsellor"]
		c, people := s.Family()
		out, stays := s.attach(c, people[0], picture(t)), s.attach(c, "", strings.NewReader("a letter that stays"))
		shared := s.attach(c, "", strings.NewReader("a letter that two papers are about"))
		must(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO attachment (id, case_id, kind, media_type, size, sha, blob, scan, uploaded_by, uploaded_at)
				SELECT 'second', case_id, kind, media_type, size, sha, blob, scan, uploaded_by, uploaded_at FROM attachment WHERE id = $1`, shared.ID)
			return err
		}))
		must(t, s.Cases.RemoveAttachment(ctx, me, c.ID, out.ID))
		must(t, s.Cases.RemoveAttachment(ctx, me, c.ID, shared.ID))
		s.clear(60 * 24 * time.Hour)
		if n := s.files(); n != 4 {
			t.Fatalf("%d files while the case is open", n)
		}
		must(t, s.Cases.RestoreAttachment(ctx, me, c.ID, out.ID))
		must(t, s.Cases.RemoveAttachment(ctx, me, c.ID, out.ID))
		_, err := s.Cases.Withdraw(ctx, me, c.ID, "")
		must(t, err)
		keep := s.Get(c.ID).KeepUntil
		s.clear(5 * years)
		if n := s.files(); n != 4 {
			t.Fatalf("%d files before %s", n, keep)
		}
		hold := person.Hold{ID: s.Gate.IDs.New(), PersonID: people[1], Kind: "legal", Reason: "a complaint at court"}
		must(t, s.Persons.Hold(ctx, org.SystemID, hold))
		s.clear(6 * years)
		if n := s.files(); n != 4 {
			t.Fatalf("%d files while somebody's data is held", n)
		}
		must(t, s.Persons.ReleaseHold(ctx, org.SystemID, people[1], hold.ID))
		s.clear(time.Hour)
		if n := s.files(); n != 2 {
			t.Fatalf("%d files after the time of the case", n)
		}
		if n := s.Count(`SELECT COUNT(*) FROM journal WHERE action = 'file.purged' AND case_id = $1`, c.ID); n != 2 {
			t.Fatalf("%d entries", n)
		}
		_, content, err := s.Cases.Download(ctx, org.SystemID, c.ID, stays.ID, false)
		must(t, err)
		must(t, content.Close())
		refused(t, s.Cases.RestoreAttachment(ctx, org.SystemID, c.ID, out.ID), fault.NotFound, "")
		if n := s.Count(`SELECT COUNT(*) FROM attachment a WHERE a.id = 'second' AND a.blob <> ''`); n != 1 || s.Count(`SELECT COUNT(*) FROM attachment`) != 4 {
			t.Fatal("a paper that was not removed lost its file, or a line is gone")
		}
		entries := s.Count(`SELECT seq FROM journal_head`)
		s.clear(48 * time.Hour)
		if n := s.Count(`SELECT seq FROM journal_head`); n != entries {
			t.Fatalf("nothing to do left %d entries", n-entries)
		}
	})
}

// A removed paper of somebody who was erased goes, too, though nobody can read any more what it was.
func TestRemovedPapersOfTheErased(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		c, people := s.Family()
		out := s.attach(c, people[0], strings.NewReader("a letter"))
		must(t, s.Cases.RemoveAttachment(ctx, org.SystemID, c.ID, out.ID))
		_, err := s.Cases.Withdraw(ctx, org.SystemID, c.ID, "")
		must(t, err)
		s.date()
		s.Clock.Advance(11 * years)
		must(t, s.Persons.Erase(ctx, org.SystemID, people[0]))
		s.clear(0)
		if n := s.files(); n != 0 {
			t.Fatalf("%d files", n)
		}
	})
}

// A file without a paper goes when it is older than any upload takes, and not before.
func TestFilesWithoutAPaperGo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		c, _ := s.Family()
		s.attach(c, "", picture(t))
		ref := s.stray()
		s.clear(23 * time.Hour)
		if !s.Cases.Files.Has(ref) {
			t.Fatal("an upload in progress lost its file")
		}
		s.clear(2 * time.Hour)
		if s.Cases.Files.Has(ref) || s.files() != 2 {
			t.Fatalf("the stray is there: %v, %d files", s.Cases.Files.Has(ref), s.files())
		}
		if n := s.Count(`SELECT COUNT(*) FROM journal WHERE action = 'file.strays_cleared'`); n != 1 {
			t.Fatalf("%d entries", n)
		}
	})
}

// A folder most of whose files are unknown is another database's: nothing is cleared, and the job says why.
func TestAnotherDatabasesFolderIsLeftAlone(t *testing.T) {
	s := newShelf(t, dbtest.SQLite(t))
	c, _ := s.Family()
	s.attach(c, "", picture(t))
	for range 11 {
		s.stray()
	}
	s.date()
	s.Clock.Advance(48 * time.Hour)
	err := s.Cases.ClearFiles(ctx)
	if err == nil || !strings.Contains(err.Error(), "11 of 13 stored files belong to no paper") || s.files() != 13 {
		t.Fatalf("%v, %d files", err, s.files())
	}
}

// lateReader runs something between the last byte of an upload and its end.
type lateReader struct {
	io.Reader
	then func()
}

func (r *lateReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if errors.Is(err, io.EOF) && r.then != nil {
		r.then()
		r.then = nil
	}
	return n, err
}

// An upload whose file is cleared away before its paper is written fails as a whole: there is never a paper without a file.
func TestAnUploadNoticesThatItsFileIsGone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		c, _ := s.Family()
		cleared := make(chan error, 1)
		body := &lateReader{Reader: strings.NewReader("a letter on a slow line"), then: func() {
			holds := make(chan struct{})
			go func() { // as the job does it: with the one write transaction in hand
				cleared <- s.Gate.Write(context.Background(), org.SystemID, casefile.PermAttach, func(ctx context.Context, w *gate.W) error {
					close(holds)
					for s.files() == 0 {
						time.Sleep(time.Millisecond)
					}
					err := s.Cases.Files.Walk(func(ref string, _ time.Time) error { return s.Cases.Files.Delete(ref) })
					return errors.Join(err, w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "job", ID: casefile.JobFiles}, Action: "file.strays_cleared"}))
				})
			}()
			<-holds
		}}
		_, err := s.Cases.Attach(ctx, s.Staff["counsellor"], casefile.Attachment{CaseID: c.ID, Kind: "letter", Title: "A letter", FileName: "a"}, body)
		must(t, <-cleared)
		if err == nil || s.Count(`SELECT COUNT(*) FROM attachment`) != 0 {
			t.Fatalf("a paper without a file: %v", err)
		}
	})
}
