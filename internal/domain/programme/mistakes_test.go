package programme_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
)

var update = flag.Bool("update", false, "write the expected mistakes anew")

const line = "----------\n"

// files reads a golden file: each file of the programme after a line "== NAME", then dashes, then the mistakes expected.
func files(t testing.TB, name string) (fsys fstest.MapFS, input, want string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	input, want, ok := strings.Cut(string(data), line)
	if !ok {
		t.Fatalf("%s has no line of dashes", name)
	}
	return unpack(input), input, want
}

func unpack(input string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, part := range strings.Split("\n"+input, "\n== ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		if name = strings.TrimSpace(name); fs.ValidPath(name) && name != "." {
			fsys[name] = &fstest.MapFile{Data: []byte(body)}
		}
	}
	return fsys
}

// TestMistakes holds every file in testdata/mistakes against the mistakes written below it.
func TestMistakes(t *testing.T) {
	names, err := filepath.Glob("testdata/mistakes/*.txt")
	if err != nil || len(names) < 5 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			fsys, input, want := files(t, name)
			var b strings.Builder
			for _, m := range programme.CheckDir(fsys) {
				b.WriteString(m.String() + "\n")
			}
			got := b.String()
			if *update {
				if err := os.WriteFile(name, []byte(input+line+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			_, err := programme.Load(fsys)
			if refused := want != ""; (err != nil) != refused {
				t.Errorf("Load: %v, want refused = %v", err, refused)
			}
		})
	}
}

// FuzzLoad feeds the loader whatever there is: it answers with mistakes, never with a panic, and in time.
func FuzzLoad(f *testing.F) {
	names, _ := filepath.Glob("testdata/mistakes/*.txt")
	for _, n := range names {
		_, input, _ := files(f, n)
		f.Add(input)
	}
	for _, s := range []string{"== programme.yaml\n" + strings.Repeat("[", 5000), "== programme.yaml\n" + strings.Repeat("- ", 5000), "== programme.yaml\n" + strings.Repeat("{a: ", 5000),
		"== programme.yaml\na: &a [*a, *a]\n", "== programme.yaml\n? x\n: y\n", "== programme.yaml\n\xff\xfe\x00", "== programme.yaml\n<<: {code: x}\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, input string) {
		fsys := unpack(input)
		mistakes := programme.CheckDir(fsys)
		lib, err := programme.Load(fsys)
		if err == nil && len(lib.All()) > 0 && len(mistakes) > 0 {
			t.Fatalf("loaded in spite of %v", mistakes)
		}
		if err == nil {
			for _, p := range lib.All() {
				programme.RunExamples(p)
				for _, form := range p.Forms {
					form.Validate(map[string][]string{"x": {"y"}}, p.From)
				}
			}
		}
	})
}
