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
	rows, err := db.All(ctx, r.Tx, scanLabel, `SELECT c.id, c.no, p.given_names, p.family_name, p.known_as, p.native_given, p.native_family, p.native_lang FROM casefile c JOIN person p ON p.id = c.principal_id
		WHERE c.id IN `+a.In(caseIDs)+` AND `+casefile.InScope(seen, "c", &a)+` ORDER BY c.id`, a.Values...)
	for _, l := range rows {
		out[l.id] = l
	}
	return out, err
}

func scanLabel(s db.Row) (label, error) {
	var l label
	var p person.Person
	err := s.Scan(&l.id, &l.no, &p.GivenNames, &p.FamilyName, &p.KnownAs, &p.NativeGiven, &p.NativeFamily, &p.NativeLang)
	l.name = nameOf(p)
	return l, err
}

// nameOf is a name in both scripts; somebody with neither is called by what they are known as.
func nameOf(p person.Person) ui.NameParts {
	n := ui.NameParts{Latin: p.Name(), Native: p.Native(), NativeLang: p.NativeLang}
	if n.Latin == "" && n.Native == "" {
		n.Latin = p.KnownAs
	}
	return n
}
