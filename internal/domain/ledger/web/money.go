package ledgerweb

import (
	"net/http"

	"github.com/a-h/templ"

	casepages "github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	"github.com/nostos-avrr/nostos/internal/domain/ledger/pages"
	"github.com/nostos-avrr/nostos/internal/domain/ledger/words"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

// lineName is what an amount is for.
func lineName(p *i18n.Printer, l ledger.Line) string {
	switch {
	case l.ItemRef != "" && p.Has("reintegration.category."+l.Code):
		return p.T("reintegration.category." + l.Code)
	case l.Rule == "" && p.Has("ledger.code."+l.Code):
		return p.T("ledger.code." + l.Code)
	case p.Has("entitlement." + l.Code):
		return p.T("entitlement." + l.Code)
	}
	return l.Code
}

func stateTag(state string) string {
	switch state {
	case ledger.Paid, ledger.NotDue, ledger.Returned:
		return "ok"
	case ledger.ToReturn:
		return "late"
	case ledger.Planned, ledger.Approved:
		return "soon"
	}
	return ""
}

func (x *Web) sheet(w http.ResponseWriter, r *web.Request) error { return x.showSheet(w, r, nil) }

func (x *Web) showSheet(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	s, err := x.Money.SheetOf(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	p, open := r.P, s.Case.State == "open"
	parts := []templ.Component{pages.TopPart(pages.Top{P: p, Problems: ps})}
	if s.Entitled > 0 && open && s.Actor.Can(ledger.PermCommit) {
		parts = append(parts, pages.NoticePart("calm", p.N("ledger.entitled", int64(s.Entitled)), p.T("ledger.entitled_text"), nil),
			ui.PostButton(href(s.Case.ID, "reserve"), p.T("ledger.reserve"), "go", nil))
	}
	parts = append(parts, pages.FactsPart(p.T("ledger.sums"), sums(p, s)))
	t := pages.Table{Title: p.T("ledger.lines"), Empty: p.T("ledger.lines_none"), Heads: []ui.Head{{Label: p.T("ledger.for")}, {Label: p.T("ledger.amount"), Num: true}, {Label: p.T("ledger.signatures")}, {Label: p.T("ledger.receipt")}, {Label: p.T("common.status")}}}
	if open && s.Actor.Can(ledger.PermCommit) {
		t.Links = []pages.Link{{Href: href(s.Case.ID, "propose"), Label: p.T("ledger.propose")}, {Href: href(s.Case.ID, "not-due"), Label: p.T("ledger.record_not_due")}}
	}
	names := map[string]string{}
	for _, m := range s.Members {
		names[m.ID] = m.Called()
	}
	for _, l := range s.Lines {
		t.Rows = append(t.Rows, x.line(p, s, l, names))
	}
	parts = append(parts, pages.TablePart(t))
	if len(s.Reversed) > 0 {
		rev := pages.Table{Title: p.T("ledger.reversed"), Heads: []ui.Head{{Label: p.T("ledger.receipt")}, {Label: p.T("ledger.amount"), Num: true}, {Label: p.T("ledger.reversed_by")}, {Label: p.T("common.reason")}}}
		for _, q := range s.Reversed {
			rev.Rows = append(rev.Rows, ui.Row{Cells: []ui.Cell{{Text: q.ReceiptNo}, {Text: p.Money(q.Money()), Num: true}, {Text: s.Staff[q.ReversedBy], Sub: p.Time(q.ReversedAt)}, {Text: q.Reason}}})
		}
		parts = append(parts, pages.TablePart(rev))
	}
	return x.inCase(w, r, s.Case, p.T("ledger.title"), ps, templ.Join(parts...))
}

// sums adds up the lines by what has become of them, each currency on its own.
func sums(p *i18n.Printer, s ledger.Sheet) (out []ui.Fact) {
	type key struct{ label, currency string }
	total := map[key]int64{}
	var currencies []string
	for _, l := range s.Lines {
		label := map[string]string{ledger.Planned: "ledger.sum.planned", ledger.Approved: "ledger.sum.approved", ledger.Paid: "ledger.sum.paid", ledger.ToReturn: "ledger.sum.to_return"}[l.State]
		if label == "" {
			continue
		}
		if _, seen := total[key{"", l.Currency}]; !seen {
			currencies = append(currencies, l.Currency)
			total[key{"", l.Currency}] = 0
		}
		n := l.Amount
		if l.Ceiling {
			n = l.Rest()
		}
		total[key{label, l.Currency}] += n
	}
	if len(currencies) == 0 {
		currencies = []string{"EUR"}
	}
	for _, c := range currencies {
		for _, label := range []string{"ledger.sum.planned", "ledger.sum.approved", "ledger.sum.paid", "ledger.sum.to_return"} {
			out = append(out, ui.Fact{Label: p.T(label), Value: p.Money(money.Of(total[key{label, c}], c))})
		}
	}
	return out
}

// line is one row of the sheet with what this reader can do about it.
func (x *Web) line(p *i18n.Printer, s ledger.Sheet, l ledger.Line, names map[string]string) ui.Row {
	who := names[l.PersonID]
	if l.PersonID == "" {
		who = p.T("ledger.whole_case")
	}
	amount := p.Money(l.Money())
	if l.Ceiling {
		amount = p.T("entitlement.up_to", "amount", l.Money())
	}
	split := []string{}
	if f, ok := s.Funds[l.FundID]; ok && l.Amount > 0 {
		for i, part := range ledger.SplitAmong(l.Money(), f.Shares) {
			split = append(split, f.Shares[i].Payer+" "+p.Money(part))
		}
	}
	signed := []string{p.T("ledger.asked_by", "name", s.Staff[l.ProposedBy], "date", p.Time(l.ProposedAt))}
	if l.DecidedBy != "" {
		signed = append(signed, p.T("ledger.decided_by", "name", s.Staff[l.DecidedBy], "date", p.Time(l.DecidedAt)))
	}
	receipt := ui.Cell{}
	var links []pages.Link
	var posts []pages.Post
	why := ""
	base := href(s.Case.ID, "lines", l.ID)
	can := func(perm string) bool { return s.Actor.Can(perm) }
	if q, paid := s.Payments[l.ID]; paid {
		receipt = ui.Cell{Text: q.ReceiptNo, Href: "/cases/" + s.Case.ID + "/print/receipt?payment=" + q.ID, Sub: p.T("ledger.paid_by", "name", s.Staff[q.PayerID], "date", p.Date(q.On))}
		if q.WitnessID != "" {
			signed = append(signed, p.T("ledger.witnessed", "name", s.Staff[q.WitnessID]))
		}
		if l.State == ledger.Paid && l.ItemRef == "" && s.Case.State == "open" && can(ledger.PermCash) {
			links = append(links, pages.Link{Href: href(s.Case.ID, "payments", q.ID, "reverse"), Label: p.T("ledger.reverse")})
		}
	}
	switch {
	case l.State == ledger.ToReturn && can(ledger.PermCash):
		links = append(links, pages.Link{Href: base + "/take-back", Label: p.T("ledger.take_back"), Kind: "go"})
	case s.Case.State != "open":
	case l.State == ledger.Planned && !l.Ceiling && l.ProposedBy == s.Actor.ID && can(ledger.PermApprove):
		why = p.T("ledger.own_line")
	case l.State == ledger.Planned && !l.Ceiling && can(ledger.PermApprove):
		posts = append(posts, pages.Post{Action: base + "/approve", Label: p.T("ledger.approve"), Kind: "go"})
		links = append(links, pages.Link{Href: base + "/refuse", Label: p.T("ledger.refuse")})
	case l.State == ledger.Planned && !l.Ceiling:
		why = p.T("ledger.waits")
	case l.State == ledger.Approved && l.ItemRef != "":
		why = p.T("ledger.by_plan")
	case l.State == ledger.Approved:
		if l.Modality == "cash" && can(ledger.PermCash) {
			links = append(links, pages.Link{Href: base + "/hand-over", Label: p.T("ledger.hand_over"), Kind: "go"})
		}
		if can(ledger.PermPay) {
			links = append(links, pages.Link{Href: base + "/pay", Label: p.T("ledger.pay")})
		}
	}
	if (l.State == ledger.Planned || l.State == ledger.Approved) && l.ItemRef == "" && s.Case.State == "open" && can(ledger.PermCommit) {
		links = append(links, pages.Link{Href: base + "/release", Label: p.T("ledger.release"), Kind: "bare"})
	}
	if l.Note != "" && why == "" {
		why = l.Note
	}
	return ui.Row{Cells: []ui.Cell{{Text: lineName(p, l), Sub: who}, {Text: amount, Sub: p.List(split), Num: true}, {Body: pages.Signed(signed)}, receipt,
		{Body: pages.Doing(p.T("ledger.state."+l.State), stateTag(l.State), links, posts, why)}}}
}

// lineOf reads the sheet and the line the address names.
func (x *Web) lineOf(r *web.Request) (s ledger.Sheet, l ledger.Line, err error) {
	if s, err = x.Money.SheetOf(r.Context(), r.UserID, r.PathValue("id")); err != nil {
		return s, l, err
	}
	for _, l := range s.Lines {
		if l.ID == r.PathValue("line") {
			return s, l, nil
		}
	}
	return s, l, fault.Gone()
}

func members(p *i18n.Printer, s ledger.Sheet, whole bool) []ui.Option {
	out := []ui.Option{{Label: p.T("common.choose")}}
	if whole {
		out[0] = ui.Option{Label: p.T("ledger.whole_case")}
	}
	for _, m := range s.Members {
		out = append(out, ui.Option{Value: m.ID, Label: m.Called()})
	}
	return out
}

func (x *Web) askPropose(w http.ResponseWriter, r *web.Request) error {
	return x.proposeForm(w, r, nil)
}

func (x *Web) proposeForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	s, err := x.Money.SheetOf(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := r.P
	ceiling := ui.Option{Value: "yes", Label: p.T("ledger.ceiling"), Selected: r.Ticked("ceiling")}
	return x.ask(w, r, s.Case, ps, casepages.Ask{Title: p.T("ledger.propose"), Lead: []string{p.T("ledger.propose_lead")}, Submit: p.T("ledger.propose"), Items: []casepages.Item{
		{Kind: "select", Field: ui.Field{Name: "code", Label: p.T("ledger.for"), Required: true, Value: r.Text("code"), Options: options(p, "ledger.code.", ledger.Codes...)}},
		{Kind: "select", Field: ui.Field{Name: "person", Label: p.T("ledger.person"), Value: r.Text("person"), Options: members(p, s, true)}},
		{Kind: "radios", Field: ui.Field{Name: "modality", Label: p.T("ledger.modality"), Required: true, Value: r.Text("modality"), Options: options(p, "entitlement.modality.", "cash", "in_kind", "service")}},
		figures("amount", p.T("ledger.amount"), r.Text("amount"), "EUR"),
		{Kind: "checks", Field: ui.Field{Name: "ceiling", Label: p.T("ledger.ceiling_label"), Options: []ui.Option{ceiling}}},
		{Kind: "area", Field: ui.Field{Name: "note", Label: p.T("ledger.why"), Value: r.Text("note"), MaxLen: 500}},
	}})
}

func (x *Web) propose(w http.ResponseWriter, r *web.Request) error {
	a, err := amount(r, "amount", "EUR")
	if err == nil {
		l := ledger.Line{ID: r.Text("id"), CaseID: r.PathValue("id"), PersonID: r.Text("person"), Code: r.Text("code"), Component: r.Text("code"), Modality: r.Text("modality"), Ceiling: r.Ticked("ceiling"),
			Amount: a.Minor, Currency: a.Currency, Note: r.Text("note")}
		err = x.Money.Propose(r.Context(), r.UserID, l)
	}
	return room.After(w, r, err, href(r.PathValue("id")), "ledger.said.proposed", func(ps []ui.Problem) error { return x.proposeForm(w, r, ps) })
}

func (x *Web) reserve(w http.ResponseWriter, r *web.Request) error {
	err := x.Money.ReserveEntitled(r.Context(), r.UserID, r.PathValue("id"))
	return room.After(w, r, err, href(r.PathValue("id")), "ledger.said.reserved", func(ps []ui.Problem) error { return x.showSheet(w, r, ps) })
}

func (x *Web) askNotDue(w http.ResponseWriter, r *web.Request) error { return x.notDueForm(w, r, nil) }

func (x *Web) notDueForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem) error {
	s, err := x.Money.SheetOf(r.Context(), r.UserID, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := r.P
	return x.ask(w, r, s.Case, ps, casepages.Ask{Title: p.T("ledger.record_not_due"), Submit: p.T("common.save"), Items: []casepages.Item{
		{Kind: "select", Field: ui.Field{Name: "person", Label: p.T("ledger.person"), Required: true, Value: r.Text("person"), Options: members(p, s, false)}}, reason(r),
	}})
}

func reason(r *web.Request) casepages.Item {
	return casepages.Item{Kind: "area", Field: ui.Field{Name: "reason", Label: r.P.T("common.reason"), Required: true, Value: r.Text("reason"), MaxLen: 500}}
}

func (x *Web) notDue(w http.ResponseWriter, r *web.Request) error {
	err := x.Money.RecordNotDue(r.Context(), r.UserID, r.Text("id"), r.PathValue("id"), r.Text("person"), r.Text("reason"))
	return room.After(w, r, err, href(r.PathValue("id")), "ledger.said.not_due", func(ps []ui.Problem) error { return x.notDueForm(w, r, ps) })
}

func (x *Web) approve(w http.ResponseWriter, r *web.Request) error {
	err := x.Money.Approve(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("line"))
	return room.After(w, r, err, href(r.PathValue("id")), "ledger.said.approved", func(ps []ui.Problem) error { return x.showSheet(w, r, ps) })
}

// aboutLine says in a form which amount it is about, in figures and in words.
func aboutLine(p *i18n.Printer, s ledger.Sheet, l ledger.Line) []string {
	who := p.T("ledger.whole_case")
	for _, m := range s.Members {
		if m.ID == l.PersonID {
			who = m.Called()
		}
	}
	return []string{p.T("ledger.about", "what", lineName(p, l), "name", who), p.T("ledger.about_amount", "amount", l.Money(), "words", words.Amount(p.Lang, l.Money()))}
}

// lineForm asks one thing about one line.
func (x *Web) lineForm(w http.ResponseWriter, r *web.Request, ps []ui.Problem, title, kind string, items func(s ledger.Sheet, l ledger.Line) []casepages.Item) error {
	s, l, err := x.lineOf(r)
	if err != nil {
		return err
	}
	return x.ask(w, r, s.Case, ps, casepages.Ask{Title: r.P.T(title), Lead: aboutLine(r.P, s, l), Submit: r.P.T(title), Kind: kind, Items: items(s, l)})
}

func onlyReason(r *web.Request) func(ledger.Sheet, ledger.Line) []casepages.Item {
	return func(ledger.Sheet, ledger.Line) []casepages.Item { return []casepages.Item{reason(r)} }
}

func (x *Web) askRefuse(w http.ResponseWriter, r *web.Request) error {
	return x.lineForm(w, r, nil, "ledger.refuse", "no", onlyReason(r))
}

func (x *Web) refuse(w http.ResponseWriter, r *web.Request) error {
	err := x.Money.Refuse(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("line"), r.Text("reason"))
	return room.After(w, r, err, href(r.PathValue("id")), "ledger.said.refused", func(ps []ui.Problem) error {
		return x.lineForm(w, r, ps, "ledger.refuse", "no", onlyReason(r))
	})
}

func (x *Web) askRelease(w http.ResponseWriter, r *web.Request) error {
	return x.lineForm(w, r, nil, "ledger.release", "", onlyReason(r))
}

func (x *Web) release(w http.ResponseWriter, r *web.Request) error {
	err := x.Money.Release(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("line"), r.Text("reason"))
	return room.After(w, r, err, href(r.PathValue("id")), "ledger.said.released", func(ps []ui.Problem) error {
		return x.lineForm(w, r, ps, "ledger.release", "", onlyReason(r))
	})
}
