package casefile

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// FormRecord is a form as it was sent: the answers, and the questions in the words in which they were asked.
type FormRecord struct {
	ID, CaseID, PersonID, Form, PackVersion, Class, Lang string
	Revision                                             int64
	By                                                   string
	At                                                   time.Time
	SupersededBy                                         string
	Answers                                              programme.Answers
	Questions                                            programme.Frozen
	Hidden                                               int  // answers of a class the reader is not cleared for
	Erased                                               bool // the person's key is gone
	sealedAnswers, sealedQuestions                       []byte
}

// Submission is a form on its way in.
type Submission struct {
	ID, CaseID, PersonID, Form, Lang string
	Corrects                         string // a record of a repeating form that this one replaces
	Answers                          map[string][]string
	Say                              func(key string, args ...any) string // the words shown: Printer.T
}

func subjectOf(caseID, personID string) string {
	if personID != "" {
		return personID
	}
	return caseID
}

// formOf finds a form of the case's own pack version and checks who it is about.
func (d *Domain) formOf(ctx context.Context, r *gate.R, c Case, code, personID string) (*programme.Pack, *programme.Form, error) {
	pack, err := d.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return nil, nil, err
	}
	form := pack.Form(code)
	if form == nil {
		return nil, nil, fault.Gone()
	}
	if !r.Actor.Cleared(form.Class) {
		return nil, nil, fault.Hidden("form", c.ID+"/"+code)
	}
	if (form.Per == "person") != (personID != "") {
		return nil, nil, fault.At("person", "case.err.form_person")
	}
	if personID != "" {
		if _, err := memberOf(ctx, r, c.ID, personID); err != nil {
			return nil, nil, err
		}
	}
	return pack, form, nil
}

func classOf(form *programme.Form) string {
	if form.Class == "" {
		return org.Normal
	}
	return form.Class
}

// SubmitForm takes a filled-in form. A form that does not repeat supersedes the one before; nothing is overwritten. Sending
// it again under the same id changes nothing.
func (d *Domain) SubmitForm(ctx context.Context, actor string, in Submission) (rec FormRecord, err error) {
	err = d.Gate.Write(ctx, actor, PermForm, func(ctx context.Context, w *gate.W) error {
		c, err := ByID(ctx, &w.R, in.CaseID)
		if err != nil {
			return err
		}
		if err := RequireOpen(c); err != nil {
			return err
		}
		pack, form, err := d.formOf(ctx, &w.R, c, in.Form, in.PersonID)
		if err != nil {
			return err
		}
		before, err := formRows(ctx, &w.R, c.ID, form.Code)
		if err != nil {
			return err
		}
		for _, b := range before {
			if b.ID == in.ID {
				rec = b
				return Record(ctx, w, c, journal.Entry{Action: "form.submitted_again", Subject: journal.Ref{Kind: "form", ID: b.ID}, Class: b.Class})
			}
		}
		clean, bad := form.Validate(in.Answers, w.Today)
		if len(bad) > 0 {
			return fault.Fields(bad)
		}
		rec = FormRecord{ID: in.ID, CaseID: c.ID, PersonID: in.PersonID, Form: form.Code, PackVersion: pack.Version, Class: classOf(form), Lang: in.Lang, Revision: 1, By: w.Actor.ID, At: w.Now,
			Answers: clean, Questions: form.Freeze(pack, in.Say)}
		if rec.ID == "" {
			rec.ID = w.NewID()
		}
		changes, err := d.supersede(ctx, w, before, form, &rec, in.Corrects)
		if err != nil {
			return err
		}
		if err := insertForm(ctx, w, rec); err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `DELETE FROM form_draft WHERE staff_id = $1 AND case_id = $2 AND form = $3 AND person_id = $4`, w.Actor.ID, c.ID, form.Code, in.PersonID); err != nil {
			return err
		}
		e := journal.Entry{Action: "form.submitted", Subject: journal.Ref{Kind: "form", ID: rec.ID}, Class: rec.Class, Key: subjectOf(c.ID, rec.PersonID), Args: map[string]string{"form": form.Code}, Changes: changes}
		if rec.Revision > 1 {
			e.Action = "form.revised"
		}
		if err := LookAgain(ctx, w, c.ID); err != nil {
			return err
		}
		return Record(ctx, w, c, e)
	})
	return rec, err
}

