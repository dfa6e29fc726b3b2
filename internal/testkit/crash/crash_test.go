// Package crash kills the program in the middle of its work, over and over, and looks whether anything that was answered
// as done is missing, or anything is half there.
package crash

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/crypt"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/pgtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

// errand is what the victim is told: the test binary runs itself with this in the environment.
type errand struct{ Path, URL, KeyFile, Case string }

const envName = "TEST_NOSTOS_CRASH"

func TestMain(m *testing.M) {
	if text := os.Getenv(envName); text != "" {
		var e errand
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			panic(err)
		}
		victim(e)
		return
	}
	os.Exit(m.Run())
}

// victim writes until it is killed. It says "done TASK" only after the gate has answered.
func victim(e errand) {
	ctx := context.Background()
	d, err := db.Open(ctx, db.Options{Path: e.Path, URL: e.URL})
	if err != nil {
		panic(err)
	}
	ring, err := crypt.LoadFile(e.KeyFile)
	if err != nil {
		panic(err)
	}
	g := &gate.Gate{DB: d, Vault: crypt.NewVault(ring, clock.System{}), Clock: clock.System{}, Zone: time.UTC}
	for i := range 1000 {
		var id string
		err := g.Write(ctx, org.SystemID, casefile.PermTask, func(ctx context.Context, w *gate.W) error {
			c, err := casefile.ByID(ctx, &w.R, e.Case)
			if err != nil {
				return err
			}
			id = w.NewID()
			if err := casefile.AddTask(ctx, w, &c, casefile.Task{ID: id, Title: fmt.Sprintf("write %d", i)}); err != nil {
				return err
			}
			if err := casefile.Save(ctx, w, &c); err != nil {
				return err
			}
			return casefile.Record(ctx, w, c, journal.Entry{Subject: journal.Ref{Kind: "task", ID: id}, Action: "task.added"})
		})
		if err != nil {
			panic(err)
		}
		fmt.Println("done " + id)
	}
	fmt.Println("all")
	select {}
}

const rounds = 20

func TestKilledInTheMiddleOfWrites_losesNothingThatWasAnswered(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		d, path := dbtest.SQLiteAt(t)
		run(t, d, errand{Path: path})
	})
	t.Run("postgres", func(t *testing.T) {
		s := pgtest.New(t, pgtest.Options{Durable: true})
		t.Setenv(pgtest.Env, s.URL)
		d, url := dbtest.PostgresOn(t, s.URL)
		run(t, d, errand{URL: url})
	})
}

func run(t *testing.T, d *db.DB, e errand) {
	w := world.New(t, d)
	c, _ := w.Family()
	e.KeyFile, e.Case = t.TempDir()+"/master.key", c.ID
	if err := w.Ring.SaveFile(e.KeyFile); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(e)
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	answered := map[string]bool{}
	for round := range rounds {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), envName+"="+string(text))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Killed after a number of answers and then a moment more, so that the blow falls anywhere within a write.
		after, n := 1+rnd.Intn(120), 0
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			id, ok := strings.CutPrefix(lines.Text(), "done ")
			if !ok {
				break
			}
			answered[id] = true
			if n++; n == after {
				go func() {
					time.Sleep(time.Duration(rnd.Intn(3000)) * time.Microsecond)
					cmd.Process.Signal(syscall.SIGKILL)
				}()
			}
		}
		cmd.Wait()
		if n < after {
			t.Fatalf("round %d: the victim ended by itself after %d writes", round, n)
		}
	}
	check(t, w, answered)
}

func check(t *testing.T, w *world.World, answered map[string]bool) {
	t.Helper()
	ctx := context.Background()
	stored, entered := map[string]bool{}, map[string]bool{}
	v, err := journal.Verifier(w.Ring)
	if err != nil {
		t.Fatal(err)
	}
	var verdict journal.Verdict
	if err := w.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.Each(ctx, func(r db.Row) error {
			var id string
			err := r.Scan(&id)
			stored[id] = true
			return err
		}, `SELECT id FROM task WHERE code = ''`); err != nil {
			return err
		}
		if err := tx.Each(ctx, func(r db.Row) error {
			var id string
			err := r.Scan(&id)
			entered[id] = true
			return err
		}, `SELECT subject_id FROM journal WHERE action = 'task.added'`); err != nil {
			return err
		}
		verdict, err = journal.Verify(ctx, tx, v, nil, nil)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for id := range answered {
		if !stored[id] {
			t.Errorf("write %s was answered as done and is not there", id)
		}
	}
	for id := range stored {
		if !entered[id] {
			t.Errorf("write %s is there without its entry in the journal", id)
		}
	}
	for id := range entered {
		if !stored[id] {
			t.Errorf("an entry tells of write %s, which is not there", id)
		}
	}
	if !verdict.Sound() {
		t.Errorf("the journal does not verify: %+v", verdict.Findings)
	}
	t.Logf("%d rounds, %d writes answered, %d stored, %d entries verified", rounds, len(answered), len(stored), verdict.Entries)
}
