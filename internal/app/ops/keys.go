package ops

import (
	"context"
	"errors"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/crypt"
)

// permKeys is held by the system actor alone: whoever can turn the key has the key file in their hands already.
const permKeys = "keys.rotate"

// rewrapBatch is how many data keys are wrapped anew in one transaction; other writers get their turn between two.
const rewrapBatch = 500

// Rotate makes a new master key and wraps every data key with it. Interrupted, it is finished by the next call. The old key
// stays in the file, because older backups need it; forget takes it out once everything hangs on the new one.
func Rotate(ctx context.Context, c *config.Config, forget bool, p Progress) (wrapped int, err error) {
	if c.MasterKey.Set() {
		return 0, errors.New("the master key comes from the environment: make a key file first (--master-key-file) and rotate there")
	}
	d, err := app.OpenDB(ctx, c)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	ring, err := crypt.LoadFile(c.KeyFile())
	if err != nil {
		return 0, err
	}
	// The file is written first: a data key may never be wrapped by a master key that exists in memory only.
	m := ring.AddMaster(clock.System{}.Now())
	if err := ring.SaveFile(c.KeyFile()); err != nil {
		return 0, err
	}
	g := &gate.Gate{DB: d, Vault: crypt.NewVault(ring, clock.System{}), Clock: clock.System{}, Zone: c.Location()}
	for {
		n := 0
		err := g.Write(ctx, org.SystemID, permKeys, func(ctx context.Context, w *gate.W) error {
			if n, err = w.Vault().Rewrap(ctx, w.Tx, rewrapBatch); err != nil {
				return err
			}
			return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "installation", ID: m.ID}, Action: "keys.rotated", Args: map[string]string{"master": m.ID}})
		})
		if err != nil {
			return wrapped, err
		}
		wrapped += n
		p.tell("keys", int64(wrapped), 0)
		if n < rewrapBatch {
			break
		}
	}
	if forget {
		ring.Masters = []crypt.Master{m}
		return wrapped, ring.SaveFile(c.KeyFile())
	}
	return wrapped, nil
}
