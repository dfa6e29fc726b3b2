package pdf

import (
	"encoding/binary"
	"fmt"
	"math"
)

const (
	bodyWidth = pageWidth - 2*marginSide
	gutter    = 18.0
	cellPad   = 4.0
)

// Heading sets a heading of level 1 (the document's title) to 3, and keeps it with what follows.
func (d *Doc) Heading(level int, r Run) {
	level = max(1, min(level, 3))
	r.Bold = true
	if r.Size == 0 {
		r.Size = [...]float64{18, 13.5, 11.5}[level-1]
	}
	t := d.set(r, bodyWidth)
	if d.y > marginTop {
		d.y += r.Size * 0.7
	}
	if d.room() < t.height()+3*defaultSize*lineFactor {
		d.newPage()
	}
	d.row([]cell{{t, marginSide, bodyWidth, d.open(fmt.Sprintf("H%d", level), t.lang, 0)}}, true, nil)
	d.y += 4
}

// Para sets a paragraph across the page, aligned to the side where its reading starts.
func (d *Doc) Para(r Run) {
	t := d.set(r, bodyWidth)
	d.row([]cell{{t, marginSide, bodyWidth, d.open("P", t.lang, 0)}}, false, nil)
	d.y += 6
}

// columns cuts the page into columns that start on the side where the page's language starts.
func (d *Doc) columns(shares []float64, gap float64) (x, w []float64) {
	total := 0.0
	for _, s := range shares {
		total += s
	}
	at := 0.0
	for _, s := range shares {
		cw := (bodyWidth - gap*float64(len(shares)-1)) * s / total
		left := marginSide + at
		if d.rtlPage() {
			left = pageWidth - marginSide - at - cw
		}
		x, w = append(x, left), append(w, cw)
		at += cw + gap
	}
	return x, w
}

// Bilingual sets the same statement in two languages side by side, kept together on one page. The one in the
// page's language stands at the start side, whichever comes first here.
func (d *Doc) Bilingual(a, b Run) {
	if b.Lang == d.meta.Lang && a.Lang != d.meta.Lang && a.Lang != "" {
		a, b = b, a
	}
	x, w := d.columns([]float64{1, 1}, gutter)
	first, second := d.set(a, w[0]), d.set(b, w[1])
	div := d.open("Div", "", 0)
	d.row([]cell{
		{first, x[0], w[0], d.open("P", first.lang, div)},
		{second, x[1], w[1], d.open("P", second.lang, div)},
	}, true, nil)
	d.y += 8
}

// Field sets a label and its value on one line, the label at the start side.
func (d *Doc) Field(label, value Run) {
	label.Bold = true
	if label.Size == 0 {
		label.Size = 9.5
	}
	x, w := d.columns([]float64{1, 2}, 12)
	l, v := d.set(label, w[0]), d.set(value, w[1])
	d.short(&l)
	d.short(&v)
	div := d.open("Div", "", 0)
	d.row([]cell{{l, x[0], w[0], d.open("P", l.lang, div)}, {v, x[1], w[1], d.open("P", v.lang, div)}}, true, nil)
	d.y += 4
}

// short puts text of one line at the page's start side, so that a Latin name on an Arabic page stands next to
// its label and numbers stand under their heading. Longer text keeps the side where its own reading starts.
func (d *Doc) short(t *textBlock) {
	t.alignEnd = len(t.lines) == 1 && t.rtl != d.rtlPage()
}

// Table is a grid with a head that is repeated on each page.
type Table struct {
	Head   []Run
	Rows   [][]Run
	Widths []float64 // shares of the page; empty: all the same
}

// Table sets a table; columns run from the page's start side.
func (d *Doc) Table(t Table) {
	n := len(t.Head)
	for _, r := range t.Rows {
		n = max(n, len(r))
	}
	if n == 0 {
		return
	}
	shares := make([]float64, n)
	for i := range shares {
		shares[i] = 1
		if i < len(t.Widths) && t.Widths[i] > 0 && !math.IsInf(t.Widths[i], 0) {
			shares[i] = t.Widths[i]
		}
	}
	x, w := d.columns(shares, 2*cellPad)
	el := d.open("Table", "", 0)
	line := func() {
		d.y += cellPad
		d.pages[len(d.pages)-1].rule(marginSide, d.y, pageWidth-marginSide, 0.4)
		d.y += cellPad
	}
	head := make([]cell, len(t.Head))
	for i, r := range t.Head {
		r.Bold = true
		if r.Size == 0 {
			r.Size = 9.5
		}
		head[i] = cell{text: d.set(r, w[i]), x: x[i], w: w[i], el: -1}
		d.short(&head[i].text)
	}
	if len(head) > 0 {
		first := append([]cell(nil), head...)
		tr := d.open("TR", "", el)
		for i := range first {
			first[i].el = d.open("TH", first[i].text.lang, tr)
			d.elems[first[i].el].scope = true
		}
		if d.room() < tallest(head)+3*defaultSize*lineFactor {
			d.newPage()
		}
		d.row(first, true, nil)
		line()
	}
	// A head as tall as the page cannot be repeated, or there would be no room for rows.
	again := func() {
		if len(head) > 0 && tallest(head) < 200 {
			d.row(head, true, nil)
			line()
		}
	}
	for _, r := range t.Rows {
		if d.overflow {
			return
		}
		tr := d.open("TR", "", el)
		cells := make([]cell, n)
		for i := range cells {
			var run Run
			if i < len(r) {
				run = r[i]
			}
			if run.Size == 0 {
				run.Size = 9.5
			}
			cells[i] = cell{text: d.set(run, w[i]), x: x[i], w: w[i]}
			d.short(&cells[i].text)
			cells[i].el = d.open("TD", cells[i].text.lang, tr)
		}
		if d.room() < tallest(cells)+2*cellPad && tallest(cells) < 300 {
			d.turn(again)
		}
		d.row(cells, true, again)
		line()
	}
	d.y += 6
}

