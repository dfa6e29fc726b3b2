package travel

import (
	"context"
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// seesFlight reports whether the reader may know a flight: their office's own, or one with somebody of theirs on it.
func seesFlight(ctx context.Context, r *gate.R, f Flight) (bool, error) {
	offices, all := r.Scope.Offices()
	if all || slices.Contains(offices, f.OfficeID) {
		return true, nil
	}
	var a db.Args
	n, err := db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(*) FROM journey_leg l JOIN journey j ON j.id = l.journey_id JOIN casefile c ON c.id = j.case_id WHERE l.flight_id = `+a.Add(f.ID)+` AND `+casefile.InScope(r, "c", &a), a.Values...)
	return n > 0, err
}

// Departure is a flight in the list of a day, with how many of the reader's people are on it.
type Departure struct {
	Flight
	Persons, Boarded, Missing int64 // Missing: did not come
}

// maxFlights bounds one list of departures.
const maxFlights = 500

// Departures lists the flights of a span of days.
func Departures(ctx context.Context, r *gate.R, from, to day.Date) ([]Departure, error) {
	var a db.Args
	q := `SELECT ` + flightColumns + ` FROM flight f WHERE f.on_day >= ` + a.Add(from) + ` AND f.on_day <= ` + a.Add(to)
	if offices, all := r.Scope.Offices(); !all {
		q += ` AND (f.office_id IN ` + a.In(offices) + ` OR EXISTS (SELECT 1 FROM journey_leg l JOIN journey j ON j.id = l.journey_id JOIN casefile c ON c.id = j.case_id WHERE l.flight_id = f.id AND ` + casefile.InScope(r, "c", &a) + `))`
	}
	flights, err := db.All(ctx, r.Tx, scanFlight, q+` ORDER BY f.on_day, f.departs_at, f.id LIMIT `+a.Add(maxFlights), a.Values...)
	if err != nil || len(flights) == 0 {
		return nil, err
	}
	var ids []string
	at := map[string]int{}
	out := make([]Departure, len(flights))
	for i, f := range flights {
		out[i].Flight, at[f.ID] = f, i
		ids = append(ids, f.ID)
	}
	type tally struct {
		flight, state string
		n             int64
	}
	var b db.Args
	rows, err := db.All(ctx, r.Tx, func(x db.Row) (tally, error) { var t tally; return t, x.Scan(&t.flight, &t.state, &t.n) },
		`SELECT s.flight_id, s.state, COUNT(*) FROM seat s JOIN journey j ON j.id = s.journey_id JOIN casefile c ON c.id = j.case_id WHERE s.flight_id IN `+b.In(ids)+` AND s.state <> 'cancelled' AND `+casefile.InScope(r, "c", &b)+` GROUP BY s.flight_id, s.state ORDER BY s.flight_id, s.state`, b.Values...)
	for _, t := range rows {
		d := &out[at[t.flight]]
		d.Persons += t.n
		switch t.state {
		case Boarded:
			d.Boarded += t.n
		case NoShow:
			d.Missing += t.n
		}
	}
	return out, err
}

// Party is a family on a manifest.
type Party struct {
	Case    casefile.Case
	Journey Journey
	Place   int64 // of this flight in their journey
	People  []casefile.Member
	Cash    string // message key of how the cash stands; empty: nothing to say
}

// Passenger finds how far one of the party is.
func (p *Party) Passenger(personID string) (Passenger, bool) {
	for _, x := range p.Journey.Passengers {
		if x.PersonID == personID {
			return x, true
		}
	}
	return Passenger{}, false
}

// Manifest is everybody of the reader's on one flight, family by family.
type Manifest struct {
	Flight  Flight
	Parties []Party
}

// ManifestOf reads a flight's manifest.
func (d *Domain) ManifestOf(ctx context.Context, r *gate.R, flightID string) (m Manifest, err error) {
	if m.Flight, err = flightByID(ctx, r, flightID); err != nil {
		return m, err
	}
	type ref struct {
		journey string
		place   int64
	}
	var a db.Args
	refs, err := db.All(ctx, r.Tx, func(x db.Row) (ref, error) { var v ref; return v, x.Scan(&v.journey, &v.place) },
		`SELECT j.id, l.place FROM journey_leg l JOIN journey j ON j.id = l.journey_id JOIN casefile c ON c.id = j.case_id WHERE l.flight_id = `+a.Add(flightID)+` AND j.state IN ('asked','booked') AND c.state <> 'withdrawn' AND `+casefile.InScope(r, "c", &a)+` ORDER BY c.persons DESC, c.no, j.id`, a.Values...)
	if err != nil {
		return m, err
	}
	for _, v := range refs {
		p := Party{Place: v.place}
		if p.Journey, p.Case, err = journeyByID(ctx, r, v.journey); err != nil {
			return m, err
		}
		ms, err := casefile.Members(ctx, r, p.Case.ID)
		if err != nil {
			return m, err
		}
		for _, x := range ms {
			if _, on := p.Passenger(x.ID); on {
				p.People = append(p.People, x)
			}
		}
		if d.CashState != nil {
			if p.Cash, err = d.CashState(ctx, r, p.Case.ID); err != nil {
				return m, err
			}
		}
		m.Parties = append(m.Parties, p)
	}
	return m, nil
}

// PrintManifest is ManifestOf for paper: what is printed leaves the house, so it is recorded for every case on it.
func (d *Domain) PrintManifest(ctx context.Context, actor, flightID string) (m Manifest, err error) {
	err = d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) error {
		if m, err = d.ManifestOf(ctx, &w.R, flightID); err != nil {
			return err
		}
		for _, p := range m.Parties {
			if err := casefile.Record(ctx, w, p.Case, aboutJourney(p.Journey, "travel.printed")); err != nil {
				return err
			}
		}
		return w.Record(ctx, flightEntry(m.Flight, "travel.manifest_printed"))
	})
	return m, err
}

// ToApprove lists the journeys that wait for a second person, within the reader's scope, oldest first.
func ToApprove(ctx context.Context, r *gate.R) ([]Journey, error) {
	var a db.Args
	list, err := db.All(ctx, r.Tx, scanJourney, `SELECT `+journeyColumns+` FROM journey j JOIN casefile c ON c.id = j.case_id WHERE j.state = 'asked' AND `+casefile.InScope(r, "c", &a)+` ORDER BY j.asked_at, j.id`, a.Values...)
	for i := range list {
		if err == nil {
			err = list[i].fill(ctx, r)
		}
	}
	return list, err
}
