package caseweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// logKinds are the kinds of the logbook with the rooms whose entries belong to each.
var logKinds = []struct {
	code  string
	rooms []string
}{
	{"note", []string{"note"}}, {"talk", []string{"counselling", "activity"}}, {"document", []string{"form", "file", "consent"}}, {"decision", []string{"eligibility", "declaration", "screening", "selection"}},
	{"task", []string{"task"}}, {"money", []string{"ledger", "entitlement"}}, {"travel", []string{"travel", "accommodation"}}, {"support", []string{"reintegration", "monitoring", "placement"}},
	{"case", []string{"case", "person"}}, {"access", nil},
}

func kindOf(action string) string {
	if looked(action) {
		return "access"
	}
	room, _, _ := strings.Cut(action, ".")
	for _, k := range logKinds {
		if slices.Contains(k.rooms, room) {
			return k.code
		}
	}
	return "case"
}

// looked tells entries of reading and of repeated sending from those of change. They fill the journal, and the logbook
// shows them only when asked.
func looked(action string) bool {
	for _, end := range []string{".viewed", ".previewed", ".downloaded", ".exported", ".printed", "_again", "_repeated", ".draft_saved", ".upload_begun", ".refused"} {
		if strings.HasSuffix(action, end) {
			return true
		}
	}
	return false
}

const logPage = 50

func (x *Web) history(w http.ResponseWriter, r *web.Request) error { return x.showHistory(w, r, nil) }

func (x *Web) showHistory(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	kind := r.Text("kind")
	if kind != "" && r.Method == http.MethodGet && !slices.ContainsFunc(logKinds, func(k struct {
		code  string
		rooms []string
	}) bool {
		return k.code == kind
	}) {
		return fault.New(fault.Invalid, "case.err.filter_value", "name", "kind", "value", cut(kind))
	}
	if r.Method != http.MethodGet {
		kind = ""
	}
	before := int64(0)
	if s := r.Text("before"); s != "" {
		var err error
		if before, err = strconv.ParseInt(s, 10, 64); err != nil || before < 1 {
			return fault.New(fault.Invalid, "case.err.filter_value", "name", "before", "value", cut(s))
		}
	}
	var lines []*journal.Line
	var say teller
	var actor *org.Actor
	var ms []casefile.Member
	more := false
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		actor = g.Actor
		if say, err = newTeller(ctx, g, r.P, x.Cases.Packs, c); err != nil {
			return err
		}
		if ms, err = casefile.Members(ctx, g, c.ID); err != nil {
			return err
		}
		lines, more, err = someLines(ctx, g, c, kind, before)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	href := room.Href(c.ID, "history")
	v := pages.History{P: p, Problems: ps, Kinds: []ui.NavItem{{Href: href, Label: p.T("common.all"), Current: kind == ""}}}
	for _, k := range logKinds {
		v.Kinds = append(v.Kinds, ui.NavItem{Href: href + "?kind=" + k.code, Label: p.T("case.log." + k.code), Current: kind == k.code})
	}
	for _, l := range lines {
		v.Entries = append(v.Entries, say.entry(l))
	}
	if more {
		q := url.Values{"before": {strconv.FormatInt(lines[len(lines)-1].Seq, 10)}}
		if kind != "" {
			q.Set("kind", kind)
		}
		v.Older = href + "?" + q.Encode()
	}
	if actor.Can(casefile.PermNote) && before == 0 {
		v.Note = x.noteAsk(r, c, actor, ms, ps)
	}
	return x.inCase(w, r, c, "history", p.T("case.history.title"), ps, pages.HistoryPage(v))
}

func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// someLines reads one page of a kind, newest first. What is left out is skipped while reading: the journal has no column
// for it, and a case has a few hundred entries at most.
func someLines(ctx context.Context, g *gate.R, c casefile.Case, kind string, before int64) (out []*journal.Line, more bool, err error) {
	for {
		batch, err := g.History(ctx, journal.Filter{Case: c.ID, Before: before, Limit: 200})
		if err != nil || len(batch) == 0 {
			return out, false, err
		}
		for _, l := range batch {
			before = l.Seq
			k := kindOf(l.Action)
			if kind == "" && k == "access" || kind != "" && k != kind {
				continue
			}
			// Of a class the reader is not cleared for not even the line is shown: that there is one would tell. Only in a
			// case that is of that class as a whole, opened by breaking the glass, there is nothing left to hide.
			if l.Hidden && l.Class != c.Class {
				continue
			}
			if len(out) == logPage {
				return out, true, nil
			}
			out = append(out, l)
		}
	}
}

