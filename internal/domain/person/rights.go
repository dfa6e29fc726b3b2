package person

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// NoticeVersion names the text of the consent notice in the catalogues (area "consent"). Whoever changes what the notice
// says changes this too: an answer belongs to the words it was given to.
const NoticeVersion = "2026-1"

// Question is one thing a person is asked: may their data be used for this purpose, by this recipient?
type Question struct{ Purpose, Recipient string }

// Questions are what the consent page asks, in its order. An embassy is one recipient per country: "embassy:PK".
func Questions(p *Person) []Question {
	out := []Question{{"store", "our_office"}, {"reintegration", "origin_office"}}
	for _, c := range []string{p.Nationality, p.DocumentedNationality} {
		if q := (Question{"documents", "embassy:" + c}); c != "" && !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	return append(out, Question{"clearance", "authority"}, Question{"health", "health_provider"}, Question{"help", "partner"}, Question{"audit", "donor"},
		Question{"recontact", "our_office"}, Question{"photo", "public"})
}

// Sheet is one talk about consent: who explained what in which language, and the answers.
type Sheet struct {
	PersonID             string
	NoticeVersion        string
	Language             string // in which the notice was read or told
	Interpreter, Witness string
	Method               string
	GivenBy              string // empty: the person; else a parent or guardian
	ExpiresOn            day.Date
	Answers              []Answer
}

// Answer is one answer; ID is made by the form.
type Answer struct {
	ID string
	Question
	Given bool
}

const consentColumns = `id, person_id, purpose, recipient, given, notice_version, language, interpreter, method, witness, given_by, at, expires_on, withdrawn_at, recorded_by`

func scanConsent(r db.Row) (Consent, error) {
	var c Consent
	return c, r.Scan(&c.ID, &c.PersonID, &c.Purpose, &c.Recipient, &c.Given, &c.NoticeVersion, &c.Language, &c.interpreter, &c.Method, &c.witness, &c.GivenBy, db.InstantOf(&c.At), &c.ExpiresOn,
		db.InstantOf(&c.WithdrawnAt), &c.RecordedBy)
}

// GiveConsent records that a person agrees to one use by one recipient.
func (d *Domain) GiveConsent(ctx context.Context, actor string, s Sheet, a Answer) error {
	a.Given = true
	s.Answers = []Answer{a}
	return d.TakeConsent(ctx, actor, s)
}

// RefuseConsent records that a person was asked and does not agree.
func (d *Domain) RefuseConsent(ctx context.Context, actor string, s Sheet, a Answer) error {
	a.Given = false
	s.Answers = []Answer{a}
	return d.TakeConsent(ctx, actor, s)
}

// TakeConsent records all answers of one talk. Each answer is one of its own: agreeing to the first says nothing about the
// second. An answer whose id is known already changes nothing.
func (d *Domain) TakeConsent(ctx context.Context, actor string, s Sheet) error {
	return d.Gate.Write(ctx, actor, PermConsent, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, s.PersonID)
		if err != nil {
			return err
		}
		if s.GivenBy == "" {
			s.GivenBy = p.ID
		}
		guardian := false
		if s.GivenBy != p.ID {
			if guardian, err = guards(ctx, &w.R, s.GivenBy, p.ID); err != nil {
				return err
			}
		}
		if err := checkSheet(&p, s, guardian, w.Today); err != nil {
			return err
		}
		for i, a := range s.Answers {
			interpreter, err := w.Seal(ctx, p.ID, "consent.interpreter:"+a.ID, s.Interpreter)
			if err != nil {
				return err
			}
			witness, err := w.Seal(ctx, p.ID, "consent.witness:"+a.ID, s.Witness)
			if err != nil {
				return err
			}
			// One microsecond apart, so that "the latest answer" has one meaning.
			at := w.Now.Add(time.Duration(i) * time.Microsecond)
			n, err := w.Tx.Exec(ctx, `INSERT INTO consent (id, person_id, purpose, recipient, given, notice_version, language, interpreter, method, witness, given_by, at, expires_on, recorded_by)
				VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14) ON CONFLICT (id) DO NOTHING`,
				a.ID, p.ID, a.Purpose, a.Recipient, a.Given, s.NoticeVersion, s.Language, interpreter, s.Method, witness, s.GivenBy, db.At(at), s.ExpiresOn, w.Actor.ID)
			if err != nil {
				return err
			}
			action := "person.consent_refused"
			switch {
			case n == 0:
				action = "person.consent_repeated"
			case a.Given:
				action = "person.consent_given"
			}
			if err := record(ctx, w, &p, journal.Entry{Action: action, Args: map[string]string{"id": a.ID, "purpose": a.Purpose, "recipient": a.Recipient, "notice": s.NoticeVersion, "language": s.Language}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkSheet refuses a consent that would not stand: without a witness where nothing was signed, without the interpreter's
// name where one was needed, for a child without a parent or guardian.
func checkSheet(p *Person, s Sheet, guardian bool, today day.Date) error {
	var bad []fault.Field
	add := func(name, key string) { bad = append(bad, fault.Field{Name: name, Key: key}) }
	if len(s.Answers) == 0 {
		add("", "person.err.consent_none")
	}
	anyGiven := false
	for _, a := range s.Answers {
		anyGiven = anyGiven || a.Given
		if !slices.Contains(Questions(p), a.Question) {
			add("", "person.err.consent_question")
		}
	}
	if s.NoticeVersion != NoticeVersion {
		add("", "person.err.notice_changed")
	}
	if s.Language == "" {
		add("language", "person.err.choose")
	}
	if !slices.Contains(Methods, s.Method) {
		add("method", "person.err.choose")
	}
	if s.Method == "oral_witnessed" && s.Witness == "" {
		add("witness", "person.err.witness")
	}
	if p.Interpreter && s.Interpreter == "" {
		add("interpreter", "person.err.interpreter")
	}
	if !s.ExpiresOn.IsZero() && !s.ExpiresOn.After(today) {
		add("expires_on", "person.err.expires_past")
	}
	child, known := p.Child(today)
	switch {
	case s.GivenBy != p.ID && !guardian:
		add("given_by", "person.err.not_guardian")
	case anyGiven && known && child && s.GivenBy == p.ID:
		add("given_by", "person.err.guardian_needed")
	}
	bad = append(append(bad, tooLong("interpreter", s.Interpreter, maxName)...), tooLong("witness", s.Witness, maxName)...)
	return fault.Fields(bad)
}

// WithdrawConsent takes an answer back. It takes effect at once: from this moment HasConsent says no.
func (d *Domain) WithdrawConsent(ctx context.Context, actor, personID, consentID string) error {
	return d.Gate.Write(ctx, actor, PermConsent, func(ctx context.Context, w *gate.W) error {
		p, err := d.ByID(ctx, &w.R, personID)
		if err != nil {
			return err
		}
		c, err := db.One(ctx, w.Tx, scanConsent, `SELECT `+consentColumns+` FROM consent WHERE id = $1 AND person_id = $2`, consentID, p.ID)
		if errors.Is(err, db.ErrNoRow) {
			return fault.Gone()
		}
		if err != nil {
			return err
		}
		// Whatever agreed to the same before is taken back with it: an older "yes" must not come to life again.
		if _, err := w.Tx.Exec(ctx, `UPDATE consent SET withdrawn_at = $1 WHERE person_id = $2 AND purpose = $3 AND recipient = $4 AND given = TRUE AND withdrawn_at = ''`,
			db.At(w.Now), p.ID, c.Purpose, c.Recipient); err != nil {
			return err
		}
		return record(ctx, w, &p, journal.Entry{Action: "person.consent_withdrawn", Key: erasedKey(&p), Args: map[string]string{"id": c.ID, "purpose": c.Purpose, "recipient": c.Recipient}})
	})
}

// HasConsent is the gate: whether a person agrees, today, that a recipient gets their data for a purpose. Nobody asked means no.
func HasConsent(ctx context.Context, r *gate.R, personID, purpose, recipient string) (bool, error) {
	list, err := db.All(ctx, r.Tx, scanConsent, `SELECT `+consentColumns+` FROM consent WHERE person_id = $1 AND purpose = $2 AND recipient = $3 ORDER BY at DESC, id DESC LIMIT 1`, personID, purpose, recipient)
	if err != nil || len(list) == 0 {
		return false, err
	}
	return list[0].Holds(r.Today), nil
}

// Holds reports whether an answer is a consent that stands on a day.
func (c *Consent) Holds(today day.Date) bool {
	return c.Given && c.WithdrawnAt.IsZero() && (c.ExpiresOn.IsZero() || !c.ExpiresOn.Before(today))
}

// ConsentState reads the answers of a person, newest first. The caller has made sure of the scope.
func ConsentState(ctx context.Context, r *gate.R, personID string) ([]Consent, error) {
	list, err := db.All(ctx, r.Tx, scanConsent, `SELECT `+consentColumns+` FROM consent WHERE person_id = $1 ORDER BY at DESC, id DESC`, personID)
	for i := range list {
		if err != nil {
			break
		}
		var v map[string]string
		v, _, err = opened(ctx, r, personID, "consent", list[i].ID, map[string][]byte{"interpreter": list[i].interpreter, "witness": list[i].witness})
		list[i].Interpreter, list[i].Witness = v["interpreter"], v["witness"]
	}
	return list, err
}

func erasedKey(p *Person) string {
	if p.ErasedAt.IsZero() {
		return ""
	}
	return journal.Installation
}

// Hold forbids the erasure of a person until a day, or until it is released.
func (d *Domain) Hold(ctx context.Context, actor string, h Hold) error {
	return d.Gate.Write(ctx, actor, PermHold, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, h.PersonID)
		if err != nil {
			return err
		}
		var bad []fault.Field
		if h.Kind != "legal" && h.Kind != "grant" {
			bad = append(bad, fault.Field{Name: "kind", Key: "person.err.choose"})
		}
		if h.Kind == "grant" && h.Until.IsZero() {
			bad = append(bad, fault.Field{Name: "until", Key: "person.err.hold_until"})
		}
		if !h.Until.IsZero() && h.Until.Before(w.Today) {
			bad = append(bad, fault.Field{Name: "until", Key: "person.err.expires_past"})
		}
		if strings.TrimSpace(h.Reason) == "" {
			bad = append(bad, fault.Field{Name: "reason", Key: "person.err.reason"})
		}
		if err := fault.Fields(append(bad, tooLong("reason", h.Reason, maxText)...)); err != nil {
			return err
		}
		reason, err := w.Seal(ctx, p.ID, "retention_hold.reason:"+h.ID, h.Reason)
		if err != nil {
			return err
		}
		n, err := w.Tx.Exec(ctx, `INSERT INTO retention_hold (id, person_id, kind, until_on, reason, set_by, set_at) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (id) DO NOTHING`, h.ID, p.ID, h.Kind, h.Until, reason, w.Actor.ID, db.At(w.Now))
		if err != nil {
			return err
		}
		action := "person.hold_set"
		if n == 0 {
			action = "person.hold_repeated"
		}
		return record(ctx, w, &p, journal.Entry{Action: action, Args: map[string]string{"id": h.ID, "kind": h.Kind, "until": h.Until.String(), "reason": h.Reason}})
	})
}

// ReleaseHold ends a hold.
func (d *Domain) ReleaseHold(ctx context.Context, actor, personID, holdID string) error {
	return d.Gate.Write(ctx, actor, PermHold, func(ctx context.Context, w *gate.W) error {
		p, err := d.editable(ctx, w, personID)
		if err != nil {
			return err
		}
		n, err := w.Tx.Exec(ctx, `UPDATE retention_hold SET released_by = $1, released_at = $2 WHERE id = $3 AND person_id = $4 AND released_at = ''`, w.Actor.ID, db.At(w.Now), holdID, p.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Gone()
		}
		return record(ctx, w, &p, journal.Entry{Action: "person.hold_released", Args: map[string]string{"id": holdID}})
	})
}

func scanHold(r db.Row) (Hold, error) {
	var h Hold
	return h, r.Scan(&h.ID, &h.PersonID, &h.Kind, &h.Until, &h.reason, &h.SetBy, db.InstantOf(&h.SetAt))
}

// holds reads the holds that stand today.
func holds(ctx context.Context, r *gate.R, personID string) ([]Hold, error) {
	list, err := db.All(ctx, r.Tx, scanHold, `SELECT id, person_id, kind, until_on, reason, set_by, set_at FROM retention_hold
		WHERE person_id = $1 AND released_at = '' AND (until_on = '' OR until_on >= $2) ORDER BY set_at, id`, personID, r.Today)
	for i := range list {
		if err == nil {
			list[i].Reason, _, err = r.Open(ctx, personID, "retention_hold.reason:"+list[i].ID, list[i].reason)
		}
	}
	return list, err
}

// Held is the condition that something stands against letting go of a person's data, for the rooms that hold some of it.
func Held(today day.Date, column string, a *db.Args) string {
	return `EXISTS (SELECT 1 FROM retention_hold rh WHERE rh.person_id = ` + column + ` AND rh.released_at = '' AND (rh.until_on = '' OR rh.until_on >= ` + a.Add(today.String()) + `))`
}

// mayErase is nil when nothing stands against the erasure, else the reason in words.
func (d *Domain) mayErase(ctx context.Context, r *gate.R, p *Person) error {
	if err := living(p); err != nil {
		return err
	}
	hs, err := holds(ctx, r, p.ID)
	if err != nil {
		return err
	}
	for _, h := range hs {
		key := "person.err.hold_" + h.Kind
		if h.Until.IsZero() {
			return fault.New(fault.Conflict, key)
		}
		return fault.New(fault.Conflict, key+"_until", "date", h.Until)
	}
	if d.MayErase == nil {
		return nil
	}
	key, args, err := d.MayErase(ctx, r, p.ID)
	if err != nil || key == "" {
		return err
	}
	return fault.New(fault.Conflict, key, args...)
}

// Erase destroys a person's key and wipes what had to stay readable to be found. Sealed entries of the journal keep their
// place and mean nothing any more. Sex, nationality and what was decided stay, as figures without a name.
func (d *Domain) Erase(ctx context.Context, actor, personID string) error {
	return d.Gate.Write(ctx, actor, PermErase, func(ctx context.Context, w *gate.W) error {
		p, err := d.ByID(ctx, &w.R, personID)
		if err != nil {
			return err
		}
		if err := d.mayErase(ctx, &w.R, &p); err != nil {
			return err
		}
		for _, q := range []string{`DELETE FROM person_name WHERE person_id = $1`, `DELETE FROM person_key WHERE person_id = $1`, `DELETE FROM person_contact WHERE person_id = $1`, `DELETE FROM identity_paper WHERE person_id = $1`} {
			if _, err := w.Tx.Exec(ctx, q, p.ID); err != nil {
				return err
			}
		}
		if _, err := w.Tx.Exec(ctx, `DELETE FROM person_link WHERE from_id = $1 OR to_id = $2`, p.ID, p.ID); err != nil {
			return err
		}
		gone := Person{ID: p.ID, Revision: p.Revision, Sex: p.Sex, BirthKind: Unknown, Nationality: p.Nationality, Class: p.Class, Invented: p.Invented, OfficeID: p.OfficeID, CreatedAt: p.CreatedAt, ErasedAt: w.Now}
		if err := d.save(ctx, w.Tx, &gone); err != nil {
			return err
		}
		if err := w.Vault().Destroy(ctx, w.Tx, p.ID, w.Now); err != nil {
			return err
		}
		return record(ctx, w, &gone, journal.Entry{Action: "person.erased", Revision: gone.Revision, Key: journal.Installation})
	})
}

func scanProposal(r db.Row) (AgeProposal, error) {
	var a AgeProposal
	return a, r.Scan(&a.ID, &a.PersonID, &a.birth, &a.reason, &a.PersonRevision, &a.ProposedBy, db.InstantOf(&a.ProposedAt), &a.State)
}

const proposalColumns = `id, person_id, birth, evidence, person_revision, proposed_by, proposed_at, state`

func openProposal(ctx context.Context, r *gate.R, a AgeProposal) (AgeProposal, error) {
	v, erased, err := opened(ctx, r, a.PersonID, "person_age_proposal", a.ID, map[string][]byte{"birth": a.birth, "evidence": a.reason})
	if err != nil || erased {
		return a, err
	}
	kind, date, _ := strings.Cut(v["birth"], " ")
	a.BirthKind, a.Evidence = kind, v["evidence"]
	a.BirthDate, _ = day.Parse(date)
	return a, nil
}

// proposals reads the birth dates that wait for a second person.
func proposals(ctx context.Context, r *gate.R, personID string) ([]AgeProposal, error) {
	list, err := db.All(ctx, r.Tx, scanProposal, `SELECT `+proposalColumns+` FROM person_age_proposal WHERE person_id = $1 AND state = 'open' ORDER BY proposed_at, id`, personID)
	for i := range list {
		if err == nil {
			list[i], err = openProposal(ctx, r, list[i])
		}
	}
	return list, err
}

func proposal(ctx context.Context, r *gate.R, personID, proposalID string) (AgeProposal, error) {
	a, err := db.One(ctx, r.Tx, scanProposal, `SELECT `+proposalColumns+` FROM person_age_proposal WHERE id = $1 AND person_id = $2`, proposalID, personID)
	if errors.Is(err, db.ErrNoRow) {
		return a, fault.Gone()
	}
	if err != nil {
		return a, err
	}
	return openProposal(ctx, r, a)
}

// AgesToDecide lists the changed ages that wait for a second person, within the reader's scope, oldest first.
func (d *Domain) AgesToDecide(ctx context.Context, r *gate.R) ([]AgeProposal, error) {
	var a db.Args
	return db.All(ctx, r.Tx, scanProposal, `SELECT `+proposalColumns+` FROM person_age_proposal WHERE state = 'open' AND person_id IN (SELECT p.id FROM person p WHERE `+d.inScope(r, &a)+`) ORDER BY proposed_at, id LIMIT 200`, a.Values...)
}
