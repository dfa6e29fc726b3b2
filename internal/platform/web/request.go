// Package web is the shared ground of all pages: routes that say who may use them, forms with limits, error pages, security
// headers. Handlers read a form into a struct, call one command, and answer with a page or a redirect; they decide nothing.
//
// It owns no table and knows no word of the field. Who somebody is and what they may do is handed in (Hooks).
package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// Limits of an ordinary form. A page of ours has under a hundred fields; uploads have their own route kind.
const (
	maxFormBytes  = 512 << 10
	maxFormFields = 1500
)

// Request is one request of one person in one language.
type Request struct {
	*http.Request
	UserID    string // staff id; empty when signed out
	SessionID string
	ID        string // request id, shown on error pages and written to the log
	P         *i18n.Printer
	Theme     string // "", "light", "dark"
	form      url.Values
	srv       *Server
}

// parse reads an ordinary form within its limits, refusing what is not text.
func (r *Request) parse() error {
	r.form = url.Values{}
	if r.Method != http.MethodPost {
		return r.take(r.URL.RawQuery)
	}
	ct, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || ct != "application/x-www-form-urlencoded" {
		if r.ContentLength == 0 {
			return nil
		}
		return fault.New(fault.Invalid, "fault.form_type")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxFormBytes+1))
	if err != nil {
		return fault.New(fault.Invalid, "fault.form_broken").Because(err)
	}
	if len(body) > maxFormBytes {
		return fault.New(fault.TooLarge, "fault.form_too_large")
	}
	return r.take(string(body))
}

func (r *Request) take(raw string) error {
	if strings.Count(raw, "&") > maxFormFields {
		return fault.New(fault.TooLarge, "fault.form_too_large")
	}
	vs, err := url.ParseQuery(raw)
	if err != nil {
		return fault.New(fault.Invalid, "fault.form_broken").Because(err)
	}
	for k, list := range vs {
		for _, v := range append(list, k) {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return fault.New(fault.Invalid, "fault.form_encoding")
			}
		}
	}
	r.form = vs
	return nil
}

// kept is a form that could not be taken though there may be nothing wrong with it: the sender was signed out meanwhile, or
// the fault is ours. It goes back with the answer, because an hour of writing must not be lost; but never a password.
func (r *Request) kept(k fault.Kind) url.Values {
	if r.Method != http.MethodPost || k != fault.SignedOut && k != fault.Busy && k != fault.Internal {
		return nil
	}
	if r.form == nil && r.parse() != nil || r.form.Has("password") || r.form.Has("old") || r.form.Has("new") || len(r.form) == 0 {
		return nil
	}
	return r.form
}

// Text is the value of a field without the blanks around it.
func (r *Request) Text(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(r.form.Get(name), "\r\n", "\n"))
}

// All gives every value of a field that may be chosen more than once.
func (r *Request) All(name string) []string { return r.form[name] }

// Has reports whether the form held the field at all.
func (r *Request) Has(name string) bool { _, ok := r.form[name]; return ok }

// Ticked reports whether a checkbox was ticked.
func (r *Request) Ticked(name string) bool { return r.form.Get(name) != "" }

// DateText joins the three fields of ui.DateInput into YYYY-MM-DD as far as it was typed; local digits are read as such.
// An empty date is "". What is not a date comes back as typed, so that the command can refuse it at the field.
func (r *Request) DateText(name string) string {
	d, m, y := digits(r.Text(name+"_d")), digits(r.Text(name+"_m")), digits(r.Text(name+"_y"))
	if d == "" && m == "" && y == "" {
		return digits(r.Text(name))
	}
	pad := func(s string, n int) string {
		for len(s) < n {
			s = "0" + s
		}
		return s
	}
	if len(y) != 4 {
		return y + "-" + m + "-" + d
	}
	return y + "-" + pad(m, 2) + "-" + pad(d, 2)
}

// Date reads a required-or-empty date; ok is false when something was typed that is no date.
func (r *Request) Date(name string) (d day.Date, ok bool) {
	s := r.DateText(name)
	if s == "" {
		return d, true
	}
	d, err := day.Parse(s)
	return d, err == nil
}

// Number reads a whole number; local digits are read as such. ok is false when nothing, or something else, was typed.
func (r *Request) Number(name string) (n int64, ok bool) {
	n, err := strconv.ParseInt(digits(r.Text(name)), 10, 64)
	return n, err == nil
}

