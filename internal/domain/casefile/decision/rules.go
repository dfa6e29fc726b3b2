package decision

import (
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// weigh says whether a decision needs a reason, and a second person. Where the programme itself leaves the choice to a
// person, choosing is no deviation; deciding while a fact is missing is one.
func weigh(proposal programme.Verdict, decision string) (reason, second bool) {
	switch {
	case string(proposal) == decision:
		return false, false
	case proposal == programme.Conditional:
		return true, false
	}
	return true, true
}

func goodDecision(s string) bool {
	return s == string(programme.Eligible) || s == string(programme.NotEligible)
}

// Doubt is what would be proposed today where something else was proposed when a person decided. It changes nothing: it is
// why somebody must look again.
type Doubt struct {
	Then    programme.Verdict `json:"then"`
	Now     programme.Verdict `json:"now"`
	Fails   []string          `json:"fails,omitempty"`   // message keys of clauses that do not hold now
	Held    []string          `json:"held,omitempty"`    // of those that stood in the way then
	Missing []string          `json:"missing,omitempty"` // facts to ask for
	Amounts []OtherSum        `json:"amounts,omitempty"`
	Version string            `json:"version,omitempty"` // under which version, where it is another
}

// OtherSum is an amount that would be another today; a side that is not due is zero.
type OtherSum struct {
	Code     string `json:"code"`
	PersonID string `json:"person,omitempty"`
	Currency string `json:"currency"`
	Then     int64  `json:"then"`
	Now      int64  `json:"now"`
}

// ranks are the verdicts from the least to the most.
var ranks = []programme.Verdict{programme.NotOffered, programme.NotEligible, programme.Undecided, programme.Conditional, programme.Eligible}

// turned tells whether the rules say something else now, and not merely something nearer to what the person decided.
func turned(then, now programme.Verdict, decision string) bool {
	step := slices.Index(ranks, now) - slices.Index(ranks, then)
	if decision == string(programme.Eligible) {
		return step < 0
	}
	return step > 0
}

// doubt holds a decision against what the rules say now; nil when there is nothing to look at again.
func doubt(dec Decision, version string, outcomes []programme.Outcome, lines []programme.Line) *Doubt {
	i := slices.IndexFunc(outcomes, func(o programme.Outcome) bool { return o.Component == dec.Component })
	now := programme.Outcome{Component: dec.Component, Verdict: programme.NotOffered}
	if i >= 0 {
		now = outcomes[i]
	}
	x := Doubt{Then: programme.Verdict(dec.Proposal), Now: now.Verdict}
	if version != dec.PackVersion {
		x.Version = version
	}
	if turned(x.Then, x.Now, dec.Decision) {
		switch now.Verdict {
		case programme.NotEligible:
			x.Fails = keys(now.Trace, programme.Fails)
		case programme.Undecided:
			x.Missing = now.Asks()
		default:
			x.Held = append(keys(dec.Trace, programme.Fails), keys(dec.Trace, programme.Unknown)...)
		}
		return &x
	}
	if dec.Decision != string(programme.Eligible) || !dec.Counts() || dec.Basis.Digest == "" {
		return nil
	}
	x.Amounts, x.Missing = otherSums(dec.Basis.Granted, lines, dec.Component)
	if len(x.Amounts) == 0 {
		return nil
	}
	return &x
}

func keys(trace []programme.Traced, r programme.Result) (out []string) {
	for _, t := range trace {
		if t.Result == r && t.Key != "" {
			out = append(out, t.Key)
		}
	}
	return out
}

// otherSums pairs what came with a decision with what would come with it now. An amount that cannot be told is asked for.
func otherSums(then []Sum, lines []programme.Line, component string) (out []OtherSum, missing []string) {
	now := granted(lines, component)
	same := func(a, b Sum) bool { return a.Code == b.Code && a.PersonID == b.PersonID && a.Currency == b.Currency }
	for _, t := range then {
		i := slices.IndexFunc(now, func(n Sum) bool { return same(t, n) })
		if i < 0 {
			out = append(out, OtherSum{t.Code, t.PersonID, t.Currency, t.Minor, 0})
		} else if now[i] != t {
			out = append(out, OtherSum{t.Code, t.PersonID, t.Currency, t.Minor, now[i].Minor})
		}
	}
	for _, n := range now {
		if !slices.ContainsFunc(then, func(t Sum) bool { return same(t, n) }) {
			out = append(out, OtherSum{n.Code, n.PersonID, n.Currency, 0, n.Minor})
		}
	}
	for _, l := range lines {
		if l.Component == component && l.Verdict == programme.Undecided {
			missing = append(missing, l.Asks...)
		}
	}
	slices.Sort(missing)
	return out, slices.Compact(missing)
}

// checkSigning looks at a declaration by itself. child is nil when the person's age is not known.
func checkSigning(d Declaration, child *bool, guardianIsAdult bool, today, opened day.Date, languageKnown bool) error {
	var fs []fault.Field
	add := func(name, key string) { fs = append(fs, fault.Field{Name: name, Key: key}) }
	if !languageKnown {
		add("language", "decision.err.language")
	}
	switch {
	case !slices.Contains(Methods, d.Method):
		add("method", "decision.err.method")
	case (d.Method == "thumbprint" || d.Method == "spoken") && d.Witness == "":
		add("witness", "decision.err.witness")
	}
	if d.SignedOn.IsZero() || d.SignedOn.After(today) || d.SignedOn.Before(opened) {
		add("signed_on", "decision.err.signed_on")
	}
	switch isChild := child != nil && *child; {
	case isChild && d.GuardianID == "":
		add("guardian", "decision.err.guardian_missing")
	case isChild && (!guardianIsAdult || d.GuardianID == d.PersonID):
		add("guardian", "decision.err.guardian")
	case !isChild && d.GuardianID != "":
		add("guardian", "decision.err.no_guardian")
	}
	return fault.Fields(fs)
}
