package day

import (
	"database/sql/driver"
	"fmt"
)

// Value stores the date as YYYY-MM-DD, no date as empty text.
func (d Date) Value() (driver.Value, error) { return d.String(), nil }

// Scan reads what Value stored.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Date{}
		return nil
	case string:
		return d.UnmarshalText([]byte(v))
	case []byte:
		return d.UnmarshalText(v)
	}
	return fmt.Errorf("day: cannot read a date from %T", src)
}

// MarshalText is the stored form; encoding/json uses it too.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the stored form; empty text is no date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		// The text itself is left out: a birth date must not end up in a log.
		return fmt.Errorf("day: %w", err)
	}
	*d = parsed
	return nil
}
