// Package gate is the one way in. Whoever reads or changes anything passes here: the gate knows the person, checks the
// permission, opens the one transaction, and lets nothing through that does not leave its entry in the journal. Follow-up
// work is written in the same transaction, so what rolls back leaves no job behind.
//
// It owns no table. It decides nothing about the field: rules do, in the rooms above.
package gate

import (
	"context"
	"errors"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/crypt"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
)

// Gate is made once, in app.
type Gate struct {
	DB    *db.DB
	Vault *crypt.Vault
	Clock clock.Clock
	IDs   *id.Maker
	Zone  *time.Location // whose midnight begins a day
	Wake  func()         // tells the workers that there is a new job

	probes probeLog
}

// R is the database as one person may see it, under one permission. Reading functions take it, so that a query without a
// scope does not compile.
type R struct {
	Tx    *db.Tx
	Actor *org.Actor
	Scope org.Scope
	Now   time.Time
	Today day.Date
	vault *crypt.Vault
}

// W is R with the right to write. Every W must Record.
type W struct {
	R
	ids     *id.Maker
	journal *journal.Writer
	office  string
	device  string
	jobs    int
	noted   int // entries recorded through this W
}

// Read lets fn read what actor may see under perm, in a snapshot that cannot write.
func (g *Gate) Read(ctx context.Context, actor, perm string, fn func(context.Context, *R) error) error {
	if b := batchOf(ctx); b != nil { // a batch reads what it has just written
		r, err := b.as(ctx, actor, perm)
		if err != nil {
			return err
		}
		return fn(ctx, &r.R)
	}
	now := g.Clock.Now()
	err := g.DB.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		a, err := g.actor(ctx, t, actor, perm, now)
		if err != nil {
			return err
		}
		return fn(ctx, &R{Tx: t, Actor: a, Scope: a.Scope(perm), Now: now, Today: day.Of(now, g.zone()), vault: g.Vault})
	})
	return g.refused(ctx, actor, err)
}

// Write lets fn change things as actor under perm, in one transaction. It panics when fn changed something (or claims so
// by returning nil) without recording it: that is a mistake in the program, and nothing is committed.
func (g *Gate) Write(ctx context.Context, actor, perm string, fn func(context.Context, *W) error) error {
	if b := batchOf(ctx); b != nil {
		w, err := b.as(ctx, actor, perm)
		if err != nil {
			return err
		}
		return w.run(ctx, fn)
	}
	wake := false
	err := g.DB.Write(ctx, func(ctx context.Context, t *db.Tx) error {
		w, err := g.begin(ctx, t, actor, perm)
		if err != nil {
			return err
		}
		if err := w.run(ctx, fn); err != nil {
			return err
		}
		wake = w.jobs > 0
		return w.journal.Finish(ctx)
	})
	if err == nil && wake && g.Wake != nil {
		g.Wake()
	}
	return g.refused(ctx, actor, err)
}

func (g *Gate) begin(ctx context.Context, t *db.Tx, actor, perm string) (*W, error) {
	j, err := journal.Begin(ctx, t, g.Vault)
	if err != nil {
		return nil, err
	}
	now := g.Clock.Now() // after the queue for the head row: entries are in the order of their time
	a, err := g.actor(ctx, t, actor, perm, now)
	if err != nil {
		return nil, err
	}
	return &W{R: R{Tx: t, Actor: a, Scope: a.Scope(perm), Now: now, Today: day.Of(now, g.zone()), vault: g.Vault},
		ids: g.IDs, journal: j, office: a.OfficeID, device: deviceOf(ctx)}, nil
}

func (w *W) run(ctx context.Context, fn func(context.Context, *W) error) error {
	if err := fn(ctx, w); err != nil {
		return err
	}
	if w.noted == 0 {
		panic("gate: a write that recorded nothing")
	}
	return nil
}

// Today is the day it is in the office, for what a form proposes; a command takes the day of its own transaction.
func (g *Gate) Today() day.Date { return day.Of(g.Clock.Now(), g.zone()) }

func (g *Gate) zone() *time.Location {
	if g.Zone == nil {
		return time.UTC
	}
	return g.Zone
}

func (g *Gate) actor(ctx context.Context, t *db.Tx, actor, perm string, now time.Time) (*org.Actor, error) {
	a, err := org.LoadActor(ctx, t, actor, now)
	if errors.Is(err, db.ErrNoRow) {
		return nil, fault.New(fault.SignedOut, "fault.signed_out")
	}
	if err != nil {
		return nil, err
	}
	if !a.Active {
		return nil, fault.New(fault.SignedOut, "fault.signed_out")
	}
	if !a.Can(perm) {
		return nil, fault.New(fault.Denied, "fault.denied", "permission", perm)
	}
	return a, nil
}

// May tells whether the actor holds a permission, for the route table and for leaving out links that would be refused.
func (g *Gate) May(ctx context.Context, actor string, perms ...string) (map[string]bool, *org.Actor, error) {
	out := map[string]bool{}
	var a *org.Actor
	err := g.DB.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		var err error
		if a, err = org.LoadActor(ctx, t, actor, g.Clock.Now()); err != nil {
			if errors.Is(err, db.ErrNoRow) {
				return fault.New(fault.SignedOut, "fault.signed_out")
			}
			return err
		}
		for _, p := range perms {
			out[p] = a.Can(p)
		}
		return nil
	})
	return out, a, err
}

// Record adds an entry to the journal.
func (w *W) Record(ctx context.Context, e journal.Entry) error {
	w.noted++
	return w.journal.Append(ctx, journal.Stamp{At: db.At(w.Now), Actor: w.Actor.ID, Office: w.office, Device: w.device}, e)
}

// Later adds a follow-up job to the same transaction.
func (w *W) Later(ctx context.Context, jobs ...queue.Job) error {
	w.jobs += len(jobs)
	return queue.Add(ctx, w.Tx, w.Now, jobs...)
}

// NewID makes an id.
func (w *W) NewID() string {
	if w.ids == nil {
		return id.New()
	}
	return w.ids.New()
}

// Seal seals text under the subject's key; place names the column and row it is for.
func (w *W) Seal(ctx context.Context, subject, place, text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	return w.vault.Seal(ctx, w.Tx, subject, place, []byte(text))
}

// Open opens sealed text. What was erased comes back empty with erased true.
func (r *R) Open(ctx context.Context, subject, place string, sealed []byte) (text string, erased bool, err error) {
	b, err := r.vault.Open(ctx, r.Tx, subject, place, sealed)
	if errors.Is(err, crypt.ErrErased) {
		return "", true, nil
	}
	return string(b), false, err
}

// Vault gives the vault for attachments (streams) and blind indexes.
func (r *R) Vault() *crypt.Vault { return r.vault }

// History reads the journal as this person may see it.
func (r *R) History(ctx context.Context, f journal.Filter) ([]*journal.Line, error) {
	f.Classes = r.Actor.ClearedFor()
	return journal.List(ctx, r.Tx, r.vault, f)
}

// ChangedSince lists the entries about a subject after a revision.
func (r *R) ChangedSince(ctx context.Context, subject string, revision int64) ([]*journal.Line, error) {
	return journal.ChangedSince(ctx, r.Tx, r.vault, subject, revision, r.Actor.ClearedFor())
}
