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
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (x *Web) forms(w http.ResponseWriter, r *web.Request) error {
	var recs []casefile.FormRecord
	var drafts []casefile.Draft
	var ms []casefile.Member
	var names map[string]string
	var list []*programme.Form
	may := false
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		may = g.Actor.Can(casefile.PermForm) && c.State == casefile.Open
		pack, err := x.Cases.Packs.Version(c.Programme, c.PackVersion)
		if err != nil {
			return err
		}
		for _, f := range pack.Forms {
			if g.Actor.Cleared(f.Class) {
				list = append(list, f)
			}
		}
		if recs, err = casefile.Forms(ctx, g, c.ID, ""); err != nil {
			return err
		}
		if ms, err = casefile.Members(ctx, g, c.ID); err != nil {
			return err
		}
		if names, _, err = staffNames(ctx, g); err != nil {
			return err
		}
		if g.Actor.Can(casefile.PermForm) {
			drafts, err = casefile.Drafts(ctx, g, c.ID)
		}
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	who := memberOptions(p, ms, false)
	v := pages.Sheet{P: p}
	for _, f := range list {
		g := pages.Group{Title: p.T(f.TitleKey()), Empty: p.T("case.forms.none")}
		href := room.Href(c.ID, "forms", f.Code)
		if may && f.Per != "person" {
			g.Links = []pages.Link{{Href: href, Label: p.T("case.forms.fill")}}
		}
		if f.Per == "person" {
			for _, o := range who {
				e := pages.Entry{Title: o.Label}
				if may {
					e.Links = []pages.Link{{Href: href + "?person=" + o.Value, Label: p.T("case.forms.fill")}}
				}
				g.Entries = append(g.Entries, x.formLines(r, c, f, o.Value, e, recs, drafts, names))
			}
		} else if e := x.formLines(r, c, f, "", pages.Entry{Title: p.T("case.whole")}, recs, drafts, names); len(e.Lines)+len(e.Links) > 0 {
			g.Entries = append(g.Entries, e)
		}
		v.Groups = append(v.Groups, g)
	}
	if len(list) == 0 {
		v.NoticeKind, v.NoticeTitle = "calm", p.T("case.forms.no_forms")
	}
	return x.inCase(w, r, c, "documents", p.T("case.forms.title"), nil, pages.SheetPage(v))
}

// formLines adds to an entry what was sent and what lies unfinished.
func (x *Web) formLines(r *web.Request, c casefile.Case, f *programme.Form, personID string, e pages.Entry, recs []casefile.FormRecord, drafts []casefile.Draft, names map[string]string) pages.Entry {
	p := r.P
	for _, d := range drafts {
		if d.Form == f.Code && d.PersonID == personID {
			e.Tags = append(e.Tags, pages.Tag{Kind: "soon", Text: p.T("case.forms.draft", "date", p.Time(d.SavedAt))})
		}
	}
	for _, rec := range recs {
		if rec.Form != f.Code || rec.PersonID != personID {
			continue
		}
		key := "case.forms.sent"
		if rec.SupersededBy != "" {
			key = "case.forms.sent_old"
		}
		e.Links = append(e.Links, pages.Link{Href: room.Href(c.ID, "records", rec.ID), Label: p.T(key, "date", p.Time(rec.At), "name", names[rec.By]), Kind: "bare"})
	}
	return e
}

