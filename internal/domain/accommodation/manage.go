package accommodation

import (
	"context"
	"strconv"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func goodName(name string, n int) []fault.Field {
	switch c := utf8.RuneCountInString(name); {
	case c == 0:
		return []fault.Field{{Name: "name", Key: "accommodation.err.name"}}
	case c > n:
		return []fault.Field{{Name: "name", Key: "accommodation.err.too_long", Args: []any{"n", n}}}
	}
	return nil
}

func siteEntry(s Site, action string, args ...string) journal.Entry {
	e := journal.Entry{Action: action, Subject: journal.Ref{Kind: "site", ID: s.ID}, Revision: s.Revision, Args: map[string]string{"site": s.Name}}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[args[i]] = args[i+1]
	}
	return e
}

// PutSite writes down a house, or changes one. Revision is the one the form was opened with; 0 for a new house.
func (d *Domain) PutSite(ctx context.Context, actor string, s Site) error {
	return d.Gate.Write(ctx, actor, PermManage, func(ctx context.Context, w *gate.W) error {
		fs := goodName(s.Name, 80)
		if !has(SiteKinds, s.Kind) {
			fs = append(fs, fault.Field{Name: "kind", Key: "accommodation.err.kind"})
		}
		if s.Official < 0 || s.Official > 100_000 {
			fs = append(fs, fault.Field{Name: "official", Key: "accommodation.err.places"})
		}
		if s.Maximum < s.Official || s.Maximum > 100_000 {
			fs = append(fs, fault.Field{Name: "maximum", Key: "accommodation.err.maximum"})
		}
		if s.OfficeID == "" {
			s.OfficeID = w.Actor.OfficeID
		}
		if !seesSite(&w.R, s) {
			fs = append(fs, fault.Field{Name: "office", Key: "accommodation.err.office"})
		}
		if !id.Valid(s.ID) {
			return fault.Gone()
		}
		if err := fault.Fields(fs); err != nil {
			return err
		}
		old, err := db.All(ctx, w.Tx, scanSite, `SELECT `+siteColumns+` FROM site h WHERE h.id = $1`, s.ID)
		if err != nil {
			return err
		}
		if len(old) == 0 {
			s.Revision = 1
			if _, err := w.Tx.Exec(ctx, `INSERT INTO site (id, office_id, name, kind, official, maximum, provisional, active, revision, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,TRUE,1,$8)`,
				s.ID, s.OfficeID, s.Name, s.Kind, s.Official, s.Maximum, s.Provisional, db.At(w.Now)); err != nil {
				return err
			}
			return w.Record(ctx, siteEntry(s, "accommodation.site_added"))
		}
		was := old[0]
		switch {
		case !seesSite(&w.R, was):
			return fault.Hidden("site", s.ID)
		case s.Revision == 0: // the form that made it, sent twice
			return w.Record(ctx, siteEntry(was, "accommodation.site_repeated"))
		case s.Revision != was.Revision:
			return fault.New(fault.Stale, "accommodation.err.stale")
		}
		s.Revision++
		if _, err := w.Tx.Exec(ctx, `UPDATE site SET name = $1, kind = $2, official = $3, maximum = $4, provisional = $5, active = $6, revision = $7 WHERE id = $8`, s.Name, s.Kind, s.Official, s.Maximum, s.Provisional, s.Active, s.Revision, s.ID); err != nil {
			return err
		}
		n := func(v int64) string { return strconv.FormatInt(v, 10) }
		e := siteEntry(s, "accommodation.site_changed")
		e.Changes = journal.Diff("name", was.Name, s.Name, "kind", was.Kind, s.Kind, "official", n(was.Official), n(s.Official), "maximum", n(was.Maximum), n(s.Maximum), "active", strconv.FormatBool(was.Active), strconv.FormatBool(s.Active))
		return w.Record(ctx, e)
	})
}

// onSite is the frame of the commands about one house.
func (d *Domain) onSite(ctx context.Context, actor, perm, siteID string, fn func(ctx context.Context, w *gate.W, s Site) error) error {
	return d.Gate.Write(ctx, actor, perm, func(ctx context.Context, w *gate.W) error {
		s, err := SiteByID(ctx, &w.R, siteID)
		if err != nil {
			return err
		}
		return fn(ctx, w, s)
	})
}

// maxBeds bounds one unit: a hall is cut into parts.
const maxBeds = 60

