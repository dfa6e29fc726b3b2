package travel_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

var ctx = context.Background()

type office struct {
	*world.World
	travel   *travel.Domain
	declared bool
	refuses  map[string]bool // persons who did not consent
	childOK  bool
}

func open(t testing.TB, d *db.DB) *office {
	t.Helper()
	o := &office{World: world.New(t, d), declared: true, refuses: map[string]bool{}, childOK: true}
	o.travel = &travel.Domain{Gate: o.Gate, Cases: o.Cases, Persons: o.Persons,
		Consent:  func(_ context.Context, _ *gate.R, p, _, _ string) (bool, error) { return !o.refuses[p], nil },
		Declared: func(context.Context, *gate.R, string) (bool, error) { return o.declared, nil },
		BeforeBooking: []casefile.Condition{func(_ context.Context, _ *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
			if o.childOK {
				return nil, nil
			}
			return []casefile.Unmet{{Key: "travel.missing.nobody"}}, nil
		}}}
	o.Cases.OnWithdraw = []casefile.Reaction{o.travel.OnWithdraw}
	return o
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
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

// ready gives a family whose papers and clearance are in order.
func (o *office) ready(t testing.TB) (casefile.Case, []string) {
	t.Helper()
	c, people := o.Family()
	o.prepare(t, c, people)
	return c, people
}

func (o *office) prepare(t testing.TB, c casefile.Case, people []string) {
	t.Helper()
	asked := map[string]string{}
	for _, p := range people {
		must(t, o.Persons.AddPaper(ctx, o.Staff["counsellor"], person.Paper{ID: o.Gate.IDs.New(), PersonID: p, Kind: "passport", Number: "AB " + p[len(p)-6:], Country: "PK", ExpiresOn: day.MustParse("2027-01-01"), HeldBy: "our_office"}))
		asked[p] = o.Gate.IDs.New()
	}
	must(t, o.travel.AskClearance(ctx, o.Staff["movement"], travel.Question{CaseID: c.ID, Authority: "police", Persons: asked}))
	for _, id := range asked {
		must(t, o.travel.AnswerClearance(ctx, o.Staff["movement"], travel.Clearance{ID: id, CaseID: c.ID, Reply: travel.Go, ValidUntil: day.MustParse("2026-04-30"), Findings: "an old fine, paid"}))
	}
}

func flight(no, on string) travel.Flight {
	return travel.Flight{Carrier: "XY", Number: no, On: day.MustParse(on), From: "ATH", To: "ISB", Departs: on + " 10:05", Arrives: on + " 18:20"}
}

func (o *office) booking(c casefile.Case, fare int64, legs ...travel.Flight) travel.Booking {
	b := travel.Booking{ID: o.Gate.IDs.New(), CaseID: c.ID, Fare: money.Of(fare, "EUR"), CostLine: "programme", PNR: "QWERTZ"}
	for _, f := range legs {
		b.Legs = append(b.Legs, travel.Leg{Flight: f})
	}
	return b
}

func (o *office) unmet(t testing.TB, name, caseID string) (keys []string) {
	t.Helper()
	must(t, o.Gate.Read(ctx, o.Staff["movement"], travel.PermView, func(ctx context.Context, r *gate.R) error {
		c, err := casefile.ByID(ctx, r, caseID)
		if err != nil {
			return err
		}
		un, err := o.travel.Conditions()[name](ctx, r, c)
		for _, u := range un {
			keys = append(keys, u.Key)
		}
		return err
	}))
	return keys
}

func (o *office) current(t testing.TB, caseID string) (j travel.Journey) {
	t.Helper()
	must(t, o.Gate.Read(ctx, org.SystemID, travel.PermView, func(ctx context.Context, r *gate.R) (err error) {
		j, _, err = travel.Current(ctx, r, caseID)
		return err
	}))
	return j
}

func TestPapers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		me := o.Staff["counsellor"]
		c, people := o.Family()
		if got := o.unmet(t, "documents.complete", c.ID); len(got) != 4 || got[0] != "travel.missing.paper_none" {
			t.Fatalf("unmet: %v", got)
		}
		in := travel.Document{ID: o.Gate.IDs.New(), CaseID: c.ID, PersonID: people[2], Type: "laissez_passer", Country: "PK", Authority: "Embassy in Athens"}
		o.declared = false
		refused(t, o.travel.RequestDocument(ctx, me, in), fault.Conflict, "travel.err.not_declared")
		o.declared = true
		o.refuses[people[2]] = true
		err := o.travel.RequestDocument(ctx, me, in)
		refused(t, err, fault.Invalid, "travel.err.no_consent")
		if f := fault.Of(err).Fields[0]; len(f.Args) != 2 || f.Args[1] != "Sara Testpour" {
			t.Fatalf("whose consent is missing is not told: %v", f.Args)
		}
		refused(t, o.travel.AskClearance(ctx, o.Staff["movement"], travel.Question{CaseID: c.ID, Authority: "police", Persons: map[string]string{people[2]: o.Gate.IDs.New()}}), fault.Invalid, "travel.err.no_consent")
		o.refuses[people[2]] = false
		refused(t, o.travel.RequestDocument(ctx, o.Staff["other"], in), fault.NotFound, "")
		refused(t, o.travel.RequestDocument(ctx, o.Staff["finance"], in), fault.Denied, "")
		bad := in
		bad.Type, bad.PersonID = "bus pass", o.Person("No", "Member", "male", "1990-01-01", "PK")
		refused(t, o.travel.RequestDocument(ctx, me, bad), fault.Invalid, "travel.err.type")
		refused(t, o.travel.RequestDocument(ctx, me, bad), fault.Invalid, "travel.err.person")
		must(t, o.travel.RequestDocument(ctx, me, in))
		must(t, o.travel.RequestDocument(ctx, me, in)) // a double click
		if n := o.Count(`SELECT COUNT(*) FROM travel_document`); n != 1 {
			t.Fatalf("%d applications", n)
		}
		if got := o.unmet(t, "documents.complete", c.ID); !slices.Contains(got, "travel.missing.paper_pending") {
			t.Fatalf("unmet: %v", got)
		}

		edit := in
		edit.Revision, edit.State, edit.Authority = 1, travel.Issued, in.Authority
		refused(t, o.travel.EditDocument(ctx, me, edit), fault.Invalid, "travel.err.doc_number")
		edit.IssuedOn, edit.ExpiresOn, edit.Number = day.MustParse("2026-03-01"), day.MustParse("2026-06-01"), "LP 4711-0815"
		must(t, o.travel.EditDocument(ctx, me, edit))
		if got := o.unmet(t, "documents.complete", c.ID); !slices.Contains(got, "travel.missing.paper_elsewhere") {
			t.Fatalf("a paper at the consulate counts: %v", got)
		}
		// From the page opened before: another field is kept beside the first edit, the same field is refused.
		late := in
		late.Revision, late.State, late.Fee = 1, travel.Requested, 5000
		must(t, o.travel.EditDocument(ctx, o.Staff["movement"], late))
		if n := o.Count(`SELECT COUNT(*) FROM travel_document WHERE state = 'issued' AND fee = 5000`); n != 1 {
			t.Fatal("edits of different fields were not both kept")
		}
		late.Number = "XX"
		refused(t, o.travel.EditDocument(ctx, me, late), fault.Stale, "travel.err.stale_field")
		edit.Revision, edit.Fee, edit.OfficeOn = 3, 5000, day.MustParse("2026-03-02")
		must(t, o.travel.EditDocument(ctx, me, edit))
		if got := o.unmet(t, "documents.complete", c.ID); len(got) != 3 {
			t.Fatalf("unmet: %v", got)
		}
		if n := o.Count(`SELECT COUNT(*) FROM travel_document WHERE number = $1`, []byte("LP 4711-0815")); n != 0 {
			t.Fatal("the number lies in clear")
		}
	})
}

