package letter_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/letter"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/packs"
	"github.com/nostos-avrr/nostos/ui"
)

var ctx = context.Background()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shipped are the letters of the Greek programme, for the programme of the tests.
func shipped(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{"test/programme.yaml": &fstest.MapFile{}}
	for from, to := range map[string]string{"gr-avrr/letters/*.yaml": "test/letters/", "gr-avrr/letters.yaml": "test/", "common/letters/*.yaml": "common/letters/"} {
		files, err := fs.Glob(packs.Files, from)
		must(t, err)
		for _, f := range files {
			data, err := fs.ReadFile(packs.Files, f)
			must(t, err)
			out[to+filepath.Base(f)] = &fstest.MapFile{Data: data}
		}
	}
	return out
}

func catalogue(t testing.TB) *i18n.Catalogue {
	t.Helper()
	cat, err := i18n.Load(locales.Files)
	must(t, err)
	return cat
}

const payment = "0195b2a0-0000-7000-8000-00000000cafe"

// house is the office with letters, and one payment of 1,000 euros to whoever applied.
type house struct {
	*world.World
	d *letter.Domain
}

func build(t testing.TB, base *db.DB) *house {
	t.Helper()
	w := world.New(t, base)
	lib, err := letter.Load(shipped(t))
	must(t, err)
	d := &letter.Domain{Gate: w.Gate, Cases: w.Cases, Persons: w.Persons, Letters: lib, Cat: catalogue(t)}
	receipt := func(c casefile.Case) letter.Receipt {
		return letter.Receipt{PaymentID: payment, CaseID: c.ID, No: "RC-2026-000007", PersonID: c.PrincipalID, Amount: money.Of(100000, "EUR"), On: day.New(2026, 3, 2),
			Payer: "Test movement", Witness: "Test finance", Flight: "A3 992"}
	}
	d.Receipt = func(ctx context.Context, r *gate.R, caseID, id string) (letter.Receipt, error) {
		c, err := casefile.ByID(ctx, r, caseID)
		if err == nil && id != payment {
			err = fault.Gone()
		}
		return receipt(c), err
	}
	d.Receipts = func(ctx context.Context, r *gate.R, caseID string) ([]letter.Receipt, error) {
		c, err := casefile.ByID(ctx, r, caseID)
		return []letter.Receipt{receipt(c)}, err
	}
	d.Words = func(a money.Amount, lang string) string {
		return map[string]string{"en": "one thousand euros", "el": "χίλια ευρώ", "fr": "mille euros", "ar": "ألف يورو", "fa": "هزار یورو"}[lang]
	}
	d.Promises = func(context.Context, *gate.R, casefile.Case, string) ([]letter.Promise, error) {
		return []letter.Promise{{Modality: "cash", Amount: money.Of(100000, "EUR")}, {Modality: "in_kind", Amount: money.Of(150000, "EUR"), Ceiling: true}}, nil
	}
	w.Packs.All()[0].Contest = programme.Contest{Days: 30, Origin: programme.Origin{Provisional: true}}
	d.Settled = func(context.Context, *gate.R, casefile.Case, string) ([]letter.Settled, error) { return settled(), nil }
	return &house{w, d}
}

