package programme

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
	"github.com/nostos-avrr/nostos/internal/domain/programme/strict"
)

var (
	fieldName  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	optionForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`) // codes of programmes among them
	textKey    = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_-]+)+$`)
)

const (
	fieldNameForm = "a name of small letters, digits and _, at most 40"
	textKeyForm   = "a message key such as forms.visit.found"
)

var (
	fieldTypes   = []string{TypeText, TypeLongText, TypeChoice, TypeMulti, TypeDate, TypeNumber, TypeYesNo, TypeMoney, TypeCountry, TypeLanguage}
	mergeClasses = []string{"lww", "review", "set", "append", "once", "max"}
	classes      = []string{"normal", "medical", "child", "trafficking", "protection"}
)

// Limits where a form states none.
const (
	textMax     = 200
	longTextMax = 5000
	numberMax   = 1_000_000
	moneyMax    = 100_000_000 // minor units
)

// readForm reads one file of forms/.
func (l *loader) readForm(root strict.Node) *Form {
	f := &Form{Per: "case", Class: "normal", Currency: l.pack.Currency}
	var fields []strict.Node
	root.Fields(strict.Fields{
		"code":    strict.Shaped(&f.Code, fieldName, fieldNameForm),
		"per":     strict.OneOf(&f.Per, "case", "person"),
		"class":   strict.OneOf(&f.Class, classes...),
		"repeats": strict.Bool(&f.Repeats),
		"intro":   strict.Bool(&f.HasIntro),
		"fields":  strict.Each(func(n strict.Node) { fields = append(fields, n) }),
	}, "code", "fields")
	if f.Code == "" {
		return f
	}
	l.text(f.TitleKey(), root.Mark())
	if f.HasIntro {
		l.text(f.IntroKey(), root.Mark())
	}
	for _, n := range fields {
		if q, ok := l.readField(f, n); ok {
			f.Fields = append(f.Fields, q)
		}
	}
	return f
}

func (l *loader) readField(f *Form, n strict.Node) (q FormField, ok bool) {
	var hint bool
	var min, max int64 = -1, -1
	var options []string
	var labels, section string
	var showAt, idAt, optionsAt, factAt strict.Node
	var hasShow, hasOptions bool
	n.Fields(strict.Fields{
		"id":                func(v strict.Node) { idAt = v; strict.Shaped(&q.ID, fieldName, fieldNameForm)(v) },
		"type":              strict.OneOf(&q.Type, fieldTypes...),
		"label":             l.key(&q.LabelKey),
		"hint":              strict.Bool(&hint),
		"required":          strict.Bool(&q.Required),
		"min":               strict.Whole(&min, 0, moneyMax),
		"max":               strict.Whole(&max, 1, moneyMax),
		"past":              strict.Bool(&q.Past),
		"future":            strict.Bool(&q.Future),
		"options":           func(v strict.Node) { optionsAt, hasOptions = v, true; strict.Texts(&options, optionValue)(v) },
		"labels":            strict.Shaped(&labels, textKey, textKeyForm),
		"show":              func(v strict.Node) { showAt, hasShow = v, true },
		"merge":             strict.OneOf(&q.Merge, mergeClasses...),
		"class":             strict.OneOf(&q.Class, classes...),
		"not_known":         strict.Bool(&q.NotKnown),
		"prefer_not_to_say": strict.Bool(&q.PreferNotToSay),
		"fact":              func(v strict.Node) { factAt = v; strict.Text(&q.Fact)(v) },
		"section":           strict.Shaped(&section, fieldName, fieldNameForm),
	}, "id", "type")
	if q.ID == "" || q.Type == "" {
		return q, false
	}
	if _, twice := f.Field(q.ID); twice {
		idAt.RefuseAs("a second field "+strconv.Quote(q.ID), "each name once in a form")
		return q, false
	}
	base := f.TitleKey() + "." + q.ID
	if q.LabelKey == "" {
		q.LabelKey = base
		l.text(base, n.Mark())
	}
	if hint {
		q.HintKey = base + ".hint"
		l.text(q.HintKey, n.Mark())
	}
	if section != "" {
		q.Section = f.TitleKey() + ".section." + section
		l.text(q.Section, n.Mark())
	}
	if labels == "" {
		labels = base
	}
	l.fieldOptions(&q, n, optionsAt, hasOptions, options, labels)
	limits(&q, n, min, max)
	if q.Fact != "" {
		checkFact(q, factAt)
	}
	if q.Merge == "" {
		q.Merge = "review" // the careful one: two different answers are shown to a person
		if q.Type == TypeMulti {
			q.Merge = "set"
		}
	}
	if q.Class == "" {
		q.Class = f.Class
	}
	if (q.Past || q.Future) && q.Type != TypeDate {
		n.RefuseAs("past or future on a "+q.Type, "a date")
	}
	if hasShow {
		s := l.readShow(f, showAt, 0)
		q.Show = &s
	}
	return q, true
}

