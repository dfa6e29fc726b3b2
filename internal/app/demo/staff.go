package demo

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/desk/signin"
	"github.com/nostos-avrr/nostos/internal/domain/org"
)

// Password is the password of every invented sign-in. It is shown on the start page, and works in a demo only.
const Password = "nostos-demo-2026"

// offices are the invented installation's places of work.
var offices = []org.Office{
	{Code: "ath", Name: "Athens", Kind: "host", Country: "GR", Zone: "Europe/Athens"},
	{Code: "skg", Name: "Thessaloniki", Kind: "host", Country: "GR", Zone: "Europe/Athens"},
	{Code: "isb", Name: "Islamabad", Kind: "origin", Country: "PK", Zone: "Asia/Karachi"},
	{Code: "tbs", Name: "Tbilisi", Kind: "origin", Country: "GE", Zone: "Asia/Tbilisi"},
	{Code: "bgw", Name: "Baghdad", Kind: "origin", Country: "IQ", Zone: "Asia/Baghdad"},
	{Code: "rlo", Name: "Regional office", Kind: "headquarters", Country: "GR", Zone: "Europe/Athens"},
}

// originOffice is the office that receives a case for a country; others are looked after by the regional office.
var originOffice = map[string]string{"PK": "isb", "GE": "tbs", "IQ": "bgw"}

type worker struct{ login, name, role, office string }

// workers are everybody who works here. An empty office on the grant means every office.
var workers = []worker{
	{"counsellor", "Eleni Markou", "counsellor", "ath"}, {"counsellor2", "Kostas Vlachos", "counsellor", "ath"}, {"counsellor3", "Maria Pappa", "counsellor", "skg"},
	{"caseworker", "Anna Petrou", "caseworker", "ath"}, {"caseworker2", "Nikos Laskaris", "caseworker", "skg"},
	{"mediator", "Leyla Aziz", "mediator", "ath"}, {"protection", "Sofia Dimou", "protection", "ath"}, {"supervisor", "Giorgos Raptis", "supervisor", "ath"}, {"supervisor2", "Ioanna Kalli", "supervisor", "ath"}, {"supervisor3", "Fotis Manos", "supervisor", "skg"},
	{"centre", "Petros Ganas", "centre", "ath"}, {"movement", "Dimitra Sarri", "movement", "ath"}, {"medical", "Dr. Katerina Vogli", "medical", "ath"}, {"finance", "Vasilis Tsonis", "finance", "ath"},
	{"reintegration", "Saima Akhtar", "reintegration", "isb"}, {"reintegration2", "Tea Chikovani", "reintegration", "tbs"}, {"reintegration3", "Ali Hatem", "reintegration", "bgw"},
	{"monitoring", "Nadeem Shafi", "monitoring", "isb"}, {"manager", "Christina Andreou", "manager", ""}, {"auditor", "Paul Verhoeven", "auditor", ""}, {"ministry", "Alexandros Mitsos", "ministry", "ath"}, {"admin", "Irini Solomou", "admin", ""},
}

// Logins are the sign-ins listed on the start page: one for each role.
func Logins() (out []signin.DemoLogin) {
	seen := map[string]bool{}
	for _, w := range workers {
		if !seen[w.role] {
			seen[w.role] = true
			out = append(out, signin.DemoLogin{Login: w.login, Name: w.name, RoleKey: "role." + w.role, Password: Password})
		}
	}
	return
}

// staff is who works here, by login, and the offices by code.
type staff struct{ id, office map[string]string }

// Hire makes the offices and the staff alone, for tests.
func Hire(ctx context.Context, a *app.App) (staffByLogin, officeByCode map[string]string, err error) {
	s, err := hire(ctx, a)
	return s.id, s.office, err
}

// hire makes offices and staff. Whoever is there already stays, so that a demo can be started again on the same folder.
func hire(ctx context.Context, a *app.App) (staff, error) {
	s := staff{map[string]string{}, map[string]string{}}
	err := a.Gate.Batch(ctx, org.SystemID, "org.manage", func(ctx context.Context) error {
		for _, o := range offices {
			o.ID, o.Active = a.Gate.IDs.New(), true
			if err := a.Rooms.Admin.SaveOffice(ctx, org.SystemID, o); err != nil {
				return err
			}
			s.office[o.Code] = o.ID
		}
		var ids []string
		for _, w := range workers {
			limit, home := s.office[w.office], w.office
			if home == "" {
				home = "rlo"
			}
			id, err := signin.AddUser(ctx, a.Gate, org.SystemID, signin.NewUser{Login: w.login, Name: w.name, Email: w.login + "@nostos.example", Office: home, Language: "en",
				Roles: []org.Held{{Role: w.role, OfficeID: limit}}})
			if err != nil {
				return err
			}
			s.id[w.login] = id
			ids = append(ids, id)
		}
		hash, err := signin.HashPassword(ctx, Password)
		if err != nil {
			return err
		}
		return signin.PutHash(ctx, a.Gate, org.SystemID, hash, ids...)
	})
	return s, err
}
