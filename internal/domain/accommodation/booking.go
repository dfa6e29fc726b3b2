package accommodation

import (
	"context"
	"slices"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

// Booking is a place for people of a case.
type Booking struct {
	ID, CaseID, SiteID string
	Persons            []string // empty: everybody of the case
	StepFree           []string // those of them who cannot climb steps
	From, Until        day.Date // Until: the expected departure
	Priority           int64
}

// Book keeps places for the people of a case from a day until their expected departure. Where a night is full they go on
// the waiting list instead, all of them: half a family is not a booking. It tells which of the two it became.
func (d *Domain) Book(ctx context.Context, actor string, in Booking) (state string, err error) {
	err = d.Gate.Write(ctx, actor, PermBook, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, in.CaseID)
		if err != nil {
			return err
		}
		if err := casefile.RequireOpen(c); err != nil {
			return err
		}
		if !id.Valid(in.ID) {
			return fault.Gone()
		}
		known, err := db.All(ctx, w.Tx, scanStay, `SELECT `+stayColumns+` FROM stay s WHERE s.booking_id = $1 ORDER BY s.id`, in.ID)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			if known[0].CaseID != c.ID {
				return fault.Gone()
			}
			state = known[0].State
			return casefile.Record(ctx, w, c, about(known[0], "accommodation.booking_repeated"))
		}
		s, err := SiteByID(ctx, &w.R, in.SiteID)
		if err != nil {
			return err
		}
		people, err := checkBooking(ctx, w, c, s, &in)
		if err != nil {
			return err
		}
		state = Booked
		room, err := hasRoom(ctx, &w.R, s, in.From, in.Until, int64(len(people)), nil)
		if err != nil {
			return err
		}
		if !room {
			state = Waiting
		}
		for _, p := range people {
			if _, err := w.Tx.Exec(ctx, `INSERT INTO stay (id, booking_id, case_id, person_id, site_id, state, priority, step_free, from_on, until_on, asked_at, by_id) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
				w.NewID(), in.ID, c.ID, p, s.ID, state, in.Priority, slices.Contains(in.StepFree, p), in.From, in.Until, db.At(w.Now), w.Actor.ID); err != nil {
				return err
			}
		}
		if err := casefile.FinishTask(ctx, w, &c, "arrange_stay"); err != nil {
			return err
		}
		if err := casefile.Save(ctx, w, &c); err != nil {
			return err
		}
		return casefile.Record(ctx, w, c, about(Stay{BookingID: in.ID, From: in.From, Until: in.Until}, "accommodation."+state, "site", s.Name, "persons", strconv.Itoa(len(people))))
	})
	return state, err
}

func checkBooking(ctx context.Context, w *gate.W, c casefile.Case, s Site, in *Booking) ([]string, error) {
	var fs []fault.Field
	if !s.Active {
		fs = append(fs, fault.Field{Name: "site", Key: "accommodation.err.site_closed"})
	}
	if in.From.IsZero() || in.From.Before(w.Today) {
		fs = append(fs, fault.Field{Name: "from", Key: "accommodation.err.from"})
	}
	switch {
	case !in.Until.After(in.From):
		fs = append(fs, fault.Field{Name: "until", Key: "accommodation.err.until"})
	case in.From.DaysUntil(in.Until) > longestStay:
		fs = append(fs, fault.Field{Name: "until", Key: "accommodation.err.too_far", Args: []any{"n", longestStay}})
	}
	if in.Priority < 1 || in.Priority > 3 {
		fs = append(fs, fault.Field{Name: "priority", Key: "accommodation.err.priority"})
	}
	ms, err := casefile.Members(ctx, &w.R, c.ID)
	if err != nil {
		return nil, err
	}
	var people []string
	for _, m := range ms {
		if len(in.Persons) == 0 || slices.Contains(in.Persons, m.ID) {
			people = append(people, m.ID)
		}
	}
	if len(people) == 0 || len(in.Persons) > 0 && len(people) != len(in.Persons) {
		fs = append(fs, fault.Field{Name: "person", Key: "accommodation.err.person"})
	}
	for _, m := range ms {
		if !slices.Contains(people, m.ID) {
			continue
		}
		n, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM stay s WHERE s.person_id = $1 AND `+live, m.ID)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			fs = append(fs, fault.Field{Name: "person", Key: "accommodation.err.has_place", Args: []any{"name", m.Called()}})
		}
	}
	return people, fault.Fields(fs)
}

// hasRoom reports whether n more people fit in every night, not counting stays that are left out.
func hasRoom(ctx context.Context, r *gate.R, s Site, from, until day.Date, n int64, leaveOut []string) (bool, error) {
	beds, err := BedsOf(ctx, r, s.ID)
	if err != nil {
		return false, err
	}
	stays, err := liveStays(ctx, r, s.ID)
	if err != nil {
		return false, err
	}
	stays = slices.DeleteFunc(stays, func(x Stay) bool { return slices.Contains(leaveOut, x.ID) })
	return fits(nights(s, beds, stays, from, from.DaysUntil(until), r.Today), n), nil
}

