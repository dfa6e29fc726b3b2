package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/report/simulate"
	"github.com/nostos-avrr/nostos/packs"
)

// simulateEnv tells a second run of this program to simulate, so that its memory is its own: it holds the flags of the
// configuration as JSON, or nothing but "invented" for cases that are made up on the way.
const simulateEnv = "TEST_NOSTOS_BENCH_SIMULATE"

// million is how many invented cases are worked out.
const million = 1_000_000

// ten is a programme whose one component has ten clauses; the version after it is stricter in one and gives more.
const ten = `code: ten
version: "%d.1"
kind: avrr
title: {en: "Ten clauses"}
host: GR
currency: EUR
from: %d-01-01
funds: [{code: amif, percent: 75, provisional: true}, {code: national, percent: 25, provisional: true}]
phases: [first]
stages: [{code: CLOSED, phase: first}]
`

const tenRules = `components:
  - code: help
    clauses:
      - {id: a, when: voluntary, key: eligibility.clause.voluntary, provisional: true}
      - {id: b, when: 'legal_status in ["asylum_applicant", "protection", "residence_permit", "no_right_to_stay", "removal_postponed"]', key: eligibility.clause.voluntary, provisional: true}
      - {id: c, when: '!(return_country in ["SY", "AF", "UA"%s])', key: eligibility.clause.voluntary, provisional: true}
      - {id: d, when: age >= 0 && age < 100, key: eligibility.clause.voluntary, provisional: true}
      - {id: e, when: 'stay_zone == "mainland" || stay_zone == "island"', key: eligibility.clause.voluntary, provisional: true}
      - {id: f, when: household_size <= 12, key: eligibility.clause.voluntary, provisional: true}
      - {id: g, when: 'application_date >= date("2020-01-01")', key: eligibility.clause.voluntary, provisional: true}
      - {id: h, when: '!previous_assistance || years(previous_assistance_date, application_date) >= 5', key: eligibility.clause.voluntary, provisional: true}
      - {id: i, when: 'means != "sufficient"', key: eligibility.clause.voluntary, provisional: true}
      - {id: j, key: eligibility.clause.voluntary, any: [{id: x, when: vulnerable, key: eligibility.clause.voluntary, provisional: true}, {id: y, when: work_experience >= 1, key: eligibility.clause.voluntary, provisional: true}, {id: z, when: skills, key: eligibility.clause.voluntary, provisional: true}]}
`

const tenAmounts = `amounts:
  - code: start
    component: help
    modality: cash
    provisional: true
    tiers: [{id: adult, when: age >= 18, amount: "%d.00", key: eligibility.clause.voluntary}, {id: child, when: age < 18, amount: "500.00", key: eligibility.clause.voluntary}]
caps:
  - {code: family, over: [start], amount: "3000.00", provisional: true}
`

func tenClauses(year, adult int, countries string) (*programme.Pack, error) {
	file := func(format string, args ...any) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(fmt.Sprintf(format, args...))}
	}
	lib, err := programme.Load(fstest.MapFS{"programme.yaml": file(ten, year, year), "eligibility.yaml": file(tenRules, countries), "entitlements.yaml": file(tenAmounts, adult)})
	if err != nil {
		return nil, err
	}
	return lib.All()[0], nil
}

// inventPerson makes up what is known about somebody; of one in ten cases something is not.
func inventPerson(r *rand.Rand, id, relation string, age, size int) programme.PersonFacts {
	pick := func(of ...string) []string { return []string{of[r.Intn(len(of))]} }
	f := programme.Facts{"voluntary": {"yes"}, "legal_status": pick("asylum_applicant", "no_right_to_stay", "protection"), "return_country": pick("GE", "PK", "IQ", "AL", "SY"), "age": {strconv.Itoa(age)},
		"stay_zone": pick("mainland", "island"), "household_size": {strconv.Itoa(size)}, "application_date": pick("2025-03-01", "2026-01-15", "2019-05-04"), "previous_assistance": pick("no", "no", "no", "yes"),
		"previous_assistance_date": pick("2012-01-01", "2023-02-02"), "means": pick("none", "some"), "vulnerable": pick("yes", "no"), "work_experience": pick("0", "2", "11"), "skills": pick("yes", "no"), "relation": {relation}, "nationality": {"GE"}}
	if r.Intn(10) == 0 {
		delete(f, "legal_status")
	}
	return programme.PersonFacts{PersonID: id, Facts: f}
}

// invent hands cases over as the database would: 60 in 100 people travel alone.
func invent(n int) func(ctx context.Context, take func([]simulate.Case) error) error {
	return func(_ context.Context, take func([]simulate.Case) error) error {
		r := rand.New(rand.NewSource(1))
		for done := 0; done < n; {
			batch := make([]simulate.Case, 0, 500)
			for range min(500, n-done) {
				done++
				size := 1 + max(0, r.Intn(5)-2)
				c := simulate.Case{No: fmt.Sprintf("GR-2026-%07d", done), Month: fmt.Sprintf("2026-%02d", 1+r.Intn(12))}
				for i := range size {
					age, relation := 19+r.Intn(40), []string{"principal", "spouse", "child"}[i]
					if i == 2 {
						age = 1 + r.Intn(15)
					}
					c.Question.People = append(c.Question.People, inventPerson(r, strconv.Itoa(i), relation, age, size))
				}
				batch = append(batch, c)
			}
			if err := take(batch); err != nil {
				return err
			}
		}
		return nil
	}
}

// simulated is what the second process tells.
type simulated struct {
	Cases, Changed int64
	Took, CPU      time.Duration
	Peak           int64 // MB
}

