package words

import "strings"

var (
	enOnes = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	enTens = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
)

func english(n int64) string {
	switch {
	case n < 20:
		return enOnes[n]
	case n < 100:
		if n%10 == 0 {
			return enTens[n/10]
		}
		return enTens[n/10] + "-" + enOnes[n%10]
	case n < 1000:
		return enOnes[n/100] + " hundred" + rest(" and ", n%100, english)
	case n < 1_000_000:
		return english(n/1000) + " thousand" + small(n%1000)
	}
	return english(n/1_000_000) + " million" + small(n%1_000_000)
}

// small says the end of a large number; "and" stands before what is under a hundred.
func small(n int64) string {
	if n > 0 && n < 100 {
		return " and " + english(n)
	}
	return rest(" ", n, english)
}

func rest(sep string, n int64, say func(int64) string) string {
	if n == 0 {
		return ""
	}
	return sep + say(n)
}

var (
	frOnes = strings.Fields("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf")
	frTens = strings.Fields("- - vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt")
)

func french(n int64) string {
	switch {
	case n < 1000:
		return frHundreds(n, true)
	case n < 1_000_000:
		head := ""
		if n/1000 > 1 { // mille, never un mille; and no plural s before mille
			head = frHundreds(n/1000, false) + " "
		}
		return head + "mille" + rest(" ", n%1000, french)
	}
	return frHundreds(n/1_000_000, true) + pick(n/1_000_000 == 1, " million", " millions") + rest(" ", n%1_000_000, french)
}

// frHundreds says 0 to 999; last tells whether the number ends here, for then vingt and cent take their s.
func frHundreds(n int64, last bool) string {
	h, r := n/100, n%100
	if h == 0 {
		return frUnder100(r, last)
	}
	head := "cent"
	if h > 1 {
		head = frOnes[h] + " cent"
		if r == 0 && last {
			head += "s"
		}
	}
	if r == 0 {
		return head
	}
	return head + " " + frUnder100(r, last)
}

func frUnder100(n int64, last bool) string {
	switch {
	case n < 20:
		return frOnes[n]
	case n == 80:
		return pick(last, "quatre-vingts", "quatre-vingt")
	}
	tens, ones := n/10, n%10
	if tens == 7 || tens == 9 {
		ones += 10
	}
	switch {
	case ones == 0:
		return frTens[tens]
	case ones == 1 || ones == 11 && tens == 7:
		if tens != 8 {
			return frTens[tens] + " et " + frOnes[ones]
		}
	}
	return frTens[tens] + "-" + frOnes[ones]
}

func frenchEuros(n int64) string {
	switch {
	case n < 2:
		return french(n) + " euro"
	case n >= 1_000_000 && n%1_000_000 == 0:
		return french(n) + " d’euros"
	}
	return french(n) + " euros"
}

var (
	elOnes     = strings.Fields("μηδέν ένα δύο τρία τέσσερα πέντε έξι επτά οκτώ εννέα δέκα έντεκα δώδεκα δεκατρία δεκατέσσερα δεκαπέντε δεκαέξι δεκαεπτά δεκαοκτώ δεκαεννέα")
	elOnesFem  = map[int64]string{1: "μία", 3: "τρεις", 4: "τέσσερις", 13: "δεκατρείς", 14: "δεκατέσσερις"}
	elTens     = strings.Fields("- - είκοσι τριάντα σαράντα πενήντα εξήντα εβδομήντα ογδόντα ενενήντα")
	elHundreds = strings.Fields("- εκατό διακόσι τριακόσι τετρακόσι πεντακόσι εξακόσι επτακόσι οκτακόσι εννιακόσι")
)

// greek counts euros and cents, which are neuter, and thousands, which are feminine.
func greek(n int64, feminine bool) string {
	switch {
	case n < 20:
		if f := elOnesFem[n]; feminine && f != "" {
			return f
		}
		return elOnes[n]
	case n < 100:
		return elTens[n/10] + rest(" ", n%10, func(r int64) string { return greek(r, feminine) })
	case n == 100:
		return "εκατό"
	case n < 200:
		return "εκατόν " + greek(n-100, feminine)
	case n < 1000:
		return elHundreds[n/100] + pick(feminine, "ες", "α") + rest(" ", n%100, func(r int64) string { return greek(r, feminine) })
	case n < 2000:
		return "χίλια" + rest(" ", n%1000, func(r int64) string { return greek(r, feminine) })
	case n < 1_000_000:
		return greek(n/1000, true) + " χιλιάδες" + rest(" ", n%1000, func(r int64) string { return greek(r, feminine) })
	}
	return greek(n/1_000_000, false) + pick(n/1_000_000 == 1, " εκατομμύριο", " εκατομμύρια") + rest(" ", n%1_000_000, func(r int64) string { return greek(r, feminine) })
}
