package app_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/counselling"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/screening"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

// decisions reads every decision of every case.
func decisions(t *testing.T, h *house.House, each func(ctx context.Context, r *gate.R, c casefile.Case, dec decision.Decision) error) (n int) {
	t.Helper()
	ctx := context.Background()
	if err := h.App.Gate.Read(ctx, org.SystemID, casefile.PermView, func(ctx context.Context, r *gate.R) error {
		ids, err := db.All(ctx, r.Tx, db.Value[string], `SELECT id FROM casefile ORDER BY id`)
		if err != nil {
			return err
		}
		for _, id := range ids {
			c, err := casefile.ByID(ctx, r, id)
			if err != nil {
				return err
			}
			ds, err := decision.Decisions(ctx, r, id)
			if err != nil {
				return err
			}
			for _, dec := range ds {
				n++
				if err := each(ctx, r, c, dec); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestDemoIsExplainedAgain: every decision of an invented caseload is explained bit for bit as on its day, also when newer
// versions have come that would give more; and none of them is in doubt while nothing has changed.
func TestDemoIsExplainedAgain(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			h := house.Filled(t, engine, 24)
			ctx, room := context.Background(), h.App.Rooms.Decision
			then := map[string]string{}
			explain := func(ctx context.Context, r *gate.R, dec decision.Decision) string {
				x, same, err := room.Again(ctx, r, dec)
				if err != nil || !same {
					t.Errorf("%s of %s: explained otherwise (%v)", dec.Component, dec.CaseID, err)
				}
				text, err := json.Marshal(x)
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			}
			n := decisions(t, h, func(ctx context.Context, r *gate.R, _ casefile.Case, dec decision.Decision) error {
				then[dec.ID] = explain(ctx, r, dec)
				return nil
			})
			if n < 20 {
				t.Fatalf("only %d decisions in the demo", n)
			}
			if err := room.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			decisions(t, h, func(ctx context.Context, r *gate.R, c casefile.Case, dec decision.Decision) error {
				if dec.Doubt != nil {
					t.Errorf("%s of %s (%s) is in doubt: %+v", dec.Component, c.No, c.Stage, dec.Doubt)
				}
				return nil
			})
			current, err := h.App.Packs.Current("gr-avrr", day.MustParse("2026-03-01"))
			if err != nil {
				t.Fatal(err)
			}
			newer := *current
			newer.Version, newer.From = "2027.1", day.MustParse("2026-03-01")
			newer.Amounts = append(newer.Amounts, programme.Amount{Code: "late", Component: "cash", Per: "person", Modality: "cash", Retroactive: true, Tiers: []programme.Tier{{Amount: money.Of(100, "EUR")}}})
			*h.App.Packs = *programme.NewLibrary(append([]*programme.Pack{&newer}, h.App.Packs.All()...)...)
			decisions(t, h, func(ctx context.Context, r *gate.R, _ casefile.Case, dec decision.Decision) error {
				if now := explain(ctx, r, dec); now != then[dec.ID] {
					t.Errorf("%s of %s:\n then %s\n  now %s", dec.Component, dec.CaseID, then[dec.ID], now)
				}
				return nil
			})
			if err := room.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			inDoubt := 0
			decisions(t, h, func(ctx context.Context, r *gate.R, c casefile.Case, dec decision.Decision) error {
				if dec.Doubt != nil {
					inDoubt++
					if dec.Component != "cash" || c.State != casefile.Open || !strings.Contains(string(mustJSON(dec.Doubt)), "late") {
						t.Errorf("%s of a case that is %s: %+v", dec.Component, c.State, dec.Doubt)
					}
				}
				return nil
			})
			if inDoubt == 0 {
				t.Error("a newer version gives retroactively, and nobody is told")
			}
		})
	}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// TestRoomsAskForAnotherLook: what screening and counselling learn after a decision reaches it through the queue of the
// running program, and the case page says why; so does a version that is new here.
func TestRoomsAskForAnotherLook(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		ctx, r := context.Background(), &h.App.Rooms
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		caseID, personID := family(t, h)
		me := h.Staff["counsellor"]
		if n := jobs(t, h, decision.JobSweep); n != 1 {
			t.Errorf("%d sweeps after the first versions came", n)
		}
		talk := func(outcome string) {
			t.Helper()
			must(r.Talks.Hold(ctx, me, counselling.Session{ID: h.App.Gate.IDs.New(), CaseID: caseID, Type: counselling.Information, Kind: counselling.Individual, Place: "office", StartedAt: h.Clock.Now().Add(-time.Hour), Minutes: 30,
				CounsellorID: me, InterpreterWay: counselling.NoInterpreter, Language: "en", StaffLanguage: "en", Topics: []string{"programme"}, Present: []string{personID},
				Explained: []string{counselling.OptAsylum, counselling.OptStay, counselling.OptReturn, counselling.OptThink, counselling.OptChange}, Outcome: outcome, Words: counselling.Words{Motives: []string{"family"}, Afraid: "no", Plan: "family"}}, ""))
			h.Clock.Advance(time.Minute)
		}
		screen := func(categories ...string) {
			t.Helper()
			outcome := screening.None
			if len(categories) > 0 {
				outcome = screening.Monitor
			}
			on := day.Of(h.Clock.Now(), time.UTC)
			must(r.Screening.Screen(ctx, me, screening.Screening{ID: h.App.Gate.IDs.New(), CaseID: caseID, PersonID: personID, On: on, ValidUntil: on.AddDays(90), Categories: categories, Outcome: outcome}))
			h.Clock.Advance(time.Minute)
		}
		decide := func(component, what string) {
			t.Helper()
			_, err := r.Decision.Decide(ctx, me, decision.Deciding{ID: h.App.Gate.IDs.New(), CaseID: caseID, Component: component, Decision: what, Reason: "as proposed"})
			must(err)
		}
		page := func(want ...string) {
			t.Helper()
			for _, path := range []string{"", "/tasks"} {
				a := h.As("counsellor").Get("/cases/" + caseID + path)
				for _, w := range want {
					if !strings.Contains(a.Body, w) {
						t.Errorf("the page %q says nothing of %q", path, w)
					}
				}
			}
		}
		_, err := r.Cases.SubmitForm(ctx, me, casefile.Submission{ID: h.App.Gate.IDs.New(), CaseID: caseID, PersonID: personID, Form: "registration_extras", Lang: "en", Say: h.App.Cat.Printer("en").T,
			Answers: map[string][]string{"zone": {"mainland"}, "accommodation": {"own"}, "legal_status": {"no_right_to_stay"}, "previous_assistance": {"no"}, "heard": {"ngo"}}})
		must(err)
		talk(counselling.Proceed)
		screen()
		decide("return", "eligible")
		decide("accommodation", "not")
		if n := tasks(t, h, caseID) + jobs(t, h, casefile.JobLookAgain); n != 0 {
			t.Fatalf("%d tasks and jobs before anything changed", n)
		}
		screen("homeless")
		h.Work(casefile.JobLookAgain)
		page("Place in the open centre: on 02/03/2026", "Stood in the way then: Is vulnerable or has nowhere to stay")
		talk("considering")
		h.Work(casefile.JobLookAgain)
		page("Journey home: on 02/03/2026", "it would now be “Not clear yet”")
		if n := tasks(t, h, caseID); n != 1 {
			t.Errorf("%d tasks", n)
		}
	})
}

func tasks(t *testing.T, h *house.House, caseID string) int64 {
	return howMany(t, h, `SELECT COUNT(*) FROM task WHERE case_id = $1 AND code = 'check_eligibility' AND done_at = ''`, caseID)
}

func jobs(t *testing.T, h *house.House, kind string) int64 {
	return howMany(t, h, `SELECT COUNT(*) FROM job WHERE kind = $1 AND state = $2`, kind, queue.Ready)
}

func howMany(t *testing.T, h *house.House, q string, args ...any) (n int64) {
	t.Helper()
	if err := h.App.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = db.One(ctx, tx, db.Value[int64], q, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
