package crypt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// ErrErased is the answer for what was sealed under a key that has been destroyed.
var ErrErased = errors.New("erased: the key was destroyed")

// keyLife is how long an unwrapped key may be used without looking at the table again: another server process may have
// destroyed it meanwhile.
const keyLife = time.Minute

// maxKeys bounds the unwrapped keys kept in memory.
const maxKeys = 50_000

// Vault seals and opens with the data keys of subjects.
type Vault struct {
	// Reload reads the key file anew: when a data key names a master key that is not known, and before a new data key is
	// wrapped. Somebody may have turned the key, and taken the old one out of the file, while this server ran. Nil where the
	// keys cannot change under the program.
	Reload func() (*Keyring, error)

	ring  *Keyring
	clock clock.Clock

	read atomic.Pointer[db.Tx] // the transaction the key file was last read in: once in each is enough

	mu   sync.Mutex
	keys map[string]cached
}

type cached struct {
	key  []byte
	till time.Time
}

// NewVault returns a vault over the keyring.
func NewVault(ring *Keyring, c clock.Clock) *Vault {
	return &Vault{ring: ring, clock: c, keys: map[string]cached{}}
}

// Ring gives the keyring, for signing and blind indexes.
func (v *Vault) Ring() *Keyring { return v.ring }

// Seal seals plain under the subject's key; aad says where the value belongs ("person.contact:ID"), so that a sealed value
// moved to another row or column does not open. A first seal makes the subject's key.
func (v *Vault) Seal(ctx context.Context, t *db.Tx, subject, aad string, plain []byte) ([]byte, error) {
	key, err := v.Key(ctx, t, subject)
	if err != nil {
		return nil, err
	}
	return seal(key, aad, plain), nil
}

// Open opens what Seal made. An empty value opens as empty: nothing was ever written there.
func (v *Vault) Open(ctx context.Context, t *db.Tx, subject, aad string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	key, err := v.existing(ctx, t, subject)
	if err != nil {
		return nil, err
	}
	plain, err := open(key, aad, sealed)
	if err != nil {
		return nil, fmt.Errorf("sealed value %s does not open: it was altered, or sits in the wrong place", aad)
	}
	return plain, nil
}

type keyRow struct {
	wrapped           []byte
	master, destroyed string
}

func (v *Vault) existing(ctx context.Context, t *db.Tx, subject string) ([]byte, error) {
	now := v.clock.Now()
	v.mu.Lock()
	c, ok := v.keys[subject]
	v.mu.Unlock()
	if ok && now.Before(c.till) {
		return c.key, nil
	}
	row, err := db.One(ctx, t, func(r db.Row) (keyRow, error) {
		var k keyRow
		return k, r.Scan(&k.wrapped, &k.master, &k.destroyed)
	}, `SELECT wrapped, master, destroyed_at FROM data_key WHERE subject = $1`, subject)
	if err != nil {
		return nil, err
	}
	if row.destroyed != "" {
		return nil, ErrErased
	}
	key, err := v.unwrap(subject, row)
	if err != nil {
		return nil, err
	}
	v.remember(subject, key, now)
	return key, nil
}

// Fetch brings the keys of many subjects into memory with one query, for whoever is about to open something of each. A
// subject without a key, or whose key was destroyed, is left to Open.
func (v *Vault) Fetch(ctx context.Context, t *db.Tx, subjects []string) error {
	now := v.clock.Now()
	var wanted []string
	v.mu.Lock()
	for _, s := range subjects {
		if c, ok := v.keys[s]; !ok || !now.Before(c.till) {
			wanted = append(wanted, s)
		}
	}
	v.mu.Unlock()
	if len(wanted) == 0 {
		return nil
	}
	type row struct {
		subject string
		keyRow
	}
	var a db.Args
	rows, err := db.All(ctx, t, func(r db.Row) (row, error) {
		var k row
		return k, r.Scan(&k.subject, &k.wrapped, &k.master)
	}, `SELECT subject, wrapped, master FROM data_key WHERE destroyed_at = '' AND subject IN `+a.In(wanted)+` ORDER BY subject`, a.Values...)
	if err != nil {
		return err
	}
	for _, k := range rows {
		key, err := v.unwrap(k.subject, k.keyRow)
		if err != nil {
			return err
		}
		v.remember(k.subject, key, now)
	}
	return nil
}

