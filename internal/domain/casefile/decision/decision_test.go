package decision_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
)

var ctx = context.Background()

func room(t *testing.T, d *db.DB) (*world.World, *decision.Domain) {
	w := world.New(t, d)
	w.Packs.All()[0].Components = []programme.Component{
		{Code: "return", Clauses: []programme.Clause{world.Clause("adult", "age >= 18")}},
		{Code: "cash", Clauses: []programme.Clause{world.Clause("willing", "voluntary")}},
	}
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	return w, &decision.Domain{Cases: w.Cases, Printer: cat.Printer}
}

func refused(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	f := fault.Of(err)
	if err == nil || f.Kind != kind || key != "" && f.Key != key && !slices.ContainsFunc(f.Fields, func(p fault.Field) bool { return p.Key == key }) {
		t.Fatalf("got %v, want %s %s", err, kind, key)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func missing(t *testing.T, w *world.World, d *decision.Domain, cond, caseID string) (keys []string) {
	t.Helper()
	must(t, w.Gate.Read(ctx, w.Staff["counsellor"], casefile.PermView, func(ctx context.Context, r *gate.R) error {
		c, err := casefile.ByID(ctx, r, caseID)
		if err != nil {
			return err
		}
		un, err := d.Conditions()[cond](ctx, r, c)
		for _, u := range un {
			keys = append(keys, u.Key)
		}
		return err
	}))
	return keys
}

func TestEligibility(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *db.DB) {
		w, d := room(t, e)
		me, boss := w.Staff["counsellor"], w.Staff["supervisor"]
		c, _ := w.Family()
		if got := missing(t, w, d, "eligibility.decided", c.ID); !slices.Equal(got, []string{"decision.missing.return", "decision.missing.cash"}) {
			t.Fatalf("missing %v", got)
		}
		in := decision.Deciding{ID: w.Gate.IDs.New(), CaseID: c.ID, Component: "return", Decision: "eligible"}
		_, err := d.Decide(ctx, w.Staff["other"], in)
		refused(t, err, fault.NotFound, "")
		_, err = d.Decide(ctx, w.Staff["centre"], in)
		refused(t, err, fault.Denied, "")
		got, err := d.Decide(ctx, me, in)
		must(t, err)
		if got.Proposal != "eligible" || got.SecondNeeded || got.Facts["age"][0] != "34" {
			t.Fatalf("%+v", got)
		}
		_, err = d.Decide(ctx, me, in)
		must(t, err)
		if n := w.Count(`SELECT COUNT(*) FROM eligibility_decision`); n != 1 {
			t.Fatalf("%d decisions after a double click", n)
		}
		// A fact is missing: deciding all the same needs a reason and a second person.
		w.Packs.All()[0].Forms = []*programme.Form{{Code: "closure", Per: "person", Fields: []programme.FormField{{ID: "m", Type: programme.TypeChoice, LabelKey: "x", Fact: "means", Options: []programme.FormOption{{Value: "none", LabelKey: "y"}}}}}}
		_, err = w.Cases.SubmitForm(ctx, me, casefile.Submission{CaseID: c.ID, PersonID: c.PrincipalID, Form: "closure", Lang: "en", Answers: map[string][]string{"m": {"none"}}, Say: func(k string, _ ...any) string { return k }})
		must(t, err)
		cash := decision.Deciding{ID: w.Gate.IDs.New(), CaseID: c.ID, Component: "cash", Decision: "eligible"}
		_, err = d.Decide(ctx, boss, cash)
		refused(t, err, fault.Invalid, "decision.err.reason")
		cash.Reason = "she told me in her own words"
		got, err = d.Decide(ctx, boss, cash)
		must(t, err)
		if !got.SecondNeeded || got.Proposal != "unknown" || !slices.Equal(got.Facts["means"], []string{"none"}) {
			t.Fatalf("%+v", got)
		}
		if got := missing(t, w, d, "eligibility.decided", c.ID); !slices.Equal(got, []string{"decision.missing.second"}) {
			t.Fatalf("missing %v", got)
		}
		refused(t, d.Second(ctx, boss, c.ID, cash.ID, true), fault.Conflict, "decision.err.own")
		refused(t, d.Second(ctx, me, c.ID, cash.ID, true), fault.Denied, "")
		must(t, d.Second(ctx, w.Staff["second"], c.ID, cash.ID, false))
		refused(t, d.Second(ctx, w.Staff["second"], c.ID, cash.ID, true), fault.Conflict, "decision.err.no_second")
		if got := missing(t, w, d, "eligibility.decided", c.ID); !slices.Equal(got, []string{"decision.missing.cash"}) {
			t.Fatalf("missing %v", got)
		}
		cash.ID = w.Gate.IDs.New()
		_, err = d.Decide(ctx, boss, cash)
		must(t, err)
		must(t, d.Second(ctx, w.Staff["second"], c.ID, cash.ID, true))
		if got := missing(t, w, d, "eligibility.decided", c.ID); len(got) != 0 {
			t.Fatalf("missing %v", got)
		}
		in.ID, in.Decision, in.Reason = w.Gate.IDs.New(), "not", "returned with us last year"
		_, err = d.Decide(ctx, boss, in)
		must(t, err)
		must(t, d.Second(ctx, w.Staff["second"], c.ID, in.ID, true))
		if got := missing(t, w, d, "eligibility.decided", c.ID); !slices.Equal(got, []string{"decision.missing.not_eligible"}) {
			t.Fatalf("missing %v", got)
		}
		for _, col := range []string{"facts", "trace", "reason"} {
			if n := w.Count(`SELECT COUNT(*) FROM eligibility_decision WHERE ` + col + ` IS NOT NULL AND LENGTH(` + col + `) < 29`); n != 0 {
				t.Fatalf("%s is not sealed", col)
			}
		}
	})
}

