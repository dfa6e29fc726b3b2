package signin

import (
	"context"
	"net/http"
	"time"

	"github.com/nostos-avrr/nostos/internal/desk/signin/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (d *Domain) factors(ctx context.Context, staffID string) (f factors, err error) {
	err = d.Gate.Read(ctx, staffID, org.Self, func(ctx context.Context, r *gate.R) error {
		f, err = factorsOf(ctx, r.Tx, staffID)
		return err
	})
	return f, err
}

func (d *Domain) showAccount(s *web.Server) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error { return d.account(w, r, s, nil) }
}

func (d *Domain) account(w http.ResponseWriter, r *web.Request, s *web.Server, ps []ui.Problem) error {
	v := pages.Account{P: r.P, Problems: ps, Theme: r.Theme, Languages: languages(s, r.P), CanPasskey: d.Passkeys()}
	err := d.Gate.Read(r.Context(), r.UserID, org.Self, func(ctx context.Context, g *gate.R) error {
		v.Name, v.Login = g.Actor.Name, g.Actor.Login
		if o, err := org.OfficeByID(ctx, g.Tx, g.Actor.OfficeID); err == nil {
			v.Office = o.Name
		} else if err != db.ErrNoRow {
			return err
		}
		f, err := factorsOf(ctx, g.Tx, r.UserID)
		if err != nil {
			return err
		}
		v.TOTP, v.Recovery = f.TOTP, f.Recovery
		keys, err := passkeysOf(ctx, g, r.UserID)
		if err != nil {
			return err
		}
		for _, k := range keys {
			v.Passkeys = append(v.Passkeys, pages.Passkey{ID: k.ID, Name: orUnknown(r, k.Name), Added: r.P.Time(k.CreatedAt), Used: never(r, k.UsedAt)})
		}
		list, err := sessionsOf(ctx, g.Tx, r.UserID)
		for _, x := range list {
			if d.Gate.Clock.Now().Sub(x.LastSeen) < d.config.Idle && d.Gate.Clock.Now().Before(x.ExpiresAt) {
				v.Sessions = append(v.Sessions, pages.Session{ID: x.ID, Device: orUnknown(r, x.Device), Since: r.P.Time(x.CreatedAt), Seen: r.P.Time(x.LastSeen), Current: x.ID == r.SessionID})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.Form(w, r.P.T("signin.account"), ps, pages.AccountPage(v))
}

func orUnknown(r *web.Request, s string) string {
	if s == "" {
		return r.P.T("common.not_known")
	}
	return s
}

func never(r *web.Request, t time.Time) string {
	if t.IsZero() {
		return r.P.T("signin.passkey.never")
	}
	return r.P.Time(t)
}

// done answers a change of the account: back to it with a sentence, or the form with what is wrong.
func (d *Domain) done(w http.ResponseWriter, r *web.Request, s *web.Server, err error, flash web.Flash) error {
	if ps, ok := problems(r, err); ok {
		return d.account(w, r, s, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, flash)
	return r.Redirect(w, "/account")
}

func (d *Domain) setName(s *web.Server) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		return d.done(w, r, s, d.SetName(r.Context(), r.UserID, r.Text("name")), web.Flash{Kind: "ok", Key: "common.saved"})
	}
}

func (d *Domain) changePassword(s *web.Server) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		me, err := d.pending(r, Full)
		if err != nil {
			return err
		}
		token, err := d.ChangePassword(r.Context(), me, raw(r, "old"), raw(r, "new"), d.addr(r))
		if err == nil {
			d.setCookie(w, token)
		}
		return d.done(w, r, s, err, web.Flash{Kind: "ok", Key: "signin.password.changed"})
	}
}

func (d *Domain) removeApp(s *web.Server) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		me, err := d.pending(r, Full)
		if err != nil {
			return err
		}
		return d.done(w, r, s, d.DropTOTP(r.Context(), me), web.Flash{Kind: "ok", Key: "signin.factors.removed"})
	}
}

func (d *Domain) removePasskey(s *web.Server) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		me, err := d.pending(r, Full)
		if err != nil {
			return err
		}
		return d.done(w, r, s, d.DropPasskey(r.Context(), me, r.Text("id")), web.Flash{Kind: "ok", Key: "signin.factors.removed"})
	}
}

func (d *Domain) newCodes(s *web.Server) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		me, err := d.pending(r, Full)
		if err != nil {
			return err
		}
		codes, err := d.NewRecoveryCodes(r.Context(), me)
		if err != nil {
			return d.done(w, r, s, err, web.Flash{})
		}
		return r.Bare(w, http.StatusOK, r.P.T("signin.codes.title"), pages.CodesPage(pages.Codes{P: r.P, List: codes, Next: "/account"}))
	}
}

func (d *Domain) endSession(w http.ResponseWriter, r *web.Request) error {
	if err := d.SignOut(r.Context(), r.UserID, r.Text("id")); err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "signin.sessions.ended"})
	return r.Redirect(w, "/account")
}

func (d *Domain) endAll(w http.ResponseWriter, r *web.Request) error {
	if _, err := d.SignOutEverywhere(r.Context(), r.UserID, ""); err != nil {
		return err
	}
	d.setCookie(w, "")
	r.Say(w, web.Flash{Kind: "ok", Key: "signin.signed_out_all"})
	return r.Redirect(w, "/sign-in")
}

// setLanguage keeps the choice in the browser, and with the person when somebody is signed in.
func (d *Domain) setLanguage(s *web.Server) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		tag := r.Text("language")
		known := false
		for _, l := range s.Cat.Languages() {
			known = known || l.Tag == tag
		}
		if !known {
			return fault.New(fault.Invalid, "signin.err.language")
		}
		if r.UserID != "" {
			if err := d.SetLanguage(r.Context(), r.UserID, tag); err != nil {
				return err
			}
		}
		d.prefer(w, "lang", tag)
		return r.Redirect(w, back(r.Text("next")))
	}
}

func (d *Domain) setTheme(w http.ResponseWriter, r *web.Request) error {
	theme := r.Text("theme")
	if theme != "" && theme != "light" && theme != "dark" {
		return fault.New(fault.Invalid, "signin.err.theme")
	}
	d.prefer(w, "theme", theme)
	return r.Redirect(w, back(r.Text("next")))
}

// back is next, but may lead to the sign-in page itself: there one chooses a language, too.
func back(to string) string {
	if to == "/sign-in" {
		return to
	}
	return next(to)
}

func (d *Domain) prefer(w http.ResponseWriter, name, value string) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: d.secure}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
