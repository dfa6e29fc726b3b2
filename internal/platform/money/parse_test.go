package money

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		minor          int64
	}{
		{"1.234,56", "EUR", 123456}, {"1,234.56", "EUR", 123456}, {"1 234.56", "EUR", 123456}, {"1 234,56", "EUR", 123456},
		{"1\u202f234,56", "EUR", 123456}, {"1\u00a0234", "EUR", 123400}, {"1'234.50", "EUR", 123450}, {"1’234", "EUR", 123400},
		{"1234", "EUR", 123400}, {"1234.5", "EUR", 123450}, {"12,5", "EUR", 1250}, {"0,05", "EUR", 5}, {"1.234.567", "EUR", 123456700},
		{"1,234,567.89", "EUR", 123456789}, {"EUR 1,000.00", "EUR", 100000}, {"1000 EUR", "EUR", 100000}, {"-20", "EUR", -2000}, {"−20,10", "EUR", -2010},
		{"١٬٢٣٤٫٥٦", "EUR", 123456}, {"۱۲۳۴٫۵", "EUR", 123450}, {"١٢٣٤", "IQD", 1234000}, {"১২৩৪", "BDT", 123400}, {"\u200e1234\u200f", "EUR", 123400},
		{"1,234", "JPY", 1234}, {"1.234", "JPY", 1234}, {"0.123", "IQD", 123}, {"1234.567", "IQD", 1234567}, {"1,234.567", "IQD", 1234567}, {"007", "EUR", 700},
		{"1 234 567", "EUR", 123456700}, {"1٫500", "IQD", 1500},
	} {
		got, err := Parse(c.text, c.currency)
		if err != nil || got != Of(c.minor, c.currency) {
			t.Errorf("Parse(%q, %s) = %v, %v; want %d", c.text, c.currency, got, err, c.minor)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ text, currency, key string }{
		{"", "EUR", KeyEmpty}, {"  ", "EUR", KeyEmpty}, {"-", "EUR", KeyEmpty}, {"EUR", "EUR", KeyEmpty},
		{"1.234", "EUR", KeyAmbiguous}, {"1,234", "EUR", KeyAmbiguous}, {"1,234", "IQD", KeyAmbiguous}, {"12.345", "NOK", KeyAmbiguous}, {"۱٬۲۳۴٫۵۶۷", "EUR", KeyDecimals},
		{"1234.567", "EUR", KeyDecimals}, {"1.5", "JPY", KeyDecimals}, {"0.123", "EUR", KeyDecimals}, {"1,2345", "EUR", KeyDecimals},
		{"abc", "EUR", KeyNotNumber}, {"1.2.3", "EUR", KeyNotNumber}, {"1,23,456.00", "EUR", KeyNotNumber}, {"1 23", "EUR", KeyNotNumber}, {".5", "EUR", KeyNotNumber},
		{"5.", "EUR", KeyNotNumber}, {"1..5", "EUR", KeyNotNumber}, {"1e3", "EUR", KeyNotNumber}, {"1,234.567,00", "EUR", KeyNotNumber}, {"USD 5", "EUR", KeyNotNumber}, {"--5", "EUR", KeyNotNumber},
		{"99999999999999999999", "EUR", KeyTooLarge}, {"5", "EURO", KeyCurrency},
	} {
		got, err := Parse(c.text, c.currency)
		var pe *ParseError
		if !errors.As(err, &pe) || pe.Key != c.key {
			t.Errorf("Parse(%q, %s) = %v, %v; want %s", c.text, c.currency, got, err, c.key)
		}
	}
	_, err := Parse("1.234", "EUR")
	var pe *ParseError
	if !errors.As(err, &pe) || pe.First != "1234.00" || pe.Second != "1.234" || !strings.Contains(err.Error(), "1234.00") {
		t.Errorf("both readings must be named: %v", err)
	}
	for _, text := range []string{"", "1.", ".5", "1,5", "1.234", "+1", "--1", "1e3", "٣"} {
		if got, err := ParseDecimal(text, "EUR"); err == nil {
			t.Errorf("ParseDecimal(%q) = %v", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1.234,56", "1,234.56", "1 234.56", "١٬٢٣٤٫٥٦", "-0", "1.234", "EUR 5"} {
		f.Add(s, "EUR")
		f.Add(s, "IQD")
		f.Add(s, "JPY")
	}
	f.Fuzz(func(t *testing.T, text, currency string) {
		got, err := Parse(text, currency)
		if err != nil {
			if got != (Amount{}) {
				t.Fatalf("an error came with %v", got)
			}
			return
		}
		if back, err := ParseDecimal(got.Decimal(), currency); err != nil || back != got {
			t.Fatalf("%q is %v, its decimal form %v: %v", text, got, back, err)
		}
		// Every digit typed must be in the result: nothing is silently dropped.
		digits := 0
		for _, r := range strings.Map(plain, text) {
			if r >= '0' && r <= '9' {
				digits++
			}
		}
		if digits == 0 {
			t.Fatalf("%q has no digit and became %v", text, got)
		}
	})
}
