package desk

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/ui"
)

// label is a case as it is named in a list that is not about cases.
type label struct {
	id, no string
	name   ui.NameParts
}

// whoIs names the principal applicants of cases in one query, as far as the reader may see those cases at all.
func whoIs(ctx context.Context, r *gate.R, caseIDs []string) (map[string]label, error) {
	out := map[string]label{}
	if len(caseIDs) == 0 {
		return out, nil
	}
	seen := under(r, casefile.PermView)
	var a db.Args
	rows, err := db.All(ctx, r.Tx, scanLabel, `SELECT c.id, c.no, `+person.NameColumns+` FROM casefile c JOIN person p ON p.id = c.principal_id
		WHERE c.id IN `+a.In(caseIDs)+` AND `+casefile.InScope(seen, "c", &a)+` ORDER BY c.id`, a.Values...)
	for _, l := range rows {
		out[l.id] = l
	}
	return out, err
}

func scanLabel(s db.Row) (label, error) {
	var l label
	var p person.Person
	err := s.Scan(append([]any{&l.id, &l.no}, p.NameTargets()...)...)
	l.name = p.Parts()
	return l, err
}
