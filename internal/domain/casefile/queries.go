package casefile

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Offered lists the programmes under which the reader may open a case today: those in force where their offices lie.
func (d *Domain) Offered(ctx context.Context, r *gate.R) (out []*programme.Pack, err error) {
	offices, err := org.Offices(ctx, r.Tx)
	if err != nil {
		return nil, err
	}
	for _, p := range d.Packs.In(r.Scope.Countries(offices)) {
		now, err := d.Packs.Current(p.Code, r.Today)
		if err == nil && now == p && r.Scope.Sees(org.Subject{Office: r.Actor.OfficeID, Programme: p.Code, Owner: r.Actor.ID, Class: org.Normal}) {
			out = append(out, p)
		}
	}
	return out, nil
}

// Row is one line of a list of cases.
type Row struct {
	Case
	Who       person.Person // who applied: nothing but the names
	OwnerName string
	StageDays int
	StepTitle string // the next task's own words, where it has no code
	sortKey   string
}

// Page is one page of a list.
type Page struct {
	Rows []Row
	Next string // cursor of the next page; empty on the last
}

var sortColumns = map[string]string{"due": "c.next_due", "opened": "c.opened_on", "stage": "c.stage", "since": "c.stage_since", "name": "c.sort_name", "number": "c.no"}

// List reads one page of cases.
func (d *Domain) List(ctx context.Context, r *gate.R, f Filter) (Page, error) {
	if f.Limit <= 0 || f.Limit > maxBulk {
		f.Limit = 50
	}
	name, dir, cmp := f.Sort, "", ">"
	if strings.HasPrefix(name, "-") {
		name, dir, cmp = name[1:], " DESC", "<"
	}
	if name == "" {
		name = "due"
	}
	col := sortColumns[name]
	if col == "" {
		return Page{}, fault.At("sort", "case.err.filter_value", "name", "sort", "value", cutText(f.Sort, 60))
	}
	var a db.Args
	var parts []string
	ways := branches(r, f)
	if name == "due" && f.Desk == "" && (f.State == "" || f.State == Open) { // the indexes keep each desk in the order of its dates
		for i := len(ways) - 1; i >= 0; i-- {
			way := ways[i]
			ways[i] = func(a *db.Args) string { return way(a) + " AND c.desk = " + a.Add(NeedsAction) }
			ways = append(ways, func(a *db.Args) string { return way(a) + " AND c.desk = " + a.Add(WaitingOnOthers) })
		}
	}
	for _, branch := range ways {
		q := `SELECT c.id AS id, ` + col + ` AS k FROM casefile c WHERE ` + branch(&a) + ` AND ` + d.where(r, f, &a)
		if f.After != "" {
			key, caseID, ok := readCursor(f.After)
			if !ok {
				return Page{}, fault.At("after", "case.err.filter_value", "name", "after", "value", cutText(f.After, 60))
			}
			q += ` AND (` + col + `, c.id) ` + cmp + ` (` + a.Add(key) + `, ` + a.Add(caseID) + `)`
		}
		q += ` ORDER BY ` + col + dir + `, c.id` + dir + ` LIMIT ` + a.Add(f.Limit+1)
		parts = append(parts, `SELECT id, k FROM (`+q+`) b`)
	}
	q := `SELECT ` + Columns + `, ` + person.NameColumns + `, COALESCE(o.name, ''), x.k
		FROM (` + strings.Join(parts, ` UNION ALL `) + `) x JOIN casefile c ON c.id = x.id JOIN person p ON p.id = c.principal_id LEFT JOIN staff o ON o.id = c.owner_id
		ORDER BY x.k` + dir + `, c.id` + dir + ` LIMIT ` + a.Add(f.Limit+1)
	rows, err := db.All(ctx, r.Tx, scanRow, q, a.Values...)
	if err != nil {
		return Page{}, err
	}
	var p Page
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		last := rows[len(rows)-1]
		p.Next = cursor(last.sortKey, last.ID)
	}
	for i := range rows {
		x := &rows[i]
		x.StageDays = x.StageSince.DaysUntil(r.Today)
		if x.StepTitle, _, err = r.Open(ctx, x.ID, "casefile.next_title:"+x.ID, x.NextTitle); err != nil {
			return Page{}, err
		}
	}
	p.Rows = rows
	return p, nil
}

func scanRow(s db.Row) (Row, error) {
	var x Row
	return x, s.Scan(append(append(x.Case.Targets(), x.Who.NameTargets()...), &x.OwnerName, &x.sortKey)...)
}

// maxExport bounds one exported list.
const maxExport = 200_000

