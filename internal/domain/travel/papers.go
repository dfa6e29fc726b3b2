package travel

import (
	"context"
	"strconv"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// maxText bounds what is typed into one field of this room.
const maxText = 1000

func tooLong(name, s string, n int) []fault.Field {
	if utf8.RuneCountInString(s) > n {
		return []fault.Field{{Name: name, Key: "travel.err.too_long", Args: []any{"n", n}}}
	}
	return nil
}

// mayAsk refuses to send anything about people to anybody before the declaration is signed and each of them has agreed.
// Whose consent is missing is told by name.
func (d *Domain) mayAsk(ctx context.Context, r *gate.R, c casefile.Case, people []casefile.Member, purpose, recipient string) error {
	declared := false
	var err error
	if d.Declared != nil {
		if declared, err = d.Declared(ctx, r, c.ID); err != nil {
			return err
		}
	}
	if !declared {
		return fault.New(fault.Conflict, "travel.err.not_declared")
	}
	var fs []fault.Field
	for _, m := range people {
		ok := false
		if d.Consent != nil {
			if ok, err = d.Consent(ctx, r, m.ID, purpose, recipient); err != nil {
				return err
			}
		}
		if !ok {
			fs = append(fs, fault.Field{Name: "person", Key: "travel.err.no_consent", Args: []any{"name", m.Called()}})
		}
	}
	return fault.Fields(fs)
}

// RequestDocument writes down that a travel document was asked for. Sending it again under the same id changes nothing.
func (d *Domain) RequestDocument(ctx context.Context, actor string, in Document) error {
	return d.onCase(ctx, actor, PermPapers, in.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		if again, err := repeated(ctx, w, *c, "travel_document", in.ID, "travel.document_repeated"); err != nil || again {
			return err
		}
		ms, err := casefile.Members(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		m, ok := memberIn(ms, in.PersonID)
		var fs []fault.Field
		if !id.Valid(in.ID) {
			return fault.Gone()
		}
		if !ok {
			fs = append(fs, fault.Field{Name: "person", Key: "travel.err.person"})
		}
		if !has(DocumentTypes, in.Type) {
			fs = append(fs, fault.Field{Name: "type", Key: "travel.err.type"})
		}
		if len(in.Country) != 2 {
			fs = append(fs, fault.Field{Name: "country", Key: "travel.err.country"})
		}
		if in.RequestedOn.IsZero() {
			in.RequestedOn = w.Today
		}
		if in.RequestedOn.After(w.Today) {
			fs = append(fs, fault.Field{Name: "requested_on", Key: "travel.err.future"})
		}
		fs = append(fs, tooLong("authority", in.Authority, 120)...)
		if err := fault.Fields(fs); err != nil {
			return err
		}
		if err := d.mayAsk(ctx, &w.R, *c, []casefile.Member{m}, "documents", recipientOf(in.Type, in.Country)); err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `INSERT INTO travel_document (id, case_id, person_id, type, country, authority, state, requested_on, interview_on, currency, revision, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,'requested',$7,$8,$9,1,$10,$11)`,
			in.ID, c.ID, m.ID, in.Type, in.Country, in.Authority, in.RequestedOn, in.InterviewOn, d.currency(*c), w.Actor.ID, db.At(w.Now)); err != nil {
			return err
		}
		return casefile.Record(ctx, w, *c, journal.Entry{Action: "travel.document_requested", Subject: journal.Ref{Kind: "travel_document", ID: in.ID}, Revision: 1, Key: m.ID,
			Args: map[string]string{"name": m.Called(), "type": in.Type, "country": in.Country}})
	})
}

