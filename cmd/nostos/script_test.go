package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/crypt"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/pgtest"
)

// The commands below are what scripts can do besides starting the program.

type (
	testKey  struct{}
	watchKey struct{}
)

// usage stops a script that calls a command in a way it does not know.
func usage(ts *testscript.TestScript, neg bool, args []string, n int, how string) {
	if neg || len(args) < n {
		ts.Fatalf("usage: %s", how)
	}
}

// exits CODE COMMAND…: the command ends with exactly this status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "exits CODE COMMAND…")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var ee *exec.ExitError
		if !errors.As(err, &ee) {
			ts.Fatalf("%v", err)
		}
		got = ee.ExitCode()
	}
	if got != want {
		ts.Fatalf("ended with status %d, not %d", got, want)
	}
}

// runSQL is sql TARGET STATEMENT…: what somebody with the database in their hands can do. TARGET is a data folder or an
// address of PostgreSQL. Rows are printed with tabs between their cells.
func runSQL(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "sql TARGET STATEMENT…")
	driver, address := "pgx", args[0]
	if !strings.HasPrefix(address, "postgres://") {
		driver, address = "sqlite", "file:"+filepath.Join(ts.MkAbs(address), "nostos.db")+"?_pragma=busy_timeout(5000)"
	}
	d, err := sql.Open(driver, address)
	ts.Check(err)
	defer d.Close()
	for _, q := range args[1:] {
		if !strings.HasPrefix(q, "SELECT") {
			res, err := d.Exec(q)
			ts.Check(err)
			if n, err := res.RowsAffected(); err == nil && n == 0 {
				ts.Fatalf("%s: changed nothing", q)
			}
			continue
		}
		rows, err := d.Query(q)
		ts.Check(err)
		names, err := rows.Columns()
		ts.Check(err)
		cells, to := make([]any, len(names)), make([]any, len(names))
		for i := range cells {
			to[i] = &cells[i]
		}
		for rows.Next() {
			ts.Check(rows.Scan(to...))
			var line []string
			for _, c := range cells {
				line = append(line, fmt.Sprint(c))
			}
			fmt.Fprintln(ts.Stdout(), strings.Join(line, "\t"))
		}
		ts.Check(errors.Join(rows.Err(), rows.Close()))
	}
}

// newDatabase is new-database NAME: sets NAME to the address of an empty PostgreSQL database.
func newDatabase(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "new-database NAME")
	base := pgtest.URL(ts.Value(testKey{}).(testing.TB))
	name := fmt.Sprintf("nostos_s_%d_%d", os.Getpid(), time.Now().UnixNano())
	d, err := sql.Open("pgx", base)
	ts.Check(err)
	_, err = d.Exec(`CREATE DATABASE ` + name + ` TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`)
	ts.Check(err)
	ts.Defer(func() {
		d.Exec(`DROP DATABASE IF EXISTS ` + name + ` WITH (FORCE)`)
		d.Close()
	})
	ts.Setenv(args[0], strings.Replace(base, "/postgres?", "/"+name+"?", 1))
}

// copyTree is copy-tree FROM TO, with the modes of the files.
func copyTree(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "copy-tree FROM TO")
	to := ts.MkAbs(args[1])
	ts.Check(os.RemoveAll(to))
	ts.Check(os.CopyFS(to, os.DirFS(ts.MkAbs(args[0]))))
	key := filepath.Join(to, "master.key")
	if _, err := os.Stat(key); err == nil {
		ts.Check(os.Chmod(key, 0o600))
	}
}

// damage is damage FILE OFFSET (turns the bits of one byte; from the end when negative), or damage FILE cut BYTES.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "damage FILE OFFSET | damage FILE cut BYTES")
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	if args[1] == "cut" {
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		b = b[:len(b)-n]
	} else {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		if n < 0 {
			n += len(b)
		}
		b[n] ^= 0xff
	}
	ts.Check(os.WriteFile(path, b, 0o600))
}

// ageKey is age-key FILE NAME: writes a new identity to FILE and sets NAME to its recipient.
func ageKey(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "age-key FILE NAME")
	id, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(id.String()+"\n"), 0o600))
	ts.Setenv(args[1], id.Recipient().String())
}

