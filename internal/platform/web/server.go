package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/log"
	"github.com/nostos-avrr/nostos/ui"
)

// Access says who may use a route: Public, SignedIn, or the name of a permission.
type Access string

// Access levels that are not permissions.
const (
	Public   Access = "*public"
	SignedIn Access = "*signed-in"
)

// Handler answers a request or returns an error; faults become pages for people, everything else an error number.
type Handler func(w http.ResponseWriter, r *Request) error

// Route is one line of the route table that the authorisation test reads.
type Route struct {
	Pattern string // "GET /cases/{id}"
	Access  Access
	Upload  bool // the handler reads the body itself, as a stream
}

// Hooks are what the platform must be told by the floors above.
type Hooks struct {
	Who   func(r *http.Request) (userID, sessionID, lang string, err error) // from the session cookie; "" when signed out
	May   func(ctx context.Context, userID, permission string) error
	Shell func(r *Request) ui.Shell
	// With adds to the context what commands need to know of the request, such as the device.
	With func(ctx context.Context, r *Request) context.Context
}

// Server is the page server.
type Server struct {
	Cat    *i18n.Catalogue
	Zone   *time.Location
	Hooks  Hooks
	Secure bool // served over HTTPS: cookies say so
	SignIn string

	mux    http.ServeMux
	routes []Route
}

// Handle adds a route.
func (s *Server) Handle(pattern string, a Access, h Handler) {
	s.add(Route{Pattern: pattern, Access: a}, h)
}

// Upload adds a route whose handler streams the body itself.
func (s *Server) Upload(pattern string, a Access, h Handler) {
	s.add(Route{Pattern: pattern, Access: a, Upload: true}, h)
}

// Raw adds a public handler outside the frame: static files, health.
func (s *Server) Raw(pattern string, h http.Handler) {
	s.routes = append(s.routes, Route{Pattern: pattern, Access: Public})
	s.mux.Handle(pattern, h)
}

// Routes lists the route table.
func (s *Server) Routes() []Route { return s.routes }

func (s *Server) add(rt Route, h Handler) {
	s.routes = append(s.routes, rt)
	s.mux.HandleFunc(rt.Pattern, func(w http.ResponseWriter, hr *http.Request) {
		r := s.request(hr)
		err := s.serve(w, r, rt, h)
		if err != nil {
			s.fail(w, r, err)
		}
	})
}

func (s *Server) serve(w http.ResponseWriter, r *Request, rt Route, h Handler) (err error) {
	user, session, lang, err := s.Hooks.Who(r.Request)
	if err != nil {
		return err
	}
	r.UserID, r.SessionID = user, session
	if lang != "" {
		r.P = s.printer(lang)
	}
	if rt.Access != Public {
		if r.UserID == "" {
			return fault.New(fault.SignedOut, "fault.signed_out")
		}
		if rt.Access != SignedIn {
			if err := s.Hooks.May(r.Context(), r.UserID, string(rt.Access)); err != nil {
				return err
			}
		}
	}
	if s.Hooks.With != nil {
		r.Request = r.Request.WithContext(s.Hooks.With(r.Context(), r))
	}
	if !rt.Upload {
		if err := r.parse(); err != nil {
			return err
		}
	}
	return h(w, r)
}

func (s *Server) request(hr *http.Request) *Request {
	r := &Request{Request: hr, srv: s, ID: log.RequestID(hr.Context())}
	lang := ""
	if c, err := hr.Cookie("lang"); err == nil {
		lang = c.Value
	}
	if lang == "" {
		lang = s.Cat.Negotiate(hr.Header.Get("Accept-Language"))
	}
	r.P = s.printer(lang)
	if c, err := hr.Cookie("theme"); err == nil && (c.Value == "dark" || c.Value == "light") {
		r.Theme = c.Value
	}
	return r
}

func (s *Server) printer(lang string) *i18n.Printer {
	p := s.Cat.Printer(lang)
	if s.Zone != nil {
		p = p.WithZone(s.Zone)
	}
	return p
}

var statuses = map[fault.Kind]int{
	fault.Invalid: 422, fault.NotFound: 404, fault.Denied: 403, fault.Conflict: 409, fault.Stale: 409, fault.TooLarge: 413, fault.Busy: 503, fault.Internal: 500, fault.SignedOut: 401,
}

