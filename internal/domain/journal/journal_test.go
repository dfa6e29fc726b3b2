package journal_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/crypt"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

type log struct {
	d     *db.DB
	vault *crypt.Vault
	ring  *crypt.Keyring
}

func newLog(d *db.DB) *log {
	ring := crypt.NewKeyring(dbtest.Now)
	return &log{d, crypt.NewVault(ring, clock.NewFake(dbtest.Now)), ring}
}

func (l *log) append(t testing.TB, n int) {
	t.Helper()
	err := l.d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		w, err := journal.Begin(ctx, tx, l.vault)
		if err != nil {
			return err
		}
		for i := 0; i < n; i++ {
			e := journal.Entry{Subject: journal.Ref{Kind: "case", ID: fmt.Sprintf("case-%d", i%3)}, Case: fmt.Sprintf("case-%d", i%3), Action: "case.moved",
				Changes: []journal.Change{{Field: "stage", Old: "A", New: "a secret place"}}}
			if err := w.Append(ctx, journal.Stamp{At: db.At(dbtest.Now.Add(time.Duration(i) * time.Second)), Actor: "anna"}, e); err != nil {
				return err
			}
		}
		return w.Finish(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (l *log) verify(t testing.TB, checkpoints ...string) journal.Verdict {
	t.Helper()
	v, err := journal.Verifier(l.ring)
	if err != nil {
		t.Fatal(err)
	}
	var out journal.Verdict
	err = l.d.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		out, err = journal.Verify(ctx, tx, v, checkpoints, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (l *log) exec(t testing.TB, q string, args ...any) {
	t.Helper()
	if err := l.d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error { _, err := tx.Exec(ctx, q, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

func (l *log) head(t testing.TB) (n int64, signed string) {
	t.Helper()
	if err := l.d.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) { n, signed, err = journal.Head(ctx, tx); return }); err != nil {
		t.Fatal(err)
	}
	return
}

func TestVerify_soundLogOfAnyLength(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(d)
		if v := l.verify(t); !v.Sound() || v.Entries != 0 {
			t.Fatalf("empty journal: %+v", v)
		}
		total := int64(0)
		for _, n := range []int{1, 1, 2, 5, 13, 64} {
			l.append(t, n)
			total += int64(n)
			if v := l.verify(t); !v.Sound() || v.Entries != total {
				t.Fatalf("after %d entries: %+v", total, v)
			}
		}
	})
}

func TestVerify_namesWhatWasTouchedByHand(t *testing.T) {
	cases := []struct {
		name string
		do   func(t *testing.T, l *log)
		want string // code/seq
	}{
		{"a value changed", func(t *testing.T, l *log) { l.exec(t, `UPDATE journal SET actor = 'bert' WHERE seq = 7`) }, "altered/7"},
		{"the sealed body exchanged for another entry's", func(t *testing.T, l *log) {
			l.exec(t, `UPDATE journal SET body = (SELECT body FROM journal WHERE seq = 4) WHERE seq = 10`)
		}, "altered/10"},
		{"an entry removed", func(t *testing.T, l *log) { l.exec(t, `DELETE FROM journal WHERE seq = 5`) }, "missing/5"},
		{"the last entry removed", func(t *testing.T, l *log) { l.exec(t, `DELETE FROM journal WHERE seq = 20`) }, "missing/20"},
		{"two entries swapped", func(t *testing.T, l *log) {
			l.exec(t, `UPDATE journal SET seq = 1000 WHERE seq = 3`)
			l.exec(t, `UPDATE journal SET seq = 3 WHERE seq = 9`)
			l.exec(t, `UPDATE journal SET seq = 9 WHERE seq = 1000`)
		}, "altered/3"},
		{"an entry added beside the gate", func(t *testing.T, l *log) {
			l.exec(t, `INSERT INTO journal SELECT 21, at, actor, office, device, subject_kind, subject_id, case_id, action, class, revision, key_id, body, leaf FROM journal WHERE seq = 20`)
		}, "altered/21"},
		{"a hash of the tree changed", func(t *testing.T, l *log) {
			l.exec(t, `UPDATE journal_hash SET hash = leaf FROM journal WHERE idx = 2 AND seq = 1`)
		}, "hash/2"},
		{"the head wound back", func(t *testing.T, l *log) { l.exec(t, `UPDATE journal_head SET seq = 19 WHERE id = 1`) }, "altered/20"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				l := newLog(d)
				l.append(t, 20)
				c.do(t, l)
				v := l.verify(t)
				if v.Sound() {
					t.Fatal("found nothing")
				}
				if got := fmt.Sprintf("%s/%d", v.Findings[0].What, v.Findings[0].Seq); got != c.want {
					t.Fatalf("found %s (%s), want %s", got, v.Findings[0].Text, c.want)
				}
			})
		})
	}
}

