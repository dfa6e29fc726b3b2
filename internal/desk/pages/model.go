// Package pages draws the desk: worklist, case head and overview, approvals, calendar, search. It is handed words and
// values; it asks nothing and decides nothing.
package pages

import (
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// Worklist is a list of cases.
type Worklist struct {
	P                   *i18n.Printer
	Title, Path, Here   string
	Counts              []ui.NavItem
	Query               ui.Field
	First, More         []ui.Field
	Sort, Desk          string // kept when the filters are applied
	Chips               []ui.Chip
	ClearHref           string
	Export, New         string
	Views, Covers       []ui.NavItem
	SaveHref            string
	Owners              []ui.Option // who the ticked cases may be given to; empty: no ticking
	Heads               []ui.Head
	Rows                []ui.Row
	OfferHeads          []ui.Head
	Offered             []ui.Row // cases that another office has handed over to the reader's
	Total               string
	FirstPage, NextPage string
	Empty               string // end, filtered, action, waiting, own, none: what to say when there is nothing
}

// moreOn opens the further filters when one of them is on.
func (v Worklist) moreOn() bool {
	for _, f := range v.More {
		if f.Value != "" {
			return true
		}
	}
	return false
}

// DueView is a date with the word that says it has passed or is near.
type DueView struct{ Kind, Tag, Date string }

// Head is the top of every page of a case.
type Head struct {
	P                  *i18n.Printer
	Name               ui.NameParts
	Refs, Flags        []string
	BackHref, BackText string
	NextHref           string
	NextNone           bool // the case was the last of its list
	Stations           []ui.Station
	Notice             *HeadNotice
	Tabs               []ui.NavItem
	Tab                string
	MoveHref, NoteHref string
	More               []ui.NavItem
	WithdrawHref, Will string // whose decision it is, in words
}

// HeadNotice is the one thing to know now.
type HeadNotice struct{ Kind, Title, Text, Href, Action string }

// Step is an open task.
type Step struct {
	ID, Title    string
	Href         string   // where it is done, if it is done on a page of its own
	Written      bool     // in somebody's own words, of whatever language
	Reasons      []string // why there is such a step
	DoHref       string   // where to answer it
	Owner, Waits string
	Waiters      []ui.Option // who it may be made to wait for
	Urgent       bool
	Due          DueView
	Base         string // address of what can be done to it; empty: nothing by this reader
	Back         string
}

// Overview is the first tab of a case.
type Overview struct {
	P           *i18n.Printer
	Open        bool
	Steps       []Step
	AddStep     string
	NextStage   string
	Missing     []ui.MissingItem
	MoveHref    string
	Withdraw    string
	Will        string
	NoteAction  string
	NoteID      string
	NoteBack    string
	NoteKinds   []ui.Option
	Log         []ui.LogEntry
	HistoryHref string
	Facts       []ui.Fact
}

// Approval is one decision that waits.
type Approval struct {
	Kind, What, Amount string
	CaseHref, CaseNo   string
	Person             ui.NameParts
	AskedBy, AskedOn   string
	Href               string
	Own, Restricted    bool
}

// Approvals is the inbox: what the reader may decide, and what they see waiting for others.
type Approvals struct {
	P             *i18n.Printer
	Parts         []ui.NavItem
	Mine, Waiting []Approval
}

// Exception is a decision against the proposal.
type Exception struct {
	CaseHref, CaseNo    string
	Person              ui.NameParts
	What, Decision      string
	By, On              string
	Kind, State, Second string
	Evidence, Href      string
}

// Exceptions is the list of them.
type Exceptions struct {
	P     *i18n.Printer
	Parts []ui.NavItem
	Rows  []Exception
	Next  string
}

// Calendar is one week.
type Calendar struct {
	P                *i18n.Printer
	From, To, Number string
	Prev, Next, This string
	Days             []Day
	Total            int64
}

// Day is one day of the week, with or without anything in it.
type Day struct {
	Weekday, Date string
	Today         bool
	Slots         []Slot
}

// Slot is one thing on a day.
type Slot struct {
	Clock, Kind  string
	Person       ui.NameParts
	CaseNo, Text string
	Href         string
	Clash        bool
}

// Search is what was looked for and what was found.
type Search struct {
	P              *i18n.Printer
	Query          string
	Problems       []ui.Problem
	Done, More     bool
	Persons, Cases []Hit
	Register       string // empty: the reader may not register anybody
}

// Hit is one person or case that was found.
type Hit struct {
	Href  string
	Name  ui.NameParts
	Ref   string
	Facts []string
	Cases []HitCase
}

// HitCase is a case of a person that was found.
type HitCase struct{ Href, No, Text string }

// Home is the plain start page of who has no desk of their own.
type Home struct {
	P      *i18n.Printer
	Name   string
	Places []HomePlace
}

// HomePlace is somewhere the reader may go, and what for.
type HomePlace struct {
	ui.NavItem
	Text string
}
