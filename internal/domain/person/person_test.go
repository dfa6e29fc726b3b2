package person_test

import (
	"context"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

var ctx = context.Background()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks the kind of a refusal, and the key at a field (or of the whole).
func refused(t testing.TB, err error, kind fault.Kind, field, key string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != kind {
		t.Fatalf("want %v %s, got %v", kind, key, err)
	}
	if f.Key == key && field == "" {
		return
	}
	for _, p := range f.Fields {
		if p.Name == field && p.Key == key {
			return
		}
	}
	t.Fatalf("want %s at %q, got %v", key, field, err)
}

func get(t testing.TB, w *world.World, id string) person.Person {
	t.Helper()
	rec, err := w.Persons.Open(ctx, w.Staff["manager"], id)
	must(t, err)
	return rec.Person
}

func TestRegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me := w.Staff["counsellor"]
		id := w.Gate.IDs.New()
		p := person.Person{ID: id, GivenNames: "  Amina ", FamilyName: "Testpour", Sex: "female", BirthDate: day.New(1991, 5, 4), BirthKind: person.Exact, Nationality: "pk"}
		got, err := w.Persons.Register(ctx, me, p)
		must(t, err)
		if got.GivenNames != "Amina" || got.Nationality != "PK" || got.OfficeID != w.Offices["athens"] {
			t.Errorf("kept %+v", got)
		}
		p.GivenNames = "Somebody else"
		again, err := w.Persons.Register(ctx, me, p)
		must(t, err)
		if again.GivenNames != "Amina" || w.Count(`SELECT COUNT(*) FROM person`) != 1 {
			t.Errorf("the same id again changed %+v", again)
		}
		// The same id from another office tells nothing.
		_, err = w.Persons.Register(ctx, w.Staff["other"], p)
		refused(t, err, fault.NotFound, "", "fault.not_found")
		for name, c := range map[string]struct {
			p          person.Person
			field, key string
		}{
			"1900":       {person.Person{GivenNames: "A", BirthDate: day.New(1900, 1, 1), BirthKind: person.Exact}, "birth_date", "person.err.birth_1900"},
			"1900 guess": {person.Person{GivenNames: "A", BirthDate: day.New(1900, 1, 1), BirthKind: person.Estimated}, "birth_date", "person.err.birth_1900"},
			"future":     {person.Person{GivenNames: "A", BirthDate: day.New(2026, 3, 3), BirthKind: person.Exact}, "birth_date", "person.err.birth_future"},
			"too old":    {person.Person{GivenNames: "A", BirthDate: day.New(1905, 3, 1), BirthKind: person.Exact}, "birth_date", "person.err.birth_too_old"},
			"no date":    {person.Person{GivenNames: "A", BirthKind: person.YearOnly}, "birth_date", "person.err.birth_needed"},
			"kind":       {person.Person{GivenNames: "A", BirthKind: "perhaps"}, "birth_kind", "person.err.birth_kind"},
			"no name":    {person.Person{FatherName: "A"}, "given_names", "person.err.name_needed"},
			"sex":        {person.Person{GivenNames: "A", Sex: "x"}, "sex", "person.err.choose"},
			"country":    {person.Person{GivenNames: "A", Nationality: "Pakistan"}, "nationality", "person.err.country"},
			"long":       {person.Person{GivenNames: string(make([]rune, 121)) + "x"}, "given_names", "person.err.too_long"},
		} {
			c.p.ID = w.Gate.IDs.New()
			if name == "long" {
				c.p.GivenNames = ""
				for range 121 {
					c.p.GivenNames += "я"
				}
			}
			_, err := w.Persons.Register(ctx, me, c.p)
			t.Run(name, func(t *testing.T) { refused(t, err, fault.Invalid, c.field, c.key) })
		}
		_, err = w.Persons.Register(ctx, me, person.Person{ID: "1", GivenNames: "A"})
		refused(t, err, fault.Invalid, "id", "person.err.id")
		_, err = w.Persons.Register(ctx, w.Staff["finance"], p)
		refused(t, err, fault.Denied, "", "fault.denied")
		_, err = w.Persons.Register(ctx, me, person.Person{ID: w.Gate.IDs.New(), GivenNames: "A", Class: "trafficking"})
		refused(t, err, fault.Invalid, "class", "person.err.class")
		_, err = w.Persons.Register(ctx, me, person.Person{ID: w.Gate.IDs.New(), GivenNames: "A", OfficeID: w.Offices["thessaloniki"]})
		refused(t, err, fault.Denied, "", "person.err.outside_scope")
		if n := w.Count(`SELECT COUNT(*) FROM person`); n != 1 {
			t.Errorf("%d persons after refusals", n)
		}
		year, err := w.Persons.Register(ctx, me, person.Person{ID: w.Gate.IDs.New(), FamilyName: "Mononym", BirthDate: day.New(2026, 9, 9), BirthKind: person.YearOnly})
		must(t, err)
		if year.BirthDate != day.New(2026, 7, 1) || year.Name() != "Mononym" {
			t.Errorf("year only: %v", year.BirthDate)
		}
	})
}

