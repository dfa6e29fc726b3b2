package signin

import (
	"context"
	"errors"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Opened is a session just opened: the token for the cookie, and what is still owed.
type Opened struct{ Token, Stage, StaffID string }

func errWrong() error { return fault.New(fault.Conflict, "signin.err.wrong") }

// SignIn checks a password. The answer, and the work behind it, are the same for a wrong password, an account that does
// not exist, one that was closed and one that has no password yet.
func (d *Domain) SignIn(ctx context.Context, login, password, addr, device string) (Opened, error) {
	var out Opened
	if len(password) > maxPassword {
		password = password[:maxPassword+1] // longer than any there is: it fits none, and costs no more
	}
	y, err := d.reserve(ctx, d.accountKey(login), addr)
	if err != nil {
		return out, err
	}
	var s org.Staff
	var stored string
	err = d.Gate.DB.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		s, err = org.StaffByLogin(ctx, t, login)
		if errors.Is(err, db.ErrNoRow) || err == nil && (!s.Active || s.System) {
			_, err = passwordHash(ctx, t, "") // asked all the same: the time of the answer must not tell
			return err
		}
		if err != nil {
			return err
		}
		stored, err = passwordHash(ctx, t, s.ID)
		return err
	})
	if err != nil {
		return out, err
	}
	ok, stale, err := d.hasher.check(ctx, stored, password)
	if err != nil {
		return out, err
	}
	if !ok {
		if err := d.noteFailure(ctx, y, s.ID); err != nil {
			return out, err
		}
		return out, errWrong()
	}
	renewed := ""
	if stale {
		if renewed, err = d.hasher.hash(ctx, password); err != nil {
			return out, err
		}
	}
	err = d.Gate.Write(ctx, s.ID, org.Self, func(ctx context.Context, w *gate.W) error {
		have, err := factorsOf(ctx, w.Tx, s.ID)
		if err != nil {
			return err
		}
		out.StaffID, out.Stage = s.ID, Full
		switch {
		case have.any():
			out.Stage = Factor
		case mustHaveFactor(w.Actor) && !d.config.Demo:
			out.Stage = Enrol
		}
		if err := d.forgive(ctx, w.Tx, y); err != nil {
			return err
		}
		if renewed != "" {
			if err := putPassword(ctx, w.Tx, s.ID, renewed, w.Now); err != nil {
				return err
			}
		}
		if out.Token, err = d.start(ctx, w, s.ID, out.Stage, device); err != nil {
			return err
		}
		action := "sign_in.ok"
		if out.Stage != Full {
			action = "sign_in.password_ok"
		}
		return w.Record(ctx, self(s.ID, action, "password"))
	})
	return out, err
}

// self is an entry about one's own account.
func self(staffID, action, method string) journal.Entry {
	e := journal.Entry{Subject: journal.Ref{Kind: "staff", ID: staffID}, Action: action, Key: journal.Installation}
	if method != "" {
		e.Args = map[string]string{"method": method}
	}
	return e
}

// ChangePassword sets one's own password. The other sessions end; the one at hand gets a new token.
func (d *Domain) ChangePassword(ctx context.Context, s Session, old, fresh, addr string) (token string, err error) {
	var p org.Staff
	var stored string
	err = d.Gate.DB.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		if p, err = org.StaffByID(ctx, t, s.StaffID); err != nil {
			return err
		}
		stored, err = passwordHash(ctx, t, s.StaffID)
		return err
	})
	if err != nil {
		return "", err
	}
	if err := CheckPassword("new", fresh, p.Login, p.Name); err != nil {
		return "", err
	}
	y, err := d.reserve(ctx, d.factorKey(s.StaffID), addr)
	if err != nil {
		return "", err
	}
	ok, _, err := d.hasher.check(ctx, stored, old)
	if err != nil {
		return "", err
	}
	if !ok {
		if err := d.noteFailure(ctx, y, s.StaffID); err != nil {
			return "", err
		}
		return "", fault.At("old", "signin.err.old")
	}
	hash, err := d.hasher.hash(ctx, fresh)
	if err != nil {
		return "", err
	}
	err = d.Gate.Write(ctx, s.StaffID, org.Self, func(ctx context.Context, w *gate.W) error {
		if err := d.forgive(ctx, w.Tx, y); err != nil {
			return err
		}
		if err := putPassword(ctx, w.Tx, s.StaffID, hash, w.Now); err != nil {
			return err
		}
		if _, err := EndSessions(ctx, w.Tx, s.StaffID, s.ID); err != nil {
			return err
		}
		var err error
		if token, err = d.rotate(ctx, w, s); err != nil {
			return err
		}
		return w.Record(ctx, self(s.StaffID, "password.changed", ""))
	})
	return token, err
}

