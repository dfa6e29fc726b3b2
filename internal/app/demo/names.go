package demo

import "math/rand"

// name is one name as a document spells it and as its bearer writes it.
type name struct{ latin, native string }

// people is the name material of one country. All combinations are invented: common given and family names, drawn by chance.
type people struct {
	country, lang        string
	female, male, family []name
	cities               []string
	weight               int // share of the small demo, in per cent
}

func n(pairs ...string) (out []name) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, name{pairs[i], pairs[i+1]})
	}
	return
}

// nations is everybody the demo knows. Shares of the small demo follow the rank of the countries in the published figures.
var nations = []people{
	{"PK", "ur",
		n("Ayesha", "عائشہ", "Fatima", "فاطمہ", "Zainab", "زینب", "Sana", "ثناء", "Hina", "حنا", "Nadia", "نادیہ", "Rabia", "رابعہ", "Samina", "ثمینہ", "Bushra", "بشریٰ", "Maryam", "مریم"),
		n("Muhammad", "محمد", "Ali", "علی", "Usman", "عثمان", "Bilal", "بلال", "Imran", "عمران", "Kashif", "کاشف", "Tariq", "طارق", "Adeel", "عدیل", "Faisal", "فیصل", "Waqas", "وقاص", "Zubair", "زبیر", "Hamza", "حمزہ"),
		n("Khan", "خان", "Malik", "ملک", "Butt", "بٹ", "Chaudhry", "چوہدری", "Sheikh", "شیخ", "Qureshi", "قریشی", "Mirza", "مرزا", "Siddiqui", "صدیقی", "Raja", "راجہ", "Bajwa", "باجوہ", "Gondal", "گوندل", "Warraich", "وڑائچ"),
		[]string{"Gujrat", "Gujranwala", "Lahore", "Sialkot", "Mandi Bahauddin", "Rawalpindi"}, 28},
	{"GE", "ka",
		n("Nino", "ნინო", "Mariam", "მარიამ", "Tamar", "თამარ", "Ana", "ანა", "Ketevan", "ქეთევან", "Natia", "ნათია", "Lela", "ლელა", "Eka", "ეკა"),
		n("Giorgi", "გიორგი", "Levan", "ლევან", "Irakli", "ირაკლი", "Zurab", "ზურაბ", "Davit", "დავით", "Luka", "ლუკა", "Nika", "ნიკა", "Vakhtang", "ვახტანგ"),
		n("Beridze", "ბერიძე", "Lomidze", "ლომიძე", "Kapanadze", "კაპანაძე", "Gelashvili", "გელაშვილი", "Maisuradze", "მაისურაძე", "Giorgadze", "გიორგაძე", "Kvaratskhelia", "კვარაცხელია", "Tsiklauri", "წიკლაური"),
		[]string{"Tbilisi", "Kutaisi", "Batumi", "Zugdidi", "Rustavi"}, 22},
	{"IQ", "ar",
		n("Zahra", "زهراء", "Noor", "نور", "Huda", "هدى", "Rana", "رنا", "Layla", "ليلى", "Shaima", "شيماء", "Amal", "أمل", "Dunya", "دنيا"),
		n("Ahmed", "أحمد", "Hussein", "حسين", "Mustafa", "مصطفى", "Omar", "عمر", "Karrar", "كرار", "Sarmad", "سرمد", "Yasir", "ياسر", "Hayder", "حيدر"),
		n("Al-Jubouri", "الجبوري", "Haddad", "حداد", "Al-Obaidi", "العبيدي", "Al-Tamimi", "التميمي", "Al-Bayati", "البياتي", "Salman", "سلمان", "Al-Dulaimi", "الدليمي", "Kadhim", "كاظم"),
		[]string{"Baghdad", "Erbil", "Basra", "Mosul", "Kirkuk"}, 19},
	{"BD", "bn",
		n("Shila", "শীলা", "Rokeya", "রোকেয়া", "Nasrin", "নাসরিন", "Taslima", "তাসলিমা"),
		n("Rahim", "রহিম", "Karim", "করিম", "Jahangir", "জাহাঙ্গীর", "Sohel", "সোহেল", "Rasel", "রাসেল", "Mizan", "মিজান"),
		n("Uddin", "উদ্দিন", "Hossain", "হোসেন", "Islam", "ইসলাম", "Miah", "মিয়া", "Akter", "আক্তার", "Sarkar", "সরকার"),
		[]string{"Sylhet", "Dhaka", "Comilla", "Madaripur"}, 9},
	{"IR", "fa",
		n("Zahra", "زهرا", "Maryam", "مریم", "Leila", "لیلا", "Shirin", "شیرین", "Parisa", "پریسا"),
		n("Reza", "رضا", "Mehdi", "مهدی", "Amir", "امیر", "Hossein", "حسین", "Saeed", "سعید"),
		n("Ahmadi", "احمدی", "Karimi", "کریمی", "Rahimi", "رحیمی", "Moradi", "مرادی", "Jafari", "جعفری", "Hosseini", "حسینی"),
		[]string{"Tehran", "Shiraz", "Isfahan", "Mashhad"}, 5},
	{"EG", "ar",
		n("Mariam", "مريم", "Salma", "سلمى", "Hanan", "حنان"),
		n("Mohamed", "محمد", "Mahmoud", "محمود", "Karim", "كريم", "Tamer", "تامر"),
		n("Fathy", "فتحي", "Hassan", "حسن", "Ibrahim", "إبراهيم", "Mansour", "منصور", "El-Sayed", "السيد"),
		[]string{"Cairo", "Alexandria", "Giza"}, 6},
	{"AL", "",
		n("Elira", "", "Vjosa", "", "Mirela", ""),
		n("Arben", "", "Besnik", "", "Ilir", "", "Dritan", ""),
		n("Hoxha", "", "Shehu", "", "Leka", "", "Kola", "", "Prifti", ""),
		[]string{"Tirana", "Durrës", "Vlorë"}, 6},
	{"MA", "ar",
		n("Khadija", "خديجة", "Imane", "إيمان", "Naima", "نعيمة"),
		n("Youssef", "يوسف", "Rachid", "رشيد", "Hamid", "حميد"),
		n("El Amrani", "العمراني", "Benali", "بنعلي", "Tazi", "التازي", "Berrada", "برادة"),
		[]string{"Casablanca", "Oujda", "Fes"}, 5},
	// Of the calibrated caseload only.
	{"AF", "fa",
		n("Fatima", "فاطمه", "Zahra", "زهرا", "Nargis", "نرگس", "Shukria", "شکریه"),
		n("Ahmad", "احمد", "Mohammad", "محمد", "Najib", "نجیب", "Farid", "فرید", "Hamid", "حمید"),
		n("Ahmadzai", "احمدزی", "Noori", "نوری", "Haidari", "حیدری", "Rezai", "رضایی", "Karimi", "کریمی"),
		[]string{"Kabul", "Herat", "Mazar-i-Sharif", "Ghazni"}, 0},
	{"TN", "ar",
		n("Amira", "أميرة", "Sonia", "سنية", "Rim", "ريم"),
		n("Mehdi", "مهدي", "Anis", "أنيس", "Slim", "سليم", "Walid", "وليد"),
		n("Trabelsi", "الطرابلسي", "Ben Salah", "بن صالح", "Gharbi", "الغربي", "Jaziri", "الجزيري"),
		[]string{"Tunis", "Sfax", "Kairouan"}, 0},
	{"DZ", "ar",
		n("Yasmina", "ياسمينة", "Amel", "أمال", "Lila", "ليلى"),
		n("Karim", "كريم", "Sofiane", "سفيان", "Nabil", "نبيل", "Farouk", "فاروق"),
		n("Benali", "بن علي", "Brahimi", "براهيمي", "Khelifi", "خليفي", "Saadi", "سعدي"),
		[]string{"Algiers", "Oran", "Constantine"}, 0},
	{"LB", "ar",
		n("Rima", "ريما", "Hiba", "هبة", "Nada", "ندى"),
		n("Ziad", "زياد", "Fadi", "فادي", "Rami", "رامي", "Bassam", "بسام"),
		n("Khoury", "خوري", "Haddad", "حداد", "Nasser", "ناصر", "Saab", "صعب"),
		[]string{"Beirut", "Tripoli", "Sidon"}, 0},
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.Intn(len(list))] }

// nationOf draws a country by its share.
func nationOf(r *rand.Rand) *people {
	total := 0
	for i := range nations {
		total += nations[i].weight
	}
	x := r.Intn(total)
	for i := range nations {
		if x -= nations[i].weight; x < 0 {
			return &nations[i]
		}
	}
	return &nations[0]
}

func nation(code string) *people {
	for i := range nations {
		if nations[i].country == code {
			return &nations[i]
		}
	}
	return nil
}
