package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/app/ops"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/migrations"
)

func printJSON(v any) error {
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// open loads the settings; a mistake in them means that the question cannot be answered.
func (s *settings) open() (*config.Config, error) {
	cfg, err := s.load()
	if err != nil {
		return nil, exitCode{2, err}
	}
	if err := startLog(cfg); err != nil {
		return nil, exitCode{2, err}
	}
	return cfg, nil
}

type migrateCmd struct{ settings }

// Help gives an example.
func (migrateCmd) Help() string {
	return "Brings the database's schema up to date. serve does so by itself; use this to do it at a time of your choosing.\nExample: nostos backup /backup/before-upgrade && nostos migrate"
}

func (c *migrateCmd) Run(ctx context.Context) error {
	cfg, err := c.open()
	if err != nil {
		return err
	}
	d, err := app.OpenDB(ctx, cfg)
	if err != nil {
		return exitCode{2, err}
	}
	defer d.Close()
	ran, err := d.Migrate(ctx, migrations.Files, clock.System{}.Now())
	if err != nil {
		return err
	}
	for _, n := range ran {
		fmt.Println("ran", n)
	}
	if len(ran) == 0 {
		fmt.Println("nothing to do")
	}
	return nil
}

type backupCmd struct {
	settings
	File string   `arg:"" help:"File to write; it must not exist yet."`
	To   []string `name:"to" help:"Encrypt for this age recipient (age1…); may be given more than once." placeholder:"RECIPIENT"`
	JSON bool     `name:"json" help:"Print what was saved as JSON."`
}

// Help gives an example.
func (backupCmd) Help() string {
	return "Saves database and stored files as they are at one moment, while work goes on. The master key is not in the file.\nExample: nostos backup --data /var/lib/nostos /backup/nostos-2026-03-02"
}

func (c *backupCmd) Run(ctx context.Context) error {
	cfg, err := c.open()
	if err != nil {
		return err
	}
	b := newBar()
	m, err := ops.Backup(ctx, cfg, c.File, c.To, b.tell)
	b.end()
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m)
	}
	fmt.Printf("%s: %s database with %d journal entries, %d stored files. Opened and found whole.\n%s\n", c.File, m.Engine, m.Entries, m.Files, m.Note)
	return nil
}

type restoreCmd struct {
	settings
	File     string `arg:"" help:"Backup to restore." type:"existingfile"`
	Identity string `name:"identity" help:"File with the age identity, for an encrypted backup." type:"existingfile" placeholder:"FILE"`
	JSON     bool   `name:"json" help:"Print what was restored as JSON."`
}

// Help gives an example.
func (restoreCmd) Help() string {
	return "Puts a backup into an empty installation. The key file that belonged to it must be put in place, too.\nExample: nostos restore --data /var/lib/nostos-new /backup/nostos-2026-03-02"
}

func (c *restoreCmd) Run(ctx context.Context) error {
	cfg, err := c.open()
	if err != nil {
		return err
	}
	var id io.Reader
	if c.Identity != "" {
		f, err := os.Open(c.Identity)
		if err != nil {
			return err
		}
		defer f.Close()
		id = f
	}
	b := newBar()
	m, err := ops.Restore(ctx, cfg, c.File, id, b.tell)
	b.end()
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m)
	}
	fmt.Printf("Restored the %s database of %s with %d journal entries and %d stored files.\n", m.Engine, m.Made.Format("2006-01-02 15:04 MST"), m.Entries, m.Files)
	if _, err := os.Stat(cfg.KeyFile()); errors.Is(err, os.ErrNotExist) && !cfg.MasterKey.Set() {
		fmt.Printf("Now put the key file that belonged to it at %s: without it nothing sealed can be read.\n", cfg.KeyFile())
	}
	return nil
}

type doctorCmd struct {
	settings
	JSON bool `name:"json" help:"Print the findings as JSON."`
}

// Help gives an example.
func (doctorCmd) Help() string {
	return "Looks at disk, clock, keys, migrations, database and journal. Exit status 1 when something is wrong.\nExample: nostos doctor --data /var/lib/nostos"
}

func (c *doctorCmd) Run(ctx context.Context) error {
	cfg, err := c.open()
	if err != nil {
		return err
	}
	b := newBar()
	fs := ops.Doctor(ctx, cfg, b.tell)
	b.end()
	sick := false
	for _, f := range fs {
		sick = sick || f.State == "bad"
	}
	if c.JSON {
		if err := printJSON(fs); err != nil {
			return err
		}
	} else {
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		for _, f := range fs {
			fmt.Fprintf(w, "%s\t%s\t%s\n", f.State, f.What, f.Says)
			if f.Advice != "" {
				fmt.Fprintf(w, "\t\t-> %s\n", f.Advice)
			}
		}
		w.Flush()
	}
	if sick {
		return exitCode{1, nil}
	}
	return nil
}

