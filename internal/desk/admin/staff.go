package admin

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// entry is one about the organisation: it concerns no case, so the installation's key seals it.
func entry(kind, id, action string, revision int64, changes []journal.Change, args ...string) journal.Entry {
	e := journal.Entry{Subject: journal.Ref{Kind: kind, ID: id}, Action: action, Revision: revision, Changes: changes, Key: journal.Installation}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = map[string]string{}
		}
		e.Args[args[i]] = args[i+1]
	}
	return e
}

func gone(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return fault.Gone()
	}
	return err
}

// inReach keeps somebody who manages one office to that office's people.
func inReach(r *gate.R, officeID string) bool {
	ids, all := r.Scope.Offices()
	return all || slices.Contains(ids, officeID)
}

// staff reads a person the actor may manage.
func (d *Domain) staff(ctx context.Context, r *gate.R, id string) (org.Staff, error) {
	s, err := org.StaffByID(ctx, r.Tx, id)
	if err != nil {
		return s, gone(err)
	}
	if s.System || !inReach(r, s.OfficeID) {
		return org.Staff{}, fault.Hidden("staff", id)
	}
	return s, nil
}

func (d *Domain) checkStaff(ctx context.Context, w *gate.W, s org.Staff) error {
	problems := org.CheckStaff(s)
	if s.OfficeID != "" {
		o, err := org.OfficeByID(ctx, w.Tx, s.OfficeID)
		if err != nil && !errors.Is(err, db.ErrNoRow) {
			return err
		}
		if err != nil || !o.Active && s.Active || !inReach(&w.R, s.OfficeID) {
			problems = append(problems, fault.Field{Name: "office", Key: "admin.err.office"})
		}
	}
	if len(d.Languages) > 0 && !slices.Contains(d.Languages, s.Language) {
		problems = append(problems, fault.Field{Name: "language", Key: "admin.err.language"})
	}
	other, err := org.StaffByLogin(ctx, w.Tx, s.Login)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return err
	}
	if err == nil && other.ID != s.ID {
		problems = append(problems, fault.Field{Name: "login", Key: "admin.err.login_taken"})
	}
	return fault.Fields(problems)
}

// AddStaff adds a person. Adding them again under the same id changes nothing.
func (d *Domain) AddStaff(ctx context.Context, actor string, s org.Staff) error {
	return d.Gate.Write(ctx, actor, PermManage, func(ctx context.Context, w *gate.W) error {
		if old, err := org.StaffByID(ctx, w.Tx, s.ID); err == nil {
			if !inReach(&w.R, old.OfficeID) || old.System {
				return fault.Hidden("staff", s.ID)
			}
			return w.Record(ctx, entry("staff", s.ID, "staff.add_repeated", 0, nil))
		} else if !errors.Is(err, db.ErrNoRow) {
			return err
		}
		s.Active, s.CreatedAt, s.Login, s.System = true, w.Now, org.NormalLogin(s.Login), false
		if err := d.checkStaff(ctx, w, s); err != nil {
			return err
		}
		if err := org.InsertStaff(ctx, w.Tx, s); err != nil {
			return err
		}
		return w.Record(ctx, entry("staff", s.ID, "staff.added", 1, journal.Diff("login", "", s.Login, "name", "", s.Name, "email", "", s.Email, "office", "", s.OfficeID, "language", "", s.Language)))
	})
}

// EditStaff changes what is known of a person.
func (d *Domain) EditStaff(ctx context.Context, actor string, s org.Staff) error {
	return d.Gate.Write(ctx, actor, PermManage, func(ctx context.Context, w *gate.W) error {
		old, err := d.staff(ctx, &w.R, s.ID)
		if err != nil {
			return err
		}
		if old.Revision != s.Revision {
			return fault.New(fault.Stale, "admin.err.stale")
		}
		s.Login, s.Active = org.NormalLogin(s.Login), old.Active
		if err := d.checkStaff(ctx, w, s); err != nil {
			return err
		}
		return d.saveStaff(ctx, w, old, s, "staff.edited")
	})
}

