package pdf

import (
	"bytes"
	"embed"
	"encoding/binary"
	"sync"
	"unicode"

	"github.com/go-text/typesetting/font"
	ot "github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
)

//go:embed fonts/*.ttf
var fontFiles embed.FS

// families, in order of preference for letters that no script rule assigns. Each has a regular and a bold.
var families = [...]string{"Commissioner", "Vazirmatn", "NotoSansGeorgian", "NotoSansBengali"}

const faces = 2 * len(families)

// face is one font file, read once and then only read from.
type face struct {
	name                  string
	font                  *font.Font
	upem                  float64
	head, hhea, maxp, os2 []byte
	hmtx, loca, glyf      []byte
	hints                 map[string][]byte
	longLoca              bool
	glyphs, metrics       int
}

// loadFaces reads the built-in fonts on first use. They are part of the program, so a failure is a broken
// build and not something a caller could handle.
var loadFaces = sync.OnceValue(func() *[faces]*face {
	var out [faces]*face
	for i := range out {
		weight := [2]string{"Regular", "Bold"}[i%2]
		name := families[i/2] + "-" + weight
		f, err := readFace(name)
		if err != nil {
			panic("pdf: built-in font " + name + ": " + err.Error())
		}
		out[i] = f
	}
	return &out
})

func readFace(name string) (*face, error) {
	data, err := fontFiles.ReadFile("fonts/" + name + ".ttf")
	if err != nil {
		return nil, err
	}
	parsed, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	ld, err := ot.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	f := &face{name: name, font: parsed.Font, upem: float64(parsed.Upem()), hints: map[string][]byte{}}
	for tag, dst := range map[string]*[]byte{"head": &f.head, "hhea": &f.hhea, "maxp": &f.maxp, "OS/2": &f.os2,
		"hmtx": &f.hmtx, "loca": &f.loca, "glyf": &f.glyf} {
		if *dst, err = ld.RawTable(ot.MustNewTag(tag)); err != nil {
			return nil, err
		}
	}
	for _, tag := range []string{"cvt ", "fpgm", "prep"} {
		if t := ot.MustNewTag(tag); ld.HasTable(t) {
			if f.hints[tag], err = ld.RawTable(t); err != nil {
				return nil, err
			}
		}
	}
	f.longLoca = binary.BigEndian.Uint16(f.head[50:]) == 1
	f.glyphs = int(binary.BigEndian.Uint16(f.maxp[4:]))
	f.metrics = int(binary.BigEndian.Uint16(f.hhea[34:]))
	return f, nil
}

// outline is the glyph's record in the glyf table; empty for a space.
func (f *face) outline(gid uint16) []byte {
	if int(gid) >= f.glyphs {
		return nil
	}
	var a, b uint32
	if f.longLoca {
		a, b = binary.BigEndian.Uint32(f.loca[4*int(gid):]), binary.BigEndian.Uint32(f.loca[4*int(gid)+4:])
	} else {
		a, b = 2*uint32(binary.BigEndian.Uint16(f.loca[2*int(gid):])), 2*uint32(binary.BigEndian.Uint16(f.loca[2*int(gid)+2:]))
	}
	return f.glyf[a:b]
}

func (f *face) advance(gid uint16) int {
	return int(binary.BigEndian.Uint16(f.hmtx[4*min(int(gid), f.metrics-1):]))
}

// shaper holds the shaping caches of each font. They are not safe for several goroutines, so each document
// borrows one from the pool while it is written.
type shaper struct {
	faces [faces]*face
	fonts [faces]*harfbuzz.Font
	buf   *harfbuzz.Buffer
	// scratch keeps the glyphs of the piece being shaped.
	scratch []pending
}

var shapers = sync.Pool{New: func() any {
	s := &shaper{faces: *loadFaces(), buf: harfbuzz.NewBuffer()}
	for i, f := range s.faces {
		s.fonts[i] = harfbuzz.NewFont(font.NewFace(f.font))
	}
	return s
}}

func takeShaper() *shaper  { return shapers.Get().(*shaper) }
func giveShaper(s *shaper) { shapers.Put(s) }

// pick chooses the face for a character: the script's own family, else the first that has the character,
// so that a Greek name inside a Persian sentence is found. Marks and invisible characters stay with prev.
func (s *shaper) pick(r rune, script language.Script, bold bool, prev int) int {
	weight := 0
	if bold {
		weight = 1
	}
	want := weight
	switch script {
	case language.Arabic:
		want = 2 + weight
	case language.Georgian:
		want = 4 + weight
	case language.Bengali:
		want = 6 + weight
	}
	if prev >= 0 && (unicode.Is(unicode.M, r) || unicode.Is(unicode.Cf, r)) {
		return prev
	}
	if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
		return want
	}
	if _, ok := s.faces[want].font.NominalGlyph(r); ok {
		return want
	}
	for i := weight; i < faces; i += 2 {
		if _, ok := s.faces[i].font.NominalGlyph(r); ok {
			return i
		}
	}
	return want
}
