package screening

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Conditions gives what this room answers before a case leaves a stage or is booked, by the names that packs use.
func (d *Domain) Conditions() map[string]casefile.Condition {
	return map[string]casefile.Condition{"screening.done": done, "screening.due_diligence": dueDiligence, "screening.child_gate": d.ChildGate, "fitness.cleared": FitnessCleared}
}

func page(c casefile.Case, part string) string { return "/cases/" + c.ID + "/" + part }

// travelDay is the day that everything must hold for: that of the journey, or today while there is none.
func travelDay(c casefile.Case, today day.Date) day.Date {
	if c.DepartsOn.After(today) {
		return c.DepartsOn
	}
	return today
}

// done asks that everybody who travels was screened, not too long ago.
func done(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	list, err := findings(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	ms, err := casefile.Members(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	var out []casefile.Unmet
	for _, m := range ms {
		key := "screening.missing.screening"
		for _, f := range latest(list) {
			if f.PersonID != m.ID || f.Class != org.Normal {
				continue
			}
			if key = ""; f.ValidUntil.Before(r.Today) {
				key = "screening.missing.screening_old"
			}
		}
		if m.Travels && key != "" {
			out = append(out, casefile.Unmet{Key: key, Args: []any{"name", m.Called()}, Href: page(c, "screening/"+m.ID)})
		}
	}
	return out, nil
}

// dueDiligence asks that a second person said go for everybody who needs a closer look. To those not cleared for it, one
// sentence stands for whatever there is: who, how many and why is not told.
func dueDiligence(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	list, err := findings(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	papers, err := diligences(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	ms, err := casefile.Members(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	var out []casefile.Unmet
	hidden := false
	for _, f := range latest(list) {
		how := settled(f, papers, travelDay(c, r.Today))
		if !f.Diligence || how == "" {
			continue
		}
		for _, m := range ms {
			switch {
			case m.ID != f.PersonID || !m.Travels:
			case !r.Actor.Cleared(f.Class):
				hidden = true
			default:
				out = append(out, casefile.Unmet{Key: "screening.missing.diligence_" + how, Args: []any{"name", m.Called()}, Href: page(c, "screening")})
			}
		}
	}
	if hidden {
		out = append(out, casefile.Unmet{Key: "screening.missing.waits"})
	}
	return out, nil
}

// travellers reads the people of a case as the child gate sees them.
func (d *Domain) travellers(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Member, []Traveller, error) {
	ms, err := casefile.Members(ctx, r, c.ID)
	if err != nil {
		return nil, nil, err
	}
	var out []Traveller
	for _, m := range ms {
		var guardians []string
		if d.Persons != nil {
			kin, err := d.Persons.Relatives(ctx, r, m.ID)
			if err != nil {
				return nil, nil, err
			}
			for _, k := range kin {
				if k.Role == "parent" || k.Role == "guardian" {
					guardians = append(guardians, k.Person.ID)
				}
			}
		}
		out = append(out, traveller(m, guardians, r.Today))
	}
	return ms, out, nil
}

// ChildGate asks for every safeguard of every child who travels without a parent or guardian, by name. Where nobody knows
// how old somebody is, that is asked first, and the case waits.
func (d *Domain) ChildGate(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	ms, all, err := d.travellers(ctx, r, c)
	if err != nil {
		return nil, err
	}
	proof, err := safeguards(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	var out []casefile.Unmet
	gated := false
	for i, t := range all {
		name := []any{"name", ms[i].Called()}
		switch Gate(t, all, c.HasFlag("uasc")) {
		case GateAsk:
			gated = true
			out = append(out, casefile.Unmet{Key: "screening.missing.age", Args: name, Href: "/persons/" + t.ID})
		case GateYes:
			gated = true
			for _, code := range ChildGate(ChildFacts{On: travelDay(c, r.Today), Proof: proof[t.ID]}) {
				out = append(out, casefile.Unmet{Key: "screening.missing." + code, Args: name, Href: page(c, "safeguards")})
			}
		}
	}
	if c.HasFlag("uasc") && !gated { // the mark and the people do not fit: somebody with the right looks at it
		out = append(out, casefile.Unmet{Key: "screening.missing.mark", Href: page(c, "flags")})
	}
	return out, nil
}

// stagePEC is the stage of the last look before boarding.
const stagePEC = "PEC"

// needsBoarding tells whether the last look before boarding is due.
func needsBoarding(c casefile.Case, today day.Date) bool {
	return c.Stage == stagePEC || !c.DepartsOn.IsZero() && !c.DepartsOn.Before(today) && today.DaysUntil(c.DepartsOn) <= beforeDays
}

// Clearances says of everybody who travels whether they are cleared, and what the booking must provide. It says no more,
// whoever asks.
func Clearances(ctx context.Context, r *gate.R, c casefile.Case) ([]Clearance, error) {
	ms, err := casefile.Members(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	list, err := checks(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	var out []Clearance
	for _, m := range ms {
		if m.Travels {
			x := cleared(list[m.ID], travelDay(c, r.Today), needsBoarding(c, r.Today))
			x.Person = m
			out = append(out, x)
		}
	}
	return out, nil
}

// FitnessCleared asks that everybody who travels is cleared for the day.
func FitnessCleared(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	list, err := Clearances(ctx, r, c)
	var out []casefile.Unmet
	for _, x := range list {
		if !x.Cleared {
			out = append(out, casefile.Unmet{Key: "screening.missing.fitness_" + x.Problem, Args: []any{"name", x.Person.Called()}, Href: page(c, "fitness")})
		}
	}
	return out, err
}

// Seen is what the rules of programmes may know of somebody's screening: that it took place, and whether anything was found.
type Seen struct{ Screened, Vulnerable bool }

// SeenIn answers the rules of programmes about many cases, by case and person. It leaves out the class trafficking, because
// what a rule concludes can be read by everybody; where such a person is to get more, the screening says "another need" as
// well.
func SeenIn(ctx context.Context, r *gate.R, caseIDs []string) (map[string]map[string]Seen, error) {
	var a db.Args
	list, err := db.All(ctx, r.Tx, func(s db.Row) (f Finding, err error) {
		return f, s.Scan(&f.CaseID, &f.PersonID, &f.Class, &f.Found)
	}, `SELECT case_id, person_id, class, found FROM screening_finding WHERE case_id IN `+a.In(caseIDs)+` ORDER BY case_id, at, id`, a.Values...)
	of := map[string][]Finding{}
	for _, f := range list {
		of[f.CaseID] = append(of[f.CaseID], f)
	}
	out := map[string]map[string]Seen{}
	for caseID, list := range of {
		out[caseID] = map[string]Seen{}
		for _, f := range latest(list) {
			x := out[caseID][f.PersonID]
			x.Screened = x.Screened || f.Class == org.Normal
			x.Vulnerable = x.Vulnerable || f.Found && f.Class != org.Trafficking
			out[caseID][f.PersonID] = x
		}
	}
	return out, err
}
