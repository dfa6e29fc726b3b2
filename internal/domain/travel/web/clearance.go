package travelweb

import (
	"context"
	"net/http"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (x *Web) newClearance(w http.ResponseWriter, r *web.Request) error {
	return x.drawQuestion(w, r, nil)
}

func (x *Web) drawQuestion(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var ms []casefile.Member
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		ms, err = casefile.Members(ctx, g, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	hidden, chosen := map[string]string{}, r.All("person")
	for _, m := range ms {
		hidden["id_"+m.ID] = r.Text("id_" + m.ID)
		if !id.Valid(hidden["id_"+m.ID]) {
			hidden["id_"+m.ID] = id.New()
		}
		if m.Travels && r.Method == http.MethodGet {
			chosen = append(chosen, m.ID)
		}
	}
	return x.ask(w, r, c, "documents", casepages.Ask{Title: p.T("travel.clearance.add"), Problems: ps, Hidden: hidden, Submit: p.T("common.save"), Items: []casepages.Item{
		{Kind: "radios", Field: ui.Field{Name: "authority", Label: p.T("travel.clearance.authority"), Required: true, Value: r.Text("authority"), Options: ui.Options(travel.Authorities, ui.Keyed(p, "travel.authority."))}},
		{Kind: "checks", Field: ui.Field{Name: "person", Label: p.T("travel.clearance.who"), Required: true, Values: chosen, Options: people(ms)}},
		{Kind: "date", Field: ui.Field{Name: "requested_on", Label: p.T("travel.ask.requested_on"), Value: room.Day(r, "requested_on", x.Travel.Gate.Today())}},
	}})
}

func (x *Web) askClearance(w http.ResponseWriter, r *web.Request) error {
	in := travel.Question{CaseID: r.PathValue("id"), Authority: r.Text("authority"), Persons: map[string]string{}}
	for _, p := range r.All("person") {
		in.Persons[p] = r.Text("id_" + p)
	}
	err := dates(r, map[string]*day.Date{"requested_on": &in.RequestedOn})
	if err == nil {
		err = x.Travel.AskClearance(r.Context(), r.UserID, in)
	}
	return room.After(w, r, err, room.Href(in.CaseID, "documents"), "travel.said.clearance_asked", func(ps []ui.Problem) error { return x.drawQuestion(w, r, ps) })
}

func (x *Web) editClearance(w http.ResponseWriter, r *web.Request) error {
	return x.drawAnswer(w, r, nil)
}

func (x *Web) drawAnswer(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var q travel.Clearance
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) error {
		list, err := travel.Clearances(ctx, g, c.ID)
		for _, y := range list {
			if y.ID == r.PathValue("row") {
				q = y
			}
		}
		if err == nil && q.ID == "" {
			err = fault.Gone()
		}
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	if q.RepliedOn.IsZero() {
		q.RepliedOn = x.Travel.Gate.Today()
	}
	v := map[string]string{"reply": q.Reply, "replied_on": q.RepliedOn.String(), "valid_until": q.ValidUntil.String(), "findings": q.Findings}
	if r.Method == http.MethodPost {
		v = map[string]string{"reply": r.Text("reply"), "replied_on": r.DateText("replied_on"), "valid_until": r.DateText("valid_until"), "findings": r.Text("findings")}
	}
	return x.ask(w, r, c, "documents", casepages.Ask{Title: p.T("travel.authority." + q.Authority), Lead: []string{p.T("travel.clearance.asked", "date", q.RequestedOn)}, Problems: ps, Submit: p.T("common.save"), Items: []casepages.Item{
		{Kind: "radios", Field: ui.Field{Name: "reply", Label: p.T("travel.clearance.reply"), Required: true, Value: v["reply"], Options: ui.Options(travel.Replies, ui.Keyed(p, "travel.reply."))}},
		{Kind: "date", Field: ui.Field{Name: "replied_on", Label: p.T("travel.clearance.replied_on"), Value: v["replied_on"]}},
		{Kind: "date", Field: ui.Field{Name: "valid_until", Label: p.T("travel.clearance.valid_until"), Hint: p.T("travel.clearance.valid_hint"), Value: v["valid_until"]}},
		{Kind: "area", Field: ui.Field{Name: "findings", Label: p.T("travel.clearance.findings"), Hint: p.T("travel.clearance.findings_hint"), Value: v["findings"], MaxLen: 1000}},
	}})
}

func (x *Web) answerClearance(w http.ResponseWriter, r *web.Request) error {
	in := travel.Clearance{ID: r.PathValue("row"), CaseID: r.PathValue("id"), Reply: r.Text("reply"), Findings: r.Text("findings")}
	err := dates(r, map[string]*day.Date{"replied_on": &in.RepliedOn, "valid_until": &in.ValidUntil})
	if err == nil {
		err = x.Travel.AnswerClearance(r.Context(), r.UserID, in)
	}
	return room.After(w, r, err, room.Href(in.CaseID, "documents"), "travel.said.clearance_answered", func(ps []ui.Problem) error { return x.drawAnswer(w, r, ps) })
}
