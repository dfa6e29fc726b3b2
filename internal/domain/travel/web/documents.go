package travelweb

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// documents shows who can travel with what they hold, what was asked for, and what the authorities say.
func (x *Web) documents(w http.ResponseWriter, r *web.Request) error {
	var papers []travel.Paper
	var docs []travel.Document
	var asked []travel.Clearance
	var ms []casefile.Member
	var actor *org.Actor
	var missing []casefile.Unmet
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		actor = g.Actor
		if papers, err = x.Travel.PapersOf(ctx, g, c); err != nil {
			return err
		}
		if docs, err = travel.Documents(ctx, g, c.ID); err != nil {
			return err
		}
		if asked, err = travel.Clearances(ctx, g, c.ID); err != nil {
			return err
		}
		if missing, err = x.Travel.DocumentsComplete(ctx, g, c); err != nil {
			return err
		}
		ms, err = casefile.Members(ctx, g, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	open := c.State == casefile.Open
	who := map[string]string{}
	for _, m := range ms {
		who[m.ID] = m.Called()
	}
	state := casepages.Group{Title: p.T("travel.documents.state"), Empty: p.T("travel.missing.nobody")}
	for _, q := range papers {
		e := casepages.Entry{Name: q.Person.Parts(), Links: []casepages.Link{{Href: "/persons/" + q.Person.ID, Label: p.T("travel.documents.identity"), Kind: "bare"}}}
		if q.Problem == "" {
			e.Tags = []casepages.Tag{{Kind: "ok", Text: p.T("travel.documents.good")}}
		} else {
			u := p.T("travel.missing.paper_"+q.Problem, "name", q.Person.Called(), "date", q.Expires)
			e.Tags = []casepages.Tag{{Kind: "late", Text: u}}
		}
		if q.Kind != "" && q.Expires.IsZero() {
			e.Lines = []string{p.T("travel.documents.held_no_date", "type", p.T("travel.type."+q.Kind), "where", p.T("travel.where."+q.Where))}
		} else if q.Kind != "" {
			e.Lines = []string{p.T("travel.documents.held", "type", p.T("travel.type."+q.Kind), "date", q.Expires, "where", p.T("travel.where."+q.Where))}
		}
		state.Entries = append(state.Entries, e)
	}
	apps := casepages.Group{Title: p.T("travel.documents.applications"), Empty: p.T("travel.documents.none")}
	for _, d := range docs {
		e := casepages.Entry{Title: p.T("travel.documents.of", "name", who[d.PersonID], "type", p.T("travel.type."+d.Type)), Tags: []casepages.Tag{{Kind: docTag(d.State), Text: p.T("travel.doc_state." + d.State)}}}
		e.Lines = docLines(p, d)
		if open && actor.Can(travel.PermPapers) && d.State != travel.Stopped {
			e.Links = []casepages.Link{{Href: room.Href(c.ID, "documents", d.ID), Label: p.T("travel.documents.change")}}
		}
		apps.Entries = append(apps.Entries, e)
	}
	way := casepages.Group{Title: p.T("travel.clearance.title"), Empty: p.T("travel.clearance.none")}
	for _, q := range asked {
		e := casepages.Entry{Title: who[q.PersonID] + " · " + p.T("travel.authority."+q.Authority), Tags: []casepages.Tag{{Kind: replyTag(q.Reply), Text: p.T("travel.reply." + q.Reply)}}, Lines: []string{p.T("travel.clearance.asked", "date", q.RequestedOn)}}
		if !q.RepliedOn.IsZero() {
			e.Lines = append(e.Lines, p.T("travel.clearance.answered", "date", q.RepliedOn))
		}
		if !q.ValidUntil.IsZero() {
			e.Lines = append(e.Lines, p.T("travel.clearance.until", "date", q.ValidUntil))
		}
		if q.Findings != "" {
			e.Lines = append(e.Lines, q.Findings)
		}
		if open && actor.Can(travel.PermClearance) && q.Reply != travel.Stopped {
			e.Links = []casepages.Link{{Href: room.Href(c.ID, "clearance", q.ID), Label: p.T("travel.clearance.answer")}}
		}
		way.Entries = append(way.Entries, e)
	}
	if open && actor.Can(travel.PermPapers) {
		apps.Links = []casepages.Link{{Href: room.Href(c.ID, "documents", "new"), Label: p.T("travel.documents.add")}}
	}
	if open && actor.Can(travel.PermClearance) {
		way.Links = []casepages.Link{{Href: room.Href(c.ID, "clearance", "new"), Label: p.T("travel.clearance.add")}}
	}
	more := casepages.Group{Title: p.T("travel.documents.more"), Links: []casepages.Link{{Href: room.Href(c.ID, "files"), Label: p.T("travel.documents.files")}, {Href: room.Href(c.ID, "forms"), Label: p.T("travel.documents.forms")}, {Href: room.Href(c.ID, "print"), Label: p.T("travel.documents.print")}}}
	v := casepages.Sheet{P: p, Groups: []casepages.Group{state, apps, way, more}}
	v.Groups[0].Lead = p.T("travel.documents.today")
	if !c.DepartsOn.IsZero() {
		v.Groups[0].Lead = p.T("travel.documents.on", "date", c.DepartsOn)
	}
	if len(missing) > 0 && open { // one missing paper keeps the whole family here
		v.NoticeKind, v.NoticeTitle = "warn", p.T(missing[0].Key, missing[0].Args...)
	}
	return x.inCase(w, r, c, "documents", p.T("travel.documents.title"), nil, casepages.SheetPage(v))
}

func docTag(state string) string {
	switch state {
	case travel.Issued:
		return "ok"
	case travel.Refused:
		return "late"
	}
	return "soon"
}

func replyTag(reply string) string {
	switch reply {
	case travel.Go:
		return "ok"
	case travel.Refused, travel.Wait:
		return "late"
	}
	return "soon"
}

func docLines(p *i18n.Printer, d travel.Document) (out []string) {
	place := p.Country(d.Country)
	if d.Authority != "" {
		place = p.T("travel.documents.at", "authority", d.Authority, "country", place)
	}
	out = append(out, place, p.T("travel.documents.asked", "date", d.RequestedOn))
	add := func(on day.Date, key string, args ...any) {
		if !on.IsZero() {
			out = append(out, p.T(key, append([]any{"date", on}, args...)...))
		}
	}
	add(d.InterviewOn, "travel.documents.interview")
	add(d.IssuedOn, "travel.documents.issued", "expires", d.ExpiresOn)
	if d.Number != "" {
		out = append(out, p.T("travel.documents.number", "number", d.Number))
	}
	add(d.OfficeOn, "travel.documents.office")
	add(d.TravellerOn, "travel.documents.traveller")
	if d.Fee > 0 {
		out = append(out, p.T("travel.documents.fee", "fee", p.Money(money.Of(d.Fee, d.Currency))))
	}
	return out
}

func (x *Web) askDocument(w http.ResponseWriter, r *web.Request) error {
	return x.drawRequest(w, r, nil)
}

func (x *Web) drawRequest(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var ms []casefile.Member
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		ms, err = casefile.Members(ctx, g, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	country := r.Text("country")
	if country == "" {
		country = c.Nationality
	}
	var lands []ui.Option
	for _, o := range p.Countries() {
		lands = append(lands, ui.Option{Value: o.Code, Label: o.Name})
	}
	return x.ask(w, r, c, "documents", casepages.Ask{Title: p.T("travel.documents.add"), Problems: ps, Submit: p.T("common.save"), Items: []casepages.Item{
		{Kind: "select", Field: ui.Field{Name: "person", Label: p.T("travel.ask.person"), Required: true, Value: r.Text("person"), Options: ui.Choose(p, people(ms))}},
		{Kind: "radios", Field: ui.Field{Name: "type", Label: p.T("travel.ask.type"), Required: true, Value: r.Text("type"), Options: ui.Options(travel.DocumentTypes, ui.Keyed(p, "travel.type."))}},
		{Kind: "select", Field: ui.Field{Name: "country", Label: p.T("travel.ask.country"), Required: true, Value: country, Options: ui.Choose(p, lands)}},
		{Kind: "text", Field: ui.Field{Name: "authority", Label: p.T("travel.ask.authority"), Value: r.Text("authority"), MaxLen: 120}},
		{Kind: "date", Field: ui.Field{Name: "requested_on", Label: p.T("travel.ask.requested_on"), Value: room.Day(r, "requested_on", x.Travel.Gate.Today())}},
		{Kind: "date", Field: ui.Field{Name: "interview_on", Label: p.T("travel.ask.interview_on"), Value: r.DateText("interview_on")}},
	}})
}

func (x *Web) requestDocument(w http.ResponseWriter, r *web.Request) error {
	in := travel.Document{ID: r.Text("id"), CaseID: r.PathValue("id"), PersonID: r.Text("person"), Type: r.Text("type"), Country: r.Text("country"), Authority: r.Text("authority")}
	err := dates(r, map[string]*day.Date{"requested_on": &in.RequestedOn, "interview_on": &in.InterviewOn})
	if err == nil {
		err = x.Travel.RequestDocument(r.Context(), r.UserID, in)
	}
	return room.After(w, r, err, room.Href(in.CaseID, "documents"), "travel.said.document_asked", func(ps []ui.Problem) error { return x.drawRequest(w, r, ps) })
}

// document finds one application of a case.
func (x *Web) document(r *web.Request) (c casefile.Case, d travel.Document, err error) {
	c, err = x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) error {
		list, err := travel.Documents(ctx, g, c.ID)
		for _, y := range list {
			if y.ID == r.PathValue("doc") {
				d = y
				return err
			}
		}
		if err == nil {
			err = fault.Gone()
		}
		return err
	})
	return c, d, err
}

