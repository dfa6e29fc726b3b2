package accommodation

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
)

// stripDays is how far the month strip of a house looks.
const stripDays = 31

// Board is one house at a glance.
type Board struct {
	Site    Site
	Strip   []Night // from tonight
	Waiting int64   // people
}

// Tonight is the first night of the strip.
func (b Board) Tonight() Night { return b.Strip[0] }

// Boards gives every house of the reader's offices at a glance.
func Boards(ctx context.Context, r *gate.R) (out []Board, err error) {
	sites, err := Sites(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, s := range sites {
		beds, err := BedsOf(ctx, r, s.ID)
		if err != nil {
			return nil, err
		}
		stays, err := liveStays(ctx, r, s.ID)
		if err != nil {
			return nil, err
		}
		b := Board{Site: s, Strip: nights(s, beds, stays, r.Today, stripDays, r.Today)}
		for _, x := range stays {
			if x.State == Waiting {
				b.Waiting++
			}
		}
		out = append(out, b)
	}
	return out, nil
}

// House is one house with everything in it.
type House struct {
	Board
	Units  []Unit
	Beds   []Bed
	Guests []Guest // everybody who holds or wants a place
}

// In finds who sleeps in a bed.
func (h House) In(b Bed) (Guest, bool) {
	for _, g := range h.Guests {
		if g.ID == b.StayID && b.StayID != "" {
			return g, true
		}
	}
	return Guest{}, false
}

// HouseOf reads one house.
func HouseOf(ctx context.Context, r *gate.R, siteID string) (h House, err error) {
	s, err := SiteByID(ctx, r, siteID)
	if err != nil {
		return h, err
	}
	if h.Units, err = UnitsOf(ctx, r, s.ID); err != nil {
		return h, err
	}
	if h.Beds, err = BedsOf(ctx, r, s.ID); err != nil {
		return h, err
	}
	if h.Guests, err = GuestsOf(ctx, r, s.ID); err != nil {
		return h, err
	}
	var stays []Stay
	for _, g := range h.Guests {
		stays = append(stays, g.Stay)
		if g.State == Waiting {
			h.Waiting++
		}
	}
	h.Site, h.Strip = s, nights(s, h.Beds, stays, r.Today, stripDays, r.Today)
	return h, nil
}

// Roll is who is in a house tonight.
type Roll struct {
	Site   Site
	Units  []Unit
	Beds   []Bed
	Guests []Guest // with a bed, present or away
}

// Tonight reads the roll of every house of the reader's offices.
func Tonight(ctx context.Context, r *gate.R) (out []Roll, err error) {
	sites, err := Sites(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, s := range sites {
		h, err := readHouse(ctx, r, s, r.Scope.Sees)
		if err != nil {
			return nil, err
		}
		out = append(out, Roll{Site: s, Units: h.units, Beds: h.beds, Guests: h.guests})
	}
	return out, nil
}

// PrintTonight is Tonight for paper: a list of names leaves the house, so it is recorded.
func (d *Domain) PrintTonight(ctx context.Context, actor string) (out []Roll, err error) {
	err = d.Gate.Write(ctx, actor, PermCheck, func(ctx context.Context, w *gate.W) error {
		if out, err = Tonight(ctx, &w.R); err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, roll := range out {
			for _, g := range roll.Guests {
				if g.Hidden || seen[g.CaseID] {
					continue
				}
				seen[g.CaseID] = true
				c, err := casefile.ByID(ctx, &w.R, g.CaseID)
				if err != nil {
					return err
				}
				if err := casefile.Record(ctx, w, c, about(g.Stay, "accommodation.printed", "site", roll.Site.Name)); err != nil {
					return err
				}
			}
		}
		return w.Record(ctx, journal.Entry{Action: "accommodation.roll_printed", Subject: journal.Ref{Kind: "roll", ID: w.Today.String()}, Args: map[string]string{"date": w.Today.String()}})
	})
	return out, err
}

// Fitting lists the rooms in which the people of a booking who have not come yet could sleep together tonight.
func Fitting(ctx context.Context, r *gate.R, siteID string, party []Guest) ([]Alternative, error) {
	s, err := SiteByID(ctx, r, siteID)
	if err != nil {
		return nil, err
	}
	h, err := readHouse(ctx, r, s, r.Scope.Sees)
	if err != nil {
		return nil, err
	}
	return h.alternatives(party, r), nil
}

// Any lists every free bed of a house, room by room, whoever may sleep there.
func Any(ctx context.Context, r *gate.R, siteID string) ([]Alternative, error) {
	return Fitting(ctx, r, siteID, nil)
}