func tallest(cells []cell) float64 {
	h := 0.0
	for _, c := range cells {
		h = math.Max(h, c.text.height())
	}
	return h
}

// SignatureLine leaves room to sign, with the label under the line.
func (d *Doc) SignatureLine(label Run) {
	if label.Size == 0 {
		label.Size = smallSize
	}
	const width, space = 230.0, 34.0
	t := d.set(label, width)
	if d.room() < space+t.height()+6 {
		d.newPage()
	}
	d.y += space
	x := marginSide
	if d.rtlPage() {
		x = pageWidth - marginSide - width
	}
	d.pages[len(d.pages)-1].rule(x, d.y, x+width, 0.6)
	d.y += 3
	d.row([]cell{{t, x, width, d.open("P", t.lang, 0)}}, true, nil)
	d.y += 8
}

// Checkbox sets a box, ticked or not, before a statement. The box is a character, so that a copied text and a
// screen reader say whether it was ticked.
func (d *Doc) Checkbox(checked bool, r Run) {
	const box = 20.0
	x, w := d.columns([]float64{box, bodyWidth - box}, 0)
	t := d.set(r, w[1])
	div := d.open("Div", "", 0)
	d.row([]cell{{d.box(checked, t.size, t.lang), x[0], w[0], d.open("P", t.lang, div)},
		{t, x[1], w[1], d.open("P", t.lang, div)}}, true, nil)
	d.y += 4
}

func (d *Doc) box(checked bool, size float64, lang string) textBlock {
	text, shape := "☐", boxOutline
	if checked {
		text = "☑"
		shape = append(append([][][2]int16{}, boxOutline...), tickOutline)
	}
	fc := d.shaper.faces[0]
	d.fonts.use(fc, 0, pending{}, " ")
	cid := d.fonts[0].use(glyph{adv: 1700, text: text, raw: polygons(shape)})
	c := cluster{end: 1, adv: float32(1700 / fc.upem), cid: cid}
	return textBlock{size: size, lang: lang, rtl: d.rtlPage(), lines: []setLine{{[]cluster{c}, float64(c.adv) * size}}}
}

// Outlines in the 2000 units of Commissioner: a frame, and a tick inside it.
var (
	boxOutline = [][][2]int16{
		{{100, -150}, {100, 1350}, {1600, 1350}, {1600, -150}},
		{{200, -50}, {1500, -50}, {1500, 1250}, {200, 1250}},
	}
	tickOutline = [][2]int16{{420, 640}, {520, 740}, {740, 500}, {1190, 1010}, {1300, 910}, {750, 280}}
)

// polygons writes closed straight outlines as a glyph record.
func polygons(shape [][][2]int16) []byte {
	var ends, xs, ys []byte
	lo, hi := [2]int16{32767, 32767}, [2]int16{-32768, -32768}
	var at [2]int16
	n := 0
	for _, contour := range shape {
		for _, pt := range contour {
			xs = binary.BigEndian.AppendUint16(xs, uint16(pt[0]-at[0]))
			ys = binary.BigEndian.AppendUint16(ys, uint16(pt[1]-at[1]))
			at = pt
			for k := range 2 {
				lo[k], hi[k] = min(lo[k], pt[k]), max(hi[k], pt[k])
			}
			n++
		}
		ends = binary.BigEndian.AppendUint16(ends, uint16(n-1))
	}
	out := []byte{0, byte(len(shape))}
	for _, v := range []int16{lo[0], lo[1], hi[0], hi[1]} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	out = append(append(out, ends...), 0, 0)
	for range n {
		out = append(out, 1) // on the curve, full deltas
	}
	return append(append(out, xs...), ys...)
}

// Rule draws a line across the page.
func (d *Doc) Rule() {
	if d.room() < 12 {
		d.newPage()
	}
	d.y += 4
	d.pages[len(d.pages)-1].rule(marginSide, d.y, pageWidth-marginSide, 0.6)
	d.y += 8
}

// PageBreak goes on with a new page.
func (d *Doc) PageBreak() { d.newPage() }

// Space leaves room.
func (d *Doc) Space(points float64) {
	if points > 0 {
		d.y += math.Min(points, d.room())
	}
}
