package report_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/counselling"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

var ctx = context.Background()

// talked opens a case and holds one talk, through the commands.
func talked(t *testing.T, h *house.House, given string) casefile.Case {
	t.Helper()
	me, rooms := h.Staff["counsellor"], h.App.Rooms
	p := person.Person{ID: h.App.Gate.IDs.New(), GivenNames: given, FamilyName: "Testpour", Sex: "female", BirthKind: person.Exact, BirthDate: day.New(1990, 1, 1), Nationality: "PK", Invented: true}
	if _, err := rooms.Persons.Register(ctx, me, p); err != nil {
		t.Fatal(err)
	}
	c, err := rooms.Cases.Open(ctx, me, casefile.Opening{ID: h.App.Gate.IDs.New(), Programme: "gr-avrr", Principal: p.ID})
	if err != nil {
		t.Fatal(err)
	}
	err = rooms.Talks.Hold(ctx, me, counselling.Session{ID: h.App.Gate.IDs.New(), CaseID: c.ID, Type: counselling.Information, Kind: counselling.Individual, Place: "office", StartedAt: h.Clock.Now().Add(-time.Hour), Minutes: 40,
		InterpreterWay: counselling.NoInterpreter, Language: "en", StaffLanguage: "en", Topics: []string{"programme"}, Explained: []string{counselling.OptReturn}, Outcome: counselling.Considering,
		Words: counselling.Words{Afraid: "no"}, Present: []string{p.ID}}, "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func journaled(t *testing.T, h *house.House, action string) (n int64) {
	t.Helper()
	if err := h.App.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM journal WHERE action = $1`, action)
		return
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

var numberLink = regexp.MustCompile(`href="(/figures/sessions\?[^"]*)"`)

func TestFigures_openTheListBehindThem(t *testing.T) {
	h := house.New(t, "sqlite")
	c := talked(t, h, "Amina")
	talked(t, h, "Zarmina")
	day := h.Clock.Now().Format("2006-01-02")

	page := h.As("manager").Get("/figures?from=2026-01-01&as_of=" + day)
	link := numberLink.FindStringSubmatch(page.Body)
	if page.Status != http.StatusOK || link == nil {
		t.Fatalf("%d: no way to the list of talks\n%s", page.Status, page.Body)
	}
	to := strings.ReplaceAll(link[1], "&amp;", "&")
	list := h.As("manager").Get(to)
	if strings.Count(list.Body, `data-label="Nationality"`) != 2 || !strings.Contains(list.Body, c.No) || !strings.Contains(list.Body, "Amina") || !strings.Contains(list.Body, "/cases/"+c.ID) {
		t.Errorf("the list behind 2 talks:\n%s", list.Body)
	}

	// Whoever may not see persons sees numbers of cases and no names.
	if err := h.App.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM role_permission WHERE role = 'auditor' AND permission = 'person.view'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	list = h.As("auditor").Get(to)
	if list.Status != http.StatusOK || !strings.Contains(list.Body, c.No) || strings.Contains(list.Body, "Amina") || strings.Contains(list.Body, "Testpour") {
		t.Errorf("%d: an auditor without the right to see persons:\n%s", list.Status, list.Body)
	}

	// Whoever may not see cases sees no list, and no way to one.
	if err := h.App.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM role_permission WHERE role = 'auditor' AND permission = 'case.view'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if a := h.As("auditor").Get(to); a.Status != http.StatusForbidden {
		t.Errorf("a list of cases for who may not see cases: %d", a.Status)
	}
	if a := h.As("auditor").Get("/figures"); a.Status != http.StatusOK || numberLink.MatchString(a.Body) || !strings.Contains(a.Body, "fewer than 5") {
		t.Errorf("%d: figures for who may not see cases:\n%s", a.Status, a.Body)
	}

	// Another office counts its own.
	if a := h.As("counsellor3").Get(to); a.Status != http.StatusOK || strings.Contains(a.Body, c.No) {
		t.Errorf("%d: Thessaloniki sees a case of Athens:\n%s", a.Status, a.Body)
	}
}

func TestExport_namesNobodyAndIsNoted(t *testing.T) {
	h := house.New(t, "sqlite")
	c := talked(t, h, "Amina")
	a := h.As("manager").Get("/figures/sessions/export?from=2026-01-01&as_of=2026-12-31")
	if want := "case,date,nationality\r\n" + c.No + "," + h.Clock.Now().Format("2006-01-02") + ",PK\r\n"; a.Status != http.StatusOK || a.Body != want {
		t.Errorf("%d: %q, want %q", a.Status, a.Body, want)
	}
	if n := journaled(t, h, "report.exported"); n != 1 {
		t.Errorf("%d entries about one export", n)
	}
	if a := h.As("counsellor").Get("/figures/sessions/export"); a.Status != http.StatusForbidden {
		t.Errorf("a counsellor takes lists out: %d", a.Status)
	}
}

func TestFigures_sayWhatIsWrongWithAPeriod(t *testing.T) {
	h := house.New(t, "sqlite")
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/figures?from=2026-02-30&as_of=2026-03-01":             {422, "Enter a date that exists"},
		"/figures?from=2026-03-02&as_of=2026-03-01":             {422, "must not come after"},
		"/figures?from_d=1&from_m=2&from_y=2026&as_of=tomorrow": {422, "Enter a date that exists"},
		"/figures": {200, "Nobody in this period"},
		"/figures/nonsense?from=2026-01-01&as_of=2026-02-01":                 {404, ""},
		"/figures/returned?from=2026-01-01&as_of=2026-02-01&after=nonsense":  {422, ""},
		"/figures/returned?from=2026-01-01&as_of=2026-02-01&country=%3Cb%3E": {200, "Nobody in this period"},
	} {
		if a := h.As("manager").Get(path); a.Status != want.status || !strings.Contains(a.Body, want.text) || strings.Contains(a.Body, "<b>") {
			t.Errorf("%s: %d, want %d with %q\n%s", path, a.Status, want.status, want.text, a.Body)
		}
	}
}

func TestRunPress_isNotedAndBeginsWithTheProgramme(t *testing.T) {
	h := house.New(t, "sqlite")
	for asOf, from := range map[day.Date]day.Date{day.New(2018, 3, 31): day.New(2016, 6, 1), day.New(2021, 10, 31): day.New(2019, 9, 1), day.New(2015, 5, 5): day.New(2015, 1, 1)} {
		f, err := h.App.Rooms.Report.RunPress(ctx, org.SystemID, day.Date{}, asOf)
		if err != nil || f.From != from || f.AsOf != asOf {
			t.Errorf("as of %s: from %s, want %s, %v", asOf, f.From, from, err)
		}
	}
	if n := journaled(t, h, "report.run"); n != 3 {
		t.Errorf("%d entries about 3 runs", n)
	}
	if _, err := h.App.Rooms.Report.RunPress(ctx, org.SystemID, day.New(2020, 1, 1), day.New(2019, 1, 1)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a period that ends before it begins: %v", err)
	}
	if _, err := h.App.Rooms.Report.RunPress(ctx, h.Staff["counsellor"], day.Date{}, day.New(2021, 10, 31)); !fault.Is(err, fault.Denied) {
		t.Errorf("a counsellor takes figures out: %v", err)
	}
}
