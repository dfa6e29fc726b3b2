package accommodation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/accommodation"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
)

var ctx = context.Background()

type centre struct {
	*world.World
	rooms *accommodation.Domain
	site  string
	t     testing.TB
}

func open(t testing.TB, d *db.DB) *centre {
	t.Helper()
	w := world.New(t, d)
	o := &centre{World: w, rooms: &accommodation.Domain{Gate: w.Gate}, site: w.Gate.IDs.New(), t: t}
	w.Cases.OnWithdraw = []casefile.Reaction{o.rooms.OnWithdraw}
	o.must(o.rooms.PutSite(ctx, w.Staff["centre"], accommodation.Site{ID: o.site, Name: "Open centre", Kind: "open_centre", Official: 80, Maximum: 100, Provisional: true}))
	return o
}

func (o *centre) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func refused(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	f := fault.Of(err)
	if err == nil || f.Kind != kind {
		t.Fatalf("got %v, want a refusal of kind %s (%s)", err, kind, key)
	}
	if key == "" || f.Key == key || slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Key == key }) {
		return
	}
	t.Fatalf("got %v, want %s", err, key)
}

func (o *centre) unit(name, rule string, beds int64) string {
	o.t.Helper()
	id := o.Gate.IDs.New()
	o.must(o.rooms.AddUnit(ctx, o.Staff["centre"], accommodation.Unit{ID: id, SiteID: o.site, Name: name, Rule: rule}, beds))
	return id
}

func (o *centre) beds(unit string) (out []string) {
	o.t.Helper()
	o.must(o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = db.All(ctx, tx, db.Value[string], `SELECT id FROM bed WHERE unit_id = $1 ORDER BY name, id`, unit)
		return err
	}))
	return out
}

func (o *centre) book(c casefile.Case, from, until string) (id, state string) {
	o.t.Helper()
	id = o.Gate.IDs.New()
	state, err := o.rooms.Book(ctx, o.Staff["counsellor"], accommodation.Booking{ID: id, CaseID: c.ID, SiteID: o.site, From: day.MustParse(from), Until: day.MustParse(until), Priority: 2})
	o.must(err)
	return id, state
}

func (o *centre) stays(caseID string) (out []accommodation.Guest) {
	o.t.Helper()
	o.must(o.Gate.Read(ctx, org.SystemID, accommodation.PermView, func(ctx context.Context, r *gate.R) (err error) {
		out, err = accommodation.StaysOf(ctx, r, caseID)
		return err
	}))
	return out
}

func (o *centre) checkIn(bookingID, caseID string, beds []string, reason string) error {
	ci := accommodation.CheckIn{BookingID: bookingID, Beds: map[string]string{}, RulesAccepted: true, RulesLang: "ur", Items: []string{"towels"}, Reason: reason}
	for i, g := range o.stays(caseID) {
		if g.BookingID == bookingID && i < len(beds) {
			ci.Beds[g.ID] = beds[i]
		}
	}
	return o.rooms.CheckIn(ctx, o.Staff["centre"], ci)
}

