package blob

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func docx(t *testing.T, extra map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, data []byte) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(data)
	}
	add("[Content_Types].xml", []byte("<Types/>"))
	add("_rels/.rels", []byte("<Relationships/>"))
	add("word/document.xml", []byte("<w:document/>"))
	for name, data := range extra {
		add(name, data)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const pdf = "%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"

func TestPut_typesAreFoundNotBelieved(t *testing.T) {
	many := map[string][]byte{}
	for i := range 3000 {
		many["word/x"+string(rune('a'+i%26))+strings.Repeat("i", i/26)] = nil
	}
	for name, c := range map[string]struct {
		in   []byte
		kind string
		want Reason
	}{
		"pdf":                       {[]byte(pdf), typePDF, ""},
		"docx":                      {docx(t, nil), typeDOCX, ""},
		"docx, telling part late":   {lateDocx(t), typeDOCX, ""},
		"table as text":             {[]byte("a,b\n1,2\n3,4\n"), typeText, ""},
		"empty":                     {nil, "", Empty},
		"html":                      {[]byte("<!DOCTYPE html><html><script>alert(1)</script>"), "", WrongType},
		"html without doctype":      {[]byte("  \n<script>alert(1)</script>"), "", WrongType},
		"svg":                       {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "", WrongType},
		"svg with declaration":      {[]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), "", WrongType},
		"program":                   {append([]byte("MZ\x90\x00"), make([]byte, 100)...), "", WrongType},
		"gif":                       {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "", WrongType},
		"plain zip":                 {plainZip(t), "", WrongType},
		"shell script":              {[]byte("#!/bin/sh\nrm -rf /\n"), "", WrongType},
		"text that turns binary":    {append(bytes.Repeat([]byte("nothing to see\n"), 500), 0, 1, 2), "", Damaged},
		"text in another encoding":  {append(bytes.Repeat([]byte("nothing to see\n"), 500), 0xff, 'x'), "", Damaged},
		"text cut in a character":   {append(bytes.Repeat([]byte("nothing to see\n"), 500), 0xce), "", Damaged},
		"pdf that is a zip too":     {append([]byte(pdf), docx(t, nil)...), "", Damaged},
		"pdf without an end":        {[]byte(pdf[:30]), "", Damaged},
		"docx with html behind":     {append(docx(t, nil), "<script>alert(1)</script> and so on"...), "", Damaged},
		"docx cut":                  {docx(t, nil)[:200], "", Damaged},
		"docx with macros":          {docx(t, map[string][]byte{"word/vbaProject.bin": []byte("x")}), "", Macros},
		"zip bomb: ratio":           {docx(t, map[string][]byte{"word/a.xml": make([]byte, 20<<20)}), "", ZipBomb},
		"zip bomb: total":           {docx(t, map[string][]byte{"word/a.xml": make([]byte, 120<<20), "word/b.xml": make([]byte, 120<<20)}), "", ZipBomb},
		"zip bomb: number of files": {docx(t, many), "", ZipBomb},
	} {
		t.Run(name, func(t *testing.T) {
			s := store(t, nil)
			if c.want != "" {
				refused(t, s, bytes.NewReader(c.in), Limits{}, c.want)
				return
			}
			info := put(t, s, c.in)
			if info.Type != c.kind {
				t.Errorf("found %s, want %s", info.Type, c.kind)
			}
			if got, err := get(t, s, info.Ref, key); err != nil || !bytes.Equal(got, c.in) {
				t.Errorf("came back different: %v", err)
			}
		})
	}
}

// lateDocx has its telling part far behind what is sniffed, as some writers do.
func lateDocx(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"docProps/thumbnail.bin", "[Content_Types].xml", "word/document.xml"} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		w.Write(bytes.Repeat([]byte{'x'}, 5000))
	}
	z.Close()
	return b.Bytes()
}

func plainZip(t *testing.T) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("a.exe"); err != nil {
		t.Fatal(err)
	}
	z.Close()
	return b.Bytes()
}

// clamd is a scanner that answers by what it was sent.
func clamd(t *testing.T, network, addr string, answer func(got []byte) string) string {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				hello := make([]byte, 10)
				if _, err := io.ReadFull(c, hello); err != nil || string(hello) != "zINSTREAM\x00" {
					return
				}
				var got []byte
				for {
					var n [4]byte
					if _, err := io.ReadFull(c, n[:]); err != nil {
						return
					}
					size := binary.BigEndian.Uint32(n[:])
					if size == 0 {
						break
					}
					b := make([]byte, size)
					if _, err := io.ReadFull(c, b); err != nil {
						return
					}
					got = append(got, b...)
				}
				io.WriteString(c, answer(got))
			}()
		}
	}()
	return l.Addr().String()
}

func TestPut_scan(t *testing.T) {
	judge := func(got []byte) string {
		switch {
		case bytes.Contains(got, []byte("EVIL")):
			return "stream: Test.Virus-1 FOUND\x00"
		case bytes.Contains(got, []byte("HUGE")):
			return "INSTREAM size limit exceeded. ERROR\x00"
		case bytes.Contains(got, []byte("STUCK")):
			time.Sleep(2 * time.Second)
		}
		return "stream: OK\x00"
	}
	tcp := clamd(t, "tcp", "127.0.0.1:0", judge)
	unix := "unix:" + clamd(t, "unix", filepath.Join(t.TempDir(), "c.sock"), judge)
	for name, c := range map[string]struct {
		addr, text string
		want       Scan
	}{
		"clean":       {tcp, "a letter", Scan{State: StateClean}},
		"clean, unix": {unix, "a letter", Scan{State: StateClean}},
		"limit":       {tcp, "HUGE", Scan{State: StateUnscanned, Why: "limit"}},
		"no answer":   {tcp, "STUCK", Scan{State: StateUnscanned, Why: "broken"}},
		"not there":   {"127.0.0.1:1", "a letter", Scan{State: StateUnscanned, Why: "unreachable"}},
		"off":         {"", "a letter", Scan{State: StateUnscanned, Why: "off"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := store(t, &Clamd{Addr: c.addr, Timeout: 300 * time.Millisecond})
			if info := put(t, s, []byte(c.text)); info.Scan != c.want {
				t.Errorf("%+v, want %+v", info.Scan, c.want)
			}
		})
	}
	for _, addr := range []string{tcp, unix} {
		s := store(t, &Clamd{Addr: addr})
		evil := strings.Repeat("a long letter ", 20_000) + "EVIL"
		refused(t, s, strings.NewReader(evil), Limits{}, Infected)
		_, err := s.Put(context.Background(), strings.NewReader(evil), key, Limits{})
		if err == nil || !strings.Contains(err.Error(), "Test.Virus-1") {
			t.Errorf("%v", err)
		}
	}
}
