package signin

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

// A real Chromium with a passkey device: enrol on the way in, then sign in with the passkey as second step and alone.
func TestPasskey(t *testing.T) {
	o := open(t, dbtest.SQLite(t), Config{})
	var h *httptest.Server
	h, _ = serve(t, o, "")
	home := strings.Replace(h.URL, "127.0.0.1", "localhost", 1)
	o.d.passes = New(o.Gate, Config{PublicURL: home}).passes
	if o.d.passes == nil {
		t.Fatal("no passkeys at " + home)
	}
	p := browser.New(t).Page(t, browser.Options{})
	p.Passkey()
	p.Goto(home + "/sign-in")
	p.Fill("Sign-in name", "admin")
	p.Fill("Password", good)
	p.Click("Sign in")
	p.Click("Add a passkey")
	p.Must("Your recovery codes")
	p.Click("I have written them down")
	p.Must("Your account")
	out := func() {
		p.Within("css:.head").Click("Sign out")
		p.Must("You are signed out.")
	}
	out()
	p.Fill("Sign-in name", "admin")
	p.Fill("Password", good)
	p.Click("Sign in")
	p.Must("Second step")
	p.Click("Use a passkey")
	p.Must("Your account")
	out()
	p.Click("Use a passkey")
	p.Must("Where you are signed in")
	if n := o.journal("sign_in.ok"); n != 2 {
		t.Errorf("%d sign-ins in the journal", n)
	}
	if n := o.Count(`SELECT COUNT(*) FROM ceremony`); n != 0 {
		t.Errorf("%d questions are still open", n)
	}
	// An answer counts once, and only for the question it was given to.
	if _, err := o.d.SignInPasskey(context.Background(), "guess", `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}`, addr, ""); key(err) != "signin.err.passkey" {
		t.Errorf("%v", err)
	}
}

// The front door on a small phone, without scripts, and as axe sees it.
func TestPages_accessible(t *testing.T) {
	o := open(t, dbtest.SQLite(t), Config{Demo: true, Logins: []DemoLogin{{Login: "counsellor", Name: "Test counsellor", RoleKey: "common.name", Password: good}}})
	h, _ := serve(t, o, "")
	for _, opt := range []browser.Options{{Width: 320}, {Dark: true, Lang: "ar"}, {NoJS: true}} {
		p := browser.New(t).Page(t, opt)
		look := func(selector string) {
			t.Helper()
			if p.Count(selector) == 0 {
				t.Fatalf("%s: nothing of the kind %s", p.Path(), selector)
			}
			p.NoSidewaysScroll()
			p.Axe()
		}
		p.Goto(h.URL + "/sign-in")
		look("input[name=password]")
		p.Fill("login", "counsellor")
		p.Fill("password", "wrong password here")
		p.Click("css:.btn.go")
		look(".errors")
		p.Click("css:form.inline [type=submit]") // the demo's one-click sign-in
		look("[action='/account/password']")
		p.Goto(h.URL + "/account/app")
		look("img[src^='data:image/png']")
		p.Goto(h.URL + "/sign-in/reset")
		look("input[name=new]")
	}
}
