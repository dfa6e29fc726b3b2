package counselling_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/counselling"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/ui"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

var (
	ctx   = context.Background()
	today = day.New(2026, 3, 2)
)

type office struct {
	*world.World
	t       testing.TB
	room    *counselling.Domain
	c       casefile.Case
	persons []string
	me      string
}

func setup(t testing.TB, d *db.DB) *office {
	t.Helper()
	w := world.New(t, d)
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{World: w, t: t, room: &counselling.Domain{Gate: w.Gate, Cat: cat}, me: w.Staff["counsellor"]}
	w.Cases.OnWithdraw = []casefile.Reaction{o.room.OnWithdraw}
	o.c, o.persons = w.Family()
	o.At(o.c.ID, "COUNSELLING")
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatalf("%v %+v", err, fault.Of(err).Fields)
	}
}

func (o *office) refused(err error, kind fault.Kind, field, key string) {
	o.t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != kind {
		o.t.Fatalf("want %v %s, got %v", kind, key, err)
	}
	if field == "" && f.Key == key {
		return
	}
	for _, p := range f.Fields {
		if p.Name == field && p.Key == key {
			return
		}
	}
	o.t.Fatalf("want %s at %q, got %v", key, field, err)
}

func (o *office) talk() counselling.Session {
	now := o.Clock.Now()
	return counselling.Session{ID: o.Gate.IDs.New(), CaseID: o.c.ID, Type: counselling.PreDeparture, Kind: counselling.Individual, Place: "office", StartedAt: now.Add(-time.Hour), Minutes: 50, InterpreterWay: "phone", Interpreter: "Dolmetscher Aziz",
		InterpreterAt: now.Add(-time.Hour), Language: "ur", StaffLanguage: "en", Topics: []string{"programme", "country"}, Explained: slices.Clone(counselling.Options), Outcome: counselling.Proceed, Present: o.persons[:2],
		Words: counselling.Words{Motives: []string{"family"}, Motivation: "heimwehwort", Afraid: "no", Plan: "work", PlanWords: "planwort", Questions: "fragenwort"}}
}

func (o *office) missing(name string) (keys []string) {
	o.t.Helper()
	c := o.Get(o.c.ID)
	o.must(o.Gate.Read(ctx, o.me, counselling.PermView, func(ctx context.Context, r *gate.R) error {
		un, err := o.room.Conditions()[name](ctx, r, c)
		for _, u := range un {
			keys = append(keys, u.Key)
		}
		return err
	}))
	return keys
}

func (o *office) held() (ok bool) {
	o.t.Helper()
	o.must(o.Gate.Read(ctx, o.me, counselling.PermView, func(ctx context.Context, r *gate.R) (err error) {
		ok, err = counselling.Held(ctx, r, o.c.ID)
		return err
	}))
	return ok
}

func (o *office) sessions(who string) (list []counselling.Session) {
	o.t.Helper()
	o.must(o.Gate.Read(ctx, o.Staff[who], counselling.PermView, func(ctx context.Context, r *gate.R) (err error) {
		list, err = counselling.Sessions(ctx, r, o.c.ID)
		return err
	}))
	return list
}

