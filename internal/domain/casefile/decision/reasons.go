package decision

import (
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/ui"
)

// rules writes clauses with what came of each. Of clauses tried now, what was known leads to where it is written and what is
// missing to where it is answered; those of an old decision are told as they were.
func (v *view) rules(personID string, pack *programme.Pack, trace []programme.Traced, now bool) (out []pages.Rule) {
	for _, t := range trace {
		r := pages.Rule{Result: string(t.Result), Word: v.p.T("eligibility.result." + string(t.Result)), Text: v.clause(t), Provisional: t.Provisional, Source: v.source(pack, t.Origin), Any: v.rules(personID, pack, t.Any, now)}
		for _, g := range t.Facts {
			if g.Known {
				r.Facts = append(r.Facts, v.fact(personID, g, now))
			}
		}
		if t.Result == programme.Unknown && len(t.Any) == 0 {
			for _, name := range t.Asks {
				if now {
					r.Asks = append(r.Asks, v.ask(personID, name))
				} else {
					r.Asks = append(r.Asks, pages.Ask{Question: word(v.p, "fact.ask."+name, name)})
				}
			}
		}
		out = append(out, r)
	}
	return out
}

// seesAll reports whether the reader is cleared for everything a screening may find.
func (v *view) seesAll() bool {
	for _, class := range []string{org.Medical, org.Child, org.Trafficking, org.Protection} {
		if !v.actor.Cleared(class) {
			return false
		}
	}
	return true
}

// flags is the fact that lists what a screening saw. Its values, and the clauses that name them, are for those who may read
// the screening itself.
const flags = "vulnerability"

func (v *view) clause(t programme.Traced) string {
	switch {
	case !v.seesAll() && slices.ContainsFunc(t.Facts, func(g programme.Given) bool { return g.Fact == flags }):
		return v.p.T("decision.clause_kept")
	case t.Key != "":
		return word(v.p, t.Key, t.ID)
	case len(t.Any) > 0:
		return ""
	}
	return t.ID
}

func (v *view) fact(personID string, g programme.Given, now bool) pages.Fact {
	f := pages.Fact{Label: word(v.p, "fact."+g.Fact, g.Fact), Value: programme.SaidOf(v.p, g.Fact, g.Values)}
	if g.Fact == flags && !v.seesAll() {
		f.Value = v.p.T("decision.value_kept")
	}
	if now {
		f.Place, f.Href = v.written(personID, g.Fact)
	}
	return f
}

// source is the public document behind a clause or a sum: the document itself, or where the programme names it.
func (v *view) source(pack *programme.Pack, o programme.Origin) pages.Source {
	s, ok := pack.Source(o.Source)
	switch {
	case !ok:
		return pages.Source{}
	case s.URL != "":
		return pages.Source{Text: s.Title, Href: s.URL, Away: true}
	}
	out := pages.Source{Text: s.Title}
	if v.d.leads(v.actor, "GET /programmes/{code}/{version}") {
		out.Href = "/programmes/" + pack.Code + "/" + pack.Version + "#source-" + s.Code
	}
	return out
}

// others are the members of the family for whom a part comes out differently, those of one kind together.
func (v *view) others(part int) (out []pages.Other) {
	kinds := map[string]int{}
	mine := v.Outcomes[0][part]
	for i := 1; i < len(v.People); i++ {
		o, who := v.Outcomes[i][part], v.People[i].PersonID
		if o.Verdict == mine.Verdict {
			continue
		}
		var differs []programme.Traced
		for k, t := range o.Trace {
			if t.Result != mine.Trace[k].Result {
				differs = append(differs, t)
			}
		}
		k := key(string(o.Verdict), fingerprint(differs))
		at, known := kinds[k]
		if !known {
			at, kinds[k] = len(out), len(out)
			out = append(out, pages.Other{Verdict: pages.Tag{Kind: verdictTag(string(o.Verdict)), Text: v.verdict(string(o.Verdict))}})
		}
		out[at].Names, out[at].Rules = append(out[at].Names, v.name(who)), join(out[at].Rules, v.rules(who, v.Pack, differs, true), v.name(who))
	}
	for i := range out {
		alike(out[i].Rules, len(out[i].Names))
	}
	return out
}

// fingerprint tells traces apart that come out differently.
func fingerprint(ts []programme.Traced) string {
	var parts []string
	for _, t := range ts {
		parts = append(parts, t.ID, string(t.Result), strings.Join(t.Asks, ","), fingerprint(t.Any))
		for _, g := range t.Facts {
			if g.Known {
				parts = append(parts, g.Fact)
			}
		}
	}
	return key(parts...)
}

// known tells traces apart that came from other facts, too.
func known(ts []programme.Traced) string {
	parts := []string{fingerprint(ts)}
	for _, t := range ts {
		parts = append(parts, known(t.Any))
		for _, g := range t.Facts {
			parts = append(parts, strings.Join(g.Values, ","))
		}
	}
	return key(parts...)
}

// join adds a person to the clauses of others for whom they come out alike: to each question, with the way to their own answer,
// and to what was known, each value once.
func join(rules, more []pages.Rule, name ui.NameParts) []pages.Rule {
	first := rules == nil
	if first {
		rules = slices.Clone(more)
	}
	for i := range rules {
		r := &rules[i]
		if first {
			r.Asks, r.Facts, r.Any = slices.Clone(r.Asks), nil, nil
		}
		for k, a := range more[i].Asks {
			if first {
				r.Asks[k].Of, r.Asks[k].Href = nil, ""
			}
			r.Asks[k].Of = append(r.Asks[k].Of, pages.Link{Href: a.Href, Name: name})
		}
		for _, f := range more[i].Facts {
			at := slices.IndexFunc(r.Facts, func(o pages.Fact) bool { return o.Label == f.Label && o.Value == f.Value })
			if at < 0 {
				f.Href = "" // it is written in the papers of each
				at, r.Facts = len(r.Facts), append(r.Facts, f)
			}
			r.Facts[at].Of = append(r.Facts[at].Of, name)
		}
		if len(more[i].Any) > 0 {
			r.Any = join(r.Any, more[i].Any, name)
		}
	}
	return rules
}

// alike takes the names off what is the same for all of them.
func alike(rules []pages.Rule, all int) {
	for i := range rules {
		for k := range rules[i].Facts {
			if f := &rules[i].Facts[k]; len(f.Of) == all {
				f.Of = nil
			}
		}
		alike(rules[i].Any, all)
	}
}
