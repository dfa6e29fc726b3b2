package selection

import (
	"context"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Opening is a round on its way in.
type Opening struct {
	ID, Programme, FundID   string
	From                    string // stage; empty: everybody
	On                      day.Date
	Budget, Places, Reserve int64
}

func aboutRound(x Round, action string, args map[string]string) journal.Entry {
	if args == nil {
		args = map[string]string{}
	}
	args["round"] = strconv.FormatInt(x.No, 10)
	return journal.Entry{Subject: journal.Ref{Kind: "selection_round", ID: x.ID}, Action: action, Key: journal.Installation, Revision: x.Revision, Args: args}
}

// OpenRound opens a round with everybody who may be chosen, each with what is known about them today. The facts are read before
// the writing begins, so that an office of thousands does not stand still meanwhile; who has left or was decided about in
// between does not come in. Sending it again under the same id changes nothing.
func (d *Domain) OpenRound(ctx context.Context, actor string, in Opening) (x Round, err error) {
	var found []fresh
	if err := d.Gate.Read(ctx, actor, PermOpen, func(ctx context.Context, r *gate.R) (err error) {
		found = nil
		if x, err = d.planned(ctx, r, in); err != nil {
			return err
		}
		found, err = d.candidates(ctx, r, x)
		return err
	}); err != nil {
		return x, err
	}
	err = d.Gate.Write(ctx, actor, PermOpen, func(ctx context.Context, w *gate.W) error {
		known, err := db.All(ctx, w.Tx, scanRound, `SELECT `+roundColumns+` FROM selection_round r WHERE r.id = $1`, in.ID)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			x = known[0]
			return w.Record(ctx, aboutRound(x, "selection.opened_again", nil))
		}
		if x, err = d.planned(ctx, &w.R, in); err != nil {
			return err
		}
		if x.ID == "" {
			x.ID = w.NewID()
		}
		if x.No, err = db.One(ctx, w.Tx, db.Value[int64], `SELECT COALESCE(MAX(no), 0) + 1 FROM selection_round WHERE programme = $1`, x.Programme); err != nil {
			return err
		}
		still, err := d.eligible(ctx, &w.R, x)
		if err != nil {
			return err
		}
		x.Kept = kept(x, found)
		here := map[string]bool{}
		for _, c := range still {
			here[c.ID] = true
		}
		if err := insertRound(ctx, w, x); err != nil {
			return err
		}
		n := 0
		for _, f := range found {
			if !here[f.CaseID] {
				continue
			}
			n++
			if err := f.put(ctx, w, x.ID); err != nil {
				return err
			}
			if err := casefile.Record(ctx, w, f.c, journal.Entry{Action: "selection.entered", Subject: journal.Ref{Kind: "selection_round", ID: x.ID}, Args: map[string]string{"round": strconv.FormatInt(x.No, 10)}}); err != nil {
				return err
			}
		}
		if n == 0 {
			return fault.New(fault.Conflict, "selection.err.nobody")
		}
		return w.Record(ctx, aboutRound(x, "selection.opened", map[string]string{"n": strconv.Itoa(n), "places": strconv.FormatInt(x.Places, 10), "amount": x.Amount(x.Budget).String()}))
	})
	return x, err
}

