package programme

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// wordAreas are the areas in which a programme may bring words of its own. What the program itself says stays as it is: a
// key that exists already is refused.
var wordAreas = []string{"eligibility", "entitlement", "forms", "phase", "programme", "selection", "stage", "task"}

// Words hands a programme's own words, CODE/locales/TAG.json, to whoever keeps the texts. A language without a file, or
// without one of the words, speaks English there.
func Words(fsys fs.FS, to interface {
	Add(tag string, data []byte, areas []string) error
}) error {
	files, err := fs.Glob(fsys, "*/locales/*.json")
	if err != nil {
		return err
	}
	if _, err := fs.Stat(fsys, "programme.yaml"); err == nil { // the folder is itself a programme
		own, err := fs.Glob(fsys, "locales/*.json")
		if err != nil {
			return err
		}
		files = append(files, own...)
	}
	for _, name := range files {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if err := to.Add(strings.TrimSuffix(path.Base(name), ".json"), data, wordAreas); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// InWords writes an explanation for a reader at a terminal.
func InWords(p *i18n.Printer, pack *Pack, x Explanation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n", pack.Name(p.Lang), p.T("programme.version", "version", x.Version))
	for _, c := range x.Components {
		verdict := map[string]Verdict{"eligible": Eligible, "not_eligible": NotEligible, "unknown": Undecided}
		v := verdict[c.Result]
		if c.Selection {
			v = Conditional
		}
		fmt.Fprintf(&b, "\n%s: %s\n", p.T("eligibility."+c.Component), p.T("eligibility.verdict."+string(v)))
		rulesInWords(&b, p, pack, c.Clauses, "  ")
		for _, o := range c.People {
			fmt.Fprintf(&b, "  %s: %s\n", o.Person, p.T("eligibility.verdict."+string(verdict[o.Result])))
			rulesInWords(&b, p, pack, o.Clauses, "    ")
		}
		for _, l := range c.Entitlements {
			what := p.T("eligibility." + c.Component)
			if l.Entitlement != "" {
				what = p.T("entitlement." + l.Entitlement)
			}
			sum := p.Money(money.Of(l.Minor, l.Currency))
			switch {
			case l.Result == "unknown":
				sum = p.T("eligibility.verdict.unknown")
			case l.Ceiling:
				sum = p.T("entitlement.up_to", "amount", money.Of(l.Minor, l.Currency))
			}
			fmt.Fprintf(&b, "  → %s: %s (%s)\n", strings.TrimSpace(l.Person+" "+what), sum, p.T("entitlement.modality."+l.Modality))
			for _, m := range l.Missing {
				fmt.Fprintf(&b, "    %s\n", p.T("fact.ask."+m))
			}
		}
	}
	for _, t := range x.Total {
		fmt.Fprintf(&b, "\n= %s\n", p.Money(money.Of(t.Minor, t.Currency)))
	}
	return b.String()
}

func rulesInWords(b *strings.Builder, p *i18n.Printer, pack *Pack, rs []ExplainedRule, indent string) {
	for _, r := range rs {
		fmt.Fprintf(b, "%s%s: %s", indent, p.T("eligibility.result."+r.Result), p.T(r.Key))
		if s, ok := pack.Source(r.Source); ok {
			fmt.Fprintf(b, " [%s]", s.Title)
		} else if r.Provisional {
			fmt.Fprintf(b, " [%s]", p.T("programme.provisional"))
		}
		b.WriteString("\n")
		for _, m := range r.Missing {
			if len(r.Any) == 0 {
				fmt.Fprintf(b, "%s  %s\n", indent, p.T("fact.ask."+m))
			}
		}
		rulesInWords(b, p, pack, r.Any, indent+"  ")
	}
}
