package accommodation

import (
	"context"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

// Conditions gives what this room answers, by the names that packs use.
func (d *Domain) Conditions() map[string]casefile.Condition {
	return map[string]casefile.Condition{"accommodation.settled": d.Settled}
}

// Settled asks that nobody of a case holds a place any more. It stands before closing.
func (d *Domain) Settled(ctx context.Context, r *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
	n, err := db.One(ctx, r.Tx, db.Value[int64], `SELECT COUNT(*) FROM stay s WHERE s.case_id = $1 AND `+live, c.ID)
	if err != nil || n == 0 {
		return nil, err
	}
	return []casefile.Unmet{{Key: "accommodation.missing.settled", Args: []any{"n", n}, Href: "/cases/" + c.ID + "/stay"}}, nil
}

// OnWithdraw frees beds and bookings: the place is for whoever prepares to return.
func (d *Domain) OnWithdraw(ctx context.Context, w *gate.W, c casefile.Case) ([]string, error) {
	stays, err := liveOf(ctx, w, c.ID)
	if err != nil || len(stays) == 0 {
		return nil, err
	}
	beds, err := end(ctx, w, stays)
	if err != nil {
		return nil, err
	}
	return []string{"accommodation.freed_beds"}, casefile.Record(ctx, w, c, about(stays[0], "accommodation.freed", "beds", strconv.Itoa(beds), "persons", strconv.Itoa(len(stays))))
}

// LivesAt says where the people of a case sleep now, in words: the house and the room. Empty: not with us.
func (d *Domain) LivesAt(ctx context.Context, r *gate.R, c casefile.Case) (string, error) {
	list, err := db.All(ctx, r.Tx, func(x db.Row) (string, error) {
		var site, unit string
		return site + " · " + unit, x.Scan(&site, &unit)
	}, `SELECT h.name, u.name FROM stay s JOIN site h ON h.id = s.site_id JOIN unit u ON u.id = s.unit_id WHERE s.case_id = $1 AND s.state IN ('in_house','absent') ORDER BY h.name, u.name, s.id LIMIT 1`, c.ID)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0], nil
}

const incidentColumns = `id, site_id, case_id, kind, class, on_day, text, by_id, at`

func scanIncident(r db.Row) (Incident, error) {
	var i Incident
	return i, r.Scan(&i.ID, &i.SiteID, &i.CaseID, &i.Kind, &i.Class, &i.On, &i.text, &i.By, db.InstantOf(&i.At))
}

func (i *Incident) key() string {
	if i.CaseID != "" {
		return i.CaseID
	}
	return i.SiteID
}

// Report writes down what happened in a house. Whoever is at the reception may report something of the protection class;
// reading it afterwards is for those who are cleared.
func (d *Domain) Report(ctx context.Context, actor string, in Incident) error {
	return d.onSite(ctx, actor, PermCheck, in.SiteID, func(ctx context.Context, w *gate.W, s Site) error {
		if !id.Valid(in.ID) {
			return fault.Gone()
		}
		var fs []fault.Field
		if !has(IncidentKinds, in.Kind) {
			fs = append(fs, fault.Field{Name: "kind", Key: "accommodation.err.incident_kind"})
		}
		if in.Kind == "protection" {
			in.Class = org.Protection
		}
		if in.Class != org.Normal && in.Class != org.Protection {
			fs = append(fs, fault.Field{Name: "class", Key: "accommodation.err.class"})
		}
		if in.On.IsZero() {
			in.On = w.Today
		}
		if in.On.After(w.Today) {
			fs = append(fs, fault.Field{Name: "on", Key: "accommodation.err.future"})
		}
		switch n := len([]rune(in.Text)); {
		case n == 0:
			fs = append(fs, fault.Field{Name: "text", Key: "accommodation.err.text"})
		case n > 4000:
			fs = append(fs, fault.Field{Name: "text", Key: "accommodation.err.too_long", Args: []any{"n", 4000}})
		}
		if err := fault.Fields(fs); err != nil {
			return err
		}
		if in.CaseID != "" {
			if _, err := casefile.ByID(ctx, &w.R, in.CaseID); err != nil {
				return err
			}
		}
		text, err := w.Seal(ctx, in.key(), "house_incident.text:"+in.ID, in.Text)
		if err != nil {
			return err
		}
		n, err := w.Tx.Exec(ctx, `INSERT INTO house_incident (id, site_id, case_id, kind, class, on_day, text, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (id) DO NOTHING`,
			in.ID, s.ID, in.CaseID, in.Kind, in.Class, in.On, text, w.Actor.ID, db.At(w.Now))
		if err != nil {
			return err
		}
		e := journal.Entry{Action: "accommodation.incident", Subject: journal.Ref{Kind: "incident", ID: in.ID}, Case: in.CaseID, Class: in.Class, Args: map[string]string{"site": s.Name, "kind": in.Kind}}
		if n == 0 {
			e.Action = "accommodation.incident_repeated"
		}
		return w.Record(ctx, e)
	})
}

// Incidents lists what happened in a house, last first, without the words; what the reader is not cleared for is left out.
func Incidents(ctx context.Context, r *gate.R, siteID string) (out []Incident, err error) {
	list, err := db.All(ctx, r.Tx, scanIncident, `SELECT `+incidentColumns+` FROM house_incident WHERE site_id = $1 ORDER BY on_day DESC, at DESC, id LIMIT 100`, siteID)
	for _, i := range list {
		if r.Actor.Cleared(i.Class) {
			out = append(out, i)
		}
	}
	return out, err
}

// ReadIncident opens a report. Reading it is an entry in the journal.
func (d *Domain) ReadIncident(ctx context.Context, actor, siteID, incidentID string) (in Incident, err error) {
	err = d.onSite(ctx, actor, PermView, siteID, func(ctx context.Context, w *gate.W, s Site) error {
		in, err = db.One(ctx, w.Tx, scanIncident, `SELECT `+incidentColumns+` FROM house_incident WHERE id = $1 AND site_id = $2`, incidentID, s.ID)
		if err != nil {
			return gone(err)
		}
		if !w.Actor.Cleared(in.Class) {
			return fault.Hidden("incident", in.ID)
		}
		if in.Text, _, err = w.Open(ctx, in.key(), "house_incident.text:"+in.ID, in.text); err != nil {
			return err
		}
		return w.Record(ctx, journal.Entry{Action: "accommodation.incident_read", Subject: journal.Ref{Kind: "incident", ID: in.ID}, Case: in.CaseID, Class: in.Class, Args: map[string]string{"site": s.Name, "kind": in.Kind}})
	})
	return in, err
}
