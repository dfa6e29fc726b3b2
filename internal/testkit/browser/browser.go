// Package browser lets a test use Nostos as a person does: in a real Chromium, by the words on the screen.
//
// A journey is an ordinary Go test: it starts the real app in its own process with a fake clock, and needs no Node. The
// page is driven over Chromium's own pipe (--remote-debugging-pipe) with the standard library alone: the few commands we
// use are 100 lines (wire.go), where a driver library brings thousands of generated types and an interface that its
// last releases rewrote. A page finds things as people do (label, button text, heading), acts with real mouse and
// keyboard events, and watches what people do not see: an error on the console, a breach of the content security policy,
// a request to any other host, a picture that does not load. Each of these fails the test.
//
// For tests only.
package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/testkit/debian"
	"github.com/nostos-avrr/nostos/internal/testkit/leash"
)

// Browser is the one Chromium of a test process. It ends with the process: see package leash.
type Browser struct {
	wire  *wire
	agent string
}

var shared = sync.OnceValues(start)

// New returns the process's Chromium and starts it (installing Debian's package if need be) for the first test.
func New(t testing.TB) *Browser {
	t.Helper()
	b, err := shared()
	if err != nil {
		t.Fatalf("Chromium for tests: %v", err)
	}
	return b
}

func start() (*Browser, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "nostos-chromium-")
	if err != nil {
		return nil, err
	}
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p, err := leash.Run(leash.Options{
		Dir: dir, Signal: "TERM", Env: []string{"HOME=" + dir}, Files: []*os.File{theirIn, theirOut},
	}, program,
		"--headless=new",
		"--no-sandbox", // CI runs as root, where Chromium's sandbox refuses to start; it opens our own pages only
		"--disable-gpu",
		"--disable-dev-shm-usage", // containers give /dev/shm 64 MB
		"--disable-quic",
		"--no-first-run",
		"--no-default-browser-check",
		"--disable-background-networking",
		"--disable-component-update",
		"--disable-sync",
		"--disable-extensions",
		"--hide-scrollbars",
		"--force-color-profile=srgb",
		// Nothing leaves this machine, even where a page asks for it; the page's watch then reports the attempt.
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
		"--remote-debugging-pipe",
		"--user-data-dir="+filepath.Join(dir, "profile"),
		"about:blank")
	if err != nil {
		return nil, err
	}
	// Chromium has its own copies now; ours would keep the pipes open after its death.
	for _, f := range []*os.File{theirIn, theirOut} {
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	b := &Browser{wire: newWire(ourIn, ourOut)}
	err = p.Ready(2*time.Minute, func() error {
		var v struct{ UserAgent string }
		if err := b.wire.call("", "Browser.getVersion", nil, &v); err != nil {
			return err
		}
		b.agent = v.UserAgent
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	return b, nil
}

// find takes Debian's Chromium, or a Chrome that is there already (Ubuntu's package "chromium" is only a signpost).
func find() (string, error) {
	for _, name := range []string{"google-chrome", "google-chrome-stable", "chromium-browser"} {
		for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
			path := filepath.Join(folder, name)
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				return path, nil
			}
		}
	}
	return debian.Find("chromium", "chromium")
}
