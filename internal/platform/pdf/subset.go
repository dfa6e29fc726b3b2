package pdf

import (
	"crypto/sha256"
	"encoding/binary"
	"sort"
	"strings"
)

// part is one glyph of a cluster with its place, in font units.
type part struct {
	gid  uint16
	x, y int16
}

// glyph is an entry of a subset font. One entry stands for one piece of text, even where the font draws it
// with several glyphs: that is what makes copying and searching exact for vowelled Arabic, for the invisible
// joiners of Persian and for Bengali conjuncts.
type glyph struct {
	parts []part
	adv   int
	text  string
	raw   []byte // an outline of our own (the check boxes)
}

// subset collects the glyphs used of one face. Number 0 stays the "missing" glyph.
type subset struct {
	face   *face
	glyphs []glyph
	index  map[string]uint16
}

type fontSet [faces]*subset

// maxGlyphs leaves room for the parts that composite glyphs need.
const maxGlyphs = 40000

func (fs *fontSet) use(fc *face, f int, p pending, text string) uint16 {
	s := fs[f]
	if s == nil {
		s = &subset{face: fc, glyphs: []glyph{{parts: []part{{}}, adv: fc.advance(0), text: "\uFFFD"}}, index: map[string]uint16{}}
		fs[f] = s
	}
	return s.use(glyph{parts: visible(fc, p.parts), adv: p.adv, text: text})
}

// visible leaves out blank parts, such as the empty glyph that stands for a joiner.
func visible(fc *face, parts []part) []part {
	out := parts[:0]
	for _, p := range parts {
		if len(fc.outline(p.gid)) > 0 {
			out = append(out, p)
		}
	}
	return out
}

func (s *subset) use(g glyph) uint16 {
	key := make([]byte, 0, len(g.text)+6*len(g.parts)+1)
	for _, p := range g.parts {
		key = binary.BigEndian.AppendUint16(key, p.gid)
		key = binary.BigEndian.AppendUint16(key, uint16(p.x))
		key = binary.BigEndian.AppendUint16(key, uint16(p.y))
	}
	key = append(append(key, 0xFF), g.text...)
	if len(g.parts) == 0 {
		key = binary.BigEndian.AppendUint16(key, uint16(g.adv))
	}
	if id, ok := s.index[string(key)]; ok {
		return id
	}
	if len(s.glyphs) >= maxGlyphs {
		return 0
	}
	id := uint16(len(s.glyphs))
	s.glyphs = append(s.glyphs, g)
	s.index[string(key)] = id
	return id
}

// width1000 is the glyph's width in the thousandths of the font size that PDF counts in.
func (s *subset) width1000(id uint16) int {
	return int(float64(s.glyphs[id].adv)*1000/s.face.upem + 0.5)
}

// tag makes the six letters that mark a subset's name; the same glyphs always give the same letters.
func (s *subset) tag() string {
	h := sha256.New()
	for _, g := range s.glyphs {
		h.Write([]byte(g.text))
		for _, p := range g.parts {
			h.Write([]byte{byte(p.gid >> 8), byte(p.gid)})
		}
	}
	var b strings.Builder
	for _, c := range h.Sum(nil)[:6] {
		b.WriteByte('A' + c%26)
	}
	return b.String()
}

// fontBuilder writes a TrueType file that holds only what a document uses.
type fontBuilder struct {
	src    *face
	glyf   [][]byte
	adv    []int
	copied map[uint16]uint16 // source glyph to our number
}

func (s *subset) build() []byte {
	b := &fontBuilder{src: s.face, copied: map[uint16]uint16{}}
	b.glyf = make([][]byte, len(s.glyphs))
	b.adv = make([]int, len(s.glyphs))
	for i, g := range s.glyphs {
		b.adv[i] = g.adv
		if g.raw != nil {
			b.glyf[i] = g.raw
		} else if len(g.parts) == 1 && g.parts[0].x == 0 && g.parts[0].y == 0 {
			if _, ok := b.copied[g.parts[0].gid]; !ok {
				b.copied[g.parts[0].gid] = uint16(i)
			}
		}
	}
	depth := 1
	for i, g := range s.glyphs {
		switch {
		case g.raw != nil || len(g.parts) == 0:
		case len(g.parts) == 1 && g.parts[0].x == 0 && g.parts[0].y == 0:
			b.glyf[i] = b.outline(g.parts[0].gid)
		default:
			b.glyf[i] = b.composite(g.parts)
			depth = max(depth, len(g.parts))
		}
	}
	return b.file(depth)
}

// number gives the place of a source glyph in the new font, copying it on first need.
func (b *fontBuilder) number(gid uint16) uint16 {
	if n, ok := b.copied[gid]; ok {
		return n
	}
	n := uint16(len(b.glyf))
	b.copied[gid] = n
	b.glyf = append(b.glyf, nil)
	b.adv = append(b.adv, b.src.advance(gid))
	b.glyf[n] = b.outline(gid)
	return n
}

const (
	argsAreWords   = 0x0001
	argsAreOffsets = 0x0002
	haveScale      = 0x0008
	moreParts      = 0x0020
	haveScaleXY    = 0x0040
	haveMatrix     = 0x0080
)

