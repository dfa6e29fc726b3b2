package selection

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Formats a round may be taken out in.
var Formats = []string{"csv", "xlsx"}

// Export writes a round as a file, one candidate a line in their order, and notes who took it out. Whom the reader does not see
// is left out; names stand in it only for who may see persons.
func (d *Domain) Export(ctx context.Context, actor, roundID, format string, out io.Writer) error {
	var rows [][]any
	err := d.Gate.Write(ctx, actor, casefile.PermExport, func(ctx context.Context, w *gate.W) error {
		if !w.Actor.Can(PermView) {
			return fault.New(fault.Denied, "fault.denied", "permission", PermView)
		}
		s, err := d.Sheet(ctx, &w.R, roundID)
		if err != nil {
			return err
		}
		if rows, err = table(ctx, &w.R, s); err != nil {
			return err
		}
		return w.Record(ctx, aboutRound(s.Round, "selection.exported", map[string]string{"n": strconv.Itoa(len(rows) - 1), "format": format}))
	})
	if err != nil {
		return err
	}
	if format == "xlsx" {
		return writeXLSX(rows, out)
	}
	return writeCSV(rows, out)
}

// table is the round as lines. Amounts and points are numbers, everything else is text.
func table(ctx context.Context, r *gate.R, s Sheet) ([][]any, error) {
	names := r.Actor.Can(person.PermView)
	head := []any{"place", "case"}
	if names {
		head = append(head, "name", "native_name")
	}
	head = append(head, "applied_on", "eligibility", "points", "points_possible")
	for _, c := range s.Pack.Selection.Criteria {
		head = append(head, "points_"+c.ID)
	}
	head = append(head, "ask", "urgent", "cost", "currency", "money_to_here", "proposal", "decision", "kind_of_place", "reason", "decided_by", "left")
	rows := [][]any{head}
	staff, err := org.ListStaff(ctx, r.Tx, "")
	if err != nil {
		return nil, err
	}
	called := map[string]string{}
	for _, m := range staff {
		called[m.ID] = m.Name
	}
	for _, p := range s.Ranking.List {
		if !s.Entry(p.CaseID).Seen {
			continue
		}
		x, err := s.Detail(ctx, r, p.CaseID)
		if err != nil {
			return nil, err
		}
		row := []any{int64(p.Place), p.No}
		if names {
			row = append(row, x.Latin, x.Native)
		}
		row = append(row, p.Applied.String(), string(p.Verdict), p.Low, p.High)
		var asks, members []string
		for _, c := range s.Pack.Selection.Criteria {
			var points any = ""
			for _, sc := range x.Points {
				if sc.ID == c.ID {
					points = sc.Low
					asks = append(asks, sc.Asks...)
				}
			}
			row = append(row, points)
		}
		for _, m := range x.Members {
			members = append(members, called[m])
		}
		var cost any = ""
		if p.CostKnown {
			cost = decimal{money.Of(p.Cost, s.Currency)}
		}
		proposal := p.Proposal
		if x.Outcome != "" {
			proposal = x.Proposed
		}
		row = append(row, strings.Join(asks, " "), string(p.Urgent), cost, s.Currency, decimal{money.Of(p.Running, s.Currency)}, proposal, x.Outcome, p.Seat, x.Reason, strings.Join(members, ", "), x.LeftWhy)
		rows = append(rows, row)
	}
	return rows, nil
}

// decimal is an amount that a spreadsheet takes for a number.
type decimal struct{ money.Amount }

func writeCSV(rows [][]any, out io.Writer) error {
	c := csv.NewWriter(out)
	c.UseCRLF = true
	for _, row := range rows {
		line := make([]string, len(row))
		for i, v := range row {
			switch v := v.(type) {
			case string:
				line[i] = casefile.Harmless(v)
			case int64:
				line[i] = strconv.FormatInt(v, 10)
			case decimal:
				line[i] = v.Decimal()
			}
		}
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func writeXLSX(rows [][]any, out io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	const sheet = "Sheet1"
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	for i, row := range rows {
		line := make([]any, len(row))
		for k, v := range row {
			line[k] = v
			if d, ok := v.(decimal); ok {
				n, err := strconv.ParseFloat(d.Decimal(), 64) // only for the sheet: sums are made of whole cents
				if err != nil {
					return err
				}
				line[k] = n
			}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := w.SetRow(at, line); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Write(out)
}