func TestTalks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		if got := o.missing("counselling.session_held"); !slices.Equal(got, []string{"counselling.missing.session"}) || o.held() {
			t.Fatalf("before any talk: %v", got)
		}
		s := o.talk()
		s.Explained = []string{counselling.OptReturn}
		o.refused(o.room.Hold(ctx, o.me, s, ""), fault.Invalid, "options", "counselling.err.options")
		s.Outcome = counselling.Considering
		s.NextOn = today.AddDays(4)
		o.must(o.room.Hold(ctx, o.me, s, ""))
		o.must(o.room.Hold(ctx, o.me, s, ""))
		if got := o.missing("counselling.session_held"); !slices.Equal(got, []string{"counselling.missing.option_asylum", "counselling.missing.option_stay", "counselling.missing.option_change_mind"}) {
			t.Errorf("missing %v", got)
		}
		if got := o.missing("counselling.wishes_to_proceed"); !slices.Equal(got, []string{"counselling.missing.wish"}) {
			t.Errorf("missing %v", got)
		}
		o.Clock.Advance(2 * time.Hour)
		s = o.talk()
		s.Explained = []string{counselling.OptAsylum, counselling.OptStay, counselling.OptChange}
		o.must(o.room.Hold(ctx, o.me, s, ""))
		if o.missing("counselling.session_held") != nil || o.missing("counselling.wishes_to_proceed") != nil || !o.held() {
			t.Error("after the second talk something is missing")
		}
		list := o.sessions("counsellor")
		if len(list) != 2 || list[1].Words.Motivation != "heimwehwort" || list[1].Interpreter != "Dolmetscher Aziz" || len(list[1].Present) != 2 {
			t.Errorf("read back %+v", list)
		}
		o.refused(o.room.Hold(ctx, o.Staff["other"], o.talk(), ""), fault.NotFound, "", "fault.not_found")
		o.refused(o.room.Hold(ctx, o.Staff["auditor"], o.talk(), ""), fault.Denied, "", "fault.denied")
		stranger, _ := o.Family()
		s.CaseID = stranger.ID
		o.refused(o.room.Hold(ctx, o.me, s, ""), fault.NotFound, "", "fault.not_found")
	})
}

func TestTalksAndPeopleAreCountedApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		o.must(o.room.Hold(ctx, o.me, o.talk(), ""))
		second, people := o.Family()
		for _, c := range []struct {
			id      string
			present []string
		}{{o.c.ID, o.persons[:1]}, {second.ID, people[:2]}} {
			s := o.talk()
			s.CaseID, s.Kind, s.GroupCode, s.Present = c.id, counselling.Group, " Monday  group ", c.present
			o.must(o.room.Hold(ctx, o.me, s, ""))
		}
		for who, want := range map[string]counselling.Counts{"counsellor": {Sessions: 2, Persons: 4}, "other": {}} {
			var got counselling.Counts
			o.must(o.Gate.Read(ctx, o.Staff[who], counselling.PermView, func(ctx context.Context, r *gate.R) (err error) {
				got, err = counselling.Count(ctx, r, today, today)
				return err
			}))
			if got != want {
				t.Errorf("%s: %+v, want %+v", who, got, want)
			}
		}
	})
}

func TestFearStopsTheCase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		s := o.talk()
		s.Words.Afraid, s.Words.Concerns = "yes", "angstwort"
		o.refused(o.room.Hold(ctx, o.me, s, ""), fault.Invalid, "referred", "counselling.err.referred")
		s.ReferredTo = "protection_officer"
		o.must(o.room.Hold(ctx, o.me, s, ""))
		if o.held() || !slices.Contains(o.missing("counselling.wishes_to_proceed"), "counselling.missing.fear") || o.missing("counselling.fear_looked_at") == nil {
			t.Fatal("a fear does not stop the case")
		}
		// A later talk in which they say no does not wipe it out.
		o.Clock.Advance(2 * time.Hour)
		o.must(o.room.Hold(ctx, o.me, o.talk(), ""))
		if o.held() {
			t.Fatal("the fear is forgotten after the next talk")
		}
		tasks := func(who string) (n int) {
			o.must(o.Gate.Read(ctx, o.Staff[who], casefile.PermView, func(ctx context.Context, r *gate.R) error {
				list, err := casefile.OpenTasks(ctx, r, o.c.ID)
				for _, x := range list {
					if x.Code == counselling.TaskFear && x.Urgent {
						n++
					}
				}
				return err
			}))
			return n
		}
		if tasks("protection") != 1 || tasks("counsellor") != 0 {
			t.Errorf("tasks: protection %d, counsellor %d", tasks("protection"), tasks("counsellor"))
		}
		protection := o.Staff["protection"]
		o.refused(o.room.LookAtFear(ctx, o.me, o.c.ID, s.ID, counselling.MayProceed, "x"), fault.Denied, "", "counselling.err.protection_only")
		o.refused(o.room.LookAtFear(ctx, protection, o.c.ID, s.ID, "", "x"), fault.Invalid, "result", "counselling.err.choose")
		o.refused(o.room.LookAtFear(ctx, protection, o.c.ID, s.ID, "stop", ""), fault.Invalid, "note", "counselling.err.look_note")
		o.must(o.room.LookAtFear(ctx, protection, o.c.ID, s.ID, "stop", "blickwort"))
		if o.held() {
			t.Fatal("protection said stop, and the case goes on")
		}
		o.must(o.room.LookAtFear(ctx, protection, o.c.ID, s.ID, counselling.MayProceed, "blickwort"))
		if !o.held() || o.missing("counselling.wishes_to_proceed") != nil || tasks("protection") != 0 {
			t.Error("protection agreed, and the case still waits")
		}
		for who, want := range map[string]string{"counsellor": "", "protection": "blickwort"} {
			if got := o.sessions(who)[0].Look.Note; got != want {
				t.Errorf("%s reads %q", who, got)
			}
		}
	})
}

