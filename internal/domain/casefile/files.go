package casefile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/blob"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// FileKinds are the kinds of papers people bring, in the order they are offered.
var FileKinds = []string{"identity", "declaration", "consent", "decision", "medical", "court", "family", "receipt", "photo", "letter", "other"}

// MaxFile is the size of one attachment, in bytes.
const MaxFile = 25 << 20

// Attachment is a paper in the folder.
type Attachment struct {
	ID, CaseID, PersonID, Class, Kind, Title, FileName string
	Type                                               string
	Size                                               int64
	SHA, Scan                                          string // scan: clean, infected, unscanned, pending
	HasPreview                                         bool
	By                                                 string
	At, RemovedAt                                      time.Time
	RemovedBy                                          string
	blob, preview                                      string
	sealedTitle, sealedName                            []byte
}

// key is the subject whose key seals the file.
func (a *Attachment) key() string {
	if a.PersonID != "" {
		return a.PersonID
	}
	return a.CaseID
}

// Attach takes a file into the folder while it streams in. The bytes are read, checked and sealed before the case is
// changed; when the change then fails, nothing of the file stays. Sending it again under the same id changes nothing.
func (d *Domain) Attach(ctx context.Context, actor string, a Attachment, body io.Reader) (Attachment, error) {
	var key []byte
	repeated := false
	err := d.Gate.Write(ctx, actor, PermAttach, func(ctx context.Context, w *gate.W) error {
		c, err := d.mayAttach(ctx, w, &a)
		if err != nil {
			return err
		}
		if known, err := AttachmentByID(ctx, &w.R, c.ID, a.ID); err == nil {
			a, repeated = known, true
			return Record(ctx, w, c, journal.Entry{Action: "file.added_again", Subject: journal.Ref{Kind: "attachment", ID: a.ID}, Class: a.Class})
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		if key, err = w.Vault().Key(ctx, w.Tx, a.key()); err != nil {
			return err
		}
		return Record(ctx, w, c, journal.Entry{Action: "file.upload_begun", Subject: journal.Ref{Kind: "attachment", ID: a.ID}, Class: a.Class})
	})
	if err != nil || repeated {
		return a, err
	}
	info, err := d.Files.Put(ctx, body, key, blob.Limits{Bytes: MaxFile})
	if err != nil {
		return a, d.refusedFile(ctx, actor, a, err)
	}
	err = d.Gate.Write(ctx, actor, PermAttach, func(ctx context.Context, w *gate.W) error {
		c, err := d.mayAttach(ctx, w, &a) // it may have been taken away meanwhile
		if err != nil {
			return err
		}
		if !d.Files.Has(info.Ref) || info.Preview != "" && !d.Files.Has(info.Preview) {
			return fmt.Errorf("stored file %s was cleared away before its paper was written", info.Ref)
		}
		a.Type, a.Size, a.SHA, a.blob, a.preview, a.HasPreview = info.Type, info.Size, info.SHA256, info.Ref, info.Preview, info.Preview != ""
		a.Scan, a.By, a.At = scanState(info.Scan), w.Actor.ID, w.Now
		title, err := w.Seal(ctx, a.key(), "attachment.title:"+a.ID, a.Title)
		if err != nil {
			return err
		}
		name, err := w.Seal(ctx, a.key(), "attachment.file_name:"+a.ID, a.FileName)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO attachment (id, case_id, person_id, class, kind, title, file_name, media_type, size, sha, blob, preview, scan, uploaded_by, uploaded_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)`,
			a.ID, a.CaseID, a.PersonID, a.Class, a.Kind, title, name, a.Type, a.Size, a.SHA, a.blob, a.preview, a.Scan, a.By, clock.Format(a.At)); err != nil {
			return err
		}
		return Record(ctx, w, c, journal.Entry{Action: "file.added", Subject: journal.Ref{Kind: "attachment", ID: a.ID}, Class: a.Class, Key: a.key(), Args: map[string]string{"kind": a.Kind, "title": a.Title}})
	})
	if err != nil {
		return a, errors.Join(err, d.Files.Delete(info.Ref), d.dropPreview(info.Preview))
	}
	return a, nil
}

func (d *Domain) dropPreview(ref string) error {
	if ref == "" {
		return nil
	}
	return d.Files.Delete(ref)
}

// refusedFile turns a refusal of the store into words; malware is an entry in the journal.
func (d *Domain) refusedFile(ctx context.Context, actor string, a Attachment, err error) error {
	var no *blob.Refused
	if !errors.As(err, &no) {
		return err
	}
	switch no.Reason {
	case blob.TooLarge:
		return fault.At("file", "case.err.file_too_large", "mb", MaxFile>>20)
	case blob.Infected:
		noteErr := d.Gate.Write(ctx, actor, PermAttach, func(ctx context.Context, w *gate.W) error {
			c, err := ByID(ctx, &w.R, a.CaseID)
			if err != nil {
				return err
			}
			return Record(ctx, w, c, journal.Entry{Action: "file.infected", Subject: journal.Ref{Kind: "attachment", ID: a.ID}, Class: a.Class, Args: map[string]string{"malware": no.Detail}})
		})
		if noteErr != nil {
			return noteErr
		}
	}
	return fault.At("file", "case.err.file_"+string(no.Reason))
}

func scanState(s blob.Scan) string {
	if s.State == blob.StateClean {
		return "clean"
	}
	return "unscanned"
}

// mayAttach checks what is said about a file before and after it was read.
func (d *Domain) mayAttach(ctx context.Context, w *gate.W, a *Attachment) (Case, error) {
	c, err := ByID(ctx, &w.R, a.CaseID)
	if err != nil {
		return c, err
	}
	var fs []fault.Field
	if !slices.Contains(FileKinds, a.Kind) {
		fs = append(fs, fault.Field{Name: "kind", Key: "case.err.file_kind"})
	}
	if a.Title == "" {
		fs = append(fs, fault.Field{Name: "title", Key: "case.err.file_title"})
	} else if utf8.RuneCountInString(a.Title) > 200 {
		fs = append(fs, fault.Field{Name: "title", Key: "case.err.too_long", Args: []any{"n", 200}})
	}
	if len(fs) > 0 {
		return c, fault.Fields(fs)
	}
	if a.Class == "" {
		a.Class = org.Normal
	}
	if a.Kind == "medical" { // a doctor's letter is never an ordinary paper
		a.Class = org.Medical
	}
	if err := mayUseClass(w.Actor, a.Class); err != nil {
		return c, err
	}
	if a.PersonID != "" {
		if _, err := memberOf(ctx, &w.R, c.ID, a.PersonID); err != nil {
			return c, fault.At("person", "case.err.not_member")
		}
	}
	if a.ID == "" {
		a.ID = w.NewID()
	}
	a.FileName = cleanName(a.FileName)
	return c, nil
}

// cleanName keeps of a file's name what is a name: no path, no control characters, not longer than a name.
func cleanName(s string) string {
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || strings.ContainsRune(`"<>|:*?`, c) || c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069 {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > 120 {
		s = string(r[len(r)-120:]) // the end tells the kind
	}
	if strings.Trim(s, ". ") == "" {
		return "file"
	}
	return s
}

const attachmentColumns = `id, case_id, person_id, class, kind, title, file_name, media_type, size, sha, scan, blob, preview, uploaded_by, uploaded_at, removed_by, removed_at`

func scanAttachment(s db.Row) (Attachment, error) {
	var a Attachment
	err := s.Scan(&a.ID, &a.CaseID, &a.PersonID, &a.Class, &a.Kind, &a.sealedTitle, &a.sealedName, &a.Type, &a.Size, &a.SHA, &a.Scan, &a.blob, &a.preview, &a.By, db.InstantOf(&a.At), &a.RemovedBy, db.InstantOf(&a.RemovedAt))
	a.HasPreview = a.preview != ""
	return a, err
}

// AttachmentByID reads one paper, also one that was taken out of the folder. One of a class that the reader is not cleared for is
// not found.
func AttachmentByID(ctx context.Context, r *gate.R, caseID, id string) (Attachment, error) {
	a, err := db.One(ctx, r.Tx, scanAttachment, `SELECT `+attachmentColumns+` FROM attachment WHERE id = $1 AND case_id = $2`, id, caseID)
	if errors.Is(err, db.ErrNoRow) {
		return a, fault.Gone()
	}
	if err != nil {
		return a, err
	}
	if !r.Actor.Cleared(a.Class) {
		return Attachment{}, fault.Hidden("attachment", id)
	}
	return a, a.open(ctx, r)
}

func (a *Attachment) open(ctx context.Context, r *gate.R) (err error) {
	if a.Title, _, err = r.Open(ctx, a.key(), "attachment.title:"+a.ID, a.sealedTitle); err != nil {
		return err
	}
	a.FileName, _, err = r.Open(ctx, a.key(), "attachment.file_name:"+a.ID, a.sealedName)
	return err
}

// Attachments lists the papers of a case that the reader is cleared for, newest first. Removed ones are left out.
func Attachments(ctx context.Context, r *gate.R, caseID string) ([]Attachment, error) {
	all, err := db.All(ctx, r.Tx, scanAttachment, `SELECT `+attachmentColumns+` FROM attachment WHERE case_id = $1 AND removed_at = '' ORDER BY uploaded_at DESC, id DESC`, caseID)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, a := range all {
		if !r.Actor.Cleared(a.Class) {
			continue
		}
		if err := a.open(ctx, r); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// Download opens a file, or its small picture, for reading; who took it out is an entry in the journal. The caller closes it.
func (d *Domain) Download(ctx context.Context, actor, caseID, attachmentID string, preview bool) (a Attachment, content io.ReadSeekCloser, err error) {
	perm, action := PermAttach, "file.downloaded"
	if preview {
		perm, action = PermView, "file.previewed"
	}
	var key []byte
	err = d.Gate.Write(ctx, actor, perm, func(ctx context.Context, w *gate.W) error {
		c, err := ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		if a, err = AttachmentByID(ctx, &w.R, c.ID, attachmentID); err != nil {
			return err
		}
		if !a.RemovedAt.IsZero() || preview && !a.HasPreview {
			return fault.Gone()
		}
		if key, err = w.Vault().Key(ctx, w.Tx, a.key()); err != nil {
			return fault.Gone().Because(err) // erased: there is nothing to open any more
		}
		return Record(ctx, w, c, journal.Entry{Action: action, Subject: journal.Ref{Kind: "attachment", ID: a.ID}, Class: a.Class, Key: a.key(), Args: map[string]string{"title": a.Title}})
	})
	if err != nil {
		return a, nil, err
	}
	ref := a.blob
	if preview {
		ref = a.preview
	}
	content, err = d.Files.Open(ref, key)
	return a, content, err
}

// RemoveAttachment takes a paper out of the folder. It can be put back; the bytes go when the case's time is over.
func (d *Domain) RemoveAttachment(ctx context.Context, actor, caseID, attachmentID string) error {
	return d.setRemoved(ctx, actor, caseID, attachmentID, true)
}

// RestoreAttachment puts a removed paper back.
func (d *Domain) RestoreAttachment(ctx context.Context, actor, caseID, attachmentID string) error {
	return d.setRemoved(ctx, actor, caseID, attachmentID, false)
}

func (d *Domain) setRemoved(ctx context.Context, actor, caseID, attachmentID string, removed bool) error {
	return d.Gate.Write(ctx, actor, PermAttach, func(ctx context.Context, w *gate.W) error {
		c, err := ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		a, err := AttachmentByID(ctx, &w.R, c.ID, attachmentID)
		if err != nil {
			return err
		}
		if a.blob == "" { // its time was over, and its file is gone
			return fault.Gone()
		}
		by, at, action := "", "", "file.restored"
		if removed {
			by, at, action = w.Actor.ID, clock.Format(w.Now), "file.removed"
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE attachment SET removed_by = $1, removed_at = $2 WHERE id = $3`, by, at, a.ID); err != nil {
			return err
		}
		return Record(ctx, w, c, journal.Entry{Action: action, Subject: journal.Ref{Kind: "attachment", ID: a.ID}, Class: a.Class, Key: a.key(), Args: map[string]string{"title": a.Title}})
	})
}