// backgroundWriter is background-writer FOLDER COMMAND…: runs the command while somebody works in the same installation
// without a pause, and checks that they could.
func backgroundWriter(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "background-writer FOLDER COMMAND…")
	target, o := args[0], db.Options{}
	folder := ts.MkAbs(target)
	if strings.HasPrefix(target, "postgres://") {
		o.URL, folder = target, ts.MkAbs("p")
	} else {
		o.Path = filepath.Join(folder, "nostos.db")
	}
	d, err := db.Open(context.Background(), o)
	ts.Check(err)
	defer d.Close()
	ring, err := crypt.LoadFile(filepath.Join(folder, "master.key"))
	ts.Check(err)
	g := &gate.Gate{DB: d, Vault: crypt.NewVault(ring, clock.System{}), Clock: clock.System{}, Zone: time.UTC}
	ctx, stop := context.WithCancel(context.Background())
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		for ctx.Err() == nil && r.err == nil {
			r.err = g.Write(context.Background(), org.SystemID, "test.write", func(ctx context.Context, w *gate.W) error {
				return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "installation", ID: "busy"}, Action: "test.written"})
			})
			r.n++
		}
		done <- r
	}()
	err = ts.Exec(args[1], args[2:]...)
	stop()
	r := <-done
	ts.Check(errors.Join(err, r.err))
	if r.n < 3 {
		ts.Fatalf("only %d writes went through meanwhile", r.n)
	}
}

// interruptRotation is interrupt-rotation FOLDER: kills nostos keys rotate after it has written the key file and before it
// has wrapped a single data key. The database is held, so the moment is always the same.
func interruptRotation(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "interrupt-rotation FOLDER")
	folder := ts.MkAbs(args[0])
	d, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "nostos.db"))
	ts.Check(err)
	defer d.Close()
	c, err := d.Conn(context.Background())
	ts.Check(err)
	defer c.Close()
	_, err = c.ExecContext(context.Background(), "BEGIN IMMEDIATE")
	ts.Check(err)
	key := filepath.Join(folder, "master.key")
	before, err := os.ReadFile(key)
	ts.Check(err)
	cmd := exec.Command("nostos", "keys", "rotate", "--data", folder)
	ts.Check(cmd.Start())
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		now, err := os.ReadFile(key)
		ts.Check(err)
		if !bytes.Equal(before, now) {
			break
		}
		if time.Now().After(end) {
			cmd.Process.Kill()
			ts.Fatalf("the key file does not change")
		}
	}
	ts.Check(cmd.Process.Kill())
	cmd.Wait()
	_, err = c.ExecContext(context.Background(), "ROLLBACK")
	ts.Check(err)
}

// freeAddress is free-address NAME: sets NAME to an address nobody listens on.
func freeAddress(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "free-address NAME")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// waitFor is wait-for URL: until it answers 200.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "wait-for URL")
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if res, err := http.Get(args[0]); err == nil {
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
	}
	ts.Fatalf("%s does not answer", args[0])
}

// slowRequest is slow-request ADDRESS: begins a form whose end arrives only a second later, and checks in the end that it
// was answered. Beside it a second connection never says anything, as browsers keep one ahead.
func slowRequest(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "slow-request ADDRESS")
	c, err := net.Dial("tcp", args[0])
	ts.Check(err)
	silent, err := net.Dial("tcp", args[0])
	ts.Check(err)
	ts.Defer(func() { silent.Close() })
	const body = "login=nobody&password=wrong"
	_, err = fmt.Fprintf(c, "POST /sign-in HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", args[0], len(body), body[:10])
	ts.Check(err)
	time.Sleep(200 * time.Millisecond) // the server is reading it by now
	t := ts.Value(testKey{}).(testing.TB)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer c.Close()
		time.Sleep(time.Second)
		fmt.Fprint(c, body[10:])
		answer, err := io.ReadAll(c)
		if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 ")) {
			t.Errorf("the request that was running got no answer: %.60q, %v", answer, err)
		}
	}()
	ts.Defer(func() { <-done })
}

// stopwatch is stopwatch start, and later stopwatch DURATION: no more than that has passed.
func stopwatch(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "stopwatch start|DURATION")
	start := ts.Value(watchKey{}).(*time.Time)
	if args[0] == "start" {
		*start = time.Now()
		return
	}
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	if took := time.Since(*start); took > limit {
		ts.Fatalf("took %s, more than %s", took, limit)
	}
}