func TestAppointments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		at := time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
		make := func(start time.Time) counselling.Appointment {
			return counselling.Appointment{ID: o.Gate.IDs.New(), CaseID: o.c.ID, StartsAt: start, EndsAt: start.Add(time.Hour), Language: "ur", Interpreter: "Sprachwort", Room: "2"}
		}
		book := func(who string, a counselling.Appointment) error {
			_, err := o.room.Book(ctx, o.Staff[who], a)
			return err
		}
		first := make(at)
		o.must(book("counsellor", first))
		o.must(book("counsellor", first))
		second, _ := o.Family()
		for with, c := range map[string]struct {
			who    string
			change func(a *counselling.Appointment)
		}{
			"counsellor":  {"counsellor", func(a *counselling.Appointment) { a.Interpreter, a.Room = "", "" }},
			"interpreter": {"counsellor2", func(a *counselling.Appointment) { a.Interpreter, a.Room = " SPRACHWORT ", "" }},
			"room":        {"counsellor2", func(a *counselling.Appointment) { a.Interpreter = "" }},
			"case":        {"counsellor2", func(a *counselling.Appointment) { a.Interpreter, a.Room, a.CaseID = "", "", o.c.ID }},
		} {
			a := make(at.Add(30 * time.Minute))
			a.CaseID = second.ID
			c.change(&a)
			cl, err := o.room.Book(ctx, o.Staff[c.who], a)
			o.refused(err, fault.Invalid, "on", "counselling.err.clash_"+with)
			if cl.With != with || len(cl.Free) != 3 || cl.Free[0].Before(at.Add(time.Hour)) {
				t.Errorf("%s: %+v", with, cl)
			}
			a.StartsAt, a.EndsAt = cl.Free[0], cl.Free[0].Add(time.Hour)
			o.must(book(c.who, a))
			o.must(o.room.EndAppointment(ctx, o.Staff[c.who], a.CaseID, a.ID, counselling.Cancelled))
		}
		o.refused(book("counsellor", make(o.Clock.Now())), fault.Invalid, "on", "counselling.err.appointment_time")
		calendar := func(who string) (n int) {
			o.must(o.Gate.Read(ctx, o.Staff[who], counselling.PermView, func(ctx context.Context, r *gate.R) error {
				list, err := o.room.Calendar(ctx, r, today, today.AddDays(6))
				n = len(list)
				return err
			}))
			return n
		}
		if calendar("counsellor") != 1 || calendar("other") != 0 {
			t.Errorf("calendar: %d and %d", calendar("counsellor"), calendar("other"))
		}
		if _, err := o.Cases.Withdraw(ctx, o.me, o.c.ID, ""); err != nil {
			t.Fatal(err)
		}
		if calendar("counsellor") != 0 {
			t.Error("the time is still kept after the withdrawal")
		}
		a := make(at)
		a.CaseID = second.ID
		o.must(book("counsellor", a)) // the time is free again
	})
}

