package casefile_test

import (
	"context"
	"slices"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

// A counsellor is asked to choose among the programmes they can work under: of the country they work in, in force, and granted.
func TestProgrammesOffered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		pack := func(code, host string, from, until day.Date) *programme.Pack {
			p := world.TestPack()
			p.Code, p.Host, p.From, p.Until = code, host, from, until
			return p
		}
		today := day.Of(world.Start, w.Gate.Zone)
		w.Cases.Packs = programme.NewLibrary(world.TestPack(), pack("over", "GR", day.New(2010, 1, 1), today.AddDays(-1)), pack("last-day", "GR", day.New(2010, 1, 1), today), pack("german", "DE", day.New(2024, 1, 1), day.Date{}))
		berlin := org.Office{ID: w.Gate.IDs.New(), Code: "berlin", Name: "Berlin", Kind: "host", Country: "DE", Zone: "Europe/Berlin", Active: true}
		hire := func(tx *db.Tx, login, office, programme string) error {
			s := org.Staff{ID: w.Gate.IDs.New(), Login: login, Name: login, OfficeID: office, Language: "en", Active: true, CreatedAt: world.Start}
			w.Staff[login] = s.ID
			if err := org.InsertStaff(ctx, tx, s); err != nil {
				return err
			}
			return org.GiveRole(ctx, tx, s.ID, "counsellor", office, programme)
		}
		must(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := org.InsertOffice(ctx, tx, berlin); err != nil {
				return err
			}
			if err := hire(tx, "berliner", berlin.ID, ""); err != nil {
				return err
			}
			if err := hire(tx, "abroad", w.Offices["islamabad"], ""); err != nil {
				return err
			}
			return hire(tx, "limited", w.Offices["athens"], "last-day")
		}))
		for who, want := range map[string][]string{"counsellor": {"test", "last-day"}, "berliner": {"german"}, "limited": {"last-day"}, "abroad": {"test", "last-day", "german"}, "manager": {"test", "last-day", "german"}} {
			var got []string
			must(t, w.Gate.Read(ctx, w.Staff[who], casefile.PermOpen, func(ctx context.Context, r *gate.R) error {
				ps, err := w.Cases.Offered(ctx, r)
				for _, p := range ps {
					got = append(got, p.Code)
				}
				return err
			}))
			if !slices.Equal(got, want) {
				t.Errorf("%s is offered %v, want %v", who, got, want)
			}
		}
	})
}
