package blob

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"time"
)

// ScanState is what is known about malware in a file.
type ScanState string

// The states.
const (
	StateClean     ScanState = "clean"
	StateInfected  ScanState = "infected"
	StateUnscanned ScanState = "unscanned"
)

// Scan is the answer of the scanner.
type Scan struct {
	State ScanState
	Name  string // of the malware found
	Why   string // when not scanned: off, unreachable, broken, limit
}

// Clamd is a malware scanner that speaks clamd's INSTREAM.
type Clamd struct {
	Addr    string        // host:port or unix:/path
	Timeout time.Duration // for each step; zero: 30s
}

// begin opens a scan that is fed while the file is stored, so nothing is read twice. A scanner that fails never stops an
// upload: the file is marked as not scanned.
func (c *Clamd) begin(ctx context.Context) *scan {
	if c == nil || c.Addr == "" {
		return &scan{why: "off"}
	}
	s := &scan{timeout: c.Timeout}
	if s.timeout == 0 {
		s.timeout = 30 * time.Second
	}
	network, addr := "tcp", c.Addr
	if p, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, addr = "unix", p
	}
	conn, err := (&net.Dialer{Timeout: min(s.timeout, 5*time.Second)}).DialContext(ctx, network, addr)
	if err != nil {
		s.why = "unreachable"
		return s
	}
	s.conn = conn
	s.send([]byte("zINSTREAM\x00"))
	return s
}

type scan struct {
	conn    net.Conn
	timeout time.Duration
	why     string // set: the scan has failed
}

func (s *scan) send(b []byte) {
	if s.why != "" {
		return
	}
	s.conn.SetWriteDeadline(time.Now().Add(s.timeout))
	if _, err := s.conn.Write(b); err != nil {
		s.why = "broken" // the answer, if there is one, may still say why
	}
}

// Write feeds a piece of the file. It never fails: see begin.
func (s *scan) Write(b []byte) (int, error) {
	if len(b) > 0 {
		s.send(binary.BigEndian.AppendUint32(nil, uint32(len(b))))
		s.send(b)
	}
	return len(b), nil
}

// result ends the stream and reads the answer.
func (s *scan) result() Scan {
	s.send(make([]byte, 4))
	if s.conn == nil {
		return Scan{State: StateUnscanned, Why: s.why}
	}
	s.conn.SetReadDeadline(time.Now().Add(s.timeout))
	b, err := io.ReadAll(io.LimitReader(s.conn, 4096))
	answer := strings.TrimRight(string(b), "\x00\n ")
	name, found := strings.CutSuffix(strings.TrimPrefix(answer, "stream: "), " FOUND")
	switch {
	case found: // also when it stopped reading early: it had seen enough
		return Scan{State: StateInfected, Name: name}
	case strings.Contains(answer, "size limit exceeded"):
		return Scan{State: StateUnscanned, Why: "limit"}
	case s.why == "" && err == nil && answer == "stream: OK":
		return Scan{State: StateClean}
	}
	return Scan{State: StateUnscanned, Why: "broken"}
}

func (s *scan) abandon() {
	if s.conn != nil {
		s.conn.Close()
	}
}
