package gate

import (
	"context"
	"sync"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

type batchKey struct{}

// batch is a run of commands in one transaction: the import of a file, the making of a demo caseload. Each command
// checks its permission and records its entries as always; only the commit is shared.
type batch struct {
	g      *Gate
	first  *W
	actors map[string]*org.Actor
}

func batchOf(ctx context.Context) *batch { b, _ := ctx.Value(batchKey{}).(*batch); return b }

// Batch runs fn with all gates in its context joined into one transaction: all of it is kept, or nothing. The clock is read
// anew for each command, so a demo may let time pass between them.
func (g *Gate) Batch(ctx context.Context, actor, perm string, fn func(context.Context) error) error {
	if batchOf(ctx) != nil {
		return fn(ctx)
	}
	wake := false
	err := g.DB.Write(ctx, func(ctx context.Context, t *db.Tx) error {
		w, err := g.begin(ctx, t, actor, perm)
		if err != nil {
			return err
		}
		b := &batch{g: g, first: w, actors: map[string]*org.Actor{actor: w.Actor}}
		if err := fn(context.WithValue(ctx, batchKey{}, b)); err != nil {
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

// Peek reads outside every scope, inside a batch or not: for the command line, where whoever may run it may read the
// database file itself. It never serves a request.
func (g *Gate) Peek(ctx context.Context, fn func(context.Context, *db.Tx) error) error {
	if b := batchOf(ctx); b != nil {
		return fn(ctx, b.first.Tx)
	}
	return g.DB.Read(ctx, fn)
}

func (b *batch) as(ctx context.Context, actor, perm string) (*W, error) {
	now := b.g.Clock.Now()
	a := b.actors[actor]
	if a == nil {
		var err error
		if a, err = b.g.actor(ctx, b.first.Tx, actor, perm, now); err != nil {
			return nil, err
		}
		b.actors[actor] = a
	}
	if !a.Can(perm) {
		return nil, fault.New(fault.Denied, "fault.denied", "permission", perm)
	}
	w := *b.first
	w.Actor, w.Scope, w.Now, w.office, w.noted = a, a.Scope(perm), now, a.OfficeID, 0
	w.Today = dayOf(now, b.g)
	b.first.jobs++ // a batch wakes the workers once, whatever it queued
	return &w, nil
}

// probeLog keeps one refused attempt per person and record and quarter of an hour, so that a program that guesses ids
// cannot flood the journal.
type probeLog struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

const (
	probeQuiet = 15 * time.Minute
	probeMax   = 10_000
)

func (p *probeLog) fresh(key string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t, ok := p.seen[key]; ok && now.Sub(t) < probeQuiet {
		return false
	}
	if p.seen == nil || len(p.seen) >= probeMax {
		p.seen = map[string]time.Time{}
	}
	p.seen[key] = now
	return true
}

// refused writes an attempt to reach a record outside the actor's scope into the journal. The attempt's own transaction
// is rolled back by then; the answer stays "not found".
func (g *Gate) refused(ctx context.Context, actor string, err error) error {
	if err == nil || batchOf(ctx) != nil {
		return err
	}
	f := fault.Of(err)
	if f.ProbeID == "" || !g.probes.fresh(actor+" "+f.ProbeID, g.Clock.Now()) {
		return err
	}
	noteErr := g.DB.Write(context.WithoutCancel(ctx), func(ctx context.Context, t *db.Tx) error {
		j, e := journal.Begin(ctx, t, g.Vault)
		if e != nil {
			return e
		}
		a, e := org.LoadActor(ctx, t, actor, g.Clock.Now())
		if e != nil {
			return e
		}
		e = j.Append(ctx, journal.Stamp{At: db.At(g.Clock.Now()), Actor: a.ID, Office: a.OfficeID, Device: deviceOf(ctx)},
			journal.Entry{Subject: journal.Ref{Kind: f.ProbeKind, ID: f.ProbeID}, Action: "access.refused", Key: journal.Installation})
		if e != nil {
			return e
		}
		return j.Finish(ctx)
	})
	if noteErr != nil {
		return fault.Of(noteErr) // an attempt that cannot be noted is not answered either
	}
	return err
}
