package programme_test

import (
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/packs"
)

func shipped(t testing.TB) *programme.Library {
	t.Helper()
	lib, err := programme.Load(packs.Files)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func catalogue(t testing.TB) *i18n.Catalogue {
	t.Helper()
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	if err := programme.Words(packs.Files, cat); err != nil {
		t.Fatal(err)
	}
	return cat
}

func printer(t testing.TB) *i18n.Printer { return catalogue(t).Printer("en") }

// conditions are the names that the other rooms answer for.
var conditions = []string{"consent.recorded", "counselling.session_held", "counselling.wishes_to_proceed", "counselling.fear_looked_at", "screening.done", "screening.due_diligence",
	"screening.child_gate", "eligibility.decided", "declaration.signed", "documents.complete", "clearance.given", "fitness.cleared", "travel.booked",
	"cash.settled", "travel.departed", "travel.arrived", "post_arrival.done", "reintegration.assessed", "reintegration.plan_approved",
	"reintegration.delivered", "monitoring.visited", "case.settled"}

func TestShippedPacksNameOnlyWhatExists(t *testing.T) {
	lib := shipped(t)
	for _, m := range programme.Check(lib, programme.Known{Conditions: conditions, Text: printer(t).Has}) {
		t.Error(m)
	}
	used := map[string]bool{}
	for _, p := range lib.All() {
		for _, s := range p.Stages {
			for _, c := range s.Requires {
				used[c] = true
			}
		}
	}
	for _, c := range conditions {
		if !used[c] {
			t.Errorf("no stage asks for %s", c)
		}
	}
}

func TestCheckNamesWhatNobodyKnows(t *testing.T) {
	lib := shipped(t)
	got := programme.Check(lib, programme.Known{Conditions: conditions[1:], Text: func(k string) bool { return k != "stage.vrd" }})
	if len(got) != 3 { // the condition in each of the two common ways, and the stage's name in the one that has it
		t.Fatalf("%d mistakes: %v", len(got), got)
	}
}

func TestExamplesComeTrue(t *testing.T) {
	ran := 0
	for _, p := range shipped(t).All() {
		ran += len(p.Examples)
		for _, f := range programme.RunExamples(p) {
			t.Errorf("%s %s: %s", p.Code, p.Version, f)
		}
	}
	if ran < 8 {
		t.Errorf("only %d examples ran", ran)
	}
}

func TestVersionInForce(t *testing.T) {
	lib := shipped(t)
	for code, versions := range map[string]map[string]string{
		"de-reag-garp":       {"2017-12-31": "2017.1", "2018-01-01": "", "2024-06-30": "", "2024-07-01": "2024.1", "2099-01-01": "2024.1"},
		"de-starthilfe-plus": {"2018-12-31": "2017.1", "2022-12-31": "", "2023-01-01": "2023.1", "2024-06-30": "2023.1", "2024-07-01": "2024.1"},
		"at-avrr":            {"2017-12-31": "2017.1", "2018-01-01": "", "2023-01-01": "2023.1", "2099-01-01": "2023.1"},
		"eurp":               {"2022-03-31": "", "2022-04-01": "2022.1", "2024-06-30": "2022.1", "2024-07-01": "2024.1"},
	} {
		for on, want := range versions {
			if p, err := lib.Current(code, day.MustParse(on)); (err == nil) != (want != "") || err == nil && p.Version != want {
				t.Errorf("%s %s: %v %v, want %q", code, on, p, err, want)
			}
		}
	}
	for on, want := range map[string]string{"2016-06-01": "2016.1", "2019-08-31": "2016.1", "2019-09-01": "2019.1", "2023-08-31": "2019.1", "2023-09-01": "2023.1", "2026-03-02": "2023.1", "2027-12-31": "2023.1", "2028-01-01": "", "2016-05-31": ""} {
		p, err := lib.Current("gr-avrr", day.MustParse(on))
		if want == "" {
			if err == nil {
				t.Errorf("%s: version %s, want none", on, p.Version)
			}
			continue
		}
		if err != nil || p.Version != want {
			t.Errorf("%s: %v %v, want %s", on, p, err, want)
		}
	}
}

// TestEveryCaseCanBeClosed walks from every stage to the last by allowed moves.
func TestEveryCaseCanBeClosed(t *testing.T) {
	for _, p := range shipped(t).All() {
		end := p.Stages[len(p.Stages)-1].Code
		for _, s := range p.Stages {
			at := s.Code
			for steps := 0; at != end; steps++ {
				next := p.Next(at)
				if len(next) == 0 || steps > len(p.Stages) {
					t.Fatalf("%s: a case in %s cannot be closed (stuck in %s)", p.Version, s.Code, at)
				}
				at = next[len(next)-1].Code
			}
			for _, f := range []string{s.Form} {
				if f != "" && p.Form(f) == nil {
					t.Errorf("%s: no form %s", p.Version, f)
				}
			}
		}
	}
}

// What is taken only where it is needed is offered when a case moves on, and the usual way is proposed.
func TestShippedPacksProposeTheUsualWay(t *testing.T) {
	lib := shipped(t)
	for _, p := range lib.All() {
		for _, s := range p.Stages {
			next, ok := p.Proposed(s.Code)
			if ok != (len(p.Next(s.Code)) > 0) || next.Aside {
				t.Errorf("%s %s: after %s it proposes %q", p.Code, p.Version, s.Code, next.Code)
			}
		}
	}
	p, err := lib.Current("gr-avrr", day.New(2026, 3, 2))
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{"CLEARANCE": "FIT_TO_TRAVEL", "MOVEMENT": "PREDEPARTURE_CASH", "DEPARTED": "ARRIVED", "POST_ARRIVAL": "REINT_COUNSELLING", "ASSESSMENT": "REINT_PLAN", "DELIVERY": "MONITORING", "MONITORING": "CLOSED"} {
		if got, _ := p.Proposed(from); got.Code != want {
			t.Errorf("after %s it proposes %s, not %s", from, got.Code, want)
		}
	}
	offered := false
	for _, s := range p.Next("MOVEMENT") {
		offered = offered || s.Code == "PEC"
	}
	if !offered {
		t.Error("the check before boarding is not offered any more")
	}
}
