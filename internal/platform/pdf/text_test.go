package pdf

import (
	"strings"
	"testing"

	gobidi "github.com/go-text/typesetting/bidi"
	"pgregory.net/rapid"
)

// The levels must agree with another implementation as far as that one tells: left or right for each character.
func TestLevelsAgreeWithAnotherImplementation(t *testing.T) {
	alphabet := []rune("abא\u05D1جد019٠٣+-,./:#%$ ()[]{}!'*\u0301\u064E\u2066\u2067\u2068\u2069\u00A0")
	rapid.Check(t, func(t *rapid.T) {
		text := append(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 40).Draw(t, "text"), 'x')
		base := rapid.IntRange(0, 1).Draw(t, "base")
		dir := []gobidi.Direction{gobidi.LeftToRight, gobidi.RightToLeft}[base]
		got := levels(text, uint8(base))
		var p gobidi.Paragraph
		runs := p.Segment(text, dir)
		for n := range runs.NumRuns() {
			r := runs.Run(n)
			for i := r.Start; i < r.End; i++ {
				if got[i]&1 != uint8(r.Level)&1 {
					t.Fatalf("character %d of %q (%U) got level %d, the other %d; all %v", i, string(text), text[i], got[i], r.Level, got)
				}
			}
		}
	})
}

func TestVisualIsAPermutation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lv := rapid.SliceOf(rapid.Uint8Range(0, 6)).Draw(t, "levels")
		seen := map[int]bool{}
		for _, i := range visual(lv) {
			seen[i] = true
		}
		if len(seen) != len(lv) {
			t.Fatalf("%d of %d characters drawn", len(seen), len(lv))
		}
	})
}

func TestVisualOrder(t *testing.T) {
	tests := []struct{ text, levels, want string }{
		{"car means CAR.", "00000000001110", "car means RAC."},
		{"<car MEANS CAR.=", "0222111111111100", "<RAC SNAEM car.="},
		{"AB 12 CD", "11122111", "DC 12 BA"},
	}
	for _, tt := range tests {
		lv := []uint8{}
		for _, c := range tt.levels {
			lv = append(lv, uint8(c-'0'))
		}
		var b strings.Builder
		text := []rune(tt.text)
		for _, i := range visual(lv) {
			b.WriteRune(text[i])
		}
		if b.String() != tt.want {
			t.Errorf("got %q, want %q", b.String(), tt.want)
		}
	}
}

func parts(d *Doc, text string) [][]part {
	rs, lv := directed([]rune(text), 1)
	var out [][]part
	for _, c := range d.shape(rs, lv, "ar", false) {
		out = append(out, d.fonts[c.face].glyphs[c.cid].parts)
	}
	return out
}

func TestArabicLettersJoin(t *testing.T) {
	d := doc("ar")
	for _, letter := range []string{"ب", "ع", "ه", "ک", "ی", "گ", "ٹ"} {
		alone := parts(d, letter)[0][0].gid
		three := parts(d, letter+letter+letter)
		seen := map[uint16]bool{alone: true}
		for _, p := range three {
			seen[p[0].gid] = true
		}
		if len(three) != 3 || len(seen) != 4 {
			t.Errorf("%s: first, middle and last form are not three others than the form alone: %v", letter, seen)
		}
	}
	if got := parts(d, "لا"); len(got[0]) != 0 || len(got[1]) == 0 {
		t.Errorf("lam and alef must be drawn as one: %v", got)
	}
	// The joiner of Persian parts the letters without a space between them.
	if a, b := parts(d, "می‌ت")[1], parts(d, "میت")[1]; a[0].gid == b[0].gid {
		t.Error("yeh before the zero-width non-joiner keeps its joining form")
	}
}

func TestBracketsAreMirrored(t *testing.T) {
	d := doc("ar")
	for _, pair := range []string{"()", "[]", "{}", "«»"} {
		p := []rune(pair)
		rtl := parts(d, "ا"+string(p[0])+"ا")[1][0].gid
		want, _ := d.shaper.faces[2].font.NominalGlyph(p[1])
		if uint32(rtl) != uint32(want) {
			t.Errorf("%c between Arabic letters must look like %c", p[0], p[1])
		}
	}
}