func (d *Domain) saveStaff(ctx context.Context, w *gate.W, old, s org.Staff, action string) error {
	ok, err := org.UpdateStaff(ctx, w.Tx, s)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Stale, "admin.err.stale")
	}
	return w.Record(ctx, entry("staff", s.ID, action, s.Revision+1, journal.Diff("login", old.Login, s.Login, "name", old.Name, s.Name, "email", old.Email, s.Email,
		"office", old.OfficeID, s.OfficeID, "language", old.Language, s.Language, "active", strconv.FormatBool(old.Active), strconv.FormatBool(s.Active))))
}

// Deactivate ends a person's work here: they are signed out at once and cannot sign in. What they did stays theirs.
func (d *Domain) Deactivate(ctx context.Context, actor, id string) error {
	return d.Gate.Write(ctx, actor, PermManage, func(ctx context.Context, w *gate.W) error {
		old, err := d.staff(ctx, &w.R, id)
		if err != nil {
			return err
		}
		if id == actor {
			return fault.New(fault.Conflict, "admin.err.self")
		}
		s := old
		s.Active = false
		if _, err := d.EndSessions(ctx, w.Tx, id, ""); err != nil {
			return err
		}
		if err := d.saveStaff(ctx, w, old, s, "staff.deactivated"); err != nil {
			return err
		}
		return keepAdmin(ctx, w)
	})
}

// Reactivate lets a person come back, with the roles they had.
func (d *Domain) Reactivate(ctx context.Context, actor, id string) error {
	return d.Gate.Write(ctx, actor, PermManage, func(ctx context.Context, w *gate.W) error {
		old, err := d.staff(ctx, &w.R, id)
		if err != nil {
			return err
		}
		s := old
		s.Active = true
		return d.saveStaff(ctx, w, old, s, "staff.reactivated")
	})
}

// keepAdmin refuses to leave nobody who can manage people and roles.
func keepAdmin(ctx context.Context, w *gate.W) error {
	for _, perm := range []string{PermManage, PermRoles} {
		n, err := org.HoldersOf(ctx, w.Tx, perm)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "admin.err.last_admin")
		}
	}
	return nil
}

// GiveRole gives a person a role, limited to an office or a programme or to neither. Somebody who manages one office gives
// roles for that office, and nobody gives a right they do not hold themselves unless they hold org.roles. session is the
// giver's own, which stays.
func (d *Domain) GiveRole(ctx context.Context, actor string, h org.Held, session string) error {
	return d.Gate.Write(ctx, actor, PermManage, func(ctx context.Context, w *gate.W) error {
		if _, err := d.staff(ctx, &w.R, h.StaffID); err != nil {
			return err
		}
		var problems []fault.Field
		role, err := org.RoleByCode(ctx, w.Tx, h.Role)
		switch {
		case errors.Is(err, db.ErrNoRow):
			problems = append(problems, fault.Field{Name: "role", Key: "admin.err.role"})
		case err != nil:
			return err
		case !w.Actor.Can(PermRoles) && !holdsAll(w.Actor, role):
			problems = append(problems, fault.Field{Name: "role", Key: "admin.err.role_above"})
		}
		if h.OfficeID != "" {
			if _, err := org.OfficeByID(ctx, w.Tx, h.OfficeID); errors.Is(err, db.ErrNoRow) {
				problems = append(problems, fault.Field{Name: "limit_office", Key: "admin.err.office"})
			} else if err != nil {
				return err
			}
		}
		if !inReach(&w.R, h.OfficeID) {
			problems = append(problems, fault.Field{Name: "limit_office", Key: "admin.err.office_limit"})
		}
		if h.Programme != "" && (d.Programmes == nil || !slices.Contains(d.Programmes(), h.Programme)) {
			problems = append(problems, fault.Field{Name: "limit_programme", Key: "admin.err.programme"})
		}
		if len(problems) > 0 {
			return fault.Fields(problems)
		}
		if err := org.GiveRole(ctx, w.Tx, h.StaffID, h.Role, h.OfficeID, h.Programme); err != nil {
			return err
		}
		if err := d.reload(ctx, w, h.StaffID, actor, session); err != nil {
			return err
		}
		return w.Record(ctx, entry("staff", h.StaffID, "staff.role_given", 0, nil, "role", h.Role, "office", h.OfficeID, "programme", h.Programme))
	})
}

