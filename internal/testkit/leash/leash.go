// Package leash runs a server that a test needs (PostgreSQL, Chromium) so that it can never outlive the test.
//
// A test process may end in many ways: normally, by a panic, by its own timeout, by kill -9. Only the kernel notices all
// of them: it closes the dead process's end of a pipe. A small shell holds the other end, and when the pipe closes it
// stops the server and removes its folder. So no test needs a TestMain, and nothing is left behind.
//
// For tests only; it touches nothing of the product.
package leash

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The shell waits for the server ($child) while its guard waits for the owner. Only the guard reads the pipe; `read` is
// built into the shell, so killing the guard leaves no other reader behind.
const script = `
"$@" </dev/null >>"$LEASH_DIR/log" 2>&1 &
child=$!
exec 3>&- 4>&- 5<&0
( read -r _ <&5; kill -"$LEASH_SIGNAL" "$child" 2>/dev/null; sleep 10; kill -KILL "$child" 2>/dev/null ) >/dev/null 2>&1 &
guard=$!
wait "$child"
kill "$guard" 2>/dev/null
[ -e "$LEASH_DIR/keep" ] || rm -rf "$LEASH_DIR"
`

// Process is one server on a leash.
type Process struct {
	dir  string
	rope io.WriteCloser
	done chan struct{}
}

// Options say how the server is run.
type Options struct {
	Dir    string              // its folder: holds "log", is removed at the end; a file "keep" in it prevents that
	Signal string              // what stops it at once, without the KILL that follows after ten seconds: "QUIT", "TERM"
	User   *syscall.Credential // nil: as ourselves
	Env    []string            // added to ours
	Files  []*os.File          // at most two: the server has them as its descriptors 3 and 4
}

// Run starts the server and returns at once; the caller asks the server itself whether it is ready.
func Run(o Options, argv ...string) (*Process, error) {
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "leash"}, argv...)...)
	cmd.Dir = o.Dir
	cmd.Env = append(os.Environ(), "LEASH_DIR="+o.Dir, "LEASH_SIGNAL="+o.Signal)
	cmd.Env = append(cmd.Env, o.Env...)
	cmd.ExtraFiles = o.Files
	// Its own session: Ctrl-C on the terminal ends the tests, and the closed pipe then ends the server, in that order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: o.User}
	rope, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	p := &Process{dir: o.Dir, rope: rope, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // the server's own end is what counts, and its log says why
		close(p.done)
	}()
	return p, nil
}

// Ended is closed when the server has gone.
func (p *Process) Ended() <-chan struct{} { return p.done }

// Stop stops the server, waits until it has gone and its folder is removed.
func (p *Process) Stop() error {
	_ = p.rope.Close() // already closed by the runtime when the server ended first
	select {
	case <-p.done:
		return nil
	case <-time.After(20 * time.Second):
		return fmt.Errorf("a process in %s does not stop", p.dir)
	}
}

// Ready asks until the answer is yes; it gives up when the server ends or the time is over, and then shows its log.
func (p *Process) Ready(within time.Duration, ask func() error) error {
	deadline := time.Now().Add(within)
	var last error
	for {
		if last = ask(); last == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("it ended at once: %w", last)
		case <-time.After(25 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not ready after %s: %w\n%s", within, last, p.LogTail())
		}
	}
}

// LogTail is the end of what the server printed.
func (p *Process) LogTail() string {
	b, err := os.ReadFile(filepath.Join(p.dir, "log"))
	if err != nil {
		return ""
	}
	if len(b) > 4000 {
		b = b[len(b)-4000:]
	}
	return strings.TrimSpace(string(b))
}
