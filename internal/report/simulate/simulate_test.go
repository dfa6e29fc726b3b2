package simulate_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/report/simulate"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
	"github.com/nostos-avrr/nostos/packs"
)

var ctx = context.Background()

// versions are the programme of today, and one that serves Pakistan no more, asks for a year of work where it asked for
// less, and gives 1,200 euros instead of 1,000.
func versions(t *testing.T) (old, new *programme.Pack) {
	t.Helper()
	lib, err := programme.Load(packs.Files)
	if err != nil {
		t.Fatal(err)
	}
	if old, err = lib.Version("gr-avrr", "2023.1"); err != nil {
		t.Fatal(err)
	}
	next := *old
	next.Version, next.Hash = "2027.1", "next"
	when, ms := programme.Condition(`return_country != "PK"`)
	if when == nil {
		t.Fatal(ms)
	}
	next.Components = slices.Clone(old.Components)
	for i := range next.Components {
		c := &next.Components[i]
		c.Clauses = append(slices.Clone(c.Clauses), programme.Clause{ID: "pakistan", Key: "eligibility.clause.country_served", When: when})
	}
	next.Amounts = slices.Clone(old.Amounts)
	for i := range next.Amounts {
		if a := &next.Amounts[i]; a.Code == "cash_mainland" {
			a.Tiers = []programme.Tier{{Amount: money.Of(120_000, "EUR")}}
		}
	}
	next.Funds = []programme.Fund{{Code: "amif", Percent: 50}, {Code: "national", Percent: 30}, {Code: "city", Percent: 20}}
	return old, &next
}

// invented makes n cases of which every third goes to Pakistan.
func invented(from, n int) (out []simulate.Case) {
	for i := from; i < from+n; i++ {
		f := programme.Facts{"voluntary": {"yes"}, "legal_status": {"no_right_to_stay"}, "return_country": {[]string{"PK", "GE", "IQ"}[i%3]}, "stay_zone": {"mainland"}, "relation": {"principal"}}
		out = append(out, simulate.Case{No: fmt.Sprintf("GR-%06d", i), Month: fmt.Sprintf("2026-%02d", 1+i%12), Question: programme.Question{People: []programme.PersonFacts{{PersonID: "a", Facts: f}}}})
	}
	return out
}

