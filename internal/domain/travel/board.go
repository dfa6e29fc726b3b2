package travel

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Stages that the day of departure leads through.
const (
	stageDeparted  = "DEPARTED"
	stageInTransit = "IN_TRANSIT"
	stageArrived   = "ARRIVED"
)

// taskNoShow is the task of whoever looks after a case of which somebody did not come.
const taskNoShow = "ask_no_show"

// onDay is the frame of what happens at the airport: an agreed journey, not before its eve, and people who are on it.
func (d *Domain) onDay(ctx context.Context, actor, journeyID string, persons []string, fn func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey, who []*Passenger) (journal.Entry, error)) error {
	return d.onJourney(ctx, actor, PermBoard, journeyID, func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey) error {
		if j.State != Booked {
			return fault.New(fault.Conflict, "travel.err.not_live")
		}
		if w.Today.AddDays(1).Before(j.DepartsOn) {
			return fault.New(fault.Conflict, "travel.err.too_soon", "date", j.DepartsOn)
		}
		who, err := chosen(j, persons)
		if err != nil {
			return err
		}
		e, err := fn(ctx, w, c, j, who)
		if err != nil {
			return err
		}
		return keep(ctx, w, c, e)
	})
}

func chosen(j *Journey, persons []string) ([]*Passenger, error) {
	var out []*Passenger
	for i := range j.Passengers {
		if slices.Contains(persons, j.Passengers[i].PersonID) {
			out = append(out, &j.Passengers[i])
		}
	}
	if len(out) == 0 || len(out) != len(persons) {
		return nil, fault.Gone()
	}
	return out, nil
}

// Step brings people to their next step: at the airport, papers handed out, boarded. Whoever is there already stays
// there, so that two colleagues with two phones do no harm.
func (d *Domain) Step(ctx context.Context, actor, journeyID string, persons []string, to string) error {
	return d.onDay(ctx, actor, journeyID, persons, func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey, who []*Passenger) (journal.Entry, error) {
		var moved []string
		for _, p := range who {
			if p.Step == to {
				continue
			}
			if !mayStep(p.Step, to) || to == NoShow {
				return journal.Entry{}, fault.New(fault.Conflict, "travel.err.step")
			}
			p.Before, p.Step, p.StepBy, p.StepAt = p.Step, to, w.Actor.ID, w.Now
			seat := ""
			if to == Boarded {
				seat = Boarded
			}
			if err := savePassenger(ctx, w, *p, seat); err != nil {
				return journal.Entry{}, err
			}
			moved = append(moved, p.PersonID)
		}
		if to == Boarded && len(moved) > 0 {
			if d.HasLeft != nil {
				if err := d.HasLeft(ctx, w, c, moved); err != nil {
					return journal.Entry{}, err
				}
			}
			if err := d.haveLeft(ctx, w, c, j); err != nil {
				return journal.Entry{}, err
			}
		}
		return aboutJourney(*j, "travel.step_"+to, "persons", count(int64(len(moved)))), nil
	})
}

// haveLeft moves the case on when the last of the travelling family has boarded.
func (d *Domain) haveLeft(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey) error {
	missing, err := d.departed(ctx, &w.R, *c)
	if err != nil || len(missing) > 0 {
		return err
	}
	j.StageBefore = c.Stage
	if err := saveJourney(ctx, w, j); err != nil {
		return err
	}
	if err := d.advance(ctx, w, c, stageDeparted); err != nil || c.Stage != stageDeparted {
		return err
	}
	if len(j.Legs) > 1 {
		if err := d.advance(ctx, w, c, stageInTransit); err != nil || c.Stage == stageInTransit {
			return err
		}
	}
	return d.advance(ctx, w, c, stageArrived)
}

// advance moves the case on if its programme lets it. What happened at the airport has happened: where something is still
// missing the case stays in its stage, and the missing thing stays listed there.
func (d *Domain) advance(ctx context.Context, w *gate.W, c *casefile.Case, to string) error {
	pack, err := d.Cases.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return err
	}
	_, now, _ := pack.Stage(c.Stage)
	if _, next, ok := pack.Stage(to); !ok || next <= now {
		return nil
	}
	err = d.Cases.MoveIn(ctx, w, c, to, "")
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Denied) {
		return nil
	}
	return err
}

