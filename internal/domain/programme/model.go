// Package programme turns a folder of YAML into a programme: its stages and what each one asks for, who is eligible for
// what and why, how much, which forms and letters. A new programme is a new folder; nothing here knows Greece from Norway.
//
// It owns programme_version, the record of which pack versions this installation has used, and quota_seat, the places of
// quotas that are taken. It never looks at a case: it is given facts and answers with a trace. A fact that is missing makes
// a clause unknown, never false.
package programme

import (
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
	"github.com/nostos-avrr/nostos/internal/domain/programme/strict"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
)

// Permissions of this room.
const (
	PermView  = "programme.view"
	PermAdopt = "programme.adopt"
)

// Domain is the room. app makes it.
type Domain struct {
	Gate    *gate.Gate
	Library *Library
	OnNew   []queue.Job // what is to be done when a version is new here
}

// Origin says where a figure or a rule comes from. Without a source it is provisional: an office's own working value, shown
// as such wherever it appears.
type Origin struct {
	Source      string // code in Pack.Sources
	Provisional bool
}

// Source is a public document that a programme relies on.
type Source struct {
	Code, Title, URL string
	AsOf             day.Date // the day for which the figures hold
	Undated          bool     // the document itself bears no date
}

// Fund pays a share of the programme.
type Fund struct {
	Code    string // message key programme.fund.CODE
	Percent int64
	Origin
}

// Target is what the programme has promised to reach.
type Target struct {
	Code  string // message key programme.target.CODE
	Value int64
	Origin
}

// Stage is one step of a case's way.
type Stage struct {
	Code     string   // OUTREACH, REGISTRATION, CONSENT, COUNSELLING, …: the message key is StageKey(Code)
	Phase    string   // the station on the route line it belongs to: the message key is phase.CODE
	Optional bool     // may be skipped: not everybody needs a bed
	Aside    bool     // optional, and taken only where it is needed: offered, but never proposed
	Requires []string // names of the conditions that must be met to LEAVE this stage forward; each is known to app
	DueDays  int      // a case should leave the stage within so many days; 0: no clock
	DueUnit  string   // calendar or working
	WaitsOn  string   // when the stage mostly waits for somebody else: consulate, authority, airline …
	Task     string   // code of the next step that a case in this stage has: the message key is task.CODE
	Perm     string   // permission needed to move a case out of this stage, empty: case.move
	Form     string   // code of the form that belongs to the stage, if any
	Due      Origin   // where DueDays comes from
}

// StageKey is the message key of a stage's name.
func StageKey(code string) string { return "stage." + strings.ToLower(code) }

// Pack is one version of one programme.
type Pack struct {
	Code, Version string // gr-avrr, 2023.1
	Title         map[string]string
	Kind          string // case kind: avrr, vhr, …
	Host          string // host country
	Currency      string
	From, Until   day.Date // Until is zero where nobody has stated an end: the version holds until the next one begins
	Phases        []string
	Stages        []Stage
	Suspended     []string // countries of return that are not served at present
	SuspendedBy   Origin
	Sources       []Source
	Funds         []Fund
	Targets       []Target
	Lists         []List
	Components    []Component // eligibility
	Amounts       []Amount    // entitlements
	Caps          []Cap
	Quotas        []Quota
	Selection     *Selection // nil: there is enough for everybody
	Contest       Contest
	Forms         []*Form
	Examples      []Example
	Hash          string // over every file of this version but its examples

	env         *expr.Env
	later       []Amount // of newer versions, due under this one too
	laterQuotas []Quota  // in which those take their places
	mark        strict.Mark
	refs        []ref // names that only the floors above can resolve
}

// Component is one kind of help with the clauses that decide about it.
type Component struct {
	Code    string // return, cash, reintegration, accommodation: the message key is eligibility.CODE
	Clauses []Clause
	// Conditional is a message key: who meets every clause may be helped, but somebody still has to choose, because there is
	// not enough for all.
	Conditional string
}

// Clause is one condition in the words of package expr, or a group of which one is enough.
type Clause struct {
	ID, Key string     // Key is the message key: the clause in words
	When    *expr.Cond // nil for a group
	Origin
	Any []Clause
}

