package casefile_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/blob"
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

func refused(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	f := fault.Of(err)
	if err == nil || f.Kind != kind {
		t.Fatalf("got %v, want a refusal of kind %s (%s)", err, kind, key)
	}
	if key == "" || f.Key == key {
		return
	}
	for _, p := range f.Fields {
		if p.Key == key {
			return
		}
	}
	t.Fatalf("got %v, want %s", err, key)
}

func read(t testing.TB, w *world.World, staff string, fn func(ctx context.Context, r *gate.R) error) {
	t.Helper()
	must(t, w.Gate.Read(ctx, w.Staff[staff], casefile.PermView, fn))
}

// classifier lets the protection officer set flags and classes, whatever the shipped roles say.
func classifier(t testing.TB, w *world.World) {
	t.Helper()
	must(t, w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := org.PutRole(ctx, tx, org.Role{Code: "classifier", TitleKey: "role.admin", Permissions: []string{casefile.PermView, casefile.PermClassify}, Classes: []string{org.Child, org.Protection}}); err != nil {
			return err
		}
		return org.GiveRole(ctx, tx, w.Staff["protection"], "classifier", w.Offices["athens"], "")
	}))
}

func TestHousehold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me := w.Staff["counsellor"]
		child := w.Person("Lina", "Testova", "female", "2015-01-01", "PK")
		c := w.Case(child)
		if !c.HasFlag("uasc") || !c.HasFlag("child") {
			t.Fatalf("a child alone is not marked: %q", c.Flags)
		}
		aunt := w.Person("Rana", "Testova", "female", "1980-01-01", "PK")
		refused(t, w.Cases.AddMember(ctx, me, c.ID, aunt, "principal", true), fault.Invalid, "case.err.relation")
		refused(t, w.Cases.AddMember(ctx, w.Staff["other"], c.ID, aunt, "other", true), fault.NotFound, "")
		must(t, w.Cases.AddMember(ctx, me, c.ID, aunt, "other", true))
		must(t, w.Cases.AddMember(ctx, me, c.ID, aunt, "other", true)) // a double click
		got := w.Get(c.ID)
		if got.Persons != 2 || got.Children != 1 {
			t.Fatalf("%d persons, %d children", got.Persons, got.Children)
		}
		if !got.HasFlag("uasc") {
			t.Fatal("adding any adult switched the child gate off")
		}
		refused(t, w.Cases.RemoveMember(ctx, me, c.ID, child, "x"), fault.Conflict, "case.err.principal_stays")
		refused(t, w.Cases.RemoveMember(ctx, me, c.ID, aunt, ""), fault.Invalid, "case.err.member_reason")
		must(t, w.Cases.ChangeRelation(ctx, me, c.ID, aunt, "principal", true))
		if got = w.Get(c.ID); got.PrincipalID != aunt {
			t.Fatal("the main applicant did not change")
		}
		must(t, w.Cases.RemoveMember(ctx, me, c.ID, child, "stays with her mother"))
		if got = w.Get(c.ID); got.Persons != 1 || got.Children != 0 || got.HasFlag("child") {
			t.Fatalf("after leaving: %+v", got)
		}
		classifier(t, w)
		refused(t, w.Cases.Classify(ctx, w.Staff["protection"], c.ID, nil, org.Normal, ""), fault.Invalid, "case.err.uasc_reason")
		refused(t, w.Cases.Classify(ctx, w.Staff["protection"], c.ID, []string{"uasc"}, org.Medical, ""), fault.Invalid, "case.err.class_not_cleared")
		refused(t, w.Cases.Classify(ctx, me, c.ID, nil, org.Normal, "x"), fault.Denied, "")
		must(t, w.Cases.Classify(ctx, w.Staff["protection"], c.ID, nil, org.Child, "aunt is the guardian by court order"))
		refused(t, w.Cases.AddMember(ctx, me, c.ID, child, "child", true), fault.NotFound, "") // not cleared any more
	})
}

func TestTwoEditorsLoseNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me, mate := w.Staff["counsellor"], w.Staff["counsellor2"]
		c, _ := w.Family()
		seen := w.Get(c.ID)
		f := casefile.FactsOf(seen)
		f.ReturnCountry = "GE"
		must(t, w.Cases.EditFacts(ctx, mate, c.ID, seen.Revision, f))
		g := casefile.FactsOf(seen) // from the page opened before
		g.Nationality = "AF"
		must(t, w.Cases.EditFacts(ctx, me, c.ID, seen.Revision, g))
		if now := w.Get(c.ID); now.ReturnCountry != "GE" || now.Nationality != "AF" {
			t.Fatalf("edits of different fields were not both kept: %+v", casefile.FactsOf(now))
		}
		g.ReturnCountry = "IQ"
		refused(t, w.Cases.EditFacts(ctx, me, c.ID, seen.Revision, g), fault.Stale, "case.err.stale_field")
		if now := w.Get(c.ID); now.ReturnCountry != "GE" {
			t.Fatal("the second editor overwrote the first")
		}
		read(t, w, "counsellor", func(ctx context.Context, r *gate.R) error {
			ch, err := w.Cases.ChangedFacts(ctx, r, w0(ctx, t, r, c.ID), seen.Revision)
			i := slices.IndexFunc(ch, func(x casefile.ChangedField) bool { return x.Field == "return_country" })
			if i < 0 || ch[i].Base != "PK" || ch[i].Now != "GE" || ch[i].By != mate {
				t.Errorf("what changed is not told: %+v", ch)
			}
			return err
		})
		g.ReturnCountry = "nowhere"
		refused(t, w.Cases.EditFacts(ctx, me, c.ID, w.Get(c.ID).Revision, g), fault.Invalid, "case.err.country")
	})
}

func w0(ctx context.Context, t testing.TB, r *gate.R, id string) casefile.Case {
	t.Helper()
	c, err := casefile.ByID(ctx, r, id)
	must(t, err)
	return c
}

func TestTasks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me := w.Staff["counsellor"]
		c, _ := w.Family()
		today := day.Of(w.Clock.Now(), time.UTC)
		id := w.Gate.IDs.New()
		refused(t, w.Cases.WriteTask(ctx, me, casefile.Task{CaseID: c.ID}), fault.Invalid, "case.err.task_title")
		refused(t, w.Cases.WriteTask(ctx, me, casefile.Task{CaseID: c.ID, Title: "x", WaitingOn: "consulate"}), fault.Invalid, "case.err.waiting_until")
		refused(t, w.Cases.WriteTask(ctx, me, casefile.Task{CaseID: c.ID, Title: "x", WaitingOn: "consulate", WaitingUntil: today}), fault.Invalid, "case.err.waiting_past")
		refused(t, w.Cases.WriteTask(ctx, me, casefile.Task{CaseID: c.ID, Title: "x", OwnerID: w.Staff["other"]}), fault.Invalid, "case.err.owner_cannot_see")
		secret := "Ask Zubaida about the missing birth certificate"
		must(t, w.Cases.WriteTask(ctx, me, casefile.Task{ID: id, CaseID: c.ID, Title: secret, DueOn: today.AddDays(-1)}))
		must(t, w.Cases.WriteTask(ctx, me, casefile.Task{ID: id, CaseID: c.ID, Title: secret}))
		if n := w.Count(`SELECT COUNT(*) FROM task WHERE case_id = $1 AND code = ''`, c.ID); n != 1 {
			t.Fatalf("%d tasks after a double click", n)
		}
		if n := w.Count(`SELECT COUNT(*) FROM task WHERE id = $1 AND title IS NOT NULL`, id); n != 1 {
			t.Fatal("no sealed title")
		}
		if got := w.Get(c.ID); got.Desk != casefile.NeedsAction || got.NextDue != today.AddDays(-1).String() {
			t.Fatalf("desk %s due %s", got.Desk, got.NextDue)
		}
		var open []casefile.Task
		read(t, w, "counsellor", func(ctx context.Context, r *gate.R) (err error) {
			open, err = casefile.OpenTasks(ctx, r, c.ID)
			return err
		})
		until := today.AddDays(5)
		for _, k := range open {
			refused(t, w.Cases.WaitTask(ctx, me, c.ID, k.ID, "", until), fault.Invalid, "case.err.waiting_on")
			must(t, w.Cases.WaitTask(ctx, me, c.ID, k.ID, "consulate", until))
		}
		if got := w.Get(c.ID); got.Desk != casefile.WaitingOnOthers || got.WaitingOn != "consulate" || got.WaitingUntil != until {
			t.Fatalf("all tasks wait, but the case lies on %s until %s", got.Desk, got.WaitingUntil)
		}
		must(t, w.Cases.Watch(ctx))
		if w.Get(c.ID).Desk != casefile.WaitingOnOthers {
			t.Fatal("woken too early")
		}
		w.Clock.Advance(5 * 24 * time.Hour)
		must(t, w.Cases.Watch(ctx))
		must(t, w.Cases.Watch(ctx))
		if got := w.Get(c.ID); got.Desk != casefile.NeedsAction || !got.WaitingUntil.IsZero() {
			t.Fatalf("not woken: %s", got.Desk)
		}
		if n := len(slices.DeleteFunc(w.Actions(c.ID), func(a string) bool { return a != "case.woke" })); n != 1 {
			t.Fatalf("woken %d times", n)
		}
		must(t, w.Cases.FinishTaskByID(ctx, me, c.ID, id))
		must(t, w.Cases.FinishTaskByID(ctx, me, c.ID, id))
		refused(t, w.Cases.WaitTask(ctx, me, c.ID, id, "x", today.AddDays(30)), fault.Conflict, "case.err.task_done")
		must(t, w.Cases.ReopenTask(ctx, me, c.ID, id))
		must(t, w.Cases.ActTask(ctx, me, c.ID, id))
		refused(t, w.Cases.FinishTaskByID(ctx, w.Staff["other"], c.ID, id), fault.NotFound, "")
		other := w.Case(w.Person("A", "B", "male", "1990-01-01", "PK"))
		refused(t, w.Cases.FinishTaskByID(ctx, me, other.ID, id), fault.NotFound, "") // a task of another case
	})
}

