package pdf

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// shown is one line of text as a reader finds it: from left to right, letters taken from the ToUnicode maps.
type shown struct {
	x, y float64
	text string
}

var (
	objectRE = regexp.MustCompile(`(?s)(\d+) 0 obj\n(.*?)\nendobj\n`)
	refRE    = func(key string) *regexp.Regexp { return regexp.MustCompile(`/` + key + ` (\d+) 0 R`) }
	pageRE   = regexp.MustCompile(`/Type /Page /`)
	fontRE   = regexp.MustCompile(`/(F\d) (\d+) 0 R`)
	bfcharRE = regexp.MustCompile(`<([0-9A-F]{4})> <([0-9A-F]*)>`)
	showRE   = regexp.MustCompile(`BT /(F\d) \S+ Tf 1 0 0 1 (\S+) (\S+) Tm \[(.*?)\] TJ ET`)
	hexRE    = regexp.MustCompile(`<([0-9A-F]*)>`)
	refAnyRE = regexp.MustCompile(`(\d+) 0 R`)
	actualRE = regexp.MustCompile(`/S /(\w+) .*?/ActualText <FEFF([0-9A-F]*)>`)
)

func objects(t testing.TB, file []byte) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, m := range objectRE.FindAllSubmatch(file, -1) {
		out[string(m[1])] = m[2]
	}
	return out
}

func stream(t testing.TB, obj []byte) string {
	t.Helper()
	_, data, ok := bytes.Cut(obj, []byte("\nstream\n"))
	if !ok {
		t.Fatalf("no stream in %.80q", obj)
	}
	z, err := zlib.NewReader(bytes.NewReader(bytes.TrimSuffix(data, []byte("\nendstream"))))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func ref(t testing.TB, obj []byte, key string) string {
	t.Helper()
	m := refRE(key).FindSubmatch(obj)
	if m == nil {
		t.Fatalf("no /%s in %.200q", key, obj)
	}
	return string(m[1])
}

func unhex(s string) string {
	var u []uint16
	for i := 0; i+4 <= len(s); i += 4 {
		v, _ := strconv.ParseUint(s[i:i+4], 16, 16)
		u = append(u, uint16(v))
	}
	return string(utf16.Decode(u))
}

// readBack recovers the text of each page of a file that this package wrote.
func readBack(t testing.TB, file []byte) [][]shown {
	t.Helper()
	objs := objects(t, file)
	var pages [][]shown
	root := objs[ref(t, file[bytes.LastIndex(file, []byte("trailer")):], "Root")]
	kids := objs[ref(t, root, "Pages")]
	for _, k := range regexp.MustCompile(`(\d+) 0 R`).FindAllSubmatch(kids, -1) {
		page := objs[string(k[1])]
		if !pageRE.Match(page) {
			t.Fatalf("not a page: %q", page)
		}
		maps := map[string]map[string]string{}
		for _, f := range fontRE.FindAllSubmatch(objs[ref(t, page, "Resources")], -1) {
			m := map[string]string{}
			for _, c := range bfcharRE.FindAllStringSubmatch(stream(t, objs[ref(t, objs[string(f[2])], "ToUnicode")]), -1) {
				m[c[1]] = unhex(c[2])
			}
			maps[string(f[1])] = m
		}
		var lines []shown
		for _, m := range showRE.FindAllStringSubmatch(stream(t, objs[ref(t, page, "Contents")]), -1) {
			x, _ := strconv.ParseFloat(m[2], 64)
			y, _ := strconv.ParseFloat(m[3], 64)
			var b strings.Builder
			for _, h := range hexRE.FindAllStringSubmatch(m[4], -1) {
				for i := 0; i+4 <= len(h[1]); i += 4 {
					text, ok := maps[m[1]][h[1][i:i+4]]
					if !ok {
						t.Fatalf("glyph %s of %s has no text", h[1][i:i+4], m[1])
					}
					b.WriteString(text)
				}
			}
			if n := len(lines); n > 0 && lines[n-1].y == y && x > lines[n-1].x && x-lines[n-1].x < 500 && !gap(lines[n-1], x) {
				lines[n-1].text += b.String()
				continue
			}
			lines = append(lines, shown{x, y, b.String()})
		}
		pages = append(pages, lines)
	}
	return pages
}

// gap keeps columns apart: their starts are on these tests' known grid.
func gap(l shown, x float64) bool { return l.x < pageWidth/2 && x >= pageWidth/2 && len(l.text) < 60 }

func turned(s string) string {
	r := []rune(s)
	for a, z := 0, len(r)-1; a < z; a, z = a+1, z-1 {
		r[a], r[z] = r[z], r[a]
	}
	return string(r)
}

func write(t testing.TB, d *Doc) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := d.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func joined(lines []shown) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text)
	}
	return b.String()
}
