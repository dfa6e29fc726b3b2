// Command bench measures what a counsellor feels, on 100,000 cases (make bench): lists, a case, search, registration, notes,
// start-up, memory, the rules of a programme and the simulation of a new version, each against its budget and against this machine's own floor: a bare handler that asks the same
// database for the same rows, without scope, journal, sealing or page. It ends with status 1 when a budget is broken.
//
// The caseload is written once, by the same commands as real work, and kept for the next run. The server is measured in a
// process of its own (this program again, see serveEnv), so that the load does not count in its memory.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/app/demo"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/migrations"
)

// serveEnv tells a second run of this program to be the server: it holds the flags of the configuration, as JSON.
const serveEnv = "TEST_NOSTOS_BENCH"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if text := os.Getenv(serveEnv); text != "" {
		if err := serve(ctx, text); err != nil {
			fmt.Fprintln(os.Stderr, "bench server:", err)
			os.Exit(1)
		}
		return
	}
	if text := os.Getenv(simulateEnv); text != "" {
		if err := simulateHere(ctx, text); err != nil {
			fmt.Fprintln(os.Stderr, "bench simulation:", err)
			os.Exit(1)
		}
		return
	}
	over, err := run(ctx)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	case over > 0:
		os.Exit(1)
	}
}

// serve is the server under test.
func serve(ctx context.Context, text string) error {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	flags := map[string]string{}
	if err := json.Unmarshal([]byte(text), &flags); err != nil {
		return err
	}
	cfg, err := config.Load(flags, nil)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, app.Options{Config: cfg, Demo: true, Logins: demo.Logins()})
	if err != nil {
		return err
	}
	defer a.Close()
	return a.Serve(ctx, func(addr string) { fmt.Println(addr) })
}

func run(ctx context.Context) (over int, err error) {
	n := flag.Int("n", 100_000, "how many cases")
	url := flag.String("db", "", "postgres://… of an empty database (or one that an earlier run filled) instead of SQLite")
	keep := flag.String("keep", "", "folder for the caseload (default: one in the user's cache folder)")
	count := flag.Int("requests", 300, "requests of each kind")
	only := flag.String("only", "", "rules: the engine alone, without a caseload")
	flag.Parse()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	if *only == "rules" {
		b := &bench{}
		if err := b.rules(ctx); err != nil {
			return 0, err
		}
		return b.print(os.Stdout), nil
	}
	dir, err := folder(*keep, *n, *url)
	if err != nil {
		return 0, err
	}
	flags := map[string]string{"data": dir, "addr": "localhost:0"}
	if *url != "" {
		flags["db"] = *url
	}
	cfg, err := config.Load(flags, nil)
	if err != nil {
		return 0, err
	}
	have, err := casesIn(ctx, cfg)
	if err != nil {
		return 0, err
	}
	// The measured registrations add persons, never cases: so the count tells whether a caseload is whole.
	switch {
	case have == 0:
		if err := fill(ctx, cfg, *n); err != nil {
			return 0, err
		}
	case have != int64(*n):
		return 0, fmt.Errorf("%s holds %d cases, not %d: an earlier run was interrupted, or it is another database. Remove it and start again", dir, have, *n)
	}
	fmt.Printf("%d cases in %s, %s, %d cores\n\n", *n, dir, runtime.Version(), runtime.NumCPU())
	b := &bench{cfg: cfg, flags: flags, n: *count}
	if err := b.floor(ctx); err != nil {
		return 0, err
	}
	if err := b.server(ctx); err != nil {
		return 0, err
	}
	if err := b.rules(ctx); err != nil {
		return 0, err
	}
	return b.print(os.Stdout), nil
}

// folder is where the caseload lies. Another schema makes another folder: an old caseload was written by other commands.
func folder(keep string, n int, url string) (string, error) {
	if keep == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		h := sha256.New()
		names, err := fs.Glob(migrations.Files, "*.sql")
		if err != nil {
			return "", err
		}
		for _, name := range names {
			text, err := migrations.Files.ReadFile(name)
			if err != nil {
				return "", err
			}
			h.Write(text)
		}
		h.Write([]byte(url))
		keep = filepath.Join(cache, "nostos-bench", fmt.Sprintf("%d-%s", n, hex.EncodeToString(h.Sum(nil)[:4])))
	}
	return keep, os.MkdirAll(keep, 0o700)
}

// casesIn counts the cases of an installation; one without a schema has none.
func casesIn(ctx context.Context, cfg *config.Config) (n int64, err error) {
	d, err := app.OpenDB(ctx, cfg)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	if _, err := d.Pending(ctx, migrations.Files); err != nil { // no list of migrations: nothing was ever here
		return 0, nil
	}
	err = d.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		n, err = db.One(ctx, t, db.Value[int64], `SELECT COUNT(*) FROM casefile`)
		return err
	})
	return n, err
}