func TestClearance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		c, people := o.ready(t)
		if got := o.unmet(t, "clearance.given", c.ID); len(got) != 0 {
			t.Fatalf("unmet: %v", got)
		}
		if n := o.Count(`SELECT COUNT(*) FROM clearance WHERE findings = $1`, []byte("an old fine, paid")); n != 0 {
			t.Fatal("findings lie in clear")
		}
		id := o.Gate.IDs.New()
		q := travel.Question{CaseID: c.ID, Authority: "court", Persons: map[string]string{people[0]: id}}
		must(t, o.travel.AskClearance(ctx, o.Staff["movement"], q))
		must(t, o.travel.AskClearance(ctx, o.Staff["movement"], q))
		if got := o.unmet(t, "clearance.given", c.ID); len(got) != 1 || got[0] != "travel.missing.clearance_pending" {
			t.Fatalf("unmet: %v", got)
		}
		refused(t, o.travel.AnswerClearance(ctx, o.Staff["movement"], travel.Clearance{ID: id, CaseID: c.ID, Reply: "maybe"}), fault.Invalid, "travel.err.reply")
		other := o.Case(o.Person("A", "B", "male", "1990-01-01", "PK"))
		refused(t, o.travel.AnswerClearance(ctx, o.Staff["movement"], travel.Clearance{ID: id, CaseID: other.ID, Reply: "go"}), fault.NotFound, "")
		must(t, o.travel.AnswerClearance(ctx, o.Staff["movement"], travel.Clearance{ID: id, CaseID: c.ID, Reply: "wait"}))
		if got := o.unmet(t, "clearance.given", c.ID); len(got) != 1 || got[0] != "travel.missing.clearance_wait" {
			t.Fatalf("unmet: %v", got)
		}
	})
}

