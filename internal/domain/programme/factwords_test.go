package programme_test

import (
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/programme/expr"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/locales"
)

// Whatever the catalogue of facts can hold is said in words, in every language that staff read: no code reaches a screen.
func TestEveryFactIsSaidInWords(t *testing.T) {
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	examples := map[expr.Kind]string{expr.YesNo: "yes", expr.Number: "2", expr.OnDay: "2026-03-24", expr.Country: "GE"}
	for _, l := range cat.Languages() {
		if l.Complete != "all" {
			continue
		}
		p := cat.Printer(l.Tag)
		for _, f := range programme.Catalogue() {
			for _, key := range []string{"fact." + f.Name, "fact.ask." + f.Name, "fact.where." + f.Where} {
				if _, ok := cat.Shape(l.Tag, key); !ok {
					t.Errorf("%s: no text for %s", l.Tag, key)
				}
			}
			values := f.Values
			if v, ok := examples[f.Kind]; ok {
				values = append(values, v)
			}
			for _, v := range values {
				if said := programme.SaidOf(p, f.Name, []string{v}); said == "" || said == v && v != "2" || strings.Contains(said, "⟦") {
					t.Errorf("%s: %s %s is said as %q", l.Tag, f.Name, v, said)
				}
			}
		}
	}
	p := cat.Printer("en")
	for _, c := range []struct {
		fact   string
		values []string
		want   string
	}{
		{"return_country", []string{"GE"}, "Georgia"}, {"application_date", []string{"2026-03-24"}, "24/03/2026"}, {"voluntary", []string{"no"}, "No"}, {"age", []string{"1"}, "1 year"}, {"children", []string{"3"}, "3 people"},
		{"legal_status", []string{"no_right_to_stay"}, "No right to stay"}, {"vulnerability", nil, "nothing found"}, {"vulnerability", []string{"medical", "pregnant"}, "Medical need and Pregnant"},
		{"means", nil, "Not known"}, {"other_programmes", []string{"eurp"}, "eurp"}, {"a_fact_of_former_times", []string{"x"}, "x"},
	} {
		if got := programme.SaidOf(p, c.fact, c.values); got != c.want {
			t.Errorf("%s %v is said as %q, want %q", c.fact, c.values, got, c.want)
		}
	}
}
