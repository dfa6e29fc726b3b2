package travel

import (
	"context"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// taskApprove is the task of the second person while a journey waits for their yes.
const taskApprove = "approve_travel"

func count(n int64) string { return strconv.FormatInt(n, 10) }

func aboutJourney(j Journey, action string, args ...string) journal.Entry {
	e := journal.Entry{Action: action, Subject: journal.Ref{Kind: "journey", ID: j.ID}, Revision: j.Revision, Args: map[string]string{"date": j.DepartsOn.String()}}
	if len(j.Legs) > 0 {
		e.Args["flight"] = j.Legs[0].Name()
	}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[args[i]] = args[i+1]
	}
	return e
}

// Booking is what is needed to book a journey.
type Booking struct {
	ID, CaseID   string
	Legs         []Leg    // with FlightID, or the flight's own words
	Persons      []string // empty: everybody who travels
	PNR          string
	Fare         money.Amount
	CostLine     string
	RebookReason string // why the journey before is given up; only for Rebook
}

// Limit is the fare above which a second person must agree, in minor units.
func (d *Domain) Limit() int64 {
	if d.ApproveAbove > 0 {
		return d.ApproveAbove
	}
	return ApproveAbove
}

// Book asks for a journey: seats are held at once, so that nobody else gets them; above the limit a second person must
// agree to the price. It refuses while anything is missing, each missing thing by name.
func (d *Domain) Book(ctx context.Context, actor string, in Booking) error {
	return d.book(ctx, actor, in, false)
}

// Rebook gives up the journey that stands and books another in the same breath: the family never stands without either.
func (d *Domain) Rebook(ctx context.Context, actor string, in Booking) error {
	return d.book(ctx, actor, in, true)
}

func (d *Domain) book(ctx context.Context, actor string, in Booking, instead bool) error {
	return d.onCase(ctx, actor, PermBook, in.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		if again, err := repeated(ctx, w, *c, "journey", in.ID, "travel.booking_repeated"); err != nil || again {
			return err
		}
		if !id.Valid(in.ID) {
			return fault.Gone()
		}
		old, stands, err := Current(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		switch {
		case stands && !instead:
			return fault.New(fault.Conflict, "travel.err.booked_already")
		case instead && !stands:
			return fault.New(fault.Conflict, "travel.err.no_journey")
		case instead && started(old):
			return fault.New(fault.Conflict, "travel.err.under_way")
		case instead && in.RebookReason == "":
			return fault.At("reason", "travel.err.reason")
		}
		people, err := d.checkBooking(ctx, w, *c, &in)
		if err != nil {
			return err
		}
		j := Journey{ID: in.ID, CaseID: c.ID, State: Booked, DepartsOn: in.Legs[0].On, PNR: in.PNR, Fare: in.Fare.Minor, Currency: in.Fare.Currency, CostLine: in.CostLine, AskedBy: w.Actor.ID, AskedAt: w.Now, Revision: 1}
		if instead {
			j.Replaces = old.ID
			if err := endJourney(ctx, w, c, &old, in.RebookReason); err != nil {
				return err
			}
		}
		c.DepartsOn = j.DepartsOn // what is missing is asked for the day of the journey
		if err := d.nothingMissing(ctx, &w.R, *c); err != nil {
			return err
		}
		seat := "booked"
		if needsSecond(j.Fare, d.Limit()) {
			j.State, seat = Asked, Held
			if err := casefile.AddTask(ctx, w, c, casefile.Task{Code: taskApprove, DueOn: w.Today}); err != nil {
				return err
			}
		}
		if err := insertJourney(ctx, w, j); err != nil {
			return err
		}
		for i := range in.Legs {
			l := &in.Legs[i]
			l.Place = int64(i + 1)
			if err := takeSeats(ctx, w, j, l, people, seat); err != nil {
				return err
			}
		}
		j.Legs = in.Legs
		action := "travel.booked"
		switch {
		case j.State == Asked:
			action = "travel.asked"
		case instead:
			action = "travel.rebooked"
		}
		e := aboutJourney(j, action, "persons", count(int64(len(people))), "fare", j.Money().String())
		e.Changes = journal.Diff("departs_on", old.DepartsOn.String(), j.DepartsOn.String())
		return keep(ctx, w, c, e)
	})
}

