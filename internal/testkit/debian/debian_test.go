package debian_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/testkit/debian"
)

func program(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind_takesTheNewestVersionBeforePATH(t *testing.T) {
	dir := t.TempDir()
	program(t, filepath.Join(dir, "lib", "15", "bin", "initdb"))
	want := program(t, filepath.Join(dir, "lib", "17", "bin", "initdb"))
	onPath := program(t, filepath.Join(dir, "bin", "initdb"))
	t.Setenv("PATH", filepath.Dir(onPath))
	if got, err := debian.Find("initdb", "postgresql", filepath.Join(dir, "lib", "*", "bin")); err != nil || got != want {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := debian.Find("initdb", "postgresql", filepath.Join(dir, "nowhere")); err != nil || got != onPath {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestFind_saysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no program, and no apt-get either
	_, err := debian.Find("initdb", "postgresql")
	if err == nil || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Errorf("got %v", err)
	}
}

func TestFind_saysThatAnInstallationFailed(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if err := os.WriteFile(filepath.Join(dir, "apt-get"), []byte("#!/bin/sh\necho no network >&2; exit 100\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := debian.Find("initdb", "postgresql")
	want := "no network"
	if os.Geteuid() != 0 {
		want = "only root"
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
}
