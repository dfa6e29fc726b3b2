package casefile

import (
	"context"
	"fmt"
	"sync"

	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Tally is what the counts above a worklist say.
type Tally struct{ Action, Waiting, Departing, Open int64 }

// Counts counts the open cases of a list, whatever desk and departure it is narrowed to: exactly, and only within scope.
func (d *Domain) Counts(ctx context.Context, r *gate.R, f Filter) (Tally, error) {
	f.Desk, f.Departs, f.State, f.After, f.Sort, f.Limit = "", "", Open, "", "", 0
	if f.Owner == "" && f.Due == "" && f.Text == "" {
		return d.sum(ctx, r, f)
	}
	key, err := tallyKey(ctx, r, f)
	if err != nil {
		return Tally{}, err
	}
	if t, ok := d.tallies.get(key); ok {
		return t, nil
	}
	t, err := d.count(ctx, r, f)
	if err == nil {
		d.tallies.put(key, t)
	}
	return t, err
}

// sum adds up what case_count keeps of all cases alike. What a reader sees only because it is theirs or its glass was broken is
// little, and is counted.
func (d *Domain) sum(ctx context.Context, r *gate.R, f Filter) (t Tally, err error) {
	wide, all := *r, f
	wide.Scope, all.State = r.Scope.Wide(), "any" // case_count knows open cases only
	var a db.Args
	if err := t.add(ctx, r, `SELECT c.desk, CAST(SUM(c.n) AS BIGINT) FROM case_count c WHERE `+d.where(&wide, all, &a)+` GROUP BY c.desk ORDER BY c.desk`, a); err != nil {
		return t, err
	}
	owners, glass := r.Scope.Own()
	for _, part := range []struct {
		col      string
		ids, not []string
	}{{"c.owner_id", owners, nil}, {"c.id", glass, owners}} {
		if len(part.ids) == 0 {
			continue
		}
		var a db.Args
		q := `SELECT c.desk, COUNT(*) FROM casefile c WHERE ` + part.col + ` IN ` + a.In(part.ids)
		if len(part.not) > 0 {
			q += ` AND c.owner_id NOT IN ` + a.In(part.not)
		}
		q += ` AND NOT ` + InScope(&wide, "c", &a) + ` AND ` + d.where(r, f, &a) + ` GROUP BY c.desk ORDER BY c.desk`
		if err := t.add(ctx, r, q, a); err != nil {
			return t, err
		}
	}
	t.Departing, err = d.departing(ctx, r, f)
	return t, err
}

// count reads the cases themselves, for what case_count does not know of.
func (d *Domain) count(ctx context.Context, r *gate.R, f Filter) (t Tally, err error) {
	for _, branch := range branches(r, f) {
		var a db.Args
		if err := t.add(ctx, r, `SELECT c.desk, COUNT(*) FROM casefile c WHERE `+branch(&a)+` AND `+d.where(r, f, &a)+` GROUP BY c.desk ORDER BY c.desk`, a); err != nil {
			return t, err
		}
	}
	t.Departing, err = d.departing(ctx, r, f)
	return t, err
}

// departing counts the cases that leave within a week: few, and kept in the order of their days.
func (d *Domain) departing(ctx context.Context, r *gate.R, f Filter) (int64, error) {
	f.Departs = "week"
	var a db.Args
	return db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(*) FROM casefile c WHERE `+d.where(r, f, &a), a.Values...)
}

func (t *Tally) add(ctx context.Context, r *gate.R, q string, a db.Args) error {
	type row struct {
		desk string
		n    int64
	}
	rows, err := db.All(ctx, r.Tx, func(s db.Row) (row, error) { var x row; return x, s.Scan(&x.desk, &x.n) }, q, a.Values...)
	for _, x := range rows {
		if x.desk == NeedsAction {
			t.Action += x.n
		} else {
			t.Waiting += x.n
		}
		t.Open += x.n
	}
	return err
}

// group is what open cases are counted by: the columns of case_count. Of a case that has ended it is zero, and such a case
// is in no count.
type group struct{ host, origin, programme, class, desk, stage, nationality, returns, flags string }

const groupColumns = `host_office, origin_office, programme, class, desk, stage, nationality, return_country, flags`

const inGroup = `host_office = $1 AND origin_office = $2 AND programme = $3 AND class = $4 AND desk = $5 AND stage = $6 AND nationality = $7 AND return_country = $8 AND flags = $9`

func (g *group) values() []any {
	return []any{g.host, g.origin, g.programme, g.class, g.desk, g.stage, g.nationality, g.returns, g.flags}
}

func (c *Case) group() group {
	if c.State != Open {
		return group{}
	}
	return group{c.HostOffice, c.OriginOffice, c.Programme, c.Class, c.Desk, c.Stage, c.Nationality, c.ReturnCountry, c.Flags}
}

// groupOf tells in which group a case is counted now.
func groupOf(ctx context.Context, t *db.Tx, caseID string) (group, error) {
	return db.One(ctx, t, func(s db.Row) (group, error) {
		var c Case
		err := s.Scan(&c.State, &c.HostOffice, &c.OriginOffice, &c.Programme, &c.Class, &c.Desk, &c.Stage, &c.Nationality, &c.ReturnCountry, &c.Flags)
		return c.group(), err
	}, `SELECT state, `+groupColumns+` FROM casefile WHERE id = $1`, caseID)
}

// regroup moves a case from one group to another, in the transaction that changes it.
func regroup(ctx context.Context, t *db.Tx, from, to group) error {
	if from == to {
		return nil
	}
	if from != (group{}) {
		n, err := t.Exec(ctx, `UPDATE case_count SET n = n - 1 WHERE `+inGroup+` AND n > 1`, from.values()...)
		if err == nil && n == 0 { // the last of its group
			_, err = t.Exec(ctx, `DELETE FROM case_count WHERE `+inGroup, from.values()...)
		}
		if err != nil {
			return err
		}
	}
	if to == (group{}) {
		return nil
	}
	_, err := t.Exec(ctx, `INSERT INTO case_count (`+groupColumns+`, n) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,1) ON CONFLICT (`+groupColumns+`) DO UPDATE SET n = case_count.n + 1`, to.values()...)
	return err
}

// tallyKey names a count by everything it depends on: who may see what, the filter, the day, and the number of the last
// entry in the journal. Nothing changes without an entry, so equal keys have equal counts; an office that reads its list
// twenty times between two changes counts once. Inside a write the last entry is not final, and nothing is remembered.
func tallyKey(ctx context.Context, r *gate.R, f Filter) (string, error) {
	if r.Tx.Writable() {
		return "", nil
	}
	seq, err := db.One(ctx, r.Tx, db.Value[int64], `SELECT seq FROM journal_head WHERE id = 1`)
	return fmt.Sprintf("%d %s %s %v %s", seq, r.Today, r.Actor.ID, r.Scope, f.Values().Encode()), err
}

// tallies are the counts last asked for.
type tallies struct {
	mu   sync.Mutex
	last map[string]Tally
}

const maxTallies = 2000

func (c *tallies) get(key string) (Tally, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.last[key]
	return t, ok && key != ""
}

func (c *tallies) put(key string, t Tally) {
	if key == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || len(c.last) >= maxTallies {
		c.last = map[string]Tally{}
	}
	c.last[key] = t
}
