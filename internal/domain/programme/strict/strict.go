// Package strict reads the YAML of a programme so that nothing in it is guessed: a field nobody knows, a number where a text
// belongs, a date that does not exist is refused, with the place, what was found there and what was expected. All mistakes
// of a file are told at once, because whoever writes a programme mends them in one sitting.
//
// It owns no table and knows no word of the field. It never fills in a value that was not written.
package strict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits of one file. A programme written by people stays far below; the parser's time grows with the square of some files,
// and it takes minutes over one that nests thousands deep.
const (
	maxBytes = 64 << 10
	maxDepth = 24
)

// Mark is a place in a file.
type Mark struct {
	File         string
	Line, Column int
}

// Mistake is one thing that cannot be used.
type Mistake struct {
	Mark
	Found, Expected string
}

func (m Mistake) String() string {
	where := m.File
	if m.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", m.File, m.Line, m.Column)
	}
	return where + ": found " + m.Found + ", expected " + m.Expected
}

// List collects mistakes.
type List []Mistake

// Add notes one more.
func (l *List) Add(at Mark, found, expected string) {
	*l = append(*l, Mistake{at, found, expected})
}

// Sorted gives the mistakes in the order of files and lines, each once.
func (l List) Sorted() []Mistake {
	out := slices.Clone(l)
	slices.SortStableFunc(out, func(a, b Mistake) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return slices.Compact(out)
}

// Node is one value of a file.
type Node struct {
	n    ast.Node
	file string
	out  *List
}

// Parse reads a file that holds one object. A file that is no YAML at all is one mistake.
func Parse(name string, data []byte, out *List) (root Node, ok bool) {
	refuse := func(line, column int, found, expected string) (Node, bool) {
		out.Add(Mark{name, line, column}, found, expected)
		return Node{}, false
	}
	if len(data) > maxBytes {
		return refuse(0, 0, fmt.Sprintf("%d bytes", len(data)), fmt.Sprintf("at most %d", maxBytes))
	}
	if line, column, deep := tooDeep(string(data)); deep {
		return refuse(line, column, "values nested too deep", fmt.Sprintf("at most %d levels", maxDepth))
	}
	f, err := parse(data)
	if err != nil {
		line, column, text := 0, 0, err.Error()
		if e, ok := err.(yaml.Error); ok {
			text = e.GetMessage()
			if t := e.GetToken(); t != nil && t.Position != nil {
				line, column = t.Position.Line, t.Position.Column
			}
		}
		return refuse(line, column, "text that is no YAML ("+oneLine(text)+")", "fields and their values")
	}
	docs := slices.DeleteFunc(f.Docs, func(d *ast.DocumentNode) bool { return d == nil || d.Body == nil || d.Body.Type() == ast.CommentType })
	switch len(docs) {
	case 0:
		return refuse(0, 0, "an empty file", "fields and their values")
	case 1:
		return Node{docs[0].Body, name, out}, true
	}
	at := position(docs[1].Body)
	return refuse(at.Line, at.Column, "a second document", "one document a file")
}

// parse keeps a fault in the parser from ending the program: it is a file that cannot be read, like others.
func parse(data []byte) (f *ast.File, err error) {
	defer func() {
		if v := recover(); v != nil {
			f, err = nil, fmt.Errorf("text that cannot be read (%v)", v)
		}
	}()
	return parser.ParseBytes(data, 0)
}

// tooDeep finds nesting that no programme has before the parser sees it. Brackets inside texts count too: nobody writes so many.
func tooDeep(s string) (line, column int, deep bool) {
	open, line, column := 0, 1, 0
	marks, leading := 0, true
	for _, c := range s {
		column++
		switch {
		case c == '\n':
			line, column, marks, leading = line+1, 0, 0, true
		case c == '[' || c == '{':
			open++
		case (c == ']' || c == '}') && open > 0:
			open--
		}
		if leading && c != '\n' {
			switch c {
			case ' ', '\t':
			case '-', '?', ':':
				marks++
			default:
				leading = false
			}
			if column > 4*maxDepth {
				return line, column, true
			}
		}
		if open > maxDepth || marks > maxDepth && leading {
			return line, column, true
		}
	}
	return 0, 0, false
}

func position(n ast.Node) token.Position {
	if n == nil {
		return token.Position{}
	}
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 { // the token of a mapping is its first colon
		return position(m.Values[0].Key)
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		return position(m.Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return *t.Position
	}
	return token.Position{}
}

// Mark is where the value stands.
func (n Node) Mark() Mark {
	p := position(n.n)
	return Mark{n.file, p.Line, p.Column}
}

// Within is a place inside a text, given by line and column counted from 1 within it.
func (n Node) Within(line, column int) Mark {
	m := n.Mark()
	switch v := n.n.(type) {
	case *ast.LiteralNode: // its lines stand below the sign that announces them, indented by nobody knows how much
		return Mark{n.file, m.Line + line, column}
	case *ast.StringNode:
		if t := v.GetToken(); line == 1 && t != nil && (t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType) {
			column++
		}
		if line > 1 {
			return Mark{n.file, m.Line + line - 1, column}
		}
	}
	return Mark{n.file, m.Line, m.Column + column - 1}
}

// RefuseWithin is RefuseAs at a place inside a text.
func (n Node) RefuseWithin(line, column int, found, expected string) {
	n.out.Add(n.Within(line, column), found, expected)
}

// Refuse notes that the value is not what belongs here.
func (n Node) Refuse(expected string) { n.out.Add(n.Mark(), n.describe(), expected) }

// RefuseAs is Refuse with other words for what was found.
func (n Node) RefuseAs(found, expected string) { n.out.Add(n.Mark(), found, expected) }

func (n Node) describe() string {
	switch v := n.n.(type) {
	case *ast.StringNode:
		return fmt.Sprintf("%q", short(v.Value))
	case *ast.LiteralNode:
		return fmt.Sprintf("%q", short(v.Value.Value))
	case *ast.IntegerNode, *ast.FloatNode:
		return "the number " + short(n.n.GetToken().Value)
	case *ast.BoolNode:
		return n.n.GetToken().Value
	case *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "fields"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode:
		return "a reference (& or *)"
	case *ast.TagNode:
		return "a tag (!)"
	case nil:
		return "nothing"
	}
	return "a " + strings.ToLower(n.n.Type().String())
}

func short(s string) string {
	s = oneLine(s)
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

func oneLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.ToValidUTF8(s, "�")
}
