package main

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"time"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/app/demo"
	"github.com/nostos-avrr/nostos/internal/desk/signin"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// perBatch is how many cases are kept in one transaction.
const perBatch = 1000

// casesEach is how many cases a counsellor looks after: the caseload decides how many are hired, never how much lies on one
// desk.
const casesEach = 300

// name is one part of a name, in Latin script and as it is written at home.
type name struct{ latin, native string }

// people is a nation's share of the caseload. A few names are very common, as in life: a search for them must not be slow.
type people struct {
	country, lang string
	given, family []name
}

var nations = []people{
	{"PK", "ur", []name{{"Muhammad", "محمد"}, {"Ali", "علی"}, {"Fatima", "فاطمہ"}, {"Usman", "عثمان"}, {"Sana", "ثنا"}, {"Hamza", "حمزہ"}, {"Zainab", "زینب"}, {"Tariq", "طارق"}},
		[]name{{"Khan", "خان"}, {"Ahmed", "احمد"}, {"Butt", "بٹ"}, {"Chaudhry", "چوہدری"}, {"Malik", "ملک"}, {"Qureshi", "قریشی"}}},
	{"GE", "ka", []name{{"Giorgi", "გიორგი"}, {"Nino", "ნინო"}, {"Davit", "დავით"}, {"Tamar", "თამარ"}, {"Levan", "ლევან"}, {"Ketevan", "ქეთევან"}},
		[]name{{"Beridze", "ბერიძე"}, {"Lomidze", "ლომიძე"}, {"Kapanadze", "კაპანაძე"}, {"Gelashvili", "გელაშვილი"}}},
	{"IQ", "ar", []name{{"Mohammed", "محمد"}, {"Ahmad", "أحمد"}, {"Hussein", "حسين"}, {"Zahra", "زهراء"}, {"Noor", "نور"}, {"Mustafa", "مصطفى"}},
		[]name{{"Al-Jubouri", "الجبوري"}, {"Haddad", "حداد"}, {"Al-Tamimi", "التميمي"}, {"Salman", "سلمان"}}},
	{"IR", "fa", []name{{"Mohammad", "محمد"}, {"Reza", "رضا"}, {"Maryam", "مریم"}, {"Hossein", "حسین"}, {"Leila", "لیلا"}},
		[]name{{"Ahmadi", "احمدی"}, {"Karimi", "کریمی"}, {"Rahimi", "رحیمی"}, {"Moradi", "مرادی"}}},
	{"AL", "", []name{{"Arben", ""}, {"Mirela", ""}, {"Dritan", ""}, {"Elira", ""}},
		[]name{{"Hoxha", ""}, {"Shehu", ""}, {"Prifti", ""}}},
}

var first, last = []string{"ba", "da", "fa", "ka", "la", "ma", "na", "ra", "sa", "ta", "va", "za"}, []string{"bek", "din", "far", "jan", "kul", "lar", "man", "nia", "pur", "rad", "shah", "var", "wal", "yar", "zad"}

// rare makes a name that few share, because not everybody is called Muhammad.
func rare(r *rand.Rand) name {
	s := first[r.Intn(len(first))] + first[r.Intn(len(first))] + last[r.Intn(len(last))]
	return name{string(s[0]-'a'+'A') + s[1:], ""}
}

func pick(r *rand.Rand, list []name) name {
	if r.Intn(3) == 0 {
		return rare(r)
	}
	return list[r.Intn(len(list))]
}

var stages = []string{"REGISTRATION", "CONSENT", "COUNSELLING", "SCREENING", "ELIGIBILITY", "VRD", "TRAVEL_DOCS", "CLEARANCE", "MOVEMENT"}

// filler writes the caseload, by the same commands as real work, on a clock that runs through the two years before today.
type filler struct {
	a     *app.App
	clk   *clock.Fake
	r     *rand.Rand
	staff []string // counsellors' ids
}

