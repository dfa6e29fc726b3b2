package demo

import (
	"context"
	mathrand "math/rand"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// maker makes one caseload.
type maker struct {
	a     *app.App
	clk   *clock.Fake
	rnd   *mathrand.Rand
	staff staff
	spec  Spec
}

func (m *maker) small(ctx context.Context, p Progress) error {
	for i := range m.spec.Cases {
		m.clk.Set(m.spec.Now.AddDate(0, 0, -m.rnd.Intn(90)))
		if err := m.open(ctx); err != nil {
			return err
		}
		if p != nil {
			p(int64(i+1), int64(m.spec.Cases))
		}
	}
	return nil
}

func (m *maker) open(ctx context.Context) error {
	by := m.staff.id[pick(m.rnd, []string{"counsellor", "counsellor2", "counsellor3"})]
	return m.a.Gate.Batch(ctx, by, "case.open", func(ctx context.Context) error {
		na := nationOf(m.rnd)
		fam := pick(m.rnd, na.family)
		var ids []string
		size := 1 + m.rnd.Intn(4)
		for i := range size {
			x := person.Person{ID: m.a.Gate.IDs.New(), FamilyName: fam.latin, NativeFamily: fam.native, NativeLang: na.lang, Nationality: na.country, Language: na.lang, BirthKind: person.Exact, Invented: true, Interpreter: true}
			g := pick(m.rnd, na.male)
			x.Sex = "male"
			if i == 1 || m.rnd.Intn(3) == 0 {
				g, x.Sex = pick(m.rnd, na.female), "female"
			}
			x.GivenNames, x.NativeGiven = g.latin, g.native
			age := 22 + m.rnd.Intn(25)
			if i > 1 {
				age = 1 + m.rnd.Intn(16)
			}
			x.BirthDate = day.Of(m.clk.Now(), m.a.Gate.Zone).AddDays(-age*365 - m.rnd.Intn(360))
			if _, err := m.a.Rooms.Persons.Register(ctx, by, x); err != nil {
				return err
			}
			ids = append(ids, x.ID)
		}
		in := casefile.Opening{ID: m.a.Gate.IDs.New(), Programme: "gr-avrr", Principal: ids[0]}
		for i, id := range ids[1:] {
			rel := "child"
			if i == 0 {
				rel = "spouse"
			}
			in.Members = append(in.Members, casefile.OpeningMember{PersonID: id, Relation: rel})
		}
		_, err := m.a.Rooms.Cases.Open(ctx, by, in)
		return err
	})
}
