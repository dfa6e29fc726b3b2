package pdf

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"unicode"
)

// page is one sheet: its drawing commands and, for each marked piece, the element it belongs to.
type page struct {
	buf   bytes.Buffer
	marks []int
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(&p.buf, format, args...) }

// rule draws a thin horizontal line; top is measured from the top of the page.
func (p *page) rule(x1, top, x2, weight float64) {
	p.printf("/Artifact BMC\n%s w %s %s m %s %s l S\nEMC\n", num(weight), num(x1), num(pageHeight-top), num(x2), num(pageHeight-top))
}

// num writes a number shortly and always the same way.
func num(v float64) string {
	s := strings.TrimRight(fmt.Sprintf("%.2f", v), "0")
	s = strings.TrimSuffix(s, ".")
	if s == "-0" {
		return "0"
	}
	return s
}

// elem is a node of the tag tree that screen readers follow.
type elem struct {
	kind, lang string
	actual     string // the text in reading order, where the drawing order differs
	scope      bool   // a column heading
	parent     int
	kids       []kid
}

// kid is either a child element (page < 0) or a marked piece on a page.
type kid struct{ page, id int }

func (d *Doc) open(kind, lang string, parent int) int {
	if lang == d.meta.Lang {
		lang = ""
	}
	id := len(d.elems)
	d.elems = append(d.elems, elem{kind: kind, lang: lang, parent: parent})
	d.elems[parent].kids = append(d.elems[parent].kids, kid{-1, id})
	return id
}

// textBlock is a run set into lines.
type textBlock struct {
	lines []setLine
	size  float64
	rtl   bool
	lang  string
	// alignEnd puts lines at the side where reading ends, for a value that follows its label.
	alignEnd bool
	// reading holds the text in reading order when a line runs right to left; empty otherwise.
	reading string
}

type setLine struct {
	clusters []cluster
	width    float64
}

func (t textBlock) lineHeight() float64 { return t.size * lineFactor }
func (t textBlock) height() float64     { return float64(len(t.lines)) * t.lineHeight() }

// set shapes a run and breaks it into lines of the given width in points.
func (d *Doc) set(r Run, width float64) textBlock {
	if r.Lang == "" {
		r.Lang = d.meta.Lang
	}
	if !(r.Size > 0) || math.IsInf(r.Size, 0) {
		r.Size = defaultSize
	}
	r.Size = math.Min(math.Max(r.Size, 4), 72)
	paras := clean(r.Text)
	t := textBlock{size: r.Size, lang: r.Lang, rtl: rightToLeft(r, paras, d.rtlPage())}
	if r.Text == "" {
		return t
	}
	base := uint8(0)
	if t.rtl {
		base = 1
	}
	turned := t.rtl
	for _, para := range paras {
		text, lv := directed(para, base)
		cl := d.shape(text, lv, r.Lang, r.Bold)
		for _, l := range wrap(cl, breaks(text), width/r.Size) {
			t.lines = append(t.lines, setLine{clusters: cl[l.from:l.to], width: l.width * r.Size})
		}
		for i := range cl {
			turned = turned || cl[i].level > 0
		}
		if len(cl) == 0 {
			t.lines = append(t.lines, setLine{})
		}
	}
	if turned {
		t.reading = reading(paras)
	}
	return t
}

