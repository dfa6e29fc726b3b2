// Command gen writes the country and language names of data/*.json from the
// Unicode CLDR tables of x/text, corrected where a country has since changed
// its name. Months, weekdays and patterns are written by hand in data/ and kept.
// Run it from internal/platform/i18n with: go run ./gen
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Languages the people of the field speak. An entry "prs" or "kmr" has no CLDR
// name and takes it from named.
var languages = strings.Fields(`am ar az be bg bm bn bs ckb cs da de el en es et fa ff fi fr gu ha he hi hr hu hy id ig
it ja ka kk kmr ko ku ky ln lt lv mg mk ml mn ne nl no om pa pl prs ps pt rn ro ru rw si sk sl so sq sr sv sw ta te tg
th ti tk tl tr uk ur uz vi wo yo zh`)

// retired are codes that x/text still counts as countries.
var retired = strings.Fields("AC AN CP CQ DG EA EU EZ FQ FX IC QO SU TA TP UN YU ZR BU CS DD NT PC YD")

func main() {
	for _, tag := range []string{"en", "el", "fr", "ar", "fa"} {
		if err := write(tag); err != nil {
			fmt.Fprintln(os.Stderr, tag+":", err)
			os.Exit(1)
		}
	}
}

func write(tag string) error {
	file := "data/" + tag + ".json"
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	in := language.MustParse(tag)
	cut := bytes.Index(old, []byte(` "countries"`))
	if cut < 0 {
		return fmt.Errorf("%s has no countries section to replace", file)
	}
	out := bytes.NewBuffer(bytes.Clone(old[:cut]))
	regions, names := display.Regions(in), display.Languages(in)
	section(out, in, "countries", countries(), func(code string) string {
		return regions.Name(language.MustParseRegion(code))
	}, ",")
	section(out, in, "languages", languages, func(code string) string {
		t, err := language.Parse(code)
		if err != nil {
			return ""
		}
		return names.Name(t)
	}, "")
	out.WriteString("}\n")
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// section writes the names in the order of the language itself, so that the
// program needs no collation tables.
func section(out *bytes.Buffer, in language.Tag, title string, codes []string, name func(string) string, end string) {
	rows := make([][2]string, 0, len(codes))
	for _, code := range codes {
		n, ok := named[title][code][in.String()]
		if !ok {
			n = name(code)
		}
		rows = append(rows, [2]string{code, n})
	}
	order := collate.New(in)
	slices.SortStableFunc(rows, func(a, b [2]string) int { return order.CompareString(a[1], b[1]) })
	fmt.Fprintf(out, " %q: [\n", title)
	for i, row := range rows {
		var line bytes.Buffer
		enc := json.NewEncoder(&line)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(row); err != nil {
			panic(err) // two strings always encode
		}
		comma := ","
		if i == len(rows)-1 {
			comma = ""
		}
		fmt.Fprintf(out, "  %s%s\n", strings.TrimSpace(line.String()), comma)
	}
	fmt.Fprintf(out, " ]%s\n", end)
}

func countries() []string {
	var out []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			r, err := language.ParseRegion(code)
			if err == nil && r.IsCountry() && r.Canonicalize() == r && r.String() == code && !slices.Contains(retired, code) {
				out = append(out, code)
			}
		}
	}
	return out
}
