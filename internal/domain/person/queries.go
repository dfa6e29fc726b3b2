package person

import (
	"context"
	"errors"

	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Visible is the condition under which a reader may see a person, as SQL over the person's id and registering office. It
// is handed in by app: cases decide it, and this floor must not know them.
type Visible func(r *gate.R, idColumn, officeColumn string, a *db.Args) string

// Domain is the room.
type Domain struct {
	Gate    *gate.Gate
	Visible Visible
}

// ByID reads a person within the reader's scope; outside it the answer is "not found", and the gate notes the attempt.
func (d *Domain) ByID(ctx context.Context, r *gate.R, id string) (Person, error) {
	var a db.Args
	q := `SELECT ` + Columns + ` FROM person p WHERE p.id = ` + a.Add(id) + ` AND ` + d.Visible(r, "p.id", "p.office_id", &a)
	p, err := db.One(ctx, r.Tx, scan, q, a.Values...)
	if errors.Is(err, db.ErrNoRow) {
		if _, err := byID(ctx, r.Tx, id); err == nil {
			return p, fault.Hidden("person", id)
		}
		return p, fault.Gone()
	}
	return p, err
}
