package selection_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	. "github.com/nostos-avrr/nostos/internal/domain/selection"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

func TestScope(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := seat(t, d)
		hidden := x.who("Hidden", "vsU")
		x.who("Seen", "vSU")
		x.must(x.Cases.Classify(ctx, x.Staff["manager"], hidden.ID, nil, "trafficking", "As she asked"))
		r, err := x.room.OpenRound(ctx, x.Staff["manager"], Opening{ID: x.Gate.IDs.New(), Programme: "test", On: today, Budget: 150_000, Places: 1})
		x.must(err)
		x.round = r
		s := x.sheet("supervisor")
		if e := s.Entry(hidden.ID); s.Unseen() != 1 || e.Seen || e.Latin != "" {
			t.Errorf("the supervisor sees %+v", e)
		}
		if p := s.Place(x.cases["Seen"].ID); p.Place != 2 || p.Proposal != Behind {
			t.Errorf("the hidden one holds no place: %+v", p)
		}
		if _, ok := s.Neighbour(s.Place(x.cases["Seen"].ID), -1); ok {
			t.Error("the hidden one is a neighbour")
		}
		x.must(x.Gate.Read(ctx, x.Staff["supervisor"], PermView, func(ctx context.Context, r *gate.R) error {
			_, err := s.Detail(ctx, r, hidden.ID)
			x.refused(err, fault.NotFound, "", "fault.not_found")
			shares, err := s.Shares(ctx, r)
			if shares.Nationality["PK"].Pool != 1 {
				t.Errorf("counted among the figures: %+v", shares)
			}
			return err
		}))
		x.refused(x.decide("Hidden", Chosen, ""), fault.NotFound, "", "fault.not_found")
		var out bytes.Buffer
		x.must(x.room.Export(ctx, x.Staff["supervisor"], r.ID, "csv", &out))
		if strings.Contains(out.String(), hidden.No) {
			t.Error("taken out as a file")
		}
		// Another office finds no round at all, whatever it asks for.
		for _, as := range []string{"other"} {
			err := x.Gate.Read(ctx, x.Staff[as], PermView, func(ctx context.Context, r *gate.R) error {
				if ls, err := Rounds(ctx, r); err != nil || len(ls) != 0 {
					t.Errorf("lists %d rounds, %v", len(ls), err)
				}
				_, err := x.room.Sheet(ctx, r, x.round.ID)
				return err
			})
			x.refused(err, fault.NotFound, "", "fault.not_found")
		}
		if x.journal("access.refused") == 0 {
			t.Error("nobody noted the attempt")
		}
		// What was decided about the hidden case is carried out though the one who closes does not see it.
		x.must(x.room.Decide(ctx, x.Staff["manager"], Deciding{RoundID: r.ID, CaseID: hidden.ID, Outcome: Chosen, Members: []string{x.Staff["manager"], x.Staff["protection"]}}))
		x.must(x.decide("Seen", Waiting, ""))
		x.must(x.room.Close(ctx, x.Staff["supervisor"], r.ID))
		if n := x.Count(`SELECT COUNT(*) FROM eligibility_decision WHERE case_id = $1 AND decision = 'eligible'`, hidden.ID); n != 1 {
			t.Errorf("%d decisions", n)
		}
	})
}

