package journal

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/crypt"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Origin is the first line of every checkpoint (C2SP tlog-checkpoint): the name of the log.
const Origin = "nostos/journal"

// Writer appends entries in one transaction and signs the tree head when it ends.
type Writer struct {
	t     *db.Tx
	vault *crypt.Vault
	size  int64 // entries so far
	begin int64
	fresh map[int64]tlog.Hash // hashes stored in this transaction, or read before
	rows  []hashRow
}

type hashRow struct {
	idx  int64
	hash tlog.Hash
}

// Begin is the first statement of every write: it locks the head row, so that on PostgreSQL, too, there is one writer at a
// time and a rule that reads before it writes is simply right.
func Begin(ctx context.Context, t *db.Tx, vault *crypt.Vault) (*Writer, error) {
	n, err := db.One(ctx, t, db.Value[int64], `UPDATE journal_head SET seq = seq WHERE id = 1 RETURNING seq`)
	if err != nil {
		return nil, fmt.Errorf("take the journal's head: %w", err)
	}
	return &Writer{t: t, vault: vault, size: n, begin: n, fresh: map[int64]tlog.Hash{}}, nil
}

// Appended tells how many entries this transaction has added.
func (w *Writer) Appended() int64 { return w.size - w.begin }

// Stamp is what the gate, not the command, knows about an entry.
type Stamp struct {
	At                    db.Time
	Actor, Office, Device string
}

// Append adds one entry.
func (w *Writer) Append(ctx context.Context, st Stamp, e Entry) error {
	if e.Class == "" {
		e.Class = "normal"
	}
	l := Line{Seq: w.size + 1, At: st.At.Time, Actor: st.Actor, Office: st.Office, Device: st.Device, Subject: e.Subject, Case: e.Case,
		Action: e.Action, Class: e.Class, Revision: e.Revision, KeyID: e.keyID()}
	var err error
	if l.Sealed, err = w.vault.Seal(ctx, w.t, l.KeyID, "journal:"+strconv.FormatInt(l.Seq, 10), e.plain()); err != nil {
		return err
	}
	leaf := l.hash()
	if _, err := w.t.Exec(ctx, `INSERT INTO journal (seq, at, actor, office, device, subject_kind, subject_id, case_id, action, class, revision, key_id, body, leaf)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		l.Seq, st.At, l.Actor, l.Office, l.Device, l.Subject.Kind, l.Subject.ID, l.Case, l.Action, l.Class, l.Revision, l.KeyID, l.Sealed, leaf[:]); err != nil {
		return err
	}
	stored, err := tlog.StoredHashesForRecordHash(w.size, leaf, w)
	if err != nil {
		return err
	}
	idx := tlog.StoredHashIndex(0, w.size)
	for i, h := range stored {
		w.fresh[idx+int64(i)] = h
		w.rows = append(w.rows, hashRow{idx + int64(i), h})
	}
	w.size++
	return nil
}

// ReadHashes implements tlog.HashReader over the hashes of this transaction and the table, in one query at most.
func (w *Writer) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	return readHashes(context.Background(), w.t, w.fresh, indexes)
}

func readHashes(ctx context.Context, t *db.Tx, known map[int64]tlog.Hash, indexes []int64) ([]tlog.Hash, error) {
	var args db.Args
	var in []string
	for _, i := range indexes {
		if _, ok := known[i]; !ok {
			in = append(in, args.Add(i))
		}
	}
	if len(in) > 0 {
		rows, err := db.All(ctx, t, func(r db.Row) (hashRow, error) {
			var h hashRow
			var b []byte
			err := r.Scan(&h.idx, &b)
			copy(h.hash[:], b)
			return h, err
		}, `SELECT idx, hash FROM journal_hash WHERE idx IN (`+strings.Join(in, ",")+`)`, args.Values...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			known[r.idx] = r.hash
		}
	}
	out := make([]tlog.Hash, len(indexes))
	for n, i := range indexes {
		h, ok := known[i]
		if !ok {
			return nil, fmt.Errorf("the journal's tree lacks the hash at %d", i)
		}
		out[n] = h
	}
	return out, nil
}

// Finish stores the tree's new hashes and the signed head. Nothing is signed when nothing was appended.
func (w *Writer) Finish(ctx context.Context) error {
	if w.size == w.begin {
		return nil
	}
	const batch = 200
	for len(w.rows) > 0 {
		n := min(batch, len(w.rows))
		var args db.Args
		var vals []string
		for _, r := range w.rows[:n] {
			vals = append(vals, "("+args.Add(r.idx)+","+args.Add(append([]byte(nil), r.hash[:]...))+")")
		}
		if _, err := w.t.Exec(ctx, `INSERT INTO journal_hash (idx, hash) VALUES `+strings.Join(vals, ","), args.Values...); err != nil {
			return err
		}
		w.rows = w.rows[n:]
	}
	root, err := tlog.TreeHash(w.size, w)
	if err != nil {
		return err
	}
	signed, err := Sign(w.vault.Ring(), w.size, root)
	if err != nil {
		return err
	}
	_, err = w.t.Exec(ctx, `UPDATE journal_head SET seq = $1, root = $2, signed = $3 WHERE id = 1`, w.size, root[:], signed)
	return err
}

// hash is the leaf of the tree: over everything the row says, body sealed, so that verifying needs no key.
func (l *Line) hash() tlog.Hash {
	var b []byte
	add := func(s string) { b = binary.BigEndian.AppendUint32(b, uint32(len(s))); b = append(b, s...) }
	b = binary.BigEndian.AppendUint64(b, uint64(l.Seq))
	add(clock.Format(l.At))
	for _, s := range []string{l.Actor, l.Office, l.Device, l.Subject.Kind, l.Subject.ID, l.Case, l.Action, l.Class, l.KeyID} {
		add(s)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(l.Revision))
	sum := sha256.Sum256(l.Sealed)
	b = append(b, sum[:]...)
	return tlog.RecordHash(b)
}

// Sign makes a checkpoint: origin, number of entries, root, signature (C2SP tlog-checkpoint, a signed note).
func Sign(ring *crypt.Keyring, size int64, root tlog.Hash) (string, error) {
	s, err := signer(ring)
	if err != nil {
		return "", err
	}
	b, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", Origin, size, root)}, s)
	return string(b), err
}

// ParseCheckpoint checks the signature of a checkpoint and returns what it states.
func ParseCheckpoint(text string, v note.Verifier) (size int64, root tlog.Hash, err error) {
	n, err := note.Open([]byte(text), note.VerifierList(v))
	if err != nil {
		return 0, root, fmt.Errorf("the checkpoint's signature is not this installation's: %w", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != Origin {
		return 0, root, fmt.Errorf("not a checkpoint of this journal")
	}
	if size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || size < 0 {
		return 0, root, fmt.Errorf("the checkpoint's size cannot be read")
	}
	root, err = tlog.ParseHash(lines[2])
	return size, root, err
}

func decode(b []byte) (body, error) { var v body; return v, json.Unmarshal(b, &v) }
