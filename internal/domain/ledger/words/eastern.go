package words

import "strings"

var (
	faOnes     = strings.Fields("صفر یک دو سه چهار پنج شش هفت هشت نه ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده")
	faTens     = strings.Fields("- - بیست سی چهل پنجاه شصت هفتاد هشتاد نود")
	faHundreds = strings.Fields("- صد دویست سیصد چهارصد پانصد ششصد هفتصد هشتصد نهصد")
)

// persian joins every part with "and".
func persian(n int64) string {
	switch {
	case n < 20:
		return faOnes[n]
	case n < 100:
		return faTens[n/10] + rest(" و ", n%10, persian)
	case n < 1000:
		return faHundreds[n/100] + rest(" و ", n%100, persian)
	case n < 1_000_000:
		return persian(n/1000) + " هزار" + rest(" و ", n%1000, persian)
	}
	return persian(n/1_000_000) + " میلیون" + rest(" و ", n%1_000_000, persian)
}

var (
	arOnes     = []string{"صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"}
	arTeens    = []string{"", "أحد عشر", "اثنا عشر", "ثلاثة عشر", "أربعة عشر", "خمسة عشر", "ستة عشر", "سبعة عشر", "ثمانية عشر", "تسعة عشر"}
	arTens     = []string{"", "", "عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون"}
	arHundreds = []string{"", "مئة", "مئتان", "ثلاثمئة", "أربعمئة", "خمسمئة", "ستمئة", "سبعمئة", "ثمانمئة", "تسعمئة"}
)

// arabic counts masculine things: euros, cents, thousands and millions all are.
func arabic(n int64) string {
	if n == 0 {
		return arOnes[0]
	}
	var parts []string
	if m := n / 1_000_000; m > 0 {
		parts = append(parts, arCounted(m, "مليون", "مليونان", "ملايين", "مليونًا"))
	}
	if k := n / 1000 % 1000; k > 0 {
		parts = append(parts, arCounted(k, "ألف", "ألفان", "آلاف", "ألفًا"))
	}
	if r := n % 1000; r > 0 {
		parts = append(parts, arUnder1000(r))
	}
	return strings.Join(parts, " و")
}

func arUnder1000(n int64) string {
	var parts []string
	if n >= 100 {
		parts = append(parts, arHundreds[n/100])
	}
	switch r := n % 100; {
	case r == 0:
	case r <= 10:
		parts = append(parts, arOnes[r])
	case r < 20:
		parts = append(parts, arTeens[r-10])
	default:
		if r%10 > 0 {
			parts = append(parts, arOnes[r%10])
		}
		parts = append(parts, arTens[r/10])
	}
	return strings.Join(parts, " و")
}

// arCounted says a number of things: one and two are in the noun itself, three to ten take the plural, eleven to ninety-nine
// the accusative, and a full hundred the bare singular. The last two digits decide.
func arCounted(n int64, one, two, few, many string) string {
	switch {
	case n == 1:
		return one
	case n == 2:
		return two
	}
	text := arUnder1000(n)
	switch r := n % 100; {
	case r == 0:
		return arConstruct(text) + " " + one
	case r <= 2: // a hundred and one thousand, a hundred and two thousand
		return arUnder1000(n-r) + " و" + pick(r == 1, one, two)
	case r <= 10:
		return text + " " + few
	}
	return text + " " + many
}

// arConstruct takes the ending off a dual that stands before its noun.
func arConstruct(text string) string {
	for _, dual := range []string{"مئتان", "ألفان", "مليونان"} {
		if strings.HasSuffix(text, dual) {
			return strings.TrimSuffix(text, "ن")
		}
	}
	return text
}

func arabicEuros(n int64) string {
	if n == 1 {
		return "يورو واحد"
	}
	return arConstruct(arabic(n)) + " يورو"
}

func arabicCents(n int64) string {
	if n == 1 {
		return "سنت واحد"
	}
	return arCounted(n, "سنت", "سنتان", "سنتات", "سنتًا")
}
