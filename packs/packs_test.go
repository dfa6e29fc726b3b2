package packs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/nostos-avrr/nostos/packs"
)

func TestWithAFolderOfOnesOwn(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"xx-own/programme.yaml": "own", "gr-avrr/programme.yaml": "changed"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f := packs.With(dir)
	read := func(name string) string {
		b, err := fs.ReadFile(f, name)
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	if got := read("xx-own/programme.yaml") + read("gr-avrr/programme.yaml"); got != "ownchanged" {
		t.Error(got)
	}
	if _, err := fs.Stat(f, "gr-avrr/forms"); err == nil {
		t.Error("half of one programme and half of another")
	}
	if read("roles.yaml") == "" {
		t.Error("no roles")
	}
	seen := map[string]int{}
	es, err := fs.ReadDir(f, ".")
	for _, e := range es {
		seen[e.Name()]++
	}
	if err != nil || seen["xx-own"] != 1 || seen["gr-avrr"] != 1 || seen["roles.yaml"] != 1 {
		t.Error(seen, err)
	}
	if _, err := fs.ReadDir(packs.With(filepath.Join(dir, "nowhere")), "."); err == nil {
		t.Error("a folder that is not there is no empty folder")
	}
}
