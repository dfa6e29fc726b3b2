package admin

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
)

// SaveOffice adds an office, or changes the one with this id.
func (d *Domain) SaveOffice(ctx context.Context, actor string, o org.Office) error {
	return d.Gate.Write(ctx, actor, PermManage, func(ctx context.Context, w *gate.W) error {
		if _, all := w.Scope.Offices(); !all {
			return fault.New(fault.Denied, "fault.denied")
		}
		problems := org.CheckOffice(o)
		other, err := org.OfficeByCode(ctx, w.Tx, o.Code)
		if err != nil && !errors.Is(err, db.ErrNoRow) {
			return err
		}
		if err == nil && other.ID != o.ID {
			problems = append(problems, fault.Field{Name: "code", Key: "admin.err.code_taken"})
		}
		if len(problems) > 0 {
			return fault.Fields(problems)
		}
		old, err := org.OfficeByID(ctx, w.Tx, o.ID)
		action := "office.edited"
		switch {
		case errors.Is(err, db.ErrNoRow):
			action, err = "office.added", org.InsertOffice(ctx, w.Tx, o)
		case err == nil:
			err = org.UpdateOffice(ctx, w.Tx, o)
		}
		if err != nil {
			return err
		}
		return w.Record(ctx, entry("office", o.ID, action, 0, journal.Diff("code", old.Code, o.Code, "name", old.Name, o.Name, "kind", old.Kind, o.Kind,
			"country", old.Country, o.Country, "zone", old.Zone, o.Zone, "active", strconv.FormatBool(old.Active), strconv.FormatBool(o.Active))))
	})
}

// EditRole changes what a role may do. It takes effect at once for everybody who holds it.
func (d *Domain) EditRole(ctx context.Context, actor string, r org.Role, session string) error {
	return d.Gate.Write(ctx, actor, PermRoles, func(ctx context.Context, w *gate.W) error {
		old, err := org.RoleByCode(ctx, w.Tx, r.Code)
		if err != nil {
			return gone(err)
		}
		known := d.known(old)
		for _, p := range r.Permissions {
			if !slices.Contains(known, p) {
				return fault.At("permissions", "admin.err.permission")
			}
		}
		for _, c := range r.Classes {
			if !slices.Contains(org.Classes, c) {
				return fault.At("classes", "admin.err.class")
			}
		}
		r.TitleKey = old.TitleKey
		slices.Sort(r.Permissions)
		r.Permissions = slices.Compact(r.Permissions)
		if err := org.PutRole(ctx, w.Tx, r); err != nil {
			return err
		}
		if err := keepAdmin(ctx, w); err != nil {
			return err
		}
		held, err := org.RolesOf(ctx, w.Tx, "")
		if err != nil {
			return err
		}
		for _, h := range held {
			if h.Role == r.Code {
				if err := d.reload(ctx, w, h.StaffID, actor, session); err != nil {
					return err
				}
			}
		}
		return w.Record(ctx, entry("role", r.Code, "role.edited", 0, journal.Diff("permissions", strings.Join(old.Permissions, " "), strings.Join(r.Permissions, " "),
			"classes", strings.Join(old.Classes, " "), strings.Join(r.Classes, " "), "assigned_only", strconv.FormatBool(old.AssignedOnly), strconv.FormatBool(r.AssignedOnly))))
	})
}

// known lists the permissions a role can be given: what the program knows, and what the role has already.
func (d *Domain) known(r org.Role) []string {
	all := append(append(append([]string{}, d.Known...), Permissions...), r.Permissions...)
	slices.Sort(all)
	return slices.Compact(all)
}

// SetCover names who stands in for an absent colleague.
func (d *Domain) SetCover(ctx context.Context, actor string, c org.Cover) error {
	return d.Gate.Write(ctx, actor, PermCover, func(ctx context.Context, w *gate.W) error {
		problems := org.CheckCover(c, w.Today)
		for _, x := range [][2]string{{"absent", c.AbsentID}, {"cover", c.CoverID}} {
			if x[1] == "" {
				continue
			}
			s, err := org.StaffByID(ctx, w.Tx, x[1])
			if err != nil && !errors.Is(err, db.ErrNoRow) {
				return err
			}
			if err != nil || s.System || !s.Active || !inReach(&w.R, s.OfficeID) {
				problems = append(problems, fault.Field{Name: x[0], Key: "admin.err." + x[0]})
			}
		}
		if len(problems) > 0 {
			return fault.Fields(problems)
		}
		if old, err := org.CoverByID(ctx, w.Tx, c.ID); err == nil && (old.AbsentID != c.AbsentID || old.CoverID != c.CoverID) {
			return fault.Gone()
		} else if err != nil && !errors.Is(err, db.ErrNoRow) {
			return err
		}
		if err := org.PutCover(ctx, w.Tx, c); err != nil {
			return err
		}
		return w.Record(ctx, entry("staff", c.AbsentID, "staff.cover_set", 0, nil, "cover", c.CoverID, "from", c.From.String(), "until", c.Until.String()))
	})
}

// EndCover takes a stand-in back.
func (d *Domain) EndCover(ctx context.Context, actor, id string) error {
	return d.Gate.Write(ctx, actor, PermCover, func(ctx context.Context, w *gate.W) error {
		c, err := org.CoverByID(ctx, w.Tx, id)
		if err != nil {
			return gone(err)
		}
		if s, err := org.StaffByID(ctx, w.Tx, c.AbsentID); err != nil {
			return err
		} else if !inReach(&w.R, s.OfficeID) {
			return fault.Hidden("cover", id)
		}
		if err := org.DropCover(ctx, w.Tx, id); err != nil {
			return err
		}
		return w.Record(ctx, entry("staff", c.AbsentID, "staff.cover_ended", 0, nil, "cover", c.CoverID))
	})
}

