package person

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

// Blind indexes of sealed numbers.
const (
	blindPaper   = "identity_paper"
	blindContact = "person_contact"
)

const contactColumns = `id, person_id, revision, kind, value, blind, preferred, safe, safe_note`

func scanContact(r db.Row) (Contact, error) {
	var c Contact
	return c, r.Scan(&c.ID, &c.PersonID, &c.Revision, &c.Kind, &c.value, &c.blind, &c.Preferred, &c.Safe, &c.note)
}

const paperColumns = `id, person_id, revision, kind, number, blind, country, issued_on, expires_on, held_by, held_since, note, police_report`

func scanPaper(r db.Row) (Paper, error) {
	var p Paper
	return p, r.Scan(&p.ID, &p.PersonID, &p.Revision, &p.Kind, &p.number, &p.blind, &p.Country, &p.IssuedOn, &p.ExpiresOn, &p.HeldBy, &p.HeldSince, &p.note, &p.police)
}

func sealContact(ctx context.Context, w *gate.W, c *Contact) (err error) {
	if c.value, err = w.Seal(ctx, c.PersonID, "person_contact.value:"+c.ID, c.Value); err != nil {
		return err
	}
	if c.note, err = w.Seal(ctx, c.PersonID, "person_contact.safe_note:"+c.ID, c.SafeNote); err != nil {
		return err
	}
	c.blind = w.Vault().Ring().Blind(blindContact, normalContact(c.Value))
	return nil
}

// AddContact writes down a way to reach a person. The same id again changes nothing.
func (d *Domain) AddContact(ctx context.Context, actor string, c Contact) error {
	return d.Gate.Write(ctx, actor, PermEdit, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, c.PersonID)
		if err != nil {
			return err
		}
		return addContact(ctx, w, &p, c)
	})
}

func addContact(ctx context.Context, w *gate.W, p *Person, c Contact) error {
	c.PersonID = p.ID
	if !id.Valid(c.ID) {
		return fault.At("id", "person.err.id")
	}
	if err := checkContact(&c); err != nil {
		return err
	}
	if err := sealContact(ctx, w, &c); err != nil {
		return err
	}
	if err := onePreferred(ctx, w, &c); err != nil {
		return err
	}
	n, err := w.Tx.Exec(ctx, `INSERT INTO person_contact (id, person_id, revision, kind, value, blind, preferred, safe, safe_note, created_at) VALUES ($1,$2,1,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (id) DO NOTHING`,
		c.ID, p.ID, c.Kind, c.value, c.blind, c.Preferred, c.Safe, c.note, db.At(w.Now))
	if err != nil {
		return err
	}
	if n == 0 {
		return record(ctx, w, p, journal.Entry{Action: "person.contact_repeated"})
	}
	return recordChild(ctx, w, p, "person.contact_added", c.ID, 1, contactFieldNames, map[string]string{}, c.values())
}

// onePreferred keeps one preferred contact per person.
func onePreferred(ctx context.Context, w *gate.W, c *Contact) error {
	if !c.Preferred {
		return nil
	}
	_, err := w.Tx.Exec(ctx, `UPDATE person_contact SET preferred = FALSE WHERE person_id = $1 AND id <> $2`, c.PersonID, c.ID)
	return err
}

// EditContact changes a contact. Its Revision is the one the form was opened with; seen are
// values of others that the editor decides over.
func (d *Domain) EditContact(ctx context.Context, actor string, c Contact, seen map[string]string) error {
	return d.Gate.Write(ctx, actor, PermEdit, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, c.PersonID)
		if err != nil {
			return err
		}
		old, err := d.contact(ctx, &w.R, p.ID, c.ID)
		if err != nil {
			return err
		}
		merged, err := mergeChild(ctx, &w.R, p.ID, c.ID, c.Revision, old.Revision, contactFieldNames, old.values(), c.values(), seen)
		if err != nil {
			return err
		}
		next := old
		next.take(merged)
		if err := checkContact(&next); err != nil {
			return err
		}
		if err := sealContact(ctx, w, &next); err != nil {
			return err
		}
		if err := onePreferred(ctx, w, &next); err != nil {
			return err
		}
		next.Revision++
		if _, err := w.Tx.Exec(ctx, `UPDATE person_contact SET revision = $1, kind = $2, value = $3, blind = $4, preferred = $5, safe = $6, safe_note = $7 WHERE id = $8`,
			next.Revision, next.Kind, next.value, next.blind, next.Preferred, next.Safe, next.note, next.ID); err != nil {
			return err
		}
		return recordChild(ctx, w, &p, "person.contact_changed", next.ID, next.Revision, contactFieldNames, old.values(), next.values())
	})
}

