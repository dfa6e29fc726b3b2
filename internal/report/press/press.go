// Package press holds the figures that a programme tells the public: talks, people found eligible for help with a new
// start, people who returned, plans, people helped with money, and to which countries they returned. Every figure is counted
// from the cases at the moment it is asked for, within what the reader may see, and every figure can show the rows behind it.
//
// It owns no table and keeps no copy of a number. It never names a person: the list behind a figure names cases, and
// whoever draws it decides by the reader's rights whether a name stands beside them.
package press

import (
	"context"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Period is what is counted: everything from the first day to the last, both included, as it stood at the end of the last.
// Zone is whose midnight ends a day; nil is UTC.
type Period struct {
	From, AsOf day.Date
	Zone       *time.Location
}

// Figures are the numbers of a period.
type Figures struct {
	From                    day.Date `json:"from"`
	AsOf                    day.Date `json:"as_of"`
	Sessions                int64    `json:"sessions"`
	Eligible                int64    `json:"eligible"`
	Returned                int64    `json:"returned"`
	Plans                   int64    `json:"plans"`
	Paid                    int64    `json:"paid"`
	ByNationality           []Share  `json:"by_nationality"`
	ReportingFrom           day.Date `json:"reporting_period_from"`
	ReportingPeriodReturned int64    `json:"reporting_period_returned"`
}

// Share is the people of one nationality among all who returned. Country is Others for all that are not named.
type Share struct {
	Country string `json:"country"`
	Persons int64  `json:"persons"`
	Percent int64  `json:"percent"`
}

// Others stands for the countries that are not named.
const Others = "other"

// Figure names one number, for the list behind it. The message keys are report.figure.CODE and report.define.CODE.
type Figure string

// The figures, in the order in which they are shown.
const (
	Sessions Figure = "sessions"
	Eligible Figure = "eligible"
	Returned Figure = "returned"
	Plans    Figure = "plans"
	Paid     Figure = "paid"
	Recent   Figure = "recent" // returned in the reporting period
)

// All lists the figures.
var All = []Figure{Sessions, Eligible, Returned, Plans, Paid, Recent}

// Known reports whether there is such a figure.
func Known(f Figure) bool { return sources[f].from != "" }

// Count counts a period within the reader's scope. A reader who may not see cases is shown no group so small that a person
// could be recognised in it.
func Count(ctx context.Context, r *gate.R, p Period) (Figures, error) {
	out := Figures{From: p.From, AsOf: p.AsOf, ReportingFrom: reportingFrom(p), ByNationality: []Share{}}
	for _, x := range []struct {
		f Figure
		n *int64
	}{{Sessions, &out.Sessions}, {Eligible, &out.Eligible}, {Returned, &out.Returned}, {Plans, &out.Plans}, {Paid, &out.Paid}, {Recent, &out.ReportingPeriodReturned}} {
		var a db.Args
		q := `SELECT COUNT(*) FROM ` + body(r, x.f, p, &a)
		n, err := db.One(ctx, r.Tx, db.Value[int64], q, a.Values...)
		if err != nil {
			return out, err
		}
		*x.n = n
	}
	groups, err := nationalities(ctx, r, p)
	if err != nil {
		return out, err
	}
	out.ByNationality = shares(groups, smallest(r))
	return out, nil
}

// smallest is the size below which a group is not shown to this reader.
func smallest(r *gate.R) int64 {
	if r.Actor.Can(casefile.PermView) {
		return 1
	}
	return SmallGroup
}

// nationalities counts who returned by nationality, the largest group first.
func nationalities(ctx context.Context, r *gate.R, p Period) ([]Share, error) {
	var a db.Args
	q := `SELECT nat, n FROM (SELECT t.nationality AS nat, COUNT(*) AS n FROM ` + body(r, Returned, p, &a) + ` GROUP BY t.nationality) g ORDER BY n DESC, nat`
	return db.All(ctx, r.Tx, func(row db.Row) (Share, error) { var s Share; return s, row.Scan(&s.Country, &s.Persons) }, q, a.Values...)
}

// Row is one thing that a figure counts.
type Row struct {
	Case        casefile.Case
	On          day.Date
	PersonID    string
	Given       string
	Family      string
	Native      string
	NativeLang  string
	Nationality string
	day         string // as stored
	first, last string
}

// Name is the person's name in Latin letters.
func (x Row) Name() string {
	return strings.TrimSpace(x.Given + " " + x.Family)
}

// Page is a page of the list behind a figure.
type Page struct {
	Rows []Row
	Next string // cursor of the next page; empty on the last
}

// Behind lists what a figure counts, oldest first: exactly those rows and no others. country narrows a figure to one nationality of
// its breakdown, or to Others.
func Behind(ctx context.Context, r *gate.R, f Figure, p Period, country, after string, limit int) (Page, error) {
	s := sources[f]
	var a db.Args
	q := `SELECT ` + casefile.Columns + `, ` + s.day + `, t.id, t.given_names, t.family_name, t.native_given, t.native_family, t.native_lang, t.nationality, ` + s.first + `, ` + s.last + `
		FROM ` + body(r, f, p, &a)
	if country != "" {
		groups, err := nationalities(ctx, r, p)
		if err != nil {
			return Page{}, err
		}
		if country == Others {
			for _, g := range shares(groups, smallest(r)) {
				if g.Country != Others {
					q += ` AND t.nationality <> ` + a.Add(g.Country)
				}
			}
		} else {
			q += ` AND t.nationality = ` + a.Add(country)
		}
	}
	key := `(` + s.day + `, ` + s.first + `, ` + s.last + `)`
	if after != "" {
		at := strings.Split(after, "~")
		if len(at) != 3 {
			return Page{}, fault.At("after", "report.err.after")
		}
		q += ` AND ` + key + ` > (` + a.Add(at[0]) + `, ` + a.Add(at[1]) + `, ` + a.Add(at[2]) + `)`
	}
	q += ` ORDER BY ` + s.day + `, ` + s.first + `, ` + s.last + ` LIMIT ` + a.Add(limit+1)
	rows, err := db.All(ctx, r.Tx, func(row db.Row) (Row, error) {
		var x Row
		var nativeGiven, nativeFamily string
		err := row.Scan(append(x.Case.Targets(), &x.day, &x.PersonID, &x.Given, &x.Family, &nativeGiven, &nativeFamily, &x.NativeLang, &x.Nationality, &x.first, &x.last)...)
		if err == nil {
			x.Native = strings.TrimSpace(nativeGiven + " " + nativeFamily)
			x.On, err = p.dayOf(x.day)
		}
		return x, err
	}, q, a.Values...)
	if err != nil {
		return Page{}, err
	}
	var out Page
	if len(rows) > limit {
		rows = rows[:limit]
		l := rows[limit-1]
		out.Next = l.day + "~" + l.first + "~" + l.last
	}
	out.Rows = rows
	return out, nil
}
