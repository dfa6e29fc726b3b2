package accommodation

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// taskBedAgain is the task of the reception when somebody comes back whose bed is no longer theirs.
const taskBedAgain = "bed_again"

// end ends stays: whoever is in the house has left it, and a place nobody came for is given up. The beds are free at once;
// each stay keeps the number of its bed, in case somebody has to have it back.
func end(ctx context.Context, w *gate.W, stays []Stay) (beds int, err error) {
	for _, s := range stays {
		if s.Reason, _, err = w.Open(ctx, s.PersonID, "stay.reason:"+s.ID, s.reason); err != nil {
			return 0, err
		}
		state := Cancelled
		if s.Inside() {
			state = Left
			beds++
			if err := free(ctx, w, &s); err != nil {
				return 0, err
			}
		}
		s.State, s.OutAt = state, w.Now
		if err := save(ctx, w, s); err != nil {
			return 0, err
		}
	}
	return beds, nil
}

// OnDeparted ends the stays of people who have left the country: nobody at the reception has to hear of it first for the
// beds to be free tonight.
func (d *Domain) OnDeparted(ctx context.Context, w *gate.W, c *casefile.Case, persons []string) error {
	stays, err := liveOf(ctx, w, c.ID)
	if err != nil {
		return err
	}
	stays = slices.DeleteFunc(stays, func(s Stay) bool { return !slices.Contains(persons, s.PersonID) })
	if len(stays) == 0 {
		return nil
	}
	beds, err := end(ctx, w, stays)
	if err != nil {
		return err
	}
	if err := casefile.FinishTask(ctx, w, c, taskBedAgain); err != nil {
		return err
	}
	return casefile.Record(ctx, w, *c, about(stays[0], "accommodation.departed", "beds", strconv.Itoa(beds), "persons", strconv.Itoa(len(stays))))
}

// OnNotDeparted gives people back what they had until since, when they were taken to have left: their beds, if those are
// still free and they still may sleep there, or else places in the same house and a task for the reception, so that nobody
// is sent away at the gate.
func (d *Domain) OnNotDeparted(ctx context.Context, w *gate.W, c *casefile.Case, persons []string, since time.Time) error {
	list, err := guestsSeen(ctx, &w.R, anybody, `s.case_id = $1 AND s.out_at = $2 AND NOT EXISTS (SELECT 1 FROM stay l WHERE l.person_id = s.person_id AND l.state IN ('waiting','booked','in_house','absent'))`, c.ID, db.At(since))
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(g Guest) bool { return !slices.Contains(persons, g.PersonID) })
	for len(list) > 0 {
		site, err := db.One(ctx, w.Tx, scanSite, `SELECT `+siteColumns+` FROM site h WHERE h.id = $1`, list[0].SiteID)
		if err != nil {
			return err
		}
		here := slices.DeleteFunc(slices.Clone(list), func(g Guest) bool { return g.SiteID != site.ID })
		list = slices.DeleteFunc(list, func(g Guest) bool { return g.SiteID == site.ID })
		if err := comeBack(ctx, w, c, site, here); err != nil {
			return err
		}
	}
	return nil
}

// comeBack takes people into one house again, each where they were if that can be.
func comeBack(ctx context.Context, w *gate.W, c *casefile.Case, site Site, list []Guest) error {
	h, err := readHouse(ctx, &w.R, site, anybody)
	if err != nil {
		return err
	}
	for _, u := range h.units {
		same := slices.DeleteFunc(slices.Clone(list), func(g Guest) bool {
			b, ok := h.bed(g.BedID)
			return !ok || g.State != Left || b.UnitID != u.ID || b.StayID != "" || b.Out(w.Today)
		})
		if len(same) == 0 || len(misfits(u, int(c.Persons), sleepers(same, &w.R), h.others(u.ID, c.ID, &w.R))) > 0 {
			continue
		}
		for _, g := range same {
			list = slices.DeleteFunc(list, func(x Guest) bool { return x.ID == g.ID })
			g.Stay.State, g.Stay.OutAt, g.Stay.AwaySince, g.Stay.BackBy = InHouse, time.Time{}, day.Date{}, day.Date{}
			if err := lieDown(ctx, w, h, &g.Stay, same); err != nil {
				return err
			}
			if err := save(ctx, w, g.Stay); err != nil {
				return err
			}
			if err := casefile.Record(ctx, w, *c, about(g.Stay, "accommodation.not_departed", "name", g.Person.Called(), "unit", u.Name)); err != nil {
				return err
			}
		}
	}
	for _, g := range list {
		had := g.State == Left
		if err := placeAgain(ctx, w, c, site, &g); err != nil {
			return err
		}
		if had || g.State == Waiting {
			if err := casefile.AddTask(ctx, w, c, casefile.Task{Code: taskBedAgain, DueOn: w.Today, Urgent: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// placeAgain books somebody in anew from tonight on, or puts them at the head of those who wait where the house is full.
func placeAgain(ctx context.Context, w *gate.W, c *casefile.Case, site Site, g *Guest) error {
	g.Stay.State, g.Stay.OutAt, g.Stay.UnitID, g.Stay.BedID, g.Stay.From = Booked, time.Time{}, "", "", w.Today
	if !g.Stay.Until.After(w.Today) {
		g.Stay.Until = w.Today.AddDays(1)
	}
	room, err := hasRoom(ctx, &w.R, site, g.Stay.From, g.Stay.Until, 1, nil)
	if err != nil {
		return err
	}
	if !room {
		g.Stay.State, g.Stay.Priority = Waiting, 1
	}
	if err := save(ctx, w, g.Stay); err != nil {
		return err
	}
	return casefile.Record(ctx, w, *c, about(g.Stay, "accommodation.not_departed_"+g.State, "name", g.Person.Called(), "site", site.Name))
}

// liveOf reads the stays of a case that hold a place or wait for one.
func liveOf(ctx context.Context, w *gate.W, caseID string) ([]Stay, error) {
	return db.All(ctx, w.Tx, scanStay, `SELECT `+stayColumns+` FROM stay s WHERE s.case_id = $1 AND `+live+` ORDER BY s.id`, caseID)
}

// anybody sees every case: for the rules of a house, which hold whoever may know the names. No name leaves it that way.
func anybody(org.Subject) bool { return true }