// outline copies a glyph; where it is made of other glyphs, their numbers are changed to the new ones.
func (b *fontBuilder) outline(gid uint16) []byte {
	data := append([]byte(nil), b.src.outline(gid)...)
	if len(data) < 10 || int16(binary.BigEndian.Uint16(data)) >= 0 {
		return data
	}
	for at := 10; at+4 <= len(data); {
		flags := binary.BigEndian.Uint16(data[at:])
		binary.BigEndian.PutUint16(data[at+2:], b.number(binary.BigEndian.Uint16(data[at+2:])))
		at += 6
		if flags&argsAreWords != 0 {
			at += 2
		}
		switch {
		case flags&haveScale != 0:
			at += 2
		case flags&haveScaleXY != 0:
			at += 4
		case flags&haveMatrix != 0:
			at += 8
		}
		if flags&moreParts == 0 {
			break
		}
	}
	return data
}

func (b *fontBuilder) composite(parts []part) []byte {
	box := [4]int{1 << 15, 1 << 15, -1 << 15, -1 << 15}
	body := []byte{}
	for i, p := range parts {
		o := b.src.outline(p.gid)
		for k := range 4 {
			v := int(int16(binary.BigEndian.Uint16(o[2+2*k:])))
			if k%2 == 0 {
				v += int(p.x)
			} else {
				v += int(p.y)
			}
			if k < 2 {
				box[k] = min(box[k], v)
			} else {
				box[k] = max(box[k], v)
			}
		}
		flags := uint16(argsAreWords | argsAreOffsets)
		if i+1 < len(parts) {
			flags |= moreParts
		}
		body = binary.BigEndian.AppendUint16(body, flags)
		body = binary.BigEndian.AppendUint16(body, b.number(p.gid))
		body = binary.BigEndian.AppendUint16(body, uint16(p.x))
		body = binary.BigEndian.AppendUint16(body, uint16(p.y))
	}
	out := []byte{0xFF, 0xFF}
	for _, v := range box {
		out = binary.BigEndian.AppendUint16(out, uint16(int16(max(-32768, min(32767, v)))))
	}
	return append(out, body...)
}

func (b *fontBuilder) file(parts int) []byte {
	n := len(b.glyf)
	var glyf, loca, hmtx []byte
	for i, g := range b.glyf {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, g...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		left := uint16(0)
		if len(g) >= 4 {
			left = binary.BigEndian.Uint16(g[2:])
		}
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(max(0, min(65535, b.adv[i]))))
		hmtx = binary.BigEndian.AppendUint16(hmtx, left)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))

	head := append([]byte(nil), b.src.head...)
	binary.BigEndian.PutUint32(head[8:], 0)
	binary.BigEndian.PutUint16(head[50:], 1)
	hhea := append([]byte(nil), b.src.hhea...)
	binary.BigEndian.PutUint16(hhea[34:], uint16(n))
	maxp := append([]byte(nil), b.src.maxp...)
	binary.BigEndian.PutUint16(maxp[4:], uint16(n))
	// New composites may hold more points and parts than any glyph of the source font.
	for _, at := range []int{10, 12} {
		most := int(max(binary.BigEndian.Uint16(maxp[at:]), binary.BigEndian.Uint16(maxp[at-4:])))
		binary.BigEndian.PutUint16(maxp[at:], uint16(min(65535, most*parts)))
	}
	binary.BigEndian.PutUint16(maxp[28:], uint16(max(int(binary.BigEndian.Uint16(maxp[28:])), min(parts, 65535))))
	binary.BigEndian.PutUint16(maxp[30:], binary.BigEndian.Uint16(maxp[30:])+1)

	tables := map[string][]byte{"head": head, "hhea": hhea, "maxp": maxp, "hmtx": hmtx, "loca": loca, "glyf": glyf}
	for tag, t := range b.src.hints {
		tables[tag] = t
	}
	return sfnt(tables)
}

// sfnt joins tables into a font file with its checksums.
func sfnt(tables map[string][]byte) []byte {
	tags := make([]string, 0, len(tables))
	for t := range tables {
		tags = append(tags, t)
	}
	sort.Strings(tags)
	log := 0
	for 1<<(log+1) <= len(tags) {
		log++
	}
	out := []byte{0, 1, 0, 0}
	for _, v := range []int{len(tags), 16 << log, log, 16*len(tags) - 16<<log} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at, headAt := 12+16*len(tags), 0
	var body []byte
	for _, t := range tags {
		data := tables[t]
		if t == "head" {
			headAt = at
		}
		out = append(out, t...)
		for _, v := range []uint32{checksum(data), uint32(at), uint32(len(data))} {
			out = binary.BigEndian.AppendUint32(out, v)
		}
		body = append(body, data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		at = 12 + 16*len(tags) + len(body)
	}
	out = append(out, body...)
	binary.BigEndian.PutUint32(out[headAt+8:], 0xB1B0AFBA-checksum(out))
	return out
}

func checksum(data []byte) uint32 {
	var sum uint32
	for i := 0; i < len(data); i += 4 {
		var w [4]byte
		copy(w[:], data[i:])
		sum += binary.BigEndian.Uint32(w[:])
	}
	return sum
}
