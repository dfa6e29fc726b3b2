package ledger

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Waiting is an amount that waits for a second person.
type Waiting struct {
	Line
	Case       casefile.Case
	PersonName string
	AskedBy    string // name
	Own        bool   // the reader asked for it: somebody else must approve
}

// WaitingForApproval lists what waits for a second person, within the reader's scope, oldest first.
func WaitingForApproval(ctx context.Context, r *gate.R) ([]Waiting, error) {
	return waiting(ctx, r, `l.state = 'planned' AND l.ceiling = FALSE`)
}

// ToTakeBack lists the cash that must come back.
func ToTakeBack(ctx context.Context, r *gate.R) ([]Waiting, error) {
	return waiting(ctx, r, `l.state = 'to_return'`)
}

func waiting(ctx context.Context, r *gate.R, which string) ([]Waiting, error) {
	var a db.Args
	return db.All(ctx, r.Tx, func(s db.Row) (Waiting, error) {
		var x Waiting
		var latin, native string
		err := s.Scan(append(append(x.Line.targets(), x.Case.Targets()...), &latin, &native, &x.AskedBy)...)
		if x.PersonName = latin; latin == "" {
			x.PersonName = native
		}
		x.Own = x.ProposedBy == r.Actor.ID
		return x, err
	}, `SELECT `+lineColumns+`, `+casefile.Columns+`, COALESCE(TRIM(p.given_names || ' ' || p.family_name), ''), COALESCE(TRIM(p.native_given || ' ' || p.native_family), ''), COALESCE(s.name, '')
		FROM ledger_line l JOIN casefile c ON c.id = l.case_id LEFT JOIN person p ON p.id = l.person_id LEFT JOIN staff s ON s.id = l.proposed_by
		WHERE `+which+` AND `+inScope(r, &a)+` ORDER BY l.proposed_at, l.id LIMIT 500`, a.Values...)
}

// Standing is where a fund's money is, as far as the reader may see the cases.
type Standing struct {
	Fund
	Free                              int64 // nobody asked for it
	Reserved, Committed, Paid, Return int64 // in cases the reader sees
	Elsewhere                         int64 // in cases outside their sight
	LastPaid                          day.Date
}

// StandingOf reads a fund's numbers from the book. Together they are the budget, to the cent.
func StandingOf(ctx context.Context, r *gate.R, f Fund) (s Standing, err error) {
	s.Fund = f
	if s.Free, err = balance(ctx, r, purse{f.ID, "", f.Currency}.acc(accFund)); err != nil {
		return s, err
	}
	var a db.Args
	type sum struct {
		kind string
		n    int64
	}
	sums, err := db.All(ctx, r.Tx, func(row db.Row) (x sum, err error) { return x, row.Scan(&x.kind, &x.n) },
		`SELECT x.kind, CAST(SUM(x.balance) AS BIGINT) FROM account x JOIN casefile c ON c.id = x.case_id WHERE x.fund_id = `+a.Add(f.ID)+` AND `+inScope(r, &a)+` GROUP BY x.kind ORDER BY x.kind`, a.Values...)
	if err != nil {
		return s, err
	}
	for _, x := range sums {
		*map[string]*int64{accReserved: &s.Reserved, accCommit: &s.Committed, accPaid: &s.Paid, accReturn: &s.Return}[x.kind] = x.n
	}
	s.Elsewhere = f.Budget - s.Free - s.Reserved - s.Committed - s.Paid - s.Return
	s.LastPaid, err = db.One(ctx, r.Tx, db.Value[day.Date], `SELECT COALESCE(MAX(on_day), '') FROM payment WHERE fund_id = $1`, f.ID)
	return s, err
}

// Behind are the cases behind one of a fund's numbers.
type Behind struct {
	Case   casefile.Case
	Amount int64
}

// Kinds of numbers a fund shows, as the address names them.
var Kinds = []string{accReserved, accCommit, accPaid, accReturn}