// onBooking is the frame of the commands about one booking of a case: its stays, the house, the case.
func (d *Domain) onBooking(ctx context.Context, actor, perm, bookingID string, fn func(ctx context.Context, w *gate.W, c casefile.Case, s Site, stays []Guest) error) error {
	return d.Gate.Write(ctx, actor, perm, func(ctx context.Context, w *gate.W) error {
		stays, err := guests(ctx, &w.R, `s.booking_id = $1`, bookingID)
		if err != nil {
			return err
		}
		if len(stays) == 0 {
			return fault.Gone()
		}
		if stays[0].Hidden {
			return fault.Hidden("booking", bookingID)
		}
		c, err := casefile.ByID(ctx, &w.R, stays[0].CaseID)
		if err != nil {
			return err
		}
		s, err := SiteByID(ctx, &w.R, stays[0].SiteID)
		if err != nil {
			return err
		}
		return fn(ctx, w, c, s, stays)
	})
}

func in(stays []Guest, states ...string) (out []Guest) {
	for _, g := range stays {
		if slices.Contains(states, g.State) {
			out = append(out, g)
		}
	}
	return out
}

// GivePlace turns a place on the waiting list into a booking.
func (d *Domain) GivePlace(ctx context.Context, actor, bookingID string) error {
	return d.onBooking(ctx, actor, PermBook, bookingID, func(ctx context.Context, w *gate.W, c casefile.Case, s Site, stays []Guest) error {
		wait := in(stays, Waiting)
		if len(wait) == 0 {
			return fault.New(fault.Conflict, "accommodation.err.not_waiting")
		}
		if err := casefile.RequireOpen(c); err != nil {
			return err
		}
		from := wait[0].From
		if from.Before(w.Today) {
			from = w.Today
		}
		if !wait[0].Until.After(from) {
			return fault.New(fault.Conflict, "accommodation.err.over")
		}
		room, err := hasRoom(ctx, &w.R, s, from, wait[0].Until, int64(len(wait)), nil)
		if err != nil {
			return err
		}
		if !room {
			return fault.New(fault.Conflict, "accommodation.err.full")
		}
		for _, g := range wait {
			g.Stay.State, g.Stay.From = Booked, from
			if err := save(ctx, w, g.Stay); err != nil {
				return err
			}
		}
		return casefile.Record(ctx, w, c, about(Stay{BookingID: bookingID, From: from, Until: wait[0].Until}, "accommodation.booked", "site", s.Name, "persons", strconv.Itoa(len(wait))))
	})
}

// Extend moves the expected departure of everybody who still holds a place under a booking.
func (d *Domain) Extend(ctx context.Context, actor, bookingID string, until day.Date) error {
	return d.onBooking(ctx, actor, PermBook, bookingID, func(ctx context.Context, w *gate.W, c casefile.Case, s Site, stays []Guest) error {
		now := in(stays, Waiting, Booked, InHouse, Absent)
		if len(now) == 0 {
			return fault.New(fault.Conflict, "accommodation.err.over")
		}
		old := now[0].Until
		if !until.After(now[0].From) || !until.After(w.Today) {
			return fault.At("until", "accommodation.err.until")
		}
		if now[0].From.DaysUntil(until) > 2*longestStay {
			return fault.At("until", "accommodation.err.too_far", "n", 2*longestStay)
		}
		if until.After(old) && now[0].State != Waiting {
			from := old
			if from.Before(w.Today) {
				from = w.Today
			}
			var ids []string
			for _, g := range now {
				ids = append(ids, g.ID)
			}
			room, err := hasRoom(ctx, &w.R, s, from, until, int64(len(now)), ids)
			if err != nil {
				return err
			}
			if !room {
				return fault.At("until", "accommodation.err.full")
			}
		}
		for _, g := range now {
			g.Stay.Until = until
			if err := save(ctx, w, g.Stay); err != nil {
				return err
			}
		}
		return casefile.Record(ctx, w, c, about(Stay{BookingID: bookingID, From: now[0].From, Until: until}, "accommodation.extended", "old", old.String()))
	})
}

// GiveUp ends a booking nobody has come for: cancelled, or no_show when they should have been there.
func (d *Domain) GiveUp(ctx context.Context, actor, bookingID string, noShow bool, reason string) error {
	return d.onBooking(ctx, actor, PermBook, bookingID, func(ctx context.Context, w *gate.W, c casefile.Case, s Site, stays []Guest) error {
		now := in(stays, Waiting, Booked)
		if len(now) == 0 {
			return casefile.Record(ctx, w, c, about(Stay{BookingID: bookingID}, "accommodation.given_up_again"))
		}
		if err := goodReason(reason); err != nil {
			return err
		}
		state := Cancelled
		if noShow {
			if state = NoShow; now[0].From.After(w.Today) {
				return fault.New(fault.Conflict, "accommodation.err.not_due")
			}
		}
		for _, g := range now {
			g.Stay.State, g.Stay.Reason, g.Stay.OutAt = state, reason, w.Now
			if err := save(ctx, w, g.Stay); err != nil {
				return err
			}
		}
		return casefile.Record(ctx, w, c, about(now[0].Stay, "accommodation."+state, "site", s.Name, "reason", reason))
	})
}

func goodReason(reason string) error {
	switch n := len([]rune(reason)); {
	case n == 0:
		return fault.At("reason", "accommodation.err.reason")
	case n > 500:
		return fault.At("reason", "accommodation.err.too_long", "n", 500)
	}
	return nil
}
