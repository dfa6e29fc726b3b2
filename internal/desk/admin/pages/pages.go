// Package pages draws the screens of the administration. It knows the words and the form fields, and nothing else.
package pages

import (
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// List is a page that is one table with a few links and a form below.
type List struct {
	P          *i18n.Printer
	Tabs       []ui.NavItem
	Title, Sub string
	Add        string // address of "add"; empty for none
	AddLabel   string
	Heads      []ui.Head
	Rows       []ui.Row
	Empty      string
	Next       string
	Counts     []ui.NavItem
	Filters    []ui.Field // selects and inputs of a GET form above the list
	Problems   []ui.Problem
	Export     string
}

// Form is a page that is one form.
type Form struct {
	P           *i18n.Printer
	Back        string
	BackLabel   string
	Title, Sub  string
	Text        string
	Problems    []ui.Problem
	Action      string
	Hidden      map[string]string
	Fields      []Field
	Submit      string
	Description string
}

// Field is a question with the way it is asked.
type Field struct {
	Kind string // input, area, select, radios, checks, date
	ui.Field
}

// Staff is one person's page.
type Staff struct {
	P                           *i18n.Printer
	Tabs                        []ui.NavItem
	Form                        Form
	ID                          string
	Active                      bool
	Locked                      string
	Roles                       []ui.Row
	RoleHeads                   []ui.Head
	Role, LimitOffice, LimitPro ui.Field
	Programmes                  bool
}

// Link shows a one-time link.
type Link struct {
	P         *i18n.Printer
	URL, Back string
}

// Covers lists and adds stand-ins.
type Covers struct {
	P     *i18n.Printer
	Tabs  []ui.NavItem
	Heads []ui.Head
	Rows  []ui.Row
	Form  Form
}

// Glass is one opening to be judged.
type Glass struct {
	ID, Who, When, Until, CaseNo, CaseHref, Reason string
	Own                                            bool
}

// Review lists the openings.
type Review struct {
	P        *i18n.Printer
	Tabs     []ui.NavItem
	Problems []ui.Problem
	Bad      string // id of the opening whose form came back
	Note     string
	Open     []Glass
	Heads    []ui.Head
	Done     []ui.Row
}

// Entry is one line of the journal.
type Entry struct {
	Seq, At, Who, Office, What, Subject, Case string
	Body                                      []string
}

// Journal is the journal.
type Journal struct {
	List
	Lines []Entry
}

// Checkpoint is the proof of the journal.
type Checkpoint struct {
	P                        *i18n.Printer
	Tabs                     []ui.NavItem
	Problems                 []ui.Problem
	Size, Root, Signed, Key  string
	HasCheck, Running, Sound bool
	CheckTitle, CheckText    string
	Done, Total              int64
	Findings                 []string
}

func wrong(ps []ui.Problem, name string) string {
	for _, p := range ps {
		if p.Field == name {
			return p.Text
		}
	}
	return ""
}
