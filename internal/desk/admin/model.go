// Package admin is the office's own office: who works where and may do what, who stands in for whom, which cases were
// opened by breaking the glass and whether that was right, what work behind the screens is stuck, and the journal with its
// proof that nothing was altered.
//
// It owns journal_check; the tables of people, offices and roles are org's, which this room changes through org's functions
// and always through the gate. It never opens a case: it gives the right to, for a time, and writes that down.
package admin

import (
	"context"
	"sync"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Permissions of this room.
const (
	PermManage      = "org.manage"
	PermRoles       = "org.roles"
	PermCover       = "org.cover"
	PermGlass       = "org.break_glass"
	PermReviewGlass = "org.review_glass"
	PermJobs        = "admin.jobs"
	PermJournal     = "journal.read"
	PermCheckpoint  = "journal.checkpoint"
)

// Permissions lists them.
var Permissions = []string{PermManage, PermRoles, PermCover, PermGlass, PermReviewGlass, PermJobs, PermJournal, PermCheckpoint}

// DefaultGlass is how long a broken glass stays open.
const DefaultGlass = 2 * time.Hour

// Verdicts on a broken glass.
const (
	Justified   = "justified"
	Unjustified = "unjustified"
)

// Domain is the room. app makes it and hands in what other rooms answer.
type Domain struct {
	Gate *gate.Gate
	// FindCase gives the id of a case by its number; db.ErrNoRow where there is none.
	FindCase func(ctx context.Context, t *db.Tx, no string) (id string, err error)
	// CaseNo gives the number of a case.
	CaseNo func(ctx context.Context, t *db.Tx, id string) (no string, err error)
	// EndSessions signs a person out everywhere but for one session.
	EndSessions func(ctx context.Context, t *db.Tx, staffID, except string) (int64, error)
	// ResetCode makes a one-time code for a new password; ResetFactors takes the second factors away.
	ResetCode    func(ctx context.Context, w *gate.W, staffID string) (code string, err error)
	ResetFactors func(ctx context.Context, w *gate.W, staffID string) error
	// Locked and Unlock are about accounts that were tried too often.
	Locked func(ctx context.Context, t *db.Tx, s org.Staff) (time.Time, error)
	Unlock func(ctx context.Context, w *gate.W, s org.Staff) error

	GlassFor   time.Duration   // zero: DefaultGlass
	PublicURL  string          // before the path of a one-time link
	Known      []string        // every permission the program knows, for the page of a role
	Programmes func() []string // codes of the programmes a role can be limited to
	Languages  []string        // tags a person can work in
	Countries  []string        // ISO codes offered for an office

	progress sync.Map // verification id -> how far it is
}

func (d *Domain) glassFor() time.Duration {
	if d.GlassFor == 0 {
		return DefaultGlass
	}
	return d.GlassFor
}
