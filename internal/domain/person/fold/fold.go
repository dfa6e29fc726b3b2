// Package fold brings names into the forms in which they are compared and searched. It owns no table, and knows nothing of
// persons: text in, text out.
package fold

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Names are compared in three forms. The folded form keeps the script and drops what people write or leave out at will
// (case, accents, vowel marks). The Latin form writes Greek, Cyrillic and Georgian in Latin letters. The bones are the
// consonants in classes of like sound: Arabic script does not write short vowels, so bones are what محمد and Mohammad share.

// BoneMark begins the search key that holds a word's bones. It is a digit because every collation keeps digits and letters apart.
const BoneMark = "0"

// maxKeys bounds the search keys of one person: a name of a hundred words is not a name.
const maxKeys = 64

// Text is the folded form of a text: lower case, without marks, words separated by one blank. Folding twice changes nothing.
func Text(s string) string {
	s = strings.ToValidUTF8(s, "")
	for range 4 { // some letters need a second look after they were taken apart
		t := foldOnce(s)
		if t == s {
			break
		}
		s = t
	}
	return s
}

func foldOnce(s string) string {
	var b strings.Builder
	gap := false
	for _, c := range norm.NFKD.String(s) {
		c = unicode.ToLower(c)
		if isDropped(c) {
			continue
		}
		word := spelled[c]
		if word == "" {
			if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) {
				gap = true
				continue
			}
			word = string(c)
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteString(word)
	}
	return b.String()
}

// isDropped finds what a name is the same without: accents, vowel signs of Arabic and Hebrew, the stretching tatweel, the
// joiners of Persian, a lone hamza, and apostrophes within a name (O'Neil, Sa'ad).
func isDropped(c rune) bool {
	switch {
	case c >= 0x0300 && c <= 0x036F, c >= 0x1AB0 && c <= 0x1AFF, c >= 0x1DC0 && c <= 0x1DFF, c >= 0x20D0 && c <= 0x20FF, c >= 0x0483 && c <= 0x0489:
		return true
	case c >= 0x064B && c <= 0x065F, c == 0x0670, c >= 0x0610 && c <= 0x061A, c >= 0x06D6 && c <= 0x06ED && unicode.IsMark(c), c >= 0x0591 && c <= 0x05C7 && unicode.IsMark(c):
		return true
	case c == 0x0640, c == 0x0621, c >= 0x200B && c <= 0x200F, c >= 0x202A && c <= 0x202E, c >= 0x2060 && c <= 0x2069, c == 0xFEFF, c == 0x00AD:
		return true
	}
	return strings.ContainsRune("'’‘ʼʻʾʿ`´ʹ", c)
}

// spelled maps letters to how they are folded, where taking them apart is not enough. ئ, ؤ, أ, إ, آ come apart into a letter
// and a hamza mark, which is dropped.
var spelled = map[rune]string{
	'ß': "ss", 'ı': "i", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ħ': "h", 'ŋ': "ng", 'ə': "e",
	'ς': "σ",
	'ى': "ي", 'ی': "ي", 'ے': "ي", 'ې': "ي", 'ۍ': "ي", 'ک': "ك", 'ګ': "گ", 'ٱ': "ا", 'ة': "ه", 'ہ': "ه", 'ھ': "ه", 'ە': "ه", 'ۀ': "ه", 'ۂ': "ه", 'ں': "ن",
	'٠': "0", '١': "1", '٢': "2", '٣': "3", '٤': "4", '٥': "5", '٦': "6", '٧': "7", '٨': "8", '٩': "9",
	'۰': "0", '۱': "1", '۲': "2", '۳': "3", '۴': "4", '۵': "5", '۶': "6", '۷': "7", '۸': "8", '۹': "9",
}

