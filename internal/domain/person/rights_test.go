package person_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

func has(t testing.TB, w *world.World, id, purpose, recipient string) (yes bool) {
	t.Helper()
	must(t, w.Gate.Read(ctx, w.Staff["counsellor"], person.PermView, func(ctx context.Context, r *gate.R) error {
		var err error
		yes, err = person.HasConsent(ctx, r, id, purpose, recipient)
		return err
	}))
	return yes
}

func TestConsent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me := w.Staff["counsellor"]
		id := w.Person("Amina", "Testpour", "female", "1991-05-04", "PK")
		embassy := person.Question{Purpose: "documents", Recipient: "embassy:PK"}
		sheet := person.Sheet{PersonID: id, NoticeVersion: person.NoticeVersion, Language: "fa", Method: "signature"}
		if has(t, w, id, "documents", "embassy:PK") {
			t.Error("consent before anybody asked")
		}
		a := person.Answer{ID: w.Gate.IDs.New(), Question: embassy}
		must(t, w.Persons.GiveConsent(ctx, me, sheet, a))
		must(t, w.Persons.GiveConsent(ctx, me, sheet, a)) // a double click
		if n := w.Count(`SELECT COUNT(*) FROM consent`); n != 1 {
			t.Errorf("%d answers after a double click", n)
		}
		if !has(t, w, id, "documents", "embassy:PK") || has(t, w, id, "documents", "embassy:GE") || has(t, w, id, "clearance", "authority") {
			t.Error("one consent must count for itself and nothing else")
		}
		must(t, w.Persons.WithdrawConsent(ctx, me, id, a.ID))
		if has(t, w, id, "documents", "embassy:PK") {
			t.Error("a withdrawal must count at once")
		}
		w.Clock.Advance(1e9)
		until := sheet
		until.ExpiresOn = day.New(2026, 3, 10)
		must(t, w.Persons.GiveConsent(ctx, me, until, person.Answer{ID: w.Gate.IDs.New(), Question: embassy}))
		if !has(t, w, id, "documents", "embassy:PK") {
			t.Error("given again")
		}
		w.Clock.Advance(10 * 24 * 3600e9)
		if has(t, w, id, "documents", "embassy:PK") {
			t.Error("an expired consent counts")
		}
		must(t, w.Persons.RefuseConsent(ctx, me, sheet, person.Answer{ID: w.Gate.IDs.New(), Question: person.Question{Purpose: "photo", Recipient: "public"}}))
		if has(t, w, id, "photo", "public") {
			t.Error("a refusal is not a consent")
		}
		for name, c := range map[string]struct {
			change     func(*person.Sheet)
			q          person.Question
			field, key string
		}{
			"witness":  {func(s *person.Sheet) { s.Method = "oral_witnessed" }, embassy, "witness", "person.err.witness"},
			"method":   {func(s *person.Sheet) { s.Method = "nod" }, embassy, "method", "person.err.choose"},
			"notice":   {func(s *person.Sheet) { s.NoticeVersion = "2019" }, embassy, "", "person.err.notice_changed"},
			"language": {func(s *person.Sheet) { s.Language = "" }, embassy, "language", "person.err.choose"},
			"past":     {func(s *person.Sheet) { s.ExpiresOn = day.New(2026, 3, 1) }, embassy, "expires_on", "person.err.expires_past"},
			"stranger": {func(s *person.Sheet) { s.GivenBy = w.Person("No", "Body", "male", "1980-01-01", "PK") }, embassy, "given_by", "person.err.not_guardian"},
			"question": {func(*person.Sheet) {}, person.Question{Purpose: "documents", Recipient: "embassy:GE"}, "", "person.err.consent_question"},
		} {
			s := sheet
			c.change(&s)
			err := w.Persons.GiveConsent(ctx, me, s, person.Answer{ID: w.Gate.IDs.New(), Question: c.q})
			t.Run(name, func(t *testing.T) { refused(t, err, fault.Invalid, c.field, c.key) })
		}
		refused(t, w.Persons.GiveConsent(ctx, w.Staff["other"], sheet, person.Answer{ID: w.Gate.IDs.New(), Question: embassy}), fault.NotFound, "", "fault.not_found")
		// A child cannot agree alone; a parent can, once the family is recorded.
		child := w.Person("Bilal", "Testpour", "male", "2019-01-17", "PK")
		forChild := sheet
		forChild.PersonID = child
		refused(t, w.Persons.GiveConsent(ctx, me, forChild, person.Answer{ID: w.Gate.IDs.New(), Question: embassy}), fault.Invalid, "given_by", "person.err.guardian_needed")
		must(t, w.Persons.RefuseConsent(ctx, me, forChild, person.Answer{ID: w.Gate.IDs.New(), Question: embassy}))
		must(t, w.Persons.Link(ctx, me, w.Gate.IDs.New(), id, child, "child"))
		w.Clock.Advance(1e9)
		forChild.GivenBy = id
		must(t, w.Persons.GiveConsent(ctx, me, forChild, person.Answer{ID: w.Gate.IDs.New(), Question: embassy}))
		if !has(t, w, child, "documents", "embassy:PK") {
			t.Error("the mother’s answer does not count")
		}
	})
}