// NewResetCode makes the code by which a person may set a new password within a day, and signs them out. It is called by
// the administration, in its transaction, and shown to the administrator once.
func (d *Domain) NewResetCode(ctx context.Context, w *gate.W, staffID string) (code string, err error) {
	code = newToken()
	if _, err := w.Tx.Exec(ctx, `INSERT INTO reset_code (staff_id, hash, expires_at) VALUES ($1,$2,$3)
		ON CONFLICT (staff_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at`, staffID, hashToken(code), db.At(w.Now.Add(resetLife))); err != nil {
		return "", err
	}
	_, err = EndSessions(ctx, w.Tx, staffID, "")
	return code, err
}

// ResetFactors takes away a person's second factors, so that they set up new ones. Called like NewResetCode.
func (d *Domain) ResetFactors(ctx context.Context, w *gate.W, staffID string) error {
	if err := dropFactors(ctx, w.Tx, staffID); err != nil {
		return err
	}
	_, err := EndSessions(ctx, w.Tx, staffID, "")
	return err
}

func errCode() error { return fault.New(fault.Conflict, "signin.err.reset") }

// UseResetCode sets a new password by a code. The code is worth nothing afterwards. It does not sign anybody in: the
// second factor is asked for as always.
func (d *Domain) UseResetCode(ctx context.Context, code, fresh, addr string) error {
	key := "r" + d.Gate.Vault.Ring().Blind("sign_in_reset", addr)
	y, err := d.reserve(ctx, key, addr)
	if err != nil {
		return err
	}
	var s org.Staff
	find := func(ctx context.Context, t *db.Tx) error {
		id, err := db.One(ctx, t, db.Value[string], `SELECT staff_id FROM reset_code WHERE hash = $1 AND expires_at > $2`, hashToken(code), db.At(d.Gate.Clock.Now()))
		if errors.Is(err, db.ErrNoRow) {
			return errCode()
		}
		if err != nil {
			return err
		}
		if s, err = org.StaffByID(ctx, t, id); err == nil && !s.Active {
			return errCode()
		}
		return err
	}
	if err := d.Gate.DB.Read(ctx, find); err != nil {
		return err
	}
	refused := CheckPassword("new", fresh, s.Login, s.Name)
	hash := ""
	if refused == nil {
		if hash, err = d.hasher.hash(ctx, fresh); err != nil {
			return err
		}
	} else { // the code was right: a password that is too short is no guess at codes
		if err := d.Gate.DB.Write(ctx, func(ctx context.Context, t *db.Tx) error { return d.forgive(ctx, t, y) }); err != nil {
			return err
		}
		return refused
	}
	return d.Gate.Write(ctx, s.ID, org.Self, func(ctx context.Context, w *gate.W) error {
		n, err := w.Tx.Exec(ctx, `DELETE FROM reset_code WHERE staff_id = $1 AND hash = $2`, s.ID, hashToken(code))
		if err != nil {
			return err
		}
		if n != 1 {
			return errCode() // two tabs: the other was faster
		}
		if err := d.forgive(ctx, w.Tx, y); err != nil {
			return err
		}
		if err := dropAttempts(ctx, w.Tx, d.accountKey(s.Login)); err != nil {
			return err
		}
		if err := putPassword(ctx, w.Tx, s.ID, hash, w.Now); err != nil {
			return err
		}
		if _, err := EndSessions(ctx, w.Tx, s.ID, ""); err != nil {
			return err
		}
		return w.Record(ctx, self(s.ID, "password.reset_used", ""))
	})
}