// letters writes one letter of another script in Latin: Greek by ELOT 743, Cyrillic as in passports (ICAO 9303), Georgian by
// the national system, Arabic and Persian as consonants only.
var letters = map[rune]string{
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m", 'ν': "n", 'ξ': "x", 'ο': "o", 'π': "p",
	'ρ': "r", 'σ': "s", 'τ': "t", 'υ': "y", 'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o",
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'ґ': "g", 'д': "d", 'е': "e", 'є': "ie", 'ж': "zh", 'з': "z", 'и': "i", 'і': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p",
	'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "iu", 'я': "ia",
	'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'ђ': "dj", 'џ': "dz", 'ѕ': "dz",
	'ა': "a", 'ბ': "b", 'გ': "g", 'დ': "d", 'ე': "e", 'ვ': "v", 'ზ': "z", 'თ': "t", 'ი': "i", 'კ': "k", 'ლ': "l", 'მ': "m", 'ნ': "n", 'ო': "o", 'პ': "p", 'ჟ': "zh", 'რ': "r",
	'ს': "s", 'ტ': "t", 'უ': "u", 'ფ': "p", 'ქ': "k", 'ღ': "gh", 'ყ': "q", 'შ': "sh", 'ჩ': "ch", 'ც': "ts", 'ძ': "dz", 'წ': "ts", 'ჭ': "ch", 'ხ': "kh", 'ჯ': "j", 'ჰ': "h",
	'ا': "a", 'ب': "b", 'پ': "p", 'ت': "t", 'ٹ': "t", 'ټ': "t", 'ث': "s", 'ج': "j", 'چ': "ch", 'ح': "h", 'خ': "kh", 'څ': "ts", 'د': "d", 'ڈ': "d", 'ډ': "d", 'ذ': "z", 'ر': "r",
	'ڑ': "r", 'ړ': "r", 'ز': "z", 'ژ': "zh", 'ږ': "zh", 'س': "s", 'ش': "sh", 'ښ': "sh", 'ص': "s", 'ض': "z", 'ط': "t", 'ظ': "z", 'ع': "a", 'غ': "gh", 'ف': "f", 'ڤ': "v",
	'ق': "q", 'ك': "k", 'گ': "g", 'ل': "l", 'م': "m", 'ن': "n", 'ڼ': "n", 'و': "w", 'ه': "h", 'ي': "y",
}

// pairs are letters that sound together; they are tried before single letters.
var pairs = strings.NewReplacer("ου", "ou", "αυ", "av", "ευ", "ev", "γγ", "ng", "γχ", "nch", "γξ", "nx", "αι", "ai", "ει", "ei", "οι", "oi")

// Latin writes a folded word in Latin letters; letters it does not know stay as they are.
func Latin(word string) string {
	if strings.HasPrefix(word, "μπ") {
		word = "b" + word[len("μπ"):]
	}
	var b strings.Builder
	for _, c := range pairs.Replace(word) {
		if s, ok := letters[c]; ok {
			b.WriteString(s)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// sounds brings spellings of one sound together before the bones are taken out. Longer ones come first.
var sounds = strings.NewReplacer("tch", "c", "sch", "s", "kh", "k", "gh", "g", "sh", "s", "ch", "c", "th", "s", "ph", "f", "dh", "d", "zh", "j", "dj", "j", "ck", "k", "q", "k", "x", "ks", "z", "d", "v", "w")

// Bones gives the consonants of a folded word by classes of sound; a vowel at the beginning counts as one "a". It is empty
// for scripts whose letters are not known.
func Bones(word string) string {
	s := Latin(word)
	for _, c := range s {
		if c > 0x7f || c >= '0' && c <= '9' {
			return ""
		}
	}
	s = sounds.Replace(s)
	var out []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case i == 0 && strings.IndexByte("aeiou", c) >= 0:
			c = 'a'
		case i > 0 && strings.IndexByte("aeiouyw", c) >= 0:
			continue
		case i > 0 && c == 'h' && i == len(s)-1: // Fatima, Fatemeh
			continue
		}
		// Doubled letters, and those that meet where a vowel fell out, count once: محمد has two m, Mohammad three.
		if n := len(out); n == 0 || out[n-1] != c {
			out = append(out, c)
		}
	}
	return string(out)
}

// IsArabic reports whether a word is written in Arabic script.
func IsArabic(s string) bool {
	for _, c := range s {
		if unicode.Is(unicode.Arabic, c) {
			return true
		}
	}
	return false
}

// Tokens gives every key under which a name is found.
func Tokens(names ...string) []string {
	seen := map[string]bool{}
	var out []string
	add := func(t string) {
		if t != "" && !seen[t] && len(out) < maxKeys {
			seen[t] = true
			out = append(out, t)
		}
	}
	for _, name := range names {
		for _, w := range strings.Fields(Text(name)) {
			w = Cut(w)
			add(w)
			l := Latin(w)
			if !IsArabic(w) {
				add(Cut(l))
			}
			addBones(add, w)
			if rest, ok := strings.CutPrefix(w, "ال"); ok && len(rest) > 4 { // the article is often left out
				add(rest)
				addBones(add, rest)
			}
		}
		// Al-Hassan is typed as one word as often as two.
		for _, raw := range strings.Fields(name) {
			if strings.ContainsAny(raw, "-‐‑–") {
				joined := Cut(strings.ReplaceAll(Text(raw), " ", ""))
				add(joined)
				addBones(add, joined)
			}
		}
	}
	return out
}

func addBones(add func(string), word string) {
	if b := Bones(word); len(b) >= 2 {
		add(BoneMark + b)
	}
}

// Cut keeps a key within what an index can hold.
func Cut(w string) string {
	n := 0
	for i := range w {
		if n == 40 {
			return w[:i]
		}
		n++
	}
	return w
}
