package programme_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

var today = day.MustParse("2026-03-02")

// allTypes is a form with every type of field.
func allTypes() *programme.Form {
	yesno := []programme.FormOption{{Value: "yes"}, {Value: "no"}}
	letters := []programme.FormOption{{Value: "a"}, {Value: "b"}, {Value: "c"}}
	return &programme.Form{Code: "all", Currency: "EUR", Fields: []programme.FormField{
		{ID: "text", Type: programme.TypeText, Min: 2, Max: 5},
		{ID: "long", Type: programme.TypeLongText, Max: 20},
		{ID: "choice", Type: programme.TypeChoice, Options: letters},
		{ID: "multi", Type: programme.TypeMulti, Options: letters, Max: 2},
		{ID: "past", Type: programme.TypeDate, Past: true, NotKnown: true},
		{ID: "future", Type: programme.TypeDate, Future: true},
		{ID: "number", Type: programme.TypeNumber, Min: 1, Max: 10, PreferNotToSay: true},
		{ID: "yesno", Type: programme.TypeYesNo, Options: yesno},
		{ID: "money", Type: programme.TypeMoney, Max: 100000},
		{ID: "country", Type: programme.TypeCountry},
		{ID: "language", Type: programme.TypeLanguage},
		{ID: "must", Type: programme.TypeText, Max: 9, Required: true, Show: &programme.Show{Field: "yesno", Is: "yes"}},
		{ID: "chain", Type: programme.TypeText, Max: 9, Required: true, Show: &programme.Show{Field: "must", Is: "x"}},
		{ID: "group", Type: programme.TypeText, Max: 9, Show: &programme.Show{Any: []programme.Show{{Field: "choice", In: []string{"a", "b"}},
			{All: []programme.Show{{Field: "multi", Is: "c"}, {Field: "yesno", Not: "yes"}}}}}},
	}}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		field, in, clean, key string
	}{
		{"text", "  abc ", "abc", ""}, {"text", "a", "", "forms.err.too_short"}, {"text", "abcdef", "", "forms.err.too_long"}, {"text", "αβγδε", "αβγδε", ""},
		{"text", "a\nb", "", "forms.err.one_line"}, {"text", "a\x01b", "", "forms.err.not_text"}, {"text", "\xff\xfe", "", "forms.err.not_text"}, {"text", "not_known", "", "forms.err.not_an_option"},
		{"long", "a\r\nb", "a\nb", ""}, {"long", strings.Repeat("ب", 21), "", "forms.err.too_long"},
		{"choice", "b", "b", ""}, {"choice", "d", "", "forms.err.not_an_option"}, {"choice", "a|b", "", "forms.err.one_answer"},
		{"multi", "b|a", "a|b", ""}, {"multi", "a|a", "a", ""}, {"multi", "a|b|c", "", "forms.err.too_many"}, {"multi", "a|x", "", "forms.err.not_an_option"},
		{"past", "2026-03-02", "2026-03-02", ""}, {"past", "2026-03-03", "", "forms.err.in_future"}, {"past", "2026-02-30", "", "common.date_not_real"}, {"past", "1899-12-31", "", "forms.err.date_far"},
		{"past", "not_known", "not_known", ""}, {"past", "not_known|2026-01-01", "", "forms.err.answer_or_not"}, {"past", "prefer_not_to_say", "", "forms.err.not_an_option"},
		{"future", "2026-03-01", "", "forms.err.in_past"}, {"future", "2026-03-02", "2026-03-02", ""},
		{"number", "007", "7", ""}, {"number", "11", "", "forms.err.out_of_range"}, {"number", "0", "", "forms.err.out_of_range"}, {"number", "2.5", "", "forms.err.not_a_number"}, {"number", "prefer_not_to_say", "prefer_not_to_say", ""},
		{"yesno", "no", "no", ""}, {"yesno", "maybe", "", "forms.err.not_an_option"},
		{"money", "12,50", "12.50", ""}, {"money", "a lot", "", "forms.err.not_an_amount"}, {"money", "1000.01", "", "forms.err.amount_range"}, {"money", "-5", "", "forms.err.not_an_amount|forms.err.amount_range"},
		{"country", "PK", "PK", ""}, {"country", "pakistan", "", "forms.err.no_country"}, {"language", "prs", "prs", ""}, {"language", "Dari", "", "forms.err.no_language"},
		{"nobody", "x", "", "forms.err.unknown_field"},
	} {
		clean, bad := allTypes().Validate(map[string][]string{c.field: strings.Split(c.in, "|")}, today)
		if got := strings.Join(clean[c.field], "|"); got != c.clean {
			t.Errorf("%s %q: clean %q, want %q", c.field, c.in, got, c.clean)
		}
		key := ""
		for _, b := range bad {
			if b.Name == c.field {
				key = b.Key
			}
		}
		if key != c.key && !slices.Contains(strings.Split(c.key, "|"), key) {
			t.Errorf("%s %q: refused with %q, want %q", c.field, c.in, key, c.key)
		}
	}
}