// digits turns Arabic-Indic, Persian, Bengali and Devanagari digits into 0–9.
func digits(s string) string {
	return strings.Map(func(c rune) rune {
		for _, zero := range []rune{'٠', '۰', '০', '०'} {
			if c >= zero && c <= zero+9 {
				return '0' + c - zero
			}
		}
		return c
	}, s)
}

// Page answers with a page inside the house's frame.
func (r *Request) Page(w http.ResponseWriter, status int, title string, body templ.Component) error {
	return r.page(w, status, title, body, false, ui.Layout)
}

// Bare answers with a page without navigation: signing in, printing, public pages.
func (r *Request) Bare(w http.ResponseWriter, status int, title string, body templ.Component) error {
	return r.page(w, status, title, body, false, ui.Bare)
}

// Sheet answers with a print pack.
func (r *Request) Sheet(w http.ResponseWriter, title string, body templ.Component) error {
	return r.page(w, http.StatusOK, title, body, false, ui.Sheet)
}

// Form answers with a page that holds a form; with problems it is a 422 whose title starts with the error mark.
func (r *Request) Form(w http.ResponseWriter, title string, problems []ui.Problem, body templ.Component) error {
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return r.page(w, status, title, body, len(problems) > 0, ui.Layout)
}

func (r *Request) page(w http.ResponseWriter, status int, title string, body templ.Component, bad bool, frame func(ui.Shell) templ.Component) error {
	sh := r.srv.Hooks.Shell(r)
	sh.P, sh.Title, sh.Error, sh.Theme, sh.Path = r.P, title, bad, r.Theme, r.URL.Path
	sh.Flash = r.takeFlash(w)
	var buf bytes.Buffer // whole, so that a failure half way is an error page and not half a page
	ctx := templ.WithChildren(r.Context(), body)
	if err := frame(sh).Render(ctx, &buf); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := buf.WriteTo(w)
	return err
}

// Problems turns the field problems of a fault into what the page shows; ok is false when err is not about the form, and
// then the caller returns err.
func (r *Request) Problems(err error) (ps []ui.Problem, ok bool) {
	if err == nil {
		return nil, false
	}
	f := fault.Of(err)
	if f.Kind != fault.Invalid && f.Kind != fault.Conflict || f.ProbeID != "" {
		return nil, false
	}
	for _, p := range f.Fields {
		ps = append(ps, ui.Problem{Field: p.Name, Text: r.P.T(p.Key, p.Args...)})
	}
	if len(ps) == 0 {
		ps = []ui.Problem{{Text: r.P.T(f.Key, f.Args...)}}
	}
	return ps, true
}

// Redirect answers a successful POST: the browser fetches the page anew, and "back" does not post again.
func (r *Request) Redirect(w http.ResponseWriter, to string) error {
	http.Redirect(w, r.Request, to, http.StatusSeeOther)
	return nil
}

// Flash leaves one sentence for the next page, with an undo where one exists.
type Flash struct {
	Kind, Key  string
	Args       map[string]string
	UndoAction string
	UndoFields map[string]string
}

// Say keeps a sentence for the next page.
func (r *Request) Say(w http.ResponseWriter, f Flash) {
	b, _ := json.Marshal(f)
	http.SetCookie(w, &http.Cookie{Name: "flash", Value: base64.RawURLEncoding.EncodeToString(b), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 60, Secure: r.srv.Secure})
}

func (r *Request) takeFlash(w http.ResponseWriter) *ui.Flash {
	c, err := r.Cookie("flash")
	if err != nil {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: "flash", Path: "/", MaxAge: -1, HttpOnly: true})
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	var f Flash
	if err != nil || json.Unmarshal(b, &f) != nil || !r.P.Has(f.Key) {
		return nil
	}
	out := &ui.Flash{Kind: f.Kind, Text: r.P.T(f.Key, pairs(f.Args)...)}
	if strings.HasPrefix(f.UndoAction, "/") && !strings.HasPrefix(f.UndoAction, "//") {
		out.UndoAction, out.UndoLabel, out.UndoFields = f.UndoAction, r.P.T("common.undo"), f.UndoFields
	}
	return out
}

func pairs(m map[string]string) []any {
	var out []any
	for k, v := range m {
		out = append(out, k, v)
	}
	return out
}
