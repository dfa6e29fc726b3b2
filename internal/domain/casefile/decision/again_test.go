package decision_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
)

// doubted is an office with a family about whom the journey, the cash and a plan were decided.
type doubted struct {
	*world.World
	t      *testing.T
	d      *decision.Domain
	c      casefile.Case
	family []string
}

func clause(id, key, when string) programme.Clause {
	c := world.Clause(id, when)
	c.Key = key
	return c
}

func sums(n int64, currency string) []programme.Tier {
	return []programme.Tier{{Amount: money.Of(n, currency)}}
}

func newDoubted(t *testing.T, e *db.DB) *doubted {
	w, d := room(t, e)
	p := w.Packs.All()[0]
	p.Hash = "one"
	p.Forms = []*programme.Form{{Code: "registration", Per: "person", Fields: []programme.FormField{{ID: "s", Type: programme.TypeChoice, LabelKey: "x", Fact: "legal_status",
		Options: []programme.FormOption{{Value: "protection", LabelKey: "y"}, {Value: "eu_citizen", LabelKey: "y"}}}}}}
	p.Components = []programme.Component{
		{Code: "return", Clauses: []programme.Clause{clause("served", "eligibility.clause.country_served", `return_country != "SY"`), clause("status", "eligibility.clause.legal_status", `legal_status != "eu_citizen"`)}},
		{Code: "cash", Clauses: []programme.Clause{clause("grown", "eligibility.clause.voluntary", "age >= 18"), clause("few", "eligibility.clause.sustainable", "children < 3")}},
		{Code: "reintegration", Conditional: "eligibility.reintegration.selection", Clauses: []programme.Clause{clause("declared", "eligibility.clause.voluntary", "declaration_signed")}},
	}
	p.Amounts = []programme.Amount{{Code: "cash_mainland", Component: "cash", Per: "person", Modality: "cash", Tiers: []programme.Tier{
		{Clause: world.Clause("adult", "age >= 18"), Amount: money.Of(100_000, "EUR")}, {Clause: world.Clause("child", "age < 18"), Amount: money.Of(50_000, "EUR")}}}}
	w.Persons.Changed = casefile.LookAgainAt
	o := &doubted{World: w, t: t, d: d}
	o.c, o.family = w.Family()
	o.status("protection")
	for _, k := range []string{"return", "cash", "reintegration"} {
		o.decide(k, "eligible")
	}
	must(t, d.Second(ctx, w.Staff["second"], o.c.ID, o.standing("reintegration").ID, true))
	o.look()
	if got := o.doubts(); len(got) != 0 {
		t.Fatalf("in doubt from the start: %v", got)
	}
	return o
}

func (o *doubted) status(s string) {
	o.t.Helper()
	_, err := o.Cases.SubmitForm(ctx, o.Staff["counsellor"], casefile.Submission{CaseID: o.c.ID, PersonID: o.c.PrincipalID, Form: "registration", Lang: "en", Answers: map[string][]string{"s": {s}}, Say: func(k string, _ ...any) string { return k }})
	must(o.t, err)
}

func (o *doubted) decide(component, what string) decision.Decision {
	o.t.Helper()
	dec, err := o.d.Decide(ctx, o.Staff["supervisor"], decision.Deciding{ID: o.Gate.IDs.New(), CaseID: o.c.ID, Component: component, Decision: what, Reason: "I have met them"})
	must(o.t, err)
	return dec
}

func (o *doubted) read(fn func(ctx context.Context, r *gate.R) error) {
	o.t.Helper()
	must(o.t, o.Gate.Read(ctx, o.Staff["manager"], casefile.PermView, fn))
}

func (o *doubted) standing(component string) (dec decision.Decision) {
	o.t.Helper()
	o.read(func(ctx context.Context, r *gate.R) error {
		ds, err := decision.Decisions(ctx, r, o.c.ID)
		for _, x := range ds {
			if x.Component == component && x.SupersededBy == "" {
				dec = x
			}
		}
		return err
	})
	return dec
}

