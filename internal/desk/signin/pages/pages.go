// Package pages draws the screens of the front door. It knows the words and the form fields, and nothing else.
package pages

import (
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// Demo is an invented sign-in, one click away.
type Demo struct{ Login, Name, Role, Password string }

// Language is one choice of the language list, in its own words.
type Language struct {
	Tag, Name, Dir string
	Current        bool
}

// SignIn is the first screen.
type SignIn struct {
	P           *i18n.Printer
	Problems    []ui.Problem
	Login, Next string
	Passkeys    bool
	Demos       []Demo
	Languages   []Language
	Path        string
}

// Factor asks for the second step.
type Factor struct {
	P            *i18n.Printer
	Problems     []ui.Problem
	Next         string
	Passkey, App bool
	Error        string
}

// Enrol sets up a second factor: on the way in (Base /sign-in/enrol) or later (Base /account/app).
type Enrol struct {
	P                          *i18n.Printer
	Problems                   []ui.Problem
	QR, Secret, Next, Error    string
	Action, Passkey, PassBegin string
	Must                       bool
}

// Codes shows new recovery codes, once.
type Codes struct {
	P    *i18n.Printer
	List []string
	Next string
}

// Reset sets a new password by a code.
type Reset struct {
	P           *i18n.Printer
	Problems    []ui.Problem
	Code, Error string
}

// Account is one's own page.
type Account struct {
	P                                *i18n.Printer
	Problems                         []ui.Problem
	Name, Login, Office, Theme, Path string
	Languages                        []Language
	TOTP, CanPasskey                 bool
	Passkeys                         []Passkey
	Recovery                         int64
	Sessions                         []Session
	Begin, Finish                    string
}

// Passkey is one of one's passkeys.
type Passkey struct{ ID, Name, Added, Used string }

// Session is one of one's open sessions.
type Session struct {
	ID, Device, Since, Seen string
	Current                 bool
}

func problem(ps []ui.Problem, field string) string {
	for _, p := range ps {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

// spaced groups a secret in fours, for typing it by hand.
func spaced(s string) string {
	out := ""
	for i := 0; i < len(s); i += 4 {
		if i > 0 {
			out += " "
		}
		out += s[i:min(i+4, len(s))]
	}
	return out
}

func languageOptions(ls []Language) (out []ui.Option) {
	for _, l := range ls {
		out = append(out, ui.Option{Value: l.Tag, Label: l.Name, Lang: l.Tag, Selected: l.Current})
	}
	return out
}
