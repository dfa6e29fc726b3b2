// Package expr reads the conditions of a programme as their author writes them, age >= 18 && nationality in visa_required, and
// answers in three values: a condition holds, fails, or is unknown because a fact is missing, and then it says which.
//
// The language is CEL (https://cel.dev) cut down to what a rule needs: facts of known types, named lists, comparisons, and, or,
// not, in, a choice between two values, whole numbers added and subtracted, and the time between two dates. Nothing that is
// left can fail while it runs or run long, so that there is always an answer. It owns no table and knows no programme: it is told which facts there are.
package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// Kind is what sort of answer a fact has.
type Kind string

// Kinds of facts, with what a rule sees of them.
const (
	Choice  Kind = "choice"  // a text of a closed list
	Multi   Kind = "multi"   // a list of texts
	Country Kind = "country" // a text of two capital letters
	Number  Kind = "number"  // a whole number, never below zero
	YesNo   Kind = "yesno"   // true or false
	OnDay   Kind = "date"    // a day
)

// Var is a fact that conditions may name.
type Var struct {
	Name   string
	Kind   Kind
	Values []string // of a choice: all there are; of a list: all, or none when any code may stand there
}

// List is a named list of codes, such as the countries that are not served.
type List struct {
	Name   string
	Values []string
}

// Result of a condition: there are three, and unknown is not no.
type Result string

// Results.
const (
	Holds   Result = "holds"
	Fails   Result = "fails"
	Unknown Result = "unknown"
)

// Mistake is one thing in a condition that cannot be used. Line and Column count from 1, within the condition.
type Mistake struct {
	Line, Column    int
	Found, Expected string
}

func (m Mistake) Error() string {
	return fmt.Sprintf("%d:%d: found %s, expected %s", m.Line, m.Column, m.Found, m.Expected)
}

// Known is what is known about one person, ready to be asked by any number of conditions of one Env.
type Known struct {
	env    *Env
	values []ref.Val // by the number of the fact; an unknown where it is missing
}

// Known makes facts ready. A fact this Env does not name, or a value that is none of the fact's, counts as missing: whoever
// takes facts in refuses such a value long before.
func (e *Env) Known(facts map[string][]string) *Known {
	k := &Known{env: e, values: slices.Clone(e.nothing)}
	for name, given := range facts {
		if i, ok := e.index[name]; ok {
			if v := e.value(e.vars[i], given); v != nil {
				k.values[i] = v
			}
		}
	}
	return k
}

// ResolveName gives a condition a fact's value.
func (k *Known) ResolveName(name string) (any, bool) {
	i, ok := k.env.index[name]
	if !ok {
		return nil, false
	}
	return k.values[i], true
}

// Parent is there because CEL asks for it: nothing lies behind what is known.
func (k *Known) Parent() activation { return nil }

func (k *Known) has(name string) bool { return !types.IsUnknown(k.values[k.env.index[name]]) }

// value turns a fact as it is kept into what a condition compares, nil where it cannot be.
func (e *Env) value(v Var, given []string) ref.Val {
	if v.Kind == Multi {
		return types.NewStringList(types.DefaultTypeAdapter, given)
	}
	if len(given) != 1 {
		return nil
	}
	switch s := given[0]; v.Kind {
	case Number:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 0 || n > maxNumber {
			return nil
		}
		return types.Int(n)
	case YesNo:
		if s != "yes" && s != "no" {
			return nil
		}
		return types.Bool(s == "yes")
	case OnDay:
		d, err := day.Parse(s)
		if err != nil {
			return nil
		}
		return types.Timestamp{Time: d.In(time.UTC)}
	case Choice:
		if !slices.Contains(v.Values, s) {
			return nil
		}
		return e.choices[s]
	default:
		return types.String(s)
	}
}

func list(names []string) string { return strings.Join(names, ", ") }
