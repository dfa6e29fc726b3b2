package person

import (
	"context"
	"errors"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Visible is the condition under which a reader may see a person, as SQL over the person's id and registering office. It
// is handed in by app: cases decide it, and this floor must not know them.
type Visible func(r *gate.R, idColumn, officeColumn string, a *db.Args) string

// Domain is the room. app hands in what the floors above answer; only Visible must be there.
type Domain struct {
	Gate    *gate.Gate
	Visible Visible
	// Glass is the condition that a person is in a case opened by breaking the glass, which opens protected classes, too.
	Glass func(r *gate.R, idColumn string, a *db.Args) string
	// MayErase tells why a person may not be erased now, beyond the holds this room knows: an open case, a payment under
	// audit. An empty key means nothing stands against it.
	MayErase func(ctx context.Context, r *gate.R, personID string) (reasonKey string, args []any, err error)
	// ChildCase tells whether a person is in a case that treats them as a child.
	ChildCase func(ctx context.Context, r *gate.R, personID string) (bool, error)
}

// inScope is the condition on table person under alias p: visible, and of a class the reader is cleared for.
func (d *Domain) inScope(r *gate.R, a *db.Args) string {
	q := `(` + d.Visible(r, "p.id", "p.office_id", a)
	if r.Actor.System {
		return q + `)`
	}
	q += ` AND (p.class IN ` + a.In(append([]string{org.Normal}, r.Actor.ClearedFor()...))
	if d.Glass != nil && len(r.Actor.Glass) > 0 {
		q += ` OR ` + d.Glass(r, "p.id", a)
	}
	return q + `))`
}

// ByID reads a person within the reader's scope; outside it the answer is "not found", and the gate notes the attempt.
func (d *Domain) ByID(ctx context.Context, r *gate.R, id string) (Person, error) {
	p, ok, err := d.ifVisible(ctx, r, id)
	if err != nil || ok {
		return p, err
	}
	if _, err := byID(ctx, r.Tx, id); err == nil {
		return p, fault.Hidden("person", id)
	}
	return p, fault.Gone()
}

func (d *Domain) ifVisible(ctx context.Context, r *gate.R, id string) (Person, bool, error) {
	var a db.Args
	q := `SELECT ` + Columns + ` FROM person p WHERE p.id = ` + a.Add(id) + ` AND ` + d.inScope(r, &a)
	p, err := db.One(ctx, r.Tx, scan, q, a.Values...)
	if errors.Is(err, db.ErrNoRow) {
		return Person{}, false, nil
	}
	return p, err == nil, err
}

// Record is everything this room knows about a person.
type Record struct {
	Person    Person
	Names     []OtherName
	Contacts  []Contact
	Papers    []Paper
	Relatives []Relative
	Consents  []Consent
	Holds     []Hold
	Proposals []AgeProposal
	History   []*journal.Line
	Offices   map[string]string // id -> name
	Staff     map[string]string
	May       map[string]bool // which of the permissions of this room the reader holds
}

// Open reads a person's whole record. Of a person in a protected class, the reading itself is an entry in the journal.
func (d *Domain) Open(ctx context.Context, actor, personID string) (Record, error) {
	var rec Record
	err := d.Gate.Read(ctx, actor, PermView, func(ctx context.Context, r *gate.R) error {
		var err error
		rec, err = d.read(ctx, r, personID)
		return err
	})
	if err != nil || rec.Person.Class == org.Normal {
		return rec, err
	}
	err = d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) error {
		var err error
		if rec, err = d.read(ctx, &w.R, personID); err != nil {
			return err
		}
		return record(ctx, w, &rec.Person, journal.Entry{Action: "person.viewed"})
	})
	return rec, err
}

func (d *Domain) read(ctx context.Context, r *gate.R, personID string) (rec Record, err error) {
	if rec.Person, err = d.ByID(ctx, r, personID); err != nil {
		return rec, err
	}
	if rec.Names, err = names(ctx, r.Tx, personID); err != nil {
		return rec, err
	}
	if rec.Contacts, err = d.Contacts(ctx, r, personID); err != nil {
		return rec, err
	}
	if rec.Papers, err = d.Papers(ctx, r, personID); err != nil {
		return rec, err
	}
	if rec.Relatives, err = d.Relatives(ctx, r, personID); err != nil {
		return rec, err
	}
	if rec.Consents, err = ConsentState(ctx, r, personID); err != nil {
		return rec, err
	}
	if rec.Holds, err = holds(ctx, r, personID); err != nil {
		return rec, err
	}
	if rec.Proposals, err = proposals(ctx, r, personID); err != nil {
		return rec, err
	}
	if rec.History, err = r.History(ctx, journal.Filter{Subject: personID, Limit: 100}); err != nil {
		return rec, err
	}
	rec.Offices, rec.Staff, rec.May = map[string]string{}, map[string]string{}, map[string]bool{}
	offices, err := org.Offices(ctx, r.Tx)
	if err != nil {
		return rec, err
	}
	for _, o := range offices {
		rec.Offices[o.ID] = o.Name
	}
	for _, l := range rec.History {
		if _, known := rec.Staff[l.Actor]; known {
			continue
		}
		s, err := org.StaffByID(ctx, r.Tx, l.Actor)
		if err != nil && !errors.Is(err, db.ErrNoRow) {
			return rec, err
		}
		rec.Staff[l.Actor] = s.Name
	}
	for _, perm := range []string{PermView, PermRegister, PermEdit, PermConsent, PermErase, PermHold, PermApproveAge, PermClass} {
		rec.May[perm] = r.Actor.Can(perm)
	}
	return rec, nil
}

// Contacts reads how a person may be reached, the preferred way first. The caller has made sure of the scope.
func (d *Domain) Contacts(ctx context.Context, r *gate.R, personID string) ([]Contact, error) {
	list, err := db.All(ctx, r.Tx, scanContact, `SELECT `+contactColumns+` FROM person_contact WHERE person_id = $1 ORDER BY CASE WHEN preferred THEN 0 ELSE 1 END, created_at, id`, personID)
	for i := range list {
		if err == nil {
			list[i], err = openContact(ctx, r, list[i])
		}
	}
	return list, err
}

// Papers reads a person's papers. The caller has made sure of the scope.
func (d *Domain) Papers(ctx context.Context, r *gate.R, personID string) ([]Paper, error) {
	list, err := db.All(ctx, r.Tx, scanPaper, `SELECT `+paperColumns+` FROM identity_paper WHERE person_id = $1 ORDER BY created_at, id`, personID)
	for i := range list {
		if err == nil {
			list[i], err = openPaper(ctx, r, list[i])
		}
	}
	return list, err
}
