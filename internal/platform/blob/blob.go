// Package blob keeps the papers people bring: a photograph of a passport, a scanned declaration, a letter. Each file is
// looked at before it is kept (what it really is, how large, whether it carries malware), a picture is drawn anew so
// that place and camera are gone from it, and it lies on the disk only sealed under its person's key. Destroying the key
// destroys the file. It owns the folder it is given and no table; which case a file belongs to, and who may open it, is
// the caller's to know. It never trusts the name or the type a browser claims.
//
// A Microsoft or OpenDocument file and a PDF are kept as they are: their inner properties (author, place of a pasted
// picture) stay in them, because removing them would change a paper that may be evidence.
package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// Limits bound what one file may cost. A zero field takes the default.
type Limits struct {
	Bytes      int64 // size of the file; 25 MB
	Pixels     int   // of a picture; 40 million
	ZipEntries int   // files inside an office document; 3000
	ZipBytes   int64 // their size unpacked, all together; 200 MB
	ZipRatio   int64 // unpacked against packed; 200
}

func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 25 << 20
	}
	if l.Pixels == 0 {
		l.Pixels = 40_000_000
	}
	if l.ZipEntries == 0 {
		l.ZipEntries = 3000
	}
	if l.ZipBytes == 0 {
		l.ZipBytes = 200 << 20
	}
	if l.ZipRatio == 0 {
		l.ZipRatio = 200
	}
	return l
}

// Reason says why a file was refused: a code that callers turn into a sentence.
type Reason string

// The reasons.
const (
	Empty       Reason = "empty"
	TooLarge    Reason = "too_large"
	WrongType   Reason = "type"    // not one of the types that are kept
	HEIC        Reason = "heic"    // cannot be cleaned of its place: ask for JPEG ("most compatible" on an iPhone)
	Damaged     Reason = "damaged" // is not whole, or not wholly what it begins as
	TooDetailed Reason = "pixels"
	ZipBomb     Reason = "zip_bomb"
	Macros      Reason = "macros"
	Infected    Reason = "infected"
)

// Refused is a file that is not kept. Nothing of it remains on the disk.
type Refused struct {
	Reason Reason
	Detail string // type found or name of the malware; never from inside the file
}

func (r *Refused) Error() string {
	if r.Detail != "" {
		return "file refused: " + string(r.Reason) + " (" + r.Detail + ")"
	}
	return "file refused: " + string(r.Reason)
}

// Info describes a kept file.
type Info struct {
	Ref     string
	Size    int64  // as kept
	Type    string // as found, without parameters
	SHA256  string // of what is kept, before sealing
	Scan    Scan
	Preview string // reference of a small JPEG, or empty
}

// Store keeps files in one folder.
type Store struct {
	dir     string
	scanner *Clamd
	drawing chan struct{} // one picture is unpacked at a time: a camera picture takes 200 MB of memory
}

// New opens the folder and makes it if need be. scanner may be nil; files are then marked as not scanned.
func New(dir string, scanner *Clamd) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o700); err != nil {
		return nil, fmt.Errorf("folder for stored files: %w", err)
	}
	return &Store{dir: dir, scanner: scanner, drawing: make(chan struct{}, 1)}, nil
}

var refForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// newRef is random, not a hash of the content: a hash would tell anyone who holds a file whether it is here.
func newRef() string { b := make([]byte, 16); rand.Read(b); return hex.EncodeToString(b) }

func (s *Store) path(ref string) string { return filepath.Join(s.dir, ref[:2], ref) }
func (s *Store) temp(ref string) string { return filepath.Join(s.dir, "tmp", ref) }

// Put reads a file, checks it, and keeps it sealed under key (32 bytes). A *Refused says why a file was not kept. The
// caller deletes Ref and Preview if its own transaction fails afterwards.
func (s *Store) Put(ctx context.Context, r io.Reader, key []byte, limits Limits) (info Info, err error) {
	limits = limits.withDefaults()
	info.Ref = newRef()
	k, err := newKeyed(key, info.Ref)
	if err != nil {
		return Info{}, err
	}
	head, kind, r, err := sniff(r)
	if err != nil {
		return Info{}, err
	}
	staged := s.temp(info.Ref)
	defer os.Remove(staged) // gone already when it was moved to its place
	info.Type = kind
	sum := newSummer()
	check := &textCheck{on: kind == "text/plain", utf16: isUTF16(head)}
	scan := s.scanner.begin(ctx)
	defer scan.abandon()
	err = writeSealed(staged, k, func(w io.Writer) error {
		return copyLimited(ctx, io.MultiWriter(w, sum, check, scan), r, limits.Bytes)
	})
	if err != nil {
		return Info{}, err
	}
	if info.Scan = scan.result(); info.Scan.State == StateInfected {
		return Info{}, &Refused{Infected, info.Scan.Name}
	}
	if !check.ok() {
		return Info{}, &Refused{Damaged, kind}
	}
	if err := s.inspect(ctx, &info, staged, k, key, sum, limits); err != nil {
		return Info{}, err
	}
	info.Size, info.SHA256 = sum.size, sum.hex()
	return info, nil
}

