package org

import (
	"context"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

const staffColumns = `id, login, name, email, office_id, language, active, system, created_at, revision`

func scanStaff(r db.Row) (Staff, error) {
	var s Staff
	var at db.Time
	err := r.Scan(&s.ID, &s.Login, &s.Name, &s.Email, &s.OfficeID, &s.Language, &s.Active, &s.System, &at, &s.Revision)
	s.CreatedAt = at.Time
	return s, err
}

// StaffByID reads one person; db.ErrNoRow if there is none.
func StaffByID(ctx context.Context, t *db.Tx, id string) (Staff, error) {
	return db.One(ctx, t, scanStaff, `SELECT `+staffColumns+` FROM staff WHERE id = $1`, id)
}

// StaffByLogin reads one person by the name they sign in with.
func StaffByLogin(ctx context.Context, t *db.Tx, login string) (Staff, error) {
	return db.One(ctx, t, scanStaff, `SELECT `+staffColumns+` FROM staff WHERE login = $1`, NormalLogin(login))
}

// NormalLogin is the stored form of a login.
func NormalLogin(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// ListStaff reads everybody of an office (” = all), by name.
func ListStaff(ctx context.Context, t *db.Tx, office string) ([]Staff, error) {
	return db.All(ctx, t, scanStaff, `SELECT `+staffColumns+` FROM staff WHERE system = FALSE AND ($1 = '' OR office_id = $2) ORDER BY name, id`, office, office)
}

// InsertStaff adds a person.
func InsertStaff(ctx context.Context, t *db.Tx, s Staff) error {
	_, err := t.Exec(ctx, `INSERT INTO staff (id, login, name, email, office_id, language, active, system, created_at, revision) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,1)`,
		s.ID, NormalLogin(s.Login), s.Name, s.Email, s.OfficeID, s.Language, s.Active, s.System, db.At(s.CreatedAt))
	return err
}

func scanOffice(r db.Row) (Office, error) {
	var o Office
	return o, r.Scan(&o.ID, &o.Code, &o.Name, &o.Kind, &o.Country, &o.Zone, &o.Active)
}

const officeColumns = `id, code, name, kind, country, zone, active`

// Offices reads all offices, by name.
func Offices(ctx context.Context, t *db.Tx) ([]Office, error) {
	return db.All(ctx, t, scanOffice, `SELECT `+officeColumns+` FROM office ORDER BY name, id`)
}

// OfficeByID reads one office; db.ErrNoRow if there is none.
func OfficeByID(ctx context.Context, t *db.Tx, id string) (Office, error) {
	return db.One(ctx, t, scanOffice, `SELECT `+officeColumns+` FROM office WHERE id = $1`, id)
}

// OfficeByCode reads one office by its short code; db.ErrNoRow if there is none.
func OfficeByCode(ctx context.Context, t *db.Tx, code string) (Office, error) {
	return db.One(ctx, t, scanOffice, `SELECT `+officeColumns+` FROM office WHERE code = $1`, code)
}

// InsertOffice adds an office.
func InsertOffice(ctx context.Context, t *db.Tx, o Office) error {
	_, err := t.Exec(ctx, `INSERT INTO office (id, code, name, kind, country, zone, active) VALUES ($1,$2,$3,$4,$5,$6,$7)`, o.ID, o.Code, o.Name, o.Kind, o.Country, o.Zone, o.Active)
	return err
}

// PutRole writes a role and its permissions as given.
func PutRole(ctx context.Context, t *db.Tx, r Role) error {
	if _, err := t.Exec(ctx, `INSERT INTO role (code, title_key, assigned_only, classes) VALUES ($1,$2,$3,$4)
		ON CONFLICT (code) DO UPDATE SET title_key = excluded.title_key, assigned_only = excluded.assigned_only, classes = excluded.classes`,
		r.Code, r.TitleKey, r.AssignedOnly, strings.Join(r.Classes, " ")); err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `DELETE FROM role_permission WHERE role = $1`, r.Code); err != nil {
		return err
	}
	for _, p := range r.Permissions {
		if _, err := t.Exec(ctx, `INSERT INTO role_permission (role, permission) VALUES ($1,$2) ON CONFLICT (role, permission) DO NOTHING`, r.Code, p); err != nil {
			return err
		}
	}
	return nil
}

// Roles reads all roles with their permissions.
func Roles(ctx context.Context, t *db.Tx) ([]Role, error) {
	roles, err := db.All(ctx, t, func(r db.Row) (Role, error) {
		var o Role
		var classes string
		err := r.Scan(&o.Code, &o.TitleKey, &o.AssignedOnly, &classes)
		o.Classes = strings.Fields(classes)
		return o, err
	}, `SELECT code, title_key, assigned_only, classes FROM role ORDER BY code`)
	if err != nil {
		return nil, err
	}
	for i := range roles {
		if roles[i].Permissions, err = db.All(ctx, t, db.Value[string], `SELECT permission FROM role_permission WHERE role = $1 ORDER BY permission`, roles[i].Code); err != nil {
			return nil, err
		}
	}
	return roles, nil
}

// GiveRole grants a role; granting it twice changes nothing.
func GiveRole(ctx context.Context, t *db.Tx, staff, role, office, programme string) error {
	_, err := t.Exec(ctx, `INSERT INTO staff_role (staff_id, role, office_id, programme) VALUES ($1,$2,$3,$4) ON CONFLICT (staff_id, role, office_id, programme) DO NOTHING`, staff, role, office, programme)
	return err
}

// TakeRole withdraws a role.
func TakeRole(ctx context.Context, t *db.Tx, staff, role, office, programme string) error {
	_, err := t.Exec(ctx, `DELETE FROM staff_role WHERE staff_id = $1 AND role = $2 AND office_id = $3 AND programme = $4`, staff, role, office, programme)
	return err
}

// LoadActor reads a person with everything they were granted as of now; db.ErrNoRow if there is no such person.
func LoadActor(ctx context.Context, t *db.Tx, id string, now time.Time) (*Actor, error) {
	s, err := StaffByID(ctx, t, id)
	if err != nil {
		return nil, err
	}
	a := &Actor{Staff: s}
	type row struct {
		Grant
		perm, classes string
	}
	rows, err := db.All(ctx, t, func(r db.Row) (row, error) {
		var g row
		return g, r.Scan(&g.Role, &g.OfficeID, &g.Programme, &g.AssignedOnly, &g.classes, &g.perm)
	}, `SELECT s.role, s.office_id, s.programme, r.assigned_only, r.classes, p.permission
		FROM staff_role s JOIN role r ON r.code = s.role JOIN role_permission p ON p.role = s.role
		WHERE s.staff_id = $1 ORDER BY s.role, s.office_id, s.programme, p.permission`, id)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		n := len(a.Grants)
		if n == 0 || a.Grants[n-1].Role != r.Role || a.Grants[n-1].OfficeID != r.OfficeID || a.Grants[n-1].Programme != r.Programme {
			r.Grant.Classes, r.Grant.Permissions = strings.Fields(r.classes), map[string]bool{}
			a.Grants = append(a.Grants, r.Grant)
			n++
		}
		a.Grants[n-1].Permissions[r.perm] = true
	}
	today := day.Of(now, time.UTC)
	if a.Covers, err = db.All(ctx, t, db.Value[string], `SELECT absent_id FROM cover WHERE cover_id = $1 AND until_on >= $2 AND from_on <= $3 ORDER BY absent_id`, id, today.String(), today.String()); err != nil {
		return nil, err
	}
	a.Glass, err = db.All(ctx, t, db.Value[string], `SELECT case_id FROM break_glass WHERE staff_id = $1 AND expires_at > $2 ORDER BY case_id`, id, clock.Format(now))
	return a, err
}
