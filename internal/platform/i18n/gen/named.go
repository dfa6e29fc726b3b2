package main

// named are names that the tables of x/text lack or that have changed since.
var named = map[string]map[string]map[string]string{
	"countries": {
		"MK": {"en": "North Macedonia", "el": "Βόρεια Μακεδονία", "fr": "Macédoine du Nord", "ar": "مقدونيا الشمالية", "fa": "مقدونیهٔ شمالی"},
		"SZ": {"en": "Eswatini", "el": "Εσουατίνι", "fr": "Eswatini", "ar": "إسواتيني", "fa": "اسواتینی"},
		"TR": {"en": "Türkiye"},
		"CZ": {"en": "Czechia", "el": "Τσεχία", "fr": "Tchéquie", "ar": "التشيك", "fa": "جمهوری چک"},
		"CD": {"en": "Congo (DRC)", "el": "Κονγκό (ΛΔΚ)", "fr": "Congo (RDC)", "ar": "الكونغو الديمقراطية", "fa": "کنگو (جمهوری دموکراتیک)"},
		"CG": {"en": "Congo (Republic)", "el": "Κονγκό (Δημοκρατία)", "fr": "Congo (République)", "ar": "جمهورية الكونغو", "fa": "کنگو (جمهوری)"},
		"MM": {"en": "Myanmar", "el": "Μιανμάρ", "fr": "Myanmar", "ar": "ميانمار", "fa": "میانمار"},
		"HK": {"en": "Hong Kong", "el": "Χονγκ Κονγκ", "fr": "Hong Kong", "ar": "هونغ كونغ", "fa": "هنگ‌کنگ"},
		"MO": {"en": "Macao", "el": "Μακάου", "fr": "Macao", "ar": "ماكاو", "fa": "ماکائو"},
		"PS": {"en": "Palestine", "el": "Παλαιστίνη", "fr": "Palestine", "ar": "فلسطين", "fa": "فلسطین"},
	},
	"languages": {
		"bn":  {"en": "Bengali"},
		"mk":  {"el": "Μακεδονικά"},
		"no":  {"en": "Norwegian", "el": "Νορβηγικά", "fr": "norvégien", "ar": "النرويجية", "fa": "نروژی"},
		"rn":  {"en": "Kirundi", "fr": "kirundi"},
		"rw":  {"fr": "kinyarwanda"},
		"prs": {"en": "Dari", "el": "Νταρί", "fr": "dari", "ar": "الدرية", "fa": "دری"},
		"kmr": {"en": "Kurmanji", "el": "Κουρμαντζί", "fr": "kurmandji", "ar": "الكرمانجية", "fa": "کرمانجی"},
		"ckb": {"en": "Sorani", "el": "Σορανί", "fr": "sorani", "ar": "السورانية", "fa": "سورانی"},
	},
}
