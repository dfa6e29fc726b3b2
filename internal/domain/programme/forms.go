package programme

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Answers that any field may allow. They are answers: the person was asked, and this is what they said.
const (
	NotKnown       = "not_known"
	PreferNotToSay = "prefer_not_to_say"
)

// Types of fields.
const (
	TypeText     = "text"
	TypeLongText = "longtext"
	TypeChoice   = "choice"
	TypeMulti    = "multi"
	TypeDate     = "date"
	TypeNumber   = "number"
	TypeYesNo    = "yesno"
	TypeMoney    = "money"
	TypeCountry  = "country"
	TypeLanguage = "language"
)

// Form is a set of questions that people fill in and nothing is computed from.
type Form struct {
	Code     string // message keys: forms.CODE title, forms.CODE.intro
	Per      string // case or person
	Class    string // sensitivity class of the whole record; a field may be stricter
	Repeats  bool   // may be filled in again: a second session, a next visit
	HasIntro bool
	Currency string
	Fields   []FormField
}

// FormField is one question.
type FormField struct {
	ID, Type       string
	LabelKey       string
	HintKey        string // empty: no hint
	Required       bool
	Min, Max       int64 // length of a text, value of a number or amount (minor units), count of choices; Max 0: the type's own limit
	Past           bool  // a date that cannot lie in the future
	Future         bool  // a date that cannot lie in the past
	Options        []FormOption
	Show           *Show // nil: always asked
	Merge          string
	Class          string
	NotKnown       bool   // "not known" is an allowed answer
	PreferNotToSay bool   // "does not want to say" is an allowed answer
	Section        string // message key of the heading that begins here
	Fact           string // the fact this answer settles, if any: rules see it without the form
}

// FormOption is one answer to choose.
type FormOption struct{ Value, LabelKey string }

// Show says when a question is asked, as a small tree over the answers before it.
type Show struct {
	Field string
	Is    string
	Not   string
	In    []string
	All   []Show
	Any   []Show
}

// Answers are what was answered, by field; each value in its one written form.
type Answers map[string][]string

func (s *Show) met(a map[string][]string) bool {
	switch {
	case s == nil:
		return true
	case len(s.All) > 0:
		return !slices.ContainsFunc(s.All, func(c Show) bool { return !c.met(a) })
	case len(s.Any) > 0:
		return slices.ContainsFunc(s.Any, func(c Show) bool { return c.met(a) })
	case s.Is != "":
		return slices.Contains(a[s.Field], s.Is)
	case s.Not != "": // a question that was not answered yet opens nothing
		return len(a[s.Field]) > 0 && !slices.Contains(a[s.Field], s.Not)
	}
	return slices.ContainsFunc(a[s.Field], func(v string) bool { return slices.Contains(s.In, v) })
}

// Field finds a question.
func (f *Form) Field(id string) (FormField, bool) {
	for _, q := range f.Fields {
		if q.ID == id {
			return q, true
		}
	}
	return FormField{}, false
}

// Shown lists the questions that are asked given the answers so far. What hides a question hides those that hang on it.
func (f *Form) Shown(answers map[string][]string) []FormField {
	var out []FormField
	seen := map[string][]string{}
	for _, q := range f.Fields {
		if !q.Show.met(seen) {
			continue
		}
		out = append(out, q)
		if vs := given(answers[q.ID]); len(vs) > 0 {
			seen[q.ID] = vs
		}
	}
	return out
}