func TestWordsAreSealed(t *testing.T) {
	d, path := dbtest.SQLiteAt(t)
	o := setup(t, d)
	s := o.talk()
	s.Words.Afraid, s.Words.Concerns, s.ReferredTo = "yes", "angstwort", "legal_aid"
	o.must(o.room.Hold(ctx, o.me, s, ""))
	o.must(o.room.LookAtFear(ctx, o.Staff["protection"], o.c.ID, s.ID, "referred", "blickwort"))
	o.must(o.room.SaveDraft(ctx, o.me, counselling.Draft{ID: o.Gate.IDs.New(), CaseID: o.c.ID, Lang: "ar", Answers: map[string][]string{"motivation": {"entwurfwort"}}}))
	start := o.Clock.Now().Add(time.Hour)
	_, err := o.room.Book(ctx, o.me, counselling.Appointment{CaseID: o.c.ID, StartsAt: start, EndsAt: start.Add(time.Hour), Interpreter: "Sprachwort"})
	o.must(err)
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(file)
		o.must(err)
		for _, word := range []string{"heimwehwort", "planwort", "fragenwort", "angstwort", "blickwort", "entwurfwort", "Dolmetscher", "Sprachwort", "sprachwort"} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%q stands in %s in clear", word, file)
			}
		}
	}
}

// client walks the pages as a browser without a script does.
type client struct {
	t *testing.T
	h http.Handler
	o *office
}

func (o *office) site(t *testing.T) *client {
	s := &web.Server{Cat: o.room.Cat, SignIn: "/sign-in", Hooks: web.Hooks{
		Who: func(*http.Request) (string, string, string, error) { return o.me, "s", "en", nil },
		May: func(ctx context.Context, user, perm string) error {
			ok, _, err := o.Gate.May(ctx, user, perm)
			if err == nil && !ok[perm] {
				err = fault.New(fault.Denied, "fault.denied", "permission", perm)
			}
			return err
		},
		Shell: func(r *web.Request) ui.Shell { return ui.Shell{User: "x"} },
	}}
	o.room.Routes(s)
	return &client{t, s.Handler(), o}
}

func (c *client) do(method, path string, form url.Values, want int) (string, string) {
	c.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	c.h.ServeHTTP(w, r)
	if w.Code != want {
		c.t.Fatalf("%s %s: %d, want %d\n%s", method, path, w.Code, want, w.Body)
	}
	return w.Body.String(), w.Header().Get("Location")
}

var hidden = regexp.MustCompile(`name="draft" value="([^"]+)"`)

