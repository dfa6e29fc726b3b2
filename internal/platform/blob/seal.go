package blob

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

// Files are sealed in age's format: 64 KB pieces, each with its number and a mark on the last, so that a file that was
// cut, reordered or changed does not open. Only the wrapping of the file key is ours: it is sealed under the caller's
// 32-byte key with XChaCha20-Poly1305, bound to the reference, so that two files sealed under one key cannot be swapped.
const stanzaType = "nostos-blob-v1"

type keyed struct {
	aead cipher.AEAD
	ref  string
}

func newKeyed(key []byte, ref string) (*keyed, error) {
	a, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("key of a stored file: %w", err)
	}
	return &keyed{a, ref}, nil
}

// Wrap implements age.Recipient.
func (k *keyed) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	nonce := make([]byte, k.aead.NonceSize())
	rand.Read(nonce)
	return []*age.Stanza{{Type: stanzaType, Args: []string{base64.RawStdEncoding.EncodeToString(nonce)}, Body: k.aead.Seal(nil, nonce, fileKey, []byte(k.ref))}}, nil
}

// Unwrap implements age.Identity.
func (k *keyed) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != stanzaType || len(s.Args) != 1 {
			continue
		}
		nonce, err := base64.RawStdEncoding.DecodeString(s.Args[0])
		if err != nil || len(nonce) != k.aead.NonceSize() {
			continue
		}
		if plain, err := k.aead.Open(nil, nonce, s.Body, []byte(k.ref)); err == nil {
			return plain, nil
		}
	}
	return nil, age.ErrIncorrectIdentity
}

// ErrDamaged means that a stored file does not open: wrong key, changed, cut or swapped.
var ErrDamaged = errors.New("the stored file is damaged or was sealed with another key")

// sealed reads a sealed file at any place.
type sealed struct {
	*io.SectionReader
	f *os.File
}

func (s *sealed) Close() error { return s.f.Close() }

func (s *sealed) Read(b []byte) (int, error) {
	n, err := s.SectionReader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w (%v)", ErrDamaged, err)
	}
	return n, err
}

func openSealed(path string, k *keyed) (*sealed, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	r, size, err := age.DecryptReaderAt(f, st.Size(), k)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%w (%v)", ErrDamaged, err)
	}
	return &sealed{io.NewSectionReader(r, 0, size), f}, nil
}

// writeSealed makes a sealed file from what fill writes. The file is on disk when it returns; on an error it is gone.
func writeSealed(path string, k *keyed, fill func(io.Writer) error) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			os.Remove(path)
		}
	}()
	w, err := age.Encrypt(f, k)
	if err != nil {
		return err
	}
	if err := fill(w); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Sync()
}
