package decision

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// Routes adds the room's addresses.
func (d *Domain) Routes(s *web.Server) {
	s.Handle("GET /cases/{id}/eligibility", casefile.PermView, d.showEligibility)
	s.Handle("POST /cases/{id}/eligibility", PermDecide, d.decide)
	s.Handle("POST /cases/{id}/eligibility/{decision}/second", PermSecond, d.second)
	s.Handle("GET /cases/{id}/declaration", casefile.PermView, d.showDeclaration)
	s.Handle("POST /cases/{id}/declaration", PermDeclare, d.sign)
	s.Handle("POST /cases/{id}/declaration/{declaration}/revoke", PermDeclare, d.revoke)
}

func href(caseID string, parts ...string) string {
	return "/cases/" + url.PathEscape(caseID) + "/" + strings.Join(parts, "/")
}

func (d *Domain) draw(w http.ResponseWriter, r *web.Request, c casefile.Case, tab, title string, ps []ui.Problem, body templ.Component) error {
	return d.Frame.Draw(w, r, c, tab, title, ps, body)
}

func staffNames(ctx context.Context, g *gate.R) (map[string]string, error) {
	all, err := org.ListStaff(ctx, g.Tx, "")
	names := map[string]string{}
	for _, s := range all {
		names[s.ID] = s.Name
	}
	return names, err
}

func (d *Domain) showDeclaration(w http.ResponseWriter, r *web.Request) error {
	return d.declarationPage(w, r, nil)
}