// supersede marks the record that rec takes the place of and lists what differs, for the timeline.
func (d *Domain) supersede(ctx context.Context, w *gate.W, before []FormRecord, form *programme.Form, rec *FormRecord, corrects string) ([]journal.Change, error) {
	i := slices.IndexFunc(before, func(b FormRecord) bool {
		return b.PersonID == rec.PersonID && b.SupersededBy == "" && (!form.Repeats || b.ID == corrects)
	})
	if i < 0 {
		if corrects != "" {
			return nil, fault.New(fault.Stale, "case.err.form_superseded")
		}
		return nil, nil
	}
	old := before[i]
	if err := old.open(ctx, &w.R); err != nil {
		return nil, err
	}
	rec.Revision = old.Revision + 1
	if _, err := w.Tx.Exec(ctx, `UPDATE form_record SET superseded_by = $1 WHERE id = $2`, rec.ID, old.ID); err != nil {
		return nil, err
	}
	var out []journal.Change
	for _, q := range form.Fields {
		// An answer of a stricter class than its form stays out of the entry: the entry is read under the form's class.
		if q.Class != "" && q.Class != org.Normal && q.Class != rec.Class {
			continue
		}
		if a, b := joinAnswers(old.Answers[q.ID]), joinAnswers(rec.Answers[q.ID]); a != b {
			out = append(out, journal.Change{Field: "form." + form.Code + "." + q.ID, Old: a, New: b})
		}
	}
	return out, nil
}

func joinAnswers(vs []string) string {
	b, _ := json.Marshal(vs)
	switch len(vs) {
	case 0:
		return ""
	case 1:
		return vs[0]
	}
	return string(b)
}

func insertForm(ctx context.Context, w *gate.W, rec FormRecord) error {
	answers, err := json.Marshal(rec.Answers)
	if err != nil {
		return err
	}
	questions, err := json.Marshal(rec.Questions)
	if err != nil {
		return err
	}
	key := subjectOf(rec.CaseID, rec.PersonID)
	a, err := w.Seal(ctx, key, "form_record.answers:"+rec.ID, string(answers))
	if err != nil {
		return err
	}
	q, err := w.Seal(ctx, key, "form_record.questions:"+rec.ID, string(questions))
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, `INSERT INTO form_record (id, case_id, person_id, form, pack_version, class, lang, answers, questions, revision, submitted_by, submitted_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
		rec.ID, rec.CaseID, rec.PersonID, rec.Form, rec.PackVersion, rec.Class, rec.Lang, a, q, rec.Revision, rec.By, clock.Format(rec.At))
	return err
}

const formColumns = `id, case_id, person_id, form, pack_version, class, lang, answers, questions, revision, submitted_by, submitted_at, superseded_by`

func scanForm(s db.Row) (FormRecord, error) {
	var f FormRecord
	return f, s.Scan(&f.ID, &f.CaseID, &f.PersonID, &f.Form, &f.PackVersion, &f.Class, &f.Lang, &f.sealedAnswers, &f.sealedQuestions, &f.Revision, &f.By, db.InstantOf(&f.At), &f.SupersededBy)
}

// formRows reads the records of a case, newest first, without opening them; form "" means all.
func formRows(ctx context.Context, r *gate.R, caseID, form string) ([]FormRecord, error) {
	return db.All(ctx, r.Tx, scanForm, `SELECT `+formColumns+` FROM form_record WHERE case_id = $1 AND ($2 = '' OR form = $3) ORDER BY submitted_at DESC, id DESC`, caseID, form, form)
}

func (f *FormRecord) open(ctx context.Context, r *gate.R) error {
	key := subjectOf(f.CaseID, f.PersonID)
	text, erased, err := r.Open(ctx, key, "form_record.answers:"+f.ID, f.sealedAnswers)
	if err != nil {
		return err
	}
	if f.Erased = erased; erased {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &f.Answers); err != nil {
		return err
	}
	if text, _, err = r.Open(ctx, key, "form_record.questions:"+f.ID, f.sealedQuestions); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), &f.Questions); err != nil {
		return err
	}
	for _, q := range f.Questions.Questions {
		if _, answered := f.Answers[q.ID]; answered && !r.Actor.Cleared(q.Class) {
			delete(f.Answers, q.ID)
			f.Hidden++
		}
	}
	return nil
}

// Forms lists what was sent for a case, newest first, without the answers; classes the reader is not cleared for are left out.
func Forms(ctx context.Context, r *gate.R, caseID, form string) ([]FormRecord, error) {
	rows, err := formRows(ctx, r, caseID, form)
	return slices.DeleteFunc(rows, func(f FormRecord) bool { return !r.Actor.Cleared(f.Class) }), err
}

// ReadForm opens a record. Reading one of a protected class is an entry in the journal.
func (d *Domain) ReadForm(ctx context.Context, actor, caseID, recordID string) (rec FormRecord, err error) {
	err = d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) error {
		c, err := ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		rec, err = db.One(ctx, w.Tx, scanForm, `SELECT `+formColumns+` FROM form_record WHERE id = $1 AND case_id = $2`, recordID, c.ID)
		if errors.Is(err, db.ErrNoRow) {
			return fault.Gone()
		}
		if err != nil {
			return err
		}
		if !w.Actor.Cleared(rec.Class) {
			return fault.Hidden("form", rec.ID)
		}
		if err := rec.open(ctx, &w.R); err != nil {
			return err
		}
		return Record(ctx, w, c, journal.Entry{Action: "form.viewed", Subject: journal.Ref{Kind: "form", ID: rec.ID}, Class: rec.Class, Args: map[string]string{"form": rec.Form}})
	})
	return rec, err
}

// Draft is a form that somebody stopped in the middle of.
type Draft struct {
	CaseID, CaseNo, Form, PersonID, Device string
	Page                                   int64
	Answers                                map[string][]string
	SavedAt                                time.Time
	sealed                                 []byte
}

func (dr *Draft) place(staff string) string {
	return "form_draft.answers:" + staff + "/" + dr.CaseID + "/" + dr.Form + "/" + dr.PersonID
}

// SaveDraft keeps a form as far as it is filled in, right or wrong: nothing a person has typed is lost.
func (d *Domain) SaveDraft(ctx context.Context, actor string, dr Draft) error {
	return d.Gate.Write(ctx, actor, PermForm, func(ctx context.Context, w *gate.W) error {
		c, err := ByID(ctx, &w.R, dr.CaseID)
		if err != nil {
			return err
		}
		_, form, err := d.formOf(ctx, &w.R, c, dr.Form, dr.PersonID)
		if err != nil {
			return err
		}
		kept := map[string][]string{}
		for _, q := range form.Fields {
			if vs := dr.Answers[q.ID]; len(vs) > 0 {
				kept[q.ID] = vs
			}
		}
		text, err := json.Marshal(kept)
		if err != nil {
			return err
		}
		sealed, err := w.Seal(ctx, subjectOf(c.ID, dr.PersonID), dr.place(w.Actor.ID), string(text))
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO form_draft (staff_id, case_id, form, person_id, answers, page, device, saved_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
			ON CONFLICT (staff_id, case_id, form, person_id) DO UPDATE SET answers = excluded.answers, page = excluded.page, device = excluded.device, saved_at = excluded.saved_at`,
			w.Actor.ID, c.ID, form.Code, dr.PersonID, sealed, dr.Page, dr.Device, clock.Format(w.Now)); err != nil {
			return err
		}
		return Record(ctx, w, c, journal.Entry{Action: "form.draft_saved", Class: classOf(form), Args: map[string]string{"form": form.Code}})
	})
}

