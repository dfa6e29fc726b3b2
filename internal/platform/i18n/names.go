package i18n

import (
	"embed"
	"encoding/json"
	"strings"
	"sync"
)

//go:embed data/*.json
var dataFiles embed.FS

// names is one data file: everything a language calls by name. The lists of
// countries and languages are already in the order of the language.
type names struct {
	DateLong       string              `json:"date_long"`
	MonthYear      string              `json:"month_year"`
	FirstDay       string              `json:"first_day"`
	Months         []string            `json:"months"`
	MonthsAlone    []string            `json:"months_alone"`
	MonthsByOrigin map[string][]string `json:"months_by_origin"`
	Weekdays       []string            `json:"weekdays"`
	Jalali         []string            `json:"jalali"`
	JalaliByOrigin map[string][]string `json:"jalali_by_origin"`
	Group          string              `json:"group"`
	Decimal        string              `json:"decimal"`
	Percent        string              `json:"percent"`
	Comma          string              `json:"comma"`
	And            string              `json:"and"`
	CountryList    []Option            `json:"countries"`
	LanguageList   []Option            `json:"languages"`

	country  map[string]string
	language map[string]string
}

// Option is one line of a list to choose from.
type Option struct {
	Code string
	Name string
}

// UnmarshalJSON reads ["GR","Greece"].
func (o *Option) UnmarshalJSON(data []byte) error {
	var pair [2]string
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	o.Code, o.Name = pair[0], pair[1]
	return nil
}

// namesOf reads a language's file the first time it is needed; nil when there
// is none. A file that cannot be read is a fault of the build.
func namesOf(tag string) *names {
	namesMu.Lock()
	defer namesMu.Unlock()
	if n, ok := namesRead[tag]; ok {
		return n
	}
	data, err := dataFiles.ReadFile("data/" + tag + ".json")
	if err != nil {
		return nil
	}
	n := &names{}
	if err := json.Unmarshal(data, n); err != nil {
		panic("i18n: data/" + tag + ".json: " + err.Error())
	}
	if n.MonthsAlone == nil {
		n.MonthsAlone = n.Months
	}
	n.country, n.language = index(n.CountryList), index(n.LanguageList)
	namesRead[tag] = n
	return n
}

var (
	namesMu   sync.Mutex
	namesRead = map[string]*names{}
)

func index(list []Option) map[string]string {
	out := make(map[string]string, len(list))
	for _, o := range list {
		out[o.Code] = o.Name
	}
	return out
}

// byOrigin picks the month names of a country, where the key may list several
// countries that share them.
func byOrigin(table map[string][]string, country string, usual []string) []string {
	if country == "" {
		return usual
	}
	for countries, months := range table {
		if strings.Contains(" "+countries+" ", " "+country+" ") {
			return months
		}
	}
	return usual
}

// Country names a country by its two-letter code; an unknown code is shown as
// it is, so that nothing a person entered disappears.
func (p *Printer) Country(code string) string {
	if n, ok := p.names.country[code]; ok {
		return n
	}
	return code
}

// Language names a language by its code.
func (p *Printer) Language(code string) string {
	if n, ok := p.names.language[code]; ok {
		return n
	}
	return code
}

// Countries lists all countries in the order of this language. The list is
// shared: do not change it.
func (p *Printer) Countries() []Option { return p.names.CountryList }

// LanguageNames lists the languages people speak, in the order of this
// language. The list is shared: do not change it.
func (p *Printer) LanguageNames() []Option { return p.names.LanguageList }

// Months and Weekdays are the names in a language that may have no texts yet
// (ka, ps, ur, bn). Weekdays begin with Sunday.
func Months(tag string) ([]string, bool) {
	n := namesOf(tag)
	if n == nil {
		return nil, false
	}
	return n.Months, true
}

// Weekdays are the names of the days, Sunday first.
func Weekdays(tag string) ([]string, bool) {
	n := namesOf(tag)
	if n == nil {
		return nil, false
	}
	return n.Weekdays, true
}
