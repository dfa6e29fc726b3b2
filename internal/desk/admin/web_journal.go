package admin

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/desk/admin/pages"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

const jobsPage = 50

func (d *Domain) listJobs(w http.ResponseWriter, r *web.Request) error {
	tabs, err := d.tabs(r, "/admin/jobs")
	if err != nil {
		return err
	}
	state := queue.State(r.Text("state"))
	if !slices.Contains(queue.States, state) {
		state = queue.Parked
	}
	v := pages.List{P: r.P, Tabs: tabs, Title: r.P.T("admin.jobs"), Sub: r.P.T("admin.jobs.text"), Empty: r.P.T("admin.jobs.none"),
		Heads: []ui.Head{{Label: r.P.T("admin.jobs.kind")}, {Label: r.P.T("admin.jobs.run_at")}, {Label: r.P.T("admin.jobs.attempts"), Num: true}, {Label: r.P.T("admin.jobs.error")}, {Label: r.P.T("admin.jobs.do"), Hidden: true}}}
	err = d.Gate.Read(r.Context(), r.UserID, PermJobs, func(ctx context.Context, g *gate.R) error {
		counts, err := queue.Counts(ctx, g.Tx)
		if err != nil {
			return err
		}
		for _, s := range queue.States {
			v.Counts = append(v.Counts, ui.NavItem{Href: "/admin/jobs?state=" + string(s), Label: r.P.T("admin.jobs.state." + string(s)), Count: counts[s], Current: s == state})
		}
		tasks, err := queue.List(ctx, g.Tx, state, r.Text("after"), jobsPage+1)
		if len(tasks) > jobsPage {
			tasks = tasks[:jobsPage]
			v.Next = "/admin/jobs?state=" + string(state) + "&after=" + tasks[jobsPage-1].ID
		}
		for _, t := range tasks {
			row := ui.Row{Cells: []ui.Cell{{Text: t.Kind, Sub: t.ID}, {Text: r.P.Time(t.RunAt)}, {Text: strconv.Itoa(t.Attempts) + " / " + strconv.Itoa(t.MaxAttempts), Num: true}, {Text: t.LastError}, {}}}
			if t.State == queue.Parked || t.State == queue.Cancelled || t.State == queue.Ready {
				row.Cells[4].Body = pages.JobButtons(r.P, t.ID, (t.State == queue.Parked || t.State == queue.Ready) && t.Every == 0)
			}
			v.Rows = append(v.Rows, row)
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.Page(w, http.StatusOK, v.Title, pages.ListPage(v))
}

func wanted(r *web.Request) Wanted {
	before, _ := strconv.ParseInt(r.Text("before"), 10, 64) // no number is the first page
	return Wanted{Actor: r.Text("actor"), Action: r.Text("action"), Office: r.Text("office"), CaseNo: r.Text("case"), Before: before}
}

func (want Wanted) query(before int64) string {
	q := url.Values{}
	for k, v := range map[string]string{"actor": want.Actor, "action": want.Action, "office": want.Office, "case": want.CaseNo} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func (d *Domain) showJournal(w http.ResponseWriter, r *web.Request) error {
	want := wanted(r)
	here := "/admin/journal"
	if want.Action == "access.refused" {
		here += "?action=access.refused"
	}
	tabs, err := d.tabs(r, here)
	if err != nil {
		return err
	}
	lines, next, err := d.ReadJournal(r.Context(), r.UserID, want)
	ps, bad := problems(r, err)
	if err != nil && !bad {
		return err
	}
	v := pages.Journal{List: pages.List{P: r.P, Tabs: tabs, Title: r.P.T("audit.journal"), Sub: r.P.T("audit.journal.text"), Empty: r.P.T("common.no_results"), Problems: ps, Export: "/admin/journal.csv" + want.query(0),
		Heads: []ui.Head{{Label: r.P.T("audit.seq")}, {Label: r.P.T("audit.at")}, {Label: r.P.T("audit.who")}, {Label: r.P.T("audit.what")}, {Label: r.P.T("audit.case")}}}}
	if want.Action == "access.refused" {
		v.Title, v.Sub = r.P.T("audit.refused"), r.P.T("audit.refused.text")
	}
	if next > 0 {
		v.Next = "/admin/journal" + want.query(next)
	}
	err = d.Gate.Read(r.Context(), r.UserID, PermJournal, func(ctx context.Context, g *gate.R) error {
		n, staff, offices, err := namesOf(ctx, g)
		if err != nil {
			return err
		}
		v.Filters = d.journalFilters(g, r, want, staff, offices, ps)
		numbers := map[string]string{}
		for _, l := range lines {
			if _, ok := numbers[l.Case]; !ok {
				if numbers[l.Case], err = d.caseNo(ctx, g.Tx, l.Case); err != nil {
					return err
				}
			}
			v.Lines = append(v.Lines, pages.Entry{Seq: strconv.FormatInt(l.Seq, 10), At: r.P.Time(l.At), Who: n.actor(r, l.Actor), Office: n.office[l.Office], What: actionText(r, l.Action),
				Subject: n.subject(l.Subject), Case: numbers[l.Case], Body: bodyText(r, n, l)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.Form(w, v.Title, ps, pages.JournalPage(v))
}

func (d *Domain) journalFilters(g *gate.R, r *web.Request, want Wanted, staff []org.Staff, offices []org.Office, ps []ui.Problem) []ui.Field {
	people := []ui.Option{{Value: "", Label: r.P.T("common.all")}, {Value: org.SystemID, Label: r.P.T("audit.system")}}
	for _, s := range staff {
		if inReach(g, s.OfficeID) {
			people = append(people, ui.Option{Value: s.ID, Label: s.Name})
		}
	}
	places := []ui.Option{}
	if inReach(g, "") {
		places = append(places, ui.Option{Value: "", Label: r.P.T("common.all")})
	}
	for _, o := range offices {
		if inReach(g, o.ID) {
			places = append(places, ui.Option{Value: o.ID, Label: o.Name})
		}
	}
	return []ui.Field{{Name: "actor", Label: r.P.T("audit.who"), Options: people, Value: want.Actor}, {Name: "office", Label: r.P.T("common.office"), Options: places, Value: want.Office},
		{Name: "case", Label: r.P.T("admin.case_no"), Value: want.CaseNo, Dir: "ltr", Error: wrong(ps, "case")}, {Name: "action", Label: r.P.T("audit.action"), Value: want.Action, Dir: "ltr"}}
}

func (n names) actor(r *web.Request, id string) string {
	if id == org.SystemID {
		return r.P.T("audit.system")
	}
	if s := n.staff[id]; s != "" {
		return s
	}
	return id
}

func (n names) subject(s journal.Ref) string {
	switch {
	case s.Kind == "staff" && n.staff[s.ID] != "":
		return n.staff[s.ID]
	case s.Kind == "office" && n.office[s.ID] != "":
		return n.office[s.ID]
	}
	return s.Kind + " " + s.ID
}

// actionText names an action in words where there are any, else by its code.
func actionText(r *web.Request, action string) string {
	if key := "audit.action." + action; r.P.Has(key) {
		return r.P.T(key)
	}
	return action
}

// bodyText is what an entry holds, as far as this reader may see it.
func bodyText(r *web.Request, n names, l *journal.Line) (out []string) {
	switch {
	case l.Hidden:
		return []string{r.P.T("audit.hidden")}
	case l.Erased:
		return []string{r.P.T("admin.erased")}
	}
	value := func(s string) string {
		switch {
		case s == "":
			return "–"
		case n.staff[s] != "":
			return n.staff[s]
		case n.office[s] != "":
			return n.office[s]
		}
		return s
	}
	for _, c := range l.Changes {
		out = append(out, c.Field+": "+value(c.Old)+" → "+value(c.New))
	}
	for _, k := range slices.Sorted(maps.Keys(l.Args)) {
		if l.Args[k] != "" {
			out = append(out, k+": "+value(l.Args[k]))
		}
	}
	return out
}

func (d *Domain) exportJournal(w http.ResponseWriter, r *web.Request) error {
	h := w.Header()
	out := &late{w: w, begin: func() {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="journal.csv"`)
	}}
	return d.ExportJournal(r.Context(), r.UserID, wanted(r), out)
}

// late sets the headers with the first byte, so that a refusal before it is still a page.
type late struct {
	w     http.ResponseWriter
	begin func()
}

func (l *late) Write(b []byte) (int, error) {
	if l.begin != nil {
		l.begin()
		l.begin = nil
	}
	return l.w.Write(b)
}

func (d *Domain) showCheckpoint(w http.ResponseWriter, r *web.Request) error {
	return d.checkpointPage(w, r, nil)
}

func (d *Domain) checkpointPage(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	tabs, err := d.tabs(r, "/admin/journal/checkpoint")
	if err != nil {
		return err
	}
	s, err := d.State(r.Context(), r.UserID)
	if err != nil {
		return err
	}
	v := pages.Checkpoint{P: r.P, Tabs: tabs, Problems: ps, Size: strconv.FormatInt(s.Size, 10), Root: s.Root, Signed: s.Signed, Key: s.PublicKey}
	if c := s.Check; c != nil {
		v.HasCheck, v.Running, v.Done, v.Total = true, c.FinishedAt.IsZero(), c.Done, c.Total
		switch {
		case v.Running:
			v.CheckTitle, v.CheckText = r.P.T("audit.running"), r.P.T("audit.running.text", "time", r.P.Time(c.AskedAt))
		case c.Verdict.Sound():
			v.Sound, v.CheckTitle = true, r.P.T("audit.sound")
			v.CheckText = r.P.N("audit.sound.text", c.Verdict.Entries, "time", r.P.Time(c.FinishedAt))
		default:
			v.CheckTitle = r.P.N("audit.broken", int64(len(c.Verdict.Findings)))
			v.CheckText = r.P.T("audit.broken.text", "time", r.P.Time(c.FinishedAt))
			for _, f := range c.Verdict.Findings {
				v.Findings = append(v.Findings, r.P.T("audit.finding."+f.What, "seq", strconv.FormatInt(f.Seq, 10)))
			}
		}
	}
	return r.Form(w, r.P.T("audit.proof"), ps, pages.CheckpointPage(v))
}

func (d *Domain) takeCheckpoint(w http.ResponseWriter, r *web.Request) error {
	signed, err := d.TakeCheckpoint(r.Context(), r.UserID)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="checkpoint.txt"`)
	_, err = w.Write([]byte(signed))
	return err
}

func (d *Domain) verify(w http.ResponseWriter, r *web.Request) error {
	err := d.AskVerification(r.Context(), r.UserID)
	if ps, ok := problems(r, err); ok {
		return d.checkpointPage(w, r, ps)
	}
	if err != nil {
		return err
	}
	return r.Redirect(w, "/admin/journal/checkpoint")
}
