// Package caseweb answers the addresses of a case's folder: it reads what was typed, calls one command of casefile, and
// draws a page of casefile/pages or sends the reader on. It owns no table and decides nothing.
package caseweb

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Web is the folder's pages. app makes it.
type Web struct {
	Cases *casefile.Domain
	// Frame draws the head and the tabs of a case around a page; nil leaves them out.
	Frame room.Frame
}

// Routes adds the folder's addresses.
func (x *Web) Routes(s *web.Server) {
	view := web.Access(casefile.PermView)
	s.Handle("GET /cases/new", casefile.PermOpen, x.newCase)
	s.Handle("POST /cases/new", casefile.PermOpen, x.openCase)
	s.Handle("GET /cases/export", casefile.PermExport, x.export)
	s.Handle("POST /cases/reassign", casefile.PermAssign, x.reassign)
	s.Handle("GET /cases/{id}/edit", casefile.PermOpen, x.editFacts)
	s.Handle("POST /cases/{id}/edit", casefile.PermOpen, x.saveFacts)
	s.Handle("GET /cases/{id}/flags", casefile.PermClassify, x.showFlags)
	s.Handle("POST /cases/{id}/flags", casefile.PermClassify, x.saveFlags)
	s.Handle("GET /cases/{id}/household", view, x.household)
	s.Handle("POST /cases/{id}/household", casefile.PermOpen, x.addMember)
	s.Handle("POST /cases/{id}/household/{person}", casefile.PermOpen, x.changeMember)
	s.Handle("POST /cases/{id}/household/{person}/remove", casefile.PermOpen, x.removeMember)

	s.Handle("GET /cases/{id}/tasks", view, x.tasks)
	s.Handle("POST /cases/{id}/tasks", casefile.PermTask, x.addTask)
	s.Handle("POST /cases/{id}/tasks/{task}/finish", casefile.PermTask, x.finishTask)
	s.Handle("POST /cases/{id}/tasks/{task}/reopen", casefile.PermTask, x.reopenTask)
	s.Handle("POST /cases/{id}/tasks/{task}/wait", casefile.PermTask, x.waitTask)
	s.Handle("POST /cases/{id}/tasks/{task}/act", casefile.PermTask, x.actTask)
	s.Handle("GET /cases/{id}/move", view, x.showMove)
	s.Handle("POST /cases/{id}/move", casefile.PermMove, x.move)
	s.Handle("GET /cases/{id}/withdraw", casefile.PermWithdraw, x.showWithdraw)
	s.Handle("POST /cases/{id}/withdraw", casefile.PermWithdraw, x.withdraw)
	s.Handle("GET /cases/{id}/reopen", casefile.PermReopen, x.showReopen)
	s.Handle("POST /cases/{id}/reopen", casefile.PermReopen, x.reopen)
	s.Handle("GET /cases/{id}/close", casefile.PermClose, x.showClose)
	s.Handle("POST /cases/{id}/close", casefile.PermClose, x.close)
	s.Handle("GET /cases/{id}/assign", casefile.PermAssign, x.showAssign)
	s.Handle("POST /cases/{id}/assign", casefile.PermAssign, x.assign)
	s.Handle("GET /cases/{id}/hand-over", casefile.PermHandOver, x.showHandOver)
	s.Handle("POST /cases/{id}/hand-over", casefile.PermHandOver, x.handOver)
	s.Handle("POST /cases/{id}/hand-over/answer", casefile.PermHandOver, x.answerHandOver)

	s.Handle("GET /cases/{id}/history", view, x.history)
	s.Handle("POST /cases/{id}/notes", casefile.PermNote, x.addNote)
	s.Handle("GET /cases/{id}/notes/{note}", view, x.readNote)
	s.Handle("POST /cases/{id}/notes/{note}/strike", casefile.PermNote, x.strikeNote)
	s.Handle("GET /cases/{id}/forms", view, x.forms)
	s.Handle("GET /cases/{id}/forms/{code}", casefile.PermForm, x.showForm)
	s.Handle("POST /cases/{id}/forms/{code}", casefile.PermForm, x.sendForm)
	s.Handle("GET /cases/{id}/records/{record}", view, x.showRecord)
	s.Handle("GET /drafts", casefile.PermForm, x.drafts)
	s.Handle("POST /drafts/drop", casefile.PermForm, x.dropDraft)
	s.Handle("GET /cases/{id}/files", view, x.files)
	s.Upload("POST /cases/{id}/files", casefile.PermAttach, x.upload)
	s.Handle("GET /cases/{id}/files/{file}", casefile.PermAttach, x.download)
	s.Handle("GET /cases/{id}/files/{file}/preview", view, x.preview)
	s.Handle("POST /cases/{id}/files/{file}/remove", casefile.PermAttach, x.removeFile)
	s.Handle("POST /cases/{id}/files/{file}/restore", casefile.PermAttach, x.restoreFile)
	s.Handle("GET /views", view, x.views)
	s.Handle("POST /views", view, x.saveView)
	s.Handle("POST /views/{view}/drop", view, x.dropView)
	s.Handle("GET /cover", view, x.cover)
	s.Handle("POST /cover", view, x.setCover)
	s.Handle("POST /cover/{cover}/end", view, x.endCover)
}

