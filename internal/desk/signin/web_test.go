package signin

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/ui"
)

func TestResetCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b, Config{})
		ctx := context.Background()
		s := o.in(t, "counsellor")
		reset := func() (code string) {
			err := o.Gate.Write(ctx, o.Staff["admin"], "org.manage", func(ctx context.Context, w *gate.W) (err error) {
				if code, err = o.d.NewResetCode(ctx, w, o.Staff["counsellor"]); err != nil {
					return err
				}
				return w.Record(ctx, self(o.Staff["counsellor"], "staff.reset", ""))
			})
			if err != nil {
				t.Fatal(err)
			}
			return code
		}
		old, code := reset(), reset()
		if o.who(t, s.Token) != "" {
			t.Error("still signed in after a reset")
		}
		for _, c := range []struct{ code, password, key string }{
			{old, "four large whales swim", "signin.err.reset"}, {code, "short", "signin.err.short"}, {code, "four large whales swim", ""}, {code, "five large whales swim", "signin.err.reset"},
		} {
			if err := o.d.UseResetCode(ctx, c.code, c.password, addr); key(err) != c.key {
				t.Errorf("%q: %v", c.password, err)
			}
		}
		if _, err := o.d.SignIn(ctx, "counsellor", "four large whales swim", addr, ""); err != nil {
			t.Fatal(err)
		}
		late := reset()
		o.Clock.Advance(24 * time.Hour)
		if err := o.d.UseResetCode(ctx, late, "six large whales swim", addr); key(err) != "signin.err.reset" {
			t.Errorf("a code lives longer than a day: %v", err)
		}
	})
}

func TestAddUser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		w := world.New(t, b)
		ctx := context.Background()
		u := NewUser{Login: "Chief", Name: "Eleni Chief", Office: "athens", Roles: []org.Held{{Role: "admin"}}}
		id, err := AddUser(ctx, w.Gate, org.SystemID, u)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := AddUser(ctx, w.Gate, org.SystemID, u); key(err) != "signin.err.login_taken" {
			t.Error(err)
		}
		if _, err := AddUser(ctx, w.Gate, org.SystemID, NewUser{Login: "x y", Name: "X", Office: "nowhere"}); key(err) != "signin.err.no_office" {
			t.Error(err)
		}
		if err := SetPassword(ctx, w.Gate, org.SystemID, id, "chief"); key(err) != "signin.err.short" {
			t.Error(err)
		}
		if err := SetPassword(ctx, w.Gate, org.SystemID, id, good); err != nil {
			t.Fatal(err)
		}
		d := cheap(New(w.Gate, Config{}))
		if s, err := d.SignIn(ctx, "chief", good, addr, ""); err != nil || s.Stage != Enrol {
			t.Fatal(s, err)
		}
		// The password was hashed at the standard cost, this door asks for another: the hash is renewed.
		if n := w.Count(`SELECT COUNT(*) FROM password WHERE hash LIKE '%m=64,t=1,p=1%'`); n != 1 {
			t.Error("the hash was not renewed")
		}
	})
}

var crossed = regexp.MustCompile(`(?s)<main.*</main>`)

func serve(t *testing.T, o door, public string) (*httptest.Server, *web.Server) {
	t.Helper()
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	s := &web.Server{Cat: cat, SignIn: "/sign-in", Hooks: web.Hooks{Who: o.d.Who, Shell: func(*web.Request) ui.Shell { return ui.Shell{} },
		May: func(ctx context.Context, user, perm string) error { return nil }}}
	o.d.Routes(s)
	s.Raw("GET /static/", ui.Assets())
	s.Handle("GET /{$}", web.SignedIn, func(w http.ResponseWriter, r *web.Request) error {
		return r.Redirect(w, "/account")
	})
	h := httptest.NewServer(s.Handler())
	t.Cleanup(h.Close)
	return h, s
}

func TestWeb_unknownLooksLikeKnown(t *testing.T) {
	o := open(t, dbtest.SQLite(t), Config{})
	h, _ := serve(t, o, "")
	var seen []string
	for _, login := range []string{"counsellor", "unknown000"} {
		res, err := http.PostForm(h.URL+"/sign-in", url.Values{"login": {login}, "password": {"wrong password here"}})
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != 422 {
			t.Fatalf("status %d: %s", res.StatusCode, body)
		}
		seen = append(seen, strings.ReplaceAll(crossed.FindString(string(body)), login, "X"))
	}
	if seen[0] != seen[1] || seen[0] == "" {
		t.Errorf("the answers differ:\n%s\n%s", seen[0], seen[1])
	}
}

func TestWeb_signInAndOut(t *testing.T) {
	o := open(t, dbtest.SQLite(t), Config{})
	h, _ := serve(t, o, "")
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar}
	res, err := c.PostForm(h.URL+"/sign-in", url.Values{"login": {"counsellor"}, "password": {good}, "next": {"//evil.example/"}})
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	if res.Request.URL.Path != "/account" || !strings.Contains(string(body), "Test counsellor") {
		t.Fatalf("%s %d: %s", res.Request.URL, res.StatusCode, body)
	}
	if res, err = c.PostForm(h.URL+"/language", url.Values{"language": {"ar"}, "next": {"/account"}}); err != nil || res.StatusCode != 200 {
		t.Fatal(err, res.Status)
	}
	if body, _ = io.ReadAll(res.Body); !strings.Contains(string(body), `dir="rtl"`) {
		t.Error("the language did not change")
	}
	if res, err = c.PostForm(h.URL+"/sign-out", nil); err != nil || res.Request.URL.Path != "/sign-in" {
		t.Fatal(err, res.Request.URL)
	}
	if res, err = c.Get(h.URL + "/account"); err != nil || res.Request.URL.Path != "/sign-in" {
		t.Fatal(err, res.Request.URL)
	}
	if i := slices.IndexFunc(jar.Cookies(res.Request.URL), func(c *http.Cookie) bool { return c.Name == "nostos" }); i >= 0 {
		t.Error("the cookie stayed")
	}
}