func TestNotes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me := w.Staff["counsellor"]
		c, people := w.Family()
		n := casefile.Note{ID: w.Gate.IDs.New(), CaseID: c.ID, PersonID: people[1], Kind: "call", Text: "He said his brother waits in Lahore"}
		must(t, w.Cases.AddNote(ctx, me, n))
		must(t, w.Cases.AddNote(ctx, me, n))
		bad := n
		bad.ID, bad.Text = w.Gate.IDs.New(), ""
		refused(t, w.Cases.AddNote(ctx, me, bad), fault.Invalid, "case.err.note_empty")
		bad.Text, bad.Class = "x", org.Medical
		refused(t, w.Cases.AddNote(ctx, me, bad), fault.Invalid, "case.err.class_not_cleared")
		bad.Class, bad.PersonID = "", w.Person("No", "Member", "male", "1990-01-01", "PK")
		refused(t, w.Cases.AddNote(ctx, me, bad), fault.Invalid, "case.err.not_member")
		_, err := w.Cases.StrikeNote(ctx, w.Staff["counsellor2"], c.ID, n.ID, "wrong", "")
		refused(t, err, fault.Denied, "case.err.not_your_note")
		_, err = w.Cases.StrikeNote(ctx, me, c.ID, n.ID, "", "")
		refused(t, err, fault.Invalid, "case.err.strike_reason")
		next, err := w.Cases.StrikeNote(ctx, me, c.ID, n.ID, "it was his cousin", "He said his cousin waits in Lahore")
		must(t, err)
		_, err = w.Cases.StrikeNote(ctx, me, c.ID, n.ID, "again", "")
		refused(t, err, fault.Conflict, "case.err.note_struck")
		read(t, w, "counsellor", func(ctx context.Context, r *gate.R) error {
			ns, err := casefile.Notes(ctx, r, c.ID)
			if len(ns) != 2 || ns[1].Text != n.Text || ns[1].Reason != "it was his cousin" || ns[1].ReplacedBy != next || ns[0].Text != "He said his cousin waits in Lahore" {
				t.Errorf("notes: %+v", ns)
			}
			return err
		})
		med := casefile.Note{ID: w.Gate.IDs.New(), CaseID: c.ID, Kind: "note", Class: org.Medical, Text: "Insulin twice a day"}
		must(t, w.Cases.AddNote(ctx, w.Staff["medical"], med))
		read(t, w, "counsellor", func(ctx context.Context, r *gate.R) error {
			ns, err := casefile.Notes(ctx, r, c.ID)
			if len(ns) != 2 {
				t.Error("the note of a class I am not cleared for is told")
			}
			return err
		})
		_, err = w.Cases.ReadNote(ctx, me, c.ID, med.ID)
		refused(t, err, fault.NotFound, "")
		got, err := w.Cases.ReadNote(ctx, w.Staff["medical"], c.ID, med.ID)
		must(t, err)
		if got.Text != med.Text || !slices.Contains(w.Actions(c.ID), "note.viewed") {
			t.Fatal("reading a protected note left no entry")
		}
		for _, clear := range []string{"brother", "Insulin"} {
			if n := w.Count(`SELECT COUNT(*) FROM note WHERE text = $1`, []byte(clear)); n != 0 {
				t.Fatal("a note lies in clear")
			}
		}
	})
}

func TestAssignAndHandOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me, mate := w.Staff["counsellor"], w.Staff["counsellor2"]
		a, _ := w.Family()
		b := w.Case(w.Person("Omar", "Testi", "male", "1990-01-01", "PK"))
		_, err := w.Cases.Reassign(ctx, me, map[string]string{a.ID: mate, b.ID: w.Staff["other"]})
		refused(t, err, fault.Invalid, "case.err.owner_cannot_see")
		if w.Get(a.ID).OwnerID != me {
			t.Fatal("half of a bulk change was kept")
		}
		before, err := w.Cases.Reassign(ctx, me, map[string]string{a.ID: mate, b.ID: ""})
		must(t, err)
		if w.Get(a.ID).OwnerID != mate || w.Get(b.ID).OwnerID != "" || !maps.Equal(before, map[string]string{a.ID: me, b.ID: me}) {
			t.Fatalf("bulk change: before %v", before)
		}
		_, err = w.Cases.Reassign(ctx, me, before)
		must(t, err)
		if w.Get(a.ID).OwnerID != me || w.Get(b.ID).OwnerID != me {
			t.Fatal("not undone")
		}
		_, err = w.Cases.Reassign(ctx, w.Staff["other"], map[string]string{a.ID: w.Staff["other"]})
		refused(t, err, fault.NotFound, "")

		h := casefile.HandOver{ID: w.Gate.IDs.New(), CaseID: a.ID, To: w.Offices["islamabad"], Message: "Sara needs a school place"}
		refused(t, w.Cases.SendHandOver(ctx, me, casefile.HandOver{CaseID: a.ID, To: w.Offices["athens"], Message: "x"}), fault.Invalid, "case.err.office")
		must(t, w.Cases.SendHandOver(ctx, me, h))
		must(t, w.Cases.SendHandOver(ctx, me, h)) // a double click
		refused(t, w.Cases.AcceptHandOver(ctx, me, a.ID), fault.Denied, "case.err.not_your_office")
		officer := w.Staff["reintegration"]
		refused(t, w.Cases.ReturnHandOver(ctx, officer, a.ID, ""), fault.Invalid, "case.err.return_reason")
		must(t, w.Cases.ReturnHandOver(ctx, officer, a.ID, "they are not in our province"))
		got := w.Get(a.ID)
		if got.OriginOffice != "" || got.Desk != casefile.NeedsAction {
			t.Fatalf("sent back: %+v", got)
		}
		refused(t, w.Cases.AcceptHandOver(ctx, officer, a.ID), fault.NotFound, "") // out of sight again
		h.ID = w.Gate.IDs.New()
		must(t, w.Cases.SendHandOver(ctx, me, h))
		must(t, w.Cases.AcceptHandOver(ctx, officer, a.ID))
		if w.Get(a.ID).OwnerID != officer {
			t.Fatal("accepting gives no owner")
		}
	})
}