func TestWhatIsNotAskedIsLeftOutAndNotRequired(t *testing.T) {
	ask := func(in map[string][]string) (programme.Answers, []string) {
		clean, bad := allTypes().Validate(in, today)
		var names []string
		for _, b := range bad {
			names = append(names, b.Name+" "+b.Key)
		}
		return clean, names
	}
	for _, c := range []struct {
		in    map[string][]string
		clean programme.Answers
		bad   []string
	}{
		{map[string][]string{}, programme.Answers{}, nil},
		{map[string][]string{"yesno": {"no"}, "must": {"old"}}, programme.Answers{"yesno": {"no"}}, nil},
		{map[string][]string{"yesno": {"yes"}}, programme.Answers{"yesno": {"yes"}}, []string{"must forms.err.required"}},
		{map[string][]string{"yesno": {"yes"}, "must": {" "}}, programme.Answers{"yesno": {"yes"}}, []string{"must forms.err.required"}},
		// chain hangs on must, which is not asked: the old answer to must does not open it.
		{map[string][]string{"yesno": {"no"}, "must": {"x"}, "chain": {"y"}}, programme.Answers{"yesno": {"no"}}, nil},
		{map[string][]string{"yesno": {"yes"}, "must": {"x"}, "chain": {"y"}}, programme.Answers{"yesno": {"yes"}, "must": {"x"}, "chain": {"y"}}, nil},
		{map[string][]string{"choice": {"c"}, "group": {"g"}}, programme.Answers{"choice": {"c"}}, nil},
		{map[string][]string{"choice": {"a"}, "group": {"g"}}, programme.Answers{"choice": {"a"}, "group": {"g"}}, nil},
		{map[string][]string{"multi": {"c"}, "yesno": {"no"}, "group": {"g"}}, programme.Answers{"multi": {"c"}, "yesno": {"no"}, "group": {"g"}}, nil},
		{map[string][]string{"multi": {"c"}, "group": {"g"}}, programme.Answers{"multi": {"c"}}, nil},
	} {
		clean, bad := ask(c.in)
		if d := cmp.Diff(c.clean, clean); d != "" {
			t.Errorf("%v: %s", c.in, d)
		}
		if d := cmp.Diff(c.bad, bad); d != "" {
			t.Errorf("%v: %s", c.in, d)
		}
	}
}

