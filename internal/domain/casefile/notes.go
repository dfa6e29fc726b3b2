package casefile

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// maxNote is the longest note, in characters: about ten typed pages.
const maxNote = 20_000

// Note is what somebody wrote down about a case. It is never changed: a correction strikes it through and may put a new
// one in its place.
type Note struct {
	ID, CaseID, PersonID, Kind, Class, Lang, Text string
	By                                            string
	At                                            time.Time
	StruckBy, Reason, ReplacedBy                  string
	StruckAt                                      time.Time
	Hidden, Erased                                bool // of a class the reader is not cleared for, or its key is gone
	sealed, sealedReason                          []byte
}

// AddNote writes a note. Repeating it under the same id changes nothing.
func (d *Domain) AddNote(ctx context.Context, actor string, n Note) error {
	return d.Gate.Write(ctx, actor, PermNote, func(ctx context.Context, w *gate.W) error {
		c, err := ByID(ctx, &w.R, n.CaseID) // a note may be added to a case that has ended: somebody may call
		if err != nil {
			return err
		}
		if known, err := noteByID(ctx, &w.R, c.ID, n.ID); err == nil {
			return Record(ctx, w, c, journal.Entry{Action: "note.added_again", Subject: journal.Ref{Kind: "note", ID: known.ID}, Class: known.Class})
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		if err := checkNote(ctx, w, c, &n); err != nil {
			return err
		}
		if err := insertNote(ctx, w, &n); err != nil {
			return err
		}
		return Record(ctx, w, c, journal.Entry{Action: "note.added", Subject: journal.Ref{Kind: "note", ID: n.ID}, Class: n.Class, Args: map[string]string{"kind": n.Kind}})
	})
}

func checkNote(ctx context.Context, w *gate.W, c Case, n *Note) error {
	switch {
	case n.Text == "":
		return fault.At("text", "case.err.note_empty")
	case utf8.RuneCountInString(n.Text) > maxNote:
		return fault.At("text", "case.err.note_long", "n", maxNote)
	case !slices.Contains(NoteKinds, n.Kind):
		return fault.At("kind", "case.err.note_kind")
	}
	if n.Class == "" {
		n.Class = org.Normal
	}
	if err := mayUseClass(w.Actor, n.Class); err != nil {
		return err
	}
	if n.PersonID != "" {
		if _, err := memberOf(ctx, &w.R, c.ID, n.PersonID); err != nil {
			return fault.At("person", "case.err.not_member")
		}
	}
	if n.ID == "" {
		n.ID = w.NewID()
	}
	return nil
}

// key is the subject whose key seals the note: the person it is about, so that it goes when they are erased.
func (n *Note) key() string {
	if n.PersonID != "" {
		return n.PersonID
	}
	return n.CaseID
}

func insertNote(ctx context.Context, w *gate.W, n *Note) error {
	sealed, err := w.Seal(ctx, n.key(), "note.text:"+n.ID, n.Text)
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, `INSERT INTO note (id, case_id, person_id, kind, class, lang, text, written_by, written_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		n.ID, n.CaseID, n.PersonID, n.Kind, n.Class, n.Lang, sealed, w.Actor.ID, clock.Format(w.Now))
	return err
}

// StrikeNote corrects a note: the old text stays, struck through, with the reason; the new text, if any, becomes a note of
// its own. Only its author, or who may classify cases, strikes a note.
func (d *Domain) StrikeNote(ctx context.Context, actor, caseID, noteID, reason, text string) (replacement string, err error) {
	err = d.Gate.Write(ctx, actor, PermNote, func(ctx context.Context, w *gate.W) error {
		c, err := ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		n, err := noteByID(ctx, &w.R, c.ID, noteID)
		if err != nil {
			return err
		}
		switch {
		case !w.Actor.Cleared(n.Class):
			return fault.Hidden("note", n.ID)
		case n.By != w.Actor.ID && !w.Actor.Can(PermClassify):
			return fault.New(fault.Denied, "case.err.not_your_note")
		case n.StruckBy != "":
			return fault.New(fault.Conflict, "case.err.note_struck")
		case reason == "":
			return fault.At("reason", "case.err.strike_reason")
		}
		if text != "" {
			next := Note{ID: w.NewID(), CaseID: c.ID, PersonID: n.PersonID, Kind: n.Kind, Class: n.Class, Lang: n.Lang, Text: text}
			if err := checkNote(ctx, w, c, &next); err != nil {
				return err
			}
			if err := insertNote(ctx, w, &next); err != nil {
				return err
			}
			replacement = next.ID
		}
		sealed, err := w.Seal(ctx, n.key(), "note.reason:"+n.ID, reason)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE note SET struck_by = $1, struck_at = $2, reason = $3, replaced_by = $4 WHERE id = $5`, w.Actor.ID, clock.Format(w.Now), sealed, replacement, n.ID); err != nil {
			return err
		}
		e := journal.Entry{Action: "note.struck", Subject: journal.Ref{Kind: "note", ID: n.ID}, Class: n.Class, Key: n.key(), Args: map[string]string{"reason": reason}}
		if replacement != "" {
			e.Action = "note.corrected"
		}
		return Record(ctx, w, c, e)
	})
	return replacement, err
}

