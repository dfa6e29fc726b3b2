package person

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

// Registration is a new person, and whose family they join if they do.
type Registration struct {
	Person   Person
	Paper    Paper // the document that was seen; none when it has no kind
	Contacts []Contact
	FamilyOf string // a person registered before
	Role     string // what the new person is to them: spouse, child, parent, sibling, guardian, other
	From     string // what in another room led here, as that room names it; empty: nothing did
}

// Beginning is what another room knows already of somebody who is to be registered.
type Beginning struct {
	Nationality, Language string
	Contact               string // how to reach them, in somebody's own words
}

// Register writes down a new person. The id is made by the form or the device; registering it again changes nothing. A
// person with one name only gives one of the two parts; a placeholder gives none.
func (d *Domain) Register(ctx context.Context, actor string, p Person) (Person, error) {
	return d.RegisterFamily(ctx, actor, Registration{Person: p})
}

// RegisterFamily is Register for somebody who belongs to a person registered before.
func (d *Domain) RegisterFamily(ctx context.Context, actor string, in Registration) (Person, error) {
	p := in.Person
	err := d.Gate.Write(ctx, actor, PermRegister, func(ctx context.Context, w *gate.W) error {
		p = in.Person
		if !id.Valid(p.ID) {
			return fault.At("id", "person.err.id")
		}
		if _, err := byID(ctx, w.Tx, p.ID); err == nil {
			if p, err = d.ByID(ctx, &w.R, p.ID); err != nil {
				return err
			}
			return record(ctx, w, &p, journal.Entry{Action: "person.register_repeated"})
		} else if !errors.Is(err, db.ErrNoRow) {
			return err
		}
		tidy(&p)
		if p.OfficeID == "" {
			p.OfficeID = w.Actor.OfficeID
		}
		p.Revision, p.CreatedAt = 1, w.Now
		if err := check(&p, w.Today); err != nil {
			return err
		}
		if p.Class != org.Normal && !w.Actor.Cleared(p.Class) {
			return fault.At("class", "person.err.class")
		}
		if err := insert(ctx, w.Tx, &p); err != nil {
			return err
		}
		if err := index(ctx, w.Tx, &p, nil, true); err != nil {
			return err
		}
		if !w.Actor.System { // nobody registers a person they could not see afterwards
			if _, err := d.ByID(ctx, &w.R, p.ID); err != nil {
				return fault.New(fault.Denied, "person.err.outside_scope")
			}
		}
		e := journal.Entry{Action: "person.registered", Revision: 1, Changes: diff(&Person{}, &p)}
		if p.Placeholder {
			e.Action = "person.placeholder_registered"
		}
		if err := record(ctx, w, &p, e); err != nil {
			return err
		}
		if in.Paper.Kind != "" {
			if err := addPaper(ctx, w, &p, in.Paper); err != nil {
				return err
			}
		}
		for _, c := range in.Contacts {
			if err := addContact(ctx, w, &p, c); err != nil {
				return err
			}
		}
		if in.FamilyOf != "" {
			l, err := linkAs(in.FamilyOf, p.ID, in.Role)
			if err != nil {
				return err
			}
			l.ID = w.NewID()
			if err := d.link(ctx, w, l); err != nil {
				return err
			}
		}
		if in.From != "" && d.Registered != nil {
			in.Person = p
			return d.Registered(ctx, w, in)
		}
		return nil
	})
	return p, err
}

func diff(old, now *Person) []journal.Change {
	var triples []string
	for _, f := range fieldNames {
		triples = append(triples, f, old.Value(f), now.Value(f))
	}
	return journal.Diff(triples...)
}

// Correction is an edited form: the person as the form has it, and the revision the form was opened with.
type Correction struct {
	Person   Person
	Rev      int64
	Seen     map[string]string // values of others that the editor was shown and decides over, by field
	Evidence string            // what a changed age rests on, where it needs a second person
}

// Corrected is what became of it.
type Corrected struct {
	Person   Person
	Merged   bool   // somebody else had changed other fields meanwhile: both changes stand
	Proposal string // id of the age proposal that waits for a second person
}

// Correct edits a person. Changes to different fields by two people are joined; when both changed the same field, nothing
// is written and the fault carries both values (ClashesOf).
func (d *Domain) Correct(ctx context.Context, actor string, in Correction) (Corrected, error) {
	return d.correct(ctx, actor, in, false)
}

// Identify gives a placeholder its name: the person who was only counted is known now.
func (d *Domain) Identify(ctx context.Context, actor string, in Correction) (Corrected, error) {
	return d.correct(ctx, actor, in, true)
}

