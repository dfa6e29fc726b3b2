// Package interop takes in what offices have kept until now: lists of persons and cases in CSV files and spreadsheets, with
// all their habits. Every row goes through the same commands as a registration at the desk, so it is checked, journaled and
// sealed like one; a row that cannot be used is named with its column and what was expected, and never half written.
//
// It owns no table. It never guesses: what can be read two ways is refused in words.
package interop

import (
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
)

// PermImport is the permission to import.
const PermImport = "import.run"

// Domain is the room.
type Domain struct {
	Gate    *gate.Gate
	Persons *person.Domain
	Cases   *casefile.Domain
	Cat     *i18n.Catalogue
}

// Plan says how to import.
type Plan struct {
	Cases        bool              // the rows are cases with their family members, not persons alone
	DryRun       bool              // do everything, keep nothing
	AllOrNothing bool              // one bad row and nothing is kept
	Columns      map[string]string // heading in the file -> column of ours, over what is recognised
	Programme    string            // for cases, when the file has no programme column
	OfficeID     string            // registering office
	Source       string            // name of the list: the same row of the same list is the same person, next time
	Step         func(done, total int64)
}

// Mistake is one cell that cannot be used, or one row (no column) that a command refused.
type Mistake struct {
	Row      int    `json:"row"` // as a spreadsheet counts: the first line is 1
	Column   string `json:"column,omitempty"`
	Found    string `json:"found,omitempty"`
	Expected string `json:"expected"`
}

// Result is what came of it.
type Result struct {
	Rows     int               `json:"rows"`
	Created  int               `json:"created"` // persons
	Cases    int               `json:"cases"`
	Known    int               `json:"already_known"` // rows imported before
	Refused  int               `json:"refused"`       // rows with a mistake
	DryRun   bool              `json:"dry_run"`
	Mapping  map[string]string `json:"columns"`         // heading -> column
	Ignored  []string          `json:"ignored_columns"` // headings nobody knows
	Mistakes []Mistake         `json:"mistakes"`
	More     int               `json:"more_mistakes,omitempty"` // beyond those listed
}

// maxMistakes is how many are listed; a file with more is the wrong file, and the count says so.
const maxMistakes = 1000

func (r *Result) add(ms ...Mistake) {
	for _, m := range ms {
		if len(r.Mistakes) < maxMistakes {
			r.Mistakes = append(r.Mistakes, m)
		} else {
			r.More++
		}
	}
}
