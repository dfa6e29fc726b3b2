package config

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// parseFile reads a settings file into values by key. It walks the syntax tree instead of decoding into the struct,
// because each value keeps its line and column: `nostos config` shows where a setting comes from.
func parseFile(path string, text []byte) (map[string]value, []error) {
	doc, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, []error{syntaxError(path, err)}
	}
	w := walker{path: path, out: map[string]value{}}
	for _, d := range doc.Docs {
		if d.Body != nil {
			w.mapping("", d.Body)
		}
	}
	return w.out, w.errs
}

// syntaxError gives the place and the message without the quoted lines: they may hold a secret.
func syntaxError(path string, err error) error {
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil {
		p := ye.GetToken().Position
		return fmt.Errorf("%s:%d:%d: not valid YAML: %s", path, p.Line, p.Column, ye.GetMessage())
	}
	return fmt.Errorf("%s: not valid YAML", path)
}

type walker struct {
	path string
	out  map[string]value
	errs []error
}

func (w *walker) at(n ast.Node) string {
	p := n.GetToken().Position
	return fmt.Sprintf("%s:%d:%d", w.path, p.Line, p.Column)
}

func (w *walker) fail(n ast.Node, format string, args ...any) {
	w.errs = append(w.errs, fmt.Errorf("%s: %s", w.at(n), fmt.Sprintf(format, args...)))
}

func (w *walker) mapping(prefix string, n ast.Node) {
	switch m := n.(type) {
	case *ast.MappingNode:
		for _, v := range m.Values {
			w.entry(prefix, v)
		}
	case *ast.MappingValueNode:
		w.entry(prefix, m)
	case *ast.NullNode, *ast.CommentGroupNode: // a section with everything commented out
	default:
		w.fail(n, "expected settings as `name: value`")
	}
}

func (w *walker) entry(prefix string, e *ast.MappingValueNode) {
	key := prefix + e.Key.GetToken().Value
	if f, ok := fields[key]; ok {
		w.scalar(f, e)
		return
	}
	if base, ok := strings.CutSuffix(key, "_file"); ok && fields[base].fromFile() {
		w.secretFile(fields[base], e)
		return
	}
	if section(key) {
		w.mapping(key+".", e.Value)
		return
	}
	if n := nearest(key, known()); n != "" {
		w.fail(e.Key, "%s is not a setting, did you mean %s?", key, n)
		return
	}
	w.fail(e.Key, "%s is not a setting: `nostos config` lists them", key)
}

func (w *walker) scalar(f field, e *ast.MappingValueNode) {
	switch n := e.Value.(type) {
	case *ast.StringNode:
		w.keep(f, e, n.Value)
	case *ast.LiteralNode:
		w.keep(f, e, n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		w.keep(f, e, n.GetToken().Value)
	case *ast.NullNode: // left empty: the default stays
	default:
		w.fail(e.Key, "%s takes one value, not a list or a section", f.key)
	}
}

func (w *walker) secretFile(f field, e *ast.MappingValueNode) {
	n, ok := e.Value.(*ast.StringNode)
	if !ok {
		w.fail(e.Key, "%s_file takes the name of a file", f.key)
		return
	}
	path := n.Value
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(w.path), path)
	}
	v, err := readSecret(path, w.at(e.Key))
	if err != nil {
		w.errs = append(w.errs, err)
		return
	}
	w.keep(f, e, v.text)
}

func (w *walker) keep(f field, e *ast.MappingValueNode, text string) {
	w.errs = append(w.errs, put(w.out, f.key, value{text, w.at(e.Key)})...)
}

func section(key string) bool {
	for k := range fields {
		if strings.HasPrefix(k, key+".") {
			return true
		}
	}
	return false
}

func known() []string {
	out := slices.Collect(maps.Keys(fields))
	for _, f := range fields {
		if f.fromFile() {
			out = append(out, f.key+"_file")
		}
		if s, _, ok := strings.Cut(f.key, "."); ok && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// nearest is the known name closest to what was written, or empty when none is close.
func nearest(name string, known []string) string {
	best, dist := "", max(2, len(name)/4)+1
	for _, k := range slices.Sorted(slices.Values(known)) {
		if d := distance(name, k); d < dist {
			best, dist = k, d
		}
	}
	return best
}

// distance counts the single-letter changes between a and b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, diag+1)
		}
	}
	return row[len(b)]
}
