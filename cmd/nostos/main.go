// Command nostos is the whole program: the server, its demo, and the tools of those who look after it. This package
// knows flags and subcommands, nothing else.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/log"
	"github.com/nostos-avrr/nostos/locales"
)

// commands is the command line, as design and documentation promise it.
type commands struct {
	Version kong.VersionFlag `help:"Print the version and stop."`

	Serve     serveCmd     `cmd:"" help:"Run the server."`
	Demo      demoCmd      `cmd:"" help:"Run the server with an invented caseload."`
	User      userCmd      `cmd:"" help:"Look after sign-ins."`
	Import    importCmd    `cmd:"" help:"Take in lists of persons and cases."`
	Programme programmeCmd `cmd:"" help:"Check and test programmes."`
	Report    reportCmd    `cmd:"" help:"Count figures from the cases."`
	Migrate   migrateCmd   `cmd:"" help:"Bring the database's schema up to date."`
	Backup    backupCmd    `cmd:"" help:"Save everything into one file, while work goes on."`
	Restore   restoreCmd   `cmd:"" help:"Put a backup into an empty installation."`
	Doctor    doctorCmd    `cmd:"" help:"Look whether all is well, and say what to do."`
	Config    configCmd    `cmd:"" help:"Print every setting and where it comes from."`
	Keys      keysCmd      `cmd:"" help:"Look after the master key."`
	Audit     auditCmd     `cmd:"" help:"Prove that the history was not altered."`
}

// exitCode is how a command tells 1 (the answer is no) from 2 (it could not be found out).
type exitCode struct {
	code int
	err  error
}

func (e exitCode) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	var c commands
	p, err := kong.New(&c, kong.Name("nostos"), kong.Description("Case management for assisted voluntary return, reintegration and readmission."),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.BindTo(ctx, (*context.Context)(nil)), kong.Vars{"version": "nostos " + app.Version})
	if err != nil {
		panic(err)
	}
	k, err := p.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "nostos: %v\n", err)
		return 2
	}
	if err := k.Run(); err != nil {
		var ec exitCode
		if errors.As(err, &ec) {
			if ec.err != nil {
				fmt.Fprintf(os.Stderr, "nostos: %v\n", ec.err)
			}
			return ec.code
		}
		fmt.Fprintf(os.Stderr, "nostos: %s\n", inWords(err))
		return 1
	}
	return 0
}

// inWords says a refusal in words; other errors are in words already.
func inWords(err error) string {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		return err.Error()
	}
	cat, e := i18n.Load(locales.Files)
	if e != nil {
		return err.Error()
	}
	p := cat.Printer("en")
	text := p.T(f.Key, f.Args...)
	for _, x := range f.Fields {
		text += " " + p.T(x.Key, x.Args...)
	}
	return text
}

// startLog sets up logging as configured.
func startLog(c *config.Config) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		return err
	}
	l, err := log.New(os.Stderr, log.Options{Level: level, Format: c.Log.Format})
	if err != nil {
		return err
	}
	slog.SetDefault(l)
	return nil
}

type serveCmd struct{ settings }

// Help gives an example.
func (serveCmd) Help() string {
	return "Example: nostos serve --data /var/lib/nostos --addr 127.0.0.1:8080"
}

func (c *serveCmd) Run(ctx context.Context) error {
	cfg, err := c.load()
	if err != nil {
		return exitCode{2, err}
	}
	if err := startLog(cfg); err != nil {
		return err
	}
	a, err := app.New(ctx, app.Options{Config: cfg})
	if err != nil {
		return err
	}
	defer a.Close()
	return a.Serve(ctx, func(addr string) { fmt.Printf("Nostos is at http://%s\n", addr) })
}
