package desk

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/desk/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
)

const (
	maxQuery = 100
	maxFound = 25
)

// Found is what a search turned up.
type Found struct {
	Persons []person.Person
	Of      map[string][]casefile.Case // cases of each person that the reader may see
	Cases   []casefile.Row             // whose number begins like the query
	actor   *org.Actor
}

// Find looks for people and cases: by name in any script, number of a document, phone, or number of a case. Every search is
// an entry in the journal with what was looked for, sealed under the office's key: who fishes for a neighbour is seen.
func (d *Domain) Find(ctx context.Context, actor, query string) (f Found, err error) {
	err = d.Gate.Read(ctx, actor, casefile.PermView, func(ctx context.Context, r *gate.R) error {
		f.actor = r.Actor
		if r.Actor.Can(person.PermView) {
			if f.Persons, err = d.Persons.Search(ctx, under(r, person.PermView), query, maxFound); err != nil {
				return err
			}
			ids := make([]string, len(f.Persons))
			for i, p := range f.Persons {
				ids[i] = p.ID
			}
			if f.Of, err = casesOf(ctx, r, ids); err != nil {
				return err
			}
		}
		if strings.ContainsAny(query, "0123456789") {
			page, err := d.Cases.List(ctx, r, casefile.Filter{State: "any", Text: query, Sort: "-number", Limit: maxFound})
			f.Cases = page.Rows
			return err
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	return f, d.Gate.Write(ctx, actor, casefile.PermView, func(ctx context.Context, w *gate.W) error {
		key := w.Actor.OfficeID
		if key == "" {
			key = journal.Installation
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "search", ID: w.Actor.ID}, Action: "search.done", Key: key,
			Args: map[string]string{"query": query, "n": strconv.Itoa(len(f.Persons) + len(f.Cases))}})
	})
}

// casesOf reads the cases of several people in one query.
func casesOf(ctx context.Context, r *gate.R, personIDs []string) (map[string][]casefile.Case, error) {
	out := map[string][]casefile.Case{}
	if len(personIDs) == 0 {
		return out, nil
	}
	type row struct {
		person string
		c      casefile.Case
	}
	var a db.Args
	q := `SELECT m.person_id, ` + casefile.Columns + ` FROM case_member m JOIN casefile c ON c.id = m.case_id WHERE m.person_id IN ` + a.In(personIDs) + ` AND ` + casefile.InScope(r, "c", &a) + ` ORDER BY c.opened_on DESC, c.id`
	rows, err := db.All(ctx, r.Tx, func(s db.Row) (row, error) {
		var x row
		return x, s.Scan(append([]any{&x.person}, x.c.Targets()...)...)
	}, q, a.Values...)
	for _, x := range rows {
		out[x.person] = append(out[x.person], x.c)
	}
	return out, err
}

func (d *Domain) search(w http.ResponseWriter, r *web.Request) error {
	q := strings.Join(strings.Fields(r.Text("q")), " ")
	p := r.P
	v := pages.Search{P: p, Query: q}
	title := p.T("desk.search.title")
	switch n := utf8.RuneCountInString(q); {
	case n == 0:
		return r.Page(w, http.StatusOK, title, pages.SearchPage(v))
	case n > maxQuery:
		v.Query = cut(q, maxQuery)
		return d.badSearch(w, r, v, fault.At("q", "desk.err.query_long", "n", maxQuery))
	case n < 2:
		return d.badSearch(w, r, v, fault.At("q", "desk.err.query_short"))
	}
	f, err := d.Find(r.Context(), r.UserID, q)
	if err != nil {
		return err
	}
	if len(f.Persons) == 0 && len(f.Cases) == 1 && strings.EqualFold(f.Cases[0].No, q) {
		return r.Redirect(w, room.Href(f.Cases[0].ID)) // the whole number of one case: that is where they want to go
	}
	v.Done = true
	v.More = len(f.Persons) == maxFound || len(f.Cases) == maxFound
	if d.leads(f.actor, "GET /persons/new") {
		v.Register = "/persons/new"
	}
	for _, x := range f.Persons {
		hit := pages.Hit{Href: "/persons/" + x.ID, Name: x.Parts(), Facts: []string{}}
		if !x.BirthDate.IsZero() {
			hit.Facts = append(hit.Facts, p.T("desk.search.born", "date", p.Date(x.BirthDate)))
		}
		if x.Nationality != "" {
			hit.Facts = append(hit.Facts, p.Country(x.Nationality))
		}
		for _, c := range f.Of[x.ID] {
			hit.Cases = append(hit.Cases, d.hitCase(r, c))
		}
		v.Persons = append(v.Persons, hit)
	}
	for i := range f.Cases {
		x := &f.Cases[i]
		c := d.hitCase(r, x.Case)
		v.Cases = append(v.Cases, pages.Hit{Href: c.Href, Name: x.Who.Parts(), Ref: x.No, Facts: []string{c.Text}})
	}
	return r.Page(w, http.StatusOK, title, pages.SearchPage(v))
}

func (d *Domain) badSearch(w http.ResponseWriter, r *web.Request, v pages.Search, err error) error {
	v.Problems, _ = r.Problems(err)
	return r.Form(w, r.P.T("desk.search.title"), v.Problems, pages.SearchPage(v))
}

func (d *Domain) hitCase(r *web.Request, c casefile.Case) pages.HitCase {
	text := stageName(r.P, c.Stage)
	if c.State != casefile.Open {
		text = r.P.T("desk.state." + c.State)
	}
	return pages.HitCase{Href: room.Href(c.ID), No: c.No, Text: text}
}
