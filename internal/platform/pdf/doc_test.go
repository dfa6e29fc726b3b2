package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"time"
)

var created = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func doc(lang string) *Doc {
	return New(Meta{Title: "Decision", Lang: lang, Created: created, Footer: func(int, int) Run { return Run{} }})
}

func TestTextComesBack(t *testing.T) {
	tests := []struct {
		lang, text string
		rtl        bool
	}{
		{lang: "en", text: "You may change your mind at any time before you board: an efficient office will affirm it (Article 7(2)). Call +30 210 123 4567 — “ask us”, 1,500.50 €."},
		{lang: "el", text: "Μπορείτε να αλλάξετε γνώμη οποιαδήποτε στιγμή πριν από την επιβίβαση (άρθρο 7). Ευανάγνωστη ΐ και ΰ· τέλος."},
		{lang: "fr", text: "L’accord « écrit » est à vous, dès l’œuvre : façade, où, naïve."},
		{lang: "ka", text: "მე ნებაყოფლობით ვბრუნდები საქართველოში."},
		{lang: "uk", text: "Я повертаюся добровільно до Києва, ґанок, її."},
		{lang: "bn", text: "আমি স্বেচ্ছায় বাংলাদেশে ফিরে যাচ্ছি, ক্ষতিপূরণ।"},
		{lang: "ar", text: "السَّلامُ عَلَيْكُمْ ولا يجوز لأحد أن يضغط عليك، القرار لك وحدك ولك أن ترجع عنه في كل وقت قبل الصعود إلى الطائرة", rtl: true},
		{lang: "fa", text: "شما می‌توانید هر زمان نظر خود را تغییر دهید، خانه‌ای و کتاب‌ها و گفت‌وگو", rtl: true},
		{lang: "ur", text: "میں رضاکارانہ طور پر پاکستان واپس جا رہا ہوں۔ ٹھیک ہے", rtl: true},
	}
	for _, tt := range tests {
		t.Run(tt.lang, func(t *testing.T) {
			d := doc(tt.lang)
			d.Para(Run{Text: tt.text})
			file := write(t, d)
			var got strings.Builder
			for _, l := range readBack(t, file)[0] {
				if tt.rtl {
					l.text = turned(l.text)
				}
				got.WriteString(l.text)
			}
			if got.String() != tt.text {
				t.Errorf("got  %q\nwant %q", got.String(), tt.text)
			}
			actual := actualRE.FindSubmatch(file)
			if tt.rtl && (actual == nil || unhex(string(actual[2])) != tt.text) {
				t.Errorf("the reading text for screen readers is %q", actual)
			}
			if !tt.rtl && actual != nil {
				t.Errorf("left-to-right text needs no second copy: %q", actual)
			}
		})
	}
}

func TestMixedLineReadsFromTheRightSide(t *testing.T) {
	tests := []struct{ name, dir, text, visual string }{
		{"digits keep their order", "rtl", "مبلغ 1,500.50 يورو", "وروي 1,500.50 غلبم"},
		{"Arabic digits in a date", "rtl", "في ٢٤/١١/٢٠٢٦ يوم", "موي ٢٤/١١/٢٠٢٦ يف"},
		{"Latin inside Arabic", "rtl", "مكتب IOM (Athens) هنا", "انه IOM (Athens) بتكم"},
		{"number after Arabic in a Latin line", "ltr", "Name أحمد 123 end", "Name 123 دمحأ end"},
		{"isolate keeps a phone number whole", "rtl", "هاتف \u2066+30 210\u2069 هنا", "انه +30 210 فتاه"},
		{"override characters are dropped", "ltr", "pay \u202e001\u202c EUR", "pay 001 EUR"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := doc("en")
			d.Para(Run{Text: tt.text, Dir: tt.dir})
			if got := joined(readBack(t, write(t, d))[0]); got != tt.visual {
				t.Errorf("got %q, want %q", got, tt.visual)
			}
		})
	}
}

func TestSameInputSameBytes(t *testing.T) {
	first := write(t, sample("ar"))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, lang := range []string{"en", "ar"} {
				var b bytes.Buffer
				if _, err := sample(lang).WriteTo(&b); err != nil {
					t.Error(err)
				}
				if lang == "ar" && !bytes.Equal(b.Bytes(), first) {
					t.Error("the same document gave other bytes")
				}
			}
		})
	}
	wg.Wait()
}

