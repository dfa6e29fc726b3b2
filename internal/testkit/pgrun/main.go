// Command pgrun runs a command with a throw-away PostgreSQL, whose address is in TEST_NOSTOS_PG:
//
//	go run ./internal/testkit/pgrun go test ./...
//
// Every test package is a process of its own; so they share one server instead of starting twenty. It is Go and not a
// shell script because the tests need the same code anyway when a single package is run alone.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/nostos-avrr/nostos/internal/testkit/pgtest"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(argv []string) int {
	if len(argv) == 0 {
		fmt.Fprintln(os.Stderr, "usage: pgrun COMMAND [ARGUMENT…]   example: pgrun go test ./...")
		return 2
	}
	// Ctrl-C reaches the command as well; we only have to outlive it, to stop the server in order.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGTERM)
	server, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgrun:", err)
		return 2
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), pgtest.Env+"="+server.URL)
	status := 0
	if err := cmd.Run(); err != nil {
		status = 2
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() > 0 {
			status = exit.ExitCode()
		} else {
			fmt.Fprintln(os.Stderr, "pgrun:", err)
		}
	}
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "pgrun:", err)
		status = max(status, 1)
	}
	return status
}
