package decision

import (
	"context"
	"maps"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Proposal is what the program says about a case, and from which facts.
type Proposal struct {
	Pack     *programme.Pack
	People   []programme.PersonFacts
	Facts    programme.Facts // of the main applicant
	Outcomes []programme.Outcome
}

// Propose collects what is known about the people of a case and lets the programme's rules look at the main applicant. It
// decides nothing.
func (d *Domain) Propose(ctx context.Context, r *gate.R, c casefile.Case) (p Proposal, err error) {
	if p.Pack, err = d.Cases.Packs.On(c.Programme, c.PackVersion, r.Today); err != nil {
		return p, err
	}
	if p.People, err = d.People(ctx, r, c); err != nil {
		return p, err
	}
	for _, x := range p.People {
		if x.PersonID == c.PrincipalID {
			p.Facts = x.Facts
		}
	}
	p.Outcomes = programme.Evaluate(p.Pack, p.Facts)
	return p, nil
}

// People collects what is known about everybody in a case, the main applicant first: what the rules of the programme look at.
func (d *Domain) People(ctx context.Context, r *gate.R, c casefile.Case) ([]programme.PersonFacts, error) {
	of, err := d.PeopleOf(ctx, r, []casefile.Case{c})
	return of[c.ID], err
}

// Known is what is known about the people of many cases, by the id of the case.
type Known map[string][]programme.PersonFacts

// PeopleOf is People for many cases, each room asked once for all of them.
func (d *Domain) PeopleOf(ctx context.Context, r *gate.R, cs []casefile.Case) (Known, error) {
	ids := make([]string, 0, len(cs))
	for _, c := range cs {
		ids = append(ids, c.ID)
	}
	members, err := casefile.MembersOf(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	answers, err := d.Cases.FormFacts(ctx, r, cs)
	if err != nil {
		return nil, err
	}
	signed, err := signedIn(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	known := make(Known, len(cs))
	for _, c := range cs {
		if known[c.ID], err = registered(r, c, members[c.ID], answers[c.ID], signed[c.ID]); err != nil {
			return nil, err
		}
	}
	for _, more := range d.More {
		if err := more(ctx, r, cs, known); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// registered is what the case itself and its forms say about its people.
func registered(r *gate.R, c casefile.Case, ms []casefile.Member, answers map[string]programme.Facts, signed map[string]bool) (out []programme.PersonFacts, err error) {
	everybody := true
	for _, m := range ms {
		everybody = everybody && (!m.Travels || signed[m.ID])
	}
	for _, m := range ms {
		f := programme.Facts{}
		maps.Copy(f, answers[""])
		maps.Copy(f, answers[m.ID])
		set := func(name, v string) {
			if err == nil && v != "" {
				err = f.Set(name, v)
			}
		}
		on := r.Today // amounts depend on how old somebody is on the day of departure
		if !c.DepartsOn.IsZero() {
			on = c.DepartsOn
		}
		if years, known := m.Age(on); known {
			set("age", strconv.Itoa(years))
		}
		set("relation", m.Relation)
		set("nationality", m.Nationality)
		set("return_country", c.ReturnCountry)
		set("household_size", strconv.FormatInt(c.Persons, 10))
		set("children", strconv.FormatInt(c.Children, 10))
		set("application_date", c.OpenedOn.String())
		set("unaccompanied_child", yes(c.HasFlag("uasc")))
		set("declaration_signed", yes(everybody))
		if err != nil {
			return nil, err
		}
		out = append(out, programme.PersonFacts{PersonID: m.ID, Facts: f})
	}
	return out, nil
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// signedIn tells whose declaration is valid in each of many cases.
func signedIn(ctx context.Context, r *gate.R, caseIDs []string) (map[string]map[string]bool, error) {
	var a db.Args
	rows, err := db.All(ctx, r.Tx, func(s db.Row) (x [2]string, err error) { return x, s.Scan(&x[0], &x[1]) },
		`SELECT case_id, person_id FROM declaration WHERE case_id IN `+a.In(caseIDs)+` AND revoked_at = '' ORDER BY case_id, person_id`, a.Values...)
	out := map[string]map[string]bool{}
	for _, x := range rows {
		if out[x[0]] == nil {
			out[x[0]] = map[string]bool{}
		}
		out[x[0]][x[1]] = true
	}
	return out, err
}

// DecidedIn gives, for each of many cases, what persons have decided about components, as far as it counts.
func DecidedIn(ctx context.Context, r *gate.R, caseIDs []string) (map[string]map[string]programme.Verdict, error) {
	var a db.Args
	type row struct{ caseID, component, decision string }
	rows, err := db.All(ctx, r.Tx, func(s db.Row) (x row, err error) { return x, s.Scan(&x.caseID, &x.component, &x.decision) },
		`SELECT case_id, component, decision FROM eligibility_decision WHERE case_id IN `+a.In(caseIDs)+` AND superseded_by = '' AND (second_needed = FALSE OR second_agrees = TRUE) ORDER BY case_id, component`, a.Values...)
	out := map[string]map[string]programme.Verdict{}
	for _, x := range rows {
		if out[x.caseID] == nil {
			out[x.caseID] = map[string]programme.Verdict{}
		}
		out[x.caseID][x.component] = programme.Verdict(x.decision)
	}
	return out, err
}
