package programme

import (
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
)

// SaidOf writes what is known of a fact in the reader's language: a country by its name, a day as days are written, a choice
// by its word.
func SaidOf(p *i18n.Printer, name string, values []string) string {
	f, ok := FactNamed(name)
	if len(values) == 0 {
		if ok && f.Kind == expr.Multi { // looked for, and not found; a fact nobody knows has no place here
			return p.T("fact.nothing")
		}
		return p.T("common.not_known")
	}
	var out []string
	for _, v := range values {
		out = append(out, f.word(p, v))
	}
	return p.List(out)
}

func (f Fact) word(p *i18n.Printer, v string) string {
	switch f.Kind {
	case expr.YesNo:
		return p.T("common." + v)
	case expr.Country:
		return p.Country(v)
	case expr.OnDay:
		if d, err := day.Parse(v); err == nil {
			return p.Date(d)
		}
	case expr.Number:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && f.Unit != "" {
			return p.N("fact.unit."+f.Unit, n)
		}
	case expr.Choice, expr.Multi:
		if key := "fact.value." + f.Name + "." + v; p.Has(key) {
			return p.T(key)
		}
	}
	return v // the code of another programme, and what an older version of the catalogue knew
}