func TestDeclaration(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *db.DB) {
		w, d := room(t, e)
		me := w.Staff["counsellor"]
		c, people := w.Family()
		today := day.Of(w.Clock.Now(), time.UTC)
		in := decision.Declaration{ID: w.Gate.IDs.New(), CaseID: c.ID, PersonID: people[0], Language: "fa", Method: "signature", SignedOn: today}
		_, err := d.Sign(ctx, me, in)
		refused(t, err, fault.Conflict, "decision.err.not_counselled")
		d.Counselled = func(context.Context, *gate.R, string) (bool, error) { return true, nil }
		for change, key := range map[string]string{"language": "decision.err.language", "method": "decision.err.method", "witness": "decision.err.witness", "future": "decision.err.signed_on", "past": "decision.err.signed_on", "guardian": "decision.err.no_guardian", "paper": "decision.err.attachment", "person": "decision.err.person"} {
			bad := in
			switch change {
			case "language":
				bad.Language = "xx"
			case "method":
				bad.Method = "nod"
			case "witness":
				bad.Method = "thumbprint"
			case "future":
				bad.SignedOn = today.AddDays(1)
			case "past":
				bad.SignedOn = today.AddDays(-1)
			case "guardian":
				bad.GuardianID = people[1]
			case "paper":
				bad.Method = "paper"
			case "person":
				bad.PersonID = w.Person("Not", "Here", "male", "1990-01-01", "PK")
			}
			_, err := d.Sign(ctx, me, bad)
			refused(t, err, fault.Invalid, key)
		}
		_, err = d.Sign(ctx, w.Staff["other"], in)
		refused(t, err, fault.NotFound, "")
		got, err := d.Sign(ctx, me, in)
		must(t, err)
		if !strings.Contains(got.Text, "Amina") {
			t.Fatalf("text: %q", got.Text)
		}
		_, err = d.Sign(ctx, me, in)
		must(t, err)
		twice := in
		twice.ID = w.Gate.IDs.New()
		_, err = d.Sign(ctx, me, twice)
		refused(t, err, fault.Conflict, "decision.err.signed_already")
		in.ID, in.PersonID = w.Gate.IDs.New(), people[1]
		_, err = d.Sign(ctx, me, in)
		must(t, err)
		child := in
		child.ID, child.PersonID = w.Gate.IDs.New(), people[2]
		_, err = d.Sign(ctx, me, child)
		refused(t, err, fault.Invalid, "decision.err.guardian_missing")
		child.GuardianID = people[3] // a child is nobody's guardian
		_, err = d.Sign(ctx, me, child)
		refused(t, err, fault.Invalid, "decision.err.guardian")
		child.GuardianID = people[0]
		_, err = d.Sign(ctx, me, child)
		must(t, err)
		if got := missing(t, w, d, "declaration.signed", c.ID); !slices.Equal(got, []string{"decision.missing.declaration_child"}) {
			t.Fatalf("missing %v", got)
		}
		child.ID, child.PersonID = w.Gate.IDs.New(), people[3]
		_, err = d.Sign(ctx, me, child)
		must(t, err)
		if got := missing(t, w, d, "declaration.signed", c.ID); len(got) != 0 {
			t.Fatalf("missing %v", got)
		}
		must(t, d.Revoke(ctx, me, c.ID, child.ID))
		if got := missing(t, w, d, "declaration.signed", c.ID); len(got) != 1 {
			t.Fatalf("after revoking, missing %v", got)
		}
		w.Cases.OnWithdraw = []casefile.Reaction{d.OnWithdraw}
		freed, err := w.Cases.Withdraw(ctx, me, c.ID, "")
		must(t, err)
		if !slices.Contains(freed, "decision.freed.declaration") || w.Count(`SELECT COUNT(*) FROM declaration WHERE revoked_at = ''`) != 0 {
			t.Fatalf("a withdrawal leaves declarations standing: %v", freed)
		}
	})
}