// RemoveContact takes a contact away; what it was stays in the journal.
func (d *Domain) RemoveContact(ctx context.Context, actor, personID, contactID string) error {
	return d.Gate.Write(ctx, actor, PermEdit, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, personID)
		if err != nil {
			return err
		}
		old, err := d.contact(ctx, &w.R, p.ID, contactID)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `DELETE FROM person_contact WHERE id = $1`, old.ID); err != nil {
			return err
		}
		return recordChild(ctx, w, &p, "person.contact_removed", old.ID, old.Revision+1, contactFieldNames, old.values(), map[string]string{})
	})
}

func (d *Domain) contact(ctx context.Context, r *gate.R, personID, contactID string) (Contact, error) {
	c, err := db.One(ctx, r.Tx, scanContact, `SELECT `+contactColumns+` FROM person_contact WHERE id = $1 AND person_id = $2`, contactID, personID)
	if errors.Is(err, db.ErrNoRow) {
		return c, fault.Gone()
	}
	if err != nil {
		return c, err
	}
	return openContact(ctx, r, c)
}

func sealPaper(ctx context.Context, w *gate.W, p *Paper) (err error) {
	for _, f := range []struct {
		to   *[]byte
		col  string
		text string
	}{{&p.number, "number", p.Number}, {&p.note, "note", p.Note}, {&p.police, "police_report", p.PoliceReport}} {
		if *f.to, err = w.Seal(ctx, p.PersonID, "identity_paper."+f.col+":"+p.ID, f.text); err != nil {
			return err
		}
	}
	p.blind = w.Vault().Ring().Blind(blindPaper, normalNumber(p.Number))
	return nil
}

// AddPaper writes down an identity paper. The same id again changes nothing.
func (d *Domain) AddPaper(ctx context.Context, actor string, in Paper) error {
	return d.Gate.Write(ctx, actor, PermEdit, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, in.PersonID)
		if err != nil {
			return err
		}
		return addPaper(ctx, w, &p, in)
	})
}

func addPaper(ctx context.Context, w *gate.W, p *Person, in Paper) error {
	if !id.Valid(in.ID) {
		return fault.At("id", "person.err.id")
	}
	in.PersonID = p.ID
	if in.HeldSince.IsZero() {
		in.HeldSince = w.Today
	}
	if err := checkPaper(&in, w.Today); err != nil {
		return err
	}
	if err := sealPaper(ctx, w, &in); err != nil {
		return err
	}
	n, err := w.Tx.Exec(ctx, `INSERT INTO identity_paper (id, person_id, revision, kind, number, blind, country, issued_on, expires_on, held_by, held_since, note, police_report, created_at)
		VALUES ($1,$2,1,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) ON CONFLICT (id) DO NOTHING`,
		in.ID, p.ID, in.Kind, in.number, in.blind, in.Country, in.IssuedOn, in.ExpiresOn, in.HeldBy, in.HeldSince, in.note, in.police, db.At(w.Now))
	if err != nil {
		return err
	}
	if n == 0 {
		return record(ctx, w, p, journal.Entry{Action: "person.paper_repeated"})
	}
	return recordChild(ctx, w, p, "person.paper_added", in.ID, 1, paperFields, map[string]string{}, in.values())
}

// EditPaper changes what is known about a paper; Revision is the one the form was opened with.
func (d *Domain) EditPaper(ctx context.Context, actor string, in Paper, seen map[string]string) error {
	return d.changePaper(ctx, actor, in.PersonID, in.ID, "person.paper_changed", func(w *gate.W, old Paper) (Paper, error) {
		merged, err := mergeChild(ctx, &w.R, old.PersonID, old.ID, in.Revision, old.Revision, paperFields, old.values(), in.values(), seen)
		next := old
		if err == nil {
			next.take(merged)
		}
		return next, err
	})
}

