package selection

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Line is a round in the list, with the cases the reader sees in it.
type Line struct {
	Round
	Cases, Chosen, Waiting, NotChosen int64
}

// Rounds lists the rounds in which the reader sees a case, the last first.
func Rounds(ctx context.Context, r *gate.R) ([]Line, error) {
	var a db.Args
	return db.All(ctx, r.Tx, func(s db.Row) (Line, error) {
		var x Line
		return x, s.Scan(append(x.Round.targets(), &x.Cases, &x.Chosen, &x.Waiting, &x.NotChosen)...)
	}, `SELECT `+roundColumns+`, n.cases, n.chosen, n.waiting, n.not_chosen FROM selection_round r JOIN (
		SELECT k.round_id AS round_id, COUNT(*) AS cases, SUM(CASE WHEN k.outcome = 'chosen' THEN 1 ELSE 0 END) AS chosen, SUM(CASE WHEN k.outcome = 'waiting' THEN 1 ELSE 0 END) AS waiting,
		SUM(CASE WHEN k.outcome = 'not_chosen' THEN 1 ELSE 0 END) AS not_chosen FROM selection_candidate k JOIN casefile c ON c.id = k.case_id WHERE k.left_at = '' AND `+casefile.InScope(r, "c", &a)+` GROUP BY k.round_id) n ON n.round_id = r.id
		ORDER BY r.opened_at DESC, r.id DESC LIMIT 500`, a.Values...)
}

// Given is how many places rounds opened since a day have given out already, or mean to.
func Given(ctx context.Context, r *gate.R, programme, component, since string) (int64, error) {
	return db.One(ctx, r.Tx, db.Value[int64], `SELECT CAST(COALESCE(SUM(places), 0) AS BIGINT) FROM selection_round WHERE programme = $1 AND component = $2 AND on_day >= $3`, programme, component, since)
}

// Sheet is a round with everybody in it.
type Sheet struct {
	Round
	Pack    *programme.Pack
	Ranking Ranking
	entries map[string]Entry
	all     []Entry
}

// Sheet reads a round and puts its candidates in order.
func (d *Domain) Sheet(ctx context.Context, r *gate.R, roundID string) (s Sheet, err error) {
	if s.Round, err = RoundByID(ctx, r, roundID); err != nil {
		return s, err
	}
	if s.Pack, err = d.Packs.Version(s.Programme, s.PackVersion); err != nil {
		return s, err
	}
	if s.all, err = entries(ctx, r, s.ID); err != nil {
		return s, err
	}
	s.Ranking = Rank(candidates(s.all), s.Limits, s.Pack.Selection.Tie)
	s.entries = map[string]Entry{}
	for _, e := range s.all {
		s.entries[e.CaseID] = e
	}
	return s, nil
}

// Entry is what is kept about a candidate.
func (s *Sheet) Entry(caseID string) Entry { return s.entries[caseID] }

// Unseen counts the candidates the reader does not see.
func (s *Sheet) Unseen() (n int) {
	for _, e := range s.all {
		if !e.Seen {
			n++
		}
	}
	return n
}

// Enter lists whom so much more money would bring a place.
func (s *Sheet) Enter(more int64) []Placed {
	return Enters(candidates(s.all), s.Limits, s.Pack.Selection.Tie, more)
}

// Undecided counts whom the committee has still to speak about.
func (s *Sheet) Undecided() (n int) {
	for _, e := range s.all {
		if e.competes() {
			n++
		}
	}
	return n
}

// Behind counts those the reader sees behind the line, about whom the committee has not spoken.
func (s *Sheet) Behind() (n int) {
	for _, p := range s.Ranking.List {
		if p.Proposal == Behind && s.entries[p.CaseID].Seen {
			n++
		}
	}
	return n
}

// Free tells whether a place of a closed round has come free, and for whom it is.
func (s *Sheet) Free(ctx context.Context, r *gate.R) (Placed, bool, error) {
	if s.State != Closed {
		return Placed{}, false, nil
	}
	other, err := elsewhere(ctx, r, s.Round)
	if err != nil {
		return Placed{}, false, err
	}
	p, ok := Next(candidates(s.all), s.Limits, s.Pack.Selection.Tie, func(id string) bool { return other[id] })
	return p, ok, nil
}

// Place is where a candidate stands.
func (s *Sheet) Place(caseID string) Placed { return placedOf(s.Ranking, caseID) }

// Detail opens everything about one candidate. Outside the reader's scope there is none.
func (s *Sheet) Detail(ctx context.Context, r *gate.R, caseID string) (Detail, error) {
	e, ok := s.entries[caseID]
	if !ok {
		return Detail{}, fault.Gone()
	}
	if !e.Seen {
		return Detail{}, fault.Hidden("case", caseID)
	}
	return detail(ctx, r, e)
}

// Neighbour is the candidate the reader sees next to a place, before or behind it.
func (s *Sheet) Neighbour(p Placed, step int) (Placed, bool) {
	for i := p.Place - 1 + step; i >= 0 && i < len(s.Ranking.List); i += step {
		if o := s.Ranking.List[i]; o.Place > 0 && s.entries[o.CaseID].Seen {
			return o, true
		}
	}
	return Placed{}, false
}

// Shares are the rates of who was chosen, or would be, by sex, age and nationality of the main applicants the reader sees.
type Shares struct{ Sex, Age, Nationality map[string]Count }

// Shares counts. Who has left is not counted; while the committee has not spoken, the proposal stands in its place.
func (s *Sheet) Shares(ctx context.Context, r *gate.R) (Shares, error) {
	out := Shares{map[string]Count{}, map[string]Count{}, map[string]Count{}}
	type row struct {
		caseID string
		p      person.Person
	}
	var a db.Args
	rows, err := db.All(ctx, r.Tx, func(q db.Row) (x row, err error) {
		return x, q.Scan(append(x.p.Targets(), &x.caseID)...)
	}, `SELECT `+person.Columns+`, k.case_id FROM selection_candidate k JOIN casefile c ON c.id = k.case_id JOIN person p ON p.id = c.principal_id
		WHERE k.round_id = `+a.Add(s.ID)+` AND k.left_at = '' AND `+casefile.InScope(r, "c", &a)+` ORDER BY k.case_id`, a.Values...)
	if err != nil {
		return out, err
	}
	in := map[string]int64{}
	for _, p := range s.Ranking.List {
		if p.In {
			in[p.CaseID] = 1
		}
	}
	for _, x := range rows {
		years, known := x.p.Age(s.On)
		for _, g := range []struct {
			in   map[string]Count
			name string
		}{{out.Sex, or(x.p.Sex, "unknown")}, {out.Age, AgeGroup(years, known)}, {out.Nationality, or(x.p.Nationality, "unknown")}} {
			c := g.in[g.name]
			g.in[g.name] = Count{c.Pool + 1, c.Chosen + in[x.caseID]}
		}
	}
	return out, nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// LastCommittee is who decided last in a round, as far as the reader sees the case: the form for the next person begins with them.
func LastCommittee(ctx context.Context, r *gate.R, roundID string) ([]string, error) {
	var a db.Args
	id := a.Add(roundID)
	return db.All(ctx, r.Tx, db.Value[string], `SELECT m.staff_id FROM selection_member m WHERE m.round_id = `+id+` AND m.case_id = (SELECT k.case_id FROM selection_candidate k JOIN casefile c ON c.id = k.case_id
		WHERE k.round_id = `+id+` AND k.outcome <> '' AND `+casefile.InScope(r, "c", &a)+` ORDER BY k.decided_at DESC, k.case_id LIMIT 1) ORDER BY m.staff_id`, a.Values...)
}