func TestBooking(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		me := o.Staff["movement"]
		f := flight("842", "2026-03-24")
		bare, _ := o.Family()
		err := o.travel.Book(ctx, me, o.booking(bare, 90_000, f))
		refused(t, err, fault.Conflict, "travel.missing.paper_none")
		refused(t, err, fault.Conflict, "travel.missing.clearance_none")
		if n := o.Count(`SELECT COUNT(*) FROM flight`); n != 0 {
			t.Fatal("a refused booking left a flight behind")
		}
		c, people := o.ready(t)
		o.childOK = false
		refused(t, o.travel.Book(ctx, me, o.booking(c, 90_000, f)), fault.Conflict, "travel.missing.nobody")
		o.childOK = true
		// The clearance lasts until the end of April.
		refused(t, o.travel.Book(ctx, me, o.booking(c, 90_000, flight("842", "2026-05-05"))), fault.Conflict, "travel.missing.clearance_lapsed")
		refused(t, o.travel.Book(ctx, me, o.booking(c, 90_000, flight("842", "2026-02-05"))), fault.Invalid, "travel.err.day")
		refused(t, o.travel.Book(ctx, me, o.booking(c, 90_000)), fault.Invalid, "travel.err.legs")
		refused(t, o.travel.Book(ctx, me, o.booking(c, 90_000, f, flight("843", "2026-03-24"))), fault.Invalid, "travel.err.gap")
		refused(t, o.travel.Book(ctx, o.Staff["other"], o.booking(c, 90_000, f)), fault.Denied, "")
		b := o.booking(c, 90_000, f)
		must(t, o.travel.Book(ctx, me, b))
		must(t, o.travel.Book(ctx, me, b))
		if n := o.Count(`SELECT COUNT(*) FROM journey WHERE case_id = $1`, c.ID); n != 1 {
			t.Fatalf("%d journeys", n)
		}
		if got := o.Get(c.ID).DepartsOn.String(); got != "2026-03-24" {
			t.Fatalf("departs on %s", got)
		}
		if got := o.unmet(t, "travel.booked", c.ID); len(got) != 0 {
			t.Fatalf("unmet: %v", got)
		}
		refused(t, o.travel.Book(ctx, me, o.booking(c, 90_000, f)), fault.Conflict, "travel.err.booked_already")
		must(t, o.travel.WriteTickets(ctx, me, travel.Tickets{JourneyID: b.ID, PNR: "PNR99", Numbers: map[string]string{people[0]: "220-1"}}))
		j := o.current(t, c.ID)
		if j.PNR != "PNR99" || !slices.ContainsFunc(j.Passengers, func(p travel.Passenger) bool { return p.Ticket == "220-1" && p.Seat == travel.Ticketed }) {
			t.Fatalf("tickets: %+v", j.Passengers)
		}
		for _, clear := range []string{"PNR99", "220-1"} {
			if n := o.Count(`SELECT COUNT(*) FROM journey j, seat s WHERE j.pnr = $1 OR s.ticket = $2`, []byte(clear), []byte(clear)); n != 0 {
				t.Fatal("a reference lies in clear")
			}
		}

		// Dearer: a second person.
		re := o.booking(c, 250_000, flight("900", "2026-03-26"))
		refused(t, o.travel.Rebook(ctx, me, re), fault.Invalid, "travel.err.reason")
		re.RebookReason = "the flight was moved"
		must(t, o.travel.Rebook(ctx, me, re))
		if got := o.unmet(t, "travel.booked", c.ID); len(got) != 1 || got[0] != "travel.missing.approval" {
			t.Fatalf("unmet: %v", got)
		}
		if n := o.Count(`SELECT taken FROM flight WHERE number = '842'`); n != 0 {
			t.Fatalf("%d seats left on the flight given up", n)
		}
		refused(t, o.travel.Approve(ctx, me, re.ID), fault.Denied, "")
		must(t, o.Gate.Read(ctx, o.Staff["supervisor"], travel.PermApprove, func(ctx context.Context, r *gate.R) error {
			list, err := travel.ToApprove(ctx, r)
			if len(list) != 1 || list[0].AskedBy != me {
				t.Errorf("to approve: %+v", list)
			}
			return err
		}))
		must(t, o.travel.Approve(ctx, o.Staff["supervisor"], re.ID))
		must(t, o.travel.Approve(ctx, o.Staff["supervisor"], re.ID))
		if got := o.unmet(t, "travel.booked", c.ID); len(got) != 0 {
			t.Fatalf("unmet: %v", got)
		}
		must(t, o.travel.Cancel(ctx, me, re.ID, "visa problem"))
		if n := o.Count(`SELECT COUNT(*) FROM flight WHERE taken <> 0`); n != 0 {
			t.Fatal("a journey given up keeps its seats")
		}
		if !o.Get(c.ID).DepartsOn.IsZero() {
			t.Fatal("a date without a journey")
		}

		// Nobody agrees to their own request, even with both rights.
		boss := o.Staff["manager"]
		own := o.booking(c, 250_000, f)
		must(t, o.travel.Book(ctx, boss, own))
		refused(t, o.travel.Approve(ctx, boss, own.ID), fault.Denied, "travel.err.own_request")
		must(t, o.travel.NotAgree(ctx, o.Staff["second"], own.ID, "too dear"))
		if j := o.current(t, c.ID); j.ID != "" {
			t.Fatal("a journey nobody agreed to stands")
		}
	})
}