// sample uses every block once.
func sample(lang string) *Doc {
	d := New(Meta{Title: "Decision", Lang: lang, Reference: "RET-2026-00017", Created: created, Header: Run{Text: "Office"}})
	en := Run{Lang: "en", Text: "You may change your mind at any time before you board. Your decision is yours alone; nobody may press you."}
	ar := Run{Lang: "ar", Text: "يمكنك تغيير رأيك في أي وقت قبل الصعود إلى الطائرة. القرار لك وحدك ولا يجوز لأحد أن يضغط عليك."}
	d.Heading(1, Run{Text: "Decision", Lang: "en"})
	d.Heading(2, ar)
	d.Para(en)
	d.Bilingual(en, ar)
	d.Field(Run{Text: "Name", Lang: "en"}, Run{Text: "أحمد", Lang: "ar"})
	d.Checkbox(true, en)
	d.Checkbox(false, ar)
	d.Rule()
	d.Space(12)
	d.Table(Table{Head: []Run{{Text: "Date"}, {Text: "Sum"}}, Rows: [][]Run{{{Text: "24.11.2026"}, {Text: "80.00"}}, {{Text: "25.11.2026"}}}, Widths: []float64{2, 1}})
	d.PageBreak()
	d.SignatureLine(ar)
	return d
}

func TestColumnsStartOnThePagesSide(t *testing.T) {
	texts := map[string]string{"en": "English", "el": "Ελληνικά", "ar": "عربي", "fa": "فارسی"}
	tests := []struct{ page, a, b, left string }{
		{"en", "en", "ar", "en"},
		{"en", "ar", "en", "en"},
		{"el", "en", "el", "el"},
		{"ar", "ar", "en", "en"},
		{"ar", "fa", "ar", "fa"},
		{"ar", "ar", "fa", "fa"},
		{"fr", "en", "el", "en"},
	}
	for _, tt := range tests {
		d := doc(tt.page)
		d.Bilingual(Run{Lang: tt.a, Text: texts[tt.a]}, Run{Lang: tt.b, Text: texts[tt.b]})
		lines := readBack(t, write(t, d))[0]
		left := lines[0]
		if lines[1].x < left.x {
			left = lines[1]
		}
		if want := texts[tt.left]; left.text != want && turned(left.text) != want {
			t.Errorf("page in %s with %s and %s: %q stands left", tt.page, tt.a, tt.b, left.text)
		}
	}
}

func TestTableRepeatsItsHead(t *testing.T) {
	d := doc("en")
	tab := Table{Head: []Run{{Text: "HEADDATE"}, {Text: "HEADTEXT"}}}
	for i := range 200 {
		tab.Rows = append(tab.Rows, []Run{{Text: fmt.Sprintf("row%03d", i)}, {Text: "a payment that was made and receipted"}})
	}
	d.Table(tab)
	file := write(t, d)
	pages := readBack(t, file)
	if len(pages) < 6 {
		t.Fatalf("%d pages", len(pages))
	}
	next := 0
	for n, lines := range pages {
		all := joined(lines)
		if strings.Count(all, "HEADDATE") != 1 || !strings.HasPrefix(all, "HEADDATE") {
			t.Errorf("page %d does not start with the head: %.60q", n+1, all)
		}
		for strings.Contains(all, fmt.Sprintf("row%03d", next)) {
			next++
		}
		for _, l := range lines {
			if l.y < marginBottom {
				t.Errorf("page %d: %q lies in the margin", n+1, l.text)
			}
		}
	}
	if next != 200 {
		t.Errorf("rows in order up to %d only", next)
	}
	if heads := bytes.Count(file, []byte("/S /TH")); heads != 2 {
		t.Errorf("screen readers would hear %d heads", heads)
	}
	if rows := bytes.Count(file, []byte("/S /TR")); rows != 201 {
		t.Errorf("%d tagged rows", rows)
	}
}

func TestBilingualRowStaysTogether(t *testing.T) {
	d := doc("en")
	for range 200 {
		d.Bilingual(Run{Lang: "en", Text: "FIRST " + strings.Repeat("word ", 60) + "LAST"}, Run{Lang: "ar", Text: strings.Repeat("كلمة ", 40)})
	}
	for n, lines := range readBack(t, write(t, d)) {
		all := joined(lines)
		if a, z := strings.Count(all, "FIRST"), strings.Count(all, "LAST"); a != z || a == 0 {
			t.Errorf("page %d begins %d rows and ends %d", n+1, a, z)
		}
	}
}

func TestFooterKnowsThePages(t *testing.T) {
	d := New(Meta{Lang: "ar", Created: created, Footer: func(p, n int) Run { return Run{Text: fmt.Sprintf("sheet %d of %d", p, n), Dir: "ltr"} }})
	d.PageBreak()
	d.PageBreak()
	for i, lines := range readBack(t, write(t, d)) {
		if want := fmt.Sprintf("sheet %d of 3", i+1); joined(lines) != want {
			t.Errorf("footer %q, want %q", joined(lines), want)
		}
	}
}

func TestFooterStandsOnThePagesSide(t *testing.T) {
	for lang, left := range map[string]bool{"el": true, "fa": false} {
		d := New(Meta{Lang: lang, Created: created, Reference: "RET-2026-00017"})
		lines := readBack(t, write(t, d))[0]
		if got := lines[0].x < pageWidth/2; got != left {
			t.Errorf("%s: footer at %.0f", lang, lines[0].x)
		}
		if !strings.Contains(joined(lines), "RET-2026-00017") || !strings.Contains(joined(lines), "1 / 1") {
			t.Errorf("%s: footer %q", lang, joined(lines))
		}
	}
}

