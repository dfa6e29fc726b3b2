package person

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/platform/db"
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

// Insert writes a new person; the search tokens are written by the command beside it.
func insert(ctx context.Context, t *db.Tx, p *Person, sortName string) error {
	_, err := t.Exec(ctx, `INSERT INTO person (id, revision, given_names, family_name, father_name, known_as, native_given, native_family, native_lang, sex, birth_date, birth_kind, birth_place,
		nationality, documented_nationality, civil_status, language, interpreter, class, placeholder, invented, office_id, created_at, sort_name)
		VALUES ($1,1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23)`,
		p.ID, p.GivenNames, p.FamilyName, p.FatherName, p.KnownAs, p.NativeGiven, p.NativeFamily, p.NativeLang, p.Sex, p.BirthDate, p.BirthKind, p.BirthPlace,
		p.Nationality, p.DocumentedNationality, p.CivilStatus, p.Language, p.Interpreter, p.Class, p.Placeholder, p.Invented, p.OfficeID, db.At(p.CreatedAt), sortName)
	return err
}
