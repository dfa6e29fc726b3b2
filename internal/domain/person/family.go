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
)

// Roles are what somebody can be to another person, as a form asks it.
var Roles = []string{"spouse", "child", "parent", "sibling", "guardian", "ward", "other"}

// linkAs gives the link of somebody (other) who is role to a person.
func linkAs(personID, other, role string) (Link, error) {
	l := Link{From: personID, To: other}
	switch role {
	case "spouse", "sibling", "other":
		l.Kind = role
	case "child":
		l.Kind = "parent_child"
	case "ward":
		l.Kind = "guardian"
	case "parent":
		l = Link{Kind: "parent_child", From: other, To: personID}
	case "guardian":
		l = Link{Kind: "guardian", From: other, To: personID}
	default:
		return l, fault.At("role", "person.err.choose")
	}
	return l, nil
}

// roleOf is what the other end of a link is to the person.
func roleOf(l Link, personID string) string {
	forward := l.From == personID
	switch {
	case l.Kind == "parent_child" && forward:
		return "child"
	case l.Kind == "parent_child":
		return "parent"
	case l.Kind == "guardian" && forward:
		return "ward"
	}
	return l.Kind
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

func scanLink(r db.Row) (Link, error) {
	var l Link
	return l, r.Scan(&l.ID, &l.Kind, &l.From, &l.To)
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

// Relatives lists who belongs to a person. Of somebody outside the reader's scope only the tie is told.
func (d *Domain) Relatives(ctx context.Context, r *gate.R, personID string) ([]Relative, error) {
	links, err := db.All(ctx, r.Tx, scanLink, `SELECT id, kind, from_id, to_id FROM person_link WHERE from_id = $1 OR to_id = $2 ORDER BY kind, created_at, id`, personID, personID)
	if err != nil {
		return nil, err
	}
	var out []Relative
	for _, l := range links {
		other := l.From
		if other == personID {
			other = l.To
		}
		rel := Relative{LinkID: l.ID, Role: roleOf(l, personID)}
		p, ok, err := d.ifVisible(ctx, r, other)
		if err != nil {
			return nil, err
		}
		rel.Person, rel.Hidden = p, !ok
		out = append(out, rel)
	}
	return out, nil
}

// guards reports whether somebody is a parent or guardian of a person.
func guards(ctx context.Context, r *gate.R, guardian, personID string) (bool, error) {
	n, err := db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(*) FROM person_link WHERE from_id = $1 AND to_id = $2 AND kind IN ('parent_child','guardian')`, guardian, personID)
	return n > 0, err
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

func (d *Domain) reindex(ctx context.Context, w *gate.W, p *Person) error {
	others, err := names(ctx, w.Tx, p.ID)
	if err != nil {
		return err
	}
	return index(ctx, w.Tx, p, others, false)
}
