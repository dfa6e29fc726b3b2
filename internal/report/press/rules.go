package press

import (
	"cmp"
	"slices"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// Named is how many nationalities are named; the rest is one group, as in the published newsletter.
const Named = 4

// SmallGroup is the size from which a group may be shown to readers who may not see cases.
const SmallGroup = 5

// reportingFrom begins the reporting period. The newsletter of autumn 2021 counts to the end of October and does not say from
// when; we read it as its two months, and so the reporting period is the last day's month and the one before.
func reportingFrom(p Period) day.Date {
	d := day.New(p.AsOf.Year(), p.AsOf.Month(), 1).AddMonths(-1)
	if d.Before(p.From) {
		return p.From
	}
	return d
}

// shares names the largest groups and puts the others together, with percentages that add up to a hundred. No group is
// smaller than smallest: what is too small goes to the others, and when these are too small themselves, the smallest
// named group goes with them, so that nobody can subtract their way to it.
func shares(groups []Share, smallest int64) []Share {
	out := []Share{}
	rest := Share{Country: Others}
	for _, g := range groups {
		if len(out) < Named && g.Persons >= smallest && g.Country != "" {
			out = append(out, g)
		} else {
			rest.Persons += g.Persons
		}
	}
	for rest.Persons > 0 && rest.Persons < smallest && len(out) > 0 {
		rest.Persons += out[len(out)-1].Persons
		out = out[:len(out)-1]
	}
	if rest.Persons > 0 {
		if rest.Persons < smallest {
			return []Share{}
		}
		out = append(out, rest)
	}
	counts := make([]int64, len(out))
	for i := range out {
		counts[i] = out[i].Persons
	}
	for i, n := range percents(counts) {
		out[i].Percent = n
	}
	return out
}

// percents rounds the shares of a whole so that they add up to a hundred: each is cut to whole per cent, and what is missing
// goes one by one to those that lost most (the method of the largest remainder).
func percents(counts []int64) []int64 {
	var total int64
	for _, n := range counts {
		total += n
	}
	out := make([]int64, len(counts))
	if total == 0 {
		return out
	}
	order := make([]int, len(counts))
	left := int64(100)
	for i, n := range counts {
		order[i] = i
		out[i] = n * 100 / total
		left -= out[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(counts[b]*100%total, counts[a]*100%total) })
	for _, i := range order[:left] {
		out[i]++
	}
	return out
}
