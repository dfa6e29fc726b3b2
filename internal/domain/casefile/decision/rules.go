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
