package accommodation

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// CheckIn is what happens at the reception when people arrive.
type CheckIn struct {
	BookingID     string
	Beds          map[string]string // stay id → bed id
	RulesAccepted bool
	RulesLang     string // in which the house rules were read
	Items         []string
	Reason        string // why the family does not sleep in one room
}

// CheckIn lets people in, each in a bed of their own. A family sleeps in one room unless there is a reason. If a bed was
// taken a moment ago nothing is written, and the answer names the beds that are left for them.
func (d *Domain) CheckIn(ctx context.Context, actor string, ci CheckIn) error {
	return d.onBooking(ctx, actor, PermCheck, ci.BookingID, func(ctx context.Context, w *gate.W, c casefile.Case, s Site, stays []Guest) error {
		if err := casefile.RequireOpen(c); err != nil {
			return err
		}
		coming := in(stays, Booked)
		var fs []fault.Field
		if !ci.RulesAccepted {
			fs = append(fs, fault.Field{Name: "rules", Key: "accommodation.err.rules"})
		}
		if ci.RulesLang == "" || len(ci.RulesLang) > 12 {
			fs = append(fs, fault.Field{Name: "rules_lang", Key: "accommodation.err.rules_lang"})
		}
		coming = slices.DeleteFunc(coming, func(g Guest) bool { return ci.Beds[g.ID] == "" })
		if len(coming) == 0 || len(coming) != len(ci.Beds) {
			fs = append(fs, fault.Field{Name: "bed", Key: "accommodation.err.choose_beds"})
		}
		for _, x := range ci.Items {
			if !has(Items, x) {
				fs = append(fs, fault.Field{Name: "items", Key: "accommodation.err.items"})
			}
		}
		if len([]rune(ci.Reason)) > 500 {
			fs = append(fs, fault.Field{Name: "reason", Key: "accommodation.err.too_long", Args: []any{"n", 500}})
		}
		if err := fault.Fields(fs); err != nil {
			return err
		}
		if coming[0].From.After(w.Today) {
			return fault.New(fault.Conflict, "accommodation.err.too_early", "date", coming[0].From)
		}
		h, err := readHouse(ctx, &w.R, s, w.Scope.Sees)
		if err != nil {
			return err
		}
		var rooms []string
		for i := range coming {
			g := &coming[i]
			g.BedID = ci.Beds[g.ID]
			b, ok := h.bed(g.BedID)
			if !ok {
				return fault.At("bed", "accommodation.err.choose_beds")
			}
			g.UnitID = b.UnitID
			rooms = append(rooms, b.UnitID)
		}
		if !together(append(rooms, roomsOf(in(stays, InHouse, Absent))...)) && ci.Reason == "" {
			return fault.At("reason", "accommodation.err.split")
		}
		for _, u := range h.units {
			here := slices.Collect(func(yield func(Guest) bool) {
				for _, g := range coming {
					if g.UnitID == u.ID && !yield(g) {
						return
					}
				}
			})
			if bad := misfits(u, len(stays), sleepers(here, &w.R), h.others(u.ID, c.ID, &w.R)); len(here) > 0 && len(bad) > 0 {
				return h.refuse("accommodation.err.unfit_"+bad[0], coming, &w.R, "unit", u.Name)
			}
		}
		for _, g := range coming {
			if err := lieDown(ctx, w, h, &g.Stay, coming); err != nil {
				return err
			}
			g.Stay.State, g.Stay.InAt, g.Stay.RulesLang, g.Stay.Items, g.Stay.Reason = InHouse, w.Now, ci.RulesLang, strings.Join(ci.Items, " "), ci.Reason
			if err := save(ctx, w, g.Stay); err != nil {
				return err
			}
		}
		if err := casefile.FinishTask(ctx, w, &c, taskBedAgain); err != nil {
			return err
		}
		if err := casefile.Save(ctx, w, &c); err != nil {
			return err
		}
		args := []string{"site", s.Name, "persons", strconv.Itoa(len(coming)), "language", ci.RulesLang}
		action := "accommodation.in"
		if ci.Reason != "" {
			action, args = "accommodation.in_split", append(args, "reason", ci.Reason)
		}
		return casefile.Record(ctx, w, c, about(coming[0].Stay, action, args...))
	})
}

func roomsOf(gs []Guest) (out []string) {
	for _, g := range gs {
		out = append(out, g.UnitID)
	}
	return out
}

func sleepers(gs []Guest, r *gate.R) (out []sleeper) {
	for _, g := range gs {
		out = append(out, sleeperOf(g, r))
	}
	return out
}

