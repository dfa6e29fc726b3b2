package signin

import (
	_ "embed"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Limits slow down guessing. They count by account and by address; the keys are constant, so a guess counts whatever else
// the request holds.
type Limits struct {
	Soft, Hard    int           // failures of one account: from Soft on a growing wait, at Hard locked
	SoftAddr      int           // the same for an address, higher: a whole office may share one
	HardAddr      int           //
	Window        time.Duration // failures within this time count together
	Lock          time.Duration
	FirstWaitSecs int
}

func (l Limits) orDefault() Limits {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&l.Soft, 5)
	def(&l.Hard, 2*l.Soft)
	def(&l.SoftAddr, 6*l.Soft)
	def(&l.HardAddr, 20*l.Soft)
	def(&l.FirstWaitSecs, 15)
	if l.Window == 0 {
		l.Window = 15 * time.Minute
	}
	if l.Lock == 0 {
		l.Lock = 15 * time.Minute
	}
	return l
}

// attempts is what is remembered about one key.
type attempts struct {
	Failures     int64
	First, Until time.Time
}

// wait tells how long the next attempt must wait; 0 when it may be made.
func (a attempts) wait(now time.Time) time.Duration { return max(a.Until.Sub(now), 0) }

// fail counts one more failure. What is older than the window is forgotten, but not while its wait still runs.
func (a attempts) fail(now time.Time, soft, hard int, l Limits) attempts {
	if a.Failures == 0 || !now.Before(a.First.Add(l.Window)) && !now.Before(a.Until) {
		a = attempts{First: now}
	}
	a.Failures++
	switch n := int(a.Failures); {
	case n >= hard:
		a.Until = now.Add(l.Lock)
	case n >= soft:
		a.Until = now.Add(min(time.Duration(l.FirstWaitSecs)*time.Second<<min(n-soft, 20), l.Lock))
	}
	return a
}

// locked reports whether this failure was the one that locked the key.
func (a attempts) locked(hard int) bool { return a.Failures == int64(hard) }

// forgive takes back one counted failure: the attempt turned out well. An address keeps its earlier ones, or a guesser
// with an account of his own could start afresh at will.
func (a attempts) forgive(now time.Time, soft int) attempts {
	a.Failures = max(a.Failures-1, 0)
	if int(a.Failures) < soft {
		a.Until = time.Time{}
	}
	if !a.Until.After(now) {
		a.Until = time.Time{}
	}
	return a
}

// mustHaveFactor: whoever may see protected files, or may change who sees what, does not get in with a password alone.
func mustHaveFactor(a *org.Actor) bool {
	for _, g := range a.Grants {
		if len(g.Classes) > 0 {
			return true
		}
	}
	for _, perm := range []string{"org.manage", "org.roles", "admin.jobs", "journal.read", "person.erase"} {
		if a.Can(perm) {
			return true
		}
	}
	return false
}

// MinPassword is the length of the shortest password.
const MinPassword = 12

// maxPassword keeps the hashing of a megabyte from becoming somebody's weapon.
const maxPassword = 200

//go:embed common.txt
var commonText string

var common = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(commonText) {
		m[w] = true
	}
	return m
}()

// CheckPassword says at the field what is wrong with a new password; nil when it may be used.
func CheckPassword(field, password, login, name string) error {
	low := strings.ToLower(password)
	squeezed := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '_' || r == '.' {
			return -1
		}
		return r
	}, low)
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return fault.At(field, "signin.err.short", "n", MinPassword)
	case len(password) > maxPassword:
		return fault.At(field, "signin.err.long", "n", maxPassword)
	case common[low] || common[squeezed] || common[strings.TrimRight(squeezed, "0123456789!?")] || fewLetters(low):
		return fault.At(field, "signin.err.common")
	case contains(low, login) || contains(squeezed, login):
		return fault.At(field, "signin.err.is_login")
	}
	for _, part := range strings.Fields(strings.ToLower(name)) {
		if len(part) > 3 && strings.Trim(strings.ReplaceAll(low, part, ""), " 0123456789!?._-") == "" {
			return fault.At(field, "signin.err.is_login")
		}
	}
	return nil
}

func contains(password, login string) bool {
	login = org.NormalLogin(login)
	return len(login) >= 3 && strings.Contains(password, login)
}

// fewLetters finds "aaaaaaaaaaaa" and "121212121212".
func fewLetters(s string) bool {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) < 4
}
