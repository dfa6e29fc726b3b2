package letter

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/letter/pages"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// maxDocuments is a large family with everything; more is a mistake, and each one is an entry in the journal.
const maxDocuments = 40

// Routes are the pages of this room.
func (d *Domain) Routes(s *web.Server) {
	s.Handle("GET /cases/{id}/print", casefile.PermView, d.choose)
	s.Handle("GET /cases/{id}/print.css", casefile.PermView, d.style)
	s.Handle("GET /cases/{id}/print/{letter}", casefile.PermView, d.print)
}

// table is what lies ready for the page on which letters are chosen.
type table struct {
	c       casefile.Case
	persons []person.Person
	paid    []Receipt
	letters []*Letter
}

func (d *Domain) look(r *web.Request) (t table, err error) {
	err = d.Gate.Read(r.Context(), r.UserID, casefile.PermView, func(ctx context.Context, g *gate.R) error {
		var err error
		if t.c, err = casefile.ByID(ctx, g, r.PathValue("id")); err != nil {
			return err
		}
		ms, err := casefile.Members(ctx, g, t.c.ID)
		if err != nil {
			return err
		}
		for _, m := range ms {
			switch p, err := d.Persons.ByID(ctx, g, m.ID); {
			case err == nil:
				t.persons = append(t.persons, p)
			case !fault.Is(err, fault.NotFound):
				return err
			}
		}
		money := d.Receipt != nil && g.Actor.Can(PermMoney) && g.Actor.Scope(PermMoney).Sees(t.c.Subject())
		for _, l := range d.Letters.Of(t.c.Programme) {
			if l.Per == PerPerson && g.Actor.Can(l.Permission) {
				t.letters = append(t.letters, l)
			}
		}
		if money && d.Receipts != nil && slices.ContainsFunc(d.Letters.Of(t.c.Programme), func(l *Letter) bool { return l.Per == PerPayment }) {
			t.paid, err = d.Receipts(ctx, g, t.c.ID)
		}
		return err
	})
	return t, err
}

// beside is the language to print beside another: the person's own where it is offered, else English.
func (d *Domain) beside(lang string, persons []person.Person, who string) string {
	own := ""
	for _, p := range persons {
		if p.ID == who {
			own = p.Language
		}
	}
	if own == "prs" {
		own = "fa"
	}
	for _, tag := range []string{own, i18n.Fallback} {
		if tag != lang && d.languages(tag, "") == nil {
			return tag
		}
	}
	return ""
}

func (d *Domain) choose(w http.ResponseWriter, r *web.Request) error { return d.ask(w, r, nil) }

func (d *Domain) ask(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	t, err := d.look(r)
	if err != nil {
		return err
	}
	p := r.P
	wrong := func(name string) string {
		for _, x := range ps {
			if x.Field == name {
				return x.Text
			}
		}
		return ""
	}
	lang := r.Text("lang")
	if lang == "" {
		lang = p.Lang
	}
	with := r.Text("with")
	if !r.Has("with") {
		with = d.beside(lang, t.persons, t.c.PrincipalID)
	}
	people := r.All("person")
	if !r.Has("person") {
		people = []string{t.c.PrincipalID}
	}
	x := pages.Index{P: p, Case: "/cases/" + t.c.ID, Problems: ps, None: len(t.letters) == 0 && len(t.paid) == 0,
		Parts:   ui.Field{Name: "part", Label: p.T("letter.parts"), Values: r.All("part"), Error: wrong("part"), Required: true},
		Persons: ui.Field{Name: "person", Label: p.T("letter.persons"), Hint: p.T("letter.persons_hint"), Values: people, Error: wrong("person"), Required: true},
		Paid:    ui.Field{Name: "payment", Label: p.T("letter.paid"), Values: r.All("payment"), Error: wrong("payment")},
		Lang:    ui.Field{Name: "lang", Label: p.T("letter.lang"), Value: lang, Error: wrong("lang"), Required: true},
		With:    ui.Field{Name: "with", Label: p.T("letter.with"), Hint: p.T("letter.with_hint"), Value: with, Error: wrong("with"), Required: true}}
	for _, l := range t.letters {
		name := p.T(l.titleKey())
		if key := "letter.part." + l.Code; p.Has(key) { // staff have a shorter word for it than the paper itself
			name = p.T(key)
		}
		x.Parts.Options = append(x.Parts.Options, ui.Option{Value: l.Code, Label: name})
	}
	for _, q := range t.persons {
		o := ui.Option{Value: q.ID, Label: plain(q.Name())}
		if o.Label == "" {
			o.Label, o.Lang = plain(q.Native()), q.NativeLang
		}
		if o.Label == "" {
			o.Label = p.T("print.unknown")
		}
		x.Persons.Options = append(x.Persons.Options, o)
	}
	for _, rc := range t.paid {
		if !rc.Reversed {
			x.Paid.Options = append(x.Paid.Options, ui.Option{Value: rc.PaymentID, Label: p.T("letter.paid_one", "receipt", rc.No, "amount", rc.Amount, "date", rc.On)})
		}
	}
	x.With.Options = append(x.With.Options, ui.Option{Value: "", Label: p.T("letter.alone"), Selected: with == ""})
	for _, l := range d.Cat.Languages() {
		if l.Public {
			o := ui.Option{Value: l.Tag, Label: l.Name, Lang: l.Tag}
			x.Lang.Options, x.With.Options = append(x.Lang.Options, o), append(x.With.Options, o)
		}
	}
	var body templ.Component = pages.Choose(x)
	if d.Frame != nil {
		if body, err = d.Frame(r.Context(), r, t.c, "documents", body); err != nil {
			return err
		}
	}
	return r.Form(w, p.T("letter.title")+" – "+t.c.No, ps, body)
}

