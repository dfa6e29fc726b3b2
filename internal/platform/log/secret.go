package log

import "log/slog"

// Mask is what is shown in place of a secret.
const Mask = "********"

// Secret is a password, key or token that prints as Mask wherever it is formatted, logged or marshalled by accident.
// Only Reveal gives the text.
type Secret struct{ text string }

// NewSecret hides s.
func NewSecret(s string) Secret { return Secret{s} }

// Reveal is the text. Call it only where the secret is used.
func (s Secret) Reveal() string { return s.text }

// Set says whether there is a secret at all.
func (s Secret) Set() bool { return s.text != "" }

// String is Mask, or empty when there is no secret.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return Mask
}

// GoString keeps %#v from printing the field.
func (s Secret) GoString() string { return "log.Secret(" + s.String() + ")" }

// LogValue keeps slog from printing it.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps JSON and YAML from printing it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
