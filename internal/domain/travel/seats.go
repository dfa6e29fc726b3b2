package travel

import (
	"context"
	"errors"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// AddFlight writes down a departure with the block of seats the airline holds for our group. The same flight on the same
// day is one flight: adding it again sets the size of the block, which never falls below the seats taken.
func (d *Domain) AddFlight(ctx context.Context, actor string, f Flight) (Flight, error) {
	err := d.Gate.Write(ctx, actor, PermBook, func(ctx context.Context, w *gate.W) error {
		fs := checkFlight(&f, "", w.Today)
		if f.Capacity < 0 || f.Capacity > 800 {
			fs = append(fs, fault.Field{Name: "capacity", Key: "travel.err.capacity"})
		}
		if err := fault.Fields(fs); err != nil {
			return err
		}
		want := f.Capacity
		if err := flightFor(ctx, w, &f); err != nil {
			return err
		}
		n, err := w.Tx.Exec(ctx, `UPDATE flight SET capacity = $1 WHERE id = $2 AND ($3 = 0 OR taken <= $4)`, want, f.ID, want, want)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.At("capacity", "travel.err.capacity_taken", "n", f.Taken)
		}
		f.Capacity = want
		return w.Record(ctx, journal.Entry{Action: "travel.flight_added", Subject: journal.Ref{Kind: "flight", ID: f.ID}, Args: map[string]string{"flight": f.Name(), "date": f.On.String(), "seats": count(want)}})
	})
	return f, err
}

// flightFor finds the flight with this carrier, number and day, or writes it down. What the ticket says of an existing
// flight's airports and times is not changed from here.
func flightFor(ctx context.Context, w *gate.W, f *Flight) error {
	if f.OfficeID == "" {
		f.OfficeID = w.Actor.OfficeID
	}
	if f.ID == "" {
		f.ID = w.NewID()
	}
	if _, err := w.Tx.Exec(ctx, `INSERT INTO flight (id, office_id, carrier, number, on_day, from_airport, to_airport, departs_at, arrives_at, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) ON CONFLICT (carrier, number, on_day) DO NOTHING`,
		f.ID, f.OfficeID, f.Carrier, f.Number, f.On, f.From, f.To, f.Departs, f.Arrives, w.Actor.ID, db.At(w.Now)); err != nil {
		return err
	}
	var err error
	*f, err = db.One(ctx, w.Tx, scanFlight, `SELECT `+flightColumns+` FROM flight f WHERE f.carrier = $1 AND f.number = $2 AND f.on_day = $3`, f.Carrier, f.Number, f.On)
	return err
}

func insertJourney(ctx context.Context, w *gate.W, j Journey) error {
	pnr, err := w.Seal(ctx, j.CaseID, "journey.pnr:"+j.ID, j.PNR)
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, `INSERT INTO journey (id, case_id, state, departs_on, pnr, fare, currency, cost_line, asked_by, asked_at, replaces, revision) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,1)`,
		j.ID, j.CaseID, j.State, j.DepartsOn, pnr, j.Fare, j.Currency, j.CostLine, j.AskedBy, db.At(j.AskedAt), j.Replaces)
	return err
}

// takeSeats takes seats of a flight for people. The guard in the update is the one place that decides who gets the last one.
func takeSeats(ctx context.Context, w *gate.W, j Journey, l *Leg, people []casefile.Member, state string) error {
	n := int64(len(people))
	got, err := w.Tx.Exec(ctx, `UPDATE flight SET taken = taken + $1 WHERE id = $2 AND (capacity = 0 OR taken + $3 <= capacity)`, n, l.ID, n)
	if err != nil {
		return err
	}
	if got == 0 {
		free, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT capacity - taken FROM flight WHERE id = $1`, l.ID)
		if err != nil {
			return err
		}
		return fault.New(fault.Conflict, "travel.err.full", "flight", l.Name(), "free", free, "needed", n)
	}
	if _, err := w.Tx.Exec(ctx, `INSERT INTO journey_leg (journey_id, place, flight_id, assistance) VALUES ($1,$2,$3,$4)`, j.ID, l.Place, l.ID, l.Assistance); err != nil {
		return err
	}
	for _, m := range people {
		if _, err := w.Tx.Exec(ctx, `INSERT INTO seat (journey_id, place, person_id, flight_id, state) VALUES ($1,$2,$3,$4,$5)`, j.ID, l.Place, m.ID, l.ID, state); err != nil {
			return err
		}
		if l.Place == 1 {
			if _, err := w.Tx.Exec(ctx, `INSERT INTO passenger (journey_id, person_id, step) VALUES ($1,$2,'expected')`, j.ID, m.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// freeSeats gives back the seats of a journey that nobody sits in: all of them, or one person's. It tells how many.
func freeSeats(ctx context.Context, w *gate.W, journeyID, personID string) (n int64, err error) {
	const free = `journey_id = $1 AND ($2 = '' OR person_id = $3) AND state IN ('held','booked','ticketed')`
	flights, err := db.All(ctx, w.Tx, db.Value[string], `SELECT flight_id FROM seat WHERE `+free+` ORDER BY flight_id`, journeyID, personID, personID)
	if err != nil {
		return 0, err
	}
	for _, f := range flights {
		if _, err := w.Tx.Exec(ctx, `UPDATE flight SET taken = taken - 1 WHERE id = $1`, f); err != nil {
			return 0, err
		}
	}
	_, err = w.Tx.Exec(ctx, `UPDATE seat SET state = 'cancelled' WHERE `+free, journeyID, personID, personID)
	return int64(len(flights)), err
}

func flightByID(ctx context.Context, r *gate.R, flightID string) (Flight, error) {
	f, err := db.One(ctx, r.Tx, scanFlight, `SELECT `+flightColumns+` FROM flight f WHERE f.id = $1`, flightID)
	if errors.Is(err, db.ErrNoRow) {
		return f, fault.Gone()
	}
	if err != nil {
		return f, err
	}
	ok, err := seesFlight(ctx, r, f)
	if err == nil && !ok {
		err = fault.Hidden("flight", f.ID)
	}
	return f, err
}

func flightEntry(f Flight, action string) journal.Entry {
	return journal.Entry{Action: action, Subject: journal.Ref{Kind: "flight", ID: f.ID}, Args: map[string]string{"flight": f.Name(), "date": f.On.String()}}
}
