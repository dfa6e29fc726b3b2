// Package crypt keeps what is written about a person unreadable to whoever only has the database. Every subject (a person,
// a case, the installation) has its own data key; data keys are wrapped by the installation's master key, which lives
// outside the database in a file that only the program may read, or in the environment. Destroying a data key is erasure:
// what it sealed stays where it is and means nothing any more.
//
// It owns the table data_key. It never writes a key, or anything a key opens, to a log.
package crypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Master is one master key. The last one in a keyring wraps new data keys; earlier ones still unwrap what a backup holds.
type Master struct {
	ID      string    `json:"id"`
	Key     []byte    `json:"key"`
	Created time.Time `json:"created"`
}

// Keyring is the content of the key file.
type Keyring struct {
	Masters []Master `json:"masters"`
	Sign    []byte   `json:"sign"`  // seed of the key that signs the journal's checkpoints
	Index   []byte   `json:"index"` // root of the keyed hashes by which sealed numbers are found
}

// NewKeyring makes fresh keys.
func NewKeyring(now time.Time) *Keyring {
	k := &Keyring{Sign: random(ed25519.SeedSize), Index: random(32)}
	k.AddMaster(now)
	return k
}

func random(n int) []byte { b := make([]byte, n); rand.Read(b); return b }

// AddMaster makes a new master key and puts it in use.
func (k *Keyring) AddMaster(now time.Time) Master {
	m := Master{ID: "m" + hex.EncodeToString(random(4)), Key: random(32), Created: now.UTC().Truncate(time.Second)}
	k.Masters = append(k.Masters, m)
	return m
}

// Current is the master key in use.
func (k *Keyring) Current() Master { return k.Masters[len(k.Masters)-1] }

func (k *Keyring) master(id string) (Master, bool) {
	for _, m := range k.Masters {
		if m.ID == id {
			return m, true
		}
	}
	return Master{}, false
}

// Knows tells whether the ring holds the master key of this name.
func (k *Keyring) Knows(id string) bool { _, ok := k.master(id); return ok }

// String keeps the keys out of logs and error messages.
func (k *Keyring) String() string { return fmt.Sprintf("keyring with %d master keys", len(k.Masters)) }

// ParseKeyring reads a keyring as it stands in the file or, in base64, in the environment.
func ParseKeyring(text []byte) (*Keyring, error) {
	if len(text) > 0 && text[0] != '{' {
		raw, err := base64.StdEncoding.DecodeString(string(text))
		if err != nil {
			return nil, errors.New("the master key is neither a key file's content nor its base64")
		}
		text = raw
	}
	var k Keyring
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, errors.New("the master key file cannot be read: it is not what 'nostos' wrote")
	}
	if len(k.Masters) == 0 || len(k.Sign) != ed25519.SeedSize || len(k.Index) != 32 {
		return nil, errors.New("the master key file is incomplete")
	}
	for _, m := range k.Masters {
		if len(m.Key) != 32 || m.ID == "" {
			return nil, errors.New("the master key file holds a damaged key")
		}
	}
	return &k, nil
}

// LoadFile reads the key file and refuses one that others on the machine could read.
func LoadFile(path string) (*Keyring, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s may be read by others (mode %04o): run chmod 600 on it", path, st.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return ParseKeyring(text)
}

// SaveFile writes the key file so that it is either the old one or the new one, never half.
func (k *Keyring) SaveFile(path string) error {
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(text); err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// LoadOrCreate reads the key file, or makes one where there is none yet.
func LoadOrCreate(path string, now time.Time) (*Keyring, error) {
	k, err := LoadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		k = NewKeyring(now)
		return k, k.SaveFile(path)
	}
	return k, err
}

// Signer is the key that signs checkpoints of the journal.
func (k *Keyring) Signer() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.Sign) }

// Blind gives the keyed hash under which a sealed value (a document number, a phone) can be found again. Each use has its
// own key, so equal values of two kinds look different. The caller normalises the value first.
func (k *Keyring) Blind(use, value string) string {
	if value == "" {
		return ""
	}
	key, err := hkdf.Key(sha256.New, k.Index, nil, "nostos blind index: "+use, 32)
	if err != nil {
		panic(err)
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte(value))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

const sealVersion = 1

func seal(key []byte, aad string, plain []byte) []byte {
	a := aead(key)
	out := make([]byte, 1, 1+12+len(plain)+16)
	out[0] = sealVersion
	return a.Seal(out, nil, plain, []byte(aad))
}

func open(key []byte, aad string, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+12+16 || sealed[0] != sealVersion {
		return nil, errors.New("not a sealed value")
	}
	return aead(key).Open(nil, nil, sealed[1:], []byte(aad))
}

func aead(key []byte) cipher.AEAD {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	a, err := cipher.NewGCMWithRandomNonce(b)
	if err != nil {
		panic(err)
	}
	return a
}
