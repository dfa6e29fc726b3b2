// Package id makes identifiers: UUID version 7 (RFC 9562) as text. They are made by whoever writes first, a tablet
// without signal included, and sort by the time they were made.
package id

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"sync"
	"time"
)

// Maker makes ids. The zero value uses the machine's clock and randomness; the demo hands in its own so that the same
// seed makes the same caseload.
type Maker struct {
	Now  func() time.Time
	Rand io.Reader

	mu   sync.Mutex
	last int64 // last millisecond used, so that ids of one maker never go back
	seq  uint16
}

var standard Maker

// New makes an id from the machine's clock.
func New() string { return standard.New() }

// New makes the next id. Ids of one maker are strictly ascending: a counter fills the 12 bits after the millisecond.
func (m *Maker) New() string {
	now, random := time.Now, io.Reader(rand.Reader)
	if m.Now != nil {
		now = m.Now
	}
	if m.Rand != nil {
		random = m.Rand
	}
	var b [16]byte
	m.mu.Lock()
	if _, err := io.ReadFull(random, b[8:]); err != nil {
		m.mu.Unlock()
		panic("no randomness: " + err.Error())
	}
	ms := now().UnixMilli()
	if ms <= m.last {
		m.seq++
		if m.seq > 0xfff {
			m.last, m.seq = m.last+1, 0
		}
		ms = m.last
	} else {
		m.last, m.seq = ms, 0
	}
	seq := m.seq
	m.mu.Unlock()
	b[0], b[1], b[2], b[3], b[4], b[5] = byte(ms>>40), byte(ms>>32), byte(ms>>24), byte(ms>>16), byte(ms>>8), byte(ms)
	b[6], b[7] = 0x70|byte(seq>>8), byte(seq)
	b[8] = 0x80 | b[8]&0x3f
	var s [36]byte
	hex.Encode(s[0:8], b[0:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:36], b[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}

// Valid reports whether s is the text form of a UUID in lower case, the only form that is stored.
func Valid(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// FromHash makes an id out of a hash (UUID version 8): the same content, the same id. For what comes from outside with a
// key of its own.
func FromHash(sum [32]byte) string {
	var b [16]byte
	copy(b[:], sum[:16])
	b[6], b[8] = 0x80|b[6]&0x0f, 0x80|b[8]&0x3f
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
