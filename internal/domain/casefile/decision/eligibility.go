package decision

import (
	"context"
	"net/http"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (d *Domain) showEligibility(w http.ResponseWriter, r *web.Request) error {
	return d.eligibilityPage(w, r, nil)
}

func (d *Domain) eligibilityPage(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	v := view{d: d, r: r, p: r.P, ps: ps, evidence: map[string]casefile.Attachment{}}
	err := d.Cases.Gate.Read(r.Context(), r.UserID, casefile.PermView, func(ctx context.Context, g *gate.R) error { return v.read(ctx, g) })
	if err != nil {
		return err
	}
	return d.draw(w, r, v.c, "overview", r.P.T("decision.title"), ps, pages.EligibilityPage(v.page()))
}

// read gathers all that the page shows.
func (v *view) read(ctx context.Context, g *gate.R) (err error) {
	v.actor = g.Actor
	if v.c, err = casefile.ByID(ctx, g, v.r.PathValue("id")); err != nil {
		return err
	}
	if v.members, err = casefile.Members(ctx, g, v.c.ID); err != nil {
		return err
	}
	if v.Standing, err = v.d.Standing(ctx, g, v.c); err != nil {
		return err
	}
	if v.records, err = v.d.Cases.FactRecords(ctx, g, v.c); err != nil {
		return err
	}
	if v.staff, err = staffNames(ctx, g); err != nil {
		return err
	}
	if v.files, err = casefile.Attachments(ctx, g, v.c.ID); err != nil {
		return err
	}
	v.versions = map[string]*programme.Pack{}
	for _, x := range v.Decisions {
		if p, err := v.d.Cases.Packs.Version(v.c.Programme, x.PackVersion); err == nil { // without it the words of today's version are the best there is
			v.versions[x.PackVersion] = p
		}
		if x.EvidenceID == "" {
			continue
		}
		a, err := casefile.AttachmentByID(ctx, g, v.c.ID, x.EvidenceID)
		if err != nil && !fault.Is(err, fault.NotFound) { // not for the reader's eyes: then nothing is said of it
			return err
		}
		if err == nil {
			v.evidence[x.EvidenceID] = a
		}
	}
	return nil
}

func (d *Domain) decide(w http.ResponseWriter, r *web.Request) error {
	in := Deciding{ID: room.KeepID(r), CaseID: r.PathValue("id"), Component: r.Text("component"), Decision: r.Text("decision"), Reason: r.Text("reason"), Evidence: r.Text("evidence")}
	dec, err := d.Decide(r.Context(), r.UserID, in)
	if err != nil {
		if ps, ok := r.Problems(err); ok {
			for i := range ps {
				if ps[i].Field != "" && ps[i].Field != "component" {
					ps[i].Field += "-" + in.Component // several forms of one kind stand on the page
				} else {
					ps[i].Field = ""
				}
			}
			return d.eligibilityPage(w, r, ps)
		}
		return err
	}
	key := "decision.said.decided"
	if dec.SecondNeeded {
		key = "decision.said.second"
	}
	return room.Done(w, r, href(in.CaseID, "eligibility"), key)
}

func (d *Domain) second(w http.ResponseWriter, r *web.Request) error {
	caseID := r.PathValue("id")
	if err := d.Second(r.Context(), r.UserID, caseID, r.PathValue("decision"), r.Ticked("agree")); err != nil {
		if ps, ok := r.Problems(err); ok {
			return d.eligibilityPage(w, r, ps)
		}
		return err
	}
	return room.Done(w, r, href(caseID, "eligibility"), "decision.said.seconded")
}

func (d *Domain) leads(a *org.Actor, pattern string) bool {
	return d.Leads == nil || d.Leads(a, pattern)
}
