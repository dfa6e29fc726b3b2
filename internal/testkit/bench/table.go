package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// times are how long each of many answers took.
type times []time.Duration

// at gives a percentile.
func (t times) at(p int) time.Duration {
	if len(t) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(t))
	return s[min(len(s)-1, len(s)*p/100)]
}

// row is one line of the table.
type row struct {
	what, p50, p95, budget, ratio string
	over, judged                  bool
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond)) }

// many adds a measurement with a budget for its middle, for its slow end, or for neither, and its ratio to a floor.
func (b *bench) many(what string, t times, floor string, p50, p95 time.Duration) {
	r := row{what: what, p50: ms(t.at(50)), p95: ms(t.at(95))}
	if p50 > 0 {
		r.budget, r.judged, r.over = "p50 ≤ "+ms(p50), true, t.at(50) > p50
	}
	if p95 > 0 {
		r.budget, r.judged, r.over = "p95 ≤ "+ms(p95), true, t.at(95) > p95
	}
	if f := b.floors[floor]; len(f) > 0 {
		r.ratio = fmt.Sprintf("%.1f", float64(t.at(50))/float64(f.at(50)))
	}
	b.rows = append(b.rows, r)
}

// one adds a single measurement.
func (b *bench) one(what string, took, budget time.Duration) {
	b.rows = append(b.rows, row{what: what, p50: ms(took), budget: "≤ " + ms(budget), judged: true, over: took > budget})
}

// memory adds what the system says of a process.
func (b *bench) memory(what string, pid int, field string, budget int64) error {
	mb, err := megabytes(pid, field)
	if err == nil {
		b.rows = append(b.rows, row{what: what, p50: fmt.Sprintf("%d MB", mb), budget: fmt.Sprintf("≤ %d MB", budget), judged: true, over: mb > budget})
	}
	return err
}

func megabytes(pid int, field string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb / 1000, err
		}
	}
	return 0, fmt.Errorf("/proc tells no %s", field)
}

// print writes the table and tells how many budgets are broken.
func (b *bench) print(out io.Writer) (over int) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tp50\tp95\tbudget\t× floor\t")
	for _, r := range b.rows {
		verdict := ""
		switch {
		case r.over:
			verdict = "OVER"
			over++
		case r.judged:
			verdict = "ok"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.p50, r.p95, r.budget, r.ratio, verdict)
	}
	w.Flush()
	return over
}