// look does the jobs that wait, as the worker would.
func (o *doubted) look() int {
	o.t.Helper()
	var waiting []queue.Task
	must(o.t, o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		waiting, err = queue.List(ctx, tx, queue.Ready, "", 1000)
		return err
	}))
	n := 0
	for _, x := range waiting {
		if x.Kind == casefile.JobLookAgain {
			must(o.t, o.d.LookAgain(ctx, x))
			n++
		}
	}
	must(o.t, o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM job WHERE kind = $1`, casefile.JobLookAgain)
		return err
	}))
	return n
}

// doubts are what the case page says beside the task, and nothing when there is no such task.
func (o *doubted) doubts() (lines []string) {
	o.t.Helper()
	cat, err := i18n.Load(locales.Files)
	must(o.t, err)
	o.read(func(ctx context.Context, r *gate.R) error {
		lines, err = decision.Doubts(ctx, r, cat.Printer("en"), o.c.ID)
		return err
	})
	if n := o.tasks(); (n == 1) != (len(lines) > 0) || n > 1 {
		o.t.Fatalf("%d tasks, reasons %v", n, lines)
	}
	return lines
}

func (o *doubted) tasks() int64 {
	return o.Count(`SELECT COUNT(*) FROM task WHERE case_id = $1 AND code = 'check_eligibility' AND done_at = ''`, o.c.ID)
}

// byForce changes the case's row as rooms above do.
func (o *doubted) byForce(change func(c *casefile.Case)) {
	o.t.Helper()
	must(o.t, o.Gate.Write(ctx, org.SystemID, casefile.PermMove, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, o.c.ID)
		if err != nil {
			return err
		}
		change(&c)
		if err := casefile.Save(ctx, w, &c); err != nil {
			return err
		}
		return casefile.Record(ctx, w, c, journal.Entry{Action: "case.edited"})
	}))
}

// addVersion puts a newer version into the library, in force from a day on.
func (o *doubted) addVersion(version string, from day.Date, change func(p *programme.Pack)) {
	old := o.Packs.All()
	p := *old[0]
	p.Version, p.From, p.Hash = version, from, version
	change(&p)
	*o.Packs = *programme.NewLibrary(append(slices.Clone(old), &p)...)
}

// TestEveryCauseLeavesATask: whatever changes what would be proposed leaves one task with the reason in words, takes no
// decision, and the task goes with a new decision or when the cause is gone.
func TestEveryCauseLeavesATask(t *testing.T) {
	correct := func(o *doubted, personID, born string) {
		o.t.Helper()
		var p person.Person
		o.read(func(ctx context.Context, r *gate.R) (err error) {
			p, err = o.Persons.ByID(ctx, r, personID)
			return err
		})
		p.BirthDate = day.MustParse(born)
		_, err := o.Persons.Correct(ctx, o.Staff["counsellor"], person.Correction{Person: p, Rev: p.Revision})
		must(o.t, err)
	}
	for _, c := range []struct {
		name  string
		cause func(o *doubted)
		queue bool // the cause itself asks for another look
		again string
		want  []string
	}{
		{"a form", func(o *doubted) { o.status("eu_citizen") }, true, "return",
			[]string{"Journey home: on 02/03/2026 09:00 the proposal was “Eligible”, it would now be “Not eligible”.", "Not met: Is not an EU citizen, and has applied for asylum, has protection or a permit, or has no right to stay."}},
		{"the country of return", func(o *doubted) {
			must(o.t, o.Cases.SetReturnCountry(ctx, o.Staff["counsellor"], o.c.ID, "SY"))
		}, true, "return", []string{"Journey home: on", "Not met: The country of return is one the programme serves at present."}},
		{"the household", func(o *doubted) {
			must(o.t, o.Cases.AddMember(ctx, o.Staff["counsellor"], o.c.ID, o.Person("Noor", "Testpour", "female", "2024-01-01", "PK"), "child", true))
		}, true, "cash", []string{"Cash at departure: on", "Not met: Is vulnerable, or has work experience or skills that carry a plan."}},
		{"an age, so an amount", func(o *doubted) { correct(o, o.family[3], "2007-01-17") }, true, "cash", []string{"Cash at departure, mainland, Bilal Testpour: EUR 500.00 on 02/03/2026 09:00; it would now be EUR 1,000.00"}},
		{"the day of departure, so an age on it", func(o *doubted) {
			o.byForce(func(c *casefile.Case) { c.DepartsOn = day.MustParse("2037-02-01") })
		}, true, "cash", []string{"Cash at departure, mainland, Bilal Testpour: EUR 500.00 on 02/03/2026 09:00; it would now be EUR 1,000.00"}},
		{"a declaration", func(o *doubted) {
			o.d.Counselled = func(context.Context, *gate.R, string) (bool, error) { return true, nil }
			for i, m := range o.family {
				s := decision.Declaration{CaseID: o.c.ID, PersonID: m, Language: "en", Method: "signature", SignedOn: day.MustParse("2026-03-02")}
				if i > 1 {
					s.GuardianID = o.family[0]
				}
				_, err := o.d.Sign(ctx, o.Staff["counsellor"], s)
				must(o.t, err)
			}
			// It was granted before anybody had signed, and the rules have come round to it: there is nothing to look at. Once
			// it is granted on a proposal that says so, a declaration taken back is.
			if o.look() == 0 || len(o.doubts()) != 0 {
				o.t.Errorf("the rules say what was decided, and %v", o.doubts())
			}
			o.decide("reintegration", "eligible")
			var all []decision.Declaration
			o.read(func(ctx context.Context, r *gate.R) (err error) {
				all, err = decision.Declarations(ctx, r, o.c.ID)
				return err
			})
			must(o.t, o.d.Revoke(ctx, o.Staff["counsellor"], o.c.ID, all[0].ID))
		}, true, "reintegration", []string{"Help in kind after return: on", "Not met: Wants to return of their own will."}},
		{"another version for the case", func(o *doubted) {
			o.addVersion("2", day.MustParse("2026-01-01"), func(p *programme.Pack) {
				p.Components = []programme.Component{p.Components[0], {Code: "cash", Clauses: []programme.Clause{clause("old", "eligibility.clause.skills", "age >= 65")}}, p.Components[2]}
			})
			o.byForce(func(c *casefile.Case) { c.PackVersion = "2" })
		}, true, "cash", []string{"Cash at departure: on", "Rules of programme version 2", "Not met: Has skills that carry the plan."}},
		{"a newer version that gives more for what was", func(o *doubted) {
			o.addVersion("2", day.MustParse("2026-01-01"), func(p *programme.Pack) {
				p.Amounts = append(slices.Clone(p.Amounts), programme.Amount{Code: "cash_island", Component: "cash", Per: "case", Modality: "cash", Retroactive: true, Tiers: sums(7_000, "EUR")})
			})
		}, false, "cash", []string{"Cash at departure, islands: EUR 0.00 on 02/03/2026 09:00; it would now be EUR 70.00"}},
		{"a birthday", func(o *doubted) { o.Clock.Set(world.Start.AddDate(12, 0, 0)) }, false, "cash", []string{"Cash at departure, mainland, Bilal Testpour: EUR 500.00 on"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, e *db.DB) {
				o := newDoubted(t, e)
				c.cause(o)
				if n := o.look(); (n > 0) != c.queue || n > 1 {
					t.Errorf("%d jobs were left by the cause", n)
				}
				for range 2 { // and it is told once, however often somebody looks
					must(t, o.d.Sweep(ctx))
				}
				got := o.doubts()
				for _, w := range c.want {
					if !slices.ContainsFunc(got, func(l string) bool { return strings.Contains(l, w) }) {
						t.Errorf("nobody says %q:\n%s", w, strings.Join(got, "\n"))
					}
				}
				told := 0
				for _, a := range o.Actions(o.c.ID) {
					if a == "eligibility.in_doubt" {
						told++
					}
				}
				if want := int(o.Count(`SELECT COUNT(*) FROM eligibility_decision WHERE doubt IS NOT NULL AND superseded_by = ''`)); told != want || want == 0 {
					t.Errorf("%d entries for %d decisions in doubt", told, want)
				}
				for _, k := range []string{"return", "cash", "reintegration"} {
					if dec := o.standing(k); dec.Decision != "eligible" || dec.By != o.Staff["supervisor"] {
						t.Fatalf("%s was decided by itself: %+v", k, dec)
					}
				}
				// Somebody ends the task without deciding: it does not come back by itself.
				var id string
				o.read(func(ctx context.Context, r *gate.R) error {
					ts, err := casefile.OpenTasks(ctx, r, o.c.ID)
					for _, x := range ts {
						if x.Code == decision.TaskLook {
							id = x.ID
						}
					}
					return err
				})
				must(t, o.Cases.FinishTaskByID(ctx, o.Staff["supervisor"], o.c.ID, id))
				must(t, o.d.Sweep(ctx))
				if n := o.tasks(); n != 0 {
					t.Error("the task came back though nothing is new")
				}
				must(t, o.Cases.ReopenTask(ctx, o.Staff["supervisor"], o.c.ID, id))
				// The new decision ends it.
				for _, k := range []string{"return", "cash", "reintegration"} {
					if o.standing(k).Doubt != nil {
						o.decide(k, "eligible")
					}
				}
				o.look()
				must(t, o.d.Sweep(ctx))
				if got := o.doubts(); len(got) != 0 {
					t.Errorf("after the new decision: %v", got)
				}
			})
		})
	}
}

// TestTheCauseIsGone: what was put right needs nobody to look again.
func TestTheCauseIsGone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *db.DB) {
		o := newDoubted(t, e)
		for _, country := range []string{"SY", "PK"} {
			must(t, o.Cases.SetReturnCountry(ctx, o.Staff["counsellor"], o.c.ID, country))
			o.look()
		}
		if got := o.doubts(); len(got) != 0 || !slices.Contains(o.Actions(o.c.ID), "eligibility.doubt_gone") {
			t.Errorf("still in doubt: %v", got)
		}
		// A case that ends meanwhile is left alone, and one that nobody decided about is not looked at.
		must(t, o.Cases.SetReturnCountry(ctx, o.Staff["counsellor"], o.c.ID, "SY"))
		_, err := o.Cases.Withdraw(ctx, o.Staff["counsellor"], o.c.ID, "")
		must(t, err)
		o.look()
		if got := o.doubts(); len(got) != 0 {
			t.Errorf("a withdrawn case is in doubt: %v", got)
		}
		other := o.Case(o.Person("Zoi", "Testpour", "female", "1999-01-01", "PK"))
		must(t, o.Cases.SetReturnCountry(ctx, o.Staff["counsellor"], other.ID, "SY"))
		if n := o.look(); n != 0 {
			t.Errorf("%d looks at a case about which nothing was decided", n)
		}
	})
}

// TestExplainedAgain: years later, and with newer versions in the library that would give more, a decision is explained as
// it was when it was taken, byte for byte; and a version whose content was changed is found out.
func TestExplainedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *db.DB) {
		o := newDoubted(t, e)
		p := o.Packs.All()[0]
		p.Quotas = []programme.Quota{{Code: "first", Seats: 1}}
		p.Amounts = append(p.Amounts, programme.Amount{Code: "cash_island", Component: "cash", Per: "person", Modality: "cash", Quota: "first", Tiers: sums(5_000, "EUR")})
		o.decide("cash", "not")
		cash := o.standing("cash")
		explain := func(dec decision.Decision) (string, bool) {
			t.Helper()
			var x programme.Explanation
			var same bool
			o.read(func(ctx context.Context, r *gate.R) (err error) {
				x, same, err = o.d.Again(ctx, r, dec)
				return err
			})
			text, err := json.Marshal(x)
			must(t, err)
			return string(text), same
		}
		then, same := explain(cash)
		if !same || !strings.Contains(then, `"quota":"first"`) || !strings.Contains(then, o.family[3]) {
			t.Fatalf("on the day itself: %v %s", same, then)
		}
		// Facts change, time passes, places are taken, and a newer version gives retroactively what this one did not know.
		o.status("eu_citizen")
		must(t, o.Cases.RemoveMember(ctx, o.Staff["counsellor"], o.c.ID, o.family[3], "stays"))
		o.Clock.Set(world.Start.AddDate(9, 0, 0))
		must(t, e.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO quota_seat (id, programme, quota, seat, case_id, taken_at, taken_by) VALUES ('x','test','first',1,'other','2026','x')`)
			return err
		}))
		o.addVersion("2", day.MustParse("2027-01-01"), func(p *programme.Pack) {
			p.Amounts = append(slices.Clone(p.Amounts), programme.Amount{Code: "late", Component: "cash", Per: "case", Modality: "cash", Retroactive: true, Tiers: sums(7_000, "EUR")})
		})
		now, same := explain(o.standing("cash"))
		if !same || now != then {
			t.Errorf("years later (%v):\n then %s\n  now %s", same, then, now)
		}
		for _, k := range []string{"return", "reintegration"} {
			if _, same := explain(o.standing(k)); same { // these were taken before the amount was added by hand above: the content is another
				t.Errorf("%s: a version that was changed behind the program's back explains the same", k)
			}
		}
		p.Components[1].Clauses[0] = clause("grown", "eligibility.clause.voluntary", "age >= 21")
		if _, same := explain(o.standing("cash")); same {
			t.Error("another rule, and the same explanation")
		}
	})
}
