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

const blindDocument = "travel_document"

const documentColumns = `id, case_id, person_id, type, country, authority, state, requested_on, interview_on, issued_on, expires_on, office_on, traveller_on, fee, currency, number, revision`

func scanDocument(r db.Row) (Document, error) {
	var d Document
	return d, r.Scan(&d.ID, &d.CaseID, &d.PersonID, &d.Type, &d.Country, &d.Authority, &d.State, &d.RequestedOn, &d.InterviewOn, &d.IssuedOn, &d.ExpiresOn, &d.OfficeOn, &d.TravellerOn, &d.Fee, &d.Currency, &d.number, &d.Revision)
}

// Documents reads the applications of a case, oldest first.
func Documents(ctx context.Context, r *gate.R, caseID string) ([]Document, error) {
	list, err := db.All(ctx, r.Tx, scanDocument, `SELECT `+documentColumns+` FROM travel_document WHERE case_id = $1 ORDER BY requested_on, id`, caseID)
	for i := range list {
		if err == nil {
			list[i].Number, _, err = r.Open(ctx, list[i].PersonID, "travel_document.number:"+list[i].ID, list[i].number)
		}
	}
	return list, err
}

func documentByID(ctx context.Context, r *gate.R, caseID, id string) (Document, error) {
	d, err := db.One(ctx, r.Tx, scanDocument, `SELECT `+documentColumns+` FROM travel_document WHERE id = $1 AND case_id = $2`, id, caseID)
	if err != nil {
		return d, gone(err)
	}
	d.Number, _, err = r.Open(ctx, d.PersonID, "travel_document.number:"+d.ID, d.number)
	return d, err
}

func gone(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return fault.Gone()
	}
	return err
}

const clearanceColumns = `id, case_id, person_id, authority, requested_on, reply, replied_on, valid_until, findings`

func scanClearance(r db.Row) (Clearance, error) {
	var c Clearance
	return c, r.Scan(&c.ID, &c.CaseID, &c.PersonID, &c.Authority, &c.RequestedOn, &c.Reply, &c.RepliedOn, &c.ValidUntil, &c.findings)
}

// Clearances reads what the authorities were asked and answered, oldest first.
func Clearances(ctx context.Context, r *gate.R, caseID string) ([]Clearance, error) {
	list, err := db.All(ctx, r.Tx, scanClearance, `SELECT `+clearanceColumns+` FROM clearance WHERE case_id = $1 ORDER BY requested_on, at, id`, caseID)
	for i := range list {
		if err == nil {
			list[i].Findings, _, err = r.Open(ctx, list[i].PersonID, "clearance.findings:"+list[i].ID, list[i].findings)
		}
	}
	return list, err
}

const flightColumns = `f.id, f.office_id, f.carrier, f.number, f.on_day, f.from_airport, f.to_airport, f.departs_at, f.arrives_at, f.capacity, f.taken`

func (f *Flight) targets() []any {
	return []any{&f.ID, &f.OfficeID, &f.Carrier, &f.Number, &f.On, &f.From, &f.To, &f.Departs, &f.Arrives, &f.Capacity, &f.Taken}
}

func scanFlight(r db.Row) (Flight, error) { var f Flight; return f, r.Scan(f.targets()...) }

const journeyColumns = `j.id, j.case_id, j.state, j.departs_on, j.pnr, j.fare, j.currency, j.cost_line, j.asked_by, j.asked_at, j.decided_by, j.decided_at, j.ended_at, j.reason, j.replaces, j.stage_before, j.revision`

func scanJourney(r db.Row) (Journey, error) {
	var j Journey
	return j, r.Scan(&j.ID, &j.CaseID, &j.State, &j.DepartsOn, &j.pnr, &j.Fare, &j.Currency, &j.CostLine, &j.AskedBy, db.InstantOf(&j.AskedAt), &j.DecidedBy, db.InstantOf(&j.DecidedAt), db.InstantOf(&j.EndedAt), &j.reason, &j.Replaces, &j.StageBefore, &j.Revision)
}