// returnee is a person about whom everything is on record, in a case of the test programme.
func (h *house) returnee(given, family, native, lang string) (casefile.Case, string) {
	h.T.Helper()
	as := h.Staff["counsellor"]
	p := person.Person{ID: h.Gate.IDs.New(), GivenNames: given, FamilyName: family, NativeGiven: native, NativeLang: lang, Sex: "female", BirthKind: person.Exact,
		BirthDate: day.New(1991, 5, 4), Nationality: "IQ", Language: lang, OfficeID: h.Offices["athens"], Invented: true}
	_, err := h.Persons.Register(ctx, as, p)
	must(h.T, err)
	must(h.T, h.Persons.AddContact(ctx, as, person.Contact{ID: h.Gate.IDs.New(), PersonID: p.ID, Kind: "phone", Value: "+306900000042", Safe: "only_if", SafeNote: "never when the brother is in"}))
	must(h.T, h.Persons.AddPaper(ctx, as, person.Paper{ID: h.Gate.IDs.New(), PersonID: p.ID, Kind: "passport", Number: "ZZ7654321", Country: "IQ", HeldBy: "asylum_service", Note: "kept since the checkpoint"}))
	s := person.Sheet{PersonID: p.ID, NoticeVersion: person.NoticeVersion, Language: "en", Method: "signature", GivenBy: p.ID}
	for _, q := range person.Questions(&p) {
		s.Answers = append(s.Answers, person.Answer{ID: h.Gate.IDs.New(), Question: q, Given: q.Purpose != "photo"})
	}
	must(h.T, h.Persons.TakeConsent(ctx, as, s))
	return h.Case(p.ID), p.ID
}

// secrets never stand on paper.
var secrets = []string{"+306900000042", "306900000042", "brother", "ZZ7654321", "checkpoint", "trafficking", "Trafficking", "εμπορία", "traite", "الاتجار", "قاچاق"}

var codes = []string{"consent", "decision", "declaration", "house_rules", "receipt", "summary"}

func args(code string) letter.Args {
	if code == "receipt" {
		return letter.Args{Payment: payment, Way: "page"}
	}
	return letter.Args{Way: "page"}
}

// wellFormed reads a page as XML would, void elements aside, and checks what each half says about its language.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(strings.Replace(page, "<!doctype html>", "", 1)))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var open []string
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			open = append(open, e.Name.Local)
			lang, dir := "", ""
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "lang":
					lang = a.Value
				case "dir":
					dir = a.Value
				case "style", "onclick", "onload":
					t.Errorf("<%s> has the attribute %s", e.Name.Local, a.Name.Local)
				}
			}
			if lang != "" && dir != "" && dir != ui.Dir(lang) {
				t.Errorf("<%s lang=%q dir=%q>", e.Name.Local, lang, dir)
			}
		case xml.EndElement:
			if n := len(open); n == 0 || open[n-1] != e.Name.Local {
				t.Fatalf("</%s> closes %v", e.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("left open: %v", open)
	}
}

// site is the print pages behind a server that believes the header X-User.
func (h *house) site() http.Handler {
	s := &web.Server{Cat: h.d.Cat, Hooks: web.Hooks{
		Who: func(r *http.Request) (string, string, string, error) { return r.Header.Get("X-User"), "s", "en", nil },
		May: func(ctx context.Context, user, perm string) error {
			can, _, err := h.Gate.May(ctx, user, perm)
			if err == nil && !can[perm] {
				return fault.New(fault.Denied, "fault.denied")
			}
			return err
		},
		Shell: func(*web.Request) ui.Shell { return ui.Shell{User: "x"} },
	}}
	h.d.Routes(s)
	return s.Handler()
}

func get(t *testing.T, site http.Handler, user, path string, want int) string {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("X-User", user)
	rec := httptest.NewRecorder()
	site.ServeHTTP(rec, r)
	if rec.Code != want {
		t.Fatalf("GET %s: %d, want %d\n%.600s", path, rec.Code, want, rec.Body.String())
	}
	if strings.Contains(rec.Body.String(), "⟦") {
		t.Errorf("GET %s shows a missing text", path)
	}
	return rec.Body.String()
}

