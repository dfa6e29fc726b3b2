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
