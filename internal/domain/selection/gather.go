package selection

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// maxCandidates bounds one round: its order is worked out on every look.
const maxCandidates = 3000

// fresh is a candidate as they are found when their facts are read.
type fresh struct {
	Candidate
	frozen
	c      casefile.Case
	people []programme.PersonFacts
	waited int64
}

// eligible lists the cases that may take part in a round: open, in the reader's scope, applied by the day, as far on their way
// as the round asks, nobody has decided about them yet, and no other round is about to.
func (d *Domain) eligible(ctx context.Context, r *gate.R, x Round) ([]casefile.Case, error) {
	var a db.Args
	cs, err := db.All(ctx, r.Tx, func(s db.Row) (casefile.Case, error) { var c casefile.Case; return c, s.Scan(c.Targets()...) },
		`SELECT `+casefile.Columns+` FROM casefile c WHERE c.state = 'open' AND c.programme = `+a.Add(x.Programme)+` AND c.opened_on <= `+a.Add(x.On)+`
		AND NOT EXISTS (SELECT 1 FROM selection_candidate k JOIN selection_round o ON o.id = k.round_id WHERE k.case_id = c.id AND k.left_at = '' AND o.state = 'open' AND o.component = `+a.Add(x.Component)+` AND o.id <> `+a.Add(x.ID)+`)
		AND `+d.Undecided("c.id", x.Component, &a)+` AND `+casefile.InScope(r, "c", &a)+` ORDER BY c.opened_on, c.id LIMIT `+a.Add(maxCandidates+1), a.Values...)
	if err == nil && len(cs) > maxCandidates {
		return nil, fault.At("on", "selection.err.too_many", "n", maxCandidates)
	}
	if err != nil || x.From == "" {
		return cs, err
	}
	var out []casefile.Case
	for _, c := range cs {
		pack, err := d.Packs.Version(c.Programme, c.PackVersion)
		if err != nil {
			return nil, err
		}
		_, at, _ := pack.Stage(c.Stage)
		if _, from, ok := pack.Stage(x.From); !ok || at >= from { // an older version may not have the stage
			out = append(out, c)
		}
	}
	return out, nil
}

// look reads what is known about the people of a case now, and works out everything that ranks it. ok is false for a case to
// which the component is not a matter of choice: its version of the programme has no such help, gives it to everybody, or
// says no.
func (d *Domain) look(ctx context.Context, r *gate.R, x Round, sel *programme.Selection, c casefile.Case) (f fresh, ok bool, err error) {
	pack, err := d.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return f, false, err
	}
	f = fresh{c: c, Candidate: Candidate{CaseID: c.ID, No: c.No, Applied: c.OpenedOn, CostKnown: true}}
	if f.people, err = d.People(ctx, r, c); err != nil || len(f.people) == 0 {
		return f, false, err
	}
	for _, o := range programme.Evaluate(pack, f.people[0].Facts) {
		if o.Component == x.Component {
			f.Verdict, f.Clauses = o.Verdict, o.Trace
		}
	}
	f.Points, f.Urgency = sel.Score(f.people), sel.Urgent(f.people)
	f.Low, f.High = programme.Points(f.Points)
	f.Urgent = f.Urgency.Result
	due := programme.Entitle(pack, programme.Question{People: f.people, Decided: map[string]programme.Verdict{x.Component: programme.Eligible}}).Lines
	for _, l := range due {
		if l.Component != x.Component {
			continue
		}
		f.Costs = append(f.Costs, l)
		f.Cost += l.Amount.Minor
		if l.Verdict == programme.Undecided || l.Amount.Currency != x.Currency {
			f.CostKnown = false
		}
	}
	if !f.CostKnown || len(f.Costs) == 0 {
		f.Cost, f.CostKnown = 0, false
	}
	return f, f.Verdict == programme.Conditional || f.Verdict == programme.Undecided, nil
}

// lists tells on how many waiting lists of closed rounds each case stands.
func lists(ctx context.Context, r *gate.R, component string) (map[string]int64, error) {
	type row struct {
		id string
		n  int64
	}
	rows, err := db.All(ctx, r.Tx, func(s db.Row) (x row, err error) { return x, s.Scan(&x.id, &x.n) }, `SELECT k.case_id, COUNT(*) FROM selection_candidate k JOIN selection_round r ON r.id = k.round_id
		WHERE r.state = 'closed' AND r.component = $1 AND k.outcome = 'waiting' AND k.left_at = '' GROUP BY k.case_id ORDER BY k.case_id`, component)
	out := map[string]int64{}
	for _, x := range rows {
		out[x.id] = x.n
	}
	return out, err
}
