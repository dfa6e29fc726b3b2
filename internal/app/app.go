// Package app puts the house together: it opens the database, makes the rooms, tells each what the floors above answer,
// and mounts their pages. Who listens to whom is read in wire.go and nowhere else. It holds no rule.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nostos-avrr/nostos/internal/desk/signin"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/crypt"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/platform/metrics"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/locales"
	"github.com/nostos-avrr/nostos/migrations"
	"github.com/nostos-avrr/nostos/packs"
)

// Options are what a caller may set beside the configuration.
type Options struct {
	Config *config.Config
	Clock  clock.Clock // nil: the machine's
	IDs    *id.Maker   // nil: the machine's
	Demo   bool        // invented caseload: says so on every page, lists sign-ins, asks no second factor
	Logins []signin.DemoLogin
	NoWork bool // do not start workers (tests turn them by hand)
}

// App is one running installation.
type App struct {
	Config  *config.Config
	DB      *db.DB
	Gate    *gate.Gate
	Ring    *crypt.Keyring
	Cat     *i18n.Catalogue
	Packs   *programme.Library
	Web     *web.Server
	Worker  *queue.Worker
	Demo    bool
	Rooms   Rooms
	clock   clock.Clock
	roles   []org.Role
	logins  []signin.DemoLogin
	metrics *metrics.Metrics
}

// DatabaseFile is where the embedded database lies.
func DatabaseFile(c *config.Config) string { return filepath.Join(c.Data, "nostos.db") }

// OpenDB opens the installation's database without migrating it.
func OpenDB(ctx context.Context, c *config.Config) (*db.DB, error) {
	return db.Open(ctx, db.Options{Path: DatabaseFile(c), URL: c.DB})
}

// Keys reads the master key from where the configuration says, making the file at the very first start. A database that
// has keys already and no key file is refused: a new file could open nothing of it.
func Keys(ctx context.Context, c *config.Config, d *db.DB, now time.Time) (*crypt.Keyring, error) {
	if c.MasterKey.Set() {
		k, err := crypt.ParseKeyring([]byte(c.MasterKey.Reveal()))
		if err != nil {
			return nil, err
		}
		return k, belongs(ctx, d, k, "the master key in the environment")
	}
	k, err := crypt.LoadFile(c.KeyFile())
	if err == nil {
		return k, belongs(ctx, d, k, "the key file "+c.KeyFile())
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var keys int64
	if err := d.Read(ctx, func(ctx context.Context, t *db.Tx) (err error) {
		keys, err = db.One(ctx, t, db.Value[int64], `SELECT COUNT(*) FROM data_key`)
		return
	}); err != nil {
		return nil, err
	}
	if keys > 0 {
		return nil, fmt.Errorf("the key file %s is missing, and this database is sealed with it: put the file back from its safe place (or name it with --master-key-file)", c.KeyFile())
	}
	return crypt.LoadOrCreate(c.KeyFile(), now)
}

// belongs refuses keys that did not seal this database: with them nothing would open, and a journal nobody touched would
// look altered.
func belongs(ctx context.Context, d *db.DB, k *crypt.Keyring, what string) error {
	return d.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		master, err := db.One(ctx, t, db.Value[string], `SELECT master FROM data_key WHERE destroyed_at = '' LIMIT 1`)
		if errors.Is(err, db.ErrNoRow) || err == nil && k.Knows(master) {
			return nil
		}
		if err != nil {
			return err
		}
		return fmt.Errorf("%s belongs to another installation: this database is sealed with master key %s; put the key that belongs to it in place", what, master)
	})
}

// New makes the app: database opened and migrated, keys at hand, rooms wired, pages mounted. Close it when done.
func New(ctx context.Context, o Options) (*App, error) {
	a := &App{Config: o.Config, Demo: o.Demo, logins: o.Logins, clock: o.Clock}
	if a.clock == nil {
		a.clock = clock.System{}
	}
	var err error
	if o.Config.DB == "" {
		if err := os.MkdirAll(o.Config.Data, 0o700); err != nil {
			return nil, fmt.Errorf("make the data folder %s: %w", o.Config.Data, err)
		}
	}
	if a.DB, err = OpenDB(ctx, o.Config); err != nil {
		return nil, err
	}
	if err := a.build(ctx, o); err != nil {
		a.DB.Close()
		return nil, err
	}
	return a, nil
}

