package accommodationweb_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

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

// The reception opens a house and looks at it, on a small phone without a script and on a desk.
func TestReceptionInABrowser(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	home := s.as("centre")
	p := browser.New(t).Page(t, browser.Options{Width: 320, Height: 700, NoJS: true})
	p.Goto(home + "/stays/new")
	p.Fill("Name", "Open centre")
	p.Fill("Approved places", "4")
	p.Fill("Places at most", "6")
	p.Click("Save")
	p.Must("No rooms yet")
	p.Click("Add a room")
	p.Fill("Name of the room", "A1")
	p.Fill("Beds", "3")
	p.Click("Save")
	p.Must("Bed 3")
	p.NoSidewaysScroll()
	house := p.Path()
	c, _ := s.Family()
	q := browser.New(t).Page(t, browser.Options{})
	for name, path := range map[string]string{"board": "/stays", "house": house, "tonight": "/stays/tonight", "stay": "/cases/" + c.ID + "/stay", "book": "/cases/" + c.ID + "/stay/book", "incident": house + "/incidents/new"} {
		q.Goto(home + path)
		q.NoSidewaysScroll()
		q.Axe()
		p.Goto(home + path)
		p.NoSidewaysScroll()
		if dir := os.Getenv("NOSTOS_SHOTS"); dir != "" {
			q.Screenshot(dir + "/stay-" + name + ".png")
			p.Screenshot(dir + "/stay-" + name + "-phone.png")
		}
	}
}
