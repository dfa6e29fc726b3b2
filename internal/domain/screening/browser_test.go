package screening_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/screening"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/ui"
)

func TestBrowser_pagesFitAndAxeFindsNothing(t *testing.T) {
	dir := os.Getenv("TEST_NOSTOS_SHOTS") // pictures are kept only when somebody wants to look at them
	o := setup(t, dbtest.SQLite(t))
	child := o.Person("Karim", "Testpour", "male", "2011-03-04", "PK")
	o.c = o.Case(child)
	s := o.quiet(child)
	s.Outcome, s.Categories = screening.Urgent, []string{"uasc", "homeless", "at_risk"}
	o.must(o.room.Screen(ctx, o.me, s))
	o.must(o.room.Assess(ctx, o.Staff["protection"], screening.Diligence{ID: o.Gate.IDs.New(), CaseID: o.c.ID, PersonID: child, Class: org.Child, Papers: screening.Papers{Risk: "r", Services: "s", Safety: "p"}}))
	cat, err := i18n.Load(locales.Files)
	o.must(err)
	srv := &web.Server{Cat: cat, Hooks: web.Hooks{
		Who:   func(*http.Request) (string, string, string, error) { return o.me, "s", "en", nil },
		May:   func(context.Context, string, string) error { return nil },
		Shell: func(r *web.Request) ui.Shell { return ui.Shell{User: "x"} },
	}}
	o.room.Frame = func(_ context.Context, _ *web.Request, c casefile.Case, _ string, body templ.Component) (templ.Component, error) {
		return templ.Join(templ.Raw("<h1>"+c.No+"</h1>"), body), nil // as the desk does
	}
	o.room.Routes(srv)
	mux := http.NewServeMux()
	mux.Handle("GET "+ui.Prefix, ui.Assets())
	mux.Handle("/", srv.Handler())
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	b := browser.New(t)
	for _, width := range []int{1280, 320} {
		p := b.Page(t, browser.Options{Width: width, Height: 5000, Dark: width == 320, Lang: "en"})
		for _, x := range [][2]string{{"protection", "screening"}, {"counsellor", "screening/" + child}, {"protection", "safeguards"}, {"protection", "safeguards/" + child + "/tracing_done"}, {"counsellor", "fitness"}, {"medical", "fitness/" + child}} {
			o.me = o.Staff[x[0]]
			p.Goto(site.URL + "/cases/" + o.c.ID + "/" + x[1])
			p.NoSidewaysScroll()
			p.Axe()
			if dir != "" && width == 1280 {
				p.Screenshot("screening-" + x[1][:7] + x[0] + ".png")
			}
		}
	}
}
