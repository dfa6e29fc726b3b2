package i18n

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// message is one text of one language, with its plural forms if it has any.
type message struct {
	single *text
	forms  map[string]*text
	rules  func(int64) string
}

// text is cut at its placeholders when it is loaded, so that printing is only
// copying. Every second piece is the name of a placeholder.
type text struct {
	raw    string
	pieces []string
}

func (m *message) form(n int64) *text {
	if m.single != nil {
		return m.single
	}
	if t, ok := m.forms[m.rules(n)]; ok {
		return t
	}
	return m.forms["other"]
}

// parseArea reads one flat file of keys, all of one area.
func parseArea(data []byte, area string, l Language, rules func(int64) string, into map[string]*message) error {
	return parseTexts(data, func(key string) error {
		if rest, ok := strings.CutPrefix(key, area+"."); !ok || !isName(rest) {
			return fmt.Errorf("%s: keys of this file are written %s.name", key, area)
		}
		return nil
	}, l, rules, into)
}

// parseTexts reads one flat file of keys. It reads token by token because
// encoding/json keeps the last of two equal keys without a word.
func parseTexts(data []byte, check func(key string) error, l Language, rules func(int64) string, into map[string]*message) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("must be one object of keys")
	}
	for dec.More() {
		key, err := nextString(dec)
		if err != nil {
			return err
		}
		if err := check(key); err != nil {
			return err
		}
		if _, twice := into[key]; twice {
			return fmt.Errorf("%s is there twice", key)
		}
		m, err := parseMessage(dec, l, rules)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		into[key] = m
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("something follows the last brace")
	}
	return nil
}

func parseMessage(dec *json.Decoder, l Language, rules func(int64) string) (*message, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if s, ok := tok.(string); ok {
		t, err := parseText(s)
		return &message{single: t, rules: rules}, err
	}
	if tok != json.Delim('{') {
		return nil, fmt.Errorf("must be a text or plural forms")
	}
	m := &message{forms: map[string]*text{}, rules: rules}
	for dec.More() {
		form, err := nextString(dec)
		if err != nil {
			return nil, err
		}
		s, err := nextString(dec)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(l.Plurals, form) {
			return nil, fmt.Errorf("%s has no plural form %q", l.Tag, form)
		}
		if m.forms[form] != nil {
			return nil, fmt.Errorf("plural form %q is there twice", form)
		}
		if m.forms[form], err = parseText(s); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if m.forms["other"] == nil {
		return nil, fmt.Errorf(`plural form "other" is missing`)
	}
	return m, nil
}

func nextString(dec *json.Decoder) (string, error) {
	tok, err := dec.Token()
	if err != nil {
		return "", err
	}
	s, ok := tok.(string)
	if !ok {
		return "", fmt.Errorf("%v: expected a text", tok)
	}
	return s, nil
}

func parseText(s string) (*text, error) {
	if strings.TrimSpace(s) == "" {
		return nil, fmt.Errorf("the text is empty")
	}
	t := &text{raw: s}
	rest := s
	for {
		open := strings.IndexAny(rest, "{}")
		if open < 0 {
			t.pieces = append(t.pieces, rest)
			return t, nil
		}
		end := strings.IndexByte(rest, '}')
		if rest[open] == '}' || end < 0 || !isName(rest[open+1:end]) {
			return nil, fmt.Errorf("a brace in %q is not a {placeholder}", s)
		}
		t.pieces = append(t.pieces, rest[:open], rest[open+1:end])
		rest = rest[end+1:]
	}
}

// isName allows what keys and placeholders are made of: lower-case letters,
// digits, underscores, and points between the parts of a key.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-') {
			return false
		}
	}
	return s != ""
}

// placeholders lists the names used, sorted, each once.
func (t *text) placeholders() []string {
	var names []string
	for i := 1; i < len(t.pieces); i += 2 {
		names = append(names, t.pieces[i])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Shape is what a translation must share with its original.
type Shape struct {
	Forms        []string // plural forms, nil for a plain text
	Placeholders []string // of all forms together, without the plural number n
}

// Shape describes the language's own text of a key.
func (c *Catalogue) Shape(tag, key string) (Shape, bool) {
	m, ok := c.texts[tag][key]
	if !ok {
		return Shape{}, false
	}
	var s Shape
	if m.single != nil {
		s.Placeholders = m.single.placeholders()
		return s, true
	}
	for form, t := range m.forms {
		s.Forms = append(s.Forms, form)
		for _, name := range t.placeholders() {
			if name != "n" {
				s.Placeholders = append(s.Placeholders, name)
			}
		}
	}
	slices.Sort(s.Forms)
	slices.Sort(s.Placeholders)
	s.Placeholders = slices.Compact(s.Placeholders)
	return s, true
}