func TestPlaceholderIsIdentified(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me := w.Staff["counsellor"]
		p, err := w.Persons.Register(ctx, me, person.Person{ID: w.Gate.IDs.New(), Placeholder: true, Sex: "male"})
		must(t, err)
		edit := p
		edit.GivenNames, edit.FamilyName = "Bilal", "Testpour"
		out, err := w.Persons.Identify(ctx, me, person.Correction{Person: edit, Rev: p.Revision})
		must(t, err)
		if out.Person.Placeholder || out.Person.Name() != "Bilal Testpour" || out.Person.ID != p.ID {
			t.Errorf("identified as %+v", out.Person)
		}
		if got := search(t, w, me, "bilal"); len(got) != 1 {
			t.Errorf("found %d", len(got))
		}
		_, err = w.Persons.Identify(ctx, me, person.Correction{Person: edit, Rev: 2})
		refused(t, err, fault.Conflict, "", "person.err.already_identified")
		q, err := w.Persons.Register(ctx, me, person.Person{ID: w.Gate.IDs.New(), Placeholder: true})
		must(t, err)
		_, err = w.Persons.Identify(ctx, me, person.Correction{Person: q, Rev: 1})
		refused(t, err, fault.Invalid, "given_names", "person.err.name_needed")
	})
}

func TestTwoPeopleEditAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		a, b := w.Staff["counsellor"], w.Staff["counsellor2"]
		id := w.Person("Amina", "Testpour", "female", "1991-05-04", "PK")
		opened := get(t, w, id)
		mine, theirs := opened, opened
		theirs.FamilyName, theirs.BirthPlace = "Testpoor", "Lahore"
		_, err := w.Persons.Correct(ctx, a, person.Correction{Person: theirs, Rev: 1})
		must(t, err)
		// Other fields: both changes stand.
		mine.FatherName = "Karim"
		out, err := w.Persons.Correct(ctx, b, person.Correction{Person: mine, Rev: 1})
		must(t, err)
		if p := out.Person; !out.Merged || p.FamilyName != "Testpoor" || p.BirthPlace != "Lahore" || p.FatherName != "Karim" || p.Revision != 3 {
			t.Errorf("merged to %+v", out)
		}
		// The same field: nothing is written, and both values come back.
		mine.FamilyName = "Testpur"
		_, err = w.Persons.Correct(ctx, b, person.Correction{Person: mine, Rev: 1})
		rev, clashes := person.ClashesOf(err)
		if rev != 3 || len(clashes) != 1 || clashes[0] != (person.Clash{Field: "family_name", Base: "Testpour", Theirs: "Testpoor", Yours: "Testpur", By: "Test counsellor", At: world.Start}) {
			t.Fatalf("clash %d %+v %v", rev, clashes, err)
		}
		if p := get(t, w, id); p.FamilyName != "Testpoor" || p.Revision != 3 {
			t.Errorf("a refused edit wrote %+v", p)
		}
		// Having seen it, the second person decides.
		_, err = w.Persons.Correct(ctx, b, person.Correction{Person: mine, Rev: 1, Seen: map[string]string{"family_name": "Testpoor"}})
		must(t, err)
		if p := get(t, w, id); p.FamilyName != "Testpur" || p.FatherName != "Karim" || p.BirthPlace != "Lahore" {
			t.Errorf("in the end %+v", p)
		}
		_, err = w.Persons.Correct(ctx, b, person.Correction{Person: mine, Rev: 99})
		refused(t, err, fault.Invalid, "", "person.err.revision")
		_, err = w.Persons.Correct(ctx, w.Staff["other"], person.Correction{Person: mine, Rev: 4})
		refused(t, err, fault.NotFound, "", "fault.not_found")
		if n := w.Count(`SELECT COUNT(*) FROM journal WHERE action = 'access.refused' AND subject_id = $1`, id); n != 1 {
			t.Errorf("%d attempts in the journal", n)
		}
	})
}

func TestAgeOfAChildNeedsASecondPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		child := map[string]bool{}
		w.Persons.ChildCase = func(_ context.Context, _ *gate.R, id string) (bool, error) { return child[id], nil }
		id := w.Person("Sara", "Testpour", "female", "2010-09-30", "PK")
		child[id] = true
		edit := get(t, w, id)
		edit.BirthDate, edit.BirthPlace = day.New(2005, 1, 2), "Quetta"
		_, err := w.Persons.Correct(ctx, w.Staff["protection"], person.Correction{Person: edit, Rev: 1})
		refused(t, err, fault.Invalid, "evidence", "person.err.age_evidence")
		out, err := w.Persons.Correct(ctx, w.Staff["protection"], person.Correction{Person: edit, Rev: 1, Evidence: "school certificate EVIDENCE-77"})
		must(t, err)
		if out.Proposal == "" || out.Person.BirthDate != day.New(2010, 9, 30) || out.Person.BirthPlace != "Quetta" {
			t.Fatalf("kept %+v", out)
		}
		refused(t, w.Persons.DecideAge(ctx, w.Staff["protection"], id, out.Proposal, true, ""), fault.Conflict, "", "person.err.age_same_person")
		refused(t, w.Persons.DecideAge(ctx, w.Staff["counsellor"], id, out.Proposal, true, ""), fault.Denied, "", "fault.denied")
		refused(t, w.Persons.DecideAge(ctx, w.Staff["supervisor"], id, out.Proposal, false, " "), fault.Invalid, "note", "person.err.age_note")
		must(t, w.Persons.DecideAge(ctx, w.Staff["supervisor"], id, out.Proposal, true, "seen"))
		if p := get(t, w, id); p.BirthDate != day.New(2005, 1, 2) || p.Revision != 3 {
			t.Errorf("approved: %+v", p)
		}
		refused(t, w.Persons.DecideAge(ctx, w.Staff["second"], id, out.Proposal, false, "no"), fault.Conflict, "", "person.err.age_decided")
		// A proposal made against a date that was corrected since is void.
		edit = get(t, w, id)
		edit.BirthDate = day.New(2011, 5, 5)
		out, err = w.Persons.Correct(ctx, w.Staff["protection"], person.Correction{Person: edit, Rev: edit.Revision, Evidence: "a letter"})
		must(t, err)
		again := get(t, w, id)
		again.BirthDate = day.New(2004, 1, 2)
		_, err = w.Persons.Correct(ctx, w.Staff["counsellor"], person.Correction{Person: again, Rev: again.Revision})
		must(t, err)
		refused(t, w.Persons.DecideAge(ctx, w.Staff["supervisor"], id, out.Proposal, true, ""), fault.Conflict, "", "person.err.age_decided")
		// Where nothing says child, the same change is an ordinary correction.
		other := w.Person("Nino", "Testadze", "female", "2010-01-01", "GE")
		edit = get(t, w, other)
		edit.BirthDate = day.New(2001, 1, 1)
		out, err = w.Persons.Correct(ctx, w.Staff["counsellor"], person.Correction{Person: edit, Rev: 1})
		must(t, err)
		if out.Proposal != "" || out.Person.BirthDate != day.New(2001, 1, 1) {
			t.Errorf("ordinary: %+v", out)
		}
	})
}

