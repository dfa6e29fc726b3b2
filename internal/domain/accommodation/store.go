package accommodation

import (
	"context"
	"errors"
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

const siteColumns = `h.id, h.office_id, h.name, h.kind, h.official, h.maximum, h.provisional, h.active, h.revision`

func scanSite(r db.Row) (Site, error) {
	var s Site
	return s, r.Scan(&s.ID, &s.OfficeID, &s.Name, &s.Kind, &s.Official, &s.Maximum, &s.Provisional, &s.Active, &s.Revision)
}

func scanUnit(r db.Row) (Unit, error) {
	var u Unit
	return u, r.Scan(&u.ID, &u.SiteID, &u.Name, &u.Rule, &u.Accessible, &u.Revision)
}

const bedColumns = `id, unit_id, site_id, name, stay_id, out_reason, out_until`

func scanBed(r db.Row) (Bed, error) {
	var b Bed
	return b, r.Scan(&b.ID, &b.UnitID, &b.SiteID, &b.Name, &b.StayID, &b.OutReason, &b.OutUntil)
}

const stayColumns = `s.id, s.booking_id, s.case_id, s.person_id, s.site_id, s.state, s.priority, s.step_free, s.from_on, s.until_on, s.unit_id, s.bed_id, s.in_at, s.rules_lang, s.items, s.away_since, s.back_by, s.out_at, s.reason, s.asked_at`

func (s *Stay) targets() []any {
	return []any{&s.ID, &s.BookingID, &s.CaseID, &s.PersonID, &s.SiteID, &s.State, &s.Priority, &s.StepFree, &s.From, &s.Until, &s.UnitID, &s.BedID, db.InstantOf(&s.InAt), &s.RulesLang, &s.Items, &s.AwaySince, &s.BackBy, db.InstantOf(&s.OutAt), &s.reason, db.InstantOf(&s.AskedAt)}
}

func scanStay(r db.Row) (Stay, error) { var s Stay; return s, r.Scan(s.targets()...) }

func gone(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return fault.Gone()
	}
	return err
}

// seesSite reports whether a house is one of the reader's offices.
func seesSite(r *gate.R, s Site) bool {
	offices, all := r.Scope.Offices()
	return all || slices.Contains(offices, s.OfficeID)
}

// SiteByID reads a house within the reader's scope.
func SiteByID(ctx context.Context, r *gate.R, id string) (Site, error) {
	s, err := db.One(ctx, r.Tx, scanSite, `SELECT `+siteColumns+` FROM site h WHERE h.id = $1`, id)
	if err != nil {
		return s, gone(err)
	}
	if !seesSite(r, s) {
		return Site{}, fault.Hidden("site", id)
	}
	return s, nil
}

// Sites lists the houses of the reader's offices.
func Sites(ctx context.Context, r *gate.R) ([]Site, error) {
	all, err := db.All(ctx, r.Tx, scanSite, `SELECT `+siteColumns+` FROM site h ORDER BY h.name, h.id`)
	return slices.DeleteFunc(all, func(s Site) bool { return !seesSite(r, s) }), err
}

// UnitsOf reads the units of a house.
func UnitsOf(ctx context.Context, r *gate.R, siteID string) ([]Unit, error) {
	return db.All(ctx, r.Tx, scanUnit, `SELECT id, site_id, name, rule, accessible, revision FROM unit WHERE site_id = $1 ORDER BY name, id`, siteID)
}

// BedsOf reads the beds of a house, unit by unit.
func BedsOf(ctx context.Context, r *gate.R, siteID string) ([]Bed, error) {
	return db.All(ctx, r.Tx, scanBed, `SELECT `+bedColumns+` FROM bed WHERE site_id = $1 ORDER BY unit_id, name, id`, siteID)
}

const live = `s.state IN ('waiting','booked','in_house','absent')`

// liveStays reads who holds or wants a place in a house. It serves counting only: no name is read.
func liveStays(ctx context.Context, r *gate.R, siteID string) ([]Stay, error) {
	return db.All(ctx, r.Tx, scanStay, `SELECT `+stayColumns+` FROM stay s WHERE s.site_id = $1 AND `+live+` ORDER BY s.priority, s.asked_at, s.id`, siteID)
}

