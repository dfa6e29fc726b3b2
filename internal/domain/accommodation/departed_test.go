package accommodation_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/accommodation"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

// on does something to a case in a transaction of the airport's, as travel does. Its staff need not know the house.
func (o *centre) on(caseID string, fn func(ctx context.Context, w *gate.W, c *casefile.Case) error) {
	o.t.Helper()
	o.must(o.Gate.Write(ctx, o.Staff["movement"], casefile.PermView, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if err := fn(ctx, w, &c); err != nil {
			return err
		}
		if err := casefile.Save(ctx, w, &c); err != nil {
			return err
		}
		return casefile.Record(ctx, w, c, journal.Entry{Action: "travel.step_boarded"})
	}))
}

func (o *centre) depart(caseID string, persons ...string) time.Time {
	o.t.Helper()
	o.Clock.Advance(time.Minute)
	o.on(caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		return o.rooms.OnDeparted(ctx, w, c, persons)
	})
	return o.Clock.Now()
}

func (o *centre) notDeparted(caseID string, since time.Time, persons ...string) {
	o.t.Helper()
	o.Clock.Advance(time.Minute)
	o.on(caseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		return o.rooms.OnNotDeparted(ctx, w, c, persons, since)
	})
}

func (o *centre) stayOf(caseID, personID string) string {
	o.t.Helper()
	for _, g := range o.stays(caseID) {
		if g.PersonID == personID {
			return g.ID
		}
	}
	o.t.Fatalf("%s has no stay", personID)
	return ""
}

// states are how the stays of a case stand, person by person.
func (o *centre) states(caseID string, persons []string) (out []string) {
	o.t.Helper()
	for _, p := range persons {
		for _, g := range o.stays(caseID) {
			if g.PersonID == p {
				out = append(out, g.State)
				break
			}
		}
	}
	return out
}

func (o *centre) expect(what, caseID string, persons []string, want ...string) {
	o.t.Helper()
	if got := o.states(caseID, persons); !slices.Equal(got, want) {
		o.t.Errorf("%s: the stays are %v, want %v", what, got, want)
	}
	if n := o.Count(`SELECT COUNT(*) FROM bed b WHERE b.stay_id <> '' AND b.stay_id NOT IN (SELECT id FROM stay WHERE state IN ('in_house','absent') AND bed_id = b.id)`); n != 0 {
		o.t.Errorf("%s: %d beds belong to nobody in the house", what, n)
	}
	if in, beds := o.Count(`SELECT COUNT(*) FROM stay WHERE state IN ('in_house','absent')`), o.Count(`SELECT COUNT(*) FROM bed WHERE stay_id <> ''`); in != beds {
		o.t.Errorf("%s: %d people in the house, in %d beds", what, in, beds)
	}
}

// Who sits in the plane needs no bed here, and who does not sit in it after all has theirs back, as far as that can be.
func TestDeparted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		room := o.unit("Family 1", "family", 4)
		hall := o.unit("Hall", "any", 1)
		c, people := o.Family() // four of them
		id, _ := o.book(c, "2026-03-02", "2026-03-10")
		beds := o.beds(room)
		o.must(o.checkIn(id, c.ID, beds, ""))
		o.must(o.rooms.GoAway(ctx, o.Staff["centre"], o.stayOf(c.ID, people[1]), c.OpenedOn.AddDays(1)))

		// The mother leaves first; the others keep their beds.
		o.depart(c.ID, people[0])
		o.expect("one has left", c.ID, people, "left", "absent", "in_house", "in_house")
		since := o.depart(c.ID, people[1:]...)
		o.expect("all have left", c.ID, people, "left", "left", "left", "left")
		if n := o.Count(`SELECT COUNT(*) FROM journal WHERE action = 'accommodation.departed' AND case_id = $1`, c.ID); n != 2 {
			t.Errorf("%d entries about the beds", n)
		}

		// Three come back to a house that nobody else has moved into: in the same beds.
		o.notDeparted(c.ID, since, people[1:]...)
		o.expect("three are back", c.ID, people, "left", "in_house", "in_house", "in_house")
		o.notDeparted(c.ID, since, people[1:]...) // saying it twice does no harm
		o.expect("said twice", c.ID, people, "left", "in_house", "in_house", "in_house")
		if n := o.Count(`SELECT COUNT(*) FROM task WHERE code = 'bed_again'`); n != 0 {
			t.Error("a task about beds that are there")
		}

		// They leave again; a bed is given to somebody else, and the house then has one place too few.
		since = o.depart(c.ID, people[1:]...)
		other, two := o.Family()
		b, _ := o.book(other, "2026-03-02", "2026-03-10")
		o.must(o.checkIn(b, other.ID, o.beds(room)[:len(two)], ""))
		o.notDeparted(c.ID, since, people[1], people[2])
		o.expect("back to a full house", c.ID, people[1:3], "booked", "waiting")
		if n := o.Count(`SELECT COUNT(*) FROM task WHERE code = 'bed_again' AND case_id = $1 AND done_at = '' AND urgent`, c.ID); n != 1 {
			t.Errorf("%d tasks for the reception, want one", n)
		}
		// Let in, the task is done.
		for _, g := range o.stays(c.ID) {
			if g.State == accommodation.Booked {
				o.must(o.rooms.CheckIn(ctx, o.Staff["centre"], accommodation.CheckIn{BookingID: id, Beds: map[string]string{g.ID: o.beds(hall)[0]}, RulesAccepted: true, RulesLang: "ur"}))
			}
		}
		o.expect("let in again", c.ID, people[1:3], "in_house", "waiting")
		if n := o.Count(`SELECT COUNT(*) FROM task WHERE code = 'bed_again' AND done_at = ''`); n != 0 {
			t.Error("the task stays open after they were let in")
		}

		// Whoever the reception had let out before is not taken in again by a mistake at the airport.
		o.must(o.rooms.CheckOut(ctx, o.Staff["centre"], o.stayOf(c.ID, people[1])))
		o.notDeparted(c.ID, o.depart(c.ID, people[1]), people[1])
		o.expect("let out before", c.ID, people[1:2], "left")
	})
}
