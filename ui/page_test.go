package ui_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/ui"
)

func catalogue(t *testing.T) *i18n.Catalogue {
	t.Helper()
	cat, err := i18n.Load(os.DirFS("../locales"))
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func draw(t *testing.T, c templ.Component, children ...templ.Component) string {
	t.Helper()
	var buf bytes.Buffer
	inner := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, ch := range children {
			if err := ch.Render(templ.ClearChildren(ctx), w); err != nil {
				return err
			}
		}
		return nil
	})
	if err := c.Render(templ.WithChildren(context.Background(), inner), &buf); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// nasty is what a name field must survive.
const nasty = `<script>alert("x")</script>'&`

// everything draws each component once, with hostile words in every place that takes words.
func everything(p *i18n.Printer) []templ.Component {
	all := ui.Field{Name: "a", Label: nasty, Hint: nasty, Error: nasty, Value: nasty, Suffix: nasty, Lang: "ar", Autocomplete: "off", MaxLen: 5}
	opts := []ui.Option{{Value: nasty, Label: nasty, Hint: nasty}, {Value: "2", Label: "two", Lang: "fa"}}
	named := func(n string) ui.Field { f := all; f.Name = n; f.Options = opts; return f }
	name := ui.NameParts{Latin: nasty, Native: nasty, NativeLang: "ar"}
	return []templ.Component{
		ui.ErrorSummary(p, []ui.Problem{{Field: "a", Text: nasty}, {Text: nasty}}),
		ui.Input(p, all), ui.Textarea(p, named("b")), ui.Select(p, named("c")), ui.Radios(p, named("d")), ui.Checks(p, named("e")),
		ui.DateInput(p, named("f")), ui.File(p, named("g")), ui.Hidden(nasty, nasty), ui.Submit(nasty, "go"),
		ui.SubmitValue(nasty, "", nasty, nasty), ui.ButtonLink("/x", nasty, "no"), ui.PostButton("/x", nasty, "bare", map[string]string{nasty: nasty}),
		ui.Actions(), ui.Fieldset(nasty, nasty), ui.Fold(nasty), ui.PageHead(nasty, nasty), ui.Back("/x", nasty), ui.Section(nasty),
		ui.SectionWith(nasty, ui.Tag("late", nasty)), ui.Columns(ui.Tag("soon", nasty)), ui.Notice("warn", nasty, nasty), ui.State("off", nasty),
		ui.Empty("find", nasty, nasty), ui.Counts([]ui.NavItem{{Href: "/x", Label: nasty, Count: 3, Current: true}}),
		ui.Subnav(nasty, []ui.NavItem{{Href: "/x", Label: nasty, Icon: "bed"}}), ui.Progress(nasty, 1, 0),
		ui.ListPage(p, ui.Tag("", nasty)), ui.Chips(p, []ui.Chip{{Label: nasty, Href: "/x"}}, "/y"),
		ui.Table(nasty, []ui.Head{{Label: nasty, Href: "/x", Sort: "descending"}, {Label: nasty, Num: true}},
			[]ui.Row{{Select: nasty, SelectLabel: nasty, Cells: []ui.Cell{{Text: nasty, Sub: nasty, Href: "/x"}, {Text: nasty, Tag: "ok"}}}}),
		ui.Pager(p, "/x", "/y", nasty),
		ui.Compare(p, []ui.CompareRow{{Label: nasty, Left: nasty, LeftBy: nasty, Right: "b", RightBy: nasty, Name: nasty}, {Label: "x", Same: true, Left: "a", Right: "a"}}, nasty, nasty),
		ui.Name(name), ui.PersonLink("/x", name, nasty), ui.Identity(name, []string{nasty}),
		ui.Facts([]ui.Fact{{Label: nasty, Value: nasty, Lang: "ar", Href: "/x"}, {Label: "b", Value: nasty, Missing: true}}), ui.FactsAcross(nil),
		ui.Route(p, []ui.Station{{Label: nasty, State: "done"}, {Label: nasty, State: "current", Note: nasty}, {Label: nasty, State: "todo"}}),
		ui.MiniRoute(1, 3, nasty),
		ui.Timeline(p, []ui.LogEntry{{At: nasty, Kind: nasty, Title: nasty, Text: nasty, By: nasty, Struck: true, Reason: nasty, Href: "/x",
			Changes: []ui.Change{{Label: nasty, Old: nasty, New: nasty}, {Label: "y", Old: nasty}}}}),
		ui.Missing(p, []ui.MissingItem{{Text: nasty, Href: "/x", Action: nasty}, {Text: nasty, Met: true}}), ui.Missing(p, nil),
		ui.Bilingual([]ui.Pair{{LeftLang: "en", Left: nasty, RightLang: "ar", Right: nasty}}),
		ui.BilingualChoices("why", "q", true, []ui.PairOption{{Value: nasty, Pair: ui.Pair{LeftLang: "en", Left: nasty, RightLang: "fa", Right: nasty}}}),
		ui.Steps(1, 1, 3), ui.Copyable(p, nasty), ui.Part(nasty, nasty), ui.Signatures(p, []ui.Signer{{Role: nasty, Name: nasty, Lang: "ar"}}),
	}
}

