package expr

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

type activation = cel.Activation

// Limits of one condition. Whole numbers stay so small that no sum of as many as fit in a condition can leave an int64.
const (
	maxLength = 2000
	maxDepth  = 40
	maxNumber = 1_000_000_000
)

// Env is what the conditions of one programme may name.
type Env struct {
	cel     *cel.Env
	vars    []Var
	index   map[string]int
	lists   map[string][]string
	nothing []ref.Val
	choices map[string]ref.Val // every value of every closed list, ready to be compared
}

// operations are the only ones there are. What is not here, division, conversion, patterns, an element by its number, could
// fail while a rule runs, and a rule that fails must never count as a no.
func operations() *env.LibrarySubset {
	f := func(name string, ids ...string) *env.Function {
		var os []*env.Overload
		for _, id := range ids {
			os = append(os, &env.Overload{ID: id})
		}
		return env.NewFunction(name, os...)
	}
	return env.NewLibrarySubset().SetDisableMacros(true).AddIncludedFunctions(
		f("_&&_", overloads.LogicalAnd), f("_||_", overloads.LogicalOr), f("!_", overloads.LogicalNot), f("_?_:_", overloads.Conditional),
		f("_==_", overloads.Equals), f("_!=_", overloads.NotEquals), f("@in", overloads.InList), f("size", overloads.SizeList),
		f("_<_", overloads.LessInt64, overloads.LessTimestamp), f("_<=_", overloads.LessEqualsInt64, overloads.LessEqualsTimestamp),
		f("_>_", overloads.GreaterInt64, overloads.GreaterTimestamp), f("_>=_", overloads.GreaterEqualsInt64, overloads.GreaterEqualsTimestamp),
		f("_+_", overloads.AddInt64), f("_-_", overloads.SubtractInt64))
}

// New makes an Env. The names of lists must not be names of facts.
func New(vars []Var, lists []List) (*Env, error) {
	e := &Env{vars: vars, index: map[string]int{}, lists: map[string][]string{}, choices: map[string]ref.Val{}}
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(operations())), cel.ParserExpressionSizeLimit(maxLength), cel.ParserRecursionLimit(maxDepth),
		between("days", func(a, b day.Date) int { return a.DaysUntil(b) }), between("months", wholeMonths), between("years", func(a, b day.Date) int { return wholeMonths(a, b) / 12 }),
		later("plus_days", day.Date.AddDays), later("plus_months", day.Date.AddMonths),
		cel.Function("known", cel.Overload("known_any", []*cel.Type{cel.TypeParamType("T")}, cel.BoolType, cel.UnaryBinding(func(ref.Val) ref.Val { return types.True }))),
		cel.Function("date", cel.Overload("date_written", []*cel.Type{cel.StringType}, cel.TimestampType, cel.UnaryBinding(func(s ref.Val) ref.Val {
			d, _ := day.Parse(string(s.(types.String))) // checked when the condition was read
			return types.Timestamp{Time: d.In(time.UTC)}
		}))),
	}
	for i, v := range vars {
		if _, twice := e.index[v.Name]; twice {
			return nil, fmt.Errorf("two facts %q", v.Name)
		}
		e.index[v.Name] = i
		e.nothing = append(e.nothing, types.NewUnknown(int64(i+1), types.NewAttributeTrail(v.Name)))
		opts = append(opts, cel.Variable(v.Name, celType(v.Kind)))
		for _, s := range v.Values {
			e.choices[s] = types.String(s)
		}
	}
	for _, l := range lists {
		if _, fact := e.index[l.Name]; fact || e.lists[l.Name] != nil {
			return nil, fmt.Errorf("the name %q stands for two things", l.Name)
		}
		e.lists[l.Name] = append([]string{}, l.Values...)
		opts = append(opts, cel.Constant(l.Name, cel.ListType(cel.StringType), types.NewStringList(types.DefaultTypeAdapter, l.Values)))
	}
	var err error
	e.cel, err = cel.NewCustomEnv(opts...)
	return e, err
}

func celType(k Kind) *cel.Type {
	switch k {
	case Multi:
		return cel.ListType(cel.StringType)
	case Number:
		return cel.IntType
	case YesNo:
		return cel.BoolType
	case OnDay:
		return cel.TimestampType
	}
	return cel.StringType
}

// wholeMonths counts complete months, below zero when b is before a.
func wholeMonths(a, b day.Date) int {
	if b.Before(a) {
		return -wholeMonths(b, a)
	}
	n := (b.Year()-a.Year())*12 + int(b.Month()) - int(a.Month())
	if a.AddMonths(n).After(b) {
		n--
	}
	return n
}

func dayOf(v ref.Val) day.Date { return day.Of(v.(types.Timestamp).Time, time.UTC) }

// between is a function that measures the time from one date to another.
func between(name string, count func(a, b day.Date) int) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_between", []*cel.Type{cel.TimestampType, cel.TimestampType}, cel.IntType,
		cel.BinaryBinding(func(a, b ref.Val) ref.Val { return types.Int(count(dayOf(a), dayOf(b))) })))
}

