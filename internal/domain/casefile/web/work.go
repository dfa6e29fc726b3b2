package caseweb

import (
	"context"
	"net/http"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (x *Web) tasks(w http.ResponseWriter, r *web.Request) error { return x.showTasks(w, r, nil) }

func (x *Web) showTasks(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var open, past []casefile.Task
	var names map[string]string
	var staff []org.Staff
	var actor *org.Actor
	var today day.Date
	var again []string
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		actor, today = g.Actor, g.Today
		if names, staff, err = staffNames(ctx, g); err != nil {
			return err
		}
		if again, err = decision.Doubts(ctx, g, r.P, c.ID); err != nil {
			return err
		}
		open, past, err = casefile.TasksOf(ctx, g, c.ID, 50)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	may := actor.Can(casefile.PermTask) && c.State == casefile.Open
	v := pages.Sheet{P: p, Problems: ps}
	g := pages.Group{Title: p.T("case.tasks.open"), Empty: p.T("case.tasks.none")}
	for _, t := range open {
		e := taskEntry(r, c, t, names, today, may)
		if t.Code == decision.TaskLook {
			e.Lines = append(again, e.Lines...)
		}
		g.Entries = append(g.Entries, e)
	}
	finished := pages.Group{Title: p.T("case.tasks.done"), Empty: p.T("case.tasks.none_done")}
	for _, t := range past {
		e := pages.Entry{Title: taskTitle(r, t), Struck: true, Lines: []string{p.T("case.tasks.done_by", "name", names[t.DoneBy], "date", p.Time(t.DoneAt))}}
		if may {
			e.Posts = []pages.Post{{Action: room.Href(c.ID, "tasks", t.ID, "reopen"), Label: p.T("case.tasks.reopen")}}
		}
		finished.Entries = append(finished.Entries, e)
	}
	v.Groups = []pages.Group{g, finished}
	if may {
		owners := []ui.Option{{Label: p.T("case.tasks.owner_of_case")}}
		for _, s := range staff {
			if s.Active && s.OfficeID == actor.OfficeID {
				owners = append(owners, ui.Option{Value: s.ID, Label: s.Name})
			}
		}
		add := pages.Ask{P: p, Title: p.T("case.tasks.add"), Action: room.Href(c.ID, "tasks"), Hidden: map[string]string{"id": room.KeepID(r)}, Submit: p.T("case.tasks.add"), Items: []pages.Item{
			{Kind: "text", Field: ui.Field{Name: "title", Label: p.T("case.tasks.title"), Required: true, MaxLen: 300, Value: r.Text("title")}},
			{Kind: "date", Field: ui.Field{Name: "due", Label: p.T("case.tasks.due"), Value: r.DateText("due")}},
			{Kind: "select", Field: ui.Field{Name: "owner", Label: p.T("case.tasks.owner"), Options: owners, Value: r.Text("owner")}},
			{Kind: "checks", Field: ui.Field{Name: "urgent", Label: p.T("case.tasks.urgent"), Options: []ui.Option{{Value: "1", Label: p.T("case.tasks.urgent.yes"), Selected: r.Ticked("urgent")}}}},
		}}
		add.Items = append(add.Items, waitItems(r, "", r.Text("waiting_on"), r.DateText("waiting_until"), false)...)
		room.Mark(add.Items, ps)
		v.Asks = []pages.Ask{add}
	}
	return x.inCase(w, r, c, "overview", p.T("case.tasks.page"), ps, pages.SheetPage(v))
}

func taskTitle(r *web.Request, t casefile.Task) string {
	if t.Code == "" {
		return t.Title
	}
	return r.P.T("task." + t.Code)
}

func waitItems(r *web.Request, suffix, on, until string, required bool) []pages.Item {
	p := r.P
	fid := func(n string) string {
		if suffix == "" {
			return ""
		}
		return "f-" + n + "-" + suffix
	}
	return []pages.Item{
		{Kind: "select", Field: ui.Field{ID: fid("waiting_on"), Name: "waiting_on", Label: p.T("case.waiting_on"), Value: on, Required: required,
			Options: append([]ui.Option{choose(p)}, ui.Options(casefile.Waiters, ui.Keyed(p, "stage.waits_on."))...)}},
		{Kind: "date", Field: ui.Field{ID: fid("waiting_until"), Name: "waiting_until", Label: p.T("case.waiting_until"), Hint: p.T("case.waiting_until_hint"), Value: until, Required: required}},
	}
}

func taskEntry(r *web.Request, c casefile.Case, t casefile.Task, names map[string]string, today day.Date, may bool) pages.Entry {
	p := r.P
	e := pages.Entry{Title: taskTitle(r, t)}
	if t.Urgent {
		e.Tags = append(e.Tags, pages.Tag{Kind: "late", Text: p.T("case.tasks.urgent")})
	}
	switch {
	case t.DueOn.IsZero():
	case t.DueOn.Before(today):
		e.Tags = append(e.Tags, pages.Tag{Kind: "late", Text: p.N("common.days_late", int64(t.DueOn.DaysUntil(today)))})
	case today.DaysUntil(t.DueOn) <= 3:
		e.Tags = append(e.Tags, pages.Tag{Kind: "soon", Text: p.N("common.days_left", int64(today.DaysUntil(t.DueOn)))})
	}
	if !t.DueOn.IsZero() {
		e.Lines = append(e.Lines, p.T("case.tasks.due_on", "date", p.Date(t.DueOn)))
	}
	waits := t.WaitingOn != "" && t.WaitingUntil.After(today)
	if t.WaitingOn != "" {
		e.Lines = append(e.Lines, p.T("case.waits", "who", casefile.WaiterText(p, t.WaitingOn), "date", p.Date(t.WaitingUntil)))
	}
	if n := names[t.OwnerID]; n != "" {
		e.Lines = append(e.Lines, p.T("case.tasks.owned_by", "name", n))
	}
	if t.Code == casefile.HandOverTask { // it ends with the answer, which has a page of its own
		e.Links = []pages.Link{{Href: room.Href(c.ID, "hand-over"), Label: p.T("case.tasks.open_page")}}
		return e
	}
	if !may {
		return e
	}
	base := room.Href(c.ID, "tasks", t.ID)
	e.Posts = []pages.Post{{Action: base + "/finish", Label: p.T("case.tasks.finish"), Kind: "go"}}
	if waits {
		e.Posts = append(e.Posts, pages.Post{Action: base + "/act", Label: p.T("case.tasks.act")})
	}
	e.AskLabels = []string{p.T("case.tasks.wait")}
	e.Asks = []pages.Ask{{P: p, Action: base + "/wait", Submit: p.T("case.tasks.wait"), Items: waitItems(r, t.ID, t.WaitingOn, t.WaitingUntil.String(), true)}}
	return e
}

func (x *Web) addTask(w http.ResponseWriter, r *web.Request) error {
	t := casefile.Task{ID: r.Text("id"), CaseID: r.PathValue("id"), Title: r.Text("title"), OwnerID: r.Text("owner"), WaitingOn: r.Text("waiting_on"), Urgent: r.Ticked("urgent")}
	var ok1, ok2 bool
	t.DueOn, ok1 = r.Date("due")
	t.WaitingUntil, ok2 = r.Date("waiting_until")
	if !ok1 {
		return x.afterTask(w, r, fault.At("due", "common.date_not_real"), "", "")
	}
	if !ok2 {
		return x.afterTask(w, r, fault.At("waiting_until", "common.date_not_real"), "", "")
	}
	return x.afterTask(w, r, x.Cases.WriteTask(r.Context(), r.UserID, t), "case.said.task_added", "")
}

func (x *Web) finishTask(w http.ResponseWriter, r *web.Request) error {
	return x.afterTask(w, r, x.Cases.FinishTaskByID(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("task")), "case.said.task_finished", "reopen")
}

func (x *Web) reopenTask(w http.ResponseWriter, r *web.Request) error {
	return x.afterTask(w, r, x.Cases.ReopenTask(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("task")), "case.said.task_reopened", "finish")
}

func (x *Web) waitTask(w http.ResponseWriter, r *web.Request) error {
	until, ok := r.Date("waiting_until")
	if !ok {
		return x.afterTask(w, r, fault.At("waiting_until", "common.date_not_real"), "", "")
	}
	return x.afterTask(w, r, x.Cases.WaitTask(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("task"), r.Text("waiting_on"), until), "case.said.task_waits", "act")
}

func (x *Web) actTask(w http.ResponseWriter, r *web.Request) error {
	return x.afterTask(w, r, x.Cases.ActTask(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("task")), "case.said.task_acts", "")
}

func (x *Web) afterTask(w http.ResponseWriter, r *web.Request, err error, key, undo string) error {
	if ps, ok := badForm(r, err); ok {
		return x.showTasks(w, r, ps)
	}
	if err != nil {
		return err
	}
	if undo != "" {
		undo = room.Href(r.PathValue("id"), "tasks", r.PathValue("task"), undo)
	}
	return done(w, r, backTo(r, room.Href(r.PathValue("id"), "tasks")), key, undo, nil)
}

// backTo is where a form asked to come back to, if that is a page of this house.
func backTo(r *web.Request, otherwise string) string {
	if to := r.Text("back"); strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.Contains(to, `\`) {
		return to
	}
	return otherwise
}

func (x *Web) showMove(w http.ResponseWriter, r *web.Request) error { return x.askMove(w, r, nil) }

func (x *Web) askMove(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var missing []casefile.Unmet
	var pack *programme.Pack
	may := false
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		if pack, err = x.Cases.Packs.Version(c.Programme, c.PackVersion); err != nil {
			return err
		}
		s, _, _ := pack.Stage(c.Stage)
		may = g.Actor.Can(casefile.PermMove) && (s.Perm == "" || g.Actor.Can(s.Perm)) && c.State == casefile.Open
		missing, err = x.Cases.Missing(ctx, g, c)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	next, earlier := pack.Next(c.Stage), []programme.Stage{}
	proposed, _ := pack.Proposed(c.Stage)
	if _, i, ok := pack.Stage(c.Stage); ok {
		earlier = pack.Stages[:i]
	}
	forward := pages.Ask{P: p, Title: p.T("case.move.title"), Lead: []string{p.T("case.move.now", "stage", stageName(p, c.Stage))}, ShowMissing: len(next) > 0, Missing: unmet(p, missing), Action: room.Href(c.ID, "move"),
		NoForm: !may || len(missing) > 0 || len(next) == 0}
	var to []ui.Option
	for _, s := range next {
		o := ui.Option{Value: s.Code, Label: stageName(p, s.Code)}
		switch {
		case s.Aside:
			o.Hint = p.T("case.move.aside")
		case s.Optional:
			o.Hint = p.T("case.move.optional")
		}
		to = append(to, o)
	}
	if len(to) > 0 {
		forward.Items = []pages.Item{{Kind: "radios", Field: ui.Field{Name: "to", Label: p.T("case.move.to"), Required: true, Options: to, Value: proposed.Code}}}
		forward.Submit = p.T("case.move.go")
	}
	v := pages.Sheet{P: p, Problems: ps, BackHref: room.Href(c.ID), Back: p.T("case.back"), Asks: []pages.Ask{forward}}
	if may && len(earlier) > 0 {
		opts := []ui.Option{choose(p)}
		for i := len(earlier) - 1; i >= 0; i-- {
			opts = append(opts, ui.Option{Value: earlier[i].Code, Label: stageName(p, earlier[i].Code)})
		}
		back := pages.Ask{P: p, Title: p.T("case.move.back"), Lead: []string{p.T("case.move.back_lead")}, Action: room.Href(c.ID, "move"), Submit: p.T("case.move.back_go"), Kind: "plain", Items: []pages.Item{
			{Kind: "select", Field: ui.Field{ID: "f-back", Name: "to", Label: p.T("case.move.back_to"), Required: true, Options: opts, Value: r.Text("to")}},
			{Kind: "text", Field: ui.Field{Name: "reason", Label: p.T("common.reason"), Required: true, Value: r.Text("reason"), MaxLen: 300}},
		}}
		room.Mark(back.Items, ps)
		v.Asks = append(v.Asks, back)
	}
	return x.inCase(w, r, c, "overview", p.T("case.move.title"), ps, pages.SheetPage(v))
}

func (x *Web) move(w http.ResponseWriter, r *web.Request) error {
	c, err := x.Cases.Move(r.Context(), r.UserID, r.PathValue("id"), r.Text("to"), r.Text("reason"))
	if ps, ok := badForm(r, err); ok {
		return x.askMove(w, r, ps)
	}
	if err != nil {
		return err
	}
	return done(w, r, room.Href(c.ID), "case.said.moved", "", nil, "stage", stageName(r.P, c.Stage))
}

func (x *Web) showWithdraw(w http.ResponseWriter, r *web.Request) error {
	c, err := x.look(r, nil)
	if err != nil {
		return err
	}
	p := r.P
	return x.ask(w, r, c, pages.Ask{Title: p.T("case.withdraw.title"), Lead: []string{p.T("case.withdraw.lead")}, Points: []string{p.T("case.withdraw.frees"), p.T("case.withdraw.tasks"), p.T("case.withdraw.again")},
		Submit: p.T("case.withdraw.go"), Kind: "no", Items: []pages.Item{{Kind: "area", Field: ui.Field{Name: "note", Label: p.T("case.withdraw.note"), Hint: p.T("case.withdraw.note_hint"), Rows: 3, MaxLen: 1000}}}})
}

func (x *Web) withdraw(w http.ResponseWriter, r *web.Request) error {
	note := r.Text("note")
	if n := []rune(note); len(n) > 1000 { // a withdrawal is never refused, not even for a long note
		note = string(n[:1000])
	}
	freed, err := x.Cases.Withdraw(r.Context(), r.UserID, r.PathValue("id"), note)
	if err != nil {
		return err
	}
	c, err := x.look(r, nil)
	if err != nil {
		return err
	}
	a := pages.Ask{P: r.P, Title: r.P.T("case.withdrawn.title"), NoticeKind: "ok", NoticeTitle: r.P.T("case.withdrawn.done"), NoForm: true, BackHref: room.Href(c.ID), Back: r.P.T("case.back"), Lead: []string{r.P.T("case.withdrawn.reopen")}}
	for _, key := range freed {
		a.Points = append(a.Points, r.P.T(key))
	}
	if len(freed) == 0 {
		a.Points = []string{r.P.T("case.withdrawn.nothing")}
	}
	return x.inCase(w, r, c, "overview", a.Title, nil, pages.AskPage(a))
}

// reasonPage asks for a reason and nothing else.
func (x *Web) reasonPage(w http.ResponseWriter, r *web.Request, c casefile.Case, prefix string, ps []ui.Problem) error {
	p := r.P
	return x.ask(w, r, c, pages.Ask{Title: p.T(prefix + ".title"), Lead: []string{p.T(prefix + ".lead")}, Problems: ps, Submit: p.T(prefix + ".go"),
		Items: []pages.Item{{Kind: "text", Field: ui.Field{Name: "reason", Label: p.T("common.reason"), Required: true, Value: r.Text("reason"), MaxLen: 300}}}})
}

func (x *Web) showReopen(w http.ResponseWriter, r *web.Request) error {
	c, err := x.look(r, nil)
	if err != nil {
		return err
	}
	return x.reasonPage(w, r, c, "case.reopen", nil)
}

func (x *Web) reopen(w http.ResponseWriter, r *web.Request) error {
	err := x.Cases.Reopen(r.Context(), r.UserID, r.PathValue("id"), r.Text("reason"))
	if ps, ok := badForm(r, err); ok {
		c, err := x.look(r, nil)
		if err != nil {
			return err
		}
		return x.reasonPage(w, r, c, "case.reopen", ps)
	}
	if err != nil {
		return err
	}
	return done(w, r, room.Href(r.PathValue("id")), "case.said.reopened", "", nil)
}

func (x *Web) showClose(w http.ResponseWriter, r *web.Request) error { return x.askClose(w, r, nil) }

func (x *Web) askClose(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var un []casefile.Unmet
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		un, err = x.Cases.Unsettled(ctx, g, c)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	return x.ask(w, r, c, pages.Ask{Title: p.T("case.close.title"), Lead: []string{p.T("case.close.lead")}, Problems: ps, ShowMissing: true, Missing: unmet(p, un), NoForm: len(un) > 0 || c.State != casefile.Open, Submit: p.T("case.close.go"), Items: []pages.Item{
		{Kind: "select", Field: ui.Field{Name: "reason", Label: p.T("case.close.reason"), Required: true, Value: r.Text("reason"), Options: append([]ui.Option{choose(p)}, ui.Options(casefile.ClosingReasons, ui.Keyed(p, "case.closing."))...)}},
		{Kind: "area", Field: ui.Field{Name: "note", Label: p.T("case.close.note"), Rows: 3, MaxLen: 1000, Value: r.Text("note")}},
	}})
}

func (x *Web) close(w http.ResponseWriter, r *web.Request) error {
	err := x.Cases.Close(r.Context(), r.UserID, r.PathValue("id"), r.Text("reason"), r.Text("note"))
	if ps, ok := badForm(r, err); ok {
		return x.askClose(w, r, ps)
	}
	if err != nil {
		return err
	}
	return done(w, r, room.Href(r.PathValue("id")), "case.said.closed", "", nil)
}
