package interop

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Limits of a file. A national register fits; a file made to exhaust memory does not.
const (
	maxFile    = 512 << 20
	maxUnzip   = 2 << 30
	maxRows    = 1_000_000
	maxColumns = 200
	maxCell    = 20_000
)

// table is the rows of a file, headings found and blanks gone. sheet says that dates may be spreadsheet serials.
type table struct {
	sheet    bool
	headings []string
	rows     []line
}

// line is one row with the number under which its owner finds it.
type line struct {
	no    int
	cells []string
}

// ReadFile reads a CSV file (also gzip) or an XLSX workbook's first sheet. known tells whether a heading is one of ours:
// the heading row is the first with at least two of them, because people put titles and merged cells above.
func readFile(path string, known func(string) bool) (*table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.Size() > maxFile {
		return nil, fmt.Errorf("the file has %d MB; at most %d MB are read: split it", st.Size()>>20, maxFile>>20)
	}
	magic := make([]byte, 4)
	n, _ := io.ReadFull(f, magic)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var rows []line
	sheet := false
	switch {
	case n == 4 && bytes.Equal(magic, []byte("PK\x03\x04")):
		sheet = true
		rows, err = readXLSX(f)
	case n >= 2 && magic[0] == 0x1f && magic[1] == 0x8b:
		z, e := gzip.NewReader(f)
		if e != nil {
			return nil, errors.New("the file begins like gzip but cannot be unpacked")
		}
		rows, err = readCSV(&bounded{r: z, left: maxUnzip})
	case bytes.Equal(magic, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return nil, errors.New("this is an old Excel file (.xls): save it as .xlsx or .csv and try again")
	default:
		rows, err = readCSV(f)
	}
	if err != nil {
		return nil, err
	}
	return headed(rows, sheet, known)
}

// bounded stops a small compressed file from unfolding without end.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("the file unpacks to more than %d MB", maxUnzip>>20)
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}

func readCSV(r io.Reader) ([]line, error) {
	br := bufio.NewReaderSize(r, 1<<16)
	if bom, _ := br.Peek(3); bytes.Equal(bom, []byte{0xef, 0xbb, 0xbf}) {
		br.Discard(3)
	} else if len(bom) >= 2 && (bom[0] == 0xff && bom[1] == 0xfe || bom[0] == 0xfe && bom[1] == 0xff) {
		return nil, errors.New("the file is in UTF-16: save it as CSV UTF-8")
	}
	head, _ := br.Peek(4096)
	c := csv.NewReader(br)
	c.Comma, c.FieldsPerRecord, c.LazyQuotes, c.ReuseRecord = separator(head), -1, false, false
	var rows []line
	for {
		rec, err := c.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			var pe *csv.ParseError
			if errors.As(err, &pe) {
				return nil, fmt.Errorf("line %d, character %d: %w", pe.Line, pe.Column, pe.Err)
			}
			return nil, err
		}
		if err := fits(rec, len(rows)+1); err != nil {
			return nil, err
		}
		ln, _ := c.FieldPos(0) // the line as an editor counts it: empty lines and breaks inside cells included
		rows = append(rows, line{ln, rec})
	}
}

// separator guesses between comma, semicolon and tab by the first line: Greek and French Excel write semicolons.
func separator(head []byte) rune {
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		head = head[:i]
	}
	best, most := ',', bytes.Count(head, []byte(","))
	for _, c := range []rune{';', '\t'} {
		if n := bytes.Count(head, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

func fits(rec []string, row int) error {
	switch {
	case row > maxRows:
		return fmt.Errorf("the file has more than %d rows: split it", maxRows)
	case len(rec) > maxColumns:
		return fmt.Errorf("row %d has %d columns; at most %d are read", row, len(rec), maxColumns)
	}
	for i, c := range rec {
		if len(c) > maxCell {
			return fmt.Errorf("row %d, column %d holds %d characters; at most %d are read", row, i+1, len(c), maxCell)
		}
		if !utf8.ValidString(c) {
			return fmt.Errorf("row %d, column %d is not UTF-8 text: save the file as CSV UTF-8", row, i+1)
		}
	}
	return nil
}

func readXLSX(r io.Reader) ([]line, error) {
	x, err := excelize.OpenReader(r, excelize.Options{UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: 64 << 20, RawCellValue: true})
	if err != nil {
		return nil, fmt.Errorf("the workbook cannot be read: %w", err)
	}
	defer x.Close()
	it, err := x.Rows(x.GetSheetName(0))
	if err != nil {
		return nil, fmt.Errorf("the workbook's first sheet cannot be read: %w", err)
	}
	defer it.Close()
	var rows []line
	blank := 0
	for it.Next() {
		rec, err := it.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", len(rows)+1, err)
		}
		if err := fits(rec, len(rows)+1); err != nil {
			return nil, err
		}
		rows = append(rows, line{len(rows) + 1, rec})
		if blank++; !empty(rec) {
			blank = 0
		}
		if blank > 10_000 { // a sheet formatted down to the last line of the world
			break
		}
	}
	return rows, it.Error()
}

func empty(rec []string) bool {
	for _, c := range rec {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func headed(rows []line, sheet bool, known func(string) bool) (*table, error) {
	for i, rec := range rows {
		if i > 30 {
			break
		}
		n := 0
		for _, c := range rec.cells {
			if known(c) {
				n++
			}
		}
		if n < 2 {
			continue
		}
		t := &table{sheet: sheet}
		for _, c := range rec.cells {
			t.headings = append(t.headings, clean(c))
		}
		t.rows = rows[i+1:]
		for len(t.rows) > 0 && empty(t.rows[len(t.rows)-1].cells) {
			t.rows = t.rows[:len(t.rows)-1]
		}
		return t, nil
	}
	return nil, errors.New("no row of headings was found in the first 30 rows: at least two columns must have a heading such as family_name, given_name, birth_date, nationality")
}

// clean takes away what spreadsheets leave around a value: blanks of every kind, line breaks, a leading apostrophe, marks of
// direction.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\u00a0', '\u2007', '\u202f', '\t', '\n', '\r':
			return ' '
		case '\ufeff', '\u200e', '\u200f', '\u202a', '\u202b', '\u202c', '\u2066', '\u2067', '\u2068', '\u2069', 0:
			return -1
		}
		return r
	}, s)
	return strings.TrimPrefix(strings.Join(strings.Fields(s), " "), "'")
}