// planned checks what was asked for and makes a round of it.
func (d *Domain) planned(ctx context.Context, r *gate.R, in Opening) (Round, error) {
	x := Round{ID: in.ID, Programme: in.Programme, On: in.On, From: in.From, FundID: in.FundID, State: Open, OpenedBy: r.Actor.ID, OpenedAt: r.Now, Revision: 1, Limits: Limits{Budget: in.Budget, Places: in.Places, Reserve: in.Reserve}}
	pack, err := d.Packs.Current(in.Programme, r.Today)
	if err != nil || pack.Selection == nil {
		return x, fault.At("programme", "selection.err.programme")
	}
	x.PackVersion, x.Component, x.Currency = pack.Version, pack.Selection.Component, pack.CurrencyOf(pack.Selection.Component)
	var fs []fault.Field
	bad := func(name, key string, args ...any) { fs = append(fs, fault.Field{Name: name, Key: key, Args: args}) }
	if in.On.IsZero() || in.On.After(r.Today) {
		bad("on", "selection.err.on")
	}
	if _, _, ok := pack.Stage(in.From); in.From != "" && !ok {
		bad("from", "selection.err.from")
	}
	if in.Budget <= 0 || in.Budget > maxBudget {
		bad("budget", "selection.err.budget")
	}
	if in.Places <= 0 || in.Places > maxPlaces {
		bad("places", "selection.err.places")
	}
	if in.Reserve < 0 || in.Reserve > in.Places || in.Reserve > 0 && pack.Selection.Reserve == nil {
		bad("reserve", "selection.err.reserve")
	}
	if in.FundID != "" {
		free, serves, err := freeIn(ctx, r, in.FundID, x)
		switch {
		case err != nil:
			return x, err
		case !serves:
			bad("fund", "selection.err.fund")
		case in.Budget > free:
			bad("budget", "selection.err.fund_free", "amount", x.Amount(free))
		}
	}
	if len(fs) > 0 {
		return x, fault.Fields(fs)
	}
	return x, nil
}

// kept is the money that goes with the places that are kept: enough for the dearest case in each of them, so that a place is never kept
// that could not be paid. While no cost is known it is their share.
func kept(x Round, found []fresh) int64 {
	dearest := int64(0)
	for _, f := range found {
		dearest = max(dearest, f.Cost)
	}
	if dearest == 0 {
		return x.Amount(x.Budget).Part(x.Reserve, x.Places).Minor
	}
	return min(x.Budget, x.Reserve*dearest)
}

// Bounds of a round, far above any programme's.
const (
	maxBudget = 1_000_000_000_000
	maxPlaces = 1_000_000
)

// freeIn is what nobody has asked for yet in a fund.
func freeIn(ctx context.Context, r *gate.R, fundID string, x Round) (free int64, serves bool, err error) {
	f, err := ledger.FundByID(ctx, r, fundID)
	if fault.Is(err, fault.NotFound) {
		return 0, false, nil
	}
	if err != nil || !f.ServesOn(x.Programme, x.Currency, r.Today) {
		return 0, false, err
	}
	s, err := ledger.StandingOf(ctx, r, f)
	return s.Free, true, err
}

func (d *Domain) candidates(ctx context.Context, r *gate.R, x Round) ([]fresh, error) {
	sel, err := d.rules(x)
	if err != nil {
		return nil, err
	}
	cs, err := d.eligible(ctx, r, x)
	if err != nil {
		return nil, err
	}
	waited, err := lists(ctx, r, x.Component)
	if err != nil {
		return nil, err
	}
	var out []fresh
	for _, c := range cs {
		f, ok, err := d.look(ctx, r, x, sel, c)
		if err != nil {
			return nil, err
		}
		if f.waited = waited[c.ID]; ok {
			out = append(out, f)
		}
	}
	return out, nil
}

// rules are those of the version under which a round was opened.
func (d *Domain) rules(x Round) (*programme.Selection, error) {
	pack, err := d.Packs.Version(x.Programme, x.PackVersion)
	if err != nil {
		return nil, err
	}
	return pack.Selection, nil
}

// onRound is the frame of what is done to an open round.
func (d *Domain) onRound(ctx context.Context, actor, perm, roundID string, fn func(ctx context.Context, w *gate.W, x *Round, es []Entry, tie []string) error) error {
	return d.Gate.Write(ctx, actor, perm, func(ctx context.Context, w *gate.W) error {
		x, err := RoundByID(ctx, &w.R, roundID)
		if err != nil {
			return err
		}
		if x.State != Open {
			return fault.New(fault.Conflict, "selection.err.closed")
		}
		sel, err := d.rules(x)
		if err != nil {
			return err
		}
		es, err := entries(ctx, &w.R, x.ID)
		if err != nil {
			return err
		}
		return fn(ctx, w, &x, es, sel.Tie)
	})
}

