package org

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/platform/db"
)

func scanCover(r db.Row) (Cover, error) {
	var c Cover
	return c, r.Scan(&c.ID, &c.AbsentID, &c.CoverID, &c.From, &c.Until)
}

// PutCover writes a stand-in; writing it again under the same id changes its days.
func PutCover(ctx context.Context, t *db.Tx, c Cover) error {
	_, err := t.Exec(ctx, `INSERT INTO cover (id, absent_id, cover_id, from_on, until_on) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (id) DO UPDATE SET from_on = excluded.from_on, until_on = excluded.until_on`, c.ID, c.AbsentID, c.CoverID, c.From, c.Until)
	return err
}

// CoverByID reads one stand-in; db.ErrNoRow if there is none.
func CoverByID(ctx context.Context, t *db.Tx, id string) (Cover, error) {
	return db.One(ctx, t, scanCover, `SELECT id, absent_id, cover_id, from_on, until_on FROM cover WHERE id = $1`, id)
}

// Covers lists the stand-ins of a person, both ways, that are not over on a day ("YYYY-MM-DD").
func Covers(ctx context.Context, t *db.Tx, staff, on string) ([]Cover, error) {
	return db.All(ctx, t, scanCover, `SELECT id, absent_id, cover_id, from_on, until_on FROM cover WHERE (absent_id = $1 OR cover_id = $2) AND until_on >= $3 ORDER BY from_on, id`, staff, staff, on)
}

// DropCover ends a stand-in.
func DropCover(ctx context.Context, t *db.Tx, id string) error {
	_, err := t.Exec(ctx, `DELETE FROM cover WHERE id = $1`, id)
	return err
}
