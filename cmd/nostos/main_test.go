package main

import (
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nostos-avrr/nostos/internal/platform/config"
)

// TestMain makes this test binary the program itself: scripts and tests start it under the name nostos.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"nostos": main})
}

// TestScripts plays what people type, from testdata/scripts at the top of the repository.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/scripts",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Values[testKey{}], e.Values[watchKey{}] = t, new(time.Time)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"age-key": ageKey, "background-writer": backgroundWriter, "copy-tree": copyTree, "damage": damage, "exits": exits, "free-address": freeAddress,
			"interrupt-rotation": interruptRotation, "new-database": newDatabase, "slow-request": slowRequest, "sql": runSQL, "stopwatch": stopwatch, "wait-for": waitFor,
		},
	})
}

// Every command's help shows how it is used.
func TestHelp_everyCommandHasAnExample(t *testing.T) {
	var c commands
	p, err := kong.New(&c, kong.Name("nostos"), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	leaves := p.Model.Leaves(false)
	if len(leaves) < 15 {
		t.Fatalf("only %d commands", len(leaves))
	}
	for _, l := range leaves {
		t.Run(strings.ReplaceAll(l.Path(), " ", "_"), func(t *testing.T) {
			t.Parallel()
			words := strings.Fields(l.Path())
			for i := 0; i < len(words); i++ { // the path also names the arguments
				if strings.HasPrefix(words[i], "<") || strings.HasPrefix(words[i], "[") {
					words = words[:i]
				}
			}
			out, err := exec.Command("nostos", append(words, "--help")...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			text := string(out)
			_, example, ok := strings.Cut(text, "Example: ")
			if !ok {
				t.Fatalf("the help has no example:\n%s", text)
			}
			if want := "nostos " + strings.Join(words, " "); !strings.Contains(strings.Join(strings.Fields(example), " "), want) {
				t.Errorf("the example does not show %q:\n%s", want, text)
			}
			if l.Help == "" {
				t.Error("the list of commands says nothing about it")
			}
		})
	}
}

// Every setting can be given as a flag, and every such flag is a setting. Secrets have a flag, too: it is refused, with the
// reason, by package config.
func TestSettings_areTheConfiguration(t *testing.T) {
	cfg, err := config.Load(map[string]string{"data": t.TempDir()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"config": true}
	for _, it := range cfg.Effective() {
		known[strings.TrimPrefix(it.Flag, "--")] = true
	}
	flags := map[string]bool{}
	for typ, i := reflect.TypeFor[settings](), 0; i < typ.NumField(); i++ {
		f := typ.Field(i)
		name := f.Tag.Get("name")
		flags[name] = true
		if !known[name] {
			t.Errorf("--%s is no setting", name)
		}
		if f.Type != reflect.TypeFor[*string]() {
			t.Errorf("--%s is a %s: only a pointer to text lets the other sources speak", name, f.Type)
		}
	}
	for name := range known {
		if !flags[name] {
			t.Errorf("the setting --%s has no flag", name)
		}
	}
}

// What is given on the command line arrives, and what is not given leaves the word to the environment.
func TestSettings_given(t *testing.T) {
	var c struct {
		settings
	}
	p, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Parse([]string{"--addr", "127.0.0.1:9", "--smtp-port=26"}); err != nil {
		t.Fatal(err)
	}
	got := c.given()
	if len(got) != 2 || got["addr"] != "127.0.0.1:9" || got["smtp-port"] != "26" {
		t.Errorf("given: %v", got)
	}
	if os.Getenv("NOSTOS_ADDR") != "" {
		t.Error("the tests run with somebody's settings in the environment")
	}
}
