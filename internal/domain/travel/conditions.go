package travel

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Conditions gives what this room answers before a case leaves a stage, by the names that packs use.
func (d *Domain) Conditions() map[string]casefile.Condition {
	return map[string]casefile.Condition{"documents.complete": d.DocumentsComplete, "clearance.given": d.ClearanceGiven,
		"travel.booked": d.booked, "travel.departed": d.departed, "travel.arrived": d.arrived}
}

// travelDay is the day that papers and clearance must last for: that of the journey, or today while there is none.
func travelDay(c casefile.Case, today day.Date) day.Date {
	if c.DepartsOn.After(today) {
		return c.DepartsOn
	}
	return today
}

// Paper is how the papers of one traveller stand.
type Paper struct {
	Person  casefile.Member
	Problem string // empty: they can travel on the day
	Kind    string // of the paper that comes nearest
	Expires day.Date
	Where   string
}

// PapersOf says for every traveller of a case whether they can travel on the day with what they hold.
func (d *Domain) PapersOf(ctx context.Context, r *gate.R, c casefile.Case) ([]Paper, error) {
	ms, err := travellers(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	docs, err := db.All(ctx, r.Tx, scanDocument, `SELECT `+documentColumns+` FROM travel_document WHERE case_id = $1 ORDER BY requested_on, id`, c.ID)
	if err != nil {
		return nil, err
	}
	on := travelDay(c, r.Today)
	var out []Paper
	for _, m := range ms {
		own, err := d.Persons.Papers(ctx, r, m.ID)
		if err != nil {
			return nil, err
		}
		var held []heldPaper
		for _, p := range own {
			if has(travelPapers, p.Kind) && p.HeldBy != "lost" && p.HeldBy != "stolen" && p.HeldBy != "never_held" {
				held = append(held, heldPaper{kind: p.Kind, expires: p.ExpiresOn, where: p.HeldBy})
			}
		}
		for _, x := range docs {
			if x.PersonID != m.ID || x.State == Refused || x.State == Stopped {
				continue
			}
			h := heldPaper{kind: x.Type, expires: x.ExpiresOn}
			switch {
			case x.State == Requested:
			case !x.TravellerOn.IsZero():
				h.where = "applicant"
			case !x.OfficeOn.IsZero():
				h.where = "our_office"
			default:
				h.where = "consulate"
			}
			held = append(held, h)
		}
		problem, paper := papersFor(held, on)
		out = append(out, Paper{Person: m, Problem: problem, Kind: paper.kind, Expires: paper.expires, Where: paper.where})
	}
	return out, nil
}

// DocumentsComplete asks that every traveller holds a paper that is valid on the day. One missing paper keeps the family
// here, so it is told by name.
func (d *Domain) DocumentsComplete(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	papers, err := d.PapersOf(ctx, r, c)
	if err != nil {
		return nil, err
	}
	if len(papers) == 0 {
		return []casefile.Unmet{{Key: "travel.missing.nobody", Href: "/cases/" + c.ID + "/household"}}, nil
	}
	var out []casefile.Unmet
	for _, p := range papers {
		if p.Problem != paperGood {
			out = append(out, casefile.Unmet{Key: "travel.missing.paper_" + p.Problem, Args: []any{"name", p.Person.Called(), "date", p.Expires}, Href: "/cases/" + c.ID + "/documents"})
		}
	}
	return out, nil
}

// ClearanceGiven asks that the authorities that were asked let every traveller go, and that their word still holds on the day.
func (d *Domain) ClearanceGiven(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	ms, err := travellers(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	list, err := db.All(ctx, r.Tx, scanClearance, `SELECT `+clearanceColumns+` FROM clearance WHERE case_id = $1 ORDER BY requested_on, at, id`, c.ID)
	if err != nil {
		return nil, err
	}
	var out []casefile.Unmet
	for _, m := range ms {
		var own []Clearance
		for _, x := range list {
			if x.PersonID == m.ID {
				own = append(own, x)
			}
		}
		if problem, _ := clearanceFor(own, travelDay(c, r.Today)); problem != "" {
			out = append(out, casefile.Unmet{Key: "travel.missing.clearance_" + problem, Args: []any{"name", m.Called()}, Href: "/cases/" + c.ID + "/documents"})
		}
	}
	return out, nil
}

// booked asks for an agreed journey with a seat for every traveller.
func (d *Domain) booked(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	href := "/cases/" + c.ID + "/travel"
	j, ok, err := Current(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case !ok:
		return []casefile.Unmet{{Key: "travel.missing.journey", Href: href}}, nil
	case j.State == Asked:
		return []casefile.Unmet{{Key: "travel.missing.approval", Href: href}}, nil
	}
	return d.perTraveller(ctx, r, c, j, "travel.missing.seat", func(p Passenger, found bool) bool { return found && p.Step != NoShow })
}

// departed asks that every traveller has boarded.
func (d *Domain) departed(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	return d.reached(ctx, r, c, "travel.missing.boarded", Boarded, Arrived)
}

// arrived asks that somebody has confirmed the arrival of every traveller.
func (d *Domain) arrived(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	return d.reached(ctx, r, c, "travel.missing.arrived", Arrived)
}

func (d *Domain) reached(ctx context.Context, r *gate.R, c casefile.Case, key string, in ...string) ([]casefile.Unmet, error) {
	j, ok, err := Current(ctx, r, c.ID)
	if err != nil || !ok || j.State != Booked {
		return []casefile.Unmet{{Key: "travel.missing.journey", Href: "/cases/" + c.ID + "/travel"}}, err
	}
	return d.perTraveller(ctx, r, c, j, key, func(p Passenger, found bool) bool { return found && has(in, p.Step) })
}

func (d *Domain) perTraveller(ctx context.Context, r *gate.R, c casefile.Case, j Journey, key string, good func(p Passenger, found bool) bool) ([]casefile.Unmet, error) {
	ms, err := travellers(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	var out []casefile.Unmet
	for _, m := range ms {
		var p Passenger
		found := false
		for _, x := range j.Passengers {
			if x.PersonID == m.ID {
				p, found = x, true
			}
		}
		if !good(p, found) {
			out = append(out, casefile.Unmet{Key: key, Args: []any{"name", m.Called()}, Href: "/cases/" + c.ID + "/travel"})
		}
	}
	return out, nil
}

// OnWithdraw gives the seats back and stops what was asked of consulates and authorities. Whoever sits in the plane already
// keeps the seat: the withdrawal is about everything that has not happened yet.
func (d *Domain) OnWithdraw(ctx context.Context, w *gate.W, c casefile.Case) ([]string, error) {
	var freed []string
	j, ok, err := Current(ctx, &w.R, c.ID)
	if err != nil {
		return nil, err
	}
	if ok {
		n, err := freeSeats(ctx, w, j.ID, "")
		if err != nil {
			return nil, err
		}
		j.State, j.EndedAt = Cancelled, w.Now
		if err := saveJourney(ctx, w, &j); err != nil {
			return nil, err
		}
		if err := casefile.Record(ctx, w, c, aboutJourney(j, "travel.freed", "seats", count(n))); err != nil {
			return nil, err
		}
		freed = append(freed, "travel.freed_seats")
	}
	docs, err := w.Tx.Exec(ctx, `UPDATE travel_document SET state = 'stopped', revision = revision + 1 WHERE case_id = $1 AND state = 'requested'`, c.ID)
	if err != nil {
		return nil, err
	}
	asked, err := w.Tx.Exec(ctx, `UPDATE clearance SET reply = 'stopped' WHERE case_id = $1 AND reply IN ('','wait')`, c.ID)
	if err != nil {
		return nil, err
	}
	if docs+asked > 0 {
		if err := casefile.Record(ctx, w, c, journal.Entry{Action: "travel.stopped", Args: map[string]string{"documents": count(docs), "questions": count(asked)}}); err != nil {
			return nil, err
		}
		freed = append(freed, "travel.freed_requests")
	}
	return freed, nil
}