// DropDraft throws a draft away.
func (d *Domain) DropDraft(ctx context.Context, actor string, dr Draft) error {
	return d.Gate.Write(ctx, actor, PermForm, func(ctx context.Context, w *gate.W) error {
		c, err := ByID(ctx, &w.R, dr.CaseID)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `DELETE FROM form_draft WHERE staff_id = $1 AND case_id = $2 AND form = $3 AND person_id = $4`, w.Actor.ID, c.ID, dr.Form, dr.PersonID); err != nil {
			return err
		}
		return Record(ctx, w, c, journal.Entry{Action: "form.draft_dropped", Args: map[string]string{"form": dr.Form}})
	})
}

// Drafts lists the reader's own drafts in cases they may still see, last first; caseID "" means all cases.
func Drafts(ctx context.Context, r *gate.R, caseID string) ([]Draft, error) {
	var a db.Args
	q := `SELECT f.case_id, c.no, f.form, f.person_id, f.device, f.page, f.answers, f.saved_at FROM form_draft f JOIN casefile c ON c.id = f.case_id WHERE f.staff_id = ` + a.Add(r.Actor.ID)
	if caseID != "" {
		q += ` AND f.case_id = ` + a.Add(caseID)
	}
	ds, err := db.All(ctx, r.Tx, func(s db.Row) (Draft, error) {
		var x Draft
		return x, s.Scan(&x.CaseID, &x.CaseNo, &x.Form, &x.PersonID, &x.Device, &x.Page, &x.sealed, db.InstantOf(&x.SavedAt))
	}, q+` AND `+InScope(r, "c", &a)+` ORDER BY f.saved_at DESC, f.case_id, f.form, f.person_id`, a.Values...)
	if err != nil {
		return nil, err
	}
	for i := range ds {
		text, erased, err := r.Open(ctx, subjectOf(ds[i].CaseID, ds[i].PersonID), ds[i].place(r.Actor.ID), ds[i].sealed)
		if err != nil {
			return nil, err
		}
		if !erased {
			if err := json.Unmarshal([]byte(text), &ds[i].Answers); err != nil {
				return nil, err
			}
		}
	}
	return ds, nil
}
