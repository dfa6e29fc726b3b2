package crypt_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/clock"
	"github.com/nostos-avrr/nostos/internal/platform/crypt"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

func write(t *testing.T, d *db.DB, fn func(context.Context, *db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestVault_sealsPerSubjectAndPlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := crypt.NewVault(crypt.NewKeyring(dbtest.Now), clock.NewFake(dbtest.Now))
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			a, err := v.Seal(ctx, tx, "anna", "phone:1", []byte("+30 690 000 0000"))
			if err != nil {
				return err
			}
			if got, err := v.Open(ctx, tx, "anna", "phone:1", a); err != nil || string(got) != "+30 690 000 0000" {
				t.Errorf("opened as %q, %v", got, err)
			}
			if _, err := v.Open(ctx, tx, "anna", "phone:2", a); err == nil {
				t.Error("a value moved to another place opened")
			}
			v.Seal(ctx, tx, "bert", "phone:1", []byte("x"))
			if _, err := v.Open(ctx, tx, "bert", "phone:1", a); err == nil {
				t.Error("one subject's value opened with another's key")
			}
			a[len(a)-1] ^= 1
			if _, err := v.Open(ctx, tx, "anna", "phone:1", a); err == nil {
				t.Error("an altered value opened")
			}
			return nil
		})
	})
}

func TestVault_keyOfARolledBackTransactionIsNotUsed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := crypt.NewVault(crypt.NewKeyring(dbtest.Now), clock.NewFake(dbtest.Now))
		stop := errors.New("stop")
		if err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			v.Seal(ctx, tx, "anna", "p", []byte("lost"))
			return stop
		}); !errors.Is(err, stop) {
			t.Fatal(err)
		}
		var sealed []byte
		write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			sealed, err = v.Seal(ctx, tx, "anna", "p", []byte("kept"))
			return
		})
		fresh := crypt.NewVault(v.Ring(), clock.NewFake(dbtest.Now)) // another process, with nothing in memory
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			got, err := fresh.Open(ctx, tx, "anna", "p", sealed)
			if string(got) != "kept" {
				t.Errorf("got %q, %v", got, err)
			}
			return nil
		})
	})
}

func TestVault_destroyIsErasure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := clock.NewFake(dbtest.Now)
		v := crypt.NewVault(crypt.NewKeyring(dbtest.Now), now)
		other := crypt.NewVault(v.Ring(), now) // a second server on the same database, with the key in its memory
		var sealed []byte
		write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			sealed, err = v.Seal(ctx, tx, "anna", "p", []byte("secret"))
			return
		})
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := other.Open(ctx, tx, "anna", "p", sealed)
			return err
		})
		write(t, d, func(ctx context.Context, tx *db.Tx) error { return v.Destroy(ctx, tx, "anna", dbtest.Now) })
		now.Advance(2 * time.Minute)
		for _, vault := range []*crypt.Vault{v, other} {
			write(t, d, func(ctx context.Context, tx *db.Tx) error {
				if _, err := vault.Open(ctx, tx, "anna", "p", sealed); !errors.Is(err, crypt.ErrErased) {
					t.Errorf("open after erasure: %v", err)
				}
				if _, err := vault.Seal(ctx, tx, "anna", "p", []byte("again")); !errors.Is(err, crypt.ErrErased) {
					t.Errorf("seal after erasure: %v", err)
				}
				return nil
			})
		}
	})
}

func TestRotate_oldValuesStillOpenAndNothingHangsOnTheOldKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ring := crypt.NewKeyring(dbtest.Now)
		v := crypt.NewVault(ring, clock.NewFake(dbtest.Now))
		sealed := map[string][]byte{}
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			for _, s := range []string{"anna", "bert", "carl", "dora", "emil"} {
				b, err := v.Seal(ctx, tx, s, "p", []byte(s))
				if err != nil {
					return err
				}
				sealed[s] = b
			}
			return v.Destroy(ctx, tx, "emil", dbtest.Now)
		})
		ring.AddMaster(dbtest.Now)
		total := 0
		for {
			n := 0
			write(t, d, func(ctx context.Context, tx *db.Tx) (err error) { n, err = v.Rewrap(ctx, tx, 3); return })
			if total += n; n == 0 {
				break
			}
		}
		if total != 4 {
			t.Errorf("rewrapped %d keys, want 4", total)
		}
		only := &crypt.Keyring{Masters: ring.Masters[1:], Sign: ring.Sign, Index: ring.Index} // the old key thrown away
		fresh := crypt.NewVault(only, clock.NewFake(dbtest.Now))
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			for _, s := range []string{"anna", "bert", "carl", "dora"} {
				if got, err := fresh.Open(ctx, tx, s, "p", sealed[s]); string(got) != s {
					t.Errorf("%s: %q, %v", s, got, err)
				}
			}
			return nil
		})
	})
}

func TestReload_aServerNeverWrapsWithAForgottenMasterKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		file := crypt.NewKeyring(dbtest.Now)
		copyOf := func() *crypt.Keyring {
			return &crypt.Keyring{Masters: append([]crypt.Master(nil), file.Masters...), Sign: file.Sign, Index: file.Index}
		}
		server := crypt.NewVault(copyOf(), clock.NewFake(dbtest.Now))
		server.Reload = func() (*crypt.Keyring, error) { return copyOf(), nil }
		var sealed []byte
		write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			_, err = server.Seal(ctx, tx, "anna", "p", []byte("anna"))
			return
		})
		file.AddMaster(dbtest.Now)
		file.Masters = file.Masters[1:] // turned and forgotten, while the server runs; anna's key is for Rewrap, not for this test
		write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			sealed, err = server.Seal(ctx, tx, "bert", "p", []byte("bert"))
			return
		})
		after := crypt.NewVault(copyOf(), clock.NewFake(dbtest.Now))
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			if got, err := after.Open(ctx, tx, "bert", "p", sealed); string(got) != "bert" {
				t.Errorf("what was sealed after the key was turned: %q, %v", got, err)
			}
			return nil
		})
	})
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "master.key")
	k, err := crypt.LoadOrCreate(path, dbtest.Now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := crypt.LoadOrCreate(path, dbtest.Now)
	if err != nil || !bytes.Equal(again.Index, k.Index) {
		t.Fatalf("the file does not hold the same keys: %v", err)
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	os.Chmod(path, 0o644)
	if _, err := crypt.LoadFile(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key file that others can read was accepted: %v", err)
	}
	if strings.Contains(k.String(), string(k.Index)) || k.Blind("phone", "1") == k.Blind("paper", "1") || k.Blind("phone", "1") != again.Blind("phone", "1") {
		t.Error("blind index: not stable, or the same for two uses")
	}
}

func FuzzParseKeyring(f *testing.F) {
	f.Add([]byte(`{"masters":[{"id":"m","key":"AAAA"}],"sign":"","index":""}`))
	f.Add([]byte("e30="))
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := crypt.ParseKeyring(b); err == nil && len(k.Masters) == 0 {
			t.Fatal("an empty keyring was accepted")
		}
	})
}
