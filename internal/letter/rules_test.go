package letter_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/letter"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/packs"
)

// The letters that are shipped load, and every text they use exists in every language with values that stand ready.
func TestShippedLettersHoldTogether(t *testing.T) {
	lib, err := letter.Load(packs.Files)
	must(t, err)
	must(t, lib.Check(catalogue(t)))
	var got []string
	for _, l := range lib.Of("gr-avrr") {
		got = append(got, l.Code)
	}
	if !slices.Equal(got, codes) {
		t.Errorf("letters %v, want %v", got, codes)
	}
}

func TestMistakesAreNamedWithTheirPlace(t *testing.T) {
	good := "code: x\nper: person\nblocks:\n  - {kind: title, text: print.house.title}\n"
	for name, c := range map[string]struct{ text, want string }{
		"unknown field":    {good + "colour: red\n", `p/letters/x.yaml:5:1: found the unknown field "colour"`},
		"unknown kind":     {good + "  - {kind: picture, text: print.house.title}\n", "p/letters/x.yaml:5:12: found"},
		"unknown value":    {good + "  - {kind: field, text: print.label.name, value: diagnosis}\n", "p/letters/x.yaml:5:50: found"},
		"field, no value":  {good + "  - {kind: field, text: print.label.name}\n", `found no field "value"`},
		"money unguarded":  {"code: x\nper: payment\nblocks:\n  - {kind: title, text: print.receipt.title}\n", "expected permission: ledger.view"},
		"receipt value":    {good + "  - {kind: field, text: print.label.amount, value: amount}\n", "p/letters/x.yaml:5:52: found"},
		"staff text":       {good + "  - {kind: para, text: case.back}\n", "expected a message key such as"},
		"no title":         {"code: x\nper: person\nblocks:\n  - {kind: para, text: print.house.open}\n", "expected one title"},
		"two titles":       {good + "  - {kind: title, text: print.house.title}\n", "p/letters/x.yaml:5:6: found a block of kind title"},
		"nothing":          {"code: x\nper: person\nblocks: []\n", "found no title"},
		"other name":       {strings.Replace(good, "code: x", "code: y", 1), "expected the code x"},
		"reserved":         {strings.Replace(good, "code: x", "code: pack", 1), "this one is taken"},
		"set hides a name": {good + "set: {name: Somebody}\n", "that is not taken"},
		"stray empty":      {good + "  - {kind: para, text: print.house.open, empty: print.house.open}\n", `found a field "empty" without a list`},
		"no YAML":          {"code: [", "found text that is no YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := letter.Load(fstest.MapFS{"p/letters/x.yaml": &fstest.MapFile{Data: []byte(c.text)}})
			var refused *programme.Refused
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	lib, err := letter.Load(fstest.MapFS{"p/letters/x.yaml": &fstest.MapFile{Data: []byte(good + "  - {kind: para, text: print.house.quiet}\n  - {kind: para, text: print.nowhere}\n")}})
	must(t, err)
	err = lib.Check(catalogue(t))
	for _, want := range []string{"x.yaml:5:24: found the message key \"print.house.quiet\" with {quiet_from} in fa", "x.yaml:6:24: found the message key \"print.nowhere\" without a text in ar"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	files, _ := fs.Glob(packs.Files, "*/letters/*.yaml")
	for _, name := range files {
		data, err := fs.ReadFile(packs.Files, name)
		must(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lib, err := letter.Load(fstest.MapFS{"p/letters/x.yaml": &fstest.MapFile{Data: data}})
		if err == nil && (len(lib.Of("p")) != 1 || len(lib.Of("p")[0].Blocks) == 0) {
			t.Error("an empty letter was taken for one")
		}
	})
}

// printed finds the journal's entries about printing, opened.
func (h *house) printed(caseID string) (out []*journal.Line) {
	h.T.Helper()
	must(h.T, h.Gate.Read(ctx, h.Staff["manager"], casefile.PermView, func(ctx context.Context, r *gate.R) error {
		lines, err := r.History(ctx, journal.Filter{Case: caseID, Limit: 100})
		for _, l := range lines {
			if l.Action == "letter.printed" {
				out = append(out, l)
			}
		}
		return err
	}))
	return out
}

func TestPrintingIsInTheJournal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, base *db.DB) {
		h := build(t, base)
		c, who := h.returnee("Zahra", "Testpour", "زهراء", "ar")
		doc, err := h.d.Compose(ctx, h.Staff["counsellor"], c.ID, "declaration", "ar", "en", letter.Args{Way: "pdf"})
		must(t, err)
		got := h.printed(c.ID)
		if len(got) != 1 {
			t.Fatalf("%d entries, want 1", len(got))
		}
		want := map[string]string{"letter": "declaration", "languages": "ar en", "version": doc.Version, "person": who, "way": "pdf"}
		for k, v := range want {
			if got[0].Args[k] != v {
				t.Errorf("%s is %q, want %q", k, got[0].Args[k], v)
			}
		}
		if got[0].KeyID != who || got[0].Actor != h.Staff["counsellor"] {
			t.Errorf("sealed under %s, by %s", got[0].KeyID, got[0].Actor)
		}
	})
}