func TestSiteAndUnits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		boss := o.Staff["centre"]
		s := accommodation.Site{ID: o.site, Name: "Open centre", Kind: "open_centre", Official: 90, Maximum: 100, Active: true, Revision: 1}
		o.must(o.rooms.PutSite(ctx, boss, s))
		refused(t, o.rooms.PutSite(ctx, boss, s), fault.Stale, "accommodation.err.stale")
		s.Revision, s.Maximum = 2, 50
		refused(t, o.rooms.PutSite(ctx, boss, s), fault.Invalid, "accommodation.err.maximum")
		refused(t, o.rooms.PutSite(ctx, o.Staff["counsellor"], s), fault.Denied, "")
		u := o.unit("A1", "any", 2)
		o.must(o.rooms.AddUnit(ctx, boss, accommodation.Unit{ID: u, SiteID: o.site, Name: "A1", Rule: "any"}, 2))
		if n := o.Count(`SELECT COUNT(*) FROM bed`); n != 2 {
			t.Fatalf("%d beds after a double click", n)
		}
		refused(t, o.rooms.AddUnit(ctx, boss, accommodation.Unit{ID: o.Gate.IDs.New(), SiteID: o.site, Name: "A1", Rule: "any"}, 2), fault.Invalid, "accommodation.err.unit_exists")
		refused(t, o.rooms.AddUnit(ctx, boss, accommodation.Unit{ID: o.Gate.IDs.New(), SiteID: o.site, Name: "A2", Rule: "any"}, 0), fault.Invalid, "accommodation.err.beds")
		o.must(o.rooms.ChangeUnit(ctx, boss, accommodation.Unit{ID: u, SiteID: o.site, Rule: "women", Revision: 1}, 1))
		bed := o.beds(u)[0]
		refused(t, o.rooms.TakeOut(ctx, boss, o.site, bed, "repair", day.MustParse("2026-03-02")), fault.Invalid, "accommodation.err.out_until")
		o.must(o.rooms.TakeOut(ctx, boss, o.site, bed, "repair", day.MustParse("2026-03-10")))
		o.must(o.Gate.Read(ctx, boss, accommodation.PermView, func(ctx context.Context, r *gate.R) error {
			h, err := accommodation.HouseOf(ctx, r, o.site)
			if err != nil {
				return err
			}
			if h.Tonight().Places != 2 || h.Strip[8].Places != 3 {
				t.Errorf("places tonight %d, after the repair %d", h.Tonight().Places, h.Strip[8].Places)
			}
			return nil
		}))
		o.must(o.rooms.PutBack(ctx, boss, o.site, bed))
		err := o.Gate.Read(ctx, o.Staff["other"], accommodation.PermView, func(ctx context.Context, r *gate.R) error {
			if list, err := accommodation.Boards(ctx, r); err != nil || len(list) != 0 {
				t.Errorf("another office sees our house: %v %v", list, err)
			}
			_, err := accommodation.HouseOf(ctx, r, o.site)
			return err
		})
		refused(t, err, fault.NotFound, "")
	})
}