func TestWrapLosesNothing(t *testing.T) {
	words := []string{"a", "word", "επιβίβαση", "لا", "السَّلامُ", "می‌توانید", "আমি", "fi", "123", "(", ")", "-", " ", "  ", "\u00a0", "x́", "Donaudampfschifffahrt"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 40).Draw(t, "words"), rapid.SampledFrom([]string{"", " "}).Draw(t, "sep"))
		width := rapid.Float64Range(0.1, 40).Draw(t, "width")
		base := rapid.Uint8Range(0, 1).Draw(t, "base")
		d := doc("en")
		rs, lv := directed([]rune(text), base)
		cl := d.shape(rs, lv, "en", false)
		lines := wrap(cl, breaks(rs), width)
		next, at := 0, 0
		for _, l := range lines {
			if l.from != next || l.to <= l.from {
				t.Fatalf("line %v does not follow cluster %d", l, next)
			}
			next = l.to
			for _, c := range cl[l.from:l.to] {
				if c.start != at || c.end <= c.start {
					t.Fatalf("cluster %+v does not follow character %d", c, at)
				}
				at = c.end
			}
			groups := 0
			for _, c := range cl[l.from:l.to] {
				if !c.glued {
					groups++
				}
			}
			if l.width > width+0.001 && groups > 1 && !spacesAfterFirst(cl[l.from:l.to]) {
				t.Fatalf("line of %.2f in a column of %.2f: %q", l.width, width, string(rs[cl[l.from].start:cl[l.to-1].end]))
			}
		}
		if at != len(rs) {
			t.Fatalf("%d of %d characters were set", at, len(rs))
		}
		if len(rs) > 0 {
			for i := range lines[:len(lines)-1] {
				if cl[lines[i+1].from].glued {
					t.Fatal("a line starts inside a ligature")
				}
			}
		}
	})
}

// spacesAfterFirst tells whether all but the first cluster and its parts are spaces.
func spacesAfterFirst(cl []cluster) bool {
	for _, c := range cl[1:] {
		if !c.glued && !c.space {
			return false
		}
	}
	return true
}

func TestDirectionOfARun(t *testing.T) {
	tests := []struct {
		run  Run
		page bool
		want bool
	}{
		{Run{Text: "abc"}, true, false},
		{Run{Text: "123 عربي"}, false, true},
		{Run{Text: "123"}, true, true},
		{Run{Text: "\u2068RET-1\u2069 صفحة"}, false, true},
		{Run{Text: "123", Lang: "fa"}, false, true},
		{Run{Text: "123", Lang: "el"}, true, false},
		{Run{Text: "abc", Dir: "rtl"}, false, true},
		{Run{Text: "عربي", Dir: "ltr"}, true, false},
	}
	for _, tt := range tests {
		if got := rightToLeft(tt.run, clean(tt.run.Text), tt.page); got != tt.want {
			t.Errorf("%+v on a page with rtl=%v: %v", tt.run, tt.page, got)
		}
	}
	for lang, want := range map[string]string{"ar": "rtl", "fa-AF": "rtl", "prs": "rtl", "ku": "ltr", "ku-Arab": "rtl", "ckb": "rtl", "uz-Latn": "ltr", "": "ltr", "el": "ltr"} {
		if got := dirOfLang(lang); got != want {
			t.Errorf("%q is %s", lang, got)
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add("السَّلامُ (abc) ١٢٣", 0.5, false)
	f.Add("می‌توانید\x00\xff\u2067x", 100.0, true)
	f.Fuzz(func(t *testing.T, text string, size float64, rtl bool) {
		d := doc("en")
		r := Run{Text: text, Size: size, Bold: rtl}
		d.Para(r)
		d.Bilingual(r, r)
		readBack(t, write(t, d))
	})
}
