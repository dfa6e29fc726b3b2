package casefile

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person/fold"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

// Filter is what a list of cases is narrowed to. Every field narrows; its zero value means every open case in scope.
type Filter struct {
	Desk        string // action, waiting
	State       string // open (the default), withdrawn, closed, any
	Stage       string
	Phase       string
	Programme   string
	Owner       string // me, nobody, somebody, or a staff id
	Office      string // host office or office of origin
	Nationality string
	Return      string // country of return
	Due         string // overdue, today, week, later, none
	Departs     string // week, month, past
	Flag        string
	Text        string // a case number, or names
	Sort        string // due (the default), opened, stage, since, name, number; with - before it the other way round
	After       string // where the page begins: Page.Next of the page before
	Limit       int
}

var filterValues = map[string][]string{
	"desk":    {NeedsAction, WaitingOnOthers},
	"state":   {Open, Withdrawn, Closed, "any"},
	"due":     {"overdue", "today", "week", "later", "none"},
	"departs": {"week", "month", "past"},
	"flag":    Flags,
	"sort":    {"due", "-due", "opened", "-opened", "stage", "-stage", "since", "-since", "name", "-name", "number", "-number"},
}

// PageSizes a list may be asked for in.
var PageSizes = []int{25, 50, 100, 200}

// FilterKeys are the names by which a list is narrowed in an address, in the order they are written.
var FilterKeys = []string{"desk", "state", "phase", "stage", "programme", "owner", "office", "nationality", "return", "due", "departs", "flag", "q", "sort", "after"}

func (f *Filter) field(key string) *string {
	switch key {
	case "desk":
		return &f.Desk
	case "state":
		return &f.State
	case "phase":
		return &f.Phase
	case "stage":
		return &f.Stage
	case "programme":
		return &f.Programme
	case "owner":
		return &f.Owner
	case "office":
		return &f.Office
	case "nationality":
		return &f.Nationality
	case "return":
		return &f.Return
	case "due":
		return &f.Due
	case "departs":
		return &f.Departs
	case "flag":
		return &f.Flag
	case "q":
		return &f.Text
	case "sort":
		return &f.Sort
	case "after":
		return &f.After
	}
	return nil
}

// ParseFilter reads a list's address. What it does not know is refused: a mistyped filter must never show everything.
// Empty values, which a form sends for what was not chosen, count as absent.
func (d *Domain) ParseFilter(v url.Values) (Filter, error) {
	var f Filter
	var fs []fault.Field
	for _, key := range slices.Sorted(keysOf(v)) {
		p := f.field(key)
		switch {
		case p == nil:
			fs = append(fs, fault.Field{Name: key, Key: "case.err.filter_unknown", Args: []any{"name", cutText(key, 40)}})
			continue
		case len(v[key]) > 1:
			fs = append(fs, fault.Field{Name: key, Key: "case.err.filter_twice", Args: []any{"name", key}})
			continue
		}
		*p = strings.TrimSpace(v[key][0])
	}
	for _, key := range FilterKeys {
		if val := *f.field(key); val != "" && !d.goodFilter(key, val) {
			fs = append(fs, fault.Field{Name: key, Key: "case.err.filter_value", Args: []any{"name", key, "value", cutText(val, 60)}})
		}
	}
	return f, fault.Fields(fs)
}

func (d *Domain) goodFilter(key, val string) bool {
	if known, ok := filterValues[key]; ok {
		return slices.Contains(known, val)
	}
	switch key {
	case "phase":
		return len(d.stagesOf(val)) > 0
	case "stage":
		return slices.ContainsFunc(d.Packs.All(), func(p *programme.Pack) bool { _, _, ok := p.Stage(val); return ok })
	case "programme":
		return slices.ContainsFunc(d.Packs.All(), func(p *programme.Pack) bool { return p.Code == val })
	case "owner":
		return val == "me" || val == "nobody" || val == "somebody" || id.Valid(val)
	case "office":
		return id.Valid(val)
	case "nationality", "return":
		return goodCountry(val)
	case "q":
		return utf8.RuneCountInString(val) <= 100
	case "after":
		_, _, ok := readCursor(val)
		return ok
	}
	return false
}

func (d *Domain) stagesOf(phase string) []string {
	var out []string
	for _, p := range d.Packs.All() {
		for _, s := range p.Stages {
			if s.Phase == phase && !slices.Contains(out, s.Code) {
				out = append(out, s.Code)
			}
		}
	}
	return out
}

func cutText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// Values writes the filter as an address, without the place in the list.
func (f Filter) Values() url.Values {
	v := url.Values{}
	for _, key := range FilterKeys {
		if val := *f.field(key); val != "" && key != "after" {
			v.Set(key, val)
		}
	}
	return v
}

// Without is the filter with one thing taken off, for the chips above a list.
func (f Filter) Without(key string) Filter {
	if p := f.field(key); p != nil {
		*p = ""
	}
	f.After = ""
	return f
}

func cursor(key, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(key + "\x00" + id))
}

func readCursor(s string) (key, caseID string, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(b) {
		return "", "", false
	}
	key, caseID, ok = strings.Cut(string(b), "\x00")
	return key, caseID, ok && id.Valid(caseID)
}

