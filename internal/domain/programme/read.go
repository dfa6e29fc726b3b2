package programme

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
	"github.com/nostos-avrr/nostos/internal/domain/programme/strict"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

var (
	packCode    = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)
	packVersion = regexp.MustCompile(`^[0-9]{4}\.[0-9]{1,3}$`)
	stageCode   = regexp.MustCompile(`^[A-Z][A-Z_]{1,29}$`)
	dotted      = regexp.MustCompile(`^[a-z_]+\.[a-z_]+$`)
	httpURL     = regexp.MustCompile(`^https?://[^\s<>"]+$`)
	currency    = regexp.MustCompile(`^[A-Z]{3}$`)
	countryCode = regexp.MustCompile(`^[A-Z]{2}$`)
	hostLang    = regexp.MustCompile(`^[a-z]{2,3}$`)
)

// loader reads one version of one programme.
type loader struct {
	pack    *Pack
	out     *strict.List
	sourced []ref // sources used, checked when all are known
	formsOf []ref // forms used by stages
	stageAt map[string]strict.Node
	fundsAt strict.Node
	shared  map[string]Clause // clauses by id that several components use
	way     string            // name of the common stages this programme takes, if it does
	common  fs.FS             // where what programmes have in common lies
}

func (l *loader) text(key string, at strict.Mark) {
	l.pack.refs = append(l.pack.refs, ref{"text", key, at})
}

func (l *loader) key(dst *string) strict.Read {
	return func(n strict.Node) {
		strict.Shaped(dst, textKey, textKeyForm)(n)
		if *dst != "" {
			l.text(*dst, n.Mark())
		}
	}
}

func country(dst *string) strict.Read {
	return strict.Shaped(dst, countryCode, "a country code of two capital letters")
}

func name(dst *string) strict.Read { return strict.Shaped(dst, fieldName, fieldNameForm) }

// origin adds to an object's fields the two ways of saying where a figure comes from; settle checks that one was used.
func (l *loader) origin(o *Origin, fields strict.Fields) strict.Fields {
	fields["source"] = func(n strict.Node) {
		strict.Text(&o.Source)(n)
		if o.Source != "" {
			l.sourced = append(l.sourced, ref{"source", o.Source, n.Mark()})
		}
	}
	fields["provisional"] = strict.Bool(&o.Provisional)
	return fields
}

func settle(o Origin, n strict.Node, what string) {
	switch {
	case o.Source == "" && !o.Provisional:
		n.RefuseAs(what+" without a source", "source, or provisional: true")
	case o.Source != "" && o.Provisional:
		n.RefuseAs(what+" with a source that is provisional all the same", "one of the two")
	}
}

func (l *loader) readProgramme(root strict.Node) {
	p := l.pack
	l.stageAt = map[string]strict.Node{}
	var untilAt, currencyAt strict.Node
	root.Fields(strict.Fields{
		"code":    strict.Shaped(&p.Code, packCode, "a code of small letters, digits and -"),
		"version": strict.Shaped(&p.Version, packVersion, `a version such as "2023.1"`),
		"kind":    name(&p.Kind),
		"title":   l.readTitle,
		"host":    country(&p.Host),
		"currency": func(n strict.Node) {
			currencyAt = n
			strict.Shaped(&p.Currency, currency, "a currency code of three capital letters")(n)
		},
		"from":    strict.Date(&p.From),
		"until":   func(n strict.Node) { untilAt = n; strict.Date(&p.Until)(n) },
		"sources": func(n strict.Node) { n.Entries(l.readSource) },
		"funds":   func(n strict.Node) { l.fundsAt = n; strict.Each(l.readFund)(n) },
		"targets": strict.Each(l.readTarget),
		"phases":  l.readPhases,
		"suspended": func(n strict.Node) {
			n.Fields(l.origin(&p.SuspendedBy, strict.Fields{"countries": strict.Texts(&p.Suspended, country)}), "countries")
			settle(p.SuspendedBy, n, "countries that are not served")
		},
		"lists": func(n strict.Node) { n.Entries(l.readList) },
		"contest": func(n strict.Node) {
			n.Fields(l.origin(&p.Contest.Origin, strict.Fields{"days": strict.Whole(&p.Contest.Days, 1, 3660)}), "days")
			settle(p.Contest.Origin, n, "a time to contest")
		},
		"stages": func(n strict.Node) {
			if n.IsList() {
				strict.Each(l.readStage)(n)
			} else {
				l.takeStages(n)
			}
		},
	}, "code", "version", "kind", "title", "host", "currency", "from", "stages")
	if p.Currency != "" && !money.Known(p.Currency) {
		currencyAt.Refuse("a currency in use")
	}
	if !p.From.IsZero() && !p.Until.IsZero() && p.Until.Before(p.From) {
		untilAt.Refuse("a day after " + p.From.String())
	}
	l.checkStages(root)
	l.pack.Lists = append(l.pack.Lists, List{Code: "suspended", Values: p.Suspended, Origin: p.SuspendedBy})
	env, err := envWith(p.Lists)
	if err != nil {
		root.RefuseAs(err.Error(), "each name once, and no fact's name for a list")
		env = base()
	}
	p.env = env
}

