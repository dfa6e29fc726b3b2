package interop

import (
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/person"
)

// rowReader reads the cells of one row by our column names and notes what cannot be used.
type rowReader struct {
	at    map[string]int
	heads []string
	line  line
	bad   []Mistake
}

func (r *rowReader) get(col string) string {
	i, ok := r.at[col]
	if !ok || i >= len(r.line.cells) {
		return ""
	}
	return clean(r.line.cells[i])
}

func (r *rowReader) refuse(col, found, expected string) {
	if len(found) > 60 {
		found = found[:60] + "…"
	}
	r.bad = append(r.bad, Mistake{r.line.no, r.heads[r.at[col]], strings.ToValidUTF8(found, ""), expected})
}

// units turns the rows into what will be written, and the rows that cannot be used into mistakes.
func (d *Domain) units(t *table, extra map[string]string, p *Plan, res *Result) (out []unit, total int) {
	at := map[string]int{}
	for i, h := range t.headings {
		c := columnOf(h, extra)
		switch {
		case h == "":
		case c == "":
			res.Ignored = append(res.Ignored, h)
		default:
			if _, twice := at[c]; !twice { // the first of two columns with one meaning counts
				at[c] = i
				res.Mapping[h] = c
			} else {
				res.Ignored = append(res.Ignored, h)
			}
		}
	}
	cs := newCountries(d.Cat)
	byRef := map[string]int{}
	for _, l := range t.rows {
		if empty(l.cells) {
			continue
		}
		total++
		r := &rowReader{at: at, heads: t.headings, line: l}
		e := d.entry(r, t.sheet, cs, p)
		u := unit{caseRef: r.get("case_ref"), programme: r.get("programme"), people: []entry{e}}
		if p.Cases {
			if u.programme == "" {
				u.programme = p.Programme
			}
			var ok bool
			if u.returnCountry, ok = cs.find(r.get("return_country")); !ok {
				r.refuse("return_country", r.get("return_country"), countryExpected)
			}
			if u.programme == "" {
				r.bad = append(r.bad, Mistake{Row: l.no, Expected: "a programme: add a column programme, or give --programme"})
			}
		}
		if len(r.bad) > 0 {
			res.Refused++
			res.add(r.bad...)
			continue
		}
		if !p.Cases {
			out = append(out, u)
			continue
		}
		if u.caseRef == "" {
			u.caseRef = "row of " + e.reg.Person.ID
		}
		i, ok := byRef[u.caseRef]
		if !ok {
			byRef[u.caseRef] = len(out)
			out = append(out, u)
			continue
		}
		// A later row of the same case: the principal applicant stands first wherever their row is.
		if e.relation == "principal" {
			out[i].people = slices.Insert(out[i].people, 0, e)
		} else {
			out[i].people = append(out[i].people, e)
		}
	}
	return out, total
}

const countryExpected = "a country as a two-letter code (PK) or by its name"

// entry reads one person.
func (d *Domain) entry(r *rowReader, sheet bool, cs countries, p *Plan) entry {
	x := person.Person{OfficeID: p.OfficeID, FamilyName: r.get("family_name"), GivenNames: r.get("given_name"), FatherName: r.get("father_name"), NativeGiven: r.get("native_given"), NativeFamily: r.get("native_family"),
		BirthPlace: r.get("birth_place"), Language: strings.ToLower(r.get("language"))}
	ownScript(&x)
	var ok bool
	if x.Sex, ok = sexes[strings.ToLower(r.get("sex"))]; !ok {
		r.refuse("sex", r.get("sex"), "female, male, other, unknown, or F, M")
	}
	if x.BirthDate, x.BirthKind, ok = parseBirth(r.get("birth_date"), sheet); !ok {
		r.refuse("birth_date", r.get("birth_date"), dateExpected)
	}
	if x.Nationality, ok = cs.find(r.get("nationality")); !ok {
		r.refuse("nationality", r.get("nationality"), countryExpected)
	}
	if len(x.Language) > 3 {
		r.refuse("language", x.Language, "a language code such as ar, fa or ur")
	}
	key := r.get("id")
	if key == "" { // no number of their own: the row's content is what tells it from others
		key = strings.Join([]string{x.FamilyName, x.GivenNames, x.NativeFamily, x.NativeGiven, x.FatherName, x.BirthDate.String(), x.Nationality, r.get("document_no")}, "\x00")
	}
	x.ID = derived("person", p.Source, key)
	e := entry{row: r.line.no, relation: "other", reg: person.Registration{Person: x}}
	if p.Cases {
		if e.relation, ok = relations[strings.ToLower(r.get("relation"))]; !ok {
			r.refuse("relation", r.get("relation"), "principal, spouse, child, parent, sibling, guardian or other")
		}
	}
	if no := r.get("document_no"); no != "" {
		e.reg.Paper = person.Paper{ID: derived("paper", p.Source, key), Kind: "other", Number: no, HeldBy: "applicant"}
	}
	for kind, col := range map[string]string{"phone": "phone", "email": "email", "address": "address"} {
		if v := r.get(col); v != "" {
			e.reg.Contacts = append(e.reg.Contacts, person.Contact{ID: derived("contact", p.Source, key, kind), Kind: kind, Value: v, Safe: "no"})
		}
	}
	slices.SortFunc(e.reg.Contacts, func(a, b person.Contact) int { return strings.Compare(a.Kind, b.Kind) })
	return e
}

// ownScript moves a name that is not written in Latin letters to where names in the person's own script belong.
func ownScript(x *person.Person) {
	g, f := script(x.GivenNames), script(x.FamilyName)
	lang := func(s string) bool { return s != "" && s != "latin" && s != "mixed" }
	if !lang(g) && !lang(f) {
		if x.NativeGiven+x.NativeFamily != "" {
			x.NativeLang = nativeLang(script(x.NativeGiven + x.NativeFamily))
		}
		return
	}
	if x.NativeGiven == "" && x.NativeFamily == "" && (lang(g) || g == "") && (lang(f) || f == "") {
		x.NativeGiven, x.NativeFamily = x.GivenNames, x.FamilyName
		x.GivenNames, x.FamilyName = "", ""
		x.NativeLang = nativeLang(script(x.NativeGiven + x.NativeFamily))
	}
}

func nativeLang(s string) string {
	if s == "latin" || s == "mixed" || s == "und" {
		return ""
	}
	return s
}
