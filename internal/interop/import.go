package interop

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

// chunk is how many units (persons, or cases with their families) share one transaction: large enough to be fast, small
// enough that others get their turn and an interruption costs little.
const chunk = 2000

// many is how many new persons make the database another one than its engine knew.
const many = 1000

// unit is what is written together: one person, or one case with everybody in it.
type unit struct {
	caseRef, programme, returnCountry string
	people                            []entry
}

type entry struct {
	row      int
	relation string
	reg      person.Registration
}

var errDry = errors.New("dry run: nothing is kept")

// Import takes a file in. Every mistake is listed; what a row's command refuses is a mistake, too.
func (d *Domain) Import(ctx context.Context, actor, path string, p Plan) (Result, error) {
	res, err := d.takeIn(ctx, actor, path, p)
	if err == nil && !p.DryRun && res.Created >= many {
		err = d.Gate.DB.Analyze(ctx)
	}
	return res, err
}

func (d *Domain) takeIn(ctx context.Context, actor, path string, p Plan) (Result, error) {
	res := Result{DryRun: p.DryRun, Mapping: map[string]string{}}
	extra := map[string]string{}
	for h, c := range p.Columns {
		if !isColumn(c) {
			return res, fmt.Errorf("there is no column %q; the columns are %s", c, strings.Join(ColumnNames(), ", "))
		}
		extra[clean(h)] = c
	}
	t, err := readFile(path, func(h string) bool { return columnOf(h, extra) != "" })
	if err != nil {
		return res, err
	}
	today, err := d.may(ctx, actor)
	if err != nil {
		return res, err
	}
	units, total := d.units(t, extra, &p, &res)
	units = d.registrable(units, today, &res)
	res.Rows = total
	if p.AllOrNothing && res.Refused > 0 {
		return res, nil
	}
	if p.AllOrNothing {
		return res, d.whole(ctx, actor, units, &p, &res)
	}
	done := 0
	for len(units) > 0 {
		n := min(chunk, len(units))
		if err := d.some(ctx, actor, units[:n], &p, &res); err != nil {
			return res, err
		}
		units, done = units[n:], done+n
		if p.Step != nil {
			p.Step(int64(done), int64(done+len(units)))
		}
	}
	return res, nil
}

// may tells whether the actor may import, and what day it is for them.
func (d *Domain) may(ctx context.Context, actor string) (today day.Date, err error) {
	err = d.Gate.Read(ctx, actor, PermImport, func(_ context.Context, r *gate.R) error { today = r.Today; return nil })
	return today, err
}

// registrable leaves out what the rules about a person refuse anyhow. A refusal found while writing costs the whole chunk.
func (d *Domain) registrable(units []unit, today day.Date, res *Result) []unit {
	return slices.DeleteFunc(units, func(u unit) bool {
		for _, e := range u.people {
			if err := person.Check(e.reg.Person, today); err != nil {
				m, _ := d.mistake(unit{people: []entry{e}}, err)
				res.Refused += len(u.people)
				res.add(m)
				return true
			}
		}
		return false
	})
}

// whole writes everything in one transaction, or nothing.
func (d *Domain) whole(ctx context.Context, actor string, units []unit, p *Plan, res *Result) error {
	var tally Result
	err := d.Gate.Batch(ctx, actor, PermImport, func(ctx context.Context) error {
		for i, u := range units {
			if err := d.write(ctx, actor, u, p, &tally); err != nil {
				return rowError{u, err}
			}
			if p.Step != nil && i%100 == 0 {
				p.Step(int64(i), int64(len(units)))
			}
		}
		if p.DryRun {
			return errDry
		}
		return nil
	})
	var re rowError
	switch {
	case errors.As(err, &re):
		m, ok := d.mistake(re.u, re.err)
		if !ok {
			return re.err
		}
		res.Refused++
		res.add(m)
		return nil
	case err != nil && !errors.Is(err, errDry):
		return err
	}
	res.Created, res.Cases, res.Known = tally.Created, tally.Cases, tally.Known
	return nil
}

