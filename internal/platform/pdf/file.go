package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf16"
)

// file collects numbered objects and writes them with their table of contents.
type file struct{ objects [][]byte }

func (f *file) reserve() int {
	f.objects = append(f.objects, nil)
	return len(f.objects)
}

func (f *file) put(id int, format string, args ...any) {
	f.objects[id-1] = fmt.Appendf(nil, format, args...)
}

func (f *file) add(format string, args ...any) int {
	id := f.reserve()
	f.put(id, format, args...)
	return id
}

func (f *file) stream(dict string, data []byte, pack bool) (int, error) {
	if pack {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		if _, err := w.Write(data); err != nil {
			return 0, err
		}
		if err := w.Close(); err != nil {
			return 0, err
		}
		data = z.Bytes()
		dict += " /Filter /FlateDecode"
	}
	id := f.reserve()
	b := fmt.Appendf(nil, "<<%s /Length %d>>\nstream\n", dict, len(data))
	f.objects[id-1] = append(append(b, data...), "\nendstream"...)
	return id, nil
}

func (f *file) bytes(root, info int) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	at := make([]int, len(f.objects))
	for i, o := range f.objects {
		at[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	id := sha256.Sum256(out.Bytes()) // the file's own content names it, so that the bytes are reproducible
	xref := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, p := range at {
		fmt.Fprintf(&out, "%010d 00000 n \n", p)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /ID [<%X> <%X>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(at)+1, root, info, id[:16], id[:16], xref)
	return out.Bytes()
}

// hexText writes a text string in UTF-16, which needs no escapes.
func hexText(s string) string { return "<FEFF" + hex16(s) + ">" }

func hex16(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}

func langTag(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') {
			return r
		}
		return -1
	}, s)
}

func (d *Doc) assemble() ([]byte, error) {
	f := &file{}
	root, tree, pages := f.reserve(), f.reserve(), f.reserve()
	var res strings.Builder
	for i, s := range d.fonts {
		if s == nil {
			continue
		}
		id, err := f.font(s)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&res, "/F%d %d 0 R ", i, id)
	}
	resources := f.add("<</Font <<%s>>>>", res.String())

	ids := make([]int, len(d.pages))
	var kids strings.Builder
	for i, p := range d.pages {
		content, err := f.stream("", p.buf.Bytes(), true)
		if err != nil {
			return nil, err
		}
		ids[i] = f.add("<</Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Resources %d 0 R /Contents %d 0 R /StructParents %d /Tabs /S>>",
			pages, num(pageWidth), num(pageHeight), resources, content, i)
		fmt.Fprintf(&kids, "%d 0 R ", ids[i])
	}
	f.put(pages, "<</Type /Pages /Count %d /Kids [%s]>>", len(ids), kids.String())
	d.tags(f, tree, ids)

	created := d.meta.Created.UTC()
	info := f.add("<</Title %s /Subject %s /Producer (Nostos) /CreationDate (D:%s)>>", hexText(printable(d.meta.Title)),
		hexText(printable(d.meta.Reference)), created.Format("20060102150405Z"))
	xmp, err := f.stream("/Type /Metadata /Subtype /XML", d.xmp(created), false)
	if err != nil {
		return nil, err
	}
	// No /Direction: Chrome's reader would then turn every Latin line of the document around when copying.
	f.put(root, "<</Type /Catalog /Pages %d 0 R /Lang (%s) /MarkInfo <</Marked true>> /StructTreeRoot %d 0 R /Metadata %d 0 R "+
		"/ViewerPreferences <</DisplayDocTitle true>>>>", pages, langTag(d.meta.Lang), tree, xmp)
	return f.bytes(root, info), nil
}

func printable(s string) string {
	var parts []string
	for _, p := range clean(s) {
		parts = append(parts, string(p))
	}
	return strings.Join(parts, " ")
}

