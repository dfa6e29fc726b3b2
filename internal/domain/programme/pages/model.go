// Package pages draws what a programme says: its versions, the way of a case, rules in words, amounts with their source. It
// gets words; it reads nothing and decides nothing.
package pages

import (
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// List is the page of all programmes.
type List struct {
	P    *i18n.Printer
	Rows []ui.Row
}

// Programme is one version.
type Programme struct {
	P                *i18n.Printer
	Title, Sub       string
	State, StateKind string
	Facts            []ui.Fact
	Funds, Targets   []ui.Row
	Stages           []ui.Row
	Components       []Component
	Amounts          []ui.Row
	Forms            []string
	Sources          []Source
	AnyProvisional   bool
}

// Component is one kind of help with its rules.
type Component struct {
	Title, Note string
	Rules       []Rule
}

// Rule is one condition in words.
type Rule struct {
	Text   string
	Origin Origin
	Any    []Rule // of which one is enough
}

// Origin is where a rule or a figure comes from.
type Origin struct {
	Text, Href  string // the document; Href leads to its line below
	Provisional bool
}

// Source is a document.
type Source struct {
	Anchor, Title, URL, When string
}
