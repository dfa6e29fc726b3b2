package signin

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

const sessionColumns = `s.id, s.staff_id, s.stage, s.device, s.created_at, s.last_seen, s.expires_at, p.language, p.active`

func scanSession(r db.Row) (Session, error) {
	var s Session
	var created, seen, expires db.Time
	err := r.Scan(&s.ID, &s.StaffID, &s.Stage, &s.Device, &created, &seen, &expires, &s.language, &s.active)
	s.CreatedAt, s.LastSeen, s.ExpiresAt = created.Time, seen.Time, expires.Time
	return s, err
}

func sessionByToken(ctx context.Context, t *db.Tx, hash string) (Session, error) {
	return db.One(ctx, t, scanSession, `SELECT `+sessionColumns+` FROM session s JOIN staff p ON p.id = s.staff_id WHERE s.token = $1`, hash)
}

func sessionsOf(ctx context.Context, t *db.Tx, staffID string) ([]Session, error) {
	return db.All(ctx, t, scanSession, `SELECT `+sessionColumns+` FROM session s JOIN staff p ON p.id = s.staff_id WHERE s.staff_id = $1 AND s.stage = 'full' ORDER BY s.last_seen DESC, s.id`, staffID)
}

func insertSession(ctx context.Context, t *db.Tx, s Session, hash string) error {
	_, err := t.Exec(ctx, `INSERT INTO session (id, token, staff_id, stage, device, created_at, last_seen, expires_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
		s.ID, hash, s.StaffID, s.Stage, s.Device, db.At(s.CreatedAt), db.At(s.LastSeen), db.At(s.ExpiresAt))
	return err
}

func deleteSession(ctx context.Context, t *db.Tx, staffID, sessionID string) (int64, error) {
	return t.Exec(ctx, `DELETE FROM session WHERE id = $1 AND staff_id = $2`, sessionID, staffID)
}

// EndSessions signs a person out everywhere, but for one session ("" = none), in the caller's transaction.
func EndSessions(ctx context.Context, t *db.Tx, staffID, except string) (int64, error) {
	return t.Exec(ctx, `DELETE FROM session WHERE staff_id = $1 AND id <> $2`, staffID, except)
}

func passwordHash(ctx context.Context, t *db.Tx, staffID string) (string, error) {
	hash, err := db.One(ctx, t, db.Value[string], `SELECT hash FROM password WHERE staff_id = $1`, staffID)
	if errors.Is(err, db.ErrNoRow) {
		return "", nil
	}
	return hash, err
}

func putPassword(ctx context.Context, t *db.Tx, staffID, hash string, now time.Time) error {
	_, err := t.Exec(ctx, `INSERT INTO password (staff_id, hash, changed_at) VALUES ($1,$2,$3)
		ON CONFLICT (staff_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`, staffID, hash, db.At(now))
	return err
}

// factors is what a person can prove themselves with, beside the password.
type factors struct {
	TOTP     bool
	Passkeys int64
	Recovery int64 // unused codes
}

func (f factors) any() bool { return f.TOTP || f.Passkeys > 0 }

func factorsOf(ctx context.Context, t *db.Tx, staffID string) (factors, error) {
	return db.One(ctx, t, func(r db.Row) (factors, error) {
		var f factors
		var n int64
		err := r.Scan(&n, &f.Passkeys, &f.Recovery)
		f.TOTP = n > 0
		return f, err
	}, `SELECT (SELECT COUNT(*) FROM totp WHERE staff_id = $1 AND confirmed = TRUE), (SELECT COUNT(*) FROM credential WHERE staff_id = $2),
		(SELECT COUNT(*) FROM recovery_code WHERE staff_id = $3 AND used_at = '')`, staffID, staffID, staffID)
}

// secret is a person's TOTP secret, sealed.
type secret struct {
	sealed    []byte
	confirmed bool
	lastStep  int64
}

func totpOf(ctx context.Context, t *db.Tx, staffID string) (secret, error) {
	return db.One(ctx, t, func(r db.Row) (secret, error) {
		var s secret
		return s, r.Scan(&s.sealed, &s.confirmed, &s.lastStep)
	}, `SELECT secret, confirmed, last_step FROM totp WHERE staff_id = $1`, staffID)
}

func putTOTP(ctx context.Context, t *db.Tx, staffID string, sealed []byte, now time.Time) error {
	_, err := t.Exec(ctx, `INSERT INTO totp (staff_id, secret, confirmed, last_step, created_at) VALUES ($1,$2,FALSE,0,$3)
		ON CONFLICT (staff_id) DO UPDATE SET secret = excluded.secret, confirmed = FALSE, last_step = 0, created_at = excluded.created_at`, staffID, sealed, db.At(now))
	return err
}

// useStep takes a time step; false when it, or a later one, was used before.
func useStep(ctx context.Context, t *db.Tx, staffID string, step int64) (bool, error) {
	n, err := t.Exec(ctx, `UPDATE totp SET last_step = $1, confirmed = TRUE WHERE staff_id = $2 AND last_step < $1`, step, staffID)
	return n == 1, err
}

func dropFactors(ctx context.Context, t *db.Tx, staffID string) error {
	for _, q := range []string{`DELETE FROM totp WHERE staff_id = $1`, `DELETE FROM credential WHERE staff_id = $1`, `DELETE FROM recovery_code WHERE staff_id = $1`} {
		if _, err := t.Exec(ctx, q, staffID); err != nil {
			return err
		}
	}
	return nil
}

// passkey is a stored credential.
type passkey struct {
	ID, StaffID, Name string
	CreatedAt, UsedAt time.Time
	Cred              webauthn.Credential
}

func passkeysOf(ctx context.Context, r *gate.R, staffID string) ([]passkey, error) {
	type row struct {
		passkey
		sealed []byte
	}
	rows, err := db.All(ctx, r.Tx, func(s db.Row) (row, error) {
		var k row
		var created, used db.Time
		err := s.Scan(&k.ID, &k.StaffID, &k.Name, &k.sealed, &created, &used)
		k.CreatedAt, k.UsedAt = created.Time, used.Time
		return k, err
	}, `SELECT id, staff_id, name, data, created_at, used_at FROM credential WHERE staff_id = $1 ORDER BY created_at, id`, staffID)
	if err != nil {
		return nil, err
	}
	var out []passkey
	for _, k := range rows {
		text, _, err := r.Open(ctx, journal.Installation, "credential.data:"+k.ID, k.sealed)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &k.Cred); err != nil {
			return nil, err
		}
		out = append(out, k.passkey)
	}
	return out, nil
}

func putPasskey(ctx context.Context, w *gate.W, k passkey) error {
	text, err := json.Marshal(k.Cred)
	if err != nil {
		return err
	}
	sealed, err := w.Seal(ctx, journal.Installation, "credential.data:"+k.ID, string(text))
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, `INSERT INTO credential (id, staff_id, name, data, created_at, used_at) VALUES ($1,$2,$3,$4,$5,$6)
		ON CONFLICT (id) DO UPDATE SET data = excluded.data, used_at = excluded.used_at`, k.ID, k.StaffID, k.Name, sealed, db.At(k.CreatedAt), db.At(k.UsedAt))
	return err
}

const maxCeremonies = 2000

func putCeremony(ctx context.Context, t *db.Tx, id, staffID, data string, now time.Time) error {
	if _, err := t.Exec(ctx, `DELETE FROM ceremony WHERE expires_at < $1`, db.At(now)); err != nil {
		return err
	}
	// Anybody may ask; what is never answered must not fill the disk.
	if _, err := t.Exec(ctx, `DELETE FROM ceremony WHERE id IN (SELECT id FROM ceremony ORDER BY expires_at DESC, id LIMIT 100 OFFSET $1)`, maxCeremonies); err != nil {
		return err
	}
	_, err := t.Exec(ctx, `INSERT INTO ceremony (id, staff_id, data, expires_at) VALUES ($1,$2,$3,$4)`, id, staffID, data, db.At(now.Add(passkeyWait)))
	return err
}

// takeCeremony reads a question and removes it: an answer counts once.
func takeCeremony(ctx context.Context, t *db.Tx, id, staffID string, now time.Time) (string, error) {
	return db.One(ctx, t, db.Value[string], `DELETE FROM ceremony WHERE id = $1 AND staff_id = $2 AND expires_at >= $3 RETURNING data`, id, staffID, db.At(now))
}

func attemptsOf(ctx context.Context, t *db.Tx, key string) (attempts, error) {
	a, err := db.One(ctx, t, func(r db.Row) (attempts, error) {
		var a attempts
		var first, until db.Time
		err := r.Scan(&a.Failures, &first, &until)
		a.First, a.Until = first.Time, until.Time
		return a, err
	}, `SELECT failures, first_at, until_at FROM sign_in_attempt WHERE key = $1`, key)
	if errors.Is(err, db.ErrNoRow) {
		return attempts{}, nil
	}
	return a, err
}

// holdAttempts makes sure the row is there and locks it, so that guesses sent at once are counted one after the other.
func holdAttempts(ctx context.Context, t *db.Tx, key string, now time.Time) error {
	_, err := t.Exec(ctx, `INSERT INTO sign_in_attempt (key, failures, first_at) VALUES ($1,0,$2) ON CONFLICT (key) DO UPDATE SET failures = sign_in_attempt.failures`, key, db.At(now))
	return err
}

func putAttempts(ctx context.Context, t *db.Tx, key string, a attempts) error {
	_, err := t.Exec(ctx, `INSERT INTO sign_in_attempt (key, failures, first_at, until_at) VALUES ($1,$2,$3,$4)
		ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, first_at = excluded.first_at, until_at = excluded.until_at`, key, a.Failures, db.At(a.First), db.At(a.Until))
	return err
}

func dropAttempts(ctx context.Context, t *db.Tx, key string) error {
	_, err := t.Exec(ctx, `DELETE FROM sign_in_attempt WHERE key = $1`, key)
	return err
}
