package org

import "slices"

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

// Wide is the part of a scope that reaches whole offices and programmes: the grants that ask nothing about a single case.
func (s Scope) Wide() Scope {
	return Scope{all: s.all, grants: slices.DeleteFunc(slices.Clone(s.grants), func(g Grant) bool { return g.AssignedOnly })}
}

// Own is what a scope may reach besides Wide: the cases of these owners (none where no grant asks whose a case is), and single
// cases whose glass was broken.
func (s Scope) Own() (owners, cases []string) {
	if s.all {
		return nil, nil
	}
	if slices.ContainsFunc(s.grants, func(g Grant) bool { return g.AssignedOnly }) {
		owners = s.owners
	}
	return owners, s.glass
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

// Countries lists the countries in which the active offices lie that the scope reaches: programmes of others are none of the
// reader's business.
func (s Scope) Countries(offices []Office) (out []string) {
	reach, all := s.Offices()
	for _, o := range offices {
		if o.Active && (all || slices.Contains(reach, o.ID)) && !slices.Contains(out, o.Country) {
			out = append(out, o.Country)
		}
	}
	return out
}
