package signin

import (
	"context"
	"errors"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// NewUser is a person to be added, by the command line or the demo.
type NewUser struct {
	Login, Name, Email, Office, Language string // Office is the office's code
	Roles                                []org.Held
}

// AddUser adds a person with their roles, as the system (the first administrator) or another actor. Adding a login that
// exists is refused.
func AddUser(ctx context.Context, g *gate.Gate, actor string, u NewUser) (staffID string, err error) {
	err = g.Write(ctx, actor, "org.manage", func(ctx context.Context, w *gate.W) error {
		o, err := org.OfficeByCode(ctx, w.Tx, u.Office)
		if errors.Is(err, db.ErrNoRow) {
			return fault.At("office", "signin.err.no_office", "office", u.Office)
		}
		if err != nil {
			return err
		}
		s := org.Staff{ID: w.NewID(), Login: org.NormalLogin(u.Login), Name: u.Name, Email: u.Email, OfficeID: o.ID, Language: u.Language, Active: true, CreatedAt: w.Now}
		if s.Language == "" {
			s.Language = "en"
		}
		problems := org.CheckStaff(s)
		if _, err := org.StaffByLogin(ctx, w.Tx, s.Login); err == nil {
			problems = append(problems, fault.Field{Name: "login", Key: "signin.err.login_taken", Args: []any{"login", s.Login}})
		} else if !errors.Is(err, db.ErrNoRow) {
			return err
		}
		for _, h := range u.Roles {
			if _, err := org.RoleByCode(ctx, w.Tx, h.Role); errors.Is(err, db.ErrNoRow) {
				problems = append(problems, fault.Field{Name: "role", Key: "signin.err.no_role", Args: []any{"role", h.Role}})
			} else if err != nil {
				return err
			}
		}
		if len(problems) > 0 {
			return fault.Fields(problems)
		}
		if err := org.InsertStaff(ctx, w.Tx, s); err != nil {
			return err
		}
		var roles string
		for _, h := range u.Roles {
			if err := org.GiveRole(ctx, w.Tx, s.ID, h.Role, h.OfficeID, h.Programme); err != nil {
				return err
			}
			roles += " " + h.Role
		}
		staffID = s.ID
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "staff", ID: s.ID}, Action: "staff.added", Revision: 1, Key: journal.Installation,
			Changes: journal.Diff("login", "", s.Login, "name", "", s.Name, "office", "", o.Name, "roles", "", roles)})
	})
	return staffID, err
}

// SetPassword sets a person's password without asking for the old one: for the command line, where whoever may run it may
// do anything. It signs the person out everywhere.
func SetPassword(ctx context.Context, g *gate.Gate, actor, staffID, password string) error {
	var s org.Staff
	err := g.DB.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		var err error
		s, err = org.StaffByID(ctx, t, staffID)
		return err
	})
	if err != nil {
		return err
	}
	if err := CheckPassword("password", password, s.Login, s.Name); err != nil {
		return err
	}
	hash, err := HashPassword(ctx, password)
	if err != nil {
		return err
	}
	return PutHash(ctx, g, actor, hash, staffID)
}

// HashPassword makes the hash that PutHash stores.
func HashPassword(ctx context.Context, password string) (string, error) {
	return newHasher().hash(ctx, password)
}

// PutHash stores one hash for several people: the demo gives everybody the same password and need not hash it anew.
func PutHash(ctx context.Context, g *gate.Gate, actor, hash string, staffIDs ...string) error {
	return g.Write(ctx, actor, "org.manage", func(ctx context.Context, w *gate.W) error {
		for _, id := range staffIDs {
			if err := putPassword(ctx, w.Tx, id, hash, w.Now); err != nil {
				return err
			}
			if _, err := EndSessions(ctx, w.Tx, id, ""); err != nil {
				return err
			}
			if err := w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "staff", ID: id}, Action: "password.set", Key: journal.Installation}); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetLanguage keeps the language in which a person works.
func (d *Domain) SetLanguage(ctx context.Context, staffID, lang string) error {
	return d.Gate.Write(ctx, staffID, org.Self, func(ctx context.Context, w *gate.W) error {
		s := w.Actor.Staff
		if _, err := w.Tx.Exec(ctx, `UPDATE staff SET language = $1 WHERE id = $2`, lang, staffID); err != nil {
			return err
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "staff", ID: staffID}, Action: "staff.language", Key: journal.Installation,
			Changes: journal.Diff("language", s.Language, lang)})
	})
}

// SetName keeps the name by which colleagues see a person.
func (d *Domain) SetName(ctx context.Context, staffID, name string) error {
	return d.Gate.Write(ctx, staffID, org.Self, func(ctx context.Context, w *gate.W) error {
		s := w.Actor.Staff
		old := s.Name
		s.Name = name
		for _, p := range org.CheckStaff(s) {
			if p.Name == "name" {
				return fault.Fields([]fault.Field{p})
			}
		}
		if ok, err := org.UpdateStaff(ctx, w.Tx, s); err != nil {
			return err
		} else if !ok {
			return fault.New(fault.Stale, "signin.err.stale")
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "staff", ID: staffID}, Action: "staff.edited", Revision: s.Revision + 1, Key: journal.Installation,
			Changes: journal.Diff("name", old, name)})
	})
}
