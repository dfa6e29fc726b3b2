package casefile

import (
	"context"

	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
)

// Own gives the conditions this room answers itself, by the names that packs use. app adds those of the floors above.
func (d *Domain) Own() map[string]Condition {
	return map[string]Condition{"consent.recorded": d.consentRecorded, "case.settled": d.settled}
}

// FormSent is the condition that a form was sent: for the case, or for everybody in it where the form is about a person.
func (d *Domain) FormSent(code string) Condition {
	return func(ctx context.Context, r *gate.R, c Case) ([]Unmet, error) {
		pack, err := d.Packs.Version(c.Programme, c.PackVersion)
		if err != nil {
			return nil, err
		}
		form := pack.Form(code)
		if form == nil { // this programme does not ask for it
			return nil, nil
		}
		rows, err := formRows(ctx, r, c.ID, code)
		if err != nil {
			return nil, err
		}
		sent := map[string]bool{}
		for _, f := range rows {
			sent[f.PersonID] = true
		}
		href := "/cases/" + c.ID + "/forms/" + code
		if form.Per != "person" {
			if len(rows) > 0 {
				return nil, nil
			}
			return []Unmet{{Key: "case.missing.form.case", Href: href}}, nil
		}
		ms, err := Members(ctx, r, c.ID)
		var out []Unmet
		for _, m := range ms {
			if !sent[m.ID] {
				out = append(out, Unmet{Key: "case.missing.form.person", Args: []any{"name", m.Called()}, Href: href + "?person=" + m.ID})
			}
		}
		return out, err
	}
}

// consentRecorded asks that everybody in the case agreed that this office keeps their data, themselves or by a guardian.
func (d *Domain) consentRecorded(ctx context.Context, r *gate.R, c Case) ([]Unmet, error) {
	ms, err := Members(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	var out []Unmet
	for _, m := range ms {
		ok, err := person.HasConsent(ctx, r, m.ID, "store", "our_office")
		if err != nil {
			return nil, err
		}
		if !ok {
			out = append(out, Unmet{Key: "case.missing.consent", Args: []any{"name", m.Called()}, Href: "/persons/" + m.ID + "/consent"})
		}
	}
	return out, nil
}

// settled asks that nothing of the case's own is left hanging: no hand-over without an answer, no task but the stage's.
func (d *Domain) settled(ctx context.Context, r *gate.R, c Case) ([]Unmet, error) {
	var out []Unmet
	if h, ok, err := lastHandOver(ctx, r, c.ID); err != nil {
		return nil, err
	} else if ok && h.Answer == "" {
		out = append(out, Unmet{Key: "case.missing.hand_over", Href: "/cases/" + c.ID + "/hand-over"})
	}
	pack, err := d.Packs.Version(c.Programme, c.PackVersion)
	if err != nil {
		return nil, err
	}
	s, _, _ := pack.Stage(c.Stage)
	rows, err := openTaskRows(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	left := int64(0)
	for _, t := range rows {
		if (t.Code == "" || t.Code != s.Task) && t.Code != HandOverTask {
			left++
		}
	}
	if left > 0 {
		out = append(out, Unmet{Key: "case.missing.tasks", Args: []any{"n", left}, Href: "/cases/" + c.ID + "/tasks"})
	}
	return out, nil
}
