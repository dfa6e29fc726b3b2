package programme

import (
	"slices"
	"strconv"

	"github.com/nostos-avrr/nostos/internal/domain/programme/strict"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// maxMinor bounds an amount, so that counting it a thousand times and adding up a family stays exact.
const maxMinor = 1_000_000_000_000

func (l *loader) readEntitlements(root strict.Node) {
	var caps []strict.Node                         // read last: they are over amounts, and in their currency
	root.Field("quotas", strict.Each(l.readQuota)) // first, wherever they stand: amounts name them
	root.Fields(strict.Fields{
		"quotas":  func(strict.Node) {},
		"amounts": strict.Each(l.readAmount),
		"caps":    strict.Each(func(n strict.Node) { caps = append(caps, n) }),
	}, "amounts")
	for _, n := range caps {
		l.readCap(n)
	}
}

func (l *loader) readQuota(n strict.Node) {
	var q Quota
	n.Fields(l.origin(&q.Origin, strict.Fields{"code": name(&q.Code), "seats": strict.Whole(&q.Seats, 1, 10_000_000)}), "code", "seats")
	settle(q.Origin, n, "a quota")
	if slices.ContainsFunc(l.pack.Quotas, func(o Quota) bool { return o.Code == q.Code }) {
		n.RefuseAs("a second quota "+strconv.Quote(q.Code), "each once")
		return
	}
	l.text("entitlement.quota."+q.Code, n.Mark())
	l.pack.Quotas = append(l.pack.Quotas, q)
}

func (l *loader) readAmount(n strict.Node) {
	a := Amount{Per: "person"}
	cur := l.pack.Currency
	if n.Has("currency") { // before the sums, wherever it stands
		n.Field("currency", func(n strict.Node) {
			strict.Shaped(&cur, currency, "a currency code of three capital letters")(n)
			if !money.Known(cur) {
				n.Refuse("a currency in use")
			}
		})
	}
	var single money.Amount
	fields := l.origin(&a.Origin, strict.Fields{
		"code":      name(&a.Code),
		"component": name(&a.Component),
		"per":       strict.OneOf(&a.Per, "person", "case"),
		"currency":  func(strict.Node) {},
		"amount":    amount(&single, cur),
		"tiers":     strict.Each(func(n strict.Node) { l.readTier(&a, cur, n) }),
		"times":     l.count(&a.Times),
		"times_key": l.key(&a.TimesKey),
		"ceiling":   strict.Bool(&a.Ceiling),
		"unit_cost": strict.Bool(&a.UnitCost),
		"modality":  modality(&a.Modality),
		"or":        strict.Texts(&a.Or, modality),
		"when":      strict.Each(func(n strict.Node) { a.When = append(a.When, l.readClause(n, 0)) }),
		"quota": func(n strict.Node) {
			name(&a.Quota)(n)
			if !slices.ContainsFunc(l.pack.Quotas, func(q Quota) bool { return q.Code == a.Quota }) {
				n.Refuse("the code of one under quotas")
			}
		},
		"retroactive": strict.Bool(&a.Retroactive),
		"instalments": func(n strict.Node) { l.readInstalments(&a, n) },
		"expires":     func(n strict.Node) { l.readPeriod(&a.Expires, nil, n) },
	})
	n.Fields(fields, "code", "component", "modality")
	settle(a.Origin, n, "an amount")
	if n.Has("amount") == n.Has("tiers") {
		n.RefuseAs("an amount without a sum, or with two", "either amount, or tiers of which the first that holds counts")
	}
	if n.Has("amount") {
		a.Tiers = []Tier{{Amount: single}}
	}
	if len(a.Tiers) == 0 {
		a.Tiers = []Tier{{Amount: money.Of(0, cur)}} // refused above; what reads the pack may still look at it
	}
	if a.UnitCost && a.Ceiling {
		n.RefuseAs("a unit cost that is a ceiling", "one of the two: a unit cost is paid as it stands")
	}
	if (a.Times != nil) != (a.TimesKey != "") {
		n.RefuseAs("times without times_key, or the reverse", "both: what is counted must be told in words")
	}
	if a.Component != "" && !slices.ContainsFunc(l.pack.Components, func(c Component) bool { return c.Code == a.Component }) {
		n.RefuseAs("the component "+strconv.Quote(a.Component), "one of those in eligibility.yaml")
	}
	if slices.ContainsFunc(l.pack.Amounts, func(o Amount) bool { return o.Code == a.Code }) {
		n.RefuseAs("a second amount "+strconv.Quote(a.Code), "each once")
		return
	}
	l.text("entitlement."+a.Code, n.Mark())
	l.pack.Amounts = append(l.pack.Amounts, a)
}

func modality(dst *string) strict.Read { return strict.OneOf(dst, "cash", "in_kind", "service") }

// readTier reads one of several sums. Its source is the amount's, unless it names its own.
func (l *loader) readTier(a *Amount, cur string, n strict.Node) {
	var t Tier
	n.Fields(l.origin(&t.Origin, strict.Fields{"id": name(&t.ID), "key": l.key(&t.Key), "when": l.condition(&t.When), "amount": amount(&t.Amount, cur)}), "id", "key", "when", "amount")
	if t.Amount.Currency == "" {
		t.Amount.Currency = cur
	}
	if t.When != nil {
		a.Tiers = append(a.Tiers, t)
	}
}

func (l *loader) readPeriod(p *Period, percent *int64, n strict.Node) {
	fields := strict.Fields{"months": strict.Whole(&p.Months, 0, 600), "after": strict.OneOf(&p.After, "application", "departure", "arrival")}
	required := []string{"months", "after"}
	if percent != nil {
		fields["percent"] = strict.Whole(percent, 1, 100)
		required = append(required, "percent")
	}
	n.Fields(fields, required...)
}

func (l *loader) readInstalments(a *Amount, n strict.Node) {
	var total int64
	strict.Each(func(n strict.Node) {
		var in Instalment
		l.readPeriod(&in.Period, &in.Percent, n)
		total += in.Percent
		a.Instalments = append(a.Instalments, in)
	})(n)
	if total != 100 {
		n.RefuseAs("instalments that make "+strconv.FormatInt(total, 10)+" percent", "100")
	}
}

func (l *loader) readCap(n strict.Node) {
	c := Cap{Per: "case"}
	cur := ""
	n.Field("over", func(n strict.Node) { cur = l.readOver(&c, n) })
	n.Fields(l.origin(&c.Origin, strict.Fields{
		"code":   name(&c.Code),
		"over":   func(strict.Node) {},
		"per":    strict.OneOf(&c.Per, "person", "case"),
		"amount": amount(&c.Amount, cur),
		"when":   strict.Each(func(n strict.Node) { c.When = append(c.When, l.readClause(n, 0)) }),
	}), "code", "over", "amount")
	settle(c.Origin, n, "a cap")
	l.text("entitlement.cap."+c.Code, n.Mark())
	l.pack.Caps = append(l.pack.Caps, c)
}

// readOver reads which amounts a cap is over, and gives the currency they have in common.
func (l *loader) readOver(c *Cap, n strict.Node) (cur string) {
	cur = l.pack.Currency
	strict.Texts(&c.Over, name)(n)
	for i, code := range c.Over {
		k := slices.IndexFunc(l.pack.Amounts, func(a Amount) bool { return a.Code == code })
		if k < 0 {
			n.RefuseAs("a cap over "+strconv.Quote(code), "the code of an amount")
			continue
		}
		this := l.pack.Amounts[k].Tiers[0].Amount.Currency
		if i > 0 && this != cur {
			n.RefuseAs("a cap over "+cur+" and "+this, "amounts of one currency: two cannot be added up")
		}
		cur = this
	}
	return cur
}

func amount(dst *money.Amount, currency string) strict.Read { return amountFrom(1, dst, currency) }

// amountFrom reads an amount of at least so much: what an example expects may be nothing, where a cap has left nothing.
func amountFrom(least int64, dst *money.Amount, currency string) strict.Read {
	return func(n strict.Node) {
		s, ok := n.Scalar()
		a, err := money.ParseDecimal(s, currency)
		if !ok || err != nil || a.Minor < least || a.Minor > maxMinor {
			n.Refuse(`an amount in ` + currency + ` written "1000.00"`)
			return
		}
		*dst = a
	}
}