func (v *Vault) unwrap(subject string, row keyRow) ([]byte, error) {
	m, ok := v.masters().master(row.master)
	if !ok && v.Reload != nil {
		if err := v.reload(); err != nil {
			return nil, err
		}
		m, ok = v.masters().master(row.master)
	}
	if !ok {
		return nil, fmt.Errorf("the data key of a subject is wrapped by master key %s, which is not in the key file: put the key file that belongs to this database in place", row.master)
	}
	key, err := open(m.Key, "data_key:"+subject, row.wrapped)
	if err != nil {
		return nil, errors.New("a data key does not open: the key file does not belong to this database, or the row was altered")
	}
	return key, nil
}

// masters gives the ring as it stands now; the slice is never changed in place.
func (v *Vault) masters() *Keyring {
	v.mu.Lock()
	defer v.mu.Unlock()
	return &Keyring{Masters: v.ring.Masters}
}

func (v *Vault) reload() error {
	fresh, err := v.Reload()
	if err != nil {
		return fmt.Errorf("read the key file again: %w", err)
	}
	v.mu.Lock()
	v.ring.Masters = fresh.Masters
	v.mu.Unlock()
	return nil
}

func (v *Vault) remember(subject string, key []byte, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.keys) >= maxKeys {
		for k := range v.keys { // any will do; the table is one indexed row away
			delete(v.keys, k)
			if len(v.keys) < maxKeys*9/10 {
				break
			}
		}
	}
	v.keys[subject] = cached{key, now.Add(keyLife)}
}

func (v *Vault) forget(subject string) {
	v.mu.Lock()
	delete(v.keys, subject)
	v.mu.Unlock()
}

// Key gives the subject's data key, made on first use in a write transaction. Attachments are sealed with it as streams.
func (v *Vault) Key(ctx context.Context, t *db.Tx, subject string) ([]byte, error) {
	key, err := v.existing(ctx, t, subject)
	if !errors.Is(err, db.ErrNoRow) {
		return key, err
	}
	if !t.Writable() {
		return nil, fmt.Errorf("no data key for this subject yet: %w", err)
	}
	// The file is read again here, inside the only write transaction there is: whoever turned the key wrote the file first
	// and wraps what is in the table after, so no new key can hang on a master key that has just been forgotten.
	if v.Reload != nil && v.read.Swap(t) != t {
		if err := v.reload(); err != nil {
			return nil, err
		}
	}
	key = random(32)
	m := v.masters().Current()
	if _, err := t.Exec(ctx, `INSERT INTO data_key (subject, wrapped, master, created_at) VALUES ($1, $2, $3, $4)`,
		subject, seal(m.Key, "data_key:"+subject, key), m.ID, clock.Format(v.clock.Now())); err != nil {
		return nil, err
	}
	// Only a key that is really in the table may be used from memory: were this transaction rolled back, values sealed
	// later under the remembered key could never be opened again.
	now := v.clock.Now()
	t.AfterCommit(func() { v.remember(subject, key, now) })
	return key, nil
}

// Destroy erases a subject: its key is gone, in this process and in the table.
func (v *Vault) Destroy(ctx context.Context, t *db.Tx, subject string, now time.Time) error {
	n, err := t.Exec(ctx, `UPDATE data_key SET wrapped = NULL, destroyed_at = $1 WHERE subject = $2 AND destroyed_at = ''`, clock.Format(now), subject)
	if err != nil {
		return err
	}
	if n == 0 { // never sealed anything: leave the mark, so that nothing is sealed later either
		_, err = t.Exec(ctx, `INSERT INTO data_key (subject, wrapped, master, created_at, destroyed_at) VALUES ($1, NULL, '', $2, $3) ON CONFLICT (subject) DO NOTHING`,
			subject, clock.Format(now), clock.Format(now))
	}
	v.forget(subject)
	t.AfterCommit(func() { v.forget(subject) })
	return err
}

// Rewrap wraps up to limit data keys that still hang on an older master key with the current one, and tells how many it
// did. Called again until it returns 0, it finishes a rotation that was interrupted.
func (v *Vault) Rewrap(ctx context.Context, t *db.Tx, limit int) (int, error) {
	type row struct {
		subject string
		keyRow
	}
	m := v.masters().Current()
	rows, err := db.All(ctx, t, func(r db.Row) (row, error) {
		var k row
		return k, r.Scan(&k.subject, &k.wrapped, &k.master)
	}, `SELECT subject, wrapped, master FROM data_key WHERE master <> $1 AND destroyed_at = '' ORDER BY subject LIMIT $2`, m.ID, limit)
	if err != nil {
		return 0, err
	}
	for _, k := range rows {
		key, err := v.unwrap(k.subject, k.keyRow)
		if err != nil {
			return 0, err
		}
		if _, err := t.Exec(ctx, `UPDATE data_key SET wrapped = $1, master = $2 WHERE subject = $3`, seal(m.Key, "data_key:"+k.subject, key), m.ID, k.subject); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}
