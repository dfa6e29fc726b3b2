package casefile

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Whoever may open a case may also put right what was said when it was opened: who belongs to it, where it leads.

// AddMember takes a person into the case. Doing it twice changes nothing.
func (d *Domain) AddMember(ctx context.Context, actor, caseID, personID, relation string, travels bool) error {
	return d.onCase(ctx, actor, PermOpen, caseID, func(ctx context.Context, w *gate.W, c *Case) error {
		if !goodRelation(relation) || relation == Principal {
			return fault.At("relation", "case.err.relation")
		}
		p, err := d.Persons.ByID(ctx, &w.R, personID)
		if err != nil {
			return err
		}
		return join(ctx, w, c, p, relation, travels)
	})
}

func join(ctx context.Context, w *gate.W, c *Case, p person.Person, relation string, travels bool) error {
	n, err := w.Tx.Exec(ctx, `INSERT INTO case_member (case_id, person_id, relation, travels) VALUES ($1,$2,$3,$4) ON CONFLICT (case_id, person_id) DO NOTHING`, c.ID, p.ID, relation, travels)
	if err != nil {
		return err
	}
	if n == 0 {
		return Record(ctx, w, *c, journal.Entry{Action: "case.member_added_again", Args: map[string]string{"person": p.ID}})
	}
	if err := recount(ctx, w, c); err != nil {
		return err
	}
	return keep(ctx, w, c, journal.Entry{Action: "case.member_added", Args: map[string]string{"person": p.ID, "name": p.Called(), "relation": relation}})
}

// JoinRegistered takes somebody into a case from whose household they were registered, in the same breath. What they are to
// whoever applied is what was said at the registration.
func (d *Domain) JoinRegistered(ctx context.Context, w *gate.W, caseID string, p person.Person, role string) error {
	if !w.Actor.Can(PermOpen) {
		return fault.New(fault.Denied, "fault.denied", "permission", PermOpen)
	}
	r := w.R
	r.Scope = w.Actor.Scope(PermOpen)
	c, err := ByID(ctx, &r, caseID)
	if err != nil {
		return err
	}
	if err := RequireOpen(c); err != nil {
		return err
	}
	if !goodRelation(role) || role == Principal {
		role = "other"
	}
	return join(ctx, w, &c, p, role, true)
}

// RemoveMember takes a person out of the case; who applied for it stays until somebody else is named in their place.
func (d *Domain) RemoveMember(ctx context.Context, actor, caseID, personID, reason string) error {
	return d.onCase(ctx, actor, PermOpen, caseID, func(ctx context.Context, w *gate.W, c *Case) error {
		m, err := memberOf(ctx, &w.R, c.ID, personID)
		if err != nil {
			return err
		}
		switch {
		case m.Relation == Principal:
			return fault.New(fault.Conflict, "case.err.principal_stays")
		case reason == "":
			return fault.At("reason", "case.err.member_reason")
		}
		if _, err := w.Tx.Exec(ctx, `DELETE FROM case_member WHERE case_id = $1 AND person_id = $2`, c.ID, personID); err != nil {
			return err
		}
		if err := recount(ctx, w, c); err != nil {
			return err
		}
		return keep(ctx, w, c, journal.Entry{Action: "case.member_removed", Args: map[string]string{"person": personID, "name": m.Called(), "reason": reason}})
	})
}

