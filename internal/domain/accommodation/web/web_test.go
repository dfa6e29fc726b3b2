package accommodationweb_test

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

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/accommodation"
	accommodationweb "github.com/nostos-avrr/nostos/internal/domain/accommodation/web"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
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
	dom := &accommodation.Domain{Gate: w.Gate}
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
	(&accommodationweb.Web{Rooms: dom, Frame: framed}).Routes(s)
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

var uuid = `([0-9a-f]{8}-[0-9a-f-]{27})`

func find(body, pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return m[1]
}

func TestFromHouseToDeparture(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.get("centre", "/stays", 200, "No house yet")
		f := ids(s.get("centre", "/stays/new", 200))
		s.post("centre", "/stays/new", 422, append(f, "name", "", "kind", "open_centre", "official", "many", "maximum", "4")...)
		s.post("centre", "/stays/new", 303, append(f, "name", "House <i>", "kind", "open_centre", "official", "4", "maximum", "6", "provisional", "yes", "rev", "0")...)
		s.post("counsellor", "/stays/new", 403)
		board := s.get("centre", "/stays", 200, "House &lt;i&gt;", "Working figure of this office", "4 approved, 6 at most")
		site := find(board, "/stays/sites/"+uuid)
		house := "/stays/sites/" + site
		s.get("other", house, 404)
		if strings.Contains(s.get("other", "/stays", 200), site) {
			t.Fatal("another office sees our house")
		}
		s.post("centre", house+"/units/new", 422, append(ids(s.get("centre", house+"/units/new", 200)), "name", "A1", "rule", "", "beds", "0")...)
		s.post("centre", house+"/units/new", 303, append(ids(s.get("centre", house+"/units/new", 200)), "name", "A1", "rule", "family", "beds", "2", "accessible", "yes")...)
		s.post("centre", house+"/units/new", 303, append(ids(s.get("centre", house+"/units/new", 200)), "name", "M", "rule", "men", "beds", "2")...)
		page := s.get("centre", house, 200, "Without steps", "Free")
		unit := find(page, "/units/"+uuid)
		s.get("centre", house+"/units/"+unit, 200)
		s.post("centre", house+"/units/"+unit, 303, "rev", "1", "rule", "family", "beds", "1", "accessible", "yes")
		if body, _ := s.post("centre", house+"/units/"+unit, 422, "rev", "1", "rule", "any", "beds", "0"); !strings.Contains(body, "Somebody else changed this") || !strings.Contains(body, `name="rev" value="2"`) {
			t.Fatal("the second editor is not shown how it stands now")
		}
		s.get("centre", house+"/edit", 200)
		out := s.get("centre", house+"/out", 200)
		bed := find(out, `<option value="`+uuid)
		s.post("centre", house+"/out", 422, "bed", bed)
		s.post("centre", house+"/out", 303, "bed", bed, "out_reason", "repair", "out_until", "2026-03-20")
		s.get("centre", house, 200, "Repair", "Put back in service")
		s.post("centre", house+"/beds/"+bed+"/back", 303)

		mother := s.Person("Amina", "Testpour", "female", "1991-05-04", "PK")
		child := s.Person("Sara", "Testpour", "female", "2015-09-30", "PK")
		c := s.Case(mother, casefile.OpeningMember{PersonID: child, Relation: "child"})
		base := "/cases/" + c.ID + "/stay"
		s.get("other", base, 404)
		s.get("counsellor", base, 200, "No place was booked")
		f = ids(s.get("counsellor", base+"/book", 200, "free tonight"))
		s.post("counsellor", base+"/book", 422, append(f, "person", mother, "priority", "1")...)
		s.post("counsellor", base+"/book", 303, append(f, "site", site, "person", mother, "person", child, "step_free", mother, "from", "2026-03-02", "until_d", "20", "until_m", "3", "until_y", "2026", "priority", "1")...)
		page = s.get("centre", base, 200, "Place booked", "Let them in")
		in := find(page, "("+regexp.QuoteMeta(base)+"/"+uuid[1:len(uuid)-1]+"/in)")
		form := s.get("centre", in, 200, "Rooms with space for all of them tonight", "A1 (3)")
		beds := regexp.MustCompile(`name="(bed_`+uuid[1:len(uuid)-1]+`)"`).FindAllStringSubmatch(form, -1)
		free := regexp.MustCompile(`<option value="`+uuid).FindAllStringSubmatch(form, -1)
		if len(beds) != 2 || len(free) < 2 {
			t.Fatalf("beds to choose: %v, free %v", beds, free)
		}
		same := []string{beds[0][1], free[0][1], beds[1][1], free[0][1], "rules", "yes", "rules_lang", "ur"}
		if body, _ := s.post("centre", in, 422, same...); !strings.Contains(body, "a moment ago") {
			t.Fatal("one bed for two is not refused in words")
		}
		s.post("centre", in, 422, beds[0][1], free[0][1])
		s.post("centre", in, 303, beds[0][1], free[0][1], beds[1][1], free[1][1], "rules", "yes", "rules_lang", "ur", "items", "towels", "items", "key")
		page = s.get("centre", base, 200, "In the house", "Handed out: Towels")
		s.get("centre", house, 200, "Amina Testpour")
		stay := find(page, "/away/"+uuid)
		booking := find(page, regexp.QuoteMeta(base)+"/"+uuid+"/away")
		s.get("centre", base+"/"+booking+"/away/"+stay, 200)
		s.post("centre", base+"/"+booking+"/away/"+stay, 422, "back_by", "2026-02-01")
		s.post("centre", base+"/"+booking+"/away/"+stay, 303, "back_by", "2026-03-04")
		s.get("centre", "/stays/tonight", 200, "Amina Testpour", "2 people with a bed", "1 away", "Needs help on the stairs")
		s.get("centre", "/stays/tonight/print", 200, "Sara Testpour", "Checked by")
		s.get("counsellor", "/stays/tonight/print", 403)
		s.post("centre", base+"/"+booking+"/back/"+stay, 303)
		move := base + "/" + booking + "/move/" + stay
		s.get("centre", move, 200)
		s.post("centre", move, 422, "bed", find(s.get("centre", move, 200), `<option value="`+uuid+`"[^>]*>M`))
		s.get("centre", base+"/"+booking+"/extend", 200)
		s.post("centre", base+"/"+booking+"/extend", 303, "until", "2026-03-25")
		s.post("other", base+"/"+booking+"/extend", 404, "until", "2026-03-26")
		s.post("centre", base+"/"+booking+"/out/"+stay, 303)
		s.get("centre", base, 200, "Earlier stays")

		f = ids(s.get("centre", house+"/incidents/new", 200))
		s.post("centre", house+"/incidents/new", 422, append(f, "kind", "conflict", "class", "normal")...)
		s.post("centre", house+"/incidents/new", 303, append(f, "kind", "conflict", "class", "normal", "text", "Two men argued <script>")...)
		incident := find(s.get("centre", house, 200, "Conflict"), "/incidents/"+uuid)
		s.get("centre", house+"/incidents/"+incident, 200, "argued &lt;script&gt;")

		two := s.Case(s.Person("Omar", "Testi", "male", "1990-01-01", "PK"))
		f = ids(s.get("counsellor", "/cases/"+two.ID+"/stay/book", 200))
		s.post("counsellor", "/cases/"+two.ID+"/stay/book", 303, append(f, "site", site, "person", two.PrincipalID, "from", "2026-03-02", "until", "2026-03-10", "priority", "3")...)
		up := find(s.get("counsellor", "/cases/"+two.ID+"/stay", 200), "(/cases/"+two.ID+"/stay/"+uuid[1:len(uuid)-1]+"/give-up)")
		s.get("counsellor", up, 200, "They did not come")
		s.post("counsellor", up, 422)
		s.post("counsellor", up, 303, "reason", "stays with a cousin", "no_show", "yes")
	})
}