// List is a named list of countries that conditions use, such as those whose nationals need no visa.
type List struct {
	Code   string // message key programme.list.CODE, if there is one
	Values []string
	Origin
}

// Amount is one line of what people receive: the first of its tiers that holds, as often as Times says.
type Amount struct {
	Code      string // message key entitlement.CODE
	Component string
	Per       string // person or case
	Tiers     []Tier
	Times     *expr.Num // nil: once
	TimesKey  string    // message key: what is counted
	Ceiling   bool      // up to so much, not so much
	UnitCost  bool      // whoever delivers is paid this sum for each package delivered, not what the package cost
	Modality  string    // cash, in_kind, service: how it is given
	Or        []string  // other ways it may be given instead
	When      []Clause
	Quota     string // code of the quota of which it takes a place
	// Retroactive amounts are due under older versions of the programme too, if their conditions hold.
	Retroactive bool
	Instalments []Instalment // empty: all at once
	Expires     Period       // what is not used by then is lost; zero: never
	Origin
}

// Tier is one of the sums an amount may be.
type Tier struct {
	Clause // When is nil for an amount that is the same for everybody
	Amount money.Amount
}

// Period is a time after an event of the case.
type Period struct {
	Months int64
	After  string // application, departure, arrival: the message key is entitlement.after.AFTER
}

// Instalment is a part of an amount that is paid at its own time.
type Instalment struct {
	Percent int64
	Period
}

// Cap is the most that several amounts may come to together.
type Cap struct {
	Code   string   // message key entitlement.cap.CODE
	Over   []string // codes of amounts
	Per    string   // person or case
	Amount money.Amount
	When   []Clause // empty: always
	Origin
}

// Quota is a number of places: who comes after the last of them comes too late.
type Quota struct {
	Code  string // message key entitlement.quota.CODE
	Seats int64
	Origin
}

// Rations reports whether people are chosen for a component because there is not enough of it for all.
func (p *Pack) Rations(component string) bool {
	return p.Selection != nil && p.Selection.Component == component
}

// Contest is how long somebody may ask for a decision about them to be looked at again, from the day they were told.
type Contest struct {
	Days int64 // 0: the programme does not say
	Origin
}

// Source finds a source by its code.
func (p *Pack) Source(code string) (Source, bool) {
	for _, s := range p.Sources {
		if s.Code == code {
			return s, true
		}
	}
	return Source{}, false
}

// Form finds a form by its code, nil when the pack has none of that name.
func (p *Pack) Form(code string) *Form {
	for _, f := range p.Forms {
		if f.Code == code {
			return f
		}
	}
	return nil
}

// Stage finds a stage by its code.
func (p *Pack) Stage(code string) (s Stage, index int, ok bool) {
	for i, s := range p.Stages {
		if s.Code == code {
			return s, i, true
		}
	}
	return Stage{}, -1, false
}

// Next lists the stages a case may go to from a stage: the next one, and beyond it as long as what is passed is optional.
func (p *Pack) Next(code string) []Stage {
	_, i, ok := p.Stage(code)
	if !ok {
		return nil
	}
	var out []Stage
	for _, s := range p.Stages[i+1:] {
		out = append(out, s)
		if !s.Optional {
			break
		}
	}
	return out
}

// Proposed is the stage that most cases go to next: the first that is not taken only where it is needed.
func (p *Pack) Proposed(code string) (s Stage, ok bool) {
	for _, s := range p.Next(code) {
		if !s.Aside {
			return s, true
		}
	}
	return Stage{}, false
}

// FirstStage is where a case starts that a person walks in with: the stage after outreach.
func (p *Pack) FirstStage() string {
	for _, s := range p.Stages {
		if s.Code != "OUTREACH" {
			return s.Code
		}
	}
	return ""
}

// Library holds every version of every programme this installation knows.
type Library struct {
	packs []*Pack
}

// NewLibrary makes a library of packs that have been loaded and checked. What a newer version grants retroactively is due
// under the older ones too.
func NewLibrary(packs ...*Pack) *Library {
	l := &Library{packs}
	for _, p := range packs {
		l.grant(p, func(*Pack) bool { return true })
	}
	return l
}