// secrets are what must never stand in the database in clear.
var secrets = []string{"PASSPORT-XK77123", "6987001122", "only after nine NIGHTSHIFT", "Interpreter Zeta", "Witness Omega", "HOLDREASON-5", "EVIDENCE-77", "POLICE-889", "papernote-3141"}

// confide writes everything that must be sealed about one person.
func confide(t testing.TB, w *world.World, id string) {
	t.Helper()
	me := w.Staff["counsellor"]
	must(t, w.Persons.AddContact(ctx, me, person.Contact{ID: w.Gate.IDs.New(), PersonID: id, Kind: "phone", Value: "+30 6987001122", Safe: "only_if", SafeNote: secrets[2], Preferred: true}))
	must(t, w.Persons.AddPaper(ctx, me, person.Paper{ID: w.Gate.IDs.New(), PersonID: id, Kind: "passport", Number: secrets[0], Country: "PK", HeldBy: "stolen", PoliceReport: secrets[7], Note: secrets[8]}))
	must(t, w.Persons.RefuseConsent(ctx, me, person.Sheet{PersonID: id, NoticeVersion: person.NoticeVersion, Language: "fa", Method: "oral_witnessed", Interpreter: secrets[3], Witness: secrets[4]},
		person.Answer{ID: w.Gate.IDs.New(), Question: person.Question{Purpose: "store", Recipient: "our_office"}}))
	must(t, w.Persons.Hold(ctx, w.Staff["manager"], person.Hold{ID: w.Gate.IDs.New(), PersonID: id, Kind: "legal", Until: day.New(2026, 12, 31), Reason: secrets[5]}))
	w.Persons.ChildCase = func(context.Context, *gate.R, string) (bool, error) { return true, nil }
	edit := get(t, w, id)
	edit.BirthDate, edit.BirthKind = day.New(1997, 3, 3), person.Exact
	_, err := w.Persons.Correct(ctx, me, person.Correction{Person: edit, Rev: edit.Revision, Evidence: secrets[6]})
	must(t, err)
	w.Persons.ChildCase = nil
}

func TestNothingConfidedStandsInTheFile(t *testing.T) {
	d, path := dbtest.SQLiteAt(t)
	w := world.New(t, d)
	id := w.Person("Amina", "Testpour", "female", "2011-05-04", "PK")
	confide(t, w, id)
	rec, err := w.Persons.Open(ctx, w.Staff["manager"], id)
	must(t, err)
	if rec.Papers[0].Number != secrets[0] || rec.Contacts[0].SafeNote != secrets[2] || rec.Consents[0].Witness != secrets[4] || rec.Holds[0].Reason != secrets[5] || rec.Proposals[0].Evidence != secrets[6] {
		t.Errorf("what was sealed does not open: %+v", rec)
	}
	files, err := filepath.Glob(path + "*")
	must(t, err)
	sawName := false
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(t, err)
		sawName = sawName || bytes.Contains(b, []byte("Testpour"))
		for _, s := range append(secrets, "69870011", "1997-03-03") {
			if bytes.Contains(b, []byte(s)) {
				t.Errorf("%s holds %q in clear", filepath.Base(f), s)
			}
		}
	}
	if !sawName || len(files) < 2 {
		t.Error("the search did not see the file and its log")
	}
}