func TestCover(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me, mate := w.Staff["counsellor"], w.Staff["counsellor2"]
		today := day.Of(w.Clock.Now(), time.UTC)
		c := org.Cover{ID: w.Gate.IDs.New(), AbsentID: me, CoverID: mate, From: today, Until: today.AddDays(3)}
		refused(t, w.Cases.SetCover(ctx, mate, c), fault.Denied, "")
		bad := c
		bad.CoverID = me
		refused(t, w.Cases.SetCover(ctx, me, bad), fault.Invalid, "case.err.cover_self")
		must(t, w.Cases.SetCover(ctx, me, c))
		must(t, w.Cases.SetCover(ctx, me, c))
		read(t, w, "counsellor2", func(_ context.Context, r *gate.R) error {
			if !slices.Contains(r.Actor.Covers, me) {
				t.Error("the stand-in does not stand in")
			}
			return nil
		})
		refused(t, w.Cases.EndCover(ctx, w.Staff["other"], c.ID), fault.NotFound, "")
		must(t, w.Cases.EndCover(ctx, me, c.ID))
	})
}

func TestCloseAndReopen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		boss := w.Staff["manager"]
		c, _ := w.Family()
		w.Cases.BeforeShut = []casefile.Condition{w.Cases.Own()["case.settled"]}
		refused(t, w.Cases.Close(ctx, boss, c.ID, "because", ""), fault.Invalid, "case.err.closing_reason")
		task := casefile.Task{ID: w.Gate.IDs.New(), CaseID: c.ID, Title: "call the school"}
		must(t, w.Cases.WriteTask(ctx, boss, task))
		refused(t, w.Cases.Close(ctx, boss, c.ID, "support_ended", ""), fault.Conflict, "case.missing.tasks")
		must(t, w.Cases.FinishTaskByID(ctx, boss, c.ID, task.ID))
		must(t, w.Cases.Close(ctx, boss, c.ID, "support_ended", ""))
		got := w.Get(c.ID)
		if got.State != casefile.Closed || got.Desk != casefile.NoDesk || got.KeepUntil.Year() != 2036 {
			t.Fatalf("closed: %+v", got)
		}
		_, err := w.Cases.Withdraw(ctx, boss, c.ID, "")
		refused(t, err, fault.Conflict, "case.err.closed")
		must(t, w.Cases.Reopen(ctx, boss, c.ID, "they called back"))
		if got = w.Get(c.ID); got.State != casefile.Open || !got.KeepUntil.IsZero() || got.Desk != casefile.NeedsAction {
			t.Fatalf("reopened: %+v", got)
		}
	})
}

func TestFiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		dir := t.TempDir()
		store, err := blob.New(dir, nil)
		must(t, err)
		w.Cases.Files = store
		me := w.Staff["counsellor"]
		c, people := w.Family()
		var pic bytes.Buffer
		must(t, png.Encode(&pic, image.NewRGBA(image.Rect(0, 0, 40, 30))))
		a := casefile.Attachment{ID: w.Gate.IDs.New(), CaseID: c.ID, PersonID: people[0], Kind: "identity", Title: "Passport of Amina", FileName: `C:\scans\Amina "pass".png`}
		got, err := w.Cases.Attach(ctx, me, a, bytes.NewReader(pic.Bytes()))
		must(t, err)
		if got.Scan != "unscanned" || !got.HasPreview || got.FileName != "Amina pass.png" {
			t.Fatalf("kept as %+v", got)
		}
		if _, err = w.Cases.Attach(ctx, me, a, bytes.NewReader(pic.Bytes())); err != nil {
			t.Fatal(err)
		}
		if n := w.Count(`SELECT COUNT(*) FROM attachment`); n != 1 {
			t.Fatalf("%d attachments after a double click", n)
		}
		_, content, err := w.Cases.Download(ctx, me, c.ID, a.ID, false)
		must(t, err)
		b, err := io.ReadAll(content)
		must(t, err)
		must(t, content.Close())
		if _, err := png.Decode(bytes.NewReader(b)); err != nil {
			t.Fatalf("the picture does not come back: %v", err)
		}
		if !slices.Contains(w.Actions(c.ID), "file.downloaded") {
			t.Fatal("a download left no entry")
		}
		_, _, err = w.Cases.Download(ctx, w.Staff["other"], c.ID, a.ID, false)
		refused(t, err, fault.NotFound, "")
		bad := a
		bad.ID, bad.FileName = w.Gate.IDs.New(), "x.exe"
		_, err = w.Cases.Attach(ctx, me, bad, strings.NewReader("MZ\x90\x00\x03\x00\x00\x00"))
		refused(t, err, fault.Invalid, "case.err.file_type")
		_, err = w.Cases.Attach(ctx, me, bad, io.LimitReader(endless{}, 200<<20))
		refused(t, err, fault.Invalid, "case.err.file_too_large")
		bad.Kind = "medical"
		_, err = w.Cases.Attach(ctx, me, bad, bytes.NewReader(pic.Bytes()))
		refused(t, err, fault.Invalid, "case.err.class_not_cleared")
		bad.ID = w.Gate.IDs.New()
		_, err = w.Cases.Attach(ctx, w.Staff["medical"], bad, bytes.NewReader(pic.Bytes()))
		must(t, err)
		_, _, err = w.Cases.Download(ctx, me, c.ID, bad.ID, false)
		refused(t, err, fault.NotFound, "")
		read(t, w, "counsellor", func(ctx context.Context, r *gate.R) error {
			list, err := casefile.Attachments(ctx, r, c.ID)
			if len(list) != 1 || list[0].Title != a.Title {
				t.Errorf("listed: %+v", list)
			}
			return err
		})
		must(t, w.Cases.RemoveAttachment(ctx, me, c.ID, a.ID))
		_, _, err = w.Cases.Download(ctx, me, c.ID, a.ID, false)
		refused(t, err, fault.NotFound, "")
		must(t, w.Cases.RestoreAttachment(ctx, me, c.ID, a.ID))
		must(t, store.Walk(func(ref string, _ time.Time) error {
			raw, err := os.ReadFile(dir + "/" + ref[:2] + "/" + ref)
			if bytes.Contains(raw, []byte("IHDR")) {
				t.Error("a file lies in clear")
			}
			return err
		}))
	})
}

// endless is text without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func testForm() *programme.Form {
	return &programme.Form{Code: "registration", Per: "person", Fields: []programme.FormField{
		{ID: "means", Type: programme.TypeChoice, LabelKey: "forms.x.means", Required: true, Options: []programme.FormOption{{Value: "none", LabelKey: "x.none"}, {Value: "some", LabelKey: "x.some"}}},
		{ID: "story", Type: programme.TypeLongText, LabelKey: "forms.x.story", Max: 500, Class: org.Protection},
	}}
}

