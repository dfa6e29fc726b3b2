package decision

import (
	"context"
	"slices"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// An exception is a decision against what the program proposed: it carries a reason, perhaps a paper of the folder, and the
// word of a second person.

// inFolder refuses a paper that is not in the case's folder, or not for the eyes of whoever decides.
func inFolder(ctx context.Context, r *gate.R, caseID, attachmentID string) error {
	if attachmentID == "" {
		return nil
	}
	files, err := casefile.Attachments(ctx, r, caseID)
	if err == nil && !slices.ContainsFunc(files, func(a casefile.Attachment) bool { return a.ID == attachmentID }) {
		err = fault.At("evidence", "decision.err.evidence")
	}
	return err
}

// told is a decision in the words of the case's history. Of the paper it says only that there is one: its title may be of a
// class that not everybody who reads the history is cleared for.
func told(d Decision, old string) journal.Entry {
	e := journal.Entry{Action: "eligibility.decided", Subject: journal.Ref{Kind: "eligibility", ID: d.ID}, Key: d.PersonID, Changes: journal.Diff("eligibility."+d.Component, old, d.Decision),
		Args: map[string]string{"component": d.Component, "proposal": d.Proposal, "reason": d.Reason}}
	if d.SecondNeeded {
		e.Action, e.Args["evidence"] = "eligibility.exception", yes(d.EvidenceID != "")
	}
	return e
}

// Exception is a decision against the proposal as it stands in a list: without its reason, which is for whoever opens the case.
type Exception struct {
	ID, CaseID, Component, Proposal, Decision string
	By, SecondBy, SupersededBy                string
	At                                        time.Time
	SecondAgrees, Evidence                    bool
}

// Exceptions lists the decisions against the proposal within the reader's scope, newest first; before is the At and ID of the
// last one seen, as Exception.Cursor gives them.
func Exceptions(ctx context.Context, r *gate.R, beforeAt, beforeID string, limit int) ([]Exception, error) {
	var a db.Args
	// CROSS JOIN keeps SQLite at walking along the few exceptions, and not along every case of the office.
	q := `SELECT e.id, e.case_id, e.component, e.proposal, e.decision, e.decided_by, e.second_by, e.superseded_by, e.decided_at, e.second_agrees, e.evidence_id FROM eligibility_decision e CROSS JOIN casefile c
		WHERE c.id = e.case_id AND e.second_needed = TRUE AND ` + casefile.InScope(r, "c", &a)
	if beforeAt != "" {
		q += ` AND (e.decided_at, e.id) < (` + a.Add(beforeAt) + `, ` + a.Add(beforeID) + `)`
	}
	q += ` ORDER BY e.decided_at DESC, e.id DESC LIMIT ` + a.Add(limit)
	return db.All(ctx, r.Tx, func(s db.Row) (Exception, error) {
		var x Exception
		var paper string
		err := s.Scan(&x.ID, &x.CaseID, &x.Component, &x.Proposal, &x.Decision, &x.By, &x.SecondBy, &x.SupersededBy, db.InstantOf(&x.At), &x.SecondAgrees, &paper)
		x.Evidence = paper != ""
		return x, err
	}, q, a.Values...)
}

// Cursor is the place of an exception in the list.
func (x Exception) Cursor() (at, id string) { return clock.Format(x.At), x.ID }
