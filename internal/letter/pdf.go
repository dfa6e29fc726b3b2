package letter

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/letter/pages"
	"github.com/nostos-avrr/nostos/internal/platform/pdf"
	"github.com/nostos-avrr/nostos/ui"
)

// boxToTick is what stands for a box: the fonts that are embedded have no box among their letters.
const boxToTick = "[      ]"

// WritePDF writes letters one after the other, each from a new page, with the reference and the number of the page below.
func (d *Domain) WritePDF(w io.Writer, docs []Document, at time.Time) error {
	if len(docs) == 0 {
		return fmt.Errorf("letter: nothing to print")
	}
	first := docs[0]
	var titles []string
	for _, doc := range docs {
		titles = append(titles, doc.Title.Left)
	}
	out := pdf.New(pdf.Meta{Title: strings.Join(titles, ", "), Lang: first.Lang, Dir: ui.Dir(first.Lang), Reference: first.Reference, Created: at})
	for i, doc := range docs {
		if i > 0 {
			out.PageBreak()
		}
		s := sheet{out, d, doc}
		s.write()
	}
	_, err := out.WriteTo(w)
	return err
}

// sheet writes one letter into a PDF.
type sheet struct {
	out *pdf.Doc
	d   *Domain
	doc Document
}

func run(text, lang string) pdf.Run { return pdf.Run{Text: text, Lang: lang, Dir: ui.Dir(lang)} }

func (s *sheet) write() {
	for i, half := range []pdf.Run{run(s.doc.Title.Left, s.doc.Lang), run(s.doc.Title.Right, s.doc.With)} {
		if half.Text != "" {
			half.Size = []float64{18, 14}[i]
			s.out.Heading(1, half)
		}
	}
	s.out.Space(4)
	blocks := s.doc.Blocks
	for i := 0; i < len(blocks); i++ {
		switch b := blocks[i]; b.Kind {
		case "heading":
			s.heading(b)
		case "item":
			s.row(b.Text, "• ")
		case "field":
			s.row(ui.Pair{LeftLang: b.Text.LeftLang, Left: s.labelled(b.Text.Left, b.Value.Left, s.doc.Lang),
				RightLang: b.Text.RightLang, Right: s.labelled(b.Text.Right, b.Value.Right, s.doc.With)}, "")
		case "choice":
			n := i
			for n < len(blocks) && blocks[n].Kind == "choice" {
				n++
			}
			s.choices(blocks[i:n])
			i = n - 1
		case "signature":
			s.out.SignatureLine(pdf.Run{Text: s.across(b.Text, named(b.Value))})
		case "thumbprint":
			s.thumb(b)
		default:
			s.row(b.Text, "")
		}
	}
	s.out.Space(6)
	s.out.Para(pdf.Run{Text: s.doc.Letter + " " + s.doc.Version, Lang: "en", Dir: "ltr", Size: 7.5})
}

// heading keeps the two languages on one line when both are short, so that a page of headings does not become a list.
func (s *sheet) heading(b pages.Block) {
	if b.Text.Right == "" {
		s.out.Heading(2, run(b.Text.Left, b.Text.LeftLang))
		return
	}
	left, right := run(b.Text.Left, b.Text.LeftLang), run(b.Text.Right, b.Text.RightLang)
	left.Bold, right.Bold, left.Size, right.Size = true, true, 11.5, 11.5
	s.out.Space(6)
	s.out.Bilingual(left, right)
}

func (s *sheet) row(p ui.Pair, before string) {
	if p.Right == "" {
		s.out.Para(run(before+p.Left, p.LeftLang))
		return
	}
	s.out.Bilingual(run(before+p.Left, p.LeftLang), run(before+p.Right, p.RightLang))
}

func (s *sheet) labelled(label, value, lang string) string {
	if label == "" {
		return ""
	}
	if value == "" {
		value = line
	}
	return s.d.Cat.Printer(lang).T("print.field", "label", label, "value", value)
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
	t := pdf.Table{Head: []pdf.Run{run(left.T("print.consent.question"), s.doc.Lang)}, Widths: []float64{4}}
	if s.doc.With != "" {
		t.Head, t.Widths = append(t.Head, run(right.T("print.consent.question"), s.doc.With)), append(t.Widths, 4)
	}
	t.Head = append(t.Head, pdf.Run{Text: head("print.consent.yes")}, pdf.Run{Text: head("print.consent.no")})
	t.Widths = append(t.Widths, 1, 1)
	for _, b := range list {
		row := []pdf.Run{run(b.Text.Left, b.Text.LeftLang)}
		if b.Text.Right != "" {
			row = append(row, run(b.Text.Right, b.Text.RightLang))
		}
		t.Rows = append(t.Rows, append(row, pdf.Run{Text: boxToTick, Size: 12}, pdf.Run{Text: boxToTick, Size: 12}))
	}
	s.out.Table(t)
}

// thumb leaves room for a thumb above its line.
func (s *sheet) thumb(b pages.Block) {
	s.out.Space(52)
	s.out.SignatureLine(pdf.Run{Text: s.across(b.Text, "")})
}

// across writes both languages below a line to sign, and whose line it is.
func (s *sheet) across(p ui.Pair, name string) string {
	out := p.Left
	if p.Right != "" {
		out += "\n" + p.Right
	}
	if name != "" {
		out += "\n" + name
	}
	return out
}

// named is the name under a signature; it is the same in both languages but for brackets.
func named(v ui.Pair) string { return v.Left }
