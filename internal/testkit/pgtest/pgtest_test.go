package pgtest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nostos-avrr/nostos/internal/testkit/pgtest"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // the server may be dead by now
	return conn
}

func show(t *testing.T, conn *pgx.Conn, name string) string {
	t.Helper()
	var value string
	if err := conn.QueryRow(context.Background(), "SELECT current_setting($1)", name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestURL_isAServerWithBytewiseOrderAndManyConnections(t *testing.T) {
	conn := connect(t, pgtest.URL(t))
	var collate, ctype string
	err := conn.QueryRow(context.Background(),
		"SELECT datcollate, datctype FROM pg_database WHERE datname='postgres'").Scan(&collate, &ctype)
	if err != nil || collate != "C" || ctype != "C" {
		t.Errorf("collate %q ctype %q: %v", collate, ctype, err)
	}
	for name, want := range map[string]string{"server_encoding": "UTF8", "max_connections": "200", "fsync": "off"} {
		if got := show(t, conn, name); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
}

func TestURL_isTheSameServerForTheWholeProcess(t *testing.T) {
	if a, b := pgtest.URL(t), pgtest.URL(t); a != b {
		t.Errorf("two servers: %s and %s", a, b)
	}
}

func TestKill_losesNoCommitWhenDurable(t *testing.T) {
	ctx := context.Background()
	s := pgtest.New(t, pgtest.Options{Durable: true})
	conn := connect(t, s.URL)
	if got := show(t, conn, "fsync"); got != "on" {
		t.Fatalf("fsync = %s", got)
	}
	if _, err := conn.Exec(ctx, "CREATE TABLE note (id BIGINT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		if _, err := conn.Exec(ctx, "INSERT INTO note VALUES ($1)", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := pgx.Connect(ctx, s.URL); err == nil {
		t.Fatal("a killed server still answers")
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := connect(t, s.URL).QueryRow(ctx, "SELECT COUNT(*) FROM note").Scan(&n); err != nil || n != 50 {
		t.Errorf("%d of 50 rows after the kill: %v", n, err)
	}
}

// The owner of a server is killed without a chance to tidy up; the server and its folder must go all the same.
func TestStart_serverDiesWithItsOwner(t *testing.T) {
	if os.Getenv("PGTEST_OWNER") != "" {
		s, err := pgtest.Start(pgtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		println("URL " + s.URL)
		select {}
	}
	owner := exec.Command(os.Args[0], "-test.run=^TestStart_serverDiesWithItsOwner$")
	owner.Env = append(os.Environ(), "PGTEST_OWNER=1")
	stderr, err := owner.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 200)
	n, err := stderr.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(string(line[:n]), "URL "))
	var folder string
	if err := connect(t, url).QueryRow(context.Background(), "SHOW unix_socket_directories").Scan(&folder); err != nil {
		t.Fatal(err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // "signal: killed" is what we asked for
	for range 100 {
		if _, err := os.Stat(folder); os.IsNotExist(err) {
			if _, err := pgx.Connect(context.Background(), url); err == nil {
				t.Error("the server still answers")
			}
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%s is still there ten seconds after its owner died", folder)
}