// ChangeRelation says how a member belongs to the family and whether they travel. Making somebody the principal applicant
// makes the one before an ordinary member.
func (d *Domain) ChangeRelation(ctx context.Context, actor, caseID, personID, relation string, travels bool) error {
	return d.onCase(ctx, actor, PermOpen, caseID, func(ctx context.Context, w *gate.W, c *Case) error {
		m, err := memberOf(ctx, &w.R, c.ID, personID)
		if err != nil {
			return err
		}
		switch {
		case !goodRelation(relation):
			return fault.At("relation", "case.err.relation")
		case m.Relation == Principal && relation != Principal:
			return fault.New(fault.Conflict, "case.err.principal_stays")
		case relation == Principal && m.Relation != Principal:
			if _, err := w.Tx.Exec(ctx, `UPDATE case_member SET relation = $1 WHERE case_id = $2 AND relation = $3`, "other", c.ID, Principal); err != nil {
				return err
			}
			c.PrincipalID, c.Nationality = m.ID, m.Nationality
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE case_member SET relation = $1, travels = $2 WHERE case_id = $3 AND person_id = $4`, relation, travels, c.ID, personID); err != nil {
			return err
		}
		if err := recount(ctx, w, c); err != nil {
			return err
		}
		return keep(ctx, w, c, journal.Entry{Action: "case.member_changed", Args: map[string]string{"person": personID, "name": m.Called()},
			Changes: journal.Diff("relation", m.Relation, relation, "travels", yesNo(m.Travels), yesNo(travels))})
	})
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func memberOf(ctx context.Context, r *gate.R, caseID, personID string) (Member, error) {
	ms, err := Members(ctx, r, caseID)
	for _, m := range ms {
		if m.ID == personID {
			return m, nil
		}
	}
	if err == nil {
		err = fault.Gone()
	}
	return Member{}, err
}

// recount brings the counts and the flags that follow from the household up to date, and what was decided about it in question.
func recount(ctx context.Context, w *gate.W, c *Case) error {
	ms, err := Members(ctx, &w.R, c.ID)
	if err != nil {
		return err
	}
	h := countHousehold(ms, w.Today)
	c.Persons, c.Children = h.persons, h.children
	c.SetFlag("child", h.children > 0)
	if h.alone {
		c.SetFlag("uasc", true)
	}
	return LookAgain(ctx, w, c.ID)
}

// Facts are what may be edited about a case by hand.
type Facts struct{ Kind, Nationality, ReturnCountry string }

// FactsOf gives a case's facts as they stand.
func FactsOf(c Case) Facts { return Facts{c.Kind, c.Nationality, c.ReturnCountry} }

// EditFacts changes facts that were shown at revision rev. What others changed meanwhile stays, unless it is the same
// field: then nothing is written, and the caller shows both (ChangedFacts).
func (d *Domain) EditFacts(ctx context.Context, actor, caseID string, rev int64, in Facts) error {
	return d.onCase(ctx, actor, PermOpen, caseID, func(ctx context.Context, w *gate.W, c *Case) error {
		if problems := checkFacts(in); problems != nil {
			return problems
		}
		changed, err := d.ChangedFacts(ctx, &w.R, *c, rev)
		if err != nil {
			return err
		}
		now, merged, clash := mergeFacts(FactsOf(*c), in, changed)
		if len(clash) > 0 {
			f := fault.New(fault.Stale, "case.err.stale")
			for _, name := range clash {
				f.Fields = append(f.Fields, fault.Field{Name: name, Key: "case.err.stale_field"})
			}
			return f
		}
		diff := journal.Diff("kind", now.Kind, merged.Kind, "nationality", now.Nationality, merged.Nationality, "return_country", now.ReturnCountry, merged.ReturnCountry)
		if len(diff) == 0 {
			return Record(ctx, w, *c, journal.Entry{Action: "case.edited_again"})
		}
		c.Kind, c.Nationality, c.ReturnCountry = merged.Kind, merged.Nationality, merged.ReturnCountry
		return keep(ctx, w, c, journal.Entry{Action: "case.edited", Changes: diff})
	})
}

// ChangedField is what somebody else did to a field after a revision.
type ChangedField struct {
	Field, Base, Now, By string
	At                   time.Time
}

// ChangedFacts lists the facts that changed after a revision, with what stood there at that revision and who changed it.
func (d *Domain) ChangedFacts(ctx context.Context, r *gate.R, c Case, rev int64) ([]ChangedField, error) {
	lines, err := r.ChangedSince(ctx, c.ID, rev)
	if err != nil {
		return nil, err
	}
	var out []ChangedField
	at := map[string]int{}
	for _, l := range lines {
		for _, ch := range l.Changes {
			i, seen := at[ch.Field]
			if !seen {
				i = len(out)
				at[ch.Field] = i
				out = append(out, ChangedField{Field: ch.Field, Base: ch.Old})
			}
			out[i].Now, out[i].By, out[i].At = ch.New, l.Actor, l.At
		}
	}
	return out, nil
}

// SetReturnCountry changes the country of return.
func (d *Domain) SetReturnCountry(ctx context.Context, actor, caseID, country string) error {
	return d.onCase(ctx, actor, PermOpen, caseID, func(ctx context.Context, w *gate.W, c *Case) error {
		if !goodCountry(country) {
			return fault.At("return_country", "case.err.country")
		}
		old := c.ReturnCountry
		c.ReturnCountry = country
		return keep(ctx, w, c, journal.Entry{Action: "case.edited", Changes: journal.Diff("return_country", old, country)})
	})
}

// Classify sets the flags a person may set and the class that decides who may see the case at all. Taking away "uasc" needs
// a reason: it switches the child gate off. Nobody moves a case into a class they are not cleared for themselves: they
// would lose it with the same click.
func (d *Domain) Classify(ctx context.Context, actor, caseID string, flags []string, class, reason string) error {
	return d.onCase(ctx, actor, PermClassify, caseID, func(ctx context.Context, w *gate.W, c *Case) error {
		was, want := *c, map[string]bool{}
		for _, f := range flags {
			if !goodFlag(f) {
				return fault.At("flags", "case.err.flag")
			}
			want[f] = true
		}
		if c.HasFlag("uasc") && !want["uasc"] && reason == "" {
			return fault.At("reason", "case.err.uasc_reason")
		}
		if class == "" {
			return fault.At("class", "case.err.class")
		}
		if err := mayUseClass(w.Actor, class); err != nil {
			return err
		}
		for _, f := range Flags {
			if f != "child" { // that one follows from the household
				c.SetFlag(f, want[f])
			}
		}
		c.Class = class
		args := map[string]string{}
		if reason != "" {
			args["reason"] = reason
		}
		return keep(ctx, w, c, journal.Entry{Action: "case.classified", Changes: journal.Diff("flags", was.Flags, c.Flags, "class", was.Class, class), Args: args})
	})
}

func mayUseClass(a *org.Actor, class string) error {
	if class == "" || class == org.Normal {
		return nil
	}
	for _, k := range org.Classes {
		if k == class {
			if a.Cleared(class) {
				return nil
			}
			return fault.At("class", "case.err.class_not_cleared")
		}
	}
	return fault.At("class", "case.err.class")
}

// FindByNumber reads the case with this number, within the reader's scope.
func FindByNumber(ctx context.Context, r *gate.R, no string) (Case, error) {
	c, err := db.One(ctx, r.Tx, scanCase, `SELECT `+Columns+` FROM casefile c WHERE c.no = $1`, strings.ToUpper(strings.TrimSpace(no)))
	if errors.Is(err, db.ErrNoRow) {
		return c, fault.Gone()
	}
	if err == nil && !r.Scope.Sees(c.Subject()) {
		return Case{}, fault.Hidden("case", c.ID)
	}
	return c, err
}

// OfPerson lists the cases of a person that the reader may see, newest first.
func OfPerson(ctx context.Context, r *gate.R, personID string) ([]Case, error) {
	var a db.Args
	q := `SELECT ` + Columns + ` FROM case_member m JOIN casefile c ON c.id = m.case_id WHERE m.person_id = ` + a.Add(personID) + ` AND ` + InScope(r, "c", &a)
	return db.All(ctx, r.Tx, scanCase, q+` ORDER BY c.opened_on DESC, c.id`, a.Values...)
}
