package selection

import (
	"context"
	"slices"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// NextTask is the code of the task in the case to which a place has passed on.
const NextTask = "selection_next"

// nextDays is how long a place that came free waits for the committee's word, before the task is overdue.
const nextDays = 7

// minMembers is how many people are a committee. One alone would be nobody's equal when they are asked why.
const minMembers = 2

// Deciding is the committee's word about one candidate on its way in.
type Deciding struct {
	RoundID, CaseID string
	Outcome, Reason string
	Members         []string
	Saw             string // the proposal that stood on the page; empty: not asked
}

// Decide records what the committee decided about one person, who decided it, and why where it is not what was proposed. While
// the round is open it may be changed; every word stays in the journal. In a closed round only a place that came free can be
// given, to somebody on the waiting list.
func (d *Domain) Decide(ctx context.Context, actor string, in Deciding) error {
	return d.Gate.Write(ctx, actor, PermDecide, func(ctx context.Context, w *gate.W) error {
		x, err := RoundByID(ctx, &w.R, in.RoundID)
		if err != nil {
			return err
		}
		c, err := casefile.ByID(ctx, &w.R, in.CaseID)
		if err != nil {
			return err
		}
		sel, err := d.rules(x)
		if err != nil {
			return err
		}
		es, err := entries(ctx, &w.R, x.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(es, func(e Entry) bool { return e.CaseID == c.ID })
		if i < 0 {
			return fault.Gone()
		}
		e := es[i]
		if e.Left {
			return fault.New(fault.Conflict, "selection.err.left")
		}
		if x.State == Closed {
			if err := d.mayFill(ctx, &w.R, x, e, in); err != nil {
				return err
			}
		}
		cs := candidates(es)
		if x.State == Open { // proposed as if nothing had been decided about them yet
			cs[i].Outcome, cs[i].Seat = "", ""
		}
		p := placedOf(Rank(cs, x.Limits, sel.Tie), c.ID)
		if x.State == Closed {
			p.Proposal = Selected // the place is free, and they are next or the committee says why not
		}
		if in.Saw != "" && x.State == Open && in.Saw != p.Proposal {
			return fault.New(fault.Conflict, "selection.err.moved")
		}
		in.Members = slices.Sorted(slices.Values(in.Members))
		names, fs, err := d.committee(ctx, w, in.Members)
		if err != nil {
			return err
		}
		was := e
		e.Outcome, e.Seat, e.AtPlace, e.Proposed, e.By, e.At = in.Outcome, "", int64(p.Place), p.Proposal, w.Actor.ID, w.Now
		switch {
		case !slices.Contains(Outcomes, in.Outcome):
			fs = append(fs, fault.Field{Name: "outcome", Key: "selection.err.outcome"})
		case in.Outcome == Chosen:
			seat, problem := SeatFor(cs, x.Limits, p)
			if e.Seat = seat; problem != "" {
				fs = append(fs, fault.Field{Name: "outcome", Key: problem})
			}
		}
		if NeedsReason(p.Proposal, in.Outcome) && in.Reason == "" {
			fs = append(fs, fault.Field{Name: "reason", Key: "selection.err.reason"})
		}
		if len(fs) > 0 {
			return fault.Fields(fs)
		}
		if err := saveDecision(ctx, w, e, in.Reason, in.Members); err != nil {
			return err
		}
		if x.State == Closed {
			if err := d.Record(ctx, w, &c, verdict(x, e, in.Reason, names)); err != nil {
				return err
			}
		}
		return spoken(ctx, w, x, &c, e, was.Outcome, in.Reason)
	})
}

// spoken ends the task that waited for the committee's word about a case, and notes the word.
func spoken(ctx context.Context, w *gate.W, x Round, c *casefile.Case, e Entry, was, reason string) error {
	if err := casefile.FinishTask(ctx, w, c, NextTask); err != nil {
		return err
	}
	if err := casefile.Save(ctx, w, c); err != nil {
		return err
	}
	return casefile.Record(ctx, w, *c, journal.Entry{Action: "selection.decided", Subject: journal.Ref{Kind: "selection_round", ID: x.ID}, Key: e.PersonID, Changes: journal.Diff("outcome", was, e.Outcome),
		Args: map[string]string{"round": strconv.FormatInt(x.No, 10), "outcome": e.Outcome, "proposal": e.Proposed, "place": strconv.FormatInt(e.AtPlace, 10), "reason": reason}})
}

// WaitRest records that the committee puts everybody behind the line on the waiting list, as it is proposed. It is its word about
// each of them; who is still to be asked is left out, and decided about one by one.
func (d *Domain) WaitRest(ctx context.Context, actor, roundID string, members []string) (n int, err error) {
	err = d.onRound(ctx, actor, PermDecide, roundID, func(ctx context.Context, w *gate.W, x *Round, es []Entry, tie []string) error {
		members = slices.Sorted(slices.Values(members))
		_, fs, err := d.committee(ctx, w, members)
		if err == nil {
			err = fault.Fields(fs)
		}
		if err != nil {
			return err
		}
		r := Rank(candidates(es), x.Limits, tie)
		n = 0
		for _, e := range es {
			p := placedOf(r, e.CaseID)
			if !e.Seen || e.Outcome != "" || p.Proposal != Behind {
				continue
			}
			n++
			e.Outcome, e.AtPlace, e.Proposed, e.By, e.At = Waiting, int64(p.Place), p.Proposal, w.Actor.ID, w.Now
			if err := saveDecision(ctx, w, e, "", members); err != nil {
				return err
			}
			if err := spoken(ctx, w, *x, &e.Case, e, "", ""); err != nil {
				return err
			}
		}
		if n == 0 {
			return fault.New(fault.Conflict, "selection.err.no_rest")
		}
		return nil
	})
	return n, err
}

// mayFill refuses what cannot be done in a closed round.
func (d *Domain) mayFill(ctx context.Context, r *gate.R, x Round, e Entry, in Deciding) error {
	if e.Outcome != Waiting || in.Outcome != Chosen {
		return fault.New(fault.Conflict, "selection.err.closed")
	}
	other, err := elsewhere(ctx, r, x)
	if err == nil && other[e.CaseID] {
		return fault.New(fault.Conflict, "selection.err.elsewhere")
	}
	return err
}

// elsewhere are the cases that stand in another round that is open.
func elsewhere(ctx context.Context, r *gate.R, x Round) (map[string]bool, error) {
	ids, err := db.All(ctx, r.Tx, db.Value[string], `SELECT k.case_id FROM selection_candidate k JOIN selection_round o ON o.id = k.round_id WHERE o.state = 'open' AND o.component = $1 AND o.id <> $2 AND k.left_at = '' ORDER BY k.case_id`, x.Component, x.ID)
	out := map[string]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}

func placedOf(r Ranking, caseID string) Placed {
	for _, p := range r.List {
		if p.CaseID == caseID {
			return p
		}
	}
	return Placed{}
}

// committee looks at who is said to have decided: several people, all of whom may.
func (d *Domain) committee(ctx context.Context, w *gate.W, ids []string) (names []string, fs []fault.Field, err error) {
	may, err := org.Holders(ctx, w.Tx, PermDecide)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for _, id := range ids {
		i := slices.IndexFunc(may, func(s org.Staff) bool { return s.ID == id })
		if i < 0 || seen[id] {
			return nil, []fault.Field{{Name: "members", Key: "selection.err.member"}}, nil
		}
		seen[id] = true
		names = append(names, may[i].Name)
	}
	if len(names) < minMembers {
		fs = append(fs, fault.Field{Name: "members", Key: "selection.err.members", Args: []any{"n", minMembers}})
	}
	return names, fs, nil
}

func verdict(x Round, e Entry, reason string, members []string) Verdict {
	return Verdict{Round: x, Component: x.Component, Chosen: e.Outcome == Chosen, Place: e.AtPlace, Points: e.Low, Reason: reason, Members: members}
}

// Close ends a round once the committee has spoken about everybody. What it decided becomes the decision about the component
// in each case; who waits stays on the list for the next round.
func (d *Domain) Close(ctx context.Context, actor, roundID string) error {
	return d.onRound(ctx, actor, PermDecide, roundID, func(ctx context.Context, w *gate.W, x *Round, es []Entry, _ []string) error {
		open := 0
		for _, e := range es {
			if e.competes() {
				open++
			}
		}
		if open > 0 {
			return fault.New(fault.Conflict, "selection.err.undecided", "n", open)
		}
		staff, err := org.ListStaff(ctx, w.Tx, "")
		if err != nil {
			return err
		}
		names := map[string]string{}
		for _, s := range staff {
			names[s.ID] = s.Name
		}
		count := map[string]int{}
		for _, e := range es {
			if e.Left {
				continue
			}
			count[e.Outcome]++
			if e.Outcome != Chosen && e.Outcome != NotChosen {
				continue
			}
			full, err := detail(ctx, &w.R, e)
			if err != nil {
				return err
			}
			var members []string
			for _, m := range full.Members {
				members = append(members, names[m])
			}
			c, err := caseOf(ctx, &w.R, e.CaseID)
			if err != nil {
				return err
			}
			if err := d.Record(ctx, w, &c, verdict(*x, e, full.Reason, members)); err != nil {
				return err
			}
		}
		x.State, x.ClosedBy, x.ClosedAt = Closed, w.Actor.ID, w.Now
		x.Revision++
		if err := saveRound(ctx, w, *x); err != nil {
			return err
		}
		return w.Record(ctx, aboutRound(*x, "selection.closed", map[string]string{"chosen": strconv.Itoa(count[Chosen]), "waiting": strconv.Itoa(count[Waiting]), "not_chosen": strconv.Itoa(count[NotChosen])}))
	})
}

// OnWithdraw takes a case out of every round in the moment in which the person changes their mind. A place they had, or would
// have had, passes to the next on the list as a task in that case: the committee decides, and nobody is forgotten.
func (d *Domain) OnWithdraw(ctx context.Context, w *gate.W, c casefile.Case) ([]string, error) {
	return d.leave(ctx, w, c, "withdrawn")
}

// OnClose does the same for a case that is closed while a round is open. In a closed round a place that was given was used.
func (d *Domain) OnClose(ctx context.Context, w *gate.W, c casefile.Case) ([]string, error) {
	return d.leave(ctx, w, c, "closed")
}

func (d *Domain) leave(ctx context.Context, w *gate.W, c casefile.Case, why string) (freed []string, err error) {
	rounds, err := db.All(ctx, w.Tx, scanRound, `SELECT `+roundColumns+` FROM selection_round r JOIN selection_candidate k ON k.round_id = r.id WHERE k.case_id = $1 AND k.left_at = '' AND k.outcome <> 'not_chosen' AND (r.state = 'open' OR $2 = 'withdrawn') ORDER BY r.opened_at, r.id`, c.ID, why)
	if err != nil {
		return nil, err
	}
	for _, x := range rounds {
		had, err := d.leaveOne(ctx, w, c, x, why)
		if err != nil {
			return nil, err
		}
		key := "selection.freed.list"
		if had {
			key = "selection.freed.place"
		}
		freed = append(freed, key)
	}
	return freed, nil
}

func (d *Domain) leaveOne(ctx context.Context, w *gate.W, c casefile.Case, x Round, why string) (had bool, err error) {
	sel, err := d.rules(x)
	if err != nil {
		return false, err
	}
	es, err := entries(ctx, &w.R, x.ID)
	if err != nil {
		return false, err
	}
	cs := candidates(es)
	before := Rank(cs, x.Limits, sel.Tie)
	had = placedOf(before, c.ID).In
	cs[slices.IndexFunc(cs, func(o Candidate) bool { return o.CaseID == c.ID })].Left = true
	if err := markLeft(ctx, w, x.ID, c.ID, why); err != nil {
		return had, err
	}
	if err := casefile.Record(ctx, w, c, journal.Entry{Action: "selection.left", Subject: journal.Ref{Kind: "selection_round", ID: x.ID}, Args: map[string]string{"round": strconv.FormatInt(x.No, 10), "left": why}}); err != nil {
		return had, err
	}
	var next []string
	if x.State == Open {
		for _, p := range Rank(cs, x.Limits, sel.Tie).List {
			if p.In && !placedOf(before, p.CaseID).In {
				next = append(next, p.CaseID)
			}
		}
	} else if had {
		other, err := elsewhere(ctx, &w.R, x)
		if err != nil {
			return had, err
		}
		if p, ok := Next(cs, x.Limits, sel.Tie, func(id string) bool { return other[id] }); ok {
			next = append(next, p.CaseID)
		}
	}
	for _, id := range next {
		if err := passOn(ctx, w, x, id); err != nil {
			return had, err
		}
	}
	return had, nil
}

// passOn tells whoever keeps the next case that a place has come free for it.
func passOn(ctx context.Context, w *gate.W, x Round, caseID string) error {
	c, err := caseOf(ctx, &w.R, caseID)
	if err != nil || c.State != casefile.Open {
		return err
	}
	if err := casefile.AddTask(ctx, w, &c, casefile.Task{Code: NextTask, OwnerID: c.OwnerID, DueOn: w.Today.AddDays(nextDays)}); err != nil {
		return err
	}
	if err := casefile.Save(ctx, w, &c); err != nil {
		return err
	}
	return casefile.Record(ctx, w, c, journal.Entry{Action: "selection.next", Subject: journal.Ref{Kind: "selection_round", ID: x.ID}, Args: map[string]string{"round": strconv.FormatInt(x.No, 10)}})
}