const noteColumns = `id, case_id, person_id, kind, class, lang, text, written_by, written_at, struck_by, struck_at, reason, replaced_by`

func scanNote(s db.Row) (Note, error) {
	var n Note
	return n, s.Scan(&n.ID, &n.CaseID, &n.PersonID, &n.Kind, &n.Class, &n.Lang, &n.sealed, &n.By, db.InstantOf(&n.At), &n.StruckBy, db.InstantOf(&n.StruckAt), &n.sealedReason, &n.ReplacedBy)
}

func noteByID(ctx context.Context, r *gate.R, caseID, id string) (Note, error) {
	n, err := db.One(ctx, r.Tx, scanNote, `SELECT `+noteColumns+` FROM note WHERE id = $1 AND case_id = $2`, id, caseID)
	if errors.Is(err, db.ErrNoRow) {
		return n, fault.Gone()
	}
	return n, err
}

func (n *Note) open(ctx context.Context, r *gate.R) (err error) {
	if n.Text, n.Erased, err = r.Open(ctx, n.key(), "note.text:"+n.ID, n.sealed); err != nil {
		return err
	}
	n.Reason, _, err = r.Open(ctx, n.key(), "note.reason:"+n.ID, n.sealedReason)
	return err
}

// Notes lists the notes of a case, newest first. Those of a protected class come without their text, even for who is
// cleared: to read one is an entry in the journal (ReadNote).
func Notes(ctx context.Context, r *gate.R, caseID string) ([]Note, error) {
	ns, err := db.All(ctx, r.Tx, scanNote, `SELECT `+noteColumns+` FROM note WHERE case_id = $1 ORDER BY written_at DESC, id DESC`, caseID)
	if err != nil {
		return nil, err
	}
	out := ns[:0]
	for _, n := range ns {
		if n.Class != org.Normal {
			n.Hidden = true
			if !r.Actor.Cleared(n.Class) {
				continue
			}
		} else if err := n.open(ctx, r); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// ReadNote opens one note; of a protected class it is noted who read it.
func (d *Domain) ReadNote(ctx context.Context, actor, caseID, noteID string) (n Note, err error) {
	err = d.Gate.Write(ctx, actor, PermView, func(ctx context.Context, w *gate.W) error {
		c, err := ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if n, err = noteByID(ctx, &w.R, c.ID, noteID); err != nil {
			return err
		}
		if !w.Actor.Cleared(n.Class) {
			return fault.Hidden("note", n.ID)
		}
		if err := n.open(ctx, &w.R); err != nil {
			return err
		}
		return Record(ctx, w, c, journal.Entry{Action: "note.viewed", Subject: journal.Ref{Kind: "note", ID: n.ID}, Class: n.Class})
	})
	return n, err
}
