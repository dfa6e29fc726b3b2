package desk_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/desk"
	"github.com/nostos-avrr/nostos/internal/desk/admin"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	caseweb "github.com/nostos-avrr/nostos/internal/domain/casefile/web"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/ui"
)

var ctx = context.Background()

// house is the desk with the rooms it leads to, served for whoever a cookie names.
type house struct {
	t *testing.T
	*world.World
	desk *desk.Domain
	url  string
	cat  *i18n.Catalogue
}

func open(t *testing.T, d *db.DB, change ...func(*house)) *house {
	t.Helper()
	w := world.New(t, d)
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, World: w, cat: cat, desk: &desk.Domain{Gate: w.Gate, Cases: w.Cases, Persons: w.Persons}}
	for _, c := range change {
		c(h)
	}
	s := &web.Server{Cat: cat, SignIn: "/sign-in", Hooks: web.Hooks{
		Who: func(r *http.Request) (string, string, string, error) {
			c, err := r.Cookie("who")
			if err != nil {
				return "", "", "", nil
			}
			lang := ""
			if l, err := r.Cookie("tongue"); err == nil {
				lang = l.Value
			}
			return c.Value, "test", lang, nil
		},
		May: func(ctx context.Context, user, perm string) error {
			can, _, err := w.Gate.May(ctx, user, perm)
			if err == nil && !can[perm] {
				err = fault.New(fault.Denied, "fault.denied", "permission", perm)
			}
			return err
		},
		Shell: h.desk.Shell,
	}}
	h.desk.Routes(s)
	w.Persons.Routes(s)
	(&admin.Domain{Gate: w.Gate}).Routes(s)
	(&caseweb.Web{Cases: w.Cases, Frame: h.desk.Frame}).Routes(s)
	s.Raw("GET "+ui.Prefix, ui.Assets())
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	h.url = srv.URL
	return h
}

type answer struct {
	status int
	body   string
	to     string // where it leads
}

// get fetches a page as somebody, without following a redirect.
func (h *house) get(login, path string, cookies ...string) answer {
	h.t.Helper()
	return h.send(login, "GET", path, nil, cookies...)
}

func (h *house) send(login, method, path string, form url.Values, cookies ...string) answer {
	h.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, h.url+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.AddCookie(&http.Cookie{Name: "who", Value: h.Staff[login]})
	for i := 0; i+1 < len(cookies); i += 2 {
		req.AddCookie(&http.Cookie{Name: cookies[i], Value: cookies[i+1]})
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	a := answer{res.StatusCode, string(b), res.Header.Get("Location")}
	if strings.Contains(a.body, "⟦") {
		h.t.Errorf("%s %s as %s: a text is missing: %s", method, path, login, regexp.MustCompile("⟦[^⟧]*⟧").FindString(a.body))
	}
	return a
}

// must fetches a page that has to come.
func (h *house) must(login, path string, cookies ...string) string {
	h.t.Helper()
	a := h.get(login, path, cookies...)
	if a.status != http.StatusOK {
		h.t.Fatalf("%s as %s: %d\n%s", path, login, a.status, a.body)
	}
	return a.body
}

// caseload opens n cases with different stages, owners, dates and flags.
func (h *house) caseload(n int) []casefile.Case {
	h.t.Helper()
	var out []casefile.Case
	stages := h.Packs.All()[0].Stages
	for i := range n {
		p := h.Person(fmt.Sprintf("Given%c", 'a'+i%26), fmt.Sprintf("Family%c", 'a'+i/26), "female", "1990-01-01", []string{"PK", "GE", "IQ"}[i%3])
		c := h.Case(p)
		err := h.Gate.Write(ctx, h.Staff["manager"], casefile.PermTask, func(ctx context.Context, g *gate.W) error {
			c.Stage = stages[1+i%(len(stages)-1)].Code
			if i%4 == 1 {
				c.OwnerID = h.Staff["counsellor2"]
			}
			if i%5 == 0 {
				c.DepartsOn = g.Today.AddDays(i % 12)
			}
			c.SetFlag("attention", i%6 == 0)
			t := casefile.Task{Code: "counsel", OwnerID: c.OwnerID, DueOn: g.Today.AddDays(i%9 - 4)}
			if i%3 == 0 {
				t.WaitingOn, t.WaitingUntil = "consulate", g.Today.AddDays(3+i%5)
			}
			for _, old := range stages { // the tasks of the first stage are done
				if old.Task != "" {
					if err := casefile.FinishTask(ctx, g, &c, old.Task); err != nil {
						return err
					}
				}
			}
			if err := casefile.AddTask(ctx, g, &c, t); err != nil {
				return err
			}
			if err := casefile.Save(ctx, g, &c); err != nil {
				return err
			}
			return casefile.Record(ctx, g, c, entryOf("case.edited"))
		})
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

var numbers = regexp.MustCompile(`GR-2026-\d{6}`)

// shown lists the case numbers in a page's table, in order.
func shown(body string) (out []string) {
	_, body, _ = strings.Cut(body, "<tbody")
	body, _, _ = strings.Cut(body, "</tbody>")
	seen := map[string]bool{}
	for _, no := range numbers.FindAllString(body, -1) {
		if !seen[no] {
			seen[no] = true
			out = append(out, no)
		}
	}
	return out
}

var hrefs = regexp.MustCompile(`href="(/[^"]*)"`)

func links(body string) (out []string) {
	for _, m := range hrefs.FindAllStringSubmatch(body, -1) {
		out = append(out, strings.ReplaceAll(m[1], "&amp;", "&"))
	}
	return out
}

func date(s string) day.Date { return day.MustParse(s) }

func (h *house) can(login, perm string) bool {
	h.t.Helper()
	can, _, err := h.Gate.May(ctx, h.Staff[login], perm)
	if err != nil {
		h.t.Fatal(err)
	}
	return can[perm]
}