// checkBooking reads the flights and the travellers of a booking, and refuses what cannot be.
func (d *Domain) checkBooking(ctx context.Context, w *gate.W, c casefile.Case, in *Booking) ([]casefile.Member, error) {
	var fs []fault.Field
	if len(in.Legs) == 0 || len(in.Legs) > 4 {
		return nil, fault.At("carrier1", "travel.err.legs")
	}
	for i := range in.Legs {
		l := &in.Legs[i]
		if l.ID != "" {
			f, err := flightByID(ctx, &w.R, l.ID)
			if err != nil {
				return nil, err
			}
			l.Flight = f
			if f.On.Before(w.Today) {
				fs = append(fs, fault.Field{Name: "flight", Key: "travel.err.day"})
			}
			continue
		}
		fs = append(fs, checkFlight(&l.Flight, string(rune('1'+i)), w.Today)...)
	}
	if len(fs) == 0 {
		fs = append(fs, checkLegs(in.Legs)...)
	}
	if in.Fare.Minor < 0 || !money.Known(in.Fare.Currency) {
		fs = append(fs, fault.Field{Name: "fare", Key: money.KeyNotNumber})
	}
	if !has(CostLines, in.CostLine) {
		fs = append(fs, fault.Field{Name: "cost_line", Key: "travel.err.cost_line"})
	}
	fs = append(fs, tooLong("pnr", in.PNR, 40)...)
	fs = append(fs, tooLong("reason", in.RebookReason, maxText)...)
	ms, err := travellers(ctx, &w.R, c.ID)
	if err != nil {
		return nil, err
	}
	people := ms
	if len(in.Persons) > 0 {
		people = nil
		for _, p := range in.Persons {
			m, ok := memberIn(ms, p)
			if _, twice := memberIn(people, p); !ok || twice {
				fs = append(fs, fault.Field{Name: "person", Key: "travel.err.person"})
				break
			}
			people = append(people, m)
		}
	}
	if len(people) == 0 {
		fs = append(fs, fault.Field{Name: "person", Key: "travel.err.person"})
	}
	if err := fault.Fields(fs); err != nil {
		return nil, err
	}
	for i := range in.Legs {
		if in.Legs[i].ID == "" {
			typed := in.Legs[i].Flight
			if err := flightFor(ctx, w, &in.Legs[i].Flight); err != nil {
				return nil, err
			}
			if f := in.Legs[i].Flight; f.From != typed.From || f.To != typed.To || f.Departs != typed.Departs {
				return nil, fault.At("number"+string(rune('1'+i)), "travel.err.other_flight", "from", f.From, "to", f.To, "time", f.Departs)
			}
		}
	}
	return people, nil
}

// MissingToBook lists what stands between a case and a journey on its travel day, each thing by name.
func (d *Domain) MissingToBook(ctx context.Context, r *gate.R, c casefile.Case) (out []casefile.Unmet, err error) {
	for _, cond := range append([]casefile.Condition{d.DocumentsComplete, d.ClearanceGiven}, d.BeforeBooking...) {
		un, err := cond(ctx, r, c)
		if err != nil {
			return nil, err
		}
		out = append(out, un...)
	}
	return out, nil
}

func (d *Domain) nothingMissing(ctx context.Context, r *gate.R, c casefile.Case) error {
	missing, err := d.MissingToBook(ctx, r, c)
	if err != nil || len(missing) == 0 {
		return err
	}
	f := fault.New(fault.Conflict, "travel.err.missing")
	for _, u := range missing {
		f.Fields = append(f.Fields, fault.Field{Key: u.Key, Args: u.Args})
	}
	return f
}

// started reports whether anybody of a journey has boarded.
func started(j Journey) bool {
	for _, p := range j.Passengers {
		if p.Step == Boarded || p.Step == Arrived {
			return true
		}
	}
	return false
}

// endJourney gives a journey up and its seats back. The caller saves the case.
func endJourney(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey, reason string) error {
	n, err := freeSeats(ctx, w, j.ID, "")
	if err != nil {
		return err
	}
	j.State, j.Reason, j.EndedAt = Cancelled, reason, w.Now
	if err := saveJourney(ctx, w, j); err != nil {
		return err
	}
	c.DepartsOn = day.Date{}
	if err := casefile.FinishTask(ctx, w, c, taskApprove); err != nil {
		return err
	}
	return casefile.Record(ctx, w, *c, aboutJourney(*j, "travel.cancelled", "seats", count(n), "reason", reason))
}

