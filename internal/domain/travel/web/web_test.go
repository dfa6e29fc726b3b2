package travelweb_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	travelweb "github.com/nostos-avrr/nostos/internal/domain/travel/web"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/ui"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

type site struct {
	*world.World
	t   *testing.T
	cat *i18n.Catalogue
	h   http.Handler
}

func open(t *testing.T, d *db.DB) *site {
	t.Helper()
	w := world.New(t, d)
	yes := func(context.Context, *gate.R, string) (bool, error) { return true, nil }
	dom := &travel.Domain{Gate: w.Gate, Cases: w.Cases, Persons: w.Persons, Declared: yes,
		Consent:   func(context.Context, *gate.R, string, string, string) (bool, error) { return true, nil },
		CashState: func(context.Context, *gate.R, string) (string, error) { return "common.done", nil }}
	w.Cases.OnWithdraw = []casefile.Reaction{dom.OnWithdraw}
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	s := &web.Server{Cat: cat, SignIn: "/sign-in", Hooks: web.Hooks{
		Who: func(r *http.Request) (string, string, string, error) {
			c, err := r.Cookie("who")
			if err != nil {
				return "", "", "", nil
			}
			return w.Staff[c.Value], "s", "en", nil
		},
		May: func(ctx context.Context, user, perm string) error {
			ok, _, err := w.Gate.May(ctx, user, perm)
			if err == nil && !ok[perm] {
				err = fault.New(fault.Denied, "fault.denied", "permission", perm)
			}
			return err
		},
		Shell: func(r *web.Request) ui.Shell { return ui.Shell{User: "x"} },
	}}
	(&travelweb.Web{Travel: dom, Frame: framed}).Routes(s)
	return &site{World: w, t: t, cat: cat, h: s.Handler()}
}

// framed stands in for the head of a case, which the desk draws.
func framed(_ context.Context, _ *web.Request, c casefile.Case, _ string, body templ.Component) (templ.Component, error) {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "<h1>"+c.No+"</h1>"); err != nil {
			return err
		}
		return body.Render(ctx, w)
	}), nil
}

func (s *site) send(who, method, path string, form url.Values) (*http.Response, string) {
	s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.AddCookie(&http.Cookie{Name: "who", Value: who})
	rec := httptest.NewRecorder()
	s.h.ServeHTTP(rec, r)
	if n := s.cat.Missing(); n > 0 {
		s.t.Fatalf("%s %s: texts are missing: %v", method, path, s.cat.MissingKeys())
	}
	return rec.Result(), rec.Body.String()
}

func (s *site) get(who, path string, want int, says ...string) string {
	s.t.Helper()
	res, body := s.send(who, "GET", path, nil)
	if res.StatusCode != want {
		s.t.Fatalf("%s GET %s: %d, want %d\n%s", who, path, res.StatusCode, want, body)
	}
	for _, say := range says {
		if !strings.Contains(body, say) {
			s.t.Fatalf("%s does not say %q:\n%s", path, say, body)
		}
	}
	return body
}

func (s *site) post(who, path string, want int, pairs ...string) (string, web.Flash) {
	s.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	res, body := s.send(who, "POST", path, v)
	if res.StatusCode != want {
		s.t.Fatalf("%s POST %s: %d, want %d\n%s", who, path, res.StatusCode, want, body)
	}
	var f web.Flash
	for _, c := range res.Cookies() {
		if c.Name == "flash" {
			b, _ := base64.RawURLEncoding.DecodeString(c.Value)
			json.Unmarshal(b, &f)
		}
	}
	return body, f
}

var hidden = regexp.MustCompile(`name="(id[^"]*)" value="([^"]+)"`)

func ids(body string) (out []string) {
	for _, m := range hidden.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1], m[2])
	}
	return out
}

