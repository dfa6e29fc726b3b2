package counselling

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Conditions gives what this room answers before a case leaves a stage, by the names that packs use.
func (d *Domain) Conditions() map[string]casefile.Condition {
	return map[string]casefile.Condition{"counselling.session_held": sessionHeld, "counselling.wishes_to_proceed": wishes, "counselling.fear_looked_at": fearLookedAt}
}

func tab(caseID string) string { return "/cases/" + caseID + "/counselling" }

// sessionHeld asks that who applied was counselled, alone with their family, and heard of every way open to them.
func sessionHeld(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	st, err := StateOf(ctx, r, c)
	if err != nil {
		return nil, err
	}
	if !st.Counselled {
		return []casefile.Unmet{{Key: "counselling.missing.session", Href: tab(c.ID) + "/new"}}, nil
	}
	var out []casefile.Unmet
	for _, o := range st.Unheard {
		out = append(out, casefile.Unmet{Key: "counselling.missing.option_" + o, Href: tab(c.ID) + "/new"})
	}
	return out, nil
}

// wishes asks that they said in the last talk that they wish to go on, and that nobody's fear is left unlooked at.
func wishes(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	st, err := StateOf(ctx, r, c)
	if err != nil {
		return nil, err
	}
	var out []casefile.Unmet
	if st.Latest != Proceed {
		out = append(out, casefile.Unmet{Key: "counselling.missing.wish", Href: tab(c.ID) + "/new"})
	}
	return append(out, fearOf(st, c)...), nil
}

// fearLookedAt alone, for stages after counselling: a fear may be told late.
func fearLookedAt(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	st, err := StateOf(ctx, r, c)
	return fearOf(st, c), err
}

func fearOf(st State, c casefile.Case) []casefile.Unmet {
	if !st.Fear {
		return nil
	}
	return []casefile.Unmet{{Key: "counselling.missing.fear", Href: tab(c.ID)}}
}

// Held tells whether a declaration may be signed as far as the talks go: who applied was counselled and heard of every
// way open to them, and no fear waits for protection.
func Held(ctx context.Context, r *gate.R, caseID string) (bool, error) {
	principal, err := db.One(ctx, r.Tx, db.Value[string], `SELECT principal_id FROM casefile WHERE id = $1`, caseID)
	if err != nil {
		return false, err
	}
	list, err := Sessions(ctx, r, caseID)
	if err != nil {
		return false, err
	}
	return stateOf(list, principal).Held(), nil
}