// where writes the filter and the reader's scope as a condition over casefile c. desk and departure are left out for the
// counts, which are about them.
func (d *Domain) where(r *gate.R, f Filter, a *db.Args) string {
	var w []string
	eq := func(col, val string) {
		if val != "" {
			w = append(w, col+" = "+a.Add(val))
		}
	}
	switch f.State {
	case "":
		eq("c.state", Open)
	case "any":
	default:
		eq("c.state", f.State)
	}
	eq("c.desk", f.Desk)
	eq("c.stage", f.Stage)
	eq("c.programme", f.Programme)
	eq("c.nationality", f.Nationality)
	eq("c.return_country", f.Return)
	if f.Phase != "" {
		w = append(w, "c.stage IN "+a.In(d.stagesOf(f.Phase)))
	}
	switch f.Owner {
	case "":
	case "me":
		eq("c.owner_id", r.Actor.ID)
	case "nobody":
		w = append(w, "c.owner_id = ''")
	case "somebody":
		w = append(w, "c.owner_id <> ''")
	default:
		eq("c.owner_id", f.Owner)
	}
	if f.Office != "" {
		o := a.Add(f.Office)
		w = append(w, "(c.host_office = "+o+" OR c.origin_office = "+o+")")
	}
	today := r.Today
	span := func(col, from, to string) {
		if from != "" {
			w = append(w, col+" >= "+a.Add(from))
		}
		w = append(w, col+" <= "+a.Add(to))
	}
	switch f.Due {
	case "overdue":
		span("c.next_due", "", today.AddDays(-1).String())
	case "today":
		span("c.next_due", today.String(), today.String())
	case "week":
		span("c.next_due", today.String(), today.AddDays(6).String())
	case "later":
		span("c.next_due", today.AddDays(7).String(), "9999-12-30")
	case "none":
		eq("c.next_due", NoDue)
	}
	switch f.Departs {
	case "week":
		span("c.departs_on", today.String(), today.AddDays(6).String())
	case "month":
		span("c.departs_on", today.String(), today.AddDays(29).String())
	case "past":
		span("c.departs_on", "0001-01-01", today.AddDays(-1).String())
	}
	if f.Flag != "" {
		w = append(w, "(' ' || c.flags || ' ') LIKE "+a.Add("% "+f.Flag+" %"))
	}
	w = append(w, textCondition(f.Text, a)...)
	w = append(w, InScope(r, "c", a))
	return strings.Join(w, " AND ")
}

// textCondition finds a case by its number or by the names of anybody in it: every word must begin a name.
func textCondition(text string, a *db.Args) []string {
	if text == "" {
		return nil
	}
	if strings.ContainsAny(text, "0123456789") {
		no := strings.ToUpper(text)
		switch {
		case strings.Trim(no, "0123456789") == "": // only the running number, as people say it
			return []string{"c.no LIKE " + a.Add("%-"+strings.Repeat("0", max(0, 6-len(no)))+no)}
		case strings.Trim(no, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == "":
			return []string{"c.no LIKE " + a.Add(no+"%")}
		}
		return []string{"1 = 0"}
	}
	var out []string
	for i, word := range strings.Fields(fold.Text(text)) {
		if i == 6 {
			break
		}
		out = append(out, "c.id IN (SELECT tm.case_id FROM person_key tk JOIN case_member tm ON tm.person_id = tk.person_id WHERE tk.token >= "+a.Add(word)+" AND tk.token < "+a.Add(word+"\U0010FFFF")+")")
	}
	if len(out) == 0 { // nothing but signs: nobody is called that
		out = append(out, "1 = 0")
	}
	return out
}

// branches splits a list over the ways a case comes into a scope, so that each part can walk an index in the order of the
// list: one "OR" over host and origin office would make the engine read and sort them all. The parts do not overlap. The
// scope's own condition stands in each part all the same: the parts only help, they do not decide.
func branches(r *gate.R, f Filter) []func(a *db.Args) string {
	one := func(cond func(a *db.Args) string) []func(a *db.Args) string { return []func(a *db.Args) string{cond} }
	always := func(*db.Args) string { return "1 = 1" }
	if f.Owner != "" && f.Owner != "somebody" || f.Text != "" {
		return one(always) // narrow enough by itself
	}
	if len(r.Actor.Grants) > 0 && !r.Actor.System && !slices.ContainsFunc(r.Actor.Grants, func(g org.Grant) bool { return !g.AssignedOnly }) {
		mine := append([]string{r.Actor.ID}, r.Actor.Covers...)
		return []func(a *db.Args) string{
			func(a *db.Args) string { return "c.owner_id IN " + a.In(mine) },
			func(a *db.Args) string {
				return "c.id IN " + a.In(r.Actor.Glass) + " AND c.owner_id NOT IN " + a.In(mine)
			},
		}
	}
	offices, all := r.Scope.Offices()
	if f.Office != "" {
		offices, all = []string{f.Office}, false
	}
	if all {
		return one(always)
	}
	slices.Sort(offices)
	offices = slices.Compact(offices)
	out := []func(a *db.Args) string{
		func(a *db.Args) string { return "c.host_office IN " + a.In(offices) },
		func(a *db.Args) string {
			return "c.origin_office IN " + a.In(offices) + " AND c.host_office NOT IN " + a.In(offices)
		},
	}
	if len(r.Actor.Glass) > 0 && f.Office == "" {
		out = append(out, func(a *db.Args) string {
			return "c.id IN " + a.In(r.Actor.Glass) + " AND c.host_office NOT IN " + a.In(offices) + " AND c.origin_office NOT IN " + a.In(offices)
		})
	}
	return out
}