// Somebody of another office learns nothing, not even that there is such a case, and the attempt is noted.
func TestOutsideTheScopeNothingIsPrinted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, base *db.DB) {
		h := build(t, base)
		c, _ := h.returnee("Zahra", "Testpour", "زهراء", "ar")
		site := h.site()
		before := len(h.printed(c.ID))
		for _, path := range []string{"/print", "/print.css", "/print/declaration?lang=en&with=ar", "/print/declaration.pdf?lang=en&with=ar", "/print/pack?part=summary&lang=en&with=", "/print/receipt?payment=" + payment} {
			page := get(t, site, h.Staff["other"], "/cases/"+c.ID+path, 404)
			if strings.Contains(page, "Zahra") || strings.Contains(page, c.No) {
				t.Errorf("%s tells something", path)
			}
		}
		if n := len(h.printed(c.ID)); n != before {
			t.Errorf("%d entries that something was printed", n-before)
		}
		if n := h.Count("SELECT COUNT(*) FROM journal WHERE action = $1", "access.refused"); n == 0 {
			t.Error("the attempts are not in the journal")
		}
		stranger := h.Person("Omar", "Elsewhere", "male", "1980-01-02", "PK")
		if _, err := h.d.Compose(ctx, h.Staff["counsellor"], c.ID, "summary", "en", "", letter.Args{Person: stranger}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a person of another case: %v", err)
		}
	})
}

func TestRefusals(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, _ := h.returnee("Zahra", "Testpour", "زهراء", "ar")
	other, _ := h.returnee("Leila", "Testpour", "ليلى", "ar")
	for name, x := range map[string]struct {
		as, code, lang, with string
		a                    letter.Args
		want                 fault.Kind
	}{
		"no such letter":        {"counsellor", "ransom", "en", "", letter.Args{}, fault.NotFound},
		"no such language":      {"counsellor", "summary", "tlh", "", letter.Args{}, fault.Invalid},
		"no such second":        {"counsellor", "summary", "en", "tlh", letter.Args{}, fault.Invalid},
		"the same twice":        {"counsellor", "summary", "en", "en", letter.Args{}, fault.Invalid},
		"receipt without money": {"mediator", "receipt", "en", "", letter.Args{Payment: payment}, fault.NotFound}, // a mediator sees only cases of their own
		"receipt, centre":       {"centre", "receipt", "en", "", letter.Args{Payment: payment}, fault.Denied},
		"no payment":            {"finance", "receipt", "en", "", letter.Args{}, fault.Invalid},
		"unknown payment":       {"finance", "receipt", "en", "", letter.Args{Payment: "x"}, fault.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := h.d.Compose(ctx, h.Staff[x.as], c.ID, x.code, x.lang, x.with, x.a); !fault.Is(err, x.want) {
				t.Errorf("got %v, want %v", err, x.want)
			}
		})
	}
	whole := h.d.Receipt
	h.d.Receipt = func(ctx context.Context, r *gate.R, _, id string) (letter.Receipt, error) {
		return whole(ctx, r, other.ID, id)
	}
	if _, err := h.d.Compose(ctx, h.Staff["finance"], c.ID, "receipt", "en", "", letter.Args{Payment: payment}); !fault.Is(err, fault.NotFound) {
		t.Errorf("the payment of another case: %v", err)
	}
	h.d.Receipt = func(ctx context.Context, r *gate.R, caseID, id string) (letter.Receipt, error) {
		rc, err := whole(ctx, r, caseID, id)
		rc.Reversed = true
		return rc, err
	}
	if _, err := h.d.Compose(ctx, h.Staff["finance"], c.ID, "receipt", "en", "", letter.Args{Payment: payment}); !fault.Is(err, fault.Conflict) {
		t.Errorf("money that came back: %v", err)
	}
	if n := len(h.printed(c.ID)); n != 0 {
		t.Errorf("%d entries for what was refused", n)
	}
}

