package admin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/desk/signin"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

type desk struct {
	*world.World
	d    *Domain
	door *signin.Domain
}

func open(t *testing.T, b *db.DB) desk {
	t.Helper()
	w := world.New(t, b)
	door := signin.New(w.Gate, signin.Config{Demo: true})
	text := func(q string) func(context.Context, *db.Tx, string) (string, error) {
		return func(ctx context.Context, t *db.Tx, v string) (string, error) {
			return db.One(ctx, t, db.Value[string], q, v)
		}
	}
	return desk{w, &Domain{Gate: w.Gate, FindCase: text(`SELECT id FROM casefile WHERE no = $1`), CaseNo: text(`SELECT no FROM casefile WHERE id = $1`), EndSessions: signin.EndSessions,
		ResetCode: door.NewResetCode, ResetFactors: door.ResetFactors, Locked: door.Locked, Unlock: door.Unlock, PublicURL: "https://nostos.example.org", Languages: []string{"en", "el"},
		Countries: []string{"GR", "PK", "GE"}, Known: []string{"case.view", "case.note"}, Programmes: func() []string { return []string{"test"} }}, door}
}

func key(err error) string {
	if err == nil {
		return ""
	}
	f := fault.Of(err)
	if len(f.Fields) > 0 {
		return f.Fields[0].Key
	}
	return f.Key
}

// signedIn opens a session for a person and gives a function that tells whether it still counts.
func (o desk) signedIn(t *testing.T, login string) func() bool {
	t.Helper()
	ctx := context.Background()
	const password = "three small dolphins"
	hash, err := signin.HashPassword(ctx, password)
	if err == nil {
		err = signin.PutHash(ctx, o.Gate, org.SystemID, hash, o.Staff[login])
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.door.SignIn(ctx, login, password, "192.0.2.1", "")
	if err != nil {
		t.Fatal(err)
	}
	return func() bool {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: "nostos", Value: s.Token})
		id, _, _, err := o.door.Who(r)
		return err == nil && id != ""
	}
}

func (o desk) sees(t *testing.T, who, caseID string) bool {
	t.Helper()
	err := o.Gate.Read(context.Background(), o.Staff[who], casefile.PermView, func(ctx context.Context, r *gate.R) error {
		_, err := casefile.ByID(ctx, r, caseID)
		return err
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func (o desk) count(action string) int64 {
	return o.Count(`SELECT COUNT(*) FROM journal WHERE action = $1`, action)
}

func TestStaff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b)
		ctx, admin := context.Background(), o.Staff["admin"]
		s := org.Staff{ID: o.Gate.IDs.New(), Login: "Maria.K", Name: "Maria Kanelli", OfficeID: o.Offices["athens"], Language: "el"}
		for range 2 { // a double click adds one person
			if err := o.d.AddStaff(ctx, admin, s); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			change func(*org.Staff)
			key    string
		}{
			{func(s *org.Staff) { s.Login = "counsellor" }, "admin.err.login_taken"}, {func(s *org.Staff) { s.OfficeID = "nowhere" }, "admin.err.office"}, {func(s *org.Staff) { s.Language = "xx" }, "admin.err.language"},
		} {
			x := org.Staff{ID: o.Gate.IDs.New(), Login: "x" + o.Gate.IDs.New()[:4], Name: "X", OfficeID: o.Offices["athens"], Language: "en"}
			c.change(&x)
			if err := o.d.AddStaff(ctx, admin, x); key(err) != c.key {
				t.Errorf("%s: %v", c.key, err)
			}
		}
		s.Name, s.Revision = "Maria Kanelli-Roumeli", 1
		if err := o.d.EditStaff(ctx, admin, s); err != nil {
			t.Fatal(err)
		}
		if err := o.d.EditStaff(ctx, admin, s); !fault.Is(err, fault.Stale) {
			t.Errorf("an edit of an old revision: %v", err)
		}
		if err := o.d.AddStaff(ctx, o.Staff["counsellor"], s); !fault.Is(err, fault.Denied) {
			t.Errorf("a counsellor adds people: %v", err)
		}

		in := o.signedIn(t, "counsellor")
		if !in() {
			t.Fatal("not signed in")
		}
		if err := o.d.Deactivate(ctx, admin, o.Staff["counsellor"]); err != nil || in() {
			t.Errorf("still signed in after leaving: %v", err)
		}
		if err := o.d.Reactivate(ctx, admin, o.Staff["counsellor"]); err != nil || in() {
			t.Errorf("an old session came back: %v", err)
		}
		if err := o.d.Deactivate(ctx, admin, admin); key(err) != "admin.err.self" {
			t.Error(err)
		}
		link, err := o.d.ResetPassword(ctx, admin, o.Staff["counsellor"])
		if err != nil || !strings.HasPrefix(link, "https://nostos.example.org/sign-in/reset?code=") {
			t.Fatal(link, err)
		}
		_, code, _ := strings.Cut(link, "code=")
		if err := o.door.UseResetCode(ctx, code, "four large whales swim", "192.0.2.1"); err != nil {
			t.Error(err)
		}
		if n := o.Count(`SELECT COUNT(*) FROM journal WHERE action IN ('staff.added','staff.edited','staff.deactivated','staff.reactivated','staff.password_reset')`); n != 5 {
			t.Errorf("%d entries", n)
		}
	})
}

