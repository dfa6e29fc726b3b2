package org

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// CheckCover names what is wrong with a stand-in.
func CheckCover(c Cover, today day.Date) (out []fault.Field) {
	bad := func(field, key string) { out = append(out, fault.Field{Name: field, Key: key}) }
	if c.AbsentID == "" {
		bad("absent", "admin.err.absent")
	}
	if c.CoverID == "" {
		bad("cover", "admin.err.cover")
	} else if c.CoverID == c.AbsentID {
		bad("cover", "admin.err.cover_self")
	}
	switch {
	case c.From.IsZero():
		bad("from", "admin.err.from")
	case c.Until.IsZero():
		bad("until", "admin.err.until")
	case c.Until.String() < c.From.String():
		bad("until", "admin.err.until_first")
	case c.Until.String() < today.String():
		bad("until", "admin.err.until_past")
	}
	return out
}

// AllCovers lists everybody's stand-ins that are not over on a day, by their first day.
func AllCovers(ctx context.Context, t *db.Tx, today day.Date) ([]Cover, error) {
	return db.All(ctx, t, scanCover, `SELECT id, absent_id, cover_id, from_on, until_on FROM cover WHERE until_on >= $1 ORDER BY from_on, id`, today.String())
}

// Opening is a broken glass as it is stored: the reason and the reviewer's note are sealed under the case's key.
type Opening struct {
	BreakGlass
	SealedReason, SealedNote []byte
}

func scanOpening(r db.Row) (Opening, error) {
	var o Opening
	var opened, expires, reviewed db.Time
	err := r.Scan(&o.ID, &o.StaffID, &o.CaseID, &o.SealedReason, &opened, &expires, &o.ReviewedBy, &reviewed, &o.Verdict, &o.SealedNote)
	o.OpenedAt, o.ExpiresAt, o.ReviewedAt = opened.Time, expires.Time, reviewed.Time
	return o, err
}

const glassColumns = `id, staff_id, case_id, reason, opened_at, expires_at, reviewed_by, reviewed_at, verdict, review_note`

// InsertGlass adds an opening.
func InsertGlass(ctx context.Context, t *db.Tx, o Opening) error {
	_, err := t.Exec(ctx, `INSERT INTO break_glass (id, staff_id, case_id, reason, opened_at, expires_at) VALUES ($1,$2,$3,$4,$5,$6)`,
		o.ID, o.StaffID, o.CaseID, o.SealedReason, db.At(o.OpenedAt), db.At(o.ExpiresAt))
	return err
}

// GlassToReview lists the openings nobody has judged yet, oldest first.
func GlassToReview(ctx context.Context, t *db.Tx) ([]Opening, error) {
	return db.All(ctx, t, scanOpening, `SELECT `+glassColumns+` FROM break_glass WHERE reviewed_at = '' ORDER BY opened_at, id LIMIT 500`)
}

// GlassReviewed lists the last openings that were judged, newest first.
func GlassReviewed(ctx context.Context, t *db.Tx) ([]Opening, error) {
	return db.All(ctx, t, scanOpening, `SELECT `+glassColumns+` FROM break_glass WHERE reviewed_at <> '' ORDER BY reviewed_at DESC, id LIMIT 100`)
}

// GlassByID reads one opening; db.ErrNoRow if there is none.
func GlassByID(ctx context.Context, t *db.Tx, id string) (Opening, error) {
	return db.One(ctx, t, scanOpening, `SELECT `+glassColumns+` FROM break_glass WHERE id = $1`, id)
}

// ReviewGlass writes the verdict; false when it was judged already.
func ReviewGlass(ctx context.Context, t *db.Tx, o Opening) (bool, error) {
	n, err := t.Exec(ctx, `UPDATE break_glass SET reviewed_by = $1, reviewed_at = $2, verdict = $3, review_note = $4 WHERE id = $5 AND reviewed_at = ''`,
		o.ReviewedBy, db.At(o.ReviewedAt), o.Verdict, o.SealedNote, o.ID)
	return n == 1, err
}
