package letter

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/letter/pages"
	"github.com/nostos-avrr/nostos/internal/platform/pdf"
	"github.com/nostos-avrr/nostos/ui"
)

// boxToTick is what stands for a box: the fonts that are embedded have no box among their letters.
const boxToTick = "[      ]"

// textSize is a little below the size of the page for the screen: a declaration is to fit on both sides of one sheet.
const textSize = 10

// sizes of the text that are tried: the largest of those that need the fewest pages is taken, because a declaration on both
// sides of one sheet is not torn apart.
var sizes = []float64{10.5, 10, 9.5}

// shortItem is how long a line of a list may be to stand close to the next one.
const shortItem = 55

// oneLine is what surely stays one line in a column.
const oneLine = 36

// WritePDF writes letters one after the other, each from a new page, with the reference and the number of the page below.
func (d *Domain) WritePDF(w io.Writer, docs []Document, at time.Time) error {
	if len(docs) == 0 {
		return fmt.Errorf("letter: nothing to print")
	}
	var best []byte
	fewest := 0
	for _, size := range sizes {
		file, pages, err := d.pdf(docs, at, size)
		if err != nil {
			return err
		}
		if best == nil || pages < fewest {
			best, fewest = file, pages
		}
	}
	_, err := w.Write(best)
	return err
}

func (d *Domain) pdf(docs []Document, at time.Time, size float64) (file []byte, pages int, err error) {
	first := docs[0]
	var titles []string
	for _, doc := range docs {
		titles = append(titles, doc.Title.Left)
	}
	out := pdf.New(pdf.Meta{Title: strings.Join(titles, ", "), Lang: first.Lang, Dir: ui.Dir(first.Lang), Reference: first.Reference, Created: at,
		Footer: func(n, of int) pdf.Run {
			pages = of
			return pdf.Run{Text: fmt.Sprintf("\u2068%s\u2069  ·  \u2066%d / %d\u2069", first.Reference, n, of)}
		}})
	for i, doc := range docs {
		if i > 0 {
			out.PageBreak()
		}
		s := sheet{out, d, doc, size}
		s.write()
	}
	var buf bytes.Buffer
	_, err = out.WriteTo(&buf)
	return buf.Bytes(), pages, err
}

// sheet writes one letter into a PDF.
type sheet struct {
	out  *pdf.Doc
	d    *Domain
	doc  Document
	size float64
}

func run(text, lang string, size float64) pdf.Run {
	return pdf.Run{Text: text, Lang: lang, Dir: ui.Dir(lang), Size: size}
}

func (s *sheet) write() {
	s.heading(1, 15, s.doc.Title)
	s.out.Para(pdf.Run{Text: s.doc.Letter + " " + s.doc.Version, Lang: "en", Dir: ui.Dir(s.doc.Lang), Size: 7.5})
	blocks := s.doc.Blocks
	for i := 0; i < len(blocks); i++ {
		switch b := blocks[i]; b.Kind {
		case "heading":
			s.heading(2, 11.5, b.Text)
		case "item":
			n := i + 1
			for n < len(blocks) && blocks[n].Kind == "item" && within(blocks[n-1].Text, shortItem) && within(blocks[n].Text, shortItem) {
				b.Text.Left += "\n• " + blocks[n].Text.Left
				if b.Text.Right != "" {
					b.Text.Right += "\n• " + blocks[n].Text.Right
				}
				n++
			}
			s.row(b.Text, "• ")
			i = n - 1
		case "field":
			text := s.labelled(b)
			for i+1 < len(blocks) && blocks[i+1].Kind == "field" {
				next := s.labelled(blocks[i+1])
				if !within(text, oneLine) || !within(next, oneLine) { // a line that wraps in one language only would put the others out of step
					break
				}
				text.Left += "\n" + next.Left
				if next.Right != "" {
					text.Right += "\n" + next.Right
				}
				i++
			}
			s.row(text, "")
		case "choice":
			n := i
			for n < len(blocks) && blocks[n].Kind == "choice" {
				n++
			}
			s.choices(blocks[i:n])
			i = n - 1
		case "signature", "thumbprint":
			n := i
			for n < len(blocks) && (blocks[n].Kind == "signature" || blocks[n].Kind == "thumbprint") {
				n++
			}
			s.signatures(blocks[i:n])
			i = n - 1
		default:
			s.row(b.Text, "")
		}
	}
}

