package decision

import (
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
)

// TestTurned: what moves away from a decision is looked at again; what comes round to it is not.
func TestTurned(t *testing.T) {
	const yes, no = string(programme.Eligible), string(programme.NotEligible)
	for _, c := range []struct {
		then, now programme.Verdict
		decision  string
		want      bool
	}{
		{programme.Eligible, programme.Eligible, yes, false}, {programme.Eligible, programme.NotEligible, yes, true}, {programme.Eligible, programme.Undecided, yes, true}, {programme.Eligible, programme.Conditional, yes, true},
		{programme.Eligible, programme.NotOffered, yes, true}, {programme.Conditional, programme.Eligible, yes, false}, {programme.Conditional, programme.NotEligible, yes, true},
		{programme.NotEligible, programme.Eligible, yes, false}, {programme.Undecided, programme.Conditional, yes, false}, {programme.Undecided, programme.NotEligible, yes, true},
		{programme.NotEligible, programme.NotEligible, no, false}, {programme.NotEligible, programme.Eligible, no, true}, {programme.NotEligible, programme.Undecided, no, true}, {programme.NotEligible, programme.NotOffered, no, false},
		{programme.Conditional, programme.NotEligible, no, false}, {programme.Conditional, programme.Eligible, no, true}, {programme.Eligible, programme.Undecided, no, false},
	} {
		if got := turned(c.then, c.now, c.decision); got != c.want {
			t.Errorf("proposed %s, decided %s, now %s: %v", c.then, c.decision, c.now, got)
		}
	}
}
