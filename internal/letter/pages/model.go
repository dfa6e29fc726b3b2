// Package pages draws letters for the printer, and the page on which they are chosen.
package pages

import (
	_ "embed"
	"strings"

	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// Document is one letter, filled in, in one language or two.
type Document struct {
	Letter, Reference, Version string
	Lang, With                 string // the language of the page, and the one beside it; With may be empty
	Title                      ui.Pair
	Blocks                     []Block
}

// Block is one piece of a letter in both languages. The right half is empty in a letter in one language.
type Block struct {
	Kind    string // note, heading, para, item, field, choice, signature, thumbprint
	Text    ui.Pair
	Value   ui.Pair // of a field; the name under a signature
	Yes, No ui.Pair // of a choice
}

// Index is the page on which letters are chosen.
type Index struct {
	P                    *i18n.Printer
	Case                 string // address of the case
	Problems             []ui.Problem
	Parts, Persons, Paid ui.Field
	Lang, With           ui.Field
	None                 bool // the programme has no letters
}

//go:embed letter.css
var style string

// Style is the style sheet of a pack: how letters are laid out, and what stands in the margin of every page, which only a style
// sheet can put there: the reference where lines begin, and the number of the page where they end, kept from turning round on a
// right-to-left page (from-right, as the program's own style sheet calls it).
func Style(reference string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' || r == '/' || r == '.' {
			return r
		}
		return -1
	}, reference)
	ref, number := `{content:"\2066 `+safe+`\2069 ";font:9pt sans-serif}`, `{content:"\2066 " counter(page) " / " counter(pages) "\2069 ";font:9pt sans-serif}`
	return style + `@page{size:A4;@bottom-left` + ref + `@bottom-right` + number + `}` + "\n" +
		`@page from-right{@bottom-right` + ref + `@bottom-left` + number + `}` + "\n"
}

func both(p ui.Pair) bool { return p.Right != "" }

// grouped puts neighbours of one kind together; a thumbprint is a signature.
func grouped(bs []Block) (out [][]Block) {
	kind := func(b Block) string {
		if b.Kind == "thumbprint" {
			return "signature"
		}
		return b.Kind
	}
	for i, b := range bs {
		if i == 0 || kind(bs[i-1]) != kind(b) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], b)
	}
	return out
}
