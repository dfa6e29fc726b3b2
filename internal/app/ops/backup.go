// Package ops is what those who look after an installation do to it from outside: back up and restore, look whether all is
// well, verify the history, turn the master key. It works on the files and the database, never on a single case.
package ops

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Manifest is the first thing in a backup: what it is of, and how to know that it is whole.
type Manifest struct {
	Format     int       `json:"format"` // 1
	Made       time.Time `json:"made"`
	Engine     string    `json:"engine"`
	Migrations []string  `json:"migrations"`
	Entries    int64     `json:"journal_entries"`
	Checkpoint string    `json:"checkpoint"`
	Files      int       `json:"files"`
	Note       string    `json:"note"`
}

// Progress is told how far a long piece of work has come; total is 0 while it is not known.
type Progress func(what string, done, total int64)

func (p Progress) tell(what string, done, total int64) {
	if p != nil {
		p(what, done, total)
	}
}

const noKey = "The master key is not in this file. Keep it in another safe place: without it the sealed content cannot be read."

// Backup writes one file with the database as it is at one moment, and the stored files, while work goes on. The file
// appears under its name only when it is whole and has been opened and checked. With recipients it is encrypted (age).
func Backup(ctx context.Context, c *config.Config, target string, recipients []string, p Progress) (Manifest, error) {
	var m Manifest
	if _, err := os.Stat(target); err == nil {
		return m, fmt.Errorf("%s exists already: a backup never overwrites another", target)
	}
	var to []age.Recipient
	for _, r := range recipients {
		x, err := age.ParseX25519Recipient(r)
		if err != nil {
			return m, fmt.Errorf("%q is not an age recipient (age1…)", r)
		}
		to = append(to, x)
	}
	d, err := app.OpenDB(ctx, c)
	if err != nil {
		return m, err
	}
	defer d.Close()
	// The working folder lies beside the target: the last step is a rename, and the disk that must have room is that one.
	work, err := os.MkdirTemp(filepath.Dir(target), ".nostos-backup-")
	if err != nil {
		return m, fmt.Errorf("make a working folder beside %s: %w", target, err)
	}
	defer os.RemoveAll(work)
	os.Chmod(work, 0o700)
	p.tell("database", 0, 0)
	copied := filepath.Join(work, "database")
	if d.Engine() == "sqlite" {
		if err := d.Snapshot(ctx, copied); err != nil {
			return m, err
		}
		if m, err = describeSQLite(ctx, copied); err != nil {
			return m, err
		}
	} else {
		if m, err = describe(ctx, d); err != nil {
			return m, err
		}
		if err := pgDump(ctx, c.DB, copied); err != nil {
			return m, err
		}
	}
	files, err := storedFiles(c.BlobFolder())
	if err != nil {
		return m, err
	}
	m.Format, m.Made, m.Files, m.Note = 1, clock.System{}.Now().Truncate(time.Second), len(files), noKey
	part := filepath.Join(work, "part")
	if err := pack(part, m, copied, c.BlobFolder(), files, to, p); err != nil {
		return m, err
	}
	if len(to) == 0 { // opened and read to its end; what is encrypted to somebody else only they can open
		if _, err := Check(part); err != nil {
			return m, fmt.Errorf("the finished backup does not open: %w", err)
		}
	}
	return m, os.Rename(part, target)
}

func storedFiles(dir string) (out []string, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == dir {
			return filepath.SkipAll // nothing was ever attached
		}
		if err != nil {
			return err
		}
		if e.Type().IsRegular() && !strings.Contains(path, "tmp") {
			rel, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			out = append(out, rel)
		}
		return nil
	})
	return
}

func describe(ctx context.Context, d *db.DB) (m Manifest, err error) {
	m.Engine = d.Engine()
	err = d.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		if m.Migrations, err = db.All(ctx, t, db.Value[string], `SELECT name FROM schema_migration ORDER BY name`); err != nil {
			return err
		}
		m.Entries, m.Checkpoint, err = journal.Head(ctx, t)
		return err
	})
	return
}

// describeSQLite opens the copy, not the original: what is described is what is in the backup.
func describeSQLite(ctx context.Context, path string) (Manifest, error) {
	d, err := db.Open(ctx, db.Options{Path: path})
	if err != nil {
		return Manifest{}, err
	}
	defer func() {
		d.Close()
		os.Remove(path + "-wal")
		os.Remove(path + "-shm")
	}()
	if err := d.Intact(ctx); err != nil {
		return Manifest{}, err
	}
	return describe(ctx, d)
}

