package casefile

import (
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

var errNoTask = fault.Gone()

// layOut decides on which desk a case lies. While any open task is ours, or none is open at all, somebody must act; only
// when everything open waits for others may the case rest, until the earliest date on which to look again.
func layOut(state string, open []taskRow, today day.Date) layout {
	if state != Open {
		return layout{desk: NoDesk, due: NoDue}
	}
	l := layout{desk: NeedsAction, due: NoDue}
	found := false
	for _, t := range open {
		waits := t.WaitingOn != "" && t.WaitingUntil.After(today)
		if waits {
			continue
		}
		due := NoDue
		if !t.DueOn.IsZero() {
			due = t.DueOn.String()
		}
		if t.WaitingOn != "" && !t.WaitingUntil.IsZero() { // the wait is over: it is due since then
			due = min(due, t.WaitingUntil.String())
		}
		if !found || due < l.due {
			l.due = due
		}
		// Titles of a class of their own are not for the list.
		if !found && t.Class == org.Normal {
			l.code, l.taskID, l.title = t.Code, t.ID, t.sealed
		}
		found = true
	}
	if found || len(open) == 0 {
		return l
	}
	l.desk = WaitingOnOthers
	for _, t := range open {
		if l.until.IsZero() || t.WaitingUntil.Before(l.until) {
			l.until, l.on, l.code, l.taskID, l.title = t.WaitingUntil, t.WaitingOn, t.Code, t.ID, t.sealed
			if t.Class != org.Normal { // the list tells that the case waits, not for which clinic
				l.on, l.code, l.taskID, l.title = "…", "", "", nil
			}
		}
	}
	l.due = l.until.String()
	return l
}

// RequireOpen refuses work on a case that is withdrawn or closed.
func RequireOpen(c Case) error {
	if c.State != Open {
		return fault.New(fault.Conflict, "case.err.not_open")
	}
	return nil
}

// HasFlag reports whether a case carries a flag.
func (c *Case) HasFlag(f string) bool { return slices.Contains(strings.Fields(c.Flags), f) }

// SetFlag adds or takes away a flag; flags stay sorted.
func (c *Case) SetFlag(f string, on bool) {
	fs := strings.Fields(c.Flags)
	fs = slices.DeleteFunc(fs, func(x string) bool { return x == f })
	if on {
		fs = append(fs, f)
	}
	slices.Sort(fs)
	c.Flags = strings.Join(fs, " ")
}

// Principal is the relation of who applied for the case.
const Principal = "principal"

// Relations of a member to who applied, in the order they are offered.
var Relations = []string{Principal, "spouse", "child", "parent", "sibling", "guardian", "other"}

// Flags that may be seen by whoever sees the case. What is told in confidence has a class of its own instead.
var Flags = []string{"child", "uasc", "care", "medical_escort", "urgent", "attention"}

// ClosingReasons are the ways a case ends that are not a withdrawal.
var ClosingReasons = []string{"support_ended", "not_eligible", "stopped_by_returnee", "moved_away", "died", "aggression", "no_access", "not_suitable", "stigma",
	"re_migrated", "funding_ended", "security", "not_departed", "duplicate"}

// NoteKinds are the kinds of notes.
var NoteKinds = []string{"note", "call", "visit", "letter"}

func goodRelation(s string) bool { return slices.Contains(Relations, s) }
func goodFlag(s string) bool     { return slices.Contains(Flags, s) }

func goodCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

type household struct {
	persons, children int64
	alone             bool // a child, and nobody in the case who is known to be an adult
}

// countHousehold counts the people of a case. A person whose age nobody knows is neither a child nor the adult that a
// child needs.
func countHousehold(ms []Member, on day.Date) household {
	h := household{persons: int64(len(ms))}
	adults := 0
	for _, m := range ms {
		switch child, known := m.Child(on); {
		case known && child:
			h.children++
		case known:
			adults++
		}
	}
	h.alone = h.children > 0 && adults == 0
	return h
}

func checkFacts(in Facts) error {
	var fs []fault.Field
	if in.Kind == "" || len(in.Kind) > 40 {
		fs = append(fs, fault.Field{Name: "kind", Key: "case.err.kind"})
	}
	if in.Nationality != "" && !goodCountry(in.Nationality) {
		fs = append(fs, fault.Field{Name: "nationality", Key: "case.err.country"})
	}
	if !goodCountry(in.ReturnCountry) {
		fs = append(fs, fault.Field{Name: "return_country", Key: "case.err.country"})
	}
	return fault.Fields(fs)
}

// mergeFacts puts an edit upon what others did meanwhile. A field the editor left as it was shown to them is not an
// edit, so it keeps what others wrote; a field both changed, differently, is a clash.
func mergeFacts(now, in Facts, changed []ChangedField) (was, merged Facts, clash []string) {
	base := map[string]string{}
	for _, c := range changed {
		base[c.Field] = c.Base
	}
	pick := func(name, now, in string) string {
		b, others := base[name]
		switch {
		case !others || in == now:
			return in
		case in == b:
			return now
		}
		clash = append(clash, name)
		return now
	}
	return now, Facts{pick("kind", now.Kind, in.Kind), pick("nationality", now.Nationality, in.Nationality), pick("return_country", now.ReturnCountry, in.ReturnCountry)}, clash
}