// MovePaper says where the original is from now on.
func (d *Domain) MovePaper(ctx context.Context, actor, personID, paperID, heldBy, note, policeReport string) error {
	return d.changePaper(ctx, actor, personID, paperID, "person.paper_moved", func(w *gate.W, old Paper) (Paper, error) {
		next := old
		next.HeldBy, next.HeldSince = heldBy, w.Today
		if note != "" {
			next.Note = note
		}
		if policeReport != "" {
			next.PoliceReport = policeReport
		}
		return next, nil
	})
}

func (d *Domain) changePaper(ctx context.Context, actor, personID, paperID, action string, change func(*gate.W, Paper) (Paper, error)) error {
	return d.Gate.Write(ctx, actor, PermEdit, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, personID)
		if err != nil {
			return err
		}
		old, err := d.paper(ctx, &w.R, p.ID, paperID)
		if err != nil {
			return err
		}
		next, err := change(w, old)
		if err != nil {
			return err
		}
		if err := checkPaper(&next, w.Today); err != nil {
			return err
		}
		if err := sealPaper(ctx, w, &next); err != nil {
			return err
		}
		next.Revision = old.Revision + 1
		if _, err := w.Tx.Exec(ctx, `UPDATE identity_paper SET revision = $1, kind = $2, number = $3, blind = $4, country = $5, issued_on = $6, expires_on = $7, held_by = $8, held_since = $9, note = $10, police_report = $11 WHERE id = $12`,
			next.Revision, next.Kind, next.number, next.blind, next.Country, next.IssuedOn, next.ExpiresOn, next.HeldBy, next.HeldSince, next.note, next.police, next.ID); err != nil {
			return err
		}
		return recordChild(ctx, w, &p, action, next.ID, next.Revision, paperFields, old.values(), next.values())
	})
}

func (d *Domain) paper(ctx context.Context, r *gate.R, personID, paperID string) (Paper, error) {
	p, err := db.One(ctx, r.Tx, scanPaper, `SELECT `+paperColumns+` FROM identity_paper WHERE id = $1 AND person_id = $2`, paperID, personID)
	if errors.Is(err, db.ErrNoRow) {
		return p, fault.Gone()
	}
	if err != nil {
		return p, err
	}
	return openPaper(ctx, r, p)
}

// Link says that other is role (spouse, child, parent, sibling, guardian, ward, other) to a person. Both must be within scope.
func (d *Domain) Link(ctx context.Context, actor, linkID, personID, other, role string) error {
	l, err := linkAs(personID, other, role)
	if err != nil {
		return err
	}
	l.ID = linkID
	return d.Gate.Write(ctx, actor, PermEdit, func(ctx context.Context, w *gate.W) error { return d.link(ctx, w, l) })
}

func (d *Domain) link(ctx context.Context, w *gate.W, l Link) error {
	if l.From == l.To {
		return fault.At("other", "person.err.link_self")
	}
	from, err := d.editable(ctx, w, l.From)
	if err != nil {
		return err
	}
	to, err := d.editable(ctx, w, l.To)
	if err != nil {
		return err
	}
	a, b := l.From, l.To
	if l.Kind != "parent_child" && l.Kind != "guardian" && b < a { // the tie has no direction: one row, whoever says it
		a, b = b, a
	}
	n, err := w.Tx.Exec(ctx, `INSERT INTO person_link (id, kind, from_id, to_id, created_at) VALUES ($1,$2,$3,$4,$5) ON CONFLICT DO NOTHING`, l.ID, l.Kind, a, b, db.At(w.Now))
	if err != nil {
		return err
	}
	action := "person.linked"
	if n == 0 {
		action = "person.link_repeated"
	}
	return d.recordLink(ctx, w, action, l, &from, &to)
}

