package screening

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

const (
	long = 4000
	// mostDays is how far ahead a screening or a decision may be trusted.
	mostDays = 366
)

func has(list []string, v string) bool { return slices.Contains(list, v) }

func classOf(category string) (string, bool) {
	for _, c := range Categories {
		if c.Code == category {
			return c.Class, true
		}
	}
	return "", false
}

func check(s Screening, today day.Date) error {
	var fs []fault.Field
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	if s.On.IsZero() || s.On.After(today) {
		add("on", "screening.err.date_past")
	}
	if !s.ValidUntil.After(s.On) || s.On.DaysUntil(s.ValidUntil) > mostDays {
		add("valid_until", "screening.err.valid_until")
	}
	if !has(Outcomes, s.Outcome) {
		add("outcome", "screening.err.choose")
	}
	for _, c := range s.Categories {
		if _, ok := classOf(c); !ok {
			add("categories", "screening.err.choose")
		}
	}
	if s.Outcome == None && len(s.Categories) > 0 || s.Outcome != None && len(s.Categories) == 0 {
		add("outcome", "screening.err.outcome")
	}
	for _, f := range s.Factors {
		if !has(Levels, f.Level) || !has(FactorKind, f.Kind) || !has(Classes, f.Class) || f.Severity < 0 || f.Severity > 3 {
			add("level_0", "screening.err.factor")
		}
		if utf8.RuneCountInString(f.Text) > long {
			add("text_0", "screening.err.too_long", "n", long)
		}
	}
	for class, text := range s.Notes {
		if !has(Classes, class) || utf8.RuneCountInString(text) > long {
			add("note_"+class, "screening.err.too_long", "n", long)
		}
	}
	return fault.Fields(fs)
}

// split parts a screening into what belongs to each class. There is always a normal part, for the fact that the screening
// took place, and it looks the same whether or not something was found that is not for everybody.
func split(s Screening) (out []Finding) {
	for _, class := range Classes {
		f := Finding{ScreeningID: s.ID, CaseID: s.CaseID, PersonID: s.PersonID, Class: class, On: s.On, ValidUntil: s.ValidUntil}
		for _, c := range s.Categories {
			if of, _ := classOf(c); of == class {
				f.Categories = append(f.Categories, c)
			}
		}
		worst := int64(0)
		for _, x := range s.Factors {
			if x.Class == class {
				f.Factors = append(f.Factors, x)
				if x.Kind == "risk" {
					worst = max(worst, x.Severity)
				}
			}
		}
		f.Note = s.Notes[class]
		f.Found = len(f.Categories) > 0
		f.Outcome = None
		if f.Found {
			f.Outcome = s.Outcome
		}
		f.Diligence = f.Found && (s.Outcome == Urgent || worst == 3 || class == org.Trafficking || has(f.Categories, "uasc") || has(f.Categories, "medical_severe") || has(f.Categories, "at_risk") || has(f.Categories, "protection_need"))
		if class == org.Normal || f.Found || len(f.Factors) > 0 || f.Note != "" {
			out = append(out, f)
		}
	}
	return out
}

// latest keeps the last finding of each person and class; list is oldest first.
func latest(list []Finding) (out []Finding) {
	at := map[string]int{}
	for _, f := range list {
		k := f.PersonID + "/" + f.Class
		if i, ok := at[k]; ok {
			out[i] = f
			continue
		}
		at[k] = len(out)
		out = append(out, f)
	}
	return out
}

// care tells whether the case carries the mark that somebody needs care.
func care(list []Finding) bool {
	return slices.ContainsFunc(latest(list), func(f Finding) bool { return f.Found && f.Class != org.Trafficking })
}