// simulateHere is the second process.
func simulateHere(ctx context.Context, text string) error {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	var out simulated
	var err error
	began := time.Now()
	if text == "invented" {
		err = inventedHere(ctx, &out)
	} else {
		err = caseloadHere(ctx, text, &out)
	}
	if err != nil {
		return err
	}
	out.Took = time.Since(began)
	if out.Peak, err = megabytes(os.Getpid(), "VmHWM"); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

func inventedHere(ctx context.Context, out *simulated) error {
	old, err := tenClauses(2024, 1000, "")
	if err != nil {
		return err
	}
	next, err := tenClauses(2025, 1200, `, "PK"`)
	if err != nil {
		return err
	}
	tally, err := simulate.Work(ctx, old, next, runtime.GOMAXPROCS(0), invent(million), func(simulate.Changed) error { return nil })
	out.Cases, out.Changed = tally.Cases, tally.Changed
	return err
}

func caseloadHere(ctx context.Context, text string, out *simulated) error {
	flags := map[string]string{}
	if err := json.Unmarshal([]byte(text), &flags); err != nil {
		return err
	}
	cfg, err := config.Load(flags, nil)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, app.Options{Config: cfg, Demo: true, NoWork: true})
	if err != nil {
		return err
	}
	defer a.Close()
	now, err := a.Packs.Version("gr-avrr", "2023.1")
	if err != nil {
		return err
	}
	next := *now
	next.Version = "next"
	next.Amounts = slices.Clone(now.Amounts)
	for i := range next.Amounts {
		next.Amounts[i].Tiers = []programme.Tier{{Amount: money.Of(123_400, "EUR")}}
	}
	r, err := a.Rooms.Simulate.Run(ctx, org.SystemID, simulate.Plan{New: &next, Against: "2023.1", All: true})
	out.Cases, out.Changed = r.Cases, r.Changed
	return err
}

// elsewhere starts the second process and reads what it tells.
func elsewhere(ctx context.Context, what string) (out simulated, err error) {
	self, err := os.Executable()
	if err != nil {
		return out, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), simulateEnv+"="+what)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("simulate: %w", err)
	}
	err = json.Unmarshal(text, &out)
	out.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return out, err
}

// rules measures the engine: how many families it works out, and whole caseloads under two versions.
func (b *bench) rules(ctx context.Context) error {
	if err := b.evaluations(); err != nil {
		return err
	}
	text, err := json.Marshal(b.flags)
	if err != nil {
		return err
	}
	for _, m := range []struct{ what, env string }{{"simulate: %d invented cases, ten clauses", "invented"}, {"simulate: %d cases of the caseload, read from the database", string(text)}} {
		if m.env != "invented" && b.flags == nil {
			continue
		}
		out, err := elsewhere(ctx, m.env)
		if err != nil {
			return err
		}
		b.one(fmt.Sprintf(m.what, out.Cases), out.Took, time.Minute)
		b.rows[len(b.rows)-1].p95 = fmt.Sprintf("%.1f s of a core", out.CPU.Seconds()) // what it would take if nobody else worked here
		b.rows = append(b.rows, row{what: "  its memory, highest", p50: fmt.Sprintf("%d MB", out.Peak), budget: "≤ 512 MB", judged: true, over: out.Peak > 512})
	}
	return nil
}

// evaluations counts how often a second the rules work a family of four out, with the reasons and the amounts as the page of
// a decision shows them, and as a simulation does, without the reasons.
func (b *bench) evaluations() error {
	greece, err := load(packs.Files, "gr-avrr")
	if err != nil {
		return err
	}
	clauses, err := tenClauses(2024, 1000, "")
	if err != nil {
		return err
	}
	r := rand.New(rand.NewSource(3))
	var family []programme.PersonFacts
	for i, age := range []int{34, 36, 9, 4} {
		family = append(family, inventPerson(r, strconv.Itoa(i), []string{"principal", "spouse", "child", "child"}[i], age, 4))
	}
	explained := func(p *programme.Pack) func() {
		return func() {
			for _, x := range family {
				programme.Evaluate(p, x.Facts)
			}
			programme.Entitle(p, programme.Question{People: family})
		}
	}
	for _, m := range []struct {
		what string
		once func()
	}{
		{"rules: a family of four, gr-avrr, with every reason", explained(greece)},
		{"rules: a family of four, ten clauses, with every reason", explained(clauses)},
		{"rules: the same under two versions, as simulated", func() { programme.Compare(clauses, clauses, programme.Question{People: family}) }},
	} {
		one := testing.Benchmark(func(tb *testing.B) {
			tb.ReportAllocs()
			for tb.Loop() {
				m.once()
			}
		})
		all := testing.Benchmark(func(tb *testing.B) {
			tb.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					m.once()
				}
			})
		})
		b.rows = append(b.rows, row{what: m.what, p50: perSecond(one) + " a core", p95: perSecond(all) + " in all", budget: fmt.Sprintf("%d allocations, %d bytes", one.AllocsPerOp(), one.AllocedBytesPerOp())})
	}
	return nil
}

func load(from fs.FS, code string) (*programme.Pack, error) {
	lib, err := programme.Load(from)
	if err != nil {
		return nil, err
	}
	for _, p := range lib.All() { // the newest comes first
		if p.Code == code {
			return p, nil
		}
	}
	return nil, fmt.Errorf("no programme %s", code)
}

func perSecond(r testing.BenchmarkResult) string {
	s := strconv.FormatInt(int64(float64(r.N)/r.T.Seconds()), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return strings.TrimSpace(s) + "/s"
}
