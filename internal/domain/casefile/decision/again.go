package decision

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// basis keeps what is needed to explain a decision again years later, bit for bit.
func (d *Domain) basis(ctx context.Context, r *gate.R, c casefile.Case, p Proposal, in Deciding) (b Basis, err error) {
	decided, err := DecidedIn(ctx, r, []string{c.ID})
	if err != nil {
		return b, err
	}
	ask, err := programme.SeatsOf(ctx, r, p.Pack, c.ID)
	if err != nil {
		return b, err
	}
	b.Newer, b.Decided, b.Seats = d.Cases.Packs.Newer(p.Pack, r.Today), decided[c.ID], map[string]programme.Seat{}
	q := programme.Question{People: p.People, Decided: b.Decided}
	if ask != nil {
		q.Seats = func(quota, personID string) programme.Seat {
			s := ask(quota, personID)
			b.Seats[quota+" "+personID] = s
			return s
		}
	}
	x, err := programme.Explain(p.Pack, q)
	if err != nil {
		return b, err
	}
	if b.Digest, err = digest(x); err != nil {
		return b, err
	}
	q.Decided = withDecision(b.Decided, in.Component, in.Decision)
	b.Granted = granted(programme.Entitle(p.Pack, q).Lines, in.Component)
	return b, nil
}

func withDecision(decided map[string]programme.Verdict, component, decision string) map[string]programme.Verdict {
	out := map[string]programme.Verdict{component: programme.Verdict(decision)}
	for k, v := range decided {
		if k != component {
			out[k] = v
		}
	}
	return out
}

// granted are the amounts of a component that are sure to be given.
func granted(lines []programme.Line, component string) (out []Sum) {
	for _, l := range lines {
		if l.Component == component && l.Verdict == programme.Eligible {
			out = append(out, Sum{l.Code, l.PersonID, l.Amount.Minor, l.Amount.Currency, l.Ceiling})
		}
	}
	return out
}

func digest(x programme.Explanation) (string, error) {
	text, err := json.Marshal(x)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// seats answers as the quotas answered then.
func (b *Basis) seats() func(quota, personID string) programme.Seat {
	if len(b.Seats) == 0 {
		return nil
	}
	return func(quota, personID string) programme.Seat { return b.Seats[quota+" "+personID] }
}

// Again explains a decision as it was explained when it was taken: from the facts of that day, under the version of that
// day, whatever was added since. same tells that the two are equal byte for byte; it is false when the version's content,
// or the program itself, gives another answer today, and for decisions from before explanations were kept.
func (d *Domain) Again(ctx context.Context, r *gate.R, dec Decision) (x programme.Explanation, same bool, err error) {
	c, err := casefile.ByID(ctx, r, dec.CaseID)
	if err != nil {
		return x, false, err
	}
	pack, err := d.Cases.Packs.Version(c.Programme, dec.PackVersion)
	if err != nil {
		return x, false, err
	}
	people, whole, err := peopleThen(ctx, r, dec)
	if err != nil {
		return x, false, err
	}
	pack = d.Cases.Packs.Under(pack, dec.Basis.Newer)
	if x, err = programme.Explain(pack, programme.Question{People: people, Decided: dec.Basis.Decided, Seats: dec.Basis.seats()}); err != nil {
		return x, false, err
	}
	sum, err := digest(x)
	if err != nil {
		return x, false, err
	}
	was, err := json.Marshal(dec.Trace)
	if err != nil {
		return x, false, err
	}
	outcomes := programme.Evaluate(pack, dec.Facts)
	i := slices.IndexFunc(outcomes, func(o programme.Outcome) bool { return o.Component == dec.Component })
	if i < 0 {
		return x, false, nil
	}
	now, err := json.Marshal(outcomes[i].Trace)
	same = whole && sum == dec.Basis.Digest && pack.Hash == dec.PackHash && string(was) == string(now) && dec.Proposal == string(outcomes[i].Verdict)
	return x, same, err
}

// peopleThen reads what was known about everybody when a decision was taken; whole is false when somebody was erased since,
// or when only the main applicant's facts were kept.
func peopleThen(ctx context.Context, r *gate.R, dec Decision) (people []programme.PersonFacts, whole bool, err error) {
	type row struct {
		personID string
		sealed   []byte
	}
	rows, err := db.All(ctx, r.Tx, func(s db.Row) (x row, err error) { return x, s.Scan(&x.personID, &x.sealed) },
		`SELECT person_id, facts FROM eligibility_fact WHERE decision_id = $1 ORDER BY place`, dec.ID)
	if err != nil {
		return nil, false, err
	}
	if len(rows) == 0 {
		return []programme.PersonFacts{{PersonID: dec.PersonID, Facts: maps.Clone(dec.Facts)}}, false, nil
	}
	whole = true
	for _, x := range rows {
		text, erased, err := r.Open(ctx, x.personID, "eligibility_fact.facts:"+dec.ID, x.sealed)
		if err != nil {
			return nil, false, err
		}
		p := programme.PersonFacts{PersonID: x.personID, Facts: programme.Facts{}}
		if whole = whole && !erased; !erased {
			if err := json.Unmarshal([]byte(text), &p.Facts); err != nil {
				return nil, false, err
			}
		}
		people = append(people, p)
	}
	return people, whole, nil
}