func TestForms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		w.Packs.All()[0].Forms = []*programme.Form{testForm()}
		me := w.Staff["counsellor"]
		c, people := w.Family()
		words := "old words"
		say := func(key string, _ ...any) string { return words + " " + key }
		draft := casefile.Draft{CaseID: c.ID, Form: "registration", PersonID: people[0], Page: 1, Answers: map[string][]string{"means": {"nonsense"}, "unknown": {"x"}}}
		must(t, w.Cases.SaveDraft(ctx, me, draft))
		must(t, w.Cases.SaveDraft(ctx, me, draft))
		read(t, w, "counsellor", func(ctx context.Context, r *gate.R) error {
			ds, err := casefile.Drafts(ctx, r, "")
			if len(ds) != 1 || ds[0].Answers["means"][0] != "nonsense" || ds[0].Page != 1 {
				t.Errorf("drafts: %+v", ds)
			}
			return err
		})
		in := casefile.Submission{ID: w.Gate.IDs.New(), CaseID: c.ID, PersonID: people[0], Form: "registration", Lang: "en", Answers: map[string][]string{"means": {"nonsense"}}, Say: say}
		_, err := w.Cases.SubmitForm(ctx, me, in)
		refused(t, err, fault.Invalid, "forms.err.not_an_option")
		in.Answers = map[string][]string{"means": {"none"}, "story": {"He was threatened"}}
		first, err := w.Cases.SubmitForm(ctx, me, in)
		must(t, err)
		_, err = w.Cases.SubmitForm(ctx, me, in)
		must(t, err)
		read(t, w, "counsellor", func(ctx context.Context, r *gate.R) error {
			if ds, _ := casefile.Drafts(ctx, r, ""); len(ds) != 0 {
				t.Error("the draft outlived the form")
			}
			return nil
		})
		words = "new words"
		in.ID, in.Answers = w.Gate.IDs.New(), map[string][]string{"means": {"some"}}
		second, err := w.Cases.SubmitForm(ctx, me, in)
		must(t, err)
		if second.Revision != 2 {
			t.Fatalf("revision %d", second.Revision)
		}
		old, err := w.Cases.ReadForm(ctx, me, c.ID, first.ID)
		must(t, err)
		if old.SupersededBy != second.ID || old.Questions.Questions[0].Label != "old words forms.x.means" || old.Answers["means"][0] != "none" {
			t.Fatalf("the old form changed: %+v", old)
		}
		if old.Hidden != 1 || old.Answers["story"] != nil {
			t.Fatal("an answer of a class I am not cleared for is shown")
		}
		if got, err := w.Cases.ReadForm(ctx, w.Staff["protection"], c.ID, first.ID); err != nil || got.Answers["story"][0] != "He was threatened" {
			t.Fatalf("%+v %v", got, err)
		}
		_, err = w.Cases.ReadForm(ctx, w.Staff["other"], c.ID, first.ID)
		refused(t, err, fault.NotFound, "")
		in.ID, in.PersonID = w.Gate.IDs.New(), ""
		_, err = w.Cases.SubmitForm(ctx, me, in)
		refused(t, err, fault.Invalid, "case.err.form_person")
		read(t, w, "counsellor", func(ctx context.Context, r *gate.R) error {
			un, err := w.Cases.FormSent("registration")(ctx, r, w0(ctx, t, r, c.ID))
			if len(un) != 3 {
				t.Errorf("missing: %+v", un)
			}
			return err
		})
	})
}

func TestListAndCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me := w.Staff["counsellor"]
		today := day.Of(w.Clock.Now(), time.UTC)
		var all []string
		for i := range 23 {
			c := w.Case(w.Person("P"+string(rune('A'+i)), "Listed", "male", "1990-01-01", []string{"PK", "GE"}[i%2]))
			all = append(all, c.ID)
			if i%3 == 0 {
				must(t, w.Cases.WriteTask(ctx, me, casefile.Task{CaseID: c.ID, Title: "t", DueOn: today.AddDays(i - 10)}))
			}
			if i%4 == 0 {
				_, err := w.Cases.Assign(ctx, me, c.ID, w.Staff["counsellor2"])
				must(t, err)
			}
			w.Clock.Advance(24 * time.Hour / 3)
		}
		_, err := w.Cases.Withdraw(ctx, me, all[5], "")
		must(t, err)
		must(t, w.Cases.SendHandOver(ctx, me, casefile.HandOver{CaseID: all[7], To: w.Offices["islamabad"], Message: "m"}))
		for _, sort := range []string{"", "due", "-due", "opened", "-opened", "stage", "since", "name", "-name", "number"} {
			var got []string
			f := casefile.Filter{Sort: sort, Limit: 4}
			for {
				var p casefile.Page
				read(t, w, "counsellor", func(ctx context.Context, r *gate.R) (err error) { p, err = w.Cases.List(ctx, r, f); return err })
				for _, x := range p.Rows {
					got = append(got, x.ID)
				}
				if f.After = p.Next; f.After == "" {
					break
				}
			}
			slices.Sort(got)
			want := slices.Clone(all)
			want = slices.DeleteFunc(want, func(s string) bool { return s == all[5] })
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("sorted by %q: %d cases over all pages, want %d, each once", sort, len(got), len(want))
			}
		}
		first := func() string {
			var p casefile.Page
			read(t, w, "counsellor", func(ctx context.Context, r *gate.R) (err error) {
				p, err = w.Cases.List(ctx, r, casefile.Filter{Sort: "-name", Limit: 1})
				return err
			})
			return p.Rows[0].ID
		}
		var p person.Person
		read(t, w, "counsellor", func(ctx context.Context, r *gate.R) error {
			c, err := casefile.ByID(ctx, r, all[3])
			if err == nil {
				p, err = w.Persons.ByID(ctx, r, c.PrincipalID)
			}
			return err
		})
		p.FamilyName = "Listed Zzz"
		_, err = w.Persons.Correct(ctx, me, person.Correction{Person: p, Rev: p.Revision})
		must(t, err)
		if first() != all[3] {
			t.Error("a person who is called otherwise now stands where the old name stood")
		}
		count := func(staff, query string) (n int, tally casefile.Tally) {
			v, err := url.ParseQuery(query)
			must(t, err)
			f, err := w.Cases.ParseFilter(v)
			must(t, err)
			f.Limit = 100
			read(t, w, staff, func(ctx context.Context, r *gate.R) error {
				p, err := w.Cases.List(ctx, r, f)
				if err != nil {
					return err
				}
				n = len(p.Rows)
				tally, err = w.Cases.Counts(ctx, r, f)
				return err
			})
			return n, tally
		}
		for q, want := range map[string]int{"": 22, "state=withdrawn": 1, "state=any": 23, "owner=me": 16, "owner=somebody": 22, "owner=nobody": 0, "nationality=GE": 10, "return=PK": 22, "desk=waiting": 0, "desk=action": 22,
			"phase=contact": 22, "stage=REGISTRATION": 22, "q=listed": 22, "q=pa+listed": 1, "q=%3F%3F": 0, "q=1": 1, "q=GR-2026": 22, "due=none": 0, "flag=uasc": 0, "office=" + w.Offices["islamabad"]: 1} {
			n, tally := count("counsellor", q)
			if n != want {
				t.Errorf("%q lists %d, want %d", q, n, want)
			}
			if tally.Action+tally.Waiting != tally.Open || !strings.HasPrefix(q, "state=") && !strings.HasPrefix(q, "desk") && int(tally.Open) != want {
				t.Errorf("%q counts %+v, want %d", q, tally, want)
			}
		}
		if n, tally := count("other", ""); n != 0 || tally.Open != 0 {
			t.Errorf("another office sees %d, counts %+v", n, tally)
		}
		if n, tally := count("reintegration", ""); n != 1 || tally.Open != 1 {
			t.Errorf("the office of origin sees %d, counts %+v", n, tally)
		}
		for _, q := range []string{"desk=all", "colour=red", "owner=us", "nationality=pk", "due=soon", "sort=random", "after=xx", "office=1", "stage=NOWHERE", "state=open&state=closed", "limit=9"} {
			v, _ := url.ParseQuery(q)
			if _, err := w.Cases.ParseFilter(v); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q was taken: %v", q, err)
			}
		}
		_, err = w.Cases.SaveView(ctx, me, "Mine", casefile.Filter{Owner: "me", After: "x"})
		must(t, err)
		v, err := w.Cases.SaveView(ctx, me, "Mine", casefile.Filter{Owner: "me", Desk: "action"})
		must(t, err)
		_, err = w.Cases.DropView(ctx, w.Staff["counsellor2"], v.ID)
		refused(t, err, fault.NotFound, "")
		v, err = w.Cases.DropView(ctx, me, v.ID)
		if err != nil || v.Query != "desk=action&owner=me" {
			t.Fatalf("%+v %v", v, err)
		}
		evil := w.Person(`=cmd|' /C calc'!A0`, "Evil", "male", "1990-01-01", "PK")
		w.Case(evil)
		var out bytes.Buffer
		n, err := w.Cases.Export(ctx, me, casefile.Filter{Text: "evil"}, &out)
		if err != nil || n != 1 || !strings.Contains(out.String(), "'=cmd") {
			t.Fatalf("%d %v %s", n, err, out.String())
		}
	})
}
