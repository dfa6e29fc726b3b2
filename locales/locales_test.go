package locales_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/locales"
)

func load(t *testing.T) *i18n.Catalogue {
	t.Helper()
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// TestEveryLanguageIsComplete names each text that a language still lacks, or
// has in another shape than English.
func TestEveryLanguageIsComplete(t *testing.T) {
	cat := load(t)
	for _, l := range cat.Languages() {
		t.Run(l.Tag, func(t *testing.T) {
			if l.Complete != "all" && l.Complete != "public" {
				t.Fatalf("languages.json: complete must be all or public, not %q", l.Complete)
			}
			for _, key := range cat.Keys(i18n.Fallback) {
				area, _, _ := strings.Cut(key, ".")
				if l.Complete == "public" && !slices.Contains(cat.PublicAreas(), area) {
					continue
				}
				want, _ := cat.Shape(i18n.Fallback, key)
				got, ok := cat.Shape(l.Tag, key)
				switch {
				case !ok:
					t.Errorf("%s is missing", key)
				case (got.Forms == nil) != (want.Forms == nil):
					t.Errorf("%s: plural forms in one language and not in the other", key)
				case got.Forms != nil && !slices.Equal(got.Forms, sorted(l.Plurals)):
					t.Errorf("%s has the forms %v, the language needs %v", key, got.Forms, l.Plurals)
				case !slices.Equal(got.Placeholders, want.Placeholders):
					t.Errorf("%s uses the placeholders %v, English uses %v", key, got.Placeholders, want.Placeholders)
				}
			}
			for _, key := range cat.Keys(l.Tag) {
				if _, ok := cat.Shape(i18n.Fallback, key); !ok {
					t.Errorf("%s does not exist in English", key)
				}
			}
		})
	}
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// TestFilesAreSorted keeps two people's work in one file from colliding.
func TestFilesAreSorted(t *testing.T) {
	line := regexp.MustCompile(`(?m)^\s*"([^"]+\.[^"]+)":`)
	files, err := fs.Glob(locales.Files, "*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		data, err := fs.ReadFile(locales.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]any
		if err := json.Unmarshal(data, &all); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var keys []string
		for _, m := range line.FindAllStringSubmatch(string(data), -1) {
			keys = append(keys, m[1])
		}
		if len(keys) != len(all) {
			t.Errorf("%s: %d keys on %d lines; write one key a line", name, len(all), len(keys))
		}
		for i := 1; i < len(keys); i++ {
			if keys[i] < keys[i-1] {
				t.Errorf("%s: %s comes after %s", name, keys[i], keys[i-1])
			}
		}
	}
}

var (
	// textCall finds .T("area.key" and .N("area.key"; the second group is the
	// mark of a key put together in code, of which only the beginning is known.
	textCall = regexp.MustCompile(`\.[TN]\(\s*"([a-z0-9_.-]+)"(\s*\+)?`)
	// faultCall finds the keys among the arguments of fault.New and its kin.
	faultCall = regexp.MustCompile(`\bfault\.[A-Z]\w*\([^()"]*(?:"[a-z0-9_]+",\s*)?"([a-z][a-z0-9_]*\.[a-z0-9_.]+)"(\s*\+)?`)
	// faultKey finds keys written as struct fields: Key: "area.key".
	faultKey = regexp.MustCompile(`\bKey:\s*"([a-z][a-z0-9_]*\.[a-z0-9_.]+)"(\s*\+)?`)
)

// TestEveryKeyInTheCodeExists reads the sources, because a missing text would
// otherwise be found by the person in front of the screen.
func TestEveryKeyInTheCodeExists(t *testing.T) {
	cat := load(t)
	keys := cat.Keys(i18n.Fallback)
	for _, root := range []string{"../internal", "../ui", "../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case os.IsNotExist(err):
				return nil
			case err != nil:
				return err
			case d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go"):
				return nil
			case !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".templ"):
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, miss := range unknownKeys(string(data), keys) {
				t.Errorf("%s: no text for %s", strings.TrimPrefix(path, "../"), miss)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func unknownKeys(source string, keys []string) []string {
	var out []string
	for _, find := range []*regexp.Regexp{textCall, faultCall, faultKey} {
		for _, m := range find.FindAllStringSubmatch(source, -1) {
			key, built := m[1], m[2] != ""
			i, found := slices.BinarySearch(keys, key)
			if built {
				found = i < len(keys) && strings.HasPrefix(keys[i], key)
			}
			if !found {
				out = append(out, key)
			}
		}
	}
	return out
}

func TestTheScannerFindsWhatIsMissing(t *testing.T) {
	source := `p.T("a.here") p.T("a.gone", "x", 1) p.N("a.gone_n", 3) p.T("a.he" + x) p.T("b." + x)
		fault.New(fault.Invalid, "a.bad") fault.At("email", "a.bad_field") fault.Field{Key: "a.bad_key"} fault.New(fault.Invalid, "a.here")`
	got := unknownKeys(source, []string{"a.here", "a.other"})
	want := []string{"a.gone", "a.gone_n", "b.", "a.bad", "a.bad_field", "a.bad_key"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