func reading(paras [][]rune) string {
	var b strings.Builder
	for i, p := range paras {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, r := range p {
			if !unicode.Is(unicode.Bidi_Control, r) {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// drawLine draws line i inside the column [x, x+width) at its start side.
func (d *Doc) drawLine(p *page, t textBlock, i int, x, width, top float64) {
	l := t.lines[i]
	lv := make([]uint8, len(l.clusters))
	for k, c := range l.clusters {
		lv[k] = c.level
	}
	base := uint8(0)
	if t.rtl {
		base = 1
	}
	hang := 0.0
	for k := len(lv) - 1; k >= 0 && l.clusters[k].space; k-- { // rule L1: spaces at the end hang out
		lv[k] = base
		hang += float64(l.clusters[k].adv) * t.size
	}
	pen := x
	if t.rtl {
		pen -= hang
	}
	if t.rtl != t.alignEnd {
		pen += width - l.width
	}
	y := pageHeight - top - t.size*ascentFactor
	order := visual(lv)
	for k := 0; k < len(order); {
		f := l.clusters[order[k]].face
		end := k
		for end < len(order) && l.clusters[order[end]].face == f {
			end++
		}
		pen = d.drawGlyphs(p, l.clusters, order[k:end], f, t.size, pen, y)
		k = end
	}
}

func (d *Doc) drawGlyphs(p *page, cl []cluster, order []int, f uint8, size, x, y float64) float64 {
	s := d.fonts[f]
	p.printf("BT /F%d %s Tf 1 0 0 1 %s %s Tm [<", f, num(size), num(x), num(y))
	want, have := 0.0, 0.0 // thousandths of the size: where the pen should be, and where the reader has it
	for n, k := range order {
		// A drift of a fifth of a percent of the letter size is invisible and not worth a correction.
		if off := math.Round(have - want); n > 0 && math.Abs(off) > 2 {
			p.printf("> %d <", int(off))
			have -= off
		}
		p.printf("%04X", cl[k].cid)
		want += float64(cl[k].adv) * 1000
		have += float64(s.width1000(cl[k].cid))
	}
	p.buf.WriteString(">] TJ ET\n")
	return x + want*size/1000
}

// piece draws lines [from,to) of a block as one marked piece of the element.
func (d *Doc) piece(t textBlock, el, from, to int, x, width, top float64) {
	if from >= to {
		return
	}
	n := len(d.pages) - 1
	p := d.pages[n]
	if el < 0 {
		p.printf("/Artifact BMC\n")
	} else {
		p.printf("/%s <</MCID %d>> BDC\n", d.elems[el].kind, len(p.marks))
		d.elems[el].kids = append(d.elems[el].kids, kid{n, len(p.marks)})
		d.elems[el].actual = t.reading
		p.marks = append(p.marks, el)
	}
	for i := from; i < to; i++ {
		d.drawLine(p, t, i, x, width, top+float64(i-from)*t.lineHeight())
	}
	p.printf("EMC\n")
}

func (d *Doc) newPage() {
	if len(d.pages) >= maxPages {
		d.overflow = true
		return
	}
	d.pages = append(d.pages, &page{})
	d.y = marginTop
}

func (d *Doc) room() float64 { return pageHeight - marginBottom - d.y }

// cell is a column of a row.
type cell struct {
	text textBlock
	x, w float64
	el   int // -1: not for screen readers
}

// row places cells side by side. A row that fits on a page is never cut; a longer one goes on over as many
// pages as it needs. again is called on each page that the row opens, to repeat a table's head.
func (d *Doc) row(cells []cell, keep bool, again func()) {
	height, step := 0.0, 0.0
	for _, c := range cells {
		height = math.Max(height, c.text.height())
		step = math.Max(step, c.text.lineHeight())
	}
	const body = pageHeight - marginTop - marginBottom
	if height > d.room() && ((keep && height <= body*0.9) || d.room() < math.Min(height, 2*step)) {
		d.turn(again)
	}
	next := make([]int, len(cells))
	for !d.overflow {
		used, left := 0.0, false
		for i, c := range cells {
			lh := c.text.lineHeight()
			n := min(len(c.text.lines)-next[i], max(0, int((d.room()+0.01)/lh)))
			d.piece(c.text, c.el, next[i], next[i]+n, c.x, c.w, d.y)
			next[i] += n
			used = math.Max(used, float64(n)*lh)
			left = left || next[i] < len(c.text.lines)
		}
		d.y += used
		if !left {
			return
		}
		d.turn(again)
	}
}

func (d *Doc) turn(again func()) {
	d.newPage()
	if again != nil && !d.overflow {
		again()
	}
}