func holdsAll(a *org.Actor, r org.Role) bool {
	for _, p := range r.Permissions {
		if !a.Can(p) {
			return false
		}
	}
	for _, c := range r.Classes {
		if !a.Cleared(c) {
			return false
		}
	}
	return true
}

// TakeRole takes a role away.
func (d *Domain) TakeRole(ctx context.Context, actor string, h org.Held, session string) error {
	return d.Gate.Write(ctx, actor, PermManage, func(ctx context.Context, w *gate.W) error {
		if _, err := d.staff(ctx, &w.R, h.StaffID); err != nil {
			return err
		}
		if !inReach(&w.R, h.OfficeID) {
			return fault.At("limit_office", "admin.err.office_limit")
		}
		if err := org.TakeRole(ctx, w.Tx, h.StaffID, h.Role, h.OfficeID, h.Programme); err != nil {
			return err
		}
		if err := keepAdmin(ctx, w); err != nil {
			return err
		}
		if err := d.reload(ctx, w, h.StaffID, actor, session); err != nil {
			return err
		}
		return w.Record(ctx, entry("staff", h.StaffID, "staff.role_taken", 0, nil, "role", h.Role, "office", h.OfficeID, "programme", h.Programme))
	})
}

// reload ends the sessions of whoever's rights have changed, but for the one in which the change was made.
func (d *Domain) reload(ctx context.Context, w *gate.W, staffID, actor, session string) error {
	except := ""
	if staffID == actor {
		except = session
	}
	_, err := d.EndSessions(ctx, w.Tx, staffID, except)
	return err
}

// ResetPassword makes a one-time link for a new password, shown to the administrator once.
func (d *Domain) ResetPassword(ctx context.Context, actor, id string) (link string, err error) {
	err = d.Gate.Write(ctx, actor, PermManage, func(ctx context.Context, w *gate.W) error {
		if err := d.mayReset(ctx, w, id); err != nil {
			return err
		}
		code, err := d.ResetCode(ctx, w, id)
		if err != nil {
			return err
		}
		link = strings.TrimSuffix(d.PublicURL, "/") + "/sign-in/reset?code=" + code
		return w.Record(ctx, entry("staff", id, "staff.password_reset", 0, nil))
	})
	return link, err
}

// mayReset: whoever can reset an account can become it, so nobody resets an account with more rights than their own.
func (d *Domain) mayReset(ctx context.Context, w *gate.W, id string) error {
	s, err := d.staff(ctx, &w.R, id)
	if err != nil {
		return err
	}
	if !s.Active {
		return fault.New(fault.Conflict, "admin.err.inactive")
	}
	if w.Actor.Can(PermRoles) {
		return nil
	}
	a, err := org.LoadActor(ctx, w.Tx, id, w.Now)
	if err != nil {
		return err
	}
	for _, g := range a.Grants {
		if !holdsAll(w.Actor, org.Role{Permissions: keys(g.Permissions), Classes: g.Classes}) {
			return fault.New(fault.Denied, "admin.err.role_above")
		}
	}
	return nil
}

func keys(m map[string]bool) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

// ResetFactor takes a person's second factors away, for a lost phone.
func (d *Domain) ResetFactor(ctx context.Context, actor, id string) error {
	return d.Gate.Write(ctx, actor, PermManage, func(ctx context.Context, w *gate.W) error {
		if err := d.mayReset(ctx, w, id); err != nil {
			return err
		}
		if err := d.ResetFactors(ctx, w, id); err != nil {
			return err
		}
		return w.Record(ctx, entry("staff", id, "staff.factor_reset", 0, nil))
	})
}

// OpenAccount lets a locked account try again at once.
func (d *Domain) OpenAccount(ctx context.Context, actor, id string) error {
	return d.Gate.Write(ctx, actor, PermManage, func(ctx context.Context, w *gate.W) error {
		s, err := d.staff(ctx, &w.R, id)
		if err != nil {
			return err
		}
		if err := d.Unlock(ctx, w, s); err != nil {
			return err
		}
		return w.Record(ctx, entry("staff", id, "staff.unlocked", 0, nil))
	})
}
