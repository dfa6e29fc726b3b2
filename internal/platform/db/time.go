package db

import (
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/clock"
)

// Time is an instant as it is stored: fixed-width UTC text, ” for none.
type Time struct{ time.Time }

// At wraps an instant for storing.
func At(t time.Time) Time { return Time{t} }

// Value implements driver.Valuer.
func (t Time) Value() (driver.Value, error) { return clock.Format(t.Time), nil }

// Scan implements sql.Scanner.
func (t *Time) Scan(v any) error {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case []byte:
		s = string(v)
	case nil:
	default:
		return fmt.Errorf("an instant is stored as text, not %T", v)
	}
	var err error
	t.Time, err = clock.Parse(s)
	return err
}

// InstantOf lets a plain time.Time be scanned from its stored form.
func InstantOf(t *time.Time) *Instant { return (*Instant)(t) }

// Instant scans into the time.Time behind it.
type Instant time.Time

// Scan implements sql.Scanner.
func (i *Instant) Scan(v any) error {
	var t Time
	err := t.Scan(v)
	*i = Instant(t.Time)
	return err
}
