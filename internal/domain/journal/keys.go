package journal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/nostos-avrr/nostos/internal/platform/crypt"
)

// The key texts follow the note format of golang.org/x/mod/sumdb/note: the installation's seed becomes its signer, and
// the public half is what an auditor keeps.

func signer(ring *crypt.Keyring) (note.Signer, error) {
	pub := ring.Signer().Public().(ed25519.PublicKey)
	skey := fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", Origin, keyHash(pub), base64.StdEncoding.EncodeToString(append([]byte{1}, ring.Sign...)))
	return note.NewSigner(skey)
}

// VerifierKey is the public key as text: hand it to the auditor once, outside the system.
func VerifierKey(ring *crypt.Keyring) string {
	pub := ring.Signer().Public().(ed25519.PublicKey)
	return fmt.Sprintf("%s+%08x+%s", Origin, keyHash(pub), base64.StdEncoding.EncodeToString(append([]byte{1}, pub...)))
}

// Verifier checks checkpoints of this installation.
func Verifier(ring *crypt.Keyring) (note.Verifier, error) { return note.NewVerifier(VerifierKey(ring)) }

func keyHash(pub ed25519.PublicKey) uint32 {
	h := sha256.New()
	h.Write([]byte(Origin))
	h.Write([]byte("\n"))
	h.Write(append([]byte{1}, pub...))
	return binary.BigEndian.Uint32(h.Sum(nil))
}
