package admin

import (
	"context"
	"net/http"

	"github.com/nostos-avrr/nostos/internal/desk/admin/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (d *Domain) askGlass(w http.ResponseWriter, r *web.Request) error {
	return d.glassPage(w, r, nil)
}

func (d *Domain) glassPage(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	form := r.Text("id")
	if !id.Valid(form) {
		form = id.New()
	}
	f := pages.Form{P: r.P, Problems: ps, Title: r.P.T("admin.glass"), Text: r.P.N("admin.glass.text", int64(d.glassFor().Minutes())), Action: "/break-glass", Hidden: map[string]string{"id": form}, Submit: r.P.T("admin.glass.go"), Fields: []pages.Field{
		{Kind: "input", Field: ui.Field{Name: "no", Label: r.P.T("admin.case_no"), Hint: r.P.T("admin.case_no.hint"), Value: r.Text("no"), Required: true, Autocomplete: "off", Dir: "ltr", MaxLen: 40, Error: wrong(ps, "no")}},
		{Kind: "area", Field: ui.Field{Name: "reason", Label: r.P.T("admin.glass.reason"), Hint: r.P.T("admin.glass.reason.hint"), Value: r.Text("reason"), Required: true, MaxLen: 2000, Error: wrong(ps, "reason")}},
	}}
	return r.Form(w, f.Title, ps, pages.FormPage(f))
}

func (d *Domain) breakGlass(w http.ResponseWriter, r *web.Request) error {
	form := r.Text("id")
	if !id.Valid(form) {
		return fault.New(fault.Invalid, "fault.form_broken")
	}
	caseID, err := d.BreakGlass(r.Context(), r.UserID, form, r.Text("no"), r.Text("reason"))
	if ps, ok := problems(r, err); ok {
		return d.glassPage(w, r, ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "admin.glass.opened"})
	return r.Redirect(w, "/cases/"+caseID)
}

func (d *Domain) showReview(w http.ResponseWriter, r *web.Request) error {
	return d.reviewPage(w, r, "", nil)
}

func (d *Domain) reviewPage(w http.ResponseWriter, r *web.Request, bad string, ps []ui.Problem) error {
	tabs, err := d.tabs(r, "/break-glass/review")
	if err != nil {
		return err
	}
	v := pages.Review{P: r.P, Tabs: tabs, Problems: ps, Bad: bad, Note: r.Text("note"),
		Heads: []ui.Head{{Label: r.P.T("admin.review.case")}, {Label: r.P.T("admin.review.who")}, {Label: r.P.T("admin.review.when")}, {Label: r.P.T("admin.review.verdict")}, {Label: r.P.T("admin.review.by")}}}
	err = d.Gate.Read(r.Context(), r.UserID, PermReviewGlass, func(ctx context.Context, g *gate.R) error {
		n, _, _, err := namesOf(ctx, g)
		if err != nil {
			return err
		}
		open, err := org.GlassToReview(ctx, g.Tx)
		if err != nil {
			return err
		}
		for _, o := range open {
			if ok, err := d.reviewable(ctx, g, o); err != nil {
				return err
			} else if !ok {
				continue
			}
			reason, erased, err := g.Open(ctx, o.CaseID, "break_glass.reason:"+o.ID, o.SealedReason)
			if err != nil {
				return err
			}
			if erased {
				reason = r.P.T("admin.erased")
			}
			no, err := d.caseNo(ctx, g.Tx, o.CaseID)
			if err != nil {
				return err
			}
			v.Open = append(v.Open, pages.Glass{ID: o.ID, Who: n.staff[o.StaffID], When: r.P.Time(o.OpenedAt), Until: r.P.Time(o.ExpiresAt), CaseNo: no, Reason: reason, Own: o.StaffID == r.UserID})
		}
		done, err := org.GlassReviewed(ctx, g.Tx)
		if err != nil {
			return err
		}
		for _, o := range done {
			if ok, err := d.reviewable(ctx, g, o); err != nil {
				return err
			} else if !ok {
				continue
			}
			no, err := d.caseNo(ctx, g.Tx, o.CaseID)
			if err != nil {
				return err
			}
			note, _, err := g.Open(ctx, o.CaseID, "break_glass.note:"+o.ID, o.SealedNote)
			if err != nil {
				return err
			}
			tag := "ok"
			if o.Verdict == Unjustified {
				tag = "late"
			}
			v.Done = append(v.Done, ui.Row{Cells: []ui.Cell{{Text: no, Sub: note}, {Text: n.staff[o.StaffID]}, {Text: r.P.Time(o.OpenedAt)}, {Text: r.P.T("admin.review." + o.Verdict), Tag: tag}, {Text: n.staff[o.ReviewedBy], Sub: r.P.Time(o.ReviewedAt)}}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.Form(w, r.P.T("admin.review"), ps, pages.ReviewPage(v))
}

func (d *Domain) review(w http.ResponseWriter, r *web.Request) error {
	err := d.ReviewGlass(r.Context(), r.UserID, r.PathValue("id"), r.Text("verdict"), r.Text("note"))
	if ps, ok := problems(r, err); ok {
		return d.reviewPage(w, r, r.PathValue("id"), ps)
	}
	if err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "admin.review.saved"})
	return r.Redirect(w, "/break-glass/review")
}
