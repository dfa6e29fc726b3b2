package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
)

func newToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashToken(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// cookieName carries the browser's own promise where it can be kept: a __Host- cookie is never set by another host.
func (d *Domain) cookieName() string {
	if d.secure {
		return "__Host-nostos"
	}
	return "nostos"
}

func (d *Domain) setCookie(w http.ResponseWriter, token string) {
	c := &http.Cookie{Name: d.cookieName(), Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: d.secure}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// session finds the session of a request, whatever its stage; the zero Session when there is none that still counts.
func (d *Domain) session(r *http.Request) (Session, error) {
	c, err := r.Cookie(d.cookieName())
	if err != nil || c.Value == "" || len(c.Value) > 100 {
		return Session{}, nil
	}
	var s Session
	err = d.Gate.DB.Read(r.Context(), func(ctx context.Context, t *db.Tx) error {
		var err error
		s, err = sessionByToken(ctx, t, hashToken(c.Value))
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		return Session{}, nil
	}
	if err != nil {
		return Session{}, err
	}
	now := d.Gate.Clock.Now()
	if !s.active || !now.Before(s.ExpiresAt) || now.Sub(s.LastSeen) >= d.config.Idle {
		return Session{}, nil
	}
	return s, nil
}

// Who is the hook of the page server: the person of a full session. Looking costs one indexed read; that somebody is still
// there is written once a minute at most, and is no event, so it leaves no entry in the journal.
func (d *Domain) Who(r *http.Request) (userID, sessionID, lang string, err error) {
	s, err := d.session(r)
	if err != nil || s.Stage != Full {
		return "", "", "", err
	}
	now := d.Gate.Clock.Now()
	if now.Sub(s.LastSeen) >= seenEvery {
		last, ok := d.local.Load(s.ID)
		if !ok || now.Sub(last.(time.Time)) >= seenEvery {
			d.local.Store(s.ID, now)
			err = d.Gate.DB.Write(r.Context(), func(ctx context.Context, t *db.Tx) error {
				_, err := t.Exec(ctx, `UPDATE session SET last_seen = $1 WHERE id = $2 AND last_seen < $1`, db.At(now), s.ID)
				return err
			})
		}
	}
	return s.StaffID, s.ID, s.language, err
}

// start opens a session inside a write; the token goes to the browser and is kept nowhere.
func (d *Domain) start(ctx context.Context, w *gate.W, staffID, stage, device string) (token string, err error) {
	token = newToken()
	life := d.config.Max
	if stage != Full {
		life = factorWait
	}
	return token, insertSession(ctx, w.Tx, Session{ID: w.NewID(), StaffID: staffID, Stage: stage, Device: device,
		CreatedAt: w.Now, LastSeen: w.Now, ExpiresAt: w.Now.Add(life)}, hashToken(token))
}

// rotate gives a session a new token and, where the stage rises, a new life. The old token is worth nothing from then on.
func (d *Domain) rotate(ctx context.Context, w *gate.W, s Session) (token string, err error) {
	token = newToken()
	expires := s.ExpiresAt
	if s.Stage != Full {
		expires = w.Now.Add(d.config.Max)
	}
	n, err := w.Tx.Exec(ctx, `UPDATE session SET token = $1, stage = 'full', last_seen = $2, expires_at = $3 WHERE id = $4`, hashToken(token), db.At(w.Now), db.At(expires), s.ID)
	if err == nil && n != 1 {
		err = fault.New(fault.SignedOut, "fault.signed_out")
	}
	return token, err
}

// SignOut ends one session of a person.
func (d *Domain) SignOut(ctx context.Context, staffID, sessionID string) error {
	return d.Gate.Write(ctx, staffID, org.Self, func(ctx context.Context, w *gate.W) error {
		n, err := deleteSession(ctx, w.Tx, staffID, sessionID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Gone()
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "staff", ID: staffID}, Action: "sign_out", Key: journal.Installation})
	})
}

// SignOutEverywhere ends all sessions of a person but one ("" = none) and tells how many.
func (d *Domain) SignOutEverywhere(ctx context.Context, staffID, except string) (n int64, err error) {
	err = d.Gate.Write(ctx, staffID, org.Self, func(ctx context.Context, w *gate.W) error {
		if n, err = EndSessions(ctx, w.Tx, staffID, except); err != nil {
			return err
		}
		return w.Record(ctx, journal.Entry{Subject: journal.Ref{Kind: "staff", ID: staffID}, Action: "sign_out.everywhere", Key: journal.Installation})
	})
	return n, err
}

// CleanKind is the periodic job that forgets sessions, questions and attempts that are over.
const CleanKind = "signin.clean"

// Clean is its handler.
func (d *Domain) Clean(ctx context.Context, _ queue.Task) error {
	now := d.Gate.Clock.Now()
	d.local.Range(func(k, v any) bool {
		if now.Sub(v.(time.Time)) > d.config.Max {
			d.local.Delete(k)
		}
		return true
	})
	return d.Gate.DB.Write(ctx, func(ctx context.Context, t *db.Tx) error {
		for _, q := range []struct {
			sql  string
			from time.Time
		}{
			{`DELETE FROM session WHERE expires_at < $1`, now},
			{`DELETE FROM session WHERE last_seen < $1`, now.Add(-d.config.Idle)},
			{`DELETE FROM ceremony WHERE expires_at < $1`, now},
			{`DELETE FROM reset_code WHERE expires_at < $1`, now},
			{`DELETE FROM sign_in_attempt WHERE first_at < $1`, now.Add(-d.config.Limits.Window - d.config.Limits.Lock - time.Hour)},
		} {
			if _, err := t.Exec(ctx, q.sql, db.At(q.from)); err != nil {
				return err
			}
		}
		return nil
	})
}

// deviceText says in a few words which browser on which system, for the list of one's own sessions.
func deviceText(agent string) string {
	find := func(words ...string) string {
		for i := 0; i+1 < len(words); i += 2 {
			if strings.Contains(agent, words[i]) {
				return words[i+1]
			}
		}
		return ""
	}
	browser := find("Edg", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet", "Firefox/", "Firefox", "FxiOS", "Firefox", "Chrome/", "Chrome", "CriOS", "Chrome", "Safari/", "Safari")
	system := find("Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "CrOS", "ChromeOS", "Mac OS X", "macOS", "Linux", "Linux")
	return strings.Trim(browser+" · "+system, " ·")
}
