package journeys_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

var (
	pdfStream = regexp.MustCompile(`(?s)stream\r?\n(.*?)endstream`)
	pdfText   = regexp.MustCompile(`(?s)BT\n.*?1 0 0 -1 ([\d.]+) ([\d.]+) Tm\n(.*?)ET`)
	pdfGlyphs = regexp.MustCompile(`<([0-9A-F]+)> Tj`)
)

// margin counts the letters in the margin below the first page that a browser printed, in its left and its right half: the
// browser draws the margins before the page itself.
func margin(t *testing.T, pdf []byte) (left, right int) {
	t.Helper()
	for _, m := range pdfStream.FindAllSubmatch(pdf, -1) {
		z, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue // a picture, or no text
		}
		b, err := io.ReadAll(z)
		text, _, _ := strings.Cut(string(b), "\nQ\n")
		if err != nil || !strings.Contains(text, " Tm\n") {
			continue
		}
		for _, run := range pdfText.FindAllStringSubmatch(text, -1) {
			x, _ := strconv.ParseFloat(run[1], 64)
			y, _ := strconv.ParseFloat(run[2], 64)
			n := 0
			for _, g := range pdfGlyphs.FindAllStringSubmatch(run[3], -1) {
				n += len(g[1]) / 4
			}
			switch {
			case y < 1000: // not below the page
			case x < 400: // of 794, an A4 page at 96 dots to the inch
				left += n
			default:
				right += n
			}
		}
		return left, right
	}
	t.Fatal("nothing is printed")
	return 0, 0
}

// On paper, too, a page in Arabic is the other way round: the number of the page stands on the left, and a letter's reference on
// the right.
func TestPaperMargins(t *testing.T) {
	t.Parallel()
	h := house.Filled(t, "sqlite", 18)
	caseID, _ := inDelivery(t, h)
	for _, lang := range []string{"en", "ar"} {
		p := signIn(t, h, "manager", browser.Options{Height: 1200})
		p.Goto("/account")
		p.Select("language", lang)
		p.Click("css:form[action='/language'] button")
		for name, path := range map[string]string{"roll": "/stays/tonight/print", "letter": "/cases/" + caseID + "/print/declaration"} {
			p.Goto(path)
			pdf := p.Print()
			if folder := os.Getenv("TEST_NOSTOS_SHOTS"); folder != "" {
				if err := os.WriteFile(filepath.Join(folder, "paper-"+lang+"-"+name+".pdf"), pdf, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			left, right := margin(t, pdf)
			if lang == "ar" {
				left, right = right, left
			}
			if name == "roll" && (left != 0 || right == 0) || name == "letter" && (right == 0 || left <= right) {
				t.Errorf("%s in %s: %d letters where a line begins, %d where it ends", name, lang, left, right)
			}
		}
	}
}
