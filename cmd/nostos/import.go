package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/interop"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

type importCmd struct {
	Persons importPersonsCmd `cmd:"" help:"Take in a list of persons."`
	Cases   importCasesCmd   `cmd:"" help:"Take in a list of cases: a row for each person, with the case they belong to."`
}

type importFlags struct {
	settings
	File         string            `arg:"" help:"CSV (also .gz) or XLSX file." type:"existingfile"`
	DryRun       bool              `name:"dry-run" help:"Check everything, keep nothing."`
	AllOrNothing bool              `name:"all-or-nothing" help:"Keep nothing if a single row cannot be used."`
	JSON         bool              `name:"json" help:"Print the result as JSON."`
	Column       map[string]string `name:"column" help:"A heading that is not recognised: --column 'Nom=family_name'." placeholder:"HEADING=COLUMN"`
	Office       string            `name:"office" help:"Code of the registering office." placeholder:"CODE"`
	Source       string            `name:"source" help:"Name of the list, so that the same row is the same person next time (default: the file's name)." placeholder:"NAME"`
	As           string            `name:"as" help:"Sign-in name of the member of staff who imports (default: the installation)." placeholder:"LOGIN"`
}

type importPersonsCmd struct{ importFlags }
type importCasesCmd struct {
	importFlags
	Programme string `name:"programme" help:"Programme of the cases, when the file has no such column." placeholder:"CODE"`
}

// Help gives an example.
func (importPersonsCmd) Help() string {
	return "Every bad row is listed with its row, column and what was expected; the good rows are kept. Running it twice creates nothing twice.\nExample: nostos import persons --dry-run --office ath list.xlsx"
}

// Help gives an example.
func (importCasesCmd) Help() string {
	return "Rows with the same case_ref are one case; relation names the principal applicant.\nExample: nostos import cases --programme gr-avrr --office ath cases.csv"
}

func (c *importPersonsCmd) Run(ctx context.Context) error {
	return c.run(ctx, interop.Plan{})
}

func (c *importCasesCmd) Run(ctx context.Context) error {
	return c.run(ctx, interop.Plan{Cases: true, Programme: c.Programme})
}

func (c *importFlags) run(ctx context.Context, p interop.Plan) error {
	cfg, err := c.open()
	if err != nil {
		return err
	}
	a, err := app.New(ctx, app.Options{Config: cfg})
	if err != nil {
		return err
	}
	defer a.Close()
	actor := org.SystemID
	err = a.DB.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		if c.As != "" {
			s, err := org.StaffByLogin(ctx, t, c.As)
			if errors.Is(err, db.ErrNoRow) {
				return fmt.Errorf("there is no sign-in %q", c.As)
			}
			if err != nil {
				return err
			}
			actor, p.OfficeID = s.ID, s.OfficeID
		}
		if c.Office != "" {
			o, err := org.OfficeByCode(ctx, t, c.Office)
			if errors.Is(err, db.ErrNoRow) {
				return fmt.Errorf("there is no office %q", c.Office)
			}
			p.OfficeID = o.ID
			return err
		}
		if p.OfficeID == "" {
			return errors.New("name the registering office with --office, or who imports with --as")
		}
		return nil
	})
	if err != nil {
		return exitCode{2, err}
	}
	b := newBar()
	p.DryRun, p.AllOrNothing, p.Columns, p.Source, p.Step = c.DryRun, c.AllOrNothing, c.Column, c.Source, func(done, total int64) { b.tell("rows", done, total) }
	if p.Source == "" {
		p.Source = filepath.Base(c.File)
	}
	res, err := a.Rooms.Interop.Import(ctx, actor, c.File, p)
	b.end()
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(res); err != nil {
			return err
		}
	} else {
		report(res)
	}
	if res.Refused > 0 {
		return exitCode{1, nil}
	}
	return nil
}

func report(res interop.Result) {
	for heading, column := range res.Mapping {
		fmt.Printf("column %-24s is %s\n", heading, column)
	}
	for _, h := range res.Ignored {
		fmt.Printf("column %-24s is not taken in\n", h)
	}
	for _, m := range res.Mistakes {
		at := fmt.Sprintf("row %d", m.Row)
		if m.Column != "" {
			at += ", " + m.Column
		}
		if m.Found != "" {
			at += fmt.Sprintf(": found %q", m.Found)
		}
		fmt.Printf("%s; expected %s\n", at, m.Expected)
	}
	if res.More > 0 {
		fmt.Printf("… and %d more\n", res.More)
	}
	done := "registered"
	if res.DryRun {
		done = "would be registered (dry run, nothing was kept)"
	}
	fmt.Printf("%d rows: %d persons %s, %d cases, %d known already, %d refused\n", res.Rows, res.Created, done, res.Cases, res.Known, res.Refused)
}
