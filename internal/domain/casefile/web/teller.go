package caseweb

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/ui"
)

// teller writes entries of the journal as a reader of the logbook understands them: words for codes, names for ids, dates
// and amounts as they are written everywhere.
type teller struct {
	p              *i18n.Printer
	packs          *programme.Library
	c              casefile.Case
	staff, offices map[string]string
	notes          map[string]casefile.Note
	room           string // whose entry is told: its codes are that room's words
}

// newTeller reads what the entries of a case name by an id.
func newTeller(ctx context.Context, g *gate.R, p *i18n.Printer, packs *programme.Library, c casefile.Case) (teller, error) {
	t := teller{p: p, packs: packs, c: c, notes: map[string]casefile.Note{}}
	var err error
	if t.staff, _, err = staffNames(ctx, g); err != nil {
		return t, err
	}
	if t.offices, _, err = officeNames(ctx, g); err != nil {
		return t, err
	}
	list, err := casefile.Notes(ctx, g, c.ID)
	for _, n := range list {
		t.notes[n.ID] = n
	}
	return t, err
}

// Recent tells the last things that happened to a case in the words of its logbook, newest first, at most n of them: for
// the overview, which is drawn elsewhere. The caller has made sure of the scope.
func Recent(ctx context.Context, g *gate.R, p *i18n.Printer, packs *programme.Library, c casefile.Case, n int) (out []ui.LogEntry, err error) {
	say, err := newTeller(ctx, g, p, packs, c)
	if err != nil {
		return nil, err
	}
	lines, _, err := someLines(ctx, g, c, "", 0)
	for i, l := range lines {
		if i == n {
			break
		}
		out = append(out, say.entry(l))
	}
	return out, err
}

func (t teller) entry(l *journal.Line) ui.LogEntry {
	p := t.p
	e := ui.LogEntry{At: p.Time(l.At), Kind: p.T("case.log." + kindOf(l.Action)), By: t.staff[l.Actor]}
	if l.Hidden {
		e.Title = p.T("case.history.hidden")
		return e
	}
	key := "journal." + l.Action
	t.room, _, _ = strings.Cut(l.Action, ".")
	args := []any{}
	if code := l.Args["task"]; code != "" {
		l.Args["what"] = t.value("task", code)
	}
	for k, v := range l.Args {
		args = append(args, k, t.value(k, v))
	}
	switch {
	case l.Erased:
		e.Title = p.T("case.history.erased")
	case p.Has(key):
		e.Title = p.T(key, args...)
	default:
		e.Title = p.T("case.history.other", "action", l.Action)
	}
	for _, ch := range l.Changes {
		e.Changes = append(e.Changes, ui.Change{Label: t.label(ch.Field), Old: t.value(ch.Field, ch.Old), New: t.value(ch.Field, ch.New)})
	}
	if n, ok := t.notes[l.Subject.ID]; ok && l.Subject.Kind == "note" {
		e.Href = room.Href(t.c.ID, "notes", n.ID)
		if l.Action == "note.added" {
			e.Text, e.Lang, e.Struck, e.Reason = n.Text, n.Lang, n.StruckBy != "", n.Reason
		}
	}
	switch l.Subject.Kind {
	case "form":
		e.Href = room.Href(t.c.ID, "records", l.Subject.ID)
	case "attachment":
		e.Href = room.Href(t.c.ID, "files")
	}
	return e
}

func (t teller) label(field string) string {
	if rest, ok := strings.CutPrefix(field, "form."); ok {
		if q, _, ok := t.question(rest); ok {
			return q.Label
		}
	}
	if kind, ok := strings.CutPrefix(field, "help_"); ok {
		return t.first(field, "reintegration.help."+kind)
	}
	return t.first(field, field, "journal.field."+field, t.room+"."+field, t.room+".ask."+field, "case.field."+field, "case."+field)
}

// first is the text of the first of the keys that is one; with none, what stands there already.
func (t teller) first(otherwise string, keys ...string) string {
	for _, key := range keys {
		if t.p.Has(key) {
			return t.p.T(key)
		}
	}
	return otherwise
}

