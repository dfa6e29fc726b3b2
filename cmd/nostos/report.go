package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	reports "github.com/nostos-avrr/nostos/internal/report"
	"github.com/nostos-avrr/nostos/internal/report/press"
)

type reportCmd struct {
	List reportListCmd `cmd:"" help:"List the reports there are."`
	Run  reportRunCmd  `cmd:"" help:"Count a report from the cases."`
}

type reportListCmd struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help gives an example.
func (reportListCmd) Help() string { return "Example: nostos report list" }

func (c *reportListCmd) Run() error {
	if c.JSON {
		return printJSON(reports.Names)
	}
	for _, n := range reports.Names {
		fmt.Println(n)
	}
	return nil
}

type reportRunCmd struct {
	settings
	Name string `arg:"" help:"Which report." enum:"press"`
	AsOf string `name:"as-of" help:"The last day that counts (default: today)." placeholder:"DATE"`
	From string `name:"from" help:"The first day that counts (default: the beginning of the programme)." placeholder:"DATE"`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help gives an example.
func (reportRunCmd) Help() string {
	return "Counts over all cases, and notes in the journal that the figures were taken out.\nExample: nostos report run press --as-of 2018-03-31 --from 2016-06-01 --json"
}

func (c *reportRunCmd) Run(ctx context.Context) error {
	var from, asOf day.Date
	for _, x := range []struct {
		flag, text string
		into       *day.Date
	}{{"--from", c.From, &from}, {"--as-of", c.AsOf, &asOf}} {
		if x.text == "" {
			continue
		}
		var err error
		if *x.into, err = day.Parse(x.text); err != nil {
			return exitCode{2, fmt.Errorf("%s %s: a date like 2018-03-31 is expected", x.flag, x.text)}
		}
	}
	cfg, err := c.open()
	if err != nil {
		return err
	}
	a, err := app.New(ctx, app.Options{Config: cfg, NoWork: true})
	if err != nil {
		return exitCode{2, err}
	}
	defer a.Close()
	f, err := a.Rooms.Report.RunPress(ctx, org.SystemID, from, asOf)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(f)
	}
	return printPress(a, f)
}

func printPress(a *app.App, f press.Figures) error {
	p := a.Cat.Printer("en")
	fmt.Println(p.T("report.between", "from", f.From, "until", f.AsOf))
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, x := range []struct {
		figure press.Figure
		n      int64
	}{{press.Sessions, f.Sessions}, {press.Eligible, f.Eligible}, {press.Returned, f.Returned}, {press.Plans, f.Plans}, {press.Paid, f.Paid}, {press.Recent, f.ReportingPeriodReturned}} {
		fmt.Fprintf(w, "%s\t%s\n", p.T("report.figure."+string(x.figure)), p.Number(x.n))
	}
	for _, s := range f.ByNationality {
		name := p.T("report.others")
		if s.Country != press.Others {
			name = p.Country(s.Country)
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", name, p.Number(s.Persons), p.Percent(s.Percent, 100))
	}
	return w.Flush()
}
