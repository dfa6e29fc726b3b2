// Package signin is the front door: who somebody is, proven by a password with a second factor or by a passkey, for how
// long the door stays open on this device, and what is done when somebody tries other people's keys.
//
// It owns session, password, totp, credential, recovery_code, reset_code, ceremony and sign_in_attempt. It never says what
// somebody may do: their roles do, in org. It keeps no secret it could hand out again.
package signin

import (
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/nostos-avrr/nostos/internal/gate"
)

// Config is what the installation decides about signing in.
type Config struct {
	PublicURL string // the address people type: passkeys are bound to its host
	Idle, Max time.Duration
	Limits    Limits
	Demo      bool        // invented caseload: the password alone is enough, and Logins stand on the page
	Logins    []DemoLogin // one for every role
	Addr      func(*http.Request) string
	OIDC      Provider
}

// DemoLogin is an invented sign-in that anybody may use, in the demo only.
type DemoLogin struct{ Login, Name, RoleKey, Password string }

// Provider is the place of an outside identity provider (OpenID Connect). It is not built yet: an empty Issuer means that
// Nostos itself checks who somebody is, and New refuses any other value, so that nobody believes it were at work.
type Provider struct{ Issuer, ClientID, ClientSecret string }

// Stages of a session. Only a full one is signed in.
const (
	Full   = "full"
	Factor = "factor" // the password was right; the second factor is owed
	Enrol  = "enrol"  // the password was right; this person must set up a second factor first
)

// Session is one browser at the door.
type Session struct {
	ID, StaffID, Stage, Device     string
	CreatedAt, LastSeen, ExpiresAt time.Time
	language                       string
	active                         bool
}

// Domain is the room.
type Domain struct {
	Gate   *gate.Gate
	config Config
	passes *webauthn.WebAuthn // nil where the address is not one that passkeys can be bound to
	secure bool
	hasher hasher
	local  sync.Map // session id -> when last_seen was last written by this process
}

// passkeyWait is how long a question to a passkey may go unanswered; factorWait how long the second factor may.
const (
	passkeyWait = 5 * time.Minute
	factorWait  = 15 * time.Minute
	resetLife   = 24 * time.Hour
	seenEvery   = time.Minute
)

// New makes the room.
func New(g *gate.Gate, c Config) *Domain {
	if c.OIDC.Issuer != "" {
		panic("signin: an outside identity provider is configured, but this version cannot use one")
	}
	if c.Idle == 0 {
		c.Idle = 30 * time.Minute
	}
	if c.Max == 0 {
		c.Max = 12 * time.Hour
	}
	c.Limits = c.Limits.orDefault()
	if c.Addr == nil {
		c.Addr = func(r *http.Request) string {
			host, _, err := net.SplitHostPort(r.RemoteAddr)
			if err != nil {
				return r.RemoteAddr
			}
			return host
		}
	}
	d := &Domain{Gate: g, config: c, hasher: newHasher()}
	if u, err := url.Parse(c.PublicURL); err == nil && u.Host != "" {
		d.secure = u.Scheme == "https"
		if net.ParseIP(u.Hostname()) == nil && (d.secure || u.Hostname() == "localhost") {
			// Passkeys need a name, and an encrypted connection unless it is this very machine.
			d.passes, err = webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: "Nostos", RPOrigins: []string{u.Scheme + "://" + u.Host}})
			if err != nil {
				panic("signin: " + err.Error()) // the address was parsed above; anything left is a mistake in the program
			}
		}
	}
	return d
}

// Passkeys reports whether passkeys can be used at this address.
func (d *Domain) Passkeys() bool { return d.passes != nil }