// Journeys reads the bookings of a case, newest first, with legs and passengers.
func Journeys(ctx context.Context, r *gate.R, caseID string) ([]Journey, error) {
	list, err := db.All(ctx, r.Tx, scanJourney, `SELECT `+journeyColumns+` FROM journey j WHERE j.case_id = $1 ORDER BY j.asked_at DESC, j.id DESC`, caseID)
	for i := range list {
		if err == nil {
			err = list[i].fill(ctx, r)
		}
	}
	return list, err
}

// Current is the journey of a case that is to take place or is under way; ok is false without one.
func Current(ctx context.Context, r *gate.R, caseID string) (j Journey, ok bool, err error) {
	list, err := db.All(ctx, r.Tx, scanJourney, `SELECT `+journeyColumns+` FROM journey j WHERE j.case_id = $1 AND j.state IN ('asked','booked') ORDER BY j.id`, caseID)
	if err != nil || len(list) == 0 {
		return j, false, err
	}
	return list[0], true, list[0].fill(ctx, r)
}

// journeyByID reads a journey and its case within the reader's scope.
func journeyByID(ctx context.Context, r *gate.R, id string) (Journey, casefile.Case, error) {
	j, err := db.One(ctx, r.Tx, scanJourney, `SELECT `+journeyColumns+` FROM journey j WHERE j.id = $1`, id)
	if err != nil {
		return j, casefile.Case{}, gone(err)
	}
	c, err := casefile.ByID(ctx, r, j.CaseID)
	if err != nil {
		return Journey{}, c, err
	}
	return j, c, j.fill(ctx, r)
}

func (j *Journey) fill(ctx context.Context, r *gate.R) (err error) {
	if j.PNR, _, err = r.Open(ctx, j.CaseID, "journey.pnr:"+j.ID, j.pnr); err != nil {
		return err
	}
	if j.Reason, _, err = r.Open(ctx, j.CaseID, "journey.reason:"+j.ID, j.reason); err != nil {
		return err
	}
	j.Legs, err = db.All(ctx, r.Tx, func(x db.Row) (Leg, error) {
		var l Leg
		return l, x.Scan(append(l.Flight.targets(), &l.Place, &l.Assistance, &l.TransitBy, db.InstantOf(&l.TransitAt))...)
	}, `SELECT `+flightColumns+`, l.place, l.assistance, l.transit_by, l.transit_at FROM journey_leg l JOIN flight f ON f.id = l.flight_id WHERE l.journey_id = $1 ORDER BY l.place, f.id`, j.ID)
	if err != nil {
		return err
	}
	j.Passengers, err = db.All(ctx, r.Tx, scanPassenger, `SELECT `+passengerColumns+` FROM passenger a JOIN seat s ON s.journey_id = a.journey_id AND s.person_id = a.person_id AND s.place = 1
		WHERE a.journey_id = $1 ORDER BY a.person_id`, j.ID)
	for i := range j.Passengers {
		if err == nil {
			err = j.Passengers[i].open(ctx, r)
		}
	}
	return err
}

const passengerColumns = `a.journey_id, a.person_id, a.step, a.before_step, a.step_by, a.step_at, a.late, a.reason, a.arrived_on, a.arrived_by, a.onward, s.state, s.ticket, s.fare`

func scanPassenger(r db.Row) (Passenger, error) {
	var p Passenger
	return p, r.Scan(&p.JourneyID, &p.PersonID, &p.Step, &p.Before, &p.StepBy, db.InstantOf(&p.StepAt), &p.Late, &p.reason, &p.ArrivedOn, &p.ArrivedBy, &p.Onward, &p.Seat, &p.ticket, &p.Fare)
}

func (p *Passenger) open(ctx context.Context, r *gate.R) (err error) {
	if p.Reason, _, err = r.Open(ctx, p.PersonID, "passenger.reason:"+p.JourneyID+"/"+p.PersonID, p.reason); err != nil {
		return err
	}
	p.Ticket, _, err = r.Open(ctx, p.PersonID, ticketPlace(p.JourneyID, p.PersonID), p.ticket)
	return err
}