// later is a function that goes on from a date.
func later(name string, move func(d day.Date, n int) day.Date) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_after", []*cel.Type{cel.TimestampType, cel.IntType}, cel.TimestampType,
		cel.BinaryBinding(func(d, n ref.Val) ref.Val {
			return types.Timestamp{Time: move(dayOf(d), int(n.(types.Int))).In(time.UTC)}
		})))
}

// Cond is a condition that has been read and checked.
type Cond struct {
	Source string
	Uses   []string // the facts it names, in the order of the alphabet
	prg    cel.Program
}

// Num is a whole number that is worked out from facts.
type Num struct{ Cond }

// Condition reads a condition. What is wrong with it is told with its place.
func (e *Env) Condition(src string) (*Cond, []Mistake) {
	return e.compile(src, cel.BoolType, "a condition, true or false")
}

// Number reads a whole number worked out from facts.
func (e *Env) Number(src string) (*Num, []Mistake) {
	c, ms := e.compile(src, cel.IntType, "a whole number")
	if c == nil {
		return nil, ms
	}
	return &Num{*c}, ms
}

func (e *Env) compile(src string, want *cel.Type, wanted string) (*Cond, []Mistake) {
	parsed, iss := e.cel.Parse(src)
	if iss.Err() != nil {
		return nil, e.mistakes(iss)
	}
	if ms := e.inspect(parsed); len(ms) > 0 {
		return nil, ms
	}
	checked, iss := e.cel.Check(parsed)
	if iss.Err() != nil {
		return nil, e.mistakes(iss)
	}
	if !checked.OutputType().IsExactType(want) {
		return nil, []Mistake{{1, 1, kindName(checked.OutputType().String()), wanted}}
	}
	prg, err := e.cel.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, []Mistake{{1, 1, "a condition that cannot be used (" + err.Error() + ")", wanted}}
	}
	uses := map[string]bool{}
	visit(parsed, func(x ast.Expr) {
		if x.Kind() == ast.IdentKind {
			if _, ok := e.index[x.AsIdent()]; ok {
				uses[x.AsIdent()] = true
			}
		}
	})
	return &Cond{Source: src, Uses: slices.Sorted(maps.Keys(uses)), prg: prg}, nil
}

func visit(a *cel.Ast, each func(ast.Expr)) {
	ast.PreOrderVisit(a.NativeRep().Expr(), ast.NewExprVisitor(each))
}

// inspect finds what CEL itself would accept and an author cannot have meant: a value that the fact never has, a date that
// does not exist, a number too large.
func (e *Env) inspect(a *cel.Ast) (out []Mistake) {
	refuse := func(x ast.Expr, found, expected string) {
		at := a.NativeRep().SourceInfo().GetStartLocation(x.ID())
		out = append(out, Mistake{at.Line(), at.Column() + 1, found, expected})
	}
	visit(a, func(x ast.Expr) {
		switch x.Kind() {
		case ast.LiteralKind:
			if n, ok := x.AsLiteral().(types.Int); ok && (n > maxNumber || n < -maxNumber) {
				refuse(x, fmt.Sprintf("the number %d", n), fmt.Sprintf("one between %d and %d", -maxNumber, maxNumber))
			}
		case ast.MapKind, ast.StructKind, ast.SelectKind, ast.ComprehensionKind:
			refuse(x, "something that a rule has no use for", "facts, lists and the operations that docs/packs.md names")
		case ast.CallKind:
			c := x.AsCall()
			if c.FunctionName() == "date" {
				if s, ok := text(c.Args()); !ok {
					refuse(x, "date() without a date", `one such as date("2024-07-01")`)
				} else if _, err := day.Parse(s); err != nil {
					refuse(x, strconv.Quote(s), "a date written YYYY-MM-DD")
				}
			}
			if slices.Contains([]string{"_==_", "_!=_", "@in"}, c.FunctionName()) && len(c.Args()) == 2 {
				e.inspectValues(c.Args()[0], c.Args()[1], refuse)
				e.inspectValues(c.Args()[1], c.Args()[0], refuse)
			}
		}
	})
	return out
}

func text(args []ast.Expr) (string, bool) {
	if len(args) != 1 || args[0].Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := args[0].AsLiteral().(types.String)
	return string(s), ok
}

var (
	countryCode = regexp.MustCompile(`^[A-Z]{2}$`)
	anyCode     = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
)

// Accepts says what is expected when a value is not one of the fact's, and nothing when it is.
func (v Var) Accepts(s string) string {
	switch v.Kind {
	case Choice, Multi:
		if len(v.Values) == 0 && v.Kind == Multi {
			if !anyCode.MatchString(s) {
				return "a code of small letters, digits and -"
			}
		} else if !slices.Contains(v.Values, s) {
			return "one of " + list(v.Values)
		}
	case Country:
		if !countryCode.MatchString(s) {
			return "a country code of two capital letters"
		}
	case Number:
		if n, err := strconv.ParseInt(s, 10, 64); err != nil || n < 0 || n > maxNumber || strconv.FormatInt(n, 10) != s {
			return "a whole number"
		}
	case YesNo:
		if s != "yes" && s != "no" {
			return "yes or no"
		}
	case OnDay:
		if _, err := day.Parse(s); err != nil {
			return "a date written YYYY-MM-DD"
		}
	}
	return ""
}