// Cancel gives a journey up, with the reason.
func (d *Domain) Cancel(ctx context.Context, actor, journeyID, reason string) error {
	return d.onJourney(ctx, actor, PermBook, journeyID, func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey) error {
		switch {
		case j.State == Cancelled:
			return casefile.Record(ctx, w, *c, aboutJourney(*j, "travel.cancelled_again"))
		case !j.Live():
			return fault.New(fault.Conflict, "travel.err.not_live")
		case started(*j):
			return fault.New(fault.Conflict, "travel.err.under_way")
		case reason == "":
			return fault.At("reason", "travel.err.reason")
		}
		if err := fault.Fields(tooLong("reason", reason, maxText)); err != nil {
			return err
		}
		if err := endJourney(ctx, w, c, j, reason); err != nil {
			return err
		}
		return casefile.Save(ctx, w, c)
	})
}

// Approve is the second person's yes to the price. Whoever asked for the journey cannot give it.
func (d *Domain) Approve(ctx context.Context, actor, journeyID string) error {
	return d.decide(ctx, actor, journeyID, true, "")
}

// NotAgree is the second person's no: the seats are given back.
func (d *Domain) NotAgree(ctx context.Context, actor, journeyID, reason string) error {
	return d.decide(ctx, actor, journeyID, false, reason)
}

func (d *Domain) decide(ctx context.Context, actor, journeyID string, yes bool, reason string) error {
	return d.onJourney(ctx, actor, PermApprove, journeyID, func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey) error {
		switch {
		case yes && j.State == Booked && j.DecidedBy == w.Actor.ID:
			return casefile.Record(ctx, w, *c, aboutJourney(*j, "travel.approved_again"))
		case j.State != Asked:
			return fault.New(fault.Conflict, "travel.err.not_asked")
		case j.AskedBy == w.Actor.ID:
			return fault.New(fault.Denied, "travel.err.own_request")
		case !yes && reason == "":
			return fault.At("reason", "travel.err.reason")
		}
		if err := fault.Fields(tooLong("reason", reason, maxText)); err != nil {
			return err
		}
		j.DecidedBy, j.DecidedAt = w.Actor.ID, w.Now
		if !yes {
			if err := endJourney(ctx, w, c, j, reason); err != nil {
				return err
			}
			j.State = NotAgreed
			if err := saveJourney(ctx, w, j); err != nil {
				return err
			}
			return keep(ctx, w, c, aboutJourney(*j, "travel.not_approved", "reason", reason))
		}
		j.State = Booked
		if err := saveJourney(ctx, w, j); err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE seat SET state = 'booked' WHERE journey_id = $1 AND state = 'held'`, j.ID); err != nil {
			return err
		}
		if err := casefile.FinishTask(ctx, w, c, taskApprove); err != nil {
			return err
		}
		return keep(ctx, w, c, aboutJourney(*j, "travel.approved", "fare", j.Money().String()))
	})
}

// Tickets are the airline's numbers: one reference for the booking, one ticket for each person.
type Tickets struct {
	JourneyID, PNR string
	Numbers        map[string]string // person id → ticket number
}

// WriteTickets keeps the airline's numbers. A seat with a ticket is ticketed.
func (d *Domain) WriteTickets(ctx context.Context, actor string, in Tickets) error {
	return d.onJourney(ctx, actor, PermBook, in.JourneyID, func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey) error {
		if j.State != Booked {
			return fault.New(fault.Conflict, "travel.err.not_agreed_yet")
		}
		fs := tooLong("pnr", in.PNR, 40)
		for _, number := range in.Numbers {
			fs = append(fs, tooLong("pnr", number, 40)...)
		}
		if err := fault.Fields(fs); err != nil {
			return err
		}
		j.PNR = in.PNR
		if err := saveJourney(ctx, w, j); err != nil {
			return err
		}
		n := int64(0)
		for _, p := range j.Passengers {
			number, ok := in.Numbers[p.PersonID]
			if !ok || number == p.Ticket {
				continue
			}
			sealed, err := w.Seal(ctx, p.PersonID, ticketPlace(j.ID, p.PersonID), number)
			if err != nil {
				return err
			}
			state := "booked"
			if number != "" {
				state = Ticketed
				n++
			}
			if _, err := w.Tx.Exec(ctx, `UPDATE seat SET ticket = $1, state = CASE WHEN state IN ('booked','ticketed') THEN $2 ELSE state END WHERE journey_id = $3 AND person_id = $4`, sealed, state, j.ID, p.PersonID); err != nil {
				return err
			}
		}
		return casefile.Record(ctx, w, *c, aboutJourney(*j, "travel.ticketed", "tickets", count(n)))
	})
}
