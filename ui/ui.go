// Package ui is what a page looks like: the frame around every screen, the form fields, the lists, the route line of a
// case, and the style sheet, fonts, icons and small script they need. It holds no rule of the work and no text of a
// screen beyond its own labels; pages hand in words that are already in the reader's language.
//
// It owns no tables. It never reads the database, never decides what a person may see, and never sends a page that
// needs a script, another server or an inline style to be usable.
package ui

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/platform/i18n"
)

// Shell is the frame of one page.
type Shell struct {
	P       *i18n.Printer
	Title   string
	Error   bool      // puts the error mark first in the title, so the tab and a screen reader say it at once
	User    string    // name shown on the account menu; empty hides the menu
	Nav     []NavItem // main sections; on a phone the first four become tabs, the rest goes under "More"
	Account []NavItem // entries of the account menu
	Search  string    // address of the search page (GET, parameter q); empty hides the search box
	Query   string    // what was searched for, kept in the box
	Theme   string    // "light", "dark" or "" for the device's own choice
	Path    string    // address of this page, for links that come back to it
	Flash   *Flash
	Demo    bool // shows the ribbon that says the data is invented
	Wide    bool // for boards and wide lists
	Public  bool // people's own phones: no web font
}

// NavItem is one link of a menu. Post makes it a button that posts to Href (for signing out).
type NavItem struct {
	Href, Label, Icon string
	Lang              string // of the label, where it is not the page's
	Current           bool
	Count             int64
	Post              bool
	Fields            map[string]string
}

// Flash tells what was just done, once, with the way back.
type Flash struct {
	Kind, Text string // Kind: "ok" or "bad"
	UndoAction string
	UndoLabel  string
	UndoFields map[string]string
}

// Problem is one thing to correct; Field is the name of its form field.
type Problem struct{ Field, Text string }

// Field is one question of a form.
type Field struct {
	ID                                                                                string // only when the same Name stands twice on a page
	Name, Label, Hint, Value, Type, Autocomplete, Error, Lang, Dir, InputMode, Accept string
	Required, ReadOnly, Multiple, Short                                               bool
	MaxLen, Rows                                                                      int
	Options                                                                           []Option
	Values                                                                            []string // checked values, or the three raw parts of a date
	Suffix                                                                            string   // unit after the box: EUR, kg, days
}

// Option is one possible answer.
type Option struct {
	Value, Label, Hint string
	Selected           bool
	Lang               string
}

// Fact is one line of a summary. When Missing is set, Value says in words that nothing is known.
type Fact struct {
	Label, Value, Lang string
	Missing            bool
	Href               string
}

// NameParts is a name as it stands in the document and in the person's own script.
type NameParts struct{ Latin, Native, NativeLang string }

// Station is one stage of a case on the route line. State: "done", "current" or "todo".
type Station struct{ Label, State, Note string }

// LogEntry is one line of the logbook. At is already written for the reader.
type LogEntry struct {
	At, Kind, Title, Text, By string
	Struck                    bool // corrected later: shown struck through, with Reason
	Lang, Reason, Href        string
	Changes                   []Change
}

// Change is one field that changed; Lang is the language of its values where it is not the page's.
type Change struct{ Label, Old, New, Lang string }

// MissingItem is one thing that still has to be there, with the way to mend it. Met items are listed as done.
type MissingItem struct {
	Text, Href, Action string
	Met                bool
}

// CompareRow is one field of two records side by side. Name makes it a choice between "left" and "right".
type CompareRow struct {
	Label, Left, LeftBy, Right, RightBy string
	Name                                string
	Same                                bool
	Chosen                              string // "left" or "right"
	Lang                                string
}

// Chip is a filter that is on; Href is the same list without it.
type Chip struct{ Label, Href string }

// Head is a column heading; Href sorts by it, Sort is "ascending" or "descending" when it does.
type Head struct {
	Label, Href, Sort string
	Num, Hidden       bool
}

// Row is one line of a table; its first cell is its heading. Select adds a tick box with that value.
type Row struct {
	Cells               []Cell
	Select, SelectLabel string
}

// Cell is one field of a line. Body, when set, is drawn in place of Text.
type Cell struct {
	Text, Sub, Lang, Href, Tag string
	Num                        bool
	Body                       templ.Component
}

