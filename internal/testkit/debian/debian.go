// Package debian finds the programs that tests need (PostgreSQL, Chromium) and installs their Debian package where they
// are missing, so that "make test" works on a machine with only Go and make. Without the right to install, it says what
// to install: a test that needs the program then fails. It is never skipped.
package debian

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"syscall"
)

// Find returns the path of a program: from the folder patterns first, then from PATH.
func Find(program, pkg string, folders ...string) (string, error) {
	if path := look(program, folders); path != "" {
		return path, nil
	}
	if err := install(pkg, func() bool { return look(program, folders) != "" }); err != nil {
		return "", fmt.Errorf("%s is needed for this test and is not installed. On Debian or Ubuntu: apt-get install %s (%w)", program, pkg, err)
	}
	if path := look(program, folders); path != "" {
		return path, nil
	}
	return "", fmt.Errorf("%s is still missing after installing the package %s", program, pkg)
}

func look(program string, folders []string) string {
	for _, pattern := range folders {
		found, err := filepath.Glob(filepath.Join(pattern, program))
		if err != nil {
			panic(err) // a malformed pattern is a mistake in the caller
		}
		if len(found) > 0 {
			sort.Strings(found)
			return found[len(found)-1] // the newest of several versions
		}
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return ""
	}
	return path
}

func install(pkg string, there func() bool) error {
	apt, err := exec.LookPath("apt-get")
	if err != nil {
		return fmt.Errorf("there is no apt-get here to install it with")
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("only root can install it, and this runs as another user")
	}
	// Test packages are separate processes and may want the same package at the same moment.
	lock, err := os.OpenFile(filepath.Join(os.TempDir(), "nostos-test-install.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	if there() { // another process has just done it
		return nil
	}
	fmt.Fprintf(os.Stderr, "installing the Debian package %s for the tests …\n", pkg)
	for _, args := range [][]string{
		{"update", "-qq"},
		{"install", "-y", "-qq", "--no-install-recommends", pkg},
	} {
		cmd := exec.Command(apt, append([]string{"-o", "DPkg::Lock::Timeout=300"}, args...)...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, out)
		}
	}
	return nil
}
