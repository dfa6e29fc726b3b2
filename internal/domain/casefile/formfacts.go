package casefile

import (
	"context"
	"maps"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// FormFacts gives what the latest answers settle for the rules in each of many cases, about each person (and about the case
// itself, under ""), from forms and questions of no protected class: a rule may look only at what whoever sees the case may see.
func (d *Domain) FormFacts(ctx context.Context, r *gate.R, cs []Case) (map[string]map[string]programme.Facts, error) {
	out := map[string]map[string]programme.Facts{}
	return out, d.eachSettled(ctx, r, cs, func(f FormRecord, settled programme.Facts) {
		if out[f.CaseID] == nil {
			out[f.CaseID] = map[string]programme.Facts{}
		}
		of := out[f.CaseID]
		if of[f.PersonID] == nil {
			of[f.PersonID] = programme.Facts{}
		}
		maps.Copy(of[f.PersonID], settled)
	})
}

// FactRecords says of the facts that FormFacts gives about a case in which record each was answered: by person, fact and id.
func (d *Domain) FactRecords(ctx context.Context, r *gate.R, c Case) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	return out, d.eachSettled(ctx, r, []Case{c}, func(f FormRecord, settled programme.Facts) {
		if out[f.PersonID] == nil {
			out[f.PersonID] = map[string]string{}
		}
		for name := range settled {
			out[f.PersonID][name] = f.ID
		}
	})
}

// eachSettled opens the records that settle facts, later answers after earlier ones.
func (d *Domain) eachSettled(ctx context.Context, r *gate.R, cs []Case, take func(f FormRecord, settled programme.Facts)) error {
	packs, ids := map[string]*programme.Pack{}, make([]string, 0, len(cs))
	for _, c := range cs {
		pack, err := d.Packs.Version(c.Programme, c.PackVersion)
		if err != nil {
			return err
		}
		packs[c.ID], ids = pack, append(ids, c.ID)
	}
	var a db.Args
	rows, err := db.All(ctx, r.Tx, scanForm, `SELECT `+formColumns+` FROM form_record WHERE case_id IN `+a.In(ids)+` AND superseded_by = '' AND class = `+a.Add(org.Normal)+` ORDER BY submitted_at, id`, a.Values...)
	if err != nil {
		return err
	}
	var keys []string
	for _, f := range rows {
		keys = append(keys, subjectOf(f.CaseID, f.PersonID))
	}
	if err := r.Vault().Fetch(ctx, r.Tx, keys); err != nil {
		return err
	}
	for _, f := range rows {
		form := packs[f.CaseID].Form(f.Form)
		if form == nil {
			continue
		}
		if err := f.open(ctx, r); err != nil {
			return err
		}
		for _, q := range f.Questions.Questions {
			if q.Class != "" && q.Class != org.Normal {
				delete(f.Answers, q.ID)
			}
		}
		take(f, form.Facts(f.Answers))
	}
	return nil
}