func TestFileIsWellFormed(t *testing.T) {
	file := write(t, sample("en"))
	objs := objects(t, file)
	tail := string(file[bytes.LastIndex(file, []byte("startxref")):])
	var xref int
	if _, err := fmt.Sscanf(tail, "startxref\n%d", &xref); err != nil || !bytes.HasPrefix(file[xref:], []byte("xref\n")) {
		t.Fatalf("the table of contents is not where %q says", tail)
	}
	for i, l := range strings.Split(string(file[xref:]), "\n")[3 : 2+len(objs)+1] {
		var at int
		fmt.Sscanf(l, "%d", &at)
		if !bytes.HasPrefix(file[at:], fmt.Appendf(nil, "%d 0 obj", i+1)) {
			t.Errorf("object %d is not at %d", i+1, at)
		}
	}
	for id, o := range objs {
		for _, m := range refAnyRE.FindAllSubmatch(bytes.SplitN(o, []byte("\nstream\n"), 2)[0], -1) {
			if objs[string(m[1])] == nil {
				t.Errorf("object %s points to the missing %s", id, m[1])
			}
		}
	}
	for _, want := range []string{"/MarkInfo <</Marked true>>", "/Lang (en)", "/S /H1", "/S /H2", "/S /P", "/S /TD", "/Scope /Column", "/Lang (ar)", "/DisplayDocTitle true"} {
		if !bytes.Contains(file, []byte(want)) {
			t.Errorf("no %s", want)
		}
	}
	all := joined(readBack(t, file)[0])
	if !strings.Contains(all, "☑") || !strings.Contains(all, "☐") {
		t.Errorf("the ticks are not in the text: %q", all)
	}
}

func TestHostileText(t *testing.T) {
	texts := map[string]string{
		"controls":        "a\x00b\x07c\x1bd\x7f\u0085e\u2028f\u2029g\r\nh\ti",
		"broken UTF-8":    "x\xed\xa0\x80y\xffz\xc3",
		"marks":           "a" + strings.Repeat("\u0301", 100000),
		"joiners":         "ه" + strings.Repeat("\u200c\u200d", 50000),
		"isolates":        strings.Repeat("\u2067\u2066", 50000) + "x",
		"brackets":        strings.Repeat("(", 50000) + strings.Repeat(")", 50000) + "א" + strings.Repeat("()", 50000),
		"no spaces":       strings.Repeat("Δ", 1<<19),
		"one megabyte":    strings.Repeat("اقرأ the text (1) ", 1<<16),
		"spaces":          strings.Repeat(" ", 100000),
		"newlines":        strings.Repeat("\n", 20000),
		"unknown scripts": "汉字 𓀀 👩‍👩‍👧 \U0010FFFF \uFFFF \uFEFF \U000E0001",
		"pdf syntax":      ") >> endobj stream <</MCID 0>> BDC (",
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			d := New(Meta{Title: text[:min(len(text), 1000)], Lang: "e)n>>", Reference: text[:min(len(text), 50)], Created: created})
			short := Run{Text: text[:min(len(text), 3000)]}
			d.Para(Run{Text: text})
			d.Bilingual(short, short)
			d.Table(Table{Head: []Run{short}, Rows: [][]Run{{short, short}}, Widths: []float64{math.NaN(), math.Inf(1)}})
			d.Field(short, short)
			d.Checkbox(true, short)
			d.SignatureLine(Run{Text: "s", Size: math.NaN()})
			d.Heading(-3, Run{Text: "h", Size: 1e9})
			_, err := d.WriteTo(io.Discard)
			if err != nil && !errors.Is(err, ErrTooLong) {
				t.Error(err)
			}
			if d.overflow && name == "one megabyte" {
				t.Error("a megabyte of text should still fit")
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %s", took)
			} else {
				t.Logf("%s, %d pages", took, len(d.pages))
			}
		})
	}
}

func TestTooLong(t *testing.T) {
	d := doc("en")
	for range maxPages + 5 {
		d.PageBreak()
	}
	d.Table(Table{Head: []Run{{Text: "h"}}, Rows: [][]Run{{{Text: strings.Repeat("x ", 9999)}}}})
	if _, err := d.WriteTo(io.Discard); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkBilingualPage(b *testing.B) {
	pages := 0
	for b.Loop() {
		d := sample("ar")
		for range 6 {
			d.Bilingual(Run{Lang: "en", Text: strings.Repeat("You may change your mind at any time. ", 6)}, Run{Lang: "ar", Text: strings.Repeat("يمكنك تغيير رأيك في أي وقت. ", 7)})
		}
		if _, err := d.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
		pages += len(d.pages)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(pages), "ms/page")
}