// TestCleanAnswersStayClean: what was once accepted is accepted again, unchanged, on every shipped form.
func TestCleanAnswersStayClean(t *testing.T) {
	p, err := shipped(t).Version("gr-avrr", "2023.1")
	if err != nil {
		t.Fatal(err)
	}
	forms := append([]*programme.Form{allTypes()}, p.Forms...)
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(forms).Draw(t, "form")
		in := map[string][]string{}
		for _, q := range f.Fields {
			values := []string{"", "x", "12", "2026-01-31", "PK", "fa", programme.NotKnown, programme.PreferNotToSay, "ًٌٍ", "12,5"}
			for _, o := range q.Options {
				values = append(values, o.Value, o.Value, o.Value)
			}
			in[q.ID] = rapid.SliceOfN(rapid.SampledFrom(values), 0, 3).Draw(t, q.ID)
		}
		clean, bad := f.Validate(in, today)
		for _, b := range bad {
			delete(clean, b.Name)
			if b.Key == "" || b.Name == "" {
				t.Fatalf("a problem without place or words: %+v", b)
			}
		}
		again, worse := f.Validate(clean, today)
		for _, b := range worse {
			if b.Key != "forms.err.required" {
				t.Fatalf("%s was clean and is refused with %s", b.Name, b.Key)
			}
		}
		for id, v := range again {
			if !slices.Equal(clean[id], v) {
				t.Fatalf("%s: %q became %q", id, clean[id], v)
			}
		}
	})
}

func TestShippedForms(t *testing.T) {
	say := printer(t)
	lib := shipped(t)
	want := []string{"closure", "counselling_report", "monitoring_visit", "needs_assessment", "outreach_lead", "post_arrival_checklist", "rapid_screening", "registration_extras", "satisfaction_survey", "skills_assessment"}
	for _, p := range lib.All() {
		var got []string
		for _, f := range p.Forms {
			if f.Code != "own_situation" { // of those programmes whose extras are asked once for the whole case
				got = append(got, f.Code)
			}
			frozen := f.Freeze(p, say.T)
			if frozen.Title == "" || len(frozen.Questions) != len(f.Fields) || frozen.Version != p.Version {
				t.Errorf("%s %s is frozen as %+v", p.Version, f.Code, frozen)
			}
			for i, q := range frozen.Questions {
				if strings.Contains(q.Label, "⟦") || q.ID != f.Fields[i].ID {
					t.Errorf("%s: %+v", f.Code, q)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: forms %v, want %v", p.Version, got, want)
		}
	}
}

func TestAnswersSettleFacts(t *testing.T) {
	p, err := shipped(t).Version("gr-avrr", "2023.1")
	if err != nil {
		t.Fatal(err)
	}
	f := p.Form("registration_extras")
	clean, bad := f.Validate(map[string][]string{"zone": {"island"}, "legal_status": {programme.NotKnown}, "accommodation": {programme.PreferNotToSay}, "entry_date": {"2025-10-01"}, "previous_assistance": {"no"}}, today)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	if d := cmp.Diff(programme.Facts{"stay_zone": {"island"}, "entry_date": {"2025-10-01"}, "previous_assistance": {"no"}}, f.Facts(clean)); d != "" {
		t.Error(d)
	}
	got := map[string]bool{}
	for _, f := range p.Forms {
		for _, q := range f.Fields {
			got[q.Fact] = true
		}
	}
	for _, fact := range []string{"stay_zone", "legal_status", "accommodation", "work_experience", "skills", "means"} {
		if !got[fact] {
			t.Errorf("no form asks for %s", fact)
		}
	}
}

// TestVulnerabilityIsReadOnlyByWhoIsCleared: what was said about violence, trafficking or health has its own class.
func TestVulnerabilityIsReadOnlyByWhoIsCleared(t *testing.T) {
	p, err := shipped(t).Version("gr-avrr", "2023.1")
	if err != nil {
		t.Fatal(err)
	}
	for field, class := range map[string]string{"forced": "trafficking", "debt": "trafficking", "illness": "medical", "pregnant_weeks": "medical", "violence": "protection", "situation": "protection", "note": "protection", "age_doubt": "child", "result": "normal"} {
		q, ok := p.Form("rapid_screening").Field(field)
		if !ok || q.Class != class {
			t.Errorf("%s has class %q, want %q", field, q.Class, class)
		}
	}
}
