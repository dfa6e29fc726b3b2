package screening

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
)

// PersonView is what a reader may see about one person.
type PersonView struct {
	Member     casefile.Member
	Findings   []Finding   // the last of each class the reader is cleared for
	Diligences []Diligence // of those classes, oldest first
	Needs      []string    // classes in which the due diligence is not settled yet
}

// Overview is a case's screening as a reader may see it.
type Overview struct {
	Case    casefile.Case
	People  []PersonView
	Cleared []string // the classes the reader may see
	classes []string // protected classes of which something is shown
}

func overview(ctx context.Context, r *gate.R, caseID string) (v Overview, err error) {
	if v.Case, err = casefile.ByID(ctx, r, caseID); err != nil {
		return v, err
	}
	for _, c := range Classes {
		if r.Actor.Cleared(c) {
			v.Cleared = append(v.Cleared, c)
		}
	}
	ms, err := casefile.Members(ctx, r, caseID)
	if err != nil {
		return v, err
	}
	list, err := findings(ctx, r, caseID)
	if err != nil {
		return v, err
	}
	papers, err := diligences(ctx, r, caseID)
	if err != nil {
		return v, err
	}
	seen := func(class string) {
		if class != org.Normal && !has(v.classes, class) {
			v.classes = append(v.classes, class)
		}
	}
	for _, m := range ms {
		p := PersonView{Member: m}
		for _, f := range latest(list) {
			if f.PersonID != m.ID || !r.Actor.Cleared(f.Class) {
				continue
			}
			if err := unseal(ctx, r, m.ID, "screening_finding.body:"+f.ID, f.sealed, &f.Body); err != nil {
				return v, err
			}
			seen(f.Class)
			p.Findings = append(p.Findings, f)
			if f.Diligence && settled(f, papers, travelDay(v.Case, r.Today)) != "" {
				p.Needs = append(p.Needs, f.Class)
			}
		}
		for _, d := range papers {
			if d.PersonID != m.ID || !r.Actor.Cleared(d.Class) {
				continue
			}
			if err := openDiligence(ctx, r, &d); err != nil {
				return v, err
			}
			seen(d.Class)
			p.Diligences = append(p.Diligences, d)
		}
		v.People = append(v.People, p)
	}
	return v, nil
}

// View shows a case's screening. Where something protected is shown, the looking is an entry of each class.
func (d *Domain) View(ctx context.Context, actor, caseID string) (v Overview, err error) {
	err = d.Gate.Read(ctx, actor, PermView, func(ctx context.Context, r *gate.R) (err error) {
		v, err = overview(ctx, r, caseID)
		return err
	})
	if err != nil || len(v.classes) == 0 {
		return v, err
	}
	err = d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) (err error) {
		if v, err = overview(ctx, &w.R, caseID); err != nil {
			return err
		}
		return seen(ctx, w, v.Case, "screening", v.classes...)
	})
	return v, err
}

// seen writes down that protected things were looked at.
func seen(ctx context.Context, w *gate.W, c casefile.Case, part string, classes ...string) error {
	for _, class := range classes {
		if err := record(ctx, w, c, viewed(c, part, class)); err != nil {
			return err
		}
	}
	return nil
}

// ChildView is a person on the page of safeguards.
type ChildView struct {
	Member     casefile.Member
	Gate       string
	Missing    []string             // by the rule, for everybody who may see the case
	Safeguards map[string]Safeguard // for those cleared for the class
}

// Children shows who needs the safeguards of a child alone, and what is missing. Evidence is for those cleared for the
// class, and looking at it is an entry.
func (d *Domain) Children(ctx context.Context, actor, caseID string) (c casefile.Case, list []ChildView, may bool, err error) {
	evidence := false
	read := func(ctx context.Context, r *gate.R) (err error) {
		list, evidence = nil, false
		if c, err = casefile.ByID(ctx, r, caseID); err != nil {
			return err
		}
		may = c.State == casefile.Open && r.Actor.Can(PermChild) && r.Actor.Cleared(org.Child)
		ms, all, err := d.travellers(ctx, r, c)
		if err != nil {
			return err
		}
		proof, err := safeguards(ctx, r, c.ID)
		if err != nil {
			return err
		}
		for i, t := range all {
			v := ChildView{Member: ms[i], Gate: Gate(t, all, c.HasFlag("uasc"))}
			if v.Gate == GateYes {
				v.Missing = ChildGate(ChildFacts{On: travelDay(c, r.Today), Proof: proof[t.ID]})
			}
			if r.Actor.Cleared(org.Child) {
				v.Safeguards = proof[t.ID]
				evidence = evidence || len(proof[t.ID]) > 0
			}
			list = append(list, v)
		}
		return nil
	}
	if err = d.Gate.Read(ctx, actor, PermView, read); err != nil || !evidence {
		return c, list, may, err
	}
	err = d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) error {
		if err := read(ctx, &w.R); err != nil {
			return err
		}
		return seen(ctx, w, c, "safeguards", org.Child)
	})
	return c, list, may, err
}

// Fitnesses shows whether everybody is cleared, and to those cleared for the class what the doctor found, which is an entry.
func (d *Domain) Fitnesses(ctx context.Context, actor, caseID string) (c casefile.Case, list []Clearance, medical map[string][]Fitness, may bool, err error) {
	read := func(ctx context.Context, r *gate.R) (err error) {
		medical = nil
		if c, err = casefile.ByID(ctx, r, caseID); err != nil {
			return err
		}
		may = c.State == casefile.Open && r.Actor.Can(PermFitness) && r.Actor.Cleared(org.Medical)
		if list, err = Clearances(ctx, r, c); err != nil {
			return err
		}
		if r.Actor.Cleared(org.Medical) {
			medical, err = checks(ctx, r, c.ID)
		}
		return err
	}
	if err = d.Gate.Read(ctx, actor, PermView, read); err != nil || len(medical) == 0 {
		return c, list, medical, may, err
	}
	err = d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) error {
		if err := read(ctx, &w.R); err != nil {
			return err
		}
		return seen(ctx, w, c, "fitness", org.Medical)
	})
	return c, list, medical, may, err
}
