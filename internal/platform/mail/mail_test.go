package mail

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/log"
)

// server is a small SMTP server with STARTTLS and PLAIN that takes one mail and refuses what it is told to refuse.
type server struct {
	port   int
	roots  *tls.Config
	refuse map[string]string // command -> answer
	noTLS  bool
	mails  chan string
	auth   chan string
}

func newServer(t *testing.T) *server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := x509.ParseCertificate(der)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &server{port: l.Addr().(*net.TCPAddr).Port, roots: &tls.Config{RootCAs: pool}, refuse: map[string]string{}, mails: make(chan string, 9), auth: make(chan string, 9)}
	conf := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c, conf)
		}
	}()
	return s
}

func (s *server) serve(c net.Conn, conf *tls.Config) {
	defer func() { c.Close() }()
	r := bufio.NewReader(c)
	secure := false
	fmt.Fprint(c, "220 test ESMTP\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		verb := strings.ToUpper(strings.Fields(line + " -")[0])
		if a, ok := s.refuse[verb]; ok {
			fmt.Fprint(c, a+"\r\n")
			continue
		}
		switch verb {
		case "EHLO":
			switch {
			case secure:
				fmt.Fprint(c, "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n")
			case s.noTLS:
				fmt.Fprint(c, "250-test\r\n250 8BITMIME\r\n")
			default:
				fmt.Fprint(c, "250-test\r\n250 STARTTLS\r\n")
			}
		case "STARTTLS":
			fmt.Fprint(c, "220 go\r\n")
			tc := tls.Server(c, conf)
			if tc.Handshake() != nil {
				return
			}
			c, r, secure = tc, bufio.NewReader(tc), true
		case "AUTH":
			f := strings.Fields(line)
			b, _ := base64.StdEncoding.DecodeString(f[len(f)-1])
			s.auth <- string(b)
			fmt.Fprint(c, "235 ok\r\n")
		case "DATA":
			fmt.Fprint(c, "354 go\r\n")
			var b strings.Builder
			for {
				l, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				b.WriteString(l)
			}
			s.mails <- b.String()
			fmt.Fprint(c, "250 ok\r\n")
		case "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

func (s *server) sender(t *testing.T, change func(*Options)) Sender {
	t.Helper()
	o := Options{Host: "127.0.0.1", Port: s.port, User: "nostos", Password: log.NewSecret("pw"), From: "Nostos <office@example.org>", TLSConfig: s.roots, Timeout: 5 * time.Second}
	if change != nil {
		change(&o)
	}
	out, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var hello = Message{To: "a.k@example.net", Subject: "Ειδοποίηση", Text: "Έχετε ένα νέο μήνυμα.\nSign in to read it.", Lang: "el"}

func TestSend(t *testing.T) {
	s := newServer(t)
	if err := s.sender(t, nil).Send(context.Background(), hello); err != nil {
		t.Fatal(err)
	}
	if got := <-s.auth; got != "\x00nostos\x00pw" {
		t.Errorf("auth %q", got)
	}
	m, err := netmail.ReadMessage(strings.NewReader(<-s.mails))
	if err != nil {
		t.Fatal(err)
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	body, _ := io.ReadAll(quotedprintable.NewReader(m.Body))
	for what, pair := range map[string][2]string{
		"subject": {subject, hello.Subject},
		"text":    {strings.ReplaceAll(strings.TrimSpace(string(body)), "\r\n", "\n"), hello.Text},
		"to":      {m.Header.Get("To"), "<a.k@example.net>"},
		"from":    {m.Header.Get("From"), `"Nostos" <office@example.org>`},
		"lang":    {m.Header.Get("Content-Language"), "el"},
		"auto":    {m.Header.Get("Auto-Submitted"), "auto-generated"},
		"program": {m.Header.Get("User-Agent") + m.Header.Get("X-Mailer"), ""},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	if id := m.Header.Get("Message-Id"); !strings.HasSuffix(id, "@example.org>") {
		t.Errorf("message id %q", id)
	}
}

func TestSend_refusals(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*server)
		change  func(*Options)
		msg     Message
		want    Error
	}{
		"unknown recipient": {func(s *server) { s.refuse["RCPT"] = "550 5.1.1 <a.k@example.net> unknown" }, nil, hello, Error{Code: 550}},
		"greylisted":        {func(s *server) { s.refuse["RCPT"] = "451 4.7.1 a.k@example.net later" }, nil, hello, Error{Code: 451, Temporary: true}},
		"no starttls":       {func(s *server) { s.noTLS = true }, nil, hello, Error{}},
		"wrong certificate": {nil, func(o *Options) { o.TLSConfig = nil }, hello, Error{}},
		"nobody listens":    {nil, func(o *Options) { o.Port = 1 }, hello, Error{Temporary: true}},
		"header injection":  {nil, nil, Message{To: "a@example.net", Subject: "x\r\nBcc: b@example.net"}, Error{}},
		"bad address":       {nil, nil, Message{To: "a@example.net, b@example.net", Subject: "x"}, Error{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			if c.prepare != nil {
				c.prepare(s)
			}
			err := s.sender(t, c.change).Send(context.Background(), c.msg)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Code != c.want.Code || e.Temporary != c.want.Temporary {
				t.Errorf("got %+v, want %+v", e, c.want)
			}
			if strings.Contains(e.Error(), "example.net") {
				t.Errorf("the error names the recipient: %v", e)
			}
			if len(s.mails) != 0 {
				t.Error("a mail went out")
			}
		})
	}
}

func TestNew(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(context.Background(), hello); !errors.Is(err, ErrDisabled) {
		t.Fatalf("without a server: %v", err)
	}
	for _, o := range []Options{{Host: "h", Port: 25, From: "nobody"}, {Host: "h", Port: 25, From: "a@b.example", TLS: "maybe"}, {Host: "h", Port: 99999, From: "a@b.example"}} {
		if _, err := New(o); err == nil {
			t.Errorf("accepted %+v", o)
		}
	}
}