// ReadAgain reads the facts of everybody about whom the committee has not decided yet: what was asked for in the meantime
// counts from now on. Whom somebody decided about outside the round leaves it.
func (d *Domain) ReadAgain(ctx context.Context, actor, roundID string) (changed int, err error) {
	var found []fresh
	if err := d.Gate.Read(ctx, actor, PermOpen, func(ctx context.Context, r *gate.R) error {
		found = nil
		x, err := RoundByID(ctx, r, roundID)
		if err != nil || x.State != Open {
			return err
		}
		sel, err := d.rules(x)
		if err != nil {
			return err
		}
		es, err := entries(ctx, r, x.ID)
		if err != nil {
			return err
		}
		for _, e := range es {
			if !e.Seen || e.Left || e.Outcome != "" {
				continue
			}
			f, _, err := d.look(ctx, r, x, sel, e.Case)
			if err != nil {
				return err
			}
			f.waited = e.Waited
			found = append(found, f)
		}
		return nil
	}); err != nil {
		return 0, err
	}
	err = d.onRound(ctx, actor, PermOpen, roundID, func(ctx context.Context, w *gate.W, x *Round, es []Entry, _ []string) error {
		changed = 0
		was := map[string]Entry{}
		for _, e := range es {
			was[e.CaseID] = e
		}
		anywhere := *x
		anywhere.From = "" // who has come back a stage stays
		still, err := d.eligible(ctx, &w.R, anywhere)
		if err != nil {
			return err
		}
		undecided := map[string]bool{}
		for _, c := range still {
			undecided[c.ID] = true
		}
		for _, f := range found {
			e := was[f.CaseID]
			switch {
			case e.Left || e.Outcome != "":
				continue
			case !undecided[f.CaseID]:
				if err := markLeft(ctx, w, x.ID, f.CaseID, "decided"); err != nil {
					return err
				}
				changed++
				continue
			}
			if e.Low != f.Low || e.High != f.High || e.Verdict != f.Verdict || e.Urgent != f.Urgent || e.Cost != f.Cost || e.CostKnown != f.CostKnown {
				changed++
			}
			if err := f.put(ctx, w, x.ID); err != nil {
				return err
			}
		}
		return w.Record(ctx, aboutRound(*x, "selection.read_again", map[string]string{"n": strconv.Itoa(changed)}))
	})
	return changed, err
}

func markLeft(ctx context.Context, w *gate.W, roundID, caseID, why string) error {
	_, err := w.Tx.Exec(ctx, `UPDATE selection_candidate SET left_at = $1, left_why = $2 WHERE round_id = $3 AND case_id = $4 AND left_at = ''`, clock.Format(w.Now), why, roundID, caseID)
	return err
}

// LowerReserve keeps fewer places for urgent cases from now on. The money that was kept with them goes to all.
func (d *Domain) LowerReserve(ctx context.Context, actor, roundID string, keep int64) error {
	return d.onRound(ctx, actor, PermOpen, roundID, func(ctx context.Context, w *gate.W, x *Round, es []Entry, _ []string) error {
		given := Pot{}
		for _, e := range es {
			if e.Outcome == Chosen && !e.Left && e.Seat == SeatReserve {
				given.add(e.Cost)
			}
		}
		now := x.Limits.Lower(keep)
		if keep < 0 || keep >= x.Reserve || keep < given.Places || now.Kept < given.Money {
			return fault.At("keep", "selection.err.keep", "given", given.Places, "now", x.Reserve)
		}
		old := x.Reserve
		x.Limits = now
		x.Revision++
		if err := saveRound(ctx, w, *x); err != nil {
			return err
		}
		e := aboutRound(*x, "selection.reserve_lowered", map[string]string{"n": strconv.FormatInt(keep, 10)})
		e.Changes = journal.Diff("reserve", strconv.FormatInt(old, 10), strconv.FormatInt(keep, 10))
		return w.Record(ctx, e)
	})
}