// Status is the HTTP status of a kind of fault.
func Status(k fault.Kind) int { return statuses[k] }

// fail is the one place where an error becomes something a person reads.
func (s *Server) fail(w http.ResponseWriter, r *Request, err error) {
	if errors.Is(err, context.Canceled) {
		return // the reader has gone
	}
	f := fault.Of(err)
	switch f.Kind {
	case fault.Internal:
		slog.ErrorContext(r.Context(), "internal error", "actor", r.UserID, "err", err)
	case fault.Denied:
		slog.WarnContext(r.Context(), "denied", "actor", r.UserID, "key", f.Key)
	default:
		slog.InfoContext(r.Context(), "refused", "actor", r.UserID, "kind", f.Kind.String(), "key", f.Key)
	}
	kept := r.kept(f.Kind)
	if f.Kind == fault.SignedOut && (r.Method == http.MethodGet || kept.Has("keep")) && s.SignIn != "" {
		http.Redirect(w, r.Request, s.SignIn+"?next="+queryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	if f.Kind == fault.Busy {
		w.Header().Set("Retry-After", "2")
	}
	if f.Kind == fault.TooLarge {
		w.Header().Set("Connection", "close")
	}
	frame := ui.Layout
	if r.UserID == "" {
		frame = ui.Bare
	}
	title := r.P.T("fault.title." + strings.ReplaceAll(f.Kind.String(), " ", "_"))
	text := r.P.T(f.Key, f.Args...)
	var fields []string
	for _, p := range f.Fields {
		fields = append(fields, r.P.T(p.Key, p.Args...))
	}
	var again templ.Component = templ.NopComponent
	if kept != nil {
		signIn := ""
		if f.Kind == fault.SignedOut {
			signIn, text = s.SignIn, r.P.T("fault.signed_out_kept")
		}
		again = ui.Again(r.P, r.URL.RequestURI(), signIn, kept)
	}
	body := ui.FaultPage(r.P, title, text, fields, r.ID, f.Kind == fault.Internal, again)
	if err := r.page(w, statuses[f.Kind], title, body, true, frame); err != nil {
		http.Error(w, text, statuses[f.Kind])
	}
}

func queryEscape(s string) string {
	return strings.NewReplacer("%", "%25", "&", "%26", "?", "%3F", "=", "%3D", "#", "%23", "+", "%2B", " ", "%20").Replace(s)
}

// Handler is the whole server: numbered requests, security headers, protection against requests from other sites,
// compression, and the error page for a panic.
func (s *Server) Handler() http.Handler {
	s.mux.HandleFunc("/", func(w http.ResponseWriter, hr *http.Request) {
		r := s.request(hr)
		if user, session, lang, err := s.Hooks.Who(hr); err == nil {
			r.UserID, r.SessionID = user, session
			if lang != "" {
				r.P = s.printer(lang)
			}
		}
		s.fail(w, r, fault.Gone())
	})
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		s.fail(w, s.request(hr), fault.New(fault.Denied, "fault.cross_site"))
	}))
	inner := cross.Handler(&s.mux)
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		rid := id.New()
		hr = hr.WithContext(log.WithRequestID(hr.Context(), rid))
		h := w.Header()
		h.Set("X-Request-Id", rid)
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), microphone=(self), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if s.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		zw := compress(w, hr)
		defer zw.close()
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				slog.ErrorContext(hr.Context(), "panic", "err", panicText(v), "stack", string(debug.Stack()))
				if !zw.started {
					s.fail(zw, s.request(hr), errors.New("panic"))
				}
			}
		}()
		inner.ServeHTTP(zw, hr)
	})
}

// csp lets a page load what this server serves, and nothing else; no inline script or style at all.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// panicText keeps values out of the log: only the type of what was thrown and, for errors of the runtime, their text.
func panicText(v any) string {
	if e, ok := v.(interface{ RuntimeError() }); ok {
		if err, ok := e.(error); ok {
			return err.Error()
		}
	}
	if s, ok := v.(string); ok {
		return s
	}
	return "a value"
}
