package signin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// holder is a person as the passkey library wants to see them.
type holder struct {
	staff org.Staff
	keys  []passkey
}

func (h holder) WebAuthnID() []byte          { return []byte(h.staff.ID) }
func (h holder) WebAuthnName() string        { return h.staff.Login }
func (h holder) WebAuthnDisplayName() string { return h.staff.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential {
	var out []webauthn.Credential
	for _, k := range h.keys {
		out = append(out, k.Cred)
	}
	return out
}

func holderOf(ctx context.Context, r *gate.R, staffID string) (holder, error) {
	s, err := org.StaffByID(ctx, r.Tx, staffID)
	if err != nil {
		return holder{}, err
	}
	keys, err := passkeysOf(ctx, r, staffID)
	return holder{s, keys}, err
}

func errPasskey(cause error) error {
	return fault.New(fault.Conflict, "signin.err.passkey").Because(cause)
}

func (d *Domain) noPasskeys() error {
	if d.passes == nil {
		return fault.New(fault.Conflict, "signin.err.passkey_address")
	}
	return nil
}

// ask keeps a question until it is answered and gives its number; options go to the browser.
func (d *Domain) ask(ctx context.Context, staffID string, options any, data *webauthn.SessionData) (id string, raw []byte, err error) {
	keep, err := json.Marshal(data)
	if err != nil {
		return "", nil, err
	}
	if raw, err = json.Marshal(options); err != nil {
		return "", nil, err
	}
	id = newToken()
	err = d.Gate.DB.Write(ctx, func(ctx context.Context, t *db.Tx) error {
		return putCeremony(ctx, t, hashToken(id), staffID, string(keep), d.Gate.Clock.Now())
	})
	return id, raw, err
}

func (d *Domain) answered(ctx context.Context, t *db.Tx, id, staffID string) (data webauthn.SessionData, err error) {
	text, err := takeCeremony(ctx, t, hashToken(id), staffID, d.Gate.Clock.Now())
	if errors.Is(err, db.ErrNoRow) {
		return data, errPasskey(err)
	}
	if err != nil {
		return data, err
	}
	return data, json.Unmarshal([]byte(text), &data)
}

// BeginPasskey asks the browser for a new passkey.
func (d *Domain) BeginPasskey(ctx context.Context, s Session) (id string, options []byte, err error) {
	if err := d.noPasskeys(); err != nil {
		return "", nil, err
	}
	var h holder
	err = d.Gate.Read(ctx, s.StaffID, org.Self, func(ctx context.Context, r *gate.R) error {
		h, err = holderOf(ctx, r, s.StaffID)
		return err
	})
	if err != nil {
		return "", nil, err
	}
	opts, data, err := d.passes.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}))
	if err != nil {
		return "", nil, err
	}
	return d.ask(ctx, s.StaffID, opts.Response, data)
}