// settled says how the due diligence of a finding stands: "" when a second person said go, that still holds on the day.
// list is oldest first.
func settled(f Finding, list []Diligence, on day.Date) string {
	var last *Diligence
	for i := range list {
		if d := &list[i]; d.PersonID == f.PersonID && d.Class == f.Class && !d.At.Before(f.At) {
			last = d
		}
	}
	switch {
	case last == nil:
		return "none"
	case last.Decision == "":
		return "undecided"
	case last.Decision != Go:
		return last.Decision
	case last.ValidUntil.Before(on):
		return "expired"
	}
	return ""
}

func checkDiligence(d Diligence) error {
	var fs []fault.Field
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	if !has(Classes, d.Class) {
		add("class", "screening.err.choose")
	}
	for _, t := range []struct {
		name, text string
		must       bool
	}{{"risk", d.Risk, true}, {"services", d.Services, true}, {"hand_over", d.HandOver, d.Class == org.Medical}, {"safety", d.Safety, true}} {
		if t.must && strings.TrimSpace(t.text) == "" {
			add(t.name, "screening.err.write")
		}
		if utf8.RuneCountInString(t.text) > long {
			add(t.name, "screening.err.too_long", "n", long)
		}
	}
	return fault.Fields(fs)
}

// Answers to whether the child gate applies to somebody.
const (
	GateNo  = "no"
	GateYes = "yes"
	GateAsk = "ask" // nobody knows how old they are: that is asked first
)

// youngest is the age somebody may still have: a birth year alone may end in December.
func youngest(p *person.Person, on day.Date) (years int, known bool) {
	if p.BirthKind == person.YearOnly && !p.BirthDate.IsZero() {
		return day.Age(day.New(p.BirthDate.Year(), time.December, 31), on), true
	}
	return p.Age(on)
}

// Traveller is somebody in the case as the child gate sees them.
type Traveller struct {
	ID        string
	Relation  string // to the principal applicant
	Travels   bool
	AgeKnown  bool
	Age       int      // the youngest they may be
	MayBe     bool     // taken for an adult, but may be a child
	Guardians []string // persons known to be their parents or guardians
}

func traveller(m casefile.Member, guardians []string, on day.Date) Traveller {
	t := Traveller{ID: m.ID, Relation: m.Relation, Travels: m.Travels, Guardians: guardians}
	t.Age, t.AgeKnown = youngest(&m.Person, on)
	if t.Age < 0 {
		t.AgeKnown = false
	}
	if child, known := m.Child(on); known && !child && t.AgeKnown && t.Age < 18 {
		t.MayBe = true
	}
	return t
}

// Gate says whether somebody needs the safeguards of a child alone. Who may be a child is never let through for want of
// knowing; an adult travelling along counts as company only if they are the child's parent or guardian.
func Gate(t Traveller, all []Traveller, alone bool) string {
	switch {
	case !t.Travels:
		return GateNo
	case !t.AgeKnown || t.MayBe:
		return GateAsk
	case t.Age >= 18:
		return GateNo
	case alone: // the case is marked: somebody saw a child without company
		return GateYes
	}
	for _, a := range all {
		if a.ID == t.ID || !a.Travels || !a.AgeKnown || a.MayBe || a.Age < 18 {
			continue
		}
		parent := t.Relation == "child" && (a.Relation == casefile.Principal || a.Relation == "spouse") ||
			(t.Relation == casefile.Principal || t.Relation == "sibling") && (a.Relation == "parent" || a.Relation == "guardian")
		if parent || has(t.Guardians, a.ID) {
			return GateNo
		}
	}
	return GateYes
}

// ChildFacts are the safeguards of one child and the day they must hold on.
type ChildFacts struct {
	On    day.Date
	Proof map[string]Safeguard
}

// ChildGate lists what is missing before a child alone may be booked, in the order in which it is put in place. A safeguard
// without a date, without somebody who answers for it, or without evidence is missing.
func ChildGate(f ChildFacts) (missing []string) {
	for _, code := range Safeguards {
		s, ok := f.Proof[code]
		switch {
		case !ok || !s.Good || s.On.IsZero() || strings.TrimSpace(s.Named) == "" || strings.TrimSpace(s.Evidence) == "" && s.AttachmentID == "":
			missing = append(missing, code)
		case code == "tracing_done" && !s.ChildAgrees:
			missing = append(missing, "tracing_consent")
		case code == "family_assessment" && (f.On.IsZero() || s.On.AddMonths(AssessmentMonths).Before(f.On)):
			missing = append(missing, "family_assessment_old")
		}
	}
	return missing
}

