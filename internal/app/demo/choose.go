package demo

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/selection"
	"github.com/nostos-avrr/nostos/internal/gate"
)

// chooses seats the selection committee twice: a round that was closed two days ago, and one that is open today.
func (m *maker) chooses(ctx context.Context) error {
	m.clk.Set(m.spec.Now.AddDate(0, 0, -2).Truncate(24 * time.Hour).Add(8 * time.Hour))
	return m.a.Gate.Batch(ctx, org.SystemID, casefile.PermOpen, func(ctx context.Context) error {
		if err := m.skilled(ctx); err != nil {
			return err
		}
		first, err := m.round(ctx, -5, "ELIGIBILITY", 4)
		if err != nil || first.ID == "" {
			return err
		}
		if err := m.sit(ctx, first, 1000); err != nil {
			return err
		}
		if err := m.a.Rooms.Selection.Close(ctx, m.who("manager"), first.ID); err != nil {
			return fmt.Errorf("close the selection: %w", err)
		}
		m.clk.Set(m.spec.Now.Add(-time.Hour))
		second, err := m.round(ctx, 0, "SCREENING", 5)
		if err != nil || second.ID == "" {
			return err
		}
		return m.sit(ctx, second, 2)
	})
}

// skilled asks two of three families who wait for a decision what they can do.
func (m *maker) skilled(ctx context.Context) error {
	var page casefile.Page
	if err := m.a.Gate.Read(ctx, m.who("manager"), casefile.PermView, func(ctx context.Context, r *gate.R) (err error) {
		page, err = m.a.Rooms.Cases.List(ctx, r, casefile.Filter{Stage: "ELIGIBILITY", Programme: "gr-avrr", Sort: "number", Limit: 200})
		return err
	}); err != nil {
		return err
	}
	for i, row := range page.Rows {
		if i%3 == 2 {
			continue
		}
		_, err := m.a.Rooms.Cases.SubmitForm(ctx, m.who("manager"), casefile.Submission{ID: m.id(), CaseID: row.ID, PersonID: row.PrincipalID, Form: "skills_assessment", Lang: "en", Say: m.a.Cat.Printer("en").T,
			Answers: map[string][]string{"years_worked": {strconv.Itoa(m.rnd.Intn(9))}, "wish": {"business"}, "sustains": {pick(m.rnd, []string{"yes", "no"})}}})
		if err != nil {
			return err
		}
	}
	return nil
}

// round opens a round for everybody who had applied by a day; none is opened where there is nobody.
func (m *maker) round(ctx context.Context, days int, from string, places int64) (x selection.Round, err error) {
	in := selection.Opening{ID: m.id(), Programme: "gr-avrr", On: m.today().AddDays(days), Budget: places * 1500_00, Places: places, Reserve: 1, From: from}
	x, err = m.a.Rooms.Selection.OpenRound(ctx, m.who("manager"), in)
	if isConflict(err) { // nobody to choose from
		return selection.Round{}, nil
	}
	return x, err
}

// sit lets the committee decide about so many people, as proposed.
func (m *maker) sit(ctx context.Context, x selection.Round, most int) error {
	by := m.who("manager")
	for range most {
		var s selection.Sheet
		if err := m.a.Gate.Read(ctx, by, selection.PermView, func(ctx context.Context, r *gate.R) (err error) {
			s, err = m.a.Rooms.Selection.Sheet(ctx, r, x.ID)
			return err
		}); err != nil {
			return err
		}
		next, found := selection.Placed{}, false
		for _, p := range s.Ranking.List {
			if p.Outcome == "" && p.Place > 0 {
				next, found = p, true
				break
			}
		}
		if !found {
			return nil
		}
		in := selection.Deciding{RoundID: x.ID, CaseID: next.CaseID, Outcome: selection.Chosen, Members: []string{by, m.who("supervisor"), m.who("protection")}}
		switch next.Proposal {
		case selection.Behind:
			in.Outcome = selection.Waiting
		case selection.Ask:
			in.Outcome, in.Reason = selection.Waiting, "We ask first: the skills are not known yet. They stay on the list."
		}
		if err := m.a.Rooms.Selection.Decide(ctx, by, in); err != nil {
			return fmt.Errorf("decide about %s: %w", next.No, err)
		}
	}
	return nil
}
