package caseweb

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (x *Web) showAssign(w http.ResponseWriter, r *web.Request) error { return x.askAssign(w, r, nil) }

func (x *Web) askAssign(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var staff []org.Staff
	c, err := x.look(r, func(ctx context.Context, g *gate.R, _ casefile.Case) (err error) {
		_, staff, err = staffNames(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	owner := c.OwnerID
	if r.Has("owner") {
		owner = r.Text("owner")
	}
	return x.ask(w, r, c, pages.Ask{Title: p.T("case.assign.title"), Problems: ps, Submit: p.T("case.assign.go"), Items: []pages.Item{
		{Kind: "select", Field: ui.Field{Name: "owner", Label: p.T("case.assign.owner"), Hint: p.T("case.assign.owner_hint"), Required: true, Value: owner, Options: staffOptions(r, staff, c.HostOffice, c.OriginOffice)}},
	}})
}

// staffOptions lists who works in one of the offices; nobody stands first.
func staffOptions(r *web.Request, staff []org.Staff, offices ...string) []ui.Option {
	out := []ui.Option{{Label: r.P.T("case.assign.nobody")}}
	for _, s := range staff {
		for _, o := range offices {
			if o != "" && s.Active && s.OfficeID == o {
				out = append(out, ui.Option{Value: s.ID, Label: s.Name})
				break
			}
		}
	}
	return out
}

func (x *Web) assign(w http.ResponseWriter, r *web.Request) error {
	caseID := r.PathValue("id")
	before, err := x.Cases.Assign(r.Context(), r.UserID, caseID, r.Text("owner"))
	if ps, ok := badForm(r, err); ok {
		return x.askAssign(w, r, ps)
	}
	if err != nil {
		return err
	}
	return done(w, r, room.Href(caseID), "case.said.assigned", room.Href(caseID, "assign"), map[string]string{"owner": before})
}

// reassign gives the cases ticked in a list to a new owner; its undo gives each back to who had it.
func (x *Web) reassign(w http.ResponseWriter, r *web.Request) error {
	to := map[string]string{}
	if packed := r.Text("undo"); packed != "" {
		if json.Unmarshal([]byte(packed), &to) != nil {
			return fault.New(fault.Invalid, "fault.form_broken")
		}
	}
	for _, c := range r.All("select") {
		to[c] = r.Text("owner")
	}
	before, err := x.Cases.Reassign(r.Context(), r.UserID, to)
	if err != nil {
		return err
	}
	packed, err := json.Marshal(before)
	if err != nil {
		return err
	}
	undo, fields := "/cases/reassign", map[string]string{"undo": string(packed), "back": backTo(r, "/cases")}
	if len(packed) > 2500 { // a cookie holds no more: beyond some thirty cases the list itself is the way back
		undo, fields = "", nil
	}
	return done(w, r, backTo(r, "/cases"), "case.said.reassigned", undo, fields, "n", r.P.Number(int64(len(before))))
}

func (x *Web) showHandOver(w http.ResponseWriter, r *web.Request) error {
	return x.askHandOver(w, r, nil)
}

func (x *Web) askHandOver(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var past []casefile.HandOver
	var offices []org.Office
	var names, people map[string]string
	var actor *org.Actor
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		actor = g.Actor
		if past, err = casefile.HandOvers(ctx, g, c.ID); err != nil {
			return err
		}
		if people, _, err = staffNames(ctx, g); err != nil {
			return err
		}
		names, offices, err = officeNames(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	v := pages.Sheet{P: p, Problems: ps, BackHref: room.Href(c.ID), Back: p.T("case.back")}
	g := pages.Group{Title: p.T("case.hand_over.past"), Empty: p.T("case.hand_over.none")}
	for _, h := range past {
		e := pages.Entry{Title: p.T("case.hand_over.line", "from", names[h.From], "to", names[h.To]), Lines: []string{p.T("case.hand_over.sent", "name", people[h.SentBy], "date", p.Time(h.SentAt)), h.Message}}
		switch h.Answer {
		case "":
			e.Tags = []pages.Tag{{Kind: "soon", Text: p.T("case.hand_over.waits")}}
		case "accepted":
			e.Tags = []pages.Tag{{Kind: "ok", Text: p.T("case.hand_over.accepted")}}
			e.Lines = append(e.Lines, p.T("case.hand_over.answered", "name", people[h.AnsweredBy], "date", p.Time(h.AnsweredAt)))
		default:
			e.Tags = []pages.Tag{{Kind: "care", Text: p.T("case.hand_over.returned")}}
			e.Lines = append(e.Lines, p.T("case.hand_over.answered", "name", people[h.AnsweredBy], "date", p.Time(h.AnsweredAt)), h.Reason)
		}
		g.Entries = append(g.Entries, e)
	}
	v.Groups = []pages.Group{g}
	open := len(past) > 0 && past[0].Answer == ""
	switch {
	case c.State != casefile.Open:
	case open && casefile.HoldsOffice(actor, past[0].To):
		action := room.Href(c.ID, "hand-over", "answer")
		v.Asks = []pages.Ask{
			{P: p, Title: p.T("case.hand_over.accept"), Lead: []string{p.T("case.hand_over.accept_lead")}, Action: action, Hidden: map[string]string{"answer": "accept"}, Submit: p.T("case.hand_over.accept")},
			{P: p, Title: p.T("case.hand_over.return"), Action: action, Hidden: map[string]string{"answer": "return"}, Submit: p.T("case.hand_over.return"), Kind: "no",
				Items: []pages.Item{{Kind: "text", Field: ui.Field{Name: "reason", Label: p.T("common.reason"), Required: true, Value: r.Text("reason"), MaxLen: 500}}}},
		}
	case !open:
		to := []ui.Option{choose(p)}
		for _, o := range offices {
			if o.Active && o.Kind == "origin" {
				to = append(to, ui.Option{Value: o.ID, Label: o.Name, Selected: !r.Has("to") && o.Country == c.ReturnCountry})
			}
		}
		v.Asks = []pages.Ask{{P: p, Title: p.T("case.hand_over.title"), Lead: []string{p.T("case.hand_over.lead")}, Action: room.Href(c.ID, "hand-over"), Hidden: map[string]string{"id": room.KeepID(r)}, Submit: p.T("case.hand_over.go"), Items: []pages.Item{
			{Kind: "select", Field: ui.Field{Name: "to", Label: p.T("case.hand_over.to"), Required: true, Options: to, Value: r.Text("to")}},
			{Kind: "area", Field: ui.Field{Name: "message", Label: p.T("case.hand_over.message"), Hint: p.T("case.hand_over.message_hint"), Required: true, Value: r.Text("message"), Rows: 5, MaxLen: 4000}},
		}}}
	}
	for i := range v.Asks {
		room.Mark(v.Asks[i].Items, ps)
	}
	return x.inCase(w, r, c, "overview", p.T("case.hand_over.title"), ps, pages.SheetPage(v))
}

func (x *Web) handOver(w http.ResponseWriter, r *web.Request) error {
	err := x.Cases.SendHandOver(r.Context(), r.UserID, casefile.HandOver{ID: r.Text("id"), CaseID: r.PathValue("id"), To: r.Text("to"), Message: r.Text("message")})
	return x.afterHandOver(w, r, err, "case.said.handed_over")
}

func (x *Web) answerHandOver(w http.ResponseWriter, r *web.Request) error {
	switch r.Text("answer") {
	case "accept":
		return x.afterHandOver(w, r, x.Cases.AcceptHandOver(r.Context(), r.UserID, r.PathValue("id")), "case.said.hand_over_accepted")
	case "return":
		err := x.Cases.ReturnHandOver(r.Context(), r.UserID, r.PathValue("id"), r.Text("reason"))
		if err == nil { // the case is out of this office's sight now
			return done(w, r, "/cases", "case.said.hand_over_returned", "", nil)
		}
		return x.afterHandOver(w, r, err, "")
	}
	return fault.New(fault.Invalid, "fault.form_broken")
}

func (x *Web) afterHandOver(w http.ResponseWriter, r *web.Request, err error, key string) error {
	if ps, ok := badForm(r, err); ok {
		return x.askHandOver(w, r, ps)
	}
	if err != nil {
		return err
	}
	return done(w, r, room.Href(r.PathValue("id")), key, "", nil)
}

func (x *Web) cover(w http.ResponseWriter, r *web.Request) error { return x.showCover(w, r, nil) }

func (x *Web) showCover(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var names map[string]string
	var staff []org.Staff
	var covers []org.Cover
	var actor *org.Actor
	absent := r.Text("absent")
	err := x.Cases.Gate.Read(r.Context(), r.UserID, casefile.PermView, func(ctx context.Context, g *gate.R) (err error) {
		actor = g.Actor
		if absent == "" || !actor.Can(casefile.PermCover) {
			absent = actor.ID
		}
		if names, staff, err = staffNames(ctx, g); err != nil {
			return err
		}
		covers, err = org.Covers(ctx, g.Tx, absent, g.Today.String())
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	g := pages.Group{Title: p.T("case.cover.now"), Empty: p.T("case.cover.none")}
	for _, c := range covers {
		e := pages.Entry{Title: p.T("case.cover.line", "absent", names[c.AbsentID], "cover", names[c.CoverID]), Lines: []string{p.T("case.cover.days", "from", p.Date(c.From), "until", p.Date(c.Until))}}
		if c.AbsentID == actor.ID || actor.Can(casefile.PermCover) {
			e.Posts = []pages.Post{{Action: "/cover/" + c.ID + "/end", Label: p.T("case.cover.end")}}
		}
		g.Entries = append(g.Entries, e)
	}
	mates, everyone := []ui.Option{choose(p)}, []ui.Option{}
	for _, s := range staff {
		if s.Active && s.OfficeID == actor.OfficeID {
			everyone = append(everyone, ui.Option{Value: s.ID, Label: s.Name})
			mates = append(mates, ui.Option{Value: s.ID, Label: s.Name})
		}
	}
	items := []pages.Item{}
	if actor.Can(casefile.PermCover) {
		items = append(items, pages.Item{Kind: "select", Field: ui.Field{Name: "absent", Label: p.T("case.cover.absent"), Required: true, Value: absent, Options: everyone}})
	}
	items = append(items, pages.Item{Kind: "select", Field: ui.Field{Name: "cover", Label: p.T("case.cover.cover"), Required: true, Value: r.Text("cover"), Options: mates}},
		pages.Item{Kind: "date", Field: ui.Field{Name: "from", Label: p.T("common.from"), Required: true, Value: r.DateText("from")}},
		pages.Item{Kind: "date", Field: ui.Field{Name: "until", Label: p.T("case.cover.until"), Required: true, Value: r.DateText("until")}})
	room.Mark(items, ps)
	return r.Form(w, p.T("case.cover.title"), ps, pages.SheetPage(pages.Sheet{P: p, Head: p.T("case.cover.title"), Sub: p.T("case.cover.sub"), Problems: ps, Groups: []pages.Group{g},
		Asks: []pages.Ask{{P: p, Title: p.T("case.cover.add"), Action: "/cover", Hidden: map[string]string{"id": newID()}, Submit: p.T("case.cover.add"), Items: items}}}))
}

func (x *Web) setCover(w http.ResponseWriter, r *web.Request) error {
	c := org.Cover{ID: r.Text("id"), AbsentID: r.Text("absent"), CoverID: r.Text("cover")}
	if c.AbsentID == "" {
		c.AbsentID = r.UserID
	}
	var ok1, ok2 bool
	c.From, ok1 = r.Date("from")
	c.Until, ok2 = r.Date("until")
	var err error
	switch {
	case !ok1:
		err = fault.At("from", "common.date_not_real")
	case !ok2:
		err = fault.At("until", "common.date_not_real")
	default:
		err = x.Cases.SetCover(r.Context(), r.UserID, c)
	}
	if ps, ok := badForm(r, err); ok {
		return x.showCover(w, r, ps)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/cover", "case.said.cover_set", "/cover/"+c.ID+"/end", nil)
}

func (x *Web) endCover(w http.ResponseWriter, r *web.Request) error {
	if err := x.Cases.EndCover(r.Context(), r.UserID, r.PathValue("cover")); err != nil {
		return err
	}
	return done(w, r, "/cover", "case.said.cover_ended", "", nil)
}
