package decision

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
)

// Standing is everything there is to say about who gets what in a case: what is known of each person, what the rules say about
// them, what people have decided, and what is due as a result.
type Standing struct {
	Pack      *programme.Pack
	People    []programme.PersonFacts // the main applicant first
	Outcomes  [][]programme.Outcome   // of each of them, in the order of the programme's components
	Decisions []Decision              // newest first, those superseded included
	Entitled  programme.Entitled
	Seats     func(quotaCode, personID string) programme.Seat // nil: the programme has no places to count
}

// Standing reads it. It decides nothing.
func (d *Domain) Standing(ctx context.Context, r *gate.R, c casefile.Case) (s Standing, err error) {
	if s.Pack, err = d.Cases.Packs.Version(c.Programme, c.PackVersion); err != nil {
		return s, err
	}
	if s.People, err = d.People(ctx, r, c); err != nil {
		return s, err
	}
	for _, p := range s.People {
		s.Outcomes = append(s.Outcomes, programme.Evaluate(s.Pack, p.Facts))
	}
	if s.Decisions, err = Decisions(ctx, r, c.ID); err != nil {
		return s, err
	}
	if s.Seats, err = programme.SeatsOf(ctx, r, s.Pack, c.ID); err != nil {
		return s, err
	}
	q := programme.Question{People: s.People, Decided: map[string]programme.Verdict{}, Seats: s.Seats}
	for _, x := range s.Decisions {
		if x.SupersededBy == "" && x.Counts() {
			q.Decided[x.Component] = programme.Verdict(x.Decision)
		}
	}
	s.Entitled = programme.Entitle(s.Pack, q)
	return s, nil
}

// Current is the decision about a component that has not been superseded.
func (s Standing) Current(component string) (Decision, bool) {
	for _, x := range s.Decisions {
		if x.Component == component && x.SupersededBy == "" {
			return x, true
		}
	}
	return Decision{}, false
}