type configCmd struct {
	settings
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help gives an example.
func (configCmd) Help() string {
	return "Prints every setting with its value and where the value comes from; secrets are masked.\nExample: NOSTOS_SMTP_HOST=mail.example.org nostos config"
}

func (c *configCmd) Run() error {
	cfg, err := c.load()
	if err != nil {
		return exitCode{2, err}
	}
	if c.JSON {
		return printJSON(cfg.Effective())
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, i := range cfg.Effective() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", i.Name, i.Value, i.Source)
	}
	return w.Flush()
}

type keysCmd struct {
	Rotate rotateCmd `cmd:"" help:"Make a new master key and wrap every data key with it."`
}

type rotateCmd struct {
	settings
	Forget bool `name:"forget" help:"Take the old master key out of the file. Backups made before can then no longer be read with this file."`
}

// Help gives an example.
func (rotateCmd) Help() string {
	return "Keep a copy of the new key file in a safe place afterwards. A running server takes the new key up by itself.\nExample: nostos keys rotate --data /var/lib/nostos"
}

func (c *rotateCmd) Run(ctx context.Context) error {
	cfg, err := c.open()
	if err != nil {
		return err
	}
	b := newBar()
	n, err := ops.Rotate(ctx, cfg, c.Forget, b.tell)
	b.end()
	if err != nil {
		return err
	}
	fmt.Printf("%d data keys are wrapped with the new master key in %s. Copy that file to its safe place now.\n", n, cfg.KeyFile())
	return nil
}

type auditCmd struct {
	Verify     verifyCmd     `cmd:"" help:"Check that nobody altered the journal."`
	Checkpoint checkpointCmd `cmd:"" help:"Print the journal's signed head, to be kept elsewhere."`
}

type verifyCmd struct {
	settings
	Checkpoint []string `name:"checkpoint" help:"Compare with a checkpoint kept elsewhere; may be given more than once." type:"existingfile" placeholder:"FILE"`
	Key        string   `name:"verifier-key" help:"Public key kept by the auditor, in place of the installation's own." placeholder:"KEY"`
	JSON       bool     `name:"json" help:"Print the verdict as JSON."`
}

// Help gives an example.
func (verifyCmd) Help() string {
	return "Exit status: 0 sound, 1 altered (the entry is named), 2 could not check.\nExample: nostos audit verify --data /var/lib/nostos --checkpoint /safe/2026-02.checkpoint"
}

func (c *verifyCmd) Run(ctx context.Context) error {
	cfg, err := c.open()
	if err != nil {
		return err
	}
	if cfg.DB == "" {
		if _, err := os.Stat(app.DatabaseFile(cfg)); err != nil { // opening would make an empty one, and that would be sound
			return exitCode{2, fmt.Errorf("there is no database at %s", filepath.Clean(app.DatabaseFile(cfg)))}
		}
	}
	b := newBar()
	v, err := ops.Verify(ctx, cfg, c.Key, c.Checkpoint, b.tell)
	b.end()
	if err != nil {
		return exitCode{2, err}
	}
	if c.JSON {
		if err := printJSON(v); err != nil {
			return err
		}
	} else if v.Sound() {
		fmt.Printf("sound: %d entries, root %s\n", v.Entries, v.Root)
	} else {
		for _, f := range v.Findings {
			fmt.Printf("altered: %s\n", f.Text)
		}
	}
	if !v.Sound() {
		return exitCode{1, nil}
	}
	return nil
}

type checkpointCmd struct {
	settings
	Key bool `name:"key" help:"Print the public key instead, which an auditor needs to check later checkpoints."`
}

// Help gives an example.
func (checkpointCmd) Help() string {
	return "Example: nostos audit checkpoint --data /var/lib/nostos > /safe/2026-03.checkpoint"
}

func (c *checkpointCmd) Run(ctx context.Context) error {
	cfg, err := c.open()
	if err != nil {
		return err
	}
	signed, key, err := ops.Checkpoint(ctx, cfg)
	if err != nil {
		return exitCode{2, err}
	}
	if c.Key {
		fmt.Println(key)
		return nil
	}
	if signed == "" {
		return exitCode{2, errors.New("the journal is empty: there is nothing to sign yet")}
	}
	fmt.Print(signed)
	return nil
}
