package ops

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/crypt"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
	"github.com/nostos-avrr/nostos/migrations"
)

// Finding is one thing the doctor looked at.
type Finding struct {
	What   string `json:"what"`
	State  string `json:"state"` // ok, warn, bad
	Says   string `json:"says"`
	Advice string `json:"advice,omitempty"`
}

type examination struct {
	ctx context.Context
	c   *config.Config
	d   *db.DB
	out []Finding
}

func (x *examination) ok(what, says string) { x.out = append(x.out, Finding{what, "ok", says, ""}) }
func (x *examination) warn(what, says, advice string) {
	x.out = append(x.out, Finding{what, "warn", says, advice})
}
func (x *examination) bad(what, says, advice string) {
	x.out = append(x.out, Finding{what, "bad", says, advice})
}

// Doctor looks at disk, clock, keys, migrations, database and journal, and says what to do about each.
func Doctor(ctx context.Context, c *config.Config, p Progress) []Finding {
	x := &examination{ctx: ctx, c: c}
	x.disk()
	d, err := app.OpenDB(ctx, c)
	if err != nil {
		x.bad("database", err.Error(), "Start the database, or correct --data or --db.")
		return x.out
	}
	defer d.Close()
	x.d = d
	if !x.migrations() {
		return x.out
	}
	x.database()
	ring := x.keys()
	x.time()
	if ring != nil {
		x.journal(ring, p)
	}
	x.jobs()
	x.services()
	return x.out
}

func (x *examination) disk() {
	dir := x.c.Data
	if _, err := os.Stat(dir); err != nil {
		x.bad("disk", err.Error(), "Name the data folder with --data.")
		return
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		x.warn("disk", err.Error(), "")
		return
	}
	free := st.Bavail * uint64(st.Bsize)
	says := fmt.Sprintf("%.1f GB free in %s", float64(free)/1e9, dir)
	switch {
	case free < 200e6:
		x.bad("disk", says, "Make room now: the database stops writing when the disk is full.")
	case free < 2e9:
		x.warn("disk", says, "Make room soon: a backup needs as much again as the database.")
	default:
		x.ok("disk", says)
	}
	f, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		x.bad("disk", "the data folder cannot be written: "+err.Error(), "Give the folder to the user that runs Nostos.")
		return
	}
	f.Close()
	os.Remove(f.Name())
}

func (x *examination) migrations() bool {
	pending, err := x.d.Pending(x.ctx, migrations.Files)
	switch {
	case err != nil:
		x.bad("migrations", "there is no Nostos schema here: "+err.Error(), "Run nostos migrate.")
		return false
	case len(pending) > 0:
		x.warn("migrations", fmt.Sprintf("%d not run yet, the first is %s", len(pending), pending[0]), "Make a backup, then run nostos migrate.")
		return false
	}
	x.ok("migrations", "all have run")
	return true
}

func (x *examination) database() {
	if err := x.d.Intact(x.ctx); err != nil {
		x.bad("database", err.Error(), "Stop the server, keep a copy of the file, and restore the last backup.")
		return
	}
	if x.d.Engine() == "postgres" {
		collation := ""
		err := x.d.Read(x.ctx, func(ctx context.Context, t *db.Tx) (err error) {
			collation, err = db.One(ctx, t, db.Value[string], `SELECT datcollate FROM pg_database WHERE datname = current_database()`)
			return
		})
		if err != nil {
			x.warn("database", err.Error(), "")
			return
		}
		if collation != "C" && collation != "POSIX" {
			x.warn("database", "sorted by "+collation+", not byte by byte", "Make the database with LC_COLLATE 'C' LC_CTYPE 'C': lists would otherwise be ordered differently than on other installations.")
			return
		}
	}
	x.ok("database", x.d.Engine()+", intact")
}