// inspect checks the staged file by its type and moves it, or what was drawn from it, to its place.
func (s *Store) inspect(ctx context.Context, info *Info, staged string, k *keyed, key []byte, sum *summer, limits Limits) error {
	f, err := openSealed(staged, k)
	if err != nil {
		return err
	}
	defer f.Close()
	switch info.Type {
	case typeJPEG, typePNG, typeWebP:
		return s.putPicture(ctx, info, f, k, key, sum, limits)
	case typePDF:
		err = checkPDF(f, f.Size())
	case typeDOCX, typeXLSX, typeODT, typeZip:
		info.Type, err = checkZip(ctx, f, f.Size(), info.Type, limits)
	}
	if err != nil {
		return err
	}
	return s.keep(staged, info.Ref)
}

// keep moves a finished file to its place, so that it is there wholly or not at all, also after a power cut.
func (s *Store) keep(from, ref string) error {
	to := s.path(ref)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	for _, d := range []string{filepath.Dir(to), s.dir} {
		if err := syncDir(d); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// ErrNotFound means that there is no such file.
var ErrNotFound = errors.New("no such stored file")

// Open gives the content of a kept file. It can also seek. ErrDamaged, also from Read, means that it must not be used.
func (s *Store) Open(ref string, key []byte) (io.ReadSeekCloser, error) {
	if !refForm.MatchString(ref) {
		return nil, ErrNotFound
	}
	k, err := newKeyed(key, ref)
	if err != nil {
		return nil, err
	}
	f, err := openSealed(s.path(ref), k)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Has tells whether a file is kept.
func (s *Store) Has(ref string) bool {
	if !refForm.MatchString(ref) {
		return false
	}
	_, err := os.Stat(s.path(ref))
	return err == nil
}

// Delete removes a file. One that is gone already is no error.
func (s *Store) Delete(ref string) error {
	if !refForm.MatchString(ref) {
		return ErrNotFound
	}
	err := os.Remove(s.path(ref))
	if err == nil {
		return syncDir(filepath.Dir(s.path(ref)))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Walk names every kept file with the time it was kept, for the check that removes files no record points to.
func (s *Store) Walk(fn func(ref string, at time.Time) error) error {
	return filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path == filepath.Join(s.dir, "tmp") {
				return filepath.SkipDir
			}
			return nil
		}
		if !refForm.MatchString(d.Name()) {
			return nil
		}
		st, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return fn(d.Name(), st.ModTime())
	})
}

// Sweep removes what uploads that broke off before the given moment left behind (sealed, but of no use).
func (s *Store) Sweep(before time.Time) error {
	entries, err := os.ReadDir(filepath.Join(s.dir, "tmp"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if st, err := e.Info(); err == nil && st.ModTime().Before(before) {
			if err := os.Remove(s.temp(e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// copyLimited copies at most limit bytes and refuses more.
func copyLimited(ctx context.Context, w io.Writer, r io.Reader, limit int64) error {
	n, err := io.CopyBuffer(w, io.LimitReader(ctxReader{ctx, r}, limit+1), make([]byte, 64<<10))
	if err == nil && n > limit {
		return &Refused{Reason: TooLarge}
	}
	return err
}

// ctxReader ends reading when the context does.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}

// summer counts and hashes what is kept.
type summer struct {
	h    hash.Hash
	size int64
}

func newSummer() *summer { return &summer{h: sha256.New()} }

func (s *summer) Write(b []byte) (int, error) { s.size += int64(len(b)); return s.h.Write(b) }
func (s *summer) hex() string                 { return hex.EncodeToString(s.h.Sum(nil)) }