func TestRoles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b)
		ctx, admin := context.Background(), o.Staff["admin"]
		in := o.signedIn(t, "centre")
		h := org.Held{StaffID: o.Staff["centre"], Role: "finance", OfficeID: o.Offices["athens"], Programme: "test"}
		if err := o.d.GiveRole(ctx, admin, h, ""); err != nil || in() {
			t.Errorf("still the old session after a new role: %v", err)
		}
		may, _, err := o.Gate.May(ctx, o.Staff["centre"], "ledger.pay")
		if err != nil || !may["ledger.pay"] {
			t.Error("the role has no effect", err)
		}
		if err := o.d.TakeRole(ctx, admin, h, ""); err != nil {
			t.Fatal(err)
		}
		if may, _, _ = o.Gate.May(ctx, o.Staff["centre"], "ledger.pay"); may["ledger.pay"] {
			t.Error("the role was not taken")
		}
		for _, c := range []struct {
			h   org.Held
			key string
		}{
			{org.Held{StaffID: h.StaffID, Role: "king"}, "admin.err.role"}, {org.Held{StaffID: h.StaffID, Role: "finance", OfficeID: "x"}, "admin.err.office"}, {org.Held{StaffID: h.StaffID, Role: "finance", Programme: "x"}, "admin.err.programme"},
		} {
			if err := o.d.GiveRole(ctx, admin, c.h, ""); key(err) != c.key {
				t.Errorf("%+v: %v", c.h, err)
			}
		}
		if err := o.d.TakeRole(ctx, admin, org.Held{StaffID: admin, Role: "admin"}, ""); key(err) != "admin.err.last_admin" {
			t.Errorf("the last administrator can lock everybody out: %v", err)
		}

		// Somebody who manages one office neither sees the others nor gives more than they hold.
		err = o.d.EditRole(ctx, admin, org.Role{Code: "centre", Permissions: []string{PermManage, "case.view"}}, "")
		if err != nil {
			t.Fatal(err)
		}
		local := o.Staff["centre"]
		if err := o.d.Deactivate(ctx, local, o.Staff["other"]); !fault.Is(err, fault.NotFound) {
			t.Errorf("reaches into another office: %v", err)
		}
		if err := o.d.GiveRole(ctx, local, org.Held{StaffID: local, Role: "manager", OfficeID: o.Offices["athens"]}, ""); key(err) != "admin.err.role_above" {
			t.Errorf("gives more than they hold: %v", err)
		}
		if err := o.d.GiveRole(ctx, local, org.Held{StaffID: local, Role: "centre"}, ""); key(err) != "admin.err.office_limit" {
			t.Errorf("gives a role everywhere: %v", err)
		}
		if _, err := o.d.ResetPassword(ctx, local, o.Staff["manager"]); !fault.Is(err, fault.Denied) {
			t.Errorf("becomes the manager by a reset: %v", err)
		}
		if err := o.d.SaveOffice(ctx, local, org.Office{ID: o.Offices["athens"]}); !fault.Is(err, fault.Denied) {
			t.Error(err)
		}
		if err := o.d.EditRole(ctx, admin, org.Role{Code: "admin", Permissions: []string{"case.view"}}, ""); key(err) != "admin.err.last_admin" {
			t.Error(err)
		}
		if err := o.d.EditRole(ctx, admin, org.Role{Code: "centre", Permissions: []string{"made.up"}}, ""); key(err) != "admin.err.permission" {
			t.Error(err)
		}
	})
}