// guests reads stays with their people. Whoever the reader may not know stays as a taken bed without a name: a fire list
// that leaves somebody out would be worse than one that leaves a name out.
func guests(ctx context.Context, r *gate.R, where string, args ...any) ([]Guest, error) {
	return guestsSeen(ctx, r, r.Scope.Sees, where, args...)
}

func guestsSeen(ctx context.Context, r *gate.R, sees func(org.Subject) bool, where string, args ...any) ([]Guest, error) {
	list, err := db.All(ctx, r.Tx, func(x db.Row) (Guest, error) {
		var g Guest
		var c casefile.Case
		to := append(g.Stay.targets(), g.Person.Person.Targets()...)
		if err := x.Scan(append(append(to, &g.Person.Relation), c.Targets()...)...); err != nil {
			return g, err
		}
		if g.CaseNo = c.No; !sees(c.Subject()) {
			g = Guest{Stay: Stay{ID: g.ID, SiteID: g.SiteID, State: g.State, UnitID: g.UnitID, BedID: g.BedID, From: g.From, Until: g.Until, AwaySince: g.AwaySince, BackBy: g.BackBy}, Hidden: true}
		}
		return g, nil
	}, `SELECT `+stayColumns+`, `+person.Columns+`, COALESCE(m.relation, ''), `+casefile.Columns+` FROM stay s JOIN person p ON p.id = s.person_id JOIN casefile c ON c.id = s.case_id
		LEFT JOIN case_member m ON m.case_id = s.case_id AND m.person_id = s.person_id WHERE `+where+` ORDER BY s.priority, s.asked_at, s.from_on, s.booking_id, p.birth_date, s.id`, args...)
	for i := range list {
		if err == nil && !list[i].Hidden {
			list[i].Reason, _, err = r.Open(ctx, list[i].PersonID, "stay.reason:"+list[i].ID, list[i].reason)
		}
	}
	return list, err
}

// GuestsOf reads everybody who holds or wants a place in a house.
func GuestsOf(ctx context.Context, r *gate.R, siteID string) ([]Guest, error) {
	return guests(ctx, r, `s.site_id = $1 AND `+live, siteID)
}

// StaysOf reads the stays of a case, the live ones first.
func StaysOf(ctx context.Context, r *gate.R, caseID string) ([]Guest, error) {
	list, err := guests(ctx, r, `s.case_id = $1`, caseID)
	slices.SortStableFunc(list, func(a, b Guest) int {
		switch {
		case a.Live() == b.Live():
			return 0
		case a.Live():
			return -1
		}
		return 1
	})
	return list, err
}

// save writes back a stay.
func save(ctx context.Context, w *gate.W, s Stay) error {
	reason, err := w.Seal(ctx, s.PersonID, "stay.reason:"+s.ID, s.Reason)
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, `UPDATE stay SET state = $1, priority = $2, from_on = $3, until_on = $4, unit_id = $5, bed_id = $6, in_at = $7, rules_lang = $8, items = $9, away_since = $10, back_by = $11, out_at = $12, reason = $13 WHERE id = $14`,
		s.State, s.Priority, s.From, s.Until, s.UnitID, s.BedID, db.At(s.InAt), s.RulesLang, s.Items, s.AwaySince, s.BackBy, db.At(s.OutAt), reason, s.ID)
	return err
}

// free gives a stay's bed back.
func free(ctx context.Context, w *gate.W, s *Stay) error {
	if s.BedID == "" {
		return nil
	}
	if _, err := w.Tx.Exec(ctx, `UPDATE bed SET stay_id = '' WHERE id = $1 AND stay_id = $2`, s.BedID, s.ID); err != nil {
		return err
	}
	return nil
}

// about is an entry about a booking, in the words of its case.
func about(s Stay, action string, args ...string) journal.Entry {
	e := journal.Entry{Action: action, Subject: journal.Ref{Kind: "booking", ID: s.BookingID}, Args: map[string]string{"from": s.From.String(), "until": s.Until.String()}}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[args[i]] = args[i+1]
	}
	return e
}

func sleeperOf(g Guest, r *gate.R) sleeper {
	child, known := g.Person.Child(r.Today)
	return sleeper{id: g.PersonID, party: g.CaseID, sex: g.Person.Sex, child: child, ageKnown: known, stepFree: g.StepFree}
}