func TestLastSeats(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		me := o.Staff["movement"]
		const bookers, seats = 64, 7
		var cases []casefile.Case
		for i := range bookers {
			p := o.Person(fmt.Sprintf("Solo%02d", i), "Testi", "male", "1990-01-01", "PK")
			c := o.Case(p)
			o.prepare(t, c, []string{p})
			cases = append(cases, c)
		}
		f, err := o.travel.AddFlight(ctx, me, withCapacity(flight("1", "2026-03-20"), seats))
		must(t, err)
		var wg sync.WaitGroup
		errs := make([]error, bookers)
		for i := range bookers {
			wg.Add(1)
			go func() {
				defer wg.Done()
				errs[i] = o.travel.Book(ctx, me, travel.Booking{ID: o.Gate.IDs.New(), CaseID: cases[i].ID, Legs: []travel.Leg{{Flight: travel.Flight{ID: f.ID}}}, Fare: money.Of(100, "EUR"), CostLine: "programme"})
			}()
		}
		wg.Wait()
		got := 0
		for _, err := range errs {
			if err == nil {
				got++
				continue
			}
			refused(t, err, fault.Conflict, "travel.err.full")
		}
		if got != seats {
			t.Fatalf("%d of 64 bookers got one of %d seats", got, seats)
		}
		if n := o.Count(`SELECT taken FROM flight`); n != seats {
			t.Fatalf("taken %d", n)
		}
		if n := o.Count(`SELECT COUNT(*) FROM seat WHERE state <> 'cancelled'`); n != seats {
			t.Fatalf("%d seats", n)
		}
		_, err = o.travel.AddFlight(ctx, me, withCapacity(flight("1", "2026-03-20"), 3))
		refused(t, err, fault.Invalid, "travel.err.capacity_taken")
	})
}

