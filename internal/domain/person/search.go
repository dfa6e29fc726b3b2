package person

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person/fold"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

const (
	maxWords = 6
	countCap = 2000 // how far a word's matches are counted when the rarest word is looked for
)

// span is a half-open range of search keys: everything that begins with a word.
type span struct{ from, to string }

// prefix gives the keys that begin with s. The last character is raised by one; it is never the last one there is.
func prefix(s string) span {
	r := []rune(s)
	r[len(r)-1]++
	return span{s, string(r)}
}

// words gives what a query looks for: each word as it was typed (strict), and by its bones where it has enough of them.
func words(query string) (strict, loose []span) {
	list := strings.Fields(fold.Text(query))
	if len(list) > maxWords {
		list = list[:maxWords]
	}
	for _, w := range list {
		if len(list) > 1 && (w == "al" || w == "el" || w == "ال") { // the article says nothing
			continue
		}
		w = fold.Cut(w)
		s := prefix(w)
		strict = append(strict, s)
		switch b := fold.Bones(w); {
		case len(b) >= 3:
			s = prefix(fold.BoneMark + b)
		case len(b) == 2:
			s = span{fold.BoneMark + b, fold.BoneMark + b + "0"} // bones are letters, and "0" is before them
		}
		loose = append(loose, s)
	}
	return strict, loose
}

// Search finds persons by name (any script, beginnings of words, every word must match), document number or phone number:
// exact words first, then longer ones, then those that only sound alike. It shows nobody outside the reader's scope.
func (d *Domain) Search(ctx context.Context, r *gate.R, query string, limit int) ([]Person, error) {
	found := hits{limit: limit}
	if d.Also != nil {
		also, err := d.Also(ctx, r, query)
		if err != nil {
			return nil, err
		}
		for _, id := range also {
			p, ok, err := d.ifVisible(ctx, r, id)
			if err != nil {
				return nil, err
			}
			if ok {
				found.add([]Person{p})
			}
		}
	}
	if strings.ContainsAny(fold.Text(query), "0123456789") || strings.Contains(query, "@") {
		byNumber, err := d.byNumber(ctx, r, query, limit, true)
		if err != nil {
			return nil, err
		}
		found.add(byNumber)
	}
	strict, loose := words(query)
	for _, spans := range [][]span{strict, loose} {
		if found.full() || len(spans) == 0 {
			break
		}
		list, err := d.matching(ctx, r, spans, limit, nil, true)
		if err != nil {
			return nil, err
		}
		found.add(list)
	}
	return found.list, nil
}

// hits collects persons without repeating one.
type hits struct {
	limit int
	list  []Person
	seen  map[string]bool
}

func (h *hits) add(ps []Person) {
	if h.seen == nil {
		h.seen = map[string]bool{}
	}
	for _, p := range ps {
		if !h.seen[p.ID] && !h.full() {
			h.seen[p.ID] = true
			h.list = append(h.list, p)
		}
	}
}

func (h *hits) full() bool { return len(h.list) >= h.limit }

