package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // a bare container has no zone files, and a deadline counted in UTC would be a day off
)

// Location is the zone as Go's own type. Load has checked that it exists.
func (c *Config) Location() *time.Location {
	loc, err := time.LoadLocation(c.Zone)
	if err != nil {
		panic("config: zone " + c.Zone + " was not validated")
	}
	return loc
}

// KeyFile is where the master key lies when it is not given itself.
func (c *Config) KeyFile() string {
	if c.MasterKeyFile != "" {
		return c.MasterKeyFile
	}
	return filepath.Join(c.Data, "master.key")
}

// BlobFolder is where stored files lie.
func (c *Config) BlobFolder() string {
	if c.Upload.Folder != "" {
		return c.Upload.Folder
	}
	return filepath.Join(c.Data, "blobs")
}

// TrustedProxies are the networks named in Proxies.
func (c *Config) TrustedProxies() []netip.Prefix {
	ps, err := prefixes(c.Proxies)
	if err != nil {
		panic("config: trusted_proxies was not validated")
	}
	return ps
}

// validate checks each value on its own, then those that only make sense together. Every message says what to do.
func (c *Config) validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s (from %s): %s", key, c.source(key), fmt.Sprintf(format, args...)))
	}
	if c.Data == "" {
		bad("data", "name a folder")
	}
	if c.DB != "" && !strings.HasPrefix(c.DB, "postgres://") && !strings.HasPrefix(c.DB, "postgresql://") {
		bad("db", "give an address such as postgres://user@host/nostos, or leave it empty for the database file in the data folder")
	} else if _, err := url.Parse(c.DB); err != nil {
		// url.Error repeats the address, and the address holds a password.
		bad("db", "is not a valid address: percent-encode special characters in the password")
	}
	checkAddr(bad, "addr", c.Addr)
	if c.AdminAddr != "" {
		checkAddr(bad, "admin_addr", c.AdminAddr)
		if c.AdminAddr == c.Addr {
			bad("admin_addr", "must differ from addr: metrics and profiles are not for the public")
		}
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
			bad("public_url", "give scheme and host only, such as https://nostos.example.org")
		}
	}
	if _, err := prefixes(c.Proxies); err != nil {
		bad("trusted_proxies", "%v: give addresses or networks, such as 127.0.0.1, 10.0.0.0/8", err)
	}
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" || c.Zone == "Local" {
		bad("zone", "%q is not a time zone: use a name such as Europe/Athens", c.Zone)
	}
	if c.MasterKey.Set() && c.MasterKeyFile != "" {
		bad("master_key", "give the key or its file, not both")
	}
	c.validateSMTP(bad)
	if a := c.Clamd.Addr; a != "" && !strings.HasPrefix(a, "unix:/") {
		checkAddr(bad, "clamd.addr", a)
	}
	if c.Upload.Max < 1<<10 || c.Upload.Max > 1<<30 {
		bad("upload.max", "choose a size between 1KB and 1GB")
	}
	oneOf(bad, "log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf(bad, "log.format", c.Log.Format, "text", "json")
	for key, d := range map[string]time.Duration{"clamd.timeout": c.Clamd.Timeout, "session.idle": c.Session.Idle, "session.max": c.Session.Max,
		"lockout.window": c.Lockout.Window, "lockout.duration": c.Lockout.Duration, "jobs.keep_done": c.Jobs.KeepDone} {
		if d <= 0 {
			bad(key, "must be more than nothing, such as 30m")
		}
	}
	if c.Session.Idle > c.Session.Max {
		bad("session.idle", "must not be longer than session.max (%s)", c.Session.Max)
	}
	if c.Lockout.Attempts < 1 || c.Lockout.Attempts > 100 {
		bad("lockout.attempts", "choose a number from 1 to 100")
	}
	if c.Jobs.Workers < 1 || c.Jobs.Workers > 64 {
		bad("jobs.workers", "choose a number from 1 to 64")
	}
	return errors.Join(errs...)
}

type complain func(key, format string, args ...any)

func (c *Config) validateSMTP(bad complain) {
	s := c.SMTP
	oneOf(bad, "smtp.tls", s.TLS, "starttls", "tls", "none")
	if s.Port < 1 || s.Port > 65535 {
		bad("smtp.port", "choose a port from 1 to 65535")
	}
	if s.From != "" {
		if _, err := mail.ParseAddress(s.From); err != nil {
			bad("smtp.from", "is not a mail address: write it as Nostos <nostos@example.org>")
		}
	}
	if s.Host == "" {
		return
	}
	if s.From == "" {
		bad("smtp.from", "is needed when smtp.host is set: who is the sender?")
	}
	if s.Password.Set() && s.User == "" {
		bad("smtp.user", "is needed when smtp.password is set")
	}
	if s.TLS == "none" && s.User != "" && !loopback(s.Host) {
		bad("smtp.tls", "none would send the password in clear over the network: use starttls or tls")
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func checkAddr(bad complain, key, addr string) {
	if _, port, err := net.SplitHostPort(addr); err != nil || port == "" {
		bad(key, "%q is not host:port: write it as 127.0.0.1:8080", addr)
	}
}

func oneOf(bad complain, key, value string, options ...string) {
	for _, o := range options {
		if value == o {
			return
		}
	}
	hint := ""
	if n := nearest(value, options); n != "" {
		hint = ", did you mean " + n + "?"
	}
	bad(key, "%q is not known%s (one of %s)", value, hint, strings.Join(options, ", "))
}

func prefixes(list string) (out []netip.Prefix, err error) {
	for _, s := range strings.Split(list, ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return nil, fmt.Errorf("%q is not an address", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}