func (x *examination) keys() *crypt.Keyring {
	ring, err := app.Keys(x.ctx, x.c, x.d, clock.System{}.Now())
	if err != nil {
		x.bad("keys", err.Error(), "Put the key file that belongs to this database in its place.")
		return nil
	}
	v := crypt.NewVault(ring, clock.System{})
	opened, old := 0, int64(0)
	err = x.d.Read(x.ctx, func(ctx context.Context, t *db.Tx) error {
		subjects, err := db.All(ctx, t, db.Value[string], `SELECT subject FROM data_key WHERE destroyed_at = '' ORDER BY created_at DESC, subject LIMIT 50`)
		if err != nil {
			return err
		}
		for _, s := range subjects {
			if _, err := v.Key(ctx, t, s); err != nil {
				return err
			}
			opened++
		}
		old, err = db.One(ctx, t, db.Value[int64], `SELECT COUNT(*) FROM data_key WHERE destroyed_at = '' AND master <> $1`, ring.Current().ID)
		return err
	})
	switch {
	case err != nil:
		x.bad("keys", err.Error(), "Put the key file that belongs to this database in its place.")
	case old > 0:
		x.warn("keys", fmt.Sprintf("%d data keys still hang on an older master key", old), "Run nostos keys rotate again: an earlier run was interrupted.")
	default:
		x.ok("keys", fmt.Sprintf("master key %s opens all of %d data keys tried", ring.Current().ID, opened))
	}
	return ring
}

// time compares the machine's clock with the last thing that was done: a clock that went back would date new entries
// before old ones, and let deadlines pass unseen.
func (x *examination) time() {
	var last db.Time
	err := x.d.Read(x.ctx, func(ctx context.Context, t *db.Tx) (err error) {
		last, err = db.One(ctx, t, db.Value[db.Time], `SELECT at FROM journal ORDER BY seq DESC LIMIT 1`)
		return
	})
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		x.warn("clock", err.Error(), "")
		return
	}
	if ahead := last.Sub(clock.System{}.Now()); err == nil && ahead > time.Minute {
		x.bad("clock", fmt.Sprintf("the last journal entry lies %s in the future", ahead.Round(time.Minute)), "Correct the machine's clock and let it follow a time server.")
		return
	}
	x.ok("clock", clock.System{}.Now().In(x.c.Location()).Format("2006-01-02 15:04 MST"))
}

func (x *examination) journal(ring *crypt.Keyring, p Progress) {
	v, err := journal.Verifier(ring)
	if err != nil {
		x.bad("journal", err.Error(), "")
		return
	}
	var verdict journal.Verdict
	err = x.d.Read(x.ctx, func(ctx context.Context, t *db.Tx) error {
		verdict, err = journal.Verify(ctx, t, v, nil, func(done, of int64) { p.tell("journal", done, of) })
		return err
	})
	switch {
	case err != nil:
		x.bad("journal", err.Error(), "")
	case !verdict.Sound():
		x.bad("journal", verdict.Findings[0].Text, "Do not repair it. Keep a copy, tell your data protection officer, and compare with the checkpoints kept elsewhere.")
	default:
		x.ok("journal", fmt.Sprintf("%d entries, none altered", verdict.Entries))
	}
}

func (x *examination) jobs() {
	var counts map[queue.State]int64
	err := x.d.Read(x.ctx, func(ctx context.Context, t *db.Tx) (err error) { counts, err = queue.Counts(ctx, t); return })
	switch {
	case err != nil:
		x.warn("jobs", err.Error(), "")
	case counts[queue.Parked] > 0:
		x.warn("jobs", fmt.Sprintf("%d are parked after failing again and again", counts[queue.Parked]), "Look at them under Administration, Jobs.")
	default:
		x.ok("jobs", fmt.Sprintf("%d waiting", counts[queue.Ready]))
	}
}

func (x *examination) services() {
	if x.c.Clamd.Addr == "" {
		x.warn("malware scanner", "none is configured: attached files are marked as not checked", "Set clamd.addr.")
	}
	if x.c.SMTP.Host == "" {
		x.warn("mail", "no mail server is configured: reminders are not sent", "Set smtp.host.")
	}
}