func (l *loader) readList(code string, at, n strict.Node) {
	x := List{Code: code}
	n.Fields(l.origin(&x.Origin, strict.Fields{"countries": strict.Texts(&x.Values, country)}), "countries")
	settle(x.Origin, n, "a list")
	_, fact := FactNamed(code)
	switch {
	case !fieldName.MatchString(code):
		at.RefuseAs(strconv.Quote(code), fieldNameForm)
	case fact || code == "suspended" || slices.ContainsFunc(l.pack.Lists, func(o List) bool { return o.Code == code }):
		at.RefuseAs("the name "+strconv.Quote(code), "one that no fact and no other list has")
	default:
		l.pack.Lists = append(l.pack.Lists, x)
	}
}

func (l *loader) readTitle(n strict.Node) {
	l.pack.Title = map[string]string{}
	n.Entries(func(lang string, at, v strict.Node) {
		if !hostLang.MatchString(lang) {
			at.RefuseAs(strconv.Quote(lang), "a language code such as en")
			return
		}
		if s, ok := v.Text(); ok {
			l.pack.Title[lang] = s
		}
	})
	if l.pack.Title["en"] == "" {
		n.RefuseAs("no title in en", "one: it stands in for languages that have none")
	}
}

func (l *loader) readSource(code string, at, n strict.Node) {
	s := Source{Code: code}
	n.Fields(strict.Fields{
		"title":   strict.Text(&s.Title),
		"url":     strict.Shaped(&s.URL, httpURL, "a web address that begins with https://"),
		"as_of":   strict.Date(&s.AsOf),
		"undated": strict.Bool(&s.Undated),
	}, "title", "as_of")
	if !fieldName.MatchString(code) {
		at.RefuseAs(strconv.Quote(code), fieldNameForm)
	}
	l.pack.Sources = append(l.pack.Sources, s)
}

func (l *loader) readFund(n strict.Node) {
	var f Fund
	n.Fields(l.origin(&f.Origin, strict.Fields{"code": name(&f.Code), "percent": strict.Whole(&f.Percent, 1, 100)}), "code", "percent")
	settle(f.Origin, n, "a share")
	if f.Code != "" {
		l.text("programme.fund."+f.Code, n.Mark())
		l.pack.Funds = append(l.pack.Funds, f)
	}
}

func (l *loader) readTarget(n strict.Node) {
	var t Target
	n.Fields(l.origin(&t.Origin, strict.Fields{"code": name(&t.Code), "value": strict.Whole(&t.Value, 1, 100_000_000)}), "code", "value")
	settle(t.Origin, n, "a target")
	if t.Code != "" {
		l.text("programme.target."+t.Code, n.Mark())
		l.pack.Targets = append(l.pack.Targets, t)
	}
}

func (l *loader) readPhases(n strict.Node) {
	strict.Texts(&l.pack.Phases, name)(n)
	for _, ph := range l.pack.Phases {
		l.text("phase."+ph, n.Mark())
	}
}

// takeStages takes the stages that many programmes have in common, from common/stages/NAME.yaml: all of them or without some
// that are optional, with deadlines of this programme's own where it has them.
func (l *loader) takeStages(n strict.Node) {
	type deadline struct {
		days int64
		unit string
		Origin
		at strict.Node
	}
	own := map[string]deadline{}
	var without []string
	if _, ok := n.Scalar(); ok {
		name(&l.way)(n)
	} else {
		n.Fields(strict.Fields{
			"from":    name(&l.way),
			"without": strict.Texts(&without, func(dst *string) strict.Read { return strict.Shaped(dst, stageCode, "the code of a stage") }),
			"due": func(n strict.Node) {
				n.Entries(func(code string, at, v strict.Node) {
					d := deadline{unit: "calendar", at: at}
					v.Fields(l.origin(&d.Origin, strict.Fields{"days": strict.Whole(&d.days, 1, 3660), "unit": strict.OneOf(&d.unit, "calendar", "working")}), "days")
					settle(d.Origin, v, "a deadline")
					own[code] = d
				})
			},
		}, "from")
	}
	file := "common/stages/" + l.way + ".yaml"
	data, err := fs.ReadFile(l.common, file)
	if err != nil {
		if l.way != "" {
			n.RefuseAs("the common stages "+strconv.Quote(l.way), "the name of a file in common/stages, or a list of stages")
			l.way = ""
		}
		return
	}
	root, ok := strict.Parse(file, data, l.out)
	if !ok {
		return
	}
	root.Field("phases", l.readPhases)
	root.Fields(strict.Fields{"phases": func(strict.Node) {}, "stages": strict.Each(l.readStage)}, "phases", "stages")
	stages := l.pack.Stages[:0]
	for _, s := range l.pack.Stages {
		if d, ok := own[s.Code]; ok {
			s.DueDays, s.DueUnit, s.Due = int(d.days), d.unit, d.Origin
			delete(own, s.Code)
		}
		if i := slices.Index(without, s.Code); i >= 0 {
			if without = slices.Delete(without, i, i+1); s.Optional {
				continue
			}
			n.RefuseAs("stages without "+s.Code, "only optional stages left out")
		}
		stages = append(stages, s)
	}
	l.pack.Stages = stages
	for _, d := range own {
		d.at.Refuse("the code of a stage in " + file)
	}
	for _, w := range without {
		n.RefuseAs("stages without "+w, "codes of stages in "+file)
	}
}

