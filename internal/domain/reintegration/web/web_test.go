package reintegrationweb_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/reintegration"
	reintegrationweb "github.com/nostos-avrr/nostos/internal/domain/reintegration/web"
	"github.com/nostos-avrr/nostos/internal/platform/day"
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func on(d string) url.Values {
	return url.Values{"on_d": {d}, "on_m": {"3"}, "on_y": {"2026"}}
}

func TestPlanOnScreen(t *testing.T) {
	ctx := context.Background()
	w := world.New(t, dbtest.SQLite(t))
	m := &ledger.Domain{Gate: w.Gate, Packs: w.Packs}
	room := &reintegration.Domain{Gate: w.Gate, Money: m}
	d := newDesk(t, w, (&reintegrationweb.Web{Room: room}).Routes)
	c, _ := w.Family()
	me, tab := "reintegration", "/cases/"+c.ID+"/reintegration"
	must(t, m.OpenFund(ctx, w.Staff["finance"], ledger.Fund{ID: w.Gate.IDs.New(), Code: "T", Title: "F", Currency: "EUR", Budget: 500_000, From: day.New(2026, 1, 1), KeepYears: 5, Shares: []ledger.Share{{Payer: "EU", Percent: 100}}}))
	must(t, m.Propose(ctx, w.Staff["caseworker"], ledger.Line{ID: w.Gate.IDs.New(), CaseID: c.ID, Code: "in_kind", Component: "reintegration", Modality: "in_kind", Ceiling: true, Amount: 150_000, Currency: "EUR"}))
	d.get(me, tab, 404) // not handed over yet
	must(t, w.Cases.SendHandOver(ctx, w.Staff["counsellor"], casefile.HandOver{ID: w.Gate.IDs.New(), CaseID: c.ID, To: w.Offices["islamabad"], Message: "A shop."}))
	must(t, w.Cases.AcceptHandOver(ctx, w.Staff[me], c.ID))

	d.get(me, tab, 200)
	d.get(me, tab+"/arrival", 200)
	d.post(me, tab+"/arrival", url.Values{"answer_food": {"given"}}, 422)
	d.post(me, tab+"/arrival", url.Values{"answer_food": {"given"}, "on_food_d": {"1"}, "on_food_m": {"3"}, "on_food_y": {"2026"}, "answer_meet": {"not_needed"}}, 303)
	d.get(me, tab+"/assessment", 200)
	a := on("2")
	a.Set("economic", "2")
	a.Set("social", "3")
	d.post(me, tab+"/assessment", a, 422)
	a.Set("psychosocial", "4")
	a.Set("work_years", "5")
	a.Set("results", "Cooks well")
	d.post(me, tab+"/assessment", a, 303)
	if body := d.get(me, tab, 200); !strings.Contains(body, "Cooks well") {
		t.Error("the assessment is not shown")
	}

	if body := d.get(me, tab+"/plan", 200); !strings.Contains(body, "1,500.00") && !strings.Contains(body, "1500") {
		t.Error("the form does not say the budget")
	}
	// The second row of the form is left empty: a problem of the third stands at the third.
	plan := url.Values{"id": {w.Gate.IDs.New()}, "rev": {"0"}, "economic": {"A shop"}, "category_0": {"business"}, "description_0": {"Goods"}, "modality_0": {"in_kind"}, "amount_0": {"900"}, "evidence_0": {"receipt"},
		"category_2": {"training"}, "description_2": {"Book-keeping"}, "modality_2": {"service"}, "amount_2": {"700"}}
	if body := d.post(me, tab+"/plan", plan, 422); !strings.Contains(body, "#f-evidence_2") || !strings.Contains(body, "Book-keeping") {
		t.Error("the problem does not stand at the row where it was typed, or the input is lost")
	}
	plan.Set("evidence_2", "certificate")
	d.post(me, tab+"/plan", plan, 303)
	if body := d.post(me, tab+"/plans/"+plan.Get("id")+"/submit", nil, 422); !strings.Contains(body, "the budget is") {
		t.Error("nothing says that the plan is over its budget")
	}
	plan.Set("rev", "1")
	plan.Set("amount_2", "600")
	d.post(me, tab+"/plan", plan, 303)
	d.get(me, tab+"/plan", 200)
	d.post(me, tab+"/plans/"+plan.Get("id")+"/submit", nil, 303)
	if body := d.get(me, tab, 200); !strings.Contains(body, "You wrote this plan") {
		t.Error("the writer is not told who decides")
	}
	decide := tab + "/plans/" + plan.Get("id") + "/decide"
	d.get("supervisor", decide, 200)
	d.post("supervisor", decide, url.Values{}, 422)
	d.post("supervisor", decide, url.Values{"reason": {"Which shop?"}, "back": {"1"}}, 303)
	plan.Set("rev", "4")
	d.post(me, tab+"/plan", plan, 303)
	d.post(me, tab+"/plans/"+plan.Get("id")+"/submit", nil, 303)
	d.post("supervisor", decide, url.Values{"reason": {"Sound"}}, 303)
	body := d.get(me, tab, 200)
	items := regexp.MustCompile(tab+`/items/([^"]+)"`).FindAllStringSubmatch(body, -1)
	if len(items) != 2 {
		t.Fatalf("%d items on the page", len(items))
	}
	one, two := tab+"/items/"+items[0][1], tab+"/items/"+items[1][1]
	d.get(me, one, 200)
	d.post(me, one+"/quotes", url.Values{"supplier_0": {"X"}, "amount_0": {"850"}, "chosen": {"0"}}, 422)
	d.post(me, one+"/quotes", url.Values{"supplier_0": {"X"}, "amount_0": {"850"}, "chosen": {"0"}, "justification": {"One shop"}}, 303)
	d.get(me, one, 200)
	d.post(me, one+"/order", url.Values{}, 422)
	d.post(me, one+"/order", on("1"), 303)
	d.get(me, one, 200)
	got := on("2")
	got.Set("invoice", "R 1")
	got.Set("actual", "ninety")
	d.post(me, one+"/deliver", got, 422)
	got.Set("actual", "850")
	d.post(me, one+"/deliver", got, 303)
	d.get(me, one, 200)
	yes := on("2")
	yes.Set("id", w.Gate.IDs.New())
	d.post(me, one+"/confirm", yes, 303)
	d.get(me, one, 200)
	d.post(me, two+"/drop", url.Values{}, 422)
	d.post(me, two+"/drop", url.Values{"reason": {"No course this year"}}, 303)
	if body := d.get(me, tab, 200); !strings.Contains(body, tab+"/rest") {
		t.Error("nobody can give the rest back")
	}
	d.get(me, tab+"/plan", 200) // an amendment begins from what stands
	d.post(me, tab+"/rest", nil, 303)
	d.get("other", tab, 404)
	d.get("medical", tab, 403)
}
