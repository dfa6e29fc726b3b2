package ops

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// Verify checks the journal. The public key is the installation's own, or the one an auditor kept (verifierKey): then the
// key file is not needed, and an operator who made new keys does not pass.
func Verify(ctx context.Context, c *config.Config, verifierKey string, checkpointFiles []string, p Progress) (journal.Verdict, error) {
	d, err := app.OpenDB(ctx, c)
	if err != nil {
		return journal.Verdict{}, err
	}
	defer d.Close()
	var v note.Verifier
	if verifierKey != "" {
		v, err = note.NewVerifier(verifierKey)
	} else {
		ring, e := app.Keys(ctx, c, d, clock.System{}.Now())
		if e != nil {
			return journal.Verdict{}, e
		}
		v, err = journal.Verifier(ring)
	}
	if err != nil {
		return journal.Verdict{}, fmt.Errorf("the verifier key cannot be read: %w", err)
	}
	var kept []string
	for _, f := range checkpointFiles {
		text, err := os.ReadFile(f)
		if err != nil {
			return journal.Verdict{}, err
		}
		kept = append(kept, string(text))
	}
	var out journal.Verdict
	err = d.Read(ctx, func(ctx context.Context, t *db.Tx) error {
		out, err = journal.Verify(ctx, t, v, kept, func(done, of int64) { p.tell("journal", done, of) })
		return err
	})
	return out, err
}

// Checkpoint gives the signed head of the journal, to be kept where this installation's operators cannot reach it.
func Checkpoint(ctx context.Context, c *config.Config) (signed, verifierKey string, err error) {
	d, err := app.OpenDB(ctx, c)
	if err != nil {
		return "", "", err
	}
	defer d.Close()
	ring, err := app.Keys(ctx, c, d, clock.System{}.Now())
	if err != nil {
		return "", "", err
	}
	err = d.Read(ctx, func(ctx context.Context, t *db.Tx) error { _, signed, err = journal.Head(ctx, t); return err })
	return signed, journal.VerifierKey(ring), err
}