func (a *App) build(ctx context.Context, o Options) error {
	if _, err := a.DB.Migrate(ctx, migrations.Files, a.clock.Now()); err != nil {
		return err
	}
	var err error
	if a.Ring, err = Keys(ctx, o.Config, a.DB, a.clock.Now()); err != nil {
		return err
	}
	if a.Cat, err = i18n.Load(locales.Files); err != nil {
		return err
	}
	own := packs.With(o.Config.Packs)
	if a.Packs, err = programme.Load(own); err != nil {
		return err
	}
	if err := programme.Words(own, a.Cat); err != nil {
		return err
	}
	if o.IDs == nil {
		o.IDs = &id.Maker{Now: a.clock.Now}
	}
	a.Worker = &queue.Worker{DB: a.DB, Clock: a.clock, Log: slog.Default(), Handlers: map[string]queue.Handler{}}
	a.Gate = &gate.Gate{DB: a.DB, Vault: crypt.NewVault(a.Ring, a.clock), Clock: a.clock, IDs: o.IDs, Zone: o.Config.Location(), Wake: a.Worker.Wake}
	if !o.Config.MasterKey.Set() { // 'nostos keys rotate' may write the file anew under a running server
		a.Gate.Vault.Reload = func() (*crypt.Keyring, error) { return crypt.LoadFile(o.Config.KeyFile()) }
	}
	if err := a.firstStart(ctx); err != nil {
		return err
	}
	a.Web = &web.Server{Cat: a.Cat, Zone: o.Config.Location(), SignIn: "/sign-in", Secure: isHTTPS(o.Config.PublicURL)}
	if err := a.wire(); err != nil {
		return err
	}
	a.metrics = a.measure()
	if names := slices.Sorted(maps.Keys(a.Rooms.Cases.Conditions)); !slices.Equal(names, ConditionNames()) {
		return fmt.Errorf("the rooms answer for %v; ConditionNames is another list", names)
	}
	if err := a.Packs.Check(ConditionNames()); err != nil {
		return err
	}
	return a.Rooms.Programme.Adopt(ctx, org.SystemID)
}

// firstStart writes what must be there before anybody can work: the system actor, and the roles that come with the packs
// as far as they are not known yet. What an office changed stays as it is.
func (a *App) firstStart(ctx context.Context) error {
	text, err := packs.Files.ReadFile("roles.yaml")
	if err != nil {
		return err
	}
	roles, err := org.ParseRoles(text)
	if err != nil {
		return err
	}
	a.roles = roles
	return a.DB.Write(ctx, func(ctx context.Context, t *db.Tx) error {
		j, err := journal.Begin(ctx, t, a.Gate.Vault)
		if err != nil {
			return err
		}
		stamp := journal.Stamp{At: db.At(a.clock.Now()), Actor: org.SystemID}
		if _, err := org.StaffByID(ctx, t, org.SystemID); errors.Is(err, db.ErrNoRow) {
			if err := org.InsertStaff(ctx, t, org.Staff{ID: org.SystemID, Login: "system", Name: "Nostos", Language: "en", Active: true, System: true, CreatedAt: a.clock.Now()}); err != nil {
				return err
			}
			if err := j.Append(ctx, stamp, journal.Entry{Subject: journal.Ref{Kind: "installation"}, Action: "installation.started"}); err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
		added, err := org.AddMissingRoles(ctx, t, roles)
		if err != nil {
			return err
		}
		for _, r := range added {
			if err := j.Append(ctx, stamp, journal.Entry{Subject: journal.Ref{Kind: "role", ID: r}, Action: "role.added", Args: map[string]string{"role": r}}); err != nil {
				return err
			}
		}
		return j.Finish(ctx)
	})
}

// Close ends the app.
func (a *App) Close() error { return a.DB.Close() }

func isHTTPS(u string) bool { return len(u) > 8 && u[:8] == "https://" }
