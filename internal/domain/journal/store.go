package journal

import (
	"context"
	"errors"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/platform/crypt"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

const columns = `seq, at, actor, office, device, subject_kind, subject_id, case_id, action, class, revision, key_id, body, leaf`

func scanLeaf(r db.Row) (*Line, []byte, error) {
	var l Line
	var at db.Time
	err := r.Scan(&l.Seq, &at, &l.Actor, &l.Office, &l.Device, &l.Subject.Kind, &l.Subject.ID, &l.Case, &l.Action, &l.Class, &l.Revision, &l.KeyID, &l.Sealed, &l.Leaf)
	l.At = at.Time
	return &l, l.Leaf, err
}

func scan(r db.Row) (*Line, error) { l, _, err := scanLeaf(r); return l, err }

// Filter says which entries are wanted. Every field narrows; the zero value means the whole journal.
type Filter struct {
	Case, Subject, Actor, Office, Action string
	Before                               int64    // entries with a smaller number: the next page of a list, newest first
	After                                int64    // entries with a greater number, oldest first: a feed
	Classes                              []string // the classes the reader may see; entries of others come back hidden, without their body
	Limit                                int
}

// List reads entries, newest first (or oldest first after After), and opens their bodies. Who may ask for which case is
// the caller's business; which classes open is decided here by Filter.Classes.
func List(ctx context.Context, t *db.Tx, v *crypt.Vault, f Filter) ([]*Line, error) {
	var a db.Args
	q := `SELECT ` + columns + ` FROM journal WHERE 1 = 1`
	for _, c := range []struct{ col, val string }{{"case_id", f.Case}, {"subject_id", f.Subject}, {"actor", f.Actor}, {"office", f.Office}, {"action", f.Action}} {
		if c.val != "" {
			q += ` AND ` + c.col + ` = ` + a.Add(c.val)
		}
	}
	order := ` ORDER BY seq DESC`
	if f.Before > 0 {
		q += ` AND seq < ` + a.Add(f.Before)
	}
	if f.After > 0 {
		q += ` AND seq > ` + a.Add(f.After)
		order = ` ORDER BY seq`
	}
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 100
	}
	lines, err := db.All(ctx, t, scan, q+order+` LIMIT `+a.Add(f.Limit), a.Values...)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if err := l.open(ctx, t, v, f.Classes); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

func (l *Line) open(ctx context.Context, t *db.Tx, v *crypt.Vault, classes []string) error {
	seen := l.Class == "normal"
	for _, c := range classes {
		seen = seen || c == l.Class
	}
	if !seen {
		l.Hidden = true
		return nil
	}
	plain, err := v.Open(ctx, t, l.KeyID, "journal:"+strconv.FormatInt(l.Seq, 10), l.Sealed)
	if errors.Is(err, crypt.ErrErased) {
		l.Erased = true
		return nil
	}
	if err != nil {
		return err
	}
	b, err := decode(plain)
	l.Changes, l.Args = b.Changes, b.Args
	return err
}

// Head is the number of entries and the signed checkpoint.
func Head(ctx context.Context, t *db.Tx) (size int64, signed string, err error) {
	type head struct {
		n int64
		s string
	}
	h, err := db.One(ctx, t, func(r db.Row) (head, error) { var h head; return h, r.Scan(&h.n, &h.s) },
		`SELECT seq, signed FROM journal_head WHERE id = 1`)
	return h.n, h.s, err
}

// ChangedSince lists what happened to a subject after a revision: what the second of two editors must be shown.
func ChangedSince(ctx context.Context, t *db.Tx, v *crypt.Vault, subject string, revision int64, classes []string) ([]*Line, error) {
	lines, err := db.All(ctx, t, scan, `SELECT `+columns+` FROM journal WHERE subject_id = $1 AND revision > $2 ORDER BY seq`, subject, revision)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if err := l.open(ctx, t, v, classes); err != nil {
			return nil, err
		}
	}
	return lines, nil
}