// BehindNumber lists the cases behind a number; their amounts add up to it.
func BehindNumber(ctx context.Context, r *gate.R, f Fund, kind string) ([]Behind, error) {
	if !has(Kinds, kind) {
		return nil, fault.Gone()
	}
	var a db.Args
	return db.All(ctx, r.Tx, func(s db.Row) (Behind, error) {
		var b Behind
		return b, s.Scan(append(b.Case.Targets(), &b.Amount)...)
	}, `SELECT `+casefile.Columns+`, x.balance FROM account x JOIN casefile c ON c.id = x.case_id
		WHERE x.fund_id = `+a.Add(f.ID)+` AND x.kind = `+a.Add(kind)+` AND x.balance <> 0 AND `+inScope(r, &a)+` ORDER BY c.no, c.id`, a.Values...)
}

// ReceiptFor gathers what stands on a receipt. A payment of a case outside the reader's scope is not found.
func ReceiptFor(ctx context.Context, r *gate.R, paymentID string) (x Receipt, err error) {
	if x.Payment, err = paymentByID(ctx, r, paymentID); err != nil {
		return x, err
	}
	if x.Case, err = casefile.ByID(ctx, r, x.CaseID); err != nil {
		return Receipt{}, err
	}
	l, err := lineIn(ctx, r, x.CaseID, x.LineID)
	if err != nil {
		return x, err
	}
	x.Code = l.Code
	ms, err := casefile.Members(ctx, r, x.CaseID)
	if err != nil {
		return x, err
	}
	for _, m := range ms {
		if m.ID == x.PersonID {
			x.Person = m
		}
	}
	if x.Fund, err = FundByID(ctx, r, x.FundID); err != nil {
		return x, err
	}
	x.Split = SplitAmong(x.Money(), x.Fund.Shares)
	for _, who := range []struct {
		id string
		to *string
	}{{x.PayerID, &x.Payer}, {x.WitnessID, &x.Witness}, {l.DecidedBy, &x.Approver}} {
		if who.id == "" {
			continue
		}
		s, err := org.StaffByID(ctx, r.Tx, who.id)
		if err != nil && !errors.Is(err, db.ErrNoRow) {
			return x, err
		}
		*who.to = s.Name
	}
	return x, nil
}

// exportLine is one posting of the book.
type exportLine struct {
	at                              time.Time
	entry, kind, caseNo, code, acct string
	amount                          int64
	by, reverses                    string
}

