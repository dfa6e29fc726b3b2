package signin

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

const (
	period        = 30 // seconds; what every authenticator app uses
	recoveryCodes = 10
)

// step gives the time step at which a code is right, one step before or after now, or ok false.
func step(secret, code string, now time.Time) (n int64, ok bool) {
	for _, skew := range []int64{0, -1, 1} {
		at := now.Add(time.Duration(skew*period) * time.Second)
		want, err := totp.GenerateCodeCustom(secret, at, totp.ValidateOpts{Period: period, Digits: otp.DigitsSix})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			n, ok = at.Unix()/period, true
		}
	}
	return n, ok
}

// digits keeps what a person types of a code: apps show it with a blank in the middle.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		}
		return -1
	}, s)
}

// Enrolment is what the screen shows to set up an authenticator app.
type Enrolment struct{ Secret, QR string }

// BeginTOTP gives the secret to be scanned. It is made once and shown again until a code has proven that it arrived.
func (d *Domain) BeginTOTP(ctx context.Context, s Session) (Enrolment, error) {
	var out Enrolment
	var login string
	read := func(ctx context.Context, r *gate.R) error {
		login = r.Actor.Login
		old, err := totpOf(ctx, r.Tx, s.StaffID)
		if errors.Is(err, db.ErrNoRow) {
			return nil
		}
		if err != nil {
			return err
		}
		if old.confirmed {
			return fault.New(fault.Conflict, "signin.err.totp_set")
		}
		out.Secret, _, err = r.Open(ctx, journal.Installation, "totp.secret:"+s.StaffID, old.sealed)
		return err
	}
	err := d.Gate.Read(ctx, s.StaffID, org.Self, read)
	if err == nil && out.Secret == "" {
		err = d.Gate.Write(ctx, s.StaffID, org.Self, func(ctx context.Context, w *gate.W) error {
			if err := read(ctx, &w.R); err != nil || out.Secret != "" { // another tab was faster
				return errors.Join(err, w.Record(ctx, self(s.StaffID, "factor.begun", "totp")))
			}
			raw := make([]byte, 20)
			rand.Read(raw)
			out.Secret = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
			sealed, err := w.Seal(ctx, journal.Installation, "totp.secret:"+s.StaffID, out.Secret)
			if err != nil {
				return err
			}
			if err := putTOTP(ctx, w.Tx, s.StaffID, sealed, w.Now); err != nil {
				return err
			}
			return w.Record(ctx, self(s.StaffID, "factor.begun", "totp"))
		})
	}
	if err != nil {
		return out, err
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(out.Secret)
	if err != nil {
		return out, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Nostos", AccountName: login, Secret: raw})
	if err != nil {
		return out, err
	}
	img, err := key.Image(232, 232)
	if err != nil {
		return out, err
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return out, err
	}
	out.QR = "data:image/png;base64," + base64.StdEncoding.EncodeToString(buf.Bytes())
	return out, nil
}

// Proof is what came of proving a second factor: a new token, and recovery codes when they were made just now.
type Proof struct {
	Token string
	Codes []string
}

// ConfirmTOTP ends the setting up with a first code.
func (d *Domain) ConfirmTOTP(ctx context.Context, s Session, code, addr string) (Proof, error) {
	return d.prove(ctx, s, addr, func(ctx context.Context, w *gate.W) (string, error) {
		return "factor.added", d.checkTOTP(ctx, w, s.StaffID, digits(code), false)
	}, true)
}

// ProveCode is the second step of signing in: a code of the app, or a recovery code.
func (d *Domain) ProveCode(ctx context.Context, s Session, code, addr string) (Proof, error) {
	if s.Stage != Factor {
		return Proof{}, fault.New(fault.SignedOut, "fault.signed_out")
	}
	return d.prove(ctx, s, addr, func(ctx context.Context, w *gate.W) (string, error) {
		if n := normalCode(code); len(n) == 12 {
			return "sign_in.recovery_code", d.useRecovery(ctx, w, s.StaffID, n)
		}
		return "sign_in.ok", d.checkTOTP(ctx, w, s.StaffID, digits(code), true)
	}, false)
}

// prove runs a check under the limiter and, when it holds, raises the session. A check that fails leaves nothing behind
// but its count.
func (d *Domain) prove(ctx context.Context, s Session, addr string, check func(context.Context, *gate.W) (action string, err error), codes bool) (Proof, error) {
	var out Proof
	y, err := d.reserve(ctx, d.factorKey(s.StaffID), addr)
	if err != nil {
		return out, err
	}
	err = d.Gate.Write(ctx, s.StaffID, org.Self, func(ctx context.Context, w *gate.W) error {
		out = Proof{}
		action, err := check(ctx, w)
		if err != nil {
			return err
		}
		if err := d.forgive(ctx, w.Tx, y); err != nil {
			return err
		}
		if out.Token, err = d.rotate(ctx, w, s); err != nil {
			return err
		}
		if codes {
			if f, err := factorsOf(ctx, w.Tx, s.StaffID); err != nil {
				return err
			} else if f.Recovery == 0 {
				if out.Codes, err = d.makeRecovery(ctx, w, s.StaffID); err != nil {
					return err
				}
			}
		}
		return w.Record(ctx, self(s.StaffID, action, ""))
	})
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		if e := d.noteFailure(ctx, y, s.StaffID); e != nil {
			return Proof{}, e
		}
	}
	if err != nil {
		return Proof{}, err
	}
	return out, nil
}

func errFactor() error { return fault.At("code", "signin.err.code") }

// checkTOTP takes a code; each time step counts once, so a code that was looked at over a shoulder is worth nothing.
func (d *Domain) checkTOTP(ctx context.Context, w *gate.W, staffID, code string, confirmed bool) error {
	have, err := totpOf(ctx, w.Tx, staffID)
	if errors.Is(err, db.ErrNoRow) || err == nil && have.confirmed != confirmed {
		return errFactor()
	}
	if err != nil {
		return err
	}
	text, _, err := w.Open(ctx, journal.Installation, "totp.secret:"+staffID, have.sealed)
	if err != nil {
		return err
	}
	n, ok := step(text, code, w.Now)
	if !ok {
		return errFactor()
	}
	if fresh, err := useStep(ctx, w.Tx, staffID, n); err != nil {
		return err
	} else if !fresh {
		return fault.At("code", "signin.err.code_used")
	}
	return nil
}

// normalCode is a recovery code as it is compared: capitals, without strokes and blanks.
func normalCode(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '2' && r <= '7' {
			return r
		}
		return -1
	}, strings.ToUpper(s))
}

