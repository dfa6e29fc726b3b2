package interop

import "strings"

// Columns are the columns that can be imported, each with the headings under which offices keep it.
var columns = []struct {
	name  string
	cases bool // only for cases
	heads []string
}{
	{"id", false, []string{"person id", "external id", "ref", "reference", "record id", "αριθμός", "référence"}},
	{"family_name", false, []string{"family name", "surname", "last name", "lastname", "nom", "nom de famille", "επώνυμο", "επωνυμο"}},
	{"given_name", false, []string{"given name", "given names", "given_names", "first name", "firstname", "name", "prénom", "prenom", "όνομα", "ονομα"}},
	{"father_name", false, []string{"father name", "father's name", "fathers name", "nom du père", "πατρώνυμο", "πατρωνυμο", "όνομα πατρός"}},
	{"native_given", false, []string{"native given name", "given name native", "name in own script", "الاسم", "نام"}},
	{"native_family", false, []string{"native family name", "family name native", "اسم العائلة", "نام خانوادگی"}},
	{"sex", false, []string{"gender", "sexe", "φύλο", "φυλο", "الجنس", "جنسیت"}},
	{"birth_date", false, []string{"date of birth", "birth date", "birthdate", "dob", "date de naissance", "ημερομηνία γέννησης", "ημ. γέννησης", "تاريخ الميلاد"}},
	{"birth_place", false, []string{"place of birth", "birth place", "lieu de naissance", "τόπος γέννησης"}},
	{"nationality", false, []string{"citizenship", "country of origin", "country", "nationalité", "υπηκοότητα", "εθνικότητα", "الجنسية", "ملیت"}},
	{"language", false, []string{"languages", "langue", "γλώσσα"}},
	{"document_no", false, []string{"document number", "document no", "passport", "passport no", "passport number", "numéro de passeport", "αριθμός διαβατηρίου"}},
	{"phone", false, []string{"telephone", "phone number", "mobile", "tel", "téléphone", "τηλέφωνο", "κινητό"}},
	{"email", false, []string{"e-mail", "mail", "courriel"}},
	{"address", false, []string{"adresse", "διεύθυνση"}},
	{"case_ref", true, []string{"case", "case no", "case number", "file no", "file number", "household", "household id", "dossier", "υπόθεση", "αρ. υπόθεσης"}},
	{"relation", true, []string{"relationship", "role in family", "lien", "σχέση"}},
	{"programme", true, []string{"program", "project", "programme code", "πρόγραμμα"}},
	{"return_country", true, []string{"country of return", "return to", "pays de retour", "χώρα επιστροφής"}},
}

var byHeading = func() map[string]string {
	m := map[string]string{}
	for _, c := range columns {
		m[c.name] = c.name
		m[strings.ReplaceAll(c.name, "_", " ")] = c.name
		for _, h := range c.heads {
			m[h] = c.name
		}
	}
	return m
}()

func columnOf(heading string, extra map[string]string) string {
	h := clean(heading)
	if c, ok := extra[h]; ok {
		return c
	}
	return byHeading[strings.ToLower(strings.TrimSuffix(h, "*"))]
}

// ColumnNames lists the columns for help and error messages.
func ColumnNames() []string {
	var out []string
	for _, c := range columns {
		out = append(out, c.name)
	}
	return out
}

func isColumn(name string) bool { return byHeading[name] == name }