func (d *Domain) correct(ctx context.Context, actor string, in Correction, identify bool) (Corrected, error) {
	var out Corrected
	err := d.Gate.Write(ctx, actor, PermEdit, func(ctx context.Context, w *gate.W) error {
		out = Corrected{}
		old, err := d.ByID(ctx, &w.R, in.Person.ID)
		if err != nil {
			return err
		}
		if err := living(&old); err != nil {
			return err
		}
		if identify && !old.Placeholder {
			return fault.New(fault.Conflict, "person.err.already_identified")
		}
		form := in.Person
		tidy(&form)
		next, clashes, err := mergePerson(ctx, &w.R, old, form, in)
		if err != nil {
			return err
		}
		if len(clashes) > 0 {
			return staleFault(old.Revision, clashes)
		}
		if identify {
			next.Placeholder = false
		}
		tidy(&next)
		if err := check(&next, w.Today); err != nil {
			return err
		}
		if next.BirthDate != old.BirthDate || next.BirthKind != old.BirthKind {
			childCase := false
			if d.ChildCase != nil {
				if childCase, err = d.ChildCase(ctx, &w.R, old.ID); err != nil {
					return err
				}
			}
			if AgeChangeNeedsSecond(old, next, w.Today, childCase) {
				if out.Proposal, err = proposeAge(ctx, w, &old, &next, in.Evidence); err != nil {
					return err
				}
				next.BirthDate, next.BirthKind = old.BirthDate, old.BirthKind
			}
		}
		out.Merged = in.Rev != old.Revision
		changes := diff(&old, &next)
		if len(changes) == 0 && next.Placeholder == old.Placeholder {
			out.Person = old
			if out.Proposal != "" {
				return nil
			}
			return record(ctx, w, &old, journal.Entry{Action: "person.nothing_changed"})
		}
		if err := d.save(ctx, w.Tx, &next); err != nil {
			return err
		}
		if err := d.changed(ctx, w, &old, &next); err != nil {
			return err
		}
		if next.BirthDate != old.BirthDate || next.BirthKind != old.BirthKind { // a proposal made against the old date is answered by the new one
			if err := replaceProposals(ctx, w, next.ID); err != nil {
				return err
			}
		}
		others, err := names(ctx, w.Tx, next.ID)
		if err != nil {
			return err
		}
		if err := index(ctx, w.Tx, &next, others, false); err != nil {
			return err
		}
		out.Person = next
		action := "person.corrected"
		if identify {
			action = "person.identified"
		}
		return record(ctx, w, &next, journal.Entry{Action: action, Revision: next.Revision, Changes: changes})
	})
	return out, err
}

// changed tells the rooms above when age or nationality is another now.
func (d *Domain) changed(ctx context.Context, w *gate.W, old, next *Person) error {
	if d.Changed == nil || old.BirthDate == next.BirthDate && old.BirthKind == next.BirthKind && old.Nationality == next.Nationality {
		return nil
	}
	return d.Changed(ctx, w, next.ID)
}

// mergePerson joins the form with what was saved since; the journal tells what the form was opened with.
func mergePerson(ctx context.Context, r *gate.R, now, form Person, in Correction) (Person, []Clash, error) {
	rev := in.Rev
	base, current, mine := map[string]string{}, map[string]string{}, map[string]string{}
	last := map[string]*journal.Line{}
	if rev < now.Revision {
		lines, err := r.ChangedSince(ctx, now.ID, rev)
		if err != nil {
			return now, nil, err
		}
		for _, l := range lines {
			if l.Hidden { // what the reader may not see cannot be merged behind their back either
				return now, nil, staleFault(now.Revision, nil)
			}
			for _, c := range l.Changes {
				if _, seen := base[c.Field]; !seen {
					base[c.Field] = c.Old
				}
				last[c.Field] = l
			}
		}
	} else if rev > now.Revision {
		return now, nil, fault.New(fault.Invalid, "person.err.revision")
	}
	for _, f := range fieldNames {
		current[f], mine[f] = now.Value(f), form.Value(f)
	}
	merged, clashes := merge(fieldNames, base, current, mine, in.Seen)
	next := now
	for _, f := range fieldNames {
		next.setValue(f, merged[f])
	}
	return next, clashes, credit(ctx, r, clashes, last)
}

// credit says whose the other values are.
func credit(ctx context.Context, r *gate.R, clashes []Clash, last map[string]*journal.Line) error {
	for i := range clashes {
		if l := last[clashes[i].Field]; l != nil {
			s, err := org.StaffByID(ctx, r.Tx, l.Actor)
			if err != nil && !errors.Is(err, db.ErrNoRow) { // the program itself is no member of staff
				return err
			}
			clashes[i].By, clashes[i].At = s.Name, l.At
		}
	}
	return nil
}

