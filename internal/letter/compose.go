package letter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/letter/pages"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// Declaration is the code of the letter that is signed to return, Decision of the one that says what was decided.
const (
	Declaration = "declaration"
	Decision    = "decision"
)

// Compose fills in a letter of a case in the language of the page and one beside it (with may be empty), and writes into the
// journal that it was printed.
func (d *Domain) Compose(ctx context.Context, actor, caseID, code, lang, with string, a Args) (doc Document, err error) {
	if err := d.languages(lang, with); err != nil {
		return doc, err
	}
	err = d.Gate.Write(ctx, actor, casefile.PermView, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		if err != nil {
			return err
		}
		l := d.Letters.Letter(c.Programme, code)
		if l == nil {
			return fault.Gone()
		}
		if !w.Actor.Can(l.Permission) || !w.Actor.Scope(l.Permission).Sees(c.Subject()) {
			return fault.New(fault.Denied, "fault.denied", "permission", l.Permission)
		}
		f, err := d.gather(ctx, &w.R, c, l, a)
		if err != nil {
			return err
		}
		doc = d.fill(&f, lang, with)
		e := journal.Entry{Action: "letter.printed", Key: f.person.ID, Args: map[string]string{"letter": code, "languages": strings.TrimSpace(lang + " " + with),
			"version": doc.Version, "person": f.person.ID, "way": a.Way}}
		if c.Class == org.Normal && f.person.Class != org.Normal {
			e.Class = f.person.Class
		}
		if l.Per == PerPayment {
			e.Args["receipt"] = f.receipt.No
		}
		return casefile.Record(ctx, w, c, e)
	})
	return doc, err
}

// Frozen is the text of the declaration of return as this person is to sign it, in both languages, and its hash. Whoever
// records the signature keeps both: what was signed is then known for ever, however the words change.
func (d *Domain) Frozen(ctx context.Context, r *gate.R, c casefile.Case, personID, lang, with string) (text, hash string, err error) {
	if err := d.languages(lang, with); err != nil {
		return "", "", err
	}
	l := d.Letters.Letter(c.Programme, Declaration)
	if l == nil {
		return "", "", fault.New(fault.Conflict, "letter.err.none")
	}
	f, err := d.gather(ctx, r, c, l, Args{Person: personID})
	if err != nil {
		return "", "", err
	}
	text = Plain(d.fill(&f, lang, with))
	sum := sha256.Sum256([]byte(text))
	return text, hex.EncodeToString(sum[:]), nil
}

// languages accepts two different languages that are offered to people.
func (d *Domain) languages(lang, with string) error {
	offered := func(tag string) bool {
		return slices.ContainsFunc(d.Cat.Languages(), func(l i18n.Language) bool { return l.Tag == tag && l.Public })
	}
	switch {
	case !offered(lang):
		return fault.At("lang", "letter.err.language")
	case with != "" && !offered(with):
		return fault.At("with", "letter.err.language")
	case with == lang:
		return fault.At("with", "letter.err.same_language")
	}
	return nil
}

// half is one language of a letter while it is filled in.
type half struct {
	p      *i18n.Printer
	values map[string]string
	args   []any // the same for a text, with a line where nothing is known
}

func (f *facts) half(p *i18n.Printer) *half {
	h := &half{p: p, values: f.values(p)}
	h.args = h.with(h.values)
	return h
}

// with gives values as the arguments of a text.
func (h *half) with(values map[string]string) (out []any) {
	for k, v := range values {
		if v == "" {
			v = line
		}
		out = append(out, k, apart(h.p, v))
	}
	return out
}

// filling makes pairs of what stands in one language and in the other.
type filling struct{ left, right *half }

func (x *filling) pair(of func(h *half) string) ui.Pair {
	p := ui.Pair{LeftLang: x.left.p.Lang, Left: of(x.left)}
	if x.right != nil {
		p.RightLang, p.Right = x.right.p.Lang, of(x.right)
	}
	return p
}

func (x *filling) text(key string) ui.Pair {
	return x.pair(func(h *half) string { return h.p.T(key, h.args...) })
}