func TestAgeChangeNeedsSecond(t *testing.T) {
	today := day.New(2026, 3, 2)
	at := func(y int, kind string) person.Person {
		p := person.Person{BirthKind: kind}
		if kind != person.Unknown {
			p.BirthDate = day.New(y, 1, 1)
		}
		return p
	}
	for _, c := range []struct {
		old, now person.Person
		flag     bool
		want     bool
	}{
		{at(2010, "exact"), at(2000, "exact"), true, true},
		{at(2000, "exact"), at(2010, "exact"), true, true},
		{at(2010, "exact"), at(2000, "exact"), false, false},
		{at(2010, "exact"), at(2012, "exact"), true, false},
		{at(2010, "exact"), at(0, "unknown"), true, true},
		{at(0, "unknown"), at(2000, "exact"), true, true},
		{at(0, "unknown"), at(2012, "exact"), true, false},
		{at(2000, "exact"), at(0, "unknown"), true, false},
		{at(2000, "exact"), at(1990, "exact"), true, false},
	} {
		if got := person.AgeChangeNeedsSecond(c.old, c.now, today, c.flag); got != c.want {
			t.Errorf("%v -> %v: %v", c.old.BirthDate, c.now.BirthDate, got)
		}
		old := c.old
		old.Class = "child"
		if got := person.AgeChangeNeedsSecond(old, c.now, today, false); c.flag && got != c.want {
			t.Errorf("by class: %v -> %v: %v", c.old.BirthDate, c.now.BirthDate, got)
		}
	}
}

func TestProtectedClass(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		id := w.Person("Hidden", "Testova", "female", "1999-01-01", "GE")
		refused(t, w.Persons.SetClass(ctx, w.Staff["manager"], id, "secret"), fault.Invalid, "class", "person.err.class")
		must(t, w.Persons.SetClass(ctx, w.Staff["protection"], id, "trafficking"))
		_, err := w.Persons.Open(ctx, w.Staff["counsellor"], id)
		refused(t, err, fault.NotFound, "", "fault.not_found")
		if got := search(t, w, w.Staff["counsellor"], "hidden testova"); len(got) != 0 {
			t.Errorf("a counsellor finds %d", len(got))
		}
		if got := search(t, w, w.Staff["protection"], "hidden testova"); len(got) != 1 {
			t.Errorf("the protection officer finds %d", len(got))
		}
		before := w.Count(`SELECT COUNT(*) FROM journal WHERE action = 'person.viewed' AND class = 'trafficking'`)
		_, err = w.Persons.Open(ctx, w.Staff["protection"], id)
		must(t, err)
		if n := w.Count(`SELECT COUNT(*) FROM journal WHERE action = 'person.viewed' AND class = 'trafficking'`); n != before+1 {
			t.Errorf("reading left %d entries", n-before)
		}
	})
}

func search(t testing.TB, w *world.World, actor, q string) (out []person.Person) {
	t.Helper()
	must(t, w.Gate.Read(ctx, actor, person.PermView, func(ctx context.Context, r *gate.R) error {
		var err error
		out, err = w.Persons.Search(ctx, r, q, 20)
		return err
	}))
	return out
}