// SetClass puts a person into a sensitivity class. Only somebody cleared for both classes may do it.
func (d *Domain) SetClass(ctx context.Context, actor, personID, class string) error {
	return d.Gate.Write(ctx, actor, PermClass, func(ctx context.Context, w *gate.W) error {
		p, err := d.ByID(ctx, &w.R, personID)
		if err != nil {
			return err
		}
		if err := living(&p); err != nil {
			return err
		}
		if class != org.Normal && !slices.Contains(org.Classes, class) || !w.Actor.Cleared(class) {
			return fault.At("class", "person.err.class")
		}
		old := p.Class
		p.Class = class
		if err := d.save(ctx, w.Tx, &p); err != nil {
			return err
		}
		e := journal.Entry{Action: "person.class_set", Revision: p.Revision, Changes: journal.Diff("class", old, class)}
		if class == org.Normal { // leaving a protected class is itself for the cleared only
			e.Class = old
		}
		return record(ctx, w, &p, e)
	})
}

// editable reads a person within scope who has not been erased.
func (d *Domain) editable(ctx context.Context, w *gate.W, personID string) (Person, error) {
	p, err := d.ByID(ctx, &w.R, personID)
	if err != nil {
		return p, err
	}
	return p, living(&p)
}

// proposeAge keeps a new birth date until a second person has looked at the evidence. A newer proposal replaces an open one.
func proposeAge(ctx context.Context, w *gate.W, old, next *Person, evidence string) (string, error) {
	evidence = strings.TrimSpace(evidence)
	if evidence == "" {
		return "", fault.At("evidence", "person.err.age_evidence")
	}
	if bad := tooLong("evidence", evidence, maxText); bad != nil {
		return "", fault.Fields(bad)
	}
	pid := w.NewID()
	birth, err := w.Seal(ctx, old.ID, "person_age_proposal.birth:"+pid, next.BirthKind+" "+next.BirthDate.String())
	if err != nil {
		return "", err
	}
	reason, err := w.Seal(ctx, old.ID, "person_age_proposal.evidence:"+pid, evidence)
	if err != nil {
		return "", err
	}
	if err := replaceProposals(ctx, w, old.ID); err != nil {
		return "", err
	}
	if _, err := w.Tx.Exec(ctx, `INSERT INTO person_age_proposal (id, person_id, birth, evidence, person_revision, proposed_by, proposed_at, state) VALUES ($1,$2,$3,$4,$5,$6,$7,'open')`,
		pid, old.ID, birth, reason, old.Revision, w.Actor.ID, db.At(w.Now)); err != nil {
		return "", err
	}
	return pid, record(ctx, w, old, journal.Entry{Action: "person.age_proposed", Args: map[string]string{"id": pid, "evidence": evidence},
		Changes: journal.Diff("birth_kind", old.BirthKind, next.BirthKind, "birth_date", old.BirthDate.String(), next.BirthDate.String())})
}

func replaceProposals(ctx context.Context, w *gate.W, personID string) error {
	_, err := w.Tx.Exec(ctx, `UPDATE person_age_proposal SET state = 'replaced', decided_by = $1, decided_at = $2 WHERE person_id = $3 AND state = 'open'`, w.Actor.ID, db.At(w.Now), personID)
	return err
}

// DecideAge approves or refuses a proposed birth date. Whoever proposed it cannot decide it.
func (d *Domain) DecideAge(ctx context.Context, actor, personID, proposalID string, approve bool, note string) error {
	return d.Gate.Write(ctx, actor, PermApproveAge, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, personID)
		if err != nil {
			return err
		}
		a, err := proposal(ctx, &w.R, p.ID, proposalID)
		if err != nil {
			return err
		}
		switch {
		case a.State != "open":
			return fault.New(fault.Conflict, "person.err.age_decided")
		case a.ProposedBy == w.Actor.ID:
			return fault.New(fault.Conflict, "person.err.age_same_person")
		case !approve && strings.TrimSpace(note) == "":
			return fault.At("note", "person.err.age_note")
		}
		if bad := tooLong("note", note, maxText); bad != nil {
			return fault.Fields(bad)
		}
		sealed, err := w.Seal(ctx, p.ID, "person_age_proposal.note:"+a.ID, note)
		if err != nil {
			return err
		}
		state, action, old := "refused", "person.age_refused", p
		e := journal.Entry{Args: map[string]string{"id": a.ID, "note": note}}
		if approve {
			state, action = "approved", "person.age_approved"
			p.BirthDate, p.BirthKind = a.BirthDate, a.BirthKind
			if err := check(&p, w.Today); err != nil {
				return err
			}
			if err := d.save(ctx, w.Tx, &p); err != nil {
				return err
			}
			if err := d.changed(ctx, w, &old, &p); err != nil {
				return err
			}
			e.Revision = p.Revision
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE person_age_proposal SET state = $1, decided_by = $2, decided_at = $3, note = $4 WHERE id = $5`, state, w.Actor.ID, db.At(w.Now), sealed, a.ID); err != nil {
			return err
		}
		e.Action, e.Changes = action, diff(&old, &p)
		return record(ctx, w, &p, e)
	})
}
