package decision

import (
	"net/url"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision/pages"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
)

// home is where a fact is recorded that no form asks for: the words for it, the route where it can be read, and the one where
// it is answered.
type home struct{ words, see, ask string }

var homes = map[string]home{
	"age":                 {"decision.place.person", "/persons/{id}", "/persons/{id}/edit"},
	"nationality":         {"decision.place.person", "/persons/{id}", "/persons/{id}/edit"},
	"relation":            {"decision.place.household", "/cases/{id}/household", "/cases/{id}/household"},
	"household_size":      {"decision.place.household", "/cases/{id}/household", "/cases/{id}/household"},
	"children":            {"decision.place.household", "/cases/{id}/household", "/cases/{id}/household"},
	"return_country":      {"decision.place.case", "/cases/{id}", "/cases/{id}/edit"},
	"application_date":    {"decision.place.case", "/cases/{id}", ""},
	"unaccompanied_child": {"decision.place.case", "/cases/{id}", "/cases/{id}/flags"},
	"declaration_signed":  {"decision.declaration.title", "/cases/{id}/declaration", "/cases/{id}/declaration"},
	"voluntary":           {"decision.place.counselling", "/cases/{id}/counselling", "/cases/{id}/counselling"},
	"vulnerable":          {"decision.place.screening", "/cases/{id}/screening", "/cases/{id}/screening/{person}"},
	"vulnerability":       {"decision.place.screening", "/cases/{id}/screening", "/cases/{id}/screening/{person}"},
}

// formFor is the form of the programme that asks for a fact, nil if none does.
func formFor(pack *programme.Pack, fact string) *programme.Form {
	for _, f := range pack.Forms {
		for _, q := range f.Fields {
			if q.Fact == fact {
				return f
			}
		}
	}
	return nil
}

// written is where a fact about a person was recorded: in words, and the way there for whoever may go.
func (v *view) written(personID, fact string) (words, href string) {
	for _, about := range []string{personID, ""} {
		if rec := v.records[about][fact]; rec != "" {
			if f := formFor(v.Pack, fact); f != nil {
				words = v.p.T(f.TitleKey())
			}
			return words, v.way("/cases/{id}/records/{record}", personID, rec)
		}
	}
	if h, ok := homes[fact]; ok {
		return v.p.T(h.words), v.way(h.see, personID, "")
	}
	return "", ""
}

// ask is the question about a fact that is missing, with the way to where it is answered.
func (v *view) ask(personID, fact string) pages.Ask {
	a := pages.Ask{Question: word(v.p, "fact.ask."+fact, fact)}
	if f := formFor(v.Pack, fact); f != nil {
		a.Place = v.p.T(f.TitleKey())
		if a.Href = v.way("/cases/{id}/forms/{code}", personID, f.Code); a.Href != "" && f.Per == "person" {
			a.Href += "?person=" + url.QueryEscape(personID)
		}
		return a
	}
	if h, ok := homes[fact]; ok {
		a.Place, a.Href = v.p.T(h.words), v.way(h.ask, personID, "")
		return a
	}
	if f, ok := programme.FactNamed(fact); ok {
		a.Place = word(v.p, "fact.where."+f.Where, "")
	}
	return a
}

// way is an address, if the reader may go there. The last part of a route is the form or the record it names.
func (v *view) way(route, personID, last string) string {
	if route == "" || !v.d.leads(v.actor, "GET "+route) {
		return ""
	}
	id := v.c.ID
	if strings.HasPrefix(route, "/persons/") {
		id = personID
	}
	return strings.NewReplacer("{id}", url.PathEscape(id), "{person}", url.PathEscape(personID), "{code}", url.PathEscape(last), "{record}", url.PathEscape(last)).Replace(route)
}