func TestInterpreterMode(t *testing.T) {
	o := setup(t, dbtest.SQLite(t))
	c := o.site(t)
	base := "/cases/" + o.c.ID + "/counselling"
	page, _ := c.do("GET", base+"/new?lang=ar", nil, 200)
	for _, want := range []string{`<span lang="ar" dir="rtl">لا أريد أن أقول</span>`, `<span lang="en" dir="ltr">I do not want to say</span>`, "لماذا تريد العودة الآن؟", `data-guard`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "style=") {
		t.Error("the page needs a script or carries a style of its own")
	}
	if n := strings.Count(page, `name="afraid"`); n != 3 {
		t.Errorf("%d controls for three answers: one control for both languages", n)
	}
	form := url.Values{"draft": {hidden.FindStringSubmatch(page)[1]}, "lang": {"ar"}, "type": {"pre_departure"}, "kind": {"individual"}, "place": {"office"}, "on_d": {"2"}, "on_m": {"3"}, "on_y": {"2026"}, "at": {"08:00"}, "way": {"phone"}, "interpreter": {"L. Aziz"},
		"interpreter_at": {"08:05"}, "language": {"ar"}, "staff_language": {"en"}, "present": {o.persons[0]}, "options": counselling.Options, "motives": {"not_said"}, "motivation": {"My mother is ill"}, "afraid": {"no"}, "plan": {"not_said"}, "do": {"pause"}}
	_, to := c.do("POST", base+"/new", form, 303)
	page, _ = c.do("GET", to, nil, 200)
	if !strings.Contains(page, "Paused since") || !strings.Contains(page, "My mother is ill") {
		t.Error("a paused talk has lost its words")
	}
	since := regexp.MustCompile(`name="paused_since" value="([^"]+)"`).FindStringSubmatch(page)
	o.Clock.Advance(20 * time.Minute)
	form.Set("paused_since", since[1])
	form.Set("do", "stop")
	_, to = c.do("POST", base+"/new", form, 303)
	page, _ = c.do("GET", to, nil, 200)
	if !strings.Contains(page, "Talks that were stopped") || o.Count(`SELECT COUNT(*) FROM counselling_draft`) != 1 {
		t.Error("the draft is not on the list")
	}
	o.Clock.Advance(10 * time.Minute)
	form.Del("do")
	page, _ = c.do("POST", base+"/new", form, 422)
	if !strings.Contains(page, "Choose what you talked about") || !strings.Contains(page, `href="#f-outcome"`) || !strings.Contains(page, "My mother is ill") {
		t.Error("problems are not shown, or the words are lost")
	}
	form.Set("topics", "programme")
	form.Set("outcome", "proceed")
	_, to = c.do("POST", base+"/new", form, 303)
	page, _ = c.do("GET", to, nil, 200)
	if !strings.Contains(page, "Check what was said") || !strings.Contains(page, "60 minutes") { // 90 since the start, 30 of them paused
		t.Errorf("the answers are not shown for checking:\n%s", page)
	}
	if o.Count(`SELECT COUNT(*) FROM counselling_session`) != 0 {
		t.Error("saved before it was checked")
	}
	c.do("POST", to, url.Values{}, 303)
	c.do("POST", to, url.Values{}, 303)
	if o.Count(`SELECT COUNT(*) FROM counselling_session`) != 1 || o.Count(`SELECT COUNT(*) FROM counselling_draft`) != 0 {
		t.Error("one talk, and no draft left")
	}
	page, _ = c.do("GET", base, nil, 200)
	if !strings.Contains(page, "L. Aziz") || !strings.Contains(page, "I do not want to say") {
		t.Error("the talk is not shown in the tab")
	}
	page, _ = c.do("POST", base+"/appointments/new", url.Values{"id": {o.Gate.IDs.New()}, "on_d": {"3"}, "on_m": {"3"}, "on_y": {"2026"}, "at": {"10:00"}, "minutes": {"x"}, "counsellor": {o.me}}, 422)
	if !strings.Contains(page, "Enter how many minutes") {
		t.Error("minutes that are no number")
	}
	if missing := o.room.Cat.MissingKeys(); len(missing) > 0 {
		t.Errorf("texts missing: %v", missing)
	}
	o.me = o.Staff["other"]
	c.do("GET", base, nil, 404)
	c.do("GET", base+"/new", nil, 404)
}

func TestManyBookOneRoom(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := setup(t, d)
		start := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
		got := make(chan error)
		for i := range 32 {
			who := []string{"counsellor", "counsellor2"}[i%2]
			a := counselling.Appointment{ID: o.Gate.IDs.New(), CaseID: o.c.ID, Room: "2", StartsAt: start.Add(time.Duration(i%4) * 10 * time.Minute), EndsAt: start.Add(time.Hour)}
			go func() {
				_, err := o.room.Book(ctx, o.Staff[who], a)
				got <- err
			}()
		}
		booked := 0
		for range 32 {
			switch err := <-got; {
			case err == nil:
				booked++
			case !fault.Is(err, fault.Invalid):
				t.Error(err)
			}
		}
		if n := o.Count(`SELECT COUNT(*) FROM counselling_appointment WHERE state = 'booked'`); booked != 1 || n != 1 {
			t.Errorf("%d booked, %d kept: one room, one hour", booked, n)
		}
	})
}
