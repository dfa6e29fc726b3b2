package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var key = bytes.Repeat([]byte{7}, 32)

func store(t *testing.T, c *Clamd) *Store {
	t.Helper()
	s, err := New(filepath.Join(t.TempDir(), "blobs"), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *Store, b []byte) Info {
	t.Helper()
	info, err := s.Put(context.Background(), bytes.NewReader(b), key, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func get(t *testing.T, s *Store, ref string, k []byte) ([]byte, error) {
	t.Helper()
	r, err := s.Open(ref, k)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func files(t *testing.T, s *Store) (out []string) {
	t.Helper()
	filepath.WalkDir(s.dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return err
	})
	return out
}

func refused(t *testing.T, s *Store, r io.Reader, l Limits, want Reason) {
	t.Helper()
	_, err := s.Put(context.Background(), r, key, l)
	var ref *Refused
	if !errors.As(err, &ref) || ref.Reason != want {
		t.Errorf("got %v, want refused: %s", err, want)
	}
	if left := files(t, s); len(left) != 0 {
		t.Errorf("left on the disk: %v", left)
	}
}

func TestPut_textRoundTripSealed(t *testing.T) {
	s := store(t, nil)
	text := bytes.Repeat([]byte("Γράμμα, one line of a letter.\n"), 10_000)
	info := put(t, s, text)
	sum := sha256.Sum256(text)
	if info.Size != int64(len(text)) || info.Type != typeText || info.SHA256 != hex.EncodeToString(sum[:]) || info.Scan.State != StateUnscanned || info.Preview != "" {
		t.Fatalf("%+v", info)
	}
	if got, err := get(t, s, info.Ref, key); err != nil || !bytes.Equal(got, text) {
		t.Fatalf("came back different: %v", err)
	}
	for _, f := range files(t, s) {
		b, _ := os.ReadFile(f)
		if bytes.Contains(b, []byte("letter")) {
			t.Fatal("plain text on the disk")
		}
	}
	r, err := s.Open(info.Ref, key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Seek(200_000, io.SeekStart)
	if b := make([]byte, 10); true {
		if _, err := io.ReadFull(r, b); err != nil || !bytes.Equal(b, text[200_000:200_010]) {
			t.Fatalf("after seeking: %q, %v", b, err)
		}
	}
	if err := s.Delete(info.Ref); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(info.Ref, key); !errors.Is(err, ErrNotFound) {
		t.Fatalf("after deletion: %v", err)
	}
	if err := s.Delete(info.Ref); err != nil {
		t.Fatalf("deleting twice: %v", err)
	}
	for _, bad := range []string{"", "../../etc/passwd", strings.Repeat("A", 32), info.Ref + "/x"} {
		if _, err := s.Open(bad, key); !errors.Is(err, ErrNotFound) {
			t.Errorf("Open(%q): %v", bad, err)
		}
		if err := s.Delete(bad); !errors.Is(err, ErrNotFound) {
			t.Errorf("Delete(%q): %v", bad, err)
		}
	}
}

func TestOpen_detectsEveryChange(t *testing.T) {
	s := store(t, nil)
	text := bytes.Repeat([]byte("0123456789abcdef"), 5*4096) // five pieces of 64 KB
	info, other := put(t, s, text), put(t, s, text)
	path := s.path(info.Ref)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const piece = 64<<10 + 16
	body := len(whole) - 5*piece
	swap := bytes.Clone(whole)
	copy(swap[body:], whole[body+piece:body+2*piece])
	copy(swap[body+piece:], whole[body:body+piece])
	flip := func(i int) []byte { b := bytes.Clone(whole); b[i] ^= 1; return b }
	swapped, _ := os.ReadFile(s.path(other.Ref))
	for name, b := range map[string][]byte{
		"cut inside":        whole[:len(whole)-1],
		"cut at a piece":    whole[:len(whole)-piece],
		"cut to the header": whole[:body],
		"empty":             {},
		"pieces swapped":    swap,
		"last byte":         flip(len(whole) - 1),
		"middle byte":       flip(body + 2*piece + 5),
		"header":            flip(40),
		"longer":            append(bytes.Clone(whole), 0),
		"another file":      swapped,
	} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := get(t, s, info.Ref, key); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := get(t, s, info.Ref, key); err != nil || !bytes.Equal(got, text) {
		t.Fatalf("the unchanged file: %v", err)
	}
	if _, err := get(t, s, info.Ref, bytes.Repeat([]byte{8}, 32)); !errors.Is(err, ErrDamaged) {
		t.Errorf("another key: %v", err)
	}
}

// endless is 5 GB of text made as it is read.
type endless struct{ left, most int64 }

func (e *endless) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), e.left))
	for i := range n {
		b[i] = 'a' + byte(i%26)
	}
	e.left -= int64(n)
	var m runtime.MemStats
	if e.left%(1<<20) < 1<<16 {
		runtime.ReadMemStats(&m)
		e.most = max(e.most, int64(m.HeapAlloc))
	}
	return n, nil
}

func TestPut_fiveGigabytesRefusedInBoundedMemory(t *testing.T) {
	s := store(t, nil)
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	r := &endless{left: 5 << 30}
	refused(t, s, r, Limits{Bytes: 20 << 20}, TooLarge)
	if read := int64(5<<30) - r.left; read > 21<<20 {
		t.Errorf("read %d bytes past a limit of 20 MB", read)
	}
	if grown := r.most - int64(m.HeapAlloc); grown > 12<<20 {
		t.Errorf("memory grew by %d bytes", grown)
	}
}

func TestPut_brokenUploadLeavesNothing(t *testing.T) {
	s := store(t, nil)
	boom := errors.New("connection lost")
	r := io.MultiReader(strings.NewReader(strings.Repeat("half a letter ", 9000)), iotestErr{boom})
	if _, err := s.Put(context.Background(), r, key, Limits{}); !errors.Is(err, boom) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Put(ctx, strings.NewReader("x"), key, Limits{}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if left := files(t, s); len(left) != 0 {
		t.Fatalf("left: %v", left)
	}
	if _, err := s.Put(context.Background(), strings.NewReader("x"), key[:16], Limits{}); err == nil {
		t.Fatal("a short key was taken")
	}
}

type iotestErr struct{ err error }

func (e iotestErr) Read([]byte) (int, error) { return 0, e.err }

func TestSweepAndWalk(t *testing.T) {
	s := store(t, nil)
	info := put(t, s, []byte("a letter"))
	stale := s.temp(newRef())
	if err := os.WriteFile(stale, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	var seen []string
	if err := s.Walk(func(ref string, _ time.Time) error { seen = append(seen, ref); return nil }); err != nil || len(seen) != 1 || seen[0] != info.Ref {
		t.Fatalf("walk: %v %v", seen, err)
	}
	if err := s.Sweep(time.Now().Add(-time.Hour)); err != nil || len(files(t, s)) != 2 {
		t.Fatalf("an upload under way was swept: %v", err)
	}
	if err := s.Sweep(time.Now().Add(time.Hour)); err != nil || len(files(t, s)) != 1 {
		t.Fatalf("sweep: %v, %v", err, files(t, s))
	}
}
