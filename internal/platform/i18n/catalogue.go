// Package i18n turns keys into words people read: on the screen, on the paper
// they sign and in the language they chose. It also writes dates, numbers and
// amounts the one way that the office, the ticket and the bank all share, and
// knows countries, languages and months by name.
//
// It owns no table, never guesses a language that was not asked for, and never
// shows a sentence of another language without a declared fall-back to English.
package i18n

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Fallback is the language every text exists in.
const Fallback = "en"

// Language is one entry of languages.json.
type Language struct {
	Tag      string   `json:"tag"`
	Name     string   `json:"name"`     // in the language itself
	Dir      string   `json:"dir"`      // "ltr" or "rtl"
	Plurals  []string `json:"plurals"`  // the CLDR categories it needs
	Digits   string   `json:"digits"`   // for counts: "latn", "arab" or "arabext"
	Script   string   `json:"script"`   // of the font, as in "Arab"
	Public   bool     `json:"public"`   // offered to migrants
	Complete string   `json:"complete"` // "all" areas or only "public" ones
}

// Catalogue holds all texts in all languages. It does not change after Load.
type Catalogue struct {
	languages   []Language
	publicAreas []string
	printers    map[string]*Printer
	texts       map[string]map[string]*message

	mu      sync.Mutex
	missing int64
	keys    map[string]bool
}

type languagesFile struct {
	PublicAreas []string   `json:"public_areas"`
	Languages   []Language `json:"languages"`
}

// Load reads languages.json and <tag>/<area>.json for every language in it.
// The first fault stops it and names the file.
func Load(fsys fs.FS) (*Catalogue, error) {
	raw, err := fs.ReadFile(fsys, "languages.json")
	if err != nil {
		return nil, fmt.Errorf("i18n: %w", err)
	}
	var file languagesFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("i18n: languages.json: %w", err)
	}
	c := &Catalogue{
		languages: file.Languages, publicAreas: file.PublicAreas,
		printers: map[string]*Printer{}, texts: map[string]map[string]*message{}, keys: map[string]bool{},
	}
	for _, l := range file.Languages {
		if err := c.addLanguage(fsys, l); err != nil {
			return nil, fmt.Errorf("i18n: %w", err)
		}
	}
	en, ok := c.texts[Fallback]
	if !ok {
		return nil, fmt.Errorf("i18n: languages.json has no %q", Fallback)
	}
	for _, p := range c.printers {
		p.fallback = en
	}
	return c, nil
}

func (c *Catalogue) addLanguage(fsys fs.FS, l Language) error {
	if l.Dir != "ltr" && l.Dir != "rtl" {
		return fmt.Errorf("languages.json: %s: dir must be ltr or rtl", l.Tag)
	}
	if _, ok := digitZero[l.Digits]; !ok {
		return fmt.Errorf("languages.json: %s: digits must be latn, arab or arabext", l.Tag)
	}
	names := namesOf(l.Tag)
	if names == nil {
		return fmt.Errorf("languages.json: %s has no months and names in data", l.Tag)
	}
	if _, twice := c.texts[l.Tag]; twice {
		return fmt.Errorf("languages.json: %s is listed twice", l.Tag)
	}
	rules, err := pluralRules(l)
	if err != nil {
		return err
	}
	texts := map[string]*message{}
	files, err := fs.Glob(fsys, l.Tag+"/*.json")
	if err != nil {
		return err
	}
	for _, name := range files {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		// A room keeps its sentences of a shared area in a file of its own: journal_travel.json holds journal.… keys.
		area, _, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".json"), "_")
		if err := parseArea(data, area, l, rules, texts); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	c.texts[l.Tag] = texts
	c.printers[l.Tag] = &Printer{
		Lang: l.Tag, Dir: l.Dir, cat: c, texts: texts, names: names, zone: time.UTC, digits: digitZero[l.Digits],
	}
	return nil
}

// Add takes in further texts of one language, each in one of the areas named. It belongs to the start of the program: nobody
// may be reading the catalogue yet.
func (c *Catalogue) Add(tag string, data []byte, areas []string) error {
	i := slices.IndexFunc(c.languages, func(l Language) bool { return l.Tag == tag })
	if i < 0 {
		return fmt.Errorf("i18n: there is no language %q", tag)
	}
	rules, err := pluralRules(c.languages[i])
	if err != nil {
		return err
	}
	return parseTexts(data, func(key string) error {
		if area, rest, _ := strings.Cut(key, "."); !slices.Contains(areas, area) || !isName(rest) {
			return fmt.Errorf("%s: keys here begin with one of %s", key, strings.Join(areas, ", "))
		}
		return nil
	}, c.languages[i], rules, c.texts[tag])
}

// pluralRules finds the CLDR rule of exactly this language. The tag is never
// matched to a neighbour.
func pluralRules(l Language) (func(int64) string, error) {
	tag, err := language.Parse(l.Tag)
	if err != nil {
		return nil, fmt.Errorf("languages.json: %s: %w", l.Tag, err)
	}
	return func(n int64) string {
		if n < 0 {
			n = -n
		}
		// French says "un million de personnes": CLDR has the form since
		// release 38, the tables of x/text are older.
		if l.Tag == "fr" && n != 0 && n%1_000_000 == 0 {
			return "many"
		}
		return formName[plural.Cardinal.MatchPlural(tag, int(n%10_000_000), 0, 0, 0, 0)]
	}, nil
}

var formName = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// Printer speaks the language of exactly this tag, or English.
func (c *Catalogue) Printer(tag string) *Printer {
	if p, ok := c.printers[tag]; ok {
		return p
	}
	return c.printers[Fallback]
}

// Languages lists the languages in the order of languages.json.
func (c *Catalogue) Languages() []Language { return slices.Clone(c.languages) }

// PublicAreas lists the areas that every language on offer must have.
func (c *Catalogue) PublicAreas() []string { return slices.Clone(c.publicAreas) }

// Keys lists the keys a language has of its own, sorted.
func (c *Catalogue) Keys(tag string) []string {
	keys := make([]string, 0, len(c.texts[tag]))
	for k := range c.texts[tag] {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Negotiate picks the language from an Accept-Language header by the primary
// tag alone. Kurdish is not answered in Turkish: what we do not have is English.
func (c *Catalogue) Negotiate(acceptLanguage string) string {
	type wish struct {
		tag string
		q   float64
	}
	var wishes []wish
	for item := range strings.SplitSeq(acceptLanguage, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(item), ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			parsed, err := strconv.ParseFloat(v, 64)
			if err != nil {
				continue
			}
			q = parsed
		}
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if q > 0 {
			wishes = append(wishes, wish{primary, q})
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.q, a.q) })
	for _, w := range wishes {
		if _, ok := c.printers[w.tag]; ok {
			return w.tag
		}
	}
	return Fallback
}

// Missing counts the texts asked for that do not exist; a test that ends with
// more than none has found a hole in a page.
func (c *Catalogue) Missing() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.missing
}

// MissingKeys names the first hundred of them, sorted.
func (c *Catalogue) MissingKeys() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := make([]string, 0, len(c.keys))
	for k := range c.keys {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (c *Catalogue) miss(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.missing++
	if len(c.keys) < 100 {
		c.keys[what] = true
	}
}
