package programme

import (
	"fmt"
	"slices"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
)

// Current gives the version of a programme that is in force on a day: of those that cover it, the one that began last.
func (l *Library) Current(code string, on day.Date) (*Pack, error) {
	var best *Pack
	for _, p := range l.packs {
		if p.Code == code && !on.Before(p.From) && (p.Until.IsZero() || !on.After(p.Until)) && (best == nil || p.From.After(best.From)) {
			best = p
		}
	}
	if best == nil {
		return nil, fault.At("programme", "programme.err.not_in_force")
	}
	return best, nil
}

// Version gives the version a case was decided under, in force or not.
func (l *Library) Version(code, version string) (*Pack, error) {
	for _, p := range l.packs {
		if p.Code == code && p.Version == version {
			return p, nil
		}
	}
	return nil, fmt.Errorf("programme %s version %s is not in this installation's packs", code, version)
}

// In lists every version of the programmes that help people home from these countries; where none does, of all there are, so
// that an office abroad of which nobody knows what it is for is not left without.
func (l *Library) In(countries []string) (out []*Pack) {
	for _, p := range l.packs {
		if slices.Contains(countries, p.Host) {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return l.packs
	}
	return out
}

// On gives the version a case was decided under as it stands on a day: with the retroactive amounts of the newer versions
// that are in force by then.
func (l *Library) On(code, version string, on day.Date) (*Pack, error) {
	p, err := l.Version(code, version)
	if err != nil {
		return nil, err
	}
	return l.Under(p, l.Newer(p, on)), nil
}

// Newer lists the versions of the same programme that came after p and are in force, or were, by a day.
func (l *Library) Newer(p *Pack, on day.Date) (versions []string) {
	for _, o := range l.packs {
		if o.Code == p.Code && o.From.After(p.From) && !on.Before(o.From) {
			versions = append(versions, o.Version)
		}
	}
	return versions
}

// Under gives a version with the retroactive amounts of exactly these newer ones, whatever else was added since.
func (l *Library) Under(p *Pack, newer []string) *Pack {
	if len(p.later) == 0 {
		return p
	}
	as := *p
	l.grant(&as, func(o *Pack) bool { return slices.Contains(newer, o.Version) })
	return &as
}

// All lists every version.
func (l *Library) All() []*Pack { return l.packs }

// Codes lists the programmes there are.
func (l *Library) Codes() (out []string) {
	for _, p := range l.packs {
		out = append(out, p.Code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