func TestStay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		me := o.Staff["centre"]
		family, women, far := o.unit("Family", "family", 4), o.unit("Women", "women", 4), o.unit("Far", "any", 1)
		c, people := o.Family()
		refused(t, func() error {
			_, err := o.rooms.Book(ctx, o.Staff["counsellor"], accommodation.Booking{ID: o.Gate.IDs.New(), CaseID: c.ID, SiteID: o.site, From: day.MustParse("2026-03-05"), Until: day.MustParse("2026-03-05"), Priority: 2})
			return err
		}(), fault.Invalid, "accommodation.err.until")
		id, state := o.book(c, "2026-03-02", "2026-03-20")
		if state != accommodation.Booked {
			t.Fatalf("state %s", state)
		}
		_, err := o.rooms.Book(ctx, o.Staff["counsellor"], accommodation.Booking{ID: id, CaseID: c.ID, SiteID: o.site})
		o.must(err) // a double click
		_, err = o.rooms.Book(ctx, o.Staff["counsellor"], accommodation.Booking{ID: o.Gate.IDs.New(), CaseID: c.ID, SiteID: o.site, From: day.MustParse("2026-03-05"), Until: day.MustParse("2026-03-06"), Priority: 2})
		refused(t, err, fault.Invalid, "accommodation.err.has_place")
		_, err = o.rooms.Book(ctx, o.Staff["other"], accommodation.Booking{ID: o.Gate.IDs.New(), CaseID: c.ID, SiteID: o.site})
		refused(t, err, fault.NotFound, "")

		ci := accommodation.CheckIn{BookingID: id}
		refused(t, o.rooms.CheckIn(ctx, me, ci), fault.Invalid, "accommodation.err.rules")
		err = o.checkIn(id, c.ID, o.beds(women), "")
		refused(t, err, fault.Invalid, "accommodation.err.unfit_sex")
		refused(t, err, fault.Invalid, "accommodation.err.others")
		mixed := append(append([]string{}, o.beds(family)[:3]...), o.beds(far)[0])
		refused(t, o.checkIn(id, c.ID, mixed, ""), fault.Invalid, "accommodation.err.split")
		same := []string{o.beds(family)[0], o.beds(family)[0], o.beds(family)[1], o.beds(family)[2]}
		refused(t, o.checkIn(id, c.ID, same, ""), fault.Invalid, "accommodation.err.bed_taken")
		if n := o.Count(`SELECT COUNT(*) FROM bed WHERE stay_id <> ''`); n != 0 {
			t.Fatal("half a check-in was kept")
		}
		o.must(o.checkIn(id, c.ID, o.beds(family), ""))
		if n := o.Count(`SELECT COUNT(*) FROM stay WHERE state = 'in_house'`); n != 4 {
			t.Fatalf("%d in the house", n)
		}
		o.must(o.Gate.Read(ctx, me, accommodation.PermView, func(ctx context.Context, r *gate.R) error {
			if s, err := o.rooms.LivesAt(ctx, r, c); s != "Open centre · Family" {
				t.Errorf("lives at %q, %v", s, err)
			}
			if un, err := o.rooms.Settled(ctx, r, c); len(un) != 1 {
				t.Errorf("settled: %v %v", un, err)
			}
			return nil
		}))
		father := o.stays(c.ID)[slices.IndexFunc(o.stays(c.ID), func(g accommodation.Guest) bool { return g.PersonID == people[1] })]
		refused(t, o.rooms.MoveTo(ctx, me, father.ID, o.beds(far)[0], ""), fault.Invalid, "accommodation.err.split")
		o.must(o.rooms.MoveTo(ctx, me, father.ID, o.beds(far)[0], "snores, the children cannot sleep"))
		refused(t, o.rooms.MoveTo(ctx, me, father.ID, o.beds(women)[0], "x"), fault.Invalid, "accommodation.err.unfit_sex")
		if n := o.Count(`SELECT COUNT(*) FROM stay WHERE reason = $1`, []byte("snores, the children cannot sleep")); n != 0 {
			t.Fatal("a reason lies in clear")
		}
		o.must(o.rooms.GoAway(ctx, me, father.ID, day.MustParse("2026-03-04")))
		o.must(o.rooms.ComeBack(ctx, me, father.ID))
		refused(t, o.rooms.CheckOut(ctx, o.Staff["other"], father.ID), fault.Denied, "")
		o.must(o.rooms.CheckOut(ctx, me, father.ID))
		o.must(o.rooms.CheckOut(ctx, me, father.ID))
		if n := o.Count(`SELECT COUNT(*) FROM bed WHERE stay_id <> ''`); n != 3 {
			t.Fatalf("%d beds taken", n)
		}
		o.must(o.rooms.Extend(ctx, o.Staff["counsellor"], id, day.MustParse("2026-03-25")))
		rolls, err := o.rooms.PrintTonight(ctx, me)
		o.must(err)
		if len(rolls) != 1 || len(rolls[0].Guests) != 3 || !slices.Contains(o.Actions(c.ID), "accommodation.printed") {
			t.Fatalf("roll %+v", rolls)
		}
		freed, err := o.Cases.Withdraw(ctx, o.Staff["counsellor"], c.ID, "")
		o.must(err)
		if !slices.Contains(freed, "accommodation.freed_beds") || o.Count(`SELECT COUNT(*) FROM bed WHERE stay_id <> ''`) != 0 || o.Count(`SELECT COUNT(*) FROM stay WHERE state IN ('booked','in_house','absent','waiting')`) != 0 {
			t.Fatalf("freed %v", freed)
		}
		cat, err := i18n.Load(locales.Files)
		o.must(err)
		for _, a := range o.Actions(c.ID) {
			if strings.HasPrefix(a, "accommodation.") && !cat.Printer("en").Has("journal."+a) {
				t.Errorf("no sentence for %s", a)
			}
		}
	})
}

func TestWaitingList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		o.unit("A", "any", 1)
		a := o.Case(o.Person("A", "Testi", "male", "1990-01-01", "PK"))
		b := o.Case(o.Person("B", "Testi", "male", "1990-01-01", "PK"))
		first, state := o.book(a, "2026-03-02", "2026-03-10")
		second, waits := o.book(b, "2026-03-05", "2026-03-12")
		if state != accommodation.Booked || waits != accommodation.Waiting {
			t.Fatalf("%s %s", state, waits)
		}
		refused(t, o.checkIn(second, b.ID, nil, ""), fault.Invalid, "accommodation.err.choose_beds")
		refused(t, o.rooms.GivePlace(ctx, o.Staff["counsellor"], second), fault.Conflict, "accommodation.err.full")
		refused(t, o.rooms.GiveUp(ctx, o.Staff["counsellor"], first, false, ""), fault.Invalid, "accommodation.err.reason")
		o.must(o.rooms.GiveUp(ctx, o.Staff["counsellor"], first, true, "did not come"))
		o.must(o.rooms.GivePlace(ctx, o.Staff["counsellor"], second))
		refused(t, o.rooms.GivePlace(ctx, o.Staff["counsellor"], second), fault.Conflict, "accommodation.err.not_waiting")
		refused(t, o.rooms.GivePlace(ctx, o.Staff["other"], second), fault.NotFound, "")
	})
}

