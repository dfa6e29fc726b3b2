package person

import (
	"context"
	"errors"
	"slices"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
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

// opened opens sealed columns of one row.
func opened(ctx context.Context, r *gate.R, subject, table, row string, cols map[string][]byte) (map[string]string, bool, error) {
	out := map[string]string{}
	for col, sealed := range cols {
		s, erased, err := r.Open(ctx, subject, table+"."+col+":"+row, sealed)
		if err != nil || erased {
			return out, erased, err
		}
		out[col] = s
	}
	return out, false, nil
}

func openContact(ctx context.Context, r *gate.R, c Contact) (Contact, error) {
	v, erased, err := opened(ctx, r, c.PersonID, "person_contact", c.ID, map[string][]byte{"value": c.value, "safe_note": c.note})
	c.Value, c.SafeNote, c.Unreadable = v["value"], v["safe_note"], erased
	return c, err
}

func openPaper(ctx context.Context, r *gate.R, p Paper) (Paper, error) {
	v, erased, err := opened(ctx, r, p.PersonID, "identity_paper", p.ID, map[string][]byte{"number": p.number, "note": p.note, "police_report": p.police})
	p.Number, p.Note, p.PoliceReport, p.Unreadable = v["number"], v["note"], v["police_report"], erased
	return p, err
}

func checkContact(c *Contact) error {
	var bad []fault.Field
	if !slices.Contains(ContactKinds, c.Kind) {
		bad = append(bad, fault.Field{Name: "kind", Key: "person.err.choose"})
	}
	if c.Value == "" {
		bad = append(bad, fault.Field{Name: "value", Key: "person.err.contact_empty"})
	}
	if !slices.Contains(SafeAnswers, c.Safe) {
		bad = append(bad, fault.Field{Name: "safe", Key: "person.err.safe"})
	}
	if c.Safe == "only_if" && c.SafeNote == "" {
		bad = append(bad, fault.Field{Name: "safe_note", Key: "person.err.safe_note"})
	}
	if c.Preferred && c.Safe == "no" {
		bad = append(bad, fault.Field{Name: "preferred", Key: "person.err.preferred_unsafe"})
	}
	return fault.Fields(append(append(bad, tooLong("value", c.Value, 500)...), tooLong("safe_note", c.SafeNote, maxText)...))
}

var contactFields = []string{"kind", "value", "preferred", "safe", "safe_note"}

func (c *Contact) values() map[string]string {
	return map[string]string{"kind": c.Kind, "value": c.Value, "preferred": yesNo(c.Preferred), "safe": c.Safe, "safe_note": c.SafeNote}
}

func (c *Contact) take(v map[string]string) {
	c.Kind, c.Value, c.Preferred, c.Safe, c.SafeNote = v["kind"], v["value"], v["preferred"] == "yes", v["safe"], v["safe_note"]
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
	return recordChild(ctx, w, p, "person.contact_added", c.ID, 1, contactFields, map[string]string{}, c.values())
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
		merged, err := mergeChild(ctx, &w.R, p.ID, c.ID, c.Revision, old.Revision, contactFields, old.values(), c.values(), seen)
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
		return recordChild(ctx, w, &p, "person.contact_changed", next.ID, next.Revision, contactFields, old.values(), next.values())
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
		return recordChild(ctx, w, &p, "person.contact_removed", old.ID, old.Revision+1, contactFields, old.values(), map[string]string{})
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

func checkPaper(p *Paper, today day.Date) error {
	var bad []fault.Field
	if !slices.Contains(PaperKinds, p.Kind) {
		bad = append(bad, fault.Field{Name: "kind", Key: "person.err.choose"})
	}
	if !slices.Contains(Holders, p.HeldBy) {
		bad = append(bad, fault.Field{Name: "held_by", Key: "person.err.choose"})
	}
	if p.Number != "" && p.HeldBy != "never_held" && normalNumber(p.Number) == "" {
		bad = append(bad, fault.Field{Name: "number", Key: "person.err.number"})
	}
	if p.Country != "" && !isCountry(p.Country) {
		bad = append(bad, fault.Field{Name: "country", Key: "person.err.country"})
	}
	if p.IssuedOn.After(today) {
		bad = append(bad, fault.Field{Name: "issued_on", Key: "person.err.issued_future"})
	}
	if !p.ExpiresOn.IsZero() && !p.IssuedOn.IsZero() && p.ExpiresOn.Before(p.IssuedOn) {
		bad = append(bad, fault.Field{Name: "expires_on", Key: "person.err.expires_before"})
	}
	bad = append(append(bad, tooLong("number", p.Number, 60)...), tooLong("note", p.Note, maxText)...)
	return fault.Fields(append(bad, tooLong("police_report", p.PoliceReport, 200)...))
}

var paperFields = []string{"kind", "number", "country", "issued_on", "expires_on", "held_by", "held_since", "note", "police_report"}

func (p *Paper) values() map[string]string {
	return map[string]string{"kind": p.Kind, "number": p.Number, "country": p.Country, "issued_on": p.IssuedOn.String(), "expires_on": p.ExpiresOn.String(),
		"held_by": p.HeldBy, "held_since": p.HeldSince.String(), "note": p.Note, "police_report": p.PoliceReport}
}

func (p *Paper) take(v map[string]string) {
	p.Kind, p.Number, p.Country, p.HeldBy, p.Note, p.PoliceReport = v["kind"], v["number"], v["country"], v["held_by"], v["note"], v["police_report"]
	p.IssuedOn, _ = day.Parse(v["issued_on"])
	p.ExpiresOn, _ = day.Parse(v["expires_on"])
	p.HeldSince, _ = day.Parse(v["held_since"])
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
