package ui_test

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sides finds what breaks a page that runs from right to left. The margin boxes of @page have no logical names.
var sides = regexp.MustCompile(`(?:^|[;{\s-])(?:left|right)\s*:|(?:margin|padding|border)-(?:left|right|top|bottom)|` +
	`text-align\s*:\s*(?:left|right)|float\s*:\s*(?:left|right)|(?:^|[;{\s])(?:(?:min-|max-)?(?:width|height)|top|bottom)\s*:|` +
	`border-(?:top|bottom)-(?:left|right)-radius`)

func withoutComments(css string) string {
	return regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(css, "")
}

func TestStyleHasNoPhysicalSides(t *testing.T) {
	css := withoutComments(read(t, "static/passage.css"))
	css = regexp.MustCompile(`@media \([^{]*\)\{`).ReplaceAllString(css, "@media{") // max-width is a condition here
	if found := sides.FindAllString(css, -1); found != nil {
		t.Errorf("physical properties: %q", found)
	}
	for _, bad := range []string{"a{margin-left:1px}", "a{left:0}", "a{text-align:right}", "a{float:left}", "a{width:1px}", "a{color:red;top:0}"} {
		if !sides.MatchString(bad) {
			t.Errorf("the check does not see %s", bad)
		}
	}
}

// Old phones are promised the public pages: what they cannot read must not carry meaning.
func TestStyleReadsOnOldPhones(t *testing.T) {
	css := withoutComments(read(t, "static/passage.css"))
	for _, late := range []string{"@layer", "@container", "@import", "color-mix(", "oklch(", "&:", "& "} {
		if strings.Contains(css, late) {
			t.Errorf("passage.css uses %q", late)
		}
	}
	if strings.Count(css, "{") != strings.Count(css, "}") {
		t.Error("braces of passage.css do not match")
	}
	for _, sel := range regexp.MustCompile(`[^{}]*:has\([^{}]*`).FindAllString(css, -1) {
		if strings.Contains(sel, ",") {
			t.Errorf(":has() must stand alone, an old browser drops the whole list: %s", strings.TrimSpace(sel))
		}
	}
}

var inline = regexp.MustCompile(`\sstyle=|\son[a-z]+=|<style|<script(?:>|[^>]*[^/]>[^<])|javascript:`)

func TestTemplatesHoldNoInlineStyleOrScript(t *testing.T) {
	files, _ := filepath.Glob("*.templ")
	if len(files) == 0 {
		t.Fatal("no templates found")
	}
	for _, f := range files {
		if found := inline.FindAllString(read(t, f), -1); found != nil {
			t.Errorf("%s: %q", f, found)
		}
	}
}

// TestClassesExist finds a class that a template names and the style sheet does not know.
func TestClassesExist(t *testing.T) {
	css := read(t, "static/passage.css")
	files, _ := filepath.Glob("*.templ")
	for _, f := range files {
		src := read(t, f)
		for _, m := range regexp.MustCompile(`class=(?:"([^"]+)"|\{([^}]+)\})`).FindAllStringSubmatch(src, -1) {
			names := m[1]
			for _, q := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(m[2], -1) {
				if !strings.Contains(m[2], `== "`+q[1]+`"`) && !strings.Contains(m[2], `!= "`+q[1]+`"`) {
					names += " " + q[1]
				}
			}
			for _, c := range strings.Fields(names) {
				if !regexp.MustCompile(`\.` + regexp.QuoteMeta(c) + `[^a-zA-Z0-9-]`).MatchString(css) {
					t.Errorf("%s: class %q has no rule", f, c)
				}
			}
		}
	}
}

