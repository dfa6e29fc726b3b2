package person

import (
	"context"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/person/fold"
	"github.com/nostos-avrr/nostos/internal/gate"
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
func save(ctx context.Context, t *db.Tx, p *Person) error {
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
	return nil
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

// living refuses work on a person who has been erased.
func living(p *Person) error {
	if !p.ErasedAt.IsZero() {
		return fault.New(fault.Conflict, "person.err.erased")
	}
	return nil
}

// sortName is the name lists are sorted by: family name first, in Latin letters where they are known.
func sortName(p *Person) string {
	for _, pair := range [][2]string{{p.FamilyName, p.GivenNames}, {p.NativeFamily, p.NativeGiven}, {p.KnownAs, ""}} {
		if s := fold.Text(joinName(pair[0], pair[1])); s != "" {
			return fold.Latin(s)
		}
	}
	return ""
}
