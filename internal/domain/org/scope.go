package org

import (
	"strings"

	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Columns names where a query keeps what a scope speaks of. They are constants in the code, never input.
type Columns struct{ ID, Office, Origin, Programme, Owner, Class string }

// CaseColumns are the columns of table casefile under an alias.
func CaseColumns(alias string) Columns {
	return Columns{alias + ".id", alias + ".host_office", alias + ".origin_office", alias + ".programme", alias + ".owner_id", alias + ".class"}
}

// SQL writes the scope as a condition, in parentheses. A scope without grants is FALSE: it fails closed. The same conditions
// decide single records (Sees) and lists, and a property test holds the two together.
func (s Scope) SQL(c Columns, a *db.Args) string {
	if s.all {
		return "(1 = 1)"
	}
	var any []string
	for _, g := range s.grants {
		all := []string{}
		if g.OfficeID != "" {
			o := a.Add(g.OfficeID)
			all = append(all, "("+c.Office+" = "+o+" OR "+c.Origin+" = "+o+")")
		}
		if g.Programme != "" {
			all = append(all, c.Programme+" = "+a.Add(g.Programme))
		}
		if g.AssignedOnly {
			all = append(all, c.Owner+" IN "+a.In(s.owners))
		}
		all = append(all, c.Class+" IN "+a.In(append([]string{Normal}, g.Classes...)))
		any = append(any, "("+strings.Join(all, " AND ")+")")
	}
	if len(s.glass) > 0 && len(s.grants) > 0 {
		any = append(any, c.ID+" IN "+a.In(s.glass))
	}
	if len(any) == 0 {
		return "(1 = 0)"
	}
	return "(" + strings.Join(any, " OR ") + ")"
}