type rowError struct {
	u   unit
	err error
}

func (e rowError) Error() string { return e.err.Error() }

// some writes a chunk. When a unit is refused, the chunk is rolled back and what stands before and after it is
// written again as chunks, so that the good ones are kept and the bad one leaves no half.
func (d *Domain) some(ctx context.Context, actor string, units []unit, p *Plan, res *Result) error {
	var tally Result
	refused, at := false, 0
	err := d.Gate.Batch(ctx, actor, PermImport, func(ctx context.Context) error {
		for i, u := range units {
			if err := d.write(ctx, actor, u, p, &tally); err != nil {
				at = i
				refused = fault.Of(err).Kind != fault.Internal
				return rowError{u, err}
			}
		}
		if p.DryRun {
			return errDry
		}
		return nil
	})
	if err == nil || errors.Is(err, errDry) {
		res.Created, res.Cases, res.Known = res.Created+tally.Created, res.Cases+tally.Cases, res.Known+tally.Known
		return nil
	}
	var re rowError
	if !errors.As(err, &re) || !refused {
		return err
	}
	m, ok := d.mistake(re.u, re.err)
	if !ok {
		return re.err
	}
	if at > 0 {
		if err := d.some(ctx, actor, units[:at], p, res); err != nil {
			return err
		}
	}
	res.Refused += len(re.u.people)
	res.add(m)
	if at+1 < len(units) {
		return d.some(ctx, actor, units[at+1:], p, res)
	}
	return nil
}

// mistake says in words what a command refused; ok is false for what is no refusal but a failure.
func (d *Domain) mistake(u unit, err error) (Mistake, bool) {
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		return Mistake{}, false
	}
	p := d.Cat.Printer("en")
	m := Mistake{Row: u.people[0].row, Expected: p.T(f.Key, f.Args...)}
	if len(f.Fields) > 0 {
		m.Column, m.Expected = f.Fields[0].Name, p.T(f.Fields[0].Key, f.Fields[0].Args...)
	}
	return m, true
}

func (d *Domain) write(ctx context.Context, actor string, u unit, p *Plan, tally *Result) error {
	for _, e := range u.people {
		known, err := d.known(ctx, actor, e.reg.Person.ID)
		if err != nil {
			return err
		}
		if known {
			tally.Known++
			continue
		}
		if _, err := d.Persons.RegisterFamily(ctx, actor, e.reg); err != nil {
			return err
		}
		tally.Created++
	}
	if !p.Cases {
		return nil
	}
	principal := u.people[0]
	in := casefile.Opening{ID: derived("case", p.Source, u.caseRef), Programme: u.programme, Principal: principal.reg.Person.ID, HostOffice: p.OfficeID, ReturnCountry: u.returnCountry}
	for _, e := range u.people[1:] {
		in.Members = append(in.Members, casefile.OpeningMember{PersonID: e.reg.Person.ID, Relation: e.relation})
	}
	known := false
	if err := d.Gate.Read(ctx, actor, PermImport, func(ctx context.Context, r *gate.R) error {
		n, err := db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(*) FROM casefile WHERE id = $1`, in.ID)
		known = n > 0
		return err
	}); err != nil || known {
		return err
	}
	if _, err := d.Cases.Open(ctx, actor, in); err != nil {
		return err
	}
	tally.Cases++
	return nil
}

func (d *Domain) known(ctx context.Context, actor, personID string) (known bool, err error) {
	err = d.Gate.Read(ctx, actor, PermImport, func(ctx context.Context, r *gate.R) error {
		n, err := db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(*) FROM person WHERE id = $1`, personID)
		known = n > 0
		return err
	})
	return
}

// derived makes the same id from the same list and row every time, so that a second import of a file creates nothing.
func derived(parts ...string) string {
	sum := sha256.Sum256([]byte("nostos import\x00" + strings.Join(parts, "\x00")))
	return id.FromHash(sum)
}