const minReason = 15

// BreakGlass opens a case outside one's scope, by its number, for a time. It is written down whether or not the number is
// a case's, and reviewed by somebody else. What may be done with the case is what the opener's role allows elsewhere.
func (d *Domain) BreakGlass(ctx context.Context, actor, id, no, reason string) (caseID string, err error) {
	found := false
	err = d.Gate.Write(ctx, actor, PermGlass, func(ctx context.Context, w *gate.W) error {
		var problems []fault.Field
		if no == "" || len(no) > 40 {
			problems = append(problems, fault.Field{Name: "no", Key: "admin.err.case_no"})
		}
		if n := utf8.RuneCountInString(reason); n < minReason || n > 2000 {
			problems = append(problems, fault.Field{Name: "reason", Key: "admin.err.reason", Args: []any{"n", minReason}})
		}
		if len(problems) > 0 {
			return fault.Fields(problems)
		}
		caseID, err = d.FindCase(ctx, w.Tx, strings.ToUpper(no))
		if errors.Is(err, db.ErrNoRow) {
			return w.Record(ctx, entry("case_number", strings.ToUpper(no), "glass.no_case", 0, nil, "reason", reason))
		}
		if err != nil {
			return err
		}
		found = true
		if _, err := org.GlassByID(ctx, w.Tx, id); err == nil { // a repeated form
			return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "case", ID: caseID}, Case: caseID, Action: "glass.open_repeated"})
		} else if !errors.Is(err, db.ErrNoRow) {
			return err
		}
		o := org.Opening{BreakGlass: org.BreakGlass{ID: id, StaffID: actor, CaseID: caseID, OpenedAt: w.Now, ExpiresAt: w.Now.Add(d.glassFor())}}
		if o.SealedReason, err = w.Seal(ctx, caseID, "break_glass.reason:"+id, reason); err != nil {
			return err
		}
		if err := org.InsertGlass(ctx, w.Tx, o); err != nil {
			return err
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "case", ID: caseID}, Case: caseID, Action: "glass.opened", Args: map[string]string{"reason": reason}})
	})
	if err == nil && !found {
		err = fault.At("no", "admin.err.no_case")
	}
	return caseID, err
}

// ReviewGlass judges an opening. Nobody judges their own.
func (d *Domain) ReviewGlass(ctx context.Context, actor, id, verdict, note string) error {
	return d.Gate.Write(ctx, actor, PermReviewGlass, func(ctx context.Context, w *gate.W) error {
		o, err := org.GlassByID(ctx, w.Tx, id)
		if err != nil {
			return gone(err)
		}
		if ok, err := d.reviewable(ctx, &w.R, o); err != nil {
			return err
		} else if !ok {
			return fault.Hidden("glass", id)
		}
		if o.StaffID == actor {
			return fault.New(fault.Conflict, "admin.err.own_glass")
		}
		if verdict != Justified && verdict != Unjustified {
			return fault.At("verdict", "admin.err.verdict")
		}
		if note = strings.TrimSpace(note); verdict == Unjustified && note == "" || len(note) > 4000 {
			return fault.At("note", "admin.err.note")
		}
		o.ReviewedBy, o.ReviewedAt, o.Verdict = actor, w.Now, verdict
		if o.SealedNote, err = w.Seal(ctx, o.CaseID, "break_glass.note:"+id, note); err != nil {
			return err
		}
		if ok, err := org.ReviewGlass(ctx, w.Tx, o); err != nil {
			return err
		} else if !ok {
			return fault.New(fault.Conflict, "admin.err.reviewed")
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "case", ID: o.CaseID}, Case: o.CaseID, Action: "glass.reviewed", Args: map[string]string{"verdict": verdict, "note": note}})
	})
}

// reviewable keeps a reviewer of one office to what that office's people opened.
func (d *Domain) reviewable(ctx context.Context, r *gate.R, o org.Opening) (bool, error) {
	s, err := org.StaffByID(ctx, r.Tx, o.StaffID)
	return err == nil && inReach(r, s.OfficeID), err
}

// RetryJob starts a job anew; CancelJob takes it off the list.
func (d *Domain) RetryJob(ctx context.Context, actor, id string) error {
	err := d.job(ctx, actor, id, "job.retried", func(ctx context.Context, w *gate.W) error { return queue.Retry(ctx, w.Tx, w.Now, id) })
	if err == nil && d.Gate.Wake != nil {
		d.Gate.Wake()
	}
	return err
}

// CancelJob takes a waiting or parked job off the list.
func (d *Domain) CancelJob(ctx context.Context, actor, id string) error {
	return d.job(ctx, actor, id, "job.cancelled", func(ctx context.Context, w *gate.W) error { return queue.Cancel(ctx, w.Tx, w.Now, id) })
}

func (d *Domain) job(ctx context.Context, actor, id, action string, do func(context.Context, *gate.W) error) error {
	return d.Gate.Write(ctx, actor, PermJobs, func(ctx context.Context, w *gate.W) error {
		t, err := queue.Get(ctx, w.Tx, id)
		if err != nil {
			return gone(err)
		}
		if err := do(ctx, w); errors.Is(err, queue.ErrState) {
			return fault.New(fault.Conflict, "admin.err.job_state")
		} else if err != nil {
			return err
		}
		return w.Record(ctx, entry("job", id, action, 0, nil, "kind", t.Kind))
	})
}
