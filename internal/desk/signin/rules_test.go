package signin

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

func TestLimits_growThenLockThenForget(t *testing.T) {
	l := Limits{}.orDefault()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var a attempts
	want := map[int]time.Duration{4: 0, 5: 15 * time.Second, 6: 30 * time.Second, 7: time.Minute, 8: 2 * time.Minute, 9: 4 * time.Minute, 10: 15 * time.Minute}
	for n := 1; n <= 10; n++ {
		a = a.fail(now, l.Soft, l.Hard, l)
		if w, ok := want[n]; ok && a.wait(now) != w {
			t.Errorf("after %d failures wait %s, want %s", n, a.wait(now), w)
		}
		if a.locked(l.Hard) != (n == 10) {
			t.Errorf("locked after %d failures", n)
		}
		now = now.Add(a.wait(now))
	}
	if a = a.fail(now, l.Soft, l.Hard, l); a.Failures != 1 || a.wait(now) != 0 {
		t.Errorf("after the lock %+v", a)
	}
	b := attempts{}
	for range 4 {
		b = b.fail(now, l.Soft, l.Hard, l)
	}
	if b = b.fail(now.Add(l.Window), l.Soft, l.Hard, l); b.Failures != 1 {
		t.Errorf("failures of an older window still count: %+v", b)
	}
}

// However failures are spaced, nobody gets more than Hard tries in a window plus its lock.
func TestLimits_bounded(t *testing.T) {
	l := Limits{}.orDefault()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		var a attempts
		var tries []time.Time
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "pause")) * time.Second)
			if a.wait(now) > 0 {
				continue
			}
			a = a.fail(now, l.Soft, l.Hard, l)
			tries = append(tries, now)
		}
		for i := range tries {
			n := 0
			for _, x := range tries[i:] {
				if x.Sub(tries[i]) < l.Window {
					n++
				}
			}
			if n > 2*l.Hard {
				t.Fatalf("%d tries within %s", n, l.Window)
			}
		}
	})
}

func TestCheckPassword(t *testing.T) {
	for _, c := range []struct{ password, key string }{
		{"short", "signin.err.short"}, {"password1234", "signin.err.common"}, {"Qwertyuiop123!", "signin.err.common"}, {"aaaaaaaaaaaaaaa", "signin.err.common"},
		{"mitsos2026 is here", "signin.err.is_login"}, {"Papadopoulou 1234", "signin.err.is_login"}, {"τρία μικρά δελφίνια", ""}, {"blue horse over 3 hills", ""},
		{string(make([]byte, 300)), "signin.err.long"},
	} {
		err := CheckPassword("new", c.password, "mitsos", "Dimitra Papadopoulou")
		got := ""
		if err != nil {
			got = fault.Of(err).Fields[0].Key
		}
		if got != c.key {
			t.Errorf("%q: %q, want %q", c.password, got, c.key)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=3,p=2$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=999999999,t=3,p=2$AA$AA")
	f.Fuzz(func(t *testing.T, s string) {
		c, salt, key, err := decode(s)
		if err == nil && (c.memory > 1<<20 || c.time > 20 || len(salt) < 8 || len(key) < 16) {
			t.Errorf("%q taken as %+v", s, c)
		}
	})
}

func FuzzNext(f *testing.F) {
	for _, s := range []string{"/cases", "//evil.example", "/\\evil.example", "https://evil.example", "/sign-out"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n := next(s); n[0] != '/' || len(n) > 1 && (n[1] == '/' || n[1] == '\\') {
			t.Errorf("next(%q) = %q", s, n)
		}
	})
}
