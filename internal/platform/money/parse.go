package money

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseError says what is wrong with an amount a person typed. Key is the text
// to show, with the values "text", "first" and "second".
type ParseError struct {
	Key    string
	Text   string
	First  string // for an ambiguous amount: the two ways to read it
	Second string
}

func (e *ParseError) Error() string {
	switch e.Key {
	case KeyAmbiguous:
		return fmt.Sprintf("money: the amount can be read as %s or as %s", e.First, e.Second)
	case KeyTooLarge:
		return ErrTooLarge.Error()
	}
	return "money: " + strings.TrimPrefix(e.Key, "common.money_")
}

// Keys of the texts for a refused amount.
const (
	KeyEmpty     = "common.money_empty"
	KeyNotNumber = "common.money_not_a_number"
	KeyAmbiguous = "common.money_ambiguous"
	KeyDecimals  = "common.money_too_many_decimals"
	KeyTooLarge  = "common.money_too_large"
	KeyCurrency  = "common.money_unknown_currency"
)

// Parse reads an amount as people write it: 1.234,56 and 1,234.56 and
// 1 234.56, with or without the currency code, in Latin, Arabic or Persian
// digits. An amount that could be read in two ways is refused, never guessed:
// 1.234 euro is a thousand in Athens and a slip of the hand in Dublin.
func Parse(text, currency string) (Amount, error) {
	fail := func(key string) (Amount, error) { return Amount{}, &ParseError{Key: key, Text: text} }
	if !Known(currency) {
		return fail(KeyCurrency)
	}
	s := strings.Map(plain, text)
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), currency), currency))
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimSpace(strings.TrimPrefix(s, "-"))
	if s == "" {
		return fail(KeyEmpty)
	}
	groups, seps, ok := cut(s)
	if !ok {
		return fail(KeyNotNumber)
	}
	digits := Digits(currency)
	reading, ok := read(groups, seps, digits)
	if !ok {
		return fail(KeyNotNumber)
	}
	if reading.twofold {
		grouped := strings.Join(groups, "")
		if digits > 0 {
			grouped += "." + strings.Repeat("0", digits)
		}
		return Amount{}, &ParseError{Key: KeyAmbiguous, Text: text, First: grouped, Second: groups[0] + "." + groups[1]}
	}
	if len(reading.fraction) > digits {
		return fail(KeyDecimals)
	}
	minor, err := strconv.ParseInt(reading.whole+reading.fraction+strings.Repeat("0", digits-len(reading.fraction)), 10, 64)
	if err != nil {
		return fail(KeyTooLarge)
	}
	if negative {
		minor = -minor
	}
	return Amount{minor, currency}, nil
}

// ParseDecimal reads what Decimal wrote, for imports and the API: a point, no
// grouping, no more digits than the currency has.
func ParseDecimal(text, currency string) (Amount, error) {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	digits := Digits(currency)
	switch {
	case !Known(currency):
		return Amount{}, &ParseError{Key: KeyCurrency, Text: text}
	case !allDigits(whole) || fraction != "" && !allDigits(fraction) || strings.HasSuffix(text, "."):
		return Amount{}, &ParseError{Key: KeyNotNumber, Text: text}
	case len(fraction) > digits:
		return Amount{}, &ParseError{Key: KeyDecimals, Text: text}
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	if err != nil {
		return Amount{}, &ParseError{Key: KeyTooLarge, Text: text}
	}
	if strings.HasPrefix(text, "-") {
		minor = -minor
	}
	return Amount{minor, currency}, nil
}

// plain turns local digits and signs into ASCII; the Arabic separators keep
// their own meaning as '٫' decimal and '٬' thousands.
func plain(r rune) rune {
	switch {
	case r >= '٠' && r <= '٩':
		return '0' + r - '٠'
	case r >= '۰' && r <= '۹':
		return '0' + r - '۰'
	case r >= '০' && r <= '৯':
		return '0' + r - '০'
	case r == '\u00a0' || r == '\u202f' || r == '\u2009' || r == '\t':
		return ' '
	case r == '’' || r == '\'':
		return '\''
	case r == '−':
		return '-'
	case r == '\u200e' || r == '\u200f' || r == '\u061c' || r >= '\u2066' && r <= '\u2069':
		return -1 // direction marks that come along when text is pasted
	}
	return r
}

// cut parts the number into its digit groups and the separators between them.
func cut(s string) (groups []string, seps []rune, ok bool) {
	start := 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
		case strings.ContainsRune(".,' ٫٬", r):
			if i == start {
				return nil, nil, false
			}
			groups, seps = append(groups, s[start:i]), append(seps, r)
			start = i + len(string(r))
		default:
			return nil, nil, false
		}
	}
	if start == len(s) {
		return nil, nil, false
	}
	return append(groups, s[start:]), seps, true
}

type reading struct {
	whole, fraction string
	twofold         bool
}

// read decides which separators group thousands and which one is the decimal.
func read(groups []string, seps []rune, digits int) (reading, bool) {
	if len(seps) == 0 {
		return reading{whole: groups[0]}, true
	}
	lastSep, lastGroup := seps[len(seps)-1], groups[len(groups)-1]
	same := true
	for _, s := range seps {
		same = same && s == seps[0]
	}
	decimal := lastSep == '٫'
	switch {
	case decimal:
	case lastSep == ' ' || lastSep == '\'' || lastSep == '٬':
	case !same:
		decimal = true
	case len(seps) > 1: // 1.234.567 can only be grouping
	case !thousands(groups):
		decimal = true // 12,5 or 0.123 or 1234,567
	case digits > 0:
		return reading{twofold: true}, true
	}
	if !decimal {
		return reading{whole: strings.Join(groups, "")}, same && thousands(groups)
	}
	for _, s := range seps[:len(seps)-1] {
		if s != seps[0] || s == lastSep {
			return reading{}, false
		}
	}
	front := groups[:len(groups)-1]
	return reading{whole: strings.Join(front, ""), fraction: lastGroup}, len(front) == 1 || thousands(front)
}

// thousands says that the groups look like 1 234 567.
func thousands(groups []string) bool {
	if len(groups[0]) > 3 || groups[0][0] == '0' {
		return false
	}
	for _, g := range groups[1:] {
		if len(g) != 3 {
			return false
		}
	}
	return true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