func (d *Domain) codeHash(staffID, code string) string {
	return d.Gate.Vault.Ring().Blind("recovery_code", staffID+":"+code)
}

func (d *Domain) makeRecovery(ctx context.Context, w *gate.W, staffID string) ([]string, error) {
	if _, err := w.Tx.Exec(ctx, `DELETE FROM recovery_code WHERE staff_id = $1`, staffID); err != nil {
		return nil, err
	}
	var out []string
	for range recoveryCodes {
		raw := make([]byte, 8)
		rand.Read(raw)
		c := base32.StdEncoding.EncodeToString(raw)[:12]
		if _, err := w.Tx.Exec(ctx, `INSERT INTO recovery_code (staff_id, hash) VALUES ($1,$2)`, staffID, d.codeHash(staffID, c)); err != nil {
			return nil, err
		}
		out = append(out, c[:4]+"-"+c[4:8]+"-"+c[8:])
	}
	return out, nil
}

func (d *Domain) useRecovery(ctx context.Context, w *gate.W, staffID, code string) error {
	n, err := w.Tx.Exec(ctx, `UPDATE recovery_code SET used_at = $1 WHERE staff_id = $2 AND hash = $3 AND used_at = ''`, db.At(w.Now), staffID, d.codeHash(staffID, code))
	if err == nil && n != 1 {
		return errFactor()
	}
	return err
}

// NewRecoveryCodes replaces the codes; the old ones are worth nothing afterwards.
func (d *Domain) NewRecoveryCodes(ctx context.Context, s Session) (codes []string, err error) {
	err = d.Gate.Write(ctx, s.StaffID, org.Self, func(ctx context.Context, w *gate.W) error {
		f, err := factorsOf(ctx, w.Tx, s.StaffID)
		if err != nil {
			return err
		}
		if !f.any() {
			return fault.New(fault.Conflict, "signin.err.no_factor")
		}
		if codes, err = d.makeRecovery(ctx, w, s.StaffID); err != nil {
			return err
		}
		return w.Record(ctx, self(s.StaffID, "factor.codes_made", ""))
	})
	return codes, err
}

// DropTOTP gives up the authenticator app, unless it is the last factor of somebody who must have one. The other sessions
// end.
func (d *Domain) DropTOTP(ctx context.Context, s Session) error {
	return d.dropFactor(ctx, s, "totp", `DELETE FROM totp WHERE staff_id = $1`, s.StaffID)
}

// DropPasskey gives up one passkey, under the same condition.
func (d *Domain) DropPasskey(ctx context.Context, s Session, id string) error {
	return d.dropFactor(ctx, s, "passkey", `DELETE FROM credential WHERE staff_id = $1 AND id = $2`, s.StaffID, id)
}

func (d *Domain) dropFactor(ctx context.Context, s Session, method, q string, args ...any) error {
	return d.Gate.Write(ctx, s.StaffID, org.Self, func(ctx context.Context, w *gate.W) error {
		n, err := w.Tx.Exec(ctx, q, args...)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Gone()
		}
		f, err := factorsOf(ctx, w.Tx, s.StaffID)
		if err != nil {
			return err
		}
		if !f.any() && mustHaveFactor(w.Actor) && !d.config.Demo {
			return fault.New(fault.Conflict, "signin.err.last_factor")
		}
		if !f.any() {
			if err := dropFactors(ctx, w.Tx, s.StaffID); err != nil {
				return err
			}
		}
		if _, err := EndSessions(ctx, w.Tx, s.StaffID, s.ID); err != nil {
			return err
		}
		return w.Record(ctx, self(s.StaffID, "factor.removed", method))
	})
}
