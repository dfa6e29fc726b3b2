package decision

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// text is a doubt as it is kept; none is nothing.
func (x *Doubt) text() (string, error) {
	if x == nil {
		return "", nil
	}
	b, err := json.Marshal(x)
	return string(b), err
}

func (x *Doubt) same(o *Doubt) bool {
	a, _ := x.text() // strings and numbers always marshal
	b, _ := o.text()
	return a == b
}

// standingIn reads the decisions of many cases that are not superseded.
func standingIn(ctx context.Context, r *gate.R, cs []casefile.Case) (map[string][]Decision, error) {
	ids := make([]string, 0, len(cs))
	for _, c := range cs {
		ids = append(ids, c.ID)
	}
	var a db.Args
	ds, err := db.All(ctx, r.Tx, scanDecision, `SELECT `+decisionColumns+` FROM eligibility_decision WHERE case_id IN `+a.In(ids)+` AND superseded_by = '' ORDER BY case_id, component, id`, a.Values...)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, dec := range ds {
		keys = append(keys, dec.PersonID)
	}
	if err := r.Vault().Fetch(ctx, r.Tx, keys); err != nil {
		return nil, err
	}
	out := map[string][]Decision{}
	for _, dec := range ds {
		if err := dec.open(ctx, r); err != nil {
			return nil, err
		}
		out[dec.CaseID] = append(out[dec.CaseID], dec)
	}
	return out, nil
}

// Doubts says in words why the decisions of a case should be looked at again, one sentence or some for each; nothing when
// they stand.
func Doubts(ctx context.Context, r *gate.R, p *i18n.Printer, caseID string) (lines []string, err error) {
	ds, err := db.All(ctx, r.Tx, func(s db.Row) (x Decision, err error) {
		return x, s.Scan(&x.ID, &x.PersonID, &x.Component, db.InstantOf(&x.At), &x.sealedDoubt)
	}, `SELECT id, person_id, component, decided_at, doubt FROM eligibility_decision WHERE case_id = $1 AND superseded_by = '' AND doubt IS NOT NULL ORDER BY decided_at, id`, caseID)
	if err != nil || len(ds) == 0 {
		return nil, err
	}
	ms, err := casefile.Members(ctx, r, caseID)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, m := range ms {
		if names[m.ID] = m.Name(); names[m.ID] == "" {
			names[m.ID] = m.Native()
		}
	}
	for _, x := range ds {
		erased, err := x.unseal(ctx, r, "doubt", x.sealedDoubt, &x.Doubt)
		if err != nil {
			return nil, err
		}
		if !erased && x.Doubt != nil {
			lines = append(lines, strings.Join(x.Doubt.Words(p, names, x.Component, x.At), " "))
		}
	}
	return lines, nil
}

// Words says a doubt to a reader. names are those of the people in the case; decided is when the decision was taken.
func (x *Doubt) Words(p *i18n.Printer, names map[string]string, component string, decided time.Time) (out []string) {
	what := word(p, "eligibility."+component, component)
	if len(x.Amounts) == 0 {
		line := p.T("decision.doubt.verdict", "component", what, "date", p.Time(decided), "then", verdictWord(p, string(x.Then)), "now", verdictWord(p, string(x.Now)))
		if x.Version != "" {
			line += " " + p.T("decision.version", "version", x.Version)
		}
		out = append(out, line)
	}
	for _, k := range x.Fails {
		out = append(out, p.T("decision.doubt.fails", "clause", word(p, k, k)))
	}
	for _, k := range x.Held {
		out = append(out, p.T("decision.doubt.held", "clause", word(p, k, k)))
	}
	for _, s := range x.Amounts {
		key := "decision.doubt.amount"
		if s.PersonID == "" {
			key = "decision.doubt.amount_case"
		}
		out = append(out, p.T(key, "what", word(p, "entitlement."+s.Code, s.Code), "name", names[s.PersonID], "date", p.Time(decided), "then", money.Of(s.Then, s.Currency), "now", money.Of(s.Now, s.Currency)))
	}
	for _, f := range x.Missing {
		out = append(out, p.T("decision.ask", "question", word(p, "fact.ask."+f, f)))
	}
	return out
}

func verdictWord(p *i18n.Printer, v string) string { return word(p, "eligibility.verdict."+v, v) }
