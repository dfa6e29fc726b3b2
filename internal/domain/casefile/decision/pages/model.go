// Package pages draws the page on which somebody decides what a person is eligible for. It is handed words and values; it asks
// nothing and decides nothing.
package pages

import (
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// Eligibility is the page.
type Eligibility struct {
	P              *i18n.Printer
	BackHref, Back string
	Problems       []ui.Problem
	Notices        []Notice
	Overview       []ui.Fact // each part with how it stands, leading to it
	Parts          []Part
	Empty          string   // why there is nothing to decide
	Totals         []string // what is sure, by currency
	Letter         *Letter
}

// Notice is something to know before reading on.
type Notice struct{ Kind, Title, Text string }

// Letter is the way to the letter for the person.
type Letter struct {
	Href, Contest      string // Contest: how long they may contest, in words
	ContestUnconfirmed bool   // no public document states it
}

// Part is one kind of help: what is proposed and why, what is due, what was decided, and the form to decide.
type Part struct {
	Code, Title string
	State       Tag    // what was decided, or that nothing was
	Proposal    Tag    // what the program proposes, in a word
	Says        string // the same in a sentence
	Note        string // why somebody still has to choose
	Rules       []Rule
	Others      []Other
	Due         []Due
	NotDue      []NotDue
	Decided     []Decided
	Form        *Form
}

// Tag is one word about a thing.
type Tag struct{ Kind, Text string }

// Rule is one clause with what came of it.
type Rule struct {
	Result      string // holds, fails, unknown
	Word, Text  string
	Facts       []Fact
	Asks        []Ask
	Source      Source
	Provisional bool
	Any         []Rule // one of these is enough
}

// Fact is what was known, and where it is written.
type Fact struct {
	Label, Value, Place, Href string
	Of                        []ui.NameParts // of whom, where it is not the same for all
}

// Source is the public document a clause or a sum comes from.
type Source struct {
	Text, Href string
	Away       bool // on another website
}

// Ask is a question that is still open, with the way to where it is answered: of one person, or of several by name.
type Ask struct {
	Question, Href, Place string
	Of                    []Link
}

// Link is a way on.
type Link struct {
	Href string
	Name ui.NameParts
}

// Other is one or more members of the family for whom something else holds than for the main applicant.
type Other struct {
	Names   []ui.NameParts
	Verdict Tag
	Rules   []Rule
}

// Due is an amount, for one or several people who get it for the same reasons.
type Due struct {
	Names        []ui.NameParts // empty: for the whole case
	What, Amount string
	Unclear      bool
	How          []string // how the sum came about, when and how it is given
	Asks         []Ask
	Source       Source
	Provisional  bool
}

// NotDue is an amount that somebody does not get, with the clauses that say so.
type NotDue struct {
	Names []ui.NameParts
	What  string
	Rules []Rule
}

// Decided is a decision that somebody took.
type Decided struct {
	Title    string
	Tag      Tag
	Struck   bool // another one has taken its place
	Lines    []string
	Reason   string
	Paper    string // the evidence, by its title
	PaperSee string
	Then     []Rule // what the rules said at that time
	Version  string
	Second   *Second
}

// Second asks for the second person's word.
type Second struct{ Action string }

// Form is where somebody decides.
type Form struct {
	Action, ID, Component      string
	Submit                     string
	Decision, Reason, Evidence ui.Field
	FilesHref                  string
	Agrees                     bool // there is a clear proposal: a reason is for deciding otherwise
	Again                      bool // something was decided already
	Wrong                      bool // it came back with mistakes
}
