package letter_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/ui"
)

// TestOnTheScreen looks at the pages with a browser, narrow and wide, light and dark: axe finds nothing, and nothing runs out
// of the screen.
func TestOnTheScreen(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, _ := h.returnee("Zahra", "Testpour", "زهراء", "ar")
	inner, mux := h.site(), http.NewServeMux()
	mux.Handle("/static/", ui.Assets())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-User", h.Staff["manager"])
		inner.ServeHTTP(w, r)
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	b := browser.New(t)
	for _, dark := range []bool{false, true} {
		for _, width := range []int{320, 1200} {
			p := b.Page(t, browser.Options{Width: width, Dark: dark})
			for _, path := range []string{"/print", "/print/pack?lang=en&with=ar", "/print/declaration?lang=ar&with=en", "/print/consent?lang=fa&with=el", "/print/receipt?lang=fr&with=&payment=" + payment,
				"/print/summary?lang=en&with=fa", "/print/house_rules?lang=el&with=ar"} {
				p.Goto(srv.URL + "/cases/" + c.ID + path)
				p.Axe()
				p.NoSidewaysScroll()
			}
		}
	}
}
