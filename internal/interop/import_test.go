package interop_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/nostos-avrr/nostos/internal/interop"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
)

func room(t testing.TB, w *world.World) *interop.Domain {
	t.Helper()
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	return &interop.Domain{Gate: w.Gate, Persons: w.Persons, Cases: w.Cases, Cat: cat}
}

func file(t testing.TB, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func plan(w *world.World) interop.Plan {
	return interop.Plan{OfficeID: w.Offices["athens"], Source: "list"}
}

const good = `id,family_name,given_name,sex,birth_date,nationality,document_no,phone
1,Testpour,Amina,F,1991-05-04,PK,AB123,+30 690 000 0000
2,Testpour,Yusuf,M,11/02/1988,Pakistan,,
3,Solo,,male,1990,Géorgie,,
4,,Nino,θ,,GE,,
`

func TestImport_twiceCreatesNothingTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		r, path := room(t, w), file(t, "a.csv", good)
		res, err := r.Import(context.Background(), w.Staff["manager"], path, plan(w))
		if err != nil || res.Created != 4 || res.Refused != 0 {
			t.Fatalf("%+v, %v", res, err)
		}
		before := w.Count(`SELECT seq FROM journal_head`)
		res, err = r.Import(context.Background(), w.Staff["manager"], path, plan(w))
		if err != nil || res.Created != 0 || res.Known != 4 {
			t.Fatalf("second time: %+v, %v", res, err)
		}
		if n := w.Count(`SELECT COUNT(*) FROM person`); n != 4 {
			t.Errorf("%d persons", n)
		}
		if after := w.Count(`SELECT seq FROM journal_head`); after != before {
			t.Errorf("an import that changed nothing wrote %d entries", after-before)
		}
		if n := w.Count(`SELECT COUNT(*) FROM person WHERE birth_kind = 'year' AND nationality = 'GE'`); n != 1 {
			t.Error("a year alone was not kept as a year, or a French country name not understood")
		}
	})
}

// After a long list the engine has looked at its tables: the first searches are as fast as the thousandth.
func TestImport_aLongListIsLookedAt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		text := "id,family_name,given_name\n"
		for i := range 1000 {
			text += fmt.Sprintf("%d,Testpour,Amina\n", i)
		}
		known := `SELECT COUNT(*) FROM pg_stats WHERE tablename = 'person'`
		if d.Engine() == "sqlite" {
			known = `SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'person'`
			if err := d.Analyze(context.Background()); err != nil { // makes the list of what was seen
				t.Fatal(err)
			}
		}
		before := w.Count(known)
		res, err := room(t, w).Import(context.Background(), w.Staff["manager"], file(t, "a.csv", text), plan(w))
		if err != nil || res.Created != 1000 {
			t.Fatalf("%+v, %v", res, err)
		}
		if after := w.Count(known); before != 0 || after == 0 {
			t.Errorf("known of the persons before and after: %d, %d", before, after)
		}
	})
}

func TestImport_badRowsAreNamedAndTheGoodOnesKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		text := good + "5,Bad,Date,F,31/02/1990,PK,,\n6,Bad,Country,F,,Atlantis,,\n7,Old,Dummy,M,1900-01-01,PK,,\n8,Good,Again,M,,PK,,\n"
		res, err := room(t, w).Import(context.Background(), w.Staff["manager"], file(t, "a.csv", text), plan(w))
		if err != nil {
			t.Fatal(err)
		}
		if res.Created != 5 || res.Refused != 3 {
			t.Fatalf("%+v", res)
		}
		var got []string
		for _, m := range res.Mistakes {
			got = append(got, fmt.Sprintf("%d/%s", m.Row, m.Column))
		}
		if s := strings.Join(got, " "); s != "6/birth_date 7/nationality 8/birth_date" {
			t.Errorf("mistakes at %s", s)
		}
	})
}

func TestImport_allOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		p := plan(w)
		p.AllOrNothing = true
		for _, bad := range []string{"5,Bad,Date,F,31/02/1990,PK,,\n", "7,Old,Dummy,M,1900-01-01,PK,,\n"} {
			res, err := room(t, w).Import(context.Background(), w.Staff["manager"], file(t, "a.csv", good+bad), p)
			if err != nil || res.Created != 0 || len(res.Mistakes) != 1 || w.Count(`SELECT COUNT(*) FROM person`) != 0 {
				t.Fatalf("%+v, %v", res, err)
			}
		}
		if res, err := room(t, w).Import(context.Background(), w.Staff["manager"], file(t, "a.csv", good), p); err != nil || res.Created != 4 {
			t.Fatalf("%+v, %v", res, err)
		}
	})
}

func TestImport_dryRunKeepsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		p := plan(w)
		p.DryRun = true
		before := w.Count(`SELECT seq FROM journal_head`)
		res, err := room(t, w).Import(context.Background(), w.Staff["manager"], file(t, "a.csv", good+"5,Bad,Date,F,x,PK,,\n"), p)
		if err != nil || res.Created != 4 || res.Refused != 1 {
			t.Fatalf("%+v, %v", res, err)
		}
		if w.Count(`SELECT COUNT(*) FROM person`) != 0 || w.Count(`SELECT seq FROM journal_head`) != before {
			t.Error("a dry run left something behind")
		}
	})
}