func (l *loader) readStage(n strict.Node) {
	var s Stage
	n.Fields(strict.Fields{
		"code":     strict.Shaped(&s.Code, stageCode, "a code of capital letters and _"),
		"phase":    name(&s.Phase),
		"optional": strict.Bool(&s.Optional),
		"aside":    strict.Bool(&s.Aside),
		"requires": strict.Each(func(n strict.Node) {
			var c string
			strict.Shaped(&c, dotted, "the name of a condition such as consent.recorded")(n)
			if c != "" {
				s.Requires = append(s.Requires, c)
				l.pack.refs = append(l.pack.refs, ref{"condition", c, n.Mark()})
			}
		}),
		"due": func(n strict.Node) {
			var days int64
			s.DueUnit = "calendar"
			n.Fields(l.origin(&s.Due, strict.Fields{"days": strict.Whole(&days, 1, 3660), "unit": strict.OneOf(&s.DueUnit, "calendar", "working")}), "days")
			settle(s.Due, n, "a deadline")
			s.DueDays = int(days)
		},
		"waits_on": func(n strict.Node) {
			name(&s.WaitsOn)(n)
			l.text("stage.waits_on."+s.WaitsOn, n.Mark())
		},
		"task": func(n strict.Node) {
			name(&s.Task)(n)
			l.text("task."+s.Task, n.Mark())
		},
		"permission": func(n strict.Node) {
			strict.Shaped(&s.Perm, dotted, "a permission such as case.move")(n)
			l.pack.refs = append(l.pack.refs, ref{"permission", s.Perm, n.Mark()})
		},
		"form": func(n strict.Node) {
			name(&s.Form)(n)
			l.formsOf = append(l.formsOf, ref{"form", s.Form, n.Mark()})
		},
	}, "code", "phase")
	s.Optional = s.Optional || s.Aside
	if s.Code == "" {
		return
	}
	if _, _, twice := l.pack.Stage(s.Code); twice {
		n.RefuseAs("a second stage "+s.Code, "each stage once")
		return
	}
	l.text(StageKey(s.Code), n.Mark())
	l.pack.Stages = append(l.pack.Stages, s)
	l.stageAt[s.Code] = n
	if !slices.Contains(l.pack.Phases, s.Phase) {
		n.RefuseAs("the phase "+strconv.Quote(s.Phase), "one of "+strings.Join(l.pack.Phases, ", ")+" (phases stand above stages)")
	}
}

// checkStages keeps phases as stations on one line: a case that goes on never returns to one it has left.
func (l *loader) checkStages(root strict.Node) {
	last := -1
	for _, s := range l.pack.Stages {
		i := slices.Index(l.pack.Phases, s.Phase)
		if i < last && i >= 0 {
			l.stageAt[s.Code].RefuseAs("stage "+s.Code+" in the phase "+s.Phase+" after a stage of "+l.pack.Phases[last], "stages in the order of their phases")
		}
		last = max(last, i)
	}
	if n := len(l.pack.Stages); n > 0 && (l.pack.FirstStage() == "" || l.pack.Stages[n-1].Optional) {
		root.RefuseAs("stages without a beginning or an end", "a stage beside OUTREACH, and a last stage that is not optional")
	}
	var total int64
	for _, f := range l.pack.Funds {
		total += f.Percent
	}
	if len(l.pack.Funds) > 0 && total != 100 {
		l.fundsAt.RefuseAs(fmt.Sprintf("funds that make %d percent", total), "100")
	}
}

