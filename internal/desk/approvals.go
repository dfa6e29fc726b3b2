package desk

import (
	"context"
	"net/http"
	"slices"

	"github.com/nostos-avrr/nostos/internal/desk/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/web"
)

// approves reports whether any decision can ever come to this reader.
func (d *Domain) approves(a *org.Actor) bool {
	return slices.ContainsFunc(d.Approvals, func(s ApprovalSource) bool { return a.Can(s.Perm) })
}

// waiting counts what waits for the reader's decision, their own requests left out.
func (d *Domain) waiting(ctx context.Context, r *gate.R) (n int64, err error) {
	for _, s := range d.Approvals {
		if !r.Actor.Can(s.Perm) {
			continue
		}
		if s.Count != nil {
			k, err := s.Count(ctx, under(r, s.Perm))
			if err != nil {
				return 0, err
			}
			n += k
			continue
		}
		list, err := s.List(ctx, under(r, s.Perm))
		if err != nil {
			return 0, err
		}
		for _, a := range list {
			if !a.Own && a.AskedByID != r.Actor.ID && !a.Restricted {
				n++
			}
		}
	}
	return n, nil
}

// Inbox lists every decision that waits, oldest first, with the people and names filled in.
func (d *Domain) Inbox(ctx context.Context, r *gate.R) ([]Approval, error) {
	var out []Approval
	var ids []string
	for _, s := range d.Approvals {
		if !r.Actor.Can(s.Perm) {
			continue
		}
		list, err := s.List(ctx, under(r, s.Perm))
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			a.Own = a.Own || a.AskedByID != "" && a.AskedByID == r.Actor.ID
			if a.CaseID != "" && a.Person.Latin == "" && a.Person.Native == "" {
				ids = append(ids, a.CaseID)
			}
			out = append(out, a)
		}
	}
	people, err := whoIs(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	names, _, err := staffNames(ctx, r)
	if err != nil {
		return nil, err
	}
	for i := range out {
		a := &out[i]
		if p, ok := people[a.CaseID]; ok && a.Person.Latin == "" && a.Person.Native == "" {
			a.Person, a.CaseNo = p.name, p.no
		}
		if a.AskedBy == "" {
			a.AskedBy = names[a.AskedByID]
		}
	}
	slices.SortStableFunc(out, func(a, b Approval) int { return a.AskedOn.Compare(b.AskedOn) })
	return out, nil
}

func (d *Domain) approvals(w http.ResponseWriter, r *web.Request) error {
	if r.Text("show") == "exceptions" && d.Exceptions != nil {
		return d.exceptions(w, r)
	}
	var list []Approval
	v := pages.Approvals{P: r.P}
	err := d.Gate.Read(r.Context(), r.UserID, org.Self, func(ctx context.Context, g *gate.R) (err error) {
		v.Parts = d.approvalParts(r, g.Actor, false)
		list, err = d.Inbox(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	for _, a := range list {
		row := pages.Approval{Kind: p.T("desk.approval." + a.Kind), CaseNo: a.CaseNo, Person: a.Person, AskedBy: a.AskedBy, Href: a.Href, Own: a.Own, Restricted: a.Restricted}
		switch {
		case a.CaseID != "":
			row.CaseHref = room.Href(a.CaseID)
		case !a.Own && !a.Restricted:
			row.CaseHref = a.Href
		}
		if a.WhatKey != "" {
			row.What = p.T(a.WhatKey, a.WhatArgs...)
		}
		if row.What == row.Kind { // one word is enough
			row.What = ""
		}
		if a.Amount.Currency != "" {
			row.Amount = p.Money(a.Amount)
		}
		if !a.AskedOn.IsZero() {
			row.AskedOn = p.Date(a.AskedOn)
		}
		if a.Own || a.Restricted {
			v.Waiting = append(v.Waiting, row)
			continue
		}
		v.Mine = append(v.Mine, row)
	}
	return r.Page(w, http.StatusOK, p.T("desk.approvals.title"), pages.ApprovalsPage(v))
}