// DidNotCome records that people did not come, and why as far as anybody knows. Their case needs somebody today.
func (d *Domain) DidNotCome(ctx context.Context, actor, journeyID string, persons []string, reason string) error {
	return d.onDay(ctx, actor, journeyID, persons, func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey, who []*Passenger) (journal.Entry, error) {
		fs := tooLong("reason", reason, maxText)
		if reason == "" {
			fs = append(fs, fault.Field{Name: "reason", Key: "travel.err.reason"})
		}
		if err := fault.Fields(fs); err != nil {
			return journal.Entry{}, err
		}
		for _, p := range who {
			if p.Step == NoShow {
				continue
			}
			if !mayStep(p.Step, NoShow) {
				return journal.Entry{}, fault.New(fault.Conflict, "travel.err.step")
			}
			p.Before, p.Step, p.StepBy, p.StepAt, p.Reason = p.Step, NoShow, w.Actor.ID, w.Now, reason
			if err := savePassenger(ctx, w, *p, NoShow); err != nil {
				return journal.Entry{}, err
			}
			if d.NotBoarded != nil {
				if _, err := d.NotBoarded(ctx, w, c, p.PersonID); err != nil {
					return journal.Entry{}, err
				}
			}
		}
		if err := casefile.AddTask(ctx, w, c, casefile.Task{Code: taskNoShow, DueOn: w.Today, Urgent: true, OwnerID: c.OwnerID}); err != nil {
			return journal.Entry{}, err
		}
		return aboutJourney(*j, "travel.no_show", "persons", count(int64(len(who))), "reason", reason), nil
	})
}

// Late says that people are late, or not late after all.
func (d *Domain) Late(ctx context.Context, actor, journeyID string, persons []string, late bool) error {
	return d.onDay(ctx, actor, journeyID, persons, func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey, who []*Passenger) (journal.Entry, error) {
		for _, p := range who {
			if p.Step != Expected {
				return journal.Entry{}, fault.New(fault.Conflict, "travel.err.step")
			}
			p.Late = late
			if err := savePassenger(ctx, w, *p, ""); err != nil {
				return journal.Entry{}, err
			}
		}
		action := "travel.late"
		if !late {
			action = "travel.not_late"
		}
		return aboutJourney(*j, action, "persons", count(int64(len(who)))), nil
	})
}

// Undo takes back the last step of people. If the case had moved on because they had all boarded, it goes back to where it
// was, with the reason in the words of whoever undoes it.
func (d *Domain) Undo(ctx context.Context, actor, journeyID string, persons []string, reason string) error {
	return d.onDay(ctx, actor, journeyID, persons, func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey, who []*Passenger) (journal.Entry, error) {
		was := ""
		back := map[time.Time][]string{} // who sat in the plane, by the moment they were said to
		for _, p := range who {
			if p.Before == "" || p.Step == Arrived {
				return journal.Entry{}, fault.New(fault.Conflict, "travel.err.nothing_to_undo")
			}
			if was = p.Step; was == Boarded {
				back[p.StepAt] = append(back[p.StepAt], p.PersonID)
			}
			p.Step, p.Before, p.StepBy, p.StepAt, p.Reason = p.Before, "", w.Actor.ID, w.Now, ""
			seat := ""
			if was == Boarded || was == NoShow {
				seat = "booked"
				if p.Ticket != "" {
					seat = Ticketed
				}
			}
			if err := savePassenger(ctx, w, *p, seat); err != nil {
				return journal.Entry{}, err
			}
		}
		if !slices.ContainsFunc(j.Passengers, func(p Passenger) bool { return p.Step == NoShow }) {
			if err := casefile.FinishTask(ctx, w, c, taskNoShow); err != nil {
				return journal.Entry{}, err
			}
		}
		for _, since := range slices.SortedFunc(maps.Keys(back), time.Time.Compare) {
			if d.HasNotLeft == nil {
				break
			}
			if err := d.HasNotLeft(ctx, w, c, back[since], since); err != nil {
				return journal.Entry{}, err
			}
		}
		if was == Boarded && j.StageBefore != "" {
			stage := j.StageBefore
			j.StageBefore = ""
			if err := saveJourney(ctx, w, j); err != nil {
				return journal.Entry{}, err
			}
			if c.Stage != stage {
				if err := d.Cases.MoveIn(ctx, w, c, stage, reason); err != nil {
					return journal.Entry{}, err
				}
			}
		}
		return aboutJourney(*j, "travel.undone", "persons", count(int64(len(who))), "step", was), nil
	})
}

