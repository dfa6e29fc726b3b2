package org

import (
	"context"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Kinds of office, in the order they are offered.
var Kinds = []string{"host", "origin", "headquarters", "partner"}

// Held is a role as it was given to somebody.
type Held struct{ StaffID, Role, OfficeID, Programme string }

// CheckStaff names what is wrong with a person's entry. Keys are texts of the administration's screens.
func CheckStaff(s Staff) (out []fault.Field) {
	bad := func(field, key string) { out = append(out, fault.Field{Name: field, Key: key}) }
	if s.Name == "" || len(s.Name) > 200 {
		bad("name", "admin.err.name")
	}
	login := NormalLogin(s.Login)
	if len(login) < 2 || len(login) > 80 || strings.IndexFunc(login, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-@+", r)
	}) >= 0 {
		bad("login", "admin.err.login")
	}
	if s.Email != "" {
		if a, err := mail.ParseAddress(s.Email); err != nil || a.Address != s.Email {
			bad("email", "admin.err.email")
		}
	}
	if s.OfficeID == "" {
		bad("office", "admin.err.office")
	}
	return out
}

// CheckOffice names what is wrong with an office's entry.
func CheckOffice(o Office) (out []fault.Field) {
	bad := func(field, key string) { out = append(out, fault.Field{Name: field, Key: key}) }
	if o.Name == "" || len(o.Name) > 200 {
		bad("name", "admin.err.office_name")
	}
	if len(o.Code) < 2 || len(o.Code) > 40 || strings.IndexFunc(o.Code, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-')
	}) >= 0 {
		bad("code", "admin.err.office_code")
	}
	if !contains(Kinds, o.Kind) {
		bad("kind", "admin.err.office_kind")
	}
	if len(o.Country) != 2 || strings.ToUpper(o.Country) != o.Country {
		bad("country", "admin.err.country")
	}
	if _, err := time.LoadLocation(o.Zone); err != nil || o.Zone == "" || o.Zone == "Local" {
		bad("zone", "admin.err.zone")
	}
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// UpdateStaff writes what may change about a person and raises the revision; false when somebody was faster.
func UpdateStaff(ctx context.Context, t *db.Tx, s Staff) (bool, error) {
	n, err := t.Exec(ctx, `UPDATE staff SET login = $1, name = $2, email = $3, office_id = $4, language = $5, active = $6, revision = revision + 1 WHERE id = $7 AND revision = $8 AND system = FALSE`,
		NormalLogin(s.Login), s.Name, s.Email, s.OfficeID, s.Language, s.Active, s.ID, s.Revision)
	return n == 1, err
}

// UpdateOffice writes an office as given.
func UpdateOffice(ctx context.Context, t *db.Tx, o Office) error {
	_, err := t.Exec(ctx, `UPDATE office SET code = $1, name = $2, kind = $3, country = $4, zone = $5, active = $6 WHERE id = $7`, o.Code, o.Name, o.Kind, o.Country, o.Zone, o.Active, o.ID)
	return err
}

func scanHeld(r db.Row) (Held, error) {
	var h Held
	return h, r.Scan(&h.StaffID, &h.Role, &h.OfficeID, &h.Programme)
}

// RolesOf reads the roles a person was given; ” reads everybody's.
func RolesOf(ctx context.Context, t *db.Tx, staff string) ([]Held, error) {
	return db.All(ctx, t, scanHeld, `SELECT staff_id, role, office_id, programme FROM staff_role WHERE ($1 = '' OR staff_id = $2) ORDER BY staff_id, role, office_id, programme`, staff, staff)
}

// RoleByCode reads one role; db.ErrNoRow if there is none.
func RoleByCode(ctx context.Context, t *db.Tx, code string) (Role, error) {
	all, err := Roles(ctx, t)
	if err != nil {
		return Role{}, err
	}
	for _, r := range all {
		if r.Code == code {
			return r, nil
		}
	}
	return Role{}, db.ErrNoRow
}

// HoldersOf counts the active people who hold a permission without any limit: the last one must not be lost.
func HoldersOf(ctx context.Context, t *db.Tx, perm string) (int64, error) {
	return db.One(ctx, t, db.Value[int64], `SELECT COUNT(DISTINCT s.id) FROM staff s JOIN staff_role g ON g.staff_id = s.id JOIN role_permission p ON p.role = g.role
		WHERE p.permission = $1 AND s.active = TRUE AND s.system = FALSE AND g.office_id = '' AND g.programme = ''`, perm)
}

// Holders lists the active people who hold a permission, wherever they hold it.
func Holders(ctx context.Context, t *db.Tx, perm string) ([]Staff, error) {
	return db.All(ctx, t, scanStaff, `SELECT `+staffColumns+` FROM staff WHERE active = TRUE AND system = FALSE AND id IN (SELECT g.staff_id FROM staff_role g JOIN role_permission p ON p.role = g.role WHERE p.permission = $1) ORDER BY name, id`, perm)
}
