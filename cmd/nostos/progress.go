package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// bar draws how far a long piece of work has come, on a terminal only and only once it has taken two seconds.
type bar struct {
	start, last time.Time
	drawn       bool
}

func newBar() *bar { return &bar{start: time.Now()} }

func onTerminal() bool {
	st, err := os.Stderr.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// tell is an ops.Progress.
func (b *bar) tell(what string, done, total int64) {
	now := time.Now()
	if !onTerminal() || now.Sub(b.start) < 2*time.Second || now.Sub(b.last) < 100*time.Millisecond && done != total {
		return
	}
	b.last, b.drawn = now, true
	const width = 30
	if total <= 0 {
		fmt.Fprintf(os.Stderr, "\r\033[K%-12s %d", what, done)
		return
	}
	full := int(min(done, total) * width / total)
	left := ""
	if done > 0 && done < total {
		left = ", " + (time.Duration(float64(now.Sub(b.start)) * float64(total-done) / float64(done))).Round(time.Second).String() + " left"
	}
	fmt.Fprintf(os.Stderr, "\r\033[K%-12s [%s%s] %d of %d%s", what, strings.Repeat("=", full), strings.Repeat(" ", width-full), done, total, left)
}

func (b *bar) end() {
	if b.drawn {
		fmt.Fprint(os.Stderr, "\r\033[K")
	}
}
