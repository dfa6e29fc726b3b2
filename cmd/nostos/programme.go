package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/packs"
)

type programmeCmd struct {
	Check    programmeCheckCmd    `cmd:"" help:"Check the programmes in a folder."`
	Test     programmeTestCmd     `cmd:"" help:"Run a programme's example cases."`
	Explain  programmeExplainCmd  `cmd:"" help:"Say who is eligible for what, how much, and why."`
	Simulate programmeSimulateCmd `cmd:"" help:"Say what a new version would change for the cases there are."`
	Facts    programmeFactsCmd    `cmd:"" help:"List the facts that rules may ask for."`
}

type programmeCheckCmd struct {
	Dir  string `arg:"" optional:"" help:"Folder with programmes, or with one (default: the ones that come with Nostos)." type:"existingdir"`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help gives an example.
func (programmeCheckCmd) Help() string {
	return "Names every mistake with file, line, column, what was found and what was expected.\nExample: nostos programme check packs/gr-avrr"
}

func (c *programmeCheckCmd) Run() error {
	var from fs.FS = packs.Files
	if c.Dir != "" {
		from = os.DirFS(c.Dir)
	}
	ms, err := checkWords(from, programme.CheckDir(from))
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(ms); err != nil {
			return err
		}
	} else {
		for _, m := range ms {
			fmt.Println(m)
		}
		if len(ms) == 0 {
			fmt.Println("no mistakes")
		}
	}
	if len(ms) > 0 {
		return exitCode{1, nil}
	}
	return nil
}

// checkWords adds to the mistakes of programmes the words they use and nobody has written, if all else is right.
func checkWords(from fs.FS, ms []programme.Mistake) ([]programme.Mistake, error) {
	if len(ms) > 0 {
		return ms, nil
	}
	lib, err := programme.Load(from)
	if err != nil {
		return nil, err
	}
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		return nil, err
	}
	if err := programme.Words(from, cat); err != nil {
		return nil, exitCode{1, err}
	}
	return programme.Check(lib, programme.Known{Text: cat.Printer("en").Has, Conditions: app.ConditionNames()}), nil
}

type programmeTestCmd struct {
	Dirs []string `arg:"" optional:"" name:"dir" help:"Folders with programmes, or with one (default: the ones that come with Nostos)." type:"existingdir"`
}

// Help gives an example.
func (programmeTestCmd) Help() string {
	return "Names, for each example that does not come true, the first thing that differs.\nExample: nostos programme test packs/gr-avrr"
}

func (c *programmeTestCmd) Run() error {
	from := []fs.FS{packs.Files}
	if len(c.Dirs) > 0 {
		from = nil
		for _, d := range c.Dirs {
			from = append(from, os.DirFS(d))
		}
	}
	bad, all := 0, 0
	for _, f := range from {
		lib, err := programme.Load(f)
		if err != nil {
			return err
		}
		for _, p := range lib.All() {
			all += len(p.Examples)
			seen := map[string]bool{}
			for _, f := range programme.RunExamples(p) {
				if !seen[f.File+f.Example] {
					seen[f.File+f.Example] = true
					fmt.Println(f)
					bad++
				}
			}
		}
	}
	fmt.Printf("%d examples, %d differ\n", all, bad)
	if bad > 0 {
		return exitCode{1, nil}
	}
	return nil
}

type programmeExplainCmd struct {
	Pack  string `required:"" help:"Code of the programme." placeholder:"CODE"`
	At    string `help:"Day whose version holds, YYYY-MM-DD (default: today)." placeholder:"DATE"`
	Facts string `required:"" help:"File with what is known about the people, YAML or JSON; - for standard input." placeholder:"FILE"`
	Packs string `help:"Folder with programmes of your own, beside those that come with Nostos." type:"existingdir"`
	JSON  bool   `name:"json" help:"Print as JSON."`
}

// Help gives an example.
func (programmeExplainCmd) Help() string {
	return `FILE holds names of facts with their values, about one person, or "case" (what holds for all) and "people", a list with the main
applicant first. What is not there is not known, and is asked for. All facts: nostos programme facts

Example: echo '{"voluntary": true, "return_country": "GE"}' | nostos programme explain --pack gr-avrr --at 2026-03-02 --facts -`
}

func (c *programmeExplainCmd) Run() error {
	on := day.Of(time.Now(), time.Local)
	if c.At != "" {
		var err error
		if on, err = day.Parse(c.At); err != nil {
			return exitCode{2, fmt.Errorf("--at %s: %w", c.At, err)}
		}
	}
	lib, err := programme.Load(packs.With(c.Packs))
	if err != nil {
		return err
	}
	pack, err := lib.Current(c.Pack, on)
	if err != nil {
		return exitCode{2, fmt.Errorf("no version of programme %q is in force on %s; those there are: %s", c.Pack, on, strings.Join(lib.Codes(), ", "))}
	}
	name, data, err := readInput(c.Facts)
	if err != nil {
		return err
	}
	people, mistakes := programme.ReadFacts(name, data)
	if len(mistakes) > 0 {
		return exitCode{2, &programme.Refused{Mistakes: mistakes}}
	}
	x, err := programme.Explain(pack, programme.Question{People: people})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(x)
	}
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		return err
	}
	if err := programme.Words(packs.With(c.Packs), cat); err != nil {
		return err
	}
	fmt.Print(programme.InWords(cat.Printer("en"), pack, x))
	return nil
}

// readInput reads a file, or standard input for -.
func readInput(name string) (as string, data []byte, err error) {
	if name == "-" {
		data, err = io.ReadAll(os.Stdin)
		return "standard input", data, err
	}
	data, err = os.ReadFile(name)
	return name, data, err
}

type programmeFactsCmd struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help gives an example.
func (programmeFactsCmd) Help() string { return "Example: nostos programme facts" }

func (c *programmeFactsCmd) Run() error {
	if c.JSON {
		type fact struct {
			Name   string   `json:"name"`
			Type   string   `json:"type"`
			Unit   string   `json:"unit,omitempty"`
			Values []string `json:"values,omitempty"`
			Where  string   `json:"where"`
			Help   string   `json:"help"`
		}
		var out []fact
		for _, f := range programme.Catalogue() {
			out = append(out, fact{f.Name, string(f.Kind), f.Unit, f.Values, f.Where, f.Help})
		}
		return printJSON(out)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, f := range programme.Catalogue() {
		what := string(f.Kind)
		if f.Unit != "" {
			what += " of " + f.Unit
		}
		if len(f.Values) > 0 {
			what += ": " + strings.Join(f.Values, ", ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Name, f.Where, f.Help, what)
	}
	return w.Flush()
}