func (d *Domain) declarationPage(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	var c casefile.Case
	var ms []casefile.Member
	var all []Declaration
	var files []casefile.Attachment
	var names map[string]string
	var may, told bool
	children := map[string]bool{}
	err := d.Cases.Gate.Read(r.Context(), r.UserID, casefile.PermView, func(ctx context.Context, g *gate.R) (err error) {
		if c, err = casefile.ByID(ctx, g, r.PathValue("id")); err != nil {
			return err
		}
		may = g.Actor.Can(PermDeclare) && c.State == casefile.Open
		if ms, err = casefile.Members(ctx, g, c.ID); err != nil {
			return err
		}
		for _, m := range ms {
			children[m.ID], _ = m.Child(g.Today)
		}
		if told, err = d.counselled(ctx, g, c.ID); err != nil {
			return err
		}
		if names, err = staffNames(ctx, g); err != nil {
			return err
		}
		if files, err = casefile.Attachments(ctx, g, c.ID); err != nil {
			return err
		}
		all, err = Declarations(ctx, g, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	t := r.P
	v := pages.Sheet{P: t, Problems: ps, BackHref: "/cases/" + c.ID, Back: t.T("case.back")}
	g := pages.Group{Title: t.T("decision.declaration.title")}
	open := []ui.Option{}
	for _, m := range ms {
		e := pages.Entry{Name: m.Parts()}
		valid := false
		for _, x := range all {
			if x.PersonID != m.ID {
				continue
			}
			if x.RevokedAt.IsZero() {
				valid = true
				e.Tags = append(e.Tags, pages.Tag{Kind: "ok", Text: t.T("decision.declaration.signed", "date", t.Date(x.SignedOn))})
				e.Said, e.SaidLang = x.Text, x.Language
				e.Lines = append(e.Lines, t.T("decision.declaration.how", "method", t.T("decision.method."+x.Method), "language", t.Language(x.Language), "name", names[x.By]))
				if may {
					e.Posts = append(e.Posts, pages.Post{Action: href(c.ID, "declaration", x.ID, "revoke"), Label: t.T("decision.declaration.revoke"), Kind: "no"})
				}
			} else {
				e.Lines = append(e.Lines, t.T("decision.declaration.revoked", "date", t.Time(x.RevokedAt)))
			}
		}
		if !valid {
			e.Tags = append(e.Tags, pages.Tag{Kind: "soon", Text: t.T("decision.declaration.not_signed")})
			open = append(open, ui.Option{Value: m.ID, Label: m.Called()})
		}
		g.Entries = append(g.Entries, e)
	}
	v.Groups = []pages.Group{g}
	switch {
	case !told:
		v.NoticeKind, v.NoticeTitle, v.NoticeText = "warn", t.T("decision.declaration.not_counselled"), t.T("decision.err.not_counselled")
	case may && len(open) > 0:
		v.Asks = []pages.Ask{d.signAsk(r, c, ms, open, children, files, ps)}
	}
	return d.draw(w, r, c, "overview", t.T("decision.declaration.title"), ps, pages.SheetPage(v))
}

func (d *Domain) signAsk(r *web.Request, c casefile.Case, ms []casefile.Member, open []ui.Option, children map[string]bool, files []casefile.Attachment, ps []ui.Problem) pages.Ask {
	t := r.P
	choose := ui.Option{Label: t.T("common.choose")}
	guardians, papers, methods, languages := []ui.Option{{Label: t.T("decision.declaration.self")}}, []ui.Option{{Label: t.T("common.none")}}, []ui.Option{}, []ui.Option{choose}
	for _, m := range ms {
		if !children[m.ID] {
			guardians = append(guardians, ui.Option{Value: m.ID, Label: m.Called()})
		}
	}
	for _, f := range files {
		papers = append(papers, ui.Option{Value: f.ID, Label: f.Title})
	}
	for _, m := range Methods {
		methods = append(methods, ui.Option{Value: m, Label: t.T("decision.method." + m)})
	}
	for _, l := range t.LanguageNames() {
		if d.Printer(l.Code).Lang == l.Code { // only languages in which the text exists
			languages = append(languages, ui.Option{Value: l.Code, Label: l.Name})
		}
	}
	person := r.Text("person")
	language := r.Text("language")
	if i := slices.IndexFunc(ms, func(m casefile.Member) bool { return m.ID == person }); language == "" && i >= 0 {
		language = ms[i].Language
	}
	items := []pages.Item{
		{Kind: "radios", Field: ui.Field{Name: "person", Label: t.T("decision.declaration.who"), Required: true, Value: person, Options: open}},
		{Kind: "select", Field: ui.Field{Name: "guardian", Label: t.T("decision.declaration.guardian"), Hint: t.T("decision.declaration.guardian_hint"), Value: r.Text("guardian"), Options: guardians}},
		{Kind: "select", Field: ui.Field{Name: "language", Label: t.T("decision.declaration.language"), Required: true, Value: language, Options: languages}},
		{Kind: "radios", Field: ui.Field{Name: "method", Label: t.T("decision.declaration.method"), Required: true, Value: r.Text("method"), Options: methods}},
		{Kind: "text", Field: ui.Field{Name: "witness", Label: t.T("decision.declaration.witness"), Hint: t.T("decision.declaration.witness_hint"), Value: r.Text("witness"), MaxLen: 120}},
		{Kind: "date", Field: ui.Field{Name: "signed_on", Label: t.T("decision.declaration.signed_on"), Required: true, Value: room.Day(r, "signed_on", d.Cases.Gate.Today())}},
		{Kind: "select", Field: ui.Field{Name: "attachment", Label: t.T("decision.declaration.paper"), Hint: t.T("decision.declaration.paper_hint"), Value: r.Text("attachment"), Options: papers}},
	}
	room.Mark(items, ps)
	return pages.Ask{P: t, Title: t.T("decision.declaration.sign"), Lead: []string{t.T("decision.declaration.lead")}, Action: href(c.ID, "declaration"), Hidden: map[string]string{"id": room.KeepID(r)}, Submit: t.T("decision.declaration.sign"), Items: items}
}

func (d *Domain) sign(w http.ResponseWriter, r *web.Request) error {
	in := Declaration{ID: r.Text("id"), CaseID: r.PathValue("id"), PersonID: r.Text("person"), GuardianID: r.Text("guardian"), Language: r.Text("language"), Method: r.Text("method"), Witness: r.Text("witness"), AttachmentID: r.Text("attachment")}
	var ok bool
	var err error
	if in.SignedOn, ok = r.Date("signed_on"); !ok {
		err = fault.At("signed_on", "common.date_not_real")
	} else {
		_, err = d.Sign(r.Context(), r.UserID, in)
	}
	if err != nil {
		if ps, ok := r.Problems(err); ok {
			return d.declarationPage(w, r, ps)
		}
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "decision.said.signed"})
	return r.Redirect(w, href(in.CaseID, "declaration"))
}

func (d *Domain) revoke(w http.ResponseWriter, r *web.Request) error {
	caseID := r.PathValue("id")
	if err := d.Revoke(r.Context(), r.UserID, caseID, r.PathValue("declaration")); err != nil {
		return err
	}
	r.Say(w, web.Flash{Kind: "ok", Key: "decision.said.revoked"})
	return r.Redirect(w, href(caseID, "declaration"))
}