func (d *Doc) xmp(created time.Time) []byte {
	esc := func(s string) string {
		var b bytes.Buffer
		xml.EscapeText(&b, []byte(printable(s))) //nolint:errcheck // a buffer does not fail
		return b.String()
	}
	return fmt.Appendf(nil, `<?xpacket begin="`+"\uFEFF"+`" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>
<dc:identifier>%s</dc:identifier><xmp:CreateDate>%s</xmp:CreateDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`, esc(d.meta.Title), langTag(d.meta.Lang), esc(d.meta.Reference), created.Format("2006-01-02T15:04:05Z"))
}

// tags writes the tree that gives screen readers the order, the kind and the language of each text.
func (d *Doc) tags(f *file, tree int, pages []int) {
	ids := make([]int, len(d.elems))
	for i := range d.elems {
		ids[i] = f.reserve()
	}
	for i, e := range d.elems {
		var b strings.Builder
		parent := tree
		if e.parent >= 0 {
			parent = ids[e.parent]
		}
		fmt.Fprintf(&b, "<</Type /StructElem /S /%s /P %d 0 R", e.kind, parent)
		if e.lang != "" {
			fmt.Fprintf(&b, " /Lang (%s)", langTag(e.lang))
		}
		if e.actual != "" {
			b.WriteString(" /ActualText " + hexText(e.actual))
		}
		if e.scope {
			b.WriteString(" /A <</O /Table /Scope /Column>>")
		}
		b.WriteString(" /K [")
		for _, k := range e.kids {
			if k.page < 0 {
				fmt.Fprintf(&b, "%d 0 R ", ids[k.id])
			} else {
				fmt.Fprintf(&b, "<</Type /MCR /Pg %d 0 R /MCID %d>> ", pages[k.page], k.id)
			}
		}
		f.put(ids[i], "%s]>>", b.String())
	}
	var parents strings.Builder
	for i, p := range d.pages {
		fmt.Fprintf(&parents, "%d [", i)
		for _, el := range p.marks {
			fmt.Fprintf(&parents, "%d 0 R ", ids[el])
		}
		parents.WriteString("] ")
	}
	numbers := f.add("<</Nums [%s]>>", parents.String())
	f.put(tree, "<</Type /StructTreeRoot /K [%d 0 R] /ParentTree %d 0 R /ParentTreeNextKey %d>>", ids[0], numbers, len(pages))
}

func (f *file) font(s *subset) (int, error) {
	program := s.build()
	prog, err := f.stream(fmt.Sprintf("/Length1 %d", len(program)), program, true)
	if err != nil {
		return 0, err
	}
	uni, err := f.stream("", s.toUnicode(), true)
	if err != nil {
		return 0, err
	}
	name := s.tag() + "+" + s.face.name
	per := func(b []byte, at int) int {
		return int(math.Round(float64(int16(binary.BigEndian.Uint16(b[at:]))) * 1000 / s.face.upem))
	}
	stem := 84
	if strings.HasSuffix(s.face.name, "Bold") {
		stem = 140
	}
	h := s.face.head
	desc := f.add("<</Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight %d /StemV %d /FontFile2 %d 0 R>>",
		name, per(h, 36), per(h, 38), per(h, 40), per(h, 42), per(s.face.hhea, 4), per(s.face.hhea, 6), 700, stem, prog)
	var widths strings.Builder
	for i := range s.glyphs {
		fmt.Fprintf(&widths, "%d ", s.width1000(uint16(i)))
	}
	cid := f.add("<</Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> "+
		"/FontDescriptor %d 0 R /CIDToGIDMap /Identity /DW 0 /W [0 [%s]]>>", name, desc, widths.String())
	return f.add("<</Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R>>",
		name, cid, uni), nil
}

// toUnicode tells readers which text each glyph stands for.
func (s *subset) toUnicode() []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for from := 0; from < len(s.glyphs); from += 100 {
		to := min(from+100, len(s.glyphs))
		fmt.Fprintf(&b, "%d beginbfchar\n", to-from)
		for i := from; i < to; i++ {
			fmt.Fprintf(&b, "<%04X> <%s>\n", i, hex16(s.glyphs[i].text))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}