// heading has both languages on one line: a real heading in the tags of the file, which stays with what follows it.
func (s *sheet) heading(level int, size float64, p ui.Pair) {
	h := run(p.Left, p.LeftLang, size)
	if p.Right != "" {
		h.Text += "  ·  " + isolated(p.Right, p.RightLang)
	}
	s.out.Heading(level, h)
}

// isolated keeps the end of a sentence at its end, in a line that runs the other way.
func isolated(text, lang string) string {
	if ui.Dir(lang) == "rtl" {
		return "\u2067" + text + "\u2069"
	}
	return "\u2066" + text + "\u2069"
}

func (s *sheet) row(p ui.Pair, before string) {
	if p.Right == "" {
		s.out.Para(run(before+p.Left, p.LeftLang, s.size))
		return
	}
	s.out.Bilingual(run(before+p.Left, p.LeftLang, s.size), run(before+p.Right, p.RightLang, s.size))
}

// labelled writes a field as a line in each language.
func (s *sheet) labelled(b pages.Block) ui.Pair {
	write := func(lang, label, value string) string {
		if label == "" {
			return ""
		}
		if value == "" {
			value = line
		}
		return s.d.Cat.Printer(lang).T("print.field", "label", label, "value", value)
	}
	out := b.Text
	out.Left, out.Right = write(s.doc.Lang, b.Text.Left, b.Value.Left), write(s.doc.With, b.Text.Right, b.Value.Right)
	return out
}

// within tells whether the last line of each half has at most so many letters.
func within(p ui.Pair, most int) bool {
	for _, half := range []string{p.Left, p.Right} {
		if utf8.RuneCountInString(half[strings.LastIndexByte(half, '\n')+1:]) > most {
			return false
		}
	}
	return true
}

// choices is a table, so that a question and its boxes stay on one page.
func (s *sheet) choices(list []pages.Block) {
	left, right := s.d.Cat.Printer(s.doc.Lang), s.d.Cat.Printer(s.doc.With)
	head := func(key string) string {
		if s.doc.With == "" {
			return left.T(key)
		}
		return left.T(key) + "\n" + right.T(key)
	}
	t := pdf.Table{Head: []pdf.Run{run(left.T("print.consent.question"), s.doc.Lang, 0)}, Widths: []float64{4}}
	if s.doc.With != "" {
		t.Head, t.Widths = append(t.Head, run(right.T("print.consent.question"), s.doc.With, 0)), append(t.Widths, 4)
	}
	t.Head = append(t.Head, pdf.Run{Text: head("print.consent.yes")}, pdf.Run{Text: head("print.consent.no")})
	t.Widths = append(t.Widths, 1, 1)
	for _, b := range list {
		row := []pdf.Run{run(b.Text.Left, b.Text.LeftLang, 0)}
		if b.Text.Right != "" {
			row = append(row, run(b.Text.Right, b.Text.RightLang, 0))
		}
		t.Rows = append(t.Rows, append(row, pdf.Run{Text: boxToTick, Size: 12}, pdf.Run{Text: boxToTick, Size: 12}))
	}
	s.out.Table(t)
}

// signatures stand two in a row, each with room above its line; a thumb needs more of it than a pen.
func (s *sheet) signatures(list []pages.Block) {
	one := func(b pages.Block) pdf.Run {
		room := 2
		if b.Kind == "thumbprint" {
			room = 6
		}
		text := strings.Repeat("\n", room) + strings.Repeat("_", 64) + "\n" + b.Text.Left
		if b.Text.Right != "" {
			text += "\n" + isolated(b.Text.Right, b.Text.RightLang)
		}
		if b.Value.Left != "" {
			text += "\n" + b.Value.Left // a name is the same in both languages
		}
		return pdf.Run{Text: text, Lang: s.doc.Lang, Dir: ui.Dir(s.doc.Lang), Size: 8.5}
	}
	for i := 0; i < len(list); i += 2 {
		second := pdf.Run{Lang: s.doc.Lang, Size: 8.5}
		if i+1 < len(list) {
			second = one(list[i+1])
		}
		s.out.Bilingual(one(list[i]), second)
	}
}
