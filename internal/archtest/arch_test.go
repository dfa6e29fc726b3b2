// Package archtest keeps the house as it is drawn: floors point down, rules are pure, and only the gate writes. Each test
// fails by name and says why the wall is there.
package archtest

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/nostos-avrr/nostos/"

// root is the top of the repository, from this package's folder.
const root = "../.."

// floors, the longest prefix wins. A package without a floor fails.
var floors = map[string]int{
	"migrations": 0, "locales": 0, "ui": 0, "packs": 0, "internal/platform": 0,
	"internal/domain/org": 1, "internal/domain/journal": 1,
	"internal/gate":          2,
	"internal/domain/person": 3, "internal/domain/programme": 3,
	"internal/domain/casefile":    4,
	"internal/domain/ledger":      5,
	"internal/domain/counselling": 6, "internal/domain/screening": 6, "internal/domain/travel": 6, "internal/domain/accommodation": 6,
	"internal/domain/reintegration": 6, "internal/domain/placement": 6, "internal/domain/monitoring": 6, "internal/domain/readmission": 6,
	"internal/domain/activity": 6, "internal/domain/decision": 6, "internal/domain/selection": 6,
	"internal/desk": 7, "internal/match": 7, "internal/report": 7, "internal/export": 7, "internal/interop": 7, "internal/field": 7, "internal/portal": 7, "internal/letter": 7,
	"internal/app": 8,
	"cmd/nostos":   9,
}

type pkg struct {
	ImportPath, Dir string
	Imports         []string
	GoFiles         []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		var ee *exec.ExitError
		if errors.As(err, &ee) {
			t.Fatalf("go list: %s", ee.Stderr)
		}
		t.Fatal(err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module)
		if p.ImportPath == "internal/archtest" || strings.HasPrefix(p.ImportPath, "internal/testkit") {
			continue
		}
		all = append(all, p)
	}
}

// floorOf finds the floor of a package, and the room it belongs to.
func floorOf(path string) (floor int, room string) {
	floor = -1
	for prefix, f := range floors {
		if (path == prefix || strings.HasPrefix(path, prefix+"/")) && len(prefix) > len(room) {
			floor, room = f, prefix
		}
	}
	return
}

func TestFloorsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		floor, room := floorOf(p.ImportPath)
		if floor < 0 {
			t.Errorf("%s has no floor: draw it in archtest, and say in docs/decisions why the house needs the room", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			imp, ours := strings.CutPrefix(imp, module)
			if !ours {
				continue
			}
			if strings.HasPrefix(imp, "internal/testkit") {
				t.Errorf("%s imports %s: test code has no place in the program", p.ImportPath, imp)
				continue
			}
			f, r := floorOf(imp)
			switch {
			case f > floor:
				t.Errorf("%s (floor %d) may not import %s (floor %d): a lower floor declares a function type, and app hands it in", p.ImportPath, floor, imp, f)
			case f == floor && r != room && floor > 0:
				t.Errorf("%s may not import %s on its own floor: rooms of a floor are strangers, app introduces them", p.ImportPath, imp)
			}
		}
	}
}

// Pages show what they are given: they know the ground floor only.
func TestPagesImportTheGroundFloorOnly(t *testing.T) {
	for _, p := range packages(t) {
		if !strings.HasSuffix(p.ImportPath, "/pages") {
			continue
		}
		for _, imp := range p.Imports {
			if imp, ours := strings.CutPrefix(imp, module); ours {
				if f, _ := floorOf(imp); f != 0 {
					t.Errorf("%s may not import %s: a page takes one typed struct and decides nothing", p.ImportPath, imp)
				}
			}
		}
	}
}

// A rule must give the same answer tomorrow, in a test, and in front of a judge: so it reads no clock, no database, no network.
func TestRulesArePure(t *testing.T) {
	forbidden := map[string]string{
		"context": "a rule waits for nothing", "database/sql": "a rule reads no database", "net/http": "a rule serves nobody", "os": "a rule reads no file", "math/rand": "a rule throws no dice",
		"crypto/rand": "a rule throws no dice", "log/slog": "a rule writes nothing",
		module + "internal/platform/db": "a rule reads no database", module + "internal/platform/clock": "the day is handed to a rule", module + "internal/gate": "a rule stands behind the gate", module + "internal/platform/web": "a rule serves nobody",
	}
	walk(t, func(path string, f *ast.File) {
		if filepath.Base(path) != "rules.go" {
			return
		}
		for _, imp := range f.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			if why, bad := forbidden[name]; bad {
				t.Errorf("%s imports %s: %s", path, name, why)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && (s.Sel.Name == "Now" || s.Sel.Name == "Since") {
					t.Errorf("%s reads the clock: the day is handed to a rule", path)
				}
			}
			return true
		})
	})
}

// Nobody reads the machine's time but the clock, and the few places that measure how long something took.
func TestOneClock(t *testing.T) {
	allowed := []string{"internal/platform/clock/", "internal/platform/id/", "internal/platform/metrics/", "internal/testkit/", "cmd/nostos/", "internal/platform/blob/clamd.go"}
	walk(t, func(path string, f *ast.File) {
		if slices.ContainsFunc(allowed, func(a string) bool { return strings.HasPrefix(path, a) }) {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && s.Sel.Name == "Now" {
					t.Errorf("%s reads the machine's time: take it from platform/clock, so that a test can set it", path)
				}
			}
			return true
		})
	})
}

// writers are the files that may open a write transaction without the gate, each with its reason.
var writers = map[string]string{
	"internal/gate/":           "it is the gate",
	"internal/platform/db/":    "migrations",
	"internal/platform/queue/": "claims and results of jobs; what a job does goes through the gate",
	"internal/app/":            "the first start, before there is anybody to act",
	"internal/desk/signin/":    "sessions and attempts to sign in, before it is known who acts",
	"internal/testkit/":        "test worlds",
}

func TestOnlyTheGateWrites(t *testing.T) {
	walk(t, func(path string, f *ast.File) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		for w := range writers {
			if strings.HasPrefix(path, w) {
				return
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			s, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || s.Sel.Name != "Write" || len(call.Args) != 2 {
				return true
			}
			t.Errorf("%s opens a write transaction beside the gate: then nobody is asked and nothing is recorded", path)
			return true
		})
	})
}

// A package comment tells a newcomer what the room is for.
func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]bool{}
	walk(t, func(path string, f *ast.File) {
		dir := filepath.Dir(path)
		said[dir] = said[dir] || f.Doc != nil
	})
	for dir, ok := range said {
		if !ok && !strings.HasSuffix(dir, "/pages") {
			t.Errorf("%s: no file says in its package comment what the package is for", dir)
		}
	}
}

func walk(t *testing.T, fn func(path string, f *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if e.IsDir() && (e.Name() == ".git" || e.Name() == "node_modules" || e.Name() == "tools" || e.Name() == "testdata") {
			return filepath.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ParseComments)
		if err != nil {
			return err
		}
		fn(filepath.ToSlash(rel), f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The test of the test: a planted upward import and an impure rule must be seen.
func TestArchtestCanFail(t *testing.T) {
	if f, _ := floorOf("internal/domain/casefile/pages"); f != 4 {
		t.Errorf("casefile/pages is on floor %d", f)
	}
	if f, _ := floorOf("internal/new"); f != -1 {
		t.Errorf("an undrawn room has floor %d", f)
	}
	low, _ := floorOf("internal/platform/clock")
	high, _ := floorOf("internal/domain/org")
	if low >= high {
		t.Error("the ground floor is not below org")
	}
}