// recordLink writes the tie into the history of both. Neither entry names the other: erasing one of them must not leave
// the name in the other's journal.
func (d *Domain) recordLink(ctx context.Context, w *gate.W, action string, l Link, from, to *Person) error {
	if err := record(ctx, w, from, journal.Entry{Action: action, Args: map[string]string{"role": roleOf(l, from.ID), "other": to.ID, "id": l.ID}}); err != nil {
		return err
	}
	return record(ctx, w, to, journal.Entry{Action: action, Args: map[string]string{"role": roleOf(l, to.ID), "other": from.ID, "id": l.ID}})
}

// Unlink takes a tie away that was written down by mistake, or has ended.
func (d *Domain) Unlink(ctx context.Context, actor, personID, linkID string) error {
	return d.Gate.Write(ctx, actor, PermEdit, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, personID)
		if err != nil {
			return err
		}
		l, err := db.One(ctx, w.Tx, scanLink, `DELETE FROM person_link WHERE id = $1 AND (from_id = $2 OR to_id = $3) RETURNING id, kind, from_id, to_id`, linkID, p.ID, p.ID)
		if errors.Is(err, db.ErrNoRow) {
			return fault.Gone()
		}
		if err != nil {
			return err
		}
		from, err := byID(ctx, w.Tx, l.From)
		if err != nil {
			return err
		}
		to, err := byID(ctx, w.Tx, l.To)
		if err != nil {
			return err
		}
		return d.recordLink(ctx, w, "person.unlinked", l, &from, &to)
	})
}

// AddAlias adds another name; the person is found by it from now on.
func (d *Domain) AddAlias(ctx context.Context, actor string, n OtherName) error {
	return d.Gate.Write(ctx, actor, PermEdit, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, n.PersonID)
		if err != nil {
			return err
		}
		n.GivenNames, n.FamilyName = strings.Join(strings.Fields(n.GivenNames), " "), strings.Join(strings.Fields(n.FamilyName), " ")
		var bad []fault.Field
		if joinName(n.GivenNames, n.FamilyName) == "" {
			bad = append(bad, fault.Field{Name: "given_names", Key: "person.err.name_needed"})
		}
		if !slices.Contains(NameKinds, n.Kind) {
			bad = append(bad, fault.Field{Name: "kind", Key: "person.err.choose"})
		}
		bad = append(append(bad, tooLong("given_names", n.GivenNames, maxName)...), tooLong("family_name", n.FamilyName, maxName)...)
		if err := fault.Fields(append(bad, tooLong("lang", n.Lang, 12)...)); err != nil {
			return err
		}
		added, err := w.Tx.Exec(ctx, `INSERT INTO person_name (id, person_id, kind, given_names, family_name, lang, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (id) DO NOTHING`,
			n.ID, p.ID, n.Kind, n.GivenNames, n.FamilyName, n.Lang, db.At(w.Now))
		if err != nil {
			return err
		}
		if added == 0 {
			return record(ctx, w, &p, journal.Entry{Action: "person.name_repeated"})
		}
		if err := d.reindex(ctx, w, &p); err != nil {
			return err
		}
		return record(ctx, w, &p, journal.Entry{Action: "person.name_added", Changes: journal.Diff("name", "", joinName(n.GivenNames, n.FamilyName)), Args: map[string]string{"id": n.ID, "kind": n.Kind}})
	})
}

// RemoveAlias takes away a name that was written down by mistake.
func (d *Domain) RemoveAlias(ctx context.Context, actor, personID, nameID string) error {
	return d.Gate.Write(ctx, actor, PermEdit, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, personID)
		if err != nil {
			return err
		}
		n, err := db.One(ctx, w.Tx, scanName, `DELETE FROM person_name WHERE id = $1 AND person_id = $2 RETURNING id, person_id, kind, given_names, family_name, lang, created_at`, nameID, p.ID)
		if errors.Is(err, db.ErrNoRow) {
			return fault.Gone()
		}
		if err != nil {
			return err
		}
		if err := d.reindex(ctx, w, &p); err != nil {
			return err
		}
		return record(ctx, w, &p, journal.Entry{Action: "person.name_removed", Changes: journal.Diff("name", joinName(n.GivenNames, n.FamilyName), ""), Args: map[string]string{"id": n.ID, "kind": n.Kind}})
	})
}
