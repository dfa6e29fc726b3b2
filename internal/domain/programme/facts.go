package programme

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// FactKind is what sort of answer a fact has.
type FactKind string

// Kinds of facts.
const (
	Choice  FactKind = "choice"
	Multi   FactKind = "multi"
	Country FactKind = "country"
	Number  FactKind = "number"
	YesNo   FactKind = "yesno"
	OnDay   FactKind = "date"
)

// Fact is something a rule may ask about a person. The message key of its name is fact.NAME, of the question to ask when it
// is missing fact.ask.NAME.
type Fact struct {
	Name   string
	Kind   FactKind
	Unit   string   // years, months, people: for numbers
	Where  string   // where it is recorded: registration, counselling, screening, assessment, declaration
	Values []string // for choices
}

// catalogue lists every fact rules may use. Vulnerability is seen here as a flag only: no rule reads what lies behind it.
var catalogue = []Fact{
	{Name: "accommodation", Kind: Choice, Where: "registration", Values: []string{"none", "own", "shared", "reception"}},
	{Name: "age", Kind: Number, Unit: "years", Where: "registration"},
	{Name: "application_date", Kind: OnDay, Where: "registration"},
	{Name: "asylum_stage", Kind: Choice, Where: "registration", Values: []string{"none", "applied", "first_refusal", "appeal", "final_refusal", "withdrawn", "granted"}},
	{Name: "children", Kind: Number, Unit: "people", Where: "registration"},
	{Name: "declaration_signed", Kind: YesNo, Where: "declaration"},
	{Name: "entry_date", Kind: OnDay, Where: "registration"},
	{Name: "household_size", Kind: Number, Unit: "people", Where: "registration"},
	{Name: "legal_status", Kind: Choice, Where: "registration", Values: []string{"asylum_applicant", "protection", "residence_permit", "no_right_to_stay", "removal_postponed", "eu_citizen"}},
	{Name: "means", Kind: Choice, Where: "counselling", Values: []string{"none", "some", "sufficient"}},
	{Name: "nationality", Kind: Country, Where: "registration"},
	{Name: "previous_assistance", Kind: YesNo, Where: "registration"},
	{Name: "previous_assistance_years", Kind: Number, Unit: "years", Where: "registration"},
	{Name: "return_country", Kind: Country, Where: "registration"},
	{Name: "return_decision_date", Kind: OnDay, Where: "registration"},
	{Name: "skills", Kind: YesNo, Where: "assessment"},
	{Name: "stay_months", Kind: Number, Unit: "months", Where: "registration"},
	{Name: "stay_zone", Kind: Choice, Where: "registration", Values: []string{"mainland", "island"}},
	{Name: "unaccompanied_child", Kind: YesNo, Where: "screening"},
	{Name: "voluntary", Kind: YesNo, Where: "counselling"},
	{Name: "vulnerable", Kind: YesNo, Where: "screening"},
	{Name: "vulnerability", Kind: Multi, Where: "screening", Values: []string{"child_alone", "debt_bondage", "detained", "disability", "elderly", "family_with_children",
		"gender_based_violence", "homeless", "lgbtiq", "medical", "mental_health", "minority", "pregnant", "protection_need", "single_parent", "stateless", "torture", "trafficking"}},
	{Name: "work_experience", Kind: Number, Unit: "years", Where: "assessment"},
}

// Catalogue lists the facts rules may use.
func Catalogue() []Fact { return slices.Clone(catalogue) }

// FactNamed finds a fact.
func FactNamed(name string) (Fact, bool) {
	for _, f := range catalogue {
		if f.Name == name {
			return f, true
		}
	}
	return Fact{}, false
}

func factNames() string {
	var out []string
	for _, f := range catalogue {
		out = append(out, f.Name)
	}
	return strings.Join(out, ", ")
}

// Facts are what is known about one person. A fact that is not there is not known; that is never the same as no.
type Facts map[string][]string

// Set puts a fact in, checked against the catalogue. Setting it to nothing takes it out.
func (f Facts) Set(name string, values ...string) error {
	fact, ok := FactNamed(name)
	if !ok {
		return fmt.Errorf("there is no fact %q", name)
	}
	values = slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })
	if len(values) == 0 && fact.Kind != Multi { // a screening that found none of the listed needs is known, and empty
		delete(f, name)
		return nil
	}
	if len(values) > 1 && fact.Kind != Multi {
		return fmt.Errorf("fact %s has one value, not %d", name, len(values))
	}
	for _, v := range values {
		if expected := fact.accepts(v); expected != "" {
			return fmt.Errorf("fact %s is %s, not %q", name, expected, v)
		}
	}
	f[name] = values
	return nil
}

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

// accepts says what is expected when a value is not one of the fact's, and nothing when it is.
func (f Fact) accepts(v string) string {
	switch f.Kind {
	case Choice, Multi:
		if !slices.Contains(f.Values, v) {
			return "one of " + strings.Join(f.Values, ", ")
		}
	case Country:
		if !countryCode.MatchString(v) {
			return "a country code of two capital letters"
		}
	case Number:
		if n, err := strconv.ParseInt(v, 10, 64); err != nil || n < 0 || n > 1_000_000 || strconv.FormatInt(n, 10) != v {
			return "a whole number"
		}
	case YesNo:
		if v != "yes" && v != "no" {
			return "yes or no"
		}
	case OnDay:
		if _, err := day.Parse(v); err != nil {
			return "a date written YYYY-MM-DD"
		}
	}
	return ""
}

// ops are the comparisons a kind of fact allows.
func (k FactKind) ops() []string {
	switch k {
	case Number, OnDay:
		return []string{"is", "not", "at_least", "at_most", "present"}
	case YesNo:
		return []string{"is", "not", "present"}
	case Multi:
		return []string{"in", "not_in", "present"}
	}
	return []string{"is", "not", "in", "not_in", "present"}
}
