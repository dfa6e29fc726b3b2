package caseweb_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	caseweb "github.com/nostos-avrr/nostos/internal/domain/casefile/web"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/blob"
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
	s   *web.Server
}

func open(t *testing.T, d *db.DB) *site {
	t.Helper()
	w := world.New(t, d)
	w.Packs.All()[0].Forms = []*programme.Form{{Code: "registration_extras", Per: "person", Fields: []programme.FormField{
		{ID: "means", Type: programme.TypeChoice, LabelKey: "common.status", Required: true, Options: []programme.FormOption{{Value: "none", LabelKey: "common.none"}, {Value: "some", LabelKey: "common.other"}}},
		{ID: "entry", Type: programme.TypeDate, LabelKey: "common.date", NotKnown: true, Section: "common.details"},
		{ID: "why", Type: programme.TypeText, LabelKey: "common.reason", Max: 50, Show: &programme.Show{Field: "means", Is: "some"}},
	}}}
	w.Packs.All()[0].Components = []programme.Component{{Code: "return", Clauses: []programme.Clause{world.Clause("willing", "voluntary")}}}
	store, err := blob.New(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Cases.Files = store
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
	(&caseweb.Web{Cases: w.Cases}).Routes(s)
	dec := &decision.Domain{Cases: w.Cases, Printer: cat.Printer, Counselled: func(context.Context, *gate.R, string) (bool, error) { return true, nil }}
	dec.Routes(s)
	return &site{World: w, t: t, cat: cat, h: s.Handler(), s: s}
}

func (s *site) do(who, method, path string, body io.Reader, kind string) (*http.Response, string) {
	s.t.Helper()
	r := httptest.NewRequest(method, path, body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.AddCookie(&http.Cookie{Name: "who", Value: who})
	rec := httptest.NewRecorder()
	s.h.ServeHTTP(rec, r)
	if n := s.cat.Missing(); n > 0 {
		s.t.Fatalf("%s %s: texts are missing: %v", method, path, s.cat.MissingKeys())
	}
	res := rec.Result()
	return res, rec.Body.String()
}

func (s *site) get(who, path string, want int) string {
	s.t.Helper()
	res, body := s.do(who, "GET", path, nil, "")
	if res.StatusCode != want {
		s.t.Fatalf("%s GET %s: %d, want %d\n%s", who, path, res.StatusCode, want, text(body))
	}
	return body
}

func (s *site) post(who, path string, want int, pairs ...string) (string, *http.Response) {
	s.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	res, body := s.do(who, "POST", path, strings.NewReader(v.Encode()), "application/x-www-form-urlencoded")
	if res.StatusCode != want {
		s.t.Fatalf("%s POST %s: %d, want %d\n%s", who, path, res.StatusCode, want, text(body))
	}
	return body, res
}

// text is the words of a page around its errors, short enough for a test's output.
func text(body string) string {
	if i := strings.Index(body, "<main"); i >= 0 {
		body = body[i:]
	}
	return body[:min(len(body), 1500)]
}

func has(t *testing.T, body string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(body, w) {
			t.Fatalf("the page does not say %q\n%s", w, text(body))
		}
	}
}

var ids = regexp.MustCompile(` id="([^"]+)"`)

func TestEveryPageOpens(t *testing.T) {
	d := dbtest.SQLite(t)
	s := open(t, d)
	c, people := s.Family()
	base := "/cases/" + c.ID
	for _, p := range []string{"/edit", "/household", "/household?find=Amina", "/tasks", "/move", "/withdraw", "/close", "/assign", "/hand-over", "/history", "/history?kind=access", "/forms", "/files", "/eligibility", "/declaration", "/forms/registration_extras?person=" + people[0]} {
		who := "caseworker"
		body := s.get(who, base+p, 200)
		has(t, body, c.No)
		if strings.Contains(body, "style=") || strings.Contains(body, "<script>") {
			t.Errorf("%s carries inline style or script", p)
		}
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(body, -1) {
			if seen[m[1]] {
				t.Errorf("%s has two elements with the id %s", p, m[1])
			}
			seen[m[1]] = true
		}
		s.get("other", base+p, map[bool]int{true: 404, false: 403}[p != "/close"])
	}
	s.get("caseworker", "/cases/new?person="+people[0], 200)
	s.get("caseworker", "/views?query=desk%3Daction", 200)
	s.get("caseworker", "/drafts", 200)
	s.get("caseworker", "/cover", 200)
	s.get("caseworker", base+"/history?kind=nonsense", 422)
	s.get("caseworker", "/cases/export?desk=action", 200)
	s.get("caseworker", "/cases/export?desk=nonsense", 422)
}

func TestJourneyOnPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		mother, child := s.Person("Amina", "Testpour", "female", "1991-05-04", "PK"), s.Person("Sara", "Testpour", "female", "2015-09-30", "PK")
		id := s.Gate.IDs.New()
		body, _ := s.post("counsellor", "/cases/new", 422, "id", id, "person", mother, "programme", "test", "member", child, "return_country", "PK")
		has(t, body, "Choose how this person belongs")
		_, res := s.post("counsellor", "/cases/new", 303, "id", id, "person", mother, "programme", "test", "member", child, "relation_"+child, "child", "return_country", "PK")
		base := res.Header.Get("Location")
		if base != "/cases/"+id {
			t.Fatal(base)
		}
		s.post("counsellor", "/cases/new", 303, "id", id, "person", mother, "programme", "test", "member", child, "relation_"+child, "child", "return_country", "PK")
		if s.Count(`SELECT COUNT(*) FROM casefile`) != 1 {
			t.Fatal("a double click opened two cases")
		}

		body, _ = s.post("counsellor", base+"/tasks", 422, "id", s.Gate.IDs.New(), "title", "", "due_d", "31", "due_m", "2", "due_y", "2026")
		has(t, body, "Enter a date that exists", `value="31"`)
		task := s.Gate.IDs.New()
		_, res = s.post("counsellor", base+"/tasks", 303, "id", task, "title", "Call <script>alert(1)</script> the school")
		has(t, s.get("counsellor", base+"/tasks", 200), "&lt;script&gt;")
		_, res = s.post("counsellor", base+"/tasks/"+task+"/finish", 303)
		if !strings.Contains(res.Header.Get("Set-Cookie"), "flash=") {
			t.Error("no undo was offered")
		}
		s.post("counsellor", base+"/tasks/"+task+"/reopen", 303)
		s.post("counsellor", base+"/tasks/"+task+"/wait", 422, "waiting_on", "service")
		s.post("counsellor", base+"/tasks/"+task+"/wait", 303, "waiting_on", "service", "waiting_until_d", "٢٠", "waiting_until_m", "3", "waiting_until_y", "2026")

		body, _ = s.post("counsellor", base+"/notes", 422, "text", "", "kind", "note")
		has(t, body, "Write something first")
		note := s.Gate.IDs.New()
		s.post("counsellor", base+"/notes", 303, "id", note, "text", "She wrote to her uncle", "kind", "call")
		s.post("counsellor", base+"/notes/"+note+"/strike", 422, "text", "x")
		s.post("counsellor", base+"/notes/"+note+"/strike", 303, "reason", "it was her aunt", "text", "She wrote to her aunt")
		has(t, s.get("counsellor", base+"/history?kind=note", 200), "<del>She wrote to her uncle</del>", "it was her aunt", "Test counsellor")

		rev := fmt.Sprint(s.Get(id).Revision)
		s.post("counsellor2", base+"/edit", 303, "rev", rev, "kind", "avrr", "nationality", "PK", "return_country", "GE")
		body, _ = s.post("counsellor", base+"/edit", 422, "rev", rev, "kind", "avrr", "nationality", "PK", "return_country", "IQ")
		has(t, body, "Somebody else changed this case", "Test counsellor2", "Georgia", "Iraq", "Pakistan")

		form := base + "/forms/registration_extras?person=" + child
		body = s.get("counsellor", form, 200)
		has(t, body, "Page 1 of 2")
		post := base + "/forms/registration_extras"
		s.post("counsellor", post, 303, "person", child, "page", "0", "asked", "means", "q_means", "some", "later", "1")
		has(t, s.get("counsellor", "/drafts", 200), "1 answer so far")
		body, _ = s.post("counsellor", post, 303, "person", child, "page", "0", "asked", "means", "q_means", "some")
		body = s.get("counsellor", form+"&page=1", 200)
		has(t, body, "Not known", "Send the form", `name="q_why"`)
		body, _ = s.post("counsellor", post, 422, "id", s.Gate.IDs.New(), "person", child, "page", "1", "asked", "entry why", "q_entry_d", "40", "q_entry_m", "1", "q_entry_y", "2020", "q_why", "kept words")
		has(t, body, "kept words", "Enter a date that exists")
		s.post("counsellor", post, 303, "id", s.Gate.IDs.New(), "person", child, "page", "1", "asked", "entry why", "s_entry", "not_known", "q_why", "kept words")
		has(t, s.get("counsellor", base+"/forms", 200), "by Test counsellor")

		body, _ = s.post("counsellor", base+"/eligibility", 422, "component", "return", "decision", "eligible")
		has(t, body, "Say why you decide otherwise")
		s.post("counsellor", base+"/eligibility", 303, "component", "return", "decision", "eligible", "reason", "said so")
		has(t, s.get("second", base+"/eligibility", 200), "Agree", "Waits for a second person")
		body, _ = s.post("counsellor", base+"/declaration", 422, "person", mother, "language", "en")
		has(t, body, "Choose how it was given")

		body, _ = s.post("counsellor", base+"/move", 422, "to", "VRD")
		has(t, body, "cannot be skipped")
		s.post("counsellor", base+"/move", 303, "to", "CONSENT")
		body, _ = s.post("counsellor", base+"/move", 422, "to", "REGISTRATION")
		has(t, body, "Say why the case goes back")
		s.post("counsellor", base+"/assign", 303, "owner", s.Staff["counsellor2"])
		s.post("counsellor", "/cases/reassign", 303, "undo", `{"`+id+`":"`+s.Staff["counsellor"]+`"}`)
		s.post("counsellor", base+"/hand-over", 303, "id", s.Gate.IDs.New(), "to", s.Offices["islamabad"], "message", "please meet them")
		has(t, s.get("reintegration", base+"/hand-over", 200), "please meet them", "Accept the case")
		s.get("counsellor", base+"/withdraw", 200)
		body, _ = s.post("counsellor", base+"/withdraw", 200)
		has(t, body, "The case is withdrawn", "Nothing was reserved")
		s.post("counsellor", base+"/reopen", 422)
		s.post("counsellor", base+"/reopen", 303, "reason", "changed her mind")
		has(t, s.get("counsellor", base+"/history", 200), "The person changed their mind", "changed her mind", "handed over to Islamabad")
		s.post("counsellor", "/views", 422, "query", "desk=action", "name", "")
		s.post("counsellor", "/views", 303, "query", "desk=action", "name", "Mine")
		has(t, s.get("counsellor", "/views", 200), "Mine", "/cases?desk=action")
	})
}

