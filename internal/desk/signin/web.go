package signin

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/desk/signin/pages"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Routes mounts the front door.
func (d *Domain) Routes(s *web.Server) {
	s.Handle("GET /sign-in", web.Public, d.showSignIn(s))
	s.Handle("POST /sign-in", web.Public, d.signIn(s))
	s.Handle("GET /sign-in/factor", web.Public, d.showFactor)
	s.Handle("POST /sign-in/factor", web.Public, d.factor)
	s.Handle("POST /sign-in/factor/passkey/begin", web.Public, d.beginFactorPasskey)
	s.Handle("POST /sign-in/factor/passkey", web.Public, d.factorPasskey)
	s.Handle("POST /sign-in/passkey/begin", web.Public, d.beginPasskeySignIn)
	s.Handle("POST /sign-in/passkey", web.Public, d.signInPasskey(s))
	s.Handle("GET /sign-in/enrol", web.Public, d.showEnrol)
	s.Handle("POST /sign-in/enrol", web.Public, d.enrol)
	s.Handle("POST /sign-in/enrol/passkey/begin", web.Public, d.beginPasskey)
	s.Handle("POST /sign-in/enrol/passkey", web.Public, d.enrolPasskey)
	s.Handle("GET /sign-in/reset", web.Public, d.showReset)
	s.Handle("POST /sign-in/reset", web.Public, d.reset)
	s.Handle("POST /sign-out", web.Public, d.signOut)
	s.Handle("POST /language", web.Public, d.setLanguage(s))
	s.Handle("POST /theme", web.Public, d.setTheme)

	s.Handle("GET /account", web.SignedIn, d.showAccount(s))
	s.Handle("POST /account/name", web.SignedIn, d.setName(s))
	s.Handle("POST /account/password", web.SignedIn, d.changePassword(s))
	s.Handle("GET /account/app", web.SignedIn, d.showEnrol)
	s.Handle("POST /account/app", web.SignedIn, d.enrol)
	s.Handle("POST /account/app/remove", web.SignedIn, d.removeApp(s))
	s.Handle("POST /account/passkey/begin", web.SignedIn, d.beginPasskey)
	s.Handle("POST /account/passkey", web.SignedIn, d.enrolPasskey)
	s.Handle("POST /account/passkey/remove", web.SignedIn, d.removePasskey(s))
	s.Handle("POST /account/codes", web.SignedIn, d.newCodes(s))
	s.Handle("POST /account/sessions/end", web.SignedIn, d.endSession)
	s.Handle("POST /account/sessions/end-all", web.SignedIn, d.endAll)
}

// next keeps a way back inside this server.
func next(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") || strings.HasPrefix(s, "/sign-") {
		return "/"
	}
	return s
}

func (d *Domain) addr(r *web.Request) string { return d.config.Addr(r.Request) }

func device(r *web.Request) string { return deviceText(r.UserAgent()) }

// bare answers a form that came back; its title starts with the error mark.
func bare(w http.ResponseWriter, r *web.Request, title string, ps []ui.Problem, body templ.Component) error {
	if len(ps) == 0 {
		return r.Bare(w, http.StatusOK, title, body)
	}
	return r.Bare(w, http.StatusUnprocessableEntity, r.P.T("ui.error.mark")+": "+title, body)
}

func languages(s *web.Server, p *i18n.Printer) (out []pages.Language) {
	for _, l := range s.Cat.Languages() {
		out = append(out, pages.Language{Tag: l.Tag, Name: l.Name, Dir: l.Dir, Current: l.Tag == p.Lang})
	}
	return out
}

func (d *Domain) showSignIn(s *web.Server) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		if r.UserID != "" {
			return r.Redirect(w, next(r.Text("next")))
		}
		return d.signInPage(w, r, s, pages.SignIn{Next: next(r.Text("next"))})
	}
}

func (d *Domain) signInPage(w http.ResponseWriter, r *web.Request, s *web.Server, v pages.SignIn) error {
	v.P, v.Passkeys, v.Languages, v.Path = r.P, d.Passkeys(), languages(s, r.P), "/sign-in"
	if d.config.Demo {
		for _, l := range d.config.Logins {
			v.Demos = append(v.Demos, pages.Demo{Login: l.Login, Name: l.Name, Role: r.P.T(l.RoleKey), Password: l.Password})
		}
	}
	return bare(w, r, r.P.T("signin.title"), v.Problems, pages.SignInPage(v))
}

