package admin

import (
	"context"
	"net/http"

	"github.com/nostos-avrr/nostos/internal/desk/admin/pages"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Routes mounts the administration.
func (d *Domain) Routes(s *web.Server) {
	s.Handle("GET /admin", web.SignedIn, d.start)
	s.Handle("GET /admin/offices", PermManage, d.listOffices)
	s.Handle("GET /admin/offices/new", PermManage, d.newOffice)
	s.Handle("GET /admin/offices/{id}", PermManage, d.showOffice)
	s.Handle("POST /admin/offices/{id}", PermManage, d.saveOffice)

	s.Handle("GET /admin/staff", PermManage, d.listStaff)
	s.Handle("GET /admin/staff/new", PermManage, d.newStaff)
	s.Handle("POST /admin/staff", PermManage, d.addStaff)
	s.Handle("GET /admin/staff/{id}", PermManage, d.showStaff)
	s.Handle("POST /admin/staff/{id}", PermManage, d.editStaff)
	s.Handle("POST /admin/staff/{id}/roles", PermManage, d.giveRole)
	s.Handle("POST /admin/staff/{id}/roles/take", PermManage, d.takeRole)
	s.Handle("POST /admin/staff/{id}/deactivate", PermManage, d.onStaff(d.Deactivate, "admin.staff.deactivated"))
	s.Handle("POST /admin/staff/{id}/reactivate", PermManage, d.onStaff(d.Reactivate, "admin.staff.reactivated"))
	s.Handle("POST /admin/staff/{id}/reset-factor", PermManage, d.onStaff(d.ResetFactor, "admin.staff.factor_reset"))
	s.Handle("POST /admin/staff/{id}/unlock", PermManage, d.onStaff(d.OpenAccount, "admin.unlocked"))
	s.Handle("POST /admin/staff/{id}/reset-password", PermManage, d.resetPassword)

	s.Handle("GET /admin/roles", PermRoles, d.listRoles)
	s.Handle("GET /admin/roles/{code}", PermRoles, d.showRole)
	s.Handle("POST /admin/roles/{code}", PermRoles, d.editRole)

	s.Handle("GET /admin/covers", PermCover, d.showCovers)
	s.Handle("POST /admin/covers", PermCover, d.setCover)
	s.Handle("POST /admin/covers/{id}/end", PermCover, d.endCover)

	s.Handle("GET /break-glass", PermGlass, d.askGlass)
	s.Handle("POST /break-glass", PermGlass, d.breakGlass)
	s.Handle("GET /break-glass/review", PermReviewGlass, d.showReview)
	s.Handle("POST /break-glass/review/{id}", PermReviewGlass, d.review)

	s.Handle("GET /admin/jobs", PermJobs, d.listJobs)
	s.Handle("POST /admin/jobs/{id}/retry", PermJobs, d.onJob(d.RetryJob, "admin.jobs.retried"))
	s.Handle("POST /admin/jobs/{id}/cancel", PermJobs, d.onJob(d.CancelJob, "admin.jobs.cancelled"))

	s.Handle("GET /admin/journal", PermJournal, d.showJournal)
	s.Handle("GET /admin/journal.csv", PermJournal, d.exportJournal)
	s.Handle("GET /admin/journal/checkpoint", PermCheckpoint, d.showCheckpoint)
	s.Handle("GET /admin/journal/checkpoint.txt", PermCheckpoint, d.takeCheckpoint)
	s.Handle("POST /admin/journal/verify", PermCheckpoint, d.verify)
}

var sections = []struct{ perm, href, key string }{
	{PermManage, "/admin/staff", "admin.staff"}, {PermManage, "/admin/offices", "admin.offices"}, {PermRoles, "/admin/roles", "admin.roles"}, {PermCover, "/admin/covers", "admin.covers"},
	{PermReviewGlass, "/break-glass/review", "admin.review"}, {PermJobs, "/admin/jobs", "admin.jobs"}, {PermJournal, "/admin/journal", "audit.journal"},
	{PermJournal, "/admin/journal?action=access.refused", "audit.refused"}, {PermCheckpoint, "/admin/journal/checkpoint", "audit.proof"},
}

// tabs are the parts of the administration this person may use.
func (d *Domain) tabs(r *web.Request, current string) ([]ui.NavItem, error) {
	may, _, err := d.Gate.May(r.Context(), r.UserID, Permissions...)
	var out []ui.NavItem
	for _, s := range sections {
		if may[s.perm] {
			out = append(out, ui.NavItem{Href: s.href, Label: r.P.T(s.key), Current: s.href == current})
		}
	}
	return out, err
}

// start leads to the first part this person may use.
func (d *Domain) start(w http.ResponseWriter, r *web.Request) error {
	tabs, err := d.tabs(r, "")
	if err != nil {
		return err
	}
	if len(tabs) == 0 {
		return fault.New(fault.Denied, "fault.denied")
	}
	return r.Redirect(w, tabs[0].Href)
}

// problems is what a form shows of an error; ok is false where there is none, or none that a form could show.
func problems(r *web.Request, err error) (ps []ui.Problem, ok bool) {
	if err == nil {
		return nil, false
	}
	return r.Problems(err)
}

func wrong(ps []ui.Problem, name string) string {
	for _, p := range ps {
		if p.Field == name {
			return p.Text
		}
	}
	return ""
}

// names are the names of people and offices, to be shown in place of ids.
type names struct{ staff, office map[string]string }

func namesOf(ctx context.Context, r *gate.R) (names, []org.Staff, []org.Office, error) {
	n := names{map[string]string{}, map[string]string{}}
	staff, err := org.ListStaff(ctx, r.Tx, "")
	if err != nil {
		return n, nil, nil, err
	}
	offices, err := org.Offices(ctx, r.Tx)
	for _, s := range staff {
		n.staff[s.ID] = s.Name
	}
	for _, o := range offices {
		n.office[o.ID] = o.Name
	}
	return n, staff, offices, err
}

func roleTitle(r *web.Request, code, key string) string {
	if key != "" && r.P.Has(key) {
		return r.P.T(key)
	}
	return code
}

func (d *Domain) onStaff(do func(ctx context.Context, actor, id string) error, key string) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		if err := do(r.Context(), r.UserID, r.PathValue("id")); err != nil {
			return err
		}
		r.Say(w, web.Flash{Kind: "ok", Key: key})
		return r.Redirect(w, "/admin/staff/"+r.PathValue("id"))
	}
}

func (d *Domain) onJob(do func(ctx context.Context, actor, id string) error, key string) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		if err := do(r.Context(), r.UserID, r.PathValue("id")); err != nil {
			return err
		}
		r.Say(w, web.Flash{Kind: "ok", Key: key})
		return r.Redirect(w, "/admin/jobs")
	}
}

func (d *Domain) resetPassword(w http.ResponseWriter, r *web.Request) error {
	id := r.PathValue("id")
	link, err := d.ResetPassword(r.Context(), r.UserID, id)
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, r.P.T("admin.link.title"), pages.LinkPage(pages.Link{P: r.P, URL: link, Back: "/admin/staff/" + id}))
}
