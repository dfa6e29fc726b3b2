// Package journal is the one memory of everything that was done: who, when, to what, and what changed. The case timeline,
// the history of a field, the audit log and the proof for an outsider are all readings of it; there is no second history.
//
// It owns journal, journal_hash and journal_head. An entry is never changed or removed; erasure of a person destroys the
// key that opens the entry's body, and the log still verifies. It never writes an entry by itself: the gate does, in the
// transaction of the change.
package journal

import (
	"encoding/json"
	"time"
)

// Installation is the key under which entries are sealed that concern no person: offices, staff, settings.
const Installation = "installation"

// Ref names what an entry is about.
type Ref struct{ Kind, ID string }

// Change is one field with its value before and after. Values are text as a reader would understand it, or a code that the
// catalogue can name.
type Change struct {
	Field string `json:"f"`
	Old   string `json:"o,omitempty"`
	New   string `json:"n,omitempty"`
}

// Entry is what a command says about its own doing.
type Entry struct {
	Subject  Ref
	Case     string // the case in whose timeline it belongs, if any
	Action   string // "travel.booked": also the message key journal.travel.booked
	Class    string // sensitivity class; empty is normal
	Revision int64  // the subject's revision after the change, where it has one
	Key      string // whose data key seals the body; empty: the person, else the case, else the installation
	Changes  []Change
	Args     map[string]string // values for the sentence in the timeline
}

// Line is an entry as it stands in the journal.
type Line struct {
	Seq            int64
	At             time.Time
	Actor, Office  string
	Device         string
	Subject        Ref
	Case           string
	Action, Class  string
	Revision       int64
	KeyID          string
	Sealed, Leaf   []byte
	Changes        []Change          // after opening
	Args           map[string]string // after opening
	Erased, Hidden bool              // the key is gone; the reader may not see this class
}

type body struct {
	Changes []Change          `json:"c,omitempty"`
	Args    map[string]string `json:"a,omitempty"`
}

func (e Entry) keyID() string {
	switch {
	case e.Key != "":
		return e.Key
	case e.Subject.Kind == "person":
		return e.Subject.ID
	case e.Case != "":
		return e.Case
	}
	return Installation
}

func (e Entry) plain() []byte {
	b, err := json.Marshal(body{e.Changes, e.Args})
	if err != nil {
		panic(err) // strings always marshal
	}
	return b
}

// Diff lists the fields whose value differs, in the order given: Diff("name", old, new, "phone", old, new, …).
func Diff(triples ...string) []Change {
	var out []Change
	for i := 0; i+2 < len(triples); i += 3 {
		if triples[i+1] != triples[i+2] {
			out = append(out, Change{triples[i], triples[i+1], triples[i+2]})
		}
	}
	return out
}