func TestImport_cases(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		text := "case_ref,relation,family_name,given_name,sex,birth_date,nationality\nA,child,Testpour,Sara,F,2015-09-30,PK\nA,principal,Testpour,Amina,F,1991-05-04,PK\nB,principal,Solo,Nino,F,1990-01-02,GE\n"
		p := plan(w)
		p.Cases, p.Programme = true, "test"
		for range 2 {
			if _, err := room(t, w).Import(context.Background(), w.Staff["manager"], file(t, "a.csv", text), p); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.Count(`SELECT COUNT(*) FROM casefile`); n != 2 {
			t.Errorf("%d cases", n)
		}
		if n := w.Count(`SELECT COUNT(*) FROM casefile c JOIN person p ON p.id = c.principal_id WHERE p.given_names = 'Amina' AND c.persons = 2 AND c.children = 1`); n != 1 {
			t.Error("the principal applicant is not the one the file names")
		}
	})
}

// What real spreadsheets look like.
func TestImport_workbookWithItsHabits(t *testing.T) {
	w := world.New(t, dbtest.SQLite(t))
	x := excelize.NewFile()
	s := x.GetSheetName(0)
	x.SetCellValue(s, "A1", "Beneficiaries of the month")
	x.MergeCell(s, "A1", "F1")
	for i, h := range []string{"Επώνυμο", " Όνομα ", "Φύλο", "Date of birth", "Nationality", "Remarks"} {
		c, _ := excelize.CoordinatesToCellName(i+1, 3)
		x.SetCellValue(s, c, h)
	}
	style, _ := x.NewStyle(&excelize.Style{NumFmt: 14})
	rows := [][]any{{"Testpour", "Amina", "F", 33362, "PAK", "=cmd|' /C calc'!A0"}, {"الجبوري", "أحمد", "ذكر", "01.02.1990", "العراق", ""}, {"=HYPERLINK(\"http://x\")", "Evil", "m", "", "GR", ""}, {nil, nil, nil, nil, nil, nil}}
	for r, row := range rows {
		for i, v := range row {
			c, _ := excelize.CoordinatesToCellName(i+1, r+4)
			x.SetCellValue(s, c, v)
		}
	}
	x.SetCellStyle(s, "D4", "D4", style)
	x.SetCellValue(s, "A900", "   ") // a trailing blank far below
	path := filepath.Join(t.TempDir(), "a.xlsx")
	if err := x.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	res, err := room(t, w).Import(context.Background(), w.Staff["manager"], path, plan(w))
	if err != nil || res.Created != 3 {
		t.Fatalf("%+v, %v", res, err)
	}
	for q, want := range map[string]int64{
		`SELECT COUNT(*) FROM person WHERE family_name = 'Testpour' AND birth_date = '1991-05-04' AND nationality = 'PK'`:          1,
		`SELECT COUNT(*) FROM person WHERE native_family = 'الجبوري' AND family_name = '' AND nationality = 'IQ' AND sex = 'male'`: 1,
		`SELECT COUNT(*) FROM person WHERE family_name = '=HYPERLINK("http://x")'`:                                                 1, // text, as it stands
	} {
		if n := w.Count(q); n != want {
			t.Errorf("%s: %d, want %d", q, n, want)
		}
	}
}

func TestImport_filesThatCannotBeRead(t *testing.T) {
	w := world.New(t, dbtest.SQLite(t))
	bomb := func() string {
		p := filepath.Join(t.TempDir(), "bomb.xlsx")
		f, _ := os.Create(p)
		z := zip.NewWriter(f)
		e, _ := z.Create("xl/worksheets/sheet1.xml")
		zero := make([]byte, 1<<20)
		for range 300 {
			e.Write(zero)
		}
		z.Close()
		f.Close()
		return p
	}()
	var gz bytes.Buffer
	g := gzip.NewWriter(&gz)
	g.Write([]byte("a,b\n"))
	g.Close()
	cases := map[string]string{
		"no headings": file(t, "a.csv", "x,y\n1,2\n"), "empty": file(t, "b.csv", ""), "not utf-8": file(t, "c.csv", "family_name,given_name\nM\xfcller,X\n"),
		"utf-16": file(t, "d.csv", "\xff\xfef\x00a\x00"), "zip bomb": bomb, "truncated gzip": file(t, "e.csv.gz", gz.String()[:12]), "old excel": file(t, "f.xls", "\xd0\xcf\x11\xe0rest"),
		"one huge cell": file(t, "g.csv", "family_name,given_name\n"+strings.Repeat("x", 30_000)+",Y\n"), "a quote that never ends": file(t, "h.csv", "family_name,given_name\n\"abc,Y\n"),
	}
	for name, path := range cases {
		if res, err := room(t, w).Import(context.Background(), w.Staff["manager"], path, plan(w)); err == nil {
			t.Errorf("%s was read: %+v", name, res)
		}
	}
	if n := w.Count(`SELECT COUNT(*) FROM person`); n != 0 {
		t.Errorf("%d persons from unreadable files", n)
	}
}

func TestImport_needsThePermission(t *testing.T) {
	w := world.New(t, dbtest.SQLite(t))
	if _, err := room(t, w).Import(context.Background(), w.Staff["counsellor"], file(t, "a.csv", good), plan(w)); !fault.Is(err, fault.Denied) {
		t.Fatalf("%v", err)
	}
}

func BenchmarkImport(b *testing.B) {
	var text strings.Builder
	text.WriteString("id,family_name,given_name,sex,birth_date,nationality,document_no,phone,email,address\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "%d,Family%d,Given%d,%s,19%02d-%02d-%02d,PK,AB%06d,+30690%07d,p%d@example.org,Street %d\n", i, i%997, i%313, []string{"F", "M"}[i%2], 50+i%50, 1+i%12, 1+i%28, i, i, i, i)
	}
	path := file(b, "big.csv", text.String())
	for b.Loop() {
		w := world.New(b, dbtest.SQLite(b))
		res, err := room(b, w).Import(context.Background(), w.Staff["manager"], path, plan(w))
		if err != nil || res.Created != 10_000 {
			b.Fatalf("%+v, %v", res, err)
		}
	}
}
