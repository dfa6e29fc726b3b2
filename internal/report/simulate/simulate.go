// Package simulate says, before a new version of a programme goes live, what it would change for the caseload: which
// decisions and amounts, what it would cost which fund in which month, who gains and who loses, and what cannot be told
// because a fact is missing. It decides nothing and keeps nothing; that somebody had it worked out is in the journal.
package simulate

import (
	"context"
	"fmt"
	"runtime"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// PermRun is the permission of all who take figures out.
const PermRun = "report.run"

// Domain is the room. app makes it.
type Domain struct {
	Gate   *gate.Gate
	Packs  *programme.Library
	People func(ctx context.Context, r *gate.R, cs []casefile.Case) (decision.Known, error)
}

// Plan is what is to be worked out.
type Plan struct {
	New     *programme.Pack
	Against string // the version it would take the place of
	All     bool   // cases that have ended, too
	Out     string // .csv or .xlsx file for every case that would change; empty: none
	Step    func(done, total int64)
}

// perBatch is how many cases are read at a time.
const perBatch = 500

// Run works the plan out over the cases that actor may see, and notes in the journal that it did, before anything is handed
// out.
func (d *Domain) Run(ctx context.Context, actor string, p Plan) (Result, error) {
	var file *file
	if p.Out != "" {
		var err error
		if file, err = create(p.Out); err != nil {
			return Result{}, err
		}
		defer file.drop()
	}
	var out Result
	err := d.Gate.Read(ctx, actor, PermRun, func(ctx context.Context, r *gate.R) error {
		old, err := d.Packs.On(p.New.Code, p.Against, r.Today)
		if err != nil {
			return err
		}
		var each func(Changed) error
		if file != nil {
			each = file.put
		}
		tally, err := Work(ctx, old, p.New, runtime.GOMAXPROCS(0), func(ctx context.Context, take func([]Case) error) error {
			return d.read(ctx, r, p, take)
		}, each)
		if err != nil {
			return err
		}
		out = ResultOf(old, p.New, tally)
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	err = d.Gate.Write(ctx, actor, PermRun, func(ctx context.Context, w *gate.W) error {
		args := map[string]string{"programme": p.New.Code, "version": p.New.Version, "against": p.Against, "hash": p.New.Hash, "n": fmt.Sprint(out.Cases), "changed": fmt.Sprint(out.Changed)}
		action := "programme.simulated"
		if file != nil {
			action = "programme.simulated_to_file"
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "programme", ID: p.New.Code + " " + p.New.Version}, Action: action, Key: journal.Installation, Args: args})
	})
	if err == nil && file != nil {
		err = file.keep()
	}
	return out, err
}

// which writes the cases that count: of the programme, opened or decided under the version, within the reader's scope.
func which(r *gate.R, p Plan, a *db.Args) string {
	q := ` FROM casefile c WHERE c.programme = ` + a.Add(p.New.Code) + ` AND (c.pack_version = ` + a.Add(p.Against) +
		` OR EXISTS (SELECT 1 FROM eligibility_decision e WHERE e.case_id = c.id AND e.pack_version = ` + a.Add(p.Against) + `))`
	if !p.All {
		q += ` AND c.state = ` + a.Add(casefile.Open)
	}
	return q + ` AND ` + casefile.InScope(r, "c", a)
}

// read hands the cases over, each room asked once for every batch of them.
func (d *Domain) read(ctx context.Context, r *gate.R, p Plan, take func([]Case) error) error {
	var a db.Args
	total, err := db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(*)`+which(r, p, &a), a.Values...)
	if err != nil {
		return err
	}
	done, after := int64(0), ""
	for {
		if p.Step != nil {
			p.Step(done, max(total, done))
		}
		a = db.Args{}
		q := `SELECT ` + casefile.Columns + which(r, p, &a) + ` AND c.id > ` + a.Add(after) + ` ORDER BY c.id LIMIT ` + a.Add(perBatch)
		cs, err := db.All(ctx, r.Tx, func(s db.Row) (c casefile.Case, err error) { return c, s.Scan(c.Targets()...) }, q, a.Values...)
		if err != nil || len(cs) == 0 {
			return err
		}
		batch, err := d.known(ctx, r, cs)
		if err == nil {
			err = take(batch)
		}
		if err != nil {
			return err
		}
		done, after = done+int64(len(cs)), cs[len(cs)-1].ID
	}
}

func (d *Domain) known(ctx context.Context, r *gate.R, cs []casefile.Case) ([]Case, error) {
	people, err := d.People(ctx, r, cs)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range cs {
		ids = append(ids, c.ID)
	}
	decided, err := decision.DecidedIn(ctx, r, ids)
	out := make([]Case, 0, len(cs))
	for _, c := range cs {
		out = append(out, Case{No: c.No, Month: month(c), Question: programme.Question{People: people[c.ID], Decided: decided[c.ID]}})
	}
	return out, err
}

func month(c casefile.Case) string {
	on := c.OpenedOn
	if !c.DepartsOn.IsZero() {
		on = c.DepartsOn
	}
	return Month(on)
}

// Month is how a month is written here, and sorts.
func Month(on day.Date) string { return fmt.Sprintf("%04d-%02d", on.Year(), int(on.Month())) }