func (x *Web) editDocument(w http.ResponseWriter, r *web.Request) error {
	c, d, err := x.document(r)
	if err != nil {
		return err
	}
	v := d.Values()
	v["fee"] = money.Of(d.Fee, d.Currency).Decimal()
	v["rev"] = strconv.FormatInt(d.Revision, 10)
	return x.drawDocument(w, r, c, d, v, nil)
}

func (x *Web) drawDocument(w http.ResponseWriter, r *web.Request, c casefile.Case, d travel.Document, v map[string]string, ps []ui.Problem) error {
	p := r.P
	date := func(name string) casepages.Item {
		return casepages.Item{Kind: "date", Field: ui.Field{Name: name, Label: p.T("travel.ask." + name), Value: v[name]}}
	}
	return x.ask(w, r, c, "documents", casepages.Ask{Title: p.T("travel.type." + d.Type), Lead: docLines(p, d), Problems: ps, Hidden: map[string]string{"rev": v["rev"]}, Submit: p.T("common.save"), Items: []casepages.Item{
		{Kind: "radios", Field: ui.Field{Name: "state", Label: p.T("travel.ask.state"), Required: true, Value: v["state"], Options: ui.Options([]string{travel.Requested, travel.Issued, travel.Refused}, ui.Keyed(p, "travel.doc_state."))}},
		{Kind: "text", Field: ui.Field{Name: "authority", Label: p.T("travel.ask.authority"), Value: v["authority"], MaxLen: 120}},
		date("interview_on"),
		{Kind: "text", Field: ui.Field{Name: "fee", Label: p.T("travel.ask.fee"), Value: v["fee"], Suffix: d.Currency, InputMode: "decimal"}},
		date("issued_on"), date("expires_on"),
		{Kind: "text", Field: ui.Field{Name: "number", Label: p.T("travel.ask.number"), Value: v["number"], MaxLen: 40, Dir: "ltr"}},
		date("office_on"), date("traveller_on"),
	}})
}

