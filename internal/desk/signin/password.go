package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

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