// currency is that of the case's programme.
func (d *Domain) currency(c casefile.Case) string {
	if p, err := d.Cases.Packs.Version(c.Programme, c.PackVersion); err == nil && p.Currency != "" {
		return p.Currency
	}
	return "EUR"
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// repeated answers a form that was sent twice. The same id in another case tells nothing.
func repeated(ctx context.Context, w *gate.W, c casefile.Case, table, rowID, action string) (bool, error) {
	in, err := db.All(ctx, w.Tx, db.Value[string], `SELECT case_id FROM `+table+` WHERE id = $1`, rowID)
	if err != nil || len(in) == 0 {
		return false, err
	}
	if in[0] != c.ID {
		return false, fault.Gone()
	}
	return true, casefile.Record(ctx, w, c, journal.Entry{Action: action, Subject: journal.Ref{Kind: table, ID: rowID}})
}

// Values are the fields of an application that change on its way, as text.
func (x Document) Values() map[string]string {
	return map[string]string{"state": x.State, "authority": x.Authority, "interview_on": x.InterviewOn.String(), "issued_on": x.IssuedOn.String(), "expires_on": x.ExpiresOn.String(),
		"office_on": x.OfficeOn.String(), "traveller_on": x.TravellerOn.String(), "fee": strconv.FormatInt(x.Fee, 10), "number": x.Number}
}

func (x *Document) take(v map[string]string) {
	x.State, x.Authority, x.Number = v["state"], v["authority"], v["number"]
	for name, at := range map[string]*day.Date{"interview_on": &x.InterviewOn, "issued_on": &x.IssuedOn, "expires_on": &x.ExpiresOn, "office_on": &x.OfficeOn, "traveller_on": &x.TravellerOn} {
		*at, _ = day.Parse(v[name]) // written by Values
	}
	x.Fee, _ = strconv.ParseInt(v["fee"], 10, 64)
}

// checkDocument refuses dates that cannot be, and a paper that is issued without the words printed on it.
func checkDocument(x Document, today day.Date) error {
	var fs []fault.Field
	bad := func(cond bool, name, key string) {
		if cond {
			fs = append(fs, fault.Field{Name: name, Key: key})
		}
	}
	bad(x.State != Requested && x.State != Issued && x.State != Refused, "state", "travel.err.state")
	if x.State == Issued {
		bad(x.IssuedOn.IsZero(), "issued_on", "travel.err.issued_on")
		bad(x.ExpiresOn.IsZero(), "expires_on", "travel.err.expires_on")
		bad(x.Number == "", "number", "travel.err.doc_number")
	} else {
		bad(!x.OfficeOn.IsZero(), "office_on", "travel.err.not_issued")
		bad(!x.TravellerOn.IsZero(), "traveller_on", "travel.err.not_issued")
	}
	for name, on := range map[string]day.Date{"issued_on": x.IssuedOn, "office_on": x.OfficeOn, "traveller_on": x.TravellerOn} {
		bad(on.After(today), name, "travel.err.future")
	}
	bad(!x.ExpiresOn.IsZero() && !x.IssuedOn.IsZero() && !x.ExpiresOn.After(x.IssuedOn), "expires_on", "travel.err.expires_before")
	bad(x.Fee < 0, "fee", money.KeyNotNumber)
	fs = append(fs, tooLong("number", x.Number, 40)...)
	fs = append(fs, tooLong("authority", x.Authority, 120)...)
	return fault.Fields(fs)
}

// EditDocument writes down how an application stands. in.Revision is the one the form was opened with: what others changed
// meanwhile stays, and where both changed the same field nothing is written.
func (d *Domain) EditDocument(ctx context.Context, actor string, in Document) error {
	return d.onCase(ctx, actor, PermPapers, in.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		old, err := documentByID(ctx, &w.R, c.ID, in.ID)
		if err != nil {
			return err
		}
		base := map[string]string{}
		if in.Revision != old.Revision {
			lines, err := w.ChangedSince(ctx, old.ID, in.Revision)
			if err != nil {
				return err
			}
			for _, l := range lines {
				for _, ch := range l.Changes {
					if _, seen := base[ch.Field]; !seen {
						base[ch.Field] = ch.Old
					}
				}
			}
		}
		was := old.Values()
		merged, clash := merge(was, in.Values(), base)
		if len(clash) > 0 {
			f := fault.New(fault.Stale, "travel.err.stale")
			for _, name := range clash {
				f.Fields = append(f.Fields, fault.Field{Name: name, Key: "travel.err.stale_field", Args: []any{"now", was[name]}})
			}
			return f
		}
		next := old
		next.take(merged)
		if err := checkDocument(next, w.Today); err != nil {
			return err
		}
		var triples []string
		for _, name := range []string{"state", "authority", "interview_on", "issued_on", "expires_on", "office_on", "traveller_on", "fee", "number"} {
			triples = append(triples, name, was[name], merged[name])
		}
		diff := journal.Diff(triples...)
		e := journal.Entry{Action: "travel.document_changed", Subject: journal.Ref{Kind: "travel_document", ID: old.ID}, Key: old.PersonID, Changes: diff, Args: map[string]string{"type": old.Type}}
		if len(diff) == 0 {
			e.Action = "travel.document_same"
			return casefile.Record(ctx, w, *c, e)
		}
		sealed, err := w.Seal(ctx, next.PersonID, "travel_document.number:"+next.ID, next.Number)
		if err != nil {
			return err
		}
		blind := ""
		if next.Number != "" {
			blind = w.Vault().Ring().Blind(blindDocument, blindNumber(next.Number))
		}
		next.Revision++
		if _, err := w.Tx.Exec(ctx, `UPDATE travel_document SET state = $1, authority = $2, interview_on = $3, issued_on = $4, expires_on = $5, office_on = $6, traveller_on = $7, fee = $8, number = $9, blind = $10, revision = $11 WHERE id = $12`,
			next.State, next.Authority, next.InterviewOn, next.IssuedOn, next.ExpiresOn, next.OfficeOn, next.TravellerOn, next.Fee, sealed, blind, next.Revision, next.ID); err != nil {
			return err
		}
		e.Revision = next.Revision
		return casefile.Record(ctx, w, *c, e)
	})
}

