package signin

// What makes guessing dear: the hash of a password, and the count of attempts.

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// cost is how dear one guess is. Changing it here is enough: old hashes keep their own figures and are renewed at the next
// sign-in of their owner.
type cost struct {
	memory, time uint32
	threads      uint8
}

var standard = cost{memory: 64 << 10, time: 3, threads: 2}

const saltLen, keyLen = 16, 32

// hasher does at most two hashes at a time: each takes 64 MB, and a crowd at the door must not take the machine's memory.
type hasher struct {
	slots chan struct{}
	cost  cost
	dummy string // checked when there is no such account, so that the answer takes as long
}

func newHasher() hasher {
	h := hasher{slots: make(chan struct{}, 2), cost: standard}
	h.dummy = encode(h.cost, make([]byte, saltLen), make([]byte, keyLen)) // no password has this hash
	return h
}

func (h hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Busy, "fault.busy").Because(ctx.Err())
	}
}

func (h hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer func() { <-h.slots }()
	salt := make([]byte, saltLen)
	rand.Read(salt)
	return encode(h.cost, salt, argon2.IDKey([]byte(password), salt, h.cost.time, h.cost.memory, h.cost.threads, keyLen)), nil
}

// check compares a password with a stored hash; stale asks for a new hash because the cost has changed. An empty hash
// (no such account, or no password yet) does the same work and never fits.
func (h hasher) check(ctx context.Context, stored, password string) (ok, stale bool, err error) {
	known := stored != ""
	if !known {
		stored = h.dummy
	}
	c, salt, key, err := decode(stored)
	if err != nil {
		return false, false, err
	}
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer func() { <-h.slots }()
	got := argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, uint32(len(key)))
	same := subtle.ConstantTimeCompare(got, key) == 1
	return same && known, c != h.cost, nil
}

var b64 = base64.RawStdEncoding

func encode(c cost, salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.time, c.threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

var errHash = errors.New("a stored password hash cannot be read")

func decode(s string) (c cost, salt, key []byte, err error) {
	p := strings.Split(s, "$")
	if len(p) != 6 || p[0] != "" || p[1] != "argon2id" {
		return c, nil, nil, errHash
	}
	var v int
	if _, err := fmt.Sscanf(p[2], "v=%d", &v); err != nil || v != argon2.Version {
		return c, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(p[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads); err != nil || c.memory < 8 || c.memory > 1<<20 || c.time < 1 || c.time > 20 || c.threads < 1 {
		return c, nil, nil, errHash
	}
	if salt, err = b64.DecodeString(p[4]); err != nil || len(salt) < 8 {
		return c, nil, nil, errHash
	}
	if key, err = b64.DecodeString(p[5]); err != nil || len(key) < 16 || len(key) > 64 {
		return c, nil, nil, errHash
	}
	return c, salt, key, nil
}

// try is one attempt at the door: it is counted as a failure before the password is looked at, so that a thousand guesses
// sent at once are a thousand failures and not one. What turns out well is forgiven.
type try struct {
	account, address string // keys
	counted          attempts
}

func (d *Domain) accountKey(login string) string {
	return "a" + d.Gate.Vault.Ring().Blind("sign_in_account", org.NormalLogin(login))
}

func (d *Domain) factorKey(staffID string) string {
	return "f" + d.Gate.Vault.Ring().Blind("sign_in_factor", staffID)
}

func (d *Domain) addressKey(addr string) string {
	return "i" + d.Gate.Vault.Ring().Blind("sign_in_address", addr)
}

// reserve counts the attempt, or refuses it with the time to wait.
func (d *Domain) reserve(ctx context.Context, account, addr string) (try, error) {
	t := try{account: account, address: d.addressKey(addr)}
	l, now := d.config.Limits, d.Gate.Clock.Now()
	var wait time.Duration
	err := d.Gate.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		wait = 0
		keys := []struct {
			key        string
			soft, hard int
		}{{t.account, l.Soft, l.Hard}, {t.address, l.SoftAddr, l.HardAddr}}
		var next []attempts
		for _, k := range keys {
			if err := holdAttempts(ctx, tx, k.key, now); err != nil {
				return err
			}
			a, err := attemptsOf(ctx, tx, k.key)
			if err != nil {
				return err
			}
			wait = max(wait, a.wait(now))
			next = append(next, a.fail(now, k.soft, k.hard, l))
		}
		if wait > 0 {
			return nil
		}
		for i, k := range keys {
			if err := putAttempts(ctx, tx, k.key, next[i]); err != nil {
				return err
			}
		}
		t.counted = next[0]
		return nil
	})
	if err == nil && wait > 0 {
		err = waitFault(wait)
	}
	return t, err
}

// waitFault says how long: seconds below two minutes, minutes above.
func waitFault(wait time.Duration) error {
	secs := int64((wait + time.Second - 1) / time.Second)
	if secs < 120 {
		return fault.New(fault.Conflict, "signin.err.wait_seconds", "n", secs)
	}
	return fault.New(fault.Conflict, "signin.err.wait_minutes", "n", (secs+59)/60)
}

// forgive takes the counted attempt back, in the transaction of the success.
func (d *Domain) forgive(ctx context.Context, t *db.Tx, y try) error {
	if err := dropAttempts(ctx, t, y.account); err != nil {
		return err
	}
	if err := holdAttempts(ctx, t, y.address, d.Gate.Clock.Now()); err != nil {
		return err
	}
	a, err := attemptsOf(ctx, t, y.address)
	if err != nil {
		return err
	}
	if a = a.forgive(d.Gate.Clock.Now(), d.config.Limits.SoftAddr); a.Failures == 0 {
		return dropAttempts(ctx, t, y.address)
	}
	return putAttempts(ctx, t, y.address, a)
}

// noteFailure writes a failed attempt into the journal: the first of a window and the one that locks, so that a guessing
// machine does not fill it. An unknown account leaves the same entries as a known one, under its keyed hash.
func (d *Domain) noteFailure(ctx context.Context, y try, staffID string) error {
	action := ""
	switch {
	case y.counted.locked(d.config.Limits.Hard):
		action = "sign_in.locked"
	case y.counted.Failures == 1:
		action = "sign_in.failed"
	default:
		return nil
	}
	subject := journal.Ref{Kind: "staff", ID: staffID}
	if staffID == "" {
		subject = journal.Ref{Kind: "account", ID: y.account}
	}
	return d.Gate.Write(ctx, org.SystemID, org.Self, func(ctx context.Context, w *gate.W) error {
		return w.Record(ctx, journal.Entry{Subject: subject, Action: action, Key: journal.Installation})
	})
}

// Unlock lets an account try again at once. It is called by the administration, in its transaction.
func (d *Domain) Unlock(ctx context.Context, w *gate.W, s org.Staff) error {
	if err := dropAttempts(ctx, w.Tx, d.accountKey(s.Login)); err != nil {
		return err
	}
	return dropAttempts(ctx, w.Tx, d.factorKey(s.ID))
}

// Locked tells until when an account must wait; the zero time when it need not.
func (d *Domain) Locked(ctx context.Context, t *db.Tx, s org.Staff) (time.Time, error) {
	var until time.Time
	for _, key := range []string{d.accountKey(s.Login), d.factorKey(s.ID)} {
		a, err := attemptsOf(ctx, t, key)
		if err != nil {
			return until, err
		}
		if a.wait(d.Gate.Clock.Now()) > 0 && a.Until.After(until) {
			until = a.Until
		}
	}
	return until, nil
}