// pack writes manifest, database, files and, last, the SHA-256 of each.
func pack(target string, m Manifest, database, blobs string, files []string, to []age.Recipient, p Progress) (err error) {
	f, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	var out io.Writer = f
	closers := []io.Closer{}
	if len(to) > 0 {
		w, err := age.Encrypt(f, to...)
		if err != nil {
			return err
		}
		out, closers = w, append(closers, w)
	}
	z, _ := gzip.NewWriterLevel(out, gzip.BestSpeed)
	t := tar.NewWriter(z)
	closers = append([]io.Closer{t, z}, closers...)
	sums := map[string]string{}
	add := func(name string, size int64, r io.Reader) error {
		if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: m.Made}); err != nil {
			return err
		}
		h := sha256.New()
		if _, err := io.Copy(io.MultiWriter(t, h), r); err != nil {
			return err
		}
		sums[name] = hex.EncodeToString(h.Sum(nil))
		return nil
	}
	addFile := func(name, path string) error {
		g, err := os.Open(path)
		if err != nil {
			return err
		}
		defer g.Close()
		st, err := g.Stat()
		if err != nil {
			return err
		}
		return add(name, st.Size(), g)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := add("manifest.json", int64(len(text)), strings.NewReader(string(text))); err != nil {
		return err
	}
	if err := addFile("database", database); err != nil {
		return err
	}
	for i, name := range files {
		if err := addFile("files/"+filepath.ToSlash(name), filepath.Join(blobs, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err // a file removed meanwhile is no longer wanted
		}
		p.tell("files", int64(i+1), int64(len(files)))
	}
	text, err = json.Marshal(sums)
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: "sums.json", Mode: 0o600, Size: int64(len(text)), ModTime: m.Made}); err != nil {
		return err
	}
	if _, err := t.Write(text); err != nil {
		return err
	}
	for _, c := range closers {
		if err := c.Close(); err != nil {
			return err
		}
	}
	return f.Sync()
}

// Check reads a backup to its end and compares every sum.
func Check(path string) (Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close()
	return unpack(f, "", "")
}

// maxEntry bounds one entry of a backup, so that a doctored file cannot fill the disk without end.
const maxEntry = 1 << 40

// unpack reads a backup; with database and blobs named it writes them there.
func unpack(r io.Reader, database, blobs string) (m Manifest, err error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return m, errors.New("this is not a backup of Nostos, or it is encrypted (then give --identity)")
	}
	t := tar.NewReader(z)
	got, want := map[string]string{}, map[string]string{}
	for {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return m, fmt.Errorf("the backup is damaged or cut off: %w", err)
		}
		sum := sha256.New()
		switch name := h.Name; {
		case h.Size > maxEntry || !filepath.IsLocal(name):
			return m, fmt.Errorf("the backup holds an entry that none of ours has: %q", name)
		case name == "manifest.json" || name == "sums.json":
			into := any(&m)
			if name == "sums.json" {
				into = &want
			}
			text, err := io.ReadAll(io.LimitReader(io.TeeReader(t, sum), 64<<20))
			if err != nil {
				return m, fmt.Errorf("the backup is damaged or cut off at %s: %w", name, err)
			}
			if err := json.Unmarshal(text, into); err != nil {
				return m, fmt.Errorf("the backup's %s cannot be read", name)
			}
			if name == "sums.json" {
				continue
			}
		case name == "database":
			err = spill(t, sum, database)
		case strings.HasPrefix(name, "files/"):
			dest := ""
			if blobs != "" {
				dest = filepath.Join(blobs, filepath.FromSlash(strings.TrimPrefix(name, "files/")))
			}
			err = spill(t, sum, dest)
		default:
			return m, fmt.Errorf("the backup holds an entry that none of ours has: %q", name)
		}
		if err != nil {
			return m, fmt.Errorf("the backup is damaged or cut off at %s: %w", h.Name, err)
		}
		got[h.Name] = hex.EncodeToString(sum.Sum(nil))
	}
	if _, err := io.Copy(io.Discard, z); err != nil { // tar stops at its own end; the sum of the whole comes after it
		return m, fmt.Errorf("the backup is damaged or cut off at its end: %w", err)
	}
	if m.Format != 1 {
		return m, errors.New("this is not a backup of Nostos, or one of a newer version")
	}
	if len(want) == 0 {
		return m, errors.New("the backup is cut off: its list of sums is missing")
	}
	for name, sum := range want {
		if got[name] != sum {
			return m, fmt.Errorf("the backup is damaged: %s is not what was saved", name)
		}
	}
	return m, nil
}

func spill(r io.Reader, sum hash.Hash, dest string) error {
	out := io.Writer(sum)
	if dest != "" {
		if err := os.MkdirAll(filepath.Dir(dest), 0o700); err != nil {
			return err
		}
		f, err := os.OpenFile(dest, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		out = io.MultiWriter(f, sum)
		if _, err := io.Copy(out, r); err != nil {
			return err
		}
		return f.Sync()
	}
	_, err := io.Copy(out, r)
	return err
}