// checkFact refuses a field whose answers the fact could not hold.
func checkFact(q FormField, at strict.Node) {
	fact, ok := FactNamed(q.Fact)
	switch {
	case !ok:
		at.Refuse(base().Names(q.Fact))
	case string(fact.Kind) != q.Type:
		at.RefuseAs("the fact "+fact.Name+" at a "+q.Type, "a field of type "+string(fact.Kind))
	case fact.Kind == expr.Choice || fact.Kind == expr.Multi:
		for _, o := range q.Options {
			if expected := fact.Accepts(o.Value); expected != "" {
				at.RefuseAs("the option "+o.Value+" of a field for the fact "+fact.Name, expected)
			}
		}
	}
}

// optionValue is the code of an answer; yes and no are texts, and the two special answers are allowed by name instead.
func optionValue(dst *string) strict.Read {
	return func(n strict.Node) {
		strict.Shaped(dst, optionForm, "a name of small letters, digits, _ and -, at most 40")(n)
		if *dst == NotKnown || *dst == PreferNotToSay {
			n.Refuse("the field " + *dst + ": true in place of an option")
			*dst = ""
		}
	}
}

func (l *loader) fieldOptions(q *FormField, n, at strict.Node, has bool, options []string, labels string) {
	choose := q.Type == TypeChoice || q.Type == TypeMulti
	switch {
	case q.Type == TypeYesNo:
		q.Options = []FormOption{{"yes", "common.yes"}, {"no", "common.no"}}
	case choose && len(options) < 2 && !has:
		n.RefuseAs("a "+q.Type+" without options", "options, two or more")
	case choose && len(options) < 2:
		at.RefuseAs("fewer than two options", "two or more")
	}
	if has && !choose {
		at.RefuseAs("options on a "+q.Type, "none; they belong to choice and multi")
		return
	}
	for _, o := range options {
		key := labels + "." + o
		q.Options = append(q.Options, FormOption{o, key})
		l.text(key, at.Mark())
	}
}

func limits(q *FormField, n strict.Node, min, max int64) {
	if min > 0 {
		q.Min = min
	}
	q.Max = max
	if max < 0 {
		switch q.Type {
		case TypeText:
			q.Max = textMax
		case TypeLongText:
			q.Max = longTextMax
		case TypeNumber:
			q.Max = numberMax
		case TypeMoney:
			q.Max = moneyMax
		default:
			q.Max = 0
		}
	}
	if q.Max > 0 && q.Min > q.Max {
		n.RefuseAs("min "+strconv.FormatInt(q.Min, 10)+" above max "+strconv.FormatInt(q.Max, 10), "min at most max")
	}
}

// readShow reads when a field is asked. It may look only at fields before it, so that no two hide each other.
func (l *loader) readShow(f *Form, n strict.Node, depth int) (s Show) {
	if depth > 5 {
		n.RefuseAs("a condition nested too deep", "at most five levels")
		return s
	}
	var in []string
	var at strict.Node
	sub := func(dst *[]Show) strict.Read {
		return strict.Each(func(n strict.Node) { *dst = append(*dst, l.readShow(f, n, depth+1)) })
	}
	n.Fields(strict.Fields{
		"field": func(v strict.Node) { at = v; strict.Text(&s.Field)(v) },
		"is":    strict.Text(&s.Is),
		"not":   strict.Text(&s.Not),
		"in":    strict.Texts(&in, strict.Text),
		"all":   sub(&s.All),
		"any":   sub(&s.Any),
	})
	s.In = in
	tests := 0
	for _, has := range []bool{s.Is != "", s.Not != "", len(in) > 0} {
		if has {
			tests++
		}
	}
	groups := 0
	for _, has := range []bool{len(s.All) > 0, len(s.Any) > 0} {
		if has {
			groups++
		}
	}
	leaf := s.Field != "" && tests == 1 && groups == 0
	group := s.Field == "" && tests == 0 && groups == 1
	if !leaf && !group {
		n.RefuseAs("a condition that is not one thing", "field with one of is, not, in; or all; or any")
		return s
	}
	if group {
		return s
	}
	q, ok := f.Field(s.Field)
	if !ok {
		at.Refuse("a field that stands before this one")
		return s
	}
	for _, v := range append(slices.DeleteFunc([]string{s.Is, s.Not}, func(v string) bool { return v == "" }), in...) {
		if len(q.Options) > 0 && !slices.ContainsFunc(q.AllOptions(), func(o FormOption) bool { return o.Value == v }) {
			n.RefuseAs(strconv.Quote(v), "one of the answers of "+q.ID)
		}
	}
	return s
}