func ticketPlace(journeyID, personID string) string {
	return "seat.ticket:" + journeyID + "/" + personID
}

// savePassenger writes back how far a traveller is, and the state of their seats with it.
func savePassenger(ctx context.Context, w *gate.W, p Passenger, seat string) error {
	reason, err := w.Seal(ctx, p.PersonID, "passenger.reason:"+p.JourneyID+"/"+p.PersonID, p.Reason)
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, `UPDATE passenger SET step = $1, before_step = $2, step_by = $3, step_at = $4, late = $5, reason = $6, arrived_on = $7, arrived_by = $8, onward = $9 WHERE journey_id = $10 AND person_id = $11`,
		p.Step, p.Before, p.StepBy, db.At(p.StepAt), p.Late, reason, p.ArrivedOn, p.ArrivedBy, p.Onward, p.JourneyID, p.PersonID)
	if err != nil || seat == "" {
		return err
	}
	_, err = w.Tx.Exec(ctx, `UPDATE seat SET state = $1 WHERE journey_id = $2 AND person_id = $3 AND state <> 'cancelled'`, seat, p.JourneyID, p.PersonID)
	return err
}

// saveJourney writes back a journey's head, raising its revision.
func saveJourney(ctx context.Context, w *gate.W, j *Journey) error {
	pnr, err := w.Seal(ctx, j.CaseID, "journey.pnr:"+j.ID, j.PNR)
	if err != nil {
		return err
	}
	reason, err := w.Seal(ctx, j.CaseID, "journey.reason:"+j.ID, j.Reason)
	if err != nil {
		return err
	}
	j.Revision++
	_, err = w.Tx.Exec(ctx, `UPDATE journey SET state = $1, pnr = $2, fare = $3, decided_by = $4, decided_at = $5, ended_at = $6, reason = $7, stage_before = $8, revision = $9 WHERE id = $10`,
		j.State, pnr, j.Fare, j.DecidedBy, db.At(j.DecidedAt), db.At(j.EndedAt), reason, j.StageBefore, j.Revision, j.ID)
	return err
}

// onCase is the frame of the commands about one open case.
func (d *Domain) onCase(ctx context.Context, actor, perm, caseID string, fn func(ctx context.Context, w *gate.W, c *casefile.Case) error) error {
	return d.Gate.Write(ctx, actor, perm, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if err := casefile.RequireOpen(c); err != nil {
			return err
		}
		return fn(ctx, w, &c)
	})
}

// onJourney is the frame of the commands about one journey of an open case.
func (d *Domain) onJourney(ctx context.Context, actor, perm, journeyID string, fn func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey) error) error {
	return d.Gate.Write(ctx, actor, perm, func(ctx context.Context, w *gate.W) error {
		j, c, err := journeyByID(ctx, &w.R, journeyID)
		if err != nil {
			return err
		}
		if err := casefile.RequireOpen(c); err != nil {
			return err
		}
		return fn(ctx, w, &c, &j)
	})
}

// keep saves the case and records what was done.
func keep(ctx context.Context, w *gate.W, c *casefile.Case, e journal.Entry) error {
	if err := casefile.Save(ctx, w, c); err != nil {
		return err
	}
	return casefile.Record(ctx, w, *c, e)
}

// travellers are the members of a case who go.
func travellers(ctx context.Context, r *gate.R, caseID string) ([]casefile.Member, error) {
	ms, err := casefile.Members(ctx, r, caseID)
	var out []casefile.Member
	for _, m := range ms {
		if m.Travels {
			out = append(out, m)
		}
	}
	return out, err
}

func memberIn(ms []casefile.Member, id string) (casefile.Member, bool) {
	for _, m := range ms {
		if m.ID == id {
			return m, true
		}
	}
	return casefile.Member{}, false
}