func (d *Domain) signIn(s *web.Server) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		to := next(r.Text("next"))
		o, err := d.SignIn(r.Context(), r.Text("login"), raw(r, "password"), d.addr(r), device(r))
		if ps, ok := problems(r, err); ok {
			return d.signInPage(w, r, s, pages.SignIn{Problems: ps, Login: r.Text("login"), Next: to})
		}
		if err != nil {
			return err
		}
		return d.opened(w, r, o, to)
	}
}

// opened hands out the cookie of a new session and ends the one this browser had before.
func (d *Domain) opened(w http.ResponseWriter, r *web.Request, o Opened, to string) error {
	if old, err := d.session(r.Request); err == nil && old.ID != "" {
		if err := d.SignOut(r.Context(), old.StaffID, old.ID); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	d.setCookie(w, o.Token)
	switch o.Stage {
	case Factor:
		to = "/sign-in/factor?next=" + escape(to)
	case Enrol:
		to = "/sign-in/enrol?next=" + escape(to)
	}
	return r.Redirect(w, to)
}

func escape(s string) string {
	return strings.NewReplacer("%", "%25", "&", "%26", "?", "%3F", "=", "%3D", "#", "%23", "+", "%2B", " ", "%20").Replace(s)
}

// pending is the session between the password and the second factor.
func (d *Domain) pending(r *web.Request, stages ...string) (Session, error) {
	s, err := d.session(r.Request)
	if err != nil {
		return s, err
	}
	for _, stage := range stages {
		if s.Stage == stage {
			return s, nil
		}
	}
	return s, fault.New(fault.SignedOut, "fault.signed_out")
}

func (d *Domain) showFactor(w http.ResponseWriter, r *web.Request) error {
	s, err := d.pending(r, Factor)
	if err != nil {
		return err
	}
	return d.factorPage(w, r, s, nil)
}

func (d *Domain) factorPage(w http.ResponseWriter, r *web.Request, s Session, ps []ui.Problem) error {
	f, err := d.factors(r.Context(), s.StaffID)
	if err != nil {
		return err
	}
	v := pages.Factor{P: r.P, Problems: ps, Next: next(r.Text("next")), Passkey: f.Passkeys > 0 && d.Passkeys(), App: f.TOTP}
	for _, p := range ps {
		if p.Field == "code" {
			v.Error = p.Text
		}
	}
	return bare(w, r, r.P.T("signin.factor.title"), ps, pages.FactorPage(v))
}

func (d *Domain) factor(w http.ResponseWriter, r *web.Request) error {
	s, err := d.pending(r, Factor)
	if err != nil {
		return err
	}
	proof, err := d.ProveCode(r.Context(), s, r.Text("code"), d.addr(r))
	return d.proven(w, r, s, proof, err)
}

func (d *Domain) factorPasskey(w http.ResponseWriter, r *web.Request) error {
	s, err := d.pending(r, Factor)
	if err != nil {
		return err
	}
	proof, err := d.ProvePasskey(r.Context(), s, r.Text("question"), r.Text("answer"), d.addr(r))
	return d.proven(w, r, s, proof, err)
}

func (d *Domain) proven(w http.ResponseWriter, r *web.Request, s Session, proof Proof, err error) error {
	if ps, ok := problems(r, err); ok {
		return d.factorPage(w, r, s, ps)
	}
	if err != nil {
		return err
	}
	d.setCookie(w, proof.Token)
	return r.Redirect(w, next(r.Text("next")))
}

// answerJSON gives a question to the script of the page.
func answerJSON(w http.ResponseWriter, question string, options []byte) error {
	body, err := json.Marshal(struct {
		Question string          `json:"question"`
		Options  json.RawMessage `json:"options"`
	}{question, options})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(body)
	return err
}

func (d *Domain) beginFactorPasskey(w http.ResponseWriter, r *web.Request) error {
	s, err := d.pending(r, Factor)
	if err != nil {
		return err
	}
	return d.askPasskey(w, r, s)
}

// beginPasskeySignIn asks anybody's passkey, whatever this browser had begun before.
func (d *Domain) beginPasskeySignIn(w http.ResponseWriter, r *web.Request) error {
	return d.askPasskey(w, r, Session{})
}

func (d *Domain) askPasskey(w http.ResponseWriter, r *web.Request, s Session) error {
	id, options, err := d.BeginPasskeySignIn(r.Context(), s)
	if err != nil {
		return err
	}
	return answerJSON(w, id, options)
}

func (d *Domain) signInPasskey(s *web.Server) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		to := next(r.Text("next"))
		o, err := d.SignInPasskey(r.Context(), r.Text("question"), r.Text("answer"), d.addr(r), device(r))
		if ps, ok := problems(r, err); ok {
			return d.signInPage(w, r, s, pages.SignIn{Problems: ps, Next: to})
		}
		if err != nil {
			return err
		}
		return d.opened(w, r, o, to)
	}
}