// TestWork: however many work, the sums and the order are the same; what is read does not run ahead of what is done; and
// whatever breaks ends it.
func TestWork(t *testing.T) {
	old, new := versions(t)
	const batches, size = 40, 25
	run := func(workers int) (*programme.Tally, []string) {
		t.Helper()
		var waiting, most atomic.Int64
		var told []string
		tally, err := simulate.Work(ctx, old, new, workers, func(_ context.Context, take func([]simulate.Case) error) error {
			for b := range batches {
				most.Store(max(most.Load(), waiting.Add(1)))
				if err := take(invented(b*size, size)); err != nil {
					return err
				}
			}
			return nil
		}, func(c simulate.Changed) error {
			if told = append(told, c.No); len(told)%size == 0 { // each of these cases changes
				waiting.Add(-1)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if limit := int64(3*workers + 3); most.Load() > limit {
			t.Errorf("%d batches were in memory at once, of %d allowed for %d workers", most.Load(), limit, workers)
		}
		return tally, told
	}
	want, order := run(1)
	if want.Cases != batches*size || want.Changed != batches*size || !slices.IsSorted(order) || len(order) != batches*size {
		t.Fatalf("%d cases, %d changed, %d told", want.Cases, want.Changed, len(order))
	}
	for _, n := range []int{2, 7} {
		if got, told := run(n); cmp.Diff(want, got) != "" || !slices.Equal(told, order) {
			t.Errorf("%d workers: %s", n, cmp.Diff(want, got))
		}
	}
	broken := errors.New("broken")
	endless := func(ctx context.Context, take func([]simulate.Case) error) error {
		for {
			if err := take(invented(0, size)); err != nil {
				return err
			}
		}
	}
	if _, err := simulate.Work(ctx, old, new, 2, endless, func(simulate.Changed) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a file that breaks: %v", err)
	}
	if _, err := simulate.Work(ctx, old, new, 2, func(context.Context, func([]simulate.Case) error) error { return broken }, nil); !errors.Is(err, broken) {
		t.Errorf("a database that breaks: %v", err)
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if _, err := simulate.Work(stopped, old, new, 2, endless, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func TestRun(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { simulated(t, house.Filled(t, engine, 40)) })
	}
}

func simulated(t *testing.T, h *house.House) {
	old, new := versions(t)
	room := h.App.Rooms.Simulate
	run := func(actor string, p simulate.Plan) simulate.Result {
		t.Helper()
		r, err := room.Run(ctx, actor, p)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	csvFile, xlsxFile := filepath.Join(t.TempDir(), "out.csv"), filepath.Join(t.TempDir(), "out.xlsx")
	var last, of int64
	got := run(org.SystemID, simulate.Plan{New: new, Against: "2023.1", Out: csvFile, Step: func(done, total int64) { last, of = done, total }})
	if last != got.Cases || of != got.Cases {
		t.Errorf("progress ends at %d of %d, %d cases", last, of, got.Cases)
	}
	want, rows := byHand(t, h, old, new, false)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("case by case and all at once: %s", d)
	}
	if got.Changed == 0 || got.Cases != got.Changed+got.Unknown+got.Same || len(got.Amounts) == 0 || !slices.ContainsFunc(got.Decisions, func(d simulate.Decisions) bool {
		return d.Component == "return" && d.After == programme.NotEligible && d.Before == programme.Eligible && d.Cases > 0 && len(d.Numbers) == int(d.Cases)
	}) {
		t.Errorf("the new version changes nothing in the demo: %+v", got)
	}
	if text, err := json.Marshal(got); err != nil || strings.Contains(string(text), "null") {
		t.Errorf("as JSON: %v %s", err, text)
	}
	lines := readCSV(t, csvFile)
	if len(lines)-1 != rows {
		t.Errorf("%d rows in the file, %d changes", len(lines)-1, rows)
	}
	run(org.SystemID, simulate.Plan{New: new, Against: "2023.1", Out: xlsxFile})
	if sheet := readXLSX(t, xlsxFile); cmp.Diff(lines, sheet) != "" {
		t.Errorf("the spreadsheet says otherwise: %s", cmp.Diff(lines, sheet))
	}
	// Nothing changes against itself, and cases that have ended count when they are asked for.
	same := run(org.SystemID, simulate.Plan{New: old, Against: "2023.1"})
	if same.Changed != 0 || len(same.Amounts)+len(same.Effects) != 0 || same.Cases != got.Cases {
		t.Errorf("against itself: %+v", same)
	}
	all := run(org.SystemID, simulate.Plan{New: new, Against: "2023.1", All: true})
	if wantAll, _ := byHand(t, h, old, new, true); cmp.Diff(wantAll, all) != "" || all.Cases <= got.Cases {
		t.Errorf("with those that ended: %s", cmp.Diff(wantAll, all))
	}
	// Whoever asks sees their own; who may not take figures out gets nothing, and leaves no file.
	if n := run(staff(t, h, "manager"), simulate.Plan{New: new, Against: "2023.1"}).Cases; n == 0 || n > got.Cases {
		t.Errorf("the manager sees %d of %d cases", n, got.Cases)
	}
	refused := filepath.Join(t.TempDir(), "refused.csv")
	if _, err := room.Run(ctx, staff(t, h, "counsellor"), simulate.Plan{New: new, Against: "2023.1", Out: refused}); !fault.Is(err, fault.Denied) {
		t.Errorf("a counsellor takes figures out: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(refused), "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if hidden, err := filepath.Glob(filepath.Join(filepath.Dir(refused), ".*")); err != nil || len(hidden) > 0 {
		t.Errorf("left behind: %v", hidden)
	}
	if _, err := room.Run(ctx, org.SystemID, simulate.Plan{New: new, Against: "2023.1", Out: "out.pdf"}); !errors.Is(err, simulate.ErrFormat) {
		t.Errorf("a PDF: %v", err)
	}
	entries(t, h)
}

func staff(t *testing.T, h *house.House, login string) (id string) {
	t.Helper()
	if err := h.App.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		s, err := org.StaffByLogin(ctx, tx, login)
		id = s.ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

// entries: each time somebody had it worked out stands in the journal, and whether they took a file away.
func entries(t *testing.T, h *house.House) {
	t.Helper()
	if err := h.App.Gate.Read(ctx, org.SystemID, "journal.read", func(ctx context.Context, r *gate.R) error {
		lines, err := r.History(ctx, journal.Filter{Subject: "gr-avrr 2027.1"})
		var told []string
		for _, l := range lines {
			told = append(told, l.Action+" "+l.Args["against"])
		}
		slices.Sort(told)
		if want := []string{"programme.simulated 2023.1", "programme.simulated 2023.1", "programme.simulated_to_file 2023.1", "programme.simulated_to_file 2023.1"}; !slices.Equal(told, want) {
			t.Errorf("the journal tells %v", told)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// byHand works every case out alone, as the decision page does, and counts the rows a file must have.
func byHand(t *testing.T, h *house.House, old, new *programme.Pack, ended bool) (simulate.Result, int) {
	t.Helper()
	rows := 0
	var cases []simulate.Case
	if err := h.App.Gate.Read(ctx, org.SystemID, casefile.PermView, func(ctx context.Context, r *gate.R) error {
		ids, err := db.All(ctx, r.Tx, db.Value[string], `SELECT id FROM casefile WHERE programme = 'gr-avrr' AND pack_version = '2023.1' ORDER BY id`)
		if err != nil {
			return err
		}
		for _, id := range ids {
			c, err := casefile.ByID(ctx, r, id)
			if err != nil {
				return err
			}
			if c.State != casefile.Open && !ended {
				continue
			}
			q := programme.Question{Decided: map[string]programme.Verdict{}}
			if q.People, err = h.App.Rooms.Decision.People(ctx, r, c); err != nil {
				return err
			}
			ds, err := decision.Decisions(ctx, r, id)
			if err != nil {
				return err
			}
			for _, d := range ds {
				if d.SupersededBy == "" && d.Counts() {
					q.Decided[d.Component] = programme.Verdict(d.Decision)
				}
			}
			on := c.OpenedOn
			if !c.DepartsOn.IsZero() {
				on = c.DepartsOn
			}
			cases = append(cases, simulate.Case{No: c.No, Month: on.String()[:7], Question: q})
			change := programme.Compare(old, new, q)
			rows += len(change.Shifts)
			for _, turn := range change.Turns {
				if turn.Before != turn.After {
					rows++
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	tally, err := simulate.Work(ctx, old, new, 1, func(_ context.Context, take func([]simulate.Case) error) error { return take(cases) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return simulate.ResultOf(old, new, tally), rows
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if s, err := f.Stat(); err != nil || s.Mode().Perm() != 0o600 {
		t.Errorf("others can read the file: %v", s.Mode())
	}
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func readXLSX(t *testing.T, path string) (out [][]string) {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		for len(r) < len(rows[0]) { // empty cells at the end are not written
			r = append(r, "")
		}
		if i > 0 {
			for _, k := range []int{9, 10, 12} { // a figure has no zeros behind the point
				if n, err := money.ParseDecimal(r[k], "EUR"); err == nil && r[k] != "" {
					r[k] = n.Decimal()
				}
			}
		}
		out = append(out, r)
	}
	return out
}