// elsewhere says where the words of a room's codes stand, if not under ROOM.FIELD.CODE.
var elsewhere = map[string]string{
	"travel.state": "travel.doc_state.", "counselling.outcome": "interpreter.outcome.", "counselling.referred": "counselling.referral.", "counselling.result": "counselling.look_result.",
	"accommodation.kind": "accommodation.incident.", "note.kind": "case.note_kind.", "file.kind": "case.file_kind.", "case.reason": "case.closing.",
	"case.flag": "case.flag.", "case.travels": "common.", "screening.good": "common.", "screening.child_agrees": "common.", "task.task": "task.", "form.form": "forms.",
	"eligibility.component": "eligibility.", "eligibility.then": "eligibility.verdict.", "eligibility.now": "eligibility.verdict.", "eligibility.proposal": "eligibility.verdict.",
}

// value writes codes as words: names for ids, dates and amounts as they are written.
func (t teller) value(field, v string) string {
	p := t.p
	if v == "" {
		return ""
	}
	switch field {
	case "owner", "cover", "staff":
		return nameOr(t.staff[v], v)
	case "origin_office", "host_office", "office":
		return nameOr(t.offices[v], v)
	case "stage":
		return stageName(p, v)
	case "waiting_on":
		return casefile.WaiterText(p, v)
	case "nationality", "return_country", "country":
		return p.Country(v)
	case "language":
		return p.Language(v)
	case "programme", "rule":
		code, version, _ := strings.Cut(v, " ")
		return strings.TrimSpace(t.programme(code, version) + " " + version)
	case "amount", "total", "fare", "counted", "expected":
		currency, decimal, _ := strings.Cut(v, " ")
		if a, err := money.ParseDecimal(decimal, currency); err == nil {
			return p.Money(a)
		}
	case "fee":
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return p.Money(money.Of(n, t.currency()))
		}
	case "part":
		return t.first(v, "screening."+v, "screening.title")
	case "attachment":
		return p.T("common.yes")
	case "persons":
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && t.room == "case" {
			return p.N("common.people", n)
		}
	case "flags":
		var out []string
		for _, f := range strings.Fields(v) {
			out = append(out, t.value("flag", f))
		}
		return strings.Join(out, ", ")
	}
	if d, err := day.Parse(v); err == nil {
		return p.Date(d)
	}
	if rest, ok := strings.CutPrefix(field, "form."); ok {
		return t.answer(rest, v)
	}
	if strings.HasPrefix(field, "help_") { // the answer, the day, and the paper that shows it
		answer, rest, _ := strings.Cut(v, " ")
		on, _, _ := strings.Cut(rest, " ")
		return strings.TrimSpace(t.first(answer, "reintegration.answer."+answer) + " " + t.value("on", on))
	}
	if strings.HasPrefix(field, "eligibility.") {
		return t.first(v, "eligibility.verdict."+v)
	}
	if prefix := elsewhere[t.room+"."+field]; prefix != "" {
		return t.first(v, prefix+v)
	}
	keys := []string{t.room + "." + field + "." + v}
	if slices.Contains([]string{"state", "class", "relation", "kind", "flag", "task"}, field) {
		keys = append(keys, "case."+field+"."+v, field+"."+v)
	}
	return t.first(v, keys...)
}

// answer writes the answer to a question of a form.
func (t teller) answer(rest, v string) string {
	answers := []string{v}
	if strings.HasPrefix(v, "[") {
		_ = json.Unmarshal([]byte(v), &answers) // what is no list is one answer
	}
	q, currency, _ := t.question(rest)
	return answerText(t.p, q, answers, currency)
}

// question is a question of a form as the case's programme asks it, in the reader's words.
func (t teller) question(rest string) (q programme.FrozenQuestion, currency string, ok bool) {
	code, id, _ := strings.Cut(rest, ".")
	pack, err := t.packs.Version(t.c.Programme, t.c.PackVersion)
	if err != nil || pack.Form(code) == nil {
		return q, "", false
	}
	asked := pack.Form(code).Freeze(pack, t.p.T)
	i := slices.IndexFunc(asked.Questions, func(q programme.FrozenQuestion) bool { return q.ID == id })
	if i < 0 {
		return q, "", false
	}
	return asked.Questions[i], asked.Currency, true
}

// programme is the title of a programme in the reader's language; in the version the case is in, unless another is named.
func (t teller) programme(code, version string) string {
	if version == "" {
		version = t.c.PackVersion
	}
	pack, err := t.packs.Version(code, version)
	if err != nil {
		return code
	}
	return pack.Name(t.p.Lang)
}

func (t teller) currency() string {
	if pack, err := t.packs.Version(t.c.Programme, t.c.PackVersion); err == nil && pack.Currency != "" {
		return pack.Currency
	}
	return "EUR"
}

func nameOr(name, id string) string {
	if name != "" {
		return name
	}
	return id
}
