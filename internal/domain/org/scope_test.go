package org_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

// What a list shows and what a single page opens must never differ: Scope.SQL and Scope.Sees are held together over random
// grants and cases, on both engines.
func TestScope_listsAndPagesAgree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		offices, programmes, owners := []string{"o1", "o2", "o3"}, []string{"p1", "p2"}, []string{"me", "absent", "else", ""}
		classes := append([]string{org.Normal}, org.Classes...)
		var cases []org.Subject
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `CREATE TABLE scope_case (id TEXT PRIMARY KEY, host_office TEXT, origin_office TEXT, programme TEXT, owner_id TEXT, class TEXT)`); err != nil {
				return err
			}
			for _, o := range offices {
				for _, g := range append([]string{""}, offices...) {
					for _, p := range programmes {
						for _, w := range owners {
							for _, c := range classes {
								s := org.Subject{ID: fmt.Sprintf("c%03d", len(cases)), Office: o, Origin: g, Programme: p, Owner: w, Class: c}
								cases = append(cases, s)
								if _, err := tx.Exec(ctx, `INSERT INTO scope_case (id, host_office, origin_office, programme, owner_id, class) VALUES ($1,$2,$3,$4,$5,$6)`, s.ID, s.Office, s.Origin, s.Programme, s.Owner, s.Class); err != nil {
									return err
								}
							}
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			a := &org.Actor{Staff: org.Staff{ID: "me", Active: true, System: rapid.IntRange(0, 30).Draw(t, "system") == 0}}
			if rapid.Bool().Draw(t, "covers") {
				a.Covers = []string{"absent"}
			}
			for range rapid.IntRange(0, 3).Draw(t, "glass") {
				a.Glass = append(a.Glass, rapid.SampledFrom(cases).Draw(t, "case").ID)
			}
			for range rapid.IntRange(0, 3).Draw(t, "grants") {
				g := org.Grant{OfficeID: rapid.SampledFrom(append(offices, "", "")).Draw(t, "office"), Programme: rapid.SampledFrom(append(programmes, "", "")).Draw(t, "programme"),
					AssignedOnly: rapid.Bool().Draw(t, "assigned"), Permissions: map[string]bool{"case.view": rapid.Bool().Draw(t, "view")}}
				for _, c := range org.Classes {
					if rapid.IntRange(0, 2).Draw(t, c) == 0 {
						g.Classes = append(g.Classes, c)
					}
				}
				a.Grants = append(a.Grants, g)
			}
			s := a.Scope("case.view")
			var want, got []string
			for _, c := range cases {
				if s.Sees(c) {
					want = append(want, c.ID)
				}
			}
			err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
				var args db.Args
				q := `SELECT c.id FROM scope_case c WHERE ` + s.SQL(org.CaseColumns("c"), &args) + ` ORDER BY c.id`
				got, err = db.All(ctx, tx, db.Value[string], q, args.Values...)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(want, got) {
				t.Fatalf("pages open %d cases, lists show %d", len(want), len(got))
			}
			if len(a.Grants) == 0 && !a.System && len(got) > 0 {
				t.Fatalf("nothing granted, yet %v", got)
			}
		})
	})
}

func TestSelf(t *testing.T) {
	a := &org.Actor{Staff: org.Staff{ID: "me", Active: true}}
	if !a.Can(org.Self) || a.Can("case.view") || a.Scope(org.Self).Sees(org.Subject{ID: "c", Class: org.Normal, Owner: "me"}) {
		t.Error("looking after one's own account opens something else")
	}
	if a.Active = false; a.Can(org.Self) {
		t.Error("somebody who left still has an account")
	}
}

func TestCheckStaff(t *testing.T) {
	ok := org.Staff{Login: "Maria.K", Name: "Maria", OfficeID: "o"}
	for _, c := range []struct {
		change func(*org.Staff)
		field  string
	}{
		{func(*org.Staff) {}, ""}, {func(s *org.Staff) { s.Name = "" }, "name"}, {func(s *org.Staff) { s.Login = "m" }, "login"}, {func(s *org.Staff) { s.Login = "maria k" }, "login"},
		{func(s *org.Staff) { s.Login = "maria<script>" }, "login"}, {func(s *org.Staff) { s.Email = "no address" }, "email"}, {func(s *org.Staff) { s.Email = "m@example.org" }, ""}, {func(s *org.Staff) { s.OfficeID = "" }, "office"},
	} {
		s := ok
		c.change(&s)
		got := ""
		if p := org.CheckStaff(s); len(p) > 0 {
			got = p[0].Name
		}
		if got != c.field {
			t.Errorf("%+v: %q, want %q", s, got, c.field)
		}
	}
}