func (d *Domain) fill(f *facts, lang, with string) Document {
	x := &filling{left: f.half(d.Cat.Printer(lang))}
	if with != "" {
		x.right = f.half(d.Cat.Printer(with))
	}
	doc := Document{Letter: f.letter.Code, Reference: f.c.No, Lang: lang, With: with, Version: d.version(f.letter, lang, with)}
	child, known := f.person.Child(f.r.Today)
	for i, b := range f.letter.Blocks {
		switch {
		case i == 0:
			doc.Title = x.text(b.Text)
			continue
		case b.When == "child" && known && !child, b.When == "adult" && known && child:
			continue
		}
		doc.Blocks = append(doc.Blocks, x.block(f, b)...)
	}
	if f.c.Invented {
		doc.Blocks = append([]pages.Block{{Kind: "note", Text: x.text("print.invented")}}, doc.Blocks...)
	}
	return doc
}

func (x *filling) block(f *facts, b Block) (out []pages.Block) {
	switch {
	case b.Kind == "decided":
		return x.decided(f)
	case b.Kind == "contest":
		return []pages.Block{{Kind: "para", Text: x.pair(deadline(f.contest))}}
	case b.Kind == "choice":
		for _, q := range person.Questions(&f.person) {
			out = append(out, pages.Block{Kind: b.Kind, Text: x.pair(func(h *half) string { return question(h.p, q) }),
				Yes: x.text("consent.answer.yes"), No: x.text("consent.answer.no")})
		}
		return out
	case b.Each != "":
		left := f.items(x.left.p, b.Each)
		var right []map[string]string
		if x.right != nil {
			right = f.items(x.right.p, b.Each)
		}
		for i := range left {
			out = append(out, pages.Block{Kind: b.Kind, Text: x.pair(func(h *half) string {
				item := left[i]
				if h == x.right {
					item = right[i]
				}
				return h.p.T(b.Text, append(h.with(item), h.args...)...)
			})})
		}
		if len(left) == 0 && b.Empty != "" {
			out = append(out, pages.Block{Kind: b.Kind, Text: x.text(b.Empty)})
		}
		return out
	}
	one := pages.Block{Kind: b.Kind, Text: x.text(b.Text)}
	if b.Value != "" {
		one.Value = x.pair(func(h *half) string { return h.values[b.Value] })
	}
	return []pages.Block{one}
}

// version names the words of a letter: it changes with its structure and with every word of the two languages, and not with
// whom it is for.
func (d *Domain) version(l *Letter, lang, with string) string {
	h := sha256.New()
	h.Write(l.source)
	bare := &facts{letter: l, c: casefile.Case{State: casefile.Open}, r: &gate.R{}, words: func(string) string { return "" }}
	for _, tag := range []string{lang, with} {
		if tag == "" {
			continue
		}
		p := d.Cat.Printer(tag)
		args := bare.half(p).args
		for _, names := range itemValues {
			for _, n := range names {
				args = append(args, n, line)
			}
		}
		for _, b := range l.Blocks {
			for _, key := range []string{b.Text, b.Empty} {
				if key != "" {
					fmt.Fprintf(h, "%s %q\n", key, p.T(key, args...))
				}
			}
			if b.Kind == "decided" {
				d.hashWords(h, p, args)
			}
			if b.Kind == "choice" {
				for _, q := range person.Questions(&person.Person{Nationality: "GR"}) {
					fmt.Fprintf(h, "%q\n", question(p, q))
				}
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// Plain is a letter as text: each piece in the one language, then in the other.
func Plain(doc Document) string {
	var b strings.Builder
	add := func(p ui.Pair) {
		for _, s := range []string{p.Left, p.Right} {
			if s != "" {
				b.WriteString(s + "\n")
			}
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s  %s  %s\n\n", doc.Reference, doc.Letter, doc.Version)
	add(doc.Title)
	for _, x := range doc.Blocks {
		switch x.Kind {
		case "field", "signature":
			add(ui.Pair{Left: labelled(x.Text.Left, x.Value.Left), Right: labelled(x.Text.Right, x.Value.Right)})
		case "choice":
			add(x.Text)
			add(x.Yes)
			add(x.No)
		default:
			add(x.Text)
		}
	}
	return b.String()
}

func labelled(label, value string) string {
	switch {
	case label == "":
		return ""
	case value == "":
		return label + ": " + line
	}
	return label + ": " + value
}
