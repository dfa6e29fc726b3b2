package pdf

import (
	"sort"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/segmenter"
	"golang.org/x/text/unicode/bidi"
)

// cluster is the smallest piece of text that is drawn as one: a letter with its marks, or a ligature.
type cluster struct {
	start, end int // characters text[start:end]
	adv        float32
	cid        uint16 // glyph number in the subset of its face
	face       uint8
	level      uint8
	space      bool // white space that may hang at the end of a line
	glued      bool // not to be parted from the cluster before it
}

// maxMarks is the bound of the Unicode stream-safe form.
const maxMarks = 30

// clean splits text into paragraphs and drops what must not be printed: control characters, and the old
// direction overrides, which can make a line read as something it does not say. Broken UTF-8 becomes U+FFFD.
// More than maxMarks marks on one letter are an attack or an accident, in no language a word.
func clean(text string) [][]rune {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	out := [][]rune{nil}
	marks := 0
	for _, r := range text {
		if unicode.Is(unicode.M, r) || r == '\u200C' || r == '\u200D' {
			marks++
		} else {
			marks = 0
		}
		switch {
		case marks > maxMarks:
			continue
		case r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			out = append(out, nil)
			continue
		case r == '\t':
			r = ' '
		case unicode.IsControl(r) || (r >= 0x202A && r <= 0x202E) || (r >= 0xFFF9 && r <= 0xFFFB) || r == 0xFEFF:
			continue
		}
		out[len(out)-1] = append(out[len(out)-1], r)
	}
	return out
}

// rightToLeft decides the base direction of a run.
func rightToLeft(r Run, paras [][]rune, page bool) bool {
	switch r.Dir {
	case "rtl":
		return true
	case "ltr":
		return false
	}
	for _, p := range paras {
		inside := 0 // what stands in an isolate does not count (rule P2)
		for _, c := range p {
			props, _ := bidi.LookupRune(c)
			class := props.Class()
			switch {
			case isInitiator(class):
				inside++
			case class == bidi.PDI:
				inside = max(0, inside-1)
			case inside > 0:
			case class == bidi.L:
				return false
			case class == bidi.R || class == bidi.AL:
				return true
			}
		}
	}
	if r.Lang != "" {
		return dirOfLang(r.Lang) == "rtl"
	}
	return page
}

// scripts gives each character a script; shared ones (spaces, digits, marks) take that of what stands before
// them. A space or comma that runs right to left looks for a right-to-left neighbour, so that it is set in the
// same font and a Latin word inside Arabic does not cut the line into more pieces than needed.
func scripts(text []rune, lv []uint8) []language.Script {
	out := make([]language.Script, len(text))
	var last, lastOdd language.Script
	first := -1
	for i, r := range text {
		s := language.LookupScript(r)
		if s == language.Common || s == language.Inherited || s == language.Unknown {
			s = last
			if lv[i]&1 == 1 && lastOdd != 0 {
				s = lastOdd
			}
			out[i] = s
			continue
		}
		if first < 0 {
			first = i
		}
		if lv[i]&1 == 1 {
			lastOdd = s
		}
		out[i], last = s, s
	}
	lead := language.Latin
	if first >= 0 {
		lead = out[first]
	}
	for i := 0; i < len(out) && out[i] == 0; i++ {
		out[i] = lead
	}
	return out
}

// directed resolves the levels of a paragraph and then drops the invisible direction marks, which have done
// their work and would only stay behind in copied text.
func directed(text []rune, base uint8) ([]rune, []uint8) {
	all := levels(text, base)
	kept, lv := make([]rune, 0, len(text)), make([]uint8, 0, len(text))
	for i, r := range text {
		if !unicode.Is(unicode.Bidi_Control, r) {
			kept, lv = append(kept, r), append(lv, all[i])
		}
	}
	return kept, lv
}

// shape turns one paragraph into clusters in logical order.
func (d *Doc) shape(text []rune, lv []uint8, lang string, bold bool) []cluster {
	sc := scripts(text, lv)
	out := make([]cluster, 0, len(text))
	tag := language.NewLanguage(lang)
	prev := -1
	for i := 0; i < len(text); {
		f := d.shaper.pick(text[i], sc[i], bold, prev)
		j := i + 1
		for j < len(text) && lv[j] == lv[i] && sc[j] == sc[i] && d.shaper.pick(text[j], sc[j], bold, f) == f {
			j++
		}
		out = d.shapeItem(out, text, i, j, f, lv[i], sc[i], tag)
		i, prev = j, -1
	}
	return out
}