func checkSafeguard(s Safeguard, today day.Date) error {
	var fs []fault.Field
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	if s.On.IsZero() || s.On.After(today) {
		add("on", "screening.err.date_past")
	}
	if strings.TrimSpace(s.Named) == "" {
		add("named", "screening.err.named")
	}
	if strings.TrimSpace(s.Evidence) == "" && s.AttachmentID == "" {
		add("evidence", "screening.err.evidence")
	}
	for _, t := range []struct{ name, text string }{{"named", s.Named}, {"evidence", s.Evidence}} {
		if utf8.RuneCountInString(t.text) > long {
			add(t.name, "screening.err.too_long", "n", long)
		}
	}
	return fault.Fields(fs)
}

func checkFitness(f Fitness, today day.Date) error {
	var fs []fault.Field
	add := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	if !has(CheckKinds, f.Kind) {
		add("kind", "screening.err.choose")
	}
	if !has(Results, f.Result) {
		add("result", "screening.err.choose")
	}
	if f.On.IsZero() || f.On.After(today) {
		add("on", "screening.err.date_past")
	}
	if f.ValidUntil.Before(f.On) || f.On.DaysUntil(f.ValidUntil) > mostDays {
		add("valid_until", "screening.err.valid_until")
	}
	for _, c := range f.Conditions {
		if !has(Conditions, c) {
			add("conditions", "screening.err.choose")
		}
	}
	if (f.Result == FitIf) != (len(f.Conditions) > 0) && f.Result != Unfit {
		add("conditions", "screening.err.conditions")
	}
	if f.Weeks < 0 || f.Weeks > 45 {
		add("weeks", "screening.err.weeks")
	}
	if strings.TrimSpace(f.Doctor) == "" {
		add("doctor", "screening.err.doctor")
	}
	for _, t := range []struct{ name, text string }{{"doctor", f.Doctor}, {"note", f.Note}} {
		if utf8.RuneCountInString(t.text) > long {
			add(t.name, "screening.err.too_long", "n", long)
		}
	}
	return fault.Fields(fs)
}

// cleared judges the checks of one person, oldest first, for a day of travel. boarding asks for the last look as well.
func cleared(list []Fitness, on day.Date, boarding bool) (c Clearance) {
	if len(list) == 0 {
		return Clearance{Problem: "none"}
	}
	last := list[len(list)-1]
	c.Until = last.ValidUntil
	for _, x := range last.Conditions {
		switch {
		case x == "wheelchair" || x == "extra_seat":
			c.Provides = append(c.Provides, x)
		case strings.HasPrefix(x, "escort"):
			c.Provides = append(c.Provides, "escort")
		case x == "oxygen" || x == "stretcher":
			c.Provides = append(c.Provides, "ask_medical")
		}
	}
	slices.Sort(c.Provides)
	c.Provides = slices.Compact(c.Provides)
	switch weeks := last.Weeks + int64(last.On.DaysUntil(on))/7; {
	case last.Result == Unfit:
		c.Problem = "not_cleared"
	case last.Weeks > 0 && (weeks > NoFlightAfter || weeks >= LetterFromWeek && !last.Letter):
		c.Problem = "not_cleared"
	case last.ValidUntil.Before(on):
		c.Problem = "expired"
	case boarding && !(last.Kind == Boarding && last.On.AddDays(beforeDays).Compare(on) >= 0):
		c.Problem = "boarding"
	}
	if c.Cleared = c.Problem == ""; !c.Cleared {
		c.Provides = nil
	}
	return c
}
