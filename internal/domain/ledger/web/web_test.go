package ledgerweb_test

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
	ledgerweb "github.com/nostos-avrr/nostos/internal/domain/ledger/web"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
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

func TestMoneyOnScreen(t *testing.T) {
	w := world.New(t, dbtest.SQLite(t))
	m := &ledger.Domain{Gate: w.Gate, Packs: w.Packs}
	d := newDesk(t, w, (&ledgerweb.Web{Money: m}).Routes)
	w.Cases.OnWithdraw = []casefile.Reaction{m.OnWithdraw}
	c, people := w.Family()
	tab := "/cases/" + c.ID + "/money"

	d.get("finance", "/funds", 200)
	d.get("finance", "/funds/new", 200)
	fund := url.Values{"id": {w.Gate.IDs.New()}, "code": {"T1"}, "title": {"Return fund"}, "programme": {"test"}, "currency": {"eur"}, "budget": {"10 000.00"}, "from_d": {"1"}, "from_m": {"1"}, "from_y": {"2026"}, "keep_years": {"5"}, "shares": {"EU 75\nnational 20"}}
	if body := d.post("finance", "/funds/new", fund, 422); !strings.Contains(body, "Together they make 100") || !strings.Contains(body, "10 000.00") {
		t.Error("the fund's form lost what was typed, or does not say what is wrong")
	}
	fund.Set("shares", "EU 75\nnational 25")
	d.post("finance", "/funds/new", fund, 303)
	d.post("counsellor", "/funds/new", fund, 403)
	box := url.Values{"id": {w.Gate.IDs.New()}, "title": {"Airport"}, "office": {w.Offices["athens"]}, "currency": {"EUR"}}
	d.get("finance", "/cash/new", 200)
	d.post("finance", "/cash/new", box, 303)
	b := "/cash/" + box.Get("id")
	d.get("finance", b+"/fill", 200)
	d.post("finance", b+"/fill", url.Values{"id": {w.Gate.IDs.New()}, "amount": {"2000"}}, 303)

	d.get("caseworker", tab, 200)
	d.get("caseworker", tab+"/propose", 200)
	ask := url.Values{"id": {w.Gate.IDs.New()}, "code": {"cash"}, "person": {people[0]}, "modality": {"cash"}, "amount": {"1.234"}}
	if body := d.post("caseworker", tab+"/propose", ask, 422); !strings.Contains(body, "can be read as") {
		t.Error("an ambiguous amount was guessed")
	}
	ask.Set("amount", "500")
	d.post("caseworker", tab+"/propose", ask, 303)
	line := tab + "/lines/" + ask.Get("id")
	if body := d.get("supervisor", tab, 200); !strings.Contains(body, line+"/approve") {
		t.Error("the second person finds no button")
	}
	// Whoever asked sees why there is no button.
	own := url.Values{"id": {w.Gate.IDs.New()}, "code": {"cash"}, "person": {people[1]}, "modality": {"cash"}, "amount": {"100"}}
	d.post("manager", tab+"/propose", own, 303)
	if body := d.get("manager", tab, 200); strings.Contains(body, own.Get("id")+"/approve") || !strings.Contains(body, "You asked for this yourself") {
		t.Error("the asker's own row is not closed with the reason in words")
	}
	d.post("manager", tab+"/lines/"+own.Get("id")+"/approve", nil, 422)
	d.get("supervisor", tab+"/lines/"+own.Get("id")+"/refuse", 200)
	d.post("supervisor", tab+"/lines/"+own.Get("id")+"/refuse", url.Values{}, 422)
	d.post("supervisor", tab+"/lines/"+own.Get("id")+"/refuse", url.Values{"reason": {"Not in the programme"}}, 303)
	d.post("supervisor", line+"/approve", nil, 303)
	if body := d.get("movement", line+"/hand-over", 200); !strings.Contains(body, "five hundred euros") {
		t.Error("the amount does not stand in words")
	}
	d.post("movement", line+"/hand-over", url.Values{"id": {w.Gate.IDs.New()}}, 422)
	pay := url.Values{"id": {w.Gate.IDs.New()}, "box": {box.Get("id")}, "witness": {w.Staff["counsellor"]}, "method": {"signed_paper"}, "notes": {"50x10"}}
	d.post("movement", line+"/hand-over", pay, 303)
	if body := d.get("movement", tab, 200); !strings.Contains(body, "/cases/"+c.ID+"/print/receipt?payment="+pay.Get("id")) || !strings.Contains(body, "Witness: ") {
		t.Error("no receipt to print")
	}
	d.get("movement", tab+"/payments/"+pay.Get("id")+"/reverse", 200)
	d.post("movement", tab+"/payments/"+pay.Get("id")+"/reverse", url.Values{}, 422)
	d.post("movement", tab+"/payments/"+pay.Get("id")+"/reverse", url.Values{"reason": {"Did not board"}}, 303)
	d.get("movement", tab, 200)
	pay.Set("id", w.Gate.IDs.New())
	d.post("movement", line+"/hand-over", pay, 303)
	d.get("caseworker", tab+"/not-due", 200)
	d.post("caseworker", tab+"/not-due", url.Values{"id": {w.Gate.IDs.New()}, "person": {people[2]}, "reason": {"A child"}}, 303)
	service := url.Values{"id": {w.Gate.IDs.New()}, "code": {"transport"}, "modality": {"service"}, "amount": {"80,50"}}
	d.post("caseworker", tab+"/propose", service, 303)
	d.post("supervisor", tab+"/lines/"+service.Get("id")+"/approve", nil, 303)
	d.get("finance", tab+"/lines/"+service.Get("id")+"/pay", 200)
	d.get("caseworker", tab+"/lines/"+service.Get("id")+"/release", 200)
	d.post("finance", tab+"/lines/"+service.Get("id")+"/pay", url.Values{"id": {w.Gate.IDs.New()}, "reference": {"T 1"}, "on_d": {"31"}, "on_m": {"2"}, "on_y": {"2026"}}, 422)
	d.post("finance", tab+"/lines/"+service.Get("id")+"/pay", url.Values{"id": {w.Gate.IDs.New()}, "reference": {"T 1"}, "on_d": {"1"}, "on_m": {"3"}, "on_y": {"2026"}}, 303)

	f := "/funds/" + fund.Get("id")
	if body := d.get("finance", f, 200); !strings.Contains(body, f+"/behind/paid") {
		t.Error("a number opens no list")
	}
	for _, kind := range ledger.Kinds {
		d.get("finance", f+"/behind/"+kind, 200)
	}
	d.get("finance", f+"/behind/everything", 404)
	d.get("finance", f+"/edit", 200)
	if body := d.get("finance", f+"/export", 200); !strings.Contains(body, c.No) {
		t.Error("the export lacks the case")
	}
	d.get("finance", b, 200)
	d.post("finance", b+"/count", url.Values{"counted": {"1499"}, "on_d": {"2"}, "on_m": {"3"}, "on_y": {"2026"}}, 422)
	d.post("finance", b+"/count", url.Values{"counted": {"1500"}, "on_d": {"2"}, "on_m": {"3"}, "on_y": {"2026"}}, 303)
	d.get("finance", b, 200)

	d.get("other", tab, 404)
	d.get("medical", tab, 403)
	if _, err := w.Cases.Withdraw(context.Background(), w.Staff["counsellor"], c.ID, ""); err != nil {
		t.Fatal(err)
	}
	if body := d.get("movement", "/cash", 200); !strings.Contains(body, c.No) {
		t.Error("the cash to take back is not listed")
	}
	d.get("movement", line+"/take-back", 200)
	d.post("movement", line+"/take-back", url.Values{"box": {box.Get("id")}}, 303)
	d.get("movement", tab, 200)
}

