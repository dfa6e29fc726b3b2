package casefile_test

import (
	"bytes"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/blob"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

// TestNothingConfidedLiesInClear writes a telling word into every place that takes free text and looks for it in the bytes
// of the database file and its log.
func TestNothingConfidedLiesInClear(t *testing.T) {
	d, path := dbtest.SQLiteAt(t)
	w := world.New(t, d)
	store, err := blob.New(t.TempDir(), nil)
	must(t, err)
	w.Cases.Files = store
	w.Packs.All()[0].Forms = []*programme.Form{testForm()}
	me := w.Staff["counsellor"]
	c, people := w.Family()
	const secret = "Quetzalcoatlus"
	n := casefile.Note{ID: w.Gate.IDs.New(), CaseID: c.ID, Kind: "note", Text: secret + " in a note"}
	must(t, w.Cases.AddNote(ctx, me, n))
	_, err = w.Cases.StrikeNote(ctx, me, c.ID, n.ID, secret+" as a reason", secret+" corrected")
	must(t, err)
	must(t, w.Cases.WriteTask(ctx, me, casefile.Task{CaseID: c.ID, Title: secret + " to do", Urgent: true}))
	must(t, w.Cases.SaveDraft(ctx, me, casefile.Draft{CaseID: c.ID, Form: "registration", PersonID: people[0], Answers: map[string][]string{"story": {secret}}}))
	_, err = w.Cases.SubmitForm(ctx, me, casefile.Submission{CaseID: c.ID, PersonID: people[1], Form: "registration", Lang: "en", Answers: map[string][]string{"means": {"none"}, "story": {secret}}, Say: func(string, ...any) string { return "q" }})
	must(t, err)
	_, err = w.Cases.Attach(ctx, me, casefile.Attachment{CaseID: c.ID, Kind: "letter", Title: secret + " letter", FileName: secret + ".txt"}, strings.NewReader(secret+" in a file, long enough to be text."))
	must(t, err)
	must(t, w.Cases.SendHandOver(ctx, me, casefile.HandOver{CaseID: c.ID, To: w.Offices["islamabad"], Message: secret}))
	must(t, w.Cases.ReturnHandOver(ctx, w.Staff["reintegration"], c.ID, secret))
	_, err = w.Cases.Withdraw(ctx, me, c.ID, secret+" on leaving")
	must(t, err)
	for _, f := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(f)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if i := bytes.Index(b, []byte(secret)); i >= 0 {
			t.Errorf("%s holds it in clear: …%q…", f, b[max(0, i-60):min(len(b), i+60)])
		}
	}
}

// FuzzFilter: whatever an address says, it is either understood and written back the same, or refused.
func FuzzFilter(f *testing.F) {
	d := &casefile.Domain{Packs: programme.NewLibrary(world.TestPack())}
	for _, s := range []string{"desk=action", "owner=me&due=week", "q=Amina+%2F", "after=AAAA", "sort=-name&flag=uasc", "desk=action&desk=waiting", "%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := url.ParseQuery(s)
		if err != nil {
			return
		}
		got, err := d.ParseFilter(v)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		got.After = ""
		again, err := d.ParseFilter(got.Values())
		if err != nil || again != got {
			t.Fatalf("%q became %+v, and again %+v: %v", s, got, again, err)
		}
	})
}