// Export writes a list as CSV, all pages of it, and notes in the journal who took out how many cases with which filter.
func (d *Domain) Export(ctx context.Context, actor string, f Filter, out io.Writer) (n int, err error) {
	var rows []Row
	err = d.Gate.Write(ctx, actor, PermExport, func(ctx context.Context, w *gate.W) error {
		rows = nil
		f.After, f.Limit = "", maxBulk
		for {
			p, err := d.List(ctx, &w.R, f)
			if err != nil {
				return err
			}
			rows = append(rows, p.Rows...)
			if len(rows) > maxExport {
				return fault.New(fault.TooLarge, "case.err.export_large", "n", maxExport)
			}
			if p.Next == "" {
				break
			}
			f.After = p.Next
		}
		f.After = ""
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "list", ID: "cases"}, Action: "case.exported", Args: map[string]string{"n": strconv.Itoa(len(rows)), "filter": f.Values().Encode()}})
	})
	if err != nil {
		return 0, err
	}
	c := csv.NewWriter(out)
	c.UseCRLF = true
	if err := c.Write([]string{"number", "given_names", "family_name", "native_name", "nationality", "return_country", "programme", "stage", "stage_since", "state", "desk", "next_due", "waiting_on", "waiting_until", "owner", "persons", "children", "departs_on", "opened_on", "closed_on", "closing_reason"}); err != nil {
		return 0, err
	}
	for _, x := range rows {
		due := x.NextDue
		if due == NoDue {
			due = ""
		}
		line := []string{x.No, x.Who.GivenNames, x.Who.FamilyName, x.Who.Native(), x.Nationality, x.ReturnCountry, x.Programme, x.Stage, x.StageSince.String(), x.State, x.Desk, due, x.WaitingOn, x.WaitingUntil.String(), x.OwnerName,
			strconv.FormatInt(x.Persons, 10), strconv.FormatInt(x.Children, 10), x.DepartsOn.String(), x.OpenedOn.String(), x.ClosedOn.String(), x.ClosingReason}
		for i := range line {
			line[i] = Harmless(line[i])
		}
		if err := c.Write(line); err != nil {
			return 0, err
		}
	}
	c.Flush()
	return len(rows), c.Error()
}

// Harmless keeps a spreadsheet from taking a cell for a formula: what begins like one gets an apostrophe before it.
func Harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n|", rune(s[0])) {
		return "'" + s
	}
	return s
}

// View is a list somebody keeps.
type View struct {
	ID, StaffID, Name, Query string
	CreatedAt                time.Time
}

const maxViews = 50

// SaveView keeps a list under a name; the same name again replaces it. The address is checked as the list itself would.
func (d *Domain) SaveView(ctx context.Context, actor, name string, f Filter) (v View, err error) {
	err = d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) error {
		f.After = ""
		if _, err := d.ParseFilter(f.Values()); err != nil {
			return err
		}
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			return fault.At("name", "case.err.view_name")
		case utf8.RuneCountInString(name) > 60:
			return fault.At("name", "case.err.too_long", "n", 60)
		}
		have, err := Views(ctx, &w.R)
		if err != nil {
			return err
		}
		if len(have) >= maxViews && !slices.ContainsFunc(have, func(x View) bool { return x.Name == name }) {
			return fault.New(fault.Conflict, "case.err.view_many", "n", maxViews)
		}
		v = View{ID: w.NewID(), StaffID: w.Actor.ID, Name: name, Query: f.Values().Encode(), CreatedAt: w.Now}
		if v.ID, err = db.One(ctx, w.Tx, db.Value[string], `INSERT INTO saved_view (id, staff_id, name, query, created_at) VALUES ($1,$2,$3,$4,$5)
			ON CONFLICT (staff_id, name) DO UPDATE SET query = excluded.query RETURNING id`, v.ID, v.StaffID, v.Name, v.Query, clock.Format(v.CreatedAt)); err != nil {
			return err
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "saved_view", ID: v.ID}, Action: "view.saved", Args: map[string]string{"name": v.Name}})
	})
	return v, err
}

// DropView forgets a list. It returns what it was, so that it can be put back.
func (d *Domain) DropView(ctx context.Context, actor, viewID string) (v View, err error) {
	err = d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) error {
		v, err = db.One(ctx, w.Tx, scanView, `SELECT id, staff_id, name, query, created_at FROM saved_view WHERE id = $1 AND staff_id = $2`, viewID, w.Actor.ID)
		if errors.Is(err, db.ErrNoRow) {
			return fault.Gone()
		}
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `DELETE FROM saved_view WHERE id = $1`, v.ID); err != nil {
			return err
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "saved_view", ID: v.ID}, Action: "view.dropped", Args: map[string]string{"name": v.Name}})
	})
	return v, err
}

func scanView(s db.Row) (View, error) {
	var v View
	return v, s.Scan(&v.ID, &v.StaffID, &v.Name, &v.Query, db.InstantOf(&v.CreatedAt))
}

// Views lists the reader's own lists by name.
func Views(ctx context.Context, r *gate.R) ([]View, error) {
	return db.All(ctx, r.Tx, scanView, `SELECT id, staff_id, name, query, created_at FROM saved_view WHERE staff_id = $1 ORDER BY name, id`, r.Actor.ID)
}

// Cursor is the row's place in the list it was read for: with it as Filter.After, a list begins at the next row, even when
// work on this one has moved it elsewhere.
func (x *Row) Cursor() string { return cursor(x.sortKey, x.ID) }
