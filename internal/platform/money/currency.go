package money

import "strings"

// The active national currencies of ISO 4217 by number of minor digits. Where
// the minor unit is no longer in use (AFN, PKR) the standard still counts two.
var digitsOf = table(map[int]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
	2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD
CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD
HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL
MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG`,
	3: "BHD IQD JOD KWD LYD OMR TND",
})

func table(lists map[int]string) map[string]int {
	out := map[string]int{}
	for digits, codes := range lists {
		for _, code := range strings.Fields(codes) {
			out[code] = digits
		}
	}
	return out
}

// Known says that the code is an active currency.
func Known(currency string) bool {
	_, ok := digitsOf[currency]
	return ok
}

// Digits is the number of minor digits, 2 for a code that is not known.
func Digits(currency string) int {
	if d, ok := digitsOf[currency]; ok {
		return d
	}
	return 2
}
