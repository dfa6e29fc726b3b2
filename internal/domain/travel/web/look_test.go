package travelweb_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/ui"
)

// as serves the site as one member of staff sees it, so that a browser needs no sign-in.
func (s *site) as(who string) string {
	mux := http.NewServeMux()
	mux.Handle(ui.Prefix, ui.Assets())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		r.AddCookie(&http.Cookie{Name: "who", Value: who})
		s.h.ServeHTTP(w, r)
	})
	srv := httptest.NewServer(mux)
	s.t.Cleanup(srv.Close)
	return srv.URL
}

// At the airport with a phone: the whole family by one button, a step taken back, nobody has to scroll sideways, and all
// of it without a script.
func TestAirportOnAPhone(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	mother := s.Person("Amina", "Testpour", "female", "1991-05-04", "PK")
	child := s.Person("Sara", "Testpour", "female", "2015-09-30", "PK")
	c := s.Case(mother, casefile.OpeningMember{PersonID: child, Relation: "child"})
	base := "/cases/" + c.ID
	for _, p := range []string{mother, child} {
		f := ids(s.get("movement", base+"/documents/new", 200))
		s.post("movement", base+"/documents/new", 303, append(f, "person", p, "type", "etd", "country", "PK")...)
	}
	for _, m := range regexp.MustCompile(`/documents/([0-9a-f-]{36})`).FindAllStringSubmatch(s.get("movement", base+"/documents", 200), -1) {
		s.post("movement", base+"/documents/"+m[1], 303, "rev", "1", "state", "issued", "issued_on", "2026-03-01", "expires_on", "2026-06-01", "number", "ET 123", "office_on", "2026-03-02")
	}
	s.post("movement", base+"/clearance/new", 303, append(ids(s.get("movement", base+"/clearance/new", 200)), "authority", "police", "person", mother, "person", child)...)
	for _, m := range regexp.MustCompile(`/clearance/([0-9a-f-]{36})`).FindAllStringSubmatch(s.get("movement", base+"/documents", 200), -1) {
		s.post("movement", base+"/clearance/"+m[1], 303, "reply", "go")
	}
	s.post("movement", base+"/travel/book", 303, append(ids(s.get("movement", base+"/travel/book", 200)), "person", mother, "person", child, "carrier1", "XY", "number1", "842", "from1", "ATH", "to1", "ISB", "on1", "2026-03-24",
		"departs1", "10:05", "arrives1", "18:40", "fare", "600", "cost_line", "programme", "assistance", "wheelchair")...)
	s.Clock.Set(time.Date(2026, 3, 24, 6, 0, 0, 0, time.UTC))
	home := s.as("movement")
	list, _ := url.Parse(home)
	list.Path = regexp.MustCompile(`/flights/[0-9a-f-]{36}`).FindString(s.get("movement", "/flights?day=2026-03-20", 200))

	p := browser.New(t).Page(t, browser.Options{Width: 320, Height: 700, NoJS: true})
	p.Goto(list.String())
	p.NoSidewaysScroll()
	p.Click("All 2 are at the airport")
	p.Must("Hand out papers to all 2")
	p.Click("Undo")
	p.Must("2 still to come")
	p.Click("All 2 are at the airport")
	p.Click("Hand out papers to all 2")
	shoot(p, "manifest-phone")
	p.Click("All 2 have boarded")
	p.Must("2 boarded")

	q := browser.New(t).Page(t, browser.Options{})
	for _, path := range []string{list.Path, "/flights?day=2026-03-20", base + "/documents", base + "/travel", list.Path + "/print", base + "/documents/new"} {
		q.Goto(home + path)
		q.NoSidewaysScroll()
		q.Axe()
		shoot(q, "travel-"+strings.NewReplacer("/", "_", "?", "_").Replace(regexp.MustCompile(`[0-9a-f-]{36}`).ReplaceAllString(path, "x")))
	}
}

// shoot keeps a picture where the developer asked for pictures.
func shoot(p *browser.Page, name string) {
	if dir := os.Getenv("NOSTOS_SHOTS"); dir != "" {
		p.Screenshot(dir + "/" + name + ".png")
	}
}
