package monitoring_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/monitoring"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/ui"
)

// desk answers requests as a member of staff.
type desk struct {
	*world.World
	t *testing.T
	h http.Handler
}

func newDesk(t *testing.T, w *world.World, routes func(*web.Server)) *desk {
	t.Helper()
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	s := &web.Server{Cat: cat, Hooks: web.Hooks{
		Who: func(r *http.Request) (string, string, string, error) {
			return w.Staff[r.Header.Get("As")], "s", "en", nil
		},
		May: func(ctx context.Context, user, perm string) error {
			may, _, err := w.Gate.May(ctx, user, perm)
			if err == nil && !may[perm] {
				return fault.New(fault.Denied, "fault.denied", "permission", perm)
			}
			return err
		},
		Shell: func(*web.Request) ui.Shell { return ui.Shell{User: "Test"} },
	}}
	routes(s)
	return &desk{w, t, s.Handler()}
}

var hole = regexp.MustCompile(`⟦[^⟧]*⟧`)

// get fetches a page and looks for texts that are missing in it.
func (d *desk) get(as, path string, want int) string {
	d.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	return d.do(r, as, want)
}

func (d *desk) post(as, path string, form url.Values, want int) string {
	d.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.do(r, as, want)
}

func (d *desk) do(r *http.Request, as string, want int) string {
	d.t.Helper()
	r.Header.Set("As", as)
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	body := w.Body.String()
	if w.Code != want {
		d.t.Fatalf("%s %s as %s: %d, want %d\n%s", r.Method, r.URL.Path, as, w.Code, want, body)
	}
	if m := hole.FindString(body); m != "" {
		d.t.Errorf("%s %s: the text %s is missing", r.Method, r.URL.Path, m)
	}
	return body
}

func typedDay(prefix, d string) url.Values {
	return url.Values{prefix + "_d": {d}, prefix + "_m": {"3"}, prefix + "_y": {"2026"}}
}

func TestVisitsOnScreen(t *testing.T) {
	w := world.New(t, dbtest.SQLite(t))
	d := newDesk(t, w, (&monitoring.Domain{Gate: w.Gate}).Routes)
	c, _ := w.Family()
	me, tab := "reintegration", "/cases/"+c.ID+"/reintegration/visits"
	d.get(me, tab, 404)
	if err := w.Cases.SendHandOver(ctx, w.Staff["counsellor"], casefile.HandOver{ID: w.Gate.IDs.New(), CaseID: c.ID, To: w.Offices["islamabad"], Message: "Home."}); err != nil {
		t.Fatal(err)
	}
	if err := w.Cases.AcceptHandOver(ctx, w.Staff[me], c.ID); err != nil {
		t.Fatal(err)
	}
	d.get(me, tab, 200)
	d.get(me, tab+"/schedule", 200)
	d.post(me, tab+"/schedule", url.Values{}, 422)
	d.post(me, tab+"/schedule", typedDay("arrived", "1"), 303)
	if body := d.get("monitoring", "/visits", 200); !strings.Contains(body, "Testpour") || !strings.Contains(body, c.No) {
		t.Error("the family is not on the list of visits")
	}
	if body := d.get("other", "/visits", 200); strings.Contains(body, "Testpour") {
		t.Error("another office sees who is visited")
	}
	for range 3 { // one tap each
		d.post(me, tab+"/no-answer", url.Values{"id": {w.Gate.IDs.New()}}, 303)
	}
	if body := d.get(me, tab, 200); !strings.Contains(body, tab+"/lost") || !strings.Contains(body, "No answer") {
		t.Error("after three attempts in vain nobody may say that they are lost")
	}
	d.get(me, tab+"/attempt", 200)
	d.post(me, tab+"/attempt", typedDay("on", "2"), 422)
	d.get(me, tab+"/lost", 200)
	d.post(me, tab+"/lost", url.Values{}, 422)
	d.post(me, tab+"/lost", url.Values{"note": {"The neighbours do not know"}}, 303)
	if body := d.get(me, tab, 200); !strings.Contains(body, "Cannot be found") {
		t.Error("the page does not say that they are lost")
	}
	d.get(me, tab+"/new", 200)
	v := typedDay("on", "2")
	v.Set("mode", "in_person")
	d.post(me, tab+"/new", v, 422)
	v.Set("found", "yes")
	v.Set("business", "closed")
	v.Set("income", "not_enough")
	v.Set("employed", "two")
	v.Set("problems", "Rent is high")
	if body := d.post(me, tab+"/new", v, 422); !strings.Contains(body, "Rent is high") {
		t.Error("the input is lost")
	}
	v.Set("employed", "2")
	v.Set("closed_reason", "No customers")
	d.post(me, tab+"/new", v, 303)
	if body := d.get(me, tab, 200); !strings.Contains(body, "No customers") || strings.Contains(body, "Cannot be found") {
		t.Error("the visit is not shown, or they are still lost")
	}
	d.get("medical", tab, 403)
}