func shell(p *i18n.Printer) ui.Shell {
	var nav []ui.NavItem
	for _, icon := range []string{"work", "case", "calendar", "plane", "bed", "report", "money"} {
		nav = append(nav, ui.NavItem{Href: "/" + icon, Label: nasty, Icon: icon, Count: 2, Current: icon == "case"})
	}
	return ui.Shell{P: p, Title: nasty, Error: true, User: nasty, Nav: nav, Search: "/find", Query: nasty, Theme: "dark", Demo: true,
		Account: []ui.NavItem{{Href: "/out", Label: nasty, Icon: "exit", Post: true, Fields: map[string]string{"a": nasty}}},
		Flash:   &ui.Flash{Kind: "ok", Text: nasty, UndoAction: "/undo", UndoFields: map[string]string{"id": nasty}}}
}

var tag = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:"[^"]*"|[^>"])*)>`)

// balanced reports tags that do not close and ids that stand twice.
func balanced(html string) (faults []string) {
	void := []string{"meta", "link", "input", "br", "img", "hr"}
	var open []string
	ids := map[string]bool{}
	for _, m := range tag.FindAllStringSubmatch(html, -1) {
		name := strings.ToLower(m[2])
		if id := regexp.MustCompile(`\sid="([^"]*)"`).FindStringSubmatch(m[3]); id != nil {
			if ids[id[1]] {
				faults = append(faults, "id twice: "+id[1])
			}
			ids[id[1]] = true
		}
		switch {
		case slices.Contains(void, name) || strings.HasSuffix(m[3], "/"):
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			return append(faults, "closes "+name+" inside "+strings.Join(open, " "))
		default:
			open = open[:len(open)-1]
		}
	}
	for _, m := range regexp.MustCompile(`(?:for|aria-labelledby|aria-describedby)="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		for _, id := range strings.Fields(m[1]) {
			if !ids[id] && id != "q" { // "q" is the question a page itself supplies
				faults = append(faults, "points to nothing: "+id)
			}
		}
	}
	if len(open) > 0 {
		faults = append(faults, "left open: "+strings.Join(open, " "))
	}
	return faults
}

func TestBalancedFindsFaults(t *testing.T) {
	for _, bad := range []string{`<p><b></p>`, `<p>`, `<i id="a"></i><i id="a"></i>`, `<label for="x"></label>`} {
		if balanced(bad) == nil {
			t.Errorf("no fault found in %s", bad)
		}
	}
}

func TestPagesAreWellFormedInEveryLanguage(t *testing.T) {
	cat := catalogue(t)
	for _, tagName := range []string{"en", "el", "fr", "ar", "fa"} {
		p := cat.Printer(tagName)
		for name, frame := range map[string]func(ui.Shell) templ.Component{"Layout": ui.Layout, "Bare": ui.Bare, "Sheet": ui.Sheet} {
			html := draw(t, frame(shell(p)), everything(p)...)
			if faults := balanced(html); faults != nil {
				t.Errorf("%s %s: %v", name, tagName, faults)
			}
			if want := `<html lang="` + tagName + `" dir="` + ui.Dir(tagName) + `"`; !strings.Contains(html, want) || p.Dir != ui.Dir(tagName) {
				t.Errorf("%s %s: no %s", name, tagName, want)
			}
			if i := strings.Index(html, "⟦"); i >= 0 {
				t.Errorf("%s %s: a text is missing: %.60s", name, tagName, html[i:])
			}
			if strings.Contains(html, "<script>") || strings.Contains(html, `alert("x")`) {
				t.Errorf("%s %s: a name ran as a script", name, tagName)
			}
			if found := regexp.MustCompile(`<[^>]*\s(?:style|on[a-z]+)=`).FindString(html); found != "" {
				t.Errorf("%s %s: inline style or script: %s", name, tagName, found)
			}
			for _, m := range regexp.MustCompile(`icons\.svg#([a-z]*)"`).FindAllStringSubmatch(html, -1) {
				if !ui.HasIcon(m[1]) {
					t.Errorf("%s: no icon %q", name, m[1])
				}
			}
			title := regexp.MustCompile(`(?s)<title>(.*?)</title>`).FindStringSubmatch(html)
			if title == nil || !strings.HasPrefix(strings.TrimSpace(title[1]), p.T("ui.error.mark")+":") {
				t.Errorf("%s %s: the title must start with the error mark: %q", name, tagName, title)
			}
		}
	}
}

