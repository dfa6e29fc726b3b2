package strict

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// Read takes a value in.
type Read func(Node)

// Fields are what an object may hold.
type Fields map[string]Read

// Fields reads an object: every field must be among those known, and the required ones must be there.
func (n Node) Fields(known Fields, required ...string) {
	values, ok := n.pairs()
	if !ok {
		n.Refuse("fields (" + names(known) + ")")
		return
	}
	seen := map[string]bool{}
	for _, v := range values {
		key, at := n.key(v)
		read, ok := known[key]
		if !ok {
			at.RefuseAs(fmt.Sprintf("the unknown field %q", short(key)), "one of "+names(known))
			continue
		}
		seen[key] = true
		read(Node{v.Value, n.file, n.out})
	}
	for _, r := range required {
		if !seen[r] {
			n.RefuseAs("no field "+strconv.Quote(r), "it: it is required here")
		}
	}
}

// Entries reads an object whose keys are names of the author's own choosing.
func (n Node) Entries(each func(key string, at, value Node)) {
	values, ok := n.pairs()
	if !ok {
		n.Refuse("names with their values")
		return
	}
	for _, v := range values {
		key, at := n.key(v)
		each(key, at, Node{v.Value, n.file, n.out})
	}
}

func (n Node) key(v *ast.MappingValueNode) (string, Node) {
	at := Node{v.Key, n.file, n.out}
	if s, ok := v.Key.(*ast.StringNode); ok {
		return s.Value, at
	}
	if t := v.Key.GetToken(); t != nil {
		return t.Value, at
	}
	return v.Key.String(), at
}

func (n Node) pairs() ([]*ast.MappingValueNode, bool) {
	switch m := n.n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	return nil, false
}

func names(f Fields) string { return strings.Join(slices.Sorted(maps.Keys(f)), ", ") }

// Each reads a list.
func Each(read Read) Read {
	return func(n Node) {
		s, ok := n.n.(*ast.SequenceNode)
		if !ok {
			n.Refuse("a list")
			return
		}
		for _, v := range s.Values {
			read(Node{v, n.file, n.out})
		}
	}
}

// Text is what the author wrote as text. A number or true is refused, because 2023.10 and 2023.1 are one number and two versions.
func (n Node) Text() (string, bool) {
	switch v := n.n.(type) {
	case *ast.StringNode:
		if strings.TrimSpace(v.Value) != "" {
			return v.Value, true
		}
	case *ast.LiteralNode:
		if s := strings.TrimSpace(v.Value.Value); s != "" {
			return s, true
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		n.Refuse("a text; put it in quotes")
		return "", false
	}
	n.Refuse("a text")
	return "", false
}

// Text reads a text.
func Text(dst *string) Read {
	return func(n Node) {
		if s, ok := n.Text(); ok {
			*dst = s
		}
	}
}

// Shaped reads a text of a certain form.
func Shaped(dst *string, form *regexp.Regexp, expected string) Read {
	return func(n Node) {
		s, ok := n.Text()
		switch {
		case !ok:
		case !form.MatchString(s):
			n.Refuse(expected)
		default:
			*dst = s
		}
	}
}

// OneOf reads a text from a closed list.
func OneOf(dst *string, allowed ...string) Read {
	return func(n Node) {
		s, ok := n.Text()
		switch {
		case !ok:
		case !slices.Contains(allowed, s):
			n.Refuse("one of " + strings.Join(allowed, ", "))
		default:
			*dst = s
		}
	}
}

// Texts reads a list of texts, none twice.
func Texts(dst *[]string, each func(dst *string) Read) Read {
	return Each(func(n Node) {
		var s string
		each(&s)(n)
		switch {
		case s == "":
		case slices.Contains(*dst, s):
			n.RefuseAs(strconv.Quote(short(s))+" a second time", "each once")
		default:
			*dst = append(*dst, s)
		}
	})
}

// Whole reads a whole number between two bounds.
func Whole(dst *int64, low, high int64) Read {
	return func(n Node) {
		expected := fmt.Sprintf("a whole number from %d to %d", low, high)
		v, ok := n.n.(*ast.IntegerNode)
		if !ok {
			n.Refuse(expected)
			return
		}
		i, err := strconv.ParseInt(v.GetToken().Value, 10, 64)
		if err != nil || i < low || i > high {
			n.Refuse(expected)
			return
		}
		*dst = i
	}
}

// Bool reads true or false.
func Bool(dst *bool) Read {
	return func(n Node) {
		b, ok := n.n.(*ast.BoolNode)
		if !ok {
			n.Refuse("true or false")
			return
		}
		*dst = b.Value
	}
}

// Date reads a day.
func Date(dst *day.Date) Read {
	return func(n Node) {
		s, ok := n.n.(*ast.StringNode)
		if !ok {
			n.Refuse("a date written YYYY-MM-DD")
			return
		}
		d, err := day.Parse(s.Value)
		if err != nil {
			n.Refuse("a date written YYYY-MM-DD")
			return
		}
		*dst = d
	}
}

// Scalar gives the words of a text, whole number or truth value as they were written.
func (n Node) Scalar() (string, bool) {
	switch v := n.n.(type) {
	case *ast.StringNode:
		return v.Value, v.Value != ""
	case *ast.IntegerNode, *ast.BoolNode:
		return n.n.GetToken().Value, true
	}
	return "", false
}

// IsList reports whether the value is a list.
func (n Node) IsList() bool { _, ok := n.n.(*ast.SequenceNode); return ok }

// IsNothing reports whether the value is null, or not there.
func (n Node) IsNothing() bool {
	_, null := n.n.(*ast.NullNode)
	return null || n.n == nil
}

// Has reports whether an object has a field.
func (n Node) Has(field string) bool { return n.Field(field, func(Node) {}) }

// Field reads one field ahead of the others, if it is there.
func (n Node) Field(field string, read Read) bool {
	values, _ := n.pairs()
	for _, v := range values {
		if key, _ := n.key(v); key == field {
			read(Node{v.Value, n.file, n.out})
			return true
		}
	}
	return false
}