// inspectValues looks at the texts that a fact is compared with.
func (e *Env) inspectValues(fact, other ast.Expr, refuse func(x ast.Expr, found, expected string)) {
	if fact.Kind() != ast.IdentKind {
		return
	}
	i, ok := e.index[fact.AsIdent()]
	if !ok {
		return
	}
	values := []ast.Expr{other}
	if other.Kind() == ast.ListKind {
		values = other.AsList().Elements()
	}
	for _, x := range values {
		if x.Kind() != ast.LiteralKind {
			continue
		}
		if s, ok := x.AsLiteral().(types.String); ok {
			if celType(e.vars[i].Kind) == cel.StringType || e.vars[i].Kind == Multi {
				if expected := e.vars[i].Accepts(string(s)); expected != "" {
					refuse(x, strconv.Quote(string(s)), expected)
				}
			}
		}
	}
}

var (
	undeclared = regexp.MustCompile(`undeclared reference to '([^']*)'`)
	noOverload = regexp.MustCompile(`found no matching overload for '([^']*)' applied to '\((.*)\)'`)
)

// mistakes puts CEL's complaints into the words of whoever writes a programme.
func (e *Env) mistakes(iss *cel.Issues) (out []Mistake) {
	for _, err := range iss.Errors() {
		out = append(out, e.mistake(err))
	}
	if len(out) == 0 {
		out = append(out, Mistake{1, 1, iss.Err().Error(), "a condition"})
	}
	return out
}

func (e *Env) mistake(err *common.Error) Mistake {
	m := Mistake{Line: max(1, err.Location.Line()), Column: max(1, err.Location.Column()+1)}
	if x := undeclared.FindStringSubmatch(err.Message); x != nil {
		switch {
		case strings.HasPrefix(x[1], "_") || strings.HasPrefix(x[1], "@") || strings.HasSuffix(x[1], "_"):
			m.Found, m.Expected = "the operation "+sign(x[1]), "one that docs/packs.md names"
		default:
			m.Found, m.Expected = "the unknown name "+strconv.Quote(x[1]), e.Names(x[1])
		}
		return m
	}
	if x := noOverload.FindStringSubmatch(err.Message); x != nil {
		var kinds []string
		for _, k := range strings.Split(x[2], ", ") {
			kinds = append(kinds, kindName(k))
		}
		m.Found, m.Expected = sign(x[1])+" between "+strings.Join(kinds, " and "), "values of one kind that can be compared so"
		return m
	}
	m.Found, m.Expected = "text that is no condition ("+strings.TrimSpace(strings.ReplaceAll(err.Message, "\n", " "))+")", `a condition such as age >= 18 && stay_zone == "island"`
	return m
}

func sign(op string) string { return strings.NewReplacer("_:_", " : ", "_", "", "@", "").Replace(op) }

func kindName(celType string) string {
	switch celType {
	case "int":
		return "a whole number"
	case "bool":
		return "a yes or no"
	case "string":
		return "a text"
	case "timestamp", "google.protobuf.Timestamp":
		return "a date"
	case "list(string)":
		return "a list"
	}
	return celType
}

// Names lists what could have been meant by a wrong name: the nearest where one is near.
func (e *Env) Names(wrong string) string {
	var all []string
	for _, v := range e.vars {
		all = append(all, v.Name)
	}
	all = append(all, slices.Sorted(maps.Keys(e.lists))...)
	best, at := "", 3
	for _, n := range all {
		if d := distance(wrong, n); d < at {
			best, at = n, d
		}
	}
	if best != "" {
		return best + "? (all facts: nostos programme facts)"
	}
	return "one of " + list(all)
}

// distance counts the letters that differ (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			last, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, last+cost)
		}
	}
	return row[len(b)]
}

// Test asks a condition. Where it is unknown, asks are the missing facts that would settle it.
func (c *Cond) Test(k *Known) (r Result, asks []string) {
	v, _, err := c.prg.Eval(k)
	switch x := v.(type) {
	case types.Bool:
		if x {
			return Holds, nil
		}
		return Fails, nil
	case *types.Unknown:
		return Unknown, missing(x)
	}
	panic(fmt.Sprintf("expr: %q has no answer: %v %v", c.Source, v, err)) // no operation that is left can fail
}

// Value works the number out; it is unknown where facts are missing.
func (n *Num) Value(k *Known) (value int64, asks []string, known bool) {
	v, _, err := n.prg.Eval(k)
	switch x := v.(type) {
	case types.Int:
		return int64(x), nil, true
	case *types.Unknown:
		return 0, missing(x), false
	}
	panic(fmt.Sprintf("expr: %q has no answer: %v %v", n.Source, v, err))
}

func missing(u *types.Unknown) (out []string) {
	for _, id := range u.IDs() {
		trails, _ := u.GetAttributeTrails(id)
		for _, t := range trails {
			out = append(out, t.Variable())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