// TestIconsUsedExist looks at the sources, because a page draws only some of them.
func TestIconsUsedExist(t *testing.T) {
	files, _ := filepath.Glob("*.templ")
	seen := 0
	for _, f := range files {
		for _, m := range regexp.MustCompile(`Icon\("([a-z]+)"\)`).FindAllStringSubmatch(read(t, f), -1) {
			seen++
			if !ui.HasIcon(m[1]) {
				t.Errorf("%s uses icon %q, which is not in the sprite", f, m[1])
			}
		}
	}
	if seen < 10 {
		t.Fatalf("found only %d icons", seen)
	}
	if ui.HasIcon("") || ui.HasIcon("nothing") {
		t.Error("HasIcon says yes to everything")
	}
}

func TestDirectionalIconsFlip(t *testing.T) {
	if !strings.Contains(draw(t, ui.Icon("back")), `class="icon flip"`) || strings.Contains(draw(t, ui.Icon("clock")), "flip") {
		t.Error("arrows turn with the line of reading, clocks do not")
	}
}

func TestErrorSummaryLeadsToFields(t *testing.T) {
	p := catalogue(t).Printer("en")
	fields := []func(*i18n.Printer, ui.Field) templ.Component{ui.Input, ui.Textarea, ui.Select, ui.Radios, ui.Checks, ui.DateInput, ui.File}
	for i, f := range fields {
		html := draw(t, f(p, ui.Field{Name: "dob", Label: "Born", Error: "Too late", Options: []ui.Option{{Value: "a", Label: "A"}}}))
		if !regexp.MustCompile(`<(?:input|textarea|select)[^>]*\sid="f-dob"`).MatchString(html) {
			t.Errorf("field %d: the link #f-dob of the summary reaches no box: %s", i, html)
		}
		if !strings.Contains(html, `id="f-dob-error"`) || !strings.Contains(html, `aria-describedby="f-dob-error"`) {
			t.Errorf("field %d: the error is not tied to the box", i)
		}
	}
	if got := draw(t, ui.ErrorSummary(p, nil)); got != "" {
		t.Errorf("a page without problems shows %q", got)
	}
}

func TestDateKeepsWhatWasTyped(t *testing.T) {
	p := catalogue(t).Printer("en")
	for _, c := range []struct {
		f    ui.Field
		want [3]string
	}{
		{ui.Field{Value: "1991-03-14"}, [3]string{"14", "03", "1991"}},
		{ui.Field{Value: "1991-03-14", Values: []string{"40", "x", "91"}}, [3]string{"40", "x", "91"}},
		{ui.Field{Value: "91-3-"}, [3]string{"", "3", "91"}},
		{ui.Field{Value: "about 1990"}, [3]string{"", "", "about 1990"}},
		{ui.Field{}, [3]string{}},
	} {
		c.f.Name = "d"
		html := draw(t, ui.DateInput(p, c.f))
		for i, part := range []string{"d_d", "d_m", "d_y"} {
			if !regexp.MustCompile(`name="` + part + `" value="` + regexp.QuoteMeta(c.want[i]) + `"`).MatchString(html) {
				t.Errorf("%+v: %s is not %q", c.f, part, c.want[i])
			}
		}
	}
}

func TestFiguresReadLeftToRight(t *testing.T) {
	p := catalogue(t).Printer("ar")
	for _, f := range []ui.Field{{Type: "tel"}, {Type: "email"}, {InputMode: "decimal"}} {
		if !strings.Contains(draw(t, ui.Input(p, f)), `dir="ltr"`) {
			t.Errorf("%+v would be turned round on an Arabic page", f)
		}
	}
	if strings.Contains(draw(t, ui.Input(p, ui.Field{Name: "given"})), "dir=") {
		t.Error("a name takes the direction of the page")
	}
}

func TestCompareMarksWhatDiffers(t *testing.T) {
	p := catalogue(t).Printer("en")
	html := draw(t, ui.Compare(p, []ui.CompareRow{{Label: "Born", Left: "14/06/1988", Right: "16/06/1988"},
		{Label: "Name", Left: "نور حداد", Right: "نورا حداد", Lang: "ar"}, {Label: "Phone", Left: "+30", Right: ""}, {Label: "Sex", Left: "f", Right: "f", Same: true}}, "Here", "There"))
	for _, want := range []string{"<mark>14</mark>/06/1988", "<mark>16</mark>/06/1988", "<mark>نور</mark>", "<mark>نورا</mark>", "Not recorded"} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in %s", want, html)
		}
	}
	if strings.Contains(html, "<mark>f</mark>") {
		t.Error("equal values are marked")
	}
}

func TestLinksCannotRunScripts(t *testing.T) {
	for _, c := range []templ.Component{ui.Chips(catalogue(t).Printer("en"), []ui.Chip{{Label: "x", Href: "javascript:alert(1)"}}, ""), ui.ButtonLink("javascript:alert(1)", "x", "")} {
		if html := draw(t, c); strings.Contains(html, "javascript:") {
			t.Errorf("a link runs a script: %s", html)
		}
	}
}
