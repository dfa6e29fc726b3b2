package casefile

import (
	"context"
	"strings"

	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
)

// Answers to what lower floors ask about cases; app hands them in.

// PersonUnderGlass is the condition that a person is in a case that the reader opened by breaking the glass.
func PersonUnderGlass(r *gate.R, idColumn string, a *db.Args) string {
	return `EXISTS (SELECT 1 FROM case_member gm WHERE gm.person_id = ` + idColumn + ` AND gm.case_id IN ` + a.In(r.Actor.Glass) + `)`
}

// InChildCase tells whether a person is in an open case that treats somebody as a child.
func InChildCase(ctx context.Context, r *gate.R, personID string) (bool, error) {
	flags, err := db.All(ctx, r.Tx, db.Value[string], `SELECT c.flags FROM case_member m JOIN casefile c ON c.id = m.case_id WHERE m.person_id = $1 AND c.state = 'open' ORDER BY c.id`, personID)
	for _, f := range flags {
		for _, x := range strings.Fields(f) {
			if x == "child" || x == "uasc" {
				return true, nil
			}
		}
	}
	return false, err
}

// MayErase refuses to erase somebody whose case is open, or must still be kept.
func MayErase(ctx context.Context, r *gate.R, personID string) (reasonKey string, args []any, err error) {
	type row struct{ no, state, keep string }
	rows, err := db.All(ctx, r.Tx, func(x db.Row) (row, error) { var c row; return c, x.Scan(&c.no, &c.state, &c.keep) },
		`SELECT c.no, c.state, c.keep_until FROM case_member m JOIN casefile c ON c.id = m.case_id WHERE m.person_id = $1 ORDER BY c.id`, personID)
	if err != nil {
		return "", nil, err
	}
	for _, c := range rows {
		if c.state == Open {
			return "case.err.erase_open", []any{"no", c.no}, nil
		}
		if c.keep > r.Today.String() {
			return "case.err.erase_keep", []any{"no", c.no, "until", c.keep}, nil
		}
	}
	return "", nil, nil
}

// IDByNumber finds a case by its number without asking who wants to know: only for opening by breaking the glass, which is
// recorded and reviewed. db.ErrNoRow if there is none.
func IDByNumber(ctx context.Context, t *db.Tx, no string) (string, error) {
	return db.One(ctx, t, db.Value[string], `SELECT id FROM casefile WHERE no = $1`, strings.ToUpper(strings.TrimSpace(no)))
}

// NumberByID gives a case's number for the list of broken glasses.
func NumberByID(ctx context.Context, t *db.Tx, id string) (string, error) {
	return db.One(ctx, t, db.Value[string], `SELECT no FROM casefile WHERE id = $1`, id)
}

// JobLookAgain holds what was decided about one case against what is known now. Its payload is the case's id.
const JobLookAgain = "eligibility.look_again"

// LookAgain asks for that after a fact of the case has changed, in the same transaction: if the change is kept, so is the
// job. Where nothing was decided yet there is nothing to look at.
func LookAgain(ctx context.Context, w *gate.W, caseID string) error {
	n, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM eligibility_decision WHERE case_id = $1 AND superseded_by = ''`, caseID)
	if err != nil || n == 0 {
		return err
	}
	return w.Later(ctx, queue.Job{Kind: JobLookAgain, Payload: caseID, UniqueKey: caseID})
}

// LookAgainAt does so for every open case of a person about whom a fact has changed.
func LookAgainAt(ctx context.Context, w *gate.W, personID string) error {
	ids, err := db.All(ctx, w.Tx, db.Value[string], `SELECT c.id FROM case_member m JOIN casefile c ON c.id = m.case_id WHERE m.person_id = $1 AND c.state = 'open' ORDER BY c.id`, personID)
	for _, id := range ids {
		if err := LookAgain(ctx, w, id); err != nil {
			return err
		}
	}
	return err
}

// lookIfChanged asks for another look when a command is about to change what rules read in the case's own row.
func lookIfChanged(ctx context.Context, w *gate.W, c *Case) error {
	if c.State != Open {
		return nil
	}
	n, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM casefile WHERE id = $1 AND (pack_version <> $2 OR principal_id <> $3 OR persons <> $4 OR children <> $5 OR flags <> $6 OR return_country <> $7 OR departs_on <> $8 OR state <> $9)`,
		c.ID, c.PackVersion, c.PrincipalID, c.Persons, c.Children, c.Flags, c.ReturnCountry, c.DepartsOn, c.State)
	if err != nil || n == 0 {
		return err
	}
	return LookAgain(ctx, w, c.ID)
}