// A case that is handled with care because of trafficking: whoever is cleared prints the same letters as for anybody else,
// nobody else prints any, and no letter says what the case is.
func TestTheTraffickingLabelReachesNoLetter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, base *db.DB) {
		h := build(t, base)
		c, _ := h.returnee("Zahra", "Testpour", "زهراء", "ar")
		plain := map[string]string{}
		all := func(each func(code, lang, text string)) {
			for _, code := range codes {
				for _, lang := range []string{"en", "el", "fr", "ar", "fa"} {
					doc, err := h.d.Compose(ctx, h.Staff["manager"], c.ID, code, lang, "", args(code))
					must(t, err)
					var file bytes.Buffer
					must(t, h.d.WritePDF(&file, []letter.Document{doc}, world.Start))
					text, _ := copied(t, file.Bytes())
					each(code, lang, letter.Plain(doc)+text)
				}
			}
		}
		all(func(code, lang, text string) { plain[code+lang] = text })
		must(t, h.Cases.Classify(ctx, h.Staff["manager"], c.ID, []string{casefile.Flags[len(casefile.Flags)-1]}, org.Trafficking, "test"))
		all(func(code, lang, text string) {
			if text != plain[code+lang] {
				t.Errorf("%s in %s tells that the case is protected", code, lang)
			}
			for _, s := range secrets {
				if strings.Contains(text, s) {
					t.Errorf("%s in %s says %q", code, lang, s)
				}
			}
		})
		if _, err := h.d.Compose(ctx, h.Staff["counsellor"], c.ID, "summary", "en", "", letter.Args{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody without clearance: %v", err)
		}
		lines := h.printed(c.ID)
		if l := lines[0]; l.Class != org.Trafficking {
			t.Errorf("the entry is of class %q", l.Class)
		}
	})
}

// A protected member of an ordinary case stands on nobody else's sheet when the reader is not cleared.
func TestAProtectedMemberIsNotNamedToTheUncleared(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, persons := h.Family()
	must(t, h.Persons.SetClass(ctx, h.Staff["manager"], persons[2], org.Child))
	doc, err := h.d.Compose(ctx, h.Staff["counsellor"], c.ID, "summary", "en", "", letter.Args{})
	must(t, err)
	if text := letter.Plain(doc); strings.Contains(text, "Sara") || !strings.Contains(text, "Bilal") {
		t.Errorf("the household: %s", text)
	}
	if _, err := h.d.Compose(ctx, h.Staff["counsellor"], c.ID, "summary", "en", "", letter.Args{Person: persons[2]}); !fault.Is(err, fault.NotFound) {
		t.Errorf("the protected person's own sheet: %v", err)
	}
}

func TestHostileNamesAreHarmless(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, _ := h.returnee("<script>alert(1)</script>", "\u202eevil\u2066\u200f", `"><img src=x>`, "ar")
	site := h.site()
	for _, code := range codes {
		for _, lang := range []string{"en", "ar"} {
			page := get(t, site, h.Staff["manager"], "/cases/"+c.ID+"/print/"+code+"?lang="+lang+"&with=fa&payment="+payment, 200)
			wellFormed(t, page)
			if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img") {
				t.Errorf("%s: a name became part of the page", code)
			}
			if strings.ContainsAny(page, "\u202e\u2066\u200f") {
				t.Errorf("%s: a name can turn the text around it", code)
			}
			doc, err := h.d.Compose(ctx, h.Staff["manager"], c.ID, code, lang, "fa", args(code))
			must(t, err)
			if strings.ContainsAny(letter.Plain(doc), "\u202e\u2066\u200f") {
				t.Errorf("%s: the frozen text holds marks of direction from a name", code)
			}
			var file bytes.Buffer
			must(t, h.d.WritePDF(&file, []letter.Document{doc}, world.Start))
			checkPDF(t, file.Bytes(), doc)
		}
	}
}