// crossCheck looks at what one file says about another.
func (l *loader) crossCheck() {
	for _, r := range l.sourced {
		if _, ok := l.pack.Source(r.name); !ok {
			l.out.Add(r.at, "the source "+strconv.Quote(r.name), "one of those in programme.yaml")
		}
	}
	for _, r := range l.formsOf {
		if r.name != "" && l.pack.Form(r.name) == nil {
			l.out.Add(r.at, "the form "+strconv.Quote(r.name), "a file in forms/")
		}
	}
}

func (l *loader) readEligibility(root strict.Node) {
	l.shared = map[string]Clause{}
	root.Field("shared", strict.Each(func(n strict.Node) { // first, wherever it stands: components name these clauses
		c := l.readClause(n, 0)
		if _, twice := l.shared[c.ID]; twice {
			n.RefuseAs("a second clause "+strconv.Quote(c.ID), "each once")
		}
		l.shared[c.ID] = c
	}))
	root.Fields(strict.Fields{"shared": func(strict.Node) {}, "components": strict.Each(func(n strict.Node) {
		var c Component
		n.Fields(strict.Fields{
			"code":        name(&c.Code),
			"conditional": l.key(&c.Conditional),
			"clauses":     strict.Each(func(n strict.Node) { c.Clauses = append(c.Clauses, l.readClause(n, 0)) }),
		}, "code", "clauses")
		if slices.ContainsFunc(l.pack.Components, func(o Component) bool { return o.Code == c.Code }) {
			n.RefuseAs("a second component "+strconv.Quote(c.Code), "each once")
			return
		}
		if len(c.Clauses) == 0 {
			n.RefuseAs("a component without clauses", "at least one: help for everybody is said in a clause")
		}
		l.text("eligibility."+c.Code, n.Mark())
		l.pack.Components = append(l.pack.Components, c)
	})}, "components")
}

// readClause reads a clause: a condition with its words and source, a group of clauses of which one is enough, or the id of
// a clause that several components share.
func (l *loader) readClause(n strict.Node, depth int) (c Clause) {
	if id, ok := n.Scalar(); ok {
		c, ok := l.shared[id]
		if !ok {
			n.Refuse("a clause, or the id of one under shared in eligibility.yaml")
		}
		return c
	}
	group := n.Has("any")
	fields := strict.Fields{"id": name(&c.ID), "key": l.key(&c.Key)}
	required := []string{"id", "key"}
	if group {
		fields["any"] = strict.Each(func(n strict.Node) {
			if depth >= 2 {
				n.RefuseAs("a group nested too deep", "at most two levels")
				return
			}
			c.Any = append(c.Any, l.readClause(n, depth+1))
		})
	} else {
		fields["when"] = l.condition(&c.When)
		required = append(required, "when")
	}
	n.Fields(l.origin(&c.Origin, fields), required...)
	if group {
		if len(c.Any) < 2 {
			n.RefuseAs("a group of fewer than two clauses", "two or more, of which one is enough")
		}
		return c
	}
	settle(c.Origin, n, "a clause")
	return c
}

func (l *loader) condition(dst **expr.Cond) strict.Read {
	return func(n strict.Node) {
		if c, ok := compiled(n, l.pack.env.Condition); ok {
			*dst = c
			l.askable(c.Uses, n)
		}
	}
}

func (l *loader) count(dst **expr.Num) strict.Read {
	return func(n strict.Node) {
		if c, ok := compiled(n, l.pack.env.Number); ok {
			*dst = c
			l.askable(c.Uses, n)
		}
	}
}

func compiled[T any](n strict.Node, compile func(string) (*T, []expr.Mistake)) (*T, bool) {
	s, ok := n.Text()
	if !ok {
		return nil, false
	}
	c, ms := compile(s)
	for _, m := range ms {
		n.RefuseWithin(m.Line, m.Column, m.Found, m.Expected)
	}
	return c, c != nil
}

// askable notes that there must be words for asking each fact.
func (l *loader) askable(facts []string, n strict.Node) {
	for _, f := range facts {
		l.text("fact.ask."+f, n.Mark())
	}
}

// readValues reads what is known of a fact: one value, or a list of them.
func readValues(fact Fact, n strict.Node) (out []string) {
	one := func(n strict.Node) {
		v, ok := n.Scalar()
		if fact.Kind == expr.YesNo {
			switch v {
			case "true":
				v = "yes"
			case "false":
				v = "no"
			}
		}
		if expected := fact.Accepts(v); !ok || expected != "" {
			if expected == "" {
				expected = "a value"
			}
			n.Refuse(expected)
			return
		}
		out = append(out, v)
	}
	if fact.Kind == expr.Multi {
		out = []string{}
		strict.Each(one)(n)
		return out
	}
	one(n)
	return out
}
