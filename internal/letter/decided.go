package letter

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/letter/pages"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
)

// Answers to whether somebody gets a kind of help. The message keys are print.decision.ANSWER.
const (
	Yes  = "yes"
	No   = "no"
	Open = "open" // nobody has decided, or a second person has still to agree
)

// Settled is what was decided about one kind of help, for one person of a case.
type Settled struct {
	Component string
	Answer    string
	By        string // name of who decided
	On        day.Date
	Version   string // of the programme's rules
	Second    bool   // a second person agreed
	Applicant bool   // the letter is for who applied: others are not told the applicant's own reasons
	Proposal  programme.Verdict
	Trace     []programme.Traced
	Lines     []programme.Line // what this person receives
}

// kept are the facts that come from a screening. Paper is read by others: a letter never says what one of them is.
var kept = []string{"vulnerability", "vulnerable"}

func isKept(t programme.Traced) bool {
	return slices.ContainsFunc(t.Facts, func(g programme.Given) bool { return slices.Contains(kept, g.Fact) })
}

// sentence is what is still to be written in each language of a letter.
type sentence func(h *half) string

func say(key string, args ...any) sentence {
	return func(h *half) string { return h.p.T(key, append(args, h.args...)...) }
}

// named is the name of something in words for the person, or in the programme's own.
func named(prefix, otherwise, code string) sentence {
	return func(h *half) string {
		for _, key := range []string{prefix + code, otherwise + code} {
			if h.p.Has(key) {
				return h.p.T(key)
			}
		}
		return code
	}
}

// decided writes each kind of help under a heading of its own: yes or no, why, what is received and when, who decided.
func (x *filling) decided(f *facts) (out []pages.Block) {
	add := func(kind string, ss ...sentence) {
		for _, s := range ss {
			out = append(out, pages.Block{Kind: kind, Text: x.pair(s)})
		}
	}
	for _, d := range f.settled {
		add("heading", named("print.help.", "eligibility.", d.Component))
		add("para", say("print.decision."+d.Answer))
		switch d.Answer {
		case Yes:
			for _, l := range d.Lines {
				lead, items := received(l)
				add("para", lead)
				if f.c.Persons > 1 && l.PersonID == "" {
					add("item", say("print.get.family"))
				}
				add("item", items...)
			}
		case No:
			lead, items := reasons(d, x.left.p.Has)
			add("para", lead)
			add("item", items...)
		case Open:
			if ask := missing(d.Trace); len(ask) > 0 {
				add("para", say("print.decision.missing"))
				add("item", ask...)
			}
		}
		if d.Answer != Open {
			key := "print.decision.by"
			if d.Second {
				key = "print.decision.by_two"
			}
			add("para", say(key, "by", plain(d.By), "on", d.On, "version", d.Version))
		}
	}
	return out
}

// reasons say why somebody does not get a kind of help. What a colleague wrote as a reason stays in the file: it may hold what
// paper must not say. The person is told that it exists, and to ask.
func reasons(d Settled, has func(key string) bool) (lead sentence, items []sentence) {
	for _, t := range d.Trace {
		if t.Result == programme.Fails {
			items = append(items, reason(t, has)...)
		}
	}
	switch {
	case len(items) > 0:
		return say("print.decision.why"), items
	case d.Proposal == programme.Conditional:
		return say("print.decision.not_chosen"), nil
	case d.Proposal == programme.Undecided:
		if ask := missing(d.Trace); len(ask) > 0 {
			return say("print.decision.missing_then"), ask
		}
	}
	if !d.Applicant {
		return say("print.decision.elsewhere"), nil
	}
	return say("print.decision.exception"), nil
}

// reason says in plain words that a clause does not hold. A group is one reason, in its own words; where it has none of its
// own for a letter, its members are told one by one.
func reason(t programme.Traced, has func(key string) bool) (out []sentence) {
	key := "print.reason." + t.Key[strings.LastIndexByte(t.Key, '.')+1:]
	switch {
	case len(t.Any) == 0 && isKept(t):
		return []sentence{say("print.reason.kept")}
	case has(key):
		return []sentence{say(key)}
	case len(t.Any) > 0:
		for _, m := range t.Any {
			out = append(out, reason(m, has)...)
		}
		return out
	}
	return []sentence{func(h *half) string { return h.p.T("print.reason.other", "clause", h.p.T(t.Key)) }}
}

// missing are the questions that are still open, in words for the person.
func missing(trace []programme.Traced) (out []sentence) {
	for _, name := range (programme.Outcome{Trace: trace}).Asks() {
		out = append(out, asked(name))
	}
	return out
}

func asked(fact string) sentence {
	if slices.Contains(kept, fact) {
		fact = "kept"
	}
	return named("print.ask.", "fact.", fact)
}

// received says what an amount is and how and when it is given.
func received(l programme.Line) (lead sentence, items []sentence) {
	if l.Verdict == programme.Undecided {
		for _, name := range l.Asks {
			items = append(items, asked(name))
		}
		return say("print.get.unclear"), items
	}
	key := "print.get." + l.Modality
	if l.Ceiling {
		key += "_up_to"
	}
	lead = say(key, "amount", l.Amount)
	for _, in := range l.Instalments {
		items = append(items, func(h *half) string {
			return h.p.T("print.get.part", "amount", in.Amount, "when", when(h.p, in.Period))
		})
	}
	if len(l.Or) > 0 {
		items = append(items, func(h *half) string {
			var other []string
			for _, m := range l.Or {
				other = append(other, h.p.T("print.way."+m))
			}
			return h.p.T("print.get.or", "other", other)
		})
	}
	if l.Expires.After != "" {
		items = append(items, func(h *half) string { return h.p.T("print.get.until", "when", when(h.p, l.Expires)) })
	}
	return lead, items
}

// when is a time after an event of the case.
func when(p *i18n.Printer, x programme.Period) string {
	if x.Months == 0 {
		return p.T("print.when.at_" + x.After)
	}
	return p.N("print.when.after_"+x.After, x.Months)
}

// deadline says how long a decision may be contested. A number that no public text states is said to be the office's own rule.
func deadline(c programme.Contest) sentence {
	switch {
	case c.Days == 0:
		return say("print.decision.within_ask")
	case c.Provisional:
		return func(h *half) string { return h.p.N("print.decision.within_own", c.Days) }
	}
	return func(h *half) string { return h.p.N("print.decision.within", c.Days) }
}

// hashWords takes into a letter's version what decided and contest may say in a language, with every value left open.
func (d *Domain) hashWords(w io.Writer, p *i18n.Printer, args []any) {
	for _, v := range []string{"by", "on", "version", "clause", "amount", "when", "other"} {
		args = append(args, v, line)
	}
	for _, key := range d.Cat.Keys(i18n.Fallback) {
		if !slices.ContainsFunc([]string{"ask", "decision", "get", "help", "reason", "way", "when"}, func(part string) bool { return strings.HasPrefix(key, "print."+part+".") }) {
			continue
		}
		if shape, _ := d.Cat.Shape(i18n.Fallback, key); shape.Forms != nil {
			fmt.Fprintf(w, "%s %q %q\n", key, p.N(key, 1, args...), p.N(key, 2, args...))
			continue
		}
		fmt.Fprintf(w, "%s %q\n", key, p.T(key, args...))
	}
}
