package fold_test

import (
	"slices"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/person/fold"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"  José  ÁLVAREZ-Peña ": "jose alvarez pena",
		"O'Neil":                "oneil",
		"Straße":                "strasse",
		"Şahin İpek Işık":       "sahin ipek isik",
		"Łukasz Ørsted":         "lukasz orsted",
		"Παπαδόπουλος Γιώργος": "παπαδοπουλοσ γιωργοσ",
		"ΓΙΏΡΓΟΣ":        "γιωργοσ",
		"Андрей Королёв": "андреи королев",
		"გიორგი":         "გიორგი",
		"مُحَمَّد":       "محمد",
		"أحمد":           "احمد",
		"إبراهيم آدم":    "ابراهيم ادم",
		"فاطمة":          "فاطمه",
		"مصطفى":          "مصطفي",
		"محمـــد":        "محمد",
		"علی رضا":        "علي رضا",
		"کریم":           "كريم",
		"می‌خواهد":       "ميخواهد",
		"مؤمن رئيس":      "مومن رييس",
		"ۀ":              "ه",
		"۱۲٣":            "123",
		"":               "",
		"--- '":          "",
		"a\xffb":         "ab",
	} {
		if got := fold.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLatin(t *testing.T) {
	for in, want := range map[string]string{
		"Παπαδόπουλος": "papadopoulos", "Ευάγγελος": "evangelos", "Μπάμπης": "bampis", "Ψυχή": "psychi",
		"გიორგი": "giorgi", "ჭავჭავაძე": "chavchavadze", "ღვინო": "ghvino",
		"Хрущёв": "khrushchev", "Юлия": "iuliia", "plain": "plain",
	} {
		if got := fold.Latin(fold.Text(in)); got != want {
			t.Errorf("Latin(%q) = %q, want %q", in, got, want)
		}
	}
}

// Each line is one name in the spellings that must meet.
func TestBonesMeet(t *testing.T) {
	for _, same := range [][]string{
		{"Mohammad", "Mohammed", "Muhammad", "محمد", "مُحَمَّد"},
		{"Hossein", "Hussain", "Husayn", "حسین", "حسين"},
		{"Fatima", "Fatemeh", "Fatma", "فاطمة", "فاطمه"},
		{"Reza", "Riza", "رضا"},
		{"Yusuf", "Yousef", "Yusef", "يوسف", "یوسف"},
		{"Abdullah", "Abdollah", "عبدالله", "عبد‌الله"},
		{"Karim", "Kareem", "کریم", "كريم"},
		{"Ahmad", "Ahmed", "أحمد", "احمد"},
		{"Qasem", "Kasim", "قاسم"},
		{"Parviz", "پرویز"},
		{"Vahid", "Wahid", "وحید"},
		{"Khadija", "خديجة"},
		{"Othman", "Osman", "عثمان"},
		{"Ali", "علي", "علی"},
		{"Giorgi", "Giorgy", "გიორგი"},
		{"Papadopoulos", "Παπαδόπουλος"},
		{"Aleksandr", "Alexandr", "Александр"},
	} {
		want := fold.Bones(fold.Text(same[0]))
		if len(want) < 2 {
			t.Errorf("%s has no bones", same[0])
		}
		for _, s := range same[1:] {
			if got := fold.Bones(fold.Text(s)); got != want {
				t.Errorf("%s: %q, %s: %q", same[0], want, s, got)
			}
		}
	}
	for _, apart := range [][2]string{{"Karim", "Rahim"}, {"Ahmad", "Hamid"}, {"Sara", "Zahra"}, {"Nino", "Nana Maria"}} {
		if fold.Bones(fold.Text(apart[0])) == fold.Bones(fold.Text(apart[1])) {
			t.Errorf("%v must not be the same", apart)
		}
	}
}

func TestTokens(t *testing.T) {
	got := fold.Tokens("Al-Hassan", "الحسن", "გიორგი")
	for _, want := range []string{"al", "hassan", "alhassan", "الحسن", "حسن", "0hsn", "giorgi", "გიორგი"} {
		if !slices.Contains(got, want) {
			t.Errorf("no key %q in %q", want, got)
		}
	}
	if len(got) != len(slices.Compact(slices.Sorted(slices.Values(got)))) {
		t.Errorf("a key twice: %q", got)
	}
	long := ""
	for range 500 {
		long += "абвг "
	}
	for _, tok := range fold.Tokens(long, string(make([]byte, 10_000)), "x"+long[:0]+"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy") {
		if utf8.RuneCountInString(tok) > 42 {
			t.Errorf("key of %d letters", utf8.RuneCountInString(tok))
		}
	}
}

func TestFoldingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		once := fold.Text(s)
		if twice := fold.Text(once); twice != once {
			t.Fatalf("%q -> %q -> %q", s, once, twice)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"José", "محمد", "İ", "ΐ", "ﷺ", "a\xff", "Ǆ", "ẞ", "𝒜", "ﬃ", "ͺ", "㎏"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := fold.Text(s)
		if twice := fold.Text(once); twice != once {
			t.Errorf("%q -> %q -> %q", s, once, twice)
		}
		if !utf8.ValidString(once) {
			t.Errorf("%q -> not text", s)
		}
		for _, tok := range fold.Tokens(s) {
			if tok == "" || !utf8.ValidString(tok) {
				t.Errorf("key %q", tok)
			}
		}
		fold.Bones(s)
		fold.Latin(s)
	})
}
