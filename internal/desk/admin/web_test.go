package admin

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/ui"
)

// Every page draws for whoever may see it, with all its words, and for nobody else.
func TestWeb(t *testing.T) {
	o := open(t, dbtest.SQLite(t))
	ctx := context.Background()
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	who := ""
	s := &web.Server{Cat: cat, Hooks: web.Hooks{Who: func(*http.Request) (string, string, string, error) { return who, "s", "en", nil }, Shell: func(*web.Request) ui.Shell { return ui.Shell{} },
		May: func(ctx context.Context, user, perm string) error {
			may, _, err := o.Gate.May(ctx, user, perm)
			if err == nil && !may[perm] {
				err = fault.New(fault.Denied, "fault.denied")
			}
			return err
		}}}
	o.d.Routes(s)
	s.Raw("GET /static/", ui.Assets())
	h := httptest.NewServer(s.Handler())
	defer h.Close()
	c := o.Case(o.Person("Amina", "Testpour", "female", "1991-05-04", "PK"))
	glass := o.Gate.IDs.New()
	if _, err := o.d.BreakGlass(ctx, o.Staff["other"], glass, c.No, "Taken to hospital, needs the contact"); err != nil {
		t.Fatal(err)
	}
	today := day.Of(o.Clock.Now(), time.UTC)
	if err := o.d.SetCover(ctx, o.Staff["admin"], org.Cover{ID: o.Gate.IDs.New(), AbsentID: o.Staff["counsellor"], CoverID: o.Staff["mediator"], From: today, Until: today}); err != nil {
		t.Fatal(err)
	}
	if err := o.d.AskVerification(ctx, o.Staff["admin"]); err != nil {
		t.Fatal(err)
	}
	get := func(path string) (int, string) {
		res, err := http.Get(h.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body)
	}
	for _, p := range []struct{ path, holds string }{
		{"/admin", "Test counsellor"}, {"/admin/staff", "Test counsellor"}, {"/admin/staff/new", "Sign-in name"}, {"/admin/staff/" + o.Staff["counsellor"], "Give this role"}, {"/admin/offices", "Thessaloniki"}, {"/admin/offices/new", "Time zone"},
		{"/admin/offices/" + o.Offices["athens"], "Athens"}, {"/admin/roles", "permissions"}, {"/admin/roles/counsellor", "case.view"}, {"/admin/covers", "Test mediator"}, {"/break-glass/review", c.No}, {"/admin/jobs?state=ready", VerifyKind},
		{"/admin/journal", "Opened a case in an emergency"}, {"/admin/journal?action=access.refused", "Refused attempts"}, {"/admin/journal.csv", "glass.opened"}, {"/admin/journal/checkpoint", "Verification under way"}, {"/admin/journal/checkpoint.txt", journal.Origin},
	} {
		who = o.Staff["admin"]
		if status, body := get(p.path); status != 200 || !strings.Contains(body, p.holds) {
			t.Errorf("%s: status %d, without %q:\n%.3000s", p.path, status, p.holds, body)
		}
		who = o.Staff["centre"]
		if status, _ := get(p.path); status != 403 {
			t.Errorf("%s: status %d for somebody without the right", p.path, status)
		}
	}
	who = o.Staff["admin"]
	for _, opt := range []browser.Options{{Width: 320}, {Dark: true}} {
		p := browser.New(t).Page(t, opt)
		for _, path := range []string{"/admin/staff", "/admin/staff/" + o.Staff["counsellor"], "/admin/offices/new", "/admin/roles", "/admin/roles/counsellor", "/admin/covers", "/break-glass/review", "/admin/jobs?state=ready", "/admin/journal", "/admin/journal/checkpoint"} {
			p.Goto(h.URL + path)
			p.MustStatus(200)
			p.NoSidewaysScroll()
			p.Axe()
		}
	}
	who = o.Staff["other"]
	res, err := http.PostForm(h.URL+"/break-glass", url.Values{"id": {o.Gate.IDs.New()}, "no": {"GR-1"}, "reason": {"<script>alert(1)</script> and more"}})
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != 422 || strings.Contains(string(body), "<script>alert") || !strings.Contains(string(body), "There is no case with this number") || !strings.Contains(string(body), "<title>Error") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if missing := slices.DeleteFunc(cat.MissingKeys(), func(k string) bool { return strings.Contains(k, "role.") }); len(missing) > 0 {
		t.Errorf("words that are missing: %v", missing)
	}
}
