package journeys_test

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

// one reads one text from the database: an id to put into an address.
func one(t *testing.T, h *house.House, query string, args ...any) (out string) {
	t.Helper()
	err := h.App.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = db.One(ctx, tx, db.Value[string], query, args...)
		return
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

// inDelivery is a family whose plan is being carried out: almost every page of a case has something to show.
func inDelivery(t *testing.T, h *house.House) (caseID, personID string) {
	t.Helper()
	caseID = one(t, h, `SELECT id FROM casefile WHERE stage IN ('DELIVERY', 'MONITORING') ORDER BY stage, id LIMIT 1`)
	return caseID, one(t, h, `SELECT principal_id FROM casefile WHERE id = $1`, caseID)
}

// readable are the addresses that a colleague may open, with the ids of a real case put in.
func readable(t *testing.T, h *house.House, login, caseID, personID string) []string {
	t.Helper()
	v := h.As(login)
	sign := strings.NewReplacer("{$}", "", "/cases/{id}", "/cases/"+caseID, "/persons/{id}", "/persons/"+personID,
		"/funds/{fund}", "/funds/"+one(t, h, `SELECT id FROM fund ORDER BY id LIMIT 1`),
		"/cash/{box}", "/cash/"+one(t, h, `SELECT id FROM cash_box ORDER BY id LIMIT 1`),
		"/flights/{id}", "/flights/"+one(t, h, `SELECT id FROM flight ORDER BY id LIMIT 1`),
		"/selection/{round}", "/selection/"+one(t, h, `SELECT id FROM selection_round ORDER BY no DESC LIMIT 1`), "/cases/{case}", "/cases/"+one(t, h, `SELECT case_id FROM selection_candidate ORDER BY round_id DESC, case_id LIMIT 1`),
		"/forms/{code}", "/forms/closure", "/print/{letter}", "/print/declaration", "/behind/{kind}", "/behind/spent",
		"/programmes/{code}/{version}", "/programmes/gr-avrr/2023.1")
	var out []string
	for _, rt := range h.App.Web.Routes() {
		method, pattern, _ := strings.Cut(rt.Pattern, " ")
		path := sign.Replace(pattern)
		if method != "GET" || strings.Contains(path, "{") || strings.HasPrefix(path, "/static") || strings.HasPrefix(path, "/sign-in") {
			continue
		}
		if a := v.Get(path); a.Status == 200 && strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			out = append(out, path)
		}
	}
	sort.Strings(out)
	return out
}

// speakArabic presses the language button as staff do.
func speakArabic(p *browser.Page) {
	p.Goto("/account")
	p.Select("language", "ar")
	p.Click("css:form[action='/language'] button")
}

// TestArabic opens every page that a manager or a counsellor may open, in Arabic.
func TestArabic(t *testing.T) {
	t.Parallel()
	h := house.Filled(t, "sqlite", 18)
	caseID, personID := inDelivery(t, h)
	done := map[string]bool{}
	early := one(t, h, `SELECT c.id FROM casefile c JOIN office o ON o.id = c.host_office WHERE c.stage = 'COUNSELLING' AND c.state = 'open' AND o.code = 'ath' ORDER BY c.id LIMIT 1`)
	for _, login := range []string{"manager", "counsellor"} {
		if login == "counsellor" {
			caseID, personID = early, one(t, h, `SELECT principal_id FROM casefile WHERE id = $1`, early)
		}
		var fresh []string
		for _, path := range readable(t, h, login, caseID, personID) {
			if kind := ids.ReplaceAllString(path, "{id}"); !done[kind] {
				done[kind] = true
				fresh = append(fresh, path)
			}
		}
		t.Logf("%s: %d pages", login, len(fresh))
		for _, o := range []browser.Options{{Height: 3000}, {Width: 360, Height: 6000, Dark: true}} {
			p := signIn(t, h, login, o)
			speakArabic(p)
			for _, path := range fresh {
				t.Run(fmt.Sprintf("%s %d%s", login, o.Width, path), func(t *testing.T) {
					p := p.For(t)
					p.Goto(path)
					p.MustStatus(200)
					var lang, dir string
					p.Eval(`document.documentElement.lang`, &lang)
					p.Eval(`document.documentElement.dir`, &dir)
					if lang != "ar" || dir != "rtl" {
						t.Errorf("lang=%s dir=%s", lang, dir)
					}
					p.MustNot("⟦")
					if !strings.Contains(path, "/print/") { // a letter sets the name in both scripts in one sentence, for paper
						ownWords(t, p)
					}
					p.NoSidewaysScroll()
					p.Axe()
				})
				if os.Getenv("TEST_NOSTOS_SHOTS") != "" {
					p.Screenshot(fmt.Sprintf("ar-%s-%d-%s.png", login, o.Width, strings.ReplaceAll(strings.Trim(ids.ReplaceAllString(path, "id"), "/"), "/", "_")))
				}
			}
		}
	}
}

// ownWords says that every word in a script that is not the page's stands in an element of its own language, so that it is
// read aloud and laid out as what it is.
func ownWords(t *testing.T, p *browser.Page) {
	t.Helper()
	var strange []string
	p.Eval(`(() => {
		const scripts = [[/[\u0600-\u06ff]/, ['ar', 'fa', 'ur', 'ps', 'ckb']], [/[\u10a0-\u10ff]/, ['ka']], [/[\u0980-\u09ff]/, ['bn']], [/[\u0370-\u03ff]/, ['el']]];
		const out = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		for (let n; n = walk.nextNode();) {
			const lang = n.parentElement.closest('[lang]').lang;
			if (scripts.some(([letters, langs]) => letters.test(n.data) && !langs.includes(lang))) out.push(lang + ': ' + n.data.trim().slice(0, 80));
		}
		return out;
	})()`, &strange)
	if len(strange) > 0 {
		t.Errorf("words in another script whose language is not said: %q", strange)
	}
}

// notCut says that no text is cut off by the edge of its box.
func notCut(t *testing.T, p *browser.Page) {
	t.Helper()
	var cut []string
	p.Eval(`[...document.body.querySelectorAll('*')].filter(e => {
		const s = getComputedStyle(e);
		return e.offsetParent && !e.matches('input, select, textarea, progress') && /hidden|clip/.test(s.overflowX + s.overflowY) && s.clipPath === 'none' && e.textContent.trim() &&
			(e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
	}).map(e => e.outerHTML.slice(0, 120))`, &cut)
	if len(cut) > 0 {
		t.Errorf("cut off: %q", cut)
	}
}
