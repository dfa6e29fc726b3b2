package blob

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
)

// The types that are kept. Everything else is refused, above all what a browser would run: HTML, SVG, scripts.
const (
	typeJPEG = "image/jpeg"
	typePNG  = "image/png"
	typeWebP = "image/webp"
	typePDF  = "application/pdf"
	typeDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typeODT  = "application/vnd.oasis.opendocument.text"
	typeText = "text/plain"
	typeZip  = "application/zip" // never kept as such: the archive's directory tells which document it is
)

// sniff tells what a stream really is from its first bytes, and gives the whole stream back.
func sniff(r io.Reader) (head []byte, kind string, whole io.Reader, err error) {
	head = make([]byte, 3072)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, "", nil, err
	}
	head = head[:n]
	if n == 0 {
		return nil, "", nil, &Refused{Reason: Empty}
	}
	found, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	switch found {
	case "text/csv", "text/tab-separated-values": // a note with commas looks like a table: it is still plain text
		found = typeText
	}
	switch found {
	case typeJPEG, typePNG, typeWebP, typePDF, typeDOCX, typeXLSX, typeODT, typeText, typeZip:
		return head, found, io.MultiReader(bytes.NewReader(head), r), nil
	case "image/heic", "image/heic-sequence", "image/heif", "image/heif-sequence":
		return nil, "", nil, &Refused{HEIC, found}
	}
	return nil, "", nil, &Refused{WrongType, found}
}

func isUTF16(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff})
}

// textCheck watches a plain text go by: it must stay text to its end, not only where it was sniffed.
type textCheck struct {
	on, utf16, bad bool
	rest           []byte // an unfinished character
}

func (c *textCheck) Write(b []byte) (int, error) {
	n := len(b)
	if !c.on || c.utf16 || c.bad {
		return n, nil
	}
	b = append(c.rest, b...)
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			if !utf8.FullRune(b) {
				break
			}
			c.bad = true
			return n, nil
		}
		if r == 0 {
			c.bad = true
			return n, nil
		}
		b = b[size:]
	}
	c.rest = append([]byte(nil), b...)
	return n, nil
}

func (c *textCheck) ok() bool { return !c.bad && len(c.rest) == 0 }

// checkPDF wants the end mark near the end and no archive behind it: a PDF that is also a ZIP is meant to deceive.
func checkPDF(r io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, 66<<10))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	end := bytes.LastIndex(tail, []byte("%%EOF"))
	if end < 0 || len(tail)-end > 1024 || bytes.Contains(tail[end:], []byte("PK\x05\x06")) {
		return &Refused{Damaged, typePDF}
	}
	return nil
}

// checkZip unpacks an office document into nothing, counting: what the directory claims about sizes is not believed. It
// tells the type from the directory, because a writer may put the telling file behind the first 3 KB.
func checkZip(ctx context.Context, r io.ReaderAt, size int64, sniffed string, l Limits) (string, error) {
	end := make([]byte, 22)
	if _, err := r.ReadAt(end, size-22); size < 22 || err != nil && !errors.Is(err, io.EOF) || !bytes.HasPrefix(end, []byte("PK\x05\x06")) {
		return "", &Refused{Damaged, "zip"} // something hangs behind the archive
	}
	if n := int(end[10]) | int(end[11])<<8; n > l.ZipEntries {
		return "", &Refused{ZipBomb, "entries"} // before the directory is read into memory
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return "", &Refused{Damaged, "zip"}
	}
	if len(z.File) > l.ZipEntries {
		return "", &Refused{ZipBomb, "entries"}
	}
	var total int64
	for _, f := range z.File {
		switch strings.ToLower(path.Base(f.Name)) {
		case "vbaproject.bin", "vbadata.xml":
			return "", &Refused{Reason: Macros}
		}
		if strings.HasPrefix(f.Name, "Basic/") || strings.HasPrefix(f.Name, "Scripts/") {
			return "", &Refused{Reason: Macros}
		}
		n, err := unpack(ctx, f, l.ZipBytes-total)
		if err != nil {
			return "", err
		}
		total += n
		if total > l.ZipBytes || n > 1<<20 && n > l.ZipRatio*int64(max(f.CompressedSize64, 1)) {
			return "", &Refused{ZipBomb, "size"}
		}
	}
	return officeType(z, sniffed)
}

// officeType names the document by the part that must be in it.
func officeType(z *zip.Reader, sniffed string) (string, error) {
	has := map[string]bool{}
	for _, f := range z.File {
		has[f.Name] = true
	}
	switch {
	case has["[Content_Types].xml"] && has["word/document.xml"]:
		return typeDOCX, nil
	case has["[Content_Types].xml"] && has["xl/workbook.xml"]:
		return typeXLSX, nil
	case sniffed == typeODT && has["content.xml"]:
		return typeODT, nil
	}
	return "", &Refused{WrongType, typeZip}
}

func unpack(ctx context.Context, f *zip.File, limit int64) (int64, error) {
	rc, err := f.Open()
	if err != nil {
		return 0, &Refused{Damaged, "zip"}
	}
	defer rc.Close()
	n, err := io.Copy(io.Discard, io.LimitReader(ctxReader{ctx, rc}, limit+1))
	if err != nil && ctx.Err() != nil {
		return n, ctx.Err()
	}
	if err != nil {
		return n, &Refused{Damaged, "zip"}
	}
	return n, nil
}
