package desk

import (
	"net/url"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

// choices are what the filter boxes of a list offer, and how the filters that are on are called.
type choices struct {
	p       *i18n.Printer
	packs   []*programme.Pack
	offices []org.Office
	staff   []org.Staff
	own     bool // the reader's own cases: whose they are is no question
}

func stageName(p *i18n.Printer, code string) string { return p.T(programme.StageKey(code)) }

func (c choices) any() ui.Option { return ui.Option{Label: c.p.T("desk.filter.any")} }

func (c choices) coded(prefix string, values ...string) []ui.Option {
	out := []ui.Option{c.any()}
	for _, v := range values {
		out = append(out, ui.Option{Value: v, Label: c.p.T(prefix + v)})
	}
	return out
}

func (c choices) countries() []ui.Option {
	out := []ui.Option{c.any()}
	for _, o := range c.p.Countries() {
		out = append(out, ui.Option{Value: o.Code, Label: o.Name})
	}
	return out
}

// options lists what a filter may be set to.
func (c choices) options(key string) []ui.Option {
	switch key {
	case "phase", "stage", "programme":
		return c.fromPacks(key)
	case "due":
		return c.coded("desk.due.", "overdue", "today", "week", "later", "none")
	case "departs":
		return c.coded("desk.departs.", "week", "month", "past")
	case "flag":
		return c.coded("case.flag.", casefile.Flags...)
	case "state":
		return []ui.Option{{Label: c.p.T("desk.state.open")}, {Value: casefile.Withdrawn, Label: c.p.T("desk.state.withdrawn")}, {Value: casefile.Closed, Label: c.p.T("desk.state.closed")}, {Value: "any", Label: c.p.T("desk.state.any")}}
	case "nationality", "return":
		return c.countries()
	case "office":
		out := []ui.Option{c.any()}
		for _, o := range c.offices {
			out = append(out, ui.Option{Value: o.ID, Label: o.Name})
		}
		return out
	case "owner":
		out := c.coded("desk.owner.", "me", "nobody", "somebody")
		for _, s := range c.staff {
			out = append(out, ui.Option{Value: s.ID, Label: s.Name})
		}
		return out
	}
	return nil
}

func (c choices) fromPacks(key string) []ui.Option {
	out, seen := []ui.Option{c.any()}, map[string]bool{}
	add := func(code, label string) {
		if !seen[code] {
			seen[code] = true
			out = append(out, ui.Option{Value: code, Label: label})
		}
	}
	for _, k := range c.packs {
		switch key {
		case "phase":
			for _, ph := range k.Phases {
				add(ph, c.p.T("phase."+ph))
			}
		case "stage":
			for _, s := range k.Stages {
				add(s.Code, stageName(c.p, s.Code))
			}
		case "programme":
			add(k.Code, k.Name(c.p.Lang))
		}
	}
	return out
}

// first are the filters that stand open, more those behind a line.
var first, more = []string{"phase", "due", "flag", "office", "owner"}, []string{"nationality", "return", "departs", "stage", "programme", "state"}

func (c choices) fields(keys []string, v url.Values) (out []ui.Field) {
	for _, key := range keys {
		opts := c.options(key)
		if key == "owner" && c.own || len(opts) <= 2 && v.Get(key) == "" && (key == "office" || key == "programme") {
			continue // nothing to choose
		}
		out = append(out, ui.Field{Name: key, Label: c.p.T("desk.filter." + key), Value: v.Get(key), Options: opts})
	}
	return out
}

// chips names the filters that are on; each leads to the same list without it.
func (c choices) chips(f casefile.Filter, href func(casefile.Filter) string) (out []ui.Chip) {
	v := f.Values()
	for _, key := range casefile.FilterKeys {
		val := v.Get(key)
		if val == "" || key == "sort" || key == "desk" || key == "owner" && c.own { // the counts above say the desk
			continue
		}
		text := val
		for _, o := range c.options(key) {
			if o.Value == val {
				text = o.Label
			}
		}
		if key == "owner" && text == val || key == "office" && text == val {
			text = c.p.T("desk.filter.chosen") // somebody of another office: no name of theirs is told here
		}
		out = append(out, ui.Chip{Label: c.p.T("desk.chip", "name", c.p.T("desk.filter."+key), "value", text), Href: href(f.Without(key))})
	}
	return out
}