func TestOneBed64Receptionists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		const n = 64
		wanted := o.beds(o.unit("Wanted", "any", 1))[0]
		o.unit("Hall 1", "any", 40)
		o.unit("Hall 2", "any", 40)
		cis := make([]accommodation.CheckIn, n)
		for i := range n {
			c := o.Case(o.Person(fmt.Sprintf("Solo%02d", i), "Testi", "male", "1990-01-01", "PK"))
			id, state := o.book(c, "2026-03-02", "2026-03-10")
			if state != accommodation.Booked {
				t.Fatal("no place for a bed that is there")
			}
			cis[i] = accommodation.CheckIn{BookingID: id, Beds: map[string]string{o.stays(c.ID)[0].ID: wanted}, RulesAccepted: true, RulesLang: "ur"}
		}
		errs := make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Add(1)
			go func() { defer wg.Done(); errs[i] = o.rooms.CheckIn(ctx, o.Staff["centre"], cis[i]) }()
		}
		wg.Wait()
		got := 0
		for _, err := range errs {
			if err == nil {
				got++
				continue
			}
			refused(t, err, fault.Invalid, "accommodation.err.bed_taken")
			refused(t, err, fault.Invalid, "accommodation.err.others")
		}
		if got != 1 || o.Count(`SELECT COUNT(*) FROM stay WHERE state = 'in_house'`) != 1 {
			t.Fatalf("%d of 64 got the one bed", got)
		}
	})
}

func TestIncidentsAndHiddenGuests(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		me := o.Staff["centre"]
		u := o.unit("A", "any", 2)
		c := o.Case(o.Person("Hidden", "Testi", "female", "1990-01-01", "PK"))
		id, _ := o.book(c, "2026-03-02", "2026-03-10")
		o.must(o.checkIn(id, c.ID, o.beds(u), ""))
		in := accommodation.Incident{ID: o.Gate.IDs.New(), SiteID: o.site, CaseID: c.ID, Kind: "protection", Text: "A stranger asked for her at the gate"}
		o.must(o.rooms.Report(ctx, me, in))
		o.must(o.rooms.Report(ctx, me, in))
		list := func(who string) (n int) {
			o.must(o.Gate.Read(ctx, o.Staff[who], accommodation.PermView, func(ctx context.Context, r *gate.R) error {
				l, err := accommodation.Incidents(ctx, r, o.site)
				n = len(l)
				return err
			}))
			return n
		}
		if list("centre") != 0 || list("protection") != 1 {
			t.Fatal("a protected report is told to whoever may not read it")
		}
		_, err := o.rooms.ReadIncident(ctx, me, o.site, in.ID)
		refused(t, err, fault.NotFound, "")
		got, err := o.rooms.ReadIncident(ctx, o.Staff["protection"], o.site, in.ID)
		o.must(err)
		if got.Text != in.Text || o.Count(`SELECT COUNT(*) FROM house_incident WHERE text = $1`, []byte(in.Text)) != 0 {
			t.Fatal("the report is lost or lies in clear")
		}
		if o.Count(`SELECT COUNT(*) FROM journal WHERE action = 'accommodation.incident_read'`) != 1 {
			t.Fatal("reading left no entry")
		}
		// Her case becomes confidential: the bed stays taken, her name is gone from the reception's list.
		o.must(o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE casefile SET class = 'protection' WHERE id = $1`, c.ID)
			return err
		}))
		o.must(o.Gate.Read(ctx, me, accommodation.PermView, func(ctx context.Context, r *gate.R) error {
			rolls, err := accommodation.Tonight(ctx, r)
			if err != nil {
				return err
			}
			if g := rolls[0].Guests; len(g) != 1 || !g[0].Hidden || g[0].Person.Name() != "" || g[0].BedID == "" {
				t.Errorf("roll: %+v", g)
			}
			return nil
		}))
	})
}
