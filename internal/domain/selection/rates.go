package selection

import (
	"cmp"
	"slices"
)

// SmallGroup is the size below which a group of people is not shown by itself: of four women of one country everybody in an
// open centre knows who they are, and then a rate tells what was decided about each. It is the number that the figures for the
// press use.
const SmallGroup = 5

// Count is how many people of a group there were, and how many of them were chosen.
type Count struct{ Pool, Chosen int64 }

// Rate is one line of a report. A hidden one shows neither number.
type Rate struct {
	Group string
	Count
	Hidden bool
}

// Rates makes the lines of a report, the largest group first, and hides the small ones. What is hidden must not come out by
// taking the others from the total: so at least two lines are hidden or none, and together they are no small group either.
func Rates(groups map[string]Count) (out []Rate, total Rate) {
	for g, c := range groups {
		if c.Pool == 0 {
			continue
		}
		out = append(out, Rate{Group: g, Count: c, Hidden: c.Pool < SmallGroup})
		total.Pool += c.Pool
		total.Chosen += c.Chosen
	}
	slices.SortFunc(out, func(a, b Rate) int { return cmp.Or(cmp.Compare(b.Pool, a.Pool), cmp.Compare(a.Group, b.Group)) })
	for i := len(out) - 1; i >= 0; i-- { // the smallest of those still shown gives way first
		lines, people := hiddenOf(out)
		if lines == 0 || lines > 1 && people >= SmallGroup {
			break
		}
		out[i].Hidden = true
	}
	total.Hidden = total.Pool < SmallGroup
	return out, total
}

func hiddenOf(rs []Rate) (lines int, people int64) {
	for _, r := range rs {
		if r.Hidden {
			lines++
			people += r.Pool
		}
	}
	return lines, people
}

// AgeGroups in their order, with the first age of each; the message key is selection.age.GROUP.
var AgeGroups = []struct {
	Code string
	From int
}{{"child", 0}, {"young", 18}, {"middle", 30}, {"older", 45}, {"old", 60}}

// AgeGroup is the group of an age.
func AgeGroup(years int, known bool) string {
	group := "unknown"
	for _, g := range AgeGroups {
		if known && years >= g.From {
			group = g.Code
		}
	}
	return group
}