func TestFromPapersToArrival(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		mother := s.Person("Amina", "Testpour", "female", "1991-05-04", "PK")
		child := s.Person("Sara", "Testpour", "female", "2015-09-30", "PK")
		c := s.Case(mother, casefile.OpeningMember{PersonID: child, Relation: "child"})
		s.At(c.ID, "PREDEPARTURE_CASH")
		base := "/cases/" + c.ID
		s.get("movement", base+"/documents", 200, "Amina Testpour has no travel document", "No authority was asked")
		s.get("other", base+"/documents", 404)
		s.get("other", base+"/travel", 404)
		s.get("finance", base+"/documents", 403)

		for _, p := range []string{mother, child} {
			f := ids(s.get("counsellor", base+"/documents/new", 200, "Laissez-passer"))
			body, _ := s.post("counsellor", base+"/documents/new", 422, append(f, "person", p, "country", "PK", "authority", "Embassy <b>")...)
			if !strings.Contains(body, "Choose a document") || !strings.Contains(body, "Embassy &lt;b&gt;") {
				t.Fatal("what was typed is lost or runs")
			}
			s.post("counsellor", base+"/documents/new", 303, append(f, "person", p, "type", "etd", "country", "PK", "authority", "Embassy")...)
		}
		page := s.get("counsellor", base+"/documents", 200, "Emergency travel document", "Asked for")
		for _, m := range regexp.MustCompile(`/documents/([0-9a-f-]{36})`).FindAllStringSubmatch(page, -1) {
			form := s.get("counsellor", base+"/documents/"+m[1], 200)
			if !strings.Contains(form, `name="rev" value="1"`) {
				t.Fatal("the form does not carry the revision it was opened with")
			}
			s.post("counsellor", base+"/documents/"+m[1], 422, "rev", "1", "state", "issued", "fee", "1.234")
			s.post("counsellor", base+"/documents/"+m[1], 303, "rev", "1", "state", "issued", "authority", "Embassy", "issued_on", "2026-03-01", "expires_on_d", "1", "expires_on_m", "6", "expires_on_y", "2026", "number", "ET 123", "fee", "20.00", "office_on", "2026-03-02")
		}
		s.get("movement", base+"/documents", 200, "Can travel", "ET 123")
		q := append(ids(s.get("movement", base+"/clearance/new", 200)), "authority", "police", "person", mother, "person", child)
		s.post("movement", base+"/clearance/new", 303, q...)
		page = s.get("movement", base+"/documents", 200, "No answer yet")
		for _, m := range regexp.MustCompile(`/clearance/([0-9a-f-]{36})`).FindAllStringSubmatch(page, -1) {
			s.get("movement", base+"/clearance/"+m[1], 200)
			s.post("movement", base+"/clearance/"+m[1], 422, "reply", "")
			s.post("movement", base+"/clearance/"+m[1], 303, "reply", "go")
		}

		s.get("movement", base+"/travel", 200, "No journey is booked")
		f := ids(s.get("movement", base+"/travel/book", 200, "Enter the flights myself"))
		s.post("movement", base+"/travel/book", 422, append(f, "person", mother, "carrier1", "XY", "number1", "", "fare", "10", "cost_line", "programme")...)
		trip := append(f, "person", mother, "person", child, "carrier1", "xy", "number1", "842", "from1", "ath", "to1", "ist", "on1", "2026-03-24", "departs1", "10:05", "arrives1", "11:40",
			"carrier2", "xy", "number2", "710", "from2", "ist", "to2", "isb", "on2", "2026-03-24", "departs2", "20:00", "arrives_on2", "2026-03-25", "arrives2", "04:10", "fare", "1600.00", "cost_line", "programme", "assistance", "wheelchair", "pnr", "ABC123")
		_, said := s.post("movement", base+"/travel/book", 303, trip...)
		if said.Key != "travel.said.asked" {
			t.Fatalf("said %s", said.Key)
		}
		page = s.get("supervisor", base+"/travel", 200, "Waits for a second person", "Wheelchair", "ABC123")
		j := regexp.MustCompile(`/travel/([0-9a-f-]{36})/decide`).FindStringSubmatch(page)[1]
		s.get("supervisor", base+"/travel/"+j+"/decide", 200)
		s.post("supervisor", base+"/travel/"+j+"/decide", 422, "answer", "no")
		s.post("supervisor", base+"/travel/"+j+"/decide", 303, "answer", "")
		s.get("movement", base+"/travel/"+j+"/tickets", 200)
		s.post("movement", base+"/travel/"+j+"/tickets", 303, "pnr", "ABC123", "ticket_"+mother, "220-77")

		page = s.get("movement", "/flights?day=2026-03-20", 200, "XY 842", "2 travellers")
		list := regexp.MustCompile(`/flights/[0-9a-f-]{36}`).FindString(page)
		s.get("other", list, 404)
		s.get("counsellor", list, 200, "Amina Testpour") // sees, but cannot board
		if body := s.get("counsellor", list, 200); strings.Contains(body, `<form class="inline"`) {
			t.Fatal("a button that would be refused")
		}
		if body, _ := s.post("movement", list+"/step", 422, "journey", j, "do", "step", "to", "at_airport", "person", mother); !strings.Contains(body, "from the day before") {
			t.Fatal("boarding three weeks early is not refused in words")
		}
		s.Clock.Set(time.Date(2026, 3, 24, 6, 0, 0, 0, time.UTC))
		s.get("movement", list, 200, "All 2 are at the airport", "Wheelchair", "Cash")
		_, said = s.post("movement", list+"/step", 303, "journey", j, "do", "step", "to", "at_airport", "person", mother, "person", child)
		if said.UndoAction != list+"/step" {
			t.Fatalf("no undo: %+v", said)
		}
		undo := []string{}
		for k, v := range said.UndoFields {
			undo = append(undo, k, v)
		}
		s.post("movement", said.UndoAction, 303, undo...)
		s.get("movement", list, 200, "2 still to come")
		for _, to := range []string{"at_airport", "papers"} {
			s.post("movement", list+"/step", 303, "journey", j, "do", "step", "to", to, "person", mother, "person", child)
		}
		if body, _ := s.post("movement", list+"/step?journey="+j, 422, "do", "no_show", "person", child, "reason", ""); !strings.Contains(body, `id="f-reason-`+j) || !strings.Contains(body, "Say why") {
			t.Fatal("the missing reason is not told at its field")
		}
		s.post("movement", list+"/step", 303, "journey", j, "do", "step", "to", "boarded", "person", mother, "person", child)
		s.get("movement", list, 200, "2 boarded", "Done")
		s.get("movement", list+"/print", 200, "Passenger list", "Sara")
		s.get("other", list+"/print", 404)

		s.get("movement", base+"/travel", 200, "Confirm the change of planes in IST", "Confirm the arrival")
		s.post("movement", base+"/travel/"+j+"/transit", 303, "place", "2")
		s.get("movement", base+"/travel/"+j+"/arrival", 200)
		s.post("movement", base+"/travel/"+j+"/arrival", 422, "person", mother)
		s.post("movement", base+"/travel/"+j+"/arrival", 303, "person", mother, "person", child, "onward", "bus")
		s.get("movement", base+"/travel", 200, "confirmed by Test movement")
		if got := s.Get(c.ID).Stage; got != "POST_ARRIVAL" {
			t.Fatalf("stage %s", got)
		}
	})
}

func TestGroupSeatsAndGivingUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.post("movement", "/flights", 422, "carrier", "XY", "number", "1", "from", "ATH", "to", "TBS", "on", "2026-03-20", "departs", "25:00", "arrives", "12:00", "capacity", "ten")
		s.post("movement", "/flights", 303, "carrier", "XY", "number", "1", "from", "ATH", "to", "TBS", "on", "2026-03-20", "departs", "09:00", "arrives", "12:00", "capacity", "30")
		s.get("movement", "/flights?day=2026-03-20", 200, "30 of 30 seats free")
		s.get("other", "/flights?day=2026-03-20", 200, "No departures")
		s.post("counsellor", "/flights", 403)
		c, _ := s.Family()
		body := s.get("movement", "/cases/"+c.ID+"/travel/book", 200, "30 seats free")
		flight := regexp.MustCompile(`<option value="([0-9a-f-]{36})"`).FindStringSubmatch(body)[1]
		out, _ := s.post("movement", "/cases/"+c.ID+"/travel/book", 422, append(ids(body), "flight", flight, "person", c.PrincipalID, "fare", "100", "cost_line", "programme")...)
		if !strings.Contains(out, "Amina Testpour has no travel document") {
			t.Fatal("what is missing is not told by name")
		}
	})
}