// AddUnit adds a room with its beds, named 1, 2, 3 …
func (d *Domain) AddUnit(ctx context.Context, actor string, u Unit, beds int64) error {
	return d.onSite(ctx, actor, PermManage, u.SiteID, func(ctx context.Context, w *gate.W, s Site) error {
		fs := goodName(u.Name, 40)
		if !has(UnitRules, u.Rule) {
			fs = append(fs, fault.Field{Name: "rule", Key: "accommodation.err.rule"})
		}
		if beds < 1 || beds > maxBeds {
			fs = append(fs, fault.Field{Name: "beds", Key: "accommodation.err.beds", Args: []any{"n", maxBeds}})
		}
		if !id.Valid(u.ID) {
			return fault.Gone()
		}
		if err := fault.Fields(fs); err != nil {
			return err
		}
		known, err := UnitsOf(ctx, &w.R, s.ID)
		if err != nil {
			return err
		}
		for _, k := range known {
			switch {
			case k.ID == u.ID:
				return w.Record(ctx, siteEntry(s, "accommodation.unit_repeated", "unit", k.Name))
			case k.Name == u.Name:
				return fault.At("name", "accommodation.err.unit_exists")
			}
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO unit (id, site_id, name, rule, accessible, revision) VALUES ($1,$2,$3,$4,$5,1)`, u.ID, s.ID, u.Name, u.Rule, u.Accessible); err != nil {
			return err
		}
		if err := addBeds(ctx, w, s.ID, u.ID, 0, beds); err != nil {
			return err
		}
		return w.Record(ctx, siteEntry(s, "accommodation.unit_added", "unit", u.Name, "beds", strconv.FormatInt(beds, 10)))
	})
}

func addBeds(ctx context.Context, w *gate.W, siteID, unitID string, have, n int64) error {
	for i := have + 1; i <= have+n; i++ {
		if _, err := w.Tx.Exec(ctx, `INSERT INTO bed (id, unit_id, site_id, name) VALUES ($1,$2,$3,$4)`, w.NewID(), unitID, siteID, strconv.FormatInt(i, 10)); err != nil {
			return err
		}
	}
	return nil
}

// ChangeUnit changes who may sleep in a room, and adds beds to it. Whoever sleeps there stays; the rule is for whoever comes.
func (d *Domain) ChangeUnit(ctx context.Context, actor string, u Unit, more int64) error {
	return d.onSite(ctx, actor, PermManage, u.SiteID, func(ctx context.Context, w *gate.W, s Site) error {
		was, err := db.One(ctx, w.Tx, scanUnit, `SELECT id, site_id, name, rule, accessible, revision FROM unit WHERE id = $1 AND site_id = $2`, u.ID, s.ID)
		if err != nil {
			return gone(err)
		}
		have, err := db.One(ctx, w.Tx, db.Value[int64], `SELECT COUNT(*) FROM bed WHERE unit_id = $1`, was.ID)
		if err != nil {
			return err
		}
		var fs []fault.Field
		if !has(UnitRules, u.Rule) {
			fs = append(fs, fault.Field{Name: "rule", Key: "accommodation.err.rule"})
		}
		if more < 0 || have+more > maxBeds {
			fs = append(fs, fault.Field{Name: "beds", Key: "accommodation.err.beds", Args: []any{"n", maxBeds}})
		}
		if u.Revision != was.Revision {
			return fault.New(fault.Stale, "accommodation.err.stale")
		}
		if err := fault.Fields(fs); err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE unit SET rule = $1, accessible = $2, revision = revision + 1 WHERE id = $3`, u.Rule, u.Accessible, was.ID); err != nil {
			return err
		}
		if err := addBeds(ctx, w, s.ID, was.ID, have, more); err != nil {
			return err
		}
		e := siteEntry(s, "accommodation.unit_changed", "unit", was.Name, "beds", strconv.FormatInt(more, 10))
		e.Changes = journal.Diff("rule", was.Rule, u.Rule, "accessible", strconv.FormatBool(was.Accessible), strconv.FormatBool(u.Accessible))
		return w.Record(ctx, e)
	})
}

// TakeOut takes a bed out of service until a day, with the reason. A bed somebody sleeps in is not taken from under them.
func (d *Domain) TakeOut(ctx context.Context, actor, siteID, bedID, reason string, until day.Date) error {
	return d.onSite(ctx, actor, PermManage, siteID, func(ctx context.Context, w *gate.W, s Site) error {
		var fs []fault.Field
		if !has(OutReasons, reason) {
			fs = append(fs, fault.Field{Name: "out_reason", Key: "accommodation.err.out_reason"})
		}
		if !until.After(w.Today) {
			fs = append(fs, fault.Field{Name: "out_until", Key: "accommodation.err.out_until"})
		}
		if err := fault.Fields(fs); err != nil {
			return err
		}
		b, err := db.One(ctx, w.Tx, scanBed, `SELECT `+bedColumns+` FROM bed WHERE id = $1 AND site_id = $2`, bedID, s.ID)
		if err != nil {
			return gone(err)
		}
		if b.StayID != "" {
			return fault.At("bed", "accommodation.err.bed_slept_in")
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE bed SET out_reason = $1, out_until = $2 WHERE id = $3`, reason, until, b.ID); err != nil {
			return err
		}
		return w.Record(ctx, siteEntry(s, "accommodation.bed_out", "bed", b.Name, "reason", reason, "until", until.String()))
	})
}

// PutBack puts a bed back in service.
func (d *Domain) PutBack(ctx context.Context, actor, siteID, bedID string) error {
	return d.onSite(ctx, actor, PermManage, siteID, func(ctx context.Context, w *gate.W, s Site) error {
		b, err := db.One(ctx, w.Tx, scanBed, `SELECT `+bedColumns+` FROM bed WHERE id = $1 AND site_id = $2`, bedID, s.ID)
		if err != nil {
			return gone(err)
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE bed SET out_reason = '', out_until = '' WHERE id = $1`, b.ID); err != nil {
			return err
		}
		return w.Record(ctx, siteEntry(s, "accommodation.bed_back", "bed", b.Name))
	})
}