func TestUpload(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	c, people := s.Family()
	path := "/cases/" + c.ID + "/files"
	var pic bytes.Buffer
	if err := png.Encode(&pic, image.NewRGBA(image.Rect(0, 0, 20, 20))); err != nil {
		t.Fatal(err)
	}
	send := func(who string, fields map[string]string, name string, file io.Reader) (*http.Response, string) {
		pr, pw := io.Pipe()
		m := multipart.NewWriter(pw)
		go func() {
			for _, k := range []string{"id", "title", "kind", "person", "class"} {
				if v, ok := fields[k]; ok {
					m.WriteField(k, v)
				}
			}
			if p, err := m.CreateFormFile("file", name); err == nil {
				io.Copy(p, file)
			}
			m.Close()
			pw.Close()
		}()
		res, body := s.do(who, "POST", path, pr, m.FormDataContentType())
		pr.Close()
		return res, body
	}
	id := s.Gate.IDs.New()
	good := map[string]string{"id": id, "title": "Passport", "kind": "identity", "person": people[0], "class": "normal"}
	if res, body := send("counsellor", good, "pass port.png", bytes.NewReader(pic.Bytes())); res.StatusCode != 303 {
		t.Fatal(res.StatusCode, text(body))
	}
	has(t, s.get("counsellor", path, 200), "Passport", "Not checked for malware", "/preview")
	res, _ := s.do("counsellor", "GET", path+"/"+id, nil, "")
	if res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") || res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	s.get("other", path+"/"+id, 404)
	s.get("other", path+"/"+id+"/preview", 404)
	res, _ = s.do("counsellor", "GET", path+"/"+id+"/preview", nil, "")
	if res.Header.Get("Content-Type") != "image/jpeg" {
		t.Fatal(res.Header)
	}
	// Five gigabytes are cut at the limit: with a clear message, and without filling the memory.
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	huge := &counting{r: io.LimitReader(letters{}, 5<<30)}
	good["id"] = s.Gate.IDs.New()
	res, body := send("counsellor", good, "huge.txt", huge)
	runtime.ReadMemStats(&after)
	if res.StatusCode != 422 {
		t.Fatal(res.StatusCode)
	}
	has(t, body, fmt.Sprintf("larger than %d MB", casefile.MaxFile>>20), "Passport")
	if huge.n > casefile.MaxFile+(8<<20) {
		t.Errorf("%d bytes were read of a file that is too large", huge.n)
	}
	if grown := int64(after.Sys) - int64(before.Sys); grown > 64<<20 {
		t.Errorf("memory grew by %d MB", grown>>20)
	}
	if res, body := send("counsellor", map[string]string{"title": strings.Repeat("x", 9000)}, "a.png", bytes.NewReader(pic.Bytes())); res.StatusCode != 413 {
		t.Fatal(res.StatusCode, text(body))
	}
	if res, _ := send("other", good, "a.png", bytes.NewReader(pic.Bytes())); res.StatusCode != 404 {
		t.Fatal(res.StatusCode)
	}
	if n := s.Count(`SELECT COUNT(*) FROM attachment`); n != 1 {
		t.Fatalf("%d attachments", n)
	}
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// Moving on is one press: the usual stage is chosen, a stage that few need can be, and going back is no second main button.
func TestMovePage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		c, _ := s.Family()
		s.At(c.ID, "CLEARANCE")
		body := s.get("counsellor", "/cases/"+c.ID+"/move", 200)
		chosen := regexp.MustCompile(`<input[^>]*name="to"[^>]*>`).FindAllString(body, -1)
		if len(chosen) != 2 || !strings.Contains(chosen[0], `value="ACCOMMODATION"`) || strings.Contains(chosen[0], "checked") || !strings.Contains(chosen[1], `value="FIT_TO_TRAVEL"`) || !strings.Contains(chosen[1], "checked") {
			t.Errorf("the choice: %q", chosen)
		}
		has(t, body, "Only where it is needed")
		buttons := regexp.MustCompile(`<button class="([^"]*)" type="submit">(?:<span>)?([^<]*)`).FindAllStringSubmatch(body, -1)
		kinds := map[string]string{}
		for _, b := range buttons {
			kinds[strings.TrimSpace(b[2])] = b[1]
		}
		if !strings.Contains(kinds["Move on"], "go") || kinds["Go back"] == "" || strings.Contains(kinds["Go back"], "go") {
			t.Errorf("the buttons: %q", kinds)
		}
	})
}