// Export writes a fund's book as CSV, one posting a line, with each payer's part, and records who took it out. Cases outside
// the reader's sight are left out.
func (d *Domain) Export(ctx context.Context, actor, fundID string, out io.Writer) error {
	var lines []exportLine
	var f Fund
	err := d.Gate.Write(ctx, actor, PermExport, func(ctx context.Context, w *gate.W) (err error) {
		if f, err = FundByID(ctx, &w.R, fundID); err != nil {
			return err
		}
		var a db.Args
		lines, err = db.All(ctx, w.Tx, func(s db.Row) (x exportLine, err error) {
			return x, s.Scan(db.InstantOf(&x.at), &x.entry, &x.kind, &x.caseNo, &x.code, &x.acct, &x.amount, &x.by, &x.reverses)
		}, `SELECT e.at, e.id, e.kind, COALESCE(c.no, ''), COALESCE(l.code, ''), x.kind, p.amount, COALESCE(s.name, ''), e.reverses
			FROM ledger_entry e JOIN posting p ON p.entry_id = e.id JOIN account x ON x.id = p.account_id
			LEFT JOIN casefile c ON c.id = e.case_id LEFT JOIN ledger_line l ON l.id = e.line_id LEFT JOIN staff s ON s.id = e.by_id
			WHERE e.fund_id = `+a.Add(fundID)+` AND (e.case_id = '' OR `+inScope(&w.R, &a)+`) ORDER BY e.at, e.id, p.place`, a.Values...)
		if err != nil {
			return err
		}
		e := aboutFund(f, "ledger.exported", nil)
		e.Args["n"] = strconv.Itoa(len(lines))
		return w.Record(ctx, e)
	})
	if err != nil {
		return err
	}
	c := csv.NewWriter(out)
	c.UseCRLF = true
	head := []string{"at", "entry", "kind", "case", "line", "account", "amount", "currency", "by", "reverses"}
	for _, s := range f.Shares {
		head = append(head, s.Payer+" "+strconv.FormatInt(s.Percent, 10))
	}
	write := func(row []string, amounts ...int) error {
		for i := range row {
			if !hasInt(amounts, i) { // a figure may begin with a minus, a text may not
				row[i] = harmless(row[i])
			}
		}
		return c.Write(row)
	}
	if err := write(head); err != nil {
		return err
	}
	for _, x := range lines {
		amount := f.Amount(x.amount)
		row := []string{x.at.UTC().Format(time.RFC3339), x.entry, x.kind, x.caseNo, x.code, x.acct, amount.Decimal(), f.Currency, x.by, x.reverses}
		figures := []int{6}
		for _, part := range SplitAmong(amount, f.Shares) {
			figures = append(figures, len(row))
			row = append(row, part.Decimal())
		}
		if err := write(row, figures...); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func hasInt(list []int, n int) bool {
	for _, x := range list {
		if x == n {
			return true
		}
	}
	return false
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n|", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Sheet is everything the money page of a case shows.
type Sheet struct {
	Case     casefile.Case
	Members  []casefile.Member
	Lines    []Line
	Payments map[string]Payment // by line: the one that stands
	Reversed []Payment
	Funds    map[string]Fund
	Staff    map[string]string
	All      []org.Staff
	Boxes    []Box
	Entitled int // amounts the programme gives that are not kept aside yet
	Actor    *org.Actor
}

// SheetOf reads the money page of a case.
func (d *Domain) SheetOf(ctx context.Context, actor, caseID string) (x Sheet, err error) {
	err = d.Gate.Read(ctx, actor, PermView, func(ctx context.Context, r *gate.R) error {
		if x.Case, err = casefile.ByID(ctx, r, caseID); err != nil {
			return err
		}
		x.Actor = r.Actor
		if x.Members, err = casefile.Members(ctx, r, caseID); err != nil {
			return err
		}
		if x.Lines, err = Lines(ctx, r, caseID); err != nil {
			return err
		}
		ps, err := Payments(ctx, r, caseID)
		if err != nil {
			return err
		}
		x.Payments = map[string]Payment{}
		for _, p := range ps {
			if p.ReversedAt.IsZero() {
				x.Payments[p.LineID] = p
			} else {
				x.Reversed = append(x.Reversed, p)
			}
		}
		fs, err := Funds(ctx, r)
		if err != nil {
			return err
		}
		x.Funds = map[string]Fund{}
		for _, f := range fs {
			x.Funds[f.ID] = f
		}
		if x.All, err = org.ListStaff(ctx, r.Tx, ""); err != nil {
			return err
		}
		x.Staff = map[string]string{org.SystemID: "Nostos"}
		for _, s := range x.All {
			x.Staff[s.ID] = s.Name
		}
		if x.Boxes, err = Boxes(ctx, r); err != nil {
			return err
		}
		if d.Entitled == nil {
			return nil
		}
		lines, err := d.Entitled(ctx, r, x.Case)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if l.Verdict == "eligible" && l.Amount.Minor > 0 && !x.stands(l.Code, l.PersonID, l.Amount) {
				x.Entitled++
			}
		}
		return nil
	})
	return x, err
}

func (x *Sheet) stands(code, person string, amount money.Amount) bool {
	for _, l := range x.Lines {
		if l.Code == code && l.PersonID == person && l.State != Released && l.State != Refused && l.State != Returned && (l.State != Planned || l.Money() == amount) {
			return true
		}
	}
	return false
}
