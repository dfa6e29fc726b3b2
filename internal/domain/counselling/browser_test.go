package counselling_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/ui"
)

func TestBrowser_theTalkFitsAndAxeFindsNothing(t *testing.T) {
	dir := os.Getenv("TEST_NOSTOS_SHOTS") // pictures are kept only when somebody wants to look at them
	o := setup(t, dbtest.SQLite(t))
	mux := http.NewServeMux()
	mux.Handle("GET "+ui.Prefix, ui.Assets())
	mux.Handle("/", o.site(t).h)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	s := o.talk()
	s.Words.Afraid, s.ReferredTo = "yes", "legal_aid"
	o.must(o.room.Hold(ctx, o.me, s, ""))
	o.me = o.Staff["protection"]
	o.room.Frame = func(_ context.Context, _ *web.Request, c casefile.Case, _ string, body templ.Component) (templ.Component, error) {
		return templ.Join(templ.Raw("<h1>"+c.No+"</h1>"), body), nil // as the desk does
	}
	b := browser.New(t)
	for _, width := range []int{1280, 320} {
		for _, dark := range []bool{false, true} {
			if dark && width == 320 {
				continue
			}
			p := b.Page(t, browser.Options{Width: width, Height: 5000, Dark: dark, Lang: "en"})
			for name, path := range map[string]string{"talk": "/new?lang=ar", "tab": "", "book": "/appointments/new"} {
				p.Goto(srv.URL + "/cases/" + o.c.ID + "/counselling" + path)
				p.NoSidewaysScroll()
				p.Axe()
				if dir != "" && !dark {
					p.Screenshot("counselling-" + name + map[int]string{1280: "-desk", 320: "-phone"}[width] + ".png")
				}
			}
		}
	}
}
