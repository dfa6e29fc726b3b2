package travel

import (
	"regexp"
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// heldPaper is something a person could travel on.
type heldPaper struct {
	kind    string // person's paper kind or document type
	expires day.Date
	where   string // who holds the original; empty: it is not issued yet
}

// Kinds of identity papers that open a border.
var travelPapers = []string{"passport", "laissez_passer"}

// What is wrong with a traveller's papers, from nearly good to nothing at all.
const (
	paperGood      = ""
	paperElsewhere = "elsewhere"
	paperNoDate    = "no_date"
	paperPending   = "pending"
	paperExpires   = "expires"
	paperNone      = "none"
)

// papersFor says whether somebody can travel on a day with what they hold, and what comes nearest if not. A paper in a
// drawer of somebody else is no paper, and neither is one that ends before the day.
func papersFor(held []heldPaper, on day.Date) (problem string, paper heldPaper) {
	rank := []string{paperGood, paperElsewhere, paperNoDate, paperPending, paperExpires, paperNone}
	problem = paperNone
	for _, h := range held {
		p := paperGood
		switch {
		case h.where == "":
			p = paperPending
		case h.expires.IsZero():
			p = paperNoDate
		case h.expires.Before(on):
			p = paperExpires
		case h.where != "applicant" && h.where != "our_office":
			p = paperElsewhere
		}
		if slices.Index(rank, p) < slices.Index(rank, problem) {
			problem, paper = p, h
		}
	}
	return problem, paper
}

// clearanceFor says whether the way is free for one traveller on a day: the last answer of every authority that was asked
// is "go" and still holds then. list is oldest first.
func clearanceFor(list []Clearance, on day.Date) (problem, authority string) {
	last := map[string]Clearance{}
	var order []string
	for _, c := range list {
		if c.Reply == Stopped {
			continue
		}
		if _, ok := last[c.Authority]; !ok {
			order = append(order, c.Authority)
		}
		last[c.Authority] = c
	}
	if len(order) == 0 {
		return "none", ""
	}
	for _, a := range order {
		switch c := last[a]; {
		case c.Reply == "":
			return "pending", a
		case c.Reply != Go:
			return c.Reply, a
		case !c.ValidUntil.IsZero() && c.ValidUntil.Before(on):
			return "lapsed", a
		}
	}
	return "", ""
}

// recipientOf names who gets a person's data when a document is asked for: the embassy, but for the European document,
// which the host country writes itself.
func recipientOf(docType, country string) string {
	if docType == "eu_return_document" {
		return "authority"
	}
	return "embassy:" + country
}

var steps = []string{Expected, AtAirport, Papers, Boarded}

// NextStep is what comes next for a traveller before the plane leaves; empty when nothing does.
func NextStep(step string) string {
	if i := slices.Index(steps, step); i >= 0 && i+1 < len(steps) {
		return steps[i+1]
	}
	return ""
}

// mayStep says whether a traveller may go from one step to another. Everything goes forward one at a time; whoever has not
// boarded may turn out not to come.
func mayStep(from, to string) bool {
	if to == NoShow {
		return from == Expected || from == AtAirport || from == Papers
	}
	return to != "" && NextStep(from) == to
}

// FamilyStep is the next step of those who travel together: that of whoever is furthest behind. The people it concerns
// come with it.
func FamilyStep(ps []Passenger) (step string, who []string) {
	least := len(steps)
	for _, p := range ps {
		if i := slices.Index(steps, p.Step); i >= 0 && NextStep(p.Step) != "" && i < least {
			least = i
		}
	}
	if least == len(steps) {
		return "", nil
	}
	for _, p := range ps {
		if p.Step == steps[least] {
			who = append(who, p.PersonID)
		}
	}
	return steps[least+1], who
}

// all reports whether everybody is in one of the steps, and that there is anybody.
func all(ps []Passenger, in ...string) bool {
	for _, p := range ps {
		if !slices.Contains(in, p.Step) {
			return false
		}
	}
	return len(ps) > 0
}

// needsSecond says whether a fare needs a second person's yes.
func needsSecond(fare, above int64) bool { return fare > above }

var (
	airport    = regexp.MustCompile(`^[A-Z]{3}$`)
	carrier    = regexp.MustCompile(`^[A-Z0-9]{2}$`)
	flightNo   = regexp.MustCompile(`^[0-9]{1,4}[A-Z]?$`)
	clockTime  = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	momentText = regexp.MustCompile(`^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$`)
)

// checkFlight refuses a flight that cannot exist. Field names carry the suffix of its place in the form.
func checkFlight(f *Flight, suffix string, today day.Date) []fault.Field {
	f.Carrier, f.Number, f.From, f.To = upper(f.Carrier), upper(f.Number), upper(f.From), upper(f.To)
	var fs []fault.Field
	bad := func(ok bool, name, key string) {
		if !ok {
			fs = append(fs, fault.Field{Name: name + suffix, Key: key})
		}
	}
	bad(carrier.MatchString(f.Carrier), "carrier", "travel.err.carrier")
	bad(flightNo.MatchString(f.Number), "number", "travel.err.number")
	bad(airport.MatchString(f.From), "from", "travel.err.airport")
	bad(airport.MatchString(f.To) && f.To != f.From, "to", "travel.err.airport")
	bad(!f.On.IsZero() && !f.On.Before(today), "on", "travel.err.day")
	bad(goodMoment(f.Departs), "departs", "travel.err.clock")
	bad(goodMoment(f.Arrives), "arrives", "travel.err.clock")
	return fs
}

func upper(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// Moment joins a day and a clock time as a ticket has them; what is no time comes back unfit.
func Moment(on day.Date, clock string) string {
	if !clockTime.MatchString(clock) {
		return ""
	}
	return on.String() + " " + clock
}

func goodMoment(s string) bool { return momentText.MatchString(s) && clockTime.MatchString(s[11:]) }

// checkLegs refuses legs that do not hang together. Local times cannot be compared across time zones, but days can: nobody
// leaves a day before they arrive.
func checkLegs(legs []Leg) []fault.Field {
	for i := 1; i < len(legs); i++ {
		n := string(rune('1' + i))
		if legs[i].From != legs[i-1].To {
			return []fault.Field{{Name: "from" + n, Key: "travel.err.gap", Args: []any{"airport", legs[i-1].To}}}
		}
		if legs[i].Departs < legs[i-1].Arrives {
			return []fault.Field{{Name: "departs" + n, Key: "travel.err.too_early"}}
		}
	}
	return nil
}

// blindNumber is a document number as it is looked for: no blanks, capitals.
func blindNumber(s string) string { return strings.ToUpper(strings.ReplaceAll(s, " ", "")) }

// merge puts an edit on what others did since the editor opened the form. A field left as it was shown is no edit. base
// holds what stood there at that moment, for the fields that others changed.
func merge(now, form, base map[string]string) (merged map[string]string, clash []string) {
	merged = map[string]string{}
	for k, v := range form {
		b, others := base[k]
		switch {
		case !others, v == now[k]:
			merged[k] = v
		case v == b:
			merged[k] = now[k]
		default:
			merged[k] = now[k]
			clash = append(clash, k)
		}
	}
	slices.Sort(clash)
	return merged, clash
}

// arrivalChase are the days after departure on which somebody must ask whether a person arrived.
var arrivalChase = []int{2, 7, 30}

// chase gives the reminder due on a day for a departure nobody has confirmed the arrival of: 0 for none yet.
func chase(departed, today day.Date) (days int) {
	for _, n := range arrivalChase {
		if departed.DaysUntil(today) >= n {
			days = n
		}
	}
	return days
}