// FinishPasskey stores the new passkey and raises the session.
func (d *Domain) FinishPasskey(ctx context.Context, s Session, id, answer, name, addr string) (Proof, error) {
	if err := d.noPasskeys(); err != nil {
		return Proof{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return Proof{}, errPasskey(err)
	}
	return d.prove(ctx, s, addr, func(ctx context.Context, w *gate.W) (string, error) {
		data, err := d.answered(ctx, w.Tx, id, s.StaffID)
		if err != nil {
			return "", err
		}
		h, err := holderOf(ctx, &w.R, s.StaffID)
		if err != nil {
			return "", err
		}
		cred, err := d.passes.CreateCredential(h, data, parsed)
		if err != nil {
			return "", errPasskey(err)
		}
		k := passkey{ID: base64.RawURLEncoding.EncodeToString(cred.ID), StaffID: s.StaffID, Name: name, CreatedAt: w.Now, Cred: *cred}
		if n, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM credential WHERE id = $1`, k.ID); err != nil || n > 0 {
			return "", errPasskey(err) // somebody's passkey is never taken over
		}
		return "factor.added", putPasskey(ctx, w, k)
	}, true)
}

// BeginPasskeySignIn asks for a passkey: of the person whose password was right, or of anybody (then the passkey tells).
func (d *Domain) BeginPasskeySignIn(ctx context.Context, s Session) (id string, options []byte, err error) {
	if err := d.noPasskeys(); err != nil {
		return "", nil, err
	}
	if s.Stage != Factor {
		opts, data, err := d.passes.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return "", nil, err
		}
		return d.ask(ctx, "", opts.Response, data)
	}
	var h holder
	err = d.Gate.Read(ctx, s.StaffID, org.Self, func(ctx context.Context, r *gate.R) error {
		h, err = holderOf(ctx, r, s.StaffID)
		return err
	})
	if err != nil {
		return "", nil, err
	}
	opts, data, err := d.passes.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return "", nil, errPasskey(err)
	}
	return d.ask(ctx, s.StaffID, opts.Response, data)
}

// ProvePasskey is the second step of signing in, with a passkey.
func (d *Domain) ProvePasskey(ctx context.Context, s Session, id, answer, addr string) (Proof, error) {
	if err := d.noPasskeys(); err != nil {
		return Proof{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return Proof{}, errPasskey(err)
	}
	return d.prove(ctx, s, addr, func(ctx context.Context, w *gate.W) (string, error) {
		data, err := d.answered(ctx, w.Tx, id, s.StaffID)
		if err != nil {
			return "", err
		}
		h, err := holderOf(ctx, &w.R, s.StaffID)
		if err != nil {
			return "", err
		}
		cred, err := d.passes.ValidateLogin(h, data, parsed)
		if err != nil {
			return "", errPasskey(err)
		}
		return "sign_in.ok", d.usePasskey(ctx, w, h, cred)
	}, false)
}

// SignInPasskey signs somebody in with a passkey alone: it is something they have, unlocked by something they know or are.
func (d *Domain) SignInPasskey(ctx context.Context, id, answer, addr, device string) (Opened, error) {
	var out Opened
	if err := d.noPasskeys(); err != nil {
		return out, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return out, errPasskey(err)
	}
	staffID := string(parsed.Response.UserHandle)
	y, err := d.reserve(ctx, d.factorKey(staffID), addr)
	if err != nil {
		return out, err
	}
	err = d.Gate.Write(ctx, staffID, org.Self, func(ctx context.Context, w *gate.W) error {
		data, err := d.answered(ctx, w.Tx, id, "")
		if err != nil {
			return err
		}
		h, err := holderOf(ctx, &w.R, staffID)
		if err != nil {
			return err
		}
		_, cred, err := d.passes.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, data, parsed)
		if err != nil {
			return errPasskey(err)
		}
		if err := d.usePasskey(ctx, w, h, cred); err != nil {
			return err
		}
		if err := d.forgive(ctx, w.Tx, y); err != nil {
			return err
		}
		if out.Token, err = d.start(ctx, w, staffID, Full, device); err != nil {
			return err
		}
		out.Stage, out.StaffID = Full, staffID
		return w.Record(ctx, self(staffID, "sign_in.ok", "passkey"))
	})
	if err != nil {
		if fault.Is(err, fault.SignedOut) { // a passkey of nobody, or of somebody who has left
			err = errPasskey(err)
		}
		return Opened{}, err
	}
	return out, nil
}

// usePasskey writes the passkey's counter back. A counter that went backwards is the mark of a copied key.
func (d *Domain) usePasskey(ctx context.Context, w *gate.W, h holder, cred *webauthn.Credential) error {
	if cred.Authenticator.CloneWarning {
		return errPasskey(errors.New("the passkey's counter went backwards"))
	}
	id := base64.RawURLEncoding.EncodeToString(cred.ID)
	for _, k := range h.keys {
		if k.ID == id {
			k.Cred, k.UsedAt = *cred, w.Now
			return putPasskey(ctx, w, k)
		}
	}
	return errPasskey(errors.New("no such passkey"))
}
