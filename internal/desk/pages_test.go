package desk_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

// check reads a page as a machine does: every id once, every label, description and jump with its target, one h1.
func check(t *testing.T, what, body string) {
	t.Helper()
	ids := map[string]int{}
	for _, m := range regexp.MustCompile(`\sid="([^"]+)"`).FindAllStringSubmatch(body, -1) {
		ids[m[1]]++
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%s: id %q stands %d times", what, id, n)
		}
	}
	for _, m := range regexp.MustCompile(`\s(for|aria-describedby|aria-labelledby)="([^"]+)"`).FindAllStringSubmatch(body, -1) {
		for _, id := range strings.Fields(m[2]) {
			if ids[id] == 0 {
				t.Errorf("%s: %s points at %q, which is not there", what, m[1], id)
			}
		}
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(body, -1) {
		if ids[m[1]] == 0 {
			t.Errorf("%s: a link jumps to #%s, which is not there", what, m[1])
		}
	}
	if n := strings.Count(body, "<h1"); n != 1 {
		t.Errorf("%s: %d titles", what, n)
	}
	for _, bad := range []string{" style=", "onclick=", "<script>", `href=""`, "about:invalid"} {
		if strings.Contains(body, bad) {
			t.Errorf("%s: contains %s", what, bad)
		}
	}
}

func TestPages_leadNowhereWrong(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	c, _ := h.Family()
	h.caseload(12)
	if a := h.send("counsellor", "POST", "/cases/"+c.ID+"/tasks", url.Values{"id": {h.Gate.IDs.New()}, "title": {"Call the aunt <b>"}, "due_d": {"5"}, "due_m": {"3"}, "due_y": {"2026"}}); a.status != http.StatusSeeOther {
		t.Fatal(a.status, a.body)
	}
	if a := h.send("counsellor", "POST", "/cases/"+c.ID+"/notes", url.Values{"id": {h.Gate.IDs.New()}, "kind": {"call"}, "text": {"Spoke with <script>alert(1)</script>"}, "back": {"/cases/" + c.ID}}); a.status != http.StatusSeeOther || a.to != "/cases/"+c.ID {
		t.Fatal(a.status, a.to)
	}
	roles := []string{"counsellor", "mediator", "caseworker", "protection", "supervisor", "centre", "movement", "medical", "finance", "reintegration", "monitoring", "manager", "auditor", "ministry", "admin"}
	tried := map[string]bool{}
	for _, role := range roles {
		for _, lang := range []string{"en", "ar"} {
			for _, path := range []string{"/", "/help", "/work", "/work?desk=action", "/cases", "/cases?q=nobodyhere", "/cases/" + c.ID, "/cases/" + c.ID + "/household", "/approvals", "/calendar", "/search", "/search?q=testpour"} {
				a := h.get(role, path, "tongue", lang)
				if a.status == http.StatusSeeOther {
					if a.to == "/admin" {
						continue // a room of its own, with tests of its own
					}
					a = h.get(role, a.to, "tongue", lang)
				}
				what := role + " " + lang + " " + path
				switch a.status {
				case 403, 404:
					continue // not theirs; the table of roles says whose
				case 200:
				default:
					t.Errorf("%s: %d", what, a.status)
					continue
				}
				check(t, what, a.body)
				if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "aunt <b>") {
					t.Errorf("%s: what somebody typed became part of the page", what)
				}
				for _, l := range links(a.body) {
					l, _, _ = strings.Cut(l, "#")
					if tried[role+l] || strings.HasPrefix(l, "/static/") {
						continue
					}
					tried[role+l] = true
					if got := h.get(role, l); got.status != 200 && got.status != 303 {
						t.Errorf("%s: the link %s leads to %d", what, l, got.status)
					}
				}
			}
		}
	}
}

func TestHome_beginsWhereTheDayBegins(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	for role, want := range map[string]string{"counsellor": "/work?desk=action", "caseworker": "/work?desk=action", "mediator": "/work?desk=action", "reintegration": "/work?desk=action", "auditor": "", "finance": "", "ministry": "", "admin": "/admin"} {
		a := h.get(role, "/")
		if a.to != want || want == "" && a.status != 200 {
			t.Errorf("%s is led to %q (%d), not to %q", role, a.to, a.status, want)
		}
	}
	if a := h.get("nobody", "/"); a.status == 200 {
		t.Error("a stranger has a start page")
	}
}