func TestOfficeAndCover(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b)
		ctx, admin := context.Background(), o.Staff["admin"]
		good := org.Office{ID: o.Gate.IDs.New(), Code: "patras", Name: "Patras", Kind: "host", Country: "GR", Zone: "Europe/Athens", Active: true}
		for _, name := range []string{"Patras", "Patras port"} {
			good.Name = name
			if err := o.d.SaveOffice(ctx, admin, good); err != nil {
				t.Fatal(err)
			}
		}
		if o.count("office.added") != 1 || o.count("office.edited") != 1 {
			t.Error("entries of the office")
		}
		bad := good
		bad.ID, bad.Zone = o.Gate.IDs.New(), "Mars/Base"
		if err := o.d.SaveOffice(ctx, admin, bad); key(err) != "admin.err.zone" {
			t.Error(err)
		}

		m := o.Person("Amina", "Testpour", "female", "1991-05-04", "PK")
		c := o.Case(m)
		today := day.Of(o.Clock.Now(), time.UTC)
		cover := org.Cover{ID: o.Gate.IDs.New(), AbsentID: o.Staff["counsellor"], CoverID: o.Staff["mediator"], From: today, Until: today}
		if o.sees(t, "mediator", c.ID) {
			t.Fatal("sees the case before")
		}
		if err := o.d.SetCover(ctx, o.Staff["supervisor"], cover); err != nil || !o.sees(t, "mediator", c.ID) {
			t.Errorf("the stand-in does not see the case: %v", err)
		}
		if err := o.d.SetCover(ctx, o.Staff["supervisor"], org.Cover{ID: o.Gate.IDs.New(), AbsentID: cover.AbsentID, CoverID: cover.AbsentID, From: today, Until: today}); key(err) != "admin.err.cover_self" {
			t.Error(err)
		}
		if err := o.d.SetCover(ctx, o.Staff["supervisor"], org.Cover{ID: o.Gate.IDs.New(), AbsentID: o.Staff["other"], CoverID: cover.CoverID, From: today, Until: today}); key(err) != "admin.err.absent" {
			t.Errorf("names a stand-in for another office: %v", err)
		}
		o.Clock.Advance(24 * time.Hour)
		if o.sees(t, "mediator", c.ID) {
			t.Error("the stand-in goes on after the last day")
		}
	})
}

func TestBreakGlass(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, b *db.DB) {
		o := open(t, b)
		ctx := context.Background()
		c := o.Case(o.Person("Amina", "Testpour", "female", "1991-05-04", "PK"))
		const reason = "Taken to hospital in Thessaloniki, needs the contact"
		if o.sees(t, "other", c.ID) {
			t.Fatal("in scope before")
		}
		glass := o.Gate.IDs.New()
		for range 2 {
			id, err := o.d.BreakGlass(ctx, o.Staff["other"], glass, strings.ToLower(c.No), reason)
			if err != nil || id != c.ID {
				t.Fatal(id, err)
			}
		}
		if !o.sees(t, "other", c.ID) || o.sees(t, "mediator", c.ID) {
			t.Error("opened for the wrong person")
		}
		if got := o.Actions(c.ID); !slices.Contains(got, "glass.opened") || o.count("glass.opened") != 1 {
			t.Errorf("in the case's journal: %v", got)
		}
		if n := o.Count(`SELECT COUNT(*) FROM break_glass WHERE reason = $1`, []byte(reason)); n != 0 {
			t.Error("the reason is stored in clear")
		}
		o.Clock.Advance(2*time.Hour - time.Second)
		if !o.sees(t, "other", c.ID) {
			t.Error("closed too early")
		}
		o.Clock.Advance(time.Second)
		if o.sees(t, "other", c.ID) {
			t.Error("still open after two hours")
		}
		for _, x := range []struct{ who, no, reason, key string }{
			{"other", "GR-1999-000001", reason, "admin.err.no_case"}, {"other", c.No, "urgent", "admin.err.reason"}, {"other", "", reason, "admin.err.case_no"}, {"finance", c.No, reason, "fault.denied"},
		} {
			if _, err := o.d.BreakGlass(ctx, o.Staff[x.who], o.Gate.IDs.New(), x.no, x.reason); key(err) != x.key {
				t.Errorf("%+v: %v", x, err)
			}
		}
		if o.count("glass.no_case") != 1 {
			t.Error("a number that is no case's is not written down")
		}

		for _, x := range []struct{ who, id, verdict, note, key string }{
			{"supervisor", o.Gate.IDs.New(), Justified, "", "fault.not_found"}, {"admin", glass, "", "", "admin.err.verdict"}, {"admin", glass, Unjustified, " ", "admin.err.note"},
			{"supervisor", glass, Justified, "", "fault.not_found"}, // a reviewer of Athens; it was opened by Thessaloniki
			{"admin", glass, Unjustified, "The office in charge could be reached", ""}, {"manager", glass, Justified, "", "admin.err.reviewed"},
		} {
			if err := o.d.ReviewGlass(ctx, o.Staff[x.who], x.id, x.verdict, x.note); key(err) != x.key {
				t.Errorf("%+v: %v", x, err)
			}
		}
		// Nobody judges their own, even with the right to.
		if err := o.d.GiveRole(ctx, o.Staff["admin"], org.Held{StaffID: o.Staff["other"], Role: "supervisor"}, ""); err != nil {
			t.Fatal(err)
		}
		own := o.Gate.IDs.New()
		if _, err := o.d.BreakGlass(ctx, o.Staff["other"], own, c.No, reason); err != nil {
			t.Fatal(err)
		}
		if err := o.d.ReviewGlass(ctx, o.Staff["other"], own, Justified, ""); key(err) != "admin.err.own_glass" {
			t.Error(err)
		}
	})
}
