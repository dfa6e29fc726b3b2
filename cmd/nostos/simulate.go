package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/report/simulate"
	"github.com/nostos-avrr/nostos/locales"
)

type programmeSimulateCmd struct {
	settings
	Pack    string `required:"" help:"Folder with the new version of the programme." type:"existingdir" placeholder:"DIR"`
	Against string `required:"" help:"Version in use that it would take the place of." placeholder:"VERSION"`
	All     bool   `help:"Count cases that have ended, too."`
	Out     string `help:"Write every case that would change to a .csv or .xlsx file." placeholder:"FILE"`
	As      string `name:"as" help:"Sign-in name of the member of staff whose cases count (default: the installation, all cases)." placeholder:"LOGIN"`
	JSON    bool   `name:"json" help:"Print as JSON."`
}

// Help gives an example.
func (programmeSimulateCmd) Help() string {
	return `Works every open case out under both versions, and says which decisions and amounts would be others, what that costs which fund
in which month, and who gains or loses. Nothing is changed; that it was looked at stands in the journal. What a person has
decided stands as long as the rules propose the same. A missing fact is never a loss: it is listed as to be asked for.

Example: nostos programme simulate --pack new/gr-avrr --against 2023.1 --out changes.xlsx`
}

func (c *programmeSimulateCmd) Run(ctx context.Context) error {
	pack, err := c.newVersion()
	if err != nil {
		return err
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
	if _, err := a.Packs.Version(pack.Code, c.Against); err != nil {
		return exitCode{2, fmt.Errorf("there is no version %q of programme %q here; there is %s", c.Against, pack.Code, versions(a.Packs, pack.Code))}
	}
	actor := org.SystemID
	if c.As != "" {
		err := a.DB.Read(ctx, func(ctx context.Context, t *db.Tx) error {
			s, err := org.StaffByLogin(ctx, t, c.As)
			actor = s.ID
			return err
		})
		if errors.Is(err, db.ErrNoRow) {
			return exitCode{2, fmt.Errorf("there is no sign-in %q", c.As)}
		}
		if err != nil {
			return err
		}
	}
	b := newBar()
	res, err := a.Rooms.Simulate.Run(ctx, actor, simulate.Plan{New: pack, Against: c.Against, All: c.All, Out: c.Out, Step: func(done, total int64) { b.tell("cases", done, total) }})
	b.end()
	if errors.Is(err, simulate.ErrFormat) {
		return exitCode{2, err}
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(res)
	}
	w, err := c.words(a)
	if err != nil {
		return err
	}
	if err := tell(os.Stdout, w, pack, res); err != nil {
		return err
	}
	if c.Out != "" {
		fmt.Printf("\nEvery case that would change: %s\n", c.Out)
	}
	return nil
}

// newVersion reads and checks the new version, and refuses it with every mistake.
func (c *programmeSimulateCmd) newVersion() (*programme.Pack, error) {
	from := os.DirFS(c.Pack)
	ms, err := checkWords(from, programme.CheckDir(from))
	if err != nil {
		return nil, err
	}
	if len(ms) > 0 {
		return nil, exitCode{1, &programme.Refused{Mistakes: ms}}
	}
	lib, err := programme.Load(from)
	if err != nil {
		return nil, err
	}
	if codes := lib.Codes(); len(codes) != 1 {
		return nil, exitCode{2, fmt.Errorf("%s holds the programmes %s: name the folder of one", c.Pack, strings.Join(codes, ", "))}
	}
	return lib.All()[0], nil // the newest comes first
}

func versions(lib *programme.Library, code string) string {
	var out []string
	for _, p := range lib.All() {
		if p.Code == code {
			out = append(out, p.Version)
		}
	}
	if len(out) == 0 {
		return "none; there are the programmes " + strings.Join(lib.Codes(), ", ")
	}
	return strings.Join(out, ", ")
}

// words are those that the new version brings with it, else those of the installation.
type words struct{ p, here *i18n.Printer }

func (c *programmeSimulateCmd) words(a *app.App) (w words, err error) {
	cat, err := i18n.Load(locales.Files)
	if err == nil {
		err = programme.Words(os.DirFS(c.Pack), cat)
	}
	return words{cat.Printer("en"), a.Cat.Printer("en")}, err
}

func (w words) of(key, code string) string {
	for _, p := range []*i18n.Printer{w.p, w.here} {
		if p.Has(key) {
			return p.T(key)
		}
	}
	return code
}

func (w words) verdict(v programme.Verdict) string {
	return w.of("eligibility.verdict."+string(v), string(v))
}

// shown is how many case numbers stand on the terminal.
const shown = 10

func tell(out io.Writer, w words, pack *programme.Pack, r simulate.Result) error {
	p, t := w.p, tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "%s, version %s in place of %s: %s cases\n", pack.Name(p.Lang), r.Version, r.Against, p.Number(r.Cases))
	fmt.Fprintf(t, "  would change\t%s\n  cannot be told: facts are missing\t%s\n  stay as they are\t%s\n", p.Number(r.Changed), p.Number(r.Unknown), p.Number(r.Same))
	if err := t.Flush(); err != nil {
		return err
	}
	tellDecisions(out, w, r)
	if err := errors.Join(tellAmounts(out, w, t, r), tellCost(out, w, t, r), tellEffects(out, w, t, r)); err != nil {
		return err
	}
	if len(r.Missing) > 0 {
		fmt.Fprintln(out, "\nTo be asked, and in how many cases")
		for _, m := range r.Missing {
			fmt.Fprintf(t, "  %s\t%s\n", w.of("fact.ask."+m.Name, m.Name), p.Number(m.Cases))
		}
	}
	return t.Flush()
}