// Who can write to the whole database, but has no key, may make the tree anew over altered entries. The signed head gives
// them away; a checkpoint kept elsewhere gives them away even if they had stolen the key.
func TestVerify_treeMadeAnewFailsAgainstSignatures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(d)
		l.append(t, 12)
		_, kept := l.head(t)
		thief := &log{d, l.vault, l.ring}
		l.exec(t, `DELETE FROM journal`)
		l.exec(t, `DELETE FROM journal_hash`)
		l.exec(t, `UPDATE journal_head SET seq = 0 WHERE id = 1`)
		l.append(t, 9)
		thief.append(t, 5) // the forged journal is longer than the true one, and signed with the stolen key
		if v := l.verify(t); !v.Sound() {
			t.Fatalf("the forgery should look sound by itself: %+v", v)
		}
		if v := l.verify(t, kept); v.Sound() || v.Findings[0].What != "checkpoint" {
			t.Fatalf("the kept checkpoint did not give the forgery away: %+v", v)
		}
		other := newLog(d)
		if v := other.verify(t); v.Sound() || v.Findings[0].What != "head" {
			t.Fatalf("a head signed by another key passed: %+v", v)
		}
	})
}

func TestVerify_cutOffEndIsSeenWithACheckpoint(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(d)
		l.append(t, 8)
		_, early := l.head(t)
		l.append(t, 8)
		_, late := l.head(t)
		if v := l.verify(t, early, late); !v.Sound() {
			t.Fatalf("true checkpoints were refused: %+v", v)
		}
		if v := l.verify(t, strings.Replace(late, "16", "17", 1)); v.Sound() {
			t.Fatal("a doctored checkpoint passed")
		}
	})
}

func TestBody_isReadableOnlyWithItsKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(d)
		l.append(t, 3)
		ctx := context.Background()
		read := func() []*journal.Line {
			var out []*journal.Line
			if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
				out, err = journal.List(ctx, tx, l.vault, journal.Filter{Case: "case-1"})
				return
			}); err != nil {
				t.Fatal(err)
			}
			return out
		}
		if got := read(); len(got) != 1 || got[0].Changes[0].New != "a secret place" {
			t.Fatalf("body does not open: %+v", got)
		}
		if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return l.vault.Destroy(ctx, tx, "case-1", dbtest.Now) }); err != nil {
			t.Fatal(err)
		}
		if got := read(); !got[0].Erased || got[0].Changes != nil {
			t.Fatalf("an erased body still reads: %+v", got[0])
		}
		if v := l.verify(t); !v.Sound() {
			t.Fatalf("erasure broke the journal: %+v", v)
		}
	})
}

// Whatever single byte of whatever entry is changed, verification finds that entry.
func TestVerify_anyAlteredColumnIsFound(t *testing.T) {
	d := dbtest.SQLite(t)
	l := newLog(d)
	l.append(t, 30)
	cols := []string{"at", "actor", "office", "device", "subject_kind", "subject_id", "case_id", "action", "class", "key_id"}
	rapid.Check(t, func(rt *rapid.T) {
		seq := rapid.Int64Range(1, 30).Draw(rt, "seq")
		col := rapid.SampledFrom(cols).Draw(rt, "column")
		var old string
		if err := d.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
			old, err = db.One(ctx, tx, db.Value[string], `SELECT `+col+` FROM journal WHERE seq = $1`, seq)
			return
		}); err != nil {
			rt.Fatal(err)
		}
		changed := old + "x"
		if col == "at" {
			changed = "2025" + old[4:]
		}
		l.exec(t, `UPDATE journal SET `+col+` = $1 WHERE seq = $2`, changed, seq)
		v := l.verify(t)
		l.exec(t, `UPDATE journal SET `+col+` = $1 WHERE seq = $2`, old, seq)
		if v.Sound() || v.Findings[0].Seq != seq {
			rt.Fatalf("column %s of entry %d: %+v", col, seq, v)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	l := newLog(dbtest.SQLite(b))
	for b.Loop() {
		l.append(b, 1)
	}
}
