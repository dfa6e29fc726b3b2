// Package clock is the only source of the present moment. Deadlines, ages and signatures all hang on "now", so a
// test must be able to set it, and nobody else may read the machine's time.
package clock

import (
	"fmt"
	"sync"
	"time"
)

// Clock tells the time. Two implementations exist: the machine's and the one tests and the demo turn by hand.
type Clock interface{ Now() time.Time }

// System is the machine's clock, in UTC.
type System struct{}

// Now returns the present moment.
func (System) Now() time.Time { return time.Now().UTC() }

// Fake stands still until it is moved.
type Fake struct {
	mu sync.Mutex
	t  time.Time
}

// NewFake returns a clock that stands at t.
func NewFake(t time.Time) *Fake { return &Fake{t: t.UTC()} }

// Now returns the moment the clock was set to.
func (f *Fake) Now() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.t }

// Advance moves the clock forward (or back, for tests of wrong clocks).
func (f *Fake) Advance(d time.Duration) { f.mu.Lock(); f.t = f.t.Add(d); f.mu.Unlock() }

// Set puts the clock to t.
func (f *Fake) Set(t time.Time) { f.mu.Lock(); f.t = t.UTC(); f.mu.Unlock() }

// Layout is fixed-width UTC text (27 characters): it sorts and compares the same on every engine and in every tool.
const Layout = "2006-01-02T15:04:05.000000Z"

// Format writes an instant the way it is stored. The zero time is the empty text: not known, not yet.
func Format(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(Layout)
}

// Parse reads an instant as stored.
func Parse(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(Layout, s)
	if err != nil || len(s) != len(Layout) {
		return time.Time{}, fmt.Errorf("stored instant %q is not in the form %s", s, Layout)
	}
	return t, nil
}