func (x *Web) noteAsk(r *web.Request, c casefile.Case, a *org.Actor, ms []casefile.Member, ps []ui.Problem) pages.Ask {
	p := r.P
	kind := r.Text("kind")
	if !slices.Contains(casefile.NoteKinds, kind) {
		kind = "note"
	}
	items := []pages.Item{
		{Kind: "area", Field: ui.Field{Name: "text", Label: p.T("case.note.text"), Required: true, Rows: 4, MaxLen: 20000, Value: r.Text("text")}},
		{Kind: "radios", Field: ui.Field{Name: "kind", Label: p.T("case.note.kind"), Required: true, Value: kind, Options: ui.Options(casefile.NoteKinds, ui.Keyed(p, "case.note_kind."))}},
		{Kind: "select", Field: ui.Field{Name: "person", Label: p.T("case.files.person"), Value: r.Text("person"), Options: memberOptions(p, ms, true)}},
	}
	if len(a.ClearedFor()) > 0 {
		items = append(items, pages.Item{Kind: "radios", Field: ui.Field{Name: "class", Label: p.T("case.class"), Hint: p.T("case.class_hint"), Required: true, Value: orNormal(r.Text("class")), Options: classOptions(p, a)}})
	}
	room.Mark(items, ps)
	return pages.Ask{P: p, Title: p.T("case.note.add"), Action: room.Href(c.ID, "notes"), Hidden: map[string]string{"id": room.KeepID(r)}, Submit: p.T("case.note.save"), Items: items}
}

func (x *Web) addNote(w http.ResponseWriter, r *web.Request) error {
	n := casefile.Note{ID: r.Text("id"), CaseID: r.PathValue("id"), PersonID: r.Text("person"), Kind: r.Text("kind"), Class: r.Text("class"), Lang: r.P.Lang, Text: r.Text("text")}
	err := x.Cases.AddNote(r.Context(), r.UserID, n)
	if ps, ok := badForm(r, err); ok {
		return x.showHistory(w, r, ps)
	}
	if err != nil {
		return err
	}
	return done(w, r, backTo(r, room.Href(n.CaseID, "history")), "case.said.note_added", "", nil)
}

func (x *Web) readNote(w http.ResponseWriter, r *web.Request) error { return x.showNote(w, r, nil) }

