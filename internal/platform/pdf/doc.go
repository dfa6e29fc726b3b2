// Package pdf prints a document on A4 pages: letters, decisions, receipts and two-language forms that a
// returnee can read and sign. It writes the file itself, with the letters of each script shaped and joined
// as that script wants, with text that can be selected and searched, and with tags for screen readers.
// It owns no tables. It never chooses words: every text, also the footer, comes from the caller. It never
// reads the clock, so the same input always gives the same bytes.
package pdf

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// ErrTooLong is returned by WriteTo when a document grew past maxPages. It guards the server against a
// pasted book; no form or letter comes near it.
var ErrTooLong = errors.New("pdf: the document has too many pages")

const (
	pageWidth, pageHeight = 595.28, 841.89
	marginSide            = 56.0
	marginTop             = 76.0
	marginBottom          = 70.0
	defaultSize           = 10.5
	smallSize             = 8.5
	lineFactor            = 1.5 // room for Arabic vowel signs above and below
	ascentFactor          = 1.05
	maxPages              = 2000
)

// Meta describes the whole document.
type Meta struct {
	Title     string
	Lang      string // BCP 47, the language of the page
	Dir       string // "ltr" or "rtl"; empty: taken from Lang
	Reference string
	Created   time.Time
	Header    Run                       // one line, two at most, on top of each page; empty: none
	Footer    func(page, pages int) Run // bottom line, two at most, of each page; nil: "Reference · 1 / 3"
}

// Run is a piece of text in one language. Inside it scripts may be mixed freely.
type Run struct {
	Text string
	Lang string // empty: the page's
	Dir  string // "ltr" or "rtl"; empty: the first letter decides, in header and footer the page
	Bold bool
	Size float64 // points; 0: the block's own size
}

// Doc is a document being written. It is for one goroutine; different documents may be written at once.
type Doc struct {
	meta     Meta
	shaper   *shaper
	fonts    fontSet
	pages    []*page
	y        float64 // where the next block starts, measured from the top
	elems    []elem
	overflow bool
}

// New starts a document with one empty page.
func New(m Meta) *Doc {
	if m.Dir != "rtl" && m.Dir != "ltr" {
		m.Dir = dirOfLang(m.Lang)
	}
	d := &Doc{meta: m, shaper: takeShaper()}
	d.elems = append(d.elems, elem{kind: "Document", lang: m.Lang, parent: -1})
	d.newPage()
	return d
}

func dirOfLang(lang string) string {
	parts := strings.FieldsFunc(strings.ToLower(lang), func(r rune) bool { return r == '-' || r == '_' })
	if len(parts) == 0 {
		return "ltr"
	}
	for _, p := range parts[1:] {
		switch p {
		case "latn", "cyrl":
			return "ltr"
		case "arab":
			return "rtl"
		}
	}
	switch parts[0] {
	case "ar", "fa", "prs", "ur", "ps", "ckb", "sd", "ug", "he", "yi":
		return "rtl"
	}
	return "ltr"
}

func (d *Doc) rtlPage() bool { return d.meta.Dir == "rtl" }

// WriteTo finishes the document and writes it. Call it once, last.
func (d *Doc) WriteTo(w io.Writer) (int64, error) {
	if d.overflow {
		return 0, ErrTooLong
	}
	if d.shaper == nil {
		return 0, errors.New("pdf: WriteTo was called twice")
	}
	for i, p := range d.pages {
		d.furniture(p, i+1, len(d.pages))
	}
	out, err := d.assemble()
	giveShaper(d.shaper)
	d.shaper = nil
	if err != nil {
		return 0, err
	}
	n, err := w.Write(out)
	return int64(n), err
}

// furniture draws what stands on every page. Screen readers skip it.
func (d *Doc) furniture(p *page, n, total int) {
	if d.meta.Header.Text != "" {
		d.edgeLine(p, d.meta.Header, 32)
		p.rule(marginSide, 60, pageWidth-marginSide, 0.5)
	}
	foot := Run{Text: fmt.Sprintf("%d / %d", n, total)}
	if d.meta.Reference != "" {
		// The isolate keeps a reference such as RET-2026-1 whole on a right-to-left page.
		foot.Text = "\u2068" + d.meta.Reference + "\u2069 · \u2066" + foot.Text + "\u2069"
	}
	if d.meta.Footer != nil {
		foot = d.meta.Footer(n, total)
	}
	d.edgeLine(p, foot, pageHeight-44)
}

func (d *Doc) edgeLine(p *page, r Run, top float64) {
	if r.Size == 0 {
		r.Size = smallSize
	}
	if r.Dir == "" {
		r.Dir = d.meta.Dir
	}
	t := d.set(r, pageWidth-2*marginSide)
	p.printf("/Artifact BMC\n")
	for i := range min(2, len(t.lines)) {
		d.drawLine(p, t, i, marginSide, pageWidth-2*marginSide, top+float64(i)*t.lineHeight())
	}
	p.printf("EMC\n")
}