func (x *Web) showRecord(w http.ResponseWriter, r *web.Request) error {
	rec, err := x.Cases.ReadForm(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("record"))
	if err != nil {
		return err
	}
	var names map[string]string
	var who string
	may := false
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		may = g.Actor.Can(casefile.PermForm) && c.State == casefile.Open
		if names, _, err = staffNames(ctx, g); err != nil {
			return err
		}
		ms, err := casefile.Members(ctx, g, c.ID)
		for _, m := range ms {
			if m.ID == rec.PersonID {
				who = m.Called()
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	v := pages.Record{P: p, BackHref: room.Href(c.ID, "forms"), Back: p.T("case.forms.back"), Title: rec.Questions.Title, Lang: rec.Lang, Facts: []ui.Fact{
		{Label: p.T("case.forms.by"), Value: names[rec.By]}, {Label: p.T("case.forms.at"), Value: p.Time(rec.At)}, {Label: p.T("case.forms.version"), Value: rec.PackVersion + " / " + strconv.FormatInt(rec.Revision, 10)}}}
	if who != "" {
		v.Facts = append(v.Facts, ui.Fact{Label: p.T("case.files.person"), Value: who})
	}
	switch {
	case rec.Erased:
		v.NoticeTitle = p.T("case.erased")
	case rec.SupersededBy != "":
		v.NoticeTitle = p.T("case.forms.superseded")
		v.Links = []pages.Link{{Href: room.Href(c.ID, "records", rec.SupersededBy), Label: p.T("case.forms.newer")}}
	case may:
		q := url.Values{"corrects": {rec.ID}}
		if rec.PersonID != "" {
			q.Set("person", rec.PersonID)
		}
		v.Links = []pages.Link{{Href: room.Href(c.ID, "forms", rec.Form) + "?" + q.Encode(), Label: p.T("case.forms.correct")}}
	}
	if rec.Hidden > 0 {
		v.NoticeTitle = p.N("case.forms.hidden", int64(rec.Hidden))
	}
	for _, q := range rec.Questions.Questions {
		vs, ok := rec.Answers[q.ID]
		if !ok {
			continue
		}
		v.Answers = append(v.Answers, ui.Fact{Label: q.Label, Value: answerText(p, q, vs, rec.Questions.Currency)})
	}
	return x.inCase(w, r, c, "documents", v.Title, nil, pages.RecordPage(v))
}

func answerText(p *i18n.Printer, q programme.FrozenQuestion, vs []string, currency string) string {
	var out []string
	for _, v := range vs {
		text := v
		i := slices.IndexFunc(q.Options, func(o programme.FrozenOption) bool { return o.Value == v })
		switch {
		case i >= 0:
			text = q.Options[i].Label
		case q.Type == programme.TypeDate:
			if d, err := day.Parse(v); err == nil {
				text = p.Date(d)
			}
		case q.Type == programme.TypeCountry:
			text = p.Country(v)
		case q.Type == programme.TypeLanguage:
			text = p.Language(v)
		case q.Type == programme.TypeMoney:
			text = currency + " " + v
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

func (x *Web) drafts(w http.ResponseWriter, r *web.Request) error {
	var ds []casefile.Draft
	err := x.Cases.Gate.Read(r.Context(), r.UserID, casefile.PermForm, func(ctx context.Context, g *gate.R) (err error) {
		ds, err = casefile.Drafts(ctx, g, "")
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	g := pages.Group{Title: p.T("case.drafts.title"), Empty: p.T("case.drafts.none")}
	for _, d := range ds {
		q := ""
		if d.PersonID != "" {
			q = "?person=" + d.PersonID
		}
		g.Entries = append(g.Entries, pages.Entry{Title: p.T("forms." + d.Form), Href: room.Href(d.CaseID, "forms", d.Form) + q, Lines: []string{d.CaseNo, p.T("case.forms.draft", "date", p.Time(d.SavedAt)), p.N("case.drafts.answers", int64(len(d.Answers)))},
			Posts: []pages.Post{{Action: "/drafts/drop", Label: p.T("case.drafts.drop"), Kind: "no", Fields: map[string]string{"case": d.CaseID, "form": d.Form, "person": d.PersonID}}}})
	}
	return r.Page(w, http.StatusOK, p.T("case.drafts.title"), pages.SheetPage(pages.Sheet{P: p, Head: p.T("case.drafts.title"), Groups: []pages.Group{g}}))
}

func (x *Web) dropDraft(w http.ResponseWriter, r *web.Request) error {
	err := x.Cases.DropDraft(r.Context(), r.UserID, casefile.Draft{CaseID: r.Text("case"), Form: r.Text("form"), PersonID: r.Text("person")})
	if err != nil {
		return err
	}
	return done(w, r, "/drafts", "case.said.draft_dropped", "", nil)
}