// lieDown gives a bed to a stay. The guard in the update is the one place that decides whose the bed is.
func lieDown(ctx context.Context, w *gate.W, h house, s *Stay, party []Guest) error {
	n, err := w.Tx.Exec(ctx, `UPDATE bed SET stay_id = $1 WHERE id = $2 AND site_id = $3 AND stay_id = '' AND (out_reason = '' OR out_until <= $4)`, s.ID, s.BedID, s.SiteID, w.Today)
	if err != nil || n == 1 {
		return err
	}
	b, _ := h.bed(s.BedID)
	return h.refuse("accommodation.err.bed_taken", party, &w.R, "bed", b.Name)
}

// house is one house as it is tonight.
type house struct {
	site   Site
	units  []Unit
	beds   []Bed
	guests []Guest // with a bed
}

func readHouse(ctx context.Context, r *gate.R, s Site, sees func(org.Subject) bool) (h house, err error) {
	h.site = s
	if h.units, err = UnitsOf(ctx, r, s.ID); err != nil {
		return h, err
	}
	if h.beds, err = BedsOf(ctx, r, s.ID); err != nil {
		return h, err
	}
	h.guests, err = guestsSeen(ctx, r, sees, `s.site_id = $1 AND s.state IN ('in_house','absent')`, s.ID)
	return h, err
}

func (h house) bed(id string) (Bed, bool) {
	for _, b := range h.beds {
		if b.ID == id {
			return b, true
		}
	}
	return Bed{}, false
}

// others are those who sleep in a unit and are not of a case.
func (h house) others(unitID, caseID string, r *gate.R) (out []sleeper) {
	for _, g := range h.guests {
		if g.UnitID == unitID && g.CaseID != caseID {
			out = append(out, sleeperOf(g, r))
		}
	}
	return out
}

// Alternative is a room in which people could sleep together tonight.
type Alternative struct {
	Unit Unit
	Beds []Bed
}

// alternatives are the rooms with a free bed for everybody of a party.
func (h house) alternatives(party []Guest, r *gate.R) (out []Alternative) {
	for _, u := range h.units {
		a := Alternative{Unit: u}
		for _, b := range h.beds {
			if b.UnitID == u.ID && b.StayID == "" && !b.Out(r.Today) {
				a.Beds = append(a.Beds, b)
			}
		}
		caseID := ""
		if len(party) > 0 {
			caseID = party[0].CaseID
		}
		if len(a.Beds) >= len(party) && len(misfits(u, len(party), sleepers(party, r), h.others(u.ID, caseID, r))) == 0 {
			out = append(out, a)
		}
	}
	return out
}

// refuse says why a bed or a room cannot be had, and which rooms could.
func (h house) refuse(key string, party []Guest, r *gate.R, args ...any) error {
	f := fault.At("bed", key, args...)
	alt := h.alternatives(party, r)
	if len(alt) == 0 {
		f.Fields = append(f.Fields, fault.Field{Name: "bed", Key: "accommodation.err.no_other"})
		return f
	}
	var names []string
	for _, a := range alt {
		if len(names) < 5 {
			names = append(names, a.Unit.Name+" ("+strconv.Itoa(len(a.Beds))+")")
		}
	}
	f.Fields = append(f.Fields, fault.Field{Name: "bed", Key: "accommodation.err.others", Args: []any{"rooms", strings.Join(names, ", ")}})
	return f
}

// onStay is the frame of what is done to one person's stay.
func (d *Domain) onStay(ctx context.Context, actor, stayID string, fn func(ctx context.Context, w *gate.W, c casefile.Case, s Site, g *Guest) (journal.Entry, error)) error {
	return d.Gate.Write(ctx, actor, PermCheck, func(ctx context.Context, w *gate.W) error {
		list, err := guests(ctx, &w.R, `s.id = $1`, stayID)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fault.Gone()
		}
		g := &list[0]
		if g.Hidden {
			return fault.Hidden("stay", stayID)
		}
		c, err := casefile.ByID(ctx, &w.R, g.CaseID)
		if err != nil {
			return err
		}
		s, err := SiteByID(ctx, &w.R, g.SiteID)
		if err != nil {
			return err
		}
		e, err := fn(ctx, w, c, s, g)
		if err != nil {
			return err
		}
		if err := save(ctx, w, g.Stay); err != nil {
			return err
		}
		return casefile.Record(ctx, w, c, e)
	})
}

