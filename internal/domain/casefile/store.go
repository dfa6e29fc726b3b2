package casefile

import (
	"context"
	"errors"
	"fmt"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Columns lists what Targets scans, under alias c.
const Columns = `c.id, c.no, c.revision, c.kind, c.programme, c.pack_version, c.stage, c.stage_since, c.state, c.desk, c.waiting_on, c.waiting_until, c.next_due, c.next_step, c.next_title,
	c.principal_id, c.persons, c.children, c.host_office, c.origin_office, c.owner_id, c.class, c.flags, c.nationality, c.return_country, c.departs_on, c.opened_on, c.closed_on, c.closing_reason, c.handed_over_on, c.keep_until, c.invented`

// Targets gives the scan targets of Columns, so that other rooms can join a case to their own rows.
func (c *Case) Targets() []any {
	return []any{&c.ID, &c.No, &c.Revision, &c.Kind, &c.Programme, &c.PackVersion, &c.Stage, &c.StageSince, &c.State, &c.Desk, &c.WaitingOn, &c.WaitingUntil, &c.NextDue, &c.NextStep, &c.NextTitle,
		&c.PrincipalID, &c.Persons, &c.Children, &c.HostOffice, &c.OriginOffice, &c.OwnerID, &c.Class, &c.Flags, &c.Nationality, &c.ReturnCountry, &c.DepartsOn, &c.OpenedOn, &c.ClosedOn, &c.ClosingReason, &c.HandedOverOn, &c.KeepUntil, &c.Invented}
}

func scanCase(r db.Row) (Case, error) { var c Case; return c, r.Scan(c.Targets()...) }

// Subject is the case as a scope sees it.
func (c *Case) Subject() org.Subject {
	return org.Subject{ID: c.ID, Office: c.HostOffice, Origin: c.OriginOffice, Programme: c.Programme, Owner: c.OwnerID, Class: c.Class}
}

// InScope is the condition that keeps a query over casefile (under alias) to what the reader may see.
func InScope(r *gate.R, alias string, a *db.Args) string {
	return r.Scope.SQL(org.CaseColumns(alias), a)
}

// ByID reads a case within the reader's scope. Outside it the answer is "not found", and the gate notes the attempt.
func ByID(ctx context.Context, r *gate.R, id string) (Case, error) {
	c, err := db.One(ctx, r.Tx, scanCase, `SELECT `+Columns+` FROM casefile c WHERE c.id = $1`, id)
	if errors.Is(err, db.ErrNoRow) {
		return c, fault.Gone()
	}
	if err == nil && !r.Scope.Sees(c.Subject()) {
		return Case{}, fault.Hidden("case", id)
	}
	return c, err
}

// PersonInScope is the condition that keeps a query over persons to those in a case the reader may see, or registered by
// an office of the reader's and in no case yet. It is handed to package person, which must not know of cases.
func PersonInScope(r *gate.R, column, officeColumn string, a *db.Args) string {
	in := `EXISTS (SELECT 1 FROM case_member vm JOIN casefile vc ON vc.id = vm.case_id WHERE vm.person_id = ` + column + ` AND ` + InScope(r, "vc", a) + `)`
	none := ` AND NOT EXISTS (SELECT 1 FROM case_member nm WHERE nm.person_id = ` + column + `)`
	offices, all := r.Scope.Offices()
	switch {
	case all:
		return `(` + in + ` OR (1 = 1` + none + `))`
	case len(offices) == 0:
		return `(` + in + `)`
	}
	return `(` + in + ` OR (` + officeColumn + ` IN ` + a.In(offices) + none + `))`
}

// Members reads everybody in a case, the principal applicant first.
func Members(ctx context.Context, r *gate.R, caseID string) ([]Member, error) {
	of, err := MembersOf(ctx, r, []string{caseID})
	return of[caseID], err
}

// MembersOf reads everybody in many cases, by the id of the case.
func MembersOf(ctx context.Context, r *gate.R, caseIDs []string) (map[string][]Member, error) {
	type in struct {
		caseID string
		Member
	}
	var a db.Args
	rows, err := db.All(ctx, r.Tx, func(row db.Row) (in, error) {
		var m in
		return m, row.Scan(append(m.Person.Targets(), &m.Relation, &m.Travels, &m.caseID)...)
	}, `SELECT `+person.Columns+`, m.relation, m.travels, m.case_id FROM case_member m JOIN person p ON p.id = m.person_id
		WHERE m.case_id IN `+a.In(caseIDs)+` ORDER BY m.case_id, CASE WHEN m.relation = 'principal' THEN 0 ELSE 1 END, p.birth_date, p.id`, a.Values...)
	out := make(map[string][]Member, len(caseIDs))
	for _, m := range rows {
		out[m.caseID] = append(out[m.caseID], m.Member)
	}
	return out, err
}

func (d *Domain) insert(ctx context.Context, t *db.Tx, c *Case) error {
	_, err := t.Exec(ctx, `INSERT INTO casefile (id, no, revision, kind, programme, pack_version, stage, stage_since, state, desk, principal_id, persons, children, host_office, origin_office, owner_id, class, flags,
		nationality, return_country, opened_on, invented, sort_name) VALUES ($1,$2,1,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21, (SELECT sort_name FROM person WHERE id = $10))`,
		c.ID, c.No, c.Kind, c.Programme, c.PackVersion, c.Stage, c.StageSince, c.State, c.Desk, c.PrincipalID, c.Persons, c.Children, c.HostOffice, c.OriginOffice, c.OwnerID, c.Class, c.Flags,
		c.Nationality, c.ReturnCountry, c.OpenedOn, c.Invented)
	if err != nil {
		return err
	}
	return regroup(ctx, t, group{}, c.group())
}

// Renamed keeps the name of the principal applicant beside the case, where the lists in the order of names walk an index.
func Renamed(ctx context.Context, t *db.Tx, personID, sortName string) error {
	_, err := t.Exec(ctx, `UPDATE casefile SET sort_name = $1 WHERE principal_id = $2`, sortName, personID)
	return err
}

// nextNumber gives the next case number of a programme and year: GR-2026-000123.
func nextNumber(ctx context.Context, t *db.Tx, prefix string) (string, error) {
	n, err := db.One(ctx, t, db.Value[int64], `INSERT INTO case_number (prefix, last) VALUES ($1, 1) ON CONFLICT (prefix) DO UPDATE SET last = case_number.last + 1 RETURNING last`, prefix)
	return fmt.Sprintf("%s-%06d", prefix, n), err
}

// Save writes back what a command changed about a case, raising its revision, lays it on the right desk and counts it
// there. The guard on the old revision cannot fail while writers line up; it is there for the day they do not.
func Save(ctx context.Context, w *gate.W, c *Case) error {
	if err := settle(ctx, w, c); err != nil {
		return err
	}
	if err := lookIfChanged(ctx, w, c); err != nil {
		return err
	}
	was, err := groupOf(ctx, w.Tx, c.ID)
	if err != nil {
		return err
	}
	n, err := w.Tx.Exec(ctx, `UPDATE casefile SET revision = revision + 1, kind = $1, pack_version = $2, stage = $3, stage_since = $4, state = $5, desk = $6, waiting_on = $7, waiting_until = $8, next_due = $9, next_step = $10, next_title = $11,
		principal_id = $12, persons = $13, children = $14, host_office = $15, origin_office = $16, owner_id = $17, class = $18, flags = $19, nationality = $20, return_country = $21, departs_on = $22, closed_on = $23, closing_reason = $24, handed_over_on = $25, keep_until = $26, sort_name = (SELECT p.sort_name FROM person p WHERE p.id = $12)
		WHERE id = $27 AND revision = $28`,
		c.Kind, c.PackVersion, c.Stage, c.StageSince, c.State, c.Desk, c.WaitingOn, c.WaitingUntil, c.NextDue, c.NextStep, c.NextTitle,
		c.PrincipalID, c.Persons, c.Children, c.HostOffice, c.OriginOffice, c.OwnerID, c.Class, c.Flags, c.Nationality, c.ReturnCountry, c.DepartsOn, c.ClosedOn, c.ClosingReason, c.HandedOverOn, c.KeepUntil,
		c.ID, c.Revision)
	if err != nil {
		return err
	}
	if n != 1 {
		return fault.New(fault.Stale, "case.err.stale")
	}
	c.Revision++
	return regroup(ctx, w.Tx, was, c.group())
}

// Record writes an entry of this case: about the case itself, or about ref when a room above names its own record.
func Record(ctx context.Context, w *gate.W, c Case, e journal.Entry) error {
	if e.Subject.Kind == "" {
		e.Subject, e.Revision = journal.Ref{Kind: "case", ID: c.ID}, c.Revision
	}
	e.Case = c.ID
	if e.Class == "" && c.Class != org.Normal {
		e.Class = c.Class
	}
	return w.Record(ctx, e)
}
