package casefile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

func TestLayOut(t *testing.T) {
	today := day.MustParse("2026-03-02")
	task := func(code, class, due, on, until string) taskRow {
		r := taskRow{Task: Task{ID: code, Code: code, Class: class, WaitingOn: on}}
		if due != "" {
			r.DueOn = day.MustParse(due)
		}
		if until != "" {
			r.WaitingUntil = day.MustParse(until)
		}
		return r
	}
	for name, c := range map[string]struct {
		state string
		open  []taskRow
		want  layout
	}{
		"withdrawn":                  {Withdrawn, []taskRow{task("a", org.Normal, "2026-03-01", "", "")}, layout{desk: NoDesk, due: NoDue}},
		"nothing to do is work":      {Open, nil, layout{desk: NeedsAction, due: NoDue}},
		"ours":                       {Open, []taskRow{task("a", org.Normal, "2026-03-05", "", "")}, layout{desk: NeedsAction, due: "2026-03-05", code: "a", taskID: "a"}},
		"waits":                      {Open, []taskRow{task("a", org.Normal, "", "them", "2026-03-05")}, layout{desk: WaitingOnOthers, on: "them", until: day.MustParse("2026-03-05"), due: "2026-03-05", code: "a", taskID: "a"}},
		"one waits, one is ours":     {Open, []taskRow{task("a", org.Normal, "", "them", "2026-03-05"), task("b", org.Normal, "", "", "")}, layout{desk: NeedsAction, due: NoDue, code: "b", taskID: "b"}},
		"the wait is over today":     {Open, []taskRow{task("a", org.Normal, "2026-04-01", "them", "2026-03-02")}, layout{desk: NeedsAction, due: "2026-03-02", code: "a", taskID: "a"}},
		"waiting without a date":     {Open, []taskRow{task("a", org.Normal, "", "them", "")}, layout{desk: NeedsAction, due: NoDue, code: "a", taskID: "a"}},
		"the earliest wait counts":   {Open, []taskRow{task("a", org.Normal, "", "x", "2026-03-09"), task("b", org.Normal, "", "y", "2026-03-04")}, layout{desk: WaitingOnOthers, on: "y", until: day.MustParse("2026-03-04"), due: "2026-03-04", code: "b", taskID: "b"}},
		"a protected task is hinted": {Open, []taskRow{task("a", org.Medical, "2026-03-03", "", "")}, layout{desk: NeedsAction, due: "2026-03-03"}},
		"a protected wait too":       {Open, []taskRow{task("a", org.Medical, "", "the clinic", "2026-03-05")}, layout{desk: WaitingOnOthers, on: "…", until: day.MustParse("2026-03-05"), due: "2026-03-05"}},
	} {
		if d := cmp.Diff(c.want, layOut(c.state, c.open, today), cmp.AllowUnexported(layout{}), cmp.Comparer(func(a, b day.Date) bool { return a == b })); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestMergeFacts(t *testing.T) {
	changed := []ChangedField{{Field: "return_country", Base: "PK", Now: "GE"}}
	for name, c := range map[string]struct {
		in    Facts
		want  Facts
		clash int
	}{
		"untouched keeps theirs": {Facts{"avrr", "AF", "PK"}, Facts{"avrr", "AF", "GE"}, 0},
		"both the same":          {Facts{"avrr", "PK", "GE"}, Facts{"avrr", "PK", "GE"}, 0},
		"both different":         {Facts{"avrr", "PK", "IQ"}, Facts{"avrr", "PK", "GE"}, 1},
	} {
		_, got, clash := mergeFacts(Facts{"avrr", "PK", "GE"}, c.in, changed)
		if got != c.want || len(clash) != c.clash {
			t.Errorf("%s: %+v, clash %v", name, got, clash)
		}
	}
}
