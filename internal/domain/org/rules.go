package org

import (
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Can reports whether any grant carries the permission.
func (a *Actor) Can(perm string) bool {
	if a == nil || !a.Active {
		return false
	}
	if a.System || perm == Self {
		return true
	}
	for _, g := range a.Grants {
		if g.Permissions[perm] {
			return true
		}
	}
	return false
}

// Cleared reports whether the actor may see the class at all.
func (a *Actor) Cleared(class string) bool {
	if class == Normal || class == "" || a.System {
		return true
	}
	for _, g := range a.Grants {
		if slices.Contains(g.Classes, class) {
			return true
		}
	}
	return false
}

// ClearedFor lists the classes the actor may see.
func (a *Actor) ClearedFor() []string {
	var out []string
	for _, c := range Classes {
		if a.Cleared(c) {
			out = append(out, c)
		}
	}
	return out
}

// Scope is what an actor may see under one permission: the union of the grants that carry it.
type Scope struct {
	all    bool
	grants []Grant
	owners []string
	glass  []string
}

// Scope gives the actor's scope under a permission.
func (a *Actor) Scope(perm string) Scope {
	s := Scope{all: a.System, owners: append([]string{a.ID}, a.Covers...), glass: a.Glass}
	for _, g := range a.Grants {
		if g.Permissions[perm] {
			s.grants = append(s.grants, g)
		}
	}
	return s
}

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

// Subject is a record as a scope sees it.
type Subject struct{ ID, Office, Origin, Programme, Owner, Class string }

// Sees decides for one record what SQL decides for many.
func (s Scope) Sees(r Subject) bool {
	if s.all {
		return true
	}
	for _, g := range s.grants {
		if (g.OfficeID == "" || g.OfficeID == r.Office || g.OfficeID == r.Origin) &&
			(g.Programme == "" || g.Programme == r.Programme) &&
			(!g.AssignedOnly || slices.Contains(s.owners, r.Owner)) &&
			(r.Class == Normal || slices.Contains(g.Classes, r.Class)) {
			return true
		}
	}
	return len(s.grants) > 0 && slices.Contains(s.glass, r.ID)
}

// Offices lists the offices the scope reaches; all is true when it is not limited to some.
func (s Scope) Offices() (ids []string, all bool) {
	if s.all {
		return nil, true
	}
	for _, g := range s.grants {
		if g.OfficeID == "" {
			return nil, true
		}
		ids = append(ids, g.OfficeID)
	}
	return ids, false
}