func (d *Doc) shapeItem(out []cluster, text []rune, from, to, f int, level uint8, script language.Script, lang language.Language) []cluster {
	buf := d.shaper.buf
	buf.Clear()
	buf.AddRunes(text, from, to-from)
	buf.Props = harfbuzz.SegmentProperties{Language: lang, Script: script, Direction: harfbuzz.LeftToRight}
	if level&1 == 1 {
		buf.Props.Direction = harfbuzz.RightToLeft
	}
	buf.Shape(d.shaper.fonts[f], nil)

	first := len(out)
	for g := 0; g < len(buf.Info); {
		h, pen := g, 0
		var parts []part
		for ; h < len(buf.Info) && buf.Info[h].Cluster == buf.Info[g].Cluster; h++ {
			p := buf.Pos[h]
			parts = append(parts, part{gid: uint16(buf.Info[h].Glyph), x: int16(pen + int(p.XOffset)), y: int16(p.YOffset)})
			pen += int(p.XAdvance)
		}
		out = append(out, cluster{start: buf.Info[g].Cluster, face: uint8(f), level: level})
		d.shaper.scratch = append(d.shaper.scratch, pending{parts: parts, adv: pen})
		g = h
	}
	made, glyphs := out[first:], d.shaper.scratch
	d.shaper.scratch = d.shaper.scratch[:0]
	sort.Sort(byStart{made, glyphs})
	if len(made) == 0 { // a font may drop invisible characters; the text still has to be there
		out = append(out, cluster{start: from, face: uint8(f), level: level})
		made, glyphs = out[first:], []pending{{}}
	}
	made = append([]cluster(nil), made...)
	out = out[:first]
	for k, c := range made {
		if k == 0 {
			c.start = from
		}
		c.end = to
		if k+1 < len(made) {
			c.end = made[k+1].start
		}
		out = d.keep(out, c, glyphs[k], text)
	}
	return out
}

// keep adds a shaped cluster and its glyph. Readers turn right-to-left text around glyph by glyph and many also
// turn the letters behind one glyph, so there each letter of a ligature and each vowel sign gets a glyph number
// of its own: the last one, standing leftmost, carries the drawing and the others are blank.
func (d *Doc) keep(out []cluster, c cluster, p pending, text []rune) []cluster {
	fc, f := d.shaper.faces[c.face], int(c.face)
	n := c.end - c.start
	if c.level&1 == 0 || n == 1 {
		t := string(text[c.start:c.end])
		c.space = strings.TrimFunc(t, breakSpace) == ""
		c.adv = float32(float64(p.adv) / fc.upem)
		c.cid = d.fonts.use(fc, f, p, t)
		return append(out, c)
	}
	wide := 0
	for _, r := range text[c.start:c.end] {
		if !narrow(r) {
			wide++
		}
	}
	from, left := c.start, p.adv
	for k := range n {
		c.start, c.end, c.glued = from+k, from+k+1, k > 0
		one := pending{}
		switch {
		case k == n-1:
			one = pending{parts: p.parts, adv: left}
		case !narrow(text[c.start]):
			one.adv = p.adv / wide
		}
		if k == n-1 && wide > 0 && narrow(text[c.start]) {
			one.adv = 0
		}
		left -= one.adv
		c.adv = float32(float64(one.adv) / fc.upem)
		c.cid = d.fonts.use(fc, f, one, string(text[c.start]))
		out = append(out, c)
	}
	return out
}

// narrow characters take no room of their own; readers that know this would see a gap if they had a share.
func narrow(r rune) bool { return unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) }

// pending is a shaped cluster on its way into the subset.
type pending struct {
	parts []part
	adv   int
}

type byStart struct {
	c []cluster
	p []pending
}

func (b byStart) Len() int           { return len(b.c) }
func (b byStart) Less(i, j int) bool { return b.c[i].start < b.c[j].start }
func (b byStart) Swap(i, j int) {
	b.c[i], b.c[j] = b.c[j], b.c[i]
	b.p[i], b.p[j] = b.p[j], b.p[i]
}

func breakSpace(r rune) bool {
	return unicode.Is(unicode.Zs, r) && r != '\u00A0' && r != '\u202F' && r != '\u2007'
}

// breaks marks the positions after which a line may end (UAX 14).
func breaks(text []rune) []bool {
	out := make([]bool, len(text)+1)
	var s segmenter.Segmenter
	s.Init(text)
	for it := s.LineIterator(); it.Next(); {
		l := it.Line()
		out[l.Offset+len(l.Text)] = true
	}
	return out
}

// line is a stretch of clusters [from,to); width leaves out the spaces hanging at its end.
type line struct {
	from, to int
	width    float64
}

// wrap fills lines up to width (in units of the font size). A word longer than a line is cut between letters,
// because a form with a lost word is worse than an ugly break.
func wrap(cl []cluster, canBreak []bool, width float64) []line {
	var out []line
	start, last, w := 0, -1, 0.0
	for i := 0; i < len(cl); {
		c := cl[i]
		if !c.space && w+float64(c.adv) > width && i > start {
			cut := i
			if last > start {
				cut = last
			}
			for cut > start && cl[cut].glued {
				cut--
			}
			if cut == start { // one cluster wider than the line
				w += float64(c.adv)
				i++
				continue
			}
			out = append(out, measured(cl, start, cut))
			start, last, w = cut, -1, 0
			for _, k := range cl[start:i] {
				w += float64(k.adv)
			}
			continue
		}
		w += float64(c.adv)
		i++
		if canBreak[c.end] {
			last = i
		}
	}
	if start < len(cl) {
		out = append(out, measured(cl, start, len(cl)))
	}
	return out
}

func measured(cl []cluster, from, to int) line {
	l := line{from: from, to: to}
	end := to
	for end > from && cl[end-1].space {
		end--
	}
	for _, c := range cl[from:end] {
		l.width += float64(c.adv)
	}
	return l
}
