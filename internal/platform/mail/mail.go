// Package mail sends a short text to one person through the office's own mail server. A mail is a postcard: it says
// that something waits behind the sign-in, never what. Finding those neutral words is the caller's duty. It owns no
// table; callers send from a job, so that a mail leaves only after the change that causes it is certain.
package mail

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/nostos-avrr/nostos/internal/platform/log"
)

// Message is a plain text to one address.
type Message struct {
	To, Subject, Text string
	Lang              string // tag of the text's language, for screen readers and spam filters
}

// Sender sends. SMTP does; Disabled says that it cannot.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// ErrDisabled means that no mail server is configured, so the caller must tell people another way.
var ErrDisabled = errors.New("no mail is sent: set smtp.host and smtp.from")

// Disabled is the Sender of an installation without a mail server.
type Disabled struct{}

// Send returns ErrDisabled.
func (Disabled) Send(context.Context, Message) error { return ErrDisabled }

// Error is a mail that was not sent. Its text holds the step and the server's code, never an address or the server's
// own words, which repeat addresses: it may be logged and shown.
type Error struct {
	Step      string
	Code      int  // of the server, 0 if it said nothing
	Temporary bool // another attempt may succeed
}

func (e *Error) Error() string {
	if e.Code == 0 {
		return "mail not sent: " + e.Step
	}
	return fmt.Sprintf("mail not sent: %s: the server answered %d", e.Step, e.Code)
}

// Options say which server to use and who is the sender.
type Options struct {
	Host      string
	Port      int
	User      string
	Password  log.Secret
	From      string // Nostos <nostos@example.org>
	TLS       string // starttls, tls or none
	Timeout   time.Duration
	TLSConfig *tls.Config // nil: the machine's own list of certificate authorities
}

// New gives the sender for the options: Disabled when no host is set.
func New(o Options) (Sender, error) {
	if o.Host == "" {
		return Disabled{}, nil
	}
	from, err := mail.ParseAddress(o.From)
	if err != nil {
		return nil, errors.New("smtp.from is not a mail address: write it as Nostos <nostos@example.org>")
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	// The machine's name is nobody's business: HELO and the message id carry the sender's domain.
	opts := []gomail.Option{gomail.WithTimeout(o.Timeout), gomail.WithPort(o.Port), gomail.WithHELO(domain)}
	switch o.TLS {
	case "", "starttls":
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case "tls":
		opts = append(opts, gomail.WithSSL())
	case "none":
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("smtp.tls %q is not known: use starttls, tls or none", o.TLS)
	}
	if o.TLSConfig != nil {
		c := o.TLSConfig.Clone()
		c.ServerName = o.Host
		opts = append(opts, gomail.WithTLSConfig(c))
	}
	if o.User != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(o.User), gomail.WithPassword(o.Password.Reveal()))
	}
	if _, err := gomail.NewClient(o.Host, opts...); err != nil {
		return nil, fmt.Errorf("mail server settings: %w", err)
	}
	return &SMTP{host: o.Host, opts: opts, from: from, domain: domain}, nil
}

// SMTP sends through a mail server, one connection per message: mails are few, and a kept connection would be stale.
type SMTP struct {
	host, domain string
	opts         []gomail.Option
	from         *mail.Address
}

// Send hands the message to the server. Errors are *Error.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	to, err := mail.ParseAddress(m.To)
	if err != nil || strings.ContainsAny(m.Subject+m.Lang, "\r\n") {
		return &Error{Step: "the address or the subject is not valid"}
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(s.from)
	msg.ToMailAddress(to)
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageIDWithValue(rand.Text() + "@" + s.domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no out-of-office answers
	if m.Lang != "" {
		msg.SetGenHeader("Content-Language", m.Lang)
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	c, err := gomail.NewClient(s.host, s.opts...)
	if err != nil {
		return &Error{Step: "settings"}
	}
	if err := c.DialWithContext(ctx); err != nil {
		return refused("connecting to the mail server", err)
	}
	defer c.Close()
	if err := c.Send(msg); err != nil {
		return refused("handing over the message", err)
	}
	return nil
}

// refused keeps what is safe of an error: see Error.
func refused(step string, err error) error {
	out := &Error{Step: step}
	var se *gomail.SendError
	var ne net.Error
	var ce *tls.CertificateVerificationError
	switch {
	case errors.As(err, &se):
		out.Code, out.Temporary = se.ErrorCode(), se.IsTemp()
		if out.Code == 0 {
			out.Temporary = true // the connection broke; the server did not refuse
		}
	case errors.As(err, &ce):
		out.Step += ": its certificate is not trusted"
	case errors.As(err, &ne), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		out.Temporary = true
	}
	return out
}
