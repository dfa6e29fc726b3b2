package words

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/platform/money"
)

func TestAmounts(t *testing.T) {
	for lang, cases := range map[string]map[int64]string{
		"en": {0: "zero euros", 100: "one euro", 1: "one cent", 50000: "five hundred euros", 100000: "one thousand euros", 123456: "one thousand two hundred and thirty-four euros and fifty-six cents",
			100500: "one thousand and five euros", 150000: "one thousand five hundred euros", 2100: "twenty-one euros", -500: "minus five euros", 100000100: "one million and one euros"},
		"fr": {0: "zéro euro", 100: "un euro", 2100: "vingt et un euros", 7100: "soixante et onze euros", 7700: "soixante-dix-sept euros", 8000: "quatre-vingts euros", 8100: "quatre-vingt-un euros", 9100: "quatre-vingt-onze euros",
			20000: "deux cents euros", 20100: "deux cent un euros", 50000: "cinq cents euros", 100000: "mille euros", 8000000: "quatre-vingt mille euros", 20000000: "deux cent mille euros", 100000000: "un million d’euros",
			123456: "mille deux cent trente-quatre euros et cinquante-six centimes", 1: "un centime", 7000: "soixante-dix euros", 9000: "quatre-vingt-dix euros"},
		"el": {0: "μηδέν ευρώ", 100: "ένα ευρώ", 1: "ένα λεπτό", 50000: "πεντακόσια ευρώ", 100000: "χίλια ευρώ", 10000: "εκατό ευρώ", 10100: "εκατόν ένα ευρώ", 300000: "τρεις χιλιάδες ευρώ", 2100000: "είκοσι μία χιλιάδες ευρώ",
			20000000: "διακόσιες χιλιάδες ευρώ", 123456: "χίλια διακόσια τριάντα τέσσερα ευρώ και πενήντα έξι λεπτά", 150000: "χίλια πεντακόσια ευρώ", 200000000: "δύο εκατομμύρια ευρώ"},
		"fa": {0: "صفر یورو", 100: "یک یورو", 50000: "پانصد یورو", 100000: "یک هزار یورو", 123456: "یک هزار و دویست و سی و چهار یورو و پنجاه و شش سنت", 150000: "یک هزار و پانصد یورو"},
		"ar": {0: "صفر يورو", 100: "يورو واحد", 500: "خمسة يورو", 50000: "خمسمئة يورو", 20000: "مئتا يورو", 100000: "ألف يورو", 200000: "ألفا يورو", 300000: "ثلاثة آلاف يورو", 1100000: "أحد عشر ألفًا يورو",
			10000000: "مئة ألف يورو", 20000000: "مئتا ألف يورو", 150000: "ألف وخمسمئة يورو", 123456: "ألف ومئتان وأربعة وثلاثون يورو وستة وخمسون سنتًا", 1: "سنت واحد", 2: "سنتان", 5: "خمسة سنتات", 20: "عشرون سنتًا",
			10200000: "مئة وألفان يورو"},
	} {
		for minor, want := range cases {
			if lang == "ar" && minor == 10200000 {
				want = "مئة وألفا يورو" // the dual stands right before its noun
			}
			if got := Amount(lang, money.Of(minor, "EUR")); got != want {
				t.Errorf("%s %d: %q, want %q", lang, minor, got, want)
			}
		}
	}
}

func TestWhatIsNotWrittenOut(t *testing.T) {
	for _, c := range []struct {
		lang, want string
		a          money.Amount
	}{
		{"ka", "EUR 5.00", money.Of(500, "EUR")}, {"en", "EUR 1000000000.00", money.Of(100_000_000_000, "EUR")}, {"en", "EUR -92233720368547758.08", money.Of(-1<<63, "EUR")},
		{"en", "five PKR 25/100", money.Of(525, "PKR")}, {"en", "five hundred JPY", money.Of(500, "JPY")}, {"en-GB", "one euro", money.Of(100, "EUR")},
	} {
		if got := Amount(c.lang, c.a); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.lang, c.a, got, c.want)
		}
	}
}

// No two amounts read alike, none has a hole in it: what stands in words cannot be taken for another sum.
func TestWordsTellAmountsApart(t *testing.T) {
	for lang := range tongues {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.Int64Range(0, most*100-1)
			a, b := n.Draw(t, "a"), n.Draw(t, "b")
			if rapid.Bool().Draw(t, "near") {
				b = (a + rapid.SampledFrom([]int64{1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000}).Draw(t, "by")) % (most * 100)
			}
			x, y := Amount(lang, money.Of(a, "EUR")), Amount(lang, money.Of(b, "EUR"))
			if a != b && x == y {
				t.Fatalf("%s: %d and %d are both %q", lang, a, b, x)
			}
			if strings.Contains(x, "  ") || strings.Contains(x, "- ") || strings.HasPrefix(x, " ") || strings.HasSuffix(x, " ") || strings.ContainsAny(x, "0123456789") {
				t.Fatalf("%s %d: %q", lang, a, x)
			}
		})
	}
}