// print answers with one letter, or with the pack that was chosen, as a page for the printer or as a PDF.
func (d *Domain) print(w http.ResponseWriter, r *web.Request) error {
	name, isPDF := strings.CutSuffix(r.PathValue("letter"), ".pdf")
	t, err := d.look(r)
	if err != nil {
		return err
	}
	lang := r.Text("lang")
	if lang == "" {
		lang = r.P.Lang
	}
	way := "page"
	if isPDF {
		way = "pdf"
	}
	docs, err := d.compose(r, t, name, lang, way)
	if err != nil {
		if ps, ok := r.Problems(err); ok {
			return d.ask(w, r, ps)
		}
		return err
	}
	if isPDF {
		return d.sendPDF(w, name, docs)
	}
	staff := r.P
	r.P = d.Cat.Printer(lang)
	return r.Sheet(w, docs[0].Title.Left+" – "+t.c.No, pages.Pack(staff, "/cases/"+t.c.ID+"/print.css", docs, r.URL.Path+".pdf?"+query(r)))
}

// query is the address's own question without what the pages do not know.
func query(r *web.Request) string {
	v := url.Values{}
	for _, k := range []string{"part", "person", "payment", "lang", "with"} {
		if r.Has(k) {
			v[k] = r.All(k)
		}
	}
	return v.Encode()
}

// compose makes the letters that were asked for: each for each person that was ticked, and a receipt for each payment.
func (d *Domain) compose(r *web.Request, t table, name, lang, way string) (docs []Document, err error) {
	parts, persons, payments := []string{name}, unique(r.All("person")), unique(r.All("payment"))
	if name == reserved {
		parts = unique(r.All("part"))
		if len(parts) == 0 && len(payments) == 0 {
			return nil, fault.At("part", "letter.err.part")
		}
		for _, l := range d.Letters.Of(t.c.Programme) {
			if l.Per == PerPayment && len(payments) > 0 && !slices.Contains(parts, l.Code) {
				parts = append(parts, l.Code)
			}
		}
	}
	if len(persons) == 0 {
		persons = []string{t.c.PrincipalID}
	}
	if len(payments) == 0 {
		payments = []string{""}
	}
	if len(parts)*(len(persons)+len(payments)) > maxDocuments {
		return nil, fault.At("part", "letter.err.many", "max", maxDocuments)
	}
	with := r.Text("with")
	if !r.Has("with") {
		with = d.beside(lang, t.persons, persons[0])
	}
	one := func(code string, a Args) error {
		a.Way = way
		doc, err := d.Compose(r.Context(), r.UserID, t.c.ID, code, lang, with, a)
		docs = append(docs, doc)
		return err
	}
	for _, code := range parts {
		l := d.Letters.Letter(t.c.Programme, code)
		if l == nil {
			return nil, fault.Gone()
		}
		about := persons
		if l.Per == PerPayment {
			about = payments
		}
		for _, x := range about {
			a := Args{Person: x}
			if l.Per == PerPayment {
				a = Args{Payment: x}
			}
			if err := one(code, a); err != nil {
				return nil, err
			}
		}
	}
	return docs, nil
}

func unique(in []string) (out []string) {
	for _, s := range in {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (d *Domain) sendPDF(w http.ResponseWriter, name string, docs []Document) error {
	var buf bytes.Buffer // whole, so that a failure is an error page and not half a file
	if err := d.WritePDF(&buf, docs, d.Gate.Clock.Now()); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="`+name+"-"+docs[0].Reference+`.pdf"`)
	_, err := buf.WriteTo(w)
	return err
}

// style answers with the style sheet of a case's letters: it holds the number of the case for the margin of every page.
func (d *Domain) style(w http.ResponseWriter, r *web.Request) error {
	var c casefile.Case
	err := d.Gate.Read(r.Context(), r.UserID, casefile.PermView, func(ctx context.Context, g *gate.R) (err error) {
		c, err = casefile.ByID(ctx, g, r.PathValue("id"))
		return err
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, err = w.Write([]byte(pages.Style(c.No)))
	return err
}
