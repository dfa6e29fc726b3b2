// Package pages draws the pages about people. It gets words, links and values; it reads nothing and decides nothing.
package pages

import (
	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// Link is a way to another page.
type Link struct{ Href, Label, Kind string }

// Notice is the one thing to know on a page.
type Notice struct{ Kind, Title, Text string }

// Field is one question; Kind is input, area, select, radios, checks or date.
type Field struct {
	Kind string
	ui.Field
}

// Group is some questions under one heading.
type Group struct {
	Legend, Hint string
	Fields       []Field
}

// Form is a page that asks something.
type Form struct {
	P           *i18n.Printer
	Back        Link
	Title, Sub  string
	Notices     []Notice
	Problems    []ui.Problem
	Theirs      []ui.CompareRow // what others changed at the same fields
	Action      string
	Hidden      [][2]string
	Groups      []Group
	Submit      string
	Kind        string // of the submit button; empty is the main action
	After       []templ.Component
	Left, Right string // headings of Theirs
}

func (f Form) kind() string {
	if f.Kind == "" {
		return "go"
	}
	return f.Kind
}

// with puts a problem at its field.
func (f Form) with(q Field) ui.Field {
	for _, pr := range f.Problems {
		if pr.Field == q.Name {
			q.Error = pr.Text
		}
	}
	return q.Field
}

// Tag is one word about a person.
type Tag struct{ Kind, Text string }

// Section is a part of the person page: facts or a table, with the way to add to it.
type Section struct {
	Title, Empty string
	Add          Link
	Facts        []ui.Fact
	Heads        []ui.Head
	Rows         []ui.Row
}

// Person is the page of one person.
type Person struct {
	P        *i18n.Printer
	Name     ui.NameParts
	Refs     []string
	Tags     []Tag
	Actions  []Link
	Seldom   []Link
	Notices  []NoticeLink
	Side     []ui.Fact
	Sections []Section
	Log      []ui.LogEntry
}

// NoticeLink is a notice with the action in it.
type NoticeLink struct {
	Notice
	Link Link
}

// Find is the search page.
type Find struct {
	P        *i18n.Printer
	Query    string
	Searched bool
	Result   string
	Heads    []ui.Head
	Rows     []ui.Row
	New      Link
}

// Candidates is the second step of a registration.
type Candidates struct {
	P         *i18n.Printer
	Back      Link
	Elsewhere []string
	Heads     []ui.Head
	Rows      []ui.Row
	Hidden    [][2]string
	Action    string
}

// Consent is the page of the talk about consent, in two languages.
type Consent struct {
	P         *i18n.Printer // the reader's language
	Q         *i18n.Printer // the person's
	Back      Link
	Sub       string
	Languages []ui.NavItem // other languages to show it in
	Current   string
	Problems  []ui.Problem
	Action    string
	Hidden    [][2]string
	Questions []Question
	Groups    []Group
	Version   string
	Past      Section
}

// Question is one question of the consent talk.
type Question struct {
	Name, Chosen         string
	Purpose, Country     string
	LeftWhom, RightWhom  string
	LeftState, StateKind string
}

func (c Consent) form() Form { return Form{P: c.P, Problems: c.Problems, Groups: c.Groups} }

func (c Consent) pairs(keys ...string) []ui.Pair {
	var out []ui.Pair
	for _, k := range keys {
		out = append(out, ui.Pair{LeftLang: c.P.Lang, Left: c.P.T(k), RightLang: c.Q.Lang, Right: c.Q.T(k)})
	}
	return out
}

func (c Consent) ask(q Question) []ui.Pair {
	key := "consent.purpose." + q.Purpose
	return []ui.Pair{{LeftLang: c.P.Lang, Left: c.P.T(key, "whom", q.LeftWhom), RightLang: c.Q.Lang, Right: c.Q.T(key, "whom", q.RightWhom)}}
}

func (c Consent) answers(q Question) []ui.PairOption {
	var out []ui.PairOption
	for _, v := range []string{"yes", "no"} {
		k := "consent.answer." + v
		out = append(out, ui.PairOption{Value: v, Selected: q.Chosen == v, Pair: ui.Pair{LeftLang: c.P.Lang, Left: c.P.T(k), RightLang: c.Q.Lang, Right: c.Q.T(k)}})
	}
	return out
}
