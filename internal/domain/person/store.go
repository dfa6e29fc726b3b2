package person

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person/fold"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Columns lists the columns that Scan reads, under alias p.
const Columns = `p.id, p.revision, p.given_names, p.family_name, p.father_name, p.known_as, p.native_given, p.native_family, p.native_lang, p.sex, p.birth_date, p.birth_kind, p.birth_place,

	p.nationality, p.documented_nationality, p.civil_status, p.language, p.interpreter, p.class, p.placeholder, p.invented, p.office_id, p.created_at, p.erased_at`

// Targets gives the scan targets of Columns, so that other floors can join a person to their own rows.
func (p *Person) Targets() []any {
	return []any{&p.ID, &p.Revision, &p.GivenNames, &p.FamilyName, &p.FatherName, &p.KnownAs, &p.NativeGiven, &p.NativeFamily, &p.NativeLang, &p.Sex, &p.BirthDate, &p.BirthKind, &p.BirthPlace,
		&p.Nationality, &p.DocumentedNationality, &p.CivilStatus, &p.Language, &p.Interpreter, &p.Class, &p.Placeholder, &p.Invented, &p.OfficeID, db.InstantOf(&p.CreatedAt), db.InstantOf(&p.ErasedAt)}
}

// NameColumns lists the columns that NameTargets reads, under alias p, for lists that need no more of a person than the name.
const NameColumns = `p.given_names, p.family_name, p.known_as, p.native_given, p.native_family, p.native_lang`

// NameTargets gives the scan targets of NameColumns.
func (p *Person) NameTargets() []any {
	return []any{&p.GivenNames, &p.FamilyName, &p.KnownAs, &p.NativeGiven, &p.NativeFamily, &p.NativeLang}
}

func scan(r db.Row) (Person, error) { var p Person; return p, r.Scan(p.Targets()...) }

// byID reads a person without asking who wants to know; only for code that has already asked.
func byID(ctx context.Context, t *db.Tx, id string) (Person, error) {
	return db.One(ctx, t, scan, `SELECT `+Columns+` FROM person p WHERE p.id = $1`, id)
}

// insert writes a new person; the search keys are written by index beside it.
func insert(ctx context.Context, t *db.Tx, p *Person) error {
	_, err := t.Exec(ctx, `INSERT INTO person (id, revision, given_names, family_name, father_name, known_as, native_given, native_family, native_lang, sex, birth_date, birth_kind, birth_place,
		nationality, documented_nationality, civil_status, language, interpreter, class, placeholder, invented, office_id, created_at, sort_name)
		VALUES ($1,1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23)`,
		p.ID, p.GivenNames, p.FamilyName, p.FatherName, p.KnownAs, p.NativeGiven, p.NativeFamily, p.NativeLang, p.Sex, p.BirthDate, p.BirthKind, p.BirthPlace,
		p.Nationality, p.DocumentedNationality, p.CivilStatus, p.Language, p.Interpreter, p.Class, p.Placeholder, p.Invented, p.OfficeID, db.At(p.CreatedAt), sortName(p))
	return err
}

// save writes back what a command changed and raises the revision. The guard cannot fail while writers line up; it is
// there for the day they do not.
func (d *Domain) save(ctx context.Context, t *db.Tx, p *Person) error {
	n, err := t.Exec(ctx, `UPDATE person SET revision = revision + 1, given_names = $1, family_name = $2, father_name = $3, known_as = $4, native_given = $5, native_family = $6, native_lang = $7, sex = $8,
		birth_date = $9, birth_kind = $10, birth_place = $11, nationality = $12, documented_nationality = $13, civil_status = $14, language = $15, interpreter = $16, class = $17, placeholder = $18,
		erased_at = $19, sort_name = $20 WHERE id = $21 AND revision = $22`,
		p.GivenNames, p.FamilyName, p.FatherName, p.KnownAs, p.NativeGiven, p.NativeFamily, p.NativeLang, p.Sex, p.BirthDate, p.BirthKind, p.BirthPlace, p.Nationality, p.DocumentedNationality,
		p.CivilStatus, p.Language, p.Interpreter, p.Class, p.Placeholder, db.At(p.ErasedAt), sortName(p), p.ID, p.Revision)
	if err != nil {
		return err
	}
	if n != 1 {
		return staleFault(p.Revision, nil)
	}
	p.Revision++
	if d.Renamed == nil {
		return nil
	}
	return d.Renamed(ctx, t, p.ID, sortName(p))
}

