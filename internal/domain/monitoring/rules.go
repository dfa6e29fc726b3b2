package monitoring

import (
	"slices"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

const long = 2000

// inVain counts the attempts since somebody was last reached or visited. as and vs come last first.
func inVain(as []Attempt, vs []Visit) int {
	var seen day.Date
	for _, v := range vs {
		if v.Found && v.On.After(seen) {
			seen = v.On
		}
	}
	n := 0
	for _, a := range as {
		if a.Result == Reached || !a.On.After(seen) && !seen.IsZero() {
			break
		}
		n++
	}
	return n
}

// visited tells whether the monitoring of a case is done: somebody was found at least once, or is lost from sight.
func visited(f File) bool {
	return f.Loss != nil || slices.ContainsFunc(f.Visits, func(v Visit) bool { return v.Found })
}

func checkAttempt(a Attempt, today day.Date) (fs []fault.Field) {
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	if a.On.IsZero() || a.On.After(today) {
		add("on", "monitoring.err.date_past")
	}
	if !slices.Contains(Channels, a.Channel) {
		add("channel", "monitoring.err.choose")
	}
	if !slices.Contains(Results, a.Result) {
		add("result", "monitoring.err.choose")
	}
	if len([]rune(a.Note)) > long {
		add("note", "monitoring.err.too_long", "n", long)
	}
	return fs
}

// checkVisit asks about the business and the income only where somebody was found to say so.
func checkVisit(v Visit, today day.Date) (fs []fault.Field) {
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	if !slices.Contains(Modes, v.Mode) {
		add("mode", "monitoring.err.choose")
	}
	if v.On.IsZero() || v.On.After(today) {
		add("on", "monitoring.err.date_past")
	}
	if v.Found {
		if !slices.Contains(Businesses, v.Business) {
			add("business", "monitoring.err.choose")
		}
		if v.Business == "closed" && v.ClosedReason == "" {
			add("closed_reason", "monitoring.err.closed_reason")
		}
		if !slices.Contains(Incomes, v.Income) {
			add("income", "monitoring.err.choose")
		}
		if v.Employed < 0 || v.Employed > 1000 {
			add("employed", "monitoring.err.employed")
		}
	}
	for _, t := range []struct{ name, text string }{{"closed_reason", v.ClosedReason}, {"problems", v.Problems}, {"advice", v.Advice}} {
		if len([]rune(t.text)) > long {
			add(t.name, "monitoring.err.too_long", "n", long)
		}
	}
	if !v.NextOn.IsZero() && !v.NextOn.After(v.On) {
		add("next", "monitoring.err.next")
	}
	return fs
}
