package letter

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
)

// Lists a letter may go through.
const listQuestions = "questions"

// itemValues are the values that each thing of a list brings along.
var itemValues = map[string][]string{
	listQuestions: nil, "shared_with": {"whom"}, "promised": {"what"}, "household": {"member"}, "papers": {"paper", "holder"},
	"contacts": {"contact"}, "answers": {"question", "answer", "date"},
}

func listsOf(per string) (out []string) {
	if per == PerPayment {
		return nil
	}
	for name := range itemValues {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// valuesOf are the values that stand ready in a letter.
func valuesOf(per string) []string {
	out := []string{"blank", "born", "case_no", "name", "nationality", "office", "phase", "return_country", "staff", "today"}
	if per == PerPayment {
		out = append(out, "amount", "amount_words", "flight", "paid_on", "payer", "receipt_no", "witness")
	}
	return out
}

// line is where something is written by hand.
const line = "________________"

// facts are what is known for a letter. There is no field for what no letter may say.
type facts struct {
	letter   *Letter
	c        casefile.Case
	person   person.Person
	phase    string
	office   string
	staff    string
	family   []person.Person
	papers   []person.Paper
	contacts []person.Contact
	consents []person.Consent
	promises []Promise
	settled  []Settled
	contest  programme.Contest
	receipt  Receipt
	r        *gate.R
	words    func(lang string) string
}

// gather reads what a letter needs. The case has been found within the reader's scope.
func (d *Domain) gather(ctx context.Context, r *gate.R, c casefile.Case, l *Letter, a Args) (f facts, err error) {
	f = facts{letter: l, c: c, r: r, words: func(string) string { return "" }}
	who := a.Person
	if l.Per == PerPayment {
		if f.receipt, err = d.receipt(ctx, r, c, a.Payment); err != nil {
			return f, err
		}
		who = f.receipt.PersonID
		f.words = func(lang string) string {
			if d.Words == nil {
				return ""
			}
			return d.Words(f.receipt.Amount, lang)
		}
	}
	if who == "" {
		who = c.PrincipalID
	}
	if err := d.people(ctx, r, &f, who); err != nil {
		return f, err
	}
	if pack, err := d.Cases.Packs.Version(c.Programme, c.PackVersion); err == nil {
		f.contest = pack.Contest
		if s, _, ok := pack.Stage(c.Stage); ok {
			f.phase = s.Phase
		}
	}
	if f.office, f.staff, err = desk(ctx, r, c); err != nil {
		return f, err
	}
	if l.Per == PerPayment {
		return f, nil
	}
	// Only kinds are taken from these two; what they hold sealed stays behind.
	if f.papers, err = d.Persons.Papers(ctx, r, f.person.ID); err != nil {
		return f, err
	}
	if f.contacts, err = d.Persons.Contacts(ctx, r, f.person.ID); err != nil {
		return f, err
	}
	if f.consents, err = person.ConsentState(ctx, r, f.person.ID); err != nil {
		return f, err
	}
	if d.Promises != nil {
		if f.promises, err = d.Promises(ctx, r, c, f.person.ID); err != nil {
			return f, err
		}
	}
	if d.Settled == nil || !slices.ContainsFunc(l.Blocks, func(b Block) bool { return b.Kind == "decided" }) {
		return f, nil
	}
	if f.settled, err = d.Settled(ctx, r, c, f.person.ID); err != nil {
		return f, err
	}
	if !slices.ContainsFunc(f.settled, func(s Settled) bool { return s.Answer != Open }) {
		return f, fault.At("part", "letter.err.undecided")
	}
	return f, nil
}

func (d *Domain) receipt(ctx context.Context, r *gate.R, c casefile.Case, payment string) (Receipt, error) {
	if d.Receipt == nil {
		return Receipt{}, fault.Gone()
	}
	if payment == "" {
		return Receipt{}, fault.At("payment", "letter.err.payment")
	}
	rc, err := d.Receipt(ctx, r, c.ID, payment)
	switch {
	case err != nil:
		return rc, err
	case rc.CaseID != c.ID:
		return rc, fault.Hidden("payment", payment)
	case rc.Reversed:
		return rc, fault.New(fault.Conflict, "letter.err.reversed", "receipt", rc.No)
	}
	return rc, nil
}

// people finds the person of the letter among those of the case, and the others whom the reader may see.
func (d *Domain) people(ctx context.Context, r *gate.R, f *facts, who string) error {
	ms, err := casefile.Members(ctx, r, f.c.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(ms, func(m casefile.Member) bool { return m.ID == who }) {
		return fault.Hidden("person", who)
	}
	for _, m := range ms {
		p, err := d.Persons.ByID(ctx, r, m.ID)
		switch {
		case m.ID == who && err != nil:
			return err
		case m.ID == who:
			f.person = p
		case fault.Is(err, fault.NotFound): // of a class that the reader is not cleared for
		case err != nil:
			return err
		default:
			f.family = append(f.family, p)
		}
	}
	return nil
}

// desk names the office and the person a case lies with.
func desk(ctx context.Context, r *gate.R, c casefile.Case) (office, staff string, err error) {
	o, err := org.OfficeByID(ctx, r.Tx, c.HostOffice)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return "", "", err
	}
	if c.OwnerID == "" {
		return o.Name, "", nil
	}
	s, err := org.StaffByID(ctx, r.Tx, c.OwnerID)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return "", "", err
	}
	return o.Name, s.Name, nil
}

// nameOf writes a name in both scripts, as far as they are known.
func nameOf(p *i18n.Printer, q person.Person) string {
	n := q.Parts()
	latin, native := plain(n.Latin), plain(n.Native)
	switch {
	case latin == "":
		return native
	case native == "" || native == latin:
		return latin
	}
	return p.T("print.name_both", "name", apart(p, latin), "native", apart(p, native))
}

func born(p *i18n.Printer, q person.Person) string {
	switch {
	case q.BirthDate.IsZero() || q.BirthKind == person.Unknown:
		return p.T("print.unknown")
	case q.BirthKind == person.YearOnly:
		return p.T("print.born.year", "year", q.BirthDate.String()[:4])
	case q.BirthKind == person.Estimated:
		return p.T("print.born.estimated", "date", q.BirthDate)
	}
	return p.Date(q.BirthDate)
}

func country(p *i18n.Printer, code string) string {
	if code == "" {
		return ""
	}
	return p.Country(code)
}

func (f *facts) phaseName(p *i18n.Printer) string {
	switch {
	case f.c.State != casefile.Open:
		return p.T("print.state." + f.c.State)
	case p.Has("print.phase." + f.phase):
		return p.T("print.phase." + f.phase)
	}
	return ""
}

// values are all values of the letter in one language. What is not known is empty.
func (f *facts) values(p *i18n.Printer) map[string]string {
	v := map[string]string{"blank": "", "born": born(p, f.person), "case_no": f.c.No, "name": nameOf(p, f.person), "nationality": country(p, f.person.Nationality),
		"office": plain(f.office), "phase": f.phaseName(p), "return_country": country(p, f.c.ReturnCountry), "staff": plain(f.staff), "today": p.Date(f.r.Today)}
	for name, s := range f.letter.Set {
		v[name] = s
	}
	if f.letter.Per == PerPayment {
		rc := f.receipt
		v["amount"], v["amount_words"], v["flight"], v["paid_on"] = p.Money(rc.Amount), plain(f.words(p.Lang)), plain(rc.Flight), p.Date(rc.On)
		v["payer"], v["receipt_no"], v["witness"] = plain(rc.Payer), plain(rc.No), plain(rc.Witness)
	}
	return v
}

// items are the things of a list in one language, each with its own values; they come in the same order in every language.
func (f *facts) items(p *i18n.Printer, list string) (out []map[string]string) {
	add := func(pairs ...string) {
		m := map[string]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		out = append(out, m)
	}
	switch list {
	case "promised":
		for _, x := range f.promises {
			key := "print.promise." + x.Modality
			if x.Ceiling {
				key += "_up_to"
			}
			add("what", p.T(key, "amount", x.Amount))
		}
	case "shared_with":
		var told []string
		for _, c := range f.latest() {
			if c.Holds(f.r.Today) && c.Recipient != "our_office" && !slices.Contains(told, c.Recipient) {
				told = append(told, c.Recipient)
				add("whom", whom(p, c.Recipient))
			}
		}
	case "household":
		for _, m := range f.family {
			if name := nameOf(p, m); name != "" {
				add("member", name)
			}
		}
	case "papers":
		for _, x := range f.papers {
			add("paper", p.T("print.paper."+x.Kind), "holder", p.T("print.holder."+x.HeldBy))
		}
	case "contacts":
		var kinds []string
		for _, x := range f.contacts {
			if !slices.Contains(kinds, x.Kind) {
				kinds = append(kinds, x.Kind)
				add("contact", p.T("print.contact."+x.Kind))
			}
		}
	case "answers":
		for _, c := range f.latest() {
			answer, on := p.T("consent.answer.no"), c.At
			switch {
			case !c.WithdrawnAt.IsZero():
				answer, on = p.T("print.answer.taken_back"), c.WithdrawnAt
			case c.Given:
				answer = p.T("consent.answer.yes")
			}
			add("question", question(p, person.Question{Purpose: c.Purpose, Recipient: c.Recipient}), "answer", answer, "date", p.Instant(on)[:10])
		}
	}
	return out
}

// latest are the answers that count, in the order of the questions.
func (f *facts) latest() (out []person.Consent) {
	for _, q := range person.Questions(&f.person) {
		for _, c := range f.consents { // newest first
			if c.Purpose == q.Purpose && c.Recipient == q.Recipient {
				out = append(out, c)
				break
			}
		}
	}
	return out
}

func whom(p *i18n.Printer, recipient string) string {
	kind, code, _ := strings.Cut(recipient, ":")
	return p.T("consent.recipient."+kind, "country", country(p, code))
}

func question(p *i18n.Printer, q person.Question) string {
	return p.T("consent.purpose."+q.Purpose, "whom", whom(p, q.Recipient))
}

// plain takes out of a name what is no letter of it: line ends, control characters, and the marks that turn the direction of
// what follows and can make a sentence say something else.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == 0xFEFF, r >= 0xFFF9 && r <= 0xFFFB:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// apart keeps a right-to-left name from drawing the words beside it along; a right-to-left printer does so by itself.
func apart(p *i18n.Printer, s string) string {
	if p.Dir == "rtl" || !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana)
	}) {
		return s
	}
	return "\u2068" + s + "\u2069"
}