func (x *Web) showNote(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	n, err := x.Cases.ReadNote(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("note"))
	if err != nil {
		return err
	}
	var names map[string]string
	may := false
	c, err := x.look(r, func(ctx context.Context, g *gate.R, _ casefile.Case) (err error) {
		may = g.Actor.Can(casefile.PermNote) && n.StruckBy == "" && (n.By == g.Actor.ID || g.Actor.Can(casefile.PermClassify))
		names, _, err = staffNames(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	e := pages.Entry{Title: p.T("case.note_kind." + n.Kind), Lines: []string{n.Text, p.T("case.note.by", "name", names[n.By], "date", p.Time(n.At))}}
	if n.Erased {
		e.Lines[0] = p.T("case.erased")
	}
	if n.Class != org.Normal {
		e.Tags = append(e.Tags, pages.Tag{Kind: "care", Text: p.T("case.class." + n.Class)})
	}
	if n.StruckBy != "" {
		e.Tags = append(e.Tags, pages.Tag{Kind: "late", Text: p.T("case.note.struck")})
		e.Lines = append(e.Lines, p.T("case.note.struck_by", "name", names[n.StruckBy], "date", p.Time(n.StruckAt), "reason", n.Reason))
	}
	if n.ReplacedBy != "" {
		e.Links = []pages.Link{{Href: room.Href(c.ID, "notes", n.ReplacedBy), Label: p.T("case.note.newer")}}
	}
	v := pages.Sheet{P: p, BackHref: room.Href(c.ID, "history"), Back: p.T("case.history.title"), Problems: ps, Groups: []pages.Group{{Title: p.T("case.note.one"), Entries: []pages.Entry{e}}}}
	if may {
		text := n.Text
		if r.Has("text") {
			text = r.Text("text")
		}
		items := []pages.Item{
			{Kind: "text", Field: ui.Field{Name: "reason", Label: p.T("case.note.reason"), Required: true, Value: r.Text("reason"), MaxLen: 300}},
			{Kind: "area", Field: ui.Field{Name: "text", Label: p.T("case.note.new_text"), Hint: p.T("case.note.new_text_hint"), Value: text, Rows: 5, MaxLen: 20000}},
		}
		room.Mark(items, ps)
		v.Asks = []pages.Ask{{P: p, Title: p.T("case.note.correct"), Lead: []string{p.T("case.note.correct_lead")}, Action: room.Href(c.ID, "notes", n.ID, "strike"), Submit: p.T("case.note.correct_go"), Items: items}}
	}
	return x.inCase(w, r, c, "history", p.T("case.note.one"), ps, pages.SheetPage(v))
}

func (x *Web) strikeNote(w http.ResponseWriter, r *web.Request) error {
	_, err := x.Cases.StrikeNote(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("note"), r.Text("reason"), r.Text("text"))
	if ps, ok := badForm(r, err); ok {
		return x.showNote(w, r, ps)
	}
	if err != nil {
		return err
	}
	return done(w, r, room.Href(r.PathValue("id"), "history"), "case.said.note_struck", "", nil)
}

func (x *Web) views(w http.ResponseWriter, r *web.Request) error { return x.showViews(w, r, nil) }

func (x *Web) showViews(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var list []casefile.View
	err := x.Cases.Gate.Read(r.Context(), r.UserID, casefile.PermView, func(ctx context.Context, g *gate.R) (err error) {
		list, err = casefile.Views(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	g := pages.Group{Title: p.T("case.views.title"), Empty: p.T("case.views.none")}
	for _, v := range list {
		g.Entries = append(g.Entries, pages.Entry{Title: v.Name, Href: "/cases?" + v.Query, Posts: []pages.Post{{Action: "/views/" + v.ID + "/drop", Label: p.T("common.remove"), Kind: "no"}}})
	}
	v := pages.Sheet{P: p, Head: p.T("case.views.title"), Problems: ps, Groups: []pages.Group{g}}
	if query := r.Text("query"); query != "" || len(ps) > 0 {
		items := []pages.Item{{Kind: "text", Field: ui.Field{Name: "name", Label: p.T("case.views.name"), Required: true, MaxLen: 60, Value: r.Text("name")}}}
		room.Mark(items, ps)
		v.Asks = []pages.Ask{{P: p, Title: p.T("case.views.save"), Action: "/views", Hidden: map[string]string{"query": query}, Submit: p.T("common.save"), Items: items}}
	}
	return r.Form(w, p.T("case.views.title"), ps, pages.SheetPage(v))
}

func (x *Web) saveView(w http.ResponseWriter, r *web.Request) error {
	q, err := url.ParseQuery(strings.TrimPrefix(r.Text("query"), "?"))
	if err != nil {
		return fault.New(fault.Invalid, "fault.form_broken")
	}
	f, err := x.Cases.ParseFilter(q)
	if err == nil {
		_, err = x.Cases.SaveView(r.Context(), r.UserID, r.Text("name"), f)
	}
	if ps, ok := badForm(r, err); ok {
		return x.showViews(w, r, ps)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/views", "case.said.view_saved", "", nil)
}

func (x *Web) dropView(w http.ResponseWriter, r *web.Request) error {
	v, err := x.Cases.DropView(r.Context(), r.UserID, r.PathValue("view"))
	if err != nil {
		return err
	}
	return done(w, r, "/views", "case.said.view_dropped", "/views", map[string]string{"name": v.Name, "query": v.Query})
}

func (x *Web) export(w http.ResponseWriter, r *web.Request) error {
	f, err := x.Cases.ParseFilter(r.URL.Query())
	if err != nil {
		return err
	}
	var out strings.Builder
	if _, err := x.Cases.Export(r.Context(), r.UserID, f, &out); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="cases.csv"`)
	_, err = w.Write([]byte("\uFEFF" + out.String())) // the mark tells spreadsheets that this is UTF-8
	return err
}
