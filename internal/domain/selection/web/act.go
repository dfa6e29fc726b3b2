package selectionweb

import (
	"context"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/selection"
	"github.com/nostos-avrr/nostos/internal/domain/selection/pages"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (x *Web) readAgain(w http.ResponseWriter, r *web.Request) error {
	n, err := x.Rounds.ReadAgain(r.Context(), r.UserID, r.PathValue("round"))
	if ps, ok := r.Problems(err); ok {
		return x.roundPage(w, r, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "selection.said.read", Args: map[string]string{"n": strconv.Itoa(n)}})
	return r.Redirect(w, href(r.PathValue("round")))
}

func (x *Web) askReserve(w http.ResponseWriter, r *web.Request) error {
	return x.reservePage(w, r, nil)
}

func (x *Web) reservePage(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	l, err := x.read(r, nil)
	if err != nil {
		return err
	}
	p := r.P
	a := casepages.Ask{Title: p.T("selection.lower"), Lead: []string{p.T("selection.lower_lead", "n", l.Reserve, "used", l.Ranking.Kept.Places)}, Submit: p.T("selection.lower"),
		Items: []casepages.Item{{Field: ui.Field{Name: "keep", Label: p.T("selection.keep"), Required: true, InputMode: "numeric", Short: true, Value: typed(r, "keep", strconv.FormatInt(l.Ranking.Kept.Places, 10))}}}}
	return ask(w, r, ps, a, l.back(p))
}

func (x *Web) reserve(w http.ResponseWriter, r *web.Request) error {
	err := x.Rounds.LowerReserve(r.Context(), r.UserID, r.PathValue("round"), number(r, "keep"))
	if ps, ok := r.Problems(err); ok {
		return x.reservePage(w, r, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "selection.said.lowered"})
	return r.Redirect(w, href(r.PathValue("round")))
}

func (x *Web) askClose(w http.ResponseWriter, r *web.Request) error { return x.closePage(w, r, nil) }

func (x *Web) closePage(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var s committee
	l, err := x.read(r, func(ctx context.Context, g *gate.R, l *look) (err error) {
		s, err = readCommittee(ctx, g, l.ID)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	count := map[string]int64{}
	a := casepages.Ask{P: p, Problems: ps, BackHref: href(l.ID), Back: l.title(p), CancelHref: href(l.ID), Action: href(l.ID, "close"), Title: p.T("selection.close"), Submit: p.T("selection.close"), NoForm: !l.may(selection.PermDecide)}
	for _, c := range l.Ranking.List {
		if c.Left {
			continue
		}
		count[c.Outcome]++
		if c.Outcome == "" && c.Place > 0 && c.Proposal != selection.Behind && l.Entry(c.CaseID).Seen && len(a.Missing) < perPage {
			a.ShowMissing = true
			a.Missing = append(a.Missing, ui.MissingItem{Text: p.T("selection.at_place", "place", c.Place, "no", c.No) + ": " + p.T("selection.proposal."+c.Proposal), Href: caseHref(l.ID, c.CaseID), Action: p.T("selection.look")})
		}
	}
	a.Lead = []string{p.T("selection.close_lead"), p.T("selection.close_count", "chosen", count[selection.Chosen], "waiting", count[selection.Waiting], "not_chosen", count[selection.NotChosen])}
	if n := l.Undecided(); n > 0 {
		a.NoForm, a.NoticeKind, a.NoticeTitle = true, "warn", p.T("selection.err.undecided", "n", n)
	}
	body := casepages.LonePage(a)
	if n := l.Behind(); n > 0 && l.may(selection.PermDecide) {
		items := []casepages.Item{s.ask(r)}
		room.Mark(items, ps)
		rest := casepages.Ask{P: p, Lead: []string{p.T("selection.wait_rest_lead", "n", n)}, Action: href(l.ID, "wait"), Hidden: map[string]string{"sent": "1"}, Submit: p.T("selection.wait_rest"), Kind: "bare", Items: items}
		body = templ.Join(body, pages.FormPart(p.T("selection.wait_rest"), casepages.AskPart(rest)))
	}
	return r.Form(w, a.Title, ps, body)
}

func (x *Web) waitRest(w http.ResponseWriter, r *web.Request) error {
	n, err := x.Rounds.WaitRest(r.Context(), r.UserID, r.PathValue("round"), r.All("members"))
	if ps, ok := r.Problems(err); ok {
		return x.closePage(w, r, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "selection.said.rest", Args: map[string]string{"n": strconv.Itoa(n)}})
	return r.Redirect(w, href(r.PathValue("round"), "close"))
}

func (x *Web) close(w http.ResponseWriter, r *web.Request) error {
	err := x.Rounds.Close(r.Context(), r.UserID, r.PathValue("round"))
	if ps, ok := r.Problems(err); ok {
		return x.closePage(w, r, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "selection.said.closed"})
	return r.Redirect(w, href(r.PathValue("round")))
}