func withCapacity(f travel.Flight, n int64) travel.Flight { f.Capacity = n; return f }

func TestDepartureDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		me, there := o.Staff["movement"], o.Staff["reintegration"]
		c, people := o.ready(t)
		var told []string // what the houses hear: who has left, and who has not after all
		o.travel.HasLeft = func(_ context.Context, w *gate.W, _ *casefile.Case, persons []string) error {
			told = append(told, fmt.Sprint(len(persons), " left ", w.Now.Format("15:04")))
			return nil
		}
		o.travel.HasNotLeft = func(_ context.Context, _ *gate.W, _ *casefile.Case, persons []string, since time.Time) error {
			told = append(told, fmt.Sprint(len(persons), " not since ", since.Format("15:04")))
			return nil
		}
		second := travel.Flight{Carrier: "ZZ", Number: "5", On: day.MustParse("2026-03-25"), From: "ISB", To: "PEW", Departs: "2026-03-25 02:00", Arrives: "2026-03-25 03:00"}
		b := o.booking(c, 90_000, flight("842", "2026-03-24"), second)
		must(t, o.travel.Book(ctx, me, b))
		o.At(c.ID, "PREDEPARTURE_CASH")
		refused(t, o.travel.Step(ctx, me, b.ID, people, travel.AtAirport), fault.Conflict, "travel.err.too_soon")
		o.Clock.Set(time.Date(2026, 3, 24, 6, 0, 0, 0, time.UTC))
		must(t, o.travel.Late(ctx, me, b.ID, people[:1], true))
		must(t, o.travel.Step(ctx, me, b.ID, people, travel.AtAirport))
		must(t, o.travel.Step(ctx, me, b.ID, people[:1], travel.AtAirport)) // somebody else's phone
		refused(t, o.travel.Step(ctx, me, b.ID, people, travel.Boarded), fault.Conflict, "travel.err.step")
		refused(t, o.travel.Step(ctx, o.Staff["other"], b.ID, people, travel.Papers), fault.Denied, "")
		refused(t, o.travel.Step(ctx, me, b.ID, []string{o.Person("X", "Y", "male", "1990-01-01", "PK")}, travel.Papers), fault.NotFound, "")
		must(t, o.travel.Step(ctx, me, b.ID, people, travel.Papers))
		must(t, o.travel.Step(ctx, me, b.ID, people[:3], travel.Boarded))
		refused(t, o.travel.DidNotCome(ctx, me, b.ID, people[3:], ""), fault.Invalid, "travel.err.reason")
		must(t, o.travel.DidNotCome(ctx, me, b.ID, people[3:], "asleep in the car"))
		if got := o.Get(c.ID); got.Stage != "PREDEPARTURE_CASH" {
			t.Fatalf("moved on without the whole family: %s", got.Stage)
		}
		if got := o.unmet(t, "travel.departed", c.ID); len(got) != 1 {
			t.Fatalf("unmet: %v", got)
		}
		must(t, o.travel.Undo(ctx, me, b.ID, people[3:], "a mistake"))
		refused(t, o.travel.Undo(ctx, me, b.ID, people[3:], "a mistake"), fault.Conflict, "travel.err.nothing_to_undo")
		must(t, o.travel.Step(ctx, me, b.ID, people[3:], travel.Boarded))
		if got := o.Get(c.ID); got.Stage != "IN_TRANSIT" {
			t.Fatalf("stage %s", got.Stage)
		}
		must(t, o.travel.Undo(ctx, me, b.ID, people[3:], "a mistake"))
		if got := o.Get(c.ID); got.Stage != "PREDEPARTURE_CASH" {
			t.Fatalf("undo left the stage at %s", got.Stage)
		}
		refused(t, o.travel.ConfirmArrival(ctx, me, travel.Arrival{JourneyID: b.ID, Persons: people, Onward: "own"}), fault.Conflict, "travel.err.not_left")
		must(t, o.travel.Step(ctx, me, b.ID, people[3:], travel.Boarded))
		must(t, o.travel.Step(ctx, me, b.ID, people[3:], travel.Boarded)) // somebody else's phone
		if want := []string{"3 left 06:00", "1 left 06:00", "1 not since 06:00", "1 left 06:00"}; !slices.Equal(told, want) {
			t.Errorf("the houses heard %q, want %q", told, want)
		}
		refused(t, o.travel.Cancel(ctx, me, b.ID, "x"), fault.Conflict, "travel.err.under_way")
		must(t, o.travel.ConfirmTransit(ctx, me, b.ID, 2))
		must(t, o.travel.ConfirmTransit(ctx, me, b.ID, 2))

		// Nobody confirms the arrival.
		for _, step := range []struct {
			days int
			want string
		}{{1, ""}, {1, "ask_arrival_2"}, {5, "ask_arrival_7"}, {23, "ask_arrival_30"}} {
			o.Clock.Advance(time.Duration(step.days) * 24 * time.Hour)
			must(t, o.travel.Watch(ctx))
			must(t, o.travel.Watch(ctx))
			n := o.Count(`SELECT COUNT(*) FROM task WHERE case_id = $1 AND code LIKE 'ask_arrival%' AND done_at = ''`, c.ID)
			if step.want == "" && n != 0 || step.want != "" && (n != 1 || o.Count(`SELECT COUNT(*) FROM task WHERE code = $1 AND done_at = ''`, step.want) != 1) {
				t.Fatalf("after %d more days: %d tasks, want %s", step.days, n, step.want)
			}
		}
		// The office of origin sees the case once it is theirs too.
		refused(t, o.travel.ConfirmArrival(ctx, there, travel.Arrival{JourneyID: b.ID, Persons: people, Onward: "bus"}), fault.NotFound, "")
		must(t, o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE casefile SET origin_office = $1 WHERE id = $2`, o.Offices["islamabad"], c.ID)
			return err
		}))
		refused(t, o.travel.ConfirmArrival(ctx, there, travel.Arrival{JourneyID: b.ID, Persons: people, On: day.MustParse("2026-03-20"), Onward: "bus"}), fault.Invalid, "travel.err.arrived_on")
		must(t, o.travel.ConfirmArrival(ctx, there, travel.Arrival{JourneyID: b.ID, Persons: people[:2], On: day.MustParse("2026-03-25"), Onward: "bus"}))
		if got := o.Get(c.ID).Stage; got != "IN_TRANSIT" {
			t.Fatalf("arrived with half the family: %s", got)
		}
		must(t, o.travel.ConfirmArrival(ctx, there, travel.Arrival{JourneyID: b.ID, Persons: people, On: day.MustParse("2026-03-25"), Onward: "bus"}))
		if got := o.Get(c.ID).Stage; got != "POST_ARRIVAL" {
			t.Fatalf("stage %s", got)
		}
		if n := o.Count(`SELECT COUNT(*) FROM task WHERE case_id = $1 AND code LIKE 'ask_arrival%' AND done_at = ''`, c.ID); n != 0 {
			t.Fatal("still asking after people who arrived")
		}
		if got := o.unmet(t, "travel.arrived", c.ID); len(got) != 0 {
			t.Fatalf("unmet: %v", got)
		}
	})
}

func TestWithdrawalFrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		me := o.Staff["movement"]
		c, people := o.ready(t)
		must(t, o.travel.RequestDocument(ctx, me, travel.Document{ID: o.Gate.IDs.New(), CaseID: c.ID, PersonID: people[0], Type: "etd", Country: "PK"}))
		b := o.booking(c, 90_000, flight("842", "2026-03-24"))
		must(t, o.travel.Book(ctx, me, b))
		o.Clock.Set(time.Date(2026, 3, 24, 6, 0, 0, 0, time.UTC))
		must(t, o.travel.Step(ctx, me, b.ID, people, travel.AtAirport))
		freed, err := o.Cases.Withdraw(ctx, o.Staff["counsellor"], c.ID, "")
		must(t, err)
		if !slices.Contains(freed, "travel.freed_seats") || !slices.Contains(freed, "travel.freed_requests") {
			t.Fatalf("freed %v", freed)
		}
		if n := o.Count(`SELECT COUNT(*) FROM seat WHERE state <> 'cancelled'`); n != 0 {
			t.Fatalf("%d seats kept", n)
		}
		if n := o.Count(`SELECT COUNT(*) FROM flight WHERE taken <> 0`) + o.Count(`SELECT COUNT(*) FROM travel_document WHERE state = 'requested'`); n != 0 {
			t.Fatal("something is still reserved")
		}
		refused(t, o.travel.Step(ctx, me, b.ID, people, travel.Papers), fault.Conflict, "case.err.not_open")
		must(t, o.Gate.Read(ctx, me, travel.PermView, func(ctx context.Context, r *gate.R) error {
			m, err := o.travel.ManifestOf(ctx, r, o.flightID(t))
			if len(m.Parties) != 0 {
				t.Error("who withdrew stands on the list")
			}
			return err
		}))
	})
}

func (o *office) flightID(t testing.TB) (id string) {
	must(t, o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		id, err = db.One(ctx, tx, db.Value[string], `SELECT id FROM flight ORDER BY id`)
		return err
	}))
	return id
}

func TestManifestScope(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		c, _ := o.ready(t)
		must(t, o.travel.Book(ctx, o.Staff["movement"], o.booking(c, 90_000, flight("842", "2026-03-24"))))
		id := o.flightID(t)
		from, to := day.MustParse("2026-03-01"), day.MustParse("2026-03-31")
		see := func(who string) (n int, err error) {
			err = o.Gate.Read(ctx, o.Staff[who], travel.PermView, func(ctx context.Context, r *gate.R) error {
				list, err := travel.Departures(ctx, r, from, to)
				if err != nil {
					return err
				}
				for _, f := range list {
					n += int(f.Persons)
				}
				_, err = o.travel.ManifestOf(ctx, r, id)
				return err
			})
			return n, err
		}
		if n, err := see("movement"); err != nil || n != 4 {
			t.Fatalf("%d, %v", n, err)
		}
		n, err := see("other")
		refused(t, err, fault.NotFound, "")
		if n != 0 {
			t.Fatal("another office counts our people")
		}
		m, err := o.travel.PrintManifest(ctx, o.Staff["movement"], id)
		must(t, err)
		if len(m.Parties) != 1 || len(m.Parties[0].People) != 4 || !slices.Contains(o.Actions(c.ID), "travel.printed") {
			t.Fatalf("print: %+v %v", m, o.Actions(c.ID))
		}
		for _, a := range o.Actions(c.ID) {
			if strings.HasPrefix(a, "travel.") && !hasText("journal."+a) {
				t.Errorf("no sentence for %s", a)
			}
		}
	})
}