// ConfirmTransit records that the change of planes before a leg went well.
func (d *Domain) ConfirmTransit(ctx context.Context, actor, journeyID string, place int64) error {
	return d.onJourney(ctx, actor, PermArrive, journeyID, func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey) error {
		i := slices.IndexFunc(j.Legs, func(l Leg) bool { return l.Place == place })
		switch {
		case i < 1:
			return fault.Gone()
		case j.Legs[i].TransitBy != "":
			return casefile.Record(ctx, w, *c, aboutJourney(*j, "travel.transit_again"))
		case !started(*j):
			return fault.New(fault.Conflict, "travel.err.not_left")
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE journey_leg SET transit_by = $1, transit_at = $2 WHERE journey_id = $3 AND place = $4`, w.Actor.ID, db.At(w.Now), j.ID, place); err != nil {
			return err
		}
		return casefile.Record(ctx, w, *c, aboutJourney(*j, "travel.transit", "airport", j.Legs[i].From))
	})
}

// Onwards are the ways on from the airport.
var Onwards = []string{"own", "met", "bus", "train", "flight", "none"}

// Arrival is what somebody at the other end has seen.
type Arrival struct {
	JourneyID string
	Persons   []string
	On        day.Date
	Onward    string
}

// ConfirmArrival records that people have arrived, who says so, and how they went on.
func (d *Domain) ConfirmArrival(ctx context.Context, actor string, in Arrival) error {
	return d.onJourney(ctx, actor, PermArrive, in.JourneyID, func(ctx context.Context, w *gate.W, c *casefile.Case, j *Journey) error {
		if j.State != Booked {
			return fault.New(fault.Conflict, "travel.err.not_live")
		}
		if in.On.IsZero() {
			in.On = w.Today
		}
		var fs []fault.Field
		if in.On.After(w.Today) || in.On.Before(j.DepartsOn) {
			fs = append(fs, fault.Field{Name: "arrived_on", Key: "travel.err.arrived_on"})
		}
		if !has(Onwards, in.Onward) {
			fs = append(fs, fault.Field{Name: "onward", Key: "travel.err.onward"})
		}
		if err := fault.Fields(fs); err != nil {
			return err
		}
		who, err := chosen(j, in.Persons)
		if err != nil {
			return fault.At("person", "travel.err.person")
		}
		n := int64(0)
		for _, p := range who {
			if p.Step == Arrived {
				continue
			}
			if p.Step != Boarded {
				return fault.New(fault.Conflict, "travel.err.not_left")
			}
			p.Before, p.Step, p.StepBy, p.StepAt, p.ArrivedOn, p.ArrivedBy, p.Onward = Boarded, Arrived, w.Actor.ID, w.Now, in.On, w.Actor.ID, in.Onward
			if err := savePassenger(ctx, w, *p, ""); err != nil {
				return err
			}
			n++
		}
		missing, err := d.arrived(ctx, &w.R, *c)
		if err != nil {
			return err
		}
		if len(missing) == 0 && n > 0 {
			for _, t := range arrivalChase {
				if err := casefile.FinishTask(ctx, w, c, chaseTask(t)); err != nil {
					return err
				}
			}
			if d.Arrived != nil {
				if err := d.Arrived(ctx, w, c, in.On); err != nil {
					return err
				}
			}
			if err := d.haveArrived(ctx, w, c); err != nil {
				return err
			}
		}
		e := aboutJourney(*j, "travel.arrived", "persons", count(n), "onward", in.Onward)
		e.Args["date"] = in.On.String()
		return keep(ctx, w, c, e)
	})
}

// haveArrived moves the case to its arrival and past it: confirming the arrival is all that stage asks.
func (d *Domain) haveArrived(ctx context.Context, w *gate.W, c *casefile.Case) error {
	if c.Stage == stageDeparted || c.Stage == stageInTransit {
		if err := d.advance(ctx, w, c, stageArrived); err != nil {
			return err
		}
	}
	pack, err := d.Cases.Packs.Version(c.Programme, c.PackVersion)
	if err != nil || c.Stage != stageArrived {
		return err
	}
	if _, i, ok := pack.Stage(stageArrived); ok && i+1 < len(pack.Stages) {
		return d.advance(ctx, w, c, pack.Stages[i+1].Code)
	}
	return nil
}
