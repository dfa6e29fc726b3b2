package ops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"filippo.io/age"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Restore puts a backup into an empty installation. It refuses one that holds anything: whoever wants to replace it moves the
// old folder away first, and so can go back.
func Restore(ctx context.Context, c *config.Config, source string, identity io.Reader, p Progress) (Manifest, error) {
	f, err := os.Open(source)
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close()
	var in io.Reader = f
	if identity != nil {
		ids, err := age.ParseIdentities(identity)
		if err != nil {
			return Manifest{}, fmt.Errorf("the identity file cannot be read: %w", err)
		}
		if in, err = age.Decrypt(f, ids...); err != nil {
			return Manifest{}, errors.New("this identity does not open the backup")
		}
	}
	if err := mustBeEmpty(ctx, c); err != nil {
		return Manifest{}, err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return Manifest{}, err
	}
	// Everything is unpacked and checked beside its place, and only then moved in.
	work, err := os.MkdirTemp(c.Data, ".restore-")
	if err != nil {
		return Manifest{}, err
	}
	defer os.RemoveAll(work)
	p.tell("unpack", 0, 0)
	m, err := unpack(in, filepath.Join(work, "database"), filepath.Join(work, "files"))
	if err != nil {
		return m, err
	}
	if (m.Engine == "postgres") != (c.DB != "") {
		return m, fmt.Errorf("the backup is of a %s database: restore it into one (with --db for PostgreSQL, without for the embedded database)", m.Engine)
	}
	p.tell("database", 0, 0)
	if m.Engine == "sqlite" {
		if _, err := describeSQLite(ctx, filepath.Join(work, "database")); err != nil {
			return m, err
		}
		if err := os.Rename(filepath.Join(work, "database"), app.DatabaseFile(c)); err != nil {
			return m, err
		}
	} else if err := pgRestore(ctx, c.DB, filepath.Join(work, "database")); err != nil {
		return m, err
	}
	if _, err := os.Stat(filepath.Join(work, "files")); err == nil {
		if err := os.MkdirAll(filepath.Dir(c.BlobFolder()), 0o700); err != nil {
			return m, err
		}
		if err := os.Rename(filepath.Join(work, "files"), c.BlobFolder()); err != nil {
			return m, fmt.Errorf("the database is in place, but the stored files could not be moved to %s: %w", c.BlobFolder(), err)
		}
	}
	return m, nil
}

func mustBeEmpty(ctx context.Context, c *config.Config) error {
	if es, err := os.ReadDir(c.BlobFolder()); err == nil && len(es) > 0 {
		return fmt.Errorf("%s holds files already: move the old installation away first", c.BlobFolder())
	} else if err == nil {
		os.Remove(c.BlobFolder())
	}
	if c.DB == "" {
		if _, err := os.Stat(app.DatabaseFile(c)); err == nil {
			return fmt.Errorf("%s exists already: move the old installation away first", app.DatabaseFile(c))
		}
		return nil
	}
	d, err := app.OpenDB(ctx, c)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		n, err := db.One(ctx, t, db.Value[int64], `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'public'`)
		if err == nil && n > 0 {
			return errors.New("the PostgreSQL database holds tables already: restore into an empty one")
		}
		return err
	})
}

// pgTool finds one of PostgreSQL's programs: the newest installed, since an old pg_dump cannot read a new server.
func pgTool(name string) (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) > 0 {
		sort.Slice(found, func(i, j int) bool {
			return len(found[i]) < len(found[j]) || len(found[i]) == len(found[j]) && found[i] < found[j]
		})
		return found[len(found)-1], nil
	}
	if p, err := exec.LookPath(name); err == nil {
		return p, nil
	}
	return "", fmt.Errorf("%s is not installed here: install PostgreSQL's client programs (package postgresql-client)", name)
}

func pgDump(ctx context.Context, address, to string) error {
	return pgRun(ctx, "pg_dump", address, "--format=custom", "--no-owner", "--no-privileges", "--file="+to)
}

func pgRestore(ctx context.Context, address, from string) error {
	return pgRun(ctx, "pg_restore", address, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", from)
}

// pgRun starts a program of PostgreSQL. The password goes through the environment: arguments are visible to everybody on
// the machine.
func pgRun(ctx context.Context, name, address string, args ...string) error {
	tool, err := pgTool(name)
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("the PostgreSQL address cannot be read")
	}
	env := os.Environ()
	if pw, ok := u.User.Password(); ok {
		env = append(env, "PGPASSWORD="+pw)
		u.User = url.User(u.User.Username())
	}
	cmd := exec.CommandContext(ctx, tool, append([]string{"--dbname=" + u.String()}, args...)...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%s failed: %s", name, first)
	}
	return nil
}