// tokens reads the colours of one theme from the sheet itself.
func tokens(t *testing.T, css, selector string) map[string]string {
	t.Helper()
	i := strings.Index(css, selector+"{")
	if i < 0 {
		t.Fatalf("no %s in passage.css", selector)
	}
	body := css[i:]
	body = body[:strings.Index(body, "}")]
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z-]+):(#[0-9a-f]{6})\b`).FindAllStringSubmatch(body, -1) {
		out[m[1]] = m[2]
	}
	return out
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	part := func(i int) float64 {
		n, err := strconv.ParseUint(hex[i:i+2], 16, 8)
		if err != nil {
			t.Fatalf("colour %q", hex)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(1) + 0.7152*part(3) + 0.0722*part(5)
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrast(t *testing.T) {
	if c := contrast(t, "#000000", "#ffffff"); math.Abs(c-21) > 0.001 {
		t.Fatalf("black on white is %v, want 21", c)
	}
	css := read(t, "static/passage.css")
	themes := map[string]map[string]string{"light": tokens(t, css, ":root"), "dark": tokens(t, css, ":root[data-theme=dark]")}
	device := tokens(t, css, ":root:not([data-theme=light])")
	for name, v := range themes["dark"] {
		if device[name] != v {
			t.Errorf("dark by device and dark by choice differ in --%s: %s, %s", name, device[name], v)
		}
	}
	text := map[string][]string{ // text: grounds it stands on
		"ink":         {"mist", "paper", "sunk", "action-tint", "olive-tint", "saffron-tint", "pomegranate-tint", "plum-tint"},
		"quiet":       {"mist", "paper", "sunk", "saffron-tint"},
		"action":      {"mist", "paper", "saffron-tint", "action-tint"},
		"on-action":   {"action", "action-hover"},
		"on-petrol":   {"petrol", "petrol-deep"},
		"olive":       {"mist", "paper", "olive-tint"},
		"saffron":     {"mist", "paper", "saffron-tint"},
		"pomegranate": {"mist", "paper", "pomegranate-tint"},
		"plum":        {"mist", "paper", "plum-tint"},
		"mist":        {"ink", "pomegranate"},
	}
	control := map[string][]string{
		"rule-strong": {"mist", "paper"},
		"action":      {"mist", "paper"},
		"olive":       {"mist", "paper"},
		"pomegranate": {"mist", "paper"},
		"focus":       {"focus-ring"},
	}
	for theme, tok := range themes {
		check := func(pairs map[string][]string, least float64) {
			for front, grounds := range pairs {
				for _, ground := range grounds {
					if tok[front] == "" || tok[ground] == "" {
						t.Fatalf("%s: token %s or %s is missing", theme, front, ground)
					}
					if c := contrast(t, tok[front], tok[ground]); c < least {
						t.Errorf("%s: %s on %s has %.2f, needs %.1f", theme, front, ground, c, least)
					}
				}
			}
		}
		check(text, 4.5)
		check(control, 3)
		if c := contrast(t, "#12292f", tok["saffron-line"]); c < 4.5 {
			t.Errorf("%s: the number on a badge has %.2f", theme, c)
		}
	}
}

func zipped(t *testing.T, name string) int {
	t.Helper()
	var buf bytes.Buffer
	z, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	z.Write([]byte(read(t, name)))
	z.Close()
	return buf.Len()
}

// A page over a slow line must open in two and a half seconds; these are the weights that keep it so.
func TestWeights(t *testing.T) {
	css, js, icons := zipped(t, "static/passage.css"), zipped(t, "static/app.js"), zipped(t, "static/icons.svg")
	for name, w := range map[string][2]int{"passage.css": {css, 12 << 10}, "app.js": {js, 4 << 10}, "icons.svg": {icons, 4 << 10}} {
		if w[0] > w[1] {
			t.Errorf("%s weighs %d bytes, budget %d", name, w[0], w[1])
		}
	}
	frame := css + js + icons + zipped(t, "static/fonts.css")
	fonts, _ := filepath.Glob("static/fonts/*.woff2")
	if len(fonts) < 4 {
		t.Fatalf("fonts: %v", fonts)
	}
	for _, f := range fonts {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if total := frame + int(info.Size()); total > 60<<10 {
			t.Errorf("first load with %s is %d bytes, budget %d", filepath.Base(f), total, 60<<10)
		}
	}
}

// Each page language names the font of its own script only.
func TestOneFontForEachLanguage(t *testing.T) {
	css, fonts := read(t, "static/passage.css"), read(t, "static/fonts.css")
	if n := strings.Count(fonts, "@font-face"); n != strings.Count(fonts, "font-display:optional") || n != strings.Count(fonts, "unicode-range:") {
		t.Error("every font face needs font-display: optional and a unicode-range")
	}
	m := regexp.MustCompile(`:root:lang\(ckb\)\{--font:([^}]*)\}`).FindStringSubmatch(css)
	if m == nil || !strings.HasPrefix(m[1], "Vazirmatn") || strings.Contains(m[1], "Commissioner") {
		t.Errorf("Arabic script pages use %v", m)
	}
	for _, f := range []string{"commissioner-OFL.txt", "vazirmatn-OFL.txt"} {
		if !strings.Contains(read(t, "static/fonts/"+f), "SIL OPEN FONT LICENSE") {
			t.Errorf("%s is not the licence", f)
		}
	}
}
