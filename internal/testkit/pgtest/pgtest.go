// Package pgtest gives tests a throw-away PostgreSQL, because every test that touches the database runs on both engines.
//
// It uses the distribution's own PostgreSQL (installed where it is missing) and not a container or a downloaded binary:
// the office that runs Nostos will run the same packages. One server is shared by all test packages of a run: "make test"
// starts it and hands its address on in TEST_NOSTOS_PG. Without that variable a test package starts its own.
// Without PostgreSQL a test fails; it is never skipped, or the second engine would rot unseen.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nostos-avrr/nostos/internal/testkit/debian"
	"github.com/nostos-avrr/nostos/internal/testkit/leash"
)

// Env names the variable that hands a running server on to the test packages. It does not begin with NOSTOS_, because the
// program itself refuses a variable of that name that it does not know.
const Env = "TEST_NOSTOS_PG"

// Options of a server.
type Options struct {
	Durable bool // fsync and full commits, for tests that kill the server; every other test wants speed
}

// Server is one running PostgreSQL with an empty database "postgres" and a superuser "nostos".
type Server struct {
	URL string // postgres://nostos@127.0.0.1:PORT/postgres?sslmode=disable

	bin, dir string
	port     int
	user     *syscall.Credential
	options  Options
	process  *leash.Process
}

var shared = sync.OnceValues(func() (string, error) {
	if url := os.Getenv(Env); url != "" {
		return url, nil
	}
	s, err := Start(Options{})
	if err != nil {
		return "", err
	}
	return s.URL, nil // it ends with this process: see package leash
})

// URL is the address of the shared server's "postgres" database, as superuser. Each test makes its own database there.
func URL(t testing.TB) string {
	t.Helper()
	url, err := shared()
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	return url
}

// New starts a server for one test alone, which may kill it.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Start makes a new cluster in a temporary folder and starts it on a free port.
func Start(o Options) (*Server, error) {
	initdb, err := debian.Find("initdb", "postgresql", "/usr/lib/postgresql/*/bin")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: filepath.Dir(initdb), options: o}
	if os.Geteuid() == 0 {
		if s.user, err = servant(); err != nil {
			return nil, err
		}
	}
	// Not os.TempDir: another user must be able to reach it, and a socket's path may have 107 bytes only.
	if s.dir, err = os.MkdirTemp("/tmp", "nostos-pg-"); err != nil {
		return nil, err
	}
	if s.user != nil {
		if err := os.Chown(s.dir, int(s.user.Uid), int(s.user.Gid)); err != nil {
			return nil, err
		}
	}
	// "trust" is enough: the server listens on this machine alone, lives for one run and holds invented people.
	cmd := exec.Command(initdb, "-D", s.data(), "-U", "nostos", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.user}
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w\n%s", err, out), os.RemoveAll(s.dir))
	}
	// The free port may be taken before the server has it.
	for range 5 {
		if s.port, err = freePort(); err != nil {
			break
		}
		s.URL = fmt.Sprintf("postgres://nostos@127.0.0.1:%d/postgres?sslmode=disable", s.port)
		if err = s.run(); err == nil {
			return s, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), os.RemoveAll(s.dir))
}

// Stop ends the server and removes its data.
func (s *Server) Stop() error {
	if err := os.RemoveAll(s.keep()); err != nil {
		return err
	}
	if err := s.process.Stop(); err != nil {
		return err
	}
	return os.RemoveAll(s.dir)
}

// Kill ends the server as a power cut would: no farewell, no checkpoint. The data stay for Restart.
func (s *Server) Kill() error {
	pid, err := s.pid()
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.keep(), nil, 0o600); err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	return s.process.Stop()
}

// Restart starts a killed server again, on the same port and data. It recovers first.
func (s *Server) Restart() error {
	var err error
	// The killed server's children notice its death a moment later; until then the data folder is theirs.
	for range 40 {
		if err = s.run(); err == nil {
			return nil
		}
		time.Sleep(250 * time.Millisecond)
	}
	return fmt.Errorf("restart PostgreSQL: %w", err)
}

func (s *Server) run() error {
	if err := os.WriteFile(s.keep(), nil, 0o600); err != nil { // a failed try must not take the data with it
		return err
	}
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(s.port),
		"unix_socket_directories": s.dir,
		"max_connections":         "200",
		"wal_level":               "minimal",
		"max_wal_senders":         "0",
		// A zone nobody works in: text that depends on the server's clock or zone shows at once.
		"timezone": "Asia/Kathmandu",
	}
	if !s.options.Durable {
		settings["fsync"], settings["synchronous_commit"], settings["full_page_writes"] = "off", "off", "off"
	}
	argv := []string{filepath.Join(s.bin, "postgres"), "-D", s.data()}
	for name, value := range settings {
		argv = append(argv, "-c", name+"="+value)
	}
	p, err := leash.Run(leash.Options{Dir: s.dir, Signal: "QUIT", User: s.user}, argv...)
	if err != nil {
		return err
	}
	if err := p.Ready(60*time.Second, s.ping); err != nil {
		return errors.Join(fmt.Errorf("%w\n%s", err, p.LogTail()), p.Stop())
	}
	s.process = p
	return os.RemoveAll(s.keep())
}

func (s *Server) ping() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	// The port may belong to a stranger that took it first; only our own server has our data folder.
	var folder string
	if err := conn.QueryRow(ctx, "SHOW data_directory").Scan(&folder); err != nil {
		return err
	}
	if folder != s.data() {
		return fmt.Errorf("another server answers on port %d", s.port)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }
func (s *Server) keep() string { return filepath.Join(s.dir, "keep") }

func (s *Server) pid() (int, error) {
	b, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(b), "\n")
	return strconv.Atoi(strings.TrimSpace(first))
}

// servant is the user the server runs as when the tests run as root, because PostgreSQL refuses root.
func servant() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