// The same declaration frozen twice is the same text with the same hash; another language is another text.
func TestFrozenText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, base *db.DB) {
		h := build(t, base)
		c, who := h.returnee("Zahra", "Testpour", "زهراء", "ar")
		frozen := func(lang, with string) (text, hash string) {
			must(t, h.Gate.Read(ctx, h.Staff["counsellor"], casefile.PermView, func(ctx context.Context, r *gate.R) (err error) {
				text, hash, err = h.d.Frozen(ctx, r, c, who, lang, with)
				return err
			}))
			return text, hash
		}
		a, ha := frozen("ar", "en")
		b, hb := frozen("ar", "en")
		other, ho := frozen("en", "")
		if a != b || ha != hb || len(ha) != 64 || ha == ho {
			t.Errorf("hashes %s %s %s", ha, hb, ho)
		}
		for _, want := range []string{"Zahra Testpour", "I can change my mind at any time", "يمكنني أن أغيّر رأيي", "does not withdraw a request for asylum", c.No} {
			if !strings.Contains(a, want) {
				t.Errorf("the frozen text lacks %q", want)
			}
		}
		if strings.Contains(other, "يمكنني") {
			t.Error("a text in one language holds another")
		}
	})
}

// A child's declaration has a line for the guardian, an adult's has not; with unknown age there is one, in doubt for the child.
func TestGuardianSignsForAChild(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, persons := h.Family()
	unknown := h.Person("Noor", "Testpour", "unknown", "", "PK")
	must(t, h.Cases.AddMember(ctx, h.Staff["counsellor"], c.ID, unknown, "other", true))
	for who, want := range map[string]bool{persons[0]: false, persons[2]: true, unknown: true} {
		doc, err := h.d.Compose(ctx, h.Staff["counsellor"], c.ID, "declaration", "en", "", letter.Args{Person: who})
		must(t, err)
		if got := strings.Contains(letter.Plain(doc), "Parent or guardian"); got != want {
			t.Errorf("guardian's line %v, want %v", got, want)
		}
	}
}

// The form is blank though every answer is on record: nobody is handed a paper on which somebody else has ticked.
func TestConsentIsPrintedWithoutAnswers(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, _ := h.returnee("Zahra", "Testpour", "زهراء", "ar")
	page := get(t, h.site(), h.Staff["counsellor"], "/cases/"+c.ID+"/print/consent?lang=en&with=ar", 200)
	if n := strings.Count(page, `class="asks"`); n != 9 {
		t.Errorf("%d questions, want 9", n)
	}
	if strings.Contains(page, "checked") || strings.Contains(page, "Your answer") || strings.Contains(page, "☑") {
		t.Error("the form holds answers")
	}
}

func TestChoosingAPack(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, persons := h.Family()
	site := h.site()
	page := get(t, site, h.Staff["manager"], "/cases/"+c.ID+"/print", 200)
	for _, want := range []string{"Declaration of voluntary return", "House rules", "RC-2026-000007", "Amina Testpour", "العربية"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page := get(t, site, h.Staff["centre"], "/cases/"+c.ID+"/print", 200); strings.Contains(page, "RC-2026-000007") {
		t.Error("whoever may not see money sees a receipt")
	}
	pack := "/cases/" + c.ID + "/print/pack"
	bad := get(t, site, h.Staff["manager"], pack+"?lang=en&with=ar", 422)
	if !strings.Contains(bad, "Tick at least one paper") || !strings.Contains(bad, `<title>Error`) {
		t.Error("no word about the empty choice")
	}
	get(t, site, h.Staff["manager"], pack+"?part=summary&lang=en&with=en", 422)
	many := pack + "?lang=en&with=ar&part=summary&part=consent&person=" + persons[0] + "&person=" + persons[1] + "&payment=" + payment
	page = get(t, site, h.Staff["manager"], many, 200)
	wellFormed(t, page)
	if n := strings.Count(page, `<section class="part letter"`); n != 5 {
		t.Errorf("%d letters, want two for each of two people and a receipt", n)
	}
	if n := len(h.printed(c.ID)); n != 5 {
		t.Errorf("%d entries, want 5", n)
	}
	file := get(t, site, h.Staff["manager"], strings.Replace(many, "/pack?", "/pack.pdf?", 1), 200)
	if !strings.HasPrefix(file, "%PDF-") {
		t.Error("no PDF")
	}
	get(t, site, h.Staff["manager"], pack+"?lang=en&with=&part=summary"+strings.Repeat("&person=x", 3), 404)
	if css := get(t, site, h.Staff["manager"], "/cases/"+c.ID+"/print.css", 200); !strings.Contains(css, c.No) || !strings.Contains(css, "counter(pages)") {
		t.Error("the style sheet has no reference or no page number")
	}
}