func (d *Domain) showEnrol(w http.ResponseWriter, r *web.Request) error {
	s, err := d.pending(r, Enrol, Full)
	if err != nil {
		return err
	}
	return d.enrolPage(w, r, s, nil)
}

func (d *Domain) enrolPage(w http.ResponseWriter, r *web.Request, s Session, ps []ui.Problem) error {
	e, err := d.BeginTOTP(r.Context(), s)
	if err != nil {
		return err
	}
	v := pages.Enrol{P: r.P, Problems: ps, QR: e.QR, Secret: e.Secret, Next: next(r.Text("next")), Must: s.Stage == Enrol}
	base := "/account"
	v.Action = "/account/app"
	if s.Stage == Enrol {
		base, v.Action = "/sign-in/enrol", "/sign-in/enrol"
	} else {
		v.Next = "/account"
	}
	if d.Passkeys() {
		v.Passkey, v.PassBegin = base+"/passkey", base+"/passkey/begin"
	}
	for _, p := range ps {
		if p.Field == "code" {
			v.Error = p.Text
		}
	}
	return bare(w, r, r.P.T("signin.enrol.title"), ps, pages.EnrolPage(v))
}

func (d *Domain) enrol(w http.ResponseWriter, r *web.Request) error {
	s, err := d.pending(r, Enrol, Full)
	if err != nil {
		return err
	}
	proof, err := d.ConfirmTOTP(r.Context(), s, r.Text("code"), d.addr(r))
	return d.enrolled(w, r, s, proof, err)
}

func (d *Domain) beginPasskey(w http.ResponseWriter, r *web.Request) error {
	s, err := d.pending(r, Enrol, Full)
	if err != nil {
		return err
	}
	id, options, err := d.BeginPasskey(r.Context(), s)
	if err != nil {
		return err
	}
	return answerJSON(w, id, options)
}

func (d *Domain) enrolPasskey(w http.ResponseWriter, r *web.Request) error {
	s, err := d.pending(r, Enrol, Full)
	if err != nil {
		return err
	}
	proof, err := d.FinishPasskey(r.Context(), s, r.Text("question"), r.Text("answer"), device(r), d.addr(r))
	return d.enrolled(w, r, s, proof, err)
}

func (d *Domain) enrolled(w http.ResponseWriter, r *web.Request, s Session, proof Proof, err error) error {
	if ps, ok := problems(r, err); ok {
		return d.enrolPage(w, r, s, ps)
	}
	if err != nil {
		return err
	}
	d.setCookie(w, proof.Token)
	to := next(r.Text("next"))
	if len(proof.Codes) == 0 {
		return r.Redirect(w, to)
	}
	return r.Bare(w, http.StatusOK, r.P.T("signin.codes.title"), pages.CodesPage(pages.Codes{P: r.P, List: proof.Codes, Next: to}))
}

func (d *Domain) showReset(w http.ResponseWriter, r *web.Request) error {
	return bare(w, r, r.P.T("signin.reset.title"), nil, pages.ResetPage(pages.Reset{P: r.P, Code: r.Text("code")}))
}

func (d *Domain) reset(w http.ResponseWriter, r *web.Request) error {
	err := d.UseResetCode(r.Context(), r.Text("code"), raw(r, "new"), d.addr(r))
	if ps, ok := problems(r, err); ok {
		v := pages.Reset{P: r.P, Problems: ps, Code: r.Text("code")}
		if ps[0].Field == "new" {
			v.Error = ps[0].Text
		}
		return bare(w, r, r.P.T("signin.reset.title"), ps, pages.ResetPage(v))
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "signin.reset.done"})
	return r.Redirect(w, "/sign-in")
}

func (d *Domain) signOut(w http.ResponseWriter, r *web.Request) error {
	s, err := d.session(r.Request)
	if err != nil {
		return err
	}
	if s.ID != "" {
		if err := d.SignOut(r.Context(), s.StaffID, s.ID); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	d.setCookie(w, "")
	r.Say(w, web.Flash{Kind: "ok", Key: "signin.signed_out"})
	return r.Redirect(w, "/sign-in")
}

// raw is a field as it was typed: blanks at the ends of a password belong to it.
func raw(r *web.Request, name string) string {
	if vs := r.All(name); len(vs) > 0 {
		return vs[0]
	}
	return ""
}

// problems is what a form shows of an error; ok is false where there is none, or none that a form could show.
func problems(r *web.Request, err error) (ps []ui.Problem, ok bool) {
	if err == nil {
		return nil, false
	}
	return r.Problems(err)
}
