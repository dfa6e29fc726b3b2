package programme

import (
	"context"
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Place is one place of a quota as somebody holds it. PersonID is empty for a place of the whole case.
type Place struct {
	ID, Programme, Quota string
	Seat                 int64
	CaseID, PersonID     string
}

func scanPlace(s db.Row) (p Place, err error) {
	return p, s.Scan(&p.ID, &p.Programme, &p.Quota, &p.Seat, &p.CaseID, &p.PersonID)
}

const placeColumns = `id, programme, quota, seat, case_id, person_id`

// entry is what the journal keeps of a place taken or given back; the caller puts it into the case's timeline.
func (p Place) entry(action string) journal.Entry {
	return journal.Entry{Subject: journal.Ref{Kind: "quota", ID: p.ID}, Action: action, Args: map[string]string{"quota": p.Quota}}
}

// quotaNamed finds a quota of this version, or of a newer one whose amounts are due under this one too.
func (p *Pack) quotaNamed(code string) (Quota, bool) {
	for _, q := range slices.Concat(p.Quotas, p.laterQuotas) {
		if q.Code == code {
			return q, true
		}
	}
	return Quota{}, false
}

// HasQuotas tells whether any amount under this version may take a place.
func (p *Pack) HasQuotas() bool { return len(p.Quotas)+len(p.laterQuotas) > 0 }

// SeatsOf reads how a case stands with the quotas of its programme: what Question.Seats answers.
func SeatsOf(ctx context.Context, r *gate.R, p *Pack, caseID string) (func(quotaCode, personID string) Seat, error) {
	if !p.HasQuotas() {
		return nil, nil
	}
	type taken struct {
		quota string
		n     int64
	}
	rows, err := db.All(ctx, r.Tx, func(s db.Row) (x taken, err error) { return x, s.Scan(&x.quota, &x.n) },
		`SELECT quota, COUNT(*) FROM quota_seat WHERE programme = $1 AND released_at = '' GROUP BY quota ORDER BY quota`, p.Code)
	if err != nil {
		return nil, err
	}
	left := map[string]int64{}
	for _, q := range slices.Concat(p.laterQuotas, p.Quotas) {
		left[q.Code] = q.Seats
	}
	for _, x := range rows {
		left[x.quota] -= x.n
	}
	mine, err := PlacesOf(ctx, r, caseID)
	return func(quota, personID string) Seat {
		held := slices.ContainsFunc(mine, func(x Place) bool { return x.Programme == p.Code && x.Quota == quota && x.PersonID == personID })
		return Seat{Held: held, Left: left[quota]}
	}, err
}

// PlacesOf reads the places a case holds.
func PlacesOf(ctx context.Context, r *gate.R, caseID string) ([]Place, error) {
	return db.All(ctx, r.Tx, scanPlace, `SELECT `+placeColumns+` FROM quota_seat WHERE case_id = $1 AND released_at = '' ORDER BY programme, quota, seat`, caseID)
}

// TakePlace takes the lowest free place of a quota; who holds one already takes no second. There is one writer at a time, so
// nobody can take the same place between the look and the taking; the unique index is there for the day there is not. The
// caller records the entry, where there is one.
func TakePlace(ctx context.Context, w *gate.W, p *Pack, quota, caseID, personID string) (e journal.Entry, taken bool, err error) {
	mine, err := PlacesOf(ctx, &w.R, caseID)
	if err != nil || slices.ContainsFunc(mine, func(x Place) bool { return x.Programme == p.Code && x.Quota == quota && x.PersonID == personID }) {
		return e, false, err
	}
	// The first number whose follower nobody holds, with nought before the first of them.
	seat, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT MIN(x.seat) + 1 FROM (SELECT 0 AS seat UNION ALL SELECT seat FROM quota_seat WHERE programme = $1 AND quota = $2 AND released_at = '') x
		WHERE NOT EXISTS (SELECT 1 FROM quota_seat t WHERE t.programme = $3 AND t.quota = $4 AND t.released_at = '' AND t.seat = x.seat + 1)`, p.Code, quota, p.Code, quota)
	if err != nil {
		return e, false, err
	}
	if q, ok := p.quotaNamed(quota); !ok || seat > q.Seats {
		return e, false, fault.New(fault.Conflict, "programme.err.quota_full")
	}
	x := Place{ID: w.NewID(), Programme: p.Code, Quota: quota, Seat: seat, CaseID: caseID, PersonID: personID}
	_, err = w.Tx.Exec(ctx, `INSERT INTO quota_seat (`+placeColumns+`, taken_at, taken_by) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
		x.ID, x.Programme, x.Quota, x.Seat, x.CaseID, x.PersonID, clock.Format(w.Now), w.Actor.ID)
	return x.entry("entitlement.place_taken"), err == nil, err
}

// GivePlaceBack frees a place for whoever comes next. The caller records the entry.
func GivePlaceBack(ctx context.Context, w *gate.W, x Place) (journal.Entry, error) {
	_, err := w.Tx.Exec(ctx, `UPDATE quota_seat SET released_at = $1, released_by = $2 WHERE id = $3 AND released_at = ''`, clock.Format(w.Now), w.Actor.ID, x.ID)
	return x.entry("entitlement.place_given_back"), err
}

// OfQuota lists the codes of the amounts, in every version of a programme, of which each takes a place in a quota.
func (l *Library) OfQuota(code, quota string) (out []string) {
	for _, p := range l.packs {
		for _, a := range p.Amounts {
			if p.Code == code && a.Quota == quota {
				out = append(out, a.Code)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