func TestErase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		boss := w.Staff["manager"]
		id := w.Person("Amina", "Vanishova", "female", "2011-05-04", "PK")
		mother := w.Person("Old", "Vanishova", "female", "1971-05-04", "PK")
		must(t, w.Persons.Link(ctx, w.Staff["counsellor"], w.Gate.IDs.New(), id, mother, "parent"))
		must(t, w.Persons.AddAlias(ctx, w.Staff["counsellor"], person.OtherName{ID: w.Gate.IDs.New(), PersonID: id, Kind: "alias", GivenNames: "Aliasova"}))
		confide(t, w, id)
		f := w.Persons.Erase(ctx, boss, id)
		refused(t, f, fault.Conflict, "", "person.err.hold_legal_until")
		if fault.Of(f).Args[1] != day.New(2026, 12, 31) {
			t.Errorf("the refusal does not say until when: %v", fault.Of(f).Args)
		}
		refused(t, w.Persons.Erase(ctx, w.Staff["counsellor"], id), fault.Denied, "", "fault.denied")
		rec, err := w.Persons.Open(ctx, boss, id)
		must(t, err)
		must(t, w.Persons.ReleaseHold(ctx, boss, id, rec.Holds[0].ID))
		refused(t, w.Persons.Hold(ctx, boss, person.Hold{ID: w.Gate.IDs.New(), PersonID: id, Kind: "grant", Reason: "x"}), fault.Invalid, "until", "person.err.hold_until")
		must(t, w.Persons.Hold(ctx, boss, person.Hold{ID: w.Gate.IDs.New(), PersonID: id, Kind: "grant", Until: day.New(2026, 3, 20), Reason: "audit"}))
		refused(t, w.Persons.Erase(ctx, boss, id), fault.Conflict, "", "person.err.hold_grant_until")
		w.Clock.Advance(20 * 24 * 3600e9) // the retention has run out
		w.Persons.MayErase = func(context.Context, *gate.R, string) (string, []any, error) { return "person.err.erased", nil, nil }
		refused(t, w.Persons.Erase(ctx, boss, id), fault.Conflict, "", "person.err.erased")
		w.Persons.MayErase = nil
		must(t, w.Persons.Erase(ctx, boss, id))

		rec, err = w.Persons.Open(ctx, boss, id)
		must(t, err)
		p := rec.Person
		if p.Name() != "" || p.Native() != "" || !p.BirthDate.IsZero() || p.ErasedAt.IsZero() || len(rec.Contacts)+len(rec.Papers)+len(rec.Names)+len(rec.Relatives) != 0 {
			t.Errorf("left after erasing: %+v", rec)
		}
		for _, l := range rec.History {
			if l.Action != "person.erased" && (!l.Erased || len(l.Changes) > 0 || len(l.Args) > 0) {
				t.Errorf("entry %d %s can still be read", l.Seq, l.Action)
			}
		}
		for _, q := range []string{"vanishova amina", "aliasova", secrets[0], "6987001122"} {
			if got := search(t, w, boss, q); len(got) != 0 {
				t.Errorf("%q finds an erased person", q)
			}
		}
		if got := search(t, w, boss, "vanishova"); len(got) != 1 {
			t.Errorf("the mother is gone, too: %d", len(got))
		}
		must(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			key, err := journal.Verifier(w.Ring)
			must(t, err)
			v, err := journal.Verify(ctx, tx, key, nil, nil)
			if len(v.Findings) > 0 {
				t.Errorf("the journal no longer verifies: %+v", v)
			}
			return err
		}))
		refused(t, w.Persons.Erase(ctx, boss, id), fault.Conflict, "", "person.err.erased")
		refused(t, w.Persons.AddContact(ctx, w.Staff["counsellor"], person.Contact{ID: w.Gate.IDs.New(), PersonID: id, Kind: "phone", Value: "1", Safe: "yes"}), fault.Conflict, "", "person.err.erased")
	})
}

