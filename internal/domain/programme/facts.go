package programme

import (
	"fmt"
	"slices"
	"sync"

	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
)

// Fact is something a rule may ask about a person. The message key of its name is fact.NAME, of the question to ask when it
// is missing fact.ask.NAME.
type Fact struct {
	expr.Var
	Unit  string // years, months, people: for numbers
	Where string // where it is recorded: registration, counselling, screening, assessment, declaration, decision
	Help  string // what it means, for whoever writes a programme
}

func choice(name, where, help string, values ...string) Fact {
	return Fact{Var: expr.Var{Name: name, Kind: expr.Choice, Values: values}, Where: where, Help: help}
}

func number(name, unit, where, help string) Fact {
	return Fact{Var: expr.Var{Name: name, Kind: expr.Number}, Unit: unit, Where: where, Help: help}
}

func of(kind expr.Kind, name, where, help string) Fact {
	return Fact{Var: expr.Var{Name: name, Kind: kind}, Where: where, Help: help}
}

// catalogue lists every fact rules may use. Vulnerability is seen here as a flag only: no rule reads what lies behind it.
var catalogue = []Fact{
	choice("accommodation", "registration", "where the person stays now", "none", "own", "shared", "reception"),
	number("age", "years", "registration", "complete years on the day of departure, or today while no departure is planned"),
	of(expr.OnDay, "application_date", "registration", "the day on which return was applied for"),
	of(expr.OnDay, "asylum_application_date", "registration", "the day on which protection was applied for"),
	number("asylum_claims", "claims", "registration", "how often protection was applied for in the host country"),
	choice("asylum_stage", "registration", "how far a claim for protection has come", "none", "applied", "first_refusal", "appeal", "final_refusal", "withdrawn", "granted"),
	number("children", "people", "registration", "members of the case below 18 years"),
	of(expr.YesNo, "claim_withdrawn", "declaration", "whether a pending claim or appeal was withdrawn, a legal act of its own"),
	of(expr.YesNo, "criminal_record", "registration", "whether a conviction stands against help in cash"),
	of(expr.YesNo, "declaration_signed", "declaration", "whether everybody who travels has declared the wish to return"),
	of(expr.OnDay, "departure_deadline", "registration", "the last day on which the authorities let the person leave by themselves"),
	choice("departure_type", "decision", "how the person returns", "voluntary", "forced"),
	of(expr.YesNo, "dublin", "registration", "whether another European state is responsible for the claim"),
	of(expr.OnDay, "entry_date", "registration", "the day of entry into the host country"),
	of(expr.OnDay, "final_refusal_date", "registration", "the day on which a refusal of protection became final"),
	of(expr.OnDay, "first_refusal_date", "registration", "the day on which the first refusal of protection was served, or the first claim withdrawn"),
	number("household_size", "people", "registration", "everybody in the case, the main applicant included"),
	choice("legal_status", "registration", "the right to stay in the host country", "asylum_applicant", "protection", "residence_permit", "no_right_to_stay", "removal_postponed", "eu_citizen"),
	choice("means", "counselling", "whether the person can pay the return themselves", "none", "some", "sufficient"),
	of(expr.Country, "nationality", "registration", "nationality"),
	of(expr.YesNo, "naturalised", "registration", "whether the person holds the nationality of the host country by naturalisation"),
	{Var: expr.Var{Name: "other_programmes", Kind: expr.Multi}, Where: "decision", Help: "codes of other programmes that grant this person help for this return"},
	of(expr.YesNo, "previous_assistance", "registration", "whether the person was helped to return before, by whichever programme"),
	of(expr.OnDay, "previous_assistance_date", "registration", "the day of the last earlier help to return"),
	of(expr.YesNo, "registered", "registration", "whether the authorities have registered the person"),
	choice("relation", "registration", "what the person is to the main applicant", "principal", "spouse", "child", "parent", "sibling", "guardian", "other"),
	of(expr.YesNo, "residence_permit_held", "registration", "whether the person holds or held a residence permit of the host country"),
	of(expr.Country, "return_country", "registration", "the country of return"),
	of(expr.OnDay, "return_decision_date", "registration", "the day of the return decision"),
	of(expr.YesNo, "return_decision_final", "registration", "whether there is a return decision that has become final"),
	of(expr.OnDay, "return_decision_final_date", "registration", "the day on which the return decision became final"),
	of(expr.YesNo, "skills", "assessment", "whether the person has skills that carry the plan"),
	of(expr.OnDay, "stay_since", "registration", "the first day of stay for which there is evidence"),
	choice("stay_since_evidence", "registration", "what proves the first day of stay", "entry_stamp", "apprehension_report", "arrival_certificate", "register_entry", "own_statement"),
	choice("stay_zone", "registration", "where in the host country the person lives", "mainland", "island"),
	of(expr.OnDay, "tolerated_since", "registration", "since when removal is postponed without a break"),
	of(expr.OnDay, "travel_document_given_on", "registration", "the day on which a valid travel document was handed in"),
	of(expr.YesNo, "unaccompanied_child", "screening", "whether the case is that of a child without a parent or guardian"),
	of(expr.YesNo, "voluntary", "counselling", "whether the person wishes to return, as said in the last talk"),
	of(expr.YesNo, "vulnerable", "screening", "whether a screening found a need, never which"),
	{Var: expr.Var{Name: "vulnerability", Kind: expr.Multi, Values: []string{"child_alone", "debt_bondage", "detained", "disability", "elderly", "family_with_children",
		"gender_based_violence", "homeless", "lgbtiq", "medical", "mental_health", "minority", "pregnant", "protection_need", "single_parent", "stateless", "torture", "trafficking"}},
		Where: "screening", Help: "flags of a screening, without what lies behind them"},
	number("work_experience", "years", "assessment", "years of work"),
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

// base is what every condition may name: the facts. A programme adds its own lists.
var base = sync.OnceValue(func() *expr.Env {
	e, err := envWith(nil)
	if err != nil {
		panic(err) // the catalogue above names a fact twice
	}
	return e
})

func envWith(lists []List) (*expr.Env, error) {
	var vars []expr.Var
	for _, f := range catalogue {
		vars = append(vars, f.Var)
	}
	var ls []expr.List
	for _, l := range lists {
		ls = append(ls, expr.List{Name: l.Code, Values: l.Values})
	}
	return expr.New(vars, ls)
}

// Condition reads a condition that names facts and no lists.
func Condition(src string) (*expr.Cond, []expr.Mistake) { return base().Condition(src) }

// Facts are what is known about one person. A fact that is not there is not known; that is never the same as no.
type Facts map[string][]string

// Set puts a fact in, checked against the catalogue. Setting it to nothing takes it out.
func (f Facts) Set(name string, values ...string) error {
	fact, ok := FactNamed(name)
	if !ok {
		return fmt.Errorf("there is no fact %q", name)
	}
	values = slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })
	if len(values) == 0 && fact.Kind != expr.Multi { // a screening that found none of the listed needs is known, and empty
		delete(f, name)
		return nil
	}
	if len(values) > 1 && fact.Kind != expr.Multi {
		return fmt.Errorf("fact %s has one value, not %d", name, len(values))
	}
	for _, v := range values {
		if expected := fact.Accepts(v); expected != "" {
			return fmt.Errorf("fact %s is %s, not %q", name, expected, v)
		}
	}
	f[name] = values
	return nil
}
