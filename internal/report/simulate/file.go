package simulate

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// ErrFormat says which files can be written.
var ErrFormat = errors.New("the name of the file must end in .csv or .xlsx")

// head names the columns. Values are codes, amounts are in the currency's own unit. No name of a person is in the file: who
// it is stands in the case.
var head = []string{"case", "month", "what", "component", "entitlement", "person", "relation", "before", "after", "amount_before", "amount_after", "currency", "difference", "why"}

// amounts are the columns of figures.
var amounts = []int{9, 10, 12}

// mostRows is what a sheet of a spreadsheet holds.
const mostRows = excelize.TotalRows

// file is the list of what would change, written beside its place and moved there when all is well.
type file struct {
	path string
	tmp  *os.File
	csv  *csv.Writer
	buf  *bufio.Writer
	book *excelize.File
	page *excelize.StreamWriter
	row  int
}

func create(path string) (f *file, err error) {
	ext := strings.ToLower(filepath.Ext(path))
	if ext != ".csv" && ext != ".xlsx" {
		return nil, ErrFormat
	}
	f = &file{path: path}
	if f.tmp, err = os.CreateTemp(filepath.Dir(path), ".simulate-*"); err != nil { // readable by its owner alone
		return nil, err
	}
	if ext == ".csv" {
		f.buf = bufio.NewWriter(f.tmp)
		f.csv = csv.NewWriter(f.buf)
		f.csv.UseCRLF = true
	} else {
		f.book = excelize.NewFile(excelize.Options{TmpDir: filepath.Dir(path)})
		if f.page, err = f.book.NewStreamWriter("Sheet1"); err != nil {
			f.drop()
			return nil, err
		}
	}
	if err = f.write(head, nil); err != nil {
		f.drop()
		return nil, err
	}
	return f, nil
}

// put writes a case: a row for each decision and each amount that would be another.
func (f *file) put(c Changed) error {
	for _, t := range c.Turns {
		if t.Before == t.After {
			continue
		}
		row := []string{c.No, c.Month, "decision", t.Component, "", "", "", string(t.Before), string(t.After), "", "", "", "", strings.Join(t.Why, " ")}
		if err := f.write(row, nil); err != nil {
			return err
		}
	}
	for i := range c.Shifts {
		s := &c.Shifts[i]
		l := s.Line()
		person, relation := who(c.Question.People, l.PersonID)
		after := s.After.Verdict
		row := []string{c.No, c.Month, "amount", l.Component, l.Code, person, relation, string(s.Before.Verdict), string(after), decimal(s.Before.Amount), decimal(s.After.Amount), l.Amount.Currency, decimal(money.Of(s.Gain(), l.Amount.Currency)), ""}
		if s.Unknown { // the side that is empty is not nothing: it is not known
			row[12] = ""
			if s.Before.Code == "" {
				row[7], row[9] = string(programme.Undecided), ""
			} else {
				row[8], row[10] = string(programme.Undecided), ""
			}
		}
		if err := f.write(row, amounts); err != nil {
			return err
		}
	}
	return nil
}

// who is a person by their place in the case, the main applicant first, and their relation; nothing for the whole case.
func who(people []programme.PersonFacts, id string) (place, relation string) {
	for i, p := range people {
		if p.PersonID == id {
			relation = strings.Join(p.Facts["relation"], "")
			return strconv.Itoa(i + 1), relation
		}
	}
	return "", ""
}

func decimal(a money.Amount) string {
	if a.Currency == "" {
		return ""
	}
	return a.Decimal()
}

func (f *file) write(row []string, figures []int) error {
	if f.csv != nil {
		return f.csv.Write(row)
	}
	if f.row++; f.row > mostRows {
		return fmt.Errorf("more than %d rows: a spreadsheet does not hold them; name a .csv file", mostRows)
	}
	cells := make([]any, len(row))
	for i, v := range row {
		cells[i] = v
	}
	for _, i := range figures {
		if n, err := strconv.ParseFloat(row[i], 64); err == nil { // a cell of a spreadsheet is such a number in any case
			cells[i] = n
		}
	}
	at, err := excelize.CoordinatesToCellName(1, f.row)
	if err != nil {
		return err
	}
	return f.page.SetRow(at, cells)
}

// keep puts the finished file in its place.
func (f *file) keep() (err error) {
	if f.csv != nil {
		f.csv.Flush()
		err = errors.Join(f.csv.Error(), f.buf.Flush())
	} else if err = f.page.Flush(); err == nil {
		_, err = f.book.WriteTo(f.tmp)
	}
	if err = errors.Join(err, f.tmp.Close()); err != nil {
		return err
	}
	return os.Rename(f.tmp.Name(), f.path)
}

// drop removes what is left of an unfinished file; after keep there is nothing.
func (f *file) drop() {
	if f.book != nil {
		_ = f.book.Close() // removes its own temporary files
	}
	_ = f.tmp.Close() // closed already, where it was kept
	_ = os.Remove(f.tmp.Name())
}