func TestContactsAndPapers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		a, b := w.Staff["counsellor"], w.Staff["counsellor2"]
		id := w.Person("Amina", "Testpour", "female", "1991-05-04", "PK")
		c := person.Contact{ID: w.Gate.IDs.New(), PersonID: id, Kind: "phone", Value: "0300 1234567", Safe: "yes", Preferred: true}
		must(t, w.Persons.AddContact(ctx, a, c))
		must(t, w.Persons.AddContact(ctx, a, c))
		refused(t, w.Persons.AddContact(ctx, a, person.Contact{ID: w.Gate.IDs.New(), PersonID: id, Kind: "phone", Value: "1", Safe: "only_if"}), fault.Invalid, "safe_note", "person.err.safe_note")
		refused(t, w.Persons.AddContact(ctx, a, person.Contact{ID: w.Gate.IDs.New(), PersonID: id, Kind: "phone", Value: "1", Safe: "no", Preferred: true}), fault.Invalid, "preferred", "person.err.preferred_unsafe")
		refused(t, w.Persons.AddContact(ctx, w.Staff["other"], person.Contact{ID: w.Gate.IDs.New(), PersonID: id, Kind: "phone", Value: "1", Safe: "yes"}), fault.NotFound, "", "fault.not_found")
		for _, q := range []string{"03001234567", "+92 300 123 4567"} {
			if got := search(t, w, a, q); len(got) != 1 || got[0].ID != id {
				t.Errorf("phone %q finds %d", q, len(got))
			}
		}
		// Two at once: other fields merge, the same field comes back.
		c.Revision = 1
		x, y := c, c
		x.Value, y.Safe, y.SafeNote = "0300 7654321", "only_if", "mornings"
		must(t, w.Persons.EditContact(ctx, a, x, nil))
		must(t, w.Persons.EditContact(ctx, b, y, nil))
		rec, err := w.Persons.Open(ctx, a, id)
		must(t, err)
		if got := rec.Contacts[0]; len(rec.Contacts) != 1 || got.Value != "0300 7654321" || got.Safe != "only_if" || got.Revision != 3 {
			t.Errorf("merged to %+v", rec.Contacts)
		}
		z := c
		z.Value = "0300 9999999"
		err = w.Persons.EditContact(ctx, b, z, nil)
		if _, clashes := person.ClashesOf(err); len(clashes) != 1 || clashes[0].Theirs != "0300 7654321" || clashes[0].Yours != "0300 9999999" {
			t.Errorf("clash %v", err)
		}
		must(t, w.Persons.EditContact(ctx, b, z, map[string]string{"value": "0300 7654321"}))
		must(t, w.Persons.RemoveContact(ctx, a, id, c.ID))
		refused(t, w.Persons.RemoveContact(ctx, a, id, c.ID), fault.NotFound, "", "fault.not_found")

		paper := person.Paper{ID: w.Gate.IDs.New(), PersonID: id, Kind: "passport", Number: "ab 123-456", Country: "PK", ExpiresOn: day.New(2027, 1, 1), HeldBy: "applicant"}
		must(t, w.Persons.AddPaper(ctx, a, paper))
		if got := search(t, w, a, "AB123456"); len(got) != 1 {
			t.Errorf("document number finds %d", len(got))
		}
		bad := paper
		bad.ID, bad.IssuedOn = w.Gate.IDs.New(), day.New(2028, 1, 1)
		refused(t, w.Persons.AddPaper(ctx, a, bad), fault.Invalid, "expires_on", "person.err.expires_before")
		must(t, w.Persons.MovePaper(ctx, a, id, paper.ID, "consulate", "", ""))
		refused(t, w.Persons.MovePaper(ctx, a, id, paper.ID, "moon", "", ""), fault.Invalid, "held_by", "person.err.choose")
		rec, err = w.Persons.Open(ctx, a, id)
		must(t, err)
		if got := rec.Papers[0]; got.HeldBy != "consulate" || got.Number != "ab 123-456" || got.HeldSince != day.New(2026, 3, 2) {
			t.Errorf("moved to %+v", got)
		}
		var actions []string
		for _, l := range rec.History {
			actions = append(actions, strings.TrimPrefix(l.Action, "person."))
		}
		for _, want := range []string{"contact_added", "contact_changed", "contact_removed", "paper_added", "paper_moved"} {
			if !slices.Contains(actions, want) {
				t.Errorf("no %s in %v", want, actions)
			}
		}
	})
}

func TestFamily(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		me := w.Staff["counsellor"]
		a, b := w.Person("Amina", "Testpour", "female", "1991-05-04", "PK"), w.Person("Yusuf", "Testpour", "male", "1988-02-11", "PK")
		must(t, w.Persons.Link(ctx, me, w.Gate.IDs.New(), a, b, "spouse"))
		must(t, w.Persons.Link(ctx, me, w.Gate.IDs.New(), b, a, "spouse")) // said from the other side
		if n := w.Count(`SELECT COUNT(*) FROM person_link`); n != 1 {
			t.Errorf("%d ties", n)
		}
		refused(t, w.Persons.Link(ctx, me, w.Gate.IDs.New(), a, a, "spouse"), fault.Invalid, "other", "person.err.link_self")
		refused(t, w.Persons.Link(ctx, me, w.Gate.IDs.New(), a, b, "boss"), fault.Invalid, "role", "person.err.choose")
		kid, err := w.Persons.RegisterFamily(ctx, me, person.Registration{Person: person.Person{ID: w.Gate.IDs.New(), GivenNames: "Sara", BirthDate: day.New(2015, 9, 30)}, FamilyOf: a, Role: "child"})
		must(t, err)
		rec, err := w.Persons.Open(ctx, me, kid.ID)
		must(t, err)
		if len(rec.Relatives) != 1 || rec.Relatives[0].Role != "parent" || rec.Relatives[0].Person.ID != a {
			t.Errorf("the child's family: %+v", rec.Relatives)
		}
		must(t, w.Persons.Unlink(ctx, me, kid.ID, rec.Relatives[0].LinkID))
		refused(t, w.Persons.Unlink(ctx, me, kid.ID, rec.Relatives[0].LinkID), fault.NotFound, "", "fault.not_found")
		refused(t, w.Persons.Link(ctx, w.Staff["other"], w.Gate.IDs.New(), a, b, "sibling"), fault.NotFound, "", "fault.not_found")
	})
}