func TestEntitlementsOnScreen(t *testing.T) {
	w := world.New(t, dbtest.SQLite(t))
	c, people := w.Family()
	m := &ledger.Domain{Gate: w.Gate, Packs: w.Packs, Entitled: func(context.Context, *gate.R, casefile.Case) ([]programme.Line, error) {
		return []programme.Line{{Code: "cash_mainland", Component: "cash", PersonID: people[0], Verdict: programme.Eligible, Amount: money.Of(100_000, "EUR"), Modality: "cash"}}, nil
	}}
	d := newDesk(t, w, (&ledgerweb.Web{Money: m}).Routes)
	tab := "/cases/" + c.ID + "/money"
	d.post("caseworker", tab+"/reserve", nil, 422) // no fund yet: said on the page
	d.post("finance", "/funds/new", url.Values{"id": {w.Gate.IDs.New()}, "code": {"T1"}, "title": {"F"}, "currency": {"EUR"}, "budget": {"5000"}, "from_d": {"1"}, "from_m": {"1"}, "from_y": {"2026"}, "keep_years": {"5"}, "shares": {"EU 100"}}, 303)
	if body := d.get("caseworker", tab, 200); !strings.Contains(body, tab+"/reserve") {
		t.Error("nothing offers to keep the entitlement aside")
	}
	d.post("caseworker", tab+"/reserve", nil, 303)
	if body := d.get("caseworker", tab, 200); strings.Contains(body, tab+"/reserve") || !strings.Contains(body, "Cash at departure, mainland") {
		t.Error("what is kept aside is offered again, or has no name")
	}
}
