package programme

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Adopted is the record that this installation has worked with a version.
type Adopted struct {
	Code, Version, Hash string
	At                  db.Time
	By                  string
}

// Adopt records every version that is new here, when the program starts. A version whose content has changed since it was
// adopted is refused: decisions were taken under it, and a change makes a new version.
func (d *Domain) Adopt(ctx context.Context, actor string) error {
	fresh := 0
	err := d.Gate.Read(ctx, actor, PermAdopt, func(ctx context.Context, r *gate.R) error {
		news, err := d.news(ctx, r)
		fresh = len(news)
		return err
	})
	if err != nil || fresh == 0 {
		return err
	}
	return d.Gate.Write(ctx, actor, PermAdopt, func(ctx context.Context, w *gate.W) error {
		news, err := d.news(ctx, &w.R)
		if err != nil {
			return err
		}
		for _, p := range news {
			if _, err := w.Tx.Exec(ctx, `INSERT INTO programme_version (code, version, hash, adopted_at, adopted_by) VALUES ($1,$2,$3,$4,$5)`,
				p.Code, p.Version, p.Hash, db.At(w.Now), w.Actor.ID); err != nil {
				return err
			}
			if err := w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "programme", ID: p.Code + " " + p.Version}, Action: "programme.adopted",
				Args: map[string]string{"programme": p.Code, "version": p.Version, "hash": p.Hash}}); err != nil {
				return err
			}
		}
		if len(news) == 0 { // another process was faster
			return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "programme", ID: "all"}, Action: "programme.adopted_before"})
		}
		return w.Later(ctx, d.OnNew...)
	})
}

// news are the packs that are not on record yet.
func (d *Domain) news(ctx context.Context, r *gate.R) ([]*Pack, error) {
	known, err := adopted(ctx, r)
	if err != nil {
		return nil, err
	}
	var out []*Pack
	for _, p := range d.Library.packs {
		a, ok := known[p.Code+" "+p.Version]
		switch {
		case !ok:
			out = append(out, p)
		case a.Hash != p.Hash:
			return nil, fault.New(fault.Conflict, "programme.err.changed", "programme", p.Code, "version", p.Version)
		}
	}
	return out, nil
}

func adopted(ctx context.Context, r *gate.R) (map[string]Adopted, error) {
	rows, err := db.All(ctx, r.Tx, func(r db.Row) (Adopted, error) {
		var a Adopted
		return a, r.Scan(&a.Code, &a.Version, &a.Hash, &a.At, &a.By)
	}, `SELECT code, version, hash, adopted_at, adopted_by FROM programme_version ORDER BY code, version`)
	out := map[string]Adopted{}
	for _, a := range rows {
		out[a.Code+" "+a.Version] = a
	}
	return out, err
}