// Question is what an authority is asked about the people of a case.
type Question struct {
	CaseID, Authority string
	RequestedOn       day.Date
	Persons           map[string]string // person id → id of the question, made by the form
}

// AskClearance writes down that an authority was asked whether anything stands against somebody's departure.
func (d *Domain) AskClearance(ctx context.Context, actor string, in Question) error {
	return d.onCase(ctx, actor, PermClearance, in.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		ms, err := casefile.Members(ctx, &w.R, c.ID)
		if err != nil {
			return err
		}
		if in.RequestedOn.IsZero() {
			in.RequestedOn = w.Today
		}
		var fs []fault.Field
		if !has(Authorities, in.Authority) {
			fs = append(fs, fault.Field{Name: "authority", Key: "travel.err.authority"})
		}
		if in.RequestedOn.After(w.Today) {
			fs = append(fs, fault.Field{Name: "requested_on", Key: "travel.err.future"})
		}
		var people []casefile.Member
		for _, m := range ms {
			if _, asked := in.Persons[m.ID]; asked {
				people = append(people, m)
			}
		}
		if len(people) == 0 || len(people) != len(in.Persons) {
			fs = append(fs, fault.Field{Name: "person", Key: "travel.err.person"})
		}
		if err := fault.Fields(fs); err != nil {
			return err
		}
		if err := d.mayAsk(ctx, &w.R, *c, people, "clearance", "authority"); err != nil {
			return err
		}
		for _, m := range people {
			rowID := in.Persons[m.ID]
			if !id.Valid(rowID) {
				return fault.Gone()
			}
			if again, err := repeated(ctx, w, *c, "clearance", rowID, "travel.clearance_repeated"); err != nil {
				return err
			} else if again {
				continue
			}
			if _, err := w.Tx.Exec(ctx, `INSERT INTO clearance (id, case_id, person_id, authority, requested_on, by_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
				rowID, c.ID, m.ID, in.Authority, in.RequestedOn, w.Actor.ID, db.At(w.Now)); err != nil {
				return err
			}
			if err := casefile.Record(ctx, w, *c, journal.Entry{Action: "travel.clearance_asked", Subject: journal.Ref{Kind: "clearance", ID: rowID}, Key: m.ID,
				Args: map[string]string{"name": m.Called(), "authority": in.Authority}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// AnswerClearance writes down what an authority said. An answer may be corrected; what stood before is in the journal.
func (d *Domain) AnswerClearance(ctx context.Context, actor string, in Clearance) error {
	return d.onCase(ctx, actor, PermClearance, in.CaseID, func(ctx context.Context, w *gate.W, c *casefile.Case) error {
		old, err := db.One(ctx, w.Tx, scanClearance, `SELECT `+clearanceColumns+` FROM clearance WHERE id = $1 AND case_id = $2`, in.ID, c.ID)
		if err != nil {
			return gone(err)
		}
		if in.RepliedOn.IsZero() {
			in.RepliedOn = w.Today
		}
		var fs []fault.Field
		if !has(Replies, in.Reply) {
			fs = append(fs, fault.Field{Name: "reply", Key: "travel.err.reply"})
		}
		if in.RepliedOn.After(w.Today) || in.RepliedOn.Before(old.RequestedOn) {
			fs = append(fs, fault.Field{Name: "replied_on", Key: "travel.err.replied_on"})
		}
		if !in.ValidUntil.IsZero() && in.ValidUntil.Before(in.RepliedOn) {
			fs = append(fs, fault.Field{Name: "valid_until", Key: "travel.err.expires_before"})
		}
		fs = append(fs, tooLong("findings", in.Findings, maxText)...)
		if err := fault.Fields(fs); err != nil {
			return err
		}
		sealed, err := w.Seal(ctx, old.PersonID, "clearance.findings:"+old.ID, in.Findings)
		if err != nil {
			return err
		}
		if _, err := w.Tx.Exec(ctx, `UPDATE clearance SET reply = $1, replied_on = $2, valid_until = $3, findings = $4 WHERE id = $5`, in.Reply, in.RepliedOn, in.ValidUntil, sealed, old.ID); err != nil {
			return err
		}
		return casefile.Record(ctx, w, *c, journal.Entry{Action: "travel.clearance_answered", Subject: journal.Ref{Kind: "clearance", ID: old.ID}, Key: old.PersonID,
			Changes: journal.Diff("reply", old.Reply, in.Reply, "valid_until", old.ValidUntil.String(), in.ValidUntil.String()), Args: map[string]string{"authority": old.Authority, "reply": in.Reply}})
	})
}