func (x *Web) saveDocument(w http.ResponseWriter, r *web.Request) error {
	c, d, err := x.document(r)
	if err != nil {
		return err
	}
	in := travel.Document{ID: d.ID, CaseID: c.ID, State: r.Text("state"), Authority: r.Text("authority"), Number: r.Text("number"), Revision: number(r.Text("rev"))}
	err = dates(r, map[string]*day.Date{"interview_on": &in.InterviewOn, "issued_on": &in.IssuedOn, "expires_on": &in.ExpiresOn, "office_on": &in.OfficeOn, "traveller_on": &in.TravellerOn})
	if err == nil {
		in.Fee, err = amount(r, "fee", d.Currency)
	}
	if err == nil {
		err = x.Travel.EditDocument(r.Context(), r.UserID, in)
	}
	if err == nil {
		return room.Done(w, r, room.Href(c.ID, "documents"), "travel.said.document_changed")
	}
	ps, ok := room.Problems(r, err)
	if !ok {
		return err
	}
	v := map[string]string{"rev": r.Text("rev"), "state": in.State, "authority": in.Authority, "number": in.Number, "fee": r.Text("fee")}
	for _, name := range []string{"interview_on", "issued_on", "expires_on", "office_on", "traveller_on"} {
		v[name] = r.DateText(name)
	}
	if fault.Is(err, fault.Stale) { // the form now stands on what the others wrote: sending it again decides over it
		v["rev"] = strconv.FormatInt(d.Revision, 10)
	}
	return x.drawDocument(w, r, c, d, v, ps)
}

// amount reads an amount in a currency; nothing typed is nothing to pay.
func amount(r *web.Request, name, currency string) (int64, error) {
	text := r.Text(name)
	if text == "" {
		return 0, nil
	}
	a, err := money.Parse(text, currency)
	if pe := (*money.ParseError)(nil); errors.As(err, &pe) {
		return 0, fault.At(name, pe.Key, "text", pe.Text, "first", pe.First, "second", pe.Second)
	}
	return a.Minor, err
}