// What the pages ask for.
func TestLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := seat(t, d)
		x.who("A", "vsU")
		x.who("B", "vSU")
		x.who("C", "VSU")
		x.who("D", "VSU")
		x.who("Asked", "VU")
		x.open(1, 0)
		x.must(x.room.Decide(ctx, x.Staff["supervisor"], Deciding{RoundID: x.round.ID, CaseID: x.cases["A"].ID, Outcome: Waiting, Reason: "Tomorrow", Members: []string{x.Staff["manager"], x.Staff["second"]}}))
		x.must(x.decide("A", Chosen, ""))
		x.must(x.decide("C", NotChosen, "Has help from a brother"))
		s := x.sheet("supervisor")
		if s.Undecided() != 3 || s.Behind() != 3 {
			t.Errorf("%d undecided, %d behind", s.Undecided(), s.Behind())
		}
		_, err := x.room.WaitRest(ctx, x.Staff["supervisor"], x.round.ID, []string{x.Staff["manager"]})
		x.refused(err, fault.Invalid, "members", "selection.err.members")
		both := []string{x.Staff["supervisor"], x.Staff["manager"]}
		n, err := x.room.WaitRest(ctx, x.Staff["supervisor"], x.round.ID, both)
		x.must(err)
		if n != 3 || x.journal("selection.decided") != 6 {
			t.Errorf("%d wait", n)
		}
		_, err = x.room.WaitRest(ctx, x.Staff["supervisor"], x.round.ID, both)
		x.refused(err, fault.Conflict, "", "selection.err.no_rest")
		x.must(x.room.Close(ctx, x.Staff["supervisor"], x.round.ID))
		x.must(x.Gate.Read(ctx, x.Staff["supervisor"], PermView, func(ctx context.Context, r *gate.R) error {
			ls, err := Rounds(ctx, r)
			if err != nil || len(ls) != 1 || ls[0].Cases != 5 || ls[0].Chosen != 1 || ls[0].Waiting != 3 || ls[0].NotChosen != 1 || ls[0].State != Closed {
				t.Errorf("%+v %v", ls, err)
			}
			given, err := Given(ctx, r, "test", "reintegration", "2026-01-01")
			later, e := Given(ctx, r, "test", "reintegration", "2026-04-01")
			if given != 1 || later != 0 || err != nil || e != nil {
				t.Errorf("%d and %d places given: %v %v", given, later, err, e)
			}
			who, err := LastCommittee(ctx, r, x.round.ID)
			if err != nil || len(who) != 2 {
				t.Errorf("%v sat last: %v", who, err)
			}
			s, err := x.room.Sheet(ctx, r, x.round.ID)
			if err != nil {
				return err
			}
			if p, free, err := s.Free(ctx, r); free || err != nil {
				t.Errorf("%s is next for a place that is taken: %v", p.No, err)
			}
			a, _ := s.Neighbour(s.Place(x.cases["A"].ID), 1)
			if _, above := s.Neighbour(s.Place(x.cases["A"].ID), -1); above || a.No != x.cases["B"].No {
				t.Errorf("next to the first stands %s", a.No)
			}
			shares, err := s.Shares(ctx, r)
			if shares.Sex["female"] != (Count{3, 1}) || shares.Sex["male"] != (Count{2, 0}) || shares.Age["middle"] != (Count{5, 1}) || shares.Nationality["PK"] != (Count{5, 1}) {
				t.Errorf("%+v", shares)
			}
			return err
		}))
		_, err = x.Cases.Withdraw(ctx, x.Staff["counsellor"], x.cases["A"].ID, "")
		x.must(err)
		x.must(x.Gate.Read(ctx, x.Staff["supervisor"], PermView, func(ctx context.Context, r *gate.R) error {
			s, err := x.room.Sheet(ctx, r, x.round.ID)
			if err != nil {
				return err
			}
			p, free, err := s.Free(ctx, r)
			if !free || p.No != x.cases["B"].No {
				t.Errorf("the free place is for %q", p.No)
			}
			return err
		}))
	})
}

// Whom the committee chooses though something is not known, a second person looks at, as at every decision of the kind.
func TestChosenBeforeTheAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := seat(t, d)
		x.who("A", "vsU?")
		x.open(1, 0)
		x.is("proposed", x.order(), "A 70-70 ask")
		x.must(x.decide("A", Chosen, "She told the counsellor yesterday that she wants to go"))
		x.must(x.room.Close(ctx, x.Staff["supervisor"], x.round.ID))
		if n := x.Count(`SELECT COUNT(*) FROM eligibility_decision WHERE second_needed = TRUE AND second_by = ''`); n != 1 {
			t.Errorf("%d decisions wait for a second person", n)
		}
	})
}

func TestExport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := seat(t, d)
		x.who("=Amina", "vU")
		x.who("Bilal", "VSU")
		x.open(1, 0)
		x.must(x.decide("=Amina", NotChosen, "=HYPERLINK(1)"))
		var out bytes.Buffer
		x.must(x.room.Export(ctx, x.Staff["supervisor"], x.round.ID, "csv", &out))
		rows, err := csv.NewReader(&out).ReadAll()
		x.must(err)
		head := rows[0]
		at := func(row int, col string) string { return rows[row][slices.Index(head, col)] }
		if len(rows) != 3 || at(1, "name") != "'=Amina Testpour" || at(1, "reason") != "'=HYPERLINK(1)" || at(1, "points_vulnerable") != "40" || at(1, "points_possible") != "70" || at(1, "ask") != "skills" || at(1, "cost") != "1500.00" || at(1, "decision") != NotChosen {
			t.Errorf("%q", rows)
		}
		if at(2, "case") != x.cases["Bilal"].No || at(2, "proposal") != Selected || at(2, "decided_by") != "" || at(1, "decided_by") != "Test protection, Test supervisor" {
			t.Errorf("%q", rows)
		}
		x.must(x.room.Export(ctx, x.Staff["supervisor"], x.round.ID, "xlsx", &out))
		f, err := excelize.OpenReader(&out)
		x.must(err)
		sheet, err := f.GetRows("Sheet1", excelize.Options{RawCellValue: true})
		x.must(err)
		if len(sheet) != 3 || sheet[1][slices.Index(head, "cost")] != "1500" || sheet[1][slices.Index(head, "name")] != "=Amina Testpour" {
			t.Errorf("%q", sheet)
		}
		if formula, _ := f.GetCellFormula("Sheet1", "C2"); formula != "" {
			t.Error("a name became a formula")
		}
		x.refused(x.room.Export(ctx, x.Staff["auditor"], x.round.ID, "csv", &out), fault.Denied, "", "fault.denied")
		x.refused(x.room.Export(ctx, x.Staff["other"], x.round.ID, "csv", &out), fault.NotFound, "", "fault.not_found")
		if x.journal("selection.exported") != 2 {
			t.Error("nobody noted who took it out")
		}
	})
}