func tellDecisions(out io.Writer, w words, r simulate.Result) {
	fmt.Fprintln(out, "\nDecisions that would be others")
	none := true
	for _, d := range r.Decisions {
		if d.Before == d.After {
			continue
		}
		none = false
		fmt.Fprintf(out, "  %s: %s → %s: %s cases\n", w.of("eligibility."+d.Component, d.Component), w.verdict(d.Before), w.verdict(d.After), w.p.Number(d.Cases))
		for _, why := range d.Why {
			fmt.Fprintf(out, "    %s: %s\n", w.of(why.Name, why.Name), w.p.Number(why.Cases))
		}
		list := strings.Join(d.Numbers[:min(shown, len(d.Numbers))], " ")
		if more := d.Cases - int64(min(shown, len(d.Numbers))); more > 0 {
			list += fmt.Sprintf(" … and %s more", w.p.Number(more))
		}
		fmt.Fprintf(out, "    %s\n", list)
	}
	if none {
		fmt.Fprintln(out, "  none")
	}
}

func tellAmounts(out io.Writer, w words, t *tabwriter.Writer, r simulate.Result) error {
	fmt.Fprintln(out, "\nAmounts that would be others")
	if len(r.Amounts) == 0 {
		fmt.Fprintln(out, "  none")
		return nil
	}
	fmt.Fprintln(t, "  \ttimes\ttogether before\tafter\tcannot be told\t")
	for _, a := range r.Amounts {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t\n", w.of("entitlement."+a.Entitlement, a.Entitlement), w.p.Number(a.Lines), w.p.Money(money.Of(a.Before, a.Currency)), w.p.Money(money.Of(a.After, a.Currency)), w.p.Number(a.Unknown))
	}
	return t.Flush()
}

// row is a line of the tables of money.
type row struct {
	name, currency string
	before, after  programme.Cost
}

func tellCost(out io.Writer, w words, t *tabwriter.Writer, r simulate.Result) error {
	for _, table := range []struct {
		title string
		name  func(programme.Share) string
	}{
		{"Cost altogether", func(programme.Share) string { return "" }},
		{"By fund", func(s programme.Share) string {
			if s.Fund == "" {
				return "no fund named"
			}
			return w.of("programme.fund."+s.Fund, s.Fund)
		}},
		{"By month of departure, or of application where none is planned", func(s programme.Share) string { return s.Month }},
	} {
		var rows []row
		for _, s := range r.Cost {
			i := slices.IndexFunc(rows, func(x row) bool { return x.name == table.name(s) && x.currency == s.Currency })
			if i < 0 {
				i, rows = len(rows), append(rows, row{name: table.name(s), currency: s.Currency})
			}
			x := &rows[i]
			x.before.Sure, x.before.Top, x.after.Sure, x.after.Top = x.before.Sure+s.Before.Sure, x.before.Top+s.Before.Top, x.after.Sure+s.After.Sure, x.after.Top+s.After.Top
		}
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(out, "\n%s\n", table.title)
		fmt.Fprintln(t, "  \tbefore\tafter\tdifference\tmay come on top, before\tafter\t")
		for _, x := range rows {
			m := func(n int64) string { return w.p.Money(money.Of(n, x.currency)) }
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t\n", x.name, m(x.before.Sure), m(x.after.Sure), m(x.after.Sure-x.before.Sure), m(x.before.Top), m(x.after.Top))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func tellEffects(out io.Writer, w words, t *tabwriter.Writer, r simulate.Result) error {
	if len(r.Effects) > 0 {
		fmt.Fprintln(out, "\nWho gains and who loses")
	}
	for _, e := range r.Effects {
		for _, side := range []struct {
			name string
			programme.Side
		}{{"gain", e.Gain}, {"lose", e.Loss}} {
			m := func(n int64) string { return w.p.Money(money.Of(n, e.Currency)) }
			fmt.Fprintf(t, "  %s persons %s\ttogether %s\tat most %s each\n", w.p.Number(side.Persons), side.name, m(side.Sum), m(side.Most))
		}
	}
	for _, q := range r.Quotas {
		fmt.Fprintf(t, "  %s\t%s places wanted of %s\t\n", w.of("entitlement.quota."+q.Quota, q.Quota), w.p.Number(q.Wanted), w.p.Number(q.Places))
	}
	return t.Flush()
}
