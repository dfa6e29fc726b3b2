package signin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

const good, addr = "three small dolphins", "192.0.2.1"

type door struct {
	*world.World
	d *Domain
}

func cheap(d *Domain) *Domain {
	d.hasher.cost = cost{memory: 64, time: 1, threads: 1}
	d.hasher.dummy = encode(d.hasher.cost, make([]byte, saltLen), make([]byte, keyLen))
	return d
}

func open(t *testing.T, b *db.DB, c Config) door {
	t.Helper()
	w := world.New(t, b)
	d := cheap(New(w.Gate, c))
	hash, err := d.hasher.hash(context.Background(), good)
	if err != nil {
		t.Fatal(err)
	}
	if err := PutHash(context.Background(), w.Gate, org.SystemID, hash, w.Staff["counsellor"], w.Staff["admin"]); err != nil {
		t.Fatal(err)
	}
	return door{w, d}
}

func (o door) in(t *testing.T, login string) Opened {
	t.Helper()
	s, err := o.d.SignIn(context.Background(), login, good, addr, "test")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// who asks the hook with a token.
func (o door) who(t *testing.T, token string) string {
	t.Helper()
	id, _, _, err := o.d.Who(o.request(token))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (o door) request(token string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: o.d.cookieName(), Value: token})
	return r
}

func (o door) session(t *testing.T, token string) Session {
	t.Helper()
	s, err := o.d.session(o.request(token))
	if err != nil || s.ID == "" {
		t.Fatalf("no session: %v", err)
	}
	return s
}

func (o door) journal(action string) int64 {
	return o.Count(`SELECT COUNT(*) FROM journal WHERE action = $1`, action)
}

func (o door) code(t *testing.T, secret string) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, o.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func key(err error) string {
	if err == nil {
		return ""
	}
	f := fault.Of(err)
	if len(f.Fields) > 0 {
		return f.Fields[0].Key
	}
	return f.Key
}

func TestSignIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b, Config{})
		ctx := context.Background()
		s := o.in(t, " Counsellor ")
		if s.Stage != Full || o.who(t, s.Token) != o.Staff["counsellor"] {
			t.Fatalf("%+v", s)
		}
		if n := o.Count(`SELECT COUNT(*) FROM session WHERE token = $1`, s.Token); n != 0 {
			t.Error("the token itself is stored")
		}
		if o.journal("sign_in.ok") != 1 {
			t.Error("no entry")
		}
		// Wrong password, unknown account, one without a password, one who left: the same answer.
		if err := o.Gate.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE staff SET active = FALSE WHERE id = $1`, o.Staff["finance"])
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, login := range []string{"counsellor", "nobody", "movement", "finance", "system"} {
			before := o.Gate.DB.Writes()
			_, err := o.d.SignIn(ctx, login, "wrong password here", addr, "test")
			if key(err) != "signin.err.wrong" {
				t.Errorf("%s: %v", login, err)
			}
			if n := o.Gate.DB.Writes() - before; n != 2 {
				t.Errorf("%s: %d writes, so the answer's time tells something", login, n)
			}
		}
		if o.who(t, "") != "" || o.who(t, "guess") != "" {
			t.Error("signed in without a token")
		}
	})
}

func TestLockOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b, Config{})
		ctx := context.Background()
		for _, login := range []string{"counsellor", "nobody"} { // the same for an account that is none
			fails := 0
			for fails < 10 {
				_, err := o.d.SignIn(ctx, login, "wrong password here", addr, "")
				switch key(err) {
				case "signin.err.wrong":
					fails++
				case "signin.err.wait_seconds", "signin.err.wait_minutes":
					if fails < 5 {
						t.Fatalf("%s: waiting after %d failures", login, fails)
					}
					o.Clock.Advance(15 * time.Second)
				default:
					t.Fatal(err)
				}
			}
			_, err := o.d.SignIn(ctx, login, good, addr, "")
			if f := fault.Of(err); key(err) != "signin.err.wait_minutes" || f.Args[1] != int64(15) {
				t.Errorf("%s: locked: %v %v", login, err, f.Args)
			}
		}
		if o.journal("sign_in.locked") != 2 || o.journal("sign_in.failed") != 2 {
			t.Errorf("%d locked, %d failed in the journal", o.journal("sign_in.locked"), o.journal("sign_in.failed"))
		}
		o.Clock.Advance(15 * time.Minute)
		o.in(t, "counsellor")

		// The administrator opens an account sooner.
		for range 5 {
			o.d.SignIn(ctx, "counsellor", "wrong password here", "192.0.2.9", "")
		}
		if _, err := o.d.SignIn(ctx, "counsellor", good, "192.0.2.9", ""); key(err) != "signin.err.wait_seconds" {
			t.Fatal(err)
		}
		err := o.Gate.Write(ctx, o.Staff["admin"], "org.manage", func(ctx context.Context, w *gate.W) error {
			s, err := org.StaffByID(ctx, w.Tx, o.Staff["counsellor"])
			if err != nil {
				return err
			}
			if until, err := o.d.Locked(ctx, w.Tx, s); err != nil || until.IsZero() {
				t.Errorf("locked until %s, %v", until, err)
			}
			if err := o.d.Unlock(ctx, w, s); err != nil {
				return err
			}
			return w.Record(ctx, self(s.ID, "staff.unlocked", ""))
		})
		if err != nil {
			t.Fatal(err)
		}
		o.in(t, "counsellor")
	})
}

// Guesses sent all at once count one by one: nobody gets more tries by being quick.
func TestLockOut_atOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b, Config{})
		answers := make(chan string, 32)
		for range cap(answers) {
			go func() {
				_, err := o.d.SignIn(context.Background(), "counsellor", "wrong password here", addr, "")
				answers <- key(err)
			}()
		}
		got := map[string]int{}
		for range cap(answers) {
			got[<-answers]++
		}
		if got["signin.err.wrong"] != 5 || got["signin.err.wait_seconds"] != 27 {
			t.Errorf("of 32 guesses at once: %v", got)
		}
	})
}

func TestLockOut_address(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b, Config{})
		ctx := context.Background()
		for i := range 30 {
			if _, err := o.d.SignIn(ctx, "nobody"+string(rune('a'+i)), "wrong password here", addr, ""); key(err) != "signin.err.wrong" {
				t.Fatalf("%d: %v", i, err)
			}
		}
		if _, err := o.d.SignIn(ctx, "counsellor", good, addr, ""); key(err) != "signin.err.wait_seconds" {
			t.Fatalf("an address that guesses accounts goes on: %v", err)
		}
		if _, err := o.d.SignIn(ctx, "counsellor", good, "192.0.2.2", ""); err != nil {
			t.Fatalf("another address waits, too: %v", err)
		}
	})
}

func TestSecondFactor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b, Config{})
		ctx := context.Background()
		s := o.in(t, "admin")
		if s.Stage != Enrol || o.who(t, s.Token) != "" {
			t.Fatalf("an administrator gets in with a password alone: %+v", s)
		}
		e, err := o.d.BeginTOTP(ctx, o.session(t, s.Token))
		if err != nil || !strings.HasPrefix(e.QR, "data:image/png;base64,") {
			t.Fatal(err, e.QR)
		}
		if again, err := o.d.BeginTOTP(ctx, o.session(t, s.Token)); err != nil || again.Secret != e.Secret {
			t.Errorf("another secret on reload: %v", err)
		}
		if n := o.Count(`SELECT COUNT(*) FROM totp WHERE secret = $1`, []byte(e.Secret)); n != 0 {
			t.Error("the secret is stored in clear")
		}
		if _, err := o.d.ConfirmTOTP(ctx, o.session(t, s.Token), "000000", addr); key(err) != "signin.err.code" {
			t.Fatal(err)
		}
		first := o.code(t, e.Secret)
		p, err := o.d.ConfirmTOTP(ctx, o.session(t, s.Token), first[:3]+" "+first[3:], addr)
		if err != nil || len(p.Codes) != recoveryCodes {
			t.Fatal(err, p)
		}
		if o.who(t, s.Token) != "" || o.who(t, p.Token) != o.Staff["admin"] {
			t.Error("the token was not exchanged")
		}
		if _, err := o.d.BeginTOTP(ctx, o.session(t, p.Token)); key(err) != "signin.err.totp_set" {
			t.Errorf("the secret is shown again: %v", err)
		}

		s = o.in(t, "admin")
		if s.Stage != Factor || o.who(t, s.Token) != "" {
			t.Fatalf("%+v", s)
		}
		pend := o.session(t, s.Token)
		if _, err := o.d.ProveCode(ctx, pend, first, addr); key(err) != "signin.err.code_used" {
			t.Fatalf("a code counts twice: %v", err)
		}
		o.Clock.Advance(30 * time.Second)
		second := o.code(t, e.Secret)
		o.Clock.Advance(30 * time.Second) // one step late still counts
		if p, err = o.d.ProveCode(ctx, pend, second, addr); err != nil || o.who(t, p.Token) != o.Staff["admin"] {
			t.Fatal(err)
		}
		// A recovery code counts once.
		codes, err := o.d.NewRecoveryCodes(ctx, o.session(t, p.Token))
		if err != nil {
			t.Fatal(err)
		}
		s = o.in(t, "admin")
		if _, err = o.d.ProveCode(ctx, o.session(t, s.Token), strings.ToLower(codes[3]), addr); err != nil {
			t.Fatal(err)
		}
		s = o.in(t, "admin")
		if _, err = o.d.ProveCode(ctx, o.session(t, s.Token), codes[3], addr); key(err) != "signin.err.code" {
			t.Fatalf("a recovery code counts twice: %v", err)
		}
		// The last factor of somebody who must have one stays.
		if err := o.d.DropTOTP(ctx, o.session(t, p.Token)); key(err) != "signin.err.last_factor" {
			t.Fatal(err)
		}
		// Guessing codes locks, whatever the password.
		for range 12 {
			_, err = o.d.ProveCode(ctx, o.session(t, s.Token), "123123", addr)
		}
		if key(err) != "signin.err.wait_seconds" {
			t.Errorf("codes can be guessed: %v", err)
		}
	})
}

func TestDemo_passwordAlone(t *testing.T) {
	o := open(t, dbtest.SQLite(t), Config{Demo: true})
	if s := o.in(t, "admin"); s.Stage != Full {
		t.Fatalf("%+v", s)
	}
}

func TestSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b, Config{})
		ctx := context.Background()
		one, two := o.in(t, "counsellor"), o.in(t, "counsellor")
		writes := o.Gate.DB.Writes()
		o.who(t, one.Token)
		o.Clock.Advance(59 * time.Second)
		o.who(t, one.Token)
		if n := o.Gate.DB.Writes() - writes; n != 0 {
			t.Errorf("%d writes for looking within a minute", n)
		}
		o.Clock.Advance(20 * time.Second)
		o.who(t, one.Token)
		o.who(t, one.Token)
		if n := o.Gate.DB.Writes() - writes; n != 1 {
			t.Errorf("%d writes for a minute's looking", n)
		}
		// Idle, and at the end in any case.
		o.Clock.Advance(29 * time.Minute)
		if o.who(t, one.Token) == "" || o.who(t, two.Token) != "" {
			t.Error("the idle session is not the one that ended")
		}
		for range 60 {
			o.Clock.Advance(15 * time.Minute)
			o.who(t, one.Token)
		}
		if o.who(t, one.Token) != "" {
			t.Error("still signed in after 15 hours")
		}
		// A changed password signs out the others and exchanges one's own token.
		one, two = o.in(t, "counsellor"), o.in(t, "counsellor")
		if _, err := o.d.ChangePassword(ctx, o.session(t, one.Token), "not the old one", "four large whales swim", addr); key(err) != "signin.err.old" {
			t.Fatal(err)
		}
		fresh, err := o.d.ChangePassword(ctx, o.session(t, one.Token), good, "four large whales swim", addr)
		if err != nil {
			t.Fatal(err)
		}
		if o.who(t, one.Token) != "" || o.who(t, two.Token) != "" || o.who(t, fresh) == "" {
			t.Error("old tokens after a change of the password")
		}
		two2, err := o.d.SignIn(ctx, "counsellor", "four large whales swim", addr, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := o.d.SignOut(ctx, o.Staff["other"], o.session(t, two2.Token).ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody signs out another person: %v", err)
		}
		if n, err := o.d.SignOutEverywhere(ctx, o.Staff["counsellor"], ""); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		if o.who(t, two2.Token) != "" || o.who(t, fresh) != "" {
			t.Error("still signed in somewhere")
		}
		// Who leaves is out at once.
		s, err := o.d.SignIn(ctx, "counsellor", "four large whales swim", addr, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE staff SET active = FALSE WHERE id = $1`, o.Staff["counsellor"])
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if o.who(t, s.Token) != "" {
			t.Error("a deactivated person is still signed in")
		}
	})
}

// The page of a wrong password must be the same, letter by letter, for an account that exists and for one that does not.