// MoveTo gives somebody another bed of the house. Sleeping away from the family needs a reason.
func (d *Domain) MoveTo(ctx context.Context, actor, stayID, bedID, reason string) error {
	return d.onStay(ctx, actor, stayID, func(ctx context.Context, w *gate.W, c casefile.Case, s Site, g *Guest) (journal.Entry, error) {
		e := about(g.Stay, "accommodation.moved", "name", g.Person.Called())
		if !g.Inside() {
			return e, fault.New(fault.Conflict, "accommodation.err.not_inside")
		}
		h, err := readHouse(ctx, &w.R, s, w.Scope.Sees)
		if err != nil {
			return e, err
		}
		b, ok := h.bed(bedID)
		if !ok {
			return e, fault.At("bed", "accommodation.err.choose_beds")
		}
		if b.StayID == g.ID {
			return e, nil
		}
		var family []Guest
		for _, x := range h.guests {
			if x.CaseID == g.CaseID && x.ID != g.ID {
				family = append(family, x)
			}
		}
		if !together(append(roomsOf(family), b.UnitID)) && reason == "" {
			return e, fault.At("reason", "accommodation.err.split")
		}
		if reason != "" {
			if err := goodReason(reason); err != nil {
				return e, err
			}
			g.Stay.Reason, e.Args["reason"], e.Action = reason, reason, "accommodation.moved_split"
		}
		i := slices.IndexFunc(h.units, func(u Unit) bool { return u.ID == b.UnitID })
		if bad := misfits(h.units[i], len(family)+1, []sleeper{sleeperOf(*g, &w.R)}, h.others(b.UnitID, c.ID, &w.R)); len(bad) > 0 {
			return e, h.refuse("accommodation.err.unfit_"+bad[0], []Guest{*g}, &w.R, "unit", h.units[i].Name)
		}
		if err := free(ctx, w, &g.Stay); err != nil {
			return e, err
		}
		g.Stay.BedID, g.Stay.UnitID = b.ID, b.UnitID
		e.Args["unit"] = h.units[i].Name
		return e, lieDown(ctx, w, h, &g.Stay, []Guest{*g})
	})
}

// GoAway records that somebody is away for some nights; the bed stays theirs.
func (d *Domain) GoAway(ctx context.Context, actor, stayID string, backBy day.Date) error {
	return d.onStay(ctx, actor, stayID, func(ctx context.Context, w *gate.W, c casefile.Case, s Site, g *Guest) (journal.Entry, error) {
		e := about(g.Stay, "accommodation.away", "name", g.Person.Called(), "back_by", backBy.String())
		switch {
		case !g.Inside():
			return e, fault.New(fault.Conflict, "accommodation.err.not_inside")
		case backBy.Before(w.Today) || w.Today.DaysUntil(backBy) > 31:
			return e, fault.At("back_by", "accommodation.err.back_by")
		}
		if g.State == InHouse {
			g.Stay.AwaySince = w.Today
		}
		g.Stay.State, g.Stay.BackBy = Absent, backBy
		return e, nil
	})
}

// ComeBack records that somebody is in the house again.
func (d *Domain) ComeBack(ctx context.Context, actor, stayID string) error {
	return d.onStay(ctx, actor, stayID, func(ctx context.Context, w *gate.W, c casefile.Case, s Site, g *Guest) (journal.Entry, error) {
		e := about(g.Stay, "accommodation.back", "name", g.Person.Called())
		if !g.Inside() {
			return e, fault.New(fault.Conflict, "accommodation.err.not_inside")
		}
		g.Stay.State, g.Stay.AwaySince, g.Stay.BackBy = InHouse, day.Date{}, day.Date{}
		return e, nil
	})
}

// CheckOut records that somebody has left the house; their bed is free at once.
func (d *Domain) CheckOut(ctx context.Context, actor, stayID string) error {
	return d.onStay(ctx, actor, stayID, func(ctx context.Context, w *gate.W, c casefile.Case, s Site, g *Guest) (journal.Entry, error) {
		e := about(g.Stay, "accommodation.out", "name", g.Person.Called(), "site", s.Name)
		if g.State == Left {
			e.Action = "accommodation.out_again"
			return e, nil
		}
		if !g.Inside() {
			return e, fault.New(fault.Conflict, "accommodation.err.not_inside")
		}
		if err := free(ctx, w, &g.Stay); err != nil {
			return e, err
		}
		g.Stay.State, g.Stay.OutAt = Left, w.Now
		return e, nil
	})
}
