package desk

import (
	"context"
	"net/http"
	"net/url"

	"github.com/nostos-avrr/nostos/internal/desk/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Exception is a decision against what the program proposed, whatever the second person said to it.
type Exception struct {
	CaseID             string // person and number of the case are filled in here
	WhatKey            string // what was decided about, as a message
	Proposal, Decision string // message keys
	ByID, SecondID     string
	On                 day.Date
	State              string // waits, agreed, refused, replaced: the message key is desk.exception.STATE
	Evidence           bool
	Href               string
}

// ExceptionSource lists exceptions, newest first, from a place on that it gave out itself; next is empty at the end. It is asked
// under Perm, so that it shows only what the reader might have been the second person for.
type ExceptionSource struct {
	Perm string
	List func(ctx context.Context, r *gate.R, before string) (list []Exception, next string, err error)
}

const exceptionsPath = "/approvals?show=exceptions"

// approvalParts are the two lists of the page of approvals: what waits, and what was decided otherwise than proposed.
func (d *Domain) approvalParts(r *web.Request, a *org.Actor, exceptions bool) []ui.NavItem {
	if d.Exceptions == nil || !a.Can(d.Exceptions.Perm) {
		return nil
	}
	return []ui.NavItem{{Href: "/approvals", Label: r.P.T("desk.approvals.waiting"), Current: !exceptions}, {Href: exceptionsPath, Label: r.P.T("desk.approvals.exceptions"), Current: exceptions}}
}

func (d *Domain) exceptions(w http.ResponseWriter, r *web.Request) error {
	var list []Exception
	var people map[string]label
	var names map[string]string
	v := pages.Exceptions{P: r.P}
	err := d.Gate.Read(r.Context(), r.UserID, d.Exceptions.Perm, func(ctx context.Context, g *gate.R) error {
		v.Parts = d.approvalParts(r, g.Actor, true)
		var next string
		var err error
		if list, next, err = d.Exceptions.List(ctx, g, r.Text("before")); err != nil {
			return err
		}
		if next != "" {
			v.Next = exceptionsPath + "&before=" + url.QueryEscape(next)
		}
		var ids []string
		for _, x := range list {
			ids = append(ids, x.CaseID)
		}
		if people, err = whoIs(ctx, g, ids); err != nil {
			return err
		}
		names, _, err = staffNames(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	for _, x := range list {
		who := people[x.CaseID]
		row := pages.Exception{CaseHref: room.Href(x.CaseID), CaseNo: who.no, Person: who.name, What: p.T(x.WhatKey), Decision: p.T("desk.exception.decision", "decision", p.T(x.Decision), "proposal", p.T(x.Proposal)),
			By: names[x.ByID], On: p.Date(x.On), Kind: map[string]string{"waits": "soon", "agreed": "ok", "refused": "late"}[x.State], State: p.T("desk.exception." + x.State), Second: names[x.SecondID], Evidence: p.T("common.no"), Href: x.Href}
		if x.Evidence {
			row.Evidence = p.T("common.yes")
		}
		v.Rows = append(v.Rows, row)
	}
	return r.Page(w, http.StatusOK, p.T("desk.approvals.exceptions"), pages.ExceptionsPage(v))
}