// look reads a case and whatever else fn wants, in one snapshot.
func (x *Web) look(r *web.Request, fn func(ctx context.Context, g *gate.R, c casefile.Case) error) (c casefile.Case, err error) {
	return room.Look(r, x.Cases.Gate, casefile.PermView, fn)
}

// inCase draws a page within a case.
func (x *Web) inCase(w http.ResponseWriter, r *web.Request, c casefile.Case, tab, title string, problems []ui.Problem, body templ.Component) error {
	return x.Frame.Draw(w, r, c, tab, title, problems, body)
}

// ask draws a page that asks one thing about a case.
func (x *Web) ask(w http.ResponseWriter, r *web.Request, c casefile.Case, a pages.Ask) error {
	a.P = r.P
	if a.BackHref == "" {
		a.BackHref, a.Back = room.Href(c.ID), r.P.T("case.back")
	}
	if a.CancelHref == "" {
		a.CancelHref = a.BackHref
	}
	if a.Action == "" {
		a.Action = r.URL.Path
	}
	room.Mark(a.Items, a.Problems)
	return x.inCase(w, r, c, "overview", a.Title, a.Problems, pages.AskPage(a))
}

// done ends a command: what was done is said on the next page, with the way to undo it.
func done(w http.ResponseWriter, r *web.Request, to, key string, undo string, fields map[string]string, args ...string) error {
	f := web.Flash{Kind: "ok", Key: key, UndoAction: undo, UndoFields: fields, Args: map[string]string{}}
	for i := 0; i+1 < len(args); i += 2 {
		f.Args[args[i]] = args[i+1]
	}
	r.Say(w, f)
	return r.Redirect(w, to)
}

func choose(p *i18n.Printer) ui.Option { return ui.Option{Label: p.T("common.choose")} }

func countryOptions(p *i18n.Printer) []ui.Option {
	out := []ui.Option{choose(p)}
	for _, c := range p.Countries() {
		out = append(out, ui.Option{Value: c.Code, Label: c.Name})
	}
	return out
}

func languageOptions(p *i18n.Printer) []ui.Option {
	out := []ui.Option{choose(p)}
	for _, c := range p.LanguageNames() {
		out = append(out, ui.Option{Value: c.Code, Label: c.Name, Lang: ""})
	}
	return out
}

// classOptions are the classes the reader may use; nobody marks what they could not read themselves.
func classOptions(p *i18n.Printer, a *org.Actor) []ui.Option {
	return ui.Options(append([]string{org.Normal}, a.ClearedFor()...), ui.Keyed(p, "case.class."))
}

// staffNames reads the names of everybody here: a handful of rows, needed by nearly every page that says who did what.
func staffNames(ctx context.Context, g *gate.R) (map[string]string, []org.Staff, error) {
	all, err := org.ListStaff(ctx, g.Tx, "")
	names := map[string]string{org.SystemID: "Nostos"}
	for _, s := range all {
		names[s.ID] = s.Name
	}
	return names, all, err
}

func officeNames(ctx context.Context, g *gate.R) (map[string]string, []org.Office, error) {
	all, err := org.Offices(ctx, g.Tx)
	names := map[string]string{}
	for _, o := range all {
		names[o.ID] = o.Name
	}
	return names, all, err
}

func memberOptions(p *i18n.Printer, ms []casefile.Member, whole bool) []ui.Option {
	var out []ui.Option
	if whole {
		out = append(out, ui.Option{Label: p.T("case.whole")})
	}
	for _, m := range ms {
		out = append(out, ui.Option{Value: m.ID, Label: m.Called()})
	}
	return out
}

// programmes lists the programmes in force, each once.
func (x *Web) programmes(p *i18n.Printer, packs []*programme.Pack) []ui.Option {
	seen := map[string]ui.Option{}
	for _, k := range packs {
		seen[k.Code] = ui.Option{Value: k.Code, Label: k.Name(p.Lang)}
	}
	var out []ui.Option
	for _, code := range slices.Sorted(maps.Keys(seen)) {
		out = append(out, seen[code])
	}
	return out
}

func stageName(p *i18n.Printer, code string) string {
	if code == "" {
		return ""
	}
	return p.T(programme.StageKey(code))
}

func newID() string { return id.New() }

// unmet turns what is missing into a list with links.
func unmet(p *i18n.Printer, un []casefile.Unmet) []ui.MissingItem {
	var out []ui.MissingItem
	for _, m := range un {
		out = append(out, ui.MissingItem{Text: p.T(m.Key, m.Args...), Href: m.Href, Action: p.T("case.missing.do")})
	}
	return out
}

// badForm tells whether err belongs on the page that was sent.
func badForm(r *web.Request, err error) ([]ui.Problem, bool) {
	if err == nil {
		return nil, false
	}
	ps, ok := r.Problems(err)
	if ok && fault.Is(err, fault.Conflict) {
		for i := range ps { // what is missing is named by the way to it, which is no field of this page
			if strings.HasPrefix(ps[i].Field, "/") {
				ps[i].Field = ""
			}
		}
	}
	return ps, ok
}