// matching walks along the keys of the rarest word and asks the index for the others. The keys are in the order of word and
// sort name, so nothing is sorted and the walk ends when enough were found. births narrows to some birth dates.
func (d *Domain) matching(ctx context.Context, r *gate.R, spans []span, limit int, births []string, scoped bool) ([]Person, error) {
	lead := 0
	if len(spans) > 1 {
		least := int64(countCap + 1)
		for i, s := range spans {
			n, err := db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(*) FROM (SELECT 1 AS one FROM person_key WHERE token >= $1 AND token < $2 LIMIT $3) k`, s.from, s.to, countCap)
			if err != nil {
				return nil, err
			}
			if n < least {
				lead, least = i, n
			}
		}
		if least == 0 {
			return nil, nil
		}
	}
	var a db.Args
	s := spans[lead]
	q := `SELECT ` + Columns + ` FROM person_key k JOIN person p ON p.id = k.person_id WHERE k.token >= ` + a.Add(s.from) + ` AND k.token < ` + a.Add(s.to)
	for i, o := range spans {
		if i != lead {
			q += ` AND EXISTS (SELECT 1 FROM person_key o WHERE o.person_id = k.person_id AND o.token >= ` + a.Add(o.from) + ` AND o.token < ` + a.Add(o.to) + `)`
		}
	}
	if births != nil {
		q += ` AND p.birth_date IN ` + a.In(births)
	}
	if scoped {
		q += ` AND ` + d.inScope(r, &a)
	}
	// A person with several words in the range comes several times; the first counts. Asking the database to leave the others
	// out would cost a look for each of thousands of Mohammads; asking at once for more than are shown would cost as many looks
	// again, and is seldom needed.
	const again = 4
	q += ` ORDER BY k.token, k.sort_name, k.person_id LIMIT `
	for _, n := range []int{limit, limit * again} {
		list, err := db.All(ctx, r.Tx, scan, q+fmt.Sprintf("$%d", len(a.Values)+1), append(slices.Clip(a.Values), n)...)
		if err != nil {
			return nil, err
		}
		once := hits{limit: limit}
		once.add(list)
		if once.full() || len(list) < n || n > limit {
			return once.list, nil
		}
	}
	return nil, nil
}

// byNumber finds persons by the keyed hash of a document number, phone number or address of mail.
func (d *Domain) byNumber(ctx context.Context, r *gate.R, number string, limit int, scoped bool) ([]Person, error) {
	ring := r.Vault().Ring()
	var found hits
	found.limit = limit
	for _, look := range []struct{ table, blind string }{{"identity_paper", ring.Blind(blindPaper, normalNumber(number))}, {"person_contact", ring.Blind(blindContact, normalContact(number))}} {
		if look.blind == "" {
			continue
		}
		var a db.Args
		q := `SELECT ` + Columns + ` FROM person p WHERE p.id IN (SELECT x.person_id FROM ` + look.table + ` x WHERE x.blind = ` + a.Add(look.blind) + `)`
		if scoped {
			q += ` AND ` + d.inScope(r, &a)
		}
		list, err := db.All(ctx, r.Tx, scan, q+` ORDER BY p.sort_name, p.id LIMIT `+a.Add(limit), a.Values...)
		if err != nil {
			return nil, err
		}
		found.add(list)
	}
	return found.list, nil
}

// Draft is what is known before somebody is registered.
type Draft struct {
	GivenNames, FamilyName    string
	NativeGiven, NativeFamily string
	BirthDate                 day.Date
	BirthKind                 string
	Number                    string // of a document
}

// Candidate is somebody registered already who may be the same person, and why: document, name, sounds, birth.
type Candidate struct {
	Person Person
	Why    []string
}

// Candidates are the people a new registration may repeat. Elsewhere names offices that know somebody so alike that they
// must be asked, and nothing else about them.
type Candidates struct {
	List      []Candidate
	Elsewhere []string
}

const maxCandidates = 20

// Candidates looks for somebody before they are registered. A look that meets a record of another office is an entry in
// that record's history.
func (d *Domain) Candidates(ctx context.Context, actor string, in Draft) (Candidates, error) {
	var out Candidates
	var elsewhere []Person
	look := func(ctx context.Context, r *gate.R) (err error) {
		out, elsewhere, err = d.candidates(ctx, r, in)
		return err
	}
	if err := d.Gate.Read(ctx, actor, PermRegister, look); err != nil || len(elsewhere) == 0 {
		return out, err
	}
	return out, d.Gate.Write(ctx, actor, PermRegister, func(ctx context.Context, w *gate.W) error {
		for i := range elsewhere {
			if err := record(ctx, w, &elsewhere[i], journal.Entry{Action: "person.searched_elsewhere", Args: map[string]string{"office": w.Actor.OfficeID}}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Domain) candidates(ctx context.Context, r *gate.R, in Draft) (out Candidates, elsewhere []Person, err error) {
	why := map[string][]string{}
	var order []Person
	note := func(reason string, list []Person, err error) error {
		for _, p := range list {
			if _, known := why[p.ID]; !known {
				order = append(order, p)
			}
			if !slices.Contains(why[p.ID], reason) && !(reason == "sounds" && slices.Contains(why[p.ID], "name")) {
				why[p.ID] = append(why[p.ID], reason)
			}
		}
		return err
	}
	if in.Number != "" {
		list, err := d.byNumber(ctx, r, in.Number, maxCandidates, false)
		if err := note("document", list, err); err != nil {
			return out, nil, err
		}
	}
	births := near(in.BirthDate)
	for _, name := range []string{joinName(in.GivenNames, in.FamilyName), joinName(in.NativeGiven, in.NativeFamily)} {
		strict, loose := words(name)
		if len(strict) == 0 {
			continue
		}
		for _, step := range []struct {
			why    string
			spans  []span
			births []string
			scoped bool
		}{{"name", strict, nil, true}, {"sounds", loose, nil, true}, {"name", strict, births, false}, {"sounds", loose, births, false}} {
			if !step.scoped && births == nil {
				continue
			}
			list, err := d.matching(ctx, r, step.spans, maxCandidates, step.births, step.scoped)
			if err := note(step.why, list, err); err != nil {
				return out, nil, err
			}
		}
		for _, s := range loose { // one name in common and the same birthday
			if births == nil {
				break
			}
			list, err := d.matching(ctx, r, []span{s}, maxCandidates, births, true)
			if err := note("part", list, err); err != nil {
				return out, nil, err
			}
		}
	}
	for _, p := range order {
		if !p.BirthDate.IsZero() && slices.Contains(births, p.BirthDate.String()) {
			why[p.ID] = append(why[p.ID], "birth")
		}
		_, seen, err := d.ifVisible(ctx, r, p.ID)
		if err != nil {
			return out, nil, err
		}
		reasons := why[p.ID]
		if len(reasons) > 1 && slices.Contains(reasons, "part") && (slices.Contains(reasons, "name") || slices.Contains(reasons, "sounds")) {
			reasons = without(reasons, "part")
		}
		switch {
		case seen && len(out.List) < maxCandidates:
			out.List = append(out.List, Candidate{p, reasons})
		case !seen && len(elsewhere) < 5:
			elsewhere = append(elsewhere, p)
			o, err := org.OfficeByID(ctx, r.Tx, p.OfficeID)
			if err != nil {
				return out, nil, err
			}
			if !slices.Contains(out.Elsewhere, o.Name) {
				out.Elsewhere = append(out.Elsewhere, o.Name)
			}
		}
	}
	return out, elsewhere, nil
}

// near gives the birth dates that are easily written for one another: the same, day and month swapped, and the two ways to
// write a year alone.
func near(d day.Date) []string {
	if d.IsZero() {
		return nil
	}
	out := []string{d.String(), day.New(d.Year(), 7, 1).String(), day.New(d.Year(), 1, 1).String()}
	if s := day.New(d.Year(), time.Month(d.Day()), int(d.Month())); !s.IsZero() {
		out = append(out, s.String())
	}
	return out
}

func without(list []string, s string) []string {
	var out []string
	for _, v := range list {
		if v != s {
			out = append(out, v)
		}
	}
	return out
}
