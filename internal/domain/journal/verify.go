package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Finding is one thing wrong with the journal. Seq is the entry's number, 0 when it concerns the whole.
type Finding struct {
	Seq  int64  `json:"seq"`
	What string `json:"what"` // code: altered, missing, hash, root, head, checkpoint
	Text string `json:"text"`
}

// Verdict is the result of a verification.
type Verdict struct {
	Entries  int64     `json:"entries"`
	Root     string    `json:"root"`
	Findings []Finding `json:"findings"`
}

// Sound reports whether nothing was found.
func (v Verdict) Sound() bool { return len(v.Findings) == 0 }

const maxFindings = 20

// Verify reads the whole journal, recomputes every leaf and the tree, and compares them with what is stored, with the
// signed head, and with the checkpoints kept elsewhere. It needs the public key only. Progress is told through step.
func Verify(ctx context.Context, t *db.Tx, v note.Verifier, checkpoints []string, step func(done, of int64)) (Verdict, error) {
	var out Verdict
	add := func(seq int64, what, format string, args ...any) {
		if len(out.Findings) < maxFindings {
			out.Findings = append(out.Findings, Finding{seq, what, fmt.Sprintf(format, args...)})
		}
	}
	type headRow struct {
		seq    int64
		root   []byte
		signed string
	}
	h, err := db.One(ctx, t, func(r db.Row) (headRow, error) {
		var h headRow
		return h, r.Scan(&h.seq, &h.root, &h.signed)
	}, `SELECT seq, root, signed FROM journal_head WHERE id = 1`)
	if errors.Is(err, db.ErrNoRow) {
		add(0, "head", "the journal's head row is gone")
		return out, nil
	} else if err != nil {
		return out, err
	}
	want := map[int64]tlog.Hash{} // sizes at which a checkpoint states a root
	for _, c := range checkpoints {
		size, root, err := ParseCheckpoint(c, v)
		if err != nil {
			add(0, "checkpoint", "%v", err)
			continue
		}
		if size > h.seq {
			add(0, "checkpoint", "the checkpoint kept elsewhere counts %d entries, the journal only %d: the end was cut off", size, h.seq)
			continue
		}
		want[size] = root
	}
	// The recomputed tree lives in memory for the right edge only: hashes is what tlog needs to go on.
	edge := map[int64]tlog.Hash{}
	reader := tlog.HashReaderFunc(func(ix []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(ix))
		for n, i := range ix {
			var ok bool
			if out[n], ok = edge[i]; !ok {
				return nil, fmt.Errorf("hash %d not at hand", i)
			}
		}
		return out, nil
	})
	var n int64
	var computed []hashRow
	var stored []storedHash
	err = t.Each(ctx, func(r db.Row) error {
		l, leaf, err := scanLeaf(r)
		if err != nil {
			return err
		}
		for n+1 < l.Seq {
			add(n+1, "missing", "entry %d is missing", n+1)
			n++ // keep the numbering so that later findings name the right entry
			edge[tlog.StoredHashIndex(0, n-1)] = tlog.Hash{}
			return errBroken
		}
		if l.Seq != n+1 {
			add(l.Seq, "altered", "entry %d stands where entry %d belongs", l.Seq, n+1)
			return errBroken
		}
		sum := l.hash()
		if !bytes.Equal(sum[:], leaf) {
			add(l.Seq, "altered", "entry %d (%s, %s) was altered after it was written", l.Seq, l.At.Format("2006-01-02 15:04:05"), l.Action)
			copy(sum[:], leaf) // go on with the stored leaf, so that one alteration is one finding
		}
		hs, err := tlog.StoredHashesForRecordHash(n, sum, reader)
		if err != nil {
			return err
		}
		idx := tlog.StoredHashIndex(0, n)
		for i, x := range hs {
			edge[idx+int64(i)] = x
			computed = append(computed, hashRow{idx + int64(i), x})
		}
		n++
		if root, ok := want[n]; ok {
			got, err := tlog.TreeHash(n, reader)
			if err != nil {
				return err
			}
			if got != root {
				add(0, "checkpoint", "the first %d entries are not those of the checkpoint kept elsewhere", n)
			}
		}
		if step != nil && n%5000 == 0 {
			step(n, h.seq)
		}
		return nil
	}, `SELECT seq, at, actor, office, device, subject_kind, subject_id, case_id, action, class, revision, key_id, body, leaf FROM journal ORDER BY seq`)
	if err != nil && !errors.Is(err, errBroken) {
		return out, err
	}
	broken := errors.Is(err, errBroken)
	out.Entries = n
	if broken {
		return out, nil
	}
	if n < h.seq {
		add(n+1, "missing", "entries %d to %d are missing at the end", n+1, h.seq)
		return out, nil
	}
	if n > h.seq {
		add(h.seq+1, "altered", "entry %d was added without the gate: the signed head counts %d", h.seq+1, h.seq)
		return out, nil
	}
	err = t.Each(ctx, func(r db.Row) error {
		var s storedHash
		if err := r.Scan(&s.idx, &s.hash); err != nil {
			return err
		}
		stored = append(stored, s)
		return nil
	}, `SELECT idx, hash FROM journal_hash ORDER BY idx`)
	if err != nil {
		return out, err
	}
	compareTree(computed, stored, add)
	if n == 0 {
		return out, nil
	}
	root, err := tlog.TreeHash(n, reader)
	if err != nil {
		return out, err
	}
	out.Root = root.String()
	if !bytes.Equal(root[:], h.root) {
		add(0, "root", "the tree's root is not the one in the head")
	}
	size, signed, err := ParseCheckpoint(h.signed, v)
	switch {
	case err != nil:
		add(0, "head", "the signed head: %v", err)
	case size != n || signed != root:
		add(0, "head", "the signed head states %d entries and another root: the journal was altered and its tree made anew", size)
	}
	return out, nil
}

var errBroken = errors.New("broken")

type storedHash struct {
	idx  int64
	hash []byte
}

func compareTree(computed []hashRow, stored []storedHash, add func(int64, string, string, ...any)) {
	have := make(map[int64][]byte, len(stored))
	for _, s := range stored {
		have[s.idx] = s.hash
	}
	for _, c := range computed {
		level, n := tlog.SplitStoredHashIndex(c.idx)
		h, ok := have[c.idx]
		seq := (n + 1) << level // the last entry below this hash
		switch {
		case !ok:
			add(seq, "hash", "the tree lacks a hash over entry %d", seq)
		case !bytes.Equal(h, c.hash[:]) && level == 0:
			add(seq, "altered", "entry %d is not the one the tree was built over", seq)
		case !bytes.Equal(h, c.hash[:]):
			add(seq, "hash", "a hash of the tree over entries %d to %d was altered", n<<level+1, seq)
		}
		delete(have, c.idx)
	}
	for idx := range have {
		add(0, "hash", "the tree holds a hash at %d that belongs to no entry", idx)
	}
}