// TestEveryLetterInEveryPairOfLanguages draws all of them as pages and as PDF, about a person everything is known of.
func TestEveryLetterInEveryPairOfLanguages(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, _ := h.returnee("Zahra", "Testpour", "زهراء", "ar")
	site := h.site()
	langs := []string{"en", "el", "fr", "ar", "fa"}
	for _, code := range codes {
		for _, lang := range langs {
			for _, with := range append([]string{""}, langs...) {
				if with == lang {
					continue
				}
				t.Run(code+" "+lang+" "+with, func(t *testing.T) {
					path := fmt.Sprintf("/cases/%s/print/%s?lang=%s&with=%s&payment=%s", c.ID, code, lang, with, payment)
					page := get(t, site, h.Staff["manager"], path, 200)
					wellFormed(t, page)
					if !strings.Contains(page, `<html lang="`+lang+`" dir="`+ui.Dir(lang)+`"`) {
						t.Error("the page does not say its language")
					}
					if with != "" && !strings.Contains(page, `lang="`+with+`" dir="`+ui.Dir(with)+`"`) {
						t.Error("the second half does not say its language")
					}
					doc, err := h.d.Compose(ctx, h.Staff["manager"], c.ID, code, lang, with, args(code))
					must(t, err)
					for _, b := range doc.Blocks {
						if b.Text.Left == "" || (b.Text.Right == "") != (with == "") {
							t.Errorf("a half is missing: %+v", b)
						}
					}
					for _, s := range secrets {
						if strings.Contains(page, s) || strings.Contains(letter.Plain(doc), s) {
							t.Errorf("%q is on paper", s)
						}
					}
					var file bytes.Buffer
					must(t, h.d.WritePDF(&file, []letter.Document{doc}, world.Start))
					checkPDF(t, file.Bytes(), doc)
				})
			}
		}
	}
	if n := h.d.Cat.Missing(); n > 0 {
		t.Errorf("%d texts were missing: %v", n, h.d.Cat.MissingKeys())
	}
}

// checkPDF looks at a file: tags, languages, fonts inside, and (with poppler at hand) the words that can be copied out of it.
func checkPDF(t *testing.T, file []byte, doc letter.Document) {
	t.Helper()
	for _, want := range []string{"%PDF-1.", "/StructTreeRoot", "/Lang (" + doc.Lang + ")", "/FontFile2", "/ToUnicode"} {
		if !bytes.Contains(file, []byte(want)) {
			t.Errorf("the PDF has no %s", want)
		}
	}
	if doc.With != "" && !bytes.Contains(file, []byte("/Lang ("+doc.With+")")) {
		t.Errorf("the PDF does not say which parts are in %s", doc.With)
	}
	pages := len(regexp.MustCompile(`/Type /Page /`).FindAll(file, -1))
	if pages < 1 || pages > 5 {
		t.Errorf("%d pages", pages)
	}
	text, ok := copied(t, file)
	if !ok {
		return
	}
	for n := 1; n <= pages; n++ {
		if !strings.Contains(text, fmt.Sprintf("%d / %d", n, pages)) {
			t.Errorf("page %d of %d does not say so", n, pages)
		}
	}
	if strings.Count(text, doc.Reference) < pages {
		t.Errorf("the reference stands on %d of %d pages", strings.Count(text, doc.Reference), pages)
	}
	have := letters(text)
	for _, b := range doc.Blocks {
		for _, half := range []string{b.Text.Left, b.Text.Right} {
			words := strings.Fields(half)
			for _, word := range words {
				if strings.ContainsFunc(word, unicode.IsMark) || strings.Contains(word, "\u200c") {
					continue // poppler puts the letters around a vowel sign or a Persian joiner in another order
				}
				if !strings.Contains(have, letters(word)) {
					t.Errorf("%q cannot be copied out of the PDF", word)
				}
			}
		}
	}
}

// letters are the letters alone: line breaks, hyphens and marks of direction are the reader's business.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func copied(t *testing.T, file []byte) (string, bool) {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		return "", false
	}
	name := filepath.Join(t.TempDir(), "letter.pdf")
	must(t, os.WriteFile(name, file, 0o600))
	out, err := exec.Command(tool, "-raw", "-enc", "UTF-8", name, "-").Output()
	must(t, err)
	return string(out), true
}