// Pair is one sentence in two languages.
type Pair struct{ LeftLang, Left, RightLang, Right string }

// PairOption is one answer in two languages.
type PairOption struct {
	Value string
	Pair
	Selected bool
}

// Signer is one line to sign on a printed sheet.
type Signer struct{ Role, Name, Lang string }

// Dir gives the writing direction of a language.
func Dir(lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	switch base {
	case "ar", "fa", "ur", "ps", "ckb", "he", "sd", "ug", "prs":
		return "rtl"
	}
	return "ltr"
}

func (f Field) id() string {
	if f.ID != "" {
		return f.ID
	}
	return "f-" + f.Name
}

// describedBy names the hint and the error, so that both are read out with the field.
func (f Field) describedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.id()+"-error")
	}
	return strings.Join(ids, " ")
}

func (f Field) chosen(o Option) bool {
	if o.Selected {
		return true
	}
	for _, v := range f.Values {
		if v == o.Value {
			return true
		}
	}
	return f.Value != "" && f.Value == o.Value
}

func (f Field) inputType() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// dateParts gives day, month and year as typed; what a person typed wrongly comes back unchanged.
func (f Field) dateParts() (d, m, y string) {
	if len(f.Values) == 3 {
		return f.Values[0], f.Values[1], f.Values[2]
	}
	if p := strings.Split(f.Value, "-"); len(p) == 3 {
		return p[2], p[1], p[0]
	}
	return "", "", f.Value
}

// buttonClass turns the meaning of a button into its look.
func buttonClass(kind string) string {
	switch kind {
	case "go", "primary":
		return "btn go"
	case "no", "danger":
		return "btn no"
	case "big":
		return "btn go big"
	case "bare", "link":
		return "btn bare"
	}
	return "btn"
}

func noticeIcon(kind string) string {
	switch kind {
	case "bad":
		return "stop"
	case "calm":
		return "info"
	case "ok":
		return "check"
	}
	return "alert"
}

// piece is a part of a value that is equal on both sides, or not.
type piece struct {
	text    string
	differs bool
}

// pieces splits a into the parts it shares with b at its start and end, and the part that differs. It cuts between
// words and numbers only: a mark inside an Arabic word would tear its letters apart.
func pieces(a, b string) []piece {
	x, y := tokens(a), tokens(b)
	pre := 0
	for pre < len(x) && pre < len(y) && x[pre] == y[pre] {
		pre++
	}
	post := 0
	for post < len(x)-pre && post < len(y)-pre && x[len(x)-1-post] == y[len(y)-1-post] {
		post++
	}
	var out []piece
	add := func(t []string, differs bool) {
		if s := strings.Join(t, ""); s != "" {
			out = append(out, piece{s, differs})
		}
	}
	add(x[:pre], false)
	add(x[pre:len(x)-post], true)
	add(x[len(x)-post:], false)
	return out
}

// tokens cuts a value into words and the separators between them.
func tokens(s string) []string {
	var out []string
	start, inWord := 0, false
	for i, r := range s {
		word := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || unicode.Is(unicode.Cf, r)
		if i > 0 && (word != inWord || !word) {
			out = append(out, s[start:i])
			start = i
		}
		inWord = word
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// tabs splits the menu for a phone: four places on the bar, the rest behind "More".
func tabs(nav []NavItem) (bar, more []NavItem) {
	if len(nav) <= 4 {
		return nav, nil
	}
	return nav[:4], nav[4:]
}

func stageNow(stages []Station) (n int, s Station) {
	for i, st := range stages {
		if st.State == "current" {
			return i + 1, st
		}
	}
	return 0, Station{}
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// Options are values to choose from, each under the label it is known by.
func Options(values []string, label func(string) string) []Option {
	var out []Option
	for _, v := range values {
		out = append(out, Option{Value: v, Label: label(v)})
	}
	return out
}

// Keyed labels a value with the text of that name.
func Keyed(p *i18n.Printer, prefix string) func(string) string {
	return func(v string) string { return p.T(prefix + v) }
}

// Choose puts "choose" before a list, so that nothing is chosen for anybody.
func Choose(p *i18n.Printer, list []Option) []Option {
	return append([]Option{{Label: p.T("common.choose")}}, list...)
}