// index writes the search keys of a person anew. fresh spares the look for old ones.
func index(ctx context.Context, t *db.Tx, p *Person, others []OtherName, fresh bool) error {
	if !fresh {
		if _, err := t.Exec(ctx, `DELETE FROM person_key WHERE person_id = $1`, p.ID); err != nil {
			return err
		}
	}
	names := []string{p.GivenNames, p.FamilyName, p.NativeGiven, p.NativeFamily, p.KnownAs}
	for _, o := range others {
		names = append(names, o.GivenNames, o.FamilyName)
	}
	var a db.Args
	var rows []string
	sort := sortName(p)
	for _, tok := range fold.Tokens(names...) {
		rows = append(rows, "("+a.Add(tok)+","+a.Add(sort)+","+a.Add(p.ID)+")")
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, `INSERT INTO person_key (token, sort_name, person_id) VALUES `+strings.Join(rows, ","), a.Values...)
	return err
}

func scanName(r db.Row) (OtherName, error) {
	var n OtherName
	return n, r.Scan(&n.ID, &n.PersonID, &n.Kind, &n.GivenNames, &n.FamilyName, &n.Lang, db.InstantOf(&n.CreatedAt))
}

// names reads the other names of a person, oldest first.
func names(ctx context.Context, t *db.Tx, personID string) ([]OtherName, error) {
	return db.All(ctx, t, scanName, `SELECT id, person_id, kind, given_names, family_name, lang, created_at FROM person_name WHERE person_id = $1 ORDER BY created_at, id`, personID)
}

// record writes an entry about a person, in the person's class.
func record(ctx context.Context, w *gate.W, p *Person, e journal.Entry) error {
	e.Subject = journal.Ref{Kind: "person", ID: p.ID}
	if e.Class == "" {
		e.Class = p.Class
	}
	return w.Record(ctx, e)
}

// recordChild writes an entry about a contact or paper under its person; Args carry which one and its revision, so that a
// later merge finds what changed since.
func recordChild(ctx context.Context, w *gate.W, p *Person, action, row string, rev int64, fields []string, old, now map[string]string) error {
	var triples []string
	for _, f := range fields {
		triples = append(triples, f, old[f], now[f])
	}
	return record(ctx, w, p, journal.Entry{Action: action, Changes: journal.Diff(triples...), Args: map[string]string{"id": row, "rev": strconv.FormatInt(rev, 10)}})
}

// mergeChild is merge for a row of a person, whose history stands in the person's.
func mergeChild(ctx context.Context, r *gate.R, personID, row string, rev, current int64, fields []string, now, form, seen map[string]string) (map[string]string, error) {
	base, last := map[string]string{}, map[string]*journal.Line{}
	if rev > current {
		return nil, fault.New(fault.Invalid, "person.err.revision")
	}
	if rev < current {
		lines, err := r.History(ctx, journal.Filter{Subject: personID, Limit: 1000})
		if err != nil {
			return nil, err
		}
		slices.Reverse(lines) // oldest first
		for _, l := range lines {
			if n, _ := strconv.ParseInt(l.Args["rev"], 10, 64); l.Args["id"] != row || n <= rev {
				continue
			}
			for _, c := range l.Changes {
				if _, seen := base[c.Field]; !seen {
					base[c.Field] = c.Old
				}
				last[c.Field] = l
			}
		}
	}
	merged, clashes := merge(fields, base, now, form, seen)
	if err := credit(ctx, r, clashes, last); err != nil {
		return nil, err
	}
	if len(clashes) > 0 {
		return nil, staleFault(current, clashes)
	}
	return merged, nil
}

// living refuses work on a person who has been erased.
func living(p *Person) error {
	if !p.ErasedAt.IsZero() {
		return fault.New(fault.Conflict, "person.err.erased")
	}
	return nil
}

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
	// Also finds persons by what this room does not know, such as the number of their case.
	Also func(ctx context.Context, r *gate.R, query string) (personIDs []string, err error)
	// Renamed is told the name under which a person now stands in lists, for rooms that keep it beside their own rows.
	Renamed func(ctx context.Context, t *db.Tx, personID, sortName string) error
	// Begun is what another room knows of somebody who is registered on its account (Registration.From). nil: nothing is known.
	Begun func(ctx context.Context, r *gate.R, from string) (Beginning, error)
	// Registered tells that room who it was, in the same transaction. May be nil.
	Registered func(ctx context.Context, w *gate.W, in Registration) error
	// Changed is told, in the same transaction, that something has changed about a person that rules of programmes read.
	Changed func(ctx context.Context, w *gate.W, personID string) error
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
	Today     day.Date
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
	rec.Today = r.Today
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

func scanLink(r db.Row) (Link, error) {
	var l Link
	return l, r.Scan(&l.ID, &l.Kind, &l.From, &l.To)
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

func (d *Domain) reindex(ctx context.Context, w *gate.W, p *Person) error {
	others, err := names(ctx, w.Tx, p.ID)
	if err != nil {
		return err
	}
	return index(ctx, w.Tx, p, others, false)
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
