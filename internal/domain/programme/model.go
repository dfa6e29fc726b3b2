// Package programme turns a folder of YAML into a programme: its stages and what each one asks for, who is eligible for
// what and why, how much, which forms and letters. A new programme is a new folder; nothing here knows Greece from Norway.
//
// It owns programme_version, the record of which pack versions this installation has used. It never looks at a case: it is
// given facts and answers with a trace. A fact that is missing makes a clause unknown, never false.
package programme

import "github.com/nostos-avrr/nostos/internal/platform/day"

// Stage is one step of a case's way.
type Stage struct {
	Code     string   // OUTREACH, REGISTRATION, CONSENT, COUNSELLING, …: the message key is stage.CODE
	Phase    string   // the station on the route line it belongs to: the message key is phase.CODE
	Optional bool     // may be skipped: not everybody needs a bed
	Requires []string // names of the conditions that must be met to LEAVE this stage forward; each is known to app
	DueDays  int      // a case should leave the stage within so many days; 0: no clock
	DueUnit  string   // calendar or working
	WaitsOn  string   // when the stage mostly waits for somebody else: consulate, authority, airline …
	Task     string   // message key of the next step that a case in this stage has
	Perm     string   // permission needed to move a case out of this stage, empty: case.move
}

// Pack is one version of one programme.
type Pack struct {
	Code, Version string // gr-avrr, 2023.1
	Title         map[string]string
	Kind          string // case kind: avrr, vhr, …
	Host          string // host country
	Currency      string
	From, Until   day.Date
	Phases        []string
	Stages        []Stage
	Suspended     []string // countries of return that are not served at present
	Hash          string
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

// NewLibrary makes a library of packs that have been loaded and checked.
func NewLibrary(packs ...*Pack) *Library { return &Library{packs} }
