package main

import (
	"fmt"
	"io/fs"
	"os"
	"text/tabwriter"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/packs"
)

type programmeCmd struct {
	Check programmeCheckCmd `cmd:"" help:"Check the programmes in a folder."`
	Test  programmeTestCmd  `cmd:"" help:"Run a programme's example cases."`
	Facts programmeFactsCmd `cmd:"" help:"List the facts that rules may ask for."`
}

type programmeCheckCmd struct {
	Dir  string `arg:"" help:"Folder with programmes, or with one." type:"existingdir"`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help gives an example.
func (programmeCheckCmd) Help() string {
	return "Names every mistake with file, line, column, what was found and what was expected.\nExample: nostos programme check packs/gr-avrr"
}

func (c *programmeCheckCmd) Run() error {
	ms := programme.CheckDir(os.DirFS(c.Dir))
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

type programmeTestCmd struct {
	Dir string `arg:"" optional:"" help:"Folder with programmes (default: the ones that come with Nostos)." type:"existingdir"`
}

// Help gives an example.
func (programmeTestCmd) Help() string { return "Example: nostos programme test" }

func (c *programmeTestCmd) Run() error {
	var from fs.FS = packs.Files
	if c.Dir != "" {
		from = os.DirFS(c.Dir)
	}
	lib, err := programme.Load(from)
	if err != nil {
		return err
	}
	bad, all := 0, 0
	for _, p := range lib.All() {
		all += len(p.Examples)
		for _, f := range programme.RunExamples(p) {
			fmt.Println(f)
			bad++
		}
	}
	fmt.Printf("%d examples, %d differ\n", all, bad)
	if bad > 0 {
		return exitCode{1, nil}
	}
	return nil
}

type programmeFactsCmd struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help gives an example.
func (programmeFactsCmd) Help() string { return "Example: nostos programme facts" }

func (c *programmeFactsCmd) Run() error {
	if c.JSON {
		return printJSON(programme.Catalogue())
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, f := range programme.Catalogue() {
		fmt.Fprintf(w, "%s\t%v\t%s\n", f.Name, f.Kind, f.Unit)
	}
	return w.Flush()
}