// fill makes n cases in an empty installation.
func fill(ctx context.Context, cfg *config.Config, n int) error {
	began, end := time.Now(), time.Now().UTC().Add(-time.Minute)
	start := end.AddDate(-2, 0, 0)
	f := filler{clk: clock.NewFake(start), r: rand.New(rand.NewSource(1))}
	var err error
	if f.a, err = app.New(ctx, app.Options{Config: cfg, Clock: f.clk, Demo: true, NoWork: true}); err != nil {
		return err
	}
	defer f.a.Close()
	if err := f.hire(ctx, n); err != nil {
		return err
	}
	step := end.Sub(start) / time.Duration(n)
	for done := 0; done < n; {
		size := min(perBatch, n-done)
		err := f.a.Gate.Batch(ctx, f.staff[0], casefile.PermOpen, func(ctx context.Context) error {
			for range size {
				f.clk.Advance(step)
				if err := f.open(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		done += size
		fmt.Fprintf(os.Stderr, "\rmaking cases: %d of %d (%.0f a second)\033[K", done, n, float64(done)/time.Since(began).Seconds())
	}
	fmt.Fprintln(os.Stderr)
	return f.a.DB.Analyze(ctx)
}

// hire adds to the demo's staff as many counsellors as the caseload needs, two thirds of them in Athens.
func (f *filler) hire(ctx context.Context, n int) error {
	by, office, err := demo.Hire(ctx, f.a)
	if err != nil {
		return err
	}
	f.staff = []string{by["counsellor"], by["counsellor3"]}
	for i := range n / casesEach {
		code := "ath"
		if i%3 == 2 {
			code = "skg"
		}
		login := fmt.Sprintf("counsellor-b%d", i)
		id, err := signin.AddUser(ctx, f.a.Gate, org.SystemID, signin.NewUser{Login: login, Name: "Invented " + login, Email: login + "@nostos.example", Office: code, Language: "en",
			Roles: []org.Held{{Role: "counsellor", OfficeID: office[code]}}})
		if err != nil {
			return err
		}
		f.staff = append(f.staff, id)
	}
	return nil
}

func (f *filler) person(family name, p *people, age int) person.Person {
	g := pick(f.r, p.given)
	sex := person.Sexes[f.r.Intn(2)]
	born := day.Of(f.clk.Now(), time.UTC).AddDays(-age*365 - f.r.Intn(364))
	return person.Person{ID: f.a.Gate.IDs.New(), GivenNames: g.latin, FamilyName: family.latin, NativeGiven: g.native, NativeFamily: family.native, NativeLang: p.lang, Sex: sex,
		BirthDate: born, BirthKind: person.Exact, Nationality: p.country, Language: p.lang, Invented: true}
}

// open writes one case: one to three people, a note, a task of the counsellor's own in every third, and one in four of them
// withdrawn again.
func (f *filler) open(ctx context.Context) error {
	by := f.staff[f.r.Intn(len(f.staff))]
	p := &nations[f.r.Intn(len(nations))]
	family := pick(f.r, p.family)
	in := casefile.Opening{ID: f.a.Gate.IDs.New(), Programme: "gr-avrr", Stage: stages[f.r.Intn(len(stages))]}
	for i := range 1 + max(0, f.r.Intn(5)-2) { // 60 % travel alone
		age := 19 + f.r.Intn(40)
		if i == 2 {
			age = 1 + f.r.Intn(15)
		}
		x := f.person(family, p, age)
		if _, err := f.a.Rooms.Persons.Register(ctx, by, x); err != nil {
			return err
		}
		switch i {
		case 0:
			in.Principal = x.ID
		case 1:
			in.Members = append(in.Members, casefile.OpeningMember{PersonID: x.ID, Relation: "spouse"})
		default:
			in.Members = append(in.Members, casefile.OpeningMember{PersonID: x.ID, Relation: "child"})
		}
	}
	c, err := f.a.Rooms.Cases.Open(ctx, by, in)
	if err != nil {
		return err
	}
	if err := f.a.Rooms.Cases.AddNote(ctx, by, casefile.Note{CaseID: c.ID, Kind: "note", Text: "Asked how long it takes. Wants to travel before the school year begins."}); err != nil {
		return err
	}
	if f.r.Intn(3) == 0 {
		due := day.Of(f.clk.Now(), time.UTC).AddDays(f.r.Intn(60))
		if err := f.a.Rooms.Cases.WriteTask(ctx, by, casefile.Task{CaseID: c.ID, Title: "Ring back about the passport", DueOn: due, OwnerID: by}); err != nil {
			return err
		}
	}
	if f.r.Intn(4) == 0 {
		_, err = f.a.Rooms.Cases.Withdraw(ctx, by, c.ID, "")
	}
	return err
}

// counsellorCases lists cases of the Athens office for the load, spread over the whole caseload.
func counsellorCases(ctx context.Context, cfg *config.Config, n int) (ids []string, err error) {
	d, err := app.OpenDB(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	err = d.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		all, err := db.All(ctx, t, db.Value[string], `SELECT c.id FROM casefile c JOIN office o ON o.id = c.host_office WHERE o.code = 'ath' AND c.state = 'open' ORDER BY c.id`)
		for i := range min(n, len(all)) {
			ids = append(ids, all[i*len(all)/min(n, len(all))])
		}
		return err
	})
	return ids, err
}
