package decision

import (
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision/pages"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// due lists the amounts of a part, those together that several people get for the same reasons.
func (v *view) due(component string) (out []pages.Due) {
	kinds := map[string]int{}
	for _, l := range v.Entitled.Lines {
		if l.Component != component {
			continue
		}
		x := v.line(l)
		k := key(l.Code, x.Amount, strings.Join(x.How, "|"), strings.Join(l.Asks, ","))
		at, known := kinds[k]
		if !known {
			at, kinds[k] = len(out), len(out)
			for _, name := range l.Asks {
				a := v.ask(v.asked(l.PersonID), name)
				if l.PersonID != "" {
					a.Of, a.Href = []pages.Link{{Href: a.Href, Name: v.name(l.PersonID)}}, ""
				}
				x.Asks = append(x.Asks, a)
			}
			out = append(out, x)
		} else {
			for i, name := range l.Asks {
				out[at].Asks[i].Of = append(out[at].Asks[i].Of, pages.Link{Href: v.ask(l.PersonID, name).Href, Name: v.name(l.PersonID)})
			}
		}
		if l.PersonID != "" {
			out[at].Names = append(out[at].Names, v.name(l.PersonID))
		}
	}
	return out
}

// asked is whom a question about an amount concerns: about an amount of the whole case, the main applicant.
func (v *view) asked(personID string) string {
	if personID == "" {
		return v.People[0].PersonID
	}
	return personID
}

func (v *view) line(l programme.Line) pages.Due {
	p := v.p
	x := pages.Due{What: v.component(l.Component), Provisional: l.Provisional, Source: v.source(v.Pack, l.Origin)}
	if l.Code != "" {
		x.What = word(p, "entitlement."+l.Code, l.Code)
	}
	switch {
	case l.Verdict == programme.Undecided:
		x.Amount, x.Unclear = v.verdict("unknown"), true
		return x
	case l.Ceiling:
		x.Amount = p.T("entitlement.up_to", "amount", l.Amount)
	default:
		x.Amount = p.Money(l.Amount)
	}
	whole := l.Amount
	if l.CappedBy != "" {
		whole = l.Uncapped
	}
	for _, t := range l.Trace {
		switch {
		case t.ID == "times" && l.Times > 0:
			x.How = append(x.How, p.T("decision.times", "n", p.Number(l.Times), "amount", money.Of(whole.Minor/l.Times, whole.Currency), "what", word(p, t.Key, "")))
		case t.Result == programme.Holds:
			x.How = append(x.How, v.clause(t))
		}
	}
	if l.CappedBy != "" {
		x.How = append(x.How, p.T("decision.capped", "cap", word(p, "entitlement.cap."+l.CappedBy, l.CappedBy), "amount", l.Uncapped))
	}
	for _, in := range l.Instalments {
		x.How = append(x.How, p.T("decision.instalment", "amount", in.Amount, "when", when(p, in.Period)))
	}
	if l.Expires.After != "" {
		x.How = append(x.How, p.T("decision.expires", "when", when(p, l.Expires)))
	}
	x.How = append(x.How, v.given(l))
	if l.Quota != "" {
		x.How = append(x.How, v.places(l.Quota, l.PersonID))
	}
	if l.Verdict == programme.Conditional {
		x.How = append(x.How, p.T("decision.if_chosen"))
	}
	return x
}

// when is a time after an event of the case.
func when(p *i18n.Printer, x programme.Period) string {
	if x.Months == 0 {
		return p.T("print.when.at_" + x.After)
	}
	return p.N("print.when.after_"+x.After, x.Months)
}

// given says how an amount is given, and how it may be given instead.
func (v *view) given(l programme.Line) string {
	p := v.p
	how := p.T("entitlement.modality." + l.Modality)
	if len(l.Or) == 0 {
		return how
	}
	var other []string
	for _, m := range l.Or {
		other = append(other, p.T("entitlement.modality."+m))
	}
	return p.T("decision.or", "how", how, "other", strings.Join(other, ", "))
}

// places says how many are left of something that is there for so many only.
func (v *view) places(quota, personID string) string {
	name := word(v.p, "entitlement.quota."+quota, quota)
	s := v.Seats(quota, personID)
	if s.Held {
		return v.p.T("decision.quota_held", "quota", name)
	}
	return v.p.N("decision.quota_left", s.Left, "quota", name)
}

// notDue lists the amounts of a part that somebody does not get, and why, those together who miss it for the same reason.
func (v *view) notDue(component string) (out []pages.NotDue) {
	kinds := map[string]int{}
	for _, l := range v.Entitled.NotDue {
		if l.Component != component {
			continue
		}
		var why []programme.Traced
		for _, t := range l.Trace {
			if t.Result == programme.Fails {
				why = append(why, t)
			}
		}
		k := key(l.Code, fingerprint(why))
		at, known := kinds[k]
		if !known {
			at, kinds[k] = len(out), len(out)
			out = append(out, pages.NotDue{What: word(v.p, "entitlement."+l.Code, l.Code)})
		}
		rules := v.rules(v.asked(l.PersonID), v.Pack, why, true)
		if l.PersonID == "" {
			out[at].Rules = rules
			continue
		}
		out[at].Names, out[at].Rules = append(out[at].Names, v.name(l.PersonID)), join(out[at].Rules, rules, v.name(l.PersonID))
	}
	for i := range out {
		alike(out[i].Rules, len(out[i].Names))
	}
	return out
}