func given(vs []string) (out []string) {
	for _, v := range vs {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// Validate takes answers as they came from a page or a device and gives them back clean, or says at which field what is
// wrong. An answer to a question the form does not have is refused; one to a question that is no longer asked is left out.
func (f *Form) Validate(answers map[string][]string, today day.Date) (Answers, []fault.Field) {
	var bad []fault.Field
	clean := Answers{}
	for id := range answers {
		if _, ok := f.Field(id); !ok {
			bad = append(bad, fault.Field{Name: id, Key: "forms.err.unknown_field", Args: []any{"field", clip(id)}})
		}
	}
	slices.SortFunc(bad, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	for _, q := range f.Shown(answers) {
		vs := given(answers[q.ID])
		if len(vs) == 0 {
			if q.Required {
				bad = append(bad, fault.Field{Name: q.ID, Key: "forms.err.required"})
			}
			continue
		}
		vs, problem := q.check(vs, f.Currency, today)
		if problem != nil {
			problem.Name = q.ID
			bad = append(bad, *problem)
			continue
		}
		clean[q.ID] = vs
	}
	return clean, bad
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

var languageCode = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z]{2,8})?$`)

// check cleans the answer to one question.
func (q FormField) check(vs []string, currency string, today day.Date) ([]string, *fault.Field) {
	no := func(key string, args ...any) ([]string, *fault.Field) { return nil, &fault.Field{Key: key, Args: args} }
	if special := slices.IndexFunc(vs, func(v string) bool { return v == NotKnown || v == PreferNotToSay }); special >= 0 {
		v := vs[special]
		switch {
		case v == NotKnown && !q.NotKnown || v == PreferNotToSay && !q.PreferNotToSay:
			return no("forms.err.not_an_option")
		case len(vs) > 1:
			return no("forms.err.answer_or_not")
		}
		return vs, nil
	}
	if len(vs) > 1 && q.Type != TypeMulti {
		return no("forms.err.one_answer")
	}
	v := vs[0]
	switch q.Type {
	case TypeText, TypeLongText:
		n := int64(utf8.RuneCountInString(v))
		switch {
		case !utf8.ValidString(v) || strings.ContainsFunc(v, func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' && c != '\r' }):
			return no("forms.err.not_text")
		case q.Type == TypeText && strings.ContainsAny(v, "\n\r"):
			return no("forms.err.one_line")
		case n > q.Max:
			return no("forms.err.too_long", "n", q.Max)
		case n < q.Min:
			return no("forms.err.too_short", "n", q.Min)
		}
		return []string{strings.ReplaceAll(v, "\r\n", "\n")}, nil
	case TypeChoice, TypeYesNo, TypeMulti:
		var out []string
		for _, o := range q.Options { // in the order of the form, each once
			if slices.Contains(vs, o.Value) {
				out = append(out, o.Value)
			}
		}
		for _, v := range vs {
			if !slices.Contains(out, v) {
				return no("forms.err.not_an_option")
			}
		}
		if q.Type == TypeMulti && q.Max > 0 && int64(len(out)) > q.Max {
			return no("forms.err.too_many", "n", q.Max)
		}
		if int64(len(out)) < q.Min {
			return no("forms.err.too_few", "n", q.Min)
		}
		return out, nil
	case TypeDate:
		d, err := day.Parse(v)
		switch {
		case err != nil:
			return no("common.date_not_real")
		case q.Past && d.After(today):
			return no("forms.err.in_future")
		case q.Future && d.Before(today):
			return no("forms.err.in_past")
		case d.Year() < 1900 || d.Year() > 2199:
			return no("forms.err.date_far")
		}
		return []string{d.String()}, nil
	case TypeNumber:
		n, err := strconv.ParseInt(v, 10, 64)
		switch {
		case err != nil:
			return no("forms.err.not_a_number")
		case n < q.Min || n > q.Max:
			return no("forms.err.out_of_range", "low", q.Min, "high", q.Max)
		}
		return []string{strconv.FormatInt(n, 10)}, nil
	case TypeMoney:
		a, err := money.Parse(v, currency)
		switch {
		case err != nil:
			return no("forms.err.not_an_amount")
		case a.Minor < q.Min || a.Minor > q.Max:
			return no("forms.err.amount_range", "low", money.Of(q.Min, currency), "high", money.Of(q.Max, currency))
		}
		return []string{a.Decimal()}, nil
	case TypeCountry:
		if !countryCode.MatchString(v) {
			return no("forms.err.no_country")
		}
	case TypeLanguage:
		if !languageCode.MatchString(v) {
			return no("forms.err.no_language")
		}
	}
	return []string{v}, nil
}

// Facts are what a form's answers settle for the rules. "Not known" and "does not want to say" settle nothing.
func (f *Form) Facts(a Answers) Facts {
	out := Facts{}
	for _, q := range f.Fields {
		vs := a[q.ID]
		if q.Fact == "" || len(vs) == 0 || vs[0] == NotKnown || vs[0] == PreferNotToSay {
			continue
		}
		if err := out.Set(q.Fact, vs...); err != nil {
			continue // an answer kept from before the form was tied to the fact
		}
	}
	return out
}

// Frozen is the form as it was asked on the day, in the words the person read. It is kept with the answers, so that a record
// still says what was asked when the form has changed since.
type Frozen struct {
	Form      string           `json:"form"`
	Programme string           `json:"programme"`
	Version   string           `json:"version"`
	Title     string           `json:"title"`
	Currency  string           `json:"currency,omitempty"`
	Questions []FrozenQuestion `json:"questions"`
}

// FrozenQuestion is one question as it was asked.
type FrozenQuestion struct {
	ID      string         `json:"id"`
	Type    string         `json:"type"`
	Label   string         `json:"label"`
	Class   string         `json:"class,omitempty"`
	Options []FrozenOption `json:"options,omitempty"`
}

// FrozenOption is one answer that could be chosen.
type FrozenOption struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Freeze copies the questions in the words of one language; say is Printer.T.
func (f *Form) Freeze(p *Pack, say func(key string, args ...any) string) Frozen {
	out := Frozen{Form: f.Code, Programme: p.Code, Version: p.Version, Title: say(f.TitleKey()), Currency: f.Currency}
	for _, q := range f.Fields {
		fq := FrozenQuestion{ID: q.ID, Type: q.Type, Label: say(q.LabelKey), Class: q.Class}
		for _, o := range q.AllOptions() {
			fq.Options = append(fq.Options, FrozenOption{o.Value, say(o.LabelKey)})
		}
		out.Questions = append(out.Questions, fq)
	}
	return out
}

// TitleKey is the message key of the form's name.
func (f *Form) TitleKey() string { return "forms." + f.Code }

// IntroKey is the message key of the sentence above the questions, empty when there is none.
func (f *Form) IntroKey() string {
	if !f.HasIntro {
		return ""
	}
	return f.TitleKey() + ".intro"
}

// AllOptions are the answers to choose, with "not known" and "does not want to say" where they are allowed. For a field that is
// typed, these two are all there is.
func (q FormField) AllOptions() []FormOption {
	out := slices.Clone(q.Options)
	if q.NotKnown {
		out = append(out, FormOption{NotKnown, "common.not_known"})
	}
	if q.PreferNotToSay {
		out = append(out, FormOption{PreferNotToSay, "common.refuses_to_say"})
	}
	return out
}
